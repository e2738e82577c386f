# SPDX-License-Identifier: Apache-2.0
"""What board.py has seen: a line at a time, the figures in the end, and the page RESULTS.md.

Depends on: test/tools/results.py, for date, commit and machine.
"""

import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))

import image  # noqa: E402
from results import commit, first, machine, now, said, table  # noqa: E402

FIRST_EVENT, PEAK = 30, 200  # targets: seconds, kilobytes

REAL = """\
## What is real and what is not

Real are the kernel and its drivers, BusyBox with its init, the static programs as `make firmware` builds them, and
the start script that the package for Buildroot installs. The processor, a Cortex-A7 with {memory} MB, is emulated:
what takes its time, such as a boot and a TLS handshake, takes longer or less long on a board. The agent is
test/simulator, over TLS and by qemu's user-mode network; the name server is a part of the test. The disk is
served by the test, too: it has a write cache, and what is not flushed is lost at a power cut.

A power cut ends qemu by a signal. *Power cut anywhere in a state write* starts no board: what the kernel asked the
disk for while it wrote a state was recorded, and for each request after which the power may go, the test makes what
the disk may hold (of the writes since the last flush none, all, all but one, or all with one torn), repairs it by
e2fsck, and reads the state.

Up to *clock at 1970* time is real. From *link down* on it is set forward: where all processes of the board sleep,
qemu goes to the next timer at once (`-icount sleep=off`), and a process that computes holds time back while the
board waits for the agent. So 10 minutes are 10 minutes of the board, with each timer and each try in them; all
durations of these lines are the board's. In *a week* the clock is set forward besides, by 23 hours and 49 minutes
a day, of which the board's timers see nothing.
"""


class Report:
    """`figures`: for the page, by name."""

    def __init__(self):
        self.lines, self.figures, self._began = [], {}, time.monotonic()

    def line(self, what, found):
        self.lines.append((what, found))
        print(f"{time.monotonic() - self._began:5.0f} s  {what}: {found}", flush=True)

    def finish(self, failed=0):
        """For check.sh: each line is a test."""
        tally = os.environ.get("SYMFEED_TALLY")
        if tally:
            with open(tally, "a", encoding="ascii") as file:
                file.write(f"{len(self.lines)} {failed}\n")


def memory(sizes):
    own = sizes["VmHWM"] - sizes["RssAnon"]
    return f"{sizes['VmHWM']} kB: {sizes['RssAnon']} kB that it writes to, {own} kB of code"


def rows(report):
    """(what, found, target)"""
    found = report.figures
    hours, seconds, sent, frames, daily = found["rest"]
    return (
        ("power-on to the first event, under emulation", f"{found['first']:.1f} s", f"{FIRST_EVENT} s"),
        ("peak RSS of the alarm", memory(found["alarm"]), f"{PEAK} kB"),
        ("peak RSS of `symfeed tail`", memory(found["tail"]), f"{PEAK} kB"),
        ("memory left (MemAvailable) while the alarm runs", f"{found['available']:,} kB", ""),
        ("the least memory with which an event came", f"{found['least']:,} kB", ""),
        (f"at rest for {hours:g} h of the board, with a read each 30 s",
         f"{sent:,} bytes in {frames:,} frames of Ethernet", ""),
        ("bytes on the wire a day at rest", f"{daily:,.0f} = {sent:,} × 86,400 s ÷ {seconds:,.0f} s", ""),
    )


def figures(report):
    return "".join(f"{what}: {found}{f' (target: {target})' if target else ''}\n"
                   for what, found, target in rows(report)).rstrip()


def write(path, report, build):
    kernel = os.path.basename(image.kernel(os.path.join(build, "checks/board"))).replace("vmlinuz-", "")
    qemu = first(r"version (\S+)", said("qemu-system-arm", "--version"))
    text = f"""<!-- SPDX-License-Identifier: Apache-2.0 -->
# The alarm on a board

Written by `make board`: [examples/alarm](../../examples/alarm) on a kernel for 32-bit ARM, and what happens to a
device.

{table(("", ""), (
    ("date", now()), ("commit", commit("test/board", "RESULTS.md")), ("machine", machine()),
    ("board", f"qemu-system-arm {qemu}, virt, Cortex-A7, 64 MB; Debian's Linux {kernel} and busybox-static"))).rstrip()}

## Figures

{table(("", "found", "target"), rows(report)).rstrip()}

Linux counts a program's code as its RSS where it has been used: here it lies in the RAM disk already, and takes no
memory besides.

## What happens to it

{table(("what", "what the board does"), report.lines).rstrip()}

{REAL.format(memory=64)}"""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
