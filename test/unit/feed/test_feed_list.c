/* SPDX-License-Identifier: Apache-2.0 */
/* test_feed_list.c - which feed ids may be used; what a token may be made of. */
#include "helpers.h"

#include "feed/feed_list.h"
#include "feed/session.h"

static void a_token_is_printable_ascii_with_an_end(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool good;
    } rows[] = {
        {"", 1, true},       {"a", 2, true},      {"!~", 3, true},         {"a.b-c_d", 8, true},
        {"a\0 \n", 5, true}, {"a", 1, false},     {"", 0, false},          {" a", 3, false},
        {"a ", 3, false},    {"a b", 4, false},   {"a\r\nX: y", 8, false}, {"a\t", 3, false},
        {"a\x7F", 3, false}, {"a\x1F", 3, false}, {"a\x80", 3, false},     {"\xC3\xA9", 3, false},
        {"\xFF", 2, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *block = (char *)malloc(rows[i].size > 0 ? rows[i].size : 1);

        assert_non_null(block);
        memcpy(block, rows[i].bytes, rows[i].size);
        if (symfeed_session_is_token(block, rows[i].size) != rows[i].good) {
            fail_msg("row %u", (unsigned)i);
        }
        free(block);
    }
}

/* --- ids ---------------------------------------------------------------------------------- */

static void fan_out_feeds_are_told_by_their_id(void **state)
{
    static const char *const good[] = {
        "a_f",        "a_f_b", "2c2e8bb339c5da5711b55e32ba7c4687_f_1",
        "A-b+c/d=_f", "a_f_p", "\xC3\xA9_f",
        "f_f_f",      "x_f_f", "!_f_!"};
    static const char *const bad[] = {
        "",       "a",      "_f",       "a_",      "a_g",    "a_ff", "af",    "a_fb",  "a_f_",
        "a_f__b", "a__f",   "a_b_f",    "a_f_b_c", "a_f_b_", "a_p",  "a_p_b", "a b_f", " a_f",
        "a_f ",   "a_f_b ", "a_f_b\tc", "a\n_f",   "_",      "__f",  "a_F",   "a_f b"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(symfeed_feed_list_is_fanout(good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (symfeed_feed_list_is_fanout(bad[i])) {
            fail_msg("%s", bad[i]);
        }
    }
}

static void datahose_feeds_are_told_by_their_id(void **state)
{
    static const char *const good[] = {"a_p",   "a_p_b", "_p",     "_p_",
                                       "a_b_p", "a_f_p", "a__p_c", "_p_p"};
    static const char *const bad[] = {"",     "a",    "p",   "a_", "a_f",
                                      "a_pp", "a_px", "ap_", "_P", "a_f_b"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(symfeed_feed_list_is_datahose(good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(symfeed_feed_list_is_datahose(bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_printable_ascii_with_an_end),
        cmocka_unit_test(fan_out_feeds_are_told_by_their_id),
        cmocka_unit_test(datahose_feeds_are_told_by_their_id),
    };

    return cmocka_run_group_tests_name("feed_list", tests, NULL, NULL);
}
