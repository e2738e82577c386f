/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scanner.c - the JSON validator: what it takes and refuses, text by text; what it calls each
 * byte; how it goes on after an error; the fast pass over plain string content.
 */
#include "symfeed_config.h"

#if SYMFEED_JSON

#include "helpers.h"

#include "json/scanner.h"
#include "symfeed.h"

struct sample {
    const char *text;
    size_t size;
};

#define S(literal)                                                                                 \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const struct sample good[] = {
    /* literals and scalars at the top */
    S("null"),
    S("true"),
    S("false"),
    S(" null "),
    S("\t\r\n true\t\r\n "),
    S("\"\""),
    S("\"a\""),
    S("0"),
    S("-0"),
    S("1"),
    S("-1"),
    S("10"),
    S("1234567890"),
    S("0.0"),
    S("-0.0"),
    S("0.5"),
    S("1.25"),
    S("-1.25"),
    S("0e0"),
    S("0E0"),
    S("0e+0"),
    S("0e-0"),
    S("1e1"),
    S("1E1"),
    S("1e+1"),
    S("1e-1"),
    S("1E+10"),
    S("1E-10"),
    S("1.5e3"),
    S("1.5E+300"),
    S("123.456e-789"),
    S("1e00"),
    S("1e999999"),
    S("100000000000000000000000000000000000000000000000000"),
    S("-9223372036854775809"),
    /* arrays */
    S("[]"),
    S("[ ]"),
    S("[\n]"),
    S("[[]]"),
    S("[[],[]]"),
    S("[null]"),
    S("[true,false,null]"),
    S("[0]"),
    S("[-0]"),
    S("[1 ]"),
    S("[ 1]"),
    S("[1,2]"),
    S("[1 ,2]"),
    S("[1, 2]"),
    S("[1\n,\n2]"),
    S("[0,0.1,1e1]"),
    S("[1e1,1E1]"),
    S("[1]\n"),
    S("[\"\",\"\"]"),
    S("[[[[]]]]"),
    S("[{}]"),
    S("[{},[]]"),
    S("[1,[2,[3]]]"),
    /* objects */
    S("{}"),
    S("{ }"),
    S("{\t}"),
    S("{\"\":0}"),
    S("{\"a\":1}"),
    S("{ \"a\" : 1 }"),
    S("{\"a\":1,\"b\":2}"),
    S("{\"a\":1 , \"b\":2}"),
    S("{\"a\":1,\"a\":2}"),
    S("{\"a\":{}}"),
    S("{\"a\":[]}"),
    S("{\"a\":{\"b\":{\"c\":null}}}"),
    S("{\"a\":null}"),
    S("{\"a\":true}"),
    S("{\"a\":\"b\"}"),
    S("{\"a\":-1e-1}"),
    S("{\"a\":0}"),
    S("{\"a\":[1,{\"b\":[]}]}"),
    S("\n{\n\"a\"\n:\n1\n}\n"),
    S("{\"\\u0061\":1}"),
    S("{\"\\n\":\"\\n\"}"),
    S("{\"\xC3\xA9\":1}"),
    /* strings: escapes */
    S("\"\\\"\""),
    S("\"\\\\\""),
    S("\"\\/\""),
    S("\"\\b\\f\\n\\r\\t\""),
    S("\"\\u0000\""),
    S("\"\\u001F\""),
    S("\"\\uABCD\""),
    S("\"\\uabcd\""),
    S("\"\\uAbCd\""),
    S("\"\\uFFFF\""),
    S("\"\\uD83D\\uDE00\""),
    S("\"\\uD83D\""),
    S("\"\\uDE00\""),
    S("\"\\uDE00\\uD83D\""),
    S("\"\\uD83D\\uD83D\""),
    S("\"\\\\u0000\""),
    S("\"\\\\\\\"\""),
    S("\"a\\u0030b\""),
    /* strings: characters */
    S("\"/\""),
    S("\" \""),
    S("\"\x7F\""),
    S("\"[]{},:\""),
    S("\"\xC2\x80\""),
    S("\"\xDF\xBF\""),
    S("\"\xE0\xA0\x80\""),
    S("\"\xE0\xBF\xBF\""),
    S("\"\xE1\x80\x80\""),
    S("\"\xEC\xBF\xBF\""),
    S("\"\xED\x80\x80\""),
    S("\"\xED\x9F\xBF\""),
    S("\"\xEE\x80\x80\""),
    S("\"\xEF\xBB\xBF\""),
    S("\"\xEF\xBF\xBF\""),
    S("\"\xF0\x90\x80\x80\""),
    S("\"\xF0\x9F\x98\x80\""),
    S("\"\xF1\x80\x80\x80\""),
    S("\"\xF3\xBF\xBF\xBF\""),
    S("\"\xF4\x80\x80\x80\""),
    S("\"\xF4\x8F\xBF\xBF\""),
    S("\"a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z\""),
    S("\"\xE2\x80\xA8\xE2\x80\xA9\""),
    S("\"abcdefghijklmnop\\nqrstuvwxyz\""),
};

