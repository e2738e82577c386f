/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_text.c - plain text out of PresentationML and MessageML: tags, entities, line breaks, cells,
 * attributes that hold the text; in place, in buffers of every size, and out of text that is cut or
 * wrong, with work that grows as the text does.
 */
#include "helpers.h"

#include "symfeed.h"

#if SYMFEED_TEXT

/* The code under test a second time, with the rounds of its loops counted. */
static unsigned long rounds;
static size_t counted_text(const char *text, size_t size, char *out, size_t out_size);
#define symfeed_text counted_text
/* clang-format off */
#define while(condition) while (rounds++, (condition))
/* clang-format on */
#include "../../../core/event/text.c"
#undef while
#undef symfeed_text

/* Into buffers of every size, then in place. */
static void expect_text(const char *text, const char *expected)
{
    size_t size = strlen(text);
    size_t whole = strlen(expected);

    for (size_t room = 1; room <= whole + 3; room++) {
        char *in = (char *)malloc(size > 0 ? size : 1);
        char *out = (char *)malloc(room);
        size_t written = 0;

        assert_non_null(in);
        assert_non_null(out);
        memcpy(in, text, size);
        written = symfeed_text(in, size, out, room);
        assert_true(written < room);
        assert_int_equal(out[written], '\0');
        if (written > whole || memcmp(out, expected, written) != 0 ||
            (room > whole && written != whole)) {
            fail_msg("%s\nexpected: %s\ngot:      %s", text, expected, out);
        }
        /* Not inside a character. */
        assert_int_not_equal((unsigned char)expected[written] & 0xC0, 0x80);
        free(in);
        free(out);
    }
    {
        char *place = (char *)malloc(size + 1);

        assert_non_null(place);
        memcpy(place, text, size);
        assert_int_equal(symfeed_text(place, size, place, size + 1), whole);
        assert_string_equal(place, expected);
        free(place);
    }
}

