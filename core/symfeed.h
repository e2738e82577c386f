/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed.h - follow a Symphony datafeed in fixed memory.
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
 *
 * Conventions
 *  - All memory comes from the caller: SYMFEED_MEMORY() bytes for each feed are all the RAM there
 *    is. Nothing is allocated, there is no global and no recursion, and feeds do not know of each
 *    other. One feed belongs to one thread at a time.
 *  - Strings of struct symfeed_config and the struct symfeed_port are used in place: they stay
 *    valid and unchanged until the feed has stopped.
 *  - What symfeed_next() hands out lies in the feed's memory and is valid until the next call of
 *    symfeed_next() for this feed.
 *  - Sizes are bytes, times are milliseconds of the port's monotonic clock, which may wrap.
 *  - Mistakes in the configuration are answered by symfeed_init(). Everything later is weather:
 *    it is logged, counted and waited out. No answer of a server ends the feed; only
 *    symfeed_stop() does.
 *  - Each event is handed out at least once. The call of symfeed_next() that follows accepts it,
 *    unless symfeed_refuse() was called before. A batch is acknowledged once all its events are
 *    accepted: the agent then forgets them. An exact repeat of an accepted event is held back as
 *    long as it is remembered (SYMFEED_DEDUP). A legacy feed, which knows no acknowledgement, loses
 *    what SYMFEED_TASK_LEGACY tells.
 *  - An event cannot be accepted later than that. An application that queues events copies each one
 *    before it calls symfeed_next() again: to flash or a disk where it has to survive a power cut,
 *    since the copy may by then be the only one. While its queue is full it does not call
 *    symfeed_next(): the event stays valid, and further ones wait at the agent. It does not refuse
 *    for want of room, for refusals are counted, and the last one changes nothing. examples/queue.c
 *    does this.
 */
#ifndef SYMFEED_H
#define SYMFEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"
#include "symfeed_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this header; symfeed_version() is that of the library. The number is a million for
 * each major version and a thousand for each minor one. */
#define SYMFEED_VERSION        "0.2.0"
#define SYMFEED_VERSION_NUMBER 2000

/* --- status ------------------------------------------------------------------------------- */

/* Every status with its text: name, text. The texts of mistakes say how to mend them. */
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
    X(SYMFEED_BAD_PROXY,                                                                           \
      "the proxy must be http://[user:password@]host[:port], percent-encoded (SYMFEED_PROXY)")     \
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

/* One line on a status, in English, for people; "" without SYMFEED_MESSAGES. Static; never NULL. */
const char *symfeed_status_text(enum symfeed_status status);

/* Writes a report as one line, in English, for people, to `out` of `size` bytes (at least 1; 240
 * hold each), NUL-terminated, cut where it does not fit, without a line end. Without
 * SYMFEED_MESSAGES it is a line of numbers. Answers the bytes written without the NUL. */
size_t symfeed_report_text(const struct symfeed_report *report, char *out, size_t size);

/* The name of a report's code, for machines, as "TOO_MANY_FEEDS". Static; never NULL. */
const char *symfeed_report_name(enum symfeed_report_code code);

/* The library's version, as SYMFEED_VERSION. Static. */
const char *symfeed_version(void);

/* --- memory ------------------------------------------------------------------------------- */

/* Bytes of one entry of the token table (a jsmn token with its parent link). */
#if SYMFEED_JSON
#define SYMFEED_JSON_TOKEN_SIZE 20
#else
#define SYMFEED_JSON_TOKEN_SIZE 0
#endif

/* Smallest event window and token table: with them an event's id and type survive a cut; from 64
 * tokens on its stream does, too. */
#define SYMFEED_WINDOW_MIN      1024
#define SYMFEED_JSON_TOKENS_MIN 32

/* Largest of both: what counts their bytes must not overflow in 32 bits. */
#define SYMFEED_WINDOW_MAX      1073741824
#define SYMFEED_JSON_TOKENS_MAX 16777216

/* Bytes of the state machine itself, pointers and counters, and what sizes that are no multiples of
 * 8 lose: bounds checked where it is compiled. */
#if SYMFEED_JSON
#define SYMFEED_STATE_SIZE (121 * sizeof(void *) + 424)
#else
#define SYMFEED_STATE_SIZE (60 * sizeof(void *) + 432)
#endif

