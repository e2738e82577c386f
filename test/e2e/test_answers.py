# SPDX-License-Identifier: Apache-2.0
"""Each answer that an Agent can give, by name: what the client does then.

The rule behind nearly all of them: the read is made again on the same feed with the same ackId,
after a bounded wait, and every event comes out once.
"""

import email.utils
import os
import signal
import re
import time
import unittest

from harness import EndToEnd, FIRST_WAIT, SLACK, SLOW_WAIT, message, messages, small
from feeds import Batch


class ReadAnswers(EndToEnd):
    """What an answer to a read leads to."""

    def test_503_is_read_again(self):
        self.meet(status=503, says=r"read: 503 .*next try in 0\.\d s")

    def test_500_501_502_504_599_are_read_again(self):
        agent, client = self.follow()
        for number, status in enumerate((500, 501, 502, 504, 599)):
            fault = agent.fault(on="read", status=status)
            agent.push(message(number))
            self.assert_reads_again(fault)
            self.wait_lines(client, number + 1)
        self.wait_acknowledged(messages(5))
        self.assert_printed(client, messages(5))

    def test_waits_double_from_failure_to_failure(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", status=503, times=3)
        agent.push(message(1))
        self.wait_agent(lambda a: fault not in a.faults, "three failures")
        last = [request for request in agent.requests if request.fault is fault][-1]
        reads = [r for r in agent.requests_of("read") if r.fault is fault] + [self.next_after(last)]
        for number, (one, two) in enumerate(zip(reads, reads[1:])):
            self.assertGreaterEqual(two.time - one.time, number * FIRST_WAIT - SLACK)
        self.wait_error(client, r"next try in ", 3)

    def test_html_from_a_gateway(self):
        self.meet(status=200, body="<html><body>Sign in</body></html>",
                  headers=[["Content-Type", "text/html"]], says="read: 200 .*not the JSON")

    def test_html_with_502(self):
        self.meet(status=502, body="<html>Bad Gateway</html>", says="read: 502")

    def test_cut_body(self):
        self.meet(cut_body=7, body='{"events":[],"ackId":"never whole"}', says="read: ")

    def test_cut_body_in_the_middle_of_an_event(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", cut_body=-200)
        agent.push(messages(3))
        self.assertEqual(self.wait_lines(client, 3)[:3], messages(3))
        agent.push(messages(5, 3))  # goes with the read that is cut within the last event
        self.assert_reads_again(fault)
        self.wait_acknowledged(messages(8))
        self.assert_printed(client, messages(8), "each once, the repeats held back")
        self.assertEqual(self.stats(client)["duplicates"], 4)

    def test_cut_between_events_and_ack_id(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", cut_body=-20)
        agent.push(message(0))
        self.wait_lines(client, 1)
        agent.push(message(1))
        self.assert_reads_again(fault)
        self.wait_acknowledged(messages(2))
        self.assert_printed(client, messages(2))

    def test_broken_json(self):
        for body in ('{"events":[}', '{"events":', '{"ackId":"x" "events":[]}', "nonsense", ""):
            with self.subTest(body=body):
                self.meet(status=200, body=body)

    def test_json_of_another_shape(self):
        for body in ('[]', '"text"', '{"events":{},"ackId":"x"}', '{"events":[],"ackId":"x"}x'):
            with self.subTest(body=body):
                self.meet(status=200, body=body)

    def test_missing_ack_id(self):
        self.meet(status=200, body='{"events":[]}', says="no ackId")

    def test_null_ack_id(self):
        self.meet(status=200, body='{"events":[],"ackId":null}', says="no ackId")

    def test_batches_without_ack_id_are_delivered_once_and_acknowledged_later(self):
        agent, client = self.follow()
        for number, how in enumerate(({"drop_ack_id": True}, {"ack_id": None}, {"ack_id": 5},
                                      {"ack_id": 12345}, {"ack_id": True}, {"ack_id": [["x"]]},
                                      {"ack_id": {"ackId": "b"}}, {"ack_id": "x" * 600})):
            fault = agent.fault(on="read", **how)
            agent.push(message(2 * number))
            self.struck_by(fault)
            agent.push(message(2 * number + 1))
            self.wait_acknowledged(messages(2 * number + 2))
        self.assert_printed(client, messages(16))
        self.wait_error(client, "a larger SYMFEED_ACK_ID_SIZE")

    def test_no_events_member(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", drop_events=True)
        agent.push(message(1))
        self.assertTrue(self.next_after(self.struck_by(fault)).ack_id)
        self.wait_reading()
        self.deliver(client, message(2))
        self.assertEqual(self.stats(client)["retries"], 0)

    def test_null_and_empty_events(self):
        agent, client = self.follow()
        for number, value in enumerate((None, [], [None], [None, None])):
            with self.subTest(value=value):
                fault = agent.fault(on="read", events=value)
                agent.push(message(number))
                read = self.struck_by(fault)
                again = self.next_after(read)
                self.assertNotEqual(again.ack_id, read.ack_id)
                self.wait_lines(client, number + 1)
                self.wait_reading()
        self.wait_acknowledged(messages(4))
        self.assert_printed(client, messages(4))

    def test_an_agent_that_does_not_hold_reads_is_not_stormed(self):
        agent = self.start_agent(hold=0)
        client = self.tail("--json")
        self.wait_requests("read", 1)
        start = time.monotonic()
        self.wait_requests("read", len(agent.requests_of("read")) + 3)
        self.assertGreater(time.monotonic() - start, 0.4)
        self.deliver(client, message(1))

    def test_429_waits_as_long_as_retry_after_says(self):
        self.meet(status=429, headers=[["Retry-After", "2"]], wait=2, says="read: 429")

    def test_429_with_a_date(self):
        agent, client = self.follow()
        later = email.utils.formatdate(time.time() + 600, usegmt=True)
        agent.fault(on="read", status=429, headers=[["Retry-After", later]])
        agent.push(message(1))
        wait = int(self.wait_error(client, r"read: 429 .*next try in (\d+)\.\d s")[1])
        self.assertTrue(300 < wait <= 600, wait)

    def test_503_with_retry_after(self):
        self.meet(status=503, headers=[["retry-after", " 1 "]], wait=1)

    def test_429_without_or_with_a_bad_retry_after(self):
        for value in (None, "soon", "-1", "", "1.5"):
            with self.subTest(value=value):
                headers = [] if value is None else [["Retry-After", value]]
                self.meet(status=429, headers=headers)

    def test_an_enormous_retry_after_is_bounded(self):
        agent, client = self.follow()
        agent.fault(on="read", status=429, headers=[["Retry-After", "9999999999"]])
        agent.push(message(1))
        self.wait_error(client, r"read: 429 .*next try in 3600\.\d s")
        # That the client ends all the same when told to is seen to by the harness.

    def test_403_is_said_and_retried_slowly(self):
        self.meet(status=403, says="read: 403 .*entitlement.*next try in [2345]",
                  wait=SLOW_WAIT / 2)

    def test_410_is_said_and_retried_slowly(self):
        self.meet(status=410, says="read: 410 .*switched off.*next try in [2345]",
                  wait=SLOW_WAIT / 2)

    def test_a_redirection_is_said_and_not_followed(self):
        self.meet(status=302, headers=[["Location", "https://elsewhere.example/"]],
                  says="read: 302 .*agent's URL", wait=SLOW_WAIT / 2)

    def test_other_2xx_are_good(self):
        agent, client = self.follow()
        feed = next(iter(agent.feeds.values()))
        for number, status in enumerate((201, 202, 206, 299)):
            feed.batches[f"ack-{number}"] = Batch(f"ack-{number}", [], 0)  # one the Agent knows
            fault = agent.fault(
                on="read", status=status,
                body='{"events":[%s],"ackId":"ack-%d"}' % (small(number), number))
            agent.push(message(number))
            self.struck_by(fault)
            self.wait_lines(client, 2 * number + 2)
            self.wait_reading()
        self.assertEqual(client.lines[1::2], [small(number) for number in range(4)])
        self.assertEqual(self.stats(client)["retries"], 0)

    def test_ack_ids_of_any_text_come_back_as_they_were(self):
        agent, client = self.follow()
        for number, ack_id in enumerate(('a"b\\c/d', "é\u2028\U0001f514", "tab\tnew\nline\x7f",
                                         "x" * 400, " ", "null")):
            with self.subTest(ack_id=ack_id):
                fault = agent.fault(on="read", ack_id=ack_id)
                agent.push(message(2 * number))
                read = self.struck_by(fault)
                agent.push(message(2 * number + 1))
                self.assertEqual(self.next_after(read).ack_id, ack_id)
        self.wait_acknowledged(messages(12))
        self.assert_printed(client, messages(12))

    def test_members_in_any_order_and_unknown_ones(self):
        agent, client = self.follow()
        ways = [{"member_order": order, "unknown_members": unknown}
                for order in ("ack_first", "ack_last") for unknown in (True, False)]
        for number, way in enumerate(ways):
            fault = agent.fault(on="read", **way)
            agent.push(message(2 * number))
            self.struck_by(fault)
            agent.push(message(2 * number + 1))
            self.wait_lines(client, 2 * number + 2)
        self.wait_acknowledged(messages(8))
        self.assert_printed(client, messages(8))
        self.assertEqual(self.stats(client)["retries"], 0)


class LostFeeds(EndToEnd):
    """400 and 404 on read: believed when the list says so, too. A page is not the agent's word."""

    def kinds_after(self, request):
        requests = self.agent.requests
        return [r.kind for r in requests[requests.index(request):]]

    def test_400_lists_by_tag_and_creates(self):
        agent, client = self.follow("--tag", "plant")
        self.deliver(client, message(1))
        old = next(iter(agent.feeds))
        agent.push_to_new_feeds(message(2))
        agent.expire_feeds()
        self.wait_lines(client, 2)
        self.wait_acknowledged([message(2)])
        lost = next(r for r in agent.requests_of("read") if r.status == 400)
        self.assertEqual(self.kinds_after(lost)[:5], ["read", "list", "list", "create", "read"])
        look, listing, create, read = agent.requests[agent.requests.index(lost) + 1:][:4]
        self.assertEqual((look.query, listing.query), ({"tag": "plant"}, {"tag": "plant"}))
        self.assertNotEqual(read.feed_id, old)
        self.assertEqual(create.json["tag"], "plant")
        self.assertEqual((read.ack_id, read.feed_id), ("", next(iter(agent.feeds))))
        self.assertNotIn("next try", client.err)

    def test_a_feed_that_is_still_listed_is_read_on(self):
        for number, status in enumerate((400, 404)):
            with self.subTest(status=status):
                agent, client = self.follow()
                self.deliver(client, message(1))
                fault = agent.fault(on="read", status=status)
                agent.push(messages(3, 2))
                self.wait_acknowledged(messages(3, 2))
                struck = self.struck_by(fault)
                self.assertEqual(self.kinds_after(struck)[:3], ["read", "list", "read"])
                self.assertEqual(self.next_after(struck, "read").ack_id, struck.ack_id)
                self.assertNotIn("delete", self.kinds_after(struck))
                self.assert_printed(client, messages(4, 1))
                client.signal(signal.SIGTERM)
                self.wait_end(client)

    def test_an_ack_id_that_is_refused_twice_is_dropped_and_the_feed_kept(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        fault = agent.fault(on="read", status=400, times=2)
        agent.push(messages(3, 2))
        self.wait_acknowledged(messages(3, 2))
        first = next(r for r in agent.requests if r.fault is fault)
        self.assertEqual(self.kinds_after(first)[:4], ["read", "list", "read", "read"])
        self.assertEqual(len(agent.requests_of("create")), 1)
        self.assertEqual(agent.requests_of("delete"), [])
        self.assert_printed(client, messages(4, 1))

    def test_a_feed_that_refuses_three_reads_is_deleted_and_made_anew(self):
        for how in ({"status": 400}, {"status": 401}, {"status": 502}):
            with self.subTest(delete=how):
                agent, client = self.follow()
                agent.fault(on="read", status=400, times=3)
                agent.fault(on="delete", **how)
                agent.push_to_new_feeds(message(2))
                agent.push(message(1))
                self.wait_acknowledged([message(2)])
                kinds = [r.kind for r in agent.requests]
                self.assertEqual(kinds[kinds.index("delete"):][:4],
                                 ["delete", "list", "create", "read"])
                client.signal(signal.SIGTERM)
                self.wait_end(client)
                self.assertEqual(client.lines[-1:], [message(2)])

    # What ingress controllers, load balancers and API gateways say while an agent is replaced.
    PAGES = ((404, "<html>default backend - 404</html>"), (404, "default backend - 404"),
             (400, "<html><h1>400 Bad Request</h1></html>"),
             (404, '{"message":"no Route matched with those values"}'))

    def test_a_gateways_page_loses_nothing(self):
        for status, body in self.PAGES:
            with self.subTest(status=status, body=body):
                agent = self.start_agent(batch_limit=1)
                client = self.tail("--json")
                self.wait_reading()
                fault = agent.fault(on="read", status=status, body=body)
                agent.push(messages(5))
                self.wait_acknowledged(messages(5))
                self.struck_by(fault)
                self.wait_error(client, rf"read: {status} .*gateway.*next try in 0\.")
                self.assertEqual({r.kind for r in agent.requests}, {"list", "create", "read"})
                self.assertEqual(len(agent.requests_of("list")), 1)
                self.assert_printed(client, messages(5))
                client.signal(signal.SIGTERM)
                self.wait_end(client)

    def test_a_gateways_page_that_goes_on_asks_the_list(self):
        agent = self.start_agent(batch_limit=1)
        client = self.tail("--json")
        self.wait_reading()
        page = {"status": 404, "body": "<html>default backend - 404</html>"}
        read = agent.fault(on="read", times=3, **page)
        agent.fault(on="list", times=1, **page)
        agent.push(messages(5))
        self.wait_acknowledged(messages(5))
        first = next(r for r in agent.requests if r.fault is read)
        self.assertEqual(self.kinds_after(first)[:5], ["read", "read", "list", "read", "list"])
        self.assertEqual(agent.requests_of("delete"), [])
        self.assert_printed(client, messages(5))

    def test_whatever_the_look_answers_it_goes_on(self):
        agent, client = self.follow()
        for number, how in enumerate(({"status": 500}, {"status": 403}, {"reset": True},
                                      {"status": 200, "body": "<html>"}, {"close_before": True})):
            with self.subTest(how=how):
                agent.fault(on="list", **how)
                agent.push_to_new_feeds(message(number))
                agent.expire_feeds()
                self.wait_lines(client, number + 1)
                self.wait_acknowledged([message(number)])

    def test_a_feed_that_another_instance_made_is_taken_over(self):
        agent = self.start_agent()
        mine = agent.create_feed(tag="plant")
        client = self.tail("--json", "--tag", "plant")
        self.wait_agent(lambda a: a.feeds[mine.id].readers, "a read of the first feed")
        theirs = agent.create_feed(tag="plant")
        agent.expire_feeds(mine.id)
        agent.push(message(1))
        self.wait_agent(lambda a: theirs.reads >= 2, "reads of the other feed")
        self.wait_acknowledged([message(1)])
        self.assertNotIn(mine.id, agent.feeds)
        self.assertEqual(agent.requests_of("create"), [])
        self.assert_printed(client, [message(1)])

    def test_400_for_ever_does_not_become_a_storm(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", status=400, times=3)
        agent.push(message(1))
        self.wait_agent(lambda a: fault not in a.faults, "three answers of 400")
        last = [r for r in agent.requests if r.fault is fault][-1]
        delete = self.next_after(last)
        self.assertEqual(delete.kind, "delete")
        self.assertGreaterEqual(delete.time - last.time, FIRST_WAIT - SLACK)
        self.wait_error(client, "read: 400 .*next try in ", 2)
        self.wait_reading()
        self.deliver(client, message(2))

    def test_events_taken_before_the_feed_was_lost_are_not_printed_again(self):
        agent, client = self.follow()
        agent.push(messages(3))
        self.wait_lines(client, 3)
        agent.push_to_new_feeds(messages(4))
        agent.expire_feeds()
        self.wait_acknowledged(messages(4))
        self.assert_printed(client, messages(4))


class Tokens(EndToEnd):
    """401: fresh tokens from the files, same feed, same ackId."""

    def test_401_reads_the_token_files_again(self):
        agent, client = self.follow(require_km_token=True)
        self.deliver(client, message(1))
        self.revoke_tokens()
        agent.push([message(2), message(3)])
        refused = self.wait_agent(lambda a: [r for r in a.requests if r.status == 401], "a 401")[0]
        again = self.next_after(refused)
        self.assertEqual((again.feed_id, again.ack_id), (refused.feed_id, refused.ack_id))
        self.assertTrue(again.ack_id)
        self.wait_acknowledged(messages(3, 1))
        self.assertEqual(again.status or 200, 200)
        self.wait_error(client, r"read: 401 .*next try in 0\.\d s")
        self.deliver(client, message(4))
        self.assert_printed(client, messages(4, 1))
        self.assertEqual(len(agent.requests_of("create")), 1)
        self.assertEqual(self.stats(client)["signins"], 2)

    def test_401_while_the_files_are_still_the_old_ones(self):
        agent, client = self.follow()
        self.deliver(client, message(1))
        self.revoke_tokens(write=False)
        agent.push(message(2))
        self.wait_error(client, "error: .*token.*next try in [2345]")
        agent.write_tokens()
        self.wait_reading()
        self.deliver(client, message(3))
        reads = [r for r in agent.requests_of("read") if r.status == 401]
        self.assertLessEqual(len(reads), 3)
        self.assertEqual({r.feed_id for r in reads}, set(agent.feeds))
        self.assert_printed(client, messages(3, 1))

    def test_401_while_the_file_is_missing_or_empty(self):
        agent, client = self.follow()
        self.revoke_tokens(write=False)
        os.remove(self.token_file())
        agent.push(message(1))
        self.wait_error(client, "session-token.*no such file.*next try in [2345]")
        agent.write_tokens()
        self.wait_reading()
        self.deliver(client, message(2))

    def test_401_on_list_and_on_create(self):
        for on in ("list", "create"):
            with self.subTest(on=on):
                agent = self.start_agent()
                agent.fault(on=on, status=401)
                agent.push_to_new_feeds(message(1))
                client = self.tail("--json")
                self.wait_error(client, f"{on}: 401")
                self.wait_lines(client, 1)
                self.wait_acknowledged([message(1)])

    def test_the_token_is_the_first_line_and_the_second_file_is_optional(self):
        agent = self.start_agent()
        agent.push_to_new_feeds(message(1))
        self.path("token", agent.session_token + "\r\nsecond line\n")
        client = self.start("tail", "--json", "--agent", agent.url, "--session-token-file",
                            self.path("token"), *self.access()[-2:])
        self.wait_acknowledged([message(1)])
        self.assert_printed(client, [message(1)])
        for request in agent.requests:
            self.assertEqual(request.header("sessionToken"), agent.session_token)
            self.assertIsNone(request.header("keyManagerToken"))

    def test_both_tokens_are_sent_with_every_call(self):
        agent, client = self.follow(require_km_token=True)
        agent.expire_feeds()
        self.wait_requests("create", 2)
        self.wait_reading()
        self.deliver(client, message(1))
        agent.fault(on="read", status=400, times=3)
        agent.push(message(2))
        self.wait_requests("create", 3)
        self.assertEqual({r.kind for r in agent.requests}, {"list", "create", "read", "delete"})
        for request in agent.requests:
            self.assertEqual(request.header("sessionToken"), agent.session_token)
            self.assertEqual(request.header("keyManagerToken"), agent.km_token)

    def test_a_token_file_that_others_can_read_is_warned_of(self):
        self.start_agent()
        os.chmod(self.token_file(), 0o644)
        client = self.tail()
        self.wait_reading()
        self.wait_error(client, "session-token can be read by other users: chmod 600")
        self.assertNotIn("km-token", client.err)


class FullHouse(EndToEnd):
    """403 on create: as many feeds exist as may."""

    def full(self, *options):
        """An Agent with feeds of other tags, as many as may be, and a client that needs one."""
        agent = self.start_agent(feed_limit=3)
        for number, age in enumerate((5000, 1000, 9000)):
            agent.create_feed(tag=f"other-{number}").created_at = age
        agent.push_to_new_feeds(message(1))
        return agent, self.tail("--json", "--tag", "mine", *options)

    def test_403_on_create_names_the_remedy_and_is_retried_slowly(self):
        agent, client = self.full()
        self.wait_error(client, r"create: 403 .*--reclaim.*next try in [2345]")
        self.assertEqual(len(agent.requests_of("create")), 1)
        self.assertEqual(agent.requests_of("delete"), [])
        agent.feed_limit = 4
        self.wait_lines(client, 1)
        self.wait_acknowledged([message(1)])
        refused, good = agent.requests_of("create")
        self.assertGreaterEqual(good.time - refused.time, SLOW_WAIT / 2 - SLACK)
        self.assertEqual(len(agent.feeds), 4, "nobody's feed was deleted")

    def test_reclaim_deletes_the_oldest_listed_feed(self):
        agent, client = self.full("--reclaim")
        self.wait_lines(client, 1)
        self.wait_acknowledged([message(1)])
        self.assertEqual([feed.tag for feed in agent.feeds.values()],
                         ["other-0", "other-2", "mine"])
        self.assertEqual(len(agent.requests_of("delete")), 1)

    def test_reclaim_spares_datahose_feeds(self):
        agent = self.start_agent(feed_limit=2)
        agent.create_feed(tag="a", feed_id="bot-42_p_hose").created_at = 1
        agent.create_feed(tag="b").created_at = 2
        client = self.tail("--json", "--tag", "mine", "--reclaim")
        self.wait_reading()
        self.deliver(client, message(1))
        self.assertIn("bot-42_p_hose", agent.feeds)

    def test_reclaim_deletes_one_at_a_time(self):
        agent, client = self.full("--reclaim")
        agent.fault(on="create", status=403, times=2)
        self.wait_error(client, "next try in [2345]")
        self.assertEqual(len(agent.requests_of("delete")), 1)
        self.wait_lines(client, 1)


class FindingAndMaking(EndToEnd):
    """What goes wrong before there is a feed."""

    def test_faults_on_list_and_create_are_retried(self):
        for on in ("list", "create"):
            for how in ({"status": 503}, {"status": 200, "body": "<html>"}, {"reset": True},
                        {"cut_body": 2, "status": 200, "body": '[{"id":"a_f_b"}]'}):
                with self.subTest(on=on, how=how):
                    agent = self.start_agent()
                    agent.fault(on=on, **how)
                    agent.push_to_new_feeds(message(1))
                    client = self.tail("--json")
                    self.wait_lines(client, 1)
                    self.wait_acknowledged([message(1)])
                    self.wait_error(client, f"{on}: .*next try in 0")

    def test_a_create_without_an_id_is_retried(self):
        for body in ('{}', '{"id":null}', '{"id":""}', '{"id":5}', '[]', 'null', '{"id":"%s"}'
                     % ("x" * 500)):
            with self.subTest(body=body):
                agent = self.start_agent()
                agent.fault(on="create", status=200, body=body)
                self.tail("--json")
                self.wait_reading()
                self.assertEqual(len(agent.requests_of("create")), 2)

    def test_404_on_list_names_the_path(self):
        self.start_agent()
        client = self.tail(url=self.agent.url.replace("/agent", "/elsewhere"))
        self.wait_error(client, "list: 404 .*agent's URL.*next try in [2345]")

    def test_create_may_answer_with_any_2xx(self):
        for status in (200, 202):
            with self.subTest(status=status):
                agent = self.start_agent()
                agent.create_feed(feed_id="bot-42_f_made")
                agent.fault(on="list", status=200, body="[]")
                agent.fault(on="create", status=status, body='{"type":"fanout","createdAt":5,'
                            '"id":"bot-42_f_made","more":[1,{"id":"no"}]}')
                client = self.tail("--json")
                self.wait_reading()
                self.deliver(client, message(1))

    def test_trace_ids_are_in_messages_so_that_support_can_find_the_call(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", status=503)
        agent.push(message(1))
        trace = self.struck_by(fault).header("X-Trace-Id")
        self.wait_error(client, re.escape(f"read: 503 (trace {trace})"))


if __name__ == "__main__":
    unittest.main()
