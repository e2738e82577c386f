/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.h - base64 (RFC 4648, 4) and base64url without padding (RFC 4648, 5; RFC 7515, 2), byte by
 * byte.
 *
 * Promises: 4 characters for 3 bytes and not one more, so the caller knows the room it has to give.
 */
#ifndef SYMFEED_BASE64_H
#define SYMFEED_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_config.h"

/* Characters that `bytes` bytes come to, with padding. */
#define SYMFEED_BASE64_SIZE(bytes) (((bytes) + 2) / 3 * 4)

struct base64 {
    bool url;      /* base64url: other characters for 62 and 63, no padding */
    uint8_t count; /* bits held back */
    uint32_t bits;
    char *out; /* where the next character goes; encoding */
};

/* Begins to encode to `out`. */
void symfeed_base64_begin(struct base64 *base64, bool url, char *out);

/* Encodes one byte: 1 or 2 characters. */
void symfeed_base64_put(struct base64 *base64, unsigned char byte);

/* Ends it: up to 3 characters. Answers where they end. */
char *symfeed_base64_end(struct base64 *base64);

/* Decodes one character of base64url; `base64` is zero at the beginning. The byte that it
 * completes, or one of the two. */
#define SYMFEED_BASE64_MORE (-1) /* none yet */
#define SYMFEED_BASE64_BAD  (-2) /* not such a character */
int symfeed_base64_get(struct base64 *base64, char c);

#endif
