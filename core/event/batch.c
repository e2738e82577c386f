/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.c - see batch.h. The states of a body:
 *   before -> around <-> between <-> copying -> cutting <-> dropping
 *               |           |           |          ^
 *              over        over         |          +-> shortening
 *                                       +-> malformed (from each state of an element)
 * An element can end in each of its states; between follows, or over after the only element of a
 * body.
 */
#include "event/batch.h"

#include "util/bytes.h"
#include "json/string.h"

#if SYMFEED_JSON

/* A string keeps at least this many bytes, so that no id is cut; if there is less room, its member
 * is dropped. The longest ids seen have 46 bytes. */
#define WHOLE_STRING 64

/* The current member of the envelope. */
enum name {
    NAME_EVENTS,
    NAME_ACK,
    NAME_OTHER,
    NAME_READING /* its name is being collected in the window, which is free then */
};

static void enter(struct batch *batch, enum batch_state state)
{
    batch->state = (uint8_t)state;
}

/* --- the event's own members --------------------------------------------------------------- */

/* Returns the number of the name at `from` in the window in a list of names; the number of names if
 * it is none of them. */
static unsigned name_number(const struct batch *batch, size_t from, size_t size, const char *names)
{
    const char *text = batch->window + from;
    unsigned number = 0;

    /* The first character is enough to skip most names; the rest or a quote follows it. */
    while (*names != '\0' &&
           ((*text != *names && *text != '\\') ||
            !symfeed_string_equal(text, size, names, symfeed_bytes_length(names)))) {
        while (*names++ != '\0') {
        }
        number++;
    }
    return number;
}

/* Finds the value to record by the name that ends before byte `end` of the window. Of two members
 * with the same name the first counts. */
static void note_name(struct batch *batch, size_t end)
{
    unsigned number = name_number(batch, batch->string, end - batch->string, SYMFEED_NOTED_NAMES);

    batch->value = number < SYMFEED_NOTED && batch->noted[number].kind == SYMFEED_ABSENT
                       ? &batch->noted[number]
                       : NULL;
}

/* Records the start of the current value, at its first byte. */
static void note_value(struct batch *batch, const char *first)
{
    batch->value->kind = symfeed_tokens_kind(*first);
    batch->value->text = batch->value->kind == SYMFEED_STRING ? first + 1 : first;
}

/* Records the end of the current value, at its last byte: a quote or a bracket. */
static void note_value_end(struct batch *batch, const char *last)
{
    struct symfeed_value *value = batch->value;

    value->size = (size_t)(last - value->text) + (value->kind == SYMFEED_STRING ? 0 : 1u);
    batch->value = NULL;
}

/* Records the names and values of the event itself, from the last byte in the window. */
static void note(struct batch *batch, const struct scan *scan, enum scan_action action)
{
    const char *last = batch->window + batch->size - 1;

    if (batch->state == BATCH_DROPPING || !scan_is_own(scan, action)) {
        return;
    }
    if (action == SCAN_KEY) {
        batch->string = batch->size;
    } else if (scan->state == SCAN_IN_COLON) {
        note_name(batch, batch->size - 1);
    } else if (batch->value != NULL && scan_begins_token(action)) {
        note_value(batch, last);
    } else if (batch->value != NULL) {
        note_value_end(batch, last);
    }
}

/* Empties the window. */
static void begin_window(struct batch *batch)
{
    batch->size = 0;
    batch->tokens = 0;
    memset(batch->noted, 0, sizeof batch->noted);
    batch->value = NULL;
}

/* Sets the end of a noted number or literal. */
static void end_notes(struct batch *batch)
{
    for (size_t i = 0; i < SYMFEED_NOTED; i++) {
        struct symfeed_value *own = &batch->noted[i];

        while (own->kind < SYMFEED_STRING && own->text != NULL && own->text[own->size] > ' ' &&
               own->text[own->size] != ',' && own->text[own->size] != '}') {
            own->size++;
        }
    }
}

/* --- the filter --------------------------------------------------------------------------- */

/* The filter reads an element that is cut, byte by byte: first what is in the window, in place,
 * then the rest as it comes. It shortens long strings (at the start of a character, never inside an
 * escape or a surrogate pair), drops members that still do not fit, and reserves room for every
 * open bracket, so that the text can be closed at any point. */

/* Returns the room for text: the window without the brackets and the quote that close it. */
static size_t usable(const struct batch *batch)
{
    return batch->window_size - SYMFEED_DEPTH - 2;
}

