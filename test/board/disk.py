# SPDX-License-Identifier: Apache-2.0
"""A disk with a write cache, for qemu by NBD: what a power cut leaves of it, and what any cut would.

Depends on: the NBD protocol (fixed newstyle, simple replies); e2fsck and debugfs to look into what is left.
Guarantees: what was written and not flushed is gone after `cut`, as with a real disk's cache.
"""

import os
import re
import socket
import struct
import subprocess
import threading

import image

READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
HAS_FLAGS, CAN_FLUSH = 1, 4
SECTOR = 512


class Disk:
    """`uri`: for qemu; `requests`: what was recorded, (offset, bytes) for a write and None for a flush."""

    def __init__(self, folder, megabytes=8):
        path = os.path.join(folder, "disk")
        image.disk(path, megabytes)
        self._durable = bytearray(image.read(path))
        self._cached = bytearray(self._durable)
        self._lock, self.requests, self.before = threading.Condition(), None, None
        self._stop_at, self.reached = None, threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        address = os.path.join(folder, "nbd")
        self._listener.bind(address)
        self._listener.listen(1)
        self.uri = f"nbd+unix:///?socket={address}"
        threading.Thread(target=self._serve, daemon=True).start()

    # --- what a test orders ---

    def record(self, stop_at=None):
        """Notes requests from now on. The one of that number, from 0, is never answered: `reached` is set."""
        with self._lock:
            self.before, self.requests, self._stop_at = bytes(self._durable), [], stop_at
            self.reached.clear()

    def recorded(self):
        with self._lock:
            requests, self.requests, self._stop_at = self.requests, None, None
            return self.before, requests

    def cut(self):
        """The power is gone, and the cache with it."""
        with self._lock:
            self._cached = bytearray(self._durable)
            self.requests, self._stop_at = None, None

    # --- NBD ---

    def _serve(self):
        while True:
            connection, _ = self._listener.accept()
            try:
                self._greet(connection)
                self._answer_requests(connection)
            except OSError:
                pass  # qemu has ended
            connection.close()

    @staticmethod
    def _take(connection, size):
        data = connection.recv(size, socket.MSG_WAITALL)
        if len(data) < size:
            raise OSError("the end")
        return data

    def _greet(self, connection):
        connection.sendall(b"NBDMAGICIHAVEOPT" + struct.pack(">H", 1))
        self._take(connection, 4)
        while True:
            _, option, size = struct.unpack(">8sII", self._take(connection, 16))
            self._take(connection, size) if size else b""
            if option == 1:  # NBD_OPT_EXPORT_NAME: all that qemu needs where the others are refused
                connection.sendall(struct.pack(">QH", len(self._durable), HAS_FLAGS | CAN_FLUSH) + b"\0" * 124)
                return
            connection.sendall(struct.pack(">QIII", 0x3E889045565A9, option, 0x80000001, 0))

    def _answer_requests(self, connection):
        while True:
            _, _, kind, handle, offset, size = struct.unpack(">IHHQQI", self._take(connection, 28))
            data = self._take(connection, size) if kind == WRITE and size else b""
            if kind == DISCONNECT:
                return
            with self._lock:
                said = self._do(kind, offset, size, data)
            if said is None:
                self.reached.set()
                self._take(connection, 1)  # until qemu's end
            connection.sendall(struct.pack(">IIQ", 0x67446698, 0, handle) + said)

    def _do(self, kind, offset, size, data):
        """With the lock held: does it; None where the power goes before it is done."""
        if kind == READ:
            return bytes(self._cached[offset:offset + size])
        if self.requests is not None:
            if len(self.requests) == self._stop_at:
                return None
            self.requests.append((offset, data) if kind == WRITE else None)
        if kind == WRITE:
            self._cached[offset:offset + size] = data
        elif kind == FLUSH:
            self._durable = bytearray(self._cached)
        return b""


# --- what a cut would leave ---

def states(before, requests):
    """All that a disk may hold after a cut, as (number of requests, what became of the rest, bytes): of the
    writes since the last flush none is there, all are, all but one, or all with one torn."""
    durable, pending = bytearray(before), []
    for number, request in enumerate([*requests, None]):
        for what, writes in variants(pending):
            left = bytearray(durable)
            for offset, data in writes:
                left[offset:offset + len(data)] = data
            yield number, what, bytes(left)
        if request is None:
            for offset, data in pending:
                durable[offset:offset + len(data)] = data
            pending = []
        else:
            pending.append(request)


def variants(pending):
    yield "none of the writes", []
    if pending:
        yield "all writes", pending
    for number, (offset, data) in enumerate(pending):
        rest = pending[:number] + pending[number + 1:]
        if rest:
            yield f"all but write {number}", rest
        if len(data) > SECTOR:
            half = len(data) // SECTOR // 2 * SECTOR
            yield f"write {number} torn", [*pending[:number], (offset, data[:half]), *pending[number + 1:]]


def look(path, data, file):
    """What a file holds after a repair of the file system, as at a boot; None where it is not there."""
    with open(path, "wb") as out:
        out.write(data)
    done = subprocess.run(("e2fsck", "-fy", path), capture_output=True, text=True, env=image.tools(), check=False)
    if done.returncode > 1:
        raise AssertionError(f"e2fsck: {done.stdout}{done.stderr}")
    done = subprocess.run(("debugfs", "-R", f"cat {file}", path), capture_output=True, text=True, env=image.tools(),
                          check=True)
    return None if re.search("File not found", done.stderr) else done.stdout
