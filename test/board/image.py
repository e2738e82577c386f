# SPDX-License-Identifier: Apache-2.0
"""The files of the board: an initramfs of BusyBox, modules, the alarm and its configuration, and a disk.

Depends on: what fetch_debian.sh has unpacked (board/root), `make firmware`, and mke2fs.
"""

import lzma
import os
import stat
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")

# In the order in which they are loaded.
MODULES = ("net/core/failover", "drivers/net/net_failover", "drivers/net/virtio_net", "drivers/block/virtio_blk",
           "crypto/crc32c_generic", "lib/libcrc32c", "lib/crc16", "fs/mbcache",
           "fs/jbd2/jbd2", "fs/ext4/ext4")
FOLDERS = ("bin", "dev", "etc/symfeed", "lib/modules", "proc", "root", "sys", "tmp", "usr/bin", "var/lib", "var/run")
USER = 100  # of the alarm, and its group


class Archive:
    """A cpio archive of the kind that the kernel unpacks (initramfs buffer format, "newc")."""

    def __init__(self):
        self._parts, self._number, self._folders = [], 0, set()

    def _add(self, name, mode, data=b"", owner=(0, 0), device=(0, 0)):
        self._number += 1
        path = name.encode() + b"\0"
        fields = (self._number, mode, *owner, 1, 0, len(data), 0, 0, *device, len(path), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
        self._parts += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]

    def folder(self, name, mode=0o755, owner=(0, 0)):
        if name and name not in self._folders:
            self.folder(os.path.dirname(name))
            self._folders.add(name)
            self._add(name, stat.S_IFDIR | mode, owner=owner)

    def file(self, name, data, mode=0o644, owner=(0, 0)):
        self.folder(os.path.dirname(name))
        self._add(name, stat.S_IFREG | mode, data if isinstance(data, bytes) else data.encode(), owner)

    def device(self, name, major, minor):
        self._add(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def link(self, name, target):
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def bytes(self):
        self._add("TRAILER!!!", 0)
        return b"".join(self._parts)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def find(folder, begin):
    """The one file of a folder whose name begins so."""
    names = [name for name in os.listdir(folder) if name.startswith(begin)]
    if len(names) != 1:
        raise FileNotFoundError(f"{folder}: {len(names)} files are called {begin}*")
    return os.path.join(folder, names[0])


def kernel(debian):
    return find(os.path.join(debian, "boot"), "vmlinuz-")


def initramfs(debian, firmware, config, files):
    """What the board starts from. `config` is the text of alarm.conf, `files` a dict of what lies beside it."""
    archive = Archive()
    for name in FOLDERS:
        archive.folder(name)
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3)
    archive.file("bin/busybox", read(os.path.join(debian, "usr/bin/busybox")), 0o755)
    for folder, _, names in os.walk(os.path.join(HERE, "root")):
        for name in names:
            path = os.path.join(folder, name)
            archive.file(os.path.relpath(path, os.path.join(HERE, "root")), read(path),
                         stat.S_IMODE(os.stat(path).st_mode))
    applets = "sh mount umount insmod ip udhcpc syslogd start-stop-daemon logger hostname mkdir touch chmod chown "
    for applet in (applets + "cat echo sleep date kill ps stty ls rm dd init sed grep tail free sync renice").split():
        archive.link(f"bin/{applet}", "busybox")
    archive.link("init", "bin/busybox")
    modules = os.path.join(find(os.path.join(debian, "usr/lib/modules"), ""), "kernel")
    for module in MODULES:
        archive.file(f"lib/modules/{os.path.basename(module)}.ko", lzma.decompress(read(f"{modules}/{module}.ko.xz")))
    archive.file("lib/modules/order", "".join(f"{os.path.basename(module)}.ko\n" for module in MODULES))
    archive.file("etc/passwd", f"root::0:0:root:/root:/bin/sh\nsymfeed-alarm:x:{USER}:{USER}::/:/bin/false\n")
    archive.file("etc/group", f"root:x:0:\nsymfeed-alarm:x:{USER}:\n")
    archive.file("usr/bin/symfeed", read(os.path.join(firmware, "symfeed")), 0o755)
    archive.file("usr/bin/symfeed-alarm", read(os.path.join(firmware, "obj/examples/alarm/alarm")), 0o755)
    archive.file("etc/init.d/S95symfeed-alarm", read(os.path.join(TOP, "examples/alarm/S95symfeed-alarm")), 0o755)
    archive.file("etc/symfeed/alarm.conf", config, 0o640, (0, USER))
    for name, data in files.items():
        archive.file(f"etc/symfeed/{name}", data, 0o640, (0, USER))
    return archive.bytes()


def disk(path, megabytes=8):
    """An empty file system of Linux, for what outlives a power cut."""
    with open(path, "wb") as file:
        file.truncate(megabytes << 20)
    # Nothing is left to be written later, by a thread of the kernel.
    subprocess.run(("mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0",
                    path), check=True, env=tools())


def tools():
    """The environment in which mke2fs is found: a user's PATH may be without /sbin."""
    return dict(os.environ, PATH=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
