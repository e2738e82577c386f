/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_small.c - waits after failures, log lines, bytes, and symfeed_init(): each of its answers by
 * name, and that the stated memory is enough and none of it is too much to ask for.
 */
#include "helpers.h"

#include "backoff.h"
#include "bytes.h"
#include "feed.h"
#include "note.h"

/* --- backoff ------------------------------------------------------------------------------ */

static void waits_double_up_to_the_longest(void **state)
{
    static const uint32_t steps[] = {500, 1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000};
    struct backoff backoff = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        assert_int_equal(symfeed_backoff_next(&backoff, 500, 20000, 0), steps[i]);
    }
    backoff.step = 0;
    assert_int_equal(symfeed_backoff_next(&backoff, 500, 20000, 0), 500);
}

static void waits_lie_between_half_and_all_of_the_step(void **state)
{
    uint32_t random = 3;
    bool low = false;
    bool high = false;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct backoff backoff = {0};
        uint32_t wait = symfeed_backoff_next(&backoff, 501, 20000, next_random(&random));

        assert_in_range(wait, 251, 501);
        low = low || wait == 251;
        high = high || wait == 501;
    }
    assert_true(low && high);
}

static void the_least_step_counts_from_now_on(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    assert_int_equal(symfeed_backoff_next(&backoff, 500, 300000, 0), 500);
    assert_int_equal(symfeed_backoff_next(&backoff, 5000, 300000, 0), 5000);
    assert_int_equal(symfeed_backoff_next(&backoff, 500, 300000, 0), 10000);
    assert_int_equal(symfeed_backoff_next(&backoff, 500, 300000, 0), 20000);
}

static void the_ends_of_the_range_do_not_overflow(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    assert_int_equal(symfeed_backoff_next(&backoff, 5000, 1000, 0), 1000);
    assert_int_equal(symfeed_backoff_next(&backoff, 5000, 1000, UINT32_MAX),
                     1000 - UINT32_MAX % 501);
    backoff.step = 0;
    assert_int_equal(symfeed_backoff_next(&backoff, 1, 1, 77), 1);
    backoff.step = 0;
    assert_int_equal(symfeed_backoff_next(&backoff, 0, 0, 77), 0);
    backoff.step = 0x80000000u;
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), 0x80000000u);
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), UINT32_MAX);
    assert_int_equal(symfeed_backoff_next(&backoff, 1, UINT32_MAX, 0), UINT32_MAX);
}

/* --- bytes -------------------------------------------------------------------------------- */

static void decimal_numbers_have_up_to_64_bits(void **state)
{
    uint64_t number = 0;

    (void)state;
    assert_true(symfeed_bytes_decimal("0", 1, &number) && number == 0);
    assert_true(symfeed_bytes_decimal("0012x", 4, &number) && number == 12);
    assert_true(symfeed_bytes_decimal("18446744073709551615", 20, &number) && number == UINT64_MAX);
    assert_false(symfeed_bytes_decimal("18446744073709551616", 20, &number));
    assert_false(symfeed_bytes_decimal("18446744073709551620", 20, &number));
    assert_false(symfeed_bytes_decimal("184467440737095516150", 21, &number));
    assert_false(symfeed_bytes_decimal("", 0, &number));
    assert_false(symfeed_bytes_decimal("-1", 2, &number));
    assert_false(symfeed_bytes_decimal("1:", 2, &number));
    assert_false(symfeed_bytes_decimal("1/", 2, &number));
    assert_false(symfeed_bytes_decimal("1\xB1", 2, &number));
}

static void words_are_told_whatever_their_case(void **state)
{
    (void)state;
    assert_true(symfeed_bytes_is_word("Close", 5, "close"));
    assert_true(symfeed_bytes_is_word("CLOSEx", 5, "close"));
    assert_true(symfeed_bytes_is_word("", 0, ""));
    assert_true(symfeed_bytes_is_word("KEEP-ALIVE", 10, "keep-alive"));
    assert_false(symfeed_bytes_is_word("clos", 4, "close"));
    assert_false(symfeed_bytes_is_word("closed", 6, "close"));
    assert_false(symfeed_bytes_is_word("", 0, "close"));
    assert_false(symfeed_bytes_is_word("close", 5, ""));
    assert_false(symfeed_bytes_is_word("keep\ralive", 10, "keep-alive")); /* '-' - 32 */
    assert_false(symfeed_bytes_is_word("@", 1, "`"));
    assert_false(symfeed_bytes_is_word("[", 1, "{"));
}

static void wiped_memory_is_zero_and_no_more_of_it(void **state)
{
    unsigned char memory[12];

    (void)state;
    memset(memory, 7, sizeof memory);
    symfeed_bytes_wipe(memory + 1, 10);
    assert_int_equal(memory[0], 7);
    for (size_t i = 1; i < 11; i++) {
        assert_int_equal(memory[i], 0);
    }
    assert_int_equal(memory[11], 7);
    symfeed_bytes_wipe(memory, 0);
    assert_int_equal(memory[0], 7);
}

/* --- notes -------------------------------------------------------------------------------- */

#if SYMFEED_MESSAGES

