/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner.h - a JSON validator that takes one byte at a time.
 *
 * Knows: the grammar of RFC 8259 and UTF-8 (RFC 3629), nothing of events or feeds.
 * Promises: constant memory and bounded work per byte, whatever the input; a text is accepted if
 * and only if it is well-formed, but for what lies deeper than SYMFEED_DEPTH levels, of which only
 * strings and brackets are counted. Lone surrogate escapes are well-formed, as in the RFC.
 */
#ifndef SYMFEED_SCANNER_H
#define SYMFEED_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

/* What a byte was. */
enum scan_action {
    SCAN_SPACE, /* white space between tokens, or a byte too deep to be told apart */
    SCAN_BYTE,  /* inside a string or a number or a literal */
    SCAN_COLON,
    SCAN_COMMA,
    /* A token ends: */
    SCAN_QUOTE, /* a closing quote */
    SCAN_CLOSE, /* } or ]; depth has shrunk */
    /* A token begins: */
    SCAN_KEY,       /* the opening quote of a member's name */
    SCAN_STRING,    /* the opening quote of a string value */
    SCAN_PRIMITIVE, /* the first byte of a number, true, false or null */
    SCAN_OPEN,      /* { or [; depth has grown */
    /* Something is to be decided: */
    SCAN_DEEP, /* { or [ beyond SYMFEED_DEPTH levels: depth has not grown, what follows up to its
                * end is SCAN_SPACE */
    SCAN_END,  /* the value ended before this byte, which is not part of it */
    SCAN_ERROR /* not JSON: this byte was not taken, see symfeed_scan_recover() */
};

enum scan_state {
    SCAN_IN_VALUE,          /* a value must come */
    SCAN_IN_VALUE_OR_CLOSE, /* a value or ] must come */
    SCAN_IN_KEY,            /* a name must come */
    SCAN_IN_KEY_OR_CLOSE,   /* a name or } must come */
    SCAN_IN_COLON,          /* a colon must come */
    SCAN_IN_AFTER,          /* a comma or the closing bracket must come */
    SCAN_IN_END,            /* the value is complete */
    SCAN_IN_STRING,         /* inside a string, at a character's start */
    SCAN_IN_ESCAPE,         /* after a backslash */
    SCAN_IN_HEX,            /* in the four digits after \u */
    SCAN_IN_UTF8,           /* before a continuation byte */
    SCAN_IN_LITERAL,        /* in true, false or null */
    SCAN_IN_MINUS,          /* number: after - */
    SCAN_IN_ZERO,           /* number: after a leading 0 */
    SCAN_IN_INTEGER,        /* number: in its integer digits */
    SCAN_IN_POINT,          /* number: after the point */
    SCAN_IN_FRACTION,       /* number: in its fraction digits */
    SCAN_IN_E,              /* number: after e */
    SCAN_IN_SIGN,           /* number: after the exponent's sign */
    SCAN_IN_EXPONENT,       /* number: in its exponent digits */
    SCAN_IN_LAX,            /* counting brackets only */
    SCAN_IN_LAX_STRING,     /* the same, inside a string */
    SCAN_IN_LAX_ESCAPE      /* the same, after a backslash in a string */
};

struct scan {
    const char *literal; /* what is left of true, false or null */
    uint32_t objects;    /* a bit for each open bracket, the innermost lowest; 1: an object */
    uint32_t lax;        /* open brackets beyond those of `objects` */
    uint8_t depth;       /* open brackets in `objects` */
    uint8_t state;       /* enum scan_state */
    uint8_t resume;      /* the state after SCAN_IN_LAX */
    uint8_t left;        /* hex digits or continuation bytes still to come */
    uint8_t low;         /* bounds of the next continuation byte */
    uint8_t high;
    bool key; /* the string is a name */
};

/* Begins a value. */
void symfeed_scan_init(struct scan *scan);

/* Takes one byte. With SCAN_END and SCAN_ERROR the byte is not taken. */
enum scan_action symfeed_scan_byte(struct scan *scan, unsigned char byte);

/* White space between tokens (RFC 8259, 2). */
static inline bool scan_is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Does a token begin with a byte of this kind? */
static inline bool scan_begins_token(enum scan_action action)
{
    return action >= SCAN_KEY && action <= SCAN_OPEN;
}

/* Does a name or a value begin or end that stands directly in the outermost bracket? */
static inline bool scan_is_own(const struct scan *scan, enum scan_action action)
{
    return action >= SCAN_QUOTE && scan->depth == (action == SCAN_OPEN ? 2 : 1);
}

#if SYMFEED_FAST

/* How many of the bytes are plain string content (ASCII, no quote, backslash or control
 * character): in state SCAN_IN_STRING they may be passed over without symfeed_scan_byte(). */
size_t symfeed_scan_plain(const unsigned char *data, size_t size);

struct scan_run {
    size_t tokens; /* how many may begin; reduced by those that did */
    bool values;   /* ends behind the first and the last byte of a value that is scan_is_own() */
    enum scan_action last; /* of the byte that it ended behind; SCAN_SPACE: of no such one */
    size_t name; /* bytes up to where the last name began that is scan_is_own(); 0: none did */
};

/* Takes bytes as long as nothing is to be decided: until the value is complete, or up to a byte
 * with which it ends early, is broken, or might nest too deep or begin more tokens than it may;
 * that byte is for symfeed_scan_byte(). It ends as `values` says, and behind each name that is
 * scan_is_own(). Answers the bytes taken. */
size_t symfeed_scan_run(struct scan *scan, const unsigned char *data, size_t size,
                        struct scan_run *run);

#endif

/* After SCAN_ERROR: goes on by brackets and strings alone, to find where the broken value probably
 * ends. The byte in question is to be given again. */
void symfeed_scan_recover(struct scan *scan);

/* A value that another scanner went through has ended where this one expects one. */
void symfeed_scan_value_done(struct scan *scan);

#endif
