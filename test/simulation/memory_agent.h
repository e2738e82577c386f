/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_agent.h - an Agent, those who hand out tokens, a proxy, a network and a clock in memory,
 * for tests of the whole client.
 *
 * A world is one feed, driven through the public API alone, with the port it runs on: a clock that
 * moves only between two calls of symfeed_next(), a network of one connection whose every trouble
 * can be ordered, an Agent that keeps feeds and events as the real one does, a pod and a key
 * manager who look at each JWT, and an HTTP proxy; each answers word for word what a test says
 * instead. Nothing is left to chance: the same test makes the same calls.
 *
 * The driver, world_step(), holds in every step of every test what is promised always:
 *  - no write outside of the feed's memory; the event is changed with SYMFEED_EVENT only
 *  - it never spins: with nothing done the deadline lies ahead, and never further than a timer
 *  - one connection at a time; a failed one is closed before anything else, one to another host too
 *  - no request is sent on a connection on which bytes have come that nobody asked for
 *  - requests are well-formed, are those of the task, go to their host and carry the tokens handed
 *    out last
 *  - each call to sign in has a JWT of its own, for the user at hand, with 240 seconds to live
 *    when it was made
 *  - an ackId is sent only when each event of its batch was handed out and taken; of a legacy feed,
 *    each event that has come is taken before the next call
 *  - an event comes as it was sent
 *  - no token, JWT, password or text of an event is in a log line, nor in memory after the stop
 * A breach ends the test through test_failed(), which each test program brings.
 */
#ifndef SYMFEED_MEMORY_AGENT_H
#define SYMFEED_MEMORY_AGENT_H

#include "symfeed.h"

/* A TUNNEL is what the proxy is asked for; ANY is each of the others. CREATE and READ are those of
 * the world's task: the v5 feed's, the datahose's, the legacy feed's. */
enum call_kind { ANY, LIST, CREATE, READ, DELETE, SESSION, INFO, KEY, TUNNEL, HEALTH, CALL_KINDS };

/* Whom a connection can be to. */
enum peer { PEER_AGENT, PEER_POD, PEER_KEY_MANAGER, PEER_PROXY, PEERS };

enum framing { BY_LENGTH, CHUNKED, BY_CLOSE };

/* What becomes of the connection behind an answer. */
enum after { KEEP, ENDS, RESETS };

/* Makes the bytes of a large body: `size` of them, the first being number `at`. */
typedef void (*body_maker)(uint64_t at, char *out, size_t size);

/* An answer that was ordered. Zeroed, it is what the Agent would have said by itself. */
struct reply {
    enum call_kind call;  /* to which call */
    unsigned times;       /* how often; 0: once */
    unsigned status;      /* 0: as the Agent says; the Agent hears of the request only then */
    const char *fields;   /* further header lines, each with its CR LF */
    const char *body;     /* with a status */
    const char *raw;      /* the whole answer, word for word, in place of all of the above */
    enum framing framing; /* of the Agent's own answer or of `body` */
    body_maker maker;     /* in place of `body` */
    uint64_t maker_size;
    bool cut;               /* only this much of the answer comes */
    size_t cut_at;          /* a cut answer is followed by silence unless `after` says otherwise */
    enum after after;       /* once that has been read */
    uint32_t delay;         /* milliseconds to the first byte */
    uint32_t gap;           /* milliseconds between two pieces; 0: all at once */
    size_t piece;           /* bytes of a piece; 0: 1 */
    const char *unasked;    /* bytes that nobody asked for, on the connection that is kept */
    uint32_t unasked_after; /* milliseconds from when the answer has been read */
};

/* A request as it came. */
struct seen {
    enum call_kind call;
    uint64_t time;
    unsigned connection;
    enum peer peer;    /* whom the request came to */
    bool tunnelled;    /* through the proxy */
    bool same;         /* the connection was to be to the address of the one before */
    unsigned instance; /* which of the Agents answers */
    bool has_key_manager_token;
    char cookie[SYMFEED_COOKIE_MAX + 64];
    char user[160]; /* of the JWT */
    char target[512];
    char feed[256]; /* percent-decoded */
    char ack[768];
    char body[1280];
};

/* How often a port call fails, and how. */
enum fault {
    FAULT_FAILS,      /* nothing is done */
    FAULT_AFTERWARDS, /* it is done, and then said to have failed */
    FAULT_ENDS        /* recv: the end of the stream; else as FAULT_FAILS */
};

