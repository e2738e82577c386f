/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_network.c - connections and their troubles: opening them, keeping them, each timer by name,
 * framing, and several feeds in one process.
 */
#include "common.h"

/* --- opening a connection ----------------------------------------------------------------- */

static void a_refused_connection_is_tried_again(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->connect_fails = 5;
    world_start(world);
    world_push(world, 3);
    world_settle(world, 500 + 1000 + 2000 + 4000 + 8000);
    expect_log(world, "as the test has ordered");
    assert_int_equal(world->warnings, LOGS(SYMFEED_LOG_WARNING) ? 5 : 0);
    assert_int_equal(symfeed_counters(world->feed)->connects, 1);
    ends_well(world);
}

static void a_tls_failure_is_tried_again(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->secure_fails = 5;
    world_start(world);
    world_push(world, 3);
    world_settle(world, 500 + 1000 + 2000 + 4000 + 8000);
    expect_log(world, "as the test has ordered");
    ends_well(world);
}

static void a_dead_network_is_tried_at_the_longest_wait_for_ever(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->connect_fails = FOR_EVER;
    world_start(world);
    world_run(world, (uint64_t)30 * 86400000);
    assert_in_range(world->connections, 30 * 288, 30 * 600);
    world->connect_fails = 0;
    ends_well(world);
}

static void an_insecure_agent_is_reached_without_tls(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->config.agent = "http://agent.test:8443/agent/";
    world->config.insecure_http = true;
    world->secure_fails = FOR_EVER;
    world_start(world);
    ends_well(world);
}

static void resumed_sessions_are_counted(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(ANY);

    (void)state;
    reply.fields = "Connection: close\r\n";
    reply.times = 3;
    world_reply(world, reply);
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    assert_int_equal(symfeed_counters(world->feed)->connects, 4);
    assert_int_equal(symfeed_counters(world->feed)->resumed, 3);
    ends_well(world);
}

/* --- timers ------------------------------------------------------------------------------- */

/* The first retry comes after exactly this many milliseconds, its wait not counted. */
static void strikes(struct world *world, uint64_t after, const char *logged)
{
    world->config.timers.connect = 1100;
    world->config.timers.secure = 2200;
    world->config.timers.send = 3300;
    world->config.timers.first_byte = 4400;
    world->config.timers.idle = 5500;
    world->config.timers.whole = 20000;
    world_start(world);
    while (symfeed_counters(world->feed)->retries == 0 && world->time <= after) {
        (void)world_next(world);
        if (symfeed_counters(world->feed)->retries == 0) {
            (void)world_step(world);
        }
    }
    assert_int_equal(world->time, after);
    expect_log(world, logged);
    world->connect_takes = 0;
    world->secure_takes = 0;
    world->send_takes = 0;
    ends_well(world);
}

static void the_connect_timer(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->connect_takes = FOR_EVER;
    strikes(world, 1100, "connect");
}

static void the_secure_timer(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->connect_takes = 1000;
    world->secure_takes = FOR_EVER;
    strikes(world, 3200, "TLS");
}

static void the_send_timer(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->connect_takes = 1000;
    world->secure_takes = 2000;
    world->send_takes = 1000;
    world->send_piece = 10;
    strikes(world, 6300, "send");
}

static void the_first_byte_timer(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(ANY);

    (void)state;
    world->connect_takes = 1000;
    reply.cut = true;
    world_reply(world, reply);
    strikes(world, 5400, "for an answer");
}

static void the_idle_timer(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(ANY);

    (void)state;
    reply.cut = true;
    reply.cut_at = 15;
    reply.delay = 4000;
    reply.gap = 5000;
    reply.piece = 10;
    world_reply(world, reply);
    strikes(world, 4000 + 5000 + 5500, "mid-answer");
}

static void the_whole_timer(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(ANY);

    (void)state;
    reply.gap = 5000;
    world_reply(world, reply);
    strikes(world, 20000, "too long");
}

