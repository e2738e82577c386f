/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_config.c - symfeed_init(): each of its answers by name, and that the stated memory is enough
 * and none of it is too much to ask for; the user names that symfeed_renew() takes.
 */
#include "configuration.h"
#include "feed/state.h"

static unsigned char arena[SYMFEED_MEMORY(1024, 32) + 64];

/* Answers symfeed_init() of this with memory enough; *feed is NULL unless that is SYMFEED_OK. */
static enum symfeed_status init(const struct symfeed_config *config,
                                const struct symfeed_port *port)
{
    struct symfeed *feed = (struct symfeed *)(void *)arena;
    enum symfeed_status status = symfeed_init(&feed, config, port, arena, sizeof arena);

    assert_int_equal(feed != NULL, status == SYMFEED_OK);
    return status;
}

static void a_good_configuration_is_ok(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = NULL;

    (void)state;
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_non_null(feed);
    assert_int_equal(feed->timers.connect, 15000);
    assert_int_equal(feed->timers.tls_handshake, 30000);
    assert_int_equal(feed->timers.send, 15000);
    assert_int_equal(feed->timers.first_byte, 60000);
    assert_int_equal(feed->timers.idle, 45000);
    assert_int_equal(feed->timers.stop, 5000);
    assert_int_equal(feed->timers.backoff_first, 3500);
    assert_int_equal(feed->timers.backoff_max, 30000);
    assert_int_equal(feed->timers.backoff_slow, 5000);
    assert_int_equal(feed->timers.pause, 500);
    assert_int_equal(feed->timers.retry_after_max, 3600000);
    assert_int_equal(feed->timers.start, 0);
    assert_int_equal(feed->max_refusals, 3);
    assert_int_equal(feed->agent.tag.size, 0);
    config.timers.connect = 1;
    config.timers.stop = 86400000;
    config.refusals = 255;
    config.tag = "alarm";
    config.reclaim = SYMFEED_RECLAIM;
    config.no_presence = true;
    config.include_invisible = true;
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_int_equal(feed->timers.connect, 1);
    assert_int_equal(feed->timers.stop, 86400000);
    assert_int_equal(feed->max_refusals, 255);
    assert_int_equal(feed->agent.tag.size, 5);
    assert_true(feed->reclaim == SYMFEED_RECLAIM && feed->agent.no_presence &&
                feed->agent.include_invisible);
}

static void bad_pointer(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = (struct symfeed *)(void *)arena;

    (void)state;
    assert_int_equal(symfeed_init(NULL, &config, &port, arena, sizeof arena), SYMFEED_BAD_POINTER);
    assert_int_equal(symfeed_init(&feed, NULL, &port, arena, sizeof arena), SYMFEED_BAD_POINTER);
    assert_null(feed);
    assert_int_equal(symfeed_init(&feed, &config, NULL, arena, sizeof arena), SYMFEED_BAD_POINTER);
    assert_null(feed);
    assert_int_equal(symfeed_init(&feed, &config, &port, NULL, sizeof arena), SYMFEED_BAD_POINTER);
    assert_null(feed);
}

static void bad_port_for_each_call_that_is_missing(void **state)
{
    struct symfeed_config config = good_config();

    (void)state;
    for (unsigned missing = 0; missing < 8; missing++) {
        struct symfeed_port port = whole_port();

        switch (missing) {
        case 0: port.connect = NULL; break;
        case 1: port.secure = NULL; break;
        case 2: port.send = NULL; break;
        case 3: port.recv = NULL; break;
        case 4: port.close = NULL; break;
        case 5: port.now = NULL; break;
        case 6: port.random = NULL; break;
        default: port.credentials = NULL; break;
        }
        assert_int_equal(init(&config, &port), SYMFEED_BAD_PORT);
    }
}

static void bad_agent_and_bad_scheme(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    config.agent = NULL;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_AGENT);
    config.agent = "";
    assert_int_equal(init(&config, &port), SYMFEED_BAD_AGENT);
    config.agent = "https://user@pod.example";
    assert_int_equal(init(&config, &port), SYMFEED_BAD_AGENT);
    config.agent = "http://localhost:8080/agent";
    assert_int_equal(init(&config, &port), SYMFEED_BAD_SCHEME);
    config.insecure_http = true;
    assert_int_equal(init(&config, &port), SYMFEED_OK);
}

/* What a good configuration with this way to sign in gets. */
static enum symfeed_status status_of(enum symfeed_sign_in sign_in)
{
    bool there = sign_in == SYMFEED_SIGN_IN_BY_KEY           ? SYMFEED_KEY_SIGN_IN
                 : sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE ? SYMFEED_CERTIFICATE_SIGN_IN
                                                             : true;

    return there ? SYMFEED_OK : SYMFEED_BAD_SIGN_IN;
}

