# SPDX-License-Identifier: Apache-2.0
"""What the program takes while it runs: under qemu-arm, over TLS, against the agent simulator.

The stack is painted before the first instruction, by qemu's own memory; what is changed later was
used. The pages that were written to are those of the process that the kernel has made for it. mbedTLS's
arena is walked piece by piece. The program is the very one whose size is measured.
"""

import collections
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "simulator"))

# Modules of the simulator.
import certificates  # noqa: E402
import events  # noqa: E402
from agent import Agent  # noqa: E402

PAGE = 4096
PATIENCE = 60
CALM = 20 # readings in a row that are the same
PAINT = 0xA5
PAINTED = 96 * 1024  # below where the program begins; more than it may ever use
EVENTS = 1000        # in one batch, or
FEW = 100            # two at a time, where records have to be small: the simulator keeps them no smaller

# name: (group and name of the server's chain, group and name of the key to sign in by)
RUNS = {
    "EC P-256": ("chains", "good-ec-chain", None, None),
    "RSA 4096": ("rsa4096", "good-rsa4096", None, None),
    "RSA 4096, signs in by a key of 4096 bits": ("rsa4096", "good-rsa4096", "keys-large", "rsa4096"),
}

# stack        bytes below where it begins that were used
# stack_pages  bytes of pages of the stack that were written to, arguments and environment included
# pages        addresses of all other pages that were written to
# data         where the pages of the variables begin and end
# mapped       (address, bytes) of other memory that may be written to: a heap, what was mapped
# resident     bytes of pages in memory, the program's code included
# peak         most bytes of the arena that were in use
# connected    bytes of it in use with a connection, kept: without one
Run = collections.namedtuple("Run", "stack stack_pages pages data mapped resident peak connected kept")


