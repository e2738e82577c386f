#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tests reach of the sources below a folder, as gcov of gcc 14 has counted it.

    coverage.py --gcov GCOV --below FOLDER --explained FILE OBJECT.gcno...

Prints what is not reached, then a line each for lines, branches and conditions (MC/DC: a condition is covered
as true and as false where it alone decides what its expression is). FILE explains what cannot be reached, a
line each: "SOURCE: TEXT OF ITS LINE: WHAT: REASON". Ends with an error if something is not reached and not
explained, if something is explained that is reached or not there, or if MC/DC is below its least.
"""

import argparse
import json
import subprocess
import sys

KINDS = ("lines", "branches", "conditions")
# Percent; the rest is explained.
LEAST_MCDC = 95


def measure(gcov, files):
    """What gcov says of each source, over all objects that have a part of it."""
    done = subprocess.run([gcov, "--json-format", "--stdout", "--branch-probabilities", "--conditions", *files],
                          check=True, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            yield from json.loads(line)["files"]


def outcomes(line):
    """(kind, what, whether it is reached) of a line. What differs between objects does not meet."""
    yield "lines", "line", line["count"] > 0
    branches = line["branches"]
    for number, branch in enumerate(branches, 1):
        yield "branches", f"branch {number} of {len(branches)}", branch["count"] > 0
    for expression, conditions in enumerate(line["conditions"], 1):
        where = f" of expression {expression}" if len(line["conditions"]) > 1 else ""
        for value in ("true", "false"):
            missed = conditions[f"not_covered_{value}"]
            for number in range(conditions["count"] // 2):
                yield "conditions", f"condition {number + 1} of {conditions['count'] // 2}{where} as {value}", number not in missed


def explanations(path):
    """Its lines without the reason."""
    with open(path, encoding="utf-8") as file:
        return [line.rsplit(": ", 1)[0] for line in file if line.strip() and not line.startswith("#")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gcov", required=True)
    parser.add_argument("--below", required=True)
    parser.add_argument("--explained", required=True)
    parser.add_argument("objects", nargs="+")
    arguments = parser.parse_args()

    reached = {}
    for file in measure(arguments.gcov, arguments.objects):
        for line in file["lines"] if file["file"].startswith(arguments.below) else ():
            for kind, what, good in outcomes(line):
                key = (file["file"], line["line_number"], kind, what)
                reached[key] = reached.get(key, False) or good

    faults = 0
    left = explanations(arguments.explained)
    for source, number, _, what in sorted(key for key, good in reached.items() if not good):
        with open(source, encoding="utf-8") as file:
            text = file.read().splitlines()[number - 1].strip()
        if f"{source}: {text}: {what}" in left:
            left.remove(f"{source}: {text}: {what}")
        else:
            print(f"{source}:{number}: {what} is not reached: {text}")
            faults += 1
    for text in left:
        print(f"{arguments.explained}: is reached, or not there: {text}")
    for kind in KINDS:
        those = [good for key, good in reached.items() if key[2] == kind]
        percent = 100 * sum(those) / max(len(those), 1)
        print(f"coverage: {kind:10} {sum(those)} of {len(those)}, {percent:.2f} %")
    sys.exit(1 if faults or left or percent < LEAST_MCDC else 0)


if __name__ == "__main__":
    main()
