/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address_cache.h - the address of the last connection to each of a few hosts.
 *
 * Depends on: address.h.
 * Guarantees: an address is only returned for the host and port that it was stored for. Fixed
 * memory: a new host replaces the one that was stored least recently. Contains no secret.
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

/* Hosts in the cache, 40 bytes each. A feed connects to pod, key manager and agent in turn. */
#ifndef SYMFEED_ADDRESS_CACHE_MAX
#define SYMFEED_ADDRESS_CACHE_MAX 4
#endif

/* Zero it first. All members are private. */
struct symfeed_address_cache {
    struct {
        struct symfeed_address address; /* size 0: no entry */
        uint64_t key; /* hash of host and port: the name takes six times the RAM */
    } entries[SYMFEED_ADDRESS_CACHE_MAX]; /* the latest connection first */
};

/* Returns the address of the last connection to this host and port, or NULL if it is not known.
 * Valid until the next symfeed_address_cache_set(). */
const struct symfeed_address *symfeed_address_cache_find(const struct symfeed_address_cache *cache,
                                                         const struct symfeed_endpoint *endpoint);

/* Stores the address of a new connection to this host and port. */
void symfeed_address_cache_set(struct symfeed_address_cache *cache,
                               const struct symfeed_endpoint *endpoint,
                               const struct symfeed_address *address);

#ifdef __cplusplus
}
#endif

#endif
