/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner.h - a JSON validator (RFC 8259, with UTF-8 as in RFC 3629) that reads one byte at a time.
 *
 * Depends on: bytes.
 * Guarantees: constant memory and bounded work for each byte. A text is accepted if and only if it
 *   is well-formed; deeper than SYMFEED_DEPTH levels only strings and brackets are checked. Lone
 *   surrogate escapes are well-formed, as in the RFC.
 */
#ifndef SYMFEED_SCANNER_H
#define SYMFEED_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

/* What a byte was. */
enum scan_action {
    SCAN_SPACE, /* white space between tokens, or a byte that is nested too deeply */
    SCAN_BYTE,  /* inside a string, a number or a literal */
    SCAN_COLON,
    SCAN_COMMA,
    /* A token ends: */
    SCAN_QUOTE, /* a closing quote */
    SCAN_CLOSE, /* } or ]; depth has decreased */
    /* A token begins: */
    SCAN_KEY,       /* the opening quote of a member's name */
    SCAN_STRING,    /* the opening quote of a string value */
    SCAN_PRIMITIVE, /* the first byte of a number, true, false or null */
    SCAN_OPEN,      /* { or [; depth has increased */
    /* The caller has to decide: */
    SCAN_DEEP, /* { or [ beyond SYMFEED_DEPTH levels: depth stays, and all bytes up to its end are
                * SCAN_SPACE */
    SCAN_END,  /* the value ended before this byte, which is not part of it */
    SCAN_ERROR /* not JSON: this byte was not read, see symfeed_scan_recover() */
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
    const char *literal; /* the rest of true, false or null */
    uint32_t objects;    /* a bit for each open bracket, the innermost lowest; 1: an object */
    uint32_t lax;        /* open brackets that are not in `objects` */
    uint8_t depth;       /* open brackets in `objects` */
    uint8_t state;       /* enum scan_state */
    uint8_t resume;      /* the state after SCAN_IN_LAX */
    uint8_t left;        /* hex digits or continuation bytes that must follow */
    uint8_t low;         /* bounds of the next continuation byte */
    uint8_t high;
    bool key; /* the string is a name */
};

/* Starts a value. */
void symfeed_scan_init(struct scan *scan);

/* Reads one byte. With SCAN_END and SCAN_ERROR the byte is not read. */
enum scan_action symfeed_scan_byte(struct scan *scan, unsigned char byte);

/* White space between tokens (RFC 8259, 2). */
static inline bool scan_is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Does a token start with a byte of this kind? */
static inline bool scan_begins_token(enum scan_action action)
{
    return action >= SCAN_KEY && action <= SCAN_OPEN;
}

/* Does a name or a value directly inside the outermost bracket start or end? */
static inline bool scan_is_own(const struct scan *scan, enum scan_action action)
{
    return action >= SCAN_QUOTE && scan->depth == (action == SCAN_OPEN ? 2 : 1);
}

/* Returns how many of the bytes are plain string content (ASCII without quotes, backslashes and
 * control characters). In state SCAN_IN_STRING they need no symfeed_scan_byte(). */
size_t symfeed_scan_plain(const unsigned char *data, size_t size);

#if SYMFEED_FAST

struct scan_run {
    size_t tokens; /* how many may start; reduced by those that did */
    /* Of what is scan_is_own(), the last of each; 0: none. */
    size_t name;      /* bytes up to the text of a name */
    size_t value;     /* bytes up to a value, with its first one */
    size_t value_end; /* bytes up to the end of a string, object or array */
    bool named;       /* the last byte ended such a name */
};

/* Reads bytes until the value is complete or the caller has to decide: up to a byte that ends the
 * value early, is an error, or may nest too deeply or start too many tokens; give that byte to
 * symfeed_scan_byte(). Also stops after each name that is scan_is_own(), so that in an object at
 * most one value of its own starts and one ends. Returns the bytes read. */
size_t symfeed_scan_run(struct scan *scan, const unsigned char *data, size_t size,
                        struct scan_run *run);

#endif

/* Continues after SCAN_ERROR with brackets and strings only, to find the likely end of the broken
 * value. Give the byte that was not read again. */
void symfeed_scan_recover(struct scan *scan);

/* Tells that another scanner has read the value that this scanner expects. */
void symfeed_scan_value_done(struct scan *scan);

#endif