/* Room is reserved for the event's own members, wherever they are: for id, messageId, timestamp and
 * type, until each has come, and for the brackets of initiator and payload. */
#define OWN_MEMBERS 4

static size_t own_bytes(const struct batch *batch)
{
    return 32u + 48u * batch->own_left;
}

static size_t own_tokens(const struct batch *batch)
{
    return 4u + 2u * batch->own_left;
}

/* Returns how far members of the current bracket may fill the window or the table. Arrays can be
 * long: their members get three eighths. */
static size_t room_for(size_t total, size_t own, const struct scan *scan)
{
    uint32_t levels = scan->depth < 32 ? ((uint32_t)1 << scan->depth) - 1u : UINT32_MAX;

    if ((scan->objects & levels) != levels) {
        return total / 8 * 3;
    }
    return scan->depth > 1 ? total - own : total;
}

/* Drops the current member, which does not fit: removes its text and skips the rest. */
static void drop_member(struct batch *batch, const struct scan *scan)
{
    batch->size = batch->member;
    /* As numbers, because a value that has not begun has no text: C does not compare NULL by >=. */
    if (batch->value != NULL &&
        (uintptr_t)batch->value->text >= (uintptr_t)(batch->window + batch->size)) {
        memset(batch->value, 0, sizeof *batch->value);
    }
    batch->tokens = batch->member_tokens;
    batch->drop_depth = scan->depth;
    enter(batch, BATCH_DROPPING);
}

static void put(struct batch *batch, const struct scan *scan, unsigned char byte)
{
    if (batch->size < room_for(usable(batch), own_bytes(batch), scan)) {
        batch->window[batch->size++] = (char)byte;
    } else {
        drop_member(batch, scan);
    }
}

/* Writes a byte that has room reserved. */
static void put_reserved(struct batch *batch, unsigned char byte)
{
    batch->window[batch->size++] = (char)byte;
}

static void begin_member(struct batch *batch, const struct scan *scan)
{
    batch->member = batch->size;
    batch->member_tokens = batch->tokens;
    if (batch->window[batch->size - 1] != '{' && batch->window[batch->size - 1] != '[') {
        put(batch, scan, ',');
    }
}

/* Starts a name or value inside the current bracket of `scan`. */
static void begin_token(struct batch *batch, const struct scan *scan, bool key, unsigned char byte)
{
    bool in_array = scan->depth > 0 && (scan->objects & 1u) == 0;

    if (key || in_array) {
        begin_member(batch, scan);
    }
    if (batch->tokens >= room_for(batch->max_tokens, own_tokens(batch), scan)) {
        drop_member(batch, scan);
    }
    if (batch->state != BATCH_DROPPING) {
        batch->tokens++;
        put(batch, scan, byte);
    }
}

/* Starts a string and sets its limit: half of the room left in the first half of the window, so
 * that the first long string gets most, and a second and third get a share. */
static void begin_string(struct batch *batch, const struct scan *scan)
{
    size_t limit = room_for(usable(batch), own_bytes(batch), scan);
    size_t soft = usable(batch) / 2;
    size_t room = soft > batch->size ? (soft - batch->size) / 2 : 0;
    size_t least = usable(batch) / 16 > WHOLE_STRING ? usable(batch) / 16 : WHOLE_STRING;

    if (room < least) {
        room = least;
    }
    batch->string = batch->size;
    batch->string_limit = limit - batch->size < room ? limit : batch->size + room;
}

static void string_byte(struct batch *batch, const struct scan *scan, unsigned char byte)
{
    batch->window[batch->size] = (char)byte;
    if (batch->size < batch->string_limit) {
        batch->size++;
    } else if (scan->key || batch->string_limit - batch->string < WHOLE_STRING) {
        drop_member(batch, scan);
    } else {
        batch->size = batch->string + symfeed_string_whole(batch->window + batch->string,
                                                           batch->size - batch->string);
        enter(batch, BATCH_SHORTENING);
    }
}

/* The room for a bracket is that of the one around it. */
static void open_bracket(struct batch *batch, struct scan *scan, unsigned char byte)
{
    uint32_t objects = scan->objects;

    scan->objects >>= 1;
    scan->depth--;
    begin_token(batch, scan, false, byte);
    scan->depth++;
    scan->objects = objects;
}

