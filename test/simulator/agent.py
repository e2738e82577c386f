# SPDX-License-Identifier: Apache-2.0
"""An Agent to test against: sign-in and all its streams over HTTP/1.1, strict or lenient, faulty.

What it is for: a client is pointed at `Agent().url`; the test pushes events, orders faults and
looks at what the client did. It is written on bare sockets, since a fault is a matter of bytes.

What it promises:
- without faults it behaves as the real one: feeds with queues and a lifetime, long polls, batches
  that stay until their ackId comes back and are queued again otherwise, 20 feeds, tokens from files
  or from a sign-in (by RSA or by certificate, see sign_in.py), version and health; the datahose,
  whose feeds are made by reading and shared by several readers; the legacy feed, which is read once
  and by one reader;
- cookies may be set, as a load balancer does; what comes back is held against what was set;
- pod and key manager are served too, on the same port or, with `separate_hosts`, on their own;
- what a request does against HTTP/1.1 or the API is noted in `agent.breaches`, one line each; strict,
  so is what real servers take, but symfeed never sends (chunks, null, `Accept-Encoding` ...);
- all methods and attributes of Agent may be used from any thread; `wait_for` waits without polling;
- `stop` (or leaving the `with` block) ends every thread and closes every socket.

The order of the file: faults; what is recorded; reading a request; writing an answer,
soundly or not; the Agent. Feeds are in feeds.py, sockets in connection.py, TLS is in tls.py.

Faults. `agent.fault(on="read", status=503, times=2)`, or the same members as a JSON object. They
form a queue: a request meets the first fault of its kind, and only when that is used up does the
next one come into play:

    on                     "create" "list" "read" "delete" "datahose" (its read) "legacy_create"
                           "legacy_read" "session" "key" (the two sign-in calls) "session_info"
                           "info" "health" "any" (default) or "connect"
    host                   "agent" "pod" "key_manager": only there (default: anywhere)
    skip                   so many requests of the kind pass first (default 0)
    times                  so many requests are hit (default 1; -1: for ever)

Instead of, or on top of, the answer of the Agent:

    status, reason         status line; without `body` an error object is made up
    headers                list of [name, value]: each replaces all headers of that name (so a name
                           given twice is sent twice); a null value removes the header
    body                   text or bytes; where JSON is written: {"base64": "..."} for bytes
    raw                    the whole answer verbatim, status line included
    instead_of_processing  whether the Agent's logic is left out. Default: true where status, body,
                           raw, close_before or silent is given, or reset without cut or cut_body
    drop_ack_id            answer of a read without ackId
    ack_id                 any JSON value instead of it; a string works when it is sent back
    events, drop_events    any JSON value as `events`, or no `events`; the queue is left alone. Of a
                           legacy read the value is the whole body, or it has no event
    member_order           "ack_last" (default), "ack_first" or "both_around" (ackId twice)
    unknown_members        members that no specification names, before, between and after

How it is sent:

    delay                  seconds before the first byte
    dribble                [n, seconds]: n bytes at a time, with a pause
    cut                    only so many bytes of the whole answer (negative: all but), then close
    cut_body               the same, counted in the body as framed
    reset                  TCP reset; alone: instead of an answer; with a cut: after it
    close_before           close without a byte
    silent                 no answer and no close, until the client hangs up
    framing                "length" (default), "chunked" or "close"
    chunk_sizes            list of sizes, used in turn (default: one chunk)
    chunk_extensions       text put after each chunk size, such as ";a=b"; true for a sample
    trailers               list of [name, value] after the last chunk
    interim                so many 100 and 103 answers first
    extra_headers_bytes    so many bytes of junk header lines
    connection             "close": say so and close
    garbage_after          bytes after the answer
    unasked                [seconds, bytes]: so long after the answer, where the connection is kept
                           and no other request has come by then; the counter "unasked" tells
    close_notify           whether a TLS connection ends with close_notify; default: false where
                           cut, cut_body or close_before is given, else true

For "connect":

    refuse                 seconds for which nothing listens on the port (-1: until clear_faults);
                           without `host`: on all ports
    tls                    "close_in_handshake", "garbage", "silent", "alert", "silent_after_hello"
                           (of the server, with all that it sends then) or "certificate:NAME", NAME
                           being one of the Agent's `certificates`
    tls_version            "1.2" or "1.3" and no other
    reset, close_before    as soon as the connection is accepted
    delay                  seconds before the handshake
"""

import base64
import collections
import email.utils
import itertools
import json
import os
import random
import re
import urllib.parse
import zlib

from connection import Port
from feeds import Datahose, Feed, Legacy, Pushed
import feeds
from server import Server
import sign_in
import tls

# -- faults ----------------------------------------------------------------------------------------

HOSTS = ("agent", "pod", "key_manager")
KINDS = ("create", "list", "read", "delete", "datahose", "legacy_create", "legacy_read", "session",
         "key", "session_info", "info", "health", "any", "connect")
CONNECT_EFFECTS = frozenset(("refuse", "tls", "tls_version", "reset", "close_before", "delay"))
REQUEST_EFFECTS = frozenset((
    "status", "reason", "headers", "body", "raw", "instead_of_processing", "drop_ack_id", "ack_id",
    "events", "drop_events", "member_order", "unknown_members", "delay", "dribble", "cut",
    "cut_body", "reset", "close_before", "silent", "framing", "chunk_sizes", "chunk_extensions",
    "trailers", "interim", "extra_headers_bytes", "connection", "garbage_after", "unasked",
    "close_notify"))
CHOICES = {
    "framing": ("length", "chunked", "close"),
    "member_order": ("ack_last", "ack_first", "both_around"),
    "connection": ("close",),
    "tls_version": tuple(tls.VERSIONS),
}
TLS_FAULTS = ("close_in_handshake", "garbage", "silent", "alert", "silent_after_hello")


class Fault:
    """One ordered fault; see the top of the file. `used` counts the requests that it has hit."""

    def __init__(self, on="any", skip=0, times=1, host=None, **effects):
        known = CONNECT_EFFECTS if on == "connect" else REQUEST_EFFECTS
        unknown = sorted(set(effects) - known)
        if on not in KINDS:
            raise ValueError(f"fault on {on!r}: must be one of {', '.join(KINDS)}")
        if unknown or not effects:
            raise ValueError(f"fault on {on!r}: {', '.join(unknown) or 'nothing'} has no effect")
        for name, choices in CHOICES.items():
            if effects.get(name, choices[0]) not in choices:
                raise ValueError(f"fault: {name} must be one of {', '.join(choices)}")
        if host not in (None, *HOSTS):
            raise ValueError(f"fault: host must be one of {', '.join(HOSTS)}")
        how = effects.get("tls", "alert")
        if how not in TLS_FAULTS and not how.startswith("certificate:"):
            raise ValueError(f"fault: tls must be {', '.join(TLS_FAULTS)} or certificate:NAME")
        self.on, self.skip, self.times, self.host, self.effects = on, skip, times, host, effects
        self.used = 0

    def get(self, name, default=None):
        return self.effects.get(name, default)

    def has(self, *names):
        """Whether one of the effects is given and is not false (0 counts as given)."""
        return any(name in self.effects and self.effects[name] is not False for name in names)

    @property
    def replaces_processing(self):
        default = (self.has("status", "body", "raw", "close_before", "silent")
                   or self.has("reset") and not self.has("cut", "cut_body"))
        return self.get("instead_of_processing", default)

    @property
    def says_goodbye(self):
        return self.get("close_notify", not self.has("cut", "cut_body", "close_before"))

    def __repr__(self):
        where = f", host={self.host!r}" if self.host else ""
        return (f"Fault(on={self.on!r}, skip={self.skip}, times={self.times}{where}, "
                f"{self.effects!r})")


NO_FAULT = Fault(delay=0)


def as_bytes(value):
    """Bytes as a fault may give them: bytes, text, or {"base64": text} in a script."""
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return value.encode() if isinstance(value, str) else bytes(value)


# -- what is recorded ------------------------------------------------------------------------------


