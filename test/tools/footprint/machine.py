# SPDX-License-Identifier: Apache-2.0
"""Stack and calls of functions as their machine code has them: of what gcc has told nothing about,
which are libc, libgcc and what is written in assembly.

ARM and Thumb-2 as objdump shows them. A function's frame is the sum of all that it takes off the
stack pointer anywhere: what is on two ways through it counts twice, nothing counts too little. Calls
and jumps into another function are calls.
"""

import bisect
import collections
import re

from program import STUB, output_of

# frame    bytes taken off the stack pointer
# calls    addresses of functions that are called or jumped into
# pointers how many calls go through a pointer
# variable whether the stack pointer is also moved by what is not a constant
Code = collections.namedtuple("Code", "frame calls pointers variable")

REGISTER = r"(?:r\d+|ip|lr|sl|fp|sp|pc)"
NUMBERS = {"sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": 14, "pc": 15}


def registers(text):
    """How many registers a list such as {r4, r5, r8-r11} or {d8-d15} has, in units of 4 bytes."""
    count = 0
    for item in text.strip("{} ").split(","):
        first, _, last = item.strip().partition("-")
        number = [NUMBERS.get(name) if name in NUMBERS else int(name[1:]) for name in
                  (first, last or first)]
        count += (number[1] - number[0] + 1) * (2 if first[0] == "d" else 1)
    return count


# A frame that grows as it runs is taken page by page (-fstack-clash-protection), in a loop, which is
# part of what it may grow to and not of what it has.
PROBE = 4096


class Walk:
    """One function's instructions, in the order of their addresses."""

    def __init__(self, start, end, words):
        self.start, self.end, self.words = start, end, words
        self.frame, self.calls, self.pointers, self.variable = 0, set(), 0, False
        self.probes = 0
        self.constants = {}

    def step(self, at, name, rest):
        base = re.sub(r"\.[wn]$", "", name)
        if base in ("push", "vpush") or re.match(r"v?stmdb\tsp!", f"{base}\t{rest}") or (
                base.startswith("stmfd") and rest.startswith("sp!")):
            self.frame += 4 * registers(rest[rest.index("{"):rest.index("}") + 1])
        elif re.match(r"(str|vstr)", base) and re.search(r"\[sp, #-(\d+)\]!", rest):
            self.frame += int(re.search(r"\[sp, #-(\d+)\]!", rest)[1])
        elif re.match(r"sub(w|s|)$", base) and re.match(r"sp, (sp, )?#", rest):
            size = int(re.search(r"#(\d+)", rest)[1])
            self.frame += size
            self.probes += size == PROBE
        elif re.match(r"(sub|add)(w|s|)$", base) and re.match(rf"sp, (sp, )?({REGISTER})$", rest):
            constant = self.constants.get(rest.split(", ")[-1])
            if constant is None:
                self.variable = True
            elif base.startswith("sub") or constant > 1 << 31:
                self.frame += constant if base.startswith("sub") else (1 << 32) - constant
        elif re.match(r"(bic|and|sub|add|mov)(w|s|)$", base) and re.match(r"sp, (?!(sp, )?#|r7$|fp$)",
                                                                         rest):
            self.variable = True
        elif re.match(r"(b|bl|blx|b[a-z]{2}|cbz|cbnz)$", base) and re.search(r"\b([0-9a-f]+) <", rest):
            target = int(re.search(r"\b([0-9a-f]+) <", rest)[1], 16)
            if base in ("bl", "blx") or not self.start <= target < self.end:
                self.calls.add(target)
        elif base in ("blx", "bx") and re.match(REGISTER, rest) and rest.strip() != "lr":
            constant = self.constants.get(rest.strip())
            if constant is not None:
                self.calls.add(constant & ~1)
            else:
                self.pointers += 1
        elif re.match(r"(ldr|mov|add)\S*$", base) and rest.startswith("pc, "):
            if not rest.startswith(("pc, lr", "pc, [sp], #")):
                self.pointers += 1
        self.remember(at, base, rest)

    def remember(self, at, base, rest):
        """What is known of registers: constants loaded just before they are used."""
        target = re.match(rf"({REGISTER}), ", rest)
        if not target or base.startswith(("str", "cmp", "tst", "push", "cb")):
            return
        target = target[1]
        self.constants.pop(target, None)
        literal = re.match(rf"{REGISTER}, \[pc, #\d+\]\s*@ \(([0-9a-f]+) ", rest)
        if base == "ldr" and literal:
            word = self.words.get(int(literal[1], 16))
            if word is not None:
                self.constants[target] = word
        elif base in ("mov", "movs", "movw") and re.match(rf"{REGISTER}, #\d+", rest):
            self.constants[target] = int(re.search(r"#(\d+)", rest)[1])


def read(program):
    """{address: Code} of all functions of the program."""
    words, lines = {}, []
    text = output_of(program.prefix + "objdump", "-d", "--no-show-raw-insn", program.path)
    for line in text.splitlines():
        row = re.match(r"\s+([0-9a-f]+):\t(\S+)(?:\t(.*))?$", line)
        if row:
            at, name, rest = int(row[1], 16), row[2], row[3] or ""
            if name == ".word":
                words[at] = int(rest.split()[0], 16)
            lines.append((at, name, rest))
    starts = sorted(program.functions)
    found = {}
    walk = None
    for at, name, rest in lines:
        index = bisect.bisect_right(starts, at) - 1
        if index < 0:
            continue
        if walk is None or walk.start != starts[index]:
            end = starts[index + 1] if index + 1 < len(starts) else 1 << 32
            walk = Walk(starts[index], end, words)
            found[starts[index]] = walk
        if not name.startswith("."):
            walk.step(at, name, rest)
    return {start: Code(walk.frame - walk.variable * walk.probes * PROBE,
                        called(program, starts, walk), walk.pointers, walk.variable)
            for start, walk in found.items()}


def called(program, starts, walk):
    """The functions in which what a function calls lies. A stub of the linker's goes back into the
    function that it belongs to, which is none."""
    targets = {target for target in walk.calls if target >= starts[0]}
    if program.functions[walk.start].name == STUB:
        return targets & set(starts)
    return {starts[bisect.bisect_right(starts, target) - 1] for target in targets}
