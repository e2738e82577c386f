/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_datahose.c - the datahose and its fan-out form: what is asked, what each answer leads to,
 * when health is looked at, readers that share one, and everything that can go wrong.
 * memory_agent.c holds each request to the form it must have, and to the ackIds' promise.
 */
#include "common.h"

#if SYMFEED_DATAHOSE

static struct world *datahose(void)
{
    return world_of(SYMFEED_TASK_DATAHOSE);
}

static struct reply status(unsigned number)
{
    struct reply reply = to(READ);

    reply.status = number;
    reply.body = "{\"code\":1,\"message\":\"\"}";
    return reply;
}

/* --- what is asked ------------------------------------------------------------------------ */

static void it_is_read_and_acknowledged_and_nothing_else(void **state)
{
    struct world *world = datahose();

    (void)state;
    world_add_feed(world, "bot_f", "datahose-bot", 1);
    world_start(world);
    world_push(world, 10);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "RRRR");
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(world->seen[i].target, "/agent/v5/events/read");
    }
    assert_string_equal(world->seen[0].ack, "");
    assert_string_equal(world->seen[1].ack, "ack-1");
    assert_string_equal(world->seen[3].ack, "ack-3");
    assert_int_equal(world->connections, 1);
    assert_int_equal(world->errors + world->warnings, 0);
    assert_int_equal(symfeed_counters(world->feed)->batches, 3);
    assert_int_equal(symfeed_counters(world->feed)->feeds_created, 0);
    ends_well(world);
}

#define ACK "\"ackId\":\"\",\"updatePresence\":"
#define A10 "aaaaaaaaaa"
#define A70 A10 A10 A10 A10 A10 A10 A10

