# SPDX-License-Identifier: Apache-2.0
"""The same faults for each program: who ends, who hangs, who loses events, who has some twice.

Depends on: test/simulator, an Agent for each run, which keeps batches until they are acknowledged as
real ones do. Guarantees: a run goes on when something has happened, not when time has passed; only a
program that gets no further is given up, after PATIENCE.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "simulator"))
from agent import Agent  # noqa: E402, a module of the simulator
import certificates  # noqa: E402

PATIENCE = 100  # seconds for the events that should come; a hanging read is given up by timers of 60 s
AT_ONCE = 8     # runs, which wait most of the time
PAGE = "<html><head><title>Bad gateway</title></head><body>Something is wrong.</body></html>"
ID = re.compile(rb"survival-(\d+)")


def event(number, text="Pressure is high."):
    return (f'{{"id":"survival-{number}","messageId":"m{number}","timestamp":{1735689600000 + number},'
            f'"type":"MESSAGESENT","payload":{{"messageSent":{{"message":{{"message":"{text}"}}}}}}}}')


class Run:
    """A program on an Agent of its own. `printed` has the numbers of events in the order they came."""

    def __init__(self, command, folder, made):
        self.agent = Agent(certificate=made["good"][0], key=made["good"][1], certificates=made,
                           tokens_directory=folder, strict=False, hold=5.0)
        self.agent.start()
        self.pushed, self.printed, self.changed, self.ended = [], [], threading.Condition(), False
        self.process = subprocess.Popen(
            command(self.agent.port, certificates.ca_path(os.path.dirname(folder)), os.path.join(folder, "session-token")),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._gather, daemon=True).start()

    def _gather(self):
        with self.process.stdout as output:
            for line in output:
                with self.changed:
                    match = ID.search(line)
                    if match:
                        self.printed.append(int(match[1]))
                    self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.agent.stop()

    # what faults are made of

    def push(self, count=3, texts=None, new_feeds=False):
        """Queues the next events."""
        first = len(self.pushed) + 1
        numbers = range(first, first + count)
        made = [texts(number) if texts else event(number) for number in numbers]
        self.pushed += numbers
        if new_feeds:
            self.agent.push_to_new_feeds(made)
        else:
            self.agent.push(made)

    def wait(self):
        """Until all that was pushed was printed; false where that does not happen."""
        with self.changed:
            return self.changed.wait_for(
                lambda: set(self.pushed) <= set(self.printed) or self.ended, PATIENCE) and not self.ended

    def meets(self, on="read", after=1, **effects):
        """The next call meets a fault, and the events that are pushed meanwhile wait."""
        fault = self.agent.fault(on=on, **effects)
        self.push()  # a read that waits comes back with them; the fault is for the one after
        self.agent.wait_for(lambda _: fault.used >= after or self.ended, PATIENCE)
        self.push()


def lost_in_batch(**effects):
    """The answer that is to carry the next events is damaged."""
    return lambda run: run.meets(**effects)


def read_fails(**effects):
    return lambda run: run.meets(on="read", **effects)


def token_revoked(run):
    run.agent.revoke_tokens()
    run.agent.drop_connections()
    run.push()


def poisoned(text):
    def fault(run):
        run.push(3, lambda number: text(number) if number % 3 == 2 else event(number))
    return fault


def feed_gone(run):
    run.push()
    run.wait()
    run.agent.expire_feeds()
    run.push(3, new_feeds=True)


def agent_restarts(run):
    """Nothing listens for two seconds; sessions are forgotten."""
    fault = run.agent.fault(on="connect", refuse=2)
    run.agent.forget_sessions()
    run.agent.drop_connections(reset=True)
    run.push()
    run.agent.wait_for(lambda agent: fault.used and agent.is_listening(), PATIENCE)


def certificate_expired(run):
    """The next two connections meet a certificate that has expired."""
    fault = run.agent.fault(on="connect", tls="certificate:expired", times=2)
    run.agent.drop_connections()
    run.push()
    run.agent.wait_for(lambda _: fault.used >= 2 or run.ended, PATIENCE)


def sent_again(run):
    """After a restart an agent sends what was acknowledged shortly before."""
    run.push()
    run.wait()
    run.agent.push([event(number) for number in run.pushed[-3:]])
    run.push()


FAULTS = (
    ("connection reset in a batch", lost_in_batch(cut_body=200, reset=True)),
    ("connection closed in a batch", lost_in_batch(cut_body=200)),
    ("closed without close_notify, no answer", read_fails(close_before=True)),
    ("acknowledged, but the answer is lost", lost_in_batch(cut=0, reset=True)),
    ("no answer, and no close", read_fails(silent=True)),
    ("400 of the agent, though the feed is there", read_fails(status=400)),
    ("400 with a gateway's page", read_fails(status=400, body=PAGE)),
    ("401: the token was replaced", token_revoked),
    ("403 once", read_fails(status=403)),
    ("404 once", read_fails(status=404)),
    ("429 with Retry-After", read_fails(status=429, headers=[["Retry-After", "2"]])),
    ("500 twice", read_fails(status=500, times=2, after=2)),
    ("502 with a page, twice", read_fails(status=502, body=PAGE, times=2, after=2)),
    ("200 with a page", read_fails(status=200, body=PAGE)),
    ("200 with an empty body", read_fails(status=200, body="")),
    ("a batch without ackId", lost_in_batch(drop_ack_id=True)),
    ("an event that is no JSON", poisoned(lambda number: f'{{"id":"survival-{number}","broken":tru}}')),
    ("an event that is no UTF-8", poisoned(lambda number: event(number, "\udcff").encode("utf-8", "surrogateescape"))),
    ("events sent again", sent_again),
    ("the feed is gone", feed_gone),
    ("the agent restarts", agent_restarts),
    ("its certificate has expired for a while", certificate_expired),
)


def outcome(command, fault, made, folder):
    """What became of the events, in a word or two."""
    with tempfile.TemporaryDirectory(dir=folder) as tokens:
        run = Run(command, tokens, made)
        try:
            run.agent.wait_for(lambda agent: agent.requests_of("read"), PATIENCE)
            run.push()
            if not run.wait():
                raise RuntimeError("no event before the fault")
            fault(run)
            whole = run.wait()
            # What follows shows whether it goes on at all.
            if not whole and not run.ended:
                before = len(run.printed)
                run.push()
                with run.changed:
                    run.changed.wait_for(lambda: set(run.pushed[-3:]) <= set(run.printed) or run.ended, PATIENCE)
                    goes_on = len(run.printed) > before
            lost = len(set(run.pushed) - set(run.printed))
            twice = len(run.printed) - len(set(run.printed))
            if run.ended:
                return "ends"
            if not whole and not goes_on:
                return "hangs"
            words = ([f"loses {lost}"] if lost else []) + ([f"repeats {twice}"] if twice else [])
            return ", ".join(words) or "whole"
        finally:
            run.end()


def table(commands):
    """A list of rows: the fault, and for each of the commands what became of the events."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        made = certificates.create(folder)
        cells = [[pool.submit(outcome, command, fault, made, folder) for command in commands] for _, fault in FAULTS]
        return [[name, *(cell.result() for cell in row)] for (name, _), row in zip(FAULTS, cells)]