class Request:
    """One request as it came, and what became of it.

    kind        "create", "list", "read", "delete", "datahose", "legacy_create", "legacy_read",
                "session", "key", "session_info", "info", "health" or "other"
    host        "agent", "pod" or "key_manager": whose port it came to (whose call it is, where all
                share one port)
    method, target, path (not decoded), query (dict, decoded), feed_id (decoded, or None; of a
                datahose read the feed that was found or made)
    headers     list of (name, value); `header(name)` gives one value or None
    body, json  the bytes, and the value in them (None where there is none); where the Agent is
                lenient, without members that are null
    time        seconds since the Agent started; `answered`: the same when the answer was sent
    connection  number of the connection, from 1; `number`: of the request on it, from 1
    status      of the answer; None when none was sent whole
    peer_closed whether the client was found to have hung up before the answer was sent
    fault       the Fault that hit it, or None
    sign_in     "rsa" or "certificate" for a call to sign in, else None; `user`: who may do so by
                this call, or `refusal`: why nobody may
    client_subject  the common name in the client's certificate, None without one
    mistakes    of a datahose read: what is wrong with its body
    cookies     dict of those in the Cookie header
    keeps_alive whether its version of HTTP leaves the connection open
    """

    def __init__(self, connection, number, now):
        self.connection, self.number, self.time = connection, number, now
        self.kind, self.method, self.target, self.path = "other", "", "", ""
        self.query, self.headers, self.feed_id = {}, [], None
        self.body, self.json = b"", None
        self.answered = self.status = self.fault = None
        self.host, self.misplaced, self.peer_closed = "agent", False, False
        self.sign_in = self.user = self.refusal = self.client_subject = None
        self.mistakes, self.cookies, self.keeps_alive = [], {}, True

    def header(self, name, default=None):
        values = self.header_values(name)
        return values[0] if values else default

    def header_values(self, name):
        return [value for found, value in self.headers if found.lower() == name.lower()]

    @property
    def label(self):
        """What a line about it begins with."""
        return f"{self.kind} #{self.connection}.{self.number}"

    @property
    def ack_id(self):
        """The ackId that a read carried; "" when it had none."""
        return self.json.get("ackId") or "" if isinstance(self.json, dict) else ""

    def as_dict(self):
        """For the log: all of it as a JSON object."""
        members = {name: value for name, value in vars(self).items() if name != "fault"}
        members["body"] = self.body.decode("utf-8", "replace")
        members["fault"] = repr(self.fault) if self.fault else None
        return members

    def __repr__(self):
        return (f"#{self.connection}.{self.number} {self.method} {self.target} "
                f"{self.status or 'no answer'}")


# -- reading a request -----------------------------------------------------------------------------

MOST_HEAD_BYTES = 65536
MOST_BODY_BYTES = 1 << 20

END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
REQUEST_LINE = re.compile(r"([A-Z]+) (/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*(?:\?\S*)?) HTTP/1\.1")
# A proxy's absolute form and HTTP/1.0 besides: RFC 9112, section 3.2.2.
ANY_REQUEST_LINE = re.compile(REQUEST_LINE.pattern.replace(" (/", " (?:https?://[^/ ]+)?(/").replace(
    r"1\.1", r"1\.([01])"))
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")
HEADER_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
QUERY = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")
BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
FIXED_CALLS = {
    "/pod/v2/sessioninfo": ("GET", "session_info", "pod", None),
    "/agent/v1/info": ("GET", "info", "agent", None),
    "/agent/v3/health/extended": ("GET", "health", "agent", None),
    "/agent/v5/events/read": ("POST", "datahose", "agent", None),
    "/agent/v4/datafeed/create": ("POST", "legacy_create", "agent", None),
    **sign_in.CALLS,
}
FEED_CALLS = (
    (re.compile(r"/agent/v5/datafeeds()"), {"GET": "list", "POST": "create"}),
    (re.compile(r"/agent/v5/datafeeds/([^/]+)"), {"DELETE": "delete"}),
    (re.compile(r"/agent/v5/datafeeds/([^/]+)/read"), {"POST": "read"}),
    (re.compile(r"/agent/v4/datafeed/([^/]+)/read"), {"GET": "legacy_read"}),
)
QUERY_OF = {"list": {"tag"}, "legacy_read": {"limit"}}
COOKIE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*"
                    r"|\"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*\")")
SET_COOKIE = re.compile(rb"(?im)^set-cookie:[ \t]*([^=;\r\n]+)=([^;\r\n]*)")
TRACE_ID = re.compile(r"[A-Za-z0-9]{6}")
ONLY_ONCE = ("Host", "Content-Length", "Content-Type", "Accept", "User-Agent", "X-Trace-Id",
             "sessionToken", "keyManagerToken", "Authorization", "Connection", "Cookie")
BODY_MEMBERS = {
    "create": {"tag": str, "includeInvisible": bool},
    "read": {"ackId": str, "updatePresence": bool},
    "datahose": feeds.DATAHOSE_MEMBERS,
    "legacy_create": {},
    "session": {"token": str},
    "key": {"token": str},
}


class BadRequest(Exception):
    """The request cannot be answered in its own terms: answer this status and close."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def parse_head(request, head, note, strict):
    """Fills in the request from its head; every breach of form is given to `note`."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)", head):
        note("a line of the head does not end with CRLF")
    lines = re.split("\r?\n", head.decode("latin-1"))
    match = (REQUEST_LINE if strict else ANY_REQUEST_LINE).fullmatch(lines[0])
    if not match:
        note(f"not a request line of HTTP/1.1: {lines[0][:80]!r}")
        raise BadRequest(400, "malformed request line")
    request.method, request.target = match.group(1, 2)
    request.keeps_alive = match.groups()[2:] != ("0",)
    for line in lines[1:]:
        field = HEADER_LINE.fullmatch(line)
        if not field:
            note(f"not a header line: {line[:80]!r}")
            raise BadRequest(400, "malformed header line")
        if not re.fullmatch(r"[\t\x20-\x7e]*", field.group(2)):
            note(f"header {field.group(1)} holds a control or non-ASCII character")
        request.headers.append(field.groups())
    parse_target(request, note)


def find_call(path):
    """({method: kind}, host, way to sign in, feed id) of a path, or None."""
    if path in FIXED_CALLS:
        method, kind, home, how = FIXED_CALLS[path]
        return {method: kind}, home, how, None
    for pattern, kinds in FEED_CALLS:
        match = pattern.fullmatch(path)
        if match:
            return kinds, "agent", None, urllib.parse.unquote(match.group(1)) or None
    return None


def parse_target(request, note):
    """Splits path and query, decodes the query."""
    request.path, _, query = request.target.partition("?")
    if BAD_PERCENT.search(request.target) or not QUERY.fullmatch(query):
        note(f"target is not percent-encoded as it should be: {request.target!r}")
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        if name in request.query:
            note(f"query parameter {name} is given twice")
        request.query[name] = value


def body_length(request, note, only_ours):
    """How long the body is, by its headers; None: it comes in chunks. Here and below, `note` is for
    breaches, `only_ours` for what other clients may do."""
    coding = request.header_values("Transfer-Encoding")
    if coding:
        if [value.lower() for value in coding] != ["chunked"] or request.header("Content-Length"):
            note(f"Transfer-Encoding is {', '.join(coding)}, or there is a Content-Length, too")
            raise BadRequest(400, "bad Transfer-Encoding")
        if only_ours("the request has a Transfer-Encoding"):
            raise BadRequest(411, "only Content-Length is taken")
        return None
    values = request.header_values("Content-Length")
    if not values:
        if request.method == "POST" and request.sign_in != "certificate":
            only_ours("POST without Content-Length")
        return 0
    if not re.fullmatch(r"[0-9]{1,9}", values[0]) or len(values) > 1:
        note(f"bad Content-Length: {values!r}")
        raise BadRequest(400, "bad Content-Length")
    if int(values[0]) > MOST_BODY_BYTES:
        note(f"body of {values[0]} bytes")
        raise BadRequest(413, "too long")
    return int(values[0])


def check_headers(request, note):
    """Notes what the headers of a complete request do against HTTP/1.1 or the API's rules."""
    for name in ONLY_ONCE:
        if len(request.header_values(name)) > 1:
            note(f"more than one {name} header")
    content_type = request.header("Content-Type")
    if (request.body and media_type(content_type) != "application/json"
            and request.sign_in != "certificate"):
        note(f"body with Content-Type {content_type!r}")
    if request.header("Host") is None:
        note("no Host")


