/* SPDX-License-Identifier: Apache-2.0 */
/* common.c - see common.h. */
#include "common.h"

char what[256];

void test_failed(const char *why)
{
    fail_msg("%s%s%s", what, what[0] != '\0' ? ": " : "", why);
}

const char *calls_from(const struct world *world, size_t first)
{
    static const char letters[CALL_KINDS] = {'?', 'L', 'C', 'R', 'D', 'S', 'I', 'K', 'T', 'H'};
    static char out[MOST_SEEN + 1];
    size_t size = 0;

    for (size_t i = first; i < world->seen_count && i < MOST_SEEN; i++) {
        out[size++] = letters[world->seen[i].call];
    }
    out[size] = '\0';
    return out;
}

void expect_log(const struct world *world, const char *text)
{
    if (SYMFEED_MESSAGES && !world_logged(world, text)) {
        fail_msg("not logged: %s; but: %s", text, world->log != NULL ? world->log : "nothing");
    }
}

void expect_errors(const struct world *world, unsigned low, unsigned high)
{
    if (SYMFEED_MESSAGES) {
        assert_in_range(world->errors, low, high);
    }
}

/* --- everything that can go wrong --------------------------------------------------------- */

void works(struct world *world)
{
    world_start(world);
    world_push(world, 6);
    world_settle(world, 3600000);
    for (size_t i = 0; i < world->event_count; i++) {
        assert_int_equal(world->handed[i], 1);
    }
    assert_true(world_count(world, SESSION) < 5 && world_count(world, KEY) < 5);
    world->fault_at = 0;
    world_forget_replies(world);
    world->valid_from = world->token + 1;
    world_push(world, 2);
    world_settle(world, 3600000);
    world_stop(world, SYMFEED_STOP_NOW, 5000);
    world_free(world);
}

void each_port_call_fails(world_maker make, size_t count, uint32_t pieces)
{
    for (size_t i = 0; i < count * 2; i++) {
        size_t number = i / 2;
        uint32_t size = i % 2 == 0 ? 0 : pieces;
        struct world *world = make(number, size);
        uint32_t calls = 0;

        world_start(world);
        world_push(world, 6);
        world_settle(world, 1000);
        calls = world->port_calls;
        world_free(world);
        for (uint32_t at = 1; at <= calls; at++) {
            for (int fault = FAULT_FAILS; fault <= FAULT_ENDS; fault++) {
                (void)snprintf(what, sizeof what, "world %lu: port call %lu fails, way %d",
                               (unsigned long)number, (unsigned long)at, fault);
                world = make(number, size);
                world->fault_at = at;
                world->fault = (enum fault)fault;
                works(world);
            }
        }
    }
}

void each_exchange_is_split(world_maker make, size_t count)
{
    for (uint32_t size = 1; size < 1300; size += size < 200 ? 1 : 37) {
        for (size_t number = 0; number < count; number++) {
            struct world *world = make(number, size);
            struct reply reply = to(ANY);

            (void)snprintf(what, sizeof what, "world %lu: pieces of %lu", (unsigned long)number,
                           (unsigned long)size);
            world->choppy = (size + number / 2) % 2 == 0;
            reply.framing = (enum framing)((number + size) % 3);
            reply.times = 3;
            world_reply(world, reply);
            works(world);
        }
    }
}

void each_step_may_be_the_last(world_maker make, size_t count, uint32_t pieces)
{
    for (size_t number = 0; number < count; number++) {
        for (unsigned steps = 0; steps < 120; steps++) {
            for (int when = 0; when < 2; when++) {
                struct world *world = make(number, pieces);

                (void)snprintf(what, sizeof what, "world %lu after %u steps", (unsigned long)number,
                               steps);
                world->choppy = true;
                world->connect_takes = 20;
                world->secure_takes = 30;
                world_start(world);
                world_push(world, 4);
                for (unsigned i = 0; i < steps; i++) {
                    world_step(world);
                }
                world_stop(world, (enum symfeed_stop)when, when == SYMFEED_STOP_NOW ? 5000 : 40000);
                world_free(world); /* memory_agent.c has looked at the memory */
            }
        }
    }
}