static void the_body_of_a_read_word_for_word(void **state)
{
    static const struct {
        enum symfeed_task task;
        const char *user;
        const char *tag;
        const char *types;
        const char *scopes;
        bool no_presence;
        const char *body;
    } rows[] = {
        {SYMFEED_TASK_DATAHOSE, "bot", NULL, "MESSAGESENT", NULL, false,
         "{\"type\":\"datahose\",\"tag\":\"datahose-bot\",\"eventTypes\":[\"MESSAGESENT\"]," ACK
         "true}"},
        {SYMFEED_TASK_DATAHOSE, "bot", "alarm", "A,B_2,C-3", "INTERNAL,EXTERNAL,FEDERATED", true,
         "{\"type\":\"datahose\",\"tag\":\"alarm\",\"eventTypes\":[\"A\",\"B_2\",\"C-3\"],"
         "\"scopes\":[\"INTERNAL\",\"EXTERNAL\",\"FEDERATED\"]," ACK "false}"},
        {SYMFEED_TASK_DATAHOSE, "bot", "a \"b\" \\ \xC3\xA9", "A", NULL, false,
         "{\"type\":\"datahose\",\"tag\":\"a \\\"b\\\" \\\\ \xC3\xA9\",\"eventTypes\":[\"A\"]," ACK
         "true}"},
        {SYMFEED_TASK_FANOUT, "bot", NULL, NULL, NULL, false,
         "{\"type\":\"fanout\",\"tag\":\"datahose-bot\"," ACK "true}"},
        {SYMFEED_TASK_FANOUT, NULL, NULL, NULL, NULL, false,
         "{\"type\":\"fanout\",\"tag\":\"datahose-symfeed\"," ACK "true}"},
        {SYMFEED_TASK_FANOUT, "a \"b\" \\", NULL, NULL, "INTERNAL", false,
         "{\"type\":\"fanout\",\"tag\":\"datahose-a \\\"b\\\" \\\\\",\"scopes\":[\"INTERNAL\"]," ACK
         "true}"},
        {SYMFEED_TASK_FANOUT, "bot", "t", "MESSAGESENT,SHAREDPOST", NULL, false,
         "{\"type\":\"fanout\",\"tag\":\"t\",\"eventTypes\":[\"MESSAGESENT\",\"SHAREDPOST\"]," ACK
         "true}"},
        /* 80 characters, not bytes */
        {SYMFEED_TASK_FANOUT, A70 "bcdef", NULL, NULL, NULL, false,
         "{\"type\":\"fanout\",\"tag\":\"datahose-" A70 "b\"," ACK "true}"},
        {SYMFEED_TASK_FANOUT, A70 "\xC3\xA9\xC3\xA9", NULL, NULL, NULL, false,
         "{\"type\":\"fanout\",\"tag\":\"datahose-" A70 "\xC3\xA9\"," ACK "true}"},
        {SYMFEED_TASK_FANOUT, "\xF0\x9F\xA4\x96" A70 "b", NULL, NULL, NULL, false,
         "{\"type\":\"fanout\",\"tag\":\"datahose-\xF0\x9F\xA4\x96" A70 "\"," ACK "true}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *world = world_new();

        world->config.task = rows[i].task;
        world->config.user = rows[i].user;
        world->config.tag = rows[i].tag;
        world->config.types = rows[i].types;
        world->config.scopes = rows[i].scopes;
        world->config.no_presence = rows[i].no_presence;
        world->config.include_invisible = true; /* is no matter of a datahose */
        world_start(world);
        world_until_requests(world, 1);
        assert_string_equal(world->seen[0].body, rows[i].body);
        ends_well(world);
    }
}

static void there_is_no_feed_id_and_no_cookie(void **state)
{
    struct world *world = datahose();
    char text[16] = "untouched";
    struct reply reply = to(READ);

    (void)state;
    reply.fields = "Set-Cookie: AWSALB=x; Path=/\r\n";
    reply.times = 3;
    world_reply(world, reply);
    (void)follows(world);
    assert_int_equal(symfeed_feed_id(world->feed, text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_int_equal(symfeed_cookie(world->feed, text, sizeof text), 0);
    assert_string_equal(text, "");
    ends_well(world); /* and memory_agent.c has seen no cookie come back */
}

static void an_empty_answer_without_a_hold_is_not_asked_for_again_at_once(void **state)
{
    struct world *world = datahose();

    (void)state;
    world->hold = 0;
    world_start(world);
    world_run(world, 60000);
    assert_in_range(world->seen_count, 14, 16); /* after 0.5, 1, 2, 4, 5, 5 ... s */
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    ends_well(world);
}

/* --- answers ------------------------------------------------------------------------------ */

static void a_401_fetches_tokens_and_reads_with_the_same_ack_id(void **state)
{
    struct world *world = follows(datahose());
    size_t at = world->seen_count;

    (void)state;
    world->valid_from = 2;
    world_push(world, 2);
    world_until_requests(world, at + 2);
    assert_int_equal(world->token, 2);
    assert_string_equal(calls_from(world, at), "RR");
    assert_string_equal(world->seen[at + 1].ack, world->seen[at].ack);
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 1, 3500);
    ends_well(world);
}

static void a_401_for_ever_is_retried_slowly(void **state)
{
    struct world *world = follows(datahose());

    (void)state;
    world->valid_from = UINT32_MAX;
    world_run(world, 30000);
    {
        size_t before = world->seen_count;

        world_run(world, 3600000);
        assert_in_range(world->seen_count - before, 10, 50);
    }
    world->valid_from = 0;
    ends_well(world);
}

static void a_400_drops_the_ack_id_and_reads_again_at_once(void **state)
{
    struct world *world = follows(datahose());
    size_t at = after_read(world, status(400), 1);

    (void)state;
    assert_true(world->seen[at - 1].ack[0] != '\0');
    assert_int_equal(world->seen[at].call, READ);
    assert_string_equal(world->seen[at].ack, "");
    assert_true(world->seen[at].time == world->seen[at - 1].time);
    assert_int_equal(world->errors, 0);
    assert_int_equal(world->warnings, 1);
    expect_log(world, "read: 400");
    ends_well(world);
}

static void a_gateways_page_is_waited_out_and_the_ack_id_kept(void **state)
{
    static const unsigned numbers[] = {400, 404};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct world *world = follows(datahose());
        struct reply reply = status(numbers[i]);
        size_t at = 0;

        reply.body = "<html>default backend</html>";
        reply.times = 3;
        at = after_read(world, reply, 3);
        assert_string_equal(calls_from(world, at), "RRR");
        assert_string_equal(world->seen[at + 2].ack, world->seen[at - 1].ack);
        assert_in_range(world->seen[at].time - world->seen[at - 1].time, 0, 3500);
        expect_log(world, "a gateway's");
        ends_well(world);
    }
}

static void a_400_again_has_to_wait(void **state)
{
    struct world *world = follows(datahose());
    struct reply reply = status(400);
    size_t at = 0;

    (void)state;
    reply.times = 3;
    at = after_read(world, reply, 3);
    assert_string_equal(calls_from(world, at), "RRR");
    assert_true(world->seen[at].time == world->seen[at - 1].time);
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 0, 3500);
    assert_in_range(world->seen[at + 2].time - world->seen[at + 1].time, 3500, 7000);
    ends_well(world);
}

