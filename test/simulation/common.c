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
    assert_in_range(world->errors, low, high);
}

bool refuses_each(struct world *world, int number, const struct symfeed_event *event)
{
    (void)world;
    (void)number;
    (void)event;
    return true;
}

size_t after_read(struct world *world, struct reply reply, size_t more)
{
    size_t at = world->seen_count;

    world_reply(world, reply);
    world_push(world, 2);
    world_until_requests(world, at + 1 + more);
    assert_int_equal(world->seen[at].call, READ);
    return at + 1;
}

void expect_bad_task(enum symfeed_task task)
{
    unsigned char memory[SYMFEED_MEMORY(2048, 96)];
    struct world *world = world_of(task);
    struct symfeed *feed = NULL;

    assert_int_equal(symfeed_init(&feed, &world->config, &world->port, memory, sizeof memory),
                     SYMFEED_BAD_TASK);
    assert_null(feed);
    world_free(world);
}

/* --- everything that can go wrong --------------------------------------------------------- */

void works(struct world *world)
{
    world_start(world);
    world_push(world, 6);
    world_settle(world, 3600000);
    for (size_t i = 0; i < world->event_count; i++) {
        /* not taken: lost */
        assert_true(world->taken[i] ? ONCE(world->handed[i]) : world->handed[i] == 0);
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
        world_settle(world, 60000);
        calls = world->port_calls;
        world_free(world);
        for (uint32_t at = 1; at <= calls; at += TEST_STRIDE) {
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
    for (uint32_t size = 1; size < 1300; size += (size < 200 ? 1u : 37u) * TEST_STRIDE) {
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
        for (unsigned steps = 0; steps < 120; steps += TEST_STRIDE) {
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

/* --- answers ------------------------------------------------------------------------------ */

const char *const answer_names[ANSWERS] = {
    "as the Agent says",
    "no events",
    "204",
    "feed is gone",
    "400 with a page",
    "401",
    "403",
    "404",
    "429",
    "500",
    "a page",
    "cut",
    "no ackId",
    "reset",
};

struct reply any_answer(const struct world *world, unsigned number, enum call_kind call)
{
    static const unsigned statuses[ANSWERS] = {0,   200, 204, 400, 400, 401, 403,
                                               404, 429, 500, 200, 0,   200, 0};
    bool legacy = world->config.task == SYMFEED_TASK_LEGACY;
    struct reply reply = to(call);

    reply.status = statuses[number];
    switch (number) {
    case 1: reply.body = legacy ? "[]" : "{\"events\":[],\"ackId\":\"unknown\"}"; break;
    case ANSWER_FEED_IS_GONE:
        reply.body = "{\"code\":400,\"message\":\"Could not find feed\"}";
        break;
    case 4:
    case 7:
    case 10: reply.body = "<html>"; break;
    case 8: reply.fields = "Retry-After: 2\r\n"; break;
    case 11:
        reply.cut = true;
        reply.cut_at = 420;
        reply.after = ENDS;
        break;
    case 12: reply.body = legacy ? "{}" : "{\"events\":[]}"; break;
    case 13:
        reply.cut = true;
        reply.after = RESETS;
        break;
    default: break;
    }
    return reply;
}
