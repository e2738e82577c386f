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
    world_settle(world, 3500 + 7000 + 14000 + 28000 + 30000);
    expect_log(world, "as the test has ordered");
    assert_int_equal(world->warnings, 5);
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
    world_settle(world, 3500 + 7000 + 14000 + 28000 + 30000);
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
    assert_in_range(world->connections, 30 * 2880, 30 * 5770);
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
    world->config.timers.tls_handshake = 2200;
    world->config.timers.send = 3300;
    world->config.timers.first_byte = 4400;
    world->config.timers.idle = 5500;
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

/* The application comes back after days or weeks, wherever the clock of 32 bits stands by then:
 * what the feed waited for is over. */
static void a_feed_that_was_not_called_for_weeks_is_due(void **state)
{
    static const unsigned days[] = {1, 24, 25, 26, 30, 40, 47};
    static const uint32_t offsets[] = {0, 0x7FFFFF00u, 0x80000000u, 0xFFFFFF00u};
    enum { WAITING, CONNECTING, HELD, SITUATIONS };

    (void)state;
    for (size_t i = 0; i < COUNT(days) * COUNT(offsets) * SITUATIONS; i++) {
        unsigned situation = (unsigned)(i % SITUATIONS);
        struct world *world = world_new();
        size_t seen = 0;

        (void)snprintf(what, sizeof what, "situation %u, %u days, clock at %lx", situation,
                       days[i / SITUATIONS / COUNT(offsets)],
                       (unsigned long)offsets[i / SITUATIONS % COUNT(offsets)]);
        world->clock_offset = offsets[i / SITUATIONS % COUNT(offsets)];
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        if (situation != HELD) {
            struct reply reply = to(READ);

            reply.status = 503;
            world_reply(world, reply);
            world->connect_takes = situation == CONNECTING ? FOR_EVER : 0;
            reply.fields = "Connection: close\r\n";
            world_reply(world, reply);
        }
        world_push(world, 1);
        for (unsigned steps = 0; steps < 5; steps++) {
            (void)world_next(world);
        }
        seen = world->seen_count;
        world->time += (uint64_t)days[i / SITUATIONS / COUNT(offsets)] * 86400000;
        world->connect_takes = 0;
        world_run(world, 2000);
        assert_true(world->seen_count > seen);
        ends_well(world);
    }
    what[0] = '\0';
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

/* The rule holds whatever the timers are: no byte is late, and too few come. */
static void an_answer_that_has_begun_must_bring_1024_bytes_a_minute(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(ANY);

    (void)state;
    reply.gap = 5000;
    world_reply(world, reply);
    strikes(world, 60000, "too slow");
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

/* Each time, for hours: the next try is as good as the first, and the wait before it grows no
 * longer than for any other read that was held. */
static void a_byte_each_44_s_is_ended_by_the_progress_rule(void **state)
{
    static const size_t records[] = {0, 16384}; /* in the clear; inside a record of TLS */

    (void)state;
    for (size_t i = 0; i < COUNT(records); i++) {
        struct world *world = following();
        struct reply reply = to(READ);
        size_t seen = world->seen_count;

        world->record = records[i];
        reply.gap = 44000;
        reply.times = FOR_EVER;
        world_reply(world, reply);
        world_push(world, 3);
        world_run(world, 36000000);
        assert_in_range(world->seen_count - seen, 300, 600);
        expect_log(world, i == 0 ? "the answer is too slow" : "timed out waiting for an answer");
        world_forget_replies(world);
        world->record = 0;
        ends_well(world);
    }
}

/* --- slow links --------------------------------------------------------------------------- */

/* From now on answers to reads come as a link of this many bytes a second brings them. */
static void slow_down(struct world *world, enum framing framing, unsigned rate)
{
    struct reply reply = to(READ);

    reply.framing = framing;
    reply.gap = 100;
    reply.piece = rate / 10;
    reply.times = FOR_EVER;
    world_reply(world, reply);
    world->record = 16384;
    world->keeps_event_order = true;
}

static const unsigned rates[] = {200, 400, 1000, 4000};

/* Whatever comes through at this rate comes once, and nothing is asked for twice. */
static void settles_slowly(struct world *world, size_t bytes, unsigned rate)
{
    world_settle(world, (uint64_t)bytes * 2000 / rate + 120000);
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    assert_int_equal(symfeed_counters(world->feed)->duplicates, 0);
    assert_int_equal(world->connections, 1);
    world_forget_replies(world);
    world->record = 0;
    ends_well(world);
}

static void an_event_of_3_mb_gets_through_a_slow_link(void **state)
{
    static const char head[] = "{\"id\":\"e3\",\"type\":\"X\",\"filler\":\"";
    size_t size = 3000000;
    char *text = malloc(size + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + size - 2, "\"}", 3);
    for (size_t i = 0; i < 2 * COUNT(rates); i++) {
        unsigned rate = rates[i / 2];
        struct world *world = following();

        slow_down(world, i % 2 == 0 ? BY_LENGTH : CHUNKED, rate);
        world_push_text(world, text);
        settles_slowly(world, size, rate);
    }
    free(text);
}

static void a_backlog_of_500_events_gets_through_a_slow_link(void **state)
{
    static const char head[] = "{\"id\":\"e%u\",\"type\":\"X\",\"filler\":\"%03900u\"}";
    char text[4096];

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(rates); i++) {
        unsigned rate = rates[i / 2];
        struct world *world = following();

        world->batch_most = 500;
        world->requeue = 30000;
        slow_down(world, i % 2 == 0 ? BY_LENGTH : CHUNKED, rate);
        for (unsigned event = 3; event < 503; event++) {
            (void)snprintf(text, sizeof text, head, event, 0u);
            world_push_text(world, text);
        }
        settles_slowly(world, (size_t)500 * sizeof text, rate);
    }
}

static void a_stop_in_the_middle_of_a_slow_answer(void **state)
{
    static const enum symfeed_stop how[] = {SYMFEED_STOP_NOW, SYMFEED_STOP_AFTER_BATCH};

    (void)state;
    for (size_t i = 0; i < COUNT(how); i++) {
        struct world *world = following();

        world->batch_most = 500;
        slow_down(world, BY_LENGTH, 200);
        world->record = 0;
        world_push(world, 500);
        world_run(world, 40000);
        assert_in_range(world->event_steps, 4, 500);
        world_stop(world, how[i], how[i] == SYMFEED_STOP_NOW ? 5000 : 1000000);
        assert_int_equal(world_acknowledged(world), how[i] == SYMFEED_STOP_NOW ? 3 : 503);
        world_free(world);
    }
}

static void make_fields(uint64_t at, char *out, size_t size)
{
    static const char line[] = "X-A: b\r\n";

    for (size_t i = 0; i < size; i++) {
        out[i] = line[(at + i) % (sizeof line - 1)];
    }
}

/* Bytes flow, and nothing comes of them. */
static void a_head_that_never_ends_is_given_up(void **state)
{
    static const uint32_t gaps[] = {1, 1000};

    (void)state;
    for (size_t i = 0; i < COUNT(gaps); i++) {
        struct world *world = following();
        struct reply reply = to(READ);

        reply.raw = "HTTP/1.1 200 OK\r\n";
        reply.maker = make_fields;
        reply.maker_size = UINT32_MAX;
        reply.gap = gaps[i];
        reply.piece = 500;
        world_reply(world, reply);
        world_run(world, 300000);
        assert_int_equal(symfeed_counters(world->feed)->retries, 1);
        expect_log(world, "the answer is too slow");
        ends_well(world);
    }
}

static void make_blanks(uint64_t at, char *out, size_t size)
{
    (void)at;
    memset(out, ' ', size);
}

#define EMPTY "{\"events\":[],\"ackId\":\"ack-1\"}"
#define CHUNK "1d\r\n" EMPTY "\r\n"

/* The agent has said all, and what follows does not end. */
static void an_answer_whose_end_never_comes_is_given_up(void **state)
{
    static const struct {
        const char *raw;
        body_maker maker;
        bool fails;
    } ends[] = {
        {"HTTP/1.1 200 OK\r\n\r\n" EMPTY, make_blanks, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" CHUNK "0\r\n", make_fields, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" CHUNK "0;", make_blanks, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct world *world = following();
        struct reply reply = to(READ);

        reply.raw = ends[i].raw;
        reply.maker = ends[i].maker;
        reply.maker_size = UINT32_MAX;
        reply.gap = 1000;
        reply.piece = 20;
        world_reply(world, reply);
        world_run(world, 7200000);
        world_push(world, 2);
        world_settle(world, 60000);
        assert_int_equal(symfeed_counters(world->feed)->retries, ends[i].fails ? 1 : 0);
        ends_well(world);
    }
}

/* A handshake and an answer that has not begun yet: their time begins anew with each 1,024 bytes.
 */
static void a_record_that_takes_longer_than_the_first_byte_may_is_waited_for(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);

    (void)state;
    world->record = 16384;
    reply.gap = 1000;
    reply.piece = 100;
    world_reply(world, reply);
    world->batch_most = 100;
    world_push(world, 100); /* some 20 KB: 164 s to the first byte that can be read */
    world_settle(world, 400000);
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    world->record = 0;
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
    assert_in_range(world->seen[at + 2].time - world->seen[at + 1].time, 0, 3500);
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
    assert_in_range(world->seen[1].time, 0, 3500);
    ends_well(world);
}

/* A server that restarts loses the reads of all its devices at the same moment. */
static void a_held_read_that_is_lost_is_not_made_again_at_once(void **state)
{
    static const uint32_t held[] = {499, 500, 9000, 20000};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(held); i++) {
        struct world *world = following();
        struct reply reply = to(READ);
        size_t at = world->seen_count;
        uint64_t waited = 0;

        reply.cut = true;
        reply.delay = held[i / 2];
        reply.after = i % 2 == 0 ? ENDS : RESETS;
        world_reply(world, reply);
        world_push(world, 3);
        world_until_requests(world, at + 2);
        waited = world->seen[at + 1].time - world->seen[at].time - held[i / 2];
        assert_in_range(waited, i / 2 == 0 ? 0 : 1, i / 2 == 0 ? 0 : 3500);
        assert_string_equal(world->seen[at + 1].ack, world->seen[at].ack);
        ends_well(world);
    }
}

