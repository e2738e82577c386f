/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - SipHash-1-3 (Aumasson and Bernstein) with 64 bits of output: a keyed hash of a text in
 * pieces. With SYMFEED_FAST=0 it is HalfSipHash-1-3, whose 32-bit words take half the code on small
 * cores.
 *
 * Depends on: bytes.
 * Guarantees: two texts with the same hash cannot be made without the key.
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
    uint32_t length;                       /* bytes hashed, modulo 2^32 */
    unsigned char tail[sizeof(hash_word)]; /* the last ones, which are not a whole word yet */
};

void symfeed_hash_init(struct hash *hash, const hash_word key[2]);
void symfeed_hash_update(struct hash *hash, const unsigned char *data, size_t size);
uint64_t symfeed_hash_final(struct hash *hash);

#endif

#endif
