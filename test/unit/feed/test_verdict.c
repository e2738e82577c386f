/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_verdict.c - what each status means for each call, what the log says about it, what a token
 * may be made of, and which feed ids may be used.
 */
#include "helpers.h"

#include "feed/verdict.h"

/* In the order of enum symfeed_call. */
static const enum symfeed_call calls[] = {SYMFEED_CALL_LIST,    SYMFEED_CALL_CREATE,        SYMFEED_CALL_READ,        SYMFEED_CALL_DELETE,
                                  SYMFEED_CALL_EVENTS,  SYMFEED_CALL_LEGACY_CREATE, SYMFEED_CALL_LEGACY_READ, SYMFEED_CALL_HEALTH,
                                  SYMFEED_CALL_VERSION, SYMFEED_CALL_SESSION,       SYMFEED_CALL_INFO,        SYMFEED_CALL_KEY};

static void every_2xx_is_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        for (unsigned status = 200; status <= 299; status++) {
            assert_int_equal(symfeed_verdict(calls[i], status), VERDICT_GOOD);
        }
    }
}

/* Does this build make the call? */
static bool is_made(enum symfeed_call call)
{
    switch (call) {
    case SYMFEED_CALL_EVENTS: return SYMFEED_DATAHOSE;
    case SYMFEED_CALL_LEGACY_CREATE:
    case SYMFEED_CALL_LEGACY_READ: return SYMFEED_LEGACY;
    case SYMFEED_CALL_HEALTH:
    case SYMFEED_CALL_VERSION: return SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE;
    case SYMFEED_CALL_SESSION:
    case SYMFEED_CALL_INFO:
    case SYMFEED_CALL_KEY: return SYMFEED_SIGN_IN;
    default: return true;
    }
}

static void each_failure_has_its_verdict(void **state)
{
    /* list, create, read, delete, datahose read, legacy create, legacy read, health, agent version,
     * sign-in, agent version, key manager sign-in: A again, F full, G gone, O good, S slow,
     * U unauthorized */
    static const char letters[] = "AFGOSU";
    static const enum verdict verdicts[] = {VERDICT_AGAIN, VERDICT_FULL, VERDICT_GONE,
                                            VERDICT_GOOD,  VERDICT_SLOW, VERDICT_UNAUTHORIZED};
    static const struct {
        unsigned status;
        const char *of;
    } rows[] = {
        {300, "SSSSSSSSSSSS"}, {302, "SSSSSSSSSSSS"}, {399, "SSSSSSSSSSSS"}, {400, "SSGSGSGSSSSS"},
        {401, "UUUUUUUUUUUU"}, {403, "SFSSSSSSSSSS"}, {404, "SSGSGSGSSSSS"}, {405, "SSSSSSSSSSSS"},
        {408, "AAAAAAAAAAAA"}, {410, "SSSSSSSSSSSS"}, {429, "AAAAAAAAAAAA"}, {499, "SSSSSSSSSSSS"},
        {500, "AAAAAAAAAAAA"}, {502, "AAAAAAAAAAAA"}, {503, "AAAAAAAOAAAA"}, {504, "AAAAAAAAAAAA"},
        {599, "AAAAAAAAAAAA"}, {199, "SSSSSSSSSSSS"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t call = 0; call < COUNT(calls); call++) {
            enum verdict expected = VERDICT_GOOD;

            if (!is_made(calls[call])) {
                continue;
            }
            expected = verdicts[strchr(letters, rows[i].of[call]) - letters];

            assert_int_equal(symfeed_verdict(calls[call], rows[i].status), expected);
        }
    }
}

#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 1

static void what_needs_a_person_comes_with_a_remedy(void **state)
{
    static const unsigned with[] = {300, 301, 302, 307, 308, 399, 403, 404, 410, 429};
    static const unsigned without[] = {199, 200, 201, 299, 400, 401, 405, 409, 428, 430, 500, 503};

    (void)state;
    for (size_t call = 0; call < COUNT(calls); call++) {
        for (size_t i = 0; i < COUNT(with); i++) {
            assert_int_equal(strncmp(symfeed_verdict_remedy(calls[call], with[i]), ": ", 2), 0);
        }
        for (size_t i = 0; i < COUNT(without); i++) {
            bool told = SYMFEED_ONE_SHOT && calls[call] == SYMFEED_CALL_DELETE && without[i] == 400;

            assert_string_equal(symfeed_verdict_remedy(calls[call], without[i]),
                                told ? ": no such feed" : "");
        }
    }
#if SYMFEED_ONE_SHOT
    assert_string_equal(symfeed_verdict_remedy(SYMFEED_CALL_DELETE, 404), ": no such feed");
#endif
#if SYMFEED_DATAHOSE
    assert_non_null(
        strstr(symfeed_verdict_remedy(SYMFEED_CALL_EVENTS, 403), "Can read from datahose feeds"));
    assert_non_null(strstr(symfeed_verdict_remedy(SYMFEED_CALL_EVENTS, 403), "Can create datahose feeds"));
    assert_non_null(strstr(symfeed_verdict_remedy(SYMFEED_CALL_EVENTS, 404), "22.5"));
#endif
    assert_non_null(strstr(symfeed_verdict_remedy(SYMFEED_CALL_CREATE, 403), "20"));
    assert_non_null(strstr(symfeed_verdict_remedy(SYMFEED_CALL_CREATE, 403), "delete"));
    assert_non_null(strstr(symfeed_verdict_remedy(SYMFEED_CALL_READ, 403), "entitlements"));
    assert_non_null(strstr(symfeed_verdict_remedy(SYMFEED_CALL_LIST, 404), "URL"));
    assert_non_null(strstr(symfeed_verdict_remedy(SYMFEED_CALL_LIST, 302), "URL"));
}

