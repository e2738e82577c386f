/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_port.h - what the core asks of the system it runs on.
 *
 * The core does no I/O and owns no clock: it calls the functions of a struct symfeed_port, one
 * port per feed, and nothing else. port/ has an implementation for POSIX and mbedTLS; a board with
 * another stack fills in its own.
 *
 * Conventions
 *  - Every call gets the `context` pointer of its struct as first argument.
 *  - No call may block, name resolution inside connect() excepted where the system has nothing
 *    else, and sign(), which computes. What cannot be done at once answers SYMFEED_IO_WANT_READ
 *    or SYMFEED_IO_WANT_WRITE and is called again, with the same arguments, once the connection
 *    is ready or a timer has run out.
 *  - Pointers passed in are valid during the call only; the port copies what it wants to keep.
 *  - A port call never calls back into the feed that called it.
 *  - There is one connection at a time per port.
 */
#ifndef SYMFEED_PORT_H
#define SYMFEED_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Answers of connect, secure, send and recv that are not a success. */
enum symfeed_io {
    SYMFEED_IO_FAILED = -1,    /* over; close() comes next. So is any other negative number: it goes
                                * to report() as the cause */
    SYMFEED_IO_WANT_READ = -2, /* call again when the connection can be read from */
    SYMFEED_IO_WANT_WRITE = -3, /* call again when the connection can be written to */
    SYMFEED_IO_AGAIN = -4       /* of secure() alone: as FAILED, but the port will do it differently
                                 * on the next connection, which is made at once, once for each
                                 * request; nothing is logged or counted then */
};

/* The cause that a negative answer stands for. */
static inline uint16_t symfeed_cause(int answer)
{
    return answer < 0 && answer >= -0xFFFF ? (uint16_t)-answer : 0;
}

/* Where to connect to. */
struct symfeed_endpoint {
    const char *host; /* name or address, without brackets; not NUL-terminated */
    size_t host_size; /* bytes in host, 1 to 253 (RFC 1035, 2.3.4) */
    uint16_t port;    /* TCP port */
    bool same;        /* the address that the last connection to this host and port went to is
                       * wanted, and no other; where none did, or the port keeps none, any */
};

/* Where credentials() puts the tokens: buffers of the feed, wiped by the feed. */
struct symfeed_credentials {
    char *session_token;       /* out: NUL-terminated, printable ASCII */
    size_t session_token_size; /* bytes there, NUL included */
    char *key_manager_token;   /* out: NUL-terminated; empty: no keyManagerToken header is sent */
    size_t key_manager_token_size; /* bytes there, NUL included */
    bool refused;                  /* in: the tokens handed out last were answered with 401 */
};

/* --- reports ------------------------------------------------------------------------------ */

/* How much a report matters. */
enum symfeed_level {
    SYMFEED_LOG_ERROR,   /* needs a person: configuration, rights, credentials */
    SYMFEED_LOG_WARNING, /* something failed; the feed waits and goes on by itself */
    SYMFEED_LOG_INFO,    /* a feed found, made or lost */
    SYMFEED_LOG_DEBUG    /* each call and its answer */
};

/* The calls that are made, each with its name for people. From READ to LEGACY_READ they read
 * events, from SESSION on they are those of signing in. */
#define SYMFEED_CALLS(X)                                                                           \
    X(LIST, "list")                                                                                \
    X(CREATE, "create")                                                                            \
    X(DELETE, "delete")                                                                            \
    X(READ, "read")                                                                                \
    X(EVENTS, "datahose read")                                                                     \
    X(LEGACY_READ, "legacy read")                                                                  \
    X(LEGACY_CREATE, "legacy create")                                                              \
    X(HEALTH, "health")                                                                            \
    X(VERSION, "agent version")                                                                    \
    X(SESSION, "sign-in")                                                                          \
    X(INFO, "agent version")                                                                       \
    X(KEY, "key manager sign-in")

