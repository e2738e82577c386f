/* SPDX-License-Identifier: Apache-2.0 */
/* test_base64.c - base64 and base64url: the RFC's vectors both ways, each byte, each remainder. */
#include "configuration.h"

#include "util/base64.h"

#if SYMFEED_KEY_SIGN_IN || SYMFEED_PROXY

#define GUARD 0x5A

static size_t encoded(const void *data, size_t size, bool url, char *out)
{
    const unsigned char *bytes = (const unsigned char *)data;
    struct base64 base64;

    symfeed_base64_begin(&base64, url, out);
    for (size_t i = 0; i < size; i++) {
        symfeed_base64_put(&base64, bytes[i]);
    }
    return (size_t)(symfeed_base64_end(&base64) - out);
}

#if SYMFEED_SIGN_IN

/* Decodes it to these bytes. */
static void expect_decoded(const char *text, size_t size, const void *expected, size_t bytes)
{
    const unsigned char *at = (const unsigned char *)expected;
    struct base64 base64 = {false, 0, 0, NULL};
    size_t count = 0;

    for (size_t i = 0; i < size; i++) {
        int byte = symfeed_base64_get(&base64, text[i]);

        if (byte != SYMFEED_BASE64_MORE) {
            assert_true(count < bytes);
            assert_int_equal(byte, at[count++]);
        }
    }
    assert_int_equal(count, bytes);
}

#else

/* Only signing in decodes. */
static void expect_decoded(const char *text, size_t size, const void *expected, size_t bytes)
{
    (void)text;
    (void)size;
    (void)expected;
    (void)bytes;
}

#endif

static void the_vectors_of_rfc_4648_hold_both_ways(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
        const char *url;
    } rows[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xFB\xEF\xBE", "++++", "----"},
        {"\xFF\xFF\xFF", "////", "____"},
        {"\xFB\xFF", "+/8=", "-_8"},
        {"Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "QWxhZGRpbjpvcGVuIHNlc2FtZQ"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t size = strlen(rows[i].bytes);
        char out[64];

        memset(out, GUARD, sizeof out);
        assert_int_equal(encoded(rows[i].bytes, size, false, out), strlen(rows[i].text));
        assert_int_equal(SYMFEED_BASE64_SIZE(size), strlen(rows[i].text));
        assert_memory_equal(out, rows[i].text, strlen(rows[i].text));
        assert_int_equal(out[strlen(rows[i].text)], GUARD);
        memset(out, GUARD, sizeof out);
        assert_int_equal(encoded(rows[i].bytes, size, true, out), strlen(rows[i].url));
        assert_memory_equal(out, rows[i].url, strlen(rows[i].url));
        assert_int_equal(out[strlen(rows[i].url)], GUARD);
        expect_decoded(rows[i].url, strlen(rows[i].url), rows[i].bytes, size);
    }
}

/* All 64 values in their order, by the alphabets' own text. */
static void each_character_stands_for_its_value(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char bytes[48];
    char out[72];

    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        uint32_t four = (4 * i) << 18 | (4 * i + 1) << 12 | (4 * i + 2) << 6 | (4 * i + 3);

        bytes[3 * i] = (unsigned char)(four >> 16);
        bytes[3 * i + 1] = (unsigned char)(four >> 8);
        bytes[3 * i + 2] = (unsigned char)four;
    }
    assert_int_equal(encoded(bytes, sizeof bytes, false, out), 64);
    assert_memory_equal(out, alphabet, 62);
    assert_memory_equal(out + 62, "+/", 2);
    assert_int_equal(encoded(bytes, sizeof bytes, true, out), 64);
    assert_memory_equal(out, alphabet, 62);
    assert_memory_equal(out + 62, "-_", 2);
}

static void what_is_encoded_is_decoded_again_at_each_length(void **state)
{
    uint32_t random = 7;
    unsigned char bytes[600];
    char out[SYMFEED_BASE64_SIZE(600) + 1];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)next_random(&random);
    }
    for (size_t size = 0; size <= sizeof bytes; size++) {
        size_t count = encoded(bytes, size, true, out);

        assert_int_equal(count, (size * 4 + 2) / 3);
        expect_decoded(out, count, bytes, size);
        out[SYMFEED_BASE64_SIZE(size)] = GUARD;
        assert_int_equal(encoded(bytes, size, false, out), SYMFEED_BASE64_SIZE(size));
        assert_int_equal(out[SYMFEED_BASE64_SIZE(size)], GUARD);
    }
}

#if SYMFEED_SIGN_IN

static void all_other_characters_are_bad(void **state)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    (void)state;
    for (int c = 0; c < 256; c++) {
        struct base64 base64 = {false, 0, 0, NULL};
        bool is_good = c != 0 && strchr(good, c) != NULL;

        assert_int_equal(symfeed_base64_get(&base64, (char)c),
                         is_good ? SYMFEED_BASE64_MORE : SYMFEED_BASE64_BAD);
    }
}

#endif

#endif

/* Here, and not in test_init.c alone, since a build without either has nothing else to test. */
static void what_encodes_is_in_the_build_or_refused(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    config.proxy = "http://user:password@proxy.example";
    assert_int_equal(init_status(&config, &port), SYMFEED_PROXY ? SYMFEED_OK : SYMFEED_BAD_PROXY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_encodes_is_in_the_build_or_refused),
#if SYMFEED_KEY_SIGN_IN || SYMFEED_PROXY
        cmocka_unit_test(the_vectors_of_rfc_4648_hold_both_ways),
        cmocka_unit_test(each_character_stands_for_its_value),
        cmocka_unit_test(what_is_encoded_is_decoded_again_at_each_length),
#if SYMFEED_SIGN_IN
        cmocka_unit_test(all_other_characters_are_bad),
#endif
#endif
    };

    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
