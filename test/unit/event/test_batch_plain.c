/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_batch_plain.c - bodies of a build that does not look into events: whole, in pieces of every
 * kind, with events too large, brackets missing and too many, cut at every byte, and damaged at
 * random.
 */
#include "symfeed_config.h"

#if !SYMFEED_JSON

#include "helpers.h"

#include "event/batch.h"

#define WINDOW   64
#define ACK_ROOM 16

/* What came of a body, a line for each element: `=`, or `!` malformed, `~` cut, its text, and for
 * what has none the id in brackets. */
struct run {
    struct batch batch;
    enum batch_result result;
    char window[WINDOW + 1];
    char ack[ACK_ROOM + 1];
    struct buffer out;
};

static void note_element(struct run *run)
{
    const struct batch *batch = &run->batch;

    if (batch->shape == BATCH_ENVELOPE) {
        add(&run->out, batch->truncated ? "~" : batch->malformed ? "!" : "=");
        add_bytes(&run->out, batch->window, batch->size);
        assert_true(batch->truncated ? batch->bytes > batch->size && batch->size == WINDOW
                                     : batch->bytes == batch->size);
    } else {
        add(&run->out, "[");
        add_bytes(&run->out, batch->ack, batch->ack_size);
        add(&run->out, batch->ack_state == BATCH_ACK_TOO_LONG ? "...]" : "]");
    }
    add(&run->out, "\n");
}

static bool take(void *context, const unsigned char *data, size_t size)
{
    struct run *run = (struct run *)context;

    for (size_t at = 0; at < size;) {
        size_t taken = 0;

        run->result = symfeed_batch_feed(&run->batch, data + at, size - at, &taken);
        assert_true(taken > 0 && taken <= size - at);
        assert_int_equal(run->window[WINDOW], 'w');
        assert_int_equal(run->ack[ACK_ROOM], 'a');
        at += taken;
        if (run->result == BATCH_BROKEN) {
            return false;
        }
        if (run->result == BATCH_ELEMENT) {
            note_element(run);
        }
    }
    return true;
}

static void go(struct run *run, enum batch_shape shape, const char *text, size_t size,
               const struct split *split)
{
    static const hash_word key[2] = {1, 2};

    memset(run, 0, sizeof *run);
    memset(run->window, 'w', sizeof run->window);
    memset(run->ack, 'a', sizeof run->ack);
    add(&run->out, "");
    symfeed_batch_init(&run->batch, shape, run->window, WINDOW, 0, run->ack, ACK_ROOM, key);
    feed_pieces(text, size, split, take, run);
    if (run->result == BATCH_BROKEN) {
        add(&run->out, "broken");
    } else if (!batch_is_whole(&run->batch)) {
        add(&run->out, "not whole");
    } else if (shape == BATCH_ENVELOPE) {
        static const char *const states[] = {"none", "", "too long"};

        add(&run->out, states[run->batch.ack_state]);
        if (run->batch.ack_state == BATCH_ACK_WHOLE) {
            add_bytes(&run->out, run->ack, run->batch.ack_size);
        }
    }
}

/* The same however it comes. */
static void expect(enum batch_shape shape, const char *text, const char *expected)
{
    struct split split = {0, 0, 0};
    size_t size = strlen(text);

    do {
        struct run run;

        go(&run, shape, text, size, &split);
        if (strcmp(run.out.at, expected) != 0) {
            fail_msg("%s: %s", text, run.out.at);
        }
        drop(&run.out);
    } while (split_next(&split, size, 40));
}

#define MARK "\xEF\xBB\xBF"

