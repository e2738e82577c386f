/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_messages.c - reports as lines: each part there is, each code by its level and its name, a
 * remedy where a person has to act, lines of any size, bytes that a server chose.
 */
#include "helpers.h"

#include "feed/report.h"
#include "symfeed.h"

#define LEVEL(name, level, words) SYMFEED_LOG_##level,
static const enum symfeed_level levels[] = {SYMFEED_REPORTS(LEVEL)};

/* A report as core makes it on a call that was answered. */
static struct symfeed_report answer(enum symfeed_report_code code, enum symfeed_call call,
                                    uint16_t status)
{
    struct symfeed_report report;

    memset(&report, 0, sizeof report);
    report.code = code;
    report.about_call = true;
    report.call = call;
    report.status = status;
    report.trace = "abc123";
    return report;
}

static const char *line_of(struct symfeed_report report)
{
    static char line[300];
    size_t size = 0;

    memset(line, 'x', sizeof line);
    size = symfeed_report_text(&report, line, sizeof line);
    assert_int_equal(size, strlen(line));
    return line;
}

/* --- codes -------------------------------------------------------------------------------- */

/* The groups of the list are what core goes by. */
static void a_failure_is_an_error_where_the_list_says_so(void **state)
{
    (void)state;
    for (int code = SYMFEED_REPORT_NO_TOKENS; code < SYMFEED_REPORT_GIVEN_UP; code++) {
        assert_int_equal(report_is_error((enum symfeed_report_code)code),
                         levels[code] == SYMFEED_LOG_ERROR);
    }
}

static void each_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int code = 0; code < SYMFEED_REPORT_COUNT; code++) {
        const char *name = symfeed_report_name((enum symfeed_report_code)code);

        assert_true(*name != '\0');
        for (int other = 0; other < code; other++) {
            assert_string_not_equal(name, symfeed_report_name((enum symfeed_report_code)other));
        }
    }
    assert_string_equal(symfeed_report_name(SYMFEED_REPORT_TOO_MANY_FEEDS), "TOO_MANY_FEEDS");
    assert_string_equal(symfeed_report_name((enum symfeed_report_code)SYMFEED_REPORT_COUNT),
                        "UNKNOWN");
    assert_string_equal(symfeed_report_name((enum symfeed_report_code)255), "UNKNOWN");
}

/* --- lines -------------------------------------------------------------------------------- */

static void expect_to_fit(struct symfeed_report report)
{
    char whole[300];
    size_t size = symfeed_report_text(&report, whole, sizeof whole);

    for (size_t room = 1; room <= size + 2; room++) {
        char line[302];
        size_t expected = room - 1 < size ? room - 1 : size;

        memset(line, 'x', sizeof line);
        assert_int_equal(symfeed_report_text(&report, line, room), expected);
        assert_memory_equal(line, whole, expected);
        assert_int_equal(line[expected], '\0');
        assert_int_equal(line[room], 'x');
    }
}

static void a_line_fits_any_size_and_has_its_end(void **state)
{
    struct symfeed_report report = answer(SYMFEED_REPORT_ANSWER_FAILED, SYMFEED_CALL_KEY, 404);

    (void)state;
    expect_to_fit(report);
    report.code = SYMFEED_REPORT_CODED;
    report.detail = "a-coding";
    report.detail_size = 8;
    expect_to_fit(report);
}

#if SYMFEED_MESSAGES

static void an_answer_is_told_by_call_status_and_trace(void **state)
{
    struct symfeed_report report = answer(SYMFEED_REPORT_ANSWER_FAILED, SYMFEED_CALL_READ, 503);

    (void)state;
    assert_string_equal(line_of(report), "read: 503 (trace abc123)");
    report.wait = 61549;
    assert_string_equal(line_of(report), "read: 503 (trace abc123), next try in 61.5 s");
    report.code = SYMFEED_REPORT_PAGE;
    report.wait = 999;
    assert_string_equal(line_of(report),
                        "read: 503 (trace abc123): a gateway's page, next try in 0.9 s");
}

