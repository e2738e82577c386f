# SPDX-License-Identifier: Apache-2.0
"""The port's own resolver and its name servers: dead, silent, slow, lying, gone and back.

The program is lookup.c, which takes its two files and the port of the name servers from its command
line, so that this needs no rights and no network of its own. Name servers live on several addresses of
the loopback network, on one port, which is the system's choice.

A try has two thirds of the connect time, divided among all tries, and the last one a second here.
"""

import contextlib
import os
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import emulation
from harness import PATIENCE, SYMFEED, EndToEnd, environment, message

import name_server  # of the simulator
from name_server import Raw, answer, encode_name, record

LOOKUP = os.path.join(os.environ.get("SYMFEED_BUILD", os.path.dirname(SYMFEED)),
                      "obj", "test", "e2e", "lookup")
FIRST, SECOND, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3"

NO_SERVER = "no name server answers"
FOR_NOW = "name resolution failed for now"
REFUSED = "the name server has refused the name"
NO_HOST = "no such host"
NO_ADDRESS = "the host has no address"

QUICK = 300       # milliseconds to connect, where tries shall end soon and none is to be answered in time
AT_ONCE = 1000    # milliseconds that no call may take, however busy the machine is


def have_tool(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


class Lookup:
    """lookup.c, which is asked for one name after the other."""

    def __init__(self, hosts, resolv_conf, port, connect_time):
        self._process = subprocess.Popen(
            [LOOKUP, hosts, resolv_conf, str(port), str(connect_time)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=environment())
        self.kind = self._process.stdout.readline().strip()
        self.calls = self.longest = self.took = None

    def look_up(self, name):
        """The addresses in their order, or the cause as a text."""
        begun = time.monotonic()
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], PATIENCE)[0]:
            raise AssertionError(f"{name}: no end of the lookup")
        calls, longest, *result = self._process.stdout.readline().split()
        self.took = time.monotonic() - begun
        self.calls, self.longest = int(calls), int(longest)
        if result and result[0] == ":":
            return " ".join(result[2:])
        return result

    def descriptors(self):
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait(PATIENCE)


class NamesCase(unittest.TestCase):

    servers = (FIRST,)  # addresses on which name servers listen from the start
    time = 15_000

    def setUp(self):
        if not os.path.exists(LOOKUP):
            self.skipTest("make has not built test/e2e/lookup.c")
        folder = tempfile.TemporaryDirectory(prefix="symfeed-names-")
        self.addCleanup(folder.cleanup)
        self.hosts, self.conf = (os.path.join(folder.name, name) for name in ("hosts", "resolv.conf"))
        self.write(self.hosts, "")
        self.program = None
        self.started = {}
        self.begin_servers(self.servers)
        self.configure()

    def begin_servers(self, hosts, **options):
        """Name servers on these addresses, all on one port."""
        for attempt in range(50):
            try:
                for host in hosts:
                    port = next(iter(self.started.values())).port if self.started else 0
                    self.start_server(host, port=port, **options)
                break
            except OSError:
                if attempt == 49:
                    raise
                for server in self.started.values():
                    server.stop()
                self.started.clear()
        self.port = next(iter(self.started.values())).port
        self.server = next(iter(self.started.values()))
        self.zone = self.server.zone

    def start_server(self, host, port=None, **options):
        server = name_server.NameServer(
            host=host, port=self.port if port is None else port, **options).start()
        self.started[host] = server
        self.addCleanup(server.stop)
        return server

    def write(self, path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self, *lines, servers=None, timeout=1, attempts=1):
        """Writes resolv.conf."""
        servers = self.servers if servers is None else servers
        self.write(self.conf, "".join(f"nameserver {host}\n" for host in servers)
                   + f"options timeout:{timeout} attempts:{attempts}\n"
                   + "".join(line + "\n" for line in lines))

    def look_up(self, name):
        """The addresses, or the cause. No call waits."""
        if self.program is None:
            self.program = Lookup(self.hosts, self.conf, self.port, self.time)
            self.addCleanup(self.check_end, self.program)
            if self.program.kind != "dns":
                self.skipTest("this build calls getaddrinfo()")
        for server in self.started.values():
            server.questions.clear()
        result = self.program.look_up(name)
        self.assertLess(self.program.longest, AT_ONCE, "a call has waited")
        if not emulation.ARCH:
            self.assertEqual(self.program.descriptors(), 3, "a socket is left open")
        return result

    def check_end(self, program):
        self.assertEqual(program.end(), 0)

    def wait_asked(self, host, count):
        """Waits until so many questions have come to that server."""
        end = time.monotonic() + PATIENCE
        while len(self.started[host].questions) < count:
            self.assertLess(time.monotonic(), end, f"{self.asked(host)}")
            time.sleep(0.005)

    def asked(self, host=FIRST):
        """What that server was asked for, in its order: "NAME KIND TRANSPORT"."""
        return [f"{question.name} {question.kind} {question.transport}"
                for question in self.started[host].questions]


