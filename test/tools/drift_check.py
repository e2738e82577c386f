#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what stands in two places to be the same in both.

- The first program of README.md, its C block with a main(), is that of examples/first.c, which the
  tests compile.
- The man page has every command and signal of symfeed, and no other; every variable of the environment that
  the program reads or hands to a command, and every CA bundle that port/ looks for. Its list of options,
  and the completion for bash, are those of the tables in C.
- The man page's tables of codes are those of the lists in core/symfeed_port.h and port/symfeed_cause.h.
- One version in core/symfeed.h, the man page, CHANGELOG.md and the packages of examples/packaging.
- The pictures beside the sources of core/ are what `make states` would draw, and those of test/compare
  and test/fleet show the numbers of RESULTS.md there, as test/RESULTS.md does.
- Every file names its licence in one of its first lines, as SPDX has it.
"""

import glob
import re
import subprocess
import sys

import codes
import figures
import options as tables
import states
from c_source import read

sys.path[:0] = ["test/compare", "test/fleet"]
import pictures  # noqa: E402, of test/compare
import fleet  # noqa: E402

MAN = "examples/symfeed/symfeed.1"


def differ(what, here, there):
    """here, there: (name, set of words)."""
    return [f"{what} {word}: in {left[0]}, not in {right[0]}"
            for left, right in ((here, there), (there, here)) for word in sorted(left[1] - right[1])]


def man_words(pattern):
    """What stands in the items of the man page's lists."""
    return {word for item in re.findall(r"^\.It (.*)", read(MAN), re.M)
            for word in re.findall(pattern, item)}


def commands():
    paged = man_words(r"^Cm (\w+)") | set(re.findall(r"^\.Cm (version|help)\b", read(MAN), re.M))
    return differ("command", ("symfeed.c", {command.name for command in tables.commands()}), (MAN, paged))


def signals():
    handled = set(re.findall(r"\bSIG[A-Z0-9]+\b", read("examples/common/process.c")))
    handled -= {"SIGALRM", "SIGCHLD", "SIGPIPE", "SIGXFSZ"}  # nobody sends them to it from outside
    return differ("signal", ("process.c", handled), (MAN, man_words(r"\bSIG[A-Z0-9]+\b")))


def environment():
    sources = [read(path) for path in glob.glob("examples/symfeed/*.c") + glob.glob("examples/common/*.c") + glob.glob("port/*.c") + glob.glob("port/*/*.c")]
    used = set()
    for source in sources:
        if "getenv(" in source:
            used |= set(re.findall(r'getenv\("(\w+)"\)', source))
            used |= set(re.findall(r'"(\w*(?:https|no)_proxy)"', source, re.I))
        used |= set(re.findall(r'setenv\("(\w+)"', source))
        used |= set(re.findall(r'"(SYMFEED_(?:TYPE|ID|STREAM|TEXT))\b', source)) - {"SYMFEED_"}
    return differ("variable", ("the sources", used),
                  (MAN, {word for item in re.findall(r"^\.It Ev (.*)", read(MAN), re.M)
                         for word in re.findall(r"\w+", item)}))


def bundles():
    return differ("file", ("port/tls/trust.c", set(re.findall(r'^ *"(/\S+)",', read("port/tls/trust.c"), re.M))),
                  (MAN, set(re.findall(r"^\.It\n\.Pa (/\S+)$", read(MAN), re.M))))


def versions():
    header = read("core/symfeed.h")
    version = re.search(r'^#define SYMFEED_VERSION +"((\d+)\.(\d+)\.(\d+))"$', header, re.M)
    if not version:
        return ["core/symfeed.h: SYMFEED_VERSION is not three numbers with dots between"]
    number = int(version[2]) * 1000000 + int(version[3]) * 1000 + int(version[4])
    places = {
        "core/symfeed.h": re.findall(r"^#define SYMFEED_VERSION_NUMBER (\d+)$", header, re.M),
        MAN: re.findall(r"^\.Os symfeed (\S+)$", read(MAN), re.M),
        "CHANGELOG.md": re.findall(r"^## (\d\S*?)(?:,.*)?$", read("CHANGELOG.md"), re.M)[:1],
    }
    for path, pattern in (("buildroot/package/symfeed/symfeed.mk", r"^SYMFEED_VERSION = (\S+)$"),
                          ("openwrt/symfeed/Makefile", r"^PKG_VERSION:=(\S+)$")):
        path = "examples/packaging/" + path
        places[path] = re.findall(pattern, read(path), re.M)
    recipes = glob.glob("examples/packaging/yocto/*/symfeed/symfeed_*.bb")
    places["the Yocto recipe's name"] = re.findall(r"symfeed_([^_]+)\.bb$", " ".join(recipes))
    return [f"{path}: version {', '.join(found) or 'absent'}, not {version[1]}"
            for path, found in places.items() if found not in ([version[1]], [str(number)])]


def licences():
    """LICENSE itself is the licence's text, to the byte, and an input of test/fuzz any bytes."""
    files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           check=True).stdout.decode().split("\0")
    bad = []
    for path in files:
        if path in ("", "LICENSE") or path.startswith("test/fuzz/corpus/"):
            continue
        try:
            with open(path, encoding="utf-8") as file:
                head = [file.readline() for _ in range(7)]  # below a banner, too
        except FileNotFoundError:
            continue  # deleted, not committed yet
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in head):
            bad.append(f"{path}: no SPDX-License-Identifier at its top")
    return bad


def first_program():
    programs = [block for block in re.findall(r"^```c\n(.*?)^```$", read("README.md"), re.M | re.S)
                if "main(" in block]
    if not programs:
        return ["README.md: no C program with a main()"]
    if programs[0].strip() not in read("examples/first.c"):
        return ["README.md: its first program is not the text of examples/first.c"]
    return []


def main():
    complaints = first_program() + commands() + signals() + environment() + bundles() + versions()
    complaints += codes.drift()
    complaints += tables.drift()
    complaints += states.drift()
    complaints += pictures.drift() + fleet.PAGE.drift() + figures.drift()
    try:
        complaints += licences()
    except (OSError, subprocess.CalledProcessError):
        print("drift_check: not a git checkout, so the licences of files are not looked at")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print("README.md's program is that of examples/first.c; the man page and the completion are as the tables, each version and picture the same, each file with its licence")


if __name__ == "__main__":
    main()
