/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed.h - follows a Symphony datafeed in fixed memory: a feed, its events and their values.
 *
 * Depends on: a port (symfeed_port.h) for the network, the clock and random bytes; the sizes and
 *   features of symfeed_config.h.
 * Guarantees: no heap, no globals, no recursion. No failure of a server or of the network ends a
 *   feed. Each event of a feed that is acknowledged is handed out at least once.
 */
#ifndef SYMFEED_H
#define SYMFEED_H

/*
 * Usage
 *
 *     static unsigned char memory[SYMFEED_MEMORY(4096, 128)];
 *
 *     symfeed_init(&feed, &config, &port, memory, sizeof memory);
 *     for (;;) {
 *         switch (symfeed_next(feed, &event)) {
 *         case SYMFEED_EVENT:   handle(&event); break;
 *         case SYMFEED_WAIT:    wait for the connection or the deadline; break;
 *         case SYMFEED_STOPPED: return;
 *         }
 *     }
 */

/*
 * Conventions
 *  - Memory: all of it comes from the caller. SYMFEED_MEMORY() bytes are the only RAM that a feed
 *    uses besides the stack. Feeds are independent of each other. Only one thread may use a feed at
 *    a time.
 *  - Lifetime: the feed uses struct symfeed_port and the strings of struct symfeed_config in place.
 *    They must stay valid and unchanged until the feed has stopped. What symfeed_next() hands out
 *    lies in the feed's memory and is valid until the next call of symfeed_next() for this feed.
 *  - Units: sizes are in bytes. Times are in milliseconds of the port's monotonic clock, which may
 *    wrap.
 *  - Errors: symfeed_init() reports mistakes in the configuration. Every later failure is treated
 *    as transient: the feed reports it, waits and tries again. Only symfeed_stop() ends a feed.
 *  - Accepted: the event that symfeed_next() handed out last is the current event. The next call of
 *    symfeed_next() accepts it, unless symfeed_refuse() was called before. When all events of a
 *    batch are accepted, the feed acknowledges the batch, and the agent deletes those events.
 *  - Repeats: each event is handed out at least once. An exact repeat of an accepted event is
 *    discarded as long as the feed remembers the event (SYMFEED_DEDUP). A legacy feed has no
 *    acknowledgement and can lose events, see SYMFEED_TASK_LEGACY.
 *  - Queues: an event cannot be accepted later. An application that queues events copies each event
 *    before it calls symfeed_next() again; to flash or disk if the event has to survive a power
 *    cut, because the copy may then be the only one. While the queue is full, it does not call
 *    symfeed_next(): the current event stays valid, and the others wait at the agent. It does not
 *    refuse an event because the queue is full: refusals are counted, and the last one has no
 *    effect. See examples/queue.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"
#include "symfeed_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this header; symfeed_version() returns the library's. The number is
 * major * 1000000 + minor * 1000 + patch. */
#define SYMFEED_VERSION        "0.2.0"
#define SYMFEED_VERSION_NUMBER 2000

/* --- status ------------------------------------------------------------------------------- */

#if SYMFEED_PROXY
#define SYMFEED_BAD_PROXY_TEXT_                                                                    \
    "the proxy must be http://[user:password@]host[:port], percent-encoded"
#else
#define SYMFEED_BAD_PROXY_TEXT_ "no proxy in this build (SYMFEED_PROXY)"
#endif

