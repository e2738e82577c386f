#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""amalgamate.py --jsmn FILE --out FOLDER [--settings FILE]: all of core/ in two files, symfeed.c and
symfeed.h, for a tree with another build system.

symfeed.h is the public headers, with the settings in front where a file of them is given. symfeed.c is
the private headers, each behind what it includes, then the sources, with jsmn.h where it is included.
Functions of private headers become static. What only one source knows gets that source's name in front
where another file has the same name; macros of a source end with it. The same files give the same two.
"""

import argparse
import glob
import os
import re
import sys

from c_source import blanked, read
from layers import LAYERS

PUBLIC = ("symfeed_config.h", "symfeed_port.h", "symfeed.h", "symfeed_events.h")

HEADER_HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed.h - the interface of symfeed in one file, made of the headers in core/ by `make amalgamation`:
 * an application includes it, and is compiled with the same settings as symfeed.c.
 */
#ifndef SYMFEED_H
#define SYMFEED_H

"""
SOURCE_HEAD = """/* SPDX-License-Identifier: Apache-2.0 AND MIT */
/*
 * symfeed.c - the core of symfeed in one file, made of core/ and jsmn (MIT) by `make amalgamation`:
 * compile it as C99 beside symfeed.h and link it; it needs memcpy, memmove, memset and memcmp alone.
 */
#include "symfeed.h"

"""
# Settings leave functions without a caller, which compilers tell of where they are static.
UNUSED = """#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-function"
#endif

"""
# jsmn is not ours, nor are its warnings.
JSMN = """#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif
%s#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
"""

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[A-Za-z_]\w*|->|'
                   r"[0-9][\w.]*|.", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">][^\n]*\n', re.M)
SPDX = re.compile(r"\A/\* SPDX-License-Identifier: Apache-2.0 \*/\n")


def declarations(text, path=""):
    """(start, text) of each declaration and definition of a file, blanked."""
    text = blanked(text, directives=True)
    start, depth, found = None, 0, []
    for at, char in enumerate(text):
        if start is None:
            if char.isspace():
                continue
            start, head = at, ""
        if char == "{":
            if depth == 0:
                head = text[start:at].rstrip()
            depth += 1
        elif char == "}":
            depth -= 1
        if depth == 0 and (char == ";" or (char == "}" and head.endswith(")"))):
            found.append((start, text[start:at + 1]))
            start = None
    if depth or start is not None:
        sys.exit(f"amalgamate: {path} has brackets that do not close, perhaps in two branches of an #if")
    return found


class File:
    """A file of core/, and what it declares."""

    def __init__(self, path):
        self.path = path
        self.text = SPDX.sub("", read(path))
        self.functions = {}  # name: [start] of each declaration and definition that is not static
        self.defined = set()  # of these the names that have a body
        self.own = set()     # static functions, tags, types and constants
        self.objects = set()
        self.macros = re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", blanked(self.text), re.M)
        for start, text in declarations(self.text, path):
            self.declare(start, text)

    def declare(self, start, text):
        head = text
        while "{" in head:
            head = re.sub(r"\{[^{}]*\}", " ", head)
        head = head.split("=")[0]
        self.own.update(re.findall(r"\b(?:struct|union|enum)\s+(\w+)\s*\{", text))
        for body in re.findall(r"\benum\b[^{};()]*\{([^{}]*)\}", text):
            self.own.update(re.findall(r"(?:^|,)\s*(\w+)", body))
        if re.match(r"typedef\b", text):
            pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)", text)
            self.own.add(pointer[1] if pointer else re.findall(r"(\w+)\s*(?:\[[^;]*\])?\s*;$", text)[0])
            return
        name = re.search(r"\b(\w+)\s*\((?!\s*\*)", head)
        if name:
            if re.match(r"(?:static|inline)\b", text):
                self.own.add(name[1])
            else:
                self.functions.setdefault(name[1], []).append(start)
                if "{" in text:
                    self.defined.add(name[1])
        elif re.match(r"static\b|const\b|extern\b", text):
            self.objects.add(re.findall(r"(\w+)\s*(?:\)\s*\([^()]*\)|\[[^\]]*\]|\s)*;?$", head)[0])

    def words(self):
        """Names that stand for something of a file: no members behind a '.' or '->'."""
        before = ""
        for token in TOKEN.findall(self.text):
            if token[0].isalpha() or token[0] == "_":
                if before not in (".", "->"):
                    yield token
            if not token.isspace() and not token.startswith(("/*", "//")):
                before = token


