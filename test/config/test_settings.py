# SPDX-License-Identifier: Apache-2.0
"""Kconfig and the headers: the same defaults and limits; what cannot work says what would."""

import itertools
import os
import random
import re
import subprocess
import tempfile
import unittest

import settings

# A choice of Kconfig is one macro with a number in the headers.
CHOICES = {
    "SYMFEED_RESOLVER_DNS": ("SYMFEED_RESOLVER_GETADDRINFO", 0),
    "SYMFEED_RESOLVER_GETADDRINFO": ("SYMFEED_RESOLVER_GETADDRINFO", 1),
    "SYMFEED_FAST_AS_BUILT": ("SYMFEED_FAST", 1),
    "SYMFEED_FAST": ("SYMFEED_FAST", 1),
    "SYMFEED_SMALL": ("SYMFEED_FAST", 0),
    "SYMFEED_TLS_MAX_FRAGMENT_NONE": ("SYMFEED_TLS_MAX_FRAGMENT", 0),
    "SYMFEED_TLS_MAX_FRAGMENT_512": ("SYMFEED_TLS_MAX_FRAGMENT", 512),
    "SYMFEED_TLS_MAX_FRAGMENT_1024": ("SYMFEED_TLS_MAX_FRAGMENT", 1024),
    "SYMFEED_TLS_MAX_FRAGMENT_2048": ("SYMFEED_TLS_MAX_FRAGMENT", 2048),
    "SYMFEED_TLS_MAX_FRAGMENT_4096": ("SYMFEED_TLS_MAX_FRAGMENT", 4096),
}
FROM_SOURCE = "SYMFEED_MBEDTLS_SOURCE=3"


def plain(symbol):
    return {"y": 1, "n": 0}.get(symbol.str_value) if symbol in settings.features(symbol.kconfig) \
        else int(symbol.str_value)


