# SPDX-License-Identifier: Apache-2.0
"""No heap: core, port and client never call it, whatever happens. mbedTLS as a library may.

A library that is preloaded ends the program at such a call, see trap.c; it counts those of other
libraries, which shows that it is there.
"""

import functools
import os
import random
import re
import subprocess
import tempfile
import unittest

from harness import (BOT, EndToEnd, ROOT, SYMFEED, certificate_folder, certificates, events,
                     features, is_sanitized, made, message, run, small)
from proxy import Proxy

CC = os.environ.get("CC", "cc").split()
INTERPRETER = 3  # PT_INTERP: the segment that names who loads the libraries


def can_be_preloaded(path):
    """Whether the program is one of this machine that takes libraries when it starts."""
    with open(path, "rb") as file:
        head = file.read(4096)
    with open("/bin/sh", "rb") as file:
        same = file.read(20) == head[:20]  # class, byte order and machine
    wide, order = head[4] == 2, "little" if head[5] == 1 else "big"
    at = int.from_bytes(head[32:40] if wide else head[28:32], order)
    size, count = (int.from_bytes(head[place:place + 2], order)
                   for place in ((54, 56) if wide else (42, 44)))
    return same and any(int.from_bytes(head[at + i * size:at + i * size + 4], order) == INTERPRETER
                        for i in range(count))


@functools.lru_cache(maxsize=None)
def folder():
    made_folder = tempfile.TemporaryDirectory(prefix="symfeed-trap-")
    folder.kept = made_folder
    return made_folder.name


@functools.lru_cache(maxsize=None)
def trap():
    """trap.c, compiled."""
    path = os.path.join(folder(), "trap.so")
    subprocess.run([*CC, "-shared", "-fPIC", "-fno-builtin", "-o", path,
                    os.path.join(ROOT, "test", "e2e", "trap.c")], check=True, timeout=60)
    return path


def compiled(name, text, *options):
    source = os.path.join(folder(), name + ".c")
    with open(source, "w", encoding="ascii") as file:
        file.write(text)
    out = os.path.join(folder(), name)
    subprocess.run([*CC, "-fno-builtin", *options, "-o", out, source], check=True, timeout=60)
    return out


