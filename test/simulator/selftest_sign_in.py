# SPDX-License-Identifier: Apache-2.0
"""Checks of the simulator: sign-in, several hosts, client certificates."""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import ssl
import tempfile
import time
import unittest

from agent import Agent, HOSTS
import certificates
import rsa
from selftest_base import (
    AgentCase, coded, FEEDS, jwt, KEY, KEY_AUTH, open_text, SESSION, SESSION_AUTH, signed)
from tls import VERSIONS


@unittest.skipUnless(shutil.which("openssl"), "no openssl command")
class SignInByKey(AgentCase):
    """JWTs, tokens, and the calls that need neither."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.keys = certificates.create_more(cls.directory.name, "keys")
        cls.key = cls.keys["rsa2048-pkcs8"]

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def setUp(self):
        super().setUp()
        self.settings["users"] = {"bot": self.keys["rsa2048-public"]}

    def sign_in(self, client, path=SESSION, **options):
        status, body = client.sign_in(path, {"token": jwt(self.key, **options)})
        self.assertEqual(status, 200, body)
        return body["token"]

    def tokens(self, client):
        return {"sessionToken": self.sign_in(client), "keyManagerToken": self.sign_in(client, KEY)}

    def test_sign_in_and_call(self):
        agent = self.start()
        client = self.client()
        tokens = self.tokens(client)
        self.assertEqual(client.call("GET", FEEDS, headers=tokens), (200, []))
        self.assertEqual(client.call("GET", FEEDS, headers=tokens, omit=["keyManagerToken"])[0],
                         401)
        wrong = {**tokens, "keyManagerToken": tokens["sessionToken"]}
        self.assertEqual(client.call("GET", FEEDS, headers=wrong)[0], 401)
        self.assertEqual(client.call("GET", FEEDS), (200, []))  # with those of the files
        again = self.sign_in(client)
        self.assertNotEqual(again, tokens["sessionToken"])
        for session in (again, tokens["sessionToken"]):
            headers = {**tokens, "sessionToken": session}
            self.assertEqual(client.call("GET", FEEDS, headers=headers)[0], 200)
        self.assertEqual([(request.kind, request.host, request.sign_in, request.user)
                          for request in agent.requests[:3]],
                         [("session", "pod", "rsa", "bot"), ("key", "key_manager", "rsa", "bot"),
                          ("list", "agent", None, None)])
        self.assertEqual(len(agent.seen_jwts), 3)
        for token in (*tokens.values(), again, agent.session_token, agent.km_token):
            self.assertIn(token, agent.issued_tokens)
        self.assertEqual(len(agent.issued_tokens), 5)
        self.no_breaches()

    def test_expiry_and_revocation(self):
        agent = self.start(token_life=60)
        client = self.client()
        tokens = self.tokens(client)
        files = {"sessionToken": agent.session_token, "keyManagerToken": agent.km_token}

        def answer(tokens):
            return client.call("GET", FEEDS, headers=tokens)[0]

        agent.clock_offset = 61
        self.assertEqual((answer(tokens), answer(files)), (401, 200))
        agent.clock_offset = 0
        self.assertEqual(answer(tokens), 200)
        agent.expire_tokens("key")
        self.assertEqual(answer(tokens), 401)
        tokens["keyManagerToken"] = self.sign_in(client, KEY)
        self.assertEqual(answer(tokens), 200)
        agent.expire_tokens()
        self.assertEqual((answer(tokens), answer(files)), (401, 200))
        tokens = self.tokens(client)
        agent.revoke_tokens()
        self.assertEqual((answer(tokens), answer(files)), (401, 401))
        self.no_breaches()

    def test_simplified_key_delivery(self):
        agent = self.start(simplified_key_delivery=True)
        client = self.client()
        tokens = self.tokens(client)
        claims = tokens["sessionToken"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        self.assertEqual((claims["sub"], claims["canUseSimplifiedKeyDelivery"]), ("bot", True))
        bare = {"headers": tokens, "omit": ["keyManagerToken"]}
        self.assertEqual(client.call("GET", FEEDS, **bare)[0], 200)
        self.assertEqual(client.call("GET", "/agent/v1/info", **bare)[0], 200)
        self.no_breaches()
        agent.agent_version = "Agent-24.11.9-3"
        self.assertEqual(client.call("GET", FEEDS, **bare)[0], 401)
        self.assertEqual(client.call("GET", FEEDS, headers=tokens)[0], 200)
        self.no_breaches()
        agent.agent_version = "Agent-24.12.0-3"
        self.assertEqual(client.call("GET", FEEDS, headers=tokens)[0], 200)
        self.assertRegex(agent.breaches[0], "simplified")
        for value in (False, None):
            agent.simplified_key_delivery = value
            bare["headers"] = self.tokens(client)
            self.assertEqual(client.call("GET", FEEDS, **bare)[0], 401)

    def test_refusals(self):
        agent = self.start()
        client = self.client()
        other = certificates.user_key(self.directory.name, "other")[0]
        for reason, token in (
                ("unknown user 'cat'", jwt(self.key, "cat")),
                ("signature is not one of 'bot'", jwt(other)),
                ("signature is not one of 'bot'", jwt(self.keys["rsa1024"])),
                ("expired", jwt(self.key, ahead=-1)),
                ("more than 300", jwt(self.key, ahead=320)),
                ("not valid yet", jwt(self.key, nbf=int(time.time()) + 100))):
            status, error = client.sign_in(SESSION, {"token": token})
            self.assertEqual((status, error["code"]), (401, 401), reason)
            self.assertIn(reason, agent.sign_in_refusals[-1])
        self.assertEqual(len(agent.sign_in_refusals), 6)
        agent.clock_offset = -3600
        self.assertEqual(client.sign_in(SESSION, {"token": jwt(self.key)})[0], 401)
        self.sign_in(client, ahead=-3400)
        self.no_breaches()

    def test_malformed_jwts(self):
        good = jwt(self.key)
        parts = good.split(".")
        end = int(time.time()) + 200
        for reason, token in (
                ("3 parts", good + "."), ("3 parts", parts[0]), ("3 parts", ""),
                ("not base64url", ".".join((parts[0] + "=", *parts[1:]))),
                ("not base64url", ".".join((*parts[:2], parts[2] + "=="))),
                ("not base64url", f"{parts[0]}..{parts[2]}"),
                ("not sound", f"{parts[0]}.{parts[1]}.abcde"),
                ("not sound", f"{parts[0]}.{parts[1]}.ab"),
                ("alg is 'RS256'", jwt(self.key, header={"alg": "RS256"})),
                ("alg is None", jwt(self.key, header={"typ": "JWT"})),
                ("typ", jwt(self.key, header={"alg": "RS512", "typ": "JOSE"})),
                ("header is not a JSON", jwt(self.key, header=b"{")),
                ("claims is not a JSON", signed(f"{parts[0]}.{coded([1])}", self.key)),
                ("given twice", signed(parts[0] + "." + coded(
                    b'{"sub":"a","sub":"bot","exp":%d}' % end), self.key)),
                ("sub is None", jwt(self.key, sub=None)), ("sub is 5", jwt(self.key, sub=5)),
                ("exp is None", jwt(self.key, exp=None)),
                ("exp is '", jwt(self.key, exp=str(end))),
                ("exp is", jwt(self.key, exp=end + 0.5)), ("iat is", jwt(self.key, iat="now")),
                ("jti is", jwt(self.key, jti=7))):
            agent = self.start()
            self.assertEqual(self.client().sign_in(KEY, {"token": token})[0], 401, reason)
            self.assertIn(reason, agent.sign_in_refusals[0])
            self.assertEqual(len(agent.breaches), 1, agent.breaches)
            self.assertIn(reason, agent.breaches[0])

    def test_lenient(self):
        """A JWT opens pod and key manager, as with symphony-api-client-node."""
        self.start(strict=False)
        client, body = self.client(), {"token": jwt(self.key), "more": None, "other": 1}
        tokens = {"sessionToken": client.sign_in(SESSION, body)[1]["token"],
                  "keyManagerToken": client.sign_in(KEY, body, headers={"sessionToken": "x"})[1][
                      "token"]}
        self.assertEqual(client.call("GET", FEEDS, headers=tokens), (200, []))
        self.assertEqual(client.call("GET", "/pod/v2/sessioninfo", headers=tokens)[1]["username"],
                         "bot")
        self.no_breaches()

    def test_odd_calls(self):
        for reason, status, path, body, options in (
                ("used before", 401, KEY, {"token": None}, {}),
                ("no token", 401, SESSION, {"jwt": "x"}, {}),
                ("'more' is not one", 200, SESSION, {"token": None, "more": 1}, {}),
                ("header sessionToken", 200, SESSION, {"token": None},
                 {"headers": {"sessiontoken": "x"}}),
                ("Content-Type None", 415, SESSION, {"token": None}, {"omit": ["Content-Type"]})):
            agent = self.start()
            client = self.client()
            if "token" in body:
                body["token"] = jwt(self.key)
            if reason == "used before":
                client.sign_in(SESSION, body)
            self.assertEqual(client.sign_in(path, body, **options)[0], status, reason)
            self.assertIn(reason, "\n".join(agent.breaches))
            if reason == "used before":
                agent.allow_jwt_reuse = True
                self.assertEqual(client.sign_in(path, body)[0], 200)
                self.assertEqual(len(agent.breaches), 1)
        agent = self.start()
        self.assertEqual(self.client().call("GET", SESSION)[0], 405)
        self.no_breaches()

    def test_a_jwt_used_again_behind_a_fault(self):
        agent = self.start()
        client = self.client()
        token = {"token": jwt(self.key)}
        agent.fault(on="session", status=503)
        self.assertEqual(client.sign_in(SESSION, token)[0], 503)
        self.assertEqual(client.sign_in(SESSION, token)[0], 401)
        self.assertEqual(len(agent.breaches), 1)

    def test_faults_of_each_kind_and_host(self):
        agent = self.start()
        client = self.client()
        for kind in ("session", "key", "info", "health"):
            agent.fault(on=kind, status=502)
        agent.fault(host="key_manager", status=503, skip=1)
        self.assertEqual(client.sign_in(SESSION, {"token": jwt(self.key)})[0], 502)
        self.assertEqual(client.sign_in(KEY, {"token": jwt(self.key)})[0], 502)
        self.assertEqual(client.call("GET", "/agent/v1/info")[0], 502)
        self.assertEqual(client.call("GET", "/agent/v3/health/extended")[0], 502)
        self.sign_in(client, KEY)
        self.sign_in(client)
        self.assertEqual(client.sign_in(KEY, {"token": jwt(self.key)})[0], 503)
        agent.fault(on="key", unknown_members=True, cut_body=5)
        client.send("POST", KEY, {"token": jwt(self.key)},
                    omit=["sessionToken", "keyManagerToken"])
        self.assertEqual(len(client.receive_all().partition(b"\r\n\r\n")[2]), 5)
        self.assertEqual(len(agent.requests_of("key")), 4)
        self.no_breaches()

    def test_members(self):
        agent = self.start()
        client = self.client()
        seen = set()
        for order in (None, None, None, "plain", "reversed", "unknown_members"):
            agent.sign_in_members = order
            answer = client.sign_in(KEY, {"token": jwt(self.key)})[1]
            seen.add(tuple(answer))
            self.assertEqual(answer["name"], "keyManagerToken")
            self.assertEqual(answer["token"], agent.issued_tokens[-1])
        self.assertEqual(len(seen), 3)

    def test_sizes(self):
        agent = self.start()
        client = self.client()
        for size in (300, 799, 1000, 1001, 1002, 1003, 4096, 20_000):
            for offered in (None, True):
                agent.session_token_size = agent.km_token_size = size
                agent.simplified_key_delivery = offered
                tokens = self.tokens(client)
                self.assertEqual([len(token) for token in tokens.values()], [size, size])
                self.assertRegex(tokens["sessionToken"], r"^[\w-]+\.[\w-]+\.[\w-]+$")

    def test_info_and_health(self):
        agent = self.start(agent_version="Agent-1.2.3-4")
        client = self.client()
        info = client.call("GET", "/agent/v1/info", omit=["sessionToken", "keyManagerToken"])[1]
        self.assertEqual((info["version"], info["url"]), ("Agent-1.2.3-4", agent.url))
        status, health = client.call("GET", "/agent/v3/health/extended")
        self.assertEqual((status, health["status"]), (200, "UP"))
        agent.health["users"]["ceservice"]["status"] = "DOWN"
        status, health = client.call("GET", "/agent/v3/health/extended")
        self.assertEqual((status, health["status"]), (503, "DOWN"))
        self.assertEqual(health["users"]["ceservice"]["status"], "DOWN")
        self.assertEqual([request.kind for request in agent.requests], ["info", "health", "health"])
        self.no_breaches()

    def test_two_users(self):
        agent = self.start(users={"bot": self.keys["rsa2048-public-pkcs1"],
                                  "cat": open_text(self.keys["rsa1024-public"])})
        client = self.client()
        tokens = self.tokens(client)
        token = client.sign_in(KEY, {"token": jwt(self.keys["rsa1024"], "cat")})[1]["token"]
        self.assertEqual(client.sign_in(KEY, {"token": jwt(self.key, "cat")})[0], 401)
        self.no_breaches()
        client.call("GET", FEEDS, headers={**tokens, "keyManagerToken": token})
        self.assertRegex(agent.breaches[0], "two users")

    def test_public_keys(self):
        public = open_text(self.keys["rsa2048-public"])
        key = rsa.public_key(public)
        self.assertEqual((key.modulus.bit_length(), key.exponent), (2048, 65537))
        self.assertEqual(rsa.public_key(self.keys["rsa2048-public-pkcs1"]).modulus, key.modulus)
        text = jwt(self.key)
        message, _, signature = text.rpartition(".")
        signature = base64.urlsafe_b64decode(signature + "==")
        self.assertTrue(key.verify(message.encode(), signature))
        flipped = bytes([signature[0] ^ 1]) + signature[1:]
        for bad in (signature[:-1], b"\0" + signature, flipped, b"", b"\xff" * 256):
            self.assertFalse(key.verify(message.encode(), bad))
        short = base64.urlsafe_b64decode(signed("a", self.key, "sha256").partition(".")[2] + "==")
        self.assertFalse(key.verify(b"a", short))
        for wrong in (open_text(self.keys["ec"]), public.replace("MII", "MIJ"),
                      public.replace("\n", "!", 2), "-----BEGIN PUBLIC KEY-----"):
            with self.assertRaises(rsa.BadKey):
                rsa.public_key(wrong)

    def test_separate_hosts(self):
        agent = self.start(separate_hosts=True)
        self.assertEqual(len({agent.port, agent.pod_port, agent.key_manager_port}), 3)
        self.assertEqual(agent.pod_url, f"http://127.0.0.1:{agent.pod_port}")
        pod = self.client(port=agent.pod_port)
        key_manager = self.client(port=agent.key_manager_port)
        tokens = {"sessionToken": self.sign_in(pod),
                  "keyManagerToken": self.sign_in(key_manager, KEY)}
        self.assertEqual(self.client().call("GET", FEEDS, headers=tokens)[0], 200)
        self.assertEqual([request.host for request in agent.requests],
                         ["pod", "key_manager", "agent"])
        self.assertEqual({connection.host for connection in agent.connections}, set(HOSTS))
        self.no_breaches()
        self.assertEqual(pod.sign_in(KEY, {"token": jwt(self.key)})[0], 404)
        self.assertEqual(key_manager.call("GET", FEEDS)[0], 404)
        self.assertEqual(self.client().sign_in(SESSION_AUTH)[0], 404)
        self.assertEqual(len(agent.breaches), 3)
        self.assertRegex("".join(agent.breaches), "wrong host, pod.*wrong host, key_manager")
        json.dumps([request.as_dict() for request in agent.requests])

    def test_refusing_hosts(self):
        agent = self.start(separate_hosts=True)
        fault = agent.fault(on="connect", refuse=-1, host="pod")
        self.assertEqual(fault.used, 1)
        self.assertEqual([agent.is_listening(host) for host in HOSTS], [True, False, True])
        self.client()
        with self.assertRaises(ConnectionRefusedError):
            self.client(port=agent.pod_port)
        agent.fault(on="connect", refuse=0.3)
        self.assertEqual([agent.is_listening(host) for host in HOSTS], [False] * 3)
        self.assertTrue(agent.wait_for(lambda a: all(a.is_listening(host) for host in HOSTS)))
        agent.fault(on="connect", host="pod", close_before=True)
        self.assertEqual(self.client().call("GET", FEEDS)[0], 200)
        self.assertEqual(self.client(port=agent.pod_port).receive_all(), b"")


@unittest.skipUnless(shutil.which("openssl"), "no openssl command")
class SignInByCertificate(AgentCase):
    """Client certificates, and how TLS sessions are taken up again."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.made = certificates.create(cls.directory.name)
        cls.clients = certificates.create_more(cls.directory.name, "clients")
        cls.names = certificates.create_more(cls.directory.name, "names")
        cls.chains = {**certificates.create_more(cls.directory.name, "rsa"),
                      **certificates.create_more(cls.directory.name, "chains")}

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def setUp(self):
        super().setUp()
        chain, key = self.made["good"]
        self.settings.update(certificate=chain, key=key,
                             certificates={**self.made, **self.names, **self.chains},
                             client_ca=certificates.client_ca_path(self.directory.name),
                             require_client_certificate="optional")

    def context(self, name=None, maximum="1.3"):
        context = ssl.create_default_context(cafile=certificates.ca_path(self.directory.name))
        context.maximum_version = VERSIONS[maximum]
        if name:
            context.load_cert_chain(*self.clients[name])
        return context

    def test_sign_in(self):
        for name, user in (("client-ec", "bot-ec"), ("client-rsa", "bot-rsa"),
                           ("client-chain", "bot-chain")):
            agent = self.start()
            client = self.client(context=self.context(name))
            tokens = {"sessionToken": client.sign_in(SESSION_AUTH)[1]["token"],
                      "keyManagerToken": client.sign_in(
                          KEY_AUTH, omit=["Content-Length"])[1]["token"]}
            self.assertEqual(client.call("GET", FEEDS, headers=tokens)[0], 200)
            self.assertEqual([(request.kind, request.host, request.sign_in, request.user,
                               request.client_subject) for request in agent.requests[:2]],
                             [("session", "pod", "certificate", user, user),
                              ("key", "key_manager", "certificate", user, user)])
            self.no_breaches()

    def test_refusals(self):
        agent = self.start(certificate_users={"bot-rsa"})
        client = self.client(context=self.context())
        self.assertEqual(client.sign_in(SESSION_AUTH)[0], 401)
        client = self.client(context=self.context("client-ec"))
        self.assertEqual(client.sign_in(SESSION_AUTH)[0], 401)
        self.no_breaches()
        agent.certificate_users = None
        self.assertEqual(client.sign_in(SESSION_AUTH)[0], 200)
        self.assertEqual(client.sign_in(SESSION_AUTH, {})[0], 401)
        self.assertEqual(client.sign_in(SESSION_AUTH, {}, omit=["Content-Type"])[0], 401)
        headers = {"Content-Type": "application/json"}
        self.assertEqual(client.sign_in(KEY_AUTH, headers=headers)[0], 401)
        self.assertEqual([line.partition(" ")[2].partition(":")[2] for line in agent.breaches
                          if "a body or" in line], [" a body or a Content-Type in a sign-in by "
                                                    "certificate"] * 3)
        self.assertEqual([line[:12] for line in agent.sign_in_refusals],
                         ["no client ce", "'bot-ec' may", *["a body or a "] * 3])

    def test_lenient(self):
        self.start(strict=False)
        client = self.client(context=self.context("client-ec"))
        headers = {"Content-Type": "application/json"}
        self.assertEqual(client.sign_in(SESSION_AUTH, {})[0], 200)
        self.assertEqual(client.sign_in(SESSION_AUTH, {}, omit=["Content-Type"])[0], 200)
        self.assertEqual(client.sign_in(KEY_AUTH, headers=headers)[0], 200)
        self.no_breaches()

    def test_required(self):
        agent = self.start(require_client_certificate=True)
        for name in (None, "client-unknown", "client-expired"):
            for version in ("1.2", "1.3"):
                with self.assertRaisesRegex(ssl.SSLError, "(?i)alert"):
                    client = self.client(context=self.context(name, version))
                    client.call("GET", FEEDS)
                self.assertTrue(agent.wait_for(lambda a: a.connections[-1].error))
        self.client(context=self.context("client-ec")).call("GET", FEEDS)
        agent.require_client_certificate = False
        self.client(context=self.context("client-ec")).call("GET", FEEDS)
        self.assertEqual([connection.client_subject for connection in agent.connections[-2:]],
                         ["bot-ec", None])
        with self.assertRaises(ValueError):
            Agent(**{**self.settings, "client_ca": None}).start()

    def test_separate_hosts(self):
        agent = self.start(separate_hosts=True, require_client_certificate=True,
                           pod_certificate="good-rsa", key_manager_certificate="localhost-only")
        self.assertEqual(self.client(context=self.context()).call("GET", FEEDS)[0], 200)
        context, shown = self.context("client-rsa"), []
        for port, path in ((agent.pod_port, SESSION_AUTH), (agent.key_manager_port, KEY_AUTH)):
            client = self.client(context=context, port=port)
            self.assertEqual(client.sign_in(path)[0], 200)
            shown.append(client.bare.getpeercert()["subject"][0][0][1])
        self.assertEqual(shown, ["symfeed test good-rsa", "symfeed test localhost-only"])
        with self.assertRaisesRegex(ssl.SSLError, "(?i)alert"):
            client = self.client(context=self.context(), port=agent.pod_port)
            client.call("GET", FEEDS)
        self.no_breaches()

    def resumed(self, agent, context):
        """What the server says of the second of two connections."""
        first = self.client(context=context)
        first.call("GET", FEEDS)
        session = first.bare.session
        first.bare.unwrap().close()  # with close_notify; else the server forgets a session id
        self.client(context=context, session=session).call("GET", FEEDS)
        return agent.connections[-1]

    def test_resumption(self):
        for version in ("1.2", "1.3"):
            for ask in (False, "optional", True):
                for tickets in (True, False):
                    agent = self.start(require_client_certificate=ask, session_tickets=tickets)
                    connection = self.resumed(agent, self.context("client-ec", version))
                    expected = tickets or version == "1.2"  # there by session id
                    self.assertEqual(
                        (connection.resumed, connection.tls_version, connection.client_subject),
                        (expected, f"TLSv{version}", "bot-ec" if ask else None),
                        (version, ask, tickets))

    def test_forgotten_sessions(self):
        agent, context = self.start(), self.context()
        first = self.client(context=context)
        first.call("GET", FEEDS)
        agent.forget_sessions()
        self.client(context=context, session=first.bare.session).call("GET", FEEDS)
        self.assertFalse(agent.connections[-1].resumed)

    def test_servers_and_versions(self):
        agent = self.start()
        for name in ("good-ec-chain", "good-rsa2048", "localhost-only"):
            agent.fault(on="connect", tls=f"certificate:{name}", tls_version="1.2")
            self.client(context=self.context()).call("GET", FEEDS)
            self.assertEqual(agent.connections[-1].tls_version, "TLSv1.2")
        agent.fault(on="connect", tls="certificate:address-only")
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "mismatch"):
            self.client(context=self.context())
        with open(self.chains["good-ec-chain"][0], encoding="ascii") as file:
            self.assertEqual(file.read().count("BEGIN CERTIFICATE"), 2)
        agent = self.start(tls_maximum="1.2", ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")
        self.client(context=self.context()).call("GET", FEEDS)
        self.assertEqual(agent.connections[0].cipher, "ECDHE-ECDSA-AES128-GCM-SHA256")

    def test_silent_after_hello(self):
        agent = self.start()
        for version in ("1.2", "1.3"):
            agent.fault(on="connect", tls="silent_after_hello")
            hello, incoming = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = self.context(maximum=version).wrap_bio(incoming, hello,
                                                         server_hostname="localhost")
            with self.assertRaises(ssl.SSLWantReadError):
                tls.do_handshake()
            client = self.client()
            client.bare.sendall(hello.read())
            client.bare.settimeout(0.3)
            with self.assertRaises(OSError):
                while True:
                    incoming.write(client.bare.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            self.assertGreater(hello.pending, 50)  # the client goes on, and nothing comes
            client.close()

    def test_byte_counts(self):
        agent = self.start()
        client = self.client(context=self.context())
        client.call("GET", FEEDS)
        client.close()
        self.assertTrue(agent.wait_for(lambda a: not a.open_connections))
        connection = agent.connections[0]
        if connection.bytes_received is None:
            self.skipTest("no tcp_info")
        self.assertTrue(1000 < connection.bytes_received < 10_000, connection.bytes_received)
        self.assertTrue(1000 < connection.bytes_sent < 10_000, connection.bytes_sent)


@unittest.skipUnless(shutil.which("openssl"), "no openssl command")
class MoreCertificates(AgentCase):
    """The groups that few tests need."""

    def test_large_ones(self):
        with tempfile.TemporaryDirectory() as directory:
            made = certificates.create_more(directory, "bundle")
            text = pathlib.Path(made["bundle"]).read_text(encoding="utf-8")
            self.assertEqual(text.count("BEGIN CERTIFICATE"), certificates.BUNDLE_SIZE + 2)
            self.assertTrue(150_000 < len(text) < 250_000, len(text))
            self.assertEqual(certificates.create_more(directory, "bundle"), made)
            chain, key = certificates.create(directory)["good"]
            self.start(certificate=chain, key=key)
            context = ssl.create_default_context(cafile=made["bundle"])
            self.assertEqual(self.client(context=context).call("GET", FEEDS)[0], 200)
            with self.assertRaises(ssl.SSLCertVerificationError):
                self.client(context=ssl.create_default_context(cafile=made["strangers"]))
            chain, key = certificates.create_more(directory, "rsa4096")["good-rsa4096"]
            self.start(certificate=chain, key=key)
            context = ssl.create_default_context(
                cafile=certificates.ca_path(directory, "good-rsa4096"))
            self.assertEqual(self.client(context=context).call("GET", FEEDS)[0], 200)

    def test_keys(self):
        with tempfile.TemporaryDirectory() as directory:
            keys = certificates.create_more(directory, "keys")
            keys.update(certificates.create_more(directory, "keys-large"))
            for bits in (2048, 3072, 4096):
                self.assertIn("BEGIN RSA PRIVATE KEY", open_text(keys[f"rsa{bits}-pkcs1"]))
                self.assertIn("BEGIN PRIVATE KEY", open_text(keys[f"rsa{bits}-pkcs8"]))
                public = rsa.public_key(keys[f"rsa{bits}-public"])
                self.assertEqual(public.modulus.bit_length(), bits)
                for form in ("pkcs1", "pkcs8"):
                    text, _, signature = jwt(keys[f"rsa{bits}-{form}"]).rpartition(".")
                    self.assertTrue(public.verify(
                        text.encode(), base64.urlsafe_b64decode(signature + "==")))
            self.assertIn("Proc-Type: 4,ENCRYPTED", open_text(keys["encrypted-pkcs1"]))
            self.assertIn("BEGIN ENCRYPTED PRIVATE KEY", open_text(keys["encrypted-pkcs8"]))
            for name, path in keys.items():
                if "public" not in name:
                    self.assertEqual(os.stat(path).st_mode & 0o777, 0o600, name)
            with self.assertRaises(ValueError):
                certificates.create_more(directory, "none")
