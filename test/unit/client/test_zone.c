/* SPDX-License-Identifier: Apache-2.0 */
/* test_zone.c - local time of the client, against that of the C library. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "helpers.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The client's, which needs nothing but the system. */
#include "../../../examples/symfeed/zone.c"

static void use(const char *name)
{
    assert_int_equal(name == NULL ? unsetenv("TZ") : setenv("TZ", name, 1), 0);
    tzset();
}

static int64_t ahead(int64_t seconds)
{
    struct zone zone = {0};

    return zone_local(&zone, seconds) - seconds;
}

/* --- what is written in TZ ---------------------------------------------------------------- */

static void rules_of_posix_are_understood(void **state)
{
    (void)state;
    use("UTC0");
    assert_int_equal(ahead(1), 0);
    use("XXX-5:30");
    assert_int_equal(ahead(1735689600), 19800);
    use("<+0545>-5:45:30");
    assert_int_equal(ahead(1735689600), 20730);
    use("EST+5");
    assert_int_equal(ahead(1735689600), -18000);
    use("CET-1CEST,M3.5.0,M10.5.0/3");
    assert_int_equal(ahead(1743296399), 3600); /* 2025-03-30 00:59:59 UTC */
    assert_int_equal(ahead(1743296400), 7200);
    assert_int_equal(ahead(1761440399), 7200); /* 2025-10-26 00:59:59 UTC */
    assert_int_equal(ahead(1761440400), 3600);
}

static void what_is_no_zone_is_utc(void **state)
{
    static const char *const names[] = {"",
                                        ":",
                                        "UTC",
                                        "No/Such_Zone",
                                        "/no/such/file",
                                        "/dev/null",
                                        "/dev/zero",
                                        "/",
                                        "AB-1",
                                        "ABC",
                                        "ABC-",
                                        "ABC-x",
                                        "ABC-1DEF,",
                                        "ABC-1DEF,M3",
                                        "ABC-1DEF,J400",
                                        "ABC-1DEF,M3.5.0",
                                        "<AB-1",
                                        "ABC-999",
                                        "ABC-1DEF,M13.1.0,M1.1.0",
                                        "ABC-1DEF,M3.6.0,M10.1.0",
                                        "ABC-1DEF,M3.0.0,M10.1.0",
                                        "ABC-1DEF,M3.1.7,M10.1.0",
                                        "ABC-1DEF,M0.1.0,M10.1.0",
                                        "ABC-1DEF,M3.1.0,M10.1.0x"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        use(names[i]);
        if (ahead(1752000000) != 0) {
            fail_msg("TZ=%s is not UTC", names[i]);
        }
    }
}

/* As the library has it, at each change and between the changes, in steps that meet any time of the
 * day. */
static void as_the_library(const char *name)
{
    const int64_t end = sizeof(time_t) > 4 ? 4300000000 : 2147483647; /* 2100 has no leap day */
    struct zone zone = {0};

    use(name);
    for (int64_t seconds = 1; seconds < end; seconds += 321017 * TEST_STRIDE) {
        const time_t time = (time_t)seconds;
        char wanted[40];
        char found[40];
        struct tm parts;
        time_t moved = (time_t)zone_local(&zone, seconds);

        assert_non_null(localtime_r(&time, &parts));
        assert_true(strftime(wanted, sizeof wanted, "%Y-%m-%d %H:%M:%S", &parts) > 0);
        assert_non_null(gmtime_r(&moved, &parts));
        assert_true(strftime(found, sizeof found, "%Y-%m-%d %H:%M:%S", &parts) > 0);
        if (strcmp(found, wanted) != 0) {
            fail_msg("TZ=%s: %lld is %s, the library says %s", name == NULL ? "" : name,
                     (long long)seconds, found, wanted);
        }
    }
}

static void rules_are_those_of_the_library(void **state)
{
    static const char *const names[] = {
        "CET-1CEST,M3.5.0,M10.5.0/3",  "EST5EDT,M3.2.0,M11.1.0",
        "NZST-12NZDT,M9.5.0,M4.1.0/3", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
        "AAA4BBB,J60/0,J300/24",       "AAA4BBB,59,299/2:30:15",
        "IST-1GMT0,M10.5.0,M3.5.0/1",  "AAA-10BBB-10:30,M10.1.6,M4.1.5"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        as_the_library(names[i]);
    }
}

