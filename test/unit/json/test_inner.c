/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_inner.c - members of arrays and objects gone through; JSON inside a string opened: whole,
 * cut at every byte, with a table too small by any number of tokens, hostile; and the mentions and
 * tags of EntityJSON.
 */
#include "symfeed_config.h"

#if SYMFEED_JSON

#include "look.h"

#if SYMFEED_TYPED_EVENTS
#include "fixtures.h"
#endif

#define TOKENS 256

/* Puts JSON into {"data":"..."}, escaped; every `odd`th character as \uXXXX; 0: none. */
static void add_inside(struct buffer *out, const char *json, size_t size, size_t odd)
{
    for (size_t i = 0; i < size; i++) {
        char escape[8] = {json[i], '\0'};

        if (json[i] == '\n') {
            (void)snprintf(escape, sizeof escape, "\\n");
        } else if (odd > 0 && i % odd == 0 && (unsigned char)json[i] < 0x80) {
            (void)snprintf(escape, sizeof escape, "\\u%04X", (unsigned)(unsigned char)json[i]);
        } else if (json[i] == '"' || json[i] == '\\') {
            (void)snprintf(escape, sizeof escape, "\\%c", json[i]);
        }
        add(out, escape);
    }
}

static void begin_inside(struct look *look, const char *json, size_t size, size_t odd, size_t room)
{
    struct buffer text = {NULL, 0, 0};

    add(&text, "{\"before\":[1,\"x\"],\"data\":\"");
    add_inside(&text, json, size, odd);
    add(&text, "\",\"after\":{\"y\":\"z\\n\"}}");
    look_begin(look, text.at, text.size, room);
    drop(&text);
}

/* Tokens of the event around the JSON; and what is left of `room` is for the JSON. */
#define AROUND 11

/* --- members ------------------------------------------------------------------------------ */

static void check_member(struct symfeed_iterator *members, const char *name, enum symfeed_kind kind,
                         const char *text)
{
    struct symfeed_value key = {SYMFEED_NUMBER, "?", 1};
    struct symfeed_value value = {SYMFEED_NUMBER, "?", 1};

    assert_true(symfeed_next_member(members, &key, &value));
    if (name != NULL) {
        expect_text(key, name);
    } else {
        expect_absent_value(key);
    }
    expect_json(value, kind, text);
}

static void check_end(struct symfeed_iterator *members)
{
    struct symfeed_value key = {SYMFEED_NUMBER, "?", 1};
    struct symfeed_value value = {SYMFEED_NUMBER, "!", 1};
    struct symfeed_iterator before = *members;

    for (unsigned i = 0; i < 2; i++) {
        assert_false(symfeed_next_member(members, &key, &value));
        expect_json(key, SYMFEED_NUMBER, "?");
        expect_json(value, SYMFEED_NUMBER, "!");
        assert_int_equal(members->at, before.at);
    }
}

#if SYMFEED_TYPED_EVENTS

static void the_values_of_a_form_are_gone_through(void **state)
{
    static const struct fixture *const form = &fixtures[SYMFEED_TYPE_SYMPHONYELEMENTSACTION - 1];
    struct symfeed_iterator members;
    struct symfeed_iterator inside;
    struct symfeed_value values;
    int64_t number = 0;
    struct look look;

    (void)state;
    look_begin(&look, form->text, strlen(form->text), TOKENS);
    values =
        symfeed_as_symphony_elements_action(&look.event, symfeed_payload(&look.event)).form_values;
    members = symfeed_members(&look.event, values);
    check_member(&members, "action", SYMFEED_STRING, "close");
    check_member(&members, "valve-no", SYMFEED_STRING, "7");
    check_member(&members, "people", SYMFEED_ARRAY, "[9007199254740993,344147139494001,-1]");
    check_member(&members, "sites", SYMFEED_ARRAY, "[\"north\",\"south\"]");
    check_member(&members, "comment", SYMFEED_STRING, "");
    check_member(&members, "nobody", SYMFEED_ARRAY, "[]");
    check_member(&members, "gone", SYMFEED_NULL, "null");
    check_member(&members, "count", SYMFEED_NUMBER, "1234567890123");
    check_end(&members);
    inside = symfeed_members(&look.event, symfeed_value_find(&look.event, values, "people"));
    assert_true(symfeed_next_member(&inside, NULL, &values));
    assert_true(symfeed_integer(values, &number));
    assert_true(number == INT64_C(9007199254740993));
    check_member(&inside, NULL, SYMFEED_NUMBER, "344147139494001");
    check_member(&inside, NULL, SYMFEED_NUMBER, "-1");
    check_end(&inside);
    look_end(&look);
}

#endif

static void what_is_inside_of_a_member_is_passed_over(void **state)
{
    static const char text[] =
        " {\"a\" : [[1,2],{\"b\":[]}, [ ] , \"\"] , \"\" : {\"a\":{\"c\":1}},"
        "\"\\u0061\":\"\",\"l\\n\":true}";
    struct symfeed_iterator members;
    struct look look;

    (void)state;
    look_begin(&look, text, sizeof text - 1, TOKENS);
    members = symfeed_members(&look.event, symfeed_root(&look.event));
    check_member(&members, "a", SYMFEED_ARRAY, "[[1,2],{\"b\":[]}, [ ] , \"\"]");
    check_member(&members, "", SYMFEED_OBJECT, "{\"a\":{\"c\":1}}");
    check_member(&members, "\\u0061", SYMFEED_STRING, "");
    check_member(&members, "l\\n", SYMFEED_BOOLEAN, "true");
    check_end(&members);
    members = symfeed_members(&look.event, look_find(&look, "a"));
    check_member(&members, NULL, SYMFEED_ARRAY, "[1,2]");
    check_member(&members, NULL, SYMFEED_OBJECT, "{\"b\":[]}");
    check_member(&members, NULL, SYMFEED_ARRAY, "[ ]");
    check_member(&members, NULL, SYMFEED_STRING, "");
    check_end(&members);
    members = symfeed_members(&look.event, look_find(&look, "a.1.b"));
    check_end(&members);
    look_end(&look);
}

