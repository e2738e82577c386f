# SPDX-License-Identifier: Apache-2.0
"""The worst stack of the linked program.

Frames are gcc's own (-fcallgraph-info=su) and, of libc and libgcc, what machine.py reads. Who calls
whom is read twice and put together: gcc's call graphs know calls through a register that name their
function, the machine code knows those that gcc makes up while it compiles. Calls through pointers
are looked up in the table `pointers`, which says who may be called through which.

What it promises: a call that neither tells, a function that nobody seems to call, recursion and a
frame without bound that the table does not bound are complaints. So is a frame that machine.py
reads smaller than gcc has it.
"""

import fnmatch
import glob
import os
import re

import machine

# What Linux puts on the stack for a signal on ARM: struct sigframe, which is a ucontext of 744 bytes
# and four instructions (arch/arm/include/asm/ucontext.h and sigframe.h).
SIGNAL_FRAME = 760

HERE = os.path.dirname(os.path.abspath(__file__))


class Table:
    """The file `pointers`, see there."""

    def __init__(self, path=os.path.join(HERE, "pointers")):
        self.calls, self.bounds, self.rounds = {}, {}, {}
        self.used, self.found = set(), set()  # lines, and functions named in them
        with open(path, encoding="utf-8") as file:
            for line in file:
                left, colon, right = line.partition("#")[0].partition(":  ")
                if not colon:
                    continue
                kind, *words = left.split()
                if kind == "frame":
                    self.bounds[words[0]] = int(right)
                elif kind == "rounds":
                    self.rounds[words[0]] = int(right)
                else:
                    self.calls[(kind, words[0])] = right.split()

    def callees(self, place, pointer):
        """The functions that may be called through `pointer` in file or function `place`, or None."""
        for (where, name), functions in self.calls.items():
            if name == pointer and fnmatch.fnmatch(place, where):
                self.used.add((where, name))
                return functions
        return None


# What is called, in the expression of a call: `ctx->f(`, `(*f)(`, `base(ctx)->f(`; f is group 1.
CALL = (r"(?:MBEDTLS_MPI_CHK\()?(?:\w+(?:\((?:[^()]|\([^()]*\))*\))?(?:->|\.))*"
        r"\(?\*?(\w+)\)?\s*\(")


def pointer_at(location, mbedtls):
    """The name of the pointer that is called at FILE:LINE:COLUMN of a source. `mbedtls` is the folder
    that is called so in what was optimised as a whole."""
    path, line, column = location.rsplit(":", 2)
    path = re.sub(r"^mbedtls(?=/)", lambda _: mbedtls, path)
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read().splitlines()[int(line) - 1]
    except (OSError, IndexError):
        return None
    found = re.match(CALL, text[int(column) - 1:])
    return found and found[1]