/* Each way to sign in needs its own calls and none of the others. */
static void bad_port_for_what_the_way_to_sign_in_needs(void **state)
{
    static const struct {
        enum symfeed_sign_in sign_in;
        bool credentials, sign, wall_clock; /* there */
        enum symfeed_status status;
    } rows[] = {
        {SYMFEED_SIGN_IN_BY_TOKENS, true, false, false, SYMFEED_OK},
        {SYMFEED_SIGN_IN_BY_TOKENS, false, true, true, SYMFEED_BAD_PORT},
        {SYMFEED_SIGN_IN_BY_KEY, false, true, true, SYMFEED_OK},
        {SYMFEED_SIGN_IN_BY_KEY, true, false, true, SYMFEED_BAD_PORT},
        {SYMFEED_SIGN_IN_BY_KEY, true, true, false, SYMFEED_BAD_PORT},
        {SYMFEED_SIGN_IN_BY_KEY, true, false, false, SYMFEED_BAD_PORT},
        {SYMFEED_SIGN_IN_BY_CERTIFICATE, false, false, false, SYMFEED_OK},
        {SYMFEED_SIGN_IN_BY_CERTIFICATE, true, true, true, SYMFEED_OK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct symfeed_config config = good_config();
        struct symfeed_port port = whole_port();

        config.sign_in = rows[i].sign_in;
        config.user = "bot";
        port.credentials = rows[i].credentials ? never_credentials : NULL;
        port.sign = rows[i].sign ? never_sign : NULL;
        port.wall_clock = rows[i].wall_clock ? never_wall_clock : NULL;
        assert_int_equal(init(&config, &port), status_of(rows[i].sign_in) == SYMFEED_OK
                                                   ? rows[i].status
                                                   : SYMFEED_BAD_SIGN_IN);
    }
}

static void bad_sign_in(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    config.user = "bot";
    for (unsigned sign_in = 1; sign_in < 1000; sign_in += sign_in < 3 ? 1 : 50) {
        if ((SYMFEED_KEY_SIGN_IN && sign_in == SYMFEED_SIGN_IN_BY_KEY) ||
            (SYMFEED_CERTIFICATE_SIGN_IN && sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE)) {
            continue;
        }
        config.sign_in = (enum symfeed_sign_in)sign_in;
        assert_int_equal(init(&config, &port), SYMFEED_BAD_SIGN_IN);
    }
}

#define A10  "aaaaaaaaaa"
#define A120 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10

#if SYMFEED_KEY_SIGN_IN

static const char *const good_users[] = {
    "b",
    "bot@example.com",
    "a \"b\" \\ c",
    "B\xC3\xB6t",
    "\xF0\x9F\xA4\x96",
    A120 "12345678",
    A120 "1234\xF0\x9F\xA4\x96",
};

/* A user is bounded in bytes as well, since a JWT has room for so many. */
static const char *const bad_users[] = {
    "",
    "a\nb",
    "bot\r",
    "\tbot",
    "bot\x01",
    "bot\x7F",
    "\x80",
    "bot\xC3",
    "\xC0\x80",
    "\xED\xA0\x80",
    A120 "123456789",
    A120 "12345\xF0\x9F\xA4\x96",
    A120 "1234567\xC3\xA9",
    A120 A120,
};

static void bad_user(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    config.sign_in = SYMFEED_SIGN_IN_BY_KEY;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_USER);
    for (size_t i = 0; i < COUNT(bad_users); i++) {
        config.user = bad_users[i];
        assert_int_equal(init(&config, &port), SYMFEED_BAD_USER);
    }
    for (size_t i = 0; i < COUNT(good_users); i++) {
        config.user = good_users[i];
        assert_int_equal(init(&config, &port), SYMFEED_OK);
    }
    /* where no user is needed none is looked at */
    config.user = "a\nb";
    config.sign_in = SYMFEED_SIGN_IN_BY_TOKENS;
    assert_int_equal(init(&config, &port), SYMFEED_OK);
    config.sign_in = SYMFEED_SIGN_IN_BY_CERTIFICATE;
    assert_int_equal(init(&config, &port), status_of(config.sign_in));
}

static bool user_is(const struct symfeed *feed, const char *user)
{
    return feed->agent.user.at == user && feed->agent.user.size == strlen(user);
}

static void renew_takes_the_users_that_init_takes(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = NULL;

    (void)state;
    config.sign_in = SYMFEED_SIGN_IN_BY_KEY;
    config.user = "bot";
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    for (size_t i = 0; i < COUNT(good_users); i++) {
        assert_int_equal(symfeed_renew(feed, good_users[i]), SYMFEED_OK);
        assert_true(user_is(feed, good_users[i]));
        assert_int_equal(symfeed_renew(feed, NULL), SYMFEED_OK);
        assert_true(user_is(feed, good_users[i]));
        for (size_t k = 0; k < COUNT(bad_users); k++) {
            assert_int_equal(symfeed_renew(feed, bad_users[k]), SYMFEED_BAD_USER);
            assert_true(user_is(feed, good_users[i]));
        }
    }
}

#endif

#if SYMFEED_SIGN_IN

