# SPDX-License-Identifier: Apache-2.0
"""The legacy (v4) feed: what its answers lead to, the cookie that keeps it to its agent, the file
that keeps its id.

It knows no acknowledgement. What a read had on its way when it failed is lost, and nothing else is:
an event is printed once, and what was pushed after a failure comes.
"""

import collections
import json
import os
import stat
import unittest

from harness import (BOT, EndToEnd, FIRST_WAIT, PATIENCE, SLACK, SLOW_WAIT,
                     certificate_folder, certificates, is_sanitized, made, message, messages, padded,
                     preloaded, run, small)
from peers import Haproxy, WithServers

SILENCE = 35  # seconds after which a feed without a word is given up
PAUSE = 0.5   # seconds before the next read, after an answer without events that came at once
COOKIE = "AWSALB=Zm9v+bar/baz=="


class Legacy(EndToEnd):
    """A test case whose clients read a legacy feed."""

    def legacy(self, *options, access=None, **more):
        return self.start("legacy", *(access or self.access()), "--json", *options, **more)

    def follow(self, *options, **settings):
        """An Agent and a client that waits for events; returns both."""
        agent = self.start_agent(**settings)
        client = self.legacy(*options)
        self.wait_reading()
        return agent, client

    def kinds(self, agent=None):
        return [request.kind for request in (agent or self.agent).requests]

    def reads(self):
        return self.agent.requests_of("legacy_read")

    def come(self, client, *pushed):
        """Pushes JSON texts: each comes out once, in order, as it is. Lines of before may still be
        on their way to us."""
        pushed = list(pushed)
        self.assertGreater(self.agent.push(pushed), 0, "there is no feed")
        self.wait_client(client, lambda c: c.lines[-len(pushed):] == pushed, "the events to come out")
        counts = collections.Counter(client.lines)
        self.assertEqual([counts[text] for text in pushed], [1] * len(pushed), self.last_words())

    def assert_same_feed(self, count=1):
        """As many feeds were made as that, and all reads are of the last one by now."""
        self.assertEqual(len(self.agent.requests_of("legacy_create")), count, self.last_words())


