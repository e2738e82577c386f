/* SPDX-License-Identifier: Apache-2.0 */
/* test_bytes.c - bytes and numbers, log lines. */
#include "helpers.h"

#include "util/bytes.h"
#include "util/note.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_numbers_have_up_to_64_bits),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(words_are_told_whatever_their_case),
        cmocka_unit_test(wiped_memory_is_zero_and_no_more_of_it),
#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0
        cmocka_unit_test(a_note_is_put_together),
        cmocka_unit_test(a_note_is_never_longer_than_the_line),
        cmocka_unit_test(without_a_log_a_note_goes_nowhere),
#endif
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
