# SPDX-License-Identifier: Apache-2.0
"""Events and batches of all sizes, hostile ones among them, in memory that does not grow.

After each of them the feed goes on: what comes later arrives, and all is acknowledged.
"""

import json
import os
import unittest

from harness import EndToEnd, events, is_sanitized, message, padded, small
from feeds import Batch

MB = 1 << 20


class Batches(EndToEnd):

    def test_batches_of_1_1000_and_10000_events(self):
        agent, client = self.follow()
        pushed, before = [], 0
        for count in (1, 1000, 10_000):
            batch = [small(len(pushed) + number) for number in range(count)]
            agent.push(batch)
            pushed += batch
            self.wait_acknowledged(batch)
            self.assert_printed(client, pushed)
            self.assertEqual(self.stats(client)["batches"], before + 1, "one batch, however large")
            before += 1
        self.assertEqual(self.stats(client)["retries"], 0)

    def test_a_batch_of_10000_real_events_that_is_cut_at_the_end_is_taken_once(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", cut_body=-60)
        agent.push(small(0))
        self.wait_requests("read", 2)
        batch = [small(number) for number in range(1, 101)]
        agent.push(batch)
        self.assert_reads_again(fault)
        self.wait_acknowledged(batch)
        self.assert_printed(client, [small(0), *batch])

    @unittest.skipUnless(os.path.exists("/proc/self/status"), "the system does not tell")
    def test_peak_memory_does_not_grow_with_the_batch(self):
        if is_sanitized():
            self.skipTest("AddressSanitizer has memory of its own")
        peaks = {}
        for count in (10, 10_000):
            agent, client = self.follow()
            batch = [padded(1500, number) for number in range(count)]
            agent.push(batch)
            self.wait_lines(client, count)
            self.wait_acknowledged(batch)
            peaks[count] = client.peak_memory()
            client.end()
        self.assertLess(peaks[10_000], 1.15 * peaks[10], peaks)

    def test_peak_memory_does_not_grow_with_an_event_larger_than_the_window(self):
        if is_sanitized() or not os.path.exists("/proc/self/status"):
            self.skipTest("there is nothing to measure by")
        agent, client = self.follow()
        self.deliver(client, message(1))
        before = client.peak_memory()
        agent.push(padded(8 * MB))
        self.wait_lines(client, 2)
        self.assertLess(client.peak_memory(), 1.15 * before)


class EventSizes(EndToEnd):

    def cut(self, text, *options):
        """Pushes one event that does not fit and one that does; the first, cut, as a value."""
        agent, client = self.follow(*options)
        agent.push([text, small(7)])
        lines = self.wait_lines(client, 2)
        self.wait_acknowledged([text, small(7)])
        self.assertEqual(lines[1:], [small(7)])
        value = json.loads(lines[0])
        self.assertEqual(value["symfeed"], {"truncated": True, "bytes": len(text.encode())})
        self.assertEqual(self.stats(client)["truncated"], 1)
        return value

    def test_an_event_of_exactly_the_window_is_whole_and_one_more_byte_is_cut(self):
        for window in (1024, 1025, 2048, 5000, 16384, 65536):
            with self.subTest(window=window):
                agent, client = self.follow("--window", str(window))
                for size in (window - 1, window):
                    self.deliver(client, padded(size, size))
                agent.push(padded(window + 1))
                value = json.loads(self.wait_lines(client, 3)[2])
                self.assertEqual(value["symfeed"], {"truncated": True, "bytes": window + 1})
                self.assertEqual(value["id"], "id-0")
                client.end()

    def test_an_event_of_exactly_the_tokens_is_whole_and_one_more_is_cut(self):
        for tokens in (32, 33, 100):
            with self.subTest(tokens=tokens):
                agent, client = self.follow("--tokens", str(tokens))
                # The brackets, three names and values, the array and its name.
                fits = small(1, a=[0] * (tokens - 9))
                more = small(2, a=[0] * (tokens - 8))
                self.deliver(client, fits)
                agent.push([more, small(3)])
                lines = self.wait_lines(client, 3)
                self.assertTrue(json.loads(lines[1])["symfeed"]["truncated"])
                self.assertEqual(json.loads(lines[1])["id"], "id-2")
                self.assertEqual(lines[2], small(3))
                client.end()

    def test_an_event_of_8_mb_in_windows_from_small_to_larger_than_it(self):
        event = events.sized(8 * MB, 3)
        text = events.to_json(event)
        sent = event["payload"]["messageSent"]["message"]
        for window in (2048, 16384, MB):
            with self.subTest(window=window):
                value = self.cut(text, "--window", str(window))
                self.assertEqual((value["id"], value["type"]), (event["id"], event["type"]))
                got = value["payload"]["messageSent"]["message"]
                self.assertEqual(got["stream"]["streamId"], sent["stream"]["streamId"])
                self.assertTrue(sent["message"].startswith(got["message"]))
                self.assertGreater(len(got["message"].encode()), window // 8)
        agent, client = self.follow("--window", str(9 * MB), "--tokens", "4096")
        self.deliver(client, text)

    def test_the_documented_largest_message_is_whole_in_a_window_of_its_size(self):
        text = events.to_json(events.sized(1_500_000, 1, True), True)
        agent, client = self.follow("--window", "1600000")
        self.deliver(client, text)

    def test_cuts_never_split_escapes_characters_or_surrogate_pairs(self):
        agent, client = self.follow("--window", "1024")
        texts = []
        for shift in range(14):
            for piece in ("\\ud83d\\udd14", "\\\\", "\\\"", "\\u00e9", "\U0001f514", "é", "\\n"):
                texts.append('{"id":"%s-%d","type":"X","a":"%s%s"}'
                             % (len(texts), shift, "s" * shift, piece * 600))
        agent.push(texts)
        lines = self.wait_lines(client, len(texts))
        self.wait_acknowledged(texts)
        for text, line in zip(texts, lines):
            whole, value = json.loads(text), json.loads(line)
            self.assertEqual(value["id"], whole["id"])
            self.assertTrue(whole["a"].startswith(value["a"]), line[-80:])
            value["a"].encode()  # no half of a pair
            self.assertGreater(len(line.encode()), 250)

    def test_an_event_of_many_members_keeps_its_id_and_type_wherever_they_are(self):
        many = {f"member-{number}": number for number in range(20_000)}
        first = json.dumps({"id": "x", "type": "T", "payload": many})
        last = json.dumps({"payload": many, "id": "x", "type": "T"})
        for text in (first, last):
            value = self.cut(text, "--window", "2048", "--tokens", "64")
            self.assertEqual((value["id"], value["type"]), ("x", "T"))


class Hostile(EndToEnd):
    """Input that no Agent sends: the process lives, and nothing is lost that comes later."""

    def survive(self, *texts):
        """Pushes each text and, after it, a sound event; returns what came of the texts."""
        agent, client = self.follow()
        results = []
        for number, text in enumerate(texts):
            before = client.line_count
            agent.push([text, small(number)])
            lines = self.wait_lines(client, before + 2)
            self.assertEqual(lines[before + 1:], [small(number)])
            self.wait_acknowledged([text, small(number)])
            results.append(lines[before])
        return results

    def test_deep_nesting_in_an_event(self):
        for depth in (31, 32, 33, 64, 1000, 300_000):
            for opening, closing in (('{"a":', "}"), ("[", "]")):
                inner = opening * (depth - 1) + "1" + closing * (depth - 1)
                line, = self.survive('{"id":"deep","type":"X","a":' + inner + "}")
                value = json.loads(line)
                self.assertEqual((value["id"], value["type"]), ("deep", "X"))
                self.assertEqual("symfeed" in value, depth > 32, depth)

    def test_gigantic_numbers(self):
        numbers = ["9" * 100_000, "-" + "1" * 5000, "1e" + "9" * 5000, "0." + "0" * 100_000 + "1",
                   "18446744073709551616", "-9223372036854775809"]
        for line in self.survive(*(f'{{"id":"n","timestamp":{number}}}' for number in numbers)):
            self.assertEqual(json.loads(line, parse_int=str, parse_float=str)["id"], "n")

    def test_invalid_utf_8_and_control_characters(self):
        for line in self.survive(b'{"id":"\xff"}', b'{"id":"\xc0\x80"}', b'{"\xed\xa0\x80":1}',
                                 b'{"id":"\xf8\x88\x80\x80\x80"}', b'{"id":"\x00"}',
                                 b'{"id":"\xe2\x82"}', b'{"id":"\x80"}'):
            self.assertIs(json.loads(line)["symfeed"]["malformed"], True)

    def test_a_string_of_megabytes_in_a_place_of_its_own(self):
        long = "z" * (2 * MB)
        for line in self.survive(f'{{"{long}":1,"id":"a"}}', f'{{"id":"{long}","type":"X"}}',
                                 f'{{"id":"a","type":"{long}"}}', '{"id":"a"' + " " * MB + "}",
                                 '{"id":"a","b":[' + "1," * 500_000 + "1]}"):
            json.loads(line)

    def test_unsound_envelopes_are_failed_reads(self):
        """None of them may print anything that is no event, nor end the feed."""
        agent, client = self.follow()
        bodies = ['{"events":[{"id":"x"},],"ackId":"x"}', '{"events":[{"id":"x"} {"id":"y"}]}',
                  '{"events":[{"id":"x"}]', "[" * 100_000, '{"a":' * 100_000, "{" + "\0" * 100,
                  '{"events":[]}{"events":[]}', '{"ackId":"a","ackId"}', "\ufeff{}", "null",
                  '{"events":"no","ackId":"x"}', '{"events":5,"ackId":"x"}', '{"events" []}',
                  b'{"\xff":1,"events":{}}', '{"ackId":"' + "\\u12" + '"}', '{"events":[,]}',
                  "{'events':[]}", '{"events":[]],"ackId":"x"}', '{"ackId":"%s' % ("x" * MB)]
        for number, body in enumerate(bodies):
            with self.subTest(body=body[:40]):
                fault = agent.fault(on="read", status=200, body=body)
                agent.push(small(1000 + number))
                self.assert_reads_again(fault)
                self.wait_client(client, lambda c: small(1000 + number) in c.lines, "the event")
                self.wait_acknowledged([small(1000 + number)])
                self.wait_reading()
        self.assertEqual([line for line in client.lines if "id-1" in line],
                         [small(1000 + number) for number in range(len(bodies))])
        for line in client.lines:
            json.loads(line)

    def test_unknown_members_of_the_envelope_may_be_deep_long_and_many(self):
        agent, client = self.follow()
        deep = 200
        more = '"meta":%s1%s' % ('{"events":[' * deep, "]}" * deep)
        for number, extra in enumerate((more, '"x":"%s"' % ("\\u00e9" * MB), '"%s":1' % ("k" * MB),
                                        ",".join(f'"m{n}":[{n}]' for n in range(20_000)),
                                        '"n":' + "7" * MB)):
            with self.subTest(extra=extra[:30]):
                feed = next(iter(agent.feeds.values()))
                known = self.known_ack_id(feed, number)
                fault = agent.fault(on="read", status=200,
                                    body='{%s,"events":[%s],"ackId":"%s"}'
                                    % (extra, small(2 * number), known))
                agent.push(small(2 * number + 1))
                self.struck_by(fault)
                self.wait_lines(client, 2 * number + 2)
                self.wait_reading()
        printed = sorted(client.lines)
        self.assertEqual(printed, sorted(small(number) for number in range(10)))

    @staticmethod
    def known_ack_id(feed, number):
        """An ackId that the feed takes, for an answer that is made up."""
        feed.batches[f"known-{number}"] = Batch(f"known-{number}", [], 0)
        return f"known-{number}"


if __name__ == "__main__":
    unittest.main()