class Reading(Legacy):
    """While all is well."""

    def test_create_and_read(self):
        agent, client = self.follow()
        create, read = agent.requests
        self.assertEqual((create.method, create.path, create.query, create.body),
                         ("POST", "/agent/v4/datafeed/create", {}, b""))
        self.assertEqual((create.header("Content-Length"), create.header("Content-Type")),
                         ("0", None))
        (feed,) = agent.feeds
        self.assertEqual((read.method, read.path, read.query, read.body),
                         ("GET", f"/agent/v4/datafeed/{feed}/read", {}, b""))
        self.assertIsNone(read.header("Content-Length"))
        for request in agent.requests:
            self.assertIsNone(request.header("Cookie"))
            self.assertEqual(request.header("sessionToken"), agent.session_token)
        self.come(client, *messages(3))
        self.come(client, small(1), padded(10000), message(4))
        self.wait_reading()
        self.assertEqual(len(agent.connections), 1)
        self.assertEqual(set(self.kinds()), {"legacy_create", "legacy_read"})
        stats = self.stats(client)
        self.assertEqual((stats["feeds_created"], stats["events"], stats["retries"]), (1, 6, 0))

    def test_ids_of_all_kinds_are_percent_encoded(self):
        for feed_id in ("a/b c=+%é", "x?y#z", "..", "%2F", "i" * 100):
            with self.subTest(feed_id):
                agent = self.start_agent()
                agent.fault(on="legacy_create", body=json.dumps({"new": {"id": 1}, "id": feed_id}))
                agent.create_legacy_feed(feed_id)
                client = self.legacy()
                self.wait_reading()
                self.assertEqual(self.reads()[0].feed_id, feed_id)
                self.come(client, message(1))
                client.end()

    def test_204_is_read_again_at_once(self):
        agent, client = self.follow(hold=0.6)
        self.wait_requests("legacy_read", 4)
        reads = self.reads()
        self.assertEqual({read.status for read in reads[:3]}, {204})
        gaps = [two.time - one.answered for one, two in zip(reads, reads[1:])]
        self.assertLess(min(gaps), PAUSE - SLACK, "a busy machine does not make all of them long")
        self.come(client, message(1))
        self.assert_same_feed()
        self.assertEqual(self.stats(client)["retries"], 0)

    def test_204_without_a_hold_makes_no_storm(self):
        agent = self.start_agent()
        fault = agent.fault(on="legacy_read", status=204, times=3)
        client = self.legacy()
        self.wait_reading()
        reads = [read for read in self.reads() if read.fault is fault]
        for one, two in zip(reads, reads[1:]):
            self.assertGreaterEqual(two.time - one.time, PAUSE - SLACK)
        self.come(client, message(1))

    def test_empty_arrays_and_nulls(self):
        agent, client = self.follow()
        for number, value in enumerate(([], [None], [None, None])):
            fault = agent.fault(on="legacy_read", events=value)
            agent.push(message(number))
            self.next_after(self.struck_by(fault))
            self.wait_lines(client, number + 1)
        self.assert_printed(client, messages(3))

    def test_types_and_count(self):
        agent, client = self.follow("--types", "ROOMCREATED", "--count", "2")
        agent.push([message(1), small(1), message(2)])
        self.wait_lines(client, 1)
        self.assertIsNone(client.status)
        agent.push([small(2)])
        self.wait_end(client)
        self.assert_printed(client, [small(1), small(2)])

    def test_a_refused_event_is_handed_out_again_since_nobody_sends_it_twice(self):
        flag = self.path("flag")
        agent, client = self.follow("--exec", f"[ -e '{flag}' ] || {{ : >'{flag}'; exit 1; }}")
        self.come(client, *messages(3))
        self.wait_reading()
        self.assert_same_feed()
        self.assertEqual(self.stats(client)["refused"], 1)

    def test_poison_is_given_up(self):
        agent, client = self.follow("--exec", "! grep -q id-7")
        self.come(client, small(6), small(7), small(8))
        self.wait_error(client, "refused too often")

    def test_sign_in_by_key(self):
        self.start_agent(users={BOT: made("keys")["rsa2048-public"]})
        client = self.legacy(access=self.by_key())
        self.wait_reading()
        self.assertEqual(self.kinds(), ["session", "key", "legacy_create", "legacy_read"])
        self.come(client, message(1))

    def test_a_batch_without_end(self):
        agent, client = self.follow(legacy_room=None)
        self.come(client, *messages(2000))

    def test_wrong_use(self):
        for option in (["--scopes", "INTERNAL"], ["--fanout"], ["--reclaim"], ["--no-presence"],
                       ["--include-invisible"]):
            with self.subTest(option):
                done = run("legacy", "--agent", "https://localhost/agent",
                           "--session-token-file", self.path("token", "t\n"), *option)
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertIn(option[0].encode(), done.stderr)


