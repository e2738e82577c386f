/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_legacy.c - the legacy feed, which knows no acknowledgement: what is asked, what each answer
 * leads to, keeping to one Agent by address and by cookie, refused events, and everything that can
 * go wrong. memory_agent.c sees to it that no event that has come is passed over.
 */
#include "common.h"

#if SYMFEED_LEGACY

static struct world *legacy(void)
{
    return world_of(SYMFEED_TASK_LEGACY);
}

static struct reply status(enum call_kind call, unsigned number)
{
    struct reply reply = to(call);

    reply.status = number;
    reply.body = "{\"code\":1,\"message\":\"\"}";
    return reply;
}

static void expect_feed_id(const struct world *world, const char *id)
{
    char text[256] = "untouched";

    assert_int_equal(symfeed_feed_id(world->feed, text, sizeof text), strlen(id));
    assert_string_equal(text, id);
}

static void expect_cookie(const struct world *world, const char *cookie)
{
    char text[SYMFEED_COOKIE_MAX + 1] = "untouched";

    assert_int_equal(symfeed_cookie(world->feed, text, sizeof text), strlen(cookie));
    assert_string_equal(text, cookie);
}

/* --- what is asked ------------------------------------------------------------------------ */

static void it_is_created_and_read(void **state)
{
    struct world *world = legacy();

    (void)state;
    world_start(world);
    world_push(world, 10);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "CRRRR");
    assert_string_equal(world->seen[0].target, "/agent/v4/datafeed/create");
    assert_string_equal(world->seen[1].target, "/agent/v4/datafeed/made1%2F%2Blegacy%3D%3D/read");
    assert_int_equal(world->connections, 1);
    assert_int_equal(world->errors + world->warnings, 0);
    assert_int_equal(symfeed_counters(world->feed)->feeds_created, 1);
    assert_int_equal(symfeed_counters(world->feed)->events, 10);
    expect_feed_id(world, "made1/+legacy==");
    expect_cookie(world, "");
    ends_well(world);
}

static void a_feed_that_is_given_is_gone_on_with(void **state)
{
    struct world *world = legacy();

    (void)state;
    world_add_feed(world, "kept/feed", "", 0);
    world->config.feed_id = "kept/feed";
    world_start(world);
    expect_feed_id(world, "kept/feed");
    world_push(world, 3);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "RR");
    assert_string_equal(world->seen[0].feed, "kept/feed");
    ends_well(world);
}

static void a_feed_that_is_given_and_gone_is_made_anew(void **state)
{
    struct world *world = legacy();

    (void)state;
    world->config.feed_id = "gone";
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "RCRR");
    expect_feed_id(world, "made1/+legacy==");
    ends_well(world);
}

static void the_feed_id_is_told_as_far_as_it_fits(void **state)
{
    struct world *world = follows(legacy());
    char text[8];

    (void)state;
    for (size_t size = 1; size <= sizeof text; size++) {
        memset(text, '#', sizeof text);
        assert_int_equal(symfeed_feed_id(world->feed, text, size), 15);
        assert_int_equal(strlen(text), size - 1);
        assert_memory_equal(text, "made1/+legacy==", size - 1);
    }
    ends_well(world);
}

static void a_204_is_read_again_at_once(void **state)
{
    struct world *world = follows(legacy());
    size_t at = world->seen_count;

    (void)state;
    world_run(world, 600000);
    assert_in_range(world->seen_count - at, 19, 21);
    for (size_t i = at; i < world->seen_count; i++) {
        assert_int_equal(world->seen[i].time - world->seen[i - 1].time, 30000);
    }
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    assert_int_equal(world->connections, 1);
    ends_well(world);
}

static void an_empty_answer_without_a_hold_is_not_asked_for_again_at_once(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct world *world = follows(legacy());
        struct reply reply = status(READ, way == 0 ? 204 : 200);
        size_t at = world->seen_count;

        reply.body = way == 1 ? "[]" : "[null]";
        reply.times = FOR_EVER;
        world_reply(world, reply);
        world_run(world, 30000);
        at = world->seen_count;
        world_run(world, 60000);
        assert_in_range(world->seen_count - at, 11, 13);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        world_forget_replies(world);
        ends_well(world);
    }
}

/* --- answers ------------------------------------------------------------------------------ */

static void silence_for_35_s_has_a_new_feed_made_on_a_new_connection(void **state)
{
    struct world *world = follows(legacy());
    struct reply reply = to(READ);
    size_t at = 0;

    (void)state;
    world_run(world, 1); /* into the hold of a read */
    reply.cut = true;
    at = after_read(world, reply, 2);
    assert_string_equal(calls_from(world, at), "CR");
    assert_in_range(world->seen[at].time - world->seen[at - 1].time, 35000, 38500);
    assert_int_equal(world->seen[at].connection, world->seen[at - 1].connection + 1);
    assert_string_equal(world->seen[at + 1].feed, "made2/+legacy==");
    expect_feed_id(world, "made2/+legacy==");
    ends_well(world);
}

static void silence_may_be_given_another_time(void **state)
{
    struct world *world = legacy();
    struct reply reply = to(READ);
    size_t at = 0;

    (void)state;
    world->config.timers.first_byte = 50000;
    (void)follows(world);
    reply.cut = true;
    at = after_read(world, reply, 2);
    assert_string_equal(calls_from(world, at), "CR");
    assert_in_range(world->seen[at].time - world->seen[at - 1].time, 50000, 53500);
    ends_well(world);
}

