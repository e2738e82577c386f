# SPDX-License-Identifier: Apache-2.0
"""test/tools/amalgamate.py on a small core: what becomes static, what is renamed, and what it refuses."""

import os
import subprocess
import sys
import tempfile
import unittest

LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */\n"


def guarded(name, text):
    return f"{LICENCE}#ifndef {name}_H\n#define {name}_H\n\n{text}\n#endif\n"


CORE = {
    "symfeed_config.h": guarded("SYMFEED_CONFIG", "#ifdef SYMFEED_CONFIG_FILE\n#include SYMFEED_CONFIG_FILE\n#endif\n\n"
                                "#ifndef SYMFEED_TYPED_EVENTS\n#define SYMFEED_TYPED_EVENTS 1\n#endif\n"),
    "symfeed_port.h": guarded("SYMFEED_PORT", "#include <stdint.h>\n"),
    "symfeed.h": guarded("SYMFEED", '#include <stddef.h>\n#include "symfeed_config.h"\n'
                                    '#include "symfeed_port.h"\nint symfeed_next(void);\n'),
    "symfeed_events.h": guarded("SYMFEED_EVENTS", '#include "symfeed.h"\n\n#if !SYMFEED_TYPED_EVENTS\n#error "no"\n'
                                                  "#endif\n\nint symfeed_view(void);\n"),
    "util/bytes.h": guarded("BYTES", "#include <stddef.h>\n#include <stdbool.h>\n\n"
                                     "void *memcpy(void *to, const void *from, size_t size);\n\n"
                                     "/* symfeed_bytes_sum(int) */\nint symfeed_bytes_sum(int a,\n    int b);\n"
                                     "int symfeed_bytes_spare(void);\n"),
    "util/bytes.c": '#include "util/bytes.h"\n\n#define LIMIT 1\n\n'
                    "struct sum { int count; int table[LIMIT]; };\nenum step { STEP_ONE = 1, STEP_TWO };\n\n"
                    "static const int table[] = {STEP_ONE, STEP_TWO};\n\n"
                    "static int count(struct sum *sum)\n{\n    return sum->count + table[0] + LIMIT;\n}\n\n"
                    "int symfeed_bytes_sum(int a, int b)\n{\n    struct sum sum = {.count = a};\n\n"
                    '    return count(&sum) + b + (int)sizeof "count"; /* count */\n}\n\n'
                    "int symfeed_bytes_spare(void)\n{\n    return 0;\n}\n",
    "feed/state.h": guarded("STATE", '#include "util/bytes.h"\n\nstatic inline int state(void)\n'
                                     "{\n    return symfeed_bytes_sum(1, 2);\n}\n"),
    "feed/feed.c": '#include "state.h"\n#include "symfeed.h"\n#include <limits.h>\n\n#define LIMIT INT_MAX\n\n'
                   "enum step { STEP_ONE };\n\nstatic int count(void)\n{\n    int table = STEP_ONE;\n\n"
                   "    return table + state();\n}\n\n"
                   "int symfeed_next(void)\n{\n    return count() + LIMIT;\n}\n",
    "feed/view.c": '#include "symfeed_events.h"\n\n#if SYMFEED_TYPED_EVENTS\n#include <jsmn.h>\n\n'
                   "int symfeed_view(void)\n{\n    return jsmn_parse();\n}\n\n#endif\n",
}
JSMN = "/* MIT */\n#ifndef JSMN_H\n#define JSMN_H\nstatic int jsmn_parse(void) { unsigned u = 1; int i = u; return i; }\n#endif\n"


