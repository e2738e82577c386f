# SPDX-License-Identifier: Apache-2.0
"""The commands that make one call: list, create, delete, health, info. The answer goes to standard
output as JSON, one line each; what is wrong is one line on standard error, and the exit status
tells the rest.
"""

import itertools
import json
import os
import signal
import unittest

from harness import (BOT, EndToEnd, PIECE, certificate_folder, certificates, features, made, padded,
                     run)

OPEN = ("health", "info")  # whoever asks
CALLS = ("list", "create", "delete", *OPEN)


class Call(EndToEnd):
    """A test case whose clients make one call and end."""

    def call(self, command, *options, access=None, status=0, **more):
        """Runs the command to its end; returns the lines of its output."""
        before = self.access() if access is None else access
        done = run(command, *before, *options, **more)
        self.out, self.err = done.stdout.decode(), done.stderr.decode("utf-8", "replace")
        self.assertEqual(done.returncode, status, self.out + self.err + self.last_words())
        self.wait_agent(lambda a: not a.open_connections, "the end of its connections")
        self.note_tokens()
        for secret in self.secrets:
            for start in range(0, max(len(secret) - PIECE, 0) + 1, PIECE):
                self.assertNotIn(secret[start:start + PIECE], self.out + self.err)
        self.assertTrue(self.out == "" or self.out.endswith("\n"), self.out)
        return self.out.split("\n")[:-1]

    def fails(self, command, *options, says, **more):
        """The command has no answer: one line says why, and the status is 1."""
        printed = self.call(command, *self.argument(command), *options, status=1, **more)
        self.assertEqual(printed, [])
        self.assertRegex(self.err, r"\A[^\n]*" + says + r"[^\n]*\n\Z")

    def argument(self, command):
        return ["bot_f_any"] if command == "delete" else []

    def kinds(self):
        return [request.kind for request in self.agent.requests]


