#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layers.py [--root FOLDER] [--nm NM] [OBJECT...]: holds the order of the layers.

- A file of core/ or port/ includes files of its own folder, of folders below, and the public headers; it
  calls no function of a folder above, not even one that it declares itself.
- Includes and calls together form no circle between files. A source and its header count as one.
- core/ includes nothing of the other folders, port/ nothing of examples/ and test/; port/ and examples/
  take public headers of core/ only, and examples/ public headers of port/ only, but for SHARED.

Includes come from the sources, calls from the objects of core/ and port/: who needs a name, and who
defines it.
Without an object calls are not looked at.
"""

import argparse
import os
import re
import subprocess
import sys

import c_source

# Folders of each part from bottom to top. A file may use those of its own line and of the lines above it.
LAYERS = {
    "core": ("util", "json", "event", "http", "feed"),
    "port": ("system", "net", "tls"),
}
# Files directly in a part which are no public headers, and the folders that each may use.
TOP = {
    "core/messages.c": ("util",),
    "port/cause.c": LAYERS["port"],
    "port/cause.h": LAYERS["port"],
    "port/posix.c": LAYERS["port"],
    "port/run.c": LAYERS["port"],
}
# A public header that stands above the folders of its part, since it includes their headers.
ABOVE = ("port/symfeed_posix.h",)
# What programs are made from. Everyone may use the public headers.
PUBLIC = re.compile(r"(core|port)/symfeed\w*\.h")
# The parts of the tree, and the parts whose public headers each may include beside its own files.
PARTS = {"core": (), "port": ("core",), "examples": ("core", "port")}
# Private headers of port/, in whatever folder, that one example uses, too: the program symfeed shows
# other people's texts and reads secret files as the port does; alarm needs its clocks before the port is open.
SHARED = {"examples/symfeed": ("characters.h", "file.h"), "examples/common": ("file.h",), "examples/alarm": ("clock.h",)}
# What all examples may include.
COMMON = "examples/common/"

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)


def read(root, path):
    return c_source.read(os.path.join(root, path))


def sources(root):
    found = []
    for part in PARTS:
        for folder, _, files in os.walk(os.path.join(root, part)):
            found += [os.path.relpath(os.path.join(folder, name), root)
                      for name in files if name.endswith((".c", ".h"))]
    return sorted(found)


def includes(root, path):
    """(line, file of the tree) for each include that is found there."""
    text = c_source.blanked(read(root, path), strings=False)
    for match in INCLUDE.finditer(text):
        folders = ["core", "port"]
        if match[1] == '"':
            folders.insert(0, os.path.dirname(path))
        for folder in folders:
            target = os.path.normpath(os.path.join(folder, match[2]))
            if os.path.isfile(os.path.join(root, target)):
                yield text.count("\n", 0, match.start()) + 1, target
                break


def layer(path):
    """The folder's place in the order, from 0 on; above all: a file of TOP. None: it has no place."""
    part, *folders, _ = path.split("/")
    if not folders:
        return len(LAYERS[part]) if path in TOP or path in ABOVE else None
    return LAYERS[part].index(folders[0]) if folders[0] in LAYERS[part] else None


def may_use(path, target):
    """Whether a file of core/ or port/ may include another of the same part, or call it."""
    here, there = layer(path), layer(target)
    if here is None or there is None:
        return False
    if path in TOP and there < here:
        return target.split("/")[1] in TOP[path]
    return there <= here


def included_wrongly(path, target):
    """What is wrong with an include; None: nothing."""
    here, there = path.split("/")[0], target.split("/")[0]
    if here == there and here in LAYERS:
        if PUBLIC.fullmatch(target) and target not in ABOVE:
            return None
        if PUBLIC.fullmatch(path) and path not in ABOVE:
            return "a public header includes only public headers"
        return None if may_use(path, target) else f"is not below {os.path.dirname(path)}"
    if here == there and target.startswith((os.path.dirname(path) + "/", COMMON)):
        return None
    if there not in PARTS[here]:
        return f"{here}/ includes nothing of {there}/" if here != there else "belongs to another example"
    if there == "port" and os.path.basename(target) in SHARED.get(os.path.dirname(path), ()):
        return None
    return None if PUBLIC.fullmatch(target) else f"{here}/ includes only public headers of {there}/"


def unit(path):
    """A source and its header."""
    return os.path.splitext(path)[0]


