/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long to wait after a failure: doubling, bounded, with jitter, without end.
 *
 * Knows: nothing but numbers. Jitter spreads devices that failed together: each waits between half
 * and all of the step it has reached.
 */
#ifndef SYMFEED_BACKOFF_H
#define SYMFEED_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint32_t step; /* milliseconds; 0: at the beginning */
};

/* The milliseconds to wait now. `first` is the least step, `most` the greatest, `random` any
 * number. The next step is twice this one. */
uint32_t symfeed_backoff_next(struct backoff *backoff, uint32_t first, uint32_t most,
                              uint32_t random);

#endif
