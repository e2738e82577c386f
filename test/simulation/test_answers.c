/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_answers.c - what each answer of the Agent leads to: the rows of its table by name, on each
 * call, and what must not become a storm of requests.
 */
#include "common.h"

/* The read that gets this answer is made again, word for word, `low` to `high` milliseconds after
 * its answer has come. */
static void read_again(struct reply reply, uint64_t low, uint64_t high, const char *logged)
{
    struct world *world = following();
    struct seen first;
    uint64_t over = reply.delay;
    size_t at = world->seen_count;

    reply.call = READ;
    world_reply(world, reply);
    world_push(world, 2);
    world_until_requests(world, at + 2);
    first = world->seen[at];
    assert_true(first.ack[0] != '\0');
    assert_int_equal(world->seen[at + 1].call, READ);
    assert_string_equal(world->seen[at + 1].feed, first.feed);
    assert_string_equal(world->seen[at + 1].ack, first.ack);
    assert_in_range(world->seen[at + 1].time - first.time - over, low, high);
    if (logged != NULL) {
        expect_log(world, logged);
    }
    ends_well(world);
}

static struct reply status(unsigned number, const char *fields, const char *body)
{
    struct reply reply = to(READ);

    reply.status = number;
    reply.fields = fields;
    reply.body = body;
    return reply;
}

static struct reply raw(const char *text, enum after after)
{
    struct reply reply = to(READ);

    reply.raw = text;
    reply.after = after;
    return reply;
}

/* --- 401 ---------------------------------------------------------------------------------- */

static void a_401_on_read_fetches_tokens_and_reads_the_same_feed_with_the_same_ack_id(void **state)
{
    struct world *world = following();
    size_t at = world->seen_count;

    (void)state;
    world->valid_from = 2;
    world_push(world, 2);
    world_until_requests(world, at + 2);
    assert_int_equal(world->token, 2);
    assert_int_equal(world->seen[at + 1].call, READ);
    assert_string_equal(world->seen[at + 1].feed, world->seen[at].feed);
    assert_string_equal(world->seen[at + 1].ack, world->seen[at].ack);
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 1, 3500);
    assert_int_equal(symfeed_counters(world->feed)->signins, 2);
    ends_well(world);
}

static void a_401_on_list_and_create_fetches_tokens_and_asks_again(void **state)
{
    static const enum call_kind calls[] = {LIST, CREATE};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world *world = world_new();
        struct reply reply = status(401, NULL, "{}");

        world_start(world);
        reply.call = calls[i];
        world_reply(world, reply);
        world_until_requests(world, i + 2);
        assert_int_equal(world->seen[i].call, calls[i]);
        assert_int_equal(world->seen[i + 1].call, calls[i]);
        assert_int_equal(world->token, 2);
        assert_in_range(world->seen[i + 1].time, 1, 3500);
        ends_well(world);
    }
}

static void a_401_with_unchanged_tokens_is_retried_slowly(void **state)
{
    struct world *world = following();
    size_t before = 0;

    (void)state;
    world->stale_tokens = true;
    world->valid_from = 2;
    world_run(world, 30000);
    before = world->seen_count;
    world_run(world, 86400000);
    /* 5, 10, 20 ... 300 s, each between half and all of it */
    assert_in_range(world->seen_count - before, 280, 600);
    expect_errors(world, 101, UINT32_MAX);
    world->stale_tokens = false;
    ends_well(world);
}

static void a_401_to_fresh_tokens_for_ever_is_retried_slowly(void **state)
{
    struct world *world = following();
    size_t before = 0;

    (void)state;
    world->valid_from = UINT32_MAX;
    world_run(world, 30000);
    before = world->seen_count;
    world_run(world, 3600000);
    assert_in_range(world->seen_count - before, 10, 50);
    world->valid_from = 0;
    ends_well(world);
}

static void a_401_whose_body_never_ends_still_fetches_tokens(void **state)
{
    struct world *world = following();
    struct reply reply = status(401, NULL, "{\"code\":401}");

    (void)state;
    reply.cut = true;
    reply.cut_at = 97;
    reply.times = FOR_EVER;
    world_reply(world, reply);
    world_run(world, 200000);
    assert_true(world->token > 1);
    world_forget_replies(world);
    ends_well(world);
}

static void no_tokens_to_be_had_is_waited_out(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->credentials_fail = FOR_EVER;
    world_start(world);
    world_run(world, 86400000);
    assert_int_equal(world->seen_count, 0);
    assert_int_equal(world->connections, 0);
    expect_errors(world, 280, 600);
    expect_log(world, "as the test has ordered");
    world->credentials_fail = 0;
    ends_well(world);
}

#define NO_END UINT32_MAX

static void make_spaces(uint64_t at, char *out, size_t size)
{
    (void)at;
    memset(out, ' ', size);
}

/* Of the body of an error 16 KB are read, so that the connection can be kept; then the status has
 * to be enough. */
static void the_body_of_an_error_is_read_to_the_end_up_to_16_kb(void **state)
{
    static const unsigned numbers[] = {401, 403, 404, 503};
    static const uint64_t sizes[] = {16384, 16385, 20000, NO_END};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        for (size_t k = 0; k < COUNT(sizes); k++) {
            struct world *world = following();
            struct reply reply = status(numbers[i], NULL, NULL);
            size_t at = world->seen_count;
            uint64_t bytes = symfeed_counters(world->feed)->bytes;

            reply.maker = make_spaces;
            reply.maker_size = sizes[k];
            world_reply(world, reply);
            world_until_requests(world, at + 2);
            bytes = symfeed_counters(world->feed)->bytes - bytes;
            assert_int_equal(world->seen[at + 1].call, READ);
            assert_int_equal(world->seen[at + 1].connection, sizes[k] <= 16384 ? 1 : 2);
            assert_true(bytes <= 16384 + 2 * SYMFEED_RECEIVE_SIZE + 1024);
            assert_int_equal(world->token, numbers[i] == 401 ? 2 : 1);
            expect_log(world, numbers[i] == 401   ? "read: 401"
                              : numbers[i] == 403 ? "read: 403"
                              : numbers[i] == 404 ? "read: 404"
                                                  : "read: 503");
            ends_well(world);
        }
    }
}

/* --- 403 ---------------------------------------------------------------------------------- */

static void a_403_on_create_names_the_remedy_and_is_retried_slowly(void **state)
{
    struct world *world = world_new();

    (void)state;
    for (int i = 0; i < 20; i++) {
        char id[16];

        (void)snprintf(id, sizeof id, "x%d_p_1", i);
        world_add_feed(world, id, "", i);
    }
    world_start(world);
    world_run(world, 3600000);
    expect_log(world, "delete one");
    assert_int_equal(world_count(world, DELETE), 0);
    assert_in_range(world_count(world, CREATE), 10, 1500);
    world_kill_feeds(world);
    ends_well(world);
}

static void waits_after_403_on_create_grow(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->feeds_most = 0;
    world_start(world);
    world_run(world, 86400000);
    assert_in_range(world_count(world, CREATE), 280, 620);
    world->feeds_most = 20;
    ends_well(world);
}

#if SYMFEED_JSON

/* Whoever takes a feed over that somebody else may be reading is told so: which, and its age. What
 * a server chose for an id cannot steer who reads the line. */