static void silence_in_the_middle_of_an_answer_is_a_failure_of_the_same_feed(void **state)
{
    struct world *world = follows(legacy());
    struct reply reply = to(READ);
    size_t at = 0;

    (void)state;
    reply.cut = true;
    reply.cut_at = 30;
    at = after_read(world, reply, 1);
    assert_int_equal(world->seen[at].call, READ);
    assert_string_equal(world->seen[at].feed, world->seen[at - 1].feed);
    ends_well(world);
}

static void a_feed_that_is_gone_is_made_anew_at_once(void **state)
{
    static const unsigned numbers[] = {400, 404};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct world *world = follows(legacy());
        size_t at = after_read(world, status(READ, numbers[i]), 2);

        assert_string_equal(calls_from(world, at), "CR");
        assert_true(world->seen[at + 1].time == world->seen[at - 1].time);
        assert_string_equal(world->seen[at + 1].feed, "made2/+legacy==");
        assert_int_equal(symfeed_counters(world->feed)->feeds_created, 2);
        ends_well(world);
    }
}

/* As a 502: the feed is read on, and what waits in it is not lost. */
static void a_gateways_page_is_waited_out_and_the_same_feed_is_read(void **state)
{
    static const unsigned numbers[] = {400, 404};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct world *world = follows(legacy());
        struct reply reply = status(READ, numbers[i]);
        size_t at = 0;

        reply.body = "<html>default backend</html>";
        reply.times = 3;
        at = after_read(world, reply, 3);
        assert_string_equal(calls_from(world, at), "RRR");
        assert_in_range(world->seen[at].time - world->seen[at - 1].time, 0, 3500);
        assert_in_range(world->seen[at + 2].time - world->seen[at + 1].time, 7000, 14000);
        expect_log(world, "a gateway's");
        assert_int_equal(symfeed_counters(world->feed)->feeds_created, 1);
        ends_well(world);
    }
}

static void feeds_that_are_always_gone_are_no_storm(void **state)
{
    struct world *world = follows(legacy());
    struct reply reply = status(READ, 400);

    (void)state;
    reply.times = FOR_EVER;
    world_reply(world, reply);
    world_run(world, 300000);
    assert_in_range(world_count(world, READ), 10, 25);
    assert_in_range(world_count(world, CREATE), 10, 25);
    world_forget_replies(world);
    ends_well(world);
}

/* The 250 events of its queue are full each time. */
static void a_204_is_a_good_read_between_two_feeds_that_are_gone(void **state)
{
    struct world *world = follows(legacy());

    (void)state;
    for (int i = 0; i < 2; i++) {
        size_t at = world->seen_count;

        world_reply(world, status(READ, 400));
        world_run(world, 100000);
        assert_int_equal(world->seen[at].call, READ);
        assert_int_equal(world->seen[at + 1].call, CREATE);
        assert_true(world->seen[at + 1].time == world->seen[at].time);
        assert_in_range(world->seen_count - at, 5, 6);
    }
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    ends_well(world);
}

static void feeds_good_for_one_read_are_no_storm(void **state)
{
    struct world *world = legacy();

    (void)state;
    world_start(world);
    for (int i = 0; i < 100; i++) {
        world_reply(world, to(READ));
        world_reply(world, status(READ, 400));
        world_push(world, 4);
    }
    world_run(world, 50000);
    assert_in_range(world_count(world, CREATE), 10, 30);
    world_forget_replies(world);
    world_settle(world, 100000);
    ends_well(world);
}

static void a_503_on_create_is_waited_out(void **state)
{
    struct world *world = legacy();
    struct reply reply = status(CREATE, 503);

    (void)state;
    reply.times = 3;
    world_reply(world, reply);
    world_start(world);
    world_until_requests(world, 5);
    assert_string_equal(calls_from(world, 0), "CCCCR");
    assert_in_range(world->seen[1].time - world->seen[0].time, 0, 3500);
    assert_in_range(world->seen[2].time - world->seen[1].time, 3500, 7000);
    assert_in_range(world->seen[3].time - world->seen[2].time, 7000, 14000);
    ends_well(world);
}

static void a_create_that_brings_no_id_is_made_again_after_a_wait(void **state)
{
    static const char *const bodies[] = {
        "{}", "[]", "<html>", "{\"id\":null}", "{\"id\":\"\"}", "", "{\"id\":7}"};

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct world *world = legacy();
        struct reply reply = status(CREATE, 200);

        reply.body = bodies[i];
        world_reply(world, reply);
        world_start(world);
        world_until_requests(world, 3);
        assert_string_equal(calls_from(world, 0), "CCR");
        assert_in_range(world->seen[1].time, 0, 3500);
        ends_well(world);
    }
}

/* It may have made a feed. */
static void a_create_that_a_dead_connection_took_is_not_made_again_at_once(void **state)
{
    struct world *world = follows(legacy());
    struct reply reply = to(CREATE);
    size_t at = 0;

    (void)state;
    reply.cut = true;
    reply.after = ENDS;
    world_reply(world, reply);
    at = after_read(world, status(READ, 400), 3);
    assert_string_equal(calls_from(world, at), "CCR");
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 0, 3500);
    ends_well(world);
}

