/* SPDX-License-Identifier: Apache-2.0 */
/* address_cache.c - see address_cache.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "net/address_cache.h"

#include <string.h>

/* The entry of this host and port; SYMFEED_ADDRESS_CACHE_MAX: there is none. */
static size_t find(const struct symfeed_address_cache *reached,
                   const struct symfeed_endpoint *endpoint)
{
    size_t i = 0;

    while (i < SYMFEED_ADDRESS_CACHE_MAX &&
           (reached->entries[i].address.size == 0 || reached->entries[i].port != endpoint->port ||
            reached->entries[i].host_size != endpoint->host_size ||
            memcmp(reached->entries[i].host, endpoint->host, endpoint->host_size) != 0)) {
        i++;
    }
    return i;
}

const struct symfeed_address *
symfeed_address_cache_find(const struct symfeed_address_cache *reached,
                           const struct symfeed_endpoint *endpoint)
{
    size_t i = find(reached, endpoint);

    return i < SYMFEED_ADDRESS_CACHE_MAX ? &reached->entries[i].address : NULL;
}

void symfeed_address_cache_set(struct symfeed_address_cache *reached,
                               const struct symfeed_endpoint *endpoint,
                               const struct symfeed_address *address)
{
    struct symfeed_address copy = *address; /* it may be that of an entry that is moved */
    size_t i = find(reached, endpoint);

    if (endpoint->host_size > sizeof reached->entries[0].host) {
        return;
    }
    if (i == SYMFEED_ADDRESS_CACHE_MAX) {
        i--;
    }
    memmove(&reached->entries[1], &reached->entries[0], i * sizeof reached->entries[0]);
    memcpy(reached->entries[0].host, endpoint->host, endpoint->host_size);
    reached->entries[0].host_size = endpoint->host_size;
    reached->entries[0].port = endpoint->port;
    reached->entries[0].address = copy;
}
