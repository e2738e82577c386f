/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - converts PresentationML and MessageML to plain text, in place; does not validate them.
 *
 * Depends on: bytes, string.
 * Guarantees: one pass; the output is never longer than the input, because each function below
 *   writes at most as many bytes as it has read. A tag that is cut is dropped; an entity that is
 *   unknown or cut stays as it is, and so does a < that starts no tag.
 */
#include "symfeed.h"

#include "util/bytes.h"
#include "json/string.h"

#if SYMFEED_TEXT

struct writer {
    char *out;
    size_t room; /* bytes at out, one kept for the NUL */
    size_t size;
};

static bool is_letter(char c)
{
    unsigned char lower = bytes_lower((unsigned char)c);

    return lower >= 'a' && lower <= 'z';
}

/* Can the character control a terminal? U+0000 to U+001F except tab and line feed, and U+007F to
 * U+009F. */
static bool is_control(const char *character, size_t size)
{
    unsigned char first = (unsigned char)character[0];

    if (first == 0xC2 && size > 1) {
        return (unsigned char)character[1] < 0xA0;
    }
    return (first < 0x20 && first != '\t' && first != '\n') || first == 0x7F;
}

/* Writes a whole character or nothing. */
static void put(struct writer *writer, const char *character, size_t size)
{
    if (is_control(character, size)) {
        return;
    }
    if (size < writer->room - writer->size) {
        memmove(writer->out + writer->size, character, size);
        writer->size += size;
    } else {
        writer->room = writer->size + 1; /* write nothing after a gap */
    }
}

#if SYMFEED_FAST

/* Returns the top bit of the first byte that does not stand for itself ('&', '<', a control
 * character, DEL, beyond ASCII), and perhaps of others after it. */
static bytes_word not_plain(bytes_word word)
{
    bytes_word control = word - BYTES_ALL(0x20);
    bytes_word others = bytes_zero(word ^ BYTES_ALL('&')) | bytes_zero(word ^ BYTES_ALL('<')) |
                        bytes_zero(word ^ BYTES_ALL(0x7F));

    return (control | word | others) & BYTES_ALL(0x80);
}

/* Writes the characters that stand for themselves, if they fit. Returns the bytes read. */
static size_t put_run(struct writer *writer, const char *text, size_t size)
{
    size_t room = writer->room - writer->size - 1;
    size_t count = 0;

    size = size < room ? size : room;
    while (count + sizeof(bytes_word) <= size) {
        bytes_word flags = not_plain(bytes_load((const unsigned char *)text + count));

        if (flags != 0) {
            count += bytes_below(flags);
            break;
        }
        count += sizeof(bytes_word);
    }
    memmove(writer->out + writer->size, text, count);
    writer->size += count;
    return count;
}

#endif

/* Ends the current line or cell; several empty ones become one. */
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

/* --- characters and entities -------------------------------------------------------------- */

/* Each name is followed by its character, which is neither a letter nor a digit. Agents write
 * numbers; people and templates write these names. */
static const char entities[] = "amp&lt<gt>quot\"apos'euro\xE2\x82\xAC"
                               "pound\xC2\xA3"
                               "copy\xC2\xA9"
                               "reg\xC2\xAE"
                               "deg\xC2\xB0"
                               "middot\xC2\xB7"
                               "times\xC3\x97"
                               "hellip\xE2\x80\xA6"
                               "ndash\xE2\x80\x93"
                               "mdash\xE2\x80\x94"
                               "lsquo\xE2\x80\x98"
                               "rsquo\xE2\x80\x99"
                               "ldquo\xE2\x80\x9C"
                               "rdquo\xE2\x80\x9D"
                               "bull\xE2\x80\xA2"
                               "rarr\xE2\x86\x92"
                               "auml\xC3\xA4"
                               "ouml\xC3\xB6"
                               "uuml\xC3\xBC"
                               "Auml\xC3\x84"
                               "Ouml\xC3\x96"
                               "Uuml\xC3\x9C"
                               "szlig\xC3\x9F"
                               "eacute\xC3\xA9"
                               "egrave\xC3\xA8"
                               "agrave\xC3\xA0"
                               "ccedil\xC3\xA7"
                               "nbsp ";

