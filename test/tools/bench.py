#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench.py --symfeed FILE PROGRAM...: runs the programs of test/bench, then test/bench/rss.py.

A program prints its own figures. Called with `--once` it does its work a single time and its last
line ends in `N events`; under callgrind that gives the instructions spent in symfeed_next() per
event, which are the same on every run.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile


def instructions(program):
    """(instructions, events) of one run under callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + os.path.join(folder, "out"),
             "--toggle-collect=symfeed_next", program, "--once"],
            text=True, capture_output=True, timeout=300)
    collected = re.search(r"Collected : (\d+)", run.stderr)
    events = re.search(r"(\d+) events\s*$", run.stdout)
    if run.returncode != 0 or not collected or not events:
        sys.exit(f"bench: {program} --once under callgrind: exit {run.returncode}\n"
                 f"{run.stdout}{run.stderr}")
    return int(collected[1]), int(events[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symfeed", required=True)
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    status = 0
    for program in arguments.programs:
        program = os.path.join(".", program)
        status |= subprocess.run([program], timeout=300).returncode
        if shutil.which("valgrind"):
            count, events = instructions(program)
            print(f"{count / events:.0f} instructions per event "
                  f"(callgrind: {count} for {events} events)", flush=True)
        else:
            print("bench: no valgrind, so no count of instructions", file=sys.stderr)
    status |= subprocess.run([sys.executable, "test/bench/rss.py"], timeout=300,
                             env=dict(os.environ, SYMFEED=os.path.abspath(arguments.symfeed),
                                      PYTHONDONTWRITEBYTECODE="1")).returncode
    sys.exit(1 if status else 0)


if __name__ == "__main__":
    try:
        main()
    except subprocess.TimeoutExpired as error:
        sys.exit(f"bench: {error.cmd[0]} did not end in {error.timeout:.0f} s")