# -- what a name is --------------------------------------------------------------------------------


class Names(NamesCase):
    def test_numbers(self):
        for text, found in (("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("::1", "::1"),
                            ("2001:db8::7", "2001:db8::7"), ("fe80::1%7", "fe80::1%7")):
            self.assertEqual(self.look_up(text), [found])
        self.assertEqual(self.look_up("fe80::1%no-such"), NO_HOST, "no such interface")
        self.assertEqual(self.asked(), [])

    def test_localhost(self):
        for name in ("localhost", "LocalHost.", "a.localhost", "a.b.LOCALHOST."):
            self.assertEqual(self.look_up(name), ["127.0.0.1", "::1"])
            self.assertEqual(self.asked(), [])
        self.assertEqual(self.look_up("notlocalhost"), NO_HOST)
        self.assertEqual(self.look_up("localhost.example"), NO_HOST)
        self.assertIn("localhost.example A udp", self.asked())

    def test_what_can_be_no_name(self):
        longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
        self.zone[longest] = {"A": ["127.0.0.9"]}
        self.assertEqual(self.look_up(longest), ["127.0.0.9"])
        self.assertEqual(self.look_up(longest + "."), ["127.0.0.9"])
        for name in (".", "..", "a..b", ".a", "x" * 64 + ".example", longest + "d"):
            self.assertEqual(self.look_up(name), NO_HOST, name)
            self.assertEqual(self.asked(), [])

    def test_both_kinds_are_asked_for_side_by_side(self):
        """Neither question waits for the other's answer."""
        both = threading.Barrier(2)

        def say(question):
            both.wait(PATIENCE)
            data = "127.0.0.4" if question.kind == "A" else "::1"
            return answer(question, [record("both.example", question.kind, data)])

        self.zone["both.example"] = say
        self.assertEqual(sorted(self.look_up("both.example")), ["127.0.0.4", "::1"])

    def test_each_question_has_its_own_id_and_port(self):
        self.zone["bot.example"] = {"A": ["127.0.0.4"]}
        ids, ports = set(), set()
        for _ in range(20):
            self.look_up("bot.example")
            ids.update(question.query[:2] for question in self.server.questions)
            ports.update(question.client[1] for question in self.server.questions)
        self.assertGreater(len(ids), 35)
        self.assertGreater(len(ports), 20)

    def test_too_many_addresses(self):
        some = [f"127.0.1.{number}" for number in range(1, 20)]
        self.zone["many.example"] = {"A": some}
        self.assertEqual(self.look_up("many.example"), some[:8])
        self.zone["more.example"] = {"A": some, "AAAA": [f"fd00::{n:x}" for n in range(1, 15)]}
        found = self.look_up("more.example")
        self.assertEqual((len(found), sum(":" in address for address in found)), (8, 4))
        self.zone["few.example"] = {"A": some, "AAAA": ["fd00::1"]}
        self.assertEqual(sorted(self.look_up("few.example")), sorted(some[:7] + ["fd00::1"]))

    def test_no_name_and_no_address(self):
        self.zone["text.example"] = {}
        self.zone["alias.example"] = {"CNAME": "gone.example"}
        self.assertEqual(self.look_up("gone.example"), NO_HOST)
        self.assertEqual(self.look_up("text.example"), NO_ADDRESS)
        self.assertEqual(self.look_up("alias.example"), NO_HOST)

    def test_one_kind_fails(self):
        self.zone["half.example"] = lambda question: (
            answer(question, [record("half.example", "A", "127.0.0.5")])
            if question.kind == "A" else answer(question, code="servfail"))
        self.assertEqual(self.look_up("half.example"), ["127.0.0.5"])

    def test_one_kind_is_never_answered(self):
        """Half a second is enough for it where the other kind has addresses."""
        self.configure(timeout=30)
        self.zone["half.example"] = lambda question: (
            answer(question, [record("half.example", "A", "127.0.0.5")])
            if question.kind == "A" else None)
        self.assertEqual(self.look_up("half.example"), ["127.0.0.5"])
        self.assertLess(self.program.took, 10)


class Aliases(NamesCase):
    def chain(self, length):
        for number in range(length):
            self.zone[f"alias{number}.example"] = {"CNAME": f"alias{number + 1}.example"}
        self.zone[f"alias{length}.example"] = {"A": ["127.0.0.7"]}
        return "alias0.example"

    def test_a_short_chain(self):
        self.assertEqual(self.look_up(self.chain(1)), ["127.0.0.7"])

    def test_the_longest_chain(self):
        self.assertEqual(self.look_up(self.chain(16)), ["127.0.0.7"])

    def test_a_chain_too_long(self):
        self.assertEqual(self.look_up(self.chain(17)), FOR_NOW)

    def test_aliases_that_go_round(self):
        self.zone["round.example"] = {"CNAME": "turn.example"}
        self.zone["turn.example"] = {"CNAME": "round.example"}
        self.assertEqual(self.look_up("round.example"), FOR_NOW)


# -- the two files ---------------------------------------------------------------------------------


class Files(NamesCase):
    def test_the_hosts_file_comes_first(self):
        self.zone["bot.example"] = {"A": ["127.0.0.9"]}
        self.write(self.hosts, "127.0.0.3 other Bot.example # us\r\n127.0.0.4\tBIG.example\r\n")
        self.assertEqual(self.look_up("bot.EXAMPLE."), ["127.0.0.3"])
        self.assertEqual(self.look_up("big.example"), ["127.0.0.4"])
        self.assertEqual(self.asked(), [])

    def test_it_is_read_again_when_it_has_changed(self):
        self.zone["bot.example"] = {"A": ["127.0.0.9"]}
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.write(self.hosts, "127.0.0.3 bot.example\n127.0.0.4 bot.example\n")
        for _ in range(2):
            self.assertEqual(self.look_up("bot.example"), ["127.0.0.3", "127.0.0.4"])
        self.assertEqual(self.look_up("localhost"), ["127.0.0.1", "::1"])
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.3", "127.0.0.4"])
        os.remove(self.hosts)
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])

    def test_resolv_conf_is_read_again_when_it_has_changed(self):
        other = self.start_server(SECOND)
        self.zone["bot.example"] = {"A": ["127.0.0.9"]}
        other.zone["bot.example"] = {"A": ["127.0.0.8"]}
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.configure("# another size", servers=[SECOND])
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.8"])
        os.remove(self.conf)
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"], "without it, 127.0.0.1")
        self.write(self.conf, "# nothing but a remark\n")
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])

    def test_its_form(self):
        self.zone["bot.example"] = {"A": ["127.0.0.9"]}
        self.write(self.conf, "; a remark\r\n#nameserver 127.0.0.66\r\n\r\nnameserver\t127.0.0.1\r\n"
                   "nameserver no.address\r\nnameserver fe80::1%lo\r\nsearch\tsome.example \t example\r\n"
                   "options no-such-option inet6 timeout:1\tattempts:1\r\nsortlist 1.2.3.4\r\n")
        self.assertEqual(self.look_up("bot"), ["127.0.0.9"])
        self.assertIn("bot.some.example A udp", self.asked())

    def test_more_than_three_servers(self):
        self.time = QUICK
        fourth = self.start_server("127.0.0.4")
        fourth.default = {"A": ["127.0.0.9"]}
        self.configure(servers=["127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.4"])
        self.assertEqual(self.look_up("bot.example"), NO_SERVER)
        self.assertEqual(fourth.questions, [])

    def test_search_list_and_ndots(self):
        self.zone.update({"proxy.b.example": {"A": ["127.0.0.8"]}, "host.name": {"A": ["127.0.0.9"]},
                          "host.name.b.example": {"A": ["127.0.0.7"]}})
        self.assertEqual(self.look_up("proxy"), NO_HOST)
        self.configure("search a.example b.example.")
        self.assertEqual(self.look_up("proxy"), ["127.0.0.8"])
        self.assertLessEqual({"proxy.a.example A udp", "proxy.b.example A udp", "proxy.b.example AAAA udp"},
                             set(self.asked()))
        self.assertNotIn("proxy A udp", self.asked())
        self.assertEqual(self.look_up("proxy."), NO_HOST)
        self.assertEqual(self.look_up("host.name"), ["127.0.0.9"])
        self.configure("search a.example", "domain b.example", "options ndots:2")
        self.assertEqual(self.look_up("host.name"), ["127.0.0.7"])
        self.assertEqual(self.look_up("host.name."), ["127.0.0.9"])

    def test_domains_with_which_the_name_is_too_long(self):
        name = "n" * 60
        self.zone[name + ".example"] = {"A": ["127.0.0.8"]}
        self.configure("search " + ".".join(["d" * 50] * 4) + " a..b . example")
        self.assertEqual(self.look_up(name), ["127.0.0.8"])
        self.assertEqual({line.split()[0] for line in self.asked()}, {name + ".example"})

    def test_a_server_that_fails_ends_the_search(self):
        self.zone["bot.a.example"] = "servfail"
        self.zone["bot.b.example"] = {"A": ["127.0.0.8"]}
        self.configure("search a.example b.example")
        self.assertEqual(self.look_up("bot"), FOR_NOW)


