/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - write one HTTP/1.1 request, a buffer at a time.
 *
 * All Agent calls come out of one template, in which a percent sign and a letter stand for a value,
 * some of them empty for some calls. Tokens of any length so go through an output buffer of any
 * length, and the same request can be written again from its beginning.
 *
 * Knows: the Agent's paths, headers and bodies. What the answers mean is in agent.h.
 * Promises: a value is encoded for where it stands (path, query, JSON); values that go into a
 * header as they are were checked when they came in.
 */
#ifndef SYMFEED_REQUEST_H
#define SYMFEED_REQUEST_H

#include "symfeed_port.h"

enum call { CALL_LIST, CALL_CREATE, CALL_READ, CALL_DELETE };

/* A piece of text that somebody else owns. */
struct text {
    const char *at;
    size_t size;
};

/* The agent and the feed's settings: fixed at init. */
struct agent {
    struct symfeed_endpoint endpoint;
    struct text authority; /* for Host, as the URL has it */
    struct text path;      /* of the base, without a slash at its end */
    struct text tag;       /* empty: none */
    const char *session_token;
    const char *key_manager_token; /* empty: no header */
    bool secure;
    bool include_invisible;
    bool no_presence;
};

struct request {
    const struct agent *agent;
    struct text feed; /* id, for CALL_READ and CALL_DELETE */
    struct text ack;  /* ackId as JSON text, for CALL_READ */
    const char *next; /* rest of the template at hand */
    size_t offset;    /* bytes of the value at `next` already written */
    uint8_t call;     /* enum call */
    bool all_feeds;   /* CALL_LIST: without the tag */
    char trace[7];    /* X-Trace-Id, NUL-terminated */
    char length[10];  /* Content-Length */
    uint8_t length_size;
};

/* Goes to the beginning of the request, whose first five members are filled in, and draws a new
 * trace id from the port's random source. */
void symfeed_request_begin(struct request *request, const struct symfeed_port *port);

/* Writes as much as fits, an encoded character always whole. Answers the bytes written, 0 at the
 * end. `size` is at least 3. */
size_t symfeed_request_fill(struct request *request, char *out, size_t size);

#endif
