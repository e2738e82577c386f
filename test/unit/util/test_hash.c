/* SPDX-License-Identifier: Apache-2.0 */
/* test_hash.c - the hash against an implementation of its own, straight from the paper. */
#include "symfeed_config.h"

#if SYMFEED_DEDUP > 0

#include "helpers.h"

#include "util/hash.h"

/* --- HalfSipHash as its authors define it ------------------------------------------------- */

static uint32_t left(uint32_t x, int by)
{
    return (x << by) | (x >> (32 - by));
}

static void sip_round(uint32_t *v0, uint32_t *v1, uint32_t *v2, uint32_t *v3)
{
    *v0 += *v1;
    *v1 = left(*v1, 5);
    *v1 ^= *v0;
    *v0 = left(*v0, 16);
    *v2 += *v3;
    *v3 = left(*v3, 8);
    *v3 ^= *v2;
    *v0 += *v3;
    *v3 = left(*v3, 7);
    *v3 ^= *v0;
    *v2 += *v1;
    *v1 = left(*v1, 13);
    *v1 ^= *v2;
    *v2 = left(*v2, 16);
}

/* HalfSipHash-c-d with 64 bits of output; the message is padded in a block of its own. */
static uint64_t half_sip_hash(unsigned c, unsigned d, uint32_t k0, uint32_t k1,
                              const unsigned char *message, size_t size)
{
    uint32_t v0 = k0;
    uint32_t v1 = k1 ^ 0xEE;
    uint32_t v2 = 0x6C796765 ^ k0;
    uint32_t v3 = 0x74656462 ^ k1;
    uint32_t low = 0;
    size_t words = size / 4 + 1;

    for (size_t i = 0; i < words; i++) {
        uint32_t m = 0;

        for (size_t j = 0; j < 4; j++) {
            size_t at = i * 4 + j;
            uint32_t byte = at < size ? message[at] : 0;

            if (i == words - 1 && j == 3) {
                byte = (uint32_t)(size & 255);
            }
            m |= byte << (8 * j);
        }
        v3 ^= m;
        for (unsigned round = 0; round < c; round++) {
            sip_round(&v0, &v1, &v2, &v3);
        }
        v0 ^= m;
    }
    v2 ^= 0xEE;
    for (unsigned round = 0; round < d; round++) {
        sip_round(&v0, &v1, &v2, &v3);
    }
    low = v1 ^ v3;
    v1 ^= 0xDD;
    for (unsigned round = 0; round < d; round++) {
        sip_round(&v0, &v1, &v2, &v3);
    }
    return (uint64_t)(v1 ^ v3) << 32 | low;
}

/* The published vectors are for 2-4 rounds: key 00 01 ... 07, message 00 01 ... of each length.
 * They hold the implementation above to the paper. */
static void the_implementation_of_the_tests_gives_the_published_values(void **state)
{
    static const unsigned char published[4][8] = {{0x21, 0x8d, 0x1f, 0x59, 0xb9, 0xb8, 0x3c, 0xc8},
                                                  {0xbe, 0x55, 0x24, 0x12, 0xf8, 0x38, 0x73, 0x15},
                                                  {0x06, 0x4f, 0x39, 0xef, 0x7c, 0x50, 0xeb, 0x57},
                                                  {0xce, 0x0f, 0x1a, 0x45, 0xf7, 0x06, 0x06, 0x79}};
    static const unsigned char message[] = {0, 1, 2, 3};

    (void)state;
    for (size_t size = 0; size < 4; size++) {
        uint64_t hash = half_sip_hash(2, 4, 0x03020100, 0x07060504, message, size);

        for (size_t i = 0; i < 8; i++) {
            assert_int_equal((hash >> (8 * i)) & 255, published[size][i]);
        }
    }
}

static bool take(void *context, const unsigned char *data, size_t size)
{
    symfeed_hash_update((struct hash *)context, data, size);
    return true;
}

static void the_hash_is_half_sip_hash_1_3_however_the_text_comes(void **state)
{
    char message[300];
    uint32_t random = 42;

    (void)state;
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (char)below(&random, 256);
    }
    for (size_t size = 0; size <= sizeof message; size++) {
        uint32_t key[2];
        struct split split = {0, 0, 0};
        uint64_t expected = 0;

        key[0] = next_random(&random);
        key[1] = next_random(&random);
        expected = half_sip_hash(1, 3, key[0], key[1], (const unsigned char *)message, size);
        do {
            struct hash hash;

            symfeed_hash_init(&hash, key);
            feed_pieces(message, size, &split, take, &hash);
            assert_true(symfeed_hash_final(&hash) == expected);
        } while (split_next(&split, size, 24));
    }
}

static void the_key_and_the_length_matter(void **state)
{
    static const uint32_t one[2] = {1, 2};
    static const uint32_t other[2] = {1, 3};
    struct hash hash;
    uint64_t first = 0;

    (void)state;
    symfeed_hash_init(&hash, one);
    first = symfeed_hash_final(&hash);
    symfeed_hash_init(&hash, other);
    assert_true(symfeed_hash_final(&hash) != first);
    symfeed_hash_init(&hash, one);
    symfeed_hash_update(&hash, (const unsigned char *)"\0", 1);
    assert_true(symfeed_hash_final(&hash) != first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_implementation_of_the_tests_gives_the_published_values),
        cmocka_unit_test(the_hash_is_half_sip_hash_1_3_however_the_text_comes),
        cmocka_unit_test(the_key_and_the_length_matter),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
