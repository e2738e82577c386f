/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sign_in.c - signing in by key and by certificate, on one host and on three: the order of the
 * calls, what each answer leads to, tokens that run out, credentials that change, and everything
 * that can go wrong on the way. memory_agent.c looks at each JWT, token and host.
 */
#include "common.h"

/* An event loop of one's own sleeps until the deadline: after symfeed_renew() that is now. */
static void expect_deadline_now(const struct world *world)
{
    uint32_t now = world->clock_offset + (uint32_t)world->time;

    assert_int_equal(symfeed_deadline(world->feed), now);
}

static void renewing_asks_the_port_again_where_tokens_come_from_it(void **state)
{
    struct world *world = following();
    size_t at = 0;

    (void)state;
    world_run(world, 100);
    at = world->seen_count;
    assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
    world_until_requests(world, at + 1);
    assert_int_equal(world->token, 1); /* none was refused */
    assert_int_equal(symfeed_counters(world->feed)->signins, 2);
    world->credentials_fail = FOR_EVER;
    world->valid_from = 2;
    world_run(world, 1000000);
    world->credentials_fail = 0;
    at = world->seen_count;
    assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
    expect_deadline_now(world);
    world_step(world);
    assert_true(world->seen_count > at);
    ends_well(world);
}

#if SYMFEED_SIGN_IN

#define SIMPLIFIED "{\"sub\":\"bot\",\"canUseSimplifiedKeyDelivery\":true}"

/* By key and by certificate, on one host and on three. */
struct way {
    enum symfeed_sign_in sign_in;
    bool apart;
};

static const struct way ways[] = {
#if SYMFEED_KEY_SIGN_IN
    {SYMFEED_SIGN_IN_BY_KEY, false},
    {SYMFEED_SIGN_IN_BY_KEY, true},
#endif
#if SYMFEED_CERTIFICATE_SIGN_IN
    {SYMFEED_SIGN_IN_BY_CERTIFICATE, false},
    {SYMFEED_SIGN_IN_BY_CERTIFICATE, true},
#endif
};

static const struct way one_way = {SOME_SIGN_IN, false};

static struct world *signing(struct way way)
{
    struct world *world = world_new();

    world_signs_in(world, way.sign_in, way.apart);
    return world;
}

/* The same, where no key manager is needed. */
static struct world *simplified(struct way way)
{
    struct world *world = signing(way);

    world->claims = SIMPLIFIED;
    world->version = "Agent-24.12.1";
    return world;
}

/* Of 2 * COUNT(ways) kinds. */
static struct world *any_of(size_t number, uint32_t pieces)
{
    struct way way = ways[number % COUNT(ways)];
    struct world *world = number >= COUNT(ways) ? simplified(way) : signing(way);

    world->send_piece = pieces;
    world->recv_piece = pieces;
    return world;
}

/* In the middle of its work, as following(). */
static struct world *signed_in(struct way way)
{
    struct world *world = signing(way);

    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    return world;
}

static struct reply answer(enum call_kind call, unsigned status, const char *body)
{
    struct reply reply = to(call);

    reply.status = status;
    reply.body = body;
    return reply;
}

static void for_ever(struct world *world, struct reply reply)
{
    reply.times = FOR_EVER;
    world_reply(world, reply);
}

/* --- the order of the calls --------------------------------------------------------------- */

static void session_then_key_manager_then_list_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);

        assert_string_equal(calls_from(world, 0), "SKLCRR");
        assert_int_equal(world->connections, ways[i].apart ? 3 : 1);
        assert_int_equal(world->seen[0].peer, ways[i].apart ? PEER_POD : PEER_AGENT);
        assert_int_equal(world->seen[1].peer, ways[i].apart ? PEER_KEY_MANAGER : PEER_AGENT);
        assert_int_equal(world->seen[2].peer, PEER_AGENT);
        assert_true(world->seen[5].has_key_manager_token);
        assert_true(world->seen[5].time == 0);
        assert_int_equal(symfeed_counters(world->feed)->signins, 1);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        expect_log(world, "signed in\n");
        assert_int_equal(world->errors + world->warnings, 0);
        ends_well(world);
    }
}

static void a_simplified_session_on_a_recent_agent_needs_no_key_manager(void **state)
{
    static const char *const versions[] = {"Agent-24.12.1", "24.12", "Agent-25.8.1-67"};

    (void)state;
    for (size_t i = 0; i < COUNT(ways) * COUNT(versions); i++) {
        struct way way = ways[i % COUNT(ways)];
        struct world *world = simplified(way);

        world->version = versions[i / COUNT(ways)];
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        assert_string_equal(calls_from(world, 0), "SILCRR");
        assert_int_equal(world->connections, way.apart ? 2 : 1);
        assert_false(world->seen[2].has_key_manager_token || world->seen[4].has_key_manager_token);
        assert_int_equal(symfeed_counters(world->feed)->signins, 1);
        ends_well(world);
    }
}

static void claims_that_do_not_say_so_need_the_key_manager(void **state)
{
    static const char *const claims[] = {
        "{}",
        "{\"canUseSimplifiedKeyDelivery\":false}",
        "{\"canUseSimplifiedKeyDelivery\":\"true\"}",
        "{\"a\":{\"canUseSimplifiedKeyDelivery\":true}}",
        "<html>",
        "",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(claims); i++) {
        struct world *world = simplified(one_way);

        world->claims = claims[i];
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        assert_string_equal(calls_from(world, 0), "SKLCRR");
        ends_well(world);
    }
}

/* An agent that does not say how recent it is, is taken for an old one. */
static void an_agent_that_is_old_or_does_not_say_needs_the_key_manager(void **state)
{
    static const struct {
        unsigned status; /* 0: raw */
        const char *body;
        bool whole_connection; /* it is kept */
    } answers[] = {
        {200, "{\"version\":\"Agent-24.11\"}", true},
        {200, "{\"version\":\"Agent-20.14.2\"}", true},
        {200, "{\"version\":\"\"}", true},
        {200, "{\"version\":null}", true},
        {200, "{\"version\":{\"version\":\"Agent-25.1\"}}", true},
        {200, "{}", true},
        {200, "[{\"version\":\"Agent-25.1\"}]", true},
        {200, "null", true},
        {200, "\"Agent-25.1\"", true},
        {200, "", true},
        {200, "{\"version\":\"Agent-25.1\"", true},
        {200, "{\"version\":\"Agent-25.1\",}", true},
        {200, "{\"version\":\"Agent-25.1\"}{}", false},
        {200, "<html><body>Agent-25.1</body></html>", true},
        {200, "]", false},
        {204, "", true},
        {302, "", true},
        {400, "{}", true},
        {401, "{}", true},
        {403, "{\"version\":\"Agent-25.1\"}", true},
        {404, "<html>", true},
        {405, "", true},
        {410, "", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(answers) * 2; i++) {
        struct world *world = simplified(ways[i % 2]);
        size_t row = i / 2;

        (void)snprintf(what, sizeof what, "row %lu", (unsigned long)row);
        world_reply(world, answer(INFO, answers[row].status, answers[row].body));
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        if (strcmp(calls_from(world, 0), "SIKLCRR") != 0 && row != 12) {
            fail_msg("%s: %s", what, calls_from(world, 0));
        }
        assert_int_equal(symfeed_counters(world->feed)->signins, 1);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        ends_well(world);
    }
}

/* What is broken after the version has been read is no reason to think otherwise of it. */
static void the_length_of_an_answer_about_the_version_does_not_matter(void **state)
{
    struct world *world = simplified(one_way);
    struct reply reply = to(INFO);
    char body[6000];

    (void)state;
    (void)snprintf(body, sizeof body, "{\"a\":\"%5000d\",\"version\":\"Agent-24.12.1\"}", 7);
    reply = answer(INFO, 200, body);
    world_reply(world, reply);
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "SILCRR");
    ends_well(world);
}

