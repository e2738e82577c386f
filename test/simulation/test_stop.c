/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_stop.c - stopping: at once or behind the batch, from wherever the feed is, in bounded time;
 * what was taken is acknowledged where that can be, what was not never is, and no secret is left.
 */
#include "common.h"

/* Stopped: nothing of the tokens is in the feed's memory, and the port is not called again. */
static void is_clean(struct world *world)
{
    uint32_t calls = world->port_calls;

    expect_log(world, "stopped");
    assert_false(world_memory_has(world, "SESSION."));
    assert_false(world_memory_has(world, "eyJhbGci"));
    assert_false(world_memory_has(world, "c2lnbmF0"));
    assert_false(world_memory_has(world, "KEYMANAGER"));
    assert_false(world_memory_has(world, "0123456789abcdef"));
    assert_false(world_memory_has(world, "EVENTTEXT"));
    symfeed_refuse(world->feed);
    symfeed_stop(world->feed, SYMFEED_STOP_NOW);
    symfeed_stop(world->feed, SYMFEED_STOP_AFTER_BATCH);
    assert_int_equal(symfeed_next(world->feed, &world->last), SYMFEED_STOPPED);
    assert_int_equal(world->port_calls, calls);
    assert_int_equal(symfeed_wants(world->feed), 0);
    world_free(world);
}

static struct world *with_current_event(unsigned number)
{
    struct world *world = world_new();

    world_start(world);
    world_push(world, 4);
    while (world->event_steps < number) {
        world_step(world);
    }
    return world;
}

static void before_the_first_call(void **state)
{
    (void)state;
    for (int when = 0; when < 2; when++) {
        struct world *world = world_new();

        world_start(world);
        world_stop(world, (enum symfeed_stop)when, 0);
        assert_int_equal(world->connections, 0);
        is_clean(world);
    }
}

static void now_with_a_complete_batch_sends_its_acknowledgement(void **state)
{
    struct world *world = with_current_event(4);

    (void)state;
    world_stop(world, SYMFEED_STOP_NOW, 0);
    assert_int_equal(world_acknowledged(world), 4);
    assert_int_equal(world_count(world, READ), 2);
    is_clean(world);
}

static void now_with_an_incomplete_batch_leaves_it(void **state)
{
    (void)state;
    for (unsigned number = 1; number < 4; number++) {
        struct world *world = with_current_event(number);

        world_stop(world, SYMFEED_STOP_NOW, 0);
        assert_int_equal(world_acknowledged(world), 0);
        assert_int_equal(world->event_steps, number);
        assert_int_equal(world->taken_count, number);
        is_clean(world);
    }
}

static void now_with_the_rest_of_the_batch_on_its_way_waits_for_it(void **state)
{
    static const uint32_t gaps[] = {1, 10, 1000, 4999, 5001, 60000};

    (void)state;
    for (size_t i = 0; i < COUNT(gaps); i++) {
        struct world *world = world_new();
        struct reply reply = to(READ);

        /* all but the end of the envelope comes at once */
        world->batch_most = 1;
        reply.piece = 245;
        reply.gap = gaps[i];
        world_reply(world, reply);
        world_start(world);
        world_push(world, 1);
        while (world->event_steps < 1) {
            world_step(world);
        }
        world_stop(world, SYMFEED_STOP_NOW, 5000);
        assert_int_equal(world_acknowledged(world), gaps[i] < 5000 ? 1 : 0);
        is_clean(world);
    }
}

#if SYMFEED_DEDUP > 0

/* Both events of a batch are taken when its end is cut off. It is read again, and the stop comes
 * when the head and so many bytes of the body are there: the rest holds nothing but repeats. */