static void the_first_call_can_be_put_off(void **state)
{
    uint64_t sum = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        struct world *world = world_new();

        world->seed = seed;
        world->config.timers.start = 4000;
        world_start(world);
        world_until_requests(world, 1);
        assert_in_range(world->seen[0].time, 1, 4000);
        sum += world->seen[0].time;
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        ends_well(world);
    }
    assert_in_range(sum / 200, 1500, 2500);
}

/* Devices that were switched on together, and whose agent is not there yet, are spread out. */
static void a_call_that_was_put_off_waits_after_a_failure_as_any_other(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 50; seed++) {
        struct world *world = world_new();
        struct reply reply = to(LIST);

        reply.status = 503;
        world->seed = seed;
        world->config.timers.start = 60000;
        world_reply(world, reply);
        world_start(world);
        world_until_requests(world, 2);
        assert_in_range(world->seen[1].time - world->seen[0].time, 1, 3501);
        ends_well(world);
    }
}

/* Behind a load balancer, and after a change of addresses, another agent may be well. */
static void an_agent_that_fails_again_and_again_is_left_by_a_new_connection(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);

    (void)state;
    reply.status = 503;
    reply.times = 521;
    world_reply(world, reply);
    world_push(world, 1);
    world_settle(world, 521 * 30000);
    assert_int_equal(symfeed_counters(world->feed)->retries, 521);
    assert_int_equal(world->connections, 1 + 521 / 4);
    ends_well(world);
}

