# SPDX-License-Identifier: Apache-2.0
"""run_tests.py ends what hangs, in a loop or asleep, and gives a slow machine its time."""

import os
import resource
import subprocess
import sys
import tempfile
import time
import unittest

RUN_TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run_tests.py")
LIMIT = 3  # seconds
TEST = """import os, subprocess, sys, time, unittest
class Test(unittest.TestCase):
    def test(self):
        {}
"""


def processor_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class TimeLimit(unittest.TestCase):
    def run_test(self, body):
        """(exit code, output, seconds, processor time) of run_tests.py with one test of this body."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "test_one.py")
            with open(path, "w", encoding="ascii") as file:
                file.write(TEST.format(body))
            environment = dict(os.environ, SYMFEED_PATIENCE=str(LIMIT / 20))
            environment.pop("SYMFEED_TALLY", None)
            start, used = time.monotonic(), processor_time()
            done = subprocess.run([sys.executable, RUN_TESTS, path], env=environment, timeout=200,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            return done.returncode, done.stdout, time.monotonic() - start, processor_time() - used

    def assert_ended(self, code, output):
        self.assertEqual(code, 1, output)
        self.assertIn(f"no end within {LIMIT} s", output)
        self.assertRegex(output, r"(?m)^0 passed, 1 failed$")

    def test_a_loop_ends_at_its_processor_time(self):
        code, output, _, used = self.run_test("while True: pass")
        self.assert_ended(code, output)
        self.assertGreater(used, LIMIT - 1)
        self.assertLess(used, 2 * LIMIT)

    def test_a_loop_of_a_child_counts_as_well(self):
        code, output, _, used = self.run_test(
            "subprocess.run([sys.executable, '-c', 'while True: pass'])")
        self.assert_ended(code, output)
        self.assertLess(used, 2 * LIMIT)

    def test_children_that_have_ended_count_as_well(self):
        code, output, _, _ = self.run_test(
            "while True: subprocess.run([sys.executable, '-c', 'for i in range(10**6): pass'])")
        self.assert_ended(code, output)

    def test_sleep_ends(self):
        code, output, seconds, used = self.run_test("time.sleep(1000)")
        self.assert_ended(code, output)
        self.assertGreater(seconds, LIMIT)
        self.assertLess(used, LIMIT)

    def test_a_busy_machine_fails_no_good_test(self):
        processor = min(os.sched_getaffinity(0))
        rivals = [subprocess.Popen([sys.executable, "-c", f"import os; os.sched_setaffinity(0, [{processor}])\n"
                                    "while True: pass"], start_new_session=True) for _ in range(8)]
        try:
            code, output, seconds, _ = self.run_test(
                f"os.sched_setaffinity(0, [{processor}]); end = time.process_time() + 1\n"
                "        while time.process_time() < end: pass")
        finally:
            for rival in rivals:
                rival.kill()
                rival.wait()
        self.assertEqual(code, 0, output)
        self.assertRegex(output, r"(?m)^1 passed, 0 failed$")
        self.assertGreater(seconds, LIMIT)


if __name__ == "__main__":
    unittest.main()