def sources(core):
    """Sources in the order of the layers, then those on top."""
    folders = [os.path.join(core, layer) for layer in LAYERS["core"]] + [core]
    return [path for folder in folders for path in sorted(glob.glob(os.path.join(folder, "*.c")))]


def own_include(core, path, name):
    for folder in (os.path.dirname(path), core):
        target = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(target):
            return target
    return None


def private_headers(core, paths):
    """Each private header that the sources include, behind those that it includes itself."""
    found = []

    def visit(path, above):
        if path in above:
            sys.exit(f"amalgamate: {path} includes itself, by way of others")
        for _, name in INCLUDE.findall(read(path)):
            target = own_include(core, path, name)
            if target and os.path.relpath(target, core) not in PUBLIC and target not in found:
                visit(target, above + [path])
        if path.endswith(".h"):
            found.append(path)

    for path in paths:
        visit(path, [])
    return found


def without_guard(text, path):
    """(the text of a header without its guard, the guard)"""
    match = re.search(r"^#ifndef (\w+_H)\n#define \1\n(.*)^#endif[^\n]*\n\s*\Z", text, re.M | re.S)
    if not match:
        sys.exit(f"amalgamate: {path} has no guard")
    return text[:match.start()] + match[2], match[1]


def without_includes(text, system, jsmn=""):
    """What is ours is there already; what is the compiler's is added to the list."""
    def drop(match):
        if match[2] == "jsmn.h":
            return JSMN % jsmn
        if match[1] == "<" and match[2] not in system:
            system.append(match[2])
        return ""
    return INCLUDE.sub(drop, text)


def renamed(text, names):
    """The text with these names replaced: whole words, no members, nothing in comments and texts."""
    structs = []
    for start, declaration in declarations(text):
        structs += [(start + match.start(1), start + match.end(1))
                    for match in re.finditer(r"\b(?:struct|union)\b[^{};()]*\{([^{}]*)\}", declaration)]
    result, before, at = [], "", 0
    for token in TOKEN.findall(text):
        new = names.get(token) if before not in (".", "->") else None
        if new and before not in ("[", "struct", "enum", "union") and any(
                start <= at < end for start, end in structs) and re.match(r"\s*[;,:\[]", text[at + len(token):]):
            new = None  # a member's declaration
        result.append(new or token)
        at += len(token)
        if not token.isspace() and not token.startswith(("/*", "//")):
            before = token
    return "".join(result)


def new_names(files, headers, taken):
    """{path: {old: new}} for names that one source knows and another file has, too."""
    words = {file.path: set(file.words()) for file in files + headers}
    shared = set().union(*(file.own | set(file.macros) for file in headers))
    found = {}
    for file in files:
        others = [other for other in files if other is not file]
        elsewhere = taken.union(shared, *(other.own | other.objects | set(other.macros) for other in others))
        clashes = file.own & elsewhere
        # A variable may have the name of a function elsewhere, but not of an object: -Wshadow.
        clashes |= {name for name in file.objects
                    if any(name in found_words for path, found_words in words.items() if path != file.path)}
        stem = os.path.splitext(os.path.basename(file.path))[0]
        if sum(os.path.basename(other.path) == os.path.basename(file.path) for other in files) > 1:
            stem = os.path.basename(os.path.dirname(file.path)) + "_" + stem
        found[file.path] = {}
        for name in sorted(clashes):
            new = (stem.upper() if name.isupper() else stem) + "_" + name
            if any(new in found_words for found_words in words.values()):
                sys.exit(f"amalgamate: {file.path}: {name} would become {new}, which is there already")
            found[file.path][name] = new
    return found