static const struct sample bad[] = {
    /* nothing, or not a value */
    S(""),
    S(" "),
    S("\n"),
    S("a"),
    S("x"),
    S("'a'"),
    S("undefined"),
    S("NaN"),
    S("Infinity"),
    S("-Infinity"),
    S("#"),
    S("//"),
    S("/**/1"),
    S("\xEF\xBB\xBF{}"),
    S("\x00"),
    S("\x0C"),
    S("\x0B"),
    S("\xA0"),
    S("}"),
    S("]"),
    S(","),
    S(":"),
    S("<html>"),
    /* literals */
    S("nul"),
    S("nulll"),
    S("Null"),
    S("NULL"),
    S("tru"),
    S("trues"),
    S("True"),
    S("fals"),
    S("falsey"),
    S("nan"),
    S("t"),
    S("f"),
    S("n"),
    S("null null"),
    S("truefalse"),
    S("true1"),
    S("null\""),
    S("null["),
    S("null{"),
    S("nu ll"),
    S("true:"),
    S("n\x00ll"),
    /* numbers */
    S("-"),
    S("+1"),
    S("01"),
    S("00"),
    S("-01"),
    S("-00"),
    S("1."),
    S("-1."),
    S(".5"),
    S("-.5"),
    S("1.e1"),
    S("0.e1"),
    S("1e"),
    S("1E"),
    S("1e+"),
    S("1e-"),
    S("1e1.5"),
    S("1e+-1"),
    S("1ee1"),
    S("1.1.1"),
    S("1-1"),
    S("1+1"),
    S("--1"),
    S("0x1"),
    S("1a"),
    S("1_000"),
    S("1,2"),
    S("1 2"),
    S("0 1"),
    S("1\"\""),
    S("0:"),
    S("1.2x"),
    S("1e5x"),
    S("-a"),
    S("1.a"),
    S("1ea"),
    S("1e+a"),
    S("1\x00"),
    S("1[]"),
    S("0{"),
    S("\xEF\xBC\x91"),
    /* arrays */
    S("["),
    S("[["),
    S("[]]"),
    S("[}"),
    S("[1"),
    S("[1,"),
    S("[1,]"),
    S("[,]"),
    S("[,1]"),
    S("[1,,2]"),
    S("[1 2]"),
    S("[1;2]"),
    S("[1:2]"),
    S("[\"a\":1]"),
    S("[1]]"),
    S("[1}"),
    S("[1]1"),
    S("[1],"),
    S("[tru]"),
    S("[nul]"),
    S("[1.]"),
    S("[-]"),
    S("[01]"),
    S("[1e]"),
    S("[\"]"),
    S("[a]"),
    S("[\x0C]"),
    S("[\x00]"),
    S("[1,\x00]"),
    S("[][]"),
    S("[]{}"),
    S("[[1]"),
    S("[true false]"),
    S("[\"a\" \"b\"]"),
    S("[1/**/]"),
    S("[]//"),
    S("[{]}"),
    /* objects */
    S("{"),
    S("{{"),
    S("{}}"),
    S("{]"),
    S("{,}"),
    S("{\"a\"}"),
    S("{\"a\":}"),
    S("{\"a\" 1}"),
    S("{\"a\":1"),
    S("{\"a\":1,"),
    S("{\"a\":1,}"),
    S("{\"a\":1,,\"b\":2}"),
    S("{,\"a\":1}"),
    S("{a:1}"),
    S("{'a':1}"),
    S("{1:1}"),
    S("{null:1}"),
    S("{[]:1}"),
    S("{{}:1}"),
    S("{\"a\"::1}"),
    S("{\"a\":1:2}"),
    S("{\"a\":1 \"b\":2}"),
    S("{\"a\":1]"),
    S("{\"a\":[1}"),
    S("{\"a\":[1}]"),
    S("{\"a\":1}}"),
    S("{\"a\",1}"),
    S("{\"a\":1,\"b\"}"),
    S("{\"a\":1,\"b\":}"),
    S("{\"a\":1,2}"),
    S("{\"a\":1,null}"),
    S("{:1}"),
    S("{\"a\":1}{}"),
    S("{} {}"),
    S("{}\x00"),
    S("{\"a\""),
    S("{\"a\":"),
    S("{\"a\":tru}"),
    S("{\"a\":1;}"),
    S("{\"a\"=1}"),
    S("{\x00}"),
    /* strings */
    S("\""),
    S("\"a"),
    S("\"a\"b"),
    S("\"a\"\"b\""),
    S("\"\\\""),
    S("\"\\"),
    S("\"\\a\""),
    S("\"\\x41\""),
    S("\"\\0\""),
    S("\"\\'\""),
    S("\"\\U0041\""),
    S("\"\\u\""),
    S("\"\\u0\""),
    S("\"\\u00\""),
    S("\"\\u000\""),
    S("\"\\u000g\""),
    S("\"\\ug000\""),
    S("\"\\u 000\""),
    S("\"\\u-000\""),
    S("\"\\u00\\u0000\""),
    S("\"\\uD83D\\u\""),
    S("\"\\ \""),
    S("\"\\\n\""),
    S("\"\n\""),
    S("\"\r\""),
    S("\"\t\""),
    S("\"\x00\""),
    S("\"\x01\""),
    S("\"\x1F\""),
    S("\"\\\x00\""),
    S("\"\\\xC3\xA9\""),
    S("{\"\n\":1}"),
    S("{\"\\x\":1}"),
    S("{\"\xFF\":1}"),
    /* UTF-8 */
    S("\"\x80\""),
    S("\"\xBF\""),
    S("\"\xC0\x80\""),
    S("\"\xC1\xBF\""),
    S("\"\xC2\""),
    S("\"\xC2\xC2\""),
    S("\"\xC2\x7F\""),
    S("\"\xC3\x28\""),
    S("\"\xDF\xC0\""),
    S("\"\xE0\x80\x80\""),
    S("\"\xE0\x9F\xBF\""),
    S("\"\xE0\xA0\""),
    S("\"\xE0\xA0\x41\""),
    S("\"\xE1\x80\""),
    S("\"\xE1\""),
    S("\"\xE2\x28\xA1\""),
    S("\"\xED\xA0\x80\""),
    S("\"\xED\xBF\xBF\""),
    S("\"\xED\xA0\xBD\xED\xB8\x80\""),
    S("\"\xEF\xBF\""),
    S("\"\xF0\x80\x80\x80\""),
    S("\"\xF0\x8F\xBF\xBF\""),
    S("\"\xF0\x90\x80\""),
    S("\"\xF0\x90\""),
    S("\"\xF0\""),
    S("\"\xF0\x9F\x98\x41\""),
    S("\"\xF4\x90\x80\x80\""),
    S("\"\xF5\x80\x80\x80\""),
    S("\"\xF8\x88\x80\x80\x80\""),
    S("\"\xFC\x84\x80\x80\x80\x80\""),
    S("\"\xFE\""),
    S("\"\xFF\""),
    S("\"\xC3\xA9\x80\""),
    S("\"\xF0\x9F\x98\x80\x80\""),
    S("\"\xC3\xA9"),
    S("\"\xC3"),
};