class Feeds(Call):
    """list, create, delete."""

    def test_list(self):
        agent = self.start_agent()
        self.assertEqual(self.call("list"), [])
        made_feeds = [agent.create_feed(tag="a"), agent.create_feed(),
                      agent.create_feed(tag="ü & ö", feed_id="bot_p_x", kind="datahose")]
        expected = [json.dumps(feed.as_dict(), separators=(",", ":")) for feed in made_feeds]
        self.assertEqual(self.call("list"), expected)
        self.assertEqual(self.err, "")
        self.assertEqual(self.call("list", "--tag", "ü & ö"), expected[2:])
        self.assertEqual(self.call("list", "--tag", "none"), [])
        self.assertEqual(self.kinds(), ["list"] * 4)
        self.assertEqual(agent.requests[2].query, {"tag": "ü & ö"})
        self.assertEqual({(request.method, request.path) for request in agent.requests},
                         {("GET", "/agent/v5/datafeeds")})
        self.assertEqual(agent.acknowledged, [])

    def test_list_of_many_in_the_order_in_which_they_come(self):
        agent = self.start_agent()
        feeds = [{"id": f"bot_f_{number}", "createdAt": number} for number in range(5000)]
        agent.fault(on="list", status=200, body=json.dumps(feeds))
        lines = self.call("list")
        self.assertEqual([json.loads(line) for line in lines], feeds)

    def test_entries_are_printed_as_they_came_but_on_one_line(self):
        agent = self.start_agent()
        agent.fault(on="list", status=200,
                    body='[{"id" : "a",\r\n "new":[1.50, "\\u00e9é"]} , null,{"type":null}]')
        self.assertEqual(self.call("list"),
                         ['{"id" : "a",   "new":[1.50, "\\u00e9é"]}', '{"type":null}'])

    def test_create(self):
        agent = self.start_agent()
        for options, body in (([], {}), (["--tag", "T 1"], {"tag": "T 1"}),
                              (["--include-invisible"], {"includeInvisible": True})):
            with self.subTest(options):
                (line,) = self.call("create", *options)
                self.assertEqual(agent.requests[-1].json, body)
                feed = list(agent.feeds.values())[-1]
                self.assertEqual(json.loads(line), feed.as_dict())
        self.assertEqual(self.kinds(), ["create"] * 3, "nothing is listed, and nothing read")

    def test_create_answered_by_200(self):
        agent = self.start_agent()
        agent.fault(on="create", status=200, body='{"id":"bot_f_x"}')
        self.assertEqual(self.call("create"), ['{"id":"bot_f_x"}'])

    def test_create_where_there_are_too_many(self):
        agent = self.start_agent()
        for number in range(20):
            agent.create_feed(tag=f"tag {number}")
        before = list(agent.feeds)
        self.fails("create", says="create: 403 .*--reclaim")
        self.assertEqual(list(agent.feeds), before)
        self.assertEqual(self.kinds(), ["create"])

    def test_create_with_reclaim(self):
        agent = self.start_agent()
        for number, age in enumerate((500, 300, 100, 200) + 16 * (400,)):
            agent.create_feed(tag=f"tag {number}").created_at = age
        agent.create_feed(feed_id="bot-42_p_x", tag="hose").created_at = 1
        agent.feed_limit = 21
        oldest = next(feed.id for feed in agent.feeds.values() if feed.created_at == 100)
        lines = self.call("create", "--tag", "plant", "--reclaim")
        self.assertEqual(self.kinds(), ["create", "list", "delete", "create"])
        self.assertEqual(agent.requests[1].query, {}, "feeds of all tags")
        self.assertEqual(agent.requests[2].feed_id, oldest)
        self.assertEqual([json.loads(line)["id"] for line in lines], list(agent.feeds)[-1:])
        self.assertEqual(agent.requests[3].json, {"tag": "plant"})

    def test_create_with_reclaim_that_does_not_help(self):
        agent = self.start_agent()
        agent.fault(on="create", status=403, times=-1)
        self.call("create", "--reclaim", status=1)
        self.assertEqual(self.out, "")
        self.assertRegex(self.err, "create: 403 ")
        self.assertLessEqual(len(agent.requests_of("create")), 2)

    def test_delete(self):
        agent = self.start_agent()
        for feed_id in ("bot_f_plain", "a/b c=+%é", "..", "x?y#z", "%2F", "\u2028🔔&;,:@$!'()*~",
                        "i" * 1024, "bot_p_hose"):
            with self.subTest(feed_id):
                agent.create_feed(feed_id=feed_id)
                other = agent.create_feed().id
                self.assertEqual(self.call("delete", feed_id), [])
                request = agent.requests[-1]
                self.assertEqual((request.method, request.feed_id, request.status),
                                 ("DELETE", feed_id, 204))
                self.assertEqual(list(agent.feeds)[-1], other)
                self.assertNotIn(feed_id, agent.feeds)
        self.assertEqual(set(self.kinds()), {"delete"})

    def test_the_id_may_come_before_or_after_options(self):
        agent = self.start_agent()
        for arguments in (["delete", "bot_f_a", *self.access()], [*self.access(), "delete",
                          "bot_f_a"], ["delete", *self.access(), "bot_f_a"],
                          ["delete", *self.access(), "--", "-f_a"]):
            agent.create_feed(feed_id=arguments[-1] if "--" in arguments else "bot_f_a")
            self.assertEqual(run(*arguments).returncode, 0)
            self.assertEqual(agent.feeds, {})

    def test_delete_of_none_that_is_there(self):
        self.start_agent()
        self.fails("delete", says="delete: 400 .*no such feed")

    def test_a_feed_larger_than_the_window_is_cut_and_says_so(self):
        agent = self.start_agent()
        agent.fault(on="list", status=200, body=f"[{padded(5000)}]")
        (line,) = self.call("list", "--window", "1024")
        value = json.loads(line)
        self.assertEqual(value["symfeed"], {"truncated": True, "bytes": 5000})


