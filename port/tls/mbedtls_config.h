/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedtls_config.h - Mbed TLS from its source, 3.6 or 4.x, as this client needs it: what `make
 * MBEDTLS_DIR=...` compiles it with. Client only; no file system, no clock routines and no heap of
 * libc; of sizes and speeds the smaller, but for the arithmetic of the curves, which a device would
 * wait seconds for.
 *
 * What may be chosen is in symfeed_port_config.h. Here are TLS and certificates for both; and the
 * system and the cryptography of 3.6, where those of 4.x are in crypto_config.h.
 */
#ifndef SYMFEED_MBEDTLS_CONFIG_H
#define SYMFEED_MBEDTLS_CONFIG_H

#include "symfeed_port_config.h"
#if MBEDTLS_VERSION_MAJOR < 4
#include "tls/platform_config.h"
/* Random numbers come from the port, so nothing gathers entropy here. */
#define MBEDTLS_NO_PLATFORM_ENTROPY
#endif

/* --- TLS ---------------------------------------------------------------------------------- */

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_ALPN
#if SYMFEED_TLS_MAX_FRAGMENT
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#endif
/* Of those that are left the ones with forward secrecy, all of them, and in the order of mbedTLS;
 * without the list it has one of all that there are, and picks these out. But AES first where the
 * processor has instructions for it: servers that leave the choice to the client would else never
 * have it used. */
#define SYMFEED_SUITES_CHACHA                                                                      \
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,                                         \
        MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
#if !SYMFEED_TLS_CHACHA20
#define SYMFEED_CHACHA_FIRST(...)
#define SYMFEED_CHACHA_LAST(...)
#elif defined(__x86_64__) || defined(__aarch64__) || defined(__ARM_FEATURE_CRYPTO) ||              \
    defined(__ARM_FEATURE_AES)
#define SYMFEED_CHACHA_FIRST(...)
#define SYMFEED_CHACHA_LAST(...) , __VA_ARGS__
#else
#define SYMFEED_CHACHA_FIRST(...) __VA_ARGS__,
#define SYMFEED_CHACHA_LAST(...)
#endif
#if SYMFEED_TLS_1_3 && SYMFEED_TLS_CHACHA20
#define SYMFEED_SUITES_1_3                                                                         \
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,                          \
        MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#elif SYMFEED_TLS_1_3
#define SYMFEED_SUITES_1_3 MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
#else
#define SYMFEED_SUITES_1_3
#endif
#define MBEDTLS_SSL_CIPHERSUITES                                                                   \
    SYMFEED_SUITES_1_3 SYMFEED_CHACHA_FIRST(SYMFEED_SUITES_CHACHA)                                 \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,                                           \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,                                             \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,                                           \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 SYMFEED_CHACHA_LAST(SYMFEED_SUITES_CHACHA)
#define MBEDTLS_SSL_IN_CONTENT_LEN  SYMFEED_TLS_RECORD_IN
#define MBEDTLS_SSL_OUT_CONTENT_LEN SYMFEED_TLS_RECORD_OUT
/* Not MBEDTLS_SSL_KEEP_PEER_CERTIFICATE: the server's chain is given back once it is judged. */

#if SYMFEED_TLS_1_3
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE /* middleboxes want it (RFC 8446, D.4) */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE /* its code for TLS 1.3 cannot do without */
#endif

#if MBEDTLS_VERSION_MAJOR < 4

#if SYMFEED_TLS_1_3
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_PSA_KEY_SLOT_COUNT 8 /* of 32: keys of handshakes, and none of anybody else */
#define MBEDTLS_HKDF_C
#endif

/* --- ciphers ------------------------------------------------------------------------------ */

#define MBEDTLS_CIPHER_C
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_GCM_C
/* PSA has AES the other way round, too, and so has Mbed TLS's assembly for x86-64: without it a
 * jump there has no target of its own. */
#if !SYMFEED_TLS_1_3 && !defined(__x86_64__)
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#endif
#if SYMFEED_TLS_CHACHA20
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#endif
/* Where the processor may have them, its own instructions are asked for when it runs. */
#if defined(__aarch64__) || defined(__ARM_FEATURE_CRYPTO) || defined(__ARM_FEATURE_AES)
#define MBEDTLS_AESCE_C
#endif
#if defined(__x86_64__)
#define MBEDTLS_AESNI_C
#endif

/* --- hashes ------------------------------------------------------------------------------- */

#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA512_SMALLER
/* A fifth of the authorities in a system's bundle signed themselves by SHA-1. That signature is not
 * part of a chain (RFC 5280, 6.1), but a certificate has to be read to be trusted. So mbedTLS is
 * told the name of SHA-1 alone: 152 bytes, where MBEDTLS_SHA1_C takes 4424. Without the hash no
 * signature by it can be verified; a leaf or an intermediate that has one is refused. */
#define MBEDTLS_MD_CAN_SHA1

/* --- keys --------------------------------------------------------------------------------- */

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_MPI_MAX_SIZE 512 /* RSA of 4096 bits is the largest */
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#if SYMFEED_TLS_X25519
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
#endif
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_WINDOW_SIZE       2
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#if SYMFEED_TLS_RSA_PSS
#define MBEDTLS_PKCS1_V21
#endif
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

#endif

/* --- certificates ------------------------------------------------------------------------- */

#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#if SYMFEED_TLS_RSA_PSS
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#endif
/* Of 8: chains of ten are met, and each takes 8 bytes of stack. */
#define MBEDTLS_X509_MAX_INTERMEDIATE_CA 12
#define MBEDTLS_X509_REMOVE_INFO

#define MBEDTLS_VERSION_C

#endif