static void an_http_agent_is_signed_in_to_without_tls(void **state)
{
    struct world *world = signing(one_way);

    (void)state;
    world->config.agent = "http://agent.test:8443";
    world->config.insecure_http = true;
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "SKLCRR");
    assert_int_equal(world->connections, 1);
    ends_well(world);
}

/* --- JWTs --------------------------------------------------------------------------------- */

#if SYMFEED_KEY_SIGN_IN

static void users_and_keys_of_all_sizes_make_jwts(void **state)
{
    static const size_t signatures[] = {32, 128, 256, 384, 512};
    char quotes[SYMFEED_USER_MAX + 1];
    const char *users[] = {"b", "bot@example.com", "a \"b\" \\ c", "B\xC3\xB6t", quotes};

    (void)state;
    memset(quotes, '"', SYMFEED_USER_MAX);
    quotes[SYMFEED_USER_MAX] = '\0';
    for (size_t i = 0; i < COUNT(signatures) * COUNT(users); i++) {
        struct world *world = signing(one_way);

        world->signature_size = signatures[i % COUNT(signatures)];
        world->config.user = users[i / COUNT(signatures)];
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        assert_string_equal(world->seen[0].user, users[i / COUNT(signatures)]);
        assert_string_equal(world->seen[1].user, users[i / COUNT(signatures)]);
        ends_well(world);
    }
}

#endif

static unsigned times_in_memory(const struct world *world, const char *text)
{
    const unsigned char *memory = NULL;
    size_t size = world_memory(world, &memory);
    unsigned times = 0;

    for (size_t i = 0; i + strlen(text) <= size; i++) {
        times += memcmp(memory + i, text, strlen(text)) == 0 ? 1u : 0u;
    }
    return times;
}

/* Of a JWT nothing stays once its token is there, and of that there is one copy. */
static void a_jwt_gives_way_to_its_token(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signing(ways[i]);
        struct reply silence = to(LIST);

        silence.cut = true;
        world_reply(world, silence);
        world_start(world);
        world_run(world, 1000);
        assert_string_equal(calls_from(world, 0), "SKL");
        assert_false(world_memory_has(world, "eyJhbGciOiJSUzUxMiJ9"));
        assert_false(world_memory_has(world, "U0lHTkFUVVJF"));
        assert_false(world_memory_has(world, "SIGNATURE"));
        assert_int_equal(times_in_memory(world, "SESSION00001"), 1);
        assert_int_equal(times_in_memory(world, "KEYMANAGER00001"), 1);
        ends_well(world);
    }
}

static void tokens_that_are_no_longer_good_are_wiped_before_there_are_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);

        world->valid_from = 2;
        for_ever(world, answer(SESSION, 503, ""));
        world_run(world, 60000);
        assert_true(world_count(world, SESSION) > 2);
        assert_false(world_memory_has(world, "SESSION00001"));
        assert_false(world_memory_has(world, "c2lnbmF0"));
        assert_false(world_memory_has(world, "KEYMANAGER00001"));
        world_forget_replies(world);
        ends_well(world);
    }
}

#if SYMFEED_KEY_SIGN_IN

static void a_clock_that_is_not_set_is_waited_for(void **state)
{
    static const int64_t unset[] = {0, -1000000};

    (void)state;
    for (size_t i = 0; i < COUNT(unset); i++) {
        struct world *world = signing(one_way);

        world->wall = unset[i];
        world_start(world);
        world_push(world, 3);
        world_run(world, 86400);
        assert_int_equal(world->seen_count, 0);
        assert_int_equal(world->connections, 0);
        assert_in_range(symfeed_counters(world->feed)->retries, 4, 12);
        expect_log(world, "sign-in: the clock is not set: signing in needs it, next try in ");
        assert_int_equal(world->errors, 0); /* it is a warning, and tried again soon */
        world->wall = 1700000000;
        world_settle(world, 300000);
        assert_string_equal(calls_from(world, 0), "SKLCRR");
        ends_well(world);
    }
}

static void a_clock_that_is_lost_between_the_calls_is_waited_for_too(void **state)
{
    struct world *world = signing(one_way);
    struct reply reply = to(SESSION);

    (void)state;
    reply.delay = 50;
    world_reply(world, reply);
    world_start(world);
    world_push(world, 3);
    world_run(world, 20);
    world->wall = 0;
    world_run(world, 5000);
    assert_string_equal(calls_from(world, 0), "S");
    expect_log(world, "key manager sign-in: the clock is not set");
    world->wall = 1700000000;
    world_settle(world, 300000);
    assert_string_equal(calls_from(world, 0), "SKLCRR");
    ends_well(world);
}

#endif

#if SYMFEED_CERTIFICATE_SIGN_IN

/* A certificate needs no clock, and no port that signs. */
static void by_certificate_neither_clock_nor_signature_is_asked_for(void **state)
{
    struct world *world = signing(ways[COUNT(ways) - 1]);

    (void)state;
    world->port.wall_clock = NULL;
    world->wall = 0;
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    ends_well(world);
}

#endif

#if SYMFEED_KEY_SIGN_IN

static void a_signature_that_cannot_be_had_is_waited_for(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct world *world = signing(ways[i]);

        if (i == 1) {
            world->cause = NULL;
        }
        world->sign_fails = 3;
        world_start(world);
        world_push(world, 3);
        assert_int_equal(world_step(world), SYMFEED_WAIT);
        assert_false(world_memory_has(world, "eyJ"));
        world_run(world, 5000 + 10000 - 2); /* the first wait is over */
        assert_int_equal(world->connections, 0);
        expect_log(world, i == 0 ? "sign-in: as the test has ordered, next try in "
                                 : "sign-in: no signature, next try in ");
        expect_errors(world, 3 - world->sign_fails, 3 - world->sign_fails);
        world_settle(world, 40000);
        expect_errors(world, 3, 3);
        assert_string_equal(calls_from(world, 0), "SKLCRR");
        ends_well(world);
    }
}