static void a_400_for_ever_is_no_storm(void **state)
{
    struct world *world = follows(datahose());
    struct reply reply = status(400);

    (void)state;
    reply.times = FOR_EVER;
    world_reply(world, reply);
    world_run(world, 3600000);
    assert_in_range(world->seen_count, 120, 240);
    world_forget_replies(world);
    ends_well(world);
}

/* An Agent that forgets its own ackIds: each second read is good. */
static void a_400_to_each_ack_id_is_no_storm(void **state)
{
    struct world *world = datahose();

    (void)state;
    world_start(world);
    for (int i = 0; i < 100; i++) {
        world_reply(world, to(READ));
        world_reply(world, status(400));
    }
    world_push(world, 4);
    world_run(world, 100000);
    assert_in_range(world->seen_count, 15, 120);
    world_forget_replies(world);
    ends_well(world);
}

static void a_403_names_both_entitlements_and_is_retried_slowly(void **state)
{
    struct world *world = follows(datahose());
    size_t at = after_read(world, status(403), 1);

    (void)state;
    assert_in_range(world->seen[at].time - world->seen[at - 1].time, 2500, 5000);
    expect_log(world, "Can read from datahose feeds");
    expect_log(world, "Can create datahose feeds");
    expect_errors(world, 1, 1);
    ends_well(world);
}

static void a_404_and_a_410_are_told_and_retried_slowly(void **state)
{
    static const struct {
        unsigned status;
        const char *words;
    } rows[] = {{404, "read: 404"}, {410, "switched off"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *world = follows(datahose());
        size_t at = after_read(world, status(rows[i].status), 1);

        assert_int_equal(world->seen[at].call, READ);
        assert_string_equal(world->seen[at].ack, world->seen[at - 1].ack);
        assert_in_range(world->seen[at].time - world->seen[at - 1].time, 2500, 5000);
        expect_log(world, rows[i].words);
        expect_errors(world, 1, 1);
        ends_well(world);
    }
}

#if SYMFEED_RETRY_AFTER

static void a_429_waits_as_long_as_it_says(void **state)
{
    struct world *world = follows(datahose());
    struct reply reply = status(429);
    size_t at = 0;

    (void)state;
    reply.fields = "Retry-After: 77\r\n";
    at = after_read(world, reply, 1);
    assert_int_equal(world->seen[at].call, READ);
    assert_in_range(world->seen[at].time - world->seen[at - 1].time, 77000, 80500);
    assert_string_equal(world->seen[at].ack, world->seen[at - 1].ack);
    ends_well(world);
}

#endif

static void bodies_that_are_no_batch_are_read_again_with_the_same_ack_id(void **state)
{
    static const char *const bodies[] = {"<html>",
                                         "[]",
                                         "[{\"id\":\"x\"}]",
                                         "{\"events\":[]}",
                                         "{\"events\":[],\"ackId\":null}",
                                         "{\"events\":[",
                                         ""};

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct world *world = follows(datahose());
        struct reply reply = status(200);
        size_t at = 0;

        reply.body = bodies[i];
        at = after_read(world, reply, 1);
        assert_int_equal(world->seen[at].call, READ);
        assert_string_equal(world->seen[at].ack, world->seen[at - 1].ack);
        assert_in_range(world->seen[at].time - world->seen[at - 1].time, 0, 3500);
        ends_well(world);
    }
}

