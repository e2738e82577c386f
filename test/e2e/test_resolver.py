# SPDX-License-Identifier: Apache-2.0
"""Names as the system has them: /etc/hosts, /etc/resolv.conf and port 53, whichever resolver is built.

This file's process moves into a network and a file system of its own, with its own two files and its
own name server there; where it may not, its tests are skipped. They hold for both resolvers
(SYMFEED_RESOLVER_GETADDRINFO): where one cannot do what the other does, the test says so. What name
servers may do to the port's own resolver is in test_name_servers.py.
"""

import ctypes
import errno
import fcntl
import os
import socket
import struct
import subprocess
import tempfile
import time
import unittest

from harness import PATIENCE, SYMFEED, EndToEnd, environment, message

import name_server  # of the simulator
from name_server import answer, record

LOOKUP = os.path.join(os.environ.get("SYMFEED_BUILD", os.path.dirname(SYMFEED)),
                      "obj", "test", "e2e", "lookup")

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8914, 0x8916, 1

# One try of a second for each question: enough here, and soon over where nobody answers.
RESOLV_CONF = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
HOSTS = "127.0.0.1 localhost\n::1 localhost\n"
NAMES = {"/etc/hosts": HOSTS, "/etc/resolv.conf": RESOLV_CONF,
         "/etc/nsswitch.conf": "hosts: files dns\n"}

NO_SERVER = "no name server answers"
REFUSED = "the name server has refused the name"
FOR_NOW = "name resolution failed for now"
NO_HOST = "no such host"
NO_ADDRESS = "the host has no address"

folder = None  # of our own files
excuse = None  # why there is no network of our own


# -- a network of our own --------------------------------------------------------------------------