/* TLS may need the memory of the connection for the signature. */
static void a_signature_that_cannot_be_had_ends_the_connection(void **state)
{
    struct world *world = signed_in(ways[0]);
    const unsigned connections = world->connections;

    (void)state;
    world->valid_from = world->token + 1;
    world->sign_fails = 1;
    world_push(world, 3);
    world_settle(world, 40000);
    assert_int_equal(world->sign_fails, 0);
    assert_int_equal(world->connections, connections + 1);
    ends_well(world);
}

#endif

/* --- tokens ------------------------------------------------------------------------------- */

static void tokens_that_just_fit_are_used_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signing(ways[i]);

        world->session_size = SYMFEED_SESSION_TOKEN_SIZE - 1;
        world->key_size = SYMFEED_KEY_MANAGER_TOKEN_SIZE - 1;
        world->secrets[0] = "xxxxxxxx";
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        world_stop(world, SYMFEED_STOP_NOW, 5000);
        world_free(world);
    }
}

static void a_token_too_long_names_the_setting_and_is_asked_for_slowly(void **state)
{
    (void)state;
    for (int key = 0; key < 2; key++) {
        for (size_t more = 0; more < 4000; more = more * 3 + 1) {
            struct world *world = signing(ways[more % 2]);
            size_t room = key != 0 ? SYMFEED_KEY_MANAGER_TOKEN_SIZE : SYMFEED_SESSION_TOKEN_SIZE;
            enum call_kind call = key != 0 ? KEY : SESSION;

            *(key != 0 ? &world->key_size : &world->session_size) = room + more;
            world_start(world);
            world_push(world, 3);
            world_run(world, 3600000);
            expect_log(world,
                       key != 0 ? "key manager sign-in: 200 (trace " : "sign-in: 200 (trace ");
            expect_log(world,
                       key != 0
                           ? "): build with a larger SYMFEED_KEY_MANAGER_TOKEN_SIZE, next try in "
                           : "): build with a larger SYMFEED_SESSION_TOKEN_SIZE, next try in ");
            expect_errors(world, (unsigned)world_count(world, call),
                          (unsigned)world_count(world, call));
            assert_in_range(world_count(world, call), 12, 40);
            assert_int_equal(world_count(world, LIST), 0);
            world->key_size = 0;
            world->session_size = 0;
            ends_well(world);
        }
    }
}

static void an_answer_without_a_good_token_is_an_error(void **state)
{
    static const struct {
        const char *body;
        const char *logged;
    } rows[] = {
        {"{}", "): no token in the answer, next try in "},
        {"{\"token\":null}", "): no token in the answer"},
        {"{\"token\":\"\"}", "): no token in the answer"},
        {"{\"token\":17}", "): no token in the answer"},
        {"{\"token\":[\"a\"]}", "): no token in the answer"},
        {"{\"token\":\"one\",\"token\":null}", "): no token in the answer"},
        {"{\"name\":\"sessionToken\"}", "): no token in the answer"},
        {"", "): no token in the answer"},
        {"{\"token\":\"abc\"", "): no token in the answer"},
        {"{\"token\":\"abc", "): no token in the answer"},
        {"{\"token\":\"a b\"}", "): the token is not printable ASCII, next try in "},
        {"{\"token\":\"a\\r\\nX: y\"}", "): the token is not printable ASCII"},
        {"{\"token\":\"a\\u0000b\"}", "): the token is not printable ASCII"},
        {"{\"token\":\"\\u00e9\"}", "): the token is not printable ASCII"},
        {"{\"token\":\"\xC3\xA9\"}", "): the token is not printable ASCII"},
        {"{\"token\":\"\\u007f\"}", "): the token is not printable ASCII"},
        {"<html>", "): not the JSON expected, next try in "},
        {"[]", "): not the JSON expected"},
        {"null", "): not the JSON expected"},
        {"{\"token\":\"abc\"}x", "): not the JSON expected"},
        {"{\"token\":\"a\nb\"}", "): not the JSON expected"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * 2; i++) {
        struct world *world = signing(ways[i % COUNT(ways)]);
        enum call_kind call = i % 2 == 0 ? SESSION : KEY;
        char body[256];

        (void)snprintf(what, sizeof what, "body %s", rows[i / 2].body);
        (void)snprintf(body, sizeof body, "%s", rows[i / 2].body);
        world_reply(world, answer(call, 200, body));
        world_start(world);
        world_push(world, 3);
        world_settle(world, 10000);
        expect_log(world, rows[i / 2].logged);
        expect_log(world, call == SESSION ? "sign-in: 200 (trace " : "key manager sign-in: 200 (");
        assert_string_equal(calls_from(world, 0), call == SESSION ? "SSKLCRR" : "SKKLCRR");
        assert_int_equal(symfeed_counters(world->feed)->signins, 1);
        ends_well(world);
    }
}

static void a_token_with_escapes_is_decoded(void **state)
{
    struct world *world = signing(one_way);
    char token[MOST_TOKEN];
    char body[MOST_TOKEN + 64];

    (void)state;
    world_session_token(world, token);
    assert_int_equal(token[0], 'S');
    (void)snprintf(body, sizeof body, "{\"\\u0074oken\":\"\\u0053%s\"}", token + 1);
    world_reply(world, answer(SESSION, 200, body));
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    assert_int_equal(world->token, 0);
    ends_well(world);
}

/* --- tokens that are no longer good ------------------------------------------------------- */

/* Each event comes once and is acknowledged, with one more sign-in and no feed made anew. */
static void expect_one_more_sign_in(struct world *world, unsigned feeds)
{
    assert_int_equal(symfeed_counters(world->feed)->signins, 2);
    assert_int_equal(symfeed_counters(world->feed)->feeds_created, feeds);
    for (size_t i = 0; i < world->event_count; i++) {
        assert_true(ONCE(world->handed[i]));
    }
    ends_well(world);
}

static void a_401_on_list_or_create_signs_in_anew(void **state)
{
    static const enum call_kind calls[] = {LIST, CREATE};
    static const char *const orders[] = {"SKLSKLCRR", "SKLCSKCRR"};

    (void)state;
    for (size_t i = 0; i < COUNT(ways) * 2; i++) {
        struct world *world = signing(ways[i / 2]);

        world_reply(world, answer(calls[i % 2], 401, "{}"));
        world_start(world);
        world_push(world, 3);
        world_settle(world, 3500);
        assert_string_equal(calls_from(world, 0), orders[i % 2]);
        expect_log(world, "): tokens refused, fetching new ones, next try in ");
        expect_one_more_sign_in(world, 1);
    }
}

static void a_401_on_a_read_signs_in_anew_for_the_same_feed_and_ack_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways) * 2; i++) {
        struct world *world = signing(ways[i / 2]);
        bool first = i % 2 == 0; /* or the one that has something to acknowledge */
        size_t at = 0;

        world_start(world);
        if (first) {
            world_until_requests(world, 4);
            world_kill_feeds(world); /* this read is answered 400 at its end */
            world_free(world);
            world = signing(ways[i / 2]);
            world_reply(world, answer(READ, 401, "{}"));
            world_start(world);
            at = 4;
        } else {
            world_push(world, 3);
            world_settle(world, 1000);
            world->valid_from = 2;
            at = world->seen_count;
        }
        world_push(world, 3);
        world_until_requests(world, at + 4);
        assert_memory_equal(calls_from(world, at), "RSKR", 4);
        assert_string_equal(world->seen[at + 3].feed, world->seen[at].feed);
        assert_string_equal(world->seen[at + 3].ack, world->seen[at].ack);
        assert_int_equal(world->seen[at].ack[0] == '\0', first);
        assert_in_range(world->seen[at + 3].time - world->seen[at].time, 1, 3500);
        world_settle(world, 100000);
        expect_one_more_sign_in(world, 1);
    }
}

