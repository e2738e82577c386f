/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_batches.c - batches and their events: where the ackId stands and what it is, repeats that
 * are held back, events that are refused, events and bodies of any size.
 */
#include "common.h"

static void read_says(struct world *world, const char *body)
{
    struct reply reply = to(READ);

    reply.status = 200;
    reply.body = body;
    world_reply(world, reply);
}

/* --- ackId and events --------------------------------------------------------------------- */

static void members_may_come_in_any_order(void **state)
{
    static const struct {
        const char *body;
        unsigned events;
    } cases[] = {
        {"{\"ackId\":\"x\",\"events\":[{\"id\":\"a\"},{\"id\":\"b\"}]}", 2},
        {"{\"events\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"ackId\":\"x\"}", 2},
        {" { \"a\" : { \"ackId\" : \"y\" , \"events\" : [ 1 ] } , \"ackId\" : \"x\" , \"b\" : [ 1 "
         ", "
         "\"ackId\" ] , \"events\" : [ { \"id\" : \"a\" } ] , \"c\" : null } \r\n",
         1},
        {"{\"ackId\":\"x\"}", 0},
        {"{\"events\":null,\"ackId\":\"x\"}", 0},
        {"{\"events\":[],\"ackId\":\"x\"}", 0},
        {"{\"events\":[null],\"ackId\":\"x\"}", 0},
        {"{\"events\":[null,{\"id\":\"a\"},null],\"ackId\":\"x\"}", 1},
#if SYMFEED_JSON
        {"{\"ack\\u0049d\":\"x\",\"ev\\u0065nts\":[{\"id\":\"a\"}]}", 1},
#endif
        {"{\"ackId\":\"y\",\"events\":[{\"id\":\"a\"}],\"ackId\":\"x\"}", 1},
        {"{\"events\":[{\"id\":\"a\"}],\"ackId\":null,\"ackId\":\"x\"}", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world *world = following();
        size_t at = world->seen_count;

        world->any_ack = true;
        read_says(world, cases[i].body);
        world_until_requests(world, at + 2);
        if (world->strangers != cases[i].events || strcmp(world->seen[at + 1].ack, "x") != 0) {
            fail_msg("%u events, ackId %s: %s", world->strangers, world->seen[at + 1].ack,
                     cases[i].body);
        }
        ends_well(world);
    }
}

static void a_number_or_an_object_is_no_ack_id(void **state)
{
    static const char *const bodies[] = {
        "{\"events\":[],\"ackId\":1234567}", "{\"events\":[],\"ackId\":true}",
        "{\"events\":[],\"ackId\":[\"x\"]}", "{\"events\":[],\"ackId\":{\"a\":\"x\"}}",
        "{\"events\":[],\"ackId\":\"x\",\"ackId\":null}"};

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct world *world = following();
        size_t at = world->seen_count;

        world->any_ack = true;
        read_says(world, bodies[i]);
        world_until_requests(world, at + 2);
        if (strcmp(world->seen[at].ack, world->seen[at + 1].ack) != 0) {
            fail_msg("ackId %s out of %s", world->seen[at + 1].ack, bodies[i]);
        }
        ends_well(world);
    }
}

static void an_ack_id_with_escapes_is_sent_back_as_it_came(void **state)
{
    struct world *world = following();
    size_t at = world->seen_count;

    (void)state;
    world->any_ack = true;
    read_says(world, "{\"events\":[],\"ackId\":\"a\\u0041\\\\\\\"\\/+=\xc3\xa9\"}");
    world_until_requests(world, at + 2);
    assert_non_null(strstr(world->seen[at + 1].body,
                           "{\"ackId\":\"a\\u0041\\\\\\\"\\/+=\xc3\xa9\",\"updatePresence\""));
    ends_well(world);
}