static void hosts_to_sign_in_are_the_agents_unless_others_are_given(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = NULL;

    (void)state;
    config.agent = "https://pod.example:8443/a/b";
    config.user = "bot";
    config.sign_in = SOME_SIGN_IN;
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    for (size_t i = ROLE_POD; i <= ROLE_KEY_MANAGER; i++) {
        assert_true(symfeed_url_same_host(&feed->agent.hosts[i], &feed->agent.hosts[ROLE_AGENT]));
        assert_int_equal(feed->agent.hosts[i].path.size, 0);
    }
    assert_int_equal(feed->agent.hosts[ROLE_AGENT].path.size, 4);
    config.pod = "https://login.example/pod/";
    config.key_manager = "https://km.example:8444";
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_int_equal(feed->agent.hosts[ROLE_POD].path.size, 4);
    assert_int_equal(feed->agent.hosts[ROLE_POD].endpoint.port, 443);
    assert_int_equal(feed->agent.hosts[ROLE_KEY_MANAGER].path.size, 0);
    assert_int_equal(feed->agent.hosts[ROLE_KEY_MANAGER].endpoint.port, 8444);
    config.agent = "https://pod.example";
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_int_equal(feed->agent.hosts[ROLE_AGENT].path.size, 6); /* /agent */
    config.agent = "https://pod.example///";
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_int_equal(feed->agent.hosts[ROLE_AGENT].path.size, 6);
}

/* More than the longest URL behind this. */
static char long_url[SYMFEED_URL_MAX + 100];

static const char *url_of(const char *url)
{
    if (strcmp(url, "too long") == 0) {
        (void)snprintf(long_url, sizeof long_url, "http://h/%*d", SYMFEED_URL_MAX, 7);
        for (char *at = long_url; *at != '\0'; at++) {
            *at = (char)(*at == ' ' ? 'p' : *at);
        }
        memcpy(long_url, "https://", 8);
        return long_url;
    }
    return url;
}

static const char *const bad_urls[] = {
    "",
    "pod.example",
    "ftp://pod.example",
    "https://",
    "https://user@pod.example",
    "https://pod.example/a\r\nX: y",
    "https://pod.example\n",
    "https://pod.example/\x01",
    "https://pod.example/\x7F",
    "https://pod.example:0",
    "https://pod.example?x",
    "too long",
};

static void bad_pod_and_bad_key_manager(void **state)
{
    struct symfeed_port port = whole_port();

    (void)state;
    for (int way = SYMFEED_SIGN_IN_BY_TOKENS; way <= SYMFEED_SIGN_IN_BY_CERTIFICATE; way++) {
        bool by_port = way == SYMFEED_SIGN_IN_BY_TOKENS; /* then neither is looked at */

        if (status_of((enum symfeed_sign_in)way) != SYMFEED_OK) {
            continue;
        }

        for (size_t i = 0; i < COUNT(bad_urls); i++) {
            struct symfeed_config config = good_config();

            config.sign_in = (enum symfeed_sign_in)way;
            config.user = "bot";
            config.pod = url_of(bad_urls[i]);
            assert_int_equal(init(&config, &port), by_port ? SYMFEED_OK : SYMFEED_BAD_POD);
            config.pod = "https://pod.example";
            config.key_manager = url_of(bad_urls[i]);
            assert_int_equal(init(&config, &port), by_port ? SYMFEED_OK : SYMFEED_BAD_KEY_MANAGER);
            config.pod = NULL;
            assert_int_equal(init(&config, &port), by_port ? SYMFEED_OK : SYMFEED_BAD_KEY_MANAGER);
            config.key_manager = NULL;
            assert_int_equal(init(&config, &port), SYMFEED_OK);
        }
    }
}

static void http_has_to_be_allowed_for_each_host(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    config.user = "bot";
    config.sign_in = SOME_SIGN_IN;
    config.pod = "http://pod.example";
    assert_int_equal(init(&config, &port), SYMFEED_BAD_POD);
    config.pod = NULL;
    config.key_manager = "http://km.example";
    assert_int_equal(init(&config, &port), SYMFEED_BAD_KEY_MANAGER);
    config.insecure_http = true;
    config.pod = "http://pod.example";
    assert_int_equal(init(&config, &port), SYMFEED_OK);
}

#endif

static void bad_proxy(void **state)
{
    static const char *const good[] = {NULL, "", "http://proxy.example",
                                       "http://u:p%40@[::1]:3128/"};
    static const char *const bad[] = {
        "proxy.example",
        "https://proxy.example",
        "http://",
        "http://proxy.example/path",
        "http://proxy.example\r\nX: y",
        "http://u:p\r\nX@proxy.example",
        "http://u:p%0D%0A@proxy.example",
        "http://u:p\x01@proxy.example",
        "http://u:" A120 A120 A10 A10 "@proxy.example",
        "http://proxy.example:99999",
    };

    (void)state;
    for (int way = 0; way < 3; way++) {
        struct symfeed_config config = good_config();
        struct symfeed_port port = whole_port();

        if (status_of((enum symfeed_sign_in)way) != SYMFEED_OK) {
            continue;
        }
        config.sign_in = (enum symfeed_sign_in)way;
        config.user = "bot";
        config.no_proxy = "x, y";
        for (size_t i = 0; i < COUNT(good); i++) {
            bool none = good[i] == NULL || good[i][0] == '\0';

            config.proxy = good[i];
            assert_int_equal(init(&config, &port),
                             SYMFEED_PROXY || none ? SYMFEED_OK : SYMFEED_BAD_PROXY);
        }
        for (size_t i = 0; i < COUNT(bad); i++) {
            config.proxy = bad[i];
            assert_int_equal(init(&config, &port), SYMFEED_BAD_PROXY);
        }
        /* a mistake is one even where no host needs the proxy */
        config.no_proxy = "*";
        assert_int_equal(init(&config, &port), SYMFEED_BAD_PROXY);
    }
}

