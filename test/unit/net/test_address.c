/* SPDX-License-Identifier: Apache-2.0 */
/* test_address.c - addresses as text, against those that inet_ntop() makes, from text, and their
 * order. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include "helpers.h"

#include <stdio.h>

/* The port's, which need nothing of TLS. */
#include "../../../port/net/address.c"
#include "../../../port/system/fnv.c"
#include "../../../port/system/descriptor.c"
#include "../../../port/system/file.c"
#include "../../../port/system/format.c"

static void assert_text(const char *text, unsigned scope, const char *wanted)
{
    char out[SYMFEED_ADDRESS_TEXT_SIZE];
    struct symfeed_address address;

    memset(&address, 0, sizeof address);
    if (inet_pton(AF_INET, text, &address.socket.v4.sin_addr) == 1) {
        address.socket.v4.sin_family = AF_INET;
        address.socket.v4.sin_port = htons(443);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &address.socket.v6.sin6_addr), 1);
        address.socket.v6.sin6_family = AF_INET6;
        address.socket.v6.sin6_port = htons(443);
        address.socket.v6.sin6_scope_id = scope;
    }
    symfeed_address_text(&address, out);
    assert_string_equal(out, wanted);
}

static void addresses_are_as_people_write_them(void **state)
{
    (void)state;
    assert_text("0.0.0.0", 0, "0.0.0.0 port 443");
    assert_text("192.0.2.255", 0, "192.0.2.255 port 443");
    assert_text("::", 0, ":: port 443");
    assert_text("::1", 0, "::1 port 443");
    assert_text("1::", 0, "1:: port 443");
    assert_text("2001:db8::1", 0, "2001:db8::1 port 443");
    assert_text("2001:db8:0:1:1:1:1:1", 0, "2001:db8:0:1:1:1:1:1 port 443");
    assert_text("2001:0:0:1:0:0:0:1", 0, "2001:0:0:1::1 port 443");
    assert_text("2001:db8:0:0:1:0:0:1", 0, "2001:db8::1:0:0:1 port 443");
    assert_text("fe80::1", 2, "fe80::1%2 port 443");
}