static bool refuses_twice(struct world *world, int number, const struct symfeed_event *event)
{
    (void)event;
    return number == 4 && world->handed[4] <= 2;
}

static void a_refused_event_comes_again_with_its_batch(void **state)
{
    struct world *world = datahose();

    (void)state;
    world->refuses = refuses_twice;
    world_start(world);
    world_push(world, 8);
    world_settle(world, 10000);
    assert_int_equal(world->handed[4], 3);
    assert_int_equal(world->handed[5], 1);
    assert_string_equal(calls_from(world, 0), "RRRRR");
    assert_string_equal(world->seen[3].ack, world->seen[1].ack);
    ends_well(world);
}

/* --- health ------------------------------------------------------------------------------- */

#define USERS(ce) "{\"services\":{},\"users\":{\"agentservice\":{\"status\":\"UP\"}" ce "}}"

static const struct {
    const char *health;
    bool down;
} healths[] = {
    {USERS(",\"ceservice\":{\"authType\":\"RSA\",\"status\":\"UP\"}"), false},
    {USERS(",\"ceservice\":{\"authType\":\"RSA\",\"status\":\"DOWN\"}"), true},
    {USERS(",\"ceservice\":{\"status\":\"DOWN\",\"error\":\"no certificate\"}"), true},
    {USERS(",\"ceservice\":{\"status\":\"up\"}"), true},
    {USERS(",\"ceservice\":{\"status\":\"UPPER\"}"), true},
    {USERS(",\"ceservice\":{\"status\":null}"), true},
    {USERS(",\"ceservice\":{}"), true},
    {USERS(",\"ceservice\":null"), true},
    {USERS(""), true},
    {"{}", true},
};

static void a_403_has_the_content_export_service_looked_at(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(healths); i++) {
        struct world *world = follows(datahose());
        size_t at = 0;

        world->health = healths[i].health;
        at = after_read(world, status(403), 2);
        assert_string_equal(calls_from(world, at), "HR");
        assert_true(world->seen[at + 1].time == world->seen[at].time);
        assert_int_equal(world->seen[at].connection, world->seen[at + 1].connection);
        assert_string_equal(world->seen[at + 1].ack, world->seen[at - 1].ack);
        expect_errors(world, healths[i].down ? 2 : 1, healths[i].down ? 2 : 1);
        if (healths[i].down) {
            expect_log(world, "ceservice");
            expect_log(world, "MESSAGESENT");
            expect_log(world, "MESSAGESUPPRESSED");
            expect_log(world, "SYMPHONYELEMENTSACTION");
        } else {
            assert_false(world_logged(world, "ceservice"));
        }
        ends_well(world);
    }
}

/* Larger than the table: what was dropped of it is not DOWN. */
static void health_of_which_nothing_is_known_is_no_reason_to_warn(void **state)
{
#define SERVICE(name) "\"" name "\":{\"authType\":\"RSA\",\"status\":\"UP\",\"version\":\"20.14\"},"
    static const char *const users[] = {"{\"ceservice\":{\"status\":\"UP\"}}", "{}"};

    (void)state;
    for (size_t i = 0; i < COUNT(users); i++) {
        struct world *world = datahose();
        char health[1024];

        (void)snprintf(health, sizeof health,
                       "{\"services\":{" SERVICE("a") SERVICE("b") SERVICE("c")
                           SERVICE("d") "\"pod\":{}},\"users\":%s}",
                       users[i]);
        world->config.json_tokens = SYMFEED_JSON_TOKENS_MIN;
        world->health = health;
        (void)follows(world);
        (void)after_read(world, status(403), 2);
        expect_errors(world, 1, 1);
        assert_false(world_logged(world, "ceservice"));
        ends_well(world);
    }
}

