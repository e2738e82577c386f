/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_loop.c - symfeed_text() as a whole: any text into any room, its own as well. Each function
 * that it calls reads 1 to `size` bytes and writes no more than it read, as the proofs beside this
 * one say.
 *
 * Of: core/event/text.c core/json/string.c core/util/bytes.c
 * Bounds: --unwind 10
 * Stubs: put_run:any_run take_section:any_section take_character:any_character
 * Mutant: core/event/text.c
 *     while (writer.size > 0 && (out[writer.size - 1] == '\n' || out[writer.size - 1] == '\t')) {
 *     while (out[writer.size - 1] == '\n' || out[writer.size - 1] == '\t') {
 */
#include "core/event/text.c"
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "text.h"

static size_t any_piece(struct writer *writer, size_t taken)
{
    claim(writer->room >= 1 && writer->size < writer->room, "a byte stays for the NUL");
    writer->size += any_up_to(taken);
    assume(writer->size < writer->room);
    return taken;
}

/* Proven by text_run.c. */
size_t any_run(struct writer *writer, const char *text, size_t size)
{
    (void)text;
    return any_piece(writer, any_up_to(size));
}

/* Proven by text_section.c. */
size_t any_section(struct writer *writer, const char *text, size_t size)
{
    (void)text;
    claim(size >= 2, "there is a byte after <");
    return any_piece(writer, 1 + any_up_to(size - 1));
}

/* Proven by text_entity.c. */
size_t any_character(struct writer *writer, const char *text, size_t size)
{
    (void)text;
    return any_piece(writer, 1 + any_up_to(size - 1));
}

void prove(void)
{
    ANY_BYTES(char, text, 5);
    ANY_BYTES(char, out, 8);
    size_t size;

    assume(out_size > 0);
    size = symfeed_text(text, text_size, out, out_size);
    claim(size < out_size && size <= text_size, "the text is in the room, and not longer");
}
