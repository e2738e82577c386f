/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_agent.c - what each status means for each call, what the log says about it, which feed ids
 * may be used, and the agent's URL taken apart.
 */
#include "helpers.h"

#include "agent.h"

static const enum call calls[] = {CALL_LIST, CALL_CREATE, CALL_READ, CALL_DELETE};

static void every_2xx_is_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        for (unsigned status = 200; status <= 299; status++) {
            assert_int_equal(symfeed_agent_judge(calls[i], status), VERDICT_GOOD);
        }
    }
}

static void each_failure_has_its_verdict(void **state)
{
    static const struct {
        unsigned status;
        enum verdict of[4]; /* list, create, read, delete */
    } rows[] = {
        {300, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW}},
        {302, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW}},
        {399, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW}},
        {400, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_GONE, VERDICT_SLOW}},
        {401,
         {VERDICT_UNAUTHORIZED, VERDICT_UNAUTHORIZED, VERDICT_UNAUTHORIZED, VERDICT_UNAUTHORIZED}},
        {403, {VERDICT_SLOW, VERDICT_FULL, VERDICT_SLOW, VERDICT_SLOW}},
        {404, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_GONE, VERDICT_SLOW}},
        {405, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW}},
        {408, {VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN}},
        {410, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW}},
        {429, {VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN}},
        {499, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW}},
        {500, {VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN}},
        {502, {VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN}},
        {503, {VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN}},
        {504, {VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN}},
        {599, {VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN, VERDICT_AGAIN}},
        {199, {VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW, VERDICT_SLOW}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t call = 0; call < COUNT(calls); call++) {
            assert_int_equal(symfeed_agent_judge(calls[call], rows[i].status), rows[i].of[call]);
        }
    }
}

static void what_needs_a_person_comes_with_a_remedy(void **state)
{
    static const unsigned with[] = {300, 301, 302, 307, 308, 399, 403, 404, 410, 429};
    static const unsigned without[] = {199, 200, 201, 299, 400, 401, 405, 409, 428, 430, 500, 503};

    (void)state;
    for (size_t call = 0; call < COUNT(calls); call++) {
        for (size_t i = 0; i < COUNT(with); i++) {
            assert_int_equal(strncmp(symfeed_agent_remedy(calls[call], with[i]), ": ", 2), 0);
        }
        for (size_t i = 0; i < COUNT(without); i++) {
            assert_string_equal(symfeed_agent_remedy(calls[call], without[i]), "");
        }
    }
    assert_non_null(strstr(symfeed_agent_remedy(CALL_CREATE, 403), "20"));
    assert_non_null(strstr(symfeed_agent_remedy(CALL_CREATE, 403), "delete"));
    assert_non_null(strstr(symfeed_agent_remedy(CALL_READ, 403), "entitlements"));
    assert_non_null(strstr(symfeed_agent_remedy(CALL_LIST, 404), "URL"));
    assert_non_null(strstr(symfeed_agent_remedy(CALL_LIST, 302), "URL"));
}

