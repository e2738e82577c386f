/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsa.h - whether the numbers of an RSA private key fit together (RFC 8017, 3.2), for an mbedTLS
 * that does not tell.
 *
 * Depends on: nothing but file.c, which wipes.
 * Guarantees: nothing of the key stays on the stack, and how long it takes depends on the lengths
 * of the numbers alone.
 */
#ifndef SYMFEED_RSA_H
#define SYMFEED_RSA_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether `der`, a PKCS#1 or PKCS#8 private key, is one of RSA with two primes that is broken: N is
 * not P * Q, E * D is not 1 modulo P - 1 and Q - 1, or a number for the Chinese remainder theorem
 * is not what it has to be. false for a key of another kind, or what is no key at all. */
bool symfeed_rsa_is_broken(const unsigned char *der, size_t size);

/* Makes *der and *size those of the PKCS#1 key inside where they are an RSA key in PKCS#8. */
void symfeed_rsa_unwrap(const unsigned char **der, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
