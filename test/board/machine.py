# SPDX-License-Identifier: Apache-2.0
"""A board in qemu-system-arm: its power, its serial ports, its network link and its clock.

Depends on: image.py's kernel and initramfs. Guarantees: everything waits for a line or an answer, never for
a time to pass; `cut` ends the board as a power cut does, at once and without a word to it.
"""

import contextlib
import json
import os
import re
import socket
import subprocess
import threading
import time

# Seconds after which a wait is given up: no board takes so long, but a machine with other work might.
PATIENCE = 10 * float(os.environ.get("SYMFEED_PATIENCE", "30"))


# Time runs as fast as qemu computes while a process of the board works; when all sleep, the next timer is due
# at once. So a process that does nothing holds time back, and time is set forward while that one is stopped.
FAST = ("-icount", "shift=3,sleep=off")
LEAP = "read spinner </var/run/spinner; leap() { kill -STOP $spinner; sleep $1; kill -CONT $spinner; }"


class Silent(AssertionError):
    """What was waited for has not come."""


class Channel:
    """One port of the board: what it has sent, and what is sent to it."""

    def __init__(self, folder, name):
        self.name, self.path = name, os.path.join(folder, name)
        self._text, self._seen, self._ended, self._changed = "", 0, False, threading.Condition()
        self._listener = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.path)
        self._listener.bind(self.path)
        self._listener.listen(1)
        self._socket, self._thread = None, threading.Thread(target=self._read, daemon=True)

    def start(self):
        self._thread.start()

    def _read(self):
        self._socket, _ = self._listener.accept()
        self._listener.close()
        with contextlib.suppress(OSError):
            while data := self._socket.recv(65536):
                with self._changed:
                    self._text += data.decode("utf-8", "replace")
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def send(self, text):
        self._socket.sendall(text.encode())

    def wait(self, pattern, limit=None):
        """The first match in what came after the last one that was waited for."""
        found = re.compile(pattern, re.M)
        deadline = time.monotonic() + (limit or PATIENCE)
        with self._changed:
            while not (match := found.search(self._text, self._seen)):
                if self._ended or not self._changed.wait(max(deadline - time.monotonic(), 0)):
                    raise Silent(f"{self.name}: no {pattern!r} after:\n{self._text[self._seen:][-3000:]}")
            self._seen = match.end()
            return match

    def find(self, pattern):
        """The same without waiting; None where there is none."""
        with self._changed:
            match = re.compile(pattern, re.M).search(self._text, self._seen)
            if match:
                self._seen = match.end()
            return match

    def skip(self):
        """What has come so far is not waited for any more."""
        with self._changed:
            self._seen = len(self._text)

    @property
    def text(self):
        with self._changed:
            return self._text


class Machine:
    def __init__(self, folder, kernel, initramfs, *, disk, wire, memory=64, clock="utc", fast=False):
        """`disk`: what qemu reads and writes; `wire`: of class Wire; `clock`: of the board's real-time clock at
        power-on, "utc" or a date; `fast`: its time can be set forward, see `leap`."""
        self.folder = folder
        self.console, self.shell_port, self.log, self._monitor = (
            Channel(folder, name) for name in ("console", "shell", "log", "monitor"))
        self.channels = (self.console, self.shell_port, self.log, self._monitor)
        self._number, self._has_shell, self._can_leap = 0, False, False
        words = "console=ttyAMA0 quiet loglevel=4 panic=1" + (" hold_time" if fast else "")
        command = ["qemu-system-arm", "-M", "virt,highmem=off", "-cpu", "cortex-a7", "-m", f"{memory}M", "-nographic",
                   "-nodefaults", "-no-reboot", "-kernel", kernel, "-initrd", initramfs, "-append", words,
                   "-rtc", f"base={clock}"]
        for channel in self.channels:
            command += ["-chardev", f"socket,id={channel.name},path={channel.path}"]
        command += ["-serial", "chardev:console", "-mon", "chardev=monitor,mode=control",
                    "-device", "pci-serial-2x,chardev1=shell,chardev2=log",
                    "-drive", f"if=none,id=disk,format=raw,cache=writeback,file={disk}",
                    "-device", "virtio-blk-pci,drive=disk",
                    *wire.options(), "-device", "virtio-net-pci,netdev=board,id=nic,romfile=", *(FAST if fast else ())]
        self.command = command

    def start(self):
        for channel in self.channels:
            channel.start()
        self.powered = time.monotonic()
        with open(os.path.join(self.folder, "qemu.log"), "ab") as log:
            self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._monitor.wait(r"QMP.*\n")
        self.order("qmp_capabilities")
        return self

    def cut(self):
        """The power is gone."""
        self._process.kill()
        self._process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.cut()

    def order(self, command, **arguments):
        """A command of qemu's monitor."""
        self._number += 1
        self._monitor.send(json.dumps({"execute": command, "arguments": arguments, "id": self._number}) + "\n")
        answer = json.loads(self._monitor.wait(r'^.*"id": %d\b.*$' % self._number)[0])
        if "error" in answer:
            raise RuntimeError(f"qemu: {command}: {answer['error']['desc']}")
        return answer["return"]

    def link(self, up):
        self.order("set_link", name="nic", up=up)

    def leap(self, seconds):
        """The board's time goes on by so much, in hardly any of ours."""
        if not self._can_leap:
            self.shell(LEAP)
            self._can_leap = True
        self.shell(f"leap {seconds}")

    def uptime(self):
        return float(self.shell("cat /proc/uptime").split()[0])

    def shell(self, command, check=True):
        """What a command on the board prints."""
        if not self._has_shell:
            self.shell_port.wait(r"^ready\r?\n")
            self._has_shell = True
        self._number += 1
        end = f"=={self._number}="
        self.shell_port.send(f"{{ {command}\n}} 2>&1; echo '{end}'$?\n")
        match = self.shell_port.wait(r"((?:.|\n)*?)" + end + r"(\d+)\r?\n")
        if check and match[2] != "0":
            raise RuntimeError(f"board: {command}: {match[1]}")
        return match[1].replace("\r", "").strip()
