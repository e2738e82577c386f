/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - reads a body of any size, in pieces of any size, and puts one element at a time into a
 * window. An element is an event of {"events":[...],"ackId":"..."}, a feed of a list, or the object
 * that is the whole body.
 *
 * Depends on: scanner, tokens, string, hash.
 * Guarantees: bounded work for each byte, except for one pass over the window when cutting starts;
 *   never writes beyond the window and the ackId buffer; an element that is cut stays well-formed.
 */
#ifndef SYMFEED_BATCH_H
#define SYMFEED_BATCH_H

#include "json/scanner.h"
#include "json/tokens.h"
#include "symfeed_config.h"
#include "util/hash.h"

/*
 * An element that fits is copied as it came. One that does not fit - larger than the window, more
 * tokens than the table, nested too deeply - is cut: a filter rewrites what is in the window, in
 * place, and then each further byte. The filter shortens long strings (at the start of a character,
 * never inside an escape or a surrogate pair), drops members that still do not fit, and reserves
 * room for every bracket it has opened, so that the text can be closed at any point. room_for() and
 * begin_string() decide how much may go where.
 *
 * Meanwhile noted[], in the order of SYMFEED_NOTED_NAMES, records where the members are that
 * identify an event, in the text as it is handed out.
 *
 * A malformed element is kept as it comes from the first error on; its brackets tell where it ends.
 * A malformed envelope ends the body.
 */

/* What a body consists of. */
enum batch_shape {
    BATCH_OBJECT,   /* one element: the whole body */
    BATCH_LIST,     /* elements in an array */
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

#if SYMFEED_JSON

struct batch {
    /* Small members come first, where short load instructions reach them. */
    uint8_t shape; /* enum batch_shape */
    uint8_t name;  /* current member of the envelope: enum name of batch.c */
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
    bool high_surrogate;  /* the last escape was the first half of a pair */
    uint8_t own_left;     /* members of the event itself that have room reserved */
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
    struct symfeed_value *value; /* the current one, whose end has not come yet; NULL: none */

    /* The filter. */
    size_t member;        /* start of the current member in the window */
    size_t member_tokens; /* tokens before it */
    size_t string;        /* start of the current string in the window; while not cutting: a name */
    size_t string_limit;  /* where it must end */
    size_t character;     /* start of its current character */

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
    uint8_t name;      /* current member: enum name of batch_plain.c */
    uint8_t own_depth; /* of the members that matter */
    uint8_t depth;
    char last; /* last byte of the structure */
    bool over; /* the body is complete */
    bool in_string;
    bool escaped; /* the last byte was a backslash */
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
/* Skips the byte order mark that some servers send before a body, against RFC 8259, 8.1. Moves *at
 * behind it. Returns false if the mark is incomplete. */
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

/* Starts a body. The window (SYMFEED_WINDOW_MIN bytes or more) and the ackId buffer are in use
 * until the end of the body. `key` is the key of the hash, if there is one (SYMFEED_DEDUP). */
void symfeed_batch_init(struct batch *batch, enum batch_shape shape, char *window,
                        size_t window_size, size_t max_tokens, char *ack, uint16_t ack_room,
                        const hash_word key[2]);

/* Reads bytes of the body; *taken is how many. */
enum batch_result symfeed_batch_feed(struct batch *batch, const unsigned char *data, size_t size,
                                     size_t *taken);

/* Is the body complete if it ends here? */
bool symfeed_batch_whole(const struct batch *batch);

/* Tells, before the first byte, that the body belongs to an error status. */
static inline void batch_expect_error(struct batch *batch)
{
    batch->shape = BATCH_ERROR;
    batch->in_elements = false;
}

/* With BATCH_ERROR: is the body complete and from the agent? A gateway's page or JSON is not. */
static inline bool batch_is_error(const struct batch *batch)
{
    return batch->shape == BATCH_ERROR && batch->named == (BATCH_CODE | BATCH_MESSAGE) &&
           symfeed_batch_whole(batch);
}

#endif
