/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tokens.c - values found in an event and taken out of it: paths, kinds, strings decoded,
 * whole numbers; and the pieces below: one character of a string, a name compared.
 */
#include "symfeed_config.h"

#if SYMFEED_JSON

#include "helpers.h"

#include "json/string.h"
#include "json/tokens.h"

#define TOKENS 200

static int table[TOKENS * SYMFEED_JSON_TOKEN_SIZE / sizeof(int)];
static struct symfeed_json_tokens tokens = {table, TOKENS, 0, NULL, NULL};

/* An event of this text, tokens and all. */
static struct symfeed_event event_of(const char *text)
{
    struct symfeed_event event;

    memset(&event, 0, sizeof event);
    event.json = text;
    event.size = strlen(text);
    tokens.text = NULL; /* nothing is opened here */
    event.tokens = &tokens;
    tokens.used = 0; /* to be split at the first search */
    return event;
}

static void expect_found(const char *text, const char *path, enum symfeed_kind kind,
                         const char *value)
{
    struct symfeed_event event = event_of(text);
    struct symfeed_value found;

    found = symfeed_event_find(&event, path);
    assert_true(tokens.used > 0);
    if (found.kind != kind) {
        fail_msg("%s of %s: kind %d", path, text, (int)found.kind);
    }
    if (value == NULL) {
        assert_null(found.text);
        assert_int_equal(found.size, 0);
    } else {
        assert_int_equal(found.size, strlen(value));
        assert_memory_equal(found.text, value, found.size);
        assert_true(found.text > text && found.text + found.size < text + event.size);
    }
}

static void expect_absent(const char *text, const char *path)
{
    expect_found(text, path, SYMFEED_ABSENT, NULL);
}

/* --- tokens ------------------------------------------------------------------------------- */

static void a_table_that_is_too_small_gives_no_tokens(void **state)
{
    static const char text[] = "{\"a\":[1,2]}"; /* 5 tokens */
    struct symfeed_json_tokens small = {malloc(5 * (size_t)SYMFEED_JSON_TOKEN_SIZE), 5, 0, NULL,
                                        NULL};

    (void)state;
    assert_non_null(small.table);
    symfeed_tokens_split(text, sizeof text - 1, &small);
    assert_int_equal(small.used, 5);
    symfeed_tokens_split("{\"a\"", 4, &small);
    assert_int_equal(small.used, 0);
    symfeed_tokens_split("", 0, &small);
    assert_int_equal(small.used, 0);
    for (small.room = 4; small.room > 0; small.room--) {
        symfeed_tokens_split(text, sizeof text - 1, &small);
        assert_int_equal(small.used, 0);
    }
    free(small.table);
}

static void an_event_is_split_once(void **state)
{
    struct symfeed_event event = event_of("{\"a\":[1,2]}");

    (void)state;
    assert_int_equal(symfeed_event_find(&event, "a").kind, SYMFEED_ARRAY);
    assert_int_equal(tokens.used, 5);
    tokens.used = 3; /* {, a and [: what is behind them is not seen */
    assert_int_equal(symfeed_event_find(&event, "a").kind, SYMFEED_ARRAY);
    assert_int_equal(symfeed_event_find(&event, "a.0").kind, SYMFEED_ABSENT);
}

/* --- finding ------------------------------------------------------------------------------ */

static void every_kind_is_told(void **state)
{
    static const char text[] =
        "{\"n\":null,\"t\":true,\"f\":false,\"i\":12,\"m\":-1.5e3,\"z\":0,"
        "\"s\":\"str\",\"e\":\"\",\"o\":{\"x\":1},\"a\":[1,2],\"p\":{},\"b\":[]}";

    (void)state;
    expect_found(text, "n", SYMFEED_NULL, "null");
    expect_found(text, "t", SYMFEED_BOOLEAN, "true");
    expect_found(text, "f", SYMFEED_BOOLEAN, "false");
    expect_found(text, "i", SYMFEED_NUMBER, "12");
    expect_found(text, "m", SYMFEED_NUMBER, "-1.5e3");
    expect_found(text, "z", SYMFEED_NUMBER, "0");
    expect_found(text, "s", SYMFEED_STRING, "str");
    expect_found(text, "e", SYMFEED_STRING, "");
    expect_found(text, "o", SYMFEED_OBJECT, "{\"x\":1}");
    expect_found(text, "a", SYMFEED_ARRAY, "[1,2]");
    expect_found(text, "p", SYMFEED_OBJECT, "{}");
    expect_found(text, "b", SYMFEED_ARRAY, "[]");
    expect_absent(text, "x");
    expect_absent(text, "");
    expect_absent(text, "nn");
}

