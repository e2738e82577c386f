# SPDX-License-Identifier: Apache-2.0
"""Checks of the simulator: the datahose, the legacy feed, cookies and health."""

import contextlib
import json
import os
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import events
from selftest_base import (ABSENT, AgentCase, Client, DATAHOSE, FEEDS, HEALTH, INFO, LEGACY,
                           open_text)

HERE = os.path.dirname(os.path.abspath(__file__))


def numbered(count, type="MESSAGESENT", first=0):
    return [{"type": type, "n": first + number} for number in range(count)]


class Datahose(AgentCase):
    """Feeds that are made by reading, and shared."""

    def hose(self, **settings):
        """An Agent with a datahose feed that was read once."""
        agent = self.start(**{"hold": 0, **settings})
        client = self.client()
        status, batch = client.datahose()
        self.assertEqual((status, batch["events"]), (200, []))
        return agent, client, batch["ackId"]

    def waiting(self, agent, client, count, ack_id="", **members):
        """The client reads, and that makes so many readers that wait."""
        client.send_datahose(ack_id, **members)
        self.assertTrue(agent.wait_for(
            lambda a: sum(feed.readers for feed in a.feeds.values()) == count))

    def test_the_first_read_makes_the_feed(self):
        agent, client, ack_id = self.hose()
        (feed,) = agent.feeds.values()
        self.assertRegex(feed.id, "^bot-42_p_[A-Za-z0-9]{10}$")
        self.assertEqual((feed.tag, feed.type, feed.event_types, feed.scopes),
                         ("hose", "datahose", {"MESSAGESENT"}, frozenset()))
        agent.push(numbered(2))
        _, batch = client.datahose(ack_id)
        self.assertEqual(batch["events"], numbered(2))
        self.assertEqual(agent.acknowledged, [])
        client.datahose(batch["ackId"])
        self.assertEqual(agent.acknowledged, numbered(2))
        self.assertEqual({request.feed_id for request in agent.requests}, {feed.id})
        self.assertEqual({request.kind for request in agent.requests}, {"datahose"})
        self.no_breaches()

    def test_one_feed_for_all_who_ask_for_the_same(self):
        agent = self.start(hold=0, datahose_limit=None)
        client = self.client()
        both = ["MESSAGESENT", "ROOMCREATED"]
        for members in ({}, {"tag": "other"}, {"type": "fanout"}, {"eventTypes": both},
                        {"scopes": ["INTERNAL"]}, {"scopes": ["INTERNAL", "EXTERNAL"]}):
            with self.subTest(members):
                before = len(agent.feeds)
                self.assertEqual(client.datahose(**members)[0], 200)
                self.assertEqual(len(agent.feeds), before + 1)
                self.assertEqual(client.datahose(**members)[0], 200)
                self.assertEqual(len(agent.feeds), before + 1)
        client.datahose(eventTypes=both[::-1])
        client.datahose(scopes=["EXTERNAL", "INTERNAL"], updatePresence=False)
        client.datahose(None)
        self.assertEqual(len(agent.feeds), 6, "neither order nor the rest matters")
        self.no_breaches()

    def test_another_user_has_another_feed(self):
        agent, client, ack_id = self.hose()
        agent.user = "somebody-else"
        self.assertEqual(client.datahose(ack_id)[0], 400, "an ackId of the other's feed")
        self.assertEqual(client.datahose()[0], 200)
        self.assertEqual(len(agent.feeds), 2)

    def test_event_types_and_scopes_filter(self):
        agent = self.start(hold=0)
        client = self.client()
        rooms = {"eventTypes": ["ROOMCREATED", "ROOMUPDATED"], "scopes": ["INTERNAL"]}
        everything = {"type": "fanout", "eventTypes": ABSENT}
        client.datahose(**rooms)
        client.datahose(**everything)
        one, two, three = (events.to_json(event) for event in (
            {"type": "ROOMCREATED"}, {"type": "MESSAGESENT"}, {"type": "ROOMUPDATED"}))
        broken = '{"type":"MESSAGESENT"'
        self.assertEqual(agent.push([one, two, broken]), 2)
        agent.push(three, scope="INTERNAL")
        agent.push(one, scope="EXTERNAL")
        with self.assertRaises(ValueError):
            agent.push(one, scope="internal")
        for members, expected in ((rooms, [one, broken, three]),
                                  (everything, [one, two, broken, three, one])):
            client.send_datahose(**members)
            self.assertIn(f'[{",".join(expected)}]'.encode(), client.receive()[2])

    def test_types_that_only_this_agent_knows(self):
        agent = self.start(hold=0)
        client = self.client()
        agent.event_types = {"NEWTYPE"}
        self.assertEqual(client.datahose(eventTypes=["NEWTYPE"])[0], 200)
        self.no_breaches()
        self.assertEqual(client.datahose()[0], 400)

    def test_bad_bodies(self):
        cases = (
            ("'colour' is not one", {"colour": 1}, 200), ("tag is 5", {"tag": 5}, 400),
            ("type is None", {"type": None}, 400), ("type is missing", {"type": ABSENT}, 400),
            ("'firehose' is not one", {"type": "firehose"}, 400),
            ("tag is missing", {"tag": ABSENT}, 400), ("0 characters", {"tag": ""}, 400),
            ("81 characters", {"tag": "ü" * 81}, 400), ("has none", {"eventTypes": []}, 400),
            ("has none", {"eventTypes": ABSENT}, 400),
            ("eventTypes is 'A'", {"eventTypes": "A"}, 400),
            ("eventTypes has 'A'", {"eventTypes": ["A"]}, 400),
            ("eventTypes has 7", {"eventTypes": [7]}, 400),
            ("a value twice", {"eventTypes": ["ROOMCREATED"] * 2}, 400),
            ("scopes has 'ALL'", {"scopes": ["ALL"]}, 400),
            ("scopes is None", {"scopes": None}, 400),
            ("updatePresence is 1", {"updatePresence": 1}, 400), ("ackId is 1", {"ackId": 1}, 400),
        )
        for text, members, status in cases:
            with self.subTest(text, **members):
                agent = self.start(hold=0)
                self.assertEqual(self.client().datahose(**members)[0], status)
                self.assertEqual(len(agent.breaches), 1, agent.breaches)
                self.assertRegex(agent.breaches[0], "^datahose #1.1: .*" + text)
                self.assertEqual(len(agent.feeds), int(status == 200))

    def test_sound_bodies(self):
        agent = self.start(hold=0, datahose_limit=None)
        for members in ({"tag": "🔔" * 80}, {"type": "fanout", "eventTypes": []},
                        {"eventTypes": list(events.TYPES)}, {"ackId": ABSENT}, {"ackId": None},
                        {"scopes": ["INTERNAL", "EXTERNAL", "FEDERATED"]}, {"scopes": []}):
            with self.subTest(**members):
                self.assertEqual(self.client().datahose(**members)[0], 200)
        self.no_breaches()
        self.assertEqual(self.client().call("POST", DATAHOSE, headers={"Content-Length": "0"})[0],
                         400)
        self.assertTrue(agent.breaches)

    def test_unknown_ack_id(self):
        agent, client, _ = self.hose()
        self.assertEqual(client.datahose("nonsense")[0], 400)
        self.assertEqual(client.datahose("nonsense", tag="new")[0], 400)
        self.assertEqual(len(agent.feeds), 1, "a feed is not made for an ackId")
        self.no_breaches()

    def test_entitlements(self):
        agent, client, _ = self.hose()
        agent.datahose_entitled = False
        status, error = client.datahose()
        self.assertEqual((status, error["code"]), (403, 403))
        self.assertIn("entitlements", error["message"])
        self.assertEqual(client.call("GET", FEEDS)[0], 200, "that is about the datahose alone")
        self.no_breaches()

    def test_five_feeds(self):
        agent = self.start(hold=0)
        client = self.client()
        for number in range(20):
            client.create()
        for number in range(5):
            self.assertEqual(client.datahose(tag=f"tag {number}")[0], 200)
        status, error = client.datahose(tag="one more")
        self.assertEqual(status, 403)
        self.assertIn("limit of 5", error["message"])
        self.assertEqual(client.datahose(tag="tag 0")[0], 200)
        agent.datahose_limit = 6
        self.assertEqual(client.datahose(tag="one more")[0], 200)
        self.assertEqual(client.create()[0], 403, "these have a limit of their own")

    def test_lists_and_deletes_but_no_reads_by_id(self):
        agent, client, _ = self.hose()
        (feed,) = agent.feeds
        self.assertEqual([entry["id"] for entry in client.call("GET", FEEDS + "?tag=hose")[1]],
                         [feed])
        self.assertEqual(client.read(feed)[0], 400)
        self.assertEqual(client.call("DELETE", f"{FEEDS}/{feed}")[0], 204)
        self.assertEqual(agent.feeds, {})

    def test_each_event_goes_to_one_of_two_readers(self):
        agent = self.start(hold=10, batch_limit=1)
        one, two = self.client(), self.client()
        self.waiting(agent, one, 1)
        self.waiting(agent, two, 2)
        agent.push(numbered(2))
        first, second = (json.loads(client.receive()[2]) for client in (one, two))
        self.assertEqual(sorted(batch["events"][0]["n"] for batch in (first, second)), [0, 1])
        self.waiting(agent, one, 1, first["ackId"])
        self.assertEqual(agent.acknowledged, first["events"], "the other's is not")
        self.waiting(agent, two, 2, second["ackId"])
        self.assertEqual(agent.acknowledged, first["events"] + second["events"])

    def test_a_read_leaves_alone_what_another_reader_holds(self):
        agent, one, first = self.hose()
        two = self.client()
        second = two.datahose()[1]["ackId"]
        agent.push(numbered(1))
        held = one.datahose(first)[1]
        self.assertEqual(held["events"], numbered(1))
        for ack_id in ("", second, second):
            self.assertEqual(two.datahose(ack_id)[1]["events"], [])
        (feed,) = agent.feeds
        self.assertEqual(agent.outstanding(feed), numbered(1))
        self.assertEqual(agent.acknowledged, [])
        again = self.client().datahose(first)[1]  # by another connection, but the same reader
        self.assertEqual(again["events"], numbered(1))
        self.assertEqual(agent.counters["events_requeued"], 1)
        one.datahose(again["ackId"])
        self.assertEqual(agent.acknowledged, numbered(1))

    def test_an_empty_ack_id_on_the_same_connection_is_the_same_reader(self):
        agent, client, _ = self.hose()
        agent.push(numbered(1))
        self.assertEqual(client.datahose()[1]["events"], numbered(1))
        self.assertEqual(client.datahose()[1]["events"], numbered(1))
        self.assertEqual(self.client().datahose()[1]["events"], [])

    def test_what_nobody_acknowledges_goes_to_another_reader(self):
        agent, one, ack_id = self.hose(requeue=0.3)
        agent.push(numbered(1))
        one.datahose(ack_id)
        two = self.client()
        agent.hold = 10
        self.waiting(agent, two, 1)
        self.assertEqual(json.loads(two.receive()[2])["events"], numbered(1))

    def test_faults(self):
        agent, client, ack_id = self.hose()
        agent.push(numbered(1))
        agent.fault(on="read", status=500)
        agent.fault(on="datahose", status=503)
        agent.fault(on="datahose", ack_id="mine", member_order="ack_first")
        self.assertEqual(client.datahose(ack_id)[0], 503)
        status, batch = client.datahose(ack_id)
        self.assertEqual((status, list(batch), batch["ackId"]), (200, ["ackId", "events"], "mine"))
        client.datahose("mine")
        self.assertEqual(agent.acknowledged, numbered(1))
        self.assertEqual([fault.on for fault in agent.faults], ["read"])

    def test_health_and_info_want_no_tokens(self):
        agent = self.start()
        client = self.client()
        bare = ("sessionToken", "keyManagerToken")
        self.assertEqual(client.call("GET", HEALTH, omit=bare)[1]["status"], "UP")
        self.assertEqual(client.call("GET", INFO, omit=bare)[0], 200)
        agent.health["users"]["ceservice"]["status"] = "DOWN"
        status, body = client.call("GET", HEALTH, omit=bare)
        self.assertEqual((status, body["status"], body["users"]["ceservice"]["status"]),
                         (503, "DOWN", "DOWN"))
        for path in (DATAHOSE, LEGACY + "/create"):
            self.assertEqual(client.call("POST", path, b"{}", omit=bare)[0], 401)


