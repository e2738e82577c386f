/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_proxy.c - hosts reached through an HTTP proxy: what it is asked, which hosts are spared,
 * each of its answers, its silence and its death; and that its password stays where it belongs.
 * memory_agent.c looks at each CONNECT word for word, and at whom TLS is spoken with.
 */
#include "common.h"

#define OPENED "HTTP/1.1 200 Connection established\r\n\r\n"

static struct world *proxied(void)
{
    struct world *world = world_new();

    world->config.proxy = "http://proxy.test:3128";
    return world;
}

static void starts(struct world *world)
{
    world_start(world);
    world_push(world, 3);
}

static void a_proxy_that_is_empty_is_none(void **state)
{
    struct world *world = proxied();

    (void)state;
    world->config.proxy = "";
    starts(world);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "LCRR");
    ends_well(world);
}

#if SYMFEED_PROXY

/* Three hosts, signed in to by key. */
static struct world *proxied_apart(void)
{
    struct world *world = proxied();

    world_signs_in(world, SOME_SIGN_IN, true);
    return world;
}

/* With a user name and a password, both of which have to be encoded. */
static struct world *with_password(struct world *world)
{
    world->config.proxy = "http://us%40er:PASS%57ORD%2f@proxy.test:3128/";
    world->proxy_user = "dXNAZXI6UEFTU1dPUkQv"; /* us@er:PASSWORD/ */
    world->secrets[0] = "PASSWORD";
    world->secrets[1] = "PASS%57ORD";
    world->secrets[2] = "dXNAZXI6UEFTU1dPUkQv";
    world->secrets[3] = "us@er";
    return world;
}

static struct reply said(const char *raw, enum after after)
{
    struct reply reply = to(TUNNEL);

    reply.raw = raw;
    reply.after = after;
    return reply;
}

/* --- which way ---------------------------------------------------------------------------- */

static void a_tunnel_is_asked_for_once_and_kept(void **state)
{
    struct world *world = proxied();

    (void)state;
    starts(world);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "TLCRR");
    assert_string_equal(world->seen[0].target, "agent.test:8443");
    assert_true(world->seen[1].tunnelled);
    assert_int_equal(world->connections, 1);
    assert_int_equal(symfeed_counters(world->feed)->connects, 1);
    assert_int_equal(symfeed_counters(world->feed)->retries, 0);
    world_run(world, 1000000);
    assert_int_equal(world_count(world, TUNNEL), 1);
    ends_well(world);
}

#if SYMFEED_SIGN_IN

static void each_host_has_a_tunnel_of_its_own(void **state)
{
    struct world *world = proxied_apart();

    (void)state;
    starts(world);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "TSTKTLCRR");
    assert_string_equal(world->seen[0].target, "pod.test:443");
    assert_string_equal(world->seen[2].target, "km.test:8444");
    assert_string_equal(world->seen[4].target, "agent.test:8443");
    assert_int_equal(world->connections, 3);
    ends_well(world);
}

static void one_host_to_sign_in_and_to_read_shares_a_tunnel(void **state)
{
    struct world *world = proxied();

    (void)state;
    world_signs_in(world, SOME_SIGN_IN, false);
    starts(world);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "TSKLCRR");
    ends_well(world);
}