static void each_403_has_it_looked_at_and_a_good_read_ends_that(void **state)
{
    struct world *world = follows(datahose());
    struct reply reply = status(403);
    size_t at = 0;

    (void)state;
    reply.times = 3;
    at = after_read(world, reply, 8);
    assert_string_equal(calls_from(world, at), "HRHRHRRR");
    ends_well(world);
}

static void the_second_5xx_in_a_row_has_it_looked_at(void **state)
{
    (void)state;
    for (unsigned number = 500; number < 504; number++) {
        struct world *world = follows(datahose());
        struct reply reply = status(number);
        size_t at = 0;

        reply.times = 4;
        world->health = USERS(",\"ceservice\":{\"status\":\"DOWN\"}");
        at = after_read(world, reply, 8);
        assert_string_equal(calls_from(world, at), "RHRHRHRR");
        assert_in_range(world->seen[at].time - world->seen[at - 1].time, 0, 3500);
        assert_in_range(world->seen[at + 1].time - world->seen[at].time, 3500, 7000);
        expect_log(world, "ceservice");
        ends_well(world);
    }
}

static void the_first_5xx_after_renewing_is_the_first_in_a_row(void **state)
{
    struct world *world = follows(datahose());

    (void)state;
    for (int i = 0; i < 2; i++) {
        world_reply(world, status(503));
        world_push(world, 1);
        world_run(world, 1000);
        assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
    }
    world_settle(world, 60000);
    assert_int_equal(world_count(world, HEALTH), 0);
    ends_well(world);
}

static void a_5xx_now_and_then_does_not(void **state)
{
    struct world *world = follows(datahose());

    (void)state;
    for (int i = 0; i < 5; i++) {
        world_reply(world, status(500));
        world_reply(world, to(READ));
    }
    world_push(world, 20);
    world_settle(world, 60000);
    assert_int_equal(world_count(world, HEALTH), 0);
    ends_well(world);
}

static void failures_without_an_answer_do_not(void **state)
{
    struct world *world = follows(datahose());
    struct reply reply = to(READ);

    (void)state;
    reply.cut = true;
    reply.after = RESETS;
    reply.times = 5;
    world_reply(world, reply);
    world->connect_fails = 3;
    world->secure_fails = 3;
    world_push(world, 2);
    world_settle(world, 3600000);
    assert_int_equal(world_count(world, HEALTH), 0);
    ends_well(world);
}

#if SYMFEED_SIGN_IN

/* What pod and key manager say is no word on the datahose. */
static void a_sign_in_that_fails_does_not_have_it_looked_at(void **state)
{
    static const unsigned numbers[] = {503, 403};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers) * 2; i++) {
        struct world *world = datahose();
        struct reply reply = to(i % 2 == 0 ? SESSION : KEY);

        world_signs_in(world, SOME_SIGN_IN, true);
        reply.status = numbers[i / 2];
        reply.times = 3;
        world_reply(world, reply);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 600000);
        assert_int_equal(world_count(world, HEALTH), 0);
        ends_well(world);
    }
}

#endif

static void it_is_never_looked_at_before_the_first_read(void **state)
{
    struct world *world = datahose();

    (void)state;
    world->connect_fails = 5;
    world->secure_fails = 5;
    world->credentials_fail = 2;
    world_start(world);
    world_until_requests(world, 1);
    assert_int_equal(world->seen[0].call, READ);
    ends_well(world);
}

