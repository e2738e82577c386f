/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dedup.c - the memory of accepted events, in any state: what is added stays inside the ring, and
 * replaces no event of the same batch unless `always` is set.
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
    const bool always = nondet_bool();
    const size_t ago =
        any_up_to(SYMFEED_DEDUP - 1); /* how many events came after one of the batch */
    size_t at;
    uint64_t earlier;

    assume(holds(&dedup));
    at = (dedup.next + (size_t)SYMFEED_DEDUP - 1 - ago) % SYMFEED_DEDUP;
    earlier = dedup.taken[at];
    assume(ago < dedup.batch);
    symfeed_dedup_add(&dedup, event, always);
    claim(holds(&dedup), "the ring is in order");
    claim(always || dedup.taken[at] == earlier, "an event of the same batch stays");
    (void)symfeed_dedup_seen(&dedup, event);
    symfeed_dedup_commit(&dedup);
    claim(holds(&dedup) && dedup.batch == 0, "the next batch begins");
}