/* As a gateway's certificate is, it was made with the old ones. */
static void new_credentials_close_a_connection_on_which_no_call_is_made(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);

    (void)state;
    reply.status = 503;
    world_reply(world, reply);
    world_push(world, 1);
    while (symfeed_counters(world->feed)->retries == 0) {
        world_step(world);
    }
    assert_int_equal(world->connections, 1);
    assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
    world_settle(world, 1000);
    assert_int_equal(world->connections, 2);
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
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 60000, 63500);
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
    /* unless the next read happened to be due sooner */
    assert_true(world->connections > connections ||
                world->seen[at + 1].time - world->seen[at].time <= reply.unasked_after);
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
    assert_in_range(world->seen[1].time, 0, 3500);
    assert_true(world->seen[2].time == world->seen[1].time);
    assert_in_range(world->seen[3].time - world->seen[2].time, 3500, 7000);
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
        world_settle(world, 3500 + 7000 + 14000);
        assert_int_equal(world->connections, 4);
        assert_int_equal(world->strangers, 0);
        assert_int_equal(symfeed_counters(world->feed)->retries, 3);
        expect_log(world, "list: the server spoke first, next try in ");
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
    world_settle(world, 3500 + 7000);
    assert_int_equal(world->connections, 6);
    assert_int_equal(symfeed_counters(world->feed)->retries, 2);
    expect_log(world, "list: as the test has ordered, next try in ");
    ends_well(world);
    world = world_new();
    world->secure_agains = FOR_EVER;
    world_start(world);
    world_run(world, 86400000);
    assert_in_range(world->connections, 2 * 2880, 2 * 5770);
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
        (void)snprintf(logged, sizeof logged, "read: coding refused: %s, next try in ", codings[i]);
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
        worlds[i]->config.json_tokens = 64 + 7 * i;
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
        cmocka_unit_test(a_feed_that_was_not_called_for_weeks_is_due),
        cmocka_unit_test(the_connect_timer),
        cmocka_unit_test(the_secure_timer),
        cmocka_unit_test(the_send_timer),
        cmocka_unit_test(the_first_byte_timer),
        cmocka_unit_test(the_idle_timer),
        cmocka_unit_test(an_answer_that_has_begun_must_bring_1024_bytes_a_minute),
        cmocka_unit_test(one_byte_a_minute_is_given_up),
        cmocka_unit_test(a_byte_each_44_s_is_ended_by_the_progress_rule),
        cmocka_unit_test(an_event_of_3_mb_gets_through_a_slow_link),
        cmocka_unit_test(a_backlog_of_500_events_gets_through_a_slow_link),
        cmocka_unit_test(a_stop_in_the_middle_of_a_slow_answer),
        cmocka_unit_test(a_head_that_never_ends_is_given_up),
        cmocka_unit_test(an_answer_whose_end_never_comes_is_given_up),
        cmocka_unit_test(a_record_that_takes_longer_than_the_first_byte_may_is_waited_for),
        cmocka_unit_test(the_applications_own_time_is_not_held_against_the_agent),
        cmocka_unit_test(a_head_at_once_and_the_body_after_the_hold_is_no_failure),
        cmocka_unit_test(calling_early_does_no_harm),
        cmocka_unit_test(all_requests_go_over_one_connection),
        cmocka_unit_test(a_kept_connection_that_died_is_replaced_at_once),
        cmocka_unit_test(the_replacement_dying_too_is_a_failure),
        cmocka_unit_test(a_new_connection_that_dies_is_a_failure),
        cmocka_unit_test(a_held_read_that_is_lost_is_not_made_again_at_once),
        cmocka_unit_test(the_first_call_can_be_put_off),
        cmocka_unit_test(a_call_that_was_put_off_waits_after_a_failure_as_any_other),
        cmocka_unit_test(an_agent_that_fails_again_and_again_is_left_by_a_new_connection),
        cmocka_unit_test(new_credentials_close_a_connection_on_which_no_call_is_made),
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