static void one_byte_a_minute_is_given_up(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);

    (void)state;
    reply.gap = 60000;
    world_reply(world, reply);
    world_push(world, 3);
    world_run(world, 30000);
    world_run(world, 30000 + 500);
    assert_int_equal(symfeed_counters(world->feed)->retries, 1);
    ends_well(world);
}

static void a_byte_now_and_then_for_ever_is_given_up_by_the_whole_timer(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);

    (void)state;
    reply.gap = 29000;
    world_reply(world, reply);
    world_push(world, 3);
    world_until_requests(world, world->seen_count + 1);
    world_run(world, world_last(world)->time + 599000 - world->time);
    if (symfeed_counters(world->feed)->retries != 0) {
        fail_msg("at %lu", (unsigned long)world->time);
    }
    world_run(world, 1500);
    assert_int_equal(symfeed_counters(world->feed)->retries, 1);
    ends_well(world);
}

static void the_applications_own_time_is_not_held_against_the_agent(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(READ);

    (void)state;
    world->application_takes = 3600000;
    world->recv_piece = 100;
    reply.gap = 100;
    reply.piece = 100;
    world_reply(world, reply);
    world_start(world);
    world_push(world, 8);
    world_settle(world, (uint64_t)9 * 3600000);
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    world->application_takes = 0;
    ends_well(world);
}

static void a_head_at_once_and_the_body_after_the_hold_is_no_failure(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);

    (void)state;
    /* 30 s of holding and a bit for the way */
    reply.piece = 200;
    reply.gap = 30500;
    reply.status = 200;
    reply.fields =
        "X-Padding: 0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567\r\n";
    reply.body = "{\"events\":[],\"ackId\":\"x\"}";
    world->any_ack = true;
    world_reply(world, reply);
    world_run(world, 120000);
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    ends_well(world);
}

static void calling_early_does_no_harm(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->connect_fails = 1;
    world_start(world);
    while (symfeed_counters(world->feed)->retries == 0) {
        (void)world_next(world);
    }
    {
        uint32_t deadline = symfeed_deadline(world->feed);
        uint32_t calls = world->port_calls;

        for (int i = 0; i < 100; i++) {
            assert_int_equal(world_next(world), SYMFEED_WAIT);
            assert_int_equal(symfeed_deadline(world->feed), deadline);
            assert_int_equal(symfeed_wants(world->feed), 0);
        }
        assert_int_equal(world->port_calls, calls);
    }
    ends_well(world);
}

/* --- keeping a connection ----------------------------------------------------------------- */

static void all_requests_go_over_one_connection(void **state)
{
    struct world *world = following();

    (void)state;
    world_run(world, 3600000);
    assert_int_equal(world->connections, 1);
    ends_well(world);
}

/* The connection dies between two requests: the second is sent again on a new one, at once. */
static void a_kept_connection_that_died_is_replaced_at_once(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct world *world = following();
        struct reply reply = to(READ);

        if (way < 2) {
            reply.after = way == 0 ? ENDS : RESETS; /* behind an answer that is whole */
            reply.times = 2;
            world_reply(world, reply);
            world_push(world, 10);
            world_settle(world, 31000);
            assert_int_equal(symfeed_counters(world->feed)->retries, 0); /* nothing was sent */
            assert_int_equal(world->connections, 3);
        } else {
            reply.cut = true; /* a request that is never answered */
            reply.after = ENDS;
            world_reply(world, reply);
            world_push(world, 10);
            world_settle(world, 30000);
            assert_int_equal(symfeed_counters(world->feed)->retries, 1);
            assert_int_equal(world->connections, 2);
        }
        assert_int_equal(world->warnings, 0);
        ends_well(world);
    }
}

