#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seeds.py FOLDER: what the fuzzers begin with, from the agent simulator's events.

One folder for each program, PROGRAMS; the forms of their inputs are in their heads.
"""

import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "simulator"))

import events  # noqa: E402
import name_server  # noqa: E402

COUNT = 72
PROGRAMS = ("batch", "http", "text", "feed", "url", "claims", "events", "dns", "hosts")


def answer(status, body, chunked=False):
    """One HTTP answer as bytes."""
    if chunked:
        return (f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n{len(body):x};a=b\r\n"
                .encode() + body + b"\r\n0\r\nTrailer: x\r\n\r\n")
    return (f"HTTP/1.1 {status}\r\nRetry-After: 5\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body)


TEXTS = ('<p>a &amp; b&#x1F514;</p><!-- c --><td>d</td>',
         '<messageML><emoji shortcode="smiley"/> <mention email="a@b.c"/><mention uid=\'123\'/>'
         '<hash tag="x&lt;"/><cash tag="ibm"/><chime/><img src="y" alt="a &gt; b"/></messageML>',
         'I <3 you <![CDATA[<b>&amp; ]]>&nbsp;&eacute;&#0;&x;<br/>',
         '<span class="entity" data-entity-id="0">@Bob</span> <form><button>Yes</button></form>')

CLAIMS = (b'{"sub":"bot","canUseSimplifiedKeyDelivery":true}', b'{"sub":"bot"}',
          b'{"a":{"canUseSimplifiedKeyDelivery":true},"canUseSimplifiedKeyDelivery":"true"}')

URLS = ("https://pod.example/agent", "http://user:p%40ss@proxy.example:3128", "https://[::1]:8443",
        "http://10.0.0.1/", "https://a.b-c_d:00443/x//", "http://u@[fe80::1]")
LISTS = ("", "*", "example.com, .local", "[::1]:8443,10.0.0.1", "*.b-c_d:443 ,x")


def token(number):
    """A session token."""
    return b"eyJhbGciOiJSUzUxMiJ9." + base64.urlsafe_b64encode(
        CLAIMS[number % 3]).rstrip(b"=") + b".c2ln"


def signing_in(number):
    """What pod and key manager, or agent, say."""
    return [answer("200 OK", b'{"token":"' + token(number) + b'","name":"sessionToken"}'),
            answer("200 OK", (b'{"version":"Agent-24.12.1"}' if number % 3 == 0 else
                              b'{"name":"keyManagerToken","token":"0123456789abcdef"}'))]


HEALTH = (b'{"users":{"agentservice":{"status":"UP"},"ceservice":{"status":"UP"}}}',
          b'{"services":{},"users":{"ceservice":{"status":"DOWN"}}}')


def first_answers(batch, number, task):
    """What the agent says to a task's first calls; the batch is an object with events."""
    lists = (b"[]", b'[{"id":"bot_f_x","createdAt":1},{"id":"b_p_2"}]')
    made = answer("201 Created", b'{"id":"bot_f_y"}')
    read = answer("200 OK", batch, chunked=number % 3 == 0)
    health = answer("200 OK", HEALTH[number % 2])
    if task in (1, 2):
        return [read, answer("403 No", b"{}"), health]
    if task == 3:
        array = json.dumps(json.loads(batch)["events"]).encode()
        return [made, answer("200 OK", array).replace(
            b"\r\n", b"\r\nSet-Cookie: AWSALB=a/b+c==; Path=/\r\n", 1)]
    if task in (7, 8):
        return [health]
    return [answer("200 OK", lists[number % 2]), made, read]