class Failing(Legacy):
    """What other answers lead to."""

    def meet(self, says=None, wait=0.0, feeds=1, **fault):
        """A read meets the fault; another one follows, of the same feed or of a new one, and
        events come."""
        agent, client = self.follow()
        self.come(client, message(1))
        self.wait_reading()
        fault = agent.fault(on="legacy_read", **fault)
        agent.push(message(2))  # by the read that waits; the next one is hit
        struck = self.struck_by(fault)
        again = self.next_after(struck)
        self.assertEqual(again.kind, "legacy_read" if feeds == 1 else "legacy_create")
        self.assertGreaterEqual(again.time - struck.time, wait - SLACK)
        self.wait_reading()
        self.come(client, message(3))
        self.assert_printed(client, messages(3, 1))
        self.assert_same_feed(feeds)
        if says:
            self.wait_error(client, says)
        return struck, again

    def test_5xx(self):
        for status in (500, 502, 503):
            with self.subTest(status=status):
                struck, again = self.meet(status=status, says=rf"legacy read: {status} .*next try in 0\.\d s")
                self.assertEqual(again.feed_id, struck.feed_id)

    def test_429(self):
        self.meet(status=429, headers=[["Retry-After", "1"]], wait=1,
                  says="legacy read: 429 ")

    def test_bodies_that_are_not_what_they_should_be(self):
        for body in ("<html></html>", '{"events":[],"ackId":"x"}', "[", "", "[]x", "[}"):
            with self.subTest(body=body):
                self.meet(status=200, body=body, says="legacy read: 200 .*not the JSON")

    def test_reset_and_hang_up(self):
        for effects in ({"reset": True}, {"close_before": True}, {"close_before": True, "times": 2},
                        {"cut": 10, "body": "[]"}):
            with self.subTest(**effects):
                self.meet(**effects)

    def test_400_makes_a_new_feed(self):
        self.meet(status=400, feeds=2, says=r"legacy read: 400 .*what came meanwhile is lost")
        self.assertNotIn("next try", self.clients[-1].err, "the first time at once")

    def test_404_makes_a_new_feed(self):
        self.meet(status=404, feeds=2)

    def test_feeds_that_are_gone_at_once_make_no_storm(self):
        agent = self.start_agent()
        fault = agent.fault(on="legacy_read", status=400, times=4)
        client = self.legacy()
        self.wait_agent(lambda a: fault not in a.faults, "four refusals")
        creates = agent.requests_of("legacy_create")
        for number, (one, two) in enumerate(zip(creates[1:], creates[2:])):
            self.assertGreaterEqual(two.time - one.time, number * FIRST_WAIT - SLACK)
        self.wait_reading()
        self.come(client, message(1))
        self.assert_same_feed(5)

    def test_a_queue_that_is_full(self):
        agent, client = self.follow()
        self.come(client, message(1))
        agent.push(messages(251, 100))  # more than may wait, at one stroke
        self.assertEqual(agent.counters["feeds_overflowed"], 1)
        self.wait_reading()
        self.come(client, message(2))
        self.assert_same_feed(2)

    def test_410_is_said_in_words_and_retried_slowly(self):
        agent = self.start_agent(legacy_gone=True)
        client = self.legacy()
        said = self.wait_error(client, r"legacy create: 410 .*").group()
        self.assertRegex(said, r"switched off on this agent.*next try in [2-5]\.\d s")
        first, second = self.wait_requests("legacy_create", 2)[:2]
        self.assertGreaterEqual(second.time - first.time, SLOW_WAIT / 2 - SLACK)
        agent.legacy_gone = False
        self.wait_reading()
        agent.legacy_gone = True
        agent.push(message(1))  # by the read that waits
        self.wait_error(client, r"legacy read: 410 .*switched off on this agent")
        agent.legacy_gone = False
        self.wait_reading()
        self.assert_printed(client, [message(1)])

    def test_503_to_create(self):
        agent = self.start_agent(legacy_limit=1)
        agent.create_legacy_feed()
        client = self.legacy()
        self.wait_error(client, r"legacy create: 503 .*next try in 0\.\d s")
        self.wait_requests("legacy_create", 3)
        creates = agent.requests_of("legacy_create")
        for number, (one, two) in enumerate(zip(creates, creates[1:])):
            self.assertGreaterEqual(two.time - one.time, number * FIRST_WAIT - SLACK)
        agent.legacy_limit = 2
        self.wait_reading()
        self.come(client, message(1))

    def test_creates_that_are_answered_badly(self):
        agent = self.start_agent()
        for effects in ({"body": "{}"}, {"body": "[]"}, {"body": '{"id":null}'}, {"cut_body": 4}):
            agent.fault(on="legacy_create", **effects)
        client = self.legacy()
        self.wait_agent(lambda a: not a.faults, "all of them to be met")
        self.wait_reading()
        self.come(client, message(1))

    def test_401_fetches_tokens_and_keeps_the_feed(self):
        agent, client = self.follow()
        self.come(client, message(1))
        self.revoke_tokens()
        agent.push(message(2))  # by the read that waits; the next one is a 401
        self.wait_lines(client, 2)
        self.wait_reading()
        self.come(client, message(3))
        self.assertEqual([read.status for read in self.reads()].count(401), 1)
        self.assert_same_feed()

    def test_401_signs_in_again_and_keeps_the_feed(self):
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]})
        client = self.legacy(access=self.by_key())
        self.wait_reading()
        agent.expire_tokens()
        agent.push(message(1))
        self.wait_lines(client, 1)
        self.wait_agent(lambda a: a.counters["sessions"] == 2, "a second sign-in")
        self.wait_reading()
        self.come(client, message(2))
        self.assert_same_feed()

    def test_a_cut_answer_loses_what_was_cut_and_nothing_else(self):
        agent, client = self.follow()
        self.come(client, message(0))
        self.wait_reading()
        fault = agent.fault(on="legacy_read", cut_body=-200)
        agent.push(message(1))  # by the read that waits
        self.wait_lines(client, 2)
        agent.push(messages(3, 2))  # by the read that is hit: the last one is cut
        struck = self.struck_by(fault)
        self.assertEqual(self.next_after(struck).feed_id, struck.feed_id)
        self.wait_reading()
        self.come(client, message(9))
        self.assertEqual(client.lines, [*messages(4), message(9)])
        self.assert_same_feed()

    def test_the_network_goes_away_for_a_while(self):
        agent, client = self.follow()
        agent.fault(on="connect", refuse=-1)
        agent.drop_connections()
        self.wait_error(client, "refused, next try in ")
        agent.clear_faults()
        self.wait_reading()
        self.come(client, message(1))
        self.assert_same_feed()

    def test_silence_is_given_up_after_35_seconds(self):
        agent, client = self.follow()
        self.come(client, message(1))
        self.wait_reading()
        fault = agent.fault(on="legacy_read", silent=True)
        agent.push(message(2))
        struck = self.struck_by(fault)
        if not agent.wait_for(lambda a: struck.peer_closed, SILENCE + PATIENCE):
            self.give_up("the end of the silent connection")
        self.assertGreaterEqual(struck.answered - struck.time, SILENCE - 1)
        self.assertLess(struck.answered - struck.time, SILENCE + 5)
        create = self.next_after(struck)
        self.assertEqual(create.kind, "legacy_create")
        self.assertNotEqual(create.connection, struck.connection)
        self.wait_reading()
        self.assertNotEqual(self.reads()[-1].feed_id, struck.feed_id)
        self.come(client, message(3))
        self.wait_error(client, r"legacy read: timed out waiting for an answer, next try in 0\.\d s")
        self.assert_printed(client, messages(3, 1))


