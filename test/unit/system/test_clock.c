/* SPDX-License-Identifier: Apache-2.0 */
/* test_clock.c - the port's clocks: what they do while the system sleeps, and where one is missing.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "helpers.h"

#include <time.h>

/* The system's clocks as a test sets them. */
static struct timespec boot_time;
static struct timespec monotonic;
static struct timespec real_time;
static bool has_boot_time;

static int read_clock(clockid_t clock, struct timespec *out)
{
    if (clock == CLOCK_REALTIME) {
        *out = real_time;
    } else if (clock == CLOCK_MONOTONIC) {
        *out = monotonic;
    } else if (has_boot_time) {
        *out = boot_time;
    } else {
        return -1;
    }
    return 0;
}

#define clock_gettime read_clock
#include "../../../port/system/clock.c"

static void the_monotonic_clock_goes_on_while_the_system_sleeps(void **state)
{
    uint32_t before = 0;

    (void)state;
#ifndef CLOCK_BOOTTIME
    skip();
#endif
    has_boot_time = true;
    monotonic.tv_sec = 100;
    boot_time.tv_sec = 100;
    before = symfeed_clock_now();
    boot_time.tv_sec += 3600;
    boot_time.tv_nsec = 5000000;
    monotonic.tv_sec += 1;
    assert_int_equal(symfeed_clock_now() - before, 3600005);
}

static void without_that_clock_it_is_the_one_that_stands_still(void **state)
{
    uint32_t before = 0;

    (void)state;
    has_boot_time = false;
    monotonic.tv_sec = 4294967; /* a little before 2^32 ms */
    monotonic.tv_nsec = 0;
    before = symfeed_clock_now();
    monotonic.tv_sec += 2;
    assert_int_equal(symfeed_clock_now() - before, 2000);
    assert_true(symfeed_clock_now() < before);
}

static void a_date_before_the_build_is_no_date(void **state)
{
    (void)state;
    real_time.tv_sec = 0;
    assert_int_equal(symfeed_clock_wall(), 0);
    real_time.tv_sec = (time_t)SYMFEED_BUILD_EPOCH - 1;
    assert_int_equal(symfeed_clock_wall(), 0);
    real_time.tv_sec = (time_t)SYMFEED_BUILD_EPOCH;
    assert_int_equal(symfeed_clock_wall(), SYMFEED_BUILD_EPOCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_monotonic_clock_goes_on_while_the_system_sleeps),
        cmocka_unit_test(without_that_clock_it_is_the_one_that_stands_still),
        cmocka_unit_test(a_date_before_the_build_is_no_date),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
