# SPDX-License-Identifier: Apache-2.0
"""test/tools/layers.py on small trees: what it lets pass, and each kind of fault, with its place."""

import os
import subprocess
import sys
import tempfile
import unittest

# A tree in good order: each layer, the public headers, and a program on top.
GOOD = {
    "core/symfeed.h": "int symfeed_next(void);\n",
    "core/symfeed_port.h": '#include "symfeed.h"\n',
    "core/messages.c": '#include "symfeed.h"\n#include "util/bytes.h"\n'
                       "int symfeed_format(void);\nint symfeed_format(void) { return bytes(); }\n",
    "core/util/bytes.h": "int bytes(void);\n",
    "core/util/bytes.c": '#include "util/bytes.h"\nint bytes(void) { return 1; }\n',
    "core/json/scanner.h": '#include "symfeed.h"\nint scanner(void);\n',
    "core/json/scanner.c": '#include "scanner.h"\n#include "util/bytes.h"\n'
                           "int scanner(void) { return bytes(); }\n",
    "core/feed/state.h": '#include "json/scanner.h"\n',
    "core/feed/feed.c": '#include "feed/state.h"\n#include <stddef.h>\n'
                        "int symfeed_next(void) { return scanner(); }\n",
    "port/symfeed_posix.h": '#include "net/socket.h"\n#include <symfeed.h>\n',
    "port/symfeed_cause.h": "\n",
    "port/posix.c": '#include "symfeed_posix.h"\n#include "net/socket.h"\n'
                    "int symfeed_next(void);\nint posix(void) { return symfeed_next() + reach(); }\n",
    "port/net/socket.h": '#include "symfeed_port.h"\n#include "symfeed_cause.h"\nint reach(void);\n',
    "port/net/socket.c": '#include "net/socket.h"\nint reach(void) { return 2; }\n',
    "examples/first.c": '#include "symfeed_posix.h"\n#include <stdio.h>\n',
    "examples/symfeed/print.h": '#include "symfeed.h"\n',
    "port/system/characters.h": "\n",
    "examples/symfeed/print.c": '#include "print.h"\n#include "system/characters.h"\n',
}