/* Where the system has these files; where it has not, both sides say UTC. */
static void zones_of_the_system_are_those_of_the_library(void **state)
{
    static const char *const names[] = {
        "Europe/Berlin",    ":Europe/Dublin",      "America/New_York",  "America/Sao_Paulo",
        "Asia/Kathmandu",   "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia",
        "Pacific/Auckland", "Asia/Tokyo",          "America/Godthab",   "Asia/Gaza"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        as_the_library(names[i]);
    }
    as_the_library(NULL);
}

/* --- files -------------------------------------------------------------------------------- */

/* A file of two blocks, the first of them empty: until 1000 an hour ahead, then two, from 2000000
 * on three, and after that by the rule behind it. */
static const unsigned char two_changes[] =
    "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0"
    "\0\0\0\0"
    "\0\0\0\0"
    "\0\0\0\2"
    "\0\0\0\3"
    "\0\0\0\4"
    "\0\0\0\0\0\0\3\xe8"
    "\0\0\0\0\0\x1e\x84\x80"
    "\1\2"
    "\0\0\x0e\x10\0\0"
    "\0\0\x1c\x20\0\0"
    "\0\0\x2a\x30\0\0"
    "ABC\0"
    "\nXXX-3YYY-4,J40/0,J50/0\n";

static void write_zone(const char *file, const unsigned char *bytes, size_t size)
{
    FILE *out = fopen(file, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

static void a_file_of_a_zone_is_read(void **state)
{
    char file[] = "/tmp/symfeed-zone-XXXXXX";
    const int descriptor = mkstemp(file);
    struct zone zone = {0};

    (void)state;
    assert_true(descriptor >= 0);
    assert_int_equal(close(descriptor), 0);
    write_zone(file, two_changes, sizeof two_changes - 1);
    use(file);
    assert_int_equal(ahead(1), 3600);
    assert_int_equal(ahead(999), 3600);
    assert_int_equal(ahead(1000), 7200);
    assert_int_equal(ahead(1999999), 7200);
    assert_int_equal(ahead(2000000), 10800);
    assert_int_equal(ahead(39 * 86400 - 10801), 10800); /* the 40th day begins at 00:00 */
    assert_int_equal(ahead(39 * 86400 - 10800), 14400);

    /* What is known is not looked for again, within what it holds for. */
    assert_int_equal(zone_local(&zone, 5000), 12200);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(zone_local(&zone, 1000), 8200);
    assert_int_equal(zone_local(&zone, 1999999), 2007199);
    assert_int_equal(zone_local(&zone, 2000000), 2000000);
}

/* Cut anywhere, or with any byte of it another one: it ends, and within its memory. */
static void a_damaged_file_does_no_harm(void **state)
{
    char file[] = "/tmp/symfeed-zone-XXXXXX";
    const int descriptor = mkstemp(file);
    unsigned char bytes[sizeof two_changes];

    (void)state;
    assert_true(descriptor >= 0);
    assert_int_equal(close(descriptor), 0);
    use(file);
    for (size_t i = 0; i < sizeof two_changes - 1; i++) {
        memcpy(bytes, two_changes, sizeof bytes);
        write_zone(file, bytes, i);
        (void)ahead(1500);
        (void)ahead(50000000);
        bytes[i] ^= 0xff;
        write_zone(file, bytes, sizeof bytes - 1);
        (void)ahead(1500);
        (void)ahead(50000000);
    }
    assert_int_equal(unlink(file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_posix_are_understood),
        cmocka_unit_test(what_is_no_zone_is_utc),
        cmocka_unit_test(rules_are_those_of_the_library),
        cmocka_unit_test(zones_of_the_system_are_those_of_the_library),
        cmocka_unit_test(a_file_of_a_zone_is_read),
        cmocka_unit_test(a_damaged_file_does_no_harm),
    };

    return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
