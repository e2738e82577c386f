/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repeats.h - recognise an event that was taken before.
 *
 * Two different events may carry the same id, so an event is told by a hash of its whole text:
 * HalfSipHash-1-3 with 64 bits of output (Aumasson and Bernstein), keyed at random at each start,
 * so that nobody who can write a message can make it look like another one. Chosen over SipHash
 * for its 32-bit words: it is half the code on the cores this is for.
 *
 * Knows: nothing of JSON or feeds. Promises: fixed memory; the events of the batch in progress are
 * never pushed out by later ones of the same batch, so that a long batch which is read again and
 * again has at least its first SYMFEED_REPEATS events held back.
 */
#ifndef SYMFEED_REPEATS_H
#define SYMFEED_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

#if SYMFEED_REPEATS > 0

struct hash {
    uint32_t v[4];
    uint32_t length;       /* bytes taken, modulo 2^32 */
    unsigned char tail[4]; /* the last of them, as far as they make no whole word */
};

void symfeed_hash_init(struct hash *hash, const uint32_t key[2]);
void symfeed_hash_update(struct hash *hash, const unsigned char *data, size_t size);
uint64_t symfeed_hash_final(struct hash *hash);

struct repeats {
    uint64_t taken[SYMFEED_REPEATS]; /* a ring */
    uint16_t count;                  /* entries in use */
    uint16_t next;                   /* entry to be written next */
    uint16_t batch;                  /* entries of the batch in progress */
};

/* Forgets everything. */
void symfeed_repeats_init(struct repeats *repeats);

/* Was this event taken before? */
bool symfeed_repeats_seen(const struct repeats *repeats, uint64_t event);

/* Remembers an event that was taken. `always`: even at the cost of one of the same batch. */
void symfeed_repeats_add(struct repeats *repeats, uint64_t event, bool always);

/* The batch in progress is acknowledged: its events may be pushed out from now on. */
void symfeed_repeats_commit(struct repeats *repeats);

#endif

#endif
