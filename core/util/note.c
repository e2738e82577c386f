/* SPDX-License-Identifier: Apache-2.0 */
/* note.c - see note.h. */
#include "util/note.h"

#include "util/bytes.h"

#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0

void symfeed_note_begin(struct note *note, const char *text)
{
    note->size = 0;
    symfeed_note_text(note, text);
}

void symfeed_note_text(struct note *note, const char *text)
{
    while (*text != '\0' && note->size < SYMFEED_NOTE_SIZE - 1) {
        note->text[note->size++] = *text++;
    }
}

void symfeed_note_number(struct note *note, uint32_t number)
{
    char digits[SYMFEED_DIGITS + 1];

    digits[symfeed_bytes_digits(number, digits)] = '\0';
    symfeed_note_text(note, digits);
}

void symfeed_note_id(struct note *note, const char *id, size_t size)
{
    for (; size > 0 && note->size < SYMFEED_NOTE_SIZE - 1; size--, id++) {
        note->text[note->size++] = *id > ' ' && *id <= '~' ? *id : '?';
    }
}

void symfeed_note_seconds(struct note *note, uint32_t milliseconds)
{
    symfeed_note_number(note, milliseconds / 1000);
    symfeed_note_text(note, ".");
    symfeed_note_number(note, milliseconds % 1000 / 100);
    symfeed_note_text(note, " s");
}

void symfeed_note_log(struct note *note, const struct symfeed_port *port, enum symfeed_level level)
{
    note->text[note->size] = '\0';
    if (port->log != NULL) {
        port->log(port->context, level, note->text);
    }
}

#else

/* ISO C wants something in every file. */
typedef int note_is_left_out;

#endif