/* Whatever comes of it, the read follows, and the tokens are not in doubt. */
static void looking_at_health_may_fail_in_any_way(void **state)
{
    (void)state;
    for (unsigned number = 0; number < ANSWERS + 2; number++) {
        struct world *world = follows(datahose());
        struct reply reply = number < ANSWERS ? any_answer(world, number, HEALTH) : to(HEALTH);
        size_t at = 0;

        if (number == ANSWERS) {
            reply.cut = true; /* silence */
        } else if (number == ANSWERS + 1) {
            reply.status = 503;
            reply.body = world->health;
        }
        reply.times = 5;
        world_reply(world, reply);
        at = after_read(world, status(403), 2);
        if (world->seen[at + 1].call == HEALTH) {
            /* a kept connection that died: asked again, once */
            world_until_requests(world, ++at + 2);
        }
        assert_string_equal(calls_from(world, at), "HR");
        /* without an answer there is a wait, as after every failure of the network */
        assert_in_range(world->seen[at + 1].time - world->seen[at].time, 0,
                        reply.status == 0 ? 60000 + 20000 : 0);
        assert_int_equal(world->token, 1);
        ends_well(world);
    }
}

/* Its answer has bytes after its end: it says the same, and its connection is not kept. */
static void health_with_bytes_behind_it_says_the_same(void **state)
{
    static const char *const behind[] = {USERS(",\"ceservice\":{\"status\":\"UP\"}") "x",
                                         USERS("") "x"};

    (void)state;
    for (unsigned i = 0; i < COUNT(behind); i++) {
        struct world *world = follows(datahose());
        size_t at = 0;

        world->health = behind[i];
        at = after_read(world, status(403), 2);
        assert_string_equal(calls_from(world, at), "HR");
        assert_true(world->seen[at + 1].time == world->seen[at].time);
        assert_int_not_equal(world->seen[at].connection, world->seen[at + 1].connection);
        expect_errors(world, 1 + i, 1 + i);
        ends_well(world);
    }
}

/* Larger than the table, but the service was not dropped, and is not UP. */
static void health_that_is_cut_behind_a_service_that_is_not_up_is_told(void **state)
{
    struct world *world = datahose();

    (void)state;
    world->config.json_tokens = SYMFEED_JSON_TOKENS_MIN;
    world->health = "{\"users\":{\"ceservice\":{\"status\":null}},\"services\":{" SERVICE("a")
        SERVICE("b") SERVICE("c") SERVICE("d") "\"pod\":{}}}";
    (void)follows(world);
    (void)after_read(world, status(403), 2);
    expect_errors(world, 2, 2);
    expect_log(world, "ceservice");
    ends_well(world);
}

/* --- sharing ------------------------------------------------------------------------------ */

/* Goes on with the one that is behind, until all is acknowledged. */
static void settle_both(struct world *both[2], uint64_t most)
{
    uint64_t end = both[0]->time + most;

    while (world_acknowledged(both[0]) < both[0]->event_count) {
        struct world *behind = both[both[1]->time < both[0]->time ? 1 : 0];

        assert_true(behind->time <= end);
        /* Else what is queued again may always meet the read that a regular fault strikes. */
        behind->hold = 900 + world_random(behind) % 200;
        (void)world_step(behind);
    }
}

static struct world *one_of_two(struct world *other)
{
    struct world *world = datahose();

    world->requeue = 30000;
    world->hold = 1000;
    world->batch_most = 3;
    world->keeps_event_order = false;
    world->seed = other != NULL ? 2 : 1;
    if (other != NULL) {
        world_share(world, other);
    }
    world_start(world);
    return world;
}