static void hosts_on_the_list_are_reached_directly(void **state)
{
    static const struct {
        const char *no_proxy;
        const char *order;
    } rows[] = {
        {"pod.test", "STKTLCRR"},        {".test", "SKLCRR"},        {"*", "SKLCRR"},
        {"km.test:8444", "TSKTLCRR"},    {"km.test", "TSKTLCRR"},    {"km.test:443", "TSTKTLCRR"},
        {"other, pod.test", "STKTLCRR"}, {"agent.test", "TSTKLCRR"}, {"", "TSTKTLCRR"},
        {"nt.test,d.test", "TSTKTLCRR"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *world = proxied_apart();

        world->config.no_proxy = rows[i].no_proxy;
        starts(world);
        world_settle(world, 1000);
        assert_string_equal(calls_from(world, 0), rows[i].order);
        assert_int_equal(world->connections, 3);
        ends_well(world);
    }
}

#endif

static void an_http_agent_is_reached_directly(void **state)
{
    struct world *world = proxied();

    (void)state;
    world->config.agent = "http://agent.test:8443";
    world->config.insecure_http = true;
    starts(world);
    world_settle(world, 1000);
    assert_string_equal(calls_from(world, 0), "LCRR");
    ends_well(world);
}

/* --- the password ------------------------------------------------------------------------- */

static void the_password_goes_to_the_proxy_and_nowhere_else(void **state)
{
    (void)state;
    for (int apart = 0; apart < (SYMFEED_SIGN_IN ? 2 : 1); apart++) {
        struct world *world = with_password(apart == 1 ? proxied_apart() : proxied());

        starts(world);
        while (world_count(world, TUNNEL) == 0) {
            world_step(world);
        }
        for (size_t i = 0; i < 4; i++) {
            /* as soon as the network has it the feed has it no more */
            assert_false(world_memory_has(world, world->secrets[i]));
        }
        world_settle(world, 1000);
        world_stop(world, SYMFEED_STOP_NOW, 1000);
        world_free(world);
    }
}

static void a_password_that_could_not_be_sent_is_wiped(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 160; piece += 3) {
        struct world *world = with_password(proxied());

        world->send_piece = piece;
        world->choppy = true;
        world->secrets[3] = NULL;
        starts(world);
        for (int i = 0; i < 4; i++) {
            world_step(world);
        }
        if (world_count(world, TUNNEL) == 0) {
            assert_true(world_memory_has(world, world->secrets[2]));
        }
        world->fault_at = world->port_calls + 1;
        world_step(world);
        assert_false(world_memory_has(world, world->secrets[2]));
        world_settle(world, 10000);
        world_stop(world, SYMFEED_STOP_NOW, 1000);
        world_free(world);
    }
}

/* --- answers ------------------------------------------------------------------------------ */

static void each_refusal_has_its_pace_and_its_line(void **state)
{
    static const struct {
        unsigned status;
        const char *fields;
        uint64_t low, high;
        const char *logged;
    } rows[] = {
        {407, NULL, 2500, 5000,
         "list: 407 from the proxy: check its user name and password, next try in "},
        {407, "Proxy-Authenticate: Basic realm=\"x\"\r\n", 2500, 5000, "list: 407 from the proxy"},
        {401, NULL, 2500, 5000,
         "list: 401 from the proxy: check its user name and password, next try in "},
        {403, NULL, 2500, 5000, "list: 403 from the proxy: it refuses this host, next try in "},
        {404, NULL, 2500, 5000, "list: 404 from the proxy, next try in "},
        {400, NULL, 2500, 5000, "list: 400 from the proxy, next try in "},
        {302, "Location: http://login/\r\n", 2500, 5000, "list: 302 from the proxy, next try in "},
        {399, NULL, 2500, 5000, "list: 399 from the proxy, next try in "},
        {408, NULL, 0, 3500, "list: 408 from the proxy, next try in "},
#if SYMFEED_RETRY_AFTER
        {429, "Retry-After: 9\r\n", 9000, 12500, "list: 429 from the proxy, next try in "},
#endif
        {500, NULL, 0, 3500, "list: 500 from the proxy, next try in "},
        {502, NULL, 0, 3500, "list: 502 from the proxy, next try in "},
        {503, NULL, 0, 3500, "list: 503 from the proxy, next try in "},
#if SYMFEED_RETRY_AFTER
        {503, "Retry-After: 77\r\n", 77000, 80500, "list: 503 from the proxy, next try in "},
        /* anybody on the path could say that */
        {503, "Retry-After: 86400\r\n", 300000, 303500, "list: 503 from the proxy, next try in 30"},
#endif
        {504, NULL, 0, 3500, "list: 504 from the proxy, next try in "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * 3; i++) {
        struct world *world = with_password(proxied());
        struct reply reply = to(TUNNEL);
        size_t row = i / 3;

        (void)snprintf(what, sizeof what, "status %u", rows[row].status);
        reply.status = rows[row].status;
        reply.fields = rows[row].fields;
        reply.body = "<html>PASSWORD</html>";
        reply.framing = (enum framing)(i % 3);
        world->longest_wait = 303500;
        world_reply(world, reply);
        starts(world);
        world_settle(world, 310000);
        assert_string_equal(calls_from(world, 0), "TTLCRR");
        assert_in_range(world->seen[1].time - world->seen[0].time, rows[row].low, rows[row].high);
        expect_log(world, rows[row].logged);
        assert_int_equal(world->connections, 2);
        assert_int_equal(symfeed_counters(world->feed)->retries, 1);
        assert_int_equal(symfeed_counters(world->feed)->signins,
                         1); /* a 401 of its own, not ours */
        ends_well(world);
    }
}

static void a_proxy_that_always_refuses_is_asked_ever_more_slowly(void **state)
{
    static const unsigned statuses[] = {407, 403, 502};

    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct world *world = proxied();
        struct reply reply = to(TUNNEL);

        reply.status = statuses[i];
        reply.times = FOR_EVER;
        world_reply(world, reply);
        starts(world);
        world_run(world, 86400000);
        assert_in_range(world_count(world, TUNNEL), i < 2 ? 288 : 2880, i < 2 ? 620 : 5780);
        assert_int_equal(world_count(world, LIST), 0);
        world_forget_replies(world);
        ends_well(world);
    }
}