static void a_byte_order_mark_before_the_body_is_passed_over(void **state)
{
    (void)state;
    expect(BATCH_ENVELOPE, MARK "{\"events\":[{\"a\":1}],\"ackId\":\"x\"}", "={\"a\":1}\nx");
    expect(BATCH_LIST, MARK "[{\"id\":\"x\"}]", "[x]\n");
    expect(BATCH_OBJECT, MARK "{\"id\":\"x\"}", "[x]\n");
    expect(BATCH_ENVELOPE, MARK MARK "{}", "broken");
    expect(BATCH_ENVELOPE, "\xEF\xBB{}", "broken");
    expect(BATCH_ENVELOPE, " " MARK "{}", "broken");
}

static void events_come_as_they_are(void **state)
{
    (void)state;
    expect(BATCH_ENVELOPE, "{\"events\":[],\"ackId\":\"x\"}", "x");
    expect(BATCH_ENVELOPE, "{\"events\":[{\"a\":1},{ \"b\" : [2] }],\"ackId\":\"x\"}",
           "={\"a\":1}\n={ \"b\" : [2] }\nx");
    expect(BATCH_ENVELOPE, " {\"ackId\" : \"x\" , \"events\" : [ {} ] } ", "={}\nx");
    expect(BATCH_ENVELOPE, "{\"events\":[{\"s\":\"]}\\\"},{\"}],\"ackId\":\"x\"}",
           "={\"s\":\"]}\\\"},{\"}\nx");
    expect(BATCH_ENVELOPE, "{\"events\":[{\"s\":\"\\\\\"},{}],\"ackId\":\"x\"}",
           "={\"s\":\"\\\\\"}\n={}\nx");
    expect(BATCH_ENVELOPE, "{\"events\":[{\"ackId\":\"no\",\"events\":[{}]}],\"ackId\":\"x\"}",
           "={\"ackId\":\"no\",\"events\":[{}]}\nx");
}

static void the_ack_id_is_that_of_the_envelope(void **state)
{
    (void)state;
    expect(BATCH_ENVELOPE, "{\"events\":[]}", "none");
    expect(BATCH_ENVELOPE, "{\"ackId\":null}", "none");
    expect(BATCH_ENVELOPE, "{\"ackId\":\"\"}", "none");
    expect(BATCH_ENVELOPE, "{\"ackId\":7}", "none");
    expect(BATCH_ENVELOPE, "{\"ackId\":{\"ackId\":\"x\"}}", "none");
    expect(BATCH_ENVELOPE, "{\"ackId\":[\"x\"]}", "none");
    expect(BATCH_ENVELOPE, "{\"x\":\"ackId\",\"y\":\"z\"}", "none");
    expect(BATCH_ENVELOPE, "{\"a\":{\"ackId\":\"x\"}}", "none");
    expect(BATCH_ENVELOPE, "{\"ackIds\":\"x\",\"ackI\":\"y\"}", "none");
    expect(BATCH_ENVELOPE, "{\"ackId\":\"x\",\"ackId\":\"y\"}", "y");
    expect(BATCH_ENVELOPE, "{\"ackId\":\"x\",\"ackId\":null}", "none");
    expect(BATCH_ENVELOPE, "{\"ackId\":\"a\\u0041\\\"\\\\\"}", "a\\u0041\\\"\\\\");
    expect(BATCH_ENVELOPE, "{\"ackId\":\"0123456789abcdef\"}", "0123456789abcdef");
    expect(BATCH_ENVELOPE, "{\"ackId\":\"0123456789abcdef0\"}", "too long");
    expect(BATCH_ENVELOPE, "{\"ackId\":\"0123456789abcdef0\",\"ackId\":\"y\"}", "y");
}

static void what_is_no_batch_is_told(void **state)
{
    static const char *const broken[] = {"[]",   "<html>", "7", "\"x\"", "null", "{}}",
                                         "{}{",  "{}x",    "]", "}",     ",",    "{\"events\":{}}",
                                         "{} []"};
    static const char *const cut[] = {
        "", " ", "{", "{\"events\":[", "{\"events\":[{}],\"ackId\":\"x\"", "{\"ackId\":\"x"};

    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++) {
        expect(BATCH_ENVELOPE, broken[i], "broken");
    }
    for (size_t i = 0; i < COUNT(cut); i++) {
        struct split whole = {0, 0, 0};
        struct run run;

        go(&run, BATCH_ENVELOPE, cut[i], strlen(cut[i]), &whole);
        assert_non_null(strstr(run.out.at, "not whole"));
        drop(&run.out);
    }
}

