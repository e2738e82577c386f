# SPDX-License-Identifier: Apache-2.0
"""The two programs of examples/porting: made of core/ and themselves, and they run."""

import json
import os
import re
import subprocess
import unittest

from harness import EndToEnd, PATIENCE, ROOT, environment, message, small

BUILD = os.environ.get("SYMFEED_BUILD", os.path.join(ROOT, "build"))
FOLDER = os.path.join(BUILD, "obj", "examples", "porting")
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

    def test_the_null_port_is_asked_waits_and_stops(self):
        done = subprocess.run((NULL,), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout.count(b"no tokens here, next try in"), 5)
        self.assertTrue(done.stdout.endswith(b"stopped\n"))

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
        agent = self.start_agent(tls=False)
        port, url = agent.port, agent.url
        agent.stop()
        client = self.follow_plainly(url)
        self.wait_error(client, r"list: connect: .*refused.*, next try in 0\.\d s")
        self.agents.remove(agent)
        self.start_agent(tls=False, port=port, session_token=agent.session_token,
                         km_token=agent.km_token)
        self.deliver_plainly(client, small(1))

    def test_no_token_a_refused_one_and_no_tls(self):
        self.start_agent(tls=False)
        client = self.follow_plainly(SESSION_TOKEN=None)
        self.wait_error(client, "list: SESSION_TOKEN: start again with one that is valid")
        client = self.follow_plainly(SESSION_TOKEN="x" * 5000)
        self.wait_error(client, "list: SESSION_TOKEN or KEY_MANAGER_TOKEN: too long")
        client = self.follow_plainly(SESSION_TOKEN="wrong")
        self.wait_error(client, "SESSION_TOKEN: start again with one that is valid")
        self.start_agent()
        client = self.follow_plainly()
        self.wait_error(client, "list: secure: this port has no TLS")

    def test_wrong_use_is_one_line_and_2(self):
        for arguments, says in (((), b"usage: "), (("a", "b"), b"usage: "),
                                (("nonsense",), b"plain_port: the agent must be ")):
            done = subprocess.run((PLAIN, *arguments), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=PATIENCE, env=environment(), check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertTrue(done.stderr.startswith(says), done.stderr)
            self.assertEqual(done.stderr.count(b"\n"), 1)


if __name__ == "__main__":
    unittest.main()
