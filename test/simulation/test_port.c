/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_port.c - ports that are not as they should be: calls that may be left out, answers that no
 * call may give, tokens that no header can carry. None of that is more than a failure to wait out.
 */
#include "common.h"

/* Stops, and finds nothing of this text in the feed's memory. */
static void leaves_nothing_of(struct world *world, const char *secret)
{
    world_stop(world, SYMFEED_STOP_NOW, 5000);
    assert_false(world_memory_has(world, secret));
    world_free(world);
}

/* --- calls left out ----------------------------------------------------------------------- */

static void a_port_without_wall_clock_and_report_does_all_the_same(void **state)
{
    struct world *world = world_new();
    struct reply reply = to(READ);

    (void)state;
    world->port.wall_clock = NULL;
    world->port.report = NULL;
    world->credentials_fail = 2;
    world->connect_fails = 2;
    world->secure_fails = 2;
    reply.status = 503;
    reply.fields = "Retry-After: Tue, 04 Nov 2025 10:00:40 GMT\r\n";
    world_reply(world, reply);
    reply.status = 401;
    world_reply(world, reply);
    reply.status = 400;
    reply.body = "{\"code\":400,\"message\":\"\"}";
    reply.times = 3;
    world_reply(world, reply);
    world_start(world);
    world_push(world, 3);
    world_settle(world, 400000);
    assert_int_equal(symfeed_counters(world->feed)->feeds_created, 2);
    assert_int_equal(symfeed_counters(world->feed)->signins, 2);
    assert_null(world->log);
    ends_well(world);
}

static void without_a_cause_the_log_still_says_what_failed(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->cause = NULL;
    world->credentials_fail = 1;
    world->connect_fails = 1;
    world_start(world);
    world_run(world, 60000);
    expect_log(world, "list: no tokens, next try in ");
    expect_log(world, "list: the connection failed, next try in ");
    assert_false(world_logged(world, "as the test has ordered"));
    ends_well(world);
}

static void a_cause_of_any_length_fits_the_log_line(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->cause =
        "a reason that goes on and on, a reason that goes on and on, a reason that goes on and "
        "on, a reason that goes on and on, a reason that goes on and on, a reason that goes on";
    world->credentials_fail = 1;
    world->connect_fails = 1;
    world_start(world);
    world_run(world, 60000);
    expect_log(world, "list: a reason that goes on and on, a reason");
    ends_well(world);
}

/* --- answers that are none ---------------------------------------------------------------- */

/* The port below the one that misbehaves, in which call it does, how often, and what it says. */
static struct symfeed_port good;
static struct {
    const char *call;
    unsigned skip; /* calls before that */
    unsigned times;
    long says;
} odd;

static bool is_odd(const char *call)
{
    if (odd.times == 0 || strcmp(odd.call, call) != 0) {
        return false;
    }
    if (odd.skip > 0) {
        odd.skip--;
        return false;
    }
    odd.times -= odd.times == FOR_EVER ? 0u : 1u;
    return true;
}

static int odd_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    return is_odd("connect") ? (int)odd.says : good.connect(context, endpoint);
}

static int odd_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    return is_odd("secure") ? (int)odd.says : good.secure(context, endpoint);
}

/* What it says is added to the size it was given. */
static int odd_send(void *context, const void *data, size_t size)
{
    return is_odd("send") ? (int)(odd.says == 0 || odd.says < -3 ? odd.says : (long)size + odd.says)
                          : good.send(context, data, size);
}

static int odd_recv(void *context, void *data, size_t size)
{
    return is_odd("recv") ? (int)(odd.says < -3 ? odd.says : (long)size + odd.says)
                          : good.recv(context, data, size);
}

static struct world *with_odd_port(const char *call, unsigned skip, unsigned times, long says)
{
    struct world *world = world_new();

    good = world->port;
    odd.call = call;
    odd.skip = skip;
    odd.times = times;
    odd.says = says;
    world->port.connect = odd_connect;
    world->port.secure = odd_secure;
    world->port.send = odd_send;
    world->port.recv = odd_recv;
    world_start(world);
    world_push(world, 3);
    return world;
}

