/* SPDX-License-Identifier: Apache-2.0 */
/* mbedtls.c - see mbedtls.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/mbedtls.h"

#include <mbedtls/error.h>
#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/rsa.h>
#endif

/* PSA has one state for the process. In 3.x only TLS 1.3 uses it; in 4.x all cryptography does. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_PSA_CRYPTO_C)
#define USES_PSA 1
#include <psa/crypto.h>
#else
#define USES_PSA 0
#endif

#include "symfeed_port_config.h"
#include "system/file.h"
#include "system/format.h"
#include "system/random.h"
#include "tls/rsa.h"

#if MBEDTLS_VERSION_NUMBER >= 0x04000000
/* The number of MBEDTLS_ERR_RSA_KEY_CHECK_FAILED, a name that is private in 4.x. */
#define BROKEN_KEY (-0x4200)
#else
#define BROKEN_KEY MBEDTLS_ERR_RSA_KEY_CHECK_FAILED
#endif

int symfeed_mbedtls_start(void)
{
#if USES_PSA
    return psa_crypto_init() == PSA_SUCCESS ? 0 : -1;
#else
    return 0;
#endif
}

void symfeed_mbedtls_finish(void)
{
#if USES_PSA
    mbedtls_psa_crypto_free();
#endif
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000

/* The system's random numbers, in the form of mbedTLS's callback. */
static int give_random(void *context, unsigned char *data, size_t size)
{
    (void)context;
    return symfeed_random(data, size) == 0 ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

#endif

/* --- errors ------------------------------------------------------------------------------- */

/* Returns the error of the upper module. An error is the sum of one of an upper module, in bits 7
 * to 14, and one of a lower module, in bits 0 to 6. In 4.x it is only one of the two, or an error
 * of PSA, -129 to -248, whose bits overlap both. */
static int upper_error(int error)
{
    return MBEDTLS_VERSION_NUMBER >= 0x04000000 ? error : -(-error & 0x7F80);
}

void symfeed_mbedtls_text(int error, char *out, size_t size)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    if (error > -0x1000 && error <= -0x80) {
        (void)symfeed_format(out, size, "PSA error %d (-0x%04X)", error, (unsigned)-error);
        return;
    }
#endif
#if defined(MBEDTLS_ERROR_C)
    char text[128];

    mbedtls_strerror(error, text, sizeof text);
    (void)symfeed_format(out, size, "%s (-0x%04X)", text, (unsigned)-error);
#else
    (void)symfeed_format(out, size, "mbedTLS error -0x%04X", (unsigned)-error);
#endif
}

bool symfeed_mbedtls_lacks_memory(int error)
{
#if USES_PSA
    if (error == PSA_ERROR_INSUFFICIENT_MEMORY) {
        return true;
    }
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    return false;
#else
    const int above = upper_error(error);
    const int below = -(-error & 0x007F);

    return above == MBEDTLS_ERR_SSL_ALLOC_FAILED || above == MBEDTLS_ERR_X509_ALLOC_FAILED ||
           above == MBEDTLS_ERR_PK_ALLOC_FAILED || above == MBEDTLS_ERR_ECP_ALLOC_FAILED ||
           above == MBEDTLS_ERR_MD_ALLOC_FAILED || above == MBEDTLS_ERR_CIPHER_ALLOC_FAILED ||
           below == MBEDTLS_ERR_MPI_ALLOC_FAILED || below == MBEDTLS_ERR_ASN1_ALLOC_FAILED;
#endif
}

bool symfeed_mbedtls_is_of_extension(int error, bool has_extensions)
{
    const int above = upper_error(error);

#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    /* 3.6 adds the error of the ASN.1 parser, -0x60 to -0x7F; 4.x returns only that one. */
    if (has_extensions && error > -0x80 && error <= MBEDTLS_ERR_ASN1_OUT_OF_DATA) {
        return true;
    }
#else
    (void)has_extensions;
#endif
    return above == MBEDTLS_ERR_X509_INVALID_EXTENSIONS ||
           above == MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE;
}

/* Errors of the protocol are below -0x5000, those of certificates and keys above (mbedtls/error.h).
 */
bool symfeed_mbedtls_is_of_protocol(int error)
{
    return error <= -0x5000;
}

unsigned symfeed_mbedtls_alert(const mbedtls_ssl_context *ssl)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04010000
    const int alert = mbedtls_ssl_get_fatal_alert(ssl);

    return alert < 0 ? 0 : (unsigned)alert;
#else
    /* Before 4.1 there is no function for it. */
    const unsigned char *message = ssl->MBEDTLS_PRIVATE(in_msg);

    return message == NULL ? 0 : message[1];
#endif
}

bool symfeed_mbedtls_has_pss_fault(int error)
{
#if SYMFEED_MBEDTLS_HAS_TLS_1_3
    unsigned library = MBEDTLS_VERSION_NUMBER;

#if defined(MBEDTLS_VERSION_C)
    library = mbedtls_version_get_number();
#endif
    return (library == 0x03060600 || library == 0x04010000) &&
           error == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
#else
    (void)error;
    return false;
#endif
}

bool symfeed_mbedtls_is_1_3(const mbedtls_ssl_context *ssl)
{
#if SYMFEED_MBEDTLS_HAS_TLS_1_3
    return mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
#else
    (void)ssl;
    return false;
#endif
}

bool symfeed_mbedtls_has_nothing_in_common(int error)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    return error == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION ||
           error == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
#else
    return error == MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION;
#endif
}

/* --- keys --------------------------------------------------------------------------------- */

