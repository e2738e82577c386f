#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seeds.py FOLDER: what the fuzzers begin with, from the agent simulator's events.

One folder for each program: batch, http, text, feed; the forms of their inputs are in their heads.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "simulator"))

import events  # noqa: E402

COUNT = 40


def answer(status, body, chunked=False):
    """One HTTP answer as bytes."""
    if chunked:
        return (f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n{len(body):x};a=b\r\n"
                .encode() + body + b"\r\n0\r\nTrailer: x\r\n\r\n")
    return (f"HTTP/1.1 {status}\r\nRetry-After: 5\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body)


def conversation(batch, number):
    """What a server says, answer by answer; 0xFF ends each."""
    lists = (b"[]", b'[{"id":"bot_f_x","createdAt":1},{"id":"b_p_2"}]')
    says = [answer("200 OK", lists[number % 2]), answer("201 Created", b'{"id":"bot_f_y"}'),
            answer("200 OK", batch, chunked=number % 3 == 0),
            (answer("400 Bad Request", b"{}"), answer("401 No", b""), answer("503 Busy", b"<p>"),
             b"HTTP/1.1 204 No Content\r\n\r\n")[number % 4], answer("200 OK", lists[1]),
            answer("200 OK", batch)]
    return b"\xff".join(says)


def main():
    stream = events.stream_of(3)
    for name in ("batch", "http", "text", "feed"):
        os.makedirs(os.path.join(sys.argv[1], name), exist_ok=True)
    for number in range(COUNT):
        batch = json.dumps({"events": [next(stream) for _ in range(number % 4)],
                            "ackId": f"ack-{number}", "more": [1, {"a": None}]},
                           ensure_ascii=number % 2 == 0).encode()
        payload = next(stream).get("payload") or {}
        message = (payload.get("messageSent") or {}).get("message") or {}
        text = message.get("message") or "<p>a &amp; b&#x1F514;</p><!-- c --><td>d</td>"
        for name, seed in (("batch", bytes([number * 7 % 256, number, 77]) + batch),
                           ("http", answer("200 OK", batch[:300], chunked=number % 2 == 0)),
                           ("text", text.encode()), ("feed", conversation(batch, number))):
            with open(os.path.join(sys.argv[1], name, str(number)), "wb") as file:
                file.write(seed)


if __name__ == "__main__":
    main()
