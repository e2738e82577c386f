/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - how the feed comes by its tokens.
 *
 *   BY_TOKENS: the port hands them out.
 *   else:    SESSION --token--> KEY --token--> done
 *                 |              ^
 *                 | its claims   | the agent is older than 24.12, or does not say
 *                 | allow it     |
 *                 +------------ INFO --recent--> done, without a key manager token
 *
 * The goal of the feed stays as it is meanwhile: the same feed and the same ackId go on behind it.
 * Each token's buffer holds the JWT that it is asked for with, until the answer takes its place.
 *
 * Knows: the feed's memory, auth, agent, retry. Promises: after a failure a bounded wait, then a
 * fresh JWT; tokens that are no longer good are overwritten.
 */
#ifndef SYMFEED_SESSION_H
#define SYMFEED_SESSION_H

#include "feed/state.h"

/* Makes sure that there is something to sign the next request with: sets the call to make before
 * the goal's, or leaves it. false: not now; a wait is set. */
bool symfeed_session_prepare(struct symfeed *feed);

/* 401 to a call: fresh tokens, same goal, same ackId. At once the first time, slowly from then on.
 */
void symfeed_session_again(struct symfeed *feed);

/* Begins anew with whatever credentials there are now. */
void symfeed_session_reset(struct symfeed *feed);

#if SYMFEED_SIGN_IN

/* Where an answer to a call of signing in goes. */
char *symfeed_session_buffer(struct symfeed *feed, uint16_t *room);

/* The one element of the agent's answer to SYMFEED_CALL_INFO is in the window. */
void symfeed_session_take_info(struct symfeed *feed);

/* A call of signing in has been answered. false: as every other failure. */
bool symfeed_session_answered(struct symfeed *feed, enum verdict verdict);

#endif

#endif