static void what_came_to_no_answer_is_told_without_one(void **state)
{
    struct symfeed_report report = answer(SYMFEED_REPORT_NO_ANSWER, SYMFEED_CALL_LIST, 0);

    (void)state;
    report.trace = NULL;
    assert_string_equal(line_of(report), "list: connection ended without an answer");
    report.at_proxy = true;
    assert_string_equal(line_of(report), "list: proxy: connection ended without an answer");
    report.at_proxy = false;
    report.code = SYMFEED_REPORT_NO_CONNECTION;
    assert_string_equal(line_of(report), "list: the connection failed");
    report.detail = "host.example: no route?";
    report.detail_size = 22; /* not the question mark */
    assert_string_equal(line_of(report), "list: host.example: no route");
    report.code = SYMFEED_REPORT_CODED;
    report.detail = "br";
    report.detail_size = 2;
    assert_string_equal(line_of(report), "list: coding refused: br");
}

static void a_found_feed_is_told_with_its_age(void **state)
{
    static const char id[] = "a_f\x1B[2J\x9B\n\xC3\xA9~";
    struct symfeed_report report;

    (void)state;
    memset(&report, 0, sizeof report);
    report.code = SYMFEED_REPORT_FOUND;
    report.detail = id;
    report.detail_size = sizeof id - 1;
    report.hours = SYMFEED_AGE_UNKNOWN;
    assert_string_equal(line_of(report), "found a feed that was there before: a_f?[2J????~");
    report.hours = 4294967294u;
    assert_string_equal(line_of(report),
                        "found a feed that was there before: a_f?[2J????~, 4294967294 h old");
}

static bool says(enum symfeed_report_code code, enum symfeed_call call, unsigned status,
                 const char *words)
{
    return strstr(line_of(answer(code, call, (uint16_t)status)), words) != NULL;
}

static void what_needs_a_person_comes_with_a_remedy(void **state)
{
    static const unsigned with[] = {300, 301, 302, 307, 308, 399, 403, 404, 410, 429};
    static const unsigned without[] = {199, 200, 201, 299, 400, 401, 405, 409, 428, 430, 500, 503};
    const enum symfeed_report_code code = SYMFEED_REPORT_ANSWER_REFUSED;

    (void)state;
    for (int i = 0; i < SYMFEED_CALL_COUNT; i++) {
        enum symfeed_call call = (enum symfeed_call)i;

        for (size_t k = 0; k < COUNT(with); k++) {
            assert_true(says(code, call, with[k], "(trace abc123): "));
        }
        for (size_t k = 0; k < COUNT(without); k++) {
            bool told = call == SYMFEED_CALL_DELETE && without[k] == 400;

            assert_int_equal(says(code, call, without[k], "(trace abc123): "), told);
        }
    }
    assert_true(says(code, SYMFEED_CALL_DELETE, 400, "no such feed"));
    assert_true(says(code, SYMFEED_CALL_DELETE, 404, "no such feed"));
    assert_true(says(code, SYMFEED_CALL_EVENTS, 403, "Can read from datahose feeds"));
    assert_true(says(code, SYMFEED_CALL_EVENTS, 403, "Can create datahose feeds"));
    assert_true(says(code, SYMFEED_CALL_EVENTS, 404, "22.5"));
    assert_true(says(SYMFEED_REPORT_TOO_MANY_FEEDS, SYMFEED_CALL_CREATE, 403, ": 20 feeds exist"));
    assert_true(says(code, SYMFEED_CALL_READ, 403, "entitlements"));
}

static void a_wrong_url_is_told_by_whose_it_is(void **state)
{
    static const unsigned statuses[] = {300, 302, 399, 404};

    (void)state;
    for (int i = 0; i < SYMFEED_CALL_COUNT; i++) {
        enum symfeed_call call = (enum symfeed_call)i;
        const char *whose = call == SYMFEED_CALL_SESSION ? "the pod's URL"
                            : call == SYMFEED_CALL_KEY   ? "the key manager's URL"
                                                         : "the agent's URL";

        for (size_t k = 0; k < COUNT(statuses); k++) {
            if (call != SYMFEED_CALL_DELETE || statuses[k] != 404) { /* that is about the feed */
                assert_true(says(SYMFEED_REPORT_ANSWER_REFUSED, call, statuses[k], whose));
            }
        }
    }
}