class Open(Call):
    """health and info, which want no tokens."""

    def test_health(self):
        agent = self.start_agent()
        (line,) = self.call("health", access=["--agent", agent.url, *self.trust()])
        self.assertEqual(json.loads(line), {"status": "UP", **agent.health})
        (request,) = agent.requests
        self.assertEqual((request.method, request.path), ("GET", "/agent/v3/health/extended"))
        self.assertEqual(self.err, "")

    def test_info(self):
        agent = self.start_agent(agent_version="Agent-24.12.3-9")
        (line,) = self.call("info", access=["--agent", agent.url, *self.trust()])
        self.assertEqual(json.loads(line)["version"], "Agent-24.12.3-9")
        (request,) = agent.requests
        self.assertEqual((request.method, request.path), ("GET", "/agent/v1/info"))

    def test_no_token_is_sent_and_nobody_signs_in(self):
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]})
        for command, access in itertools.product(OPEN, (self.access(), self.by_key())):
            self.call(command, access=access)
        self.assertEqual(self.kinds(), ["health"] * 2 + ["info"] * 2)
        for request in agent.requests:
            self.assertIsNone(request.header("sessionToken"))
            self.assertIsNone(request.header("keyManagerToken"))

    def test_an_agent_that_wants_tokens_gets_them(self):
        agent = self.start_agent()
        for command in OPEN:
            agent.fault(on=command, status=401)
            self.call(command)
        self.assertEqual(self.kinds(), ["health"] * 2 + ["info"] * 2)
        self.assertEqual([request.header("sessionToken") for request in agent.requests],
                         [None, agent.session_token] * 2)
        agent.fault(on="health", status=401)
        self.call("health", access=["--agent", agent.url, *self.trust()], status=1)
        self.assertIn("401", self.err)
        self.assertEqual(len(agent.requests), 5)

    def test_an_agent_that_wants_a_sign_in_gets_one(self):
        if "sign-in by key and by certificate" not in features():
            self.skipTest("a build without SYMFEED_SIGN_IN")
        certificates.create(certificate_folder())
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]},
                                 require_client_certificate="optional",
                                 client_ca=certificates.client_ca_path(certificate_folder()))
        for command, access in itertools.product(OPEN, (self.by_key(), self.by_certificate())):
            with self.subTest(access[4], command=command):
                agent.fault(on=command, status=401)
                self.call(command, access=access)
                self.assertIsNotNone(agent.requests[-1].header("sessionToken"))

    def test_a_certificate_beside_another_sign_in_is_for_a_gateway(self):
        agent = self.start_agent()
        for other in (["--session-token-file", self.path("none")], ["--user", BOT],
                      ["--pod", agent.url]):
            access = [*self.by_certificate(), *other]
            self.call("health", access=access)
            agent.fault(on="health", status=401)
            self.call("health", access=access, status=1)
        self.assertEqual(set(self.kinds()), {"health"})

    def test_a_certificate_that_nobody_sees_is_no_mistake(self):
        agent = self.start_agent(tls=False)
        self.call("health", access=["--agent", agent.url, "--insecure-http", *self.by_certificate()[-4:]])

    def test_files_of_a_sign_in_need_not_be_there(self):
        agent = self.start_agent()
        for command in OPEN:
            self.call(command, access=["--agent", agent.url, *self.trust(), "--session-token-file",
                                       self.path("none")])

    def test_something_is_not_up(self):
        for group, name, status in (("services", "datafeed", "DOWN"), ("users", "ceservice", None),
                                    ("users", "agentservice", "up"), ("services", "pod", {})):
            with self.subTest(name):
                agent = self.start_agent()
                agent.health[group][name]["status"] = status
                (line,) = self.call("health", status=1)
                self.assertEqual(json.loads(line), {"status": "DOWN", **agent.health})
                self.assertEqual(agent.requests[0].status, 503)

    def test_health_is_judged_by_what_is_in_it(self):
        good = {"services": {"a": {"status": "UP"}}, "users": {"b": {"status": "UP"}}}
        cases = [(0, 200, good), (0, 200, {**good, "status": "UP", "more": {"x": "DOWN"}}),
                 (1, 200, {**good, "status": "DOWN"}), (1, 200, {}), (1, 503, {}),
                 (1, 200, {"services": good["services"]}), (1, 200, {"users": good["users"]}),
                 (1, 200, {**good, "users": {}}), (1, 200, {**good, "services": None}),
                 (1, 200, {**good, "users": {"b": {}}}), (1, 200, {**good, "users": {"b": "UP"}}),
                 (1, 200, {**good, "users": {"a": {"status": "UP"}, "b": {"status": "DOWN"}}}),
                 (1, 200, {**good, "services": {"a": {"status": "DOWN"}, "b": {"status": "UP"}}})]
        agent = self.start_agent()
        for exit_status, status, body in cases:
            with self.subTest(body, status=status):
                agent.fault(on="health", status=status, body=json.dumps(body))
                (line,) = self.call("health", status=exit_status)
                self.assertEqual(json.loads(line), body)

    def test_of_health_that_was_cut_nobody_knows_whether_it_is_good(self):
        agent = self.start_agent()
        agent.health["users"]["agentservice"]["remark"] = "x" * 5000
        (line,) = self.call("health", "--window", "1024", status=1)
        self.assertTrue(json.loads(line)["symfeed"]["truncated"])
        self.call("health")

    def test_health_that_is_none(self):
        agent = self.start_agent()
        for effects in ({"status": 200, "body": "<html>all is well</html>"}, {"status": 404},
                        {"status": 503, "body": "<html>busy</html>"}, {"status": 500},
                        {"status": 200, "body": ""}, {"status": 200, "body": "null"}):
            with self.subTest(**effects):
                agent.fault(on="health", **effects)
                self.fails("health", says="health: " + str(effects["status"]))

    def test_health_with_a_body_that_is_cut(self):
        agent = self.start_agent()
        agent.fault(on="health", cut_body=-10)
        self.call("health", status=1)
        self.assertRegex(self.err, r"\A[^\n]*health: [^\n]*\n\Z")