#if SYMFEED_SIGN_IN && SYMFEED_PROXY

static void the_proxy_is_for_secure_hosts_that_are_not_excepted(void **state)
{
    static const struct {
        const char *agent;
        const char *proxy;
        const char *no_proxy;
        bool direct[3]; /* agent, pod, key manager */
    } rows[] = {
        {"https://agent.example", NULL, NULL, {true, true, true}},
        {"https://agent.example", "", NULL, {true, true, true}},
        {"https://agent.example", NULL, "x", {true, true, true}},
        {"https://agent.example", "http://proxy", NULL, {false, false, false}},
        {"https://agent.example", "http://proxy", "", {false, false, false}},
        {"https://agent.example", "http://proxy", "*", {true, true, true}},
        {"https://agent.example", "http://proxy", "pod.example", {false, true, false}},
        {"https://agent.example",
         "http://proxy",
         "agent.example,km.example:8444",
         {true, false, true}},
        {"http://agent.example", "http://proxy", NULL, {true, false, false}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct symfeed_config config = good_config();
        struct symfeed_port port = whole_port();
        struct symfeed *feed = NULL;

        config.agent = rows[i].agent;
        config.insecure_http = true;
        config.user = "bot";
        config.sign_in = SOME_SIGN_IN;
        config.pod = "https://pod.example";
        config.key_manager = "https://km.example:8444";
        config.proxy = rows[i].proxy;
        config.no_proxy = rows[i].no_proxy;
        assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
        for (size_t k = 0; k < 3; k++) {
            if (feed->agent.hosts[k].direct != rows[i].direct[k]) {
                fail_msg("row %u, host %u", (unsigned)i, (unsigned)k);
            }
        }
    }
}

#endif

static void reclaiming_is_in_the_build_or_refused(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    config.reclaim = true;
    assert_int_equal(init(&config, &port), SYMFEED_RECLAIM ? SYMFEED_OK : SYMFEED_BAD_RECLAIM);
}

static enum symfeed_status init_tag(const char *tag)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    config.tag = tag;
    return init(&config, &port);
}

static void bad_tag(void **state)
{
    static const char *const good[] = {"a",
                                       " ",
                                       "\"",
                                       "\\",
                                       "a\"b\\c",
                                       "\xC3\xA9",
                                       "\xF0\x9F\x98\x80",
                                       "\\u0000",
                                       "\\",
                                       "tag with spaces & more"};
    static const char *const bad[] = {
        "",
        "\n",
        "a\tb",
        "\x7F",
        "a\x01",
#if SYMFEED_JSON /* else nobody looks at UTF-8 */
        "\x80",
        "\xC3",
        "\xC3\"",
        "\xC3\\",
        "\303A",
        "\xC0\x80",
        "\xED\xA0\x80",
        "\xF5\x80\x80\x80",
        "\xFF",
        "a\xE2\x82",
#endif
        "\x1F"
    };
    struct buffer tag = {NULL, 0, 0};

    (void)state;
    assert_int_equal(init_tag(NULL), SYMFEED_OK);
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(init_tag(good[i]), SYMFEED_OK);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(init_tag(bad[i]), SYMFEED_BAD_TAG);
    }
    add_times(&tag, "x", 100);
    assert_int_equal(init_tag(tag.at), SYMFEED_OK);
    add(&tag, "x");
    assert_int_equal(init_tag(tag.at), SYMFEED_BAD_TAG);
    add_times(&tag, "x", 1000);
    assert_int_equal(init_tag(tag.at), SYMFEED_BAD_TAG);
    drop(&tag);
    add_times(&tag, "\xF0\x9F\x98\x80", 100);
    assert_int_equal(init_tag(tag.at), SYMFEED_OK);
    add(&tag, "\xC3\xA9");
    assert_int_equal(init_tag(tag.at), SYMFEED_BAD_TAG);
    drop(&tag);
}

/* --- tasks -------------------------------------------------------------------------------- */

/* A good configuration for this task. */
static struct symfeed_config config_of(enum symfeed_task task)
{
    struct symfeed_config config = good_config();

    config.task = task;
    config.types = task == SYMFEED_TASK_DATAHOSE ? "MESSAGESENT" : NULL;
    config.feed_id = task == SYMFEED_TASK_DELETE ? "a_f" : NULL;
    return config;
}

static bool is_in_this_build(enum symfeed_task task)
{
    if (task == SYMFEED_TASK_DATAHOSE || task == SYMFEED_TASK_FANOUT) {
        return SYMFEED_DATAHOSE;
    }
    return task == SYMFEED_TASK_FEED ||
           (task == SYMFEED_TASK_LEGACY ? SYMFEED_LEGACY : SYMFEED_ONE_SHOT);
}

