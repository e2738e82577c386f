# SPDX-License-Identifier: Apache-2.0
"""Servers of other makers as children of a test: tinyproxy, nginx, haproxy.

What it is for: the simulator does what we think that servers do; these do what they do.

What it promises:
- each has a port that is its own from the first moment to the end of the test: it is refused before
  `start`, between `stop` and the next `start`, and given to nobody else meanwhile (`Place`);
- `start` returns when connections are taken; nothing sleeps, nothing is asked again and again;
- files lie in the test's folder, output is kept and shown where the test fails;
- all end with the test, by their own pids. Root is not needed.
"""

import os
import re
import select
import shutil
import signal
import socket
import struct
import threading

from harness import PATIENCE, Client, EndToEnd, servers

# Debian keeps servers where only root's PATH leads.
PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"))


def find(program):
    return shutil.which(program, path=PLACES)


class Place:
    """A port for a server that binds it by itself, and perhaps several times.

    A socket that is bound to a port, but does not listen, keeps the system from giving that port
    away; connections to it are refused. Whoever says SO_REUSEADDR, as we do here and as all servers
    do, may bind it as well (Linux).
    """

    def __init__(self):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()

    def listener(self):
        """A socket that listens there, for a server that is given one."""
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", self.port))
        made.listen(128)
        return made


class Relay:
    """Something on the way that passes all bytes on, but does away with whoever offers to resume a
    TLS session; `mode` is how: "reset", "swallow", "late" (the handshake gets through, the reset comes
    with the first request behind it) or None. The Agent is to listen on the same port
    of another address of this machine (HOST), since it looks at the port that it is called by.

    offered   for each connection whether its ClientHello offered a session, in order
    """

    HOST = "127.0.0.2"

    def __init__(self, test):
        place = Place()
        test.addCleanup(place.close)
        self.port, self.mode, self.offered, self._open = place.port, None, [], set()
        self._listener = place.listener()
        test.addCleanup(self.close)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        for each in (self._listener, *self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # its peer has hung up
        self._listener.close()

    def _accept(self):
        try:
            while True:
                client = self._listener.accept()[0]
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()
        except OSError:
            pass  # closed

    def _serve(self, client):
        self._open.add(client)
        try:
            with client:
                hello = read_record(client)
                offers = offers_session(hello)
                self.offered.append(offers)
                if offers and self.mode == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                      struct.pack("ii", 1, 0))
                elif offers and self.mode == "swallow":
                    while client.recv(65536):
                        pass
                else:
                    self._pass_on(client, hello, offers and self.mode == "late")
        except OSError:
            pass  # one of the two is gone
        finally:
            self._open.discard(client)

    def _pass_on(self, client, hello, late):
        sent = b""
        with socket.create_connection((self.HOST, self.port)) as agent:
            agent.sendall(hello)
            while True:
                for ready in select.select((client, agent), (), ())[0]:
                    data = ready.recv(65536)
                    sent += data if ready is client else b""
                    if late and is_secured(sent):
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          struct.pack("ii", 1, 0))
                        return
                    if not data:
                        return
                    (agent if ready is client else client).sendall(data)


def is_secured(sent):
    """Whether behind its ClientHello, and all of the handshake, a client has sent a request: that is a
    record of application data, of which TLS 1.3 makes its Finished look like one."""
    kinds = []
    while len(sent) >= 5:
        kinds.append(sent[0])
        sent = sent[5 + int.from_bytes(sent[3:5], "big"):]
    return kinds.count(23) > (0 if 22 in kinds else 1)


def read_record(connection):
    """One TLS record (RFC 8446, 5.1)."""
    data = b""
    while len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5], "big"):
        piece = connection.recv(65536)
        if not piece:
            raise OSError("it ended within a record")
        data += piece
    return data


def offers_session(hello):
    """Whether a ClientHello (RFC 8446, 4.1.2) offers to resume: by a pre-shared key, a ticket that is
    not empty, or a session id; the latter means nothing beside TLS 1.3."""
    def vector(at, size):
        end = at + size + int.from_bytes(hello[at:at + size], "big")
        return hello[at + size:end], end

    session_id, at = vector(5 + 4 + 2 + 32, 1)
    for size in (2, 1):  # suites, compression
        _, at = vector(at, size)
    extensions, end = vector(at, 2)
    found, at = {}, end - len(extensions)
    while at < end:
        kind = int.from_bytes(hello[at:at + 2], "big")
        found[kind], at = vector(at + 2, 2)
    speaks_1_3 = b"\x03\x04" in found.get(43, b"")  # supported_versions
    return bool(41 in found or found.get(35) or session_id and not speaks_1_3)


