/* SPDX-License-Identifier: Apache-2.0 */
/* characters.c - see characters.h. */
#include "system/characters.h"

#include <string.h>

enum symfeed_character symfeed_character(uint32_t character)
{
    if (character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
        character == 0x2029) {
        return SYMFEED_CHARACTER_CONTROL;
    }
    if (character == 0x061c || character == 0x200e || character == 0x200f ||
        (character >= 0x202a && character <= 0x202e) ||
        (character >= 0x2066 && character <= 0x206f) ||
        (character >= 0xe0000 && character <= 0xe007f)) {
        return SYMFEED_CHARACTER_HIDDEN;
    }
    return SYMFEED_CHARACTER_HARMLESS;
}

size_t symfeed_character_next(const char *text, size_t size, uint32_t *character)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned char least = 0x80;
    unsigned char most = 0xbf;
    size_t length = 1;
    size_t i;

    *character = byte[0];
    if (byte[0] < 0x80) {
        return 1;
    }
    *character = SYMFEED_CHARACTER_REPLACEMENT;
    if (byte[0] < 0xc2 || byte[0] > 0xf4) {
        return 1;
    }
    length = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    if (byte[0] == 0xe0 || byte[0] == 0xf0) {
        least = byte[0] == 0xe0 ? 0xa0 : 0x90;
    }
    if (byte[0] == 0xed || byte[0] == 0xf4) {
        most = byte[0] == 0xed ? 0x9f : 0x8f;
    }
    for (i = 1; i < length; i++) {
        if (i == size || byte[i] < least || byte[i] > most) {
            return i;
        }
        least = 0x80;
        most = 0xbf;
    }
    *character = byte[0] & (0x7fu >> length);
    for (i = 1; i < length; i++) {
        *character = *character << 6 | (byte[i] & 0x3fu);
    }
    return length;
}

size_t symfeed_characters_clean(char *text, size_t size, const char *kept)
{
    size_t used = 0;
    size_t length;
    size_t at;

    for (at = 0; at < size; at += length) {
        uint32_t character;
        enum symfeed_character kind;

        if (text[at] >= ' ' && text[at] <= '~') { /* most text, without a call for each byte */
            text[used++] = text[at];
            length = 1;
            continue;
        }
        length = symfeed_character_next(text + at, size - at, &character);
        kind = symfeed_character(character);
        if (character == SYMFEED_CHARACTER_REPLACEMENT && (length < 3 || text[at] != '\xef')) {
            text[used++] = '?';
        } else if (kind == SYMFEED_CHARACTER_HARMLESS ||
                   (character > 0 && character < 0x80 && strchr(kept, (int)character) != NULL)) {
            memmove(text + used, text + at, length);
            used += length;
        } else if (kind == SYMFEED_CHARACTER_CONTROL) {
            text[used++] = ' ';
        }
    }
    text[used] = '\0';
    return used;
}
