/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_port.h - the functions that the core needs from the system it runs on.
 *
 * Depends on: nothing but the C99 headers below.
 * Guarantees: the core does no I/O and has no clock; it calls the functions of a port and nothing
 *   else. port/ implements them for POSIX and Mbed TLS; another system implements its own, see
 *   port/README.md.
 */
#ifndef SYMFEED_PORT_H
#define SYMFEED_PORT_H

/*
 * Conventions
 *  - Each feed has a port of its own. Every function gets the port's `context` as first argument.
 *  - No function may block. Two exceptions: connect(), if the system cannot resolve names without
 *    blocking; and sign(), which computes. A function that cannot finish at once returns
 *    SYMFEED_IO_WANT_READ or SYMFEED_IO_WANT_WRITE; the core calls it again, with the same
 *    arguments, when the connection is ready or a timer expires.
 *  - Pointer arguments are valid during the call only; the port copies what it keeps.
 *  - A port function must not call the feed that calls it.
 *  - A port has one connection at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Results of connect, secure, send and recv other than success. */
enum symfeed_io {
    SYMFEED_IO_FAILED = -1,     /* failed: the core calls close() next. -16 to -65535 mean the
                                 * same, with 16 to 65535 as the cause that goes to report(); -2
                                 * to -15 are reserved */
    SYMFEED_IO_WANT_READ = -2,  /* call again when the connection can be read from */
    SYMFEED_IO_WANT_WRITE = -3, /* call again when the connection can be written to */
    SYMFEED_IO_AGAIN = -4       /* only from secure(): failed, but the port will do it differently
                                 * on the next connection. The core connects again at once, once for
                                 * each request, and reports and counts nothing */
};

/* Returns the cause that a negative result stands for. */
static inline uint16_t symfeed_cause(int answer)
{
    return answer < 0 && answer >= -0xFFFF ? (uint16_t)-answer : 0;
}

/* Where to connect to. */
struct symfeed_endpoint {
    const char *host; /* name or address, without brackets; not NUL-terminated */
    size_t host_size; /* bytes in host, 1 to 253 (RFC 1035, 2.3.4) */
    uint16_t port;    /* TCP port */
    bool same;        /* use only the address of the last connection to this host and port; any
                       * address if there was none or the port does not keep it */
};

/* Where credentials() writes the tokens: buffers of the feed, which wipes them. */
struct symfeed_credentials {
    char *session_token;       /* out: NUL-terminated, printable ASCII */
    size_t session_token_size; /* size of the buffer, NUL included */
    char *key_manager_token;   /* out: NUL-terminated; empty: no keyManagerToken header is sent */
    size_t key_manager_token_size; /* size of the buffer, NUL included */
    bool refused;                  /* in: the agent answered the last tokens with 401 */
};

/* --- reports ------------------------------------------------------------------------------ */

/* The severity of a report. */
enum symfeed_level {
    SYMFEED_LOG_ERROR,   /* a person has to fix it: configuration, rights, credentials */
    SYMFEED_LOG_WARNING, /* something failed; the feed waits and continues by itself */
    SYMFEED_LOG_INFO,    /* a feed was found, created or lost */
    SYMFEED_LOG_DEBUG    /* each call and its answer */
};

/* The calls to the servers: name, words for people. READ to LEGACY_READ read events; SESSION and
 * all after it sign in. VERSION is that of the task INFO; INFO asks, before a sign-in, whether a
 * key manager token is needed. */
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

/* Every report: name, usual level, words. In a one-shot task, a call that fails is always an error.
 * The comment above each group says which members of the report are set. A product can show, count
 * or send the number of a code: it stays the same within a minor version. */