/* Bytes that one feed needs in all, for an event window of `window` bytes and a table of `tokens`
 * tokens: the only RAM a feed uses besides the stack. An event of up to `window` bytes and
 * `tokens` tokens (65 to 80 are usual, one for each bracket pair, key and value) comes whole; a
 * larger one comes cut. */
#define SYMFEED_MEMORY(window, tokens)                                                             \
    (SYMFEED_STATE_SIZE + (size_t)8 * SYMFEED_DEDUP + (size_t)2 * SYMFEED_ACK_ID_SIZE +            \
     SYMFEED_FEED_ID_SIZE + SYMFEED_SESSION_TOKEN_SIZE + SYMFEED_KEY_MANAGER_TOKEN_SIZE +          \
     SYMFEED_LINE_SIZE + SYMFEED_RECEIVE_SIZE + (size_t)SYMFEED_JSON_TOKEN_SIZE * (tokens) +       \
     (window) + 16)

/* --- configuration ------------------------------------------------------------------------ */

/* The least that must come of an answer that has begun: bytes in milliseconds, 17 bytes a second.
 */
#define SYMFEED_PROGRESS_BYTES 1024
#define SYMFEED_PROGRESS_TIME  60000

/* Waits in milliseconds; 0 takes the default. At most a day each. */
struct symfeed_timers {
    uint32_t connect;       /* for the TCP connection, all addresses; default 15 000 */
    uint32_t tls_handshake; /* for the TLS handshake, and before it for the proxy's answer;
                             * default 30 000 (RSA-4096 on a slow core). Begins again with each
                             * SYMFEED_PROGRESS_BYTES that come, 64 times at most */
    uint32_t send;          /* for handing a request to the network; default 15 000 */
    uint32_t first_byte;    /* request sent to first byte; default 60 000: the agent holds a read
                             * for up to 30 000. Begins again as `tls_handshake` does: on a slow link a
                             * TLS record takes minutes, and nothing is read before its end */
    uint32_t idle;          /* between two bytes of an answer; default 45 000: the head may come
                             * before a hold of 30 000. An answer may take days, but it ends where
                             * fewer than SYMFEED_PROGRESS_BYTES come in SYMFEED_PROGRESS_TIME */
    uint32_t stop;          /* for the last acknowledgement after symfeed_stop(); default 5 000 */
    uint32_t backoff_first; /* first wait after a failure; default 500. It doubles each time, is
                             * jittered down to between half and all of it */
    uint32_t backoff_slow; /* first wait where a person has to act (403, 410, ...); default 5 000 */
    uint32_t backoff_max;  /* longest wait after a failure; default 300 000 */
    uint32_t retry_after_max; /* longest wait that a server's Retry-After is granted;
                               * default 3 600 000 */
};

/* How the feed comes by its tokens. */
enum symfeed_sign_in {
    SYMFEED_SIGN_IN_BY_TOKENS,     /* the port's credentials() hands them out */
    SYMFEED_SIGN_IN_BY_KEY,        /* with a JWT that the port's sign() signs: POST
                                    * {pod}/login/pubkey/authenticate, then POST
                                    * {key_manager}/relay/pubkey/authenticate. Needs the port's
                                    * wall_clock(), too, since a JWT has an end */
    SYMFEED_SIGN_IN_BY_CERTIFICATE /* with the TLS client certificate that the port's secure()
                                    * presents: POST {pod}/sessionauth/v1/authenticate, then
                                    * POST {key_manager}/keyauth/v1/authenticate */
};

/* Longest user name, in bytes: what a JWT has room for. */
#define SYMFEED_USER_MAX 128

/* Longest URL of the configuration, in bytes; user and password of a proxy not counted. */
#define SYMFEED_URL_MAX 1024

/* What a feed is there for. The first four follow a stream of events until symfeed_stop(); the
 * others make one call and are over. */
enum symfeed_task {
    SYMFEED_TASK_FEED,     /* the v5 feed: find or create it, read and acknowledge */
    SYMFEED_TASK_DATAHOSE, /* POST /v5/events/read, type datahose: events of the whole pod. All
                            * readers of the same account, tag, types and scopes share its events */
    SYMFEED_TASK_FANOUT,   /* the same, type fanout: events of the user's own streams */
    SYMFEED_TASK_LEGACY,   /* the v4 feed, which knows no acknowledgement: what a read loses on its
                            * way is lost, the rest of a batch at SYMFEED_STOP_NOW, and the feed with
                            * all that waits in it once that is more than 250 events */
    SYMFEED_TASK_LIST,     /* hands out each feed of the user (of the tag, where given) */
    SYMFEED_TASK_CREATE,   /* makes a feed and hands it out */
    SYMFEED_TASK_DELETE,   /* deletes feed_id; hands out nothing */
    SYMFEED_TASK_HEALTH,   /* hands out extended health, of a 503 too. Asked without tokens; after a
                            * 401 with them, where there is a way to sign in */
    SYMFEED_TASK_INFO      /* hands out the agent's version and addresses; likewise */
};

