#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws size.svg, cpu.svg and memory.svg from the tables of RESULTS.md, beside it; see test/tools/bars.py."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
from bars import Page  # noqa: E402

RESULTS = "RESULTS.md"

# file: (heading of the section whose table it shows, columns with the numbers, title, what is below it)
PICTURES = {
    "cpu.svg": ("CPU", (1, 4), "Processor time for an event",
                "times that of Mbed TLS alone; batches of 100 events in UTF-8 and in ASCII; less is better"),
    "memory.svg": ("Memory", (1, 2, 3, 4), "Peak memory",
                   "MB; for batches of so many events, and for one event of 8 MB; less is better"),
    "size.svg": ("Size", (1,), "Flash for the program and its libraries", "MB, stripped, without libc; less is better"),
}

PAGE = Page(HERE, RESULTS, PICTURES, "make compare", "test/compare/pictures.py",
            lambda row, column: row[0].startswith("symfeed"))
draw, drift = PAGE.draw, PAGE.drift

if __name__ == "__main__":
    draw()