#define MOST_EVENTS 4096
#define MOST_FEEDS  32
#define MOST_SEEN   256
#define FOR_EVER    UINT32_MAX

struct world {
    /* --- to be set between world_new() and world_start() --- */
    struct symfeed_config config;
    struct symfeed_port port;
    uint32_t clock_offset; /* port time at the beginning */
    uint32_t seed;

    /* --- the network, at any time --- */
    uint32_t connect_takes; /* milliseconds; FOR_EVER */
    uint32_t secure_takes;
    uint32_t send_takes;    /* before each piece */
    size_t send_piece;      /* bytes of one send; 0: any */
    size_t recv_piece;      /* the same for recv */
    size_t record;          /* bytes of an answer that can be read at once or not at all; 0: 1 */
    bool choppy;            /* each send and recv has to be waited for */
    unsigned connect_fails; /* that many connections are refused */
    unsigned secure_fails;  /* that many handshakes fail */
    unsigned secure_agains; /* that many with SYMFEED_IO_AGAIN */
    const char *greeting;   /* what the server says before it is asked */
    unsigned greets;        /* on so many new connections */
    unsigned credentials_fail;
    unsigned sign_fails;
    uint32_t fault_at;    /* this port call fails, counted from 1 */
    uint32_t fault_every; /* and each so-many-th after it */
    enum fault fault;

    /* --- the Agent, at any time --- */
    size_t batch_most;   /* events in a batch */
    uint32_t hold;       /* milliseconds a read without events is held */
    unsigned feeds_most; /* more are answered with 403 */
    unsigned valid_from; /* tokens of a lower number are answered with 401 */
    unsigned token;      /* number of the tokens handed out last */
    bool stale_tokens;   /* credentials() has no others */
    bool no_key_manager;
    bool full_tokens; /* each fills its room to the last byte */
    bool any_ack;     /* an unknown ackId is not answered with 400 */
    bool dead_stay_listed;
    bool ack_first;       /* "ackId" before "events" */
    uint32_t requeue;     /* milliseconds until what is not acknowledged comes again; 0: at once */
    unsigned instances;   /* LEGACY: so many Agents, each with feeds of its own; 0: one */
    const char *balancer; /* name of the cookie of a load balancer before them; NULL: each has an
                           * address of its own */
    const char *health;   /* the body of extended health */
    unsigned health_status; /* and its status */
    int64_t
        wall; /* wall clock, seconds; goes on with the time where the feed signs in; 0: not set */

    /* --- signing in, at any time --- */
    const char *claims;     /* of the session token */
    const char *version;    /* of the Agent */
    size_t session_size;    /* characters of the session token; 0: some */
    size_t key_size;        /* and of the key manager token */
    size_t signature_size;  /* bytes */
    const char *proxy_user; /* base64 of what the proxy must be told; NULL: nothing */
    const char *secrets[4]; /* that may be in no log line, nor in memory in the end */

    /* --- the application, at any time --- */
    bool (*refuses)(struct world *world, int number, const struct symfeed_event *event);
    uint32_t application_takes; /* milliseconds for each event */
    bool keeps_event_order;     /* checks that events first come in order */
    uint64_t longest_wait;      /* bound of a wait without a connection */

    /* --- what has happened --- */
    struct symfeed *feed;
    uint64_t time;
    uint32_t port_calls;
    unsigned connections;
    size_t seen_count;        /* all requests */
    struct seen *seen;        /* the first MOST_SEEN of them; moves as it grows */
    struct seen last_seen;    /* and the last one */
    size_t calls[CALL_KINDS]; /* how many of each kind; ANY: all */
    const char *cause;        /* words of the port for its failures; NULL: none */
    char *log;                /* all lines, each with its line end */
    size_t log_size;
    unsigned errors, warnings;
    unsigned handed[MOST_EVENTS]; /* how often an event was handed out */
    bool taken[MOST_EVENTS];
    size_t event_count;
    size_t taken_count;
    size_t lost_count; /* LEGACY: that did not come with the one answer that had them */
    unsigned credentials_calls;
    unsigned strangers; /* events handed out that the Agent does not know */
    uint64_t stranger_bytes;
    char last_text[8192]; /* of the event handed out last */
    struct symfeed_event last;
    enum symfeed_status status;
    uint64_t steps;
    uint64_t event_steps; /* events handed out, of all kinds */

