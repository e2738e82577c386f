/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - HalfSipHash-1-3 with 64 bits of output (Aumasson and Bernstein): a keyed hash of a text
 * that comes in pieces. Chosen over SipHash for its 32-bit words, which are half the code on small
 * cores.
 *
 * Guarantees: who does not know the key cannot make one text look like another.
 */
#ifndef SYMFEED_HASH_H
#define SYMFEED_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

#if SYMFEED_DEDUP > 0

struct hash {
    uint32_t v[4];
    uint32_t length;       /* bytes taken, modulo 2^32 */
    unsigned char tail[4]; /* the last of them, as far as they make no whole word */
};

void symfeed_hash_init(struct hash *hash, const uint32_t key[2]);
void symfeed_hash_update(struct hash *hash, const unsigned char *data, size_t size);
uint64_t symfeed_hash_final(struct hash *hash);

#endif

#endif
