/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - what holds for the text that symfeed_text() writes; included after core/event/text.c.
 *
 * Depends on: struct writer of text.c, proof.h.
 */
#ifndef SYMFEED_PROOF_TEXT_H
#define SYMFEED_PROOF_TEXT_H

#include "proof.h"

#define TEXT_ROOM 16

#define WRITER_HOLDS(writer)                                                                       \
    ((writer).room >= 1 && (writer).room <= TEXT_ROOM && (writer).size < (writer).room)

static char text_out[TEXT_ROOM];

/* A writer in any state, before any room. */
static struct writer any_writer(void)
{
    struct writer writer = {text_out, 1 + any_up_to(TEXT_ROOM - 1), 0};

    writer.size = any_up_to(writer.room - 1);
    return writer;
}

/* Writes any number of bytes up to `most`, and perhaps gives up the room behind them, as put()
 * does. */
static void write_any(struct writer *writer, size_t most)
{
    claim(writer->room >= 1 && writer->size < writer->room, "a byte stays for the NUL");
    writer->size += any_up_to(most);
    assume(writer->size < writer->room);
    if (nondet_bool()) {
        writer->room = writer->size + 1;
    }
}

#endif
