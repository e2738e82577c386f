/* SPDX-License-Identifier: Apache-2.0 */
/*
 * helpers.h - what several unit tests need: every way to cut an input in pieces, text that grows,
 * random numbers that are the same in each run, and a JSON checker that shares nothing with core/.
 */
#ifndef SYMFEED_TEST_HELPERS_H
#define SYMFEED_TEST_HELPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Loops through many cases take every TEST_STRIDE-th of them; 1: all. Emulation is slow, and what
 * it shows does not depend on the case. A prime number: else some remainders would never come. */
#ifndef TEST_STRIDE
#define TEST_STRIDE 1
#endif

/* --- pieces ------------------------------------------------------------------------------- */

/* One way to cut an input; {0, 0, 0} is not to cut it, and the first of all. */
struct split {
    size_t step;   /* above 0: pieces of this size */
    size_t first;  /* where it is cut; 0: nowhere */
    size_t second; /* and again; 0: nowhere */
};

/* Goes on to the next way: byte by byte, in two at each position and, up to `most` bytes, in three
 * at each pair of positions. false: that was the last. */
static inline bool split_next(struct split *split, size_t size, size_t most)
{
    if (split->step == 0 && split->first == 0) {
        split->step = 1;
        return size > 1;
    }
    if (split->step == 1) {
        split->step = 0;
        split->first = 1;
        return size > 1;
    }
    if (split->second == 0) {
        split->first += TEST_STRIDE;
        if (split->first < size) {
            return true;
        }
        split->first = 1;
        split->second = 1;
        if (size > most) {
            return false;
        }
    }
    split->second += TEST_STRIDE;
    if (split->second >= size) {
        split->first += TEST_STRIDE;
        split->second = split->first + 1;
    }
    return split->second < size;
}

static inline size_t split_end(const struct split *split, size_t at, size_t size)
{
    if (split->step > 0) {
        return size - at < split->step ? size : at + split->step;
    }
    if (at < split->first) {
        return split->first;
    }
    return at < split->second ? split->second : size;
}

/* Takes a piece; false: no more of them. */
typedef bool (*take_piece)(void *context, const unsigned char *data, size_t size);

/* Hands the input over in pieces, each in a block of exactly its size, so that a sanitizer sees a
 * byte read beyond it. */
static inline void feed_pieces(const char *text, size_t size, const struct split *split,
                               take_piece take, void *context)
{
    bool more = true;

    for (size_t at = 0; more && at < size;) {
        size_t end = split_end(split, at, size);
        unsigned char *piece = (unsigned char *)malloc(end - at);

        if (piece == NULL) {
            abort();
        }
        memcpy(piece, text + at, end - at);
        more = take(context, piece, end - at);
        free(piece);
        at = end;
    }
}

/* --- text that grows ---------------------------------------------------------------------- */

struct buffer {
    char *at; /* NUL-terminated once something was added */
    size_t size;
    size_t room;
};

static inline void add_bytes(struct buffer *buffer, const char *bytes, size_t size)
{
    if (buffer->room - buffer->size <= size) {
        char *grown = (char *)realloc(buffer->at, (buffer->size + size) * 2 + 64);

        if (grown == NULL) {
            abort();
        }
        buffer->at = grown;
        buffer->room = (buffer->size + size) * 2 + 64;
    }
    memcpy(buffer->at + buffer->size, bytes, size);
    buffer->size += size;
    buffer->at[buffer->size] = '\0';
}

static inline void add(struct buffer *buffer, const char *text)
{
    add_bytes(buffer, text, strlen(text));
}

static inline void add_times(struct buffer *buffer, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        add(buffer, text);
    }
}

static inline void add_number(struct buffer *buffer, unsigned long number)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%lu", number);
    add(buffer, digits);
}

static inline void drop(struct buffer *buffer)
{
    free(buffer->at);
    buffer->at = NULL;
    buffer->size = 0;
    buffer->room = 0;
}

/* --- random numbers ----------------------------------------------------------------------- */

/* The next of a row that begins with any number but 0 (Marsaglia's xorshift). */
static inline uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static inline uint32_t below(uint32_t *state, uint32_t limit)
{
    return next_random(state) % limit;
}

/* --- a JSON checker ----------------------------------------------------------------------- */

/* By recursive descent, one function for each rule of the grammar. */
struct checker {
    const unsigned char *at;
    const unsigned char *end;
    size_t tokens; /* brackets pairs, names and values */
    unsigned depth;
    unsigned deepest;
    bool lone; /* a surrogate escape without its other half was seen */
};

