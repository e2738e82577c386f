# SPDX-License-Identifier: Apache-2.0
"""The datahose: what is sent to the letter, what its answers lead to, several readers of one feed.

The promises are those of the v5 feed: an ackId goes out once all events of its batch are taken, and
no answer ends the reading.
"""

import collections
import signal
import unittest

from harness import (BOT, EndToEnd, FIRST_WAIT, SLACK, SLOW_WAIT, made, message, messages, run,
                     small)

TAG = "plant"
TYPES = "MESSAGESENT,ROOMCREATED"


class Datahose(EndToEnd):
    """A test case whose clients read a datahose."""

    READ = "datahose"

    def hose(self, *options, types=TYPES, tag=TAG, access=None, **more):
        """Starts `symfeed datahose` on the Agent; None leaves types or tag out."""
        chosen = [*(["--types", types] if types else []), *(["--tag", tag] if tag else [])]
        return self.start("datahose", *(access or self.access()), "--json", *chosen, *options,
                          **more)

    def follow(self, *options, types=TYPES, tag=TAG, **settings):
        """An Agent and a client that waits for events; returns both."""
        agent = self.start_agent(**settings)
        client = self.hose(*options, types=types, tag=tag)
        self.wait_reading()
        return agent, client

    def reads(self):
        return self.agent.requests_of("datahose")

    def kinds(self):
        return [request.kind for request in self.agent.requests]

    def wait_readers(self, count):
        self.wait_agent(lambda a: sum(feed.readers for feed in a.feeds.values()) == count,
                        f"{count} readers that wait")

    def assert_reads_again(self, fault):
        """The read that the fault hit is made again, with the same ackId. Returns the two."""
        struck = self.struck_by(fault)
        again = self.next_after(struck, "datahose")
        self.assertEqual(again.json, struck.json, self.last_words())
        return struck, again


class Bodies(Datahose):
    """What goes to the agent."""

    def test_members_to_the_letter(self):
        agent, client = self.follow()
        first = self.reads()[0]
        expected = {"type": "datahose", "tag": TAG, "eventTypes": ["MESSAGESENT", "ROOMCREATED"],
                    "ackId": "", "updatePresence": True}
        self.assertEqual(first.json, expected)
        self.assertEqual((first.method, first.path, first.query),
                         ("POST", "/agent/v5/events/read", {}))
        self.deliver(client, message(1))
        (feed,) = agent.feeds.values()
        (ack_id,) = (text for text, batch in feed.batches.items() if batch.reader and not
                     batch.items and text == self.reads()[1].ack_id)
        self.assertEqual(self.reads()[1].json, {**expected, "ackId": ack_id})
        self.assertRegex(feed.id, "_p_")

    def test_nothing_else_is_asked_while_all_is_well(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        self.deliver(client, message(2))
        self.wait_reading()
        self.assertEqual(set(self.kinds()), {"datahose"})
        self.assertEqual(len(agent.connections), 1)

    def test_scopes(self):
        for scopes in ("INTERNAL", "EXTERNAL,FEDERATED"):
            with self.subTest(scopes=scopes):
                agent, client = self.follow("--scopes", scopes)
                self.assertEqual(self.reads()[0].json["scopes"], scopes.split(","))
                agent.push(message(1), scope="INTERNAL")
                agent.push(message(2), scope="EXTERNAL")
                number = 1 if scopes == "INTERNAL" else 2
                self.wait_acknowledged([message(number)])
                self.assert_printed(client, [message(number)])
                self.assertNotIn("warning", client.err)

    def test_no_presence(self):
        _, client = self.follow("--no-presence")
        self.deliver(client, message(1))
        self.assertEqual({read.json["updatePresence"] for read in self.reads()}, {False})

    def test_fanout_with_types_and_without(self):
        for types in (None, "ROOMCREATED"):
            with self.subTest(types=types):
                agent, client = self.follow("--fanout", types=types)
                body = self.reads()[0].json
                self.assertEqual(body["type"], "fanout")
                self.assertEqual(body.get("eventTypes", []), types.split(",") if types else [])
                agent.push([message(1), small(1)])
                expected = [small(1)] if types else [message(1), small(1)]
                self.wait_acknowledged(expected)
                self.assert_printed(client, expected)

    def test_the_usual_tag_is_made_of_the_user_and_cut_to_80_characters(self):
        for user in ("bot", "b" * 71, "b" * 72, "b" * 100, "b" * 60 + "é" * 30, "🔔" * 32):
            with self.subTest(user=user):
                self.start_agent()
                client = self.hose("--user", user, tag=None)
                self.wait_reading()
                self.assertEqual(self.reads()[0].json["tag"], f"datahose-{user}"[:80])
                client.end()

    def test_the_usual_tag_with_a_sign_in_by_key(self):
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]})
        client = self.hose(tag=None, access=self.by_key())
        self.wait_reading()
        self.assertEqual(self.kinds(), ["session", "key", "datahose"])
        self.assertEqual(self.reads()[0].json["tag"], f"datahose-{BOT}")
        self.deliver(client, message(1))
        self.assertEqual({feed.user for feed in agent.feeds.values()}, {BOT})

    def test_tags_of_all_characters(self):
        for tag in ("plant 7 & boiler=100%+#?/", "\"quoted\\\" 'tag'", "t" * 80, "é" * 80,
                    "🔔" * 80):
            with self.subTest(tag=tag):
                _, client = self.follow(tag=tag)
                self.assertEqual(self.reads()[0].json["tag"], tag)
                client.end()

    def test_a_type_that_is_not_known_here_is_warned_of_and_sent(self):
        agent = self.start_agent(event_types={"MESSAGESENT", "ROBOTBLINKED"})
        client = self.hose(types="MESSAGESENT,ROBOTBLINKED")
        self.wait_reading()
        self.assertEqual(self.reads()[0].json["eventTypes"], ["MESSAGESENT", "ROBOTBLINKED"])
        event = small(1).replace("ROOMCREATED", "ROBOTBLINKED")
        self.deliver(client, event)
        (line,) = client.err.strip().split("\n")[:1]
        self.assertRegex(line, "warning: --types: ROBOTBLINKED")
        self.assertNotIn("MESSAGESENT", line)
        self.assertEqual(set(self.kinds()), {"datahose"})
        self.assertEqual(agent.acknowledged, [event])

    def test_a_type_that_the_agent_does_not_know_either(self):
        self.start_agent()
        client = self.hose(types="MESSAGESENT,ROBOTBLINKED")
        self.wait_error(client, r"datahose read: 400 .*types")
        self.wait_error(client, r"datahose read: 400 .*next try in ", 2)
        client.end()
        self.assertRegex(self.agent.breaches[0], "ROBOTBLINKED.* not known")
        self.agents.remove(self.agent)  # who gave that type is to blame, not the client


