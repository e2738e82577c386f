/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_section.c - any bytes after < : a comment is dropped, a CDATA section copied; 1 to `size`
 * bytes are read, and no more are written than were read. Up to 13 bytes.
 *
 * Of: core/event/text.c core/json/string.c core/util/bytes.c
 * Bounds: --unwind 14
 * Stubs: take_tag:any_tag
 * Mutant: core/event/text.c
 *     return end < size ? end + 3 : size;
 *     return end <= size ? end + 3 : size;
 */
#include "core/event/text.c"
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "text.h"

/* Proven by text_tag.c. */
size_t any_tag(struct writer *writer, const char *text, size_t size)
{
    const size_t taken = 1 + any_up_to(size - 1);

    claim(size >= 2 && __CPROVER_r_ok(text, size), "the bytes are there");
    write_any(writer, taken);
    return taken;
}

void prove(void)
{
    ANY_BYTES(char, text, 13);
    struct writer writer = any_writer();
    const size_t before = writer.size;
    size_t taken;

    assume(text_size >= 2 && text[0] == '<');
    taken = take_section(&writer, text, text_size);
    claim(taken >= 1 && taken <= text_size, "one byte or more is read, and no more than is there");
    claim(WRITER_HOLDS(writer) && writer.size >= before && writer.size - before <= taken,
          "no more is written than is read");
}
