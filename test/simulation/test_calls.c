/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_calls.c - the tasks that are one call: list, create, delete, health and info. What each
 * hands out, that it is over then, and that the first failure ends it.
 */
#include "common.h"

#if SYMFEED_ONE_SHOT

static const enum symfeed_task tasks[] = {SYMFEED_TASK_LIST, SYMFEED_TASK_CREATE,
                                          SYMFEED_TASK_DELETE, SYMFEED_TASK_HEALTH,
                                          SYMFEED_TASK_INFO};
static const char *const names[] = {"list", "create", "delete", "health", "info"};
static const enum call_kind kinds[] = {LIST, CREATE, DELETE, HEALTH, INFO};

/* The first three of them need tokens. */
#define SIGNED 3

/* The n-th task, at an Agent that has two feeds. */
static struct world *task(size_t number)
{
    struct world *world = world_of(tasks[number]);

    (void)snprintf(what, sizeof what, "%s", names[number]);
    world_add_feed(world, "older_f", "a", 1000);
    world_add_feed(world, "newer_f", "b", 2000);
    if (tasks[number] == SYMFEED_TASK_DELETE) {
        world->config.feed_id = "older_f";
    }
    return world;
}

static struct reply answer(size_t number, unsigned status, const char *body)
{
    struct reply reply = to(kinds[number]);

    reply.status = status;
    reply.body = body;
    return reply;
}

static void expect_over(struct world *world, enum symfeed_status status, const char *calls,
                        uint64_t most)
{
    assert_int_equal(world_over(world, most), status);
    if (strcmp(calls_from(world, 0), calls) != 0) {
        fail_msg("%s: the calls %s, not %s", what, calls_from(world, 0), calls);
    }
    assert_int_equal(symfeed_wants(world->feed), 0);
}

/* The texts that were handed out, each with a line end. */
static char texts[16384];

static enum symfeed_status over_with_texts(struct world *world)
{
    size_t size = 0;
    uint64_t events = 0;
    enum symfeed_status status = SYMFEED_WAIT;

    texts[0] = '\0';
    world_start(world);
    while (status == SYMFEED_WAIT || status == SYMFEED_EVENT) {
        status = world_step(world);
        if (world->event_steps > events) {
            events = world->event_steps;
            size += (size_t)snprintf(texts + size, sizeof texts - size, "%s\n", world->last_text);
            assert_true(size < sizeof texts);
        }
        assert_true(world->time < 600000);
    }
    return status;
}

/* --- what is handed out ------------------------------------------------------------------- */

static void list_hands_out_each_feed(void **state)
{
    struct world *world = task(0);

    (void)state;
    assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
    assert_string_equal(texts, "{\"id\":\"older_f\",\"createdAt\":1000,\"type\":\"fanout\"}\n"
                               "{\"id\":\"newer_f\",\"createdAt\":2000,\"type\":\"fanout\"}\n");
    assert_string_equal(world->seen[0].target, "/agent/v5/datafeeds");
    expect_over(world, SYMFEED_STOPPED, "L", 0);
    assert_int_equal(symfeed_feed_id(world->feed, texts, sizeof texts), 0);
    assert_int_equal(world->errors + world->warnings, 0);
    world_free(world);
}

static void list_of_a_tag_hands_out_the_feeds_of_the_tag(void **state)
{
    struct world *world = task(0);

    (void)state;
    world_add_feed(world, "third_f", "a b&c", 3000);
    world->config.tag = "a b&c";
    assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
    assert_string_equal(texts, "{\"id\":\"third_f\",\"createdAt\":3000,\"type\":\"fanout\"}\n");
    assert_string_equal(world->seen[0].target, "/agent/v5/datafeeds?tag=a%20b%26c");
    world_free(world);
}

static void an_empty_list_hands_out_nothing(void **state)
{
    struct world *world = world_of(SYMFEED_TASK_LIST);

    (void)state;
    assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
    assert_string_equal(texts, "");
    world_free(world);
}

