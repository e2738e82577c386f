/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - SipHash-1-3 (Aumasson and Bernstein) with 64 bits of output: a keyed hash of a text that
 * comes in pieces. Where speed costs flash (SYMFEED_FAST) it is HalfSipHash-1-3, whose words of 32
 * bits are half the code on small cores.
 *
 * Depends on: nothing but the bytes. Guarantees: who does not know the key cannot make one text
 * look like another.
 */
#ifndef SYMFEED_HASH_H
#define SYMFEED_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

#if SYMFEED_FAST && UINTPTR_MAX > 0xFFFFFFFF
#define HASH_BITS 64
typedef uint64_t hash_word;
#else
#define HASH_BITS 32
typedef uint32_t hash_word;
#endif

#if SYMFEED_DEDUP > 0

struct hash {
    hash_word v[4];
    uint32_t length;                       /* bytes taken, modulo 2^32 */
    unsigned char tail[sizeof(hash_word)]; /* the last of them, as far as they make no whole word */
};

void symfeed_hash_init(struct hash *hash, const hash_word key[2]);
void symfeed_hash_update(struct hash *hash, const unsigned char *data, size_t size);
uint64_t symfeed_hash_final(struct hash *hash);

#endif

#endif
