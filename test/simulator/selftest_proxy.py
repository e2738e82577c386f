# SPDX-License-Identifier: Apache-2.0
"""Checks of the simulator: proxy.py."""

import base64
import contextlib
import socket
import time

from proxy import Proxy
from selftest_base import AgentCase, FEEDS


class ThroughProxy(AgentCase):
    """A proxy in front of an Agent."""

    def through(self, headers=(), target=None, **settings):
        """A bare connection to the proxy that has sent its CONNECT."""
        if settings or not hasattr(self, "proxy"):
            self.start()
            self.proxy = self.ends.enter_context(Proxy(**settings))
        return self.connect(headers, target)

    def connect(self, headers=(), target=None):
        target = target or f"127.0.0.1:{self.agent.port}"
        client = self.client(port=self.proxy.port)
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}",
                 *(f"{name}: {value}" for name, value in headers)]
        client.bare.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        client.port = self.agent.port
        return client

    def head(self, client):
        """The head of an answer and nothing behind it."""
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            byte = client.bare.recv(1)
            if not byte:
                break
            data += byte
        return data.decode()

    def test_tunnel(self):
        client = self.through()
        self.assertEqual(self.head(client), "HTTP/1.1 200 Connection established\r\n\r\n")
        self.assertEqual(client.call("GET", FEEDS), (200, []))
        connect = self.proxy.connects[0]
        self.assertEqual((connect.target, connect.authorized, connect.status),
                         (f"127.0.0.1:{self.agent.port}", True, 200))
        self.assertEqual(self.proxy.tunnels, [connect])
        client.bare.shutdown(socket.SHUT_WR)
        self.assertEqual(client.receive_all(), b"")
        self.assertTrue(self.proxy.wait_for(lambda p: connect.closed))
        self.assertGreater(connect.sent, 100)
        self.assertGreater(connect.received, 100)
        self.assertEqual((self.proxy.breaches, self.agent.breaches), ([], []))

    def test_credentials(self):
        right = base64.b64encode("us er:pä:ss".encode()).decode()
        client = self.through(user="us er", password="pä:ss")
        self.assertRegex(self.head(client), "^HTTP/1.1 407 .*\r\nProxy-Authenticate: Basic")
        self.assertTrue(client.bare.recv(100).startswith(b"<html>"))
        client.bare.sendall(f"CONNECT localhost:{self.agent.port} HTTP/1.1\r\n"
                            f"Host: localhost:{self.agent.port}\r\n"
                            f"Proxy-Authorization: Basic {right}\r\n\r\n".encode())
        self.assertIn(" 200 ", self.head(client))
        self.assertEqual(client.call("GET", FEEDS)[0], 200)
        self.assertIn(" 407 ", self.head(self.through([("Proxy-Authorization", "Basic eDp5")])))
        self.assertEqual([connect.authorized for connect in self.proxy.connects],
                         [False, True, False])
        self.assertEqual(self.proxy.breaches, [])

    def test_breaches(self):
        for reason, text in (("not a CONNECT", "GET / HTTP/1.1\r\n\r\n"),
                             ("not a CONNECT", "CONNECT a HTTP/1.1\r\n\r\n"),
                             ("port 0", "CONNECT a:0 HTTP/1.1\r\nHost: a:0\r\n\r\n"),
                             ("Host is None", "CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n"),
                             ("not a header", "CONNECT a:1 HTTP/1.1\r\nHost\r\n\r\n"),
                             ("no whole head", "\x16\x03\x01")):
            self.proxy = self.ends.enter_context(Proxy())
            self.agent = self.proxy
            client = self.client()
            client.bare.sendall(text.encode())
            client.bare.shutdown(socket.SHUT_WR)
            client.receive_all()
            self.assertEqual(len(self.proxy.breaches), 1, self.proxy.breaches)
            self.assertIn(reason, self.proxy.breaches[0])
        del self.proxy
        self.head(self.through([("sessionToken", "x"), ("Proxy-Authorization", "Basic eDp5")]))
        self.assertRegex("".join(self.proxy.breaches), "sessiontoken.*wants none")

    def test_faults(self):
        self.assertIn(" 200 ", self.head(self.through()))
        proxy = self.proxy
        proxy.fault(status=503, times=2, skip=1, headers=[["Retry-After", "7"]], close=True)
        self.assertIn(" 200 ", self.head(self.connect()))
        for _ in range(2):
            answer = self.connect().receive_all()
            self.assertRegex(answer.decode(), "^HTTP/1.1 503 [^$]*\r\nRetry-After: 7\r\n")
        self.assertEqual(proxy.connects[-1].status, 503)
        proxy.fault(close_before=True)
        self.assertEqual(self.connect().receive_all(), b"")
        proxy.fault(reset=True)
        with self.assertRaises(ConnectionResetError):
            self.connect().receive_all()
        proxy.fault(version="1.0", dribble=0, headers=[["Via", "x"]], reason="")
        client = self.connect()
        self.assertEqual(self.head(client), "HTTP/1.0 200 \r\nVia: x\r\n\r\n")
        self.assertEqual(client.call("GET", FEEDS)[0], 200)
        proxy.fault(cut=9)
        self.assertEqual(self.connect().receive_all(), b"HTTP/1.1 ")
        proxy.fault(raw="nonsense\r\n\r\n")
        self.assertEqual(self.connect().receive_all(), b"nonsense\r\n\r\n")
        proxy.fault(status=407, body=b"x" * 10_000, close=True)
        self.assertEqual(len(self.connect().receive_all().partition(b"\r\n\r\n")[2]), 10_000)
        self.assertIn(" 502 ", self.head(self.connect(target="127.0.0.1:1")))
        proxy.fault(silent=True)
        client = self.connect()
        client.bare.settimeout(0.2)
        with self.assertRaises(OSError):
            client.bare.recv(1)
        self.assertTrue(proxy.wait_for(lambda p: not p.faults))
        client.close()
        with self.assertRaises(ValueError):
            proxy.fault(stauts=1)

    def test_ends_of_tunnels(self):
        for reset in (False, True):
            client = self.through()
            self.head(client)
            self.assertTrue(self.proxy.wait_for(lambda p: p.tunnels))
            self.proxy.drop_tunnels(reset=reset)
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(client.receive_all(), b"")
                self.assertFalse(reset)
            self.assertTrue(self.proxy.wait_for(lambda p: not p.tunnels))
            self.assertTrue(self.agent.wait_for(lambda a: not a.open_connections))
        self.proxy.fault(tunnel_limit=20, garbage=b"??")
        client = self.connect()
        self.head(client)
        client.send("GET", FEEDS)
        self.assertEqual(client.receive_all(), b"??HTTP/1.1 200 OK\r\nDat")

    def test_routes_and_stop(self):
        client = self.through(target="agent.example:443", routes={})
        self.assertIn(" 502 ", self.head(client))
        self.proxy.routes["agent.example:443"] = ("127.0.0.1", self.agent.port)
        client = self.connect(target="agent.example:443")
        self.assertIn(" 200 ", self.head(client))
        started = time.monotonic()
        self.proxy.stop()
        self.assertLess(time.monotonic() - started, 3)
