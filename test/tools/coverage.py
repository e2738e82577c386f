#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tests reach of the sources below a folder, as gcov of gcc 14 has counted it.

    coverage.py --gcov GCOV --below FOLDER OBJECT.gcno...

Prints what is not reached, then a line each for lines, branches and conditions. A condition counts twice, as
true and as false, where it alone decides what its expression is (MC/DC). What several objects have of a source
is put together: it is enough to be reached in one of them. Ends with an error unless all is reached.
"""

import argparse
import json
import subprocess
import sys

KINDS = ("line", "branch", "condition")
NAMES = ("lines", "branches", "conditions (MC/DC)")


def measured(gcov, objects):
    """What gcov says of each source in each object."""
    done = subprocess.run([gcov, "--json-format", "--stdout", "--branch-probabilities", "--conditions", *objects],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"coverage: {done.stderr}")
    for text in done.stdout.splitlines():
        if text.startswith("{"):
            yield from json.loads(text)["files"]


def outcomes(line):
    """(kind, which of the line, whether it is reached). Where a build has other code in a line, it is another."""
    yield "line", "", line["count"] > 0
    branches = line["branches"]
    for number, branch in enumerate(branches, 1):
        yield "branch", f" {number} of {len(branches)}", branch["count"] > 0
    expressions = line["conditions"]
    for number, expression in enumerate(expressions, 1):
        count = expression["count"] // 2
        where = f" of expression {number} of {len(expressions)}" if len(expressions) > 1 else ""
        for value in ("true", "false"):
            missed = expression[f"not_covered_{value}"]
            for condition in range(count):
                yield "condition", f" {condition + 1} of {count}{where}, as {value}", condition not in missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gcov", required=True)
    parser.add_argument("--below", required=True)
    parser.add_argument("objects", nargs="+")
    arguments = parser.parse_args()

    reached = {}
    for file in measured(arguments.gcov, arguments.objects):
        for line in file["lines"] if file["file"].startswith(arguments.below) else ():
            for kind, which, good in outcomes(line):
                key = (file["file"], line["line_number"], kind, which)
                reached[key] = reached.get(key, False) or good

    for (source, number, kind, which), good in sorted(reached.items()):
        # Where a line is not reached, nothing of it is.
        if not good and (kind == "line" or reached[source, number, "line", ""]):
            print(f"{source}:{number}: {kind}{which} is not reached")
    for kind, name in zip(KINDS, NAMES):
        those = [good for key, good in reached.items() if key[2] == kind]
        print(f"coverage: {sum(those)} of {len(those)} {name}, {100 * sum(those) / max(len(those), 1):.2f} %")
    sys.exit(0 if reached and all(reached.values()) else 1)


if __name__ == "__main__":
    main()