def conversation(batch, number):
    """What is chosen, and what servers say, answer by answer; 0xFF ends each."""
    task = number % 9
    says = first_answers(batch, number, task) + [
        (answer("400 Bad Request", b"{}"), answer("401 No", b""), answer("503 Busy", b"<p>"),
         b"HTTP/1.1 204 No Content\r\n\r\n")[number % 4],
        answer("200 OK", b'[{"id":"bot_f_x","createdAt":1},{"id":"b_p_2"}]'),
        answer("200 OK", batch)]
    choices = number * 37 % 128
    if choices % 4 in (1, 2):
        says = signing_in(number) + says + signing_in(number + 1)
    if choices & 8:
        tunnel = b"HTTP/1.1 200 Connection established\r\n\r\n"
        says = [tunnel] + [tunnel + b"\xfe" + said if i % 2 else said
                           for i, said in enumerate(says)]
    return bytes([choices, task | number // 9 % 8 << 4]) + (b"\xff", b"\xfe")[number % 2].join(says)


ENTITY = {"type": "com.symphony.user.mention", "version": "1.0",
          "id": [{"type": "com.symphony.user.userId", "value": "12"}]}


def entities(number, payload):
    """An event whose data and one more string hold JSON, now and then escaped or cut."""
    data = json.dumps({str(i): ENTITY for i in range(number % 4)}, indent=number % 3)
    inner = json.dumps({"data": data[:len(data) - number % 2 * 5], "list": [data, [], number]})
    event = json.dumps({"id": f"e{number}", "type": "MESSAGESENT", "data": inner,
                        "payload": payload, "x": "y" * (number * 60)}).encode()
    return event.replace(b"id", b"\\u0069d") if number % 5 == 0 else event


def named(number):
    """A name server's answer, of one kind and another, by way of aliases and without."""
    kind = ("A", "AAAA")[number % 2]
    owner = (None, b"\xc0\x0c")[number // 2 % 2]
    query = bytes(12) + name_server.encode_name("a.example") + b"\0\1\0\1"
    records = [name_server.record("a.example", "CNAME", "b.example", owner)] * (number // 4 % 3)
    records += [name_server.record("b.example", kind, ("10.0.0.1", "fd00::1")[number % 2], owner)
                for _ in range(number // 12)]
    said = name_server.answer(name_server.Question("a.example", kind, "udp", query, None), records)
    if number % 3 == 0:
        return bytes([2 | number % 2]) + len(said).to_bytes(2, "big") + said
    return bytes([number % 2]) + said


HOSTS = ("bot\n127.0.0.1 localhost bot\n::1 bot # x\n", "b\nfe80::1%1 a b c\n\n10.1 b;b\n",
         "c\nsearch a.example b.example\noptions ndots:2 timeout:1 use-vc\nnameserver ::1\n",
         "d\n" + "1.2.3.4 d\n" * 12 + "domain x" + "y" * 300)


def main():
    stream = events.stream_of(3)
    for name in PROGRAMS:
        os.makedirs(os.path.join(sys.argv[1], name), exist_ok=True)
    for number in range(COUNT):
        batch = json.dumps({"events": [next(stream) for _ in range(number % 4)],
                            "ackId": f"ack-{number}", "more": [1, {"a": None}]},
                           ensure_ascii=number % 2 == 0).encode()
        payload = next(stream).get("payload") or {}
        message = (payload.get("messageSent") or {}).get("message") or {}
        text = message.get("message") or TEXTS[number % 4]
        for name, seed in (("batch", bytes([number * 7 % 256, number, 77]) + batch),
                           ("http", answer("200 OK", batch[:300], chunked=number % 2 == 0)),
                           ("text", text.encode()), ("feed", conversation(batch, number)),
                           ("url", f"{URLS[number % 6]}\n{LISTS[number % 5]}".encode()),
                           ("dns", named(number)), ("hosts", HOSTS[number % 4].encode()),
                           ("events", bytes([number * 13 % 256]) + entities(number, payload)),
                           ("claims", bytes([number]) + (token(number), CLAIMS[number % 3],
                                                         b"Agent-24.12.1")[number % 3])):
            with open(os.path.join(sys.argv[1], name, str(number)), "wb") as file:
                file.write(seed)


if __name__ == "__main__":
    main()
