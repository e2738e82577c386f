/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - an address of the network as text.
 *
 * May know: resolve.h, words.c. Promises: asks nobody, no resolver nor the system, which may
 * allocate for that.
 */
#ifndef SYMFEED_ADDRESS_H
#define SYMFEED_ADDRESS_H

#include "resolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room that is always enough. */
#define SYMFEED_ADDRESS_TEXT_SIZE 64

/* Writes the address and its port as "192.0.2.1 port 443" or, RFC 5952, "2001:db8::1 port 443", the
 * number of the interface behind the address where it has one: "fe80::1%2 port 443". */
void symfeed_address_text(const struct symfeed_address *address,
                          char out[SYMFEED_ADDRESS_TEXT_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
