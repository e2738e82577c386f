#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""soak.py HELD EVENTS FAULTS [SEED]: symfeed follows a feed through so many events and faults, by TLS and a proxy.

The client signs in by key at a pod and a key manager of their own. EVENTS / FAULTS events are pushed,
one fault strikes amid them; the next ones follow when all were printed and the client waits for more.

Depends on: test/simulator, which keeps a batch until it is acknowledged. Guarantees: fails where an
event is lost, comes twice, in another order or changed, where the client holds more memory or descriptors
at the end than after WARM_UP, or where it breaks a rule of HTTP or the API; no event is lost by design here.

Memory: pieces of the heap that are held (HELD, test/soak/held.c compiled, is preloaded), and kilobytes. What
is held in the same pieces takes more of the heap now and then, since free pieces of it do not fit: so many
kilobytes as FRAGMENTS are no drift. An arena has no such thing.
"""

import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "simulator"))

import certificates  # noqa: E402
import events  # noqa: E402
from agent import Agent  # noqa: E402
from proxy import Proxy  # noqa: E402

PATIENCE = 120      # seconds for what has to happen after a fault
WARM_UP = 0.25      # of all faults: what the client has then of memory and descriptors is held to the end
DISTINCT = 1000     # events whose texts differ in more than the id
LARGEST = 8000      # bytes of an event, so that all are printed whole
FIRST_WAIT = 0.05   # seconds, of the client
FRAGMENTS = 64      # kilobytes
HOLD = 0.6          # seconds that a read without events takes: a fault for the next one is met soon
PAGE = "<html><head><title>Bad gateway</title></head><body>Something is wrong.</body></html>"
CUT_HERE = "the request ended within its"  # a breach that a broken connection makes, none of the client's
LENGTHS = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n[]"


# -- faults ----------------------------------------------------------------------------------------
# A fault is a function of the Soak, which answers the simulator's Faults that have to be met.


def answer(**effects):
    """The answer to a read is damaged, or there is none."""
    return lambda soak: [soak.agent.fault(on="read", **effects)]


def cut(at_end=False, **effects):
    """The answer to a read ends in its body."""
    def strike(soak):
        size = soak.draw.randrange(1, 8000)
        return [soak.agent.fault(on="read", cut_body=-size if at_end else size, **effects)]
    return strike


def sign_in(kind=None, **effects):
    """The tokens have expired, and signing in fails, too."""
    def strike(soak):
        faults = [soak.agent.fault(**effects)] if effects else []
        soak.agent.expire_tokens(kind)
        return faults
    return strike


def lookup(**effects):
    """The agent does not know the feed, and the list of feeds fails, too."""
    return lambda soak: [soak.agent.fault(on="read", status=400), soak.agent.fault(on="list", **effects)]


def connecting(**effects):
    """The connection is lost, and the next one fails."""
    def strike(soak):
        fault = soak.agent.fault(on="connect", **effects)
        soak.agent.drop_connections(reset=soak.draw.random() < 0.5)
        return [fault]
    return strike


def tunnel(**effects):
    """The proxy breaks the tunnel, and the next one fails."""
    def strike(soak):
        faults = [soak.proxy.fault(**effects)] if effects else []
        soak.proxy.drop_tunnels(reset=soak.draw.random() < 0.5)
        return faults
    return strike


def agent_restarts(soak):
    """Nothing listens for a while; TLS sessions are forgotten."""
    fault = soak.agent.fault(on="connect", refuse=0.2)
    soak.agent.forget_sessions()
    soak.agent.drop_connections(reset=True)
    return [fault]


def sent_again(soak):
    """After a restart an agent sends what was acknowledged shortly before."""
    last = soak.pushed[-soak.draw.randrange(1, min(soak.memory, len(soak.pushed)) + 1):] if soak.pushed else []
    soak.agent.push(last)
    soak.sent_again += len(last)
    return []


# name, and whether it strikes amid the events instead of before them
FAULTS = (
    ("reset in a batch", False, cut(reset=True)),
    ("closed in a batch", False, cut()),
    ("closed near the end of a batch", False, cut(at_end=True)),
    ("closed in the head", False, answer(cut=40)),
    ("closed without an answer", False, answer(close_before=True)),
    ("reset without an answer", False, answer(reset=True)),
    ("acknowledged, but the answer is lost", False, answer(cut=0, reset=True)),
    ("400, though the feed is there", False, answer(status=400)),
    ("400 with a page", False, answer(status=400, body=PAGE)),
    ("404 with a page", False, answer(status=404, body=PAGE)),
    ("429", False, answer(status=429)),
    ("500 twice", False, answer(status=500, times=2)),
    ("502 with a page", False, answer(status=502, body=PAGE)),
    ("503", False, answer(status=503)),
    ("200 with a page", False, answer(status=200, body=PAGE)),
    ("200 with an empty body", False, answer(status=200, body="")),
    ("401 once", False, answer(status=401)),
    ("no ackId", False, answer(drop_ack_id=True)),
    ("an ackId that is no string", False, answer(ack_id=5)),
    ("two lengths", False, answer(raw=LENGTHS, connection="close")),
    ("bytes behind an answer", False, answer(garbage_after="more")),
    ("events sent again", False, sent_again),
    ("tokens expire", True, sign_in()),
    ("the session expires, sign-in answers 503", True, sign_in("session", on="session", status=503)),
    ("the session expires, sign-in answers a page", True, sign_in("session", on="session", status=502, body=PAGE)),
    ("the session expires, sign-in is reset", True, sign_in("session", on="session", reset=True)),
    ("tokens expire, the key manager's answer is cut", True, sign_in(on="key", cut=50)),
    ("all connections are reset", True, lambda soak: soak.agent.drop_connections(reset=True) or []),
    ("all connections are closed", True, lambda soak: soak.agent.drop_connections() or []),
    ("the next connection is reset", True, connecting(reset=True)),
    ("the handshake is closed", True, connecting(tls="close_in_handshake")),
    ("the handshake is answered by garbage", True, connecting(tls="garbage")),
    ("the handshake is refused", True, connecting(tls="alert")),
    ("the certificate has expired", True, connecting(tls="certificate:expired")),
    ("the agent restarts", True, agent_restarts),
    ("the tunnel breaks", True, tunnel()),
    ("the tunnel breaks after some bytes", True, tunnel(tunnel_limit=20000)),
    ("the proxy answers 503", True, tunnel(status=503)),
    ("the proxy closes", True, tunnel(close_before=True)),
    ("the proxy resets", True, tunnel(reset=True)),
    ("the proxy adds bytes", True, tunnel(garbage=b"more")),
)
# The client waits for seconds after these: one of them in each round of the others.
SLOW = (
    ("403 once", False, answer(status=403)),
    ("404, though the feed is there", False, answer(status=404)),
    ("429 with Retry-After", False, answer(status=429, headers=[["Retry-After", "1"]])),
    ("400, and the list fails", False, lookup(status=500)),
    ("the proxy answers 407", True, tunnel(status=407)),
    ("tokens expire, sign-in answers 401", True, sign_in(on="session", status=401)),
)
# Good answers in unusual forms: one after each fault.
FORMS = (
    {"framing": "chunked", "chunk_sizes": [1, 2, 3, 5000], "chunk_extensions": True}, {"framing": "close"},
    {"interim": 3}, {"extra_headers_bytes": 50000}, {"connection": "close"}, {"member_order": "ack_first"},
    {"member_order": "both_around"}, {"unknown_members": True}, {"dribble": [20000, 0.001]}, {"delay": 0.01},
)


def rounds(draw):
    """All faults in turn, each round in another order."""
    number = 0
    while True:
        batch = [*FAULTS, SLOW[number % len(SLOW)]]
        draw.shuffle(batch)
        yield from batch
        number += 1


# -- the client ------------------------------------------------------------------------------------


class Texts:
    """The text of event number N, whose id is N and has a fixed place."""

    START = b'{"id":"soak-'
    DIGITS = 9

    def __init__(self, seed):
        self.rest = []
        stream = events.stream_of(seed)
        while len(self.rest) < DISTINCT:
            text = events.to_json(dict(next(stream), id="")).encode()
            if len(text) < LARGEST:
                self.rest.append(text[len('{"id":"'):])

    def __getitem__(self, number):
        return b"%s%09d%s" % (self.START, number, self.rest[number % DISTINCT])

    def number_of(self, line):
        """The number in a line; -1 where there is none."""
        digits = line[len(self.START):len(self.START) + self.DIGITS]
        return int(digits) if line.startswith(self.START) and digits.isdigit() else -1


class Output(threading.Thread):
    """Checks each line that the client prints.

    next       number of the event that is to come;  changed: lines that are no event's text
    missing    numbers that were passed over;  late: of them, how many came after all
    distances  of each event that came again, how many events before it came first
    """

    def __init__(self, stream, texts):
        super().__init__(daemon=True)
        self.stream, self.texts = stream, texts
        self.next, self.changed, self.late = 0, 0, 0
        self.missing, self.distances = set(), []
        self.ended, self.news = False, threading.Condition()
        self.start()

    def run(self):
        rest = b""
        for data in iter(lambda: os.read(self.stream.fileno(), 1 << 20), b""):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line == self.texts[self.next]:
                    self.next += 1
                else:
                    self._note(line)
            with self.news:
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def _note(self, line):
        """A line that is not the next event."""
        number = self.texts.number_of(line)
        if number < 0 or line != self.texts[number]:
            self.changed += 1
        if number >= self.next:
            self.missing.update(range(self.next, number))
            self.next = number + 1
        elif number in self.missing:
            self.missing.remove(number)
            self.late += 1
        elif number >= 0:
            self.distances.append(self.next - number)

    def wait_for(self, count):
        """Waits for so many events; whether they came."""
        with self.news:
            return self.news.wait_for(lambda: self.next >= count or self.ended, PATIENCE) and not self.ended


class Errors(threading.Thread):
    """The last lines of standard error."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.last = stream, collections.deque(maxlen=12)
        self.start()

    def run(self):
        for line in self.stream:
            self.last.append(line.decode("utf-8", "replace").rstrip())


