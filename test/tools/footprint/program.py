# SPDX-License-Identifier: Apache-2.0
"""The linked program: its bytes by part, file and name, from the linker's map and the symbols.

What it promises: no byte is lost or counted twice. What the pieces of the map do not fill of a
section is a row of its own, and a file of which nobody knows whose it is ends the run. Where the
program was optimised as a whole (-flto), each function and variable is a piece of its own, for the
part whose source it is, with what was inlined into it; texts that gcc has given no name are TEXTS.
"""

import collections
import glob
import os
import re
import subprocess
import sys

TEXTS = "texts and unnamed tables of these"
PARTS = ("core", "port", "command line", "Mbed TLS", TEXTS, "libc", "libgcc", "alignment")

# Where the sources of a part are, as debug information has them.
HOMES = {"core": "core", "port": "port", "examples": "command line", "mbedtls": "Mbed TLS"}

# One input section in the linker's map: output section it went to, its own name, where it is, how
# large, and out of which file.
Piece = collections.namedtuple("Piece", "section name address size part file")

# Instead of a file, for what came of optimising the program as a whole and is no one source's.
WHOLE = "all"

# Its name for code of the linker's own.
STUB = "linker stub"

# One function of the symbol table.
Function = collections.namedtuple("Function", "name address size part file")