static void other_values_have_no_members(void **state)
{
    static const char text[] = "{\"s\":\"[1]\",\"n\":1,\"b\":true,\"z\":null,\"o\":{},\"a\":[],"
                               "\"m\":{\"x\":1}}";
    static const char *const paths[] = {"s", "n", "b", "z", "o", "a", "x"};
    struct symfeed_value foreign = {SYMFEED_OBJECT, text, sizeof text - 1};
    struct symfeed_iterator members;
    struct look look;

    (void)state;
    look_begin(&look, text, sizeof text - 1, TOKENS);
    for (size_t i = 0; i < COUNT(paths); i++) {
        members = symfeed_members(&look.event, look_find(&look, paths[i]));
        check_end(&members);
        expect_absent_value(symfeed_value_find(&look.event, look_find(&look, paths[i]), "0"));
        expect_absent_value(symfeed_value_find(&look.event, look_find(&look, paths[i]), ""));
    }
    /* Of another event, or of none. */
    members = symfeed_members(&look.event, foreign);
    check_end(&members);
    foreign.text = look.event.json + 1;
    members = symfeed_members(&look.event, foreign);
    check_end(&members);
    foreign.text = look_find(&look, "m").text - 1;
    members = symfeed_members(&look.event, foreign);
    check_end(&members);
    expect_absent_value(symfeed_value_find(&look.event, foreign, "x"));
    foreign.text = look.event.json + look.event.size;
    members = symfeed_members(&look.event, foreign);
    check_end(&members);
    look_end(&look);
}

#if SYMFEED_TYPED_EVENTS

/* Goes through everything below a value: counts its tokens, and finds each value by its path. */
static size_t count_below(const struct look *look, struct symfeed_value value, const char *path)
{
    struct symfeed_iterator members = symfeed_members(&look->event, value);
    struct symfeed_value name;
    struct symfeed_value member;
    char below[200];
    size_t tokens = 1;

    for (unsigned index = 0; symfeed_next_member(&members, &name, &member); index++) {
        if (members.object) {
            (void)snprintf(below, sizeof below, "%s%s%.*s", path, *path != '\0' ? "." : "",
                           (int)name.size, name.text);
        } else {
            (void)snprintf(below, sizeof below, "%s%s%u", path, *path != '\0' ? "." : "", index);
        }
        if (!members.object || memchr(name.text, '.', name.size) == NULL) {
            assert_true(same_value(look_find(look, below), member));
            assert_true(same_value(
                symfeed_value_find(&look->event, value,
                                   strrchr(below, '.') != NULL ? strrchr(below, '.') + 1 : below),
                member));
        }
        tokens += (members.object ? 1u : 0u) + count_below(look, member, below);
    }
    return tokens;
}

static void every_value_is_come_by_and_found_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        struct checker checker;
        struct look look;

        look_begin(&look, fixtures[i].text, strlen(fixtures[i].text), TOKENS);
        assert_true(well_formed(look.event.json, look.event.size, &checker));
        assert_int_equal(count_below(&look, symfeed_root(&look.event), ""), checker.tokens);
        look_end(&look);
    }
}

#endif

static void booleans_are_read(void **state)
{
    static const struct symfeed_value yes = {SYMFEED_BOOLEAN, "true", 4};
    static const struct symfeed_value no = {SYMFEED_BOOLEAN, "false", 5};
    bool boolean = false;

    (void)state;
    assert_true(symfeed_boolean(yes, &boolean));
    assert_true(boolean);
    assert_true(symfeed_boolean(no, &boolean));
    assert_false(boolean);
    for (enum symfeed_kind kind = SYMFEED_ABSENT; kind <= SYMFEED_ARRAY; kind++) {
        struct symfeed_value value = yes;

        value.kind = kind;
        boolean = false;
        assert_int_equal(symfeed_boolean(value, &boolean), kind == SYMFEED_BOOLEAN);
        assert_int_equal(boolean, kind == SYMFEED_BOOLEAN);
    }
}

/* --- opened ------------------------------------------------------------------------------- */

static const char mixed[] =
    "{\"0\":{\"type\":\"com.symphony.user.mention\",\"id\":[{\"value\":\"12\\\"3\"}]},\n"
    " \"n\" : [1234567, -0.5e+10, true, false, null, \"\\u00e9\\ud83d\\ude00\\\\\"],"
    "\"\xC3\xA9\xF0\x9F\x98\x80\":\"\xE2\x82\xAC\",\"o\":{},\"last\":987}  ";

static void expect_untouched(const struct look *look)
{
    expect_json(look_find(look, "before"), SYMFEED_ARRAY, "[1,\"x\"]");
    expect_text(look_find(look, "before.1"), "x");
    expect_json(look_find(look, "after"), SYMFEED_OBJECT, "{\"y\":\"z\\n\"}");
    expect_text(look_find(look, "after.y"), "z\\n");
}

