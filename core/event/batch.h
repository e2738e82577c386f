/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - cut one element at a time out of a body that streams by.
 *
 * A body of any size goes in, in pieces of any size; what comes out is one element at a time, in a
 * window given by the caller. An element is an event of {"events":[...],"ackId":"..."}, a feed of a
 * bare list, or the one object that a body is.
 *
 * An element that fits is copied as it came. One that does not - larger than the window, more
 * tokens than the table, nested too deep - is cut: what the window holds by then goes once more
 * through a filter, in place, and so does the rest as it comes. The filter shortens long strings
 * (at a character's start, never inside an escape or a surrogate pair), drops members that still
 * do not fit, and leaves room for every bracket it has opened, so that what remains is well-formed
 * at every point. How much may go where is in room_for() and begin_string().
 *
 * On the way it notes where the members are that an event is told by (noted[], in the order of
 * SYMFEED_NOTED_NAMES), in the text as it is handed out.
 *
 * A malformed element is kept as it came, from the byte on that broke it, and finds its end by
 * its brackets; a malformed envelope ends the body.
 *
 * Knows: scan, json (to compare names), repeats (the hash), and the names `events`, `ackId`,
 * `token`, `code` and `message`.
 * Promises: bounded work per byte but for the one pass over the window when cutting begins; never
 * writes beyond the window and the ackId buffer.
 */
#ifndef SYMFEED_BATCH_H
#define SYMFEED_BATCH_H

#include "json/scanner.h"
#include "json/tokens.h"
#include "symfeed_config.h"
#include "util/hash.h"

/* What a body is made of. */
enum batch_shape {
    BATCH_OBJECT,   /* one element: the whole body */
    BATCH_LIST,     /* elements in an array */
    BATCH_ENVELOPE, /* elements in the array `events` of an object that has an `ackId` as well */
    BATCH_TOKEN,    /* no elements; the member `token` of an object takes the place of the ackId */
    BATCH_ERROR     /* no elements; an object with the members of the agent's errors */
};

enum batch_result {
    BATCH_MORE,    /* all bytes taken */
    BATCH_ELEMENT, /* an element is complete; bytes may be left */
    BATCH_BROKEN   /* the body is not JSON of this shape */
};

/* What became of the ackId. */
enum batch_ack {
    BATCH_ACK_NONE,    /* absent, null, empty or not a string */
    BATCH_ACK_WHOLE,   /* in the buffer: its JSON text, without the quotes */
    BATCH_ACK_TOO_LONG /* does not fit */
};

#if SYMFEED_JSON

struct batch {
    /* Small members come first: they are within reach of the short load instructions. */
    uint8_t shape; /* enum batch_shape */
    uint8_t name;  /* the envelope's member at hand: enum name of batch.c */
    bool in_element;
    bool in_elements;  /* between the brackets of the array that holds them */
    uint8_t ack_state; /* enum batch_ack */
    uint8_t named;     /* bits of enum batch_named */
    uint8_t mark;      /* bytes of the mark before the body; 3: it is over, or there is none */

    /* The element; valid after BATCH_ELEMENT until the next call. */
    bool truncated;
    bool malformed;

    /* The filter. */
    bool cutting;
    bool skipping;        /* the member at skip_depth is dropped */
    bool string_cut;      /* the rest of the string is dropped */
    bool high_surrogate;  /* the escape before was the first half of a pair */
    uint8_t own_left;     /* members of the event itself that room is kept for */
    uint8_t skip_depth;   /* depth of the container whose member is dropped */
    uint16_t escape_code; /* value of the digits of \uXXXX seen so far */

    uint16_t ack_room; /* bytes at ack */
    uint16_t ack_size; /* bytes of the ackId there */
    char *ack;
    char *window;
    size_t window_size;
    size_t max_tokens;

    /* The element. */
    size_t size;                               /* bytes in the window */
    size_t tokens;                             /* tokens in the window's text */
    struct symfeed_value noted[SYMFEED_NOTED]; /* valid as `truncated` is */
    struct symfeed_value *value; /* the one at hand, whose end is still to come; NULL: none */

    /* The filter. */
    size_t member;        /* where the member at hand begins in the window */
    size_t member_tokens; /* tokens before it */
    size_t string;        /* where the string at hand begins in the window; uncut: a name */
    size_t string_limit;  /* where it must end */
    size_t character;     /* where its character at hand begins */

    struct scan envelope; /* the body around the elements */
    struct scan element;  /* the element */
    uint64_t bytes;       /* bytes received */
#if SYMFEED_DEDUP > 0
    hash_word key[2]; /* of the hash */
    struct hash hash; /* of the element's text as received; whole after BATCH_ELEMENT */
#endif
};

#else

struct batch {
    uint8_t shape;     /* enum batch_shape */
    uint8_t name;      /* the member at hand: enum name of batch_plain.c */
    uint8_t own_depth; /* of the members that matter */
    uint8_t depth;
    char last; /* of the structure */
    bool over; /* the body is whole */
    bool in_string;
    bool escaped; /* the byte before was a backslash */
    bool in_element;
    bool in_elements;  /* between the brackets of the array that holds them */
    uint8_t ack_state; /* enum batch_ack */
    uint8_t named;     /* bits of enum batch_named */
    uint8_t mark;      /* bytes of the mark before the body; 3: it is over, or there is none */

    /* The element; valid after BATCH_ELEMENT until the next call. */
    bool truncated;
    bool malformed;

    uint16_t ack_room; /* bytes at ack */
    uint16_t ack_size; /* bytes of the ackId there */
    uint32_t objects;  /* a bit for each open bracket: it is an object's */
    uint32_t deep;     /* brackets beyond SYMFEED_DEPTH */
    char *ack;
    char *window;
    size_t window_size;
    size_t size;      /* bytes in the window */
    uint64_t bytes;   /* bytes received */
#if SYMFEED_DEDUP > 0
    hash_word key[2]; /* of the hash */
    struct hash hash; /* of the element's text as received; whole after BATCH_ELEMENT */
#endif
};

#endif

/* Members of the agent's errors (schema V2Error, which requires both), as bits of `named`. */
enum batch_named { BATCH_CODE = 1, BATCH_MESSAGE = 2 };
/* Passes over the byte order mark that some put before a body, against the rule (RFC 8259, 8.1).
 * Moves *at behind it, and answers false where it is but a part of one. */
static inline bool batch_pass_mark(struct batch *batch, const unsigned char *data, size_t size,
                                   size_t *at)
{
    while (*at < size && batch->mark < 3) {
        if (data[*at] != (unsigned char)"\xEF\xBB\xBF"[batch->mark]) {
            if (batch->mark > 0) {
                ++*at;
                return false;
            }
            batch->mark = 3;
            break;
        }
        ++*at;
        batch->mark++;
    }
    return true;
}

/* Begins a body. The window (SYMFEED_WINDOW_MIN or more) and the ackId buffer stay in use till the
 * body's end. `key` keys the hash, where there is one (SYMFEED_DEDUP). */
void symfeed_batch_init(struct batch *batch, enum batch_shape shape, char *window,
                        size_t window_size, size_t max_tokens, char *ack, uint16_t ack_room,
                        const hash_word key[2]);

/* Takes bytes of the body; *taken tells how many. */
enum batch_result symfeed_batch_feed(struct batch *batch, const unsigned char *data, size_t size,
                                     size_t *taken);

/* The body has ended here: is it whole? */
bool symfeed_batch_whole(const struct batch *batch);

/* Before the first byte: the status is that of an error, and so will be the body. */
static inline void batch_expect_error(struct batch *batch)
{
    batch->shape = BATCH_ERROR;
    batch->in_elements = false;
}

/* BATCH_ERROR: is it whole, and the agent's own? A gateway's page, or its JSON, is not. */
static inline bool batch_is_error(const struct batch *batch)
{
    return batch->shape == BATCH_ERROR && batch->named == (BATCH_CODE | BATCH_MESSAGE) &&
           symfeed_batch_whole(batch);
}

#endif
