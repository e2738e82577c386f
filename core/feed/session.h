/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - gets the feed's tokens, and handles a 401. The feed's own state stays meanwhile.
 *   NONE --port's tokens--> GOOD --401--> NONE
 *   NONE --session token--> VERSION if the token allows it, otherwise KEY
 *   VERSION --recent agent--> GOOD; older or unknown --> KEY --key manager token--> GOOD
 * Depends on: the feed's memory, jwt, verdict.
 * Guarantees: a new JWT for each call; tokens that are not good any more are overwritten.
 */
#ifndef SYMFEED_SESSION_H
#define SYMFEED_SESSION_H

#include "feed/state.h"
#include "feed/verdict.h"

/* Makes sure that the current request has tokens; if there are none, makes a sign-in call before
 * it. Returns SYMFEED_REPORT_NONE, or the report of what prevents it. */
enum symfeed_report_code symfeed_session_prepare(struct symfeed *feed);

/* Drops the tokens after a 401. Returns TOKENS_REFUSED if the feed should sign in soon, or the
 * report of a failure that is retried slowly. */
enum symfeed_report_code symfeed_session_refused(struct symfeed *feed);

/* Starts again with the credentials that there are now. */
void symfeed_session_reset(struct symfeed *feed);

/* Is this a NUL-terminated token that can be written to a header: printable ASCII, or empty? `size`
 * is the size of its buffer. */
bool symfeed_session_is_token(const char *token, size_t size);

#if SYMFEED_SIGN_IN

/* Returns the buffer for the token of the current call, and its size. It holds the JWT until the
 * token arrives. */
char *symfeed_session_buffer(struct symfeed *feed, uint16_t *room);

/* Reads the agent's answer to SYMFEED_CALL_INFO in the window. */
void symfeed_session_take_info(struct symfeed *feed);

/* Handles the answer to a sign-in call. Returns SYMFEED_REPORT_NONE if the session has advanced;
 * otherwise what failed: ANSWER_FAILED or ANSWER_REFUSED if only the status says so. */
enum symfeed_report_code symfeed_session_answered(struct symfeed *feed, enum verdict verdict);

#endif

#endif
