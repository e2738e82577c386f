/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_whole.c - where a string can be cut: not behind its bytes, and at the start of a character.
 * The byte behind them is read, too, as string.h says. Then comparing with a name, and integers. Up
 * to 12 bytes.
 *
 * Of: core/json/string.c core/util/bytes.c
 * Bounds: --unwind 15
 * Mutant: core/json/string.c
 *     size_t taken = symfeed_string_character(text + at, size - at, &code);
 *     size_t taken = symfeed_string_character(text + at, size, &code);
 */
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "proof.h"

void prove(void)
{
    ANY_BYTES(char, text, 12);
    ANY_STRING(name, 4);
    const size_t size = text_size > 0 ? text_size - 1 : 0;
    struct symfeed_value value = {SYMFEED_NUMBER, text, text_size};
    int64_t number;
    size_t end;

    assume(text_size > 0);
    end = symfeed_string_whole(text, size);
    claim(end <= size, "the cut is inside the text");
    claim(end == 0 || ((unsigned char)text[end] & 0xC0) != 0x80,
          "the cut is at the start of a character");
    (void)symfeed_string_equal(text, text_size, name, symfeed_bytes_length(name));
    (void)symfeed_integer(value, &number);
}
