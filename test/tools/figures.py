#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""figures.py MAKE [TARGET]...: what is proven and measured, on one page, test/RESULTS.md.

Runs these targets and takes their figures from what they print. The rows of other targets stay, each
with its date and commit, unless another machine made them. Figures that have a page of their own are
taken from there. Nothing is written if a target fails.
"""

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from results import commit, first, machine, now, table  # noqa: E402

PAGE = "test/RESULTS.md"
HEAD = ("what", "found", "by", "date", "commit")


def sequences(output):
    """They are printed for each kind of client, and by halves."""
    counts = re.findall(r"^(.*): (\d+) sequences of (\d+) answers$", output, re.M)
    total = sum(int(count) for _, count, _ in counts)
    return counts and (f"{total:,} sequences of {counts[0][2]} answers to {len({name for name, *_ in counts})} kinds "
                       "of client: none breaks an invariant")


def found(*patterns, form="{}"):
    """What the patterns have in brackets, put into `form`."""
    def find(text):
        matches = [re.search(pattern, text, re.M) for pattern in patterns]
        return form.format(*(group for match in matches for group in match.groups())) if all(matches) else None
    return find


# Target: what its figure shows, and how it is found in what the target prints.
TARGETS = {
    "prove": ("parsers of network, files and options stay in their memory, but those that SECURITY.md names",
              found(r"^prove: (.*?);")),
    "sequences": ("no answers make it lose an event, acknowledge one early, spin, or stop", sequences),
    "coverage": ("unit tests and simulation reach all of core, but for 32-bit and big-endian words in `SYMFEED_FAST`", found(
        r"^coverage: (.* lines)", r"^coverage: (.* branches)", r"^coverage: (\d+ of \d+ conditions.*?), ", form="{}, {}, {}")),
    "mutants": ("they notice a change of one token in core", found(r"^mutate: (.*?);")),
    "fuzz": ("hostile bytes find nothing", found(r"^fuzz: (.*)$")),
    "soak": ("it loses nothing and does not grow, through TLS and a proxy", found(
        r"^events (\d+)$", r"^faults (\d+) of (\d+ kinds)", r"^lost (\d+)", r"^repeated within .* events (\d+)",
        r"^drift of memory (\d+ pieces, \d+ kB)", r"^drift of descriptors (\d+)",
        form="{} events, {} faults of {}: {} lost, {} repeated; drift of memory {}, of descriptors {}")),
    "out-of-memory": ("the first allocation of each chain of calls in Mbed TLS may fail", found(
        *(rf"^out of memory, {kind}: (\d+) allocations failed, .*recovered (\d+).*events lost (\d+)" for kind in ("arena", "heap")),
        form="in the arena {} failed, recovered {}, lost {}; on the heap {}, {}, {}")),
}
# Target: what its figures show, its own page, and how they are found there.
PAGES = {
    "fleet": ("what devices behind one address do to a platform", "test/fleet/RESULTS.md", found(
        r"^\| outage of 60 minutes \| [\d,]+ \| (\d+) \| .* \| (\d+) \|$", r"^\| outage of 60 minutes \| [\d,]+ \| ([\d,]+) \|.*\.\d \|$",
        form="after an outage of an hour 99 % of 10,000 are back in {0} s of {1} allowed, with {2} attempts in the worst second")),
    "board": ("the alarm on a board", "test/board/RESULTS.md", found(
        r"^\| power-on to the first event.*? \| (.*?) \|", r"^\| peak RSS of the alarm \| (\d+ kB)",
        form="{} from power-on to the first event, peak RSS {}")),
    "compare": ("processor time of an event, times that of Mbed TLS alone", "test/compare/RESULTS.md", found(
        *(rf"^\| {name} \| ([\d.]+) \|.*?\| ([\d.]+) \| [\d.]+ to" for name in (
            "symfeed, by type", "symfeed tail --json", r"libcurl on Mbed TLS \+ cJSON")),
        form="by type {} in UTF-8 and {} in ASCII, `tail --json` {} and {}, libcurl on Mbed TLS with cJSON {} and {}")),
}


def kept(here):
    """Rows by what made them, if that was this machine, each with the words that it has now."""
    if not os.path.exists(PAGE):
        return {}
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    if f"| machine | {here} |" not in text:
        return {}
    rows = [row.split(" | ") for row in re.findall(r"^\| (.*) \|$", text, re.M)]
    words = {f"`make {target}`": what for target, (what, _) in TARGETS.items()}
    return {row[2]: [words.get(row[2], row[0]), *row[1:]] for row in rows if len(row) == len(HEAD)}


def run(make, target):
    """The row of a target."""
    what, find = TARGETS[target]
    source = commit("test", "RESULTS.md", "*/RESULTS.md", "*.svg")
    output = ""
    with subprocess.Popen([make, target], stdout=subprocess.PIPE, text=True) as process:
        for text in process.stdout:
            print(text, end="", flush=True)
            output += text
    figure = process.returncode == 0 and find(output)
    if not figure:
        sys.exit(f"figures: make {target} fails, or prints no figure")
    return [what, figure, f"`make {target}`", now(), source]


def on_page(target):
    """The row of a target that has a page."""
    what, page, find = PAGES[target]
    with open(page, encoding="utf-8") as file:
        text = file.read()
    figure = find(text)
    if not figure:
        sys.exit(f"figures: {page} has no figure")
    return [f"[{what}]({os.path.relpath(page, 'test')})", figure, f"`make {target}`", first(r"^\| date \| (.*?) \|$", text),
            first(r"^\| commit \| (.*?) \|$", text)]


def drift():
    """Complaints about figures of pages that are others there."""
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    return [f"{PAGE}: not as in {PAGES[target][1]}: run 'make results RESULTS='" for target in PAGES
            if table(HEAD, [on_page(target)]).splitlines()[-1] not in text]


def main():
    make, *targets = sys.argv[1:]
    here = machine().rpartition(";")[0]
    rows = kept(here)
    for target in targets:
        rows[f"`make {target}`"] = run(make, target)
    rows.update((f"`make {target}`", on_page(target)) for target in PAGES)
    ordered = [rows[name] for name in (f"`make {target}`" for target in (*TARGETS, *PAGES)) if name in rows]
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(f"""<!-- SPDX-License-Identifier: Apache-2.0 -->
# What is proven and measured

Written by `make results`. The last three rows come from their own commands and pages. `RESULTS="prove soak"` updates
only those rows. Flash, RAM and stack are in [port/FOOTPRINT.md](../port/FOOTPRINT.md): `make check` holds each figure
to within 5 % or 256 bytes of what it measures, and to test/limits.

| | |
|---|---|
| machine | {here} |

{table(HEAD, ordered)}""")


if __name__ == "__main__":
    main()