static void the_replacement_dying_too_is_a_failure(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);
    size_t at = world->seen_count;

    (void)state;
    reply.cut = true;
    reply.after = ENDS;
    reply.times = 2;
    world_reply(world, reply);
    world_push(world, 3);
    world_until_requests(world, at + 3);
    assert_true(world->seen[at + 1].time == world->seen[at].time);
    assert_in_range(world->seen[at + 2].time - world->seen[at + 1].time, 250, 500);
    assert_string_equal(world->seen[at + 2].ack, world->seen[at].ack);
    ends_well(world);
}

static void a_new_connection_that_dies_is_a_failure(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(LIST);

    (void)state;
    reply.cut = true;
    reply.after = RESETS;
    world_reply(world, reply);
    world_start(world);
    world_until_requests(world, 2);
    assert_in_range(world->seen[1].time, 250, 500);
    ends_well(world);
}

static void a_kept_connection_that_falls_silent_is_a_failure(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);
    size_t at = world->seen_count;

    (void)state;
    reply.cut = true;
    world_reply(world, reply);
    world_until_requests(world, at + 2);
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 60250, 60500);
    assert_int_equal(world->connections, 2);
    ends_well(world);
}

/* --- framing ------------------------------------------------------------------------------ */

#define GOOD "{\"events\":[{\"id\":\"x\"}],\"ackId\":\"x\"}" /* 35 bytes */

/* A raw answer to a read: is it good, and is the connection kept behind it? */
static void framed(const char *raw, bool good, bool kept)
{
    for (size_t piece = 0; piece < 3; piece++) {
        struct world *world = following();
        struct reply reply = to(READ);
        size_t at = world->seen_count;

        world->recv_piece = piece == 2 ? 500 : piece;
        world->any_ack = true;
        reply.raw = raw;
        reply.after = good || kept ? KEEP : ENDS;
        reply.after = strstr(raw, "Content-Length") == NULL && strstr(raw, "chunked") == NULL
                          ? ENDS
                          : reply.after;
        world_reply(world, reply);
        world_run(world, 31000);
        world_until_requests(world, at + 2);
        if (world->strangers != (good ? 1u : 0u) && strstr(raw, "\"x\"") != NULL && good) {
            fail_msg("%u events out of %s", world->strangers, raw);
        }
        if ((strcmp(world->seen[at + 1].ack, "x") == 0) != good) {
            fail_msg("ackId %s after %s", world->seen[at + 1].ack, raw);
        }
        if ((world->seen[at + 1].connection == world->seen[at].connection) != kept) {
            fail_msg("connection %u after %s", world->seen[at + 1].connection, raw);
        }
        ends_well(world);
    }
}

static void connection_close_is_obeyed(void **state)
{
    (void)state;
    framed("HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n" GOOD, true, true);
    framed("HTTP/1.1 200 OK\r\nContent-Length: 35\r\nConnection: close\r\n\r\n" GOOD, true, false);
    framed("HTTP/1.1 200 OK\r\nconnection: Keep-Alive, Close\r\nContent-Length: 35\r\n\r\n" GOOD,
           true, false);
    framed("HTTP/1.0 200 OK\r\nContent-Length: 35\r\n\r\n" GOOD, true, false);
    framed("HTTP/1.0 200 OK\r\nContent-Length: 35\r\nConnection: keep-alive\r\n\r\n" GOOD, true,
           false); /* in doubt */
}

static void interim_answers_are_passed_over(void **state)
{
    (void)state;
    framed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n" GOOD,
           true, true);
    framed("HTTP/1.1 101 Switching\r\nContent-Length: 35\r\n\r\n" GOOD, false, false);
}

static void chunks_and_close_delimited_bodies_are_read(void **state)
{
    (void)state;
    framed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "23;a=\"b\"\r\n" GOOD "\r\n0\r\nX: y\r\n\r\n",
           true, true);
    framed("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n"
           "023\r\n" GOOD "\r\n000\r\n\r\n",
           true, true);
    framed("HTTP/1.1 200 OK\r\n\r\n" GOOD, true, false);
}