static void now_in_a_batch_of_repeats_acknowledges_it(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 46\r\n\r\n";
    static const char body[] = "{\"events\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"ackId\":\"x\"}";
    char whole[sizeof head + sizeof body];

    (void)state;
    (void)snprintf(whole, sizeof whole, "%s%s", head, body);
    for (size_t size = 0; size < sizeof body - 1; size++) {
        struct world *world = world_new();
        struct reply reply = to(READ);

        assert_int_equal(sizeof body - 1, 46);
        world->any_ack = true;
        reply.raw = whole;
        reply.cut = true;
        reply.cut_at = sizeof head - 1 + 34;
        reply.after = ENDS;
        world_reply(world, reply);
        reply = to(READ);
        reply.raw = whole;
        reply.piece = sizeof head - 1 + size;
        reply.gap = 100;
        world_reply(world, reply);
        world_start(world);
        while (world_count(world, READ) < 2) {
            world_next(world);
            if (world_count(world, READ) < 2) {
                world_step(world);
            }
        }
        assert_int_equal(world->strangers, 2);
        world_stop(world, SYMFEED_STOP_NOW, 200);
        if (strcmp(world_last(world)->ack, "x") != 0) {
            fail_msg("stopped behind %lu bytes of the body: not acknowledged", (unsigned long)size);
        }
        assert_int_equal(world->strangers, 2);
        is_clean(world);
    }
}

#endif

static void now_with_a_refused_event_acknowledges_nothing(void **state)
{
    struct world *world = with_current_event(4);

    (void)state;
    symfeed_refuse(world->feed);
    world_stop(world, SYMFEED_STOP_NOW, 0);
    assert_int_equal(world_acknowledged(world), 0);
    is_clean(world);
}

/* Its application cannot take it, and will not be there for the next one. */
static void now_and_then_refusing_an_event_that_is_given_up_acknowledges_nothing(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->refuses = refuses_each;
    world_start(world);
    world_push(world, 1);
    while (!world->last.given_up) {
        world_step(world);
    }
    symfeed_stop(world->feed, SYMFEED_STOP_NOW);
    symfeed_refuse(world->feed);
    world_stop(world, SYMFEED_STOP_NOW, 0);
    assert_int_equal(world_acknowledged(world), 0);
    is_clean(world);
}

static void now_while_waiting_for_events(void **state)
{
    struct world *world = world_new();

    (void)state;
    world_start(world);
    world_push(world, 4);
    world_run(world, 45000);
    world_stop(world, SYMFEED_STOP_NOW, 0);
    assert_int_equal(world_acknowledged(world), 4);
    is_clean(world);
}

static void now_while_waiting_after_a_failure(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->connect_fails = FOR_EVER;
    world_start(world);
    world_run(world, 100000);
    world_stop(world, SYMFEED_STOP_NOW, 0);
    is_clean(world);
}

static void now_while_connecting_securing_or_sending(void **state)
{
    (void)state;
    for (int phase = 0; phase < 3; phase++) {
        struct world *world = world_new();

        world->connect_takes = phase == 0 ? FOR_EVER : 0;
        world->secure_takes = phase == 1 ? FOR_EVER : 0;
        world->send_takes = phase == 2 ? FOR_EVER : 0;
        world_start(world);
        for (int i = 0; i < 3; i++) {
            world_next(world);
        }
        world_stop(world, SYMFEED_STOP_NOW, 0);
        is_clean(world);
    }
}

/* The acknowledgement cannot be sent: the network is dead in one of its ways. */
static void now_with_a_dead_network_is_bounded_by_the_stop_timer(void **state)
{
    (void)state;
    for (int way = 0; way < 6; way++) {
        struct world *world = world_new();
        struct reply reply = to(READ);

        reply.fields = "Connection: close\r\n";
        world_reply(world, reply);
        world->config.timers.stop = 1234;
        world_start(world);
        world_push(world, 4);
        while (world->event_steps < 4) {
            world_step(world);
        }
        world->connect_takes = way == 0 ? FOR_EVER : 0;
        world->secure_takes = way == 1 ? FOR_EVER : 0;
        world->send_takes = way == 2 ? FOR_EVER : 0;
        world->connect_fails = way == 3 ? FOR_EVER : 0;
        world->secure_fails = way == 4 ? FOR_EVER : 0;
        world->send_piece = 1;
        world->choppy = way == 5;
        world_stop(world, SYMFEED_STOP_NOW, 1234);
        assert_int_equal(world_acknowledged(world), way == 5 ? 4 : 0);
        is_clean(world);
    }
}

