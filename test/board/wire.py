# SPDX-License-Identifier: Apache-2.0
"""The wire between the board and qemu's user-mode network: it counts bytes, and has a name server on it.

Depends on: the simulator's name_server.py. Each frame goes through here by two sockets, but for those to and
from 10.0.2.53: that host is ours, and needs neither root nor port 53 of this machine.
"""

import contextlib
import ipaddress
import os
import select
import socket
import struct
import threading

import name_server

HOST = ipaddress.ip_address("10.0.2.53").packed
HARDWARE = bytes.fromhex("525400000053")
ARP, IP, UDP = b"\x08\x06", b"\x08\0", 17


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


class Wire:
    """`alive`: whether the name server answers; `names`: its zone; `bytes`, `frames`: what has passed."""

    def __init__(self, folder, names):
        self.server, self.alive = name_server.NameServer(names), True
        self.bytes = self.frames = 0
        self._lock = threading.Lock()
        self._folder = folder
        self._board, self._host = self._socket("board"), self._socket("host")
        threading.Thread(target=self._read, daemon=True).start()

    def _path(self, name):
        return os.path.join(self._folder, f"wire-{name}")

    def _socket(self, name):
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        made.bind(self._path(name))
        return made

    def options(self):
        """Of qemu: both ends; the board's is called "board"."""
        ends = []
        for name in ("board", "host"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(self._path(f"qemu-{name}"))
            ends += ["-netdev", f"dgram,id={name},local.type=unix,local.path={self._path(f'qemu-{name}')},"
                                f"remote.type=unix,remote.path={self._path(name)}"]
        return [*ends, "-netdev", "user,id=user,ipv6=off", "-netdev", "hubport,id=port0,hubid=0,netdev=user",
                "-netdev", "hubport,id=port1,hubid=0,netdev=host"]

    def _read(self):
        while True:
            for end in select.select((self._board, self._host), (), ())[0]:
                frame = end.recv(65536)
                if end is self._host:
                    self._send("board", frame)
                else:
                    self._count(frame)
                    if not self._answer(frame):
                        self._send("host", frame)

    def _count(self, frame):
        with self._lock:
            self.bytes += len(frame)
            self.frames += 1

    def _send(self, name, frame):
        """To that end of qemu, which may have lost its power."""
        if name == "board":
            self._count(frame)
        with contextlib.suppress(OSError):
            getattr(self, f"_{name}").sendto(frame, self._path(f"qemu-{name}"))

    def _answer(self, frame):
        """Whether it was for our host."""
        sender, kind = frame[6:12], frame[12:14]
        if kind == ARP and frame[38:42] == HOST:
            self._reply(sender, kind, b"\0\1\x08\0\6\4\0\2" + HARDWARE + HOST + frame[22:32])
            return True
        if kind != IP or frame[30:34] != HOST:
            return False
        packet = frame[14:]
        segment = packet[4 * (packet[0] & 15):]
        port, size = struct.unpack(">HH", segment[2:6])
        if packet[9] == UDP and port == 53:
            answer = self.server.say(segment[8:size], "udp") if self.alive else None
            if answer is not None:
                self._reply_datagram(sender, packet[12:16], segment[:2], answer)
        return True

    def _reply_datagram(self, to, address, port, data):
        segment = struct.pack(">H2sHH", 53, port, 8 + len(data), 0) + data  # by IPv4 without a checksum
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, UDP, 0, HOST, address)
        head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
        self._reply(to, IP, head + segment)

    def _reply(self, to, kind, data):
        self._send("board", (to + HARDWARE + kind + data).ljust(60, b"\0"))
