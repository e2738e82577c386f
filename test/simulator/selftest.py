# SPDX-License-Identifier: Apache-2.0
"""Checks of the simulator itself: `make selftest`.

What it is for: a test is worth what its Agent is worth. Here the Agent is read with `http.client`
where the answer is sound, and with a bare socket where it is not. The checks of datahose and legacy
feed, of sign-in and of the proxy are in files of their own.

What it promises: half a minute, no network beyond the loopback address, nothing left behind; green
under `python3 -W error`. The TLS checks are skipped where the `openssl` command is missing.
"""

import contextlib
import http.client
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
import urllib.error
import urllib.request

from agent import Fault
import certificates
import events
from selftest_base import AgentCase, Client, FEEDS, jwt, open_text, SESSION, SESSION_AUTH
from tls import OP_IGNORE_UNEXPECTED_EOF

HERE = os.path.dirname(os.path.abspath(__file__))
FEED_ID = re.compile(r"^[^\s_]+_f(_[^\s_]+)?$")


class Behaviour(AgentCase):
    """The Agent without faults."""

    def test_create_list_delete(self):
        self.start()
        client = self.client()
        status, feed = client.create(tag="pump 1/2+ü", includeInvisible=True)
        self.assertEqual(status, 201)
        self.assertRegex(feed["id"], FEED_ID)
        self.assertEqual(feed["type"], "fanout")
        self.assertGreater(feed["createdAt"], 1600000000000)
        other = client.create()[1]
        self.assertEqual(client.call("GET", FEEDS), (200, [feed, other]))
        self.assertEqual(client.call("GET", FEEDS + "?tag=pump%201%2F2%2B%C3%BC"), (200, [feed]))
        self.assertEqual(client.call("GET", FEEDS + "?tag=none"), (200, []))
        self.assertEqual(client.call("DELETE", f"{FEEDS}/{feed['id']}"), (204, None))
        self.assertEqual(client.call("DELETE", f"{FEEDS}/{feed['id']}")[0], 400)
        self.assertEqual(list(self.agent.feeds), [other["id"]])
        kinds = [request.kind for request in self.agent.requests]
        self.assertEqual(kinds, ["create", "create", "list", "list", "list", "delete", "delete"])
        self.no_breaches()

    def test_create_without_body(self):
        self.start()
        client = self.client()
        status, _ = client.call("POST", FEEDS, headers={"Content-Length": "0"})
        self.assertEqual(status, 201)
        self.no_breaches()

    def test_tag_of_101_characters(self):
        self.start()
        client = self.client()
        self.assertEqual(client.create(tag="ü" * 100)[0], 201)
        self.assertEqual(client.create(tag="t" * 101)[0], 400)
        self.assertEqual(client.call("GET", FEEDS + "?tag=" + "t" * 101)[0], 400)

    def test_feed_limit(self):
        self.start()
        client = self.client()
        for _ in range(20):
            self.assertEqual(client.create()[0], 201)
        status, error = client.create()
        self.assertEqual((status, error["code"]), (403, 403))
        client.call("DELETE", f"{FEEDS}/{next(iter(self.agent.feeds))}")
        self.assertEqual(client.create()[0], 201)

    def test_acknowledge(self):
        agent, client, feed = self.feed()
        pushed = [{"n": n} for n in range(3)]
        agent.push(pushed[:2])
        _, first = client.read(feed)
        self.assertEqual(first["events"], pushed[:2])
        self.assertEqual(list(first), ["events", "ackId"])
        self.assertEqual(agent.outstanding(feed), pushed[:2])
        agent.push(pushed[2])
        _, second = client.read(feed, first["ackId"])
        self.assertEqual(second["events"], pushed[2:])
        self.assertEqual(agent.acknowledged, pushed[:2])
        self.assertEqual(agent.requests[-1].ack_id, first["ackId"])
        _, third = client.read(feed, second["ackId"])
        self.assertEqual(third["events"], [])
        self.assertEqual(agent.acknowledged, pushed)
        self.no_breaches()

    def test_unacknowledged_comes_back(self):
        agent, client, feed = self.feed(batch_limit=2)
        agent.push([{"n": n} for n in range(4)])
        _, first = client.read(feed)
        _, again = client.read(feed)
        self.assertEqual(again["events"], first["events"])
        _, second = client.read(feed, again["ackId"])
        self.assertEqual(second["events"], [{"n": 2}, {"n": 3}])
        _, repeat = client.read(feed, again["ackId"])  # that answer was lost, say
        self.assertEqual(repeat["events"], second["events"])
        client.read(feed, second["ackId"])  # the first answer was not lost after all
        self.assertEqual(agent.acknowledged, [{"n": n} for n in range(4)])
        self.assertEqual(agent.queued(feed), [])

    def test_requeue_after_a_time(self):
        agent, client, feed = self.feed(requeue=0.3, hold=5)
        waiting = self.client()
        agent.push({"n": 1})
        client.read(feed)
        agent.wait_for(lambda a: a.outstanding(feed))
        waiting.send_read(feed)  # gives back at once ...
        self.assertEqual(json.loads(waiting.receive()[2])["events"], [{"n": 1}])
        # ... but a poll that was there before has to wait for the time to pass.
        third, fourth = self.client(), self.client()
        ack_id = client.read(feed)[1]["ackId"]
        third.send_read(feed, ack_id)
        self.assertTrue(agent.wait_for(lambda a: len(a.acknowledged) == 1))
        fourth.send_read(feed)
        self.assertTrue(agent.wait_for(lambda a: a.feeds[feed].readers == 2))
        started = time.monotonic()
        agent.push({"n": 2})
        self.assertEqual(json.loads(third.receive()[2])["events"], [{"n": 2}])
        self.assertEqual(json.loads(fourth.receive()[2])["events"], [{"n": 2}])
        self.assertGreater(time.monotonic() - started, 0.2)

    def test_long_poll(self):
        agent, client, feed = self.feed(hold=0.4)
        started = time.monotonic()
        status, batch = client.read(feed)
        self.assertEqual((status, batch["events"]), (200, []))
        self.assertGreater(time.monotonic() - started, 0.35)
        self.assertEqual(client.read(feed, batch["ackId"])[0], 200)
        agent.hold = 10
        client.send_read(feed)
        self.assertTrue(agent.wait_for(lambda a: a.feeds[feed].readers))
        agent.push("{\"raw\": tru}")
        self.assertIn(b'[{"raw": tru}]', client.receive()[2])

    def test_unknown_ack_id_and_feed(self):
        agent, client, feed = self.feed()
        self.assertEqual(client.read(feed, "nonsense")[0], 400)
        self.assertEqual(client.read("bot_f_none")[0], 400)
        self.no_breaches()

    def test_feed_lifetime(self):
        agent, client, feed = self.feed(feed_ttl=60, hold=0)
        for _ in range(3):
            agent.feeds[feed].last_read -= 40
            self.assertEqual(client.read(feed)[0], 200)
        agent.feeds[feed].last_read -= 61
        self.assertEqual(client.read(feed)[0], 400)
        self.assertEqual(agent.feeds, {})

    def test_expire_ends_polls(self):
        agent, client, feed = self.feed(hold=10)
        client.send_read(feed)
        agent.wait_for(lambda a: a.feeds[feed].readers)
        agent.expire_feeds()
        self.assertEqual(client.receive()[0], 400)

    def test_tokens(self):
        with tempfile.TemporaryDirectory() as directory:
            agent = self.start(tokens_directory=directory)
            client = self.client()
            paths = [os.path.join(directory, name) for name in ("session-token", "km-token")]
            self.assertEqual([os.stat(path).st_mode & 0o777 for path in paths], [0o600] * 2)
            old = agent.session_token
            self.assertGreater(len(old), 700)
            agent.revoke_tokens()
            with open(paths[0], encoding="ascii") as file:
                self.assertEqual(file.read(), agent.session_token + "\n")
            status, error = client.call("GET", FEEDS, headers={"sessionToken": old})
            self.assertEqual((status, error["code"]), (401, 401))
            self.assertEqual(client.call("GET", FEEDS, omit=["keyManagerToken"])[0], 200)
            agent.require_km_token = True
            self.assertEqual(client.call("GET", FEEDS, omit=["keyManagerToken"])[0], 401)
            self.assertEqual(client.call("GET", FEEDS)[0], 200)
            self.no_breaches()

    def test_other_paths_and_methods(self):
        self.start()
        client = self.client()
        self.assertEqual(client.call("GET", "/agent/v1/nothing")[0], 404)
        self.assertEqual(client.call("DELETE", FEEDS)[0], 405)
        self.assertEqual(client.call("GET", FEEDS + "/a_f_b")[0], 405)
        client.send("GET", FEEDS + "/a_f_b/read")
        status, headers, _ = client.receive()
        self.assertEqual((status, headers["Allow"]), (405, "POST"))
        self.assertEqual(len(self.agent.connections), 1)
        self.assertEqual([r.number for r in self.agent.requests], [1, 2, 3, 4])

    def test_queue_of_each_feed_and_tag(self):
        agent = self.start()
        agent.push_to_new_feeds({"n": 0})
        one, two = agent.create_feed(tag="one").id, agent.create_feed(tag="two").id
        self.assertEqual(agent.push({"n": 1}), 2)
        self.assertEqual(agent.push({"n": 2}, tag="two"), 1)
        self.assertEqual(agent.push({"n": 3}, tag="none"), 0)
        client = self.client()
        self.assertEqual(client.read(one)[1]["events"], [{"n": 0}, {"n": 1}])
        self.assertEqual(client.read(two)[1]["events"], [{"n": 1}, {"n": 2}])

    def test_client_hangs_up(self):
        agent, client, feed = self.feed(hold=10)
        client.send_read(feed)
        agent.wait_for(lambda a: a.feeds[feed].readers)
        client.close()
        self.assertTrue(agent.wait_for(lambda a: a.requests[-1].peer_closed))
        agent.push({"n": 1})
        self.assertEqual(self.client().read(feed)[1]["events"], [{"n": 1}])
        self.assertEqual(agent.counters["events_requeued"], 0)

    def test_hang_up_unnoticed(self):
        agent, client, feed = self.feed(hold=10, notice_hangup=False)
        client.send_read(feed)
        agent.wait_for(lambda a: a.feeds[feed].readers)
        client.close()
        agent.wait_for(lambda a: a.connections[0].peer_closed, 0.2)
        agent.push({"n": 1})
        self.assertTrue(agent.wait_for(lambda a: a.outstanding(feed)))
        self.assertEqual(self.client().read(feed)[1]["events"], [{"n": 1}])
        self.assertEqual(agent.counters["events_requeued"], 1)

    def test_acknowledge_and_hang_up(self):
        agent, client, feed = self.feed(hold=10)
        agent.push({"n": 1})
        _, batch = client.read(feed)
        client.send_read(feed, batch["ackId"])
        client.close()
        self.assertTrue(agent.wait_for(lambda a: a.acknowledged == [{"n": 1}]))
        self.no_breaches()

    def test_drop_connections(self):
        for reset in (False, True):
            agent, client, feed = self.feed(hold=10)
            client.send_read(feed)
            agent.wait_for(lambda a, feed=feed: a.feeds[feed].readers)
            agent.drop_connections(reset=reset)
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(client.receive_all(), b"")
                self.assertFalse(reset)
            self.assertTrue(agent.wait_for(lambda a: not a.open_connections))

    def test_idle_connection_is_closed(self):
        self.start(idle_timeout=0.1)
        self.assertEqual(self.client().receive_all(), b"")

    def test_ten_thousand_events_at_once(self):
        agent, client, feed = self.feed()
        agent.push(list(itertools.islice(events.stream_of(1), 10000)))
        started = time.monotonic()
        batch = client.read(feed)[1]
        self.assertEqual(len(batch["events"]), 10000)
        self.assertLess(time.monotonic() - started, 5)
        client.read(feed, batch["ackId"])
        self.assertEqual(len(agent.acknowledged), 10000)

    def test_stop_ends_everything(self):
        agent, client, feed = self.feed(hold=60)
        client.send_read(feed)
        agent.wait_for(lambda a: a.feeds[feed].readers)
        started = time.monotonic()
        agent.stop()
        self.assertLess(time.monotonic() - started, 3)
        self.assertEqual(agent.open_connections, [])
        with self.assertRaises(ConnectionRefusedError):
            Client(agent)


