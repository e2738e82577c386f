# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy for CONNECT, faithful and faulty.

What it is for: a client that must go through a company's proxy is given `Proxy().host` and `.port`;
the test sees which tunnels it asked for and orders faults. The name in a CONNECT is looked up here;
`routes` sends a target elsewhere, so that a client can be made to ask for a name that only the
proxy knows.

What it promises: without faults it tunnels; with `user` it answers 407 until Basic credentials are
right; anything else than a sound CONNECT is noted in `proxy.breaches` and refused. All methods may
be used from any thread; `stop` (or leaving the `with` block) ends every thread and socket.

Faults: `proxy.fault(times=2, status=503)`; they form a queue, and each CONNECT meets the first:

    skip           so many CONNECTs pass first (default 0)
    times          so many are hit (default 1; -1: for ever)
    status, reason the answer; with a status that is not 2xx there is no tunnel
    headers        list of [name, value], added to those of the answer
    body           text or bytes after the head, with a Content-Length (an answer that is not 2xx
                   has one anyway; None: none, and not a word about it)
    version        "1.0" or "1.1" (default) in the status line
    raw            the whole answer verbatim; no tunnel follows
    dribble        seconds between the bytes of the answer, which are sent one by one
    delay          seconds before the answer
    silent         no answer and no close, until the client hangs up
    close_before   close without an answer; reset: the same by a TCP reset
    cut            only so many bytes of the answer, then close
    close          whether the connection is closed after an answer that is not 2xx (default: false)
    tunnel_limit   close both ends when so many bytes came from the server
    garbage        bytes in front of the first that come from the server