/* Every status: name, text. The text of a mistake in the configuration says how to fix it. */
#define SYMFEED_STATUS_LIST(X)                                                                     \
    X(SYMFEED_OK, "ok")                                                                            \
    X(SYMFEED_EVENT, "an event is handed out")                                                     \
    X(SYMFEED_WAIT, "wait for the connection or the deadline")                                     \
    X(SYMFEED_STOPPED, "stopped")                                                                  \
    X(SYMFEED_FAILED, "the call failed")                                                           \
    X(SYMFEED_BAD_POINTER, "give feed, config, port and memory")                                   \
    X(SYMFEED_BAD_VERSION,                                                                         \
      "header and library differ: build both from one version with the same flags")                \
    X(SYMFEED_BAD_BUILD, "build library and application with the same sizes (-D, .config)")        \
    X(SYMFEED_BAD_PORT, "the port lacks a call that this configuration needs")                     \
    X(SYMFEED_BAD_AGENT, "the agent must be https://host[:port][/path], 1024 bytes at most")       \
    X(SYMFEED_BAD_SCHEME, "the agent must be https://; http:// must be allowed on purpose")        \
    X(SYMFEED_BAD_SIGN_IN, "no such sign-in in this build (SYMFEED_KEY_SIGN_IN, "                  \
                           "SYMFEED_CERTIFICATE_SIGN_IN)")                                         \
    X(SYMFEED_BAD_USER, "the user name must be 1 to 128 bytes, no control characters")             \
    X(SYMFEED_BAD_POD, "the pod or session authentication must be https://host[:port][/path]")     \
    X(SYMFEED_BAD_KEY_MANAGER, "the key manager must be https://host[:port][/path]")               \
    X(SYMFEED_BAD_PROXY, SYMFEED_BAD_PROXY_TEXT_)                                                  \
    X(SYMFEED_BAD_RECLAIM, "no reclaiming in this build (SYMFEED_RECLAIM)")                        \
    X(SYMFEED_BAD_TASK,                                                                            \
      "no such task in this build (SYMFEED_DATAHOSE, SYMFEED_LEGACY, SYMFEED_ONE_SHOT)")           \
    X(SYMFEED_BAD_TAG, "the tag must be 1 to 100 characters, datahose 80, no control characters")  \
    X(SYMFEED_BAD_TYPES, "the event types must be names between commas; a datahose needs one")     \
    X(SYMFEED_BAD_SCOPES, "the scopes must be names between commas")                               \
    X(SYMFEED_BAD_FEED_ID, "the feed id must be 1 to 1024 bytes, no control characters")           \
    X(SYMFEED_BAD_COOKIE, "the cookie must be NAME=VALUE in printable ASCII")                      \
    X(SYMFEED_BAD_WINDOW, "the event window must be 1024 to 1073741824 bytes")                     \
    X(SYMFEED_BAD_JSON_TOKENS, "the token table must have 32 to 16777216 tokens")                  \
    X(SYMFEED_BAD_MEMORY, "give symfeed_memory(config) bytes of memory")                           \
    X(SYMFEED_BAD_TIMER, "timers must be at most 86400000 ms, backoff_first within backoff_max")

#define SYMFEED_STATUS_NAME_(name, text) name,
enum symfeed_status { SYMFEED_STATUS_LIST(SYMFEED_STATUS_NAME_) SYMFEED_STATUS_COUNT };
#undef SYMFEED_STATUS_NAME_

/* Returns a status as one line of English, for people; "" without SYMFEED_MESSAGES. Static; never
 * NULL. */
const char *symfeed_status_text(enum symfeed_status status);

/* Writes a report as one line of English, for people, to `out` of `size` bytes (at least 1; 240 are
 * enough if the port gives no `detail`). The line is NUL-terminated, has no line end, and is cut if
 * it does not fit. Without SYMFEED_MESSAGES it consists of numbers. Returns the bytes written
 * without the NUL. */
size_t symfeed_report_text(const struct symfeed_report *report, char *out, size_t size);

/* Returns the name of a report's code, for programs, such as "TOO_MANY_FEEDS". Static; never
 * NULL. */
const char *symfeed_report_name(enum symfeed_report_code code);

/* Returns a call as a report's line has it, such as "read"; "" without SYMFEED_MESSAGES. Static;
 * never NULL. */
const char *symfeed_call_name(enum symfeed_call call);

/* Returns the library's version, in the form of SYMFEED_VERSION. Static. */
const char *symfeed_version(void);

/* --- memory ------------------------------------------------------------------------------- */

/* Bytes of one entry of the token table (a jsmn token with its parent link). */
#if SYMFEED_JSON
#define SYMFEED_JSON_TOKEN_SIZE 20
#else
#define SYMFEED_JSON_TOKEN_SIZE 0
#endif

/* Smallest event window and token table. An event that is cut to these sizes still has its id and
 * type; with 64 tokens or more it still has its stream, too. */
#define SYMFEED_WINDOW_MIN      1024
#define SYMFEED_JSON_TOKENS_MIN 32

/* Largest event window and token table: their sizes in bytes must fit in 32 bits. */
#define SYMFEED_WINDOW_MAX      1073741824
#define SYMFEED_JSON_TOKENS_MAX 16777216

/* Bytes of the state machine: its pointers and counters, and the padding for sizes that are not
 * multiples of 8. An upper bound, checked when the library is compiled. */
#if SYMFEED_JSON
#define SYMFEED_STATE_SIZE (121 * sizeof(void *) + 424)
#else
#define SYMFEED_STATE_SIZE (60 * sizeof(void *) + 432)
#endif

/* Bytes that one feed needs, for an event window of `window` bytes and a table of `tokens` tokens:
 * the only RAM that a feed uses besides the stack. An event of up to `window` bytes and `tokens`
 * tokens is handed out whole, a larger one is cut. An event usually has 65 to 80 tokens: one for
 * each object, array, key and value. */
#define SYMFEED_MEMORY(window, tokens)                                                             \
    (SYMFEED_STATE_SIZE + (size_t)8 * SYMFEED_DEDUP + (size_t)2 * SYMFEED_ACK_ID_SIZE +            \
     SYMFEED_FEED_ID_SIZE + SYMFEED_SESSION_TOKEN_SIZE + SYMFEED_KEY_MANAGER_TOKEN_SIZE +          \
     SYMFEED_LINE_SIZE + SYMFEED_RECEIVE_SIZE + (size_t)SYMFEED_JSON_TOKEN_SIZE * (tokens) +       \
     (window) + 16)

