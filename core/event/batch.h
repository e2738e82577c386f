/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - reads a body of any size, in pieces of any size, and puts one element at a time into a
 * window: whole; or cut, but well-formed; or malformed, as it came.
 *
 * Depends on: json/ and the hash.
 * Guarantees: bounded work for each byte, except for one pass over the window when cutting starts
 *   and one over each string that is cut; never writes beyond the window and the ackId buffer.
 */
#ifndef SYMFEED_BATCH_H
#define SYMFEED_BATCH_H

#include "json/scanner.h"
#include "json/tokens.h"
#include "symfeed_config.h"
#include "util/hash.h"

/* What a body consists of. */
enum batch_shape {
    BATCH_OBJECT,   /* one element: the whole body, such as a feed that was created */
    BATCH_LIST,     /* elements in an array: feeds */
    BATCH_ENVELOPE, /* elements in the array `events` of an object that has an `ackId` as well */
    BATCH_TOKEN,    /* no elements; the member `token` of an object is kept like an ackId */
    BATCH_ERROR     /* no elements; an object with the members of the agent's errors */
};

enum batch_result {
    BATCH_MORE,    /* all bytes are read */
    BATCH_ELEMENT, /* an element is complete; some bytes may not be read yet */
    BATCH_BROKEN   /* the body is not JSON of this shape */
};

/* The ackId of a body. */
enum batch_ack {
    BATCH_ACK_NONE,    /* absent, null, empty or not a string */
    BATCH_ACK_WHOLE,   /* in the buffer: its JSON text, without the quotes */
    BATCH_ACK_TOO_LONG /* does not fit */
};

/* The states of a body; batch.c has the picture. From COPYING on, an element is being read. */
enum batch_state {
    BATCH_BEFORE,     /* nothing has arrived, or a part of a byte order mark */
    BATCH_AROUND,     /* outside of the array of elements */
    BATCH_BETWEEN,    /* where an element may start */
    BATCH_OVER,       /* the body is complete */
    BATCH_COPYING,    /* the element is copied to the window as it comes */
    BATCH_CUTTING,    /* the element is too large: it goes through the filter */
    BATCH_DROPPING,   /* the same, skipping a member that does not fit */
    BATCH_SHORTENING, /* the same, skipping the rest of a long string */
    BATCH_MALFORMED   /* the element is kept as it comes, up to its likely end */
};

#if SYMFEED_JSON

struct batch {
    /* Small members come first, where short load instructions reach them. */
    uint8_t state;     /* enum batch_state */
    uint8_t shape;     /* enum batch_shape */
    uint8_t name;      /* current member of the envelope: enum name of batch.c */
    uint8_t ack_state; /* enum batch_ack */
    uint8_t named;     /* bits of enum batch_named */

    /* The element; valid after BATCH_ELEMENT until the next call. */
    bool truncated;
    bool malformed;

    /* The filter. */
    uint8_t own_left;   /* members of the event itself that have room reserved */
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
    struct symfeed_value *value; /* the current one, whose end has not come yet; NULL: none */

    /* The filter. */
    size_t member;        /* start of the current member in the window */
    size_t member_tokens; /* tokens before it */
    size_t string;        /* start of the current string in the window; while not cutting: a name */
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
    uint8_t name;      /* current member: enum name of batch_plain.c */
    uint8_t own_depth; /* of the members that matter */
    uint8_t depth;
    char last; /* last byte of the structure */
    bool in_string;
    bool escaped;      /* the last byte was a backslash */
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

/* --- what batch.c and batch_plain.c share ------------------------------------------------- */

/* Reads a byte before the body, if it belongs to the byte order mark that some servers send,
 * against RFC 8259, 8.1. *starts: the body starts at *at. Returns false if the mark is incomplete.
 */
static inline bool batch_pass_mark(struct batch *batch, const unsigned char *data, size_t *at,
                                   bool *starts)
{
    static const unsigned char mark[] = {0xEF, 0xBB, 0xBF};
    bool good = data[*at] == mark[batch->size];

    *starts = !good && batch->size == 0;
    if (*starts) {
        return true;
    }
    ++*at;
    *starts = good && ++batch->size == sizeof mark;
    return good;
}

/* Starts the ackId. */
static inline void batch_begin_ack(struct batch *batch)
{
    batch->ack_size = 0;
    batch->ack_state = BATCH_ACK_NONE;
}

/* Keeps a byte of the ackId, if it fits. */
static inline void batch_keep_ack(struct batch *batch, unsigned char byte)
{
    if (batch->ack_size < batch->ack_room) {
        batch->ack[batch->ack_size++] = (char)byte;
        batch->ack_state = BATCH_ACK_WHOLE;
    } else {
        batch->ack_state = BATCH_ACK_TOO_LONG;
    }
}

/* --- functions ---------------------------------------------------------------------------- */

/* Starts a body. The window (SYMFEED_WINDOW_MIN bytes or more) and the ackId buffer are in use
 * until the end of the body. `key` is the key of the hash, if there is one (SYMFEED_DEDUP). */
void symfeed_batch_init(struct batch *batch, enum batch_shape shape, char *window,
                        size_t window_size, size_t max_tokens, char *ack, uint16_t ack_room,
                        const hash_word key[2]);

/* Reads bytes of the body; *taken is how many. */
enum batch_result symfeed_batch_feed(struct batch *batch, const unsigned char *data, size_t size,
                                     size_t *taken);

/* Is the body complete if it ends here? */
static inline bool batch_is_whole(const struct batch *batch)
{
    return batch->state == BATCH_OVER;
}

/* Tells, before the first byte, that the body belongs to an error status. */
static inline void batch_expect_error(struct batch *batch)
{
    batch->shape = BATCH_ERROR;
}

/* With BATCH_ERROR: is the body complete and from the agent? A gateway's page or JSON is not. */
static inline bool batch_is_error(const struct batch *batch)
{
    return batch->shape == BATCH_ERROR && batch_is_whole(batch) &&
           (batch->named & (BATCH_CODE | BATCH_MESSAGE)) == (BATCH_CODE | BATCH_MESSAGE);
}

#endif
