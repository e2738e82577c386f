/* SPDX-License-Identifier: Apache-2.0 */
/* test_small.c - waits after failures, bytes and numbers, log lines, times. */
#include "helpers.h"

#include "backoff.h"
#include "bytes.h"
#include "note.h"
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

static void waits_lie_between_half_and_all_of_the_step(void **state)
{
    uint32_t random = 3;
    bool low = false;
    bool high = false;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct backoff backoff = {0};
        uint32_t wait = symfeed_backoff_next(&backoff, 501, 20000, next_random(&random));

        assert_in_range(wait, 251, 501);
        low = low || wait == 251;
        high = high || wait == 501;
    }
    assert_true(low && high);
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
    backoff.step = 0;
    assert_int_equal(symfeed_backoff_next(&backoff, 0, 0, 77), 0);
    backoff.step = 0x80000000u;
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), 0x80000000u);
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), UINT32_MAX);
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), UINT32_MAX);
}

/* --- bytes -------------------------------------------------------------------------------- */

static void decimal_numbers_have_up_to_64_bits(void **state)
{
    uint64_t number = 0;

    (void)state;
    assert_true(symfeed_bytes_decimal("0", 1, &number) && number == 0);
    assert_true(symfeed_bytes_decimal("0012x", 4, &number) && number == 12);
    assert_true(symfeed_bytes_decimal("18446744073709551615", 20, &number) && number == UINT64_MAX);
    assert_false(symfeed_bytes_decimal("18446744073709551616", 20, &number));
    assert_false(symfeed_bytes_decimal("18446744073709551620", 20, &number));
    assert_false(symfeed_bytes_decimal("184467440737095516150", 21, &number));
    assert_false(symfeed_bytes_decimal("", 0, &number));
    assert_false(symfeed_bytes_decimal("-1", 2, &number));
    assert_false(symfeed_bytes_decimal("1:", 2, &number));
    assert_false(symfeed_bytes_decimal("1/", 2, &number));
    assert_false(symfeed_bytes_decimal("1\xB1", 2, &number));
}