/* The tunnel is gone before each call but the first, and the new one is refused. */
static void a_refusal_before_any_call_is_waited_out(void **state)
{
    static const struct {
        enum call_kind before;
        const char *order;
    } rows[] = {
        {LIST, "TLTTLCR"},         /* the create: listed again, since it may have been made */
        {CREATE, "TLCTTR"},        /* the read */
        {DELETE, "TLCRLRRDTTLCR"}, /* the list behind a delete */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *world = proxied();
        struct reply reply = to(rows[i].before);

        reply.fields = "Connection: close\r\n";
        world_reply(world, reply);
        reply = to(TUNNEL);
        world_reply(world, reply);
        reply.status = 502;
        world_reply(world, reply);
        if (rows[i].before == DELETE) {
            reply = to(READ);
            reply.status = 400;
            reply.body = "{\"code\":400,\"message\":\"\"}";
            reply.times = 3;
            world_reply(world, reply);
        }
        starts(world);
        world_until_requests(world, strlen(rows[i].order));
        assert_string_equal(calls_from(world, 0), rows[i].order);
        world_settle(world, 60000);
        ends_well(world);
    }
}

/* The delete is only to be tidy: where the proxy does not let it through it goes on. */
static void a_refusal_before_a_delete_leaves_it(void **state)
{
    struct world *world = proxied();
    struct reply reply = to(READ);

    (void)state;
    reply.status = 404;
    reply.body = "{\"code\":400,\"message\":\"\"}";
    reply.times = 2;
    world_reply(world, reply);
    reply.times = 1;
    reply.fields = "Connection: close\r\n";
    world_reply(world, reply);
    reply = to(TUNNEL);
    world_reply(world, reply);
    reply.status = 503;
    world_reply(world, reply);
    starts(world);
    world_settle(world, 60000);
    assert_int_equal(world_count(world, DELETE), 0);
    assert_memory_equal(calls_from(world, 0), "TLCRLRRTTL", 10);
    expect_log(world, "delete: 503 from the proxy");
    ends_well(world);
}

