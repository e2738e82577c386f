/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pins.h - the keys that a server may have, by their hash (RFC 7469, 2.4).
 *
 * Depends on: mbedTLS's SHA-256.
 * Guarantees: with no pins any key will do, with one or more none but these; what cannot be
 *   computed counts as another key.
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

/* Bytes of a pin, "sha256//" before it and a NUL after it. */
#define SYMFEED_PIN_TEXT_SIZE 53

/* Pins. All members are the functions'. */
struct symfeed_pins {
    const char *const *texts;
    size_t count;
};

/* Takes `count` pins, each base64 of 32 bytes; "sha256//" may be before it. They stay where they
 * are. 0, or the cause. */
int symfeed_pins_set(struct symfeed_pins *pins, const char *const *texts, size_t count,
                     struct symfeed_failure *failure);

/* Whether the certificate's key is one of the pins, or there are none. Else what its pin would be
 * is in `text`, "sha256//" before it. */
bool symfeed_pins_match(const struct symfeed_pins *pins, const mbedtls_x509_crt *certificate,
                        char text[SYMFEED_PIN_TEXT_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
