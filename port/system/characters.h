/* SPDX-License-Identifier: Apache-2.0 */
/*
 * characters.h - which characters of a text that others wrote are harmless to a terminal, to a log
 * and to a script; everything that shows such a text asks here.
 *
 * Depends on: UTF-8.
 * Guarantees: never reads behind the text; a text that is cleaned gets no longer.
 */
#ifndef SYMFEED_CHARACTERS_H
#define SYMFEED_CHARACTERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stands for bytes that are not UTF-8. */
#define SYMFEED_CHARACTER_REPLACEMENT 0xfffdu

enum symfeed_character {
    SYMFEED_CHARACTER_HARMLESS,
    /* A terminal does something, or a text ends its line: the control characters C0 (tab and line
     * feed among them), DEL and C1, and the separators of lines and paragraphs, U+2028 and U+2029.
     * A space stands for it. */
    SYMFEED_CHARACTER_CONTROL,
    /* Nobody sees it, and it makes a text look like another one: what turns the direction of text
     * around (Unicode's property Bidi_Control: U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
     * U+2069) with the old format characters behind it (up to U+206F), and the tags (U+E0000 to
     * U+E007F), which write ASCII that cannot be seen. Nothing stands for it. Without its tags the
     * flag of Scotland is a black one; other emoji, and scripts that need the joiners U+200C and
     * U+200D, stay as they are. */
    SYMFEED_CHARACTER_HIDDEN
};

/* What a character is. */
enum symfeed_character symfeed_character(uint32_t character);

/* Takes one character of UTF-8 from the `size` bytes (at least 1) at `text`. Answers its length;
 * what is not well-formed (RFC 3629: cut, overlong, a surrogate, above U+10FFFF) gives
 * SYMFEED_CHARACTER_REPLACEMENT. */
size_t symfeed_character_next(const char *text, size_t size, uint32_t *character);

/* Leaves what is harmless, and the ASCII characters of `kept`, of the `size` bytes at `text`; a '?'
 * for bytes that are no UTF-8. Ends it with a NUL, for which there is room. Answers its size. */
size_t symfeed_characters_clean(char *text, size_t size, const char *kept);

#ifdef __cplusplus
}
#endif

#endif
