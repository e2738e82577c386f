/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_batch.c - the cutter of bodies: which elements come out of which body, what becomes of the
 * ackId, what is called broken; and what is left of an event that is too large: always well-formed,
 * never beyond the window, with id, type, stream and the head of the text.
 */
#include "symfeed_config.h"

#if SYMFEED_JSON

#include "helpers.h"

#include "event/batch.h"
#include "json/tokens.h"
#include "symfeed.h"

#define GUARD 0xA5

struct setup {
    enum batch_shape shape;
    size_t window;
    size_t tokens;
    uint16_t ack_room;
    bool lone; /* the input has lone surrogates, so the output may */
};

static const struct setup usual = {BATCH_ENVELOPE, 2048, 128, 64, true};
static const struct setup list = {BATCH_LIST, 1024, 32, 64, true};
static const struct setup object = {BATCH_OBJECT, 1024, 32, 64, true};
static const struct setup token = {BATCH_TOKEN, 1024, 32, 8, true};

/* One body on its way. */
struct run {
    const struct setup *setup;
    struct batch batch;
    unsigned char *window; /* with guard bytes on both sides */
    char ack[600];
    struct symfeed_json_tokens tokens;
    struct buffer brief; /* what came out: a line for each element, one for the end */
    struct buffer full;  /* the same in every detail */
    enum batch_result result;
    unsigned elements;
};

static const hash_word hash_key[2] = {0x01234567, 0x89ABCDEF};

static void check_guards(const struct run *run)
{
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(run->window[i], GUARD);
        assert_int_equal(run->window[32 + run->setup->window + i], GUARD);
    }
    for (size_t i = run->setup->ack_room; i < sizeof run->ack; i++) {
        assert_int_equal((unsigned char)run->ack[i], GUARD);
    }
}

/* The members that are noted on the way are those that the tokens have; `run->tokens` is filled. */
static void check_noted(struct run *run)
{
    const struct batch *batch = &run->batch;
    const char *name = SYMFEED_NOTED_NAMES;

    for (size_t i = 0; i < SYMFEED_NOTED; i++) {
        struct symfeed_value want = symfeed_tokens_find(batch->window, &run->tokens, name);
        struct symfeed_value have = batch->noted[i];

        if (have.kind != want.kind || have.text != want.text || have.size != want.size) {
            fail_msg("%s: kind %d at %ld, %lu bytes, instead of %d at %ld, %lu: %.*s", name,
                     (int)have.kind, have.text == NULL ? -1L : (long)(have.text - batch->window),
                     (unsigned long)have.size, (int)want.kind,
                     want.text == NULL ? -1L : (long)(want.text - batch->window),
                     (unsigned long)want.size, (int)batch->size, batch->window);
        }
        name += strlen(name) + 1;
    }
}

/* What holds for every element, whatever it was. */
static void check_element(struct run *run)
{
    const struct batch *batch = &run->batch;
    struct checker checker;

    check_guards(run);
    assert_true(batch->size <= run->setup->window);
    assert_true(batch->bytes >= batch->size || batch->truncated);
    if (batch->malformed) {
        run->tokens.used = 0;
        check_noted(run);
        return;
    }
    if (!well_formed(batch->window, batch->size, &checker)) {
        fail_msg("not well-formed: %.*s", (int)batch->size, batch->window);
    }
    assert_int_equal(checker.tokens, batch->tokens);
    assert_true(batch->tokens <= run->setup->tokens);
    assert_true(checker.deepest <= SYMFEED_DEPTH);
    if (checker.lone && !run->setup->lone) {
        fail_msg("half a pair: %.*s", (int)batch->size, batch->window);
    }
    symfeed_tokens_split(batch->window, batch->size, &run->tokens);
    assert_int_equal(run->tokens.used, checker.tokens);
    check_noted(run);
    if (!batch->truncated) {
        assert_true(batch->bytes == batch->size);
    }
}

static void note_element(struct run *run)
{
    struct batch *batch = &run->batch;
#if SYMFEED_DEDUP > 0
    uint64_t hash = symfeed_hash_final(&batch->hash);
#else
    uint64_t hash = 0; /* there is none */
#endif
    char line[120];

    run->elements++;
    check_element(run);
    add(&run->brief, batch->malformed && batch->truncated ? "?"
                     : batch->malformed                   ? "!"
                     : batch->truncated                   ? "~"
                                                          : "=");
    add_bytes(&run->brief, batch->window, batch->size);
    add(&run->brief, "\n");
    (void)snprintf(line, sizeof line, "%lu bytes, %lu tokens, hash %08lx%08lx\n",
                   (unsigned long)batch->bytes, (unsigned long)batch->tokens,
                   (unsigned long)(hash >> 32), (unsigned long)(hash & 0xFFFFFFFFu));
    add(&run->full, line);
}

static bool take(void *context, const unsigned char *data, size_t size)
{
    struct run *run = (struct run *)context;

    for (size_t at = 0; at < size;) {
        size_t taken = 0;

        run->result = symfeed_batch_feed(&run->batch, data + at, size - at, &taken);
        assert_true(taken <= size - at);
        at += taken;
        if (run->result == BATCH_BROKEN) {
            return false;
        }
        if (run->result == BATCH_ELEMENT) {
            note_element(run);
        } else {
            assert_int_equal(at, size);
        }
    }
    return true;
}

static void begin(struct run *run, const struct setup *setup)
{
    memset(run, 0, sizeof *run);
    run->setup = setup;
    run->window = (unsigned char *)malloc(setup->window + 64);
    run->tokens.table = malloc(setup->tokens * SYMFEED_JSON_TOKEN_SIZE);
    run->tokens.room = setup->tokens;
    if (run->window == NULL || run->tokens.table == NULL) {
        abort();
    }
    memset(run->window, GUARD, setup->window + 64);
    memset(run->ack, GUARD, sizeof run->ack);
    assert_true(setup->ack_room <= sizeof run->ack);
    symfeed_batch_init(&run->batch, setup->shape, (char *)run->window + 32, setup->window,
                       setup->tokens, run->ack, setup->ack_room, hash_key);
}

static void end(struct run *run)
{
    drop(&run->brief);
    drop(&run->full);
    free(run->window);
    free(run->tokens.table);
}

/* The whole body, and its last line: BROKEN, or whole or open, and the ackId. */
static void go(struct run *run, const struct setup *setup, const char *text, size_t size,
               const struct split *split)
{
    begin(run, setup);
    feed_pieces(text, size, split, take, run);
    check_guards(run);
    if (run->result == BATCH_BROKEN) {
        add(&run->brief, "BROKEN");
    } else {
        add(&run->brief, batch_is_whole(&run->batch) ? "whole" : "open");
        if (run->batch.ack_state == BATCH_ACK_WHOLE) {
            add(&run->brief, " ack=");
            add_bytes(&run->brief, run->ack, run->batch.ack_size);
        } else if (run->batch.ack_state == BATCH_ACK_TOO_LONG) {
            add(&run->brief, " ack too long");
        }
    }
    add(&run->full, run->brief.at);
}

static void expect_with(const struct setup *setup, const char *text, size_t size,
                        const char *expected)
{
    struct split split = {0, 0, 0};
    struct buffer first = {NULL, 0, 0};

    do {
        struct run run;

        if (size > 1200 && split.first > 60 && split.first % 13 != 0) {
            continue; /* a long one: at every 13th position */
        }
        go(&run, setup, text, size, &split);
        if (expected != NULL && strcmp(run.brief.at, expected) != 0) {
            fail_msg("cut at %u and %u, step %u:\n%s\nexpected:\n%s\ngot:\n%s",
                     (unsigned)split.first, (unsigned)split.second, (unsigned)split.step, text,
                     expected, run.brief.at);
        }
        if (first.at == NULL) {
            add_bytes(&first, run.full.at, run.full.size);
        } else if (first.size != run.full.size || memcmp(first.at, run.full.at, first.size) != 0) {
            fail_msg("cut at %u and %u, step %u:\n%s\nwhole:\n%s\ncut:\n%s", (unsigned)split.first,
                     (unsigned)split.second, (unsigned)split.step, text, first.at, run.full.at);
        }
        end(&run);
    } while (split_next(&split, size, 60));
    drop(&first);
}

static void expect(const char *text, const char *expected)
{
    expect_with(&usual, text, strlen(text), expected);
}

/* --- the envelope ------------------------------------------------------------------------- */

static void the_ack_id_is_found_before_between_and_after(void **state)
{
    (void)state;
    expect("{\"events\":[{\"a\":1},{\"b\":2}],\"ackId\":\"x1\"}",
           "={\"a\":1}\n={\"b\":2}\nwhole ack=x1");
    expect("{\"ackId\":\"x1\",\"events\":[{\"a\":1},{\"b\":2}]}",
           "={\"a\":1}\n={\"b\":2}\nwhole ack=x1");
    expect(
        "{\"u\":{\"ackId\":\"no\",\"events\":[{}]},\"ackId\":\"x1\",\"v\":[\"ackId\",\"events\"],"
        "\"events\":[{\"ackId\":\"no\"}],\"w\":null,\"z\":-1.5e3}",
        "={\"ackId\":\"no\"}\nwhole ack=x1");
    expect("{\"v\":\"events\",\"events\":[],\"w\":\"ackId\",\"ackId\":\"x1\",\"y\":\"z\"}",
           "whole ack=x1");
    expect("{\"events\":[{\"a\":1}],\"ackId\":\"x1\",\"events\":[{\"b\":2}]}",
           "={\"a\":1}\n={\"b\":2}\nwhole ack=x1");
    expect("{\"ackId\":\"x1\",\"events\":[],\"ackId\":\"x2\"}", "whole ack=x2");
}

