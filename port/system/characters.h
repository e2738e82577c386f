/* SPDX-License-Identifier: Apache-2.0 */
/*
 * characters.h - which characters are safe to print to a terminal or a log. All text that comes
 * from a server is checked here before it is shown.
 *
 * Depends on: nothing.
 * Guarantees: never reads behind the text; cleaning a text never makes it longer.
 */
#ifndef SYMFEED_CHARACTERS_H
#define SYMFEED_CHARACTERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The character for bytes that are not UTF-8. */
#define SYMFEED_CHARACTER_REPLACEMENT 0xfffdu

enum symfeed_character {
    SYMFEED_CHARACTER_HARMLESS,
    /* Controls the terminal or ends the line: the control characters C0 (tab and line feed
     * included), DEL and C1, and the separators of lines and paragraphs, U+2028 and U+2029.
     * Cleaning replaces it by a space. */
    SYMFEED_CHARACTER_CONTROL,
    /* Invisible, and can make a text look like another one: the characters that change the
     * direction of text (Unicode's property Bidi_Control: U+061C, U+200E, U+200F, U+202A to U+202E,
     * U+2066 to U+2069), the old format characters after them (up to U+206F), and the tags (U+E0000
     * to U+E007F), which encode invisible ASCII. Cleaning removes it. The flag of Scotland, which
     * uses tags, becomes a black flag; other emoji, and scripts that need the joiners U+200C and
     * U+200D, do not change. */
    SYMFEED_CHARACTER_HIDDEN
};

/* Returns the kind of a character. */
enum symfeed_character symfeed_character(uint32_t character);

/* Decodes the first UTF-8 character of the `size` bytes (at least 1) at `text`. Returns its length
 * in bytes. Bytes that are not well-formed (RFC 3629: cut, overlong, a surrogate, above U+10FFFF)
 * give SYMFEED_CHARACTER_REPLACEMENT. */
size_t symfeed_character_next(const char *text, size_t size, uint32_t *character);

/* Cleans the `size` bytes at `text` in place: keeps harmless characters and the ASCII characters in
 * `kept`, and writes '?' for bytes that are not UTF-8. Ends the text with a NUL, for which the
 * caller has room. Returns the new size without the NUL. */
size_t symfeed_characters_clean(char *text, size_t size, const char *kept);

#ifdef __cplusplus
}
#endif

#endif
