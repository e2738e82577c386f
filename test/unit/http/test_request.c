/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_request.c - the requests, byte for byte, through output buffers of every size; values
 * encoded for where they stand; the length of the body; what a proxy is asked.
 */
#include "helpers.h"

#include "http/request.h"
#include "symfeed.h"

#define FIXED                                                                                      \
    "Accept: application/json\r\nUser-Agent: symfeed/" SYMFEED_VERSION "\r\nX-Trace-Id: az09ad"
#define CONTENT "\r\nContent-Type: application/json\r\nContent-Length: "

static struct text text_of(const char *string)
{
    struct text text = {string, strlen(string)};

    return text;
}

/* Always the same six bytes, one for each end of the alphabet. */
static void six_bytes(void *context, void *data, size_t size)
{
    static const unsigned char bytes[] = {0, 25, 26, 35, 36, 255};

    (void)context;
    assert_int_equal(size, sizeof bytes);
    memcpy(data, bytes, size);
}

static struct host host_of(const char *url)
{
    struct host host;

    memset(&host, 0, sizeof host);
    assert_true(symfeed_url_parse(&host, url));
    return host;
}

/* Three hosts; two of them with a path in front. */
static struct agent agent_of(const char *tag, const char *session, const char *key_manager)
{
    struct agent agent;

    memset(&agent, 0, sizeof agent);
    agent.hosts[ROLE_AGENT] = host_of("https://pod.example:8443/base/agent");
#if SYMFEED_SIGN_IN
    agent.hosts[ROLE_POD] = host_of("https://login.example");
    agent.hosts[ROLE_KEY_MANAGER] = host_of("https://[::1]:8444/km");
    agent.sign_in =
        (uint8_t)(SYMFEED_KEY_SIGN_IN ? SYMFEED_SIGN_IN_BY_KEY : SYMFEED_SIGN_IN_BY_CERTIFICATE);
#endif
    agent.tag = text_of(tag);
    agent.session_token = session;
    agent.key_manager_token = key_manager;
    return agent;
}

static struct request request_of(const struct agent *agent, enum symfeed_call call)
{
    struct request request;

    memset(&request, 0x5A, sizeof request);
    request.agent = agent;
    request.feed = text_of("a_f_b");
    request.ack = text_of("");
    request.call = (uint8_t)call;
    request.all_feeds = false;
    request.bare = false;
    return request;
}

/* Writes the request through a buffer of `size` bytes, twice, as after a reconnect. */
static void expect_through(struct request *request, size_t size, const char *expected)
{
    struct symfeed_port port;
    char *out = (char *)malloc(size);

    assert_non_null(out);
    memset(&port, 0, sizeof port);
    port.random = six_bytes;
    for (unsigned time = 0; time < 2; time++) {
        struct buffer written = {NULL, 0, 0};
        size_t count = 0;

        symfeed_request_begin(request, &port);
        do {
            count = symfeed_request_fill(request, out, size);
            assert_true(count <= size);
            add_bytes(&written, out, count);
        } while (count > 0 && written.size < 100000 && (time == 0 || written.size < size * 3));
        if (time == 0) {
            assert_string_equal(written.at, expected);
            assert_int_equal(symfeed_request_fill(request, out, size), 0);
        }
        drop(&written);
    }
    free(out);
}

static void expect_request(struct request *request, const char *expected)
{
    size_t whole = strlen(expected);

    for (size_t size = 16; size <= whole + 5; size += size < 400 ? 1 : 97) {
        expect_through(request, size, expected);
    }
    expect_through(request, whole, expected);
    expect_through(request, whole + 3, expected);
}

