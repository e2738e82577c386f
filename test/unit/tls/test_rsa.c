/* SPDX-License-Identifier: Apache-2.0 */
/* test_rsa.c - RSA private keys whose numbers fit together, and all others. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "helpers.h"

/* The port's, which needs nothing of TLS. */
#include "../../../port/system/file.c"
#include "../../../port/system/fnv.c"
#include "../../../port/tls/rsa.c"

/* A key of 64 bits: no use for signing, but as good as any to compute with. */
static const uint64_t small_key[NUMBERS] = {
    0xffffffea00000055ull, 0x10001ull,    0x1817e7e5d5da2a3ull, 0xfffffffbull,
    0xffffffefull,         0x66669997ull, 0x7878877full,        0xeaaaaaa6ull};

/* A key in the making, from its end on. */
struct writer {
    unsigned char bytes[4096];
    size_t left; /* bytes before what is written */
};

static void put(struct writer *writer, const void *bytes, size_t size)
{
    assert_true(size <= writer->left);
    writer->left -= size;
    memcpy(writer->bytes + writer->left, bytes, size);
}

/* The head of what has been written since `end` bytes were left. */
static void put_head(struct writer *writer, unsigned tag, size_t end)
{
    const size_t size = end - writer->left;
    const unsigned char head[4] = {(unsigned char)tag, 0x82, (unsigned char)(size >> 8),
                                   (unsigned char)size};
    const unsigned char brief[2] = {(unsigned char)tag, (unsigned char)size};

    if (size < 0x80) {
        put(writer, brief, sizeof brief);
    } else {
        put(writer, head, sizeof head);
    }
}

static void put_number(struct writer *writer, uint64_t number)
{
    const size_t end = writer->left;
    unsigned i;

    for (i = 0; i < 9; i++) {
        const unsigned char byte = i < 8 ? (unsigned char)(number >> 8 * i) : 0;

        put(writer, &byte, 1);
    }
    put_head(writer, INTEGER, end);
}

static void put_key(struct writer *writer, const uint64_t numbers[NUMBERS], bool wrapped)
{
    static const unsigned char algorithm[] = {SEQUENCE, 13,   0x06, 9,    0x2a, 0x86, 0x48, 0x86,
                                              0xf7,     0x0d, 0x01, 0x01, 0x01, 0x05, 0};
    size_t end;
    unsigned i;

    writer->left = sizeof writer->bytes;
    end = writer->left;
    for (i = NUMBERS; i > 0; i--) {
        put_number(writer, numbers[i - 1]);
    }
    put_number(writer, 0);
    put_head(writer, SEQUENCE, end);
    if (wrapped) {
        put_head(writer, OCTET_STRING, end);
        put(writer, algorithm, sizeof algorithm);
        put_number(writer, 0);
        put_head(writer, SEQUENCE, end);
    }
}

static bool is_broken(const struct writer *writer)
{
    return symfeed_rsa_is_broken(writer->bytes + writer->left, sizeof writer->bytes - writer->left);
}

static bool is_key_broken(const uint64_t numbers[NUMBERS], bool wrapped)
{
    static struct writer writer;

    put_key(&writer, numbers, wrapped);
    return is_broken(&writer);
}

static void a_key_that_fits_is_not_broken(void **state)
{
    (void)state;
    assert_false(is_key_broken(small_key, false));
    assert_false(is_key_broken(small_key, true));
}

static void each_number_counts(void **state)
{
    uint64_t numbers[NUMBERS];
    unsigned i;
    unsigned bit;

    (void)state;
    for (i = 0; i < NUMBERS; i++) {
        for (bit = 0; bit < 64; bit++) {
            memcpy(numbers, small_key, sizeof numbers);
            numbers[i] ^= (uint64_t)1 << bit;
            assert_true(is_key_broken(numbers, bit % 2 != 0));
        }
        memcpy(numbers, small_key, sizeof numbers);
        numbers[i] = 0;
        assert_true(is_key_broken(numbers, false));
    }
}

/* D is as good when more of (P - 1) * (Q - 1) is added, and mbedTLS has it so, too. */
static void an_exponent_may_be_the_larger_one(void **state)
{
    uint64_t numbers[NUMBERS];

    (void)state;
    memcpy(numbers, small_key, sizeof numbers);
    numbers[D] += (numbers[P] - 1) * ((numbers[Q] - 1) / 2);
    assert_false(is_key_broken(numbers, false));
}

static void parts_must_be_reduced(void **state)
{
    uint64_t numbers[NUMBERS];

    (void)state;
    memcpy(numbers, small_key, sizeof numbers);
    numbers[D1] += numbers[P] - 1;
    assert_true(is_key_broken(numbers, false));
    memcpy(numbers, small_key, sizeof numbers);
    numbers[INVERSE] += numbers[P];
    assert_true(is_key_broken(numbers, false));
}

static void a_wrapped_key_is_unwrapped(void **state)
{
    static struct writer plain;
    static struct writer wrapped;
    const unsigned char *der;
    size_t size;

    (void)state;
    put_key(&plain, small_key, false);
    put_key(&wrapped, small_key, true);
    der = wrapped.bytes + wrapped.left;
    size = sizeof wrapped.bytes - wrapped.left;
    symfeed_rsa_unwrap(&der, &size);
    assert_int_equal(size, sizeof plain.bytes - plain.left);
    assert_memory_equal(der, plain.bytes + plain.left, size);
    symfeed_rsa_unwrap(&der, &size); /* nothing is around it any more */
    assert_int_equal(size, sizeof plain.bytes - plain.left);
    size--;
    symfeed_rsa_unwrap(&der, &size);
    assert_int_equal(size, sizeof plain.bytes - plain.left - 1);
}

/* What is cut is no key, which somebody else says. Nothing behind its end is read. */
static void what_is_no_rsa_key_is_not_broken(void **state)
{
    static struct writer writer;
    size_t size;

    (void)state;
    put_key(&writer, small_key, true);
    for (size = 0; size < sizeof writer.bytes - writer.left; size++) {
        unsigned char *cut = malloc(size + 1);

        assert_non_null(cut);
        memcpy(cut, writer.bytes + writer.left, size);
        assert_false(symfeed_rsa_is_broken(cut, size));
        free(cut);
    }
    assert_false(symfeed_rsa_is_broken((const unsigned char *)"\x30\x05\x02\x01\x01\x04\x00", 7));
}

/* Whatever one byte says, it ends, and a number that was changed is found. */
static void each_byte_may_be_another(void **state)
{
    static struct writer writer;
    unsigned value;
    size_t i;

    (void)state;
    put_key(&writer, small_key, true);
    for (i = writer.left; i < sizeof writer.bytes; i++) {
        const unsigned char was = writer.bytes[i];

        for (value = 0; value < 256; value += 1 + (TEST_STRIDE > 1)) {
            writer.bytes[i] = (unsigned char)value;
            (void)is_broken(&writer);
        }
        writer.bytes[i] = was;
    }
    assert_false(is_broken(&writer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_fits_is_not_broken),
        cmocka_unit_test(each_number_counts),
        cmocka_unit_test(an_exponent_may_be_the_larger_one),
        cmocka_unit_test(parts_must_be_reduced),
        cmocka_unit_test(a_wrapped_key_is_unwrapped),
        cmocka_unit_test(what_is_no_rsa_key_is_not_broken),
        cmocka_unit_test(each_byte_may_be_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