static void expect_nothing(const struct symfeed_inner *inner)
{
    struct symfeed_iterator members;

    expect_absent_value(symfeed_root(&inner->event));
    expect_absent_value(symfeed_event_find(&inner->event, "0"));
#if SYMFEED_TYPED_EVENTS
    assert_int_equal(symfeed_event_type(&inner->event), SYMFEED_TYPE_UNKNOWN);
#endif
    members = symfeed_members(&inner->event, symfeed_root(&inner->event));
    check_end(&members);
    assert_int_equal(inner->event.size, 0);
    assert_true(inner->event.malformed);
}

static void check_opened(const struct look *look, const struct symfeed_inner *inner, size_t size)
{
    assert_false(inner->event.truncated);
    assert_false(inner->event.malformed);
    assert_false(inner->event.given_up);
    assert_int_equal(inner->event.size, size);
    assert_true(inner->event.full_size == size);
    assert_memory_equal(inner->event.json, mixed, size);
    expect_json(symfeed_event_find(&inner->event, "n.0"), SYMFEED_NUMBER, "1234567");
    expect_text(symfeed_event_find(&inner->event, "n.5"), "\\u00e9\\ud83d\\ude00\\\\");
    expect_text(symfeed_event_find(&inner->event, "0.id.0.value"), "12\\\"3");
    expect_text(symfeed_event_find(&inner->event, "\xC3\xA9\xF0\x9F\x98\x80"), "\xE2\x82\xAC");
    expect_json(symfeed_event_find(&inner->event, "last"), SYMFEED_NUMBER, "987");
    expect_absent_value(symfeed_event_find(&inner->event, "before"));
    expect_untouched(look);
}

static void json_inside_a_string_is_opened(void **state)
{
    (void)state;
    for (size_t odd = 0; odd < 4; odd++) {
        struct symfeed_inner inner;
        struct symfeed_value data;
        struct checker checker;
        struct look look;

        begin_inside(&look, mixed, sizeof mixed - 1, odd, TOKENS);
        data = look_find(&look, "data");
        assert_int_equal(look.tokens.used, AROUND);
        assert_true(symfeed_open(&look.event, data, &inner));
        check_opened(&look, &inner, sizeof mixed - 1);
        /* Again: by the value as it was, and as it is now. */
        assert_true(symfeed_open(&look.event, data, &inner));
        check_opened(&look, &inner, sizeof mixed - 1);
        expect_text(look_find(&look, "data"), mixed);
        assert_true(well_formed(look.event.json, look.event.size, &checker));
        assert_true(symfeed_open(&look.event, look_find(&look, "data"), &inner));
        check_opened(&look, &inner, sizeof mixed - 1);
        assert_int_equal(look.tokens.used, AROUND);
        look_end(&look);
    }
}

static void an_array_is_opened_too(void **state)
{
    struct symfeed_iterator members;
    struct symfeed_inner inner;
    struct look look;

    (void)state;
    begin_inside(&look, " [1,{\"a\":2}]", 12, 0, AROUND + 5);
    assert_true(symfeed_open(&look.event, look_find(&look, "data"), &inner));
    members = symfeed_members(&inner.event, symfeed_root(&inner.event));
    check_member(&members, NULL, SYMFEED_NUMBER, "1");
    check_member(&members, NULL, SYMFEED_OBJECT, "{\"a\":2}");
    check_end(&members);
    expect_json(symfeed_event_find(&inner.event, "1.a"), SYMFEED_NUMBER, "2");
    look_end(&look);
}

static void strings_of_it_are_opened_in_turn(void **state)
{
    static const char text[] =
        "{\"one\":\"{\\\"two\\\":\\\"[\\\\\\\"x\\\\\\\",{}]\\\",\\\"t\\\":1}\","
        "\"other\":\"{\\\"o\\\":[true]}\"}";
    struct symfeed_inner one;
    struct symfeed_inner two;
    struct symfeed_inner other;
    struct checker checker;
    struct look look;

    (void)state;
    look_begin(&look, text, sizeof text - 1, 32);
    assert_true(symfeed_open(&look.event, look_find(&look, "one"), &one));
    assert_true(symfeed_open(&one.event, symfeed_event_find(&one.event, "two"), &two));
    expect_text(symfeed_event_find(&two.event, "0"), "x");
    expect_json(symfeed_event_find(&two.event, "1"), SYMFEED_OBJECT, "{}");
    expect_json(symfeed_event_find(&one.event, "t"), SYMFEED_NUMBER, "1");
    /* Another value takes the tokens of the first, which may have them back. */
    assert_true(symfeed_open(&look.event, look_find(&look, "other"), &other));
    expect_json(symfeed_event_find(&other.event, "o.0"), SYMFEED_BOOLEAN, "true");
    assert_true(symfeed_open(&look.event, look_find(&look, "one"), &one));
    assert_false(one.event.truncated);
    expect_json(symfeed_event_find(&one.event, "t"), SYMFEED_NUMBER, "1");
    expect_text(symfeed_event_find(&one.event, "two.0"), "x"); /* no string any more */
    assert_true(well_formed(look.event.json, look.event.size, &checker));
    assert_int_equal(checker.tokens, 14);
    look_end(&look);
}

