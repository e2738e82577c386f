/* SPDX-License-Identifier: Apache-2.0 */
/* test_hosts.c - hosts(5) and resolv.conf(5), tidy and untidy. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include "helpers.h"

#include <unistd.h>

/* The one that the texts of addresses.h have. */
#define SYMFEED_NAME_SERVER_PORT 443

/* The port's, which need nothing of TLS. */
#include "../../../port/net/address.c"
#include "../../../port/system/descriptor.c"
#include "../../../port/system/file.c"
#include "../../../port/system/fnv.c"
#include "../../../port/net/hosts.c"
#include "../../../port/system/format.c"
#include "addresses.h"

static char file[] = "/tmp/symfeed-hosts-XXXXXX";

static int make_file(void **state)
{
    int descriptor = mkstemp(file);

    (void)state;
    return descriptor < 0 || close(descriptor) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file);
}

static void write_bytes(const char *text, size_t size)
{
    FILE *out = fopen(file, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

/* The addresses of a name. */
static const char *find(const char *name, size_t room)
{
    static char all[512];
    struct symfeed_address addresses[SYMFEED_ADDRESSES];
    size_t count;

    assert_true(symfeed_hosts_find(file, name, 443, addresses, room, &count));
    assert_true(count <= room);
    return list(addresses, count, all);
}

static const char *found_in(const char *text, const char *name)
{
    write_bytes(text, strlen(text));
    return find(name, SYMFEED_ADDRESSES);
}

/* --- hosts(5) ----------------------------------------------------------------------------- */

static void a_usual_file(void **state)
{
    static const char text[] = "# the machine itself\n"
                               "127.0.0.1\tlocalhost\n"
                               "::1       localhost ip6-localhost ip6-loopback\n"
                               "\n"
                               "10.0.0.5  bot.example bot # at home\n"
                               "  10.0.0.6  bot.example other\n";

    (void)state;
    assert_string_equal(found_in(text, "localhost"), "127.0.0.1 ::1");
    assert_string_equal(find("ip6-loopback", 8), "::1");
    assert_string_equal(find("bot.example", 8), "10.0.0.5 10.0.0.6");
    assert_string_equal(find("bot.example", 1), "10.0.0.5");
    assert_string_equal(find("bot.example", 0), "");
    assert_string_equal(find("bot", 8), "10.0.0.5");
    assert_string_equal(find("BOT.Example", 8), "10.0.0.5 10.0.0.6");
    assert_string_equal(find("bot.example.", 8), "10.0.0.5 10.0.0.6");
    assert_string_equal(find("bot.exampl", 8), "");
    assert_string_equal(find("ot.example", 8), "");
    assert_string_equal(find("at", 8), "");
    assert_string_equal(find("10.0.0.5", 8), "");
}

static void untidy_lines(void **state)
{
    (void)state;
    assert_string_equal(found_in("10.0.0.1 a\r\n10.0.0.2 a\r\n", "a"), "10.0.0.1 10.0.0.2");
    assert_string_equal(found_in("10.0.0.1 a", "a"), "10.0.0.1");
    assert_string_equal(found_in("\n\n \t\n10.0.0.1\ta\n", "a"), "10.0.0.1");
    assert_string_equal(found_in("10.0.0.1 a#b\n", "a"), "10.0.0.1");
    assert_string_equal(found_in("10.0.0.1 #a\na 10.0.0.1\n", "a"), "");
    assert_string_equal(found_in("10.0.0.1#\na\n", "a"), "");
    assert_string_equal(found_in("10.0.0.1\na a\n10.0.0.2 a\n", "a"), "10.0.0.2");
    assert_string_equal(found_in("10.0.0.1 a a a\n", "a"), "10.0.0.1");
    assert_string_equal(found_in("nonsense a\n10.0.0.300 a\n::1%nowhere a\n10.0.0.2 a\n", "a"),
                        "10.0.0.2");
    assert_string_equal(found_in("fe80::1%5 a\n", "a"), "fe80::1%5");
    assert_string_equal(found_in("", "a"), "");
    write_bytes("10.0.0.1 a\0b\n", 13);
    assert_string_equal(find("a", 8), "10.0.0.1");
    assert_string_equal(find("b", 8), "10.0.0.1");
}

static void the_ninth_address_is_not_taken(void **state)
{
    (void)state;
    assert_string_equal(found_in("10.0.0.1 a\n10.0.0.2 a\n10.0.0.3 a\n10.0.0.4 a\n10.0.0.5 a\n"
                                 "10.0.0.6 a\n10.0.0.7 a\n10.0.0.8 a\n10.0.0.9 a\n",
                                 "a"),
                        "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8");
}

/* A line of any length, and a word that no name can be. */
static void long_lines_and_words(void **state)
{
    static char text[70000];
    char name[SYMFEED_DNS_NAME_MAX + 1];
    size_t size = 0;

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (unsigned words = 0; words < 600; words++) {
        size += (size_t)sprintf(text + size, "%s word%u ", words == 0 ? "10.0.0.1" : "w", words);
    }
    size += (size_t)sprintf(text + size, "x%s %s\n10.0.0.2 ", name, name);
    memset(text + size, 'y', 50000);
    size += 50000;
    size += (size_t)sprintf(text + size, " z\n");
    write_bytes(text, size);
    assert_string_equal(find("word599", 8), "10.0.0.1");
    assert_string_equal(find(name, 8), "10.0.0.1");
    assert_string_equal(find("z", 8), "10.0.0.2");
    assert_string_equal(find("y", 8), "");
    assert_string_equal(find("w", 8), "10.0.0.1");
}

/* Whichever byte is the last of what is read at once. */
static void each_place_of_the_blocks_end(void **state)
{
    (void)state;
    for (size_t before = 200; before < 300; before++) {
        char text[400];

        memset(text, '#', before);
        (void)strcpy(text + before, "\n10.0.0.1 one two#\n10.0.0.2 two three\n");
        assert_string_equal(found_in(text, "two"), "10.0.0.1 10.0.0.2");
        assert_string_equal(find("three", 8), "10.0.0.2");
    }
}

/* "count: server server", of resolv.conf */
static const char *text_of(const struct symfeed_resolv_conf *conf)
{
    static char all[256];
    char servers[200];

    assert_in_range(conf->server_count, 1, SYMFEED_NAME_SERVERS);
    (void)sprintf(all, "%u: %s", conf->server_count,
                  list(conf->servers, conf->server_count, servers));
    return all;
}

static void without_the_file_nothing_is_known(void **state)
{
    static const char *const files[] = {"/nonexistent/file", "/tmp"};
    struct symfeed_address address;
    struct symfeed_resolv_conf conf;
    size_t count;

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        assert_false(symfeed_hosts_find(files[i], "a", 1, &address, 1, &count));
        assert_int_equal(count, 0);
        assert_false(symfeed_resolv_conf_read(files[i], &conf));
        assert_string_equal(text_of(&conf), "1: 127.0.0.1");
    }
}

/* --- resolv.conf(5) ----------------------------------------------------------------------- */

/* "dots: domain domain" */
static const char *search_of(const char *text)
{
    static char all[400];
    struct symfeed_resolv_conf conf;

    write_bytes(text, strlen(text));
    memset(&conf, 0x5a, sizeof conf);
    assert_true(symfeed_resolv_conf_read(file, &conf));
    (void)sprintf(all, "%u:", conf.dots);
    for (const char *at = conf.domains; *at != '\0'; at += strlen(at) + 1) {
        (void)strcat(strcat(all, " "), at);
    }
    return all;
}

static const char *conf_of(const char *text)
{
    static struct symfeed_resolv_conf conf;

    write_bytes(text, strlen(text));
    memset(&conf, 0x5a, sizeof conf);
    assert_true(symfeed_resolv_conf_read(file, &conf));
    return text_of(&conf);
}

static void name_servers(void **state)
{
    (void)state;
    assert_string_equal(conf_of(""), "1: 127.0.0.1");
    assert_string_equal(conf_of("nameserver 10.0.0.1\n"), "1: 10.0.0.1");
    assert_string_equal(conf_of("nameserver\t10.0.0.1 \r\nnameserver  ::1\r\n"), "2: 10.0.0.1 ::1");
    assert_string_equal(conf_of("nameserver fe80::1%2\nnameserver fe80::1%no-such\n"),
                        "1: fe80::1%2");
    assert_string_equal(conf_of("nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n"
                                "nameserver 10.0.0.4\n"),
                        "3: 10.0.0.1 10.0.0.2 10.0.0.3");
    assert_string_equal(conf_of("nameserver name.example\nnameserver\nnameserverx 10.0.0.1\n"
                                "#nameserver 10.0.0.2\n;nameserver 10.0.0.3\n"),
                        "1: 127.0.0.1");
}

static void search_lists(void **state)
{
    (void)state;
    assert_string_equal(search_of(""), "1:");
    assert_string_equal(search_of("nameserver 10.0.0.1\n"), "1:");
    assert_string_equal(search_of("search a.example b.example\nnameserver 10.0.0.1\n"),
                        "1: a.example b.example");
    assert_string_equal(search_of("domain a.example\n"), "1: a.example");
    assert_string_equal(search_of("search a.example b.example\nsearch c.example\n"),
                        "1: c.example");
    assert_string_equal(search_of("search a.example\ndomain c.example\n"), "1: c.example");
    assert_string_equal(search_of("#search a\n;search b\nsearchc d\n nameserver search e\n"), "1:");
    assert_string_equal(search_of("search a # b\nsearch\n"), "1:");
}

static void options(void **state)
{
    (void)state;
    assert_string_equal(search_of("options ndots:3 timeout:1\nsearch a\n"), "3: a");
    assert_string_equal(search_of("options rotate ndots:0\n"), "0:");
    assert_string_equal(search_of("options ndots:99999999999999999999\n"), "15:");
    assert_string_equal(search_of("options ndots:4294967297\n"), "15:");
    assert_string_equal(search_of("options ndots: ndots ndots:x\n"), "1:");
    assert_string_equal(search_of("ndots:3\nsearch options ndots:4\n"), "1: options ndots:4");
}

static void tries_and_transport(void **state)
{
    static const struct {
        const char *text;
        const char *expected; /* timeout, attempts; rotate, use-vc, edns0 */
    } cases[] = {
        {"", "5 2"},
        {"options timeout:7 attempts:4\n", "7 4"},
        {"options timeout:0 attempts:0\n", "1 1"},
        {"options timeout:31 attempts:6\n", "30 5"},
        {"options timeout:300 attempts:4294967297\n", "30 5"},
        {"options timeout: attempts:x timeout timeout:-1\n", "5 2"},
        {"options timeout:7\noptions attempts:1\n", "7 1"},
        {"options rotate\n", "5 2 rotate"},
        {"options use-vc edns0\n", "5 2 use-vc edns0"},
        {"options rotated use-vcs edns single-request no-tld-query\n", "5 2"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct symfeed_resolv_conf conf;
        char text[64];

        write_bytes(cases[i].text, strlen(cases[i].text));
        assert_true(symfeed_resolv_conf_read(file, &conf));
        (void)sprintf(text, "%u %u%s%s%s", conf.timeout, conf.attempts,
                      conf.rotate ? " rotate" : "", conf.stream ? " use-vc" : "",
                      conf.edns ? " edns0" : "");
        assert_string_equal(text, cases[i].expected);
    }
}

static void domains_that_do_not_fit_are_left_out(void **state)
{
    char text[1024] = "search ";
    char expected[400] = "1:";
    char domain[102];

    (void)state;
    memset(domain, 'd', 100);
    domain[100] = '\0';
    (void)strcat(strcat(strcat(text, domain), " "), domain);
    (void)strcat(strcat(strcat(text, " "), domain), " short.example\n");
    (void)strcat(strcat(strcat(strcat(expected, " "), domain), " "), domain);
    (void)strcat(expected, " short.example");
    assert_string_equal(search_of(text), expected);
}

/* The word is longer than any name; the ones before and behind it count. */
static void a_domain_that_is_no_name_is_left_out(void **state)
{
    char text[400] = "search a ";

    (void)state;
    memset(text + 9, 'd', 300);
    (void)strcpy(text + 309, " b\n");
    assert_string_equal(search_of(text), "1: a b");
}

/* 254 bytes, a NUL, and the one that ends the list. */
static void the_longest_list(void **state)
{
    char text[400] = "search ";

    (void)state;
    memset(text + 7, 'e', 253);
    (void)strcpy(text + 260, "\n");
    assert_int_equal(strlen(search_of(text)), 3 + 253);
    (void)strcpy(text + 260, " f\n");
    assert_int_equal(strlen(search_of(text)), 3 + 253);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_usual_file),
        cmocka_unit_test(untidy_lines),
        cmocka_unit_test(the_ninth_address_is_not_taken),
        cmocka_unit_test(long_lines_and_words),
        cmocka_unit_test(each_place_of_the_blocks_end),
        cmocka_unit_test(without_the_file_nothing_is_known),
        cmocka_unit_test(name_servers),
        cmocka_unit_test(search_lists),
        cmocka_unit_test(options),
        cmocka_unit_test(tries_and_transport),
        cmocka_unit_test(domains_that_do_not_fit_are_left_out),
        cmocka_unit_test(a_domain_that_is_no_name_is_left_out),
        cmocka_unit_test(the_longest_list),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
