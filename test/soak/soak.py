#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""soak.py [SECONDS] [SEED]: symfeed on an agent that misbehaves at random, for as long as wanted.

The client signs in by key at a pod and a key manager of their own, through a proxy. Events are
pushed all the time; every second or so a fault is drawn from those the simulator knows, tokens
expire and tunnels break.
In the end the faults stop, and then it must hold: every event pushed to a feed that lived on was
printed, memory has not grown, and the agent saw no request that it had to complain about. Feeds
are never expired here, since what an expired feed had queued is lost by design.
"""

import collections
import json
import os
import random
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

READ_FAULTS = [
    {"status": 500}, {"status": 503, "headers": [["Retry-After", "1"]]}, {"status": 429},
    {"status": 502, "body": "<html>Bad gateway</html>"}, {"status": 200, "body": "<html/>"},
    {"cut": 40}, {"cut": 400}, {"cut_body": -10}, {"cut_body": 700}, {"reset": True},
    {"close_before": True}, {"drop_ack_id": True}, {"ack_id": None}, {"ack_id": 5},
    {"framing": "chunked", "chunk_sizes": [1, 2, 3, 500], "chunk_extensions": True},
    {"framing": "close"}, {"interim": 3}, {"extra_headers_bytes": 50000},
    {"connection": "close"}, {"garbage_after": "more"}, {"member_order": "ack_first"},
    {"member_order": "both_around"}, {"unknown_members": True}, {"dribble": [700, 0.001]},
    {"raw": "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n[]"},
    {"status": 401}, {"status": 403}, {"delay": 1.5},
]
OTHER_FAULTS = [
    {"on": "connect", "refuse": 0.5}, {"on": "connect", "tls": "close_in_handshake"},
    {"on": "connect", "tls": "garbage"}, {"on": "connect", "tls": "alert"},
    {"on": "connect", "reset": True}, {"on": "list", "status": 500},
    {"on": "list", "cut": 100}, {"on": "create", "status": 503},
    {"on": "session", "status": 401}, {"on": "session", "status": 503}, {"on": "key", "cut": 50},
    {"on": "key", "status": 429, "headers": [["Retry-After", "1"]]}, {"on": "key", "status": 401},
    {"on": "session", "status": 200, "body": "<html/>"}, {"on": "session", "reset": True},
]
PROXY_FAULTS = [
    {"status": 407}, {"status": 403}, {"status": 503, "headers": [["Retry-After", "1"]]},
    {"close_before": True}, {"garbage": b"more"}, {"dribble": 0.001}, {"reset": True},
]


def high_water(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int([line for line in status if line.startswith("VmHWM")][0].split()[1])


class Reader(threading.Thread):
    """Collects the ids of what the client prints."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream = stream
        self.seen = collections.Counter()
        self.start()

    def run(self):
        for line in self.stream:
            event = json.loads(line)
            self.seen[event.get("id") if "id" in event else "malformed"] += 1


def upset(agent, proxy, draw):
    """One fault, of those that hit the next request or connection, or at once."""
    kind = draw.random()
    if kind < 0.65:
        agent.fault(**dict({"on": "read"}, **draw.choice(READ_FAULTS)))
    elif kind < 0.8:
        fault = draw.choice(OTHER_FAULTS)
        agent.fault(**fault)
        if fault["on"] == "connect":
            agent.drop_connections(reset=draw.random() < 0.5)
        else:
            agent.expire_tokens()
    elif kind < 0.9:
        proxy.fault(**draw.choice(PROXY_FAULTS))
        proxy.drop_tunnels(reset=draw.random() < 0.5)
    else:
        agent.expire_tokens(draw.choice((None, "session", "key")))


def storm(agent, proxy, draw, seconds):
    """Pushes events and faults; answers the ids pushed."""
    stream = events.stream_of(draw.random())
    pushed = []
    patience = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        batch = [dict(next(stream), id=f"soak-{len(pushed) + i}")
                 for i in range(draw.choice((1, 1, 2, 5, 40, 300)))]
        if draw.random() < 0.05:
            batch.append(dict(json.loads(events.to_json(events.sized(200000))),
                              id=f"soak-{len(pushed) + len(batch)}"))
        if agent.push(batch):
            pushed += [event["id"] for event in batch]
        # One at a time: heaped up they would only teach the client to wait for minutes. One that
        # nothing has met for a while, such as on a call that is seldom made, makes place.
        if not agent.faults and not proxy.faults or time.monotonic() > patience:
            agent.clear_faults()
            proxy.clear_faults()
            upset(agent, proxy, draw)
            patience = time.monotonic() + 10
        time.sleep(draw.uniform(0.1, 1.5))
    return pushed


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        made = certificates.create(folder)
        keys = certificates.create_more(folder, "keys")
        cert, key = made["good"]
        with Agent(certificate=cert, key=key, certificates=made, hold=3, separate_hosts=True,
                   users={"soak": keys["rsa2048-public"]}) as agent, \
                Proxy(user="soak", password="dry") as proxy:
            client = subprocess.Popen(
                [os.environ.get("SYMFEED", "build/symfeed"), "tail", "--json", "-q", "--stats",
                 "--agent", agent.url, "--pod", agent.pod_url,
                 "--key-manager", agent.key_manager_url, "--user", "soak",
                 "--rsa-key", keys["rsa2048-pkcs8"], "--ca", certificates.ca_path(folder)],
                env=dict(os.environ, HTTPS_PROXY=f"http://soak:dry@127.0.0.1:{proxy.port}",
                         https_proxy="", NO_PROXY="", no_proxy=""),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            reader = Reader(client.stdout)
            if not agent.wait_for(lambda a: a.requests_of("read"), timeout=30):
                sys.exit("soak: no read came")
            before = high_water(client.pid)
            pushed = storm(agent, proxy, draw, seconds)
            agent.clear_faults()
            proxy.clear_faults()
            # The longest wait that may be under way is the whole back-off.
            done = agent.wait_for(lambda a: all(not a.outstanding(f) and not a.queued(f)
                                                for f in a.feeds), timeout=400)
            after = high_water(client.pid)
            client.terminate()
            errors = client.communicate(timeout=30)[1]
            reader.join(10)
            missing = [event for event in pushed if not reader.seen[event]]
            print(f"soak: seed {seed}, {len(pushed)} events pushed, {len(missing)} missing, "
                  f"{sum(reader.seen.values()) - len(reader.seen)} printed again, peak "
                  f"{before} to {after} KB, {len(agent.breaches)} breaches")
            print(errors.strip().splitlines()[-1])
            if missing or agent.breaches or not done or client.returncode or after > 1.2 * before:
                sys.exit(f"soak: FAILED: {missing[:5]} {agent.breaches[:5]} drained: {bool(done)} "
                         f"exit {client.returncode}")


if __name__ == "__main__":
    main()
