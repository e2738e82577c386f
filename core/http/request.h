/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - write one HTTP/1.1 request, a buffer at a time.
 *
 * All calls come out of one template, in which a percent sign and a letter stand for a value,
 * some of them empty for some calls. Tokens of any length so go through an output buffer of any
 * length, and the same request can be written again from its beginning.
 *
 * Knows: the paths, headers and bodies of agent, pod and key manager. What the answers mean is in
 * verdict.h. Promises: a value is encoded for where it stands (path, query, JSON); values that go
 * into a header as they are were checked when they came in.
 */
#ifndef SYMFEED_REQUEST_H
#define SYMFEED_REQUEST_H

#include "http/response.h"
#include "http/url.h"

/* Whom a call is made to. */
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
    const char *session_token; /* during SYMFEED_CALL_SESSION: the JWT to sign in with */
    const char
        *key_manager_token; /* empty: no header; during SYMFEED_CALL_KEY: the JWT to sign in with */
    uint8_t sign_in;        /* enum symfeed_sign_in */
    bool include_invisible;
    bool no_presence;
};

struct request {
    const struct agent *agent;
    struct text
        feed; /* id, for SYMFEED_CALL_READ, SYMFEED_CALL_DELETE and SYMFEED_CALL_LEGACY_READ */
    struct text ack;  /* ackId as JSON text, for SYMFEED_CALL_READ and SYMFEED_CALL_EVENTS */
    const char *next; /* rest of the template at hand */
    size_t offset;    /* bytes of the value at `next` already written */
    uint8_t call;     /* enum symfeed_call */
    bool all_feeds;   /* SYMFEED_CALL_LIST: without the tag */
    bool bare;        /* without tokens: there are none, or none yet */
    char trace[7];    /* X-Trace-Id, NUL-terminated */
    char length[10];  /* Content-Length */
    uint8_t length_size;
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

/* Is the call open to everybody, as a rule, so that it goes without tokens at first? */
static inline bool request_is_open(enum symfeed_call call)
{
    return (SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE) &&
           (call == SYMFEED_CALL_HEALTH || call == SYMFEED_CALL_VERSION);
}

/* Goes to the beginning of the request, in which agent, feed, ack, call, all_feeds and bare are
 * filled in, and draws a new trace id from the port's random source. */
void symfeed_request_begin(struct request *request, const struct symfeed_port *port);

/* Goes to the beginning of any template, with a new trace id. */
void symfeed_request_start(struct request *request, const struct symfeed_port *port,
                           const char *template);

/* Writes the next character of the template or of the value it stands at to `out`, which has room
 * for 3 bytes. Answers its bytes, 0 at the template's end. */
size_t symfeed_request_next(struct request *request, char *out);

/* Writes as much as fits, an encoded character always whole. Answers the bytes written, 0 at the
 * end. `size` is at least 3. */
size_t symfeed_request_fill(struct request *request, char *out, size_t size);

/* Writes the request that has a proxy open a tunnel to a host (RFC 9110, 9.3.6) to `out`, which has
 * room for SYMFEED_WINDOW_MIN bytes: host and port twice, 344 of credentials, less than 100 of our
 * own. Answers the bytes written. */
size_t symfeed_request_tunnel(const struct proxy *proxy, const struct host *host, char *out);

#endif