static void names_written_with_escapes_are_the_same_names(void **state)
{
    (void)state;
    expect("{\"\\u0065vents\":[{\"a\":1}],\"ack\\u0049d\":\"x1\"}", "={\"a\":1}\nwhole ack=x1");
    expect("{\"\\u0065\\u0076\\u0065\\u006E\\u0074\\u0073\":[{}],"
           "\"\\u0061\\u0063\\u006b\\u0049\\u0064\":\"x1\"}",
           "={}\nwhole ack=x1");
    expect("{\"event\":[{}],\"eventss\":[{}],\"Events\":[{}],\"ackid\":\"x1\",\"ackIdd\":\"x1\","
           "\"\":[{}],\"event\\u0000s\":[{}],\"\\\"events\":[{}]}",
           "whole");
}

static void white_space_may_stand_everywhere(void **state)
{
    (void)state;
    expect(" \t\r\n{ \"events\" : [ { \"a\" : 1 } , { } ] , \"ackId\" : \"x\" } \r\n",
           "={ \"a\" : 1 }\n={ }\nwhole ack=x");
    expect("\n{\n\"ackId\"\n:\n\"x\"\n,\n\"events\"\n:\n[\n]\n}\n\n", "whole ack=x");
    expect("{\"events\":[ {}\t,\r{}\n],\"ackId\":\"x\"}", "={}\n={}\nwhole ack=x");
}

static void events_may_be_absent_null_or_empty(void **state)
{
    (void)state;
    expect("{}", "whole");
    expect("{\"ackId\":\"x\"}", "whole ack=x");
    expect("{\"events\":null,\"ackId\":\"x\"}", "whole ack=x");
    expect("{\"events\":[],\"ackId\":\"x\"}", "whole ack=x");
    expect("{\"events\":[ ],\"ackId\":\"x\"}", "whole ack=x");
}

static void null_among_the_events_is_passed_over(void **state)
{
    (void)state;
    expect("{\"events\":[null],\"ackId\":\"x\"}", "whole ack=x");
    expect("{\"events\":[null,{\"a\":1},null , {\"b\":2}, null ],\"ackId\":\"x\"}",
           "={\"a\":1}\n={\"b\":2}\nwhole ack=x");
}

static void an_ack_id_that_is_none_is_told(void **state)
{
    (void)state;
    expect("{\"events\":[{}]}", "={}\nwhole");
    expect("{\"events\":[{}],\"ackId\":null}", "={}\nwhole");
    expect("{\"events\":[{}],\"ackId\":true}", "={}\nwhole");
    expect("{\"events\":[{}],\"ackId\":12345}", "={}\nwhole");
    expect("{\"events\":[{}],\"ackId\":-1.5e3 }", "={}\nwhole");
    expect("{\"events\":[{}],\"ackId\":\"\"}", "={}\nwhole");
    expect("{\"events\":[{}],\"ackId\":[\"x\"]}", "={}\nwhole");
    expect("{\"events\":[{}],\"ackId\":{\"ackId\":\"x\"}}", "={}\nwhole");
    expect("{\"ackId\":null,\"events\":[{}]}", "={}\nwhole");
    expect("{\"ackId\":12345,\"events\":[{}]}", "={}\nwhole");
}

static void an_ack_id_fits_exactly_or_is_too_long(void **state)
{
    struct setup setup = usual;

    (void)state;
    setup.ack_room = 4;
    expect_with(&setup, "{\"ackId\":\"1234\"}", 16, "whole ack=1234");
    expect_with(&setup, "{\"ackId\":\"12345\"}", 17, "whole ack too long");
    expect_with(&setup, "{\"ackId\":\"123456789012\",\"events\":[{}]}", 38,
                "={}\nwhole ack too long");
    expect_with(&setup, "{\"ackId\":\"123\\n\"}", 17, "whole ack too long");
    expect_with(&setup, "{\"ackId\":\"12\\n\"}", 16, "whole ack=12\\n");
}

static void escapes_in_an_ack_id_stay_as_they_are(void **state)
{
    (void)state;
    expect("{\"ackId\":\"a\\\"b\\\\c\\u00e9\\ud83d\\ude00\xC3\xA9/+=\"}",
           "whole ack=a\\\"b\\\\c\\u00e9\\ud83d\\ude00\xC3\xA9/+=");
}

static void every_broken_envelope_is_told(void **state)
{
    static const char *const bodies[] = {
        "x",
        "[]",
        "[{}]",
        "\"events\"",
        "null",
        "12 ",
        "true",
        "<html><body>502 Bad Gateway</body></html>",
        "}",
        "]",
        ",",
        "{\"events\":[]]",
        "{\"events\":[}",
        "{\"events\":[,]}",
        "{\"events\":{}}",
        "{\"events\":{\"a\":1}}",
        "{\"events\":\"\"}",
        "{\"events\":\"x\"}",
        "{\"events\":1}",
        "{\"events\":-1}",
        "{\"events\":true}",
        "{\"events\":false}",
        "{\"events\":nul}",
        "{\"events\" []}",
        "{\"events\"}",
        "{\"events\":}",
        "{events:[]}",
        "{\"events\":[],}",
        "{\"events\":[]\"ackId\":\"x\"}",
        "{\"events\":[]}}",
        "{\"events\":[]}{}",
        "{\"events\":[]} x",
        "{,}",
        "{\"a\":tru}",
        "{\"a\":01}",
        "{\"a\":\"\x01\"}",
        "{\"a\":\"\xFF\"}",
        "{\"a\":\"\\x\"}",
        "{\"\n\":1}",
        "{\"ackId\":\"a\nb\"}",
        "{\"ackId\":'x'}",
        "{\"a\":[1}}",
        "\xEF\xBB{}",
        "\xEF{}",
        " \xEF\xBB\xBF{}",
        "\xEF\xBB\xBF\xEF\xBB\xBF{}",
        "{}\xEF\xBB\xBF",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        expect(bodies[i], "BROKEN");
    }
    expect("{\"events\":[{\"a\":1}}", "={\"a\":1}\nBROKEN");
    expect("{\"events\":[{\"a\":1},]}", "={\"a\":1}\nBROKEN");
    expect("{\"events\":[{\"a\":1},,{}]}", "={\"a\":1}\nBROKEN");
    expect("{\"events\":[{\"a\":1}{\"b\":2}]}", "={\"a\":1}\nBROKEN");
    expect("{\"events\":[{\"a\":1}:2]}", "={\"a\":1}\nBROKEN");
    expect("{\"events\":[:1]}", "BROKEN");
    expect("{\"events\":[:]}", "BROKEN");
    expect("{\"events\":[{\"a\":1}],\"ackId\":\"x\"}x", "={\"a\":1}\nBROKEN");
}

#define MARK "\xEF\xBB\xBF"

static void a_byte_order_mark_before_the_body_is_passed_over(void **state)
{
    (void)state;
    expect(MARK "{\"events\":[{\"a\":1}],\"ackId\":\"x\"}", "={\"a\":1}\nwhole ack=x");
    expect(MARK " \r\n{}", "whole");
    expect(MARK, "open");
    expect("{\"events\":[{\"a\":\"" MARK "\"}]}", "={\"a\":\"" MARK "\"}\nwhole");
    expect_with(&list, MARK "[{\"id\":\"x\"}]", 15, "={\"id\":\"x\"}\nwhole");
    expect_with(&object, MARK "{\"id\":\"x\"}", 13, "={\"id\":\"x\"}\nwhole");
    expect_with(&token, MARK "{\"token\":\"x\"}", 16, "whole ack=x");
}

static void a_body_that_ends_early_is_not_whole(void **state)
{
    static const char text[] = "{\"events\":[{\"a\":1},{\"b\":\"\\u00e9\"}],\"ackId\":\"x1\"}";
    struct split split = {0, 0, 0};

    (void)state;
    for (size_t size = 1; size < sizeof text - 1; size++) {
        struct run run;

        go(&run, &usual, text, size, &split);
        assert_int_equal(run.result == BATCH_BROKEN, 0);
        assert_false(batch_is_whole(&run.batch));
        assert_int_equal(run.elements, size < 18 ? 0 : size < 33 ? 1 : 2);
        end(&run);
    }
}

static void long_and_deep_members_of_the_envelope_pass(void **state)
{
    struct buffer text = {NULL, 0, 0};
    struct setup setup = usual;

    (void)state;
    setup.window = 1024;
    add(&text, "{\"");
    add_times(&text, "events", 400);
    add(&text, "\":\"");
    add_times(&text, "long", 1000);
    add(&text, "\",\"deep\":");
    add_times(&text, "[", 500);
    add(&text, "\"ackId\",[\"events\"]");
    add_times(&text, "]", 500);
    add(&text, ",\"events\":[{\"a\":1}],\"");
    add_times(&text, "k", 1022);
    add(&text, "\\u0065vents\":[2],\"ackId\":\"x\"}");
    expect_with(&setup, text.at, text.size, "={\"a\":1}\nwhole ack=x");
    drop(&text);
}

/* --- elements ----------------------------------------------------------------------------- */

static void scalars_and_arrays_among_the_events_are_malformed(void **state)
{
    (void)state;
    expect("{\"events\":[1,{\"a\":1}],\"ackId\":\"x\"}", "!1\n={\"a\":1}\nwhole ack=x");
    expect("{\"events\":[\"s\",{\"a\":1}],\"ackId\":\"x\"}", "!\"s\"\n={\"a\":1}\nwhole ack=x");
    expect("{\"events\":[true ,{\"a\":1}],\"ackId\":\"x\"}", "!true\n={\"a\":1}\nwhole ack=x");
    expect("{\"events\":[[],[{\"b\":[]}],{\"a\":1}],\"ackId\":\"x\"}",
           "![]\n![{\"b\":[]}]\n={\"a\":1}\nwhole ack=x");
    expect("{\"events\":[{\"a\":1},-2.5e3],\"ackId\":\"x\"}", "={\"a\":1}\n!-2.5e3\nwhole ack=x");
    expect("{\"events\":[;],\"ackId\":\"x\"}", "!;\nwhole ack=x");
}