#define SYMFEED_CALL_NAME_(name, words) SYMFEED_CALL_##name,
enum symfeed_call { SYMFEED_CALLS(SYMFEED_CALL_NAME_) SYMFEED_CALL_COUNT };
#undef SYMFEED_CALL_NAME_

/* What can be reported: name, usual level, words. A call that fails in a task of one call is
 * always an error. What the report has beside its code is said in front of each group; a product
 * may show, count or send the number of a code, which stays the same within a minor version. */
#define SYMFEED_REPORTS(X)                                                                         \
    X(NONE, DEBUG, "nothing")                                                                      \
    /* A call was not made, or not answered. A person has to act. */                               \
    X(NO_TOKENS, ERROR, "no tokens")                                                               \
    X(BAD_TOKENS, ERROR, "a token is empty, too long or not printable ASCII")                      \
    X(NO_SIGNATURE, ERROR, "no signature")                                                         \
    /* The same, but it passes by itself. `cause` says why NO_CONNECTION, NO_TOKENS and            \
     * NO_SIGNATURE; `detail` is the coding that CODED names. */                                   \
    X(NO_CLOCK, WARNING, "the clock is not set: signing in needs it")                              \
    X(NO_CONNECTION, WARNING, "the connection failed")                                             \
    X(PORT_MISBEHAVED, WARNING, "the port's send() or recv() misbehaved")                          \
    X(SPOKE_FIRST, WARNING, "the server spoke first")                                              \
    X(NO_ANSWER, WARNING, "connection ended without an answer")                                    \
    X(CUT_OFF, WARNING, "connection ended in mid-answer")                                          \
    X(NOT_HTTP, WARNING, "the answer is not proper HTTP/1.1")                                      \
    X(CODED, WARNING, "coding refused: ")                                                          \
    X(BEHIND_ANSWER, WARNING, "bytes behind the answer")                                           \
    X(LATE_CONNECTION, WARNING, "timed out connecting")                                            \
    X(LATE_HANDSHAKE, WARNING, "timed out in the TLS handshake")                                   \
    X(LATE_REQUEST, WARNING, "timed out sending")                                                  \
    X(LATE_ANSWER, WARNING, "timed out waiting for an answer")                                     \
    X(LATE_REST, WARNING, "timed out in mid-answer")                                               \
    X(TOO_SLOW, WARNING, "the answer is too slow")                                                 \
    X(REFUSED, WARNING, "an event was refused, reading its batch again")                           \
    X(REFUSED_LEGACY, WARNING, "an event was refused, handing it out again")                       \
    /* A call was answered, with `status`; `trace` names it. */                                    \
    X(ANSWERED, DEBUG, "")                                                                         \
    /* The same, and it failed, which passes by itself. */                                         \
    X(ANSWER_FAILED, WARNING, "")                                                                  \
    X(PAGE, WARNING, "a gateway's page")                                                           \
    X(BAD_JSON, WARNING, "not the JSON expected")                                                  \
    X(NO_ACK_ID, WARNING, "no ackId, cannot acknowledge")                                          \
    X(LONG_ACK_ID, WARNING, "build with a larger SYMFEED_ACK_ID_SIZE")                             \
    X(FEED_UNKNOWN, WARNING, "the feed or its ackId is not known")                                 \
    X(HOSE_UNKNOWN, WARNING, "feed, ackId, types or scopes are not known: starting anew")          \
    X(LEGACY_GONE, WARNING, "the feed is gone: what came meanwhile is lost")                       \
    X(DELETING_OLDEST, WARNING, "too many feeds, deleting the oldest")                             \
    X(TOKENS_REFUSED, WARNING, "tokens refused, fetching new ones")                                \
    /* The same, and a person has to act. */                                                       \
    X(ANSWER_REFUSED, ERROR, "")                                                                   \
    X(PAGE_REFUSED, ERROR, "a gateway's page")                                                     \
    X(TOO_MANY_FEEDS, ERROR, "20 feeds exist: delete one or allow it with --reclaim")              \
    X(NO_EXPORT, ERROR,                                                                            \
      "users.ceservice is not UP: no MESSAGESENT, MESSAGESUPPRESSED, "                             \
      "SYMPHONYELEMENTSACTION without content export")                                             \
    X(TOKENS_REFUSED_AGAIN, ERROR, "tokens refused, fetching new ones")                            \
    X(NEEDS_SIGN_IN, ERROR, "not without signing in")                                              \
    X(KEY_REFUSED, ERROR, "wrong user name, key or clock")                                         \
    X(CERTIFICATE_REFUSED, ERROR, "the certificate is not accepted")                               \
    X(NO_TOKEN, ERROR, "no token in the answer")                                                   \
    X(BAD_TOKEN, ERROR, "the token is not printable ASCII")                                        \
    X(LONG_SESSION_TOKEN, ERROR, "build with a larger SYMFEED_SESSION_TOKEN_SIZE")                 \
    X(LONG_KEY_MANAGER_TOKEN, ERROR, "build with a larger SYMFEED_KEY_MANAGER_TOKEN_SIZE")         \
    /* The proxy answered in place of the host, with `status`: a person has to act, or it passes   \
     */                                                                                            \
                                                                                                   \
    X(PROXY_REFUSED, ERROR, "from the proxy")                                                      \
    X(PROXY_FAILED, WARNING, "from the proxy")                                                     \
    /* These are about no call. FOUND has the feed's id as `detail`, and its age in `hours`. */    \
    X(GIVEN_UP, ERROR, "an event was refused too often: it comes a last time")                     \
    X(FOUND, INFO, "found a feed that was there before: ")                                         \
    X(CREATED, INFO, "created a feed")                                                             \
    X(GONE, INFO, "the feed is gone, starting anew")                                               \
    X(SIGNED_IN, INFO, "signed in")                                                                \
    X(RENEWED, INFO, "new credentials")                                                            \
    X(STOPPED, INFO, "stopped")                                                                    \
    /* The port's own, with a `cause`. */                                                          \
    X(EXPOSED_FILE, WARNING, "other users can read a file of tokens or keys")

