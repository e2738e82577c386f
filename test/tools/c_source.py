# SPDX-License-Identifier: Apache-2.0
"""What the tools that read C share: its text, its comments and strings, its directives."""

import re

TRIVIA = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.M | re.S)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def blanked(text, strings=True, directives=False):
    """Comments, and strings and directives where wanted, become spaces; the rest stays in its place."""
    def blank(match):
        if not strings and match[0][0] in "\"'":
            return match[0]
        return re.sub(r"[^\n]", " ", match[0])
    text = TRIVIA.sub(blank, text)
    return DIRECTIVE.sub(blank, text) if directives else text