static void what_is_no_json_is_left_as_it_was(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "null",
                                        "12",
                                        "true",
                                        "\"{}\"",
                                        "x",
                                        "{",
                                        "[",
                                        "{}}",
                                        "{} {}",
                                        "{}x",
                                        "[1,]",
                                        "[1 2]",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{a:1}",
                                        "{'a':1}",
                                        "{\"a\" 1}",
                                        "{\"a\":01}",
                                        "{\"a\":.5}",
                                        "{\"a\":1.}",
                                        "{\"a\":-}",
                                        "{\"a\":tru}",
                                        "{\"a\":nulll}",
                                        "{\"a\":+1}",
                                        "[1}",
                                        "{\"a\":1]",
                                        "[\"\\x\"]",
                                        "[\"\\u12\"]",
                                        "[\"a\nb\"]",
                                        "[\"\t\"]",
                                        "{\"a\":1",
                                        "[\"abc",
                                        "{1:2}",
                                        "{[]:2}",
                                        "[,1]",
                                        "{,}",
                                        "[1,2",
                                        "}",
                                        "]",
                                        "/**/{}",
                                        "[NaN]",
                                        "{\"a\":{\"b\":[}}"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t odd = 0; odd < 3; odd++) {
            struct symfeed_inner inner;
            struct look look;
            char before[400];

            begin_inside(&look, texts[i], strlen(texts[i]), odd, TOKENS);
            memcpy(before, look.event.json, look.event.size);
            if (symfeed_open(&look.event, look_find(&look, "data"), &inner)) {
                fail_msg("opened: %s", texts[i]);
            }
            assert_memory_equal(before, look.event.json, look.event.size);
            expect_nothing(&inner);
            expect_untouched(&look);
            look_end(&look);
        }
    }
}

/* Bytes that JSON text cannot hold but the string around it can, as escapes. */
static void escapes_make_no_hole(void **state)
{
    static const char *const texts[] = {
        "{\"d\":\"{\\\"a\\\":\\u0000}\"}", "{\"d\":\"\\u0000{}\"}",
        "{\"d\":\"{}\\u0000\"}",           "{\"d\":\"[\\\"\\u0001\\\"]\"}",
        "{\"d\":\"[\\ud83d]\"}",           "{\"d\":\"\\ud83d\\ude00[]\"}",
        "{\"d\":\"[\\\"\\\\ud83\\\"]\"}",  "{\"d\":\"[\\\"\\\\\\\"]\"}"};
    static const char good[] = "{\"d\":\"\\u005B\\\"\\ud83d\\u0000\\\",\\u00221\\u0022\\u005d\"}";
    struct symfeed_inner inner;
    struct look look;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        look_begin(&look, texts[i], strlen(texts[i]), 16);
        assert_false(symfeed_open(&look.event, look_find(&look, "d"), &inner));
        expect_nothing(&inner);
        look_end(&look);
    }
    look_begin(&look, good, sizeof good - 1, 16);
    assert_true(symfeed_open(&look.event, look_find(&look, "d"), &inner));
    expect_text(symfeed_event_find(&inner.event, "0"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    expect_text(symfeed_event_find(&inner.event, "1"), "1");
    look_end(&look);
}

static void only_strings_are_opened(void **state)
{
    static const char text[] = "{\"{}\":{\"a\":1},\"a\":[\"{}\"],\"n\":1,\"t\":true,\"z\":null,"
                               "\"e\":{},\"f\":[]}";
    static const char *const paths[] = {"{}", "a", "n", "t", "z", "x", "e", "f"};
    struct symfeed_iterator members;
    struct symfeed_inner inner;
    struct symfeed_value name;
    struct symfeed_value value;
    struct look look;

    (void)state;
    look_begin(&look, text, sizeof text - 1, 32);
    for (size_t i = 0; i < COUNT(paths); i++) {
        assert_false(symfeed_open(&look.event, look_find(&look, paths[i]), &inner));
        expect_nothing(&inner);
    }
    members = symfeed_members(&look.event, symfeed_root(&look.event));
    assert_true(symfeed_next_member(&members, &name, &value));
    assert_false(symfeed_open(&look.event, name, &inner)); /* a name is not a value */
    value.kind = SYMFEED_STRING;
    value.text = "{}";
    value.size = 2;
    assert_false(symfeed_open(&look.event, value, &inner)); /* of no event */
    assert_true(symfeed_open(&look.event, look_find(&look, "a.0"), &inner));
    look.event.malformed = true;
    look.tokens.used = 0;
    assert_false(symfeed_open(&look.event, look_find(&look, "a.0"), &inner));
    look_end(&look);
}

/* --- not all of it ------------------------------------------------------------------------ */

static bool same_text(struct symfeed_value one, struct symfeed_value other)
{
    return one.size == other.size && memcmp(one.text, other.text, one.size) == 0;
}

/* What can be found in a part can be found in the whole, and is the same. */
static size_t check_part(const struct symfeed_event *part, struct symfeed_value of_part,
                         const struct symfeed_event *whole, struct symfeed_value of_whole)
{
    struct symfeed_iterator members = symfeed_members(part, of_part);
    struct symfeed_iterator all = symfeed_members(whole, of_whole);
    struct symfeed_value name;
    struct symfeed_value value;
    struct symfeed_value whole_name;
    struct symfeed_value whole_value;
    size_t tokens = 1;

    assert_int_equal(of_part.kind, of_whole.kind);
    assert_true(of_part.text >= part->json);
    assert_true(of_part.text + of_part.size <= part->json + part->size);
    if (of_part.kind != SYMFEED_OBJECT && of_part.kind != SYMFEED_ARRAY) {
        assert_true(same_text(of_part, of_whole));
    } else if (of_part.size != of_whole.size) {
        assert_true(part->truncated);
    }
    while (symfeed_next_member(&members, &name, &value)) {
        assert_true(symfeed_next_member(&all, &whole_name, &whole_value));
        assert_int_equal(name.size, whole_name.size);
        assert_true(name.size == 0 || memcmp(name.text, whole_name.text, name.size) == 0);
        tokens += (members.object ? 1u : 0u) + check_part(part, value, whole, whole_value);
    }
    assert_true(part->truncated || !symfeed_next_member(&all, NULL, &whole_value));
    return tokens;
}

/* The event was cut inside the string: at each of its bytes. */
static void a_string_cut_anywhere_is_opened_as_far_as_it_goes(void **state)
{
    struct symfeed_inner whole;
    struct look all;
    size_t least = 0;

    (void)state;
    begin_inside(&all, mixed, sizeof mixed - 1, 0, TOKENS);
    assert_true(symfeed_open(&all.event, look_find(&all, "data"), &whole));
    for (size_t size = 0; size < sizeof mixed; size++) {
        bool whole_character =
            size == sizeof mixed - 1 || ((unsigned char)mixed[size] & 0xC0) != 0x80;
        bool complete = size + 2 >= sizeof mixed - 1; /* two spaces behind it */
        struct symfeed_inner inner;
        struct checker checker;
        struct look look;
        size_t tokens = 0;

        if (!whole_character) {
            continue;
        }
        begin_inside(&look, mixed, size, size % 3, TOKENS);
        assert_int_equal(symfeed_open(&look.event, look_find(&look, "data"), &inner), complete);
        look_end(&look);
        begin_inside(&look, mixed, size, size % 3, TOKENS);
        look.event.truncated = true;
        assert_int_equal(symfeed_open(&look.event, look_find(&look, "data"), &inner), size > 0);
        assert_true(well_formed(look.event.json, look.event.size, &checker));
        if (size == 0) {
            expect_nothing(&inner);
        } else {
            assert_int_equal(inner.event.truncated, !complete);
            assert_false(inner.event.malformed);
            tokens = check_part(&inner.event, symfeed_root(&inner.event), &whole.event,
                                symfeed_root(&whole.event));
            assert_true(tokens >= least);
            least = tokens;
            assert_true(symfeed_open(&look.event, look_find(&look, "data"), &inner));
            assert_int_equal(inner.event.truncated, !complete);
            assert_int_equal(check_part(&inner.event, symfeed_root(&inner.event), &whole.event,
                                        symfeed_root(&whole.event)),
                             tokens);
            assert_true(well_formed(inner.event.json, inner.event.size, &checker));
            assert_true(well_formed(look.event.json, look.event.size, &checker));
        }
        expect_untouched(&look);
        look_end(&look);
    }
    assert_int_equal(least, whole.tokens.used);
    look_end(&all);
}

/* Opens {"data":"..."} of an event that was cut: the JSON it becomes, NULL: it does not open. The
 * event's text stays JSON either way. */
static void check_cut(const char *json, const char *expected)
{
    struct symfeed_inner inner;
    struct checker checker;
    struct look look;

    begin_inside(&look, json, strlen(json), 0, TOKENS);
    look.event.truncated = true;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(symfeed_open(&look.event, look_find(&look, "data"), &inner),
                         expected != NULL);
        assert_true(well_formed(look.event.json, look.event.size, &checker));
        if (expected != NULL) {
            expect_json(symfeed_root(&inner.event),
                        *expected == '{' ? SYMFEED_OBJECT : SYMFEED_ARRAY, expected);
            assert_true(inner.event.truncated);
        }
    }
    expect_untouched(&look);
    look_end(&look);
}

