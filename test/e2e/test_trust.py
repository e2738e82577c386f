# SPDX-License-Identifier: Apache-2.0
"""TLS: whom the client talks to, who it is for them, and what it remembers of them.

The rule: whom it does not trust it sends nothing, says why in one line of its own, and tries again;
once the server, or the file that it trusts by, is mended, the same process goes on by itself with
the same feed.
"""

import glob
import json
import os
import re
import signal
import socket
import subprocess
import threading
import unittest

from harness import (BOT, SYMFEED, EndToEnd, PATIENCE, certificate_folder, certificates,
                     environment, features, is_sanitized, made, message, messages, padded, run)
from peers import Nginx, Place, Relay, WithServers
from proxy import Proxy  # of the simulator

HAS_TLS_1_3 = "no TLS 1.3" not in features()
VERSIONS = ("1.2", "1.3") if HAS_TLS_1_3 else ("1.2",)

REFUSED = "server's certificate refused: "
UNKNOWN = f"{REFUSED}it is signed by an unknown authority"
OTHER_NAME = f"{REFUSED}it is issued for another name than "
NOTHING_IN_COMMON = "no TLS version or cipher in common with the server"

BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n")
ROOT = "basicConstraints=critical,CA:TRUE\n"
SETTINGS = "[req]\ndistinguished_name=empty\n[empty]\n[made]\n"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def in_folder(name):
    """One of the files that are always there."""
    return os.path.join(certificate_folder(), name)


def known(*groups):
    """The certificates that an Agent may show: the usual ones and those of these groups."""
    return {name: pair for group in groups for name, pair in made(group).items()}


def openssl(*arguments, **changes):
    subprocess.run(("openssl", *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE, timeout=PATIENCE, check=True,
                   env=environment(**changes))


def libfaketime():
    """The library that gives a program another clock; None where it is not installed."""
    return next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)


class TlsTest(EndToEnd):
    """What the tests of this file have in common."""

    def start_agent(self, certificate="good", **settings):
        return super().start_agent(certificate=certificate, **settings)

    def ca(self, text, name="ca.pem"):
        """A file of authorities, put in place at one stroke; its path."""
        path = self.path(name + ".new", text)
        os.replace(path, self.path(name))
        return self.path(name)

    def issue(self, name, subject, extensions, authority=None, kind="EC", signed=("-sha256",),
              **changes):
        """A certificate that is good from now on, by `authority` (the path of its certificate, next
        to which its key is; None: by itself). Answers certificate and key. `kind`: of the key;
        `signed`: how, in words of openssl x509; `changes`: of the environment."""
        certificate, key = self.path(f"{name}.pem"), self.path(f"{name}.key")
        settings, request = self.path(f"{name}.cnf", SETTINGS + extensions), self.path("request")
        algorithm, option = certificates.KEY_KINDS[kind]
        openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", key)
        openssl("req", "-new", "-utf8", "-key", key, "-config", settings, "-subj", subject, "-out",
                request)
        by = (["-CA", authority, "-CAkey", authority.replace(".pem", ".key")] if authority
              else ["-signkey", key])
        openssl("x509", "-req", "-in", request, "-days", "30", "-set_serial", "77", *signed,
                "-extfile", settings, "-extensions", "made", *by, "-out", certificate, **changes)
        return certificate, key

    def wait_refused(self, client, says, count=1):
        """The client says that, and when it tries again."""
        return self.wait_error(client, f"{says}.*next try in", count)

    def reach(self, *options, url=None):
        """A client that gets at the Agent, which is proved, and ended."""
        before = len(self.agent.requests)
        client = self.tail("--json", *options, url=url)
        self.wait_agent(lambda a: any(r.kind == "read" for r in a.requests[before:]), "a read")
        self.assertTrue(client.end())
        self.assertNotIn("next try", client.err)
        return client

    def turned_down(self, says, *options, url=None):
        """A client that says so, sends nothing, and is ended."""
        before = len(self.agent.requests)
        client = self.tail("--json", *options, url=url)
        self.wait_refused(client, says)
        self.assertTrue(client.end())
        self.assertEqual(len(self.agent.requests), before, "it said something to whom it distrusts")
        return client

    def mended(self, says, *options, times=1, silent=0, settings=None, **fault):
        """A feed is followed; connections are lost, and for so many times the next handshake goes
        wrong. The client says so, but for the first `silent` more, after which it tries again at
        once: it may have been the session that it offered. Nothing is sent, and nothing is lost."""
        agent, client = self.follow(*options, **(settings or {}))
        self.deliver(client, message(1))
        agent.fault(on="connect", times=silent + times, **fault)
        agent.drop_connections()
        agent.push(message(2))
        self.wait_refused(client, f"read: .*{says}", times)
        self.wait_acknowledged([message(2)])
        self.wait_reading()
        self.deliver(client, message(3))
        self.assert_printed(client, messages(3, 1))
        self.assertEqual(len(agent.requests_of("create")), 1, "the feed is still the same")
        times += silent
        spoke = [connection.requests > 0 for connection in agent.connections]
        self.assertEqual(spoke[-2 - times:], [True] + [False] * times + [True])
        return agent, client

    def again(self, client, times=1):
        """The connection is lost as soon as an event is acknowledged, and made anew without a wait;
        another event comes through it. All are of the same size."""
        for _ in range(times):
            before = len(self.agent.connections)
            self.agent.fault(on="read", close_before=True)
            for number in (2 * before, 2 * before + 1):
                self.deliver(client, padded(600, number))
                self.wait_reading()
            self.assertGreater(len(self.agent.connections), before)
        self.assertNotIn("next try", client.err)


