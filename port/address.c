/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - see address.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "words.h"

/* Parts of an IPv6 address, of 16 bits each. */
#define PARTS 8u

/* Of the longest run of zeros, two at least, the first part; PARTS: there is none. *end is the part
 * behind it. */
static unsigned find_zeros(const uint16_t parts[PARTS], unsigned *end)
{
    unsigned longest = 1;
    unsigned found = PARTS;
    unsigned zeros = 0;
    unsigned i;

    for (i = 0; i < PARTS; i++) {
        zeros = parts[i] == 0 ? zeros + 1 : 0;
        if (zeros > longest) {
            longest = zeros;
            found = i + 1 - zeros;
        }
    }
    *end = found + longest;
    return found;
}

/* An address of IPv6 without its port. Answers the bytes written. */
static size_t put_v6(const struct sockaddr_in6 *address, char *out, size_t size)
{
    const unsigned char *bytes = address->sin6_addr.s6_addr;
    uint16_t parts[PARTS];
    size_t used = 0;
    unsigned zeros;
    unsigned end;
    unsigned i;

    for (i = 0; i < PARTS; i++) {
        parts[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    }
    zeros = find_zeros(parts, &end);
    for (i = 0; i < PARTS; i++) {
        if (i == zeros) {
            used += symfeed_words(out + used, size - used, "::");
            i = end;
        } else if (i > 0) {
            used += symfeed_words(out + used, size - used, ":");
        }
        if (i < PARTS) {
            used += symfeed_words(out + used, size - used, "%x", (unsigned)parts[i]);
        }
    }
    if (address->sin6_scope_id != 0) {
        used +=
            symfeed_words(out + used, size - used, "%s%u", "%", (unsigned)address->sin6_scope_id);
    }
    return used;
}

static size_t put_v4(const struct sockaddr_in *address, char *out, size_t size)
{
    unsigned char bytes[4];

    memcpy(bytes, &address->sin_addr, sizeof bytes);
    return symfeed_words(out, size, "%u.%u.%u.%u", (unsigned)bytes[0], (unsigned)bytes[1],
                         (unsigned)bytes[2], (unsigned)bytes[3]);
}

void symfeed_address_text(const struct symfeed_address *address,
                          char out[SYMFEED_ADDRESS_TEXT_SIZE])
{
    const size_t size = SYMFEED_ADDRESS_TEXT_SIZE;
    in_port_t port = 0;
    size_t used = 0;

    switch (address->socket.any.sa_family) {
    case AF_INET:
        used = put_v4(&address->socket.v4, out, size);
        port = address->socket.v4.sin_port;
        break;
    case AF_INET6:
        used = put_v6(&address->socket.v6, out, size);
        port = address->socket.v6.sin6_port;
        break;
    default: (void)symfeed_words(out, size, "(unnamed address)"); return;
    }
    (void)symfeed_words(out + used, size - used, " port %u", (unsigned)ntohs(port));
}
