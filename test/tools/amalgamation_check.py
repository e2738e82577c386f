#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""amalgamation_check.py PREFIX FOLDER OBJECT...: symfeed.c, symfeed.h and symfeed.o in the folder are
core/, whose objects are given.

- The two files include nothing but each other, the headers of a freestanding compiler, and the file of
  settings that a build may name.
- symfeed.o exports what the objects export and symfeed.h declares: nothing more, nothing less.
- It is no larger than the objects together.
"""

import os
import re
import subprocess
import sys

HEADERS = {"<stdbool.h>", "<stddef.h>", "<stdint.h>", "<limits.h>", "SYMFEED_CONFIG_FILE"}


def output_of(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout.splitlines()


def exports(prefix, objects):
    return {name for path in objects for name, kind in (line.split()[:2] for line in output_of(
        prefix + "nm", "--format=posix", path)) if kind.isupper() and kind not in "UV"}


def flash(prefix, objects):
    return sum(int(line.split()[0]) for line in output_of(prefix + "size", *objects)[1:])


def main():
    prefix, folder, *objects = sys.argv[1:]
    if not objects:
        sys.exit("amalgamation_check: no objects given")
    complaints, texts = [], {}
    for name, allowed in (("symfeed.h", HEADERS), ("symfeed.c", HEADERS | {'"symfeed.h"'})):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            texts[name] = file.read()
        complaints += [f"{folder}/{name}: includes {found}" for found in re.findall(
            r"^[ \t]*#[ \t]*include[ \t]+(\S+)", texts[name], re.M) if found not in allowed]
        complaints += [f"{folder}/{name}: its first line names no licence"
                       for first in texts[name].splitlines()[:1] if "SPDX-License-Identifier" not in first]
    if "Copyright (c) 2010 Serge Zaitsev" not in texts["symfeed.c"]:
        complaints.append(f"{folder}/symfeed.c: jsmn has lost its licence")

    whole = [os.path.join(folder, "symfeed.o")]
    here = exports(prefix, whole)
    there = exports(prefix, objects) & set(re.findall(r"\b(symfeed_\w+)\(", texts["symfeed.h"]))
    complaints += [f"{whole[0]}: exports {name}, which symfeed.h does not declare" for name in sorted(here - there)]
    complaints += [f"{whole[0]}: lacks {name}" for name in sorted(there - here)]
    one, many = flash(prefix, whole), flash(prefix, objects)
    if one > many:
        complaints.append(f"{whole[0]}: {one} bytes, core's objects together {many}")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"amalgamation: {len(here)} functions, all in symfeed.h; {one} bytes of flash, core's objects {many}")


if __name__ == "__main__":
    main()