/* Longest cookie of SYMFEED_TASK_LEGACY, in bytes: the ackIds' buffers hold it, and the header line
 * that it comes in. */
#define SYMFEED_COOKIE_MAX (SYMFEED_ACK_ID_SIZE - 16)

/* What to follow and how. Zero it, then set what is wanted. */
struct symfeed_config {
    enum symfeed_task task; /* 0: the v5 feed */
    const char *agent;      /* the Agent's base URL, https://host[:port][/path], NUL-terminated;
                             * without a path /agent is used. Required */
    enum symfeed_sign_in sign_in; /* 0: the port has the tokens */
    const char *user;        /* BY_KEY: the bot's user name, 1 to SYMFEED_USER_MAX bytes of UTF-8,
                              * NUL-terminated; required there. Else it only makes the default tag
                              * of a datahose, and one that cannot is SYMFEED_BAD_TAG */
    const char *pod;         /* to sign in: base URL of the pod, or of its session authentication
                              * (BY_CERTIFICATE); NULL: the agent's host, without a path */
    const char *key_manager; /* to sign in: base URL of the key manager; NULL likewise */
    const char *proxy;       /* HTTP proxy that https:// hosts are reached through, by CONNECT:
                              * http://[user:password@]host[:port], user and password
                              * percent-encoded where they hold reserved characters, 256 bytes at
                              * most; without a port 80. NULL or "": none. It holds a secret: wipe
                              * it once the feed has stopped */
    const char *no_proxy;    /* hosts that are reached without it, between commas: a name stands
                              * for itself and all below it, an address (IPv6 in brackets) for
                              * itself, each with a :port where wanted; * for all. NULL: none.
                              * Looked at by symfeed_init() alone */
    const char *tag;         /* the feed's tag, 1 to 100 characters, NUL-terminated; NULL: none, and
                              * FEED takes the first feed of the user, whoever else reads it.
                              * DATAHOSE, FANOUT: 1 to 80; NULL: "datahose-" and the user name, cut
                              * to 80, or "datahose-symfeed" without one; not used by LEGACY */
    const char *types;       /* DATAHOSE, FANOUT: the event types wanted, as MESSAGESENT,SHAREDPOST:
                              * names of ASCII letters, digits, _ and -, between commas. A name that
                              * the agent does not know is the agent's to judge. FANOUT: NULL for
                              * all */
    const char *scopes;      /* DATAHOSE, FANOUT: INTERNAL, EXTERNAL, FEDERATED, likewise; NULL:
                              * none are sent. Agent 25.8 or newer */
    const char *feed_id;     /* DELETE: the feed's id, 1 to 1024 bytes, any but control characters.
                              * LEGACY: a feed to go on with, as symfeed_feed_id() told, shorter
                              * than SYMFEED_FEED_ID_SIZE; NULL: create one */
    const char *cookie;      /* LEGACY: the load balancer's cookie of that feed, NAME=VALUE as
                              * symfeed_cookie() told; NULL: none yet */
    const char *cookie_name; /* LEGACY: name of the cookie by which a load balancer keeps to one
                              * agent; NULL: the first cookie named as those of the usual ones are,
                              * see SYMFEED_COOKIE_NAMES of symfeed_config.h */
    bool include_invisible;  /* create the feed with includeInvisible: true */
    bool no_presence;        /* read with updatePresence: false */
    bool reclaim;            /* create answered 403 (20 feeds exist): delete the oldest one listed.
                              * Needs SYMFEED_RECLAIM */
    bool insecure_http; /* allow http:// for agent, pod and key manager: for a sidecar on this host,
                         * nothing else */
    uint8_t refusals;   /* how often an event may be refused before it is given up; 0: 3 */
    size_t window;      /* bytes of the event window */
    size_t json_tokens; /* entries of the token table; without SYMFEED_JSON there is none */
    struct symfeed_timers timers;
};

