# SPDX-License-Identifier: Apache-2.0
"""An agent that is made of ready answers, so that it costs next to nothing to serve them.

Depends on: the certificates and the events of test/simulator. Guarantees: TLS 1.2 with one cipher suite;
each run gets the same bytes; what a client has acknowledged is counted.
"""

import json
import os
import re
import socket
import ssl
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "simulator"))
import certificates  # noqa: E402, a module of the simulator
import events  # noqa: E402

# What an Agent of Java 17 chooses, of what all of the clients offer.
CIPHER = "ECDHE-ECDSA-AES256-GCM-SHA384"
# symfeed discards repeats of events that it remembers: so many differ, and two batches in a row do.
DISTINCT = 1000
HUGE = 8 * 1000 * 1000  # bytes of the one event of a batch of that size


def answer(status, body):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
            "\r\n").encode() + text


class Batches:
    """Read answers of so many events each; `size` 0: of one event of HUGE bytes.

    `kinds` are the answers that come in turn, each with an ackId of its own. `ascii`: other characters
    are \\u escapes, else UTF-8.
    """

    def __init__(self, size, ascii=False):
        self.size = size or 1
        if size:
            stream = events.stream_of(1)
            pool = [events.to_json(next(stream), ascii) for _ in range(max(DISTINCT, 2 * size))]
        else:
            pool = [events.to_json(events.sized(HUGE, ascii=ascii), ascii)]
        self.event_bytes = sum(len(event.encode()) for event in pool) / len(pool)
        self.kinds = []
        for number, start in enumerate(range(0, len(pool), self.size)):
            ack_id = f"ack-{number:04}-of-these-answers"
            text = f'{{"events":[{",".join(pool[start:start + self.size])}],"ackId":"{ack_id}"}}'
            self.kinds.append((ack_id, answer("200 OK", text.encode())))


class Server:
    """Serves one client after the other; `begin` says what the next one gets."""

    EMPTY = answer("200 OK", {"events": [], "ackId": "the-end"})

    def __init__(self, folder):
        made = certificates.create(folder)
        self.ca = certificates.ca_path(folder)
        self.token_file = os.path.join(folder, "token")
        with open(self.token_file, "w", encoding="ascii") as file:
            os.chmod(self.token_file, 0o600)
            file.write("0123456789abcdef" * 24 + "\n")  # as long as real ones
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(CIPHER)
        self.context.load_cert_chain(*made["good"])
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self.listener.getsockname()[1]
        self.ciphers = set()
        self.idle = threading.Event()  # between two connections
        self.idle.set()
        self.begin(Batches(10), 0)
        threading.Thread(target=self._serve, daemon=True).start()

    def begin(self, batches, count):
        """The next client gets `count` of these batches, then empty ones."""
        self.batches, self.count = batches, count
        self.sent = 0          # batches
        self.acknowledged = 0  # of them, in order

    def _serve(self):
        while True:
            sock, _ = self.listener.accept()
            self.idle.clear()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                with self.context.wrap_socket(sock, server_side=True) as tls:
                    self.ciphers.add(tls.cipher()[:2])
                    while self._call(tls):
                        pass
            except OSError:
                pass  # the client has gone
            self.idle.set()

    def _call(self, tls):
        request = b""
        while b"\r\n\r\n" not in request:
            got = tls.recv(65536)
            if not got:
                return False
            request += got
        head, _, body = request.partition(b"\r\n\r\n")
        size = re.search(rb"\r\nContent-Length: *(\d+)", head, re.I)
        while len(body) < int(size[1] if size else 0):
            got = tls.recv(65536)
            if not got:
                return False
            body += got
        tls.sendall(self._answer(head.split(b" ", 2)[:2], body))
        return True

    def _answer(self, line, body):
        method, path = line
        if method == b"GET":
            return answer("200 OK", [])
        if not path.endswith(b"/read"):
            return answer("201 Created", {"id": "feed", "type": "datafeed", "createdAt": 1735689600000})
        kinds = self.batches.kinds
        # A client that acknowledges what it has read names the ackId of the answer before.
        if self.sent > self.acknowledged and kinds[(self.sent - 1) % len(kinds)][0].encode() in body:
            self.acknowledged += 1
        if self.sent == self.count:
            return self.EMPTY
        self.sent += 1
        return kinds[(self.sent - 1) % len(kinds)][1]
