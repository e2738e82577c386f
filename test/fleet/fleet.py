#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fleet.py PROGRAM: runs the simulation whole, and writes RESULTS.md and its two pictures beside it.

Depends on: fleet.c for the lines; before.txt, its lines with the waits of symfeed 0.1. Guarantees: where a
target is missed nothing is written, and the exit status is 1.
"""

import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import results  # noqa: E402
from bars import Page, read  # noqa: E402

NAMES = {
    "reset": "connections reset", "outage-1": "outage of 1 minute", "outage-10": "outage of 10 minutes",
    "outage-60": "outage of 60 minutes", "revoked": "tokens revoked", "expired": "tokens expired",
    "restarts": "rolling restart", "gateway": "502 for 5 minutes", "power-on": "power-on of all",
    "power-on-spread": "power-on, spread over 4 s",
}
COLUMNS = ("scenario", "devices", "attempts", "requests", "429s", "each", "50%", "99%", "all", "allowed", "late50",
           "late99", "latemax")
PICTURES = {
    "back.svg": ("Until they are back", (1, 2), "Seconds until 99 % of 10,000 devices are back",
                 "from when the platform can serve them; the waits of symfeed 0.1 and those of today; less is better"),
    "attempts.svg": ("Attempts", (1, 2), "Attempts of 10,000 devices in the worst second",
                     "the waits of symfeed 0.1 and those of today; less is better"),
}
PAGE = Page(HERE, "RESULTS.md", PICTURES, "make fleet", "test/fleet/fleet.py --draw", lambda row, column: column == 2)


def rows(text):
    """{(scenario, devices): {column: cell}}"""
    lines = [line.split() for line in text.splitlines()]
    return {(line[0], int(line[1])): dict(zip(COLUMNS, line)) for line in lines if len(line) == len(COLUMNS) and
            line[0] in NAMES}


def whole(cell):
    return f"{float(cell):,.0f}" if cell != "-" else ""


def table(heads, lines):
    return "\n".join(["| " + " | ".join(heads) + " |", "|---|" + "--:|" * (len(heads) - 1),
                      *("| " + " | ".join(line) + " |" for line in lines)])


def page(today, before, seconds):
    back = [[NAMES[name], whole(before[name, 10000]["99%"]), *(whole(today[name, 10000][column])
                                                              for column in ("99%", "50%", "all", "allowed"))]
            for name in NAMES]
    attempts = [[NAMES[name], whole(before[name, 10000]["attempts"]),
                 *(whole(today[name, 10000][column]) for column in ("attempts", "requests", "429s")),
                 before[name, 10000]["each"], today[name, 10000]["each"]] for name in NAMES]
    lone = [[NAMES[name], before[name, 1]["50%"], *(today[name, 1][column] for column in ("50%", "99%", "late50", "late99"))]
            for name in NAMES]
    every = [[NAMES[name], f"{devices:,}", *(whole(row[column]) for column in ("attempts", "requests", "429s")),
              *(row[column] for column in COLUMNS[5:])] for (name, devices), row in today.items() if devices > 1]
    return f"""<!-- SPDX-License-Identifier: Apache-2.0 -->
# A fleet of devices on one platform

Written by `make fleet` in {seconds:.0f} s, which also draws [back.svg](back.svg) and [attempts.svg](attempts.svg) from
these tables, and fails where a target is missed. `make fleet-short`, with 1,000 devices at most, is part of
`make check`.

| | |
|---|---|
| date | {results.now()} |
| commit | {results.commit("test/fleet", "RESULTS.md", *PICTURES)} |
| machine | {results.machine()} |

Each device is a whole feed of core/, with its default waits, in virtual time; the network takes 5 to 30 ms
each way. The platform has ten agents behind one address, and takes 400 requests, 200 new connections with TLS
and 100 sign-ins a second, those of one second at once; above that it answers 429 with `Retry-After: 1`. It
holds a read for 30 s, so that 10,000 devices at rest make 333 requests a second. A device gets an event every
five minutes on average; the simulation checks that none is lost. "Before" are the waits of symfeed 0.1 in the
same simulation.

The fault comes when all devices are reading. *Reset*: all connections, once. *Outage*: all connections are
reset, and new ones refused. *Revoked*: held reads are answered 401; *expired*: each next read is. *Rolling
restart*: one agent after the other is down for 20 s, every 30 s. *502*: a gateway's page to all requests. Power-on
is that of all devices within 100 ms, without and with `timers.start`.

## Until they are back

Seconds until a read of each of 10,000 devices is taken again, from when the platform can serve them. Allowed
are for 99 % the time that the platform needs (connections, sign-ins and requests by its limits, with the
reads of those that are back) and 60 s.

{table(("trouble", "99 % before", "99 % today", "50 %", "all", "allowed"), back)}

![Seconds until 99 % are back](back.svg)

## Attempts

In the worst second, of 10,000 devices. An attempt is a connection that is tried, or on a kept one a request
after a wait or to sign in; 3,333, a third of the devices, are allowed but for a power-on that is not spread.
The last two columns are attempts of each device until a minute after all are back.

{table(("trouble", "before", "today", "requests", "429", "each, before", "each"), attempts)}

![Attempts in the worst second](attempts.svg)

N devices that lose their agent together make N / `timers.backoff_first` attempts a second, and half of them
are back in half of it where the platform can serve them: half of N in 2 s takes N / 4 attempts a second. Where a
platform is meant for fewer, a fleet behind one address sets a longer first wait: with 9.5 s (`build/obj/test/fleet/fleet
--first 9500`) 10,000 devices make 1,200, and are back no later.

## A lone device

On a platform that has nothing else to do; of 2,000 of them. Half must be back in 2 s after a reset, a restart
or revoked tokens. Late is an event from when it is made, or when the platform can deliver it.

{table(("trouble", "50 % before", "50 %", "99 %", "event late 50 %", "event late 99 %"), lone)}

## All numbers of devices

{table(("trouble", "devices", "attempts", "requests", "429", "attempts each", "50 %", "99 %", "all", "allowed", "late 50 %",
        "late 99 %", "latest"), every)}
"""


def main():
    if sys.argv[1:] == ["--draw"]:
        PAGE.draw()
        return
    if len(sys.argv) != 2:
        sys.exit("fleet: give the program, build/obj/test/fleet/fleet")
    before = rows(read(os.path.join(HERE, "before.txt")))
    for devices in (1, 10000):  # nothing could be spread
        before["power-on-spread", devices] = before["power-on", devices]
    started = time.monotonic()
    done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=False, text=True)
    seconds = time.monotonic() - started
    print(done.stdout, end="")
    if done.returncode != 0:
        sys.exit("fleet: a target is missed")
    with open(os.path.join(HERE, PAGE.name), "w", encoding="utf-8") as file:
        file.write(page(rows(done.stdout), before, seconds))
    PAGE.draw()
    print(f"{seconds:.0f} s; see test/fleet/{PAGE.name}")


if __name__ == "__main__":
    main()
