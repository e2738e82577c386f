/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.c - any string as an address: IPv4 in each of its forms, IPv6 with a zone. Up to 12
 * bytes; the longest IPv6 address is shorter here.
 *
 * Of: port/net/address.c
 * Bounds: --unwind 14
 * Stubs: inet_pton:any_inet_pton
 * Mutant: port/net/address.c
 *     if (used == SYMFEED_IPV4_SIZE - 1 || number > UINT8_MAX) {
 *     if (used == SYMFEED_IPV4_SIZE + 1 || number > UINT8_MAX) {
 */
#include <arpa/inet.h>

#undef INET6_ADDRSTRLEN
#define INET6_ADDRSTRLEN 8

#include "port/net/address.c"

#include "proof.h"

/* The C library's: reads a string, writes 16 bytes. */
int any_inet_pton(int family, const char *text, void *out)
{
    (void)family;
    claim(strlen(text) < INET6_ADDRSTRLEN, "the address is a string");
    claim(__CPROVER_w_ok(out, 16), "there is room for the bytes");
    return nondet_bool();
}

void prove(void)
{
    ANY_STRING(text, 12);
    struct symfeed_address address;

    (void)symfeed_address_read(&address, text, nondet_uint16());
}
