/* SPDX-License-Identifier: Apache-2.0 */
/* test_address.c - addresses from text and to text, and their order. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include "helpers.h"

#include <arpa/inet.h>
#include <net/if.h>

#include "address.h"

static struct symfeed_address address_of(const char *text)
{
    struct symfeed_address address;

    assert_true(symfeed_address_read(&address, text, 443));
    return address;
}

/* --- text --------------------------------------------------------------------------------- */

static void text_that_is_an_address(void **state)
{
    static const struct {
        const char *text;
        const char *again; /* as it is spelt here */
    } cases[] = {
        {"127.0.0.1", "127.0.0.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"10.1", "10.0.0.1"},
        {"0x7f.1", "127.0.0.1"},
        {"010.0.0.1", "8.0.0.1"},
        {"2130706433", "127.0.0.1"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:db8::1", "2001:db8::1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
        {"1:2:3:4:5:6::", "1:2:3:4:5:6::"},
        {"::ffff:10.0.0.1", "::ffff:10.0.0.1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295"},
        {"fe80::1%7", "fe80::1%7"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct symfeed_address address = address_of(cases[i].text);
        char text[SYMFEED_ADDRESS_TEXT];

        assert_int_equal(symfeed_address_write(&address, text), strlen(cases[i].again));
        assert_string_equal(text, cases[i].again);
        assert_int_equal(symfeed_address_port(&address), 443);
        assert_int_equal(address.size, strchr(cases[i].text, ':') == NULL
                                           ? sizeof(struct sockaddr_in)
                                           : sizeof(struct sockaddr_in6));
    }
}

static void text_that_is_none(void **state)
{
    static const char *const texts[] = {
        "",
        "localhost",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.4%1",
        "1:2",
        ":::",
        "::1%",
        "::1%0",
        "::1%no-such-interface",
        "::1%4294967296",
        "::1%99999999999999999999",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
        "%1",
        "g::"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct symfeed_address address;

        if (symfeed_address_read(&address, texts[i], 1)) {
            fail_msg("taken: %s", texts[i]);
        }
    }
}

static void a_scope_may_be_the_name_of_an_interface(void **state)
{
    unsigned index = if_nametoindex("lo");

    (void)state;
    if (index == 0) {
        skip();
    }
    assert_int_equal(address_of("fe80::1%lo").socket.v6.sin6_scope_id, index);
}

/* The library's own spelling is that of RFC 5952, but for addresses of a form long given up. */
static void spelt_as_the_library_does(void **state)
{
    uint32_t random = 11;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        unsigned char bytes[SYMFEED_IPV6_SIZE];
        struct symfeed_address address;
        char expected[INET6_ADDRSTRLEN];
        char text[SYMFEED_ADDRESS_TEXT];

        for (size_t j = 0; j < sizeof bytes; j += 2) {
            uint32_t bits = next_random(&random);

            bytes[j] = (bits & 0x10000) != 0 || j == 0 ? (unsigned char)(bits >> 8 | 1) : 0;
            bytes[j + 1] = (bits & 0x10000) != 0 ? (unsigned char)bits : 0;
        }
        symfeed_address_set(&address, bytes, sizeof bytes, 1);
        (void)symfeed_address_write(&address, text);
        assert_non_null(inet_ntop(AF_INET6, bytes, expected, sizeof expected));
        assert_string_equal(text, expected);
    }
}

/* --- order -------------------------------------------------------------------------------- */

static void assert_sorted(const char *const *texts, size_t count, const char *expected)
{
    struct symfeed_address addresses[SYMFEED_ADDRESSES + 1];
    char all[512] = "";

    for (size_t i = 0; i < count; i++) {
        addresses[i] = address_of(texts[i]);
    }
    symfeed_address_sort(addresses, count);
    for (size_t i = 0; i < count; i++) {
        char text[SYMFEED_ADDRESS_TEXT];

        (void)symfeed_address_write(&addresses[i], text);
        (void)strcat(strcat(all, i > 0 ? " " : ""), text);
    }
    assert_string_equal(all, expected);
}

/* This machine can send to itself, and nowhere to the address that a broadcast comes from. */
static void what_cannot_be_reached_is_last(void **state)
{
    static const char *const some[] = {"255.255.255.255", "127.0.0.2", "127.0.0.1"};

    (void)state;
    assert_sorted(some, 3, "127.0.0.2 127.0.0.1 255.255.255.255");
}

static void what_is_equal_stays_as_it_was(void **state)
{
    static const char *const some[] = {"127.0.0.8", "127.0.0.2", "127.0.0.5", "127.0.0.1",
                                       "127.0.0.7", "127.0.0.3", "127.0.0.6", "127.0.0.4"};

    (void)state;
    assert_sorted(some, 8,
                  "127.0.0.8 127.0.0.2 127.0.0.5 127.0.0.1 127.0.0.7 127.0.0.3 127.0.0.6 "
                  "127.0.0.4");
}

static void beyond_the_most_nothing_is_touched(void **state)
{
    static const char *const some[] = {"127.0.0.8", "127.0.0.2",       "127.0.0.5",
                                       "127.0.0.1", "127.0.0.7",       "127.0.0.3",
                                       "127.0.0.6", "255.255.255.255", "127.0.0.9"};

    (void)state;
    assert_sorted(some, 9,
                  "127.0.0.8 127.0.0.2 127.0.0.5 127.0.0.1 127.0.0.7 127.0.0.3 127.0.0.6 "
                  "255.255.255.255 127.0.0.9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_is_an_address),
        cmocka_unit_test(text_that_is_none),
        cmocka_unit_test(a_scope_may_be_the_name_of_an_interface),
        cmocka_unit_test(spelt_as_the_library_does),
        cmocka_unit_test(what_cannot_be_reached_is_last),
        cmocka_unit_test(what_is_equal_stays_as_it_was),
        cmocka_unit_test(beyond_the_most_nothing_is_touched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