class Strictness(AgentCase):
    """Each breach is noted, and only that one."""

    def breach(self, text, *arguments, status=None, **options):
        self.start()
        client = self.client()
        client.send(*arguments, **options)
        answered = client.receive(arguments[0])[0]
        self.assertRegex("\n".join(self.agent.breaches), text)
        self.assertEqual(len(self.agent.breaches), 1, self.agent.breaches)
        if status:
            self.assertEqual(answered, status)

    def test_headers(self):
        cases = (
            ("Host is 'other'", {"Host": "other"}, ()),
            ("no Host", {}, ["Host"]),
            ("Accept is None", {}, ["Accept"]),
            ("no User-Agent", {}, ["User-Agent"]),
            ("X-Trace-Id is ''", {}, ["X-Trace-Id"]),
            ("X-Trace-Id is 'abc'", {"X-Trace-Id": "abc"}, ()),
            ("Accept-Encoding is 'gzip'", {"Accept-Encoding": "gzip"}, ()),
            ("Content-Type without", {"Content-Type": "application/json"}, ()),
            ("more than one Host", {"host": "localhost"}, ()),
            ("control", {"X-Odd": "a\x01b"}, ()),
            ("Expect", {"Expect": "100-continue"}, ()),
        )
        for text, headers, omit in cases:
            with self.subTest(text):
                self.breach(text, "GET", FEEDS, headers=headers, omit=omit, status=200)

    def test_bodies(self):
        cases = (
            ("not JSON", b'{"tag":', 400), ("not JSON", b'{"tag":"\xff"}', 400),
            ("not a JSON object", b"[]", 400), ("'colour' is not one", b'{"colour":1}', 201),
            ("tag is 5", b'{"tag":5}', 400), ("given twice", b'{"tag":"a","tag":"b"}', 201),
        )
        for text, body, status in cases:
            with self.subTest(text):
                self.breach(text, "POST", FEEDS, body, status=status)

    def test_framing(self):
        self.breach("without Content-Length", "POST", FEEDS, status=201)
        self.breach("bad Content-Length", "POST", FEEDS, b"{}", status=400,
                    headers={"content-length": "2"})
        self.breach("Transfer-Encoding", "POST", FEEDS, status=411,
                    headers={"Transfer-Encoding": "chunked"})
        self.breach("Content-Type None", "POST", FEEDS, b"{}", omit=["Content-Type"], status=415)
        self.breach("GET with a body", "GET", FEEDS, b"{}", status=200)
        self.breach("before its answer", "POST", FEEDS, b"{}GET", status=201,
                    headers={"Content-Length": "2"})
        self.breach("percent", "GET", FEEDS + "?tag=%zz")
        self.breach("'page' is not one", "GET", FEEDS + "?page=1", status=200)

    def test_bare_line_feeds(self):
        self.start()
        client = self.client()
        client.bare.sendall(f"GET {FEEDS} HTTP/1.1\nHost: localhost\n\n".encode())
        self.assertEqual(client.receive()[0], 401)
        self.assertRegex(self.agent.breaches[0], "CRLF CRLF")

    def test_request_lines(self):
        for line in (b"GET / HTTP/1.0", b"get / HTTP/1.1", b"GET  / HTTP/1.1", b"GET /a b HTTP/1.1",
                     b"GET http://localhost/ HTTP/1.1", b"\r\nGET / HTTP/1.1"):
            self.start()
            client = self.client()
            client.bare.sendall(line + b"\r\n\r\n")
            self.assertEqual(client.receive()[0], 400, line)
            self.assertRegex(self.agent.breaches[0], "request line", line)

    def test_trace_id_twice(self):
        self.start()
        client = self.client()
        for _ in range(2):
            client.call("GET", FEEDS, headers={"X-Trace-Id": "aaaaaa"})
        self.assertRegex(self.agent.breaches[0], "used before")

    def test_half_a_request(self):
        self.start()
        client = self.client()
        client.bare.sendall(b"GET /agent")
        client.close()
        self.assertTrue(self.agent.wait_for(lambda a: a.breaches))