#define SYMFEED_REPORTS(X)                                                                         \
    X(NONE, DEBUG, "nothing")                                                                      \
    /* A call was not made, or its answer is not complete. A person has to fix it. */              \
    X(NO_TOKENS, ERROR, "no tokens")                                                               \
    X(BAD_TOKENS, ERROR, "a token is empty, too long or not printable ASCII")                      \
    X(NO_SIGNATURE, ERROR, "no signature")                                                         \
    /* The same, but transient. `cause` is the cause of NO_CONNECTION, NO_TOKENS and               \
     * NO_SIGNATURE; `detail` is the content coding of CODED. */                                   \
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
    /* A call was answered, with `status`; `trace` is its trace id. */                             \
    X(ANSWERED, DEBUG, "")                                                                         \
    /* The same, but the call failed: a transient failure. */                                      \
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
    /* The same, and a person has to fix it. */                                                    \
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
    /* The proxy answered with `status` instead of connecting. */                                  \
    X(PROXY_REFUSED, ERROR, "from the proxy")                                                      \
    X(PROXY_FAILED, WARNING, "from the proxy")                                                     \
    /* Not about a call. FOUND has the feed's id in `detail` and its age in `hours`. */            \
    X(GIVEN_UP, ERROR, "an event was refused too often: it comes a last time")                     \
    X(FOUND, INFO, "found a feed that was there before: ")                                         \
    X(CREATED, INFO, "created a feed")                                                             \
    X(GONE, INFO, "the feed is gone, starting anew")                                               \
    X(SIGNED_IN, INFO, "signed in")                                                                \
    X(RENEWED, INFO, "new credentials")                                                            \
    X(STOPPED, INFO, "stopped")                                                                    \
    /* Reported by the port, with a `cause`. */                                                    \
    X(EXPOSED_FILE, WARNING, "other users can read a file of tokens or keys")

#define SYMFEED_REPORT_NAME_(name, level, words) SYMFEED_REPORT_##name,
enum symfeed_report_code { SYMFEED_REPORTS(SYMFEED_REPORT_NAME_) SYMFEED_REPORT_COUNT };
#undef SYMFEED_REPORT_NAME_

/* Did a function of the port fail? The report then has a `cause`, and the port can set `detail`. */
static inline bool symfeed_report_is_port_failure(enum symfeed_report_code code)
{
    return code == SYMFEED_REPORT_NO_CONNECTION || code == SYMFEED_REPORT_NO_TOKENS ||
           code == SYMFEED_REPORT_NO_SIGNATURE;
}

/* `hours` of a feed whose age is not known. */
#define SYMFEED_AGE_UNKNOWN UINT32_MAX

/* What happened, for a log, a lamp or a counter. Its pointers are valid during report() only. It
 * never contains a token or the text of an event; `detail` can contain any byte that a server
 * sent. */
struct symfeed_report {
    enum symfeed_report_code code;
    enum symfeed_level level;
    enum symfeed_call call; /* the call it is about, if about_call is set */
    bool about_call;
    bool at_proxy;      /* not answered: the proxy, or the connection to it, failed */
    uint16_t status;    /* HTTP status of the answer; 0: there was none, or it is of no use */
    uint16_t cause;     /* why the port failed: its negative result without the sign */
    uint32_t wait;      /* milliseconds until the next try; 0: at once, or no next try */
    uint32_t hours;     /* age of the feed that was found, or SYMFEED_AGE_UNKNOWN */
    const char *trace;  /* the call's X-Trace-Id, for the vendor's support; NULL: none */
    const char *detail; /* a name or an id; not NUL-terminated; NULL: none. If the port sets it
                         * for a failure of its own, it replaces the words */
    size_t detail_size; /* bytes at detail */
};

/* --- times -------------------------------------------------------------------------------- */

/* No wait is longer than a day, so a time that seems to be more than 37 hours ahead has passed: a
 * feed that was not called for weeks is late, never early. */
#define SYMFEED_TIME_AHEAD 0x8000000u

/* Returns the milliseconds on the clock of now() from `now` until `then`; 0 if `then` has passed.
 * The clock wraps, so compare its times with this function only. The result is correct until 48
 * days after `then`; a feed that is first called between then and the wrap waits once more, for 37
 * hours at most. */
static inline uint32_t symfeed_time_left(uint32_t then, uint32_t now)
{
    uint32_t left = then - now;

    return left < SYMFEED_TIME_AHEAD ? left : 0;
}