static void after_batch_takes_the_batch_and_sends_the_acknowledging_read(void **state)
{
    (void)state;
    for (unsigned number = 1; number <= 4; number++) {
        struct world *world = with_current_event(number);
        struct reply reply = to(READ);

        reply.delay = 20;
        world_reply(world, reply);
        world_push(world, 4);
        world_stop(world, SYMFEED_STOP_AFTER_BATCH, 0);
        assert_int_equal(world_acknowledged(world), 4);
        assert_int_equal(world->event_steps, 4);
        is_clean(world);
    }
}

static void after_batch_stops_even_where_the_next_batch_is_there_at_once(void **state)
{
    struct world *world = with_current_event(2);

    (void)state;
    world_push(world, 40);
    world_stop(world, SYMFEED_STOP_AFTER_BATCH, 0);
    assert_int_equal(world_acknowledged(world), 4);
    assert_int_equal(world->event_steps, 4);
    is_clean(world);
}

static void after_batch_goes_on_through_failures(void **state)
{
    struct world *world = with_current_event(2);
    struct reply reply = to(READ);

    (void)state;
    world->fault_at = world->port_calls + 1;
    reply.status = 503;
    reply.times = 5;
    world_reply(world, reply);
    /* the rest of the batch is in the receive buffer: its acknowledgement is what fails, six times;
     * the waits are at most 3.5, 7, 14, 28, 30 and 30 s */
    world_stop(world, SYMFEED_STOP_AFTER_BATCH, 115000);
    assert_int_equal(world->taken_count, 4);
    is_clean(world);
}

/* The next answer to a read ends behind `at` bytes, and with it the connection. */
static void cut_a_read(struct world *world, size_t at)
{
    struct reply reply = to(READ);

    reply.cut = true;
    reply.cut_at = at;
    reply.after = ENDS;
    world_reply(world, reply);
}

static void after_batch_goes_on_when_the_batch_was_cut(void **state)
{
    struct world *world = world_new();

    (void)state;
    cut_a_read(world, 500);
    world_start(world);
    world_push(world, 4);
    while (world->event_steps < 1) {
        world_step(world);
    }
    world_stop(world, SYMFEED_STOP_AFTER_BATCH, 60000);
    assert_int_equal(world_acknowledged(world), 4);
    assert_true(world->event_steps == 4 || (SYMFEED_DEDUP == 0 && world->event_steps > 4));
    is_clean(world);
}

static void after_batch_while_waiting_for_events(void **state)
{
    struct world *world = world_new();

    (void)state;
    world_start(world);
    world_push(world, 4);
    world_run(world, 10000);
    world_stop(world, SYMFEED_STOP_AFTER_BATCH, 0);
    assert_int_equal(world_acknowledged(world), 4);
    is_clean(world);
}

static void after_batch_can_be_turned_into_now(void **state)
{
    struct world *world = with_current_event(2);

    (void)state;
    symfeed_stop(world->feed, SYMFEED_STOP_AFTER_BATCH);
    assert_int_equal(world_step(world), SYMFEED_EVENT);
    world_stop(world, SYMFEED_STOP_NOW, 0);
    assert_int_equal(world_acknowledged(world), 0);
    assert_int_equal(world->event_steps, 3);
    is_clean(world);
}

static void after_batch_asked_for_again_changes_nothing(void **state)
{
    struct world *world = with_current_event(2);

    (void)state;
    symfeed_stop(world->feed, SYMFEED_STOP_AFTER_BATCH);
    assert_int_equal(world_step(world), SYMFEED_EVENT);
    world_stop(world, SYMFEED_STOP_AFTER_BATCH, 0);
    assert_int_equal(world_acknowledged(world), 4);
    is_clean(world);
}

/* Four events are taken and the connection is closed: their acknowledgement needs a new one, which
 * never opens. */
static struct world *with_an_acknowledgement_that_cannot_be_sent(struct world *world)
{
    struct reply reply = to(READ);

