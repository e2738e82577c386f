/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.h - one TCP connection that never blocks.
 *
 * Depends on: POSIX sockets, resolver.h, address_cache.h, system/descriptor.h, system/failure.h.
 */
#ifndef SYMFEED_SOCKET_H
#define SYMFEED_SOCKET_H

/*
 * Guarantees
 *  - No function waits, except symfeed_socket_connect() if it calls getaddrinfo() (resolver.h).
 *    Each connection resolves the name again, so a changed DNS entry counts from the next one.
 *  - No function raises SIGPIPE. The descriptor is not inherited by child programs.
 *  - A connection begins with the resolver's first address. But if the last one ended before the
 *    caller cleared `silent`, it begins behind the address that this host had last: an address
 *    that accepts connections and never answers does not keep the others from their turns. If the
 *    caller has set `again`, it is to the same address: the server needs another handshake.
 *  - With endpoint->same only the known address is tried, and the resolver is not asked.
 *  - Each failure is recorded in `failure`, and its cause returned.
 *  - A peer that has disappeared is noticed within 50 s on a quiet connection, and within 30 s
 *    after a sent byte that it does not acknowledge: see set_options() in socket.c.
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

/* The default of connect_time, in milliseconds: the same as the feed's default for timers.connect.
 */
#define SYMFEED_SOCKET_CONNECT_TIME 15000u

/* A connection. `descriptor`, `traffic` and `failure` may be read; the caller clears
 * `silent` and sets `again`; all other members are private. */
struct symfeed_socket {
    int descriptor;            /* -1: none */
    uint32_t connect_time;     /* milliseconds for all addresses together */
    symfeed_resolver *resolve; /* the application's; NULL: the port's, `lookup` */
    void *resolve_context;
    struct symfeed_lookup lookup;
    struct symfeed_address addresses[SYMFEED_ADDRESSES]; /* while connecting: the host's */
    size_t address_count;                                /* while connecting: how many */
    size_t next;         /* while connecting: how many were tried; address_count: none left */
    size_t tried;        /* index of the current address */
    uint8_t first;       /* while connecting: index of the address tried first */
    bool silent;         /* set when connected; to be cleared when data comes from the peer */
    bool again;          /* to be set if the next connection is to be to the same address */
    bool limited;        /* while connecting: the current address ends at share_ends */
    uint32_t share_ends; /* end of the time of the current address */
    uint32_t traffic;    /* bytes received on all connections; wraps */
    struct symfeed_address_cache reached; /* the address of the last connection to each host */
    struct symfeed_failure failure;       /* the last failure of the whole port */
};

/* Initialises a connection. `connect_time` 0: SYMFEED_SOCKET_CONNECT_TIME. `resolve` NULL: the
 * port's resolver. Only symfeed_socket_close() is needed afterwards. */
void symfeed_socket_init(struct symfeed_socket *connection, uint32_t connect_time,
                         symfeed_resolver *resolve, void *resolve_context);

/* Opens a connection: resolves the name, then tries each address in the resolver's order, from
 * where the guarantees say. With endpoint->same it tries only the address of the last connection to
 * this host and port, if that is still known (for SYMFEED_ADDRESS_CACHE_MAX hosts). An address that
 * does not answer is given up after its share of connect_time (5 s at most); the last one may take
 * as long as the caller allows. `now` is a monotonic time in milliseconds and may wrap. Returns 0
 * when connected; SYMFEED_IO_WANT_READ or _WRITE: call again when symfeed_socket_descriptor() is
 * readable or writable, or after symfeed_socket_timeout(); otherwise the cause: no address could be
 * connected to, and the one tried first failed for that. */
int symfeed_socket_connect(struct symfeed_socket *connection,
                           const struct symfeed_endpoint *endpoint, uint32_t now);

/* Returns what the connection waits for: its socket, or that of a question to a name server. -1:
 * none, because it is closed or the application's resolver needs more time. */
int symfeed_socket_descriptor(const struct symfeed_socket *connection);

/* Returns the milliseconds from `now` until symfeed_socket_connect() must be called again even if
 * the socket is not ready, or -1 for no limit. */
int symfeed_socket_timeout(const struct symfeed_socket *connection, uint32_t now);

/* Sends at most `size` bytes. Returns the bytes sent, above 0; SYMFEED_IO_WANT_WRITE, or the cause.
 */
int symfeed_socket_send(struct symfeed_socket *connection, const void *data, size_t size);

/* Receives at most `size` bytes. Returns the bytes received, above 0; 0 if the peer closed the
 * stream; SYMFEED_IO_WANT_READ, or the cause. */
int symfeed_socket_recv(struct symfeed_socket *connection, void *data, size_t size);

/* Closes the connection or ends the attempt to connect, if there is one. Keeps the known addresses.
 */
void symfeed_socket_close(struct symfeed_socket *connection);

#ifdef __cplusplus
}
#endif

#endif
