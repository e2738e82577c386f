#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py BUILD: what symfeed costs beside others on the same answers; see RESULTS.md, which it writes.

Each program follows a feed of ready answers (ready_agent.py) over TLS 1.2 on loopback, and measure.c counts
its processor time and its peak memory; the server's do not count. CPU is the slope between a short and a
long run, so that start and handshake drop out, and a ratio to the floor of the same round, so that a busy
machine weighs less. Guarantees: each run is checked for its exit status, for the events it took and for
the batches it acknowledged; nothing is written unless all is measured.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tools")]
import bars  # noqa: E402
import pictures  # noqa: E402
from results import commit, first, machine, now, row, said  # noqa: E402
import ready_agent as agent  # noqa: E402
import survive  # noqa: E402

PATIENCE = 120         # seconds that a run may take
CPU_BATCH = 100        # events a batch
CPU_RUNS = (10, 310)   # batches of the short and the long run
SLOW_RUNS = (2, 7)    # the same for a program that starts others for each batch
COUNTED_RUNS = (2, 12)  # the same under callgrind
ARM_RUNS = (2, 6)       # and under qemu
# events a batch (0: one event of 8 MB): batches
MEMORY_RUNS = {10: 20, 1000: 5, 10000: 2, 0: 1}
MEMORY_ROUNDS = 3
LIBC = re.compile(r"(linux-vdso|ld-linux|lib(c|m|dl|pthread|rt|resolv|util|anl)\.so)")

FLOOR = "Mbed TLS alone"
TAIL = "symfeed tail --json"
BY_TYPE = "symfeed, by type"
CURL = "libcurl + cJSON"
# Instructions for an event above those of the floor that --check allows, with -Os on x86-64: a tenth
# above what there was when this was written.
ALLOWED = {BY_TYPE: 21000, TAIL: 23000}


class Program:
    """command(build, server, reads, events) is what runs it; files are what has to be installed for it."""

    def __init__(self, name, command, *, files, does, runs=CPU_RUNS, counted=True, acknowledges=True, tables="CMS"):
        self.name, self.command, self.files, self.does = name, command, files, does
        self.runs, self.counted, self.acknowledges, self.tables = runs, counted, acknowledges, tables


def own(name):
    return lambda build: os.path.join(build, name)


def found(name):
    return lambda _build: shutil.which(name)


def follow(look):
    return lambda build, to, _reads, events: [
        f"{build}/obj/test/compare/follow", str(to.port), to.ca, to.token_file, str(events), look]


def peer(*start):
    return lambda build, to, _reads, _events: [
        part.format(build=build, here=HERE) for part in start] + [str(to.port), to.ca, to.token_file]


PROGRAMS = (
    Program(FLOOR, lambda build, to, reads, _events: [
        f"{build}/obj/test/compare/floor", str(to.port), to.ca, to.token_file, str(reads)],
            files=(own("obj/test/compare/floor"),), acknowledges=False,
            does="the floor: reads each answer by its Content-Length into a buffer of 16 KB and looks at nothing "
                 "(floor.c)"),
    Program("symfeed, counted", follow("counted"), files=(), tables="C",
            does="symfeed as a library: `symfeed_posix_next()` hands out each event, which is counted (follow.c). "
                 "Like the next two it checks all JSON, discards repeats and acknowledges each batch"),
    Program(BY_TYPE, follow("type"), files=(own("obj/test/compare/follow"),),
            does="the same, and counts events by `symfeed_event_type()`; its size is that of all three"),
    Program("symfeed, text", follow("text"), files=(), tables="C",
            does="the same, and has the plain text of each message by `symfeed_message_text()`"),
    Program(TAIL, lambda build, to, _reads, events: [
        f"{build}/symfeed", "tail", "--json", "-q", "--agent", f"https://localhost:{to.port}", "--ca", to.ca,
        "--session-token-file", to.token_file, "--tag", "compare", "--count", str(events)],
            files=(own("symfeed"),),
            does="the program: prints each event as a line of JSON, with a write() of its own; in the size are all "
                 "its commands"),
    Program(CURL, peer("{build}/obj/test/compare/curl_cjson"),
            files=(own("obj/test/compare/curl_cjson"),),
            does="one easy handle; each answer is collected in memory and parsed whole; counts events by type "
                 "(curl_cjson.c)"),
    Program("libcurl on Mbed TLS + cJSON", peer("{build}/obj/test/compare/curl_mbedtls"),
            files=(own("obj/test/compare/curl_mbedtls"),),
            does="the same program with a static libcurl 8 that has nothing but HTTPS, on the Mbed TLS that the floor "
                 "and symfeed have (libcurl.sh)"),
    Program("Node.js", peer("node", "{here}/node.js"), files=(found("node"), lambda _build: f"{HERE}/node.js"),
            counted=False,
            does="https with an agent that keeps its one connection; each answer is collected as a string for "
                 "JSON.parse; counts events by type (node.js)"),
    Program("curl + jq", peer("{here}/curl_jq.sh"),
            files=(found("curl"), found("jq"), lambda _build: f"{HERE}/curl_jq.sh"), runs=SLOW_RUNS, counted=False,
            does="a shell script: for each read a curl, with a connection of its own, and a jq, which prints each "
                 "event as a line of JSON (curl_jq.sh). Its memory is that of its largest process; the shell is not "
                 "in its size"),
)


