# SPDX-License-Identifier: Apache-2.0
"""test/tools/invariants.py on small trees, and test/proofs/prove.py on heads that do not fit their sources."""

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import unittest

GOOD = """# Trust

- no invariant

## Invariants

1. Nothing is allocated, on
   two lines. Held by [test/unit/test_heap.c](test/unit/test_heap.c).
2. Lengths are checked. Held by [proofs/length](test/proofs/length.c)
   and [test/unit/test_heap.c](test/unit/test_heap.c).

It adds:

- Secrets are wiped. Held by [test/unit/test_heap.c](test/unit/test_heap.c).
"""


class Invariants(unittest.TestCase):
    def look(self, text=GOOD, proofs=("length.c",)):
        """(exit status, what it says)"""
        with tempfile.TemporaryDirectory() as folder:
            for path in ("test/unit/test_heap.c", *(f"test/proofs/{name}" for name in proofs)):
                os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
                with open(os.path.join(folder, path), "w", encoding="ascii"):
                    pass
            with open(os.path.join(folder, "SECURITY.md"), "w", encoding="ascii") as file:
                file.write(text)
            done = subprocess.run([sys.executable, "test/tools/invariants.py", "--root", folder],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            return done.returncode, done.stdout

    def test_all_are_held(self):
        self.assertEqual(self.look(), (0, ""))

    def test_one_without_proof_or_test(self):
        code, says = self.look(GOOD.replace(" Held by [test/unit/test_heap.c](test/unit/test_heap.c).\n2", "\n2"))
        self.assertEqual((code, says), (
            1, "invariants: no proof or test is named: Nothing is allocated, on two lines.\n"))

    def test_one_of_the_list_with_dashes(self):
        code, says = self.look(GOOD.replace("wiped. Held by", "wiped, see"))
        self.assertEqual(code, 1)
        self.assertIn("no proof or test is named: Secrets are wiped", says)

    def test_a_file_that_is_not_there(self):
        code, says = self.look(GOOD.replace("(test/unit/test_heap.c)", "(test/unit/test_heal.c)"))
        self.assertEqual(code, 1)
        self.assertIn("test/unit/test_heal.c is no file below test/", says)

    def test_a_proof_that_no_invariant_names(self):
        code, says = self.look(proofs=("length.c", "other.c"))
        self.assertEqual((code, says), (1, "invariants: no invariant names test/proofs/other.c\n"))

    def test_no_invariants_at_all(self):
        self.assertEqual(self.look("# Trust\n", ())[0], 1)


class Heads(unittest.TestCase):
    """A mutant that no longer fits the sources is an error, and so is a contract or a limit that changes code."""

    def setUp(self):
        spec = importlib.util.spec_from_file_location("prove", "test/proofs/prove.py")
        self.prove = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.prove)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        self.write("source.c", "if (a < b) {\n}\nif (c) {\n}\nif (c) {\n}\n")

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def edit(self, before, after, key="Mutant"):
        """The source with this entry of a head, or what is wrong with it."""
        self.write("proof.c", "/*\n * Of: source.c\n"
                   f" * {key}: source.c\n *     {before}\n *     {after}\n"
                   + (" * Mutant: source.c\n *     (a\n *     (b\n" if key != "Mutant" else "") + " */\n")
        proof = self.prove.Proof("proof.c")
        try:
            proof.write_sources("out", (key,))
        except self.prove.Mistake as mistake:
            return str(mistake)
        with open("out/source.c", encoding="ascii") as file:
            return file.read()

    def test_the_mutant_takes_the_place_of_the_text(self):
        self.assertIn("if (a <= b) {", self.edit("if (a < b) {", "if (a <= b) {"))

    def test_a_text_that_is_not_there(self):
        self.assertIn("is 0 times in", self.edit("if (a > b) {", "if (a >= b) {"))

    def test_a_text_that_is_there_twice(self):
        self.assertIn("is 2 times in", self.edit("if (c) {", "if (d) {"))

    def test_a_contract_adds_a_macro(self):
        self.assertIn("if (a < b) LOOP {", self.edit("if (a < b)", "if (a < b) LOOP", "Contract"))

    def test_a_contract_that_changes_code(self):
        self.assertIn("may only add a macro", self.edit("if (a < b)", "if (a <= b)", "Contract"))

    def test_a_limit_makes_a_number_smaller(self):
        self.write("source.c", "#define MOST 253\n")
        self.assertIn("#define MOST 4\n", self.edit("#define MOST 253", "#define MOST 4", "Limit"))

    def test_a_limit_that_changes_code(self):
        self.write("source.c", "#define MOST 253\n")
        for after in ("#define MOST 254", "#define LEAST 4", "#define MOST 253", "#define MOST 4 + 1"):
            self.assertIn("may only make a number smaller", self.edit("#define MOST 253", after, "Limit"))

    def test_what_stopped_a_tool(self):
        for code, why in ((-signal.SIGXCPU, "no end in 300 s"), (-signal.SIGKILL, "killed by SIGKILL; see log"),
                          (6, "see log")):
            self.assertEqual(self.prove.why_no_answer(code, "log"), why)

    def test_the_limit_of_time_is_a_signal_of_its_own(self):
        self.prove.TIME_LIMIT = 1
        code, _ = self.prove.run(["sh", "-c", "while :; do :; done"], "log")
        self.assertEqual(code, -signal.SIGXCPU)

    def test_a_head_without_a_mutant(self):
        self.write("proof.c", "/*\n * Of: source.c\n */\n")
        with self.assertRaises(self.prove.Mistake):
            self.prove.Proof("proof.c")


if __name__ == "__main__":
    unittest.main()