/* An event's text stays well-formed when a string of it that was cut is opened (SECURITY.md,
 * invariant 6). */
static void what_a_cut_left_open_is_closed(void **state)
{
    (void)state;
    check_cut("{\"a\":1,\"b", "{\"a\":1}");
    check_cut("{\"a\":1,\"b\":", "{\"a\":1}");
    check_cut("{\"a\":1,\"b\":\"c", "{\"a\":1}");
    check_cut("{\"a\":1,\"b\":\"c\"", "{\"a\":1,\"b\":\"c\"}");
    check_cut("{\"a\":1,\"b\":2", "{\"a\":1}");
    check_cut("{\"a\":1,\"b\":2 ", "{\"a\":1,\"b\":2 }");
    check_cut("{\"a\":[{\"b\":[1,2", "{\"a\":[{\"b\":[1]}]}");
    check_cut("{\"a\":[{\"b\":[", "{\"a\":[{\"b\":[]}]}");
    check_cut("{\"a\":1 , ", "{\"a\":1 }");
    check_cut("{\"a\":{}", "{\"a\":{}}");
    check_cut("[1,2", "[1]");
    check_cut("[1,2,", "[1,2]");
    check_cut("[true", "[]");
    check_cut("[[1],[2],[3", "[[1],[2]]");
    /* Only escapes make room for the brackets that close others. */
    check_cut("[[[[[[", "[[[]]]");
    check_cut("[1,[2,[[[[3", "[1,[2,[]]]");
    check_cut("[[", "[]");
    check_cut("[", NULL);
    check_cut("{", NULL);
    check_cut(" ", NULL);
}