/* A list is shown as it is: a feed of a form that cannot be read, and one listed twice, too. */
static void list_passes_over_nothing(void **state)
{
    struct world *world = task(0);
    struct reply reply = answer(0, 200,
                                "[{\"id\":\"a_p_1\"},{\"id\":\"a_f\"},{\"id\":\"a_f\"},{\"x\":1},"
                                "{\"y\":tru}]");

    (void)state;
    world_reply(world, reply);
    assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
    assert_string_equal(texts, "{\"id\":\"a_p_1\"}\n{\"id\":\"a_f\"}\n{\"id\":\"a_f\"}\n"
                               "{\"x\":1}\n{\"y\":tru}\n");
    assert_true(world->last.malformed);
    world_free(world);
}

static void create_makes_a_feed_and_hands_it_out(void **state)
{
    struct world *world = task(1);
    char id[32];

    (void)state;
    world->config.tag = "mine";
    world->config.include_invisible = true;
    assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
    assert_string_equal(texts,
                        "{\"id\":\"made1_f\",\"createdAt\":1700000000000,\"type\":\"fanout\"}\n");
    assert_string_equal(world->seen[0].body, "{\"tag\":\"mine\",\"includeInvisible\":true}");
    expect_over(world, SYMFEED_STOPPED, "C", 0);
    assert_true(world_has_feed(world, "made1_f"));
    assert_int_equal(symfeed_counters(world->feed)->feeds_created, 1);
    assert_int_equal(symfeed_feed_id(world->feed, id, sizeof id), 7);
    assert_string_equal(id, "made1_f");
    world_free(world);
}

static void delete_deletes_and_hands_out_nothing(void **state)
{
    struct world *world = task(2);

    (void)state;
    assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
    assert_string_equal(texts, "");
    assert_string_equal(world->seen[0].target, "/agent/v5/datafeeds/older_f");
    expect_over(world, SYMFEED_STOPPED, "D", 0);
    assert_false(world_has_feed(world, "older_f"));
    assert_true(world_has_feed(world, "newer_f"));
    world_free(world);
}

static void delete_takes_an_id_of_any_form_and_length(void **state)
{
    char id[201];

    (void)state;
    memset(id, 'x', sizeof id - 1); /* longer than SYMFEED_FEED_ID_SIZE */
    memcpy(id, "a/b+c==_f %\xC3\xA9", 13);
    id[sizeof id - 1] = '\0';
    for (size_t size = 0; size < 2; size++) {
        struct world *world = task(2);
        struct reply reply = answer(2, 204, NULL);

        world->config.feed_id = size == 0 ? "a/b+c==_f %?#" : id;
        world_reply(world, reply);
        assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
        assert_string_equal(world->seen[0].feed, world->config.feed_id);
        world_free(world);
    }
}

static void health_hands_out_the_object(void **state)
{
    static const unsigned numbers[] = {200, 503};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct world *world = task(3);

        world->health_status = numbers[i];
        assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
        assert_int_equal(strlen(texts), strlen(world->health) + 1);
        assert_memory_equal(texts, world->health, strlen(world->health));
        expect_over(world, SYMFEED_STOPPED, "H", 0);
        world_free(world);
    }
}

static void health_of_a_503_that_is_no_json_fails(void **state)
{
    static const char *const bodies[] = {"<html>", "", "Service Unavailable", "{\"status\":"};

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct world *world = task(3);

        world_reply(world, answer(3, 503, bodies[i]));
        assert_int_equal(over_with_texts(world), SYMFEED_FAILED);
        expect_over(world, SYMFEED_FAILED, "H", 0);
        world_free(world);
    }
}

static void info_hands_out_the_object(void **state)
{
    struct world *world = task(4);

    (void)state;
    assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
    assert_string_equal(texts, "{\"ipAddress\":\"10.0.0.1\",\"version\":\"Agent-20.14.2\","
                               "\"onPrem\":true,\"mt\":null}\n");
    assert_string_equal(world->seen[0].target, "/agent/v1/info");
    expect_over(world, SYMFEED_STOPPED, "I", 0);
    world_free(world);
}

