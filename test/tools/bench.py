#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench.py PROGRAM...: runs the programs of test/bench.

A program prints its own figures. Called with `--once` it does its work a single time and its last
line ends in `N events`; under callgrind that gives the instructions spent in symfeed_next() per
event, which are the same on every run. Called with `--once WHAT` it looks into each event as well,
in a function look_at_WHAT(), which is counted, too.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile


LOOKS = {None: "received and handed out", "type": "and its type told",
         "text": "and its text as plain text", "views": "and every member had by views",
         "members": "and every value gone through and decoded",
         "mentions": "and its mentions read out of EntityJSON"}


def instructions(program, look):
    """(instructions, events) of one run under callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + os.path.join(folder, "out"),
             "--toggle-collect=symfeed_next", *([f"--toggle-collect=look_at_{look}"] if look else []),
             program, "--once", *([look] if look else [])],
            text=True, capture_output=True, timeout=300)
    collected = re.search(r"Collected : (\d+)", run.stderr)
    events = re.search(r"(\d+) events\s*$", run.stdout)
    if run.returncode != 0 or not collected or not events:
        sys.exit(f"bench: {program} --once under callgrind: exit {run.returncode}\n"
                 f"{run.stdout}{run.stderr}")
    return int(collected[1]), int(events[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    status = 0
    for program in arguments.programs:
        program = os.path.join(".", program)
        status |= subprocess.run([program], timeout=300).returncode
        if shutil.which("valgrind"):
            print("instructions per event (callgrind)")
            for look, label in LOOKS.items():
                count, events = instructions(program, look)
                print(f"  {label:44}{count / events:8.0f}", flush=True)
        else:
            print("bench: no valgrind, so no count of instructions", file=sys.stderr)
    sys.exit(1 if status else 0)


if __name__ == "__main__":
    try:
        main()
    except subprocess.TimeoutExpired as error:
        sys.exit(f"bench: {error.cmd[0]} did not end in {error.timeout:.0f} s")