static void a_path_leads_through_objects_and_arrays(void **state)
{
    static const char text[] =
        "{\"x\":{\"deep\":[{\"no\":1},{\"s\":\"no\"}]},\"payload\":{\"messageSent\":{\"message\":"
        "{\"text\":\"hi\",\"stream\":{\"streamId\":\"S\"}}}},\"list\":[10,[20,21],{\"k\":30},"
        "\"40\"],"
        "\"last\":true}";

    (void)state;
    expect_found(text, "payload.messageSent.message.stream.streamId", SYMFEED_STRING, "S");
    expect_found(text, "payload.messageSent.message.text", SYMFEED_STRING, "hi");
    expect_found(text, "list.0", SYMFEED_NUMBER, "10");
    expect_found(text, "list.1", SYMFEED_ARRAY, "[20,21]");
    expect_found(text, "list.1.1", SYMFEED_NUMBER, "21");
    expect_found(text, "list.2.k", SYMFEED_NUMBER, "30");
    expect_found(text, "list.3", SYMFEED_STRING, "40");
    expect_found(text, "x.deep.1.s", SYMFEED_STRING, "no");
    expect_found(text, "last", SYMFEED_BOOLEAN, "true");
    expect_absent(text, "list.4");
    expect_absent(text, "list.1.2");
    expect_absent(text, "list.k");
    expect_absent(text, "list.-1");
    expect_absent(text, "list.0x0");
    expect_absent(text, "list.1 ");
    expect_absent(text, "list.18446744073709551616");
    expect_absent(text, "list.4294967296");
    expect_absent(text, "list.99999999999999999999999999");
    expect_absent(text, "last.x");
    expect_absent(text, "last.0");
    expect_absent(text, "payload.text");
    expect_absent(text, "payload.messageSent.message.text.x");
    expect_absent(text, "payload.messageSent.message.text.0");
    expect_absent(text, "messageSent");
    expect_absent(text, "x.payload");
    expect_absent(text, "x.deep.2");
    expect_absent(text, "x.deep.0.s");
}

/* "list." has an empty name behind its dot: that is no index. */
static void an_empty_name_is_no_index(void **state)
{
    (void)state;
    expect_absent("{\"list\":[10,20]}", "list.");
    expect_absent("{\"list\":[10,20]}", "list..");
    expect_absent("{\"list\":[[10],20]}", "list..0");
}

static void empty_names_are_names(void **state)
{
    (void)state;
    expect_found("{\"a\":{\"\":1}}", "a.", SYMFEED_NUMBER, "1");
    expect_found("{\"\":{\"b\":2}}", ".b", SYMFEED_NUMBER, "2");
    expect_found("{\"\":3}", "", SYMFEED_NUMBER, "3");
}

static void names_with_escapes_are_found(void **state)
{
    (void)state;
    expect_found("{\"\\u0061b\\u0063\":1}", "abc", SYMFEED_NUMBER, "1");
    expect_found("{\"\\/\":1}", "/", SYMFEED_NUMBER, "1");
    expect_found("{\"\\\"\":1}", "\"", SYMFEED_NUMBER, "1");
    expect_absent("{\"\\u0061b\\u0063d\":1}", "abc");
    expect_found("{\"\xC3\xA9\":1}", "\xC3\xA9", SYMFEED_NUMBER, "1");
    expect_absent("{\"\\u00e9\":1}", "\xC3\xA9"); /* names with escapes: ASCII */
    expect_absent("{\"a.b\":1}", "a.b");
}

static void the_first_of_equal_names_is_found(void **state)
{
    (void)state;
    expect_found("{\"a\":1,\"a\":2,\"\\u0061\":3}", "a", SYMFEED_NUMBER, "1");
    expect_found("{\"\\u0061\":3,\"a\":1}", "a", SYMFEED_NUMBER, "3");
    expect_absent("{\"a\":1,\"a\":{\"b\":2}}", "a.b");
}

