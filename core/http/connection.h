/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.h - one request and its answer over the port's connection.
 *
 * Opens and secures the connection, through the proxy where there is one, sends the request,
 * receives the answer, keeps the connection for the next request, and runs the timers.
 * Depends on: the port's calls, request, response, url.
 * Guarantees: never blocks; one connection at a time; at most SYMFEED_CONNECTION_STEPS port calls
 * in one step; a request is sent only where nothing has come before it.
 */
#ifndef SYMFEED_CONNECTION_H
#define SYMFEED_CONNECTION_H

#include "http/response.h"
#include "http/request.h"
#include "symfeed.h"

#define SYMFEED_CONNECTION_STEPS 32

/* The life of a connection; connection.c has the picture. Beyond IDLE a call is under way. */
enum connection_state {
    CONNECTION_CLOSED, /* there is none */
    CONNECTION_IDLE,   /* kept for the next request */
    CONNECTION_CONNECTING,
    CONNECTION_ASKING_PROXY,    /* to open a tunnel to the host */
    CONNECTION_PROXY_ANSWERING, /* what the proxy says to that */
    CONNECTION_SECURING,
    CONNECTION_CHECKING, /* that nothing has come before the request */
    CONNECTION_SENDING,
    CONNECTION_AWAITING, /* the request is sent, no byte of the answer has come */
    CONNECTION_RECEIVING
};

enum connection_result {
    CONNECTION_WAIT,    /* nothing to do before `deadline` or the connection is ready for `wants` */
    CONNECTION_SENT,    /* the request has been handed to the network whole */
    CONNECTION_BODY,    /* `body` holds body_size bytes: take some or all, moving both on */
    CONNECTION_DONE,    /* the answer is complete */
    CONNECTION_FAILED,  /* the connection is closed; `failure` says why */
    CONNECTION_REFUSED, /* likewise; the proxy refused, see response.status and Retry-After */
    /* Only between the functions of connection.c: */
    CONNECTION_AGAIN, /* a fresh connection takes over */
    CONNECTION_GO_ON  /* the next step can be made at once */
};

struct connection {
    /* Small members come first: they are within reach of the short load instructions. */
    uint8_t state;      /* enum connection_state */
    uint8_t reached;    /* the last state of the current or last call: where it failed */
    uint8_t attempt;    /* enum attempt of connection.c */
    uint8_t wants;      /* SYMFEED_WANTS_* */
    uint8_t extensions; /* how often the state was given its time again */
    uint8_t failure;    /* enum symfeed_report_code: what ended the last call */
    bool same;      /* a new connection must go to the same address, see struct symfeed_endpoint */
    uint16_t cause; /* of NO_CONNECTION, see struct symfeed_report */
    uint16_t in_size;
    uint16_t in_taken;
    const struct symfeed_port *port;
    const struct agent *agent;
    const struct proxy *proxy;
    struct cookie *cookie;   /* kept of the host's answers; NULL: none */
    const struct host *host; /* where the connection goes, or is to go */
    const struct symfeed_timers *timers;
    struct symfeed_counters *counters;
    unsigned char *in; /* receive buffer */
    const unsigned char *body;
    size_t body_size;
    char *out; /* output buffer: the event window, which is free while a request is sent */
    size_t out_room;
    size_t out_size;
    size_t out_sent;
    uint32_t sent_at;        /* when the request had been sent */
    uint32_t byte_at;        /* when the last byte came, or the state was entered after it */
    uint32_t bytes;          /* received until then, see `traffic` of the port */
    uint32_t progress_at;    /* when SYMFEED_PROGRESS_BYTES had come, or the state was entered */
    uint32_t progress_bytes; /* `bytes` then */
    uint32_t deadline;
    struct response response;
    struct request request;
};

/* Begins the request in connection->request. The connection is idle or closed. */
void symfeed_connection_begin(struct connection *connection);

/* Makes the next steps. */
enum connection_result symfeed_connection_step(struct connection *connection);

/* Closes the connection, which ends the call. */
void symfeed_connection_abort(struct connection *connection);

/* Is an answer being received whose head is complete? */
bool symfeed_connection_has_head(const struct connection *connection);

/* Time that the application took is not held against the peer. */
void symfeed_connection_forgive(struct connection *connection, uint32_t milliseconds);

/* Is a call under way? */
static inline bool connection_is_busy(const struct connection *connection)
{
    return connection->state > CONNECTION_IDLE;
}

/* Has its request been handed to the network whole? */
static inline bool symfeed_connection_sent(const struct connection *connection)
{
    return connection->state >= CONNECTION_AWAITING;
}

/* The same of a call that may be over. */
static inline bool connection_was_sent(const struct connection *connection)
{
    return connection->reached >= CONNECTION_AWAITING;
}

/* Had a byte of the answer come? */
static inline bool connection_was_answered(const struct connection *connection)
{
    return connection->reached == CONNECTION_RECEIVING;
}

/* Does the way to this host lead through the proxy? */
static inline bool connection_needs_proxy(const struct connection *connection)
{
    return SYMFEED_PROXY && !connection->host->direct;
}

/* Did the last call fail on the way to the proxy, or for the proxy's answer? */
static inline bool connection_failed_at_proxy(const struct connection *connection)
{
    return connection_needs_proxy(connection) && connection->reached <= CONNECTION_PROXY_ANSWERING;
}

#endif
