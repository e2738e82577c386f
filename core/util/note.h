/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.h - put a log line together without stdio.
 *
 * Promises: never longer than the line; what does not fit is left out. Callers give it texts of
 * their own, never bytes from the network, a token or an event. The exceptions are a feed's id,
 * which people know a feed by: symfeed_note_id() shows nothing of it but visible ASCII; and the
 * name of a content coding that is refused, as far as it is a token in the sense of RFC 9110.
 */
#ifndef SYMFEED_NOTE_H
#define SYMFEED_NOTE_H

#include "util/bytes.h"
#include "symfeed_config.h"
#include "symfeed_port.h"

#define SYMFEED_NOTE_SIZE 240

struct note {
    char text[SYMFEED_NOTE_SIZE];
    size_t size;
};

/* Is a line of this level compiled in? A bit for each level: an enum may be one byte without a
 * sign, and compilers warn of what no number can be. */
static inline bool note_is_on(enum symfeed_level level)
{
    return SYMFEED_MESSAGES && (((1u << SYMFEED_LOG_LEVEL) - 1u) >> level & 1u) != 0;
}

/* A text that is there for people only: of errors, or of more than one level. What fails a single
 * call is an error whatever it is. */
#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0
#define MESSAGE(text) text
#else
#define MESSAGE(text) ""
#endif

/* Of warnings. */
#if SYMFEED_MESSAGES && (SYMFEED_LOG_LEVEL > 1 || (SYMFEED_LOG_LEVEL > 0 && SYMFEED_ONE_SHOT))
#define WARNING(text) text
#else
#define WARNING(text) ""
#endif

/* Of what the feed does. */
#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 2
#define INFORMATION(text) text
#else
#define INFORMATION(text) ""
#endif

#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0

void symfeed_note_begin(struct note *note, const char *text);
void symfeed_note_text(struct note *note, const char *text);
void symfeed_note_number(struct note *note, uint32_t number);

/* The id of a feed, which a server has chosen: '?' for all but visible ASCII. */
void symfeed_note_id(struct note *note, const char *id, size_t size);

/* Milliseconds, as seconds with one decimal. */
void symfeed_note_seconds(struct note *note, uint32_t milliseconds);

/* Hands the line to the port's log, where there is one. */
void symfeed_note_log(struct note *note, const struct symfeed_port *port, enum symfeed_level level);

#endif

/* One of the texts that make up a list as symfeed_bytes_nth() takes it; `list` is empty where the
 * build has none of its kind. */
static inline const char *note_nth(const char *list, unsigned number)
{
    return *list != '\0' ? symfeed_bytes_nth(list, number) : "";
}

#endif
