/* SPDX-License-Identifier: Apache-2.0 */
/* test_words.c - lines for people, and dates, made without stdio. */
#include "helpers.h"

#include <limits.h>
#include <stdio.h>

/* The port's, which needs nothing of TLS. */
#include "../../../port/system/format.c"

/* What the format gives in each size there can be: never a byte behind it, always its end. */
#define HOLDS(wanted, ...)                                                                         \
    do {                                                                                           \
        char out_[128];                                                                            \
        const size_t whole_ = strlen(wanted);                                                      \
                                                                                                   \
        for (size_t size_ = 0; size_ < sizeof out_; size_++) {                                     \
            const size_t fits_ = size_ == 0 ? 0 : size_ <= whole_ ? size_ - 1 : whole_;            \
                                                                                                   \
            memset(out_, '#', sizeof out_);                                                        \
            assert_int_equal(symfeed_format(out_, size_, __VA_ARGS__), fits_);                     \
            assert_memory_equal(out_, wanted, fits_);                                              \
            assert_int_equal(out_[fits_], size_ == 0 ? '#' : '\0');                                \
            assert_int_equal(out_[fits_ + 1], '#');                                                \
        }                                                                                          \
    } while (0)

static void texts_are_put_one_behind_the_other(void **state)
{
    (void)state;
    HOLDS("", "%s", "");
    HOLDS("a", "a");
    HOLDS("key file bot.key: it is a directory", "%s file %s: %s", "key", "bot.key",
          "it is a directory");
    HOLDS("one", "%s%s%s", "", "one", "");
}

static void a_part_may_be_bounded_and_needs_no_end_then(void **state)
{
    static const char bytes[3] = {'a', 'b', 'c'};

    (void)state;
    HOLDS("<abc>", "<%.*s>", 3, bytes);
    HOLDS("<ab>", "<%.*s>", 2, bytes);
    HOLDS("<>", "<%.*s>", 0, bytes);
    HOLDS("<ab>", "<%.*s>", INT_MAX, "ab");
}

static void numbers_have_all_their_digits_and_as_many_as_asked_for(void **state)
{
    (void)state;
    HOLDS("0", "%u", 0u);
    HOLDS("10 and 4294967295", "%u and %u", 10u, UINT_MAX);
    HOLDS("0", "%llu", 0ull);
    HOLDS("18446744073709551615", "%llu", ULLONG_MAX);
    HOLDS("4294967296,", "%llu,", 4294967296ull);
    HOLDS("-0x7780", "-0x%04X", 0x7780u);
    HOLDS("-0x004C", "-0x%04X", 0x4cu);
    HOLDS("DEADBEEF", "%04X", 0xdeadbeefu);
    HOLDS("fe80:0", "%x:%x", 0xfe80u, 0u);
    HOLDS("0", "%X", 0u);
    HOLDS("07 12 123 000000009", "%02u %02u %02u %09u", 7u, 12u, 123u, 9u);
}

static void what_follows_a_text_that_does_not_fit_is_left_out_as_well(void **state)
{
    char out[8];

    (void)state;
    assert_int_equal(symfeed_format(out, sizeof out, "%s%u", "too long for it", 77u), 7);
    assert_string_equal(out, "too lon");
}

/* --- dates -------------------------------------------------------------------------------- */

static void assert_time(uint64_t seconds, const char *wanted)
{
    char out[SYMFEED_FORMAT_TIME_SIZE];

    symfeed_format_time(out, seconds, "T");
    assert_string_equal(out, wanted);
}

static void dates_are_those_of_the_gregorian_calendar(void **state)
{
    (void)state;
    assert_time(0, "1970-01-01T00:00:00");
    assert_time(86399, "1970-01-01T23:59:59");
    assert_time(951782399, "2000-02-28T23:59:59");
    assert_time(951782400, "2000-02-29T00:00:00");
    assert_time(951868800, "2000-03-01T00:00:00");
    assert_time(1735689599, "2024-12-31T23:59:59");
    assert_time(4107542400, "2100-03-01T00:00:00");
    assert_time(4294967296, "2106-02-07T06:28:16");
    assert_time(253402300799, "9999-12-31T23:59:59");
}

/* Against a calendar that counts day by day. */
static void no_day_of_500_years_is_another(void **state)
{
    static const unsigned char lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t seconds = 43200;

    (void)state;
    for (unsigned year = 1970; year < 2470; year++) {
        const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (unsigned month = 1; month <= 12; month++) {
            const unsigned length = lengths[month - 1] + (month == 2 && leap ? 1u : 0u);

            for (unsigned day = 1; day <= length; day++, seconds += 86400) {
                char out[SYMFEED_FORMAT_TIME_SIZE];
                char wanted[32];

                (void)snprintf(wanted, sizeof wanted, "%04u-%02u-%02u 12:00:00", year, month, day);
                symfeed_format_time(out, seconds, " ");
                assert_string_equal(out, wanted);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_put_one_behind_the_other),
        cmocka_unit_test(a_part_may_be_bounded_and_needs_no_end_then),
        cmocka_unit_test(numbers_have_all_their_digits_and_as_many_as_asked_for),
        cmocka_unit_test(what_follows_a_text_that_does_not_fit_is_left_out_as_well),
        cmocka_unit_test(dates_are_those_of_the_gregorian_calendar),
        cmocka_unit_test(no_day_of_500_years_is_another),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