/* The batch is cut behind some of its events; what remains comes with the second reading. */
static void a_401_in_the_middle_of_a_batch_loses_and_doubles_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        for (size_t at = 100; at < 600; at += 10) {
            struct world *world = signing(ways[i]);
            struct reply reply = to(READ);

            reply.cut = true;
            reply.cut_at = at;
            reply.after = ENDS;
            world_reply(world, reply);
            world_reply(world, answer(READ, 401, "{}"));
            world_start(world);
            world_push(world, 4);
            world_settle(world, 11000);
            assert_string_equal(calls_from(world, 0), "SKLCRRSKRR");
            expect_one_more_sign_in(world, 1);
        }
    }
}

static void a_401_on_a_delete_is_left_to_the_next_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);
        size_t at = world->seen_count;

        for (int times = 0; times < 3; times++) {
            world_reply(world, answer(READ, 400, "{\"code\":400,\"message\":\"\"}"));
        }
        world_reply(world, to(LIST));
        world_reply(world, answer(DELETE, 401, "{}"));
        world_reply(world, answer(LIST, 401, "{}"));
        world_push(world, 3);
        world_settle(world, 60000);
        assert_memory_equal(calls_from(world, at), "RLRRDLSKL", 9);
        expect_one_more_sign_in(world, 2);
    }
}

static void a_401_right_after_signing_in_is_retried_slowly_and_ever_more_slowly(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);
        size_t at = world->seen_count;
        uint64_t step = 7000;
        uint64_t before = 0;

        world->valid_from = UINT32_MAX;
        world_push(world, 2);
        world_until_requests(world, at + 4);
        before = world->seen[at + 3].time;
        assert_in_range(before - world->seen[at].time, 1, 3500); /* the first time soon */
        for (int round = 0; round < 10; round++) {
            uint64_t gap = 0;

            at += 3;
            world_until_requests(world, at + 4);
            assert_memory_equal(calls_from(world, at), "RSKR", 4);
            gap = world->seen[at + 3].time - before;
            assert_in_range(gap, step / 2, step);
            before = world->seen[at + 3].time;
            step = step * 2 < 300000 ? step * 2 : 300000;
        }
        world_run(world, 6 * 3600000);
        assert_in_range(world_count(world, SESSION), 72, 160);
        expect_errors(world, 61, UINT32_MAX);
        world->valid_from = 0;
        ends_well(world);
    }
}

static void tokens_that_run_out_every_hour_are_renewed_every_hour(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);

        for (int hour = 0; hour < 100; hour++) {
            world->valid_from = world->token + 1;
            world_push(world, 2);
            world_run(world, 3600000);
        }
        assert_int_equal(symfeed_counters(world->feed)->signins, 101);
        assert_int_equal(symfeed_counters(world->feed)->feeds_created, 1);
        assert_int_equal(world->taken_count, 203);
        assert_int_equal(world->errors, 0);
        for (size_t k = 0; k < world->event_count; k++) {
            assert_int_equal(world->handed[k], 1);
        }
        ends_well(world);
    }
}

/* --- answers to signing in ---------------------------------------------------------------- */

static void a_401_to_signing_in_is_retried_slowly_from_the_session_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways) * 2; i++) {
        struct world *world = signing(ways[i / 2]);
        enum call_kind call = i % 2 == 0 ? SESSION : KEY;
        size_t each = call == SESSION ? 1 : 2; /* requests in a round */
        uint64_t step = 5000;

        for_ever(world, answer(call, 401, "{\"code\":401,\"message\":\"Unauthorized\"}"));
        world_start(world);
        world_push(world, 3);
        world_run(world, 10 * 3600000);
        assert_in_range(world_count(world, SESSION), 120, 260);
        assert_int_equal(world_count(world, LIST) + world_count(world, READ), 0);
        for (size_t k = 0; k + each < world->seen_count && k + each < MOST_SEEN; k += each) {
            uint64_t gap = world->seen[k + each].time - world->seen[k].time;

            assert_int_equal(world->seen[k].call, SESSION);
            assert_in_range(gap, step / 2, step);
            step = step * 2 < 300000 ? step * 2 : 300000;
        }
        expect_log(world,
                   call == SESSION ? "sign-in: 401 (trace " : "key manager sign-in: 401 (trace ");
        expect_log(world, ways[i / 2].sign_in == SYMFEED_SIGN_IN_BY_KEY
                              ? "): wrong user name, key or clock, next try in "
                              : "): the certificate is not accepted, next try in ");
        assert_int_equal(symfeed_counters(world->feed)->signins, 0);
        world_forget_replies(world);
        ends_well(world);
    }
}