/* --- configuration ------------------------------------------------------------------------ */

/* The slowest answer that is read to its end: bytes in milliseconds, 17 bytes per second. */
#define SYMFEED_PROGRESS_BYTES 1024
#define SYMFEED_PROGRESS_TIME  60000

/* Limits and waits in milliseconds, each at most a day; 0 selects the default.
 *
 * After a failed call the feed waits a random time up to backoff_first, then half to all of twice
 * as long, and so on up to backoff_max; a good answer resets it. So N devices that lose their agent
 * at the same moment make N * 1 000 / backoff_first attempts a second, and half of them are back in
 * half of backoff_first if the platform can serve them. Where the platform is meant for fewer
 * attempts, set backoff_first to N * 1 000 / (attempts a second): 10 000 for 10 000 devices and
 * 1 000 attempts a second. test/fleet/RESULTS.md has the figures. */
struct symfeed_timers {
    uint32_t connect;       /* to open the TCP connection, all addresses together; default 15 000 */
    uint32_t tls_handshake; /* for the TLS handshake, and before it for the proxy's answer;
                             * default 30 000 (RSA-4096 on a slow core). Restarts whenever
                             * SYMFEED_PROGRESS_BYTES have arrived, at most 64 times */
    uint32_t send;          /* to hand a request to the network; default 15 000 */
    uint32_t first_byte;    /* from the end of the request to the first byte of the answer; default
                             * 60 000: the agent holds a read for up to 30 000. LEGACY: default
                             * 35 000, after which the feed counts as gone. Restarts as
                             * `tls_handshake` does: on a slow link a TLS record takes minutes, and
                             * cannot be read before it is complete */
    uint32_t idle;          /* between two bytes of an answer; default 45 000: the agent may send
                             * the headers and then hold the body for 30 000. An answer may take
                             * days; it fails when fewer than SYMFEED_PROGRESS_BYTES arrive in
                             * SYMFEED_PROGRESS_TIME */
    uint32_t stop;          /* for the last acknowledgement after symfeed_stop(); default 5 000 */
    uint32_t backoff_first; /* longest first wait after a failure, after a read that was lost while
                             * the agent held it, and before new tokens after a 401; default 3 500,
                             * or backoff_max if that is less */
    uint32_t backoff_max;   /* longest wait after a failure where waiting helps; default 30 000. Ten
                             * times as long, but at most a day, after one that a person has to fix
                             * (403, 410, ...) */
    uint32_t backoff_slow;  /* first wait after a failure that a person has to fix, half to all of
                             * it; default 5 000 */
    uint32_t pause; /* before the next read after an answer without events that came at once, and
                     * before a refused event comes again; default 500, doubled up to 5 000; more
                     * than that counts as 5 000 */
    uint32_t retry_after_max; /* longest Retry-After of a server that the feed follows; of a
                               * proxy, ten times backoff_max. It comes on top of the wait above, so
                               * that devices that were refused together do not return together;
                               * default 3 600 000 */
    uint32_t start; /* longest wait before the first call, for devices that are switched on
                     * together; default 0: none. 4 000 are enough for most fleets */
};

/* How the feed gets its tokens. */
enum symfeed_sign_in {
    SYMFEED_SIGN_IN_BY_TOKENS,     /* from the port's credentials() */
    SYMFEED_SIGN_IN_BY_KEY,        /* with a JWT that the port's sign() signs: POST
                                    * {pod}/login/pubkey/authenticate, then POST
                                    * {key_manager}/relay/pubkey/authenticate. Needs the port's
                                    * wall_clock(), because a JWT has an expiry time */
    SYMFEED_SIGN_IN_BY_CERTIFICATE /* with the TLS client certificate that the port's secure()
                                    * presents: POST {pod}/sessionauth/v1/authenticate, then
                                    * POST {key_manager}/keyauth/v1/authenticate */
};

/* Longest user name, in bytes: a JWT has room for it. */
#define SYMFEED_USER_MAX 128

/* Longest URL of the configuration, in bytes; user and password of a proxy not counted. */
#define SYMFEED_URL_MAX 1024

/* What a feed does. The first four tasks follow events until symfeed_stop(). The others are
 * one-shot tasks: they make one call and stop. */
