/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - see print.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "print.h"

#include <stdarg.h>
#include <string.h>

#include "system/characters.h"
#include "symfeed_posix.h"

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

/* Puts any bytes as the inside of a JSON string (`quoted`), or well-formed JSON for a terminal: in
 * it a character that needs an escape can only be in a string, or is white space. */
static void put_escaped(struct output *output, const char *text, size_t size, bool quoted,
                        bool on_terminal)
{
    size_t length;

    for (; size > 0; text += length, size -= length) {
        uint32_t character;

        length = symfeed_character_next(text, size, &character);
        if (quoted && (character == '"' || character == '\\')) {
            output_text(output, "\\");
            output_bytes(output, text, 1);
        } else if (!quoted && is_blank(*text)) {
            output_text(output, " ");
        } else if (character < 0x20 ||
                   (on_terminal && symfeed_character(character) != SYMFEED_CHARACTER_HARMLESS)) {
            put_escape(output, character);
        } else if (character == SYMFEED_CHARACTER_REPLACEMENT) {
            output_text(output, "\xef\xbf\xbd");
        } else {
            output_bytes(output, text, length);
        }
    }
}

/* Puts well-formed JSON with spaces for its line ends, which are between its tokens. */
static void put_on_one_line(struct output *output, const char *text, size_t size, bool on_terminal)
{
    size_t begin = 0;
    size_t i;

    if (on_terminal) {
        put_escaped(output, text, size, false, true);
        return;
    }
#if SYMFEED_JSON
    /* Most agents' events have no line end, and memchr() says so sooner; the smallest program goes
     * without. */
    if (memchr(text, '\n', size) == NULL && memchr(text, '\r', size) == NULL) {
        output_bytes(output, text, size);
        return;
    }
#endif
    for (i = 0; i < size; i++) {
        if (text[i] == '\n' || text[i] == '\r') {
            output_bytes(output, text + begin, i - begin);
            output_text(output, " ");
            begin = i + 1;
        }
    }
    output_bytes(output, text + begin, size - begin);
}

/* Puts the members of "symfeed" that say that an event was cut, and what closes it. */
static void put_cut(struct output *output, const struct symfeed_event *event)
{
    output_text(output, "\"truncated\":true,\"bytes\":");
    output_number(output, event->full_size);
    output_text(output, "}}");
}

/* Puts a well-formed event that was cut. The mark is its last member. */
static void put_truncated(struct output *output, const struct symfeed_event *event,
                          bool on_terminal)
{
    size_t size = event->size;
    size_t last;

    while (size > 0 && event->json[size - 1] != '}') {
        size--;
    }
    size -= size > 0;
    last = size;
    while (last > 0 && is_blank(event->json[last - 1])) {
        last--;
    }
    put_on_one_line(output, event->json, size, on_terminal);
    output_text(output, last == 1 ? "\"symfeed\":{" : ",\"symfeed\":{"); /* 1: it is empty */
    put_cut(output, event);
}

void print_json(struct output *output, const struct symfeed_event *event, bool on_terminal)
{
    if (event->malformed) {
        output_text(output, "{\"symfeed\":{\"malformed\":true,\"raw\":\"");
        put_escaped(output, event->json, event->size, true, on_terminal);
        if (event->truncated) {
            output_text(output, "\",");
            put_cut(output, event);
        } else {
            output_text(output, "\"}}");
        }
    } else if (event->truncated) {
        put_truncated(output, event, on_terminal);
    } else {
        put_on_one_line(output, event->json, event->size, on_terminal);
    }
    output_text(output, "\n");
}

/* --- the pieces of an event --------------------------------------------------------------- */

bool list_has(const char *list, const char *name, size_t size)
{
    size_t part;

    for (; *list != '\0'; list += part + (list[part] == ',')) {
        part = strcspn(list, ",");
        if (part == size && memcmp(list, name, size) == 0) {
            return true;
        }
    }
    return false;
}

bool type_is_known(const char *name, size_t size)
{
    return list_has("MESSAGESENT,SHAREDPOST,INSTANTMESSAGECREATED,ROOMCREATED,ROOMUPDATED,"
                    "ROOMDEACTIVATED,ROOMREACTIVATED,USERJOINEDROOM,USERLEFTROOM,"
                    "ROOMMEMBERPROMOTEDTOOWNER,ROOMMEMBERDEMOTEDFROMOWNER,CONNECTIONREQUESTED,"
                    "CONNECTIONACCEPTED,MESSAGESUPPRESSED,SYMPHONYELEMENTSACTION,"
                    "USERREQUESTEDTOJOINROOM,GENERICSYSTEMEVENT",
                    name, size);
}

#if SYMFEED_JSON

static bool is_missing(struct symfeed_value value)
{
    return value.kind == SYMFEED_ABSENT || value.kind == SYMFEED_NULL || value.size == 0;
}

/* Finds the first value that is there. `paths` has a NUL behind each path, and another one. */
static struct symfeed_value find_first(const struct symfeed_event *event,
                                       struct symfeed_value object, const char *paths)
{
    struct symfeed_value value = {SYMFEED_ABSENT, NULL, 0};

    for (; *paths != '\0' && is_missing(value); paths += strlen(paths) + 1) {
        value = symfeed_value_find(event, object, paths);
    }
    return value;
}

static struct symfeed_value find_name(const struct symfeed_event *event, struct symfeed_value user)
{
    return find_first(event, user, "displayName\0username\0userId\0");
}

/* Returns the object that the event is about: the one in its payload, whose name is that of the
 * type; of an event with a message, the message. */