def symbols(nm, objects):
    """(source of each function, {source: names that it needs})"""
    defined, needed = {}, {}
    for path in objects:
        found = re.search(r"obj/((core|port)/[^:]*)$", path.replace(os.sep, "/"))
        if not found:
            sys.exit(f"layers: {path} is no object of core/ or port/")
        source = unit(found[1]) + ".c"
        needed[source] = []
        for line in subprocess.run([*nm.split(), "--format=posix", path], check=True, text=True,
                                   capture_output=True).stdout.splitlines():
            name, kind = line.split()[:2]
            if kind in "Uu":
                needed[source].append(name)
            elif kind.isupper():
                defined[name] = source
    if objects and not any(needed.values()):
        sys.exit("layers: the objects need nothing from each other: they are no plain objects")
    return defined, needed


def calls(root, nm, objects, known):
    """(source, line or header with line, name, source of the function)"""
    defined, needed = symbols(nm, objects)
    for source, names in needed.items():
        for name in names:
            if name in defined and defined[name] != source:
                yield source, place(root, known, source, name), name, defined[name]


def place(root, known, path, name):
    """FILE:LINE where the source, or a header that it includes, has the name first; a use rather than
    a declaration."""
    uses = []
    seen, queue = {path}, [path]
    for file in queue:
        text = c_source.blanked(read(root, file))
        for match in re.finditer(rf"\b{name}\b", text):
            line = text.count("\n", 0, match.start()) + 1
            outside = text.count("{", 0, match.start()) == text.count("}", 0, match.start())
            uses.append((outside, len(uses), f"{file}:{line}"))
        for _, target in known.get(file, ()):
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return min(uses)[2] if uses else f"{path}:1"


def reached(edges, start):
    """{file: the one before it on a shortest way from start}; start itself is among them where a
    circle leads back."""
    came_from, queue = {}, [start]
    for node in queue:
        for target in sorted(edges.get(node, ())):
            if target not in came_from:
                came_from[target] = node
                queue.append(target)
    return came_from


def circles(edges):
    """Of each set of files that reach each other, the shortest circle through its first."""
    done = set()
    for start in sorted(edges):
        came_from = reached(edges, start)
        if start in done or start not in came_from:
            continue
        done.update(node for node in came_from if start in reached(edges, node))
        circle = [came_from[start]]
        while circle[0] != start:
            circle.insert(0, came_from[circle[0]])
        yield circle


def check(root, nm, objects):
    """(complaints, figures for the last line)"""
    complaints, edges, calls_seen = [], {}, 0
    known = {path: list(includes(root, path)) for path in sources(root)}
    for path, found in known.items():
        part = path.split("/")[0]
        if part in LAYERS and layer(path) is None and not PUBLIC.fullmatch(path):
            complaints.append(f"{path}:1: stands in no folder of {', '.join(LAYERS[part])}")
        for line, target in found:
            wrong = included_wrongly(path, target)
            if wrong:
                complaints.append(f"{path}:{line}: includes {target}: {wrong}")
            if part in LAYERS and unit(path) != unit(target):
                edges.setdefault(unit(path), {}).setdefault(unit(target), f"{path}:{line}: includes {target}")
    for source, where, name, definer in calls(root, nm, objects, known):
        calls_seen += 1
        if source.split("/")[0] != definer.split("/")[0]:
            if source.startswith("core/"):
                complaints.append(f"{where}: {source} calls {name}() of {definer}: core/ calls nothing of port/")
        elif not may_use(source, definer):
            complaints.append(f"{where}: {source} calls {name}() of {definer}: is not below "
                              f"{os.path.dirname(source)}")
        edges.setdefault(unit(source), {}).setdefault(unit(definer), f"{where}: calls {name}() of {definer}")
    for circle in circles(edges):
        ends = circle[1:] + circle[:1]
        complaints.append("a circle: " + " -> ".join(circle + circle[:1]))
        complaints += [f"  {edges[here][there]}" for here, there in zip(circle, ends)]
    return complaints, f"{len(known)} files, {sum(map(len, known.values()))} includes, {calls_seen} calls"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=".", help="the tree with core/, port/ and examples/")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("objects", nargs="*", help="of core/ and port/, below a folder obj/")
    arguments = parser.parse_args()
    complaints, figures = check(arguments.root, arguments.nm, arguments.objects)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"layers: {figures}; none goes upwards, and there is no circle")


if __name__ == "__main__":
    main()
