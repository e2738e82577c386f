/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - IP addresses as bytes and as text, and the order in which to try them.
 *
 * Depends on: system/format.h, system/descriptor.h, system/fnv.h, the system's routes.
 * Guarantees: no heap, no stdio, nothing is sent.
 */
#ifndef SYMFEED_ADDRESS_H
#define SYMFEED_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most addresses of a host that are tried. */
#define SYMFEED_ADDRESSES 8

/* An address with its port, ready for connect(). */
struct symfeed_address {
    union {
        struct sockaddr any; /* sa_family tells which of the two is set */
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t size; /* bytes of that one */
};

/* Bytes of an address. */
#define SYMFEED_IPV4_SIZE 4u
#define SYMFEED_IPV6_SIZE 16u

/* Sets an address from its bytes in network order. `size` is one of the two above and decides which
 * kind it is. */
void symfeed_address_set(struct symfeed_address *address, const unsigned char *bytes, size_t size,
                         uint16_t port);

/* Reads an address: IPv4 in the forms of inet_aton(), which getaddrinfo() accepts, or IPv6, which
 * may have a %zone: the number of an interface or, on Linux, its name. Returns false if there is
 * none. */
bool symfeed_address_read(struct symfeed_address *address, const char *text, uint16_t port);

/* Returns a hash of host and port, to recognize them later: a name takes up to 253 bytes. The hosts
 * come from the configuration, so an attacker cannot choose two with the same hash. */
uint64_t symfeed_address_key(const char *host, size_t size, uint16_t port);

/* Room for any address and its port as text. */
#define SYMFEED_ADDRESS_TEXT_SIZE 64

/* Writes the address and its port as "192.0.2.1 port 443" or "2001:db8::1 port 443" (RFC 5952),
 * with the number of the interface if it has one: "fe80::1%2 port 443". */
void symfeed_address_text(const struct symfeed_address *address,
                          char out[SYMFEED_ADDRESS_TEXT_SIZE]);

/* Sorts the addresses into the order in which to try them (RFC 6724): addresses with a route come
 * first; among these, addresses that the system would reach from an address of the same kind; then
 * IPv6 before IPv4. Equal addresses keep their order: servers rotate it to share the load. */
void symfeed_address_sort(struct symfeed_address *addresses, size_t count);

#ifdef __cplusplus
}
#endif

#endif
