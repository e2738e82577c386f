/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_plain.c - batch.h for a build without SYMFEED_JSON: reads only strings, brackets and the
 * names of the members that matter. An element is an event's text as received, cut at the end of
 * the window. A feed that is listed or was created has no text; its member `id` is kept like an
 * ackId.
 *
 * Depends on: bytes, hash.
 * Guarantees: a missing or extra bracket damages only the event it is in.
 */
#include "event/batch.h"

#if !SYMFEED_JSON

#include "util/bytes.h"
#include "symfeed.h"

/* The current member of the object whose members matter. */
enum name {
    NAME_OTHER,
    NAME_EVENTS,
    NAME_WANTED, /* its value is kept in the ackId buffer */
    NAME_READING /* its name is being collected in the window, which is free then */
};

static void enter(struct batch *batch, enum batch_state state)
{
    batch->state = (uint8_t)state;
}

void symfeed_batch_init(struct batch *batch, enum batch_shape shape, char *window,
                        size_t window_size, size_t max_tokens, char *ack, uint16_t ack_room,
                        const hash_word key[2])
{
    (void)max_tokens;
    memset(batch, 0, sizeof *batch);
    batch->shape = (uint8_t)shape;
    batch->own_depth = shape == BATCH_LIST ? 2 : 1;
    batch->window = window;
    batch->window_size = window_size;
    batch->ack = ack;
    batch->ack_room = ack_room;
#if SYMFEED_DEDUP > 0
    batch->key[0] = key[0];
    batch->key[1] = key[1];
#else
    (void)key;
#endif
}

static void collect(struct batch *batch, char byte)
{
    if (batch->name == NAME_READING && batch->size < batch->window_size) {
        batch->window[batch->size++] = byte;
    } else if (batch->name == NAME_WANTED) {
        batch_keep_ack(batch, (unsigned char)byte);
    }
}

static bool is_named(const struct batch *batch, const char *name)
{
    size_t size = symfeed_bytes_length(name);

    return batch->size == size && memcmp(batch->window, name, size) == 0;
}

static void end_name(struct batch *batch)
{
    bool envelope = batch->shape == BATCH_ENVELOPE;

    batch->name = NAME_OTHER;
    if (batch->shape == BATCH_ERROR) {
        batch->named |= is_named(batch, "code")      ? BATCH_CODE
                        : is_named(batch, "message") ? BATCH_MESSAGE
                                                     : 0u;
    } else if (envelope && is_named(batch, "events")) {
        batch->name = NAME_EVENTS;
    } else if (is_named(batch, envelope ? "ackId" : "id")) {
        batch->name = NAME_WANTED;
        batch_begin_ack(batch);
    }
}

static void string_byte(struct batch *batch, char byte)
{
    if (byte == '"' && !batch->escaped) {
        batch->in_string = false;
        if (batch->name == NAME_READING) {
            end_name(batch);
        }
        return;
    }
    batch->escaped = byte == '\\' && !batch->escaped;
    if (batch->depth == batch->own_depth) {
        collect(batch, byte);
    }
}

static bool open_bracket(struct batch *batch, bool object)
{
    bool events = batch->depth == 1 && batch->name == NAME_EVENTS;

    if (batch->depth == SYMFEED_DEPTH) {
        batch->deep++;
        return true;
    }
    if ((batch->depth == 0 && object != (batch->shape != BATCH_LIST)) || (events && object)) {
        return false;
    }
    if (events) {
        enter(batch, BATCH_BETWEEN);
    } else if (object && batch->state == BATCH_BETWEEN && batch->depth == 2) {
        enter(batch, BATCH_COPYING);
        batch->truncated = false;
        batch->malformed = false;
        batch->size = 0;
        batch->bytes = 0;
#if SYMFEED_DEDUP > 0
        symfeed_hash_init(&batch->hash, batch->key);
#endif
    }
    batch->depth++;
    batch->objects = batch->objects << 1 | (object ? 1u : 0u);
    if (batch->depth == batch->own_depth) {
        batch_begin_ack(batch);
    }
    return true;
}

/* Closes the innermost bracket of this kind, and all inside of it, whose closing brackets are
 * missing. If none of this kind is open in the event, closes the innermost one. */