class Base(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, text, name="config"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii", newline="") as file:
            file.write(text)
        return path

    def autoconf(self, config):
        """The header of a file of settings, which has to be a good one."""
        target = os.path.join(self.folder, "autoconf.h")
        status, said = settings.header(config, target)
        self.assertEqual((status, said), (0, ""))
        return target


class Same(Base):
    def test_defaults_of_kconfig_are_those_of_the_headers(self):
        kconf = settings.load()
        symbols = [*settings.features(kconf), *settings.sizes(kconf)]
        self.assertGreater(len(symbols), 20)
        want = {symbol.name: plain(symbol) for symbol in symbols}
        self.assertEqual(settings.macros(want), want)
        self.assertEqual(settings.macros(want, [FROM_SOURCE]), want)

    def test_each_macro_that_may_be_set_is_in_kconfig(self):
        # Sums of others, what make itself says, and names of cookies, which Kconfig has no type for.
        others = {"SYMFEED_SIGN_IN", "SYMFEED_ARENA_SIZE", "SYMFEED_MBEDTLS_SOURCE",
                  "SYMFEED_TLS_MAX_FRAGMENT", "SYMFEED_COOKIE_NAMES", "SYMFEED_CONFIG_FILE"}
        names = {symbol.name for symbol in settings.settings(settings.load())}
        for folder, header in zip(settings.FOLDERS, settings.HEADERS):
            with open(f"{folder}/{header}", encoding="ascii") as file:
                found = set(re.findall(r"^#\s*ifndef (SYMFEED_\w+)\n#", file.read(), re.M))
            found.discard(header.upper().replace(".", "_"))
            self.assertTrue(found, header)
            self.assertEqual(found - names - others - {"SYMFEED_PORT_CONFIG_H",
                                                       "SYMFEED_CLIENT_CONFIG_H"}, set(), header)

    def test_each_option_of_a_choice_is_known_to_the_headers(self):
        kconf = settings.load()
        options = [symbol.name for choice in kconf.unique_choices for symbol in choice.syms]
        self.assertEqual(sorted(options), sorted(CHOICES))
        for name, (macro, value) in CHOICES.items():
            with self.subTest(option=name):
                header = self.autoconf(self.write(f"CONFIG_{name}=y\n"))
                self.assertEqual(settings.macros([macro], (), header), {macro: value})

    def test_limits_of_kconfig_are_those_of_the_headers(self):
        kconf = settings.load("port/configs/full_defconfig")
        for symbol in settings.sizes(kconf):
            low, high = settings.limits(symbol)
            for value, good in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
                with self.subTest(setting=symbol.name, value=value):
                    said = settings.complaints([f"{symbol.name}={value}"])
                    if good:
                        self.assertEqual(said, [])
                    else:
                        self.assertEqual(len(said), 1)
                        self.assertIn(str(low if value < low else high), said[0])

    def test_limits_that_depend(self):
        kconf = settings.load()
        kconf.syms["SYMFEED_KEY_SIGN_IN"].set_value("n")
        for name in ("SYMFEED_SESSION_TOKEN_SIZE", "SYMFEED_KEY_MANAGER_TOKEN_SIZE"):
            low, _ = settings.limits(kconf.syms[name])
            self.assertEqual(low, 64)
            without = ["SYMFEED_KEY_SIGN_IN=0"]
            self.assertEqual(settings.complaints([*without, f"{name}={low}"]), [])
            said = settings.complaints([*without, f"{name}={low - 1}"])
            self.assertEqual(len(said), 1)
            self.assertIn(str(low), said[0])


class Defconfigs(Base):
    def configs(self):
        found = sorted(name for name in os.listdir(settings.CONFIGS) if name.endswith("_defconfig"))
        self.assertLessEqual({"full_defconfig", "default_defconfig", "tiny_defconfig"}, set(found))
        return [os.path.join(settings.CONFIGS, name) for name in found]

    def test_without_python_they_are_what_kconfig_makes_of_them(self):
        for path in self.configs():
            with self.subTest(config=path):
                kconf = settings.load(path)
                names = [symbol.name for symbol in settings.settings(kconf)
                         if symbol.choice is None] + [macro for macro, _ in CHOICES.values()]
                short = settings.macros(names, (), self.autoconf(path))
                whole = os.path.join(self.folder, "whole")
                kconf.write_config(whole, save_old=False)
                self.assertEqual(settings.macros(names, (), self.autoconf(whole)), short)
                for symbol in settings.sizes(kconf):
                    if symbol.visibility:
                        self.assertEqual(short[symbol.name], int(symbol.str_value), symbol.name)
                self.assertEqual(settings.complaints([FROM_SOURCE], self.autoconf(path)), [])

    def test_they_hold_what_is_no_default_and_nothing_else(self):
        for path in self.configs():
            with self.subTest(config=path):
                least = os.path.join(self.folder, "least")
                settings.load(path).write_min_config(least, header="")
                with open(path, encoding="ascii") as file, open(least, encoding="ascii") as want:
                    lines = [line for line in file
                             if not re.match(r"#(?! CONFIG_\w+ is not set$)", line)]
                    self.assertEqual(lines, want.readlines())

    def test_default_is_the_default_and_full_has_all(self):
        least = os.path.join(self.folder, "least")
        settings.load("port/configs/default_defconfig").write_min_config(least, header="")
        self.assertEqual(os.path.getsize(least), 0)
        for symbol in settings.features(settings.load("port/configs/full_defconfig")):
            self.assertEqual(symbol.str_value, "y", symbol.name)


class Menus(Base):
    def test_no_result_of_the_menus_is_refused(self):
        chance = random.Random(5)
        for turn in range(150):
            kconf = settings.by_chance(chance)
            whole = os.path.join(self.folder, "whole")
            kconf.write_config(whole, save_old=False)
            least = os.path.join(self.folder, "least")
            kconf.write_min_config(least)
            for path in (whole, least):
                said = settings.complaints([FROM_SOURCE], self.autoconf(path))
                with open(least, encoding="ascii") as file:
                    self.assertEqual(said, [], f"turn {turn}:\n{file.read()}")

    def test_each_setting_says_what_it_costs(self):
        for symbol in settings.settings(settings.load()):
            for node in symbol.nodes:
                with self.subTest(setting=symbol.name):
                    self.assertIsNotNone(node.prompt)
                    self.assertIsNotNone(node.help)
                    if symbol.choice is None:
                        self.assertIn("RAM", node.help)
                        self.assertRegex(node.help, "[Ff]lash")


class Wrong(Base):
    """What is in vain in a file of settings is told, with its line."""

    def test_lines_that_are_no_settings(self):
        for line, want in [
                ("CONFIG_SYMFEED_LEGASY=n", "SYMFEED_LEGASY is no setting of Kconfig"),
                ("# CONFIG_SYMFEED_LEGASY is not set", "SYMFEED_LEGASY is no setting of Kconfig"),
                ("CONFIG_SYMFED_LEGACY=n", "SYMFED_LEGACY is no setting of Kconfig"),
                ("CONFIG_SYMFEED_LEGACY=1", "SYMFEED_LEGACY is y or n, not 1"),
                ("CONFIG_SYMFEED_LEGACY=", "SYMFEED_LEGACY is y or n, not nothing"),
                ("CONFIG_SYMFEED_LINE_SIZE=1k", "SYMFEED_LINE_SIZE is a whole number, not 1k"),
                ("CONFIG_SYMFEED_LINE_SIZE=", "SYMFEED_LINE_SIZE is a whole number, not nothing"),
                ("# CONFIG_SYMFEED_LINE_SIZE is not set", "SYMFEED_LINE_SIZE is a whole number, not n"),
                ("SYMFEED_LEGACY=n", "this is neither CONFIG_NAME=value nor a comment"),
                ("CONFIG_SYMFEED_LEGACY = n", "this is neither CONFIG_NAME=value nor a comment"),
                ("CONFIG_SYMFEED_TLS_MAX_FRAGMENT_512=y\nCONFIG_SYMFEED_TLS_MAX_FRAGMENT_1024=y",
                 "SYMFEED_TLS_MAX_FRAGMENT_1024 and SYMFEED_TLS_MAX_FRAGMENT_512 are one choice")]:
            with self.subTest(line=line):
                path = self.write(f"# one\n{line}\n")
                status, said = settings.header(path, os.path.join(self.folder, "autoconf.h"))
                self.assertEqual(status, 1)
                self.assertEqual(said.count("\n"), 1)
                self.assertTrue(said.startswith(f"symfeed: {path}:{2 + line.count(chr(10))}: {want}"),
                                said)

    def test_kinds_of_values(self):
        config = self.write("CONFIG_A=0x1f\nCONFIG_B=2F\nCONFIG_C=\"a \\\"b\\\" \\\\\"\n"
                            "CONFIG_D=0017\nCONFIG_E=0\nCONFIG_F=y\nCONFIG_G=5\r\nCONFIG_G=6\r\n"
                            "CONFIG_H=-3\n# CONFIG_I is not set\n# CONFIG_Y is not set\nCONFIG_Z=y\n")
        kconfig = self.write("config A\n\thex \"a\"\nconfig B\n\thex\nconfig C\n\tstring \"c\"\n"
                             "config D\n\tint \"d\"\nconfig E\n\tint\n\thelp\n\t  bool\n"
                             "menuconfig F\n\tbool \"f\"\nconfig G\n\tint\nconfig H\n\tint\n"
                             "config I\n\tdef_bool y\nchoice\nconfig Y\n\tbool \"y\"\n"
                             "config Z\n\tbool \"z\"\nendchoice\n", "Kconfig")
        done = subprocess.run(["awk", "-f", f"{settings.CONFIGS}/header.awk", kconfig, config],
                              stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(re.findall("^#define (.*)$", done.stdout, re.M), [
            "A 0x1f", "B 0x2F", r'C "a \"b\" \\"', "D 17", "E 0", "F 1", "G 6", "H -3", "I 0",
            "Z 1"])

    def test_arena_too_small_for_the_records_names_one_that_would_do(self):
        records = [512, 2048, 4096, 8192, 12288, 16384]
        for received, sent, newer in itertools.product(records, records, (0, 1)):
            given = [FROM_SOURCE, f"SYMFEED_TLS_RECORD_IN={received}",
                     f"SYMFEED_TLS_RECORD_OUT={sent}", f"SYMFEED_TLS_1_3={newer}"]
            least = settings.macros(["SYMFEED_ARENA_MIN"], given)["SYMFEED_ARENA_MIN"]
            self.assertGreater(least, received + sent)
            with self.subTest(given=given):
                self.assertEqual(settings.complaints([*given, f"SYMFEED_ARENA_SIZE={least}"]), [])
                said = settings.complaints([*given, f"SYMFEED_ARENA_SIZE={least - 1}"])
                self.assertEqual(len(said), 1)
                would_do = int(re.search(r"; (\d+) would do$", said[0])[1])
                self.assertGreaterEqual(would_do, least)
                self.assertLess(would_do, least + 12288)
                self.assertEqual(settings.complaints([*given, f"SYMFEED_ARENA_SIZE={would_do}"]), [])

    def test_combinations_that_cannot_work(self):
        for given, want in [
                (["SYMFEED_TLS_1_3=1", "SYMFEED_TLS_RSA_PSS=0"], "SYMFEED_TLS_RSA_PSS"),
                (["SYMFEED_TLS_MAX_FRAGMENT=1000"], "0, 512, 1024, 2048 or 4096"),
                (["SYMFEED_TLS_MAX_FRAGMENT=4096", "SYMFEED_TLS_RECORD_IN=2048"],
                 "at most SYMFEED_TLS_RECORD_IN"),
                (["SYMFEED_TLS_MAX_FRAGMENT=2048", "SYMFEED_TLS_RECORD_OUT=1024"],
                 "at most SYMFEED_TLS_RECORD_IN and _OUT")]:
            with self.subTest(given=given):
                said = settings.complaints([FROM_SOURCE, *given])
                self.assertEqual(len(said), 1)
                self.assertIn(want, said[0])


if __name__ == "__main__":
    unittest.main()
