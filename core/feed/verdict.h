/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h - what the status of an answer means, by the call.
 *
 * Depends on: the calls and their statuses. Guarantees: pure, a number in and a verdict out; what
 * is done about it is in feed.c.
 */
#ifndef SYMFEED_VERDICT_H
#define SYMFEED_VERDICT_H

#include "http/request.h"

enum verdict {
    VERDICT_GOOD,         /* the body has what was asked for */
    VERDICT_UNAUTHORIZED, /* the tokens are not, or no longer, good */
    VERDICT_GONE,         /* the feed does not exist, or the ackId is not one of its own: where
                           * the agent itself says so */
    VERDICT_FULL,         /* no more feeds may be made, likewise */
    VERDICT_AGAIN,        /* passes by itself */
    VERDICT_SLOW          /* needs a person, or luck */
};

enum verdict symfeed_verdict(enum symfeed_call call, unsigned status);

#endif