/* What such a configuration is answered; `status` where this build has the task. */
static void expect_task(const struct symfeed_config *config, enum symfeed_status status)
{
    struct symfeed_port port = whole_port();

    assert_int_equal(init(config, &port),
                     is_in_this_build(config->task) ? status : SYMFEED_BAD_TASK);
}

static void bad_task(void **state)
{
    (void)state;
    for (int task = SYMFEED_TASK_FEED; task <= SYMFEED_TASK_INFO; task++) {
        struct symfeed_config config = config_of((enum symfeed_task)task);

        expect_task(&config, SYMFEED_OK);
    }
    for (int task = SYMFEED_TASK_INFO + 1; task < 1000; task++) {
        struct symfeed_config config = good_config();
        struct symfeed_port port = whole_port();

        config.types = "A";
        config.feed_id = "a_f";
        config.task = (enum symfeed_task)task;
        assert_int_equal(init(&config, &port), SYMFEED_BAD_TASK);
    }
}

static void only_health_and_info_go_without_credentials(void **state)
{
    struct symfeed_port port = whole_port();

    (void)state;
    port.credentials = NULL;
    for (int task = SYMFEED_TASK_FEED; task <= SYMFEED_TASK_INFO; task++) {
        struct symfeed_config config = config_of((enum symfeed_task)task);

        if (is_in_this_build(config.task)) {
            assert_int_equal(init(&config, &port),
                             task >= SYMFEED_TASK_HEALTH ? SYMFEED_OK : SYMFEED_BAD_PORT);
        }
    }
}

#if SYMFEED_LEGACY

static void a_legacy_feed_is_given_up_as_silent_earlier(void **state)
{
    struct symfeed_config config = config_of(SYMFEED_TASK_LEGACY);
    struct symfeed_port port = whole_port();
    struct symfeed *feed = NULL;

    (void)state;
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_int_equal(feed->timers.first_byte, 35000);
    assert_int_equal(feed->timers.idle, 45000);
    config.timers.first_byte = 50000;
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_int_equal(feed->timers.first_byte, 50000);
}

#endif

static void bad_tag_of_each_task(void **state)
{
    struct buffer tag = {NULL, 0, 0};

    (void)state;
    add_times(&tag, "\xC3\xA9", 80);
    for (size_t size = 80; size <= 101; size++) {
        for (int task = SYMFEED_TASK_FEED; task <= SYMFEED_TASK_INFO; task++) {
            struct symfeed_config config = config_of((enum symfeed_task)task);
            bool hose = task == SYMFEED_TASK_DATAHOSE || task == SYMFEED_TASK_FANOUT;
            size_t most = hose ? 80 : 100;

            config.tag = tag.at;
            if (task != SYMFEED_TASK_LEGACY) { /* uses none */
                expect_task(&config, size <= most ? SYMFEED_OK : SYMFEED_BAD_TAG);
            }
        }
        add(&tag, "\xC3\xA9");
    }
    drop(&tag);
}

#if SYMFEED_DATAHOSE

/* The user that a datahose's tag is made of by itself is held to what a tag may have. */
static void bad_tag_made_of_a_bad_user(void **state)
{
    static const char *const good[] = {NULL, "bot", "a \"b\" \\ c", "\xF0\x9F\xA4\x96", A120};
    static const char *const bad[] = {"a\nb", "bot\r", "\x7F", "\xC3", "\xED\xA0\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct symfeed_config config = config_of(SYMFEED_TASK_FANOUT);

        config.user = good[i];
        expect_task(&config, SYMFEED_OK);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct symfeed_config config = config_of(SYMFEED_TASK_FANOUT);

        config.user = bad[i];
        expect_task(&config, SYMFEED_BAD_TAG);
        config.tag = "t"; /* then it is not used */
        expect_task(&config, SYMFEED_OK);
        config.task = SYMFEED_TASK_FEED;
        config.tag = NULL;
        expect_task(&config, SYMFEED_OK);
    }
}

#endif

static const char *const good_names[] = {"A",          "MESSAGESENT", "A,B",
                                         "a-1,_b,C,D", "0",           A120 A120 "," A120};
static const char *const bad_names[] = {
    "",    ",",      "A,",      ",A",       "A,,B", "A B",   " A",  "A, B", "A;B", "\"A\"",
    "A\n", "A\r\nX", "A\"],\"", "\xC3\xA9", "A.B",  "A\x7F", "A\\", "[A]",  "%41"};

static void bad_types_and_bad_scopes(void **state)
{
    (void)state;
    for (int task = SYMFEED_TASK_FEED; task <= SYMFEED_TASK_INFO; task++) {
        bool hose = task == SYMFEED_TASK_DATAHOSE || task == SYMFEED_TASK_FANOUT;

        for (size_t i = 0; i < COUNT(good_names) + COUNT(bad_names); i++) {
            struct symfeed_config config = config_of((enum symfeed_task)task);
            bool good = i < COUNT(good_names);
            const char *names = good ? good_names[i] : bad_names[i - COUNT(good_names)];

            config.types = names;
            expect_task(&config, good || !hose ? SYMFEED_OK : SYMFEED_BAD_TYPES);
            config.types = "A";
            config.scopes = names;
            expect_task(&config, good || !hose ? SYMFEED_OK : SYMFEED_BAD_SCOPES);
        }
    }
}

