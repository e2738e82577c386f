/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - see print.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "print.h"

#include <string.h>

#include "system/characters.h"
#include "symfeed_posix.h"

/* --- characters --------------------------------------------------------------------------- */

static void put_character(struct output *output, const char *text, size_t length,
                          uint32_t character)
{
    if (character == SYMFEED_CHARACTER_REPLACEMENT) {
        output_text(output, "\xef\xbf\xbd");
    } else {
        output_bytes(output, text, length);
    }
}

/* --- the JSON line ------------------------------------------------------------------------ */

/* Puts a character as JSON's escape, one beyond U+FFFF as a pair of surrogates. */
static void put_escape(struct output *output, uint32_t character)
{
    char escape[16];

    if (character < 0x10000) {
        (void)symfeed_format(escape, sizeof escape, "\\u%04x", (unsigned)character);
    } else {
        (void)symfeed_format(escape, sizeof escape, "\\u%04x\\u%04x",
                             (unsigned)(0xd7c0 + (character >> 10)),
                             (unsigned)(0xdc00 | (character & 0x3ff)));
    }
    output_text(output, escape);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Puts any bytes as the inside of a JSON string; or, not `quoted`, well-formed JSON, in which what
 * is not harmless stands in strings alone, so that an escape is the same. */
static void put_escaped(struct output *output, const char *text, size_t size, bool quoted,
                        bool on_terminal)
{
    while (size > 0) {
        uint32_t character;
        size_t length = symfeed_character_next(text, size, &character);

        if (quoted && (character == '"' || character == '\\')) {
            output_text(output, "\\");
            output_bytes(output, text, 1);
        } else if (!quoted && is_blank(*text)) {
            output_text(output, " ");
        } else if (character < 0x20 ||
                   (on_terminal && symfeed_character(character) != SYMFEED_CHARACTER_HARMLESS)) {
            put_escape(output, character);
        } else {
            put_character(output, text, length, character);
        }
        text += length;
        size -= length;
    }
}

/* Puts well-formed JSON with its line ends made spaces: inside a string it can have none. */
static void put_on_one_line(struct output *output, const char *text, size_t size, bool on_terminal)
{
    const char *end = text + size;
    const char *line_feed = NULL;

    if (on_terminal) {
        put_escaped(output, text, size, false, true);
        return;
    }
    while (text < end) {
        const char *part;

        /* Each byte is looked at twice at most, whichever line ends there are. */
        if (line_feed == NULL || line_feed < text) {
            line_feed = memchr(text, '\n', (size_t)(end - text));
            line_feed = line_feed != NULL ? line_feed : end;
        }
        part = memchr(text, '\r', (size_t)(line_feed - text));
        part = part != NULL ? part : line_feed;
        output_bytes(output, text, (size_t)(part - text));
        if (part < end) {
            output_text(output, " ");
            part++;
        }
        text = part;
    }
}

/* Whether the object of which `size` bytes without the closing bracket are at `text` has no
 * member: nothing but white space after the opening one. */
static bool is_empty_object(const char *text, size_t size)
{
    while (size > 0 && is_blank(text[size - 1])) {
        size--;
    }
    return size == 1;
}

static void put_cut(struct output *output, const struct symfeed_event *event)
{
    output_text(output, "\"truncated\":true,\"bytes\":");
    output_number(output, event->full_size);
}

static void put_json(struct output *output, const struct symfeed_event *event, bool on_terminal)
{
    size_t size = event->size;

    if (event->malformed) {
        output_text(output, "{\"symfeed\":{\"malformed\":true,\"raw\":\"");
        put_escaped(output, event->json, size, true, on_terminal);
        output_text(output, event->truncated ? "\"," : "\"");
        if (event->truncated) {
            put_cut(output, event);
        }
        output_text(output, "}}");
    } else if (event->truncated) {
        while (size > 0 && event->json[size - 1] != '}') {
            size--;
        }
        size -= size > 0;
        put_on_one_line(output, event->json, size, on_terminal);
        output_text(output,
                    is_empty_object(event->json, size) ? "\"symfeed\":{" : ",\"symfeed\":{");
        put_cut(output, event);
        output_text(output, "}}");
    } else {
        put_on_one_line(output, event->json, size, on_terminal);
    }
    output_text(output, "\n");
}

void print_json(struct output *output, const struct symfeed_event *event)
{
    put_json(output, event, false);
}

void print_json_on_terminal(struct output *output, const struct symfeed_event *event)
{
    put_json(output, event, true);
}

/* --- the pieces of an event --------------------------------------------------------------- */

/* Where an event of each type keeps what. Its type is the name of its body in capitals. */
static const struct layout {
    const char *body;    /* path below "payload" */
    const char *subject; /* path below the body; or NULL */
} layouts[] = {
    {"messageSent.message", NULL},
    {"sharedPost.message", NULL},
    {"instantMessageCreated", NULL},
    {"roomCreated", "roomProperties.description"},
    {"roomUpdated", "newRoomProperties.description"},
    {"roomDeactivated", NULL},
    {"roomReactivated", NULL},
    {"userJoinedRoom", "affectedUser.displayName"},
    {"userLeftRoom", "affectedUser.displayName"},
    {"roomMemberPromotedToOwner", "affectedUser.displayName"},
    {"roomMemberDemotedFromOwner", "affectedUser.displayName"},
    {"connectionRequested", "toUser.displayName"},
    {"connectionAccepted", "fromUser.displayName"},
    {"messageSuppressed", "messageId"},
    {"symphonyElementsAction", "formId"},
    {"userRequestedToJoinRoom", "affectedUsers.0.displayName"},
    {"genericSystemEvent", "eventSubtype"},
};

/* Whether `type` is the name that `body` begins with, in capitals. */
static bool is_type_of(const char *type, size_t size, const char *body)
{
    size_t i;

    for (i = 0; i < size && type[i] >= 'A' && type[i] <= 'Z' && type[i] == (body[i] & ~0x20); i++) {
    }
    return i > 0 && i == size && (body[i] == '\0' || body[i] == '.');
}

static const struct layout *layout_of(const char *type, size_t size)
{
    size_t i;

    for (i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (is_type_of(type, size, layouts[i].body)) {
            return &layouts[i];
        }
    }
    return NULL;
}

bool type_is_known(const char *name, size_t size)
{
    return layout_of(name, size) != NULL;
}

#if SYMFEED_JSON

static bool is_missing(struct symfeed_value value)
{
    return value.kind == SYMFEED_ABSENT || value.kind == SYMFEED_NULL || value.size == 0;
}

/* The body's place of the stream's id: an agent before 20.3.1 has other names. */
static struct symfeed_value find_stream(const struct symfeed_event *event,
                                        struct symfeed_value body)
{
    static const char *const names[] = {"stream.streamId", "formStream.streamId",
                                        "actionStream.streamId"};
    struct symfeed_value value = {SYMFEED_ABSENT, NULL, 0};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0] && is_missing(value); i++) {
        value = symfeed_value_find(event, body, names[i]);
    }
    return value;
}