static void the_longest_one_fits(void **state)
{
    (void)state;
    assert_text("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 4294967295u,
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295 port 443");
}

static void what_is_no_address_is_called_so(void **state)
{
    char out[SYMFEED_ADDRESS_TEXT_SIZE];
    struct symfeed_address address;

    (void)state;
    memset(&address, 0, sizeof address);
    address.socket.any.sa_family = AF_UNIX;
    symfeed_address_text(&address, out);
    assert_string_equal(out, "(unnamed address)");
}

/* The text is of this address. */
static void assert_reads_back(const struct in6_addr *raw)
{
    char out[SYMFEED_ADDRESS_TEXT_SIZE];
    struct symfeed_address address;
    struct in6_addr back;
    char *end = NULL;

    symfeed_address_set(&address, raw->s6_addr, sizeof raw->s6_addr, 443);
    symfeed_address_text(&address, out);
    end = strstr(out, " port 443");
    assert_non_null(end);
    *end = '\0';
    assert_int_equal(inet_pton(AF_INET6, out, &back), 1);
    assert_memory_equal(&back, raw, sizeof back);
}

static void zeros_anywhere_are_put_as_the_system_puts_them(void **state)
{
    (void)state;
    /* Each of the eight parts is zero or not. Where the first six are zero, inet_ntop() may write
     * the rest as an address of IPv4. Of two runs that are equally long RFC 5952 has the first one
     * shortened; musl takes the one in the middle. */
    for (unsigned set = 0; set < 256; set++) {
        struct in6_addr raw;
        char text[INET6_ADDRSTRLEN];
        char wanted[INET6_ADDRSTRLEN + 16];

        memset(&raw, 0, sizeof raw);
        for (unsigned i = 0; i < PARTS; i++) {
            raw.s6_addr[2 * i + 1] = (set >> i & 1) != 0 ? (unsigned char)(i + 10) : 0;
        }
        assert_non_null(inet_ntop(AF_INET6, &raw, text, sizeof text));
        assert_reads_back(&raw);
#ifdef __GLIBC__
        if (strchr(text, '.') == NULL) {
            (void)snprintf(wanted, sizeof wanted, "%s port 443", text);
            assert_text(text, 0, wanted);
        }
#else
        (void)wanted;
#endif
    }
}

/* --- from text ---------------------------------------------------------------------------- */

static struct symfeed_address address_of(const char *text)
{
    struct symfeed_address address;

    assert_true(symfeed_address_read(&address, text, 443));
    return address;
}

static void text_that_is_an_address(void **state)
{
    static const struct {
        const char *text;
        const char *again; /* as it is spelt here */
    } cases[] = {
        {"127.0.0.1", "127.0.0.1 port 443"},
        {"0.0.0.0", "0.0.0.0 port 443"},
        {"255.255.255.255", "255.255.255.255 port 443"},
        {"10.1", "10.0.0.1 port 443"},
        {"0x7f.1", "127.0.0.1 port 443"},
        {"010.0.0.1", "8.0.0.1 port 443"},
        {"2130706433", "127.0.0.1 port 443"},
        {"::", ":: port 443"},
        {"::1", "::1 port 443"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1 port 443"},
        {"1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a port 443"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295 port 443"},
        {"fe80::1%7", "fe80::1%7 port 443"},
        {"fe80::1%012", "fe80::1%12 port 443"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct symfeed_address address = address_of(cases[i].text);
        char text[SYMFEED_ADDRESS_TEXT_SIZE];

        symfeed_address_text(&address, text);
        assert_string_equal(text, cases[i].again);
        assert_int_equal(address.size, strchr(cases[i].text, ':') == NULL
                                           ? sizeof(struct sockaddr_in)
                                           : sizeof(struct sockaddr_in6));
    }
}

static void a_zone_may_be_the_name_of_an_interface(void **state)
{
    struct symfeed_address address;

    (void)state;
    if (access("/sys/class/net/lo/ifindex", R_OK) != 0) {
        skip();
    }
    address = address_of("fe80::1%lo");
    assert_int_equal(address.socket.v6.sin6_scope_id, if_nametoindex("lo"));
    assert_false(symfeed_address_read(&address, "fe80::1%lo0", 1));
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
        "fe80::1%",
        "fe80::1%no-such",
        "fe80::1%a-name-that-is-longer-than-that-of-any-interface",
        "::1%4294967296",
        "::1%99999999999999999999",
        "::1%18446744073709551617",
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

static size_t longest_number(const char *text)
{
    size_t longest = 0;

    while (*text != '\0') {
        size_t size = strcspn(text, ".");

        longest = size > longest ? size : longest;
        text += size + (text[size] == '.' ? 1 : 0);
    }
    return longest;
}

/* Numbers of all forms, against those of the system. */
static void what_inet_aton_takes_is_taken(void **state)
{
    static const char characters[] = "0123456789..xX00789aF";
    uint32_t random = 11;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        char text[20];
        size_t size = 1 + next_random(&random) % 15;
        unsigned char bytes[SYMFEED_IPV4_SIZE];
        struct in_addr expected;
        bool good;

        for (size_t j = 0; j < size; j++) {
            text[j] = characters[next_random(&random) % (sizeof characters - 1)];
        }
        text[size] = '\0';
        /* musl takes a number that is too large for the largest one. */
        if (longest_number(text) > 8) {
            continue;
        }
        good = inet_aton(text, &expected) != 0;
        assert_int_equal(read_v4(text, bytes), good);
        assert_true(!good || memcmp(bytes, &expected, sizeof bytes) == 0);
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
        char text[SYMFEED_ADDRESS_TEXT_SIZE];

        symfeed_address_text(&addresses[i], text);
        *strstr(text, " port 443") = '\0';
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
        cmocka_unit_test(addresses_are_as_people_write_them),
        cmocka_unit_test(the_longest_one_fits),
        cmocka_unit_test(what_is_no_address_is_called_so),
        cmocka_unit_test(zeros_anywhere_are_put_as_the_system_puts_them),
        cmocka_unit_test(text_that_is_an_address),
        cmocka_unit_test(a_zone_may_be_the_name_of_an_interface),
        cmocka_unit_test(text_that_is_none),
        cmocka_unit_test(what_inet_aton_takes_is_taken),
        cmocka_unit_test(what_cannot_be_reached_is_last),
        cmocka_unit_test(what_is_equal_stays_as_it_was),
        cmocka_unit_test(beyond_the_most_nothing_is_touched),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