static void the_list_is_asked_for(void **state)
{
    struct agent agent = agent_of("", "S", "K");
    struct request request = request_of(&agent, SYMFEED_CALL_LIST);

    (void)state;
    expect_request(&request, "GET /base/agent/v5/datafeeds HTTP/1.1\r\nHost: pod.example:8443\r\n"
                             "sessionToken: S\r\nkeyManagerToken: K\r\n" FIXED "\r\n\r\n");
    agent.key_manager_token = "";
    expect_request(&request, "GET /base/agent/v5/datafeeds HTTP/1.1\r\nHost: pod.example:8443\r\n"
                             "sessionToken: S\r\n" FIXED "\r\n\r\n");
    agent.tag = text_of("alarm");
    expect_request(&request,
                   "GET /base/agent/v5/datafeeds?tag=alarm HTTP/1.1\r\nHost: pod.example:8443\r\n"
                   "sessionToken: S\r\n" FIXED "\r\n\r\n");
    request.all_feeds = true;
    expect_request(&request, "GET /base/agent/v5/datafeeds HTTP/1.1\r\nHost: pod.example:8443\r\n"
                             "sessionToken: S\r\n" FIXED "\r\n\r\n");
}

static void a_tag_is_percent_encoded_in_the_query(void **state)
{
    struct agent agent = agent_of("a b&c=d\"e\\f/g?h#i%j+k\xC3\xA9~-._Z9:@[`{", "S", "");
    struct request request = request_of(&agent, SYMFEED_CALL_LIST);

    (void)state;
    expect_request(&request,
                   "GET /base/agent/v5/datafeeds?tag=a%20b%26c%3Dd%22e%5Cf%2Fg%3Fh%23i%25"
                   "j%2Bk%C3%A9~-._Z9%3A%40%5B%60%7B HTTP/1.1\r\nHost: pod.example:8443\r\n"
                   "sessionToken: S\r\n" FIXED "\r\n\r\n");
}

#define CREATE                                                                                     \
    "POST /base/agent/v5/datafeeds HTTP/1.1\r\nHost: pod.example:8443\r\nsessionToken: "           \
    "S\r\n" FIXED CONTENT

static void a_feed_is_created(void **state)
{
    struct agent agent = agent_of("", "S", "");
    struct request request = request_of(&agent, SYMFEED_CALL_CREATE);

    (void)state;
    expect_request(&request, CREATE "2\r\n\r\n{}");
    agent.include_invisible = true;
    expect_request(&request, CREATE "25\r\n\r\n{\"includeInvisible\":true}");
    agent.tag = text_of("alarm");
    expect_request(&request, CREATE "39\r\n\r\n{\"tag\":\"alarm\",\"includeInvisible\":true}");
    agent.include_invisible = false;
    expect_request(&request, CREATE "15\r\n\r\n{\"tag\":\"alarm\"}");
}

static void a_tag_is_escaped_in_json(void **state)
{
    struct agent agent = agent_of("a \"b\" \\ \xC3\xA9 &%t/", "S", "");
    struct request request = request_of(&agent, SYMFEED_CALL_CREATE);

    (void)state;
    expect_request(&request, CREATE "28\r\n\r\n{\"tag\":\"a \\\"b\\\" \\\\ \xC3\xA9 &%t/\"}");
}

#define READ(feed)                                                                                 \
    "POST /base/agent/v5/datafeeds/" feed                                                          \
    "/read HTTP/1.1\r\nHost: pod.example:8443\r\nsessionToken: S\r\n" FIXED CONTENT

static void a_feed_is_read_and_acknowledged(void **state)
{
    struct agent agent = agent_of("alarm", "S", "");
    struct request request = request_of(&agent, SYMFEED_CALL_READ);

    (void)state;
    expect_request(&request, READ("a_f_b") "34\r\n\r\n{\"ackId\":\"\",\"updatePresence\":true}");
    request.ack = text_of("x1");
    expect_request(&request, READ("a_f_b") "36\r\n\r\n{\"ackId\":\"x1\",\"updatePresence\":true}");
    agent.no_presence = true;
    expect_request(&request, READ("a_f_b") "37\r\n\r\n{\"ackId\":\"x1\",\"updatePresence\":false}");
    /* JSON text as it came, percent signs are no templates. */
    request.ack = text_of("\\\"\\u00e9%i%s+/=");
    expect_request(&request, READ("a_f_b") "50\r\n\r\n{\"ackId\":\"\\\"\\u00e9%i%s+/=\","
                                           "\"updatePresence\":false}");
}

