/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_everything.c - the whole client through everything that can go wrong in a small piece of its
 * work: each port call failing in turn, each answer cut at each byte and delivered in pieces of
 * each size. Each time it must recover, lose nothing, acknowledge nothing that was not taken, and
 * not storm; the driver looks after that.
 */
#include "common.h"

/* List, create, three batches and the read that acknowledges the last one. */
static void standard(struct world *world)
{
    world_start(world);
    world_push(world, 10);
    world_settle(world, 3600000);
    for (size_t i = 0; i < world->event_count; i++) {
        /* a repeat is held back */
        assert_true(ONCE(world->handed[i]));
    }
}

static void recovers(struct world *world)
{
    world->fault_at = 0;
    world->fault_every = 0;
    world_forget_replies(world);
    world_push(world, 2);
    world_settle(world, 3600000);
    world_stop(world, SYMFEED_STOP_NOW, 5000);
    world_free(world);
}

static struct world *with(uint32_t pieces, bool choppy)
{
    struct world *world = world_new();

    world->send_piece = pieces;
    world->recv_piece = pieces;
    world->choppy = choppy;
    return world;
}

static void each_port_call_fails_in_turn(enum fault fault, uint32_t pieces)
{
    uint32_t calls = 0;
    struct world *world = with(pieces, false);

    standard(world);
    calls = world->port_calls;
    recovers(world);
    assert_true(calls > 10);
    for (uint32_t at = 1; at <= calls; at++) {
        (void)snprintf(what, sizeof what, "port call %lu of %lu fails, way %d", (unsigned long)at,
                       (unsigned long)calls, (int)fault);
        world = with(pieces, false);
        world->fault_at = at;
        world->fault = fault;
        standard(world);
        recovers(world);
    }
}

static void each_port_call_fails_once(void **state)
{
    (void)state;
    each_port_call_fails_in_turn(FAULT_FAILS, 0);
    each_port_call_fails_in_turn(FAULT_FAILS, 60);
}

static void each_port_call_fails_once_after_it_was_done(void **state)
{
    (void)state;
    each_port_call_fails_in_turn(FAULT_AFTERWARDS, 0);
    each_port_call_fails_in_turn(FAULT_AFTERWARDS, 60);
}

static void each_recv_ends_the_stream_once(void **state)
{
    (void)state;
    each_port_call_fails_in_turn(FAULT_ENDS, 0);
    each_port_call_fails_in_turn(FAULT_ENDS, 60);
}

static void port_calls_fail_again_and_again(void **state)
{
    (void)state;
    for (uint32_t every = 7; every < 40; every++) {
        for (uint32_t at = 1; at < every; at += 3 * TEST_STRIDE) {
            struct world *world = world_new();

            (void)snprintf(what, sizeof what, "port call %lu and each %lu after it",
                           (unsigned long)at, (unsigned long)every);
            world->fault_at = at;
            world->fault_every = every;
            world->fault = (enum fault)(at % 3);
            world_start(world);
            world_push(world, 10);
            world_run(world, 7200000);
            recovers(world);
        }
    }
}

static void each_exchange_is_split_into_pieces_of_each_size(void **state)
{
    (void)state;
    for (size_t size = 1; size < 1200; size += (size < 200 ? 1u : 37u) * TEST_STRIDE) {
        for (int framing = 0; framing < 6; framing++) {
            struct world *world = with((uint32_t)size, framing >= 3);
            struct reply reply = to(ANY);

            (void)snprintf(what, sizeof what, "pieces of %lu, framing %d", (unsigned long)size,
                           framing);
            reply.framing = (enum framing)(framing % 3);
            reply.times = 6;
            world->ack_first = framing == 4;
            world_reply(world, reply);
            standard(world);
            recovers(world);
        }
    }
}

/* One answer comes in pieces of each size with pauses between them. */
static void each_answer_comes_with_pauses_between_pieces_of_each_size(void **state)
{
    (void)state;
    for (size_t number = 0; number < 6; number++) {
        for (size_t at = 1; at < 1400; at += TEST_STRIDE) {
            struct world *world = world_new();
            struct reply first = to(ANY);
            struct reply reply = to(ANY);

            (void)snprintf(what, sizeof what, "answer %lu in pieces of %lu", (unsigned long)number,
                           (unsigned long)at);
            first.times = (unsigned)number;
            if (number > 0) {
                world_reply(world, first);
            }
            reply.gap = 50; /* 20 bytes a second: 17 are the least */
            reply.piece = at;
            reply.framing = number % 2 == 0 ? CHUNKED : BY_LENGTH;
            world_reply(world, reply);
            standard(world);
            assert_int_equal(symfeed_counters(world->feed)->retries, 0);
            recovers(world);
        }
    }
}