static bool is_of_name(char c)
{
    return is_letter(c) || bytes_is_digit((unsigned char)c);
}

/* Returns the number of &#10; or &#xA;, starting after #; U+FFFD if it is not allowed. */
static uint32_t number_of(const char *at, size_t size)
{
    bool hex = at[0] == 'x' || at[0] == 'X';
    uint32_t code = 0;

    for (size_t i = hex ? 1 : 0; i < size; i++) {
        uint32_t digit = symfeed_bytes_hex(at[i]);

        if (digit >= (hex ? 16u : 10u) || code > 0x10FFFF) {
            return 0xFFFD;
        }
        code = code * (hex ? 16 : 10) + digit;
    }
    return code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) ? 0xFFFD : code;
}

/* Returns the bytes of the character that a name stands for, and sets *character to it; 0 if the
 * name is unknown. */
static size_t named(const char *name, size_t size, const char **character)
{
    const char *at = entities;

    while (*at != '\0') {
        const char *begin = at;
        size_t length = 0;

        while (is_of_name(*at)) {
            at++;
        }
        length = (size_t)(at - begin);
        *character = at;
        while (*at != '\0' && !is_of_name(*at)) {
            at++;
        }
        if (length == size && memcmp(begin, name, size) == 0) {
            return (size_t)(at - *character);
        }
    }
    return 0;
}

/* Longest entity: "&#x10FFFF;". All names of the table are shorter. */
#define MOST_ENTITY 10

static size_t take_entity(struct writer *writer, const char *text, size_t size)
{
    char utf8[4];
    const char *character = utf8;
    size_t length = 1;
    size_t bytes = 0;

    while (length < size && length < MOST_ENTITY && text[length] != ';') {
        length++;
    }
    if (length < size && text[length] == ';') {
        if (length > 2 && text[1] == '#') {
            bytes = symfeed_string_utf8(number_of(text + 2, length - 2), utf8);
        } else {
            bytes = named(text + 1, length - 1, &character);
        }
    }
    if (bytes == 0) {
        put(writer, text, 1);
        return 1;
    }
    put(writer, character, bytes);
    return length + 1;
}

/* Copies a character as it is. */
static size_t take_bytes(struct writer *writer, const char *text, size_t size)
{
    size_t length = 1;

    while (length < size && length < 4 && ((unsigned char)text[length] & 0xC0) == 0x80) {
        length++;
    }
    put(writer, text, length);
    return length;
}

static size_t take_character(struct writer *writer, const char *text, size_t size)
{
    return text[0] == '&' ? take_entity(writer, text, size) : take_bytes(writer, text, size);
}

/* --- tags --------------------------------------------------------------------------------- */

/* Elements that change the text, in this order, each with a NUL. */
static const char elements[] = "emoji\0hash\0cash\0mention\0img\0" /* text in an attribute */
                               "td\0th\0"                          /* end a cell */
                               "br\0hr\0p\0div\0li\0tr\0ul\0ol\0table\0h1\0h2\0h3\0h4\0h5\0h6\0"
                               "header\0body\0card\0pre\0form\0button\0option\0";

enum { NOTHING, EMOJI, HASH, CASH, MENTION, IMG, TD, TH };

/* The attributes that have such text. */
static const char attributes[] = "shortcode\0tag\0email\0uid\0alt\0";

/* The attribute of a tag that is being read. */
struct attribute {
    bool looked_for; /* the element has its text in an attribute */
    size_t name;     /* start of the last word */
    size_t name_size;
    size_t value; /* start of the value of the first of `attributes`; 0: none yet */
    size_t value_size;
};

