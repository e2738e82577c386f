/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto_config.h - the configuration of the cryptography of Mbed TLS 4.x (TF-PSA-Crypto), built
 * from source: the same as in mbedtls_config.h for 3.6, with the names of 4.x.
 *
 * The options are in symfeed_port_config.h.
 */
#ifndef SYMFEED_CRYPTO_CONFIG_H
#define SYMFEED_CRYPTO_CONFIG_H

#include "symfeed_port_config.h"
#include "tls/platform_config.h"

/* --- the core of PSA ------------------------------------------------------------------------ */

#define MBEDTLS_PSA_CRYPTO_C
/* The port provides random numbers, so mbedTLS does not gather entropy. */
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
/* No other process or thread has access to the buffers of a call. Without this, PSA copies each
 * record before it encrypts or decrypts it, which takes 16 KB of the arena. */
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS
/* Each connection keeps two keys, and the number of connections is not known here. */
#define MBEDTLS_PSA_KEY_STORE_DYNAMIC
#define MBEDTLS_PSA_KEY_SLOT_COUNT 1 /* default 32; for keys in files, which are not used */

/* --- ciphers ------------------------------------------------------------------------------ */

#define PSA_WANT_KEY_TYPE_AES 1
#define PSA_WANT_ALG_GCM      1
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#if SYMFEED_TLS_CHACHA20
#define PSA_WANT_KEY_TYPE_CHACHA20     1
#define PSA_WANT_ALG_CHACHA20_POLY1305 1
#endif

/* --- hashes ------------------------------------------------------------------------------- */

#define PSA_WANT_ALG_SHA_256 1
#define MBEDTLS_SHA256_SMALLER
#define PSA_WANT_ALG_SHA_384 1
#define PSA_WANT_ALG_SHA_512 1
#define MBEDTLS_SHA512_SMALLER
/* Only the name of SHA-1, for authorities that signed themselves with it: see mbedtls_config.h. The
 * claim that a driver has the hash is false: so the hash is not compiled in, and each call for it
 * fails. */
#define PSA_WANT_ALG_SHA_1          1
#define MBEDTLS_PSA_ACCEL_ALG_SHA_1 1
#define PSA_WANT_KEY_TYPE_HMAC      1
#define PSA_WANT_ALG_HMAC           1
#define PSA_WANT_ALG_TLS12_PRF      1
#if SYMFEED_TLS_1_3
#define PSA_WANT_ALG_HKDF_EXTRACT 1
#define PSA_WANT_ALG_HKDF_EXPAND  1
#endif

/* --- keys --------------------------------------------------------------------------------- */

#define MBEDTLS_MPI_MAX_SIZE     512 /* RSA of up to 4096 bits */
#define PSA_WANT_ECC_SECP_R1_256 1
#define PSA_WANT_ECC_SECP_R1_384 1
#if SYMFEED_TLS_X25519
#define PSA_WANT_ECC_MONTGOMERY_255 1
#endif
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY        1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC    1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_IMPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1
#define PSA_WANT_ALG_ECDH                       1
#define PSA_WANT_ALG_ECDSA                      1
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_WINDOW_SIZE               2
#define MBEDTLS_ECP_FIXED_POINT_OPTIM         0
#define PSA_WANT_KEY_TYPE_RSA_PUBLIC_KEY      1
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_BASIC  1
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_IMPORT 1
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_EXPORT 1
#define PSA_WANT_ALG_RSA_PKCS1V15_SIGN        1
#define PSA_WANT_ALG_RSA_PKCS1V15_CRYPT       1 /* required by ECDHE_RSA, but unused */
#if SYMFEED_TLS_RSA_PSS
#define PSA_WANT_ALG_RSA_PSS  1
#define PSA_WANT_ALG_RSA_OAEP 1 /* required by RSA-PSS certificates, but unused */
#endif
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

#endif
