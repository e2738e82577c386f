/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - plain text out of PresentationML and MessageML, in place.
 *
 * Knows: tags, entities and which elements end a line or a cell. Not a validator: whatever comes,
 * text comes out, in one pass and never longer than what went in. What ends in the middle of a tag
 * loses that tag; an entity that is unknown or cut stays as it stands.
 */
#include "symfeed.h"

#include "bytes.h"
#include "json.h"

/* An entity's name and code point, eight bytes each: longer names do not occur in chats. */
static const struct {
    char name[6];
    uint16_t code;
} entities[] = {{"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},
                {"apos", '\''},    {"nbsp", ' '},     {"euro", 0x20AC},  {"pound", 0xA3},
                {"copy", 0xA9},    {"reg", 0xAE},     {"deg", 0xB0},     {"hellip", 0x2026},
                {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019},
                {"ldquo", 0x201C}, {"rdquo", 0x201D}, {"bull", 0x2022},  {"times", 0xD7}};

struct writer {
    char *out;
    size_t room; /* bytes at out, one kept for the NUL */
    size_t size;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Writes a whole character or none of it. */
static void put(struct writer *writer, const char *character, size_t size)
{
    if (size < writer->room - writer->size) {
        memmove(writer->out + writer->size, character, size);
        writer->size += size;
    } else {
        writer->room = writer->size + 1; /* nothing behind a gap */
    }
}

/* Ends the line or cell that is there; empty ones do not pile up. */
static void put_break(struct writer *writer, char c)
{
    if (writer->size == 0 || writer->out[writer->size - 1] == '\n') {
        return;
    }
    if (writer->out[writer->size - 1] == '\t' && c == '\n') {
        writer->size--;
    }
    put(writer, &c, 1);
}

/* Is the name in this list of words, each with a NUL behind it and one more at the end? */
static bool is_one_of(const char *name, size_t size, const char *list)
{
    while (*list != '\0') {
        if (symfeed_bytes_is_word(name, size, list)) {
            return true;
        }
        while (*list++ != '\0') {
        }
    }
    return false;
}

/* What a tag does to the text: nothing, or '\n' or '\t'. */
static char break_of(const char *name, size_t size, bool closing)
{
    static const char lines[] = "br\0hr\0p\0div\0li\0tr\0ul\0ol\0table\0h1\0h2\0h3\0h4\0h5\0h6\0"
                                "header\0body\0card\0pre\0";

    if (is_one_of(name, size, lines)) {
        return '\n';
    }
    return closing && is_one_of(name, size, "td\0th\0") ? '\t' : '\0';
}

/* The end of the tag that begins here: its > outside of quotes, or the text's end. */
static size_t tag_end(const char *text, size_t size)
{
    char quote = '\0';
    size_t at = 1;

    if (size > 4 && memcmp(text, "<!--", 4) == 0) {
        for (at = 4; at + 3 <= size && memcmp(text + at, "-->", 3) != 0;) {
            at++;
        }
        return at + 3 <= size ? at + 3 : size;
    }
    for (; at < size; at++) {
        if (quote != '\0') {
            quote = text[at] == quote ? '\0' : quote;
        } else if (text[at] == '"' || text[at] == '\'') {
            quote = text[at];
        } else if (text[at] == '>') {
            return at + 1;
        }
    }
    return size;
}

static size_t take_tag(struct writer *writer, const char *text, size_t size)
{
    size_t end = tag_end(text, size);
    bool closing = size > 1 && text[1] == '/';
    size_t name = closing ? 2 : 1;
    size_t length = 0;
    char character = '\0';

    while (name + length < end &&
           ((lower(text[name + length]) >= 'a' && lower(text[name + length]) <= 'z') ||
            (text[name + length] >= '1' && text[name + length] <= '6'))) {
        length++;
    }
    character = break_of(text + name, length, closing);
    if (character != '\0') {
        put_break(writer, character);
    }
    return end;
}

/* The number of &#10; or &#xA;, without the sign; U+FFFD where it is none that may stand there. */
static uint32_t number_of(const char *at, size_t size)
{
    bool hex = lower(at[0]) == 'x';
    uint32_t code = 0;

    for (size_t i = hex ? 1 : 0; i < size; i++) {
        char c = lower(at[i]);
        uint32_t digit = c >= 'a' ? (uint32_t)(c - 'a') + 10 : (uint32_t)(unsigned char)c - '0';

        if (digit >= (hex ? 16u : 10u) || code > 0x10FFFF) {
            return 0xFFFD;
        }
        code = code * (hex ? 16 : 10) + digit;
    }
    return code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) ? 0xFFFD : code;
}

/* The character an entity stands for; 0: not one. */
static uint32_t entity_of(const char *name, size_t size)
{
    if (size > 1 && name[0] == '#') {
        return number_of(name + 1, size - 1);
    }
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (size <= sizeof entities[i].name && memcmp(name, entities[i].name, size) == 0 &&
            (size == sizeof entities[i].name || entities[i].name[size] == '\0')) {
            return entities[i].code;
        }
    }
    return 0;
}

/* The longest that is looked at: "&#x10FFFF;" and every name of the table. */
#define MOST_ENTITY 10

static size_t take_entity(struct writer *writer, const char *text, size_t size)
{
    char character[4];
    size_t length = 1;
    uint32_t code = 0;

    while (length < size && length < MOST_ENTITY && text[length] != ';') {
        length++;
    }
    if (length < size && text[length] == ';' && length > 1) {
        code = entity_of(text + 1, length - 1);
    }
    if (code == 0) {
        put(writer, text, 1);
        return 1;
    }
    put(writer, character, symfeed_json_utf8(code, character));
    return length + 1;
}

static size_t character_size(const char *text, size_t size)
{
    size_t length = 1;

    while (length < size && length < 4 && ((unsigned char)text[length] & 0xC0) == 0x80) {
        length++;
    }
    return length;
}

size_t symfeed_text(const char *text, size_t size, char *out, size_t out_size)
{
    struct writer writer = {out, out_size, 0};
    size_t at = 0;

    while (at < size) {
        if (text[at] == '<') {
            at += take_tag(&writer, text + at, size - at);
        } else if (text[at] == '&') {
            at += take_entity(&writer, text + at, size - at);
        } else {
            size_t length = character_size(text + at, size - at);

            put(&writer, text + at, length);
            at += length;
        }
    }
    while (writer.size > 0 && (out[writer.size - 1] == '\n' || out[writer.size - 1] == '\t')) {
        writer.size--;
    }
    out[writer.size] = '\0';
    return writer.size;
}
