/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_port_config.h - the settings of the port at build time, by Kconfig or -D, with defaults.
 * Kconfig has the cost of each.
 *
 * SYMFEED_MBEDTLS_SOURCE is 3 or 4 if make was given MBEDTLS_DIR, a source of Mbed TLS 3.6 or 4.x:
 * mbedTLS is then compiled from it with tls/mbedtls_config.h, and the process uses no heap.
 * Otherwise it is 0: mbedTLS was built before, and its record sizes and its allocator are fixed.
 */
#ifndef SYMFEED_PORT_CONFIG_H
#define SYMFEED_PORT_CONFIG_H

#include <stdint.h>

#ifdef SYMFEED_CONFIG_FILE
#include SYMFEED_CONFIG_FILE
#endif

#ifndef SYMFEED_MBEDTLS_SOURCE
#define SYMFEED_MBEDTLS_SOURCE 0
#endif

/* 1: TLS 1.3 besides TLS 1.2. */
#ifndef SYMFEED_TLS_1_3
#define SYMFEED_TLS_1_3 0
#endif

/* 1: accepts certificates and handshakes signed by RSA-PSS. TLS 1.3 requires it. */
#ifndef SYMFEED_TLS_RSA_PSS
#define SYMFEED_TLS_RSA_PSS SYMFEED_TLS_1_3
#endif

/* 1: ChaCha20-Poly1305 besides AES-GCM: faster where the processor has no instructions for AES. */
#ifndef SYMFEED_TLS_CHACHA20
#define SYMFEED_TLS_CHACHA20 1
#endif

/* 1: the key exchange X25519 besides those with the curves P-256 and P-384. */
#ifndef SYMFEED_TLS_X25519
#define SYMFEED_TLS_X25519 0
#endif

/* Longest content of a received TLS record, in bytes. Takes the same number of bytes in the arena.
 * A server may send up to 16 384 (RFC 8446, 5.1), also if it was asked for less. A longer record
 * than this closes the connection, and the report names the setting. */
#ifndef SYMFEED_TLS_RECORD_IN
#define SYMFEED_TLS_RECORD_IN 16384
#endif

/* The record size that the server is asked for (RFC 6066, 4), in bytes: 512, 1024, 2048 or 4096,
 * and at most SYMFEED_TLS_RECORD_IN and _OUT, since it applies in both directions. 0: the server is
 * not asked. Kconfig, whose choices are yes or no, sets SYMFEED_TLS_MAX_FRAGMENT_512 and so on. */
#ifndef SYMFEED_TLS_MAX_FRAGMENT
#if defined SYMFEED_TLS_MAX_FRAGMENT_512
#define SYMFEED_TLS_MAX_FRAGMENT 512
#elif defined SYMFEED_TLS_MAX_FRAGMENT_1024
#define SYMFEED_TLS_MAX_FRAGMENT 1024
#elif defined SYMFEED_TLS_MAX_FRAGMENT_2048
#define SYMFEED_TLS_MAX_FRAGMENT 2048
#elif defined SYMFEED_TLS_MAX_FRAGMENT_4096
#define SYMFEED_TLS_MAX_FRAGMENT 4096
#else
#define SYMFEED_TLS_MAX_FRAGMENT 0
#endif
#endif

/* Longest content of a sent TLS record, in bytes. Takes the same number of bytes in the arena. A
 * client certificate with its intermediates must fit into one record; symfeed_posix_open() names
 * the size needed if it does not. */
#ifndef SYMFEED_TLS_RECORD_OUT
#if SYMFEED_TLS_MAX_FRAGMENT > 2048
#define SYMFEED_TLS_RECORD_OUT SYMFEED_TLS_MAX_FRAGMENT
#else
#define SYMFEED_TLS_RECORD_OUT 2048
#endif
#endif

/* The smallest arena in which a handshake succeeds: both records and what mbedTLS allocates
 * besides, with EC keys in the whole chain. Measured, with a reserve of 2 to 8 %; more with
 * pointers of 8 bytes. */
#if SYMFEED_MBEDTLS_SOURCE >= 4 && UINTPTR_MAX > 0xffffffff
#define SYMFEED_ARENA_BESIDE (12288 + SYMFEED_TLS_1_3 * 4096)
#elif SYMFEED_MBEDTLS_SOURCE >= 4
#define SYMFEED_ARENA_BESIDE (9728 + SYMFEED_TLS_1_3 * 2560)
#elif UINTPTR_MAX > 0xffffffff
#define SYMFEED_ARENA_BESIDE (10240 + SYMFEED_TLS_1_3 * 12288)
#else
#define SYMFEED_ARENA_BESIDE (7168 + SYMFEED_TLS_1_3 * 8192)
#endif
#define SYMFEED_ARENA_MIN (SYMFEED_TLS_RECORD_IN + SYMFEED_TLS_RECORD_OUT + SYMFEED_ARENA_BESIDE)

