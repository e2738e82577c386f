/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - see address.h. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* inet_aton(), if_nametoindex() */
#endif

#include "address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void symfeed_address_set(struct symfeed_address *address, const unsigned char *bytes, size_t size,
                         uint16_t port)
{
    memset(address, 0, sizeof *address);
    if (size == SYMFEED_IPV4_SIZE) {
        address->socket.v4.sin_family = AF_INET;
        address->socket.v4.sin_port = htons(port);
        memcpy(&address->socket.v4.sin_addr, bytes, SYMFEED_IPV4_SIZE);
        address->size = sizeof address->socket.v4;
    } else {
        address->socket.v6.sin6_family = AF_INET6;
        address->socket.v6.sin6_port = htons(port);
        memcpy(&address->socket.v6.sin6_addr, bytes, SYMFEED_IPV6_SIZE);
        address->size = sizeof address->socket.v6;
    }
}

/* --- text --------------------------------------------------------------------------------- */

/* 0: there is no such scope. */
static uint32_t read_scope(const char *text)
{
    uint64_t number = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++) {
        number = number * 10 + (uint64_t)(*at - '0');
    }
    if (*at == '\0' && number <= UINT32_MAX) {
        return (uint32_t)number;
    }
    return (uint32_t)if_nametoindex(text);
}

bool symfeed_address_read(struct symfeed_address *address, const char *text, uint16_t port)
{
    const char *scope = strchr(text, '%');
    size_t size = scope == NULL ? strlen(text) : (size_t)(scope - text);
    char number[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;

    if (scope == NULL && inet_aton(text, &v4) != 0) {
        symfeed_address_set(address, (const unsigned char *)&v4, SYMFEED_IPV4_SIZE, port);
        return true;
    }
    if (size >= sizeof number) {
        return false;
    }
    memcpy(number, text, size);
    number[size] = '\0';
    if (inet_pton(AF_INET6, number, &v6) != 1) {
        return false;
    }
    symfeed_address_set(address, (const unsigned char *)&v6, SYMFEED_IPV6_SIZE, port);
    if (scope != NULL) {
        address->socket.v6.sin6_scope_id = read_scope(scope + 1);
        return address->socket.v6.sin6_scope_id != 0;
    }
    return true;
}

static char *write_number(char *at, uint32_t number, unsigned base)
{
    char digits[10];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

static char *write_v4(char *at, const unsigned char *bytes)
{
    for (unsigned i = 0; i < SYMFEED_IPV4_SIZE; i++) {
        if (i > 0) {
            *at++ = '.';
        }
        at = write_number(at, bytes[i], 10);
    }
    return at;
}

/* One of the eight groups. */
static unsigned group(const unsigned char *bytes, unsigned number)
{
    return (unsigned)bytes[2 * number] << 8 | bytes[2 * number + 1];
}

/* Groups of zero in a row from there on. */
static unsigned zeros(const unsigned char *bytes, unsigned from)
{
    unsigned count = 0;

    while (from + count < 8 && group(bytes, from + count) == 0) {
        count++;
    }
    return count;
}

/* RFC 5952: in lower case, and the first of the longest runs of two or more zeros left out. */
static char *write_v6(char *at, const unsigned char *bytes)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    unsigned first = 8;
    unsigned most = 1;
    unsigned i;

    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        memcpy(at, "::ffff:", 7);
        return write_v4(at + 7, bytes + sizeof mapped);
    }
    for (i = 0; i < 8; i++) {
        if (zeros(bytes, i) > most) {
            first = i;
            most = zeros(bytes, i);
        }
    }
    for (i = 0; i < 8; i++) {
        if (i == first) {
            *at++ = ':';
            i += most - 1;
            if (i == 7) {
                *at++ = ':';
            }
            continue;
        }
        if (i > 0) {
            *at++ = ':';
        }
        at = write_number(at, group(bytes, i), 16);
    }
    return at;
}

size_t symfeed_address_write(const struct symfeed_address *address, char text[SYMFEED_ADDRESS_TEXT])
{
    char *at;

    if (address->socket.any.sa_family == AF_INET) {
        at = write_v4(text, (const unsigned char *)&address->socket.v4.sin_addr);
    } else {
        at = write_v6(text, address->socket.v6.sin6_addr.s6_addr);
        if (address->socket.v6.sin6_scope_id != 0) {
            *at++ = '%';
            at = write_number(at, (uint32_t)address->socket.v6.sin6_scope_id, 10);
        }
    }
    *at = '\0';
    return (size_t)(at - text);
}

uint16_t symfeed_address_port(const struct symfeed_address *address)
{
    return ntohs(address->socket.any.sa_family == AF_INET ? address->socket.v4.sin_port
                                                          : address->socket.v6.sin6_port);
}

/* --- order -------------------------------------------------------------------------------- */

/* The ranks of RFC 6724 for the kinds of addresses that are still met; the one of link-local
 * addresses comes from their smaller scope. No two kinds share one. */
enum {
    KIND_LOCAL = 3, /* IPv6 of a site, fc00::/7 */
    KIND_V4 = 35,
    KIND_GLOBAL = 40,
    KIND_LINK = 41,
    KIND_LOOPBACK = 50,
    SAME_KIND = 64, /* above all of these */
    REACHABLE = 128
};

static unsigned kind(const struct symfeed_address *address)
{
    const struct in6_addr *v6 = &address->socket.v6.sin6_addr;

    if (address->socket.any.sa_family == AF_INET || IN6_IS_ADDR_V4MAPPED(v6)) {
        return KIND_V4;
    }
    if (IN6_IS_ADDR_LOOPBACK(v6)) {
        return KIND_LOOPBACK;
    }
    if (IN6_IS_ADDR_LINKLOCAL(v6)) {
        return KIND_LINK;
    }
    return (v6->s6_addr[0] & 0xfe) == 0xfc ? KIND_LOCAL : KIND_GLOBAL;
}

/* The higher, the sooner it is tried. A datagram socket is connected without a byte being sent:
 * that asks for a route, and for the address of ours that would be used. */
static unsigned rank(const struct symfeed_address *address)
{
    int type = SOCK_DGRAM;
    unsigned value = kind(address);
    struct symfeed_address ours;
    int descriptor;

#ifdef SOCK_CLOEXEC
    type |= SOCK_CLOEXEC;
#endif
    descriptor = socket(address->socket.any.sa_family, type, 0);
    if (descriptor < 0) {
        return value;
    }
    memset(&ours, 0, sizeof ours);
    ours.size = sizeof ours.socket;
    if (connect(descriptor, &address->socket.any, address->size) == 0) {
        value |= REACHABLE;
        if (getsockname(descriptor, &ours.socket.any, &ours.size) == 0 &&
            kind(&ours) == kind(address)) {
            value |= SAME_KIND;
        }
    }
    (void)close(descriptor);
    return value;
}

void symfeed_address_sort(struct symfeed_address *addresses, size_t count)
{
    unsigned ranks[SYMFEED_ADDRESSES];

    if (count > SYMFEED_ADDRESSES) {
        count = SYMFEED_ADDRESSES;
    }
    for (size_t i = 0; i < count; i++) {
        struct symfeed_address moved = addresses[i];
        unsigned value = rank(&moved);
        size_t to = i;

        for (; to > 0 && ranks[to - 1] < value; to--) {
            addresses[to] = addresses[to - 1];
            ranks[to] = ranks[to - 1];
        }
        addresses[to] = moved;
        ranks[to] = value;
    }
}
