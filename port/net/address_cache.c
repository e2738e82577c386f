/* SPDX-License-Identifier: Apache-2.0 */
/* address_cache.c - see address_cache.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "net/address_cache.h"

#include <string.h>

/* Returns the index of this key, or SYMFEED_ADDRESS_CACHE_MAX. */
static size_t find(const struct symfeed_address_cache *cache, uint64_t key)
{
    size_t i = 0;

    while (i < SYMFEED_ADDRESS_CACHE_MAX &&
           (cache->entries[i].address.size == 0 || cache->entries[i].key != key)) {
        i++;
    }
    return i;
}

const struct symfeed_address *symfeed_address_cache_find(const struct symfeed_address_cache *cache,
                                                         const struct symfeed_endpoint *endpoint)
{
    size_t i =
        find(cache, symfeed_address_key(endpoint->host, endpoint->host_size, endpoint->port));

    return i < SYMFEED_ADDRESS_CACHE_MAX ? &cache->entries[i].address : NULL;
}

void symfeed_address_cache_set(struct symfeed_address_cache *cache,
                               const struct symfeed_endpoint *endpoint,
                               const struct symfeed_address *address)
{
    const struct symfeed_address copy = *address; /* it may be in an entry that is moved */
    const uint64_t key = symfeed_address_key(endpoint->host, endpoint->host_size, endpoint->port);
    size_t i = find(cache, key);

    if (i == SYMFEED_ADDRESS_CACHE_MAX) {
        i--;
    }
    memmove(&cache->entries[1], &cache->entries[0], i * sizeof cache->entries[0]);
    cache->entries[0].address = copy;
    cache->entries[0].key = key;
}
