# SPDX-License-Identifier: Apache-2.0
"""Feeds of the simulator: queues of events, and who gets what of them.

What it is for: the three kinds of feed that an Agent has: that of the v5 API, that of a datahose,
which several readers share, and the legacy feed, which forgets what it has handed out.

What it promises: nothing here knows a clock, a socket or a lock; the Agent has them, and calls with
its lock held. An event is in one place at a time: queued, handed out under one ackId, or gone.
"""

import base64
import collections
import itertools
import json
import time

import events

# The members of a datahose read.
DATAHOSE_MEMBERS = {"type": str, "tag": str, "eventTypes": list, "scopes": list,
                    "ackId": (str, type(None)), "updatePresence": bool}
DATAHOSE_TYPES = ("datahose", "fanout")
SCOPES = ("INTERNAL", "EXTERNAL", "FEDERATED")
LONGEST_DATAHOSE_TAG = 80
KNOWN_TYPES = frozenset(events.TYPES)


def datahose_mistakes(body, known_types):
    """What is wrong with the body of a datahose read, whose members have the right types; the
    first of them decides the answer."""
    mistakes = []
    for name in ("type", "tag"):
        if name not in body:
            mistakes.append(f"{name} is missing")
    if body.get("type", "fanout") not in DATAHOSE_TYPES:
        mistakes.append(f"type {body['type']!r} is not one of {', '.join(DATAHOSE_TYPES)}")
    if not 1 <= len(body.get("tag", "t")) <= LONGEST_DATAHOSE_TAG:
        mistakes.append(f"tag of {len(body['tag'])} characters, not 1 to {LONGEST_DATAHOSE_TAG}")
    if body.get("type") == "datahose" and not body.get("eventTypes"):
        mistakes.append("eventTypes has none, a datahose needs one")
    for name, known in (("eventTypes", known_types), ("scopes", SCOPES)):
        values = body.get(name, [])
        mistakes += [f"{name} has {value!r}, which is not known" for value in values
                     if not isinstance(value, str) or value not in known]
        if len({json.dumps(value) for value in values}) < len(values):
            mistakes.append(f"{name} has a value twice")
    return mistakes


class Item:
    """An event in the queue of one feed: `event` as it was pushed, `text` as it is sent."""

    __slots__ = ("event", "text", "deliveries", "acknowledged")

    def __init__(self, event, text):
        self.event, self.text, self.deliveries, self.acknowledged = event, text, 0, False


class Pushed:
    """An event on its way into the feeds. `scope`: one of SCOPES, or None: of every scope."""

    def __init__(self, event, ascii, scope=None):
        self.event, self.scope = event, scope
        if isinstance(event, (str, bytes)):
            self.text = event.encode() if isinstance(event, str) else bytes(event)
        else:
            self.text = json.dumps(event, ensure_ascii=ascii, separators=(",", ":")).encode()

    @property
    def type(self):
        """The event's type; None where none can be read out of it."""
        value = self.event
        if isinstance(value, (str, bytes)):
            try:
                value = json.loads(value)
            except ValueError:
                return None
        name = value.get("type") if isinstance(value, dict) else None
        return name if isinstance(name, str) else None


class Batch:
    """What one answer carried, under its ackId; `reader`: to whom, where that matters."""

    def __init__(self, ack_id, items, now, reader=None):
        self.ack_id, self.items, self.time, self.reader = ack_id, items, now, reader