static void a_feed_that_was_there_before_is_named_with_its_age(void **state)
{
#define MADE "1750000000123" /* milliseconds; the clocks below are seconds */
    static const struct {
        const char *list;
        int64_t wall; /* 0: not set; -1: there is no clock */
        const char *line;
    } cases[] = {
        {"[{\"id\":\"a_f_1\",\"createdAt\":" MADE "}]", 1750000001, "a_f_1, 0 h old\n"},
        {"[{\"id\":\"a_f_1\",\"createdAt\":" MADE "}]", 1750003610, "a_f_1, 1 h old\n"},
        {"[{\"createdAt\":" MADE ",\"id\":\"a_f_1\"}]", 1750259300, "a_f_1, 72 h old\n"},
        {"[{\"id\":\"a_f\",\"createdAt\":" MADE "},{\"id\":\"b_f\",\"createdAt\":1750200000000}]",
         1750259300, "a_f, 72 h old\n"},
        {"[{\"id\":\"p_p_1\",\"createdAt\":1},{\"id\":\"b_f\",\"createdAt\":" MADE "}]", 1750259300,
         "b_f, 72 h old\n"},
        /* of no sense, or not known */
        {"[{\"id\":\"a_f\",\"createdAt\":" MADE "}]", 1749999000, "a_f\n"},
        {"[{\"id\":\"a_f\",\"createdAt\":" MADE "}]", 0, "a_f\n"},
        {"[{\"id\":\"a_f\",\"createdAt\":" MADE "}]", -1, "a_f\n"},
        {"[{\"id\":\"a_f\"}]", 1750259300, "a_f\n"},
        {"[{\"id\":\"a_f\"}]", 0, "a_f\n"},
        {"[{\"id\":\"a_f\",\"createdAt\":null}]", 1750259300, "a_f\n"},
        {"[{\"id\":\"a_f\",\"createdAt\":\"" MADE "\"}]", 1750259300, "a_f\n"},
        /* of any characters */
        {"[{\"id\":\"\\u001b[2J\\u009b\\n\xC3\xA9~_f\"}]", 1750259300, "?[2J?????~_f\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world *world = world_new();
        struct reply reply = status(200, NULL, cases[i].list);
        char line[200];

        if (cases[i].wall < 0) {
            world->port.wall_clock = NULL;
        } else {
            world->wall = cases[i].wall;
        }
        reply.call = LIST;
        world_reply(world, reply);
        world->config.tag = "t"; /* with a tag, an id may be of any form */
        world_start(world);
        world_until_requests(world, 2);
        (void)snprintf(line, sizeof line, "found a feed that was there before: %s", cases[i].line);
        expect_log(world, line);
        world_free(world);
    }
#undef MADE
}

#endif

#if SYMFEED_RECLAIM

static void a_403_on_create_with_reclaim_deletes_the_oldest_feed(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->config.reclaim = true;
    world->config.tag = "mine";
    world->feeds_most = 4;
    world_add_feed(world, "younger_f", "a", 2000);
    world_add_feed(world, "hose_p_1", "b", 1);
    world_add_feed(world, "oldest_f", "c", 1000);
    world_add_feed(world, "youngest_f", "d", 3000);
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    assert_false(world_has_feed(world, "oldest_f"));
    assert_true(world_has_feed(world, "hose_p_1"));
    assert_true(world_has_feed(world, "younger_f"));
    assert_true(world_has_feed(world, "youngest_f"));
    assert_int_equal(world_count(world, DELETE), 1);
    ends_well(world);
}

static void reclaiming_makes_room_at_once_each_time(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->config.reclaim = true;
    world->config.tag = "mine";
    world->feeds_most = 1;
    for (unsigned i = 1; i <= 3; i++) {
        world_kill_feeds(world);
        world_add_feed(world, "other_f", "a", 1000);
        if (i == 1) {
            world_start(world);
        }
        world_push(world, 3);
        world_settle(world, 1000);
        assert_int_equal(world_count(world, DELETE), i);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    }
    ends_well(world);
}

static void reclaiming_finds_the_oldest_feed_even_if_its_list_was_cut_at_first(void **state)
{
    (void)state;
    for (size_t cut = 100; cut < 400; cut += 7) {
        struct world *world = world_new();
        struct reply as_is = to(LIST);
        struct reply reply = to(LIST);

        world->config.reclaim = true;
        world->config.tag = "mine";
        world->feeds_most = 3;
        world_add_feed(world, "younger_f", "a", 2000);
        world_add_feed(world, "oldest_f", "c", 1000);
        world_add_feed(world, "youngest_f", "d", 3000);
        world_start(world);
        world_reply(world, as_is);
        reply.cut = true;
        reply.cut_at = cut;
        reply.after = ENDS;
        world_reply(world, reply);
        world_push(world, 3);
        world_settle(world, 6000);
        assert_false(world_has_feed(world, "oldest_f"));
        assert_true(world_has_feed(world, "younger_f"));
        assert_int_equal(world_count(world, DELETE), 1);
        ends_well(world);
    }
}

static void reclaiming_never_deletes_a_datahose_feed(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->config.reclaim = true;
    world->feeds_most = 2;
    world_add_feed(world, "hose_p_1", "", 1);
    world_add_feed(world, "hose_p", "", 2);
    world_start(world);
    world_run(world, 3600000);
    assert_int_equal(world_count(world, DELETE), 0);
    assert_int_equal(world_live_feeds(world), 2);
    assert_in_range(world_count(world, CREATE), 10, 1500);
    expect_log(world, "delete one");
    world->feeds_most = 20;
    ends_well(world);
}

/* A list is read as far as it can be: what says nothing of its age counts as old, what has no good
 * id cannot be deleted. */
static void reclaiming_meets_feeds_of_any_form(void **state)
{
    static const struct {
        const char *list;
        const char *deleted; /* NULL: none */
    } cases[] = {
        {"[{\"id\":\"a_f\",\"createdAt\":2},{\"id\":\"b_f\"}]", "b_f"},
        {"[{\"id\":\"a_f\"},{\"id\":\"b_f\"}]", "a_f"},
        {"[{\"id\":\"a_f\",\"createdAt\":5},{\"id\":\"b_f\",\"createdAt\":\"6\"}]", "b_f"},
        {"[{\"id\":\"a_f\",\"createdAt\":5},{\"id\":\"b_f\",\"createdAt\":1e3}]", "b_f"},
        {"[{\"id\":\"a_f\",\"createdAt\":5},{\"id\":\"b_f\",\"createdAt\":-6}]", "b_f"},
        {"[{\"id\":\"a_f\",\"createdAt\":9223372036854775806}]", "a_f"},
        {"[{\"createdAt\":1},{\"id\":\"a_f\",\"createdAt\":5}]", "a_f"},
        {"[{\"id\":\"\",\"createdAt\":1},{\"id\":7,\"createdAt\":1},"
         "{\"id\":\"a_f\",\"createdAt\":5}]",
         "a_f"},
        {"[{\"id\":\"b_f\",\"createdAt\":tru},{\"id\":\"a_f\",\"createdAt\":5}]", "a_f"},
        {"[{\"id\":\"a_p\",\"createdAt\":1},{\"id\":\"a_p_f\",\"createdAt\":1}]", NULL},
        {"[]", NULL},
        {"[null,1,\"a_f\",[\"b_f\"]]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world *world = world_new();
        struct reply reply = status(403, NULL, "{\"code\":403,\"message\":\"\"}");

        world->config.reclaim = true;
        reply.call = CREATE;
        world_reply(world, reply);
        world_reply(world, to(LIST));
        reply = status(200, NULL, cases[i].list);
        reply.call = LIST;
        world_reply(world, reply);
        world_start(world);
        world_until_requests(world, 4);
        assert_int_equal(world_seen(world, 2)->call, LIST);
        assert_int_equal(world_seen(world, 3)->call, cases[i].deleted != NULL ? DELETE : CREATE);
        assert_string_equal(world_seen(world, 3)->feed,
                            cases[i].deleted != NULL ? cases[i].deleted : "");
        ends_well(world);
    }
}

static void a_403_for_ever_with_reclaim_deletes_slowly(void **state)
{
    struct world *world = world_new();
    struct reply reply = status(403, NULL, "{}");

    (void)state;
    world->config.reclaim = true;
    reply.call = CREATE;
    reply.times = FOR_EVER;
    world_reply(world, reply);
    world_start(world);
    world_run(world, 3600000);
    assert_in_range(world->seen_count, 10, 6000);
    world_forget_replies(world);
    ends_well(world);
}

#endif

static void a_403_on_read_is_told_and_retried_slowly(void **state)
{
    (void)state;
    read_again(status(403, NULL, "{}"), 2500, 5000, "entitlements");
}

/* --- 400 and 404 -------------------------------------------------------------------------- */

/* As the agent says it of a feed or an ackId that it does not know. */
static struct reply refusal(unsigned times)
{
    struct reply reply = status(400, NULL, "{\"code\":400,\"message\":\"not known\"}");

    reply.times = times;
    return reply;
}

/* The feed is gone: the list is asked for it, then for another one, which is not there. */
static void a_400_with_the_feed_gone_lists_by_tag_creates_and_reads(void **state)
{
    struct world *world = world_new();
    size_t at = 0;
    char dead[256];

    (void)state;
    world->config.tag = "my tag";
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    (void)strcpy(dead, world_last(world)->feed);
    world_kill_feeds(world);
    at = world->seen_count;
    world_until_requests(world, at + 5);
    assert_string_equal(calls_from(world, at), "RLLCR");
    assert_string_equal(world->seen[at + 1].target, "/agent/v5/datafeeds?tag=my%20tag");
    assert_string_equal(world->seen[at + 2].target, "/agent/v5/datafeeds?tag=my%20tag");
    assert_string_equal(world->seen[at + 4].ack, "");
    assert_string_not_equal(world->seen[at + 4].feed, dead);
    assert_true(world->seen[at + 4].time == world->seen[at].time);
    expect_log(world, "the feed or its ackId is not known");
    expect_log(world, "the feed is gone");
    ends_well(world);
}

/* Nothing was wrong with it: the same read again, at once. */
static void a_400_once_with_the_feed_still_listed_reads_it_with_the_same_ack_id(void **state)
{
    static const unsigned numbers[] = {400, 404};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct world *world = following();
        struct reply reply = refusal(1);
        size_t at = 0;

        reply.status = numbers[i];
        at = after_read(world, reply, 2) - 1;
        assert_string_equal(calls_from(world, at), "RLR");
        assert_true(world->seen[at].ack[0] != '\0');
        assert_string_equal(world->seen[at + 2].ack, world->seen[at].ack);
        assert_string_equal(world->seen[at + 2].feed, world->seen[at].feed);
        assert_true(world->seen[at + 2].time == world->seen[at].time);
        ends_well(world);
    }
}

/* The ackId may be what the agent does not know. */
static void a_400_again_reads_with_an_empty_ack_id(void **state)
{
    struct world *world = following();
    size_t at = after_read(world, refusal(2), 3) - 1;

    (void)state;
    assert_string_equal(calls_from(world, at), "RLRR");
    assert_string_equal(world->seen[at + 2].ack, world->seen[at].ack);
    assert_string_equal(world->seen[at + 3].ack, "");
    assert_string_equal(world->seen[at + 3].feed, world->seen[at].feed);
    assert_in_range(world->seen[at + 3].time - world->seen[at + 2].time, 0, 3500);
    assert_int_equal(world_count(world, DELETE), 0);
    ends_well(world);
}

static void a_400_three_times_deletes_the_feed_and_creates_another(void **state)
{
    struct world *world = following();
    size_t at = after_read(world, refusal(3), 6) - 1;

    (void)state;
    assert_memory_equal(calls_from(world, at), "RLRRDLC", 7);
    assert_string_equal(world->seen[at + 4].feed, world->seen[at].feed);
    assert_in_range(world->seen[at + 4].time - world->seen[at + 3].time, 3500, 7000);
    world_until_requests(world, at + 8);
    assert_string_equal(world->seen[at + 7].ack, "");
    assert_string_not_equal(world->seen[at + 7].feed, world->seen[at].feed);
    ends_well(world);
}

/* Each of three refusals has to be in a row. */
static void a_good_read_begins_the_doubts_anew(void **state)
{
    struct world *world = following();

    (void)state;
    for (int i = 0; i < 10; i++) {
        world_reply(world, refusal(2));
        world_push(world, 2);
        world_settle(world, 60000);
    }
    assert_int_equal(world_count(world, DELETE), 0);
    assert_int_equal(world_count(world, CREATE), 1);
    ends_well(world);
}

/* So they do not if an answer without events is between them, or a read that the agent held. */
static void refusals_minutes_apart_delete_nothing(void **state)
{
    (void)state;
    for (int held = 0; held < 2; held++) {
        struct world *world = following();
        struct reply between = held ? status(504, NULL, "<html>") : status(204, NULL, NULL);

        between.delay = 20000;
        between.times = 30;
        for (int i = 0; i < 5; i++) {
            world_reply(world, refusal(1));
            world_reply(world, between);
        }
        world_run(world, 7200000);
        assert_int_equal(world_count(world, DELETE), 0);
        assert_int_equal(world_count(world, CREATE), 1);
        ends_well(world);
    }
}

static void a_400_while_the_list_fails_reads_the_same_feed_with_the_same_ack_id(void **state)
{
    struct reply ways[7];

    (void)state;
    memset(ways, 0, sizeof ways);
    ways[0] = status(500, NULL, "<html>");
    ways[1] = status(403, NULL, "{\"code\":403,\"message\":\"no\"}");
    ways[2] = status(404, NULL, "<html>default backend - 404</html>");
    ways[3] = status(200, NULL, "<html>");
    ways[4].cut = true; /* silence */
    ways[5].cut = true;
    ways[5].after = RESETS;
    ways[6].cut = true;
    ways[6].cut_at = 90;
    ways[6].after = ENDS;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = following();
        size_t at = 0;

        (void)snprintf(what, sizeof what, "way %lu", (unsigned long)i);
        ways[i].call = LIST;
        ways[i].times = i == 5 ? 2 : 1; /* one that dies on a kept connection is sent again */
        world_reply(world, ways[i]);
        at = after_read(world, refusal(1), i == 5 ? 3 : 2) - 1;
        assert_string_equal(calls_from(world, at), i == 5 ? "RLLR" : "RLR");
        assert_string_equal(world_last(world)->feed, world->seen[at].feed);
        assert_string_equal(world_last(world)->ack, world->seen[at].ack);
        ends_well(world);
        /* and for ever: it is not deleted without a look */
        world = following();
        ways[i].times = FOR_EVER;
        world_reply(world, ways[i]);
        world_reply(world, refusal(FOR_EVER));
        world_run(world, 3600000);
        assert_int_equal(world_count(world, DELETE), 0);
        assert_in_range(world->seen_count, 20, 480);
        world_forget_replies(world);
        ends_well(world);
    }
    what[0] = '\0';
}