static void plain_text_stays(void **state)
{
    (void)state;
    expect_text("", "");
    expect_text("hello", "hello");
    expect_text("a > b \"c\" 'd' ; # x", "a > b \"c\" 'd' ; # x");
    expect_text("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    expect_text("one\ntwo", "one\ntwo");
}

static void a_message_as_the_agent_sends_it(void **state)
{
    (void)state;
    expect_text("<div data-format=\"PresentationML\" data-version=\"2.0\" class=\"wysiwyg\">"
                "<p>Disk full on <b>db-7</b> &amp; db-8</p></div>",
                "Disk full on db-7 & db-8");
    expect_text(
        "<div data-format=\"PresentationML\" data-version=\"2.0\">Hello <span "
        "class=\"entity\" data-entity-id=\"0\">@Ann</span>, see <a href=\"https://x/?a=1&amp;b=>\">"
        "this</a></div>",
        "Hello @Ann, see this");
    expect_text("<messageML>Hi<br/>there</messageML>", "Hi\nthere");
}

static void blocks_and_items_end_lines(void **state)
{
    (void)state;
    expect_text("<p>a</p><p>b</p>", "a\nb");
    expect_text("a<br>b<br/>c<br />d<BR/>e", "a\nb\nc\nd\ne");
    expect_text("a<hr/>b", "a\nb");
    expect_text("<ul><li>a</li><li>b</li></ul>c", "a\nb\nc");
    expect_text("<ol><li>a</li></ol><div>b</div>", "a\nb");
    expect_text("<h1>a</h1><H2>b</H2><h3>c</h3><h4>d</h4><h5>e</h5><h6>f</h6>g",
                "a\nb\nc\nd\ne\nf\ng");
    expect_text("<card><header>a</header><body>b</body></card><pre>c</pre>d", "a\nb\nc\nd");
    expect_text("a<div><div><p>b</p></div></div><div></div>c", "a\nb\nc");
    expect_text("a<br/><br/>b", "a\nb");
    expect_text("<br/><p></p>a<p></p><br/>", "a");
    expect_text("a<b>b</b><i>c</i><span>d</span><em>e</em><h7>f</h7><pp>g</pp><brr/>h<x1>i</x1>",
                "abcdefghi");
}

static void cells_are_told_apart_by_tabs(void **state)
{
    (void)state;
    expect_text("<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>e",
                "a\tb\nc\td\ne");
    expect_text("<table><tr><td>a</td><td></td><td>c</td></tr></table>", "a\t\tc");
    expect_text("<table><tr><td>a</td><td/><td>c</td></tr></table>", "a\t\tc");
    expect_text("<form id='f'>Who?<button name='y'>Yes</button><button>No</button></form>",
                "Who?\nYes\nNo");
    expect_text("<select><option>a</option><option>b</option></select>", "a\nb");
    expect_text("<TABLE><TR><TD>a</TD><TD>b</TD></TR></TABLE>", "a\tb");
    expect_text("<td>a</td><td>b</td>", "a\tb");
}

static void entities_are_decoded(void **state)
{
    (void)state;
    expect_text("&lt;b&gt; &amp;amp; &quot;x&quot; &apos;y&apos;", "<b> &amp; \"x\" 'y'");
    expect_text("a&nbsp;b", "a b");
    expect_text("&euro;&pound;&copy;&reg;&deg;&times;",
                "\xE2\x82\xAC\xC2\xA3\xC2\xA9\xC2\xAE\xC2\xB0\xC3\x97");
    expect_text("&middot;&rarr;&auml;&ouml;&uuml;&Auml;&Ouml;&Uuml;&szlig;",
                "\xC2\xB7\xE2\x86\x92\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x84\xC3\x96\xC3\x9C\xC3\x9F");
    expect_text("&eacute;&egrave;&agrave;&ccedil;", "\xC3\xA9\xC3\xA8\xC3\xA0\xC3\xA7");
    expect_text("&hellip;&ndash;&mdash;&lsquo;&rsquo;&ldquo;&rdquo;&bull;",
                "\xE2\x80\xA6\xE2\x80\x93\xE2\x80\x94\xE2\x80\x98\xE2\x80\x99\xE2\x80\x9C\xE2\x80"
                "\x9D\xE2\x80\xA2");
    expect_text("&#65;&#x41;&#X41;&#xe9;&#xE9;&#233;", "AAA\xC3\xA9\xC3\xA9\xC3\xA9");
    expect_text("&#128512;&#x1F600;&#x1f600;&#x10FFFF;&#1114111;",
                "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF\xF4\x8F\xBF\xBF");
    expect_text("a&#10;b", "a\nb");
    expect_text("&#xD7FF;&#xE000;", "\xED\x9F\xBF\xEE\x80\x80");
    expect_text("a<![CDATAx>b", "ab");
}

static void numbers_that_are_no_character_become_a_replacement(void **state)
{
    static const char *const texts[] = {
        "&#0;",       "&#x0;",       "&#xD800;", "&#xDFFF;", "&#57343;",    "&#x110000;",
        "&#1114112;", "&#99999999;", "&#x;",     "&#a;",     "&#1a;",       "&#xg;",
        "&#-1;",      "&# 1;",       "&#x1 ;",   "&#x-1;",   "&#\xC3\xA9;", "&#xFFFFFF;"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        expect_text(texts[i], "\xEF\xBF\xBD");
    }
}

static void what_is_no_entity_stays_as_it_stands(void **state)
{
    static const char *const texts[] = {"&",
                                        "&;",
                                        "a & b",
                                        "&unknown;",
                                        "&am;",
                                        "&ampx;",
                                        "&AMP;",
                                        "&amp",
                                        "&hellips;",
                                        "&#;",
                                        "&#",
                                        "&x",
                                        "&a;",
                                        "AT&T",
                                        "&&&",
                                        "&abcdefghijklmnop;",
                                        "&#x0010FFFF;",
                                        "&hellix;",
                                        "& amp;"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        expect_text(texts[i], texts[i]);
    }
    expect_text("&&amp;&", "&&&");
    expect_text("&amp&amp;", "&amp&");
}

static void a_tag_ends_outside_of_quotes(void **state)
{
    (void)state;
    expect_text("a<x y=\"1>2\">b", "ab");
    expect_text("a<x y='1>2'>b", "ab");
    expect_text("a<x y='\">' z=\"'>\">b", "ab");
    expect_text("a<p/>b", "a\nb");
    expect_text("a</>b", "ab");
    expect_text("a<?x y='>'?>b", "ab");
    expect_text("a<p~>b<br{>c<p[>d<p7>e<b\xC3\xA9>f", "a\nb\nc\ndef");
}

static void text_that_ends_early_is_no_error(void **state)
{
    static const char text[] = "<div class=\"a\">x &amp; <b>y</b>&hellip;<br/>z &#x1F600;</div>";
    char out[100];

    (void)state;
    expect_text("abc<", "abc");
    expect_text("abc</", "abc");
    expect_text("abc<b", "abc");
    expect_text("abc<div class=\"x", "abc");
    expect_text("abc<b x='>", "abc");
    expect_text("abc<p", "abc");
    expect_text("abc&", "abc&");
    expect_text("abc&am", "abc&am");
    expect_text("abc&#x1F6", "abc&#x1F6");
    expect_text("abc\xC3", "abc\xC3");
    for (size_t size = 0; size < sizeof text; size++) {
        char *exact = (char *)malloc(size + 1);

        assert_non_null(exact);
        memcpy(exact, text, size);
        assert_true(symfeed_text(exact, size, out, sizeof out) <= size);
        free(exact);
    }
}

/* A comment holds what a tag cannot: quotes that are not closed and tags. */
static void comments_go_as_a_whole(void **state)
{
    (void)state;
    expect_text("a<!-- note -->b", "ab");
    expect_text("a<!-- don't -->b", "ab");
    expect_text("a<!-- <b>x</b> -->b", "ab");
    expect_text("a<!---->b", "ab");
    expect_text("a<!-- don't", "a");
    expect_text("a<!--", "a");
    expect_text("a<!-- --", "a");
    expect_text("a<!x>b", "ab");
    expect_text("a<!-->b", "ab");
    expect_text("a<!--->b", "ab");
}

static void a_cdata_section_stays_as_it_stands(void **state)
{
    (void)state;
    expect_text("a<![CDATA[<b>&amp; ]] > ]>]]>c&lt;", "a<b>&amp; ]] > ]>c<");
    expect_text("a<![CDATA[]]>b", "ab");
    expect_text("a<![CDATA[]]]>b", "a]b");
    expect_text("a<![CDATA[b", "ab");
    expect_text("a<![CDATA[b]]", "ab]]");
    expect_text("a<![CDATA[", "a");
    expect_text("a<![CDATA", "a");
    expect_text("a<![cdata[b]]>c", "ac");
    expect_text("<![CDATA[\xC3\xA9\x1B]]>", "\xC3\xA9");
}

static void some_elements_have_their_text_in_an_attribute(void **state)
{
    (void)state;
    expect_text("<emoji shortcode=\"smiley\"/>", ":smiley:");
    expect_text("<mention email=\"a@b.c\"/> <mention uid='123' strict=\"false\" />", "@a@b.c @123");
    expect_text("<hash tag=\"x\"/><cash tag=\"ibm\"/>", "#x$ibm");
    expect_text("a<img src=\"x.png\" alt=\"a &gt; b\"/>c<img src='x'/>d", "aa > bcd");
    expect_text("a<chime/>b", "ab");
    expect_text("<EMOJI ShortCode='x'></EMOJI>", ":x:");
    expect_text("<emoji shortcode='a' shortcode='b'/>", ":a:");
    expect_text("<hash tag = 'x'/>", "#x");
    expect_text("<hash\ttag\n=\r'x'>y</hash>", "#xy");
    expect_text("<hash data-tag='x'/><hash tagx='x'/><hash tag/><hash tag=x/><hash tag=''/>", "");
    expect_text("<hash a='tag=\"y\"' tag='x'/>", "#x");
    expect_text("<hash tag='a\"b'/><hash tag=\"a'b\"/>", "#a\"b#a'b");
    expect_text("<hash tag='&amp;&#x1F600;&x&'/>", "#&\xF0\x9F\x98\x80&x&");
    expect_text("<hash tag='<b>'/>", "#<b>");
    expect_text("<b alt='x'>y</b><hashx tag='z'/></hash>", "y");
}

static void as_the_feed_has_them_they_are_text_already(void **state)
{
    (void)state;
    expect_text("<span class=\"entity\" data-entity-id=\"0\">@Bob</span> "
                "<span class='entity' data-entity-id='1'>#x</span> "
                "<span class=\"entity\" data-entity-id=\"2\">$ibm</span> "
                "<span class=\"entity\" data-entity-id=\"3\">\xF0\x9F\x98\x80</span> :smiley:",
                "@Bob #x $ibm \xF0\x9F\x98\x80 :smiley:");
}

static void an_attribute_of_a_tag_that_was_cut_is_lost(void **state)
{
    (void)state;
    expect_text("a<hash tag='x", "a");
    expect_text("a<hash tag='x'", "a");
    expect_text("a<hash tag='x'/", "a");
    expect_text("a<hash tag='x\"/>b", "a");
}

static void a_sign_that_begins_no_tag_stays(void **state)
{
    (void)state;
    expect_text("I <3 you", "I <3 you");
    expect_text("1 < 2 <= 3 << 4", "1 < 2 <= 3 << 4");
    expect_text("<>", "<>");
    expect_text("<<b>a</b>", "<a");
    expect_text("<\xC3\xA9>", "<\xC3\xA9>");
}

/* Tab and line feed stay, and all of what is no control character. */
static void control_characters_are_left_out(void **state)
{
    static const char nul[] = "a\0b<b\0>c</b>&#0;";
    char out[sizeof nul];

    (void)state;
    expect_text("a\x1B[31mb\x07\x08\x0B\x7F", "a[31mb");
    expect_text("a\r\nb\tc", "a\nb\tc");
    expect_text("&#27;[0m&#x9b;&#127;&#13;&#10;x&#9;y", "[0m\nx\ty");
    expect_text("\xC2\x80\xC2\x9F\xC2\xA0\xC2", "\xC2\xA0\xC2");
    expect_text("<hash tag='a\x1B&#27;b'/>", "#ab");
    assert_int_equal(symfeed_text(nul, sizeof nul - 1, out, sizeof out), 6);
    assert_string_equal(out, "abc\xEF\xBF\xBD");
}

static void bytes_that_are_no_utf_8_do_no_harm(void **state)
{
    (void)state;
    expect_text("a<b>\xFF\xC0</b>\xF8<p>\xFE</p>", "a\xFF\xC0\xF8\n\xFE");
    expect_text("&\xFF;&#\xFF;<\xFF>", "&\xFF;\xEF\xBF\xBD<\xFF>");
}

/* How many rounds its loops make for a text of this size, of one piece over and over. */
static unsigned long rounds_for(const char *piece, size_t size)
{
    char *text = (char *)malloc(size + 1);
    size_t length = strlen(piece);

    assert_non_null(text);
    for (size_t i = 0; i < size; i++) {
        text[i] = piece[i % length];
    }
    rounds = 0;
    assert_true(counted_text(text, size, text, size + 1) <= size);
    free(text);
    return rounds;
}

/* Up to 1 MiB: eight times the text is eight times the work, and for no byte is it much. */
static void work_grows_as_the_text_does(void **state)
{
    static const char *const pieces[] = {"a",
                                         "<",
                                         "&",
                                         ">",
                                         "<a",
                                         "<a ",
                                         "<a>",
                                         "<a b='",
                                         "<a b='c'",
                                         "''",
                                         "<a ''>",
                                         "</",
                                         "<!",
                                         "<!--",
                                         "<!-- --",
                                         "<!---->",
                                         "<![CDATA[",
                                         "<![CDATA[]]>",
                                         "]]>",
                                         "&a;",
                                         "&#",
                                         "&#1;",
                                         "&amp",
                                         "&amp;",
                                         "&ccedil;",
                                         "<hash tag='",
                                         "<hash tag='&'>",
                                         "<hash tag tag='x' tag='x'>",
                                         "<br/>",
                                         "</td>",
                                         "\xC3",
                                         "\xA9",
                                         "\x1B"};

    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i += TEST_STRIDE) {
        unsigned long before = rounds_for(pieces[i], 1024);

        for (unsigned shift = 14; shift <= 20; shift += 3) {
            unsigned long now = rounds_for(pieces[i], (size_t)1 << shift);
            unsigned long times = shift == 14 ? 16 : 8;

            if (now / times > before + before / 64 + 128 || now >> shift > 128) {
                fail_msg("%s: %lu rounds, but %lu for a text %lu times shorter", pieces[i], now,
                         before, times);
            }
            before = now;
        }
    }
}

