# SPDX-License-Identifier: Apache-2.0
"""What Kconfig says, and what the headers make of it: for the tests of the settings.

Kconfiglib is a package of the system's Python; any other may read it from there, too.
"""

import ast
import operator
import os
import re
import shlex
import subprocess
import sys

try:
    import kconfiglib
except ImportError:
    sys.path.append("/usr/lib/python3/dist-packages")
    import kconfiglib

HEADERS = ["symfeed_config.h", "symfeed_port_config.h", "client_config.h"]
FOLDERS = ["core", "port", "examples/common"]
CONFIGS = "port/configs"
NAMES = {kconfiglib.BOOL: "bool", kconfiglib.INT: "int", kconfiglib.HEX: "hex",
         kconfiglib.STRING: "string"}


def compiler():
    return shlex.split(os.environ.get("CC") or "cc")


def load(config=None):
    """Kconfig with its defaults, or with the settings of a file. A warning is an error."""
    kconf = kconfiglib.Kconfig("Kconfig", warn_to_stderr=False)
    kconf.warn_assign_undef = True
    if config:
        kconf.load_config(config)
    if kconf.warnings:
        raise ValueError("\n".join(kconf.warnings))
    return kconf


def settings(kconf):
    """The symbols in their order."""
    return kconf.unique_defined_syms


def features(kconf):
    """What is on or off for itself; an option of a choice is not."""
    return [symbol for symbol in settings(kconf)
            if symbol.orig_type == kconfiglib.BOOL and symbol.choice is None]


def sizes(kconf):
    return [symbol for symbol in settings(kconf) if symbol.orig_type == kconfiglib.INT]


def limits(symbol):
    """(least, most) as things stand; None where other settings take it away."""
    if not symbol.visibility:
        return None
    for low, high, condition in symbol.ranges:
        if kconfiglib.expr_value(condition):
            return int(low.str_value), int(high.str_value)
    raise ValueError(f"{symbol.name} has no range")


def by_chance(chance):
    """What somebody could leave the menus with; `chance` is a random.Random."""
    kconf = load()
    for symbol in chance.sample(settings(kconf), len(settings(kconf))):
        if symbol in sizes(kconf):
            low, high = limits(symbol) or (0, 0)
            symbol.set_value(str(chance.choice([low, high, chance.randint(low, high)])))
        else:
            symbol.set_value(chance.choice("yn"))
    return kconf


def header(config, target):
    """Makes the header of a file of settings as make does. (exit status, what was said)"""
    with open(target, "w", encoding="ascii") as file:
        done = subprocess.run(["awk", "-f", f"{CONFIGS}/header.awk", "Kconfig", config],
                              stdout=file, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stderr


def preprocess(text, defines, autoconf):
    command = [*compiler(), "-E", "-P", "-x", "c", *[f"-I{folder}" for folder in FOLDERS],
               *[f"-D{define}" for define in defines], "-"]
    if autoconf:
        command.insert(-1, f'-DSYMFEED_CONFIG_FILE="{os.path.abspath(autoconf)}"')
    text = "".join(f'#include "{name}"\n' for name in HEADERS) + text
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)


def complaints(defines=(), autoconf=None):
    """The texts of all #error that the headers have for these settings."""
    done = preprocess("", defines, autoconf)
    found = re.findall(r"error: (?:#error )?\"?(symfeed: .*?)\"?$", done.stderr, re.M)
    if done.returncode != 0 and not found:
        raise ValueError(done.stderr)
    return found


OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def number(text):
    """What a sum of the preprocessor comes to."""
    def value(node):
        if isinstance(node, ast.Expression):
            return value(node.body)
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        return node.value
    return value(ast.parse(text.strip(), mode="eval"))


def macros(names, defines=(), autoconf=None):
    """What each of the macros is, as a number; None where it is not defined."""
    done = preprocess("".join(f'@ "{name}" {name}\n' for name in names), defines, autoconf)
    if done.returncode != 0:
        raise ValueError(done.stderr)
    found = dict(re.findall(r'^@ "(\w+)" (.*)$', done.stdout, re.M))
    return {name: None if text.strip() == name else number(text) for name, text in found.items()}