SYMFEEDS = [program.name for program in PROGRAMS if program.name.startswith("symfeed")]


# --- runs -----------------------------------------------------------------------------------------

class Runner:
    def __init__(self, build, folder):
        self.build = build
        self.server = agent.Server(folder)
        self.output = os.path.join(folder, "output")

    def run(self, program, batches, count, wrapper, output):
        """Runs it on so many batches; what the wrapper has said."""
        self.server.begin(batches, count)
        done = subprocess.run(wrapper(output) + program.command(self.build, self.server, count, count * batches.size),
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            sys.exit(f"compare: {program.name}: {done.stdout}{done.stderr}")
        # A client may send its last acknowledgement and go; the next one must not meet it.
        if not self.server.idle.wait(PATIENCE):
            sys.exit(f"compare: {program.name}: its last connection does not end")
        acknowledged = count if program.acknowledges else 0
        if (self.server.sent, self.server.acknowledged) != (count, acknowledged):
            sys.exit(f"compare: {program.name}: {count} batches, of which {self.server.sent} were read and "
                     f"{self.server.acknowledged} acknowledged; {done.stderr}")
        return done

    def measure(self, program, batches, count, output=os.devnull):
        """(microseconds, kilobytes)"""
        done = self.run(program, batches, count, lambda output: [f"{self.build}/obj/test/compare/measure", output],
                        output)
        user, system, peak, status = map(int, done.stdout.split())
        if status != 0:
            sys.exit(f"compare: {program.name}: exit status {status}: {done.stderr}")
        return user + system, peak

    def instructions(self, program, batches, count):
        def valgrind(_output):
            return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]

        done = self.run(program, batches, count, valgrind, os.devnull)
        return int(re.search(r"Collected : (\d+)", done.stderr)[1])

    def check(self, program, events):
        """What the last run has printed is what it was to take: a count, or a line for each event."""
        with open(self.output, encoding="utf-8", errors="replace") as file:
            text = file.read()
        counted = re.match(r"(\d+) events", text)
        took = int(counted[1]) if counted else text.count("\n")
        if program.acknowledges and took != events:
            sys.exit(f"compare: {program.name}: took {took} of {events} events")


def cpu(runner, rounds):
    """(name, whether in ASCII): (microseconds an event, ratios to the floor), a value for each round."""
    both = {ascii: agent.Batches(CPU_BATCH, ascii) for ascii in (False, True)}
    times = {(program.name, ascii): [] for program in PROGRAMS for ascii in both}
    for number in range(rounds):
        for ascii, batches in both.items():
            for program in PROGRAMS:
                short, long = (runner.measure(program, batches, count)[0] for count in program.runs)
                times[program.name, ascii].append((long - short) / (program.runs[1] - program.runs[0]) / CPU_BATCH)
        print(f"compare: CPU, round {number + 1} of {rounds}", flush=True)
    return {(name, ascii): (values, [value / least for value, least in zip(values, times[FLOOR, ascii])])
            for (name, ascii), values in times.items()}


def instructions(runner, names=None):
    """name: instructions for an event, of these programs or of all that callgrind can count."""
    batches = agent.Batches(CPU_BATCH)
    short, long = COUNTED_RUNS
    return {program.name: (runner.instructions(program, batches, long) - runner.instructions(program, batches, short)) /
            (long - short) / CPU_BATCH
            for program in PROGRAMS if program.counted and (names is None or program.name in names)}


