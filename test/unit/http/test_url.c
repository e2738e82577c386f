/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_url.c - base URLs and the proxy's URL taken apart or refused, hosts compared, and the list
 * of hosts that are reached without the proxy.
 */
#include "helpers.h"

#include "http/url.h"

static bool is(struct text text, const char *expected)
{
    return text.size == strlen(expected) && memcmp(text.at, expected, text.size) == 0;
}

static struct host host_of(const char *url)
{
    struct host host;

    memset(&host, 0, sizeof host);
    if (!symfeed_url_parse(&host, url)) {
        fail_msg("refused: %s", url);
    }
    return host;
}

static bool is_good(const char *url)
{
    struct host host;

    memset(&host, 0, sizeof host);
    return symfeed_url_parse(&host, url);
}

/* --- base URLs ---------------------------------------------------------------------------- */

static void good_urls_are_taken_apart(void **state)
{
    static const struct {
        const char *url;
        const char *host;
        uint16_t port;
        const char *authority;
        const char *path;
    } rows[] = {
        {"https://pod.example", "pod.example", 443, "pod.example", ""},
        {"https://pod.example/", "pod.example", 443, "pod.example", ""},
        {"https://pod.example///", "pod.example", 443, "pod.example", ""},
        {"https://pod.example/agent", "pod.example", 443, "pod.example", "/agent"},
        {"https://pod.example/agent//", "pod.example", 443, "pod.example", "/agent"},
        {"https://pod.example/a//b", "pod.example", 443, "pod.example", "/a//b"},
        {"https://pod.example/a/b~c%20;=@:", "pod.example", 443, "pod.example", "/a/b~c%20;=@:"},
        {"https://pod.example:8443", "pod.example", 8443, "pod.example:8443", ""},
        {"https://pod.example:1/x", "pod.example", 1, "pod.example:1", "/x"},
        {"https://pod.example:65535/", "pod.example", 65535, "pod.example:65535", ""},
        {"https://pod.example:0443", "pod.example", 443, "pod.example:0443", ""},
        {"https://pod.example:00443", "pod.example", 443, "pod.example:00443", ""},
        {"https://10.0.0.1", "10.0.0.1", 443, "10.0.0.1", ""},
        {"https://my_Host-1.ZZ", "my_Host-1.ZZ", 443, "my_Host-1.ZZ", ""},
        {"https://[::1]", "::1", 443, "[::1]", ""},
        {"https://[fe80::AF:1.2.3.4]:8443/x", "fe80::AF:1.2.3.4", 8443, "[fe80::AF:1.2.3.4]:8443",
         "/x"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (unsigned secure = 0; secure < 2; secure++) {
            struct buffer url = {NULL, 0, 0};
            struct host host;

            add(&url, secure == 1 ? "https" : "http");
            add(&url, rows[i].url + 5);
            host = host_of(url.at);
            assert_int_equal(host.secure, secure);
            assert_int_equal(host.endpoint.host_size, strlen(rows[i].host));
            assert_memory_equal(host.endpoint.host, rows[i].host, host.endpoint.host_size);
            if (secure == 0 && strchr(rows[i].authority, ':') == NULL) {
                assert_int_equal(host.endpoint.port, 80);
            } else if (secure == 1) {
                assert_int_equal(host.endpoint.port, rows[i].port);
            }
            assert_true(is(host.authority, rows[i].authority));
            assert_true(is(host.path, rows[i].path));
            drop(&url);
        }
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
                                       "http://",
                                       "http://:80",
                                       "ftp://pod.example",
                                       "HTTPS://pod.example",
                                       "https//pod.example",
                                       "http:/pod.example",
                                       "http",
                                       "https://pod example",
                                       "https://pod.example ",
                                       " https://pod.example",
                                       "https://user@pod.example",
                                       "https://user:password@pod.example",
                                       "http://user:password@pod.example",
                                       "https://@pod.example",
                                       "https://pod.example?x",
                                       "https://pod.example#x",
                                       "https://pod.example/a?b",
                                       "https://pod.example/a#b",
                                       "https://pod.example/a b",
                                       "https://pod.example/a\r\nb",
                                       "https://pod.example\r\n",
                                       "https://pod.example/\x7F",
                                       "https://pod.example/\xC3\xA9",
                                       "https://pod.\xC3\xA9xample",
                                       "https://pod.example:",
                                       "https://pod.example:/",
                                       "https://pod.example:0",
                                       "https://pod.example:00000",
                                       "https://pod.example:000443",
                                       "https://pod.example:65536",
                                       "https://pod.example:99999999999999999999",
                                       "https://pod.example:x",
                                       "https://pod.example:443x",
                                       "https://pod.example:443:443",
                                       "https://pod.example:-1",
                                       "https://pod.example:+1",
                                       "https://pod.example: 1",
                                       "https://[::1",
                                       "https://[]",
                                       "https://[::1]x",
                                       "https://[::1]443",
                                       "https://[::1]:",
                                       "https://[::g]",
                                       "https://[fe80::1%25eth0]",
                                       "https://::1",
                                       "https://[pod.example]",
                                       "https://a\\b",
                                       "https://a~b",
                                       "https://a{b}",
                                       "https://a{",
                                       "https://a`",
                                       "https://a/b\x7F",
                                       "https://a^b",
                                       "https://a\tb",
                                       "https://a/\x01"};

    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        if (is_good(urls[i])) {
            fail_msg("%s", urls[i]);
        }
    }
}

