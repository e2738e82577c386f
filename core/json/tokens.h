/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokens.h - finds and walks members in jsmn's tokens of a text, and opens JSON inside a string.
 * The public functions are in symfeed.h.
 *
 * Depends on: jsmn, which only tokens.c includes; scanner, because jsmn hardly validates: every
 *   text must have been scanned before, and JSON inside a string is scanned here.
 * Guarantees: no recursion; never leaves the token table; an opened string stays within its place.
 */
#ifndef SYMFEED_TOKENS_H
#define SYMFEED_TOKENS_H

#include "symfeed.h"

/* The members of an event that are known before it is split: symfeed_json_tokens.noted, in this
 * order.
 */
#define SYMFEED_NOTED_NAMES "id\0messageId\0timestamp\0type\0payload\0"
#define SYMFEED_NOTED       5

/* Returns the kind of the value whose text starts with this character; a string starts with its
 * quote. */
enum symfeed_kind symfeed_tokens_kind(char first);

/* Splits a well-formed object into tokens; into none if jsmn finds an error. */
void symfeed_tokens_split(const char *text, size_t size, struct symfeed_json_tokens *tokens);

/* Finds a member of a split text by path, as symfeed_event_find(). */
struct symfeed_value symfeed_tokens_find(const char *text, struct symfeed_json_tokens *tokens,
                                         const char *path);

#endif