static void values_that_look_like_names_are_not_taken_for_them(void **state)
{
    (void)state;
    expect_found("{\"a\":\"b\",\"b\":\"c\",\"c\":1}", "b", SYMFEED_STRING, "c");
    expect_found("{\"x\":{\"b\":0},\"y\":[\"b\",{\"b\":0}],\"b\":5}", "b", SYMFEED_NUMBER, "5");
    expect_absent("{\"a\":\"b\"}", "b");
    expect_absent("{\"a\":[\"b\",1]}", "b");
}

static void white_space_does_not_matter(void **state)
{
    (void)state;
    expect_found(" {\n\"a\" : { \"b\" : [ 1 , 2 ] } , \"c\" : 3 } ", "a.b.1", SYMFEED_NUMBER, "2");
    expect_found(" {\n\"a\" : { \"b\" : [ 1 , 2 ] } , \"c\" : 3 } ", "c", SYMFEED_NUMBER, "3");
}

static void a_malformed_event_has_no_values(void **state)
{
    struct symfeed_event event;

    (void)state;
    memset(&event, 0, sizeof event);
    event.json = "{\"a\":tru}";
    event.size = 9;
    event.malformed = true;
    tokens.text = NULL; /* nothing is opened here */
    event.tokens = &tokens;
    tokens.used = 0;
    assert_int_equal(symfeed_event_find(&event, "a").kind, SYMFEED_ABSENT);
}

/* --- strings ------------------------------------------------------------------------------ */

static struct symfeed_value string_value(const char *text)
{
    struct symfeed_value value = {SYMFEED_STRING, text, strlen(text)};

    return value;
}

/* Some members of an event are known when it is handed out. */
static void what_is_known_is_found_without_splitting(void **state)
{
    static const char text[] = "{\"type\":\"a\",\"id\":\"b\",\"payload\":{\"type\":1}}";
    struct symfeed_value noted[SYMFEED_NOTED]; /* id, messageId, timestamp, type, payload */
    struct symfeed_event event = event_of(text);

    (void)state;
    memset(noted, 0, sizeof noted);
    noted[0] = string_value("known id");
    noted[3] = string_value("known type");
    tokens.noted = noted;
    assert_int_equal(symfeed_event_find(&event, "id").size, 8);
    assert_int_equal(symfeed_event_find(&event, "type").size, 10);
    assert_int_equal(tokens.used, 0);
    /* What is not known, and what only begins so, is looked for. */
    assert_int_equal(symfeed_event_find(&event, "timestamp").kind, SYMFEED_ABSENT);
    assert_int_equal(tokens.used, 9);
    tokens.used = 0;
    assert_int_equal(symfeed_event_find(&event, "payload").kind, SYMFEED_OBJECT);
    tokens.used = 0;
    assert_int_equal(symfeed_event_find(&event, "payload.type").kind, SYMFEED_NUMBER);
    tokens.used = 0;
    assert_int_equal(symfeed_event_find(&event, "i").kind, SYMFEED_ABSENT);
    tokens.used = 0;
    assert_int_equal(symfeed_event_find(&event, "").kind, SYMFEED_ABSENT);
    /* Once it has been split, its tokens count: strings may have been opened. */
    assert_int_equal(symfeed_event_find(&event, "id").size, 1);
    tokens.noted = NULL;
}

/* Decodes into a buffer of each size, and in place. */
static void expect_decoded(const char *text, const char *expected)
{
    size_t whole = strlen(expected);

    for (size_t size = 1; size <= whole + 3; size++) {
        char *out = (char *)malloc(size);
        size_t written = 0;

        assert_non_null(out);
        written = symfeed_string(string_value(text), out, size);
        assert_true(written < size);
        assert_int_equal(out[written], '\0');
        assert_true(written <= whole);
        assert_memory_equal(out, expected, written);
        if (size > whole) {
            assert_int_equal(written, whole);
        } else {
            /* Cut where a character begins, and not before it had to be. */
            assert_int_not_equal((unsigned char)expected[written] & 0xC0, 0x80);
            assert_true(written + 4 > size - 1);
        }
        free(out);
    }
    {
        struct buffer place = {NULL, 0, 0};
        struct symfeed_value value = {SYMFEED_STRING, NULL, 0};

        add(&place, text);
        add(&place, " ");
        value.text = place.at;
        value.size = place.size - 1;
        assert_int_equal(symfeed_string(value, place.at, place.size), whole);
        assert_string_equal(place.at, expected);
        drop(&place);
    }
}

