/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - keeps the legacy feed across restarts, in a file: its id in the first line, the load
 * balancer's cookie in the second.
 *
 * Depends on: files, symfeed.h.
 * Guarantees: the file is the old one or the new one, never a part, also after a power cut; only
 * its owner can read it; a file that cannot be read or written is reported and ends nothing.
 */
#ifndef SYMFEED_STATE_H
#define SYMFEED_STATE_H

#include <stdbool.h>
#include <time.h>

#include "../common/message.h"
#include "symfeed.h"

/* A feed's id and cookie. Empty: none. */
struct state_values {
    char id[SYMFEED_FEED_ID_SIZE];
    char cookie[SYMFEED_COOKIE_MAX + 1];
};

struct state {
    struct state_values *wanted; /* what is to be in the file; the caller's memory */
    const char *file;            /* NULL: nothing is kept */
    bool due;                    /* it is not in there yet */
    bool warn;                   /* tell of a file that cannot be written; once */
    time_t next_try;             /* seconds of the monotonic clock; not before it */
    time_t next_cookie;          /* likewise, for a change of the cookie alone */
};

/* What is wrong with a file that was read. */
#define STATE_NOT_UNDERSTOOD "not a feed id in its first line and a cookie in its second one"

/* *state is all zero but for `wanted`, which points to zeros. Reads `file`, which stays valid as
 * long as `state`, into `read`; NULL, or no such file: there is nothing to read. Returns NULL where
 * that went well; else what is wrong with it, static or in `error`, and nothing has been read. */
const char *state_read(struct state *state, const char *file, struct state_values *read,
                       char error[MESSAGE_ERROR_SIZE]);

/* Forgets what was read, so that it counts as new. */
void state_forget(struct state *state, struct state_values *read);

/* Writes the file where id or cookie of `feed` are others than in the file; where the feed has none
 * now, what it had is kept. A cookie alone is written once an hour at most, and at the `last` call.
 * After a failure it is tried again once a minute. */
void state_keep(struct state *state, const struct symfeed *feed, bool last);

#endif