@unittest.skipIf(is_sanitized(), "sanitizers have a heap of their own")
@unittest.skipUnless(can_be_preloaded(SYMFEED), "nothing can be preloaded into this program")
class Heap(EndToEnd):

    def setUp(self):
        super().setUp()
        self.report = self.path("trap")

    def trapped(self, *arguments, **more):
        return self.start(*arguments, LD_PRELOAD=trap(), SYMFEED_TRAP=self.report, **more)

    def said(self):
        with open(self.report, encoding="ascii") as file:
            return file.read()

    def assert_not_called(self, client):
        """The client has ended, and only libraries have called: mbedTLS, where it is one."""
        client.end()
        calls = re.fullmatch(r"(\d+) calls\n", self.said())
        self.assertTrue(calls, self.said())
        with open(SYMFEED, "rb") as file:
            self.assertTrue(int(calls.group(1)) > 0 or b"libmbedtls.so" not in file.read())

    def test_the_trap_closes(self):
        for call in ("malloc(1)", "calloc(1, 1)", "realloc(0, 1)", "free(0)", "strdup(\"a\")",
                     "aligned_alloc(16, 16)"):
            name = call.partition("(")[0]
            program = compiled(name, "#include <stdlib.h>\n#include <string.h>\nint main(void)\n"
                                     f"{{\n    {call};\n    return 0;\n}}\n", "-w")
            environment = dict(os.environ, LD_PRELOAD=trap(), SYMFEED_TRAP=self.report)
            done = subprocess.run([program], env=environment, timeout=60, check=False)
            self.assertEqual(done.returncode, 98, call)
            self.assertRegex(self.said(), rf"(?m)^{name} from [0-9a-f]+$")
            os.unlink(self.report)

    def test_a_feed_with_sign_in_by_key_renewal_and_commands(self):
        made("clients")
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]},
                                 client_ca=certificates.client_ca_path(certificate_folder()))
        agent.create_feed()
        out = self.path("out")
        client = self.trapped("tail", *self.by_key(), "-v", "-v", "--stats", "--exec",
                              f"cat >>'{out}'; echo \"$SYMFEED_TEXT\" >>'{out}'")
        self.wait_reading()
        agent.push([events.to_json(events.generate(type, random.Random(1)))
                    for type in events.TYPES])
        self.wait_lines(client, len(events.TYPES))
        agent.expire_tokens()
        agent.push(['{"id":tru}', message(1, "a" * 40000), small(2)])
        self.wait_lines(client, len(events.TYPES) + 3)
        agent.fault(on="read", status=503)
        self.stats(client)
        agent.push(message(3))
        self.wait_lines(client, len(events.TYPES) + 4)
        self.assert_not_called(client)
        self.assertGreater(os.path.getsize(out), 1000)

    def test_sign_in_by_certificate_through_a_proxy(self):
        if "proxy" not in features():
            self.skipTest("a build without SYMFEED_PROXY")
        made("clients")
        agent = self.start_agent(client_ca=certificates.client_ca_path(certificate_folder()),
                                 require_client_certificate=True)
        agent.create_feed()
        proxy = Proxy().start()
        self.addCleanup(proxy.stop)
        client = self.trapped("tail", *self.by_certificate(), "--json", "--proxy",
                              f"http://{proxy.host}:{proxy.port}")
        self.wait_reading()
        self.deliver(client, message(1))
        self.assert_not_called(client)

    def test_a_legacy_feed_and_a_datahose(self):
        for command, options in (("legacy", ("--state", self.path("state"))),
                                 ("datahose", ("--types", "ROOMCREATED"))):
            if command not in features() and command + " feed" not in features():
                continue
            with self.subTest(command=command):
                self.report = self.path(f"trap-{command}")
                self.start_agent()
                client = self.trapped(command, *self.access(), "--json", *options)
                self.wait_reading()
                self.agent.push(small(1))
                self.wait_lines(client, 1)
                self.assert_not_called(client)

    def test_single_calls_and_what_goes_wrong(self):
        agent = self.start_agent()
        agent.create_feed()
        wrong = ["--agent", "https://no.such.host.invalid"]
        for number, arguments in enumerate((
                ["list", *self.access()], ["health", *self.access()[:2], *self.trust()],
                ["create", *self.access(), "--tag", "t"], ["--help"], ["version"], ["tail"],
                ["tail", *self.access(), "--ca", "/missing"],
                ["list", *wrong, *self.access()[2:]])):
            with self.subTest(arguments=arguments):
                self.report = self.path(f"trap-{number}")
                done = run(*arguments, LD_PRELOAD=trap(), SYMFEED_TRAP=self.report)
                self.assertIn(done.returncode, (0, 1, 2), done.stderr)
                self.assertRegex(self.said(), r"\A\d+ calls\n\Z")


class Check(unittest.TestCase):
    """test/tools/heap_check.sh sees what it is for."""

    def check(self, *arguments):
        done = subprocess.run([os.path.join(ROOT, "test", "tools", "heap_check.sh"), "nm",
                               *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=60, check=False)
        return done.returncode, done.stderr

    def test_objects_that_ask_for_a_heap(self):
        good = compiled("good.o", "void a(void);\nvoid b(void);\nvoid c(void)\n{\n    a();\n"
                                  "    b();\n}\n", "-c")
        self.assertEqual(self.check("--objects", good), (0, ""))
        for name in ("malloc", "strdup", "snprintf", "setenv", "getaddrinfo", "qsort"):
            bad = compiled(f"{name}.o", f"void {name}(void);\nvoid a(void);\nvoid c(void)\n{{\n"
                                        f"    a();\n    {name}();\n}}\n", "-c", "-w")
            status, error = self.check("--objects", good, bad)
            self.assertEqual(status, 1)
            self.assertRegex(error, rf"{name}\.o asks for {name}")

    def test_programs_with_a_heap(self):
        with_heap = compiled("with", "#include <stdlib.h>\nint main(void)\n{\n"
                                     "    return malloc(1) == 0;\n}\n", "-static")
        status, error = self.check("--program", with_heap)
        self.assertEqual(status, 1)
        self.assertIn("malloc", error)
        subprocess.run(["strip", with_heap], check=True, timeout=60)
        self.assertEqual(self.check("--program", with_heap)[0], 1, "nothing to be seen in it")
        without = compiled("without", "int main(void)\n{\n    return 0;\n}\n")
        self.assertEqual(self.check("--program", without), (0, ""))


if __name__ == "__main__":
    unittest.main()
