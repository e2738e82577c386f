/* SPDX-License-Identifier: Apache-2.0 */
/* address_cache.c - see address_cache.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "net/address_cache.h"

#include <string.h>

/* Returns the index of this host and port, or SYMFEED_ADDRESS_CACHE_MAX. */
static size_t find(const struct symfeed_address_cache *cache,
                   const struct symfeed_endpoint *endpoint)
{
    size_t i = 0;

    while (i < SYMFEED_ADDRESS_CACHE_MAX &&
           (cache->entries[i].address.size == 0 || cache->entries[i].port != endpoint->port ||
            cache->entries[i].host_size != endpoint->host_size ||
            memcmp(cache->entries[i].host, endpoint->host, endpoint->host_size) != 0)) {
        i++;
    }
    return i;
}

const struct symfeed_address *symfeed_address_cache_find(const struct symfeed_address_cache *cache,
                                                         const struct symfeed_endpoint *endpoint)
{
    size_t i = find(cache, endpoint);

    return i < SYMFEED_ADDRESS_CACHE_MAX ? &cache->entries[i].address : NULL;
}

void symfeed_address_cache_set(struct symfeed_address_cache *cache,
                               const struct symfeed_endpoint *endpoint,
                               const struct symfeed_address *address)
{
    struct symfeed_address copy = *address; /* `address` may point into an entry that is moved */
    size_t i = find(cache, endpoint);

    if (endpoint->host_size > sizeof cache->entries[0].host) {
        return;
    }
    if (i == SYMFEED_ADDRESS_CACHE_MAX) {
        i--;
    }
    memmove(&cache->entries[1], &cache->entries[0], i * sizeof cache->entries[0]);
    memcpy(cache->entries[0].host, endpoint->host, endpoint->host_size);
    cache->entries[0].host_size = endpoint->host_size;
    cache->entries[0].port = endpoint->port;
    cache->entries[0].address = copy;
}
