# SPDX-License-Identifier: Apache-2.0
"""The Agent simulator by hand: `python3 test/simulator --help`.

What it is for: somebody who writes a bot points it here instead of at a pod, sees events come in,
and breaks things with curl to see what the bot does.

Guarantees: once it listens, within a second, it prints one line of JSON on standard output with the
addresses and files that a script needs, and nothing more there; the same is in DIRECTORY/ready.json
while it serves. It exits with 0 at SIGTERM, SIGINT or --exit-after, and removes what it made unless
--directory was given. Wrong use exits with 2.
"""

import argparse
import contextlib
import http.client
import http.server
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import urllib.parse

from agent import Agent
import certificates
import events
from proxy import Proxy

HELP = """\
The control port (plain HTTP, on the loopback address):

  POST /push     an event or a list of them, as JSON     POST /expire   all feeds are gone
  POST /fault    one fault object (see agent.py)         POST /drop     close all connections
  POST /revoke   new tokens, in the token files too      GET  /log      requests seen
  POST /clear    forget all faults                       GET  /state    feeds, counters, breaches
  POST /expire-tokens  those issued by a sign-in are no longer valid
  POST /health   {"ceservice": "DOWN"}: what extended health says of a service or a user

  curl CONTROL/state
  curl -d '{"on": "read", "status": 503, "times": 3}' CONTROL/fault

An event goes to all feeds: those of the v5 API, those of datahose readers who have asked for its
type, and legacy feeds. /push?tag=TAG: only where the feed has that tag; /push?scope=EXTERNAL: not
to a datahose that has asked for other scopes. A datahose feed is made by its first read, and shared
by all readers who ask for the same type, tag, event types and scopes: start a bot twice to see it.

  symfeed datahose --agent AGENT --ca CA ... --types MESSAGESENT,SYMPHONYELEMENTSACTION
  curl -d '{"type": "MESSAGESENT", "payload": {}}' CONTROL/push
  symfeed legacy --agent AGENT --ca CA ... --state feed.id

Signing in: --user for RSA (any number of them), --client-ca for certificates. A bot that signs in
needs no token files. By key, which is made, here and in a script:

  python3 test/simulator --directory /tmp/agent --user my-bot --proxy me:secret &
  python3 test/simulator --wait-ready /tmp/agent
  symfeed tail --agent AGENT --ca CA --user my-bot --rsa-key /tmp/agent/my-bot.pem --proxy PROXY

Other clients of Symphony run on it, too: see README.md beside this program.

AGENT, CA, PROXY and CONTROL are "agent", "ca", "proxy" and "control" of the line that is printed.
"""

BACKLOG = 1000  # events queued in a feed, beyond which generating pauses


