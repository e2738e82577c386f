/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - see hash.h. */
#include "util/hash.h"

#if SYMFEED_DEDUP > 0

#include "util/bytes.h"

/* Bytes of a word, initial values of the words, rotations of a round in their order. */
#define WORD sizeof(hash_word)
#if HASH_BITS == 64
static const hash_word constants[4] = {0x736f6d6570736575u, 0x646f72616e646f6du,
                                       0x6c7967656e657261u, 0x7465646279746573u};
enum { R1 = 13, R2 = 32, R3 = 16, R4 = 21, R5 = 17, R6 = 32 };
#else
static const hash_word constants[4] = {0, 0xEEu, 0x6C796765u, 0x74656462u};
enum { R1 = 5, R2 = 16, R3 = 8, R4 = 7, R5 = 13, R6 = 16 };
#endif

static hash_word rotate(hash_word word, unsigned bits)
{
    return word << bits | word >> (HASH_BITS - bits);
}

static hash_word load(const unsigned char *data)
{
#if HASH_BITS == 64
    return bytes_load(data);
#else
    return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
           (uint32_t)data[3] << 24;
#endif
}

/* Hashes whole words. A word with the value 0 is only a round, as symfeed_hash_final() needs it. */
static void absorb(hash_word state[4], const unsigned char *data, size_t words)
{
    hash_word v0 = state[0];
    hash_word v1 = state[1];
    hash_word v2 = state[2];
    hash_word v3 = state[3];

    for (; words > 0; words--, data += WORD) {
        hash_word word = load(data);

        v3 ^= word;
        v0 += v1;
        v1 = rotate(v1, R1) ^ v0;
        v0 = rotate(v0, R2);
        v2 += v3;
        v3 = rotate(v3, R3) ^ v2;
        v0 += v3;
        v3 = rotate(v3, R4) ^ v0;
        v2 += v1;
        v1 = rotate(v1, R5) ^ v2;
        v2 = rotate(v2, R6);
        v0 ^= word;
    }
    state[0] = v0;
    state[1] = v1;
    state[2] = v2;
    state[3] = v3;
}

void symfeed_hash_init(struct hash *hash, const hash_word key[2])
{
    for (unsigned i = 0; i < 4; i++) {
        hash->v[i] = key[i & 1u] ^ constants[i];
    }
    hash->length = 0;
}

/* Copies bytes to the tail until it is a whole word, which is then hashed, or no byte is left.
 * Returns the bytes copied. */
static size_t fill_tail(struct hash *hash, const unsigned char *data, size_t size)
{
    size_t at = 0;

    do {
        hash->tail[hash->length++ % WORD] = data[at++];
    } while (at < size && hash->length % WORD != 0);
    if (hash->length % WORD == 0) {
        absorb(hash->v, hash->tail, 1);
    }
    return at;
}

void symfeed_hash_update(struct hash *hash, const unsigned char *data, size_t size)
{
    while (size > 0) {
        size_t taken = size / WORD * WORD;

        if (hash->length % WORD == 0 && taken > 0) {
            absorb(hash->v, data, taken / WORD);
            hash->length += (uint32_t)taken;
        } else {
            taken = fill_tail(hash, data, size);
        }
        data += taken;
        size -= taken;
    }
}

/* Makes the last rounds. With words of 64 bits the 64 bits of output come at once, otherwise in two
 * halves. */
uint64_t symfeed_hash_final(struct hash *hash)
{
    static const unsigned char rounds[3 * WORD] = {0};
    uint64_t value = 0;

    for (size_t at = hash->length % WORD; at < WORD - 1; at++) {
        hash->tail[at] = 0;
    }
    hash->tail[WORD - 1] = (unsigned char)hash->length;
    absorb(hash->v, hash->tail, 1);
#if HASH_BITS == 64
    hash->v[2] ^= 0xFFu;
    absorb(hash->v, rounds, 3);
    value = hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
#else
    hash->v[2] ^= 0xEEu;
    absorb(hash->v, rounds, 3);
    value = hash->v[1] ^ hash->v[3];
    hash->v[1] ^= 0xDDu;
    absorb(hash->v, rounds, 3);
    value |= (uint64_t)(hash->v[1] ^ hash->v[3]) << 32;
#endif
    return value;
}

#else

/* ISO C requires a declaration in every file. */
typedef int hash_is_left_out;

#endif