def output_of(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


def is_whole(file):
    """Whether what the linker was given came of optimising the program as a whole."""
    return file.endswith(".ltrans.o")


def part_of(file):
    """(part, file's own name) of what the linker was given: an object, or ARCHIVE(MEMBER)."""
    found = re.search(r"([^/]+)\(([^()]*)\)$", file)
    if file == "linker stubs":
        return "alignment", file
    if not found:
        if "/obj/examples/" in file:
            return "command line", os.path.basename(file)
        return ("libgcc" if "crtbegin" in file or "crtend" in file else "libc",
                os.path.basename(file))
    archive, member = found.groups()
    if archive == "libsymfeed.a":
        homes = [home for home in ("core", "port")
                 if glob.glob(f"{home}/**/{member[:-2]}.c", recursive=True)]
        if len(homes) != 1:
            sys.exit(f"footprint: {member} is in {' and '.join(homes) or 'neither core nor port'}")
        return homes[0], member
    for name, part in (("libsymfeed-mbedtls.a", "Mbed TLS"), ("libc.a", "libc"),
                       ("libgcc.a", "libgcc"), ("libgcc_eh.a", "libgcc")):
        if archive == name:
            return part, member
    sys.exit(f"footprint: whose is {file}? Its part is not known")


# It takes output_of() from here.
import sources  # noqa: E402  pylint: disable=wrong-import-position


class Program:
    """What make has linked in `folder`, and the linker's map beside it."""

    def __init__(self, prefix, folder):
        self.prefix, self.folder = prefix, folder
        self.path = os.path.join(folder, "symfeed")
        self.sources = sources.read(prefix, self.path)
        self.together = set()  # addresses of what was optimised as a whole
        self.whole = {}  # {name: address} of the functions among it
        self.sections = self._sections()
        self.pieces = self._pieces()
        self.files, self.names = {}, {}  # {(file, name): address}, {name, not static: address}
        self.functions = self._functions()

    def _sections(self):
        """{name: (address, size, flags)} of what is loaded."""
        found = {}
        for line in output_of(self.prefix + "readelf", "-SW", self.path).splitlines():
            row = re.match(r"\s*\[\s*\d+\] (\S+)\s+\S+\s+([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) \S+\s+(\w*)",
                           line)
            if row and "A" in row[4]:
                found[row[1]] = (int(row[2], 16), int(row[3], 16), row[4])
        return found

    def _part_at(self, address, name, file):
        """part_of() a piece of the map, which may be of what was optimised as a whole."""
        if not is_whole(file):
            return part_of(file)
        source = self.sources.get(address)
        if source is None:
            if ".str" in name or re.match(r"\.rodata(\.cst\d+|\.CSWTCH\.\d+(\.\w+)*)?$", name):
                return TEXTS, WHOLE
            sys.exit(f"footprint: whose is {name} at {address:x}? Debug information does not know it")
        return HOMES[source.partition("/")[0]], os.path.basename(source)[:-2] + ".o"

    def _pieces(self):
        pieces, section, name = [], None, None
        with open(os.path.join(self.folder, "map"), encoding="utf-8") as file:
            lines = file.read().partition("\nLinker script and memory map\n")[2].splitlines()
        for line in lines:
            outer = re.match(r"(\.\S+|COMMON|/DISCARD/)", line)
            if outer:
                section, name = outer[1], None
                continue
            alone = re.fullmatch(r" (\S+)", line)
            if alone:
                name = alone[1]
                continue
            row = re.match(r" (\S+)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$", line)
            if row and section in self.sections:
                address, size = int(row[2], 16), int(row[3], 16)
                if size and not row[4].startswith("(size before"):
                    # Of two variables of one name gcc gives each a number more.
                    own = re.sub(r"\.lto_priv\.\d+$", "", row[1] or name)
                    pieces.append(Piece(section, own, address, size,
                                        *self._part_at(address, own, row[4])))
                    if is_whole(row[4]):
                        self.together.add(address)
            name = None
        pieces = self._clipped(pieces)
        for section, (address, size, _) in self.sections.items():
            inner = [piece for piece in pieces if piece.section == section]
            rest = size - sum(piece.size for piece in inner)
            if rest < 0 or any(not address <= piece.address <= piece.address + piece.size <=
                               address + size for piece in inner):
                sys.exit(f"footprint: the map has more in {section} than the program")
            if rest:
                pieces.append(Piece(section, "alignment", address, rest, "alignment", ""))
        return pieces

    @staticmethod
    def _clipped(pieces):
        """The map has strings that the linker found a second time with the size they had: what
        comes next begins where they would."""
        pieces = sorted(pieces, key=lambda piece: piece.address)
        ends = [piece.address for piece in pieces[1:]] + [sys.maxsize]
        clipped = [piece._replace(size=min(piece.size, end - piece.address))
                   for piece, end in zip(pieces, ends)]
        return [piece for piece in clipped if piece.size]

    def _functions(self):
        """{address: Function}; where several names stand for one, the first."""
        code = sorted((piece for piece in self.pieces if piece.part != "alignment" and
                       piece.section in (".text", ".init", ".fini")),
                      key=lambda piece: piece.address)
        found, at = {}, 0
        rows = [line.split() for line in
                output_of(self.prefix + "readelf", "-sW", self.path).splitlines()]
        # What the linker puts in, to lead a jump around a fault of a processor, has no name.
        rows = [row if len(row) == 8 else row + [STUB] for row in rows if len(row) in (7, 8)]
        for row in sorted((row for row in rows if row[3] == "FUNC" and row[6].isdigit()), key=lambda row: (int(row[1], 16) & ~1, row[4] != "GLOBAL",
                                                              row[7])):
            address = int(row[1], 16) & ~1
            while at + 1 < len(code) and code[at + 1].address <= address:
                at += 1
            function = Function(row[7], address, int(row[2], 0), code[at].part, code[at].file)
            found.setdefault(address, function)
            self.files.setdefault((function.file, row[7]), address)
            if address in self.together:
                self.whole[row[7]] = address
            if row[4] != "LOCAL":
                self.names[row[7]] = address
        return found

    def is_writable(self, section):
        return "W" in self.sections[section][2]

    def stripped(self):
        """Bytes of the file without its symbols."""
        target = self.path + ".stripped"
        subprocess.run([self.prefix + "strip", "-o", target, self.path], check=True)
        return os.path.getsize(target)

    def size(self):
        """(text, data, bss) as `size` has them."""
        return tuple(map(int, output_of(self.prefix + "size", self.path).splitlines()[1].split()[:3]))

    def by_part(self):
        """{part: bytes of the file}, `headers` what the ELF format takes; the sum is stripped()."""
        parts = collections.Counter({part: 0 for part in PARTS})
        for piece in self.pieces:
            if piece.section != ".bss":
                parts[piece.part] += piece.size
        parts["headers"] = self.stripped() - sum(parts.values())
        return parts

    def by_file(self, part):
        """{file: [read only, data, bss]} of one part."""
        files = collections.defaultdict(lambda: [0, 0, 0])
        for piece in self.pieces:
            if piece.part == part:
                kind = 2 if piece.section == ".bss" else self.is_writable(piece.section)
                files[piece.file][int(kind)] += piece.size
        return files