static void other_answers_are_waited_out_and_the_same_feed_is_read(void **state)
{
    static const struct {
        unsigned status;
        uint64_t low, high;
        const char *words;
    } rows[] = {{500, 0, 3500, "read: 500"},       {502, 0, 3500, "read: 502"},
                {429, 0, 3500, "too many"},        {403, 2500, 5000, "entitlements"},
                {410, 2500, 5000, "switched off"}, {302, 2500, 5000, "read: 302"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *world = follows(legacy());
        size_t at = after_read(world, status(READ, rows[i].status), 1);

        assert_int_equal(world->seen[at].call, READ);
        assert_string_equal(world->seen[at].feed, world->seen[at - 1].feed);
        assert_in_range(world->seen[at].time - world->seen[at - 1].time, rows[i].low, rows[i].high);
        expect_log(world, rows[i].words);
        ends_well(world);
    }
}

static void bodies_that_are_no_array_are_waited_out_and_the_same_feed_is_read(void **state)
{
    static const char *const bodies[] = {
        "<html>", "{\"events\":[],\"ackId\":\"x\"}", "", "[{\"id\":\"x\"}", "null", "[{}]]"};

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct world *world = follows(legacy());
        struct reply reply = status(READ, 200);
        size_t at = 0;

        (void)snprintf(what, sizeof what, "the body %s", bodies[i]);
        reply.body = bodies[i];
        at = after_read(world, reply, 1);
        assert_int_equal(world->seen[at].call, READ);
        assert_string_equal(world->seen[at].feed, world->seen[at - 1].feed);
        assert_in_range(world->seen[at].time - world->seen[at - 1].time, 0, 3500);
        ends_well(world);
    }
    what[0] = '\0';
}

static void a_401_fetches_tokens_and_reads_the_same_feed(void **state)
{
    struct world *world = follows(legacy());
    size_t at = world->seen_count;

    (void)state;
    world->valid_from = 2;
    world_push(world, 2);
    world_until_requests(world, at + 2);
    assert_int_equal(world->token, 2);
    assert_string_equal(calls_from(world, at), "RR");
    assert_string_equal(world->seen[at + 1].feed, world->seen[at].feed);
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 1, 3500);
    ends_well(world);
}

/* --- what is lost, and what is not -------------------------------------------------------- */

static void what_comes_before_an_answer_is_cut_is_handed_out_and_the_rest_is_lost(void **state)
{
    struct world *world = legacy();
    struct reply reply = to(READ);

    (void)state;
    world_start(world);
    world_push(world, 8);
    reply.cut = true;
    reply.cut_at = 600; /* in the fourth event */
    reply.after = RESETS;
    world_reply(world, reply);
    world_settle(world, 10000);
    assert_in_range(world->lost_count, 1, 3);
    assert_int_equal(world->taken_count + world->lost_count, 8);
    assert_int_equal(world->handed[0], 1);
    assert_int_equal(world->handed[3], 0);
    assert_int_equal(world->handed[4], 1);
    assert_string_equal(calls_from(world, 0), "CRRR");
    ends_well(world);
}

static void elements_of_any_form_are_handed_out(void **state)
{
    struct world *world = follows(legacy());
    struct reply reply = status(READ, 200);

    (void)state;
    reply.body = " [ {\"a\" :1},null, 7 , \"x\",[{}] ,{\"b\":tru} ] ";
    world_reply(world, reply);
    world_run(world, 31000);
    assert_int_equal(world->strangers, 5);
    assert_int_equal(symfeed_counters(world->feed)->malformed, 4);
    ends_well(world);
}

static void an_event_larger_than_the_window_comes_cut(void **state)
{
    struct world *world = follows(legacy());
    char text[9000];

    (void)state;
    (void)snprintf(text, sizeof text, "{\"id\":\"e3\",\"text\":\"%08000d\"}", 7);
    world_push_text(world, text);
    world_push(world, 2);
    world_settle(world, 31000);
    assert_int_equal(symfeed_counters(world->feed)->truncated, 1);
    assert_int_equal(world->lost_count, 0);
    ends_well(world);
}

/* --- refused events ----------------------------------------------------------------------- */

/* In the order they came: number, and ! where it was given up. */
static char order[64];
static uint64_t last_time;

static void note_down(const struct world *world, int number, const struct symfeed_event *event)
{
    size_t size = strlen(order);

    last_time = world->time;

    assert_true(size + 4 < sizeof order);
    (void)snprintf(order + size, sizeof order - size, "%d%s", number, event->given_up ? "!" : "");
}

static bool refuses_2(struct world *world, int number, const struct symfeed_event *event)
{
    note_down(world, number, event);
    return number == 2;
}

static bool refuses_2_once(struct world *world, int number, const struct symfeed_event *event)
{
    note_down(world, number, event);
    return number == 2 && world->handed[2] == 1;
}

static bool refuses_all(struct world *world, int number, const struct symfeed_event *event)
{
    note_down(world, number, event);
    return true;
}

static struct world *refusing(bool (*refuses)(struct world *world, int number,
                                              const struct symfeed_event *event))
{
    struct world *world = legacy();

    order[0] = '\0';
    world->refuses = refuses;
    world_start(world);
    world_push(world, 4);
    world_settle(world, 3600000);
    assert_int_equal(world->lost_count, 0);
    return world;
}

static void a_refused_event_comes_again_after_a_wait_and_the_rest_goes_on(void **state)
{
    struct world *world = refusing(refuses_2_once);

    (void)state;
    assert_string_equal(order, "01223");
    assert_in_range(last_time, 250, 500);
    assert_string_equal(calls_from(world, 0), "CRR");
    assert_int_equal(world->connections, 1);
    assert_int_equal(symfeed_counters(world->feed)->refused, 1);
    assert_int_equal(symfeed_counters(world->feed)->retries, 1);
    world->refuses = NULL;
    ends_well(world);
}

