# SPDX-License-Identifier: Apache-2.0
"""The part of a file that `make codes` writes: the lines between two marks, which are comments of the file."""

import sys


def filled(path, page, comment, name, text):
    """The page, which is that of the file, with this text between the marks of that name."""
    begin, end = (f"{comment} {name}: {word} of what `make codes` writes\n" for word in ("begin", "end"))
    if page.count(begin) != 1 or page.count(end) != 1:
        sys.exit(f"codes: {path}: there is no mark {begin.strip()!r} with an end")
    return page[:page.index(begin) + len(begin)] + text + page[page.index(end):]
