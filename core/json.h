/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - the characters of a JSON string, and jsmn's tokens over one well-formed text: members
 * found and gone through, and JSON inside a string opened. What of it is public is in symfeed.h.
 *
 * Knows: jsmn, which this file alone includes (in json.c). jsmn splits but hardly validates, so
 * every text given here has gone through scan.h before, which does; JSON inside a string goes
 * through it here.
 * Promises: no recursion; a walk never leaves the token table, nor a string that is opened its
 * place.
 */
#ifndef SYMFEED_JSON_H
#define SYMFEED_JSON_H

#include "symfeed.h"

/* Splits a well-formed object into tokens. They are none where jsmn does not agree. */
void symfeed_json_split(const char *text, size_t size, struct symfeed_tokens *tokens);

/* Decodes the byte or the escape at the start of a string's text (without quotes, size > 0).
 * Answers the bytes read; *code is the byte, which may be one of several of a character beyond
 * ASCII, or the escape's code point, U+FFFD for a lone surrogate. */
size_t symfeed_json_character(const char *text, size_t size, uint32_t *code);

/* Writes a code point as UTF-8 to out (4 bytes of room). Answers the bytes written. */
size_t symfeed_json_utf8(uint32_t code, char *out);

/* Decodes the byte or the escape at the start of a string's text (size > 0) to UTF-8 in out (4
 * bytes of room), NUL as U+FFFD; *length tells the bytes written. Answers the bytes read. */
size_t symfeed_json_decode(const char *text, size_t size, char *out, size_t *length);

/* Is this string's text (without quotes) that name, which is ASCII? */
bool symfeed_json_equal(const char *text, size_t size, const char *name, size_t name_size);

/* Finds a member of the tokenised text by path, as symfeed_event_find(). */
struct symfeed_value symfeed_json_find(const char *text, struct symfeed_tokens *tokens,
                                       const char *path);

#endif