static void an_answer_larger_than_the_window_comes_cut(void **state)
{
    static const size_t numbers[] = {0, 1, 3, 4};
    static char body[12000];

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        bool list = numbers[i] == 0;
        struct world *world = task(numbers[i]);

        (void)snprintf(body, sizeof body, "%s{\"id\":\"a_f\",\"text\":\"%09000d\",\"x\":1}%s",
                       list ? "[" : "", 7, list ? "]" : "");
        world_reply(world, answer(numbers[i], 200, body));
        assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
        assert_int_equal(world->event_steps, 1);
        assert_true(world->last.truncated);
        assert_int_equal(world->last.full_size, strlen(body) - (list ? 2 : 0));
        world_free(world);
    }
}

/* --- signing in --------------------------------------------------------------------------- */

static void health_and_info_need_no_sign_in(void **state)
{
    (void)state;
    for (size_t number = SIGNED; number < COUNT(tasks); number++) {
        for (int way = 0; way < 3; way++) {
            struct world *world = NULL;

            if (!HAS_WAY(way)) {
                continue;
            }
            world = task(number);
            if (way > 0) {
                world_signs_in(world, (enum symfeed_sign_in)way, true);
            }
            world->valid_from = UINT32_MAX;
            world->credentials_fail = FOR_EVER;
            world_start(world);
            expect_over(world, SYMFEED_STOPPED, number == 3 ? "H" : "I", 0);
            assert_int_equal(world->credentials_calls, 0);
            assert_int_equal(world->event_steps, 1);
            assert_int_equal(symfeed_counters(world->feed)->signins, 0);
            world_free(world); /* memory_agent.c has seen no token go out */
        }
    }
}

/* An agent, or a gateway before it, that wants tokens after all gets them. */
static void a_401_to_health_and_info_is_met_by_tokens(void **state)
{
    (void)state;
    for (size_t number = SIGNED; number < COUNT(tasks); number++) {
        struct world *world = task(number);

        world_reply(world, answer(number, 401, "{}"));
        world_start(world);
        expect_over(world, SYMFEED_STOPPED, number == 3 ? "HH" : "II", 1);
        assert_int_equal(world->credentials_calls, 1);
        world_free(world);
        world = task(number);
        world_reply(world, answer(number, 401, "{}"));
        world_reply(world, answer(number, 401, "{}"));
        world_start(world);
        expect_over(world, SYMFEED_FAILED, number == 3 ? "HH" : "II", 0);
        assert_int_equal(world->credentials_calls, 1);
        expect_log(world, ": 401");
        world_free(world);
    }
}

static void a_401_to_health_and_info_without_a_way_to_sign_in_is_a_failure(void **state)
{
    (void)state;
    for (size_t number = SIGNED; number < COUNT(tasks); number++) {
        struct world *world = task(number);

        world->port.credentials = NULL;
        world_reply(world, answer(number, 401, "{}"));
        world_start(world);
        expect_over(world, SYMFEED_FAILED, number == 3 ? "H" : "I", 0);
        expect_log(world, "not without signing in");
        world_free(world);
    }
}

#if SYMFEED_SIGN_IN

static void the_others_sign_in_first(void **state)
{
    static const char *const calls[] = {"SKL", "SKC", "SKD"};

    (void)state;
    for (size_t number = 0; number < SIGNED; number++) {
        for (int way = 1; way < 3; way++) {
            struct world *world = NULL;

            if (!HAS_WAY(way)) {
                continue;
            }
            world = task(number);
            world_signs_in(world, (enum symfeed_sign_in)way, way == 1);
            world_start(world);
            expect_over(world, SYMFEED_STOPPED, calls[number], 0);
            world_free(world);
        }
    }
}

