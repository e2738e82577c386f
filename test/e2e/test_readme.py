# SPDX-License-Identifier: Apache-2.0
"""The blocks of README.md: each is run or compiled as it stands, in a folder with a space in its name.

The folder has the project's folders as links, so that relative paths lead to them, and a `build` with
what was built. In front of PATH are `symfeed`; `make`, which only notes what was asked of it, because
what it would make is there; and `cc`, which adds the flags of this build. Hosts and ports are replaced:
the Agent's and the broker's are the system's choice. `make install` and firmware are checked against the
Makefile. install_check.sh runs the block with pkg-config, drift_check.py compares the first program.
"""

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from collections import namedtuple

import emulation
from harness import (BOT, EndToEnd, PATIENCE, ROOT, SYMFEED, certificate_folder, certificates, environment,
                     made, message, run)
from peers import Place

BUILD = os.environ.get("SYMFEED_BUILD", os.path.join(ROOT, "build"))
PAGES = ("README.md", "core/FAILURES.md", "port/README.md", "port/FOOTPRINT.md")
MOST_LINES = 250  # of README.md
LIBRARIES = "-lmbedtls -lmbedx509 -lmbedcrypto"

Block = namedtuple("Block", "language text")


def page(name="README.md"):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def blocks():
    """The blocks of README.md, fenced ones with their language and indented ones with "", in order."""
    found, language, lines = [], None, []
    for line in page().splitlines() + [""]:
        fence = re.match(r"```(\w*)$", line)
        if language is None and fence:
            language, lines = fence[1], []
        elif language is None and line.startswith("    "):
            language, lines = "", [line[4:]]
        elif language == "" and line.startswith("    "):
            lines.append(line[4:])
        elif language == "" or language and fence:
            found.append(Block(language, "\n".join(lines) + "\n"))
            language = None
        elif language:
            lines.append(line)
    return found


TESTED = {}  # what a block has in it: the test


def of(needle):
    """Marks the test of the one block that has these words."""
    def mark(function):
        TESTED[needle] = function.__name__
        function.needle = needle
        return function
    return mark


def block(needle):
    return next(each.text for each in blocks() if needle in each.text)


class Broker:
    """As much of an MQTT 3.1.1 broker as mosquitto_pub needs; `published` has (topic, bytes)."""

    def __init__(self):
        self.published, self._listener = [], socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as stream:
            while True:
                head = stream.read(1)
                if not head or head[0] >> 4 == 14:  # DISCONNECT
                    return
                size, shift = 0, 0
                while True:
                    byte = stream.read(1)[0]
                    size |= (byte & 127) << shift
                    shift += 7
                    if byte < 128:
                        break
                body = stream.read(size)
                if head[0] >> 4 == 1:  # CONNECT
                    client.sendall(b"\x20\x02\x00\x00")
                elif head[0] >> 4 == 3:  # PUBLISH
                    length = int.from_bytes(body[:2], "big")
                    topic, rest = body[2:2 + length].decode(), body[2 + length:]
                    quality = head[0] >> 1 & 3
                    self.published.append((topic, rest[2:] if quality else rest))
                    if quality:
                        client.sendall(b"\x40\x02" + rest[:2])