def check(build, folder):
    """Whether symfeed's own instructions for an event are within what is allowed, and its memory does not
    grow with the batch: by no more than a tenth, for page faults differ. Says how many."""
    runner = Runner(build, folder)
    counts = instructions(runner, (FLOOR, *ALLOWED))
    good = True
    for name, allowed in ALLOWED.items():
        own_count = counts[name] - counts[FLOOR]
        good = good and own_count <= allowed
        print(f"compare: {name}: {own_count:,.0f} instructions for an event above the floor's {counts[FLOOR]:,.0f}, "
              f"of {allowed:,} allowed")
    tail = next(program for program in PROGRAMS if program.name == TAIL)
    peaks = [runner.measure(tail, agent.Batches(size), count)[1] for size, count in MEMORY_RUNS.items() if size]
    print(f"compare: {TAIL}: peak memory {', '.join(f'{peak:,}' for peak in peaks)} KB for batches of "
          f"{', '.join(f'{size:,}' for size in MEMORY_RUNS if size)} events")
    return good and max(peaks) <= peaks[0] * 1.1


def memory(runner):
    """name: kilobytes for each of MEMORY_RUNS."""
    peaks = {program.name: [] for program in PROGRAMS if "M" in program.tables}
    for size, count in MEMORY_RUNS.items():
        batches = agent.Batches(size)
        for program in PROGRAMS:
            if program.name in peaks:
                found_peaks = []
                for _ in range(MEMORY_ROUNDS):
                    found_peaks.append(runner.measure(program, batches, count, runner.output)[1])
                    runner.check(program, count * batches.size)
                peaks[program.name].append(statistics.median(found_peaks))
        print(f"compare: memory, {size} events a batch" if size else "compare: memory, one event of 8 MB", flush=True)
    return peaks


def arm(build, libraries, folder):
    """name: instructions for an event of the 32-bit ARM programs, counted by qemu's plugin."""
    runner = Runner(build, folder)
    batches = agent.Batches(CPU_BATCH)
    found_counts = {}
    for program in PROGRAMS:
        if program.name in (*SYMFEEDS, FLOOR, CURL):
            counts = []
            for count in ARM_RUNS:
                done = runner.run(program, batches, count, lambda _output: [
                    "qemu-arm", "-cpu", "cortex-a7", "-L", libraries, "-plugin", f"{build}/count.so", "-d", "plugin"],
                    os.devnull)
                counts.append(int(first(r"^instructions: (\d+)$", done.stderr)))
            found_counts[program.name] = (counts[1] - counts[0]) / (ARM_RUNS[1] - ARM_RUNS[0]) / CPU_BATCH
    print("compare: instructions on ARM", flush=True)
    return found_counts


def survivors(build):
    """(head, rows): the programs, and what becomes of the events at each fault."""
    commands = {
        TAIL: lambda port, ca, token: [
            f"{build}/symfeed", "tail", "--json", "-q", "--agent", f"https://localhost:{port}", "--ca", ca,
            "--session-token-file", token, "--tag", "compare"],
        CURL: lambda port, ca, token: [f"{build}/obj/test/compare/curl_cjson", str(port), ca, token, "print"],
        "Node.js": lambda port, ca, token: ["node", f"{HERE}/node.js", str(port), ca, token, "print"],
        "curl + jq": lambda port, ca, token: [f"{HERE}/curl_jq.sh", str(port), ca, token, "forever"],
    }
    rows = survive.table(list(commands.values()))
    print("compare: survival", flush=True)
    return list(commands), rows


# --- sizes ----------------------------------------------------------------------------------------

def libraries(path):
    """The shared libraries that a program loads, but those of libc."""
    said = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    return {os.path.realpath(there) for name, there in re.findall(r"^\s*(\S+) => (/\S+)", said, re.M)
            if not LIBC.match(name)}


def stripped(path, folder):
    """Bytes of a file without its symbols; of a script as it is."""
    copy = os.path.join(folder, "stripped")
    shutil.copyfile(path, copy)
    with open(copy, "rb") as file:
        if file.read(4) == b"\x7fELF":
            subprocess.run(["strip", "--strip-unneeded", copy], check=True)
    return os.path.getsize(copy)


