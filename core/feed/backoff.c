/* SPDX-License-Identifier: Apache-2.0 */
/* backoff.c - see backoff.h. */
#include "feed/backoff.h"

uint32_t symfeed_backoff_next(struct backoff *backoff, uint32_t first, uint32_t most,
                              uint32_t random)
{
    uint32_t step = backoff->step < first ? first : backoff->step;
    uint32_t choices = 0;

    if (step > most) {
        step = most;
    }
    choices = backoff->step == 0 ? step : step / 2 + 1;
    backoff->step = step > most / 2 ? most : step * 2;
    return choices == 0 ? 0 : step - random % choices;
}

bool symfeed_backoff_allows(struct allowance *allowance, uint32_t now, uint32_t period)
{
    uint32_t regained = (now - allowance->at) / period;

    if (regained > 0 || allowance->used == 0) {
        allowance->used = regained < allowance->used ? (uint8_t)(allowance->used - regained) : 0;
        allowance->at = now;
    }
    if (allowance->used == SYMFEED_AT_ONCE) {
        return false;
    }
    allowance->used++;
    return true;
}