/* Answers that are not the agent's: pages, plain text, and JSON of somebody else. */
static const struct {
    unsigned status;
    const char *body;
} pages[] = {{404, "<html>default backend - 404</html>"},
             {404, "default backend - 404"},
             {404, "404 page not found\n"},
             {404, ""},
             {400, "<html><head><title>400 Bad Request</title></head></html>"},
             {400, "{\"message\":\"no Route matched with those values\"}"},
             {404, "{\"timestamp\":1,\"status\":404,\"error\":\"Not Found\",\"path\":\"/\"}"},
             {400, "{\"code\":400}"},
             {400, "{\"code\":400,\"message\":\"not wh"},
             {400, "[{\"code\":400,\"message\":\"\"}]"},
             {400, "{\"error\":{\"code\":400,\"message\":\"\"}}"}};

/* As a 502, with the same ackId; what waits in the feed is not lost. */
static void a_gateways_page_on_read_is_waited_out_and_the_feed_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pages); i++) {
        (void)snprintf(what, sizeof what, "page %lu", (unsigned long)i);
        read_again(status(pages[i].status, NULL, pages[i].body), 0, 3500, "a gateway's");
    }
    what[0] = '\0';
}

/* An ingress controller says so for as long as an agent is replaced: in the meantime the list is
 * asked for the feed, which changes nothing while it says nothing of it. */