    struct inside *inside;
};

/* A way to sign in that the build has. */
#define SOME_SIGN_IN (SYMFEED_KEY_SIGN_IN ? SYMFEED_SIGN_IN_BY_KEY : SYMFEED_SIGN_IN_BY_CERTIFICATE)

/* Is this way to sign in in the build? */
#define HAS_WAY(way)                                                                               \
    ((way) == SYMFEED_SIGN_IN_BY_KEY           ? SYMFEED_KEY_SIGN_IN                               \
     : (way) == SYMFEED_SIGN_IN_BY_CERTIFICATE ? SYMFEED_CERTIFICATE_SIGN_IN                       \
                                               : 1)

/* A world with nothing wrong: no tag, a window of 2048 bytes, an Agent without feeds. */
struct world *world_new(void);
/* The same for another task: a datahose of two types of events, a user for its tag. */
struct world *world_of(enum symfeed_task task);
/* Has it read at the Agent of the other one, whose events go to either. Each has its own clock. */
void world_share(struct world *world, struct world *other);
/* Has it sign in by itself; with `apart` pod and key manager are hosts of their own. */
void world_signs_in(struct world *world, enum symfeed_sign_in way, bool apart);
void world_start(struct world *world);
void world_free(struct world *world);

/* symfeed_renew(), after which JWTs must be for this user. */
enum symfeed_status world_renew(struct world *world, const char *user);

/* Events for the Agent to hand out: `count` ordinary ones, or one with this text, whose "id" must
 * be "e" and its number. */
void world_push(struct world *world, unsigned count);
void world_push_text(struct world *world, const char *text);

/* Feeds at the Agent. */
void world_add_feed(struct world *world, const char *id, const char *tag, int64_t created_at);
void world_kill_feeds(struct world *world);
bool world_has_feed(const struct world *world, const char *id);
unsigned world_live_feeds(const struct world *world);

/* Orders an answer: each request takes the first one ordered for its call. */
void world_reply(struct world *world, struct reply reply);
void world_forget_replies(struct world *world);

/* One symfeed_next(); with SYMFEED_WAIT the clock moves on to where something happens. */
enum symfeed_status world_step(struct world *world);
/* One symfeed_next() without the clock. */
enum symfeed_status world_next(struct world *world);
/* As many as there are in this time. */
void world_run(struct world *world, uint64_t milliseconds);
/* Whether every event is taken and acknowledged, or lost where that cannot be helped. */
bool world_is_settled(const struct world *world);
/* Until so many requests have come. */
void world_until_requests(struct world *world, size_t count);
/* Until every event is taken and acknowledged, or lost on a legacy feed's way; fails when that
 * takes longer than `most`. */
void world_settle(struct world *world, uint64_t most);
/* Until the single call is over: SYMFEED_STOPPED or SYMFEED_FAILED. */
enum symfeed_status world_over(struct world *world, uint64_t most);
/* Until SYMFEED_STOPPED; fails when that takes longer. */
void world_stop(struct world *world, enum symfeed_stop when, uint64_t most);

/* How many events are acknowledged. */
size_t world_acknowledged(const struct world *world);
bool world_logged(const struct world *world, const char *text);
/* The n-th request, from 0. One step may make several. */
const struct seen *world_seen(const struct world *world, size_t number);
/* The last one. */
const struct seen *world_last(const struct world *world);
size_t world_count(const struct world *world, enum call_kind call);
size_t world_memory(const struct world *world, const unsigned char **memory);
/* Is the text anywhere in the feed's memory? */
bool world_memory_has(const struct world *world, const char *text);
/* The tokens handed out last: up to MOST_TOKEN bytes with the NUL. */
#define MOST_TOKEN 8192
void world_session_token(const struct world *world, char *out);
void world_key_manager_token(const struct world *world, char *out);
uint32_t world_random(struct world *world);

/* Brought by each test program: ends the test. */
void test_failed(const char *why);

/* --- what most tests begin and end with -------------------------------------------------- */

/* An empty answer to this call, to be filled in. */
struct reply to(enum call_kind call);

/* A client in the middle of its work: three events taken, a read with their ackId under way. */
struct world *following(void);
/* The same of a world that is not started yet. */
struct world *follows(struct world *world);

/* The faults are over: five more events come, and everything is taken and acknowledged. Frees the
 * world. */
void ends_well(struct world *world);

#endif