int symfeed_mbedtls_parse_key(mbedtls_pk_context *key, const unsigned char *der, size_t size)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    /* 4.0 accepts an inconsistent key; 4.1 refuses it with the same error as an unknown kind of
     * key. Both lose the public half of a key in PKCS#8, which mbedtls_pk_check_pair() needs. */
    if (symfeed_rsa_is_broken(der, size)) {
        return BROKEN_KEY;
    }
    symfeed_rsa_unwrap(&der, &size);
    return mbedtls_pk_parse_key(key, der, size, NULL, 0);
#elif MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_pk_parse_key(key, der, size, NULL, 0, give_random, NULL);
#else
    return mbedtls_pk_parse_key(key, der, size, NULL, 0);
#endif
}

bool symfeed_mbedtls_has_key(const mbedtls_pk_context *key)
{
    return mbedtls_pk_get_bitlen(key) != 0;
}

bool symfeed_mbedtls_is_rsa(const mbedtls_pk_context *key)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    return mbedtls_pk_can_do_psa(key, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_512),
                                 PSA_KEY_USAGE_SIGN_HASH) == 1;
#else
    return mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA;
#endif
}

int symfeed_mbedtls_check_rsa(const mbedtls_pk_context *key)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    (void)key;
    return 0;
#else
    return mbedtls_rsa_check_privkey(mbedtls_pk_rsa(*key));
#endif
}

bool symfeed_mbedtls_is_broken_key(int error)
{
    return upper_error(error) == BROKEN_KEY;
}

int symfeed_mbedtls_check_pair(const mbedtls_pk_context *open, const mbedtls_pk_context *secret)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
    return mbedtls_pk_check_pair(open, secret, give_random, NULL);
#else
    return mbedtls_pk_check_pair(open, secret);
#endif
}

int symfeed_mbedtls_sign(mbedtls_pk_context *key, const unsigned char *hash, size_t hash_size,
                         unsigned char *signature, size_t room, size_t *size)
{
    /* 2.28 does not check the room. */
    if ((mbedtls_pk_get_bitlen(key) + 7) / 8 > room) {
        return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
    }
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    return mbedtls_pk_sign(key, MBEDTLS_MD_SHA512, hash, hash_size, signature, room, size);
#elif MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_pk_sign(key, MBEDTLS_MD_SHA512, hash, hash_size, signature, room, size,
                           give_random, NULL);
#else
    return mbedtls_pk_sign(key, MBEDTLS_MD_SHA512, hash, hash_size, signature, size, give_random,
                           NULL);
#endif
}

void symfeed_mbedtls_wipe_stack(void)
{
    unsigned char left_over[8192];

    symfeed_file_wipe_written(left_over, sizeof left_over);
}

/* --- configuration ------------------------------------------------------------------------ */

void symfeed_mbedtls_limit(mbedtls_ssl_config *config, bool without_1_3)
{
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    mbedtls_ssl_conf_rng(config, give_random, NULL);
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
#if SYMFEED_MBEDTLS_HAS_TLS_1_3
    mbedtls_ssl_conf_max_tls_version(config, without_1_3 ? MBEDTLS_SSL_VERSION_TLS1_2
                                                         : MBEDTLS_SSL_VERSION_TLS1_3);
#else
    (void)without_1_3;
#endif
#if SYMFEED_TLS_MAX_FRAGMENT && defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
    (void)mbedtls_ssl_conf_max_frag_len(
        config, SYMFEED_TLS_MAX_FRAGMENT == 512    ? MBEDTLS_SSL_MAX_FRAG_LEN_512
                : SYMFEED_TLS_MAX_FRAGMENT == 1024 ? MBEDTLS_SSL_MAX_FRAG_LEN_1024
                : SYMFEED_TLS_MAX_FRAGMENT == 2048 ? MBEDTLS_SSL_MAX_FRAG_LEN_2048
                                                   : MBEDTLS_SSL_MAX_FRAG_LEN_4096);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#if SYMFEED_MBEDTLS_SIGNALS_TICKETS
#if MBEDTLS_VERSION_NUMBER < 0x04000000 /* which always does */
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
    /* Resuming without a fresh key exchange would give up forward secrecy. */
    mbedtls_ssl_conf_tls13_key_exchange_modes(config,
                                              MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ALL);
#endif
}

void symfeed_mbedtls_version(char *out, size_t size)
{
#if !defined(MBEDTLS_VERSION_C)
    (void)symfeed_format(out, size, "%s", MBEDTLS_VERSION_STRING_FULL);
#elif MBEDTLS_VERSION_NUMBER >= 0x04000000
    (void)symfeed_format(out, size, "%s", mbedtls_version_get_string_full());
#else
    char text[32]; /* mbedTLS needs 18 */

    mbedtls_version_get_string_full(text);
    (void)symfeed_format(out, size, "%s", text);
#endif
}

/* --- functions that mbedTLS from source calls, see mbedtls_config.h -------------------------- */

#if SYMFEED_MBEDTLS_SOURCE

#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>

/* mbedTLS reads only the members that are set here. A time before 1970 is an error. */
struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *now, struct tm *out)
{
    const uint64_t last = 253402300799; /* the end of the year 9999, which a certificate may name */
    struct symfeed_date date;

    if (*now < 0 || (uint64_t)*now > last) {
        return NULL;
    }
    date = symfeed_date((uint64_t)*now);
    out->tm_year = (int)date.year - 1900;
    out->tm_mon = (int)date.month - 1;
    out->tm_mday = (int)date.day;
    out->tm_hour = (int)date.hour;
    out->tm_min = (int)date.minute;
    out->tm_sec = (int)date.second;
    return out;
}

#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *output, size_t output_size,
                                             size_t *output_length)
{
    (void)context;
    if (symfeed_random(output, output_size) != 0) {
        return PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    *output_length = output_size;
    return PSA_SUCCESS;
}

#endif

#endif
