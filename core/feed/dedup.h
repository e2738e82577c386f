/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dedup.h - recognize an event that was taken before.
 *
 * Two different events may carry the same id, so an event is known by a hash of its whole text,
 * keyed at random at each start. Guarantees: fixed memory; the events of the batch in progress are
 * never pushed out by later ones of the same batch, so that a long batch which is read again and
 * again has at least its first SYMFEED_DEDUP events held back.
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

/* Was this event taken before? */
bool symfeed_dedup_seen(const struct dedup *dedup, uint64_t event);

/* Remembers an event that was taken. `always`: even at the cost of one of the same batch. */
void symfeed_dedup_add(struct dedup *dedup, uint64_t event, bool always);

/* The batch in progress is acknowledged: its events may be pushed out from now on. */
void symfeed_dedup_commit(struct dedup *dedup);

#endif

#endif