static void an_ack_id_of_just_the_size_is_kept_and_a_longer_one_is_told(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 3; extra++) {
        static char body[SYMFEED_ACK_ID_SIZE + 100];
        struct world *world = following();
        size_t at = world->seen_count;
        size_t size = (size_t)sprintf(body, "{\"events\":[{\"id\":\"a\"}],\"ackId\":\"");

        memset(body + size, 'k', SYMFEED_ACK_ID_SIZE + extra);
        (void)strcpy(body + size + SYMFEED_ACK_ID_SIZE + extra, "\"}");
        world->any_ack = true;
        read_says(world, body);
        world_until_requests(world, at + 2);
        assert_int_equal(world->strangers, 1);
        if (extra == 0) {
            assert_int_equal(strlen(world->seen[at + 1].ack), SYMFEED_ACK_ID_SIZE);
        } else {
            assert_string_equal(world->seen[at + 1].ack, world->seen[at].ack);
            assert_in_range(world->seen[at + 1].time - world->seen[at].time, 0, 3500);
            expect_log(world, "SYMFEED_ACK_ID_SIZE");
        }
        ends_well(world);
    }
}

/* --- repeats ------------------------------------------------------------------------------ */

/* A world in which a batch of `count` events was read `times` times as far as `cut_at` only, and
 * then whole. */
static struct world *cut_before_it_is_whole(unsigned count, size_t cut_at, unsigned times)
{
    struct world *world = world_new();
    struct reply reply = to(READ);

    reply.cut = true;
    reply.cut_at = cut_at;
    reply.after = ENDS;
    reply.times = times;
    world_reply(world, reply);
    world->batch_most = count;
    world_start(world);
    world_push(world, count);
    world_settle(world, 60000);
    return world;
}

#if SYMFEED_DEDUP > 0

static void what_was_taken_before_a_cut_is_held_back(void **state)
{
    struct world *world = cut_before_it_is_whole(20, 700, 3);

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(world->handed[i], 1);
    }
    assert_true(symfeed_counters(world->feed)->duplicates >= 3 * 3);
    ends_well(world);
}

static void a_batch_longer_than_the_repeat_memory_gets_through(void **state)
{
    const unsigned count = SYMFEED_DEDUP * 2 + 50;
    struct world *world = cut_before_it_is_whole(count, (size_t)count * 125, 4);

    (void)state;
    for (size_t i = 0; i < SYMFEED_DEDUP; i++) {
        assert_int_equal(world->handed[i], 1);
    }
    ends_well(world);
}

static void two_events_with_one_id_and_different_texts_are_both_handed_out(void **state)
{
    struct world *world = following();

    (void)state;
    world->any_ack = true;
    read_says(world,
              "{\"events\":[{\"id\":\"x\",\"n\":1},{\"id\":\"x\",\"n\":2},{\"id\":\"x\",\"n\":"
              "1},{\"id\":\"x\",\"n\":1 }],\"ackId\":\"k\"}");
    world_run(world, 40000);
    assert_int_equal(world->strangers, 3);
    assert_int_equal(symfeed_counters(world->feed)->duplicates, 1);
    ends_well(world);
}

/* However many repeats a symfeed_next() has passed over, a failure behind them is waited out. */
static void the_wait_after_a_failure_holds_after_any_number_of_repeats(void **state)
{
    static char body[SYMFEED_DEDUP * 16 + 64];

    (void)state;
    for (unsigned count = 1; count <= SYMFEED_DEDUP; count++) {
        struct world *world = following();
        struct reply reply = to(READ);
        size_t at = world->seen_count;
        size_t size = (size_t)sprintf(body, "{\"events\":[");

        for (unsigned i = 0; i < count; i++) {
            size += (size_t)sprintf(body + size, "%s{\"id\":\"x%u\"}", i > 0 ? "," : "", i);
        }
        (void)sprintf(body + size, "],,}");
        reply.status = 200;
        reply.body = body;
        reply.times = 3;
        world_reply(world, reply);
        world_until_requests(world, at + 3);
        assert_int_equal(world->strangers, count);
        if (world->seen[at + 2].time - world->seen[at + 1].time < 500) {
            fail_msg("%u repeats: read again after %lu ms", count,
                     (unsigned long)(world->seen[at + 2].time - world->seen[at + 1].time));
        }
        world_forget_replies(world);
        ends_well(world);
    }
}

#else

