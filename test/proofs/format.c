/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - any text and any numbers in each form that symfeed_format() knows, into a buffer of
 * any size: it ends with a NUL inside the buffer.
 *
 * Of: port/system/format.c
 * Bounds: --unwind 42 --unwindset put_number.0:21
 * Mutant: port/system/format.c
 *     if (line->used < line->room) {
 *     if (line->used <= line->room) {
 */
#include "port/system/format.c"

#include "proof.h"

void prove(void)
{
    static const char alphabet[] = "0123456789abcdef";
    ANY_BYTES(char, out, 8);
    ANY_STRING(text, 6);
    struct line line = {out, out_size - 1, 0};

    assume(out_size > 0);
    line.used = any_up_to(line.room);
    put_number(&line, nondet_uint32(), 16, alphabet, 1 + any_up_to(8));
    put_number(&line, nondet_byte(), 10, alphabet, 1 + any_up_to(8));
    put_string(&line, text, nondet_size());
    claim(line.used <= line.room, "a byte stays for the NUL");
    (void)symfeed_format_span(text, "_-");
    claim(symfeed_format(out, out_size, "%s: %.*s%02u%x", text, 2, "ab", 7u, 255u) < out_size,
          "the text ends inside the buffer");
}