class Sizes:
    """What a process has: `pieces` of the heap, `kilobytes` of RAM of its own, open `descriptors`. What is
    mapped from files, such as code that runs for the first time, is not its own."""

    def __init__(self, pid, held, at):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            self.kilobytes = int(re.search(r"^RssAnon:\s+(\d+) kB", file.read(), re.M)[1])
        with open(held, "rb") as file:
            self.pieces = int.from_bytes(file.read(), sys.byteorder, signed=True)
        self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        self.at = at  # number of events


# -- the run ---------------------------------------------------------------------------------------


class Soak:
    """A client on its agent. `pushed` are the last events, `memory` how many the client remembers."""

    def __init__(self, program, preloaded, folder, agent, proxy, options, draw):
        self.agent, self.proxy, self.draw, self.program = agent, proxy, draw, program
        self.held = os.path.join(folder, "held")
        library = os.path.join(folder, "held.so")  # a path that is preloaded ends at a space
        os.symlink(preloaded, library)
        with open(self.held, "wb"):
            pass  # it stays empty where nothing can be preloaded
        self.memory = int(re.search(r"(\d+) repeats", self._version())[1])
        self.texts = Texts(draw.random())
        self.pushed, self.count, self.sent_again = [], 0, 0
        self.kinds = collections.Counter()
        address = f"http://soak:dry@127.0.0.1:{proxy.port}"
        self.process = subprocess.Popen(
            [program, "tail", "--json", "-q", "--stats", "--agent", agent.url, "--pod", agent.pod_url,
             "--key-manager", agent.key_manager_url, "--user", "soak", "--first-wait", str(FIRST_WAIT),
             "--max-wait", "2", *options],
            env=dict(os.environ, HTTPS_PROXY=address, https_proxy=address, NO_PROXY="", no_proxy="",
                     LD_PRELOAD=library, SYMFEED_HELD=self.held),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.output = Output(self.process.stdout, self.texts)
        self.errors = Errors(self.process.stderr)
        if not agent.wait_for(lambda a: self._reads(), PATIENCE):
            self.fail("no read came")

    def _version(self):
        return subprocess.run([self.program, "version"], stdout=subprocess.PIPE, check=True).stdout.decode()

    def fail(self, what):
        self.process.kill()
        self.process.wait()
        sys.exit("\n".join([f"soak: FAILED: {what}", *self.errors.last]))

    def _reads(self):
        """Whether all was acknowledged and the client waits for more; with the agent's lock held."""
        feeds = list(self.agent.feeds.values())
        return len(feeds) == 1 and not feeds[0].handed_out and not feeds[0].has_events() and feeds[0].readers == 1

    def step(self, kind, size):
        """Pushes the next events, with one fault of this kind."""
        name, amid, strike = kind
        last, first = self.count + size, self.count
        # Three batches at least, of which each fits into the client's memory of events.
        most = max(1, min(self.memory, size // 3))
        self.agent.batch_limit = self.draw.randint(most // 2 + 1, most)
        faults = [] if amid else strike(self)
        self.agent.fault(on="read", **self.draw.choice(FORMS))
        made = [self.texts[number] for number in range(first, last)]
        self.agent.push(made)
        if amid:
            self.output.wait_for(first + self.draw.randrange(size))
            faults = strike(self)
        self.pushed, self.count = made[-self.memory:], last
        self.kinds[name] += 1
        if not (self.output.wait_for(last) and self._met(faults) and self.agent.wait_for(lambda a: self._reads(), PATIENCE)):
            self.fail(f"'{name}' at event {self.output.next} of {last}; faults not met: {self.agent.faults} "
                      f"{self.proxy.faults}")
        self.agent.clear_faults()

    def _met(self, faults):
        """Waits until all faults were met. One that struck between two connections needs another one."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.agent.wait_for(lambda a: all(fault.used for fault in faults), 2 * HOLD):
                return True
            self.proxy.drop_tunnels()
        return False

    def end(self):
        """Ends the client; its counters."""
        self.process.terminate()
        self.output.join(PATIENCE)
        self.errors.join(PATIENCE)
        if self.process.wait(PATIENCE) != 0:
            self.fail(f"exit {self.process.returncode}")
        return json.loads(self.errors.last[-1])


def follow(soak, total, count):
    """All events and faults. Returns the Sizes of the client after WARM_UP and at the end."""
    kinds, sizes = rounds(soak.draw), []
    for number in range(1, count + 1):
        soak.step(next(kinds), total * number // count - soak.count)
        if number in (max(1, int(WARM_UP * count)), count):
            sizes.append(Sizes(soak.process.pid, soak.held, soak.count))
    return sizes[0], sizes[-1]


def report(soak, seed, warm, end, stats, seconds):
    """Prints the results; whether they are good."""
    output = soak.output
    lost = soak.count - output.next + len(output.missing)
    near = sum(distance <= soak.memory for distance in output.distances)
    growth = end.kilobytes - warm.kilobytes
    # Pieces of a heap that are given back can be one fewer by chance, as a session that could not be kept.
    pieces, descriptors = max(0, end.pieces - warm.pieces), max(0, end.descriptors - warm.descriptors)
    drift = max(0, growth - (FRAGMENTS if end.pieces else 0))
    breaches = [line for line in soak.agent.breaches + soak.proxy.breaches if CUT_HERE not in line]
    print(f"seed {seed}")
    print(f"events {soak.count}")
    print(f"faults {sum(soak.kinds.values())} of {len(soak.kinds)} kinds: "
          + "; ".join(f"{name} {soak.kinds[name]}" for name, _, _ in FAULTS + SLOW if soak.kinds[name]))
    print(f"lost {lost}, in another order {output.late}, changed {output.changed}")
    print(f"repeated within the memory of {soak.memory} events {near}, beyond it {len(output.distances) - near}")
    # Each event that the agent sent again is one of them; the others came again after a fault.
    print(f"repeats that the client discarded {stats['duplicates']}, of at least {soak.sent_again}")
    print(f"drift of memory {pieces} pieces, {drift} kB: {warm.pieces} pieces and {warm.kilobytes} kB at event "
          f"{warm.at}, {end.pieces} and {end.kilobytes} kB at the end"
          + f" (as much as {FRAGMENTS} kB are fragments of the heap)" * bool(end.pieces))
    print(f"drift of descriptors {descriptors}: {warm.descriptors} at event {warm.at}, {end.descriptors} at the end")
    print(f"reconnects {stats['connects'] - 1}, of them resumed {stats['resumed']}; retries {stats['retries']}, "
          f"sign-ins {stats['signins']}")
    print(f"breaches of HTTP or the API {len(breaches)}{': ' * bool(breaches)}{'; '.join(breaches[:5])}")
    print(f"time {seconds:.0f} s")
    return not (lost or output.late or output.changed or output.distances or pieces or drift or descriptors
                or breaches or stats["events"] != soak.count or stats["duplicates"] < soak.sent_again
                or stats["truncated"] or stats["malformed"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("held")
    parser.add_argument("events", type=int)
    parser.add_argument("faults", type=int)
    parser.add_argument("seed", type=int, nargs="?", default=random.randrange(10**9))
    wanted = parser.parse_args()
    if wanted.faults < 2:
        parser.error("give two faults or more: the client is measured after an early one and after the last")
    if not 3 * wanted.faults <= wanted.events < 10**Texts.DIGITS:
        parser.error("give three events or more for each fault, and fewer than a billion")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = certificates.create(folder)
        keys = certificates.create_more(folder, "keys")
        cert, key = made["good"]
        with Agent(certificate=cert, key=key, certificates=made, separate_hosts=True, seed=wanted.seed, keep=1000,
                   hold=HOLD, users={"soak": keys["rsa2048-public"]}) as agent, Proxy(user="soak", password="dry") as proxy:
            soak = Soak(os.environ.get("SYMFEED", "build/symfeed"), os.path.abspath(wanted.held), folder, agent, proxy,
                        ["--rsa-key", keys["rsa2048-pkcs8"], "--ca", certificates.ca_path(folder)],
                        random.Random(wanted.seed))
            warm, end = follow(soak, wanted.events, wanted.faults)
            good = report(soak, wanted.seed, warm, end, soak.end(), time.monotonic() - begin)
    print("soak: passed" if good else "soak: FAILED")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
