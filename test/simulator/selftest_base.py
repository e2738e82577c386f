# SPDX-License-Identifier: Apache-2.0
"""What the checks of the simulator stand on: a client of the Agent, a test case, and JWTs.

What it promises: a Client sends what it is told, sound or not; whatever a test case has started is
ended with it. The signatures are made by the `openssl` command, not by the code under test.
"""

import base64
import contextlib
import http.client
import itertools
import json
import os
import socket
import subprocess
import time
import unittest

from agent import Agent

FEEDS, DATAHOSE = "/agent/v5/datafeeds", "/agent/v5/events/read"
LEGACY = "/agent/v4/datafeed"
HEALTH, INFO = "/agent/v3/health/extended", "/agent/v1/info"
ABSENT = object()
SESSION, KEY = "/login/pubkey/authenticate", "/relay/pubkey/authenticate"
SESSION_AUTH, KEY_AUTH = "/sessionauth/v1/authenticate", "/keyauth/v1/authenticate"


def datahose_body(ack_id="", **members):
    """The body of a datahose read; a member that is ABSENT is left out."""
    body = {"type": "datahose", "tag": "hose", "eventTypes": ["MESSAGESENT"], "ackId": ack_id,
            **members}
    return {name: value for name, value in body.items() if value is not ABSENT}


class Client:
    """A good client of one connection; `bare` is its socket, for all that is not good."""

    trace_ids = itertools.count(100000)

    def __init__(self, agent, context=None, timeout=10, port=None, session=None):
        self.agent, self.port = agent, port or agent.port
        self.bare = socket.create_connection(("127.0.0.1", self.port), timeout)
        if context:
            try:
                self.bare = context.wrap_socket(self.bare, server_hostname="localhost",
                                                session=session)
            except BaseException:
                self.bare.close()
                raise

    def close(self):
        self.bare.close()

    def send(self, method, path, body=None, headers=(), omit=()):
        """Sends a request; `body` is JSON or bytes, `headers` replace, `omit` names some."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        given = {"Host": f"localhost:{self.port}", "sessionToken": self.agent.session_token,
                 "keyManagerToken": self.agent.km_token, "Accept": "application/json",
                 "User-Agent": "selftest", "X-Trace-Id": str(next(self.trace_ids))}
        if body is not None:
            given.update({"Content-Type": "application/json", "Content-Length": str(len(body))})
        given.update(headers)
        lines = [f"{method} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in given.items() if name not in omit]
        self.bare.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    def receive(self, method="POST"):
        """(status, headers, body) of a sound answer."""
        response = http.client.HTTPResponse(self.bare, method=method)
        try:
            response.begin()
            return response.status, response.headers, response.read()
        finally:
            response.close()

    def receive_all(self):
        """Every byte until the end of the connection."""
        parts = []
        while True:
            part = self.bare.recv(65536)
            if not part:
                return b"".join(parts)
            parts.append(part)

    def call(self, method, path, body=None, **options):
        """(status, parsed body)"""
        self.send(method, path, body, **options)
        status, _, text = self.receive(method)
        return status, json.loads(text) if text else None

    def sign_in(self, path, body=None, headers=(), omit=()):
        """A call to sign in; without a body: by certificate."""
        headers = {**({"Content-Length": "0"} if body is None else {}), **dict(headers)}
        return self.call("POST", path, body, headers=headers,
                         omit=("sessionToken", "keyManagerToken", *omit))

    def create(self, **body):
        return self.call("POST", FEEDS, body)

    def read(self, feed, ack_id=""):
        return self.call("POST", f"{FEEDS}/{feed}/read", {"ackId": ack_id})

    def send_read(self, feed, ack_id=""):
        self.send("POST", f"{FEEDS}/{feed}/read", {"ackId": ack_id})

    def datahose(self, ack_id="", **members):
        """A read of a datahose; the members replace those of a sound body."""
        return self.call("POST", DATAHOSE, datahose_body(ack_id, **members))

    def send_datahose(self, ack_id="", **members):
        self.send("POST", DATAHOSE, datahose_body(ack_id, **members))

    def create_legacy(self, **more):
        headers = {"Content-Length": "0", **more.pop("headers", {})}
        return self.call("POST", LEGACY + "/create", headers=headers, **more)

    def read_legacy(self, feed, **more):
        return self.call("GET", f"{LEGACY}/{feed}/read", **more)

    def send_read_legacy(self, feed):
        self.send("GET", f"{LEGACY}/{feed}/read")


class AgentCase(unittest.TestCase):
    """A test with Agents and clients that are ended with it; breaches fail it at its end."""

    def setUp(self):
        self.ends = contextlib.ExitStack()
        self.addCleanup(self.ends.close)
        self.settings = {"hold": 0.2}

    def start(self, **settings):
        self.agent = self.ends.enter_context(Agent(**{**self.settings, **settings}))
        return self.agent

    def client(self, agent=None, context=None, **more):
        return self.ends.enter_context(contextlib.closing(Client(agent or self.agent, context,
                                                                 **more)))

    def feed(self, **settings):
        """A started Agent with a feed and a client: what most checks begin with."""
        agent = self.start(**settings)
        return agent, self.client(), agent.create_feed().id

    def no_breaches(self):
        self.assertEqual(self.agent.breaches, [])


def coded(value):
    value = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(text, key, digest="sha512"):
    """The text with its signature, by openssl, as the third part."""
    done = subprocess.run(("openssl", "dgst", f"-{digest}", "-sign", key), input=text.encode(),
                          stdout=subprocess.PIPE, check=True)
    return f"{text}.{coded(done.stdout)}"


def jwt(key, user="bot", ahead=240, header=None, **claims):
    claims = {"sub": user, "exp": int(time.time()) + ahead, "jti": os.urandom(8).hex(), **claims}
    claims = {name: value for name, value in claims.items() if value is not None}
    return signed(f"{coded(header or {'alg': 'RS512'})}.{coded(claims)}", key)


def open_text(path):
    with open(path, encoding="ascii") as file:
        return file.read()