/* Is the text taken as a whole? `fast`: plain string content goes by symfeed_scan_plain(). */
static bool accepts(const char *text, size_t size, bool fast)
{
    struct scan scan;
    const unsigned char *bytes = (const unsigned char *)text;

    symfeed_scan_init(&scan);
    for (size_t at = 0; at < size; at++) {
        enum scan_action action = SCAN_SPACE;

#if SYMFEED_FAST
        if (fast && scan.state == SCAN_IN_STRING) {
            at += symfeed_scan_plain(bytes + at, size - at);
            if (at == size) {
                break;
            }
        }
#else
        (void)fast;
#endif
        action = symfeed_scan_byte(&scan, bytes[at]);
        if (action == SCAN_ERROR) {
            return false;
        }
        if (action == SCAN_END && strchr(" \t\r\n", bytes[at]) == NULL) {
            return false;
        }
        if (action == SCAN_END && bytes[at] == '\0') {
            return false;
        }
    }
    /* A number is over only with what follows it. */
    (void)symfeed_scan_byte(&scan, ' ');
    return scan.state == SCAN_IN_END;
}

static void every_well_formed_text_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (!accepts(good[i].text, good[i].size, false) ||
            !accepts(good[i].text, good[i].size, true)) {
            fail_msg("good text %u is refused: %s", (unsigned)i, good[i].text);
        }
    }
    assert_true(COUNT(good) >= 100);
}

static void every_malformed_text_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (accepts(bad[i].text, bad[i].size, false) || accepts(bad[i].text, bad[i].size, true)) {
            fail_msg("bad text %u is taken: %s", (unsigned)i, bad[i].text);
        }
    }
    assert_true(COUNT(bad) >= 120);
}

/* The tables are right by another's judgement too, and so is the other. */
static void the_checker_of_the_tests_agrees_with_the_tables(void **state)
{
    struct checker checker;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (!well_formed(good[i].text, good[i].size, &checker)) {
            fail_msg("good text %u: %s", (unsigned)i, good[i].text);
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (well_formed(bad[i].text, bad[i].size, &checker)) {
            fail_msg("bad text %u: %s", (unsigned)i, bad[i].text);
        }
    }
}

static void no_prefix_of_a_bracketed_text_is_complete(void **state)
{
    static const char text[] =
        "{\"a\":[1,-2.5e+3,true,null,\"\\u00e9\xC3\xA9\\n\"],\"b\":{\"c\":false}}";

    (void)state;
    for (size_t size = 0; size < sizeof text - 1; size++) {
        assert_false(accepts(text, size, false));
        assert_false(accepts(text, size, true));
    }
    assert_true(accepts(text, sizeof text - 1, true));
}