#define SYMFEED_REPORT_NAME_(name, level, words) SYMFEED_REPORT_##name,
enum symfeed_report_code { SYMFEED_REPORTS(SYMFEED_REPORT_NAME_) SYMFEED_REPORT_COUNT };
#undef SYMFEED_REPORT_NAME_

/* hours of a feed whose age is not known. */
#define SYMFEED_AGE_UNKNOWN UINT32_MAX

/* What happened, for a log, a lamp or a counter. Its pointers are valid during report() only. It
 * never holds a token or an event's text; `detail` may hold any byte that a server chose. */
struct symfeed_report {
    enum symfeed_report_code code;
    enum symfeed_level level;
    enum symfeed_call call; /* which call it is about, where it is about one */
    bool about_call;        /* it is */
    bool at_proxy;          /* not answered: because of the proxy, or the way to it */
    uint16_t status;        /* HTTP status of the answer; 0: none came */
    uint16_t cause;         /* why the port could not: its negative answer without the sign */
    uint32_t wait;          /* milliseconds until the next try; 0: there is none, or at once */
    uint32_t hours;         /* age of a feed that was found, or SYMFEED_AGE_UNKNOWN */
    const char *trace;      /* the call's X-Trace-Id, by which the vendor finds it; NULL: none */
    const char *detail;     /* a name or an id; not NUL-terminated; NULL: none. Where the port sets
                             * one for a failure of its own, it takes the place of the words */
    size_t detail_size;     /* bytes at detail */
};

/* --- times -------------------------------------------------------------------------------- */

/* No wait is longer than a day, so a time that seems further ahead than this, 37 hours, has passed:
 * a feed that was not called for weeks is late, never early. */
#define SYMFEED_TIME_AHEAD 0x8000000u

/* Milliseconds on the clock of now() from `now` until `then`; 0 where `then` is not later. The
 * clock wraps, so every comparison of its times goes through this function. Right until 48 days
 * after `then`; a feed first called between then and the wrap waits once more, 37 hours at most. */
