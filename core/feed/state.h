/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - the memory of a feed: the states of connection, session, feed and delivery, and the
 * data they work on.
 *
 * Depends on: the types of the headers below, and none of their functions.
 * Guarantees: each state has one owner, the only file that changes it; config.c sets the first one.
 *   The owner's header has the picture of the states; the feed's is the table in feed.c.
 */
#ifndef SYMFEED_STATE_H
#define SYMFEED_STATE_H

#include "event/batch.h"
#include "feed/backoff.h"
#include "feed/dedup.h"
#include "http/connection.h"
#include "symfeed.h"

/* The longest wait and the longest limit, in milliseconds: SYMFEED_TIME_AHEAD has room for it. */
#define FEED_DAY 86400000u

/* The feed's states; owned by feed.c. */
enum feed_state {
    FEED_FIND,
    FEED_CREATE,
    FEED_READ,
    FEED_LOOK,        /* look whether the feed whose read was refused is still listed */
    FEED_READ_LISTED, /* it is: read again, with the same ackId */
    FEED_READ_BARE,   /* refused again: read without an ackId */
    FEED_DELETE,      /* refused a third time. For this call and the next two any answer will do */
    FEED_RECLAIM_DELETE,
    FEED_HEALTH,       /* of a datahose */
    FEED_RECLAIM_FIND, /* the oldest feed of all */
    FEED_HOSE_START,   /* a datahose, without an ackId */
    FEED_HOSE_READ,
    FEED_LEGACY_CREATE,
    FEED_LEGACY_READ,
    FEED_LIST, /* from here on: one-shot tasks; FEED_CREATE can be one, too */
    FEED_REMOVE,
    FEED_SHOW_HEALTH,
    FEED_SHOW_VERSION,
    FEED_DONE,   /* the call of a one-shot task succeeded */
    FEED_FAILED, /* the call of a one-shot task failed */
    FEED_ANY,    /* in the table: any state */
    FEED_SAME    /* in the table: the state does not change */
};

/* Which token comes next; owned by session.c. */
enum session_state {
    SESSION_NONE,    /* session token at the pod, or both tokens from the port */
    SESSION_VERSION, /* ask whether the agent needs a key manager token */
    SESSION_KEY,     /* key manager token */
    SESSION_GOOD     /* the tokens have not been refused */
};

/* The batch and its events; owned by delivery.c. */
enum delivery_state {
    DELIVERY_NONE,    /* nothing to acknowledge */
    DELIVERY_DUE,     /* all accepted; the agent may not have the current ackId yet */
    DELIVERY_OPEN,    /* events of an incomplete batch were handed out, none is current */
    DELIVERY_OUT,     /* the current event is with the application */
    DELIVERY_LAST,    /* the same, for the last time: refusing it has no effect but at the end */
    DELIVERY_REFUSED, /* the application has refused the current event */
    DELIVERY_KEPT /* refused; handed out again from the window, since a legacy feed sends it once */
};

/* Running or stopping; owned by feed.c. */
enum run_state { RUN_NEW, RUN_ON, RUN_TO_BATCH_END, RUN_STOPPING, RUN_STOPPED };

struct symfeed {
    /* Small members come first, where short load instructions reach them. */
    uint8_t task;     /* enum symfeed_task */
    uint8_t state;    /* enum feed_state */
    uint8_t session;  /* enum session_state */
    uint8_t delivery; /* enum delivery_state */
    uint8_t run;      /* enum run_state */
    bool waiting;     /* until the deadline, in any state */
    bool refused;     /* a 401 came since the last good answer: limits the sign-ins */
    bool lost;        /* a read was refused since the last good one: limits the creation of feeds */
    bool reclaimed; /* a feed was deleted for this one since the last good read: only one may be */
    bool reclaim;   /* as configured */
    bool found;     /* the current answer has what was asked for */
    uint8_t max_refusals;
    uint8_t refused_count; /* refusals of the event that was refused last */
    uint16_t dead_size; /* bytes of the id of a feed that is gone, in place of the ackId; 0: none */
    struct backoff backoff; /* after failed calls */
    const struct symfeed_port *port;
    uint32_t deadline;       /* of symfeed_deadline() */
    uint32_t stop_deadline;  /* with RUN_STOPPING */
    uint32_t handed_out;     /* when the current event was handed out */
    uint32_t refusals;       /* since the last complete batch */
    uint32_t drained;        /* bytes read of a body that are of no use */
    uint32_t elements;       /* seen in the current answer */
    struct allowance losses; /* of feeds, without a wait */
    struct symfeed_counters counters;
    struct backoff rest; /* waits although no call has failed, see timers.pause */
    hash_word hash_key[2];
#if SYMFEED_JSON
    struct symfeed_json_tokens tokens; /* of the event in the window, or of a feed in a list */
#endif
    /* connection.out is the event window; connection.request has the feed's id and the current
     * ackId. */
    struct connection connection;
    struct batch batch;
#if SYMFEED_DEDUP > 0
    uint64_t event_hash;   /* of the event in the window */
    uint64_t refused_hash; /* of the event that was refused last */
#endif
#if SYMFEED_JSON
    int64_t created; /* createdAt of the feed that was found, or of the oldest when reclaiming */
#endif
    struct symfeed_timers timers;
    struct agent agent;
#if SYMFEED_PROXY
    struct proxy proxy;
#endif
#if SYMFEED_DEDUP > 0
    struct dedup dedup;
#endif
    char ack[SYMFEED_ACK_ID_SIZE];      /* current ackId, JSON text. A legacy feed: the cookie */
    char feed_id[SYMFEED_FEED_ID_SIZE]; /* decoded; not terminated */
    /* From here on: wiped when the feed stops. */
    char next_ack[SYMFEED_ACK_ID_SIZE]; /* of the batch being read. A legacy feed: the header line,
                                         * since cookies are long */
    char session_token[SYMFEED_SESSION_TOKEN_SIZE]; /* must be followed by the other token */
    char key_manager_token[SYMFEED_KEY_MANAGER_TOKEN_SIZE];
    char line[SYMFEED_LINE_SIZE];
    unsigned char in[SYMFEED_RECEIVE_SIZE];
};

static inline bool feed_is_datahose(const struct symfeed *feed)
{
    return SYMFEED_DATAHOSE &&
           (feed->task == SYMFEED_TASK_DATAHOSE || feed->task == SYMFEED_TASK_FANOUT);
}

static inline bool feed_is_legacy(const struct symfeed *feed)
{
    return SYMFEED_LEGACY && feed->task == SYMFEED_TASK_LEGACY;
}

/* Is it a one-shot task? */
static inline bool feed_is_one_shot(const struct symfeed *feed)
{
    return SYMFEED_ONE_SHOT && feed->task >= SYMFEED_TASK_LIST;
}

/* Returns the current call. */
static inline enum symfeed_call feed_call(const struct symfeed *feed)
{
    return (enum symfeed_call)feed->connection.request.call;
}

static inline uint32_t feed_now(const struct symfeed *feed)
{
    return feed->port->now(feed->port->context);
}

#endif