static void close_bracket(struct batch *batch, bool object)
{
    unsigned least = batch->state == BATCH_COPYING ? 2 : 0;
    unsigned levels = 1;

    if (batch->deep > 0) {
        batch->deep--;
        return;
    }
    if (batch->state == BATCH_BETWEEN && batch->depth == 2 && object) {
        return; /* extra: it belongs to the event before */
    }
    while (levels < batch->depth - least &&
           ((batch->objects >> (levels - 1) & 1u) != 0) != object) {
        levels++;
    }
    if (((batch->objects >> (levels - 1) & 1u) != 0) != object) {
        levels = 1;
        batch->malformed = true;
    }
    batch->malformed = batch->malformed || levels > 1;
    batch->objects = levels < 32 ? batch->objects >> levels : 0;
    batch->depth = (uint8_t)(batch->depth - levels);
    if (batch->depth == 0) {
        enter(batch, BATCH_OVER);
    } else if (batch->depth == 1) {
        enter(batch, BATCH_AROUND);
    }
}

/* Reads a byte outside of strings. Returns false if the body does not have its shape. */
static bool structure(struct batch *batch, char byte)
{
    bool good = batch->depth > 0;

    if (scan_is_space((unsigned char)byte)) {
        return true;
    }
    switch (byte) {
    case '{':
    case '[': good = open_bracket(batch, byte == '{'); break;
    case '}':
    case ']':
        if (good) {
            close_bracket(batch, byte == '}');
        }
        break;
    case '"':
        batch->in_string = true;
        if (batch->depth == batch->own_depth && batch->last != ':') {
            batch->name = NAME_READING;
            batch->size = 0;
        }
        break;
    default: break;
    }
    batch->last = byte;
    return good;
}

/* Reads a byte before the body. Returns false if the byte order mark is incomplete. */
static bool before(struct batch *batch, const unsigned char *data, size_t *at)
{
    bool starts = false;
    bool good = batch_pass_mark(batch, data, at, &starts);

    if (starts) {
        enter(batch, BATCH_AROUND);
    }
    return good;
}

/* Reads a byte of the body. Returns false if the body does not have its shape. */
static bool body_byte(struct batch *batch, char byte)
{
    if (batch->in_string) {
        string_byte(batch, byte);
        return true;
    }
    return structure(batch, byte);
}

/* Keeps a byte of an element, its first and last one included. */
static void keep(struct batch *batch, const unsigned char *byte)
{
    if (batch->size < batch->window_size) {
        batch->window[batch->size++] = (char)*byte;
    } else {
        batch->truncated = true;
        batch->malformed = true;
    }
    batch->bytes++;
#if SYMFEED_DEDUP > 0
    symfeed_hash_update(&batch->hash, byte, 1);
#endif
}

/* Reads a byte of the body, and of the element that it is in. */
static enum batch_result take(struct batch *batch, const unsigned char *byte)
{
    uint8_t depth = batch->depth;

    if (!body_byte(batch, (char)*byte)) {
        return BATCH_BROKEN;
    }
    if (batch->state == BATCH_COPYING) {
        keep(batch, byte);
        if (batch->depth > 2) {
            return BATCH_MORE;
        }
        enter(batch, BATCH_BETWEEN);
        return BATCH_ELEMENT;
    }
    return batch->shape < BATCH_ENVELOPE && depth == batch->own_depth && batch->depth < depth
               ? BATCH_ELEMENT
               : BATCH_MORE;
}

enum batch_result symfeed_batch_feed(struct batch *batch, const unsigned char *data, size_t size,
                                     size_t *taken)
{
    enum batch_result result = BATCH_MORE;
    size_t at = 0;

    while (at < size && result == BATCH_MORE) {
        bool good = true;

        switch (batch->state) {
        case BATCH_BEFORE: good = before(batch, data, &at); break;
        case BATCH_OVER: good = scan_is_space(data[at++]); break;
        default: result = take(batch, data + at++); break;
        }
        if (!good) {
            result = BATCH_BROKEN;
        }
    }
    *taken = at;
    return result;
}

#endif