static void a_gateways_page_that_goes_on_asks_the_list_and_deletes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pages) * 2; i++) {
        struct world *world = following();
        struct reply reply = status(pages[i / 2].status, NULL, pages[i / 2].body);
        char feed[256];
        size_t at = world->seen_count;

        (void)snprintf(what, sizeof what, "page %lu, %s", (unsigned long)i / 2,
                       i % 2 == 0 ? "the list is good" : "the list as well");
        (void)strcpy(feed, world_last(world)->feed);
        reply.times = FOR_EVER;
        world_reply(world, reply);
        if (i % 2 != 0) {
            reply.call = LIST;
            world_reply(world, reply);
        }
        world_push(world, 2);
        world_run(world, 3600000);
        assert_memory_equal(calls_from(world, at), "RRLR", 4);
        assert_int_equal(world_count(world, DELETE), 0);
        assert_int_equal(world_count(world, CREATE), 1);
        assert_in_range(world->seen_count - at, 120, 480);
        world_forget_replies(world);
        ends_well(world);
    }
    what[0] = '\0';
}

/* A firewall may not like the ackId itself: while the list is good and has the feed, trying the
 * same for ever would be of no use. Without it what was taken comes again, and nothing is lost. */
static void a_page_that_goes_on_while_the_feed_is_listed_is_met_without_the_ack_id(void **state)
{
    struct world *world = following();
    struct reply reply = status(400, NULL, pages[0].body);

    (void)state;
    world_push(world, 2);
    world_settle(world, 60000);
    reply.times = FOR_EVER;
    world_reply(world, reply);
    world_run(world, 600000);
    assert_string_equal(world_last(world)->ack, "");
    assert_int_equal(world_count(world, DELETE), 0);
    world_forget_replies(world);
    ends_well(world);
}

/* Gateway and agent are replaced together, and the feed is gone after all. */
static void a_gateways_page_that_goes_on_finds_out_that_the_feed_is_gone(void **state)
{
    struct world *world = following();
    struct reply reply = status(404, NULL, pages[0].body);
    size_t at = world->seen_count;

    (void)state;
    reply.times = 2;
    world_reply(world, reply);
    world_kill_feeds(world);
    world_push(world, 2);
    world_until_requests(world, at + 6);
    assert_string_equal(calls_from(world, at), "RRLLCR");
    ends_well(world);
}

/* Both see that it is gone; the second one finds what the first one has made. */
static void two_clients_that_both_see_the_400_share_one_new_feed(void **state)
{
    struct world *one = world_new();
    struct world *two = world_new();

    (void)state;
    one->config.tag = "shared";
    two->config.tag = "shared";
    world_share(two, one);
    world_start(one);
    world_start(two);
    world_push(one, 3);
    world_settle(one, 1000);
    world_run(two, 100);
    assert_string_equal(world_last(two)->feed, world_last(one)->feed);
    world_kill_feeds(one);
    world_run(one, 31000);
    world_run(two, 31000);
    assert_string_equal(world_last(two)->feed, world_last(one)->feed);
    assert_int_equal(world_count(one, CREATE) + world_count(two, CREATE), 2);
    assert_int_equal(world_live_feeds(one), 1);
    world_free(two);
    world_free(one);
}

#if SYMFEED_RECLAIM

/* Nobody's feed is deleted on the word of a firewall. */
static void a_gateways_403_on_create_reclaims_nothing(void **state)
{
    struct world *world = world_new();
    struct reply reply = status(403, NULL, "<html>Request blocked</html>");

    (void)state;
    world->config.reclaim = true;
    world->config.tag = "mine";
    world_add_feed(world, "theirs_f", "a", 1000);
    reply.call = CREATE;
    reply.times = 3;
    world_reply(world, reply);
    world_start(world);
    world_run(world, 60000);
    assert_int_equal(world_count(world, DELETE), 0);
    assert_true(world_has_feed(world, "theirs_f"));
    assert_in_range(world->seen[3].time - world->seen[1].time, 2500, 5000);
    expect_log(world, "a gateway's");
    ends_well(world);
}

#endif

static void the_delete_of_a_dead_feed_may_fail_in_any_way(void **state)
{
    struct reply ways[10];

    (void)state;
    memset(ways, 0, sizeof ways);
    ways[0] = status(502, NULL, "<html>");
    ways[1] = status(401, NULL, "{}");
    ways[8] = status(400, NULL, "{\"code\":400,\"message\":\"no such feed\"}");
    ways[9] = status(404, NULL, "<html>");
    ways[2] = status(429, "Retry-After: 7\r\n", "");
    ways[3] = raw("rubbish\r\n\r\n", KEEP);
    ways[4].cut = true; /* silence */
    ways[5].cut = true;
    ways[5].after = RESETS;
    ways[6].delay = 3000;
    ways[7] = status(204, NULL, NULL);
    ways[7].cut = true;
    ways[7].cut_at = 20;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = following();

        ways[i].call = DELETE;
        world_reply(world, ways[i]);
        world->dead_stay_listed = true;
        world_kill_feeds(world);
        world_push(world, 3);
        world_settle(world, 200000);
        /* one that dies on a kept connection is sent again */
        if (world_count(world, DELETE) != (i == 5 ? 2 : 1)) {
            fail_msg("way %lu: %lu deletes", (unsigned long)i,
                     (unsigned long)world_count(world, DELETE));
        }
        assert_int_equal(symfeed_counters(world->feed)->feeds_created, 2);
        ends_well(world);
    }
}

static void the_new_feed_of_another_instance_is_found_after_400(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->config.tag = "shared";
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    world_kill_feeds(world);
    world_add_feed(world, "theirs_f", "shared", 5);
    world_push(world, 3);
    world_settle(world, 60000);
    assert_string_equal(world_last(world)->feed, "theirs_f");
    assert_int_equal(world_count(world, CREATE), 1);
    ends_well(world);
}

static void a_dead_feed_that_is_still_listed_is_not_used_again(void **state)
{
    struct world *world = following();

    (void)state;
    world->dead_stay_listed = true;
    world_kill_feeds(world);
    world_push(world, 3);
    world_settle(world, 31000);
    assert_int_equal(world_count(world, CREATE), 2);
    ends_well(world);
}

/* The list that comes behind a delete is cut after each byte; what it had is not to be mixed up
 * with what was. */
static void a_list_that_was_cut_does_not_mix_up_dead_and_good_feeds(void **state)
{
    (void)state;
    for (size_t cut = 80; cut < 520; cut += TEST_STRIDE) {
        struct world *world = following();
        struct reply reply = to(LIST);

        reply.times = cut % 2 == 0 ? 1 : 2;
        world_reply(world, reply); /* the look, which is not cut every other time */
        reply.times = 1;
        reply.cut = true;
        reply.cut_at = cut / 2;
        reply.after = ENDS;
        world->dead_stay_listed = true;
        world_kill_feeds(world);
        world_add_feed(world, "theirs_f", "", 5);
        world_reply(world, reply);
        world_push(world, 3);
        world_settle(world, 60000);
        if (strcmp(world_last(world)->feed, "theirs_f") != 0 || world_count(world, CREATE) != 1 ||
            world_count(world, DELETE) != 1) {
            fail_msg("list cut at %lu: %s is read, %lu feeds created, %lu deleted",
                     (unsigned long)cut / 2, world_last(world)->feed,
                     (unsigned long)world_count(world, CREATE),
                     (unsigned long)world_count(world, DELETE));
        }
        ends_well(world);
    }
}

/* Half of an error is nobody's word. */
static void a_400_whose_body_never_ends_deletes_nothing(void **state)
{
    struct world *world = following();
    struct reply reply = refusal(3);

    (void)state;
    reply.cut = true;
    reply.cut_at = 97;
    world_reply(world, reply);
    world_run(world, 200000);
    assert_int_equal(world_count(world, DELETE), 0);
    world_forget_replies(world);
    ends_well(world);
}

static void always_400_does_not_storm(void **state)
{
    struct world *world = following();

    (void)state;
    world_reply(world, refusal(FOR_EVER));
    world_run(world, 3600000);
    assert_in_range(world_count(world, READ), 120, 240);
    assert_in_range(world->seen_count, 240, 720);
    world_forget_replies(world);
    ends_well(world);
}