/* Filters one byte that is not being skipped. */
static void cut(struct batch *batch, struct scan *scan, enum scan_action action, unsigned char byte)
{
    switch (action) {
    case SCAN_KEY:
    case SCAN_STRING:
    case SCAN_PRIMITIVE:
        if (action != SCAN_KEY && scan->depth == 1 && batch->own_left > 0) {
            batch->own_left--;
        }
        begin_token(batch, scan, action == SCAN_KEY, byte);
        begin_string(batch, scan); /* of no meaning for a number or a literal */
        break;
    case SCAN_OPEN: open_bracket(batch, scan, byte); break;
    case SCAN_DEEP:
        begin_token(batch, scan, false, byte);
        drop_member(batch, scan);
        break;
    case SCAN_QUOTE: /* a colon must fit after the quote of a name */
    case SCAN_CLOSE: put_reserved(batch, byte); break;
    case SCAN_COLON: put(batch, scan, byte); break;
    case SCAN_BYTE:
        if (scan->state < SCAN_IN_LITERAL) {
            string_byte(batch, scan, byte);
        } else {
            put(batch, scan, byte);
        }
        break;
    default: break; /* white space is dropped; a comma is written with the next member */
    }
}

/* Filters one byte. */
static void filter(struct batch *batch, struct scan *scan, enum scan_action action,
                   unsigned char byte)
{
    switch (batch->state) {
    case BATCH_CUTTING:
    default: cut(batch, scan, action, byte); break;
    case BATCH_SHORTENING:
        if (action == SCAN_QUOTE) {
            put_reserved(batch, byte);
            enter(batch, BATCH_CUTTING);
        }
        break;
    case BATCH_DROPPING:
        if (action == SCAN_CLOSE && scan->depth + 1 == batch->drop_depth) {
            put_reserved(batch, byte);
            enter(batch, BATCH_CUTTING);
        } else if (action == SCAN_COMMA && scan->depth == batch->drop_depth) {
            enter(batch, BATCH_CUTTING);
        }
        break;
    }
}

/* Starts cutting, because the element exceeds the window, the table or the depth: filters the
 * window in place. The filter never writes more than it has read. */
static void begin_cutting(struct batch *batch)
{
    struct scan scan;
    size_t size = batch->size;

    enter(batch, BATCH_CUTTING);
    begin_window(batch);
    batch->truncated = true;
    batch->own_left = OWN_MEMBERS;
    batch->member = 0;
    batch->member_tokens = 0;
    symfeed_scan_init(&scan);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)batch->window[i];

        enum scan_action action = symfeed_scan_byte(&scan, byte);

        filter(batch, &scan, action, byte);
        note(batch, &scan, action);
    }
}

/* --- the element -------------------------------------------------------------------------- */

/* Copies a byte, if there is room for it. */
static bool copy(struct batch *batch, unsigned char byte)
{
    bool room = batch->size < batch->window_size;

    if (room) {
        put_reserved(batch, byte);
    }
    return room;
}

static void copy_or_cut(struct batch *batch, enum scan_action action, unsigned char byte)
{
    size_t tokens = batch->tokens + (scan_begins_token(action) ? 1u : 0u);

    if (action != SCAN_DEEP && tokens <= batch->max_tokens && copy(batch, byte)) {
        batch->tokens = tokens;
    } else {
        begin_cutting(batch);
        filter(batch, &batch->element, action, byte);
    }
}

#if SYMFEED_FAST

/* Copies bytes that need no decision to the window at once. */
static size_t copy_run(struct batch *batch, const unsigned char *data, size_t size)
{
    char *start = batch->window + batch->size;
    size_t room = batch->window_size - batch->size;
    struct scan_run run;
    size_t count = 0;

    run.tokens = batch->max_tokens - batch->tokens;
    count = symfeed_scan_run(&batch->element, data, size < room ? size : room, &run);
    /* A compiler that optimizes for size turns memcpy() into a loop over bytes. */
    memmove(start, data, count);
    batch->tokens = batch->max_tokens - run.tokens;
    if (batch->value != NULL && run.value > 0) {
        note_value(batch, start + run.value - 1);
    }
    if (batch->value != NULL && run.value_end > 0) {
        note_value_end(batch, start + run.value_end - 1);
    }
    if (run.name > 0) {
        batch->string = batch->size + run.name;
    }
    batch->size += count;
    if (run.named) {
        note_name(batch, batch->size - 1);
    }
    return count;
}

