/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - how the feed gets its tokens, and what a 401 leads to.
 *
 *   NONE --port's tokens--> GOOD --401--> NONE
 *   NONE --session token--> VERSION, where the token allows it, else KEY
 *   VERSION --recent agent--> GOOD; older, or it does not say --> KEY --key manager token--> GOOD
 *
 * The feed's state stays as it is meanwhile. Depends on: the feed's memory, jwt, verdict.
 * Guarantees: a fresh JWT for each call; tokens that are no longer good are overwritten.
 */
#ifndef SYMFEED_SESSION_H
#define SYMFEED_SESSION_H

#include "feed/state.h"
#include "feed/verdict.h"

/* Makes sure that the request at hand can be signed: with tokens, or by putting a call of signing
 * in before it. SYMFEED_REPORT_NONE, or what stands in the way. */
enum symfeed_report_code symfeed_session_prepare(struct symfeed *feed);

/* 401 to a call of the feed: the tokens are dropped. What that is: TOKENS_REFUSED, to be met at
 * once; or a report of a failure that is retried slowly. */
enum symfeed_report_code symfeed_session_refused(struct symfeed *feed);

/* Starts again with whatever credentials there are now. */
void symfeed_session_reset(struct symfeed *feed);

/* Is this a NUL-terminated token that may go into a header as it is: printable ASCII, or empty?
 * `size` is that of its buffer. */
bool symfeed_session_is_token(const char *token, size_t size);

#if SYMFEED_SIGN_IN

/* Where the token of the call at hand goes, and its room: a buffer that holds the JWT until then.
 */
char *symfeed_session_buffer(struct symfeed *feed, uint16_t *room);

/* The one element of the agent's answer to SYMFEED_CALL_INFO is in the window. */
void symfeed_session_take_info(struct symfeed *feed);

/* A call of signing in was answered. SYMFEED_REPORT_NONE: the session has moved on; otherwise what
 * failed: ANSWER_FAILED or ANSWER_REFUSED where only the status says so. */
enum symfeed_report_code symfeed_session_answered(struct symfeed *feed, enum verdict verdict);

#endif

#endif