def check_our_headers(request, authorities, trace_ids, only_ours):
    """Notes what real servers take in the headers of a request, but symfeed has no reason to send."""
    host = request.header("Host")
    if host is not None and host.lower() not in authorities:
        only_ours(f"Host is {host!r}, not one of {', '.join(sorted(authorities))}")
    if not request.body and request.header("Content-Type") is not None:
        only_ours("Content-Type without a body")
    if request.body and request.method in ("GET", "DELETE"):
        only_ours(f"{request.method} with a body")
    if media_type(request.header("Accept")) != "application/json":
        only_ours(f"Accept is {request.header('Accept')!r}")
    if not request.header("User-Agent"):
        only_ours("no User-Agent")
    if request.header("Accept-Encoding", "identity") != "identity":
        only_ours(f"Accept-Encoding is {request.header('Accept-Encoding')!r}")
    if request.header("Expect") is not None:
        only_ours(f"Expect is {request.header('Expect')!r}")
    trace_id = request.header("X-Trace-Id", "")
    if not TRACE_ID.fullmatch(trace_id):
        only_ours(f"X-Trace-Id is {trace_id!r}, not 6 alphanumerics")
    elif trace_id in trace_ids:
        only_ours(f"X-Trace-Id {trace_id} was used before")
    trace_ids.add(trace_id)


def check_cookies(request, known, others, note):
    """Reads the Cookie header; notes what nobody has set. `known`: pairs (name, value) that we set,
    `others`: names that are set by those in front of us."""
    text = request.header("Cookie")
    for pair in text.split("; ") if text is not None else ():
        match = COOKIE.fullmatch(pair)
        if not match:
            note(f"not a cookie: {pair[:80]!r}")
            continue
        name, value = match.groups()
        if name in request.cookies:
            note(f"cookie {name} is sent twice")
        elif name not in others and (name, value) not in known:
            note(f"cookie {name}={value[:80]} was never set")
        request.cookies[name] = value


def media_type(value):
    return (value or "").partition(";")[0].strip().lower()


def parse_body(request, note, only_ours, strict):
    """Reads the JSON of the body; notes what the API does not know."""
    def no_repeats(pairs):
        if len(dict(pairs)) != len(pairs):
            note("a member of the body is given twice")
        return dict(pairs)

    if not request.body or request.sign_in == "certificate":
        return
    try:
        request.json = json.loads(request.body.decode("utf-8"), object_pairs_hook=no_repeats)
    except ValueError as error:
        note(f"the body is not JSON: {error}")
        raise BadRequest(400, "the body is not valid JSON") from None
    if request.kind not in BODY_MEMBERS:
        return
    known = BODY_MEMBERS[request.kind]
    if not isinstance(request.json, dict):
        note("the body is not a JSON object")
        raise BadRequest(400, "the body is not a JSON object")
    if not strict:  # null says what the absence of a member says
        request.json = {name: value for name, value in request.json.items() if value is not None}
    for name, value in request.json.items():
        if name not in known:
            only_ours(f"body member {name!r} is not one of a {request.kind}")
        elif not isinstance(value, known[name]):
            note(f"body member {name} is {value!r}")
            raise BadRequest(400, f"{name} has the wrong type")


# -- writing an answer, soundly or not -------------------------------------------------------------

REASONS = {
    200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    410: "Gone", 411: "Length Required", 413: "Payload Too Large", 415: "Unsupported Media Type",
    429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}
INTERIM = (b"HTTP/1.1 100 Continue\r\n\r\n",
           b"HTTP/1.1 103 Early Hints\r\nLink: </hint>; rel=preload\r\n\r\n")
UNKNOWN_MEMBERS = (b'"meta":{"events":[{"ackId":"no"}],"depth":[[[]]]}',
                   b'"between":"\\"ackId\\":\\"no\\" \xf0\x9f\x94\x94"', b'"after":-1.5e+3')


class Answer:
    """A status, headers and a body that are not bytes on the wire yet."""

    def __init__(self, status, body=b"", headers=(), reason=None):
        self.status, self.body, self.headers = status, body, list(headers)
        self.reason = REASONS.get(status, "Status") if reason is None else reason
        self.close = False


def json_answer(status, value):
    """An answer with a JSON body; `value` may be bytes that are JSON already."""
    if not isinstance(value, bytes):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, value, [("Content-Type", "application/json;charset=UTF-8")])


def error_answer(status, message):
    """An answer with the API's error object."""
    return json_answer(status, {"code": status, "message": message})


def batch_body(events, ack_id, fault):
    """The object that a read answers with, its members as the fault orders them."""
    members = [] if fault.has("drop_events") else [b'"events":' + events]
    if not fault.has("drop_ack_id"):
        value = fault.get("ack_id", ack_id) if "ack_id" in fault.effects else ack_id
        ack = b'"ackId":' + json.dumps(value).encode()
        order = fault.get("member_order", "ack_last")
        if order in ("ack_first", "both_around"):
            members.insert(0, ack)
        if order in ("ack_last", "both_around"):
            members.append(ack)
    if fault.has("unknown_members"):
        first, between, last = UNKNOWN_MEMBERS
        members = [first, *members[:1], between, *members[1:], last]
    return b"{" + b",".join(members) + b"}"


def array_of(items):
    """A JSON array of events, each as it was pushed."""
    return b"[" + b",".join(item.text for item in items) + b"]"


def spoil(answer, fault):
    """The answer (None: there is none yet) with status, reason and body as the fault orders."""
    if fault.has("status", "body"):
        status = fault.get("status", answer.status if answer else 200)
        if fault.has("body"):
            answer = Answer(status, as_bytes(fault.get("body")), answer.headers if answer else ())
        elif status in (204, 304):
            answer = Answer(status)
        else:
            answer = error_answer(status, f"made up: {REASONS.get(status, status)}")
    answer = answer or error_answer(500, "not processed")
    if "reason" in fault.effects:
        answer.reason = fault.get("reason")
    return answer


def encode(answer, fault, keep_alive):
    """The answer on the wire, in two parts, head and framed body; sets `answer.close`."""
    body, framing = answer.body, fault.get("framing", "length")
    headers = [("Date", email.utils.formatdate(usegmt=True)), *answer.headers]
    if answer.status in (204, 304) and not body:
        pass  # these have no body, nor a word about it
    elif framing == "chunked":
        headers.append(("Transfer-Encoding", "chunked"))
        body = chunked(body, fault)
    elif framing == "length":
        headers.append(("Content-Length", str(len(body))))
    announced = not keep_alive or answer.close or framing == "close" or fault.has("connection")
    answer.close = announced or fault.has("cut", "cut_body")
    headers.append(("Connection", "close" if announced else "keep-alive"))
    replacing = [tuple(pair) for pair in fault.get("headers", ())]
    replaced = {name.lower() for name, _ in replacing}
    headers = [pair for pair in headers if pair[0].lower() not in replaced]
    headers += [pair for pair in replacing if pair[1] is not None]
    lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
    lines += [f"{name}: {value}" for name, value in headers]
    head = "\r\n".join(lines).encode() + b"\r\n" + junk_headers(fault.get("extra_headers_bytes", 0))
    interim = b"".join(INTERIM[n % 2] for n in range(fault.get("interim", 0)))
    return interim + head + b"\r\n", body


def junk_headers(nbytes):
    """Header lines that are `nbytes` long together (a line takes 16 bytes at least)."""
    lines = []
    while nbytes >= 16:
        length = nbytes if nbytes < 128 else 96
        line = b"X-Junk-%04d: " % (len(lines) % 10000)
        lines.append(line + b"j" * (length - len(line) - 2) + b"\r\n")
        nbytes -= length
    return b"".join(lines)


def chunked(body, fault):
    """The body in chunks of the sizes that the fault gives, in turn."""
    sizes = itertools.cycle(fault.get("chunk_sizes") or [max(len(body), 1)])
    extension = fault.get("chunk_extensions", "")
    extension = ';name=value;quoted="a;b\\"c"' if extension is True else extension
    parts, start = [], 0
    while start < len(body):
        piece = body[start:start + max(next(sizes), 1)]
        parts.append(b"%x%s\r\n%s\r\n" % (len(piece), extension.encode(), piece))
        start += len(piece)
    parts.append(b"0%s\r\n" % extension.encode())
    parts += [f"{name}: {value}\r\n".encode() for name, value in fault.get("trailers", ())]
    return b"".join(parts) + b"\r\n"