static void a_host_has_at_most_253_bytes(void **state)
{
    (void)state;
    for (size_t size = 252; size <= 255; size++) {
        struct buffer url = {NULL, 0, 0};

        add(&url, "https://");
        add_times(&url, "h", size);
        add(&url, ":8443/agent");
        assert_int_equal(is_good(url.at), size <= 253);
        drop(&url);
    }
}

/* What goes twice into the proxy's CONNECT: brackets, a colon and five digits besides the host. */
static void an_authority_has_at_most_261_bytes(void **state)
{
    (void)state;
    for (size_t zeros = 0; zeros < 2000; zeros += zeros < 10 ? 1 : 199) {
        struct buffer url = {NULL, 0, 0};

        add(&url, "https://[");
        add_times(&url, "f", 253);
        add(&url, "]:");
        add_times(&url, "0", zeros);
        add(&url, "443");
        assert_int_equal(is_good(url.at), zeros <= 2);
        if (zeros <= 2) {
            assert_true(host_of(url.at).authority.size <= 261);
        }
        drop(&url);
    }
}

static void a_url_has_at_most_1024_bytes(void **state)
{
    (void)state;
    for (size_t size = SYMFEED_URL_MAX - 4; size <= SYMFEED_URL_MAX + 4; size++) {
        for (unsigned secure = 0; secure < 2; secure++) {
            struct buffer url = {NULL, 0, 0};

            add(&url, secure == 1 ? "https://pod.example/" : "http://pod.example/");
            add_times(&url, "p", size - url.size);
            assert_int_equal(url.size, size);
            if (is_good(url.at) != (size <= SYMFEED_URL_MAX)) {
                fail_msg("%u bytes", (unsigned)size);
            }
            drop(&url);
        }
    }
}

#if SYMFEED_PROXY

/* --- the proxy's URL ---------------------------------------------------------------------- */