static void each_answer_to_signing_in_has_its_pace_and_its_line(void **state)
{
    static const struct {
        unsigned status;
        uint64_t low, high;
        const char *logged[2]; /* session, key manager */
    } rows[] = {
        {302, 2500, 5000, {"): check the pod's URL, ", "): check the key manager's URL, "}},
        {400, 2500, 5000, {"), next try", "), next try"}},
        {403, 2500, 5000, {"): check this user's entitle", "): check this user's entitle"}},
        {404, 2500, 5000, {"): check the pod's URL, ", "): check the key manager's URL, "}},
        {405, 2500, 5000, {"), next try", "), next try"}},
        {410, 2500, 5000, {"): switched off on this", "): switched off on this"}},
        {408, 0, 3500, {"), next try", "), next try"}},
        {429, 0, 3500, {"): too many requests, ", "): too many requests, "}},
        {500, 0, 3500, {"), next try", "), next try"}},
        {502, 0, 3500, {"), next try", "), next try"}},
        {503, 0, 3500, {"), next try", "), next try"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * 2 * COUNT(ways); i++) {
        struct world *world = signing(ways[i % COUNT(ways)]);
        size_t row = i / COUNT(ways) / 2;
        bool key = i / COUNT(ways) % 2 == 1;
        size_t at = key ? 1 : 0;

        if (rows[row].status == 408 && key && !ways[i % COUNT(ways)].apart) {
            world_free(world); /* a dead connection: see below */
            continue;
        }
        (void)snprintf(what, sizeof what, "status %u", rows[row].status);
        world_reply(world, answer(key ? KEY : SESSION, rows[row].status, "<html>"));
        world_start(world);
        world_push(world, 3);
        world_settle(world, 10000);
        /* the session token is still good where the key manager's is not to be had */
        assert_string_equal(calls_from(world, 0), key ? "SKKLCRR" : "SSKLCRR");
        assert_in_range(world->seen[at + 1].time - world->seen[at].time, rows[row].low,
                        rows[row].high);
        expect_log(world, rows[row].logged[key ? 1 : 0]);
        ends_well(world);
    }
}

#if SYMFEED_RETRY_AFTER

static void retry_after_is_kept_to_at_each_call(void **state)
{
    static const enum call_kind calls[] = {SESSION, INFO, KEY};
    static const char *const orders[] = {"SSKLCRR", "SIILCRR", "SKKLCRR"};
    static const unsigned statuses[] = {429, 503};

    (void)state;
    for (size_t i = 0; i < 3 * 2 * COUNT(ways); i++) {
        size_t call = i % 3;
        struct way way = ways[i / 6];
        struct world *world = calls[call] == INFO ? simplified(way) : signing(way);
        struct reply reply = answer(calls[call], statuses[i / 3 % 2], "");
        size_t at = call == 0 ? 0 : 1;

        reply.fields = "Retry-After: 77\r\n";
        world_reply(world, reply);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 81000);
        assert_string_equal(calls_from(world, 0), orders[call]);
        assert_in_range(world->seen[at + 1].time - world->seen[at].time, 77000, 80500);
        expect_log(world, "next try in ");
        ends_well(world);
    }
}

#endif

/* --- symfeed_renew() ---------------------------------------------------------------------- */

static void renewing_in_a_wait_signs_in_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        static const unsigned statuses[] = {401, 403, 503};
        struct world *world = signing(ways[i]);
        uint64_t then = 0;
        size_t at = 0;

        for_ever(world, answer(SESSION, statuses[i % 3], ""));
        world_start(world);
        world_push(world, 3);
        world_run(world, 2000000);
        while (world->status != SYMFEED_WAIT || symfeed_wants(world->feed) != 0) {
            world_step(world);
        }
        world_run(world, 1000);
        at = world->seen_count;
        then = world->time;
        world_forget_replies(world);
        assert_int_equal(world_renew(world, "other bot"), SYMFEED_OK);
        expect_deadline_now(world);
        world_settle(world, 0);
        assert_string_equal(calls_from(world, at), "SKLCRR");
        assert_true(world->seen[at].time == then);
        if (ways[i].sign_in == SYMFEED_SIGN_IN_BY_KEY) {
            assert_string_equal(world->seen[at].user, "other bot");
            assert_string_equal(world->seen[at + 1].user, "other bot");
        }
        ends_well(world);
    }
}

/* The back-off begins anew, too. */
static void renewing_with_what_is_no_better_waits_a_short_time_again(void **state)
{
    struct world *world = signing(one_way);
    size_t at = 0;

    (void)state;
    for_ever(world, answer(SESSION, 401, ""));
    world_start(world);
    world_run(world, 3600000);
    at = world->seen_count;
    assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
    world_until_requests(world, at + 2);
    assert_in_range(world->seen[at + 1].time - world->seen[at].time, 2500, 5000);
    world_forget_replies(world);
    ends_well(world);
}

static void renewing_during_a_read_lets_it_finish(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);
        uint64_t begun = 0;
        size_t at = 0;

        world_run(world, 45000); /* in the second read without events */
        at = world->seen_count;
        begun = world->seen[at - 1].time;
        assert_int_equal(world_renew(world, ways[i].apart ? "other" : NULL), SYMFEED_OK);
        world_until_requests(world, at + 3);
        assert_string_equal(calls_from(world, at), "SKR");
        assert_true(world->seen[at].time - begun == 30000);
        assert_string_equal(world->seen[at + 2].feed, world->seen[at - 1].feed);
        world_push(world, 2);
        world_settle(world, 60000);
        expect_one_more_sign_in(world, 1);
    }
}

static void renewing_during_a_read_of_events_loses_none(void **state)
{
    (void)state;
    for (unsigned events = 1; events <= 4; events++) {
        struct world *world = signing(one_way);

        world_start(world);
        world_push(world, 4);
        while (world->event_steps < events) {
            world_step(world);
        }
        assert_int_equal(world_renew(world, "other"), SYMFEED_OK);
        world_settle(world, 1000);
        assert_string_equal(calls_from(world, 0), "SKLCRSKR");
        expect_one_more_sign_in(world, 1);
    }
}

/* What is under way speaks of the old credentials: it is left, and its answer goes nowhere. */
static void renewing_while_signing_in_begins_it_anew(void **state)
{
    static const enum call_kind calls[] = {SESSION, INFO, KEY};
    static const char *const orders[] = {"SSKLCRR", "SISILCRR", "SKSKLCRR"};

    (void)state;
    for (size_t i = 0; i < 3 * COUNT(ways); i++) {
        size_t call = i % 3;
        struct world *world = calls[call] == INFO ? simplified(ways[i / 3]) : signing(ways[i / 3]);
        struct reply reply = to(calls[call]);
        unsigned connections = 0;

        reply.delay = 1000;
        reply.gap = 10;
        reply.piece = 20;
        world_reply(world, reply);
        world->clock_offset = i % 2 == 0 ? 0 : UINT32_MAX - 600; /* it wraps on the way */
        world_start(world);
        world_push(world, 3);
        world_run(world, i < 6 ? 500 : 1070); /* before its answer, or in the middle of it */
        assert_int_equal(world_last(world)->call, calls[call]);
        connections = world->connections;
        assert_int_equal(world_renew(world, "other"), SYMFEED_OK);
        expect_deadline_now(world);
        assert_int_equal(symfeed_wants(world->feed), 0);
        world_settle(world, 0);
        assert_string_equal(calls_from(world, 0), orders[call]);
        assert_true(world->connections > connections);
        assert_int_equal(symfeed_counters(world->feed)->signins, 1);
        ends_well(world);
    }
}

/* Wherever signing in is, connecting and shaking hands among it. */
static void renewing_at_each_step_of_signing_in_is_heeded_at_once(void **state)
{
    (void)state;
    for (size_t number = 0; number < 2 * COUNT(ways); number++) {
        bool over = false;

        for (unsigned steps = 1; !over; steps++) {
            struct world *world = any_of(number, 90);
            size_t sessions = 0;

            (void)snprintf(what, sizeof what, "world %lu after %u steps", (unsigned long)number,
                           steps);
            world->choppy = true;
            world->connect_takes = 20;
            world->secure_takes = 30;
            world_start(world);
            world_push(world, 4);
            for (unsigned i = 0; i < steps; i++) {
                (void)world_step(world);
            }
            over = symfeed_counters(world->feed)->signins > 0;
            sessions = world_count(world, SESSION);
            assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
            if (!over) {
                expect_deadline_now(world);
                world_settle(world, 10000);
                assert_int_equal(world_count(world, SESSION), sessions + 1);
            }
            ends_well(world);
        }
    }
}

