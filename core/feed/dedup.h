/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dedup.h - recognizes an event that was accepted before, by a hash of its whole text: two
 * different events can have the same id.
 *
 * Depends on: nothing; the hash has a random key for each start.
 * Guarantees: fixed memory. Later events of a batch never replace earlier ones of the same batch,
 * so that the first SYMFEED_DEDUP events of a long batch are recognized however often it is read.
 */
#ifndef SYMFEED_DEDUP_H
#define SYMFEED_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

#if SYMFEED_DEDUP > 0

/* Zeroed, nothing is remembered. */
struct dedup {
    uint64_t taken[SYMFEED_DEDUP]; /* a ring */
    uint16_t count;                /* entries in use */
    uint16_t next;                 /* entry to be written next */
    uint16_t batch;                /* entries of the batch in progress */
};

/* Was this event accepted before? */
bool symfeed_dedup_seen(const struct dedup *dedup, uint64_t event);

/* Remembers an accepted event. `always`: even if it replaces one of the same batch. */
void symfeed_dedup_add(struct dedup *dedup, uint64_t event, bool always);

/* Ends the current batch, which is acknowledged: its events can be replaced from now on. */
void symfeed_dedup_commit(struct dedup *dedup);

#endif

#endif
