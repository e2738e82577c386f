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

/* For the text of an event's type, with its NUL. */
#define TYPE_SIZE 64

/* Where the pieces of an event are, by its type. */
struct pieces {
    char type[TYPE_SIZE]; /* empty where it has none */
    bool is_message;      /* it has a message's text */
    struct symfeed_value id;
    struct symfeed_value stream;
    struct symfeed_value room;
    struct symfeed_value sender;
    struct symfeed_value subject; /* of an event that is no message: whom or what it is about */
    struct symfeed_value values;  /* of a filled-in form: its values */
};

/* Whether the `size` bytes at `name` are one of the types of events that are documented. */
bool type_is_known(const char *name, size_t size);

/* Writes the text of the event's type; empty where it has none. Answers its bytes without the NUL.
 */
size_t event_type(const struct symfeed_event *event, char type[TYPE_SIZE]);

/* Finds the pieces of an event; whatever is missing is absent there. They are views into the event,
 * valid as long as it is. */
void pieces_find(struct pieces *pieces, const struct symfeed_event *event);

/* Writes the plain text of a message, and below it that of the post it shares, to `out` of `size`
 * bytes, NUL-terminated; nothing for other events. Answers the bytes written without the NUL. As
 * many bytes as the event's text has, and 2 more, are always enough. */
size_t message_text(const struct symfeed_event *event, char *out, size_t size);

/* Prints the event as one line of JSON. */
void print_json(struct output *output, const struct symfeed_event *event);

/* The same, with escapes for all that is not harmless on a terminal (characters.h): the value is
 * the same. Bytes that are not UTF-8 become U+FFFD. */
void print_json_on_terminal(struct output *output, const struct symfeed_event *event);

/* Prints the event as one line for people, with its time in UTC. `text` of `size` bytes is for
 * making it. */
void print_line(struct output *output, const struct symfeed_event *event, bool colour, char *text,
                size_t size);

#endif
