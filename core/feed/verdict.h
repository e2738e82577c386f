/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h - what the answers of agent, pod, key manager and proxy mean.
 *
 * Knows: the calls of request.h, their statuses, the forms of a token and of a feed id. Pure: text
 * and numbers in, a verdict out. What is then done about it is in feed.c.
 */
#ifndef SYMFEED_VERDICT_H
#define SYMFEED_VERDICT_H

#include "http/request.h"
#include "symfeed.h"

enum verdict {
    VERDICT_GOOD,         /* the body has what was asked for */
    VERDICT_UNAUTHORIZED, /* the tokens are not, or no longer, good */
    VERDICT_GONE,         /* the feed does not exist, or the ackId is not one of its own: where
                           * the agent itself says so */
    VERDICT_FULL,         /* as many feeds exist as may, likewise */
    VERDICT_AGAIN,        /* will pass by itself */
    VERDICT_SLOW          /* needs a person, or luck */
};

/* What to make of the status of an answer to this call. */
enum verdict symfeed_verdict(enum symfeed_call call, unsigned status);

/* What to tell the person who reads the log, behind the status: "" where it speaks for itself. */
const char *symfeed_verdict_remedy(enum symfeed_call call, unsigned status);

/* What to tell of a read that the agent says has no feed, likewise. */
const char *symfeed_verdict_loss(enum symfeed_call call);

/* What to tell of a refusal by the proxy, likewise. */
const char *symfeed_verdict_proxy_remedy(unsigned status);

#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0

/* The call's name. */
const char *symfeed_verdict_call_name(enum symfeed_call call);

#endif

/* Is this a NUL-terminated token, which goes into a header as it is: printable ASCII, nothing that
 * could end the line? It may be empty. `size` is that of its buffer. */
bool symfeed_verdict_is_token(const char *token, size_t size);

/* Is this the id of a fan-out feed, which may be used again: [^\s_]+_f(_[^\s_]+)? */
bool symfeed_verdict_is_fanout(const char *id);

/* Is this the id of a datahose feed ("_p_" or "_p" at its end), which must be left alone? */
bool symfeed_verdict_is_datahose(const char *id);

#endif