class Cookies(Legacy):
    """The load balancer's cookie goes with the reads of the feed; no other does, nor elsewhere."""

    def sent(self, agent=None):
        return [request.header("Cookie") for request in (agent or self.agent).requests]

    def test_the_affinity_cookie_is_echoed_and_no_other(self):
        agent, client = self.follow(set_cookies=[
            "JSESSIONID=1; Path=/; HttpOnly", f"{COOKIE}; Expires=Thu, 01 Jan 2099 00:00:00 GMT; "
            "Path=/", "AWSALBCORS=other; SameSite=None; Secure", "tracking=me"])
        self.come(client, message(1))
        self.come(client, message(2))
        self.wait_reading()
        self.assertEqual(self.sent(), [None] + [COOKIE] * 3)

    def test_a_value_that_changes_is_followed(self):
        agent, client = self.follow(set_cookies=["AWSALB=1"])
        for number in range(2, 6):
            agent.set_cookies = [f"AWSALB={number}; Path=/"]
            self.come(client, message(number))
        self.wait_reading()
        self.assertEqual(self.sent(), [None] + [f"AWSALB={n}" for n in range(1, 6)])
        agent.set_cookies = []
        self.come(client, message(9))
        self.wait_reading()
        self.assertEqual(self.sent()[-1], "AWSALB=5")

    def test_names_of_the_usual_load_balancers(self):
        for name in ("AWSALB", "AWSELB", "SERVERID", "SRV", "BIGipServerpool", "route", "ROUTEID",
                     "ARRAffinity", "INGRESSCOOKIE", "BALANCEID", "sticky", "NSC_abc"):
            with self.subTest(name):
                agent, client = self.follow(set_cookies=["a=b", f"{name}=v"])
                self.come(client, message(1))
                self.wait_reading()
                self.assertEqual(self.sent(), [None] + [f"{name}=v"] * 2)
                client.end()

    def test_a_name_of_ones_own(self):
        agent, client = self.follow("--cookie-name", "STAY", set_cookies=[
            "AWSALB=1", "STAYS=2", "STAY=3; Path=/", "xSTAY=4"])
        self.come(client, message(1))
        self.wait_reading()
        self.assertEqual(self.sent(), [None] + ["STAY=3"] * 2)

    def test_no_cookie_that_would_do(self):
        agent, client = self.follow(set_cookies=["JSESSIONID=1", "=2", "AWSALB", "a=b"])
        self.come(client, message(1))
        self.wait_reading()
        self.assertEqual(set(self.sent()), {None})

    def test_a_new_feed_begins_without_the_old_cookie(self):
        agent, client = self.follow(set_cookies=["AWSALB=1"])
        agent.set_cookies = ["AWSALB=2"]
        agent.expire_feeds()
        self.wait_reading()
        self.come(client, message(1))
        self.wait_reading()
        self.assertEqual(list(zip(self.kinds(), self.sent())), [
            ("legacy_create", None), ("legacy_read", "AWSALB=1"), ("legacy_create", None),
            ("legacy_read", "AWSALB=2"), ("legacy_read", "AWSALB=2")])

    def test_it_stays_with_the_feed_after_failures(self):
        agent, client = self.follow(set_cookies=[COOKIE], set_cookies_always=False)
        for number, effects in enumerate(({"status": 503}, {"reset": True},
                                          {"cut": 5, "body": "[]"})):
            fault = agent.fault(on="legacy_read", **effects)
            self.come(client, message(number))  # by the read that waits
            self.next_after(self.struck_by(fault))
            self.wait_reading()
        self.come(client, message(9))
        self.assert_same_feed()
        self.assertEqual(set(self.sent()[1:]), {COOKIE})

    def test_other_hosts_and_calls_do_not_see_it(self):
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]}, set_cookies=[COOKIE])
        client = self.legacy(access=self.by_key())
        self.wait_reading()
        agent.expire_tokens()
        agent.push(message(1))
        self.wait_agent(lambda a: a.counters["sessions"] == 2, "a second sign-in")
        self.wait_reading()
        self.come(client, message(2))
        for request in agent.requests:
            expected = COOKIE if request.kind == "legacy_read" else None
            self.assertEqual(request.header("Cookie"), expected, request)

    def test_the_v5_feed_and_the_datahose_have_no_cookies(self):
        self.start_agent(set_cookies=[COOKIE])
        for arguments in (["tail"], ["datahose", "--types", "MESSAGESENT", "--tag", "t"]):
            client = self.start(*arguments, "--json", *self.access())
            self.wait_reading()
            self.deliver(client, message(1))
            client.end()
            self.wait_left()
        self.assertEqual(set(self.sent()), {None})