static void an_event_refused_too_often_is_given_up(void **state)
{
    struct world *world = refusing(refuses_2);

    (void)state;
    assert_string_equal(order, "012222!3");
    assert_in_range(last_time, 250 + 500 + 1000, 500 + 1000 + 2000);
    assert_string_equal(calls_from(world, 0), "CRR");
    assert_int_equal(symfeed_counters(world->feed)->given_up, 1);
    world->refuses = NULL;
    ends_well(world);
}

static void each_event_refused_is_given_up(void **state)
{
    struct world *world = refusing(refuses_all);

    (void)state;
    assert_string_equal(order, "0000!1111!2222!3333!");
    assert_string_equal(calls_from(world, 0), "CRR");
    world->refuses = NULL;
    ends_well(world);
}

static bool refuses_1_twice_and_2_once(struct world *world, int number,
                                       const struct symfeed_event *event)
{
    note_down(world, number, event);
    return world->handed[number] < (number == 1 ? 3 : number == 2 ? 2 : 0);
}

/* 500 ms and 1000 ms for the one, and 500 ms again for the other. */
static void each_event_begins_its_waits_anew(void **state)
{
    struct world *world = refusing(refuses_1_twice_and_2_once);

    (void)state;
    assert_string_equal(order, "0111223");
    assert_in_range(last_time, 2000, 2000);
    world->refuses = NULL;
    ends_well(world);
}

#if SYMFEED_JSON

/* What has been opened stays open: the event is looked into as the first time. */
static bool refuses_what_it_has_opened(struct world *world, int number,
                                       const struct symfeed_event *event)
{
    struct symfeed_inner data;
    char text[8];

    if (number >= 0) {
        return false;
    }
    assert_true(symfeed_open(event, symfeed_event_find(event, "data"), &data));
    (void)symfeed_string(symfeed_event_find(&data.event, "k.0"), text, sizeof text);
    assert_string_equal(text, "v");
    assert_int_equal(data.event.truncated, event->truncated);
    (void)symfeed_string(symfeed_event_find(event, "id"), text, sizeof text);
    assert_string_equal(text, "a");
    return world->strangers < 3;
}

static void a_refused_event_that_was_opened_comes_again_undamaged(void **state)
{
    static char long_one[4000];
    const char *bodies[] = {"[{\"id\":\"a\",\"data\":\"{\\\"k\\\":[\\\"v\\\"]}\"}]", long_one};
    size_t size = 0;

    (void)state;
    /* Cut in the middle of what it holds. */
    size = (size_t)snprintf(long_one, sizeof long_one,
                            "[{\"id\":\"a\",\"data\":\"{\\\"k\\\":[\\\"v\\\"],\\\"l\\\":\\\"");
    memset(long_one + size, 'x', 3000);
    (void)snprintf(long_one + size + 3000, sizeof long_one - size - 3000, "\\\"}\"}]");
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct world *world = follows(legacy());
        struct reply reply = status(READ, 200);

        reply.body = bodies[i];
        world->refuses = refuses_what_it_has_opened;
        (void)after_read(world, reply, 1);
        assert_int_equal(world->strangers, 3);
        assert_int_equal(symfeed_counters(world->feed)->refused, 2);
        world->refuses = NULL;
        ends_well(world);
    }
}

#endif

/* Longer than any timer of an answer: the time is the application's own. */
static void the_wait_after_a_refusal_is_not_held_against_the_agent(void **state)
{
    struct world *world = legacy();
    struct reply reply = to(READ);

    (void)state;
    order[0] = '\0';
    world->config.timers.pause = 5000;
    world->config.timers.idle = 4000;
    world->refuses = refuses_2_once;
    world->batch_most = 8;
    reply.gap = 100;
    reply.piece = 200;
    world_reply(world, to(CREATE));
    world_reply(world, reply);
    world_start(world);
    world_push(world, 8);
    world_settle(world, 300000);
    assert_string_equal(order, "012234567");
    assert_int_equal(world->lost_count, 0);
    world->refuses = NULL;
    ends_well(world);
}

static void a_stop_while_a_refused_event_waits_is_at_once(void **state)
{
    struct world *world = legacy();

    (void)state;
    order[0] = '\0';
    world->refuses = refuses_all;
    world_start(world);
    world_push(world, 4);
    while (world->event_steps < 2) {
        world_step(world);
    }
    world_stop(world, SYMFEED_STOP_NOW, 0);
    world_free(world);
}

/* --- keeping to one Agent ----------------------------------------------------------------- */

/* Each answer ends its connection. */
static void hang_up_always(struct world *world)
{
    struct reply reply = to(ANY);

    reply.fields = "Connection: close\r\n";
    reply.after = ENDS;
    reply.times = FOR_EVER;
    world_reply(world, reply);
}

static void reads_go_to_the_address_that_the_feed_was_made_at(void **state)
{
    struct world *world = legacy();

    (void)state;
    world->instances = 3;
    hang_up_always(world);
    world_start(world);
    world_push(world, 40);
    world_settle(world, 10000);
    assert_int_equal(world_count(world, CREATE), 1);
    assert_false(world->seen[0].same);
    for (size_t i = 1; i < world->seen_count; i++) {
        assert_true(world->seen[i].same || world->seen[i].connection == 1);
        assert_int_equal(world->seen[i].instance, world->seen[0].instance);
    }
    assert_int_equal(world->lost_count, 0);
    ends_well(world);
}

/* The address does not answer any more: others are tried from the second failure in a row on, and
 * a new feed is made there. */
