/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pins.h - the hashes of the keys that a server may have (RFC 7469, 2.4).
 *
 * Depends on: mbedTLS's SHA-256.
 * Guarantees: without pins any key is accepted, otherwise only these. A key whose hash cannot be
 *   computed is refused.
 */
#ifndef SYMFEED_PINS_H
#define SYMFEED_PINS_H

#include <stdbool.h>
#include <stddef.h>

#include <mbedtls/x509_crt.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a pin with "sha256//" before it and a NUL after it. */
#define SYMFEED_PIN_TEXT_SIZE 53

/* Pins. All members are private. */
struct symfeed_pins {
    const char *const *texts;
    size_t count;
};

/* Sets `count` pins, each base64 of 32 bytes, with or without "sha256//" before it. They are used
 * in place and must stay valid. Returns 0, or the cause. */
int symfeed_pins_set(struct symfeed_pins *pins, const char *const *texts, size_t count,
                     struct symfeed_failure *failure);

/* Returns whether the certificate's key matches a pin, or there are no pins. If not, writes the
 * key's pin to `text`, with "sha256//" before it. */
bool symfeed_pins_match(const struct symfeed_pins *pins, const mbedtls_x509_crt *certificate,
                        char text[SYMFEED_PIN_TEXT_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