static struct symfeed_value find_sender(const struct symfeed_event *event,
                                        struct symfeed_value body)
{
    struct symfeed_value user = symfeed_event_find(event, "initiator.user");
    struct symfeed_value value = symfeed_value_find(event, user, "displayName");

    if (is_missing(value)) {
        value = symfeed_value_find(event, body, "user.displayName");
    }
    if (is_missing(value)) {
        value = symfeed_value_find(event, user, "username");
    }
    if (is_missing(value)) {
        value = symfeed_value_find(event, user, "userId");
    }
    return value;
}

size_t event_type(const struct symfeed_event *event, char type[TYPE_SIZE])
{
    return symfeed_string(symfeed_event_find(event, "type"), type, TYPE_SIZE);
}

void pieces_find(struct pieces *pieces, const struct symfeed_event *event)
{
    const struct layout *layout;
    struct symfeed_value body = {SYMFEED_ABSENT, NULL, 0};

    memset(pieces, 0, sizeof *pieces); /* SYMFEED_ABSENT is 0 */
    layout = layout_of(pieces->type, event_type(event, pieces->type));
    pieces->id = symfeed_event_find(event, "id");
    if (layout != NULL) {
        body = symfeed_value_find(event, symfeed_event_find(event, "payload"), layout->body);
    }
    pieces->sender = find_sender(event, body);
    if (layout == NULL) {
        return;
    }
    pieces->is_message = strchr(layout->body, '.') != NULL;
    pieces->stream = find_stream(event, body);
    pieces->room = symfeed_value_find(event, body, "stream.roomName");
    pieces->values = symfeed_value_find(event, body, "formValues");
    if (layout->subject != NULL) {
        pieces->subject = symfeed_value_find(event, body, layout->subject);
    }
}

size_t message_text(const struct symfeed_event *event, char *out, size_t size)
{
#if SYMFEED_TEXT
    return symfeed_message_text(event, out, size);
#else
    static const char *const paths[] = {"payload.messageSent.message.message",
                                        "payload.sharedPost.message.message",
                                        "payload.sharedPost.sharedMessage.message"};
    size_t used = 0;
    size_t i;

    out[0] = '\0';
    for (i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct symfeed_value text = symfeed_event_find(event, paths[i]);

        if (used > 0 && !is_missing(text) && used + 1 < size) {
            out[used++] = '\n';
        }
        used += symfeed_string(text, out + used, size - used);
    }
    return used;
#endif
}

#endif

/* --- the line for people ------------------------------------------------------------------ */

/* The end of the year 9999 in milliseconds: later years have five digits. */
#define TIME_END 253402300800000