/* Each byte replaced by each other one: the two judge alike. */
static void one_changed_byte_is_judged_as_by_the_checker(void **state)
{
    static const char text[] =
        "{\"a\":[10,-2.5e+3,true],\"\\u00e9\\n\":\"\xE2\x82\xAC\",\"c\": {}}";
    char changed[sizeof text];
    struct checker checker;

    (void)state;
    for (size_t at = 0; at < sizeof text - 1; at++) {
        memcpy(changed, text, sizeof text);
        for (unsigned byte = 0; byte < 256; byte++) {
            changed[at] = (char)byte;
            if (accepts(changed, sizeof text - 1, true) !=
                well_formed(changed, sizeof text - 1, &checker)) {
                fail_msg("byte %u as %02x: %s", (unsigned)at, byte, changed);
            }
        }
    }
}

/* Texts put together at random of pieces that are likely to be wrong next to each other. */
static void random_texts_are_judged_as_by_the_checker(void **state)
{
    static const char *const pieces[] = {
        "{",     "}",    "[",       "]",        ",",     ":",    "\"a\"", "\"",        "1",
        "-",     "0",    ".",       "e",        "+",     "true", "null",  " ",         "\\",
        "\\u00", "\\\"", "\xC3",    "\xA9",     "\xE2",  "\x82", "{}",    "[]",        "\"a\":",
        "1,",    ",\"b", "\"a\":1", "\"b\":[]", "false", "E-1",  "[1,2]", "{\"a\":1}", "\n"};
    uint32_t random = 20251122;
    unsigned taken = 0;

    (void)state;
    for (unsigned round = 0; round < 60000; round++) {
        char text[80] = "";
        size_t size = 0;
        struct checker checker;
        bool expected = false;

        for (uint32_t count = 1 + below(&random, 7); count > 0; count--) {
            const char *piece = pieces[below(&random, COUNT(pieces))];

            memcpy(text + size, piece, strlen(piece) + 1);
            size += strlen(piece);
        }
        expected = well_formed(text, size, &checker);
        taken += expected ? 1u : 0u;
        if (accepts(text, size, round % 2 == 0) != expected) {
            fail_msg("%s", text);
        }
    }
    assert_true(taken > 500);
}

/* --- what each byte is -------------------------------------------------------------------- */

/* One letter for each action. */
static char letter(enum scan_action action)
{
    switch (action) {
    case SCAN_SPACE: return ' ';
    case SCAN_BYTE: return '.';
    case SCAN_KEY: return 'k';
    case SCAN_STRING: return 's';
    case SCAN_QUOTE: return '\'';
    case SCAN_PRIMITIVE: return 'p';
    case SCAN_OPEN: return '(';
    case SCAN_CLOSE: return ')';
    case SCAN_COLON: return '~';
    case SCAN_COMMA: return ',';
    case SCAN_DEEP: return 'D';
    case SCAN_END: return '$';
    default: return '!';
    }
}

static void expect_actions(const char *text, const char *expected)
{
    struct scan scan;
    char letters[100] = "";

    assert_true(strlen(text) < sizeof letters);
    symfeed_scan_init(&scan);
    for (size_t i = 0; text[i] != '\0'; i++) {
        letters[i] = letter(symfeed_scan_byte(&scan, (unsigned char)text[i]));
    }
    assert_string_equal(letters, expected);
}

static void each_byte_gets_its_name(void **state)
{
    (void)state;
    expect_actions("{\"a\":1}", "(k.'~p)");
    expect_actions("{\"a\\n\" : [\"b\",-1.5e+3, true]}", "(k...' ~ (s.',p......, p...))");
    expect_actions("[{},[],null,0]", "((),(),p...,p)");
    expect_actions(" \"\\u00e9\xC3\xA9\" ", " s........'$");
    expect_actions("{\"\":\"\"}", "(k'~s')");
    expect_actions("12 3", "p.$$");
    expect_actions("false,", "p....$");
    expect_actions("{}x", "()$");
    expect_actions("[1x", "(p!");
    expect_actions("[1}", "(p!");
}

static void depth_and_brackets_are_told(void **state)
{
    struct scan scan;

    (void)state;
    symfeed_scan_init(&scan);
    assert_int_equal(scan.depth, 0);
    assert_int_equal(symfeed_scan_byte(&scan, '['), SCAN_OPEN);
    assert_int_equal(scan.depth, 1);
    assert_int_equal(scan.objects & 1u, 0);
    assert_int_equal(symfeed_scan_byte(&scan, '{'), SCAN_OPEN);
    assert_int_equal(scan.depth, 2);
    assert_int_equal(scan.objects & 1u, 1);
    assert_int_equal(symfeed_scan_byte(&scan, '}'), SCAN_CLOSE);
    assert_int_equal(scan.depth, 1);
    assert_int_equal(scan.objects & 1u, 0);
}

static void names_and_strings_are_told_apart(void **state)
{
    struct scan scan;

    (void)state;
    symfeed_scan_init(&scan);
    (void)symfeed_scan_byte(&scan, '{');
    (void)symfeed_scan_byte(&scan, '"');
    assert_true(scan.key);
    (void)symfeed_scan_byte(&scan, '"');
    (void)symfeed_scan_byte(&scan, ':');
    (void)symfeed_scan_byte(&scan, '"');
    assert_false(scan.key);
}

