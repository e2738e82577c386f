/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c - see refusal.h. */
#include "tls/refusal.h"

#include <mbedtls/x509_crt.h>

enum symfeed_port_cause symfeed_refusal_next(uint32_t *flags)
{
    /* Dates come first: they are wrong on every device whose clock is not set. */
    static const struct {
        uint32_t flags;
        uint16_t cause;
    } refusals[] = {
        {SYMFEED_REFUSED_CLOCK, SYMFEED_CAUSE_CLOCK_NOT_SET},
        {MBEDTLS_X509_BADCERT_EXPIRED, SYMFEED_CAUSE_EXPIRED},
        {MBEDTLS_X509_BADCERT_FUTURE, SYMFEED_CAUSE_NOT_YET_VALID},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, SYMFEED_CAUSE_OTHER_NAME},
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED, SYMFEED_CAUSE_UNKNOWN_AUTHORITY},
        {MBEDTLS_X509_BADCERT_REVOKED, SYMFEED_CAUSE_REVOKED},
        {MBEDTLS_X509_BADCERT_MISSING, SYMFEED_CAUSE_NOT_SHOWN},
        {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
             MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
         SYMFEED_CAUSE_NOT_FOR_SERVER},
        {MBEDTLS_X509_BADCERT_BAD_MD, SYMFEED_CAUSE_WEAK_HASH},
        {MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY, SYMFEED_CAUSE_WEAK_KEY},
        {SYMFEED_REFUSED_PIN, SYMFEED_CAUSE_OTHER_PIN},
    };
    size_t i;

    for (i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if ((*flags & refusals[i].flags) != 0) {
            *flags &= ~refusals[i].flags;
            return (enum symfeed_port_cause)refusals[i].cause;
        }
    }
    return SYMFEED_CAUSE_NONE;
}
