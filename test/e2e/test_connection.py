# SPDX-License-Identifier: Apache-2.0
"""Connections: those that fail, those that are kept, those that are lost. TLS is in test_trust.py.

The rule: whatever happens to a connection, the client waits a bounded time, says what is wrong and
reads again on the same feed with the same ackId; it mends itself once the server is mended.
"""

import re
import unittest

from harness import EndToEnd, FIRST_WAIT, SLOW_WAIT, message, messages


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
        self.assertLess(again.time - struck.time, FIRST_WAIT / 2)
        self.assertNotIn("next try", client.err)

    def test_a_kept_connection_that_is_reset_unanswered_is_replaced_at_once(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", reset=True)
        agent.push(message(2))
        struck, again = self.assert_reads_again(fault)
        self.assertLess(again.time - struck.time, FIRST_WAIT / 2)
        self.assertNotIn("next try", client.err)

    def test_it_is_replaced_once_and_then_waited_for(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", close_before=True, times=3)
        agent.push(message(1))
        self.wait_agent(lambda a: fault not in a.faults, "three closed connections")
        self.wait_reading()
        first, second, third = [r for r in agent.requests if r.fault is fault]
        self.assertLess(second.time - first.time, FIRST_WAIT / 2)
        self.assertGreaterEqual(third.time - second.time, FIRST_WAIT / 2 - 0.05)
        self.deliver(client, message(2))

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