/* --- depth -------------------------------------------------------------------------------- */

/* `levels` arrays or objects inside each other. */
static struct buffer nested(size_t levels, bool objects, const char *inside)
{
    struct buffer text = {NULL, 0, 0};

    add_times(&text, objects ? "{\"a\":" : "[", levels);
    add(&text, inside);
    add_times(&text, objects ? "}" : "]", levels);
    return text;
}

static unsigned count_actions(const struct buffer *text, enum scan_action wanted)
{
    struct scan scan;
    unsigned count = 0;

    symfeed_scan_init(&scan);
    for (size_t i = 0; i < text->size; i++) {
        count += symfeed_scan_byte(&scan, (unsigned char)text->at[i]) == wanted ? 1u : 0u;
    }
    return count;
}

static void thirty_two_levels_are_followed(void **state)
{
    (void)state;
    for (unsigned objects = 0; objects < 2; objects++) {
        struct buffer text = nested(32, objects != 0, "0");

        assert_true(accepts(text.at, text.size, true));
        assert_int_equal(count_actions(&text, SCAN_OPEN), 32);
        assert_int_equal(count_actions(&text, SCAN_CLOSE), 32);
        assert_int_equal(count_actions(&text, SCAN_DEEP), 0);
        drop(&text);
    }
}

static void the_thirty_third_level_is_passed_over(void **state)
{
    (void)state;
    for (unsigned objects = 0; objects < 2; objects++) {
        struct buffer text = nested(33, objects != 0, "\"}]\\\"\", {\"x\":[1,2]}");

        assert_true(accepts(text.at, text.size, false));
        assert_true(accepts(text.at, text.size, true));
        assert_int_equal(count_actions(&text, SCAN_OPEN), 32);
        assert_int_equal(count_actions(&text, SCAN_CLOSE), 32);
        assert_int_equal(count_actions(&text, SCAN_DEEP), 1);
        drop(&text);
    }
}

static void a_hundred_thousand_levels_cost_nothing(void **state)
{
    (void)state;
    for (unsigned objects = 0; objects < 2; objects++) {
        struct buffer text = nested(100000, objects != 0, "null");

        assert_true(accepts(text.at, text.size, true));
        assert_int_equal(count_actions(&text, SCAN_DEEP), 1);
        assert_false(accepts(text.at, text.size - 1, true));
        drop(&text);
    }
}

static void what_follows_a_deep_value_is_checked_again(void **state)
{
    struct buffer text = {NULL, 0, 0};

    (void)state;
    add_times(&text, "[", 32);
    add(&text, "[[\"\\\\\"]],1x");
    add_times(&text, "]", 32);
    assert_false(accepts(text.at, text.size, true));
    drop(&text);
    add_times(&text, "[", 32);
    add(&text, "[[\"\\\\\"]],1");
    add_times(&text, "]", 32);
    assert_true(accepts(text.at, text.size, true));
    drop(&text);
}

/* The count of brackets stops at its highest: the value then never seems to end, which is safe. */
static void the_count_of_brackets_does_not_wrap(void **state)
{
    struct scan scan;

    (void)state;
    symfeed_scan_init(&scan);
    scan.state = SCAN_IN_LAX;
    scan.lax = UINT32_MAX;
    (void)symfeed_scan_byte(&scan, '[');
    assert_int_equal(scan.lax, UINT32_MAX);
    (void)symfeed_scan_byte(&scan, ']');
    assert_int_equal(scan.lax, UINT32_MAX - 1);
    assert_int_equal(scan.state, SCAN_IN_LAX);
}

/* --- recovery ----------------------------------------------------------------------------- */

/* How many bytes of a text that has one error belong to the broken value. */
static size_t recovered(const char *text)
{
    struct scan scan;
    bool broken = false;
    size_t at = 0;

    symfeed_scan_init(&scan);
    for (; text[at] != '\0' && scan.state != SCAN_IN_END; at++) {
        enum scan_action action = symfeed_scan_byte(&scan, (unsigned char)text[at]);

        if (action == SCAN_ERROR) {
            assert_false(broken);
            broken = true;
            symfeed_scan_recover(&scan);
            action = symfeed_scan_byte(&scan, (unsigned char)text[at]);
        }
        assert_int_not_equal(action, SCAN_ERROR);
        if (action == SCAN_END) {
            break;
        }
    }
    assert_true(broken);
    assert_int_equal(scan.state, SCAN_IN_END);
    return at;
}