static void each_call_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(symfeed_agent_call_name(CALL_LIST), "list");
    assert_string_equal(symfeed_agent_call_name(CALL_CREATE), "create");
    assert_string_equal(symfeed_agent_call_name(CALL_READ), "read");
    assert_string_equal(symfeed_agent_call_name(CALL_DELETE), "delete");
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
        assert_true(symfeed_agent_is_fanout(good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (symfeed_agent_is_fanout(bad[i])) {
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
        assert_true(symfeed_agent_is_datahose(good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(symfeed_agent_is_datahose(bad[i]));
    }
}

/* --- URL ---------------------------------------------------------------------------------- */

static bool is(struct text text, const char *expected)
{
    return text.size == strlen(expected) && memcmp(text.at, expected, text.size) == 0;
}

static void good_urls_are_taken_apart(void **state)
{
    static const struct {
        const char *url;
        const char *host;
        uint16_t port;
        const char *authority;
        const char *path;
    } rows[] = {
        {"https://pod.example", "pod.example", 443, "pod.example", "/agent"},
        {"https://pod.example/", "pod.example", 443, "pod.example", "/agent"},
        {"https://pod.example///", "pod.example", 443, "pod.example", "/agent"},
        {"https://pod.example/agent", "pod.example", 443, "pod.example", "/agent"},
        {"https://pod.example/agent//", "pod.example", 443, "pod.example", "/agent"},
        {"https://pod.example/a/b~c%20;=", "pod.example", 443, "pod.example", "/a/b~c%20;="},
        {"https://pod.example:8443", "pod.example", 8443, "pod.example:8443", "/agent"},
        {"https://pod.example:1/x", "pod.example", 1, "pod.example:1", "/x"},
        {"https://pod.example:65535/", "pod.example", 65535, "pod.example:65535", "/agent"},
        {"https://pod.example:0443", "pod.example", 443, "pod.example:0443", "/agent"},
        {"https://10.0.0.1", "10.0.0.1", 443, "10.0.0.1", "/agent"},
        {"https://my_Host-1.ZZ", "my_Host-1.ZZ", 443, "my_Host-1.ZZ", "/agent"},
        {"https://[::1]", "::1", 443, "[::1]", "/agent"},
        {"https://[fe80::AF:1.2.3.4]:8443/x", "fe80::AF:1.2.3.4", 8443, "[fe80::AF:1.2.3.4]:8443",
         "/x"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct agent agent;

        memset(&agent, 0, sizeof agent);
        assert_int_equal(symfeed_agent_parse_url(&agent, rows[i].url, false), SYMFEED_OK);
        assert_int_equal(agent.endpoint.host_size, strlen(rows[i].host));
        assert_memory_equal(agent.endpoint.host, rows[i].host, agent.endpoint.host_size);
        assert_int_equal(agent.endpoint.port, rows[i].port);
        assert_true(is(agent.authority, rows[i].authority));
        assert_true(is(agent.path, rows[i].path));
        assert_true(agent.secure);
    }
}

static void bad_urls_are_refused(void **state)
{
    static const char *const urls[] = {"",
                                       "x",
                                       "pod.example",
                                       "https:",
                                       "https:/",
                                       "https://",
                                       "https:///agent",
                                       "https://:443",
                                       "ftp://pod.example",
                                       "HTTPS://pod.example",
                                       "https//pod.example",
                                       "http:/pod.example",
                                       "http",
                                       "https://pod example",
                                       "https://pod.example ",
                                       " https://pod.example",
                                       "https://user@pod.example",
                                       "https://pod.example?x",
                                       "https://pod.example#x",
                                       "https://pod.example/a?b",
                                       "https://pod.example/a#b",
                                       "https://pod.example/a b",
                                       "https://pod.example/a\r\nb",
                                       "https://pod.example/\x7F",
                                       "https://pod.example/\xC3\xA9",
                                       "https://pod.\xC3\xA9xample",
                                       "https://pod.example:",
                                       "https://pod.example:/",
                                       "https://pod.example:0",
                                       "https://pod.example:65536",
                                       "https://pod.example:99999999999999999999",
                                       "https://pod.example:x",
                                       "https://pod.example:443x",
                                       "https://pod.example:-1",
                                       "https://[::1",
                                       "https://[]",
                                       "https://[::1]x",
                                       "https://[::g]",
                                       "https://::1",
                                       "https://[pod.example]",
                                       "https://a\\b",
                                       "https://a~b",
                                       "https://a{b}",
                                       "https://a^b",
                                       "https://a\tb",
                                       "https://a/\x01"};

    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct agent agent;

        memset(&agent, 0, sizeof agent);
        if (symfeed_agent_parse_url(&agent, urls[i], true) != SYMFEED_BAD_AGENT) {
            fail_msg("%s", urls[i]);
        }
    }
}

static void a_host_has_at_most_253_bytes(void **state)
{
    (void)state;
    for (size_t size = 252; size <= 255; size++) {
        struct buffer url = {NULL, 0, 0};
        struct agent agent;

        add(&url, "https://");
        add_times(&url, "h", size);
        add(&url, ":8443/agent");
        memset(&agent, 0, sizeof agent);
        assert_int_equal(symfeed_agent_parse_url(&agent, url.at, false),
                         size <= 253 ? SYMFEED_OK : SYMFEED_BAD_AGENT);
        drop(&url);
    }
}

static void http_has_to_be_allowed(void **state)
{
    struct agent agent;

    (void)state;
    memset(&agent, 0, sizeof agent);
    assert_int_equal(symfeed_agent_parse_url(&agent, "http://localhost/agent", false),
                     SYMFEED_BAD_SCHEME);
    assert_int_equal(symfeed_agent_parse_url(&agent, "http://local host/agent", false),
                     SYMFEED_BAD_AGENT);
    assert_int_equal(symfeed_agent_parse_url(&agent, "http://localhost/agent", true), SYMFEED_OK);
    assert_false(agent.secure);
    assert_int_equal(agent.endpoint.port, 80);
    assert_int_equal(symfeed_agent_parse_url(&agent, "https://localhost/agent", true), SYMFEED_OK);
    assert_true(agent.secure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_2xx_is_good),
        cmocka_unit_test(each_failure_has_its_verdict),
        cmocka_unit_test(what_needs_a_person_comes_with_a_remedy),
        cmocka_unit_test(each_call_has_a_name),
        cmocka_unit_test(fan_out_feeds_are_told_by_their_id),
        cmocka_unit_test(datahose_feeds_are_told_by_their_id),
        cmocka_unit_test(good_urls_are_taken_apart),
        cmocka_unit_test(bad_urls_are_refused),
        cmocka_unit_test(a_host_has_at_most_253_bytes),
        cmocka_unit_test(http_has_to_be_allowed),
    };

    return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
