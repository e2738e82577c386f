#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""invariants.py [--root FOLDER]: each invariant of SECURITY.md names what proves or tests it.

An invariant is a numbered paragraph below "## Invariants", or one with a dash, up to the next heading.
It ends with `Held by` and one or more links to files below test/, which must be there. Each proof of
test/proofs must be named by one of them, so that no proof is forgotten.
"""

import argparse
import os
import re
import sys

ITEM = re.compile(r"^(?:\d+\.|-) (.*(?:\n  .*)*)", re.M)
HELD = re.compile(r"\bHeld\s+by\s+(.*)\Z", re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def faults(root):
    """What is wrong, a line each."""
    with open(os.path.join(root, "SECURITY.md"), encoding="utf-8") as file:
        text = file.read()
    section = re.search(r"^## Invariants$(.*?)(?=^## |\Z)", text, re.M | re.S)
    items = ITEM.findall(section[1]) if section else []
    if not items:
        yield "SECURITY.md has no invariants"
    named = set()
    for item in items:
        title = " ".join(item.split())[:60]
        held = HELD.search(item)
        files = LINK.findall(held[1]) if held else []
        if not files:
            yield f"no proof or test is named: {title}"
        for path in files:
            named.add(path)
            if not path.startswith("test/") or not os.path.isfile(os.path.join(root, path)):
                yield f"{path} is no file below test/: {title}"
    folder = os.path.join(root, "test/proofs")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if name.endswith(".c") and f"test/proofs/{name}" not in named:
            yield f"no invariant names test/proofs/{name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=".")
    found = list(faults(parser.parse_args().root))
    for fault in found:
        print(f"invariants: {fault}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
