/* SPDX-License-Identifier: Apache-2.0 */
/* pins.c - see pins.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "pins.h"

#include <string.h>

#include <mbedtls/base64.h>
#include <mbedtls/md.h>

#include "words.h"

#define PREFIX "sha256//"

/* Digits of base64 that the bytes of a pin take. */
#define BASE64_SIZE 44u

static int decode(unsigned char pin[SYMFEED_PIN_SIZE], const char *text)
{
    size_t size = 0;

    if (strncmp(text, PREFIX, strlen(PREFIX)) == 0) {
        text += strlen(PREFIX);
    }
    /* Longer than what 32 bytes make is not looked at: mbedTLS would pass over white space. */
    if (strlen(text) != BASE64_SIZE) {
        return -1;
    }
    if (mbedtls_base64_decode(pin, SYMFEED_PIN_SIZE, &size, (const unsigned char *)text,
                              strlen(text)) != 0) {
        return -1;
    }
    return size == SYMFEED_PIN_SIZE ? 0 : -1;
}

int symfeed_pins_set(struct symfeed_pins *pins, const char *const *texts, size_t count, char *error,
                     size_t size)
{
    size_t i;

    pins->count = 0;
    if (count > SYMFEED_PINS_MAX) {
        (void)symfeed_words(error, size, "%u pins are too many, %u are taken", (unsigned)count,
                            (unsigned)SYMFEED_PINS_MAX);
        return -1;
    }
    for (i = 0; i < count; i++) {
        if (decode(pins->pins[i], texts[i]) != 0) {
            (void)symfeed_words(
                error, size,
                "pin %u is not base64 of a SHA-256: it takes 44 characters, the last "
                "of them =",
                (unsigned)i + 1);
            return -1;
        }
    }
    pins->count = count;
    return 0;
}

bool symfeed_pins_match(const struct symfeed_pins *pins, const mbedtls_x509_crt *certificate,
                        char text[SYMFEED_PIN_TEXT_SIZE])
{
    const mbedtls_x509_buf *key = &certificate->pk_raw;
    unsigned char hash[SYMFEED_PIN_SIZE];
    size_t written = 0;
    size_t i;

    text[0] = '\0';
    if (pins->count == 0) {
        return true;
    }
    if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key->p, key->len, hash) != 0) {
        return false;
    }
    for (i = 0; i < pins->count; i++) {
        if (memcmp(pins->pins[i], hash, sizeof hash) == 0) {
            return true;
        }
    }
    memcpy(text, PREFIX, sizeof PREFIX);
    (void)mbedtls_base64_encode((unsigned char *)text + strlen(PREFIX),
                                SYMFEED_PIN_TEXT_SIZE - strlen(PREFIX), &written, hash,
                                sizeof hash);
    return false;
}
