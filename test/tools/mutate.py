#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutate.py: makes small mistakes in core/, one at a time, and prints those that no test notices.

A mutant is core/ with one token changed, of a source or of a function in a private header; it is a shared
library, to which the test programs are linked. They run until one fails, crashes or does not end; first those
that notice most for their time, then unit tests with sanitizers. EQUIVALENT lists the mutants that no test can
notice, or that do not matter, and why.

Depends on: gcc or clang, and the objects of `make mutants`. Guarantees: the sources stay as they are; the
COUNT mutants are chosen by a hash of each, so that a change elsewhere in core/ leaves most of them the same; what
compiles to the same code is no mutant.
"""

import argparse
import collections
import concurrent.futures
import filecmp
import glob
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import c_source  # noqa: E402

EQUIVALENT = os.path.join(HERE, "equivalent_mutants.txt")
TOKEN = re.compile(r'''"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])+'|->|\+\+|--|<<=|>>=|<<|>>|[-+*/&|^%<>=!]=|&&|\|\||'''
                   r"\b0[xX][0-9A-Fa-f]+|\b\d+|\b(?:true|false|break|else(?! if)|while)\b|(?<= )&(?= )|[-+/%<>!~|^]")
CHANGES = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "!": "",
    "+": "-", "-": "+", "/": "*", "%": "/", "++": "--", "--": "++", "+=": "-=", "-=": "+=",
    "<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "&", "~": "", "|=": "&=", "&=": "|=", "^=": "|=",
    "true": "false", "false": "true", "break": "", "else": "", "while": "if",
}
FUNCTION = re.compile(r"^\w[^\n;=]*?(\w+)\(", re.M)
# "where" and the two lines name a mutant; "where" is the source, the function and, from the second on, which of
# the function's lines that are the same.
Mutant = collections.namedtuple("Mutant", "path where number line changed text")


def mutated_files():
    """Public headers have no code."""
    return sorted([*glob.glob("core/**/*.c", recursive=True), *glob.glob("core/*/*.h")])


def changed(token):
    """What stands in place of a token; None: it stays."""
    if token[0] == "'" or token.startswith("0x"):
        return f"({token} + 1)"
    return str(int(token) + 1) if token.isdigit() else CHANGES.get(token)


def mutants_of(path):
    text = c_source.read(path)
    blanked = c_source.blanked(text, strings=False, directives=True)
    functions = [(match.start(), match[1]) for match in FUNCTION.finditer(blanked)]
    same = collections.Counter()
    for match in TOKEN.finditer(blanked):
        after = changed(match[0])
        in_function = blanked.rfind("\n{\n", 0, match.start()) > blanked.rfind("\n}\n", 0, match.start())
        if after is None or (path.endswith(".h") and not in_function):
            continue
        start, end = text.rfind("\n", 0, match.start()) + 1, text.index("\n", match.end())
        line = text[start:end].strip()
        new_line = (text[start:match.start()] + after + text[match.end():end]).strip()
        where = " ".join([path, *[name for at, name in functions if at <= start][-1:]])
        same[where, line, new_line] += 1
        if same[where, line, new_line] > 1:
            where += f" {same[where, line, new_line]}"
        yield Mutant(path, where, text.count("\n", 0, start) + 1, line, new_line,
                     text[:match.start()] + after + text[match.end():])


def name_of(mutant):
    return mutant.where, mutant.line, mutant.changed


def read_list(path):
    """{name: reason} of the paragraphs of a file: source and function, line, changed line, reason."""
    names = {}
    with open(path, encoding="utf-8") as file:
        for paragraph in file.read().split("\n\n"):
            if paragraph.lstrip().startswith("core/"):
                where, line, after, *reason = map(str.strip, paragraph.strip().split("\n"))
                names[re.sub(r":\d+", "", where), line, after] = " ".join(reason)
    return names


def run(command, limits, environment):
    """(whether it ends well, the seconds of processor time that it took)"""
    limited = ["sh", "-c", f'ulimit -c 0 {limits} && exec "$0"', command]
    process = subprocess.Popen(limited, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode == 0, used.ru_utime + used.ru_stime


class Bench:
    """Test programs, and core without a mistake."""

    def __init__(self, build, tests, flags):
        self.compile, self.link, self.libraries = (shlex.split(os.environ[f"MUTATE_{name}"])
                                                   for name in ("COMPILE", "LINK", "LIBS"))
        self.compile, self.link = self.compile + flags, self.link + flags
        self.build, self.sanitized, self.folder = build, bool(flags), os.path.join(build, "mutants")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.sources = sorted(glob.glob("core/**/*.c", recursive=True))
        self.link_core(self.folder, {})
        self.programs = [self.link_test(path) for path in tests]
        self.ran, self.noticed = collections.Counter(), collections.Counter()
        self.seconds = {}
        for program in self.programs:
            well, self.seconds[program] = self.passes(program, self.folder)
            if not well:
                sys.exit(f"mutate: {program} fails without a mistake")

    def object_of(self, path):
        return os.path.join(self.build, "obj", path[:-2] + ".o")

    def link_core(self, folder, new):
        subprocess.run([*self.link, "-shared", *(new.get(path, self.object_of(path)) for path in self.sources),
                        "-o", os.path.join(folder, "libcore.so")], check=True)

    def link_test(self, path):
        """With the files beside it that are no program."""
        beside = [name for name in glob.glob(os.path.join(os.path.dirname(path), "*.c"))
                  if not os.path.basename(name).startswith("test_")]
        program = os.path.join(self.folder, os.path.basename(path)[:-2])
        subprocess.run([*self.link, *map(self.object_of, (path, *beside)), "-L", self.folder, "-lcore",
                        *self.libraries, "-o", program], check=True)
        return program

    def passes(self, program, folder):
        """cmocka ends at the first failure, and a sanitizer does not look for names."""
        limits = f"&& ulimit -t {2 + int(5 * self.seconds.get(program, 100))}"
        limits += "" if self.sanitized else " && ulimit -v 1000000"
        return run(program, limits, {**os.environ, "LD_LIBRARY_PATH": folder, "CMOCKA_TEST_ABORT": "1",
                                    "ASAN_OPTIONS": "detect_leaks=0:symbolize=0:hard_rss_limit_mb=1000",
                                    "UBSAN_OPTIONS": "symbolize=0"})

    def depends(self, source, path):
        """Whether the source was compiled with this file: itself, or a header."""
        with open(self.object_of(source)[:-1] + "d", encoding="utf-8") as file:
            return path in file.read().split()

    def compiled(self, path, text, folder):
        """{source: object} of all that the text makes differ; {} if the compiler refuses one."""
        place = os.path.join(folder, os.path.relpath(path, "core"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8") as file:
            file.write(text)
        new = {}
        for source in filter(lambda source: self.depends(source, path), self.sources):
            made = os.path.join(folder, f"{len(new)}.o")
            done = subprocess.run([*self.compile, "-iquote", folder, "-c", place if source == path else source,
                                   "-o", made], stderr=subprocess.DEVNULL, check=False)
            if done.returncode != 0:
                return {}
            new[source] = made
        return {source: made for source, made in new.items()
                if not filecmp.cmp(made, self.object_of(source), shallow=False)}

    def promise(self, path, program):
        """How many mutants of a source the program may notice in a second."""
        same = os.path.basename(program) == "test_" + os.path.basename(path)[:-2]
        key = path, program
        return (self.noticed[key] + (1 if same else 0.1)) / (self.ran[key] + 1) / self.seconds[program]

    def notices(self, mutant, folder):
        """The program that notices it; "" if there is none."""
        for program in sorted(self.programs, key=lambda program: -self.promise(mutant.path, program)):
            self.ran[mutant.path, program] += 1
            if not self.passes(program, folder)[0]:
                self.noticed[mutant.path, program] += 1
                return os.path.basename(program)
        return ""

    def outcome(self, mutant, listed):
        """The program that notices it, "listed", "" for none; None if it is no mutant."""
        folder = os.path.join(self.folder, hashlib.sha256(repr(name_of(mutant)).encode()).hexdigest()[:16])
        os.makedirs(folder)
        try:
            new = self.compiled(mutant.path, mutant.text, folder)
            if not new:
                return None
            if name_of(mutant) in listed:
                return "listed"
            self.link_core(folder, new)
            return self.notices(mutant, folder)
        finally:
            shutil.rmtree(folder)


def outcome(benches, mutant, listed):
    """As of the first bench, where the second one has nothing to add. Prints a survivor."""
    for bench in benches:
        by = bench.outcome(mutant, listed)
        if by != "":
            return by
    where = mutant.where.replace(mutant.path, f"{mutant.path}:{mutant.number}")
    print(f"{where}\n{mutant.line}\n{mutant.changed}\n", flush=True)
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="how many mutants (default: 1000)")
    parser.add_argument("--only", help="those in this file, which is like the list of the equivalent ones")
    parser.add_argument("--sanitizers", default="", help="the compiler's flags in the second folder")
    parser.add_argument("build", help="where the objects are")
    parser.add_argument("sanitized", help="where those with sanitizers are")
    parser.add_argument("tests", nargs="+", help="sources of the test programs")
    arguments = parser.parse_args()
    start = time.monotonic()
    found = [mutant for path in mutated_files() for mutant in mutants_of(path)]
    listed = read_list(EQUIVALENT)
    gone = set(listed) - set(map(name_of, found))
    for name in sorted(gone | {name for name, reason in listed.items() if not reason}):
        sys.exit("mutate: a listed mutant is not of core/ any more, or has no reason:\n" + "\n".join(name))
    if arguments.only:
        only, listed = read_list(arguments.only), {}
        found = [mutant for mutant in found if name_of(mutant) in only]
    found.sort(key=lambda mutant: hashlib.sha256(repr(name_of(mutant)).encode()).digest())

    unit = [path for path in arguments.tests if path.startswith("test/unit/")]
    benches = [Bench(arguments.build, arguments.tests, []),
               Bench(arguments.sanitized, unit, arguments.sanitizers.split())]
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        while found and len(outcomes) < arguments.count:
            some = found[:arguments.count - len(outcomes)]
            found = found[len(some):]
            results = pool.map(lambda mutant: outcome(benches, mutant, listed), some)
            outcomes += [by for by in results if by is not None]
    survivors = outcomes.count("")
    print(f"mutate: {len(outcomes)} mutants, {survivors} survive, {outcomes.count('listed')} are equivalent "
          f"(listed); {(time.monotonic() - start) / 60:.0f} minutes")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