/* A 401 comes to a read that was under way with the old tokens: no reason to wait. */
static void renewing_and_then_a_401_signs_in_once(void **state)
{
    struct world *world = signed_in(one_way);
    size_t at = 0;

    (void)state;
    world_run(world, 100);
    at = world->seen_count;
    assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
    world_run(world, 31000);
    assert_string_equal(calls_from(world, at), "SKR");
    assert_int_equal(world->errors, 0);
    ends_well(world);
}

/* What was refused before says nothing of the new: their first 401 is met at once again. */
static void renewing_forgets_that_tokens_were_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);
        size_t at = 0;

        world->valid_from = UINT32_MAX;
        world_run(world, 3600000);
        while (world->status != SYMFEED_WAIT || symfeed_wants(world->feed) != 0) {
            world_step(world);
        }
        world_run(world, 1);
        at = world->seen_count;
        world->valid_from = world->token + 2;
        assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
        world_until_requests(world, at + 6);
        assert_string_equal(calls_from(world, at), "SKRSKR");
        assert_in_range(world->seen[at + 5].time - world->seen[at].time, 1, 3500);
        ends_well(world);
    }
}

#if SYMFEED_KEY_SIGN_IN

static void renewing_with_a_bad_user_changes_nothing(void **state)
{
    struct world *world = signed_in(one_way);
    char long_user[SYMFEED_USER_MAX + 2];

    (void)state;
    memset(long_user, 'u', sizeof long_user);
    long_user[sizeof long_user - 1] = '\0';
    assert_int_equal(world_renew(world, ""), SYMFEED_BAD_USER);
    assert_int_equal(world_renew(world, "a\r\nb"), SYMFEED_BAD_USER);
    assert_int_equal(world_renew(world, long_user), SYMFEED_BAD_USER);
    world_run(world, 100000);
    assert_int_equal(world_count(world, SESSION), 1);
    world->valid_from = 2;
    world_run(world, 100000);
    assert_int_equal(world_count(world, SESSION), 2);
    assert_string_equal(world->seen[0].user, "bot");
    ends_well(world);
}

#endif

static void renewing_a_stopped_feed_does_nothing(void **state)
{
    struct world *world = signed_in(one_way);
    uint32_t calls = 0;

    (void)state;
    world_stop(world, SYMFEED_STOP_NOW, 1000);
    calls = world->port_calls;
    assert_int_equal(symfeed_renew(world->feed, "other"), SYMFEED_OK);
    assert_int_equal(symfeed_renew(world->feed, NULL), SYMFEED_OK);
    assert_int_equal(world_next(world), SYMFEED_STOPPED);
    assert_int_equal(world->port_calls, calls);
    world_free(world);
}

static void renewing_again_and_again_is_no_storm(void **state)
{
    struct world *world = signed_in(one_way);

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(world_renew(world, i % 2 == 0 ? "one" : "two"), SYMFEED_OK);
        world_run(world, 7);
    }
    assert_true(world_count(world, SESSION) < 1010);
    ends_well(world);
}

/* --- connections -------------------------------------------------------------------------- */

static void on_one_host_the_connection_is_kept_unless_the_answer_ends_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signing(ways[i]);
        struct reply reply = to(SESSION);

        reply.fields = "Connection: close\r\n";
        reply.framing = BY_CLOSE;
        world_reply(world, reply);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        assert_int_equal(world->connections, ways[i].apart ? 3 : 2);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        ends_well(world);
    }
}

/* The certificate was shown in the handshake, and another one may be in its place by now. */
static void a_certificate_is_shown_anew_at_each_sign_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);
        unsigned more = ways[i].sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE ? 1 : 0;
        unsigned connections = world->connections;

        world_reply(world, answer(READ, 401, "{}"));
        world_push(world, 3);
        world_settle(world, 60000);
        assert_string_equal(calls_from(world, 0), "SKLCRRRSKRR");
        assert_int_equal(world->connections, connections + (ways[i].apart ? 3 : more));
        ends_well(world);
    }
}

static void renewing_while_no_call_is_made_begins_a_new_connection(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signed_in(ways[i]);
        unsigned connections = world->connections;

        world_reply(world, answer(READ, 503, "{}"));
        world_push(world, 3);
        while (symfeed_counters(world->feed)->retries == 0) {
            world_step(world);
        }
        assert_int_equal(world->connections, connections);
        assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
        world_settle(world, 1000);
        assert_int_equal(world->connections, connections + (ways[i].apart ? 3u : 1u));
        ends_well(world);
    }
}

/* Before the request or in its place there is the end of the connection, a forged answer or a 408:
 * nobody has heard it, so that the JWT is still good. */
static void a_kept_connection_that_dies_before_a_call_to_sign_in_is_replaced(void **state)
{
    static const char forged[] = "HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n"
                                 "{\"token\":\"KEYMANAGER..\"}";
    static const struct {
        enum call_kind last; /* on the connection */
        const char *order;
    } rows[] = {
        {SESSION, "SKLCRR"}, /* before the key manager */
        {KEY, "SKLCRR"},
        {INFO, "SILCRR"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * 6; i++) {
        struct way way = i / 3 % 2 == 0 ? ways[0] : ways[COUNT(ways) - 2];
        size_t row = i / 6;
        struct world *world = rows[row].last == INFO ? simplified(way) : signing(way);
        struct reply reply = to(rows[row].last);

        reply.after = i % 3 == 0 ? ENDS : i % 3 == 1 ? RESETS : KEEP;
        reply.unasked = i % 3 == 2 ? forged : NULL;
        world_reply(world, reply);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 0);
        assert_string_equal(calls_from(world, 0), rows[row].order);
        assert_int_equal(world->connections, 2);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        ends_well(world);
    }
}

static void a_408_to_a_call_to_sign_in_on_a_kept_connection_is_a_dead_connection(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct world *world = signing(ways[i]);

        if (!ways[i].apart) {
            world_reply(world, answer(KEY, 408, "<html>"));
            world_start(world);
            world_push(world, 3);
            world_settle(world, 0);
            assert_string_equal(calls_from(world, 0), "SKKLCRR");
            assert_int_equal(world->connections, 2);
            assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        } else {
            world_start(world);
        }
        ends_well(world);
    }
}

/* What asks for a token is not sent twice where it may have been heard: the next try has a fresh
 * JWT. */
static void a_kept_connection_that_dies_is_replaced_but_no_jwt_is_sent_twice(void **state)
{
    (void)state;
    for (int after = ENDS; after <= RESETS; after++) {
        struct world *world = signing(ways[0]);
        struct reply reply = to(KEY);

        reply.cut = true;
        reply.after = (enum after)after;
        world_reply(world, reply);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 3500);
        assert_string_equal(calls_from(world, 0), "SKKLCRR");
        assert_int_equal(world->connections, 2);
        assert_int_equal(symfeed_counters(world->feed)->retries, 1);
        assert_true(world->seen[2].time > world->seen[1].time);
        ends_well(world);
    }
}

/* --- everything that can go wrong --------------------------------------------------------- */