/* A string that was cut, in a string that was cut. */
static void what_a_cut_left_open_is_closed_in_turn(void **state)
{
    static const char text[] =
        "{\"one\":\"{\\\"two\\\":\\\"[{\\\\\\\"x\\\\\\\":[7,8\\\",\\\"t\\\":1,"
        "\\\"u\\\":[2\",\"other\":\"[3,[4\"}";
    struct symfeed_inner one;
    struct symfeed_inner two;
    struct symfeed_inner other;
    struct checker checker;
    struct look look;

    (void)state;
    look_begin(&look, text, sizeof text - 1, 32);
    look.event.truncated = true;
    assert_true(symfeed_open(&look.event, look_find(&look, "one"), &one));
    assert_true(one.event.truncated);
    assert_true(symfeed_open(&one.event, symfeed_event_find(&one.event, "two"), &two));
    assert_true(two.event.truncated);
    expect_json(symfeed_root(&two.event), SYMFEED_ARRAY, "[{\"x\":[7]}]");
    assert_true(well_formed(one.event.json, one.event.size, &checker));
    assert_true(well_formed(look.event.json, look.event.size, &checker));
    expect_json(symfeed_event_find(&one.event, "u"), SYMFEED_ARRAY, "[]");
    /* Another value, and the first one again, which still knows that it was cut. */
    assert_true(symfeed_open(&look.event, look_find(&look, "other"), &other));
    assert_true(other.event.truncated);
    expect_json(symfeed_root(&other.event), SYMFEED_ARRAY, "[3]");
    assert_true(symfeed_open(&look.event, look_find(&look, "one"), &one));
    assert_true(one.event.truncated);
    expect_json(symfeed_event_find(&one.event, "two.0.x.0"), SYMFEED_NUMBER, "7");
    expect_json(symfeed_event_find(&one.event, "t"), SYMFEED_NUMBER, "1");
    assert_true(well_formed(look.event.json, look.event.size, &checker));
    look_end(&look);
}

/* A number may have lost its last digits, and so is no number. */
static void a_number_at_the_cut_is_not_there(void **state)
{
    static const char *const values[] = {"12",   "-",       "-1",   "0",      "1.5", "1.",   "1e",
                                         "1e+",  "1e+5",    "t",    "true",   "nul", "\"ab", "\"",
                                         "\"\\", "\"\\u12", "{\"b", "{\"b\"", "[1",  ""};

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        char json[40];
        struct symfeed_inner inner;
        struct symfeed_iterator members;
        struct look look;

        (void)snprintf(json, sizeof json, "{\"x\":12,\"a\":%s", values[i]);
        begin_inside(&look, json, strlen(json), 0, TOKENS);
        look.event.truncated = true;
        assert_true(symfeed_open(&look.event, look_find(&look, "data"), &inner));
        assert_true(inner.event.truncated);
        members = symfeed_members(&inner.event, symfeed_root(&inner.event));
        check_member(&members, "x", SYMFEED_NUMBER, "12");
        if (values[i][0] == '{' || values[i][0] == '[') {
            members = symfeed_members(&inner.event, symfeed_event_find(&inner.event, "a"));
        } else {
            expect_absent_value(symfeed_event_find(&inner.event, "a"));
        }
        check_end(&members);
        expect_absent_value(symfeed_event_find(&inner.event, "a.b"));
        expect_absent_value(symfeed_event_find(&inner.event, "a.0"));
        look_end(&look);
    }
}

static void broken_json_is_broken_even_if_it_is_cut(void **state)
{
    static const char *const texts[] = {"{\"a\":1,,", "{\"a\":01", "{]",  "x",
                                        "{}}",        " ",         "\"a", "{\"a\":{\"b\":tru]",
                                        "1",          "[1,2]x"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct symfeed_inner inner;
        struct look look;

        begin_inside(&look, texts[i], strlen(texts[i]), 0, TOKENS);
        look.event.truncated = true;
        assert_false(symfeed_open(&look.event, look_find(&look, "data"), &inner));
        expect_nothing(&inner);
        look_end(&look);
    }
}

static void a_table_too_small_shows_what_it_holds(void **state)
{
    struct symfeed_inner whole;
    struct look all;
    size_t least = 0;

    (void)state;
    begin_inside(&all, mixed, sizeof mixed - 1, 0, TOKENS);
    assert_true(symfeed_open(&all.event, look_find(&all, "data"), &whole));
    for (size_t room = AROUND; room < AROUND + whole.tokens.used + 2; room++) {
        struct symfeed_inner inner;
        struct look look;
        size_t tokens = 0;
        bool opened = false;

        begin_inside(&look, mixed, sizeof mixed - 1, 0, room);
        opened = symfeed_open(&look.event, look_find(&look, "data"), &inner);
        assert_int_equal(opened, room > AROUND);
        if (opened) {
            assert_int_equal(inner.event.truncated, room < AROUND + whole.tokens.used);
            tokens = check_part(&inner.event, symfeed_root(&inner.event), &whole.event,
                                symfeed_root(&whole.event));
            assert_true(tokens >= least);
            /* All but a name without its value are come by. */
            assert_true(tokens + 1 >= inner.tokens.used);
            least = tokens;
        } else {
            expect_nothing(&inner);
            assert_int_equal(look_find(&look, "data").kind, SYMFEED_STRING);
        }
        expect_untouched(&look);
        look_end(&look);
    }
    assert_int_equal(least, whole.tokens.used);
    look_end(&all);
}

static void nesting_is_followed_to_the_depth(void **state)
{
    static const size_t depths[] = {1, SYMFEED_DEPTH - 1, SYMFEED_DEPTH, SYMFEED_DEPTH + 1, 200};

    (void)state;
    for (size_t i = 0; i < COUNT(depths); i++) {
        struct buffer json = {NULL, 0, 0};
        struct symfeed_inner inner;
        struct symfeed_value value;
        struct look look;
        size_t levels = 0;

        add_times(&json, "[", depths[i]);
        add_times(&json, "]", depths[i]);
        begin_inside(&look, json.at, json.size, 0, TOKENS);
        assert_int_equal(symfeed_open(&look.event, look_find(&look, "data"), &inner),
                         depths[i] <= SYMFEED_DEPTH);
        for (value = symfeed_root(&inner.event); value.kind == SYMFEED_ARRAY;
             value = symfeed_value_find(&inner.event, value, "0")) {
            levels++;
        }
        assert_int_equal(levels, depths[i] <= SYMFEED_DEPTH ? depths[i] : 0);
        expect_untouched(&look);
        look_end(&look);
        drop(&json);
    }
}

