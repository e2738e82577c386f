/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_connection.c - the life of a connection over a port that does as it is told: the states in
 * their order, what a failure in each of them means, what keeps a connection and what does not.
 */
#include "helpers.h"

#include "http/connection.h"

#define ROOM   2048
#define LINE   64
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

/* What a function of the port answers when it is not to succeed yet. */
#define WAITS SYMFEED_IO_WANT_READ

/* The port, a connection over it, and what was seen. */
static struct world {
    int connect_says; /* 0: success */
    int secure_says;
    int send_says;
    const char *recv[16]; /* in turn; NULL: nothing there; "": the end of the stream */
    size_t recv_at;
    uint32_t time;
    unsigned connects;
    unsigned closes;
    unsigned sends;
    struct symfeed_port port;
    struct symfeed_timers timers;
    struct symfeed_counters counters;
    struct agent agent;
    struct proxy proxy;
    struct connection connection;
    char out[ROOM];
    char line[LINE];
    unsigned char in[SYMFEED_RECEIVE_SIZE];
} world;

static int fake_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    world.connects++;
    return world.connect_says;
}

static int fake_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    return world.secure_says;
}

static int fake_send(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    world.sends++;
    return world.send_says != 0 ? world.send_says : (int)size;
}

static int fake_recv(void *context, void *data, size_t size)
{
    const char *text = world.recv_at < COUNT(world.recv) ? world.recv[world.recv_at] : NULL;
    size_t length = text != NULL ? strlen(text) : 0;

    (void)context;
    world.recv_at++;
    if (text == NULL) {
        return WAITS;
    }
    assert_true(length <= size);
    memcpy(data, text, length);
    return (int)length;
}

static void fake_close(void *context)
{
    (void)context;
    world.closes++;
}

static uint32_t fake_now(void *context)
{
    (void)context;
    return world.time;
}

static void fake_random(void *context, void *data, size_t size)
{
    (void)context;
    memset(data, 1, size);
}

static void start_world(bool proxy)
{
    static const struct symfeed_timers timers = {
        .connect = 1000, .tls_handshake = 2000, .send = 3000, .first_byte = 4000, .idle = 5000};
    struct connection *connection = &world.connection;

    memset(&world, 0, sizeof world);
    world.port.connect = fake_connect;
    world.port.secure = fake_secure;
    world.port.send = fake_send;
    world.port.recv = fake_recv;
    world.port.close = fake_close;
    world.port.now = fake_now;
    world.port.random = fake_random;
    world.timers = timers;
    assert_true(symfeed_url_parse(&world.agent.hosts[ROLE_AGENT], "https://agent.test"));
    world.agent.hosts[ROLE_AGENT].direct = !proxy;
    world.agent.session_token = "S";
    world.agent.key_manager_token = "";
    world.proxy.host = world.agent.hosts[ROLE_AGENT];
    connection->port = &world.port;
    connection->timers = &world.timers;
    connection->counters = &world.counters;
    connection->agent = &world.agent;
    connection->proxy = &world.proxy;
    connection->out = world.out;
    connection->out_room = sizeof world.out;
    connection->in = world.in;
    connection->request.agent = &world.agent;
    connection->request.call = SYMFEED_CALL_LIST;
    symfeed_response_init(&connection->response, world.line, LINE);
}

static void begin(enum symfeed_call call)
{
    world.connection.request.call = (uint8_t)call;
    symfeed_connection_begin(&world.connection);
}

/* What comes next: `count` texts, and then nothing. */
static void receives(size_t count, const char *const *texts)
{
    memset(world.recv, 0, sizeof world.recv);
    for (size_t i = 0; i < count; i++) {
        world.recv[i] = texts[i];
    }
    world.recv_at = 0;
}