/* Nobody knows that they were taken, and what comes twice is better than what is lost. */
static void what_was_taken_before_a_cut_comes_again(void **state)
{
    struct world *world = cut_before_it_is_whole(20, 700, 3);

    (void)state;
    assert_int_equal(world->handed[0], 4);
    assert_int_equal(world->handed[19], 1);
    assert_int_equal(symfeed_counters(world->feed)->duplicates, 0);
    ends_well(world);
}

#endif

/* --- refusing ----------------------------------------------------------------------------- */

static bool refuses_e5(struct world *world, int number, const struct symfeed_event *event)
{
    (void)world;
    (void)event;
    return number == 5;
}

#if SYMFEED_DEDUP > 0

static void an_event_refused_too_often_is_given_up(void **state)
{
    (void)state;
    for (uint8_t refusals = 0; refusals < 6; refusals++) {
        struct world *world = world_new();
        unsigned times = refusals == 0 ? 3 : refusals;

        world->config.refusals = refusals;
        world->refuses = refuses_e5;
        world_start(world);
        world_push(world, 12);
        world_settle(world, 60000);
        for (size_t i = 0; i < 12; i++) {
            assert_int_equal(world->handed[i], i == 5 ? times + 1 : 1);
        }
        assert_int_equal(symfeed_counters(world->feed)->refused, times);
        assert_int_equal(symfeed_counters(world->feed)->given_up, 1);
        expect_errors(world, 1, 1);
        world->refuses = NULL;
        ends_well(world);
    }
}

static bool refuses_twice(struct world *world, int number, const struct symfeed_event *event)
{
    assert_false(event->given_up);
    return number >= 0 && world->handed[number] <= 2;
}

static void each_event_may_be_refused_twice(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->refuses = refuses_twice;
    world->batch_most = 10;
    world_start(world);
    world_push(world, 30);
    world_settle(world, 86400000);
    for (size_t i = 0; i < 30; i++) {
        assert_int_equal(world->handed[i], 3);
    }
    world->refuses = NULL;
    ends_well(world);
}

static bool refuses_a_pair(struct world *world, int number, const struct symfeed_event *event)
{
    (void)world;
    (void)event;
    return number == 200 || number == 290;
}

static void a_pair_that_is_always_refused_does_not_hold_up_a_long_batch(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->refuses = refuses_a_pair;
    world->batch_most = 300;
    world_start(world);
    world_push(world, 300);
    world_settle(world, 3600000);
    assert_int_equal(world->handed[200], 4);
    assert_int_equal(world->handed[290], 4);
    world->refuses = NULL;
    ends_well(world);
}

static bool refuses_a_pair_at_first(struct world *world, int number,
                                    const struct symfeed_event *event)
{
    return refuses_a_pair(world, number, event) && world->handed[number] == 1;
}

static void an_event_accepted_after_a_refusal_is_held_back_behind_the_memory_too(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->refuses = refuses_a_pair_at_first;
    world->batch_most = 300;
    world_start(world);
    world_push(world, 300);
    world_settle(world, 3600000);
    assert_int_equal(world->handed[200], 2);
    assert_int_equal(world->handed[290], 2);
    world->refuses = NULL;
    ends_well(world);
}

static bool refuses_alternately(struct world *world, int number, const struct symfeed_event *event)
{
    (void)event;
    /* first the one behind, then the one before it, and so on: never the same twice in a row */
    return number == (world->handed[1] % 2 == 1 ? 1 : 2);
}

static void refusing_in_turn_and_always_ends_too(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->refuses = refuses_alternately;
    world_start(world);
    world_push(world, 4);
    world_settle(world, (uint64_t)3 * 86400000);
    world->refuses = NULL;
    ends_well(world);
}

static bool refuses_at_first(struct world *world, int number, const struct symfeed_event *event)
{
    (void)event;
    return number >= 0 && world->handed[number] == 1;
}

