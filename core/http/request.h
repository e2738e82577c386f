/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - write one HTTP/1.1 request, a buffer at a time.
 *
 * All calls come out of one set of templates, so that a token of any length goes through a buffer
 * of any length, and a request can be written again from its beginning.
 * Depends on: url, base64, bytes; the paths, headers and bodies of agent, pod and key manager.
 * Guarantees: a value is encoded for where it stands (path, query, JSON); one that goes into a
 * header as it is was checked when it came in.
 */
#ifndef SYMFEED_REQUEST_H
#define SYMFEED_REQUEST_H

#include "http/response.h"
#include "http/url.h"
#include "util/bytes.h"

/* Where a call goes. */
enum role { ROLE_AGENT, ROLE_POD, ROLE_KEY_MANAGER };

#if SYMFEED_SIGN_IN
#define SYMFEED_ROLES 3
#else
#define SYMFEED_ROLES 1
#endif

/* The hosts and the feed's settings: fixed at init, but for the user and the cookie. */
struct agent {
    struct host hosts[SYMFEED_ROLES]; /* by enum role */
    struct text tag;                  /* empty: none */
    struct text user;
#if SYMFEED_DATAHOSE
    struct text types;  /* names between commas; empty: none */
    struct text scopes; /* likewise */
    bool fanout;        /* type fanout, not datahose */
    bool default_tag;   /* what `tag` holds is to follow "datahose-" */
#endif
#if SYMFEED_LEGACY
    struct cookie cookie; /* for the legacy calls */
#endif
    const char *session_token;     /* during SYMFEED_CALL_SESSION: the JWT */
    const char *key_manager_token; /* empty: no header. During SYMFEED_CALL_KEY: the JWT */
    uint8_t sign_in;               /* enum symfeed_sign_in */
    bool include_invisible;
    bool no_presence;
};

struct request {
    const struct agent *agent;
    struct text feed;            /* id, for the calls on one feed */
    struct text ack;             /* ackId as JSON text, for reads */
    const char *next;            /* rest of the template of the current part */
    size_t offset;               /* bytes of the value at `next` already written */
    uint8_t part;                /* enum part of request.c */
    uint8_t call;                /* enum symfeed_call */
    bool all_feeds;              /* SYMFEED_CALL_LIST: without the tag */
    bool bare;                   /* without tokens */
    char trace[7];               /* X-Trace-Id, or a JWT's id; NUL-terminated */
    char number[SYMFEED_DIGITS]; /* Content-Length, or when a JWT ends */
    uint8_t number_size;         /* 0: none */
};

/* Is it a call that reads events? */
static inline bool request_is_read(enum symfeed_call call)
{
    return call >= SYMFEED_CALL_READ && call <= SYMFEED_CALL_LEGACY_READ;
}

/* To which of the agent's hosts a call goes. */
#if SYMFEED_SIGN_IN
enum role symfeed_request_role(enum symfeed_call call);
#else
static inline enum role symfeed_request_role(enum symfeed_call call)
{
    (void)call;
    return ROLE_AGENT;
}
#endif

/* Does the call usually need no tokens, so that it is sent without them at first? */
static inline bool request_is_open(enum symfeed_call call)
{
    return (SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE) &&
           (call == SYMFEED_CALL_HEALTH || call == SYMFEED_CALL_VERSION);
}

/* Goes to the beginning of the request, in which agent, feed, ack, call, all_feeds and bare are
 * filled in, and draws a new trace id from the port's random source. */
void symfeed_request_begin(struct request *request, const struct symfeed_port *port);

/* Writes as much as fits, an encoded character always whole. Answers the bytes written, 0 at the
 * end. `size` is at least 3. */
size_t symfeed_request_fill(struct request *request, char *out, size_t size);

/* Writes the claims of a JWT (RFC 7519, 4) for the agent's user to `out`, all of them or as much as
 * fits; answers the bytes written. `ends` is in seconds since 1970. Each has an id of its own, also
 * within one second: a JWT is good for one call. */
size_t symfeed_request_claims(struct request *request, const struct symfeed_port *port,
                              uint32_t ends, char *out, size_t size);

/* Writes the request that has a proxy open a tunnel to a host (RFC 9110, 9.3.6) to `out`, which has
 * room for SYMFEED_WINDOW_MIN bytes: host and port twice, 344 of credentials, less than 100 of our
 * own. Answers the bytes written. */
size_t symfeed_request_tunnel(const struct proxy *proxy, const struct host *host, char *out);

#endif
