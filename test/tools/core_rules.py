#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""core_rules.py PREFIX OBJECT...: holds core's objects to what core/ promises of itself.

- It needs nothing from outside but memcpy, memmove, memset and memcmp, which a compiler may call on
  its own anyway, and the compiler's own helpers.
- It has no data and no bss: no global that changes.
- What it exports is named symfeed_.
"""

import re
import subprocess
import sys

ALLOWED = re.compile(r"mem(cpy|move|set|cmp)|__aeabi_\w+|__gnu_thumb1_case_\w+")


def main():
    prefix, objects = sys.argv[1], sys.argv[2:]
    if not objects:
        sys.exit("core_rules: no objects given")
    defined, wanted, complaints = set(), {}, []
    for path in objects:
        listing = subprocess.run([prefix + "nm", "--format=posix", path], check=True, text=True,
                                 capture_output=True).stdout
        for name, kind in (line.split()[:2] for line in listing.splitlines()):
            if kind in "UwWvV":
                wanted.setdefault(name, path)
            elif kind.isupper():
                defined.add(name)
                if not name.startswith("symfeed_"):
                    complaints.append(f"{path}: exports {name}, which is not named symfeed_")
            if kind.upper() in "DBCGS":
                complaints.append(f"{path}: {name} is a variable that can change")
        sizes = subprocess.run([prefix + "size", path], check=True, text=True,
                               capture_output=True).stdout.splitlines()[1].split()
        if sizes[1] != "0" or sizes[2] != "0":
            complaints.append(f"{path}: data {sizes[1]}, bss {sizes[2]}; both must be 0")
    for name, path in sorted(wanted.items()):
        if name not in defined and not ALLOWED.fullmatch(name):
            complaints.append(f"{path}: needs {name} from outside of core/")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"core: {len(objects)} objects, {len(defined)} exported symbols, all symfeed_; "
          "data 0, bss 0; nothing wanted from outside but mem*")


if __name__ == "__main__":
    main()
