# SPDX-License-Identifier: Apache-2.0
"""Real time events as an Agent would send them, made from a seed.

What it is for: tests and the simulator need events of all 17 types that look and weigh like the
real ones: PresentationML with both quote styles, EntityJSON inside a string, 64-bit user ids, ids
in every spelling that is met, attachments, forms, emoji beyond the Basic Multilingual Plane.

What it promises: the same seed gives the same events, on every machine and in every order of
import; every event is a dict that `to_json` turns into well-formed JSON; no clock is read.
"""

import base64
import html
import itertools
import json
import random

TYPES = {
    "MESSAGESENT": "messageSent",
    "SHAREDPOST": "sharedPost",
    "INSTANTMESSAGECREATED": "instantMessageCreated",
    "ROOMCREATED": "roomCreated",
    "ROOMUPDATED": "roomUpdated",
    "ROOMDEACTIVATED": "roomDeactivated",
    "ROOMREACTIVATED": "roomReactivated",
    "USERJOINEDROOM": "userJoinedRoom",
    "USERLEFTROOM": "userLeftRoom",
    "ROOMMEMBERPROMOTEDTOOWNER": "roomMemberPromotedToOwner",
    "ROOMMEMBERDEMOTEDFROMOWNER": "roomMemberDemotedFromOwner",
    "CONNECTIONREQUESTED": "connectionRequested",
    "CONNECTIONACCEPTED": "connectionAccepted",
    "MESSAGESUPPRESSED": "messageSuppressed",
    "SYMPHONYELEMENTSACTION": "symphonyElementsAction",
    "USERREQUESTEDTOJOINROOM": "userRequestedToJoinRoom",
    "GENERICSYSTEMEVENT": "genericSystemEvent",
}
"""Every event type, and the member of `payload` that carries it."""

ID_FORMS = ("url", "padded", "suffixed")
"""Spellings of an id: unpadded base64url; base64 with padding, `/` and `+`; that and `5454`."""

FIRST_TIMESTAMP = 1735689600000  # 1 January 2025, in milliseconds

# A room that talks is mostly messages; the other types come now and then.
WEIGHTS = {"MESSAGESENT": 60, "SYMPHONYELEMENTSACTION": 8, "USERJOINEDROOM": 5, "USERLEFTROOM": 4,
           "SHAREDPOST": 3}

PEOPLE = (
    ("Amara", "Okafor"), ("Zoë", "Lindqvist"), ("Łukasz", "Wójcik"), ("Seán", "O'Brien"),
    ("晓明", "陈"), ("Ада", "Ковалёва"), ("María José", "Núñez"), ("Tom", "\"TJ\" Jacobs"),
    ("ליאור", "כהן"), ("Ngọc", "Trần"),
)
ROOMS = (
    "Plant 7 alarms", "Boiler house – Schicht B", "R&D <internal>", "C:\\pumps\\north", "夜間当番",
    "🔥 Incidents", "FX \"spot\" desk", "Ünïcødé", "a" * 120, "Wartung/Störung",
)
PHRASES = (
    "Pressure in tank 3 is above 4.2 bar", "all clear", "Bitte Ventil 12 schließen",
    "see C:\\logs\\today.txt", "he said \"wait\" & left", "x < y && y > z", "ça va déjà mieux",
    "温度が高すぎます", "👍🏽 done", "🏭🔔 alarm 👩‍🔧 on the way", "tab\there", "line one\nline two",
    "déjà vu\u2028new line separator", "null", "}],\"ackId\":\"not this one\"", "\u007f delete",
)
HASHTAGS = ("alarm", "shift-b", "überwachung", "q3_2025")
CASHTAGS = ("IBM", "BRK.A", "7203", "SAP")
EMOJI = (("thumbsup", "👍"), ("fire", "🔥"), ("factory", "🏭"), ("heart", "❤️"))
FILES = ("report.pdf", "Zählerstände 2025.xlsx", "IMG_0042 (1).jpeg", "a'b&c.txt", "ログ.zip")
CLIENTS = (
    "DESKTOP-60.1.0-20114-Windows-10.0.22631-Chrome-126.0.0.0",
    "Agent-25.8.1-Linux-5.15.0", "MOBILE-23.9-iOS-17.5",
)
ALPHANUMERICS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def to_json(event, ascii=False):
    """The event's JSON text, compact; `ascii` writes \\u escapes, surrogate pairs included."""
    return json.dumps(event, ensure_ascii=ascii, separators=(",", ":"))