enum symfeed_task {
    SYMFEED_TASK_FEED,     /* the v5 feed: find or create it, read and acknowledge */
    SYMFEED_TASK_DATAHOSE, /* POST /v5/events/read, type datahose: events of the whole pod. All
                            * readers of the same account, tag, types and scopes share its events */
    SYMFEED_TASK_FANOUT,   /* the same, type fanout: events of the user's own streams */
    SYMFEED_TASK_LEGACY,   /* the v4 feed, which has no acknowledgement. Events are lost when an
                            * answer does not arrive, when SYMFEED_STOP_NOW ends a batch, and when
                            * more than 250 events wait: the agent then deletes the feed */
    SYMFEED_TASK_LIST,     /* hands out each feed of the user (of the tag, if one is set) */
    SYMFEED_TASK_CREATE,   /* creates a feed and hands it out */
    SYMFEED_TASK_DELETE,   /* deletes feed_id; hands out nothing */
    SYMFEED_TASK_HEALTH,   /* hands out extended health, also when the status is 503. Asks without
                            * tokens; after a 401 with tokens, if the feed can sign in */
    SYMFEED_TASK_INFO      /* hands out the agent's version and addresses; asks the same way */
};

/* Longest cookie of SYMFEED_TASK_LEGACY, in bytes. The ackId buffers hold the cookie and the header
 * line that sets it. */
#define SYMFEED_COOKIE_MAX (SYMFEED_ACK_ID_SIZE - 16)

/* What to follow and how. Set all of it to zero, then set the members you need. */
struct symfeed_config {
    enum symfeed_task task; /* 0: the v5 feed */
    const char *agent;      /* the agent's base URL, https://host[:port][/path], NUL-terminated;
                             * without a path, /agent is used. Required */
    enum symfeed_sign_in sign_in; /* 0: the port has the tokens */
    const char *user;        /* BY_KEY: the bot's user name, 1 to SYMFEED_USER_MAX bytes of UTF-8,
                              * NUL-terminated. Required for BY_KEY; otherwise used for the default
                              * tag of a datahose only, with SYMFEED_BAD_TAG if that is impossible */
    const char *pod;         /* to sign in: base URL of the pod, or of its session authentication
                              * (BY_CERTIFICATE); NULL: the agent's host, without a path */
    const char *key_manager; /* to sign in: base URL of the key manager; NULL: as for pod */
    const char *proxy;       /* HTTP proxy for https:// hosts, used with CONNECT:
                              * http://[user:password@]host[:port]. User and password are
                              * percent-encoded if they hold reserved characters, 256 bytes at
                              * most. Default port 80. NULL or "": no proxy. It holds a secret:
                              * wipe it when the feed has stopped */
    const char *no_proxy;    /* hosts to reach without the proxy, separated by commas. A name
                              * matches itself and all names below it, an address (IPv6 in brackets)
                              * matches itself, each with an optional :port; * matches all hosts.
                              * NULL: none. Only symfeed_init() reads it */
    const char *tag;         /* the feed's tag, 1 to 100 characters, NUL-terminated. NULL: no tag;
                              * FEED then uses the first feed of the user, even if another client
                              * reads it. DATAHOSE, FANOUT: 1 to 80 characters; NULL: "datahose-"
                              * and the user name, cut to 80, or "datahose-symfeed" without a user
                              * name. LEGACY does not use it */
    const char *types;       /* DATAHOSE, FANOUT: the event types to read, such as
                              * MESSAGESENT,SHAREDPOST: names of ASCII letters, digits, _ and -,
                              * separated by commas. The agent decides whether it knows a name.
                              * FANOUT: NULL for all types */
    const char *scopes;      /* DATAHOSE, FANOUT: INTERNAL, EXTERNAL, FEDERATED, separated by
                              * commas; NULL: none are sent. Agent 25.8 or newer */
    const char *feed_id;     /* DELETE: the feed's id, 1 to 1024 bytes without control characters.
                              * LEGACY: the feed to continue, as symfeed_feed_id() returned it,
                              * shorter than SYMFEED_FEED_ID_SIZE; NULL: create a feed */
    const char *cookie;      /* LEGACY: the load balancer's cookie of that feed, NAME=VALUE as
                              * symfeed_cookie() returned it, at most SYMFEED_COOKIE_MAX bytes;
                              * NULL: none yet */
    const char *cookie_name; /* LEGACY: name of the cookie by which a load balancer keeps a client
                              * on one agent, an HTTP token; NULL: the first cookie whose name
                              * matches SYMFEED_COOKIE_NAMES of symfeed_config.h.
                              * SYMFEED_BAD_COOKIE is about either */
    bool include_invisible;  /* create the feed with includeInvisible: true */
    bool no_presence;        /* read with updatePresence: false */
    bool reclaim;            /* when create is answered with 403 (20 feeds exist): delete the oldest
                              * feed listed. Needs SYMFEED_RECLAIM */
    bool insecure_http; /* allow http:// for agent, pod and key manager. Only for a sidecar on the
                         * same host */
    uint8_t refusals;   /* how often an event may be refused before it is given up; 0: 3 */
    size_t window;      /* bytes of the event window */
    size_t json_tokens; /* entries of the token table; not used without SYMFEED_JSON */
    struct symfeed_timers timers;
};

