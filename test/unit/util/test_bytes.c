/* SPDX-License-Identifier: Apache-2.0 */
/* test_bytes.c - bytes and numbers. */
#include "helpers.h"

#include "util/bytes.h"
#include "symfeed_port.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_numbers_have_up_to_64_bits),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(words_are_told_whatever_their_case),
        cmocka_unit_test(wiped_memory_is_zero_and_no_more_of_it),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
