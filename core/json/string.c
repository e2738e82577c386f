/* SPDX-License-Identifier: Apache-2.0 */
/* string.c - see string.h, and symfeed.h for the functions that read values. */
#include "json/string.h"

#include "util/bytes.h"

#if SYMFEED_JSON

/* --- characters --------------------------------------------------------------------------- */

static uint32_t hex4(const char *text)
{
    uint32_t code = 0;

    for (unsigned i = 0; i < 4; i++) {
        code = code << 4 | symfeed_bytes_hex(text[i]);
    }
    return code;
}

/* Decodes \uXXXX, together with the second half if it is the first half of a pair. */
static size_t unicode_escape(const char *text, size_t size, uint32_t *code)
{
    uint32_t first = 0;
    uint32_t second = 0;

    *code = 0xFFFD;
    if (size < 6) {
        return size;
    }
    first = hex4(text + 2);
    if (first >> 11 != 0xD800 >> 11) {
        *code = first;
        return 6;
    }
    if (size >= 12 && text[6] == '\\' && text[7] == 'u') {
        second = hex4(text + 8);
    }
    if (first >= 0xDC00 || second >> 10 != 0xDC00 >> 10) {
        return 6;
    }
    *code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return 12;
}

/* Each letter is followed by its character. */
static const char letters[] = "n\nr\rt\tb\bf\f";

static size_t escape(const char *text, size_t size, uint32_t *code)
{
    if (size < 2) {
        *code = 0xFFFD;
        return 1;
    }
    if (text[1] == 'u') {
        return unicode_escape(text, size, code);
    }
    *code = (unsigned char)text[1];
    if (*code >= 'b') { /* and not a quote, a slash or a backslash */
        const char *letter = letters;

        while (*letter != '\0' && *letter != text[1]) {
            letter += 2;
        }
        *code = *letter != '\0' ? (unsigned char)letter[1] : *code;
    }
    return 2;
}

size_t symfeed_string_character(const char *text, size_t size, uint32_t *code)
{
    *code = (unsigned char)text[0];
    return *code == '\\' ? escape(text, size, code) : 1;
}

size_t symfeed_string_utf8(uint32_t code, char *out)
{
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = length; i-- > 1;) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    /* The first byte starts with as many set bits as there are bytes, and a bit that is not set. */
    out[0] = (char)(length > 1 ? 0xF00u >> length | code : code);
    return length;
}

size_t symfeed_string_decode(const char *text, size_t size, char *out, size_t *length)
{
    uint32_t code = 0;

    out[0] = text[0];
    *length = 1;
    if (text[0] != '\\') {
        return 1;
    }
    size = escape(text, size, &code);
    *length = symfeed_string_utf8(code != 0 ? code : 0xFFFD, out);
    return size;
}

bool symfeed_string_equal(const char *text, size_t size, const char *name, size_t name_size)
{
    size_t at = 0;
    size_t matched = 0;

#if SYMFEED_FAST
    if (size == name_size && memcmp(text, name, size) == 0) {
        return true;
    }
#endif
    for (; at < size && matched < name_size; matched++) {
        uint32_t code = (unsigned char)text[at];

        at += code == '\\' ? escape(text + at, size - at, &code) : 1;
        if (code != (unsigned char)name[matched]) {
            return false;
        }
    }
    return at == size && matched == name_size;
}

/* Returns the start of the character that byte `at` belongs to. */
static size_t character_start(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) {
        at--;
    }
    return at;
}

/* An escape that is not complete is read as U+FFFD, and so is the first half of a pair without its
 * second. A pair is the longest of them. */
size_t symfeed_string_whole(const char *text, size_t size)
{
    static const size_t pair = sizeof "\\uD83D\\uDE00" - 1;
    uint32_t code = 0;
    size_t at = 0;

    while (at < size) {
        size_t taken = symfeed_string_character(text + at, size - at, &code);

        if (code == 0xFFFD && size - at < pair) {
            break;
        }
        at += taken;
    }
    return character_start(text, at);
}

/* --- values ------------------------------------------------------------------------------- */

/* Returns how many bytes of a text stand for themselves: in a string, those up to a backslash. */
static size_t literal_run(const char *text, size_t size, bool string)
{
    size_t at = 0;

    if (!string) {
        return size;
    }
#if SYMFEED_FAST
    for (; at + sizeof(bytes_word) <= size; at += sizeof(bytes_word)) {
        bytes_word found =
            bytes_zero(bytes_load((const unsigned char *)text + at) ^ BYTES_ALL('\\'));

        if (found != 0) {
            return at + bytes_below(found);
        }
    }
#endif
    while (at < size && text[at] != '\\') {
        at++;
    }
    return at;
}

/* `out` may be at the text or before it: the output is never longer than the input. */
size_t symfeed_string(struct symfeed_value value, char *out, size_t size)
{
    const char *text = value.text;
    size_t left = value.kind == SYMFEED_NULL ? 0 : value.size;
    size_t written = 0;

    while (left > 0) {
        char character[4];
        const char *piece = text;
        size_t taken = literal_run(text, left, value.kind == SYMFEED_STRING);
        size_t length = taken;

        if (taken == 0) {
            taken = symfeed_string_decode(text, left, character, &length);
            piece = character;
        }
        text += taken;
        left -= taken;
        if (length >= size - written) {
            /* Remove the part of a character that does not fit. */
            length = size - written - 1;
            memmove(out + written, piece, length + 1);
            written = character_start(out, written + length);
            break;
        }
        memmove(out + written, piece, length);
        written += length;
    }
    out[written] = '\0';
    return written;
}

bool symfeed_integer(struct symfeed_value value, int64_t *number)
{
    uint64_t magnitude = 0;
    bool negative = value.kind == SYMFEED_NUMBER && value.text[0] == '-';
    size_t sign = negative ? 1 : 0;

    if (value.kind != SYMFEED_NUMBER ||
        !symfeed_bytes_decimal(value.text + sign, value.size - sign, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + sign) {
        return false;
    }
    /* The smallest number has no positive counterpart: negate the next one and subtract 1. */
    *number = !negative ? (int64_t)magnitude : magnitude > 0 ? -(int64_t)(magnitude - 1) - 1 : 0;
    return true;
}

bool symfeed_boolean(struct symfeed_value value, bool *boolean)
{
    if (value.kind != SYMFEED_BOOLEAN) {
        return false;
    }
    *boolean = value.text[0] == 't';
    return true;
}

#endif