static struct symfeed_value find_body(const struct symfeed_event *event, bool *is_message)
{
    struct symfeed_iterator members = symfeed_members(event, symfeed_event_find(event, "payload"));
    struct symfeed_value body = {SYMFEED_ABSENT, NULL, 0};
    struct symfeed_value sent;

    while (body.kind != SYMFEED_OBJECT && symfeed_next_member(&members, NULL, &body)) {
    }
    sent = symfeed_value_find(event, body, "message");
    *is_message = sent.kind == SYMFEED_OBJECT;
    return *is_message ? sent : body;
}

void pieces_find(struct pieces *pieces, const struct symfeed_event *event)
{
    const struct symfeed_value body = find_body(event, &pieces->is_message);
    /* An agent before 20.3.1 has other names for the stream of a form. */
    const struct symfeed_value stream =
        find_first(event, body, "stream\0formStream\0actionStream\0");

    pieces->type = symfeed_event_find(event, "type");
    pieces->id = symfeed_event_find(event, "id");
    pieces->stream = symfeed_value_find(event, stream, "streamId");
    pieces->place = symfeed_value_find(event, stream, "roomName");
    if (is_missing(pieces->place)) {
        pieces->place = symfeed_value_find(event, stream, "streamType");
        if (!list_has("IM,MIM,POST", pieces->place.text, pieces->place.size)) {
            pieces->place = pieces->stream;
        }
    }
    pieces->sender = find_name(event, symfeed_event_find(event, "initiator.user"));
    if (is_missing(pieces->sender)) {
        pieces->sender = find_name(event, symfeed_value_find(event, body, "user"));
    }
    pieces->subject = find_first(event, body,
                                 "affectedUser\0affectedUsers\0toUser\0fromUser\0"
                                 "roomProperties.description\0newRoomProperties.description\0"
                                 "messageId\0formId\0eventSubtype\0stream.members\0");
    pieces->values = symfeed_value_find(event, body, "formValues");
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

/* --- the line for people ------------------------------------------------------------------ */

/* The end of the year 9999 in milliseconds: later years have five digits. */
#define TIME_END 253402300800000

/* The line that is being made. What is put into it leaves room for a NUL. */
struct line {
    char *text;
    size_t size;
    size_t used;
};

static void put(struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    line->used +=
        symfeed_format_list(line->text + line->used, line->size - line->used, format, arguments);
    va_end(arguments);
}

/* Cleans what was written behind the line, and adds it. */
static void add_clean(struct line *line, size_t size)
{
    line->used += symfeed_characters_clean(line->text + line->used, size, "");
}

static void put_value(struct line *line, struct symfeed_value value)
{
    if (is_missing(value)) {
        put(line, "-");
    } else {
        add_clean(line, symfeed_string(value, line->text + line->used, line->size - line->used));
    }
}

static void write_time(char text[SYMFEED_FORMAT_TIME_SIZE], const struct symfeed_event *event)
{
    int64_t milliseconds;

    (void)symfeed_format(text, SYMFEED_FORMAT_TIME_SIZE, "----------T--:--:--");

    if (symfeed_integer(symfeed_event_find(event, "timestamp"), &milliseconds) &&
        milliseconds > 0 && milliseconds < TIME_END) {
        symfeed_format_time(text, (uint64_t)milliseconds / 1000, "T");
    }
}

/* Puts a user's name, all names of an array of users, or a text. */
static void put_subject(struct line *line, const struct symfeed_event *event,
                        struct symfeed_value subject)
{
    struct symfeed_iterator users = symfeed_members(event, subject);
    struct symfeed_value user;
    const char *between = "";

    if (subject.kind != SYMFEED_ARRAY) {
        put_value(line, subject.kind == SYMFEED_OBJECT ? find_name(event, subject) : subject);
        return;
    }
    while (symfeed_next_member(&users, NULL, &user)) {
        put(line, "%s", between);
        put_value(line, find_name(event, user));
        between = ", ";
    }
}

/* Puts what a message says, or whom or what another event is about. */
static void put_text(struct line *line, const struct symfeed_event *event,
                     const struct pieces *pieces)
{
    if (event->malformed) {
        const size_t room = line->size - 1 - line->used;
        const size_t size = event->size < room ? event->size : room;

        put(line, "(malformed) ");
        memcpy(line->text + line->used, event->json, size);
        add_clean(line, size);
    } else if (pieces->is_message) {
        add_clean(line, message_text(event, line->text + line->used, line->size - line->used));
    } else if (!is_missing(pieces->subject)) {
        put_subject(line, event, pieces->subject);
    }
    if (!is_missing(pieces->values)) {
        put(line, " ");
        put_value(line, pieces->values);
    }
}

void print_line(struct output *output, const struct symfeed_event *event, bool colour, char *text,
                size_t size)
{
    const char *const dim = colour ? "\033[2m" : "";
    const char *const cyan = colour ? "\033[36m" : "";
    const char *const bold = colour ? "\033[1m" : "";
    const char *const plain = colour ? "\033[0m" : "";
    struct line line = {.text = text, .size = size, .used = 0};
    char time[SYMFEED_FORMAT_TIME_SIZE];
    struct pieces pieces;

    pieces_find(&pieces, event);
    write_time(time, event);
    put(&line, "%s%sZ%s  ", dim, time, plain);
    put_value(&line, pieces.type);
    put(&line, "  %s[", cyan);
    put_value(&line, pieces.place);
    put(&line, "]%s  %s", plain, bold);
    put_value(&line, pieces.sender);
    put(&line, "%s: ", plain);
    put_text(&line, event, &pieces);
    output_bytes(output, line.text, line.used);
    if (event->truncated) {
        output_text(output, " (cut, ");
        output_number(output, event->full_size);
        output_text(output, " bytes)");
    }
    output_text(output, "\n");
}

#endif
