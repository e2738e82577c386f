/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.h - put a log line together without stdio.
 *
 * Promises: never longer than the line; what does not fit is left out. Callers give it texts of
 * their own, never bytes from the network, a token or an event.
 */
#ifndef SYMFEED_NOTE_H
#define SYMFEED_NOTE_H

#include "bytes.h"
#include "symfeed_config.h"
#include "symfeed_port.h"

#define SYMFEED_NOTE_SIZE 240

struct note {
    char text[SYMFEED_NOTE_SIZE];
    size_t size;
};

#if SYMFEED_MESSAGES

/* A text that is there for people only. */
#define MESSAGE(text) text

void symfeed_note_begin(struct note *note, const char *text);
void symfeed_note_text(struct note *note, const char *text);
void symfeed_note_number(struct note *note, uint32_t number);

/* Milliseconds, as seconds with one decimal. */
void symfeed_note_seconds(struct note *note, uint32_t milliseconds);

/* Hands the line to the port's log, where there is one. */
void symfeed_note_log(struct note *note, const struct symfeed_port *port, enum symfeed_level level);

#else

/* The same without texts: callers stay as they are, and the compiler leaves them nothing to do. */
#define MESSAGE(text) ""

static inline void symfeed_note_begin(struct note *note, const char *text)
{
    (void)note;
    (void)text;
}

static inline void symfeed_note_text(struct note *note, const char *text)
{
    (void)note;
    (void)text;
}

static inline void symfeed_note_number(struct note *note, uint32_t number)
{
    (void)note;
    (void)number;
}

static inline void symfeed_note_seconds(struct note *note, uint32_t milliseconds)
{
    (void)note;
    (void)milliseconds;
}

static inline void symfeed_note_log(struct note *note, const struct symfeed_port *port,
                                    enum symfeed_level level)
{
    (void)note;
    (void)port;
    (void)level;
}

#endif

/* One of the MESSAGE() texts that make up a list as symfeed_bytes_nth() takes it. */
static inline const char *note_nth(const char *list, unsigned number)
{
    return SYMFEED_MESSAGES ? symfeed_bytes_nth(list, number) : "";
}

#endif