static void a_feed_id_is_percent_encoded_in_the_path(void **state)
{
    struct agent agent = agent_of("", "S", "");
    struct request request = request_of(&agent, SYMFEED_CALL_READ);

    (void)state;
    request.feed = text_of("CK/8+a==_f 1%2F?#\xC3\xA9..");
    expect_request(&request,
                   READ("CK%2F8%2Ba%3D%3D_f%201%252F%3F%23%C3%A9..") "34\r\n\r\n{\"ackId\":\"\","
                                                                     "\"updatePresence\":true}");
}

static void a_feed_is_deleted(void **state)
{
    struct agent agent = agent_of("alarm", "S", "K");
    struct request request = request_of(&agent, SYMFEED_CALL_DELETE);

    (void)state;
    request.feed = text_of("a/b_f");
    expect_request(&request,
                   "DELETE /base/agent/v5/datafeeds/a%2Fb_f HTTP/1.1\r\nHost: pod.example:8443\r\n"
                   "sessionToken: S\r\nkeyManagerToken: K\r\n" FIXED "\r\n\r\n");
}

static void long_tokens_pass_through_small_buffers(void **state)
{
    struct buffer session = {NULL, 0, 0};
    struct buffer key_manager = {NULL, 0, 0};
    struct buffer expected = {NULL, 0, 0};
    struct agent agent;
    struct request request;

    (void)state;
    add_times(&session, "eyJh.%s%p-_", 230);
    add_times(&key_manager, "0123456789abcdef", 130);
    agent = agent_of("", session.at, key_manager.at);
    request = request_of(&agent, SYMFEED_CALL_CREATE);
    add(&expected,
        "POST /base/agent/v5/datafeeds HTTP/1.1\r\nHost: pod.example:8443\r\nsessionToken: ");
    add(&expected, session.at);
    add(&expected, "\r\nkeyManagerToken: ");
    add(&expected, key_manager.at);
    add(&expected, "\r\n" FIXED CONTENT "2\r\n\r\n{}");
    expect_through(&request, 16, expected.at);
    expect_through(&request, 1023, expected.at);
    expect_through(&request, 4096, expected.at);
    expect_through(&request, expected.size, expected.at);
    drop(&session);
    drop(&key_manager);
    drop(&expected);
}

static void the_length_of_a_long_body_is_right(void **state)
{
    struct agent agent = agent_of("", "S", "");
    struct request request = request_of(&agent, SYMFEED_CALL_READ);
    static const struct {
        size_t ack;
        const char *length;
    } cases[] = {{65, "99"}, {66, "100"}, {965, "999"}, {966, "1000"}, {9966, "10000"}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer ack = {NULL, 0, 0};
        struct buffer expected = {NULL, 0, 0};

        add_times(&ack, "k", cases[i].ack);
        request.ack = text_of(ack.at);
        add(&expected, READ("a_f_b"));
        add(&expected, cases[i].length);
        add(&expected, "\r\n\r\n{\"ackId\":\"");
        add(&expected, ack.at);
        add(&expected, "\",\"updatePresence\":true}");
        expect_through(&request, 64, expected.at);
        expect_through(&request, 20000, expected.at);
        drop(&ack);
        drop(&expected);
    }
}

/* --- other tasks -------------------------------------------------------------------------- */

#define AGENT_HEAD " HTTP/1.1\r\nHost: pod.example:8443\r\n"

#if SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE

static void health_and_version_are_asked_for(void **state)
{
    struct agent agent = agent_of("alarm", "S", "K");
    struct request health = request_of(&agent, SYMFEED_CALL_HEALTH);
    struct request version = request_of(&agent, SYMFEED_CALL_VERSION);

    (void)state;
    health.bare = true;
    version.bare = true;
    expect_request(&health, "GET /base/agent/v3/health/extended" AGENT_HEAD FIXED "\r\n\r\n");
    expect_request(&version, "GET /base/agent/v1/info" AGENT_HEAD FIXED "\r\n\r\n");
    version.bare = false;
    expect_request(&version, "GET /base/agent/v1/info" AGENT_HEAD
                             "sessionToken: S\r\nkeyManagerToken: K\r\n" FIXED "\r\n\r\n");
}

