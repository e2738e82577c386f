/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsa.h - checks that the numbers of an RSA private key are consistent (RFC 8017, 3.2), for an
 * mbedTLS that does not check or report it.
 *
 * Depends on: system/file.h, for wiping.
 * Guarantees: nothing of the key stays on the stack, and the time depends only on the lengths of
 * the numbers.
 */
#ifndef SYMFEED_RSA_H
#define SYMFEED_RSA_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns whether `der`, in PKCS#1 or PKCS#8, is an inconsistent RSA private key with two primes: N
 * is not P * Q, E * D is not 1 modulo P - 1 and Q - 1, or a number for the Chinese remainder
 * theorem is wrong. Returns false for a key of another kind, or if it is not a key. */
bool symfeed_rsa_is_broken(const unsigned char *der, size_t size);

/* If *der is an RSA key in PKCS#8, sets *der and *size to the PKCS#1 key inside it. */
void symfeed_rsa_unwrap(const unsigned char **der, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