"""

import base64
import re
import select
import socket
import urllib.parse

from connection import Port
from server import Server

EFFECTS = frozenset(("status", "reason", "headers", "body", "version", "raw", "dribble", "delay",
                     "silent", "close_before", "reset", "cut", "close", "tunnel_limit", "garbage"))
REASONS = {200: "Connection established", 400: "Bad Request", 403: "Forbidden",
           405: "Method Not Allowed", 407: "Proxy Authentication Required", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout"}
REQUEST_LINE = re.compile(r"CONNECT (\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5}) HTTP/1\.1")
HEADER_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*?)[ \t]*")
MOST_HEAD_BYTES = 65536
KNOWN = {"host", "user-agent", "proxy-authorization", "proxy-connection", "connection"}


class Fault:
    """One ordered fault; see the top of the file. `used` counts the CONNECTs that it has hit."""

    def __init__(self, skip=0, times=1, **effects):
        unknown = sorted(set(effects) - EFFECTS)
        if unknown or not effects:
            raise ValueError(f"fault: {', '.join(unknown) or 'nothing'} has no effect")
        self.skip, self.times, self.effects, self.used = skip, times, effects, 0

    def get(self, name, default=None):
        return self.effects.get(name, default)

    def __repr__(self):
        return f"Fault(skip={self.skip}, times={self.times}, {self.effects!r})"


NO_FAULT = Fault(delay=0)


class Connect:
    """One CONNECT as it came, and what became of it.

    target      "host:port" as it was written; method is that of the request line
    headers     list of (name, value); `header(name)` gives one value or None
    authorized  whether its credentials are right (True where none are wanted)
    time        seconds since the Proxy started;  connection, number: as with an Agent's Request
    status      of the answer, None when none was sent whole;  fault: the Fault that hit it, or None
    sent, received  bytes through the tunnel so far, to the server and from it
    closed      whether the tunnel was there and is no more
    """

    def __init__(self, connection, number, now):
        self.connection, self.number, self.time = connection, number, now
        self.method, self.target, self.headers = "", "", []
        self.authorized, self.status, self.fault = False, None, None
        self.sent = self.received = 0
        self.closed = False

    @property
    def label(self):
        """What a line about it begins with."""
        return f"#{self.connection}.{self.number}"

    def header(self, name, default=None):
        return next((value for found, value in self.headers if found.lower() == name.lower()),
                    default)

    def __repr__(self):
        return f"#{self.connection}.{self.number} {self.method} {self.target} {self.status}"


class Proxy(Server):
    """The proxy. Use it as a context manager, or call `start` and `stop`.

    user, password  wanted as Basic credentials (without a user: none are)
    routes          dict "host:port" -> (host, port) that is connected to instead
    idle_timeout    seconds that a connection without a request lives
    """

    def __init__(self, user=None, password=None, host="127.0.0.1", port=0, routes=None,
                 idle_timeout=60.0, log=None):
        super().__init__({"proxy": Port(host, port, "proxy")}, log)
        self.host, self.user, self.password = host, user, password
        self.routes, self.idle_timeout = dict(routes or {}), idle_timeout
        self._connects, self._tunnels = [], {}

    @property
    def port(self):
        return self._ports["proxy"].number

    @property
    def url(self):
        """As it stands in https_proxy, without credentials."""
        return f"http://{self.host}:{self.port}"

    @property
    def url_with_credentials(self):
        """The same with user and password, where they are wanted."""
        credentials = ":".join(urllib.parse.quote(part, safe="")
                               for part in (self.user, self.password) if part is not None)
        return self.url.replace("://", f"://{credentials}@") if credentials else self.url

    # -- what a test orders ----------------------------------------------------------------------

    def fault(self, skip=0, times=1, **effects):
        """Orders a fault; see the top of the file. Returns the Fault."""
        fault = Fault(skip, times, **effects)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear_faults(self):
        with self._lock:
            self._faults.clear()

    def drop_tunnels(self, reset=False):
        """Closes every tunnel now, both ends, towards the client by a reset if so wished."""
        with self._lock:
            connections = [self._live[number] for number in self._tunnels]
        for connection in connections:
            connection.shut(reset)

    # -- what a test looks at --------------------------------------------------------------------

    @property
    def connects(self):
        """All Connects, in the order in which they came in."""
        with self._lock:
            return list(self._connects)

    @property
    def tunnels(self):
        """The Connects whose tunnels are open."""
        with self._lock:
            return list(self._tunnels.values())

    # -- small helpers ---------------------------------------------------------------------------

    def _take_fault(self):
        """With the lock held: the fault that hits the next CONNECT."""
        if not self._faults:
            return NO_FAULT
        fault = self._faults[0]
        return fault if self._hits(fault) else NO_FAULT

    # -- connections -----------------------------------------------------------------------------

    def _exchange(self, connection):
        """Reads a request and answers it; whether the connection lives on."""
        connect = Connect(connection.number, connection.requests + 1, self._now())
        head = self._receive_head(connection, connect)
        if head is None:
            return False
        connection.requests += 1
        connect.time = self._now()
        status = self._parse(connect, head)
        if connection.buffer:
            self._note(connect, "bytes after the CONNECT, before its answer")
        with self._changed:
            connect.authorized = self._is_authorized(connect)
            self._connects.append(connect)
            self.counters["connects"] += 1
            fault = self._take_fault()
            connect.fault = fault if fault is not NO_FAULT else None
            self._changed.notify_all()
        if not status and not connect.authorized:
            status = 407
        return self._answer(connection, connect, status, fault)

    def _receive_head(self, connection, connect):
        deadline = self._now() + self.idle_timeout
        while b"\r\n\r\n" not in connection.buffer:
            if self._over(connection, deadline) or len(connection.buffer) > MOST_HEAD_BYTES:
                if connection.buffer and not self._stopping:
                    self._note(connect, "no whole head of a request: "
                                        f"{connection.buffer[:60]!r}")
                return None
            connection.wait(deadline - self._now())
        head, _, connection.buffer = connection.buffer.partition(b"\r\n\r\n")
        return head

    def _parse(self, connect, head):
        """Fills in the request; the status of a refusal, or None."""
        lines = head.decode("latin-1").split("\r\n")
        connect.method, _, rest = lines[0].partition(" ")
        connect.target = rest.partition(" ")[0]
        for line in lines[1:]:
            field = HEADER_LINE.fullmatch(line)
            if not field:
                self._note(connect, f"not a header line: {line[:80]!r}")
                return 400
            connect.headers.append(field.groups())
        match = REQUEST_LINE.fullmatch(lines[0])
        if not match:
            self._note(connect, f"not a CONNECT of HTTP/1.1 to host:port: {lines[0][:80]!r}")
            return 400 if connect.method == "CONNECT" else 405
        if not 0 < int(match.group(2)) < 65536:
            self._note(connect, f"port {match.group(2)}")
            return 400
        names = [name.lower() for name, _ in connect.headers]
        for name in sorted(set(names)):
            if names.count(name) > 1:
                self._note(connect, f"more than one header {name}")
            if name not in KNOWN:
                self._note(connect, f"header {name}, which is none of the proxy's business")
        if connect.header("Host") != connect.target:
            self._note(connect, f"Host is {connect.header('Host')!r}, not {connect.target!r}")
        if self.user is None and "proxy-authorization" in names:
            self._note(connect, "credentials for a proxy that wants none")
        return None

    def _is_authorized(self, connect):
        if self.user is None:
            return True
        wanted = base64.b64encode(f"{self.user}:{self.password or ''}".encode()).decode()
        scheme, _, given = connect.header("Proxy-Authorization", "").partition(" ")
        return scheme.lower() == "basic" and given == wanted

    # -- the answer ------------------------------------------------------------------------------

    def _answer(self, connection, connect, status, fault):
        """Answers, and serves the tunnel; whether the connection lives on after that."""
        self._pause(connection, fault.get("delay", 0))
        if fault.get("silent"):
            while not self._over(connection):
                connection.wait(3600)
                connection.buffer = b""
            return False
        if fault.get("reset"):
            connection.reset()
            return False
        if fault.get("close_before"):
            connection.hang_up()
            return False
        server, status = None, fault.get("status", status)
        if (status is None or 200 <= status < 300) and "raw" not in fault.effects:
            server = self._reach(connect)
            status = (status or 200) if server else 502
        try:
            if not self._send_answer(connection, connect, status, fault):
                return False
            if server is None:
                if fault.get("close") or "raw" in fault.effects:
                    connection.hang_up()
                    return False
                return True
            self._tunnel(connection, connect, server, fault)
            return False
        finally:
            if server:
                server.close()

    def _reach(self, connect):
        host, _, port = connect.target.rpartition(":")
        try:
            return socket.create_connection(
                self.routes.get(connect.target, (host.strip("[]"), int(port))), 10)
        except (OSError, ValueError):
            return None

    def _send_answer(self, connection, connect, status, fault):
        """Whether it was sent whole."""
        data = fault.get("raw")
        if data is None:
            data = self._head(status, fault)
        data = data.encode() if isinstance(data, str) else data
        whole, data = data, data[:fault.get("cut", len(data))]
        pieces = [data]
        if "dribble" in fault.effects:
            pieces = [data[at:at + 1] for at in range(len(data))]
        for number, piece in enumerate(pieces):
            if number:
                self._pause(connection, fault.get("dribble"))
            if not connection.send(piece, 10):
                return False
        with self._changed:
            connect.status = status if data == whole and "raw" not in fault.effects else None
            self._changed.notify_all()
        if self.log:
            self.log(repr(connect))
        if data != whole:
            connection.hang_up()
            return False
        return True

    def _head(self, status, fault):
        reason = fault.get("reason", REASONS.get(status, "Status"))
        lines = [f"HTTP/{fault.get('version', '1.1')} {status} {reason}"]
        good = 200 <= status < 300
        if status == 407:
            lines.append('Proxy-Authenticate: Basic realm="proxy"')
        body = fault.get("body", None if good else f"<html>{status} {reason}</html>\n")
        if body is not None:
            body = body.encode() if isinstance(body, str) else body
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in fault.get("headers", ())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")

    # -- the tunnel ------------------------------------------------------------------------------

    def _tunnel(self, connection, connect, server, fault):
        with self._changed:
            self._tunnels[connection.number] = connect
            self.counters["tunnels"] += 1
            self._changed.notify_all()
        try:
            self._relay(connection, connect, server, fault)
        finally:
            with self._changed:
                del self._tunnels[connection.number]
                connect.closed = True
                self._changed.notify_all()

    def _relay(self, connection, connect, server, fault):
        """Passes bytes both ways; an end of one side's sending is passed on, too."""
        client, limit = connection.sock, fault.get("tunnel_limit")
        server.settimeout(30)
        client.settimeout(30)
        first = fault.get("garbage", b"")
        try:
            if connection.buffer:
                server.sendall(connection.buffer)
                connect.sent += len(connection.buffer)
            sources = {client, server}
            while sources and not self._stopping:
                readable, _, _ = select.select([connection.wake_end, *sources], [], [])
                if connection.wake_end in readable:
                    return  # dropped
                for source in readable:
                    data = source.recv(65536)
                    if connection.dropped:
                        return
                    if source is server:
                        if limit is not None:
                            data = data[:limit - connect.received]
                        connect.received += len(data)
                        data, first = first + data, b""
                    else:
                        connect.sent += len(data)
                    target = client if source is server else server
                    if data:
                        target.sendall(data)
                    else:
                        sources.discard(source)
                        target.shutdown(socket.SHUT_WR)
                    if limit is not None and connect.received >= limit:
                        return
        except OSError:
            connection.reset()  # as one end goes, so goes the other