/* Reads a tag from `at`. Returns the offset after its > outside of quotes; 0 if there is none. */
static size_t read_tag(struct attribute *found, const char *text, size_t size, size_t at)
{
    bool in_word = false;
    char quote = '\0';
    size_t begin = 0;

    while (at < size) {
        char c = text[at++];

        if (quote != '\0') {
            if (c == quote) {
                quote = '\0';
                if (found->looked_for && found->value == 0 &&
                    symfeed_bytes_which(text + found->name, found->name_size, attributes) != 0) {
                    found->value = begin;
                    found->value_size = at - 1 - begin;
                }
            }
        } else if (c == '>') {
            return at;
        } else if (c == '"' || c == '\'') {
            quote = c;
            begin = at;
            in_word = false;
        } else if ((unsigned char)c <= ' ' || c == '=' || c == '/') {
            in_word = false;
        } else {
            if (!in_word) {
                found->name = at - 1;
                found->name_size = 0;
                in_word = true;
            }
            found->name_size++;
        }
    }
    return 0;
}

/* Writes the text of such an element, as an agent shows it: :smiley:, #tag, $tag, @user, text. The
 * attribute's name and quotes are longer than what is written around its value. */
static void put_value(struct writer *writer, unsigned element, const char *value, size_t size)
{
    size_t at = 0;

    if (size > 0 && element != IMG) {
        put(writer, &":#$@"[element - EMOJI], 1);
    }
    while (at < size) {
        at += take_character(writer, value + at, size - at);
    }
    if (size > 0 && element == EMOJI) {
        put(writer, ":", 1);
    }
}

static size_t take_tag(struct writer *writer, const char *text, size_t size)
{
    struct attribute found = {false, 0, 0, 0, 0};
    bool closing = text[1] == '/';
    size_t name = closing ? 2 : 1;
    size_t at = name;
    size_t end = 0;
    unsigned element = NOTHING;

    while (at < size && is_of_name(text[at])) {
        at++;
    }
    element = symfeed_bytes_which(text + name, at - name, elements);
    found.looked_for = element != NOTHING && element < TD;
    end = read_tag(&found, text, size, at);
    if (end == 0) {
        return size;
    }
    if (element > TH) {
        put_break(writer, '\n');
    } else if (element >= TD && (closing || text[end - 2] == '/')) {
        put_break(writer, '\t');
    } else if (found.looked_for) {
        put_value(writer, element, text + found.value, found.value_size);
    }
    return end;
}

/* Returns where these three bytes are, searching from `at`; `size` if they are not there. */
static size_t find(const char *text, size_t size, size_t at, const char *bytes)
{
    while (size - at >= 3 && memcmp(text + at, bytes, 3) != 0) {
        at++;
    }
    return size - at >= 3 ? at : size;
}

/* Drops a comment, or copies the content of a CDATA section as it is. */
static size_t take_section(struct writer *writer, const char *text, size_t size)
{
    static const char cdata[] = "<![CDATA[";
    size_t end = 0;

    if (size >= 4 && memcmp(text, "<!--", 4) == 0) {
        end = find(text, size, 2, "-->"); /* <!--> is a complete comment */
    } else if (size >= sizeof cdata - 1 && memcmp(text, cdata, sizeof cdata - 1) == 0) {
        size_t at = sizeof cdata - 1;

        end = find(text, size, at, "]]>");
        while (at < end) {
            at += take_bytes(writer, text + at, end - at);
        }
    } else {
        return take_tag(writer, text, size);
    }
    return end < size ? end + 3 : size;
}

/* Does a tag start at this < ? At the end of the text it may be a tag that was cut. */
static bool begins_tag(const char *text, size_t size)
{
    return size == 1 || is_letter(text[1]) || text[1] == '/' || text[1] == '!' || text[1] == '?';
}

size_t symfeed_text(const char *text, size_t size, char *out, size_t out_size)
{
    struct writer writer = {out, out_size, 0};
    size_t at = 0;

    while (at < size) {
#if SYMFEED_FAST
        size_t count = put_run(&writer, text + at, size - at);

        at += count;
        if (count > 0) {
            continue;
        }
#endif
        if (text[at] == '<' && begins_tag(text + at, size - at)) {
            at += size - at == 1 ? 1 : take_section(&writer, text + at, size - at);
        } else {
            at += take_character(&writer, text + at, size - at);
        }
    }
    while (writer.size > 0 && (out[writer.size - 1] == '\n' || out[writer.size - 1] == '\t')) {
        writer.size--;
    }
    out[writer.size] = '\0';
    return writer.size;
}

#endif
