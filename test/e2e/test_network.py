# SPDX-License-Identifier: Apache-2.0
"""From a name to a connection: addresses that are dead, silent, too many, or others than before.

No test can have the system's resolver say what it wants, so the program here is one of our own,
resolver.c, which replaces it; all beneath is the library as it is. Agents live on several addresses
of the loopback network (Linux: all of 127.0.0.0/8), all on the same port.
"""

import errno
import os
import re
import select
import socket
import ssl
import subprocess
import threading
import unittest

import emulation
from harness import EndToEnd, PATIENCE, ROOT, certificate_folder, certificates, features, small

PROGRAMS = os.path.join(os.environ.get("SYMFEED_BUILD", os.path.join(ROOT, "build")), "obj", "test",
                        "e2e")
PROGRAM = os.path.join(PROGRAMS, "resolver")
SAME = os.path.join(PROGRAMS, "same")
TRAFFIC = os.path.join(PROGRAMS, "traffic")
GOOD, MOVED, DEAD, SILENT = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"


class Network(EndToEnd):

    def setUp(self):
        if not os.path.exists(PROGRAM):
            self.skipTest("make has not built test/e2e/resolver.c")
        super().setUp()

    def follow_by(self, *answers, time=15_000):
        """Starts the program, whose resolver answers so."""
        return self.start(self.agent.url, self.token_file(),
                          certificates.ca_path(certificate_folder()), str(time), *answers,
                          program=PROGRAM)

    def occupy(self, host):
        """A socket on that address, with the Agent's port: nobody else's connections end there."""
        made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.addCleanup(made.close)
        made.bind((host, self.agent.port))
        return made

    def start_silent(self):
        """An address that does not answer: its queue is full, so SYNs are dropped."""
        listener = self.occupy(SILENT)
        listener.listen(0)
        for _ in range(4):
            other = socket.socket()
            self.addCleanup(other.close)
            other.setblocking(False)
            self.assertIn(other.connect_ex((SILENT, self.agent.port)), (0, errno.EINPROGRESS))

    def questions(self, client):
        """What the resolver was asked for, and what it said."""
        return [line.rpartition(": ")[2] for line in client.lines if line.startswith("asked for")]

    def works(self, client, number=1):
        """An event comes through; the line about it."""
        self.wait_reading()
        self.agent.push(small(number))
        self.wait_acknowledged([small(number)])
        self.wait_client(client, lambda c: re.search(rb"(?m)^event id-%d " % number, c.out),
                         "the event")
        return next(line for line in client.lines if line.startswith(f"event id-{number} "))

    def works_at_once(self, *answers, **more):
        client = self.follow_by(*answers, **more)
        self.works(client)
        self.assertEqual(self.questions(client), list(answers))
        self.assertNotIn("next try", client.err)
        client.end()

    def test_what_it_is_asked_for_and_what_the_socket_is_set_to(self):
        self.start_agent()
        client = self.follow_by(GOOD)
        self.assertEqual(self.works(client).split()[2:], (
            "nodelay 1 keepalive 1 idle 20 interval 10 timeout 30000 nonblocking 1 "
            "cloexec 1").split())
        self.assertEqual(client.lines[0],
                         f"asked for localhost port {self.agent.port} room 8: {GOOD}")

    def test_a_dead_address_before_the_good_one(self):
        self.start_agent()
        self.occupy(DEAD)
        self.works_at_once(f"{DEAD},{GOOD}")

    def test_a_silent_address_before_the_good_one(self):
        """It has its share of the time, a second here, and then the other has its turn."""
        self.start_agent()
        self.start_silent()
        self.works_at_once(f"{SILENT},{GOOD}", time=2000)

    def test_all_addresses_are_silent(self):
        self.start_agent()
        self.start_silent()
        client = self.follow_by(f"{SILENT},{SILENT}", f"{SILENT},{GOOD}", time=1500)
        self.wait_error(client, r"list: .*timed out.*, next try in \d\.\d s")
        self.works(client)

    def start_accepting(self, host, closes):
        """An address that accepts connections and closes them at once, or says nothing ever."""
        listener = self.occupy(host)
        listener.listen()
        if closes:
            def close_all():
                while True:
                    try:
                        listener.accept()[0].close()
                    except OSError:
                        return

            thread = threading.Thread(target=close_all)
            thread.start()
            self.addCleanup(thread.join)
            self.addCleanup(listener.shutdown, socket.SHUT_RDWR)

    def works_at_second(self, says, closes, **more):
        """The first address takes connections and answers nothing: the second has its turn after one
        failure."""
        self.start_agent()
        self.start_accepting(MOVED, closes)
        client = self.follow_by(f"{MOVED},{GOOD}", **more)
        self.works(client)
        self.wait_error(client, rf"list: {says}.*, next try in \d")
        self.assertEqual(client.err.count("next try"), 1)

    def test_an_address_that_closes_each_connection_before_the_good_one(self):
        self.works_at_second("", closes=True)

    def test_an_address_that_accepts_connections_and_is_silent_before_the_good_one(self):
        """Such as IPv6 on a path that loses large packets, of which a certificate is made."""
        self.works_at_second("timed out in the TLS handshake", closes=False, time=5000)

    def test_of_localhost_either_address_may_be_the_good_one(self):
        """By the port's own resolver; that of the C library may know only one."""
        known = {answer[4][0] for answer in socket.getaddrinfo("localhost", 1)}
        if "names by getaddrinfo()" in features() and len(known) < 2:
            self.skipTest("localhost has one address here")
        for good, bad in (("127.0.0.1", "::1"), ("::1", "127.0.0.1")):
            try:
                self.start_agent(host=good)
                self.start_accepting(bad, closes=True)
            except OSError:
                self.skipTest("this system has no IPv6")
            self.tail(url=f"https://localhost:{self.agent.port}")
            self.wait_reading()

    def test_a_resolver_that_fails_and_recovers(self):
        self.start_agent()
        client = self.follow_by("fail", "none", "later", "later", GOOD)
        self.works(client)
        self.wait_error(client, r"list: localhost: cause 4711, next try in \d\.\d s")
        self.wait_error(client, r"list: localhost: the host has no address, next try in \d\.\d s")
        self.assertEqual(self.questions(client), ["fail", "none", "later", "later", GOOD])
        self.assertEqual(client.err.count("next try"), 2, "that it takes a while is no failure")

    def test_the_eighth_address_is_tried_and_no_ninth(self):
        self.start_agent()
        self.occupy(DEAD)
        self.works_at_once(",".join([DEAD] * 7 + [GOOD]))
        client = self.follow_by(",".join([DEAD] * 8 + [GOOD]), ",".join([GOOD] * 20))
        self.wait_error(client, rf"list: {DEAD} port \d+: connection refused, next try in \d")
        self.works(client, 2)
        self.assertEqual(len(self.questions(client)), 2)

    def test_ipv6_and_ipv4(self):
        try:
            self.start_agent(host="::1")
        except OSError:
            self.skipTest("this system has no IPv6")
        self.occupy(DEAD)
        self.works_at_once("::1")
        self.works_at_once(f"{DEAD},::1")
        self.start_agent()
        self.occupy("::1")
        self.works_at_once(f"::1,{GOOD}")
        self.works_at_once(f"::1,{DEAD},::1,{GOOD}")

    def test_the_name_is_resolved_anew_for_each_connection(self):
        """The agent has moved to another machine, which knows nothing of the feed."""
        old = self.start_agent()
        client = self.follow_by(GOOD, MOVED)
        self.works(client)
        self.start_agent(host=MOVED, port=old.port)
        old.stop()
        self.works(client, 2)
        self.assertEqual(self.questions(client)[:2], [GOOD, MOVED])
        self.agent.drop_connections()
        self.works(client, 3)
        self.assertEqual(set(self.questions(client)[1:]), {MOVED})
        self.assertEqual(self.agent.requests[0].kind, "read", "of the feed as it was")