# -- the Agent -------------------------------------------------------------------------------------

BASE_62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


LEGACY_WARNING = "this endpoint is deprecated, use /agent/v5/datafeeds"


def usual_health():
    """What /v3/health/extended answers while all is well, but for its own status."""
    return {"services": {"pod": {"status": "UP", "version": "25.8.1"},
                         "datafeed": {"status": "UP", "version": "3.2.1"},
                         "key_manager": {"status": "UP"}},
            "users": {"agentservice": {"authType": "RSA", "status": "UP"},
                      "ceservice": {"authType": "RSA", "status": "UP"}},
            "version": "25.8.1"}


class Agent(Server):
    """The simulator. Use it as a context manager, or call `start` and `stop`.

    strict             whether it is a breach, or refused, where a request holds what real servers take,
                       but symfeed never sends; false for other clients
    certificate, key   files for TLS; without them the Agent is plain
    certificates       dict NAME -> (certificate, key), for "certificate:NAME" faults
    tls_minimum, tls_maximum "1.2" or "1.3"; ciphers: OpenSSL's list for 1.2; alpn: protocols
    session_tickets    false: none are given (1.2 may still resume by session id)
    separate_hosts     pod and key manager have ports of their own: pod_port, key_manager_port
    pod_certificate, key_manager_certificate  NAMEs of theirs in `certificates` (None: the Agent's)
    client_ca          file of roots for client certificates
    require_client_certificate  False: none is asked for; "optional"; True: no handshake without
    client_certificate_hosts    where: default all that there are, but with separate_hosts only
                       "pod" and "key_manager"
    server_name        host in `url`; default "localhost" with TLS, else the bound address
    user               the bot; feed ids begin with it
    session_token, km_token  ready tokens; made up where absent
    require_km_token   whether a wrong keyManagerToken is a 401
    tokens_directory   the tokens are kept there in the files session-token and km-token
    datahose_limit     datahose feeds that may exist: the next one is a 403 (None: no limit)
    datahose_entitled  false: a datahose read is a 403, the user lacks the entitlements
    event_types        names that a datahose may ask for, those of events.py by default
    legacy_limit       legacy feeds that may exist: the next one is a 503 (None: no limit)
    legacy_room        events that may wait in one; the next one ends it (None: any number)
    legacy_gone        true: the calls of the legacy feed are switched off, 410
    legacy_warning     the header X-Warning of their answers (None: there is none)
    set_cookies        list of Set-Cookie values, sent with every answer; with set_cookies_always
                       false only where the request brought no Cookie
    cookies_of_others  names of cookies that somebody in front of the Agent sets
    hold, requeue, feed_ttl, idle_timeout  seconds; feed_limit, batch_limit: counts (None: none)
    notice_hangup      a long poll ends when its client hangs up; false: the poll goes on and its
                       events are handed to nobody, as an Agent behind a proxy does
    ascii_json         events are written with \\u escapes
    seed               of ids and tokens;  keep: so many requests and events are remembered
    log                called with one line for each request and breach

    Sign-in (see sign_in.py):

    users              dict name -> public RSA key, PEM text or its path: who may sign in by JWT
    certificate_users  set of common names that may sign in by certificate (None: all)
    allow_jwt_reuse    a JWT works more than once, and that is no breach
    clock_offset       seconds that the Agent's clock is ahead of the machine's
    token_life         seconds that an issued token is good for, by that clock (None: for ever)
    simplified_key_delivery  what the claims of a session token say of it (None: nothing)
    session_token_size, km_token_size  characters of an issued token (None: as usual)
    sign_in_members    "plain", "reversed" or "unknown_members" (None: each in turn)
    agent_version      in the answer to /v1/info; `health`: dict, the answer to /v3/health/extended
                       (its own `status`, and the answer's, follow from those within)

    hold, requeue, feed_ttl, feed_limit, batch_limit, idle_timeout, require_km_token, notice_hangup,
    require_client_certificate, those of datahose, legacy feed and cookies, and all those of sign-in
    but `users` are attributes that a test may set at any time.
    """

    def __init__(self, *, host="127.0.0.1", port=0, certificate=None, key=None, certificates=None,
                 tls_minimum="1.2", tls_maximum="1.3", ciphers=None, alpn=("http/1.1",),
                 session_tickets=True, server_name=None, user="bot-42", session_token=None,
                 km_token=None, require_km_token=False, tokens_directory=None, hold=30.0,
                 requeue=30.0, feed_ttl=1800.0, feed_limit=20, batch_limit=None, idle_timeout=60.0,
                 notice_hangup=True, ascii_json=False, seed=0, keep=100_000, log=None,
                 separate_hosts=False, pod_port=0, key_manager_port=0, pod_certificate=None,
                 key_manager_certificate=None, client_ca=None, require_client_certificate=False,
                 client_certificate_hosts=None, users=None, certificate_users=None,
                 allow_jwt_reuse=False, clock_offset=0.0, token_life=None,
                 simplified_key_delivery=None, session_token_size=None, km_token_size=None,
                 sign_in_members=None, agent_version="Agent-25.8.1-67", datahose_limit=5,
                 datahose_entitled=True, event_types=feeds.KNOWN_TYPES, legacy_limit=20,
                 legacy_room=250, legacy_gone=False, legacy_warning=LEGACY_WARNING, set_cookies=(),
                 set_cookies_always=True, cookies_of_others=(), strict=True):
        ports = {"agent": Port(host, port)}
        if separate_hosts:
            ports["pod"] = Port(host, pod_port, "pod", pod_certificate or "")
            ports["key_manager"] = Port(host, key_manager_port, "key_manager",
                                        key_manager_certificate or "")
        super().__init__(ports, log)
        self.host, self.user, self.strict = host, user, strict
        self.hold, self.requeue, self.feed_ttl = hold, requeue, feed_ttl
        self.feed_limit, self.batch_limit, self.idle_timeout = feed_limit, batch_limit, idle_timeout
        self.require_km_token, self.notice_hangup = require_km_token, notice_hangup
        self.ascii_json, self.tokens_directory = ascii_json, tokens_directory
        self.tls = certificate is not None
        self._tls = tls.Settings(dict(certificates or {}, **{"": (certificate, key)}), tls_minimum,
                                 tls_maximum, ciphers, alpn, session_tickets, client_ca)
        self.require_client_certificate = require_client_certificate
        self.client_certificate_hosts = client_certificate_hosts or (
            HOSTS[1:] if separate_hosts else HOSTS)
        self.certificate_users, self.allow_jwt_reuse = certificate_users, allow_jwt_reuse
        self.clock_offset, self.token_life = clock_offset, token_life
        self.simplified_key_delivery = simplified_key_delivery
        self.sign_in_members = sign_in_members
        self.session_token_size, self.km_token_size = session_token_size, km_token_size
        self.agent_version, self.health = agent_version, usual_health()
        self.datahose_limit, self.datahose_entitled = datahose_limit, datahose_entitled
        self.event_types = event_types
        self.legacy_limit, self.legacy_room = legacy_limit, legacy_room
        self.legacy_gone, self.legacy_warning = legacy_gone, legacy_warning
        self.set_cookies, self.set_cookies_always = set_cookies, set_cookies_always
        self.cookies_of_others = cookies_of_others
        self.server_name = server_name or ("localhost" if self.tls else host)
        self._random = random.Random(seed)
        self._sign_in = sign_in.SignIn(self, users, self._random)
        self.session_token = session_token or self._sign_in.session_text(user)
        self.km_token = km_token or self._sign_in.key_text()
        self._requests = collections.deque(maxlen=keep)
        self._acknowledged = collections.deque(maxlen=keep)
        self._connections = collections.deque(maxlen=keep)
        self._trace_ids, self._feeds, self._for_new_feeds = set(), {}, []
        self._cookies = set()  # pairs (name, value) that were set

    # -- starting and ending ---------------------------------------------------------------------

    def start(self):
        if self.tls:
            for port in self._ports.values():
                self._context(port)
        if self.tokens_directory:
            self.write_tokens()
        return super().start()

    @property
    def url(self):
        """What a client is given as the Agent's base."""
        return self.url_for(self.server_name)

    @property
    def pod_url(self):
        """The base of the pod's calls, without a path."""
        return self.url_for(self.server_name, "pod")

    @property
    def key_manager_url(self):
        """The base of the key manager's calls, without a path."""
        return self.url_for(self.server_name, "key_manager")

    def url_for(self, name, host="agent"):
        """The same under another name of this machine, such as "127.0.0.1"."""
        name = f"[{name}]" if ":" in name else name
        return (f"{'https' if self.tls else 'http'}://{name}:{self._port_of(host).number}"
                f"{'/agent' if host == 'agent' else ''}")

    @property
    def port(self):
        return self._port_of("agent").number

    @property
    def pod_port(self):
        return self._port_of("pod").number

    @property
    def key_manager_port(self):
        return self._port_of("key_manager").number

    def is_listening(self, host="agent"):
        """Whether the port is open: a "refuse" fault closes it."""
        with self._lock:
            return self._port_of(host).listener is not None

    # -- what a test orders ----------------------------------------------------------------------

    def push(self, events, tag=None, scope=None):
        """Queues an event, or a list of them, in all feeds (those with the tag, where given).

        An event is a dict, or str or bytes: JSON text that is sent verbatim, sound or not. A
        datahose gets what it has asked for, of an event with a `scope` only where it is its own.
        Returns the number of feeds; in none, the events are lost, as with the real Agent.
        """
        pushed = self._pushed(events, scope)
        with self._changed:
            self._expire()
            takers = [feed for feed in self._feeds.values() if tag is None or feed.tag == tag]
            for feed in takers:
                self._add(feed, pushed)
            self.counters["events_pushed"] += len(pushed)
            self._wake_all()
            return len(takers)

    def push_to_new_feeds(self, events):
        """The same for the next feed that is created: what happened while nobody listened."""
        with self._lock:
            self._for_new_feeds += self._pushed(events)

    def fault(self, on="any", skip=0, times=1, host=None, **effects):
        """Orders a fault; see the top of the file. Returns the Fault."""
        fault = Fault(on, skip, times, host, **effects)
        if fault.get("tls", "alert") not in TLS_FAULTS[:4] or fault.has("tls_version"):
            self._context(self._ports["agent"], fault)  # to say now what is wrong with it
        with self._changed:
            self._faults.append(fault)
            if any(self._refusal(port) is fault for port in self._ports.values()):
                os.write(self._wake_in, b"!")
                self._changed.wait_for(lambda: fault.used or self._stopping, 5)
        return fault

    def clear_faults(self):
        """Forgets all faults; a port that refuses listens again."""
        with self._changed:
            self._faults.clear()
            closed = [port for port in self._ports.values() if port.listener is None]
            for port in closed:
                port.refuse_until = 0
            if closed:
                os.write(self._wake_in, b"!")
                self._changed.wait_for(
                    lambda: self._stopping or all(port.listener for port in closed), 5)

    def create_feed(self, tag=None, feed_id=None, kind="fanout"):
        """Makes a feed that is there before the client comes; returns the Feed."""
        with self._changed:
            return self._keep(Feed(feed_id or self._feed_id("f"), tag, kind, self.user,
                                   self._now()))

    def create_legacy_feed(self, feed_id=None, user=None):
        """The same with a legacy feed, for this user (default: the bot)."""
        with self._changed:
            if feed_id is None:
                feed_id = "".join(self._random.choices(BASE_62 + "-_", k=34))
            return self._keep(Legacy(feed_id, user or self.user, self._now(), self.legacy_room))

    def expire_feeds(self, *ids):
        """Every feed, or those with these ids, is gone, as after 30 minutes without a read; polls in
        progress answer 400."""
        with self._changed:
            for feed in list(self._feeds.values()):
                if not ids or feed.id in ids:
                    self._remove(feed)
            self._wake_all()

    def revoke_tokens(self, write=True):
        """The tokens are no longer valid, nor those that were issued by a sign-in; new ones are
        (in the files too, unless not `write`)."""
        with self._changed:
            self._sign_in.revoke()
            self.session_token = self._sign_in.session_text(self.user)
            self.km_token = self._sign_in.key_text()
            if write and self.tokens_directory:
                self.write_tokens()
            self._changed.notify_all()
            return self.session_token, self.km_token

    def expire_tokens(self, kind=None):
        """The tokens issued by sign-ins so far are no longer valid; `kind`: only those of a
        "session", or of the "key" manager. Those in the files stay as they are."""
        with self._changed:
            self._sign_in.revoke(kind)
            self._changed.notify_all()

    def forget_sessions(self):
        """TLS sessions and tickets given so far are unknown, as after a restart."""
        with self._lock:
            self._tls.forget()

    def write_tokens(self):
        """Writes the token files, mode 0600, each replaced at one stroke; returns their paths."""
        os.makedirs(self.tokens_directory, exist_ok=True)
        paths = []
        for name, token in (("session-token", self.session_token), ("km-token", self.km_token)):
            path = os.path.join(self.tokens_directory, name)
            descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(token + "\n")
            os.replace(path + ".new", path)
            paths.append(path)
        return tuple(paths)

    # -- what a test looks at --------------------------------------------------------------------

    @property
    def requests(self):
        """All Requests, in the order in which they came in."""
        with self._lock:
            return list(self._requests)

    def requests_of(self, kind):
        return [request for request in self.requests if request.kind == kind]

    @property
    def connections(self):
        """All Connections that were accepted, in order."""
        with self._lock:
            return list(self._connections)

    @property
    def open_connections(self):
        with self._lock:
            return list(self._live.values())

    @property
    def feeds(self):
        """dict id -> Feed of the feeds that exist, in the order of their creation."""
        with self._lock:
            self._expire()
            return dict(self._feeds)

    @property
    def acknowledged(self):
        """The events that were acknowledged, as they were pushed, in order."""
        with self._lock:
            return list(self._acknowledged)

    def outstanding(self, feed):
        """The events of the feed (or id) that were handed out and wait for their ackId."""
        with self._lock:
            feed = self._feeds[feed] if isinstance(feed, str) else feed
            return [item.event for batch in feed.handed_out for item in batch.items]

    def queued(self, feed):
        """The events of the feed (or id) that the next reads will get."""
        with self._lock:
            feed = self._feeds[feed] if isinstance(feed, str) else feed
            return [item.event for item in feed.queue if not item.acknowledged]

    @property
    def sign_in_refusals(self):
        """Why sign-ins were refused, one line each."""
        with self._lock:
            return list(self._sign_in.refusals)

    @property
    def issued_tokens(self):
        """Every token that was ever handed out, in files or by a sign-in."""
        with self._lock:
            return list(self._sign_in.handed_out)

    @property
    def seen_jwts(self):
        """Every JWT that came in, good or bad."""
        with self._lock:
            return list(self._sign_in.jwts)

    # -- small helpers ---------------------------------------------------------------------------

    def _pushed(self, events, scope=None):
        """What `push` is given, one event or a list, as a list of Pushed."""
        if scope not in (None, *feeds.SCOPES):
            raise ValueError(f"scope {scope!r}: must be one of {', '.join(feeds.SCOPES)}")
        events = events if isinstance(events, (list, tuple)) else [events]
        return [Pushed(event, self.ascii_json, scope) for event in events]

    def _feed_id(self, letter):
        """A new id; `letter` is what tells the feed of a datahose from others."""
        return f"{self.user}_{letter}_{''.join(self._random.choices(BASE_62, k=10))}"

    def _keep(self, feed):
        """With the lock held: the feed is there from now on."""
        self._feeds[feed.id] = feed
        self._add(feed, self._for_new_feeds)
        self._for_new_feeds = []
        self.counters["feeds_created"] += 1
        self._changed.notify_all()
        return feed

    def _add(self, feed, pushed):
        """With the lock held: queues events; the feed that has no room for them is no more."""
        if not feed.add(pushed):
            self.counters["feeds_overflowed"] += 1
            self._remove(feed)

    def _count(self, kind):
        """With the lock held: how many feeds of a kind there are."""
        return sum(feed.kind == kind for feed in self._feeds.values())

    def _wake_all(self):
        """With the lock held: state has changed that long polls wait for."""
        self._changed.notify_all()
        for connection in self._live.values():
            connection.wake()

    def _take_fault(self, kind, host):
        """With the lock held: the fault that hits the next request of this kind on this host."""
        for fault in self._faults:
            if fault.host not in (None, host):
                continue
            if fault.on == kind or fault.on == "any" and kind != "connect":
                return fault if self._hits(fault) else NO_FAULT
        return NO_FAULT

    # -- the port --------------------------------------------------------------------------------

    def _port_of(self, host):
        return self._ports.get(host) or self._ports["agent"]

    def _refusal(self, port):
        """With the lock held: the `refuse` fault that is due, if the next connect fault is one."""
        for fault in self._faults:
            if fault.on == "connect" and fault.host in (None, port.role):
                return fault if fault.has("refuse") and fault.skip == 0 else None
        return None

    def _refuse(self, fault):
        """With the lock held: closes the ports for the time that the fault says."""
        seconds = fault.get("refuse")
        for port in self._ports.values():
            if fault.host in (None, port.role):
                port.close(None if seconds < 0 else self._now() + seconds)

    def _settle(self, port):
        """Closes or opens the port as faults and time want it; returns seconds until the next."""
        with self._changed:
            if port.listener is None and port.refuse_until is not None:
                if self._now() < port.refuse_until:
                    return port.refuse_until - self._now()
                if self._refusal(port) is None:
                    try:
                        port.open()
                    except OSError:
                        return 0.05  # somebody else has the port for the moment
                    self._changed.notify_all()
            fault = self._refusal(port)
            if fault and (port.listener or port.refuse_until is not None):
                self._refuse(fault)
                self._use(fault)
                return 0
            return None

    # -- one connection --------------------------------------------------------------------------

    def _accepted(self, connection, port):
        self._connections.append(connection)
        fault = self._take_fault("connect", port.role)
        if fault.has("refuse"):  # ordered between our last look and now
            self._refuse(fault)
        return (fault,)

    def _greet(self, connection, fault):
        """Everything before the first request; whether there will be one."""
        self._pause(connection, fault.get("delay", 0))
        how = fault.get("tls", "")
        if fault.has("reset", "refuse"):
            connection.reset()
            return False
        if fault.has("close_before"):
            connection.hang_up(goodbye=False)
            return False
        if how in TLS_FAULTS:
            self._spoil_handshake(connection, fault, how)
            return False
        return not self.tls or self._handshake(connection, fault)

    def _spoil_handshake(self, connection, fault, how):
        """The handshake goes wrong on the side of the server, after the ClientHello."""
        deadline = self._now() + self.idle_timeout
        while not connection.buffer and not self._over(connection, deadline):
            connection.wait(deadline - self._now())
        if how == "silent_after_hello":
            context = self._context(self._port_of(connection.host), fault)
            connection.send(tls.first_flight(context, connection.buffer), 5)
        if how.startswith("silent"):
            while not self._over(connection):
                connection.wait(3600)
                connection.buffer = b""
            return
        if how != "close_in_handshake":
            connection.send(tls.HANDSHAKE_FAILURE if how == "alert" else tls.GARBAGE, 5)
        connection.hang_up(goodbye=False)

    def _handshake(self, connection, fault):
        try:
            context = self._context(self._port_of(connection.host), fault)
            connection.sock.settimeout(10)
            connection.sock = sock = context.wrap_socket(
                connection.sock, server_side=True, do_handshake_on_connect=False,
                suppress_ragged_eofs=False)
            sock.sni_of = connection
            sock.do_handshake()
        except (OSError, ValueError) as error:
            connection.error = str(error)
            connection.hang_up(goodbye=False)  # so that our alert arrives
            return False
        with self._changed:
            self.counters["handshakes"] += 1
            self.counters["resumed"] += sock.session_reused
            connection.resumed, connection.alpn = sock.session_reused, sock.selected_alpn_protocol()
            connection.tls_version, connection.cipher = sock.version(), sock.cipher()[0]
            connection.client_subject = tls.subject_of(sock)
            self._changed.notify_all()
        return True

    def _context(self, port, fault=NO_FAULT):
        """The TLS settings for a connection on that port, as the fault wants them."""
        kind, _, name = fault.get("tls", "").partition(":")
        with self._lock:
            return self._tls.context(
                name if kind == "certificate" else port.certificate,
                port.role in self.client_certificate_hosts and self.require_client_certificate,
                fault.get("tls_version"))

    # -- one request and its answer --------------------------------------------------------------

    def _exchange(self, connection):
        """Reads a request and answers it; whether the connection lives on."""
        request = Request(connection.number, connection.requests + 1, self._now())
        try:
            if not self._receive(connection, request):
                connection.hang_up(connection.clean_close or not connection.peer_closed)
                return False
            bad = None
        except BadRequest as error:
            bad = error_answer(error.status, str(error))
            bad.close = True
        connection.requests += 1
        with self._changed:
            self._requests.append(request)
            self.counters["requests"] += 1
            self.counters[request.kind + "s"] += 1
            fault = self._take_fault(request.kind, request.host)
            request.fault = fault if fault is not NO_FAULT else None
            self._changed.notify_all()
        if fault.replaces_processing:
            answer = None
        else:
            answer = bad or self._process(connection, request, fault)
            if answer is None:
                return self._finish(connection, request, None)
        self._pause(connection, fault.get("delay", 0))
        return self._respond(connection, request, answer, fault)

    def _receive(self, connection, request):
        """Reads one request whole. False when the peer ends; BadRequest when it is beyond use."""
        def note(text):
            self._note(request, text)

        def only_ours(text):
            if self.strict:
                self._note(request, text)
            return self.strict

        head = self._receive_head(connection, note)
        if head is None:
            return False
        request.time = self._now()
        parse_head(request, head, note, self.strict)
        self._route(connection, request)
        if request.misplaced:
            note(f"a call to the wrong host, {request.host}")
        length = body_length(request, note, only_ours)
        if request.header("Expect", "").lower() == "100-continue" and not self.strict:
            connection.send(INTERIM[0], 5)
        if not self._receive_body(connection, request, length):
            note("the request ended within its body")
            return False
        if connection.buffer:
            note("bytes after the request, before its answer")
        names = {self.server_name, self.host, "localhost", "127.0.0.1", "[::1]"}
        with self._lock:
            number = self._port_of(connection.host).number
            check_headers(request, note)
            check_our_headers(request, {f"{name}:{number}" for name in names}, self._trace_ids,
                              only_ours)
            check_cookies(request, self._cookies, self.cookies_of_others, only_ours)
        parse_body(request, note, only_ours, self.strict)
        if request.kind == "datahose":
            request.mistakes = feeds.datahose_mistakes(request.json or {}, self.event_types)
            for mistake in request.mistakes:
                note(mistake)
        if request.sign_in and not request.misplaced:
            with self._lock:
                self._sign_in.examine(request, note, only_ours)
        return True

    def _receive_body(self, connection, request, length):
        """Reads the body, of that length or (None) in chunks; whether it came whole."""
        deadline = self._now() + self.idle_timeout
        if length is not None:
            request.body = self._take_bytes(connection, length, deadline)
            return request.body is not None
        parts, size = [], -1
        while size:
            line = self._take_line(connection, deadline)
            if line is None:
                return False
            match = CHUNK_SIZE.fullmatch(line)
            size = int(match.group(1), 16) if match else -1
            if not 0 <= size <= MOST_BODY_BYTES - sum(map(len, parts)):
                self._note(request, f"not the size of a chunk, or too much: {line[:40]!r}")
                raise BadRequest(400, "bad chunk")
            if size:
                parts.append(self._take_bytes(connection, size, deadline))
                if parts[-1] is None or self._take_line(connection, deadline) is None:
                    return False
        request.body = b"".join(parts)
        while line:  # trailers
            line = self._take_line(connection, deadline)
        return line is not None

    def _take_bytes(self, connection, length, deadline):
        """So many bytes of what comes, or None where they do not."""
        while len(connection.buffer) < length and not self._over(connection, deadline):
            connection.wait(deadline - self._now())
        if len(connection.buffer) < length:
            return None
        taken, connection.buffer = connection.buffer[:length], connection.buffer[length:]
        return taken

    def _take_line(self, connection, deadline):
        """The next line of what comes, without its end; None where none comes."""
        while b"\n" not in connection.buffer and not self._over(connection, deadline):
            connection.wait(deadline - self._now())
        if b"\n" not in connection.buffer or connection.buffer.index(b"\n") > MOST_HEAD_BYTES:
            return None
        line, _, connection.buffer = connection.buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive_head(self, connection, note):
        """The bytes before the empty line, or None where none came whole."""
        deadline = self._now() + self.idle_timeout
        while True:
            match = END_OF_HEAD.search(connection.buffer)
            if match:
                if match.group() != b"\r\n\r\n":
                    note("the head does not end with CRLF CRLF")
                head, connection.buffer = (connection.buffer[:match.start()],
                                           connection.buffer[match.end():])
                return head
            if len(connection.buffer) > MOST_HEAD_BYTES:
                note("the head is longer than 64 KiB")
                raise BadRequest(431, "header too long")
            if self._over(connection, deadline):
                if connection.buffer and not self._stopping:
                    note("the request ended within its head")
                return None
            connection.wait(deadline - self._now())

    def _route(self, connection, request):
        """Finds out which call of which API it is."""
        request.client_subject = connection.client_subject
        kinds, home, how, request.feed_id = find_call(request.path) or ({}, "agent", None, None)
        if request.method in kinds:
            request.kind, request.sign_in = kinds[request.method], how
        request.host = connection.host if len(self._ports) > 1 else home
        request.misplaced = bool(kinds) and request.host != home

    def _process(self, connection, request, fault):
        """The Agent's own logic; None where the client hung up during a long poll."""
        if request.kind == "other" or request.misplaced:
            return self._no_such_call(request)
        unknown = set(request.query) - QUERY_OF.get(request.kind, set())
        for name in unknown if self.strict else ():
            self._note(request, f"query parameter {name!r} is not one of a {request.kind}")
        if (request.body and media_type(request.header("Content-Type")) != "application/json"
                and request.sign_in != "certificate"):
            return error_answer(415, "Content-Type must be application/json")
        with self._changed:
            self._expire()
            if request.sign_in:
                text = self._sign_in.answer(request)
                return json_answer(200, text) if text else error_answer(401, "Unauthorized")
            if request.kind == "session_info":
                return self._session_info(request)
            user = self._user_of(request)
            if request.kind in ("info", "health"):  # these want no tokens
                return self._info() if request.kind == "info" else self._health()
            if user is None:
                self.counters["unauthorized"] += 1
                return error_answer(401, "Invalid session")
            answer, feed, reader = self._take_up(request, user)
        if answer:
            return answer
        if feed.kind == "legacy":
            return self._read_legacy(connection, request, feed, fault)
        return self._read(connection, feed, fault, reader)

    def _take_up(self, request, user):
        """With the lock held: (answer, None, None), or (None, feed, reader) for a read."""
        if request.kind == "create":
            return self._create(request), None, None
        if request.kind == "list":
            return self._list(request), None, None
        if request.kind.startswith("legacy"):
            found = self._begin_legacy(request, user)
        elif request.kind == "datahose":
            found = self._find_datahose(request, user)
        else:
            found = self._find(request)
        if isinstance(found, Answer):
            return found, None, None
        if request.kind == "delete":
            self._remove(found)
            self._wake_all()
            return Answer(204), None, None
        if found.kind == "legacy":
            return None, found, None
        if request.ack_id and request.ack_id not in found.batches:
            return error_answer(400, "The ackId is not one of this datafeed"), None, None
        return None, found, self._begin_read(found, request)

    def _user_of(self, request):
        """With the lock held: whose tokens these are, those of the files or of a sign-in; None
        where they are not good."""
        if request.header("sessionToken") != self.session_token:
            return self._sign_in.user_of(request, lambda text: self._note(request, text))
        if self.require_km_token and request.header("keyManagerToken") != self.km_token:
            return None
        return self.user

    def _session_info(self, request):
        """With the lock held: the user of the session token; the key manager's is not needed."""
        text = request.header("sessionToken")
        session = self._sign_in.good(text, "session")
        if session is None and text != self.session_token:
            self.counters["unauthorized"] += 1
            return error_answer(401, "Invalid session")
        user = session.user if session else self.user
        number = 349026222340000 + zlib.crc32(user.encode())
        return json_answer(200, {
            "id": number, "emailAddress": f"{user}@bots.example", "firstName": user,
            "lastName": "Bot", "displayName": f"{user} Bot", "company": "Example", "companyId": 5079,
            "username": user, "location": "", "accountType": "SYSTEM", "roles": ["INDIVIDUAL"],
            "avatars": [{"size": size, "url": f"../avatars/static/{size}/default.png"}
                        for size in ("original", "small")]})

    def _info(self):
        return json_answer(200, {
            "ipAddress": "127.0.0.1", "hostname": "agent-1", "serverFqdn": self.url[:-6],
            "version": self.agent_version, "url": self.url, "onPrem": True, "mt": False,
            "commitId": "a1b2c3d"})

    def _health(self):
        """503 where something is not UP, with the same body."""
        parts = [part for group in ("services", "users")
                 for part in (self.health.get(group) or {}).values()]
        is_up = all(part.get("status") == "UP" for part in parts)
        return json_answer(200 if is_up else 503,
                           {"status": "UP" if is_up else "DOWN", **self.health})

    def _no_such_call(self, request):
        """404, or 405 where only the method is wrong."""
        call = find_call(request.path)
        if request.misplaced or not call:
            return error_answer(404, f"No such resource: {request.path}")
        answer = error_answer(405, f"Method {request.method} is not supported")
        answer.headers.append(("Allow", ", ".join(call[0])))
        return answer

    def _create(self, request):
        tag = (request.json or {}).get("tag")
        if tag is not None and len(tag) > 100:
            return error_answer(400, "tag: length must be at most 100")
        if self.feed_limit is not None and self._count("feed") >= self.feed_limit:
            return error_answer(403, f"The limit of {self.feed_limit} feeds has been reached")
        return json_answer(201, self.create_feed(tag).as_dict())

    def _list(self, request):
        tag = request.query.get("tag")
        if tag is not None and len(tag) > 100:
            return error_answer(400, "tag: length must be at most 100")
        return json_answer(200, [feed.as_dict() for feed in self._feeds.values()
                                 if feed.kind != "legacy" and (not tag or feed.tag == tag)])

    def _find(self, request):
        """With the lock held: the feed that is to be read or deleted, or an error answer."""
        feed = self._feeds.get(request.feed_id)
        if feed is None or feed.kind == "legacy" or feed.kind != "feed" and request.kind == "read":
            return error_answer(400, f"Could not find a datafeed with the id {request.feed_id}")
        return feed

    def _find_datahose(self, request, user):
        """The feed that all have who ask for the same; made where there is none."""
        if not self.datahose_entitled:
            return error_answer(403, f"The user {user} lacks the entitlements to read and create "
                                     "datahose feeds")
        if request.mistakes:
            return error_answer(400, request.mistakes[0])
        key = Datahose.key_of(user, request.json)
        feed = next((feed for feed in self._feeds.values()
                     if feed.kind == "datahose" and feed.key == key), None)
        if feed is None and request.ack_id:
            return error_answer(400, "The ackId is not one of this feed, which is new")
        if feed is None:
            if self.datahose_limit is not None and self._count("datahose") >= self.datahose_limit:
                return error_answer(403, f"The limit of {self.datahose_limit} datahose feeds has "
                                         "been reached")
            feed = self._keep(Datahose(self._feed_id("p"), key, self._now()))
        request.feed_id = feed.id
        return feed

    def _begin_read(self, feed, request):
        """With the lock held: acknowledges and gives back, as the ackId says; who it is that
        reads."""
        reader = feed.reader_of(request.ack_id, request.connection)
        if request.ack_id:
            done = feed.acknowledge(request.ack_id)
            self._acknowledged.extend(item.event for item in done)
            self.counters["events_acknowledged"] += len(done)
        self.counters["events_requeued"] += feed.give_back(reader)
        feed.last_read = self._now()
        feed.reads += 1
        self._wake_all()
        return reader

    def _read(self, connection, feed, fault, reader):
        """The long poll: waits for events at most `hold` seconds. A read counts as a reader only
        while it has nothing to answer, so that tests can wait for that."""
        deadline = self._now() + self.hold
        while True:
            with self._changed:
                now = self._now()
                if feed.gone:
                    return error_answer(400, f"The datafeed {feed.id} is gone")
                self.counters["events_requeued"] += feed.give_back_old(now - self.requeue)
                if feed.has_events() or now >= deadline or fault.has("events", "drop_events"):
                    return self._batch(feed, fault, now, reader)
                until = min([deadline] + [batch.time + self.requeue for batch in feed.handed_out])
                feed.readers += 1
                self._changed.notify_all()
            if not self._wait_as_reader(connection, feed, until - now):
                return None

    def _wait_as_reader(self, connection, feed, seconds):
        """Waits for something to happen, as one of the feed's `readers`; whether to read on."""
        try:
            connection.wait(seconds)
        finally:
            with self._lock:
                feed.readers -= 1
                feed.last_read = self._now()
        return not (self._stopping or connection.peer_closed and self.notice_hangup)

    def _batch(self, feed, fault, now, reader):
        """With the lock held: takes a batch and writes its answer."""
        limit = 0 if fault.has("drop_events") or "events" in fault.effects else self.batch_limit
        batch = feed.take(feeds.ack_id_of(self._random), limit, now, reader)
        if isinstance(fault.get("ack_id"), str):
            feed.batches[fault.get("ack_id")] = batch
        if "events" in fault.effects:
            events = json.dumps(fault.get("events"), ensure_ascii=False).encode()
        else:
            events = array_of(batch.items)
        self.counters["events_delivered"] += len(batch.items)
        return json_answer(200, batch_body(events, batch.ack_id, fault))

    # -- the legacy feed -------------------------------------------------------------------------

    def _begin_legacy(self, request, user):
        """With the lock held: the answer to a call of the legacy feed, or the feed to be read."""
        if self.legacy_gone:
            return error_answer(410, "The requested endpoint is deprecated and can no longer be "
                                     "used")
        if request.kind == "legacy_create":
            if self.legacy_limit is not None and self._count("legacy") >= self.legacy_limit:
                return error_answer(503, f"The limit of {self.legacy_limit} datafeeds has been "
                                         "reached")
            return json_answer(200, {"id": self.create_legacy_feed(user=user).id})
        feed = self._feeds.get(request.feed_id)
        if feed is None or feed.kind != "legacy" or feed.user != user:
            return error_answer(400, f"Could not find a datafeed with the id {request.feed_id}")
        limit = request.query.get("limit", "1")
        if not re.fullmatch("[1-9][0-9]{0,5}", limit):
            self._note(request, f"limit is {limit!r}")
            return error_answer(400, "limit must be a number above 0")
        feed.reads += 1
        # One that has hung up may need a moment to be missed.
        if self.notice_hangup and not self._changed.wait_for(lambda: not feed.readers, 1):
            self._note(request, "a second read while the legacy feed is being read")
        return feed

    def _read_legacy(self, connection, request, feed, fault):
        """The long poll of a legacy feed: an array of events, or 204 after `hold` seconds."""
        deadline = self._now() + self.hold
        limits = [int(request.query["limit"])] if "limit" in request.query else []
        limits += [] if self.batch_limit is None else [self.batch_limit]
        while True:
            with self._changed:
                now = self._now()
                if feed.gone:
                    return error_answer(400, f"The datafeed {feed.id} is gone")
                if "events" in fault.effects or fault.has("drop_events"):
                    return json_answer(200, fault.get("events", []))
                if feed.has_events():
                    items = feed.take_all(min(limits, default=None))
                    self.counters["events_delivered"] += len(items)
                    return json_answer(200, array_of(items))
                if now >= deadline:
                    return Answer(204)
                feed.readers += 1
                self._changed.notify_all()
            if not self._wait_as_reader(connection, feed, deadline - now):
                return None

    def _remove(self, feed):
        """With the lock held: the feed is no more."""
        feed.gone = True
        del self._feeds[feed.id]
        self._changed.notify_all()

    def _expire(self):
        """With the lock held: removes the feeds that nobody has read for too long."""
        oldest = self._now() - self.feed_ttl
        for feed in list(self._feeds.values()):
            if feed.last_read < oldest and not feed.readers:
                self._remove(feed)

    # -- sending ---------------------------------------------------------------------------------

    def _respond(self, connection, request, answer, fault):
        """Sends the answer as the fault orders; whether the connection lives on."""
        if fault.has("silent"):
            while not self._over(connection):
                connection.wait(3600)
                connection.buffer = b""
            return self._finish(connection, request, None)
        if fault.has("close_before"):
            connection.hang_up(fault.says_goodbye)
            return self._finish(connection, request, None)
        if fault.has("reset") and not fault.has("cut", "cut_body"):
            connection.reset()
            return self._finish(connection, request, None)
        answer = self._with_headers(request, spoil(answer, fault))
        data, whole, status, close = self._wire(request, answer, fault)
        with self._lock:
            self._cookies.update((name.decode("latin-1").strip(), value.decode("latin-1").strip())
                                 for name, value in SET_COOKIE.findall(data[:MOST_HEAD_BYTES]))
        sent = self._send(connection, data, fault)
        self._finish(connection, request, status if sent and whole else None)
        if sent and close:
            if fault.has("reset"):
                connection.reset()
            else:
                connection.hang_up(fault.says_goodbye)
        if sent and not close and fault.has("unasked"):
            self._speak_unasked(connection, *fault.get("unasked"))
        return sent and not close

    def _speak_unasked(self, connection, seconds, data):
        self._pause(connection, seconds)
        if not connection.buffer and not connection.peer_closed:
            connection.send(as_bytes(data), 5)
            with self._changed:
                self.counters["unasked"] += 1
                self._changed.notify_all()

    def _with_headers(self, request, answer):
        """The answer with what is said beside the matter itself: cookies, a warning."""
        if self.set_cookies_always or not request.cookies:
            answer.headers += [("Set-Cookie", line) for line in self.set_cookies]
        if request.kind.startswith("legacy") and self.legacy_warning is not None:
            answer.headers.append(("X-Warning", self.legacy_warning))
        return answer

    def _wire(self, request, answer, fault):
        """(bytes to send, whether they are the whole answer, status, whether to close then)"""
        if fault.has("raw"):
            data = as_bytes(fault.get("raw"))
            status = re.match(rb"HTTP/1\.[01] (\d{3})", data)
            status, body_at = int(status.group(1)) if status else 0, 0
            close = fault.has("connection", "cut")
        else:
            wish = request.header("Connection", "").lower()
            keep_alive = wish != "close" if request.keeps_alive else wish == "keep-alive"
            head, body = encode(answer, fault, keep_alive)
            data, body_at = head + body, len(head)
            status, close = answer.status, answer.close
        whole = len(data)
        data += as_bytes(fault.get("garbage_after", b""))
        if fault.has("cut_body"):
            end = fault.get("cut_body")
            data = data[:(body_at if end >= 0 else whole) + end]
        if fault.has("cut"):
            data = data[:fault.get("cut")]
        return data, len(data) >= whole, status, close

    def _send(self, connection, data, fault):
        size, pause = fault.get("dribble", (len(data) or 1, 0))
        for start in range(0, len(data), size):
            if start:
                self._pause(connection, pause)
            if self._stopping or not connection.send(data[start:start + size], 600):
                return False
            self.counters["bytes_sent"] += min(size, len(data) - start)
        return True

    def _finish(self, connection, request, status):
        """Notes how the request ended; the connection is not used again unless the caller says."""
        with self._changed:
            request.status, request.answered = status, self._now()
            request.peer_closed = connection.peer_closed
            self.counters["answers"] += status is not None
            self._changed.notify_all()
        if self.log:
            self.log(repr(request))
        return False