#if SYMFEED_TYPED_EVENTS

/* --- EntityJSON --------------------------------------------------------------------------- */

struct expected {
    enum symfeed_entity_kind kind;
    const char *name;
    const char *id_type; /* NULL: absent */
    const char *value;   /* NULL: absent */
};

static void check_entities(const char *json, const struct expected *expected, size_t count)
{
    struct symfeed_iterator entities;
    struct symfeed_entity entity;
    struct symfeed_inner inner;
    struct look look;

    begin_inside(&look, json, strlen(json), 0, TOKENS);
    assert_true(symfeed_open(&look.event, look_find(&look, "data"), &inner));
    entities = symfeed_entities(&inner);
    for (size_t i = 0; i < count; i++) {
        assert_true(symfeed_next_entity(&entities, &entity));
        assert_int_equal(entity.kind, expected[i].kind);
        expect_text(entity.name, expected[i].name);
        assert_true(
            same_value(entity.type, symfeed_value_find(&inner.event, entity.object, "type")));
        assert_int_equal(entity.id_type.kind,
                         expected[i].id_type != NULL ? SYMFEED_STRING : SYMFEED_ABSENT);
        assert_int_equal(entity.value.kind != SYMFEED_ABSENT, expected[i].value != NULL);
        if (expected[i].id_type != NULL) {
            expect_text(entity.id_type, expected[i].id_type);
        }
        if (expected[i].value != NULL) {
            expect_json(entity.value, entity.value.kind, expected[i].value);
        }
    }
    assert_false(symfeed_next_entity(&entities, &entity));
    look_end(&look);
}

#define USER_ID "com.symphony.user.userId"
#define TICKER  "org.symphonyoss.fin.security.id.ticker"
#define HASHTAG "org.symphonyoss.taxonomy.hashtag"

static void mentions_and_tags_are_told(void **state)
{
    static const char json[] =
        "{\"0\":{\"type\":\"com.symphony.user.mention\",\"version\":\"1.0\",\"id\":[{\"type\":"
        "\"" USER_ID "\",\"value\":\"9007199254740993\"}]},"
        "\"1\":{\"id\":[{\"type\":\"" HASHTAG "\",\"value\":\"pumps\"}],"
        "\"type\":\"org.symphonyoss.taxonomy\",\"version\":\"1.0\"},"
        "\"tag2\":{\"type\":\"org.symphonyoss.fin.security\",\"version\":\"1.0\",\"id\":[{"
        "\"value\":"
        "\"IBM\",\"type\":\"" TICKER "\"}]},"
        "\"pump\":{\"type\":\"example.pump\",\"version\":\"0.1\",\"bar\":7.3}}";
    static const struct expected expected[] = {
        {SYMFEED_ENTITY_MENTION, "0", USER_ID, "9007199254740993"},
        {SYMFEED_ENTITY_HASHTAG, "1", HASHTAG, "pumps"},
        {SYMFEED_ENTITY_CASHTAG, "tag2", TICKER, "IBM"},
        {SYMFEED_ENTITY_OTHER, "pump", NULL, NULL}};

    (void)state;
    check_entities(json, expected, COUNT(expected));
    check_entities("{}", expected, 0);
}

static void the_id_that_counts_is_found_among_others(void **state)
{
    static const char json[] =
        "{\"a\":{\"type\":\"com.symphony.user.mention\",\"id\":[{\"type\":"
        "\"com.symphony.user.displayName\",\"value\":\"Ada\"},{\"type\":\"" USER_ID
        "\",\"value\":12},{\"type\":\"" USER_ID "\",\"value\":13}]},"
        "\"b\":{\"type\":\"com.symphony.user.mention\",\"id\":[{\"type\":"
        "\"com.symphony.user.emailAddress\",\"value\":\"ada@pumps.example\"},{\"type\":\"x\","
        "\"value\":1}]},"
        "\"c\":{\"type\":\"org.symphonyoss.fin.security\",\"id\":[{\"type\":"
        "\"org.symphonyoss.fin.security.id.isin\",\"value\":\"US0\"},{\"type\":\"" TICKER
        "\",\"value\":\"aapl\"}]},"
        "\"d\":{\"type\":\"org.symphonyoss.fin.security\",\"id\":[{\"type\":"
        "\"org.symphonyoss.fin.security.id.isin\"},{\"type\":"
        "\"org.symphonyoss.fin.security.id.cusip\",\"value\":\"037\"}]}}";
    static const struct expected expected[] = {
        {SYMFEED_ENTITY_MENTION, "a", USER_ID, "12"},
        {SYMFEED_ENTITY_MENTION, "b", "com.symphony.user.emailAddress", "ada@pumps.example"},
        {SYMFEED_ENTITY_CASHTAG, "c", TICKER, "aapl"},
        {SYMFEED_ENTITY_CASHTAG, "d", "org.symphonyoss.fin.security.id.cusip", "037"}};

    (void)state;
    check_entities(json, expected, COUNT(expected));
}

