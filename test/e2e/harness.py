# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test stands on: the simulator over TLS, and `symfeed` as a child process.

What it is for: a test starts an Agent, runs the program that SYMFEED names (default build/symfeed)
against it, orders faults, and looks at both sides.

What it promises:
- nothing sleeps, but for a moment of chance or to see that nothing happens: waits end when what they
  wait for has happened, and fail, saying what both sides did last, after PATIENCE seconds (or
  SYMFEED_PATIENCE, for slow machines);
- after each test every child was ended by its own pid and left with 0 (unless the test itself saw
  it end), no sanitizer spoke, the Agent found no breach of the API, and no token was shown;
- ports are the system's choice, files lie in a folder that is removed.
"""

import atexit
import collections
import functools
import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import emulation

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "simulator"))

# Modules of the simulator.
import certificates  # noqa: E402
import events  # noqa: E402
from agent import Agent  # noqa: E402

SYMFEED = os.path.abspath(os.environ.get("SYMFEED", os.path.join(ROOT, "build", "symfeed")))
PATIENCE = float(os.environ.get("SYMFEED_PATIENCE", "30"))

# What the client waits after a failure: at first a random time up to FIRST_WAIT, then half to all of twice
# as long, and so on; "slowly" half to all of SLOW_WAIT from the beginning. Clients are told the first one,
# seven times shorter than its default.
FIRST_WAIT = 0.5
SLOW_WAIT = 5.0
SLACK = 0.05  # the client counts from when an answer came, the Agent from when it was sent

PIECE = 24  # so many bytes of a token in a row are a leak

BOT = "bot-42"  # who signs in


# -- what does not change during a run -------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def certificate_folder():
    """The folder of the test authority and its certificates, made at the first use."""
    folder = tempfile.TemporaryDirectory(prefix="symfeed-certificates-")
    atexit.register(folder.cleanup)
    certificates.create(folder.name)
    return folder.name


@functools.lru_cache(maxsize=None)
def made(group):
    """What `certificates.create_more` makes for a group, in the same folder at the first use."""
    return certificates.create_more(certificate_folder(), group)


def servers(*names):
    """The certificates that are there without a group; that of RSA keys, whose making takes long, where
    it is named."""
    return {**certificates.create(certificate_folder()),
            **(made("rsa") if "good-rsa" in names else {})}


@functools.lru_cache(maxsize=None)
def tls_library():
    """The version of the TLS library in the program, such as (2, 28, 3)."""
    text = run("version").stdout.decode()
    return tuple(int(part) for part in re.search(r"(\d+)\.(\d+)\.(\d+)\n",
                                                 text.partition("\n")[2]).groups())


@functools.lru_cache(maxsize=None)
def features():
    """What is compiled in: the last line of `symfeed version`, word for word between the commas."""
    return set(run("version").stdout.decode().splitlines()[-1].split(", "))


@functools.lru_cache(maxsize=None)
def is_sanitized():
    """Whether the program was built with AddressSanitizer, which has memory of its own."""
    with open(SYMFEED, "rb") as file:
        return b"__asan_init" in file.read()


# What this machine has for its own programs is not what a test is about.
NOT_INHERITED = {"NO_COLOR", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"}


def environment(**changes):
    """The environment of children; None takes a variable away."""
    variables = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    variables.update(changes)
    return {name: value for name, value in variables.items() if value is not None}


def run(*arguments, **changes):
    """Runs the program to its end; a CompletedProcess with bytes."""
    return subprocess.run((SYMFEED, *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=PATIENCE, env=environment(**changes),
                          check=False)


# -- events ----------------------------------------------------------------------------------------


def message(number, text=None):
    """The JSON text of a realistic message, another one for each number."""
    options = {} if text is None else {"text": text}
    return events.to_json(events.generate("MESSAGESENT", random.Random(number), **options))


def messages(count, first=0):
    return [message(first + number) for number in range(count)]


def small(number, **members):
    """The JSON text of an event of about 100 bytes."""
    return json.dumps({"id": f"id-{number}", "timestamp": 1735689600000 + number,
                       "type": "ROOMCREATED", **members}, separators=(",", ":"))


def padded(size, number=0):
    """The JSON text of an event that is exactly so many bytes."""
    text = small(number, pad="")
    return text[:-2] + "x" * (size - len(text)) + text[-2:]


# -- the program -----------------------------------------------------------------------------------


class Client:
    """A running symfeed.

    out, err    what it has printed so far, bytes and text; `lines` are the whole lines of `out`
    status      its exit status, None while it runs; below 0 a signal
    argv        as the system shows it to other users
    """

    def __init__(self, arguments, stdout=None, stderr=None, program=None, descriptors=(),
                 **changes):
        self.command = [program or SYMFEED, *arguments]
        self._out, self._err, self._changed = bytearray(), bytearray(), threading.Condition()
        self.status, self.seen_to_end = None, False
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, env=environment(**changes),
            pass_fds=descriptors, stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE if stderr is None else stderr)
        self.pid = self._process.pid
        self._readers = [threading.Thread(target=self._gather, args=pair, daemon=True)
                         for pair in ((self._process.stdout, self._out),
                                      (self._process.stderr, self._err)) if pair[0] is not None]
        for reader in self._readers:
            reader.start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _gather(self, pipe, into):
        with pipe:
            for data in iter(lambda: os.read(pipe.fileno(), 1 << 20), b""):
                with self._changed:
                    into += data
                    self._changed.notify_all()

    def _watch(self):
        """The end counts once all output is here."""
        self._process.wait()
        for reader in self._readers:
            reader.join(PATIENCE)
        with self._changed:
            self.status = self._process.returncode
            self._changed.notify_all()

    @property
    def out(self):
        with self._changed:
            return bytes(self._out)

    @property
    def err(self):
        with self._changed:
            return self._err.decode("utf-8", "replace")

    @property
    def lines(self):
        return self.out.decode("utf-8", "surrogateescape").split("\n")[:-1]

    @property
    def line_count(self):
        with self._changed:
            return self._out.count(b"\n")

    @property
    def argv(self):
        """What `ps` shows; empty where the system has no /proc or the process is gone, or where that is
        the command line of an emulator."""
        if emulation.ARCH:
            return ""
        try:
            with open(f"/proc/{self.pid}/cmdline", "rb") as file:
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def wait_for(self, condition, seconds):
        """Waits until `condition(client)` holds, asked again at each output and at the end."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), seconds)

    def signal(self, number):
        self._process.send_signal(number)

    def peak_memory(self):
        """The most RAM it had at once, in KiB."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1))

    def end(self):
        """Ends it as a user would; by force where that does nothing. Whether it ended itself."""
        if self.status is None:
            self.signal(signal.SIGTERM)
        if self.wait_for(lambda client: client.status is not None, PATIENCE):
            return True
        self._process.kill()
        self._watcher.join(PATIENCE)
        return False

    def __repr__(self):
        return f"{' '.join(self.command[:2])} (exit {self.status})"


@functools.lru_cache(maxsize=None)
def preloaded(name):
    """One of the libraries of this folder, compiled, for LD_PRELOAD; its folder goes with the
    process."""
    folder = tempfile.TemporaryDirectory(prefix=f"symfeed-{name}-")
    preloaded_folders.append(folder)
    path = os.path.join(folder.name, f"{name}.so")
    subprocess.run([*os.environ.get("CC", "cc").split(), "-shared", "-fPIC", "-Wl,-z,now", "-o", path,
                    os.path.join(ROOT, "test", "e2e", f"{name}.c")], check=True, timeout=60)
    return path


preloaded_folders = []


class Terminal:
    """A pseudo terminal that a child writes to; `text()` is what arrived there."""

    def __init__(self):
        self._ours, self.theirs = os.openpty()
        self._text = b""

    def wait_lines(self, count):
        """What has come when there are so many lines."""
        deadline = time.monotonic() + PATIENCE
        while self._text.count(b"\n") < count:
            if not select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise AssertionError(f"terminal: no {count} lines, but {self._text!r}")
            self._text += os.read(self._ours, 65536)
        return self._text.replace(b"\r\n", b"\n")

    def close(self):
        os.close(self._ours)
        os.close(self.theirs)


# -- the test case ---------------------------------------------------------------------------------


class EndToEnd(unittest.TestCase):
    """A test with an Agent (`start_agent`, `self.agent`) and clients (`tail`)."""

    READ = "read"  # the request that brings events
    maxDiff = 4000

    def setUp(self):
        emulation.skip(self)
        holder = tempfile.TemporaryDirectory(prefix="symfeed-e2e-")
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.agent, self.agents, self.clients, self.secrets = None, [], [], set()
        self.addCleanup(self.check_all)

    # -- both sides ------------------------------------------------------------------------------

    def start_agent(self, tls=True, certificate="good", **settings):
        """Starts an Agent, by default over TLS with a good certificate; also as `self.agent`."""
        if tls:
            known = {**servers(certificate, settings.get("pod_certificate"),
                               settings.get("key_manager_certificate")),
                     **settings.get("certificates", {})}
            settings.update(certificate=known[certificate][0], key=known[certificate][1],
                            certificates=known)
        tokens = os.path.join(self.folder, f"tokens-{len(self.agents)}")
        self.agent = Agent(tokens_directory=tokens, strict=True, **settings)
        self.agent.start()
        self.addCleanup(self.agent.stop)
        self.agents.append(self.agent)
        self.note_tokens()
        return self.agent

    def note_tokens(self):
        """Remembers the tokens and JWTs so far, which must not be seen anywhere."""
        for agent in self.agents:
            self.secrets |= {agent.session_token, agent.km_token, *agent.issued_tokens,
                             *agent.seen_jwts}

    def note_key(self, path):
        """Remembers a private key likewise, line by line."""
        with open(path, encoding="ascii") as file:
            private = re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^-]+)", file.read())
        if private:
            self.secrets |= set(private.group(1).split("\n")[1:-2])

    def revoke_tokens(self, write=True):
        """The Agent's tokens are others from now on."""
        self.agent.revoke_tokens(write)
        self.note_tokens()

    def token_file(self, name="session-token", agent=None):
        return os.path.join((agent or self.agent).tokens_directory, name)

    def access(self, agent=None, url=None):
        """The options with which a client gets at the Agent."""
        agent = agent or self.agent
        options = ["--agent", url or agent.url,
                   "--session-token-file", self.token_file("session-token", agent),
                   "--km-token-file", self.token_file("km-token", agent)]
        return options + (["--ca", certificates.ca_path(certificate_folder())] if agent.tls
                          else ["--insecure-http"])

    def trust(self, agent=None):
        """The options without which a client would not talk to the Agent."""
        agent = agent or self.agent
        return (["--ca", certificates.ca_path(certificate_folder())] if agent.tls
                else ["--insecure-http"])

    def by_key(self, key="rsa2048-pkcs8", user=BOT, agent=None):
        """The options with which a client gets at the Agent and signs in by key, at all its hosts;
        `key` is one of made("keys") or a path."""
        agent = agent or self.agent
        path = key if os.sep in key else made("keys")[key]
        hosts = [] if agent.pod_port == agent.port else [
            "--pod", agent.pod_url, "--key-manager", agent.key_manager_url]
        self.note_key(path)
        return ["--agent", agent.url, *self.trust(agent), "--user", user, "--rsa-key", path, *hosts]

    def by_certificate(self, name="client-ec", agent=None):
        """The same by a client certificate of made("clients")."""
        agent = agent or self.agent
        certificate, key = made("clients")[name]
        hosts = [] if agent.pod_port == agent.port else [
            "--session-auth", agent.pod_url, "--key-auth", agent.key_manager_url]
        self.note_key(key)
        return ["--agent", agent.url, *self.trust(agent), "--client-cert", certificate,
                "--client-key", key, *hosts]

    def tail(self, *options, agent=None, url=None, **more):
        """Starts `symfeed tail` on the Agent."""
        return self.start("tail", *self.access(agent, url), *options, **more)

    def start(self, *arguments, **more):
        if arguments[0] in ("tail", "datahose", "legacy"):
            arguments = (arguments[0], "--first-wait", str(FIRST_WAIT), *arguments[1:])
        client = Client(arguments, **more)
        self.clients.append(client)
        return client

    def follow(self, *options, **settings):
        """An Agent and a client that waits for events; returns both."""
        agent = self.start_agent(**settings)
        client = self.tail("--json", *options)
        self.wait_reading()
        return agent, client

    def path(self, name, text=None):
        """The path of a file in the test's folder; written where there is a text."""
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    # -- waiting ---------------------------------------------------------------------------------

    def last_words(self):
        """What happened last on both sides, for the message of a failure."""
        parts = []
        for agent in self.agents:
            parts += ["agent:", *(f"  {request!r} ackId={request.ack_id!r} {request.fault or ''}"
                                  for request in agent.requests[-8:])]
            parts += [f"  breach: {line}" for line in agent.breaches[-4:]]
            parts += [f"  still to come: {fault!r}"[:200] for fault in agent.faults[-4:]]
        for client in self.clients:
            parts += [f"{client!r}, {client.line_count} lines, the last:", *client.lines[-2:],
                      client.err[-1500:]]
        return "\n".join(text[-1500:] if "\n" in text else text[:200] for text in parts)

    def give_up(self, what):
        self.fail(f"did not happen: {what}\n{self.last_words()}")

    def wait_agent(self, condition, what, agent=None):
        """Waits until the Agent is as `condition(agent)` wants; its value."""
        value = (agent or self.agent).wait_for(condition, PATIENCE)
        if not value:
            self.give_up(what)
        return value

    def wait_reading(self, agent=None):
        """Waits for a read that the Agent holds, with nothing to give to it."""
        self.wait_agent(lambda a: any(feed.readers and not feed.has_events()
                                      for feed in a.feeds.values()),
                        "a read that waits for events", agent)

    def wait_left(self):
        """Waits until the Agent has missed all clients: what an ended one sent last may not even
        have been looked at, and makes it a reader for a while."""
        self.wait_agent(lambda a: not a.open_connections, "that the agent misses its clients")

    def wait_requests(self, kind, count):
        """Waits for so many requests of a kind; returns them."""
        self.wait_agent(lambda a: len(a.requests_of(kind)) >= count, f"{count} x {kind}")
        return self.agent.requests_of(kind)

    def wait_client(self, client, condition, what):
        if not client.wait_for(condition, PATIENCE):
            self.give_up(what)

    def wait_lines(self, client, count):
        """Waits for so many lines of output, and returns all there are."""
        self.wait_client(client, lambda c: c.line_count >= count, f"{count} lines of output")
        return client.lines

    def wait_error(self, client, pattern, count=1):
        """Waits for the pattern on standard error; the last match."""
        self.wait_client(client, lambda c: len(re.findall(pattern, c.err)) >= count,
                         f"{count} x {pattern!r} on standard error")
        return list(re.finditer(pattern, client.err))[-1]

    def wait_end(self, client, status=0):
        """Waits until the client has ended by itself, with that status."""
        self.wait_client(client, lambda c: c.status is not None, "the end of the client")
        client.seen_to_end = True
        self.assertEqual(client.status, status, self.last_words())

    def wait_acknowledged(self, pushed, agent=None):
        """Waits until all these events are acknowledged."""
        agent = agent or self.agent
        wanted = collections.Counter(pushed)
        self.wait_agent(lambda a: not wanted - collections.Counter(a.acknowledged),
                        f"acknowledgement of {len(pushed)} events", agent)

    # -- what is looked at often -----------------------------------------------------------------

    def deliver(self, client, *pushed):
        """Pushes JSON texts: each comes out once, in order, as it is, and is acknowledged. Lines of
        before may still be on their way to us."""
        pushed = list(pushed)
        self.assertGreater(self.agent.push(pushed), 0, "there is no feed")
        self.wait_client(client, lambda c: c.lines[-len(pushed):] == pushed, "the events to come out")
        counts = collections.Counter(client.lines)
        self.assertEqual([counts[text] for text in pushed], [1] * len(pushed), self.last_words())
        self.wait_acknowledged(pushed)

    def assert_printed(self, client, expected, what=None):
        """These lines have come out, and no others: what is acknowledged has been written, but its
        way to us may be the longer one."""
        self.wait_lines(client, len(expected))
        self.assertEqual(client.lines, list(expected), what)

    def struck_by(self, fault):
        """The first request that the fault hit."""
        self.wait_agent(lambda a: any(r.fault is fault for r in a.requests), f"{fault!r} to strike")
        return next(request for request in self.agent.requests if request.fault is fault)

    def next_after(self, request, kind=None):
        """The request that came after that one; of a kind, where given."""
        def found(agent):
            later = agent.requests[agent.requests.index(request) + 1:]
            return next((r for r in later if kind in (None, r.kind)), None)

        return self.wait_agent(found, f"a request after {request!r}")

    def assert_reads_again(self, fault):
        """The read that the fault hit is made again: same feed, same ackId. Returns the two."""
        struck = self.struck_by(fault)
        again = self.next_after(struck)
        self.assertEqual((again.kind, again.feed_id, again.ack_id),
                         ("read", struck.feed_id, struck.ack_id), self.last_words())
        return struck, again

    def meet(self, says=None, wait=None, **fault):
        """A read meets the fault; it is made again with the same ackId, and nothing is lost.
        Returns the client."""
        agent, client = self.follow()
        self.deliver(client, message(1))
        fault = agent.fault(on=self.READ, **fault)
        agent.push([message(2), message(3)])  # the read that acknowledges these is hit
        struck, again = self.assert_reads_again(fault)
        self.assertTrue(struck.ack_id)
        if wait is not None:
            self.assertGreaterEqual(again.time - struck.time, wait - SLACK)
        self.wait_reading()
        self.deliver(client, message(4))
        self.assert_printed(client, messages(4, 1))
        self.assertEqual(len(agent.feeds), 1)
        self.assertLessEqual(len(agent.requests_of("create")), 1)
        if says:
            self.wait_error(client, says)
        return client

    def stats(self, client):
        """The counters of a running client."""
        pattern = r"(?m)^\{\"events\":.*\}$"
        before = len(re.findall(pattern, client.err))
        client.signal(signal.SIGUSR1)
        return json.loads(self.wait_error(client, pattern, before + 1).group())

    # -- at the end of each test -----------------------------------------------------------------

    def check_all(self):
        """What holds for all tests."""
        shown = [client.argv for client in self.clients]
        for client in self.clients:
            self.assertTrue(client.end(), f"{client!r} had to be killed\n{client.err[-1500:]}")
        for client in self.clients:
            self.assertNotRegex(client.err, r"Sanitizer|runtime error:")
            if not client.seen_to_end:
                self.assertEqual(client.status, 0, f"{client!r}\n{client.err[-1500:]}")
            shown += [client.out.decode("utf-8", "replace"), client.err]
        self.note_tokens()
        for secret in self.secrets:
            for start in range(0, max(len(secret) - PIECE, 0) + 1, PIECE):
                for text in shown:
                    self.assertNotIn(secret[start:start + PIECE], text, "a token was shown")
        for agent in self.agents:
            self.assertEqual(agent.breaches, [])
