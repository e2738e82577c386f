# SPDX-License-Identifier: Apache-2.0
"""Signing in by key and by certificate: what is asked of whom, and what failures lead to.

The rule behind nearly all of them: a failure is a line that says what to do, a wait, and a fresh
try; the feed and its ackId stay as they are meanwhile, and every event comes out once.
"""

import base64
import glob
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from harness import (BOT, EndToEnd, FIRST_WAIT, SLACK, SLOW_WAIT, certificate_folder,
                     certificates, is_sanitized, made, message, messages, run)

ESTABLISHED = 1  # the first byte of Linux's tcp_info
MOST_AHEAD = 300  # seconds that a JWT may be good for
THREE_HOSTS = {"separate_hosts": True, "pod_certificate": "good-rsa",
               "key_manager_certificate": "localhost-only"}


def claims_of(jwt):
    text = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def der(tag, *values):
    """A value of DER with what is in it."""
    inner = b"".join(values)
    size = len(inner)
    length = size.to_bytes(max(1, (size.bit_length() + 7) // 8), "big")
    return bytes([tag]) + (length if size < 128 else bytes([0x80 + len(length)]) + length) + inner


def numbers_of(file):
    """N, E, D, P, Q, D modulo P - 1 and Q - 1, and Q's inverse: of an RSA key in PKCS#1."""
    with open(file, encoding="ascii") as text:
        data = base64.b64decode("".join(text.read().split("\n")[1:-2]))
    numbers, at = [], 4
    while at < len(data):
        size, at = data[at + 1], at + 2
        if size >= 0x80:
            size, at = int.from_bytes(data[at:at + size - 0x80], "big"), at + size - 0x80
        numbers.append(int.from_bytes(data[at:at + size], "big"))
        at += size
    return numbers[1:]


def pem_of(numbers, wrapped=False):
    """The PEM of an RSA key with these numbers, in PKCS#1 or, wrapped, in PKCS#8."""
    label = "PRIVATE KEY" if wrapped else "RSA PRIVATE KEY"
    data = der(0x30, *(der(2, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in (0, *numbers)))
    if wrapped:
        rsa = der(0x30, bytes.fromhex("06092a864886f70d010101"), der(5))
        data = der(0x30, der(2, b"\0"), rsa, der(4, data))
    lines = base64.encodebytes(data).decode().replace("\n", "")
    lines = "\n".join(lines[at:at + 64] for at in range(0, len(lines), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def broken_keys(file):
    """For each of a key's numbers, the key with another one in its place: a name and the numbers."""
    good = numbers_of(file)
    for at, name in enumerate(("N", "E", "D", "P", "Q", "DP", "DQ", "QP")):
        for by in (1, 2, -2):
            yield f"{name}{by:+}", [number + by * (at == place) for place, number in enumerate(good)]
    n, e, d, p, q, dp, dq, qp = good
    yield "P and Q changed places", [n, e, d, q, p, dp, dq, qp]
    yield "all but N and E of another key", [n, e, *numbers_of(made("keys-large")["rsa4096-pkcs1"])[2:]]
    yield "N is a multiple", [n * 3, e, d, p, q, dp, dq, qp]
    yield "P is 1", [n, e, d, 1, n, 1, dq, 1]


def token_sizes():
    """The longest tokens that the program takes, without their NUL: session, key manager."""
    text = run("version").stdout.decode()
    return [int(re.search(rf"{name} token (\d+)", text).group(1)) - 1
            for name in ("session", "key manager")]


class SignIn(EndToEnd):
    """An Agent at which one may sign in."""

    def start_host(self, hosts=1, **settings):
        """One that knows BOT's usual key and the client certificates."""
        settings.setdefault("users", {BOT: made("keys")["rsa2048-public"]})
        settings.setdefault("client_ca", certificates.client_ca_path(certificate_folder())
                            if made("clients") else None)
        if hosts == 3:
            settings = {**THREE_HOSTS, "certificates": made("names"), **settings}
        return self.start_agent(**settings)

    def start_feed(self, hosts=1, **settings):
        """The same with a feed that is there before the client comes."""
        agent = self.start_host(hosts, **settings)
        agent.create_feed()
        return agent

    def sign_in(self, *options, **more):
        """Starts a client that signs in by key."""
        return self.start("tail", "--json", *(options or self.by_key()), **more)

    def follow_by_key(self, hosts=1, **settings):
        agent = self.start_feed(hosts, **settings)
        client = self.sign_in()
        self.wait_reading()
        return agent, client

    def kinds(self, agent=None):
        return [request.kind for request in (agent or self.agent).requests]

    def assert_signed_by(self, request):
        """The request carries the tokens that were issued last before it."""
        issued = self.agent.issued_tokens
        for name in ("sessionToken", "keyManagerToken"):
            self.assertIn(request.header(name), issued)

    def key_file(self, name="rsa2048-pkcs8"):
        """A copy of a key, to be replaced later."""
        path = self.path("bot.key")
        shutil.copy(name if os.sep in name else made("keys")[name], path + ".new")
        os.replace(path + ".new", path)
        return path


# -- by key ----------------------------------------------------------------------------------------


def watch_overlaps(agent):
    """A list that gets, at each connection, the hosts of those that the client had not ended by
    then: what it closes before it connects anew has reached us first, on one machine."""
    overlaps, accept = [], agent._accept

    def is_open(connection):
        try:
            return socket.socket.getsockopt(connection.sock, socket.IPPROTO_TCP, socket.TCP_INFO,
                                            1)[0] == ESTABLISHED
        except OSError:
            return False

    def look_and_accept(port):
        overlaps.append([c.host for c in agent.open_connections if is_open(c)])
        accept(port)

    agent._accept = look_and_accept
    return overlaps


class ByKey(SignIn):
    """JWTs, and the tokens they are given for."""

    def test_four_requests_from_start_to_the_first_read_on_one_host(self):
        agent, client = self.follow_by_key()
        self.assertEqual(self.kinds(), ["session", "key", "list", "read"])
        self.assertEqual(len(agent.connections), 1)
        for request in agent.requests[2:]:
            self.assert_signed_by(request)
        self.deliver(client, message(1))
        self.assertEqual(self.stats(client)["signins"], 1)
        self.assertEqual(self.stats(client)["retries"], 0)

    def test_four_requests_on_three_hosts_one_connection_at_a_time(self):
        agent = self.start_feed(3)
        overlaps = watch_overlaps(agent)
        client = self.sign_in()
        self.wait_reading()
        self.assertEqual([(r.kind, r.host, r.number) for r in agent.requests],
                         [("session", "pod", 1), ("key", "key_manager", 1), ("list", "agent", 1),
                          ("read", "agent", 2)])
        self.deliver(client, message(1))
        agent.expire_tokens()
        self.deliver(client, message(2))
        self.wait_requests("session", 2)
        self.wait_reading()
        self.deliver(client, message(3))
        self.assertEqual([c.host for c in agent.connections],
                         ["pod", "key_manager", "agent"] * 2)
        self.assertEqual(overlaps, [[]] * 6, "one connection at a time")
        self.wait_agent(lambda a: all(c.closed for c in a.connections[:5]), "five ends")
        self.assertTrue(all(c.clean_close for c in agent.connections[:5]))

    def test_each_host_is_judged_by_its_own_certificate(self):
        for host, name in (("pod", "sign-in"), ("key_manager", "key manager sign-in"),
                           ("agent", "list")):
            agent = self.start_feed(3)
            agent.fault(on="connect", host=host, tls="certificate:wrong-name")
            client = self.sign_in()
            self.wait_error(client, f" {name}: .*another name.*next try in")
            self.wait_reading()
            self.assertEqual(self.kinds(), ["session", "key", "list", "read"],
                             "what was had is not asked for again")

    def test_without_urls_pod_and_key_manager_are_the_agents_host(self):
        agent, _ = self.follow_by_key()
        self.assertEqual([request.path for request in agent.requests[:2]],
                         ["/login/pubkey/authenticate", "/relay/pubkey/authenticate"])

    def test_urls_may_have_a_path(self):
        agent = self.start_feed()
        client = self.sign_in(*self.by_key(), "--pod", f"{agent.pod_url}/gate/way/")
        self.wait_error(client, "sign-in: 404 .*check the pod's URL.*next try in [2345]")
        self.assertEqual(agent.requests[0].path, "/gate/way/login/pubkey/authenticate")
        client = self.sign_in(*self.by_key(), "--key-manager", f"{agent.pod_url}/k")
        self.wait_error(client, "key manager sign-in: 404 .*check the key manager's URL.*next try")
        self.assertEqual(agent.requests[-1].path, "/k/relay/pubkey/authenticate")

    def test_keys_of_2048_to_4096_bits_in_both_forms(self):
        keys = {**made("keys"), **made("keys-large")}
        for bits in (2048, 3072, 4096):
            for form in ("pkcs1", "pkcs8"):
                with self.subTest(bits=bits, form=form):
                    agent = self.start_feed(users={BOT: keys[f"rsa{bits}-public"]})
                    client = self.sign_in(*self.by_key(keys[f"rsa{bits}-{form}"]))
                    self.wait_reading()
                    self.deliver(client, message(1))
                    signature = agent.seen_jwts[0].split(".")[2]
                    self.assertEqual(len(signature) * 3 // 4, bits // 8)

    def test_a_fresh_jwt_for_each_call_that_ends_soon(self):
        before = int(time.time())
        agent, client = self.follow_by_key()
        agent.fault(on="session", status=503)
        agent.fault(on="key", status=503)
        agent.expire_tokens()
        self.deliver(client, message(1))
        self.wait_requests("key", 3)
        self.wait_reading()
        self.assertEqual(len(agent.seen_jwts), 6)
        self.assertEqual(len(set(agent.seen_jwts)), 6)
        for jwt in agent.seen_jwts:
            claims = claims_of(jwt)
            self.assertEqual(claims["sub"], BOT)
            self.assertGreater(claims["exp"], before)  # the machine's clock may be set meanwhile
            self.assertLess(claims["exp"], before + MOST_AHEAD)
            self.assertLessEqual(set(claims), {"sub", "exp", "iat", "jti"})

    def test_names_of_any_characters(self):
        for user in ('a"b\\c', "bot é \U0001f514", "x" * 128, '"' * 128, " ", "%20+/"):
            with self.subTest(user=user):
                agent = self.start_feed(users={user: made("keys")["rsa2048-public"]})
                self.sign_in(*self.by_key(user=user))
                self.wait_reading()
                self.assertEqual(claims_of(agent.seen_jwts[0])["sub"], user)

    def test_members_of_the_answers_in_any_order_and_unknown_ones(self):
        for members in ("plain", "reversed", "unknown_members"):
            with self.subTest(members=members):
                self.follow_by_key(sign_in_members=members)
                self.assertEqual(self.kinds(), ["session", "key", "list", "read"])

    def test_tokens_as_long_as_the_limits(self):
        session, key = token_sizes()
        for sizes in ((session, key), (300, 16)):
            agent, client = self.follow_by_key(session_token_size=sizes[0], km_token_size=sizes[1])
            read = agent.requests_of("read")[0]
            self.assertEqual((len(read.header("sessionToken")),
                              len(read.header("keyManagerToken"))), sizes)
            self.deliver(client, message(1))

    def test_tokens_beyond_the_limits_name_the_setting_and_are_retried_slowly(self):
        session, key = token_sizes()
        meant = []
        for name, sizes, says in (
                ("session", {"session_token_size": session + 1},
                 r"sign-in: 200 .*SYMFEED_SESSION_TOKEN_SIZE"),
                ("key", {"km_token_size": key + 1},
                 r"key manager sign-in: 200 .*SYMFEED_KEY_MANAGER_TOKEN_SIZE")):
            agent = self.start_feed(**sizes)
            meant.append((agent, self.sign_in(), name, says))
        for agent, client, name, says in meant:
            self.wait_error(client, f"error: {says}.*next try in [2345]")
            agent.session_token_size = agent.km_token_size = None
        for agent, client, name, says in meant:
            self.wait_reading(agent)
            first, second = agent.requests_of(name)
            self.assertGreaterEqual(second.time - first.time, SLOW_WAIT / 2 - SLACK)
            self.assertEqual(len(agent.requests_of("session")), 2 if name == "session" else 1)

    def test_answers_without_a_token_are_retried(self):
        for number, body in enumerate(('{}', '{"token":""}', '{"token":null}', '{"token":5}',
                                       '{"token":"a b"}', '{"token":"a\\u0000b"}',
                                       '{"token":"\\u00e9"}', '{"token":"a\\r\\nX: y"}')):
            with self.subTest(body=body):
                agent = self.start_feed()
                agent.fault(on="session", status=200, body=body)
                client = self.sign_in()
                self.wait_error(client, r"sign-in: 200 .*token.*next try in [2345]")
                client.signal(signal.SIGHUP)
                self.wait_reading()
                self.assertEqual(self.kinds(), ["session", "session", "key", "list", "read"])

    def test_answers_that_are_no_json_or_cut(self):
        for on in ("session", "key"):
            for how in ({"status": 200, "body": "<html>Sign in</html>"}, {"cut_body": 30},
                        {"status": 200, "body": '{"token":"abc"'}, {"cut": 0},
                        {"status": 200, "body": '["token","abc"]'}):
                with self.subTest(on=on, how=how):
                    agent = self.start_feed()
                    agent.fault(on=on, **how)
                    client = self.sign_in()
                    self.wait_reading()
                    self.deliver(client, message(1))
                    self.assertEqual(len(agent.requests_of(on)), 2)

    @unittest.skipUnless(os.geteuid() == 0, "gives a file to another user")
    def test_a_key_of_another_user_may_be_for_our_group(self):
        self.start_feed()
        path = self.key_file()
        os.chown(path, 65534, -1)
        os.chmod(path, 0o640)
        client = self.sign_in(*self.by_key(path))
        self.deliver(client, message(1))
        self.assertNotIn("chmod", client.err)

    def test_a_key_that_others_can_read_is_warned_of_once(self):
        agent = self.start_feed()
        path = self.key_file()
        os.chmod(path, 0o640)
        client = self.sign_in(*self.by_key(path))
        self.wait_reading()
        self.wait_error(client, r"bot\.key can be read by other users: chmod 600")
        agent.expire_tokens()
        self.deliver(client, message(1))
        self.wait_requests("session", 2)
        self.wait_reading()
        self.assertEqual(client.err.count("chmod"), 1)


class Simplified(SignIn):
    """Agents of 24.12 and later can do without the key manager."""

    def calls(self, fault=None, **settings):
        agent = self.start_feed(3, **settings)
        if fault:
            agent.fault(on="info", **fault)
        client = self.sign_in()
        self.wait_reading()
        self.deliver(client, message(1))
        for request in agent.requests_of("read"):
            self.assertEqual("key" in self.kinds(), request.header("keyManagerToken") is not None)
        return self.kinds()[:-1]

    def test_claims_and_a_recent_agent_spare_the_key_manager(self):
        for version in ("Agent-25.8.1-67", "Agent-24.12.0", "24.12", "Agent-25.1", "Agent-100.1.2"):
            with self.subTest(version=version):
                self.assertEqual(self.calls(simplified_key_delivery=True, agent_version=version),
                                 ["session", "info", "list", "read"])

    def test_an_older_agent_needs_the_key_manager(self):
        for version in ("Agent-24.11.3", "Agent-24.9", "Agent-20.14.1", "Agent-6.48"):
            with self.subTest(version=version):
                self.assertEqual(self.calls(simplified_key_delivery=True, agent_version=version),
                                 ["session", "info", "key", "list", "read"])

    def test_an_agent_that_does_not_say_is_taken_for_an_old_one(self):
        for fault in ({"status": 404}, {"status": 403}, {"status": 410}, {"status": 302},
                      {"status": 200, "body": "<html>Welcome</html>"}, {"status": 200, "body": ""},
                      {"status": 200, "body": "{}"}, {"status": 200, "body": '{"version":null}'},
                      {"status": 200, "body": '{"version":{"version":"25.8"}}'},
                      {"status": 200, "body": '{"version":"unknown"}'},
                      {"status": 200, "body": '["25.8.1"]'}):
            with self.subTest(fault=fault):
                self.assertEqual(self.calls(fault, simplified_key_delivery=True,
                                            agent_version="Agent-24.1.1"),
                                 ["session", "info", "key", "list", "read"])

    def test_claims_that_say_no_or_nothing(self):
        for offered in (False, None):
            with self.subTest(offered=offered):
                self.assertEqual(self.calls(simplified_key_delivery=offered),
                                 ["session", "key", "list", "read"])

    def test_it_is_found_out_anew_at_each_sign_in(self):
        agent = self.start_feed(3, simplified_key_delivery=True)
        client = self.sign_in()
        self.wait_reading()
        agent.simplified_key_delivery = False
        agent.expire_tokens()
        self.deliver(client, message(1))
        self.wait_requests("key", 1)
        self.wait_reading()
        agent.simplified_key_delivery = True
        agent.expire_tokens()
        self.deliver(client, message(2))
        self.wait_requests("info", 2)
        self.wait_reading()
        self.deliver(client, message(3))
        self.assertEqual([kind for kind in self.kinds() if kind != "read"],
                         ["session", "info", "list", "session", "key", "session", "info"])


# -- by certificate --------------------------------------------------------------------------------


class ByCertificate(SignIn):
    """The TLS client certificate is all there is to say."""

    def start_feed(self, hosts=1, **settings):
        return super().start_feed(hosts, require_client_certificate=settings.pop(
            "require_client_certificate", True), **settings)

    def test_on_one_host_and_on_three_with_keys_of_each_kind(self):
        for hosts in (1, 3):
            for name, user in (("client-ec", "bot-ec"), ("client-rsa", "bot-rsa"),
                               ("client-chain", "bot-chain")):
                with self.subTest(hosts=hosts, name=name):
                    agent = self.start_feed(hosts)
                    overlaps = watch_overlaps(agent)
                    client = self.sign_in(*self.by_certificate(name))
                    self.wait_reading()
                    self.assertEqual(
                        [(r.kind, r.path) for r in agent.requests[:2]],
                        [("session", "/sessionauth/v1/authenticate"),
                         ("key", "/keyauth/v1/authenticate")])
                    self.assertEqual(self.kinds(), ["session", "key", "list", "read"])
                    for request in agent.requests[:2]:
                        self.assertEqual((request.user, request.body), (user, b""))
                        self.assertIsNone(request.header("Content-Type"))
                        self.assertEqual(request.header("Content-Length"), "0")
                    self.assertEqual(overlaps, [[]] * hosts)
                    self.deliver(client, message(1))

    def test_the_key_may_be_in_the_certificates_file(self):
        self.start_feed()
        for order in (0, 1), (1, 0):
            files = [made("clients")["client-ec"][index] for index in order]
            text = ""
            for file in files:
                with open(file, encoding="ascii") as part:
                    text += part.read()
            options = self.by_certificate()
            at = options.index("--client-cert")
            options[at:at + 4] = ["--client-cert", self.path("both.pem", text)]
            os.chmod(self.path("both.pem"), 0o600)
            client = self.sign_in(*options)
            self.wait_reading()
            self.deliver(client, message(order[0]))
            client.end()
            self.assertNotIn("chmod", client.err)

    def test_a_key_that_others_can_read_is_warned_of(self):
        self.start_feed()
        certificate, key = (shutil.copy(file, self.folder) for file in made("clients")["client-ec"])
        os.chmod(key, 0o644)
        client = self.sign_in("--agent", self.agent.url, *self.trust(), "--client-cert",
                              certificate, "--client-key", key)
        self.wait_reading()
        self.wait_error(client, r"key file .*client-ec\.key can be read by other users: chmod 600")

    def test_without_one_where_one_is_required_it_is_said(self):
        agent = self.start_feed()
        client = self.sign_in(*self.by_key())
        self.wait_error(client, "sign-in: (?i:.*client certificate).*next try in")
        self.assertEqual(agent.requests, [])
        agent.require_client_certificate = False
        self.wait_reading()

    def test_by_key_with_a_certificate_for_a_gateway(self):
        agent = self.start_feed()
        client = self.sign_in(*self.by_key(), *self.by_certificate()[-4:])
        self.wait_reading()
        self.assertEqual([r.sign_in for r in agent.requests[:2]], ["rsa", "rsa"])
        self.assertEqual({c.client_subject for c in agent.connections}, {"bot-ec"})
        self.deliver(client, message(1))

    def test_one_of_an_unknown_authority_is_refused_in_the_handshake(self):
        agent = self.start_feed()
        client = self.sign_in(*self.by_certificate("client-unknown"))
        self.wait_error(client, "sign-in: (?i:.*client certificate).*next try in")
        self.assertEqual(agent.requests, [])

    def test_one_that_has_expired_is_refused_in_the_handshake(self):
        agent = self.start_feed()
        client = self.sign_in(*self.by_certificate("client-expired"))
        self.wait_error(client, "sign-in: (?i:.*client certificate).*next try in")
        self.assertEqual(agent.requests, [])

    def test_one_that_may_not_sign_in_is_said_and_retried_slowly(self):
        agent = self.start_feed(certificate_users={"somebody else"})
        client = self.sign_in(*self.by_certificate())
        self.wait_error(client, "error: sign-in: 401 .*certificate is not accepted.*"
                                "next try in [2345]")
        agent.certificate_users = None
        client.signal(signal.SIGHUP)
        self.wait_reading()
        self.assertEqual(self.kinds(), ["session", "session", "key", "list", "read"])

    def put(self, name, *files):
        for source, target in zip(made("clients")[name], files):
            shutil.copy(source, target + ".new")
            os.replace(target + ".new", target)

    def sign_in_by(self, *files):
        self.put("client-ec", *files)
        options = self.by_certificate()
        options[options.index("--client-cert") + 1] = files[0]
        options[options.index("--client-key") + 1] = files[1]
        client = self.sign_in(*options)
        self.wait_reading()
        return client

    def test_one_that_is_replaced_is_taken_at_the_next_sign_in(self):
        """On one host, too, where the connection with the old one is still open."""
        files = [self.path("client.pem"), self.path("client.key")]
        for hosts in (1, 3):
            with self.subTest(hosts=hosts):
                agent = self.start_feed(hosts)
                client = self.sign_in_by(*files)
                self.put("client-rsa", *files)
                agent.expire_tokens()
                self.deliver(client, message(1))
                self.wait_requests("key", 2)
                self.wait_reading()
                self.assertEqual([r.user for r in agent.requests if r.sign_in],
                                 ["bot-ec"] * 2 + ["bot-rsa"] * 2)

    def test_one_that_is_replaced_after_it_was_refused_is_taken_at_sighup(self):
        files = [self.path("client.pem"), self.path("client.key")]
        agent = self.start_feed()
        client = self.sign_in_by(*files)
        agent.certificate_users = {"bot-rsa"}
        agent.expire_tokens()
        agent.push(message(1))
        self.wait_error(client, "the certificate is not accepted")
        self.put("client-rsa", *files)
        client.signal(signal.SIGHUP)
        self.wait_lines(client, 1)
        self.wait_acknowledged([message(1)])

    def test_tokens_that_expire_are_had_anew(self):
        agent = self.start_feed(3)
        client = self.sign_in(*self.by_certificate())
        self.wait_reading()
        self.deliver(client, message(1))
        self.wait_reading()
        agent.expire_tokens()
        self.deliver(client, message(2))
        self.wait_requests("key", 2)
        self.wait_reading()
        self.deliver(client, message(3))
        self.assert_printed(client, messages(3, 1))


# -- the life of tokens ----------------------------------------------------------------------------


class TokenLife(SignIn):
    """401 from the Agent: one new sign-in, same feed, same ackId, nothing lost or doubled."""

    def refused_and_again(self, kind="read"):
        """The one request that was answered with 401, and the next of its kind: between them is a
        sign-in and nothing else."""
        agent = self.agent
        refused = self.wait_agent(lambda a: [r for r in a.requests if r.status == 401], "a 401")[0]
        again = self.next_after(refused, kind)
        requests = agent.requests
        between = requests[requests.index(refused) + 1:requests.index(again)]
        self.assertEqual([r.kind for r in between], ["session", "key"])
        self.assertEqual((again.feed_id, again.ack_id), (refused.feed_id, refused.ack_id))
        self.assertNotEqual(again.header("sessionToken"), refused.header("sessionToken"))
        self.assert_signed_by(again)
        return refused, again

    def test_401_to_the_read_that_acknowledges_a_batch(self):
        for hosts in (1, 3):
            with self.subTest(hosts=hosts):
                agent, client = self.follow_by_key(hosts)
                self.deliver(client, message(0))
                self.wait_reading()
                agent.expire_tokens()
                agent.push(messages(20, 1))
                refused, _ = self.refused_and_again()
                self.assertTrue(refused.ack_id)
                self.wait_acknowledged(messages(21))
                self.assert_printed(client, messages(21))
                self.assertEqual(self.stats(client)["signins"], 2)
                self.assertEqual(self.stats(client)["duplicates"], 0)
                self.assertEqual(agent.requests_of("create"), [])

    def test_tokens_that_run_out_by_the_clock_between_batches(self):
        agent, client = self.follow_by_key(token_life=20)
        for number in range(3):
            self.deliver(client, *messages(2, 2 * number))
            self.wait_reading()
            agent.clock_offset += 21  # the read that is held was in time
        agent.push(message(6))
        self.wait_requests("session", 4)
        self.wait_acknowledged(messages(7))
        self.assert_printed(client, messages(7))
        self.assertEqual(self.stats(client)["signins"], 4)

    def test_401_on_the_first_read(self):
        agent = self.start_feed()
        agent.push(messages(2))
        agent.fault(on="read", status=401)
        client = self.sign_in()
        self.wait_acknowledged(messages(2))
        self.refused_and_again()
        self.assert_printed(client, messages(2))
        self.assertEqual(self.kinds()[:7],
                         ["session", "key", "list", "read", "session", "key", "read"])

    def test_401_on_list(self):
        agent = self.start_feed()
        agent.push(message(1))
        agent.fault(on="list", status=401)
        client = self.sign_in()
        self.wait_acknowledged([message(1)])
        self.refused_and_again("list")
        self.assert_printed(client, [message(1)])

    def test_401_on_create(self):
        agent = self.start_host()
        agent.push_to_new_feeds(message(1))
        agent.fault(on="create", status=401)
        client = self.sign_in()
        self.wait_acknowledged([message(1)])
        self.refused_and_again("create")
        self.assert_printed(client, [message(1)])
        self.assertEqual(len(agent.feeds), 1)

    def test_401_to_only_one_of_the_two_tokens(self):
        for kind in ("session", "key"):
            with self.subTest(kind=kind):
                agent, client = self.follow_by_key()
                agent.expire_tokens(kind)
                self.deliver(client, message(1))
                self.refused_and_again()
                self.wait_reading()
                self.deliver(client, message(2))

    def test_401_again_with_fresh_tokens_is_retried_slowly(self):
        agent, client = self.follow_by_key()
        fault = agent.fault(on="read", status=401, times=2)
        agent.push(messages(2))
        self.wait_error(client, r"error: read: 401 .*tokens refused.*next try in [2345]")
        reads = [r for r in agent.requests if r.fault is fault]
        self.assertEqual(len(agent.requests_of("session")), 2)
        self.assertRegex(client.err, r"read: 401 .*next try in 0\.\d s", "the first time soon")
        self.wait_acknowledged(messages(2))
        again = self.next_after(reads[1], "read")
        self.assertGreaterEqual(again.time - reads[1].time, SLOW_WAIT / 2 - SLACK)
        self.assertEqual(again.ack_id, reads[0].ack_id)
        self.assert_printed(client, messages(2))
        self.assertEqual(self.stats(client)["signins"], 3)

    def test_401_once_in_a_while_waits_a_short_time_each(self):
        agent, client = self.follow_by_key()
        for number in range(4):
            agent.expire_tokens()
            self.deliver(client, message(number))
            self.wait_reading()
        waits = re.findall(r"read: 401 .*tokens refused.*next try in ([\d.]+) s", client.err)
        self.assertEqual(len(waits), 4)
        self.assertLessEqual(max(map(float, waits)), FIRST_WAIT)
        self.assertEqual(self.stats(client)["retries"], 4)


# -- failures while signing in ---------------------------------------------------------------------


class Refused(SignIn):
    """401 to the sign-in itself: a person has to act."""

    SAYS = r"error: sign-in: 401 .*wrong user name, key or clock.*next try in ([\d.]+) s"

    def refused(self):
        """A client whose key is not the one that the Agent knows; (agent, client, key file)."""
        agent = self.start_feed()
        path = self.key_file(made("keys-large")["rsa3072-pkcs8"])
        client = self.sign_in(*self.by_key(path))
        return agent, client, path

    def test_a_key_that_is_replaced_and_sighup_signs_in_at_once(self):
        agent, client, _ = self.refused()
        wait = float(self.wait_error(client, self.SAYS).group(1))
        self.key_file()
        client.signal(signal.SIGHUP)
        self.wait_reading()
        first, second = agent.requests_of("session")
        self.assertLess(second.time, first.answered + wait, "before the next try was due")
        self.deliver(client, message(1))

    def test_a_key_that_is_replaced_is_taken_at_the_next_try(self):
        agent, client, _ = self.refused()
        wait = float(self.wait_error(client, self.SAYS).group(1))
        self.assertGreaterEqual(wait, SLOW_WAIT / 2)
        self.key_file()
        self.wait_reading()
        first, second = agent.requests_of("session")
        self.assertGreaterEqual(second.time, first.time + wait - SLACK)
        self.deliver(client, message(1))

    def test_a_key_file_that_is_gone_or_spoiled_is_named(self):
        agent, client = None, None
        agent = self.start_feed()
        path = self.key_file()
        client = self.sign_in(*self.by_key(path))
        self.wait_reading()
        self.deliver(client, message(1))
        self.wait_reading()
        os.remove(path)
        agent.expire_tokens()
        agent.push(message(2))
        self.wait_error(client, r"error: sign-in: .*bot\.key: there is no such file.*"
                                r"next try in [2345]")
        self.path("bot.key", "not PEM\n")
        client.signal(signal.SIGHUP)
        self.wait_error(client, r"error: sign-in: .*bot\.key: .*no private key.*next try in [2345]")
        self.key_file()
        client.signal(signal.SIGHUP)
        self.wait_acknowledged(messages(2, 1))
        self.assert_printed(client, messages(2, 1))

    def test_an_unknown_user_is_said_and_never_a_tight_loop(self):
        agent = self.start_feed()
        client = self.sign_in(*self.by_key(user="nobody"))
        first = float(self.wait_error(client, self.SAYS).group(1))
        second = float(self.wait_error(client, self.SAYS, 2).group(1))
        self.assertEqual(self.kinds(), ["session"] * 2)
        self.assertGreaterEqual(first, SLOW_WAIT / 2)
        self.assertGreaterEqual(second, SLOW_WAIT)
        self.assertEqual(agent.sign_in_refusals, ["unknown user 'nobody'"] * 2)

    def test_401_from_the_key_manager_begins_anew_with_the_session(self):
        agent = self.start_feed(3)
        agent.fault(on="key", status=401)
        client = self.sign_in()
        self.wait_error(client, "error: key manager sign-in: 401 .*next try in [2345]")
        client.signal(signal.SIGHUP)
        self.wait_reading()
        self.assertEqual(self.kinds(), ["session", "key", "session", "key", "list", "read"])

    def test_a_clock_that_is_wrong_is_named(self):
        for offset, reason in ((3600, "has expired"), (-3600, "more than 300")):
            with self.subTest(offset=offset):
                agent = self.start_feed(clock_offset=offset)
                client = self.sign_in()
                self.wait_error(client, self.SAYS)
                self.assertIn(reason, agent.sign_in_refusals[0])
                agent.clock_offset = 0
                client.signal(signal.SIGHUP)
                self.wait_reading()

    def test_clocks_that_differ_by_half_a_minute_do_not_matter(self):
        for offset in (-30, 30):
            self.follow_by_key(clock_offset=offset)

    def test_a_clock_that_is_not_set_is_named_and_it_goes_on_once_it_is(self):
        libraries = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        if is_sanitized() or not libraries:
            self.skipTest("needs libfaketime, which sanitizers do not let in")
        agent = self.start_feed()
        clock = self.path("clock", "@1970-01-01 00:10:00")
        client = self.sign_in(LD_PRELOAD=libraries[0], FAKETIME_TIMESTAMP_FILE=clock,
                              FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.wait_error(client, "sign-in: the clock is not set: signing in needs it.*"
                                "next try in", 2)
        self.assertEqual(agent.connections, [])
        self.path("clock", "+0")
        self.wait_reading()
        self.deliver(client, message(1))


class Outages(SignIn):
    """What passes by itself."""

    def test_429_and_503_wait_as_long_as_retry_after_says(self):
        meant = []
        for on in ("session", "key", "info"):
            for status in (429, 503):
                agent = self.start_feed(3, simplified_key_delivery=on == "info")
                fault = agent.fault(on=on, status=status, headers=[["Retry-After", "2"]])
                meant.append((agent, self.sign_in(), on, status, fault))
        for agent, client, on, status, fault in meant:
            with self.subTest(on=on, status=status):
                name = {"session": "sign-in", "key": "key manager sign-in",
                        "info": "agent version"}[on]
                self.wait_error(client, f" {name}: {status} .*next try in 2.. s")
                self.wait_reading(agent)
                first, second = agent.requests_of(on)
                self.assertGreaterEqual(second.time - first.time, 2 - SLACK)
                before = ["session"] if on != "session" else []
                after = ["key"] if on == "session" else []
                self.assertEqual(self.kinds(agent), before + [on, on] + after + ["list", "read"])

    def test_sighup_ends_even_an_hours_wait(self):
        agent = self.start_feed()
        agent.fault(on="session", status=503, headers=[["Retry-After", "3600"]])
        client = self.sign_in()
        self.wait_error(client, r"sign-in: 503 .*next try in 3600\.\d s")
        client.signal(signal.SIGHUP)
        self.wait_reading()
        self.deliver(client, message(1))

    def test_a_pod_that_refuses_connections_and_comes_back(self):
        agent = self.start_feed(3)
        agent.fault(on="connect", host="pod", refuse=-1)
        client = self.sign_in()
        self.wait_error(client, r" sign-in: .*refused.*next try in", 2)
        self.assertEqual(agent.requests, [])
        agent.clear_faults()
        self.wait_reading()
        self.deliver(client, message(1))

    def test_a_key_manager_that_is_down_does_not_make_the_session_anew(self):
        agent = self.start_feed(3)
        agent.fault(on="connect", host="key_manager", refuse=-1)
        client = self.sign_in()
        self.wait_error(client, r"key manager sign-in: .*refused.*next try in", 3)
        self.assertEqual(self.kinds(), ["session"])
        agent.clear_faults()
        self.wait_reading()
        self.assertEqual(self.kinds(), ["session", "key", "list", "read"])

    def test_a_pod_that_is_down_after_tokens_expired(self):
        agent, client = self.follow_by_key(3)
        self.deliver(client, message(1))
        self.wait_reading()
        agent.fault(on="connect", host="pod", refuse=-1)
        agent.expire_tokens()
        agent.push(messages(3, 2))
        self.wait_error(client, r" sign-in: .*refused.*next try in")
        self.wait_agent(lambda a: [r.status for r in a.requests].count(401) == 1, "one 401")
        agent.clear_faults()
        self.wait_acknowledged(messages(4, 1))
        self.assert_printed(client, messages(4, 1))
        self.assertEqual(self.stats(client)["signins"], 2)

    def test_resets_and_silence_cut_short(self):
        for on in ("session", "key"):
            for how in ({"reset": True}, {"close_before": True}, {"cut": 40}):
                with self.subTest(on=on, how=how):
                    agent = self.start_feed(3)
                    agent.fault(on=on, **how)
                    client = self.sign_in()
                    self.wait_error(client, "sign-in: .*next try in 0")
                    self.wait_reading()
                    self.assertEqual(len(agent.requests_of(on)), 2)

    def test_ending_while_signing_in(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            for on in ("session", "key"):
                agent = self.start_feed(3)
                agent.fault(on=on, silent=True)
                client = self.sign_in()
                self.wait_requests(on, 1)
                client.signal(number)
                self.wait_end(client)


# -- SIGHUP ----------------------------------------------------------------------------------------


class Renewal(SignIn):
    """SIGHUP: there are new credentials."""

    def test_token_files_are_read_again_at_once(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        self.wait_reading()
        self.revoke_tokens(write=False)
        agent.push(message(2))
        wait = float(self.wait_error(client, r"error: .*401.*next try in ([\d.]+) s").group(1))
        refused = self.wait_agent(lambda a: [r for r in a.requests if r.status == 401][1:],
                                  "the second 401")[0]
        agent.write_tokens()
        client.signal(signal.SIGHUP)
        self.wait_reading()
        self.assertLess(self.next_after(refused).time, refused.answered + wait)
        self.deliver(client, message(3))
        self.assert_printed(client, messages(3, 1))

    def test_tokens_are_renewed_after_the_read_that_is_held(self):
        agent, client = self.follow_by_key()
        client.signal(signal.SIGHUP)
        self.stats(client)  # it has been there since
        self.assertEqual(len(agent.requests_of("session")), 1)
        self.deliver(client, message(1))
        self.wait_reading()
        self.assertEqual(self.kinds(), ["session", "key", "list", "read", "session", "key", "read"])
        first, second = agent.requests_of("read")
        self.assertNotEqual(first.header("sessionToken"), second.header("sessionToken"))
        self.assertEqual(self.stats(client)["signins"], 2)

    def test_sighup_while_signing_in_begins_anew(self):
        for on in ("session", "key"):
            with self.subTest(on=on):
                agent = self.start_feed(3)
                agent.fault(on=on, silent=True)
                client = self.sign_in()
                self.wait_requests(on, 1)
                client.signal(signal.SIGHUP)
                self.wait_reading()
                self.assertEqual(self.kinds()[-4:], ["session", "key", "list", "read"])
                self.assertNotIn("next try", client.err)

    def test_many_sighups_do_no_harm(self):
        agent, client = self.follow_by_key()
        for number in range(20):
            client.signal(signal.SIGHUP)
            self.deliver(client, message(number))
            self.wait_reading()
        self.assert_printed(client, messages(20))
        self.assertEqual(self.stats(client)["retries"], 0)


# -- mistakes --------------------------------------------------------------------------------------


class WrongUse(EndToEnd):
    """Exit 2 and one line that names the option."""

    HOST = ("--agent", "https://localhost:1")

    def wrong(self, options, *names):
        with self.subTest(options=options):
            done = run("tail", *self.HOST, *options)
            error = done.stderr.decode()
            self.assertEqual((done.returncode, done.stdout), (2, b""), error)
            self.assertRegex(error, r"\Asymfeed: [^\n]{20,}\n\Z")
            for name in names:
                self.assertIn(name, error)
            return error

    def key(self, name="rsa2048-pkcs8"):
        return ("--rsa-key", name if os.sep in name else made("keys")[name])

    def certificate(self, name="client-ec"):
        certificate, key = made("clients")[name]
        return ("--client-cert", certificate, "--client-key", key)

    def test_half_of_what_is_needed(self):
        self.wrong((), "sign in", "--session-token-file", "--rsa-key", "--client-cert")
        self.wrong(("--user", BOT), "--rsa-key", "--user")
        self.wrong(self.key(), "--user", "--rsa-key")
        self.wrong(("--pod", "https://localhost"), "--rsa-key")
        self.wrong(("--key-manager", "https://localhost"), "--rsa-key")
        self.wrong(self.certificate()[2:], "--client-cert", "--client-key")
        self.wrong(("--session-auth", "https://localhost"), "--client-cert")
        self.wrong(("--key-auth", "https://localhost"), "--client-cert")
        for option in ("--user", "--rsa-key", "--pod", "--key-manager", "--client-cert",
                       "--client-key", "--session-auth", "--key-auth"):
            self.wrong((option,), option)

    def test_two_ways_at_once(self):
        token = ("--session-token-file", self.path("token", "token\n"))
        key = (*self.key(), "--user", BOT)
        self.wrong((*token, *key), "--session-token-file", "--rsa-key")
        self.wrong((*token, "--user", BOT), "--session-token-file", "--user")
        self.wrong((*token, "--pod", "https://localhost"), "--session-token-file", "--pod")
        self.wrong((*key, *self.certificate(), "--session-auth", "https://localhost"),
                   "--rsa-key", "--session-auth")
        self.wrong((*token, *self.certificate(), "--key-auth", "https://localhost"),
                   "--session-token-file", "--key-auth")
        self.wrong((*self.certificate(), "--pod", "https://localhost"), "--rsa-key")

    def test_keys_that_are_no_good(self):
        keys = made("keys")
        user = ("--user", BOT)
        missing, garbage = self.path("missing"), self.path("garbage", "not PEM\n")
        with open(keys["rsa2048-pkcs8"], encoding="ascii") as file:
            text = file.read()
        lines = text.split("\n")
        for path, *says in (
                (keys["ec"], "not an RSA key"), (keys["rsa1024"], "1024", "2048"),
                (keys["encrypted-pkcs1"], "encrypted"), (keys["encrypted-pkcs8"], "encrypted"),
                (keys["rsa2048-public"], "no private key"), (garbage, "no private key"),
                (self.path("empty", ""), "no private key"), (missing, "No such file"),
                (self.folder, "irectory"),
                (made("clients")["client-ec"][0], "no private key"),
                (self.path("cut", text[:400]), "damaged"),
                (self.path("spoiled", text.replace(lines[5], "!" * 64)), "damaged"),
                # Sound base64, sound DER, wrong numbers.
                (self.path("bent", text.replace(lines[9], lines[9][::-1])), "damaged")):
            error = self.wrong((*user, *self.key(path)), "--rsa-key", path, *says)
            for line in lines[1:-2]:
                self.assertNotIn(line, error)

    def test_keys_whose_numbers_do_not_fit_together(self):
        """With a wrong D and the right numbers for the Chinese remainder theorem signatures would be
        good as long as nobody computes without these, and the other way round."""
        file, user = made("keys")["rsa2048-pkcs1"], ("--user", BOT)
        for wrapped in (False, True):
            whole = self.path("whole", pem_of(numbers_of(file), wrapped))
            self.wrong((*user, *self.key(whole), "--session-auth", "https://localhost"),
                       "--session-auth")
        for wrapped, (name, numbers) in itertools.product((False, True), broken_keys(file)):
            with self.subTest(name, wrapped=wrapped):
                path = self.path("broken", pem_of(numbers, wrapped))
                self.wrong((*user, *self.key(path)), "--rsa-key", path, "damaged")

    def test_client_keys_whose_numbers_do_not_fit_together(self):
        certificate, key = made("clients")["client-rsa"]
        pkcs1 = self.path("pkcs1")
        subprocess.run(("openssl", "rsa", "-traditional", "-in", key, "-out", pkcs1), check=True,
                       capture_output=True)
        for name, numbers in broken_keys(pkcs1):
            with self.subTest(name):
                path = self.path("broken", pem_of(numbers))
                self.wrong(("--client-cert", certificate, "--client-key", path), "--client-key",
                           path, "key is")

    def test_certificates_and_keys_that_are_no_good(self):
        clients, keys = made("clients"), made("keys")
        certificate, key = clients["client-ec"]
        missing, garbage = self.path("missing"), self.path("garbage", "not PEM\n")
        self.wrong(("--client-cert", certificate, "--client-key", clients["client-rsa"][1]),
                   "--client-key", clients["client-rsa"][1], "not that of the certificate")
        self.wrong(("--client-cert", clients["client-rsa"][0], "--client-key",
                    keys["rsa2048-pkcs8"]), "--client-key", "not that of the certificate")
        self.wrong(("--client-cert", certificate, "--client-key", missing), "--client-key", missing)
        self.wrong(("--client-cert", certificate, "--client-key", garbage),
                   "--client-key", garbage, "no private key")
        self.wrong(("--client-cert", certificate, "--client-key", keys["encrypted-pkcs8"]),
                   "--client-key", "encrypted")
        self.wrong(("--client-cert", certificate), "--client-cert", "--client-key")
        self.wrong(("--client-cert", missing, "--client-key", key), "--client-cert", missing)
        self.wrong(("--client-cert", garbage, "--client-key", key), "--client-cert", garbage)
        self.wrong(("--client-cert", key, "--client-key", key), "--client-cert", key,
                   "no certificate")
        with open(certificate, encoding="ascii") as file:
            text = file.read()
        spoiled = self.path("spoiled", text.replace(text.split("\n")[3], "A" * 64))
        self.wrong(("--client-cert", spoiled, "--client-key", key), "--client-cert", spoiled)

    def test_users(self):
        for user in ("", "u" * 129, "é" * 65, "a\r\nX: y", "a\nb", "a\tb", "a\x7fb", "a\x1bb",
                     b"bad \xff utf-8", b"cut \xe2\x82"):
            error = self.wrong((*self.key(), "--user", user), "--user")
            self.assertNotIn("X: y", error)

    def test_urls(self):
        ways = {"--pod": (*self.key(), "--user", BOT),
                "--key-manager": (*self.key(), "--user", BOT),
                "--session-auth": self.certificate(), "--key-auth": self.certificate()}
        for option, way in ways.items():
            for url in ("", "localhost", "https://", "ftp://localhost", "http://localhost",
                        "https://user:secret@localhost", "https://localhost:0",
                        "https://localhost\r\nX: y", "https://localhost/\r\nX: y",
                        "https://localhost/a b", "https://" + "a" * 254,
                        "https://localhost/" + "p" * 1100):
                error = self.wrong((*way, option, url), option)
                self.assertNotIn("secret", error)
                self.assertNotIn("X: y", error)
                self.assertEqual("--insecure-http" in error, url == "http://localhost")
        error = self.wrong(("--insecure-http", *way, option, "http://local host"), option)
        self.assertNotIn("--insecure-http", error)

    def test_a_certificate_and_no_host_to_show_it(self):
        for more in ((), ("--session-auth", "http://localhost")):
            done = run("tail", "--agent", "http://localhost:1", "--insecure-http",
                       *self.certificate(), *more)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertRegex(done.stderr, rb"\Asymfeed: --client-cert: only https://[^\n]*\n\Z")


if __name__ == "__main__":
    unittest.main()