/* Returns the bytes of memory that symfeed_init() needs for this configuration, for example after
 * SYMFEED_BAD_MEMORY. Use SYMFEED_MEMORY() where the sizes are known at compile time. The
 * configuration's window and json_tokens must be within their limits. */
static inline size_t symfeed_memory(const struct symfeed_config *config)
{
    return SYMFEED_MEMORY(config->window, config->json_tokens);
}

/* A feed. It lies in the memory given to symfeed_init(). */
struct symfeed;

/* Checks the configuration, sets up the feed in `memory` and sets *feed to it. Calls no function of
 * the port. `memory` belongs to the feed until the feed has stopped; it needs no alignment.
 * `config` itself is not used after the call; its strings are.
 *
 * Returns SYMFEED_OK or, with *feed set to NULL, one of
 * SYMFEED_BAD_POINTER, SYMFEED_BAD_PORT, SYMFEED_BAD_AGENT, SYMFEED_BAD_SCHEME,
 * SYMFEED_BAD_SIGN_IN, SYMFEED_BAD_USER, SYMFEED_BAD_POD, SYMFEED_BAD_KEY_MANAGER,
 * SYMFEED_BAD_PROXY, SYMFEED_BAD_RECLAIM, SYMFEED_BAD_TASK, SYMFEED_BAD_TAG, SYMFEED_BAD_TYPES,
 * SYMFEED_BAD_SCOPES, SYMFEED_BAD_FEED_ID, SYMFEED_BAD_COOKIE, SYMFEED_BAD_WINDOW,
 * SYMFEED_BAD_JSON_TOKENS, SYMFEED_BAD_TIMER, SYMFEED_BAD_MEMORY, SYMFEED_BAD_VERSION,
 * SYMFEED_BAD_BUILD. */
#define symfeed_init(feed, config, port, memory, size)                                             \
    symfeed_init_checked(feed, config, port, memory, size, SYMFEED_LAYOUT, SYMFEED_SIZES)

/* Called by symfeed_init(). `layout` and `sizes` are SYMFEED_LAYOUT and SYMFEED_SIZES of the
 * application. If they differ from the library's, the two would disagree on the memory: the
 * function then returns SYMFEED_BAD_VERSION or SYMFEED_BAD_BUILD and checks nothing else. */
enum symfeed_status symfeed_init_checked(struct symfeed **feed, const struct symfeed_config *config,
                                         const struct symfeed_port *port, void *memory, size_t size,
                                         uint32_t layout, uint32_t sizes);

/* --- events ------------------------------------------------------------------------------- */

/* One event, as views into the feed's memory. */
struct symfeed_event {
    const char *json;   /* its JSON text as received; not NUL-terminated. If truncated: cut, without
                         * white space between tokens, still well-formed. If malformed: as received
                         * up to the window's size, but without what was cut before the error was
                         * found */
    size_t size;        /* bytes at json */
    uint64_t full_size; /* bytes of the event as received */
    bool truncated;     /* cut: larger than the window or the token table, or nested deeper than
                         * SYMFEED_DEPTH */
    bool malformed;     /* not a well-formed JSON object: it has a text, but no values. Without
                         * SYMFEED_JSON: its brackets do not match, or it is truncated */
    bool given_up;      /* refused too often: it is handed out for the last time */
    struct symfeed_json_tokens *tokens; /* filled by the first call that looks into the event; NULL
                                         * without SYMFEED_JSON */
};

/* A token table and the text it describes. For the library's use only. */
struct symfeed_json_tokens {
    void *table;                       /* SYMFEED_JSON_TOKEN_SIZE bytes for each entry */
    size_t room;                       /* entries */
    size_t used;                       /* entries in use; 0: the text has not been split */
    char *text;                        /* same as the event's, but not const */
    const struct symfeed_value *noted; /* values known without splitting; NULL: none */
};

/* Levels of nested arrays and objects within an event; deeper ones are cut from it. */
#define SYMFEED_DEPTH 32

/* Continues the feed: accepts the current event, makes the port calls that are possible without
 * waiting, and returns
 *   SYMFEED_EVENT    *event is the new current event
 *   SYMFEED_WAIT     call again when the connection is ready (symfeed_wants) or at the deadline
 *                    (symfeed_deadline), whichever comes first; an earlier call does no harm
 *   SYMFEED_STOPPED  symfeed_stop() was called, or a one-shot task is finished: the connection is
 *                    closed, the tokens are wiped, the memory belongs to the caller again
 *   SYMFEED_FAILED   the same, but the call of a one-shot task failed: the port's report() has the
 *                    reason. Other tasks never fail
 * `event` is changed only with SYMFEED_EVENT. */
