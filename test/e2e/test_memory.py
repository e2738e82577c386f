# SPDX-License-Identifier: Apache-2.0
"""mbedTLS in an arena of the application's (make MBEDTLS_DIR=...): what fits, and what happens when it
is full; records shorter than a server may send. Where the build has no arena there is nothing to test
here but that it says so."""

import os
import re
import subprocess
import unittest
import urllib.parse

from harness import (ROOT, SYMFEED, EndToEnd, certificate_folder, certificates, environment,
                     made, message, padded, run, small)

BUILD = os.environ.get("SYMFEED_BUILD", os.path.dirname(SYMFEED) or os.path.join(ROOT, "build"))
ARENA = os.path.join(BUILD, "obj", "test", "e2e", "arena")
FULL = (r"memory of TLS is full: (\d+) of (\d+) bytes are taken, and (\d+) more are needed in one "
        r"piece: raise SYMFEED_ARENA_SIZE")

def sizes():
    """Content of a record in and out, least arena and arena of the program; None without an arena."""
    found = re.search(r"TLS records of (\d+) bytes in and (\d+) out, arena (\d+) bytes, at least (\d+)",
                      run("version").stdout.decode())
    return tuple(int(number) for number in found.groups()) if found else None


@unittest.skipUnless(sizes(), "this build has no arena")
class Arena(EndToEnd):
    def shake_hands(self, rounds, *arenas, ca=None, **changes):
        """What test/e2e/arena.c says: a list of (size of the arena, text)."""
        url = urllib.parse.urlsplit(self.agent.url)
        done = subprocess.run([ARENA, url.hostname, str(url.port),
                               ca or certificates.ca_path(certificate_folder()), str(rounds),
                               *map(str, arenas)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=300, env=environment(**changes), check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        lines = done.stdout.decode().splitlines()
        return [(int(size), text) for size, _, text in (line.partition(": ") for line in lines)]

    def test_none_or_one_that_is_too_small_is_refused_with_the_size_that_would_do(self):
        self.start_agent()
        least = sizes()[3]
        for size, text in self.shake_hands(1, 0, 1, least - 1):
            self.assertRegex(text, rf"\Ainit: mbedTLS needs memory: .* at least {least} bytes, it has "
                                   rf"{size}\Z")
        self.assertEqual(self.shake_hands(1, least)[0], (least, "full"))

    def test_the_usual_one_is_enough_for_each_kind_of_chain(self):
        usual = sizes()[2]
        for group, name in (("chains", "good-ec-chain"), ("chains", "good-rsa2048"),
                            ("rsa4096", "good-rsa4096")):
            with self.subTest(name=name):
                self.start_agent(certificate=name, certificates=made(group))
                said = self.shake_hands(3, usual,
                                        ca=certificates.ca_path(certificate_folder(), name))
                self.assertEqual([text for _, text in said[:3]], ["full", "resumed", "resumed"])
                self.assertLess(int(said[3][1].split()[1]), usual)

    def test_the_least_one_is_enough_for_elliptic_curves(self):
        name = "good-ec-chain"
        self.start_agent(certificate=name, certificates=made("chains"))
        said = self.shake_hands(5, sizes()[3], ca=certificates.ca_path(certificate_folder(), name))
        self.assertEqual([text for _, text in said[:5]], ["full"] + 4 * ["resumed"])

    def test_the_usual_one_is_enough_with_a_client_certificate(self):
        """Of RSA with 4096 bits, as all keys of the server's chain."""
        name = "good-rsa4096"
        made("clients")
        folder = certificate_folder()
        key, request, certificate = (self.path(file) for file in ("key", "request", "certificate"))
        authority = certificates.client_ca_path(folder)
        for command in (("req", "-new", "-newkey", "rsa:4096", "-nodes", "-keyout", key, "-subj",
                         "/CN=bot", "-out", request),
                        ("x509", "-req", "-in", request, "-days", "30", "-CA", authority, "-CAkey",
                         authority[:-3] + "key", "-set_serial", "1", "-out", certificate)):
            subprocess.run(("openssl", *command), check=True, capture_output=True)
        with open(certificate, "a", encoding="ascii") as both, open(key, encoding="ascii") as part:
            both.write(part.read())
        os.chmod(certificate, 0o600)
        agent = self.start_agent(certificate=name, certificates=made("rsa4096"),
                                 client_ca=authority, require_client_certificate=True)
        said = self.shake_hands(3, sizes()[2], ca=certificates.ca_path(folder, name),
                                ARENA_CERTIFICATE=certificate)
        self.assertEqual([text for _, text in said[:3]], ["full", "resumed", "resumed"])
        self.assertEqual(agent.connections[0].client_subject, "bot")

    def test_each_allocation_that_fails_is_told_as_what_it_is(self):
        """One byte short here and there, of all that a handshake with long keys takes: it is never the
        certificate that is blamed, and nothing is left behind."""
        name = "good-rsa4096"
        self.start_agent(certificate=name, certificates=made("rsa4096"))
        least, usual = sizes()[3], sizes()[2]
        arenas = range(least, usual, 176)
        said = self.shake_hands(1, *arenas, ca=certificates.ca_path(certificate_folder(), name))
        good = [size for size, text in said if text == "full"]
        bad = [text for _, text in said if text != "full" and not text.startswith("peak ")]
        self.assertEqual(len(good) + len(bad), len(arenas))
        self.assertGreater(len(bad), 10)
        self.assertTrue(good)
        for text in bad:
            found = re.fullmatch(rf"TLS handshake: {FULL}", text)
            self.assertTrue(found, text)
            self.assertLessEqual(int(found[1]), int(found[2]))
        self.assertEqual(good, [size for size in arenas if size >= good[0]])

    def test_thousands_of_handshakes_leave_nothing_behind(self):
        """With one server, resumed and not, in an arena that has next to nothing to spare for what
        grows. Numbers and signatures are a few bytes longer in one handshake than in the next; a piece
        left behind by each would come to much more than that."""
        self.start_agent(certificate="good-rsa")
        least = sizes()[3]
        few = self.shake_hands(20, *range(least, least + 12288, 512))
        enough = min(size for size, text in few if text == "full")
        peak = next(text for size, text in few if size == enough and text.startswith("peak "))
        many = self.shake_hands(2000, enough + 512)
        self.assertLess(int(many[-1][1].split()[1]), int(peak.split()[1]) + 256)
        self.assertEqual({text for _, text in many[:-1]}, {"full", "resumed"})

    def test_changing_chains_do_not_raise_the_level(self):
        chains = {**made("chains"), **made("names"), **made("rsa")}
        agent, client = self.follow(certificates=chains)
        names = ("good-rsa2048", "good", "good-ec-chain", "good-rsa", "localhost-only")
        peaks = []
        for turn in range(5):
            for name in names:
                count = len(agent.connections)
                agent.forget_sessions()
                agent.fault(on="connect", tls=f"certificate:{name}")
                agent.drop_connections()
                self.wait_agent(lambda a: len(a.connections) > count, "another connection")
                self.wait_reading()
                self.deliver(client, small(len(names) * turn + names.index(name)))
            peaks.append(self.stats(client)["heap_peak"])
        # In the first turn the authorities are not all there yet, and signatures differ by a few bytes.
        # The smallest piece that 20 handshakes could leave behind would be more.
        self.assertLess(peaks[-1] - peaks[1], 512, peaks)
        self.assertGreater(peaks[0], 0)

    @unittest.skipIf(sizes() and sizes()[0] < 16384, "it would not fit into the record before")
    def test_a_chain_that_is_too_large_for_it_and_then_one_that_is_not(self):
        agent, client = self.follow(certificates=made("long"))
        self.deliver(client, message(1))
        # The first one offers a session: it is made again at once, and nothing is said of it.
        agent.fault(on="connect", tls="certificate:names-700", times=3)
        agent.forget_sessions()
        agent.drop_connections()
        found = self.wait_error(client, rf"warning: read: TLS handshake: {FULL}, next try in", 2)
        self.assertIn(int(found[2]) - sizes()[2], range(2 * 4096)) # up to the end of its last page
        self.wait_reading()
        self.deliver(client, message(2))
        self.assert_printed(client, [message(1), message(2)])
        self.assertGreaterEqual(self.stats(client)["retries"], 2)


def record_in():
    """Longest record that may come; the usual 16 KB where somebody else has built mbedTLS."""
    return sizes()[0] if sizes() else 16384


def asks():
    """Whether servers are asked for short records. OpenSSL, on which the simulator is, then sends no
    others, as RFC 6066 wants it; where they are not, it is a server that ignores the wish."""
    return "servers are asked for records of" in run("version").stdout.decode()


BATCH = [padded(1500, number) for number in range(20)]  # OpenSSL makes records of 16 KB of them


class Records(EndToEnd):
    @unittest.skipUnless(record_in() == 16384 or asks(), "no server keeps its records that short")
    def test_an_answer_of_many_records(self):
        _, client = self.follow()
        for turn in range(3):
            self.deliver(client, *(padded(1500, 20 * turn + number) for number in range(20)))
        self.assertEqual(self.stats(client)["connects"], 1)

    @unittest.skipIf(record_in() == 16384 or asks(), "servers keep their records short enough")
    def test_a_record_that_is_too_long(self):
        """It is told with the setting that mends it; there is a wait, a new connection, and so on."""
        agent, client = self.follow()
        self.deliver(client, message(1))
        agent.push(BATCH)
        found = self.wait_error(client, r"warning: read: TLS read: a record of (\d+) bytes is too long "
                                        r"for this build, raise SYMFEED_TLS_RECORD_IN, which is "
                                        rf"{record_in()}, next try in (\d+\.\d) s", 3)
        self.assertGreater(int(found[1]), record_in())
        self.assertGreater(float(found[2]), 0.4)
        counters = self.stats(client)
        self.assertGreaterEqual(counters["retries"], 3)
        self.assertEqual(client.status, None)

    def test_a_chain_that_is_longer_than_a_record(self):
        """mbedTLS puts a message together in the same buffer."""
        agent, client = self.follow(certificates=made("long"))
        self.deliver(client, message(1))
        agent.fault(on="connect", tls="certificate:names-300", times=2)
        agent.forget_sessions()
        agent.drop_connections()
        if record_in() < 6000:
            self.wait_error(client, r"TLS handshake: (a record|the server's certificates) of \d+ bytes "
                                    r"(is|are) too long for this build, raise SYMFEED_TLS_RECORD_IN, "
                                    rf"which is {record_in()}.*, next try in", 2)
        self.wait_reading()
        self.deliver(client, message(2))
        self.assertEqual(len(agent.requests_of("create")), 1)