static void a_broken_value_ends_with_its_brackets(void **state)
{
    (void)state;
    assert_int_equal(recovered("{\"a\":tru}, {}"), 9);
    assert_int_equal(recovered("{\"a\":1.},{}"), 8);
    assert_int_equal(recovered("{\"a\":[1},{}"), 8);
    assert_int_equal(recovered("{\"a\":1]},{}"), 7);
    assert_int_equal(recovered("{\"a\":{]},{}"), 8);
    assert_int_equal(recovered("{\"a\":[[{]}]},{}"), 10);
    assert_int_equal(recovered("{\"a\":x[{}]},{}"), 11);
    assert_int_equal(recovered("{\"a\":x,\"b\":\"}\"},{}"), 15);
    assert_int_equal(recovered("{\"a\":\"\\x}\\\"]\"},{}"), 14);
    assert_int_equal(recovered("{\"a\":\"\\u12\"},{}"), 12);
    assert_int_equal(recovered("{\"a\":\"\x01}\"},{}"), 10);
    assert_int_equal(recovered("{\"a\":\"\xC3\"},{}"), 9);
    assert_int_equal(recovered("{\"a\":\"\xFF}\\\\\"},{}"), 12);
    assert_int_equal(recovered("{\"a\" 1},{}"), 7);
    assert_int_equal(recovered("{\"a\":1,},{}"), 8);
    assert_int_equal(recovered("{1:\"}\"},{}"), 7);
}

/* An object with as many arrays in it as are followed: its bracket closes all of them. */
static void a_bracket_closes_what_was_left_open_at_any_depth(void **state)
{
    char text[SYMFEED_DEPTH + 16] = "{\"a\":";
    size_t size = strlen(text);

    (void)state;
    for (size_t i = 1; i < SYMFEED_DEPTH; i++) {
        text[size++] = '[';
    }
    memcpy(text + size, "x},", 4);
    assert_int_equal(recovered(text), size + 2);
}

static void a_bracket_of_a_kind_that_is_not_open_closes_the_innermost(void **state)
{
    char text[2 * SYMFEED_DEPTH + 4];
    size_t size = SYMFEED_DEPTH;

    (void)state;
    memset(text, '[', size);
    text[size++] = 'x';
    text[size++] = '}';
    memset(text + size, ']', SYMFEED_DEPTH - 1);
    size += SYMFEED_DEPTH - 1;
    memcpy(text + size, ",1", 3);
    assert_int_equal(recovered(text), size);
}

/* Brackets below the deepest level that is followed are counted: } closes { and the first [. */
static void a_broken_value_may_be_deeper_than_is_followed(void **state)
{
    char text[2 * SYMFEED_DEPTH + 8] = "x{[";
    size_t size = strlen(text);

    (void)state;
    memset(text + size, '[', SYMFEED_DEPTH);
    size += SYMFEED_DEPTH;
    memset(text + size, ']', SYMFEED_DEPTH);
    size += SYMFEED_DEPTH;
    memcpy(text + size, "},1", 4);
    assert_int_equal(recovered(text), size + 1);
}

static void a_broken_scalar_ends_where_its_list_goes_on(void **state)
{
    (void)state;
    assert_int_equal(recovered("tru,{}"), 3);
    assert_int_equal(recovered("tru]"), 3);
    assert_int_equal(recovered("1.}"), 2);
    assert_int_equal(recovered("x \"a,b\" y,{}"), 9);
    assert_int_equal(recovered("x[1,2],{}"), 6);
    assert_int_equal(recovered("nul{\"a\":1}"), 10);
}

static void a_value_of_another_scanner_counts(void **state)
{
    struct scan scan;

    (void)state;
    symfeed_scan_init(&scan);
    symfeed_scan_value_done(&scan);
    assert_int_equal(symfeed_scan_byte(&scan, '1'), SCAN_END);
    symfeed_scan_init(&scan);
    (void)symfeed_scan_byte(&scan, '[');
    symfeed_scan_value_done(&scan);
    assert_int_equal(symfeed_scan_byte(&scan, '1'), SCAN_ERROR);
    assert_int_equal(symfeed_scan_byte(&scan, ','), SCAN_COMMA);
    symfeed_scan_value_done(&scan);
    assert_int_equal(symfeed_scan_byte(&scan, ']'), SCAN_CLOSE);
}

#if SYMFEED_FAST

/* --- plain string content ----------------------------------------------------------------- */

static size_t naive_plain(const unsigned char *data, size_t size)
{
    size_t count = 0;

    while (count < size && data[count] >= 32 && data[count] <= 127 && data[count] != '"' &&
           data[count] != '\\') {
        count++;
    }
    return count;
}

static void plain_content_is_told_for_each_byte_at_each_place(void **state)
{
    unsigned char *block = (unsigned char *)malloc(16 + 4);

    (void)state;
    assert_non_null(block);
    for (size_t size = 0; size <= 16; size++) {
        for (size_t place = 0; place < size; place++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                /* Against the block's end, at whatever alignment that gives. */
                unsigned char *data = block + 16 + 4 - size;

                memset(data, 'a' + (int)(byte % 20), size);
                data[place] = (unsigned char)byte;
                assert_int_equal(symfeed_scan_plain(data, size), naive_plain(data, size));
            }
        }
    }
    free(block);
}