static void an_address_that_is_dead_is_left(void **state)
{
    struct world *world = legacy();
    struct reply reply = to(READ);
    size_t at = 0;

    (void)state;
    world->instances = 3;
    (void)follows(world);
    reply.status = 503;
    reply.after = ENDS;
    reply.times = 3;
    at = after_read(world, reply, 3);
    assert_true(world->seen[at].same);
    assert_false(world->seen[at + 1].same);
    world_forget_replies(world);
    ends_well(world);
}

/* A new connection could lead to another agent, which does not have the feed. */
static void failures_in_a_row_do_not_part_it_from_its_agent(void **state)
{
    struct world *world = legacy();
    struct reply reply = status(READ, 503);
    unsigned connections = 0;

    (void)state;
    world->instances = 3;
    (void)follows(world);
    connections = world->connections;
    reply.times = 9;
    (void)after_read(world, reply, 9);
    assert_int_equal(world->connections, connections);
    assert_int_equal(world_count(world, CREATE), 1);
    ends_well(world);
}

static void connections_that_fail_count_as_well(void **state)
{
    (void)state;
    for (unsigned fails = 1; fails < 4; fails++) {
        struct world *world = legacy();
        struct reply reply = to(READ);

        world->instances = 3;
        world_reply(world, reply);
        reply.after = ENDS; /* behind a hold */
        world_reply(world, reply);
        (void)follows(world);
        world->connect_fails = fails;
        world_run(world, 45000);
        assert_int_equal(world->connect_fails, 0);
        assert_int_equal(world_last(world)->same, fails < 2);
        assert_int_equal(world_count(world, CREATE), fails < 2 ? 1 : 2);
        ends_well(world);
    }
}

/* A gateway that ends long polls before the Agent does is no failure of the address. */
static void holds_that_are_cut_short_do_not_count(void **state)
{
    struct world *world = legacy();
    struct reply reply = to(READ);
    size_t creates = 0;

    (void)state;
    world->instances = 3;
    world_reply(world, reply);
    reply.cut = true;
    reply.delay = 20000;
    reply.after = RESETS;
    reply.times = 10;
    world_reply(world, reply);
    (void)follows(world);
    world_run(world, 300000);
    creates = world_count(world, CREATE);
    assert_int_equal(creates, 1);
    ends_well(world);
}

/* Whatever has been before, and though no good read came in between. */
/* Longer than a read may be silent: it is connecting that fails, and the feed is still there. */
static void a_network_that_is_long_away_costs_no_feed(void **state)
{
    struct world *world = follows(legacy());
    struct reply reply = to(READ);

    (void)state;
    reply.after = ENDS;
    world_reply(world, reply);
    world->connect_fails = 12;
    world_run(world, 3600000);
    assert_int_equal(world->connect_fails, 0);
    assert_int_equal(world_count(world, CREATE), 1);
    ends_well(world);
}

static void a_feed_made_anew_is_read_at_the_address_it_was_made_at(void **state)
{
    struct world *world = legacy();
    struct reply reply = to(READ);

    (void)state;
    world->instances = 3;
    (void)follows(world);
    world_reply(world, to(READ));
    reply.status = 503;
    reply.after = RESETS;
    reply.times = 3; /* the address is left; the feed is not known elsewhere */
    world_reply(world, reply);
    hang_up_always(world);
    world_run(world, 120000);
    assert_int_equal(world_count(world, CREATE), 2);
    ends_well(world);
}

static void signing_in_again_does_not_lose_the_address(void **state)
{
    (void)state;
    for (int apart = 0; SYMFEED_SIGN_IN && apart < 2; apart++) {
        struct world *world = legacy();

        world_signs_in(world, SOME_SIGN_IN, apart != 0);
        world->instances = 3;
        hang_up_always(world);
        world_start(world);
        world_push(world, 8);
        world_settle(world, 10000);
        for (int i = 0; i < 5; i++) {
            world->valid_from = world->token + 1;
            world_push(world, 8);
            world_settle(world, 100000);
        }
        assert_int_equal(world_count(world, CREATE), 1);
        ends_well(world);
    }
}

static void reads_go_to_the_agent_that_the_cookie_names(void **state)
{
    struct world *world = legacy();

    (void)state;
    world->instances = 3;
    world->balancer = "AWSALB";
    hang_up_always(world);
    world_start(world);
    world_push(world, 40);
    world_settle(world, 10000);
    assert_int_equal(world_count(world, CREATE), 1);
    assert_string_equal(world->seen[0].cookie, "");
    for (size_t i = 1; i < world->seen_count; i++) {
        assert_string_equal(world->seen[i].cookie, "AWSALB=to-0");
    }
    expect_cookie(world, "AWSALB=to-0");
    assert_int_equal(world->lost_count, 0);
    ends_well(world);
}

static void a_new_feed_is_made_without_the_cookie_of_the_old_one(void **state)
{
    struct world *world = legacy();
    size_t at = 0;

    (void)state;
    world->instances = 3;
    world->balancer = "SERVERID";
    (void)follows(world);
    at = after_read(world, status(READ, 400), 2);
    assert_string_equal(calls_from(world, at), "CR");
    assert_string_equal(world->seen[at - 1].cookie, "SERVERID=to-0");
    assert_string_equal(world->seen[at].cookie, "");
    assert_string_equal(world->seen[at + 1].cookie, "SERVERID=to-1");
    ends_well(world);
}

