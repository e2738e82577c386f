/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - see hash.h. */
#include "util/hash.h"

#if SYMFEED_DEDUP > 0

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32u - bits);
}

/* Takes in whole words. One with the value 0 is nothing but a round, as symfeed_hash_final() needs
 * them. */
static void absorb(uint32_t state[4], const unsigned char *data, size_t words)
{
    uint32_t v0 = state[0];
    uint32_t v1 = state[1];
    uint32_t v2 = state[2];
    uint32_t v3 = state[3];

    for (; words > 0; words--, data += 4) {
        uint32_t word = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
                        (uint32_t)data[3] << 24;

        v3 ^= word;
        v0 += v1;
        v1 = rotate(v1, 5) ^ v0;
        v0 = rotate(v0, 16);
        v2 += v3;
        v3 = rotate(v3, 8) ^ v2;
        v0 += v3;
        v3 = rotate(v3, 7) ^ v0;
        v2 += v1;
        v1 = rotate(v1, 13) ^ v2;
        v2 = rotate(v2, 16);
        v0 ^= word;
    }
    state[0] = v0;
    state[1] = v1;
    state[2] = v2;
    state[3] = v3;
}

void symfeed_hash_init(struct hash *hash, const uint32_t key[2])
{
    hash->v[0] = key[0];
    hash->v[1] = key[1] ^ 0xEEu; /* 0xEE: the variant with 64 bits of output */
    hash->v[2] = key[0] ^ 0x6C796765u;
    hash->v[3] = key[1] ^ 0x74656462u;
    hash->length = 0;
}

void symfeed_hash_update(struct hash *hash, const unsigned char *data, size_t size)
{
    size_t words = 0;

    for (; size > 0 && (hash->length & 3u) != 0; size--) {
        hash->tail[hash->length++ & 3u] = *data++;
        if ((hash->length & 3u) == 0) {
            absorb(hash->v, hash->tail, 1);
        }
    }
    words = size / 4;
    absorb(hash->v, data, words);
    data += words * 4;
    hash->length += (uint32_t)(words * 4);
    for (size &= 3u; size > 0; size--) {
        hash->tail[hash->length++ & 3u] = *data++;
    }
}

uint64_t symfeed_hash_final(struct hash *hash)
{
    static const unsigned char rounds[12] = {0};
    uint32_t low = 0;

    for (unsigned at = hash->length & 3u; at < 3; at++) {
        hash->tail[at] = 0;
    }
    hash->tail[3] = (unsigned char)hash->length;
    absorb(hash->v, hash->tail, 1);
    hash->v[2] ^= 0xEEu;
    absorb(hash->v, rounds, 3);
    low = hash->v[1] ^ hash->v[3];
    hash->v[1] ^= 0xDDu;
    absorb(hash->v, rounds, 3);
    return (uint64_t)(hash->v[1] ^ hash->v[3]) << 32 | low;
}

#else

/* ISO C wants something in every file. */
typedef int hash_is_left_out;

#endif
