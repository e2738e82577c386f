# SPDX-License-Identifier: Apache-2.0
"""One table of where every byte of the running program's RAM goes.

What it promises: the rows of a group sum up to the group, and the groups to .data, .bss and what is
with them, the stack and what was mapped. Otherwise the run ends.
"""

import collections
import sys

from core import BUFFERS
from program import PARTS

# A group has bytes, bytes on pages that were written to, and rows of (name, bytes).
Group = collections.namedtuple("Group", "name bytes written rows")

FEW = 64

FEED = "memory of the feed"

POSIX = (("posix_port", "calls of the port"), ("posix_pem", "one block of a PEM file"),
         ("tls_peers", "names and sessions of servers"), ("tls_config", "mbedTLS's configuration"),
         ("tls_ssl", "mbedTLS's context"), ("tls_trust", "authorities"),
         ("tls_identity", "client certificate"), ("tls_pins", "pins"),
         ("posix_connection", "socket, addresses, cause"))


def filled(name, whole, rows, last):
    """The rows, and in the last one what they leave of the whole: never less than nothing."""
    left = whole - sum(size for _, size in rows)
    if left < 0:
        sys.exit(f"footprint: {name} has {whole} bytes, and its rows {whole - left}")
    return rows + ([(last, left)] if left else [])


def feed_rows(core, sizes):
    window, tokens = sizes["window"], sizes["tokens"]
    rows = [("event window", window),
            ("table of tokens", tokens * core.ram["token"])]
    rows += [(name, core.ram[figure]) for figure, name in BUFFERS if core.ram[figure]]
    return filled("the feed", sizes["client_memory"], rows, "alignment")


def arena_rows(sizes, runs):
    """By use, in the run that took most."""
    run = max(runs, key=lambda run: run.peak)
    record = sizes["record_in"] + sizes["record_out"]
    rows = [("record that comes in", sizes["record_in"]), ("record that goes out", sizes["record_out"]),
            ("kept between connections", run.kept),
            ("the connection", run.connected - run.kept - record),
            ("more while it is made", run.peak - run.connected)]
    return filled("the arena", sizes["arena"], rows, "never in use")


def folded(rows):
    """Rows, the largest first, and those that are hardly worth one as one."""
    few = [size for _, size in rows if size < FEW]
    rows = [row for row in rows if row[1] >= FEW]
    if not rows:
        return []
    return sorted(rows, key=lambda row: -row[1]) + (
        [(f"others, less than {FEW} each", sum(few))] if few else [])


def stack_group(run):
    return Group("stack", run.stack_pages, run.stack_pages, [
        ("used", run.stack), ("arguments, environment, rest of its pages", run.stack_pages - run.stack)])


def tables(program, core, sizes, runs):
    """(groups, the largest first, bytes written to by each of the runs). `runs` are of running.py; what counts is the
    most of any."""
    statics = [piece for piece in program.pieces if program.is_writable(piece.section)]
    special = {".bss.arena": "arena", ".bss.posix": "posix"}
    last = max(runs, key=lambda run: len(run.pages))
    written = lambda start, size: sum(
        max(0, min(start + size, page + 4096) - max(start, page)) for page in last.pages)
    groups = []
    for name, key in special.items():
        own = [piece for piece in statics if piece.name == name and piece.part == "command line"]
        if len(own) != 1 or own[0].size < sizes[key]:
            sys.exit(f"footprint: {name} of the command line is not one, or smaller than it was")
        statics.remove(own[0])
        if key == "arena":
            groups.append(Group("TLS arena", own[0].size, written(own[0].address, own[0].size),
                                filled("the arena", own[0].size, arena_rows(sizes, runs), "alignment")))
        else:
            rows = filled("struct symfeed_posix", own[0].size,
                          [(text, sizes[figure]) for figure, text in POSIX], "its other members")
            groups.append(Group("struct symfeed_posix", own[0].size,
                                written(own[0].address, own[0].size), rows))
    for part in PARTS:
        own = [piece for piece in statics if piece.part == part]
        rows = collections.Counter()
        for piece in own:
            symbol = piece.name.split(".")[2] if piece.name.count(".") > 1 else piece.name
            rows[piece.file.rsplit(".", 1)[0] if part in ("libc", "libgcc") else symbol] += piece.size
        if own:
            groups.append(Group(f"variables of {part}" if part != "alignment" else "between variables",
                                sum(rows.values()),
                                sum(written(piece.address, piece.size) for piece in own),
                                folded(rows.items())))
    data = sum(program.size()[1:])
    if sum(group.bytes for group in groups) != data:
        sys.exit(f"footprint: {sum(group.bytes for group in groups)} bytes of variables in the table, "
                 f"{data} in the program")
    # What the program does not have, and its pages do: before .data and behind .bss.
    beside = len([page for page in last.pages if last.data[0] <= page < last.data[1]]) * 4096 - sum(
        group.written for group in groups)
    groups.append(Group("rest of the pages of variables", last.data[1] - last.data[0] - data, beside, []))
    for start, size in last.mapped:
        if size < sizes["client_memory"] or any(group.name == FEED for group in groups):
            groups.append(Group("a heap, or other mapped memory", size, written(start, size), []))
            continue
        groups.append(Group(FEED, sizes["client_memory"], written(start, sizes["client_memory"]),
                            feed_rows(core, sizes)))
        groups.append(Group("text of an event, to be printed", size - sizes["client_memory"],
                            written(start + sizes["client_memory"], size - sizes["client_memory"]), []))
    groups.append(stack_group(last))
    touched = 4096 * len(last.pages) + groups[-1].bytes
    if sum(group.written for group in groups) != touched:
        sys.exit(f"footprint: {touched} bytes were written to, and "
                 f"{sum(group.written for group in groups)} in the table")
    return sorted(groups, key=lambda group: -group.bytes), [
        4096 * len(run.pages) + stack_group(run).bytes for run in runs]