#endif

#if SYMFEED_DATAHOSE

#define EVENTS "POST /base/agent/v5/events/read" AGENT_HEAD "sessionToken: S\r\n" FIXED CONTENT

static void a_datahose_is_read(void **state)
{
    struct agent agent = agent_of("bot", "S", "");
    struct request request = request_of(&agent, SYMFEED_CALL_EVENTS);

    (void)state;
    agent.fanout = true;
    expect_request(&request, EVENTS "62\r\n\r\n{\"type\":\"fanout\",\"tag\":\"bot\",\"ackId\":\"\","
                                    "\"updatePresence\":true}");
    agent.default_tag = true;
    expect_request(&request,
                   EVENTS "71\r\n\r\n{\"type\":\"fanout\",\"tag\":\"datahose-bot\",\"ackId\":\"\","
                          "\"updatePresence\":true}");
    agent.fanout = false;
    agent.default_tag = false;
    agent.no_presence = true;
    agent.tag = text_of("a \"b\" \\ \xC3\xA9%i");
    agent.types = text_of("MESSAGESENT");
    request.ack = text_of("x\\\"1");
    expect_request(&request, EVENTS
                   "110\r\n\r\n{\"type\":\"datahose\",\"tag\":\"a \\\"b\\\" \\\\ \xC3\xA9%i\","
                   "\"eventTypes\":[\"MESSAGESENT\"],\"ackId\":\"x\\\"1\","
                   "\"updatePresence\":false}");
    agent.tag = text_of("t");
    agent.no_presence = false;
    agent.types = text_of("A,B-1,C_2");
    agent.scopes = text_of("INTERNAL,EXTERNAL");
    request.ack = text_of("");
    expect_request(&request, EVENTS "126\r\n\r\n{\"type\":\"datahose\",\"tag\":\"t\","
                                    "\"eventTypes\":[\"A\",\"B-1\",\"C_2\"],"
                                    "\"scopes\":[\"INTERNAL\",\"EXTERNAL\"],\"ackId\":\"\","
                                    "\"updatePresence\":true}");
}

#endif

#if SYMFEED_LEGACY

static void a_legacy_feed_is_created_and_read(void **state)
{
    static char room[] = "AWSALB=a/b+c==|%i";
    struct agent agent = agent_of("alarm", "S", "");
    struct request create = request_of(&agent, SYMFEED_CALL_LEGACY_CREATE);
    struct request read = request_of(&agent, SYMFEED_CALL_LEGACY_READ);
    struct request other = request_of(&agent, SYMFEED_CALL_INFO);

    (void)state;
    read.feed = text_of("a/b+c==");
    expect_request(&create, "POST /base/agent/v4/datafeed/create" AGENT_HEAD
                            "sessionToken: S\r\n" FIXED "\r\nContent-Length: 0\r\n\r\n");
    expect_request(&read, "GET /base/agent/v4/datafeed/a%2Fb%2Bc%3D%3D/read" AGENT_HEAD
                          "sessionToken: S\r\n" FIXED "\r\n\r\n");
    agent.cookie.at = room;
    agent.cookie.size = sizeof room - 1;
    agent.cookie.room = sizeof room;
    expect_request(&create, "POST /base/agent/v4/datafeed/create" AGENT_HEAD
                            "sessionToken: S\r\nCookie: AWSALB=a/b+c==|%i\r\n" FIXED
                            "\r\nContent-Length: 0\r\n\r\n");
    expect_request(&read, "GET /base/agent/v4/datafeed/a%2Fb%2Bc%3D%3D/read" AGENT_HEAD
                          "sessionToken: S\r\nCookie: AWSALB=a/b+c==|%i\r\n" FIXED "\r\n\r\n");
    if (SYMFEED_SIGN_IN) {
        expect_request(&other,
                       "GET /base/agent/v1/info" AGENT_HEAD "sessionToken: S\r\n" FIXED "\r\n\r\n");
    }
}

