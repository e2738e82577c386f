/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response.h - reads one HTTP/1.1 answer (RFC 9112, RFC 9110), a few bytes at a time.
 *
 * Depends on: bytes.
 * Guarantees: accepts a strict subset, so that no answer can be read in two ways (request
 *   smuggling): lines end with CR LF, no folded fields, exactly one framing, no content coding. A
 *   head of any size fits through a small line buffer: a longer line is skipped, or the answer is
 *   refused if the line matters. Bounded work for each byte; the body is not copied.
 */
#ifndef SYMFEED_RESPONSE_H
#define SYMFEED_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

enum response_result {
    RESPONSE_MORE, /* all bytes are read, the answer continues */
    RESPONSE_BODY, /* some of the bytes are body */
    RESPONSE_DONE, /* the answer is complete; the other bytes are not part of it */
    RESPONSE_BAD   /* not an answer of the subset */
};

/* The only cookie that is kept: the one by which a load balancer sends a client to the same agent
 * again. */
struct cookie {
    const char *name; /* its name; NULL: any that contains one of SYMFEED_COOKIE_NAMES */
    char *at;         /* NAME=VALUE; not terminated */
    uint16_t room;    /* bytes at `at` */
    uint16_t size;    /* bytes in use; 0: none */
};

struct response {
    char *line;            /* buffer for the current line, set by the caller */
    struct cookie *cookie; /* set by the caller; NULL: none is kept */
    uint16_t line_room;    /* bytes at line, 64 or more, set by the caller */
    bool head_only;        /* set by the caller: there is no body, whatever the head says */
    bool close;            /* the server closes the connection after this answer */
    bool contradicts;      /* a status without a body came with the length of a body */
    /* From here on: cleared before each head, also after an interim answer. */
    uint8_t state;        /* enum state of response.c */
    bool line_cut;        /* the line is longer than the buffer */
    bool carriage_return; /* the last byte was CR */
    uint8_t body_state;   /* the state after the head, as the fields say */
    bool minor_version_0; /* HTTP/1.0 */
    uint16_t line_size;   /* bytes of the line, capped */
    uint16_t status;      /* status code, after the status line */
    uint16_t coding_size; /* bytes at line of the name of a refused coding; 0: none */
#if SYMFEED_RETRY_AFTER
    uint32_t retry_seconds; /* Retry-After, if it is a number; 0: none */
    uint32_t date;          /* Date, seconds since 1970 modulo 2^32; 0: none */
    uint32_t retry_date;    /* Retry-After, if it is a date, in the same form; 0: none */
#endif
    uint64_t left;    /* Content-Length, then the remaining bytes of the body or chunk */
    size_t body_size; /* with RESPONSE_BODY */
};

/* Is this a token (RFC 9110, 5.6.2), such as a cookie's name? */
bool symfeed_response_is_token(const char *text, size_t size);

/* Is this NAME=VALUE of a Cookie header? The name is a token, the value is not empty and visible
 * ASCII without a semicolon. */
bool symfeed_response_is_cookie(const char *text, size_t size);

/* Starts an answer. The members that the caller sets stay. */
void symfeed_response_begin(struct response *response);

/* Sets the line buffer, which is in use until the end of the answer, and starts an answer. */
static inline void symfeed_response_init(struct response *response, char *line, uint16_t line_room)
{
    response->line = line;
    response->line_room = line_room;
    symfeed_response_begin(response);
}

/* Reads bytes. *taken is how many, unless RESPONSE_BAD; with RESPONSE_BODY the last
 * response->body_size of them are body. */
enum response_result symfeed_response_feed(struct response *response, const unsigned char *data,
                                           size_t size, size_t *taken);

/* Is the answer complete if the connection ends here? */
bool symfeed_response_ends(const struct response *response);

/* Has the whole head been read, and is it the final one? */
bool symfeed_response_has_head(const struct response *response);

#if SYMFEED_RETRY_AFTER

/* Returns the seconds that Retry-After asks to wait; 0: none. `now` is the wall clock, or 0. */
uint32_t symfeed_response_retry_after(const struct response *response, uint32_t now);

/* Returns an IMF-fixdate (RFC 9110) as seconds since 1970, modulo 2^32; 0 if it is not one. */
uint32_t symfeed_response_date(const char *text, size_t size);

#endif

#endif
