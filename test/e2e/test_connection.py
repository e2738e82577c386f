# SPDX-License-Identifier: Apache-2.0
"""Connections: those that fail, those that are kept, those that are lost. TLS is in test_trust.py.

The rule: whatever happens to a connection, the client waits a bounded time, says what is wrong and
reads again on the same feed with the same ackId; it mends itself once the server is mended.
"""

import json
import os
import re
import unittest

from harness import BOT, EndToEnd, SLOW_WAIT, features, made, message, messages
from proxy import Proxy  # of the simulator


EMPTY = '{"events":[],"ackId":"never to be sent"}'


class Faults(EndToEnd):
    """What happens to a read that meets a broken connection."""

    def test_reset_in_the_middle_of_an_answer(self):
        self.meet(r"read: .*next try in 0\.\d s", reset=True, cut=120, status=200, body=EMPTY)

    def test_reset_instead_of_an_answer_on_a_fresh_connection(self):
        agent = self.start_agent()
        agent.create_feed()
        agent.push(message(1))
        agent.fault(on="list", connection="close")
        fault = agent.fault(on="read", reset=True)
        client = self.tail("--json")
        self.struck_by(fault)
        self.wait_acknowledged([message(1)])
        self.wait_error(client, r"read: .*next try in 0\.\d s")

    def test_connection_lost_within_the_headers(self):
        self.meet(r"read: .*next try in 0\.\d s", cut=30, status=200, body=EMPTY)

    def test_an_end_without_close_notify_makes_no_half_body_whole(self):
        self.meet(r"read: .*next try in 0\.\d s", framing="close", cut_body=-1,
                  close_notify=False, status=200, body=EMPTY)

    def test_an_end_with_close_notify_makes_no_half_body_whole(self):
        self.meet(r"read: .*next try in 0\.\d s", framing="close", cut_body=-1,
                  close_notify=True, status=200, body=EMPTY)

    def test_refused_connections_are_retried_until_somebody_listens(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        agent.fault(on="connect", refuse=-1)
        agent.drop_connections()
        self.wait_error(client, r"(?i)refused.*next try in", 2)
        agent.clear_faults()
        self.wait_reading()
        self.deliver(client, message(2))
        self.assertEqual(len(agent.requests_of("create")), 1, "the feed is still the same")

    def test_nobody_listens_at_the_start(self):
        agent = self.start_agent()
        agent.fault(on="connect", refuse=-1)
        client = self.tail("--json")
        self.wait_error(client, r"(?i)list: .*refused.*next try in 0")
        agent.clear_faults()
        self.wait_reading()
        self.deliver(client, message(1))

    def test_a_name_that_does_not_resolve_is_retried(self):
        agent = self.start_agent()
        client = self.tail(url=f"https://agent.invalid:{agent.port}")
        self.wait_error(client, r"list: .*(resolve|name|host|address).*next try in", 2)

    def test_reset_and_close_as_soon_as_the_connection_is_made(self):
        agent = self.start_agent()
        agent.fault(on="connect", reset=True)
        agent.fault(on="connect", close_before=True)
        client = self.tail("--json")
        self.wait_error(client, r"next try in ", 2)
        self.wait_reading()
        self.deliver(client, message(1))


class KeptConnections(EndToEnd):
    """HTTP keep-alive."""

    def test_one_connection_serves_many_calls(self):
        agent, client = self.follow()
        for number in range(30):
            self.deliver(client, message(number))
        self.assertEqual(len(agent.connections), 1)
        self.assertGreater(agent.connections[0].requests, 31)
        self.assertEqual(self.stats(client)["connects"], 1)

    def test_errors_with_a_short_body_keep_the_connection(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", status=503)
        agent.push(message(1))
        self.assert_reads_again(fault)
        self.wait_reading()
        self.deliver(client, message(2))
        self.assertEqual(len(agent.connections), 1)

    def test_an_error_with_an_endless_body_is_cut_off(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", status=503, body="x" * 5_000_000)
        agent.push(message(1))
        self.assert_reads_again(fault)
        self.wait_reading()
        self.deliver(client, message(2))
        self.assertLess(self.stats(client)["bytes"], 1_000_000)

    def test_a_kept_connection_that_is_closed_unanswered_is_replaced_at_once(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        fault = agent.fault(on="read", close_before=True)
        agent.push(message(2))
        struck, again = self.assert_reads_again(fault)
        self.assertTrue(again.ack_id)
        self.assertNotEqual(again.connection, struck.connection)
        self.wait_reading()
        self.deliver(client, message(3))
        self.assertNotIn("next try", client.err)

    def test_a_kept_connection_that_is_reset_unanswered_is_replaced_at_once(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", reset=True)
        agent.push(message(2))
        self.assert_reads_again(fault)
        self.assertNotIn("next try", client.err)

    def test_it_is_replaced_once_and_then_waited_for(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", close_before=True, times=3)
        agent.push(message(1))
        self.wait_agent(lambda a: fault not in a.faults, "three closed connections")
        self.wait_reading()
        self.deliver(client, message(2))
        self.wait_error(client, r"read: .*next try in [01]\.\d s", 2)
        self.assertEqual(client.err.count("next try"), 2, "no wait after the first of the three")

    def test_a_long_poll_that_is_dropped_is_resumed_on_the_same_feed(self):
        for reset in (False, True):
            with self.subTest(reset=reset):
                agent, client = self.follow()
                self.deliver(client, message(1))
                before = agent.requests_of("read")[-1]
                agent.drop_connections(reset)
                again = self.next_after(before)
                self.assertEqual((again.kind, again.feed_id, again.ack_id),
                                 ("read", before.feed_id, before.ack_id))
                self.wait_reading()
                self.deliver(client, message(2))

    def test_connection_close_is_obeyed(self):
        agent, client = self.follow()
        agent.fault(on="read", connection="close", times=3)
        for number in range(4):
            self.deliver(client, message(number))
        self.assertEqual(len(agent.connections), 4)
        self.assertNotIn("next try", client.err)

    def test_bytes_after_an_answer_end_the_connection(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", garbage_after="HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        agent.push(message(1))
        struck = self.struck_by(fault)
        agent.push(message(2))
        self.wait_acknowledged(messages(2, 1))
        self.assert_printed(client, messages(2, 1))
        self.assertNotEqual(self.next_after(struck).connection, struck.connection)


def answer(body, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


FORGED = {"id": "forged", "type": "ROOMCREATED"}
BATCH = answer(json.dumps({"events": [FORGED], "ackId": "forged"}))
TIMED_OUT = answer("<html>Request Time-out</html>", "408 Request Time-out")
A_SECOND = [["Retry-After", "1"]]  # it is waited for, and some more


class Unasked(EndToEnd):
    """Bytes on an idle connection that no request has asked for: no answer, whatever they say."""

    STREAMS = {"tail": ("read", ()), "datahose": ("datahose", ("--types", "MESSAGESENT", "--tag", "one")),
               "legacy": ("legacy_read", ())}

    def streams(self):
        """(command, the request that brings events, options, a forged answer to it)"""
        for command, (kind, options) in self.STREAMS.items():
            if f"no {'legacy feed' if command == 'legacy' else command}" not in features():
                forged = answer(json.dumps([FORGED])) if command == "legacy" else BATCH
                yield command, kind, options, forged

    def assert_nothing_forged(self, client):
        self.assertNotIn("forged", client.out.decode() + client.err)
        for request in self.agent.requests:
            self.assertNotIn(b"forged", request.body)
        self.assertNotIn("408", client.err)

    def idle(self, command, kind, options, data, spoken=True, twice=False, **fault):
        """The client waits after that answer, for a second at least, and meanwhile those bytes come. With
        `twice` the same answer comes before it, alone: the second wait is the longer one."""
        agent = self.start_agent()
        client = self.start(command, *self.access(), "--json", *options)
        self.wait_reading()
        if twice:
            agent.fault(on=kind, **fault)
        fault = agent.fault(on=kind, unasked=[0.1, data], **fault)
        agent.push(message(1))
        self.wait_agent(lambda a: fault not in a.faults, "the fault")
        struck = [r for r in agent.requests if r.fault is fault][-1]
        again = self.next_after(struck, kind)
        self.assertEqual(agent.counters["unasked"], int(spoken))
        self.assertNotEqual(again.connection, struck.connection)
        self.assertEqual((again.target, again.body), (struck.target, struck.body))
        self.wait_reading()
        agent.push(message(2))
        self.wait_client(client, lambda c: c.lines == messages(2, 1), "both events")
        self.assert_nothing_forged(client)
        return client

    def test_a_whole_answer_after_a_503(self):
        for command, kind, options, forged in self.streams():
            for data in (forged, TIMED_OUT):
                with self.subTest(command, data=data):
                    client = self.idle(command, kind, options, data, status=503, headers=A_SECOND)
                    self.assertEqual(client.err.count("next try"), 1)

    def test_a_whole_answer_after_a_401(self):
        """The second, which is waited for slowly."""
        for command, kind, options, forged in self.streams():
            with self.subTest(command):
                client = self.idle(command, kind, options, forged, twice=True, status=401)
                self.assertEqual(client.err.count("next try"), 2)

    def test_a_whole_answer_after_a_204(self):
        for command, kind, options, forged in self.streams():
            for data in (forged, TIMED_OUT):
                with self.subTest(command, data=data):
                    client = self.idle(command, kind, options, data, twice=True, status=204)
                    self.assertNotIn("next try", client.err)

    def test_a_204_that_claims_a_body(self):
        """It is hung up on before the body can come."""
        for command, kind, options, forged in self.streams():
            for name, value in (("Content-Length", "52"), ("Transfer-Encoding", "chunked")):
                with self.subTest(command, name=name):
                    client = self.idle(command, kind, options, forged, spoken=False, status=204,
                                       headers=[[name, value]])
                    self.assertNotIn("next try", client.err)

    def test_a_whole_answer_while_the_application_has_an_event(self):
        for command, kind, options, forged in self.streams():
            with self.subTest(command):
                agent = self.start_agent()
                gate, out = self.path("gate"), self.path("out", "")
                if not os.path.exists(gate):
                    os.mkfifo(gate)
                client = self.start(command, *self.access(), *options, "--exec",
                                    f"cat >>'{out}'; cat '{gate}' >/dev/null")
                self.wait_reading()
                agent.fault(on=kind, unasked=[0.3, forged])
                agent.push(message(1))
                with open(gate, "wb"):
                    pass  # the first answer was the one that waited
                agent.push(message(2))
                self.wait_agent(lambda a: a.counters["unasked"], "the forged answer")
                with open(gate, "wb"):
                    pass
                self.wait_reading()
                reads = agent.requests_of(kind)
                self.assertNotEqual(reads[-1].connection, reads[-2].connection)
                with open(out, encoding="utf-8") as file:
                    self.assertEqual(file.read().count("forged"), 0)
                self.assert_nothing_forged(client)
                self.assertNotIn("next try", client.err)

    @unittest.skipIf("no sign-in" in features(), "no sign-in in this build")
    def test_a_forged_token(self):
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]},
                                 require_km_token=True)
        for kind in ("session", "key"):
            agent.fault(on=kind, status=503, headers=A_SECOND,
                        unasked=[0.1, answer('{"token":"forged"}')])
        client = self.start("tail", "--json", *self.by_key())
        self.wait_reading()
        self.assertEqual(agent.counters["unasked"], 2)
        self.assertNotIn("forged", [value for r in agent.requests for _, value in r.headers])
        self.deliver(client, message(1))
        self.assertEqual(len(agent.connections), 3)

    @unittest.skipIf("no proxy" in features(), "no proxy in this build")
    def test_through_a_proxy(self):
        agent, proxy = self.start_agent(), Proxy().start()
        self.addCleanup(proxy.stop)
        client = self.tail("--json", "--proxy", proxy.url)
        self.wait_reading()
        for number, data in enumerate((BATCH, TIMED_OUT)):
            fault = agent.fault(on="read", status=503, headers=A_SECOND, unasked=[0.1, data])
            agent.push(message(number))
            struck = self.struck_by(fault)
            self.assertNotEqual(self.next_after(struck).connection, struck.connection)
            self.wait_reading()
        self.deliver(client, message(2))
        self.assertEqual(agent.counters["unasked"], 2)
        self.assertEqual(client.lines, messages(3))
        self.assert_nothing_forged(client)

    def test_a_408_in_the_place_of_an_answer_on_a_kept_connection(self):
        """It was on its way when the request was sent."""
        for command, kind, options, _ in self.streams():
            with self.subTest(command):
                agent = self.start_agent()
                client = self.start(command, *self.access(), "--json", *options)
                self.wait_reading()
                fault = agent.fault(on=kind, raw=TIMED_OUT, connection="close")
                agent.push(message(1))
                struck = self.struck_by(fault)
                again = self.next_after(struck, kind)
                self.assertEqual(again.body, struck.body)
                self.wait_reading()
                self.assertEqual(self.stats(client)["retries"], 0)
                self.assertNotIn("408", client.err)
                self.assertNotIn("next try", client.err)


class Codings(EndToEnd):
    """What is around the JSON."""

    def test_a_coding_that_is_refused_is_named(self):
        for coding in ("gzip", "UTF-8"):
            with self.subTest(coding):
                agent, client = self.follow()
                fault = agent.fault(on="read", headers=[["Content-Encoding", coding]], status=200,
                                    body=EMPTY)
                agent.push(message(1))
                self.assert_reads_again(fault)
                self.wait_error(client, f"read: coding refused: {coding}, next try in 0")
                self.wait_reading()
                self.deliver(client, message(2))

    def test_an_empty_coding_and_a_byte_order_mark(self):
        agent = self.start_agent()
        agent.create_feed(feed_id="made_f_1")
        for kind, body in (("list", "[]"), ("create", '{"id":"made_f_1"}'),
                           ("read", f'{{"events":[{message(1)}],"ackId":"of-its-own"}}')):
            agent.fault(on=kind, status=200, body="\ufeff" + body, dribble=[1, 0],
                        headers=[["Content-Encoding", ""]], times=-1)
        client = self.tail("--json")
        self.assert_printed(client, [message(1)])
        self.wait_agent(lambda a: a.requests[-1].ack_id == "of-its-own", "the ackId")
        self.assertNotIn("next try", client.err)


class Timers(EndToEnd):
    """Peers that say nothing. All wait at the same time, since the timers are long."""

    def test_silence_of_each_kind_is_bounded(self):
        expected = {}  # client: (what it says in the end, its Agent, how often it read)
        for name, says, fault in (
                ("no byte in answer to a read", "read: .*(timed out|no answer)",
                 {"on": "read", "silent": True}),
                ("an answer that stalls", "read: .*(timed out|stalled)",
                 {"on": "read", "dribble": [60, 3600]}),
                ("a handshake that stalls", "list: .*(timed out|too long).*",
                 {"on": "connect", "tls": "silent"}),
                ("a handshake that stalls half way", "list: .*(timed out|too long).*",
                 {"on": "connect", "tls": "silent_after_hello"}),
                ("a body that stalls in a list", "list: .*(timed out|stalled)",
                 {"on": "list", "framing": "close", "body": "[" + " " * 900,
                  "dribble": [600, 3600], "status": 200})):
            agent = self.start_agent()
            agent.create_feed()
            agent.push(message(1))
            agent.fault(**fault)
            expected[self.tail("--json")] = (name, says, agent)
        for client, (name, says, agent) in expected.items():
            with self.subTest(name):
                met = client.wait_for(lambda c: re.search(says, c.err), 90)
                self.assertTrue(met, client.err)
                self.wait_client(client, lambda c: c.line_count == 1, "the event")
                self.wait_acknowledged([message(1)], agent)
                self.wait_error(client, says + r".*next try in 0\.\d s")

    def test_stopping_does_not_wait_for_timers(self):
        agent = self.start_agent()
        agent.fault(on="connect", tls="silent")
        silent = self.tail()
        self.wait_agent(lambda a: a.connections, "a connection")
        other = self.start_agent()
        other.fault(on="list", status=410)
        slow = self.tail()
        self.wait_error(slow, f"next try in [{SLOW_WAIT / 2:.0f}-{SLOW_WAIT:.0f}]")
        for client in (silent, slow):
            client.signal(15)
            self.assertTrue(client.wait_for(lambda c: c.status is not None, 20))


if __name__ == "__main__":
    unittest.main()