#endif

#if SYMFEED_SIGN_IN

/* --- signing in --------------------------------------------------------------------------- */

#define COMMON "Accept: application/json\r\nUser-Agent: symfeed/" SYMFEED_VERSION "\r\n"
#define TRACE  "X-Trace-Id: az09ad"

#if SYMFEED_KEY_SIGN_IN

static void signing_in_by_key_sends_the_jwt_and_nothing_else(void **state)
{
    struct agent agent = agent_of("alarm", "JWT.ONE.x", "");
    struct request session = request_of(&agent, SYMFEED_CALL_SESSION);
    struct request key = request_of(&agent, SYMFEED_CALL_KEY);

    (void)state;
    expect_request(
        &session,
        "POST /login/pubkey/authenticate HTTP/1.1\r\nHost: login.example\r\n" COMMON TRACE CONTENT
        "21\r\n\r\n{\"token\":\"JWT.ONE.x\"}");
    agent.session_token = "SESSION";
    agent.key_manager_token = "JWT.TWO.yy";
    expect_request(
        &key,
        "POST /km/relay/pubkey/authenticate HTTP/1.1\r\nHost: [::1]:8444\r\n" COMMON TRACE CONTENT
        "22\r\n\r\n{\"token\":\"JWT.TWO.yy\"}");
    /* percent signs are no templates */
    agent.key_manager_token = "%J%b%";
    expect_request(
        &key,
        "POST /km/relay/pubkey/authenticate HTTP/1.1\r\nHost: [::1]:8444\r\n" COMMON TRACE CONTENT
        "17\r\n\r\n{\"token\":\"%J%b%\"}");
    agent.hosts[ROLE_POD] = host_of("https://login.example:8445/pod/");
    agent.session_token = "J";
    expect_request(
        &session,
        "POST /pod/login/pubkey/authenticate HTTP/1.1\r\nHost: login.example:8445\r\n" COMMON TRACE
            CONTENT "13\r\n\r\n{\"token\":\"J\"}");
}

#endif

#if SYMFEED_CERTIFICATE_SIGN_IN

/* The certificate says all; even an empty object as a body is refused. */
static void signing_in_by_certificate_has_no_body_at_all(void **state)
{
    struct agent agent = agent_of("alarm", "", "");
    struct request session = request_of(&agent, SYMFEED_CALL_SESSION);
    struct request key = request_of(&agent, SYMFEED_CALL_KEY);

    (void)state;
    agent.sign_in = SYMFEED_SIGN_IN_BY_CERTIFICATE;
    expect_request(
        &session,
        "POST /sessionauth/v1/authenticate HTTP/1.1\r\nHost: login.example\r\n" COMMON TRACE
        "\r\nContent-Length: 0\r\n\r\n");
    agent.session_token = "SESSION";
    expect_request(&key,
                   "POST /km/keyauth/v1/authenticate HTTP/1.1\r\nHost: [::1]:8444\r\n" COMMON TRACE
                   "\r\nContent-Length: 0\r\n\r\n");
}

#endif

static void the_agents_version_is_asked_for_with_the_session_token(void **state)
{
    static const enum symfeed_sign_in ways[] = {SYMFEED_SIGN_IN_BY_KEY,
                                                SYMFEED_SIGN_IN_BY_CERTIFICATE};

    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct agent agent = agent_of("alarm", "S", "");
        struct request request = request_of(&agent, SYMFEED_CALL_INFO);

        agent.sign_in = (uint8_t)ways[i];
        expect_request(&request, "GET /base/agent/v1/info HTTP/1.1\r\nHost: pod.example:8443\r\n"
                                 "sessionToken: S\r\n" FIXED "\r\n\r\n");
    }
}