/* Borrows run from byte to byte in the fast pass: each pair of neighbours, at each place. */
static void plain_content_is_told_for_each_pair_of_bytes(void **state)
{
    unsigned char data[12];

    (void)state;
    for (size_t place = 0; place < 7; place++) {
        for (unsigned pair = 0; pair < 65536; pair++) {
            memset(data, ' ', sizeof data);
            data[place] = (unsigned char)(pair & 255);
            data[place + 1] = (unsigned char)(pair >> 8);
            if (symfeed_scan_plain(data, 9) != naive_plain(data, 9)) {
                fail_msg("%04x at %u", pair, (unsigned)place);
            }
        }
    }
}

static void plain_content_ends_at_the_given_size(void **state)
{
    static const unsigned char text[] = "abcdefghijklmnopqrstuvwxyz";

    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        assert_int_equal(symfeed_scan_plain(text, size), size);
    }
}

/* --- runs --------------------------------------------------------------------------------- */

static bool begins_token(enum scan_action action)
{
    return action == SCAN_KEY || action == SCAN_STRING || action == SCAN_PRIMITIVE ||
           action == SCAN_OPEN;
}

static void expect_equal(const struct scan *one, const struct scan *other)
{
    assert_int_equal(one->state, other->state);
    assert_int_equal(one->depth, other->depth);
    assert_int_equal(one->objects, other->objects);
    assert_int_equal(one->lax, other->lax);
}

/* Keeps what a run has to say of this byte, the last of so many. */
static void keep(struct scan_run *told, const struct scan *scan, enum scan_action action, size_t at)
{
    bool own = scan->depth == (action == SCAN_OPEN ? 2 : 1);

    if (own && action == SCAN_KEY) {
        told->name = at;
    } else if (own && begins_token(action)) {
        told->value = at;
    } else if (own && scan->state == SCAN_IN_COLON && action == SCAN_QUOTE) {
        told->named = true;
    } else if (own && (action == SCAN_QUOTE || action == SCAN_CLOSE)) {
        told->value_end = at;
    }
}

/* Goes through a text in runs and single bytes, at each step beside a scanner that takes all bytes
 * one by one. */
static void expect_runs(const char *text, size_t size, size_t tokens, const struct split *split)
{
    struct scan scan;
    struct scan single;
    size_t at = 0;

    symfeed_scan_init(&scan);
    symfeed_scan_init(&single);
    while (at < size) {
        size_t end = split_end(split, at, size);
        struct scan_run run = {tokens, 1, 1, 1, true};
        struct scan_run told = {0, 0, 0, 0, false};
        size_t begun = 0;
        size_t count = symfeed_scan_run(&scan, (const unsigned char *)text + at, end - at, &run);
        enum scan_action action = SCAN_SPACE;

        assert_true(count <= end - at);
        for (size_t i = 0; i < count; i++) {
            assert_false(told.named); /* it ends behind a name */
            action = symfeed_scan_byte(&single, (unsigned char)text[at + i]);
            begun += begins_token(action) ? 1u : 0u;
            assert_true(action != SCAN_DEEP && action != SCAN_END && action != SCAN_ERROR);
            keep(&told, &single, action, i + 1);
        }
        at += count;
        assert_true(run.tokens <= tokens);
        assert_int_equal(tokens - run.tokens, begun);
        assert_int_equal(run.name, told.name);
        assert_int_equal(run.value, told.value);
        assert_int_equal(run.value_end, told.value_end);
        assert_int_equal(run.named, told.named);
        if (!run.named && at < end) {
            /* Where a run stops, there is a reason. */
            struct scan before = single;

            action = symfeed_scan_byte(&single, (unsigned char)text[at]);
            assert_true(action == SCAN_DEEP || action == SCAN_END || action == SCAN_ERROR ||
                        before.state == SCAN_IN_END || run.tokens == 0 ||
                        before.depth == SYMFEED_DEPTH);
            assert_int_equal(symfeed_scan_byte(&scan, (unsigned char)text[at]), action);
            at++;
            if (action == SCAN_END || action == SCAN_ERROR) {
                return;
            }
        }
        expect_equal(&scan, &single);
    }
}

static void expect_all_runs(const char *text, size_t size)
{
    for (size_t tokens = 0; tokens < 8; tokens++) {
        struct split split = {0, 0, 0};

        do {
            expect_runs(text, size, tokens < 7 ? tokens : SIZE_MAX, &split);
        } while (split_next(&split, size, 12));
    }
}

static void runs_are_what_single_bytes_are(void **state)
{
    struct buffer deep = {NULL, 0, 0};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        expect_all_runs(good[i].text, good[i].size);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_all_runs(bad[i].text, bad[i].size);
    }
    add_times(&deep, "[", 34);
    add(&deep, "{\"a\":[]},\"]\"");
    add_times(&deep, "]", 33);
    add(&deep, ", 1]x");
    expect_all_runs(deep.at, deep.size);
    drop(&deep);
}