static void each_port_call_fails_in_turn(void **state)
{
    (void)state;
    each_port_call_fails(any_of, 2 * COUNT(ways), 300);
}

static void port_calls_fail_again_and_again(void **state)
{
    (void)state;
    for (uint32_t every = 7; every < 40; every += 2) {
        for (uint32_t at = 1; at < every; at += 3 * TEST_STRIDE) {
            struct world *world = any_of((every + at) % (2 * COUNT(ways)), 0);

            (void)snprintf(what, sizeof what, "port call %lu and each %lu after it",
                           (unsigned long)at, (unsigned long)every);
            world->fault_at = at;
            world->fault_every = every;
            world->fault = (enum fault)(at % 3);
            world_start(world);
            world_push(world, 10);
            world_run(world, 7200000);
            world->fault_at = 0;
            world->fault_every = 0;
            ends_well(world);
        }
    }
}

static void each_exchange_is_split_into_pieces_of_each_size(void **state)
{
    (void)state;
    each_exchange_is_split(any_of, 2 * COUNT(ways));
}

static void each_answer_is_cut_at_each_byte(void **state)
{
    static const enum call_kind calls[] = {SESSION, KEY, SESSION, INFO};

    (void)state;
    for (size_t number = 0; number < COUNT(calls); number++) {
        for (int way = 0; way < 9; way++) {
            for (size_t at = 0; at < 420; at += TEST_STRIDE) {
                struct world *world = any_of(number < 2 ? number : number + COUNT(ways), 0);
                struct reply reply = to(calls[number]);

                (void)snprintf(what, sizeof what, "answer %lu cut at %lu, way %d",
                               (unsigned long)number, (unsigned long)at, way);
                reply.cut = true;
                reply.cut_at = at;
                reply.after = (enum after)(way % 3);
                reply.framing = (enum framing)(way / 3);
                if (reply.framing == BY_CLOSE && reply.after == KEEP) {
                    reply.after = ENDS;
                }
                world_reply(world, reply);
                works(world);
            }
        }
    }
}

static void each_answer_comes_with_pauses_between_pieces_of_each_size(void **state)
{
    static const enum call_kind calls[] = {SESSION, KEY, INFO};

    (void)state;
    for (size_t number = 0; number < COUNT(calls); number++) {
        for (size_t at = 1; at < 420; at += TEST_STRIDE) {
            struct world *world = calls[number] == INFO ? simplified(ways[1]) : signing(ways[1]);
            struct reply reply = to(calls[number]);

            (void)snprintf(what, sizeof what, "answer %lu in pieces of %lu", (unsigned long)number,
                           (unsigned long)at);
            reply.gap = 100;
            reply.piece = at;
            reply.framing = at % 2 == 0 ? CHUNKED : BY_LENGTH;
            world_reply(world, reply);
            world_start(world);
            world_push(world, 3);
            world_settle(world, 100000);
            assert_int_equal(symfeed_counters(world->feed)->retries, 0);
            ends_well(world);
        }
    }
}

/* Whatever answers come to signing in, one after the other. */
#define LETTERS 9
#define DEPTH   3

static struct reply letter(unsigned number, enum call_kind call)
{
    static const unsigned statuses[LETTERS] = {0, 401, 403, 404, 429, 500, 200, 200, 0};
    struct reply reply = answer(call, statuses[number], number == 6 ? "{}" : "<html>");

    reply.cut = number == 8;
    reply.cut_at = 130;
    reply.after = number == 8 ? ENDS : KEEP;
    return reply;
}

static void each_sequence_of_answers_is_come_through(void **state)
{
    (void)state;
    for (unsigned sequence = 0; sequence < LETTERS * LETTERS * LETTERS; sequence += TEST_STRIDE) {
        for (size_t number = 0; number < 2 * COUNT(ways); number++) {
            struct world *world = any_of(number, 0);
            unsigned rest = sequence;

            (void)snprintf(what, sizeof what, "sequence %u of world %lu", sequence,
                           (unsigned long)number);
            for (int i = 0; i < DEPTH; i++) {
                world_reply(world, letter(rest % LETTERS, ANY));
                rest /= LETTERS;
            }
            world->seed = sequence;
            world_start(world);
            world_push(world, 6);
            world_settle(world, 200000);
            assert_true(world->seen_count < 40);
            ends_well(world);
        }
    }
}

static void long_days_of_mixed_weather(void **state)
{
    struct world *dice = world_new();

    (void)state;
    world_start(dice);
    for (unsigned day = 0; day < 200; day += TEST_STRIDE) {
        struct world *world = any_of(day % (2 * COUNT(ways)), 0);

        (void)snprintf(what, sizeof what, "day %u", day);
        world->seed = day + 1;
        world->choppy = day % 5 == 0;
        world->clock_offset = world_random(dice);
        world_start(world);
        for (int hour = 0; hour < 40; hour++) {
            struct reply reply = letter(world_random(dice) % LETTERS, ANY);

            reply.cut_at = world_random(dice) % 700;
            reply.after = (enum after)(world_random(dice) % 3);
            reply.delay = world_random(dice) % 3 == 0 ? world_random(dice) % 90000 : 0;
            reply.gap = world_random(dice) % 4 == 0 ? world_random(dice) % 40000 : 0;
            reply.piece = 1 + world_random(dice) % 500;
            world_reply(world, reply);
            world_push(world, world_random(dice) % 5);
            if (world_random(dice) % 5 == 0) {
                world->valid_from = world->token + 1;
            }
            if (world_random(dice) % 9 == 0) {
                world_kill_feeds(world);
            }
            if (world_random(dice) % 5 == 0) {
                (void)world_renew(world, world_random(dice) % 2 == 0 ? NULL : "other");
            }
            if (world_random(dice) % 9 == 0) {
                world->fault_at = world->port_calls + world_random(dice) % 50;
                world->fault = (enum fault)(world_random(dice) % 3);
            }
            world_run(world, world_random(dice) % 100000);
        }
        world->valid_from = 0;
        world->fault_at = 0;
        world_forget_replies(world);
        world_push(world, 2);
        world_settle(world, 3600000);
        world_stop(world, SYMFEED_STOP_NOW, 5000);
        world_free(world);
    }
    world_free(dice);
}

/* --- stopping ----------------------------------------------------------------------------- */

static void stopping_at_each_step_of_signing_in_leaves_no_secret(void **state)
{
    (void)state;
    each_step_may_be_the_last(any_of, 2 * COUNT(ways), 90);
}

/* What a pod sets as a cookie may be as good as a token. */
static void stopping_leaves_no_header_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < (SYMFEED_LEGACY ? 3 : 2); i++) {
        struct world *world = world_of(i == 2 ? SYMFEED_TASK_LEGACY : SYMFEED_TASK_FEED);
        struct reply reply = to(i == 1 ? KEY : SESSION);

        world_signs_in(world, SOME_SIGN_IN, true);
        world->secrets[0] = "THECOOKIE";
        reply.fields = "Set-Cookie: skey=0123456789012345678901234567890123456789THECOOKIE\r\n";
        world_reply(world, reply);
        world_start(world);
        world_push(world, 3);
        world_settle(world, 1000);
        world_stop(world, SYMFEED_STOP_NOW, 5000);
        assert_false(world_memory_has(world, "THECOOKIE"));
        world_free(world);
    }
}

