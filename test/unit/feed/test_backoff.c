/* SPDX-License-Identifier: Apache-2.0 */
/* test_backoff.c - waits after failures, what is met at once, times that are ahead or past. */
#include "helpers.h"

#include "feed/backoff.h"
#include "symfeed_port.h"

/* --- backoff ------------------------------------------------------------------------------ */

static void waits_double_up_to_the_longest(void **state)
{
    static const uint32_t steps[] = {500, 1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000};
    struct backoff backoff = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        assert_int_equal(symfeed_backoff_next(&backoff, 500, 20000, 0), steps[i]);
    }
    backoff.step = 0;
    assert_int_equal(symfeed_backoff_next(&backoff, 500, 20000, 0), 500);
}

/* Each wait that this step can have is there, and no other. */
static void lies_between(uint32_t step, uint32_t low, uint32_t high)
{
    uint32_t random = 3;
    bool is_low = false;
    bool is_high = false;

    for (unsigned i = 0; i < 20000; i++) {
        struct backoff backoff = {step, 0};
        uint32_t wait = symfeed_backoff_next(&backoff, 501, 20000, next_random(&random));

        assert_in_range(wait, low, high);
        is_low = is_low || wait == low;
        is_high = is_high || wait == high;
    }
    assert_true(is_low && is_high);
}

static void the_first_wait_is_up_to_the_step_and_each_other_half_to_all_of_it(void **state)
{
    (void)state;
    lies_between(0, 1, 501); /* 0 would be a try at once */
    lies_between(1, 251, 501);
    lies_between(1002, 501, 1002);
}

static void the_least_step_counts_from_now_on(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    assert_int_equal(symfeed_backoff_next(&backoff, 500, 300000, 0), 500);
    assert_int_equal(symfeed_backoff_next(&backoff, 5000, 300000, 0), 5000);
    assert_int_equal(symfeed_backoff_next(&backoff, 500, 300000, 0), 10000);
    assert_int_equal(symfeed_backoff_next(&backoff, 500, 300000, 0), 20000);
}

static void the_ends_of_the_range_do_not_overflow(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    assert_int_equal(symfeed_backoff_next(&backoff, 5000, 1000, 0), 1000);
    assert_int_equal(symfeed_backoff_next(&backoff, 5000, 1000, UINT32_MAX),
                     1000 - UINT32_MAX % 501);
    backoff.step = 0;
    assert_int_equal(symfeed_backoff_next(&backoff, 1, 1, 77), 1);
    assert_int_equal(symfeed_backoff_next(&backoff, 1, 1, 77), 1);
    backoff.step = 0;
    assert_int_equal(symfeed_backoff_next(&backoff, 0, 0, 77), 0);
    backoff.step = 0x80000000u;
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), 0x80000000u);
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), UINT32_MAX);
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), UINT32_MAX);
}

static void at_once_is_granted_four_times_and_then_once_in_a_period(void **state)
{
    struct allowance allowance = {0, 0};
    uint32_t now = UINT32_MAX - 2000; /* the clock wraps */
    unsigned granted = 0;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        assert_true(symfeed_backoff_allows(&allowance, now, 5000));
    }
    assert_false(symfeed_backoff_allows(&allowance, now, 5000));
    assert_false(symfeed_backoff_allows(&allowance, now + 4999, 5000));
    assert_true(symfeed_backoff_allows(&allowance, now + 5000, 5000));
    assert_false(symfeed_backoff_allows(&allowance, now + 5000, 5000));
    for (unsigned i = 1; i <= 100000; i += 100) {
        granted += symfeed_backoff_allows(&allowance, now + 5000 + i, 5000) ? 1 : 0;
    }
    assert_in_range(granted, 18, 20);
    now += 1000000;
    for (unsigned i = 0; i < 4; i++) {
        assert_true(symfeed_backoff_allows(&allowance, now, 5000));
    }
    assert_false(symfeed_backoff_allows(&allowance, now, 5000));
}

/* --- times -------------------------------------------------------------------------------- */

#define DAY_MS 86400000u

/* Around each place where a number of 32 bits could be misread. */
static void a_time_is_ahead_for_a_day_and_past_for_48_days_wherever_the_clock_stands(void **state)
{
    static const uint32_t clocks[] = {0, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu};
    static const uint32_t shifts[] = {0, 1, 2, 1000, DAY_MS, DAY_MS + 1};

    (void)state;
    for (size_t i = 0; i < COUNT(clocks) * COUNT(shifts) * 2; i++) {
        uint32_t shift = shifts[i / 2 % COUNT(shifts)];
        uint32_t now = clocks[i / 2 / COUNT(shifts)] + (i % 2 == 0 ? shift : 0u - shift);

        assert_int_equal(symfeed_time_left(now, now), 0);
        assert_int_equal(symfeed_time_left(now + 1, now), 1);
        assert_int_equal(symfeed_time_left(now + DAY_MS, now), DAY_MS);
        assert_int_equal(symfeed_time_left(now + SYMFEED_TIME_AHEAD - 1, now),
                         SYMFEED_TIME_AHEAD - 1);
        assert_int_equal(symfeed_time_left(now - 1, now), 0);
        assert_int_equal(symfeed_time_left(now - 24 * DAY_MS, now), 0);
        assert_int_equal(symfeed_time_left(now - 25 * DAY_MS, now), 0); /* beyond 2^31 */
        assert_int_equal(symfeed_time_left(now - 48 * DAY_MS, now), 0);
        assert_int_equal(symfeed_time_left(now + SYMFEED_TIME_AHEAD, now), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_once_is_granted_four_times_and_then_once_in_a_period),
        cmocka_unit_test(waits_double_up_to_the_longest),
        cmocka_unit_test(the_first_wait_is_up_to_the_step_and_each_other_half_to_all_of_it),
        cmocka_unit_test(the_least_step_counts_from_now_on),
        cmocka_unit_test(the_ends_of_the_range_do_not_overflow),
        cmocka_unit_test(a_time_is_ahead_for_a_day_and_past_for_48_days_wherever_the_clock_stands),
    };

    return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