static void a_datahose_needs_a_type_and_a_fanout_does_not(void **state)
{
    struct symfeed_config config = config_of(SYMFEED_TASK_DATAHOSE);

    (void)state;
    config.types = NULL;
    expect_task(&config, SYMFEED_BAD_TYPES);
    config.task = SYMFEED_TASK_FANOUT;
    expect_task(&config, SYMFEED_OK);
}

/* What DELETE takes is bounded in bytes by its URL, what LEGACY takes by what is kept of it. */
static void bad_feed_id(void **state)
{
    static const char *const bad[] = {"", "a\nb", "a\r\nX: y", "\x01", "a\x7F", "\xC3", "\x80"};
    static const char *const good[] = {"a", "a/b+c==_f 1%2F?#", "\xC3\xA9", "\"\\"};
    struct buffer id = {NULL, 0, 0};
    struct symfeed_config config = config_of(SYMFEED_TASK_DELETE);

    (void)state;
    config.feed_id = NULL;
    expect_task(&config, SYMFEED_BAD_FEED_ID);
    for (int task = SYMFEED_TASK_FEED; task <= SYMFEED_TASK_INFO; task++) {
        bool used = task == SYMFEED_TASK_DELETE || task == SYMFEED_TASK_LEGACY;

        config = config_of((enum symfeed_task)task);
        for (size_t i = 0; i < COUNT(bad); i++) {
            config.feed_id = bad[i];
            expect_task(&config, used ? SYMFEED_BAD_FEED_ID : SYMFEED_OK);
        }
        for (size_t i = 0; i < COUNT(good); i++) {
            config.feed_id = good[i];
            expect_task(&config, SYMFEED_OK);
        }
    }
    add_times(&id, "\xC3\xA9", 512);
    config = config_of(SYMFEED_TASK_DELETE);
    config.feed_id = id.at;
    expect_task(&config, SYMFEED_OK);
    add(&id, "x");
    config.feed_id = id.at;
    expect_task(&config, SYMFEED_BAD_FEED_ID);
    drop(&id);
    add_times(&id, "x", SYMFEED_FEED_ID_SIZE - 1);
    config = config_of(SYMFEED_TASK_LEGACY);
    config.feed_id = id.at;
    expect_task(&config, SYMFEED_OK);
    add(&id, "x");
    config.feed_id = id.at;
    expect_task(&config, SYMFEED_BAD_FEED_ID);
    drop(&id);
}

/* Nothing that would end the header or be a second cookie. */
static const char *const bad_cookies[] = {
    "",       "a",       "=",           "a=",         "=b",    "a b=c", "a=b c",  "a=b\r\nX: y",
    "a=\x7F", "a=\t",    "a=\xC3",      "\xC3\xA9=b", "a;b=c", "a,b=c", "a\"b=c", "(a)=c",
    "a=b;c",  "a=b;c=d", "a=b; Path=/", "a/b=c",      "a[]=c",
};
static const char *const good_cookies[] = {"a=b", "AWSALB=x/y+z==", "BIGipServer~p=1.2",
                                           "a==", "!#$%&'*+-.^_`|~9=(\"x\")"};

static void bad_cookie(void **state)
{
    struct buffer cookie = {NULL, 0, 0};
    struct symfeed_config config = config_of(SYMFEED_TASK_LEGACY);

    (void)state;
    for (size_t i = 0; i < COUNT(bad_cookies); i++) {
        config.task = SYMFEED_TASK_LEGACY;
        config.cookie = bad_cookies[i];
        expect_task(&config, SYMFEED_BAD_COOKIE);
        config.task = SYMFEED_TASK_FEED;
        expect_task(&config, SYMFEED_OK);
    }
    config.task = SYMFEED_TASK_LEGACY;
    for (size_t i = 0; i < COUNT(good_cookies); i++) {
        config.cookie = good_cookies[i];
        expect_task(&config, SYMFEED_OK);
    }
    add(&cookie, "a=");
    add_times(&cookie, "x", SYMFEED_COOKIE_MAX - 2);
    config.cookie = cookie.at;
    expect_task(&config, SYMFEED_OK);
    add(&cookie, "x");
    config.cookie = cookie.at;
    expect_task(&config, SYMFEED_BAD_COOKIE);
    drop(&cookie);
}

static void bad_name_of_a_cookie(void **state)
{
    static const char *const bad[] = {"",     "a b", "a=b",      "a;b",    "a,b", "a\r\n",
                                      "\x7F", "(a)", "\xC3\xA9", "a\"b\"", "a/b", "a\t"};
    static const char *const good[] = {"a", "AWSALB", "BIGipServer~p", "!#$%&'*+-.^_`|~9"};
    struct symfeed_config config = config_of(SYMFEED_TASK_LEGACY);

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        config.cookie_name = bad[i];
        expect_task(&config, SYMFEED_BAD_COOKIE);
    }
    for (size_t i = 0; i < COUNT(good); i++) {
        config.cookie_name = good[i];
        expect_task(&config, SYMFEED_OK);
    }
}

#if SYMFEED_LEGACY