class Legacy(AgentCase):
    """The feed that is read once, by one reader."""

    def legacy(self, **settings):
        """An Agent, a client and the id of a legacy feed."""
        agent = self.start(**settings)
        client = self.client()
        status, created = client.create_legacy()
        self.assertEqual((status, list(created)), (200, ["id"]))
        return agent, client, created["id"]

    def test_events_come_once_in_a_bare_array(self):
        agent, client, feed = self.legacy()
        agent.push(numbered(2))
        client.send_read_legacy(feed)
        status, headers, body = client.receive("GET")
        self.assertEqual((status, json.loads(body)), (200, numbered(2)))
        self.assertIn("deprecated", headers["X-Warning"])
        self.assertEqual(client.read_legacy(feed), (204, None))
        self.assertEqual([r.kind for r in agent.requests], ["legacy_create"] + 2 * ["legacy_read"])
        self.assertEqual(agent.requests[-1].feed_id, feed)
        self.assertEqual(client.call("GET", FEEDS), (200, []), "it is in no list")
        self.no_breaches()

    def test_create_takes_an_empty_body_or_none(self):
        agent, client, _ = self.legacy()
        self.assertEqual(client.call("POST", LEGACY + "/create", {})[0], 200)
        self.no_breaches()
        self.assertEqual(client.call("POST", LEGACY + "/create", {"tag": "a"})[0], 200)
        self.assertRegex(agent.breaches[0], "'tag' is not one of a legacy_create")
        self.assertEqual(len(agent.breaches), 1)
        self.assertEqual(client.create_legacy(headers={"Content-Type": "application/json"})[0], 200)
        self.assertRegex(agent.breaches[1], "Content-Type without a body")

    def test_long_poll(self):
        agent, client, feed = self.legacy(hold=10)
        client.send_read_legacy(feed)
        self.assertTrue(agent.wait_for(lambda a: a.feeds[feed].readers))
        agent.push('{"raw": tru}')
        self.assertEqual(client.receive("GET")[2], b'[{"raw": tru}]')
        agent.hold = 0
        self.assertEqual(client.read_legacy(feed)[0], 204)

    def test_what_was_not_taken_survives_a_hang_up(self):
        agent, client, feed = self.legacy(hold=10)
        client.send_read_legacy(feed)
        self.assertTrue(agent.wait_for(lambda a: a.feeds[feed].readers))
        client.close()
        self.assertTrue(agent.wait_for(lambda a: a.requests[-1].peer_closed))
        agent.push(numbered(1))
        self.assertEqual(self.client().read_legacy(feed)[1], numbered(1))
        self.no_breaches()

    def test_limits_of_an_answer(self):
        agent, client, feed = self.legacy(hold=0, batch_limit=2)
        agent.push(numbered(4))
        self.assertEqual(client.call("GET", f"{LEGACY}/{feed}/read?limit=1")[1], numbered(1))
        self.assertEqual(client.read_legacy(feed)[1], numbered(2, first=1))
        self.no_breaches()
        self.assertEqual(client.call("GET", f"{LEGACY}/{feed}/read?limit=0")[0], 400)
        self.assertRegex(agent.breaches[0], "limit is '0'")

    def test_a_full_queue_ends_the_feed(self):
        agent, client, feed = self.legacy()
        agent.push(numbered(249))
        agent.push(numbered(1, first=249))
        self.assertEqual(len(agent.queued(feed)), 250)
        agent.push(numbered(1))
        self.assertEqual((agent.feeds, agent.counters["feeds_overflowed"]), ({}, 1))
        self.assertEqual(client.read_legacy(feed)[0], 400)
        agent.legacy_room = None
        feed = client.create_legacy()[1]["id"]
        agent.push(numbered(1000))
        self.assertEqual(len(client.read_legacy(feed)[1]), 1000)

    def test_a_feed_that_ends_while_it_is_read(self):
        agent, client, feed = self.legacy(hold=10)
        client.send_read_legacy(feed)
        self.assertTrue(agent.wait_for(lambda a: a.feeds[feed].readers))
        agent.expire_feeds()
        self.assertEqual(client.receive("GET")[0], 400)

    def test_a_second_reader_is_a_breach(self):
        agent, client, feed = self.legacy(hold=10)
        client.send_read_legacy(feed)
        self.assertTrue(agent.wait_for(lambda a: a.feeds[feed].readers))
        self.client().send_read_legacy(feed)
        self.assertTrue(agent.wait_for(lambda a: a.breaches))
        self.assertRegex(agent.breaches[0], "^legacy_read #2.1: a second read")

    def test_unknown_ids_and_feeds_of_others(self):
        agent, client, feed = self.legacy(hold=0)
        self.assertEqual(client.read_legacy("nothing")[0], 400)
        self.assertEqual(client.read_legacy(agent.create_feed().id)[0], 400)
        self.assertEqual(client.read(feed)[0], 400)
        self.assertEqual(client.call("DELETE", f"{FEEDS}/{feed}")[0], 400)
        agent.user = "somebody-else"
        self.assertEqual(client.read_legacy(feed)[0], 400)
        self.no_breaches()

    def test_too_many(self):
        agent, client, _ = self.legacy(legacy_limit=2)
        self.assertEqual(client.create_legacy()[0], 200)
        self.assertEqual(client.create_legacy()[0], 503)
        self.assertEqual(client.create()[0], 201)
        agent.legacy_limit = None
        self.assertEqual(client.create_legacy()[0], 200)

    def test_switched_off(self):
        agent, client, feed = self.legacy()
        agent.legacy_gone = True
        self.assertEqual(client.read_legacy(feed)[0], 410)
        self.assertEqual(client.create_legacy()[0], 410)
        self.assertEqual(client.create()[0], 201)

    def test_faults(self):
        agent, client, feed = self.legacy(hold=0)
        agent.push(numbered(1))
        agent.fault(on="legacy_read", events=[None, 5])
        agent.fault(on="legacy_read", drop_events=True)
        agent.fault(on="legacy_read", status=500)
        agent.fault(on="legacy_create", status=503)
        self.assertEqual(client.read_legacy(feed), (200, [None, 5]))
        self.assertEqual(client.read_legacy(feed), (200, []))
        self.assertEqual(client.read_legacy(feed)[0], 500)
        self.assertEqual(client.create_legacy()[0], 503)
        self.assertEqual(client.read_legacy(feed), (200, numbered(1)))
        agent.push(numbered(1))
        agent.fault(on="legacy_read", cut_body=3)
        client.send_read_legacy(feed)
        self.assertTrue(client.receive_all().endswith(b"[{\""))
        self.assertEqual(self.client().read_legacy(feed)[0], 204, "what was lost is lost")

    def test_methods(self):
        self.start()
        client = self.client()
        for method, path, allowed in (("GET", LEGACY + "/create", "POST"),
                                      ("GET", DATAHOSE, "POST"),
                                      ("DELETE", LEGACY + "/x/read", "GET")):
            client.send(method, path)
            status, headers, _ = client.receive()
            self.assertEqual((status, headers["Allow"]), (405, allowed))
        self.assertEqual(client.call("GET", LEGACY + "/x")[0], 404)


