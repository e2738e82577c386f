/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedtls.h - hides the differences of mbedTLS 2.28, 3.6 and 4.x; and replaces functions of libc
 * for an mbedTLS built from source, where libc's take too much flash.
 *
 * Depends on: mbedTLS, system/random.h, system/file.h, rsa.h. Only .c files of this folder include
 * it.
 */
#ifndef SYMFEED_MBEDTLS_H
#define SYMFEED_MBEDTLS_H

#include <stdbool.h>
#include <stddef.h>

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER < 0x021c0000
#error "symfeed: mbedTLS 2.28, 3.6 or 4.x is needed"
#endif

/* A member that is private in 3.x and has no accessor. */
#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define SYMFEED_MBEDTLS_HAS_TLS_1_3 1
#else
#define SYMFEED_MBEDTLS_HAS_TLS_1_3 0
#endif

/* In TLS 1.3 a session arrives as a ticket after the handshake; mbedTLS reports it as an error. */
#if SYMFEED_MBEDTLS_HAS_TLS_1_3 && defined(MBEDTLS_SSL_SESSION_TICKETS)
#define SYMFEED_MBEDTLS_SIGNALS_TICKETS 1
#else
#define SYMFEED_MBEDTLS_SIGNALS_TICKETS 0
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Initialises the state of mbedTLS for the process: PSA in 3.x and 4.x, nothing in 2.28. Must be
 * called before a key or a hash is used; any number of feeds may call it. Returns 0 or -1. */
int symfeed_mbedtls_start(void);

/* Frees that state, for all feeds. */
void symfeed_mbedtls_finish(void);

/* Writes mbedTLS's text for its error. */
void symfeed_mbedtls_text(int error, char *out, size_t size);

/* Returns whether `error` means that no memory was left. */
bool symfeed_mbedtls_lacks_memory(int error);

/* Returns whether a certificate cannot be read because of an extension. `error` is the error of
 * reading it. Most errors of 4.x do not tell an extension from the rest; they count as of an
 * extension if the certificate has any. */
bool symfeed_mbedtls_is_of_extension(int error, bool has_extensions);

/* Returns whether `error` is a defect of Mbed TLS 3.6.6 and 4.1.0: they offer RSA-PSS to a server
 * and refuse it as illegal if the server uses it in TLS 1.2 (their issue 10668, fixed in later
 * versions). If only TLS 1.2 may be negotiated, they do not offer it. */
bool symfeed_mbedtls_has_pss_fault(int error);

/* Returns whether the handshake has negotiated TLS 1.3. */
bool symfeed_mbedtls_is_1_3(const mbedtls_ssl_context *ssl);

/* Returns whether `error` means that the server chose a version or cipher that was not offered. */
bool symfeed_mbedtls_has_nothing_in_common(int error);

/* Returns whether `error` is one of the protocol, so that the current message may be incomplete,
 * and not one of a certificate or key in it. */
bool symfeed_mbedtls_is_of_protocol(int error);

/* Returns the number of the last fatal alert received, or 0 if there was none. */
unsigned symfeed_mbedtls_alert(const mbedtls_ssl_context *ssl);

/* Calls mbedtls_pk_parse_key() for DER without a passphrase. Returns 0 or an error of mbedTLS. */
int symfeed_mbedtls_parse_key(mbedtls_pk_context *key, const unsigned char *der, size_t size);

/* Returns whether `key` contains a key. */
bool symfeed_mbedtls_has_key(const mbedtls_pk_context *key);

/* Returns whether `key` is an RSA key that can sign. */
bool symfeed_mbedtls_is_rsa(const mbedtls_pk_context *key);

/* Checks that the numbers of an RSA private key are consistent: N, E, D, both primes and the
 * numbers for the Chinese remainder theorem. Returns 0 or an error of mbedTLS. With 4.x
 * symfeed_mbedtls_parse_key() has checked it. */
int symfeed_mbedtls_check_rsa(const mbedtls_pk_context *key);

/* Returns whether `error` means that they are inconsistent. */
bool symfeed_mbedtls_is_broken_key(int error);

/* Calls mbedtls_pk_check_pair(). Returns 0 if `secret` is the private key of `open`. */
int symfeed_mbedtls_check_pair(const mbedtls_pk_context *open, const mbedtls_pk_context *secret);

/* Calls mbedtls_pk_sign() for a hash of SHA-512. Returns 0 or an error of mbedTLS. */
int symfeed_mbedtls_sign(mbedtls_pk_context *key, const unsigned char *hash, size_t hash_size,
                         unsigned char *signature, size_t room, size_t *size);

/* Wipes the remains of earlier calls from the stack, as deep as a handshake goes: the deterministic
 * ECDSA of 2.28 leaves a copy of the private key there. */
void symfeed_mbedtls_wipe_stack(void);

/* Configures: random numbers of the system; at least TLS 1.2, and at most TLS 1.2 if `without_1_3`;
 * no renegotiation; tickets are signalled; the server is asked for SYMFEED_TLS_MAX_FRAGMENT. */
void symfeed_mbedtls_limit(mbedtls_ssl_config *config, bool without_1_3);

/* Writes the name and version of mbedTLS, such as "Mbed TLS 3.6.6". */
void symfeed_mbedtls_version(char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
