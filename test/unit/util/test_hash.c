/* SPDX-License-Identifier: Apache-2.0 */
/* test_hash.c - the hash against an implementation of its own, straight from the paper. */
#include "symfeed_config.h"

#if SYMFEED_DEDUP > 0

#include "helpers.h"

#include "util/hash.h"

#if HASH_BITS == 64

/* --- SipHash as its authors define it ----------------------------------------------------- */

static uint64_t left(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static void sip_round(uint64_t *v0, uint64_t *v1, uint64_t *v2, uint64_t *v3)
{
    *v0 += *v1;
    *v1 = left(*v1, 13);
    *v1 ^= *v0;
    *v0 = left(*v0, 32);
    *v2 += *v3;
    *v3 = left(*v3, 16);
    *v3 ^= *v2;
    *v0 += *v3;
    *v3 = left(*v3, 21);
    *v3 ^= *v0;
    *v2 += *v1;
    *v1 = left(*v1, 17);
    *v1 ^= *v2;
    *v2 = left(*v2, 32);
}

/* SipHash-c-d; the message is padded in a block of its own. */
static uint64_t paper(unsigned c, unsigned d, uint64_t k0, uint64_t k1,
                      const unsigned char *message, size_t size)
{
    uint64_t v0 = k0 ^ UINT64_C(0x736f6d6570736575);
    uint64_t v1 = k1 ^ UINT64_C(0x646f72616e646f6d);
    uint64_t v2 = k0 ^ UINT64_C(0x6c7967656e657261);
    uint64_t v3 = k1 ^ UINT64_C(0x7465646279746573);
    size_t words = size / 8 + 1;

    for (size_t i = 0; i < words; i++) {
        uint64_t m = 0;

        for (size_t j = 0; j < 8; j++) {
            size_t at = i * 8 + j;
            uint64_t byte = at < size ? message[at] : 0;

            if (i == words - 1 && j == 7) {
                byte = size & 255;
            }
            m |= byte << (8 * j);
        }
        v3 ^= m;
        for (unsigned round = 0; round < c; round++) {
            sip_round(&v0, &v1, &v2, &v3);
        }
        v0 ^= m;
    }
    v2 ^= 0xFF;
    for (unsigned round = 0; round < d; round++) {
        sip_round(&v0, &v1, &v2, &v3);
    }
    return v0 ^ v1 ^ v2 ^ v3;
}

/* The paper's key, and its value for the message 00 01 ... 0e; the others are the first of its
 * authors' list. Both are for 2-4 rounds. */
static const hash_word published_key[2] = {UINT64_C(0x0706050403020100),
                                           UINT64_C(0x0f0e0d0c0b0a0908)};
static const struct {
    size_t size;
    uint64_t hash;
} published[] = {{0, UINT64_C(0x726fdb47dd0e0e31)},
                 {1, UINT64_C(0x74f839c593dc67fd)},
                 {15, UINT64_C(0xa129ca6149be45e5)}};

#else

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
static uint64_t paper(unsigned c, unsigned d, uint32_t k0, uint32_t k1,
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

/* Of its authors' list, for 2-4 rounds: the key 00 01 ... 07, and messages 00 01 ... */
static const hash_word published_key[2] = {0x03020100, 0x07060504};
static const struct {
    size_t size;
    uint64_t hash;
} published[] = {{0, UINT64_C(0xc83cb8b9591f8d21)},
                 {1, UINT64_C(0x157338f8122455be)},
                 {2, UINT64_C(0x57eb507cef394f06)},
                 {3, UINT64_C(0x790606f7451a0fce)}};

#endif

/* They hold the implementation above to the paper. */
static void the_implementation_of_the_tests_gives_the_published_values(void **state)
{
    static const unsigned char message[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};

    (void)state;
    for (size_t i = 0; i < COUNT(published); i++) {
        assert_true(paper(2, 4, published_key[0], published_key[1], message, published[i].size) ==
                    published[i].hash);
    }
}

static bool take(void *context, const unsigned char *data, size_t size)
{
    symfeed_hash_update((struct hash *)context, data, size);
    return true;
}

static void the_hash_is_that_of_the_paper_with_1_3_rounds_however_the_text_comes(void **state)
{
    char message[300];
    uint32_t random = 42;

    (void)state;
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (char)below(&random, 256);
    }
    for (size_t size = 0; size <= sizeof message; size++) {
        hash_word key[2];
        struct split split = {0, 0, 0};
        uint64_t expected = 0;

        for (size_t i = 0; i < 2; i++) {
            key[i] = (hash_word)((uint64_t)next_random(&random) << 32 | next_random(&random));
        }
        expected = paper(1, 3, key[0], key[1], (const unsigned char *)message, size);
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
    static const hash_word one[2] = {1, 2};
    static const hash_word other[2] = {1, 3};
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
        cmocka_unit_test(the_hash_is_that_of_the_paper_with_1_3_rounds_however_the_text_comes),
        cmocka_unit_test(the_key_and_the_length_matter),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