class Steps(unittest.TestCase):
    """The program is same.c, which connects once for each line it is given."""

    def setUp(self):
        if not os.path.exists(SAME):
            self.skipTest("make has not built test/e2e/same.c")
        emulation.skip(self)
        self.port = 0

    def listen(self, host):
        """Listens on that address, always with the same port; the socket."""
        made = socket.socket()
        self.addCleanup(made.close)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, self.port))
        made.listen()
        self.port = made.getsockname()[1]
        return made

    def refuse(self, host):
        """That address refuses connections: the port is taken there, and nobody listens."""
        made = socket.socket()
        self.addCleanup(made.close)
        made.bind((host, self.port))

    def start(self):
        """Starts the program; it ends when its input does."""
        made = subprocess.Popen((SAME, str(self.port)), stdin=subprocess.PIPE, bufsize=0,
                                stdout=subprocess.PIPE)
        self.addCleanup(made.stdout.close)
        self.addCleanup(made.wait, PATIENCE)
        self.addCleanup(made.stdin.close)
        return made

    def step(self, program, step):
        """One connection; what the program says of it."""
        program.stdin.write(step.encode() + b"\n")
        self.assertTrue(select.select([program.stdout], [], [], PATIENCE)[0], step)
        return program.stdout.readline().decode().rstrip("\n")

    def connect(self, *steps):
        program = self.start()
        return [self.step(program, step) for step in steps]