class WrongUse(Datahose):

    def refused(self, *options, names):
        done = run("datahose", "--agent", "https://localhost/agent", "--session-token-file",
                   self.path("token", "t\n"), *options)
        self.assertEqual((done.returncode, done.stdout), (2, b""), done)
        line = done.stderr.decode()
        self.assertEqual(line.count("\n"), 1, line)
        self.assertIn(names, line)

    def test_no_types(self):
        self.refused("--tag", TAG, names="--types")

    def test_a_tag_that_is_too_long(self):
        for tag in ("t" * 81, "é" * 81, "t" * 100, ""):
            self.refused("--types", TYPES, "--tag", tag, names="--tag")
            self.refused("--fanout", "--tag", tag, names="--tag")

    def test_types_and_scopes_that_are_no_names(self):
        for names in ("", ",", "A,", ",A", "A,,B", "A B", "A\"B", "A\nB", "ÄB"):
            self.refused("--tag", TAG, "--types", names, names="--types")
            self.refused("--tag", TAG, "--types", TYPES, "--scopes", names, names="--scopes")

    def test_options_of_other_commands(self):
        for option in (["--state", "f"], ["--reclaim"], ["--include-invisible"]):
            self.refused("--tag", TAG, "--types", TYPES, *option, names=option[0])
        for command in ("tail", "legacy"):
            for option in (["--fanout"], ["--scopes", "INTERNAL"]):
                done = run(command, "--agent", "https://localhost/agent", *option)
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertIn(option[0].encode(), done.stderr)


