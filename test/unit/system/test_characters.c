/* SPDX-License-Identifier: Apache-2.0 */
/* test_characters.c - what of a text is harmless to a terminal, to a log and to a script. */
#include "helpers.h"

#include <stdio.h>

/* The port's, which needs nothing of the system. */
#include "../../../port/system/characters.c"

static size_t encode(uint32_t character, char out[5])
{
    size_t length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = length; i-- > 1; character >>= 6) {
        out[i] = (char)(0x80 | (character & 0x3f));
    }
    out[0] = (char)(lead[length < 2 ? 0 : length] | character);
    out[length] = '\0';
    return length;
}

static bool is_surrogate(uint32_t character)
{
    return character >= 0xd800 && character <= 0xdfff;
}

static void each_character_is_of_the_kind_it_should_be(void **state)
{
    static const struct {
        uint32_t first;
        uint32_t last;
        enum symfeed_character kind;
    } rows[] = {
        {0x00, 0x1f, SYMFEED_CHARACTER_CONTROL},     {0x7f, 0x9f, SYMFEED_CHARACTER_CONTROL},
        {0x61c, 0x61c, SYMFEED_CHARACTER_HIDDEN},    {0x200e, 0x200f, SYMFEED_CHARACTER_HIDDEN},
        {0x2028, 0x2029, SYMFEED_CHARACTER_CONTROL}, {0x202a, 0x202e, SYMFEED_CHARACTER_HIDDEN},
        {0x2066, 0x206f, SYMFEED_CHARACTER_HIDDEN},  {0xe0000, 0xe007f, SYMFEED_CHARACTER_HIDDEN}};

    (void)state;
    for (uint32_t character = 0; character <= 0x10ffff; character++) {
        enum symfeed_character kind = SYMFEED_CHARACTER_HARMLESS;

        for (size_t i = 0; i < COUNT(rows); i++) {
            if (character >= rows[i].first && character <= rows[i].last) {
                kind = rows[i].kind;
            }
        }
        if (symfeed_character(character) != kind) {
            fail_msg("U+%04X", (unsigned)character);
        }
    }
}

static void characters_are_taken_one_by_one(void **state)
{
    (void)state;
    for (uint32_t character = 0; character <= 0x10ffff; character++) {
        char text[5];
        size_t size = encode(character, text);
        uint32_t taken = 0;
        size_t length = symfeed_character_next(text, size, &taken);

        if (is_surrogate(character)) {
            assert_int_equal(taken, SYMFEED_CHARACTER_REPLACEMENT);
            assert_int_equal(length, 1);
        } else if (length != size || taken != character) {
            fail_msg("U+%04X is %u bytes of U+%04X", (unsigned)character, (unsigned)length,
                     (unsigned)taken);
        }
    }
}

static void what_is_no_utf8_is_a_replacement(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {"\x80", 1},         {"\xbf", 1},          {"\xc0\x80", 1},         {"\xc1\xbf", 1},
        {"\xc2", 1},         {"\xc2x", 1},         {"\xe0\x80\x80", 1},     {"\xe0\x9f\xbf", 1},
        {"\xe2\x82", 2},     {"\xe2\x82x", 2},     {"\xed\xa0\x80", 1},     {"\xf0\x80\x80\x80", 1},
        {"\xf0\x9f\x98", 3}, {"\xf0\x9f\x98x", 3}, {"\xf4\x90\x80\x80", 1}, {"\xf5\x80\x80\x80", 1},
        {"\xff", 1},         {"\xef", 1},          {"\xef\xbf", 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t character = 0;

        assert_int_equal(symfeed_character_next(rows[i].text, strlen(rows[i].text), &character),
                         rows[i].length);
        assert_int_equal(character, SYMFEED_CHARACTER_REPLACEMENT);
    }
}

static void expect_clean(const char *text, const char *kept, const char *wanted)
{
    char *copied = malloc(strlen(text) + 1); /* so that a sanitizer sees its end */

    memcpy(copied, text, strlen(text) + 1);
    assert_int_equal(symfeed_characters_clean(copied, strlen(text), kept), strlen(wanted));
    assert_string_equal(copied, wanted);
    free(copied);
}

static void a_text_is_cleaned_in_its_place(void **state)
{
    (void)state;
    expect_clean("", "", "");
    expect_clean("abc \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80~", "",
                 "abc \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80~");
    expect_clean("a\x1b[31mb\x07\x7f\xC2\x9b"
                 "2J",
                 "", "a [31mb   2J");
    expect_clean("a\tb\nc\rd", "", "a b c d");
    expect_clean("a\tb\nc\rd", "\t", "a\tb c d");
    expect_clean("a\tb\nc\rd", "\t\n", "a\tb\nc d");
    expect_clean("\xE2\x80\xAE"
                 "a\xE2\x81\xA6"
                 "b\xE2\x80\x8F\xD8\x9C",
                 "\t\n", "ab");
    expect_clean("x\xE2\x80\xA8y\xE2\x80\xA9z", "\t\n", "x y z");
    /* U+1F3F4 and the tags gbsct make a flag. */
    expect_clean("\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xBF!", "",
                 "\xF0\x9F\x8F\xB4!");
    expect_clean("\xF3\xA0\x80\x81", "", "");
    /* Joiners are needed. */
    expect_clean("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xA7", "",
                 "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xA7");
    expect_clean("a\x80\xff"
                 "b\xC3",
                 "", "a??b?");
    expect_clean("\xF0\x9F\x98"
                 "a\xEF\xBF"
                 "b\xEF\xBF\xBD",
                 "", "?a?b\xEF\xBF\xBD");
}

static void a_nul_is_a_control_character(void **state)
{
    char text[] = "a\0b";

    (void)state;
    assert_int_equal(symfeed_characters_clean(text, 3, "\t\n"), 3);
    assert_string_equal(text, "a b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_character_is_of_the_kind_it_should_be),
        cmocka_unit_test(characters_are_taken_one_by_one),
        cmocka_unit_test(what_is_no_utf8_is_a_replacement),
        cmocka_unit_test(a_text_is_cleaned_in_its_place),
        cmocka_unit_test(a_nul_is_a_control_character),
    };

    return cmocka_run_group_tests_name("characters", tests, NULL, NULL);
}
