# SPDX-License-Identifier: Apache-2.0
"""What is printed for an event: with --json its text as it came, else one harmless line."""

import json
import random
import re
import unittest

from harness import EndToEnd, Terminal, events, message, small

# As port/system/characters.h has them.
CONTROL = "".join(map(chr, (*range(0x20), *range(0x7f, 0xa0), 0x2028, 0x2029)))
HIDDEN = "".join(map(chr, (0x61c, 0x200e, 0x200f, *range(0x202a, 0x202f), *range(0x2066, 0x2070),
                           *range(0xe0000, 0xe0080))))
HOSTILE = re.compile(f"[{re.escape(CONTROL + HIDDEN)}]")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def pretty(value, line_end="\r\n", indent=2):
    """JSON as a server prints it for people."""
    return json.dumps(value, ensure_ascii=False, indent=indent).replace("\n", line_end)


class Json(EndToEnd):
    """--json: byte by byte what was received."""

    def printed(self, *texts, options=()):
        """Pushes texts (bytes or str) and returns the lines that come of them, as bytes."""
        agent, client = self.follow(*options)
        agent.push(list(texts))
        end = small(999)
        agent.push(end)
        self.wait_client(client, lambda c: end.encode() in c.out, "the last event")
        self.wait_acknowledged([*texts, end])
        lines = client.out.split(b"\n")
        self.assertEqual(lines[-2:], [end.encode(), b""])
        return lines[:-2]

    def test_all_17_types_come_as_they_are(self):
        texts = [events.to_json(events.generate(type, random.Random(seed), nulls=seed == 2), ascii)
                 for type in events.TYPES for seed, ascii in enumerate((False, True, False))]
        self.assertEqual(len(events.TYPES), 17)
        self.assertEqual(self.printed(*texts), [text.encode() for text in texts])

    def test_line_ends_between_tokens_become_spaces_and_nothing_else_changes(self):
        value = events.generate("MESSAGESENT", random.Random(4))
        texts = [pretty(value), pretty(value, "\n", "\t"), pretty(value, "\r"),
                 '{"a" :\t1.50e+01 ,\n\n"b":"\\u00e9\\/\\n" , "c" : [ ]\r\n}',
                 '{"same":1,"same":2,"":{}}', "{ }", "{\r\n}"]
        self.assertEqual(self.printed(*texts),
                         [text.replace("\r", " ").replace("\n", " ").encode() for text in texts])

    def test_unknown_types_and_missing_members_are_events_too(self):
        texts = ['{}', '{"type":"NEWTYPE","payload":{"newType":{}}}', '{"type":null,"id":null}',
                 '{"type":7}', '{"payload":null,"initiator":null}', '{"type":"MESSAGESENT"}']
        self.assertEqual(self.printed(*texts), [text.encode() for text in texts])

    def test_null_events_are_skipped(self):
        self.assertEqual(self.printed("null", small(1), "null", "null", small(2)),
                         [small(1).encode(), small(2).encode()])

    def test_an_event_that_was_cut_has_its_mark_as_last_member(self):
        text = message(5, "alarm " * 2000)
        line, = self.printed(text, options=("--window", "2048"))
        value = json.loads(line)
        original = json.loads(text)
        self.assertEqual(list(value)[-1], "symfeed")
        self.assertEqual(value.pop("symfeed"), {"truncated": True, "bytes": len(text.encode())})
        self.assertTrue(line.endswith(b',"symfeed":{"truncated":true,"bytes":%d}}'
                                      % len(text.encode())))
        for name in ("id", "type", "timestamp"):
            self.assertEqual(value[name], original[name])
        sent = value["payload"]["messageSent"]["message"]
        self.assertEqual(sent["stream"]["streamId"],
                         original["payload"]["messageSent"]["message"]["stream"]["streamId"])
        self.assertTrue(original["payload"]["messageSent"]["message"]["message"].startswith(
            sent["message"]))
        self.assertGreater(len(sent["message"]), 200)

    def test_malformed_events_are_shown_as_a_string(self):
        texts = [b'{"id":"a","n":01}', b'{"id":tru}', b'{"id":"tab\there"}', b'"text"', b"42",
                 b"[1]", b"true", b'{"bad":"\xff\xc0\xaf\xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82"}',
                 b'{"esc":"\\x"}', b'{"u":"\\u12g4"}', b'{"a" 1}', b"{'a':1}", b"NaN",
                 b'{"nul":"\0"}', b'{"a":1,}', b'"\x1b[31m\x7f"', b'{"a":+1}', b'{"a":1.}',
                 b'{"a":.5}', b'{"a":1e}', b'{"a":--1}', b"-", b'{"a":"\\uD83D"x}']
        lines = self.printed(*texts)
        self.assertEqual(len(lines), len(texts))
        for text, line in zip(texts, lines):
            value = json.loads(line)["symfeed"]
            self.assertEqual(list(json.loads(line)), ["symfeed"])
            self.assertIs(value["malformed"], True)
            if b"\xff" in text:
                self.assertRegex(value["raw"], '^{"bad":"\ufffd+ \ufffd+ \ufffd+"}$')
            else:
                self.assertEqual(value["raw"], text.decode())

    def test_a_malformed_event_larger_than_the_window_is_cut(self):
        text = '{"a":"' + "y" * 5000 + '",01}'
        line, = self.printed(text, options=("--window=1024",))
        value = json.loads(line)["symfeed"]
        self.assertTrue(text.startswith(value["raw"]) or value["raw"].startswith('{"a":"yyy'))
        self.assertIs(value["malformed"], True)

    def test_a_line_that_was_not_finished_is_ended_first(self):
        path = self.path("events")
        for before, expected in (("", ""), ("whole\n", "whole\n"), ('{"id":"cu', '{"id":"cu\n')):
            with self.subTest(before=before):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(before)
                with open(path, "a", encoding="utf-8") as file:
                    agent = self.start_agent()
                    client = self.tail("--json", "--count", "2", stdout=file)
                self.wait_reading()
                agent.push([small(1), small(2)])
                self.wait_end(client)
                with open(path, encoding="utf-8") as file:
                    self.assertEqual(file.read(), f"{expected}{small(1)}\n{small(2)}\n")

    def test_lone_surrogates_and_gigantic_numbers_are_well_formed(self):
        texts = ['{"a":"\\ud800","b":"\\udc00 \\ud83d\\ud83d\\ude00"}', '{"n":1e999999999}',
                 '{"n":-0.0E-0}', '{"n":%s}' % ("9" * 10000), '{"timestamp":1e400,"type":"X"}']
        self.assertEqual(self.printed(*texts), [text.encode() for text in texts])

    def test_exact_repeats_are_held_back_but_not_the_same_id_twice(self):
        one, two = small(1, a=1), small(1, a=2)
        self.assertEqual(self.printed(one, one, two, one, two), [one.encode(), two.encode()])

    def test_bytes_beyond_ascii_pass_unchanged(self):
        text = '{"a":"\u00e9\u2028\u0085\U0001f469\u200d\U0001f527\x7f"}'
        self.assertEqual(self.printed(text), [text.encode()])