/* The functions. Seven are required: connect, secure, send, recv, close, now and random. The other
 * five may be NULL where their comment says so; symfeed_init() returns SYMFEED_BAD_PORT if one is
 * missing that the configuration needs. */
struct symfeed_port {
    void *context; /* passed to every function; owned by the port */

    /* Opens a TCP connection: resolves the name again and tries each of its addresses. Called again
     * until it returns something else than WANT_*. Returns 0 when connected. When the core's
     * connect timer expires, the core calls close(). */
    int (*connect)(void *context, const struct symfeed_endpoint *endpoint);

    /* Starts TLS on the open connection and verifies the server's certificate chain, name and
     * validity against endpoint->host. With a proxy this is not the host that connect() was given:
     * send and recv have then carried the proxy's CONNECT before. Returns 0 when done, 1 when done
     * by resuming an earlier session with this endpoint, and SYMFEED_IO_AGAIN if something that the
     * port chose may be the cause, such as the session that it offered. After it, send and recv
     * carry the plain bytes of the TLS stream. Not called for an http:// URL. */
    int (*secure)(void *context, const struct symfeed_endpoint *endpoint);

    /* Sends at most `size` bytes (at least 1). Returns the number of bytes sent, above 0. */
    int (*send)(void *context, const void *data, size_t size);

    /* Receives at most `size` bytes (at least 1). Returns the number of bytes received, or 0 when
     * the peer has closed the stream. The core trusts none of the bytes. Also called before each
     * request: on a healthy connection it then returns SYMFEED_IO_WANT_READ, which must mean that
     * no byte has arrived; otherwise the core closes the connection. */
    int (*recv)(void *context, void *data, size_t size);

    /* Returns the bytes received from the network so far, those of TLS included; starts anywhere
     * and may wrap. Distinguishes a slow link from a dead one while recv() has no data. May be NULL
     * if recv() returns each byte as it arrives. */
    uint32_t (*traffic)(void *context);

    /* Closes the connection, if there is one. Can be called at any time, any number of times. */
    void (*close)(void *context);

    /* Returns the monotonic time in milliseconds; starts anywhere and may wrap. It should continue
     * while the system sleeps. */
    uint32_t (*now)(void *context);

    /* Returns the seconds since 1970-01-01 UTC, or 0 if the clock is not set. Used for the expiry
     * time of a JWT, and for a Retry-After that is a date in an answer without a Date header
     * (RFC 9110, 10.2.3). May be NULL, except with SYMFEED_SIGN_IN_BY_KEY. */
    int64_t (*wall_clock)(void *context);

    /* Fills `data` with `size` random bytes, for waits, trace ids, JWT ids and the key of the hash
     * that finds repeats. They must differ between devices and between starts. */
    void (*random)(void *context, void *data, size_t size);

    /* Gets the tokens. Returns 0 when both are filled in; negative, a cause, when there are none
     * now: the feed asks again later. Called before the first request, after each 401 (`refused` is
     * then set) and after symfeed_renew(). May be NULL, except with SYMFEED_SIGN_IN_BY_TOKENS; for
     * SYMFEED_TASK_HEALTH and SYMFEED_TASK_INFO always. */
    int (*credentials)(void *context, struct symfeed_credentials *credentials);

    /* Signs `size` bytes at `data` with the device's RSA key: RSASSA-PKCS1-v1_5 with SHA-512, RS512
     * in JWTs (RFC 7518, 3.3). Returns the number of bytes written to `signature`, which has `room`
     * bytes (512, for an RSA key of 4096 bits); negative, a cause, when it failed: the feed asks
     * again later. May be NULL, except with SYMFEED_SIGN_IN_BY_KEY. */
    int (*sign)(void *context, const void *data, size_t size, unsigned char *signature,
                size_t room);

    /* Takes what happened, for a log, a lamp or a counter; symfeed_report_text() makes a line of
     * it. Must not block, not even on a full log. May be NULL. */
    void (*report)(void *context, const struct symfeed_report *report);
};

#ifdef __cplusplus
}
#endif

#endif
