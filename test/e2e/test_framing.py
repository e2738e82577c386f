# SPDX-License-Identifier: Apache-2.0
"""How answers are framed in HTTP/1.1: all sound ways are read, all unsound ones are recovered from.
"""

import time
import unittest

from harness import EndToEnd, message, messages, padded

EMPTY = '{"events":[],"ackId":"never to be sent"}'
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def chunk(size, data=EMPTY):
    """A raw answer in one chunk whose size is written like that."""
    return f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{size}\r\n{data}\r\n0\r\n\r\n"


SOUND = {
    "chunked": {"framing": "chunked"},
    "chunks of one byte": {"framing": "chunked", "chunk_sizes": [1]},
    "chunks of odd sizes": {"framing": "chunked", "chunk_sizes": [1, 7, 1023, 1024, 1025, 3]},
    "chunk extensions": {"framing": "chunked", "chunk_sizes": [100], "chunk_extensions": True},
    "long chunk extensions": {"framing": "chunked", "chunk_extensions": ";a=" + "b" * 5000},
    "trailers": {"framing": "chunked", "trailers": [["X-Sum", "1"], ["ackId", "no"]]},
    "long trailers": {"framing": "chunked", "trailers": [["X-Sum", "y" * 9000]] * 20},
    "delimited by the end": {"framing": "close"},
    "the end without close_notify after a length": {"connection": "close", "close_notify": False},
    "byte by byte": {"dribble": [1, 0]},
    "byte by byte in chunks": {"dribble": [1, 0], "framing": "chunked", "chunk_sizes": [5]},
    "interim answers": {"interim": 5},
    "interim answers byte by byte": {"interim": 2, "dribble": [1, 0]},
    "headers of 1 MB": {"extra_headers_bytes": 1_000_000},
    "one header of 1 MB": {"headers": [["X-Bomb", "b" * 1_000_000]]},
    "a header with a name of 1 MB": {"headers": [["b" * 1_000_000, "x"]]},
    "no reason phrase": {"reason": ""},
    "a reason phrase of 100 KB": {"reason": "r" * 100_000},
    "names in other cases": {"framing": "chunked", "headers": [["TRANSFER-encoding", "Chunked"]]},
    "an identity coding": {"headers": [["Content-Encoding", "identity"]]},
    "spaces around values": {"headers": [["Connection", " \t keep-alive \t "]]},
}

UNSOUND = {
    "length not a number": {"headers": [["Content-Length", "ten"]]},
    "length negative": {"headers": [["Content-Length", "-1"]]},
    "length with a sign": {"headers": [["Content-Length", "+40"]]},
    "length in hex": {"headers": [["Content-Length", "0x28"]]},
    "length empty": {"headers": [["Content-Length", ""]]},
    "length 2^64": {"headers": [["Content-Length", "18446744073709551616"]]},
    "length 2^64 and some": {"headers": [["Content-Length", "18446744073709551656"]]},
    "length of 400 digits": {"headers": [["Content-Length", "9" * 400]]},
    "length 2^63, then the end": {"headers": [["Content-Length", "9223372036854775808"]],
                                  "connection": "close"},
    "length too large by one, then the end": {"headers": [["Content-Length", "41"]],
                                              "connection": "close"},
    "two lengths": {"headers": [["Content-Length", "40"], ["Content-Length", "41"]]},
    "two lengths in one": {"headers": [["Content-Length", "40, 41"]]},
    "length and chunked": {"headers": [["Content-Length", "40"],
                                       ["Transfer-Encoding", "chunked"]]},
    "an unknown transfer coding": {"headers": [["Transfer-Encoding", "gzip, chunked"],
                                               ["Content-Length", None]]},
    "compressed": {"headers": [["Content-Encoding", "gzip"]]},
    "chunk size of 17 digits": {"raw": chunk("10000000000000028")},
    "chunk size 2^64 - 1": {"raw": chunk("ffffffffffffffff"), "connection": "close"},
    "chunk size of 400 digits": {"raw": chunk("f" * 400)},
    "chunk size negative": {"raw": chunk("-28")},
    "chunk size with 0x": {"raw": chunk("0x28")},
    "chunk size empty": {"raw": chunk("")},
    "chunk size not hex": {"raw": chunk("xyz")},
    "chunk longer than its size": {"raw": chunk("20")},
    "no last chunk": {"framing": "chunked", "cut": -5, "status": 200, "body": EMPTY},
    "a bare LF in the head": {"raw": HEAD.replace("\r\n", "\n") + "\n" + EMPTY},
    "a bare CR in the head": {"raw": "HTTP/1.1 200 OK\rContent-Length: 40\r\n\r\n" + EMPTY},
    "NUL in the head": {"raw": HEAD + "X-Nul: a\0b\r\nContent-Length: 40\r\n\r\n" + EMPTY},
    "a folded header": {"raw": HEAD + "X-Fold: a\r\n b\r\nContent-Length: 40\r\n\r\n" + EMPTY},
    "a space before the colon": {"raw": HEAD + "Content-Length : 40\r\n\r\n" + EMPTY},
    "a line without a colon": {"raw": HEAD + "nonsense\r\nContent-Length: 40\r\n\r\n" + EMPTY},
    "another version": {"raw": "HTTP/2 200 OK\r\nContent-Length: 40\r\n\r\n" + EMPTY},
    "not HTTP": {"raw": "220 mail.example ESMTP ready\r\n"},
    "status of two digits": {"raw": "HTTP/1.1 20 OK\r\nContent-Length: 40\r\n\r\n" + EMPTY},
    "status of four digits": {"raw": "HTTP/1.1 2000 OK\r\nContent-Length: 40\r\n\r\n" + EMPTY},
    "status 999": {"raw": "HTTP/1.1 999 No\r\nContent-Length: 40\r\n\r\n" + EMPTY},
    "switching protocols": {"raw": "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" + EMPTY},
    "an empty answer": {"raw": "", "connection": "close"},
    "nothing but line ends": {"raw": "\r\n" * 5000, "connection": "close"},
}


