/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_request.c - the requests, byte for byte, through output buffers of every size; values
 * encoded for where they stand; the length of the body.
 */
#include "helpers.h"

#include "request.h"
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

static struct agent agent_of(const char *tag, const char *session, const char *key_manager)
{
    struct agent agent;

    memset(&agent, 0, sizeof agent);
    agent.authority = text_of("pod.example:8443");
    agent.path = text_of("/base/agent");
    agent.tag = text_of(tag);
    agent.session_token = session;
    agent.key_manager_token = key_manager;
    agent.secure = true;
    return agent;
}

static struct request request_of(const struct agent *agent, enum call call)
{
    struct request request;

    memset(&request, 0x5A, sizeof request);
    request.agent = agent;
    request.feed = text_of("a_f_b");
    request.ack = text_of("");
    request.call = (uint8_t)call;
    request.all_feeds = false;
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
    struct request request = request_of(&agent, CALL_LIST);

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
    struct agent agent = agent_of("a b&c=d\"e\\f/g?h#i%j+k\xC3\xA9~-._Z9", "S", "");
    struct request request = request_of(&agent, CALL_LIST);

    (void)state;
    expect_request(&request, "GET /base/agent/v5/datafeeds?tag=a%20b%26c%3Dd%22e%5Cf%2Fg%3Fh%23i%25"
                             "j%2Bk%C3%A9~-._Z9 HTTP/1.1\r\nHost: pod.example:8443\r\n"
                             "sessionToken: S\r\n" FIXED "\r\n\r\n");
}

#define CREATE                                                                                     \
    "POST /base/agent/v5/datafeeds HTTP/1.1\r\nHost: pod.example:8443\r\nsessionToken: "           \
    "S\r\n" FIXED CONTENT

static void a_feed_is_created(void **state)
{
    struct agent agent = agent_of("", "S", "");
    struct request request = request_of(&agent, CALL_CREATE);

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
    struct request request = request_of(&agent, CALL_CREATE);

    (void)state;
    expect_request(&request, CREATE "28\r\n\r\n{\"tag\":\"a \\\"b\\\" \\\\ \xC3\xA9 &%t/\"}");
}

#define READ(feed)                                                                                 \
    "POST /base/agent/v5/datafeeds/" feed                                                          \
    "/read HTTP/1.1\r\nHost: pod.example:8443\r\nsessionToken: S\r\n" FIXED CONTENT

static void a_feed_is_read_and_acknowledged(void **state)
{
    struct agent agent = agent_of("alarm", "S", "");
    struct request request = request_of(&agent, CALL_READ);

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
    struct request request = request_of(&agent, CALL_READ);

    (void)state;
    request.feed = text_of("CK/8+a==_f 1%2F?#\xC3\xA9..");
    expect_request(&request,
                   READ("CK%2F8%2Ba%3D%3D_f%201%252F%3F%23%C3%A9..") "34\r\n\r\n{\"ackId\":\"\","
                                                                     "\"updatePresence\":true}");
}

static void a_feed_is_deleted(void **state)
{
    struct agent agent = agent_of("alarm", "S", "K");
    struct request request = request_of(&agent, CALL_DELETE);

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
    request = request_of(&agent, CALL_CREATE);
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
    struct request request = request_of(&agent, CALL_READ);
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

/* Less than all but two bytes of the room is used at the end only. */
static void each_buffer_but_the_last_is_used(void **state)
{
    struct agent agent = agent_of("a b c", "S", "K");
    struct request request = request_of(&agent, CALL_LIST);
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
        cmocka_unit_test(each_buffer_but_the_last_is_used),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