static void two_readers_share_it_and_each_event_comes_to_one_of_them(void **state)
{
    (void)state;
    for (uint32_t takes = 0; takes < 4000; takes += 333) {
        struct world *both[2];

        both[0] = one_of_two(NULL);
        both[1] = one_of_two(both[0]);
        both[0]->application_takes = takes; /* the other one gets more of them */
        both[1]->application_takes = 100;
        for (int i = 0; i < 20; i++) {
            world_push(both[0], 5);
            settle_both(both, 100000);
        }
        assert_int_equal(both[0]->event_count, 100);
        for (size_t i = 0; i < 100; i++) {
            assert_int_equal(both[0]->handed[i] + both[1]->handed[i], 1);
            assert_int_equal(both[0]->taken[i] + both[1]->taken[i], 1);
        }
        assert_true(both[0]->taken_count > 5 && both[1]->taken_count > 5);
        for (int i = 0; i < 2; i++) {
            world_stop(both[i], SYMFEED_STOP_NOW, 5000);
            world_free(both[i]);
        }
    }
}

static void what_one_reader_leaves_behind_comes_to_the_other(void **state)
{
    struct world *both[2];

    (void)state;
    both[0] = one_of_two(NULL);
    both[1] = one_of_two(both[0]);
    world_push(both[0], 3);
    while (both[0]->event_steps < 2) {
        world_step(both[0]);
    }
    world_stop(both[0], SYMFEED_STOP_NOW, 5000); /* in the middle of its batch */
    assert_int_equal(world_acknowledged(both[0]), 0);
    world_settle(both[1], 60000);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(both[1]->handed[i], 1);
    }
    assert_true(both[1]->time >= 30000);
    world_free(both[0]);
    ends_well(both[1]);
}

/* In all weathers: what was acknowledged was taken by one of them, and nothing is lost. */
static void two_readers_in_bad_weather_lose_nothing(void **state)
{
    (void)state;
    for (uint32_t every = 11; every < 60; every += 3) {
        struct world *both[2];

        (void)snprintf(what, sizeof what, "each %lu port call fails", (unsigned long)every);
        both[0] = one_of_two(NULL);
        both[1] = one_of_two(both[0]);
        for (int i = 0; i < 2; i++) {
            both[i]->fault_at = 5;
            both[i]->fault_every = every + (uint32_t)i;
            both[i]->fault = (enum fault)((every + (uint32_t)i) % 3);
        }
        for (int i = 0; i < 10; i++) {
            world_push(both[0], 5);
            settle_both(both, 3600000);
        }
        for (size_t i = 0; i < 50; i++) {
            assert_true(both[0]->taken[i] || both[1]->taken[i]);
        }
        for (int i = 0; i < 2; i++) {
            both[i]->fault_at = 0;
            world_stop(both[i], SYMFEED_STOP_NOW, 5000);
            world_free(both[i]);
        }
    }
    what[0] = '\0';
}

/* --- stopping ----------------------------------------------------------------------------- */

static void a_stop_acknowledges_a_complete_batch(void **state)
{
    (void)state;
    for (int when = 0; when < 2; when++) {
        struct world *world = datahose();

        world_start(world);
        world_push(world, 4);
        while (world->event_steps < 4) {
            world_step(world);
        }
        world_stop(world, (enum symfeed_stop)when, 5000);
        assert_int_equal(world_acknowledged(world), 4);
        assert_string_equal(calls_from(world, 0), "RR");
        world_free(world);
    }
}

/* --- everything --------------------------------------------------------------------------- */

#define KINDS (SYMFEED_SIGN_IN ? 3 : 2)

static struct world *any_of(size_t number, uint32_t pieces)
{
    struct world *world = world_of(number == 1 ? SYMFEED_TASK_FANOUT : SYMFEED_TASK_DATAHOSE);

    if (number == 2) {
        world_signs_in(world, SOME_SIGN_IN, true);
    }
    world->send_piece = pieces;
    world->recv_piece = pieces;
    return world;
}

/* The same in the middle of a bad day: health is looked at, too. */
static struct world *any_of_a_bad_day(size_t number, uint32_t pieces)
{
    struct world *world = any_of(number, pieces);
    struct reply reply = status(503);

    world->health = "{}";
    world_reply(world, to(READ));
    reply.times = 2;
    world_reply(world, reply);
    world_reply(world, status(403));
    return world;
}