/* One more than was given, as many as there are, and a number that would wrap 16 bits. */
static const long too_many[] = {1, 65536, 1000000000};

static void a_send_that_takes_nothing_or_more_than_it_was_given_is_a_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i <= COUNT(too_many); i++) {
        struct world *world = with_odd_port("send", 0, 1, i == 0 ? 0 : too_many[i - 1]);

        world_settle(world, 3500);
        expect_log(world, "list: the port's send() or recv() misbehaved, next try in ");
        assert_int_equal(world->connections, 2);
        ends_well(world);
    }
}

static void a_recv_that_gives_more_than_there_is_room_is_a_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(too_many); i++) {
        struct world *world = with_odd_port("recv", 0, 1, too_many[i]);

        world_settle(world, 3500);
        expect_log(world, "list: the port's send() or recv() misbehaved, next try in ");
        assert_int_equal(world->connections, 2);
        ends_well(world);
    }
}

static void any_other_negative_answer_is_a_failure(void **state)
{
    static const char *const calls[] = {"connect", "secure", "send", "recv"};
    static const long answers[] = {-5, -1000, INT32_MIN};

    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        for (size_t k = 0; k < COUNT(answers); k++) {
            struct world *world = with_odd_port(calls[i], 0, 1, answers[k]);

            world_settle(world, 3500);
            expect_log(world, "list: as the test has ordered, next try in ");
            assert_int_equal(symfeed_counters(world->feed)->retries, 1);
            ends_well(world);
        }
    }
}

/* Wherever it happens, and even if it happens always: it waits, and nothing is lost. */
static void a_port_that_misbehaves_anywhere_is_waited_out(void **state)
{
    static const char *const calls[] = {"send", "recv"};

    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        for (unsigned skip = 0; skip < 40; skip++) {
            struct world *world = with_odd_port(calls[i], skip, 1 + skip % 3, 1);

            world_settle(world, 3500 + 7000 + 14000);
            ends_well(world);
        }
    }
}

static void a_port_that_always_misbehaves_is_tried_at_the_longest_wait(void **state)
{
    static const char *const calls[] = {"send", "recv"};

    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        struct world *world = with_odd_port(calls[i], 0, FOR_EVER, 1);

        world_run(world, 86400000);
        assert_in_range(world->connections, 2880, 5770);
        odd.times = 0;
        ends_well(world);
    }
}

/* --- tokens ------------------------------------------------------------------------------- */

/* What is handed out in place of the session token or the key manager token; NULL: a buffer without
 * an end. */
static const char *bad_token;
static bool is_key_manager;
static unsigned bad_times;

static int bad_credentials(void *context, struct symfeed_credentials *credentials)
{
    char *out = is_key_manager ? credentials->key_manager_token : credentials->session_token;
    size_t size =
        is_key_manager ? credentials->key_manager_token_size : credentials->session_token_size;
    int answer = good.credentials(context, credentials);

    if (bad_times > 0 && answer == 0) {
        bad_times--;
        memset(out, 'x', size);
        if (bad_token != NULL) {
            memcpy(out, bad_token, strlen(bad_token) + 1);
        }
    }
    return answer;
}

static struct world *with_bad_token(const char *token, bool key_manager, unsigned times)
{
    struct world *world = world_new();

    good = world->port;
    bad_token = token;
    is_key_manager = key_manager;
    bad_times = times;
    world->port.credentials = bad_credentials;
    world_start(world);
    return world;
}

static const char *const bad_tokens[] = {
    NULL,        "TOKEN TOKEN", "TOKEN\r\nX-Injected: yes",
    "TOKEN\n",   "\tTOKEN",     "TOKEN\x7f",
    "TOKEN\x01", "TOKEN\x80",   "T\xc3\xa9N",
    " ",
};