class Framing(EndToEnd):

    def test_every_sound_framing_is_read_without_a_retry(self):
        agent, client = self.follow()
        pushed = 0
        for name, how in SOUND.items():
            with self.subTest(name):
                fault = agent.fault(on="read", **how)
                agent.push(message(pushed))  # answers the read that waits
                self.struck_by(fault)
                agent.push(message(pushed + 1))  # comes in the framing
                pushed += 2
                self.wait_lines(client, pushed)
                self.wait_reading()
                agent.clear_faults()
        self.wait_acknowledged(messages(pushed))
        self.assert_printed(client, messages(pushed))
        self.assertNotIn("next try", client.err)
        # One of them is an answer that ends without telling its length before.
        self.assertLess(len(agent.connections), 8)

    def test_every_unsound_framing_is_a_failed_read_and_nothing_is_lost(self):
        agent, client = self.follow()
        pushed = 0
        for name, how in UNSOUND.items():
            with self.subTest(name):
                fault = agent.fault(on="read", **how)
                if not fault.replaces_processing:
                    fault.effects["instead_of_processing"] = True
                    fault.effects.setdefault("status", 200)
                    fault.effects.setdefault("body", EMPTY)
                agent.push(message(pushed))
                struck, again = self.assert_reads_again(fault)
                self.assertNotEqual(again.connection, struck.connection, "any doubt closes it")
                pushed += 1
                self.wait_lines(client, pushed)
                self.wait_reading()
        self.wait_acknowledged(messages(pushed))
        self.assert_printed(client, messages(pushed))
        self.assertGreaterEqual(self.stats(client)["retries"], len(UNSOUND))

    def test_the_same_in_list_and_create(self):
        for on in ("list", "create"):
            agent = self.start_agent()
            agent.fault(on=on, **dict({"status": 200, "body": "[]"}, **UNSOUND["length 2^64"]))
            client = self.tail("--json")
            self.wait_error(client, f"{on}: .*next try in 0")
            self.wait_reading()
            self.deliver(client, message(1))

    def test_204_has_no_body_and_the_connection_is_kept(self):
        agent, client = self.follow()
        fault = agent.fault(on="read", status=204)
        agent.push(message(1))
        struck, again = self.assert_reads_again(fault)
        self.assertEqual(struck.connection, again.connection)
        self.wait_reading()
        self.deliver(client, message(2))

    def test_a_large_batch_in_each_framing(self):
        for how in ({"framing": "chunked", "chunk_sizes": [1, 900, 65536]}, {"framing": "close"}):
            with self.subTest(how=how):
                agent, client = self.follow()
                agent.fault(on="read", skip=0, **how)
                agent.push(message(0))
                self.wait_requests("read", 2)
                batch = [padded(2000, number) for number in range(500)]
                agent.push(batch)
                self.wait_lines(client, 501)
                self.wait_acknowledged(batch)
                self.assertEqual(client.lines[1:], batch)

    def test_a_slow_but_steady_answer_is_waited_for(self):
        agent, client = self.follow()
        agent.fault(on="read", dribble=[400, 0.2])
        agent.push(message(0))
        self.wait_requests("read", 2)
        start = time.monotonic()
        agent.push([padded(1500, 1)])
        self.wait_lines(client, 2)
        self.assertGreater(time.monotonic() - start, 0.5)
        self.assertNotIn("next try", client.err)


if __name__ == "__main__":
    unittest.main()
