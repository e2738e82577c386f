/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - see address.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/descriptor.h"
#include "system/file.h"
#include "system/fnv.h"
#include "system/format.h"

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

uint64_t symfeed_address_key(const char *host, size_t size, uint16_t port)
{
    return symfeed_fnv(symfeed_fnv(SYMFEED_FNV_EMPTY, &port, sizeof port), host, size);
}

/* --- text --------------------------------------------------------------------------------- */

static unsigned digit_of(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return (unsigned)(digit - '0');
    }
    digit = (char)(digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a') + 10 : 16;
}

/* Reads a number below 2^32 in this base; base 0: decimal, octal or hexadecimal as in C. Returns
 * its end, or NULL if there is none. */
static const char *read_number(const char *text, unsigned base, uint32_t *number)
{
    const char *first;
    uint64_t value = 0;

    if (base == 0) {
        base = 10;
        if (text[0] == '0') {
            base = (text[1] | 0x20) == 'x' ? 16 : 8;
            text += base == 16 ? 2 : 0;
        }
    }
    for (first = text; digit_of(*text) < base && value <= UINT32_MAX; text++) {
        value = value * base + digit_of(*text);
    }
    *number = (uint32_t)value;
    return text == first || value > UINT32_MAX ? NULL : text;
}

/* Reads IPv4 like inet_aton(): one to four numbers, the last of which has all remaining bytes.
 * musl's inet_aton() would add 2 KB to the program. */
static bool read_v4(const char *text, unsigned char bytes[SYMFEED_IPV4_SIZE])
{
    uint32_t number = 0;
    unsigned used = 0;

    for (;;) {
        text = read_number(text, 0, &number);
        if (text == NULL) {
            return false;
        }
        if (*text != '.') {
            break;
        }
        if (used == SYMFEED_IPV4_SIZE - 1 || number > UINT8_MAX) {
            return false;
        }
        bytes[used++] = (unsigned char)number;
        text++;
    }
    for (unsigned i = SYMFEED_IPV4_SIZE; i > used; i--, number >>= 8) {
        bytes[i - 1] = (unsigned char)number;
    }
    return *text == '\0' && number == 0;
}

/* Returns the number of the interface of this name; 0 if there is none. if_nametoindex() would take
 * 1 KB. */
static uint32_t interface_of(const char *name)
{
    char path[sizeof "/sys/class/net//ifindex" + IF_NAMESIZE];
    char text[12] = ""; /* a number of 10 digits, a line end, a NUL */
    uint32_t number = 0;
    bool exposed = false;
    int descriptor;

    (void)symfeed_format(path, sizeof path, "/sys/class/net/%s/ifindex", name);
    descriptor = symfeed_file_open(path, &exposed);
    if (descriptor >= 0) {
        (void)symfeed_file_read(descriptor, text, sizeof text - 1);
        (void)close(descriptor);
    }
    return read_number(text, 10, &number) != NULL ? number : 0;
}

/* Returns the number of a zone (RFC 4007, 11.2), which is that number or the name of an interface;
 * 0 if it is neither. */
static uint32_t read_zone(const char *text)
{
    uint32_t number = 0;
    const char *end = read_number(text, 10, &number);

    return end != NULL && *end == '\0' ? number : interface_of(text);
}

bool symfeed_address_read(struct symfeed_address *address, const char *text, uint16_t port)
{
    const char *zone = strchr(text, '%');
    size_t size = zone == NULL ? strlen(text) : (size_t)(zone - text);
    char number[INET6_ADDRSTRLEN];
    unsigned char v4[SYMFEED_IPV4_SIZE];
    struct in6_addr v6;

    if (read_v4(text, v4)) {
        symfeed_address_set(address, v4, sizeof v4, port);
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
    if (zone != NULL) {
        address->socket.v6.sin6_scope_id = read_zone(zone + 1);
        return address->socket.v6.sin6_scope_id != 0;
    }
    return true;
}

/* Parts of an IPv6 address, of 16 bits each. */
#define PARTS 8u

/* Returns the first part of the longest run of at least two zeros, or PARTS if there is none. Sets
 * *end to the part after the run. */
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

/* Writes an IPv6 address without its port. Returns the bytes written. */
static size_t write_v6(const struct sockaddr_in6 *address, char *out, size_t size)
{
    const unsigned char *bytes = address->sin6_addr.s6_addr;
    uint16_t parts[PARTS];
    size_t used = 0;
    unsigned zeros;
    unsigned end;
    size_t i;

    for (i = 0; i < PARTS; i++) {
        parts[i] = (uint16_t)(bytes[(size_t)2 * i] << 8 | bytes[(size_t)2 * i + 1]);
    }
    zeros = find_zeros(parts, &end);
    for (i = 0; i < PARTS; i++) {
        if (i == zeros) {
            used += symfeed_format(out + used, size - used, "::");
            i = end;
        } else if (i > 0) {
            used += symfeed_format(out + used, size - used, ":");
        }
        if (i < PARTS) {
            used += symfeed_format(out + used, size - used, "%x", (unsigned)parts[i]);
        }
    }
    if (address->sin6_scope_id != 0) {
        used +=
            symfeed_format(out + used, size - used, "%s%u", "%", (unsigned)address->sin6_scope_id);
    }
    return used;
}

static size_t write_v4(const struct sockaddr_in *address, char *out, size_t size)
{
    unsigned char bytes[4];

    memcpy(bytes, &address->sin_addr, sizeof bytes);
    return symfeed_format(out, size, "%u.%u.%u.%u", (unsigned)bytes[0], (unsigned)bytes[1],
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
        used = write_v4(&address->socket.v4, out, size);
        port = address->socket.v4.sin_port;
        break;
    case AF_INET6:
        used = write_v6(&address->socket.v6, out, size);
        port = address->socket.v6.sin6_port;
        break;
    default: (void)symfeed_format(out, size, "(unnamed address)"); return;
    }
    (void)symfeed_format(out + used, size - used, " port %u", (unsigned)ntohs(port));
}

/* --- order -------------------------------------------------------------------------------- */

/* The precedences of RFC 6724 for the kinds of addresses that are still in use. Link-local
 * addresses have theirs because of their smaller scope. All of them differ. */
enum {
    KIND_LOCAL = 3, /* unique local IPv6, fc00::/7 */
    KIND_V4 = 35,
    KIND_GLOBAL = 40,
    KIND_LINK = 41,
    KIND_LOOPBACK = 50,
    SAME_KIND = 64, /* more than each of the above */
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

/* Returns the rank of an address: the highest is tried first. Connecting a datagram socket sends
 * nothing, but finds out whether there is a route and which source address it uses. */
static unsigned rank(const struct symfeed_address *address)
{
    const int descriptor = symfeed_descriptor_socket(address->socket.any.sa_family, SOCK_DGRAM);
    unsigned value = kind(address);
    struct symfeed_address source;

    if (descriptor < 0) {
        return value;
    }
    memset(&source, 0, sizeof source);
    source.size = sizeof source.socket;
    if (connect(descriptor, &address->socket.any, address->size) == 0) {
        value |= REACHABLE;
        if (getsockname(descriptor, &source.socket.any, &source.size) == 0 &&
            kind(&source) == kind(address)) {
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
