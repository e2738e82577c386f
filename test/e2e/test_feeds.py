# SPDX-License-Identifier: Apache-2.0
"""Which feed is read: found or created, with or without a tag, alone or beside other processes."""

import collections
import re
import signal
import unittest

from harness import EndToEnd, message, messages


class Finding(EndToEnd):

    def test_a_feed_that_was_found_is_named_with_its_age(self):
        agent = self.start_agent()
        feed = agent.create_feed()
        client = self.tail()
        self.wait_error(client, "info: found a feed that was there before: "
                                f"{re.escape(feed.id)}, 0 h old\n")

    def test_a_feed_is_created_where_there_is_none(self):
        agent, client = self.follow()
        self.assertEqual([r.kind for r in agent.requests], ["list", "create", "read"])
        self.assertEqual(agent.requests[0].query, {})
        self.assertEqual(agent.requests[1].json, {})
        self.assertEqual(agent.requests[1].status, 201)
        self.assertEqual(agent.requests[2].json, {"ackId": "", "updatePresence": True})
        self.assertEqual(self.stats(client)["feeds_created"], 1)

    def test_a_found_feed_is_read_from_an_empty_ack_id_so_that_events_come_back(self):
        agent = self.start_agent()
        feed = agent.create_feed()
        agent.push(messages(3))
        first = self.tail("--json", "--exec", "kill -KILL $PPID")
        self.wait_end(first, -9)
        self.assertEqual(agent.acknowledged, [])
        second = self.tail("--json")
        self.wait_lines(second, 3)
        self.wait_acknowledged(messages(3))
        self.assert_printed(second, messages(3))
        self.assertEqual(agent.requests_of("create"), [])
        reads = [r for r in agent.requests_of("read") if r.feed_id == feed.id]
        self.assertEqual([r.ack_id for r in reads[:2]], ["", ""])

    def test_without_a_tag_only_fanout_ids_are_taken(self):
        for feed_id, good in (("bot_f", True), ("bot_f_x", True), ("b-o.t/+=_f_A/b+c==", True),
                              ("bot_p_x", False), ("bot_p", False), ("_f_x", False),
                              ("bot_f_", False), ("bot_f_a_b", False), ("a_b_f_x", False),
                              ("bot f_x", False), ("a b_f_x", False), ("bot_fx", False),
                              ("bot", False)):
            with self.subTest(feed_id=feed_id):
                agent = self.start_agent()
                agent.create_feed(feed_id=feed_id)
                client = self.tail("--json")
                self.wait_reading()
                read = agent.requests_of("read")[0]
                self.assertEqual(read.feed_id == feed_id, good)
                self.assertEqual(len(agent.requests_of("create")), 0 if good else 1)
                client.end()

    def test_the_first_that_will_do_is_taken(self):
        agent = self.start_agent()
        for feed_id in ("bot_p_a", "bot_f_b", "bot_f_c"):
            agent.create_feed(feed_id=feed_id)
        self.tail()
        self.wait_reading()
        self.assertEqual(agent.requests_of("read")[0].feed_id, "bot_f_b")

    def test_odd_list_entries_are_passed_over(self):
        agent = self.start_agent()
        agent.create_feed(feed_id="bot_f_good")
        agent.fault(on="list", status=200, body='[null,5,"x",[],{},{"id":null},{"id":7},{"id":""},'
                    '{"id":"%s_f_x"},{"id":"bad\\n_f_x"},{"x":{"id":"no_f_no"}},'
                    '{"createdAt":1,"deep":[[[[]]]],"id":"bot_f_good"}]' % ("l" * 300))
        client = self.tail("--json")
        self.wait_reading()
        self.assertEqual(agent.requests_of("read")[0].feed_id, "bot_f_good")
        self.deliver(client, message(1))

    def test_feed_ids_are_percent_encoded(self):
        agent = self.start_agent()
        feed_id = "b?t/4#2%25&=+;é\u2028\U0001f514_f_~-."
        agent.create_feed(feed_id=feed_id)
        client = self.tail("--json")
        self.wait_reading()
        self.deliver(client, message(1))
        agent.fault(on="read", status=404, times=3)
        agent.push(message(2))
        self.wait_requests("delete", 1)
        self.assertEqual({r.feed_id for r in agent.requests_of("read")[:2]}, {feed_id})
        self.assertEqual(agent.requests_of("delete")[0].feed_id, feed_id)
        self.assertNotIn("/4", agent.requests_of("read")[0].path)

    def test_a_list_of_many_feeds(self):
        agent = self.start_agent(feed_limit=None)
        for number in range(2000):
            agent.create_feed(feed_id=f"bot_p_{number}")
        agent.create_feed(feed_id="bot_f_last")
        client = self.tail("--json")
        self.wait_reading()
        self.assertEqual(agent.requests_of("read")[0].feed_id, "bot_f_last")
        self.deliver(client, message(1))