class Same(Steps):
    """An endpoint with `same`, as a legacy feed has it: where it was met before and nowhere else."""

    def test_without_it_the_resolver_has_its_way_each_time(self):
        self.listen(GOOD)
        self.listen(MOVED)
        self.assertEqual(self.connect(f"a={GOOD}", f"a={MOVED}", f"a={GOOD}"),
                         [f"asked {GOOD}", f"asked {MOVED}", f"asked {GOOD}"])

    def test_with_it_the_address_of_the_last_connection_is_met_and_nobody_asked(self):
        self.listen(GOOD)
        self.listen(MOVED)
        self.assertEqual(
            self.connect(f"a={GOOD},{MOVED}", f"a!={MOVED}", f"a={MOVED},{GOOD}", f"a!={GOOD}",
                         f"a!={GOOD}"),
            [f"asked {GOOD}", GOOD, f"asked {MOVED}", MOVED, MOVED])

    def test_the_address_that_answered_counts_and_not_the_first(self):
        self.listen(MOVED)
        self.refuse(DEAD)
        self.assertEqual(self.connect(f"a={DEAD},{MOVED}", f"a!={DEAD}"), [f"asked {MOVED}", MOVED])

    def test_no_other_address_is_tried_until_any_will_do_again(self):
        old = self.listen(MOVED)
        self.listen(GOOD)
        program = self.start()
        self.assertEqual(self.step(program, f"a={MOVED}"), f"asked {MOVED}")
        old.close()
        self.refuse(MOVED)
        for _ in range(2):
            self.assertEqual(self.step(program, f"a!={GOOD}"),
                             f"failed {MOVED} port {self.port}: connection refused")
        self.assertEqual(self.step(program, f"a={GOOD}"), f"asked {GOOD}")
        self.assertEqual(self.step(program, f"a!={MOVED}"), GOOD)

    def test_an_attempt_that_failed_is_not_remembered(self):
        self.listen(GOOD)
        self.refuse(DEAD)
        self.assertEqual(self.connect(f"a={GOOD}", f"a={DEAD}", f"a!={DEAD}"),
                         [f"asked {GOOD}", f"asked failed {DEAD} port {self.port}: "
                          "connection refused", GOOD])

    def test_where_nothing_was_met_any_will_do(self):
        self.listen(GOOD)
        self.assertEqual(self.connect(f"a!={GOOD}"), [f"asked {GOOD}"])

    def test_each_host_has_its_own(self):
        self.listen(GOOD)
        self.listen(MOVED)
        self.assertEqual(
            self.connect(f"agent={GOOD}", f"pod={MOVED}", f"agent!={MOVED}", f"pod!={GOOD}",
                         f"age!={MOVED}", f"agentx!={MOVED}"),
            [f"asked {GOOD}", f"asked {MOVED}", GOOD, MOVED, f"asked {MOVED}", f"asked {MOVED}"])

    def test_four_hosts_are_kept_and_the_one_met_longest_ago_goes(self):
        self.listen(GOOD)
        self.listen(MOVED)
        names = [*"abcd"]
        self.assertEqual(
            self.connect(*(f"{name}={GOOD}" for name in names), f"a!={MOVED}", f"e={MOVED}",
                         f"a!={MOVED}", f"b!={MOVED}", f"c!={MOVED}", f"d!={MOVED}"),
            [*[f"asked {GOOD}"] * 4, GOOD, f"asked {MOVED}", GOOD, f"asked {MOVED}",
             f"asked {MOVED}", f"asked {MOVED}"])


