#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""core_rules.py PREFIX OBJECT...: holds core's objects to what core/ promises of itself.

- It needs nothing from outside but memcpy, memmove, memset and memcmp, which a compiler may call on
  its own anyway, and the compiler's own helpers.
- It has no data and no bss: no global that changes.
- What it exports is named symfeed_.
- Where messages.o is given, nothing else has text for people: two words next to each other in its
  constants that are no header field. There must be some in that one, or the rule is blind.
"""

import os
import re
import subprocess
import sys

ALLOWED = re.compile(r"mem(cpy|move|set|cmp)|__aeabi_\w+|__gnu_thumb1_case_\w+")
FIELD = re.compile(rb"[A-Z][A-Za-z-]+: [^ ]+")
WORDS = re.compile(rb"[ -~]*[A-Za-z]{2}[:,]? [a-z]{2}[ -~]*")


def output_of(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout.splitlines()


def symbols_and_sizes(prefix, objects):
    """(names defined, complaints)"""
    defined, wanted, complaints = set(), {}, []
    for path in objects:
        for name, kind in (line.split()[:2]
                           for line in output_of(prefix + "nm", "--format=posix", path)):
            if kind in "UwWvV":
                wanted.setdefault(name, path)
            elif kind.isupper():
                defined.add(name)
                if not name.startswith("symfeed_"):
                    complaints.append(f"{path}: exports {name}, which is not named symfeed_")
            if kind.upper() in "DBCGS":
                complaints.append(f"{path}: {name} is a variable that can change")
        sizes = output_of(prefix + "size", path)[1].split()
        if sizes[1] != "0" or sizes[2] != "0":
            complaints.append(f"{path}: data {sizes[1]}, bss {sizes[2]}; both must be 0")
    for name, path in sorted(wanted.items()):
        if name not in defined and not ALLOWED.fullmatch(name):
            complaints.append(f"{path}: needs {name} from outside of core/")
    return defined, complaints


def texts(prefix, objects):
    """(path, text) for each text of at least two words among the constants."""
    for path in objects:
        with open(path, "rb") as file:
            content = file.read()
        # index, name, size, two addresses, offset in the file, alignment
        for fields in map(str.split, output_of(prefix + "objdump", "-h", path)):
            if len(fields) == 7 and fields[1].startswith(".rodata"):
                start, size = int(fields[5], 16), int(fields[2], 16)
                for match in WORDS.finditer(content[start:start + size]):
                    if not FIELD.fullmatch(match[0]):
                        yield path, match[0].decode()


def is_messages(path):
    return os.path.basename(path) == "messages.o"


def main():
    prefix, *objects = sys.argv[1:]
    if not objects:
        sys.exit("core_rules: no objects given")

    defined, complaints = symbols_and_sizes(prefix, objects)
    says = ""
    if any(map(is_messages, objects)):
        found = list(texts(prefix, objects))
        complaints += [f'{path}: has a text for people, which belongs in messages.c: "{text}"'
                       for path, text in found if not is_messages(path)]
        count = sum(is_messages(path) for path, _ in found)
        says = f"; {count} texts, all in messages.o"
        if count == 0:
            complaints.append("core_rules: finds no text for people in messages.o, where they are")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"core: {len(objects)} objects, {len(defined)} exported symbols, all symfeed_; "
          f"data 0, bss 0; nothing wanted from outside but mem*{says}")


if __name__ == "__main__":
    main()
