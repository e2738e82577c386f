/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.h - base64 (RFC 4648, 4) and base64url without padding (RFC 4648, 5; RFC 7515, 2), byte by
 * byte.
 *
 * Depends on: nothing.
 * Guarantees: never writes more than 4 characters for 3 bytes.
 */
#ifndef SYMFEED_BASE64_H
#define SYMFEED_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

/* Characters that encode `bytes` bytes, padding included. */
#define SYMFEED_BASE64_SIZE(bytes) (((bytes) + 2) / 3 * 4)

struct base64 {
    bool url;      /* base64url: other characters for 62 and 63, no padding */
    uint8_t count; /* bits not written yet */
    uint32_t bits;
    char *out; /* where the next character goes; encoding */
};

/* Starts to encode to `out`. */
void symfeed_base64_begin(struct base64 *base64, bool url, char *out);

/* Encodes one byte; writes 1 or 2 characters. */
void symfeed_base64_put(struct base64 *base64, unsigned char byte);

/* Writes the end, up to 3 characters. Returns where they end. */
char *symfeed_base64_end(struct base64 *base64);

/* Decodes one character of base64url; `base64` is zero at the start. Returns the byte that the
 * character completes, or one of these two. */
#define SYMFEED_BASE64_MORE (-1) /* none yet */
#define SYMFEED_BASE64_BAD  (-2) /* not a character of base64url */
int symfeed_base64_get(struct base64 *base64, char c);

#endif
