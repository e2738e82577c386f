# SPDX-License-Identifier: Apache-2.0
"""Nothing secret is shown anywhere, and nothing of it is left in memory once it is of no more use.

Shown: standard output and error (at -v -v -v, with --stats) and what `ps` sees; that is looked at
after each test by the harness. Memory: all that is readable in /proc/PID/mem, while the program
runs and at its very end, where halt.c holds it.
"""

import base64
import functools
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.parse

from harness import (BOT, EndToEnd, ROOT, SYMFEED, certificate_folder, certificates,
                     is_sanitized, made, message, run, small)
from proxy import Proxy
from rsa import der_items  # of the simulator, as the line above

WINDOW = 16  # bytes of a secret in a row, at any place in it, that are looked for
STRIDE = 8  # where one may begin in memory: what is found has 23 bytes, or is aligned

PASSWORD = "correct-horse-battery-staple-0815"
PROXY_USER = "device"


# -- what is secret --------------------------------------------------------------------------------


def der_of(path):
    """The bytes of the (first) private key in a PEM file."""
    with open(path, encoding="ascii") as file:
        text = re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^-]+)", file.read()).group(1)
    return base64.b64decode(text)


def der_values(der):
    """The values in a DER text, in order: integers and octet strings, also within others."""
    values = []
    for tag, value in der_items(der):
        if tag == 0x30 or tag == 0x04 and value[:1] == b"\x30":  # PKCS#8: the key is within
            values += der_values(value)
        elif tag in (0x02, 0x04):
            values.append(value)
    return values


def parts_of_key(path):
    """The private numbers of a key, as they stand in DER and as a little-endian CPU has them; and
    the lines of its PEM text."""
    numbers = [item.lstrip(b"\0") for item in der_values(der_of(path)) if len(item) >= 32]
    public = max(numbers, key=len) if len(numbers) > 5 else b""  # RSA: the modulus comes first
    numbers = [n for n in numbers if n != numbers[0] or not public]
    with open(path, "rb") as file:
        text = re.search(rb"PRIVATE KEY-----\n([^-]+)", file.read()).group(1)
    return [*numbers, *(number[::-1] for number in numbers), *text.split(b"\n")[1:-1]]


def parts_of_token(text):
    """Of what looks like a JWT claims and signature: the header is no secret."""
    return [part.encode() for part in text.split(".")[-2:]]


# -- memory ----------------------------------------------------------------------------------------


def windows_of(secrets):
    return {secret[at:at + WINDOW] for secret in secrets
            for at in range(max(len(secret) - WINDOW, 0) + 1)}