/* Bytes of memory that symfeed_init() needs for this configuration: what would do after
 * SYMFEED_BAD_MEMORY, and SYMFEED_MEMORY() where the sizes are known when compiling. Its window and
 * json_tokens are within their limits. */
static inline size_t symfeed_memory(const struct symfeed_config *config)
{
    return SYMFEED_MEMORY(config->window, config->json_tokens);
}

/* A feed: lives in the memory given to symfeed_init(). */
struct symfeed;

/* Checks the configuration, lays the feed out in `memory` and sets *feed to it. No port call is
 * made. `memory` belongs to the feed until it has stopped; any alignment will do. `config` itself
 * may go afterwards, its strings may not.
 *
 * SYMFEED_OK, or SYMFEED_BAD_POINTER, SYMFEED_BAD_PORT, SYMFEED_BAD_AGENT, SYMFEED_BAD_SCHEME,
 * SYMFEED_BAD_SIGN_IN, SYMFEED_BAD_USER, SYMFEED_BAD_POD, SYMFEED_BAD_KEY_MANAGER,
 * SYMFEED_BAD_PROXY, SYMFEED_BAD_RECLAIM, SYMFEED_BAD_TASK, SYMFEED_BAD_TAG, SYMFEED_BAD_TYPES,
 * SYMFEED_BAD_SCOPES, SYMFEED_BAD_FEED_ID, SYMFEED_BAD_COOKIE, SYMFEED_BAD_WINDOW,
 * SYMFEED_BAD_JSON_TOKENS, SYMFEED_BAD_TIMER, SYMFEED_BAD_MEMORY, SYMFEED_BAD_VERSION,
 * SYMFEED_BAD_BUILD; *feed is NULL then. */
#define symfeed_init(feed, config, port, memory, size)                                             \
    symfeed_init_checked(feed, config, port, memory, size, SYMFEED_LAYOUT, SYMFEED_SIZES)

/* What symfeed_init() calls. `layout` and `sizes` are SYMFEED_LAYOUT and SYMFEED_SIZES as the
 * application's header has them: where the library's differ, memory would be read amiss, so it
 * answers SYMFEED_BAD_VERSION or SYMFEED_BAD_BUILD and looks at nothing else. */
enum symfeed_status symfeed_init_checked(struct symfeed **feed, const struct symfeed_config *config,
                                         const struct symfeed_port *port, void *memory, size_t size,
                                         uint32_t layout, uint32_t sizes);

/* --- events ------------------------------------------------------------------------------- */

/* One event, as views into the feed's memory. */
struct symfeed_event {
    const char *json; /* its JSON text as received; not NUL-terminated. Where truncated: cut, white
                       * space between tokens gone, still well-formed. Where malformed: as it came,
                       * up to the window's size; what had been cut before the fault showed stays
                       * cut */
    size_t size;      /* bytes at json */
    uint64_t full_size; /* its full size as received */
    bool truncated;     /* larger than the window, the token table or SYMFEED_DEPTH levels: cut */
    bool malformed; /* not a well-formed JSON object: its text only, no value can be found in it.
                     * Without SYMFEED_JSON: brackets do not match, or truncated */
    bool given_up;  /* refused too often: this is the last time it is handed out */
    struct symfeed_json_tokens *tokens; /* filled by the first call that looks into the event; NULL
                                         * without SYMFEED_JSON */
};

/* A token table and the text that it is of. Its members are the library's own. */
struct symfeed_json_tokens {
    void *table;                       /* SYMFEED_JSON_TOKEN_SIZE bytes for each entry */
    size_t room;                       /* entries */
    size_t used;                       /* entries in use; 0: the text has not been split */
    char *text;                        /* same as the event's, but not const */
    const struct symfeed_value *noted; /* what is known without splitting; NULL: nothing */
};

/* Nested arrays and objects followed within an event; what lies deeper is dropped from it. */
#define SYMFEED_DEPTH 32

/* Goes on with the feed: makes what port calls it can without waiting, and answers
 *   SYMFEED_EVENT    *event is filled in; the event handed out before is taken by this call
 *   SYMFEED_WAIT     call again when the connection is ready (symfeed_wants) or the deadline has
 *                    come (symfeed_deadline), whichever is first; calling earlier does no harm
 *   SYMFEED_STOPPED  after symfeed_stop(), or once the one call of a task has been made: the
 *                    connection is closed, the tokens are wiped, the memory is the caller's again
 *   SYMFEED_FAILED   the same, but the one call had no good answer: the log has said why. Never of
 *                    a task that follows
 * `event` is changed only with SYMFEED_EVENT. */
