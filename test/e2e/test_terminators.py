# SPDX-License-Identifier: Apache-2.0
"""Behind what ends TLS in front of an agent: nginx and haproxy, as they come, in front of a plain
simulator.

The rule: what such a server does of its own accord - connections closed, long polls cut short,
error pages, restarts - costs no event and makes no storm.
"""

import socket
import ssl
import unittest

from harness import FIRST_WAIT, PATIENCE, certificate_folder, certificates, message, messages, padded, small
from peers import Haproxy, Nginx, WithServers

MB = 1 << 20


class Terminators:
    """What holds for each. Subclasses name the server, and its words for the same things."""

    maker = None

    def behind(self, *options, hold=30.0, **settings):
        """A plain Agent, the server in front of it and a client that reads through both."""
        agent = self.start_agent(tls=False, hold=hold)
        server = self.maker(self, agent)
        server.start(**settings)
        return agent, server, self.read_through(server, *options)

    def read_through(self, server, *options):
        client = self.start(
            "tail", "--json", "--agent", server.url, "--session-token-file", self.token_file(),
            "--km-token-file", self.token_file("km-token"), "--ca",
            certificates.ca_path(certificate_folder()), *options)
        self.wait_reading()
        return client

    def goes_on(self, client, *numbers):
        self.wait_reading()
        for number in numbers:
            self.deliver(client, message(number))

    def assert_patient(self, calls, least):
        """Between these calls, all of them failures, there is a wait, and it grows."""
        gaps = [later.time - earlier.time for earlier, later in zip(calls, calls[1:])]
        for number, gap in enumerate(gaps):
            self.assertGreaterEqual(gap, least + FIRST_WAIT * number - 0.05, gaps)
        self.assertGreaterEqual(len(gaps), 2)

    # -- while all is well -----------------------------------------------------------------------

    def test_one_connection_serves_many_calls(self):
        _, server, client = self.behind()
        self.goes_on(client, *range(30))
        calls = server.wait_calls(lambda calls: len(calls) >= 32)
        self.assertEqual(len({call.connection for call in calls}), 1, calls)
        self.assertEqual({call.status for call in calls}, {"200", "201"})
        stats = self.stats(client)
        self.assertEqual((stats["connects"], stats["retries"]), (1, 0))

    def test_answers_in_chunks(self):
        agent, server, client = self.behind()
        agent.fault(on="read", times=-1, framing="chunked", chunk_sizes=[1, 1000, 7],
                    instead_of_processing=False)
        self.goes_on(client, 1)  # by the read that was waiting already
        self.goes_on(client, 2, 3)
        calls = server.wait_calls(lambda calls: calls[-1].coding == "chunked")
        self.assertEqual(len({call.connection for call in calls}), 1, calls)
        self.assertEqual(self.stats(client)["retries"], 0)

    def batches(self, server, client):
        pushed = []
        for count in (1, 1000):
            batch = [small(len(pushed) + number) for number in range(count)]
            self.agent.push(batch)
            pushed += batch
            self.wait_acknowledged(batch)
        pushed.append(padded(2 * MB, len(pushed)))
        self.agent.push(pushed[-1])
        self.wait_acknowledged(pushed[-1:])
        self.assert_printed(client, pushed)
        stats = self.stats(client)
        self.assertEqual((stats["batches"], stats["retries"], stats["truncated"]), (3, 0, 0))
        return server.wait_calls(lambda calls: len(calls) >= 5)

    def test_batches_of_1_and_1000_events_and_an_event_of_2_mb(self):
        _, server, client = self.behind("--window", str(4 * MB))
        calls = self.batches(server, client)
        self.assertEqual(len({call.connection for call in calls}), 1, calls)

    # -- timers of the server --------------------------------------------------------------------

    short_reads = None

    def test_long_polls_that_are_cut_short(self):
        """504 each time there was no event: what comes meanwhile is read a little later."""
        agent, server, client = self.behind(**self.short_reads)
        self.deliver(client, message(1))
        self.wait_error(client, r"read: 504 .*next try in \d\.\d s", 3)
        agent.push(messages(3, 2))
        self.wait_acknowledged(messages(4, 1))
        self.assert_printed(client, messages(4, 1))
        self.assert_patient(server.wait_failed(3, "504")[:3], least=1)
        self.assertEqual(len(agent.requests_of("create")), 1)

    short_idle = None

    def test_a_connection_that_is_closed_while_the_client_waits(self):
        """The wait is longer than the server keeps an idle connection: it is replaced at once."""
        agent, server, client = self.behind(**self.short_idle)
        self.deliver(client, message(1))
        fault = agent.fault(on="read", status=503, headers=[["Retry-After", "2"]])
        agent.push(message(2))
        self.assert_reads_again(fault)
        self.wait_acknowledged(messages(2, 1))
        self.goes_on(client, 3)
        calls = server.wait_calls(lambda calls: len({call.connection for call in calls}) == 2)
        self.assertIn("503", {call.status for call in calls})
        self.assertEqual(client.err.count("next try"), 1)
        stats = self.stats(client)
        self.assertEqual((stats["connects"], stats["retries"]), (2, 1))

    # -- what breaks -----------------------------------------------------------------------------

    def test_a_backend_that_is_gone_for_a_while(self):
        agent, server, client = self.behind()
        self.deliver(client, message(1))
        before = agent.requests_of("read")[-1]
        agent.fault(on="connect", refuse=-1)
        agent.drop_connections()
        self.wait_error(client, r"read: 50[23] .*next try in \d\.\d s", 3)
        self.assertNotIn("<", client.err, "the page of HTML stays where it is")
        agent.clear_faults()
        again = self.next_after(before)
        self.assertEqual((again.kind, again.feed_id, again.ack_id),
                         ("read", before.feed_id, before.ack_id))
        self.goes_on(client, 2)
        self.assert_patient(server.wait_failed(3, "502", "503"), least=0)

    def test_a_batch_whose_backend_dies_half_way(self):
        agent, _, client = self.behind()
        fault = agent.fault(on="read", cut_body=3000)
        agent.push(message(0))
        self.struck_by(fault)
        pushed = messages(20, 1)
        agent.push(pushed)
        self.assert_reads_again(fault)
        self.wait_acknowledged(pushed)
        self.assert_printed(client, messages(21))
        self.wait_error(client, r"read: .*, next try in 0")
        self.goes_on(client, 30)

    def test_it_crashes_within_a_long_poll_and_comes_back(self):
        agent, server, client = self.behind()
        self.deliver(client, message(1))
        before = agent.requests_of("read")[-1]
        server.kill()
        self.wait_error(client, r"read: 127\.0\.0\.1 port \d+: connection refused, next try in ")
        agent.push(message(2))
        server.start()
        again = self.next_after(before)
        self.assertEqual((again.kind, again.feed_id, again.ack_id),
                         ("read", before.feed_id, before.ack_id))
        self.wait_acknowledged(messages(2, 1))
        self.goes_on(client, 3)
        self.assert_printed(client, messages(3, 1))

    def test_it_is_stopped_within_a_long_poll_and_comes_back(self):
        agent, server, client = self.behind()
        self.deliver(client, message(1))
        server.stop()
        self.wait_error(client, r"read: .*next try in \d")
        agent.push(message(2))
        server.start()
        self.wait_acknowledged(messages(2, 1))
        self.goes_on(client, 3)
        self.assert_printed(client, messages(3, 1))

    # -- sessions --------------------------------------------------------------------------------

    resuming = {}

    def test_sessions_are_resumed(self):
        """By ticket and by id; the server closes often, and says itself whether one was resumed."""
        for how, settings in self.resuming.items():
            with self.subTest(how):
                _, server, client = self.behind(**settings)
                self.goes_on(client, *range(6))
                calls = server.wait_calls(lambda calls: len(calls) >= 8)
                by_connection = {call.connection: call.resumed for call in calls}
                self.assertGreaterEqual(len(by_connection), 3)
                wanted = how != "not at all"
                self.assertEqual(list(by_connection.values()),
                                 [False] + [wanted] * (len(by_connection) - 1))
                stats = self.stats(client)
                self.assertGreaterEqual(stats["connects"], len(by_connection))
                self.assertEqual(stats["resumed"], (stats["connects"] - 1) * wanted)
                self.assertEqual(stats["retries"], 0)
                client.end()

    def test_sessions_of_before_a_restart_are_no_failure(self):
        _, server, client = self.behind()
        self.goes_on(client, 1)
        server.kill()
        server.start()
        self.goes_on(client, 2)
        calls = server.wait_calls(lambda calls: calls)
        self.assertEqual([call.resumed for call in calls], [False] * len(calls))
        self.assertNotIn("TLS", client.err)