def arguments():
    parser = argparse.ArgumentParser(
        prog="python3 test/simulator", description="A Symphony Agent to write and test bots with.",
        epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port of the Agent (default: one that is free)")
    add("--control-port", type=int, default=0, help="port of the control (default: a free one)")
    tls = parser.add_mutually_exclusive_group()
    tls.add_argument("--tls", action="store_true", default=True, help="HTTPS (the default)")
    tls.add_argument("--plain", dest="tls", action="store_false", help="HTTP, without TLS")
    add("--cert", help="certificate chain, PEM (default: a test authority is made)")
    add("--key", help="its private key, PEM")
    add("--directory", help="where certificates and tokens are put and kept (default: a temporary "
                            "directory, removed in the end)")
    add("--tokens-dir", help="where the token files are put (default: the directory)")
    add("--wait-ready", metavar="DIRECTORY",
        help="serve nothing, but wait for the simulator of that directory to be ready")
    add("--wait", type=float, default=10, metavar="SECONDS",
        help="how long --wait-ready waits, to exit with 1 then (default: %(default)s)")
    add("--rsa-certificate", action="store_true",
        help="show one of RSA keys, whose making takes seconds (default: of elliptic keys)")
    add("--user", metavar="NAME[=FILE]", action="append", default=[],
        help="a bot that may sign in, and its public RSA key, PEM; without FILE a key is made, "
             "NAME.pem in the directory (may be repeated)")
    add("--client-ca", metavar="FILE",
        help="roots of client certificates, whose owners may sign in")
    add("--require-client-certificate", action="store_true",
        help="no TLS without one (default: only asked for)")
    add("--separate-hosts", action="store_true", help="pod and key manager on ports of their own")
    add("--proxy", metavar="USER:PASSWORD", nargs="?", const="",
        help="an HTTP proxy to go through, too; with credentials, where given")
    add("--proxy-port", type=int, default=0, help="(default: one that is free)")
    add("--simplified-key-delivery", action="store_true",
        help="session tokens say that no key manager token is needed")
    add("--agent-version", default="Agent-25.8.1-67", help="(default: %(default)s)")
    add("--require-km-token", action="store_true", help="refuse a wrong keyManagerToken")
    add("--rate", type=float, default=1.0, help="events a second (default: %(default)s; 0: none)")
    add("--types", help="only these types, A,B,...")
    add("--events", metavar="FILE", help="send these events, one JSON text a line, as they are")
    add("--count", type=int, help="generate so many events and no more")
    add("--seed", type=int, default=0, help="of events, ids and tokens (default: %(default)s)")
    add("--ascii", action="store_true", help="write events with \\u escapes")
    add("--batch-limit", type=int, help="most events in an answer (default: no limit)")
    add("--feed-ttl", type=float, default=1800, help="seconds a feed lives without a read")
    add("--feed-limit", type=int, default=20, help="feeds that may exist (default: %(default)s)")
    add("--datahose-limit", type=int, default=5,
        help="datahose feeds that may exist (default: %(default)s)")
    add("--no-datahose", action="store_true", help="the entitlements for a datahose are missing")
    add("--legacy-limit", type=int, default=20,
        help="legacy feeds that may exist (default: %(default)s)")
    add("--legacy-room", type=int, default=250,
        help="events that may wait in a legacy feed; the next one ends it (default: %(default)s)")
    add("--no-legacy", action="store_true", help="the legacy feed is switched off (410)")
    add("--set-cookie", metavar="LINE", action="append", default=[],
        help="sent with every answer, such as AWSALB=x; Path=/ (may be repeated)")
    add("--hold", type=float, default=30, help="seconds of a long poll (default: %(default)s)")
    add("--requeue", type=float, default=30,
        help="seconds after which unacknowledged events come back (default: %(default)s)")
    add("--script", metavar="FILE", help="JSON list of faults, in the order of their use")
    add("--strict", action="store_true",
        help="refuse, or count as a breach, what real servers take but symfeed never sends: null for "
             "an optional member, a body in chunks, Accept-Encoding, a JWT that is used twice ...")
    add("--log", action="store_true", help="requests and breaches on standard error")
    add("--exit-after", type=float, metavar="SECONDS", help="end by itself")
    options = parser.parse_args()
    options.types = options.types.split(",") if options.types else None
    for name in options.types or ():
        if name not in events.TYPES:
            parser.error(f"--types: {name} is not an event type; there are "
                         f"{', '.join(events.TYPES)}")
    if bool(options.cert) != bool(options.key):
        parser.error("--cert and --key go together")
    if options.client_ca and not options.tls:
        parser.error("--client-ca needs TLS")
    if options.require_client_certificate and not options.client_ca:
        parser.error("--require-client-certificate needs --client-ca")
    for user in options.user:
        name, equals, file = user.partition("=")
        if not name or equals and not file or not equals and "/" in name:
            parser.error(f"--user: {user!r} is not NAME or NAME=FILE")
    if options.rsa_certificate and (options.cert or not options.tls):
        parser.error("--rsa-certificate goes neither with --cert nor with --plain")
    if any("=" not in line or "\n" in line for line in options.set_cookie):
        parser.error("--set-cookie: not NAME=VALUE, with attributes where wanted")
    if options.rate < 0:
        parser.error("--rate must not be negative")
    return options


def log_of(options):
    return (lambda line: print(line, file=sys.stderr, flush=True)) if options.log else None


def make_users(options, directory):
    """(dict name -> public key, dict name -> private key where it is made here)"""
    public, private = {}, {}
    for name, _, path in (user.partition("=") for user in options.user):
        public[name] = path
        if not path:
            private[name], public[name] = certificates.user_key(directory, name)
    return public, private


def make_agent(options, directory, users):
    """The Agent as the options want it, not started, and the CA file (or None)."""
    chain = key = authority = made = None
    if options.tls:
        chain, key = options.cert, options.key
        if not chain:
            made = certificates.create(directory)
            if options.rsa_certificate:
                made.update(certificates.create_more(directory, "rsa"))
            chain, key = made["good-rsa" if options.rsa_certificate else "good"]
            authority = certificates.ca_path(directory)
    agent = Agent(
        host=options.host, port=options.port, certificate=chain, key=key, certificates=made,
        tokens_directory=options.tokens_dir or directory, hold=options.hold,
        requeue=options.requeue, feed_ttl=options.feed_ttl, feed_limit=options.feed_limit,
        batch_limit=options.batch_limit, require_km_token=options.require_km_token,
        ascii_json=options.ascii, seed=options.seed,
        users=users,
        client_ca=options.client_ca, require_client_certificate=bool(options.client_ca) and (
            options.require_client_certificate or "optional"),
        separate_hosts=options.separate_hosts, agent_version=options.agent_version,
        simplified_key_delivery=options.simplified_key_delivery or None,
        datahose_limit=options.datahose_limit, datahose_entitled=not options.no_datahose,
        legacy_limit=options.legacy_limit, legacy_room=options.legacy_room,
        legacy_gone=options.no_legacy, set_cookies=options.set_cookie, strict=options.strict,
        log=log_of(options))
    return agent, authority


def make_proxy(options):
    """The proxy as the options want it, not started."""
    user, colon, password = options.proxy.partition(":")
    return Proxy(user=user or None, password=password if colon else None, host=options.host,
                 port=options.proxy_port, log=log_of(options))


def read_script(path):
    with open(path, encoding="utf-8") as file:
        faults = json.load(file)
    if not isinstance(faults, list):
        raise ValueError(f"{path}: not a JSON list of faults")
    return faults


def source(options):
    """The events to send: those of a file, or generated ones."""
    if options.events:
        with open(options.events, "rb") as file:
            yield from (line.rstrip(b"\r\n") for line in file if line.strip())
    else:
        yield from events.stream_of(options.seed, options.types)


def generate(agent, options, ending):
    """Pushes events at the rate, as long as there is a feed to take them."""
    jitter = random.Random(options.seed)
    for number, event in enumerate(source(options)):
        if options.count is not None and number >= options.count:
            return
        while not ending.is_set() and not has_room(agent):
            agent.wait_for(has_room, 1)
        if ending.wait(jitter.uniform(0.5, 1.5) / options.rate):
            return
        agent.push(event)


def has_room(agent):
    """Whether there are feeds, and a client that keeps up (a dead one must not fill the memory)."""
    feeds = agent.feeds.values()
    return bool(feeds) and min(len(feed.queue) for feed in feeds) < BACKLOG


class Control(http.server.BaseHTTPRequestHandler):
    """Orders from a shell. `agent` is set by `control_server`."""

    agent = None

    def do_GET(self):
        if self.path == "/log":
            self.answer(200, [request.as_dict() for request in self.agent.requests])
        elif self.path == "/state":
            self.answer(200, state(self.agent))
        else:
            self.answer(404, {"error": "GET /log or /state"})

    def do_POST(self):
        path, _, query = self.path.partition("?")
        given = dict(urllib.parse.parse_qsl(query))
        orders = {"/push": lambda value: self.agent.push(value, **given),
                  "/fault": lambda value: self.agent.fault(**value) and 1,
                  "/expire": lambda _: self.agent.expire_feeds(),
                  "/drop": lambda _: self.agent.drop_connections(),
                  "/revoke": lambda _: self.agent.revoke_tokens() and 1,
                  "/expire-tokens": lambda _: self.agent.expire_tokens(),
                  "/health": lambda value: set_health(self.agent, value),
                  "/clear": lambda _: self.agent.clear_faults()}
        if path not in orders:
            self.answer(404, {"error": f"POST {', '.join(orders)}"})
            return
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if path in ("/push", "/fault", "/health") and not body:
                raise ValueError("a JSON body is needed")
            if query and path != "/push":
                raise ValueError("only /push?tag=TAG&scope=SCOPE takes a query")
            result = orders[path](json.loads(body) if body else None)
            self.answer(200, {"feeds": result} if path == "/push" else {})
        except (ValueError, TypeError, KeyError) as error:
            self.answer(400, {"error": str(error)})

    def answer(self, status, value):
        body = json.dumps(value).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *values):
        """Nothing: standard error is for the Agent's own log."""