static void doubtful_framing_closes_the_connection(void **state)
{
    static const char *const doubtful[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 35\r\nContent-Length: 36\r\n\r\n" GOOD,
        "HTTP/1.1 200 OK\r\nContent-Length: 35\r\nTransfer-Encoding: chunked\r\n\r\n" GOOD,
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" GOOD,
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551651\r\n\r\n" GOOD,
        "HTTP/1.1 200 OK\r\nContent-Length: 35\r\nContent-Encoding: gzip\r\n\r\n" GOOD,
        "HTTP/1.1 200 OK\nContent-Length: 35\n\n" GOOD,
        "HTTP/1.1 200 OK\r\nContent-Length: 35\r\n folded: x\r\n\r\n" GOOD,
        "HTTP/2 200 OK\r\nContent-Length: 35\r\n\r\n" GOOD,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000023\r\n" GOOD "\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n23x\r\n" GOOD "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n23\r\n" GOOD "X\r\n0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(doubtful); i++) {
        framed(doubtful[i], false, false);
    }
}

static void bytes_left_over_close_the_connection(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);
    size_t at = world->seen_count;

    (void)state;
    world->any_ack = true;
    reply.raw = "HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n" GOOD "HTTP/1.1 400 Smuggled\r\n"
                "Content-Length: 0\r\n\r\n";
    world_reply(world, reply);
    world_until_requests(world, at + 2);
    assert_string_equal(world->seen[at + 1].ack, "x");
    assert_int_equal(world->connections, 2);
    assert_int_equal(world_count(world, DELETE), 0);
    ends_well(world);
}

static void a_head_of_any_size_is_passed_over(void **state)
{
    static char head[300000];
    size_t size = 0;

    (void)state;
    size += (size_t)sprintf(head, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 500; i++) {
        size += (size_t)sprintf(head + size, "X-Bomb-%d: ", i);
        memset(head + size, 'b', (size_t)i);
        size += (size_t)i;
        size += (size_t)sprintf(head + size, "\r\n");
    }
    (void)sprintf(head + size, "Content-Length: 35\r\n\r\n" GOOD);
    framed(head, true, true);
}

/* --- bytes that nobody asked for ---------------------------------------------------------- */

#define FORGED "{\"events\":[{\"id\":\"forged\"}],\"ackId\":\"forged\"}" /* 47 bytes */