def check_headers(headers):
    """Private headers that are never included together could use a name twice."""
    owners = {}
    for file in headers:
        for name in sorted(file.own | set(file.macros)):
            if owners.setdefault(name, file.path) != file.path:
                sys.exit(f"amalgamate: {name} stands in {owners[name]} and in {file.path}")


def title(path):
    return f"/* {'-' * 3} {path} {'-' * max(3, 90 - len(path))} */\n"


def tidy(text):
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n\n"


def make_static(file, internal, text):
    for start in sorted((start for name in internal for start in file.functions.get(name, ())), reverse=True):
        text = text[:start] + "static " + text[start:]
    return text


def header(core, settings):
    system, parts = [], []
    for name in PUBLIC:
        text, guard = without_guard(SPDX.sub("", read(os.path.join(core, name))), name)
        condition = None
        if name == "symfeed_config.h" and settings:
            text = re.sub(r"^#ifdef SYMFEED_CONFIG_FILE\n.*?^#endif\n", lambda _: settings, text,
                          count=1, flags=re.M | re.S)
            if settings not in text:
                sys.exit(f"amalgamate: {name} has no place for the settings")
        if name == "symfeed_events.h":
            # Who includes it by itself is told what is missing; here it is left out.
            condition = re.search(r"^#if !\w+\n#error [^\n]*\n(?:#elif !\w+\n#error [^\n]*\n)*#endif\n",
                                  text, re.M)
        if condition:
            needed = " && ".join(re.findall(r"!(\w+)", condition[0]))
            text = f"#if {needed}\n" + text.replace(condition[0], "") + "#endif\n"
        parts.append(title(f"core/{name}") +
                     (f"#define {guard}\n\n" if guard != "SYMFEED_H" else "") +
                     tidy(without_includes(text, system)))
    return (HEADER_HEAD + "".join(f"#include <{name}>\n" for name in system) + "\n" + "".join(parts) +
            "#endif\n"), system


def source(core, jsmn, public, known):
    paths = sources(core)
    headers = [File(path) for path in private_headers(core, paths)]
    files = [File(path) for path in paths]
    exported = set(re.findall(r"\bsymfeed_\w+(?=\s*\()", blanked(public, directives=True)))
    internal = {name for file in files for name in file.defined} - exported
    check_headers(headers)
    names = new_names(files, headers, internal | exported)

    system, parts = list(known), []
    for file in headers:
        text, _ = without_guard(make_static(file, internal, file.text), file.path)
        parts.append(title(file.path) + tidy(without_includes(text, system, jsmn)))
    for file in files:
        text = renamed(make_static(file, internal, file.text), names[file.path])
        parts.append(title(file.path) + tidy(without_includes(text, system, jsmn)) +
                     "".join(f"#undef {name}\n" for name in dict.fromkeys(file.macros)) + "\n")
    new = [name for name in system if name not in known]
    return (SOURCE_HEAD + "".join(f"#include <{name}>\n" for name in new) + UNUSED +
            tidy("".join(parts)).rstrip("\n") + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--core", default="core")
    parser.add_argument("--jsmn", required=True, help="jsmn.h")
    parser.add_argument("--settings", help="the header that Kconfig's settings have become")
    parser.add_argument("--out", required=True, help="folder of the two files")
    arguments = parser.parse_args()
    public, system = header(arguments.core, read(arguments.settings) if arguments.settings else "")
    private = source(arguments.core, read(arguments.jsmn), public, system)
    os.makedirs(arguments.out, exist_ok=True)
    for name, text in (("symfeed.h", public), ("symfeed.c", private)):
        with open(os.path.join(arguments.out, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
