/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - reads a private key from a PEM file.
 *
 * Depends on: mbedTLS, pem.h.
 * Guarantees: the key is only in the caller's context afterwards, which mbedtls_pk_free() wipes.
 */
#ifndef SYMFEED_KEY_H
#define SYMFEED_KEY_H

#include <stdbool.h>

#include <mbedtls/pk.h>

#include "system/failure.h"
#include "tls/pem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the first private key of `file` (PKCS#1, SEC1 or PKCS#8, not encrypted) into `key`, which
 * the caller has initialised and frees in any case. Returns NONE, or what is wrong. Sets *exposed
 * as symfeed_file_open() does. */
enum symfeed_port_cause symfeed_key_read(mbedtls_pk_context *key, struct symfeed_pem *pem,
                                         const char *file, bool *exposed);

#ifdef __cplusplus
}
#endif

#endif