struct seen {
    unsigned count;
    enum symfeed_level level;
    char text[SYMFEED_NOTE_SIZE + 1];
};

static void see(void *context, enum symfeed_level level, const char *text)
{
    struct seen *seen = (struct seen *)context;

    seen->count++;
    seen->level = level;
    assert_true(strlen(text) < SYMFEED_NOTE_SIZE);
    memcpy(seen->text, text, strlen(text) + 1);
}

static void a_note_is_put_together(void **state)
{
    struct seen seen;
    struct symfeed_port port;
    struct note note;

    (void)state;
    memset(&seen, 0, sizeof seen);
    memset(&port, 0, sizeof port);
    port.context = &seen;
    port.log = see;
    symfeed_note_begin(&note, "read: ");
    symfeed_note_number(&note, 0);
    symfeed_note_text(&note, ", ");
    symfeed_note_number(&note, 4294967295u);
    symfeed_note_text(&note, ", ");
    symfeed_note_seconds(&note, 0);
    symfeed_note_text(&note, ", ");
    symfeed_note_seconds(&note, 999);
    symfeed_note_text(&note, ", ");
    symfeed_note_seconds(&note, 61540);
    symfeed_note_text(&note, "");
    symfeed_note_log(&note, &port, SYMFEED_LOG_WARNING);
    assert_string_equal(seen.text, "read: 0, 4294967295, 0.0 s, 0.9 s, 61.5 s");
    assert_int_equal(seen.level, SYMFEED_LOG_WARNING);
    assert_int_equal(seen.count, 1);
}

static void a_note_is_never_longer_than_the_line(void **state)
{
    struct seen seen;
    struct symfeed_port port;
    struct note note;
    char expected[SYMFEED_NOTE_SIZE];

    (void)state;
    memset(&seen, 0, sizeof seen);
    memset(&port, 0, sizeof port);
    port.context = &seen;
    port.log = see;
    symfeed_note_begin(&note, "");
    for (unsigned i = 0; i < 50; i++) {
        symfeed_note_text(&note, "abcdefg");
        symfeed_note_number(&note, 7);
    }
    symfeed_note_log(&note, &port, SYMFEED_LOG_DEBUG);
    for (size_t i = 0; i < sizeof expected - 1; i++) {
        expected[i] = "abcdefg7"[i % 8];
    }
    expected[sizeof expected - 1] = '\0';
    assert_string_equal(seen.text, expected);
}

static void without_a_log_a_note_goes_nowhere(void **state)
{
    struct symfeed_port port;
    struct note note;

    (void)state;
    memset(&port, 0, sizeof port);
    symfeed_note_begin(&note, "x");
    symfeed_note_log(&note, &port, SYMFEED_LOG_ERROR);
    assert_string_equal(note.text, "x");
}

#endif

/* --- init --------------------------------------------------------------------------------- */

static int never_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    abort();
}

static int never_send(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    abort();
}

static int never_receive(void *context, void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    abort();
}

static void never_close(void *context)
{
    (void)context;
    abort();
}

static uint32_t never_now(void *context)
{
    (void)context;
    abort();
}

static void never_random(void *context, void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    abort();
}

static int never_credentials(void *context, struct symfeed_credentials *credentials)
{
    (void)context;
    (void)credentials;
    abort();
}

/* A whole port, none of whose calls may come. */
static struct symfeed_port whole_port(void)
{
    struct symfeed_port port;

    memset(&port, 0, sizeof port);
    port.connect = never_connect;
    port.secure = never_connect;
    port.send = never_send;
    port.recv = never_receive;
    port.close = never_close;
    port.now = never_now;
    port.random = never_random;
    port.credentials = never_credentials;
    return port;
}

static struct symfeed_config good_config(void)
{
    struct symfeed_config config;

    memset(&config, 0, sizeof config);
    config.agent = "https://pod.example/agent";
    config.window = 1024;
    config.tokens = 32;
    return config;
}

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
    assert_int_equal(feed->timers.secure, 30000);
    assert_int_equal(feed->timers.send, 15000);
    assert_int_equal(feed->timers.first_byte, 60000);
    assert_int_equal(feed->timers.idle, 45000);
    assert_int_equal(feed->timers.whole, 600000);
    assert_int_equal(feed->timers.stop, 5000);
    assert_int_equal(feed->timers.backoff_first, 500);
    assert_int_equal(feed->timers.backoff_slow, 5000);
    assert_int_equal(feed->timers.backoff_max, 300000);
    assert_int_equal(feed->timers.retry_after_max, 3600000);
    assert_int_equal(feed->max_refusals, 3);
    assert_int_equal(feed->agent.tag.size, 0);
    config.timers.connect = 1;
    config.timers.whole = 86400000;
    config.refusals = 255;
    config.tag = "alarm";
    config.reclaim = true;
    config.no_presence = true;
    config.include_invisible = true;
    assert_int_equal(symfeed_init(&feed, &config, &port, arena, sizeof arena), SYMFEED_OK);
    assert_int_equal(feed->timers.connect, 1);
    assert_int_equal(feed->timers.whole, 86400000);
    assert_int_equal(feed->max_refusals, 255);
    assert_int_equal(feed->agent.tag.size, 5);
    assert_true(feed->reclaim && feed->agent.no_presence && feed->agent.include_invisible);
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