/* RFC 9110, 9.3.6: in an answer to CONNECT no field tells of a body. */
static void any_success_opens_the_tunnel(void **state)
{
    static const char *const answers[] = {
        OPENED,
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 \r\n\r\n",
        "HTTP/1.1 201 Created\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 299 x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nProxy-Agent: x\r\n\r\n",
        "HTTP/1.0 200 OK\r\nProxy-Connection: keep-alive\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        for (size_t piece = 0; piece < 200; piece++) {
            struct world *world = proxied();
            struct reply reply = said(answers[i], KEEP);

            (void)snprintf(what, sizeof what, "answer %lu, pieces of %lu", (unsigned long)i,
                           (unsigned long)piece);
            reply.piece = piece;
            reply.gap = piece == 0 ? 0 : 10;
            world_reply(world, reply);
            starts(world);
            world_settle(world, 5000);
            assert_string_equal(calls_from(world, 0), "TLCRR");
            assert_int_equal(symfeed_counters(world->feed)->retries, 0);
            world_free(world);
        }
    }
}

/* Who is behind the proxy has nothing to say before it is spoken to. */
static void bytes_behind_the_answer_are_refused(void **state)
{
    static const char *const answers[] = {
        OPENED "x",
        OPENED "\r\n",
        OPENED OPENED,
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03\x03",
        "HTTP/1.1 204 No Content\r\n\r\n\x15",
        "HTTP/1.0 200 OK\r\n\r\nhello",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct world *world = proxied();

        (void)snprintf(what, sizeof what, "answer %lu", (unsigned long)i);
        world_reply(world, said(answers[i], KEEP));
        starts(world);
        world_settle(world, 5500);
        assert_string_equal(calls_from(world, 0), "TTLCRR");
        expect_log(world, "list: proxy: bytes behind the answer, next try in ");
        ends_well(world);
    }
}

static void what_is_no_proper_answer_is_refused(void **state)
{
    static const char *const answers[] = {
        "x",
        "\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\x16\x03\x03\x01\x02\x03\x04\x05\x06\x07",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 407 No\r\nContent-Length: x\r\n\r\n",
        "<html>no</html>\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct world *world = proxied();

        (void)snprintf(what, sizeof what, "answer %lu", (unsigned long)i);
        world->config.timers.tls_handshake = 1000;
        world_reply(world, said(answers[i], KEEP));
        starts(world);
        world_settle(world, 5500);
        assert_string_equal(calls_from(world, 0), "TTLCRR");
        /* where no line ends there is none to judge */
        expect_log(world, strchr(answers[i], '\n') == NULL
                              ? "list: proxy: timed out waiting for an answer, next try in "
                              : "list: proxy: the answer is not proper HTTP/1.1, next try in ");
        ends_well(world);
    }
}

static void a_proxy_that_hangs_up_anywhere_in_its_answer_is_asked_again(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof OPENED - 1; at++) {
        for (int after = ENDS; after <= RESETS; after++) {
            struct world *world = proxied();
            struct reply reply = said(OPENED, (enum after)after);

            (void)snprintf(what, sizeof what, "cut at %lu", (unsigned long)at);
            reply.cut = true;
            reply.cut_at = at;
            world_reply(world, reply);
            starts(world);
            world_settle(world, 5000);
            assert_string_equal(calls_from(world, 0), "TTLCRR");
            expect_log(world, after == ENDS
                                  ? "list: proxy: connection ended without an answer, next try in "
                                  : "list: proxy: as the test has ordered, next try in ");
            world_free(world);
        }
    }
}

/* Of a refusal the head is enough. */
static void a_refusal_whose_body_is_cut_or_broken_counts(void **state)
{
    static const char *const refusals[] = {
        "HTTP/1.1 407 No\r\nContent-Length: 100\r\n\r\n<html>",
        "HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n<html>\r\n",
        "HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\nno chunk size\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(refusals) * 3; i++) {
        struct world *world = proxied();

        world_reply(world, said(refusals[i / 3], (enum after)(i % 3)));
        starts(world);
        world_settle(world, 10000);
        expect_log(world,
                   i < 6 ? "list: 407 from the proxy: check" : "list: 401 from the proxy: check");
        assert_in_range(world->seen[1].time, 2500, 5000);
        assert_int_equal(symfeed_counters(world->feed)->signins, 1);
        ends_well(world);
    }
}