class Handshakes(TlsTest):
    """Each failure has words of its own, and passes."""

    def test_wrong_name(self):
        self.mended(OTHER_NAME + "localhost, ", tls="certificate:wrong-name")

    def test_unknown_authority(self):
        self.mended(UNKNOWN, tls="certificate:unknown-authority")

    def test_expired(self):
        self.mended(REFUSED + "it has expired", tls="certificate:expired", times=2)

    def test_not_yet_valid(self):
        self.mended(REFUSED + "it is not yet valid", tls="certificate:not-yet-valid")

    def test_all_that_is_wrong_is_said_at_once(self):
        stranger = self.issue("stranger", "/CN=stranger", "subjectAltName=DNS:elsewhere.example",
                              in_folder("other-root.pem"))
        agent = self.start_agent(certificates={"stranger": stranger})
        agent.fault(on="connect", tls="certificate:stranger")
        client = self.tail("--json", "--pin", certificates.pin(in_folder("good.pem")))
        self.wait_error(client, f"list: {OTHER_NAME}localhost, and it is signed by an unknown "
                        "authority, and pin mismatch: ")
        self.wait_reading()
        self.deliver(client, message(1))

    def test_a_certificate_that_is_not_for_servers(self):
        client = self.issue("client", "/CN=localhost", "subjectAltName=DNS:localhost\n"
                            "extendedKeyUsage=clientAuth", in_folder("ec-root.pem"))
        self.mended(REFUSED + "it is not issued for a server", tls="certificate:client",
                    settings={"certificates": {"client": client}})

    def test_a_clock_that_is_not_set_is_named_and_the_feed_goes_on_once_it_is(self):
        """A device without a battery wakes up in 1970, where no certificate is valid yet."""
        if is_sanitized() or not libfaketime():
            self.skipTest("needs libfaketime, which sanitizers do not let in")
        self.start_agent()
        clock = self.path("clock", "@1970-01-01 00:10:00")
        client = self.tail("--json", LD_PRELOAD=libfaketime(), FAKETIME_TIMESTAMP_FILE=clock,
                           FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.wait_error(client, "list: .*the clock is not set.*next try in", 2)
        self.assertNotIn("not yet valid", client.err)
        self.path("clock", "+0")
        self.wait_reading()
        self.deliver(client, message(1))

    def test_nothing_is_sent_to_whom_is_not_trusted(self):
        agent = self.start_agent()
        agent.fault(on="connect", tls="certificate:unknown-authority", times=-1)
        client = self.tail()
        self.wait_error(client, "unknown authority", 2)
        self.assertEqual(agent.requests, [])

    def test_garbage_instead_of_tls(self):
        self.mended("TLS handshake: ", tls="garbage", silent=1)

    def test_hang_up_within_the_handshake(self):
        self.mended("TLS handshake: the server hung up", tls="close_in_handshake", silent=1)

    def test_reset_as_soon_as_the_connection_is_made(self):
        self.mended("connection reset by the peer", reset=True, silent=1)

    def test_alert_within_the_handshake(self):
        self.mended(NOTHING_IN_COMMON + r" \(alert 40\)", tls="alert", silent=1)

    def test_close_notify_is_sent_at_the_end(self):
        agent, client = self.follow()
        client.end()
        self.wait_agent(lambda a: a.connections[0].closed, "the end of the connection")
        self.assertTrue(agent.connections[0].clean_close)

    def test_http_needs_a_word_of_consent(self):
        agent = self.start_agent(tls=False)
        done = run("tail", "--agent", agent.url, "--session-token-file", self.token_file(),
                   "--ca", certificates.ca_path(certificate_folder()))
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, rb"--insecure-http")
        client = self.tail("--json")
        self.wait_reading()
        self.deliver(client, message(1))


class OpensslServer:
    """An `openssl s_server` that tells its messages; what it prints is in `text`. Stopped, it
    leaves its port to whom the test wishes."""

    def __init__(self, test, *options):
        self.text, self._changed, place = "", threading.Condition(), Place()
        test.addCleanup(place.close)
        self.port = place.port
        self._process = subprocess.Popen(
            ("openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert",
             in_folder("good.pem"), "-key", in_folder("good.key"), "-msg", *options),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._gather, daemon=True)
        self._reader.start()
        test.addCleanup(self.stop)
        test.assertTrue(self.wait_for("ACCEPT"), self.text)

    def _gather(self):
        for data in iter(lambda: os.read(self._process.stdout.fileno(), 65536), b""):
            with self._changed:
                self.text += data.decode("utf-8", "replace")
                self._changed.notify_all()

    def wait_for(self, pattern):
        with self._changed:
            return self._changed.wait_for(lambda: re.search(pattern, self.text), PATIENCE)

    def command(self, text):
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE)
        self._process.stdin.close()
        self._process.stdout.close()