static void each_answer_is_cut_at_each_byte(void **state)
{
    (void)state;
    for (size_t number = 0; number < 6; number++) {
        for (int way = 0; way < 9; way++) {
            for (size_t at = 0; at < 1100;
                 at += (way / 3 == BY_LENGTH || way / 3 == CHUNKED ? 1u : 5u) * TEST_STRIDE) {
                struct world *world = world_new();
                struct reply first = to(ANY);
                struct reply reply = to(ANY);

                (void)snprintf(what, sizeof what, "answer %lu cut at %lu, way %d",
                               (unsigned long)number, (unsigned long)at, way);
                first.times = (unsigned)number;
                if (number > 0) {
                    world_reply(world, first);
                }
                reply.cut = true;
                reply.cut_at = at;
                reply.after = (enum after)(way % 3);
                reply.framing = (enum framing)(way / 3);
                if (reply.framing == BY_CLOSE && reply.after == KEEP) {
                    reply.after = ENDS;
                }
                world_reply(world, reply);
                standard(world);
                recovers(world);
            }
        }
    }
}

/* --- the clock ---------------------------------------------------------------------------- */

static void the_clock_wraps_in_each_phase(void **state)
{
    uint64_t length = 0;

    (void)state;
    for (uint64_t at = 0; at <= length; at += 250) {
        struct world *world = world_new();
        struct reply reply = to(ANY);

        (void)snprintf(what, sizeof what, "the clock wraps after %lu ms", (unsigned long)at);
        world->clock_offset = (uint32_t)(0 - at);
        world->connect_takes = 1700;
        world->secure_takes = 1300;
        world->send_takes = 600;
        world->send_piece = 150;
        world->application_takes = 700;
        reply.delay = 2000;
        reply.gap = 100;
        reply.piece = 40;
        reply.times = 4;
        world_reply(world, reply);
        reply.cut = true;
        reply.cut_at = 400;
        reply.after = ENDS;
        reply.times = 1;
        world_reply(world, reply);
        reply = to(READ);
        reply.cut = true;
        world_reply(world, reply);
        world_start(world);
        world_push(world, 10);
        world_settle(world, 200000);
        if (at == 0) {
            length = world->time;
            assert_true(length > 60000);
        }
        assert_true(world->time + 2000 > length && world->time < length + 2000);
        recovers(world);
    }
}

/* --- chance ------------------------------------------------------------------------------- */

static uint32_t chance(struct world *dice, uint32_t of)
{
    return world_random(dice) % of;
}

/* Long days of everything at once, from a seed. */
static void long_days_of_mixed_weather(void **state)
{
    struct world *dice = world_new();

    (void)state;
    world_start(dice);
    for (unsigned day = 0; day < 300; day += TEST_STRIDE) {
        struct world *world = world_new();

        (void)snprintf(what, sizeof what, "day %u", day);
        world->seed = day + 1;
        world->config.reclaim = SYMFEED_RECLAIM && day % 2 == 0;
        world->config.tag = day % 3 == 0 ? "t" : NULL;
        world->choppy = day % 5 == 0;
        world->batch_most = 1 + chance(dice, 9);
        world->recv_piece = chance(dice, 3) == 0 ? 1 + chance(dice, 300) : 0;
        world->clock_offset = world_random(dice);
        world->longest_wait = 3600000;
        world_start(world);
        for (int hour = 0; hour < 60; hour++) {
            struct reply reply = any_answer(world, chance(dice, ANSWERS), ANY);

            reply.cut_at = reply.cut ? chance(dice, 900) : 0;
            reply.after = (enum after)chance(dice, 3);
            reply.delay = chance(dice, 3) == 0 ? chance(dice, 90000) : 0;
            reply.gap = chance(dice, 4) == 0 ? chance(dice, 40000) : 0;
            reply.piece = 1 + chance(dice, 500);
            world_reply(world, reply);
            if (chance(dice, 3) == 0) {
                world_push(world, chance(dice, 20));
            }
            if (chance(dice, 9) == 0) {
                world_kill_feeds(world);
            }
            if (chance(dice, 9) == 0) {
                world->valid_from = world->token + 1;
            }
            if (chance(dice, 9) == 0) {
                world->connect_fails = chance(dice, 4);
                world->secure_fails = chance(dice, 4);
            }
            if (chance(dice, 9) == 0) {
                world->fault_at = world->port_calls + chance(dice, 50);
                world->fault = (enum fault)chance(dice, 3);
            }
            world_run(world, chance(dice, 100000));
        }
        world->valid_from = 0;
        recovers(world);
    }
    world_free(dice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_port_call_fails_once),
        cmocka_unit_test(each_port_call_fails_once_after_it_was_done),
        cmocka_unit_test(each_recv_ends_the_stream_once),
        cmocka_unit_test(port_calls_fail_again_and_again),
        cmocka_unit_test(each_exchange_is_split_into_pieces_of_each_size),
        cmocka_unit_test(each_answer_comes_with_pauses_between_pieces_of_each_size),
        cmocka_unit_test(each_answer_is_cut_at_each_byte),
        cmocka_unit_test(the_clock_wraps_in_each_phase),
        cmocka_unit_test(long_days_of_mixed_weather),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