class Server:
    """A server that can be started and ended any number of times, always on the same port.

    port, folder    where it is, and its files
    runs            the Clients (of harness.py) that run it, the last one last
    """

    program = None

    def __init__(self, test, name):
        if not find(self.program):
            test.skipTest(f"{self.program} is not installed")
        self.test, self.folder, self.runs = test, test.path(name), []
        os.mkdir(self.folder)
        self._place = Place()
        test.addCleanup(self._place.close)
        self.port = self._place.port
        test.addCleanup(self.stop)
        test.servers.append(self)

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8", opener=private) as file:
                file.write(text)
        return path

    def run(self, *arguments, **more):
        self.runs.append(Client(arguments, program=find(self.program), **more))
        return self.runs[-1]

    def wait(self, pattern, count=1):
        """Waits until it has said that so often, in this run; the last match."""
        run = self.runs[-1]

        def found(_):
            return list(re.finditer(pattern, self.output))

        if not run.wait_for(lambda c: c.status is not None or len(found(c)) >= count, PATIENCE) \
                or len(found(run)) < count:
            self.test.give_up(f"{count} x {pattern!r} by {self.program}")
        return found(run)[-1]

    @property
    def output(self):
        """What it has said in this run."""
        return self.runs[-1].err + self.runs[-1].out.decode("utf-8", "replace")

    def stop(self):
        for run in self.runs:
            if run.status is None and not run.end():
                self.test.fail(f"{self.program} had to be killed")

    def kill(self):
        """Ends it without a word, as a crash does."""
        for run in self.runs:
            if run.status is None:
                run.signal(signal.SIGKILL)
                run.wait_for(lambda c: c.status is not None, PATIENCE)


def private(path, flags):
    return os.open(path, flags, 0o600)


class Tinyproxy(Server):
    """An HTTP proxy. `settings` are lines of its configuration; another list may be given to each
    start."""

    program = "tinyproxy"

    def __init__(self, test, *settings):
        super().__init__(test, f"tinyproxy-{len(test.servers)}")
        self.settings = settings
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *settings):
        self.settings = settings or self.settings
        path = self.path("tinyproxy.conf", "\n".join((
            f"Port {self.port}", "Listen 127.0.0.1", "Timeout 600", "MaxClients 20",
            "LogLevel Info", *self.settings, "")))
        self.run("-d", "-c", path)
        self.wait("Accepting connections")
        return self

    def requests(self):
        """The request lines that it has logged in this run."""
        return re.findall(r"Request \(file descriptor \d+\): (.*)", self.output)


class Terminator(Server):
    """What ends TLS in front of a plain Agent. `url` is what a client is given.

    Each logs a line `call ...` for each request, see `Call`.
    """

    def __init__(self, test, agent, certificate="good"):
        super().__init__(test, f"{self.program}-{len(test.servers)}")
        self.agent, self.url = agent, f"https://localhost:{self.port}/agent"
        self.certificate, self.key = servers(certificate)[certificate]

    def calls(self):
        """What it has served in this run."""
        return [Call(line.split("|")[1:]) for line in self.output.split("\n")
                if line.startswith("call|")]

    def wait_calls(self, condition):
        """Waits until `condition` holds for the list of calls; returns it."""
        if not self.runs[-1].wait_for(lambda _: condition(self.calls()), PATIENCE):
            self.test.give_up(f"calls of {self.program}: {self.calls()}")
        return self.calls()

    def wait_failed(self, count, *statuses):
        """Waits for so many calls with one of these; returns all of them."""
        def failed(calls):
            return [call for call in calls if call.status in statuses]

        return failed(self.wait_calls(lambda calls: len(failed(calls)) >= count))


class Call:
    """A request as a Terminator saw it: time (seconds, when it was answered), status, connection
    (which one it came by), resumed (whether that resumed a TLS session), coding (of the answer, ""
    where it has a length)."""

    def __init__(self, fields):
        time, self.status, self.connection, resumed, coding = fields
        self.time = float(time) if "." in time else int(time) / 1000
        self.resumed = resumed in ("r", "1")
        self.coding = coding.strip("-")

    def __repr__(self):
        return f"{self.status} by {self.connection}{' resumed' if self.resumed else ''} " \
               f"{self.coding}".rstrip()