static void feed_and_cookie_are_kept_across_a_restart(void **state)
{
    struct world *first = legacy();
    struct world *world = legacy();
    char feed_id[64];
    char cookie[64];

    (void)state;
    first->instances = 3;
    first->balancer = "AWSELB";
    (void)follows(first);
    assert_int_equal(symfeed_feed_id(first->feed, feed_id, sizeof feed_id), 15);
    assert_int_equal(symfeed_cookie(first->feed, cookie, sizeof cookie), 11);
    world_stop(first, SYMFEED_STOP_NOW, 5000);
    world_share(world, first);
    world->instances = 3;
    world->balancer = "AWSELB";
    world->config.feed_id = feed_id;
    world->config.cookie = cookie;
    world_start(world);
    expect_cookie(world, "AWSELB=to-0");
    world_run(world, 60000);
    assert_int_equal(world_count(world, CREATE), 0);
    assert_string_equal(world->seen[0].feed, feed_id);
    assert_string_equal(world->seen[0].cookie, cookie);
    world_free(first);
    world_free(world);
}

static char long_fields[2 * SYMFEED_COOKIE_MAX + 200];

/* One Set-Cookie line whose NAME=VALUE has so many bytes. */
static const char *long_cookie(size_t size)
{
    int head = snprintf(long_fields, sizeof long_fields, "Set-Cookie: route=");

    memset(long_fields + head, 'v', size - 6);
    (void)snprintf(long_fields + head + size - 6, 32, "; Path=/\r\n");
    return long_fields;
}

static void which_cookies_are_kept(void **state)
{
    static const struct {
        const char *name;   /* in the configuration */
        const char *before; /* kept so far */
        const char *fields; /* NULL: one of the longest that is kept; "+": one longer */
        const char *kept;   /* NULL: that longest one */
    } rows[] = {
        {NULL, NULL, "Set-Cookie: AWSALB=a\r\n", "AWSALB=a"},
        {NULL, NULL, "set-cookie:awselb=a;Path=/\r\n", "awselb=a"},
        {NULL, NULL, "SET-COOKIE:   SERVERID=s1; path=/\r\n", "SERVERID=s1"},
        {NULL, NULL, "Set-Cookie: SRV=1\r\n", "SRV=1"},
        {NULL, NULL, "Set-Cookie: BIGipServer~pool=1.2.3; path=/\r\n", "BIGipServer~pool=1.2.3"},
        {NULL, NULL, "Set-Cookie: route=1\r\n", "route=1"},
        {NULL, NULL, "Set-Cookie: ARRAffinity=f00==; HttpOnly\r\n", "ARRAffinity=f00=="},
        {NULL, NULL, "Set-Cookie: INGRESSCOOKIE=x|y\r\n", "INGRESSCOOKIE=x|y"},
        {NULL, NULL, "Set-Cookie: BALANCEID=b.1\r\n", "BALANCEID=b.1"},
        {NULL, NULL, "Set-Cookie: my-sticky-thing=\"q\"\r\n", "my-sticky-thing=\"q\""},
        {NULL, NULL, "Set-Cookie: NSC_mc=n\r\n", "NSC_mc=n"},
        /* others */
        {NULL, NULL, "Set-Cookie: JSESSIONID=x\r\n", ""},
        {NULL, NULL, "Set-Cookie: x=AWSALB\r\n", ""},
        {NULL, NULL, "Set-Cookie: x=1; route=2\r\n", ""},
        {NULL, NULL, "Set-Cookie: route\r\n", ""},
        {NULL, NULL, "Set-Cookie: =route\r\n", ""},
        {NULL, NULL, "Set-Cookie: \r\n", ""},
        {NULL, NULL, "X-Set-Cookie: route=1\r\n", ""},
        {NULL, NULL,
         "Set-Cookie: route=a\x01"
         "b\r\n",
         ""},
        {NULL, NULL, "Set-Cookie: ro ute=ab\r\n", ""},
        {NULL, NULL, "Set-Cookie: route=\xC3\xA9\r\n", ""},
        /* one that is named */
        {"sid", NULL, "Set-Cookie: AWSALB=a\r\nSet-Cookie: sid=1\r\n", "sid=1"},
        {"sid", NULL, "Set-Cookie: AWSALB=a\r\nSet-Cookie: sid2=1\r\nSet-Cookie: si=1\r\n", ""},
        {"SERVERID", NULL, "Set-Cookie: AWSALB=a\r\n", ""},
        /* several */
        {NULL, NULL, "Set-Cookie: a=1\r\nSet-Cookie: route=2\r\nSet-Cookie: b=3\r\n", "route=2"},
        {NULL, NULL, "Set-Cookie: route=2\r\nSet-Cookie: route=3\r\n", "route=3"},
        {NULL, NULL, "Set-Cookie: AWSALB=1\r\nSet-Cookie: AWSALBCORS=2\r\n", "AWSALB=1"},
        /* a later one */
        {NULL, "route=1", "Set-Cookie: AWSALB=2\r\n", "route=1"},
        {NULL, "route=1", "Set-Cookie: route=22\r\n", "route=22"},
        {NULL, "route=1", "Set-Cookie: x=22\r\n", "route=1"},
        {NULL, "route=1", "", "route=1"},
        {NULL, "route=1", "Set-Cookie: route=; Max-Age=0\r\n", ""},
        {NULL, "route=1", "Set-Cookie: route=\r\n", ""},
        {"route", "route=1", "Set-Cookie: route=\r\n", ""},
        /* long ones */
        {NULL, NULL, NULL, NULL},
        {NULL, NULL, "+", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        static char longest[sizeof long_fields];
        struct world *world = legacy();
        struct reply reply = to(READ);
        const char *kept = rows[i].kept;

        (void)snprintf(what, sizeof what, "row %u", (unsigned)i);
        reply.fields = rows[i].fields;
        if (reply.fields == NULL || strcmp(reply.fields, "+") == 0) {
            reply.fields = long_cookie(SYMFEED_COOKIE_MAX + (reply.fields != NULL ? 1 : 0));
            (void)snprintf(longest, sizeof longest, "%.*s", SYMFEED_COOKIE_MAX, long_fields + 12);
        }
        kept = kept != NULL ? kept : longest;
        world_add_feed(world, "f", "", 0);
        world->config.feed_id = "f";
        world->config.cookie = rows[i].before;
        world->config.cookie_name = rows[i].name;
        world_reply(world, reply);
        world_start(world);
        world_push(world, 1);
        world_until_requests(world, 2);
        assert_string_equal(world->seen[0].cookie, rows[i].before != NULL ? rows[i].before : "");
        if (strcmp(world->seen[1].cookie, kept) != 0) {
            fail_msg("row %u: the cookie %s, not %s", (unsigned)i, world->seen[1].cookie, kept);
        }
        expect_cookie(world, kept);
        ends_well(world);
    }
    what[0] = '\0';
}

/* A load balancer answers for an Agent that is down; its word on where to go counts. */
static void a_cookie_of_a_bad_answer_is_kept_as_well(void **state)
{
    static const unsigned numbers[] = {503, 401, 204};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct world *world = follows(legacy());
        struct reply reply = status(READ, numbers[i]);
        size_t at = 0;

        reply.fields = "Set-Cookie: route=7\r\n";
        at = after_read(world, reply, 1);
        assert_string_equal(world->seen[at].cookie, "route=7");
        ends_well(world);
    }
}

