# SPDX-License-Identifier: Apache-2.0
"""The process and what surrounds it: standard error and its formats, commands of --exec that
hang, standard output that is full."""

import contextlib
import datetime
import fcntl
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import termios
import time
import unittest

from harness import (PATIENCE, SYMFEED, EndToEnd, environment, events, is_sanitized, message, preloaded,
                     run, small)
from test_examples import LEADER, LONG, ROOM, AlarmCase, said

LOST = "log lines were lost"


def own_processes():
    """The words before a command line that is to be the first process of a system of its own, as in a
    container; nothing where that is forbidden."""
    for words in (("unshare", "--pid", "--fork", "--kill-child"),
                  ("unshare", "--map-root-user", "--pid", "--fork", "--kill-child")):
        if shutil.which(words[0]) and subprocess.run((*words, "true"), stderr=subprocess.DEVNULL,
                                                     check=False).returncode == 0:
            return words
    return ()


class Pipe:
    """A pipe of one page. What it takes from the child is read only where a test does it."""

    def __init__(self, nonblocking=False):
        self.reader, self.writer = os.pipe()
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(self.reader, False)
        os.set_blocking(self.writer, not nonblocking)
        self.text = b""

    def fill(self):
        """Fills it by an open file of our own: the child's stays as it is."""
        own = os.open(f"/proc/self/fd/{self.writer}", os.O_WRONLY | os.O_NONBLOCK)
        for size in (4096, 1):
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(own, b"#" * size)
        os.close(own)

    def take(self):
        """Takes out what is in it."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.reader, 1 << 20):
                self.text += data

    def wait_for(self, part):
        """Reads until that has come; all that has."""
        deadline = time.monotonic() + PATIENCE
        while part.encode() not in self.text:
            if not select.select([self.reader], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise AssertionError(f"no {part!r} came, but {self.text.strip(b'#')!r}")
            self.take()
        return self.text.strip(b"#").decode()

    @property
    def flags(self):
        return fcntl.fcntl(self.writer, fcntl.F_GETFL)

    def close_reader(self):
        if self.reader >= 0:
            os.close(self.reader)
        self.reader = -1

    def close(self):
        self.close_reader()
        os.close(self.writer)


class Reader:
    """Ways that standard error can be: what a test of the client and of the alarm has in common."""

    def pipe(self, **options):
        pipe = Pipe(**options)
        self.addCleanup(pipe.close)
        return pipe

    def stopped_terminal(self):
        """A terminal of which somebody has pressed Ctrl-S."""
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        termios.tcflow(theirs, termios.TCOOFF)
        return ours, theirs

    def read_terminal(self, ours, part):
        text = b""
        while part.encode() not in text:
            self.assertTrue(select.select([ours], [], [], PATIENCE)[0], text)
            text += os.read(ours, 65536)
        return text.decode()

    def full_socket(self):
        """As the journal gives one, and it does not read."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        with contextlib.suppress(BlockingIOError):
            while True:
                theirs.send(b"#" * 4096, socket.MSG_DONTWAIT)
        with contextlib.suppress(BlockingIOError):
            while True:
                theirs.send(b"#", socket.MSG_DONTWAIT)
        return ours, theirs