static void a_wrong_url_is_told_by_whose_it_is(void **state)
{
    static const char *const whose[] = {"the agent's URL", "the pod's URL",
                                        "the key manager's URL"};
    static const unsigned statuses[] = {300, 302, 399, 404};

    (void)state;
    for (size_t call = 0; call < COUNT(calls); call++) {
        for (size_t i = 0; i < COUNT(statuses); i++) {
            if (calls[call] != SYMFEED_CALL_DELETE || statuses[i] != 404) { /* that is about the feed */
                assert_non_null(strstr(symfeed_verdict_remedy(calls[call], statuses[i]),
                                       whose[symfeed_request_role(calls[call])]));
            }
        }
    }
}

static void each_call_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_LIST), "list");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_CREATE), "create");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_READ), "read");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_DELETE), "delete");
#if SYMFEED_DATAHOSE || SYMFEED_LEGACY || SYMFEED_ONE_SHOT || SYMFEED_SIGN_IN
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_EVENTS), "datahose read");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_LEGACY_CREATE), "legacy create");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_LEGACY_READ), "legacy read");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_HEALTH), "health");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_VERSION), "agent version");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_SESSION), "sign-in");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_INFO), "agent version");
    assert_string_equal(symfeed_verdict_call_name(SYMFEED_CALL_KEY), "key manager sign-in");
#endif
}

#if SYMFEED_PROXY

static void a_refusal_of_the_proxy_is_told_from_one_of_the_host(void **state)
{
    static const unsigned statuses[] = {300, 400, 401, 403, 404, 407, 429, 500, 502, 503};

    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        const char *remedy = symfeed_verdict_proxy_remedy(statuses[i]);

        assert_int_equal(strncmp(remedy, " from the proxy", 15), 0);
        assert_int_equal(strstr(remedy, "password") != NULL,
                         statuses[i] == 401 || statuses[i] == 407 || statuses[i] == 401);
        assert_int_equal(strstr(remedy, "this host") != NULL, statuses[i] == 403);
    }
}

#endif

#elif !SYMFEED_MESSAGES || SYMFEED_LOG_LEVEL == 0

static void there_is_no_text_for_anybody(void **state)
{
    (void)state;
    for (size_t call = 0; call < COUNT(calls); call++) {
        for (unsigned status = 100; status < 600; status++) {
            assert_string_equal(symfeed_verdict_remedy(calls[call], status), "");
        }
    }
}

#endif

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
        if (symfeed_verdict_is_token(rows[i].bytes, rows[i].size) != rows[i].good) {
            fail_msg("row %u", (unsigned)i);
        }
    }
}

/* --- ids ---------------------------------------------------------------------------------- */

static void fan_out_feeds_are_told_by_their_id(void **state)
{
    static const char *const good[] = {
        "a_f",        "a_f_b", "2c2e8bb339c5da5711b55e32ba7c4687_f_1",
        "A-b+c/d=_f", "a_f_p", "\xC3\xA9_f",
        "f_f_f",      "x_f_f"};
    static const char *const bad[] = {
        "",       "a",      "_f",       "a_",      "a_g",    "a_ff", "af",    "a_fb",  "a_f_",
        "a_f__b", "a__f",   "a_b_f",    "a_f_b_c", "a_f_b_", "a_p",  "a_p_b", "a b_f", " a_f",
        "a_f ",   "a_f_b ", "a_f_b\tc", "a\n_f",   "_",      "__f",  "a_F",   "a_f b"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(symfeed_verdict_is_fanout(good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (symfeed_verdict_is_fanout(bad[i])) {
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
        assert_true(symfeed_verdict_is_datahose(good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(symfeed_verdict_is_datahose(bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_2xx_is_good),
        cmocka_unit_test(each_failure_has_its_verdict),
#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 1
        cmocka_unit_test(what_needs_a_person_comes_with_a_remedy),
        cmocka_unit_test(a_wrong_url_is_told_by_whose_it_is),
        cmocka_unit_test(each_call_has_a_name),
#if SYMFEED_PROXY
        cmocka_unit_test(a_refusal_of_the_proxy_is_told_from_one_of_the_host),
#endif
#elif !SYMFEED_MESSAGES || SYMFEED_LOG_LEVEL == 0
        cmocka_unit_test(there_is_no_text_for_anybody),
#endif
        cmocka_unit_test(a_token_is_printable_ascii_with_an_end),
        cmocka_unit_test(fan_out_feeds_are_told_by_their_id),
        cmocka_unit_test(datahose_feeds_are_told_by_their_id),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
