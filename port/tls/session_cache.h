/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_cache.h - the last TLS session with each of a few servers.
 *
 * Depends on: mbedTLS.
 * Guarantees: a session is only used for the host and port that it was saved for. A new server
 *   replaces the one that was used least recently.
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

/* Servers in the cache. A feed connects to pod, key manager and agent in turn. */
#ifndef SYMFEED_SESSION_CACHE_MAX
#define SYMFEED_SESSION_CACHE_MAX 4
#endif

/* A server. tls.c may read all members, and set without_1_3. */
struct symfeed_peer {
    mbedtls_ssl_session session;
    bool saved;         /* session can be resumed */
    bool without_1_3;   /* the next handshake offers no TLS 1.3: see mbedtls.h */
    uint32_t last_used; /* value of `uses` at its last use */
    uint64_t key;       /* symfeed_address_key() of host and port */
};

/* All members are private. */
struct symfeed_session_cache {
    struct symfeed_peer entries[SYMFEED_SESSION_CACHE_MAX];
    uint32_t uses; /* calls of symfeed_session_cache_select() */
};

void symfeed_session_cache_init(struct symfeed_session_cache *cache);

/* Returns the entry of a server; an empty one if it is new. `host` is NUL-terminated and has at
 * most 253 bytes. The entry is valid until the next call. */
struct symfeed_peer *symfeed_session_cache_select(struct symfeed_session_cache *cache,
                                                  const char *host, uint16_t port);

/* Saves the current session of `ssl` in place of the previous one. */
void symfeed_session_cache_save(struct symfeed_peer *peer, const mbedtls_ssl_context *ssl);

/* Wipe the session of one server, and of all. */
void symfeed_session_cache_forget(struct symfeed_peer *peer);
void symfeed_session_cache_forget_all(struct symfeed_session_cache *cache);

#ifdef __cplusplus
}
#endif

#endif