class State(Legacy):
    """--state: id and cookie outlive the process."""

    def setUp(self):
        super().setUp()
        self.file = self.path("feed.id")

    def kept(self):
        with open(self.file, encoding="utf-8") as file:
            return file.read()

    def first_run(self, **settings):
        """A run that has made a feed, and is over; returns the feed's id."""
        agent, client = self.follow("--state", self.file, **settings)
        self.come(client, message(1))
        client.end()
        self.wait_left()
        (feed,) = agent.feeds
        self.assertEqual(self.kept().split("\n")[0], feed)
        return feed

    def begins_anew(self, client, warning=None):
        """It makes a feed, keeps its id, and says what was wrong."""
        self.wait_reading()
        self.assertEqual(self.kinds()[0], "legacy_create")
        self.come(client, message(7))
        client.end()
        self.assertEqual(self.kept().split("\n")[0], self.reads()[-1].feed_id)
        if warning is None:
            self.assertNotIn("warning", client.err)
        else:
            line = next(line for line in client.err.split("\n") if "warning" in line)
            self.assertRegex(line, f"--state: {self.file}: .*{warning}")

    def test_the_second_run_goes_on_with_the_feed(self):
        feed = self.first_run()
        self.assertEqual(self.kept(), feed + "\n")
        self.agent.push(messages(2, 2))  # nobody is there to read them
        client = self.legacy("--state", self.file)
        self.wait_lines(client, 2)
        self.assert_printed(client, messages(2, 2))
        self.wait_reading()
        self.come(client, message(4))
        self.assert_same_feed()
        self.assertEqual({read.feed_id for read in self.reads()}, {feed})
        self.assertEqual(self.kept(), feed + "\n")
        self.assertNotIn("warning", client.err)

    def test_the_cookie_too(self):
        feed = self.first_run(set_cookies=[COOKIE + "; Path=/", "a=b"], set_cookies_always=False)
        self.assertEqual(self.kept(), f"{feed}\n{COOKIE}\n")
        client = self.legacy("--state", self.file)
        self.wait_reading()
        self.come(client, message(2))
        self.assert_same_feed()
        self.assertEqual({read.header("Cookie") for read in self.reads()}, {COOKIE})

    def test_a_cookie_that_changes_with_each_answer_does_not_wear_flash_out(self):
        agent, client = self.follow("--state", self.file, set_cookies=["AWSALB=1"])
        (feed,) = agent.feeds
        self.come(client, message(1))
        at_first = os.stat(self.file).st_ino
        for number in range(2, 6):
            agent.set_cookies = [f"AWSALB={number}"]
            self.come(client, message(number))
        self.wait_reading()
        self.assertEqual(self.reads()[-1].header("Cookie"), "AWSALB=5")
        self.assertEqual(os.stat(self.file).st_ino, at_first)
        self.assertEqual(self.kept(), f"{feed}\nAWSALB=1\n")
        client.end()
        self.assertEqual(self.kept(), f"{feed}\nAWSALB=5\n")

    def test_it_is_nobody_elses_to_read_and_there_is_no_second_file(self):
        self.first_run(set_cookies=[COOKIE])
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("feed")],
                         ["feed.id"])

    def test_it_is_written_before_the_first_event_and_survives_a_kill(self):
        agent, client = self.follow("--state", self.file, "--exec", "kill -KILL $PPID")
        agent.push(message(1))
        self.wait_end(client, -9)
        (feed,) = agent.feeds
        self.assertEqual(self.kept(), feed + "\n")

    def test_a_feed_that_is_gone_is_replaced_in_the_file(self):
        old = self.first_run(set_cookies=["AWSALB=1"])
        self.agent.expire_feeds()
        self.agent.set_cookies = ["AWSALB=2"]
        client = self.legacy("--state", self.file)
        self.wait_reading()
        self.come(client, message(2))
        client.end()
        (feed,) = self.agent.feeds
        self.assertNotEqual(feed, old)
        self.assertEqual(self.kept(), f"{feed}\nAWSALB=2\n")
        at = max(number for number, kind in enumerate(self.kinds()) if kind == "legacy_create")
        self.assertEqual(self.agent.requests[at - 1].feed_id, old)
        self.assertEqual(self.agent.requests[at - 1].header("Cookie"), "AWSALB=1")
        self.assertEqual({read.feed_id for read in self.agent.requests[at + 1:]}, {feed})

    @unittest.skipIf(is_sanitized(), "sanitizers let no library in before their own")
    def test_the_file_is_on_the_disk_before_it_counts(self):
        """A power cut at any moment leaves the old file or the new one: the content is synchronized
        before it gets its name, and the folder after it."""
        self.start_agent()
        log = self.path("calls")
        client = self.legacy("--state", self.file, LD_PRELOAD=preloaded("sync"), SYMFEED_SYNC=log)
        self.wait_reading()
        self.come(client, message(1))
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines()[:3], [
                f"fsync {self.file}.new", f"rename {self.file}.new {self.file}",
                f"fsync {self.folder}"])

    @unittest.skipIf(is_sanitized(), "sanitizers let no library in before their own")
    def test_a_folder_that_may_not_be_read(self):
        """It cannot be synchronized. The file is in its place all the same: that is no reason to
        warn, nor to write it again and again."""
        self.start_agent()
        log = self.path("calls")
        client = self.legacy("--state", self.file, LD_PRELOAD=preloaded("sync"), SYMFEED_SYNC=log,
                             SYMFEED_SYNC_CLOSED=self.folder + "/")
        self.wait_reading()
        self.come(client, message(1))
        client.end()
        self.assertNotIn("warning", client.err)
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines(), [
                f"fsync {self.file}.new", f"rename {self.file}.new {self.file}"])

    def test_files_that_are_garbled(self):
        for content in (b"\x00\x01", b"\n", b"a\nb\nc\n", b"a\x07b\n", b"x" * 5000,
                        b"id\nnocookie\n", b"id\nA=\x01\n", b"id\nA=b c\n", b"\n\nid\n",
                        b"a\r\nb\r\n"):
            with self.subTest(content[:20]):
                self.start_agent()
                with open(self.file, "wb") as file:
                    file.write(content)
                self.begins_anew(self.legacy("--state", self.file), "begins with a new feed")

    def test_files_that_are_empty_or_missing_are_no_reason_to_warn(self):
        for content in (None, b""):
            self.start_agent()
            if content is None:
                self.assertFalse(os.path.exists(self.file))
            else:
                with open(self.file, "wb"):
                    pass
            self.begins_anew(self.legacy("--state", self.file))

    def test_a_last_line_without_its_end(self):
        feed = self.first_run()
        with open(self.file, "w", encoding="ascii") as file:
            file.write(feed)
        client = self.legacy("--state", self.file)
        self.wait_reading()
        self.come(client, message(2))
        self.assert_same_feed()

    @unittest.skipIf(os.geteuid() == 0, "root may read all")
    def test_a_file_that_may_not_be_read(self):
        self.start_agent()
        self.path("feed.id", "secret\n")
        os.chmod(self.file, 0)
        self.begins_anew(self.legacy("--state", self.file), "Permission denied")

    def test_a_place_where_nothing_can_be_read_or_written(self):
        self.start_agent()
        client = self.legacy("--state", self.path("plain", "x") + "/feed.id")
        self.wait_reading()
        self.come(client, message(1))
        self.wait_error(client, "warning: --state: .*Not a directory; begins with a new feed")

    def test_a_place_where_nothing_can_be_written(self):
        self.start_agent()
        client = self.legacy("--state", self.path("none/feed.id"))
        self.wait_reading()
        self.come(client, message(1))
        self.come(client, message(2))
        self.wait_error(client, "warning: --state: .*cannot be written")
        self.assertEqual(client.err.count("cannot be written"), 1)

    def test_what_can_be_no_file(self):
        for path in (self.folder, "/dev/null", "", "a\nb", "x" * 5000):
            with self.subTest(path[:20]):
                done = run("legacy", "--agent", "https://localhost", "--session-token-file",
                           self.path("token", "t\n"), "--state", path)
                self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")),
                                 (2, b"", 1), done)
                self.assertIn(b"--state", done.stderr)


