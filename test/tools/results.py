# SPDX-License-Identifier: Apache-2.0
"""What pages of results have in common: when, of which commit, on which machine; and rows of a table.

Depends on: git, lscpu and /etc/os-release where they are there; else it says "none" or "unknown".
"""

import datetime
import os
import re
import subprocess


def said(*command):
    """What a command prints; nothing where it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def first(pattern, text):
    match = re.search(pattern, text, re.M)
    return match[1].strip() if match else "unknown"


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def commit(folder, *written):
    """Of the sources and of the test's own folder; `written` is what the test itself writes there."""
    changed = said("git", "status", "--porcelain", "--", "core", "port", "examples", "Makefile", folder,
                   *(f":!{folder}/{name}" for name in written))
    return (said("git", "rev-parse", "--short", "HEAD") or "none") + (" and changes" if changed else "")


def machine():
    cpus = said("lscpu")
    aes = "with" if re.search(r"^Flags:.*\baes\b", cpus, re.M) else "without"
    system = "unknown"
    if os.path.exists("/etc/os-release"):
        with open("/etc/os-release", encoding="utf-8") as file:
            system = first(r'^PRETTY_NAME="(.*)"', file.read())
    return (f"{first(r'^Model name:(.*)', cpus)}, {os.cpu_count()} processors {aes} AES instructions, "
            f"{os.uname().machine}, Linux {os.uname().release}, {system}; load {os.getloadavg()[0]:.0f}")


def row(*cells):
    return f"| {' | '.join(cells)} |\n"


def table(head, rows):
    return row(*head) + "|" + "---|" * len(head) + "\n" + "".join(row(*cells) for cells in rows)
