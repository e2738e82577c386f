#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""board.py BUILD: the alarm on a real kernel for ARM, and what happens to a device; a line for each.

Depends on: BUILD/checks/firmware by `make firmware`, BUILD/checks/board by fetch_debian.sh, qemu-system-arm.
Guarantees: each line was seen on the board's ports or at the agent; it exits with 1 at the first that was not.
"""

import argparse
import os
import re
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import disk as disks  # noqa: E402
import machine  # noqa: E402
import page  # noqa: E402
import plant as plants  # noqa: E402
from plant import CLEAR, EVACUATE, GAS, LAMP, SIREN  # noqa: E402

FOLDER = "/var/lib/symfeed-alarm"
STATE = f"{FOLDER}/state"
SCRIPT = "/etc/init.d/S95symfeed-alarm"
LEFT = 4096       # kilobytes that files leave of the memory
HOLD = 30         # seconds that the agent holds a read
MOST_STEPS = 600  # seconds of the board until an event has to be there: twice the longest wait for the next try


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def status(board, pid="$(cat /var/run/symfeed-alarm.pid)"):
    """Kilobytes of /proc/PID/status: the peak of its RSS, the RSS, and the part that it has written to."""
    text = board.shell(f"cat /proc/{pid}/status")
    found = dict(re.findall(r"^(VmHWM|VmRSS|RssAnon):\s+(\d+)", text, re.M))
    return {name: int(value) for name, value in found.items()}


def available(board):
    return int(re.search(r"MemAvailable:\s+(\d+)", board.shell("cat /proc/meminfo"))[1])


def output(board, name):
    return board.shell(f"cat /var/run/symfeed-alarm/{name}")


def process(board):
    return board.shell("cat /var/run/symfeed-alarm.pid")


def duration(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


# --- the first board: time is real ----------------------------------------------------------------

def first_event(plant, board, report):
    board.log.wait(r"siren is on")
    seconds = time.monotonic() - board.powered
    check(output(board, "siren") == "1", "the siren's file does not say so")
    plant.settled()
    report.figures["first"] = seconds
    report.line("power on", f"the siren is on after {seconds:.1f} s, by an event from before")


def at_rest(plant, board, report):
    report.figures["alarm"] = status(board)
    report.figures["available"] = available(board)
    board.shell("symfeed tail --config /etc/symfeed/alarm.conf --tag other >/tmp/tail 2>&1 </dev/null & "
                "echo $! >/tmp/pid")
    plant.wait(lambda agent: any(feed.tag == "other" and feed.readers for feed in agent.feeds.values()),
               "symfeed tail reads no feed")
    plant.ring(board)
    report.figures["tail"] = status(board, "$(cat /tmp/pid)")
    check(GAS in board.shell("cat /tmp/tail"), "symfeed tail has not printed the event")
    board.shell("kill $(cat /tmp/pid)")
    plant.agent.expire_feeds(*(feed.id for feed in plant.agent.feeds.values() if feed.tag == "other"))
    alarm, tail = report.figures["alarm"], report.figures["tail"]
    report.line("at rest", f"peak RSS of the alarm {alarm['VmHWM']} kB, of symfeed tail {tail['VmHWM']} kB; "
                f"{report.figures['available']:,} kB of memory are available")


def memory_filled(plant, board, report):
    """By files in a RAM disk, and then by a process that the kernel has to kill."""
    before = process(board)
    board.shell("echo -1000 >/proc/$$/oom_score_adj")  # the test's shell is nothing that the kernel may choose
    board.shell(f"(echo 500 >/proc/self/oom_score_adj; exec dd if=/dev/zero of=/var/run/fill bs=64k "
                f"count={(available(board) - LEFT) // 64})")
    least = available(board)
    plant.ring(board)
    board.shell("(echo 0 >/proc/self/oom_score_adj; exec tail /dev/zero)", check=False)
    board.console.wait(r"Out of memory: Killed process \d+ \(tail\)")
    plant.ring(board)
    board.shell("echo 0 >/proc/$$/oom_score_adj; rm /var/run/fill")
    check(process(board) == before, "another alarm runs than before")
    report.figures["least"] = least
    report.line("memory filled", f"events come with {least:,} kB available, and when the kernel has killed the process "
                "that took the last of them; the alarm is the same process")


def agent_restarted(plant, board, report):
    plant.agent.fault(on="connect", refuse=-1)
    plant.agent.drop_connections(reset=True)
    plant.agent.forget_sessions()
    board.log.wait(r"warning: read: .*next try in")
    board.log.wait(r"warning: read: .*refused.*next try in")
    plant.agent.clear_faults()
    plant.ring(board)
    report.line("agent restarted", "connections are reset and refused, TLS sessions forgotten; it reads on, with the "
                "same feed")


def record_state(plant, board):
    """What the disk is asked to do while a state is written; (what it held, requests, old state, new state)."""
    ring_off(plant, board)
    old = board.shell(f"cat {STATE}")
    board.shell("sync")
    plant.disk.record()
    plant.ring(board)
    new = board.shell(f"cat {STATE}")
    return (*plant.disk.recorded(), old, new)


def ring_off(plant, board):
    plant.ring(board, CLEAR, "lamp for 0 s")


def cut_in_batch(plant, board):
    """The first event of a batch has set the siren on, the second one has not come whole."""
    fault = plant.agent.fault(on="read", dribble=[8192, 3600])
    ring_off(plant, board)  # of the read after this one only the beginning is answered
    check(fault.used, "the next read would be answered whole")
    plant.push(GAS, EVACUATE + " now" * 5000)
    board.log.wait(f"siren for {SIREN} s")
    until = int(board.shell(f"cat {STATE}").split()[1])
    check(output(board, "lamp") == "0", "the second event has come, too")
    plant.cut(board)
    return until


# --- the second board: after the cut, and the next cut --------------------------------------------

def after_batch(plant, board, report, until):
    match = board.log.wait(r"T(\d\d):(\d\d):(\d\d)Z .*siren was on, and is to be for (\d+) s more")
    hour, minute, second, left = map(int, match.groups())
    expected = (until - (hour * 3600 + minute * 60 + second)) % 86400
    check(abs(left - expected) <= 1 and left < SIREN, f"{left} s are left, not {expected}")
    check(output(board, "siren") == "1", "the siren is not on")
    plant.reading()
    plant.agent.advance(plant.agent.requeue)  # the agent sends again what nobody has acknowledged for so long
    board.log.wait(f"siren for {SIREN} s")
    board.log.wait(f"lamp for {LAMP} s")
    plant.settled()
    report.line("power cut in a batch", f"the siren is on again for the {left} s that are left of {SIREN}; then both "
                "events of the batch come again")


def any_cut(plant, report, recorded):
    """Of each cut that could have been, what a boot would find."""
    before, requests, old, new = recorded
    seen, path = {True: 0, False: 0}, os.path.join(plant.folder, "left")
    for number, what, left in disks.states(before, requests):
        found = disks.look(path, left, STATE.replace("/var/lib", ""))
        check(found is not None and found.strip() in (old, new),
              f"after {number} of {len(requests)} requests, with {what}, the state is {found!r}")
        seen[found.strip() == new] += 1
        check(number < len(requests) or found.strip() == new, f"the event was acknowledged before its state was on the "
              f"disk: with {what} it is {found!r}")
    check(seen[True] and seen[False], f"the state is always the same: {seen}")
    report.line("power cut anywhere in a state write", f"{len(requests)} requests to the disk; what it may hold "
                f"after a cut, in {sum(seen.values())} variants, has the old state ({seen[False]}) or the new one "
                f"({seen[True]}), never another")


def cut_in_state(plant, board, requests):
    """The disk never answers what would put the lamp's state down; the siren's is there."""
    plant.ring(board, CLEAR, "lamp for 0 s")
    plant.ring(board)
    board.shell("sync")
    plant.disk.record(stop_at=next(number for number, request in enumerate(requests) if request is None))
    plant.push(EVACUATE)
    if not plant.disk.reached.wait(machine.PATIENCE):
        raise machine.Silent("disk: no state was written")
    check(output(board, "lamp") == "1", "the lamp was not on before its state was written")
    check(len(plant.agent.acknowledged) == plant.pushed - 1, "the event was acknowledged")
    plant.cut(board)


# --- the third board: its clock is at 1970 --------------------------------------------------------

def clock_not_set(plant, board, report):
    board.log.wait(f"siren was on, and is to be for {SIREN} s more")
    match = board.log.wait(r"(1970-01-01T\S+) warning: .*clock is not set.*")
    board.shell(f"date -u -s @{int(time.time())}")
    plant.reading()
    plant.agent.advance(plant.agent.requeue)
    board.log.wait(f"lamp for {LAMP} s")
    plant.settled()
    check(output(board, "lamp") == "1", "the lamp is not on")
    report.line("power cut in a state write", f"the siren, whose state was there, is on for the {SIREN} s; the event "
                "of the lamp comes again")
    report.line("clock at 1970", f"is said at {match[1]}; it follows the feed once the clock is set")


# --- the fourth board: time is set forward --------------------------------------------------------

def back(plant, board, says=f"siren for {SIREN} s"):
    """How long it takes until an event is there, in seconds of the board."""
    began = board.uptime()
    for _ in range(MOST_STEPS):
        if board.log.find(says):
            plant.settled()
            return board.uptime() - began
        plant.leap(board, 1)
        plant.agent.wait_for(lambda agent: len(agent.acknowledged) == plant.pushed, 0.02)
    raise machine.Silent(f"board: no event within {MOST_STEPS} s of its time; its log is {board.log.text[-2000:]}")


def outage(plant, board, report, what, seconds, begin, end, says):
    """Something is away for so long; an event of that time comes when it is back."""
    begin()
    plant.push(GAS)
    plant.leap(board, seconds)
    match = board.log.wait(rf"(?:warning|error): (.*{says}.*)")
    board.log.skip()
    end()
    took = back(plant, board)
    report.line(what, f"for {duration(seconds)} (\"{match[1].strip()}\"); the event of that time is there {took:.1f} s "
                "later")


def link_down(plant, board, report):
    outage(plant, board, report, "link down", 600, lambda: board.link(False), lambda: board.link(True), "next try in")


def name_server_dead(plant, board, report):
    def begin():
        plant.wire.alive = False
        board.shell(f"{SCRIPT} restart")

    def end():
        plant.wire.alive = True

    outage(plant, board, report, "alarm restarted, name server dead", 600, begin, end, "next try in")


def agent_away(plant, board, report):
    def begin():
        plant.agent.fault(on="connect", refuse=-1)
        plant.agent.drop_connections(reset=True)
        plant.agent.forget_sessions()

    outage(plant, board, report, "agent away", 600, begin, plant.agent.clear_faults, "refused")


def certificate_renewed(plant, board, report):
    def show(name):
        plant.agent.clear_faults()
        plant.agent.fault(on="connect", times=-1, tls=f"certificate:{name}")
        plant.agent.drop_connections()
        plant.agent.forget_sessions()

    outage(plant, board, report, "certificate expired, then renewed", 1200, lambda: show("board-expired"),
           lambda: show("board-renewed"), "expired")


def rest(plant, board, report, hours):
    """Each read that the agent holds, and what passes on the wire meanwhile."""
    before, frames, sent = status(board), plant.wire.frames, plant.wire.bytes
    began = board.uptime()
    for _ in range(round(hours * 3600 / HOLD)):
        reads = len(plant.agent.requests)
        plant.leap(board, HOLD)
        plant.wait(lambda agent, reads=reads: len(agent.requests) > reads, "no next read")
        plant.reading()
    seconds = board.uptime() - began
    sent, frames = plant.wire.bytes - sent, plant.wire.frames - frames
    after = status(board)
    check(after["VmRSS"] <= before["VmRSS"] + 8, f"memory has grown: {before}, {after}")
    report.figures["rest"] = (hours, seconds, sent, frames, sent * 86400 / seconds)
    report.line("at rest in fast motion", f"{hours:g} h with each read: {sent:,} bytes on the wire, "
                f"{sent * 86400 / seconds:,.0f} a day; the alarm's memory has not grown")


def week(plant, board, report):
    """Each day an event, new tokens, and the siren's time; the clock is set forward over the rest of the day."""
    signed_in = len(plant.agent.requests_of("session"))
    for _ in range(7):
        plant.agent.expire_tokens()
        plant.push(GAS)
        back(plant, board)
        check(output(board, "siren") == "1", "the siren is not on")
        for _ in range(SIREN // HOLD):
            plant.leap(board, HOLD)
            plant.reading()
        plant.leap(board, 2)
        board.log.wait("siren is off")
        check(output(board, "siren") == "0", "the siren is on")
        board.shell("date -u -s @$(($(date +%s) + 86400 - 660))")
        plant.agent.clock_offset += 86400 - 660
    signed_in = len(plant.agent.requests_of("session")) - signed_in
    check(signed_in >= 7, f"it has signed in {signed_in} times")
    report.line("a week", "each day the tokens expire, an event comes, and the siren is on for its time; the clock is "
                "set forward from there to the next day")


# --- all of it --------------------------------------------------------------------------------------

def real_time(plant, report, short):
    plant.push_early(GAS)
    with plant.board() as board:
        first_event(plant, board, report)
        if not short:
            at_rest(plant, board, report)
            memory_filled(plant, board, report)
            agent_restarted(plant, board, report)
            recorded = record_state(plant, board)
        until = cut_in_batch(plant, board)
    with plant.board() as board:
        after_batch(plant, board, report, until)
        if short:
            return
        cut_in_state(plant, board, recorded[1])
    any_cut(plant, report, recorded)
    with plant.board(clock="1970-01-01T00:00:00") as board:
        clock_not_set(plant, board, report)
        plant.cut(board)


def fast_motion(plant, report, hours):
    with plant.board(fast=True) as board:
        plant.reading()
        for happens in (link_down, name_server_dead, agent_away, certificate_renewed):
            happens(plant, board, report)
        rest(plant, board, report, hours)
        week(plant, board, report)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", help="the folder that make has built in")
    parser.add_argument("--short", action="store_true", help="power on, first event and one power cut")
    parser.add_argument("--hours", type=float, default=0.5, help="of rest in fast motion (default: %(default)s)")
    parser.add_argument("--page", help="where the results go")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and so ends qemu
    report = page.Report()
    with tempfile.TemporaryDirectory(prefix="board-") as folder, plants.Plant(
            folder, os.path.join(arguments.build, "checks/firmware"),
            os.path.join(arguments.build, "checks/board")) as plant:
        try:
            real_time(plant, report, arguments.short)
            if not arguments.short:
                fast_motion(plant, report, arguments.hours)
            check(not plant.agent.breaches, f"the agent complains: {plant.agent.breaches}")
        except AssertionError as error:
            print(f"board: {error}\nboard: its log ends with\n{plant.last_board.console.text[-1000:]}"
                  f"{plant.last_board.log.text[-3000:]}", file=sys.stderr)
            report.finish(failed=1)
            sys.exit(1)
    report.finish()
    if not arguments.short:
        print(page.figures(report))
    if arguments.page:
        page.write(arguments.page, report, arguments.build)


if __name__ == "__main__":
    main()
