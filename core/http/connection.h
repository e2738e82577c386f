/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.h - one request and its answer over the port's connection: connects, through a proxy
 * if there is one, starts TLS, sends, receives, keeps the connection, and runs the timers.
 *
 * Depends on: the port's functions, request, response, url.
 * Guarantees: never blocks; one connection at a time; at most SYMFEED_CONNECTION_STEPS port calls
 * in one step; a request is sent only if nothing has arrived before it.
 */
#ifndef SYMFEED_CONNECTION_H
#define SYMFEED_CONNECTION_H

#include "http/response.h"
#include "http/request.h"
#include "symfeed.h"

#define SYMFEED_CONNECTION_STEPS 32

/* The states of a connection; connection.c has the picture. After IDLE, a call is under way. */
enum connection_state {
    CONNECTION_CLOSED, /* no connection */
    CONNECTION_IDLE,   /* kept for the next request */
    CONNECTION_CONNECTING,
    CONNECTION_ASKING_PROXY,    /* to open a tunnel to the host */
    CONNECTION_PROXY_ANSWERING, /* reading the proxy's answer */
    CONNECTION_SECURING,
    CONNECTION_CHECKING, /* that nothing has come before the request */
    CONNECTION_SENDING,
    CONNECTION_AWAITING, /* the request is sent, no byte of the answer has arrived */
    CONNECTION_RECEIVING
};

enum connection_result {
    CONNECTION_WAIT,    /* wait until `deadline`, or until the connection is ready for `wants` */
    CONNECTION_SENT,    /* the whole request has been sent */
    CONNECTION_BODY,    /* `body` holds body_size bytes: read some or all, and advance both */
    CONNECTION_DONE,    /* the answer is complete */
    CONNECTION_FAILED,  /* the connection is closed; `failure` says why */
    CONNECTION_REFUSED, /* the same, by the proxy: see response.status and Retry-After */
    /* Only between the functions of connection.c: */
    CONNECTION_AGAIN, /* repeat the call on a new connection */
    CONNECTION_GO_ON  /* make the next step at once */
};

struct connection {
    /* Small members come first, where short load instructions reach them. */
    uint8_t state;      /* enum connection_state */
    uint8_t reached;    /* last state that the current or last call reached */
    uint8_t attempt;    /* enum attempt of connection.c */
    uint8_t wants;      /* SYMFEED_WANTS_* */
    uint8_t extensions; /* how often the state's timer restarted */
    uint8_t failure;    /* enum symfeed_report_code: what ended the last call */
    bool same;      /* a new connection must go to the same address, see struct symfeed_endpoint */
    uint16_t cause; /* of NO_CONNECTION, see struct symfeed_report */
    uint16_t in_size;
    uint16_t in_taken;
    const struct symfeed_port *port;
    const struct agent *agent;
    const struct proxy *proxy;
    struct cookie *cookie;   /* kept from the host's answers; NULL: none */
    const struct host *host; /* host of the connection, or of the next one */
    const struct symfeed_timers *timers;
    struct symfeed_counters *counters;
    unsigned char *in; /* receive buffer */
    const unsigned char *body;
    size_t body_size;
    char *out; /* output buffer: the event window, which is free while a request is sent */
    size_t out_room;
    size_t out_size;
    size_t out_sent;
    uint32_t sent_at;        /* when the request was sent */
    uint32_t byte_at;        /* when the last byte arrived, or the state was entered if later */
    uint32_t bytes;          /* received until then, see `traffic` of the port */
    uint32_t progress_at;    /* when SYMFEED_PROGRESS_BYTES had arrived, or the state was entered */
    uint32_t progress_bytes; /* `bytes` at that time */
    uint32_t deadline;
    struct response response;
    struct request request;
};

/* Starts the request in connection->request. The connection must be idle or closed. */
void symfeed_connection_begin(struct connection *connection);

/* Makes the next steps. */
enum connection_result symfeed_connection_step(struct connection *connection);

/* Closes the connection and ends the call. */
void symfeed_connection_abort(struct connection *connection);

/* Is an answer being received, with its head complete? */
bool symfeed_connection_has_head(const struct connection *connection);

/* Moves the timers by the time that the application took: the peer is not to blame for it. */
void symfeed_connection_forgive(struct connection *connection, uint32_t milliseconds);

/* Is a call under way? */
static inline bool connection_is_busy(const struct connection *connection)
{
    return connection->state > CONNECTION_IDLE;
}

/* Has the whole request of the current call been sent? */
static inline bool connection_is_sent(const struct connection *connection)
{
    return connection->state >= CONNECTION_AWAITING;
}

/* The same for a call that may have ended. */
static inline bool connection_was_sent(const struct connection *connection)
{
    return connection->reached >= CONNECTION_AWAITING;
}

/* Is this host reached through the proxy? */
static inline bool connection_needs_proxy(const struct connection *connection)
{
    return SYMFEED_PROXY && !connection->host->direct;
}

/* Did the last call fail at the proxy, or on the connection to it? */
static inline bool connection_failed_at_proxy(const struct connection *connection)
{
    return connection_needs_proxy(connection) && connection->reached <= CONNECTION_PROXY_ANSWERING;
}

#endif
