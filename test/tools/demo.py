#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py SYMFEED: shows `symfeed tail` on live events of the agent simulator, over TLS.

Half a minute: some events, then all feeds are gone (the next read is answered 400, and the client
makes a new feed), then the connection is lost and the agent refuses new ones for a moment (the client
waits and connects again), then a summary of the client's own counters. Exits with 1 where the client
did not do that.
"""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, "test/simulator")
import events  # noqa: E402, a module of the simulator

PACE = 0.6       # seconds from event to event
PART = 7.0       # seconds for each of the three parts
PATIENCE = 12.0  # seconds that anything may take beyond that

SAID = ("Pump 3: vibration above 7.1 mm/s", "Looking at it", "Boiler house: gas alarm, level 1",
        "On my way \U0001f692", "Gas alarm cleared, door was open", "K\u00fchlwasser 38 \u00b0C, Tendenz steigend",
        "Who has the key of cabinet 12?", "It is with me, back at 14:00", "Ventil 12 geschlossen \u2714",
        "\u6e29\u5ea6\u304c\u9ad8\u3059\u304e\u307e\u3059", "Shift B takes over, nothing open")
BETWEEN = ("USERJOINEDROOM", "SYMPHONYELEMENTSACTION", "USERLEFTROOM")
ROOMS = ("Plant 7 alarms", "Boiler house", "Wartung/St\u00f6rung")


def say(text):
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(f"\033[1m-- {text}\033[0m" if colour else f"-- {text}", flush=True)


def order(ready, what, body=""):
    """One order to the simulator's control port, or a question; its answer."""
    data = None if what == "/state" else body.encode()
    with urllib.request.urlopen(ready["control"] + what, data, PATIENCE) as answer:
        return json.load(answer)


def conversation():
    """A bot's events without end, each of the moment it is asked for."""
    rng = random.Random(7)
    between = itertools.cycle(BETWEEN)
    for number, text in enumerate(itertools.cycle(SAID)):
        now = int(time.time() * 1000)
        event = (events.generate(next(between), rng, timestamp=now) if number % 4 == 3 else
                 events.generate("MESSAGESENT", rng, timestamp=now, text=text))
        for part in event["payload"].values():
            stream = (part.get("message") or part).get("stream") or {}
            if stream.get("roomName"):  # the simulator's own names try a parser, not a reader
                stream["roomName"] = rng.choice(ROOMS)
        yield events.to_json(event)


def talk(ready, ending):
    """Pushes events once there is a feed for them, until `ending` is set."""
    try:
        while not order(ready, "/state")["feeds"] and not ending.wait(0.1):
            pass
        for event in conversation():
            order(ready, "/push", event)
            if ending.wait(PACE):
                return
    except OSError:
        pass  # the simulator has ended before us


def end(process):
    """Asks one of our children to end; it is ours to kill where it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Messages(threading.Thread):
    """Passes the client's standard error on, but for the counters at its end."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.counters = stream, None

    def run(self):
        for line in self.stream:
            try:
                self.counters = json.loads(line)
            except ValueError:
                print(f"   {line}", end="", flush=True)


def show(symfeed, folder, children):
    simulator = subprocess.Popen(
        [sys.executable, "test/simulator", "--directory", folder, "--rate", "0",
         "--exit-after", "55"], stdout=subprocess.PIPE, text=True)
    children.append(simulator)
    line = simulator.stdout.readline()
    if not line:
        sys.exit("demo: the simulator did not start")
    ready = json.loads(line)

    command = [symfeed, "tail", "--agent", ready["agent"], "--ca", ready["ca"],
               "--session-token-file", ready["session_token_file"],
               "--km-token-file", ready["km_token_file"], "--tag", "demo", "--stats"]
    say("an agent with a bot's events is up; this follows them:")
    print("   " + " ".join(os.path.basename(word) if word.startswith(folder) else word
                           for word in command), flush=True)
    client = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    children.append(client)
    messages = Messages(client.stderr)
    messages.start()

    ending = threading.Event()
    threading.Thread(target=talk, args=(ready, ending), daemon=True).start()
    for what, orders in (
            (None, ()),
            ("now the feed is gone: the next read is answered 400", [("/expire",)]),
            ("now the connection is lost, and for two seconds there is no new one",
             [("/fault", '{"on": "connect", "refuse": 2}'), ("/drop",)])):
        if what:
            say(what)
        for each in orders:
            order(ready, *each)
        time.sleep(PART)
        if client.poll() is not None:
            sys.exit(f"demo: the client ended by itself, exit {client.returncode}")
    ending.set()
    say("enough: SIGTERM")
    end(client)
    messages.join(PATIENCE)
    if client.returncode != 0 or messages.counters is None:
        sys.exit(f"demo: the client ended with {client.returncode}, "
                 f"counters {messages.counters}")
    return messages.counters


def main():
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("demo: give the program to show, build/symfeed")
    start = time.monotonic()
    children = []
    with tempfile.TemporaryDirectory(prefix="symfeed-demo-") as folder:
        try:
            counters = show(os.path.join(".", sys.argv[1]), folder, children)
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            for child in children:
                end(child)
    say(f"in {time.monotonic() - start:.0f} s: {counters['events']} events, "
        f"{counters['feeds_created']} feeds created, {counters['connects']} connections, "
        f"{counters['retries']} retries, {counters['duplicates']} repeats held back")
    if counters["events"] < 10 or counters["feeds_created"] < 2 or counters["connects"] < 2:
        sys.exit("demo: that is not what should have happened")


if __name__ == "__main__":
    main()
