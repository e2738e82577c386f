/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address_cache.h - which address each host was reached at last, so that it can be met there again.
 *
 * Depends on: address.h.
 * Guarantees: an address is handed out for the very host and port it was reached for and for no
 *   other; fixed memory, in which the host reached longest ago makes place for a new one. Nothing
 *   that is kept is secret.
 */
#ifndef SYMFEED_ADDRESS_CACHE_H
#define SYMFEED_ADDRESS_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "net/address.h"
#include "symfeed_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Hosts that are kept, 300 bytes each. A feed talks to pod, key manager and agent in turn. */
#ifndef SYMFEED_ADDRESS_CACHE_MAX
#define SYMFEED_ADDRESS_CACHE_MAX 4
#endif

/* All zero: none. All members are the functions'. */
struct symfeed_address_cache {
    struct {
        struct symfeed_address address; /* size 0: no entry */
        size_t host_size;
        char host[253]; /* not terminated */
        uint16_t port;
    } entries[SYMFEED_ADDRESS_CACHE_MAX]; /* the one reached last comes first */
};

/* The address that this host and port were reached at last, valid until the next
 * symfeed_address_cache_set(); NULL: not known. */
const struct symfeed_address *
symfeed_address_cache_find(const struct symfeed_address_cache *reached,
                           const struct symfeed_endpoint *endpoint);

/* Keeps the address that this host and port have just been reached at, in place of the one before.
 * A name longer than 253 bytes is not kept. */
void symfeed_address_cache_set(struct symfeed_address_cache *reached,
                               const struct symfeed_endpoint *endpoint,
                               const struct symfeed_address *address);

#ifdef __cplusplus
}
#endif

#endif
