# SPDX-License-Identifier: Apache-2.0
"""A name server (RFC 1035) that answers as it is told, by UDP and TCP.

`NameServer(zone)` with `start()` and `stop()`; `zone` says for each name, in lower case and without
a dot at its end, what comes:

    {"A": ["127.0.0.1"], "AAAA": ["::1"], "CNAME": "other.example"}   each where it is there
    "servfail", "refused", "formerr", ...                             an error, see CODES
    a function of the Question                                        any bytes; None: silence;
                                                                      by TCP Raw bytes, and the end

For a name that is not in the zone `default` holds: it does not exist. `questions` holds what was asked,
in that order.
"""

import collections
import contextlib
import ipaddress
import socket
import socketserver
import struct
import threading

TYPES = {"A": 1, "CNAME": 5, "AAAA": 28}
CODES = {"ok": 0, "formerr": 1, "servfail": 2, "nxdomain": 3, "notimp": 4, "refused": 5}

# name: without the last dot; kind: "A" or another of TYPES, else a number; query: all its bytes;
# client: the address that it came from
Question = collections.namedtuple("Question", "name kind transport query client")

# What goes out by TCP as it is, without its size in front; then the connection is closed.
Raw = collections.namedtuple("Raw", "data")


def encode_name(name):
    labels = name.rstrip(".").split(".")
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def record(name, kind, data, owner=None):
    """One record; `owner` instead of the name's own bytes, such as a pointer."""
    if kind == "CNAME":
        data = encode_name(data)
    elif isinstance(data, str):
        data = ipaddress.ip_address(data).packed
    return ((encode_name(name) if owner is None else owner)
            + struct.pack(">HHIH", TYPES.get(kind, kind), 1, 60, len(data)) + data)


def read_question(query, transport="udp", client=None):
    """The Question in a query, or None."""
    at, labels = 12, []
    while at < len(query) and query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    if len(query) < at + 5:
        return None
    number = struct.unpack(">H", query[at + 1:at + 3])[0]
    kind = next((kind for kind, value in TYPES.items() if value == number), number)
    return Question(".".join(labels), kind, transport, query, client)


def answer(question, records=(), code="ok", truncated=False, counts=None):
    """An answer: the question again, then the records (bytes each)."""
    end = 12 + len(encode_name(question.name)) + 4 if question.name else 17
    flags = 0x8180 | CODES[code] | (0x0200 if truncated else 0)
    questions, answers = counts or (1, len(records))
    return (question.query[:2] + struct.pack(">HHHHH", flags, questions, answers, 0, 0)
            + question.query[12:end] + b"".join(records))


class NameServer:
    def __init__(self, zone=None, host="127.0.0.1", port=0, tcp=True):
        self.zone = {} if zone is None else zone
        self.default = "nxdomain"
        self.questions = []
        self._host, self._port, self._tcp, self._servers = host, port, tcp, []
        self._connections = {}

    def start(self):
        outer = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self):
                data, ours = self.request
                said = outer.say(data, "udp", self.client_address)
                if said is not None:
                    with contextlib.suppress(OSError):  # this server has been stopped
                        ours.sendto(said, self.client_address)

        class Stream(socketserver.BaseRequestHandler):
            def handle(self):
                outer._connections[self.client_address] = self.request
                with contextlib.suppress(OSError):  # the other side has had enough
                    while len(head := self.request.recv(2, socket.MSG_WAITALL)) == 2:
                        size = struct.unpack(">H", head)[0]
                        said = outer.say(self.request.recv(size, socket.MSG_WAITALL), "tcp",
                                         self.client_address)
                        if isinstance(said, Raw):
                            self.request.sendall(said.data)
                            return
                        if said is not None:
                            self.request.sendall(struct.pack(">H", len(said)) + said)

        class Streams(socketserver.ThreadingTCPServer):
            address_family = socket.AF_INET6 if ":" in outer._host else socket.AF_INET
            allow_reuse_address = True
            daemon_threads = True

        class Datagrams(socketserver.ThreadingUDPServer):
            address_family = Streams.address_family
            daemon_threads = True
            max_packet_size = 65535

        for left in reversed(range(50)):
            self._servers = [Datagrams((self._host, self._port), Datagram)]
            port = self._servers[0].server_address[1]
            try:
                if self._tcp:
                    self._servers.append(Streams((self._host, port), Stream))
                break
            except OSError:  # the system's choice for UDP may be taken by TCP
                self._servers.pop().server_close()
                if self._port or not left:
                    raise
        self._port = port
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    @property
    def port(self):
        return self._port

    def stop(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers = []

    def send(self, data, client):
        """One more datagram."""
        self._servers[0].socket.sendto(data, client)

    def send_by_tcp(self, data, client):
        """Bytes as they are, on a connection that has asked."""
        self._connections[client].sendall(data)

    def say(self, query, transport, client=None):
        """The answer to a query, or None."""
        question = read_question(query, transport, client)
        if question is None:
            return None
        self.questions.append(question)
        told = self.zone.get(question.name.lower(), self.default)
        if callable(told):
            return told(question)
        if isinstance(told, str):
            return answer(question, code=told)
        return self._records(question)

    def _records(self, question):
        """Aliases, as far as they lead, then the addresses."""
        records, name = [], question.name.lower()
        for _ in range(20):
            here = self.zone.get(name, "nxdomain")
            if isinstance(here, str):
                return answer(question, records, code=here)
            records += [record(name, question.kind, data) for data in here.get(question.kind, ())]
            if "CNAME" not in here:
                break
            records.append(record(name, "CNAME", here["CNAME"]))
            name = here["CNAME"]
        said = answer(question, records)
        if question.transport == "udp" and len(said) > 512:
            return answer(question, truncated=True)
        return said