/* Reads a run of the element. Returns its bytes; 0 if the first byte needs more checks. */
static size_t element_run(struct batch *batch, const unsigned char *data, size_t size)
{
    size_t count = 0;

    if (batch->state == BATCH_COPYING) {
        return copy_run(batch, data, size);
    }
    if (batch->element.state == SCAN_IN_STRING) {
        count = symfeed_scan_plain(data, size);
    }
    if (batch->state == BATCH_CUTTING) {
        if (count > batch->string_limit - batch->size) {
            count = batch->string_limit - batch->size;
        }
        memcpy(batch->window + batch->size, data, count);
        batch->size += count;
    }
    return count;
}

#else

/* Reads plain string content, which most of an element is. Returns its bytes; 0 if the first byte
 * needs more checks. */
static size_t element_run(struct batch *batch, const unsigned char *data, size_t size)
{
    size_t room = batch->window_size - batch->size;
    size_t count = 0;

    if (batch->state == BATCH_COPYING && batch->element.state == SCAN_IN_STRING) {
        count = symfeed_scan_plain(data, size < room ? size : room);
        memcpy(batch->window + batch->size, data, count);
        batch->size += count;
    }
    return count;
}

#endif

/* Reads one byte of the element. Returns the bytes read: 0 if the element ended before this one. */
static size_t element_byte(struct batch *batch, unsigned char byte)
{
    struct scan *scan = &batch->element;
    enum scan_action action = symfeed_scan_byte(scan, byte);

    if (action == SCAN_ERROR) {
        batch->malformed = true;
        enter(batch, BATCH_MALFORMED);
        symfeed_scan_recover(scan);
        action = symfeed_scan_byte(scan, byte);
    }
    if (action == SCAN_END) {
        return 0;
    }
    switch (batch->state) {
    case BATCH_MALFORMED: batch->truncated |= !copy(batch, byte); return 1;
    case BATCH_COPYING: copy_or_cut(batch, action, byte); break;
    default: filter(batch, scan, action, byte); break;
    }
    note(batch, scan, action);
    return 1;
}

static size_t element_feed(struct batch *batch, const unsigned char *data, size_t size)
{
    size_t at = 0;

    while (at < size && batch->element.state != SCAN_IN_END) {
        size_t count = element_run(batch, data + at, size - at);

        at += count > 0 ? count : element_byte(batch, data[at]);
    }
#if SYMFEED_DEDUP > 0
    symfeed_hash_update(&batch->hash, data, at);
#endif
    batch->bytes += at;
    return at;
}

static void begin_element(struct batch *batch)
{
    enter(batch, BATCH_COPYING);
    begin_window(batch);
    batch->bytes = 0;
    batch->truncated = false;
    batch->malformed = false;
    symfeed_scan_init(&batch->element);
#if SYMFEED_DEDUP > 0
    symfeed_hash_init(&batch->hash, batch->key);
#endif
}

/* Ends the element. It is handed out, unless it is a null in a list. */
static enum batch_result end_element(struct batch *batch)
{
    enter(batch, batch->shape == BATCH_OBJECT ? BATCH_OVER : BATCH_BETWEEN);
    symfeed_scan_value_done(&batch->envelope);
    if (batch->window[0] != '{') {
        if (batch->state == BATCH_BETWEEN && !batch->malformed && batch->window[0] == 'n') {
            return BATCH_MORE;
        }
        batch->malformed = true;
    }
    if (batch->malformed) {
        memset(batch->noted, 0, sizeof batch->noted);
    } else {
        end_notes(batch);
    }
    return BATCH_ELEMENT;
}

/* --- the envelope ------------------------------------------------------------------------- */

/* Does an element start with this byte, which comes between elements? */
static bool element_begins(const struct batch *batch, unsigned char byte)
{
    return batch->envelope.state <= SCAN_IN_VALUE_OR_CLOSE && !scan_is_space(byte) && byte != ',' &&
           byte != ':' && byte != ']' && byte != '}';
}

/* Handles an opening bracket. Returns whether it is allowed in its place. */
static bool bracket_opened(struct batch *batch, unsigned char byte)
{
    uint8_t depth = batch->envelope.depth;
    bool elements =
        batch->shape == BATCH_LIST ? depth == 1 : depth == 2 && batch->name == NAME_EVENTS;

    if (elements) {
        enter(batch, BATCH_BETWEEN);
    }
    return elements ? byte == '[' : depth > 1 || byte == '{';
}

