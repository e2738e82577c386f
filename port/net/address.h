/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - addresses as bytes and as text, and the order in which to try them.
 *
 * Depends on: format.h, descriptor.h, and by which of its own addresses the system would reach
 *   one. Knows nothing of names.
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

/* Addresses of a host that are tried at most. */
#define SYMFEED_ADDRESSES 8

/* An address with its port, ready for connect(). */
struct symfeed_address {
    union {
        struct sockaddr any; /* sa_family says which of the two it is */
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t size; /* bytes of the one that is set */
};

/* Bytes of an address of either kind. */
#define SYMFEED_IPV4_SIZE 4u
#define SYMFEED_IPV6_SIZE 16u

/* Makes an address of its bytes in network order; `size` says of which kind. */
void symfeed_address_set(struct symfeed_address *address, const unsigned char *bytes, size_t size,
                         uint16_t port);

/* Reads an address: IPv4 as inet_aton() does, since getaddrinfo() takes these forms, or IPv6, which
 * may have a %zone, which is the number of an interface and not its name. false: it is none. */
bool symfeed_address_read(struct symfeed_address *address, const char *text, uint16_t port);

/* Returns a hash of host and port, to recognize them later: their name takes up to 253 bytes. The
 * hosts are those of the configuration, so nobody can choose two with the same hash. */
uint64_t symfeed_address_key(const char *host, size_t size, uint16_t port);

/* Room for any address and its port as text. */
#define SYMFEED_ADDRESS_TEXT_SIZE 64

/* Writes the address and its port as "192.0.2.1 port 443" or, RFC 5952, "2001:db8::1 port 443", the
 * number of the interface behind the address where it has one: "fe80::1%2 port 443". */
void symfeed_address_text(const struct symfeed_address *address,
                          char out[SYMFEED_ADDRESS_TEXT_SIZE]);

/* Puts the addresses in the order in which to try them, after RFC 6724: first those that the system
 * has a way to, of these those that it would reach from an address of the same kind, IPv6 before
 * IPv4. What it leaves equal stays as it was: servers turn the order around to share the load. */
void symfeed_address_sort(struct symfeed_address *addresses, size_t count);

#ifdef __cplusplus
}
#endif

#endif