class StandardError(Reader, EndToEnd):
    """Nobody waits for a log line: symfeed."""

    def begin(self, descriptor, *options):
        self.start_agent()
        client = self.tail("--json", *options, stderr=descriptor)
        self.wait_reading()
        return client

    def ends(self, client, number=signal.SIGTERM):
        client.signal(number)
        self.wait_end(client)

    def test_a_pipe_that_is_full_before_the_event(self):
        pipe = self.pipe()
        flags = pipe.flags
        pipe.fill()
        client = self.begin(pipe.writer)
        self.deliver(client, message(1), message(2))
        self.assertEqual(pipe.flags, flags, "other programs write there, too")
        pipe.take()
        self.deliver(client, message(3))
        self.assertRegex(pipe.wait_for(LOST), r"Z warning: [1-9]\d* log lines were lost")
        client.signal(signal.SIGUSR1)
        text = pipe.wait_for('"heap_peak"')
        self.assertEqual(text.count(LOST), 1, "it is told once")
        counters = json.loads(next(line for line in text.split("\n") if line.startswith("{")))
        self.assertGreaterEqual(counters["log_lines_lost"], 1)
        self.ends(client)

    def test_a_pipe_that_is_filled_while_it_follows(self):
        pipe = self.pipe()
        client = self.begin(pipe.writer, "--stats", "-v")
        self.deliver(client, message(1))
        pipe.fill()
        self.agent.fault(on="read", status=502, times=2)
        self.deliver(client, message(2))
        client.signal(signal.SIGUSR1)
        self.deliver(client, message(3))
        self.ends(client, signal.SIGINT)

    def test_what_was_lost_is_told_though_nothing_else_is(self):
        pipe = self.pipe()
        pipe.fill()
        client = self.begin(pipe.writer)
        pipe.take()
        self.agent.push(message(1))
        pipe.wait_for(LOST)
        self.wait_acknowledged([message(1)])
        self.ends(client)

    def test_a_pipe_whose_reader_is_gone(self):
        pipe = self.pipe()
        pipe.close_reader()
        client = self.begin(pipe.writer, "--stats", "-v")
        self.deliver(client, message(1), message(2))
        self.ends(client)

    def test_a_terminal_that_is_stopped(self):
        ours, theirs = self.stopped_terminal()
        client = self.begin(theirs)
        self.deliver(client, message(1))
        termios.tcflow(theirs, termios.TCOON)
        self.deliver(client, message(2))
        self.read_terminal(ours, LOST)
        self.ends(client)

    def test_a_socket_that_is_full(self):
        ours, theirs = self.full_socket()
        client = self.begin(theirs)
        self.deliver(client, message(1))
        self.ends(client)

    def test_a_full_pipe_that_it_may_not_open_anew(self):
        pipe = self.pipe()
        client = self.begin(pipe.writer, "-v")
        os.fchmod(pipe.writer, 0)  # nothing to root, whom the unit test is for
        pipe.fill()
        self.deliver(client, message(1))
        self.ends(client)

    def test_a_file_is_appended_to_where_its_other_writers_are(self):
        path = self.path("log")
        with open(path, "wb") as file:
            file.write(b"of the shell\n")
            file.flush()
            client = self.begin(file.fileno())
            self.deliver(client, message(1))
            self.ends(client)
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[0], "of the shell")
        self.assertRegex(lines[1], "Z info: ")

    def test_a_mistake_of_usage_ends_it_with_2(self):
        for arguments in (("nonsense",), ("tail",), ("tail", "--agent", "http://agent.example.com")):
            pipe = self.pipe()
            pipe.fill()
            done = subprocess.run((SYMFEED, *arguments), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=pipe.writer, timeout=PATIENCE,
                                  env=environment(), check=False)
            self.assertEqual(done.returncode, 2)

    def test_a_command_that_fails_and_a_full_pipe(self):
        pipe = self.pipe()
        pipe.fill()
        marker = self.path("marker")
        client = self.begin(pipe.writer, "--exec",
                            f"[ -e '{marker}' ] || {{ touch '{marker}'; exit 1; }}")
        self.deliver(client, message(1))
        self.ends(client)

    def test_single_calls(self):
        self.start_agent()
        pipe = self.pipe()
        pipe.fill()
        for status in (0, 1):
            client = self.start("list", *self.access(), "-v", "--stats", stderr=pipe.writer)
            self.wait_end(client, status)
            self.agent.fault(on="list", status=500)