/* This element is malformed and those around it come all the same. */
static void expect_malformed(const char *element)
{
    struct buffer text = {NULL, 0, 0};
    struct buffer expected = {NULL, 0, 0};

    add(&text, "{\"events\":[{\"a\":1},");
    add(&text, element);
    add(&text, ",{\"b\":2}],\"ackId\":\"x\"}");
    add(&expected, "={\"a\":1}\n!");
    add(&expected, element);
    add(&expected, "\n={\"b\":2}\nwhole ack=x");
    expect_with(&usual, text.at, text.size, expected.at);
    drop(&text);
    drop(&expected);
}

static void after_a_malformed_event_the_next_ones_come(void **state)
{
    static const char *const elements[] = {
        "{\"c\":tru}",
        "{\"c\":nulll}",
        "{\"c\":01}",
        "{\"c\":1.}",
        "{\"c\":+1}",
        "{\"c\":.5}",
        "{\"c\":NaN,\"d\":\"}\"}",
        "{\"c\":\"\xFF\"}",
        "{\"c\":\"\xC3\"}",
        "{\"c\":\"\xED\xA0\x80\"}",
        "{\"c\":\"\xC0\xAF}\"}",
        "{\"c\":\"\\x}\"}",
        "{\"c\":\"\\u12\"}",
        "{\"c\":\"\\u12g4]\"}",
        "{\"c\":\"a\nb}\"}",
        "{\"c\":\"\x01\\\"}\"}",
        "{\"c\":[1}",
        "{\"c\":{]}",
        "{\"c\" 1}",
        "{\"c\":1,}",
        "{\"c\":1,,\"d\":2}",
        "{,}",
        "{1:2}",
        "{c:1}",
        "{'c':1}",
        "{\"c\"}",
        "{\"c\":}",
        "{\"c\":[1 2]}",
        "{\"c\":x{[\"]}\"]}}",
        "[1}",
        "tru",
        "x",
        "'a'",
        "1.",
        "-",
        "\"\\x,\"",
        "nul",
        "nulx",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(elements); i++) {
        expect_malformed(elements[i]);
    }
}

static void a_bracket_too_many_costs_one_event_only(void **state)
{
    (void)state;
    expect("{\"events\":[{\"a\":[1}},{\"b\":2}],\"ackId\":\"x\"}",
           "!{\"a\":[1}\n={\"b\":2}\nwhole ack=x");
    expect("{\"events\":[{\"b\":2},{\"a\":[1}}}],\"ackId\":\"x\"}",
           "={\"b\":2}\n!{\"a\":[1}\nwhole ack=x");
    expect("{\"events\":[{\"a\":1]},{\"b\":2}],\"ackId\":\"x\"}",
           "!{\"a\":1]\n={\"b\":2}\nwhole ack=x");
}

static void nothing_else_may_follow_a_malformed_event(void **state)
{
    (void)state;
    expect("{\"events\":[{\"a\":tru}x]}", "!{\"a\":tru}\nBROKEN");
    expect("{\"events\":[{\"a\":tru},}]}", "!{\"a\":tru}\nBROKEN");
    expect("{\"events\":[{\"a\":1}}]}", "={\"a\":1}\nBROKEN");
}

static void a_malformed_event_longer_than_the_window_is_kept_as_far_as_it_fits(void **state)
{
    struct buffer text = {NULL, 0, 0};
    struct setup setup = usual;
    struct split split = {0, 0, 0};
    struct run run;

    (void)state;
    setup.window = 1024;
    add(&text, "{\"events\":[{\"c\":x\"");
    add_times(&text, "0123456789", 200);
    add(&text, "\"},{\"b\":2}],\"ackId\":\"x\"}");
    expect_with(&setup, text.at, text.size, NULL);
    go(&run, &setup, text.at, text.size, &split);
    assert_int_equal(run.elements, 2);
    assert_int_equal(run.brief.at[0], '?');
    assert_memory_equal(run.brief.at + 1, text.at + 11, 1024);
    assert_string_equal(run.brief.at + 1025, "\n={\"b\":2}\nwhole ack=x");
    end(&run);
    drop(&text);
}

/* Cut first, found malformed later: still bounded, still told as malformed, and the next comes. */
static void an_event_found_malformed_after_it_was_cut_does_no_harm(void **state)
{
    struct buffer text = {NULL, 0, 0};
    struct setup setup = usual;
    struct split split = {0, 0, 0};
    struct run run;

    (void)state;
    setup.window = 1024;
    add(&text, "{\"events\":[{\"c\":\"");
    add_times(&text, "0123456789", 200);
    add(&text, "\",\"d\":x,\"e\":\"");
    add_times(&text, "0123456789", 200);
    add(&text, "\"},{\"b\":2}],\"ackId\":\"x\"}");
    expect_with(&setup, text.at, text.size, NULL);
    go(&run, &setup, text.at, text.size, &split);
    assert_int_equal(run.elements, 2);
    assert_int_equal(run.brief.at[0], '?');
    assert_non_null(strstr(run.brief.at, "\n={\"b\":2}\nwhole ack=x"));
    end(&run);
    drop(&text);
}

static void long_scalars_among_the_events_do_no_harm(void **state)
{
    static const char *const begins[] = {"\"", "1", "-", "[", "[\"", "\"\\u0041", "[[[["};
    static const char *const ends[] = {"\"", "", "", "1]", "\"]", "\"", "1]]]]"};
    struct setup setup = usual;

    (void)state;
    setup.window = 1024;
    for (size_t i = 0; i < COUNT(begins); i++) {
        struct buffer text = {NULL, 0, 0};
        struct split split = {0, 0, 0};
        struct run run;

        add(&text, "{\"events\":[");
        add(&text, begins[i]);
        add_times(&text, "1234567890", 200);
        add(&text, ends[i]);
        add(&text, ",{\"b\":2}],\"ackId\":\"x\"}");
        go(&run, &setup, text.at, text.size, &split);
        assert_int_equal(run.elements, 2);
        assert_int_equal(run.brief.at[0], '?');
        if (begins[i][0] == '1' || begins[i][0] == '-') {
            assert_int_equal(run.brief.at[1], '\n'); /* of a number nothing is kept */
        }
        assert_non_null(strstr(run.brief.at, "\n={\"b\":2}\nwhole ack=x"));
        end(&run);
        split.step = 1;
        go(&run, &setup, text.at, text.size, &split);
        assert_non_null(strstr(run.brief.at, "\n={\"b\":2}\nwhole ack=x"));
        end(&run);
        drop(&text);
    }
}

/* --- the other shapes --------------------------------------------------------------------- */

static void expect_list(const char *text, const char *expected)
{
    expect_with(&list, text, strlen(text), expected);
}

static void expect_object(const char *text, const char *expected)
{
    expect_with(&object, text, strlen(text), expected);
}

static void a_list_hands_out_its_elements(void **state)
{
    (void)state;
    expect_list("[]", "whole");
    expect_list(" [ ] ", "whole");
    expect_list("[{\"id\":\"a\"},{\"id\":\"b\"}]", "={\"id\":\"a\"}\n={\"id\":\"b\"}\nwhole");
    expect_list("[{\"ackId\":\"a\"} , null , {\"events\":[{}]} ]\n",
                "={\"ackId\":\"a\"}\n={\"events\":[{}]}\nwhole");
    expect_list("[1,[],\"x\"]", "!1\n![]\n!\"x\"\nwhole");
    expect_list("[{},tru,{}]", "={}\n!tru\n={}\nwhole");
    expect_list("{}", "BROKEN");
    expect_list("{\"events\":[]}", "BROKEN");
    expect_list("null", "BROKEN");
    expect_list("\"x\"", "BROKEN");
    expect_list("[]]", "BROKEN");
    expect_list("[}", "BROKEN");
    expect_list("[{}}", "={}\nBROKEN");
    expect_list("[,]", "BROKEN");
    expect_list("[{},]", "={}\nBROKEN");
    expect_list("[] []", "BROKEN");
    expect_list("[{}", "={}\nopen");
    expect_list("", "open");
}

