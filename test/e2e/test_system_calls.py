# SPDX-License-Identifier: Apache-2.0
"""What the program asks of the kernel: system calls for each poll, event and new connection.

The program runs under strace, which a container may forbid. Reading the clock is not counted: on
most systems the C library does that without a call.
"""

import re
import shutil
import subprocess
import tempfile
import unittest

from harness import EndToEnd, SYMFEED, features, is_sanitized, message

IDLE_MAX = 6
EVENT_MAX = 8
RECONNECT_MAX = 28
# The looks at /etc/hosts and /etc/resolv.conf. What getaddrinfo() does is a matter of the C library,
# so these two stand for it.
NAME = 2

# With a session token in it, a request is longer than all that a handshake sends.
REQUEST = 1000
CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")


def can_trace():
    """Whether strace sees the calls of a program here. By -D the program is the child, not strace."""
    with tempfile.NamedTemporaryFile() as trace:
        subprocess.run(("strace", "-D", "-o", trace.name, "true"), timeout=10, check=False,
                       stderr=subprocess.DEVNULL)
        return b"execve(" in trace.read()


class Call:
    def __init__(self, name, arguments, result):
        self.name, self.arguments, self.result = name, arguments, int(result)

    def is_request(self):
        return self.name in ("send", "sendto") and self.result > REQUEST

    def is_output(self):
        return self.name in ("write", "writev") and self.arguments.startswith("1,")

    def __repr__(self):
        return f"{self.name}({self.arguments[:60]}) = {self.result}"


def cycles(path):
    """What lies between two requests, the second one included; a list of lists of calls."""
    calls = []
    with open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            match = CALL.match(line)
            if match and not re.match(r"clock_|gettimeofday|time$", match[1]):
                calls.append(Call(*match.groups()))
    ends = [number for number, call in enumerate(calls) if call.is_request()]
    return [calls[begin + 1:end + 1] for begin, end in zip(ends, ends[1:])]


def find(calls, name, start=0):
    return next((number for number, call in enumerate(calls) if number >= start
                 and call.name == name), None)


def reconnect(calls):
    """The part of a cycle from the good-bye on the old connection to the request on the new one.
    Where libc finds the address, without what it calls."""
    closed = find(calls, "close")
    begin = closed - 1 if calls[closed - 1].name in ("send", "sendto") else closed
    if "names by getaddrinfo()" not in features():
        return calls[begin:]
    asked = find(calls, "getrandom", closed)
    return calls[begin:asked + 1] + [Call("stat", "", 0)] * NAME + calls[find(calls, "socket"):]


class Trace(unittest.TestCase):
    """How a trace is cut."""

    def test_a_cycle_is_what_lies_between_two_requests(self):
        with tempfile.NamedTemporaryFile("w") as trace:
            trace.write('sendto(5, ""..., 1200, MSG_NOSIGNAL, NULL, 0) = 1200\n'
                        'clock_gettime(CLOCK_MONOTONIC, {tv_sec=1, tv_nsec=2}) = 0\n'
                        'poll([{fd=5, events=POLLIN}], 1, 500) = 1 ([{fd=5, revents=POLLIN}])\n'
                        '--- SIGTERM {si_signo=SIGTERM} ---\n'
                        'recvfrom(5, ""..., 160, 0, NULL, NULL) = 90\n'
                        'sendto(5, ""..., 1200, MSG_NOSIGNAL, NULL, 0) = 1200\n'
                        'close(5) = 0\n')
            trace.flush()
            self.assertEqual([[call.name for call in calls] for calls in cycles(trace.name)],
                             [["poll", "recvfrom", "sendto"]])


class SystemCalls(EndToEnd):

    def setUp(self):
        if not shutil.which("strace"):
            self.skipTest("no strace here: test/tools/deps.sh check")
        if is_sanitized():
            self.skipTest("the sanitizers make system calls of their own")
        if not can_trace():
            self.skipTest("strace may not trace here")
        super().setUp()

    def fewest(self, what, found, most):
        """An answer that comes in several pieces takes more calls: the best of three counts."""
        self.assertGreaterEqual(len(found), 3, f"cycles: {what}")
        best = min(found, key=len)
        self.assertLessEqual(len(best), most, "\n".join([what, *map(repr, best)]))

    def test_idle_polls_events_and_resumed_connections(self):
        agent = self.start_agent(hold=0.6)  # above 0.5 s nothing is waited for between two reads
        trace = self.path("trace")
        client = self.start("-D", "-o", trace, SYMFEED, "tail", *self.access(), "--json",
                            program="strace")
        self.wait_reading()
        for number in range(4):
            self.deliver(client, message(number))
        self.wait_requests("read", 4 + len(agent.requests_of("read")))
        agent.fault(on="read", connection="close", times=3)
        self.wait_agent(lambda a: len(a.connections) == 4 and a.connections[3].requests > 1,
                        "three new connections")
        self.assertEqual([c.resumed for c in agent.connections], [False, True, True, True])
        self.assertTrue(client.end())

        every = cycles(trace)
        kept = [calls for calls in every if find(calls, "connect") is None]
        self.fewest("an idle poll", [calls for calls in kept if not any(
            call.is_output() for call in calls)], IDLE_MAX)
        self.fewest("an event", [calls for calls in kept if any(
            call.is_output() for call in calls)], EVENT_MAX)
        self.fewest("a reconnect", [reconnect(calls) for calls in every
                                    if find(calls, "connect") is not None], RECONNECT_MAX)


if __name__ == "__main__":
    unittest.main()