enum symfeed_status symfeed_next(struct symfeed *feed, struct symfeed_event *event);

/* Refuses the current event: it is not accepted, the rest of its batch is discarded, and the batch
 * is read again after a wait. The agent does not send an event of SYMFEED_TASK_LEGACY again, so
 * such an event stays in the window; after the wait it is handed out again, with its text as the
 * application left it, and then the rest of the batch.
 *
 * After `refusals` refusals the event is handed out once more, with given_up set; refusing it then
 * has no effect, unless the feed is to stop with SYMFEED_STOP_NOW. The same happens to every event
 * of a batch that has had `refusals` times SYMFEED_DEDUP refusals (times 1 if that is 0), so bad
 * events cannot block a feed. Has no effect without a current event or on the answer of a one-shot
 * task. */
void symfeed_refuse(struct symfeed *feed);

/* Copies the id of the feed that is read, created or found to `out` of `size` bytes (at least 1),
 * NUL-terminated, cut if it does not fit. Returns the bytes of the whole id; 0 if there is none
 * now. A datahose never has one. For SYMFEED_TASK_LEGACY, keep it across restarts together with
 * symfeed_cookie(). */
size_t symfeed_feed_id(const struct symfeed *feed, char *out, size_t size);

/* The same for the cookie, NAME=VALUE, by which a load balancer sends the reads of a legacy feed to
 * the agent that has the feed. Returns 0 if there is none. */
size_t symfeed_cookie(const struct symfeed *feed, char *out, size_t size);

/* When to stop. */
enum symfeed_stop {
    SYMFEED_STOP_NOW, /* hand out no further event; acknowledge the batch if it is complete and
                       * all its events are accepted; takes at most timers.stop milliseconds */
    SYMFEED_STOP_AFTER_BATCH /* continue until all events of the current batch are accepted and the
                              * read that acknowledges them has been sent, however long that takes.
                              * LEGACY: until all events that arrived are accepted */
};

/* Asks the feed to stop; symfeed_next() then works towards SYMFEED_STOPPED. The next symfeed_next()
 * accepts the current event. Call it again to change AFTER_BATCH to NOW. Call it from the feed's
 * own thread only; in a signal handler, set a flag. */
void symfeed_stop(struct symfeed *feed, enum symfeed_stop when);

/* Tells the feed that there are new credentials: a key, a certificate, token files, or the user
 * name `user`, which is used in place from now on (NULL, or without SYMFEED_KEY_SIGN_IN: the same
 * user). The default tag of a datahose keeps the old name. The call ends a wait, resets the
 * back-off, closes a connection on which no call is under way, and discards the tokens, so the feed
 * signs in before its next request. A read that is under way is finished first, which may take as
 * long as the agent holds it; a sign-in that is under way starts again. Continue with
 * symfeed_next(). Returns SYMFEED_OK; or SYMFEED_BAD_USER, and changes nothing. */
enum symfeed_status symfeed_renew(struct symfeed *feed, const char *user);

/* What symfeed_wants() returns, as a bit mask. */
#define SYMFEED_WANTS_READ  1u /* wake up when the connection can be read from */
#define SYMFEED_WANTS_WRITE 2u /* wake up when the connection can be written to */

/* Returns what to wait for on the port's connection after SYMFEED_WAIT: a mask of SYMFEED_WANTS_*,
 * or 0 to wait for the deadline only. */
unsigned symfeed_wants(const struct symfeed *feed);

/* Returns the time, in milliseconds of the port's clock, by which to call symfeed_next() again. The
 * clock may wrap: use symfeed_time_left(). */
uint32_t symfeed_deadline(const struct symfeed *feed);

/* --- counters ----------------------------------------------------------------------------- */

/* What has happened since symfeed_init(). All wrap at 2^32, bytes at 2^64. */
struct symfeed_counters {
    uint32_t events;        /* events handed out; a refused one counts each time */
    uint32_t duplicates;    /* exact repeats discarded */
    uint32_t truncated;     /* events handed out truncated */
    uint32_t malformed;     /* events handed out malformed */
    uint32_t refused;       /* refusals by the application */
    uint32_t given_up;      /* events handed out for the last time after too many refusals */
    uint32_t batches;       /* complete batches with an ackId, all events accepted */
    uint32_t connects;      /* connections established */
    uint32_t resumed;       /* of these, connections with a resumed TLS session */
    uint32_t retries;       /* waits after a failure or a refusal; requests repeated at once */
    uint32_t signins;       /* times that tokens were obtained: from the port, or by signing in */
    uint32_t feeds_created; /* feeds created */
    uint64_t bytes;         /* bytes received, headers included */
};

/* Returns the feed's counters. Valid as long as the feed's memory is, also after SYMFEED_STOPPED.
 */