class Failing(Call):
    """No answer, or none that is good."""

    def test_5xx_and_others(self):
        agent = self.start_agent()
        for command, status in itertools.product(CALLS, (500, 502, 429, 302, 410)):
            with self.subTest(command, status=status):
                agent.fault(on=command, status=status)
                before = len(agent.requests)
                self.fails(command, says=rf"{'agent version' if command == 'info' else command}: "
                                         rf"{status} \(trace \w{{6}}\)")
                self.assertEqual(len(agent.requests), before + 1, "a call is made once")

    def test_503(self):
        agent = self.start_agent()
        for command in ("list", "create", "delete", "info"):
            agent.fault(on=command, status=503, headers=[["Retry-After", "60"]])
            self.fails(command, says=": 503 ")

    def test_bodies_that_are_not_what_they_should_be(self):
        agent = self.start_agent()
        for command, body in (("list", "<html>"), ("list", "{}"), ("list", '[{"id":"a"}'),
                              ("list", ""), ("create", "[]"), ("create", ""), ("create", "null"),
                              ("info", "<html>"), ("info", "")):
            with self.subTest(command, body=body):
                agent.fault(on=command, status=200, body=body)
                self.call(command, status=1)
                self.assertRegex(self.err, r"\A[^\n]*: 200 [^\n]*\n\Z")

    def test_401_and_fresh_tokens(self):
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]})
        agent.create_feed(feed_id="bot_f_any")
        for command in ("list", "create", "delete"):
            with self.subTest(command):
                agent.fault(on=command, status=401)
                before = len(agent.requests)
                self.call(command, *self.argument(command), access=self.by_key())
                self.assertEqual(self.kinds()[before:], ["session", "key", command] * 2)

    def test_401_twice(self):
        agent = self.start_agent()
        self.revoke_tokens(write=False)
        for command in ("list", "create", "delete"):
            with self.subTest(command):
                before = len(agent.requests)
                self.call(command, *self.argument(command), status=1)
                self.assertEqual(self.kinds()[before:], [command] * 2)
                self.assertEqual(self.out, "")
                self.assertRegex(self.err.split("\n")[-2], "401 ")

    def test_a_sign_in_that_is_refused(self):
        agent = self.start_agent()
        self.call("list", access=self.by_key(), status=1)
        self.assertEqual(self.kinds(), ["session"])
        self.assertRegex(self.err, r"\A[^\n]*sign-in: 401 [^\n]*\n\Z")
        self.assertTrue(agent.sign_in_refusals)

    def test_no_token_file(self):
        agent = self.start_agent()
        os.unlink(self.token_file())
        self.assertEqual(self.call("list", status=2), [])
        self.assertEqual(agent.requests, [])

    def test_the_network_is_down(self):
        agent = self.start_agent()
        agent.fault(on="connect", refuse=-1)
        for command in CALLS:
            with self.subTest(command):
                self.fails(command, says="refused")
        self.assertEqual(agent.requests, [])

    def test_nobody_knows_the_name(self):
        self.start_agent()
        for command in CALLS:
            self.fails(command, says="no-such-host.invalid", access=[
                "--agent", "https://no-such-host.invalid", "--session-token-file",
                self.token_file()])

    def test_a_certificate_that_is_not_trusted(self):
        agent = self.start_agent(certificate="unknown-authority")
        for command in CALLS:
            self.fails(command, says="certificate")
        self.assertEqual(agent.requests, [])

    def test_no_answer_at_all(self):
        agent = self.start_agent()
        agent.fault(on="list", close_before=True, times=2)
        self.fails("list", says="list: ")
        agent.fault(on="list", cut_body=3)
        self.call("list", status=1)

    def test_a_signal_while_it_waits(self):
        agent = self.start_agent()
        for command in CALLS:
            agent.fault(on=command, silent=True)
            client = self.start(command, *self.argument(command), *self.access())
            self.wait_requests(command, 1)
            client.signal(signal.SIGTERM)
            self.wait_end(client, 1)
            self.assertEqual(client.out, b"")

    def test_standard_output_that_is_full(self):
        agent = self.start_agent()
        agent.create_feed()
        with open("/dev/full", "wb") as full:
            for command in ("list", "create", *OPEN):
                client = self.start(command, *self.access(), stdout=full)
                self.wait_end(client, 1)
                self.assertIn("standard output", client.err)


