#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves with CBMC that functions of the product are safe, each proof beside a mutant that it must catch.

A proof is a file of C in this folder with a function prove(), which calls functions of the product with
any input. Its head says, besides what it proves:

    Of: FILE...              the sources that are proven, which the proof includes
    Bounds: OPTION...        options of cbmc, such as how often a loop runs at most
    Stubs: FUNCTION:STUB...  calls of FUNCTION go to STUB of the proof, which has its contract
    Contract: FILE           the next two lines are a text of FILE that occurs there once, and the same
                             followed by a macro of the proof: a loop's invariant
    Limit: FILE              the same, but the second line has a smaller number: a limit that texts of
                             the proof can reach
    Mutant: FILE             the next two lines are a text of FILE that occurs there once, and the
                             mistake that takes its place

A proof is one for texts of any length where its head says so, else up to the length that it says.

A line each, with the seconds of processor time. All proofs come first, then the same proofs of the
mutants, each of which has to fail. The log of each is in OUT. Ends with an error if a proof fails or does
not end in time, if a mutant is not caught, or if a text of a head is not in its file any more.
"""

import argparse
import concurrent.futures
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

# Seconds of processor time for one proof: a proof that needs more has to be split.
TIME_LIMIT = 300
# What cbmc does not look for by itself. Conversions may cut a number: the code means it where it does.
CHECKS = ("--pointer-overflow-check", "--unwinding-assertions", "--slice-formula", "--stop-on-fail",
          "--no-malloc-may-fail")
KEYS = ("Of", "Bounds", "Stubs", "Contract", "Limit", "Mutant")
HEAD = re.compile(r"/\*\n(.*?)\*/", re.S)
ENTRY = re.compile(r"^ \* (%s): *(.*(?:\n \*     .*)*)" % "|".join(KEYS), re.M)
VIOLATED = re.compile(r"^Violated property:\n +file \S+ function (\S+) line \d+.*\n +(.*)", re.M)


class Mistake(Exception):
    """A proof that does not fit the sources, in one line."""


def is_smaller(before, after):
    """Whether two lines differ in one number alone, which is smaller in the second one."""
    parts = [re.split(r"(\b\d+\b)", line) for line in (before, after)]
    others = [pair for pair in zip(*parts) if pair[0] != pair[1]]
    return (len(parts[0]) == len(parts[1]) and len(others) == 1 and all(part.isdigit() for part in others[0])
            and int(others[0][1]) < int(others[0][0]))


class Proof:
    """The head of a file."""

    def __init__(self, path):
        self.path, self.name = path, os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as file:
            head = HEAD.search(file.read())
        self.entries = [(key, value.strip("\n")) for key, value in ENTRY.findall(head[1])] if head else []
        for key in ("Of", "Mutant"):
            if key not in dict(self.entries):
                raise Mistake(f"{path}: the head has no '{key}:'")

    def words(self, key):
        return [word for name, value in self.entries if name == key
                for word in value.replace("\n *", " ").split()]

    def edits(self, key):
        """(file, text, text in its place) of each Contract, Limit or Mutant."""
        for name, value in self.entries:
            if name == key:
                lines = [line.removeprefix(" *").strip() for line in value.split("\n")]
                if len(lines) != 3:
                    raise Mistake(f"{self.path}: {key}: takes a file and two lines")
                if key == "Contract" and not re.fullmatch(re.escape(lines[1]) + r" [A-Z_]+", lines[2]):
                    raise Mistake(f"{self.path}: Contract: may only add a macro")
                if key == "Limit" and not is_smaller(*lines[1:]):
                    raise Mistake(f"{self.path}: Limit: may only make a number smaller")
                yield lines

    def write_sources(self, folder, keys):
        """Writes the sources that are edited into a folder."""
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        texts = {}
        for key in keys:
            for path, before, after in self.edits(key):
                if path not in texts:
                    with open(path, encoding="utf-8") as file:
                        texts[path] = file.read()
                if texts[path].count(before) != 1:
                    raise Mistake(f"{self.path}: {key}: '{before}' is {texts[path].count(before)} times in {path}")
                texts[path] = texts[path].replace(before, after)
        for path, text in texts.items():
            os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                file.write(text)


def run(command, log):
    """(exit code, seconds of processor time)"""
    limited = ["sh", "-c", f'ulimit -S -t {TIME_LIMIT} && exec "$@"', "sh", *command]
    with open(log, "a", encoding="utf-8") as file:
        file.write(" ".join(command) + "\n")
        file.flush()
        process = subprocess.Popen(limited, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime


def why_no_answer(code, log):
    """What a tool that proved and refuted nothing has ended with."""
    if code == -signal.SIGXCPU:
        return f"no end in {TIME_LIMIT} s"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}; see {log}"
    return f"see {log}"


def attempt(proof, arguments, mutant):
    """(whether it is proven or None for neither, what was violated or went wrong, seconds of processor time)"""
    out = os.path.join(arguments.out, proof.name + (".mutant" if mutant else ""))
    log, goto = out + ".log", out + ".goto"
    tool = lambda name: os.path.join(arguments.tools, name)
    with open(log, "w", encoding="utf-8"):
        pass
    try:
        proof.write_sources(out, ("Contract", "Limit", *(("Mutant",) if mutant else ())))
    except Mistake as mistake:
        return None, str(mistake), 0
    folders = sorted({os.path.dirname(path) for path in proof.words("Of")})
    stubs = [word for pair in proof.words("Stubs") for word in ("--replace-calls", pair)]
    contracts = ["--dfcc", "prove", "--apply-loop-contracts"] if any(proof.edits("Contract")) else []
    commands = [[tool("goto-cc"), "-o", goto, "--function", "prove", f"-I{out}", "-I.", *arguments.flags,
                 *(f"-I{folder}" for folder in folders), proof.path]]
    for options in (stubs, contracts):
        if options:
            commands.append([tool("goto-instrument"), *options, goto, goto])
    commands.append([tool("cbmc"), *CHECKS, *proof.words("Bounds"), goto])
    seconds = 0
    for command in commands:
        code, used = run(command, log)
        seconds += used
        if code != 0:
            break
    with open(log, encoding="utf-8", errors="replace") as file:
        output = file.read()
    violated = VIOLATED.search(output)
    if code == 0 and re.search(r"^VERIFICATION SUCCESSFUL$", output, re.M):
        return True, "", seconds
    if code == 10 and violated:
        return False, f"{violated[1]}(): {violated[2]}", seconds
    return None, why_no_answer(code, log), seconds


def attempt_all(proofs, arguments, mutant):
    """Prints a line for each. Returns how many failed."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = {pool.submit(attempt, proof, arguments, mutant): proof for proof in proofs}
        for done in concurrent.futures.as_completed(runs):
            proven, why, seconds = done.result()
            good = proven is not None and proven != mutant
            if mutant:
                why = why or "not caught"
            word = "FAIL" if not good else "caught" if mutant else "proven"
            print(f"{word:6} {runs[done].name:24} {seconds:6.1f} s  {why}".rstrip(), flush=True)
            failed += not good
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", required=True, help="folder of cbmc, goto-cc and goto-instrument")
    parser.add_argument("--out", required=True, help="folder for what is made")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--flags", default="", help="of the compiler, between commas")
    parser.add_argument("proofs", nargs="+")
    arguments = parser.parse_args()
    arguments.flags = [flag for flag in arguments.flags.split(",") if flag]
    os.makedirs(arguments.out, exist_ok=True)
    try:
        proofs = [Proof(path) for path in arguments.proofs]
    except Mistake as mistake:
        sys.exit(f"prove: {mistake}")

    start = time.monotonic()
    failed = attempt_all(proofs, arguments, False)
    missed = attempt_all(proofs, arguments, True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    tally = os.environ.get("SYMFEED_TALLY")
    if tally:
        with open(tally, "a", encoding="ascii") as file:
            file.write(f"{2 * len(proofs) - failed - missed} {failed + missed}\n")
    print(f"prove: {len(proofs) - failed} of {len(proofs)} proofs hold, "
          f"{len(proofs) - missed} mutants are caught; {time.monotonic() - start:.0f} s, "
          f"{used.ru_utime + used.ru_stime:.0f} s of processors")
    sys.exit(1 if failed or missed else 0)


if __name__ == "__main__":
    main()