enum symfeed_status symfeed_next(struct symfeed *feed, struct symfeed_event *event);

/* Refuses the event handed out last: it is not taken, the rest of its batch is dropped and the
 * batch is read again after a wait. An event of SYMFEED_TASK_LEGACY, which nobody would send again,
 * stays in the window: it is handed out again after the wait, as the application has left its text,
 * and the rest behind it. After `refusals` refusals the event is handed out once more with given_up
 * set; refusing it then changes nothing. The same goes for every event of a batch that has seen
 * `refusals` times SYMFEED_DEDUP refusals (times 1 where that is 0), so that no number of bad
 * events holds a feed up for ever. Without an event in hand, or with the answer of a single call:
 * no effect. */
void symfeed_refuse(struct symfeed *feed);

/* Copies the id of the feed that is read, created or found to `out` of `size` bytes (at least 1),
 * NUL-terminated, cut where it does not fit. Answers the bytes of the whole id; 0: there is none
 * now; a datahose never has one. For SYMFEED_TASK_LEGACY it is worth keeping across restarts, with
 * symfeed_cookie(). */
size_t symfeed_feed_id(const struct symfeed *feed, char *out, size_t size);

/* The same for the cookie, NAME=VALUE, by which a load balancer sends the reads of a legacy feed to
 * the agent that has it. 0: none. */
size_t symfeed_cookie(const struct symfeed *feed, char *out, size_t size);

/* When a stop is to be. */
enum symfeed_stop {
    SYMFEED_STOP_NOW, /* hand out no further event; acknowledge the batch if it is complete and
                       * all of it taken; at most timers.stop milliseconds */
    SYMFEED_STOP_AFTER_BATCH /* go on until the batch being read is taken whole and the read that
                              * acknowledges it has been sent, however long that takes; LEGACY:
                              * until the batch is taken, as far as it came */
};

/* Asks the feed to stop; symfeed_next() then works towards SYMFEED_STOPPED. The event in hand
 * counts as taken at the next symfeed_next(). May be called again, to turn AFTER_BATCH into NOW.
 * Safe from the feed's own thread only: from a signal handler set a flag. */
void symfeed_stop(struct symfeed *feed, enum symfeed_stop when);

/* Says that there are new credentials: a key, a certificate, token files, or the user name `user`
 * (NULL: as before), which is used in place from now on; the default tag of a datahose stays the
 * one of the old name. Ends a wait, begins the back-off anew and drops the tokens in use, so that
 * the feed signs in before its next request. A read under way is finished first, which may take as
 * long as the agent holds it; signing in begins anew. The caller goes on with symfeed_next().
 * SYMFEED_OK; SYMFEED_BAD_USER, and nothing is changed. */
enum symfeed_status symfeed_renew(struct symfeed *feed, const char *user);

/* What symfeed_wants() answers, as a bit mask. */
#define SYMFEED_WANTS_READ  1u /* wake up when the connection can be read from */
#define SYMFEED_WANTS_WRITE 2u /* wake up when the connection can be written to */

/* What to wait for on the port's connection after SYMFEED_WAIT: a mask of SYMFEED_WANTS_*, or 0
 * while there is nothing to wait for but the deadline. */
unsigned symfeed_wants(const struct symfeed *feed);

/* Port time, in milliseconds, at which symfeed_next() wants to be called at the latest. Compare
 * as (int32_t)(deadline - now): the clock may wrap. */
uint32_t symfeed_deadline(const struct symfeed *feed);

/* --- counters ----------------------------------------------------------------------------- */

/* What has happened since symfeed_init(). All wrap at 2^32, bytes at 2^64. */
struct symfeed_counters {
    uint32_t events;        /* handed out, refused ones each time */
    uint32_t duplicates;    /* exact repeats held back */
    uint32_t truncated;     /* handed out cut */
    uint32_t malformed;     /* handed out malformed */
    uint32_t refused;       /* refusals by the application */
    uint32_t given_up;      /* events handed out a last time after too many refusals */
    uint32_t batches;       /* complete batches, each with an ackId, all events taken */
    uint32_t connects;      /* connections established */
    uint32_t resumed;       /* of these, TLS sessions resumed */
    uint32_t retries;       /* waits after a failure, and requests repeated at once */
    uint32_t signins;       /* times tokens were had: from the port, or by signing in */
    uint32_t feeds_created; /* feeds created */
    uint64_t bytes;         /* bytes received, headers included */
};

