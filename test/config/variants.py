#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""variants.py FOLDER: writes the settings of each build that has to be whole into FOLDER, and their
names to standard output.

A feature that Kconfig says is left out of port/configs/full_defconfig by itself, and so is a size that
may be 0, and the options of choices that are not the usual ones: what is new there comes here by
itself; of those that differ by a number the last will do. `core-` have unit tests and simulation to
pass, and so has the build without all of them; `client-`, `port-` and `tls-` are built, the last with
mbedTLS from source. `smallest` and `largest` have each size at its limit, `chance` each setting anyhow.
"""

import os
import random
import re
import shutil
import sys

import settings

FULL = f"{settings.CONFIGS}/full_defconfig"


def of_core():
    with open("core/symfeed_config.h", encoding="ascii") as file:
        return set(re.findall(r"^#ifndef (SYMFEED_\w+)$", file.read(), re.M))


def main():
    folder = sys.argv[1]
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    names = []
    core = of_core()

    def write(name, kconf):
        kconf.write_min_config(f"{folder}/{name}.config")
        names.append(name)

    for symbol in settings.settings(settings.load(FULL)):
        kconf = settings.load(FULL)
        here = kconf.syms[symbol.name]
        kind = ("core" if symbol.name in core or symbol.name == "SYMFEED_SMALL" else
                "port" if "RESOLVER" in symbol.name else
                "client" if "CLIENT_" in symbol.name else "tls")
        name = f"{kind}-without-{symbol.name[8:].lower()}"
        if here in settings.features(kconf):
            here.set_value("n")
        elif here in settings.sizes(kconf) and settings.limits(here)[0] == 0:
            here.set_value("0")
        elif here.choice and here is not here.choice.selection and (
                here is here.choice.syms[-1] or not here.name[-1].isdigit()):
            here.set_value("y")
            name = name.replace("without", "with")
        else:
            continue
        write(name, kconf)
    kconf = settings.load(FULL)
    for symbol in settings.features(kconf):
        symbol.set_value("n")
    for symbol in settings.sizes(kconf):
        if settings.limits(symbol) and settings.limits(symbol)[0] == 0:
            symbol.set_value("0")
    write("core-without-all", kconf)
    for name, which in (("tls-smallest", 0), ("tls-largest", 1)):
        kconf = settings.load(FULL)
        for symbol in settings.sizes(kconf):
            symbol.set_value(str(settings.limits(symbol)[which]))
        write(name, kconf)
    for number in (1, 2):
        write(f"port-chance-{number}", settings.by_chance(random.Random(number)))
    print(*names)


if __name__ == "__main__":
    main()
