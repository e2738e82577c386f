/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response.h - read one HTTP/1.1 answer, a few bytes at a time.
 *
 * Depends on: RFC 9112 (framing) and RFC 9110 (fields), bytes; not on agents and connections.
 * Guarantees: it takes a strict subset and refuses the rest, since an answer that can be read in
 * two ways is how requests are smuggled: lines end with CR LF, no folded fields, one framing, named
 * once, no content coding. A head of any size goes through a small line buffer: a line that does
 * not fit is passed over, unless it matters. Bounded work per byte; no copy of the body.
 */
#ifndef SYMFEED_RESPONSE_H
#define SYMFEED_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

enum response_result {
    RESPONSE_MORE, /* all bytes taken, the answer goes on */
    RESPONSE_BODY, /* some of the bytes are body */
    RESPONSE_DONE, /* the answer is complete; bytes left over are not part of it */
    RESPONSE_BAD   /* not an answer in the subset */
};

/* The one cookie that is kept of what answers set: that by which a load balancer sends a client to
 * the same agent again. */
struct cookie {
    const char *name; /* the name it must have; NULL: one that holds one of SYMFEED_COOKIE_NAMES */
    char *at;         /* NAME=VALUE; not terminated */
    uint16_t room;    /* bytes at `at` */
    uint16_t size;    /* bytes in use; 0: none */
};

struct response {
    char *line;            /* buffer for the current line, set by the caller */
    struct cookie *cookie; /* set by the caller; NULL: none is kept */
    uint16_t line_room;    /* bytes at line, 64 or more, set by the caller */
    bool head_only;        /* set by the caller: no body follows, whatever the head says */
    bool close;            /* the server closes the connection after this answer */
    bool contradicts;      /* a status without a body came with the length of one */
    /* From here on: cleared before each head, also behind an interim answer. */
    uint8_t state;        /* enum state of response.c */
    bool line_cut;        /* the line is longer than there is room */
    bool carriage_return; /* the byte before was CR */
    uint8_t body_state;   /* what the fields say of the body: the state behind the head */
    bool minor_version_0; /* HTTP/1.0 */
    uint16_t line_size;   /* bytes of the line, capped */
    uint16_t status;      /* status code, once the status line is there */
    uint16_t coding_size; /* bytes of the name of a coding that is refused, at line; 0: none */
#if SYMFEED_RETRY_AFTER
    uint32_t retry_seconds; /* Retry-After where it is a number; 0: none */
    uint32_t date;          /* Date, seconds since 1970 modulo 2^32; 0: none */
    uint32_t retry_date;    /* Retry-After where it is a date, likewise; 0: none */
#endif
    uint64_t left;    /* Content-Length, then bytes of body or chunk still to come */
    size_t body_size; /* with RESPONSE_BODY */
};

/* Is this a token (RFC 9110, 5.6.2), such as a cookie's name? */
bool symfeed_response_is_token(const char *text, size_t size);

/* Is this NAME=VALUE as it may stand in a Cookie header: the name a token, the value not empty and
 * visible ASCII without a semicolon? */
bool symfeed_response_is_cookie(const char *text, size_t size);

/* Begins an answer. The members that the caller sets stay as they are. */
void symfeed_response_begin(struct response *response);

/* Sets the line buffer, which is in use until the end of the answer, and begins an answer. */
static inline void symfeed_response_init(struct response *response, char *line, uint16_t line_room)
{
    response->line = line;
    response->line_room = line_room;
    symfeed_response_begin(response);
}

/* Reads bytes. *taken is how many it took, but for RESPONSE_BAD; with RESPONSE_BODY the last
 * response->body_size of them are body. */
enum response_result symfeed_response_feed(struct response *response, const unsigned char *data,
                                           size_t size, size_t *taken);

/* If the connection ends here, is the answer complete? */
bool symfeed_response_ends(const struct response *response);

/* Has the whole head been read, and is it the final one? */
bool symfeed_response_has_head(const struct response *response);

#if SYMFEED_RETRY_AFTER

/* The seconds that Retry-After asks to wait for, `now` being the wall clock or 0; 0: none. */
uint32_t symfeed_response_retry_after(const struct response *response, uint32_t now);

/* An RFC 9110 IMF-fixdate as seconds since 1970, modulo 2^32; 0 where it is not one. */
uint32_t symfeed_response_date(const char *text, size_t size);

#endif

#endif