/* The feed's counters; to be read as long as its memory is there, after SYMFEED_STOPPED too. */
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
    const char *text; /* the value's JSON text, a string's without its quotes, escapes untouched;
                       * NULL when absent */
    size_t size;      /* bytes at text */
};

/* Goes through an array or an object, member by member. Its members are the library's own. */
struct symfeed_iterator {
    const struct symfeed_event *event;
    size_t at;  /* entry of the token table that comes next */
    size_t end; /* byte of the text behind the last one */
    bool object;
};

/* JSON that was inside a string of an event: an event of its own for the calls below. */
struct symfeed_inner {
    struct symfeed_event event; /* json, size and full_size are those of the decoded JSON */
    struct symfeed_json_tokens tokens;
};

#if SYMFEED_JSON

/* The events by their types, member by member, are in symfeed_events.h. */

/* Finds a member by its path: names joined by dots, "payload.messageSent.message.stream.streamId".
 * A name that itself has a dot cannot be reached; in an array a number is an index ("members.0").
 * Of members with the same name the first is found. kind is SYMFEED_ABSENT where there is none and
 * for malformed events.
 *
 * "id", "messageId", "timestamp", "type" and "payload" are known when the event is handed out, so
 * asking for them costs nothing. Any other path splits the event into tokens, once, and goes
 * through the members before the one that is found; where many values of a large event are wanted,
 * use symfeed_members() or the views of symfeed_events.h, which go through each object once. */
struct symfeed_value symfeed_event_find(const struct symfeed_event *event, const char *path);

/* The same, from a value of that event on: an object or an array. */
struct symfeed_value symfeed_value_find(const struct symfeed_event *event,
                                        struct symfeed_value value, const char *path);

/* The event as a value: its object, or what symfeed_open() has found. SYMFEED_ABSENT where the
 * event is malformed. */
struct symfeed_value symfeed_root(const struct symfeed_event *event);

/* Begins with the first member of `value`, a value of that event. Of any other kind than object and
 * array it has no members. The event must stay where it is. */
struct symfeed_iterator symfeed_members(const struct symfeed_event *event,
                                        struct symfeed_value value);

/* Goes to the next member. *name is its name, a view like that of a string value, and absent in an
 * array; `name` may be NULL. false: there is none left, and nothing is changed. */
bool symfeed_next_member(struct symfeed_iterator *iterator, struct symfeed_value *name,
                         struct symfeed_value *value);

/* Opens a string value that holds JSON, such as EntityJSON in the `data` of a message: decodes it
 * in place and lets *inner look into it. What the event's token table has left is used: a mention
 * takes 13 tokens. Where the event was cut inside the string, the brackets that are open are closed
 * in its place, a few bytes earlier where it has no room for them: the event's text stays JSON.
 * Where the table is too small, what comes before can be found, and brackets still open end with
 * the text. Both set inner->event.truncated.
 *
 * *inner is valid as long as the event, and must not be moved; opening another value of the event
 * ends it. A value may be opened again, with the same answer. Its string has become the JSON that
 * it held, between spaces, and is no longer one for symfeed_string(); all other values stay as they
 * are. Strings of *inner can be opened in turn; one that was is an object or array when the value
 * it is in is opened again.
 *
 * false, and nothing can be found in *inner, which may be looked into all the same: not a string,
 * not a well-formed JSON object or array of at most SYMFEED_DEPTH levels, or no token left. The
 * value is then as it was. */
bool symfeed_open(const struct symfeed_event *event, struct symfeed_value value,
                  struct symfeed_inner *inner);

/* Copies a string value into `out` of `size` bytes (at least 1): escapes decoded to UTF-8, lone
 * surrogates and NUL as U+FFFD, cut at a character's end where it does not fit, always
 * NUL-terminated. Values of other kinds give their JSON text, absent and null an empty string.
 * Answers the bytes written without the NUL. `out` may be where value.text points. */
size_t symfeed_string(struct symfeed_value value, char *out, size_t size);

/* Reads a whole number of up to 64 bits. false, and *number unchanged, where the value is not a
 * number, has a fraction or exponent, or does not fit. */
bool symfeed_integer(struct symfeed_value value, int64_t *number);