static void what_signing_in_asks_for_is_not_handed_out(void **state)
{
    struct world *world = task(0);

    (void)state;
    world_signs_in(world, SOME_SIGN_IN, false);
    world->claims = "{\"canUseSimplifiedKeyDelivery\":true}";
    world->version = "Agent-24.12.1";
    assert_int_equal(over_with_texts(world), SYMFEED_STOPPED);
    assert_string_equal(texts, "{\"id\":\"older_f\",\"createdAt\":1000,\"type\":\"fanout\"}\n"
                               "{\"id\":\"newer_f\",\"createdAt\":2000,\"type\":\"fanout\"}\n");
    expect_over(world, SYMFEED_STOPPED, "SIL", 0);
    world_free(world);
}

static void a_sign_in_that_fails_ends_it(void **state)
{
    static const unsigned numbers[] = {401, 403, 500, 429};

    (void)state;
    for (size_t number = 0; number < SIGNED; number++) {
        for (size_t i = 0; i < COUNT(numbers) * 2; i++) {
            struct world *world = task(number);
            struct reply reply = to(i % 2 == 0 ? SESSION : KEY);

            world_signs_in(world, SOME_SIGN_IN, true);
            reply.status = numbers[i / 2];
            reply.body = "{}";
            world_reply(world, reply);
            world_start(world);
            expect_over(world, SYMFEED_FAILED, i % 2 == 0 ? "S" : "SK", 0);
            assert_false(world_logged(world, "next try"));
            world_free(world);
        }
    }
}

#endif

#if SYMFEED_KEY_SIGN_IN

static void no_signature_to_be_had_ends_it(void **state)
{
    struct world *world = task(0);

    (void)state;
    world_signs_in(world, SOME_SIGN_IN, false);
    world->sign_fails = FOR_EVER;
    world_start(world);
    expect_over(world, SYMFEED_FAILED, "", 0);
    world_free(world);
}

#endif

static void a_401_has_fresh_tokens_fetched_once(void **state)
{
    static const char *const once[] = {"LL", "CC", "DD"};

    (void)state;
    for (size_t number = 0; number < SIGNED; number++) {
        struct world *world = task(number);

        world->valid_from = 2;
        world_start(world);
        expect_over(world, SYMFEED_STOPPED, once[number], 0);
        assert_int_equal(world->token, 2);
        world_free(world);
        world = task(number);
        world->valid_from = UINT32_MAX;
        world_start(world);
        expect_over(world, SYMFEED_FAILED, once[number], 0);
        assert_int_equal(world->token, 2);
        expect_log(world, "401");
        assert_false(world_logged(world, "next try"));
        world_free(world);
    }
}

static void a_401_with_unchanged_tokens_is_a_failure(void **state)
{
    (void)state;
    for (size_t number = 0; number < SIGNED; number++) {
        struct world *world = task(number);

        world->stale_tokens = true;
        world->valid_from = 2;
        world_start(world);
        assert_int_equal(world_over(world, 0), SYMFEED_FAILED);
        assert_in_range(world->seen_count, 1, 2);
        world_free(world);
    }
}

static void no_tokens_to_be_had_is_a_failure(void **state)
{
    (void)state;
    for (size_t number = 0; number < SIGNED; number++) {
        struct world *world = task(number);

        world->credentials_fail = FOR_EVER;
        world_start(world);
        expect_over(world, SYMFEED_FAILED, "", 0);
        expect_log(world, "as the test has ordered");
        expect_errors(world, 1, 1);
        world_free(world);
    }
}

/* --- failures ----------------------------------------------------------------------------- */

static void expect_one_line(const struct world *world)
{
    assert_int_equal(world->errors + world->warnings, 1);
    assert_false(world_logged(world, "next try"));
}