class BehindNginx(Terminators, WithServers):

    maker = Nginx
    short_reads = {"location": ["proxy_read_timeout 1s;"]}
    short_idle = {"server": ["keepalive_timeout 1s;"]}
    resuming = {
        "by ticket": {"server": ["keepalive_requests 2;", "ssl_session_cache off;",
                                 "ssl_session_tickets on;"]},
        "by id": {"server": ["keepalive_requests 2;", "ssl_session_cache shared:here:1m;",
                             "ssl_session_tickets off;"]},
        "not at all": {"server": ["keepalive_requests 2;", "ssl_session_cache none;",
                                  "ssl_session_tickets off;"]},
    }

    def test_without_buffering(self):
        _, server, client = self.behind("--window", str(4 * MB),
                                        location=["proxy_buffering off;"])
        calls = self.batches(server, client)
        self.assertEqual(len({call.connection for call in calls}), 1, calls)

    def test_small_buffers_and_files_behind_them(self):
        _, server, client = self.behind("--window", str(4 * MB), location=[
            "proxy_buffers 4 4k;", "proxy_buffer_size 4k;", "proxy_busy_buffers_size 8k;"])
        self.batches(server, client)

    def test_http_1_0_towards_the_backend(self):
        """Its answers end with the connection; nginx makes chunks of them."""
        for buffering in ("on", "off"):
            with self.subTest(buffering=buffering):
                agent, server, client = self.behind(
                    "--window", str(4 * MB), inner=True, location=[
                        f"proxy_buffering {buffering};"])
                agent.fault(on="any", times=-1, framing="chunked", instead_of_processing=False)
                calls = self.batches(server, client)
                self.assertEqual(len({call.connection for call in calls}), 1, calls)
                self.assertEqual(calls[-1].coding, "chunked")
                client.end()

    def test_connections_that_are_closed_after_some_calls(self):
        _, server, client = self.behind(server=["keepalive_requests 3;"])
        self.goes_on(client, *range(10))
        calls = server.wait_calls(lambda calls: len(calls) >= 12)
        self.assertGreaterEqual(len({call.connection for call in calls}), 4)
        self.assertEqual(self.stats(client)["retries"], 0)
        self.assertNotIn("next try", client.err)

    def test_a_reload_within_a_long_poll(self):
        """The old worker finishes the call, or is ended after a second; a new one takes over."""
        for early in (True, False):
            with self.subTest(early=early):
                agent, server, client = self.behind(workers=True)
                server.wait("start worker process ")
                self.deliver(client, message(1))
                server.reload()
                server.wait("gracefully shutting down")
                if not early:
                    server.wait(r"exited with code 0")
                agent.push(message(2))
                self.wait_acknowledged(messages(2, 1))
                self.goes_on(client, 3)
                self.assert_printed(client, messages(3, 1))
                self.assertEqual(len(agent.requests_of("create")), 1)
                client.end()


