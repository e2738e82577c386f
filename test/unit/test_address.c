/* SPDX-License-Identifier: Apache-2.0 */
/* test_address.c - addresses as text, against those that inet_ntop() makes. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "helpers.h"

#include <stdio.h>

/* The port's, which need nothing of TLS. */
#include "../../port/address.c"
#include "../../port/words.c"

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

static void zeros_anywhere_are_put_as_the_system_puts_them(void **state)
{
    (void)state;
    /* Each of the eight parts is zero or not. Where the first six are zero, inet_ntop() may write
     * the rest as an address of IPv4. */
    for (unsigned set = 0; set < 256; set++) {
        struct in6_addr raw;
        char text[INET6_ADDRSTRLEN];
        char wanted[INET6_ADDRSTRLEN + 16];

        memset(&raw, 0, sizeof raw);
        for (unsigned i = 0; i < PARTS; i++) {
            raw.s6_addr[2 * i + 1] = (set >> i & 1) != 0 ? (unsigned char)(i + 10) : 0;
        }
        assert_non_null(inet_ntop(AF_INET6, &raw, text, sizeof text));
        if (strchr(text, '.') == NULL) {
            (void)snprintf(wanted, sizeof wanted, "%s port 443", text);
            assert_text(text, 0, wanted);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_as_people_write_them),
        cmocka_unit_test(the_longest_one_fits),
        cmocka_unit_test(what_is_no_address_is_called_so),
        cmocka_unit_test(zeros_anywhere_are_put_as_the_system_puts_them),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