    reply.fields = "Connection: close\r\n";
    world_reply(world, reply);
    world->config.timers.stop = 1000;
    world_start(world);
    world_push(world, 4);
    while (world->event_steps < 4) {
        world_step(world);
    }
    world->connect_takes = FOR_EVER;
    return world;
}

static void now_cannot_be_turned_back_or_put_off_by_asking_again(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        struct world *world = with_an_acknowledgement_that_cannot_be_sent(world_new());
        uint64_t begin = world->time;

        symfeed_stop(world->feed, SYMFEED_STOP_NOW);
        world_run(world, 900);
        assert_int_equal(world->status, SYMFEED_WAIT);
        world_stop(world, (enum symfeed_stop)again, 100);
        assert_true(world->time - begin == 1000);
        is_clean(world);
    }
}

static void the_deadline_is_that_of_the_stop_or_of_the_network_whichever_is_first(void **state)
{
    static const uint32_t timers[] = {999, 1000, 1001};

    (void)state;
    for (size_t i = 0; i < COUNT(timers); i++) {
        for (uint32_t offset = 0; offset < 2; offset++) {
            struct world *world = world_new();
            uint32_t until = 0;

            world->clock_offset = 0u - offset * 500; /* with and without a clock that wraps */
            world->config.timers.connect = timers[i];
            with_an_acknowledgement_that_cannot_be_sent(world);
            symfeed_stop(world->feed, SYMFEED_STOP_NOW);
            assert_int_equal(world_next(world), SYMFEED_WAIT);
            until = symfeed_deadline(world->feed) - world->clock_offset - (uint32_t)world->time;
            assert_int_equal(until, timers[i] < 1000 ? timers[i] : 1000);
            world_stop(world, SYMFEED_STOP_NOW, until);
            is_clean(world);
        }
    }
}

/* A port call that takes its time uses up the time to stop. */
static int (*quick_connect)(void *context, const struct symfeed_endpoint *endpoint);

static int slow_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    struct world *world = context;

    world->time += world->connect_takes == FOR_EVER ? 1500 : 0;
    return quick_connect(context, endpoint);
}

static void now_is_over_as_soon_as_a_port_call_that_outlasts_the_stop_timer(void **state)
{
    struct world *world = world_new();

    (void)state;
    quick_connect = world->port.connect;
    world->port.connect = slow_connect;
    with_an_acknowledgement_that_cannot_be_sent(world);
    world_stop(world, SYMFEED_STOP_NOW, 1500);
    assert_int_equal(world_acknowledged(world), 0);
    is_clean(world);
}

/* The batch was cut, its second reading is answered 401, and of that answer the body is still to
 * come. */
static void now_in_the_middle_of_a_401_neither_waits_for_it_nor_fetches_tokens(void **state)
{
    static const char head[] = "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n";
    struct world *world = world_new();
    struct reply refused = to(READ);

    (void)state;
    cut_a_read(world, 500);
    refused.raw = "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}";
    refused.piece = sizeof head - 1;
    refused.gap = 1000;
    world_reply(world, refused);
    world_start(world);
    world_push(world, 4);
    while (world_count(world, READ) < 2) {
        world_next(world);
        if (world_count(world, READ) < 2) {
            world_step(world);
        }
    }
    assert_int_equal(world->status, SYMFEED_WAIT);
    assert_int_equal(symfeed_wants(world->feed), SYMFEED_WANTS_READ);
    assert_true(world->taken_count > 0);
    world_stop(world, SYMFEED_STOP_NOW, 0);
    assert_int_equal(symfeed_counters(world->feed)->signins, 1);
    assert_int_equal(world_count(world, READ), 2);
    assert_int_equal(world_acknowledged(world), 0);
    is_clean(world);
}

/* From each point of a day with a bit of everything. */
static void now_in_a_wait_tries_the_acknowledgement_once(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);
    unsigned warnings = world->warnings;

    (void)state;
    reply.status = 500;
    world_push(world, 2);
    while (world->event_steps < 5) {
        world_step(world);
    }
    world_reply(world, reply);
    while (world->warnings == warnings) {
        world_step(world);
    }
    assert_int_equal(world_acknowledged(world), 3);
    world_stop(world, SYMFEED_STOP_NOW, 10000);
    assert_int_equal(world_acknowledged(world), 5);
    is_clean(world);
}