static void strings_are_decoded(void **state)
{
    (void)state;
    expect_decoded("", "");
    expect_decoded("plain", "plain");
    expect_decoded("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t");
    expect_decoded("\\u0041\\u00e9\\u00C9\\u20aC\\uFFFF",
                   "A\xC3\xA9\xC3\x89\xE2\x82\xAC\xEF\xBF\xBF");
    expect_decoded("\\u007f\\u0080\\u07ff\\u0800", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80");
    expect_decoded("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z",
                   "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z");
    expect_decoded("a\\uD83D\\uDE00b", "a\xF0\x9F\x98\x80"
                                       "b");
    expect_decoded("\\uD800\\uDC00\\uDBFF\\uDFFF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    expect_decoded("\\ud7ff\\ue000", "\xED\x9F\xBF\xEE\x80\x80");
}

static void lone_surrogates_and_nul_become_a_replacement(void **state)
{
    (void)state;
    expect_decoded("a\\uD83D", "a\xEF\xBF\xBD");
    expect_decoded("\\uD83Dx", "\xEF\xBF\xBDx");
    expect_decoded("\\uDE00x", "\xEF\xBF\xBDx");
    expect_decoded("\\uD83D\\n", "\xEF\xBF\xBD\n");
    expect_decoded("\\uD83D\\nabcd", "\xEF\xBF\xBD\nabcd");
    expect_decoded("\\uD83Dabcdef", "\xEF\xBF\xBD"
                                    "abcdef");
    expect_decoded("\\uD83D\\u0041", "\xEF\xBF\xBD"
                                     "A");
    expect_decoded("\\uD83D\\uE000", "\xEF\xBF\xBD\xEE\x80\x80");
    expect_decoded("\\uD83D\\uD83D\\uDE00", "\xEF\xBF\xBD\xF0\x9F\x98\x80");
    expect_decoded("\\uDE00\\uD83D", "\xEF\xBF\xBD\xEF\xBF\xBD");
    expect_decoded("a\\u0000b", "a\xEF\xBF\xBD"
                                "b");
}

/* Nothing in a well-formed event is like this; it must do no harm all the same. */
static void strings_that_end_early_do_no_harm(void **state)
{
    static const char *const texts[] = {"\\",     "\\u",        "\\u0",          "\\u00",
                                        "\\u004", "\\uD83D\\u", "\\uD83D\\uDE0", "\\uD83D\\",
                                        "\\uD83D"};
    char out[40];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t size = strlen(texts[i]);
        char *exact = (char *)malloc(size);
        struct symfeed_value value = {SYMFEED_STRING, exact, size};

        assert_non_null(exact);
        memcpy(exact, texts[i], size);
        assert_true(symfeed_string(value, out, sizeof out) >= 3);
        assert_memory_equal(out, "\xEF\xBF\xBD", 3);
        free(exact);
    }
}

static void values_of_other_kinds_give_their_text(void **state)
{
    static const struct symfeed_value number = {SYMFEED_NUMBER, "-1.5e3,", 6};
    static const struct symfeed_value truth = {SYMFEED_BOOLEAN, "true", 4};
    static const struct symfeed_value object = {SYMFEED_OBJECT, "{\"a\":\"\xC3\xA9\\n\"}", 12};
    static const struct symfeed_value null = {SYMFEED_NULL, "null", 4};
    static const struct symfeed_value absent = {SYMFEED_ABSENT, NULL, 0};
    char out[40] = "xxx";

    (void)state;
    assert_int_equal(symfeed_string(number, out, sizeof out), 6);
    assert_string_equal(out, "-1.5e3");
    assert_int_equal(symfeed_string(number, out, 7), 6);
    assert_int_equal(symfeed_string(number, out, 6), 5);
    assert_string_equal(out, "-1.5e");
    assert_int_equal(symfeed_string(number, out, 1), 0);
    assert_string_equal(out, "");
    assert_int_equal(symfeed_string(truth, out, sizeof out), 4);
    assert_string_equal(out, "true");
    assert_int_equal(symfeed_string(object, out, sizeof out), 12);
    assert_string_equal(out, "{\"a\":\"\xC3\xA9\\n\"}");
    assert_int_equal(symfeed_string(object, out, 9), 8);
    assert_int_equal(symfeed_string(object, out, 8), 6); /* not half of the character */
    assert_string_equal(out, "{\"a\":\"");
    assert_int_equal(symfeed_string(null, out, sizeof out), 0);
    assert_string_equal(out, "");
    memcpy(out, "xx", 3);
    assert_int_equal(symfeed_string(absent, out, sizeof out), 0);
    assert_string_equal(out, "");
}

/* Continuation bytes alone: no character begins anywhere. */
static void text_without_a_characters_start_is_cut_to_nothing(void **state)
{
    static const struct symfeed_value odd = {SYMFEED_ARRAY, "\x80\x80\x80\x80", 4};
    char out[4] = "xxx";

    (void)state;
    assert_int_equal(symfeed_string(odd, out, 3), 0);
    assert_string_equal(out, "");
}

/* --- whole numbers ------------------------------------------------------------------------ */

static void whole_numbers_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"7", 7},
                {"-7", -7},
                {"1763784000123", INT64_C(1763784000123)},
                {"4294967296", INT64_C(4294967296)},
                {"999999999999999999", INT64_C(999999999999999999)},
                {"1152921504606846976", INT64_C(1152921504606846976)},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775807", -INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"9223372036854775808",
                                      "-9223372036854775809",
                                      "9223372036854775810",
                                      "9999999999999999999",
                                      "18446744073709551615",
                                      "18446744073709551616",
                                      "18446744073709551617",
                                      "92233720368547758070",
                                      "100000000000000000000000000000",
                                      "1.0",
                                      "1.5",
                                      "1e3",
                                      "1E3",
                                      "-1e0"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct symfeed_value value = {SYMFEED_NUMBER, good[i].text, strlen(good[i].text)};
        int64_t number = 99;

        assert_true(symfeed_integer(value, &number));
        assert_true(number == good[i].number);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct symfeed_value value = {SYMFEED_NUMBER, bad[i], strlen(bad[i])};
        int64_t number = 99;

        assert_false(symfeed_integer(value, &number));
        assert_true(number == 99);
    }
}

