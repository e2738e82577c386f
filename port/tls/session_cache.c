/* SPDX-License-Identifier: Apache-2.0 */
/* session_cache.c - see session_cache.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/session_cache.h"

#include <string.h>

#include "net/address.h"
#include "tls/arena.h"
#include "tls/mbedtls.h"

/* The rest of a ClientHello at most, in bytes: names, keys, suites. */
#define HELLO_SIZE 768

void symfeed_session_cache_init(struct symfeed_session_cache *cache)
{
    size_t i;

    memset(cache, 0, sizeof *cache);
    for (i = 0; i < SYMFEED_SESSION_CACHE_MAX; i++) {
        mbedtls_ssl_session_init(&cache->entries[i].session);
    }
}

struct symfeed_peer *symfeed_session_cache_select(struct symfeed_session_cache *cache,
                                                  const char *host, uint16_t port)
{
    const uint64_t key = symfeed_address_key(host, strlen(host), port);
    struct symfeed_peer *oldest = &cache->entries[0];
    size_t i;

    cache->uses++;
    for (i = 0; i < SYMFEED_SESSION_CACHE_MAX; i++) {
        struct symfeed_peer *peer = &cache->entries[i];

        if (peer->key == key) {
            peer->last_used = cache->uses;
            return peer;
        }
        if (cache->uses - peer->last_used > cache->uses - oldest->last_used) {
            oldest = peer;
        }
    }
    symfeed_session_cache_forget(oldest);
    oldest->key = key;
    oldest->last_used = cache->uses;
    oldest->without_1_3 = false;
    return oldest;
}

/* Returns whether a ClientHello with this ticket fits into one record, as it must. */
static bool fits(const mbedtls_ssl_session *session)
{
#if defined(MBEDTLS_SSL_SESSION_TICKETS)
    return session->MBEDTLS_PRIVATE(ticket_len) + HELLO_SIZE <= MBEDTLS_SSL_OUT_CONTENT_LEN;
#else
    (void)session;
    return true;
#endif
}

void symfeed_session_cache_save(struct symfeed_peer *peer, const mbedtls_ssl_context *ssl)
{
    symfeed_session_cache_forget(peer);
    if (mbedtls_ssl_get_session(ssl, &peer->session) == 0 && fits(&peer->session)) {
        peer->saved = true;
    } else {
        /* The ticket is too large, or there was no memory: the next handshake is a full one. */
        symfeed_session_cache_forget(peer);
        symfeed_arena_watch();
    }
}

void symfeed_session_cache_forget(struct symfeed_peer *peer)
{
    mbedtls_ssl_session_free(&peer->session);
    mbedtls_ssl_session_init(&peer->session);
    peer->saved = false;
}

void symfeed_session_cache_forget_all(struct symfeed_session_cache *cache)
{
    size_t i;

    for (i = 0; i < SYMFEED_SESSION_CACHE_MAX; i++) {
        symfeed_session_cache_forget(&cache->entries[i]);
    }
}