/* --- waits -------------------------------------------------------------------------------- */

/* Ten minutes in which each good read is followed by trouble. There is always an event to read. */
static struct world *troubled(void (*trouble)(struct world *world))
{
    struct world *world = following();
    uint64_t end = world->time + 600000;
    uint32_t batches = symfeed_counters(world->feed)->batches;

    world->batch_most = 1;
    world_push(world, 3000);
    while (world->time < end && world->taken_count < 3000) {
        if (symfeed_counters(world->feed)->batches != batches) {
            batches = symfeed_counters(world->feed)->batches;
            trouble(world);
            world_push(world, world->event_count < 3900 ? 1 : 0);
        }
        (void)world_step(world);
    }
    return world;
}

static void revoke(struct world *world)
{
    world->valid_from = world->token + 1;
}

static void tokens_that_are_good_for_one_read_are_not_renewed_in_a_storm(void **state)
{
    struct world *world = troubled(revoke);

    (void)state;
    /* each after up to 3.5 s */
    assert_in_range(symfeed_counters(world->feed)->signins, 200, 500);
    world->valid_from = 0;
    ends_well(world);
}

static void feeds_that_are_good_for_one_read_are_not_made_in_a_storm(void **state)
{
    struct world *world = troubled(world_kill_feeds);

    (void)state;
    /* each after up to 3.5 s */
    assert_in_range(symfeed_counters(world->feed)->feeds_created, 20, 350);
    ends_well(world);
}

#if SYMFEED_RETRY_AFTER

static void a_429_waits_as_long_as_retry_after_says_in_seconds(void **state)
{
    (void)state;
    read_again(status(429, "Retry-After: 77\r\n", ""), 77000, 80500, "429");
    read_again(status(429, "retry-after:   3  \r\n", "{}"), 3000, 6500, NULL);
    read_again(status(503, "Retry-After: 12\r\n", "<html>"), 12000, 15500, NULL);
}

static void a_429_waits_until_the_date_of_retry_after(void **state)
{
    (void)state;
    read_again(status(429,
                      "Date: Tue, 04 Nov 2025 10:00:00 GMT\r\n"
                      "Retry-After: Tue, 04 Nov 2025 10:01:30 GMT\r\n",
                      "{}"),
               90000, 93500, NULL);
    /* in the past, no date at all, and no clock to compare it with */
    read_again(status(429,
                      "Date: Tue, 04 Nov 2025 10:00:00 GMT\r\n"
                      "Retry-After: Tue, 04 Nov 2025 09:00:00 GMT\r\n",
                      "{}"),
               0, 3500, NULL);
    read_again(status(429, "Retry-After: soon\r\n", "{}"), 0, 3500, NULL);
    read_again(status(429, "Retry-After: Tue, 04 Nov 2025 10:01:30 GMT\r\n", "{}"), 0, 3500, NULL);
}

static void a_retry_after_that_is_a_date_is_read_with_the_wall_clock(void **state)
{
    struct world *world = following();
    size_t at = world->seen_count;

    (void)state;
    world->wall = 1762250400; /* 2025-11-04 10:00:00 */
    world_reply(world, status(429, "Retry-After: Tue, 04 Nov 2025 10:00:40 GMT\r\n", "{}"));
    world_until_requests(world, at + 2);
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 40000, 43500);
    ends_well(world);
}

static void
without_a_wall_clock_a_retry_after_that_is_a_date_needs_the_date_of_the_answer(void **state)
{
    static const char date[] = "Retry-After: Tue, 04 Nov 2025 10:00:40 GMT\r\n";
    static const char both[] = "Date: Tue, 04 Nov 2025 10:00:00 GMT\r\n"
                               "Retry-After: Tue, 04 Nov 2025 10:00:40 GMT\r\n";

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct world *world = world_new();
        uint64_t waited = 0;

        world->port.wall_clock = NULL;
        world_start(world);
        world_reply(world, status(429,
                                  i == 0   ? date
                                  : i == 1 ? both
                                           : "Retry-After: 40\r\n",
                                  "{}"));
        world_until_requests(world, 4);
        waited = world_seen(world, 3)->time - world_seen(world, 2)->time;
        assert_in_range(waited, i == 0 ? 0 : 40000, i == 0 ? 3500 : 43500);
        ends_well(world);
    }
}

static void an_absurd_retry_after_is_granted_an_hour(void **state)
{
    static const char *const absurd[] = {
        "Retry-After: 99999999\r\n", "Retry-After: 4294967295\r\n", "Retry-After: 4294968\r\n",
        "Retry-After: 1844674407370955161\r\n",
        "Date: Tue, 04 Nov 2025 10:00:00 GMT\r\nRetry-After: Sat, 04 Nov 2090 10:00:00 GMT\r\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(absurd); i++) {
        struct world *world = following();
        size_t at = world->seen_count;

        (void)snprintf(what, sizeof what, "%s", absurd[i]);
        world->longest_wait = 3603500;
        world_reply(world, status(429, absurd[i], "{}"));
        world_until_requests(world, at + 2);
        assert_in_range(world->seen[at + 1].time - world->seen[at].time, 3600000, 3603500);
        ends_well(world);
    }
}

#endif

static void each_5xx_is_read_again_soon(void **state)
{
    static const unsigned numbers[] = {500, 501, 502, 503, 504, 520, 599};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        read_again(status(numbers[i], NULL, "<html><body>Bad Gateway</body></html>"), 0, 3500,
                   NULL);
    }
}

static void waits_double_to_the_longest_and_begin_anew_after_a_good_answer(void **state)
{
    struct world *world = following();
    struct reply reply = status(500, NULL, "");
    uint64_t low = 0;
    uint64_t high = 3500;
    size_t first = 0;

    (void)state;
    reply.times = 20;
    world_reply(world, reply);
    first = world->seen_count;
    world_until_requests(world, first + 21);
    for (size_t i = first; i < first + 20; i++) {
        assert_in_range(world->seen[i + 1].time - world->seen[i].time, low, high);
        high = high * 2 < 30000 ? high * 2 : 30000;
        low = high / 2;
    }
    world_run(world, 31000);
    reply.times = 1;
    world_reply(world, reply);
    first = world->seen_count;
    world_until_requests(world, first + 2);
    assert_in_range(world->seen[first + 1].time - world->seen[first].time, 0, 3500);
    ends_well(world);
}

/* For a first wait of up to 3,500 ms all but the last one is taken off. */
static void draw_3499(void *context, void *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((unsigned char *)data)[i] = (unsigned char)(world_random(context) >> 11);
    }
    if (size == sizeof(uint32_t)) {
        memcpy(data, &(uint32_t){3499}, size);
    }
}

static void the_first_wait_after_a_good_answer_may_be_short_but_is_never_none(void **state)
{
    struct world *world = world_new();
    size_t next = 0;

    (void)state;
    world->port.random = draw_3499;
    next = after_read(follows(world), status(500, NULL, ""), 1);
    assert_int_equal(world->seen[next].time, world->seen[next - 1].time + 1);
    ends_well(world);
}

/* Eight reads get this answer; each is made again `low` to `high` milliseconds after it. */
static void fails_eight_times(struct reply reply, uint64_t low, uint64_t high)
{
    struct world *world = following();
    size_t first = world->seen_count;

    reply.times = 8;
    world_reply(world, reply);
    world_until_requests(world, first + 9);
    for (size_t i = first; i < first + 8; i++) {
        assert_in_range(world->seen[i + 1].time - world->seen[i].time - reply.delay, low, high);
    }
    ends_well(world);
}

static void
reads_that_a_gateway_ends_after_ten_seconds_are_not_waited_for_longer_each_time(void **state)
{
    struct reply late = status(504, NULL, "<html/>");
    struct reply lost = raw("", ENDS);
    struct reply sooner = status(504, NULL, "<html/>");

    (void)state;
    late.delay = 10000;
    fails_eight_times(late, 0, 3500);
    lost.delay = 20000;
    fails_eight_times(lost, 1, 3500);
    sooner.delay = 9000;
    fails_eight_times(sooner, 1, 30000);
}