class Pages(unittest.TestCase):
    """What is looked at without an Agent."""

    def test_every_block_has_one_test(self):
        for needle, name in TESTED.items():
            having = [each for each in blocks() if needle in each.text]
            self.assertEqual(len(having), 1, f"{name}: {needle!r} is in {len(having)} blocks")
        for each in blocks():
            tests = [name for needle, name in TESTED.items() if needle in each.text]
            self.assertEqual(len(tests), 1, f"tests {tests} of the block:\n{each.text}")
        self.assertEqual(page().count("```"), 2 * len([each for each in blocks() if each.language]))

    def test_it_is_short(self):
        self.assertLessEqual(page().count("\n"), MOST_LINES)

    def test_links_lead_somewhere(self):
        for name in PAGES:
            folder = os.path.dirname(os.path.join(ROOT, name))
            for target in re.findall(r"\]\(([^)#]+)", re.sub(r"<!--.*?-->", "", page(name), flags=re.S)):
                if not target.startswith("https://"):
                    self.assertTrue(os.path.exists(os.path.join(folder, target)), f"{name}: {target}")

    def test_options_for_those_who_come_from_a_bdk(self):
        table = page().partition("## From a BDK")[2].partition("\n## ")[0]
        known = run("--help").stdout.decode()
        words = re.findall(r"`([a-z-]+)`", " ".join(row.split("|")[2] for row in table.splitlines()
                                                     if row.startswith("| ")))
        self.assertIn("rsa-key", words)
        for word in words:
            self.assertRegex(known, rf"(?m)^  (-., )?(--)?{word}\b")

    def targets(self, text):
        """The targets of the calls of make in a block."""
        with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as makefile:
            with open(os.path.join(ROOT, "test", "checks.mk"), encoding="utf-8") as checks:
                rules = makefile.read() + checks.read()
        helped = set(re.findall(r"^([a-z][a-z0-9_.-]*):[^=\n]*## ", rules, re.M))
        for line in re.findall(r"make ((?:[\w-]+ ?)+)", text):
            for target in line.split():
                self.assertIn(target, helped, "make help does not have it")

    @of("make demo ")
    def test_the_two_commands(self):
        """They would run for minutes."""
        text = block(self.test_the_two_commands.needle)
        self.assertEqual(len(text.splitlines()), 2)
        self.targets(re.sub("#.*", "", text))

    def test_targets_in_the_text(self):
        named = [name for name in re.findall(r"`make ([^`]*)`", page().replace("\n", " "))
                 if "=" not in name]
        self.assertIn("install", named)
        self.targets("\n".join(f"make {name}" for name in named))

    def test_the_firmware_command_of_the_port_is_that_of_make(self):
        command = page("port/README.md").partition("    make O=out ")[2].partition("\n\n")[0]
        with open(os.path.join(ROOT, "test", "checks.mk"), encoding="utf-8") as file:
            made_with = re.search(r"^firmware-with = (.*?[^\\])\n", file.read(), re.M | re.S)[1]
        words = shlex.split(command.replace("\\\n", " "))
        self.assertGreater(len(words), 4)
        for word in words:
            self.assertIn(word, shlex.split(made_with.replace("\\\n", " ").replace("$(O)", "build").replace(
                "$(ARMV7)", "arm-linux-gnueabihf-")))

    @of("core/       the client")
    def test_where_things_are(self):
        """Each folder that is named is there, in the one of its line where it is not at the top."""
        for line in block(self.test_where_things_are.needle).splitlines():
            first, *others = re.findall(r"([a-z]+)/", line)
            self.assertTrue(os.path.isdir(os.path.join(ROOT, first)), first)
            for name in others:
                self.assertTrue(os.path.isdir(os.path.join(ROOT, first, name)), f"{first}/{name}")

    @of("pkg-config --cflags")
    def test_pkg_config(self):
        """install_check.sh runs it: an installed library is needed, and make is not called here."""
        with open(os.path.join(ROOT, "test", "tools", "install_check.sh"), encoding="utf-8") as file:
            self.assertIn("pkg-config --cflags --libs symfeed", file.read())