static void only_numbers_are_numbers(void **state)
{
    static const enum symfeed_kind kinds[] = {SYMFEED_ABSENT, SYMFEED_NULL,   SYMFEED_BOOLEAN,
                                              SYMFEED_STRING, SYMFEED_OBJECT, SYMFEED_ARRAY};

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct symfeed_value value = {SYMFEED_NUMBER, "12", 2};
        int64_t number = 99;

        value.kind = kinds[i];
        assert_false(symfeed_integer(value, &number));
        assert_true(number == 99);
    }
}

/* --- the pieces below --------------------------------------------------------------------- */

static void every_code_point_is_written_as_utf_8(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char out[5] = "xxxx";
        char expected[5] = "";
        size_t size = symfeed_string_utf8(code, out);
        size_t length = 0;

        /* As the table of RFC 3629, 3 has it. */
        if (code <= 0x7F) {
            expected[length++] = (char)code;
        } else if (code <= 0x7FF) {
            expected[length++] = (char)(0xC0 + code / 64);
        } else if (code <= 0xFFFF) {
            expected[length++] = (char)(0xE0 + code / 4096);
            expected[length++] = (char)(0x80 + code / 64 % 64);
        } else {
            expected[length++] = (char)(0xF0 + code / 262144);
            expected[length++] = (char)(0x80 + code / 4096 % 64);
            expected[length++] = (char)(0x80 + code / 64 % 64);
        }
        if (code > 0x7F) {
            expected[length++] = (char)(0x80 + code % 64);
        }
        assert_int_equal(size, length);
        assert_memory_equal(out, expected, length);
        if (code > 0x3000 && code < 0x10F000 && code % 0x1000 > 5 && code % 0x1000 < 0xF00) {
            code += 250;
        }
    }
}