static void a_failure_to_connect_is_no_long_poll_that_was_ended(void **state)
{
    struct world *world = following();
    uint32_t before = 0;

    (void)state;
    world->connect_fails = 1000000;
    world_reply(world, raw("", RESETS));
    world_run(world, 3600000);
    before = symfeed_counters(world->feed)->retries;
    world_run(world, 36000000);
    /* every 15 to 30 s */
    assert_in_range(symfeed_counters(world->feed)->retries - before, 1200, 2400);
    world->connect_fails = 0;
    ends_well(world);
}

static void html_with_200_is_read_again(void **state)
{
    (void)state;
    read_again(status(200, NULL, "<html><head><title>Sign in</title></head></html>"), 0, 3500,
               "not the JSON");
    read_again(status(200, NULL, ""), 0, 3500, "not the JSON");
    read_again(status(200, NULL, "[]"), 0, 3500, "not the JSON");
    read_again(status(200, NULL, "null"), 0, 3500, "not the JSON");
}

/* A 204 is no failure: nothing is said, and the wait grows to 5 s and no longer. */
static void a_204_is_an_answer_without_events(void **state)
{
    struct world *world = following();
    struct reply reply = status(204, NULL, NULL);
    size_t first = world->seen_count;

    (void)state;
    reply.call = READ;
    reply.times = 20;
    world_reply(world, reply);
    world_until_requests(world, first + 20);
    assert_int_equal(world->seen[first + 19].time - world->seen[first].time, 7500 + 15 * 5000);
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    ends_well(world);
}

#if SYMFEED_JSON

static void broken_json_is_read_again(void **state)
{
    static const char *const broken[] = {
        "{\"events\":[],\"ackId\":\"a\"",      "{\"events\":[,\"ackId\":\"a\"}",
        "{\"events\":[]\"ackId\":\"a\"}",      "{\"events\":{},\"ackId\":\"a\"}",
        "{\"events\":[],\"ackId\":\"a\"}}",    "{\"events\":[],\"ackId\":\"a\"} x",
        "{\"events\":[],\"ackId\":\"a\xff\"}", "{\"events\":[],\"ackId\":\"a\\x\"}",
        "{\"events\":7,\"ackId\":\"a\"}",      "{\"events\":\"no\",\"ackId\":\"a\"}"};

    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++) {
        read_again(status(200, NULL, broken[i]), 0, 3500, "not the JSON");
    }
}

#endif

static void a_missing_or_null_ack_id_is_read_again_with_the_last_one(void **state)
{
    static const char *const without[] = {"{\"events\":[]}",
                                          "{\"events\":[],\"ackId\":null}",
                                          "{\"events\":[],\"ackId\":\"\"}",
                                          "{\"events\":[],\"ackId\":7}",
                                          "{\"events\":[],\"ackId\":{\"ackId\":\"x\"}}",
                                          "{}"};

    (void)state;
    for (size_t i = 0; i < COUNT(without); i++) {
        read_again(status(200, NULL, without[i]), 0, 3500, "no ackId");
    }
}

static void a_410_is_told_and_retried_slowly(void **state)
{
    (void)state;
    read_again(status(410, NULL, "{}"), 2500, 5000, "switched off");
}

static void a_3xx_is_told_and_retried_slowly(void **state)
{
    (void)state;
    read_again(status(302, "Location: https://elsewhere.test/\r\n", ""), 2500, 5000, "read: 30");
    read_again(status(304, NULL, NULL), 2500, 5000, "read: 30");
    read_again(status(405, NULL, ""), 2500, 5000, "405");
}

static void the_same_answers_on_list_and_create_are_waited_out(void **state)
{
    static const unsigned numbers[] = {200, 204, 301, 400, 403, 404, 410, 429, 500, 503};
    static const enum call_kind calls[] = {LIST, CREATE};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        for (size_t j = 0; j < 2; j++) {
            struct world *world = world_new();
            struct reply reply = status(numbers[i], NULL, "<html>");

            reply.call = calls[j];
            reply.times = 3;
            world_reply(world, reply);
            world_start(world);
            world_push(world, 3);
            world_settle(world, 60000);
            assert_int_equal(symfeed_counters(world->feed)->retries, 3); /* each after a wait */
            ends_well(world);
        }
    }
}

/* --- create and list ---------------------------------------------------------------------- */

static void any_2xx_on_create_is_good(void **state)
{
    static const unsigned numbers[] = {200, 201, 202, 299};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct world *world = world_new();
        struct reply reply =
            status(numbers[i], NULL, "{\"type\":null,\"id\":\"given_f\",\"createdAt\":1}");

        reply.call = CREATE;
        world_reply(world, reply);
        world_start(world);
        world_until_requests(world, 3);
        assert_string_equal(world->seen[2].feed, "given_f");
        assert_string_equal(world->seen[2].ack, "");
        ends_well(world);
    }
}

static void a_create_without_an_id_does_not_pile_up_feeds(void **state)
{
    static const char *const bodies[] = {"{}", "{\"id\":null}", "{\"id\":7}",      "{\"id\":\"\"}",
                                         "[]", "null",          "{\"id\":\"x_f\"", "x"};

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct world *world = world_new();
        struct reply reply = status(201, NULL, bodies[i]);

        reply.call = CREATE;
        world_reply(world, reply);
        world_start(world);
        world_until_requests(world, 4);
        /* the feed was made all the same: it is to be found, not made once more */
        assert_int_equal(world->seen[2].call, LIST);
        assert_in_range(world->seen[2].time - world->seen[1].time, 0, 3500);
        ends_well(world);
    }
}

static void a_create_whose_answer_is_lost_does_not_pile_up_feeds(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < 150; cut += 10) {
        struct world *world = world_new();
        struct reply reply = to(CREATE);

        reply.cut = true;
        reply.cut_at = cut;
        reply.after = ENDS;
        reply.times = 5;
        world_reply(world, reply);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 60000);
        assert_int_equal(world_live_feeds(world), 1);
        ends_well(world);
    }
}

