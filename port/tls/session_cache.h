/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_cache.h - what is remembered of the servers met: a TLS session each, and a fault of
 * theirs.
 *
 * Depends on: mbedTLS.
 * Guarantees: a session is handed out for the very host and port it was saved for and for no
 *   other; the server not met for longest makes place for a new one.
 */
#ifndef SYMFEED_SESSION_CACHE_H
#define SYMFEED_SESSION_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Servers remembered. A feed talks to pod, key manager and agent in turn. */
#ifndef SYMFEED_SESSION_CACHE_MAX
#define SYMFEED_SESSION_CACHE_MAX 4
#endif

#define SYMFEED_SESSION_CACHE_HASH 32

/* A server. The members may be read; only without_1_3 may be set from outside. */
struct symfeed_peer {
    mbedtls_ssl_session session;
    bool saved;       /* session is there to be resumed */
    bool without_1_3; /* TLS 1.2 at most in the next handshake: see mbedtls.h */
    uint16_t port;    /* 0: nobody */
    uint32_t met;     /* the higher, the later it was met */
    unsigned char
        host[SYMFEED_SESSION_CACHE_HASH]; /* SHA-256 of its name, which would be RAM eight times */
};

/* All members are the functions'. */
struct symfeed_session_cache {
    struct symfeed_peer entries[SYMFEED_SESSION_CACHE_MAX];
    uint32_t met; /* how many times anybody was met */
};

void symfeed_session_cache_init(struct symfeed_session_cache *peers);

/* The entry of a server, which is a new one where it was not met before. `host`: NUL-terminated, at
 * most 253 bytes. Valid until the next call. */
struct symfeed_peer *symfeed_session_cache_meet(struct symfeed_session_cache *peers,
                                                const char *host, uint16_t port);

/* Keeps the session that `ssl` has now, in place of the one before. */
void symfeed_session_cache_save(struct symfeed_peer *peer, const mbedtls_ssl_context *ssl);

/* Wipes the session of one, of all. */
void symfeed_session_cache_forget(struct symfeed_peer *peer);
void symfeed_session_cache_forget_all(struct symfeed_session_cache *peers);

#ifdef __cplusplus
}
#endif

#endif