/* Steps until the call is over or waits; bodies are taken. */
static enum connection_result run(void)
{
    for (unsigned steps = 0; steps < 20; steps++) {
        enum connection_result result = symfeed_connection_step(&world.connection);

        world.connection.body_size = 0;
        if (result != CONNECTION_SENT && result != CONNECTION_BODY &&
            (result != CONNECTION_WAIT || world.connection.wants != 0)) {
            return result;
        }
    }
    fail_msg("it never waits in state %u", world.connection.state);
    return CONNECTION_FAILED;
}

/* A call that succeeds, after which the connection is kept. */
static void keep_one(void)
{
    static const char *const texts[] = {NULL, ANSWER};

    begin(SYMFEED_CALL_LIST);
    receives(COUNT(texts), texts);
    assert_int_equal(run(), CONNECTION_DONE);
    assert_int_equal(world.connection.state, CONNECTION_IDLE);
    assert_false(connection_is_busy(&world.connection));
    world.connects = 0;
    world.closes = 0;
    world.sends = 0;
}

/* --- the states --------------------------------------------------------------------------- */

/* Each of the port's functions once makes the connection wait in its state. */
static void expect_wait(enum connection_state state)
{
    assert_int_equal(run(), CONNECTION_WAIT);
    assert_int_equal(world.connection.state, state);
    assert_true(connection_is_busy(&world.connection));
}

static void walk(bool proxy)
{
    static const char *const part[] = {"HTTP/1.1 200 O"};
    static const char *const rest[] = {"K\r\nContent-Length: 2\r\n\r\n{}"};
    static const char *const established[] = {"HTTP/1.1 200 OK\r\n\r\n"};

    start_world(proxy);
    world.connect_says = world.secure_says = world.send_says = WAITS;
    begin(SYMFEED_CALL_LIST);
    expect_wait(CONNECTION_CONNECTING);
    world.connect_says = 0;
    if (proxy) {
        expect_wait(CONNECTION_ASKING_PROXY);
        world.send_says = 0;
        expect_wait(CONNECTION_PROXY_ANSWERING);
        world.send_says = WAITS;
        receives(1, established);
    }
    expect_wait(CONNECTION_SECURING);
    world.secure_says = 0;
    receives(0, NULL);
    expect_wait(CONNECTION_SENDING);
    assert_false(connection_is_sent(&world.connection));
    world.send_says = 0;
    expect_wait(CONNECTION_AWAITING);
    assert_true(connection_is_sent(&world.connection));
    receives(1, part);
    expect_wait(CONNECTION_RECEIVING);
    assert_false(symfeed_connection_has_head(&world.connection));
    receives(1, rest);
    assert_int_equal(run(), CONNECTION_DONE);
    assert_int_equal(world.connection.state, CONNECTION_IDLE);
    assert_true(connection_was_sent(&world.connection));
    assert_false(connection_is_sent(&world.connection));
    assert_int_equal(world.counters.connects, 1);
    assert_int_equal(world.closes, 0);
}

static void the_states_follow_each_other(void **state)
{
    (void)state;
    walk(false);
    if (SYMFEED_PROXY) {
        walk(true);
    }
}

static void a_kept_connection_goes_from_idle_to_sending(void **state)
{
    (void)state;
    start_world(false);
    keep_one();
    begin(SYMFEED_CALL_LIST);
    assert_int_equal(world.connection.state, CONNECTION_CHECKING);
    world.send_says = WAITS;
    expect_wait(CONNECTION_SENDING);
    assert_int_equal(world.connects, 0);
}