static void the_tag_is_in_query_and_body(void **state)
{
    static const struct {
        const char *tag;
        const char *target;
        const char *body;
        bool invisible;
    } cases[] = {
        {NULL, "/agent/v5/datafeeds", "{}", false},
        {NULL, "/agent/v5/datafeeds", "{\"includeInvisible\":true}", true},
        {"plain", "/agent/v5/datafeeds?tag=plain", "{\"tag\":\"plain\"}", false},
        {"a b&c=d/e?\"\\", "/agent/v5/datafeeds?tag=a%20b%26c%3Dd%2Fe%3F%22%5C",
         "{\"tag\":\"a b&c=d/e?\\\"\\\\\",\"includeInvisible\":true}", true},
        {"\xc3\xa9\xe2\x82\xac", "/agent/v5/datafeeds?tag=%C3%A9%E2%82%AC",
         "{\"tag\":\"\xc3\xa9\xe2\x82\xac\"}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world *world = world_new();

        world->config.tag = cases[i].tag;
        world->config.include_invisible = cases[i].invisible;
        world->config.no_presence = cases[i].invisible;
        world_start(world);
        world_until_requests(world, 3);
        assert_string_equal(world->seen[0].target, cases[i].target);
        assert_string_equal(world->seen[1].target, "/agent/v5/datafeeds");
        assert_string_equal(world->seen[1].body, cases[i].body);
        ends_well(world);
    }
}

static void only_a_fan_out_feed_is_found(void **state)
{
    static const struct {
        const char *id;
        const char *tag;
        bool used;
    } cases[] = {{"abc_f", NULL, true},      {"abc_f_def", NULL, true}, {"abc_p_def", NULL, false},
                 {"abc", NULL, false},       {"abc_p", "t", false},     {"abc_p_d", "t", false},
                 {"whatever", "t", true},    {"_f", NULL, false},       {"a_b_f", NULL, false},
                 {"abc_f_d_e", NULL, false}, {"abc_fx", NULL, false}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world *world = world_new();

        world->config.tag = cases[i].tag;
        world_add_feed(world, cases[i].id, cases[i].tag != NULL ? cases[i].tag : "", 1);
        world_add_feed(world, "last_p_1", cases[i].tag != NULL ? cases[i].tag : "", 1);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        assert_string_equal(world_last(world)->feed, cases[i].used ? cases[i].id : "made1_f");
        ends_well(world);
    }
}

static void a_found_feed_is_first_read_with_an_empty_ack_id(void **state)
{
    struct world *world = world_new();

    (void)state;
    world_add_feed(world, "old/+=?_f", "", 1);
    world_start(world);
    world_until_requests(world, 2);
    assert_string_equal(world_seen(world, 1)->target, "/agent/v5/datafeeds/old%2F%2B%3D%3F_f/read");
    assert_string_equal(world_seen(world, 1)->ack, "");
    assert_int_equal(world_count(world, CREATE), 0);
    ends_well(world);
}

static void a_feed_id_that_is_too_long_is_passed_over(void **state)
{
    struct world *world = world_new();
    char id[SYMFEED_FEED_ID_SIZE + 1];

    (void)state;
    memset(id, 'x', sizeof id);
    (void)strcpy(id + sizeof id - 3, "_f");
    world_add_feed(world, id, "", 1); /* of just one byte too many */
    world_add_feed(world, id + 1, "", 1);
    world_start(world);
    world_until_requests(world, 2);
    assert_string_equal(world_seen(world, 1)->feed, id + 1);
    ends_well(world);
}

#if SYMFEED_JSON

static void a_listed_feed_without_a_good_id_is_passed_over(void **state)
{
    static const char *const lists[] = {
        "[{\"id\":\"\"},{\"id\":\"good_f\"}]",
        "[{\"id\":null},{\"id\":\"good_f\"}]",
        "[{\"id\":17},{\"id\":\"good_f\"}]",
        "[{\"id\":true},{\"id\":\"good_f\"}]",
        "[{\"id\":{\"id\":\"inner_f\"}},{\"id\":\"good_f\"}]",
        "[{\"id\":[\"inner_f\"]},{\"id\":\"good_f\"}]",
        "[{},{\"id\":\"good_f\"}]",
        "[{\"ID\":\"other_f\"},{\"id\":\"good_f\"}]",
        "[null,1,\"other_f\",[{\"id\":\"other_f\"}],{\"id\":\"good_f\"}]",
        "[{\"id\":\"other_f\",\"x\":tru},{\"id\":\"good_f\"}]",
        "[{\"id\":\"other_f\",\"x\"},{\"id\":\"good_f\"}]",
        " [ { \"type\" : \"fanout\" , \"id\" : \"good\\u005ff\" } , { \"id\" : \"b_f\" } ] ",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct world *world = world_new();
        struct reply reply = status(200, NULL, lists[i]);

        reply.call = LIST;
        world_reply(world, reply);
        world_add_feed(world, "good_f", "", 1);
        world_start(world);
        world_until_requests(world, 2);
        if (strcmp(world_seen(world, 1)->feed, "good_f") != 0) {
            fail_msg("%s: %s", lists[i], world_seen(world, 1)->target);
        }
        ends_well(world);
    }
}

#endif

/* --- storms ------------------------------------------------------------------------------- */

/* By the Agent, by a gateway, and by one that hangs up each time: 172,000 reads a day they were. */
static void empty_answers_at_once_are_asked_for_each_5_s_at_most(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct world *world = following();
        struct reply reply = to(READ);
        size_t at = 0;

        (void)snprintf(what, sizeof what, "way %u", way);
        world->hold = 0;
        reply.status = way == 1 ? 204 : 0;
        reply.fields = way == 2 ? "Connection: close\r\n" : NULL;
        reply.after = way == 3 ? ENDS : KEEP;
        reply.times = FOR_EVER;
        world_reply(world, reply);
        world_run(world, 60000);
        at = world->seen_count;
        world_run(world, 3600000);
        assert_in_range(world->seen_count - at, 700, way == 3 ? 2 * 721 : 721);
        world_forget_replies(world);
        ends_well(world);
    }
    what[0] = '\0';
}

/* Without an answer it is a failure like any other. */
static void a_server_that_hangs_up_without_an_answer_is_asked_ever_more_slowly(void **state)
{
    struct world *world = following();
    struct reply reply = to(READ);
    size_t at = world->seen_count;

    (void)state;
    world->hold = 0;
    reply.cut = true;
    reply.after = ENDS;
    reply.times = FOR_EVER;
    world_reply(world, reply);
    world_run(world, 86400000);
    assert_in_range(world->seen_count - at, 2880, 5800);
    world_forget_replies(world);
    ends_well(world);
}

static void an_event_or_a_hold_starts_the_waits_after_empty_answers_over(void **state)
{
    static const uint64_t waits[] = {500, 1000, 2000, 4000, 5000, 5000};

    (void)state;
    for (int held = 0; held < 2; held++) {
        struct world *world = following();
        size_t at = 0;

        world_run(world, 30001); /* behind the hold */
        for (int round = 0; round < 2; round++) {
            world->hold = 0;
            world_run(world, 30000);
            at = world->seen_count - 1;
            if (held != 0) {
                world->hold = 30000;
                world_until_requests(world, at + 2);
                world->hold = 0;
            } else {
                world_push(world, 1);
                world_until_requests(world, at + 3);
            }
            at = world->seen_count - 1;
            for (size_t i = 0; i < COUNT(waits); i++) {
                world_until_requests(world, at + i + 2);
                if (held == 0 || i > 0) {
                    assert_int_equal(world->seen[at + i + 1].time - world->seen[at + i].time,
                                     waits[i - (held != 0 ? 1 : 0)]);
                }
            }
        }
        world->hold = 30000;
        ends_well(world);
    }
}

static void the_same_batch_again_and_again_does_not_storm(void **state)
{
    struct world *world = following();
    struct reply reply =
        status(200, NULL, "{\"events\":[{\"id\":\"x\",\"type\":\"T\"}],\"ackId\":\"same\"}");

    (void)state;
    reply.times = FOR_EVER;
    world->any_ack = true;
    world_reply(world, reply);
    world_run(world, 60000);
    assert_true(world->strangers == 1 || (SYMFEED_DEDUP == 0 && world->strangers < 1000));
    assert_true(world->seen_count < 1000);
    world_forget_replies(world);
    ends_well(world);
}

static void each_answer_for_ever_to_everything_does_not_storm(void **state)
{
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "[{\"id\":\"a_f\"}]",
                                         "{\"id\":\"a_f\"}",
                                         "{\"events\":[],\"ackId\":\"a\"}"};

    (void)state;
    for (unsigned number = 100; number <= 599; number += number < 400 || number > 430 ? 33 : 1) {
        for (size_t i = 0; i < COUNT(bodies); i++) {
            struct world *world = world_new();
            struct reply reply = status(number, NULL, bodies[i]);
            size_t most = number / 100 == 2 ? 14500 : 6000;

            reply.call = ANY;
            reply.times = FOR_EVER;
            world_reply(world, reply);
            world_start(world);
            world_run(world, 3600000);
            if (world->seen_count < 5 || world->seen_count > most) {
                fail_msg("%lu requests in an hour of %u %s", (unsigned long)world->seen_count,
                         number, bodies[i]);
            }
            world_forget_replies(world);
            ends_well(world);
        }
    }
}

/* The list has a second feed with an id of the same length. */
static void a_feed_is_told_from_a_dead_one_by_each_byte_of_its_id(void **state)
{
    struct world *world = following();
    char other[256];

    (void)state;
    (void)strcpy(other, world_last(world)->feed);
    other[0] = other[0] == 'x' ? 'y' : 'x';
    world->dead_stay_listed = true;
    world_kill_feeds(world);
    world_add_feed(world, other, "", 5);
    world_push(world, 3);
    world_settle(world, 60000);
    assert_string_equal(world_last(world)->feed, other);
    assert_int_equal(world_count(world, DELETE), 1);
    assert_int_equal(world_count(world, CREATE), 1);
    ends_well(world);
}