/* What the arena has beyond that, in bytes: 4608 are enough for a chain of RSA keys of 2048 bits,
 * 12288 for one of 4096 bits, 20480 with a client certificate of 4096 bits besides; sessions take
 * more. On a system that allocates by page, unused bytes take no RAM. */
#ifndef SYMFEED_ARENA_SPARE
#define SYMFEED_ARENA_SPARE 22528
#endif

/* Memory of mbedTLS in bytes, for all feeds of the process together. The application passes it in
 * struct symfeed_posix_config. 0: mbedTLS uses its own allocator. */
#ifndef SYMFEED_ARENA_SIZE
#if SYMFEED_MBEDTLS_SOURCE
#define SYMFEED_ARENA_SIZE (SYMFEED_ARENA_MIN + SYMFEED_ARENA_SPARE)
#else
#define SYMFEED_ARENA_SIZE 0
#endif
#endif

/* The size of the application's array: `static unsigned char arena[SYMFEED_ARENA_ROOM];` compiles
 * with and without an arena. */
#define SYMFEED_ARENA_ROOM (SYMFEED_ARENA_SIZE + (SYMFEED_ARENA_SIZE == 0 ? 1 : 0))

/* 1: names are resolved by libc's getaddrinfo(), which waits and uses the heap; 0: by the port
 * itself, which does neither. */
#ifndef SYMFEED_RESOLVER_GETADDRINFO
#define SYMFEED_RESOLVER_GETADDRINFO 0
#endif

#if SYMFEED_TLS_1_3 && !SYMFEED_TLS_RSA_PSS
#error "symfeed: SYMFEED_TLS_1_3 needs SYMFEED_TLS_RSA_PSS to be 1, too"
#endif
#if SYMFEED_TLS_RECORD_IN < 512 || SYMFEED_TLS_RECORD_IN > 16384
#error "symfeed: SYMFEED_TLS_RECORD_IN must be 512 to 16384"
#endif
#if SYMFEED_TLS_RECORD_OUT < 512 || SYMFEED_TLS_RECORD_OUT > 16384
#error "symfeed: SYMFEED_TLS_RECORD_OUT must be 512 to 16384"
#endif
#if SYMFEED_TLS_MAX_FRAGMENT != 0 && SYMFEED_TLS_MAX_FRAGMENT != 512 &&                            \
    SYMFEED_TLS_MAX_FRAGMENT != 1024 && SYMFEED_TLS_MAX_FRAGMENT != 2048 &&                        \
    SYMFEED_TLS_MAX_FRAGMENT != 4096
#error "symfeed: SYMFEED_TLS_MAX_FRAGMENT must be 0, 512, 1024, 2048 or 4096"
#endif
#if SYMFEED_TLS_MAX_FRAGMENT > SYMFEED_TLS_RECORD_IN ||                                            \
    SYMFEED_TLS_MAX_FRAGMENT > SYMFEED_TLS_RECORD_OUT
#error "symfeed: SYMFEED_TLS_MAX_FRAGMENT must be at most SYMFEED_TLS_RECORD_IN and _OUT"
#endif
#if SYMFEED_ARENA_SPARE < 0 || SYMFEED_ARENA_SPARE > 1048576
#error "symfeed: SYMFEED_ARENA_SPARE must be 0 to 1048576"
#endif

/* The preprocessor cannot print the sum, so the message names the next multiple of 4096. */
#if SYMFEED_MBEDTLS_SOURCE && SYMFEED_ARENA_SIZE < SYMFEED_ARENA_MIN
#if SYMFEED_ARENA_MIN <= 12288
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 12288 would do"
#elif SYMFEED_ARENA_MIN <= 16384
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 16384 would do"
#elif SYMFEED_ARENA_MIN <= 20480
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 20480 would do"
#elif SYMFEED_ARENA_MIN <= 24576
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 24576 would do"
#elif SYMFEED_ARENA_MIN <= 28672
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 28672 would do"
#elif SYMFEED_ARENA_MIN <= 32768
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 32768 would do"
#elif SYMFEED_ARENA_MIN <= 36864
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 36864 would do"
#elif SYMFEED_ARENA_MIN <= 40960
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 40960 would do"
#elif SYMFEED_ARENA_MIN <= 45056
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 45056 would do"
#elif SYMFEED_ARENA_MIN <= 49152
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 49152 would do"
#else
#error "symfeed: SYMFEED_ARENA_SIZE is too small for both records and a handshake; 57344 would do"
#endif
#endif

#endif
