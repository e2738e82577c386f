/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedtls_config.h - the configuration of Mbed TLS 3.6 or 4.x for `make MBEDTLS_DIR=...`, which
 * compiles it from source. Client only; without libc's file system, clock routines and heap.
 * Prefers small code to speed, except in the arithmetic of the curves, which would take seconds on
 * a device.
 *
 * The options are in symfeed_port_config.h. This file has TLS and certificates for both versions,
 * and the system and cryptography of 3.6; crypto_config.h has those of 4.x.
 */
#ifndef SYMFEED_MBEDTLS_CONFIG_H
#define SYMFEED_MBEDTLS_CONFIG_H

#include "symfeed_port_config.h"
#if MBEDTLS_VERSION_MAJOR < 4
#include "tls/platform_config.h"
/* The port provides random numbers, so mbedTLS does not gather entropy. */
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
/* All enabled cipher suites with forward secrecy. Without this list mbedTLS contains one of all
 * suites, and selects these from it. The order is mbedTLS's, except that AES comes first if the
 * processor has instructions for it: servers that leave the choice to the client would otherwise
 * never use it. */
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
/* Without MBEDTLS_SSL_KEEP_PEER_CERTIFICATE the server's chain is freed after its verification. */

#if SYMFEED_TLS_1_3
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE /* for middleboxes (RFC 8446, D.4) */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE /* TLS 1.3 of mbedTLS needs it */
#endif

#if MBEDTLS_VERSION_MAJOR < 4

#if SYMFEED_TLS_1_3
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_PSA_KEY_SLOT_COUNT 8 /* default 32; only handshakes have keys */
#define MBEDTLS_HKDF_C
#endif

/* --- ciphers ------------------------------------------------------------------------------ */

#define MBEDTLS_CIPHER_C
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_GCM_C
/* PSA needs AES decryption. So does Mbed TLS's assembly for x86-64: without it a jump there has no
 * target. */
#if !SYMFEED_TLS_1_3 && !defined(__x86_64__)
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#endif
#if SYMFEED_TLS_CHACHA20
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#endif

/* --- hashes ------------------------------------------------------------------------------- */

#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA512_SMALLER
/* A fifth of the authorities in a system's bundle signed themselves with SHA-1. That signature is
 * not part of a chain (RFC 5280, 6.1), but mbedTLS has to read a certificate to trust it. So only
 * the name of SHA-1 is enabled: 152 bytes instead of the 4424 of MBEDTLS_SHA1_C. Without the hash
 * no SHA-1 signature can be verified; a leaf or an intermediate that has one is refused. */
#define MBEDTLS_MD_CAN_SHA1

/* --- keys --------------------------------------------------------------------------------- */

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_MPI_MAX_SIZE 512 /* RSA of up to 4096 bits */
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
/* Default 8, but chains of ten exist. Each takes 8 bytes of stack. */
#define MBEDTLS_X509_MAX_INTERMEDIATE_CA 12
#define MBEDTLS_X509_REMOVE_INFO

#define MBEDTLS_VERSION_C

#endif
