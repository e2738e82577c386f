/* SPDX-License-Identifier: Apache-2.0 */
/*
 * string.h - decodes and compares JSON strings, and writes UTF-8.
 *
 * Depends on: bytes.
 * Guarantees: never reads or writes beyond the sizes given, whatever the text is.
 */
#ifndef SYMFEED_STRING_H
#define SYMFEED_STRING_H

#include "symfeed.h"

/* Decodes the byte or the escape at the start of a string's text (without quotes, size > 0).
 * Returns the bytes read. *code is the byte, which can be one of several of a character beyond
 * ASCII, or the code point of the escape; U+FFFD for a lone surrogate. */
size_t symfeed_string_character(const char *text, size_t size, uint32_t *code);

/* Writes a code point as UTF-8 to `out` (room for 4 bytes). Returns the bytes written. */
size_t symfeed_string_utf8(uint32_t code, char *out);

/* Decodes the byte or the escape at the start of a string's text (size > 0) to UTF-8 in `out` (room
 * for 4 bytes); NUL becomes U+FFFD. *length is the bytes written. Returns the bytes read. */
size_t symfeed_string_decode(const char *text, size_t size, char *out, size_t *length);

/* Returns how many of the `size` bytes of a string's text are whole characters: an escape, a
 * surrogate pair or a character that continues after them does not count. One more byte is read. */
size_t symfeed_string_whole(const char *text, size_t size);

/* Does this string's text (without quotes) equal the name, which is ASCII? */
bool symfeed_string_equal(const char *text, size_t size, const char *name, size_t name_size);

#endif