static void each_call_goes_to_its_host(void **state)
{
    (void)state;
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_LIST), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_CREATE), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_READ), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_DELETE), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_EVENTS), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_LEGACY_CREATE), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_LEGACY_READ), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_HEALTH), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_VERSION), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_INFO), ROLE_AGENT);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_SESSION), ROLE_POD);
    assert_int_equal(symfeed_request_role(SYMFEED_CALL_KEY), ROLE_KEY_MANAGER);
}

#endif

#if SYMFEED_PROXY

/* --- the proxy ---------------------------------------------------------------------------- */

#define TUNNEL_END "\r\nUser-Agent: symfeed/" SYMFEED_VERSION "\r\n\r\n"

static void a_proxy_is_asked_for_a_tunnel_word_for_word(void **state)
{
    static const struct {
        const char *proxy;
        const char *url;
        const char *expected;
    } rows[] = {
        {"http://proxy.example:3128", "https://pod.example/agent",
         "CONNECT pod.example:443 HTTP/1.1\r\nHost: pod.example:443" TUNNEL_END},
        {"http://proxy.example", "https://pod.example:8443",
         "CONNECT pod.example:8443 HTTP/1.1\r\nHost: pod.example:8443" TUNNEL_END},
        {"http://proxy.example", "https://[2001:db8::1]/x",
         "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443" TUNNEL_END},
        {"http://proxy.example", "https://[::1]:8443",
         "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443" TUNNEL_END},
        {"http://proxy.example", "https://10.0.0.1:1/",
         "CONNECT 10.0.0.1:1 HTTP/1.1\r\nHost: 10.0.0.1:1" TUNNEL_END},
        /* base64 of Aladdin:open sesame */
        {"http://Aladdin:open%20sesame@proxy.example", "https://pod.example",
         "CONNECT pod.example:443 HTTP/1.1\r\nHost: pod.example:443\r\n"
         "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" TUNNEL_END},
        /* u:\xFB\xFF@/ - digits in both cases, the alphabet with + and / */
        {"http://u:%fB%Ff%40%2f@proxy.example", "https://pod.example",
         "CONNECT pod.example:443 HTTP/1.1\r\nHost: pod.example:443\r\n"
         "Proxy-Authorization: Basic dTr7/0Av" TUNNEL_END},
        /* u: - the colon is there without a password, too */
        {"http://u@proxy.example", "https://pod.example",
         "CONNECT pod.example:443 HTTP/1.1\r\nHost: pod.example:443\r\n"
         "Proxy-Authorization: Basic dTo=" TUNNEL_END},
        /* a:b: - an encoded one does not count */
        {"http://a%3Ab@proxy.example", "https://pod.example",
         "CONNECT pod.example:443 HTTP/1.1\r\nHost: pod.example:443\r\n"
         "Proxy-Authorization: Basic YTpiOg==" TUNNEL_END},
        {"http://a:b@proxy.example", "https://pod.example",
         "CONNECT pod.example:443 HTTP/1.1\r\nHost: pod.example:443\r\n"
         "Proxy-Authorization: Basic YTpi" TUNNEL_END},
        /* a: - with a colon, whether or not it was given */
        {"http://a@proxy.example", "https://pod.example",
         "CONNECT pod.example:443 HTTP/1.1\r\nHost: pod.example:443\r\n"
         "Proxy-Authorization: Basic YTo=" TUNNEL_END},
        {"http://a:@proxy.example", "https://pod.example",
         "CONNECT pod.example:443 HTTP/1.1\r\nHost: pod.example:443\r\n"
         "Proxy-Authorization: Basic YTo=" TUNNEL_END},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct host host = host_of(rows[i].url);
        struct proxy proxy;
        char out[SYMFEED_WINDOW_MIN];
        size_t size = 0;

        memset(&proxy, 0, sizeof proxy);
        memset(out, 0x5A, sizeof out);
        assert_true(symfeed_url_parse_proxy(&proxy, rows[i].proxy));
        size = symfeed_request_tunnel(&proxy, &host, out);
        assert_int_equal(out[size], 0x5A);
        out[size] = '\0';
        assert_string_equal(out, rows[i].expected);
    }
}

