/* SPDX-License-Identifier: Apache-2.0 */
/* dedup.c - see dedup.h. */
#include "feed/dedup.h"

#if SYMFEED_DEDUP > 0

bool symfeed_dedup_seen(const struct dedup *dedup, uint64_t event)
{
    for (uint16_t i = 0; i < dedup->count; i++) {
        if (dedup->taken[i] == event) {
            return true;
        }
    }
    return false;
}

void symfeed_dedup_add(struct dedup *dedup, uint64_t event, bool always)
{
    if (dedup->batch == SYMFEED_DEDUP && !always) {
        return;
    }
    dedup->taken[dedup->next] = event;
    dedup->next = (uint16_t)((dedup->next + 1u) % SYMFEED_DEDUP);
    if (dedup->count < SYMFEED_DEDUP) {
        dedup->count++;
    }
    if (dedup->batch < SYMFEED_DEDUP) {
        dedup->batch++;
    }
}

void symfeed_dedup_commit(struct dedup *dedup)
{
    dedup->batch = 0;
}

#endif