def set_health(agent, statuses):
    """Sets the status of services and users, each under its name; of all or of none."""
    parts = {**agent.health["services"], **agent.health["users"]}
    unknown = sorted(set(statuses) - set(parts))
    if unknown:
        raise ValueError(f"health knows {', '.join(parts)}, not {', '.join(unknown)}")
    for name, status in statuses.items():
        parts[name]["status"] = status


def state(agent):
    feeds = []
    for feed in agent.feeds.values():
        feeds.append(dict(feed.as_dict(), kind=feed.kind, tag=feed.tag, reads=feed.reads,
                          queued=len(agent.queued(feed)), outstanding=len(agent.outstanding(feed))))
        if feed.kind == "datahose":
            feeds[-1].update(eventTypes=sorted(feed.event_types), scopes=sorted(feed.scopes))
    return {"feeds": feeds, "counters": dict(agent.counters), "breaches": agent.breaches,
            "sign_in_refusals": agent.sign_in_refusals,
            "faults": [repr(fault) for fault in agent.faults],
            "connections": len(agent.open_connections)}


def control_server(agent, port):
    handler = type("BoundControl", (Control,), {"agent": agent})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    return server


def ready_path(directory):
    return os.path.join(directory, "ready.json")


def write_ready(directory, text):
    """Writes the file at one stroke."""
    path = ready_path(directory)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def remove_ready(directory):
    with contextlib.suppress(FileNotFoundError):
        os.remove(ready_path(directory))