/* The longest authority that a URL may have, and credentials of which no byte is escaped. */
static void the_longest_question_to_a_proxy_fits_the_smallest_window(void **state)
{
    struct buffer url = {NULL, 0, 0};
    struct buffer user = {NULL, 0, 0};
    struct host host;
    struct proxy proxy;
    char *out = (char *)malloc(SYMFEED_WINDOW_MIN);
    size_t size = 0;

    (void)state;
    assert_non_null(out);
    add(&url, "https://[");
    add_times(&url, "f", 253);
    add(&url, "]:08443/agent");
    add(&user, "http://");
    add_times(&user, "u", SYMFEED_PROXY_USER_MAX); /* and a colon behind it */
    add(&user, "@proxy.example");
    host = host_of(url.at);
    memset(&proxy, 0, sizeof proxy);
    assert_true(symfeed_url_parse_proxy(&proxy, user.at));
    size = symfeed_request_tunnel(&proxy, &host, out);
    assert_in_range(size, 900, SYMFEED_WINDOW_MIN);
    assert_memory_equal(out + size - 4, "\r\n\r\n", 4);
    free(out);
    drop(&url);
    drop(&user);
}

#endif

/* --- buffers ------------------------------------------------------------------------------ */

/* Less than all but two bytes of the room is used at the end only. */
static void each_buffer_but_the_last_is_used(void **state)
{
    struct agent agent = agent_of("a b c", "S", "K");
    struct request request = request_of(&agent, SYMFEED_CALL_LIST);
    struct symfeed_port port;
    char out[40];

    (void)state;
    memset(&port, 0, sizeof port);
    port.random = six_bytes;
    for (size_t size = 16; size <= sizeof out; size++) {
        size_t before = size;

        symfeed_request_begin(&request, &port);
        for (;;) {
            size_t count = symfeed_request_fill(&request, out, size);

            if (count == 0) {
                break;
            }
            /* An encoded character is up to three bytes, which stay together. */
            assert_true(before + 2 >= size);
            before = count;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_asked_for),
        cmocka_unit_test(a_tag_is_percent_encoded_in_the_query),
        cmocka_unit_test(a_feed_is_created),
        cmocka_unit_test(a_tag_is_escaped_in_json),
        cmocka_unit_test(a_feed_is_read_and_acknowledged),
        cmocka_unit_test(a_feed_id_is_percent_encoded_in_the_path),
        cmocka_unit_test(a_feed_is_deleted),
        cmocka_unit_test(long_tokens_pass_through_small_buffers),
        cmocka_unit_test(the_length_of_a_long_body_is_right),
#if SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE
        cmocka_unit_test(health_and_version_are_asked_for),
#endif
#if SYMFEED_DATAHOSE
        cmocka_unit_test(a_datahose_is_read),
#endif
#if SYMFEED_LEGACY
        cmocka_unit_test(a_legacy_feed_is_created_and_read),
#endif
#if SYMFEED_SIGN_IN
#if SYMFEED_KEY_SIGN_IN
        cmocka_unit_test(signing_in_by_key_sends_the_jwt_and_nothing_else),
#endif
#if SYMFEED_CERTIFICATE_SIGN_IN
        cmocka_unit_test(signing_in_by_certificate_has_no_body_at_all),
#endif
        cmocka_unit_test(the_agents_version_is_asked_for_with_the_session_token),
        cmocka_unit_test(each_call_goes_to_its_host),
#endif
#if SYMFEED_PROXY
        cmocka_unit_test(a_proxy_is_asked_for_a_tunnel_word_for_word),
        cmocka_unit_test(the_longest_question_to_a_proxy_fits_the_smallest_window),
#endif
        cmocka_unit_test(each_buffer_but_the_last_is_used),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
