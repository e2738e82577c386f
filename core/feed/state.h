/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - the memory of a feed: the states of its lives and what they work on.
 *
 * Depends on: the types of the files below. Guarantees: knows no function of the files that work on
 * it. Who changes which state is said at each; the pictures are in the owners' headers, that of
 * the feed is at the table of feed.c.
 */
#ifndef SYMFEED_STATE_H
#define SYMFEED_STATE_H

#include "event/batch.h"
#include "feed/backoff.h"
#include "feed/dedup.h"
#include "http/connection.h"
#include "symfeed.h"

/* What the feed does; owned by feed.c. */
enum feed_state {
    FEED_FIND,
    FEED_CREATE,
    FEED_READ,
    FEED_LOOK,        /* is the feed whose read was refused still listed? */
    FEED_READ_LISTED, /* it is: read again, with the same ackId */
    FEED_READ_BARE,   /* refused again: read without an ackId */
    FEED_DELETE,      /* refused a third time */
    FEED_RECLAIM_DELETE,
    FEED_HEALTH,       /* of a datahose. Of these three calls any answer will do */
    FEED_RECLAIM_FIND, /* the oldest feed of all */
    FEED_HOSE_START,   /* a datahose, without an ackId */
    FEED_HOSE_READ,
    FEED_LEGACY_CREATE,
    FEED_LEGACY_READ,
    FEED_LIST, /* from here on: tasks of one call, as is one with FEED_CREATE */
    FEED_REMOVE,
    FEED_SHOW_HEALTH,
    FEED_SHOW_VERSION,
    FEED_DONE,   /* the one call of the task was made, and answered */
    FEED_FAILED, /* or not */
    FEED_ANY,    /* in the table: each state */
    FEED_SAME    /* in the table: no other state */
};

/* Where the tokens come from next; owned by session.c. */
enum session_state {
    SESSION_NONE,    /* session token at the pod, or both tokens from the port */
    SESSION_VERSION, /* does the agent need a key manager token? */
    SESSION_KEY,     /* key manager token */
    SESSION_GOOD     /* the tokens have not been refused */
};

/* The batch and its events; owned by delivery.c. */
enum delivery_state {
    DELIVERY_NONE,    /* nothing to acknowledge */
    DELIVERY_DUE,     /* all accepted: the ackId in force has not reached the agent, as far as is
                       * known */
    DELIVERY_OPEN,    /* events of a batch that is not whole yet were handed out, none is out now */
    DELIVERY_OUT,     /* one is with the application, which accepts it by coming back */
    DELIVERY_LAST,    /* the same, whatever the application says of it */
    DELIVERY_REFUSED, /* it is with the application, which has refused it */
    DELIVERY_KEPT /* refused, to be handed out again: of a legacy feed it would not come again */
};

/* How far the feed's own life has come; owned by feed.c. */
enum run_state { RUN_NEW, RUN_ON, RUN_TO_BATCH_END, RUN_STOPPING, RUN_STOPPED };

struct symfeed {
    /* Small members come first: they are within reach of the short load instructions. */
    uint8_t task;     /* enum symfeed_task */
    uint8_t state;    /* enum feed_state */
    uint8_t session;  /* enum session_state */
    uint8_t delivery; /* enum delivery_state */
    uint8_t run;      /* enum run_state */
    bool waiting;     /* until the deadline: whatever the state is */
    bool refused;     /* 401 was answered since the last good answer: limits signing in */
    bool lost;        /* the agent refused a read since the last good one: limits making feeds */
    bool reclaimed;   /* a feed was deleted for this one since the last good read: once is enough */
    bool reclaim;     /* as configured */
    bool found;       /* the answer at hand has what was asked for */
    uint8_t max_refusals;
    uint8_t refused_count; /* refusals of the event refused last */
    uint16_t dead_size; /* bytes of the id of a feed that is gone, in place of the ackId; 0: none */
    struct backoff backoff;
    const struct symfeed_port *port;
    uint32_t deadline;         /* of symfeed_deadline() */
    uint32_t stop_deadline;    /* with RUN_STOPPING */
    uint32_t handed_out;       /* when the event in the window was */
    uint32_t refusals;         /* since the last complete batch */
    uint32_t drained;          /* bytes of an error's body */
    uint32_t elements;         /* seen in the answer at hand */
    struct allowance renewals; /* of tokens, at once */
    struct allowance losses;   /* of feeds, met at once */
    struct symfeed_counters counters;
    struct backoff empty; /* of answers without events that came at once */
    hash_word hash_key[2];
#if SYMFEED_JSON
    struct symfeed_json_tokens tokens; /* of the event in the window, or of a feed in a list */
#endif
    /* connection.out is the event window; connection.request has the id of the feed and the ackId
     * in force. */
    struct connection connection;
    struct batch batch;
#if SYMFEED_DEDUP > 0
    uint64_t event_hash;   /* of the event in the window */
    uint64_t refused_hash; /* of the event refused last */
#endif
#if SYMFEED_JSON
    int64_t created; /* createdAt: of the feed that was found; the oldest so far when reclaiming */
#endif
    struct symfeed_timers timers;
    struct agent agent;
#if SYMFEED_PROXY
    struct proxy proxy;
#endif
#if SYMFEED_DEDUP > 0
    struct dedup dedup;
#endif
    char ack[SYMFEED_ACK_ID_SIZE];      /* in force, as JSON text. A legacy feed: the cookie */
    char feed_id[SYMFEED_FEED_ID_SIZE]; /* decoded; not terminated */
    /* From here on: wiped when the feed stops. */
    char next_ack[SYMFEED_ACK_ID_SIZE]; /* of the batch being read. A legacy feed: the header line,
                                         * since cookies are long */
    char session_token[SYMFEED_SESSION_TOKEN_SIZE]; /* the other one stays behind it */
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

/* Is the task made of one call? */
static inline bool feed_is_one_shot(const struct symfeed *feed)
{
    return SYMFEED_ONE_SHOT && feed->task >= SYMFEED_TASK_LIST;
}

/* The call at hand. */
static inline enum symfeed_call feed_call(const struct symfeed *feed)
{
    return (enum symfeed_call)feed->connection.request.call;
}

static inline uint32_t feed_now(const struct symfeed *feed)
{
    return feed->port->now(feed->port->context);
}

#endif
