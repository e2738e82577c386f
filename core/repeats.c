/* SPDX-License-Identifier: Apache-2.0 */
/* repeats.c - see repeats.h. */
#include "repeats.h"

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32u - bits);
}

static void mix(uint32_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 5) ^ v[0];
    v[0] = rotate(v[0], 16);
    v[2] += v[3];
    v[3] = rotate(v[3], 8) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 7) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 13) ^ v[2];
    v[2] = rotate(v[2], 16);
}

void hash_init(struct hash *hash, const uint32_t key[2])
{
    hash->v[0] = key[0];
    hash->v[1] = key[1] ^ 0xEEu; /* 0xEE: the variant with 64 bits of output */
    hash->v[2] = key[0] ^ 0x6C796765u;
    hash->v[3] = key[1] ^ 0x74656462u;
    hash->word = 0;
    hash->length = 0;
}

static void absorb(uint32_t v[4], uint32_t word)
{
    v[3] ^= word;
    mix(v);
    v[0] ^= word;
}

static void add_byte(struct hash *hash, unsigned char byte)
{
    hash->word |= (uint32_t)byte << 8 * (hash->length & 3u);
    hash->length++;
    if ((hash->length & 3u) == 0) {
        absorb(hash->v, hash->word);
        hash->word = 0;
    }
}

void hash_update(struct hash *hash, const unsigned char *data, size_t size)
{
    size_t at = 0;
    uint32_t v[4] = {0};

    while (at < size && (hash->length & 3u) != 0) {
        add_byte(hash, data[at++]);
    }
    for (unsigned i = 0; i < 4; i++) {
        v[i] = hash->v[i];
    }
    for (; size - at >= 4; at += 4) {
        absorb(v, (uint32_t)data[at] | (uint32_t)data[at + 1] << 8 | (uint32_t)data[at + 2] << 16 |
                      (uint32_t)data[at + 3] << 24);
        hash->length += 4;
    }
    for (unsigned i = 0; i < 4; i++) {
        hash->v[i] = v[i];
    }
    while (at < size) {
        add_byte(hash, data[at++]);
    }
}

uint64_t hash_final(struct hash *hash)
{
    uint32_t low = 0;

    absorb(hash->v, hash->word | hash->length << 24);
    hash->v[2] ^= 0xEEu;
    mix(hash->v);
    mix(hash->v);
    mix(hash->v);
    low = hash->v[1] ^ hash->v[3];
    hash->v[1] ^= 0xDDu;
    mix(hash->v);
    mix(hash->v);
    mix(hash->v);
    return (uint64_t)(hash->v[1] ^ hash->v[3]) << 32 | low;
}

void repeats_init(struct repeats *repeats)
{
    repeats->count = 0;
    repeats->next = 0;
    repeats->batch = 0;
}

bool repeats_seen(const struct repeats *repeats, uint64_t event)
{
    for (uint16_t i = 0; i < repeats->count; i++) {
        if (repeats->taken[i] == event) {
            return true;
        }
    }
    return false;
}

void repeats_add(struct repeats *repeats, uint64_t event, bool always)
{
    if (repeats->batch == SYMFEED_REPEATS && !always) {
        return;
    }
    repeats->taken[repeats->next] = event;
    repeats->next = (uint16_t)((repeats->next + 1u) % SYMFEED_REPEATS);
    if (repeats->count < SYMFEED_REPEATS) {
        repeats->count++;
    }
    if (repeats->batch < SYMFEED_REPEATS) {
        repeats->batch++;
    }
}

void repeats_commit(struct repeats *repeats)
{
    repeats->batch = 0;
}