class Lenient(AgentCase):
    """What real servers take is no breach, and is answered, where the Agent is not strict."""

    def setUp(self):
        super().setUp()
        self.settings["strict"] = False

    def takes(self, status, method, path, body=None, **options):
        """A request is answered like this, and is no breach; the answer's value."""
        self.start()
        answered, value = self.client().call(method, path, body, **options)
        self.assertEqual((answered, self.agent.breaches), (status, []), value)
        return value

    def test_headers(self):
        for headers, omit in (
                ({"Host": "agent.example"}, ()), ({}, ["Accept", "User-Agent", "X-Trace-Id"]),
                ({"Accept-Encoding": "gzip, deflate, br"}, ()), ({"Cookie": "a=1"}, ()),
                ({"Content-Type": "application/json"}, ()), ({"Connection": "Keep-Alive"}, ()),
                ({"keep-alive": "timeout=5", "cache-control": "no-cache"}, ())):
            with self.subTest(headers):
                self.takes(200, "GET", FEEDS + "?page=1", headers=headers, omit=omit)

    def test_names_of_headers_in_small_letters(self):
        self.start()
        token = self.agent.session_token
        self.takes_raw(200, f"GET {FEEDS} HTTP/1.1\r\nhost: a\r\nsessiontoken: {token}\r\n\r\n")

    def test_null_and_unknown_members(self):
        for body in ({"tag": None}, {"tag": "a", "includeInvisible": None}, {"colour": 1}, {}):
            with self.subTest(body):
                self.takes(201, "POST", FEEDS, body)
        agent, client, feed = self.feed()
        self.assertEqual(client.call("POST", f"{FEEDS}/{feed}/read", {
            "ackId": None, "updatePresence": None})[0], 200)
        self.assertEqual(client.datahose(None, scopes=None, updatePresence=None)[0], 200)
        self.no_breaches()
        self.assertEqual(client.datahose(tag=None)[0], 400)
        self.assertEqual(client.datahose(eventTypes=None)[0], 400)
        self.assertRegex(agent.breaches[0], "tag is missing")

    def test_content_types(self):
        for value in ("application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
            self.takes(201, "POST", FEEDS, {"tag": "a"}, headers={"Content-Type": value})
        self.takes(201, "POST", FEEDS, headers={"Content-Type": "application/json",
                                                "Content-Length": "0"})
        self.takes(201, "POST", FEEDS)

    def test_a_body_of_another_type(self):
        self.start()
        self.assertEqual(self.client().call("POST", FEEDS, b"{}", headers={
            "Content-Type": "text/plain"})[0], 415)
        self.assertRegex(self.agent.breaches[0], "Content-Type 'text/plain'")

    def takes_raw(self, status, text, agent=None):
        """The same of bytes; the client."""
        client = self.client(agent)
        client.bare.sendall(text.encode())
        answered, _, body = client.receive()
        self.assertEqual((answered, self.agent.breaches), (status, []), body)
        return client

    def head(self, *lines):
        return "\r\n".join((f"POST {FEEDS} HTTP/1.1", "Host: localhost", "Content-Type: application/json",
                            f"sessionToken: {self.agent.session_token}", *lines, "", ""))

    def test_chunks(self):
        self.start()
        head = self.head("Transfer-Encoding: chunked")
        for body in ('7\r\n{"tag":\r\n4;a=b\r\n"a"}\r\n0\r\n\r\n',
                     '00B\r\n{"tag":"a"}\r\n0\r\nX-Trailer: 1\r\n\r\n'):
            client = self.takes_raw(201, head + body)
            self.assertEqual(client.read(next(iter(self.agent.feeds)))[0], 200)
            self.assertEqual([feed.tag for feed in self.agent.feeds.values()], ["a"])
            self.agent.expire_feeds()

    def test_bad_chunks(self):
        for body in ("x\r\n", "-1\r\n", "fffffff\r\n", "1\r\n{\r\n100000\r\n"):
            with self.subTest(body):
                self.start()
                client = self.client()
                client.bare.sendall((self.head("Transfer-Encoding: chunked") + body).encode())
                self.assertEqual(client.receive()[0], 400)
                self.assertRegex(self.agent.breaches[0], "size of a chunk")
        for lines in (["Transfer-Encoding: gzip, chunked"],
                      ["Transfer-Encoding: chunked", "Content-Length: 2"]):
            self.start()
            client = self.client()
            client.bare.sendall(self.head(*lines).encode())
            self.assertEqual(client.receive()[0], 400)
            self.assertRegex(self.agent.breaches[0], "Transfer-Encoding is")

    def test_half_a_body_in_chunks(self):
        for body in ("", "5\r\n{", "2\r\n{}", "2\r\n{}\r\n0\r\n"):
            self.start()
            client = self.client()
            client.bare.sendall((self.head("Transfer-Encoding: chunked") + body).encode())
            client.close()
            self.assertTrue(self.agent.wait_for(lambda a: a.breaches))
            self.assertRegex(self.agent.breaches[0], "within its body")

    def test_expect(self):
        self.start()
        client = self.client()
        client.bare.sendall(self.head("Content-Length: 2", "Expect: 100-continue").encode())
        self.assertEqual(client.bare.recv(25), b"HTTP/1.1 100 Continue\r\n\r\n")
        client.bare.sendall(b"{}")
        self.assertEqual(client.receive()[0], 201)
        self.no_breaches()

    def test_request_lines(self):
        self.start()
        for line, keeps in (("/agent/v1/info HTTP/1.0", False),
                            ("/agent/v1/info HTTP/1.0\r\nConnection: keep-alive", True),
                            ("http://localhost:1/agent/v1/info HTTP/1.1", True)):
            with self.subTest(line):
                client = self.takes_raw(200, f"GET {line}\r\nHost: a\r\n\r\n")
                if keeps:
                    self.assertEqual(client.call("GET", "/agent/v1/info")[0], 200)
                else:
                    self.assertEqual(client.bare.recv(1), b"")

    def test_breaches_are_breaches(self):
        for text, status, lines in (
                ("no Host", 200, ["GET /agent/v1/info HTTP/1.1"]),
                ("more than one sessionToken", 200,
                 ["GET /agent/v1/info HTTP/1.1", "Host: a", "sessionToken: a", "sessionToken: b"]),
                ("not a header line", 400, ["GET /agent/v1/info HTTP/1.1", "Host : a"]),
                ("not a request line", 400, ["get /agent/v1/info HTTP/1.1", "Host: a"])):
            with self.subTest(text):
                self.start()
                client = self.client()
                client.bare.sendall("\r\n".join((*lines, "", "")).encode())
                self.assertEqual(client.receive("GET")[0], status)
                self.assertRegex(self.agent.breaches[0], text)


class SessionInfo(AgentCase):
    """The user of a session, which real clients ask for after they have signed in."""

    def test_the_bot_of_the_files(self):
        self.start(user="bot-7")
        client = self.client()
        status, user = client.call("GET", "/pod/v2/sessioninfo", omit=("keyManagerToken",))
        self.assertEqual((status, user["username"]), (200, "bot-7"))
        self.assertIs(type(user["id"]), int)
        self.assertEqual(client.call("GET", "/pod/v2/sessioninfo"), (200, user))
        self.no_breaches()

    def test_refused(self):
        self.start()
        client = self.client()
        for headers, omit in (({"sessionToken": "x"}, ()), ({}, ("sessionToken",))):
            self.assertEqual(client.call("GET", "/pod/v2/sessioninfo", headers=headers, omit=omit)[0],
                             401)
        self.assertEqual(self.agent.counters["unauthorized"], 2)
        self.agent.fault(on="session_info", status=503)
        self.assertEqual(client.call("GET", "/pod/v2/sessioninfo")[0], 503)
        self.assertEqual(client.call("POST", "/pod/v2/sessioninfo", b"{}")[0], 405)

    def test_it_is_the_pod_who_knows(self):
        self.start(separate_hosts=True)
        self.assertEqual(self.client().call("GET", "/pod/v2/sessioninfo")[0], 404)
        self.assertEqual(self.client(port=self.agent.pod_port).call(
            "GET", "/pod/v2/sessioninfo")[0], 200)


class Faults(AgentCase):
    """Each fault field does what the top of agent.py says."""

    def whole(self, **effects):
        """All bytes of a read's answer under a fault, with Connection: close."""
        agent, client, feed = self.feed()
        agent.push({"n": 1})
        agent.fault(on="read", connection="close", **effects)
        client.send_read(feed)
        answer = client.receive_all()
        self.head, _, self.body = answer.partition(b"\r\n\r\n")
        return answer

    def test_queue_of_faults(self):
        agent, client, feed = self.feed(hold=0)
        agent.fault(on="read", status=503, times=2, skip=1)
        agent.fault(on="read", status=429, headers=[["Retry-After", "7"]])
        forever = agent.fault(on="list", status=500, times=-1)
        self.assertEqual([client.read(feed)[0] for _ in range(5)], [200, 503, 503, 429, 200])
        self.assertEqual([client.call("GET", FEEDS)[0] for _ in range(3)], [500] * 3)
        self.assertEqual(forever.used, 3)
        agent.clear_faults()
        self.assertEqual(client.call("GET", FEEDS)[0], 200)
        self.assertEqual(agent.requests_of("read")[1].status, 503)
        agent.fault(status=502)
        self.assertEqual(client.create()[0], 502)
        self.no_breaches()

    def test_replaced_answer_with_and_without_processing(self):
        agent, client, feed = self.feed()
        agent.push({"n": 1})
        agent.fault(on="read", body="<html>busy</html>", headers=[["Content-Type", "text/html"]])
        client.send_read(feed)
        status, headers, body = client.receive()
        self.assertEqual((status, headers["Content-Type"], body),
                         (200, "text/html", b"<html>busy</html>"))
        self.assertEqual(agent.outstanding(feed), [])
        agent.fault(on="read", status=500, instead_of_processing=False)
        self.assertEqual(client.read(feed)[0], 500)
        self.assertEqual(agent.outstanding(feed), [{"n": 1}])

    def test_reason_headers_raw_and_garbage(self):
        self.assertTrue(self.whole(reason="Gut so").startswith(b"HTTP/1.1 200 Gut so\r\n"))
        self.whole(headers=[["Content-Length", "5"], ["Content-Length", "6"], ["Date", None]])
        self.assertEqual(self.head.count(b"Content-Length"), 2)
        self.assertNotIn(b"Date", self.head)
        self.assertEqual(self.whole(raw="HTTP/1.1 200\n\nodd"), b"HTTP/1.1 200\n\nodd")
        self.assertEqual(self.whole(raw={"base64": "/w=="}), b"\xff")
        self.assertTrue(self.whole(garbage_after="HTTP/1.1 200 OK\r\n").endswith(b"}HTTP/1.1 200 OK"
                                                                                 b"\r\n"))

    def test_bytes_that_nobody_asked_for(self):
        """They come on the connection that is kept, unless a request is there first."""
        said = "HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n"
        agent, client, feed = self.feed(hold=0)
        agent.fault(on="read", unasked=[0, said])
        client.send_read(feed)
        came = b""
        while not came.endswith(b"}" + said.encode()):
            came += client.bare.recv(65536)
        self.assertTrue(agent.wait_for(lambda a: a.counters["unasked"] == 1))
        agent.fault(on="read", unasked=[60, said])
        self.assertEqual(client.read(feed)[0], 200)
        client.close()
        self.assertTrue(agent.wait_for(lambda a: not a.open_connections))
        self.assertEqual(agent.counters["unasked"], 1)

    def test_cuts(self):
        whole = self.whole()
        self.assertEqual(self.whole(cut=9), b"HTTP/1.1 ")
        self.assertEqual(self.whole(cut=0), b"")
        self.assertEqual(len(self.whole(cut=-1)), len(whole) - 1)
        self.whole(cut_body=5)
        self.assertEqual(self.body, b'{"eve')
        self.whole(cut_body=-2)
        self.assertEqual(self.body[-1:] + b'"}', self.body[-1:] + whole[-2:])
        self.assertIsNone(self.agent.requests[-1].status)

    def test_no_answer(self):
        self.assertEqual(self.whole(close_before=True), b"")
        with self.assertRaises(ConnectionResetError):
            self.whole(reset=True)
        with self.assertRaises(ConnectionResetError):
            self.whole(cut=20, reset=True)
        agent, client, feed = self.feed()
        agent.fault(on="read", silent=True)
        client.send_read(feed)
        client.bare.settimeout(0.3)
        with self.assertRaises(TimeoutError if sys.version_info >= (3, 10) else socket.timeout):
            client.bare.recv(1)
        client.close()
        self.assertTrue(agent.wait_for(lambda a: a.requests[-1].peer_closed))

    def test_delay_and_dribble(self):
        started = time.monotonic()
        whole = self.whole(delay=0.2)
        self.assertGreater(time.monotonic() - started, 0.2)
        self.assertEqual(len(self.whole(dribble=[1, 0])), len(whole))
        started = time.monotonic()
        self.whole(dribble=[100, 0.1])
        self.assertGreater(time.monotonic() - started, 0.19)

    def test_framings(self):
        agent, client, feed = self.feed()
        agent.push({"n": 1})
        agent.fault(on="read", framing="chunked", chunk_sizes=[1, 2, 3], chunk_extensions=True,
                    trailers=[["X-Sum", "1"]], interim=1)
        batch = client.read(feed)[1]
        self.assertEqual(batch["events"], [{"n": 1}])
        agent.fault(on="read", framing="close")
        client.send_read(feed)
        self.assertIn(b'{"n":1}', client.receive_all())
        self.whole(framing="chunked", chunk_sizes=[16], chunk_extensions=";a=b",
                   trailers=[["X-Sum", "1"]])
        self.assertTrue(self.body.startswith(b'10;a=b\r\n{"events":[{"n":'))
        self.assertTrue(self.body.endswith(b"\r\n0;a=b\r\nX-Sum: 1\r\n\r\n"))
        self.assertNotIn(b"Content-Length", self.head)
        answer = self.whole(interim=2)
        self.assertTrue(answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103"))

    def test_header_bomb(self):
        usual = len(self.whole())
        for size in (16, 100, 1000, 70000):
            self.assertEqual(len(self.whole(extra_headers_bytes=size)), usual + size)

    def test_members_of_a_batch(self):
        self.whole(drop_ack_id=True)
        self.assertEqual(self.body, b'{"events":[{"n":1}]}')
        self.whole(ack_id=None)
        self.assertEqual(self.body, b'{"events":[{"n":1}],"ackId":null}')
        self.whole(ack_id=7, member_order="ack_first")
        self.assertEqual(self.body, b'{"ackId":7,"events":[{"n":1}]}')
        self.whole(ack_id="a", member_order="both_around")
        self.assertEqual(self.body, b'{"ackId":"a","events":[{"n":1}],"ackId":"a"}')
        self.whole(events=[None])
        self.assertTrue(self.body.startswith(b'{"events":[null],"ackId":"'))
        self.assertEqual(self.agent.outstanding(next(iter(self.agent.feeds))), [])
        self.whole(drop_events=True)
        self.assertTrue(self.body.startswith(b'{"ackId":"'))
        self.whole(unknown_members=True)
        self.assertEqual(list(json.loads(self.body)),
                         ["meta", "events", "between", "ackId", "after"])

    def test_odd_ack_id_works(self):
        agent, client, feed = self.feed()
        agent.push({"n": 1})
        agent.fault(on="read", ack_id="x" * 5000 + "\"\\\u00fc")
        client.read(feed, client.read(feed)[1]["ackId"])
        self.assertEqual(agent.acknowledged, [{"n": 1}])

    def test_status_without_body(self):
        agent, client, feed = self.feed()
        agent.fault(on="read", status=204)
        self.assertEqual(client.read(feed), (204, None))
        agent.fault(on="read", status=503)
        self.assertEqual(client.read(feed)[1]["code"], 503)

    def test_connection_faults(self):
        agent = self.start()
        agent.fault(on="connect", reset=True)
        with self.assertRaises(ConnectionResetError):
            self.client().bare.recv(1)
        agent.fault(on="connect", close_before=True)
        self.assertEqual(self.client().receive_all(), b"")
        self.assertEqual(self.client().call("GET", FEEDS)[0], 200)

    def test_refuse(self):
        agent = self.start()
        agent.fault(on="connect", refuse=0.4)
        with self.assertRaises(ConnectionRefusedError):
            self.client()
        self.assertTrue(agent.wait_for(lambda a: a.is_listening()))
        self.assertEqual(self.client().call("GET", FEEDS)[0], 200)
        agent.fault(on="connect", refuse=-1, skip=1)
        self.assertEqual(self.client().call("GET", FEEDS)[0], 200)
        self.assertTrue(agent.wait_for(lambda a: not a.is_listening()))
        with self.assertRaises(ConnectionRefusedError):
            self.client()
        agent.clear_faults()
        self.assertEqual(self.client().call("GET", FEEDS)[0], 200)

    def test_wrong_faults_are_told(self):
        for wrong in ({"on": "reed", "status": 1}, {"on": "read"}, {"stauts": 500},
                      {"on": "connect", "status": 500}, {"framing": "none"},
                      {"on": "connect", "tls": "certificate"}):
            with self.assertRaises(ValueError, msg=wrong):
                Fault(**wrong)


@unittest.skipUnless(shutil.which("openssl"), "no openssl command")
class Tls(AgentCase):
    """Certificates, TLS settings and TLS faults."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.made = certificates.create(cls.directory.name)
        cls.rsa = certificates.create_more(cls.directory.name, "rsa")
        cls.authority = certificates.ca_path(cls.directory.name)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def setUp(self):
        super().setUp()
        chain, key = self.made["good"]
        self.settings.update(certificate=chain, key=key,
                             certificates={**self.made, **self.rsa})
        self.context = ssl.create_default_context(cafile=self.authority)
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.options &= ~OP_IGNORE_UNEXPECTED_EOF

    def test_good_certificates(self):
        agent = self.start()
        self.assertEqual(agent.url, f"https://localhost:{agent.port}/agent")
        for name in ("good", "good-rsa"):
            agent.fault(on="connect", tls=f"certificate:{name}")
            self.assertEqual(self.client(context=self.context).create()[0], 201)
        connection = agent.connections[-1]
        self.assertEqual((connection.alpn, connection.server_name, connection.resumed),
                         ("http/1.1", "localhost", False))
        self.no_breaches()

    def test_bad_certificates(self):
        agent = self.start()
        reasons = {"wrong-name": "mismatch", "unknown-authority": "issuer", "expired": "expired",
                   "not-yet-valid": "not yet valid"}
        for name, reason in reasons.items():
            agent.fault(on="connect", tls=f"certificate:{name}")
            with self.assertRaisesRegex(ssl.SSLCertVerificationError, reason):
                self.client(context=self.context)

    def test_reuse_of_the_directory(self):
        before = os.stat(self.authority).st_mtime_ns
        self.assertEqual(certificates.create(self.directory.name), self.made)
        self.assertEqual(os.stat(self.authority).st_mtime_ns, before)
        self.assertEqual(len(certificates.pin(self.made["good"][0])), 44)
        self.assertEqual(os.stat(self.made["good"][1]).st_mode & 0o777, 0o600)

    def test_versions(self):
        for version, name in (("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")):
            agent = self.start(tls_minimum=version, tls_maximum=version, session_tickets=False)
            self.client(context=self.context).create()
            self.assertEqual(agent.connections[0].tls_version, name)

    def test_resumption(self):
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        agent = self.start()
        first = self.client(context=self.context)
        first.create()
        again = socket.create_connection(("127.0.0.1", agent.port))
        with self.context.wrap_socket(again, server_hostname="localhost",
                                      session=first.bare.session):
            self.assertTrue(agent.wait_for(lambda a: a.counters["resumed"] == 1))

    def test_handshake_faults(self):
        agent = self.start()
        for name in ("close_in_handshake", "garbage", "alert"):
            agent.fault(on="connect", tls=name)
            with self.assertRaises(OSError, msg=name):
                self.client(context=self.context)
        agent.fault(on="connect", tls="silent")
        sock = socket.create_connection(("127.0.0.1", agent.port), 0.3)
        with self.assertRaises(OSError):
            self.context.wrap_socket(sock, server_hostname="localhost")
        sock.close()
        self.assertTrue(agent.wait_for(lambda a: not a.open_connections))
        self.assertEqual(self.client(context=self.context).create()[0], 201)
        with self.assertRaises(ValueError):
            agent.fault(on="connect", tls="certificate:none")

    def test_close_notify(self):
        agent = self.start()
        for goodbye in (True, False):
            agent.fault(framing="close", close_notify=goodbye)
            sock = socket.create_connection(("127.0.0.1", agent.port), 5)
            client = self.client(context=self.context)
            client.bare.close()
            client.bare = self.context.wrap_socket(sock, server_hostname="localhost",
                                                   suppress_ragged_eofs=False)
            client.send("GET", FEEDS)
            if goodbye:
                self.assertIn(b"[]", client.receive_all())
            else:
                with self.assertRaisesRegex(ssl.SSLError, "(?i)eof"):
                    client.receive_all()

    def test_polls_drops_and_hang_ups(self):
        agent = self.start(hold=10)
        feed = agent.create_feed().id
        client = self.client(context=self.context)
        client.send_read(feed)
        agent.wait_for(lambda a: a.feeds[feed].readers)
        agent.push(events.sized(3_000_000))
        self.assertGreater(len(client.receive()[2]), 3_000_000)
        client.send_read(feed)
        client.receive()
        agent.wait_for(lambda a: a.counters["answers"] == 2)
        client.bare.unwrap().close()
        self.assertTrue(agent.wait_for(lambda a: a.connections[0].clean_close))
        agent.drop_connections()
        self.assertTrue(agent.wait_for(lambda a: not a.open_connections))

    def test_missing_openssl(self):
        with tempfile.TemporaryDirectory() as directory:
            with unittest.mock.patch.dict(os.environ, PATH=directory):
                with self.assertRaisesRegex(certificates.CertificateError, "not installed"):
                    certificates.create_more(directory, "rsa")
            self.assertEqual(self.roots(directory), 1)
            certificates.create_more(directory, "rsa")
            self.assertEqual(self.roots(directory), 2)

    def roots(self, directory):
        with open(certificates.ca_path(directory), encoding="ascii") as file:
            return file.read().count("BEGIN CERTIFICATE")

    def test_what_openssl_says_of_our_der(self):
        """Its own DER of each certificate and key is ours, and each chain is sound."""
        for group in (certificates.create(self.directory.name), self.rsa):
            for chain, key in group.values():
                for command, path in (("x509", chain), ("pkey", key)):
                    with open(path, encoding="ascii") as file:
                        ours = file.read()
                    theirs = subprocess.run(("openssl", command, "-in", path), check=True,
                                            stdout=subprocess.PIPE, text=True).stdout
                    self.assertTrue(ours.startswith(theirs), path)
        chain = self.rsa["good-rsa"][0]
        for files in ((self.made["good"][0],), ("-untrusted", chain, chain)):
            subprocess.run(("openssl", "verify", "-x509_strict", "-CAfile", certificates.ca_path(
                self.directory.name), *files), check=True, stdout=subprocess.DEVNULL)


class Events(unittest.TestCase):
    """Generated events have the promised shapes."""

    def test_every_type(self):
        for type, member in events.TYPES.items():
            for seed in range(50):
                event = events.generate(type, random.Random(seed), nulls=seed % 5 == 4)
                self.assertEqual(list(event["payload"]), [member])
                self.assertEqual(json.loads(events.to_json(event, ascii=True)), event)
                self.assertEqual(event, events.generate(type, random.Random(seed),
                                                        nulls=seed % 5 == 4))

    def test_variety(self):
        texts = [events.to_json(event) for event in itertools.islice(events.stream_of(7), 3000)]
        everything = "\n".join(texts)
        for shape in ("data-format='Pres", 'data-format=\\"Pres', "user.mention", "hashtag",
                      "security.id.ticker", "com.symphony.emoji", "formStream",
                      "==5454", '=="', "/", "+", "👍", "futureMember", "9223372036854775807",
                      ":null", "check-box", "attachments", "👩‍🔧"):
            self.assertIn(shape, everything)
        self.assertEqual({json.loads(text)["type"] for text in texts}, set(events.TYPES))
        self.assertEqual(texts[:50], [events.to_json(event) for event in
                                      itertools.islice(events.stream_of(7), 50)])
        self.assertTrue(any(json.loads(text)["initiator"] and json.loads(text)["initiator"]["user"]
                            ["userId"] > 2**53 for text in texts))

    def test_data_is_json_in_a_string(self):
        for seed in range(100):
            event = events.generate("MESSAGESENT", random.Random(seed))
            message = event["payload"]["messageSent"]["message"]
            data = json.loads(message["data"])
            for key in data:
                self.assertRegex(message["message"], f"data-entity-id=(['\"]){key}\\1")

    def test_sizes(self):
        for nbytes in (1500, 4096, 100_000, 2_000_000):
            for ascii in (False, True):
                text = events.to_json(events.sized(nbytes, ascii=ascii), ascii)
                self.assertEqual(len(text.encode()), nbytes)

    def test_options(self):
        rng = random.Random(1)
        event = events.generate("MESSAGESENT", rng, text="a < b", quote="'", id_form="suffixed",
                                timestamp=5, unknown_members=True)
        message = event["payload"]["messageSent"]["message"]
        self.assertTrue(message["message"].endswith("class='wysiwyg'>a &lt; b</div>"))
        self.assertTrue(message["messageId"].endswith("==5454"))
        self.assertEqual((event["timestamp"], "futureMember" in event), (5, True))
        with self.assertRaises(ValueError):
            events.generate("NOSUCHTYPE", rng)


class CommandLine(unittest.TestCase):
    """`python3 test/simulator`, driven as a shell script would."""

    def run_simulator(self, *arguments):
        command = [sys.executable, "-W", "error", HERE, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def order(self, path, value=None):
        data = None if value is None else json.dumps(value).encode()
        with urllib.request.urlopen(self.ready["control"] + path, data, timeout=10) as answer:
            return json.load(answer)

    def call(self, method, path, body=None):
        """One call with the token of the file, as a client that knows only the printed line."""
        with open(self.ready["session_token_file"], encoding="ascii") as file:
            token = file.readline().strip()
        address = self.ready["agent"].partition("//")[2].partition("/")[0]
        connection = http.client.HTTPConnection(address, timeout=10)
        with contextlib.closing(connection):
            headers = {"sessionToken": token, "Content-Type": "application/json"}
            connection.request(method, "/agent/v5/datafeeds" + path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")

    def test_a_session(self):
        with tempfile.TemporaryDirectory() as directory:
            script, lines = os.path.join(directory, "script"), os.path.join(directory, "events")
            with open(script, "w", encoding="utf-8") as file:
                json.dump([{"on": "list", "status": 503}], file)
            with open(lines, "w", encoding="utf-8") as file:
                file.write('{"n":1}\n\n{"n":2}\n{"n":3}\n')
            process = self.run_simulator(
                "--plain", "--rate", "1000", "--events", lines, "--count", "2", "--script", script,
                "--directory", directory, "--hold", "2", "--log", "--strict")
            self.ready = json.loads(process.stdout.readline())
            self.assertIsNone(self.ready["ca"])
            self.assertEqual(os.stat(self.ready["km_token_file"]).st_mode & 0o777, 0o600)
            self.session()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=10)
            self.assertEqual((process.returncode, out), (0, ""))
            self.assertIn("POST /agent/v5/datafeeds 201", err)

    def session(self):
        self.assertEqual(self.call("GET", "")[0], 503)
        feed = self.call("POST", "", "{}")[1]["id"]
        seen = []
        ack_id = ""
        while len(seen) < 2:
            batch = self.call("POST", f"/{feed}/read", json.dumps({"ackId": ack_id}))[1]
            seen, ack_id = seen + batch["events"], batch["ackId"]
        self.assertEqual(seen, [{"n": 1}, {"n": 2}])
        self.assertEqual(self.order("/push", [{"n": 9}]), {"feeds": 1})
        batch = self.call("POST", f"/{feed}/read", json.dumps({"ackId": ack_id}))[1]
        self.assertEqual(batch["events"], [{"n": 9}])
        self.order("/fault", {"on": "list", "status": 500})
        self.assertEqual(self.call("GET", "")[0], 500)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.order("/fault", {"on": "nothing"})
        caught.exception.close()
        self.order("/revoke", {})
        self.assertEqual(self.call("GET", "")[0], 200)
        self.order("/drop", {})
        self.order("/expire", {})
        self.assertEqual(self.call("GET", ""), (200, []))
        self.assertEqual(self.order("/log")[0]["kind"], "list")
        self.assertTrue(self.order("/state")["breaches"])

    @unittest.skipUnless(shutil.which("openssl"), "no openssl command")
    def test_tls_and_exit_after(self):
        process = self.run_simulator("--exit-after", "0.2", "--rsa-certificate", "--user", "bot")
        ready = json.loads(process.stdout.readline())
        self.assertTrue(ready["agent"].startswith("https://localhost:"))
        self.assertEqual(list(ready["user_keys"]), ["bot"])
        self.assertEqual(process.communicate(timeout=10), ("", ""))
        self.assertEqual(process.returncode, 0)
        self.assertFalse(os.path.exists(ready["ca"]))

    def test_the_certificate_shown(self):
        for options, name in (((), "good"), (("--rsa-certificate",), "good-rsa")):
            with tempfile.TemporaryDirectory() as directory:
                process = self.run_simulator("--directory", directory, *options)
                ready = json.loads(process.stdout.readline())
                context = ssl.create_default_context(cafile=ready["ca"])
                host, _, port = ready["agent"].split("/")[2].partition(":")
                with socket.create_connection((host, int(port))) as bare, context.wrap_socket(
                        bare, server_hostname="localhost") as shown:
                    self.assertIn(f"symfeed test {name}", str(shown.getpeercert()["subject"]))

    def test_wait_ready(self):
        """It ends when the simulator of the directory serves, and not before."""
        with tempfile.TemporaryDirectory() as directory:
            agent = os.path.join(directory, "agent")
            waiting = self.run_simulator("--wait-ready", agent, "--wait", "60")
            process = self.run_simulator("--plain", "--directory", agent)
            ready = process.stdout.readline()
            self.assertEqual((waiting.communicate(timeout=60), waiting.returncode), (("", ""), 0))
            self.assertEqual(open_text(os.path.join(agent, "ready.json")), ready)
            self.assertEqual(self.run_simulator("--wait-ready", agent).wait(60), 0)
            left = open_text(os.path.join(agent, "ready.json"))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
            self.assertFalse(os.path.exists(os.path.join(agent, "ready.json")))
            with open(os.path.join(agent, "ready.json"), "w", encoding="ascii") as file:
                file.write(left)  # of one that was killed
            for path in (agent, directory):
                waiting = self.run_simulator("--wait-ready", path, "--wait", "0.3")
                out, err = waiting.communicate(timeout=60)
                self.assertEqual((waiting.returncode, out), (1, ""))
                self.assertEqual(err, f"simulator: none is ready in {path} after 0.3 s\n")

    @unittest.skipUnless(shutil.which("openssl"), "no openssl command")
    def test_the_key_of_a_user(self):
        """--user NAME makes a key, which stays in the directory."""
        with tempfile.TemporaryDirectory() as directory:
            seen = []
            for _ in range(2):
                process = self.run_simulator("--plain", "--directory", directory, "--user", "bot")
                ready = json.loads(process.stdout.readline())
                self.assertEqual(ready["user_keys"], {"bot": os.path.join(directory, "bot.pem")})
                seen.append(open_text(ready["user_keys"]["bot"]))
                self.assertEqual(os.stat(ready["user_keys"]["bot"]).st_mode & 0o777, 0o600)
                body = json.dumps({"token": jwt(ready["user_keys"]["bot"])}).encode()
                request = urllib.request.Request(ready["pod"] + SESSION, body,
                                                 {"Content-Type": "application/json"})
                with urllib.request.urlopen(request, timeout=10) as answer:
                    self.assertEqual(json.load(answer)["name"], "sessionToken")
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=10)
            self.assertEqual(seen[0], seen[1])

    def test_a_proxy(self):
        for given, begins in (("--proxy",), "http://127.0.0.1:"), (
                ("--proxy", "me:p/w"), "http://me:p%2Fw@127.0.0.1:"):
            process = self.run_simulator("--plain", *given, "--exit-after", "0.2")
            ready = json.loads(process.stdout.readline())
            self.assertTrue(ready["proxy"].startswith(begins), ready["proxy"])
            self.assertEqual(process.communicate(timeout=10), ("", ""))
            self.assertEqual(process.returncode, 0)

    @unittest.skipUnless(shutil.which("openssl"), "no openssl command")
    def test_sign_in(self):
        with tempfile.TemporaryDirectory() as directory:
            keys = certificates.create_more(directory, "keys")
            clients = certificates.create_more(directory, "clients")
            process = self.run_simulator(
                "--directory", directory, "--rate", "0", "--separate-hosts", "--user",
                f"bot={keys['rsa2048-public']}", "--user", f"cat={keys['rsa1024-public']}",
                "--client-ca", certificates.client_ca_path(directory),
                "--simplified-key-delivery", "--agent-version", "Agent-24.12.0-1")
            self.ready = json.loads(process.stdout.readline())
            context = ssl.create_default_context(cafile=self.ready["ca"])
            context.load_cert_chain(*clients["client-ec"])
            for path, body, token in (
                    (SESSION, {"token": jwt(keys["rsa2048-pkcs8"])}, True),
                    (SESSION, {"token": jwt(keys["rsa2048-pkcs8"], "cat")}, False),
                    (SESSION_AUTH, None, True)):
                request = urllib.request.Request(
                    self.ready["pod"] + path, body and json.dumps(body).encode(),
                    {"Content-Type": "application/json"} if body else {}, method="POST")
                if token:
                    with urllib.request.urlopen(request, context=context, timeout=10) as answer:
                        self.assertEqual(json.load(answer)["name"], "sessionToken")
                else:
                    with self.assertRaises(urllib.error.HTTPError) as caught:
                        urllib.request.urlopen(request, context=context, timeout=10)
                    caught.exception.close()
            self.order("/expire-tokens", {})
            self.assertRegex(self.order("/state")["sign_in_refusals"][0], "signature")
            with urllib.request.urlopen(self.ready["agent"] + "/v1/info", context=context,
                                        timeout=10) as answer:
                self.assertEqual(json.load(answer)["version"], "Agent-24.12.0-1")

    def test_wrong_use(self):
        for arguments in (["--types", "A"], ["--cert", "x"], ["--plain", "--script", "/nowhere"],
                          ["--user", "bot="], ["--user", "a/b"], ["--user", "bot=/nowhere"],
                          ["--plain", "--rsa-certificate"],
                          ["--require-client-certificate"], ["--plain", "--client-ca", "x"]):
            process = self.run_simulator(*arguments)
            out, err = process.communicate(timeout=10)
            self.assertEqual((process.returncode, out), (2, ""))
            self.assertNotIn("Traceback", err)


if __name__ == "__main__":
    unittest.main()