/* Long enough that most of it is read in large steps. */
static const char compact[] = "{\"id\":\"a1\",\"n\":1595365005847,\"t\":true,\"o\":{\"user\":{"
                              "\"name\":\"Ada \\\"B\\\" \\u00e9\\n\","
                              "\"id\":344147139494862,\"x\":null},\"in\":{\"k\":\"v\"},\"l\":["
                              "\"v\"],\"list\":[{\"k\":\"v\"},{\"k\":["
                              "1,\"two\",\"three\",false]}],"
                              "\"m\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xE0\xA4\x85 and more "
                              "text\",\"e\":{},\"f\":-1.5e3,"
                              "\"g\":false},\"p\":[\"first value\",\"second value\",[],\"third "
                              "one, which is longer\"],\"z\":\"the end\"}";

static void a_changed_text_is_read_in_runs_as_byte_by_byte(void **state)
{
    static const char others[] = "\"\\{}[],: 0-tnu|~;#^\n\x01\x80\xC3\xE2\xED\xF4";
    static const size_t tokens[] = {SIZE_MAX, 5, 12, 20};
    char text[sizeof compact];
    struct split whole = {0, 0, 0};

    (void)state;
    for (size_t at = 0; at + 1 < sizeof compact; at++) {
        for (size_t other = 0; other < sizeof others; other++) {
            memcpy(text, compact, sizeof compact);
            text[at] = others[other];
            for (size_t i = 0; i < COUNT(tokens); i++) {
                expect_runs(text, sizeof compact - 1, tokens[i], &whole);
            }
            /* The end soon behind the change: not all steps are large. */
            expect_runs(text, at + 12 < sizeof compact ? at + 12 : sizeof compact - 1, SIZE_MAX,
                        &whole);
            /* The first byte left out: it is another value, or none. */
            expect_runs(text + 1, sizeof compact - 2, SIZE_MAX, &whole);
        }
    }
}

static void a_compact_text_is_read_in_runs_from_each_place_on(void **state)
{
    struct split split = {0, 0, 0};

    (void)state;
    do {
        expect_runs(compact, sizeof compact - 1, SIZE_MAX, &split);
    } while (split_next(&split, sizeof compact - 1, 64));
}

/* With an object that ends with a string, and is followed by another member. */
static void a_changed_end_of_an_object_is_read_in_runs_as_byte_by_byte(void **state)
{
    static const char ends[] = "{\"a\":{\"b\":{\"c\":\"d\"},\"e\":\"f\",\"g\":\"hijklmnopqrst\"}}";
    static const char others[] = "\"\\{}[],: 0";
    char text[sizeof ends];
    struct split whole = {0, 0, 0};

    (void)state;
    for (size_t at = 0; at + 1 < sizeof ends; at++) {
        for (size_t other = 0; other + 1 < sizeof others; other++) {
            memcpy(text, ends, sizeof ends);
            text[at] = others[other];
            expect_runs(text, sizeof ends - 1, SIZE_MAX, &whole);
        }
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_well_formed_text_is_taken),
        cmocka_unit_test(every_malformed_text_is_refused),
        cmocka_unit_test(the_checker_of_the_tests_agrees_with_the_tables),
        cmocka_unit_test(no_prefix_of_a_bracketed_text_is_complete),
        cmocka_unit_test(one_changed_byte_is_judged_as_by_the_checker),
        cmocka_unit_test(random_texts_are_judged_as_by_the_checker),
        cmocka_unit_test(each_byte_gets_its_name),
        cmocka_unit_test(depth_and_brackets_are_told),
        cmocka_unit_test(names_and_strings_are_told_apart),
        cmocka_unit_test(thirty_two_levels_are_followed),
        cmocka_unit_test(the_thirty_third_level_is_passed_over),
        cmocka_unit_test(a_hundred_thousand_levels_cost_nothing),
        cmocka_unit_test(what_follows_a_deep_value_is_checked_again),
        cmocka_unit_test(the_count_of_brackets_does_not_wrap),
        cmocka_unit_test(a_broken_value_ends_with_its_brackets),
        cmocka_unit_test(a_bracket_closes_what_was_left_open_at_any_depth),
        cmocka_unit_test(a_bracket_of_a_kind_that_is_not_open_closes_the_innermost),
        cmocka_unit_test(a_broken_value_may_be_deeper_than_is_followed),
        cmocka_unit_test(a_broken_scalar_ends_where_its_list_goes_on),
        cmocka_unit_test(a_value_of_another_scanner_counts),
#if SYMFEED_FAST
        cmocka_unit_test(plain_content_is_told_for_each_byte_at_each_place),
        cmocka_unit_test(plain_content_is_told_for_each_pair_of_bytes),
        cmocka_unit_test(plain_content_ends_at_the_given_size),
        cmocka_unit_test(runs_are_what_single_bytes_are),
        cmocka_unit_test(a_changed_text_is_read_in_runs_as_byte_by_byte),
        cmocka_unit_test(a_compact_text_is_read_in_runs_from_each_place_on),
        cmocka_unit_test(a_changed_end_of_an_object_is_read_in_runs_as_byte_by_byte),
#endif
    };

    return cmocka_run_group_tests_name("scanner", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
