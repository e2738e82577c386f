/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedtls.h - what mbedTLS 2.28, 3.6 and 4.x do not have in common, in one place; and what one that
 * was built from source asks the port for, where libc's answer would cost more than it is worth.
 *
 * Depends on: mbedTLS, random.c, rsa.c. For the .c files of this folder; no header includes it.
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

/* Members that 3.x calls private and offers no other way to. */
#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define SYMFEED_MBEDTLS_HAS_TLS_1_3 1
#else
#define SYMFEED_MBEDTLS_HAS_TLS_1_3 0
#endif

/* In TLS 1.3 a session comes as a ticket after the handshake, and mbedTLS says so with an error. */
#if SYMFEED_MBEDTLS_HAS_TLS_1_3 && defined(MBEDTLS_SSL_SESSION_TICKETS)
#define SYMFEED_MBEDTLS_SIGNALS_TICKETS 1
#else
#define SYMFEED_MBEDTLS_SIGNALS_TICKETS 0
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Starts what mbedTLS keeps for the process: PSA in 3.x and 4.x, nothing in 2.28. Any number of
 * feeds may call it, and whoever uses a key or a hash has to. 0 or -1. */
int symfeed_mbedtls_start(void);

/* Drops it again, for all feeds. */
void symfeed_mbedtls_finish(void);

/* Writes what mbedTLS says of an error of its own. */
void symfeed_mbedtls_text(int error, char *out, size_t size);

/* Whether `error` says that there was no memory left. */
bool symfeed_mbedtls_lacks_memory(int error);

/* Whether `error` of a certificate that cannot be read says that the fault is in an extension. 4.x
 * tells it from none in its form by few errors: there it is one where it has extensions. */
bool symfeed_mbedtls_is_of_extension(int error, bool has_extensions);

/* Mbed TLS 3.6.6 and 4.1.0 offer RSA-PSS to a server, and refuse it as illegal where that takes it
 * up in TLS 1.2 (their issue 10668; mended in what came after). They do not offer it where TLS 1.2
 * is all that may be negotiated. true: `error` is that fault. */
bool symfeed_mbedtls_has_pss_fault(int error);

/* Whether the handshake has come to TLS 1.3. */
bool symfeed_mbedtls_is_1_3(const mbedtls_ssl_context *ssl);

/* Whether `error` says that the server has chosen a version or cipher that was not on offer. */
bool symfeed_mbedtls_has_nothing_in_common(int error);

/* Whether the protocol failed, so that the current message may be incomplete: not a certificate or
 * key in it. */
bool symfeed_mbedtls_is_of_protocol(int error);

/* The number of the fatal alert that was received last, 0 where there was none. */
unsigned symfeed_mbedtls_alert(const mbedtls_ssl_context *ssl);

/* mbedtls_pk_parse_key() of DER without a pass phrase. 0 or an error of mbedTLS. */
int symfeed_mbedtls_parse_key(mbedtls_pk_context *key, const unsigned char *der, size_t size);

/* Whether a key has been read into `key`. */
bool symfeed_mbedtls_has_key(const mbedtls_pk_context *key);

/* Whether `key` can sign as RSA keys do. */
bool symfeed_mbedtls_is_rsa(const mbedtls_pk_context *key);

/* Whether the numbers of an RSA private key fit together: N, E, D, both primes and what the Chinese
 * remainder theorem takes. 0 or an error of mbedTLS. 4.x asks in symfeed_mbedtls_parse_key(). */
int symfeed_mbedtls_check_rsa(const mbedtls_pk_context *key);

/* Whether `error` says that they do not. */
bool symfeed_mbedtls_is_broken_key(int error);

/* mbedtls_pk_check_pair(). 0: the private key is that of the public one. */
int symfeed_mbedtls_check_pair(const mbedtls_pk_context *open, const mbedtls_pk_context *secret);

/* mbedtls_pk_sign() over a hash of SHA-512. 0 or an error of mbedTLS. */
int symfeed_mbedtls_sign(mbedtls_pk_context *key, const unsigned char *hash, size_t hash_size,
                         unsigned char *signature, size_t room, size_t *size);

/* Wipes what earlier calls have left on the stack, as deep as a handshake goes: the deterministic
 * ECDSA of 2.28 leaves a copy of the private key there. */
void symfeed_mbedtls_wipe_stack(void);

/* The random numbers of the system; TLS 1.2 at least, and at most where `without_1_3`; no
 * renegotiation; tickets are signalled; the server is asked for SYMFEED_TLS_MAX_FRAGMENT. */
void symfeed_mbedtls_limit(mbedtls_ssl_config *config, bool without_1_3);

/* Writes name and version of mbedTLS, such as "Mbed TLS 3.6.6". */
void symfeed_mbedtls_version(char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