class Balancer(Haproxy):
    """haproxy in front of two Agents or more, in turn but for its own cookie. `cookies` false: it
    does not get to see what the client sends."""

    def __init__(self, test, agents):
        super().__init__(test, agents[0])
        self.agents = agents

    def start(self, cookies=True, settings=()):
        pem = self.path("server.pem", "".join(open_text(path) for path in (self.certificate,
                                                                           self.key)))
        self._listener = self._place.listener()
        listener = self._listener.fileno()
        places = [f"127.0.0.1:{agent.port}" for agent in self.agents]
        path = self.path("haproxy.cfg", "\n".join((
            "global", "  log stdout format raw local0 info", "  hard-stop-after 1s",
            "  maxconn 100",
            "defaults", "  mode http", "  log global", "  retries 0", "  timeout connect 5s",
            "  timeout client 60s", "  timeout server 60s", "  timeout http-keep-alive 60s",
            '  log-format "call|%[date(0,ms)]|%ST|%cp|%[ssl_fc_is_resumed]|"',
            *(f"  {line}" for line in settings),
            "frontend front", f"  bind fd@{listener} ssl crt {pem}",
            *([] if cookies else ["  http-request del-header Cookie"]),
            "  default_backend back",
            "backend back", "  balance roundrobin", "  cookie SERVERID insert indirect nocache",
            "  http-send-name-header Host",
            *(f"  server {place} {place} cookie c{number}"
              for number, place in enumerate(places)), "")))
        self.run("-db", "-f", path, descriptors=(listener,))
        return self