static void each_port_call_fails_in_turn(void **state)
{
    (void)state;
    each_port_call_fails(any_of, KINDS, 60);
    each_port_call_fails(any_of_a_bad_day, KINDS, 200);
}

static void each_exchange_is_split_into_pieces_of_each_size(void **state)
{
    (void)state;
    each_exchange_is_split(any_of, KINDS);
    each_exchange_is_split(any_of_a_bad_day, 1);
}

static void a_stop_after_each_step(void **state)
{
    (void)state;
    each_step_may_be_the_last(any_of, KINDS, 100);
    each_step_may_be_the_last(any_of_a_bad_day, 1, 100);
}

#else

static void the_build_has_none(void **state)
{
    (void)state;
    expect_bad_task(SYMFEED_TASK_DATAHOSE);
    expect_bad_task(SYMFEED_TASK_FANOUT);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#if SYMFEED_DATAHOSE
        cmocka_unit_test(it_is_read_and_acknowledged_and_nothing_else),
        cmocka_unit_test(the_body_of_a_read_word_for_word),
        cmocka_unit_test(there_is_no_feed_id_and_no_cookie),
        cmocka_unit_test(an_empty_answer_without_a_hold_is_not_asked_for_again_at_once),
        cmocka_unit_test(a_401_fetches_tokens_and_reads_with_the_same_ack_id),
        cmocka_unit_test(a_401_for_ever_is_retried_slowly),
        cmocka_unit_test(a_400_drops_the_ack_id_and_reads_again_at_once),
        cmocka_unit_test(a_gateways_page_is_waited_out_and_the_ack_id_kept),
        cmocka_unit_test(a_400_again_has_to_wait),
        cmocka_unit_test(a_400_for_ever_is_no_storm),
        cmocka_unit_test(a_400_to_each_ack_id_is_no_storm),
        cmocka_unit_test(a_403_names_both_entitlements_and_is_retried_slowly),
        cmocka_unit_test(a_404_and_a_410_are_told_and_retried_slowly),
#if SYMFEED_RETRY_AFTER
        cmocka_unit_test(a_429_waits_as_long_as_it_says),
#endif
        cmocka_unit_test(bodies_that_are_no_batch_are_read_again_with_the_same_ack_id),
        cmocka_unit_test(a_refused_event_comes_again_with_its_batch),
        cmocka_unit_test(a_403_has_the_content_export_service_looked_at),
        cmocka_unit_test(health_of_which_nothing_is_known_is_no_reason_to_warn),
        cmocka_unit_test(each_403_has_it_looked_at_and_a_good_read_ends_that),
        cmocka_unit_test(the_second_5xx_in_a_row_has_it_looked_at),
        cmocka_unit_test(the_first_5xx_after_renewing_is_the_first_in_a_row),
        cmocka_unit_test(a_5xx_now_and_then_does_not),
        cmocka_unit_test(failures_without_an_answer_do_not),
#if SYMFEED_SIGN_IN
        cmocka_unit_test(a_sign_in_that_fails_does_not_have_it_looked_at),
#endif
        cmocka_unit_test(it_is_never_looked_at_before_the_first_read),
        cmocka_unit_test(looking_at_health_may_fail_in_any_way),
        cmocka_unit_test(two_readers_share_it_and_each_event_comes_to_one_of_them),
        cmocka_unit_test(what_one_reader_leaves_behind_comes_to_the_other),
        cmocka_unit_test(two_readers_in_bad_weather_lose_nothing),
        cmocka_unit_test(a_stop_acknowledges_a_complete_batch),
        cmocka_unit_test(each_port_call_fails_in_turn),
        cmocka_unit_test(each_exchange_is_split_into_pieces_of_each_size),
        cmocka_unit_test(a_stop_after_each_step),
        cmocka_unit_test(health_with_bytes_behind_it_says_the_same),
        cmocka_unit_test(health_that_is_cut_behind_a_service_that_is_not_up_is_told),
#else
        cmocka_unit_test(the_build_has_none),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