# -- servers that do not answer --------------------------------------------------------------------


class Dead(NamesCase):
    servers = (FIRST, SECOND)

    def setUp(self):
        super().setUp()
        for server in self.started.values():
            server.zone["bot.example"] = {"A": ["127.0.0.9"]}

    def silence(self, host=FIRST):
        self.started[host].zone["bot.example"] = lambda question: None

    def test_one_that_refuses_makes_way_at_once(self):
        self.configure(timeout=30)
        self.started[FIRST].stop()
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.assertLess(self.program.took, 10)

    def test_one_that_is_silent_makes_way_after_its_time(self):
        self.time = 3000
        self.silence()
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.assertGreater(self.program.took, 0.9)

    def test_what_has_failed_is_not_asked_first_the_next_time(self):
        self.time = 3000
        self.silence()
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.assertEqual(len(self.asked(FIRST)), 2)
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.assertEqual(self.asked(FIRST), [])

    def test_a_lookup_that_was_ended_in_the_middle(self):
        self.time = 60_000
        self.configure(timeout=30)
        self.silence()
        self.assertEqual(self.look_up("bot.example close"), ["closed", "-1"])
        self.wait_asked(FIRST, 2)
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.assertEqual(self.asked(FIRST), [])
        self.assertLess(self.program.took, 10)

    def test_gone_and_back(self):
        for server in self.started.values():
            server.stop()
        self.assertEqual(self.look_up("bot.example"), NO_SERVER)
        self.start_server(SECOND).zone["bot.example"] = {"A": ["127.0.0.8"]}
        for _ in range(2):
            self.assertEqual(self.look_up("bot.example"), ["127.0.0.8"])

    def test_all_are_silent(self):
        self.time = QUICK
        self.configure(attempts=3)
        self.silence(FIRST)
        self.silence(SECOND)
        self.assertEqual(self.look_up("bot.example"), NO_SERVER)
        self.assertEqual(len(self.asked(FIRST)), 6)
        self.assertEqual(len(self.asked(SECOND)), 6)
        self.assertLess(self.program.calls, 40)
        self.assertGreater(self.program.took, 0.9, "the last try has its whole timeout")

    def test_no_call_waits(self):
        """Three seconds of silence, by UDP and by TCP, in calls that are all short."""
        self.silence()
        for options in ("", "options use-vc"):
            self.configure(options, servers=[FIRST], timeout=3)
            self.assertEqual(self.look_up("bot.example"), NO_SERVER)
            self.assertGreater(self.program.took, 2.9)

    def test_servers_that_fail_or_refuse(self):
        for told, cause in (("servfail", FOR_NOW), ("refused", REFUSED), ("formerr", FOR_NOW),
                            ("notimp", FOR_NOW)):
            self.started[FIRST].zone["bot.example"] = told
            self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"], told)
            self.started[SECOND].zone["other.example"] = told
            self.started[FIRST].zone["other.example"] = told
            self.assertEqual(self.look_up("other.example"), cause)

    def test_a_failure_that_is_told_says_more_than_silence(self):
        self.time = 3000
        self.silence(SECOND)
        self.started[FIRST].zone["bot.example"] = "servfail"
        self.assertEqual(self.look_up("bot.example"), FOR_NOW)

    def test_a_failure_is_no_answer_to_the_next_try(self):
        """A name server is asked again that has failed once."""
        failures = iter((True, True))
        self.configure(attempts=2, servers=[FIRST])
        self.started[FIRST].zone["bot.example"] = lambda question: answer(
            question, [record("bot.example", "A", "127.0.0.9")] if question.kind == "A" else [],
            code="servfail" if next(failures, False) else "ok")
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])

    def test_a_slow_one(self):
        done = threading.Event()
        self.addCleanup(done.set)

        def slow(question):
            done.wait(0.7)
            return answer(question, [record("bot.example", "A", "127.0.0.8")])

        self.started[FIRST].zone["bot.example"] = slow
        self.configure(servers=[FIRST], timeout=5)
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.8"])
        self.assertGreater(self.program.took, 0.6)
        self.assertLess(self.program.calls, 12)

    def test_rotate(self):
        self.configure("options rotate")
        first = []
        for _ in range(4):
            self.look_up("bot.example")
            first.append(FIRST if self.asked(FIRST) else SECOND)
        self.assertEqual(len(set(first[:2])), 2)
        self.assertEqual(first[:2], first[2:])

    def test_ipv6(self):
        try:
            self.start_server("::1").zone["bot.example"] = {"AAAA": ["fd00::7"]}
        except OSError:
            self.skipTest("this machine has no IPv6")
        self.configure(servers=["::1"])
        self.assertEqual(self.look_up("bot.example"), ["fd00::7"])

    def test_no_way_to_a_server(self):
        self.configure(servers=["255.255.255.255", SECOND], timeout=30)
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.assertLess(self.program.took, 10)


