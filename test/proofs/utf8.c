/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.c - any bytes as UTF-8: no more are read than are there. Cleaning a text leaves only what
 * symfeed_character() says is harmless, and what is kept; it never makes the text longer. The byte
 * behind it takes the NUL. Up to 5 bytes.
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
    char text[6];
    uint32_t character;
    size_t length;
    size_t used;
    const size_t size = any_up_to(sizeof text - 1);

    assume(part_size > 0);
    length = symfeed_character_next(part, part_size, &character);
    claim(length >= 1 && length <= 4 && length <= part_size, "a character is inside the text");
    claim(character <= 0x10ffff && (character < 0xd800 || character > 0xdfff),
          "it is a character of Unicode");
    used = symfeed_characters_clean(text, size, "\n");
    claim(used <= size && text[used] == '\0', "the text is not longer");
    for (size_t at = 0; at < used; at += length) {
        length = symfeed_character_next(text + at, used - at, &character);
        claim(symfeed_character(character) == SYMFEED_CHARACTER_HARMLESS || character == '\n',
              "each character is harmless");
    }
}