/* Reads true or false. false, and *boolean unchanged, where the value is neither. */
bool symfeed_boolean(struct symfeed_value value, bool *boolean);

#else

/* What a build without SYMFEED_JSON lacks. The compiler's first error names the switch. */
#define symfeed_event_find(...)  (symfeed_event_find_needs_SYMFEED_JSON)
#define symfeed_value_find(...)  (symfeed_value_find_needs_SYMFEED_JSON)
#define symfeed_root(...)        (symfeed_root_needs_SYMFEED_JSON)
#define symfeed_members(...)     (symfeed_members_needs_SYMFEED_JSON)
#define symfeed_next_member(...) (symfeed_next_member_needs_SYMFEED_JSON)
#define symfeed_open(...)        (symfeed_open_needs_SYMFEED_JSON)
#define symfeed_string(...)      (symfeed_string_needs_SYMFEED_JSON)
#define symfeed_integer(...)     (symfeed_integer_needs_SYMFEED_JSON)
#define symfeed_boolean(...)     (symfeed_boolean_needs_SYMFEED_JSON)

#endif

#if SYMFEED_TEXT

/* Turns PresentationML or MessageML in `text` (UTF-8, `size` bytes) into plain text in `out` of
 * `out_size` bytes (at least 1), cut at a character's end where it does not fit, always
 * NUL-terminated. Answers the bytes written without the NUL, never more than `size`. `out` may be
 * `text` itself.
 *  - Tags and comments go, CDATA sections stay as they stand. Of <emoji shortcode>, <hash tag>,
 *    <cash tag>, <mention email> or <mention uid>, and <img alt>, which have their text in an
 *    attribute, comes :smiley:, #tag, $tag, @user, and the bare text; where the feed sends these as
 *    text already, that.
 *  - Entities are decoded: by number; XML's five; nbsp, as a space; and the usual ones of HTML.
 *    Others stay as they stand. Numbers that are no character become U+FFFD.
 *  - A line feed comes where a line, block, item, row or button ends, a tab between cells; no two
 *    line feeds of that kind in a row, and none at either end. White space stays as it is.
 *  - Control characters other than tab and line feed are left out, NUL among them.
 * No text is an error: a tag that is cut is left out, and what begins none, as in "<3", stays. The
 * work grows as the text does, whatever it holds. */
size_t symfeed_text(const char *text, size_t size, char *out, size_t out_size);

/* What a message says, as plain text, from the event to `out` of `size` bytes (at least 1): the
 * text of a MESSAGESENT; of a SHAREDPOST the one sent when sharing and, on the next line, the one
 * that was shared. JSON's escapes are decoded and MessageML turned into text as symfeed_text() does
 * it. Always NUL-terminated. Answers the bytes written without the NUL; 0: the event has no such
 * text.
 *
 * It is put together in `out`, markup and all: the text is cut where `size` is less than it has
 * there. An event window's bytes are always enough. */
size_t symfeed_message_text(const struct symfeed_event *event, char *out, size_t size);

#elif SYMFEED_JSON

/* The same without SYMFEED_TEXT, which needs SYMFEED_JSON. */
#define symfeed_text(...)         (symfeed_text_needs_SYMFEED_TEXT)
#define symfeed_message_text(...) (symfeed_message_text_needs_SYMFEED_TEXT)

#else

#define symfeed_text(...)         (symfeed_text_needs_SYMFEED_JSON)
#define symfeed_message_text(...) (symfeed_message_text_needs_SYMFEED_JSON)

#endif

/* --- that header and library are the same ------------------------------------------------- */

/* One number out of many, made by the compiler; each counts, and so does their order. */
#define SYMFEED_AND_(before, number) ((before)*1000003u + (uint32_t)(number))

/* The version, and the sizes of the structs that pass between application and library. */
#define SYMFEED_LAYOUT                                                                             \
    SYMFEED_AND_(                                                                                  \
        SYMFEED_AND_(SYMFEED_AND_(SYMFEED_AND_(SYMFEED_AND_((uint32_t)SYMFEED_VERSION_NUMBER,      \
                                                            sizeof(struct symfeed_config)),        \
                                               sizeof(struct symfeed_port)),                       \
                                  sizeof(struct symfeed_event)),                                   \
                     sizeof(struct symfeed_json_tokens)),                                          \
        sizeof(struct symfeed_counters))

/* The sizes that the build has chosen. Of two that make the same sum, so that the memory would do,
 * one alone may count: what a cookie or a token has room for. */
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
