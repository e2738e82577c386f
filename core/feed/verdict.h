/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h - what the status of an answer means for its call. feed.c decides what follows.
 *
 * Depends on: the calls.
 * Guarantees: a pure function.
 */
#ifndef SYMFEED_VERDICT_H
#define SYMFEED_VERDICT_H

#include "http/request.h"

enum verdict {
    VERDICT_GOOD,         /* success */
    VERDICT_UNAUTHORIZED, /* the tokens are not valid */
    VERDICT_GONE,         /* the feed or its ackId does not exist, if the agent itself says so */
    VERDICT_FULL,         /* there are too many feeds, if the agent itself says so */
    VERDICT_AGAIN,        /* a transient failure */
    VERDICT_SLOW          /* a failure that a person has to fix */
};

enum verdict symfeed_verdict(enum symfeed_call call, unsigned status);

#endif