@unittest.skipIf(emulation.ARCH, "it is for the compiler of this machine")
class Readme(EndToEnd):

    def setUp(self):
        super().setUp()
        self.started, self.broker, self.port = [], None, None
        # Of the compiler's flags some are paths, and those of pkg-config may have no space.
        self.tree = os.path.join(self.folder, "a folder")
        self.bin = os.path.join(self.folder, "bin")
        os.makedirs(os.path.join(self.tree, "build"))
        os.mkdir(self.bin)
        for name in ("core", "port", "examples", "test"):
            os.symlink(os.path.join(ROOT, name), os.path.join(self.tree, name))
        for name in ("symfeed", "libsymfeed.a", "include", "obj"):
            if os.path.exists(os.path.join(BUILD, name)):
                os.symlink(os.path.join(BUILD, name), os.path.join(self.tree, "build", name))
        self.program("symfeed", f'exec {shlex.quote(SYMFEED)} "$@"')
        self.program("make", 'printf "%s\\n" "make $*" >>made')
        self.program("python3", f'exec {shlex.quote(sys.executable)} "$@"')
        compiler = shlex.join(self.words("SYMFEED_CC", "cc"))
        libraries = shlex.join(self.words("SYMFEED_LIBS", LIBRARIES))
        self.program("cc", 'for word; do\n    shift\n    case $word in\n'
                           f'    -lmbedtls) set -- "$@" {libraries} ;;\n'
                           '    -lmbedx509 | -lmbedcrypto) ;;\n'
                           '    *) set -- "$@" "$word" ;;\n    esac\ndone\n'
                           f'exec {compiler} "$@"')
        self.addCleanup(self.end_started)

    def words(self, variable, usual):
        """The words of a variable that make has set; relative paths lead from the top."""
        words = shlex.split(os.environ.get(variable, usual))
        for at, word in enumerate(words):
            flag, path = re.match(r"(-isystem|-I|-L|)(.*)", word).groups()
            if "/" in path and os.path.exists(os.path.join(ROOT, path)):
                words[at] = flag + os.path.join(ROOT, path)
        return [shutil.which(words[0]) or words[0], *words[1:]]

    def program(self, name, text, folder=None):
        path = os.path.join(folder or self.bin, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)
        return path

    def begin(self, text, shell="bash"):
        """Starts a shell with the text as its input, as if it was pasted; what it prints is in the file
        `shown`, and messages in `said`."""
        path = os.pathsep.join((self.bin, os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
        with open(os.path.join(self.tree, "shown"), "ab") as out, \
                open(os.path.join(self.tree, "said"), "ab") as err:
            child = subprocess.Popen([shell], stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=self.tree,
                                     env=environment(PATH=path), start_new_session=True)
        self.started.append(child)
        try:
            child.stdin.write(text.encode())
            child.stdin.close()
        except BrokenPipeError:
            pass
        return child

    def run_block(self, text, shell="bash"):
        """Runs it to its end, which has to be a good one; returns what it printed."""
        child = self.begin("set -e\n" + text, shell)
        try:
            status = child.wait(2 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail(f"it does not end:\n{text}\n{self.shown()}{self.shown('said')}")
        self.assertEqual(status, 0, f"{text}\n{self.shown()}{self.shown('said')}")
        return self.shown()

    def shown(self, name="shown"):
        try:
            with open(os.path.join(self.tree, name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"did not happen: {what}\n{self.shown()}{self.shown('said')}\n{self.last_words()}")
            time.sleep(0.02)

    def end(self, child):
        """Ends a shell and all that it started; what they did is over then."""
        try:
            os.killpg(child.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def end_started(self):
        for child in self.started:
            self.end(child)
        self.assertNotRegex(self.shown("said"), r"Sanitizer|runtime error:")

    # -- ten minutes -----------------------------------------------------------------------------

    @of("--wait-ready")
    def test_ten_minutes(self):
        text = block(self.test_ten_minutes.needle)
        count = int(re.search(r"--count (\d+)", text)[1])
        self.assertIn("`kill %1` ends it", page())
        place = Place()
        self.addCleanup(place.close)
        lines = self.run_block(text.replace("8443", str(place.port)) + "kill %1\nwait\n").splitlines()
        self.assertEqual(self.shown("made"), "make all examples\n")
        *printed, listed = lines
        self.assertGreaterEqual(len(printed), count)
        for line in printed:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  \S")
        self.assertIn("id", json.loads(listed))

    # -- recipes ---------------------------------------------------------------------------------

    def start_configured(self, name="my.conf"):
        """An Agent, and the file of the ten minutes with its hosts and files, without the tag's owner."""
        agent = self.start_agent(users={BOT: made("keys")["rsa2048-public"]})
        key = made("keys")["rsa2048-pkcs8"]
        self.note_key(key)
        text = re.search(r"<<'END'\n(.*?)^END$", block("--wait-ready"), re.M | re.S)[1]
        for was, now in (("https://localhost:8443", agent.url), ("build/agent/my-bot.pem", key), ("my-bot", BOT),
                         ("build/agent/ca.pem", certificates.ca_path(certificate_folder()))):
            self.assertIn(was, text)
            text = text.replace(was, now)
        with open(os.path.join(self.tree, name), "w", encoding="utf-8") as file:
            file.write(text)
        self.ring = self.program("ring-the-bell", 'printf "%s\\n" "$SYMFEED_TEXT" >>rung', self.tree)
        return agent

    def recipe(self, title):
        """The commands below a comment."""
        found = re.search(rf"^# {title}.*\n((?:[^#].*\n?)+)", block("--unbuffered"), re.M)
        self.assertTrue(found, title)
        return found[1]

    @of("--unbuffered")
    def test_the_block_has_these_recipes(self):
        text = block(self.test_the_block_has_these_recipes.needle)
        self.assertEqual(len(re.findall("^#", text, re.M)), 4)

    def test_recipe_who_says_what(self):
        if not shutil.which("jq"):
            self.skipTest("there is no jq")
        self.start_configured()
        self.begin(self.recipe("who says what"))
        self.wait_reading()
        self.agent.push([message(1)])
        sent = json.loads(message(1))["payload"]["messageSent"]["message"]
        self.wait_until(lambda: "\n" in self.shown(), "a line of jq")
        self.assertEqual(self.shown().splitlines()[0],
                         f"{sent['user']['displayName']}: {re.sub('<[^>]*>', '', sent['message'])}".splitlines()[0])

    def publish(self, title):
        client = shutil.which("mosquitto_pub")
        if client is None:
            self.skipTest("there is no mosquitto_pub")
        self.start_configured()
        broker = Broker()
        self.addCleanup(broker.close)
        text = self.recipe(title)
        self.assertIn("-h mqtt.example.com", text)
        self.begin(text.replace("-h mqtt.example.com", f"-h 127.0.0.1 -p {broker.port}"))
        self.wait_reading()
        self.agent.push([message(1), message(2)])
        self.wait_until(lambda: len(broker.published) == 2, "the broker gets both events")
        # A command of --exec gets a line, which -s takes with its end.
        self.assertEqual([(topic, text.rstrip(b"\n")) for topic, text in broker.published],
                         [("symphony", message(number).encode()) for number in (1, 2)])
        self.wait_acknowledged([message(1), message(2)])

    def test_recipe_all_events_to_a_broker(self):
        self.publish("all events to an MQTT broker")

    def test_recipe_acknowledged_after_the_broker_has_it(self):
        self.publish("the same")

    def rings(self, text):
        """Pushes two messages; the command rings for that of a fire. Then all ends."""
        child = self.begin(text)
        self.wait_reading()
        alarms = [message(1, "all is well"), message(2, "there is fire in the hall")]
        self.agent.push(alarms)
        self.wait_acknowledged(alarms)
        self.end(child)
        return self.shown("rung").splitlines()

    def test_recipe_a_command_for_some(self):
        self.start_configured()
        self.assertEqual(self.rings(self.recipe("a command for some")), ["there is fire in the hall"])

    # -- services --------------------------------------------------------------------------------

    def here(self, words):
        """A command of an image, with what it names here."""
        for at, word in enumerate(words):
            if word == "/usr/bin/ring-the-bell":
                words[at] = shlex.quote(self.ring)
            words[at] = {"/usr/bin/symfeed": SYMFEED, "/usr/local/bin/symfeed": SYMFEED,
                         "/etc/symfeed/my.conf": "my.conf"}.get(words[at], words[at])
        return words

    @of("[Service]")
    def test_systemd(self):
        self.start_configured()
        text = block(self.test_systemd.needle)
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.optionxform = str
        unit.read_string(text)
        credentials = os.path.join(self.folder, "credentials")
        os.mkdir(credentials)
        given = dict(re.findall(r"^LoadCredential=(\w+):(\S+)$", text, re.M))
        self.assertEqual(set(given.values()), {"/etc/symfeed/my.conf", "/etc/symfeed/my-bot.pem"})
        for name, source in given.items():
            shutil.copy(made("keys")["rsa2048-pkcs8"] if source.endswith(".pem") else
                        os.path.join(self.tree, "my.conf"), os.path.join(credentials, name))
        words = self.here([word.replace("%d", credentials) for word in shlex.split(unit["Service"]["ExecStart"])])
        self.assertEqual(self.rings("exec " + shlex.join(words)),
                         ["all is well", "there is fire in the hall"])
        if shutil.which("systemd-analyze"):
            with open(os.path.join(self.folder, "bell.service"), "w", encoding="utf-8") as file:
                file.write(text.replace("/usr/local/bin/symfeed", "/bin/true"))
            done = subprocess.run(["systemd-analyze", "verify", file.name], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
            self.assertNotIn("bell.service", done.stdout.decode())

    @of("procd_open_instance")
    def test_openwrt(self):
        """procd is not here: its functions print what they are told."""
        self.start_configured()
        script = block(self.test_openwrt.needle)
        self.assertTrue(script.startswith("#!/bin/sh /etc/rc.common\n"))
        told = self.run_block('procd_open_instance() { echo open; }\nprocd_close_instance() { echo close; }\n'
                              'procd_set_param() { printf "%s\\n" "$*"; }\n'
                              f"{script}\nstart_service\n", "sh").splitlines()
        self.assertEqual((told[0], told[-1]), ("open", "close"))
        command, = (line for line in told if line.startswith("command "))
        self.assertIn("respawn 3600 5 0", told)
        self.assertEqual(self.rings("exec " + shlex.join(self.here(shlex.split(command)[1:]))),
                         ["all is well", "there is fire in the hall"])

    # -- programs --------------------------------------------------------------------------------

    def compile(self, source, name):
        """Builds a program of the block's text and what is around it, as the README's own line does."""
        with open(os.path.join(self.tree, f"{name}.c"), "w", encoding="utf-8") as file:
            file.write(source)
        line = block("cc -Icore").splitlines()[0]
        self.assertIn("examples/first.c", line)
        line = line.replace("examples/first.c", f"{name}.c").replace("build/first", f"build/{name}")
        self.run_block(line.replace("cc ", "cc -Wall -Werror ", 1))

    def link_agent(self):
        """The simulator's files of the ten minutes, of the Agent of this test."""
        folder = os.path.join(self.tree, "build", "agent")
        os.mkdir(folder)
        os.symlink(self.token_file(), os.path.join(folder, "session-token"))
        os.symlink(certificates.ca_path(certificate_folder()), os.path.join(folder, "ca.pem"))

    def messages_come(self, text, expected):
        """Runs the text, pushes three messages, and waits until they are printed and acknowledged."""
        child = self.begin(text.replace("8443", str(self.agent.port)))
        self.wait_reading()
        pushed = [message(number, f"message {number}") for number in range(3)]
        self.agent.push(pushed)
        self.wait_until(lambda: self.shown().splitlines() == expected, "the messages are printed")
        self.wait_acknowledged(pushed)
        return child

    @of("cc -Icore")
    def test_the_first_program(self):
        self.start_agent()
        self.link_agent()
        self.messages_come(block(self.test_the_first_program.needle), [f"message {number}" for number in range(3)])

    @of("int main(")
    def test_the_text_of_the_first_program(self):
        """It is examples/first.c: test_the_first_program compiles and runs that."""
        self.assertIn(block("int main(").strip(), page("examples/first.c"))

    # What is around the other two blocks: a program of two functions of its own.
    AROUND = """
int main(int argc, char **argv)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)], arena[SYMFEED_ARENA_ROOM];
    struct symfeed_posix_config config = {
        SYMFEED_POSIX_MEMORY(memory, arena),
        .feed = {.agent = argv[1], .tag = "block", .window = 4096, .json_tokens = 128},
        .session_token_file = argv[2], .ca_file = argv[3], REPORTS};
    char error[256];

    if (argc != 4 || symfeed_posix_open(&posix, &config, error, sizeof error) != SYMFEED_POSIX_OK) {
        fprintf(stderr, "%s\\n", error);
        return 2;
    }
    LOOP
    symfeed_posix_close(&posix);
    return 0;
}
"""

    def around(self, includes, functions, text, reports, loop):
        lines = [f"#include <{name}>" for name in ("stdbool.h", "stdint.h", "stdio.h", *includes)]
        return "\n".join([*lines, '#include "symfeed_posix.h"', "static struct symfeed_posix posix;", functions,
                          text, self.AROUND.replace("REPORTS", reports).replace("LOOP", loop)])

    HANDLE = """static bool handle(const struct symfeed_event *event)
{
    char text[1024];

    symfeed_message_text(event, text, sizeof text);
    printf("%s\\n", text);
    return fflush(stdout) == 0;
}
"""

    RUN = "build/{} https://localhost:8443 build/agent/session-token build/agent/ca.pem\n"

    @of("void on_event(")
    def test_run_and_syslog(self):
        self.start_agent()
        self.link_agent()
        self.assertIn("`symfeed_posix_run(&posix, on_event, NULL)`", page())
        self.assertIn("`.report = on_report`", page())
        text = block(self.test_run_and_syslog.needle)
        setting = re.search(r"\.report_context = &posix", text)[0]
        # What goes to the system's log is to be seen here.
        self.compile(self.around(("syslog.h",), self.HANDLE +
                                 "#define syslog(level, ...) ((void)(level), fprintf(stderr, __VA_ARGS__))",
                                 text, f".report = on_report, {setting}",
                                 "symfeed_posix_run(&posix, on_event, NULL);"), "run")
        self.messages_come(self.RUN.format("run"), [f"message {number}" for number in range(3)])
        self.wait_until(lambda: "created a feed" in self.shown("said"), "a line for the system's log")

    @of("epoll_ctl(")
    def test_epoll(self):
        """The connection is lost in between, so that the descriptor changes."""
        self.start_agent()
        self.link_agent()
        self.compile(self.around(
            ("poll.h", "sys/epoll.h", "unistd.h"), self.HANDLE, block(self.test_epoll.needle), "", """
    struct epoll_event member = {.events = EPOLLIN}, ready;
    struct symfeed_event event;
    int outer = epoll_create1(0), inner = epoll_create1(0), watched = -1, waits = 0;

    if (epoll_ctl(outer, EPOLL_CTL_ADD, inner, &member) != 0) {
        return 3;
    }
    for (;;) {
        enum symfeed_status status = symfeed_next(posix.feed, &event);

        if (status == SYMFEED_EVENT) {
            handle(&event);
        } else if (status == SYMFEED_WAIT && waits++ < 1000) { /* it would spin on wrong events */
            epoll_wait(outer, &ready, 1, watch(&posix, inner, &watched));
        } else {
            break;
        }
    }
"""), "epoll")
        expected = [f"message {number}" for number in range(3)]
        self.messages_come(self.RUN.format("epoll"), expected)
        self.wait_reading()
        self.agent.drop_connections()
        self.wait_reading()
        # At once: a descriptor that is not watched would be looked at when the read's timer ends.
        start = time.monotonic()
        self.agent.push([message(9, "message 9")])
        self.wait_until(lambda: self.shown().splitlines() == expected + ["message 9"], "one more message")
        self.assertLess(time.monotonic() - start, PATIENCE / 2)


if __name__ == "__main__":
    unittest.main()