static void numbers_are_written_in_decimal(void **state)
{
    static const struct {
        uint32_t number;
        const char *digits;
    } rows[] = {
        {0, "0"},
        {1, "1"},
        {9, "9"},
        {10, "10"},
        {99, "99"},
        {100, "100"},
        {1000000000, "1000000000"},
        {UINT32_MAX, "4294967295"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[SYMFEED_DIGITS + 1];

        memset(out, 'x', sizeof out);
        assert_int_equal(symfeed_bytes_digits(rows[i].number, out), strlen(rows[i].digits));
        assert_memory_equal(out, rows[i].digits, strlen(rows[i].digits));
        assert_int_equal(out[strlen(rows[i].digits)], 'x');
    }
}

static void words_are_told_whatever_their_case(void **state)
{
    (void)state;
    assert_true(symfeed_bytes_is_word("Close", 5, "close"));
    assert_true(symfeed_bytes_is_word("CLOSEx", 5, "close"));
    assert_true(symfeed_bytes_is_word("", 0, ""));
    assert_true(symfeed_bytes_is_word("KEEP-ALIVE", 10, "keep-alive"));
    assert_false(symfeed_bytes_is_word("clos", 4, "close"));
    assert_false(symfeed_bytes_is_word("closed", 6, "close"));
    assert_false(symfeed_bytes_is_word("", 0, "close"));
    assert_false(symfeed_bytes_is_word("close", 5, ""));
    assert_false(symfeed_bytes_is_word("keep\ralive", 10, "keep-alive")); /* '-' - 32 */
    assert_false(symfeed_bytes_is_word("@", 1, "`"));
    assert_false(symfeed_bytes_is_word("[", 1, "{"));
}

static void wiped_memory_is_zero_and_no_more_of_it(void **state)
{
    unsigned char memory[12];

    (void)state;
    memset(memory, 7, sizeof memory);
    symfeed_bytes_wipe(memory + 1, 10);
    assert_int_equal(memory[0], 7);
    for (size_t i = 1; i < 11; i++) {
        assert_int_equal(memory[i], 0);
    }
    assert_int_equal(memory[11], 7);
    symfeed_bytes_wipe(memory, 0);
    assert_int_equal(memory[0], 7);
}

/* --- notes -------------------------------------------------------------------------------- */

#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0

struct seen {
    unsigned count;
    enum symfeed_level level;
    char text[SYMFEED_NOTE_SIZE + 1];
};

static void see(void *context, enum symfeed_level level, const char *text)
{
    struct seen *seen = (struct seen *)context;

    seen->count++;
    seen->level = level;
    assert_true(strlen(text) < SYMFEED_NOTE_SIZE);
    memcpy(seen->text, text, strlen(text) + 1);
}

static void a_note_is_put_together(void **state)
{
    struct seen seen;
    struct symfeed_port port;
    struct note note;

    (void)state;
    memset(&seen, 0, sizeof seen);
    memset(&port, 0, sizeof port);
    port.context = &seen;
    port.log = see;
    symfeed_note_begin(&note, "read: ");
    symfeed_note_number(&note, 0);
    symfeed_note_text(&note, ", ");
    symfeed_note_number(&note, 4294967295u);
    symfeed_note_text(&note, ", ");
    symfeed_note_seconds(&note, 0);
    symfeed_note_text(&note, ", ");
    symfeed_note_seconds(&note, 999);
    symfeed_note_text(&note, ", ");
    symfeed_note_seconds(&note, 61540);
    symfeed_note_text(&note, "");
    symfeed_note_log(&note, &port, SYMFEED_LOG_WARNING);
    assert_string_equal(seen.text, "read: 0, 4294967295, 0.0 s, 0.9 s, 61.5 s");
    assert_int_equal(seen.level, SYMFEED_LOG_WARNING);
    assert_int_equal(seen.count, 1);
}

static void a_note_is_never_longer_than_the_line(void **state)
{
    struct seen seen;
    struct symfeed_port port;
    struct note note;
    char expected[SYMFEED_NOTE_SIZE];

    (void)state;
    memset(&seen, 0, sizeof seen);
    memset(&port, 0, sizeof port);
    port.context = &seen;
    port.log = see;
    symfeed_note_begin(&note, "");
    for (unsigned i = 0; i < 50; i++) {
        symfeed_note_text(&note, "abcdefg");
        symfeed_note_number(&note, 7);
    }
    symfeed_note_log(&note, &port, SYMFEED_LOG_DEBUG);
    for (size_t i = 0; i < sizeof expected - 1; i++) {
        expected[i] = "abcdefg7"[i % 8];
    }
    expected[sizeof expected - 1] = '\0';
    assert_string_equal(seen.text, expected);
}

static void without_a_log_a_note_goes_nowhere(void **state)
{
    struct symfeed_port port;
    struct note note;

    (void)state;
    memset(&port, 0, sizeof port);
    symfeed_note_begin(&note, "x");
    symfeed_note_log(&note, &port, SYMFEED_LOG_ERROR);
    assert_string_equal(note.text, "x");
}

#endif

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
        cmocka_unit_test(waits_lie_between_half_and_all_of_the_step),
        cmocka_unit_test(the_least_step_counts_from_now_on),
        cmocka_unit_test(the_ends_of_the_range_do_not_overflow),
        cmocka_unit_test(decimal_numbers_have_up_to_64_bits),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(words_are_told_whatever_their_case),
        cmocka_unit_test(wiped_memory_is_zero_and_no_more_of_it),
        cmocka_unit_test(a_time_is_ahead_for_a_day_and_past_for_48_days_wherever_the_clock_stands),
#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0
        cmocka_unit_test(a_note_is_put_together),
        cmocka_unit_test(a_note_is_never_longer_than_the_line),
        cmocka_unit_test(without_a_log_a_note_goes_nowhere),
#endif
    };

    return cmocka_run_group_tests_name("small", tests, NULL, NULL);
}
