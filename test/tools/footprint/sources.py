# SPDX-License-Identifier: Apache-2.0
"""Which source the functions and variables of a program are from, by its debug information.

A program that was optimised as a whole (-flto) has no objects in its map. gcc says in DWARF where each
function and variable began: DW_AT_abstract_origin leads to the unit of its source.
"""

import bisect
import re

from program import output_of

ARTIFICIAL = "<artificial>"  # gcc's name for the unit of all that was optimised together


def read(prefix, path):
    """{address: source} of functions and static variables."""
    starts, names = [], []  # of the units
    origin, at, tag = {}, {}, {}
    die = None
    for line in output_of(prefix + "readelf", "--debug-dump=info", path).splitlines():
        head = re.match(r"\s*<[0-9a-f]+><([0-9a-f]+)>: Abbrev Number: \d+(?: \((\w+)\))?", line)
        if head:
            die = int(head[1], 16)
            tag[die] = head[2]
            if head[2] == "DW_TAG_compile_unit":
                starts.append(die)
                names.append(None)
            continue
        row = re.match(r"\s*<[0-9a-f]+>\s+(DW_AT_\w+)\s*:(.*)", line)
        if not row:
            continue
        if row[1] == "DW_AT_name" and starts and die == starts[-1]:
            names[-1] = row[2].rpartition(": ")[2].strip()
        elif row[1] in ("DW_AT_abstract_origin", "DW_AT_specification"):
            origin[die] = int(re.search(r"0x([0-9a-f]+)", row[2])[1], 16)
        elif row[1] == "DW_AT_low_pc" and tag[die] == "DW_TAG_subprogram":
            at[die] = int(row[2].strip(), 16) & ~1
        elif row[1] == "DW_AT_location" and tag[die] == "DW_TAG_variable":
            place = re.search(r"\(DW_OP_addr: ([0-9a-f]+)\)$", row[2])
            if place:
                at[die] = int(place[1], 16)
    found = {}
    for die, address in at.items():
        while die in origin:
            die = origin[die]
        name = names[bisect.bisect_right(starts, die) - 1]
        if name and name != ARTIFICIAL:
            found[address] = name
    return found