const struct symfeed_counters *symfeed_counters(const struct symfeed *feed);

/* --- values of an event ------------------------------------------------------------------- */

enum symfeed_kind {
    SYMFEED_ABSENT, /* no such member */
    SYMFEED_NULL,   /* an explicit null */
    SYMFEED_BOOLEAN,
    SYMFEED_NUMBER,
    SYMFEED_STRING,
    SYMFEED_OBJECT,
    SYMFEED_ARRAY
};

/* A view of one value inside an event's text. */
struct symfeed_value {
    enum symfeed_kind kind;
    const char *text; /* the value's JSON text; a string's without its quotes, escapes as received;
                       * NULL if absent */
    size_t size;      /* bytes at text */
};

/* Iterates over an array or an object. For the library's use only. */
struct symfeed_iterator {
    const struct symfeed_event *event;
    size_t at;  /* next entry of the token table */
    size_t end; /* offset in the text of the end of the last one */
    bool object;
};

/* JSON that was inside a string of an event. The calls below take its `event`. */
struct symfeed_inner {
    struct symfeed_event event; /* json, size and full_size are those of the decoded JSON */
    struct symfeed_json_tokens tokens;
};

#if SYMFEED_JSON

/* symfeed_events.h has the events by type, as structs. */

/* Finds a member by its path: names joined by dots, "payload.messageSent.message.stream.streamId".
 * In an array, a number is an index ("members.0"). A name that contains a dot cannot be found. If
 * several members have the same name, the first is found. The kind is SYMFEED_ABSENT if there is no
 * such member or the event is malformed.
 *
 * "id", "messageId", "timestamp", "type" and "payload" are known when the event is handed out, so
 * finding them costs nothing. Any other path splits the event into tokens, once, and walks the
 * members before the one it finds. To read many values of a large event, use symfeed_members() or
 * the views of symfeed_events.h, which walk each object once. */
struct symfeed_value symfeed_event_find(const struct symfeed_event *event, const char *path);

/* The same, starting at a value of that event, an object or an array. */
struct symfeed_value symfeed_value_find(const struct symfeed_event *event,
                                        struct symfeed_value value, const char *path);

/* Returns the event as a value: its object, or the object or array that symfeed_open() found.
 * Absent if the event is malformed. */
struct symfeed_value symfeed_root(const struct symfeed_event *event);

/* Starts at the first member of `value`, a value of that event. A value that is neither object nor
 * array has no members. Do not move the struct symfeed_event while iterating. */
struct symfeed_iterator symfeed_members(const struct symfeed_event *event,
                                        struct symfeed_value value);

/* Gets the next member. *name is its name, in the form of a string value; absent in an array.
 * `name` may be NULL. Returns false, and changes nothing, after the last member. */
bool symfeed_next_member(struct symfeed_iterator *iterator, struct symfeed_value *name,
                         struct symfeed_value *value);

/* Opens a string value that holds JSON, such as EntityJSON in the `data` of a message: decodes the
 * string in place and sets *inner to the JSON in it. It uses the free entries of the event's token
 * table; a mention takes 13 tokens. If the event was cut inside the string, the open brackets are
 * closed there, some bytes earlier if there is no room for them, and the event's text stays JSON.
 * If the token table is too small, the values in front can be found, and brackets that are still
 * open end with the text. In both cases inner->event.truncated is set.
 *
 * *inner is valid as long as the event, until another value of the event is opened; do not move it.
 * A value can be opened again, with the same result. Its string is replaced by the JSON that it
 * held, padded with spaces, so symfeed_string() cannot read it any more; all other values stay as
 * they are. Strings of *inner can be opened, too; such a string is an object or array when the
 * value around it is opened again.
 *
 * Returns false if the value is not a string, not a well-formed JSON object or array of at most
 * SYMFEED_DEPTH levels, or if no token is free. The value is then unchanged, and *inner is safe to
 * search but has no values. */
bool symfeed_open(const struct symfeed_event *event, struct symfeed_value value,
                  struct symfeed_inner *inner);

/* Copies a string value to `out` of `size` bytes (at least 1): escapes are decoded to UTF-8, lone
 * surrogates and NUL become U+FFFD. Always NUL-terminated; cut at the end of a character if it does
 * not fit. Other kinds of value are copied as their JSON text, absent and null as an empty string.
 * Returns the bytes written without the NUL. `out` may point to value.text. */
size_t symfeed_string(struct symfeed_value value, char *out, size_t size);

/* Reads a whole number of up to 64 bits. Returns false, and leaves *number unchanged, if the value
 * is not a number, has a fraction or exponent, or does not fit. */
bool symfeed_integer(struct symfeed_value value, int64_t *number);

/* Reads true or false. Returns false, and leaves *boolean unchanged, if the value is neither. */
bool symfeed_boolean(struct symfeed_value value, bool *boolean);