class BehindHaproxy(Terminators, WithServers):

    maker = Haproxy
    short_reads = {"settings": ["timeout server 1s"]}
    short_idle = {"settings": ["timeout http-keep-alive 1s"]}
    resuming = {
        "by ticket": {"settings": ["option httpclose"]},
        "by id": {"settings": ["option httpclose"], "bind": "no-tls-tickets"},
    }

    def request_timeout(self):
        """What haproxy says to whoever has said nothing for a while."""
        server = Haproxy(self, self.start_agent(tls=False))
        server.start(settings=["timeout http-request 200"])
        context = ssl.create_default_context(cafile=certificates.ca_path(certificate_folder()))
        said = b""
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
            with context.wrap_socket(connection, server_hostname="localhost") as secured:
                for data in iter(lambda: secured.recv(4096), b""):
                    said += data
        self.assertIn(b" 408 ", said)
        return said

    def test_its_408_on_an_idle_connection(self):
        """Older ones say it there, too: before the next request, or in place of its answer."""
        said = self.request_timeout()
        for waits, fault in (
                (1, {"status": 503, "headers": [["Retry-After", "1"]], "unasked": [0.1, said]}),
                (0, {"raw": said, "connection": "close"})):
            with self.subTest(fault=fault):
                agent, client = self.follow()
                fault = agent.fault(on="read", **fault)
                agent.push(message(1))
                struck = self.struck_by(fault)
                self.assertNotEqual(self.next_after(struck).connection, struck.connection)
                self.goes_on(client, 2)
                self.assertNotIn("408", client.err)
                self.assertEqual(client.err.count("next try"), waits)
                self.assertEqual(self.stats(client)["retries"], waits)

    def test_a_new_process_takes_over_within_a_long_poll(self):
        """As `systemctl reload` does it; the old one ends with its last call, or after a second."""
        agent, server, client = self.behind()
        self.deliver(client, message(1))
        old = server.runs[-1]
        server.start(replaces=old)
        old.wait_for(lambda run: run.status is not None, 30)
        self.assertIsNotNone(old.status)
        agent.push(message(2))
        self.wait_acknowledged(messages(2, 1))
        self.goes_on(client, 3)
        self.assert_printed(client, messages(3, 1))
        self.assertEqual(len(agent.requests_of("create")), 1)


if __name__ == "__main__":
    unittest.main()