class Protocol(TlsTest):
    """Versions, suites and extensions."""

    TOKEN = "a-session-token-that-both-know"

    def client_of(self, server):
        return self.start("tail", "--json", "--agent", f"https://localhost:{server.port}",
                          "--session-token-file", self.path("token", self.TOKEN),
                          "--ca", certificates.ca_path(certificate_folder()))

    def take_over(self, server, client):
        """The Agent comes to where the other server was, and the client goes on."""
        server.stop()
        self.start_agent(port=server.port, session_token=self.TOKEN)
        self.wait_reading()
        self.deliver(client, message(1))

    def test_tls_1_1_only(self):
        server = OpensslServer(self, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0")
        client = self.client_of(server)
        self.wait_refused(client, "list: TLS handshake: " + NOTHING_IN_COMMON, 2)
        self.take_over(server, client)

    @unittest.skipIf(HAS_TLS_1_3, "this TLS library has TLS 1.3")
    def test_tls_1_3_only_and_a_client_that_does_not_have_it(self):
        self.mended(NOTHING_IN_COMMON + r" \(alert 70\)", tls_version="1.3", times=2, silent=1)

    @unittest.skipUnless(HAS_TLS_1_3, "this TLS library has no TLS 1.3")
    def test_tls_1_3_only(self):
        agent, client = self.follow(tls_minimum="1.3")
        self.deliver(client, message(1))
        self.assertEqual(agent.connections[0].tls_version, "TLSv1.3")
        self.again(client)
        self.deliver(client, message(2))

    def test_no_cipher_in_common(self):
        self.mended(NOTHING_IN_COMMON + r" \(alert 40\)", tls="certificate:good-rsa",
                    silent=1, settings={"ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256", "tls_maximum": "1.2",
                                        "certificates": made("rsa")})

    def test_tls_1_2_only_and_its_documented_suites(self):
        for suite in ("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"):
            with self.subTest(suite=suite):
                agent, client = self.follow(certificate="good-rsa", tls_maximum="1.2",
                                            ciphers=suite)
                self.deliver(client, message(1))
                # The last: with Mbed TLS 3.6.6 and 4.1.0 the first one fails, see port/tls/tls.c.
                self.assertNotIn("next try", client.err)
                connection = agent.connections[-1]
                self.assertEqual((connection.tls_version, connection.cipher), ("TLSv1.2", suite))

    @unittest.skipUnless("TLS records of" in run("version").stdout.decode(), "not of our choice")
    def test_the_suite_that_the_processor_is_best_at_comes_first(self):
        """A server that leaves the choice to the client takes AES where there are instructions for
        it, which x86-64 and aarch64 have, and ChaCha20 elsewhere."""
        with open(SYMFEED, "rb") as program:
            machine = set(program.read(20)[18:])
        fast = machine in ({62, 0}, {183, 0}) or "no ChaCha20-Poly1305" in features()
        server = OpensslServer(self, "-tls1_2")
        self.client_of(server)
        self.assertTrue(server.wait_for("CIPHER is "), server.text)
        self.assertIn("AES256-GCM" if fast else "CHACHA20", re.search("CIPHER is (.+)", server.text)[1])

    def with_one_thing_alone(self, name, *arguments):
        """A server that has nothing but what `name` stands for in `symfeed version`."""
        server = OpensslServer(self, "-tls1_2", *arguments)
        client = self.client_of(server)
        if f"no {name}" in features():
            self.wait_refused(client, f"list: TLS handshake: {NOTHING_IN_COMMON}", 2)
            self.take_over(server, client)
        else:
            self.assertTrue(server.wait_for("CIPHER is "), server.text)

    def test_chacha20_only(self):
        self.with_one_thing_alone("ChaCha20-Poly1305", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305")

    def test_x25519_only(self):
        self.with_one_thing_alone("X25519", "-groups", "X25519")

    def test_the_newest_version_that_both_have_is_taken(self):
        agent, _ = self.follow()
        self.assertEqual(agent.connections[0].tls_version, f"TLSv{VERSIONS[-1]}")

    def test_the_server_is_told_the_name_but_no_address(self):
        agent = self.start_agent()
        self.reach()
        self.reach(url=agent.url_for("127.0.0.1"))
        self.assertEqual([c.server_name for c in agent.connections], ["localhost", None])

    def test_http_1_1_is_what_it_speaks(self):
        """Also with a server that knows of no protocols, or not of this one."""
        for offered, chosen in ((("h2", "http/1.1"), "http/1.1"), ((), None), (("h2",), None)):
            with self.subTest(offered=offered):
                agent = self.start_agent(alpn=offered)
                self.reach()
                self.assertEqual(agent.connections[0].alpn, chosen)

    def test_renegotiation_is_refused(self):
        server = OpensslServer(self, "-tls1_2")
        client = self.client_of(server)
        self.assertTrue(server.wait_for(r"GET /agent/v5/datafeeds"), server.text)
        server.command(b"r\n")
        self.assertTrue(server.wait_for("no_renegotiation"), server.text)
        self.assertEqual(server.text.count("ClientHello"), 1, server.text)
        self.take_over(server, client)


class SingleCalls(WithServers, TlsTest):
    """Servers that the first handshake may fail with: nobody makes a second call."""

    def calls(self, url):
        access = ["--agent", url, "--session-token-file", self.token_file(), "--ca",
                  certificates.ca_path(certificate_folder())]
        feed = self.agent.create_feed()
        for command in (("list",), ("create",), ("health",), ("info",), ("delete", feed.id)):
            with self.subTest(command, url=url):
                done = run(*command, *access)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn(b"TLS", done.stderr)

    def test_a_server_of_tls_1_2_that_picks_rsa_pss(self):
        """Mbed TLS 3.6.6 and 4.1.0 with TLS 1.3 on fail with it first, see port/tls/tls.c."""
        self.start_agent(certificate="good-rsa", tls_maximum="1.2")
        self.calls(self.agent.url)

    def test_nginx_with_tls_1_2_and_an_rsa_key(self):
        server = Nginx(self, self.start_agent(tls=False), certificate="good-rsa")
        server.start(["ssl_protocols TLSv1.2;"])
        self.calls(server.url)

    def test_signing_in_at_hosts_that_pick_rsa_pss(self):
        agent = self.start_agent(certificate="good-rsa", tls_maximum="1.2", separate_hosts=True,
                                 users={BOT: made("keys")["rsa2048-public"]})
        done = run("list", *self.by_key())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"TLS", done.stderr)
        self.assertEqual({c.host for c in agent.connections if c.requests},
                         {"pod", "key_manager", "agent"})


class Flood(threading.Thread):
    """A listener that answers whoever comes with TLS warning alerts, without an end."""

    ALERTS = b"\x15\x03\x03\x00\x02\x01\x70" * 4096  # warning: unrecognized_name

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.flooded = self.listener.getsockname()[1], threading.Event()
        self.start()

    def run(self):
        with self.listener, self.listener.accept()[0] as connection:
            try:
                for _ in range(64):
                    connection.sendall(self.ALERTS)
                self.flooded.set()  # much more has been read than buffers hold
                while True:
                    connection.sendall(self.ALERTS)
            except OSError:
                pass  # the client has hung up


class Floods(TlsTest):

    def test_a_peer_that_never_stops_talking_does_not_keep_it_from_stopping(self):
        """mbedTLS goes on from a warning to the next by itself."""
        flood = Flood()
        self.start_agent()
        client = self.tail("--json", url=f"https://localhost:{flood.port}")
        self.assertTrue(flood.flooded.wait(PATIENCE), "it does not read")
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        flood.join(PATIENCE)


class Names(TlsTest):
    """The name that is asked for, and those in the certificate."""

    def test_names_are_found_among_names_and_addresses_among_addresses(self):
        self.start_agent(certificates=known("names"))
        for shown, host, is_good in (
                ("good", "localhost", True), ("good", "127.0.0.1", True),
                ("localhost-only", "localhost", True), ("localhost-only", "127.0.0.1", False),
                ("address-only", "127.0.0.1", True), ("address-only", "localhost", False),
                ("wrong-name", "127.0.0.1", False)):
            with self.subTest(shown=shown, host=host):
                self.agent.clear_faults()
                self.agent.fault(on="connect", times=-1, tls=f"certificate:{shown}")
                url = self.agent.url_for(host)
                if is_good:
                    self.reach(url=url)
                else:
                    self.turned_down(OTHER_NAME + re.escape(host), url=url)

    def test_by_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("this machine has no IPv6")
        agent = self.start_agent(host="::1", certificates=known("names"))
        self.reach(url=agent.url_for("::1"))
        agent.fault(on="connect", times=-1, tls="certificate:address-only")
        self.turned_down(OTHER_NAME + "::1", url=agent.url_for("::1"))
        self.assertIsNone(agent.connections[0].server_name)

    def shown_as(self, host, subject, names, says=None):
        """A client asks for `host`, which only a proxy can find, and is shown a certificate of that
        subject and names. It is turned down with `says`, or gets through."""
        number = len(self.agents)
        shown = self.issue(f"shown-{number}", subject, f"subjectAltName={names}" if names else "",
                           in_folder("ec-root.pem"))
        agent = self.start_agent("shown", server_name=host, certificates={"shown": shown})
        with Proxy(routes={f"{host}:{agent.port}": ("127.0.0.1", agent.port)}) as proxy:
            if says is None:
                self.reach("--proxy", proxy.url)
            else:
                self.turned_down(says, "--proxy", proxy.url)
            self.assertEqual(proxy.breaches, [])
        return agent

    def test_how_names_match(self):
        host = "agent.feeds.example"
        for names, is_good in (
                ("DNS:agent.feeds.example", True), ("DNS:AGENT.Feeds.example", True),
                ("DNS:a.example,DNS:agent.feeds.example", True),
                ("DNS:*.feeds.example", True), ("DNS:*.example", False),
                ("DNS:*.agent.feeds.example", False), ("DNS:a*.feeds.example", False),
                ("DNS:feeds.example", False), ("DNS:agent.feeds.example.com", False),
                ("email:agent.feeds.example@a,URI:https://agent.feeds.example", False)):
            with self.subTest(names=names):
                self.shown_as(host, "/CN=nobody", names,
                              None if is_good else OTHER_NAME + host)

    def test_the_common_name_does_not_count_where_there_are_other_names(self):
        self.shown_as("agent.feeds.example", "/CN=agent.feeds.example", "DNS:elsewhere.example",
                      OTHER_NAME + "agent.feeds.example")

    def test_the_common_name_counts_where_it_is_the_only_one(self):
        """As mbedTLS has it; others have given that up."""
        self.shown_as("agent.feeds.example", "/CN=agent.feeds.example", "")
        self.shown_as("agent.feeds.example", "/CN=elsewhere.example", "",
                      OTHER_NAME + "agent.feeds.example")

    def test_an_address_is_not_found_among_names(self):
        says = OTHER_NAME + "127.0.0.1"
        self.shown_as("127.0.0.1", "/CN=127.0.0.1", "", says)
        self.shown_as("127.0.0.1", "/CN=127.0.0.1", "DNS:127.0.0.1", says)
        self.shown_as("127.0.0.1", "/CN=127.0.0.1", "DNS:*.0.0.1,IP:127.0.0.2", says)

    def test_the_dot_at_the_end_of_a_name_is_not_in_certificates(self):
        agent = self.shown_as("agent.feeds.example.", "/CN=nobody", "DNS:agent.feeds.example")
        self.assertEqual(agent.connections[0].server_name, "agent.feeds.example")


class Authorities(TlsTest):
    """--ca: a file as systems have it, as people make it, and as it changes."""

    def setUp(self):
        super().setUp()
        self.ours = read(certificates.ca_path(certificate_folder()))
        self.strangers = read(made("bundle")["strangers"])

    def amid(self, text, count=70):
        """The strangers, with that text after so many of them."""
        blocks = BLOCK.findall(self.strangers)
        return "".join(blocks[:count]) + text + "".join(blocks[count:])

    def test_the_authority_may_stand_anywhere_in_a_bundle_of_200_kb(self):
        bundle, root = read(made("bundle")["bundle"]), read(in_folder("ec-root.pem"))
        self.assertGreater(len(bundle), 200_000)
        self.assertGreater(len(BLOCK.findall(bundle)), 140)
        self.start_agent()
        for where, text in (
                ("middle", bundle),
                ("beginning", root + self.strangers),
                ("end", self.strangers + root),
                ("end, without a line end", (self.strangers + root).rstrip("\n")),
                ("lines end with CRLF", bundle.replace("\n", "\r\n")),
                ("CRLF, without one at the end",
                 (self.strangers + root).rstrip("\n").replace("\n", "\r\n"))):
            with self.subTest(where):
                path = self.path("bundle.pem")
                with open(path, "w", encoding="utf-8", newline="") as file:
                    file.write(text)
                self.reach("--ca", path)

    def test_what_else_may_be_in_a_bundle(self):
        some = BLOCK.findall(self.strangers)
        long_one, _ = self.issue("long", "/CN=long", ROOT + "nsComment=" + "x" * 5000)
        trusted = some[2].replace("CERTIFICATE", "TRUSTED CERTIFICATE")
        self.start_agent()
        for what, text in (
                ("comments", "# a comment\n" + "## " + "long " * 20_000 + "\n--- a rule\n-----\n"
                             + "-----END CERTIFICATE-----\n"),
                ("what openssl x509 -text prints", "Certificate:\n    Data:\n        Version: 3\n"
                                                   "        Serial Number:\n  77:01:aa\n"),
                ("one that is commented out", "".join(f"# {line}\n" for line in
                                                       some[0].splitlines())),
                ("bytes that are no text", "\0\x01\uffff\n"),
                ("a byte order mark", "\ufeff"),
                ("base64 of no certificate", "-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n"
                                             "-----END CERTIFICATE-----\n"),
                ("no base64", "-----BEGIN CERTIFICATE-----\n*** not for you ***\n"
                              "-----END CERTIFICATE-----\n"),
                ("nothing", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
                ("half of one", some[0][:len(some[0]) // 2] + "\n-----END CERTIFICATE-----\n"),
                ("one without an end",
                 some[0].replace("-----END CERTIFICATE-----\n", "") + some[1]),
                ("one that is too long", read(long_one)),
                ("one on a single line", "-----BEGIN CERTIFICATE-----\n"
                 + "".join(some[0].split("\n")[1:-2]) + "\n-----END CERTIFICATE-----\n"),
                ("of OpenSSL's own kind", trusted),
                ("a key", read(in_folder("other-root.key"))),
                ("the same twice", self.ours)):
            with self.subTest(what):
                self.reach("--ca", self.ca(self.amid(text, 3) + text + self.ours))

    def test_an_authority_whose_first_line_is_commented_out_is_not_trusted(self):
        self.start_agent()
        self.turned_down(UNKNOWN, "--ca", self.ca(self.strangers + self.ours.replace(
            "-----BEGIN", "# distrusted -----BEGIN")))

    def test_an_authority_without_an_end_does_not_take_the_next_with_it(self):
        self.start_agent()
        broken = BLOCK.findall(self.strangers)[0].replace("-----END CERTIFICATE-----\n", "")
        self.reach("--ca", self.ca(self.amid(broken + self.ours)))

    def test_authorities_of_the_same_name(self):
        """Only the keys tell which is which; after a change of keys both are around for years."""
        roots = [self.issue(f"twin-{n}", "/O=symfeed/CN=twin", ROOT)[0] for n in (1, 2)]
        for n, root in enumerate(roots):
            shown = self.issue(f"by-{n}", "/CN=by", "subjectAltName=DNS:localhost", root)
            agent = self.start_agent("by", certificates={"by": shown})
            for order in (roots, roots[::-1]):
                self.reach("--ca", self.ca(self.amid("".join(map(read, order)))))
            self.assertEqual(len(agent.connections), 2)
            other = roots[1 - n]
            self.turned_down(UNKNOWN, "--ca", self.ca(self.amid(read(other))))

    def test_authorities_whose_names_differ_in_part(self):
        """One that is the beginning of the other, and one that has it in another place."""
        root, _ = self.issue("short", "/CN=authority", ROOT)
        others = [self.issue(f"other-{n}", subject, ROOT)[0] for n, subject in enumerate(
            ("/O=more/CN=authority", "/CN=authority/OU=more", "/CN=authority2", "/O=authority"))]
        shown = self.issue("by", "/CN=by", "subjectAltName=DNS:localhost", root)
        self.start_agent("by", certificates={"by": shown})
        self.reach("--ca", self.ca(self.amid("".join(map(read, [*others, root])))))
        self.turned_down(UNKNOWN, "--ca", self.ca(self.amid("".join(map(read, others)))))

    def test_an_authority_whose_name_is_written_in_another_kind_of_string(self):
        """The same letters and the same key, as when an authority was renewed by newer software."""
        root, key = self.issue("newer", "/O=symfeed/CN=authority", ROOT)
        older, settings = self.path("older.pem"), self.path(
            "older.cnf", SETTINGS.replace("[req]", "[req]\nstring_mask = nombstr") + ROOT)
        openssl("req", "-new", "-x509", "-key", key, "-config", settings, "-extensions", "made",
                "-subj", "/O=symfeed/CN=authority", "-days", "30", "-out", older)
        subjects = [subprocess.run(
            ("openssl", "x509", "-in", path, "-noout", "-subject", "-nameopt", "multiline,show_type"),
            capture_output=True, text=True, check=True).stdout for path in (root, older)]
        self.assertIn("UTF8STRING", subjects[0])
        self.assertIn("PRINTABLESTRING", subjects[1])
        shown = self.issue("by", "/CN=by", "subjectAltName=DNS:localhost", root)
        self.start_agent("by", certificates={"by": shown})
        self.reach("--ca", self.ca(self.amid(read(older))))

    def test_more_authorities_than_are_kept(self):
        """A server that shows another certificate each time: those that were needed once make place
        for others, and come back."""
        servers, text = {}, ""
        for number in range(10):
            root, _ = self.issue(f"root-{number}", f"/CN=root {number}", ROOT)
            servers[f"by-{number}"] = self.issue(f"by-{number}", "/CN=by",
                                                 "subjectAltName=DNS:localhost", root)
            text += read(root)
        agent, client = self.follow("--ca", self.ca(self.amid(text) + self.ours),
                                    certificates=servers)
        for name in (*servers, *servers):
            agent.fault(on="connect", tls=f"certificate:{name}")
        self.again(client, len(agent.faults))

    def test_an_authority_that_is_too_long_is_not_known(self):
        root, _ = self.issue("long", "/CN=long", ROOT + "nsComment=" + "x" * 5000)
        shown = self.issue("by", "/CN=by", "subjectAltName=DNS:localhost", root)
        self.start_agent("by", certificates={"by": shown})
        self.turned_down(UNKNOWN, "--ca", self.ca(self.ours + read(root)))

    def test_an_impostor_with_the_authoritys_name_is_turned_down(self):
        subject = "/CN=symfeed test ec-root"
        root, _ = self.issue("impostor", subject, ROOT)
        shown = self.issue("by", "/CN=by", "subjectAltName=DNS:localhost", root)
        agent = self.start_agent(certificates={"by": shown})
        self.reach()
        agent.fault(on="connect", times=-1, tls="certificate:by")
        self.turned_down(UNKNOWN)

    def test_a_root_that_is_missing_and_comes(self):
        """Authorities are replaced on a device that nobody restarts."""
        agent = self.start_agent()
        client = self.tail("--json", "--ca", self.ca(self.strangers))
        self.wait_refused(client, "list: " + UNKNOWN, 2)
        self.ca(self.amid(self.ours))
        self.wait_reading()
        self.deliver(client, message(1))
        self.assertEqual(agent.requests[0].connection, len(agent.connections))

    def test_a_root_that_is_withdrawn_and_comes_back(self):
        """A session that is good for resuming does not stand for an authority that is gone."""
        path = self.ca(self.amid(self.ours))
        agent, client = self.follow("--ca", path)
        self.deliver(client, message(1))
        self.ca(self.strangers)
        self.assertEqual(self.stats(client)["connects"], 1, "connections in use are left alone")
        agent.drop_connections()
        agent.push(message(2))
        self.wait_refused(client, "read: " + UNKNOWN)
        self.ca(self.amid(self.ours))
        self.wait_acknowledged([message(2)])
        self.wait_reading()
        self.deliver(client, message(3))
        self.assert_printed(client, messages(3, 1))

    def test_a_bundle_that_is_removed_and_comes_back(self):
        path = self.ca(self.amid(self.ours))
        agent, client = self.follow("--ca", path)
        self.deliver(client, message(1))
        os.remove(path)
        agent.drop_connections()
        agent.push(message(2))
        self.wait_refused(client, f"read: {REFUSED}CA file {re.escape(path)} cannot be read: there "
                          "is no such file")
        self.ca(self.amid(self.ours))
        self.wait_acknowledged([message(2)])
        self.wait_reading()
        self.deliver(client, message(3))
        self.assert_printed(client, messages(3, 1))

    def test_an_intermediate_is_authority_enough(self):
        """The file says whom to trust: mbedTLS asks for no root above it."""
        chain, _ = made("chains")["good-ec-chain"]
        intermediate = BLOCK.findall(read(chain))[1]
        self.start_agent("good-ec-chain", certificates=known("chains"))
        self.reach("--ca", self.ca(self.amid(intermediate)))

    def test_a_chain_with_an_intermediate_and_rsa(self):
        for name in ("good-ec-chain", "good-rsa"):
            with self.subTest(name):
                agent, client = self.follow(certificate=name, certificates=known("chains"))
                self.deliver(client, message(1))
                self.assertEqual(agent.connections[-1].server_name, "localhost")

    def test_a_chain_without_its_intermediate(self):
        chain, key = made("chains")["good-ec-chain"]
        leaf = self.path("leaf.pem", BLOCK.findall(read(chain))[0])
        self.mended(UNKNOWN, tls="certificate:leaf", settings={
            "certificate": "good-ec-chain",
            "certificates": {**known("chains"), "leaf": (leaf, key)}})

    def test_a_chain_whose_intermediate_is_in_the_bundle(self):
        chain, key = made("chains")["good-ec-chain"]
        leaf, intermediate = BLOCK.findall(read(chain))
        self.start_agent("leaf", certificates={"leaf": (self.path("leaf.pem", leaf), key)})
        self.reach("--ca", self.ca(self.amid(intermediate) + self.ours))

    def test_a_chain_whose_intermediate_has_expired(self):
        if not libfaketime():
            self.skipTest("needs libfaketime to make one")
        old, _ = self.issue("old", "/CN=old", ROOT, in_folder("ec-root.pem"),
                            LD_PRELOAD=libfaketime(), FAKETIME="2021-01-01 00:00:00")
        shown = self.issue("by", "/CN=by", "subjectAltName=DNS:localhost", old)
        chain = self.path("chain.pem", read(shown[0]) + read(old))
        self.mended(REFUSED + "it has expired", tls="certificate:chain",
                    settings={"certificates": {"chain": (chain, shown[1])}})

    def test_a_chain_with_certificates_that_do_not_belong_there(self):
        chain, key = made("chains")["good-ec-chain"]
        leaf, intermediate = BLOCK.findall(read(chain))
        some = BLOCK.findall(self.strangers)
        for what, sent in (("strangers", [leaf, some[1], intermediate, some[2]]),
                           ("its root", [leaf, intermediate, *BLOCK.findall(self.ours)])):
            with self.subTest(what):
                path = self.path("chain.pem", "".join(sent))
                self.start_agent("chain", certificates={"chain": (path, key)})
                self.reach("--ca", self.ca(self.amid(self.ours)))

    def test_a_root_that_only_the_server_brings(self):
        chain, key = read(in_folder("unknown-authority.pem")), in_folder("unknown-authority.key")
        path = self.path("chain.pem", chain + read(in_folder("other-root.pem")))
        self.start_agent("chain", certificates={"chain": (path, key)})
        self.turned_down(UNKNOWN)

    def test_a_leaf_is_no_authority(self):
        """Whoever has a certificate of a trusted authority could make any other."""
        shown = self.issue("by", "/CN=by", "subjectAltName=DNS:localhost", in_folder("good.pem"))
        chain = self.path("chain.pem", read(shown[0]) + read(in_folder("good.pem")))
        self.start_agent("chain", certificates={"chain": (chain, shown[1])})
        self.turned_down(UNKNOWN)

    def test_a_certificate_that_signed_itself(self):
        """Where it is in the file itself, it is good; no other of the same name is."""
        one, other = (self.issue(name, "/CN=localhost", "subjectAltName=DNS:localhost")
                      for name in ("one", "other"))
        self.start_agent("one", certificates={"one": one})
        self.turned_down(UNKNOWN)
        self.turned_down(UNKNOWN, "--ca", self.ca(read(other[0])))
        self.reach("--ca", self.ca(self.amid(read(one[0]))))

    def test_the_systems_authorities_do_not_vouch_for_a_test_agent(self):
        agent = self.start_agent()
        client = self.start("tail", "--agent", agent.url, "--session-token-file",
                            self.token_file())
        self.wait_client(client, lambda c: c.status == 2 or "next try" in c.err, "a refusal")
        self.assertEqual(agent.requests, [])
        self.assertRegex(client.err, UNKNOWN + ".*next try" if client.status is None
                         else "no CA bundle")
        client.end()
        client.seen_to_end = True  # 2 where the system has no authorities at all

    @unittest.skipIf(is_sanitized(), "sanitizers have memory of their own")
    def test_a_large_bundle_takes_no_more_memory_than_one_root(self):
        self.start_agent()
        bundle = made("bundle")["bundle"]
        # One of RSA before it: the pages of the library's code for these count as well.
        one = self.ca(BLOCK.findall(self.strangers)[0] + read(in_folder("ec-root.pem")))
        peaks = {path: min(self.peak_of("--ca", path) for _ in range(6)) for path in (one, bundle)}
        # Parsed as a whole it would be 450 and more. Of the process, pages of the program itself come by
        # the dozen, so that the level of the arena is asked for if there is one.
        self.assertLess(peaks[bundle] - peaks[one], 2 if peaks[one] < 100 else 200, f"KiB: {peaks}")

    def peak_of(self, *options):
        """KiB at most, of the arena or of the whole process."""
        client = self.tail("--stats", *options)
        self.wait_reading()
        self.agent.push(message(1))
        self.wait_lines(client, 1)
        peak = client.peak_memory()
        self.assertTrue(client.end())
        self.agent.expire_feeds()
        arena = json.loads(re.search(r"^\{.*\}$", client.err, re.M)[0])["heap_peak"]
        return arena / 1024 if arena else peak


class Pins(TlsTest):
    """--pin: the server's key, besides all else."""

    def pins(self, *names):
        """The options that pin those certificates' keys."""
        return [part for name in names
                for part in ("--pin", certificates.pin(in_folder(f"{name}.pem")))]

    def test_the_key_that_is_pinned(self):
        made("rsa")
        agent = self.start_agent()
        self.reach(*self.pins("good"))
        self.reach("--pin", "sha256//" + self.pins("good")[1])
        self.reach(*self.pins("ec-root", "rsa-root", "good", "expired"))
        self.reach(*self.pins("good") * 8)
        self.assertEqual(len(agent.connections), 4)

    def test_another_key_than_the_pinned(self):
        self.mended(REFUSED + "pin mismatch: the server's key is sha256//"
                    + re.escape(self.pins("localhost-only")[1]) + ", ",
                    *self.pins("good", "expired"), tls="certificate:localhost-only",
                    times=2)

    def test_the_key_of_an_authority_is_not_the_servers(self):
        self.start_agent("good-ec-chain", certificates=known("chains"))
        self.turned_down("pin mismatch", *self.pins("ec-root", "ec-intermediate"))
        self.reach(*self.pins("good-ec-chain"))

    def test_a_pin_stands_for_nothing_else(self):
        """The right key does not make up for the wrong name, or an authority that is not known."""
        agent = self.start_agent()
        for name, says in (("wrong-name", OTHER_NAME), ("unknown-authority", UNKNOWN),
                           ("expired", REFUSED + "it has expired")):
            agent.clear_faults()
            agent.fault(on="connect", times=-1, tls=f"certificate:{name}")
            client = self.turned_down(says, *self.pins(name))
            self.assertNotIn("pin", client.err)

    def test_a_pin_that_is_none(self):
        self.start_agent()
        good = self.pins("good")[1]
        for pin in ("", "x", good[:-1], good[:-2] + "==", good + "=", good + good, good[:-1] + "\n",
                    "*" + good[1:], "sha1//" + good, "sha256/" + good, "sha256//", good + " ",
                    " " + good[1:], 64 * "e"):
            with self.subTest(pin=pin):
                done = run("tail", *self.access(), "--pin", pin)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, rb"(?s)\Asymfeed: --pin: .*44 characters[^\n]*\n\Z")
        self.assertEqual(self.agent.connections, [])

    def test_too_many_pins(self):
        self.start_agent()
        done = run("tail", *self.access(), *self.pins("good") * 9)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, rb"\Asymfeed: --pin: give at most 8\n\Z")

    def test_a_session_stands_for_the_key_it_was_made_with(self):
        """A server that changes its key and still knows its tickets: the session is resumed, which
        proves that it is the same server, and the key is looked at when a new one is made."""
        for version in VERSIONS:
            with self.subTest(version=version):
                agent, client = self.follow(*self.pins("good"), tls_maximum=version)
                self.deliver(client, message(1))
                # What no setting of the Agent does: its context goes on, with another key.
                context = agent._tls.context("")  # pylint: disable=protected-access
                context.load_cert_chain(*made("names")["localhost-only"])
                self.again(client)
                self.deliver(client, message(2))
                self.assertEqual([c.resumed for c in agent.connections], [False, True])
                agent.fault(on="connect", tls="certificate:localhost-only")
                agent.drop_connections()
                self.wait_refused(client, "read: .*pin mismatch")
                agent.forget_sessions()
                self.wait_reading()
                self.deliver(client, message(3))
                self.assertFalse(agent.connections[-1].resumed)
                self.assertEqual(len(agent.requests_of("create")), 1)

    def follow(self, *options, **settings):
        return super().follow(*options, certificates=known("names"), **settings)


class ClientCertificates(TlsTest):
    """Servers, or gateways before them, that want to know who comes; tokens come from files."""

    def start_agent(self, certificate="good", **settings):
        made("clients")
        return super().start_agent(
            certificate=certificate, client_ca=certificates.client_ca_path(certificate_folder()),
            **{"require_client_certificate": True, **settings})

    def shown(self, name):
        """The options that show this certificate."""
        certificate, key = made("clients")[name]
        self.note_key(key)
        return "--client-cert", certificate, "--client-key", key

    def test_it_is_shown_with_tokens_of_files(self):
        for version in VERSIONS:
            for name, subject in (("client-ec", "bot-ec"), ("client-rsa", "bot-rsa"),
                                  ("client-chain", "bot-chain")):
                with self.subTest(name, version=version):
                    agent, client = self.follow(*self.shown(name), tls_maximum=version)
                    self.deliver(client, message(1))
                    self.again(client)
                    self.deliver(client, message(2))
                    self.assertEqual([(c.client_subject, c.resumed) for c in agent.connections],
                                     [(subject, False), (subject, True)])
                    self.assertEqual({r.client_subject for r in agent.requests}, {subject})

    def test_its_key_may_be_in_the_same_file(self):
        certificate, key = made("clients")["client-chain"]
        agent = self.start_agent()
        for text in (read(certificate) + read(key), read(key) + read(certificate)):
            path = self.path("both.pem", text)
            os.chmod(path, 0o600)
            client = self.reach("--client-cert", path)
            self.assertNotIn("warning", client.err)
        self.assertEqual([c.client_subject for c in agent.connections], ["bot-chain"] * 2)

    def test_it_is_shown_to_nobody_who_does_not_ask(self):
        agent = self.start_agent(require_client_certificate=False)
        self.reach(*self.shown("client-ec"))
        self.assertIsNone(agent.connections[0].client_subject)

    def test_a_server_that_would_like_one_does_without(self):
        agent = self.start_agent(require_client_certificate="optional")
        self.reach()
        self.reach(*self.shown("client-ec"))
        self.assertEqual([c.client_subject for c in agent.connections], [None, "bot-ec"])

    def lost(self, says, *options, version, mend):
        """A feed is followed until the server wants another client certificate; then that is
        mended."""
        agent, client = self.follow(*options, tls_maximum=version,
                                    require_client_certificate=False)
        self.deliver(client, message(1))
        agent.require_client_certificate = True
        agent.drop_connections()
        agent.push(message(2))
        self.wait_refused(client, f"read: .*{says}", 2)
        mend(agent)
        self.wait_acknowledged([message(2)])
        self.wait_reading()
        self.deliver(client, message(3))
        self.assert_printed(client, messages(3, 1))
        self.assertEqual(len(agent.requests_of("create")), 1)
        return agent

    def test_the_server_wants_one_and_there_is_none(self):
        def mend(agent):
            agent.require_client_certificate = False

        for version, alert in zip(VERSIONS, (40, 116)):
            with self.subTest(version=version):
                self.lost(rf"the server wants a client certificate.* \(alert {alert}\)",
                          version=version, mend=mend)

    def test_the_server_refuses_it_and_it_is_replaced(self):
        for version in VERSIONS:
            for name, says in (
                    ("client-unknown", r"its authority is not known there \(alert 48\)"),
                    ("client-expired", r"it has expired \(alert 45\)")):
                with self.subTest(name, version=version):
                    files = self.path("client.pem"), self.path("client.key")
                    self.put(name, files)
                    agent = self.lost("the server refused the client certificate: " + says,
                                      "--client-cert", files[0], "--client-key", files[1],
                                      version=version,
                                      mend=lambda _, files=files: self.put("client-ec", files))
                    self.assertEqual(agent.connections[-1].client_subject, "bot-ec")

    def put(self, name, files):
        """Puts the pair in the place of those files, each at one stroke."""
        for source, target in zip(made("clients")[name], files):
            self.path("new", read(source))
            os.chmod(self.path("new"), 0o600)
            os.replace(self.path("new"), target)

    def test_another_one_is_another_session(self):
        """Who comes back as somebody else must not be taken for who was there before."""
        for version in VERSIONS:
            with self.subTest(version=version):
                files = self.path("client.pem"), self.path("client.key")
                self.put("client-ec", files)
                agent, client = self.follow("--client-cert", files[0], "--client-key", files[1],
                                            tls_maximum=version)
                self.again(client)
                self.put("client-rsa", files)
                self.again(client, 2)
                self.assertEqual([(c.client_subject, c.resumed) for c in agent.connections],
                                 [("bot-ec", False), ("bot-ec", True), ("bot-rsa", False),
                                  ("bot-rsa", True)])

    def test_files_that_are_missing_or_do_not_belong_together_for_a_while(self):
        files = self.path("client.pem"), self.path("client.key")
        self.put("client-ec", files)
        agent, client = self.follow("--client-cert", files[0], "--client-key", files[1])
        self.deliver(client, message(1))
        os.remove(files[1])
        agent.drop_connections()
        agent.push(message(2))
        self.wait_refused(client, f"read: client certificate's key file {re.escape(files[1])}: "
                          "there is no such file")
        self.put("client-rsa", (files[0], self.path("elsewhere")))
        self.path("client.key", read(made("clients")["client-ec"][1]))
        os.chmod(files[1], 0o600)
        self.wait_refused(client, "read: .*its key is not that of the certificate")
        self.put("client-rsa", files)
        self.wait_acknowledged([message(2)])
        self.wait_reading()
        self.deliver(client, message(3))
        self.assert_printed(client, messages(3, 1))
        self.assertEqual(agent.connections[-1].client_subject, "bot-rsa")


class Resumption(WithServers, TlsTest):
    """Sessions that are taken up again, as the server sees it, and as --stats counts it."""

    def resumed(self, agent, host="agent"):
        return [c.resumed for c in agent.connections if c.host == host]

    def test_connections_that_are_closed_or_lost_are_resumed(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                agent, client = self.follow("--stats", tls_maximum=version)
                self.deliver(client, message(1))
                agent.fault(on="read", connection="close", times=2)
                for number in (2, 3, 4, 5):
                    self.deliver(client, message(number))
                self.again(client)
                agent.fault(on="read", reset=True)
                self.deliver(client, message(6))
                self.deliver(client, message(7))
                self.assertEqual(self.resumed(agent), [False, True, True, True, True])
                self.assertEqual({c.tls_version for c in agent.connections}, {f"TLSv{version}"})
                client.end()
                self.wait_error(client, r'"connects":5,"resumed":4,')
                self.assertNotIn("next try", client.err)

    def test_resuming_takes_fewer_bytes(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                agent, client = self.follow(tls_maximum=version)
                self.again(client)
                agent.forget_sessions()
                self.again(client)
                self.deliver(client, padded(600))  # two events by each of the two connections
                client.end()
                self.wait_agent(lambda a: not a.open_connections, "the end")
                resumed, full = agent.connections[1:]
                if full.bytes_sent is None:
                    self.skipTest("this system does not count the bytes of a connection")
                self.assertEqual((resumed.resumed, full.resumed), (True, False))
                self.assertLess(resumed.bytes_sent, full.bytes_sent - 400)

    def test_a_server_without_tickets(self):
        """In TLS 1.2 a session that has ended in order may be resumed by its id all the same."""
        for version in VERSIONS:
            with self.subTest(version=version):
                agent, client = self.follow(session_tickets=False, tls_maximum=version)
                agent.fault(on="read", connection="close")
                for number in (1, 2, 3):
                    self.deliver(client, message(number))
                self.assertEqual(self.resumed(agent), [False, version == "1.2"])
                self.assertEqual(self.stats(client)["resumed"], version == "1.2")
                self.again(client)

    def test_a_server_that_has_forgotten_its_tickets(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                agent, client = self.follow(tls_maximum=version)
                for _ in range(2):
                    self.again(client)
                    agent.forget_sessions()
                    self.again(client)
                self.again(client)
                self.assertEqual(self.resumed(agent), [False, True, False, True, False, True])

    def test_a_server_that_changes_its_certificate(self):
        agent, client = self.follow(certificates=made("rsa"))
        agent.fault(on="connect", tls="certificate:good-rsa", times=2)
        self.again(client, 4)
        self.assertEqual(self.resumed(agent), [False, False, True, False, True])

    @unittest.skipUnless(HAS_TLS_1_3, "this TLS library has no TLS 1.3")
    def test_a_server_that_takes_the_other_version_only(self):
        """With a session Mbed TLS offers no version but the session's: that costs one handshake."""
        agent, client = self.follow()
        for version in ("1.2", "1.3"):
            agent.fault(on="connect", tls_version=version, times=3)
            self.again(client, 2)
        self.assertEqual([(c.tls_version, c.resumed) for c in agent.connections],
                         [("TLSv1.3", False), (None, None), ("TLSv1.2", False), ("TLSv1.2", True),
                          (None, None), ("TLSv1.3", False), ("TLSv1.3", True)])

    @unittest.skipUnless(HAS_TLS_1_3, "this TLS library has no TLS 1.3")
    def test_many_tickets_at_once(self):
        """They come before the first answer; the last one is good for resuming."""
        agent = self.start_agent()
        agent._tls.context("").num_tickets = 12  # pylint: disable=protected-access
        client = self.tail("--json")
        self.wait_reading()
        self.deliver(client, message(1))
        self.again(client)
        self.assertEqual(self.resumed(agent), [False, True])

    def test_a_handshake_that_fails_ends_a_session(self):
        """It might have been the session's fault."""
        agent, client = self.follow()
        agent.fault(on="connect", tls="close_in_handshake")
        self.again(client)
        self.assertEqual(self.resumed(agent), [False, None, False])
        agent.fault(on="read", connection="close")
        self.deliver(client, message(4))
        self.deliver(client, message(5))
        self.assertEqual(self.resumed(agent), [False, None, False, True])

    def behind_relay(self, version):
        """A client that reads through a Relay; both of them, and the Agent."""
        relay = Relay(self)
        agent = self.start_agent(host=Relay.HOST, port=relay.port, server_name="localhost",
                                 tls_maximum=version)
        client = self.tail("--json")
        self.wait_reading()
        self.deliver(client, message(1))
        return relay, agent, client

    def test_whoever_offers_a_session_is_reset(self):
        """The full handshake follows at once, also with a session made since."""
        for version in VERSIONS:
            with self.subTest(version=version):
                relay, agent, client = self.behind_relay(version)
                self.again(client)
                relay.mode = "reset"
                self.again(client, 3)
                self.assertEqual(relay.offered, [False, True] + [True, False] * 3)
                self.assertEqual(self.resumed(agent), [False, True, False, False, False])

    def test_whoever_resumes_a_session_is_reset_behind_the_handshake(self):
        """What is on the way may have seen too late that no certificate came: to the client the
        handshake is complete by then."""
        for version in VERSIONS:
            with self.subTest(version=version):
                relay, agent, client = self.behind_relay(version)
                relay.mode = "late"
                agent.drop_connections()
                self.wait_agent(lambda a: len(relay.offered) >= 3, "a third connection")
                self.wait_reading()
                self.deliver(client, message(2))
                self.assertEqual(relay.offered, [False, True, False])

    def test_whoever_offers_a_session_is_left_without_an_answer(self):
        """The handshake's timer ends it, once."""
        waiting = []
        for version in VERSIONS:
            relay, agent, client = self.behind_relay(version)
            relay.mode = "swallow"
            agent.fault(on="read", close_before=True)
            agent.push(message(2))
            waiting.append((version, relay, agent, client))
        for version, relay, agent, client in waiting:
            with self.subTest(version=version):
                late = "read: timed out in the TLS handshake, next try in 0"
                self.assertTrue(client.wait_for(lambda c: late in c.err, 90), client.err)
                self.wait_reading(agent)
                self.assertEqual(relay.offered, [False, True, False])
                self.assertEqual(client.err.count("next try"), 1)
                agent.push(message(3))
                self.wait_acknowledged(messages(2, 2), agent)

    def test_a_connection_that_is_refused_does_not(self):
        agent, client = self.follow()
        agent.fault(on="connect", refuse=-1)
        agent.drop_connections()
        self.wait_refused(client, "refused")
        agent.clear_faults()
        self.wait_reading()
        self.deliver(client, message(1))
        self.assertEqual(self.resumed(agent), [False, True])

    def test_each_host_has_a_session_of_its_own(self):
        """Pod, key manager and agent in turn, and all over again when the tokens have expired."""
        for version in VERSIONS:
            with self.subTest(version=version):
                agent = self.start_agent(separate_hosts=True, tls_maximum=version,
                                         users={BOT: made("keys")["rsa2048-public"]})
                client = self.start("tail", "--json", *self.by_key())
                self.wait_reading()
                self.deliver(client, message(1))
                for count in (2, 3):
                    agent.expire_tokens()
                    agent.push(message(count))
                    self.wait_requests("key", count)
                    self.wait_acknowledged([message(count)])
                    self.wait_reading()
                self.assert_printed(client, messages(3, 1))
                for host in ("pod", "key_manager", "agent"):
                    self.assertEqual(self.resumed(agent, host), [False, True, True], host)
                stats = self.stats(client)
                self.assertEqual((stats["connects"], stats["resumed"], stats["signins"]), (9, 6, 3))

    def test_a_session_is_not_carried_to_another_host(self):
        """Where pod and key manager show the same certificate, the sessions still are their own."""
        agent = self.start_agent(separate_hosts=True, session_tickets=False,
                                 users={BOT: made("keys")["rsa2048-public"]})
        client = self.start("tail", "--json", *self.by_key())
        self.wait_reading()
        self.deliver(client, message(1))
        self.assertEqual([c.resumed for c in agent.connections], [False] * 3)

    def test_tickets_that_the_server_renews(self):
        """Behind nginx, whose ticket key is another one after each restart while the one before is
        still taken: only whoever keeps the newest ticket is known each time."""
        for version in VERSIONS:
            with self.subTest(version=version):
                server = Nginx(self, self.start_agent(tls=False))
                keys = [server.path(f"ticket-key-{number}") for number in range(5)]
                for key in keys:
                    with open(key, "wb") as file:
                        file.write(os.urandom(80))
                client, seen = None, []
                for known_keys in (keys[:1], keys[1::-1], keys[2:0:-1], keys[3:1:-1], keys[4:]):
                    server.start([f"ssl_protocols TLSv{version};", "ssl_session_cache off;",
                                  *(f"ssl_session_ticket_key {key};" for key in known_keys)])
                    client = client or self.start(
                        "tail", "--json", "--agent", server.url, "--session-token-file",
                        self.token_file(), "--ca", certificates.ca_path(certificate_folder()))
                    self.wait_reading()
                    self.deliver(client, padded(600, len(seen)))
                    seen.append(server.wait_calls(lambda calls: calls)[0].resumed)
                    server.stop()
                self.assertEqual(seen, [False, True, True, True, False])
                self.assertNotIn("TLS", client.err)


if __name__ == "__main__":
    unittest.main()