static void what_is_no_object_is_passed_over(void **state)
{
    (void)state;
    expect(BATCH_ENVELOPE, "{\"events\":null,\"ackId\":\"x\"}", "x");
    expect(BATCH_ENVELOPE, "{\"events\":[null,1,\"s\",[{}],{}],\"ackId\":\"x\"}", "={}\nx");
}

static void an_event_too_large_comes_as_its_head(void **state)
{
    char text[WINDOW * 3];
    char expected[WINDOW * 3];

    (void)state;
    for (size_t size = WINDOW - 3; size < WINDOW + 8; size++) { /* of the event */
        struct buffer body = {NULL, 0, 0};

        memset(text, 0, sizeof text);
        memset(text, 'x', size);
        memcpy(text, "{\"a\":\"", 6);
        memcpy(text + size - 2, "\"}", 2);
        add(&body, "{\"events\":[");
        add(&body, text);
        add(&body, ",{}],\"ackId\":\"k\"}");
        (void)snprintf(expected, sizeof expected, "%s%.*s\n={}\nk", size > WINDOW ? "~" : "=",
                       WINDOW, text);
        expect(BATCH_ENVELOPE, body.at, expected);
        drop(&body);
    }
}

/* One that is missing or too many costs the event that it is in. */
static void brackets_that_do_not_match_cost_one_event(void **state)
{
    (void)state;
    expect(BATCH_ENVELOPE, "{\"events\":[{\"a\":[1},{\"b\":2}],\"ackId\":\"x\"}",
           "!{\"a\":[1}\n={\"b\":2}\nx");
    expect(BATCH_ENVELOPE, "{\"events\":[{\"a\":[[[1},{\"b\":2}],\"ackId\":\"x\"}",
           "!{\"a\":[[[1}\n={\"b\":2}\nx");
    expect(BATCH_ENVELOPE, "{\"events\":[{\"a\":1}},{\"b\":2}],\"ackId\":\"x\"}",
           "={\"a\":1}\n={\"b\":2}\nx");
    expect(BATCH_ENVELOPE, "{\"events\":[{\"a\":1]},{\"b\":2}],\"ackId\":\"x\"}",
           "!{\"a\":1]\n={\"b\":2}\nx");
}

static void a_list_tells_the_ids_of_its_feeds(void **state)
{
    (void)state;
    expect(BATCH_LIST, "[]", "");
    expect(BATCH_LIST, "[{\"id\":\"a_f\",\"type\":\"fanout\"},{\"type\":\"x\",\"id\":\"b\"}]",
           "[a_f]\n[b]\n");
    expect(BATCH_LIST, "[{\"x\":{\"id\":\"no\"},\"id\":\"a\"}, { } ,{\"id\":null}]",
           "[a]\n[]\n[]\n");
    expect(BATCH_LIST, "[{\"id\":\"0123456789abcdef\"},{\"id\":\"0123456789abcdefg\"}]",
           "[0123456789abcdef]\n[0123456789abcdef...]\n");
    expect(BATCH_LIST, "{}", "broken");
    expect(BATCH_LIST, "[]]", "broken");
}

static void an_object_tells_its_id(void **state)
{
    (void)state;
    expect(BATCH_OBJECT, "{\"id\":\"a_f\",\"type\":\"fanout\"}", "[a_f]\n");
    expect(BATCH_OBJECT, "{\"message\":\"id\"}", "[]\n");
    expect(BATCH_OBJECT, "[{\"id\":\"a\"}]", "broken");
}