/* Handles the content of a string of the envelope: keeps it if it is a name or the ackId. */
static void collect(struct batch *batch, unsigned char byte)
{
    if (batch->envelope.depth != 1) {
        return;
    }
    if (batch->name == NAME_READING) {
        (void)copy(batch, byte);
    } else if (batch->name == NAME_ACK) {
        batch_keep_ack(batch, byte);
    }
}

static void end_name(struct batch *batch)
{
    bool token = batch->shape == BATCH_TOKEN;
    bool error = batch->shape == BATCH_ERROR;
    unsigned number = name_number(batch, 0, batch->size,
                                  error   ? "code\0message\0"
                                  : token ? "token\0"
                                          : "events\0ackId\0");

    batch->named |= (uint8_t)(1u << number);
    batch->name = (uint8_t)(error ? NAME_OTHER : number + (token ? NAME_ACK : NAME_EVENTS));
    if (batch->name == NAME_ACK) {
        batch_begin_ack(batch);
    }
}

/* Reads one byte outside of the elements. Returns false if it is not allowed there. */
static bool envelope_byte(struct batch *batch, unsigned char byte)
{
    struct scan *envelope = &batch->envelope;
    enum scan_action action = symfeed_scan_byte(envelope, byte);
    bool own = envelope->depth == 1;

    switch (action) {
    case SCAN_ERROR:
        /* An extra bracket after a malformed element belongs to that element. */
        return batch->state == BATCH_BETWEEN && batch->malformed && byte == '}' &&
               envelope->state == SCAN_IN_AFTER;
    case SCAN_OPEN: return bracket_opened(batch, byte);
    case SCAN_STRING:
    case SCAN_PRIMITIVE:
        return envelope->depth > 0 && (!own || batch->name != NAME_EVENTS || byte == 'n');
    case SCAN_CLOSE: enter(batch, envelope->depth > 0 ? BATCH_AROUND : BATCH_OVER); break;
    case SCAN_KEY:
        if (own) {
            batch->name = NAME_READING;
            batch->size = 0;
        }
        break;
    case SCAN_QUOTE:
        if (own && batch->name == NAME_READING) {
            end_name(batch);
        }
        break;
    case SCAN_BYTE:
        if (envelope->state < SCAN_IN_LITERAL) {
            collect(batch, byte);
        }
        break;
    default: break;
    }
    return true;
}

/* Reads a byte before the body. Returns false if the byte order mark is incomplete. */
static bool before(struct batch *batch, const unsigned char *data, size_t *at)
{
    bool starts = false;
    bool good = batch_pass_mark(batch, data, at, &starts);

    if (starts) {
        enter(batch, batch->shape == BATCH_OBJECT ? BATCH_BETWEEN : BATCH_AROUND);
    }
    return good;
}

/* Reads bytes outside of the array of elements. Returns false if the last one is not allowed there.
 */
static bool around(struct batch *batch, const unsigned char *data, size_t size, size_t *at)
{
#if SYMFEED_FAST
    if (batch->envelope.state == SCAN_IN_STRING) {
        size_t plain = symfeed_scan_plain(data + *at, size - *at);

        for (; plain > 0; plain--) {
            collect(batch, data[(*at)++]);
        }
    }
#endif
    return *at == size || envelope_byte(batch, data[(*at)++]);
}

void symfeed_batch_init(struct batch *batch, enum batch_shape shape, char *window,
                        size_t window_size, size_t max_tokens, char *ack, uint16_t ack_room,
                        const hash_word key[2])
{
    memset(batch, 0, sizeof *batch);
    symfeed_scan_init(&batch->envelope);
#if SYMFEED_DEDUP > 0
    batch->key[0] = key[0];
    batch->key[1] = key[1];
#else
    (void)key;
#endif
    batch->window = window;
    batch->window_size = window_size;
    batch->max_tokens = max_tokens;
    batch->ack = ack;
    batch->ack_room = ack_room;
    batch->shape = (uint8_t)shape;
    batch->name = NAME_OTHER;
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
        case BATCH_AROUND: good = around(batch, data, size, &at); break;
        case BATCH_BETWEEN:
            if (element_begins(batch, data[at])) {
                begin_element(batch);
            } else {
                good = envelope_byte(batch, data[at++]);
            }
            break;
        case BATCH_OVER: good = scan_is_space(data[at++]); break;
        default:
            at += element_feed(batch, data + at, size - at);
            if (batch->element.state == SCAN_IN_END) {
                result = end_element(batch);
            }
            break;
        }
        if (!good) {
            result = BATCH_BROKEN;
        }
    }
    *taken = at;
    return result;
}

#endif
