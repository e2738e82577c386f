/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long to wait after a failure: doubling, bounded, with jitter, without end.
 *
 * Knows: nothing but numbers. Jitter spreads devices that failed together: each waits between half
 * and all of the step it has reached.
 */
#ifndef SYMFEED_BACKOFF_H
#define SYMFEED_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
    uint32_t step;    /* milliseconds; 0: at the beginning */
    uint8_t failures; /* in a row; 255: that many or more */
};

/* The milliseconds to wait now. `first` is the least step, `most` the greatest, `random` any
 * number. The next step is twice this one. */
uint32_t symfeed_backoff_next(struct backoff *backoff, uint32_t first, uint32_t most,
                              uint32_t random);

/* What may be met at once, without a wait: a few times in a row, then once in a period. */
struct allowance {
    uint32_t at;  /* when it was looked at last */
    uint8_t used; /* of SYMFEED_AT_ONCE */
};

#define SYMFEED_AT_ONCE 4

/* May it be met at once this time? That uses the allowance up. Zeroed, none of it is used. */
bool symfeed_backoff_allows(struct allowance *allowance, uint32_t now, uint32_t period);

#endif
