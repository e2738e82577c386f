/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.c - any bytes as UTF-8: no more are read than are there, and cleaning a text never makes it
 * longer. The byte behind it takes the NUL.
 *
 * Of: port/system/characters.c
 * Bounds: --unwind 9
 * Mutant: port/system/characters.c
 *     if (i == size || byte[i] < least || byte[i] > most) {
 *     if (byte[i] < least || byte[i] > most) {
 */
#include "port/system/characters.c"

#include "proof.h"

void prove(void)
{
    ANY_BYTES(char, part, 5);
    char text[8];
    uint32_t character;
    size_t length;
    const size_t size = any_up_to(sizeof text - 1);

    assume(part_size > 0);
    length = symfeed_character_next(part, part_size, &character);
    claim(length >= 1 && length <= 4 && length <= part_size, "a character is inside the text");
    claim(character <= 0x10ffff && (character < 0xd800 || character > 0xdfff),
          "it is a character of Unicode");
    claim(symfeed_characters_clean(text, size, "\n") <= size, "the text is not longer");
}