# -- servers that lie ------------------------------------------------------------------------------


class Lying(NamesCase):
    """What is not an answer to the question is dropped, and the right one is still waited for."""

    def good(self, question):
        return answer(question, [record(question.name, "A", "127.0.0.9")]
                      if question.kind == "A" else [])

    def dropped(self, lie):
        """A lie comes before the right answer; then there is nothing but lies."""
        def say(question, both=True):
            for bytes_ in lie(question):
                self.server.send(bytes_, question.client)
            return self.good(question) if both else None

        self.zone["bot.example"] = say
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.zone["quiet.example"] = lambda question: say(question, both=False)
        self.assertEqual(self.look_up("quiet.example"), NO_SERVER)

    def evil(self, question, **changes):
        """What would be an answer but for the changes."""
        parts = {"id": question.query[:2], "flags": b"\x81\x80", "counts": b"\0\1\0\1\0\0\0\0",
                 "name": encode_name(question.name), "kind": question.query[-4:-2],
                 "class": b"\0\1", "rest": record(question.name, question.kind, "127.6.6.6"
                                                  if question.kind == "A" else "fd06::6")}
        parts.update(changes)
        return b"".join(parts.values())

    def test_a_whole_answer_is_one(self):
        """Lest the others prove nothing."""
        self.zone["bot.example"] = self.evil
        self.assertEqual(sorted(self.look_up("bot.example")), ["127.6.6.6", "fd06::6"])

    def test_wrong_id(self):
        self.dropped(lambda q: [self.evil(q, id=bytes([q.query[0] ^ bit, q.query[1]]))
                                for bit in (1, 255)] + [self.evil(q, id=b"\0\0")])

    def test_wrong_question(self):
        self.dropped(lambda q: [self.evil(q, name=encode_name(name)) for name in (
            "other.example", "bot.exampl", "bot.examples", "bot.example.example", "otherbot.example")]
            + [self.evil(q, name=b"\0"), self.evil(q, name=b"\xc0\x0c"), self.evil(q, name=b""),
               self.evil(q, name=b"\x0bbot\7example\0"), self.evil(q, name=b"\xffbot")])

    def test_wrong_type_or_class(self):
        self.dropped(lambda q: [self.evil(q, kind=b"\0\5"), self.evil(q, kind=b"\0\1" if q.kind == "AAAA"
                                                                      else b"\0\x1c"),
                                self.evil(q, **{"class": b"\0\3"}), self.evil(q, **{"class": b"\0\xff"})])

    def test_a_question_and_other_kinds_of_messages(self):
        self.dropped(lambda q: [self.evil(q, flags=flags) for flags in (
            b"\1\0", b"\x01\x80", b"\x91\x80", b"\xa9\x80")] + [q.query])

    def test_wrong_counts(self):
        self.dropped(lambda q: [self.evil(q, counts=counts) for counts in (
            b"\0\0\0\1\0\0\0\0", b"\0\2\0\1\0\0\0\0", b"\xff\xff\0\1\0\0\0\0", b"\0\1\0\2\0\0\0\0",
            b"\0\1\xff\xff\0\0\0\0")])

    def test_cut_at_each_byte(self):
        self.dropped(lambda q: [self.evil(q)[:size] for size in range(len(self.evil(q)))])

    def test_noise(self):
        self.dropped(lambda q: [b"", q.query[:2] + b"\x81\x80" + bytes(400), q.query[:2] + b"\xff" * 400,
                                self.evil(q, rest=b"\xff" * 1200)])

    def test_names_that_never_end(self):
        self.dropped(lambda q: [self.evil(q, counts=b"\0\1\0\3\0\0\0\0", rest=record(
            "", "CNAME", "loop.example", owner) * 3)
            for owner in (b"\x80", b"\x40", b"\x3fa", b"\1a" * 100, b"\xff\xff", b"\1a" * 600)][:4])

    def test_pointers_are_not_followed(self):
        """One that points to itself does no harm."""
        here = 12 + len(encode_name("bot.example")) + 4
        self.zone["bot.example"] = lambda q: self.evil(q, rest=record(
            "", q.kind, "127.0.0.9" if q.kind == "A" else "::1", struct.pack(">H", 0xc000 | here)))
        self.assertEqual(sorted(self.look_up("bot.example")), ["127.0.0.9", "::1"])

    def test_addresses_of_a_wrong_length(self):
        self.zone["bot.example"] = lambda q: answer(q, [record(q.name, q.kind, bytes(size))
                                                        for size in (0, 1, 3, 5, 15, 17)])
        self.assertEqual(self.look_up("bot.example"), NO_ADDRESS)

    def test_another_sender(self):
        """Right in each byte, but from another port, and from another address with the right port."""
        other_port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        other_host = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for other, address in ((other_port, (FIRST, 0)), (other_host, (SECOND, self.port))):
            self.addCleanup(other.close)
            other.bind(address)

        def say(question, both=True):
            other_port.sendto(self.evil(question), question.client)
            other_host.sendto(self.evil(question), question.client)
            return self.good(question) if both else None

        self.zone["bot.example"] = say
        self.assertEqual(self.look_up("bot.example"), ["127.0.0.9"])
        self.zone["quiet.example"] = lambda question: say(question, both=False)
        self.assertEqual(self.look_up("quiet.example"), NO_SERVER)

    def test_a_flood(self):
        """Lies without end do not lengthen the wait, and no call of the resolver."""
        self.time = QUICK
        stop = threading.Event()
        self.addCleanup(stop.set)

        def flood(question):
            lie = self.evil(question, id=b"\0\0")
            while not stop.is_set():
                with contextlib.suppress(OSError):  # the socket is closed
                    self.server.send(lie, question.client)

        self.zone["bot.example"] = flood
        self.assertEqual(self.look_up("bot.example"), NO_SERVER)
        self.assertLess(self.program.took, 10)


