/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver.h - from a host's name to its addresses.
 *
 * Depends on: the system's resolver. Knows nothing of connections.
 *
 * symfeed_resolve() is the one call of this port that may block, for as long as the resolver's own
 * timeouts (5 s for each of two tries and each name server with glibc's defaults, 5 s in all with
 * musl's; resolv.conf(5) changes them). There are two of it, SYMFEED_RESOLVER_DNS says which:
 */
#ifndef SYMFEED_RESOLVER_H
#define SYMFEED_RESOLVER_H

/*
 *  - 0, resolver.c: getaddrinfo(), which takes names from wherever the system does. It is the only
 *    user of the heap beside mbedTLS.
 *  - 1, resolver.c: numbers, the hosts file, localhost, then the name servers by way of the C
 *    library's res_query(), with the search list of resolv.conf for names that are not whole. No
 *    heap and no stdio, as far as the library's own call needs none: musl's does not, glibc's keeps
 *    resolv.conf on its heap. What else nsswitch.conf(5) may name is not asked.
 *
 * Where blocking is too long, or where there is neither call, put a function of your own into
 * symfeed_posix_config.resolve; then nothing blocks any more.
 */

#include <stddef.h>
#include <stdint.h>

#include "net/address.h"
#include "symfeed_port_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A resolver. `host` is a name or an address, without brackets, NUL-terminated. Fills in at most
 * `room` addresses in the order in which to try them, and answers how many. Below 0: it failed, for
 * the cause of that number without the sign: one of cause.h, such as SYMFEED_CAUSE_NO_SUCH_HOST, or
 * one of its own behind those.
 *
 * SYMFEED_IO_WANT_READ: not known yet. It is called again with the same arguments after
 * symfeed_posix_wake(), which may be called from a callback, a signal handler or another thread, or
 * by the event loop; at the latest the feed's connect timer ends the attempt. The next attempt may
 * then ask for another host. */
typedef int symfeed_resolver(void *context, const char *host, uint16_t port,
                             struct symfeed_address *addresses, size_t room);

/* The system's resolver, IPv6 and IPv4 in the order of RFC 6724. `context` is not used. Nothing is
 * allocated any more when it returns. */
symfeed_resolver symfeed_resolve;

#ifdef __cplusplus
}
#endif

#endif
