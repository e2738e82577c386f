#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Flash, RAM and stack of what make has built, held to a file of limits, and shown in two pages.

footprint --limits FILE --cortex-m4 PREFIX --armhf PREFIX --config NAME FOLDER ...: FOLDER/cortex-m4
has the objects of core/ (and gcc's call graphs of them, -fcallgraph-info=su), FOLDER/armhf a whole
static program, the map that its linker wrote, and the objects. Exits with 1 where a figure is above
its limit, where the stack has no bound, or where a page has other figures: --page all of them,
--summary those that somebody who chooses a library asks for; with another gcc than the limits are
of, all of this is printed as hints.

core.py looks at core/ alone, program.py at the linked program, stack.py and machine.py at its worst
stack, running.py at what it takes while it runs, and ram.py says where that goes.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import os
import re
import sys

import core
import ram
import running
import stack
from program import PARTS, Program, output_of

BEGIN, END = "<!-- made by make footprint-page -->", "<!-- end of what make footprint-page made -->"

# What is on the stack as long as the program runs.
ABOVE = ("_start", "__libc_start_main", "libc_start_main_stage2", "main")

# All that is known of one configuration: core/ on both targets, the program and what it has, its
# stack, and what it took as it ran.
Config = collections.namedtuple("Config", "name m4 arm program sizes graph worst runs groups written")


def measure(name, folder, prefixes, certificates, mbedtls):
    """All of one configuration; (Config, complaints)."""
    program = Program(prefixes[1], os.path.join(folder, "armhf"))
    present = {function.name for function in program.functions.values()}
    m4 = core.Core(prefixes[0], os.path.join(folder, "cortex-m4"), present)
    folder = os.path.join(folder, "armhf")
    arm = core.Core(prefixes[1], folder, present)
    sizes = core.figures(prefixes[1], folder, "client")
    graph = stack.Graph(program, stack.Table(), mbedtls)
    worst = graph.worst()
    arena = [piece.address for piece in program.pieces
             if piece.name == ".bss.arena" and piece.part == "command line"]
    runs = {}
    # Where records are small the arena is, too, and no place for keys of 4096 bits.
    small = sizes["record_in"] < 16384
    for run, (_, server, key, _) in running.RUNS.items():
        if (key is None or sizes["key_sign_in"]) and not (small and "rsa" in server):
            runs[run] = running.measure(program, run, certificates, arena[0], small)
    groups, written = ram.tables(program, arm, sizes, list(runs.values()))
    complaints = [f"{name}: core: {text}" for text in m4.complaints + arm.complaints]
    if not m4.stack:
        complaints.append(f"{name}: gcc has no call graph of core/ for the Cortex-M4")
    complaints += [f"{name}: {text}" for text in graph.complaints]
    complaints += [f"{name}: nobody calls {graph.name(address)}: say in pointers who may"
                   for address in sorted(graph.unreached())]
    return Config(name, m4, arm, program, sizes, graph, worst, runs, groups,
                  dict(zip(runs, written))), complaints


# -- the stack -------------------------------------------------------------------------------------


def signal(config):
    """What a signal takes at most, on top of anything: Linux's frame and the handler."""
    return stack.SIGNAL_FRAME + max((config.worst[handler][0]
                                     for handler in config.graph.listed("signal")), default=0)


def stack_of(config, *names):
    """(bytes, path) of the worst of these functions and below; (0, []) where there are none."""
    found = [config.worst[address] for address in config.graph.find(names)]
    return max(found, key=lambda way: way[0], default=(0, []))


def running_from(config):
    """(bytes, path) of the worst way from symfeed_posix_run() down; where that was inlined into main(),
    from main() down but for the wipe in the end."""
    if list(config.graph.find(["symfeed_posix_run"])):
        return stack_of(config, "symfeed_posix_run")
    worst = config.graph.worst(without=set(config.graph.find(["wipe_stack"])))
    return max((worst[address] for address in config.graph.find(["main"])), key=lambda way: way[0])


def follows(config):
    """(bytes, path) of the worst way of a program that follows a feed: from where it begins."""
    size, path = running_from(config)
    first = [(config.graph.frame[address], config.graph.name(address), address)
             for name in ABOVE
             for address in config.graph.find([name]) if address != path[0][2]]
    return sum(step[0] for step in first) + size, first + path


def of_part(config, part):
    """How much of that way is this part's."""
    functions = config.program.functions
    return sum(size for size, _, address in follows(config)[1] if functions[address].part == part)


def inside(config, part):
    """(bytes, path) of the worst way from any function of a part on."""
    return max((config.worst[address] for address, function in config.program.functions.items()
                if function.part == part), key=lambda way: way[0])


def check_stack(config):
    """What of the stack is not as it should be."""
    for name, run in config.runs.items():
        size = follows(config)[0] + signal(config)
        if run.stack > size:
            yield f"{config.name}: {name} used {run.stack} bytes of stack, {size} were computed"
    # What main() wipes in the end is to cover all that has been below it.
    wipes = stack_of(config, "wipe_stack")[0]
    below = running_from(config)[0] + signal(config)
    if wipes < below:
        yield (f"{config.name}: wipe_stack() wipes {wipes} bytes below main(), and {below} may have "
               "been used")


# -- the tables ------------------------------------------------------------------------------------


def number(value):
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else value


def table(head, rows, configs, columns=None):
    """Markdown; `rows` of (text, function of a Config)."""
    lines = ["| " + " | ".join([head] + [config.name for config in configs]) + " |",
             "|---" * (len(configs) + 1) + "|"]
    for text, figure in rows:
        values = [figure(config) for config in configs]
        if any(value is not None for value in values):
            lines.append("| " + " | ".join([text] + ["" if value is None else number(value)
                                                     for value in values]) + " |")
    return lines + [""]


def core_table(configs):
    return table("`core/` alone, bytes", (
        ("flash on Cortex-M4, all but the words for people", lambda it: it.m4.text),
        ("of it a client's that calls `symfeed_init()`, `symfeed_next()` and, where it is there, "
         "`symfeed_event_find()`, `symfeed_string()`", lambda it: it.m4.linked),
        ("the words for people (messages.c), where a program calls for them", lambda it: it.m4.words),
        ("flash on ARMv7 (armhf, Thumb-2), all but the words", lambda it: it.arm.text),
        ("data and bss, both", lambda it: it.m4.data + it.m4.bss + it.arm.data + it.arm.bss),
        ("deepest stack on Cortex-M4", lambda it: it.m4.stack),
        ("RAM of a feed, window 4096 and 128 tokens", lambda it: it.m4.ram["memory_usual"]),
        ("RAM of a feed, the smallest: window 1024, 32 tokens",
         lambda it: it.m4.ram["memory_smallest"])), configs)


def binary_table(configs):
    rows = [(part, lambda it, part=part: it.program.by_part()[part]) for part in PARTS]
    return table("static ARM program, bytes", rows + [
        ("ELF headers, up to a page before the variables", lambda it: it.program.by_part()["headers"]),
        ("**the file**, stripped", lambda it: it.program.stripped()),
        ("text, data, bss as `size` has them",
         lambda it: ", ".join(number(value) for value in it.program.size()))], configs)


def running_table(configs):
    def measured(member):
        return [(f"{{}}, {name}", lambda it, name=name: (
            getattr(it.runs[name], member) if name in it.runs else None)) for name in running.RUNS]
    rows = [(text.format("arena, most that was in use"), value) for text, value in measured("peak")]
    rows += [(text.format("stack, measured"), value) for text, value in measured("stack")]
    rows += [
        ("stack, computed: the worst way while a feed is followed",
         lambda it: follows(it)[0] + signal(it))]
    rows += [(f"– {part}", lambda it, part=part: of_part(it, part) or None) for part in PARTS]
    rows += [
        ("– a signal on top: Linux's frame and the handler", signal),
        ("stack, computed, of any command, `--help` among them",
         lambda it: stack_of(it, "_start")[0] + signal(it)),
        ("the deepest way through Mbed TLS, what it calls in the port included",
         lambda it: inside(it, "Mbed TLS")[0]),
        ("the deepest way through the port's `secure()`, its wipe of the stack included",
         lambda it: stack_of(it, "port_secure")[0]),
        ("the deepest way through the port's `connect()`", lambda it: stack_of(it, "port_connect")[0]),
        ("the deepest way through the port's `sign()`", lambda it: stack_of(it, "port_sign")[0] or None),
    ]
    rows += [(f"**written to**, whole pages, stack and all, {name}", lambda it, name=name:
              it.written.get(name)) for name in running.RUNS]
    rows += [
        ("resident (RSS), code included", lambda it: max(run.resident for run in it.runs.values()))]
    return table("static ARM program as it runs, bytes", rows, configs)


def ram_table(configs):
    lines = ["| every byte of RAM | " + " | ".join(config.name for config in configs) + " | written to |",
             "|---" * (len(configs) + 2) + "|"]
    first = configs[min(1, len(configs) - 1)]
    order, rows = [], collections.defaultdict(lambda: [""] * len(configs))
    written = {group.name: group.written for group in first.groups}
    for at, config in [(configs.index(first), first)] + list(enumerate(configs)):
        for group in config.groups:
            keys = [(group.name, None)] + [(group.name, name) for name, _ in group.rows]
            for key in keys:
                if key not in order:
                    same = [place for place, known in enumerate(order) if known[0] == key[0]]
                    order.insert(same[-1] + 1 if same else len(order), key)
            rows[keys[0]][at] = number(group.bytes)
            for key, (_, size) in zip(keys[1:], group.rows):
                rows[key][at] = number(size)
    for group, name in order:
        text = f"**{group}**" if name is None else f"– {name}"
        last = number(written.get(group, "")) if name is None else ""
        lines.append(f"| {text} | " + " | ".join(rows[(group, name)]) + f" | {last} |")
    total = [number(sum(group.bytes for group in config.groups)) for config in configs]
    lines.append("| **all** | " + " | ".join(total) + f" | {number(max(first.written.values()))} |")
    return lines + ["", f"*Written to* is of `{first.name}` with the chain that takes most: bytes on pages that were.", ""]


def markdown(configs, compiler):
    lines = [f"All of it with {compiler} at `-Os`; the program is static, of musl and Mbed TLS 3.6 from "
             "source, and optimised as a whole when it is linked (`-flto`): a function counts for the "
             "part whose source it is, with what was inlined into it.", ""]
    lines += core_table(configs) + binary_table(configs)
    lines += running_table(configs) + ram_table(configs)
    return "\n".join(lines)


def summary(configs, compiler):
    """The figures of README.md, of the configurations that it shows."""
    shown = [config for config in configs if config.name in ("default", "tiny")] or configs
    return "\n".join(table(f"32-bit ARM, {compiler} `-Os`, bytes", (
        ("code of `core/` alone (Cortex-M4)", lambda it: it.m4.text),
        ("RAM of a feed: window 4096, 128 JSON tokens", lambda it: it.m4.ram["memory_usual"]),
        ("the whole program, static: client, TLS and libc in one file",
         lambda it: it.program.stripped()),
        ("RAM that it writes to while it follows a feed, TLS and stack included",
         lambda it: it.written["EC P-256"]),
        ("the deepest stack, computed from the machine code",
         lambda it: follows(it)[0] + signal(it))), shown))


def modules(config):
    """Everything by file, for the terminal alone."""
    print(f"\n{config.name}: core/ by file, text on Cortex-M4 and on armhf")
    for name, row in config.m4.rows.items():
        print(f"  {name:24}{row[0]:8}{config.arm.rows[name][0]:8}")
    for part in PARTS[1:-1]:
        print(f"\n{config.name}: {part} by file, read only, data, bss on armhf")
        for name, row in sorted(config.program.by_file(part).items(), key=lambda item: -sum(item[1])):
            print(f"  {name:40}" + "".join(f"{size:8}" for size in row))
    for text, (size, path) in (("core", (config.m4.stack, [(size, name, 0) for size, name in
                                                           config.m4.path])),
                               ("a program that follows a feed", follows(config)),
                               ("Mbed TLS", inside(config, "Mbed TLS")),
                               ("any command", stack_of(config, "_start"))):
        print(f"\n{config.name}: worst stack of {text}: {size} bytes")
        for size, name, _ in path:
            print(f"  {size:8}  {name}")
    print(f"\n{config.name}: gcc and the machine code agree on {config.graph.agreed} frames of "
          f"{len(config.graph.known)}; no frame is read smaller than gcc has it")


# -- what it is held to ----------------------------------------------------------------------------


def figures(config):
    """{name in the file of limits: bytes}"""
    both = (config.m4, config.arm)
    return {"core-text": config.m4.text, "core-linked": config.m4.linked,
            "core-text-armhf": config.arm.text, "core-data": max(it.data for it in both),
            "core-bss": max(it.bss for it in both), "core-stack": config.m4.stack,
            "binary": config.program.stripped(), "bss": config.program.size()[2],
            "stack": follows(config)[0] + signal(config),
            "tls-stack": inside(config, "Mbed TLS")[0],
            "arena": max(run.peak for run in config.runs.values()),
            "written": config.written["EC P-256"],
            "written-rsa": max(config.written.values()),
            "resident": max(run.resident for run in config.runs.values())}


def read_limits(path):
    """(version of gcc that they are for, lines of three words)"""
    with open(path, encoding="utf-8") as file:
        lines = [line.split("#")[0].split() for line in file]
    lines = [words for words in lines if words]
    for words in lines:
        if len(words) != 3 or not words[2].isdigit():
            sys.exit(f"footprint: {path}: not CONFIG FIGURE BYTES: {' '.join(words)}")
    if not lines or lines[0][:2] != ["compiler", "gcc"]:
        sys.exit(f"footprint: {path}: does not begin with 'compiler gcc VERSION'")
    return lines[0][2], lines[1:]


def check_limits(path, limits, configs):
    """Complaints: figures above their limit, without one, and limits of nothing."""
    met = {at for at, words in enumerate(limits) if words[1] in figures(configs[0]) and
           not any(fnmatch.fnmatch(config.name, words[0]) for config in configs)}
    for config in configs:
        for name, value in figures(config).items():
            mine = [at for at, words in enumerate(limits)
                    if words[1] == name and fnmatch.fnmatch(config.name, words[0])]
            met.update(mine)
            if not mine:
                yield f"{config.name}: {name} is {value} and has no limit in {path}"
            for at in mine:
                if value > int(limits[at][2]):
                    yield (f"{config.name}: {name} is {value}, above the limit of {limits[at][2]} in "
                           f"{path}")
    for at, words in enumerate(limits):
        if at not in met:
            yield f"{path}: {' '.join(words)}: there is no such figure"


def check_pointers(configs):
    """Complaints: what the table of pointers says and no configuration has."""
    if "full" not in (config.name for config in configs):
        return
    tables = [config.graph.table for config in configs]
    lines = {("calls", *line) for line in tables[0].calls} | {
        ("frame", name) for name in tables[0].bounds} | {("rounds", name) for name in tables[0].rounds}
    used = {("calls", *line) if line in it.calls else line for it in tables for line in it.used}
    named = {name for names in tables[0].calls.values() for name in names} - {"-"}
    yield from sorted(f"pointers: {' '.join(line[1:])}: no configuration has use for this line"
                      for line in lines - used)
    yield from sorted(f"pointers: no configuration has {name}"
                      for name in named - set().union(*(it.found for it in tables)))


def is_near(one, other):
    """Whether two numbers of a page may pass for the same: another minor version of a compiler,
    signatures that are a few bytes longer in one handshake than in the next, a page more or less."""
    slack = max(256, 0.05 * max(one, other))
    return abs(one - other) <= (slack + 4096 if one % 4096 == other % 4096 == 0 else slack)


def check_page(path, text, write):
    """Complaints: where a page shows other figures than were measured."""
    with open(path, encoding="utf-8") as file:
        before, begin, rest = file.read().partition(BEGIN + "\n")
    old, end, after = rest.partition(END)
    if not begin or not end:
        return [f"{path}: there is no line {BEGIN if not begin else END}"]
    if write:
        with open(path, "w", encoding="utf-8") as file:
            file.write(before + begin + text + "\n" + end + after)
        return []
    figure = re.compile(r"\d+(?: \d{3})*")
    digits = lambda found: int(found.replace(" ", ""))
    said = re.search(r"gcc (\d+)", old)
    if said and said[1] != re.search(r"gcc (\d+)", text)[1]:
        print(f"\n{path} is of gcc {said[1]} and is not looked at")
        return []
    if figure.sub("#", old).strip() != figure.sub("#", text).strip():
        return [f"{path} has other rows than were measured: make footprint-page writes them"]
    far = [f"{one} for {other}" for one, other in zip(figure.findall(old), figure.findall(text))
           if not is_near(digits(one), digits(other))]
    return [f"{path} says {', '.join(far)}: make footprint-page corrects it"] if far else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("limits", "cortex-m4", "armhf", "certificates", "mbedtls", "page", "summary"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--write", action="store_true", help="write the figures into both pages")
    parser.add_argument("--config", nargs=2, action="append", required=True, metavar=("NAME", "FOLDER"))
    arguments = parser.parse_args()
    held, limits = read_limits(arguments.limits)
    os.makedirs(arguments.certificates, exist_ok=True)
    for group, _, keys, _ in running.RUNS.values():
        for name in filter(None, (group, keys)):
            running.certificates.create_more(arguments.certificates, name)
    prefixes = (arguments.cortex_m4, arguments.armhf)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(measure, name, folder, prefixes, arguments.certificates,
                            arguments.mbedtls)
                for name, folder in arguments.config]
        found = [job.result() for job in jobs]
    configs, complaints = [config for config, _ in found], [text for _, texts in found for text in texts]
    for config in configs:
        modules(config)
        complaints += check_stack(config)
    compiler = re.search(r"\) (\d+)\.", output_of(arguments.armhf + "gcc", "--version"))[1]
    text = markdown(configs, f"gcc {compiler}")
    print("\n" + text)
    complaints += check_pointers(configs)
    complaints += check_limits(arguments.limits, limits, configs)
    complaints += check_page(arguments.page, text, arguments.write)
    complaints += check_page(arguments.summary, summary(configs, f"gcc {compiler}"), arguments.write)
    if compiler != held:
        print(f"footprint: limits, stack and pointers are of gcc {held}; with gcc {compiler} all of these "
              "are hints")
    for complaint in dict.fromkeys(complaints):
        if compiler == held:
            print(f"footprint: {complaint}", file=sys.stderr)
        else:
            print(f"hint: {complaint}")
    sys.exit(1 if complaints and compiler == held else 0)


if __name__ == "__main__":
    main()