# -- by TCP ----------------------------------------------------------------------------------------


class Stream(NamesCase):
    def long_answer(self, size=100):
        self.zone["long.example"] = {"A": [f"127.0.2.{number}" for number in range(1, size + 1)]}

    def truncated(self, by_tcp):
        self.zone["long.example"] = lambda question: (
            answer(question, truncated=True) if question.transport == "udp" else by_tcp(question))

    def test_what_is_too_long_for_a_datagram(self):
        self.long_answer()
        self.assertEqual(self.look_up("long.example"), [f"127.0.2.{n}" for n in range(1, 9)])
        self.assertEqual(sorted(self.asked()), [
            "long.example A tcp", "long.example A udp", "long.example AAAA udp"])

    def test_addresses_in_what_is_cut_do_not_count(self):
        self.truncated(lambda q: answer(q, [record(q.name, q.kind, "127.0.0.9")]
                                        if q.kind == "A" else []))
        by_tcp = self.zone["long.example"]
        self.zone["long.example"] = lambda q: by_tcp(q) if q.transport == "tcp" else answer(
            q, [record(q.name, q.kind, "127.6.6.6" if q.kind == "A" else "fd06::6")], truncated=True)
        self.assertEqual(self.look_up("long.example"), ["127.0.0.9"])

    def test_use_vc(self):
        self.configure("options use-vc")
        self.long_answer(2)
        self.assertEqual(self.look_up("long.example"), ["127.0.2.1", "127.0.2.2"])
        self.assertEqual(sorted(self.asked()), ["long.example A tcp", "long.example AAAA tcp"])
        self.assertEqual(self.look_up("gone.example"), NO_HOST)

    def test_an_answer_byte_by_byte(self):
        def say(question):
            data = answer(question, [record(question.name, question.kind,
                                            "127.0.0.9" if question.kind == "A" else "::1")])
            data = struct.pack(">H", len(data)) + data
            for byte in data:
                self.server.send_by_tcp(bytes([byte]), question.client)
                time.sleep(0.001)
            return Raw(b"")

        self.configure("options use-vc")
        self.zone["slow.example"] = say
        self.assertEqual(sorted(self.look_up("slow.example")), ["127.0.0.9", "::1"])

    def test_64_kb_of_nothing(self):
        filler = record("", 16, bytes(65535 - 12 - 18 - 11)).join([b"", b""])
        for number, (counts, rest) in enumerate((
                ((1, 1), filler), ((1, 65535), filler), ((1, 6000), b"\0\0\1\0\1" + bytes(6)),
                ((1, 2), record("", 5, b"") + bytes(65535 - 12 - 18 - 22)))):
            name = f"n{number}.example"
            self.zone[name] = lambda q, counts=counts, rest=rest: (
                answer(q, truncated=True) if q.transport == "udp"
                else answer(q, [(rest * (1 + 65000 // len(rest)))[:65535 - 29]], counts=counts))
            self.assertIn(self.look_up(name), (FOR_NOW, NO_ADDRESS))
            self.assertLess(self.program.took, 10)

    def test_lies(self):
        good = lambda q: answer(q, [record(q.name, q.kind, "127.6.6.6" if q.kind == "A" else "fd06::6")])
        whole = lambda data: Raw(struct.pack(">H", len(data)) + data)
        for number, lie in enumerate((
                lambda q: whole(b"\0\0" + good(q)[2:]), lambda q: whole(b""), lambda q: Raw(b""),
                lambda q: Raw(b"\0"), lambda q: Raw(struct.pack(">H", len(good(q))) + good(q)[:-1]),
                lambda q: Raw(struct.pack(">H", len(good(q)) - 1) + good(q)),
                lambda q: Raw(struct.pack(">H", 65535) + good(q)[:-1]),
                lambda q: whole(good(q)[:12]), lambda q: Raw(b"\xff" * 65000), lambda q: whole(q.query))):
            name = f"lie{number}.example"
            self.zone[name] = lambda q, lie=lie: (
                answer(q, truncated=True) if q.transport == "udp" else lie(q))
            self.assertEqual(self.look_up(name), FOR_NOW, name)

    def test_silence(self):
        self.time = QUICK
        self.configure(attempts=2)
        self.truncated(lambda question: None)
        self.assertEqual(self.look_up("long.example"), FOR_NOW)

    def test_a_connection_that_is_accepted_and_never_read(self):
        self.time = QUICK
        self.configure("options use-vc", servers=[SECOND])
        listener = socket.create_server((SECOND, self.port), backlog=8)
        self.addCleanup(listener.close)
        self.assertEqual(self.look_up("long.example"), NO_SERVER)

    def test_nothing_but_datagrams(self):
        """TCP is refused: the next server's turn."""
        only = self.start_server(SECOND, tcp=False)
        only.zone["long.example"] = lambda q: answer(q, truncated=True)
        self.configure(servers=[SECOND])
        self.assertEqual(self.look_up("long.example"), NO_SERVER)
        self.configure(servers=[SECOND, FIRST])
        self.long_answer(2)
        self.assertEqual(self.look_up("long.example"), ["127.0.2.1", "127.0.2.2"])

    def test_a_piece_does_where_tcp_is_closed(self):
        for lost in (0, 3):
            only = self.start_server(SECOND, tcp=False)
            only.zone["long.example"] = lambda q, lost=lost: answer(
                q, [record(q.name, "A", f"127.0.2.{number}") for number in range(1, 8)]
                if q.kind == "A" else [], truncated=True)[:-lost or None]
            self.configure(servers=[SECOND], attempts=2)
            self.assertEqual(self.look_up("long.example"),
                             [f"127.0.2.{number}" for number in range(1, 8 - (lost > 0))])
            only.stop()

    def test_silence_with_another_server(self):
        self.time = 3000
        other = self.start_server(SECOND)
        other.zone["long.example"] = {"A": ["127.0.0.9"]}
        self.configure(servers=[FIRST, SECOND])
        self.truncated(lambda question: None)
        self.assertEqual(self.look_up("long.example"), ["127.0.0.9"])


class Edns(NamesCase):
    def setUp(self):
        super().setUp()
        self.configure("options edns0")

    def test_larger_datagrams_are_welcome(self):
        some = [f"127.0.2.{number}" for number in range(1, 40)]
        self.zone["long.example"] = lambda q: answer(
            q, [record(q.name, "A", data) for data in some] if q.kind == "A" else [])
        self.assertEqual(self.look_up("long.example"), some[:8])
        for question in self.server.questions:
            self.assertEqual(question.query[-11:], b"\0\0\x29\x04\xd0\0\0\0\0\0\0")
            self.assertEqual(question.query[11], 1)

    def test_a_server_that_does_not_know_it(self):
        for code in ("formerr", "notimp"):
            for bare in (False, True):
                def say(question, code=code, bare=bare):
                    if question.query[11] == 0:
                        return answer(question, [record(question.name, "A", "127.0.0.9")]
                                      if question.kind == "A" else [])
                    if bare:
                        return answer(question, code=code, counts=(0, 0))[:12]
                    return answer(question, code=code)

                name = f"{code}{bare}.example".lower()
                self.zone[name] = say
                self.assertEqual(self.look_up(name), ["127.0.0.9"])
                self.assertEqual(len(self.server.questions), 4)

    def test_without_the_option_it_is_not_asked_for(self):
        self.configure()
        self.look_up("gone.example")
        self.assertEqual({question.query[11] for question in self.server.questions}, {0})


# -- a name server that others have written --------------------------------------------------------


@unittest.skipUnless(have_tool("unbound"), "there is no unbound")
class Unbound(NamesCase):
    """unbound, with a zone of its own."""

    ZONE = (["bot.example. A 127.0.0.9", "bot.example. AAAA fd00::9", "alias.example. CNAME bot.example."]
            + [f"many.example. A 127.0.3.{number}" for number in range(1, 101)])

    def start_unbound(self, *settings):
        folder = os.path.dirname(self.conf)
        path = os.path.join(folder, "unbound.conf")
        lines = ["server:", f"interface: {THIRD}@{self.port}", 'chroot: ""', 'username: ""',
                 f'directory: "{folder}"', 'pidfile: ""', "use-syslog: no", "do-daemonize: no",
                 "num-threads: 1", 'local-zone: "example." static', "do-not-query-localhost: yes",
                 "access-control: 127.0.0.0/8 allow", *settings]
        lines += [f'local-data: "{data}"' for data in self.ZONE]
        self.write(path, "\n".join(lines) + "\nremote-control:\ncontrol-enable: no\n")
        process = subprocess.Popen([have_tool("unbound"), "-d", "-c", path], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(self.stop_unbound, process)
        end = time.monotonic() + PATIENCE
        said = b""
        while b"start of service" not in said:
            if (time.monotonic() > end or not select.select([process.stdout], [], [], PATIENCE)[0]
                    or not (more := process.stdout.read1())):
                self.fail(f"unbound does not start: {said.decode()}")
            said += more
        self.configure(servers=[THIRD], timeout=5)

    def stop_unbound(self, process):
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()

    def check_names(self):
        self.assertEqual(sorted(self.look_up("bot.example")), ["127.0.0.9", "fd00::9"])
        self.assertEqual(len(self.look_up("many.example")), 8)
        self.assertEqual(self.look_up("gone.example"), NO_HOST)

    def test_as_it_is(self):
        self.start_unbound()
        self.check_names()

    def test_edns(self):
        self.start_unbound()
        self.configure("options edns0", servers=[THIRD], timeout=5)
        self.check_names()

    def test_only_tcp(self):
        self.start_unbound("do-udp: no")
        self.configure("options use-vc", servers=[THIRD], timeout=5)
        self.check_names()

    def test_only_datagrams(self):
        """What is too long for these comes as a piece, and TCP is refused."""
        self.start_unbound("do-tcp: no")
        self.assertEqual(sorted(self.look_up("bot.example")), ["127.0.0.9", "fd00::9"])


# -- a feed ----------------------------------------------------------------------------------------


class Following(EndToEnd):
    """A whole client, whose agent has a name, with an event loop of its own."""

    def setUp(self):
        super().setUp()
        if not os.path.exists(LOOKUP):
            self.skipTest("make has not built test/e2e/lookup.c")
        with Lookup("/dev/null", "/dev/null", 0, 0) as program:
            if program.kind != "dns":
                self.skipTest("this build calls getaddrinfo()")
        self.server = name_server.NameServer().start()
        self.addCleanup(self.server.stop)
        self.zone = self.server.zone

    def follow_by_name(self, connect_time, *options):
        conf = self.path("resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:1 "
                         + " ".join(options) + "\n")
        agent = self.start_agent(tls=False, server_name="agent.example")
        return self.start(self.path("hosts", ""), conf, str(self.server.port), str(connect_time),
                          f"http://agent.example:{agent.port}", self.token_file(), program=LOOKUP)

    def waits(self, client):
        """(kind, events, milliseconds, longest) of each wait so far."""
        return [(words[1], *map(int, words[2:])) for words in map(str.split, client.lines)
                if words[0] == "wait"]

    def deliver_to(self, client):
        self.wait_reading()
        self.agent.push(message(1))
        self.wait_client(client, lambda c: b"event of" in c.out, "the event")
        self.wait_acknowledged([message(1)])
        self.assertLess(self.waits(client)[-1][3], AT_ONCE, "symfeed_next() has waited")

    def test_a_silent_server_is_waited_for_by_poll(self):
        self.server.default = lambda question: None
        client = self.follow_by_name(1500)
        self.wait_client(client, lambda c: "udp" in str(c.out), "a wait for a datagram")
        kind, events, milliseconds, _ = next(wait for wait in self.waits(client) if wait[0] == "udp")
        self.assertEqual((kind, events), ("udp", select.POLLIN))
        self.assertLessEqual(milliseconds, 1500)
        self.wait_error(client, r"list: timed out connecting, next try in")
        self.zone["agent.example"] = {"A": ["127.0.0.1"]}
        self.deliver_to(client)

    def test_a_silent_server_by_tcp(self):
        self.server.default = lambda question: None
        client = self.follow_by_name(1500, "use-vc")
        self.wait_client(client, lambda c: b"wait tcp 1 " in c.out, "a wait for TCP")
        self.wait_error(client, r"list: timed out connecting, next try in")
        self.zone["agent.example"] = {"A": ["127.0.0.1"]}
        self.deliver_to(client)

    def test_the_name_server_comes_and_goes(self):
        self.zone["agent.example"] = "servfail"
        client = self.follow_by_name(15_000)
        self.wait_error(client, rf"list: agent\.example: {FOR_NOW}, next try in")
        del self.zone["agent.example"]
        self.wait_error(client, rf"list: agent\.example: {NO_HOST}, next try in")
        self.zone["agent.example"] = {}
        self.wait_error(client, rf"list: agent\.example: {NO_ADDRESS}, next try in")
        self.zone["agent.example"] = {"CNAME": "real.example"}
        self.zone["real.example"] = {"A": ["127.0.0.1"], "AAAA": ["2001:db8:7::1"]}
        self.deliver_to(client)


if __name__ == "__main__":
    unittest.main()
