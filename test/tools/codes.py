#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""codes.py: writes the tables of report codes and of the port's causes into the man page, between their
marks; from the lists SYMFEED_REPORTS and SYMFEED_CAUSES.

drift_check.py asks drift() whether they are still the same. No compiler is needed.
"""

import re
import sys
from collections import namedtuple

import marked
from c_source import read

MAN = "examples/symfeed/symfeed.1"

# A code: number, name, level of a report or None, words.
Code = namedtuple("Code", "number name level words")

COMMENT = re.compile(r"/\*.*?\*/", re.S)
ENTRY = re.compile(r'X\(\s*(\w+),\s*(?:(\w+),\s*)?((?:"(?:[^"\\]|\\.)*"\s*)+)\)')

# What stands in the words for what is known only later, see port/symfeed_cause.h.
DETAILS = {"%1": "N", "%2": "N", "%3": "N", "%s": "NAME", "%p": "PIN", "%e": "what Mbed TLS says",
           "%h": "FLAGS"}


def entries(path, name, first):
    """The codes of an X-macro list; the first of them has the number `first`."""
    found = re.search(rf"^#define {name}\(X\)((?:.*\\\n)+.*\n)", read(path), re.M)
    if not found:
        sys.exit(f"codes: {path} has no list {name}(X)")
    text = COMMENT.sub("", found[1].replace("\\\n", "\n"))
    codes = []
    for number, entry in enumerate(ENTRY.finditer(text), first):
        words = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', entry[3])).replace('\\"', '"')
        codes.append(Code(number, entry[1], entry[2] and entry[2].lower(), words))
    if len(codes) != len(re.findall(r"\bX\(", text)):
        sys.exit(f"codes: {path}: a line of {name}(X) is not understood")
    return codes


def reports():
    """But NONE, which is never reported."""
    return entries("core/symfeed_port.h", "SYMFEED_REPORTS", 0)[1:]


def causes():
    first = re.search(r"^#define SYMFEED_CAUSE_FIRST (\d+)$", read("port/symfeed_cause.h"), re.M)
    return entries("port/symfeed_cause.h", "SYMFEED_CAUSES", int(first[1]))


def quoted(words):
    """As an argument of a macro of mdoc."""
    words = re.sub(r"%\w", lambda match: DETAILS[match[0]], words)
    return '"' + words.rstrip(": ").replace("\\", "\\e").replace('"', "\\(dq") + '"'


def table(codes):
    """Lines of the man page."""
    width = max((code.name for code in codes), key=len)
    lines = [f'.Bl -column "000" "{width}"' + (' "warning"' if codes[0].level else "") + ' "words"']
    for code in codes:
        cells = [str(code.number), f"Dv {code.name}"] + ([code.level] if code.level else [])
        lines.append(".It " + " Ta ".join(cells + [quoted(code.words or "its status says why")]))
    return "\n".join(lines + [".El"]) + "\n"


def filled(page):
    """The man page with the tables of today."""
    for name, codes in (("reports", reports()), ("causes", causes())):
        page = marked.filled(MAN, page, '.\\"', name, table(codes))
    return page


def drift():
    """Complaints."""
    page = read(MAN)
    return [] if filled(page) == page else [f"{MAN}: its codes are not those of the lists: make codes"]


def main():
    page = filled(read(MAN))
    with open(MAN, "w", encoding="utf-8") as file:
        file.write(page)


if __name__ == "__main__":
    main()