/* --- time --------------------------------------------------------------------------------- */

static void silence_is_timed_out(void **state)
{
    static const char *const logged[] = {
        "list: proxy: timed out connecting, next try in ",
        "list: proxy: timed out sending, next try in ",
        "list: proxy: timed out waiting for an answer, next try in ",
        "list: proxy: timed out waiting for an answer, next try in ",
        "list: timed out in the TLS handshake, next try in ",
    };
    static const uint64_t ends[] = {1000, 2000, 3000, 3000, 3000};

    (void)state;
    for (size_t way = 0; way < COUNT(logged); way++) {
        struct world *world = proxied();
        struct reply reply = said(OPENED, KEEP);

        world->config.timers.connect = 1000;
        world->config.timers.send = 2000;
        world->config.timers.tls_handshake = 3000;
        world->connect_takes = way == 0 ? FOR_EVER : 0;
        world->send_takes = way == 1 ? FOR_EVER : 0;
        world->secure_takes = way == 4 ? FOR_EVER : 0;
        reply.cut = way == 2;           /* nothing at all */
        reply.gap = way == 3 ? 500 : 0; /* or a byte now and then */
        if (way == 2 || way == 3) {
            world_reply(world, reply);
        }
        starts(world);
        world_run(world, ends[way] - 1);
        assert_int_equal(world->connections, 1);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        world_run(world, 2);
        assert_int_equal(symfeed_counters(world->feed)->retries, 1);
        expect_log(world, logged[way]);
        world->connect_takes = 0;
        world->send_takes = 0;
        world->secure_takes = 0;
        ends_well(world);
    }
}

static void a_proxy_that_refuses_the_connection_is_named(void **state)
{
    (void)state;
    for (unsigned times = 1; times < 4; times++) {
        struct world *world = proxied();

        world->connect_fails = times;
        starts(world);
        world_settle(world, 3500 + 7000 + 14000);
        expect_log(world, "list: proxy: as the test has ordered, next try in ");
        assert_int_equal(symfeed_counters(world->feed)->retries, times);
        ends_well(world);
    }
}

/* An endless head keeps nobody busy for ever. */
static void make_fields(uint64_t at, char *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = "X: y\r\n"[(at + i) % 6];
    }
}

static void a_head_without_an_end_is_timed_out(void **state)
{
    struct world *world = proxied();
    struct reply reply = said("HTTP/1.1 200 OK\r\n", KEEP);

    (void)state;
    reply.maker = make_fields;
    reply.maker_size = (uint64_t)1 << 40;
    reply.gap = TEST_STRIDE;
    reply.piece = 1000;
    world_reply(world, reply);
    starts(world);
    world_settle(world, 40000);
    /* of its 64 KB that count each begins the time anew */
    assert_in_range(world->seen[1].time, 30000, 33500 + 64 * 2 * TEST_STRIDE);
    expect_log(world, "list: proxy: timed out waiting for an answer");
    ends_well(world);
}

/* --- death -------------------------------------------------------------------------------- */

static void a_proxy_that_dies_behind_its_answer_is_asked_again(void **state)
{
    (void)state;
    for (int after = ENDS; after <= RESETS; after++) {
        struct world *world = proxied();

        world_reply(world, said(OPENED, (enum after)after));
        starts(world);
        world_settle(world, 5500);
        assert_string_equal(calls_from(world, 0), "TTLCRR");
        ends_well(world);
    }
}

static void a_kept_tunnel_that_dies_is_replaced_once_at_once(void **state)
{
    static const enum call_kind calls[] = {CREATE, READ};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct world *world = proxied();
        struct reply reply = to(calls[i / 2]);

        reply.after = i % 2 == 0 ? ENDS : RESETS;
        world_reply(world, reply);
        starts(world);
        world_settle(world, 1000);
        assert_string_equal(calls_from(world, 0), i < 2 ? "TLCTRR" : "TLCRTR");
        assert_true(world_last(world)->time == 0);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0); /* nothing was sent */
        ends_well(world);
    }
}