/* Each state lasts as long as its timer, to the millisecond, and its report says so. */
static void each_state_has_its_timer(void **state)
{
    static const char *const part[] = {NULL, "HTTP/1.1 200 O"};
    static const char *const none[] = {NULL};
    static const struct {
        enum connection_state state;
        enum symfeed_report_code report;
        uint32_t time;
        int connect_says, secure_says, send_says;
        size_t count;
        bool proxy;
    } rows[] = {
        {CONNECTION_CONNECTING, SYMFEED_REPORT_LATE_CONNECTION, 1000, WAITS, 0, 0, 0, false},
        {CONNECTION_SECURING, SYMFEED_REPORT_LATE_HANDSHAKE, 2000, 0, WAITS, 0, 0, false},
        {CONNECTION_SENDING, SYMFEED_REPORT_LATE_REQUEST, 3000, 0, 0, WAITS, 0, false},
        {CONNECTION_AWAITING, SYMFEED_REPORT_LATE_ANSWER, 4000, 0, 0, 0, 1, false},
        {CONNECTION_RECEIVING, SYMFEED_REPORT_LATE_REST, 5000, 0, 0, 0, 2, false},
        {CONNECTION_CONNECTING, SYMFEED_REPORT_LATE_CONNECTION, 1000, WAITS, 0, 0, 0, true},
        {CONNECTION_ASKING_PROXY, SYMFEED_REPORT_LATE_REQUEST, 3000, 0, 0, WAITS, 0, true},
        {CONNECTION_PROXY_ANSWERING, SYMFEED_REPORT_LATE_ANSWER, 2000, 0, 0, 0, 1, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].proxy && !SYMFEED_PROXY) {
            continue;
        }
        start_world(rows[i].proxy);
        world.connect_says = rows[i].connect_says;
        world.secure_says = rows[i].secure_says;
        world.send_says = rows[i].send_says;
        receives(rows[i].count, rows[i].count == 2 ? part : none);
        begin(SYMFEED_CALL_LIST);
        expect_wait(rows[i].state);
        assert_int_equal(world.connection.deadline, rows[i].time);
        world.time = rows[i].time - 1;
        expect_wait(rows[i].state);
        world.time = rows[i].time;
        assert_int_equal(run(), CONNECTION_FAILED);
        assert_int_equal(world.connection.failure, rows[i].report);
        assert_int_equal(world.connection.reached, rows[i].state);
        assert_int_equal(connection_failed_at_proxy(&world.connection), rows[i].proxy);
        assert_int_equal(world.connection.state, CONNECTION_CLOSED);
        assert_int_equal(world.closes, 1);
    }
}

/* --- doubt -------------------------------------------------------------------------------- */