/* Not a byte of it goes to the network; the tokens are asked for again, slowly. */
static void tokens_that_no_header_can_carry_are_not_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(bad_tokens); i++) {
        struct world *world = with_bad_token(bad_tokens[i / 2], i % 2 == 1, 3);

        world_run(world, 2500 + 5000 + 10000 - 1);
        assert_int_equal(world->connections, 0);
        assert_in_range(3 - bad_times, 2, 3);
        expect_errors(world, 3 - bad_times, 3 - bad_times);
        expect_log(world, "list: a token is empty, too long or not printable ASCII, next try in ");
        assert_int_equal(symfeed_counters(world->feed)->signins, 0);
        world_push(world, 3);
        world_settle(world, 40000);
        assert_int_equal(symfeed_counters(world->feed)->signins, 1);
        assert_int_equal(symfeed_counters(world->feed)->retries, 3);
        ends_well(world);
    }
}

static void an_empty_session_token_is_none(void **state)
{
    struct world *world = with_bad_token("", false, 1);

    (void)state;
    world_run(world, 2400);
    assert_int_equal(world->connections, 0);
    expect_log(world, "a token is empty");
    ends_well(world);
}

static void without_a_key_manager_token_its_header_is_left_out(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->no_key_manager = true;
    world_start(world);
    ends_well(world); /* memory_agent.c looks at each request */
}

static void tokens_that_just_fit_are_sent_whole(void **state)
{
    struct world *world = world_new();

    (void)state;
    world->full_tokens = true;
    world->valid_from = 2; /* and fresh ones of that size, too */
    world_start(world);
    world_push(world, 3);
    world_settle(world, 3500);
    assert_int_equal(world->token, 2);
    assert_int_equal(symfeed_counters(world->feed)->retries, 1);
    leaves_nothing_of(world, "xxxxxxxx");
}

static void tokens_that_cannot_be_used_are_wiped_with_the_rest(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct world *world = with_bad_token(i < 2 ? NULL : "TOKEN\x01", i % 2 == 1, 1);

        world_run(world, 100);
        assert_true(world_memory_has(world, i < 2 ? "xxxxxxxx" : "TOKEN"));
        leaves_nothing_of(world, i < 2 ? "xxxxxxxx" : "TOKEN");
    }
}

static int positive_credentials(void *context, struct symfeed_credentials *credentials)
{
    (void)context;
    (void)credentials;
    return 1;
}

/* It is no cause, since causes are negative. */
static void a_positive_answer_to_credentials_is_a_failure(void **state)
{
    struct world *world = world_new();

    (void)state;
    good = world->port;
    world->cause = NULL;
    world->port.credentials = positive_credentials;
    world_start(world);
    world_run(world, 20000);
    assert_int_equal(world->connections, 0);
    expect_log(world, "list: no tokens, next try in ");
    world->port.credentials = good.credentials;
    world_push(world, 3);
    world_settle(world, 60000);
    ends_well(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_without_wall_clock_and_report_does_all_the_same),
        cmocka_unit_test(without_a_cause_the_log_still_says_what_failed),
        cmocka_unit_test(a_cause_of_any_length_fits_the_log_line),
        cmocka_unit_test(a_send_that_takes_nothing_or_more_than_it_was_given_is_a_failure),
        cmocka_unit_test(a_recv_that_gives_more_than_there_is_room_is_a_failure),
        cmocka_unit_test(any_other_negative_answer_is_a_failure),
        cmocka_unit_test(a_port_that_misbehaves_anywhere_is_waited_out),
        cmocka_unit_test(a_port_that_always_misbehaves_is_tried_at_the_longest_wait),
        cmocka_unit_test(tokens_that_no_header_can_carry_are_not_sent),
        cmocka_unit_test(an_empty_session_token_is_none),
        cmocka_unit_test(without_a_key_manager_token_its_header_is_left_out),
        cmocka_unit_test(tokens_that_just_fit_are_sent_whole),
        cmocka_unit_test(tokens_that_cannot_be_used_are_wiped_with_the_rest),
        cmocka_unit_test(a_positive_answer_to_credentials_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
