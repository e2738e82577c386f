/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dedup.c - the memory of accepted events, in any state: what is added stays inside the ring, and
 * only an acknowledged batch makes room for more.
 *
 * Of: core/feed/dedup.c
 * Bounds: --unwind 130
 * Mutant: core/feed/dedup.c
 *     dedup->next = (uint16_t)((dedup->next + 1u) % SYMFEED_DEDUP);
 *     dedup->next = (uint16_t)(dedup->next + 1u);
 */
#include "core/feed/dedup.c"

#include "proof.h"

static bool holds(const struct dedup *dedup)
{
    return dedup->count <= SYMFEED_DEDUP && dedup->next < SYMFEED_DEDUP &&
           dedup->batch <= dedup->count;
}

void prove(void)
{
    struct dedup dedup;
    const uint64_t event = nondet_uint64();

    assume(holds(&dedup));
    symfeed_dedup_add(&dedup, event, nondet_bool());
    claim(holds(&dedup), "the ring is in order");
    (void)symfeed_dedup_seen(&dedup, event);
    symfeed_dedup_commit(&dedup);
    claim(holds(&dedup) && dedup.batch == 0, "the next batch begins");
}