static void a_connection_is_kept_unless_something_speaks_against_it(void **state)
{
    static const struct {
        const char *answer;
        const char *behind;
        bool kept;
    } rows[] = {
        {ANSWER, NULL, true},
        {ANSWER "x", NULL, false},
        {"HTTP/1.1 200 x\r\n\r\n{}", "", false},
        {"HTTP/1.1 200 x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", NULL, false},
        {"HTTP/1.0 200 x\r\nContent-Length: 2\r\n\r\n{}", NULL, false},
        {"HTTP/1.1 204 x\r\n\r\n", NULL, true},
        {"HTTP/1.1 204 x\r\nContent-Length: 0\r\n\r\n", NULL, true},
        {"HTTP/1.1 204 x\r\nContent-Length: 2\r\n\r\n", NULL, false},
        {"HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n", NULL, false},
        {"HTTP/1.1 103 x\r\nContent-Length: 2\r\n\r\n" ANSWER, NULL, false},
        {"HTTP/1.1 103 x\r\n\r\n" ANSWER, NULL, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *texts[] = {NULL, rows[i].answer, rows[i].behind};

        start_world(false);
        receives(COUNT(texts), texts);
        begin(SYMFEED_CALL_LIST);
        assert_int_equal(run(), CONNECTION_DONE);
        if (world.connection.state != (rows[i].kept ? CONNECTION_IDLE : CONNECTION_CLOSED)) {
            fail_msg("state %u behind %s", world.connection.state, rows[i].answer);
        }
        assert_int_equal(world.closes, rows[i].kept ? 0 : 1);
    }
}

/* A call on a kept connection on which this comes: does a fresh connection take over, and is the
 * request counted as sent twice? */
static void a_dead_connection_is_replaced_where_the_call_allows_it(void **state)
{
    static const struct {
        enum symfeed_call call;
        const char *texts[2]; /* before the request, and in place of its answer */
        bool again;
        unsigned retries;
    } rows[] = {
        {SYMFEED_CALL_LIST, {"", NULL}, true, 0},
        {SYMFEED_CALL_CREATE, {"", NULL}, true, 0},
        {SYMFEED_CALL_CREATE, {"HTTP/1.1 200 OK\r\n", NULL}, true, 0},
        {SYMFEED_CALL_LIST, {NULL, ""}, true, 1},
        {SYMFEED_CALL_CREATE, {NULL, ""}, false, 0},
        {SYMFEED_CALL_LIST, {NULL, "HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n"}, true, 0},
        {SYMFEED_CALL_CREATE, {NULL, "HTTP/1.1 408 x\r\nContent-Length: 2\r\n\r\n{}"}, true, 0},
        {SYMFEED_CALL_LIST, {NULL, "nonsense\r\n"}, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start_world(false);
        keep_one();
        receives(2, rows[i].texts);
        begin(rows[i].call);
        world.connect_says = WAITS;
        assert_int_equal(run(), rows[i].again ? CONNECTION_WAIT : CONNECTION_FAILED);
        assert_int_equal(world.connection.state,
                         rows[i].again ? CONNECTION_CONNECTING : CONNECTION_CLOSED);
        assert_int_equal(world.closes, 1);
        assert_int_equal(world.sends, rows[i].texts[0] == NULL ? 1 : 0);
        assert_int_equal(world.counters.retries, rows[i].retries);
    }
}

/* On a fresh connection the same is a failure, or an answer. */
static void a_fresh_connection_is_not_replaced(void **state)
{
    static const char *const first[] = {"x"};
    static const char *const ended[] = {NULL, ""};
    static const char *const timeout[] = {NULL, "HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n"};

    (void)state;
    start_world(false);
    receives(COUNT(first), first);
    begin(SYMFEED_CALL_LIST);
    assert_int_equal(run(), CONNECTION_FAILED);
    assert_int_equal(world.connection.failure, SYMFEED_REPORT_SPOKE_FIRST);
    assert_int_equal(world.sends, 0);
    receives(COUNT(ended), ended);
    begin(SYMFEED_CALL_LIST);
    assert_int_equal(run(), CONNECTION_FAILED);
    assert_int_equal(world.connection.failure, SYMFEED_REPORT_NO_ANSWER);
    assert_true(connection_was_sent(&world.connection));
    receives(COUNT(timeout), timeout);
    begin(SYMFEED_CALL_LIST);
    assert_int_equal(run(), CONNECTION_DONE);
    assert_int_equal(world.connection.response.status, 408);
    assert_int_equal(world.connects, 3);
}

static void the_port_gets_another_connection_once_for_each_call(void **state)
{
    (void)state;
    start_world(false);
    for (unsigned call = 1; call <= 2; call++) {
        world.secure_says = SYMFEED_IO_AGAIN;
        begin(SYMFEED_CALL_LIST);
        assert_int_equal(run(), CONNECTION_FAILED);
        assert_int_equal(world.connection.failure, SYMFEED_REPORT_NO_CONNECTION);
        assert_int_equal(world.connection.cause, symfeed_cause(SYMFEED_IO_AGAIN));
        assert_int_equal(world.connects, 2 * call);
        assert_int_equal(world.closes, 2 * call);
        assert_int_equal(world.counters.retries, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_states_follow_each_other),
        cmocka_unit_test(a_kept_connection_goes_from_idle_to_sending),
        cmocka_unit_test(each_state_has_its_timer),
        cmocka_unit_test(a_connection_is_kept_unless_something_speaks_against_it),
        cmocka_unit_test(a_dead_connection_is_replaced_where_the_call_allows_it),
        cmocka_unit_test(a_fresh_connection_is_not_replaced),
        cmocka_unit_test(the_port_gets_another_connection_once_for_each_call),
    };

    return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