class Cookies(AgentCase):
    """What a load balancer sets comes back, and nothing else does."""

    def cookies(self, **settings):
        agent = self.start(hold=0, **settings)
        client = self.client()
        client.send("GET", FEEDS)
        return agent, client, client.receive("GET")[1].get_all("Set-Cookie")

    def test_set_with_every_answer(self):
        lines = ["AWSALB=a+b/c==; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "other=\"1 2\""]
        agent, client, seen = self.cookies(set_cookies=lines)
        self.assertEqual(seen, lines)
        for text in ("AWSALB=a+b/c==", "other=1; AWSALB=a+b/c=="):
            client.send("GET", FEEDS, headers={"Cookie": text})
            self.assertEqual(client.receive("GET")[1].get_all("Set-Cookie"), lines)
            self.assertEqual(agent.requests[-1].header("Cookie"), text)
        self.assertEqual(agent.requests[-1].cookies, {"other": "1", "AWSALB": "a+b/c=="})
        self.assertRegex("\n".join(agent.breaches), r"\A.*cookie other=1 was never set\Z")
        agent.fault(on="list", status=503)
        client.send("GET", FEEDS)
        self.assertEqual(client.receive("GET")[1].get_all("Set-Cookie"), lines)

    def test_set_where_there_is_none_yet(self):
        agent, client, seen = self.cookies(set_cookies=["A=1"], set_cookies_always=False)
        self.assertEqual(seen, ["A=1"])
        client.send("GET", FEEDS, headers={"Cookie": "A=1"})
        self.assertIsNone(client.receive("GET")[1]["Set-Cookie"])
        self.no_breaches()

    def test_what_was_never_set_is_a_breach(self):
        cases = (("A=1", "A=1 was never"), ("B=2; A=1", "A=1 was never"),
                 ("B", "not a cookie: 'B'"), ("B=2;C=3", "not a cookie"), ("B=2; B=2", "twice"),
                 ("B=3", "B=3 was never"), ("", "not a cookie: ''"), ("B=a b", "not a cookie"))
        for text, breach in cases:
            with self.subTest(text):
                agent, client, _ = self.cookies(set_cookies=["B=2", "a=b"])
                client.call("GET", FEEDS, headers={"Cookie": text})
                self.assertRegex("\n".join(agent.breaches), rf"\A.*{breach}.*\Z")

    def test_cookies_of_others_and_of_faults(self):
        agent, client, _ = self.cookies(cookies_of_others={"SERVERID"})
        agent.fault(on="list", headers=[["Set-Cookie", "late=1; Secure"]], interim=1)
        client.call("GET", FEEDS, headers={"Cookie": "SERVERID=a1"})
        client.call("GET", FEEDS, headers={"Cookie": "SERVERID=a1; late=1"})
        self.no_breaches()