static bool is_line_break(uint32_t character)
{
    return character == '\n' || character == '\r' || character == 0x85 || character == 0x2028 ||
           character == 0x2029;
}

/* How many bytes are characters of ASCII that every terminal shows. */
static size_t printable_run(const char *text, size_t size)
{
    size_t count = 0;

    while (count < size && text[count] >= ' ' && text[count] <= '~') {
        count++;
    }
    return count;
}

/* Puts text so that it stays on its line: line breaks, however many, become one " / ", and none at
 * either end. */
static void put_clean(struct output *output, const char *text, size_t size)
{
    bool broken = false;
    bool begun = false;

    while (size > 0) {
        uint32_t character;
        size_t length = printable_run(text, size);
        enum symfeed_character kind = SYMFEED_CHARACTER_HARMLESS;

        if (length > 0) {
            character = (unsigned char)*text;
        } else {
            length = symfeed_character_next(text, size, &character);
            kind = symfeed_character(character);
        }
        if (is_line_break(character)) {
            broken = true;
        } else if (kind != SYMFEED_CHARACTER_HIDDEN) {
            if (broken && begun) {
                output_text(output, " / ");
            }
            broken = false;
            begun = true;
            if (kind == SYMFEED_CHARACTER_CONTROL) {
                output_text(output, " ");
            } else {
                put_character(output, text, length, character);
            }
        }
        text += length;
        size -= length;
    }
}

#if SYMFEED_JSON

static void put_value(struct output *output, struct symfeed_value value, char *text, size_t size)
{
    put_clean(output, text, symfeed_string(value, text, size));
}

static void put_time(struct output *output, const struct symfeed_event *event)
{
    char text[SYMFEED_FORMAT_TIME_SIZE] = "----------T--:--:--";
    int64_t milliseconds;

    if (symfeed_integer(symfeed_event_find(event, "timestamp"), &milliseconds) &&
        milliseconds > 0 && milliseconds < TIME_END) {
        symfeed_format_time(text, (uint64_t)milliseconds / 1000, "T");
    }
    output_text(output, text);
    output_text(output, "Z");
}

/* Type or room: a message is told by its room, anything else by its type and its room. */
static void put_place(struct output *output, const struct pieces *pieces, char *text, size_t size)
{
    bool has_room = !is_missing(pieces->room);

    if (!pieces->is_message || !has_room) {
        put_clean(output, pieces->type[0] == '\0' ? "-" : pieces->type,
                  pieces->type[0] == '\0' ? 1 : strlen(pieces->type));
    }
    if (!pieces->is_message && has_room) {
        output_text(output, " ");
    }
    if (has_room) {
        put_value(output, pieces->room, text, size);
    }
}

/* What it says, or whom or what it is about; with the mark before it only where there is any. */
static void put_text(struct output *output, const struct symfeed_event *event,
                     const struct pieces *pieces, char *text, size_t size)
{
    const char *mark = ": ";

    if (pieces->is_message) {
        size_t used = message_text(event, text, size);

        output_text(output, used == 0 ? "" : mark);
        put_clean(output, text, used);
        return;
    }
    if (!is_missing(pieces->subject)) {
        output_text(output, mark);
        put_value(output, pieces->subject, text, size);
        mark = " ";
    }
    if (!is_missing(pieces->values)) {
        output_text(output, mark);
        put_value(output, pieces->values, text, size);
    }
}

#endif

static void print_malformed(struct output *output, const struct symfeed_event *event)
{
    output_text(output, "(malformed event, ");
    output_number(output, event->full_size);
    output_text(output, " bytes) ");
    put_clean(output, event->json, event->size);
    output_text(output, "\n");
}

void print_line(struct output *output, const struct symfeed_event *event, bool colour, char *text,
                size_t size)
{
#if SYMFEED_JSON
    struct pieces pieces;
#endif

    if (event->malformed) {
        print_malformed(output, event);
        return;
    }
#if SYMFEED_JSON
    pieces_find(&pieces, event);
    output_text(output, colour ? "\033[2m" : "");
    put_time(output, event);
    output_text(output, colour ? "\033[0m  \033[36m" : "  ");
    put_place(output, &pieces, text, size);
    output_text(output, colour ? "\033[0m  \033[1m" : "  ");
    if (is_missing(pieces.sender)) {
        output_text(output, "-");
    } else {
        put_value(output, pieces.sender, text, size);
    }
    output_text(output, colour ? "\033[0m" : "");
    put_text(output, event, &pieces, text, size);
    if (event->truncated) {
        output_text(output, " (cut, ");
        output_number(output, event->full_size);
        output_text(output, " bytes)");
    }
    output_text(output, "\n");
#else
    /* Nothing of it is known: it comes as it is, but for what a terminal would heed. */
    (void)colour;
    (void)text;
    (void)size;
    print_json_on_terminal(output, event);
#endif
}
