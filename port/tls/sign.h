/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign.h - signatures by the device's RSA key, RS512 of RFC 7518.
 *
 * Depends on: mbedTLS, key.c.
 * Guarantees: the key is in memory only while it signs, so that a file that is replaced counts
 *   from the next signature on; it is wiped afterwards.
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

/* Whether `file` is an RSA key of 2048 to 4096 bits that fits together. 0, or the cause. */
int symfeed_sign_check(struct symfeed_pem *pem, const char *file, struct symfeed_failure *failure);

/* Signs `size` bytes at `data`: RSASSA-PKCS1-v1_5 with SHA-512. Above 0: bytes written to
 * `signature`, at most `room`; else the cause. *exposed is set to whether group or others may read
 * the file. It waits for nothing but takes as long as an RSA signature does. */
int symfeed_sign(struct symfeed_pem *pem, const char *file, const void *data, size_t size,
                 unsigned char *signature, size_t room, bool *exposed,
                 struct symfeed_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