class Debugger:
    """As much of gdb's remote protocol as it takes to begin, and to end by a signal. In between it stays: a
    qemu of 2025 ends when its debugger leaves."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        self.socket.settimeout(PATIENCE)

    def send(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())

    def answer(self):
        answer = b""
        while not re.search(rb"\$[^#]*#..", answer):
            more = self.socket.recv(4096)
            if not more:
                sys.exit("footprint: qemu-arm has ended before the program")
            answer += more
        self.socket.sendall(b"+")
        return re.search(rb"\$([^#]*)#", answer)[1].decode()

    def stack_pointer(self):
        self.send("g")
        return struct.unpack("<I", bytes.fromhex(self.answer()[13 * 8:14 * 8]))[0]

    def go(self):
        self.send("c")

    def pass_signals(self):
        """Until the program has ended."""
        stopped = self.answer()
        while stopped[0] in "TS":
            self.send("C" + stopped[1:3])
            stopped = self.answer()


class Process:
    """The program under qemu-arm, its memory as it sees it itself."""

    def __init__(self, program, arguments, folder):
        path = os.path.join(folder, "debugger")
        self.child = subprocess.Popen(
            ["qemu-arm", "-g", path, program.path, *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
        self.lines, self.text = 0, b""
        self.changed = threading.Condition()
        self.readers = [threading.Thread(target=reader, daemon=True)
                        for reader in (self._count, self._gather)]
        for reader in self.readers:
            reader.start()
        try:
            self.debugger = Debugger(path)
            self.memory = open(f"/proc/{self.child.pid}/mem", "r+b", buffering=0)
            whole = os.path.realpath(program.path)
            self.base = next(row.start for row in self.maps() if row.path == whole) - (
                min(address for address, _, _ in program.sections.values()) & -PAGE)
            self.begin = self.debugger.stack_pointer()
            self.write(self.begin - PAINTED, bytes([PAINT]) * PAINTED)
            self.debugger.go()
        except BaseException:
            self.end()
            raise

    def _count(self):
        for _ in self.child.stdout:
            with self.changed:
                self.lines += 1
                self.changed.notify_all()

    def _gather(self):
        for line in self.child.stderr:
            self.text += line

    def wait_for(self, lines):
        with self.changed:
            if not self.changed.wait_for(lambda: self.lines >= lines, PATIENCE):
                sys.exit(f"footprint: {self.lines} of {lines} events came: {self.text.decode()}")

    def maps(self):
        """What the process has mapped, with the kernel's figures in bytes."""
        row = collections.namedtuple("Row", "start end mode path figures")
        found = []
        with open(f"/proc/{self.child.pid}/smaps", encoding="utf-8") as file:
            for line in file:
                head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line)
                if head:
                    found.append(row(int(head[1], 16), int(head[2], 16), head[3], head[4], {}))
                elif line.endswith(" kB\n"):
                    name, value = line.split(":")
                    found[-1].figures[name] = int(value.split()[0]) * 1024
        return found

    def guest(self):
        """The same of what is the program's, where it sees it."""
        return [row._replace(start=row.start - self.base, end=row.end - self.base)
                for row in self.maps() if 0 <= row.start - self.base < 1 << 32]

    def written(self, start, end):
        """The pages from start to end that were written to: present or swapped out, and the
        process's alone (Documentation/admin-guide/mm/pagemap.rst). A page that was only read is
        shared with all who have read one."""
        with open(f"/proc/{self.child.pid}/pagemap", "rb") as file:
            file.seek((self.base + start) // PAGE * 8)
            entries = struct.unpack(f"={(end - start) // PAGE}Q", file.read((end - start) // PAGE * 8))
        return [start + PAGE * at for at, entry in enumerate(entries)
                if entry >> 62 & 1 or entry >> 63 and entry >> 56 & 1 and not entry >> 61 & 1]

    def read(self, address, size):
        self.memory.seek(self.base + address)
        return self.memory.read(size)

    def write(self, address, data):
        self.memory.seek(self.base + address)
        self.memory.write(data)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        self.debugger.pass_signals()
        status = self.child.wait(PATIENCE)
        for reader in self.readers:
            reader.join(PATIENCE)
        if status != 0:
            sys.exit(f"footprint: symfeed left with {status}: {self.text.decode()}")

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()


def in_use(process, arena):
    """Bytes of mbedTLS's arena that are in use now, with what it keeps about each piece: mbedTLS
    begins each with two marks, its size, whether it is given out, and its neighbours."""
    head = struct.Struct("<8I")
    used, at = 0, (arena + 7) & ~7
    while at:
        first, size, given, _, at_next, _, _, last = head.unpack(process.read(at, head.size))
        if (first, last) != (0xFF00AA55, 0xEE119966):
            sys.exit("footprint: mbedTLS's arena is not as memory_buffer_alloc.c lays it out")
        used += (size + head.size) * (given != 0)
        at = at_next
    return used


def measure(program, name, folder, arena, small):
    """Makes one of RUNS. `arena` is the address of mbedTLS's memory; `small`: a record that comes may
    not have the full size."""
    group, server, keys, key = RUNS[name]
    certificate = certificates.create_more(folder, group)[server]
    users, by = {}, None
    if keys:
        made = certificates.create_more(folder, keys)
        users, by = {"bot": made[f"{key}-public"]}, made[f"{key}-pkcs8"]
    with tempfile.TemporaryDirectory() as scratch, Agent(
            certificate=certificate[0], key=certificate[1], tokens_directory=scratch,
            users=users, batch_limit=2 if small else None) as agent:
        arguments = ["tail", "--agent", agent.url, "--ca", certificates.ca_path(folder, server),
                     "--json", "--stats"]
        if by:
            arguments += ["--user", "bot", "--rsa-key", by, "--pod", agent.pod_url,
                          "--key-manager", agent.key_manager_url]
        else:
            arguments += ["--session-token-file", os.path.join(scratch, "session-token"),
                          "--km-token-file", os.path.join(scratch, "km-token")]
        process = Process(program, arguments, scratch)
        try:
            return look_at(process, program, agent, arena, FEW if small else EVENTS)
        finally:
            process.end()


def look_at(process, program, agent, arena, count):
    stream = events.stream_of(0)
    if count == FEW:
        stream = (event for event in stream if len(event) < 1500)
    agent.push_to_new_feeds([next(stream) for _ in range(count)])
    process.wait_for(count)
    connected = in_use(process, arena)
    # The port closes first: a handshake that does not complete would make symfeed drop its session.
    agent.fault(on="connect", refuse=-1)
    agent.stop()
    deadline = time.monotonic() + PATIENCE
    kept, calm = connected, 0
    # Once the agent is gone for good: for a moment a connection may still be on its way in or out.
    while kept >= connected / 2 or calm < CALM:
        if time.monotonic() > deadline:
            sys.exit("footprint: symfeed does not let go of its connection")
        time.sleep(0.05)
        before, kept = kept, in_use(process, arena)
        calm = calm + 1 if kept == before else 0
    data = [(address, address + size) for address, size, flags in program.sections.values()
            if "W" in flags]
    data = (min(start for start, _ in data) & -PAGE, -(-max(end for _, end in data) // PAGE) * PAGE)
    pages, mapped, resident, stack_end = [], [], 0, 0
    for row in process.guest():
        resident += row.figures["Rss"]
        if row.start < process.begin < row.end:
            stack_end = row.end
            resident -= row.figures["Rss"]
        elif data[0] <= row.start < data[1]:
            pages += process.written(row.start, row.end)
        elif "w" in row.mode:
            pages += process.written(row.start, row.end)
            mapped.append((row.start, row.end - row.start))
    painted = process.read(process.begin - PAINTED, PAINTED)
    stack = PAINTED - next((at for at, byte in enumerate(painted) if byte != PAINT), PAINTED)
    stack_pages = stack_end - (process.begin - stack & -PAGE)
    process.stop()
    stats = json.loads(next(line for line in process.text.decode().splitlines()
                            if line.startswith("{")))
    if stats["events"] != count:
        sys.exit(f"footprint: {stats['events']} of {count} events came")
    return Run(stack, stack_pages, pages, data, mapped, resident + stack_pages, stats["heap_peak"],
               connected, kept)