static void whatever_comes_the_text_is_never_longer(void **state)
{
    static const char *const pieces[] = {"<",
                                         ">",
                                         "&",
                                         ";",
                                         "#",
                                         "x",
                                         "p",
                                         "/",
                                         "br",
                                         "td",
                                         "\"",
                                         "'",
                                         "1",
                                         "F6",
                                         "00",
                                         "amp",
                                         " ",
                                         "\n",
                                         "\t",
                                         "\xC3",
                                         "\xA9",
                                         "\xE2\x82\xAC",
                                         "\xF0\x9F\x98\x80",
                                         "</td>",
                                         "</p>",
                                         "&#x",
                                         "&lt;",
                                         "<hash tag=",
                                         "<emoji shortcode=",
                                         "<img alt='",
                                         "'/>",
                                         "\"/>",
                                         "<![CDATA[",
                                         "]]>",
                                         "<!--",
                                         "-->",
                                         "a"};
    uint32_t random = 99;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct buffer text = {NULL, 0, 0};
        char *out = NULL;
        size_t room = 0;
        size_t written = 0;

        for (uint32_t count = 1 + below(&random, 20); count > 0; count--) {
            add(&text, pieces[below(&random, COUNT(pieces))]);
        }
        room = 1 + below(&random, (uint32_t)text.size + 1);
        out = (char *)malloc(room);
        assert_non_null(out);
        written = symfeed_text(text.at, text.size, out, room);
        assert_true(written < room && written <= text.size);
        assert_int_equal(out[written], '\0');
        free(out);
        {
            char *again = (char *)malloc(text.size + 1);

            assert_non_null(again);
            written = symfeed_text(text.at, text.size, again, text.size + 1);
            assert_int_equal(symfeed_text(text.at, text.size, text.at, text.size + 1), written);
            assert_string_equal(text.at, again);
            free(again);
        }
        drop(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(a_message_as_the_agent_sends_it),
        cmocka_unit_test(blocks_and_items_end_lines),
        cmocka_unit_test(cells_are_told_apart_by_tabs),
        cmocka_unit_test(entities_are_decoded),
        cmocka_unit_test(numbers_that_are_no_character_become_a_replacement),
        cmocka_unit_test(what_is_no_entity_stays_as_it_stands),
        cmocka_unit_test(a_tag_ends_outside_of_quotes),
        cmocka_unit_test(text_that_ends_early_is_no_error),
        cmocka_unit_test(comments_go_as_a_whole),
        cmocka_unit_test(a_cdata_section_stays_as_it_stands),
        cmocka_unit_test(some_elements_have_their_text_in_an_attribute),
        cmocka_unit_test(as_the_feed_has_them_they_are_text_already),
        cmocka_unit_test(an_attribute_of_a_tag_that_was_cut_is_lost),
        cmocka_unit_test(a_sign_that_begins_no_tag_stays),
        cmocka_unit_test(control_characters_are_left_out),
        cmocka_unit_test(bytes_that_are_no_utf_8_do_no_harm),
        cmocka_unit_test(work_grows_as_the_text_does),
        cmocka_unit_test(whatever_comes_the_text_is_never_longer),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
