/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.h - the addresses in a name server's answer (RFC 1035, 4.1).
 *
 * Pure: bytes in, bytes out.
 * Guarantees: whatever the bytes are, each is looked at once at most, and nothing outside of them
 *   is.
 */
#ifndef SYMFEED_DNS_H
#define SYMFEED_DNS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of records: addresses of IPv4 and of IPv6. */
#define SYMFEED_DNS_A    1u
#define SYMFEED_DNS_AAAA 28u

/* The header of an answer; what is shorter is none. */
#define SYMFEED_DNS_HEADER 12u

/* There is no such name. */
#define SYMFEED_DNS_NO_NAME (-1)
/* The server has failed, or what it sent is no answer: another time it may be. */
#define SYMFEED_DNS_FAILED (-2)

/* Copies the addresses of a type out of an answer, one behind the other, 4 or 16 bytes each: at
 * most `room` of them. How many, or one of the above; 0: the name has none.
 *
 * An answer that is cut short gives what is whole in it. Whose the addresses are is not compared: a
 * resolver puts into an answer what it was asked for and the aliases that lead there, and whoever
 * can send another answer can also send the right name with it. */
int symfeed_dns_addresses(const unsigned char *answer, size_t size, unsigned type,
                          unsigned char *addresses, size_t room);

/* Has the server sent no record, and said that there are too many for a datagram? The header must
 * be there. */
bool symfeed_dns_is_cut(const unsigned char *answer);

#ifdef __cplusplus
}
#endif

#endif