#else

/* Functions that need SYMFEED_JSON: the compiler's first error names the switch. */
#define symfeed_event_find(...)  (*symfeed_event_find_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_value_find(...)  (*symfeed_value_find_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_root(...)        (*symfeed_root_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_members(...)     (*symfeed_members_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_next_member(...) (*symfeed_next_member_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_open(...)        (*symfeed_open_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_string(...)      (*symfeed_string_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_integer(...)     (*symfeed_integer_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_boolean(...)     (*symfeed_boolean_needs_SYMFEED_JSON)(__VA_ARGS__)

#endif

#if SYMFEED_TEXT

/* Converts PresentationML or MessageML in `text` (UTF-8, `size` bytes) to plain text in `out` of
 * `out_size` bytes (at least 1). Always NUL-terminated; cut at the end of a character if it does
 * not fit. Returns the bytes written without the NUL, never more than `size`. `out` may be `text`.
 *  - Tags and comments are removed; the content of CDATA sections is copied as it is.
 *  - Elements that have their text in an attribute are replaced by it: <emoji shortcode> becomes
 *    :smiley:, <hash tag> #tag, <cash tag> $tag, <mention email> or <mention uid> @user, and
 *    <img alt> the bare text. Where the feed already sends them as text, the text stays.
 *  - Entities are decoded: numbers, XML's five, nbsp (as a space) and the common ones of HTML.
 *    Other entities stay as they are. A number that is not a character becomes U+FFFD.
 *  - The end of a line, block, item, row or button becomes a line feed, the space between cells a
 *    tab. There are never two such line feeds in a row, and none at either end. White space stays.
 *  - Control characters other than tab and line feed are removed, NUL included.
 * No text is an error: an incomplete tag is removed, and a "<" that starts no tag, as in "<3",
 * stays. The time is linear in the size of the text. */
size_t symfeed_text(const char *text, size_t size, char *out, size_t out_size);

/* Writes the text of a message event to `out` of `size` bytes (at least 1), as plain text: for
 * MESSAGESENT its text; for SHAREDPOST the text sent with it and, on the next line, the shared one.
 * JSON's escapes are decoded, and MessageML is converted as symfeed_text() does. Always
 * NUL-terminated. Returns the bytes written without the NUL; 0 if the event has no such text.
 *
 * The text is built in `out`, markup included: it is cut if `size` is less than that needs. The
 * size of the event window is always enough. */
size_t symfeed_message_text(const struct symfeed_event *event, char *out, size_t size);

#elif SYMFEED_JSON

/* Functions that need SYMFEED_TEXT, which in turn needs SYMFEED_JSON. */
#define symfeed_text(...)         (*symfeed_text_needs_SYMFEED_TEXT)(__VA_ARGS__)
#define symfeed_message_text(...) (*symfeed_message_text_needs_SYMFEED_TEXT)(__VA_ARGS__)

#else

#define symfeed_text(...)         (*symfeed_text_needs_SYMFEED_JSON)(__VA_ARGS__)
#define symfeed_message_text(...) (*symfeed_message_text_needs_SYMFEED_JSON)(__VA_ARGS__)

#endif

/* --- check that header and library match -------------------------------------------------- */

/* Hashes numbers into one at compile time; each number and their order matter. */
#define SYMFEED_AND_(before, number) ((before)*1000003u + (uint32_t)(number))

/* The version, and the sizes of the structs that application and library share. */
#define SYMFEED_LAYOUT                                                                             \
    SYMFEED_AND_(                                                                                  \
        SYMFEED_AND_(SYMFEED_AND_(SYMFEED_AND_(SYMFEED_AND_((uint32_t)SYMFEED_VERSION_NUMBER,      \
                                                            sizeof(struct symfeed_config)),        \
                                               sizeof(struct symfeed_port)),                       \
                                  sizeof(struct symfeed_event)),                                   \
                     sizeof(struct symfeed_json_tokens)),                                          \
        sizeof(struct symfeed_counters))

/* The sizes chosen in the build. SYMFEED_MEMORY() alone is not enough: two builds can differ in the
 * sizes of an ackId and of a token and still need the same memory. */
#define SYMFEED_SIZES                                                                              \
    SYMFEED_AND_(                                                                                  \
        SYMFEED_AND_(SYMFEED_AND_(SYMFEED_AND_(SYMFEED_AND_((uint32_t)SYMFEED_MEMORY(0, 0),        \
                                                            SYMFEED_MEMORY(1, 1)),                 \
                                               SYMFEED_ACK_ID_SIZE),                               \
                                  SYMFEED_FEED_ID_SIZE),                                           \
                     SYMFEED_SESSION_TOKEN_SIZE),                                                  \
        SYMFEED_DEDUP)

#ifdef __cplusplus
}
#endif

#endif