class Lines(EndToEnd):
    """Without --json: a line for people."""

    def printed(self, *pushed, options=(), **more):
        """What comes of these events, as text."""
        agent = self.start_agent()
        client = self.tail(*options, **more)
        self.wait_reading()
        agent.push(list(pushed))
        self.wait_lines(client, len(pushed))
        self.wait_acknowledged(pushed)
        return client.lines

    def test_time_room_sender_and_plain_text(self):
        event = events.generate("MESSAGESENT", random.Random(1), timestamp=1735689600000)
        sent = event["payload"]["messageSent"]["message"]
        sent["stream"]["roomName"] = "Boiler house"
        event["initiator"]["user"]["displayName"] = "Zoë Lindqvist"
        sent["message"] = ('<div data-format="PresentationML" data-version="2.0"><p>Gas &lt; 4 '
                           '&amp; rising <b>fast</b></p></div>')
        line, = self.printed(events.to_json(event))
        self.assertEqual(line, "2025-01-01T00:00:00Z  MESSAGESENT  [Boiler house]  Zoë Lindqvist: "
                               "Gas < 4 & rising fast")

    def test_the_place_is_room_kind_or_stream(self):
        """As messages have it, and a form of an agent before 20.3.1."""
        form = '{"type":"FORM","payload":{"symphonyElementsAction":{"%s":{"streamId":"s1"}}}}'
        for stream, place in (({"streamId": "s1", "streamType": "ROOM", "roomName": "A [b]"}, "A [b]"),
                              ({"streamId": "s1", "streamType": "ROOM", "roomName": "ROOM"}, "ROOM"),
                              ({"streamId": "s1", "streamType": "ROOM", "roomName": ""}, "s1"),
                              ({"streamId": "s1", "streamType": "IM"}, "IM"),
                              ({"streamId": "s1", "streamType": "MIM", "roomName": None}, "MIM"),
                              ({"streamId": "s1", "streamType": "POST"}, "POST"),
                              ({"streamId": "s1", "streamType": "NEW"}, "s1"),
                              ({"streamId": "s1"}, "s1"), ({"roomName": "A"}, "A"), ({}, "-"),
                              (None, "-"), ("formStream", "s1"), ("actionStream", "s1")):
            with self.subTest(stream=stream):
                event = form % stream if isinstance(stream, str) else events.to_json(
                    {"type": "MESSAGESENT", "payload": {"messageSent": {"message": {"stream": stream}}}})
                self.assertIn(f"  [{place}]  ", self.printed(event)[0])

    def test_each_type_names_whom_or_what_it_is_about(self):
        stream = {"streamId": "s1", "streamType": "ROOM", "roomName": "Plant"}
        bob, cem = {"userId": 2, "displayName": "Bob", "username": "b"}, {"userId": 3, "username": "cem"}
        cases = {
            "instantMessageCreated": ({"stream": {"streamType": "IM", "members": [bob, {"userId": 9}]}},
                                      "IM", "Bob, 9"),
            "roomCreated": ({"stream": stream, "roomProperties": {"name": "P", "description": "all\nof it"}},
                            "Plant", "all of it"),
            "roomUpdated": ({"stream": stream, "newRoomProperties": {"description": "new"}}, "Plant", "new"),
            "roomDeactivated": ({"stream": stream}, "Plant", ""),
            "roomReactivated": ({"stream": stream}, "Plant", ""),
            "userJoinedRoom": ({"stream": stream, "affectedUser": bob}, "Plant", "Bob"),
            "userLeftRoom": ({"stream": stream, "affectedUser": cem}, "Plant", "cem"),
            "roomMemberPromotedToOwner": ({"stream": stream, "affectedUser": bob}, "Plant", "Bob"),
            "roomMemberDemotedFromOwner": ({"stream": stream, "affectedUser": {"userId": 7}}, "Plant", "7"),
            "connectionRequested": ({"toUser": bob}, "-", "Bob"),
            "connectionAccepted": ({"fromUser": bob}, "-", "Bob"),
            "messageSuppressed": ({"stream": {"streamId": "s1"}, "messageId": "m1"}, "s1", "m1"),
            "symphonyElementsAction": ({"stream": stream, "formId": "f", "formValues": {"a": "b"}},
                                       "Plant", 'f {"a":"b"}'),
            "userRequestedToJoinRoom": ({"stream": {"streamId": "s1", "members": []},
                                         "affectedUsers": [bob, cem]}, "s1", "Bob, cem"),
            "genericSystemEvent": ({"stream": stream, "eventSubtype": "test.event"}, "Plant", "test.event"),
        }
        self.assertEqual(len(cases) + 2, len(events.TYPES))
        pushed = [events.to_json({"type": body.upper(), "id": str(number), "timestamp": 1735689600000,
                                  "initiator": {"user": {"userId": 1, "displayName": "Ada"}},
                                  "payload": {"messageSent": None, body: payload}})
                  for number, (body, (payload, _, _)) in enumerate(cases.items())]
        self.assertEqual(self.printed(*pushed),
                         [f"2025-01-01T00:00:00Z  {body.upper()}  [{place}]  Ada: {text}"
                          for body, (_, place, text) in cases.items()])

    def test_the_sender_is_a_name_or_a_number(self):
        for user, name in (({"userId": 1, "username": "ada", "displayName": "Ada"}, "Ada"),
                           ({"userId": 1, "username": "ada", "displayName": ""}, "ada"),
                           ({"userId": 1, "displayName": None}, "1"), ({}, "-"), (None, "-")):
            event = events.to_json({"type": "NEW", "initiator": {"user": user}})
            self.assertEqual(self.printed(event), [f"----------T--:--:--Z  NEW  [-]  {name}: "])

    def test_long_names_do_not_overwrite_each_other(self):
        event = events.generate("MESSAGESENT", random.Random(1), text="t" * 3000)
        event["payload"]["messageSent"]["message"]["stream"]["roomName"] = "r" * 3000
        event["initiator"]["user"]["displayName"] = "s" * 3000
        line, = self.printed(events.to_json(event))
        self.assertIn(f"[{'r' * 3000}]  {'s' * 3000}: {'t' * 3000}", line)

    def test_times_are_utc_from_1970_to_9999_wherever_it_runs(self):
        times = {"1": "1970-01-01T00:00:00", "1760875199999": "2025-10-19T11:59:59",
                 "253402300799999": "9999-12-31T23:59:59"}
        times.update(dict.fromkeys(("-1", "0", "253402300800000", "1e3", '"1000"', "null"),
                                   "----------T--:--:--"))
        pushed = [f'{{"id":"{number}","timestamp":{time},"type":"NEW"}}'
                  for number, time in enumerate(times)]
        lines = self.printed(*pushed, TZ="XXX-5:30")
        self.assertEqual([line.split("  ")[0] for line in lines],
                         [f"{time}Z" for time in times.values()])

    def test_each_of_the_17_types_is_one_line_that_names_it(self):
        pushed = [events.to_json(events.generate(type, random.Random(seed)))
                  for type in events.TYPES for seed in range(5)]
        lines = self.printed(*pushed)
        self.assertEqual(len(lines), len(pushed))
        for text, line in zip(pushed, lines):
            self.assertRegex(line, rf"\A{TIME}  {json.loads(text)['type']}  \[[^ ].*\]  \S.*: .*\Z")
            self.assertNotRegex(line, HOSTILE)

    def test_control_characters_and_escape_sequences_never_reach_the_terminal(self):
        evil = ("a\x1b]0;title\x07\x1b[2J\x9b31m\r\nnext\x0bline\x08\x7f\u202eabc\u2066\x85\u2028z\0" +
                CONTROL + HIDDEN)
        pushed = []
        for number, kind in enumerate(events.TYPES):
            event = events.generate(kind, random.Random(number))
            texts = json.dumps(event).replace('"displayName": "', '"displayName": "' +
                                              json.dumps(evil)[1:-1])
            texts = texts.replace('"roomName": "', '"roomName": "' + json.dumps(evil)[1:-1])
            texts = texts.replace('"message": "<div', '"message": "<div>' + json.dumps(evil)[1:-1] +
                                  '&#27;[31m&#x9b;&#10;&#7;</div><div')
            texts = texts.replace('"formId": "', '"formId": "' + json.dumps(evil)[1:-1])
            texts = texts.replace('"description": "', '"description": "' + json.dumps(evil)[1:-1])
            pushed.append(texts)
        pushed += [json.dumps({"type": evil, "initiator": {"user": {"username": evil}}}),
                   '{"type":"%s"}' % "\u009b31m\u202e", '"\x1b[31m malformed \r\n \u009b"']
        lines = self.printed(*pushed)
        self.assertEqual(len(lines), len(pushed), "one line for each event")
        for line in lines:
            self.assertNotRegex(line, HOSTILE)
        self.assertTrue(any("abc" in line for line in lines), "the rest of the text is there")

    def test_what_cannot_be_seen_goes_and_all_else_stays(self):
        """Of the Scottish flag the tags go; joiners, which emoji and scripts need, stay."""
        pushed = [message(1, f"a{mark}b") for mark in HIDDEN]
        pushed += [message(2, "\U0001f3f4\U000e0067\U000e0062\U000e007f."),
                   message(3, "\U0001f469\u200d\U0001f527 \u0645\u06cc\u200c\u062e \u05e9\u05dc")]
        lines = self.printed(*pushed)
        for line in lines[:len(HIDDEN)]:
            self.assertRegex(line, ": ab$")
        self.assertTrue(lines[-2].endswith(": \U0001f3f4."), lines[-2])
        self.assertTrue(lines[-1].endswith(
            ": \U0001f469\u200d\U0001f527 \u0645\u06cc\u200c\u062e \u05e9\u05dc"), lines[-1])

    def test_a_terminal_gets_colours_and_nothing_else(self):
        self.check_terminal({"TERM": "xterm"}, True)
        self.check_terminal({"TERM": None}, True)

    def test_no_color_and_a_dumb_terminal_are_honoured(self):
        self.check_terminal({"NO_COLOR": "1"}, False)
        self.check_terminal({"TERM": "dumb"}, False)

    def check_terminal(self, variables, coloured):
        terminal = Terminal()
        self.addCleanup(terminal.close)
        agent = self.start_agent()
        self.tail(stdout=terminal.theirs, **variables)
        self.wait_reading()
        agent.push(message(1, "a\x1b[31mb\x9b2J"))
        text = terminal.wait_lines(1).decode()
        self.assertEqual("\x1b" in text, coloured)
        self.assertNotRegex(COLOUR.sub("", text).rstrip("\n"), HOSTILE)

    def test_no_colours_in_a_pipe(self):
        line, = self.printed(message(1))
        self.assertNotIn("\x1b", line)

    def test_odd_events_are_a_line_each(self):
        pushed = ["{}", '{"type":null}', '{"type":"NEW"}', '{"timestamp":-1}',
                  '{"timestamp":9223372036854775807}', '{"timestamp":1e99}', '{"timestamp":"x"}',
                  '{"type":"MESSAGESENT","payload":null}', '{"type":"MESSAGESENT","payload":'
                  '{"messageSent":{"message":{"message":"<div>cut <b"}}}}', "[]", '"text"',
                  '{"type":"ROOMCREATED","payload":{"roomCreated":[]}}', '{"type":{"a":1}}']
        lines = self.printed(*pushed)
        self.assertEqual(len(lines), len(pushed))
        for line in lines:
            self.assertRegex(line, rf"\A(----------T--:--:--Z|{TIME})  \S+.*  \[-\]  -: ")
        self.assertEqual(lines[0], "----------T--:--:--Z  -  [-]  -: ")
        self.assertEqual(lines[-4], "----------T--:--:--Z  -  [-]  -: (malformed) []")

    def test_a_line_that_was_cut_says_so(self):
        text = message(1, "many words " * 3000)
        line, = self.printed(text, options=("--window", "1024"))
        self.assertIn(f"(cut, {len(text.encode())} bytes)", line)

    def test_types_restricts_what_is_printed_and_all_are_acknowledged(self):
        agent = self.start_agent()
        client = self.tail("--json", "--types", "ROOMCREATED,USERJOINEDROOM")
        self.wait_reading()
        pushed = [events.to_json(events.generate(kind, random.Random(n)))
                  for n, kind in enumerate([*events.TYPES] * 2)] + ["{}", '{"type":"ROOM"}']
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        wanted = ["ROOMCREATED", "USERJOINEDROOM"] * 2
        self.wait_lines(client, len(wanted))
        self.assertEqual([json.loads(line)["type"] for line in client.lines], wanted)