def generate(type, rng, **options):
    """One event of the type, a dict. Options, all of them optional:

    timestamp          milliseconds; else drawn from `rng`
    text               the message's plain text, instead of drawn phrases
    quote              attribute quote of PresentationML, `"` or `'`
    id_form            one of ID_FORMS for every id of the event
    user, stream       dicts that replace the drawn initiator and stream
    legacy_stream      SYMPHONYELEMENTSACTION: the stream's member is `formStream`, as of old
    nulls              some members are an explicit null
    unknown_members    members are added that no specification names
    """
    if type not in TYPES:
        raise ValueError(f"not an event type: {type!r}")
    maker = _Maker(rng, options)
    event = maker.event(type)
    if options.get("nulls"):
        _make_nulls(event, rng)
    if options.get("unknown_members"):
        event["futureMember"] = {"list": [1, -2.5e-3, {"deep": [[], {}]}], "flag": None}
    return event


def stream_of(seed, types=None):
    """Endless events of a realistic mix (or of the given types, evenly), time going on."""
    rng = random.Random(seed)
    names = list(types or TYPES)
    weights = [1 if types else WEIGHTS.get(name, 1) for name in names]
    timestamp = FIRST_TIMESTAMP
    for number in itertools.count():
        timestamp += rng.randrange(1, 60000)
        options = {"timestamp": timestamp, "nulls": number % 23 == 22,
                   "unknown_members": number % 19 == 18, "legacy_stream": number % 29 == 28}
        yield generate(rng.choices(names, weights)[0], rng, **options)


def sized(nbytes, seed=0, ascii=False):
    """A MESSAGESENT whose JSON text (UTF-8, as `to_json` writes it) is `nbytes` long.

    Exact from about a kilobyte on; a smaller wish gives the smallest message there is.
    """
    rng = random.Random(seed)
    event = generate("MESSAGESENT", rng, text="@")
    message = event["payload"]["messageSent"]["message"]
    for member in ("attachments", "disclaimer", "parentMessageId", "replacing"):
        message.pop(member, None)
    message["data"] = "{}"
    quote = rng.choice("\"'")
    head, tail = _division(quote, "").rsplit("</div>", 1)[0] + "<p>", "</p></div>"
    message["message"] = head + tail
    missing = nbytes - len(to_json(event, ascii).encode())
    phrases = [html.escape(phrase, quote=False) + "<br/>" for phrase in PHRASES]
    weights = [len(json.dumps(phrase, ensure_ascii=ascii).encode()) - 2 for phrase in phrases]
    parts = []
    while missing > max(weights):
        choice = rng.randrange(len(phrases))
        parts.append(phrases[choice])
        missing -= weights[choice]
    parts.append("." * max(missing, 0))
    message["message"] = head + "".join(parts) + tail
    return event


def _division(quote, inside):
    """The element around every PresentationML message."""
    attributes = {"data-format": "PresentationML", "data-version": "2.0", "class": "wysiwyg"}
    written = "".join(f" {name}={quote}{value}{quote}" for name, value in attributes.items())
    return f"<div{written}>{inside}</div>"


def _make_nulls(event, rng):
    """Sets some members to null: a client must cope with that anywhere."""
    for holder in (event, *(value for value in event["payload"].values() if value)):
        for name in list(holder):
            if name not in ("type", "payload") and rng.random() < 0.3:
                holder[name] = None


