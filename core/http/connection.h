/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.h - one request and its answer over the port's connection.
 *
 * Opens and secures the connection where none to that host is open, through the proxy where there
 * is one, sends, receives, and keeps it for the next request where nothing speaks against that: any
 * doubt closes it. Runs the timers.
 *
 * Knows: the port's calls, request, response, url. Not what is asked or answered, but by the proxy.
 * Promises: never blocks; one connection at a time; at most SYMFEED_CONNECTION_STEPS calls for the
 * connection in one step; no request goes out on a connection on which anything has come that
 * nobody asked for; a kept connection that dies before the first byte of an answer is replaced
 * once, at once - but for a create, which might make two feeds, and for signing in: a JWT is good
 * for one call. These are replaced, too, where the server cannot have seen the request.
 */
#ifndef SYMFEED_CONNECTION_H
#define SYMFEED_CONNECTION_H

#include "http/response.h"
#include "http/request.h"
#include "symfeed.h"

#define SYMFEED_CONNECTION_STEPS 32

enum connection_result {
    CONNECTION_WAIT,   /* nothing to do before `deadline` or the connection is ready for `wants` */
    CONNECTION_SENT,   /* the request has been handed to the network whole */
    CONNECTION_BODY,   /* `body` holds body_size bytes: take some or all, moving both on */
    CONNECTION_DONE,   /* the answer is complete */
    CONNECTION_FAILED, /* the connection is closed; `failure` says why */
    CONNECTION_REFUSED /* the same; the proxy would not, with http.status and perhaps Retry-After */
};

struct connection {
    /* Small members come first: they are within reach of the short load instructions. */
    uint8_t phase;      /* enum phase of connection.c */
    uint8_t wants;      /* SYMFEED_WANTS_* */
    bool open;          /* the port has a connection */
    bool renew;         /* should it fail before an answer comes, a fresh one takes over at once */
    bool unseen;        /* the server has not seen the request */
    bool port_renewed;  /* the port has asked for that, which it may once for each request */
    bool at_proxy;      /* what failed last was the way to the proxy, or its answer */
    bool sent;          /* the request has been handed to the network whole */
    bool answered;      /* at least a byte of the answer has come */
    uint8_t extensions; /* how often the phase was given its time again */
    bool same; /* for a new connection no other address will do, see struct symfeed_endpoint */
    uint8_t failure; /* enum symfeed_report_code: what ended the last call */
    uint16_t cause;  /* of NO_CONNECTION, see struct symfeed_report */
    uint16_t in_size;
    uint16_t in_taken;
    const struct symfeed_port *port;
    const struct agent *agent;
    const struct proxy *proxy;
    struct cookie *cookie;   /* kept of the host's answers; NULL: none */
    const struct host *host; /* whom the connection is to, or is to be to */
    const struct symfeed_timers *timers;
    struct symfeed_counters *counters;
    unsigned char *in; /* receive buffer */
    const unsigned char *body;
    size_t body_size;
    char *out; /* output buffer: the event window, which is free while a request is sent */
    size_t out_room;
    size_t out_size;
    size_t out_sent;
    uint32_t phase_start; /* when the phase began, or the last byte came */
    uint32_t sent_at;     /* when the request had been sent */
    uint32_t traffic;     /* bytes received, as last looked at */
    uint32_t progress_at; /* when the phase began, or the last SYMFEED_PROGRESS_BYTES were whole */
    uint32_t progress_bytes; /* `traffic` then */
    uint32_t deadline;
    struct response response;
    struct request request;
};

/* Begins the request in connection->request. */
void symfeed_connection_begin(struct connection *connection);

/* Goes on with it. */
enum connection_result symfeed_connection_step(struct connection *connection);

/* Ends it, wherever it is, and closes the connection. */
void symfeed_connection_abort(struct connection *connection);

/* Is a request under way? */
static inline bool connection_is_busy(const struct connection *connection)
{
    return connection->phase != 0;
}

/* Has the request been handed to the network whole? */
bool symfeed_connection_sent(const struct connection *connection);

/* Is an answer being read whose head is complete? */
bool symfeed_connection_has_head(const struct connection *connection);

/* Time that passed outside of the feed's control is not held against the peer. */
void symfeed_connection_forgive(struct connection *connection, uint32_t milliseconds);

#endif
