/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - writes one HTTP/1.1 request, a buffer at a time, from templates.
 *
 * Depends on: url, base64, bytes; the paths, headers and bodies of agent, pod and key manager.
 * Guarantees: a token of any length fits through a buffer of any length; a request can be written
 *   again from its start; each value is encoded for its place (path, query, JSON), and a value that
 *   is written to a header as it is was checked before.
 */
#ifndef SYMFEED_REQUEST_H
#define SYMFEED_REQUEST_H

#include "http/response.h"
#include "http/url.h"
#include "util/bytes.h"

/* The server of a call. */
enum role { ROLE_AGENT, ROLE_POD, ROLE_KEY_MANAGER };

#if SYMFEED_SIGN_IN
#define SYMFEED_ROLES 3
#else
#define SYMFEED_ROLES 1
#endif

/* The hosts and the feed's settings: set by init; only the user and the cookie change later. */
struct agent {
    struct host hosts[SYMFEED_ROLES]; /* by enum role */
    struct text tag;                  /* empty: none */
    struct text user;
#if SYMFEED_DATAHOSE
    struct text types;  /* names between commas; empty: none */
    struct text scopes; /* the same */
    bool fanout;        /* type fanout, not datahose */
    bool default_tag;   /* "datahose-" is written before `tag` */
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
    const char *next;            /* rest of the current part's template */
    size_t offset;               /* bytes of the value at `next` already written */
    uint8_t part;                /* enum part of request.c */
    uint8_t call;                /* enum symfeed_call */
    bool all_feeds;              /* SYMFEED_CALL_LIST: without the tag */
    bool bare;                   /* without tokens */
    char trace[7];               /* X-Trace-Id, or a JWT's id; NUL-terminated */
    char number[SYMFEED_DIGITS]; /* Content-Length, or the expiry time of a JWT */
    uint8_t number_size;         /* 0: none */
};

/* Does the call read events? */
static inline bool request_is_read(enum symfeed_call call)
{
    return call >= SYMFEED_CALL_READ && call <= SYMFEED_CALL_LEGACY_READ;
}

/* Returns which of the agent's hosts a call goes to. */
#if SYMFEED_SIGN_IN
enum role symfeed_request_role(enum symfeed_call call);
#else
static inline enum role symfeed_request_role(enum symfeed_call call)
{
    (void)call;
    return ROLE_AGENT;
}
#endif

/* Does the build have calls that are sent without tokens first, because they usually need none? */
#define REQUEST_HAS_OPEN (SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE)

/* Is it such a call? */
static inline bool request_is_open(enum symfeed_call call)
{
    return REQUEST_HAS_OPEN && (call == SYMFEED_CALL_HEALTH || call == SYMFEED_CALL_VERSION);
}

/* Moves to the start of the request and makes a new trace id of the port's random bytes. agent,
 * feed, ack, call, all_feeds and bare must be set. */
void symfeed_request_begin(struct request *request, const struct symfeed_port *port);

/* Writes as much as fits, in whole encoded characters. Returns the bytes written, 0 at the end.
 * `size` is at least 3. */
size_t symfeed_request_fill(struct request *request, char *out, size_t size);

/* Writes the claims of a JWT (RFC 7519, 4) for the agent's user to `out`, cut if they do not fit.
 * Returns the bytes written. `ends` is in seconds since 1970. Each JWT has an id of its own, even
 * within one second, because it is valid for one call. */
size_t symfeed_request_claims(struct request *request, const struct symfeed_port *port,
                              uint32_t ends, char *out, size_t size);

/* Writes the request that opens a tunnel to a host through a proxy (RFC 9110, 9.3.6) to `out`,
 * which has room for SYMFEED_WINDOW_MIN bytes: host and port twice, 344 bytes of credentials, less
 * than 100 others. Returns the bytes written. */
size_t symfeed_request_tunnel(const struct proxy *proxy, const struct host *host, char *out);

#endif
