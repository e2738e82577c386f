/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.h - one TCP connection, never waited for.
 *
 * Depends on: POSIX sockets, resolver.h, descriptor.h, address_cache.h, cause.h. Knows nothing of
 * TLS, HTTP or the feed.
 */
#ifndef SYMFEED_SOCKET_H
#define SYMFEED_SOCKET_H

/*
 * Guarantees
 *  - No call waits, but symfeed_socket_connect() where it calls getaddrinfo() (resolver.h). The
 *    name is resolved anew for each connection, so a changed DNS entry is met at the next one.
 *  - No call raises SIGPIPE; the descriptor is not inherited by programs that are started.
 *  - Where the caller wants the same address as before, none but that is tried, and nobody is asked
 *    for the name.
 *  - Each failure leaves its cause in `failure`, and answers it.
 *  - A peer that is gone without a word is noticed within 50 s where the connection is quiet, and
 *    within 30 s of a byte sent that it does not acknowledge: see set_options() in socket.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address_cache.h"
#include "net/resolver.h"
#include "symfeed_port.h"
#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What all addresses of a host have together to answer, where nothing else is said: milliseconds,
 * the same as the feed's own default for timers.connect. */
#define SYMFEED_SOCKET_CONNECT_TIME 15000u

/* A connection. All members are the functions' below; `descriptor`, `traffic` and `failure` may
 * be read. */
struct symfeed_socket {
    int descriptor;            /* -1: none */
    uint32_t connect_time;     /* milliseconds for all addresses together */
    symfeed_resolver *resolve; /* the application's; NULL: `lookup` */
    void *resolve_context;
    struct symfeed_lookup lookup;
    struct symfeed_address addresses[SYMFEED_ADDRESSES]; /* while connecting: the host's */
    size_t address_count;                                /* while connecting: how many */
    size_t next;         /* while connecting: the address to try next, address_count: none left */
    size_t tried;        /* of the addresses the one being tried or connected to */
    bool limited;        /* while connecting: share_ends counts */
    uint32_t share_ends; /* when the address being tried has had its share of the time */
    uint32_t traffic;    /* bytes received, on all connections; wraps */
    struct symfeed_address_cache reached; /* which address each host was reached at last */
    struct symfeed_failure failure;       /* the last one, of the whole port */
};

/* Makes `connection` an unconnected one; 0 as `connect_time` takes SYMFEED_SOCKET_CONNECT_TIME,
 * NULL as `resolve` takes the port's own resolver. Nothing to be undone but by
 * symfeed_socket_close(). */
void symfeed_socket_init(struct symfeed_socket *connection, uint32_t connect_time,
                         symfeed_resolver *resolve, void *resolve_context);

/* Opens a connection: resolves the name, then tries each address in the resolver's order, or, with
 * endpoint->same, the one that the last connection to this host and port went to, if it is still
 * known (SYMFEED_ADDRESS_CACHE_MAX hosts are). An address that does not answer loses its turn after
 * its share of connect_time (5 s at most), the last one may take all the time the caller has. `now`
 * is a monotonic time in milliseconds, it may wrap. 0: connected. SYMFEED_IO_WANT_READ or _WRITE:
 * call again when symfeed_socket_descriptor() is readable or writable, or after
 * symfeed_socket_timeout(). Else the cause: no address could be connected to. */
int symfeed_socket_connect(struct symfeed_socket *connection,
                           const struct symfeed_endpoint *endpoint, uint32_t now);

/* What the connection waits for: its socket, or that of a question to a name server. -1: there is
 * none, since it is closed or a resolver of the application's goes on. */
int symfeed_socket_descriptor(const struct symfeed_socket *connection);

/* Milliseconds from `now` until symfeed_socket_connect() wants to be called again by itself, or -1
 * where it does not. */
int symfeed_socket_timeout(const struct symfeed_socket *connection, uint32_t now);

/* Sends at most `size` bytes. Above 0: bytes taken. SYMFEED_IO_WANT_WRITE, or the cause. */
int symfeed_socket_send(struct symfeed_socket *connection, const void *data, size_t size);

/* Receives at most `size` bytes. Above 0: bytes received; 0: the peer has ended the stream.
 * SYMFEED_IO_WANT_READ, or the cause. */
int symfeed_socket_recv(struct symfeed_socket *connection, void *data, size_t size);

/* Closes the connection or the attempt at one; no effect where there is none. What was reached
 * stays known. */
void symfeed_socket_close(struct symfeed_socket *connection);

#ifdef __cplusplus
}
#endif

#endif
