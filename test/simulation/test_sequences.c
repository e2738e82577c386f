/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sequences.c - every sequence of ANSWERS answers, DEPTH of them, to each kind of client: what
 * is promised holds through all of them and after them.
 *
 *   test_sequences [DEPTH [PART PARTS]]     one of so many parts of the work; `make sequences`
 *
 * Depends on: memory_agent.h, whose driver holds in each step that no request comes too early, no
 *   wait is longer than its bound, and an ackId is sent only once all of its batch was accepted.
 * Guarantees: no sequence is left out, unless TEST_STRIDE says so; half of them begin BEFORE_WRAP
 *   milliseconds before the clock wraps.
 */
#include "common.h"

#define BEFORE_WRAP 3000u

/* Within so many milliseconds of the last wrong answer everything is accepted and acknowledged. */
#define BACK_WITHIN 90000u

/* Most requests of a sequence of DEPTH answers and its end: more are a storm. */
#define MOST_REQUESTS(depth) (20 + 4 * (depth))

static unsigned depth = 4;
static unsigned part, parts = 1;

/* --- clients ------------------------------------------------------------------------------ */

static struct world *feed(void)
{
    return world_new();
}

static struct world *datahose(void)
{
    return world_of(SYMFEED_TASK_DATAHOSE);
}

/* When reads fail it looks at the Agent's health. */
static struct world *health(void)
{
    struct world *world = world_of(SYMFEED_TASK_DATAHOSE);
    struct reply reply = to(READ);

    reply.status = 503;
    reply.times = 2;
    world_reply(world, reply);
    reply.status = 403;
    reply.times = 1;
    world_reply(world, reply);
    return world;
}

/* Behind a load balancer, with two Agents. */
static struct world *legacy(void)
{
    struct world *world = world_of(SYMFEED_TASK_LEGACY);

    world->instances = 2;
    world->balancer = "SRV";
    return world;
}

static struct world *sign_in(void)
{
    struct world *world = world_new();

    world_signs_in(world, SOME_SIGN_IN, true);
    return world;
}

static struct world *proxy(void)
{
    struct world *world = world_new();

    world->config.proxy = "http://proxy.test:3128";
    return world;
}

/* Of the feeds that may exist none is its own. */
static struct world *reclaim(void)
{
    struct world *world = world_new();

    world->config.reclaim = true;
    world->config.tag = "own";
    world->feeds_most = 2;
    world_add_feed(world, "old_f", "others", 1);
    world_add_feed(world, "new_f", "others", 2);
    return world;
}

static const struct client {
    const char *name;
    bool in_build;
    bool follows; /* the answers are to what comes after a few batches, not to the first calls */
    enum call_kind call;
    struct world *(*make)(void);
} clients[] = {
    {"start", true, false, ANY, feed},
    {"feed", true, true, ANY, feed},
    {"datahose", SYMFEED_DATAHOSE, true, ANY, datahose},
    {"health", SYMFEED_DATAHOSE, false, HEALTH, health},
    {"legacy", SYMFEED_LEGACY, true, ANY, legacy},
    {"sign-in", SYMFEED_SIGN_IN, false, ANY, sign_in},
    {"proxy", SYMFEED_PROXY, false, TUNNEL, proxy},
    {"reclaim", SYMFEED_RECLAIM, false, ANY, reclaim},
};

/* --- what is promised --------------------------------------------------------------------- */

/* Which answer of the sequence this request got; ANSWERS: it came after them. */
static unsigned answer_to(unsigned sequence, size_t at)
{
    for (; at > 0 && at < depth; at--) {
        sequence /= ANSWERS;
    }
    return at == 0 ? sequence % ANSWERS : ANSWERS;
}

static void hold(bool promise, const char *why)
{
    if (!promise) {
        test_failed(why);
    }
}

/* What the Agent did not know is not read again as it was: first the feed is looked for or made, or
 * the read is one without an ackId. */
