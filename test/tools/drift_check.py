#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what stands in two places to be the same in both.

- Every size has one default: in Kconfig as `config SYMFEED_X` and `default number` (y, n for 1, 0), in
  core/symfeed_config.h or a file of the client as `#ifndef SYMFEED_X` and `#define SYMFEED_X number`.
- The first program of README.md, its C block with a main(), is that of examples/first.c, which the
  tests compile.
"""

import glob
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def sizes():
    menu = dict(re.findall(r"^config (SYMFEED_\w+)\n(?:[ \t]+.*\n)*?[ \t]+default (\S+)\n",
                           read("Kconfig"), re.M))
    menu = {name: {"y": "1", "n": "0"}.get(default, default) for name, default in menu.items()}
    headers = {}
    for path in ["core/symfeed_config.h", *glob.glob("examples/symfeed/*.[ch]")]:
        headers.update(re.findall(r"^#ifndef (SYMFEED_\w+)\n#define \1[ \t]+(\d+)$",
                                  read(path), re.M))
    return [f"{name}: {menu.get(name, 'absent')} in Kconfig, {headers.get(name, 'absent')} in the code"
            for name in sorted(menu.keys() | headers.keys())
            if menu.get(name) != headers.get(name)]


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
    complaints = sizes() + first_program()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print("Kconfig is as the headers, README.md's program as examples/first.c")


if __name__ == "__main__":
    main()
