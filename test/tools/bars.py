# SPDX-License-Identifier: Apache-2.0
"""Draws tables of a page in Markdown as SVG pictures with bars.

Guarantees: a picture's numbers are the table's, as they are written there; the same table gives the same
picture, which drift-check holds it to.
"""

import os
import re
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, MARGIN = 760, 270, 90, 16
STYLE = """\
  <style>
    text { font: 13px "DejaVu Sans", Verdana, "Segoe UI", sans-serif; fill: #1f2328; }
    .title { font-weight: bold; font-size: 15px; }
    .small { font-size: 11px; fill: #59636e; }
    .background, .cut { fill: #ffffff; }
    .bar { fill: #afb8c1; }
    .own { fill: #0969da; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .small { fill: #9198a1; }
      .background, .cut { fill: #0d1117; }
      .bar { fill: #656c76; }
      .own { fill: #4493f8; }
    }
  </style>
"""


def table(text, heading):
    """The rows of the first table below the heading, lists of cells; the head is the first row."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    lines = re.search(r"(?:^\|.*\n)+", section[1] if section else "", re.M)
    if not lines:
        raise ValueError(f"no table below '{heading}'")
    rows = [[cell.strip(" *`") for cell in line.strip("|").split("|")] for line in lines[0].splitlines()]
    return [rows[0], *rows[2:]]


def number(cell):
    return float(cell.replace(",", ""))


def scale_of(values):
    """The value of the longest bar, of the largest of each row: those more than three times the next are cut."""
    values = sorted(values, reverse=True)
    while len(values) > 1 and values[0] > 3 * values[1]:
        del values[0]
    return values[0]


def bar(y, height, value, text, longest, style):
    room = WIDTH - LEFT - RIGHT
    length = max(1.0, room * min(value / longest, 1.05))
    lines = [f'  <rect class="{style}" x="{LEFT}" y="{y}" width="{length:.1f}" height="{height}"/>\n']
    if value > longest:  # two slanted gaps say that the bar goes on
        for x in (LEFT + length - 34, LEFT + length - 22):
            lines.append(f'  <path class="cut" d="M{x:.1f} {y + height + 1} l8 -{height + 2} h5 l-8 {height + 2} z"/>\n')
    lines.append(f'  <text class="value" x="{LEFT + length + 6:.1f}" y="{y + height / 2 + 4.5:.1f}">{escape(text)}</text>\n')
    return "".join(lines)


def picture(text, page, command, is_own, heading, columns, title, below):
    """The SVG of those columns of the table below the heading; the bars stand out where is_own(row, column)."""
    head, *rows = table(text, heading)
    largest = [max(number(row[column]) for column in columns) for row in rows]
    longest = scale_of(largest)
    if max(largest) > longest:
        below += "; a bar with gaps goes on"
    height, gap = (18, 10) if len(columns) == 1 else (14, 2)
    y, body = 62, ""
    for row in rows:
        group = len(columns) * (height + gap) - gap
        shift = 0 if len(columns) == 1 else 60  # bars of a group have names of their own
        body += (f'  <text class="name" x="{LEFT - 10 - shift}" y="{y + group / 2 + 4.5:.1f}" text-anchor="end">'
                 f"{escape(row[0])}</text>\n")
        for column in columns:
            if shift:
                body += (f'  <text class="small" x="{LEFT - 8}" y="{y + height - 3}" text-anchor="end">'
                         f"{escape(head[column])}</text>\n")
            style = "own" if is_own(row, column) else "bar"
            body += bar(y, height, number(row[column]), row[column], longest, style)
            y += height + gap
        y += 0 if len(columns) == 1 else 12
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- SPDX-License-Identifier: Apache-2.0\n'
            f'     Drawn from {page} by `{command}`. -->\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 8}" viewBox="0 0 {WIDTH} {y + 8}" '
            f'role="img" aria-label="{escape(title)}, {escape(below)}">\n{STYLE}'
            f'  <rect class="background" width="{WIDTH}" height="{y + 8}" rx="6"/>\n'
            f'  <text class="title" x="{MARGIN}" y="26">{escape(title)}</text>\n'
            f'  <text class="small" x="{MARGIN}" y="44">{escape(below)}</text>\n{body}</svg>\n')


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Page:
    """A page and its pictures: {file: (heading of the section whose table it shows, columns with the
    numbers, title, what is below it)}. `command` writes them, `script` draws them again."""

    def __init__(self, folder, name, pictures, command, script, is_own):
        self.folder, self.name, self.pictures = folder, name, pictures
        self.command, self.script, self.is_own = command, script, is_own

    def picture(self, text, name):
        return picture(text, self.name, self.command, self.is_own, *self.pictures[name])

    def draw(self, folder=None):
        folder = folder or self.folder
        text = read(os.path.join(folder, self.name))
        for name in self.pictures:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(self.picture(text, name))

    def drift(self, folder=None):
        """A line for each picture that does not show what the page says."""
        folder = folder or self.folder
        complaints = []
        for name in self.pictures:
            path = os.path.join(folder, name)
            try:
                if read(path) != self.picture(read(os.path.join(folder, self.name)), name):
                    complaints.append(f"{os.path.relpath(path)}: {self.name} says something else: "
                                      f"run python3 {self.script}")
            except (OSError, ValueError) as error:
                complaints.append(f"{os.path.relpath(path)}: {error}")
        return complaints