/* Not before it is found or created. */
static void the_id_of_a_feed_is_told_while_it_is_read(void **state)
{
    struct world *world = world_new();
    char id[SYMFEED_FEED_ID_SIZE];

    (void)state;
    world_start(world);
    assert_int_equal(symfeed_feed_id(world->feed, id, sizeof id), 0);
    world_until_requests(world, 3);
    assert_int_equal(symfeed_feed_id(world->feed, id, sizeof id), strlen(world_last(world)->feed));
    assert_string_equal(id, world_last(world)->feed);
    ends_well(world);
}

/* Without JSON in the build it cannot be decoded, and the next feed is read. */
static void an_id_with_an_escape_is_decoded_or_passed_over(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(LIST);

    (void)state;
    world_add_feed(world, "old_f", "", 1);
    world_add_feed(world, "new_f", "", 2);
    reply.status = 200;
    reply.body = "[{\"id\":\"old\\u005ff\"},{\"id\":\"new_f\"}]";
    world_reply(world, reply);
    world_start(world);
    world_until_requests(world, 2);
    assert_int_equal(world_last(world)->call, READ);
    assert_string_equal(world_last(world)->feed, SYMFEED_JSON ? "old_f" : "new_f");
    ends_well(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_401_on_read_fetches_tokens_and_reads_the_same_feed_with_the_same_ack_id),
        cmocka_unit_test(a_401_on_list_and_create_fetches_tokens_and_asks_again),
        cmocka_unit_test(a_401_with_unchanged_tokens_is_retried_slowly),
        cmocka_unit_test(a_401_to_fresh_tokens_for_ever_is_retried_slowly),
        cmocka_unit_test(a_401_whose_body_never_ends_still_fetches_tokens),
        cmocka_unit_test(no_tokens_to_be_had_is_waited_out),
        cmocka_unit_test(the_body_of_an_error_is_read_to_the_end_up_to_16_kb),
        cmocka_unit_test(a_403_on_create_names_the_remedy_and_is_retried_slowly),
        cmocka_unit_test(waits_after_403_on_create_grow),
#if SYMFEED_RECLAIM
        cmocka_unit_test(a_gateways_403_on_create_reclaims_nothing),
        cmocka_unit_test(a_403_on_create_with_reclaim_deletes_the_oldest_feed),
        cmocka_unit_test(reclaiming_makes_room_at_once_each_time),
        cmocka_unit_test(reclaiming_finds_the_oldest_feed_even_if_its_list_was_cut_at_first),
        cmocka_unit_test(reclaiming_never_deletes_a_datahose_feed),
        cmocka_unit_test(reclaiming_meets_feeds_of_any_form),
        cmocka_unit_test(a_403_for_ever_with_reclaim_deletes_slowly),
#endif
        cmocka_unit_test(a_403_on_read_is_told_and_retried_slowly),
        cmocka_unit_test(a_400_with_the_feed_gone_lists_by_tag_creates_and_reads),
        cmocka_unit_test(a_400_once_with_the_feed_still_listed_reads_it_with_the_same_ack_id),
        cmocka_unit_test(a_400_again_reads_with_an_empty_ack_id),
        cmocka_unit_test(a_400_three_times_deletes_the_feed_and_creates_another),
        cmocka_unit_test(a_good_read_begins_the_doubts_anew),
        cmocka_unit_test(refusals_minutes_apart_delete_nothing),
        cmocka_unit_test(a_400_while_the_list_fails_reads_the_same_feed_with_the_same_ack_id),
        cmocka_unit_test(a_gateways_page_on_read_is_waited_out_and_the_feed_is_kept),
        cmocka_unit_test(a_gateways_page_that_goes_on_asks_the_list_and_deletes_nothing),
        cmocka_unit_test(a_page_that_goes_on_while_the_feed_is_listed_is_met_without_the_ack_id),
        cmocka_unit_test(a_gateways_page_that_goes_on_finds_out_that_the_feed_is_gone),
        cmocka_unit_test(two_clients_that_both_see_the_400_share_one_new_feed),
        cmocka_unit_test(the_delete_of_a_dead_feed_may_fail_in_any_way),
        cmocka_unit_test(the_new_feed_of_another_instance_is_found_after_400),
        cmocka_unit_test(a_dead_feed_that_is_still_listed_is_not_used_again),
        cmocka_unit_test(a_list_that_was_cut_does_not_mix_up_dead_and_good_feeds),
        cmocka_unit_test(a_400_whose_body_never_ends_deletes_nothing),
        cmocka_unit_test(always_400_does_not_storm),
        cmocka_unit_test(tokens_that_are_good_for_one_read_are_not_renewed_in_a_storm),
        cmocka_unit_test(feeds_that_are_good_for_one_read_are_not_made_in_a_storm),
#if SYMFEED_RETRY_AFTER
        cmocka_unit_test(a_429_waits_as_long_as_retry_after_says_in_seconds),
        cmocka_unit_test(a_429_waits_until_the_date_of_retry_after),
        cmocka_unit_test(a_retry_after_that_is_a_date_is_read_with_the_wall_clock),
        cmocka_unit_test(
            without_a_wall_clock_a_retry_after_that_is_a_date_needs_the_date_of_the_answer),
        cmocka_unit_test(an_absurd_retry_after_is_granted_an_hour),
#endif
        cmocka_unit_test(each_5xx_is_read_again_soon),
        cmocka_unit_test(waits_double_to_the_longest_and_begin_anew_after_a_good_answer),
        cmocka_unit_test(
            reads_that_a_gateway_ends_after_ten_seconds_are_not_waited_for_longer_each_time),
        cmocka_unit_test(a_failure_to_connect_is_no_long_poll_that_was_ended),
        cmocka_unit_test(html_with_200_is_read_again),
        cmocka_unit_test(a_204_is_an_answer_without_events),
#if SYMFEED_JSON
        cmocka_unit_test(broken_json_is_read_again),
#endif
        cmocka_unit_test(a_missing_or_null_ack_id_is_read_again_with_the_last_one),
        cmocka_unit_test(a_410_is_told_and_retried_slowly),
        cmocka_unit_test(a_3xx_is_told_and_retried_slowly),
        cmocka_unit_test(the_same_answers_on_list_and_create_are_waited_out),
        cmocka_unit_test(any_2xx_on_create_is_good),
        cmocka_unit_test(a_create_without_an_id_does_not_pile_up_feeds),
        cmocka_unit_test(a_create_whose_answer_is_lost_does_not_pile_up_feeds),
        cmocka_unit_test(the_tag_is_in_query_and_body),
        cmocka_unit_test(only_a_fan_out_feed_is_found),
        cmocka_unit_test(a_found_feed_is_first_read_with_an_empty_ack_id),
        cmocka_unit_test(a_feed_id_that_is_too_long_is_passed_over),
#if SYMFEED_JSON
        cmocka_unit_test(a_listed_feed_without_a_good_id_is_passed_over),
        cmocka_unit_test(a_feed_that_was_there_before_is_named_with_its_age),
#endif
        cmocka_unit_test(empty_answers_at_once_are_asked_for_each_5_s_at_most),
        cmocka_unit_test(a_server_that_hangs_up_without_an_answer_is_asked_ever_more_slowly),
        cmocka_unit_test(an_event_or_a_hold_starts_the_waits_after_empty_answers_over),
        cmocka_unit_test(the_first_wait_after_a_good_answer_may_be_short_but_is_never_none),
        cmocka_unit_test(the_same_batch_again_and_again_does_not_storm),
        cmocka_unit_test(each_answer_for_ever_to_everything_does_not_storm),
        cmocka_unit_test(a_feed_is_told_from_a_dead_one_by_each_byte_of_its_id),
        cmocka_unit_test(the_id_of_a_feed_is_told_while_it_is_read),
        cmocka_unit_test(an_id_with_an_escape_is_decoded_or_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
