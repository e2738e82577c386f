/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokens.h - jsmn's tokens over one well-formed text: members found and gone through, and JSON
 * inside a string opened. The public part of it is in symfeed.h.
 *
 * Depends on: jsmn, which tokens.c alone includes; scanner, since jsmn splits but hardly validates:
 * every text given here was scanned before, and JSON inside a string is scanned here.
 * Guarantees: no recursion; a walk never leaves the token table, nor an opened string its place.
 */
#ifndef SYMFEED_TOKENS_H
#define SYMFEED_TOKENS_H

#include "symfeed.h"

/* The members of an event that are known before it is split: symfeed_json_tokens.noted, in this
 * order.
 */
#define SYMFEED_NOTED_NAMES "id\0messageId\0timestamp\0type\0payload\0"
#define SYMFEED_NOTED       5

/* The kind of the value whose text begins with this character, the quote of a string included. */
enum symfeed_kind symfeed_tokens_kind(char first);

/* Splits a well-formed object into tokens. They are none where jsmn does not agree. */
void symfeed_tokens_split(const char *text, size_t size, struct symfeed_json_tokens *tokens);

/* Finds a member of the tokenised text by path, as symfeed_event_find(). */
struct symfeed_value symfeed_tokens_find(const char *text, struct symfeed_json_tokens *tokens,
                                         const char *path);

#endif
