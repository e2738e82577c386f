# SPDX-License-Identifier: Apache-2.0
"""make's targets for the settings, as a person uses them; the menu with a terminal of its own."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import settings

PATIENCE = 60  # seconds that a loaded machine may take


class Base(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.config = os.path.join(self.folder, "config")
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ("CPPFLAGS", "DEFCONFIG", "MAKEFLAGS", "MAKELEVEL", "MBEDTLS_DIR",
                                            "MBEDTLS4_DIR")}

    def make(self, *arguments, config=None, **more):
        return subprocess.run(
            ["make", f"O={self.folder}/out", f"KCONFIG_CONFIG={config or self.config}", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            env=dict(self.environment, **more.pop("environment", {})), **more)

    def good(self, *arguments, **more):
        done = self.make(*arguments, **more)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def bad(self, *arguments, **more):
        done = self.make(*arguments, **more)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def read(self, path=None):
        with open(path or self.config, encoding="ascii") as file:
            return file.read()

    def write(self, text, path=None):
        with open(path or self.config, "w", encoding="ascii") as file:
            file.write(text)

    def lines(self, path=None):
        """Settings alone, as they stand."""
        return re.findall(r"^(?:CONFIG_.*|# CONFIG_\w+ is not set)$", self.read(path), re.M)


class Targets(Base):
    def test_defconfig_and_its_kin(self):
        for target in ("full_defconfig", "default_defconfig", "tiny_defconfig"):
            with self.subTest(target=target):
                self.good(target)
                want = os.path.join(self.folder, "want")
                settings.load(f"{settings.CONFIGS}/{target}").write_config(want, save_old=False)
                self.assertEqual(self.lines(), self.lines(want))
        self.good("defconfig")
        settings.load().write_config(want, save_old=False)
        self.assertEqual(self.lines(), self.lines(want))

    def test_savedefconfig_goes_where_it_is_told_and_comes_back(self):
        for target in ("full_defconfig", "tiny_defconfig"):
            self.good(target)
            whole = self.lines()
            self.assertIn("out/defconfig", self.good("savedefconfig"))
            least = self.lines(f"{self.folder}/out/defconfig")
            self.assertEqual(least, self.lines(f"{settings.CONFIGS}/{target}"))
            self.good("savedefconfig", f"DEFCONFIG={self.folder}/a/b")
            self.assertEqual(self.lines(f"{self.folder}/a/b"), least)
            shutil.copy(f"{self.folder}/a/b", self.config)
            self.good("olddefconfig")
            self.assertEqual(self.lines(), whole)

    def test_olddefconfig_completes_and_drops(self):
        self.write("# CONFIG_SYMFEED_LEGACY is not set\nCONFIG_SYMFEED_NO_MORE=y\n"
                   "CONFIG_SYMFEED_LINE_SIZE=7\n")
        self.assertIn("SYMFEED_NO_MORE is no setting", self.bad(f"{self.folder}/out/include/"
                                                               "symfeed_autoconf.h"))
        self.good("olddefconfig")
        self.assertIn("# CONFIG_SYMFEED_LEGACY is not set", self.lines())
        self.assertIn("CONFIG_SYMFEED_PROXY=y", self.lines())
        self.assertIn("CONFIG_SYMFEED_LINE_SIZE=128", self.lines())  # 7 is too small
        self.assertNotIn("NO_MORE", self.read())
        self.good(f"{self.folder}/out/include/symfeed_autoconf.h")

    def test_oldconfig_asks_for_what_is_new(self):
        self.good("defconfig")
        self.write("".join(f"{line}\n" for line in self.lines() if "SYMFEED_PROXY" not in line))
        said = self.good("oldconfig", input="n\n")
        self.assertIn("(SYMFEED_PROXY, ", said)
        self.assertIn("# CONFIG_SYMFEED_PROXY is not set", self.lines())

    def test_without_kconfiglib_one_line_says_what_to_install(self):
        # An unreadable module stands in for none: both Pythons look there first.
        self.write("raise ImportError\n", f"{self.folder}/kconfiglib.py")
        said = self.bad("menuconfig", environment={"PYTHONPATH": self.folder})
        self.assertIn("install python3-kconfiglib\n", said)
        self.assertFalse(os.path.exists(self.config))


class Builds(Base):
    """What changes in the settings is built again, and nothing needs Python."""

    def setUp(self):
        super().setUp()
        self.object = f"{self.folder}/out/obj/core/feed/config.o"

    def built(self):
        """Makes the object again if make sees a reason to. Whether it did."""
        before = os.stat(self.object).st_mtime_ns if os.path.exists(self.object) else None
        self.good(self.object)
        return os.stat(self.object).st_mtime_ns != before

    def test_a_tool_that_is_not_there_is_missed_at_once(self):
        folder = os.path.join(self.folder, "bin")
        os.mkdir(folder)
        for tool in ("make", "sh", "env", "cat", "sed", "git", "mkdir", "cmp", "mv", "rm", "uname", "cc"):
            os.symlink(shutil.which(tool), os.path.join(folder, tool))
        for target, tool in (("coverage", "objcopy"), ("fuzz", "clang"), ("strict", "clang"), ("states", "dot"),
                             ("valgrind", "valgrind"), ("footprint", "arm-none-eabi-gcc"), ("lint", "clang-format"),
                             ("firmware", "arm-linux-gnueabihf-gcc"), ("costs", "arm-linux-gnueabihf-gcc"),
                             ("bench", "openssl"), ("soak", "openssl"), ("out-of-memory", "openssl"),
                             ("e2e", "openssl")):
            with self.subTest(target=target):
                said = self.bad(target, environment={"PATH": folder})
                self.assertIn(f"symfeed: no {tool}: install it, or run 'make deps'", said)
                self.assertNotRegex(said, r"(?m)^ +(CC|LINK) ")

    def test_a_changed_file_is_built_and_the_same_one_is_not(self):
        self.write("CONFIG_SYMFEED_LINE_SIZE=200\n")
        self.assertTrue(self.built())
        self.assertFalse(self.built())
        self.write("CONFIG_SYMFEED_LINE_SIZE=201\n")
        os.utime(self.config, (1, 1))  # older than all that was made of the one before
        self.assertTrue(self.built())
        self.write("CONFIG_SYMFEED_LINE_SIZE=201\n")
        self.assertFalse(self.built())

    def test_a_program_for_tests_is_linked_as_any_other(self):
        """make 4.4 expands for each $(shell) what a target hands to its tests."""
        said = self.make("-n", "V=1", "tests", config="/dev/null").stdout
        links = [line for line in said.splitlines() if " -o " in line and "/obj/test/e2e/lookup.o " in line
                 and " -c " not in line]
        self.assertEqual(len(links), 1, said[-2000:])
        self.assertRegex(links[0], "-lmbedcrypto|-ltfpsacrypto")

    def test_a_file_that_was_named_has_to_be_there(self):
        self.write("CONFIG_SYMFEED_LINE_SIZE=200\n")
        self.assertTrue(self.built())
        os.remove(self.config)
        self.assertIn(f"there is no {self.config}", self.bad(self.object))
        self.assertIn("without spaces", self.bad("help", config="a b"))
        self.assertIn("savedefconfig", self.good("help"))

    def test_what_is_no_whole_source_of_mbedtls_is_turned_down_in_one_line(self):
        tree = os.path.join(self.folder, "a tree")  # the space is on purpose
        version = f"{tree}/include/mbedtls/build_info.h"

        def said():
            line, = self.bad("help", f"MBEDTLS_DIR={tree}").splitlines()
            return line

        def touch(*files):
            for file in files:
                os.makedirs(os.path.dirname(f"{tree}/{file}"), exist_ok=True)
                self.write("", f"{tree}/{file}")

        touch("include/mbedtls/build_info.h")
        self.assertIn("no source tree of Mbed TLS 3.6 or 4.x", said())
        for number in ("3.5.2", "5.0.0", "2.28.3"):
            self.write(f'#define MBEDTLS_VERSION_STRING         "{number}"\n', version)
            self.assertIn("no source tree of Mbed TLS 3.6 or 4.x", said())

        self.write('#define MBEDTLS_VERSION_STRING         "3.6.6"\n', version)
        touch("library/aes.c")
        self.assertIn("run `make generated_files` there", said())
        touch("library/psa_crypto_driver_wrappers.h")
        self.assertIn("savedefconfig", self.good("help", f"MBEDTLS_DIR={tree}"))

        self.write('#define MBEDTLS_VERSION_STRING         "4.1.0"\n', version)
        self.assertIn("run `git submodule update --init --recursive` there", said())
        for file in ("tf-psa-crypto/core/psa_crypto.c",
                     "tf-psa-crypto/core/psa_crypto_driver_wrappers.h",
                     "tf-psa-crypto/core/tf_psa_crypto_config_check_user.h"):
            touch(file)
            self.assertIn(" there", said())
        self.assertIn("run `framework/scripts/make_generated_files.py` there", said())
        touch("library/mbedtls_config_check_user.h")
        self.assertIn("savedefconfig", self.good("help", f"MBEDTLS_DIR={tree}"))

    def test_no_folder_of_the_sources_is_one_to_build_in(self):
        # In "..", the program's name is that of a checkout.
        os.mkdir(f"{self.folder}/symfeed")
        for folder in (".", "./", "..", "../", "core/..", "examples", self.folder):
            with self.subTest(folder=folder):
                self.assertIn("symfeed: O= must be a folder of its own, ", self.bad("-n", "clean", f"O={folder}"))
        self.assertNotRegex(self.good("-n", "clean"), r"rm -rf[^\n]*/symfeed\b")

    def test_without_a_source_of_4_x_there_is_nothing_to_do_with_it(self):
        self.assertEqual(self.good("mbedtls4", "MBEDTLS4_DIR="), "")

    def test_a_size_that_a_header_turns_down_is_not_called_a_missing_library(self):
        self.write("")
        said = self.bad(f"{self.folder}/out/obj/have-mbedtls",
                        environment={"CPPFLAGS": "-DSYMFEED_TLS_RECORD_IN=100 "
                                                 "-include port/symfeed_port_config.h"})
        self.assertIn("symfeed: SYMFEED_TLS_RECORD_IN must be 512 to 16384\n", said)
        self.assertNotIn("install", said)

    def test_dot_config_comes_and_goes(self):
        # In a folder of its own: a checkout may have a .config already.
        for name in ("core", "port", "test", "examples"):
            os.symlink(os.path.abspath(name), f"{self.folder}/{name}")
        for name in ("Makefile", "Kconfig"):
            shutil.copy(name, self.folder)
        self.config = f"{self.folder}/.config"

        def built():
            before = os.stat(self.object).st_mtime_ns if os.path.exists(self.object) else None
            done = subprocess.run(["make", "-C", self.folder, "O=out", "out/obj/core/feed/config.o"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  check=False, env=self.environment)
            self.assertEqual(done.returncode, 0, done.stdout)
            return os.stat(self.object).st_mtime_ns != before

        self.environment.pop("KCONFIG_CONFIG", None)
        self.assertTrue(built())
        self.assertFalse(built())
        self.write("CONFIG_SYMFEED_LINE_SIZE=200\n")
        self.assertTrue(built())
        self.assertFalse(built())
        os.remove(self.config)
        self.assertTrue(built())
        self.assertFalse(built())

    def test_a_defconfig_is_built_without_python(self):
        # Each Python that make could call leaves a mark and fails.
        for name in ("python3", "python"):
            self.write(f"#!/bin/sh\n: >{self.folder}/called\nexit 1\n", f"{self.folder}/{name}")
            os.chmod(f"{self.folder}/{name}", 0o755)
        path = {"PATH": f"{self.folder}:{os.environ['PATH']}", "PYTHON": f"{self.folder}/python3"}
        self.good("core-objects", config=f"{settings.CONFIGS}/tiny_defconfig", environment=path)
        self.assertFalse(os.path.exists(f"{self.folder}/called"))
        self.good("V=1", self.object, config=f"{settings.CONFIGS}/tiny_defconfig", environment=path)
        self.assertIn("#define SYMFEED_", self.read(f"{self.folder}/out/include/symfeed_autoconf.h"))

    def test_sizes_that_cannot_work_end_the_build(self):
        kconf = settings.load()
        for symbol in settings.sizes(kconf):
            low, high = settings.limits(symbol)
            for value, limit in ((low - 1, low), (high + 1, high)):
                with self.subTest(setting=symbol.name, value=value):
                    self.write(f"CONFIG_{symbol.name}={value}\n")
                    client = symbol.name.startswith("SYMFEED_CLIENT")
                    port = symbol.name.startswith(("SYMFEED_TLS", "SYMFEED_ARENA"))
                    said = self.bad(f"{self.folder}/out/obj/" + (
                        "examples/symfeed/options.o" if client else
                        "port/tls/arena.o" if port else "core/feed/config.o"))
                    self.assertRegex(said, rf"symfeed: .*\b{limit}\b")

    def test_what_a_build_lacks_is_refused_by_its_name(self):
        self.good("all", "CFLAGS=-O0", config=f"{settings.CONFIGS}/tiny_defconfig")
        symfeed = f"{self.folder}/out/symfeed"
        common = ["--agent", "https://localhost", "--ca", f"{self.folder}/ca.pem"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a",
                        "-keyout", f"{self.folder}/key.pem", "-out", f"{self.folder}/ca.pem"],
                       stderr=subprocess.DEVNULL, check=True)
        self.write("token\n", f"{self.folder}/token")
        tokens = ["--session-token-file", f"{self.folder}/token"]
        for options, name in (
                (["datahose", *common, *tokens, "--types", "MESSAGESENT"], "datahose"),
                (["legacy", *common, *tokens], "legacy"),
                (["list", *common, *tokens], "list"),
                (["tail", *common, *tokens, "--types", "MESSAGESENT"], "--types"),
                (["tail", *common, *tokens, "--proxy", "http://localhost:1"], "--proxy"),
                (["tail", *common, "--client-cert", f"{self.folder}/ca.pem", "--client-key",
                  f"{self.folder}/key.pem"], "--client-cert"),
                (["tail", *common, "--user", "a", "--rsa-key", f"{self.folder}/key.pem"],
                 "--rsa-key")):
            with self.subTest(options=options):
                done = subprocess.run([symfeed, *options], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, timeout=PATIENCE,
                                      check=False)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertRegex(done.stderr, f"^symfeed: {name}: .*this build does not have it")
                self.assertNotIn("SYMFEED_", done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
        version = subprocess.run([symfeed, "version"], stdout=subprocess.PIPE, text=True, check=True)
        for lack in ("no sign-in but by tokens", "no proxy", "no datahose", "no legacy feed",
                     "no single calls", "no messages", "0 repeats"):
            self.assertIn(lack, version.stdout)
        for arguments in (["--help"], ["-h"], ["tail", "--help"], ["-vh", "nonsense"]):
            done = subprocess.run([symfeed, *arguments], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"\Ausage: symfeed COMMAND .*\n.*no texts of help: see "
                                          r"symfeed\(1\).*\n\Z")

    def test_the_command_line_comes_before_the_file(self):
        self.write("CONFIG_SYMFEED_LINE_SIZE=7\n")
        self.good("CPPFLAGS=-DSYMFEED_LINE_SIZE=200", self.object)


class Terminal:
    """A program in a terminal of 25 lines of 80."""

    def __init__(self, command, environment):
        self.seen = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvpe(command[0], command, dict(environment, TERM="xterm", LINES="25",
                                                 COLUMNS="80", LC_ALL="C.UTF-8"))
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))

    def _more(self, until):
        ready, _, _ = select.select([self.terminal], [], [], max(until - time.monotonic(), 0))
        if not ready:
            raise TimeoutError(self.seen)
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # the other end is gone
            data = b""
        self.seen += data.decode(errors="replace")
        return data

    def wait_for(self, text):
        until = time.monotonic() + PATIENCE
        while text not in self.seen:
            if not self._more(until):
                raise EOFError(self.seen)
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def end(self):
        until = time.monotonic() + PATIENCE
        while self._more(until):
            pass
        _, status = os.waitpid(self.process, 0)
        self.process = None
        return status

    def close(self):
        if self.process is not None:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self.terminal)


class Menu(Base):
    def test_menuconfig(self):
        menu = Terminal(["make", f"O={self.folder}/out", f"KCONFIG_CONFIG={self.config}",
                         f"PYTHON={sys.executable}", "menuconfig"], self.environment)
        self.addCleanup(menu.close)
        menu.wait_for("Sign-in")
        menu.wait_for("Command line client")
        menu.press("/")
        menu.wait_for("Jump to")
        menu.press("SYMFEED_LEGACY")
        menu.wait_for("Legacy feed")
        menu.press("\n")
        menu.wait_for("Single calls")  # the menu around it, where the setting is marked
        menu.press(" ?")
        menu.wait_for("Value: n")
        menu.wait_for("v4 API")
        menu.press("\x1b")
        menu.wait_for("Single calls")
        menu.press("S")
        menu.wait_for("Filename to save")
        menu.press("\n")
        menu.wait_for("saved to")
        menu.press(" ")
        menu.press("q")
        self.assertEqual(menu.end(), 0)
        self.assertIn("# CONFIG_SYMFEED_LEGACY is not set", self.lines())
        want = os.path.join(self.folder, "want")
        kconf = settings.load()
        kconf.syms["SYMFEED_LEGACY"].set_value("n")
        kconf.write_config(want, save_old=False)
        self.assertEqual(self.lines(), self.lines(want))
        self.good(f"{self.folder}/out/include/symfeed_autoconf.h")


if __name__ == "__main__":
    unittest.main()