class Formats(EndToEnd):
    """--log: the form of messages, of the port and of the program."""

    MEMBERS = ["time", "level", "code", "call", "status", "wait", "trace", "text"]

    def journal(self):
        """A pipe as standard error, and the variable by which it is the journal."""
        pipe = Pipe()
        self.addCleanup(pipe.close)
        about = os.fstat(pipe.writer)
        return pipe, f"{about.st_dev}:{about.st_ino}"

    def objects(self, text):
        """The lines of JSON but the counters."""
        found = [json.loads(line) for line in text.splitlines()]
        return [value for value in found if "heap_peak" not in value]

    def follow_with_faults(self, *options, **more):
        """A read that fails, and an event that a command refuses once."""
        agent = self.start_agent()
        marker = self.path(f"marker-{len(options)}")
        fault = agent.fault(on="read", status=503, times=1)
        client = self.tail("--json", "--stats", "--exec", f"[ -e '{marker}' ] || {{ touch '{marker}'; exit 3; }}",
                           *options, **more)
        self.struck_by(fault)
        self.wait_reading()
        self.deliver(client, small(1))
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        return client

    def test_text_has_the_time_in_utc_and_the_level(self):
        for options in ((), ("--log", "text")):
            client = self.follow_with_faults(*options, TZ="XXX-5:30")
            lines = client.err.splitlines()
            self.assertIn("heap_peak", json.loads(lines.pop()))
            for line in lines:
                self.assertRegex(line, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (error|warning|info): \S")
                said = datetime.datetime.strptime(line[:20], "%Y-%m-%dT%H:%M:%SZ")
                now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
                self.assertLess(abs((now - said).total_seconds()), 60)
            self.assertRegex(client.err, r"Z warning: read: 503 \(trace \w+\), next try in ")
            self.assertIn("Z warning: --exec: event refused: exit status 3\n", client.err)

    def test_the_journal_gets_the_level_and_no_time(self):
        client = self.follow_with_faults("--log=journal")
        lines = client.err.splitlines()
        self.assertIn("heap_peak", json.loads(lines.pop()))
        for line in lines:
            self.assertRegex(line, r"\A(<3>error|<4>warning|<6>info|<7>debug): \D")
        self.assertRegex(client.err, r"(?m)^<4>warning: read: 503 \(trace \w+\), next try in ")
        self.assertIn("\n<4>warning: --exec: event refused: exit status 3\n", client.err)

    def test_it_is_the_default_where_standard_error_is_the_journal(self):
        self.start_agent()
        pipe, stream = self.journal()
        client = self.tail(stderr=pipe.writer, JOURNAL_STREAM=stream)
        pipe.wait_for("<6>info: ")
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        client = self.tail("--log", "text", stderr=pipe.writer, JOURNAL_STREAM=stream)
        pipe.wait_for("Z info: ")
        client.signal(signal.SIGTERM)
        self.wait_end(client)

    def test_it_is_not_where_the_variable_names_another_file(self):
        self.start_agent()
        device, inode = self.journal()[1].split(":")
        for stream in (f"{device}:{inode}", f"{inode}:{device}", "", "1", "0:0", ":"):
            pipe = Pipe()
            self.addCleanup(pipe.close)
            client = self.tail(stderr=pipe.writer, JOURNAL_STREAM=stream)
            pipe.wait_for("Z info: ")
            client.signal(signal.SIGTERM)
            self.wait_end(client)

    def test_a_mistake_of_usage_in_each_format(self):
        for options, says in ((("--log", "text"), r"symfeed: --agent: .*\n"),
                              (("--log", "journal"), r"<3>error: --agent: .*\n"),
                              (("--log", "json"), r'{"time":.*"level":"error",.*"text":"--agent: .*"}\n')):
            done = run("tail", *options)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr.decode(), rf"\A{says}\Z")
        for wrong in ("", "TEXT", "syslog"):
            done = run("tail", "--log", wrong)
            self.assertEqual((done.returncode, done.stderr),
                             (2, b"symfeed: --log: give text, journal or json\n"))

    def test_json_is_an_object_a_line(self):
        client = self.follow_with_faults("--log=json", "-v")
        self.assertIn("heap_peak", json.loads(client.err.splitlines()[-1]))
        values = self.objects(client.err)
        for value in values:
            self.assertEqual(list(value), self.MEMBERS)
            self.assertRegex(value["time"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
            self.assertIn(value["level"], ("error", "warning", "info", "debug"))
        failed, = (v for v in values if (v["status"], v["level"]) == (503, "warning"))
        sent, = (r for r in self.agent.requests_of("read") if r.fault)
        self.assertEqual((failed["level"], failed["code"], failed["call"]), ("warning", 22, "read"))
        self.assertEqual(failed["trace"], sent.header("X-Trace-Id"))
        self.assertTrue(0 < failed["wait"] < 60_000)
        self.assertTrue(failed["text"].startswith(f"read: 503 (trace {failed['trace']}), next try in"))
        refused, = (value for value in values if value["text"].startswith("--exec"))
        self.assertEqual(refused, {**dict.fromkeys(self.MEMBERS), "time": refused["time"],
                                   "level": "warning", "text": "--exec: event refused: exit status 3"})
        self.assertTrue(any(value["call"] == "sign-in" or value["level"] == "info" for value in values))

    def test_json_of_odd_names(self):
        """The name of a file, which can be any bytes, in a message before and after the start."""
        name = os.fsdecode(b'no "\\ \xff\xe2\x80\xae\xc3\xa9')
        done = run("tail", "--log=json", "--agent", "https://localhost", "--session-token-file", name)
        text, = self.objects(done.stderr.decode())
        self.assertIn('no "\\ ?é: ', text["text"])
        self.start_agent()
        client = self.start("legacy", *self.access(), "--log=json", "--state",
                            os.path.join(self.path("folder"), name, "state"))
        self.wait_reading()
        self.agent.push(small(1))
        self.wait_error(client, "--state: ")
        text, *_ = (v for v in self.objects(client.err) if v["text"].startswith("--state"))
        self.assertIn('no "\\ ?é/state: ', text["text"])
        self.assertEqual(text["level"], "warning")

    def test_lost_lines_are_told_in_each_format(self):
        self.start_agent()
        for format, says in (("text", r"Z warning: [1-9]\d* log lines"),
                             ("journal", r"(?m)^<4>warning: [1-9]\d* log lines"),
                             ("json", r'"level":"warning",.*"text":"[1-9]\d* log lines')):
            pipe = Pipe()
            self.addCleanup(pipe.close)
            pipe.fill()
            client = self.tail("-v", "--log", format, stderr=pipe.writer)
            self.wait_reading()
            pipe.take()
            client.signal(signal.SIGUSR1)
            text = pipe.wait_for('"heap_peak"')
            self.assertRegex(text, says)
            if format == "json":
                self.objects(text)
            client.signal(signal.SIGTERM)
            self.wait_end(client)


class AlarmStandardError(Reader, AlarmCase):
    """Nobody waits for a log line: the siren rings, whoever reads."""

    def begin(self, descriptor, seconds=LONG, **more):
        self.start_agent()
        return self.start_alarm(self.state(), self.output(), self.rule(keyword="fire"),
                                self.rule(keyword="smoke", seconds=seconds), stderr=descriptor, **more)

    def rings(self, number, keyword="fire"):
        event = said(number, f"<b>{keyword}</b>", stream=ROOM, user=LEADER)
        self.agent.push(event)
        self.wait_acknowledged([event])
        if keyword == "fire":  # which does not run out
            self.assertEqual(self.value(), "1")

    def test_a_pipe_that_is_full_before_the_event(self):
        pipe = self.pipe()
        pipe.fill()
        client = self.begin(pipe.writer)
        self.rings(1)
        self.assertRegex(self.kept(), "^siren ")
        pipe.take()
        self.rings(2)
        self.assertRegex(pipe.wait_for("siren is on"), LOST)
        self.terminate(client)

    def test_a_pipe_that_is_filled_while_the_siren_is_on(self):
        pipe = self.pipe()
        client = self.begin(pipe.writer, seconds=2)
        self.rings(1, "smoke")
        pipe.wait_for("siren is on")
        pipe.fill()
        deadline = time.monotonic() + PATIENCE
        while self.value() != "0" or self.kept() != "":
            self.assertLess(time.monotonic(), deadline, "it did not run out by itself")
            time.sleep(0.05)
        self.rings(2)
        pipe.take()
        pipe.wait_for(LOST)
        self.terminate(client)

    def test_a_pipe_whose_reader_is_gone(self):
        pipe = self.pipe()
        pipe.close_reader()
        client = self.begin(pipe.writer)
        self.rings(1)
        self.terminate(client)

    def test_a_terminal_that_is_stopped(self):
        ours, theirs = self.stopped_terminal()
        client = self.begin(theirs)
        self.rings(1)
        termios.tcflow(theirs, termios.TCOON)
        self.read_terminal(ours, LOST)
        self.terminate(client)

    def test_a_socket_that_is_full(self):
        ours, theirs = self.full_socket()
        client = self.begin(theirs)
        self.rings(1)
        self.terminate(client)

    def test_messages_have_time_or_the_level_for_the_journal(self):
        for is_journal, says in ((False, r"(?m)^\d{4}-\S+Z info: siren is on$"),
                                 (True, r"(?m)^<6>info: siren is on$")):
            pipe = self.pipe()
            about = os.fstat(pipe.writer)
            stream = f"{about.st_dev}:{about.st_ino}" if is_journal else ""
            client = self.begin(pipe.writer, JOURNAL_STREAM=stream)
            self.rings(1)
            self.assertRegex(pipe.wait_for("siren is on\n"), says)
            self.terminate(client)

    def test_a_mistake_ends_it_with_2(self):
        pipe = self.pipe()
        pipe.fill()
        for arguments in ((), ("--check", self.path("none"))):
            done = subprocess.run((self.program, *arguments), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=pipe.writer, timeout=PATIENCE,
                                  env=environment(), check=False)
            self.assertEqual(done.returncode, 2)


class Commands(EndToEnd):
    """--exec: however a command behaves, the feed goes on."""

    def setUp(self):
        super().setUp()
        self.process = self.path("process")
        self.marker = self.path("marker")

    def once(self, command):
        """A command that does so for the first time, and nothing afterwards."""
        return f"[ -e '{self.marker}' ] || {{ touch '{self.marker}'; {command}; }}"

    def wait_gone(self):
        """Waits for the end of the process that a command wrote down."""
        with open(self.process, encoding="ascii") as file:
            process = int(file.read())
        deadline = time.monotonic() + PATIENCE
        while self.is_alive(process):
            self.assertLess(time.monotonic(), deadline, "a process was left behind")
            time.sleep(0.02)

    @staticmethod
    def is_alive(process):
        try:
            with open(f"/proc/{process}/stat", encoding="ascii") as file:
                return file.read().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    def times_out(self, command, event=None, *options):
        """A command that hangs once is ended after a second, and its event comes again."""
        agent, client = self.follow("--exec-timeout", "1", "--exec", self.once(command), *options)
        event = event or small(1)
        agent.push(event)
        self.wait_error(client, "Z warning: --exec: event refused: timed out after 1 s\n")
        self.wait_acknowledged([event])
        self.assert_printed(client, [event])
        self.assertEqual(self.stats(client)["refused"], 1)
        return client

    def test_one_that_hangs(self):
        self.times_out("sleep 1000")

    def test_one_that_does_not_read_its_input_and_hangs(self):
        self.times_out("sleep 1000", events.to_json(events.sized(300_000)), "--window", "400000")

    def test_one_that_ignores_sigterm(self):
        self.times_out(f"trap '' TERM; echo $$ >'{self.process}'; while :; do sleep 1; done")
        self.wait_gone()

    def test_one_that_is_stopped(self):
        self.times_out(f"echo $$ >'{self.process}'; kill -STOP $$")
        self.wait_gone()

    def test_one_that_exits_with_0_once_its_time_is_over(self):
        self.times_out("trap 'exit 0' TERM; while :; do sleep 0.1; done")

    def test_its_children_are_ended_with_it(self):
        self.times_out(f"sleep 1000 & echo $! >'{self.process}'; wait")
        self.wait_gone()

    def test_a_child_that_ignores_sigterm_is_killed(self):
        self.times_out(f"(trap '' TERM; exec sleep 1000) & echo $! >'{self.process}'; wait")
        self.wait_gone()

    def leaves_behind(self, command, event, *options):
        agent, client = self.follow("--exec", command, *options)
        self.deliver(client, event)
        with open(self.process, encoding="ascii") as file:
            process = int(file.read())
        self.assertTrue(self.is_alive(process), "what it leaves behind is its own affair")
        os.kill(process, signal.SIGKILL)
        self.wait_gone()

    def test_one_that_leaves_a_child_behind(self):
        self.leaves_behind(f"sleep 1000 & echo $! >'{self.process}'", small(1))

    def test_one_that_leaves_a_child_behind_which_holds_its_input(self):
        self.leaves_behind(f"exec 3<&0; sleep 1000 <&3 & echo $! >'{self.process}'",
                           events.to_json(events.sized(300_000)), "--window", "400000")

    def test_the_log_says_why_an_event_is_refused(self):
        for command, why in (("exit 3", "exit status 3"), ("kill -KILL $$", "signal 9"),
                             ("kill -TERM $$", "signal 15"), ("kill -XFSZ $$", "signal (25|31)"),
                             ("/nonexistent", "exit status 127")):
            with self.subTest(command=command):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.marker)
                agent, client = self.follow("--exec", self.once(command))
                self.deliver(client, small(1))
                self.wait_error(client, f"Z warning: --exec: event refused: {why}\n")

    def test_qq_does_not_say_it(self):
        agent, client = self.follow("-qq", "--exec", self.once("exit 3"))
        self.deliver(client, small(1))
        self.assertNotIn("--exec", client.err)

    def test_one_that_cannot_be_begun_is_tried_again(self):
        agent, client = self.follow("--exec", f"cat >>'{self.marker}'")
        limit = resource.prlimit(client.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(client.pid, resource.RLIMIT_NOFILE, (3, limit[1]))
        agent.push(small(1))
        self.wait_error(client, "Z warning: --exec: no process, tried again each second: Too many open files\n")
        resource.prlimit(client.pid, resource.RLIMIT_NOFILE, limit)
        self.wait_acknowledged([small(1)])
        with open(self.marker, encoding="utf-8") as file:
            self.assertEqual(file.read(), small(1) + "\n")
        self.assertEqual(self.stats(client)["refused"], 0)

    def stop(self, number, command, trap=":"):
        """The client is told to end while a command runs, and both have ended within 10 s."""
        agent, client = self.follow(
            "--exec", f"{trap}; echo $$ >'{self.process}'; echo begun >&2; {command}")
        agent.push(small(1))
        self.wait_error(client, "begun")
        start = time.monotonic()
        client.signal(number)
        self.wait_end(client)
        self.assertLess(time.monotonic() - start, 10)
        self.wait_gone()
        return client

    def test_sigterm_and_sigint_end_one_that_hangs(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                client = self.stop(number, "sleep 1000")
                self.wait_error(client, "event refused: signal 15, symfeed was told to stop")
                self.assertEqual(self.agent.acknowledged, [])
                self.assertEqual(client.lines, [])

    def test_sigterm_ends_one_that_ignores_it(self):
        client = self.stop(signal.SIGTERM, "while :; do sleep 1; done", "trap '' TERM")
        self.wait_error(client, "event refused: signal 9, symfeed was told to stop")
        self.assertEqual(self.agent.acknowledged, [])

    def test_sigterm_reaches_its_children(self):
        self.stop(signal.SIGTERM, "wait", f"sleep 1000 & echo $! >'{self.process}.child'")
        os.replace(self.process + ".child", self.process)
        self.wait_gone()

    def test_sigterm_while_it_does_not_read_its_input(self):
        agent, client = self.follow("--window", "400000", "--exec", "echo begun >&2; sleep 1000")
        agent.push(events.to_json(events.sized(300_000)))
        self.wait_error(client, "begun")
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        self.assertEqual(agent.acknowledged, [])

    def test_one_that_finishes_when_it_gets_sigterm(self):
        client = self.stop(signal.SIGTERM, "while :; do sleep 0.1; done", "trap 'exit 0' TERM")
        self.wait_acknowledged([small(1)])
        self.assert_printed(client, [small(1)])

    @unittest.skipIf(is_sanitized(), "sanitizers let no library in before their own")
    def test_sigterm_as_the_first_process_does_not_wait_for_what_is_dead(self):
        """What a command has begun and not waited for becomes symfeed's own child there, and is no reason
        to kill what is left of the command: nothing is."""
        first = own_processes()
        if not first:
            self.skipTest("no process may be the first one here")
        agent = self.start_agent()
        agent.create_feed()
        agent.push(small(1))
        client = self.start(*first[1:], SYMFEED, "tail", *self.access(), "--exec",
                            "sleep 1000 & kill -TERM $PPID; wait", program=first[0],
                            LD_PRELOAD=preloaded("stop"))
        self.wait_end(client)
        self.wait_error(client, "event refused: signal 15, symfeed was told to stop")
        self.assertNotIn("SIGKILL", client.err)

    @unittest.skipIf(is_sanitized(), "sanitizers let no library in before their own")
    def test_sigterm_while_an_event_comes_begins_none(self):
        """It would not be told of a signal that was there before it."""
        agent = self.start_agent(tls=False)
        agent.create_feed()
        agent.push([small(1), small(2)])
        client = self.tail("--json", "--exec", "echo begun >&2; sleep 1000",
                           LD_PRELOAD=preloaded("stop"), SYMFEED_STOP="id-1")
        self.wait_end(client)
        self.assertNotIn("begun", client.err)
        self.assertEqual((client.lines, agent.acknowledged), ([], []))

    def stop_the_last_try(self, command):
        """SIGTERM during the run after the third refusal."""
        agent = self.start_agent()
        client = self.start(command, "--json", *self.access(), "--exec",
                            f"echo >>'{self.marker}'; [ $(wc -l <'{self.marker}') -lt 4 ] && exit 1; "
                            "echo begun >&2; sleep 1000")
        self.wait_agent(lambda a: a.feeds or a.requests_of("legacy_read"), "a feed")
        agent.push(small(1))
        self.wait_error(client, "refused too often(.|\n)*begun")
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        self.wait_error(client, "event refused: signal 15, symfeed was told to stop")
        return client

    def test_sigterm_while_an_event_that_is_given_up_is_tried_for_the_last_time(self):
        client = self.stop_the_last_try("tail")
        self.assertEqual((client.lines, self.agent.acknowledged), ([], []))

    def test_the_same_with_a_legacy_feed_which_does_not_send_it_again(self):
        self.assert_printed(self.stop_the_last_try("legacy"), [small(1)])

    def test_a_terminal_that_is_closed_ends_one_that_hangs(self):
        ours, theirs = os.openpty()
        agent = self.start_agent()
        client = self.tail("--exec", f"touch '{self.marker}'; sleep 1000", stderr=theirs)
        os.close(theirs)
        self.wait_reading()
        agent.push(small(1))
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(self.marker):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        os.close(ours)
        client.signal(signal.SIGHUP)
        self.wait_end(client)
        self.assertEqual(agent.acknowledged, [])

    def test_sighup_and_sigusr1_do_not_end_one(self):
        agent, client = self.follow("--exec", f"echo begun >&2; until [ -e '{self.marker}' ]; do "
                                              "sleep 0.05; done")
        agent.push(small(1))
        self.wait_error(client, "begun")
        for number in (signal.SIGHUP, signal.SIGCHLD):
            client.signal(number)
        self.assertEqual(self.stats(client)["events"], 1, "it is answered meanwhile")
        self.path("marker", "")
        self.wait_acknowledged([small(1)])
        self.assert_printed(client, [small(1)])

    def test_a_legacy_feed(self):
        self.start_agent()
        client = self.start("legacy", "--json", *self.access(), "--exec", "echo begun >&2; sleep 1000")
        self.wait_agent(lambda a: a.requests_of("legacy_read"), "a read")
        self.agent.push([small(1), small(2)])
        self.wait_error(client, "begun")
        start = time.monotonic()
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        self.assertLess(time.monotonic() - start, 10)

    def test_what_the_option_takes(self):
        agent = self.start_agent()
        for arguments, says in ((["--exec-timeout", "0", "--exec", "true"], "from 1 to 86400"),
                                (["--exec-timeout", "86401", "--exec", "true"], "from 1 to 86400"),
                                (["--exec-timeout", "1.5", "--exec", "true"], "from 1 to 86400"),
                                (["--exec-timeout", "5"], "give --exec, too")):
            client = self.tail(*arguments)
            self.wait_end(client, 2)
            self.assertRegex(client.err, says)
            self.assertEqual(client.err.count("\n"), 1)
        self.assertEqual(agent.requests, [])


class StandardOutput(EndToEnd):
    """A full standard output is waited for."""

    def begin(self, pipe, *options):
        agent = self.start_agent()
        agent.create_feed()
        return agent, self.tail("--json", *options, stdout=pipe.writer)

    def pipe(self, **options):
        pipe = Pipe(**options)
        self.addCleanup(pipe.close)
        return pipe

    def wait_asleep(self, client):
        """Waits until it sleeps in a wait of the kernel's, with the event in its hands."""
        self.wait_agent(lambda a: any(a.outstanding(f) for f in a.feeds), "a delivery")
        self.wait_asleep_with_all(client)

    def wait_asleep_with_all(self, client):
        """The same, where it has all that it is to write."""
        deadline = time.monotonic() + PATIENCE
        seen = 0
        while seen < 20:
            self.assertLess(time.monotonic(), deadline, "it does not sleep")
            with open(f"/proc/{client.pid}/stat", encoding="ascii") as file:
                seen = seen + 1 if file.read().rpartition(")")[2].split()[0] == "S" else 0
            time.sleep(0.01)

    def test_sigusr1_is_answered_while_it_waits(self):
        for nonblocking in (True, False):
            for text in ("word", "word " * 2000):  # one that does not begin to go, and one that stops within
                with self.subTest(nonblocking=nonblocking, size=len(text)):
                    pipe = self.pipe(nonblocking=nonblocking)
                    if text == "word":
                        pipe.fill()
                    agent, client = self.begin(pipe)
                    agent.push(message(1, text))
                    self.wait_asleep(client)
                    self.assertEqual([self.stats(client)["events"] for _ in range(2)], [1, 1])
                    pipe.wait_for(message(1, text) + "\n")
                    self.wait_acknowledged([message(1, text)])

    def test_a_non_blocking_pipe_that_is_full(self):
        pipe = self.pipe(nonblocking=True)
        pipe.fill()
        agent, client = self.begin(pipe)
        pushed = [message(number, "word " * 2000) for number in range(3)]
        agent.push(pushed)
        self.wait_asleep(client)
        client.signal(signal.SIGUSR1)
        self.wait_asleep(client)
        self.assertEqual(agent.acknowledged, [])
        text = pipe.wait_for(pushed[-1] + "\n")
        self.assertEqual(text.split("\n")[:-1], pushed)
        self.wait_acknowledged(pushed)

    def test_signals_end_it_while_it_waits(self):
        for nonblocking in (True, False):
            for number in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(nonblocking=nonblocking, signal=number):
                    pipe = self.pipe(nonblocking=nonblocking)
                    pipe.fill()
                    agent, client = self.begin(pipe)
                    agent.push(message(1))
                    self.wait_asleep(client)
                    client.signal(number)
                    self.wait_end(client)
                    self.assertEqual(agent.acknowledged, [])

    def test_a_line_longer_than_the_pipe_and_a_signal(self):
        for nonblocking in (True, False):
            pipe = self.pipe(nonblocking=nonblocking)
            agent, client = self.begin(pipe)
            agent.push(message(1, "word " * 2000))
            self.wait_asleep(client)
            client.signal(signal.SIGTERM)
            self.wait_end(client)
            self.assertEqual(agent.acknowledged, [])

    def test_a_reader_that_goes_while_it_waits(self):
        pipe = self.pipe(nonblocking=True)
        pipe.fill()
        agent, client = self.begin(pipe)
        agent.push(message(1))
        self.wait_asleep(client)
        pipe.close_reader()
        self.wait_end(client, 1)
        self.wait_error(client, "standard output: Broken pipe")
        self.assertEqual(agent.acknowledged, [])

    def test_a_terminal_that_is_stopped(self):
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        for nonblocking in (False, True):
            os.set_blocking(theirs, not nonblocking)
            termios.tcflow(theirs, termios.TCOOFF)
            agent = self.start_agent()
            agent.create_feed()
            client = self.tail(stdout=theirs)
            agent.push(message(1))
            self.wait_asleep(client)
            self.assertEqual(agent.acknowledged, [])
            termios.tcflow(theirs, termios.TCOON)
            self.wait_acknowledged([message(1)])
            os.read(ours, 65536)

    def test_help_version_and_single_calls_wait_too(self):
        self.start_agent()
        self.agent.create_feed()
        for arguments in (["--help"], ["version"], ["list", *self.access()]):
            pipe = self.pipe(nonblocking=True)
            pipe.fill()
            client = self.start(*arguments, stdout=pipe.writer)
            if arguments[0] == "list":
                self.wait_agent(lambda a: a.requests and a.requests[-1].status, "an answer")
            self.wait_asleep_with_all(client)
            self.assertIsNone(client.status)
            deadline = time.monotonic() + PATIENCE
            while not client.wait_for(lambda c: c.status is not None, 0.02):
                self.assertLess(time.monotonic(), deadline)
                pipe.take()
            self.wait_end(client)

    def packets(self, *pushed, options=()):
        """What is written for these events, write by write."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(ours.close)
        ours.settimeout(PATIENCE)
        agent = self.start_agent()
        with theirs:
            self.tail("--window", "40000", *options, stdout=theirs)
        self.wait_reading()
        agent.push(list(pushed))
        packets = [ours.recv(1 << 20) for _ in pushed]
        self.wait_acknowledged(pushed)
        return packets

    def test_a_line_is_one_write(self):
        pushed = [message(1), message(2, "long words " * 2000), message(3), small(4),
                  message(5, "words <b>and</b> words " * 5000)]
        cut = [message(6, "too long " * 10000)]
        packets = self.packets(*pushed, options=["--json"])
        self.assertEqual([packet.decode() for packet in packets[:4]],
                         [text + "\n" for text in pushed[:4]])
        self.assertTrue(json.loads(packets[4])["symfeed"]["truncated"])
        packets = self.packets(*pushed)
        self.assertEqual([packet.count(b"\n") for packet in packets], [1] * 5)
        self.assertTrue(all(packet.endswith(b"\n") for packet in packets))
        self.assertGreater(len(packets[1]), 20000)
        packets = self.packets(*cut, options=["--json", "--exec", "cat >/dev/null"])
        self.assertTrue(json.loads(packets[0])["symfeed"]["truncated"])


if __name__ == "__main__":
    unittest.main()
