/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_value.c - any attribute of an element whose text it is: what is written is its value and at
 * most two bytes around it, and no more than there is room for. Up to 6 bytes.
 *
 * Of: core/event/text.c core/json/string.c core/util/bytes.c
 * Bounds: --unwind 10
 * Stubs: take_character:any_character
 * Mutant: core/event/text.c
 *     put(writer, &":#$@"[element - EMOJI], 1);
 *     put(writer, &":#$@"[element], 5);
 */
#include "core/event/text.c"
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "text.h"

/* Proven by text_entity.c. */
size_t any_character(struct writer *writer, const char *text, size_t size)
{
    const size_t taken = 1 + any_up_to(size - 1);

    claim(size > 0 && __CPROVER_r_ok(text, size), "the bytes are there");
    write_any(writer, taken);
    return taken;
}

void prove(void)
{
    ANY_BYTES(char, value, 6);
    struct writer writer = any_writer();
    const size_t before = writer.size;

    put_value(&writer, EMOJI + (unsigned)any_up_to(IMG - EMOJI), value, value_size);
    claim(WRITER_HOLDS(writer) && writer.size >= before &&
              writer.size - before <= (value_size > 0 ? value_size + 2 : 0),
          "two bytes more at most");
}
