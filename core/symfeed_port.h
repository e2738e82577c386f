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
    SYMFEED_IO_FAILED = -1,     /* over; reason() says why, close() comes next */
    SYMFEED_IO_WANT_READ = -2,  /* call again when the connection can be read from */
    SYMFEED_IO_WANT_WRITE = -3, /* call again when the connection can be written to */
    SYMFEED_IO_AGAIN = -4       /* of secure() alone: as FAILED, but the port will do it differently
                                 * on the next connection, which is made at once, once for each
                                 * request; nothing is logged or counted then */
};

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

/* How much a log line matters. */
enum symfeed_level {
    SYMFEED_LOG_ERROR,   /* needs a person: configuration, rights, credentials */
    SYMFEED_LOG_WARNING, /* something failed; the feed waits and goes on by itself */
    SYMFEED_LOG_INFO,    /* a feed found, made or lost */
    SYMFEED_LOG_DEBUG    /* each call and its answer */
};

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

    /* Hands out the tokens to use. 0: both are filled in. SYMFEED_IO_FAILED: none to be had now,
     * reason() says why; the feed asks again later. Called before the first request, after each 401
     * (refused is set then) and after symfeed_renew(). Needed for SYMFEED_SIGN_IN_BY_TOKENS only,
     * else it may be NULL. */
    int (*credentials)(void *context, struct symfeed_credentials *credentials);

    /* Signs `size` bytes at `data` with the device's RSA key: RSASSA-PKCS1-v1_5 with SHA-512, which
     * JWTs call RS512 (RFC 7518, 3.3). Above 0: bytes written to `signature`, which has room for
     * `room` (512, an RSA key of 4096 bits). SYMFEED_IO_FAILED: reason() says why; the feed asks
     * again later. Needed for SYMFEED_SIGN_IN_BY_KEY only, else it may be NULL. */
    int (*sign)(void *context, const void *data, size_t size, unsigned char *signature,
                size_t room);

    /* One line on the last failure, for the log; without a secret, without a line end, never NULL.
     * Owned by the port, valid until the next call. The call itself may be NULL. */
    const char *(*reason)(void *context);

    /* Takes one log line, NUL-terminated, without a line end. It never holds a token or an event's
     * text. Must not wait until somebody reads it. May be NULL. */
    void (*log)(void *context, enum symfeed_level level, const char *text);
};

#ifdef __cplusplus
}
#endif

#endif
