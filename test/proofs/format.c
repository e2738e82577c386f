/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - each form that symfeed_format() knows, of texts up to 6 bytes, hexadecimal numbers of
 * 32 bits, decimal ones below 256 and the largest of 64 bits, into up to 8 bytes: the text ends
 * with a NUL inside them.
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
    put_number(&line, UINT64_MAX, 10, alphabet, 1 + any_up_to(8));
    put_string(&line, text, nondet_size());
    claim(line.used <= line.room, "a byte stays for the NUL");
    (void)symfeed_format_span(text, "_-");
    claim(symfeed_format(out, out_size, "%s: %.*s%02u%x", text, 2, "ab", 7u, 255u) < out_size,
          "the text ends inside the buffer");
    claim(symfeed_format(out, out_size, "%X%lluA%llu", UINT32_MAX, 0ull, 1ull + UINT64_MAX / 10) <
              out_size,
          "the text ends inside the buffer");
}
