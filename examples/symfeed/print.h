/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print.h - prints events as text: the JSON line, the line for people, and the parts of an event.
 *
 * Depends on: symfeed.h, characters.h, output.h.
 * Guarantees: an event is one line, whatever it contains; it cannot control a terminal, except JSON
 *   for other programs, which is printed as received; text is built in the caller's buffer; nothing
 *   is allocated.
 */
#ifndef SYMFEED_PRINT_H
#define SYMFEED_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "output.h"
#include "symfeed.h"

/* Bytes that print_line() adds to an event's own text at most. */
#define PRINT_MORE 128

/* Where the pieces of an event are. What is missing is absent there. */
struct pieces {
    bool is_message; /* it has a message's text */
    struct symfeed_value type;
    struct symfeed_value id;
    struct symfeed_value stream;  /* its id */
    struct symfeed_value place;   /* the room's name, IM, MIM, POST, or the stream's id */
    struct symfeed_value sender;  /* a name */
    struct symfeed_value subject; /* of an event that is no message: whom or what it is about: a
                                   * user, an array of users, or a text */
    struct symfeed_value values;  /* of a filled-in form: its values */
};

/* Returns whether the `size` bytes at `name` are in `list`, names between commas. */
bool list_has(const char *list, const char *name, size_t size);

/* Returns whether the `size` bytes at `name` are one of the documented types of events. */
bool type_is_known(const char *name, size_t size);

/* Finds the pieces of an event. They are views into the event, valid as long as it is. */
void pieces_find(struct pieces *pieces, const struct symfeed_event *event);

/* Writes the plain text of a message, and below it that of the post it shares, to `out` of `size`
 * bytes, NUL-terminated; nothing for other events. Returns the bytes written without the NUL. As
 * many bytes as the event's text has, and 2 more, are always enough. */
size_t message_text(const struct symfeed_event *event, char *out, size_t size);

/* Prints the event as one line of JSON. `on_terminal`: with escapes for all that is not harmless
 * there (characters.h); the value is the same. Bytes that are not UTF-8 become U+FFFD. */
void print_json(struct output *output, const struct symfeed_event *event, bool on_terminal);

/* Prints the event as one line for people:
 *
 *     TIME  TYPE  [PLACE]  SENDER: TEXT
 *
 * with its time in UTC, and a '-' for what is missing. `text` of `size` bytes is for making it:
 * as many as the event window has, and PRINT_MORE. It stays in use until output_flush(). */
void print_line(struct output *output, const struct symfeed_event *event, bool colour, char *text,
                size_t size);

#endif
