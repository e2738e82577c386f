# SPDX-License-Identifier: Apache-2.0
"""core/ by itself: flash, data and stack of its objects, and what a small client links of them.

The stack is that of the core's own functions. A port call counts as nothing, being the port's own,
and so do memcpy and its like.
"""

import collections
import functools
import glob
import os
import re
import subprocess
import tempfile

from program import output_of

POINTER = "__indirect_call"
HERE = "obj/test/tools/footprint"


def sizes(prefix, objects):
    """{object: (text, data, bss)}"""
    lines = output_of(prefix + "size", *objects).splitlines()[1:]
    return {line.split()[5]: tuple(map(int, line.split()[:3])) for line in lines}


def made(folder, suffix):
    """What was built of each source: not of one that is gone since."""
    return [os.path.join(folder, "obj", source[:-2] + suffix)
            for source in sorted(glob.glob("core/**/*.c", recursive=True))]


def figures(prefix, folder, name):
    """{figure: bytes} of what feed.c or client.c says."""
    lines = output_of(prefix + "readelf", "-sW", f"{folder}/{HERE}/{name}.o").splitlines()
    found = {line.split()[7]: int(line.split()[2], 0) - 1 for line in lines if " figure_" in line}
    return {key[len("figure_"):]: value for key, value in found.items()}


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


def public_functions():
    names = set()
    for path in ("core/symfeed.h", "core/symfeed_events.h"):
        with open(path, encoding="utf-8") as file:
            names.update(re.findall(r"^[a-z].*?\b(symfeed_\w+)\(", file.read(), re.M))
    return names


def stack(folder, present):
    """(bytes, [(bytes, function)], complaints) of the worst way into the core. `present` are the
    functions that the linker finds a use for: of the others, nobody need call one."""
    frames, calls, complaints = call_graph(folder)
    worst, cycles = deepest(frames, calls)
    public = public_functions() & worst.keys()
    if not public:
        return 0, [], ["the core has no call graph, for which it takes gcc 10 or newer"]
    # What nobody calls by its name is called through a pointer, where its stack is not counted.
    called = {function for functions in calls.values() for function in functions}
    complaints += [f"{function} is called through a pointer only: its stack is not counted"
                   for function in sorted(worst.keys() - public - called)
                   if function.rpartition(":")[2] in present]
    complaints += ["recursion: " + " -> ".join(cycle) for cycle in cycles]
    size, path = worst[max(sorted(public), key=lambda function: worst[function][0])]
    return size, [(frames.get(name, 0), "a port call" if name == POINTER else name)
                  for name in path], complaints


class Core:
    """rows: {file: (text, data, bss)}; text, data, bss: their sums, words: of the text what messages.c
    has, which is not in the sum; linked; stack, path; ram: figures of feed.c; complaints."""

    def __init__(self, prefix, folder, present):
        self.rows = {os.path.basename(path)[:-2]: row
                     for path, row in sizes(prefix, made(folder, ".o")).items()}
        self.text, self.data, self.bss = (sum(column) for column in zip(*self.rows.values()))
        self.words = self.rows["messages"][0]
        self.text -= self.words
        self.prefix, self.folder = prefix, folder
        # Of objects for -flto gcc has none: the stack is then the linked program's, see stack.py.
        graphs = any(os.path.exists(path) for path in made(folder, ".ci"))
        self.stack, self.path, self.complaints = stack(folder, present) if graphs else (0, [], [])
        self.ram = figures(prefix, folder, "feed")
        named = sum(self.ram[name] for name, _ in BUFFERS)
        if self.ram["memory_at_least"] - named not in range(17):
            self.complaints.append("SYMFEED_MEMORY() has other buffers than feed.c names: "
                                   f"{self.ram['memory_at_least']} bytes, not {named}")

    @functools.cached_property
    def linked(self):
        """Flash of the core in least.c. Of memcpy and its like, which are empty there, and of the
        program itself nothing counts; texts that occur twice are there once. Only of a Cortex-M4: on
        ARMv7 a division is a call of what least.c has not."""
        own = f"{self.folder}/{HERE}/least.o"
        with tempfile.TemporaryDirectory() as scratch:
            whole = os.path.join(scratch, "whole")
            subprocess.run([self.prefix + "ld", "--gc-sections", "-e", "start", "-o", whole, own,
                            *made(self.folder, ".o")], check=True)
            return sizes(self.prefix, [whole])[whole][0] - sizes(self.prefix, [own])[own][0]



# Buffers of a feed that are as large whatever window and tokens are: figure of feed.c, name.
BUFFERS = (("state", "state"), ("session_token", "session token"),
           ("key_manager_token", "key manager token"), ("ack_ids", "two ackIds"),
           ("repeats", "memory of repeats"), ("receive", "receive buffer"), ("feed_id", "feed id"),
           ("line", "header line"))