class Amalgamate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("jsmn.h", JSMN)
        for path, text in CORE.items():
            self.write("core/" + path, text)

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def read(self, path):
        with open(os.path.join(self.folder, path), encoding="ascii") as file:
            return file.read()

    def run_it(self, *arguments, out="out"):
        return subprocess.run([sys.executable, os.path.abspath("test/tools/amalgamate.py"), "--core", "core",
                               "--jsmn", "jsmn.h", "--out", out, *arguments], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    def made(self, *arguments, out="out"):
        """(symfeed.h, symfeed.c), which compile without a warning."""
        done = self.run_it(*arguments, out=out)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        done = subprocess.run(
            [os.environ.get("CC", "cc"), "-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror",
             "-Wmissing-prototypes", "-c", "symfeed.c", "-o", "symfeed.o"], cwd=os.path.join(self.folder, out),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        return self.read(out + "/symfeed.h"), self.read(out + "/symfeed.c")

    def exported(self, out="out"):
        names = subprocess.run(["nm", "--format=posix", os.path.join(self.folder, out, "symfeed.o")], check=True,
                               text=True, stdout=subprocess.PIPE).stdout.splitlines()
        return [line.split()[0] for line in names if line.split()[1] in "TDBR"]

    def test_only_public_functions_are_seen(self):
        _, source = self.made()
        self.assertEqual(self.exported(), ["symfeed_next", "symfeed_view"])
        self.assertIn("\nstatic int symfeed_bytes_sum(int a,\n    int b);\n", source)
        self.assertIn("\nstatic int symfeed_bytes_sum(int a, int b)\n{", source)
        self.assertIn("\nvoid *memcpy(void *to", source)
        self.assertIn("\nint symfeed_next(void)\n{", source)

    def test_names_of_two_sources(self):
        _, source = self.made()
        self.assertIn("struct sum { int count; int table[LIMIT]; };\n", source)
        self.assertIn("enum bytes_step { BYTES_STEP_ONE = 1, STEP_TWO };\n", source)
        self.assertIn("static const int bytes_table[] = {BYTES_STEP_ONE, STEP_TWO};\n", source)
        self.assertIn("return sum->count + bytes_table[0] + LIMIT;\n", source)
        self.assertIn("struct sum sum = {.count = a};\n", source)
        self.assertIn('return bytes_count(&sum) + b + (int)sizeof "count"; /* count */\n', source)
        self.assertIn("enum feed_step { FEED_STEP_ONE };\n", source)
        self.assertIn("    int table = FEED_STEP_ONE;\n\n    return table + state();\n", source)
        self.assertIn("return feed_count() + LIMIT;\n", source)
        self.assertEqual(source.count("#undef LIMIT\n"), 2)

    def test_each_file_is_there_once_behind_what_it_includes(self):
        header, source = self.made()
        places = [source.index(f"/* --- core/{path} ---") for path in
                  ("util/bytes.h", "feed/state.h", "util/bytes.c", "feed/feed.c", "feed/view.c")]
        self.assertEqual(places, sorted(places))
        self.assertEqual(source.count("/* --- "), 5)
        self.assertEqual([line for line in source.splitlines() if line.startswith("#include")],
                         ['#include "symfeed.h"', "#include <stdbool.h>", "#include <limits.h>"])
        places = [header.index(f"/* --- core/{path} ---") for path in
                  ("symfeed_config.h", "symfeed_port.h", "symfeed.h", "symfeed_events.h")]
        self.assertEqual(places, sorted(places))
        self.assertEqual([line for line in header.splitlines() if line.startswith("#include")],
                         ["#include <stdint.h>", "#include <stddef.h>", "#include SYMFEED_CONFIG_FILE"])
        self.assertIn("/* MIT */\n", source)
        for text, licence in ((header, LICENCE), (source, LICENCE.replace("2.0", "2.0 AND MIT"))):
            self.assertEqual(text.count("SPDX"), 1)
            self.assertTrue(text.startswith(licence))

    def test_the_same_twice_whatever_the_folder(self):
        self.assertEqual(self.made(), self.made(out="other"))

    def test_settings(self):
        self.write("settings.h", "#ifndef SYMFEED_TYPED_EVENTS\n#define SYMFEED_TYPED_EVENTS 0\n#endif\n")
        header, _ = self.made("--settings", "settings.h")
        self.assertIn(self.read("settings.h"), header)
        self.assertNotIn("SYMFEED_CONFIG_FILE", header)
        self.assertEqual(self.exported(), ["symfeed_next"])

    def refused(self, want):
        done = self.run_it()
        self.assertEqual((done.returncode, done.stdout), (1, f"amalgamate: {want}\n"))

    def test_what_it_refuses(self):
        self.write("core/feed/view.c", '#include "feed/twice.h"\n')
        self.write("core/feed/twice.h", guarded("TWICE", "static inline int state(void)\n{\n    return 1;\n}\n"))
        self.refused("state stands in core/feed/state.h and in core/feed/twice.h")
        self.write("core/feed/twice.h", "int twice;\n")
        self.refused("core/feed/twice.h has no guard")
        self.write("core/feed/twice.h", guarded("TWICE", '#include "feed/again.h"\n'))
        self.write("core/feed/again.h", guarded("AGAIN", '#include "feed/twice.h"\n'))
        self.refused("core/feed/twice.h includes itself, by way of others")
        self.write("core/feed/view.c", "#if 1\nint view(void) {\n#else\nint view(int a) {\n#endif\n    return 1;\n}\n")
        self.refused("core/feed/view.c has brackets that do not close, perhaps in two branches of an #if")
        self.write("core/feed/view.c", "static int count(void)\n{\n    int view_count = 0;\n    return view_count;\n}\n")
        self.refused("core/feed/view.c: count would become view_count, which is there already")


if __name__ == "__main__":
    unittest.main()