static void deep_nesting_does_no_harm(void **state)
{
    struct buffer body = {NULL, 0, 0};
    struct buffer expected = {NULL, 0, 0};

    (void)state;
    for (size_t depth = 1; depth < 80; depth++) {
        add(&body, "{\"events\":[{\"a\":");
        add_times(&body, "[", depth);
        add_times(&body, "]", depth);
        add(&body, "},{\"b\":2}],\"ackId\":\"x\"}");
        add(&expected, depth * 2 + 6 > WINDOW ? "~" : "=");
        add_bytes(&expected, body.at + 11, depth * 2 + 6 > WINDOW ? WINDOW : depth * 2 + 6);
        add(&expected, "\n={\"b\":2}\nx");
        expect(BATCH_ENVELOPE, body.at, expected.at);
        drop(&body);
        drop(&expected);
    }
}

/* Whatever comes, it ends, and writes nowhere but where it may; the same in one piece and byte by
 * byte. */
static void damaged_bodies_do_no_harm(void **state)
{
    static const char good[] = "{\"events\":[{\"a\":[1,{\"b\":\"\\\"]}\"}]},{\"id\":\"e\"},null],"
                               "\"ackId\":\"key\"}";
    static const char bytes[] = "{}[]\":,\\ x";
    uint32_t random = 11;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct split whole = {0, 0, 0};
        struct split each = {1, 0, 0};
        char text[sizeof good];
        struct run one;
        struct run other;
        enum batch_shape shape = (enum batch_shape)(round % 3);

        memcpy(text, good, sizeof good);
        for (unsigned i = 0; i < 1 + round % 4; i++) {
            text[next_random(&random) % (sizeof good - 1)] =
                bytes[next_random(&random) % (sizeof bytes - 1)];
        }
        go(&one, shape, text, sizeof good - 1, &whole);
        go(&other, shape, text, sizeof good - 1, &each);
        assert_string_equal(one.out.at, other.out.at);
        drop(&one.out);
        drop(&other.out);
    }
}

/* A name longer than the window is none that matters. */
static void a_long_name_is_passed_over(void **state)
{
    struct buffer body = {NULL, 0, 0};

    (void)state;
    add(&body, "{\"");
    add_times(&body, "ackId", WINDOW / 5 + 1);
    add(&body, "\":\"no\",\"ackId\":\"x\"}");
    expect(BATCH_ENVELOPE, body.at, "x");
    drop(&body);
}

/* One bracket closes as many as can be open. */
static void a_bracket_closes_all_that_are_open(void **state)
{
    struct buffer body = {NULL, 0, 0};

    (void)state;
    for (size_t depth = 1; depth <= SYMFEED_DEPTH; depth++) {
        add(&body, "{\"a\":");
        add_times(&body, "[", depth - 1);
        add(&body, "}");
        expect(BATCH_OBJECT, body.at, depth == 1 ? "[]\n" : "");
        drop(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_order_mark_before_the_body_is_passed_over),
        cmocka_unit_test(events_come_as_they_are),
        cmocka_unit_test(the_ack_id_is_that_of_the_envelope),
        cmocka_unit_test(what_is_no_batch_is_told),
        cmocka_unit_test(what_is_no_object_is_passed_over),
        cmocka_unit_test(an_event_too_large_comes_as_its_head),
        cmocka_unit_test(brackets_that_do_not_match_cost_one_event),
        cmocka_unit_test(a_list_tells_the_ids_of_its_feeds),
        cmocka_unit_test(an_object_tells_its_id),
        cmocka_unit_test(deep_nesting_does_no_harm),
        cmocka_unit_test(damaged_bodies_do_no_harm),
        cmocka_unit_test(a_long_name_is_passed_over),
        cmocka_unit_test(a_bracket_closes_all_that_are_open),
    };

    return cmocka_run_group_tests_name("batch_plain", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