/* What a body of a token answer comes to; the buffer has 8 bytes. */
static void a_token_is_found_among_other_members(void **state)
{
    static const struct {
        const char *body;
        const char *expected;
    } rows[] = {
        {"{\"token\":\"abc\"}", "whole ack=abc"},
        {"{\"name\":\"sessionToken\",\"token\":\"abc\"}", "whole ack=abc"},
        {"{\"token\":\"abc\",\"name\":\"sessionToken\"}", "whole ack=abc"},
        {" { \"a\" : 1 , \"token\" : \"abc\" , \"b\" : null } \r\n", "whole ack=abc"},
        {"{\"a\":{\"token\":\"no\"},\"token\":\"abc\",\"b\":[\"token\",{\"token\":\"no\"}]}",
         "whole ack=abc"},
        {"{\"t\":true,\"f\":false,\"n\":-1.5e3,\"token\":\"abc\",\"events\":[{\"a\":1}],"
         "\"ackId\":\"no\"}",
         "whole ack=abc"},
        {"{\"events\":\"x\",\"ackId\":{\"a\":[]},\"token\":\"abc\"}", "whole ack=abc"},
        {"{\"authenticationToken\":\"no\",\"Token\":\"no\",\"tokens\":\"no\",\"toke\":\"no\"}",
         "whole"},
        {"{\"\\u0074oken\":\"abc\"}", "whole ack=abc"},
        {"{\"\\u0074\\u006f\\u006B\\u0065\\u006e\":\"abc\"}", "whole ack=abc"},
        {"{\"token\\u0000\":\"no\",\"\\\"token\":\"no\"}", "whole"},
        {"{\"token\":\"a\\u0062\"}", "whole ack=a\\u0062"},
        {"{\"token\":\"a\\/b\\\"\"}", "whole ack=a\\/b\\\""},
        {"{\"token\":\"12345678\"}", "whole ack=12345678"},
        {"{\"token\":\"123456789\"}", "whole ack too long"},
        {"{\"token\":\"12345678901234567890\",\"a\":1}", "whole ack too long"},
        {"{\"token\":\"123\\u0062\"}", "whole ack too long"},
        {"{\"token\":\"\"}", "whole"},
        {"{\"token\":null}", "whole"},
        {"{\"token\":17}", "whole"},
        {"{\"token\":true}", "whole"},
        {"{\"token\":{\"token\":\"no\"}}", "whole"},
        {"{\"token\":[\"no\"]}", "whole"},
        {"{}", "whole"},
        {"{\"token\":\"one\",\"token\":\"two\"}", "whole ack=two"},
        {"{\"token\":\"one\",\"token\":null}", "whole"},
        {"{\"token\":\"123456789\",\"token\":\"two\"}", "whole ack=two"},
        {"{\"token\":\"abc\"", "open ack=abc"},
        {"{\"token\":\"ab", "open ack=ab"},
        {"{\"token\":", "open"},
        {"{", "open"},
        {"[]", "BROKEN"},
        {"[{\"token\":\"abc\"}]", "BROKEN"},
        {"\"token\"", "BROKEN"},
        {"null", "BROKEN"},
        {"17", "BROKEN"},
        {"{\"token\":\"abc\"}x", "BROKEN"},
        {"{\"token\":\"abc\"}{}", "BROKEN"},
        {"{\"token\":\"abc\",}", "BROKEN"},
        {"{\"token\" \"abc\"}", "BROKEN"},
        {"{\"token\":\"a\nb\"}", "BROKEN"},
        {"{\"token\":\"a\\x\"}", "BROKEN"},
        {"{token:\"abc\"}", "BROKEN"},
        {"<html>", "BROKEN"},
        {"0123456789abcdef", "BROKEN"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        expect_with(&token, rows[i].body, strlen(rows[i].body), rows[i].expected);
    }
}

static void an_object_is_one_element(void **state)
{
    (void)state;
    expect_object("{\"id\":\"a\"}", "={\"id\":\"a\"}\nwhole");
    expect_object(" {\"events\":[{}],\"ackId\":\"a\"} \n",
                  "={\"events\":[{}],\"ackId\":\"a\"}\nwhole");
    expect_object("{}x", "={}\nBROKEN");
    expect_object("{}{}", "={}\nBROKEN");
    expect_object("{\"id\":tru}", "!{\"id\":tru}\nwhole");
    expect_object("[{}]", "![{}]\nwhole");
    expect_object("\"x\"", "!\"x\"\nwhole");
    expect_object("{\"id\":", "open");
    expect_object("", "open");
    expect_object("]", "BROKEN");
    expect_object("}", "BROKEN");
}

static void a_body_of_null_is_no_object(void **state)
{
    (void)state;
    expect_object("null ", "!null\nwhole");
}

/* --- exact fits --------------------------------------------------------------------------- */

/* {"a":"xxx..."} of `size` bytes. */
static void add_sized(struct buffer *text, size_t size)
{
    add(text, "{\"a\":\"");
    add_times(text, "x", size - 8);
    add(text, "\"}");
}

static void an_event_as_large_as_the_window_comes_whole(void **state)
{
    (void)state;
    for (size_t window = 1024; window < 1028; window++) {
        for (size_t size = window - 2; size <= window + 3; size++) {
            struct setup setup = usual;
            struct buffer text = {NULL, 0, 0};
            struct split split = {0, 0, 0};
            struct run run;

            setup.window = window;
            add(&text, "{\"events\":[");
            add_sized(&text, size);
            add(&text, "]}");
            go(&run, &setup, text.at, text.size, &split);
            assert_int_equal(run.brief.at[0], size <= window ? '=' : '~');
            if (size <= window) {
                assert_memory_equal(run.brief.at + 1, text.at + 11, size);
            }
            assert_true(run.batch.bytes == size);
            end(&run);
            expect_with(&setup, text.at, text.size, NULL);
            drop(&text);
        }
    }
}

static void as_many_tokens_as_the_table_has_come_whole(void **state)
{
    (void)state;
    for (unsigned members = 14; members < 18; members++) {
        struct setup setup = usual;
        struct buffer text = {NULL, 0, 0};
        struct split split = {0, 0, 0};
        struct run run;

        setup.tokens = 32; /* one of them the brackets, the last cannot be a name alone */
        add(&text, "{\"events\":[{\"m\":{}");
        for (unsigned i = 1; i < members; i++) {
            add(&text, ",\"n\":0");
        }
        add(&text, "}]}");
        go(&run, &setup, text.at, text.size, &split);
        assert_int_equal(run.brief.at[0], 1 + 2 * members <= 32 ? '=' : '~');
        end(&run);
        expect_with(&setup, text.at, text.size, NULL);
        drop(&text);
    }
}

static void thirty_two_levels_come_whole_and_deeper_ones_are_dropped(void **state)
{
    (void)state;
    for (unsigned levels = 30; levels < 36; levels++) {
        for (unsigned arrays = 0; arrays < 2; arrays++) {
            struct buffer text = {NULL, 0, 0};
            struct split split = {0, 0, 0};
            struct run run;

            add(&text, "{\"events\":[{\"id\":\"i\",\"d\":");
            add_times(&text, arrays ? "[" : "{\"x\":", levels - 1);
            add(&text, "\"in\"");
            add_times(&text, arrays ? "]" : "}", levels - 1);
            add(&text, ",\"type\":\"t\"},{}],\"ackId\":\"x\"}");
            go(&run, &usual, text.at, text.size, &split);
            assert_int_equal(run.brief.at[0], levels <= 32 ? '=' : '~');
            assert_int_equal(run.elements, 2);
            assert_non_null(strstr(run.brief.at, "{\"id\":\"i\",\"d\":"));
            assert_non_null(strstr(run.brief.at, ",\"type\":\"t\"}\n={}\nwhole ack=x"));
            end(&run);
            expect_with(&usual, text.at, text.size, NULL);
            drop(&text);
        }
    }
}

/* A deep value among others of its array: those stay. */
static void what_stands_beside_a_deep_value_stays(void **state)
{
    struct buffer text = {NULL, 0, 0};
    struct buffer expected = {NULL, 0, 0};

    (void)state;
    add(&text, "{\"events\":[{\"d\":");
    add_times(&text, "[", 31);
    add(&text, "1,[[2,\"]\"],{}],3,{\"x\":[4]},5");
    add_times(&text, "]", 31);
    add(&text, "}]}");
    add(&expected, "~{\"d\":");
    add_times(&expected, "[", 31);
    add(&expected, "1,3,5");
    add_times(&expected, "]", 31);
    add(&expected, "}\nwhole");
    expect_with(&usual, text.at, text.size, expected.at);
    drop(&text);
    drop(&expected);
}

/* --- strings that are cut ----------------------------------------------------------------- */

/* An event whose long string is made of `unit`: it is cut between units and nowhere else. */
static void expect_cut_between(const char *unit, size_t whole_units_of, bool lone)
{
    for (unsigned shift = 0; shift < 12; shift++) {
        struct setup setup = {BATCH_OBJECT, 1024, 32, 64, false};
        struct buffer text = {NULL, 0, 0};
        struct split split = {0, 0, 0};
        struct run run;
        const char *start = NULL;
        size_t length = 0;

        setup.lone = lone;
        add(&text, "{\"id\":\"i\",\"s\":\"");
        add_times(&text, "x", shift);
        add_times(&text, unit, 3000 / strlen(unit));
        add(&text, "\",\"type\":\"t\"}");
        go(&run, &setup, text.at, text.size, &split);
        assert_int_equal(run.brief.at[0], '~');
        start = strstr(run.brief.at, "\"s\":\"");
        assert_non_null(start);
        start += 5 + shift;
        length = strlen(start) - strlen("\",\"type\":\"t\"}\nwhole");
        assert_string_equal(start + length, "\",\"type\":\"t\"}\nwhole");
        assert_int_equal(length % whole_units_of, 0);
        assert_memory_equal(start, text.at + 15 + shift, length);
        assert_true(lone || length >= 200);
        /* Byte by byte, and cut around where the window ends and where the string does. */
        for (size_t at = 0; at < 1100 && (at == 0 || shift < 3); at += at < 300 ? 300 : 9) {
            struct run other;

            split.step = at == 0 ? 1 : 0;
            split.first = at;
            go(&other, &setup, text.at, text.size, &split);
            assert_string_equal(other.full.at, run.full.at);
            end(&other);
        }
        end(&run);
        drop(&text);
    }
}

static void strings_are_never_cut_inside_a_character(void **state)
{
    (void)state;
    expect_cut_between("a", 1, false);
    expect_cut_between("\\n", 2, false);
    expect_cut_between("\\\"", 2, false);
    expect_cut_between("\\\\", 2, false);
    expect_cut_between("\\u00e9", 6, false);
    expect_cut_between("\\uD83D\\uDE00", 12, false);
    expect_cut_between("\\uDBFF\\udfff", 12, false);
    expect_cut_between("\xC3\xA9", 2, false);
    expect_cut_between("\xE2\x82\xAC", 3, false);
    expect_cut_between("\xF0\x9F\x98\x80", 4, false);
}

static void strings_of_halves_of_pairs_are_cut_between_escapes(void **state)
{
    (void)state;
    expect_cut_between("\\uD83D", 6, true);
    expect_cut_between("\\uDE00", 6, true);
    expect_cut_between("\\uD83Da", 1, true);
    expect_cut_between("\\uD83D\\n", 2, true);
    expect_cut_between("\\uD83D\\u0041", 6, true);
    expect_cut_between("\\uD83D\xC3\xA9", 1, true);
}

static void what_is_short_comes_whole_behind_a_cut(void **state)
{
    struct buffer text = {NULL, 0, 0};
    struct split split = {0, 0, 0};
    struct run run;

    (void)state;
    add(&text, "{\"a\":\"");
    add_times(&text, "x", 2000);
    add(&text, "\",\"b\":\"\\uD83Dabc\\uD83D\\uDE00d\\uD83D\\\\\",\"c\" : [ 1 , { } ] }");
    expect_with(&object, text.at, text.size, NULL);
    go(&run, &object, text.at, text.size, &split);
    assert_non_null(strstr(run.brief.at, "x\",\"b\":\"\\uD83Dabc\\uD83D\\uDE00d\\uD83D\\\\\","
                                         "\"c\":[1,{}]}\nwhole"));
    end(&run);
    drop(&text);
}

static void short_strings_come_whole_behind_a_cut_in_the_smallest_window(void **state)
{
    static const char s64[] = "123456789 123456789 123456789 123456789 123456789 123456789 abcd";
    struct setup setup = object;
    struct buffer text = {NULL, 0, 0};
    struct split split = {0, 0, 0};
    struct run run;

    (void)state;
    setup.window = SYMFEED_WINDOW_MIN;
    add(&text, "{\"a\":\"");
    add_times(&text, "x", 2000);
    for (const char *before = "bcd"; *before != '\0'; before++) {
        add(&text, "\",\"");
        add_bytes(&text, before, 1);
        add(&text, "\":\"");
        add(&text, s64);
    }
    add(&text, "\"}");
    go(&run, &setup, text.at, text.size, &split);
    for (const char *at = run.brief.at; (at = strchr(at, '1')) != NULL; at += sizeof s64) {
        assert_memory_equal(at, s64, sizeof s64 - 1);
    }
    assert_non_null(strstr(run.brief.at, "\"d\":\"1"));
    end(&run);
    drop(&text);
}

static void a_string_of_lone_halves_keeps_its_head(void **state)
{
    struct buffer text = {NULL, 0, 0};
    struct split split = {0, 0, 0};
    struct setup setup = object;
    struct run run;

    (void)state;
    add(&text, "{\"s\":\"");
    add_times(&text, "\\uD83D", 500);
    add(&text, "\"}");
    go(&run, &setup, text.at, text.size, &split);
    assert_true(run.batch.size > 100);
    end(&run);
    drop(&text);
}

/* --- members that are dropped ------------------------------------------------------------- */

/* {"id":"i",<inside>,"type":"t"} comes cut, and with those two. */
static void expect_survivors(const struct buffer *inside, size_t window, size_t tokens)
{
    struct setup setup = {BATCH_OBJECT, 1024, 32, 64, true};
    struct buffer text = {NULL, 0, 0};
    struct split splits[] = {{0, 0, 0}, {1, 0, 0}, {13, 0, 0}, {1000, 0, 0}};
    struct buffer first = {NULL, 0, 0};

    setup.window = window;
    setup.tokens = tokens;
    add(&text, "{\"id\":\"i\",");
    add_bytes(&text, inside->at, inside->size);
    add(&text, ",\"type\":\"t\"}");
    for (size_t i = 0; i < COUNT(splits); i++) {
        struct run run;

        go(&run, &setup, text.at, text.size, &splits[i]);
        assert_int_equal(run.brief.at[0], '~');
        assert_true(run.batch.bytes == text.size);
        assert_int_equal(strncmp(run.brief.at + 1, "{\"id\":\"i\",", 10), 0);
        assert_non_null(strstr(run.brief.at, "\"type\":\"t\"}\nwhole"));
        if (i == 0) {
            add(&first, run.full.at);
        } else {
            assert_string_equal(run.full.at, first.at);
        }
        end(&run);
    }
    drop(&first);
    drop(&text);
}

static void huge_members_are_dropped_or_shortened(void **state)
{
    static const char *const before[] = {"\"n\":",    "\"n\":-0.", "\"",
                                         "\"n\":[",   "\"n\":{\"", "\"n\":\"",
                                         "\"n\":[\"", "\"a\":[[",  "\"a\":[{\"b\":"};
    static const char *const after[] = {"", "", "\":1", "]", "\":1}", "\"", "\"]", "]]", "}]"};

    (void)state;
    for (size_t i = 0; i < COUNT(before); i++) {
        struct buffer inside = {NULL, 0, 0};

        add(&inside, before[i]);
        add_times(&inside, "1234567890", 1000);
        add(&inside, after[i]);
        expect_survivors(&inside, 1024, 32);
        expect_survivors(&inside, 4096, 128);
        drop(&inside);
    }
}

static void masses_of_members_are_dropped(void **state)
{
    static const char *const before[] = {"\"n\":[0",   "\"n\":[{}",   "\"n\":{\"a\":0",
                                         "\"n\":[[]",  "\"n\":[\"\"", "\"n\":{\"a\":{}",
                                         "\"n\":[null"};
    static const char *const unit[] = {
        ",0", ",{}", ",\"a\":0", ",[]", ",\"\\n\"", ",\"a\":{\"b\":[]}", ", true\n"};
    static const char *const after[] = {"]", "]", "}", "]", "]", "}", "]"};

    (void)state;
    for (size_t i = 0; i < COUNT(before); i++) {
        struct buffer inside = {NULL, 0, 0};

        add(&inside, before[i]);
        add_times(&inside, unit[i], 3000);
        add(&inside, after[i]);
        expect_survivors(&inside, 1024, 32);
        expect_survivors(&inside, 1024, 256);
        expect_survivors(&inside, 4096, 64);
        expect_survivors(&inside, 4096, 5000);
        drop(&inside);
    }
}

static void deep_nesting_does_no_harm(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct buffer inside = {NULL, 0, 0};

        add(&inside, "\"n\":");
        add_times(&inside, kind == 0 ? "[" : kind == 1 ? "{\"a\":" : "[{\"a\":", 20000);
        add(&inside, "0");
        add_times(&inside, kind == 0 ? "]" : kind == 1 ? "}" : "}]", 20000);
        expect_survivors(&inside, 1024, 32);
        expect_survivors(&inside, 1024, 128);
        drop(&inside);
    }
}

