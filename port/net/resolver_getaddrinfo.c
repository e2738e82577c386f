/* SPDX-License-Identifier: Apache-2.0 */
/* resolver_getaddrinfo.c - see resolver.h: the C library's resolver. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* EAI_NODATA */
#endif

#include "net/resolver.h"

#if SYMFEED_RESOLVER_GETADDRINFO

#include <netdb.h>
#include <stdbool.h>
#include <string.h>

#include "system/failure.h"
#include "system/format.h"

static enum symfeed_port_cause cause_of(int error)
{
    switch (error) {
    case EAI_NONAME: return SYMFEED_CAUSE_NO_SUCH_HOST;
    case EAI_AGAIN: return SYMFEED_CAUSE_NAME_LATER;
    case EAI_FAIL: return SYMFEED_CAUSE_NAME_REFUSED;
    case EAI_MEMORY: return SYMFEED_CAUSE_NAME_MEMORY;
#ifdef EAI_NODATA
    case EAI_NODATA: return SYMFEED_CAUSE_NO_ADDRESS;
#endif
    case EAI_SYSTEM: return SYMFEED_CAUSE_NAME_SYSTEM;
    default: return SYMFEED_CAUSE_NAME_FAILED;
    }
}

/* Copies an IPv4 or IPv6 address. Returns false if it is of another kind. */
static bool copy(struct symfeed_address *address, const struct addrinfo *found)
{
    if ((found->ai_family != AF_INET && found->ai_family != AF_INET6) ||
        found->ai_addrlen > sizeof address->socket) {
        return false;
    }
    memset(address, 0, sizeof *address);
    memcpy(&address->socket, found->ai_addr, found->ai_addrlen);
    address->size = found->ai_addrlen;
    return true;
}

int symfeed_lookup_find(struct symfeed_lookup *lookup, const char *host, uint16_t port,
                        uint32_t now, struct symfeed_address *addresses)
{
    struct addrinfo *found = NULL;
    const struct addrinfo *next;
    struct addrinfo hints;
    char service[6];
    size_t count = 0;
    int error;

    (void)lookup;
    (void)now;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    (void)symfeed_format(service, sizeof service, "%u", (unsigned)port);
    error = getaddrinfo(host, service, &hints, &found);
    if (error != 0) {
        return -(int)cause_of(error);
    }
    for (next = found; next != NULL && count < SYMFEED_ADDRESSES; next = next->ai_next) {
        count += copy(&addresses[count], next) ? 1 : 0;
    }
    freeaddrinfo(found);
    return count == 0 ? -(int)SYMFEED_CAUSE_NO_ADDRESS : (int)count;
}

void symfeed_lookup_init(struct symfeed_lookup *lookup, uint32_t time)
{
    (void)lookup;
    (void)time;
}

int symfeed_lookup_descriptor(const struct symfeed_lookup *lookup)
{
    (void)lookup;
    return -1;
}

int symfeed_lookup_timeout(const struct symfeed_lookup *lookup, uint32_t now)
{
    (void)lookup;
    (void)now;
    return -1;
}

void symfeed_lookup_stop(struct symfeed_lookup *lookup)
{
    (void)lookup;
}

void symfeed_lookup_forget(struct symfeed_lookup *lookup)
{
    (void)lookup;
}

#endif