/* An answer that comes through the tunnel before the request, or a 408 in its place. */
static void bytes_that_nobody_asked_for_end_a_kept_tunnel(void **state)
{
    static const char forged[] = "HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n"
                                 "{\"events\":[{\"id\":\"forged\"}],\"ackId\":\"forged\"}";
    static const enum call_kind calls[] = {LIST, CREATE, READ};
    static const char *const orders[2][3] = {{"TLTCRR", "TLCTRR", "TLCRTR"},
                                             {"TLTCRR", "TLCTCRR", "TLCRTRR"}};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct world *world = NULL;
        struct reply reply = to(calls[i % 3]);

        if (i == 3) {
            continue; /* a 408 on a fresh connection is an answer */
        }
        if (i < 3) {
            reply.unasked = forged;
        } else {
            reply.status = 408;
        }
        world = proxied();
        world->any_ack = true;
        world_reply(world, reply);
        starts(world);
        world_settle(world, 1000);
        assert_string_equal(calls_from(world, 0), orders[i / 3][i % 3]);
        assert_true(world_last(world)->time == 0);
        assert_int_equal(world->strangers, 0);
        assert_int_equal(world->warnings, 0);
        assert_int_equal(symfeed_counters(world->feed)->retries, 0);
        ends_well(world);
    }
}

#if SYMFEED_RETRY_AFTER

/* And where the new tunnel is refused, that is what counts: it is not replaced again. */
static void a_kept_tunnel_that_dies_and_is_refused_is_waited_for(void **state)
{
    struct world *world = proxied();
    struct reply reply = to(CREATE);

    (void)state;
    reply.after = ENDS;
    world_reply(world, reply);
    reply = to(TUNNEL);
    world_reply(world, reply);
    reply.status = 503;
    reply.fields = "Retry-After: 5\r\n";
    world_reply(world, reply);
    world_reply(world, said("", ENDS));
    starts(world);
    world_settle(world, 20000);
    assert_string_equal(calls_from(world, 0), "TLCTTTRR");
    assert_in_range(world->seen[4].time, 5000, 8500);
    assert_in_range(world->seen[5].time - world->seen[4].time, 3500, 7000);
    expect_log(world, "read: 503 from the proxy, next try in ");
    expect_log(world, "read: proxy: connection ended without an answer, next try in ");
    ends_well(world);
}

#endif

/* --- everything that can go wrong --------------------------------------------------------- */

/* On one host and, where the feed can sign in by itself, on three. */
#define KINDS (SYMFEED_SIGN_IN ? 2 : 1)

static struct world *any_of(size_t number, uint32_t pieces)
{
    struct world *world = with_password(number % KINDS == 0 ? proxied() : proxied_apart());

    world->send_piece = pieces;
    world->recv_piece = pieces;
    return world;
}

static void each_port_call_fails_in_turn(void **state)
{
    (void)state;
    each_port_call_fails(any_of, KINDS, 100);
}

static void each_exchange_is_split_into_pieces_of_each_size(void **state)
{
    (void)state;
    each_exchange_is_split(any_of, 2 * KINDS);
}