class Feed:
    """A queue of events.

    For tests: id, tag, type, user, created_at (milliseconds), reads (count), readers (how many
    reads wait for events).
    """

    kind = "feed"

    def __init__(self, feed_id, tag, type, user, now):
        self.id, self.tag, self.type, self.user = feed_id, tag, type, user
        self.created_at = int(time.time() * 1000)
        self.last_read, self.reads, self.readers, self.gone = now, 0, 0, False
        self.queue = collections.deque()  # not handed out, or given back
        self.handed_out = []  # batches that wait for their ackId, oldest first
        self.batches = {}  # every ackId ever given

    def as_dict(self):
        return {"id": self.id, "createdAt": self.created_at, "type": self.type}

    def add(self, pushed):
        """Queues those of the events that are for this feed; whether it survives that."""
        self.queue.extend(Item(one.event, one.text) for one in pushed)
        return True

    def has_events(self):
        while self.queue and self.queue[0].acknowledged:
            self.queue.popleft()  # given back, then acknowledged after all
        return bool(self.queue)

    def take(self, ack_id, limit, now, reader=None):
        """A batch of what is queued, at most `limit` events (None: all)."""
        items = []
        while self.has_events() and (limit is None or len(items) < limit):
            items.append(self.queue.popleft())
            items[-1].deliveries += 1
        batch = Batch(ack_id, items, now, reader)
        self.batches[ack_id] = batch
        if items:
            self.handed_out.append(batch)
        return batch

    def acknowledge(self, ack_id):
        """Removes the batch for good; returns its items that were not yet acknowledged."""
        batch = self.batches[ack_id]
        done = [item for item in batch.items if not item.acknowledged]
        for item in done:
            item.acknowledged = True
        self.handed_out = [other for other in self.handed_out if other is not batch]
        batch.items = []
        return done

    def reader_of(self, ack_id, connection):
        """Who reads: None, since all readers of a feed are as one."""
        return None

    def give_back(self, reader):
        """Queues again, in front, what that reader holds; returns how many events."""
        return self._queue_again([batch for batch in self.handed_out if batch.reader == reader])

    def give_back_old(self, before):
        """The same with what was handed out before that time, to anyone."""
        return self._queue_again([batch for batch in self.handed_out if batch.time <= before])

    def _queue_again(self, back):
        if not back:
            return 0
        self.handed_out = [batch for batch in self.handed_out if batch not in back]
        items = [item for batch in back for item in batch.items if not item.acknowledged]
        self.queue.extendleft(reversed(items))
        return len(items)


class Datahose(Feed):
    """A feed that is made by its first read, and shared by all who ask for the same.

    A reader is known by the ackId that it was given last, whatever connection it comes by; with an
    empty ackId, by its connection. What one reader holds does not come back because another reads.

    For tests, besides: event_types and scopes (frozensets, empty: all).
    """

    kind = "datahose"

    def __init__(self, feed_id, key, now):
        self.key = key
        user, type, tag, self.event_types, self.scopes = key
        super().__init__(feed_id, tag, type, user, now)
        self._numbers, self._by_connection = itertools.count(1), {}

    @staticmethod
    def key_of(user, body):
        """What two reads have in common that read the same feed."""
        return (user, body["type"], body["tag"], frozenset(body.get("eventTypes", ())),
                frozenset(body.get("scopes", ())))

    def wants(self, pushed):
        """Whether the filters let it pass; what has no type, or no scope, passes that filter."""
        if self.scopes and pushed.scope is not None and pushed.scope not in self.scopes:
            return False
        type = pushed.type if self.event_types else None
        return type is None or type in self.event_types

    def add(self, pushed):
        return super().add([one for one in pushed if self.wants(one)])

    def reader_of(self, ack_id, connection):
        if ack_id:
            reader = self.batches[ack_id].reader
        else:
            reader = self._by_connection.get(connection) or next(self._numbers)
        self._by_connection[connection] = reader
        return reader


class Legacy(Feed):
    """A feed without acknowledgement: what was handed out is gone. The event that finds its queue
    full ends it."""

    kind = "legacy"

    def __init__(self, feed_id, user, now, room):
        super().__init__(feed_id, None, "legacy", user, now)
        self.room = room

    def add(self, pushed):
        super().add(pushed)
        return self.room is None or len(self.queue) <= self.room

    def take_all(self, limit):
        """The items that a read gets; at most `limit`, None: all."""
        count = len(self.queue) if limit is None else min(limit, len(self.queue))
        return [self.queue.popleft() for _ in range(count)]


def ack_id_of(random):
    """A new ackId; nothing can be read out of it."""
    return base64.urlsafe_b64encode(random.getrandbits(192).to_bytes(24, "big")).decode()