def sizes(build, folder):
    """name: (bytes of the program, bytes of its libraries, names of these)."""
    result = {}
    for program in PROGRAMS:
        if program.files:
            files = [file(build) for file in program.files]
            needed = set().union(*map(libraries, files))
            result[program.name] = (sum(stripped(os.path.realpath(file), folder) for file in files),
                                    sum(stripped(file, folder) for file in needed),
                                    sorted(os.path.basename(file).split(".so")[0] for file in needed))
    return result


# --- results --------------------------------------------------------------------------------------

def versions(build):
    """Of what takes part: packages as Debian's tools name them, and the compiler."""
    paths = [shutil.which(tool) for tool in ("node", "curl", "jq")]
    for program in ("follow", "curl_cjson"):
        paths += [path for path in libraries(f"{build}/obj/test/compare/{program}")
                  if re.search(r"lib(mbedtls|curl|cjson|ssl)\b", path)]
    packages = {said("dpkg", "-S", path).partition(": ")[0] for path in paths}
    found_versions = {said("dpkg-query", "-W", "-f", "${source:Package} ${Version}", package) for package in packages}
    built = []
    for name, header, macro in (("curl", "curl/curlver.h", "LIBCURL_VERSION"),
                                ("mbedtls", "mbedtls/build_info.h", "MBEDTLS_VERSION_STRING")):
        with open(os.path.join(build, "..", f"{name}-source", "include", header), encoding="utf-8") as file:
            built.append(name + " " + first(rf'^#define {macro} +"(?:Mbed TLS )?([^"]*)"', file.read()))
    return (", ".join([*sorted(found_versions - {""}), said("cc", "--version").partition("\n")[0]])
            + "; from source " + ", ".join(built))


