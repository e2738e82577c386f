/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - cut one element at a time out of a body that streams by.
 *
 * A body of any size goes in, in pieces of any size; one element at a time comes out, in a window
 * given by the caller: whole, or cut but well-formed, or malformed as it came.
 * Depends on: json/ and the hash. Guarantees: bounded work per byte, but for one pass over the
 * window when cutting begins and one over each string that is cut; never writes beyond the window
 * and the ackId buffer.
 */
#ifndef SYMFEED_BATCH_H
#define SYMFEED_BATCH_H

#include "json/scanner.h"
#include "json/tokens.h"
#include "symfeed_config.h"
#include "util/hash.h"

/* What a body is made of. */
enum batch_shape {
    BATCH_OBJECT,   /* one element: the whole body, such as a feed that was created */
    BATCH_LIST,     /* elements in an array: feeds */
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

/* The life of a body; batch.c has the picture. From COPYING on an element is on its way. */
enum batch_state {
    BATCH_BEFORE,     /* nothing has come, or a part of a byte order mark */
    BATCH_AROUND,     /* outside of the array that has the elements */
    BATCH_BETWEEN,    /* where an element may begin */
    BATCH_OVER,       /* the body is whole */
    BATCH_COPYING,    /* the element goes into the window as it comes */
    BATCH_CUTTING,    /* it is too large: it goes through the filter */
    BATCH_DROPPING,   /* so it does, and a member that does not fit is passed over */
    BATCH_SHORTENING, /* so it does, and the rest of a long string is passed over */
    BATCH_MALFORMED   /* it is kept as it comes, up to where it probably ends */
};

/* The byte order mark that some put before a body, against the rule (RFC 8259, 8.1). */
#define BATCH_MARK      "\xEF\xBB\xBF"
#define BATCH_MARK_SIZE 3

#if SYMFEED_JSON

struct batch {
    /* Small members come first: they are within reach of the short load instructions. */
    uint8_t state;     /* enum batch_state */
    uint8_t shape;     /* enum batch_shape */
    uint8_t name;      /* the envelope's member at hand: enum name of batch.c */
    uint8_t ack_state; /* enum batch_ack */
    uint8_t named;     /* bits of enum batch_named */

    /* The element; valid after BATCH_ELEMENT until the next call. */
    bool truncated;
    bool malformed;

    /* The filter. */
    uint8_t own_left;   /* members of the event itself that room is kept for */
    uint8_t drop_depth; /* depth of the container whose member is dropped */

    uint16_t ack_room; /* bytes at ack */
    uint16_t ack_size; /* bytes of the ackId there */
    char *ack;
    char *window;
    size_t window_size;
    size_t max_tokens;

    /* The element. */
    size_t size;   /* bytes in the window; before the body: of the mark */
    size_t tokens; /* tokens in the window's text */
    struct symfeed_value noted[SYMFEED_NOTED]; /* valid as `truncated` is */
    struct symfeed_value *value; /* the one at hand, whose end is still to come; NULL: none */

    /* The filter. */
    size_t member;        /* where the member at hand begins in the window */
    size_t member_tokens; /* tokens before it */
    size_t string;        /* where the string at hand begins in the window; uncut: a name */
    size_t string_limit;  /* where it must end */

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
    uint8_t state;     /* enum batch_state, without those of the filter */
    uint8_t shape;     /* enum batch_shape */
    uint8_t name;      /* the member at hand: enum name of batch_plain.c */
    uint8_t own_depth; /* of the members that matter */
    uint8_t depth;
    char last; /* of the structure */
    bool in_string;
    bool escaped;      /* the byte before was a backslash */
    uint8_t ack_state; /* enum batch_ack */
    uint8_t named;     /* bits of enum batch_named */

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
    size_t size;      /* bytes in the window; before the body: of the mark */
    uint64_t bytes;   /* bytes received */
#if SYMFEED_DEDUP > 0
    hash_word key[2]; /* of the hash */
    struct hash hash; /* of the element's text as received; whole after BATCH_ELEMENT */
#endif
};

#endif

/* Members of the agent's errors (schema V2Error, which requires both), as bits of `named`, where
 * each name of a list has the bit of its number. */
enum batch_named { BATCH_CODE = 1, BATCH_MESSAGE = 2 };

/* Begins a body. The window (SYMFEED_WINDOW_MIN or more) and the ackId buffer stay in use till the
 * body's end. `key` keys the hash, where there is one (SYMFEED_DEDUP). */
void symfeed_batch_init(struct batch *batch, enum batch_shape shape, char *window,
                        size_t window_size, size_t max_tokens, char *ack, uint16_t ack_room,
                        const hash_word key[2]);

/* Takes bytes of the body; *taken tells how many. */
enum batch_result symfeed_batch_feed(struct batch *batch, const unsigned char *data, size_t size,
                                     size_t *taken);

/* The body has ended here: is it whole? */
static inline bool batch_is_whole(const struct batch *batch)
{
    return batch->state == BATCH_OVER;
}

/* Before the first byte: the status is that of an error, and so will be the body. */
static inline void batch_expect_error(struct batch *batch)
{
    batch->shape = BATCH_ERROR;
}

/* BATCH_ERROR: is it whole, and the agent's own? A gateway's page, or its JSON, is not. */
static inline bool batch_is_error(const struct batch *batch)
{
    return batch->shape == BATCH_ERROR && batch_is_whole(batch) &&
           (batch->named & (BATCH_CODE | BATCH_MESSAGE)) == (BATCH_CODE | BATCH_MESSAGE);
}

#endif