class Layers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def look(self, changes=None, objects=True):
        """(exit status, what it says) of a tree that differs from the good one by these files."""
        tree = dict(GOOD, **changes or {})
        built = []
        for path, text in tree.items():
            target = os.path.join(self.folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="ascii") as file:
                file.write(text)
        for path in sorted(tree) if objects else ():
            if path.startswith(("core/", "port/")) and path.endswith(".c"):
                built.append(os.path.join(self.folder, "obj", path[:-2] + ".o"))
                os.makedirs(os.path.dirname(built[-1]), exist_ok=True)
                subprocess.run([os.environ.get("CC", "cc"), "-I" + os.path.join(self.folder, "core"),
                                "-I" + os.path.join(self.folder, "port"), "-c",
                                os.path.join(self.folder, path), "-o", built[-1]], check=True)
        done = subprocess.run([sys.executable, "test/tools/layers.py", "--root", self.folder, *built],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def bad(self, want, changes, **more):
        """Complains of this, and of nothing else."""
        status, said = self.look(changes, **more)
        self.assertEqual(status, 1, said)
        self.assertEqual(said.splitlines(), want)

    def test_a_tree_in_good_order_passes(self):
        self.assertEqual(self.look(), (0, "layers: 18 files, 20 includes, 5 calls; none goes upwards, "
                                          "and there is no circle\n"))

    def test_an_include_of_a_folder_above(self):
        self.bad(["core/json/scanner.h:2: includes core/feed/session.h: is not below core/json"],
                 {"core/feed/session.h": "\n",
                  "core/json/scanner.h": '\n#include "feed/session.h"\nint scanner(void);\n'})

    def test_an_include_in_a_comment_is_none(self):
        self.assertEqual(self.look({"core/json/scanner.h":
                                    '/*\n#include "feed/state.h"\n*/\nint scanner(void);\n'})[0], 0)

    def test_a_call_upwards_of_a_function_that_the_caller_declares(self):
        self.bad(["core/util/bytes.c:3: core/util/bytes.c calls symfeed_next() of core/feed/feed.c: "
                  "is not below core/util",
                  "a circle: core/feed/feed -> core/json/scanner -> core/util/bytes -> core/feed/feed",
                  "  core/feed/feed.c:3: calls scanner() of core/json/scanner.c",
                  "  core/json/scanner.c:2: includes core/util/bytes.h",
                  "  core/util/bytes.c:3: calls symfeed_next() of core/feed/feed.c"],
                 {"core/util/bytes.c": "int symfeed_next(void);\nint bytes(void);\n"
                                       "int bytes(void) { return symfeed_next(); }\n"})

    def test_a_call_upwards_in_an_inline_function(self):
        status, said = self.look({
            "core/json/scanner.h": "int symfeed_next(void);\nint scanner(void);\n"
                                   "static inline int twice(void)\n{\n    return symfeed_next();\n}\n",
            "core/json/scanner.c": '#include "scanner.h"\nint scanner(void) { return twice(); }\n'})
        self.assertEqual(status, 1)
        self.assertIn("core/json/scanner.h:5: core/json/scanner.c calls symfeed_next() of core/feed/feed.c: "
                      "is not below core/json\n", said)

    def test_the_folders_of_the_port(self):
        self.bad(["port/net/socket.h:1: includes port/tls/tls.h: is not below port/net",
                  "port/net/socket.h:2: includes port/symfeed_posix.h: is not below port/net",
                  "a circle: port/net/socket -> port/symfeed_posix -> port/net/socket",
                  "  port/net/socket.h:2: includes port/symfeed_posix.h",
                  "  port/symfeed_posix.h:1: includes port/net/socket.h"],
                 {"port/tls/tls.h": "\n",
                  "port/net/socket.h": '#include "tls/tls.h"\n#include "symfeed_posix.h"\n'}, objects=False)
        self.bad(["port/system/clock.c:2: port/system/clock.c calls reach() of port/net/socket.c: "
                  "is not below port/system"],
                 {"port/system/clock.c": "int reach(void);\nint clock_now(void) { return reach(); }\n"})

    def test_core_calls_nothing_of_the_port(self):
        self.bad(["core/util/bytes.c:2: core/util/bytes.c calls reach() of port/net/socket.c: "
                  "core/ calls nothing of port/"],
                 {"core/util/bytes.c": "int reach(void);\nint bytes(void) { return reach(); }\n"})

    def test_a_circle_of_includes(self):
        self.bad(["a circle: core/http/request -> core/http/url -> core/http/request",
                  '  core/http/request.h:1: includes core/http/url.h',
                  '  core/http/url.h:3: includes core/http/request.h'],
                 {"core/http/request.h": '#include "http/url.h"\n',
                  "core/http/url.h": '\n\n#include "request.h"\n'}, objects=False)

    def test_a_circle_of_a_call_and_an_include(self):
        self.bad(["a circle: core/http/request -> core/http/url -> core/http/request",
                  "  core/http/request.c:1: includes core/http/url.h",
                  "  core/http/url.c:2: calls request() of core/http/request.c"],
                 {"core/http/url.h": "int url(void);\n",
                  "core/http/url.c": "int request(void);\nint url(void) { return request(); }\n",
                  "core/http/request.c": '#include "http/url.h"\nint request(void) { return 0; }\n'})

    def test_a_file_in_no_layer(self):
        self.bad(["core/feed.c:1: stands in no folder of util, json, event, http, feed",
                  "core/new/file.h:1: stands in no folder of util, json, event, http, feed"],
                 {"core/feed.c": "\n", "core/new/file.h": "\n"}, objects=False)

    def test_words_use_public_headers_and_util_alone(self):
        self.bad(["core/messages.c:1: includes core/feed/state.h: is not below core"],
                 {"core/messages.c": '#include "feed/state.h"\n'}, objects=False)
        self.bad(["core/messages.c:2: core/messages.c calls scanner() of core/json/scanner.c: "
                  "is not below core"],
                 {"core/messages.c": "int scanner(void);\nint words(void) { return scanner(); }\n"})

    def test_a_public_header_needs_no_private_one(self):
        self.bad(["core/symfeed_port.h:1: includes core/util/bytes.h: "
                  "a public header includes only public headers"],
                 {"core/symfeed_port.h": '#include "util/bytes.h"\n'}, objects=False)

    def test_the_parts_of_the_tree(self):
        self.bad(["core/feed/state.h:1: includes port/net/socket.h: core/ includes nothing of port/",
                  "examples/alarm/words.h:1: includes port/system/characters.h: "
                  "examples/ includes only public headers of port/",
                  "examples/first.c:1: includes core/util/bytes.h: "
                  "examples/ includes only public headers of core/",
                  "examples/first.c:2: includes port/net/socket.h: "
                  "examples/ includes only public headers of port/",
                  "examples/symfeed/print.c:1: includes test/a.h: examples/ includes nothing of test/",
                  "examples/symfeed/print.c:2: includes examples/alarm/words.h: belongs to another example",
                  "port/net/socket.h:1: includes core/util/bytes.h: port/ includes only public headers of core/",
                  "port/net/socket.h:2: includes examples/symfeed/print.h: "
                  "port/ includes nothing of examples/"],
                 {"core/feed/state.h": '#include "net/socket.h"\n',
                  "examples/first.c": '#include "util/bytes.h"\n#include <net/socket.h>\n',
                  "examples/alarm/words.h": '#include "system/characters.h"\n', "test/a.h": "\n",
                  "examples/symfeed/print.c": '#include "../../test/a.h"\n#include "../alarm/words.h"\n',
                  "port/net/socket.h": '#include "util/bytes.h"\n'
                                       '#include "../../examples/symfeed/print.h"\n'}, objects=False)


if __name__ == "__main__":
    unittest.main()