def significant(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def middle(values, ratios):
    """Median and spread of the ratios and median of the values, as they are written."""
    spread = f"{significant(min(ratios))} to {significant(max(ratios))}" if max(ratios) > min(ratios) else ""
    return significant(statistics.median(ratios)), spread, significant(statistics.median(values))


def written(build, when, measured, rounds):
    times, counts, peaks, needs, on_arm, survival, seconds = measured
    sizes_of_events = [agent.Batches(CPU_BATCH, ascii).event_bytes for ascii in (False, True)]
    text = f"""<!-- SPDX-License-Identifier: Apache-2.0 -->
# symfeed beside others

Written by `make compare`, which also draws [size.svg](size.svg), [cpu.svg](cpu.svg) and
[memory.svg](memory.svg) from these tables.

| | |
|---|---|
| date | {when[0]} |
| commit | {when[1]} |
| machine | {machine()} |
| versions | {versions(build)} |
| built | with -O2, as Debian builds its packages; all of it took {seconds / 60:.0f} minutes |

All programs read the same bytes from the same server: list, create, then one read after the other,
each with the ackId of the answer before. The server sends answers that it made before the run, over
TLS 1.2 with {agent.CIPHER} on loopback; what it costs does not count. The events are
of all 17 types and {sizes_of_events[0]:,.0f} bytes on average, in UTF-8, as an Agent sends them; many have characters beyond
ASCII. For CPU they are also sent in ASCII, with these as `\\u` escapes and {sizes_of_events[1]:,.0f} bytes on average.

## CPU

Processor time of the client, user and system, for an event in batches of {CPU_BATCH}, without start and
handshake. The columns UTF-8 and ASCII are times that of the floor in the same round: median of {rounds} rounds,
and spread from the least to the most. Instructions (UTF-8) are those of the program itself, without the
kernel, counted by callgrind, which knows neither JavaScript nor children.

| program | UTF-8 | spread | µs | ASCII | spread | µs | instructions |
|---|--:|--:|--:|--:|--:|--:|--:|
"""
    for program in PROGRAMS:
        count = counts.get(program.name)
        text += row(program.name, *middle(*times[program.name, False]), *middle(*times[program.name, True]),
                    f"{count:,.0f}" if count else "")
    text += """
TLS counts in all rows. The floor, symfeed and one libcurl have Mbed TLS of this Debian; the other libcurl,
Node.js and curl have OpenSSL, whose AES-GCM needs a fraction of its instructions, so that a whole client on
it can come near that floor, and below symfeed. Compare those with symfeed for what a package of Debian
costs, and libcurl on Mbed TLS for what the client costs. libcurl + cJSON collects answers of about 128 KB
here, the size from which glibc keeps memory instead of giving it back to the kernel after each batch, so
that its two columns differ.
"""
    if on_arm:
        text += f"""
## 32-bit ARM

Instructions for an event (UTF-8, {CPU_BATCH} a batch), without those of the kernel, counted under qemu as a
Cortex-A7, which has no AES instructions. The floor and symfeed are static programs with Mbed TLS 3.6 and
musl, as `make firmware` builds them; libcurl is that of Debian 13, with OpenSSL and its NEON code.

| program | instructions | times the floor |
|---|--:|--:|
"""
        for name, count in on_arm.items():
            text += row(name, f"{count:,.0f}", f"{count / on_arm[FLOOR]:.2f}")
    text += f"""
## Memory

Peak of the resident memory in MB (10^6 bytes), shared libraries included, by events a batch; the last
column is a batch of one event of 8 MB. symfeed hands that out cut to its window of 16 KB; the others
have it whole. Median of {MEMORY_ROUNDS} runs.

| program | {' | '.join(f'{size:,}' if size else '8 MB' for size in MEMORY_RUNS)} |
|---|{'--:|' * len(MEMORY_RUNS)}
"""
    for name, kilobytes in peaks.items():
        text += row(name, *(f"{value * 1024 / 1e6:.1f}" for value in kilobytes))
    text += """
## Size

MB (10^6 bytes) of the stripped files of each program and of the shared libraries that it loads, but
those of libc. All are of this machine's processor; the static ARM program of symfeed has its own figures
in port/FOOTPRINT.md. Debian's libcurl has every protocol and authentication; one that is built for HTTPS alone
needs a fraction of that.

| program | all | program | libraries |
|---|--:|--:|---|
"""
    for name, (program, shared, names) in needs.items():
        shown = ", ".join(names) if len(names) <= 4 else f"{len(names)} of them"
        text += row(name, f"{(program + shared) / 1e6:.2f}", f"{program / 1e6:.2f}",
                    f"{shared / 1e6:.2f}" + (f": {shown}" if names else ""))
    head, rows = survival
    text += f"""
## Survival

What becomes of the events when a fault hits a program that follows a feed: "whole" when each was printed
once; how many were lost, or were printed again; "hangs" when no later event came for {survive.PATIENCE} s; "ends" when
the program did. The peers are written as their documentation and the agent's say (see below): they
retry after a wait, make another feed after a 400 where none is listed, and read the token again after a
401. The faults are those of survive.py.

"""
    text += row("fault", *head) + f"|---|{'---|' * len(head)}\n"
    for cells in rows:
        text += row(*cells)
    text += "\n## What each program does\n\n"
    for program in PROGRAMS:
        text += f"- **{program.name}**: {program.does}.\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", help="the folder that make has built in")
    parser.add_argument("--arm", nargs=2, metavar=("BUILD", "LIBRARIES"), help="the same for ARM, and libcurl's root")
    parser.add_argument("--check", action="store_true", help="only hold symfeed to its instructions")
    parser.add_argument("--rounds", type=int, default=5, help="rounds for CPU")
    parser.add_argument("--out", default=HERE, help="folder for RESULTS.md and the pictures")
    arguments = parser.parse_args()
    started = time.monotonic()
    when = (now(), commit("test/compare", "*.svg", "RESULTS.md"))
    with tempfile.TemporaryDirectory() as folder:
        if arguments.check:
            sys.exit(0 if check(arguments.build, folder) else 1)
        runner = Runner(arguments.build, folder)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            surviving = pool.submit(survivors, arguments.build)  # which waits most of the time
            needs = sizes(arguments.build, folder)
            peaks = memory(runner)
            counts = instructions(runner)
            print("compare: instructions", flush=True)
            on_arm = arm(*arguments.arm, folder) if arguments.arm else {}
            survival = surviving.result()
        times = cpu(runner, arguments.rounds)
        measured = (times, counts, peaks, needs, on_arm, survival, time.monotonic() - started)
    if runner.server.ciphers != {(agent.CIPHER, "TLSv1.2")}:
        sys.exit(f"compare: not one cipher suite: {runner.server.ciphers}")
    with open(os.path.join(arguments.out, pictures.RESULTS), "w", encoding="utf-8") as file:
        file.write(written(arguments.build, when, measured, arguments.rounds))
    pictures.draw(arguments.out)
    print(bars.read(os.path.join(arguments.out, pictures.RESULTS)))


if __name__ == "__main__":
    try:
        main()
    except subprocess.TimeoutExpired as error:
        sys.exit(f"compare: {error.cmd[0]} did not end in {error.timeout:.0f} s")
