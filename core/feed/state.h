/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - the feed's memory: what feed.c works on and config.c lays out.
 *
 *   start --> LIST --found--> READ <----------------------+
 *              |               | |                        |
 *              |               | +-- 200, ackId, all taken: it comes into force
 *              |               | +-- failed, refused, no ackId: wait, same ackId
 *           none found         | +-- 400 or 404 by a gateway: the same; LOOK if it goes on
 *              |               |
 *              |              400 or 404 by the agent
 *              |               +-- 1st: LOOK --not listed--> LIST
 *              |               |          +-- listed, no answer: READ, same ackId
 *              |               +-- 2nd: READ without an ackId
 *              |               +-- 3rd in a row: DELETE --> LIST
 *              v
 *            CREATE
 *              |
 *              +-- 2xx: READ
 *              +-- 403: wait, LIST; or, once and where it is allowed:
 *                  RECLAIM_LIST --> RECLAIM_DELETE --> CREATE
 *              +-- failed: wait, LIST, since the feed may have been made
 *
 *   401 anywhere: fetch tokens (session.h), same goal. Any other failure anywhere: wait, same goal.
 *
 * A datahose has but READ, and HEALTH before the next try of one that was refused or failed again;
 * the agent's 400 to a read: READ without an ackId. A legacy feed has CREATE and READ; the agent's
 * 400 to a read, or no byte of an answer: CREATE. A task of one call has that call for its goal,
 * and is over after it.
 */
#ifndef SYMFEED_STATE_H
#define SYMFEED_STATE_H

#include "feed/verdict.h"
#include "feed/backoff.h"
#include "event/batch.h"
#include "http/connection.h"
#include "json/tokens.h"
#include "feed/dedup.h"
#include "symfeed.h"

/* What the feed is after. */
enum goal {
    GOAL_LIST,
    GOAL_CREATE,
    GOAL_READ,
    GOAL_LOOK,         /* whether a feed that a read was refused by is still listed */
    GOAL_DELETE,       /* of a feed that refused three reads in a row */
    GOAL_RECLAIM_LIST, /* for the oldest feed of all */
    GOAL_RECLAIM_DELETE,
    GOAL_HEALTH,
    GOAL_VERSION
};

/* What was done, since the last good read, about reads that the agent refused. In this order. */
enum doubt {
    NO_DOUBT,
    LOOKED_FOR,  /* the list was asked for the feed: it is read again with the same ackId */
    WITHOUT_ACK, /* it is read again without one */
    FROM_START /* it was deleted, or is another one, or the list said nothing: LOOKED_FOR is next */
};

enum stopping { STOPPING_NOT, STOPPING_AFTER_BATCH, STOPPING_NOW, STOPPED };

struct symfeed {
    /* Small members come first: they are within reach of the short load instructions. */
    uint8_t task;      /* enum symfeed_task */
    uint8_t goal;      /* enum goal */
    uint8_t step;      /* without tokens: the call of signing in to make, see session.h */
    uint8_t stopping;  /* enum stopping */
    bool over;         /* the one call of the task has been made, well or not */
    bool failed;       /* not */
    bool busy;         /* an connection is under way */
    bool waiting;      /* nothing to do before the deadline */
    bool unauthorized; /* 401 has been answered since the last good answer */
    bool reclaim;
    bool sent;        /* the request at hand has been sent */
    bool started;     /* the port has been asked for randomness */
    bool have_tokens; /* credentials are there and were not refused */
    bool found;       /* the answer at hand has what was asked for */
    uint8_t doubt;    /* enum doubt */
    bool reclaimed;   /* a feed was deleted for this one since the last good read */
    bool in_hand;     /* an event is with the application */
    bool refused;     /* and was refused */
    bool given_up;    /* or is there for the last time */
    bool again;       /* once the wait is over it is handed out again */
    bool batch_open;  /* events of an unfinished batch were handed out */
    bool ack_pending; /* the ackId in force has not reached the agent yet, as far as is known */
    uint8_t poisoned; /* how often that event was refused */
    uint8_t max_refusals;

    uint32_t refusals; /* since the last complete batch */
    uint16_t feed_id_size;
    uint16_t ack_size;  /* bytes of the ackId in force; 0: none */
    uint16_t dead_size; /* bytes of the id of a feed that is gone, in its place; 0: none */
    const struct symfeed_port *port;
    uint32_t deadline;         /* of symfeed_deadline() */
    uint32_t least;            /* that the next wait after a failure takes */
    uint32_t stop_deadline;    /* with STOPPING_NOW */
    uint32_t handed_out;       /* when the event in hand was */
    struct allowance renewals; /* of tokens, at once */
    struct allowance losses;   /* of feeds, met at once */
    uint32_t drained;          /* bytes of an answer's body that nobody wants */
    uint32_t elements;         /* seen in the answer at hand */
#if SYMFEED_JSON
    struct symfeed_json_tokens tokens; /* of the event in hand, or of a feed in a list */
#endif
    size_t window_size; /* bytes of the event window, connection.out */
    struct backoff backoff;
    struct backoff empty; /* of answers without events that came at once */
    hash_word hash_key[2];
    struct symfeed_counters counters;
    struct connection connection;
    struct batch batch;
#if SYMFEED_DEDUP > 0
    uint64_t event;  /* hash of the event in hand */
    uint64_t poison; /* hash of the event refused last */
#endif
#if SYMFEED_JSON
    int64_t created; /* createdAt: of the feed that was found; RECLAIM_LIST: of the oldest so far */
#endif
    struct symfeed_timers timers;
    struct agent agent;
#if SYMFEED_ONE_SHOT
    struct text target; /* id of the feed to delete */
#endif
#if SYMFEED_PROXY
    struct proxy proxy;
#endif

#if SYMFEED_DEDUP > 0
    struct dedup dedup;
#endif
    char ack[SYMFEED_ACK_ID_SIZE];      /* in force, as JSON text. A legacy feed: the cookie */
    char next_ack[SYMFEED_ACK_ID_SIZE]; /* of the batch being read. A legacy feed: the header line,
                                         * since cookies are long */
    char feed_id[SYMFEED_FEED_ID_SIZE]; /* decoded; not terminated */
    /* From here on: wiped when the feed stops. */
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

/* Is it one call that the task is made of? */
static inline bool feed_is_call(const struct symfeed *feed)
{
    return SYMFEED_ONE_SHOT && feed->task >= SYMFEED_TASK_LIST;
}

#endif
