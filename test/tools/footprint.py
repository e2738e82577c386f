#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Flash, RAM and stack of core/, from objects that make has built for a target.

footprint.py --limits FILE --target NAME PREFIX FOLDER ... --build NAME PREFIX FOLDER OPTIONS ...: in
FOLDER/obj/core lie the objects and gcc's call graphs (-fcallgraph-info=su). The file of limits has
a name and a number on each line: text, data, bss, stack. Exits with 1 where a target is above one,
where the core calls itself, or where the stack of a function has no bound.

Of each build the flash alone is shown: of all objects, and of what a small program that follows a
feed links of them, in which texts that occur twice are there once. OPTIONS are those it was
compiled with.

The stack is that of the core's own functions. A port call counts as nothing, being the port's own,
and so do memcpy and its like.
"""

import argparse
import collections
import glob
import os
import re
import subprocess
import sys
import tempfile

POINTER = "__indirect_call"

# Sizes that are wanted from the target's compiler without running anything there: each is the size
# of an array.
MEMORY = """
#include "symfeed.h"
extern char at_default[], at_4096_128[], at_minimum[];
char at_default[SYMFEED_MEMORY(%(window)d, %(tokens)d)];
char at_4096_128[SYMFEED_MEMORY(4096, 128)];
char at_minimum[SYMFEED_MEMORY(SYMFEED_WINDOW_MIN, SYMFEED_TOKENS_MIN)];
char state[SYMFEED_STATE_SIZE];
char window_min[SYMFEED_WINDOW_MIN];
char tokens_min[SYMFEED_TOKENS_MIN];
"""

# Follows a feed and reads the id of each event: what it links is the least that a client needs.
PROGRAM = """
#include "symfeed.h"
static const struct symfeed_config config = {.agent = "https://agent.example.com", .window = 4096,
                                             .tokens = 128};
static const struct symfeed_port port;
static unsigned char memory[SYMFEED_MEMORY(4096, 128)];
void start(void)
{
    struct symfeed *feed;
    struct symfeed_event event;
    char id[64];
    if (symfeed_init(&feed, &config, &port, memory, sizeof memory) == SYMFEED_OK) {
        while (symfeed_next(feed, &event) != SYMFEED_STOPPED) {
            symfeed_string(symfeed_event_find(&event, "id"), id, sizeof id);
        }
    }
}
"""


def output_of(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


def sizes(prefix, objects):
    """{object: (text, data, bss)}"""
    lines = output_of(prefix + "size", *objects).splitlines()[1:]
    return {line.split()[5]: tuple(map(int, line.split()[:3])) for line in lines}


def made(folder, suffix):
    """What was built of each source: not of one that is gone since."""
    return [os.path.join(folder, "obj", source[:-2] + suffix)
            for source in sorted(glob.glob("core/*.c"))]


def call_graph(folder):
    """Reads gcc's .ci files: ({function: bytes of its own frame}, {function: called}, complaints)."""
    frames, calls, complaints = {}, collections.defaultdict(list), []
    for path in made(folder, ".ci"):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for title, label in re.findall(r'node: \{ title: "([^"]*)" label: "([^"]*)"', text):
            frame = re.search(r"\\n(\d+) bytes \(([^)]*)\)", label)
            if frame:
                frames[title] = int(frame[1])
                if frame[2] not in ("static", "dynamic,bounded"):
                    complaints.append(f"{title}: its stack is {frame[2]}")
        for source, target in re.findall(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"', text):
            if target not in calls[source]:
                calls[source].append(target)
    if not frames:
        sys.exit(f"footprint: no call graph in {folder}: it takes gcc 10 or newer")
    return frames, calls, complaints


def deepest(frames, calls):
    """{function: (bytes, path)} of the worst path from each, and the cycles that were found."""
    worst, cycles = {}, []

    def walk(name, above):
        if name in above:
            cycles.append(above[above.index(name):] + [name])
            return 0, []
        if name not in worst:
            below = max((walk(called, above + [name]) for called in calls.get(name, [])),
                        key=lambda found: found[0], default=(0, []))
            worst[name] = (frames.get(name, 0) + below[0], [name] + below[1])
        return worst[name]

    for name in sorted(frames):
        walk(name, [])
    return worst, cycles


def memory(prefix, defaults):
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "memory.c"), os.path.join(folder, "memory.o")
        with open(source, "w", encoding="ascii") as file:
            file.write(MEMORY % defaults)
        subprocess.run([prefix + "gcc", "-Icore", "-fno-common", "-ffreestanding", "-c", source,
                        "-o", target], check=True)
        lines = output_of(prefix + "nm", "-S", "--defined-only", target).splitlines()
        return {line.split()[3]: int(line.split()[1], 16) for line in lines}


