/* SPDX-License-Identifier: Apache-2.0 */
/* backoff.c - see backoff.h. */
#include "backoff.h"

uint32_t symfeed_backoff_next(struct backoff *backoff, uint32_t first, uint32_t most,
                              uint32_t random)
{
    uint32_t step = backoff->step < first ? first : backoff->step;
    uint32_t half = 0;

    if (step > most) {
        step = most;
    }
    backoff->step = step > most / 2 ? most : step * 2;
    half = step / 2;
    return step - (half > 0 ? random % (half + 1) : 0);
}
