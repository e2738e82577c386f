#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what stands in two places to be the same in both: the first program of README.md, its C block
with a main(), is that of examples/first.c, which the tests compile. `make config-check` does so for
Kconfig and the headers.
"""

import re
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def first_program():
    try:
        blocks = re.findall(r"^```c\n(.*?)^```$", read("README.md"), re.M | re.S)
    except FileNotFoundError:
        return ["there is no README.md"]
    programs = [block for block in blocks if "main(" in block]
    if not programs:
        return ["README.md: no C program with a main()"]
    if programs[0].strip() not in read("examples/first.c"):
        return ["README.md: its first program is not the text of examples/first.c"]
    return []


def main():
    complaints = first_program()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print("README.md's program is that of examples/first.c")


if __name__ == "__main__":
    main()