static inline void check_space(struct checker *c)
{
    while (c->at < c->end &&
           (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) {
        c->at++;
    }
}

static inline bool check_is(const struct checker *c, char what)
{
    return c->at < c->end && *c->at == (unsigned char)what;
}

/* One character beyond ASCII: decoded by the book, then judged by its value. */
static inline bool check_utf8(struct checker *c)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned length = (*c->at & 0xE0u) == 0xC0u   ? 2
                      : (*c->at & 0xF0u) == 0xE0u ? 3
                      : (*c->at & 0xF8u) == 0xF0u ? 4
                                                  : 0;
    unsigned long code = length == 2 ? *c->at & 0x1Fu : length == 3 ? *c->at & 0xFu : *c->at & 7u;

    if (length == 0 || (size_t)(c->end - c->at) < length) {
        return false;
    }
    for (unsigned i = 1; i < length; i++) {
        if ((c->at[i] & 0xC0u) != 0x80u) {
            return false;
        }
        code = code << 6 | (c->at[i] & 0x3Fu);
    }
    c->at += length;
    return code >= least[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

/* \uXXXX at c->at; its value, -1 where it is none. */
static inline long check_unicode(const struct checker *c, const unsigned char *at)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    long code = 0;

    if (c->end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    for (unsigned i = 2; i < 6; i++) {
        const char *digit = at[i] != '\0' ? strchr(digits, at[i]) : NULL;

        if (digit == NULL) {
            return -1;
        }
        code = code * 16 + (digit - digits < 16 ? digit - digits : digit - digits - 6);
    }
    return code;
}

static inline bool check_escape(struct checker *c)
{
    long code = 0;

    if (c->end - c->at < 2) {
        return false;
    }
    if (c->at[1] != 'u') {
        bool good = c->at[1] != '\0' && strchr("\"\\/bfnrt", c->at[1]) != NULL;

        c->at += 2;
        return good;
    }
    code = check_unicode(c, c->at);
    c->at += 6;
    if (code >= 0xD800 && code <= 0xDBFF) {
        long low = check_unicode(c, c->at);

        if (low >= 0xDC00 && low <= 0xDFFF) {
            c->at += 6;
        } else {
            c->lone = true;
        }
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
        c->lone = true;
    }
    return code >= 0;
}

static inline bool check_string(struct checker *c)
{
    c->tokens++;
    if (!check_is(c, '"')) {
        return false;
    }
    c->at++;
    while (c->at < c->end && *c->at != '"') {
        if (*c->at < 0x20) {
            return false;
        }
        if (*c->at == '\\') {
            if (!check_escape(c)) {
                return false;
            }
        } else if (*c->at >= 0x80) {
            if (!check_utf8(c)) {
                return false;
            }
        } else {
            c->at++;
        }
    }
    if (c->at >= c->end) {
        return false;
    }
    c->at++;
    return true;
}

static inline bool check_digits(struct checker *c)
{
    const unsigned char *start = c->at;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        c->at++;
    }
    return c->at > start;
}

static inline bool check_number(struct checker *c)
{
    if (check_is(c, '-')) {
        c->at++;
    }
    if (check_is(c, '0')) {
        c->at++;
    } else if (!check_digits(c)) {
        return false;
    }
    if (check_is(c, '.')) {
        c->at++;
        if (!check_digits(c)) {
            return false;
        }
    }
    if (check_is(c, 'e') || check_is(c, 'E')) {
        c->at++;
        if (check_is(c, '+') || check_is(c, '-')) {
            c->at++;
        }
        return check_digits(c);
    }
    return true;
}

static inline bool check_value(struct checker *c);

/* Members or elements up to the closing bracket. */
static inline bool check_inside(struct checker *c, bool object, char close)
{
    check_space(c);
    if (check_is(c, close)) {
        c->at++;
        return true;
    }
    for (;;) {
        check_space(c);
        if (object) {
            if (!check_string(c)) {
                return false;
            }
            check_space(c);
            if (!check_is(c, ':')) {
                return false;
            }
            c->at++;
        }
        if (!check_value(c)) {
            return false;
        }
        check_space(c);
        if (check_is(c, close)) {
            c->at++;
            return true;
        }
        if (!check_is(c, ',')) {
            return false;
        }
        c->at++;
    }
}

static inline bool check_word(struct checker *c, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(c->end - c->at) < size || memcmp(c->at, word, size) != 0) {
        return false;
    }
    c->at += size;
    return true;
}

static inline bool check_value(struct checker *c)
{
    check_space(c);
    if (check_is(c, '"')) {
        return check_string(c);
    }
    c->tokens++;
    if (check_is(c, '{') || check_is(c, '[')) {
        bool object = *c->at == '{';
        bool good = false;

        c->at++;
        c->depth++;
        c->deepest = c->depth > c->deepest ? c->depth : c->deepest;
        good = c->depth < 1000 && check_inside(c, object, object ? '}' : ']');
        c->depth--;
        return good;
    }
    if (check_is(c, 't')) {
        return check_word(c, "true");
    }
    if (check_is(c, 'f')) {
        return check_word(c, "false");
    }
    return check_is(c, 'n') ? check_word(c, "null") : check_number(c);
}

/* Is this one JSON value, with nothing but white space around it? */
static inline bool well_formed(const char *text, size_t size, struct checker *c)
{
    memset(c, 0, sizeof *c);
    c->at = (const unsigned char *)text;
    c->end = c->at + size;
    if (!check_value(c)) {
        return false;
    }
    check_space(c);
    return c->at == c->end;
}

#endif
