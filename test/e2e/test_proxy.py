# SPDX-License-Identifier: Apache-2.0
"""Through an HTTP proxy: a real one, and one that does whatever a proxy may do wrong.

The rule: what the proxy refuses is said with the proxy's name on it, waited for and asked again;
it is asked for a tunnel and told nothing else but its own password; whom TLS trusts is the agent.
"""

import base64
import re
import signal
import unittest

from harness import (BOT, PATIENCE, SLOW_WAIT, certificate_folder, certificates, features, made,
                     message, messages, run)
from peers import Place, Tinyproxy, WithServers
from proxy import Proxy

SECRET = "correct-horse.battery_staple"  # all that tinyproxy takes in a password
HARD = "p@ss:w/rd%?# [é]"  # the other extreme
ENCODED = "p%40ss%3Aw%2Frd%25%3F%23%20%5B%C3%A9%5D"

CHECK = "check its user name and password"
NEXT = r", next try in 0\.\d s"
SLOW = rf", next try in [{SLOW_WAIT / 2:.0f}-{SLOW_WAIT:.0f}]\.\d s"


class ProxyCase(WithServers):

    def setUp(self):
        if "proxy" not in features():
            self.skipTest("a build without SYMFEED_PROXY")
        super().setUp()
        self.proxies = []
        self.hide(SECRET, HARD)

    def hide(self, *passwords):
        """These must not be seen anywhere, in no form."""
        for password in passwords:
            encoded = base64.b64encode(f"bot:{password}".encode()).decode()
            self.secrets |= {password, encoded}
        self.secrets.add(ENCODED)

    def start_proxy(self, **settings):
        proxy = Proxy(**settings).start()
        self.addCleanup(proxy.stop)
        self.proxies.append(proxy)
        return proxy

    def last_words(self):
        parts = [super().last_words()]
        for proxy in self.proxies:
            parts += ["proxy:", *(f"  {connect!r}" for connect in proxy.connects[-8:])]
        return "\n".join(parts)

    def check_all(self):
        super().check_all()
        for proxy in self.proxies:
            self.assertEqual(proxy.breaches, [])

    def wait_proxy(self, proxy, condition, what):
        value = proxy.wait_for(condition, PATIENCE)
        if not value:
            self.give_up(what)
        return value

    def works(self, client, *numbers):
        """It reads, and events come through."""
        self.wait_reading()
        for number in numbers or (1,):
            self.deliver(client, message(number))


class RealProxy(ProxyCase):
    """tinyproxy, which answers 407 where there is no password and 401 where it is wrong."""

    def url(self, proxy, password=SECRET):
        return f"http://bot:{password}@127.0.0.1:{proxy.port}"

    def test_without_a_password(self):
        agent, proxy = self.start_agent(), Tinyproxy(self).start()
        client = self.tail("--json", "--proxy", proxy.url)
        self.works(client, 1, 2, 3)
        self.assertEqual(proxy.requests(), [f"CONNECT localhost:{agent.port} HTTP/1.1"])
        self.assertEqual(self.stats(client)["connects"], 1)
        self.assertNotIn("next try", client.err)

    def test_with_the_right_password(self):
        self.start_agent()
        proxy = Tinyproxy(self, f"BasicAuth bot {SECRET}").start()
        client = self.tail("--json", "--proxy", self.url(proxy))
        self.works(client)
        self.assertNotIn("next try", client.err)

    def test_with_a_percent_encoded_password(self):
        self.start_agent()
        proxy = Tinyproxy(self, f"BasicAuth bot {SECRET}").start()
        encoded = "".join(f"%{ord(c):02X}" if c in "c.-_" else c for c in SECRET)
        self.hide(encoded)
        client = self.tail("--json", "--proxy", self.url(proxy, encoded))
        self.works(client)
        self.assertNotIn("next try", client.err)

    def test_with_a_wrong_password_until_the_proxy_wants_none(self):
        agent, proxy = self.start_agent(), Tinyproxy(self, f"BasicAuth bot {SECRET}").start()
        self.hide("not-this-one-at-all")
        client = self.tail("--json", "--proxy", self.url(proxy, "not-this-one-at-all"))
        self.wait_error(client, f"list: 40[17] from the proxy: {CHECK}{SLOW}")
        self.assertEqual(agent.connections, [])
        proxy.stop()
        proxy.start("LogLevel Info")
        client.signal(signal.SIGHUP)
        self.works(client)

    def test_without_a_password_until_the_proxy_takes_it(self):
        self.start_agent()
        proxy = Tinyproxy(self, "BasicAuth bot another").start()
        bare = self.tail("--json", "--proxy", proxy.url)
        client = self.tail("--json", "--proxy", self.url(proxy))
        for each in (bare, client):
            self.wait_error(each, f"list: 40[17] from the proxy: {CHECK}{SLOW}")
        proxy.stop()
        proxy.start(f"BasicAuth bot {SECRET}")
        bare.signal(signal.SIGHUP)
        self.wait_error(bare, f"list: 407 from the proxy: {CHECK}", 2)
        bare.end()
        client.signal(signal.SIGHUP)
        self.works(client)

    def test_a_port_that_is_not_allowed(self):
        agent, proxy = self.start_agent(), Tinyproxy(self, "ConnectPort 443").start()
        client = self.tail("--json", "--proxy", proxy.url)
        self.wait_error(client, "list: 403 from the proxy: it refuses this host"
                        + SLOW)
        self.assertEqual(agent.connections, [])
        proxy.stop()
        proxy.start(f"ConnectPort {agent.port}")
        client.signal(signal.SIGHUP)
        self.works(client)

    def test_a_host_that_is_not_allowed(self):
        agent = self.start_agent()
        proxy = Tinyproxy(self, f'Filter "{self.path("filter", "^localhost$")}"').start()
        client = self.tail("--json", "--proxy", proxy.url)
        self.wait_error(client, "list: 403 from the proxy: it refuses this host"
                        + SLOW)
        self.assertEqual(agent.connections, [])
        other = self.tail("--json", "--proxy", proxy.url, url=agent.url_for("127.0.0.1"))
        self.works(other)

    def test_an_agent_that_the_proxy_does_not_reach(self):
        agent, proxy = self.start_agent(), Tinyproxy(self).start()
        agent.fault(on="connect", refuse=-1)
        client = self.tail("--json", "--proxy", proxy.url)
        self.wait_error(client, r"list: 50\d from the proxy" + NEXT)
        second = self.wait_error(client, r"list: 50\d from the proxy, next try in (\d\.\d) s", 2)
        self.assertGreaterEqual(float(second.group(1)), 0.5, "the wait grows")
        agent.clear_faults()
        self.works(client)

    def test_a_proxy_that_crashes_within_a_long_poll_and_comes_back(self):
        agent, proxy = self.start_agent(), Tinyproxy(self).start()
        client = self.tail("--json", "--proxy", proxy.url)
        self.works(client)
        before = agent.requests_of("read")[-1]
        proxy.kill()
        agent.push(message(2))
        self.wait_error(client, r"read: proxy: 127\.0\.0\.1 port \d+: connection refused, next try in ")
        proxy.start()
        again = self.next_after(before)
        self.assertEqual((again.kind, again.feed_id, again.ack_id),
                         ("read", before.feed_id, before.ack_id))
        self.wait_acknowledged(messages(2, 1))
        self.works(client, 3)
        self.assert_printed(client, messages(3, 1))
        self.assertEqual(len(agent.requests_of("create")), 1)