/* What others than the Agent set is theirs: the pod, the key manager, a proxy. */
static void a_cookie_of_others_is_not_kept(void **state)
{
    struct reply reply = to(SESSION);

    (void)state;
    reply.fields = "Set-Cookie: AWSALB=pod\r\n";
    if (SYMFEED_SIGN_IN) {
        struct world *world = legacy();

        world_signs_in(world, SOME_SIGN_IN, true);
        world_reply(world, reply);
        reply.call = KEY;
        world_reply(world, reply);
        (void)follows(world);
        expect_cookie(world, "");
        assert_string_equal(world_last(world)->cookie, "");
        ends_well(world);
    }
    if (SYMFEED_PROXY) {
        struct world *world = legacy();

        reply.call = TUNNEL;
        reply.raw = "HTTP/1.1 200 Yes\r\nSet-Cookie: route=proxy\r\n\r\n";
        world->config.proxy = "http://proxy.test:3128";
        world_reply(world, reply);
        (void)follows(world);
        assert_true(world_last(world)->tunnelled);
        expect_cookie(world, "");
        assert_string_equal(world_last(world)->cookie, "");
        ends_well(world);
    }
}

/* --- stopping ----------------------------------------------------------------------------- */

static void a_stop_needs_no_read_behind_the_batch(void **state)
{
    (void)state;
    for (int when = 0; when < 2; when++) {
        struct world *world = legacy();

        world_start(world);
        world_push(world, 8);
        while (world->event_steps < (when == SYMFEED_STOP_NOW ? 4 : 2)) {
            world_step(world);
        }
        world_stop(world, (enum symfeed_stop)when, 0);
        assert_int_equal(world->event_steps, 4);
        assert_string_equal(calls_from(world, 0), "CR");
        expect_feed_id(world, "made1/+legacy=="); /* to go on with later */
        world_free(world);
    }
}

/* The rest of a batch that was cut does not come again: there is nothing to wait for. */
static void a_stop_behind_a_batch_that_was_cut_is_at_once(void **state)
{
    struct world *world = legacy();
    struct reply reply = to(READ);

    (void)state;
    reply.cut = true;
    reply.cut_at = 600;
    reply.after = RESETS;
    world_reply(world, reply);
    world_start(world);
    world_push(world, 4);
    while (world->event_steps < 2) {
        world_step(world);
    }
    world_stop(world, SYMFEED_STOP_AFTER_BATCH, 0);
    assert_string_equal(calls_from(world, 0), "CR");
    world_free(world);
}

/* --- everything --------------------------------------------------------------------------- */

#define KINDS (SYMFEED_SIGN_IN ? 4 : 2)

static struct world *any_of(size_t number, uint32_t pieces)
{
    struct world *world = legacy();

    if (number >= 2) {
        world_signs_in(world, SOME_SIGN_IN, number == 2);
    }
    if (number % 2 == 1) {
        world->instances = 2;
        world->balancer = "SRV";
        world_add_feed(world, "kept", "", 0);
        world->config.feed_id = "kept";
        world->config.cookie = "SRV=to-0";
    }
    world->send_piece = pieces;
    world->recv_piece = pieces;
    return world;
}

static void each_port_call_fails_in_turn(void **state)
{
    (void)state;
    each_port_call_fails(any_of, KINDS, 60);
}

static void each_exchange_is_split_into_pieces_of_each_size(void **state)
{
    (void)state;
    each_exchange_is_split(any_of, KINDS);
}

static void a_stop_after_each_step(void **state)
{
    (void)state;
    each_step_may_be_the_last(any_of, KINDS, 100);
}

static bool refuses_now_and_then(struct world *world, int number, const struct symfeed_event *event)
{
    (void)event;
    return number >= 0 && world_random(world) % 4 == 0;
}