static void many_long_names_do_no_harm(void **state)
{
    (void)state;
    for (unsigned size = 1; size < 1100; size += 37 * TEST_STRIDE) {
        struct buffer inside = {NULL, 0, 0};

        for (unsigned i = 0; i < 60; i++) {
            add(&inside, i == 0 ? "\"n\":{\"" : ",\"");
            add_times(&inside, i % 3 == 0 ? "\\u00e9" : i % 3 == 1 ? "x" : "\xE2\x82\xAC", size);
            add(&inside, i % 2 == 0 ? "\":\"value\"" : "\":[{\"a\":1}]");
        }
        add(&inside, "}");
        if (inside.size > 1100) {
            expect_survivors(&inside, 1024, 200);
        }
        drop(&inside);
    }
}

/* --- events as they are ------------------------------------------------------------------- */

/* Joins members in an order: 0 as given, 1 backwards, else at random. */
static void add_object(struct buffer *out, const char *const members[], size_t count,
                       uint32_t order)
{
    size_t places[16];
    uint32_t random = order * 2654435761u + 1;

    assert_true(count <= COUNT(places));
    for (size_t i = 0; i < count; i++) {
        places[i] = order == 1 ? count - 1 - i : i;
    }
    for (size_t i = count; order > 1 && i > 1; i--) {
        size_t other = below(&random, (uint32_t)i);
        size_t place = places[i - 1];

        places[i - 1] = places[other];
        places[other] = place;
    }
    add(out, "{");
    for (size_t i = 0; i < count; i++) {
        add(out, i > 0 ? "," : "");
        add(out, members[places[i]]);
    }
    add(out, "}");
}

#define USER                                                                                       \
    "{\"userId\":344147139494862,\"firstName\":\"Ann\",\"lastName\":\"Otherone\","                 \
    "\"displayName\":\"Ann Otherone (EXT)\",\"email\":\"ann.otherone@bank.example\","              \
    "\"username\":\"annotherone\"}"
#define STREAM_ID "kq6Wq2Xb7T0uYlB5v3mJ1H___pQENr1gbQ"

/* A long text in PresentationML with escapes in it. */
static void add_text(struct buffer *out, size_t size)
{
    size_t start = out->size;

    add(out,
        "<div data-format=\\\"PresentationML\\\" data-version=\\\"2.0\\\" class=\\\"wysiwyg\\\">"
        "<p>Disk is full on db-7, please have a look at once. Further details follow: ");
    while (out->size - start < size) {
        add(out, "\\u00e9 \\uD83D\\uDE00 \xE2\x82\xAC and so on.<br/>");
    }
    add(out, "</p></div>");
}

