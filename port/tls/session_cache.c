/* SPDX-License-Identifier: Apache-2.0 */
/* session_cache.c - see session_cache.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/session_cache.h"

#include <string.h>

#include <mbedtls/md.h>

#include "tls/arena.h"
#include "tls/mbedtls.h"

/* What else is in a ClientHello, at most: names, keys, suites. */
#define HELLO_SIZE 768

void symfeed_session_cache_init(struct symfeed_session_cache *peers)
{
    size_t i;

    memset(peers, 0, sizeof *peers);
    for (i = 0; i < SYMFEED_SESSION_CACHE_MAX; i++) {
        mbedtls_ssl_session_init(&peers->entries[i].session);
    }
}

struct symfeed_peer *symfeed_session_cache_meet(struct symfeed_session_cache *peers,
                                                const char *host, uint16_t port)
{
    struct symfeed_peer *oldest = &peers->entries[0];
    struct symfeed_peer *peer = NULL;
    unsigned char hash[SYMFEED_SESSION_CACHE_HASH];
    bool hashed = mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                             (const unsigned char *)host, strlen(host), hash) == 0;
    size_t i;

    peers->met++;
    for (i = 0; i < SYMFEED_SESSION_CACHE_MAX; i++) {
        peer = &peers->entries[i];
        if (hashed && peer->port == port && memcmp(peer->host, hash, sizeof hash) == 0) {
            peer->met = peers->met;
            return peer;
        }
        if (peers->met - peer->met > peers->met - oldest->met) {
            oldest = peer;
        }
    }
    symfeed_session_cache_forget(oldest);
    memcpy(oldest->host, hash, sizeof hash);
    oldest->port = hashed ? port : 0; /* whoever cannot be told from others is met anew */
    oldest->met = peers->met;
    oldest->without_1_3 = false;
    return oldest;
}

/* Whether the ticket fits into the one record that a ClientHello has to fit into. */
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
        /* Too large, or there was no memory to keep it in: the next handshake is a full one. */
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

void symfeed_session_cache_forget_all(struct symfeed_session_cache *peers)
{
    size_t i;

    for (i = 0; i < SYMFEED_SESSION_CACHE_MAX; i++) {
        symfeed_session_cache_forget(&peers->entries[i]);
    }
}
