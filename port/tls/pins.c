/* SPDX-License-Identifier: Apache-2.0 */
/* pins.c - see pins.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/pins.h"

#include <string.h>

#include <mbedtls/md.h>

#include "system/format.h"

#define PREFIX      "sha256//"
#define HASH_SIZE   32
#define BASE64_SIZE 44u /* of a hash */

/* Returns the base64 of a pin. */
static const char *without_prefix(const char *pin)
{
    return strncmp(pin, PREFIX, strlen(PREFIX)) == 0 ? pin + strlen(PREFIX) : pin;
}

/* Returns whether it is the base64 of a SHA-256: 43 digits and one '='. The last two bits of the
 * last digit are 0. */
static bool is_hash(const char *text)
{
    return symfeed_format_span(text, "+/") == BASE64_SIZE - 1 &&
           strchr("AEIMQUYcgkosw048", text[BASE64_SIZE - 2]) != NULL &&
           strcmp(text + BASE64_SIZE - 1, "=") == 0;
}

/* Writes the base64 of a hash, which is followed by a byte 0. */
static void encode(char text[BASE64_SIZE + 1], const unsigned char hash[HASH_SIZE + 1])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i;

    for (i = 0; i < BASE64_SIZE - 1; i++) {
        const unsigned char *from = hash + i * 6 / 8;

        text[i] = digits[(from[0] << 8 | from[1]) >> (10 - i * 6 % 8) & 63];
    }
    text[i] = '=';
    text[i + 1] = '\0';
}

int symfeed_pins_set(struct symfeed_pins *pins, const char *const *texts, size_t count,
                     struct symfeed_failure *failure)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (!is_hash(without_prefix(texts[i]))) {
            int answer = symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_BAD_PIN);

            failure->numbers[0] = (uint32_t)i + 1;
            return answer;
        }
    }
    pins->texts = texts;
    pins->count = count;
    return 0;
}

bool symfeed_pins_match(const struct symfeed_pins *pins, const mbedtls_x509_crt *certificate,
                        char text[SYMFEED_PIN_TEXT_SIZE])
{
    const mbedtls_x509_buf *key = &certificate->pk_raw;
    unsigned char hash[HASH_SIZE + 1] = {0};
    char *pin = text + strlen(PREFIX);
    size_t i;

    text[0] = '\0';
    if (pins->count == 0) {
        return true;
    }
    if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key->p, key->len, hash) != 0) {
        return false;
    }
    memcpy(text, PREFIX, strlen(PREFIX));
    encode(pin, hash);
    for (i = 0; i < pins->count; i++) {
        if (strcmp(without_prefix(pins->texts[i]), pin) == 0) {
            text[0] = '\0';
            return true;
        }
    }
    return false;
}