class Turns(Steps):
    """A connection that ended before any data came: the next one begins behind its address."""

    ALL = GOOD, MOVED, DEAD

    def listen_at_all(self):
        return [self.listen(host) for host in self.ALL]

    def check(self, steps, *met):
        self.assertEqual(self.connect(*steps), [f"asked {host}" for host in met])

    def test_each_address_has_its_turn(self):
        self.listen_at_all()
        self.check([f"a={','.join(self.ALL)}"] * 5, *self.ALL, *self.ALL[:2])

    def test_each_has_it_where_servers_rotate_them(self):
        """Each answer begins with another address: what counts are not the places but the addresses."""
        self.listen_at_all()
        self.check([f"a={GOOD},{MOVED}", f"a={MOVED},{GOOD}"] * 2, GOOD, MOVED, GOOD, MOVED)
        self.check([f"a={GOOD},{MOVED}", f"a={MOVED},{GOOD},{DEAD}", f"a={DEAD}"], GOOD, DEAD, DEAD)

    def test_an_address_that_is_there_twice_has_one_turn(self):
        self.listen_at_all()
        self.check([f"a={GOOD},{GOOD},{MOVED}"] * 3, GOOD, MOVED, GOOD)
        self.check([f"a={GOOD},{GOOD},{MOVED},{MOVED}"] * 3, GOOD, MOVED, GOOD)

    def test_an_address_that_is_gone_changes_nothing(self):
        self.listen_at_all()
        self.check([f"a={GOOD}", f"a={MOVED},{DEAD}"], GOOD, MOVED)

    def test_once_data_has_come_the_first_is_the_first_again(self):
        listeners = self.listen_at_all()
        program = self.start()
        both = f"{GOOD},{MOVED}"
        self.assertEqual(self.step(program, f"a={both}"), f"asked {GOOD}")
        self.assertEqual(self.step(program, f"a+={both}"), f"asked {MOVED}")
        with listeners[1].accept()[0] as connection:
            connection.sendall(b"x")
        self.assertEqual(self.step(program, f"a={both}"), f"asked {GOOD}")

    def test_the_end_of_the_stream_is_no_data(self):
        listeners = self.listen_at_all()
        program = self.start()
        self.assertEqual(self.step(program, f"a+={GOOD},{MOVED}"), f"asked {GOOD}")
        listeners[0].accept()[0].close()
        self.assertEqual(self.step(program, f"a={GOOD},{MOVED}"), f"asked {MOVED}")

    def test_one_that_refuses_is_passed_by(self):
        self.listen(GOOD)
        self.refuse(MOVED)
        self.listen(DEAD)
        self.check([f"a={','.join(self.ALL)}"] * 3, GOOD, DEAD, GOOD)

    def test_where_all_refuse_the_first_that_was_tried_is_named(self):
        listener = self.listen(GOOD)
        self.refuse(MOVED)
        program = self.start()
        self.assertEqual(self.step(program, f"a={GOOD},{MOVED}"), f"asked {GOOD}")
        listener.close()
        self.refuse(GOOD)
        for _ in range(2):
            self.assertEqual(self.step(program, f"a={GOOD},{MOVED}"),
                             f"asked failed {MOVED} port {self.port}: connection refused")

    def test_same_is_the_address_of_the_last_connection_as_ever(self):
        self.listen_at_all()
        self.assertEqual(
            self.connect(f"a={GOOD},{MOVED}", "a!", "a!", f"a={GOOD},{MOVED}", "a!", "a!"),
            [f"asked {GOOD}", GOOD, GOOD, f"asked {MOVED}", MOVED, MOVED])

    def test_a_server_that_is_to_be_met_again_at_once_is(self):
        """Another handshake may be what it needs, and behind it is another address."""
        self.listen_at_all()
        both = f"{GOOD},{MOVED}"
        self.assertEqual(self.connect(f"a~={both}", f"a={both}", f"a~={both}", f"a={both}", f"a={both}"),
                         [f"asked {GOOD}", GOOD, f"asked {MOVED}", MOVED, f"asked {GOOD}"])

    def test_a_host_that_was_not_met_begins_with_its_first(self):
        self.listen_at_all()
        both = f"{GOOD},{MOVED}"
        self.check([f"a={both}", f"b={both}", f"a={both}", f"b={both}"], GOOD, GOOD, MOVED, MOVED)


class Traffic(unittest.TestCase):
    """A record of TLS is read once it is whole. Until then the port tells that bytes come, so that a
    slow link is not taken for a dead one."""

    def setUp(self):
        if not os.path.exists(TRAFFIC):
            self.skipTest("make has not built test/e2e/traffic.c")
        emulation.skip(self)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)

    def secure(self, connection):
        """Makes the server's side of a handshake; the session, and what it has to send."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(os.path.join(certificate_folder(), name)
                                  for name in ("good.pem", "good.key")))
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # no tickets behind the handshake
        came, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(came, sent, server_side=True)
        while True:
            try:
                session.do_handshake()
                connection.sendall(sent.read())
                return session, sent
            except ssl.SSLWantReadError:
                connection.sendall(sent.read())
                came.write(connection.recv(65536))

    def test_bytes_of_half_a_record_are_told(self):
        record = 16384
        with subprocess.Popen(
                (TRAFFIC, str(self.listener.getsockname()[1]),
                 certificates.ca_path(certificate_folder()), str(record)),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
            self.listener.settimeout(PATIENCE)
            connection = self.listener.accept()[0]
            with connection:
                connection.settimeout(PATIENCE)
                session, out = self.secure(connection)
                # Bytes that come with the end of the handshake would count for it.
                self.assertEqual(client.stdout.readline(), "secured\n")
                session.write(b"x" * record)
                data = out.read()
                connection.sendall(data[:-1])
                self.assertEqual(client.stdout.readline(), f"0 read, {len(data) - 1} received\n")
                client.stdin.write("\n")
                client.stdin.flush()
                connection.sendall(data[-1:])
                self.assertEqual(client.stdout.readline(), f"512 read, {len(data)} received\n")
                client.wait(PATIENCE)


if __name__ == "__main__":
    unittest.main()