def readable_memory(pid):
    """Triples (line of the map, address, bytes) of all that can be read."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            if line.split()[1][0] != "r" or "[vvar" in line or "[vsyscall]" in line:
                continue
            memory.seek(start)
            data = memory.read(end - start)
            while len(data) < end - start:
                more = memory.read(end - start - len(data))
                if not more:
                    break
                data += more
            yield " ".join(line.split()[1:]), start, data


def find(pid, secrets, others=()):
    """Where something of these secrets lies that is not in the others, too: lines for people."""
    windows, found = windows_of(secrets) - windows_of(others), []
    for line, start, data in readable_memory(pid):
        for at in range(0, len(data) - WINDOW + 1, STRIDE):
            if data[at:at + WINDOW] in windows:
                around = data[max(at - 32, 0):at + 64]
                text = bytes(byte if 32 <= byte < 127 else 46 for byte in around).decode()
                found.append(f"{start + at:x} in {line}: {text}")
    return found


@functools.lru_cache(maxsize=None)
def halt_library():
    """halt.c, compiled; the folder goes with the process."""
    folder = tempfile.TemporaryDirectory(prefix="symfeed-halt-")
    halt_library.folder = folder
    path = os.path.join(folder.name, "halt.so")
    subprocess.run([*os.environ.get("CC", "cc").split(), "-shared", "-fPIC", "-Wl,-z,now", "-o", path,
                    os.path.join(ROOT, "test", "e2e", "halt.c")], check=True, timeout=60)
    return path


class Secrets(EndToEnd):
    """An Agent, perhaps a proxy, and clients that tell all they may."""

    LOUD = ("--json", "-v", "-v", "-v", "--stats")

    def start_host(self, hosts=3, **settings):
        if hosts == 3:
            settings = {"separate_hosts": True, "pod_certificate": "good-rsa",
                        "key_manager_certificate": "good", **settings}
        made("clients")
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]},
                                 client_ca=certificates.client_ca_path(certificate_folder()),
                                 **settings)
        agent.create_feed()
        return agent

    def start_proxy(self):
        proxy = Proxy(user=PROXY_USER, password=PASSWORD).start()
        self.addCleanup(proxy.stop)
        self.secrets |= {PASSWORD, self.basic()}
        return ["--proxy", f"http://{PROXY_USER}:{PASSWORD}@{proxy.host}:{proxy.port}"]

    @staticmethod
    def basic():
        return base64.b64encode(f"{PROXY_USER}:{PASSWORD}".encode()).decode()

    # -- what has been secret so far ---------------------------------------------------------------

    def tokens(self):
        return [part for text in self.agent.issued_tokens for part in parts_of_token(text)]

    def jwts(self):
        return [part for text in self.agent.seen_jwts for part in parts_of_token(text)]


@unittest.skipIf(not os.path.exists("/proc/self/mem"), "needs /proc")
@unittest.skipIf(is_sanitized(), "sanitizers keep memory of their own")
class Memory(Secrets):
    """What is left in memory."""

    def assert_gone(self, client, secrets, what, others=()):
        found = find(client.pid, secrets, others)
        self.assertFalse(found, "\n".join([f"{what} is in memory", *found]))

    def assert_there(self, client, secrets, what):
        """That the search works."""
        self.assertTrue(find(client.pid, secrets), f"{what} is not in memory, or not found")

    def start_halting(self, *options, **more):
        """A client that halts at its end; see `halt`."""
        fifo = self.path(f"halt-{len(self.clients)}")
        os.mkfifo(fifo)
        descriptor = os.open(fifo, os.O_RDWR)
        self.addCleanup(os.close, descriptor)
        # Before the harness ends it, where a test has failed.
        self.addCleanup(os.write, descriptor, b"!")
        client = self.start("tail", *self.LOUD, *options, LD_PRELOAD=halt_library(),
                            SYMFEED_HALT=fifo, **more)
        client.release = lambda: os.write(descriptor, b"!")
        return client

    def halt(self, client):
        """Ends the client, up to where it halts."""
        client.signal(15)
        self.wait_error(client, "^halted$|\nhalted\n")

    def go_through(self, client):
        """A life with everything in it: events, 401, a new sign-in. Returns the secrets."""
        self.deliver(client, message(1))
        self.wait_reading()
        self.assert_there(client, self.tokens(), "a token that is in use")
        old = self.tokens()
        self.agent.expire_tokens()
        self.deliver(client, message(2))
        self.wait_requests("session", 2)
        self.wait_reading()
        self.assert_gone(client, old, "a token that was refused", self.tokens()[len(old):])
        self.deliver(client, message(3))
        self.wait_reading()

    def live_and_end(self, client, key=None, more=()):
        """All of it: nothing of a JWT or a key is left after its use, and nothing at all at the
        end. `key`: its file; `more`: what is secret besides, and in use while it runs."""
        used = parts_of_key(key) if key else []
        self.wait_reading()
        self.assert_gone(client, self.jwts() + used, "a JWT or a key after its use")
        self.go_through(client)
        self.assert_gone(client, self.jwts() + used, "a JWT or a key after its use")
        for secret in more:
            self.assert_there(client, [secret], "what is in use")
        self.halt(client)
        self.assert_gone(client, self.tokens() + self.jwts() + used + list(more), "a secret")
        client.release()
        self.wait_end(client)

    def test_nothing_is_left_after_signing_in_by_key(self):
        for hosts in (1, 3):
            for key in ("rsa2048-pkcs1", "rsa2048-pkcs8"):
                with self.subTest(hosts=hosts, key=key):
                    self.start_host(hosts)
                    self.live_and_end(self.start_halting(*self.by_key(key)), made("keys")[key])

    def test_nothing_is_left_after_signing_in_by_certificate(self):
        for name in ("client-ec", "client-rsa"):
            with self.subTest(name=name):
                self.start_host(require_client_certificate=True)
                self.live_and_end(self.start_halting(*self.by_certificate(name)),
                                  made("clients")[name][1])

    def test_nothing_is_left_of_tokens_from_files(self):
        agent = self.start_host(1)
        client = self.start_halting(*self.access())
        self.wait_reading()
        self.assert_there(client, self.tokens(), "a token that is in use")
        old = self.tokens()
        self.revoke_tokens()
        self.deliver(client, message(1))
        self.wait_requests("read", 3)
        self.wait_reading()
        self.assert_gone(client, old, "a token that was refused", self.tokens()[len(old):])
        self.assertEqual(agent.requests[-1].header("sessionToken"), agent.session_token)
        self.halt(client)
        self.assert_gone(client, self.tokens(), "a token")
        client.release()
        self.wait_end(client)

    def test_nothing_is_left_of_a_proxys_password(self):
        self.start_host()
        client = self.start_halting(*self.by_key(), *self.start_proxy())
        self.live_and_end(client, made("keys")["rsa2048-pkcs8"], [PASSWORD.encode()])
        self.assertNotIn(PASSWORD, client.argv)

    def test_the_coded_password_is_gone_once_the_tunnel_is_there(self):
        self.start_host()
        client = self.start("tail", *self.LOUD, *self.by_key(), *self.start_proxy())
        self.wait_reading()
        self.assert_there(client, [PASSWORD.encode()], "a password that is in use")
        self.assert_gone(client, [self.basic().encode()], "the coded password")

    def test_refused_tokens_are_gone_before_there_are_others(self):
        """The Agent has said 401, and the pod is down: what was refused is no use to anybody."""
        for hosts in (1, 3):
            for options in (self.by_key, self.by_certificate):
                with self.subTest(hosts=hosts, options=options.__name__):
                    agent = self.start_host(hosts, require_client_certificate="optional")
                    client = self.start("tail", *self.LOUD, *options())
                    self.wait_reading()
                    self.assert_there(client, self.tokens(), "a token that is in use")
                    agent.fault(on="session", status=503, times=-1)
                    agent.expire_tokens()
                    agent.push(small(1))
                    self.wait_error(client, " sign-in: 503 .*next try in", 2)
                    self.assert_gone(client, self.tokens(), "a token that was refused")
                    agent.clear_faults()
                    self.wait_acknowledged([small(1)])

    def test_a_mistake_at_the_start_leaves_nothing(self):
        """The key is read before the rest is found out to be wrong."""
        for options in (["--user", "u" * 129], ["--tag", "t" * 101], ["--pod", "http://localhost"]):
            with self.subTest(options=options):
                self.start_host()
                client = self.start_halting(*self.by_key(), *self.start_proxy(), *options)
                self.wait_error(client, "halted\n")
                self.assert_gone(client, [PASSWORD.encode(),
                                          *parts_of_key(made("keys")["rsa2048-pkcs8"])], "a secret")
                client.release()
                self.wait_end(client, 2)


class Shown(Secrets):
    """What others see. That there is nothing of a secret in it is seen to by the harness: here are
    the flows in which it might be."""

    def loud(self, *options, **more):
        return self.start("tail", *self.LOUD, *options, **more)

    def test_the_harness_would_see_it(self):
        agent = self.start_host()
        client = self.loud(*self.by_key())
        self.wait_reading()
        self.note_tokens()
        lines = [line for line in self.secrets if len(line) == 64]
        self.assertGreater(len(lines), 10, "lines of the key")
        self.assertLessEqual({*agent.seen_jwts, *agent.issued_tokens}, self.secrets)
        self.assertEqual(len(agent.seen_jwts), 2)
        self.assertIn("--rsa-key", client.argv)

    def test_signing_in_and_again(self):
        for hosts in (1, 3):
            for options in (self.by_key, self.by_certificate):
                agent = self.start_host(hosts, require_client_certificate="optional")
                client = self.loud(*options())
                self.wait_reading()
                agent.expire_tokens()
                self.deliver(client, message(1))
                self.wait_requests("session", 2)
                self.wait_reading()

    def test_refusals_and_spoiled_answers(self):
        meant = []
        for on in ("session", "key"):
            for how in ({"status": 401}, {"status": 503}, {"cut_body": -20}, {"cut": -9},
                        {"framing": "chunked", "garbage_after": "x"}, {"reset": True, "cut": 300}):
                agent = self.start_host()
                agent.fault(on=on, **how)
                meant.append((agent, self.loud(*self.by_key()), "garbage_after" in how))
        for agent, client, is_whole in meant:
            if is_whole:  # the answer is good, and nothing is waited for
                self.wait_reading(agent)
            else:
                self.wait_error(client, "next try")
            client.signal(signal.SIGHUP)
            self.wait_reading(agent)

    def test_tokens_that_are_too_long_or_no_tokens(self):
        agent = self.start_host(session_token_size=5000)
        client = self.loud(*self.by_key())
        self.wait_error(client, "SYMFEED_SESSION_TOKEN_SIZE")
        token = agent.issued_tokens[-1][:600]
        agent.session_token_size = None
        agent.fault(on="session", status=200, body='{"token":"%s \\u00e9"}' % token)
        client.signal(signal.SIGHUP)
        self.wait_error(client, "not printable ASCII")

    def test_a_key_that_no_longer_fits(self):
        agent = self.start_host()
        path = self.path("bot.key")
        shutil.copy(made("keys")["rsa2048-pkcs8"], path)
        client = self.loud(*self.by_key(path))
        self.wait_reading()
        with open(path, encoding="ascii") as file:
            text = file.read()
        self.path("bot.key", text[:700])
        agent.expire_tokens()
        agent.push(message(1))
        self.wait_error(client, "sign-in: .*bot.key: .*damaged")

    def test_a_proxys_password_is_not_in_the_command_line(self):
        for password in (PASSWORD, "p%40ss%2Fword%3Aof-the-proxy", "a@b-the-proxys-pass"):
            self.start_host()
            proxy = Proxy(user=PROXY_USER, password="another").start()
            self.addCleanup(proxy.stop)
            self.secrets |= {password, urllib.parse.unquote(password)}
            url = f"http://{PROXY_USER}:{password}@{proxy.host}:{proxy.port}"
            client = self.start("tail", *self.LOUD, *self.by_key(), "--proxy", url)
            if "@" in password:  # it should be coded
                self.wait_end(client, 2)
            else:
                self.wait_error(client, "407 .*next try")

    def test_mistakes_on_the_command_line(self):
        jwt = "eyJhbGciOiJSUzUxMiJ9.bm90LWEtcmVhbC1vbmU.c2VjcmV0LXNpZ25hdHVyZQ"
        self.secrets |= {jwt, PASSWORD}
        for options in (("--rsa-key", jwt), (f"--token={jwt}",), ("--proxy", f"u:{PASSWORD}@host"),
                        ("--proxy", f"ftp://u:{PASSWORD}@host"),
                        ("--proxy", f"http://u:{PASSWORD}@host", "--tag", ""),
                        (f"--proxy=http://u:{PASSWORD}@host:0",),
                        ("--pod", f"https://u:{PASSWORD}@host"), (f"--password={PASSWORD}",)):
            done = run("tail", "--agent", "https://localhost:1", "--user", BOT, *options)
            self.assertEqual(done.returncode, 2)
            if options != ("--rsa-key", jwt):  # file names are said
                self.assertNotIn(PASSWORD, done.stderr.decode())
                self.assertNotIn("c2VjcmV0", done.stderr.decode())


@unittest.skipIf(not os.path.exists("/proc/self/limits"), "needs /proc")
@unittest.skipIf(is_sanitized(), "AddressSanitizer forbids core files itself")
class CoreFiles(Secrets):
    """A core file would hold everything."""

    def setUp(self):
        super().setUp()
        self.hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        if self.hard == 0:
            self.skipTest("core files are forbidden here anyway")

    def start_with_limit(self, blocks, *options):
        """A client whose parent allows core files of so many blocks of 512 bytes."""
        return self.start("-c", f'ulimit -S -c {blocks} && exec "$0" "$@"', SYMFEED, "tail",
                          *self.access(), "--json", *options, program="/bin/sh")

    def test_none_is_written_and_commands_get_the_limit_back(self):
        out = self.path("out")
        self.start_host(1)
        client = self.start_with_limit(64, "--exec",
                                       f"ulimit -S -c >'{out}'; ulimit -H -c >>'{out}'")
        self.wait_reading()
        with open(f"/proc/{client.pid}/limits", encoding="ascii") as file:
            limits = re.search(r"(?m)^Max core file size +(\S+) +(\S+)", file.read()).groups()
        hard = "unlimited" if self.hard == resource.RLIM_INFINITY else str(self.hard)
        self.assertEqual(limits, ("1", hard))
        self.deliver(client, small(1))
        with open(out, encoding="ascii") as file:
            soft, command_hard = file.read().split()
        self.assertEqual(soft, "64")
        self.assertEqual(command_hard == "unlimited", hard == "unlimited")


if __name__ == "__main__":
    unittest.main()