class WrongUse(Call):

    def refused(self, *arguments, names, **changes):
        done = run(*arguments, **changes)
        self.assertEqual((done.returncode, done.stdout), (2, b""), done)
        line = done.stderr.decode()
        self.assertEqual(line.count("\n"), 1, line)
        self.assertIn(names, line)

    def test_wrong_use(self):
        agent = ["--agent", "https://localhost"]
        for command in CALLS:
            self.refused(command, *self.argument(command), names="--agent")
        for command in ("list", "create", "delete"):
            self.refused(command, *self.argument(command), *agent, names="sign in")
        self.refused("delete", *agent, "--session-token-file", self.path("t", "t"), names="id")
        self.refused("delete", "a", "b", *agent, names="one feed id")
        for feed_id in ("", "a\nb", "x" * 1025):
            self.refused("delete", feed_id, *agent, "--session-token-file", self.path("t", "t"),
                         names="delete")
        self.refused("list", "extra", *agent, names="one command")
        self.refused("lists", *agent, names="no such command")
        for option in (["--count", "1"], ["--exec", "true"], ["--types", "A"], ["--state", "f"],
                       ["--fanout"], ["--scopes", "INTERNAL"]):
            self.refused("list", *agent, *option, names=option[0])
        for command in ("list", "delete", "health"):
            self.refused(command, *self.argument(command), *agent, "--reclaim", names="--reclaim")


if __name__ == "__main__":
    unittest.main()