static void bad_build(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = (struct symfeed *)(void *)arena;

    (void)state;
    assert_int_equal(
        symfeed_init_checked(&feed, &config, &port, arena, sizeof arena, SYMFEED_MEMORY(0, 0) + 1),
        SYMFEED_BAD_BUILD);
    assert_null(feed);
    assert_int_equal(
        symfeed_init_checked(&feed, &config, &port, arena, sizeof arena, SYMFEED_MEMORY(0, 0)),
        SYMFEED_OK);
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
    static const char *const bad[] = {"",
                                      "\n",
                                      "a\tb",
                                      "\x7F",
                                      "a\x01",
                                      "\x80",
                                      "\xC3",
                                      "\xC3\"",
                                      "\xC3\\",
                                      "\303A",
                                      "\xC0\x80",
                                      "\xED\xA0\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFF",
                                      "a\xE2\x82"};
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

static void bad_tokens(void **state)
{
    static const size_t tokens[] = {0, 1, 31, 16777217u, SIZE_MAX};
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        config.tokens = tokens[i];
        assert_int_equal(symfeed_init(&feed, &config, &port, arena, SIZE_MAX), SYMFEED_BAD_TOKENS);
    }
    config.tokens = 16777216u;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_MEMORY);
    config.window = 1073741824u;
    assert_int_equal(init(&config, &port), SYMFEED_BAD_MEMORY);
}

static void bad_timer_for_each_that_is_too_long(void **state)
{
    struct symfeed_port port = whole_port();

    (void)state;
    for (unsigned which = 0; which < 11; which++) {
        for (unsigned too_long = 0; too_long < 3; too_long++) {
            struct symfeed_config config = good_config();
            uint32_t value = too_long == 0 ? 86400000u : too_long == 1 ? 86400001u : UINT32_MAX;

            config.timers.backoff_max = 86400000u;
            switch (which) {
            case 0: config.timers.connect = value; break;
            case 1: config.timers.secure = value; break;
            case 2: config.timers.send = value; break;
            case 3: config.timers.first_byte = value; break;
            case 4: config.timers.idle = value; break;
            case 5: config.timers.whole = value; break;
            case 6: config.timers.stop = value; break;
            case 7: config.timers.backoff_first = value; break;
            case 8: config.timers.backoff_slow = value; break;
            case 9: config.timers.backoff_max = value; break;
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
    config.timers.backoff_max = 499;
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
        config.tokens = sizes[i][1];
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
            window = (unsigned char *)feed->exchange.out;
            tokens = (unsigned char *)feed->tokens.table;
            assert_true((unsigned char *)feed >= memory);
            assert_int_equal((uintptr_t)feed % 16, 0);
            assert_int_equal((uintptr_t)tokens % sizeof(int), 0);
            assert_true(tokens >= (unsigned char *)(feed + 1));
            assert_true(window >= tokens + config.tokens * SYMFEED_TOKEN_SIZE);
            assert_true(window + config.window <= memory + size);
            memset(tokens, 0xFF, config.tokens * SYMFEED_TOKEN_SIZE);
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
    assert_int_equal(SYMFEED_MEMORY(4096, 128) - SYMFEED_MEMORY(0, 0), 4096 + 128 * 20);
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
        cmocka_unit_test(waits_double_up_to_the_longest),
        cmocka_unit_test(waits_lie_between_half_and_all_of_the_step),
        cmocka_unit_test(the_least_step_counts_from_now_on),
        cmocka_unit_test(the_ends_of_the_range_do_not_overflow),
        cmocka_unit_test(decimal_numbers_have_up_to_64_bits),
        cmocka_unit_test(words_are_told_whatever_their_case),
        cmocka_unit_test(wiped_memory_is_zero_and_no_more_of_it),
#if SYMFEED_MESSAGES
        cmocka_unit_test(a_note_is_put_together),
        cmocka_unit_test(a_note_is_never_longer_than_the_line),
        cmocka_unit_test(without_a_log_a_note_goes_nowhere),
#endif
        cmocka_unit_test(a_good_configuration_is_ok),
        cmocka_unit_test(bad_pointer),
        cmocka_unit_test(bad_build),
        cmocka_unit_test(bad_port_for_each_call_that_is_missing),
        cmocka_unit_test(bad_agent_and_bad_scheme),
        cmocka_unit_test(bad_tag),
        cmocka_unit_test(bad_window),
        cmocka_unit_test(bad_tokens),
        cmocka_unit_test(bad_timer_for_each_that_is_too_long),
        cmocka_unit_test(bad_timer_where_the_first_wait_is_above_the_longest),
        cmocka_unit_test(the_stated_memory_is_enough_and_a_byte_less_is_not),
        cmocka_unit_test(the_stated_memory_is_not_far_from_what_is_used),
        cmocka_unit_test(every_status_has_its_text),
    };

    return cmocka_run_group_tests_name("small", tests, NULL, NULL);
}