static void a_batch_whose_every_event_is_refused_is_not_read_again_for_ever(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->config.refusals = 1;
    world->refuses = refuses_at_first;
    world->batch_most = SYMFEED_DEDUP + 20;
    world_start(world);
    world_push(world, SYMFEED_DEDUP + 20);
    world_settle(world, (uint64_t)SYMFEED_DEDUP * 300000);
    for (size_t i = 0; i < SYMFEED_DEDUP + 20; i++) {
        assert_int_equal(world->handed[i], i < SYMFEED_DEDUP ? 2 : 1);
    }
    assert_int_equal(symfeed_counters(world->feed)->refused, SYMFEED_DEDUP);
    assert_int_equal(symfeed_counters(world->feed)->given_up, SYMFEED_DEDUP + 20);
    world->refuses = NULL;
    world_push(world, 1);
    world_settle(world, 60000);
    assert_false(world->last.given_up); /* with the next batch all is forgiven */
    ends_well(world);
}

#else

/* The batch is given up as a whole, and the one behind it begins anew. */
static void a_batch_refused_too_often_is_given_up(void **state)
{
    (void)state;
    for (uint8_t refusals = 0; refusals < 6; refusals++) {
        struct world *world = world_new();
        unsigned times = refusals == 0 ? 3 : refusals;

        world->config.refusals = refusals;
        world->refuses = refuses_e5;
        world->batch_most = 8;
        world_start(world);
        world_push(world, 12);
        world_settle(world, 60000);
        for (size_t i = 0; i < 12; i++) {
            assert_int_equal(world->handed[i], i <= 5 ? times + 1 : 1);
        }
        assert_int_equal(symfeed_counters(world->feed)->refused, times);
        assert_int_equal(symfeed_counters(world->feed)->given_up, 8);
        expect_errors(world, 8, 8);
        assert_false(world->last.given_up);
        world->refuses = NULL;
        ends_well(world);
    }
}

static bool refuses_all(struct world *world, int number, const struct symfeed_event *event)
{
    (void)world;
    (void)event;
    return number >= 0;
}

static void refusing_everything_is_come_through(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->refuses = refuses_all;
    world->batch_most = 10;
    world_start(world);
    world_push(world, 30);
    world_settle(world, 86400000);
    assert_int_equal(symfeed_counters(world->feed)->refused, 3 * 3);
    world->refuses = NULL;
    ends_well(world);
}

#endif

/* --- sizes -------------------------------------------------------------------------------- */

static void an_event_larger_than_the_window_comes_cut_and_is_acknowledged(void **state)
{
    static char text[20000];

    (void)state;
    for (size_t size = 1900; size < 20000; size = size < 2200 ? size + 1 : size * 2) {
        struct world *world = following();
        size_t at = (size_t)sprintf(text, "{\"id\":\"e3\",\"type\":\"MESSAGESENT\",\"text\":\"");

        memset(text + at, 'x', size - at - 2);
        (void)strcpy(text + size - 2, "\"}");
        world_push_text(world, text);
        world_push(world, 1);
        world_settle(world, 60000);
        assert_int_equal(world->handed[3], 1);
        assert_int_equal(symfeed_counters(world->feed)->truncated, size > 2048 ? 1 : 0);
        ends_well(world);
    }
}

static void a_malformed_event_is_handed_out_as_it_came(void **state)
{
    struct world *world = following();
    size_t at = world->seen_count;

    (void)state;
    world->any_ack = true;
    read_says(world, "{\"events\":[{\"id\":tru},{\"id\":\"good\"}],\"ackId\":\"k\"}");
    world_until_requests(world, at + 2);
    assert_int_equal(world->strangers, 2);
    assert_int_equal(symfeed_counters(world->feed)->malformed, SYMFEED_JSON ? 1 : 0);
    assert_string_equal(world->seen[at + 1].ack, "k");
    ends_well(world);
}

#define CELL  4096u
#define CELLS (16384u / TEST_STRIDE)

/* 64 MB: cells of one event and white space, every one with a number of its own. */
static void make_cells(uint64_t at, char *out, size_t size)
{
    char cell[CELL + 1];

    while (size > 0) {
        uint64_t number = at / CELL;
        size_t offset = (size_t)(at % CELL);
        size_t count = CELL - offset < size ? CELL - offset : size;
        int length = snprintf(cell, sizeof cell, "%s{\"id\":\"x%lu\",\"type\":\"T\"}%s",
                              number == 0 ? "{\"ackId\":\"big\",\"events\":[" : "",
                              (unsigned long)number, number == CELLS - 1 ? "]}" : ",");

        memset(cell + length, ' ', CELL - (size_t)length);
        memcpy(out, cell + offset, count);
        out += count;
        at += count;
        size -= count;
    }
}