/* The text stands in a block of its size, so that a sanitizer sees a byte read beyond it. */
static bool equal(const char *text, const char *name)
{
    size_t size = strlen(text);
    char *block = (char *)malloc(size > 0 ? size : 1);
    bool same = false;

    assert_non_null(block);
    memcpy(block, text, size);
    same = symfeed_string_equal(block, size, name, strlen(name));
    free(block);
    return same;
}

static void names_are_compared_decoded(void **state)
{
    (void)state;
    assert_true(equal("", ""));
    assert_true(equal("ackId", "ackId"));
    assert_true(equal("\\u0061ck\\u0049d", "ackId"));
    assert_false(equal("ackI", "ackId"));
    assert_false(equal("ackIdd", "ackId"));
    assert_false(equal("ackid", "ackId"));
    assert_false(equal("", "ackId"));
    assert_false(equal("x", ""));
    assert_false(equal("ack\xC3\xA9", "ackId"));
    assert_false(equal("ackI\\u0164", "ackId"));
    assert_false(equal("ackI\\", "ackId"));
    assert_false(equal("ackI\\u00", "ackId"));
}

/* Of a text that is cut behind each of its bytes, one in turn: what is left ends before `last`, or
 * behind it where all of it is there. */
static void expect_whole(const char *before, const char *last)
{
    char text[64];
    size_t begin = strlen(before);
    size_t size = begin + strlen(last);

    (void)snprintf(text, sizeof text, "%s%s.", before, last);
    for (size_t cut = begin; cut < size; cut++) {
        assert_int_equal(symfeed_string_whole(text, cut), begin);
    }
    assert_int_equal(symfeed_string_whole(text, size), size);
}

static void a_cut_text_ends_with_a_whole_character(void **state)
{
    static const char *const before[] = {"",         "abc",      "\\\\",
                                         "a\\u0041", "\xC3\xA9", "\\uD83D\\uDE00"};
    uint32_t code = 0;

    (void)state;
    assert_int_equal(symfeed_string_whole("\\uD83Dabcdef", 12), 12); /* room for its other half */
    assert_int_equal(symfeed_string_character("\\uDC00\\uDC00", 12, &code), 6);
    assert_int_equal(code, 0xFFFD);
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        expect_whole(before[i], "");
        expect_whole(before[i], "a");
        expect_whole(before[i], "\\\"");
        expect_whole(before[i], "\\\\");
        expect_whole(before[i], "\\u00e9");
        expect_whole(before[i], "\xC3\xA9");
        expect_whole(before[i], "\xE2\x82\xAC");
        expect_whole(before[i], "\xF0\x9F\x98\x80");
        expect_whole(before[i], "\\uD83D\\uDE00");
    }
}

/* JSON has no such escape; a string of the application's may have one. */
static void an_unknown_escape_stands_for_its_letter(void **state)
{
    (void)state;
    expect_decoded("\\z\\v\\~\\a\\0", "zv~a0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_that_is_too_small_gives_no_tokens),
        cmocka_unit_test(an_event_is_split_once),
        cmocka_unit_test(every_kind_is_told),
        cmocka_unit_test(a_path_leads_through_objects_and_arrays),
        cmocka_unit_test(an_empty_name_is_no_index),
        cmocka_unit_test(empty_names_are_names),
        cmocka_unit_test(names_with_escapes_are_found),
        cmocka_unit_test(the_first_of_equal_names_is_found),
        cmocka_unit_test(values_that_look_like_names_are_not_taken_for_them),
        cmocka_unit_test(white_space_does_not_matter),
        cmocka_unit_test(a_malformed_event_has_no_values),
        cmocka_unit_test(what_is_known_is_found_without_splitting),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(lone_surrogates_and_nul_become_a_replacement),
        cmocka_unit_test(strings_that_end_early_do_no_harm),
        cmocka_unit_test(values_of_other_kinds_give_their_text),
        cmocka_unit_test(text_without_a_characters_start_is_cut_to_nothing),
        cmocka_unit_test(whole_numbers_are_read),
        cmocka_unit_test(only_numbers_are_numbers),
        cmocka_unit_test(every_code_point_is_written_as_utf_8),
        cmocka_unit_test(names_are_compared_decoded),
        cmocka_unit_test(a_cut_text_ends_with_a_whole_character),
        cmocka_unit_test(an_unknown_escape_stands_for_its_letter),
    };

    return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