/* The message object; `size` is that of its text. */
static void add_message(struct buffer *out, uint32_t order, size_t size, size_t data,
                        size_t attachments)
{
    struct buffer text = {NULL, 0, 0};
    struct buffer more = {NULL, 0, 0};
    struct buffer files = {NULL, 0, 0};

    add(&text, "\"message\":\"");
    add_text(&text, size);
    add(&text, "\"");
    add(&more, "\"data\":\"{");
    add_times(&more, "\\\"alarm\\\":{\\\"level\\\":3}", data / 24);
    add(&more, "}\"");
    add(&files, "\"attachments\":[");
    for (size_t i = 0; i < attachments; i++) {
        add(&files, i > 0 ? "," : "");
        add(&files, "{\"id\":\"internal_344147139494862%2FyeXoyhQ\",\"name\":\"report.pdf\","
                    "\"size\":4711,\"images\":[]}");
    }
    add(&files, "]");
    {
        const char *const members[] = {"\"messageId\":\"Fx7Pc8xO5Vg6hVfzabFe2X___oyM1eXobQ\"",
                                       "\"timestamp\":1763784000123",
                                       text.at,
                                       more.at,
                                       files.at,
                                       "\"user\":" USER,
                                       "\"stream\":{\"streamId\":\"" STREAM_ID
                                       "\",\"streamType\":\"ROOM\"}",
                                       "\"externalRecipients\":false",
                                       "\"userAgent\":\"DESKTOP-43.0.0-10902-Linux-Chrome-83.0\"",
                                       "\"originalFormat\":\"com.symphony.messageml.v2\"",
                                       "\"sid\":\"98202eac-dcf4-4b1e-a120-596db38319dc\""};

        add_object(out, members, COUNT(members), order);
    }
    drop(&text);
    drop(&more);
    drop(&files);
}

/* The event around a payload. Order 2 is payload first, type last. */
static void add_event(struct buffer *out, uint32_t order, const char *type, const char *payload)
{
    struct buffer kind = {NULL, 0, 0};
    struct buffer load = {NULL, 0, 0};

    add(&kind, "\"type\":\"");
    add(&kind, type);
    add(&kind, "\"");
    add(&load, "\"payload\":");
    add(&load, payload);
    {
        const char *const members[] = {"\"id\":\"9rc1dr:uW6hmX\"",
                                       "\"messageId\":\"Fx7Pc8xO5Vg6hVfzabFe2X___oyM1eXobQ\"",
                                       "\"timestamp\":1763784000123",
                                       kind.at,
                                       "\"initiator\":{\"user\":" USER "}",
                                       load.at};
        const char *const payload_first[] = {members[5], members[4], members[2],
                                             members[1], members[0], members[3]};

        if (order == 2) {
            add_object(out, payload_first, COUNT(payload_first), 0);
        } else {
            add_object(out, members, COUNT(members), order);
        }
    }
    drop(&kind);
    drop(&load);
}

struct wanted {
    const char *type;
    const char *stream; /* path of the stream's id; NULL: need not survive */
    const char *text;   /* path of the text; NULL: need not survive */
};

static void expect_member(const struct symfeed_event *event, const char *path, const char *value,
                          uint32_t order)
{
    struct symfeed_value found = symfeed_event_find(event, path);

    if (found.kind != SYMFEED_STRING || found.size != strlen(value) ||
        memcmp(found.text, value, found.size) != 0) {
        fail_msg("%s is lost, order %u: %.*s", path, (unsigned)order, (int)event->size,
                 event->json);
    }
}

static void expect_event(const struct buffer *body, size_t window, size_t tokens,
                         const struct wanted *wanted, uint32_t order)
{
    struct setup setup = {BATCH_OBJECT, 1024, 32, 64, false};
    struct split split = {0, 0, 0};
    struct symfeed_event event;
    struct run run;

    setup.window = window;
    setup.tokens = tokens;
    go(&run, &setup, body->at, body->size, &split);
    assert_int_equal(run.elements, 1);
    assert_false(run.batch.malformed);
    memset(&event, 0, sizeof event);
    event.json = run.brief.at + 1; /* the window has it, too */
    event.size = run.batch.size;
    event.tokens = &run.tokens;
    expect_member(&event, "id", "9rc1dr:uW6hmX", order);
    expect_member(&event, "type", wanted->type, order);
    if (wanted->stream != NULL) {
        expect_member(&event, wanted->stream, STREAM_ID, order);
    }
    if (wanted->text != NULL) {
        struct symfeed_value text = symfeed_event_find(&event, wanted->text);
        struct buffer whole = {NULL, 0, 0};

        add_text(&whole, 200);
        if (text.kind != SYMFEED_STRING || text.size < 100 ||
            memcmp(text.text, whole.at, 100) != 0) {
            fail_msg("%s is lost, order %u: %.*s", wanted->text, (unsigned)order, (int)event.size,
                     event.json);
        }
        drop(&whole);
    }
    end(&run);
}

#define ORDERS 60

static void message_sent(uint32_t order, size_t size, size_t data, size_t files, size_t window,
                         size_t tokens, const struct wanted *wanted)
{
    struct buffer payload = {NULL, 0, 0};
    struct buffer body = {NULL, 0, 0};

    add(&payload, "{\"messageSent\":{\"message\":");
    add_message(&payload, order == 2 ? 0 : order, size, data, files);
    add(&payload, "}}");
    add_event(&body, order, "MESSAGESENT", payload.at);
    expect_event(&body, window, tokens, wanted, order);
    drop(&payload);
    drop(&body);
}

static void a_long_message_keeps_id_type_stream_and_the_head_of_its_text(void **state)
{
    static const struct wanted wanted = {"MESSAGESENT",
                                         "payload.messageSent.message.stream.streamId",
                                         "payload.messageSent.message.message"};

    (void)state;
    for (uint32_t order = 0; order < ORDERS; order += TEST_STRIDE) {
        message_sent(order, 5000, 0, 0, 2048, 128, &wanted);
        message_sent(order, 5000, 0, 0, 4096, 128, &wanted);
        message_sent(order, 20000, 20000, 0, 2048, 128, &wanted);
        message_sent(order, 20000, 20000, 0, 4096, 128, &wanted);
        message_sent(order, 20000, 20000, 300, 2048, 128, &wanted);
        message_sent(order, 20000, 20000, 300, 4096, 128, &wanted);
        message_sent(order, 100, 20000, 300, 4096, 128, &wanted);
        message_sent(order, 200, 100, 300, 2048, 128, &wanted);
    }
}

static void a_long_message_keeps_id_type_and_stream_in_the_smallest_window(void **state)
{
    static const struct wanted wanted = {"MESSAGESENT",
                                         "payload.messageSent.message.stream.streamId", NULL};
    static const struct wanted least = {"MESSAGESENT", NULL, NULL};

    (void)state;
    for (uint32_t order = 0; order < ORDERS; order += TEST_STRIDE) {
        /* The stream in the agent's own order and with the payload first; id and type in any. */
        const struct wanted *which = order == 0 || order == 2 ? &wanted : &least;

        message_sent(order, 5000, 0, 0, 1024, 128, which);
        message_sent(order, 20000, 20000, 0, 1024, 128, which);
        message_sent(order, 20000, 20000, 300, 1024, 128, which);
    }
}

static void a_message_keeps_id_and_type_in_the_smallest_token_table(void **state)
{
    static const struct wanted wanted = {"MESSAGESENT", NULL, NULL};

    (void)state;
    for (uint32_t order = 0; order < ORDERS; order += TEST_STRIDE) {
        message_sent(order, 5000, 0, 0, 1024, 32, &wanted);
        message_sent(order, 100, 100, 300, 4096, 32, &wanted);
    }
}

static void shared_post(uint32_t order, size_t window, const struct wanted *wanted)
{
    struct buffer payload = {NULL, 0, 0};
    struct buffer body = {NULL, 0, 0};
    struct buffer one = {NULL, 0, 0};
    struct buffer other = {NULL, 0, 0};

    add(&one, "\"message\":");
    add_message(&one, order == 2 ? 0 : order, 6000, 3000, 3);
    add(&other, "\"sharedMessage\":");
    add_message(&other, order == 2 ? 0 : order, 6000, 3000, 3);
    add(&payload, "{\"sharedPost\":");
    {
        const char *const members[] = {one.at, other.at};

        add_object(&payload, members, COUNT(members), order % 2);
    }
    add(&payload, "}");
    add_event(&body, order, "SHAREDPOST", payload.at);
    expect_event(&body, window, 128, wanted, order);
    drop(&payload);
    drop(&body);
    drop(&one);
    drop(&other);
}

static void a_shared_post_keeps_id_type_stream_and_the_head_of_its_text(void **state)
{
    static const struct wanted wanted = {"SHAREDPOST", "payload.sharedPost.message.stream.streamId",
                                         "payload.sharedPost.message.message"};
    static const struct wanted least = {"SHAREDPOST", NULL, NULL};

    (void)state;
    for (uint32_t order = 0; order < ORDERS; order += TEST_STRIDE) {
        /* Two messages in the smaller windows: all of it where the first comes first and as the
         * agent writes it, id and type in any order. */
        shared_post(order, 1024, &least);
        shared_post(order, 2048, order == 0 || order == 2 ? &wanted : &least);
        shared_post(order, 4096, &wanted);
    }
}

static void add_members(struct buffer *out, size_t count)
{
    add(out, "\"members\":[");
    for (size_t i = 0; i < count; i++) {
        add(out, i > 0 ? ",{\"userId\":3441471394" : "{\"userId\":3441471394");
        add_number(out, (unsigned long)i);
        add(out, "}");
    }
    add(out, "]");
}