static void stopping_while_signing_in_does_not_wait_for_it(void **state)
{
    static const enum call_kind calls[] = {SESSION, INFO, KEY};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct world *world = calls[i / 2] == INFO ? simplified(ways[1]) : signing(ways[1]);
        struct reply reply = to(calls[i / 2]);

        reply.delay = FOR_EVER - 1;
        reply.cut = i % 2 == 1;
        world_reply(world, reply);
        world_start(world);
        world_run(world, 5000);
        assert_int_equal(world_last(world)->call, calls[i / 2]);
        world_stop(world, SYMFEED_STOP_NOW, 0);
        world_free(world);
    }
}

/* An acknowledgement is due, its read is answered 401: it is signed in for, but not for long. */
static void stopping_with_an_acknowledgement_due_signs_in_within_the_stop_timer(void **state)
{
    (void)state;
    for (int slow = 0; slow < 2; slow++) {
        struct world *world = signing(ways[1]);
        struct reply reply = to(SESSION);

        world_start(world);
        world_push(world, 4);
        while (world->event_steps < 4) {
            world_step(world);
        }
        assert_int_equal(world_renew(world, NULL), SYMFEED_OK);
        reply.delay = slow == 1 ? 60000 : 1000;
        world_reply(world, reply);
        world_stop(world, SYMFEED_STOP_NOW, 5000);
        assert_int_equal(world_acknowledged(world), slow == 1 ? 0 : 4);
        world_free(world);
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renewing_asks_the_port_again_where_tokens_come_from_it),
#if SYMFEED_SIGN_IN
        cmocka_unit_test(session_then_key_manager_then_list_and_read),
        cmocka_unit_test(a_simplified_session_on_a_recent_agent_needs_no_key_manager),
        cmocka_unit_test(claims_that_do_not_say_so_need_the_key_manager),
        cmocka_unit_test(an_agent_that_is_old_or_does_not_say_needs_the_key_manager),
        cmocka_unit_test(the_length_of_an_answer_about_the_version_does_not_matter),
        cmocka_unit_test(an_http_agent_is_signed_in_to_without_tls),
#if SYMFEED_KEY_SIGN_IN
        cmocka_unit_test(users_and_keys_of_all_sizes_make_jwts),
#endif
        cmocka_unit_test(a_jwt_gives_way_to_its_token),
        cmocka_unit_test(tokens_that_are_no_longer_good_are_wiped_before_there_are_others),
#if SYMFEED_KEY_SIGN_IN
        cmocka_unit_test(a_clock_that_is_not_set_is_waited_for),
        cmocka_unit_test(a_clock_that_is_lost_between_the_calls_is_waited_for_too),
        cmocka_unit_test(a_signature_that_cannot_be_had_is_waited_for),
        cmocka_unit_test(a_signature_that_cannot_be_had_ends_the_connection),
#endif
#if SYMFEED_CERTIFICATE_SIGN_IN
        cmocka_unit_test(by_certificate_neither_clock_nor_signature_is_asked_for),
#endif
        cmocka_unit_test(tokens_that_just_fit_are_used_whole),
        cmocka_unit_test(a_token_too_long_names_the_setting_and_is_asked_for_slowly),
        cmocka_unit_test(an_answer_without_a_good_token_is_an_error),
        cmocka_unit_test(a_token_with_escapes_is_decoded),
        cmocka_unit_test(a_401_on_list_or_create_signs_in_anew),
        cmocka_unit_test(a_401_on_a_read_signs_in_anew_for_the_same_feed_and_ack_id),
        cmocka_unit_test(a_401_in_the_middle_of_a_batch_loses_and_doubles_nothing),
        cmocka_unit_test(a_401_on_a_delete_is_left_to_the_next_call),
        cmocka_unit_test(a_401_right_after_signing_in_is_retried_slowly_and_ever_more_slowly),
        cmocka_unit_test(tokens_that_run_out_every_hour_are_renewed_every_hour),
        cmocka_unit_test(a_401_to_signing_in_is_retried_slowly_from_the_session_on),
        cmocka_unit_test(each_answer_to_signing_in_has_its_pace_and_its_line),
#if SYMFEED_RETRY_AFTER
        cmocka_unit_test(retry_after_is_kept_to_at_each_call),
#endif
        cmocka_unit_test(renewing_in_a_wait_signs_in_at_once),
        cmocka_unit_test(renewing_with_what_is_no_better_waits_a_short_time_again),
        cmocka_unit_test(renewing_during_a_read_lets_it_finish),
        cmocka_unit_test(renewing_during_a_read_of_events_loses_none),
        cmocka_unit_test(renewing_while_signing_in_begins_it_anew),
        cmocka_unit_test(renewing_at_each_step_of_signing_in_is_heeded_at_once),
        cmocka_unit_test(renewing_and_then_a_401_signs_in_once),
        cmocka_unit_test(renewing_forgets_that_tokens_were_refused),
#if SYMFEED_KEY_SIGN_IN
        cmocka_unit_test(renewing_with_a_bad_user_changes_nothing),
#endif
        cmocka_unit_test(renewing_a_stopped_feed_does_nothing),
        cmocka_unit_test(renewing_again_and_again_is_no_storm),
        cmocka_unit_test(on_one_host_the_connection_is_kept_unless_the_answer_ends_it),
        cmocka_unit_test(a_certificate_is_shown_anew_at_each_sign_in),
        cmocka_unit_test(renewing_while_no_call_is_made_begins_a_new_connection),
        cmocka_unit_test(a_kept_connection_that_dies_before_a_call_to_sign_in_is_replaced),
        cmocka_unit_test(a_408_to_a_call_to_sign_in_on_a_kept_connection_is_a_dead_connection),
        cmocka_unit_test(a_kept_connection_that_dies_is_replaced_but_no_jwt_is_sent_twice),
        cmocka_unit_test(each_port_call_fails_in_turn),
        cmocka_unit_test(port_calls_fail_again_and_again),
        cmocka_unit_test(each_exchange_is_split_into_pieces_of_each_size),
        cmocka_unit_test(each_answer_is_cut_at_each_byte),
        cmocka_unit_test(each_answer_comes_with_pauses_between_pieces_of_each_size),
        cmocka_unit_test(each_sequence_of_answers_is_come_through),
        cmocka_unit_test(long_days_of_mixed_weather),
        cmocka_unit_test(stopping_at_each_step_of_signing_in_leaves_no_secret),
        cmocka_unit_test(stopping_leaves_no_header_line),
        cmocka_unit_test(stopping_while_signing_in_does_not_wait_for_it),
        cmocka_unit_test(stopping_with_an_acknowledgement_due_signs_in_within_the_stop_timer),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
