/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long to wait after a failure: twice as long each time, up to a limit.
 *
 * Depends on: nothing.
 * Guarantees: the first wait is a random one up to the first step, but never 0, each further one
 *   between half and all of the current step, so that devices that failed together do not come
 *   back together; there is always a next try.
 */
#ifndef SYMFEED_BACKOFF_H
#define SYMFEED_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
    uint32_t step;    /* milliseconds; 0: no failure yet */
    uint8_t failures; /* in a row; 128 and above: at least 128 */
};

/* Returns the milliseconds to wait now, and doubles the step. `first` is the smallest step, `most`
 * the largest; 0 is returned only if one of them is 0. `random` is any number. */
uint32_t symfeed_backoff_next(struct backoff *backoff, uint32_t first, uint32_t most,
                              uint32_t random);

/* Limits what may be repeated without a wait: a few times in a row, then once in a period. */
struct allowance {
    uint32_t at;  /* since when the next one is regained */
    uint8_t used; /* of SYMFEED_AT_ONCE */
};

/* How often in a row something may be repeated without a wait. */
#define SYMFEED_AT_ONCE 4

/* May it be repeated without a wait this time? Uses up the allowance, which is zero at first. */
bool symfeed_backoff_allows(struct allowance *allowance, uint32_t now, uint32_t period);

#endif
