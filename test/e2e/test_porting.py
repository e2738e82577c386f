# SPDX-License-Identifier: Apache-2.0
"""The two programs of examples/porting, and what port/README.md says of them."""

import json
import os
import re
import shlex
import subprocess
import tempfile
import unittest

from harness import EndToEnd, PATIENCE, ROOT, environment, message, small
from peers import Place

BUILD = os.environ.get("SYMFEED_BUILD", os.path.join(ROOT, "build"))
FOLDER = os.path.join(BUILD, "obj", "examples", "porting")
GUIDE = os.path.join(ROOT, "port", "README.md")
NULL, PLAIN = os.path.join(FOLDER, "null_port"), os.path.join(FOLDER, "plain_port")


def sources(program):
    """The files of this project that a program was compiled from, as its compiler noted them."""
    with open(program + ".d", encoding="utf-8") as file:
        return {os.path.relpath(os.path.join(ROOT, name), ROOT)
                for name in re.sub(r"\\\n", " ", file.read().partition(":")[2]).split()
                if not os.path.isabs(name) and name.endswith((".c", ".h"))}


class Porting(EndToEnd):

    def setUp(self):
        super().setUp()
        for program in (NULL, PLAIN):
            self.assertTrue(os.access(program, os.X_OK), f"make examples has not built {program}")

    def test_neither_takes_anything_of_the_port(self):
        for program in (NULL, PLAIN):
            names = {name for name in sources(program) if not name.startswith("..")}
            self.assertIn("core/symfeed_port.h", names)
            self.assertEqual([name for name in names if name.startswith("port")], [])
            with open(program, "rb") as file:
                binary = file.read()
            # Not by assertIn, which would print the whole program.
            self.assertTrue(b"symfeed_init_checked" in binary, f"{program} is stripped, or none")
            for name in (b"symfeed_posix", b"symfeed_socket", b"symfeed_tls", b"mbedtls_ssl"):
                self.assertFalse(name in binary, f"{name!r} in {program}")

    def test_the_guide_names_the_functions_that_there_are(self):
        with open(os.path.join(ROOT, "core", "symfeed_port.h"), encoding="utf-8") as file:
            functions = re.findall(r"\(\*(\w+)\)\(void \*context", file.read())
        with open(GUIDE, encoding="utf-8") as file:
            guide = file.read().partition("## The functions")[2].partition("## Step by step")[0]
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            self.assertIn("the twelve functions of `struct symfeed_port`", file.read())
        self.assertEqual(len(functions), 12)
        self.assertIn("There are twelve.", guide)
        lists, _, table = guide.partition("Six rules hold")
        for name in functions:
            self.assertIn(f"`{name}`", lists)
            self.assertIn(f"\n| `{name}` |", table)

    def guide_block(self, begin):
        """The lines of the code block of the guide that has `begin` in its first line."""
        with open(GUIDE, encoding="utf-8") as file:
            blocks = re.findall(r"(?:^ {7,}\S.*\n)+", file.read(), re.MULTILINE)
        found = [block for block in blocks if begin in block.split("\n", maxsplit=1)[0]]
        self.assertEqual(len(found), 1, begin)
        return [line.strip() for line in found[0].splitlines()]

    def run_to_end(self, *arguments, status=0, **changes):
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE, check=False,
                              universal_newlines=True, **changes)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        return done.stdout.splitlines()

    def test_the_null_port_prints_what_the_guide_says(self):
        self.assertEqual(self.run_to_end(NULL), self.guide_block("list: no tokens here"))

    def test_the_command_in_the_guide_builds_the_null_port(self):
        build, run = self.guide_block("null_port.c")
        with tempfile.TemporaryDirectory() as folder:
            build = build.replace("-o null_port", f"-o {folder}/null_port")
            build = build.replace("/usr/include", shlex.quote(os.path.join(BUILD, "include")))
            self.assertIn(folder, build)
            self.run_to_end("sh", "-c", build, cwd=ROOT)
            self.assertEqual(self.run_to_end(run, cwd=folder)[-1], "stopped")

    # -- the plain port --------------------------------------------------------------------------

    def follow_plainly(self, url=None, **variables):
        """Starts the program on the Agent."""
        tokens = {"SESSION_TOKEN": self.agent.session_token, "KEY_MANAGER_TOKEN": self.agent.km_token}
        client = self.start(url or self.agent.url, program=PLAIN, **{**tokens, **variables})
        client.seen_to_end = True  # it ends as a program does that takes no care of signals
        return client

    def deliver_plainly(self, client, *pushed):
        """Pushes JSON texts; each is one line."""
        self.wait_reading()
        before = client.line_count
        self.agent.push(list(pushed))
        lines = self.wait_lines(client, before + len(pushed))
        self.assertEqual(lines[before:], ["{type} {id}".format(**json.loads(text))
                                          for text in pushed])
        self.wait_acknowledged(pushed)

    def test_type_and_id_of_each_event(self):
        self.start_agent(tls=False, require_km_token=True)
        client = self.follow_plainly()
        self.deliver_plainly(client, small(1), message(2), small(3))
        self.deliver_plainly(client, *(message(number) for number in range(10, 40)))

    def test_a_batch_of_many_records_and_a_connection_that_is_dropped(self):
        agent = self.start_agent(tls=False)
        client = self.follow_plainly()
        self.deliver_plainly(client, *(message(number, "long " * 200) for number in range(100)))
        self.wait_reading()
        agent.drop_connections()
        self.deliver_plainly(client, small(200))

    def test_a_host_of_two_addresses_of_which_one_refuses(self):
        """localhost is ::1 and 127.0.0.1 on most systems, and the Agent is on the latter."""
        agent = self.start_agent(tls=False)
        client = self.follow_plainly(f"http://localhost:{agent.port}/agent")
        self.deliver_plainly(client, small(1))

    def test_an_agent_that_is_not_there_yet(self):
        place, other = Place(), self.start_agent(tls=False)
        self.addCleanup(place.close)
        client = self.follow_plainly(f"http://127.0.0.1:{place.port}/agent")
        self.wait_error(client, r"list: connect: .*refused.*, next try in \d\.\d s")
        self.start_agent(tls=False, port=place.port, session_token=other.session_token,
                         km_token=other.km_token)
        self.deliver_plainly(client, small(1))

    def test_an_agent_that_answers_503(self):
        """An event that comes meanwhile is printed, and each refusal is one line."""
        agent = self.start_agent(tls=False)
        client = self.follow_plainly()
        self.deliver_plainly(client, small(1))
        self.wait_reading()
        agent.fault(on="read", status=503, times=3)
        agent.drop_connections()
        self.wait_error(client, r"read: 503 .*, next try in \d+\.\d s", count=3)
        self.deliver_plainly(client, small(2))

    def test_tokens_that_are_refused_or_too_long(self):
        self.start_agent(tls=False)
        client = self.follow_plainly(SESSION_TOKEN="x" * 5000)
        self.wait_error(client, "list: SESSION_TOKEN or KEY_MANAGER_TOKEN is too long")
        client = self.follow_plainly(SESSION_TOKEN="wrong")
        self.wait_error(client, "the agent refused SESSION_TOKEN: start again with a valid one")

    def test_wrong_use_is_one_line_and_2(self):
        url = "http://127.0.0.1:1/agent"
        for arguments, token, says in (((), "a", "give one URL"), (("a", "b"), "a", "give one URL"),
                                       (("nonsense",), "a", "the URL must begin with http://"),
                                       (("https://127.0.0.1:1",), "a", "plain_port has no TLS"),
                                       (("http://",), "a", "the agent must be "),
                                       ((url,), None, "set SESSION_TOKEN"),
                                       ((url,), "", "set SESSION_TOKEN")):
            done = subprocess.run((PLAIN, *arguments), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=PATIENCE, env=environment(SESSION_TOKEN=token),
                                  check=False, universal_newlines=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertRegex(done.stderr, f"^plain_port: .*{re.escape(says)}.*\n$")
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_standard_output_that_is_closed_is_no_socket(self):
        """The agent would be sent what is printed."""
        agent = self.start_agent(tls=False)
        client = self.start("-c", 'exec "$0" "$@" >&-', PLAIN, agent.url, program="/bin/sh",
                            SESSION_TOKEN=agent.session_token)
        client.seen_to_end = True
        self.wait_reading()
        agent.push([small(1)])
        self.wait_end(client, status=1)
        self.wait_error(client, "plain_port: cannot write to standard output")
        self.assertEqual(agent.acknowledged, [])

    def test_standard_output_that_fails_is_one_line_and_1(self):
        """The event is not acknowledged then."""
        agent = self.start_agent(tls=False)
        with open("/dev/full", "wb") as full:
            client = self.follow_plainly(stdout=full)
            self.wait_reading()
            agent.push([small(1)])
            self.wait_end(client, status=1)
        self.wait_error(client, "plain_port: cannot write to standard output")
        self.assertEqual(agent.acknowledged, [])


if __name__ == "__main__":
    unittest.main()
