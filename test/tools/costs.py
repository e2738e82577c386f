#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""costs.py [--write] [NAME...] -- MAKE-ARGUMENT...: measures what each feature of Kconfig costs and
holds the figures in its help text to that.

Each is switched over by itself, all else as by default, and built twice: core/ for a Cortex-M4, by the
text of its objects, and the client with the arguments behind the `--`, which name a compiler for ARM,
its libc and MBEDTLS_DIR. The help text says `Flash: core 1.0 KB, client 2.1 KB.`; KB are of 1024 bytes,
and TOLERANCE is how far a figure may be off. RAM is what it adds to a feed of the smallest window and
to data and bss of the client. A size that may be 0 costs what its default costs against 0.

--write puts the figures into Kconfig; NAME measures that setting alone.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "config"))
import settings  # pylint: disable=wrong-import-position

TOLERANCE = 0.15  # KB, or a tenth of the figure where that is more
CORTEX_M4 = os.environ.get("CORTEX_M4", "arm-none-eabi-")
FIGURES = re.compile(r"(Flash[^:.]*:(?: core (?P<core>[\d.]+) KB,)? client) (?P<client>[\d.]+) KB")


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"costs: {' '.join(command)}\n{done.stdout[-2000:]}")
    return done.stdout


def make(folder, config, arguments):
    run(["make", "-s", f"-j{os.cpu_count()}", f"O={folder}", f"KCONFIG_CONFIG={config}", *arguments])


def sizes(tool, files):
    """Sums of text, data and bss."""
    rows = [list(map(int, line.split()[:3])) for line in run([tool, *files]).splitlines()[1:]]
    return [sum(column) for column in zip(*rows)]


class Builds:
    def __init__(self, folder, arguments):
        self.folder = folder
        self.arguments = arguments
        include = run([f"{CORTEX_M4}gcc", "-print-file-name=include"]).strip()
        self.bare = [f"CC={CORTEX_M4}gcc", "core-objects", "CFLAGS=-Os -mcpu=cortex-m4 -mthumb "
                     f"-ffreestanding -nostdinc -isystem {include}"]

    def feed(self, config):
        """Bytes of a feed with the smallest window and table, on the Cortex-M4."""
        source = f"{self.folder}/feed.c"
        with open(source, "w", encoding="ascii") as file:
            file.write('#include "symfeed.h"\n'
                       "char feed[SYMFEED_MEMORY(SYMFEED_WINDOW_MIN, SYMFEED_JSON_TOKENS_MIN)];\n")
        include = f"{self.folder}/core/include"
        run([f"{CORTEX_M4}gcc", "-mcpu=cortex-m4", "-mthumb", "-Icore", f"-I{include}",
             '-DSYMFEED_CONFIG_FILE="symfeed_autoconf.h"', "-c", source, "-o", f"{source}.o"])
        return sizes(f"{CORTEX_M4}size", [f"{source}.o"])[2]

    def measure(self, kconf):
        """(flash of core, flash of the client, RAM of a feed, RAM of the client besides)"""
        config = f"{self.folder}/config"
        kconf.write_min_config(config)
        make(f"{self.folder}/core", config, self.bare)
        objects = f"{self.folder}/core/obj/core"
        core = sizes(f"{CORTEX_M4}size", sorted(glob.glob(f"{objects}/**/*.o", recursive=True)))
        # What does not change mbedTLS leaves its archive as it is, which saves most of the time.
        client = os.path.join(self.folder, "-".join(["client", *(
            f"{symbol.name}={symbol.str_value}" for symbol in settings.settings(kconf)
            if symbol.name.startswith("SYMFEED_TLS"))]))
        client = client.replace("=", "").replace("SYMFEED_TLS_", "")
        library = f"{client}/libsymfeed-mbedtls.a"
        make(client, config, [*(["-o", library] if os.path.exists(library) else []), "all",
                              *self.arguments])
        # The format of the file says all that counts, so that any size for ELF will do.
        text, data, bss = sizes(f"{CORTEX_M4}size", [f"{client}/symfeed"])
        return core[0] + core[1], text + data, self.feed(config), data + bss


def switched(name):
    """(with, without) the setting, all else as by default; None where it has no cost of its own."""
    on, off = settings.load(), settings.load()
    symbol = on.syms[name]
    if symbol in settings.sizes(on):
        if settings.limits(symbol)[0] != 0:
            return None
        off.syms[name].set_value("0")
        return on, off
    # What it needs has to be there with and without it.
    for other in settings.kconfiglib.expr_items(symbol.direct_dep) - {symbol}:
        if other in settings.features(on):
            on.syms[other.name].set_value("y")
            off.syms[other.name].set_value("y")
    on.syms[name].set_value("y")
    if symbol.choice is None:
        off.syms[name].set_value("n")
    return on, off


def put(name, core, client):
    with open("Kconfig", encoding="utf-8") as file:
        text = file.read()
    start = text.index(f"config {name}\n")
    end = text.find("\nconfig ", start)
    entry = text[start:end if end > 0 else len(text)]
    for kind, figure in (("core", core), ("client", client)):
        entry_before, text_before = entry, text
        entry = re.sub(rf"\b{kind} [\d.]+ KB", f"{kind} {max(figure, 0):.1f} KB", entry)
        text = text_before.replace(entry_before, entry)
    with open("Kconfig", "w", encoding="utf-8") as file:
        file.write(text)


def main():
    cut = sys.argv.index("--")
    names = [word for word in sys.argv[1:cut] if not word.startswith("-")]
    write = "--write" in sys.argv[1:cut]
    wrong = 0
    print(f"{'KB':40} {'core':>6} {'client':>6} {'feed':>6} {'RAM':>6}")
    with tempfile.TemporaryDirectory() as folder:
        builds = Builds(folder, sys.argv[cut + 1:])
        known = {}
        for symbol in settings.settings(settings.load()):
            both = switched(symbol.name)
            said = FIGURES.search(" ".join((symbol.nodes[0].help or "").split()))
            if both is None or said is None or names and symbol.name not in names:
                continue
            measured = []
            for kconf in both:
                path = f"{folder}/key"
                kconf.write_min_config(path)
                with open(path, encoding="ascii") as file:
                    key = file.read()
                if key not in known:
                    known[key] = builds.measure(kconf)
                measured.append(known[key])
            core, client, feed, ram = ((a - b) / 1024 for a, b in zip(*measured))
            print(f"{symbol.name:40} {core:6.2f} {client:6.2f} {feed:6.2f} {ram:6.2f}", flush=True)
            for kind, figure in (("core", core), ("client", client)):
                if said[kind] is None:
                    continue
                if not write and abs(float(said[kind]) - figure) > max(TOLERANCE, abs(figure) / 10):
                    print(f"Kconfig: {symbol.name}: {kind} {said[kind]} KB, measured {figure:.1f} KB",
                          file=sys.stderr)
                    wrong += 1
            if write:
                put(symbol.name, core, client)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
