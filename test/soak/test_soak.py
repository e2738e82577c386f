# SPDX-License-Identifier: Apache-2.0
"""soak.py sees what it is for: events that are lost, come twice, late or changed."""

import contextlib
import io
import os
import random
import unittest
from unittest import mock

import soak

TEXTS = soak.Texts(1)


class Lines(unittest.TestCase):
    def check(self, *lines):
        """The Output that has read these lines: bytes, or numbers of events."""
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as stream:
            output = soak.Output(stream, TEXTS)
            with os.fdopen(writing, "wb") as pipe:
                pipe.writelines((TEXTS[line] if isinstance(line, int) else line) + b"\n" for line in lines)
            output.join(10)
        self.assertTrue(output.ended)
        return output

    def found(self, output):
        return output.next, output.missing, output.late, output.distances, output.changed

    def test_all_in_order(self):
        self.assertEqual(self.found(self.check(*range(2500))), (2500, set(), 0, [], 0))

    def test_one_is_lost(self):
        self.assertEqual(self.found(self.check(0, 1, 3, 4)), (5, {2}, 0, [], 0))

    def test_one_is_late(self):
        self.assertEqual(self.found(self.check(0, 1, 3, 2, 4)), (5, set(), 1, [], 0))

    def test_some_come_twice(self):
        self.assertEqual(self.found(self.check(0, 1, 2, 1, 2, 3, 0)), (4, set(), 0, [2, 1, 4], 0))

    def test_a_changed_text(self):
        self.assertEqual(self.found(self.check(0, TEXTS[1][:-2] + b"]}", 2)), (3, set(), 0, [], 1))

    def test_a_line_that_is_no_event(self):
        self.assertEqual(self.found(self.check(0, b"", b"null", 1)), (2, set(), 0, [], 2))


class CommandLine(unittest.TestCase):
    def refusal(self, *arguments):
        with mock.patch("sys.argv", ["soak.py", "held.so", *arguments]), \
                contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit):
            soak.main()
        return said.getvalue()

    def test_one_fault_shows_no_drift(self):
        self.assertIn("two faults or more", self.refusal("100", "1"))

    def test_too_few_events(self):
        self.assertIn("three events or more", self.refusal("299", "100"))


class Faults(unittest.TestCase):
    def test_each_kind_comes_and_each_round_has_a_slow_one(self):
        kinds = soak.rounds(random.Random(1))
        size = len(soak.FAULTS) + 1
        names = [[next(kinds)[0] for _ in range(size)] for _ in soak.SLOW]
        slow = {name for name, _, _ in soak.SLOW}
        for batch in names:
            self.assertEqual(len(set(batch)), size)
            self.assertEqual(len(slow & set(batch)), 1)
        self.assertEqual(slow, {name for batch in names for name in batch} & slow)
        self.assertNotEqual(names[0], names[1])


if __name__ == "__main__":
    unittest.main()