static void odd_entities_pass_as_other_or_without_value(void **state)
{
    static const char json[] =
        "{\"a\":null,\"b\":12,\"c\":\"com.symphony.user.mention\",\"d\":[],\"e\":{},"
        "\"f\":{\"type\":null},\"g\":{\"type\":12,\"id\":[]},"
        "\"h\":{\"type\":\"com.symphony.user.mention\"},"
        "\"i\":{\"type\":\"com.symphony.user.mention\",\"id\":null},"
        "\"j\":{\"type\":\"com.symphony.user.mention\",\"id\":[]},"
        "\"k\":{\"type\":\"com.symphony.user.mention\",\"id\":[null,1,[],{}]},"
        "\"l\":{\"type\":\"com.symphony.user.mentions\",\"id\":[{\"type\":\"t\",\"value\":\"v\"}]},"
        "\"m\":{\"type\":\"com.symphony.user.mentio\",\"id\":{\"type\":\"t\",\"value\":\"v\"}},"
        "\"n\":{\"type\":\"" USER_ID "\"},\"o\":{\"type\":\"\",\"id\":[{\"type\":\"\","
        "\"value\":\"\"}]},\"p\":{\"type\":\"com.symphony.user.\\u006dention\",\"id\":["
        "{\"type\":\"" USER_ID "\"},{\"value\":\"v\"}]},"
        "\"q\":{\"type\":\"x\",\"id\":[{},{\"value\":\"v\"}]},"
        "\"r\":{\"type\":\"x\",\"id\":[{\"type\":\"y\",\"value\":1},"
        "{\"type\":\"" TICKER "\",\"value\":2}]}}";
    static const struct expected expected[] = {
        {SYMFEED_ENTITY_OTHER, "a", NULL, NULL},   {SYMFEED_ENTITY_OTHER, "b", NULL, NULL},
        {SYMFEED_ENTITY_OTHER, "c", NULL, NULL},   {SYMFEED_ENTITY_OTHER, "d", NULL, NULL},
        {SYMFEED_ENTITY_OTHER, "e", NULL, NULL},   {SYMFEED_ENTITY_OTHER, "f", NULL, NULL},
        {SYMFEED_ENTITY_OTHER, "g", NULL, NULL},   {SYMFEED_ENTITY_MENTION, "h", NULL, NULL},
        {SYMFEED_ENTITY_MENTION, "i", NULL, NULL}, {SYMFEED_ENTITY_MENTION, "j", NULL, NULL},
        {SYMFEED_ENTITY_MENTION, "k", NULL, NULL}, {SYMFEED_ENTITY_OTHER, "l", "t", "v"},
        {SYMFEED_ENTITY_OTHER, "m", NULL, NULL},   {SYMFEED_ENTITY_OTHER, "n", NULL, NULL},
        {SYMFEED_ENTITY_OTHER, "o", "", ""},       {SYMFEED_ENTITY_MENTION, "p", USER_ID, NULL},
        {SYMFEED_ENTITY_OTHER, "q", NULL, "v"},    {SYMFEED_ENTITY_OTHER, "r", "y", "1"}};

    (void)state;
    check_entities(json, expected, COUNT(expected));
}

/* The mention of the fixture, as an application comes by it. */
static void a_mention_in_a_message_is_come_by(void **state)
{
    struct symfeed_message message;
    struct symfeed_iterator entities;
    struct symfeed_entity entity;
    struct symfeed_inner data;
    struct look look;
    int64_t id = 0;

    (void)state;
    look_begin(&look, fixtures[0].text, strlen(fixtures[0].text), TOKENS);
    message = symfeed_as_message(
        &look.event, symfeed_as_message_sent(&look.event, symfeed_payload(&look.event)).message);
    assert_true(symfeed_open(&look.event, message.data, &data));
    entities = symfeed_entities(&data);
    assert_true(symfeed_next_entity(&entities, &entity));
    assert_int_equal(entity.kind, SYMFEED_ENTITY_MENTION);
    assert_true(symfeed_user_id(entity.value, &id));
    assert_true(id == INT64_C(9007199254740993));
    expect_text(message.sid, "session-1");
    expect_text(
        symfeed_as_message(&look.event, look_find(&look, "payload.messageSent.message")).sid,
        "session-1");
    look_end(&look);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#if SYMFEED_TYPED_EVENTS
        cmocka_unit_test(the_values_of_a_form_are_gone_through),
        cmocka_unit_test(every_value_is_come_by_and_found_again),
#endif
        cmocka_unit_test(what_is_inside_of_a_member_is_passed_over),
        cmocka_unit_test(other_values_have_no_members),
        cmocka_unit_test(booleans_are_read),
        cmocka_unit_test(json_inside_a_string_is_opened),
        cmocka_unit_test(an_array_is_opened_too),
        cmocka_unit_test(strings_of_it_are_opened_in_turn),
        cmocka_unit_test(what_is_no_json_is_left_as_it_was),
        cmocka_unit_test(escapes_make_no_hole),
        cmocka_unit_test(only_strings_are_opened),
        cmocka_unit_test(a_string_cut_anywhere_is_opened_as_far_as_it_goes),
        cmocka_unit_test(what_a_cut_left_open_is_closed),
        cmocka_unit_test(what_a_cut_left_open_is_closed_in_turn),
        cmocka_unit_test(a_number_at_the_cut_is_not_there),
        cmocka_unit_test(broken_json_is_broken_even_if_it_is_cut),
        cmocka_unit_test(a_table_too_small_shows_what_it_holds),
        cmocka_unit_test(nesting_is_followed_to_the_depth),
#if SYMFEED_TYPED_EVENTS
        cmocka_unit_test(mentions_and_tags_are_told),
        cmocka_unit_test(the_id_that_counts_is_found_among_others),
        cmocka_unit_test(odd_entities_pass_as_other_or_without_value),
        cmocka_unit_test(a_mention_in_a_message_is_come_by),
#endif
    };

    return cmocka_run_group_tests_name("inner", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
