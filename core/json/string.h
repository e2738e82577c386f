/* SPDX-License-Identifier: Apache-2.0 */
/*
 * string.h - the characters of a JSON string: decoded, compared, written as UTF-8.
 *
 * Depends on: nothing but the bytes. Guarantees: never reads or writes beyond the sizes given,
 * whatever the text is.
 */
#ifndef SYMFEED_STRING_H
#define SYMFEED_STRING_H

#include "symfeed.h"

/* Decodes the byte or the escape at the start of a string's text (without quotes, size > 0).
 * Answers the bytes read; *code is the byte, which may be one of several of a character beyond
 * ASCII, or the escape's code point, U+FFFD for a lone surrogate. */
size_t symfeed_string_character(const char *text, size_t size, uint32_t *code);

/* Writes a code point as UTF-8 to out (4 bytes of room). Answers the bytes written. */
size_t symfeed_string_utf8(uint32_t code, char *out);

/* Decodes the byte or the escape at the start of a string's text (size > 0) to UTF-8 in out (4
 * bytes of room), NUL as U+FFFD; *length tells the bytes written. Answers the bytes read. */
size_t symfeed_string_decode(const char *text, size_t size, char *out, size_t *length);

/* How many of the first `size` bytes of a string's text make whole characters: an escape, a
 * surrogate pair or a character beyond ASCII that is not complete does not count. The byte behind
 * them is read, too. */
size_t symfeed_string_whole(const char *text, size_t size);

/* Is this string's text (without quotes) that name, which is ASCII? */
bool symfeed_string_equal(const char *text, size_t size, const char *name, size_t name_size);

#endif
