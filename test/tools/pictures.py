#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pictures.py SYMFEED FILE: runs the demo on a terminal, and draws what it shows as an SVG.

Of each part of the demo the first lines are drawn. The SVG has the form of all lines, without times and
numbers, in a comment at its head; a run whose lines have the same form leaves the file as it is.
Exits with 1 where the demo fails.
"""

import os
import pty
import re
import subprocess
import sys
from xml.sax.saxutils import escape

LINES = 8      # drawn of each part, below its heading
COLUMNS = 104  # longer lines are cut
SIZE = 13      # of the letters
ADVANCE, HEIGHT, MARGIN = 7.85, 18, 16

BACKGROUND, PLAIN = "#16181d", "#d5d9e0"
WARNING = "#e5c07b"
# What ECMA-48 calls select graphic rendition: the attributes that symfeed and the demo use.
STYLES = {"1": 'font-weight="bold"', "2": 'fill-opacity="0.6"', "36": 'fill="#56b6c2"', "33": f'fill="{WARNING}"',
          "31": 'fill="#e06c75"', "32": 'fill="#98c379"'}
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def record(symfeed):
    """What the demo prints on a terminal, with its escapes; a list of lines."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    demo = subprocess.Popen([sys.executable, "test/tools/demo.py", symfeed], stdin=subprocess.DEVNULL,
                            stdout=theirs, stderr=theirs, env=dict(environment, TERM="xterm"))
    os.close(theirs)
    text = b""
    try:
        for data in iter(lambda: os.read(ours, 65536), b""):
            text += data
    except OSError:
        pass  # so a terminal ends on Linux
    lines = text.decode("utf-8", "replace").replace("\r", "").splitlines()
    if demo.wait() != 0:
        sys.exit("pictures: the demo failed:\n" + "\n".join(lines[-20:]))
    return lines


def is_heading(line):
    return ESCAPE.sub("", line).startswith("-- ")


def is_event(line):
    return line.startswith("\x1b") and not is_heading(line)


def form(line):
    """What of a line is the same in each run: for an event the attributes and columns, for any other
    line its words."""
    if is_event(line):
        columns = ESCAPE.sub("", line).count("  ")
        return f"event: attributes {' '.join(ESCAPE.findall(line))}, columns {columns + 1}"
    line = re.sub(r"trace \w+", "trace #", ESCAPE.sub("", line))
    return re.sub(r"\d+", "#", line).strip(" -")


def chosen(lines):
    """The lines to draw."""
    left = 0
    for line in lines:
        left = LINES if is_heading(line) else left - 1
        if left >= 0 and line.strip():
            yield line


def spans(line):
    """(text, attributes) of a line, cut to the width."""
    attributes, left = [], COLUMNS
    if re.match(r" +\S+ (warning|error): ", line):
        attributes = ["33"]
    for at, part in enumerate(ESCAPE.split(line)):
        if at % 2 == 1:
            codes = [code for code in part.split(";") if code]
            attributes = [] if codes in ([], ["0"]) else attributes + codes
        elif part and left > 0:
            text = part if len(part) <= left else part[:left - 1] + "\u2026"
            left -= len(part)
            yield text, " ".join(STYLES[code] for code in attributes if code in STYLES)


def draw(lines, comment):
    width = COLUMNS * ADVANCE + 2 * MARGIN
    height = len(lines) * HEIGHT + 2 * MARGIN
    out = ['<?xml version="1.0" encoding="UTF-8"?>',
           "<!-- SPDX-License-Identifier: Apache-2.0",
           "     Drawn by `make pictures` from what `make demo` shows; the form of its lines:",
           *comment, "-->",
           f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           f'viewBox="0 0 {width:.0f} {height}">',
           f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
           f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
           f'font-size="{SIZE}" fill="{PLAIN}" xml:space="preserve">']
    for number, line in enumerate(lines):
        text = "".join(f"<tspan {style}>{escape(part)}</tspan>" if style else escape(part)
                       for part, style in spans(line))
        out.append(f'<text x="{MARGIN}" y="{MARGIN + number * HEIGHT + SIZE}">{text}</text>')
    return "\n".join(out + ["</g>", "</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit("pictures: give the program to show, build/symfeed, and the file to write")
    lines = record(sys.argv[1])
    # Two minus signs in a row would end the comment.
    comment = [line.replace("--", "\u2013") for line in sorted({form(line) for line in lines} - {""})]
    try:
        with open(sys.argv[2], encoding="utf-8") as file:
            before = file.read()
    except FileNotFoundError:
        before = ""
    if "\n".join(["", *comment, "-->"]) in before:
        print(f"{sys.argv[2]} shows these lines already")
        return
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(draw(list(chosen(lines)), comment))
    print(f"{sys.argv[2]} is drawn anew")


if __name__ == "__main__":
    main()
