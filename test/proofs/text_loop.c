/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_loop.c - symfeed_text() as a whole: any text into any room, its own as well, where it never
 * writes to what is not read yet. Each function that it calls reads 1 to `size` bytes and writes no
 * more than it read, as the proofs beside this one say. Up to 5 bytes.
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

#define TEXT 5

static bool in_place;

static size_t any_piece(struct writer *writer, const char *text, size_t size, size_t taken)
{
    const size_t before = writer->size;

    claim(__CPROVER_r_ok(text, size), "the bytes are there");
    claim(!in_place || writer->out + before <= text, "what is not read yet is as it was");
    write_any(writer, taken);
    for (size_t i = before; i < writer->size; i++) {
        writer->out[i] = (char)nondet_byte();
    }
    return taken;
}

/* Proven by text_run.c. */
size_t any_run(struct writer *writer, const char *text, size_t size)
{
    return any_piece(writer, text, size, any_up_to(size));
}

/* Proven by text_section.c. */
size_t any_section(struct writer *writer, const char *text, size_t size)
{
    claim(size >= 2, "there is a byte after <");
    return any_piece(writer, text, size, 1 + any_up_to(size - 1));
}

/* Proven by text_entity.c. */
size_t any_character(struct writer *writer, const char *text, size_t size)
{
    claim(size >= 1, "there is a character");
    return any_piece(writer, text, size, 1 + any_up_to(size - 1));
}

void prove(void)
{
    /* In place, the text is at the start of the room; else it ends where other bytes end. */
    ANY_BYTES(char, out, 8);
    char other[TEXT];
    const size_t text_size = any_up_to(TEXT);
    const char *text = other + TEXT - text_size;
    size_t size;

    assume(out_size > 0);
    in_place = nondet_bool();
    if (in_place) {
        assume(text_size <= out_size);
        text = out;
    }
    size = symfeed_text(text, text_size, out, out_size);
    claim(size < out_size && size <= text_size, "the text is in the room, and not longer");
}
