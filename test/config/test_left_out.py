# SPDX-License-Identifier: Apache-2.0
"""A program that uses what its build has left out: the compiler's first error names the switch."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import settings

COMPILERS = [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]
PROGRAM = "int main(void) { struct symfeed_event event = {0}; (void)%s(&event, 0, 0, 0); return 0; }\n"


def compiled(compiler, text, defines, *flags):
    """What the compiler says of a program of C99."""
    return subprocess.run(
        [compiler, "-std=c99", *flags, *[f"-I{folder}" for folder in settings.FOLDERS],
         *[f"-D{define}" for define in defines], "-x", "c", "-"],
        input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def functions(defines, header="symfeed.h"):
    """The public functions that there are with these settings."""
    done = compiled(COMPILERS[0], f'#include "{header}"\n', defines, "-E", "-P")
    return set(re.findall(r"\b(symfeed_\w+)\(", done.stdout))


class LeftOut(unittest.TestCase):
    def check(self, text, switch, defines):
        """Each compiler's first error names the switch, and no other is before it."""
        self.assertEqual(len(COMPILERS), 2, "needs gcc and clang")
        for compiler in COMPILERS:
            with self.subTest(compiler=compiler, text=text):
                done = compiled(compiler, text, defines, "-fsyntax-only")
                errors = re.findall(r"^.*error: (.*)$", done.stderr, re.M)
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex((errors or [done.stderr])[0], rf"{switch}(?!_?[A-Z])")

    def test_each_function_that_is_not_there(self):
        whole = functions(())
        for defines, switch, least in ((["SYMFEED_JSON=0"], "SYMFEED_JSON", 11),
                                       (["SYMFEED_TEXT=0"], "SYMFEED_TEXT", 2)):
            names = whole - functions(defines)
            self.assertGreaterEqual(len(names), least, defines)
            for name in names:
                self.check('#include "symfeed.h"\n' + PROGRAM % name, switch, defines)

    def test_typed_events(self):
        text = '#include "symfeed_events.h"\n' + PROGRAM % "symfeed_event_type"
        self.check(text, "SYMFEED_TYPED_EVENTS", ["SYMFEED_TYPED_EVENTS=0"])
        self.check(text, "SYMFEED_JSON", ["SYMFEED_JSON=0"])

    def test_programs_as_they_are_written(self):
        """Declarations of types that only such functions use are before the first error."""
        iteration = """#include "symfeed.h"
            void print(const struct symfeed_event *event)
            {
                struct symfeed_iterator members;
                struct symfeed_inner data;
                struct symfeed_value value = symfeed_event_find(event, "payload");

                members = symfeed_members(event, value);
                while (symfeed_next_member(&members, NULL, &value)) {
                    (void)symfeed_open(event, value, &data);
                }
            }"""
        with open("examples/porting/plain_port.c", encoding="ascii") as file:
            plain = file.read()
        with tempfile.TemporaryDirectory() as folder:
            tiny = os.path.join(folder, "autoconf.h")
            self.assertEqual(settings.header(f"{settings.CONFIGS}/tiny_defconfig", tiny), (0, ""))
            for defines in (["SYMFEED_JSON=0"], [f'SYMFEED_CONFIG_FILE="{tiny}"']):
                for text in (iteration, plain):
                    self.check(text, "SYMFEED_JSON", defines)

    def test_they_compile_where_it_is_there(self):
        for compiler in COMPILERS:
            with open("examples/porting/plain_port.c", encoding="ascii") as file:
                done = compiled(compiler, file.read(), (), "-fsyntax-only", "-Wall", "-Wextra", "-Werror")
            self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