static void from_anywhere_in_bounded_time(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 400; steps += TEST_STRIDE) {
        for (int when = 0; when < 2; when++) {
            struct world *world = world_new();
            struct reply reply = to(READ);

            world->choppy = true;
            world->send_piece = 90;
            world->recv_piece = 110;
            world->connect_takes = 20;
            world->secure_takes = 30;
            world_reply(world, reply);
            reply.status = 400;
            reply.body = "{\"code\":400,\"message\":\"\"}";
            world_reply(world, reply);
            reply.status = 401;
            world_reply(world, reply);
            reply.status = 0;
            reply.cut = true;
            reply.cut_at = 400;
            reply.after = RESETS;
            world_reply(world, reply);
            world_start(world);
            world_push(world, 12);
            for (unsigned i = 0; i < steps; i++) {
                world_step(world);
            }
            world_stop(world, (enum symfeed_stop)when, when == SYMFEED_STOP_NOW ? 5000 : 40000);
            is_clean(world);
        }
    }
}

/* A batch was cut behind its first event, and is being read again. */
static void now_before_the_head_of_a_batch_that_was_cut_leaves_it(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(READ);

    (void)state;
    cut_a_read(world, 420);
    reply.delay = 1000;
    world_reply(world, reply);
    world_start(world);
    world_push(world, 4);
    while (world_count(world, READ) < 2) {
        world_step(world);
    }
    assert_in_range(world->event_steps, 1, 3);
    world_stop(world, SYMFEED_STOP_NOW, 0);
    assert_int_equal(world_acknowledged(world), 0);
    is_clean(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_call),
        cmocka_unit_test(now_with_a_complete_batch_sends_its_acknowledgement),
        cmocka_unit_test(now_with_an_incomplete_batch_leaves_it),
        cmocka_unit_test(now_with_the_rest_of_the_batch_on_its_way_waits_for_it),
#if SYMFEED_DEDUP > 0
        cmocka_unit_test(now_in_a_batch_of_repeats_acknowledges_it),
#endif
        cmocka_unit_test(now_with_a_refused_event_acknowledges_nothing),
        cmocka_unit_test(now_and_then_refusing_an_event_that_is_given_up_acknowledges_nothing),
        cmocka_unit_test(now_while_waiting_for_events),
        cmocka_unit_test(now_while_waiting_after_a_failure),
        cmocka_unit_test(now_while_connecting_securing_or_sending),
        cmocka_unit_test(now_with_a_dead_network_is_bounded_by_the_stop_timer),
        cmocka_unit_test(after_batch_takes_the_batch_and_sends_the_acknowledging_read),
        cmocka_unit_test(after_batch_stops_even_where_the_next_batch_is_there_at_once),
        cmocka_unit_test(after_batch_goes_on_through_failures),
        cmocka_unit_test(after_batch_goes_on_when_the_batch_was_cut),
        cmocka_unit_test(after_batch_while_waiting_for_events),
        cmocka_unit_test(after_batch_can_be_turned_into_now),
        cmocka_unit_test(after_batch_asked_for_again_changes_nothing),
        cmocka_unit_test(now_cannot_be_turned_back_or_put_off_by_asking_again),
        cmocka_unit_test(the_deadline_is_that_of_the_stop_or_of_the_network_whichever_is_first),
        cmocka_unit_test(now_is_over_as_soon_as_a_port_call_that_outlasts_the_stop_timer),
        cmocka_unit_test(now_in_the_middle_of_a_401_neither_waits_for_it_nor_fetches_tokens),
        cmocka_unit_test(now_in_a_wait_tries_the_acknowledgement_once),
        cmocka_unit_test(from_anywhere_in_bounded_time),
        cmocka_unit_test(now_before_the_head_of_a_batch_that_was_cut_leaves_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