class NewOrders(unittest.TestCase):
    """What `python3 test/simulator` says and does about these feeds."""

    def test_a_session(self):
        command = [sys.executable, "-W", "error", HERE, "--plain", "--rate", "0", "--hold", "0",
                   "--datahose-limit", "1", "--legacy-limit", "1", "--legacy-room", "2",
                   "--set-cookie", "A=1; Path=/"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            try:
                self.ready = json.loads(process.stdout.readline())
                self.agent = _Address(self.ready)
                self.session()
            finally:
                process.terminate()
                out, err = process.communicate(timeout=10)
        self.assertEqual((process.returncode, out, err), (0, "", ""))

    def order(self, path, value):
        request = urllib.request.Request(self.ready["control"] + path, json.dumps(value).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def session(self):
        with contextlib.closing(Client(self.agent)) as client:
            ack_id = client.datahose(scopes=["INTERNAL"])[1]["ackId"]
            feed = client.create_legacy()[1]["id"]
            self.assertEqual(client.datahose(tag="two")[0], 403)
            self.assertEqual(client.create_legacy(headers={"Cookie": "A=1"})[0], 503)
            event = numbered(1)[0]
            self.assertEqual(self.order("/push", event), {"feeds": 2})
            self.assertEqual(self.order("/push?tag=hose", event), {"feeds": 1})
            self.order("/push?tag=hose&scope=EXTERNAL", event)
            self.assertEqual(client.datahose(ack_id, scopes=["INTERNAL"])[1]["events"], [event] * 2)
            self.assertEqual(client.read_legacy(feed)[1], [event])
            self.order("/push", [event] * 3)
            self.assertEqual(client.read_legacy(feed)[0], 400)
            for path, value in (("/push?colour=red", 1), ("/push?scope=ALL", 1), ("/clear?a=b", 1),
                                ("/health", {"fax": "UP"})):
                with self.assertRaises(urllib.error.HTTPError) as caught:
                    self.order(path, value)
                self.assertEqual(caught.exception.code, 400)
                caught.exception.close()
            self.order("/health", {"ceservice": "DOWN", "pod": "DOWN"})
            status, health = client.call("GET", HEALTH)
            self.assertEqual((status, health["users"]["ceservice"]["status"],
                              health["services"]["pod"]["status"]), (503, "DOWN", "DOWN"))
            with urllib.request.urlopen(self.ready["control"] + "/state", timeout=10) as answer:
                state = json.load(answer)
            (feed,) = state["feeds"]
            self.assertEqual((feed["kind"], feed["eventTypes"], feed["scopes"]),
                             ("datahose", ["MESSAGESENT"], ["INTERNAL"]))
            self.assertEqual(feed["outstanding"], 2)
            self.assertEqual(state["breaches"], [])

    def test_wrong_use(self):
        for arguments in (["--set-cookie", "A"], ["--set-cookie", "A=1\nB: 2"]):
            done = subprocess.run([sys.executable, HERE, "--plain", *arguments], timeout=10,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(b"--set-cookie", done.stderr)

    def test_switched_off(self):
        command = [sys.executable, "-W", "error", HERE, "--plain", "--no-datahose", "--no-legacy"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                self.agent = _Address(json.loads(process.stdout.readline()))
                with contextlib.closing(Client(self.agent)) as client:
                    self.assertEqual(client.datahose()[0], 403)
                    self.assertEqual(client.create_legacy()[0], 410)
            finally:
                process.terminate()
                process.communicate(timeout=10)


class _Address:
    """As much of an Agent as a Client needs, from the line that is printed."""

    def __init__(self, ready):
        self.port = int(ready["agent"].split(":")[2].partition("/")[0])
        self.session_token = open_text(ready["session_token_file"]).strip()
        self.km_token = open_text(ready["km_token_file"]).strip()