static inline uint32_t symfeed_time_left(uint32_t then, uint32_t now)
{
    uint32_t left = then - now;

    return left < SYMFEED_TIME_AHEAD ? left : 0;
}

struct symfeed_port {
    void *context; /* handed to every call; owned by the port */

    /* Opens a TCP connection: resolves the name anew, and tries each of its addresses. Called again
     * until it answers other than WANT_*. 0: connected. The core's connect timer runs meanwhile and
     * ends it with close(). */
    int (*connect)(void *context, const struct symfeed_endpoint *endpoint);

    /* Makes the open connection secure: TLS with the server's chain, name and validity verified
     * against endpoint->host, which is not whom connect() was given where a proxy is between: then
     * send and recv have carried the proxy's CONNECT before. 0: done, 1: done by resuming an
     * earlier session with this endpoint. From now on send and recv carry plain bytes of the
     * secured stream. SYMFEED_IO_AGAIN where the fault may lie in how the port went about it, such
     * as in the session that it offered. Not called for a host whose URL is http://. */
    int (*secure)(void *context, const struct symfeed_endpoint *endpoint);

    /* Sends at most size bytes (size > 0). Above 0: how many were taken. */
    int (*send)(void *context, const void *data, size_t size);

    /* Receives at most size bytes (size > 0). Above 0: how many came; 0: the peer has ended the
     * stream. The core trusts none of the bytes. Called before each request, too: on a connection
     * that is sound it then answers SYMFEED_IO_WANT_READ, which must mean that nothing is there;
     * after anything else the connection is closed. */
    int (*recv)(void *context, void *data, size_t size);

    /* Bytes received from the network so far, those of TLS itself included; any start, may wrap. It
     * tells a slow link from a dead one while recv() has nothing yet. May be NULL where recv()
     * hands out each byte as it comes. */
    uint32_t (*traffic)(void *context);

    /* Closes the connection, if there is one. May be called at any time and any number of times. */
    void (*close)(void *context);

    /* Monotonic time in milliseconds from any start. It may wrap. It should go on while the system
     * sleeps. */
    uint32_t (*now)(void *context);

    /* Seconds since 1970-01-01 UTC, or 0 where the clock is not set. May be NULL but for
     * SYMFEED_SIGN_IN_BY_KEY. Used for the end of a JWT, and for a Retry-After that is a date in an
     * answer that has no Date header (RFC 9110, 10.2.3). */
    int64_t (*wall_clock)(void *context);

    /* Fills data with size random bytes; for waits, trace ids, the ids of JWTs and the key of the
     * repeat memory. Must differ from device to device and from start to start. */
    void (*random)(void *context, void *data, size_t size);

    /* Hands out the tokens to use. 0: both are filled in. Negative: none to be had now, for that
     * cause; the feed asks again later. Called before the first request, after each 401
     * (refused is set then) and after symfeed_renew(). Needed for SYMFEED_SIGN_IN_BY_TOKENS only,
     * else it may be NULL. */
    int (*credentials)(void *context, struct symfeed_credentials *credentials);

    /* Signs `size` bytes at `data` with the device's RSA key: RSASSA-PKCS1-v1_5 with SHA-512, which
     * JWTs call RS512 (RFC 7518, 3.3). Above 0: bytes written to `signature`, which has room for
     * `room` (512, an RSA key of 4096 bits). Negative: it could not, for that cause; the
     * feed asks again later. Needed for SYMFEED_SIGN_IN_BY_KEY only, else it may be NULL. */
    int (*sign)(void *context, const void *data, size_t size, unsigned char *signature,
                size_t room);

    /* Takes note of what happened; symfeed_report_text() makes a line of it. Must not wait until
     * somebody reads that. May be NULL. */
    void (*report)(void *context, const struct symfeed_report *report);
};

#ifdef __cplusplus
}
#endif

#endif