class Options(EndToEnd):

    def test_tags_of_all_characters_are_encoded_in_query_and_body(self):
        for tag in ("a", "plant 7 & boiler=100%+#?/", "\"quoted\\\" 'tag'", "Köln 🔔 晓明",
                    "t" * 100, "é" * 100, "🔔" * 100):
            with self.subTest(tag=tag):
                agent, client = self.follow("--tag", tag)
                self.assertEqual(agent.requests_of("list")[0].query, {"tag": tag})
                self.assertEqual(agent.requests_of("create")[0].json, {"tag": tag})
                agent.push(message(1), tag)
                self.wait_lines(client, 1)
                self.wait_acknowledged([message(1)])
                client.end()

    def test_with_a_tag_the_agents_choice_is_taken_but_no_datahose_feed(self):
        agent = self.start_agent()
        agent.create_feed(tag="plant", feed_id="bot_p_hose")
        agent.create_feed(tag="plant", feed_id="any-other-form")
        self.tail("--tag", "plant")
        self.wait_reading()
        self.assertEqual(agent.requests_of("read")[0].feed_id, "any-other-form")

    def test_include_invisible(self):
        agent, _ = self.follow("--include-invisible", "--tag", "plant")
        self.assertEqual(agent.requests_of("create")[0].json,
                         {"tag": "plant", "includeInvisible": True})
        agent, _ = self.follow("--include-invisible")
        self.assertEqual(agent.requests_of("create")[0].json, {"includeInvisible": True})

    def test_no_presence(self):
        agent, client = self.follow("--no-presence")
        self.deliver(client, message(1))
        for read in agent.requests_of("read"):
            self.assertIs(read.json["updatePresence"], False)

    def test_the_agents_url_in_all_its_forms(self):
        agent = self.start_agent()
        for url in (agent.url, agent.url + "/", agent.url + "//",
                    agent.url.replace("/agent", ""), agent.url.replace("/agent", "/")):
            with self.subTest(url=url):
                before = len(agent.requests_of("read"))
                client = self.tail(url=url)
                self.wait_requests("read", before + 1)
                client.end()
        self.assertEqual({r.path for r in agent.requests_of("list")}, {"/agent/v5/datafeeds"})

    def test_the_host_header_carries_the_port(self):
        agent, _ = self.follow()
        self.assertEqual(agent.requests[0].header("Host"), f"localhost:{agent.port}")

    def test_ipv6(self):
        try:
            agent = self.start_agent(host="::1")
        except OSError:
            self.skipTest("no IPv6 here")
        client = self.tail("--json", url=agent.url_for("::1"))
        self.wait_reading()
        self.deliver(client, message(1))


class SeveralProcesses(EndToEnd):

    def test_several_processes_on_one_tag_that_all_see_the_400(self):
        agent = self.start_agent()
        clients = [self.tail("--json", "--tag", "plant") for _ in range(3)]
        self.wait_agent(lambda a: sum(f.readers for f in a.feeds.values()) == 3, "three readers")
        for number in range(3):
            agent.expire_feeds()
            self.wait_agent(lambda a: sum(f.readers for f in a.feeds.values()) == 3,
                            "all three read again")
            agent.push(messages(4, 4 * number))
            self.wait_acknowledged(messages(4, 4 * number))
        for client in clients:  # their last lines are out once they have ended
            client.signal(signal.SIGTERM)
            self.wait_end(client)
        printed = collections.Counter(line for client in clients for line in client.lines)
        self.assertEqual(set(printed), set(messages(12)), "none lost")
        for client in clients:
            self.assertEqual(max(collections.Counter(client.lines).values(), default=1), 1)
        self.assertLess(len(agent.requests), 150, "no storm")

    def test_a_second_process_takes_over_where_the_first_was_killed(self):
        agent, first = self.follow("--tag", "plant")
        self.deliver(first, message(1))
        first.signal(9)
        self.wait_end(first, -9)
        agent.push(message(2), "plant")
        second = self.tail("--json", "--tag", "plant")
        self.wait_lines(second, 1)
        self.wait_acknowledged([message(2)])
        self.assert_printed(second, [message(2)])
        self.assertEqual(len(agent.feeds), 1)


if __name__ == "__main__":
    unittest.main()