static void what_a_restart_goes_on_with_is_told_at_once(void **state)
{
    struct symfeed_config config = config_of(SYMFEED_TASK_LEGACY);
    struct symfeed_port port = whole_port();
    struct symfeed *feed = NULL;
    char text[32];

    (void)state;
    config.feed_id = "a/b";
    config.cookie = "route=1";
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_int_equal(symfeed_feed_id(feed, text, sizeof text), 3);
    assert_string_equal(text, "a/b");
    assert_int_equal(symfeed_cookie(feed, text, sizeof text), 7);
    assert_string_equal(text, "route=1");
    assert_int_equal(symfeed_cookie(feed, text, 4), 7);
    assert_string_equal(text, "rou");
    assert_int_equal(symfeed_cookie(feed, text, 1), 7);
    assert_string_equal(text, "");
}

#endif

static void there_is_no_feed_id_and_no_cookie_at_first(void **state)
{
    (void)state;
    for (int task = SYMFEED_TASK_FEED; task <= SYMFEED_TASK_INFO; task++) {
        struct symfeed_config config = config_of((enum symfeed_task)task);
        struct symfeed_port port = whole_port();
        struct symfeed *feed = NULL;
        char text[8] = "x";

        if (!is_in_this_build(config.task)) {
            continue;
        }
        assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
        assert_int_equal(symfeed_feed_id(feed, text, sizeof text), 0);
        assert_string_equal(text, "");
        memcpy(text, "x", 2);
        assert_int_equal(symfeed_cookie(feed, text, sizeof text), 0);
        assert_string_equal(text, "");
    }
}

static void bad_window(void **state)
{
    static const size_t windows[] = {0, 1, 1023, 1073741825u, SIZE_MAX};
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(windows); i++) {
        config.window = windows[i];
        assert_int_equal(symfeed_init(&feed, &config, &port, arena, SIZE_MAX), SYMFEED_BAD_WINDOW);
    }
    config.window = 1073741824u;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_MEMORY);
}

#if SYMFEED_JSON

static void bad_tokens(void **state)
{
    static const size_t tokens[] = {0, 1, 31, 16777217u, SIZE_MAX};
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        config.json_tokens = tokens[i];
        assert_int_equal(symfeed_init(&feed, &config, &port, arena, SIZE_MAX),
                         SYMFEED_BAD_JSON_TOKENS);
    }
    config.json_tokens = 16777216u;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_MEMORY);
    config.window = 1073741824u;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_MEMORY);
}

#endif

static void bad_timer_for_each_that_is_too_long(void **state)
{
    struct symfeed_port port = whole_port();

    (void)state;
    for (unsigned which = 0; which < 12; which++) {
        for (unsigned too_long = 0; too_long < 3; too_long++) {
            struct symfeed_config config = good_config();
            uint32_t value = too_long == 0 ? 86400000u : too_long == 1 ? 86400001u : UINT32_MAX;

            config.timers.backoff_max = 86400000u;
            switch (which) {
            case 0: config.timers.connect = value; break;
            case 1: config.timers.tls_handshake = value; break;
            case 2: config.timers.send = value; break;
            case 3: config.timers.first_byte = value; break;
            case 4: config.timers.idle = value; break;
            case 5: config.timers.stop = value; break;
            case 6: config.timers.backoff_first = value; break;
            case 7: config.timers.backoff_slow = value; break;
            case 8: config.timers.backoff_max = value; break;
            case 9: config.timers.pause = value; break;
            case 10: config.timers.start = value; break;
            default: config.timers.retry_after_max = value; break;
            }
            assert_int_equal(init(&config, &port), too_long == 0 ? SYMFEED_OK : SYMFEED_BAD_TIMER);
        }
    }
}

static void bad_timer_where_the_first_wait_is_above_the_longest(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    config.timers.backoff_max = 1000;
    config.timers.backoff_first = 1000;
    assert_int_equal(init(&config, &port), SYMFEED_OK);
    config.timers.backoff_first = 1001;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_TIMER);
    config.timers.backoff_first = 0;
    config.timers.backoff_max = 499; /* the default is cut to it */
    assert_int_equal(init(&config, &port), SYMFEED_OK);
    config.timers.backoff_max = 0;
    config.timers.backoff_first = 30000;
    assert_int_equal(init(&config, &port), SYMFEED_OK);
    config.timers.backoff_first = 30001;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_TIMER);
}