static void a_room_of_ten_thousand_keeps_id_and_type(void **state)
{
    static const struct wanted room = {"ROOMCREATED", NULL, NULL};
    static const struct wanted chat = {"INSTANTMESSAGECREATED", NULL, NULL};
    static const size_t windows[] = {1024, 2048, 4096};
    struct buffer members = {NULL, 0, 0};

    (void)state;
    add_members(&members, 10000);
    for (uint32_t order = 0; order < 20; order += TEST_STRIDE) {
        struct buffer stream = {NULL, 0, 0};
        struct buffer payload = {NULL, 0, 0};
        struct buffer body = {NULL, 0, 0};
        const char *const of_stream[] = {"\"streamId\":\"" STREAM_ID "\"", "\"streamType\":\"IM\"",
                                         members.at, "\"external\":false", "\"crossPod\":false"};

        add_object(&stream, of_stream, COUNT(of_stream), order);
        add(&payload, "{\"instantMessageCreated\":{\"stream\":");
        add(&payload, stream.at);
        add(&payload, "}}");
        add_event(&body, order, "INSTANTMESSAGECREATED", payload.at);
        for (size_t i = 0; i < COUNT(windows); i++) {
            expect_event(&body, windows[i], 128, &chat, order);
        }
        drop(&payload);
        drop(&body);
        add(&payload, "{\"roomCreated\":{\"roomProperties\":{\"name\":\"n\",\"description\":\"");
        add_times(&payload, "a long description, ", 300);
        add(&payload, "\",\"creatorUser\":" USER ",\"public\":true},\"stream\":");
        add(&payload, stream.at);
        add(&payload, "}}");
        add_event(&body, order, "ROOMCREATED", payload.at);
        for (size_t i = 0; i < COUNT(windows); i++) {
            expect_event(&body, windows[i], 128, &room, order);
        }
        drop(&payload);
        drop(&body);
        drop(&stream);
    }
    drop(&members);
}

static void a_form_of_many_values_keeps_id_and_type(void **state)
{
    static const struct wanted wanted = {"SYMPHONYELEMENTSACTION", NULL, NULL};
    struct buffer values = {NULL, 0, 0};

    (void)state;
    add(&values, "\"formValues\":{\"action\":\"submit\"");
    for (unsigned i = 0; i < 500; i++) {
        add(&values, ",\"field_");
        add_number(&values, i);
        add(&values, i % 5 == 0   ? "\":[\"one\",\"two\"]"
                     : i % 5 == 1 ? "\":\"\""
                                  : "\":\"a value of some forty bytes, more or less\"");
    }
    add(&values, "}");
    for (uint32_t order = 0; order < ORDERS; order += TEST_STRIDE) {
        struct buffer payload = {NULL, 0, 0};
        struct buffer body = {NULL, 0, 0};
        const char *const members[] = {"\"stream\":{\"streamId\":\"" STREAM_ID "\"}",
                                       "\"formMessageId\":\"xtZqqBNGwLDkLuvuQTyjH3___pQENvjudA\"",
                                       "\"formId\":\"form_id\"", values.at};

        add(&payload, "{\"symphonyElementsAction\":");
        add_object(&payload, members, COUNT(members), order == 2 ? 1 : order);
        add(&payload, "}");
        add_event(&body, order, "SYMPHONYELEMENTSACTION", payload.at);
        expect_event(&body, 1024, 128, &wanted, order);
        expect_event(&body, 2048, 128, &wanted, order);
        expect_event(&body, 4096, 128, &wanted, order);
        expect_event(&body, 4096, 32, &wanted, order);
        drop(&payload);
        drop(&body);
    }
    drop(&values);
}

/* --- events at random --------------------------------------------------------------------- */

static void add_random_string(struct buffer *out, uint32_t *random, uint32_t most)
{
    static const char *const units[] = {"a",        "Bc d",         "\\n",
                                        "\\\"",     "\\\\",         "\\u0041",
                                        "\\u00e9",  "\\/",          "\\uD83D\\uDE00",
                                        "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                        "{[,:]}",   "\x7F",         "' "};
    uint32_t count = below(random, most);
    bool same = below(random, 4) == 0;
    size_t unit = below(random, COUNT(units));

    add(out, "\"");
    for (uint32_t i = 0; i < count; i++) {
        add(out, units[same ? unit : below(random, COUNT(units))]);
    }
    add(out, "\"");
}

static void add_random_space(struct buffer *out, uint32_t *random)
{
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\t ", "\r\n"};

    add(out, spaces[below(random, COUNT(spaces))]);
}

static void add_random_value(struct buffer *out, uint32_t *random, unsigned depth)
{
    uint32_t kind = below(random, depth == 0 ? 1 : depth > 40 ? 10 : 20);
    uint32_t most = below(random, 30) == 0 ? 1500 : 12;

    if (depth > 0 && kind < 4) {
        add_random_string(out, random, most);
    } else if (depth > 0 && kind < 7) {
        add(out, below(random, 2) == 0 ? "-7" : "9");
        add_times(out, "31", below(random, most));
        add(out, below(random, 3) == 0 ? ".5e-7" : "");
    } else if (depth > 0 && kind < 10) {
        add(out, kind == 7 ? "true" : kind == 8 ? "false" : "null");
    } else {
        bool is_object = depth == 0 || kind < 16;
        uint32_t count = below(random, 40) == 0 ? below(random, 60) : below(random, 7);

        add(out, is_object ? "{" : "[");
        for (uint32_t i = 0; i < count && out->size < 20000; i++) {
            add(out, i > 0 ? "," : "");
            add_random_space(out, random);
            if (is_object) {
                add_random_string(out, random, below(random, 60) == 0 ? 400 : 9);
                add_random_space(out, random);
                add(out, ":");
                add_random_space(out, random);
            }
            add_random_value(out, random, depth + 1);
            add_random_space(out, random);
        }
        add(out, is_object ? "}" : "]");
    }
}

static void events_at_random_are_cut_well(void **state)
{
    uint32_t random = 4711;
    unsigned cut = 0;

    (void)state;
    for (unsigned round = 0; round < 1500 / TEST_STRIDE; round++) {
        struct setup setup = {BATCH_LIST, 1024, 32, 64, false};
        struct buffer text = {NULL, 0, 0};
        struct split whole = {0, 0, 0};
        struct split other = {0, 0, 0};
        struct run one;
        struct run two;
        unsigned count = 1 + below(&random, 3);

        setup.window += below(&random, 4) == 0 ? below(&random, 3073) : below(&random, 200);
        setup.tokens += below(&random, 225);
        for (unsigned i = 0; i < count; i++) {
            add(&text, i == 0 ? "[" : ",");
            add_random_value(&text, &random, 0);
        }
        add(&text, "]");
        other.step = below(&random, 3) == 0 ? 1 : 1 + below(&random, 1500);
        go(&one, &setup, text.at, text.size, &whole);
        go(&two, &setup, text.at, text.size, &other);
        assert_true(batch_is_whole(&one.batch));
        assert_int_equal(one.elements, count);
        assert_int_equal(one.full.size, two.full.size);
        assert_memory_equal(one.full.at, two.full.at, one.full.size);
        cut += one.batch.truncated ? 1u : 0u;
        end(&one);
        end(&two);
        drop(&text);
    }
    assert_true(cut > 200 / TEST_STRIDE);
}

/* One byte of such an event is changed: whatever it is now, nothing is written where it must not
 * be, the pieces do not matter, and what is not called malformed is well-formed. */
static void damaged_events_do_no_harm(void **state)
{
    uint32_t random = 815;

    (void)state;
    for (unsigned round = 0; round < 1200 / TEST_STRIDE; round++) {
        struct setup setup = {BATCH_LIST, 1024, 64, 64, true};
        struct buffer text = {NULL, 0, 0};
        struct split whole = {0, 0, 0};
        struct split other = {0, 0, 0};
        struct run one;
        struct run two;

        add(&text, "[");
        add_random_value(&text, &random, 0);
        add(&text, ",");
        add_random_value(&text, &random, 0);
        add(&text, ",{\"last\":1}]");
        for (unsigned i = 0; i < 1 + round % 3; i++) {
            static const char changes[] = "\"\\{}[],:\0\n\xFF\xC3u1tx ";

            text.at[below(&random, (uint32_t)text.size)] =
                changes[below(&random, sizeof changes - 1)];
        }
        other.step = 1 + below(&random, 700);
        go(&one, &setup, text.at, text.size, &whole);
        go(&two, &setup, text.at, text.size, &other);
        assert_int_equal(one.full.size, two.full.size);
        assert_memory_equal(one.full.at, two.full.at, one.full.size);
        end(&one);
        end(&two);
        drop(&text);
    }
}

/* --- size and hash ------------------------------------------------------------------------ */

#if SYMFEED_DEDUP > 0

static uint64_t hash_of(const char *text, size_t size)
{
    struct hash hash;

    symfeed_hash_init(&hash, hash_key);
    symfeed_hash_update(&hash, (const unsigned char *)text, size);
    return symfeed_hash_final(&hash);
}

static uint64_t hash_as_cut(const struct buffer *event, size_t window, size_t step)
{
    struct setup setup = {BATCH_OBJECT, 1024, 32, 64, true};
    struct split split = {0, 0, 0};
    struct batch batch;
    char *memory = (char *)malloc(window);
    uint64_t hash = 0;
    size_t taken = 0;

    assert_non_null(memory);
    split.step = step;
    symfeed_batch_init(&batch, setup.shape, memory, window, setup.tokens, NULL, 0, hash_key);
    for (size_t at = 0; at < event->size; at += taken) {
        enum batch_result result =
            symfeed_batch_feed(&batch, (const unsigned char *)event->at + at,
                               split_end(&split, at, event->size) - at, &taken);

        assert_int_equal(result, at + taken < event->size ? BATCH_MORE : BATCH_ELEMENT);
    }
    assert_true(batch.bytes == event->size);
    hash = symfeed_hash_final(&batch.hash);
    free(memory);
    return hash;
}

static void the_hash_is_that_of_the_text_cut_or_not(void **state)
{
    struct buffer event = {NULL, 0, 0};

    (void)state;
    add(&event, "{ \"a\":\"");
    add_times(&event, "0123456789\\n", 150);
    add(&event, "\" , \"b\": [1,2,3]}");
    for (size_t step = 0; step < 40; step++) {
        assert_true(hash_as_cut(&event, 1024, step) == hash_of(event.at, event.size));
        assert_true(hash_as_cut(&event, 4096, step) == hash_of(event.at, event.size));
    }
    drop(&event);
}

static void one_changed_byte_changes_the_hash(void **state)
{
    struct buffer event = {NULL, 0, 0};
    uint64_t before = 0;

    (void)state;
    add(&event, "{\"a\":\"");
    add_times(&event, "0123456789", 150);
    add(&event, "\"}");
    before = hash_as_cut(&event, 1024, 0);
    for (size_t i = 6; i < event.size - 2; i++) {
        event.at[i] = (char)(event.at[i] + 1);
        assert_true(hash_as_cut(&event, 1024, 0) != before);
        event.at[i] = (char)(event.at[i] - 1);
    }
    drop(&event);
}

static void the_hash_is_of_the_event_and_not_of_what_is_around_it(void **state)
{
    static const char one[] = "{\"events\":[{\"a\":1}],\"ackId\":\"x\"}";
    static const char other[] = "{\"ackId\":\"yy\", \"events\" : [ null, {\"a\":1} , 7 ] }";
    struct split split = {0, 0, 0};
    struct run run;
    char line[60];
    uint64_t hash = hash_of("{\"a\":1}", 7);

    (void)state;
    (void)snprintf(line, sizeof line, "7 bytes, 3 tokens, hash %08lx%08lx\n",
                   (unsigned long)(hash >> 32), (unsigned long)(hash & 0xFFFFFFFFu));
    go(&run, &usual, one, sizeof one - 1, &split);
    assert_int_equal(strncmp(run.full.at, line, strlen(line)), 0);
    end(&run);
    go(&run, &usual, other, sizeof other - 1, &split);
    assert_int_equal(strncmp(run.full.at, line, strlen(line)), 0);
    end(&run);
}

#endif

/* --- members that are noted ---------------------------------------------------------------- */

static const char *const members[] = {
    /* as the agent writes them, and with each kind of value */
    "\"id\":\"9rc1dr:uW6hmX\",\"messageId\":\"Fx7P_c8\",\"timestamp\":1763784000123,"
    "\"type\":\"MESSAGESENT\",\"initiator\":{\"user\":{\"userId\":1}},"
    "\"payload\":{\"messageSent\":{\"message\":{\"messageId\":\"x\"}}}",
    "\"payload\":null,\"type\":true,\"timestamp\":-1.5e+3,\"messageId\":false,\"id\":0",
    "\"id\":[],\"messageId\":{},\"timestamp\":[[1],{\"id\":2}],\"type\":\"\",\"payload\":[\"id\"]",
    "\"type\":{\"type\":\"inner\"},\"id\":{\"id\":{\"id\":1}},\"x\":[{\"payload\":1}]",
    "\"x\":{\"id\":1,\"type\":2},\"y\":[\"id\",\"type\"],\"z\":\"\\\"id\\\":5\"",
    /* white space, escapes in names and values, other names */
    " \"id\" : \"a\" ,\n\"type\"\t:\r7 , \"payload\" : { } , \"timestamp\" : null ",
    "\"\\u0069d\":1,\"t\\u0079pe\":\"\\u0041\\\"\\\\\",\"\\u0070\\u0061\\u0079load\":{\"a\":\"}\"}",
    "\"message\\u0049d\":\"\xC3\xA9\",\"timestam\\u0070\":12,\"\\u0054ype\":3,\"\\\"id\":4",
    ("\"\":1,\"i\":2,\"idd\":3,\"Id\":4,\"id\\u0000\":5,\"types\":6,\"payload1\":7,\"timestamp "
     "\":8,"
     "\"messageIdmessageId\":9,\"pay\\\\load\":10,\"ty\xC3\xA9pe\":11"),
    /* the first of a name counts */
    "\"id\":1,\"id\":2,\"\\u0069d\":3,\"type\":null,\"type\":\"b\",\"payload\":{},\"payload\":[]",
};

static void noted_members_are_those_that_the_tokens_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(members); i++) {
        struct buffer text = {NULL, 0, 0};

        add(&text, "{\"events\":[{");
        add(&text, members[i]);
        add(&text, "},{");
        add(&text, members[i]);
        text.size--; /* no longer well-formed, most of them */
        add(&text, "},{");
        add(&text, members[i]);
        add(&text, "}]}");
        expect_with(&usual, text.at, text.size, NULL);
        drop(&text);
    }
}