class Refusals(ProxyCase):
    """What a proxy may answer instead of a tunnel."""

    def refused(self, says, pace=NEXT, **fault):
        """The first CONNECT meets the fault; the next one opens a tunnel."""
        agent, proxy = self.start_agent(), self.start_proxy()
        fault = proxy.fault(**fault)
        client = self.tail("--json", "--proxy", proxy.url)
        self.wait_error(client, "list: " + says + pace)
        self.assertEqual(agent.requests, [], "nothing has come to the agent")
        if pace == SLOW:
            client.signal(signal.SIGHUP)
        self.works(client)
        self.assertEqual(fault.used, 1)
        self.assertEqual(len(proxy.connects), 2)
        self.assertNotIn("<", client.err)
        return client, proxy

    def test_407(self):
        self.refused(f"407 from the proxy: {CHECK}", SLOW, status=407)

    def test_403(self):
        self.refused("403 from the proxy: it refuses this host", SLOW, status=403)

    def test_404(self):
        self.refused("404 from the proxy", SLOW, status=404)

    def test_401_is_not_the_agents(self):
        self.refused(f"401 from the proxy: {CHECK}", SLOW, status=401)
        self.assertEqual(len(self.agent.requests_of("list")), 1)

    def test_a_redirection(self):
        self.refused("302 from the proxy", SLOW, status=302, close=True,
                     headers=[["Location", "http://proxy.example/please-sign-in"]])

    def test_502(self):
        self.refused("502 from the proxy", status=502)

    def test_504(self):
        self.refused("504 from the proxy", status=504)

    def test_503_with_retry_after(self):
        _, proxy = self.refused("503 from the proxy", r", next try in 2\.\d s", status=503,
                                headers=[["Retry-After", "2"]])
        first, second = proxy.connects
        self.assertGreaterEqual(second.time - first.time, 1.95)

    def test_429_with_retry_after(self):
        self.refused("429 from the proxy", r", next try in 1\.\d s", status=429,
                     headers=[["Retry-After", "1"]])

    def test_a_page_of_html_comes_with_it(self):
        page = "<html><body>" + "<p>You may not.</p>" * 20_000 + "</body></html>"
        self.refused("403 from the proxy: it refuses this host", SLOW, status=403,
                     body=page, headers=[["Content-Type", "text/html"]])

    def test_by_http_1_0_and_without_a_length(self):
        self.refused("503 from the proxy", status=503, version="1.0", body=None, close=True)

    def test_hanging_up_without_an_answer(self):
        self.refused("proxy: connection ended without an answer", close_before=True)

    def test_a_reset(self):
        self.refused(r"proxy: 127\.0\.0\.1 port \d+: connection reset by the peer", reset=True)

    def test_half_an_answer(self):
        self.refused("proxy: connection ended without an answer", status=200, cut=15)

    def test_garbage(self):
        for raw in (b"SSH-2.0-OpenSSH_9.2\r\n", bytes(range(256)), b"\r\n\r\n",
                    b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 200 OK\n\n", b"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
                    b"HTTP/1.1 101 Switching Protocols\r\n\r\n"):
            with self.subTest(raw=raw[:40]):
                self.refused("proxy: the answer is not proper HTTP/1.1", raw=raw)

    def test_the_port_of_the_agent_instead_of_one_of_a_proxy(self):
        agent = self.start_agent()
        client = self.tail("--proxy", f"http://127.0.0.1:{agent.port}")
        self.wait_error(client, "list: proxy: (the answer is not proper HTTP/1.1|connection ended without an answer)" + NEXT)
        self.assertEqual(agent.requests, [])

    def test_more_than_it_was_asked_for(self):
        for raw in (b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03", b"HTTP/1.1 200 OK\r\n\r\n<html>",
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"):
            with self.subTest(raw=raw):
                self.refused("proxy: bytes behind the answer", raw=raw)

    def test_refusals_without_end_are_asked_for_ever_more_slowly(self):
        agent, proxy = self.start_agent(), self.start_proxy()
        proxy.fault(times=-1, status=502)
        client = self.tail("--json", "--proxy", proxy.url)
        waits = []
        for count in (1, 2, 3):
            line = self.wait_error(client, r"502 from the proxy, next try in (\d+\.\d) s", count)
            waits.append(float(line.group(1)))
        for least, step, wait in zip((0, 0.5, 1), (0.5, 1, 2), waits):
            self.assertTrue(least <= wait <= step, waits)
        self.assertEqual(len(proxy.connects), 3)
        proxy.clear_faults()
        client.signal(signal.SIGHUP)
        self.works(client)
        self.assertEqual(agent.requests_of("list")[0].connection, 1)

    def test_silence_and_endless_dribble_are_bounded(self):
        """The timer is long: both wait at the same time."""
        self.start_agent()
        waiting = []
        for fault in ({"silent": True}, {"raw": "HTTP/1.1 200 OK\r\nX: " + "x" * 100_000,
                                         "dribble": 1}):
            proxy = self.start_proxy()
            proxy.fault(**fault)
            waiting.append(self.tail("--json", "--proxy", proxy.url))
        for client in waiting:
            met = client.wait_for(lambda c: "next try" in c.err, 90)
            self.assertTrue(met, client.err)
            self.wait_error(client, "list: proxy: timed out waiting for an answer" + NEXT)
        self.wait_agent(lambda a: len({r.connection for r in a.requests_of("read")}) == 2,
                        "a read by each")


class Tunnels(ProxyCase):
    """What is asked for, and what happens within."""

    def test_what_the_proxy_is_told(self):
        agent, proxy = self.start_agent(), self.start_proxy(user="bot", password=HARD)
        client = self.tail("--json", "--proxy",
                           f"http://bot:{ENCODED}@127.0.0.1:{proxy.port}")
        self.works(client)
        connect, = proxy.connects  # the proxy itself looks at its form
        self.assertEqual((connect.method, connect.target), ("CONNECT", f"localhost:{agent.port}"))
        headers = dict(connect.headers)
        encoded = base64.b64encode(f"bot:{HARD}".encode()).decode()
        self.assertEqual(headers.pop("Host"), connect.target)
        self.assertEqual(headers.pop("Proxy-Authorization"), f"Basic {encoded}")
        self.assertRegex(headers.pop("User-Agent"), r"\Asymfeed/[\d.]+\Z")
        self.assertEqual(headers, {})
        for request in agent.requests:
            self.assertIsNone(request.header("Proxy-Authorization"), "that is not the agent's")

    def test_no_password_no_header(self):
        self.start_agent()
        proxy = self.start_proxy()
        self.works(self.tail("--json", "--proxy", proxy.url))
        self.assertEqual([name for name, _ in proxy.connects[0].headers], ["Host", "User-Agent"])

    def test_a_user_without_a_password(self):
        """RFC 7617: there is a colon in any case."""
        self.start_agent()
        proxy = self.start_proxy(user="bot", password="")
        for user in ("bot:", "bot"):
            with self.subTest(user=user):
                client = self.tail("--json", "--proxy", f"http://{user}@127.0.0.1:{proxy.port}")
                self.wait_proxy(proxy, lambda p: p.connects, "a CONNECT")
                self.works(client)
                client.end()

    def test_user_and_password_of_256_bytes_in_all(self):
        self.start_agent()
        password = "x" * 252
        proxy = self.start_proxy(user="bot", password=password)
        self.works(self.tail("--json", "--proxy", f"http://bot:{password}@127.0.0.1:{proxy.port}"))

    def test_the_default_port_is_named_and_addresses_of_ipv6_have_brackets(self):
        proxy = self.start_proxy()
        proxy.fault(times=-1, status=502)
        token = self.path("token", "x\n")
        for number, (url, target) in enumerate((
                ("https://agent.example", "agent.example:443"),
                ("https://agent.example/some/where", "agent.example:443"),
                ("https://agent.example:8443", "agent.example:8443"),
                ("https://[2001:db8::1]", "[2001:db8::1]:443"),
                ("https://[2001:db8::1]:8443/a", "[2001:db8::1]:8443"))):
            with self.subTest(url=url):
                client = self.start("tail", "--agent", url, "--session-token-file", token, "--ca",
                                    certificates.ca_path(certificate_folder()), "--proxy",
                                    proxy.url)
                self.wait_error(client, "502 from the proxy")
                self.assertEqual(proxy.connects[number].target, target)
                client.end()

    def test_one_tunnel_serves_many_calls(self):
        agent, client, proxy = self.follow_through()
        self.works(client, *range(1, 21))
        self.assertEqual(len(proxy.connects), 1)
        self.assertEqual(len(agent.connections), 1)
        self.assertEqual(self.stats(client)["connects"], 1)

    def follow_through(self, *options, proxy=None, **settings):
        agent, proxy = self.start_agent(**settings), proxy or self.start_proxy()
        client = self.tail("--json", "--proxy", proxy.url, *options)
        self.wait_reading()
        return agent, client, proxy

    def test_a_tunnel_that_is_lost_at_a_request_is_dug_again_at_once(self):
        for reset in (False, True):
            with self.subTest(reset=reset):
                agent, client, proxy = self.follow_through()
                agent.fault(on="read", reset=reset, close_before=not reset)
                self.deliver(client, message(1))
                self.deliver(client, message(2))
                self.assertNotIn("next try", client.err)
                self.assertEqual(len(proxy.connects), 2)

    def test_a_tunnel_that_is_dropped_in_a_long_poll_is_dug_again(self):
        """With a wait, if the poll was half a second old."""
        for reset in (False, True):
            with self.subTest(reset=reset):
                agent, client, proxy = self.follow_through()
                self.deliver(client, message(1))
                self.wait_agent(lambda a: any(f.readers for f in a.feeds.values()), "a long poll")
                before = agent.requests_of("read")[-1]
                proxy.drop_tunnels(reset)
                again = self.next_after(before)
                self.assertEqual((again.kind, again.feed_id, again.ack_id),
                                 ("read", before.feed_id, before.ack_id))
                self.wait_reading()
                self.deliver(client, message(2))
                self.assertEqual(len(proxy.connects), 2)

    def test_a_tunnel_that_breaks_off_within_a_batch(self):
        proxy = self.start_proxy()
        proxy.fault(tunnel_limit=20_000)
        agent, client, _ = self.follow_through(proxy=proxy)
        pushed = messages(40)  # more than the tunnel takes
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.assert_printed(client, pushed)
        self.wait_error(client, "read: .*" + NEXT)

    def test_a_tunnel_that_breaks_off_in_the_handshake(self):
        self.start_agent()
        proxy = self.start_proxy()
        proxy.fault(tunnel_limit=100)
        client = self.tail("--json", "--proxy", proxy.url)
        self.wait_error(client, "list: TLS handshake: .*" + NEXT)
        self.works(client)

    def test_bytes_of_the_proxys_own_within_the_tunnel(self):
        self.start_agent()
        proxy = self.start_proxy()
        proxy.fault(garbage=b"<html>buy our proxy</html>")
        client = self.tail("--json", "--proxy", proxy.url)
        self.wait_error(client, "list: TLS handshake: .*" + NEXT)
        self.works(client)

    def test_an_answer_byte_by_byte(self):
        proxy = self.start_proxy()
        proxy.fault(status=200, dribble=0.005)
        _, client, _ = self.follow_through(proxy=proxy)
        self.works(client)
        self.assertNotIn("next try", client.err)

    def test_odd_but_good_answers(self):
        for fault in ({"version": "1.0"}, {"status": 204}, {"status": 299, "reason": ""},
                      {"reason": "Go \t\x7f ahead"},
                      {"headers": [["X-Long", "x" * 50_000]] * 3},
                      {"headers": [[f"X-{n}", "y"] for n in range(3000)]},
                      {"headers": [["Content-Length", "0"], ["Proxy-Agent", "p"]]},
                      {"headers": [["Content-Length", "4711"]]},
                      {"headers": [["Transfer-Encoding", "chunked"]]},
                      {"headers": [["Connection", "close"], ["Proxy-Connection", "close"]]}):
            with self.subTest(str(fault)[:60]):
                proxy = self.start_proxy()
                proxy.fault(**fault)
                _, client, _ = self.follow_through(proxy=proxy)
                self.works(client, 1, 2)
                self.assertNotIn("next try", client.err)
                self.assertEqual(len(proxy.connects), 1)
                client.end()

    def test_an_interim_answer_first(self):
        self.start_agent()
        proxy = self.start_proxy()
        proxy.fault(raw="HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\n\r\n")
        client = self.tail("--json", "--proxy", proxy.url)
        self.wait_error(client, "list: 503 from the proxy" + NEXT)
        self.works(client)

    def test_sessions_are_resumed(self):
        agent, client, proxy = self.follow_through()
        self.deliver(client, message(1))
        agent.fault(on="read", connection="close", times=2)
        for number in (2, 3, 4):
            self.deliver(client, message(number))
        self.assertEqual([c.resumed for c in agent.connections], [False, True, True])
        stats = self.stats(client)
        self.assertEqual((stats["resumed"], stats["connects"]), (2, 3))
        self.assertEqual(len(proxy.connects), 3)

    def test_nobody_listens_at_the_proxys_port(self):
        place = Place()
        self.addCleanup(place.close)
        agent = self.start_agent()
        client = self.tail("--json", "--proxy", f"http://localhost:{place.port}")
        self.wait_error(client, rf"list: proxy: 127\.0\.0\.1 port {place.port}: connection refused"
                        + NEXT)
        self.assertEqual(agent.connections, [], "it does not go past the proxy")
        self.start_proxy(port=place.port)
        self.works(client)

    def test_a_proxy_whose_name_does_not_resolve(self):
        agent = self.start_agent()
        client = self.tail("--proxy", "http://proxy.invalid:3128")
        self.wait_error(client, r"list: proxy: proxy\.invalid: .*" + NEXT)
        self.assertEqual(agent.connections, [])


class Trust(ProxyCase):
    """The certificate must be issued for the agent, whatever the proxy is called."""

    def test_the_agents_name_counts_which_the_proxy_alone_can_resolve(self):
        agent = self.start_agent(certificate="wrong-name", server_name="elsewhere.example")
        proxy = self.start_proxy(
            routes={f"elsewhere.example:{agent.port}": ("127.0.0.1", agent.port)})
        client = self.tail("--json", "--proxy", proxy.url)
        self.works(client)
        self.assertEqual(agent.connections[0].server_name, "elsewhere.example")

    def test_an_agent_with_another_name_is_refused(self):
        agent, proxy = self.start_agent(certificate="wrong-name"), self.start_proxy()
        client = self.tail("--proxy", proxy.url)
        self.wait_error(client, "list: .*it is issued for another name than localhost" + NEXT)
        self.assertEqual(agent.requests, [])

    def test_a_proxy_that_leads_elsewhere_is_found_out(self):
        agent = self.start_agent()
        other = self.start_agent(certificate="unknown-authority")
        proxy = self.start_proxy(routes={f"localhost:{agent.port}": ("127.0.0.1", other.port)})
        client = self.tail("--proxy", proxy.url, agent=agent)
        self.wait_error(client, "list: .*it is signed by an unknown authority" + NEXT)
        self.assertEqual(other.requests, [])


class Hosts(ProxyCase):
    """Agent, pod and key manager: each by its own way."""

    def test_three_hosts_by_key(self):
        if "sign-in by key and by certificate" not in features():
            self.skipTest("a build without SYMFEED_SIGN_IN")
        agent = self.start_agent(separate_hosts=True,
                                 users={BOT: made("keys")["rsa2048-public"]})
        proxy = self.start_proxy(user="bot", password=SECRET)
        through = ["--proxy", f"http://bot:{SECRET}@127.0.0.1:{proxy.port}"]
        pod, key_manager, own = (f"localhost:{port}" for port in (
            agent.pod_port, agent.key_manager_port, agent.port))
        client = self.start("tail", "--json", *self.by_key(), *through, NO_PROXY=own)
        self.works(client)
        self.assertEqual([c.target for c in proxy.connects if c.target != pod], [key_manager])
        self.assertEqual({c.target for c in proxy.connects}, {pod, key_manager})
        client.end()
        before = len(proxy.connects)
        client = self.start("tail", "--json", *self.by_key(), *through,
                            NO_PROXY=f"{pod},{key_manager}")
        self.works(client, 2)
        self.assertEqual({c.target for c in proxy.connects[before:]}, {own})

    def test_a_proxy_that_refuses_the_pod(self):
        agent = self.start_agent(separate_hosts=True,
                                 users={BOT: made("keys")["rsa2048-public"]})
        proxy = self.start_proxy()
        fault = proxy.fault(status=403)
        client = self.start("tail", "--json", *self.by_key(), "--proxy", proxy.url)
        self.wait_error(client, r"(?m)sign-in: 403 from the proxy: it refuses this host" + SLOW)
        self.assertEqual((fault.used, agent.requests), (1, []))
        client.signal(signal.SIGHUP)
        self.works(client)


class Choice(ProxyCase):
    """Where the proxy's URL comes from, and which hosts are reached without it."""

    def goes(self, through, *options, url=None, **environment):
        """Starts a client, and looks which way it goes."""
        agent, proxy = self.agent, self.proxies[0]
        agent.clear_faults()
        calls, connects = len(agent.requests), len(proxy.connects)
        client = self.tail("--json", *options, url=url, **environment)
        self.wait_agent(lambda a: any(r.kind == "read" for r in a.requests[calls:]), "a read")
        self.assertEqual(len(proxy.connects) - connects, 1 if through else 0)
        client.end()

    def both(self):
        return self.start_agent(hold=0.2), self.start_proxy()

    def test_by_option_and_by_environment(self):
        _, proxy = self.both()
        dead = "http://127.0.0.1:1"
        bare = f"127.0.0.1:{proxy.port}"
        for through, options, environment in (
                (True, ["--proxy", proxy.url], {}),
                (True, [f"--proxy={proxy.url}"], {}),
                (True, ["--proxy", proxy.url.replace("http", "HTTP")], {}),
                (True, ["--proxy", proxy.url + "/"], {}),
                (True, [], {"HTTPS_PROXY": proxy.url}),
                (True, [], {"https_proxy": proxy.url}),
                (True, [], {"HTTPS_PROXY": bare}),
                (True, [], {"https_proxy": bare}),
                (True, [], {"https_proxy": proxy.url, "HTTPS_PROXY": dead}),
                (True, [], {"https_proxy": "", "HTTPS_PROXY": proxy.url}),
                (True, [], {"https_proxy": " ", "HTTPS_PROXY": proxy.url}),
                (True, [], {"HTTPS_PROXY": f" {proxy.url}\t "}),
                (True, [], {"HTTPS_PROXY": f"\t{bare} "}),
                (True, ["--proxy", f" {proxy.url} "], {}),
                (True, [], {"HTTPS_PROXY": proxy.url, "no_proxy": " ", "NO_PROXY": "  "}),
                (False, [], {"HTTPS_PROXY": proxy.url, "no_proxy": " ", "NO_PROXY": "localhost"}),
                (False, [], {"HTTPS_PROXY": " "}),
                (False, [], {"HTTPS_PROXY": " \t ", "https_proxy": " "}),
                (False, ["--proxy", " "], {"HTTPS_PROXY": proxy.url}),
                (True, ["--proxy", proxy.url], {"https_proxy": dead, "HTTPS_PROXY": dead}),
                (False, [], {"HTTPS_PROXY": "", "https_proxy": ""}),
                (False, [], {"http_proxy": proxy.url, "HTTP_PROXY": proxy.url,
                             "ALL_PROXY": proxy.url}),
                (False, ["--proxy", ""], {"HTTPS_PROXY": proxy.url, "https_proxy": proxy.url}),
                (False, ["--proxy="], {"HTTPS_PROXY": "https://what.is.this"})):
            with self.subTest(options=options, environment=environment):
                self.goes(through, *options, **environment)

    def test_exceptions(self):
        agent, proxy = self.both()
        port = agent.port
        by_name, by_address = agent.url, agent.url_for("127.0.0.1")
        for through, url, exceptions in (
                (False, by_name, "localhost"),
                (False, by_name, "LOCALHOST"),
                (False, by_name, ".localhost"),
                (False, by_name, f"localhost:{port}"),
                (False, by_name, "*"),
                (False, by_name, "one.example, localhost ,other.example"),
                (False, by_name, "one.example localhost"),
                (False, by_address, "127.0.0.1"),
                (False, by_address, f"10.0.0.1,127.0.0.1:{port}"),
                (True, by_name, ""),
                (True, by_name, "127.0.0.1"),
                (True, by_address, "localhost"),
                (True, by_name, f"localhost:{port - 1}"),
                (True, by_name, "host"),
                (True, by_name, "alhost"),
                (True, by_name, "a.localhost"),
                (True, by_name, "localhost.example"),
                (True, by_name, "https://localhost"),
                (True, by_name, "local*"),
                (True, by_address, "0.0.1"),
                (True, by_name, ",,, ,")):
            for name in ("NO_PROXY", "no_proxy"):
                with self.subTest(url=url, **{name: exceptions}):
                    self.goes(through, url=url, HTTPS_PROXY=proxy.url, **{name: exceptions})
        with self.subTest("both are set"):
            self.goes(True, HTTPS_PROXY=proxy.url, no_proxy="one.example", NO_PROXY="localhost")
        with self.subTest("of an option, too"):
            self.goes(False, "--proxy", proxy.url, NO_PROXY="localhost")

    def ways(self, url, *rows):
        """Which way a client goes to a host that is not there, with each list of exceptions."""
        proxy = self.start_proxy()
        proxy.fault(times=-1, status=502)
        token = self.path("token", "x\n")
        address = url.removeprefix("https://").removesuffix(":1").strip("[]")
        for through, exceptions in rows:
            with self.subTest(exceptions):
                client = self.start("tail", "--agent", url, "--session-token-file", token, "--ca",
                                    certificates.ca_path(certificate_folder()), HTTPS_PROXY=proxy.url,
                                    NO_PROXY=exceptions)
                self.wait_error(client, "list: 502 from the proxy" if through
                                else f"list: {re.escape(address)} port 1: ")
                client.end()

    def test_networks_of_ipv4(self):
        """As curl since 7.86 and Go's net/http have them."""
        self.ways("https://127.0.0.1:1",
                  (False, "127.0.0.0/8"), (False, "127.0.0.1/32"), (False, "127.0.0.0/31"),
                  (False, "126.0.0.0/7"), (False, "0.0.0.0/0"), (False, "127.255.255.255/8"),
                  (False, "10.0.0.0/8, 127.0.0.0/8"), (False, "one.example 127.0.0.0/8,x"),
                  (True, "10.0.0.0/8"), (True, "127.0.0.2/31"), (True, "127.0.0.0/32"),
                  (True, "127.0.0.0/33"), (True, "127.0.0.0/"), (True, "127.0.0.0/x"),
                  (True, "127.0.0.0/8x"), (True, "127.0.0/8"), (True, "/8"), (True, "/"),
                  (True, "127.0.0.0/4294967304"), (True, "::/0"), (True, "::ffff:127.0.0.0/104"),
                  (True, "127.0.0.0/8/8"), (True, "127.0.0.0/-8"), (True, "x127.0.0.0/8"))

    def test_networks_of_ipv6(self):
        self.ways("https://[::1]:1",
                  (False, "::/8"), (False, "::1/128"), (False, "::/127"), (False, "::/0"),
                  (False, "[::]/8"), (False, "0:0::/16"), (False, "::1"), (False, "[::1]"),
                  (False, "0:0:0:0:0:0:0:1"), (False, "fd00::/8,::/64"),
                  (True, "fd00::/8"), (True, "8000::/1"), (True, "::2/127"), (True, "::/128"),
                  (True, "::/129"), (True, "::1/"), (True, "::2"), (True, "127.0.0.0/8"),
                  (True, "0.0.0.0/0"), (True, "[::/8"), (True, ":/8"), (True, "1::1::/0"))

    def test_a_network_is_for_the_hosts_that_are_in_it(self):
        """The agent's address is, the name of the pod is not; what else is listed counts, too."""
        agent = self.start_agent(separate_hosts=True, users={BOT: made("keys")["rsa2048-public"]})
        proxy = self.start_proxy()
        options = self.by_key()
        options[options.index("--agent") + 1] = f"https://127.0.0.1:{agent.port}"
        client = self.start("tail", "--json", *options, "--proxy", proxy.url,
                            NO_PROXY=f"127.0.0.0/8,localhost:{agent.pod_port}")
        self.works(client)
        self.assertEqual({c.target for c in proxy.connects}, {f"localhost:{agent.key_manager_port}"})

    def test_a_list_too_long_for_networks_still_has_its_names(self):
        _, proxy = self.both()
        long = ",".join(f"host{i}.example" for i in range(6000)) + ",localhost"
        self.goes(False, HTTPS_PROXY=proxy.url, NO_PROXY=long)

    def test_a_name_is_in_no_network(self):
        _, proxy = self.both()
        self.goes(True, HTTPS_PROXY=proxy.url, NO_PROXY="127.0.0.0/8,::/0,0.0.0.0/0")

    def test_a_suffix_covers_what_lies_below(self):
        proxy = self.start_proxy()
        proxy.fault(times=-1, status=502)
        token = self.path("token", "x\n")
        for through, exceptions in ((False, "elsewhere.invalid"), (False, ".invalid"),
                                    (False, "*.elsewhere.invalid"), (False, "invalid"),
                                    (True, "else.invalid"), (True, "where.invalid"),
                                    (True, "a.b.elsewhere.invalid"), (True, "elsewhere")):
            with self.subTest(exceptions):
                client = self.start("tail", "--agent", "https://b.elsewhere.invalid",
                                    "--session-token-file", token, "--proxy", proxy.url, "--ca",
                                    certificates.ca_path(certificate_folder()), NO_PROXY=exceptions)
                self.wait_error(client, "list: 502 from the proxy" if through
                                else r"list: b\.elsewhere\.invalid: ")
                client.end()

    def test_an_http_agent_needs_no_proxy(self):
        self.start_agent(tls=False, hold=0.2)
        proxy = self.start_proxy()
        self.goes(False, "--proxy", proxy.url)
        self.goes(False, HTTPS_PROXY=proxy.url)
        self.goes(False, HTTPS_PROXY="socks5://not.looked.at")

    BAD = (f"https://bot:{SECRET}@proxy.example:3128", f"socks5://bot:{SECRET}@proxy.example",
           f"socks5h://bot:{SECRET}@proxy.example", f"ftp://bot:{SECRET}@proxy.example",
           f"http://bot:{SECRET}@proxy.example:3128/path",
           f"http://bot:{SECRET}@proxy.example?{SECRET}", f"http://bot:{SECRET}@",
           f"http://bot:{SECRET}@:3128", f"http://bot:{SECRET}@proxy.example:0",
           f"http://bot:{SECRET}@proxy.example:65536", f"http://bot:{SECRET}@proxy.example:x",
           f"http://bot:{SECRET}@proxy.example\r\nX-Header: y",
           f"http://bot:{SECRET}\r\nX-Header: y@proxy.example",
           f"http://bot:{SECRET}%0D%0A@proxy.example", f"http://bot:{SECRET}%zz@proxy.example",
           f"http://bot:{SECRET}%@proxy.example", f"http://bot:{SECRET}%00@proxy.example",
           f"http://bot:{SECRET}@b@proxy.example", f"http://bot:{SECRET}/@proxy.example",
           f"http://bot:{SECRET} @proxy.example", f"http://bot:{SECRET}é@proxy.example",
           f"http://bot:{SECRET}@pröxy.example", f"http://bot:{SECRET}@[::1",
           f"http://bot:{SECRET}{'x' * 300}@proxy.example",
           f"http://bot:{SECRET}@{'x' * 254}", f"http://bot:{SECRET}@proxy.example/{'x' * 5000}")

    def mistaken(self, name, options, environment):
        """Exit 2 with one line that names it and not the value."""
        token = self.path("token", "x\n")
        done = run("tail", "--agent", "https://localhost:1", "--session-token-file", token,
                   "--ca", certificates.ca_path(certificate_folder()), *options, **environment)
        error = done.stderr.decode()
        self.assertEqual((done.returncode, done.stdout), (2, b""), error)
        self.assertRegex(error, rf"\Asymfeed: {name}: [^\n]+\n\Z")
        self.assertRegex(error, r"http://\[user:password@\]host|at most \d+ bytes")
        for part in (SECRET, "proxy.example", "X-Header"):
            self.assertNotIn(part, error)

    def test_mistakes(self):
        for url in self.BAD:
            for name, options, environment in (
                    ("--proxy", ["--proxy", url], {}), ("--proxy", [f"--proxy={url}"], {}),
                    ("HTTPS_PROXY", [], {"HTTPS_PROXY": url}),
                    ("https_proxy", [], {"https_proxy": url})):
                with self.subTest(url=url[:60], name=name):
                    self.mistaken(name, options, environment)
        for url in ("http://", "http:", "proxy.example:3128", "//proxy.example",
                    "http:proxy.example"):
            with self.subTest(url=url):
                self.mistaken("--proxy", ["--proxy", url], {})
        self.assertEqual(run("version", HTTPS_PROXY=self.BAD[0]).returncode, 0)


class Password(ProxyCase):
    """It is seen nowhere. What is printed is looked at after every test of this file."""

    def test_not_in_the_list_of_processes(self):
        self.start_agent()
        proxy = self.start_proxy(user="bot", password=SECRET)
        url = f"http://bot:{SECRET}@127.0.0.1:{proxy.port}"
        for options in (["--proxy", url], [f"--proxy={url}"], ["--proxy", url, "--proxy", url],
                        ["-v", f"--proxy={url}", "-v"]):
            with self.subTest(options=[option.replace(SECRET, "...") for option in options]):
                client = self.tail("--json", *options)
                self.works(client)
                self.assertIn("--proxy", client.argv)
                self.assertIn(f"@127.0.0.1:{proxy.port}", client.argv)
                self.assertNotIn(SECRET, client.argv)
                client.end()

    def test_not_in_what_is_told_of_a_mistake(self):
        for arguments in (["--proxy", f"http://b:{SECRET}@h/p"], [f"--prox=http://b:{SECRET}@h"],
                          [f"--proxyx=http://b:{SECRET}@h"], ["--proxy", f"b:{SECRET}@h"],
                          [f"--proxy:b:{SECRET}@h"]):
            done = run("tail", *arguments)
            self.assertEqual(done.returncode, 2)
            self.assertNotIn(SECRET.encode(), done.stdout + done.stderr)

    def test_not_in_the_most_talkative_log(self):
        agent, proxy = self.start_agent(), self.start_proxy(user="bot", password=SECRET)
        proxy.fault(status=502)
        proxy.fault(raw=b"no HTTP\r\n\r\n")
        client = self.tail("--json", "-v", "-v", "-v", "--stats", "--proxy",
                           f"http://bot:{SECRET}@127.0.0.1:{proxy.port}")
        self.works(client)
        proxy.drop_tunnels()
        self.works(client, 2)
        proxy.password = "another"
        proxy.drop_tunnels()
        self.wait_error(client, f"read: 407 from the proxy: {CHECK}{SLOW}")
        client.end()
        self.assertEqual(client.status, 0)
        self.assertIn('"heap_peak"', client.err)
        self.assertGreater(len(agent.requests), 3)

    def test_commands_of_exec_have_the_environment_as_it_was(self):
        self.start_agent()
        proxy = self.start_proxy(user="bot", password=SECRET)
        seen = self.path("seen")
        client = self.tail("--json", "--exec", f'printf %s "$HTTPS_PROXY" >"{seen}"',
                           HTTPS_PROXY=f"http://bot:{SECRET}@127.0.0.1:{proxy.port}")
        self.works(client)
        with open(seen, encoding="ascii") as file:
            self.assertIn(SECRET, file.read())


if __name__ == "__main__":
    unittest.main()