def call(function, *arguments):
    if function(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{function.__name__}: {os.strerror(code)}")


def enter():
    """Leaves the system's network and file systems for our own."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    try:
        call(libc.unshare, CLONE_NEWNS | CLONE_NEWNET)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
        call(libc.unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                           ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    call(libc.mount, None, b"/", None, MS_REC | MS_PRIVATE, None)
    for path, text in NAMES.items():
        if os.path.exists(path) or path != "/etc/nsswitch.conf":
            write(path, text)
            call(libc.mount, os.path.join(folder.name, os.path.basename(path)).encode(),
                 os.path.realpath(path).encode(), None, MS_BIND, None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as descriptor:
        fcntl.ioctl(descriptor, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def write(path, text):
    """Writes one of the files; it stays the same file, which is what is mounted."""
    with open(os.path.join(folder.name, os.path.basename(path)), "w", encoding="utf-8") as file:
        file.write(text)


def add_ipv6(address):
    """One more address of this machine's, which it sends from as soon as it has settled."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as descriptor:
        fcntl.ioctl(descriptor, SIOCSIFADDR, struct.pack(
            "16sIi", socket.inet_pton(socket.AF_INET6, address), 128, socket.if_nametoindex("lo")))
    end = time.monotonic() + PATIENCE
    while True:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as descriptor:
            descriptor.connect((address, 9))
            if descriptor.getsockname()[0] == address:
                return
        if time.monotonic() > end:
            raise AssertionError(f"{address} does not settle")
        time.sleep(0.01)


def setUpModule():  # the name is unittest's
    global excuse, folder
    folder = tempfile.TemporaryDirectory(prefix="symfeed-resolver-")
    unittest.addModuleCleanup(folder.cleanup)
    if not os.path.exists(LOOKUP):
        raise unittest.SkipTest("make has not built test/e2e/lookup.c")
    try:
        enter()
    except OSError as error:
        excuse = f"no network of our own to be had: {error}"


def ask_program(name=""):
    """The kind of resolver; the addresses in their order, or the reason as a text."""
    done = subprocess.run([LOOKUP], input=name + "\n" if name else "", stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, timeout=PATIENCE, env=environment(), check=False)
    if done.returncode != 0:
        raise AssertionError(f"lookup {name}: exit {done.returncode}\n{done.stdout}")
    kind, *rest = done.stdout.splitlines()
    words = rest[0].split()[2:] if rest else []
    return kind, (" ".join(words[2:]) if words[:1] == [":"] else words)


class Anywhere(unittest.TestCase):
    """What needs no name server, and no network either."""

    def test_addresses(self):
        self.assertEqual(ask_program("127.0.0.1")[1], ["127.0.0.1"])
        self.assertEqual(ask_program("2001:db8::7")[1], ["2001:db8::7"])

    def test_what_can_be_no_name(self):
        self.assertIsInstance(ask_program("x" * 64 + ".example")[1], str)


class NameCase(EndToEnd):
    """A test with a name server on port 53, whose zone it fills in."""

    def setUp(self):
        super().setUp()
        if excuse:
            self.skipTest(excuse)
        for path, text in NAMES.items():
            write(path, text)
        self.server = name_server.NameServer(port=53).start()
        self.addCleanup(self.server.stop)
        self.zone = self.server.zone
        self.own = ask_program()[0] == "dns"  # not getaddrinfo()

    def look_up(self, name):
        """The addresses in their order, or the reason as a text."""
        self.server.questions.clear()
        return ask_program(name)[1]

    def asked(self):
        """The names that were asked for."""
        return {question.name.lower() for question in self.server.questions}


# -- what is right ---------------------------------------------------------------------------------


class Found(NameCase):
    def test_addresses_as_they_are(self):
        for text in ("127.0.0.1", "10.1.2.3", "::1", "2001:db8::7"):
            self.assertEqual(self.look_up(text), [text])
        self.assertEqual(self.look_up("127.1"), ["127.0.0.1"])
        self.assertEqual(self.look_up("fe80::1%1"), ["fe80::1%1"])
        self.assertEqual(self.server.questions, [])

    def test_ipv4_ipv6_and_both(self):
        self.zone.update({"four.example": {"A": ["127.0.0.4"]}, "six.example": {"AAAA": ["::1"]},
                          "both.example": {"A": ["127.0.0.4"], "AAAA": ["::1"]}})
        self.assertEqual(self.look_up("four.example"), ["127.0.0.4"])
        self.assertEqual(self.look_up("six.example"), ["::1"])
        self.assertEqual(self.look_up("both.example"), ["::1", "127.0.0.4"])
        self.assertEqual(self.asked(), {"both.example"})
        self.assertEqual(self.look_up("Both.EXAMPLE."), ["::1", "127.0.0.4"])

    def test_what_cannot_be_reached_comes_last(self):
        """There is no way to the outside from here."""
        self.zone["far.example"] = {"A": ["192.0.2.1", "127.0.0.9"], "AAAA": ["2001:db8::1"]}
        found = self.look_up("far.example")
        self.assertEqual(found[0], "127.0.0.9")
        self.assertEqual(set(found[1:]), {"192.0.2.1", "2001:db8::1"})

    def test_kinds_of_ipv6(self):
        if not self.own:
            self.skipTest("the C library has an order of its own")
        for address in ("2001:db8:5::1", "fd00::5"):
            add_ipv6(address)
        self.zone["kinds.example"] = {"A": ["127.0.0.9"], "AAAA": ["fd00::5", "2001:db8:5::1", "::1"]}
        found = self.look_up("kinds.example")
        self.assertEqual(found[-2:], ["127.0.0.9", "fd00::5"], "IPv6 of a site comes behind IPv4")
        self.assertEqual(set(found[:2]), {"::1", "2001:db8:5::1"})

    def test_a_name_with_many_addresses(self):
        some = [f"127.0.1.{number}" for number in range(1, 31)]
        self.zone["many.example"] = {"A": some}
        found = self.look_up("many.example")
        self.assertEqual(len(found), 8)
        self.assertLessEqual(set(found), set(some))
        self.zone["more.example"] = {"A": some, "AAAA": [f"2001:db8::{n}" for n in range(30)]}
        self.assertEqual(len(self.look_up("more.example")), 8)

    def test_aliases(self):
        for number in range(7):
            self.zone[f"alias{number}.example"] = {"CNAME": f"alias{number + 1}.example"}
        self.zone["alias7.example"] = {"A": ["127.0.0.7"]}
        self.assertEqual(self.look_up("alias6.example"), ["127.0.0.7"])
        self.assertEqual(self.look_up("alias0.example"), ["127.0.0.7"])

    def test_what_is_too_long_for_a_datagram_comes_by_tcp(self):
        self.zone["long.example"] = {"A": [f"127.0.2.{number}" for number in range(100)]}
        self.assertEqual(len(self.look_up("long.example")), 8)
        self.assertIn("tcp", {question.transport for question in self.server.questions})

    def test_the_second_name_server(self):
        write("/etc/resolv.conf", "nameserver 127.0.0.66\n" + RESOLV_CONF)
        self.zone["four.example"] = {"A": ["127.0.0.4"]}
        self.assertEqual(self.look_up("four.example"), ["127.0.0.4"])


class HostsFile(NameCase):
    def test_it_comes_first_and_may_have_both_kinds(self):
        self.zone["bot.example"] = {"A": ["127.0.0.9"]}
        write("/etc/hosts", HOSTS + "127.0.0.3 other bot.example # us\n::1 bot.example\n"
              "127.0.0.4 BIG.example\n")
        self.assertEqual(self.look_up("bot.example"), ["::1", "127.0.0.3"])
        if self.own:
            self.assertEqual(self.look_up("big.example"), ["127.0.0.4"])
        self.assertEqual(self.look_up("other"), ["127.0.0.3"])
        self.assertEqual(self.server.questions, [])

    def test_localhost(self):
        self.assertEqual(sorted(self.look_up("localhost")), ["127.0.0.1", "::1"])
        self.assertEqual(self.server.questions, [])

    def test_localhost_without_the_file(self):
        if not self.own:
            self.skipTest("the system's resolver asks a name server for it")
        write("/etc/hosts", "")
        for name in ("localhost", "any.localhost", "LOCALHOST."):
            self.assertEqual(self.look_up(name), ["127.0.0.1", "::1"])
        self.assertEqual(self.server.questions, [])

    def test_search_list(self):
        self.zone.update({"proxy.b.example": {"A": ["127.0.0.8"]}, "host.name": {"A": ["127.0.0.9"]}})
        self.assertEqual(self.look_up("proxy"), NO_HOST)
        write("/etc/resolv.conf", RESOLV_CONF + "search a.example b.example\n")
        self.assertEqual(self.look_up("proxy"), ["127.0.0.8"])
        self.assertLessEqual({"proxy.a.example", "proxy.b.example"}, self.asked())
        self.assertEqual(self.look_up("host.name"), ["127.0.0.9"])
        self.assertEqual(self.asked(), {"host.name"})


# -- what is not -----------------------------------------------------------------------------------


class NotFound(NameCase):
    def test_no_such_name(self):
        self.assertEqual(self.look_up("gone.example"), NO_HOST)
        self.assertEqual(self.asked(), {"gone.example"})
        self.assertEqual(self.look_up("x" * 64 + ".example"), NO_HOST)

    def test_no_address(self):
        self.zone["text.example"] = {}
        self.zone["alias.example"] = {"CNAME": "text.example"}
        self.assertEqual(self.look_up("text.example"), NO_ADDRESS)
        self.assertIn(self.look_up("alias.example"), [NO_ADDRESS] + [NO_HOST] * (not self.own))

    def test_an_alias_of_nothing(self):
        self.zone["alias.example"] = {"CNAME": "gone.example"}
        self.assertEqual(self.look_up("alias.example"), NO_HOST)

    def test_a_server_that_fails(self):
        self.zone.update({"fails.example": "servfail", "refused.example": "refused"})
        self.assertEqual(self.look_up("fails.example"), FOR_NOW)
        self.assertEqual(self.look_up("refused.example"), REFUSED if self.own else FOR_NOW)

    def test_a_server_that_is_silent(self):
        self.zone["silent.example"] = lambda question: None
        start = time.monotonic()
        self.assertEqual(self.look_up("silent.example"), NO_SERVER if self.own else FOR_NOW)
        self.assertLess(time.monotonic() - start, 10)

    def test_no_server(self):
        self.server.stop()
        self.assertEqual(self.look_up("bot.example"), NO_SERVER if self.own else FOR_NOW)

    def test_no_resolv_conf_to_speak_of(self):
        write("/etc/resolv.conf", "options timeout:1 attempts:1\n")
        self.zone["four.example"] = {"A": ["127.0.0.4"]}
        self.assertEqual(self.look_up("four.example"), ["127.0.0.4"], "the server is on this machine")

    def test_one_kind_fails(self):
        """The other one is good enough here; musl's getaddrinfo() wants both."""
        self.zone["half.example"] = lambda question: (
            answer(question, [record("half.example", "A", "127.0.0.5")])
            if question.kind == "A" else answer(question, code="servfail"))
        self.assertIn(self.look_up("half.example"), [["127.0.0.5"]] + [FOR_NOW] * (not self.own))


class Following(NameCase):
    """The client, whose agent has a name."""

    def test_the_name_server_comes_and_goes(self):
        agent = self.start_agent(tls=False, server_name="agent.example")
        url = f"http://agent.example:{agent.port}"
        self.zone["agent.example"] = "servfail"
        client = self.tail("--json", url=url)
        self.wait_error(client, rf"list: agent\.example: {FOR_NOW}, next try in")
        del self.zone["agent.example"]
        self.wait_error(client, rf"list: agent\.example: {NO_HOST}, next try in")
        self.zone["agent.example"] = {}
        self.wait_error(client, rf"list: agent\.example: {NO_ADDRESS}, next try in")
        self.zone["agent.example"] = {"CNAME": "real.example"}
        self.zone["real.example"] = {"A": ["127.0.0.1"], "AAAA": ["2001:db8:7::1"]}
        self.wait_reading()
        self.deliver(client, message(1))


if __name__ == "__main__":
    unittest.main()