/* Long members between the noted ones, so that each window cuts somewhere else; and some that have
 * no room, behind which the same name comes again. */
static void noted_members_are_right_in_what_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(members); i++) {
        struct buffer text = {NULL, 0, 0};

        add(&text, "{\"payload\":{\"id\":\"");
        add_times(&text, "0123456789", (i & 1u) != 0 ? 40 : 150);
        add(&text, "\",\"a\":[");
        add_times(&text, "{\"type\":1},", 60);
        add(&text, "[]]},\"timestamp\":");
        add_times(&text, "1", (i & 2u) != 0 ? 600 : 10);
        add(&text, ",\"type\":\"");
        add_times(&text, "T", (i & 4u) != 0 ? 300 : 10);
        add(&text, "\",");
        add(&text, members[i]);
        add(&text, "}");
        for (size_t window = SYMFEED_WINDOW_MIN; window < text.size + 3;
             window += 3 * TEST_STRIDE) {
            struct setup setup = {BATCH_OBJECT, 0, 40, 64, true};
            struct split split = {0, 0, 0};

            setup.window = window;
            setup.tokens = window % 2 == 0 ? 40 : 300;
            do {
                struct run run;

                go(&run, &setup, text.at, text.size, &split);
                assert_int_equal(run.elements, 1);
                end(&run);
                split.first += 96; /* some of them: the cuts are what counts here */
            } while (split_next(&split, text.size, 0));
        }
        drop(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noted_members_are_those_that_the_tokens_have),
        cmocka_unit_test(noted_members_are_right_in_what_is_cut),
        cmocka_unit_test(the_ack_id_is_found_before_between_and_after),
        cmocka_unit_test(names_written_with_escapes_are_the_same_names),
        cmocka_unit_test(white_space_may_stand_everywhere),
        cmocka_unit_test(events_may_be_absent_null_or_empty),
        cmocka_unit_test(null_among_the_events_is_passed_over),
        cmocka_unit_test(an_ack_id_that_is_none_is_told),
        cmocka_unit_test(an_ack_id_fits_exactly_or_is_too_long),
        cmocka_unit_test(escapes_in_an_ack_id_stay_as_they_are),
        cmocka_unit_test(every_broken_envelope_is_told),
        cmocka_unit_test(a_byte_order_mark_before_the_body_is_passed_over),
        cmocka_unit_test(a_body_that_ends_early_is_not_whole),
        cmocka_unit_test(long_and_deep_members_of_the_envelope_pass),
        cmocka_unit_test(scalars_and_arrays_among_the_events_are_malformed),
        cmocka_unit_test(after_a_malformed_event_the_next_ones_come),
        cmocka_unit_test(a_bracket_too_many_costs_one_event_only),
        cmocka_unit_test(nothing_else_may_follow_a_malformed_event),
        cmocka_unit_test(a_malformed_event_longer_than_the_window_is_kept_as_far_as_it_fits),
        cmocka_unit_test(an_event_found_malformed_after_it_was_cut_does_no_harm),
        cmocka_unit_test(long_scalars_among_the_events_do_no_harm),
        cmocka_unit_test(a_list_hands_out_its_elements),
        cmocka_unit_test(a_token_is_found_among_other_members),
        cmocka_unit_test(an_object_is_one_element),
        cmocka_unit_test(a_body_of_null_is_no_object),
        cmocka_unit_test(an_event_as_large_as_the_window_comes_whole),
        cmocka_unit_test(as_many_tokens_as_the_table_has_come_whole),
        cmocka_unit_test(thirty_two_levels_come_whole_and_deeper_ones_are_dropped),
        cmocka_unit_test(what_stands_beside_a_deep_value_stays),
        cmocka_unit_test(strings_are_never_cut_inside_a_character),
        cmocka_unit_test(strings_of_halves_of_pairs_are_cut_between_escapes),
        cmocka_unit_test(what_is_short_comes_whole_behind_a_cut),
        cmocka_unit_test(short_strings_come_whole_behind_a_cut_in_the_smallest_window),
        cmocka_unit_test(a_string_of_lone_halves_keeps_its_head),
        cmocka_unit_test(huge_members_are_dropped_or_shortened),
        cmocka_unit_test(masses_of_members_are_dropped),
        cmocka_unit_test(deep_nesting_does_no_harm),
        cmocka_unit_test(many_long_names_do_no_harm),
        cmocka_unit_test(a_long_message_keeps_id_type_stream_and_the_head_of_its_text),
        cmocka_unit_test(a_long_message_keeps_id_type_and_stream_in_the_smallest_window),
        cmocka_unit_test(a_message_keeps_id_and_type_in_the_smallest_token_table),
        cmocka_unit_test(a_shared_post_keeps_id_type_stream_and_the_head_of_its_text),
        cmocka_unit_test(a_room_of_ten_thousand_keeps_id_and_type),
        cmocka_unit_test(a_form_of_many_values_keeps_id_and_type),
        cmocka_unit_test(events_at_random_are_cut_well),
        cmocka_unit_test(damaged_events_do_no_harm),
#if SYMFEED_DEDUP > 0
        cmocka_unit_test(the_hash_is_that_of_the_text_cut_or_not),
        cmocka_unit_test(one_changed_byte_changes_the_hash),
        cmocka_unit_test(the_hash_is_of_the_event_and_not_of_what_is_around_it),
#endif
    };

    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