static void the_first_failure_ends_it(void **state)
{
    static const unsigned numbers[] = {302, 400, 403, 404, 410, 429, 500, 502, 503};
    static const char *const calls[] = {"L", "C", "D", "H", "I"};

    (void)state;
    for (size_t number = 0; number < COUNT(tasks); number++) {
        for (size_t i = 0; i < COUNT(numbers); i++) {
            struct world *world = task(number);
            char text[32];

            world_reply(world, answer(number, numbers[i], "<html>"));
            world_start(world);
            expect_over(world, SYMFEED_FAILED, calls[number], 0);
            (void)snprintf(text, sizeof text, ": %u", numbers[i]);
            expect_log(world, text);
            expect_one_line(world);
            assert_int_equal(world->event_steps, 0);
            world_free(world);
        }
    }
}

static void no_connection_is_a_failure(void **state)
{
    (void)state;
    for (size_t number = 0; number < COUNT(tasks); number++) {
        for (int way = 0; way < 4; way++) {
            struct world *world = task(number);

            world->connect_fails = way == 0 ? 1 : 0;
            world->secure_fails = way == 1 ? 1 : 0;
            world->connect_takes = way == 2 ? FOR_EVER : 0;
            world->secure_takes = way == 3 ? FOR_EVER : 0;
            world_start(world);
            expect_over(world, SYMFEED_FAILED, "", 30000);
            expect_one_line(world);
            world_free(world);
        }
    }
}

static void an_answer_that_is_cut_or_never_comes_is_a_failure(void **state)
{
    (void)state;
    for (size_t number = 0; number < COUNT(tasks); number++) {
        for (int way = 0; way < 3; way++) {
            for (size_t at = 0; at < 150; at += 10) {
                struct world *world = task(number);
                struct reply reply = to(kinds[number]);

                reply.cut = true;
                reply.cut_at = at;
                reply.after = (enum after)way;
                world_reply(world, reply);
                world_start(world);
                (void)world_over(world, 120000);
                if (tasks[number] != SYMFEED_TASK_DELETE) {
                    assert_int_equal(world->status, SYMFEED_FAILED);
                    expect_one_line(world);
                }
                assert_int_equal(world_count(world, kinds[number]), 1);
                world_free(world);
            }
        }
    }
}

/* A delete's answer has no body: its head is enough. */
static void a_delete_is_done_once_the_head_of_its_answer_is_there(void **state)
{
    struct world *world = task(2);
    struct reply reply = answer(2, 200, "{\"a\":1}");

    (void)state;
    reply.cut = true;
    reply.cut_at = 100;
    reply.after = ENDS;
    world_reply(world, reply);
    world_start(world);
    expect_over(world, SYMFEED_STOPPED, "D", 0);
    world_free(world);
}