def open_text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class BehindABalancer(WithServers, Legacy):
    """A feed is read from the agent that made it, and from no other."""

    AGENTS = 3

    def balanced(self, *options, cookies=True, settings=(), hold=0.6):
        """Agents that know the same tokens, the balancer, and a client."""
        first = self.start_agent(tls=False, hold=hold)
        for seed in range(1, self.AGENTS):
            self.start_agent(tls=False, hold=hold, seed=seed, session_token=first.session_token,
                             km_token=first.km_token)
        balancer = Balancer(self, self.agents)
        balancer.start(cookies, settings)
        return balancer, self.through(balancer, *options)

    def through(self, balancer, *options):
        return self.legacy(*options, access=[
            "--agent", balancer.url, "--session-token-file", self.token_file(), "--km-token-file",
            self.token_file("km-token"), "--ca", certificates.ca_path(certificate_folder())])

    def home(self, client):
        """The Agent that has the feed."""
        self.wait_error(client, "created a feed")
        return next(agent for agent in self.agents if agent.requests_of("legacy_create"))

    def push(self, client, number):
        """An event on the Agent that has the feed comes out."""
        before = client.line_count
        self.assertEqual(self.agent.push(message(number)), 1, self.last_words())
        self.wait_lines(client, before + 1)

    def calls_elsewhere(self):
        return [request for agent in self.agents if agent is not self.agent
                for request in agent.requests]

    def test_all_reads_stay_on_the_agent_that_made_the_feed(self):
        _, client = self.balanced()
        self.agent = self.home(client)
        for number in range(40):
            self.push(client, number)
        self.assert_printed(client, messages(40))
        self.assertEqual(self.calls_elsewhere(), [])
        self.assert_same_feed()

    def test_over_many_connections(self):
        balancer, client = self.balanced(settings=["option httpclose"])
        self.agent = self.home(client)
        for number in range(20):
            self.push(client, number)
        calls = balancer.wait_calls(lambda calls: len(calls) > 20)
        self.assertGreater(len({call.connection for call in calls}), 20)
        self.assertEqual(self.calls_elsewhere(), [])
        self.assert_printed(client, messages(20))

    def test_while_connections_are_dropped(self):
        _, client = self.balanced(hold=5)
        self.agent = self.home(client)
        for number in range(4):
            self.wait_reading()
            before = len(self.reads())
            self.agent.drop_connections(reset=number % 2 == 0)
            self.wait_requests("legacy_read", before + 1)
            self.wait_reading()
            self.push(client, number)
        self.assertEqual(self.calls_elsewhere(), [])
        self.assert_same_feed()
        self.assert_printed(client, messages(4))

    def test_while_the_balancer_is_restarted(self):
        balancer, client = self.balanced(hold=5)
        self.agent = self.home(client)
        for number in range(2):
            self.wait_reading()
            balancer.kill()
            self.wait_error(client, "next try in ", 1 + number)
            balancer.start()
            self.wait_reading()
            self.push(client, number)
        self.assertEqual(self.calls_elsewhere(), [])
        self.assert_same_feed()

    def test_over_a_restart_of_the_client(self):
        file = self.path("feed.id")
        balancer, client = self.balanced("--state", file, hold=1)
        self.agent = self.home(client)
        self.push(client, 0)
        for number in range(1, 4):
            # It is ended in a hold that has just begun, so that no other read is on its way.
            count = len(self.reads())
            self.wait_requests("legacy_read", count + 1)
            client.end()
            # The balancer goes on with its last read, which would get the next event.
            self.wait_agent(lambda a: all(read.answered for read in a.requests), "its end")
            client = self.through(balancer, "--state", file)
            self.push(client, number)
        self.assertEqual(self.calls_elsewhere(), [])
        self.assert_same_feed()
        self.assertRegex(open_text(file), r"\A\S+\nSERVERID=c\d\n\Z")

    def test_without_the_cookie_reads_go_astray(self):
        """So that the tests above are seen to be worth something."""
        _, client = self.balanced(cookies=False)
        self.wait_error(client, "legacy read: 400 .*the feed is gone")
        self.wait_agent(lambda _: sum(len(agent.requests_of("legacy_create"))
                                      for agent in self.agents) > 1, "a second feed")


if __name__ == "__main__":
    unittest.main()