static void long_days_of_mixed_weather(void **state)
{
    static const char *const answers[] = {
        NULL,
        OPENED,
        "HTTP/1.1 407 No\r\n\r\n",
        "HTTP/1.1 502 No\r\nContent-Length: 2\r\n\r\nno",
        "garbage\r\n",
        OPENED "more",
        "HTTP/1.1 503 No\r\nRetry-After: 30\r\n\r\n",
        "",
    };
    struct world *dice = world_new();

    (void)state;
    world_start(dice);
    for (unsigned day = 0; day < 200; day += TEST_STRIDE) {
        struct world *world = any_of(day, 0);

        (void)snprintf(what, sizeof what, "day %u", day);
        world->seed = day + 1;
        world->choppy = day % 5 == 0;
        world->clock_offset = world_random(dice);
        world->longest_wait = 3600000;
        world_start(world);
        for (int hour = 0; hour < 40; hour++) {
            struct reply reply = said(answers[world_random(dice) % COUNT(answers)],
                                      (enum after)(world_random(dice) % 3));

            reply.cut = world_random(dice) % 4 == 0;
            reply.cut_at = world_random(dice) % 60;
            reply.delay = world_random(dice) % 3 == 0 ? world_random(dice) % 60000 : 0;
            world_reply(world, reply);
            world_push(world, world_random(dice) % 5);
            reply = to(ANY);
            reply.after = (enum after)(world_random(dice) % 3);
            world_reply(world, reply);
            if (world_random(dice) % 9 == 0) {
                world->connect_fails = world_random(dice) % 4;
                world->secure_fails = world_random(dice) % 4;
            }
            if (world_random(dice) % 9 == 0) {
                world->fault_at = world->port_calls + world_random(dice) % 50;
                world->fault = (enum fault)(world_random(dice) % 3);
            }
            world_run(world, world_random(dice) % 100000);
        }
        world->fault_at = 0;
        world_forget_replies(world);
        world_push(world, 2);
        world_settle(world, 3600000);
        world_stop(world, SYMFEED_STOP_NOW, 5000);
        world_free(world);
    }
    world_free(dice);
}

static void stopping_at_each_step_leaves_no_password(void **state)
{
    (void)state;
    each_step_may_be_the_last(any_of, KINDS, 40);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_that_is_empty_is_none),
#if SYMFEED_PROXY
        cmocka_unit_test(a_tunnel_is_asked_for_once_and_kept),
#if SYMFEED_SIGN_IN
        cmocka_unit_test(each_host_has_a_tunnel_of_its_own),
        cmocka_unit_test(one_host_to_sign_in_and_to_read_shares_a_tunnel),
        cmocka_unit_test(hosts_on_the_list_are_reached_directly),
#endif
        cmocka_unit_test(an_http_agent_is_reached_directly),
        cmocka_unit_test(the_password_goes_to_the_proxy_and_nowhere_else),
        cmocka_unit_test(a_password_that_could_not_be_sent_is_wiped),
        cmocka_unit_test(each_refusal_has_its_pace_and_its_line),
        cmocka_unit_test(a_proxy_that_always_refuses_is_asked_ever_more_slowly),
        cmocka_unit_test(a_refusal_before_any_call_is_waited_out),
        cmocka_unit_test(a_refusal_before_a_delete_leaves_it),
        cmocka_unit_test(any_success_opens_the_tunnel),
        cmocka_unit_test(bytes_behind_the_answer_are_refused),
        cmocka_unit_test(what_is_no_proper_answer_is_refused),
        cmocka_unit_test(a_proxy_that_hangs_up_anywhere_in_its_answer_is_asked_again),
        cmocka_unit_test(a_refusal_whose_body_is_cut_or_broken_counts),
        cmocka_unit_test(silence_is_timed_out),
        cmocka_unit_test(a_proxy_that_refuses_the_connection_is_named),
        cmocka_unit_test(a_head_without_an_end_is_timed_out),
        cmocka_unit_test(a_proxy_that_dies_behind_its_answer_is_asked_again),
        cmocka_unit_test(a_kept_tunnel_that_dies_is_replaced_once_at_once),
        cmocka_unit_test(bytes_that_nobody_asked_for_end_a_kept_tunnel),
#if SYMFEED_RETRY_AFTER
        cmocka_unit_test(a_kept_tunnel_that_dies_and_is_refused_is_waited_for),
#endif
        cmocka_unit_test(each_port_call_fails_in_turn),
        cmocka_unit_test(each_exchange_is_split_into_pieces_of_each_size),
        cmocka_unit_test(long_days_of_mixed_weather),
        cmocka_unit_test(stopping_at_each_step_leaves_no_password),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