class JsonOnTerminals(EndToEnd):
    """--json on a terminal, and the answers of single calls: the same values, and nothing that a
    terminal would heed or that turns text around."""

    def shown(self, count, *options):
        """What a terminal is sent, as lines."""
        terminal = Terminal()
        self.addCleanup(terminal.close)
        self.start(*options, stdout=terminal.theirs)
        return lambda: terminal.wait_lines(count).decode().split("\n")[:-1]

    def follow_on_terminal(self, count, *options):
        agent = self.start_agent()
        lines = self.shown(count, "tail", *self.access(), "--json", *options)
        self.wait_reading()
        return agent, lines

    def test_well_formed_events(self):
        texts = [json.dumps({"id": f"id-{ord(c)}", "text": f"a{c}b", f"name{c}": 1}, ensure_ascii=False)
                 for c in CONTROL[0x20:] + HIDDEN]
        texts += ['{"id":"x",\t"a":\r\n1,\n"\x7f":["\x9b31m\u202e","\U000e0001\U000e007f",\t"\\ud83d"]}',
                  message(1, "\x9b\x90\x7f\u202e\u2066 \U0001f469\u200d\U0001f527 é €")]
        agent, lines = self.follow_on_terminal(len(texts))
        agent.push(texts)
        for text, line in zip(texts, lines()):
            self.assertNotRegex(line, HOSTILE)
            self.assertEqual(json.loads(line), json.loads(text))

    def test_what_is_harmless_stays_as_it_was_received(self):
        texts = ['{"a":"é €\U0001f469\u200d\U0001f527\u200c\\u202e\\u001b \\" \\/","b":1.50e+01}', "{ }"]
        agent, lines = self.follow_on_terminal(len(texts))
        agent.push(texts)
        self.assertEqual(lines(), texts)

    def test_malformed_events(self):
        texts = ['{"a":01,"%s"}' % (CONTROL + HIDDEN), '"\x1b[2J\x9b\x90\x7f\u202e\u2066"']
        agent, lines = self.follow_on_terminal(len(texts) + 1)
        agent.push([*texts, b'{"bad":\xff\x9b\xc2}'])
        *shown, invalid = lines()
        for text, line in zip(texts, shown):
            self.assertNotRegex(line, HOSTILE)
            self.assertEqual(json.loads(line)["symfeed"], {"malformed": True, "raw": text})
        self.assertEqual(json.loads(invalid)["symfeed"]["raw"], '{"bad":\ufffd\ufffd\ufffd}')

    def test_events_that_were_cut(self):
        text = message(5, "\x9b\u202e\U000e0001" * 2000)
        agent, lines = self.follow_on_terminal(1, "--window=2048")
        agent.push(text)
        line, = lines()
        self.assertNotRegex(line, HOSTILE)
        self.assertEqual(json.loads(line)["symfeed"], {"truncated": True, "bytes": len(text.encode())})

    def test_answers_of_single_calls(self):
        agent = self.start_agent()
        feeds = [{"id": "bot_f_" + CONTROL[0x20:] + HIDDEN, "createdAt": 1}, {"\u202eid": "\x9b2J"}]
        agent.fault(on="list", status=200, body=json.dumps(feeds, ensure_ascii=False))
        lines = self.shown(len(feeds), "list", *self.access())()
        self.wait_end(self.clients[-1])  # a signal before would end the call early
        for line, feed in zip(lines, feeds):
            self.assertNotRegex(line, HOSTILE)
            self.assertEqual(json.loads(line), feed)

    def test_elsewhere_they_stay(self):
        agent, client = self.follow()
        texts = ['{"a":"%s"}' % (CONTROL[0x20:] + HIDDEN)]
        agent.push(texts)
        self.wait_lines(client, 1)
        self.assertEqual(client.out, texts[0].encode() + b"\n")


if __name__ == "__main__":
    unittest.main()