class Nginx(Terminator):
    """`server` and `location` are lines for these blocks; `inner`: the request passes, by HTTP/1.0
    as is nginx's habit, a second server block, which alone speaks HTTP/1.1 to the Agent."""

    program = "nginx"

    def start(self, server=(), location=(), inner=False, workers=False, level="notice"):
        temporary = "".join(f"  {kind}_temp_path {self.path('temporary')};\n" for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        backend = (f"proxy_pass http://127.0.0.1:{self.agent.port}; proxy_http_version 1.1; "
                   'proxy_set_header Connection "";')
        second, passing = "", backend
        if inner:
            second = (f"  server {{ listen unix:{self.path('inner')}; access_log off; "
                      f"location / {{ {backend} }} }}\n")
            passing = (f"proxy_pass http://unix:{self.path('inner')}:; proxy_http_version 1.0; "
                       f"proxy_set_header Host 127.0.0.1:{self.agent.port};")
        path = self.path("nginx.conf", (
            f"daemon off;\nmaster_process {'on' if workers else 'off'};\nworker_processes 1;\n"
            + ("user root;\n" if os.geteuid() == 0 else "") +
            f"pid {self.path('pid')};\nlock_file {self.path('lock')};\n"
            f"worker_shutdown_timeout 1s;\nerror_log stderr {level};\n"
            "events { worker_connections 128; }\n"
            f"http {{\n{temporary}"
            "  log_format calls "
            "'call|$msec|$status|$connection|$ssl_session_reused|$sent_http_transfer_encoding';\n"
            f"  access_log /dev/stdout calls;\n{second}"
            "  server {\n"
            f"    listen 127.0.0.1:{self.port} ssl;\n    server_name localhost;\n"
            f"    ssl_certificate {self.certificate};\n    ssl_certificate_key {self.key};\n    "
            + "\n    ".join(server) +
            f"\n    location / {{\n      {passing}\n      " + "\n      ".join(location) +
            "\n    }\n  }\n}\n"))
        self.run("-e", "stderr", "-p", self.folder, "-c", path)
        self.wait(r"nginx/\d")  # said after listen()
        return self

    def reload(self):
        self.runs[-1].signal(signal.SIGHUP)


class Haproxy(Terminator):
    """`bind` are words for the line of that name; `settings` lines for the section `defaults`."""

    program = "haproxy"
    _listener = None

    def start(self, bind="", settings=(), replaces=None):
        """`replaces`: the run that this one takes over from, which lets go of the port then."""
        pem = self.path("server.pem", "".join(open_text(path) for path in (self.certificate,
                                                                           self.key)))
        if replaces is None:
            self._listener = self._place.listener()
        listener = self._listener.fileno()
        path = self.path("haproxy.cfg", "\n".join((
            "global", "  log stdout format raw local0 info", "  hard-stop-after 1s",
            "  ssl-default-bind-options ssl-min-ver TLSv1.2", "  maxconn 100",
            "defaults", "  mode http", "  log global", "  retries 0", "  timeout connect 5s",
            "  timeout client 60s", "  timeout server 60s", "  timeout http-keep-alive 60s",
            '  log-format "call|%[date(0,ms)]|%ST|%cp|%[ssl_fc_is_resumed]|%[var(txn.coding)]"',
            *(f"  {line}" for line in settings),
            "frontend front",
            f"  bind fd@{listener} ssl crt {pem} {bind}",
            "  http-response set-var(txn.coding) res.hdr(transfer-encoding)",
            "  default_backend back",
            "backend back",
            f"  http-request set-header Host 127.0.0.1:{self.agent.port}",
            f"  server agent 127.0.0.1:{self.agent.port}", "")))
        # The connections that come before it is ready wait in the listener's queue.
        self.run("-db", "-f", path, *(() if replaces is None else ("-sf", str(replaces.pid))),
                 descriptors=(listener,))
        return self

    def stop(self):
        self._close()
        super().stop()

    def kill(self):
        self._close()
        super().kill()

    def _close(self):
        """Our end of the listener: with the last end of it the port is refused."""
        if self._listener:
            self._listener.close()
            self._listener = None


def open_text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class WithServers(EndToEnd):
    """A test case that knows of its servers."""

    def setUp(self):
        self.servers = []
        super().setUp()

    def last_words(self):
        parts = [super().last_words()]
        for server in self.servers:
            if server.runs:
                parts += [f"{server.program}:", server.output[-2500:]]
        return "\n".join(parts)