static void each_answer_is_cut_at_each_byte_with_events_refused_or_not(void **state)
{
    (void)state;
    for (size_t number = 0; number < 4; number++) {
        for (int way = 0; way < 6; way++) {
            for (size_t at = 0; at < 800; at += TEST_STRIDE) {
                struct world *world = legacy();
                struct reply first = to(ANY);
                struct reply reply = to(ANY);

                (void)snprintf(what, sizeof what, "answer %lu cut at %lu, way %d",
                               (unsigned long)number, (unsigned long)at, way);
                world->seed = (uint32_t)at + 1;
                world->refuses = at % 2 == 0 ? refuses_now_and_then : NULL;
                first.times = (unsigned)number;
                if (number > 0) {
                    world_reply(world, first);
                }
                reply.cut = true;
                reply.cut_at = at;
                reply.after = (enum after)(way % 3);
                reply.framing = (enum framing)(way / 3);
                world_reply(world, reply);
                world_start(world);
                world_push(world, 10);
                world_settle(world, 3600000);
                assert_true(world->lost_count <= 4);
                world->refuses = NULL;
                ends_well(world);
            }
        }
    }
    what[0] = '\0';
}

#else

static void the_build_has_none(void **state)
{
    (void)state;
    expect_bad_task(SYMFEED_TASK_LEGACY);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#if SYMFEED_LEGACY
        cmocka_unit_test(it_is_created_and_read),
        cmocka_unit_test(a_feed_that_is_given_is_gone_on_with),
        cmocka_unit_test(a_feed_that_is_given_and_gone_is_made_anew),
        cmocka_unit_test(the_feed_id_is_told_as_far_as_it_fits),
        cmocka_unit_test(a_204_is_read_again_at_once),
        cmocka_unit_test(an_empty_answer_without_a_hold_is_not_asked_for_again_at_once),
        cmocka_unit_test(silence_for_35_s_has_a_new_feed_made_on_a_new_connection),
        cmocka_unit_test(silence_may_be_given_another_time),
        cmocka_unit_test(silence_in_the_middle_of_an_answer_is_a_failure_of_the_same_feed),
        cmocka_unit_test(a_feed_that_is_gone_is_made_anew_at_once),
        cmocka_unit_test(a_gateways_page_is_waited_out_and_the_same_feed_is_read),
        cmocka_unit_test(feeds_that_are_always_gone_are_no_storm),
        cmocka_unit_test(a_204_is_a_good_read_between_two_feeds_that_are_gone),
        cmocka_unit_test(feeds_good_for_one_read_are_no_storm),
        cmocka_unit_test(a_503_on_create_is_waited_out),
        cmocka_unit_test(a_create_that_brings_no_id_is_made_again_after_a_wait),
        cmocka_unit_test(a_create_that_a_dead_connection_took_is_not_made_again_at_once),
        cmocka_unit_test(other_answers_are_waited_out_and_the_same_feed_is_read),
        cmocka_unit_test(bodies_that_are_no_array_are_waited_out_and_the_same_feed_is_read),
        cmocka_unit_test(a_401_fetches_tokens_and_reads_the_same_feed),
        cmocka_unit_test(what_comes_before_an_answer_is_cut_is_handed_out_and_the_rest_is_lost),
        cmocka_unit_test(elements_of_any_form_are_handed_out),
        cmocka_unit_test(an_event_larger_than_the_window_comes_cut),
        cmocka_unit_test(a_refused_event_comes_again_after_a_wait_and_the_rest_goes_on),
        cmocka_unit_test(an_event_refused_too_often_is_given_up),
        cmocka_unit_test(each_event_refused_is_given_up),
#if SYMFEED_JSON
        cmocka_unit_test(a_refused_event_that_was_opened_comes_again_undamaged),
#endif
        cmocka_unit_test(each_event_begins_its_waits_anew),
        cmocka_unit_test(the_wait_after_a_refusal_is_not_held_against_the_agent),
        cmocka_unit_test(a_stop_while_a_refused_event_waits_is_at_once),
        cmocka_unit_test(reads_go_to_the_address_that_the_feed_was_made_at),
        cmocka_unit_test(an_address_that_is_dead_is_left),
        cmocka_unit_test(failures_in_a_row_do_not_part_it_from_its_agent),
        cmocka_unit_test(connections_that_fail_count_as_well),
        cmocka_unit_test(a_network_that_is_long_away_costs_no_feed),
        cmocka_unit_test(holds_that_are_cut_short_do_not_count),
        cmocka_unit_test(a_feed_made_anew_is_read_at_the_address_it_was_made_at),
        cmocka_unit_test(signing_in_again_does_not_lose_the_address),
        cmocka_unit_test(reads_go_to_the_agent_that_the_cookie_names),
        cmocka_unit_test(a_new_feed_is_made_without_the_cookie_of_the_old_one),
        cmocka_unit_test(feed_and_cookie_are_kept_across_a_restart),
        cmocka_unit_test(which_cookies_are_kept),
        cmocka_unit_test(a_cookie_of_a_bad_answer_is_kept_as_well),
        cmocka_unit_test(a_cookie_of_others_is_not_kept),
        cmocka_unit_test(a_stop_needs_no_read_behind_the_batch),
        cmocka_unit_test(a_stop_behind_a_batch_that_was_cut_is_at_once),
        cmocka_unit_test(each_port_call_fails_in_turn),
        cmocka_unit_test(each_exchange_is_split_into_pieces_of_each_size),
        cmocka_unit_test(a_stop_after_each_step),
        cmocka_unit_test(each_answer_is_cut_at_each_byte_with_events_refused_or_not),
#else
        cmocka_unit_test(the_build_has_none),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