def wait_ready(directory, seconds):
    """Waits until the simulator of that directory serves: its file is there, and its control port
    answers, for the file of one that was killed stays. Returns the exit status."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with open(ready_path(directory), encoding="utf-8") as file:
                control = json.load(file)["control"]
            address = urllib.parse.urlsplit(control).netloc
            with contextlib.closing(http.client.HTTPConnection(address, timeout=seconds)) as call:
                call.request("GET", "/state")
                call.getresponse()
                return 0
        except (OSError, ValueError, http.client.HTTPException):
            time.sleep(0.05)
    print(f"simulator: none is ready in {directory} after {seconds:g} s", file=sys.stderr)
    return 1


def run(options, directory, ending):
    """Serves until `ending` is set or the time is over."""
    users, keys = make_users(options, directory)
    agent, authority = make_agent(options, directory, users)
    for fault in read_script(options.script) if options.script else ():
        agent.fault(**fault)
    if options.events:
        with open(options.events, "rb"):
            pass  # to say now, and not in a thread, that it cannot be read
    with contextlib.ExitStack() as stack:
        stack.enter_context(agent)
        proxy = stack.enter_context(make_proxy(options)) if options.proxy is not None else None
        control = control_server(agent, options.control_port)
        session, km = agent.write_tokens()
        ready = json.dumps({
            "agent": agent.url, "pod": agent.pod_url, "key_manager": agent.key_manager_url,
            "ca": authority, "session_token_file": session,
            "km_token_file": km, "user_keys": keys, "proxy": proxy and proxy.url_with_credentials,
            "control": f"http://127.0.0.1:{control.server_address[1]}",
        })
        write_ready(directory, ready + "\n")
        stack.callback(remove_ready, directory)
        print(ready, flush=True)
        if options.rate:
            threading.Thread(target=generate, args=(agent, options, ending), daemon=True).start()
        ending.wait(options.exit_after)
        ending.set()
        control.shutdown()
        control.server_close()


def main():
    options = arguments()
    if options.wait_ready:
        return wait_ready(options.wait_ready, options.wait)
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    try:
        if options.directory:
            os.makedirs(options.directory, exist_ok=True)
            run(options, os.path.abspath(options.directory), ending)
        else:
            with tempfile.TemporaryDirectory(prefix="agent-simulator-") as directory:
                run(options, directory, ending)
    except (OSError, ValueError, TypeError, certificates.CertificateError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
