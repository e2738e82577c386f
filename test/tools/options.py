#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""options.py: writes what else has the options of the program symfeed, from their tables in C: the list in
the man page, and the words of the completion for bash, each between its marks.

drift_check.py asks drift() whether they are still the same. No compiler is needed.
"""

import re
import sys
import textwrap
from collections import namedtuple

import marked
from c_source import read

COMMON = "examples/common/"
PROGRAM = "examples/symfeed/"
MAN = PROGRAM + "symfeed.1"
COMPLETION = PROGRAM + "symfeed.bash"
HEADERS = (COMMON + "option.h", COMMON + "client_config.h", PROGRAM + "options.h", "core/symfeed.h")

# value: what it is called, None for a switch. kind: without OPTION_. commands: names of those that it is
# for. heading: the last one before it.
Option = namedtuple("Option", "name value letter kind commands text heading")
Command = namedtuple("Command", "name argument text")

LITERAL = r'"(?:[^"\\]|\\.)*"'
TEXT = rf"HELP\(\s*((?:{LITERAL}|[A-Z_]+|\s)+)\)"
OPTION = re.compile(rf'HEADING\("([^"]+)"\)|\{{"([\w-]+)",\s*({LITERAL}|NULL),\s*(\'\w\'|0),\s*OPTION_(\w+),'
                    rf"\s*((?:[^,()]|\([^()]*\))+),\s*(?:0|\w+\([^()]*\)),\s*{TEXT}\}}")
COMMAND = re.compile(rf'\{{"(\w+)",\s*({LITERAL}|NULL),[^{{}}]*?{TEXT}\}}')


def number(name):
    """What a macro of the headers is, by default."""
    for path in HEADERS:
        found = re.search(rf"^#define {name} +\(?(\d+)\)?", read(path), re.M)
        if found:
            return found[1]
    sys.exit(f"options: no header has the number {name}")


def words(text, source):
    """A text of C: literals, and macros that are numbers as text."""
    parts = []
    for part in re.findall(rf"{LITERAL}|[A-Z_]+", text):
        if part[0] == '"':
            parts.append(part[1:-1].replace('\\"', '"'))
        else:
            parts.append(number(re.search(rf"^#define {part} +QUOTE\((\w+)\)", source, re.M)[1]))
    return "".join(parts)


def bits():
    """{FOR_...: number} of enum option_commands."""
    known = {}
    body = re.search(r"enum option_commands \{(.*?)\};", read(COMMON + "option.h"), re.S)[1]
    for name, value in re.findall(r"(\w+)\s*=\s*([^,/]+)", body):
        known[name] = eval(value, {}, known)  # pylint: disable=eval-used # shifts and ors of names
    return known


def commands():
    source = read(PROGRAM + "symfeed.c")
    found = [Command(name, None if argument == "NULL" else argument[1:-1], words(text, source))
             for name, argument, text in COMMAND.findall(source)]
    if len(found) != len(re.findall(r"^    COMMAND_\w+,$", read(PROGRAM + "options.h"), re.M)):
        sys.exit(f"options: {PROGRAM}symfeed.c: a row of commands[] is not understood")
    return found


def options():
    """In the order of --help."""
    names, known, found = [command.name for command in commands()], bits(), []
    heading = None
    for path in (COMMON + "connection.c", PROGRAM + "options.c"):
        source = read(path)
        table = re.search(r"^static const struct option rows\[\] = \{\n(.*?)^\};", source, re.M | re.S)[1]
        rows = OPTION.findall(table)
        if len(rows) != len(re.findall(r"HELP\(|HEADING\(", table)):
            sys.exit(f"options: {path}: a row of rows[] is not understood")
        for title, name, value, letter, kind, mask, text in rows:
            heading = title or heading
            if name:
                mask = re.sub(r"OPTION_IF\([^,]*,|\b(KEY|CERTIFICATE)\(|\)", " ", mask)
                mask = eval(mask.strip(), {}, known)  # pylint: disable=eval-used
                found.append(Option(name, None if value == "NULL" else value[1:-1], letter.strip("'0"), kind,
                                    [n for bit, n in enumerate(names) if mask >> bit & 1],
                                    words(text, source), heading))
    return found


# --- the man page -----------------------------------------------------------------------------------------

def mdoc(text):
    """Lines: a sentence begins a line, and options are macros."""
    lines = []
    for sentence in re.split(r"(?<=\.) (?=[A-Z])", text):
        for part in re.split(r"((?:^|(?<= ))\(?--[a-z-]+[.,;:)]*)", sentence):
            match = re.fullmatch(r"(\(?)--([a-z-]+)([.,;:)]*)", part.strip())
            if match:
                lines.append(" ".join([".Fl", *match[1], "-" + match[2], *match[3]]))
            elif part.strip():
                lines += textwrap.wrap(part.strip().replace("\\", "\\e"), 78, break_on_hyphens=False,
                                       break_long_words=False)
    return "\n".join("\\&" + line if line[0] in ".'" and not line.startswith(".Fl ") else line
                     for line in lines)


def listed():
    """Lines of the man page."""
    lines, heading = [], None
    everywhere = [command.name for command in commands()][:-2]
    for option in options():
        if option.heading != heading:
            heading = option.heading
            lines += [".El"] * bool(lines) + [f".Ss {heading.capitalize()}", ".Bl -tag -width Ds"]
        lines.append(".It " + (f"Fl {option.letter} , " if option.letter else "") + f"Fl -{option.name}" +
                     (f" Ar {option.value}" if option.value else ""))
        if set(everywhere) <= set(option.commands):
            text = option.text[0].upper() + option.text[1:]
        else:
            lines.append(".Cm " + " , ".join(option.commands) + " :")
            text = option.text
        lines.append(mdoc(text + "."))
    return "\n".join(lines + [".El"]) + "\n"


# --- completion -------------------------------------------------------------------------------------------

def completed():
    """Lines of the script: the words of its function _symfeed_words(), by what they are for."""
    every = options()
    formats = re.search(r"formats\[\] = \{([^}]*)\}", read(COMMON + "message.c"))
    types = re.search(r"#define SYMFEED_TYPE_LIST\(X\)((?:.*\\\n)+.*\n)", read("core/symfeed_events.h"))[1]

    def names(some):
        return " ".join("--" + option.name for option in some)
    rows = {"COMMANDS": " ".join(command.name for command in commands()),
            "FORMATS": " ".join(re.findall(r'"(\w+)"', formats[1])),
            "TYPES": " ".join(re.findall(r'"([A-Z]+)"', types)),
            "VALUED": names(option for option in every if option.value),
            "FILES": names(option for option in every if option.value == "FILE")}
    for command in commands():
        rows[command.name] = names(option for option in every if command.name in option.commands)
    rows["*"] = names(every)
    return "".join(f"    {name}) echo '{words}' ;;\n" for name, words in rows.items())


def written():
    """{path: text} of today."""
    return {MAN: marked.filled(MAN, read(MAN), '.\\"', "options", listed()),
            COMPLETION: marked.filled(COMPLETION, read(COMPLETION), "    #", "words", completed())}


def drift():
    """Complaints."""
    return [f"{path}: what is between the marks is not that of the tables: make codes"
            for path, text in written().items() if text != read(path)]


def main():
    for path, text in written().items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