class _Maker:
    """Makes the parts of one event; each method draws from `rng` and nothing else."""

    def __init__(self, rng, options):
        self.rng = rng
        self.options = options
        self.timestamp = options.get("timestamp")
        if self.timestamp is None:
            self.timestamp = FIRST_TIMESTAMP + rng.randrange(10**10)
        self.id_form = options.get("id_form") or rng.choices(ID_FORMS, (8, 1, 1))[0]
        self.quote = options.get("quote") or rng.choice("\"'")

    def event(self, type):
        payload = getattr(self, "payload_" + type.lower())()
        return {
            "id": "".join(self.rng.choices(ALPHANUMERICS, k=6)),
            "messageId": self.opaque_id(b"m"),
            "timestamp": self.timestamp,
            "type": type,
            "initiator": {"user": self.options.get("user") or self.user()},
            "payload": {TYPES[type]: payload},
        }

    # -- small parts ---------------------------------------------------------------------------

    def opaque_id(self, kind):
        """25 bytes: random, the time counted down from 2^63, and a letter for the kind."""
        countdown = (2**63 - 1 - self.timestamp).to_bytes(8, "big")
        raw = self.rng.getrandbits(128).to_bytes(16, "big") + countdown + kind
        if self.id_form == "url":
            return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return base64.b64encode(raw).decode() + ("5454" if self.id_form == "suffixed" else "")

    def user_id(self):
        """Mostly 45 bits, as a pod numbers its users; at times all the 63 that are allowed."""
        return self.rng.getrandbits(self.rng.choices((45, 53, 63), (8, 2, 1))[0]) | 1

    def user(self, bare=False):
        first, last = self.rng.choice(PEOPLE)
        if bare:
            return {"userId": self.user_id(), "displayName": f"{first} {last}"}
        name = f"user{self.rng.randrange(10000)}"
        return {"userId": self.user_id(), "firstName": first, "lastName": last,
                "displayName": f"{first} {last}", "email": f"{name}@plant.example",
                "username": name}

    def stream(self, kind="ROOM"):
        if self.options.get("stream"):
            return dict(self.options["stream"])
        stream = {"streamId": self.opaque_id(b"t"), "streamType": kind}
        if kind == "ROOM":
            stream["roomName"] = self.rng.choice(ROOMS)
        stream["external"] = self.rng.random() < 0.2
        stream["crossPod"] = False
        if self.rng.random() < 0.3:
            stream["recipientTenantIds"] = [self.rng.randrange(1, 20000) for _ in range(2)]
        return stream

    # -- messages ------------------------------------------------------------------------------

    def message(self, kind=None):
        text, data = self.presentation()
        kind = kind or self.rng.choice(("ROOM", "ROOM", "IM", "MIM"))
        message = {
            "messageId": self.opaque_id(b"m"),
            "timestamp": self.timestamp,
            "message": text,
            "data": to_json(data),
            "user": self.options.get("user") or self.user(),
            "stream": self.stream(kind),
            "externalRecipients": self.rng.random() < 0.2,
            "userAgent": self.rng.choice(CLIENTS),
            "originalFormat": "com.symphony.messageml.v2",
            "sid": f"{self.rng.getrandbits(64):016x}-{self.rng.getrandbits(32):08x}",
        }
        if self.rng.random() < 0.2:
            message["attachments"] = [self.attachment() for _ in range(self.rng.randrange(4))]
        if self.rng.random() < 0.1:
            message["disclaimer"] = "For <b>authorised</b> staff only.\r\nDo not forward."
        if self.rng.random() < 0.1:
            message["parentMessageId"] = self.opaque_id(b"m")
        if self.rng.random() < 0.05:
            message.update(replacing=self.opaque_id(b"m"), initialMessageId=self.opaque_id(b"m"),
                           initialTimestamp=self.timestamp - 5000, silent=True)
        return message

    def presentation(self):
        """PresentationML and the EntityJSON that its entities refer to."""
        text = self.options.get("text")
        if text is not None:
            return _division(self.quote, html.escape(text, quote=False)), {}
        data = {}
        blocks = [self.block(data) for _ in range(self.rng.choices((1, 2, 5, 20), (8, 4, 2, 1))[0])]
        return _division(self.quote, "".join(blocks)), data

    def block(self, data):
        quote = self.quote
        phrase = html.escape(self.rng.choice(PHRASES), quote=False)
        return self.rng.choice((
            lambda: f"<p>{phrase}</p>",
            lambda: f"{phrase}<br/>",
            lambda: f"<p>{self.entity(data)} {phrase} {self.entity(data)}</p>",
            lambda: f"<ul><li>{phrase}</li><li><b>{phrase}</b> <i>{phrase}</i></li></ul>",
            lambda: f"<a href={quote}https://plant.example/?a=1&amp;b=%20{quote}>{phrase}</a>",
            lambda: f"<table><thead><tr><th>&#8364;</th></tr></thead><tbody><tr>"
                    f"<td style={quote}color:red{quote}>{phrase}</td></tr></tbody></table>",
            lambda: f"<pre>{phrase}&#10;&#x1F600;&nbsp;&apos;&quot;</pre><hr/>",
            lambda: f"<h4>{phrase}</h4><code>if (a &lt; b &amp;&amp; c) {{ }}</code>",
        ))()

    def entity(self, data):
        """A mention, hashtag, cashtag or emoji: an element here, its meaning in `data`."""
        key, quote = str(len(data)), self.quote
        kind = self.rng.choice(("mention", "hashtag", "cashtag", "emoji"))
        if kind == "mention":
            user = self.user()
            shown = "@" + user["displayName"]
            data[key] = {"id": [{"type": "com.symphony.user.userId",
                                 "value": str(user["userId"])}],
                         "type": "com.symphony.user.mention"}
        elif kind == "emoji":
            name, shown = self.rng.choice(EMOJI)
            data[key] = {"type": "com.symphony.emoji", "version": "1.0",
                         "data": {"shortcode": name, "size": "normal", "unicode": shown}}
        else:
            tag = self.rng.choice(HASHTAGS if kind == "hashtag" else CASHTAGS)
            shown = ("#" if kind == "hashtag" else "$") + tag
            space = ("org.symphonyoss.taxonomy" if kind == "hashtag"
                     else "org.symphonyoss.fin.security")
            id_type = space + (".hashtag" if kind == "hashtag" else ".id.ticker")
            data[key] = {"id": [{"type": id_type, "value": tag}], "type": space,
                         "version": "1.0"}
        return (f"<span class={quote}entity{quote} data-entity-id={quote}{key}{quote}>"
                f"{html.escape(shown, quote=False)}</span>")

    def attachment(self):
        images = [{"id": self.opaque_id(b"i"), "dimension": size}
                  for size in ("600", "ORIGINAL")[:self.rng.randrange(3)]]
        return {"id": "internal_" + self.opaque_id(b"a"), "name": self.rng.choice(FILES),
                "size": self.rng.randrange(1, 25 * 1024 * 1024), "images": images}

    # -- payloads, one method for each type ----------------------------------------------------

    def payload_messagesent(self):
        return {"message": self.message()}

    def payload_sharedpost(self):
        return {"message": self.message("POST"), "sharedMessage": self.message("POST")}

    def payload_instantmessagecreated(self):
        stream = self.stream("IM")
        stream["members"] = [self.user(bare=True) for _ in range(2)]
        return {"stream": stream}

    def payload_roomcreated(self):
        stream = self.stream()
        properties = self.room_properties(stream)
        properties.update(creatorUser=self.user(), createdDate=self.timestamp - 6, external=False,
                          crossPod=False, public=False, copyProtected=False, readOnly=False,
                          canViewHistory=True)
        properties["keywords"] = [{"key": "site", "value": "Köln \U0001F3ED"}]
        return {"stream": stream, "roomProperties": properties}

    def payload_roomupdated(self):
        stream = self.stream()
        return {"stream": stream, "newRoomProperties": self.room_properties(stream)}

    def room_properties(self, stream):
        return {"name": stream.get("roomName", "room"), "description": self.rng.choice(PHRASES),
                "discoverable": True, "membersCanInvite": self.rng.random() < 0.5}

    def payload_roomdeactivated(self):
        return {"stream": self.stream()}

    payload_roomreactivated = payload_roomdeactivated

    def payload_userjoinedroom(self):
        return {"stream": self.stream(), "affectedUser": self.user()}

    payload_userleftroom = payload_userjoinedroom
    payload_roommemberpromotedtoowner = payload_userjoinedroom
    payload_roommemberdemotedfromowner = payload_userjoinedroom

    def payload_connectionrequested(self):
        return {"toUser": self.user(bare=True)}

    def payload_connectionaccepted(self):
        return {"fromUser": self.user()}

    def payload_messagesuppressed(self):
        return {"messageId": self.opaque_id(b"m"), "stream": self.stream()}

    def payload_symphonyelementsaction(self):
        member = "formStream" if self.options.get("legacy_stream") else "stream"
        return {member: self.stream(), "formMessageId": self.opaque_id(b"m"),
                "formId": self.rng.choice(("alarm-form", "form_id", "Formular 1")),
                "formValues": self.form_values()}

    def form_values(self):
        """What forms give: text, choices, lists of text and of user ids, empty fields."""
        values = {
            "action": self.rng.choice(("submit", "acknowledge", "cancel-button")),
            "comment": self.rng.choice(PHRASES),
            "check-box": ["value01", "value \"02\""],
            "person-selector": [self.user_id(), 2**63 - 1, 12345],
            "empty": "", "empty-list": [], "nothing": None,
            "radio": "option_01", "date-picker": "2025-06-01", "schlüssel 🔑": "ja",
        }
        names = self.rng.sample(sorted(values), self.rng.randrange(1, len(values)))
        return {"action": values["action"], **{name: values[name] for name in names}}

    def payload_userrequestedtojoinroom(self):
        stream = self.stream()
        stream["members"] = []
        owners = [self.user(bare=self.rng.random() < 0.5) for _ in range(2)]
        return {"stream": stream, "affectedUsers": owners}

    def payload_genericsystemevent(self):
        parameters = {"retry": False, "ratio": 0.25, "tiny": 1e-9, "large": -2**63,
                      "note": self.rng.choice(PHRASES), "nested": {"list": [1, "two", None]}}
        return {"stream": self.stream(), "eventTimestamp": self.timestamp - 20,
                "sourceSystem": "federation", "eventSubtype": "test.event",
                "parameters": self.rng.choice(({}, parameters))}
