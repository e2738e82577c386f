/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_message.c - symfeed_message_text(): the texts of a message and of a shared post, decoded and
 * without their markup; none of any other event; and never beyond a buffer of any size.
 */
#include "symfeed_config.h"

#if SYMFEED_TEXT && SYMFEED_TYPED_EVENTS

#include "look.h"

#include "fixtures.h"

#define TOKENS 256

/* The text of an event, in a block of exactly `size` bytes. */
static void expect_message(const char *json, size_t size, const char *text)
{
    struct look look;
    char *out = (char *)malloc(size);

    assert_non_null(out);
    memset(out, 'x', size);
    look_begin(&look, json, strlen(json), TOKENS);
    assert_int_equal(symfeed_message_text(&look.event, out, size), strlen(text));
    assert_string_equal(out, text);
    look_end(&look);
    free(out);
}

static void of_each_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        const char *text = fixtures[i].type == SYMFEED_TYPE_MESSAGESENT  ? "hi"
                           : fixtures[i].type == SYMFEED_TYPE_SHAREDPOST ? "look\nnews"
                                                                         : "";

        expect_message(fixtures[i].text, strlen(fixtures[i].text), text);
    }
}

#define SENT(message) "{\"payload\":{\"messageSent\":{\"message\":{\"message\":" message "}}}}"
#define SHARED(message, shared)                                                                    \
    "{\"payload\":{\"sharedPost\":{\"message\":{\"message\":" message                              \
    "},\"sharedMessage\":{\"message\":" shared "}}}}"

static void escapes_go_before_the_markup(void **state)
{
    (void)state;
    /* An escaped < is markup, as the agent may write it; an entity is not. */
    expect_message(SENT("\"\\u003cp\\u003ea &lt;b&gt; \\\"c\\\"\\u003c/p\\u003e\""), 64,
                   "a <b> \"c\"");
    expect_message(SENT("\"<div>\\uD83D\\uDD25 &amp;&#x1F525;</div>\""), 64,
                   "\xF0\x9F\x94\xA5 &\xF0\x9F\x94\xA5");
    expect_message(SENT("\"a\\u0000b\\u001b[2J\""), 64,
                   "a\xEF\xBF\xBD"
                   "b[2J");
}

static void one_of_two_texts_stands_alone(void **state)
{
    (void)state;
    expect_message(SHARED("\"<div></div>\"", "\"b\""), 64, "b");
    expect_message(SHARED("\"a\"", "\"<div> </div>\""), 64, "a\n ");
    expect_message(SHARED("\"a\"", "\"<div></div>\""), 64, "a");
    expect_message(SHARED("null", "null"), 64, "");
    expect_message(SENT("null"), 64, "");
    expect_message(SENT("{}"), 64, "{}");
    expect_message("{}", 1, "");
}

static void a_malformed_event_has_none(void **state)
{
    struct look look;
    char out[8] = "x";

    (void)state;
    look_begin(&look, "{\"payload\":", 11, TOKENS);
    look.event.malformed = true;
    assert_int_equal(symfeed_message_text(&look.event, out, sizeof out), 0);
    assert_string_equal(out, "");
    look_end(&look);
}

/* Whatever the size, what is there is the beginning of the whole text, and whole characters. */
static void a_buffer_of_any_size(void **state)
{
    static const char json[] = SHARED("\"<b>\xC3\xA4</b> a b\"", "\"<i>c</i>\\u20acd\"");
    static const char whole[] = "\xC3\xA4 a b\nc\xE2\x82\xAC"
                                "d";

    (void)state;
    for (size_t size = 1; size < sizeof json; size++) {
        struct look look;
        char *out = (char *)malloc(size);
        size_t got = 0;

        assert_non_null(out);
        look_begin(&look, json, sizeof json - 1, TOKENS);
        got = symfeed_message_text(&look.event, out, size);
        assert_true(got < size);
        assert_int_equal(strlen(out), got);
        assert_memory_equal(out, whole, got);
        if (size >= 32) { /* as much as both have with their markup, and more */
            assert_string_equal(out, whole);
        }
        assert_true(got != 1 && ((unsigned char)whole[got] & 0xC0) != 0x80);
        look_end(&look);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_each_type),
        cmocka_unit_test(escapes_go_before_the_markup),
        cmocka_unit_test(one_of_two_texts_stands_alone),
        cmocka_unit_test(a_malformed_event_has_none),
        cmocka_unit_test(a_buffer_of_any_size),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