static void a_refusal_of_the_proxy_is_told_from_one_of_the_host(void **state)
{
    static const unsigned statuses[] = {300, 400, 401, 403, 404, 407, 429, 500, 502, 503};

    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct symfeed_report report =
            answer(SYMFEED_REPORT_PROXY_REFUSED, SYMFEED_CALL_READ, (uint16_t)statuses[i]);
        const char *line = NULL;

        report.at_proxy = true;
        report.trace = NULL;
        line = line_of(report);
        assert_non_null(strstr(line, " from the proxy"));
        assert_int_equal(strstr(line, "password") != NULL,
                         statuses[i] == 401 || statuses[i] == 407);
        assert_int_equal(strstr(line, "this host") != NULL, statuses[i] == 403);
    }
}

static void each_code_has_words(void **state)
{
    (void)state;
    for (int code = 1; code < SYMFEED_REPORT_COUNT; code++) {
        struct symfeed_report report;

        memset(&report, 0, sizeof report);
        report.code = (enum symfeed_report_code)code;
        report.status = 403;
        if (code != SYMFEED_REPORT_ANSWERED) {
            assert_true(strlen(line_of(report)) > 5);
        }
    }
}

static void each_call_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(symfeed_call_name(SYMFEED_CALL_LIST), "list");
    assert_string_equal(symfeed_call_name(SYMFEED_CALL_KEY), "key manager sign-in");
    assert_string_equal(symfeed_call_name(SYMFEED_CALL_COUNT), "unknown call");
    assert_string_equal(symfeed_call_name((enum symfeed_call)200), "unknown call");
}

static void a_detail_fits_any_size_and_is_visible(void **state)
{
    struct symfeed_report report = answer(SYMFEED_REPORT_CODED, SYMFEED_CALL_READ, 0);
    char line[80];

    (void)state;
    report.detail = "b\x7Fr";
    report.detail_size = 3;
    assert_string_equal(line_of(report), "read:  (trace abc123)coding refused: b?r");
    for (size_t room = 1; room < sizeof line; room++) {
        size_t size = symfeed_report_text(&report, line, room);

        assert_true(size < room);
        assert_memory_equal(line, line_of(report), size);
    }
}

static void the_words_of_the_port_take_the_place_of_the_codes(void **state)
{
    struct symfeed_report report;

    (void)state;
    memset(&report, 0, sizeof report);
    report.code = SYMFEED_REPORT_EXPOSED_FILE;
    assert_string_equal(line_of(report), "other users can read a file of tokens or keys");
    report.cause = 1;
    report.detail = "others can read \xC3\xA9";
    report.detail_size = 18;
    assert_string_equal(line_of(report), "others can read \xC3\xA9");
}

#else

static void without_words_a_line_has_numbers(void **state)
{
    struct symfeed_report report = answer((enum symfeed_report_code)12, SYMFEED_CALL_READ, 503);

    (void)state;
    report.cause = 17;
    report.wait = 2000;
    assert_string_equal(line_of(report), "report 12, status 503, cause 17, wait 2000");
    assert_string_equal(symfeed_status_text(SYMFEED_BAD_TAG), "");
    assert_string_equal(symfeed_call_name(SYMFEED_CALL_READ), "");
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_an_error_where_the_list_says_so),
        cmocka_unit_test(each_code_has_a_name_of_its_own),
        cmocka_unit_test(a_line_fits_any_size_and_has_its_end),
#if SYMFEED_MESSAGES
        cmocka_unit_test(an_answer_is_told_by_call_status_and_trace),
        cmocka_unit_test(what_came_to_no_answer_is_told_without_one),
        cmocka_unit_test(a_found_feed_is_told_with_its_age),
        cmocka_unit_test(what_needs_a_person_comes_with_a_remedy),
        cmocka_unit_test(a_wrong_url_is_told_by_whose_it_is),
        cmocka_unit_test(a_refusal_of_the_proxy_is_told_from_one_of_the_host),
        cmocka_unit_test(each_code_has_words),
        cmocka_unit_test(each_call_has_a_name),
        cmocka_unit_test(a_detail_fits_any_size_and_is_visible),
        cmocka_unit_test(the_words_of_the_port_take_the_place_of_the_codes),
#else
        cmocka_unit_test(without_words_a_line_has_numbers),
#endif
    };

    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