static void does_not_read_what_is_gone(const struct world *world, size_t first, unsigned sequence)
{
    for (size_t i = first; i + 1 < world->seen_count && i < first + depth; i++) {
        size_t next = i + 1;

        if (world->seen[i].call != READ || answer_to(sequence, i - first) != ANSWER_FEED_IS_GONE) {
            continue;
        }
        while (next + 1 < world->seen_count && world->seen[next].call >= SESSION) {
            next++; /* a sign-in, or a look at the Agent's health */
        }
        hold(world->seen[next].call != READ || world->seen[next].ack[0] == '\0',
             "a feed that is gone is read as before");
    }
}

/* Each event was accepted, or was lost with the answer that had it: of a legacy feed alone. It was
 * handed out once, as long as the memory of repeats reaches. */
static void has_all_events_once(const struct world *world)
{
    for (size_t i = 0; i < world->event_count; i++) {
        hold(world->taken[i] ? ONCE(world->handed[i]) : world->handed[i] == 0,
             "an event was handed out twice");
    }
    hold(world->config.task == SYMFEED_TASK_LEGACY || world->lost_count == 0, "an event is lost");
}

/* --- sequences ---------------------------------------------------------------------------- */

static struct world *begin(const struct client *client, unsigned sequence)
{
    struct world *world = client->make();

    world->seed = sequence;
    world->hold = 1000;
    world->batch_most = 2;
    world->any_ack = sequence / 2 % 2 == 0;
    world->clock_offset = sequence % 2 == 0 ? 0 : UINT32_MAX - BEFORE_WRAP;
    world_start(world);
    if (client->follows) {
        world_push(world, 3);
        world_settle(world, 1000);
    }
    return world;
}

static void name(const struct client *client, unsigned sequence)
{
    size_t used = (size_t)snprintf(what, sizeof what, "%s", client->name);

    for (unsigned i = 0; i < depth && used < sizeof what; i++) {
        used += (size_t)snprintf(what + used, sizeof what - used, "%s %s", i == 0 ? ":" : ",",
                                 answer_names[sequence % ANSWERS]);
        sequence /= ANSWERS;
    }
}

static void run(const struct client *client, unsigned sequence)
{
    struct world *world = begin(client, sequence);
    const size_t first = world->seen_count;
    const size_t calls = world_count(world, client->call);
    unsigned rest = sequence;

    for (unsigned i = 0; i < depth; i++) {
        world_reply(world, any_answer(world, rest % ANSWERS, client->call));
        rest /= ANSWERS;
    }
    world_push(world, 4 + depth);
    /* Until each answer was used. A client that is well asks for no further tunnel or health. */
    while (world_count(world, client->call) < calls + depth &&
           !(client->call != ANY && world_is_settled(world))) {
        world_step(world);
    }
    world_settle(world, BACK_WITHIN);
    world_forget_replies(world);
    world_push(world, 2);
    world_settle(world, BACK_WITHIN);
    hold(world->seen_count - first < MOST_REQUESTS(depth), "a storm of requests");
    if (client->call == ANY) {
        does_not_read_what_is_gone(world, first, sequence);
    }
    has_all_events_once(world);
    world_free(world);
}

static void each_sequence_of_answers(void **state)
{
    unsigned sequences = 1;

    (void)state;
    for (unsigned i = 0; i < depth; i++) {
        sequences *= ANSWERS;
    }
    for (size_t i = 0; i < COUNT(clients); i++) {
        const struct client *client = &clients[i];
        unsigned count = 0;

        for (unsigned sequence = part; client->in_build && sequence < sequences;
             sequence += TEST_STRIDE * parts) {
            name(client, sequence);
            run(client, sequence);
            count++;
        }
        print_message("%s: %u sequences of %u answers\n", client->name, count, depth);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_sequence_of_answers)};

    if (argc > 1) {
        depth = (unsigned)strtoul(argv[1], NULL, 10);
    }
    if (argc > 3) {
        part = (unsigned)strtoul(argv[2], NULL, 10);
        parts = (unsigned)strtoul(argv[3], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