static void good_proxy_urls_are_taken_apart(void **state)
{
    static const struct {
        const char *url;
        const char *host;
        uint16_t port;
        const char *user;
    } rows[] = {
        {"http://proxy.example", "proxy.example", 80, ""},
        {"http://proxy.example/", "proxy.example", 80, ""},
        {"http://proxy.example:3128", "proxy.example", 3128, ""},
        {"http://proxy.example:3128/", "proxy.example", 3128, ""},
        {"http://10.0.0.1:8080", "10.0.0.1", 8080, ""},
        {"http://[::1]", "::1", 80, ""},
        {"http://[::1]:8080", "::1", 8080, ""},
        {"http://user:password@proxy.example:3128", "proxy.example", 3128, "user:password"},
        {"http://user@proxy.example", "proxy.example", 80, "user"},
        {"http://@proxy.example", "proxy.example", 80, ""},
        {"http://user:@proxy.example", "proxy.example", 80, "user:"},
        {"http://:password@proxy.example", "proxy.example", 80, ":password"},
        {"http://user:a:b@[::1]:8080", "::1", 8080, "user:a:b"},
        {"http://u%40e:p%2Fw%25%3a@proxy.example", "proxy.example", 80, "u%40e:p%2Fw%25%3a"},
        {"http://u:%20%21%7E%7e@proxy.example", "proxy.example", 80, "u:%20%21%7E%7e"},
        {"http://u:%80%C3%a9%FF@proxy.example", "proxy.example", 80, "u:%80%C3%a9%FF"},
        {"http://u:!$&'()*+,;=-._~?#[]{}|\\^`\"<>@proxy.example", "proxy.example", 80,
         "u:!$&'()*+,;=-._~?#[]{}|\\^`\"<>"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct proxy proxy;

        memset(&proxy, 0x5A, sizeof proxy);
        if (!symfeed_url_parse_proxy(&proxy, rows[i].url)) {
            fail_msg("refused: %s", rows[i].url);
        }
        assert_false(proxy.host.secure);
        assert_int_equal(proxy.host.endpoint.host_size, strlen(rows[i].host));
        assert_memory_equal(proxy.host.endpoint.host, rows[i].host, strlen(rows[i].host));
        assert_int_equal(proxy.host.endpoint.port, rows[i].port);
        assert_true(is(proxy.user, rows[i].user));
    }
}

static void bad_proxy_urls_are_refused(void **state)
{
    static const char *const urls[] = {
        "x",
        "proxy.example",
        "proxy.example:3128",
        "https://proxy.example",
        "socks5://proxy.example",
        "HTTP://proxy.example",
        "http:/proxy.example",
        "http://",
        "http://:3128",
        "http://user:password@",
        "http://user:password@:3128",
        "http://proxy.example/path",
        "http://proxy.example/?x",
        "http://proxy.example?x",
        "http://proxy.example#x",
        "http://user:password@proxy.example/path",
        "http://proxy.example:",
        "http://proxy.example:0",
        "http://proxy.example:65536",
        "http://proxy.example:3128x",
        "http://proxy example",
        "http://proxy.example ",
        "http://[::1",
        "http://user:pass word@proxy.example",
        "http://user:pass/word@proxy.example",
        "http://user:pass@word@proxy.example",
        "http://user:pass\r\nX: y@proxy.example",
        "http://user:pass\x7Fword@proxy.example",
        "http://user:p\xC3\xA9@proxy.example",
        "http://user:%@proxy.example",
        "http://user:%2@proxy.example",
        "http://user:%4",
        "http://user:%",
        "http://user:%G0@proxy.example",
        "http://user:%4G@proxy.example",
        "http://user:%%41@proxy.example",
        "http://user:% 41@proxy.example",
        "http://user:%00@proxy.example",
        "http://user:%0A@proxy.example",
        "http://user:%0d@proxy.example",
        "http://user:%1F@proxy.example",
        "http://user:%7F@proxy.example",
        "http://user:%7f@proxy.example",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct proxy proxy;

        memset(&proxy, 0, sizeof proxy);
        if (symfeed_url_parse_proxy(&proxy, urls[i])) {
            fail_msg("%s", urls[i]);
        }
    }
}

static void user_and_password_have_at_most_256_bytes(void **state)
{
    (void)state;
    for (size_t size = 254; size <= 258; size++) {
        struct buffer url = {NULL, 0, 0};
        struct proxy proxy;

        add(&url, "http://u:");
        add_times(&url, "p", size - 2);
        add(&url, "@proxy.example");
        memset(&proxy, 0, sizeof proxy);
        assert_int_equal(symfeed_url_parse_proxy(&proxy, url.at), size <= SYMFEED_PROXY_USER_MAX);
        drop(&url);
    }
}

#endif

/* --- hosts -------------------------------------------------------------------------------- */

#if SYMFEED_SIGN_IN

static void the_same_host_has_the_same_scheme_name_and_port(void **state)
{
    static const struct {
        const char *one;
        const char *other;
        bool same;
    } rows[] = {
        {"https://a.example", "https://a.example", true},
        {"https://a.example/x", "https://a.example/y/z", true},
        {"https://a.example", "https://a.example:443", true},
        {"https://a.example:8443/x", "https://a.example:8443", true},
        {"http://a.example", "http://a.example:80/x", true},
        {"https://[::1]", "https://[::1]:443", true},
        {"https://a.example", "https://b.example", false},
        {"https://a.example", "https://a.example.org", false},
        {"https://a.example", "https://x.a.example", false},
        {"https://a.example", "https://a.example:8443", false},
        {"https://a.example:80", "http://a.example", false},
        {"https://a.example:80", "http://a.example:80", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct host one = host_of(rows[i].one);
        struct host other = host_of(rows[i].other);

        if (symfeed_url_same_host(&one, &other) != rows[i].same ||
            symfeed_url_same_host(&other, &one) != rows[i].same) {
            fail_msg("%s and %s", rows[i].one, rows[i].other);
        }
    }
}

#endif

#if SYMFEED_PROXY

static void the_list_names_hosts_that_are_reached_without_the_proxy(void **state)
{
    static const struct {
        const char *url;
        const char *list;
        bool listed;
    } rows[] = {
        /* a name, and all below it */
        {"https://example.com", "example.com", true},
        {"https://www.example.com", "example.com", true},
        {"https://a.b.example.com", "example.com", true},
        {"https://www.example.com", "www.example.com", true},
        {"https://notexample.com", "example.com", false},
        {"https://example.com", "www.example.com", false},
        {"https://example.com.evil", "example.com", false},
        {"https://example.co", "example.com", false},
        {"https://example.comm", "example.com", false},
        {"https://com", "example.com", false},
        {"https://example.com", "com", true},
        {"https://example.com", "m", false},
        {"https://localhost", "localhost", true},
        {"https://example.com", "xample.com", false},
        /* a leading dot and a leading star say no more than the name */
        {"https://www.example.com", ".example.com", true},
        {"https://example.com", ".example.com", true},
        {"https://notexample.com", ".example.com", false},
        {"https://www.example.com", "*.example.com", true},
        {"https://example.com", "*.example.com", true},
        {"https://notexample.com", "*.example.com", false},
        /* all, and what is none */
        {"https://example.com", "*", true},
        {"https://10.0.0.1", "*", true},
        {"https://[::1]:8443", "*", true},
        {"https://example.com", "other, *", true},
        {"https://example.com", "**", false},
        {"https://example.com", "*.", false},
        {"https://example.com", ".", false},
        {"https://example.com", "..example.com", false},
        {"https://example.com", "example.*", false},
        {"https://example.com", "exa*.com", false},
        {"https://example.com", "https://example.com", false},
        {"https://example.com", "example.com/", false},
        {"https://example.com", "user@example.com", false},
        {"https://example.com", "example.com.", false},
        {"https://example.com", "example.com!", false},
        /* ports */
        {"https://example.com", "example.com:443", true},
        {"https://example.com:8443", "example.com:8443", true},
        {"https://www.example.com:8443", ".example.com:8443", true},
        {"https://example.com:8443", "example.com", true},
        {"https://example.com", "example.com:8443", false},
        {"https://example.com:8443", "example.com:443", false},
        {"https://example.com", "example.com:", false},
        {"https://example.com", "example.com:0", false},
        {"https://example.com", "example.com:443x", false},
        {"https://example.com", "example.com:65979", false},
        /* addresses */
        {"https://10.0.0.1", "10.0.0.1", true},
        {"https://10.0.0.1:8443", "10.0.0.1:8443", true},
        {"https://10.0.0.1", "10.0.0.1:8443", false},
        {"https://10.0.0.1", "10.0.0.10", false},
        {"https://10.0.0.10", "10.0.0.1", false},
        {"https://110.0.0.1", "10.0.0.1", false},
        {"https://10.0.0.1", "0.0.1", false},
        {"https://10.0.0.1", ".1", false},
        {"https://bot.dc1", "dc1", true},
        {"https://10.0.0.1", "10.0.0.0/8", false},
        {"https://10.0.0.1", "0.0.1", false},
        {"https://10.0.0.1", ".0.1", false},
        {"https://10.0.0.1", "1", false},
        {"https://1", "1", true},
        {"https://a.b1", "b1", true},
        {"https://[::1]", "[::1]", true},
        {"https://[::1]:8443", "[::1]:8443", true},
        {"https://[::1]", "[::1]:8443", false},
        {"https://[FE80::AB]", "[fe80::ab]", true},
        {"https://[::1]", "::1", false},
        {"https://[::1]", "[::1", false},
        {"https://[::1]", "[::2]", false},
        {"https://[2001:db8::1]", "[::1]", false},
        {"https://[2001:db8::1]", "[db8::1]", false},
        /* case */
        {"https://WWW.Example.COM", "example.com", true},
        {"https://www.example.com", "EXAMPLE.com", true},
        {"https://ex-mple.com", "ex\rmple.com", false},
        /* commas, spaces, nothing */
        {"https://example.com", "", false},
        {"https://example.com", ",", false},
        {"https://example.com", " , ,, ", false},
        {"https://example.com", "other.example,example.com", true},
        {"https://example.com", "other.example, example.com", true},
        {"https://example.com", "other.example example.com", true},
        {"https://example.com", ",,example.com", true},
        {"https://example.com", " example.com ", true},
        {"https://example.com", "\texample.com\t,x", true},
        {"https://example.com", "example.com,other", true},
        {"https://example.com", "exam,ple.com", false},
        {"https://example.com", "other.example,notexample.org,x", false},
        /* what is beyond ASCII belongs to its entry */
        {"https://b.example",
         "\xC3\xA9"
         "b.example",
         false},
        {"https://b.example", "a\xC3\xA9,b.example", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct host host = host_of(rows[i].url);

        if (symfeed_url_is_listed(&host, rows[i].list) != rows[i].listed) {
            fail_msg("%s on the list \"%s\"", rows[i].url, rows[i].list);
        }
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_urls_are_taken_apart),
        cmocka_unit_test(bad_urls_are_refused),
        cmocka_unit_test(a_host_has_at_most_253_bytes),
        cmocka_unit_test(an_authority_has_at_most_261_bytes),
        cmocka_unit_test(a_url_has_at_most_1024_bytes),
#if SYMFEED_SIGN_IN
        cmocka_unit_test(the_same_host_has_the_same_scheme_name_and_port),
#endif
#if SYMFEED_PROXY
        cmocka_unit_test(good_proxy_urls_are_taken_apart),
        cmocka_unit_test(bad_proxy_urls_are_refused),
        cmocka_unit_test(user_and_password_have_at_most_256_bytes),
        cmocka_unit_test(the_list_names_hosts_that_are_reached_without_the_proxy),
#endif
    };

    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