static void a_body_that_is_not_what_it_should_be_is_a_failure(void **state)
{
    static const struct {
        size_t number;
        const char *body;
    } rows[] = {{0, "{}"},     {0, "<html>"},  {0, ""},        {0, "[{\"id\":\"x\"}"}, {0, "null"},
                {1, "[]"},     {1, "<html>"},  {1, ""},        {1, "{\"id\":\"x\""},   {1, "null"},
                {3, "<html>"}, {3, ""},        {3, "{\"a\":"}, {4, "<html>"},          {4, ""},
                {4, "1"},      {4, "{\"a\":"}, {1, "{}"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *world = task(rows[i].number);

        (void)snprintf(what, sizeof what, "%s: %s", names[rows[i].number], rows[i].body);
        world_reply(world, answer(rows[i].number, 200, rows[i].body));
        world_start(world);
        if (world_over(world, 0) != SYMFEED_FAILED) {
            fail_msg("%s: did not fail", what);
        }
        assert_int_equal(world->seen_count, 1);
        expect_one_line(world);
        world_free(world);
    }
}

static void a_403_on_create_names_the_remedy(void **state)
{
    struct world *world = task(1);

    (void)state;
    world->feeds_most = 2;
    world_start(world);
    expect_over(world, SYMFEED_FAILED, "C", 0);
    expect_log(world, "--reclaim");
    expect_one_line(world);
    assert_int_equal(world_live_feeds(world), 2);
    world_free(world);
}

#if SYMFEED_RECLAIM

static void a_403_on_create_with_reclaim_deletes_the_oldest_feed(void **state)
{
    struct world *world = task(1);

    (void)state;
    world->feeds_most = 2;
    world->config.reclaim = true;
    world->config.tag = "mine";
    world_start(world);
    expect_over(world, SYMFEED_STOPPED, "CLDC", 0);
    assert_string_equal(world->seen[1].target, "/agent/v5/datafeeds");
    assert_false(world_has_feed(world, "older_f"));
    assert_true(world_has_feed(world, "newer_f"));
    assert_true(world_has_feed(world, "made1_f"));
    assert_int_equal(world->event_steps, 1); /* the list is no part of the answer */
    world_free(world);
}

static void a_403_on_create_again_with_reclaim_is_a_failure(void **state)
{
    struct world *world = task(1);
    struct reply reply = answer(1, 403, "{\"code\":403,\"message\":\"\"}");

    (void)state;
    world->config.reclaim = true;
    reply.times = 9;
    world_reply(world, reply);
    world_start(world);
    expect_over(world, SYMFEED_FAILED, "CLDC", 0);
    assert_int_equal(world_live_feeds(world), 1);
    world_free(world);
}

static void a_list_that_fails_while_reclaiming_is_a_failure(void **state)
{
    struct world *world = task(1);

    (void)state;
    world->feeds_most = 2;
    world->config.reclaim = true;
    world_reply(world, answer(0, 500, "{}"));
    world_start(world);
    expect_over(world, SYMFEED_FAILED, "CL", 0);
    assert_int_equal(world_live_feeds(world), 2);
    world_free(world);
}

#endif

/* --- stopping and refusing ---------------------------------------------------------------- */

static void a_stop_ends_it_too(void **state)
{
    (void)state;
    for (size_t number = 0; number < COUNT(tasks); number++) {
        for (unsigned steps = 0; steps < 12; steps++) {
            struct world *world = task(number);
            enum symfeed_status status = SYMFEED_WAIT;

            world->choppy = true;
            world->recv_piece = 40;
            world_start(world);
            for (unsigned i = 0; i < steps && status != SYMFEED_STOPPED && status != SYMFEED_FAILED;
                 i++) {
                status = world_step(world);
            }
            world_stop(world, SYMFEED_STOP_NOW, 5000);
            world_free(world);
        }
    }
}

/* There is nothing that could come again. */
static void refusing_changes_nothing(void **state)
{
    static const uint64_t events[] = {2, 1, 0, 1, 1};

    (void)state;
    for (size_t number = 0; number < COUNT(tasks); number++) {
        struct world *world = task(number);

        world->refuses = refuses_each;
        world_start(world);
        assert_int_equal(world_over(world, 0), SYMFEED_STOPPED);
        assert_int_equal(world->event_steps, events[number]);
        assert_int_equal(world->seen_count, 1);
        world_free(world);
    }
}

/* --- everything --------------------------------------------------------------------------- */

static struct world *in_pieces(size_t number, uint32_t fault_at, enum fault fault)
{
    struct world *world = task(number);

    world->send_piece = 60;
    world->recv_piece = 60;
    world->fault_at = fault_at;
    world->fault = fault;
    world_start(world);
    (void)world_over(world, 0);
    return world;
}

static void each_port_call_that_fails_ends_it(void **state)
{
    (void)state;
    for (size_t number = 0; number < COUNT(tasks); number++) {
        struct world *world = in_pieces(number, 0, FAULT_FAILS);
        uint32_t calls = world->port_calls;

        assert_true(calls > 5);
        world_free(world);
        for (uint32_t at = 1; at <= calls; at++) {
            for (int fault = FAULT_FAILS; fault <= FAULT_ENDS; fault++) {
                world = in_pieces(number, at, (enum fault)fault);
                if (world->status != SYMFEED_FAILED && tasks[number] != SYMFEED_TASK_DELETE) {
                    fail_msg("%s: port call %lu fails, way %d: did not fail", what,
                             (unsigned long)at, fault);
                }
                world_free(world);
            }
        }
    }
}

static void each_exchange_is_split_into_pieces_of_each_size(void **state)
{
    (void)state;
    for (size_t number = 0; number < COUNT(tasks); number++) {
        for (size_t size = 1; size < 500; size++) {
            struct world *world = task(number);
            struct reply reply = to(ANY);

            world->recv_piece = size;
            world->send_piece = size;
            world->choppy = size % 2 == 0;
            reply.framing = (enum framing)(size % 3);
            world_reply(world, reply);
            world_start(world);
            assert_int_equal(world_over(world, 10000), SYMFEED_STOPPED);
            assert_int_equal(world->event_steps, number == 0 ? 2 : number == 2 ? 0 : 1);
            world_free(world);
        }
    }
}

#else

static void the_build_has_none(void **state)
{
    (void)state;
    for (int task = SYMFEED_TASK_LIST; task <= SYMFEED_TASK_INFO; task++) {
        expect_bad_task((enum symfeed_task)task);
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#if SYMFEED_ONE_SHOT
#if SYMFEED_KEY_SIGN_IN
        cmocka_unit_test(no_signature_to_be_had_ends_it),
#endif
        cmocka_unit_test(list_hands_out_each_feed),
        cmocka_unit_test(list_of_a_tag_hands_out_the_feeds_of_the_tag),
        cmocka_unit_test(an_empty_list_hands_out_nothing),
        cmocka_unit_test(list_passes_over_nothing),
        cmocka_unit_test(create_makes_a_feed_and_hands_it_out),
        cmocka_unit_test(delete_deletes_and_hands_out_nothing),
        cmocka_unit_test(delete_takes_an_id_of_any_form_and_length),
        cmocka_unit_test(health_hands_out_the_object),
        cmocka_unit_test(health_of_a_503_that_is_no_json_fails),
        cmocka_unit_test(info_hands_out_the_object),
        cmocka_unit_test(an_answer_larger_than_the_window_comes_cut),
        cmocka_unit_test(health_and_info_need_no_sign_in),
        cmocka_unit_test(a_401_to_health_and_info_is_met_by_tokens),
        cmocka_unit_test(a_401_to_health_and_info_without_a_way_to_sign_in_is_a_failure),
#if SYMFEED_SIGN_IN
        cmocka_unit_test(the_others_sign_in_first),
        cmocka_unit_test(what_signing_in_asks_for_is_not_handed_out),
        cmocka_unit_test(a_sign_in_that_fails_ends_it),
#endif
        cmocka_unit_test(a_401_has_fresh_tokens_fetched_once),
        cmocka_unit_test(a_401_with_unchanged_tokens_is_a_failure),
        cmocka_unit_test(no_tokens_to_be_had_is_a_failure),
        cmocka_unit_test(the_first_failure_ends_it),
        cmocka_unit_test(no_connection_is_a_failure),
        cmocka_unit_test(an_answer_that_is_cut_or_never_comes_is_a_failure),
        cmocka_unit_test(a_delete_is_done_once_the_head_of_its_answer_is_there),
        cmocka_unit_test(a_body_that_is_not_what_it_should_be_is_a_failure),
        cmocka_unit_test(a_403_on_create_names_the_remedy),
#if SYMFEED_RECLAIM
        cmocka_unit_test(a_403_on_create_with_reclaim_deletes_the_oldest_feed),
        cmocka_unit_test(a_403_on_create_again_with_reclaim_is_a_failure),
        cmocka_unit_test(a_list_that_fails_while_reclaiming_is_a_failure),
#endif
        cmocka_unit_test(a_stop_ends_it_too),
        cmocka_unit_test(refusing_changes_nothing),
        cmocka_unit_test(each_port_call_that_fails_ends_it),
        cmocka_unit_test(each_exchange_is_split_into_pieces_of_each_size),
#else
        cmocka_unit_test(the_build_has_none),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