/* The memory at each misalignment, given exactly: the feed and all it uses lie inside. */
static void the_stated_memory_is_enough_and_a_byte_less_is_not(void **state)
{
    static const size_t sizes[][2] = {{1024, 32}, {1025, 33}, {4096, 128}, {4099, 35}};
    struct symfeed_port port = whole_port();

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct symfeed_config config = good_config();
        size_t size = SYMFEED_MEMORY(sizes[i][0], sizes[i][1]);

        config.window = sizes[i][0];
        config.json_tokens = sizes[i][1];
        for (size_t off = 0; off < 16; off++) {
            unsigned char *block = (unsigned char *)malloc(size + off);
            unsigned char *memory = block + off;
            struct symfeed *feed = NULL;
            unsigned char *window = NULL;
            unsigned char *tokens = NULL;

            assert_non_null(block);
            assert_int_equal(symfeed_init(&feed, &config, &port, memory, size - 1),
                             SYMFEED_BAD_MEMORY);
            assert_null(feed);
            assert_int_equal(symfeed_init(&feed, &config, &port, memory, size), SYMFEED_OK);
            window = (unsigned char *)feed->connection.out;
#if SYMFEED_JSON
            tokens = (unsigned char *)feed->tokens.table;
#else
            tokens = (unsigned char *)(feed + 1); /* there are none */
#endif
            assert_true((unsigned char *)feed >= memory);
            assert_int_equal((uintptr_t)feed % 16, 0);
            assert_int_equal((uintptr_t)tokens % sizeof(int), 0);
            assert_true(tokens >= (unsigned char *)(feed + 1));
            assert_true(window >= tokens + config.json_tokens * SYMFEED_JSON_TOKEN_SIZE);
            assert_true(window + config.window <= memory + size);
            memset(tokens, 0xFF, config.json_tokens * SYMFEED_JSON_TOKEN_SIZE);
            memset(window, 0xFF, config.window);
            free(block);
        }
    }
}

/* What the formula says on top of the feed itself is at most the bytes of aligning and of slack
 * for compilers that lay structures out otherwise. */
static void the_stated_memory_is_not_far_from_what_is_used(void **state)
{
    (void)state;
    assert_true(SYMFEED_MEMORY(0, 0) >= sizeof(struct symfeed) + 15);
    assert_true(SYMFEED_MEMORY(0, 0) <= sizeof(struct symfeed) + 512);
    assert_int_equal(SYMFEED_MEMORY(4096, 128) - SYMFEED_MEMORY(0, 0),
                     4096 + 128 * SYMFEED_JSON_TOKEN_SIZE);
}

static void every_status_has_its_text(void **state)
{
    (void)state;
    for (int i = 0; i < SYMFEED_STATUS_COUNT; i++) {
        const char *text = symfeed_status_text((enum symfeed_status)i);

        assert_non_null(text);
        for (int j = 0; SYMFEED_MESSAGES && j < i; j++) {
            assert_string_not_equal(text, symfeed_status_text((enum symfeed_status)j));
        }
        assert_true(strchr(text, '\n') == NULL);
    }
    assert_non_null(symfeed_status_text(SYMFEED_STATUS_COUNT));
    assert_non_null(symfeed_status_text((enum symfeed_status)(SYMFEED_STATUS_COUNT + 1)));
    assert_string_equal(symfeed_version(), SYMFEED_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_configuration_is_ok),
        cmocka_unit_test(bad_pointer),
        cmocka_unit_test(bad_port_for_each_call_that_is_missing),
        cmocka_unit_test(bad_agent_and_bad_scheme),
        cmocka_unit_test(bad_port_for_what_the_way_to_sign_in_needs),
        cmocka_unit_test(bad_sign_in),
#if SYMFEED_KEY_SIGN_IN
        cmocka_unit_test(bad_user),
        cmocka_unit_test(renew_takes_the_users_that_init_takes),
#endif
#if SYMFEED_SIGN_IN
        cmocka_unit_test(hosts_to_sign_in_are_the_agents_unless_others_are_given),
        cmocka_unit_test(bad_pod_and_bad_key_manager),
        cmocka_unit_test(http_has_to_be_allowed_for_each_host),
#endif
        cmocka_unit_test(bad_proxy),
#if SYMFEED_SIGN_IN && SYMFEED_PROXY
        cmocka_unit_test(the_proxy_is_for_secure_hosts_that_are_not_excepted),
#endif
        cmocka_unit_test(reclaiming_is_in_the_build_or_refused),
        cmocka_unit_test(bad_tag),
        cmocka_unit_test(bad_task),
        cmocka_unit_test(only_health_and_info_go_without_credentials),
#if SYMFEED_LEGACY
        cmocka_unit_test(a_legacy_feed_is_given_up_as_silent_earlier),
#endif
        cmocka_unit_test(bad_tag_of_each_task),
#if SYMFEED_DATAHOSE
        cmocka_unit_test(bad_tag_made_of_a_bad_user),
#endif
        cmocka_unit_test(bad_types_and_bad_scopes),
        cmocka_unit_test(a_datahose_needs_a_type_and_a_fanout_does_not),
        cmocka_unit_test(bad_feed_id),
        cmocka_unit_test(bad_cookie),
        cmocka_unit_test(bad_name_of_a_cookie),
#if SYMFEED_LEGACY
        cmocka_unit_test(what_a_restart_goes_on_with_is_told_at_once),
#endif
        cmocka_unit_test(there_is_no_feed_id_and_no_cookie_at_first),
        cmocka_unit_test(bad_window),
#if SYMFEED_JSON
        cmocka_unit_test(bad_tokens),
#endif
        cmocka_unit_test(bad_timer_for_each_that_is_too_long),
        cmocka_unit_test(bad_timer_where_the_first_wait_is_above_the_longest),
        cmocka_unit_test(the_stated_memory_is_enough_and_a_byte_less_is_not),
        cmocka_unit_test(the_stated_memory_is_not_far_from_what_is_used),
        cmocka_unit_test(every_status_has_its_text),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
