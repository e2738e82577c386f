#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs test programs (cmocka) and test files (Python unittest), several at a time.

One line for each; the whole output of those that fail. Ends with a sum, and adds `PASSED FAILED` as
a line to the file that SYMFEED_TALLY names, for check.sh. A test that ends in no summary, by a
crash, a sanitizer or the time limit, counts as a failure of one.

The limit is on processor time, so that a busy machine fails no good test, and on time in which all of
a test's processes sleep, so that a hang ends, too. Time in which one waits for a processor is free.
"""

import argparse
import concurrent.futures
import glob
import os
import re
import shlex
import signal
import subprocess
import sys
import time

# Seconds for one program or file; a hang must end before the CI's own limit.
TIME_LIMIT = 20 * float(os.environ.get("SYMFEED_PATIENCE", "30"))
# Seconds from one look at its processes to the next.
INTERVAL = 1


def command_for(path, wrap):
    if path.endswith(".py"):
        folder, name = os.path.split(path)
        return [sys.executable, "-m", "unittest", "discover", "-v", "-s", folder, "-p", name]
    return shlex.split(wrap) + [os.path.join(".", path) if not os.path.isabs(path) else path]


def count(path, output):
    """(passed, failed, whether the summary is there) from what the framework printed."""
    if path.endswith(".py"):
        ran = re.search(r"^Ran (\d+) tests? in", output, re.M)
        if not ran:
            return 0, 0, False
        bad = {word: int(number) for word, number in
               re.findall(r"(failures|errors|skipped|unexpected successes)=(\d+)",
                          output[ran.end():])}
        failed = sum(number for word, number in bad.items() if word != "skipped")
        # An error outside a test, as in setUpClass, is not among those that ran.
        return max(int(ran[1]) - failed - bad.get("skipped", 0), 0), failed, True
    passed = re.findall(r"^\[  PASSED  \] (\d+) test", output, re.M)
    failed = re.findall(r"^\[  FAILED  \] (?:tests: )?(\d+) test", output, re.M)
    return sum(map(int, passed)), sum(map(int, failed)), bool(passed)


def read(path):
    """Fields 3 and on of a file of proc(5) `stat`; none where the process has ended."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def look(session):
    """(processor time of a session's processes and of their children that have ended, whether a thread
    of theirs runs or could) from /proc; (0, False) where there is none."""
    ticks, runs = 0, False
    for process in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc") else []):
        fields = read(f"/proc/{process}/stat")
        if fields and int(fields[3]) == session:
            ticks += sum(map(int, fields[11:15]))
            # R runs or waits for a processor, D waits for a disk.
            runs = runs or any(read(path)[:1] in (["R"], ["D"])
                               for path in glob.glob(f"/proc/{process}/task/*/stat"))
    return ticks / os.sysconf("SC_CLK_TCK"), runs


class Spent:
    """What a test has used of its limit, in seconds."""

    def __init__(self, session):
        self.session, self.seconds = session, 0
        self.processor, self.time = 0, time.monotonic()

    def update(self):
        processor, runs = look(self.session)
        now = time.monotonic()
        self.seconds += max(processor - self.processor, 0 if runs else now - self.time)
        self.processor, self.time = processor, now
        return self.seconds


def run(path, wrap, environment):
    start = time.monotonic()
    # A session of its own: at the time limit the test's children go with it.
    process = subprocess.Popen(command_for(path, wrap), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", env=environment, start_new_session=True)
    spent, late = Spent(process.pid), ""
    while True:
        try:
            output, _ = process.communicate(timeout=INTERVAL)
            break
        except subprocess.TimeoutExpired:
            if not late and spent.update() > TIME_LIMIT:
                os.killpg(process.pid, signal.SIGKILL)
                late = f"\nrun_tests: no end within {TIME_LIMIT:g} s of processor time and sleep\n"
    output += late
    passed, failed, complete = count(path, output)
    if process.returncode != 0 and failed == 0 or not complete:
        failed += 1
        output += f"\nrun_tests: exit {process.returncode}\n"
    elif passed + failed == 0:
        failed = 1
        output += "\nrun_tests: not one test ran\n"
    return passed, failed, time.monotonic() - start, output


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wrap", default="", help="command in front of each program")
    parser.add_argument("--symfeed", default="build/symfeed", help="for SYMFEED in Python tests")
    parser.add_argument("--verbose", action="store_true", help="print all output")
    parser.add_argument("tests", nargs="*")
    arguments = parser.parse_args()
    if not arguments.tests:
        sys.exit("run_tests: there is no test to run")

    environment = dict(os.environ, SYMFEED=os.path.abspath(arguments.symfeed),
                       SYMFEED_BUILD=os.path.abspath(os.path.dirname(arguments.symfeed)),
                       PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1", LC_ALL="C.UTF-8")
    environment.pop("CMOCKA_MESSAGE_OUTPUT", None)  # the counts are read from the plain form
    environment.pop("MAKEFLAGS", None)

    passed = failed = 0
    # More than there are processors: the end-to-end tests wait for timers most of their time.
    with concurrent.futures.ThreadPoolExecutor(4 * (os.cpu_count() or 1)) as pool:
        runs = {pool.submit(run, path, arguments.wrap, environment): path
                for path in arguments.tests}
        for done in concurrent.futures.as_completed(runs):
            good, bad, seconds, output = done.result()
            if bad or arguments.verbose:
                print(output, end="" if output.endswith("\n") else "\n")
            print(f"{'FAIL' if bad else 'ok':4} {runs[done]}: {good} passed, {bad} failed, "
                  f"{seconds:.1f} s", flush=True)
            passed += good
            failed += bad

    tally = os.environ.get("SYMFEED_TALLY")
    if tally:
        with open(tally, "a", encoding="ascii") as file:
            file.write(f"{passed} {failed}\n")
    else:
        print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