class Acknowledging(Datahose):
    """What an answer to a read leads to."""

    def test_many_batches(self):
        agent, client = self.follow(batch_limit=7)
        for number in range(5):
            agent.push(messages(20, 20 * number))
        self.wait_acknowledged(messages(100))
        self.assert_printed(client, messages(100))

    def test_cut_bodies(self):
        for where in (7, -30, -1):
            agent, client = self.follow()
            self.deliver(client, message(0))
            fault = agent.fault(on="datahose", cut_body=where)
            agent.push(messages(3, 1))  # goes with the read that waits
            self.wait_acknowledged(messages(3, 1))
            agent.push(messages(3, 4))
            self.assert_reads_again(fault)
            self.wait_acknowledged(messages(6, 1))
            self.assert_printed(client, messages(7), "each once, the repeats held back")

    def test_a_first_answer_that_is_cut(self):
        agent = self.start_agent(requeue=0.5)
        agent.push_to_new_feeds(messages(3))
        fault = agent.fault(on="datahose", cut_body=-200)
        client = self.hose()
        _, again = self.assert_reads_again(fault)
        self.assertEqual(again.ack_id, "")
        self.wait_acknowledged(messages(3))
        self.assert_printed(client, messages(3))

    def test_5xx(self):
        for status in (500, 503, 599):
            with self.subTest(status=status):
                client = self.meet(status=status, says=rf"datahose read: {status} .*next try in 0\.\d s")
                self.assertNotIn("health", self.kinds(), "one failure is no reason to ask")
                client.end()

    def test_bodies_that_are_not_what_they_should_be(self):
        for body in ("<html></html>", '{"events":[}', "[]", ""):
            with self.subTest(body=body):
                self.meet(status=200, body=body)

    def test_no_ack_id(self):
        self.meet(status=200, body='{"events":[]}', says="no ackId")

    def test_an_answer_without_events(self):
        agent, client = self.follow(hold=0.6)
        self.wait_requests("datahose", 4)
        acks = [read.ack_id for read in self.reads()]
        self.assertEqual(len(set(acks)), len(acks), "each ackId is sent back")
        self.deliver(client, message(1))
        self.assertEqual(set(self.kinds()), {"datahose"})

    def test_a_refused_event_comes_again(self):
        flag = self.path("flag")
        agent, client = self.follow("--exec", f"[ -e '{flag}' ] || {{ : >'{flag}'; exit 1; }}",
                                    requeue=1)
        agent.push(messages(2))
        self.wait_acknowledged(messages(2))
        self.assert_printed(client, messages(2))
        first, second = self.reads()[:2]
        self.assertEqual((first.ack_id, second.ack_id), ("", ""), "no event was taken")

    def test_poison_is_given_up(self):
        agent, client = self.follow("--exec", "! grep -q id-7", types="ROOMCREATED")
        self.deliver(client, small(1))  # an ackId tells the agent whose read it is
        agent.push([small(7), small(8)])
        self.wait_acknowledged([small(7), small(8)])
        self.wait_error(client, "refused too often")
        self.assert_printed(client, [small(1), small(7), small(8)])

    def test_401(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        self.revoke_tokens()
        agent.push(message(2))  # by the read that waits; the one after it is a 401
        self.wait_acknowledged([message(2)])
        self.deliver(client, message(3))
        refused = [read for read in self.reads() if read.status == 401]
        self.assertEqual(len(refused), 1)
        self.assertTrue(refused[0].ack_id)
        self.assertEqual(self.next_after(refused[0]).json, refused[0].json)
        self.assert_printed(client, messages(3, 1))

    def test_401_with_a_sign_in(self):
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]})
        client = self.hose(access=self.by_key())
        self.wait_reading()
        self.deliver(client, message(1))
        agent.expire_tokens()
        agent.push(message(2))
        self.wait_acknowledged([message(2)])
        self.assertEqual(self.kinds().count("session"), 2)
        self.assertEqual(len(agent.feeds), 1)
        self.assert_printed(client, messages(2, 1))

    def test_400_is_read_again_from_an_empty_ack_id(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        fault = agent.fault(on="datahose", status=400)
        agent.push(message(2))
        struck = self.struck_by(fault)
        again = self.next_after(struck)
        self.assertEqual(again.json, {**struck.json, "ackId": ""})
        self.assertTrue(struck.ack_id)
        self.wait_reading()
        self.deliver(client, message(3))
        self.assertNotIn("next try", client.err, "the first time at once")
        self.assertEqual(set(self.kinds()), {"datahose"}, "there is nothing to delete or to list")
        self.assert_printed(client, messages(3, 1))

    def test_a_feed_that_is_gone_is_made_anew_by_reading(self):
        agent, client = self.follow()
        for number in range(2):
            self.deliver(client, message(number))
            before = self.reads()[0].feed_id
            agent.expire_feeds()
            self.wait_reading()
            self.assertEqual(len(agent.feeds), 1)
            self.assertNotIn(before, agent.feeds)
        self.deliver(client, message(9))
        self.assertEqual(set(self.kinds()), {"datahose"})

    def test_400_for_ever_makes_no_storm(self):
        agent = self.start_agent()
        fault = agent.fault(on="datahose", status=400, times=4)
        client = self.hose()
        self.wait_agent(lambda a: fault not in a.faults, "four refusals")
        reads = [read for read in self.reads() if read.fault is fault]
        for number, (one, two) in enumerate(zip(reads[1:], reads[2:])):
            self.assertGreaterEqual(two.time - one.time, number * FIRST_WAIT - SLACK)
        self.wait_reading()
        self.deliver(client, message(1))

    def test_404_names_the_agents_version(self):
        agent = self.start_agent()
        fault = agent.fault(on="datahose", status=404)
        client = self.hose()
        struck, again = self.assert_reads_again(fault)
        self.assertGreaterEqual(again.time - struck.time, SLOW_WAIT / 2 - SLACK)
        self.wait_error(client, r"datahose read: 404 .*22\.5")

    def test_the_last_batch_is_acknowledged_at_the_end(self):
        agent, client = self.follow("--count", "2")
        agent.push(messages(2))
        self.wait_end(client)
        self.wait_acknowledged(messages(2))
        self.assert_printed(client, messages(2))

    def test_sigterm(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        self.assertEqual(agent.acknowledged, [message(1)])


class Health(Datahose):
    """What is asked of extended health, and when."""

    def after(self, struck, count=2):
        """The kinds of the requests after that one."""
        self.wait_agent(lambda a: len(a.requests) > a.requests.index(struck) + count,
                        f"{count} requests after {struck!r}")
        at = self.agent.requests.index(struck)
        return [request.kind for request in self.agent.requests[at + 1:at + 1 + count]]

    def test_403_names_the_entitlements_and_health_is_asked(self):
        agent = self.start_agent(datahose_entitled=False)
        client = self.hose()
        said = self.wait_error(client, r"datahose read: 403 .*").group()
        self.assertIn("\"Can read from datahose feeds\"", said)
        self.assertIn("\"Can create datahose feeds\"", said)
        self.assertRegex(said, r"next try in [2-5]\.\d s")
        (struck,) = self.reads()
        self.assertEqual(self.after(struck), ["health", "datahose"])
        reads = self.reads()
        self.assertGreaterEqual(reads[1].time - reads[0].time, SLOW_WAIT / 2 - SLACK)
        self.assertNotIn("ceservice", client.err, "it is UP")
        agent.datahose_entitled = True
        self.wait_reading()
        self.deliver(client, message(1))

    def test_403_because_of_too_many_feeds(self):
        agent, client = self.follow(datahose_limit=1)
        other = self.hose(tag="other")
        self.wait_error(other, r"datahose read: 403 ")
        self.assertEqual(len(agent.feeds), 1)
        agent.datahose_limit = 2
        self.wait_readers(2)
        self.assertEqual(len(agent.feeds), 2)
        self.deliver(client, message(1))

    def test_content_export_that_is_down_is_said_in_words(self):
        for name, health in (("DOWN", {"status": "DOWN"}), ("none", None), ("odd", {"status": 5}),
                             ("no status", {})):
            with self.subTest(name):
                agent = self.start_agent()
                if health is None:
                    del agent.health["users"]["ceservice"]
                else:
                    agent.health["users"]["ceservice"] = health
                fault = agent.fault(on="datahose", status=403)
                client = self.hose()
                self.assert_reads_again(fault)
                said = self.wait_error(client, r"health: .*users\.ceservice is not UP.*").group()
                for name in ("MESSAGESENT", "MESSAGESUPPRESSED", "SYMPHONYELEMENTSACTION"):
                    self.assertIn(name, said)
                self.wait_reading()
                self.deliver(client, message(1))
                client.end()

    def test_what_else_is_down_is_not_its_matter(self):
        agent = self.start_agent()
        agent.health["services"]["datafeed"]["status"] = "DOWN"
        fault = agent.fault(on="datahose", status=403)
        client = self.hose()
        self.assertEqual(self.after(self.struck_by(fault)), ["health", "datahose"])
        self.assertNotIn("ceservice", client.err)

    def test_repeated_5xx_ask_for_health_too(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        agent.health["users"]["ceservice"]["status"] = "DOWN"
        fault = agent.fault(on="datahose", status=500, times=2)
        agent.push(message(2))
        first = self.struck_by(fault)
        self.assertEqual(self.after(first, 3), ["datahose", "health", "datahose"])
        self.wait_error(client, r"users\.ceservice is not UP")
        self.wait_acknowledged([message(2)])
        self.assertEqual({read.ack_id for read in self.reads() if read.fault is fault},
                         {first.ack_id})
        self.assertEqual(self.next_after(self.agent.requests_of("health")[0]).ack_id, first.ack_id)
        self.deliver(client, message(3))
        self.assert_printed(client, messages(3, 1))

    def test_health_that_answers_badly_does_not_hold_up_the_reading(self):
        for effects in ({"status": 500}, {"status": 404}, {"body": "<html>"}, {"cut_body": 20},
                        {"status": 401}, {"close_before": True, "times": 2}):
            with self.subTest(**effects):
                agent = self.start_agent()
                fault = agent.fault(on="datahose", status=403)
                health = agent.fault(on="health", **effects)
                client = self.hose()
                self.assert_reads_again(fault)
                self.wait_reading()
                self.deliver(client, message(1))
                self.assertEqual(self.kinds().count("health"), health.used)
                client.end()


class SeveralReaders(Datahose):
    """Instances of a bot that have the tag and the filters in common."""

    def assert_shared(self, clients, expected):
        """Each of these was printed by exactly one of them."""
        for client in clients:  # their last lines are out once they have ended
            if client.status is None:
                client.signal(signal.SIGTERM)
                self.wait_end(client)
        printed = collections.Counter(line for client in clients for line in client.lines)
        self.assertEqual(printed, collections.Counter(expected), self.last_words())

    def test_each_event_is_printed_by_exactly_one(self):
        agent = self.start_agent(batch_limit=3)
        clients = [self.hose() for _ in range(2)]
        self.wait_readers(2)
        self.assertEqual(len(agent.feeds), 1)
        for number in range(40):
            agent.push(messages(10, 10 * number))
            if number % 10 == 0:  # from time to time both are waiting
                self.wait_acknowledged(messages(10, 10 * number))
                self.wait_readers(2)
        self.wait_acknowledged(messages(400))
        for client in clients:
            self.assertGreater(client.line_count, 0, "both had their share")
        self.assert_shared(clients, messages(400))
        self.assertEqual(agent.counters["events_requeued"], 0)

    def test_a_slow_reader_keeps_what_it_holds(self):
        flag = self.path("go")
        agent = self.start_agent(batch_limit=2)
        slow = self.hose("--exec", f"echo begun >&2; while [ ! -e '{flag}' ]; do sleep 0.05; done")
        self.wait_readers(1)
        agent.push(messages(2))
        self.wait_error(slow, "begun")
        quick = self.hose()
        self.wait_readers(1)
        agent.push(messages(20, 2))
        self.wait_acknowledged(messages(20, 2))
        self.wait_readers(1)
        self.path("go", "")
        self.wait_acknowledged(messages(22))
        self.assert_printed(slow, messages(2))
        self.assert_shared([slow, quick], messages(22))

    def test_what_a_killed_reader_held_goes_to_the_other(self):
        agent = self.start_agent(requeue=1)
        first = self.hose("--exec", "kill -KILL $PPID")
        self.wait_readers(1)
        agent.push(messages(3))
        self.wait_end(first, -9)
        second = self.hose()
        self.wait_acknowledged(messages(3))
        self.assert_shared([second], messages(3))

    def test_readers_who_all_meet_the_400_come_together_again(self):
        agent = self.start_agent(batch_limit=1)
        clients = [self.hose() for _ in range(3)]
        self.wait_readers(3)
        for number in range(3):
            agent.expire_feeds()
            self.wait_readers(3)
            self.assertEqual(len(agent.feeds), 1)
            agent.push(messages(9, 9 * number))
            self.wait_acknowledged(messages(9, 9 * number))
            self.wait_readers(3)
        self.assert_shared(clients, messages(27))

    def test_other_tags_and_filters_are_other_feeds(self):
        agent = self.start_agent()
        clients = [self.hose(), self.hose(tag="other"), self.hose(types="MESSAGESENT"),
                   self.hose("--fanout"), self.hose("--scopes", "INTERNAL")]
        self.wait_readers(5)
        self.assertEqual(len(agent.feeds), 5)
        agent.push(message(1))
        for client in clients:
            self.wait_lines(client, 1)


if __name__ == "__main__":
    unittest.main()