static void a_body_of_64_mb_passes_through_the_same_memory(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);
    size_t at = world->seen_count;

    (void)state;
    world->any_ack = true;
    reply.status = 200;
    reply.maker = make_cells;
    reply.maker_size = (uint64_t)CELL * CELLS;
    world_reply(world, reply);
    world_until_requests(world, at + 2);
    assert_int_equal(world->strangers, CELLS);
    assert_string_equal(world->seen[at + 1].ack, "big");
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    ends_well(world);
}

#define HUGE_EVENT (8u << 20)

static void make_huge_event(uint64_t at, char *out, size_t size)
{
    static const char head[] = "{\"events\":[{\"text\":\"";
    static const char tail[] = "\",\"id\":\"huge\"}],\"ackId\":\"huge\"}";

    for (size_t i = 0; i < size; i++, at++) {
        if (at < sizeof head - 1) {
            out[i] = head[at];
        } else if (at < HUGE_EVENT) {
            out[i] = 'h';
        } else {
            out[i] = tail[at - HUGE_EVENT];
        }
    }
}

static void an_event_of_8_mb_comes_cut_with_its_id(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);
    size_t at = world->seen_count;

    (void)state;
    world->any_ack = true;
    reply.status = 200;
    reply.maker = make_huge_event;
    reply.maker_size = HUGE_EVENT + 31;
    world_reply(world, reply);
    world_until_requests(world, at + 2);
    assert_int_equal(world->strangers, 1);
    assert_true(world->stranger_bytes > HUGE_EVENT - 30 && world->stranger_bytes < HUGE_EVENT + 10);
    if (SYMFEED_JSON) {
        assert_non_null(strstr(world->last_text, "\",\"id\":\"huge\"}"));
    } else {
        assert_int_equal(strlen(world->last_text), world->config.window);
    }
    assert_int_equal(symfeed_counters(world->feed)->truncated, 1);
    assert_string_equal(world->seen[at + 1].ack, "huge");
    ends_well(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_may_come_in_any_order),
        cmocka_unit_test(a_number_or_an_object_is_no_ack_id),
        cmocka_unit_test(an_ack_id_with_escapes_is_sent_back_as_it_came),
        cmocka_unit_test(an_ack_id_of_just_the_size_is_kept_and_a_longer_one_is_told),
#if SYMFEED_DEDUP > 0
        cmocka_unit_test(what_was_taken_before_a_cut_is_held_back),
        cmocka_unit_test(a_batch_longer_than_the_repeat_memory_gets_through),
        cmocka_unit_test(two_events_with_one_id_and_different_texts_are_both_handed_out),
        cmocka_unit_test(the_wait_after_a_failure_holds_after_any_number_of_repeats),
        cmocka_unit_test(an_event_refused_too_often_is_given_up),
        cmocka_unit_test(each_event_may_be_refused_twice),
        cmocka_unit_test(a_pair_that_is_always_refused_does_not_hold_up_a_long_batch),
        cmocka_unit_test(an_event_accepted_after_a_refusal_is_held_back_behind_the_memory_too),
        cmocka_unit_test(refusing_in_turn_and_always_ends_too),
        cmocka_unit_test(a_batch_whose_every_event_is_refused_is_not_read_again_for_ever),
#else
        cmocka_unit_test(what_was_taken_before_a_cut_comes_again),
        cmocka_unit_test(a_batch_refused_too_often_is_given_up),
        cmocka_unit_test(refusing_everything_is_come_through),
#endif
        cmocka_unit_test(an_event_larger_than_the_window_comes_cut_and_is_acknowledged),
        cmocka_unit_test(a_malformed_event_is_handed_out_as_it_came),
        cmocka_unit_test(a_body_of_64_mb_passes_through_the_same_memory),
        cmocka_unit_test(an_event_of_8_mb_comes_cut_with_its_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