def linked(prefix, folder, options):
    """Flash of the core in the program. Of memcpy and its like, which are not linked, and of the
    program itself nothing counts."""
    with tempfile.TemporaryDirectory() as scratch:
        source, own, whole = (os.path.join(scratch, name) for name in ("p.c", "p.o", "p"))
        with open(source, "w", encoding="ascii") as file:
            file.write(PROGRAM)
        subprocess.run([prefix + "gcc", "-Icore", "-Os", "-mcpu=cortex-m4", "-mthumb",
                        "-ffreestanding", *options.split(), "-c", source, "-o", own], check=True)
        subprocess.run([prefix + "ld", "--gc-sections", "--unresolved-symbols=ignore-all",
                        "-e", "start", "-o", whole, own, *made(folder, ".o")], check=True)
        return sizes(prefix, [whole])[whole][0] - sizes(prefix, [own])[own][0]


def report_builds(builds):
    """Prints the flash of each build: what its objects have, and what a small program links."""
    if builds:
        print(f"\n  {'':40}{'objects':>8}{'linked':>8}")
    for name, prefix, folder, options in builds:
        objects = sum(row[0] for row in sizes(prefix, made(folder, ".o")).values())
        print(f"  {name:40}{objects:8}{linked(prefix, folder, options):8}")


def public_functions():
    names = set()
    for path in ("core/symfeed.h", "core/symfeed_events.h"):
        with open(path, encoding="utf-8") as file:
            names.update(re.findall(r"^[a-z].*?\b(symfeed_\w+)\(", file.read(), re.M))
    return names


def client_defaults():
    """The client's window and tokens, as Kconfig has them."""
    with open("Kconfig", encoding="utf-8") as file:
        text = file.read()
    return {size: int(re.search(rf"^config \w*_{size.upper()}\n(?:[ \t]+.*\n)*?[ \t]+default (\d+)",
                                text, re.M)[1]) for size in ("window", "tokens")}


def report(name, prefix, folder, limits):
    """Prints one target's figures; answers the complaints."""
    rows = sizes(prefix, made(folder, ".o"))
    total = [sum(column) for column in zip(*rows.values())]
    print(f"\n{name}: {output_of(prefix + 'gcc', '--version').splitlines()[0]}, -Os")
    print(f"  {'':24}{'text':>8}{'data':>8}{'bss':>8}")
    for path, row in rows.items():
        print(f"  {os.path.basename(path):24}" + "".join(f"{number:8}" for number in row))
    print(f"  {'total':24}" + "".join(f"{number:8}" for number in total))

    frames, calls, complaints = call_graph(folder)
    worst, cycles = deepest(frames, calls)
    public = public_functions() & worst.keys()
    if not public:
        sys.exit("footprint: the core has none of the functions of symfeed.h")
    # What nobody calls by its name is called through a pointer, where its stack is not counted.
    called = {function for functions in calls.values() for function in functions}
    complaints += [f"{function} is called through a pointer only: its stack is not counted"
                   for function in sorted(worst.keys() - public - called)]
    first = max(sorted(public), key=lambda function: worst[function][0])
    stack, path = worst[first]
    print(f"  deepest stack: {stack} bytes")
    for function in path:
        label = "a port call" if function == POINTER else function
        print(f"    {frames.get(function, 0):5}  {label}")
    complaints += ["recursion: " + " -> ".join(cycle) for cycle in cycles]

    defaults = client_defaults()
    found = memory(prefix, defaults)
    print("  RAM of one feed, SYMFEED_MEMORY(window, tokens), besides the stack:")
    for window, tokens, key in ((defaults["window"], defaults["tokens"], "at_default"),
                                (4096, 128, "at_4096_128"),
                                (found["window_min"], found["tokens_min"], "at_minimum")):
        note = {"at_default": "the client's default", "at_minimum": "the smallest"}.get(key, "")
        print(f"    {f'({window}, {tokens})':16}{found[key]:8}  {note}".rstrip())
    print(f"    {'state alone':16}{found['state']:8}")

    figures = dict(zip(("text", "data", "bss"), total), stack=stack)
    complaints += [f"{figure} is {figures[figure]}, above the limit of {limit}"
                   for figure, limit in limits.items() if figures[figure] > limit]
    return [f"{name}: {complaint}" for complaint in complaints]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limits", required=True)
    parser.add_argument("--target", nargs=3, action="append", required=True,
                        metavar=("NAME", "PREFIX", "FOLDER"))
    parser.add_argument("--build", nargs=4, action="append", default=[],
                        metavar=("NAME", "PREFIX", "FOLDER", "OPTIONS"))
    arguments = parser.parse_args()
    with open(arguments.limits, encoding="utf-8") as file:
        limits = {words[0]: int(words[1]) for words in (line.split("#")[0].split() for line in file)
                  if words}
    complaints = []
    for target in arguments.target:
        complaints += report(*target, limits)
    report_builds(arguments.build)
    print("\nlimits: " + ", ".join(f"{name} {number}" for name, number in limits.items()))
    for complaint in complaints:
        print(f"footprint: {complaint}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