static const char forged[] = "HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n" FORGED;
static const char forged_array[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n[{\"id\":\"forged\"}]";
static const char full_408[] = "HTTP/1.1 408 Request Time-out\r\nContent-Length: 5\r\n"
                               "Connection: close\r\n\r\nslow\n";

/* Nothing of what was forged came out or went back. */
static void nothing_forged(struct world *world)
{
    assert_int_equal(world->strangers, 0);
    for (size_t i = 0; i < world->seen_count && i < MOST_SEEN; i++) {
        assert_true(strstr(world->seen[i].ack, "forged") == NULL);
        assert_true(strstr(world->seen[i].feed, "forged") == NULL);
    }
    assert_false(world_logged(world, "spoke"));
    assert_false(world_logged(world, "408"));
}

/* A client of this task that gets such an answer to a read, and then what nobody asked for. */
static void idle_meets(enum symfeed_task task, struct reply reply, const char *unasked)
{
    struct world *world = task == SYMFEED_TASK_FEED ? world_new() : world_of(task);
    unsigned connections = 0;
    size_t at = 0;

    (void)snprintf(what, sizeof what, "task %d, status %u, %lu ms", (int)task, reply.status,
                   (unsigned long)reply.unasked_after);
    world->config.window = 2048;
    world->any_ack = true;
    world->stale_tokens = true; /* a second 401 is waited for */
    world = follows(world);
    world->application_takes = 1000;
    at = world->seen_count;
    connections = world->connections;
    reply.call = READ;
    reply.unasked = unasked;
    if (reply.status == 401) {
        reply.times = 2;
    }
    world_reply(world, reply);
    world_push(world, 2);
    world_until_requests(world, at + 3);
    world_run(world, 20000);
    nothing_forged(world);
    assert_true(world->connections > connections);
    what[0] = '\0';
    ends_well(world);
}

static void a_whole_answer_on_an_idle_connection_is_never_handed_out(void **state)
{
    static const enum symfeed_task tasks[] = {SYMFEED_TASK_FEED, SYMFEED_TASK_DATAHOSE,
                                              SYMFEED_TASK_LEGACY};
    static const struct {
        unsigned status; /* 0: a good one, whose events take the application a while */
        const char *raw;
        const char *body;
    } rows[] = {
        {0, NULL, NULL},
        {200, NULL, NULL}, /* and empty at once: the feed waits */
        {503, NULL, "<html>"},
        {401, NULL, "{}"},
        {204, NULL, NULL},
        {204, "HTTP/1.1 204 No Content\r\nContent-Length: 47\r\n\r\n", NULL},
        {204, "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", NULL},
    };
    static const uint32_t times[] = {0, 1, 100};

    (void)state;
    for (size_t i = 0; i < COUNT(tasks) * COUNT(rows) * COUNT(times); i++) {
        enum symfeed_task task = tasks[i % COUNT(tasks)];
        size_t row = i / COUNT(tasks) % COUNT(rows);
        bool legacy = task == SYMFEED_TASK_LEGACY;
        struct reply reply = to(READ);

        if ((legacy && !SYMFEED_LEGACY) || (task == SYMFEED_TASK_DATAHOSE && !SYMFEED_DATAHOSE)) {
            continue;
        }
        reply.status = rows[row].status;
        reply.raw = rows[row].raw;
        reply.body = rows[row].body != NULL ? rows[row].body
                     : legacy               ? "[]"
                                            : "{\"events\":[],\"ackId\":\"none\"}";
        reply.unasked_after = times[i / COUNT(tasks) / COUNT(rows)];
        idle_meets(task, reply, legacy ? forged_array : forged);
        idle_meets(task, reply, full_408);
    }
}

/* Whatever a call is answered with on a connection that was kept, if it is a 408 it was not seen:
 * the same request goes out once more, at once, and nothing is said of it. */
static void a_408_on_a_kept_connection_is_a_dead_connection(void **state)
{
    static const enum call_kind calls[] = {CREATE, READ};
    static const char *const orders[] = {"LCCRR", "LCRRR"};

    (void)state;
    for (size_t i = 0; i < COUNT(calls) * 2; i++) {
        struct world *world = world_new();
        struct reply reply = to(calls[i / 2]);

        world->recv_piece = i % 2;
        reply.status = 408;
        reply.body = "slow";
        world_reply(world, reply);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        assert_string_equal(calls_from(world, 0), orders[i / 2]);
        assert_true(world_last(world)->time == 0);
        assert_int_equal(world->connections, 2);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        assert_int_equal(world->warnings + world->errors, 0);
        assert_int_equal(world_live_feeds(world), 1);
        ends_well(world);
    }
}

static void a_408_on_a_fresh_connection_is_an_answer(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(ANY);

    (void)state;
    reply.status = 408;
    reply.times = 3;
    world_reply(world, reply);
    world_start(world);
    world_until_requests(world, 5);
    /* L fresh: answer, waits. L kept: dead; L fresh: answer, waits. L kept: good. */
    assert_memory_equal(calls_from(world, 0), "LLLLC", 5);
    assert_in_range(world->seen[1].time, 250, 500);
    assert_true(world->seen[2].time == world->seen[1].time);
    assert_in_range(world->seen[3].time - world->seen[2].time, 500, 1000);
    assert_int_equal(world->connections, 2);
    expect_log(world, "list: 408 (trace ");
    ends_well(world);
}

/* Each new connection, kept for ever: an answer to the next request is there before it. */
static void a_server_that_speaks_first_is_a_failure(void **state)
{
    static const char *const greetings[] = {forged, "SSH-2.0-server\r\n", full_408};

    (void)state;
    for (size_t i = 0; i < COUNT(greetings); i++) {
        struct world *world = world_new();

        world->greeting = greetings[i];
        world->greets = 3;
        world->any_ack = true;
        world_start(world);
        world_push(world, 3);
        world_settle(world, 500 + 1000 + 2000);
        assert_int_equal(world->connections, 4);
        assert_int_equal(world->strangers, 0);
        assert_int_equal(symfeed_counters(world->feed)->retries, 3);
        expect_log(world, "list: the server spoke or hung up first, next try in 0.");
        ends_well(world);
    }
}

static void an_answer_without_a_body_that_claims_one_ends_the_connection(void **state)
{
    static const struct {
        const char *raw;
        unsigned connections;
    } rows[] = {
        {"HTTP/1.1 204 No Content\r\n\r\n", 1},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 1},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 47\r\n\r\n", 2},
        {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", 2},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 47\r\n\r\n", 2},
        {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", 2},
        {"HTTP/1.1 103 Hints\r\nContent-Length: 47\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 2},
        {"HTTP/1.1 100 x\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 204 x\r\n\r\n", 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *world = following();
        struct reply reply = to(READ);
        size_t at = world->seen_count;

        reply.raw = rows[i].raw;
        world_reply(world, reply);
        world_until_requests(world, at + 2);
        if (world->connections != rows[i].connections) {
            fail_msg("%u connections behind %s", world->connections, rows[i].raw);
        }
        ends_well(world);
    }
}

/* --- a port that knows better ------------------------------------------------------------- */

static void a_handshake_that_the_port_would_do_otherwise_is_made_again_at_once(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->secure_agains = 1;
    world_start(world);
    world_push(world, 3);
    world_settle(world, 0);
    assert_int_equal(world->connections, 2);
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    assert_int_equal(world->warnings, 0);
    ends_well(world);
}

static void it_is_so_once_for_each_request_and_then_waited_for(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->secure_agains = 5;
    world_start(world);
    world_push(world, 3);
    world_settle(world, 500 + 1000);
    assert_int_equal(world->connections, 6);
    assert_int_equal(symfeed_counters(world->feed)->retries, 2);
    expect_log(world, "list: as the test has ordered, next try in 0.");
    ends_well(world);
    world = world_new();
    world->secure_agains = FOR_EVER;
    world_start(world);
    world_run(world, 86400000);
    assert_in_range(world->connections, 2 * 288, 2 * 600);
    world->secure_agains = 0;
    ends_well(world);
}

/* --- codings ------------------------------------------------------------------------------ */

static void a_coding_that_is_refused_is_named(void **state)
{
    static const char *const codings[] = {"gzip", "UTF-8"};

    (void)state;
    for (size_t i = 0; i < COUNT(codings); i++) {
        struct world *world = following();
        struct reply reply = to(READ);
        char fields[64];
        char logged[64];

        (void)snprintf(fields, sizeof fields, "Content-Encoding: %s\r\n", codings[i]);
        (void)snprintf(logged, sizeof logged, "read: coding refused: %s, next try in 0.",
                       codings[i]);
        reply.fields = fields;
        (void)after_read(world, reply, 1);
        expect_log(world, logged);
        ends_well(world);
    }
}

static void an_empty_content_coding_is_none(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(ANY);

    (void)state;
    reply.fields = "Content-Encoding:\r\n";
    reply.times = 4;
    world_reply(world, reply);
    world_start(world);
    world_push(world, 3);
    world_settle(world, 0);
    assert_int_equal(world->warnings, 0);
    ends_well(world);
}

/* --- several feeds ------------------------------------------------------------------------ */

static void several_feeds_work_side_by_side(void **state)
{
    struct world *worlds[5];
    size_t done = 0;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        worlds[i] = world_new();
        worlds[i]->seed = (uint32_t)i + 7;
        worlds[i]->config.window = 1024 + 999 * i;
        worlds[i]->config.tokens = 64 + 7 * i;
        worlds[i]->recv_piece = 50 + 31 * i;
        worlds[i]->fault_at = 20;
        worlds[i]->fault_every = (uint32_t)(223 + i);
        worlds[i]->choppy = i % 2 == 0;
        world_start(worlds[i]);
        world_push(worlds[i], (unsigned)(20 + i));
    }
    for (unsigned turn = 0; done < 5 && turn < 1000000; turn++) {
        struct world *world = worlds[turn * 2654435761u % 5];

        (void)world_step(world);
        done = 0;
        for (size_t i = 0; i < 5; i++) {
            done += world_acknowledged(worlds[i]) == 20 + i ? 1u : 0u;
        }
    }
    assert_int_equal(done, 5);
    for (size_t i = 0; i < 5; i++) {
        worlds[i]->fault_at = 0;
        ends_well(worlds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_connection_is_tried_again),
        cmocka_unit_test(a_tls_failure_is_tried_again),
        cmocka_unit_test(a_dead_network_is_tried_at_the_longest_wait_for_ever),
        cmocka_unit_test(an_insecure_agent_is_reached_without_tls),
        cmocka_unit_test(resumed_sessions_are_counted),
        cmocka_unit_test(the_connect_timer),
        cmocka_unit_test(the_secure_timer),
        cmocka_unit_test(the_send_timer),
        cmocka_unit_test(the_first_byte_timer),
        cmocka_unit_test(the_idle_timer),
        cmocka_unit_test(the_whole_timer),
        cmocka_unit_test(one_byte_a_minute_is_given_up),
        cmocka_unit_test(a_byte_now_and_then_for_ever_is_given_up_by_the_whole_timer),
        cmocka_unit_test(the_applications_own_time_is_not_held_against_the_agent),
        cmocka_unit_test(a_head_at_once_and_the_body_after_the_hold_is_no_failure),
        cmocka_unit_test(calling_early_does_no_harm),
        cmocka_unit_test(all_requests_go_over_one_connection),
        cmocka_unit_test(a_kept_connection_that_died_is_replaced_at_once),
        cmocka_unit_test(the_replacement_dying_too_is_a_failure),
        cmocka_unit_test(a_new_connection_that_dies_is_a_failure),
        cmocka_unit_test(a_kept_connection_that_falls_silent_is_a_failure),
        cmocka_unit_test(connection_close_is_obeyed),
        cmocka_unit_test(interim_answers_are_passed_over),
        cmocka_unit_test(chunks_and_close_delimited_bodies_are_read),
        cmocka_unit_test(doubtful_framing_closes_the_connection),
        cmocka_unit_test(bytes_left_over_close_the_connection),
        cmocka_unit_test(a_head_of_any_size_is_passed_over),
        cmocka_unit_test(a_whole_answer_on_an_idle_connection_is_never_handed_out),
        cmocka_unit_test(a_408_on_a_kept_connection_is_a_dead_connection),
        cmocka_unit_test(a_408_on_a_fresh_connection_is_an_answer),
        cmocka_unit_test(a_server_that_speaks_first_is_a_failure),
        cmocka_unit_test(an_answer_without_a_body_that_claims_one_ends_the_connection),
        cmocka_unit_test(a_handshake_that_the_port_would_do_otherwise_is_made_again_at_once),
        cmocka_unit_test(it_is_so_once_for_each_request_and_then_waited_for),
        cmocka_unit_test(a_coding_that_is_refused_is_named),
        cmocka_unit_test(an_empty_content_coding_is_none),
        cmocka_unit_test(several_feeds_work_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
