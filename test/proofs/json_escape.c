/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_escape.c - one character of a JSON string, an escape or a pair of them: no more is read than
 * is there, at most four bytes are written, and no more than were read; but U+FFFD, of three bytes,
 * for an escape that is cut after one or two.
 *
 * Of: core/json/string.c core/util/bytes.c
 * Bounds: --unwind 14
 * Mutant: core/json/string.c
 *     if (size >= 12 && text[6] == '\\' && text[7] == 'u') {
 *     if (size >= 11 && text[6] == '\\' && text[7] == 'u') {
 */
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "proof.h"

void prove(void)
{
    ANY_BYTES(char, text, 14);
    char out[4];
    size_t length = 0;
    size_t taken;

    assume(text_size > 0);
    assume(text_size < 2 || text[1] != '\0'); /* the scanner accepts no NUL */
    taken = symfeed_string_decode(text, text_size, out, &length);
    claim(taken >= 1 && taken <= text_size, "one byte or more is read, and no more than is there");
    claim(length >= 1 && length <= 4, "a character has 1 to 4 bytes");
    claim(length <= taken || (text[0] == '\\' && length == 3 &&
                              (text_size == 1 || (text_size == 2 && text[1] == 'u'))),
          "no more is written than is read");
}
