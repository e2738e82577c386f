/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - a private key out of a PEM file.
 *
 * May know: mbedTLS, pem.c. Promises: the key is in the caller's context, which mbedtls_pk_free()
 * wipes, and nowhere else; no text holds a part of it.
 */
#ifndef SYMFEED_KEY_H
#define SYMFEED_KEY_H

#include <stdbool.h>

#include <mbedtls/pk.h>

#include "pem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the first private key of `file` (PKCS#1, SEC1 or PKCS#8, not encrypted) into `key`, which
 * has been initialised and is to be freed either way. NULL, or what is wrong, as a half sentence
 * that is always there. *exposed is set to whether group or others may read the file. */
const char *symfeed_key_read(mbedtls_pk_context *key, struct symfeed_pem *pem, const char *file,
                             bool *exposed);

#ifdef __cplusplus
}
#endif

#endif