class Graph:
    """frame: {address: bytes}; calls: {address: set of addresses}; complaints: a list of texts."""

    FOLDERS = {"core": "core", "port": "port", "command line": "examples", "Mbed TLS": "mbedtls"}

    def __init__(self, program, table, mbedtls):
        self.program, self.table, self.mbedtls, self.complaints = program, table, mbedtls, []
        self.code = machine.read(program)
        self.frame = {address: code.frame for address, code in self.code.items()}
        self.calls = {address: set(code.calls) - {address} for address, code in self.code.items()}
        self.known = set()  # functions that gcc has told about
        self.agreed = 0
        for part, folder in self.FOLDERS.items():
            for path in glob.glob(os.path.join(program.folder, "obj", folder, "**", "*.ci"),
                                  recursive=True):
                if not program.whole:
                    self._take(part, path)
        for path in glob.glob(os.path.join(program.folder, "symfeed.ltrans*.ci")):
            self._take(None, path)
        self._take_machine_pointers()

    def name(self, address):
        function = self.program.functions[address]
        return f"{function.file.rsplit('.', 1)[0]}.c:{function.name}"

    def _take(self, part, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        own = os.path.basename(path)[:-3] + ".o"
        inside = lambda title: (
            self.program.files.get((own, title.rsplit(":", 1)[-1])) if part else
            self.program.whole.get(title.rsplit(":", 1)[-1]))
        find = lambda title: inside(title) if ":" in title else (
            self.program.names.get(title) or inside(title))
        for title, label in re.findall(r'node: \{ title: "([^"]*)" label: "([^"]*)"', text):
            size = re.search(r"\\n(\d+) bytes \(([^)]*)\)", label)
            address = inside(title)
            if not size or address is None or part not in (None, self.program.functions[address].part):
                continue
            size, kind = int(size[1]), size[2]
            if kind not in ("static", "dynamic,bounded"):
                self.complaints.append(f"{self.name(address)}: its stack is {kind}")
            if self.code[address].frame < size:
                self.complaints.append(f"{self.name(address)}: gcc says {size} bytes of stack, its "
                                       f"code {self.code[address].frame}")
            self.agreed += self.code[address].frame == size
            self.frame[address] = size
            self.known.add(address)
        for source, target, label in re.findall(
                r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "([^"]*)")?', text):
            caller = inside(source)
            if caller is None or caller not in self.known:
                continue
            if target != "__indirect_call":
                if find(target) is not None:
                    self.calls[caller].add(find(target))
                continue
            place = label.rsplit(":", 2)[0]
            if part == "Mbed TLS" or place.startswith("mbedtls/"):
                place = os.path.basename(place)
            self._point(caller, place, pointer_at(label, self.mbedtls), label)

    def _take_machine_pointers(self):
        """Calls through pointers in what gcc has told nothing about."""
        for address, code in self.code.items():
            function = self.program.functions[address]
            if address in self.known:
                continue
            if code.variable:
                bound = self.table.bounds.get(function.name)
                self.table.used.add(("frame", function.name))
                if bound is None:
                    self.complaints.append(f"{function.name} ({function.file}): its stack has no bound")
                else:
                    self.frame[address] += bound
            if code.pointers:
                self._point(address, "libc", function.name, function.file)

    def _point(self, caller, place, pointer, label):
        names = self.table.callees(place, pointer)
        if names is None:
            self.complaints.append(f"{label}: who is called through {pointer} in "
                                   f"{self.program.functions[caller].name}? Say so in pointers: "
                                   f"{place} {pointer}")
        self.calls[caller].update(self.find(names or ()))

    def find(self, names):
        """The addresses of functions of the table: FILE.c:NAME, or NAME where it is not static. Of
        one that gcc has made another of, its argument left out, the name goes on with a dot."""
        for name in names:
            file, _, function = name.rpartition(":")
            for (where, known), address in self.program.files.items():
                if known.partition(".")[0] == function and where.partition(".")[0] == (
                        file.partition(".")[0] or where.partition(".")[0]):
                    yield address
                    self.table.found.add(name)

    # -- what follows from it ------------------------------------------------------------------------

    def listed(self, kind):
        """The functions of all lines of a kind."""
        lines = [line for line in self.table.calls if line[0] == kind]
        self.table.used.update(lines)
        return set(self.find(name for line in lines for name in self.table.calls[line]))

    def unreached(self):
        """Functions that nobody seems to call. What the table names is called where what has the
        pointer is in the program."""
        named = {name for names in self.table.calls.values() for name in names}
        roots = {self.program.names["_start"]} | self.listed("unused") | set(self.find(named))
        return set(self.program.functions) - self.reachable(roots)

    def reachable(self, roots):
        found, pending = set(), list(roots)
        while pending:
            address = pending.pop()
            if address not in found:
                found.add(address)
                pending += self.calls.get(address, ())
        return found

    def rings(self):
        """Strongly connected groups of more than one function, and functions that call themselves
        (Tarjan's way, without recursion)."""
        index, low, stack, on, rings, count = {}, {}, [], set(), [], 0
        for root in self.calls:
            work = [(root, iter(sorted(self.calls.get(root, ()))))] if root not in index else []
            while work:
                at, rest = work[-1]
                if at not in index:
                    index[at] = low[at] = count
                    count += 1
                    stack.append(at)
                    on.add(at)
                for to in rest:
                    if to not in index:
                        work.append((to, iter(sorted(self.calls.get(to, ())))))
                        break
                    if to in on:
                        low[at] = min(low[at], index[to])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[at])
                    if low[at] == index[at]:
                        ring = []
                        while not ring or ring[-1] != at:
                            ring.append(stack.pop())
                            on.discard(ring[-1])
                        if len(ring) > 1 or at in self.calls.get(at, ()):
                            rings.append(ring)
        return rings

    def worst(self, without=()):
        """{address: (bytes, path)} of the worst way down from each function, its own frame included:
        path is a list of (bytes, names). A ring of calls is one step, which counts each of its
        frames as often as the table lets it go round. Those in `without` are left out."""
        ring_of = {}
        for ring in self.rings():
            names = [self.program.functions[address].name.partition(".")[0] for address in ring]
            rounds = [self.table.rounds[name] for name in names if name in self.table.rounds]
            self.table.used.update(("rounds", name) for name in names if name in self.table.rounds)
            if not rounds:
                self.complaints.append("recursion without a bound: " + ", ".join(sorted(names)))
            ring_of.update({address: (frozenset(ring), max(rounds, default=1)) for address in ring})
        found = {}
        for start in self.calls:
            pending = [start]
            while pending:
                address = pending[-1]
                ring, rounds = ring_of.get(address, (frozenset((address,)), 1))
                below = {call for member in ring
                         for call in self.calls.get(member, ())} - ring - set(without)
                missing = [call for call in below if call not in found]
                if address in found or missing:
                    pending = pending[:-1] if address in found else pending + missing
                    continue
                size, path = max((found[call] for call in below), key=lambda way: way[0],
                                 default=(0, []))
                own = rounds * sum(self.frame[member] for member in ring)
                label = self.name(address) if len(ring) == 1 else "{} times {}".format(
                    rounds, ", ".join(sorted(self.name(member) for member in ring)))
                for member in ring:
                    found[member] = (own + size, [(own, label, address)] + path)
        return found
