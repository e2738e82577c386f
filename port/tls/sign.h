/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign.h - signs with the device's RSA key: RS512 (RFC 7518).
 *
 * Depends on: mbedTLS, key.h.
 * Guarantees: each signature reads the key again and wipes it afterwards, so a replaced file counts
 *   from the next signature.
 */
#ifndef SYMFEED_SIGN_H
#define SYMFEED_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "system/failure.h"
#include "tls/pem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checks that `file` has an RSA key of 2048 to 4096 bits whose parts are consistent. Returns 0, or
 * the cause. */
int symfeed_sign_check(struct symfeed_pem *pem, const char *file, struct symfeed_failure *failure);

/* Signs `size` bytes at `data`: RSASSA-PKCS1-v1_5 with SHA-512. Returns the bytes written to
 * `signature`, above 0 and at most `room`; or the cause. Sets *exposed to whether group or others
 * may read the file. Does not wait, but takes as long as an RSA signature does. */
int symfeed_sign(struct symfeed_pem *pem, const char *file, const void *data, size_t size,
                 unsigned char *signature, size_t room, bool *exposed,
                 struct symfeed_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
