/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_config.h - the sizes and features that are fixed when the library is built.
 *
 * Depends on: SYMFEED_CONFIG_FILE, the name of a header that make writes from Kconfig's .config, or
 *   -D options. A setting that neither has gets the default below, the same as in Kconfig.
 * Guarantees: symfeed_init() checks that library and application have the same values.
 */
#ifndef SYMFEED_CONFIG_H
#define SYMFEED_CONFIG_H

/*
 * "RAM" below is the RAM of each feed. Kconfig says how much flash a feature costs. The event
 * window and the token table are set for each feed, in struct symfeed_config, because the feeds of
 * a device can need different sizes.
 */

#include <stdint.h>

#ifdef SYMFEED_CONFIG_FILE
#include SYMFEED_CONFIG_FILE
#endif

/* Longest ackId, in bytes of its JSON text. RAM: twice this (the current one and the next). The API
 * does not document its format or length. A batch with a longer ackId cannot be acknowledged; that
 * is reported, and the batch is read again. A legacy feed keeps its cookie there
 * (SYMFEED_COOKIE_MAX). */
#ifndef SYMFEED_ACK_ID_SIZE
#define SYMFEED_ACK_ID_SIZE 512
#endif

/* Longest feed id, in bytes. RAM: once this. Feeds with a longer id are ignored. */
#ifndef SYMFEED_FEED_ID_SIZE
#define SYMFEED_FEED_ID_SIZE 128
#endif

/* Longest session token, in bytes with its NUL. RAM: once this. Usually a JWT of 700 to 1500 bytes.
 * During a sign-in by key the buffer holds the JWT that requests the token. */
#ifndef SYMFEED_SESSION_TOKEN_SIZE
#define SYMFEED_SESSION_TOKEN_SIZE 2560
#endif

/* Longest key manager token, in bytes with its NUL. RAM: once this. Usually a long hex string.
 * During a sign-in by key the buffer holds the JWT that requests the token. */
#ifndef SYMFEED_KEY_MANAGER_TOKEN_SIZE
#define SYMFEED_KEY_MANAGER_TOKEN_SIZE 1536
#endif

/* Buffer for a line of the response headers, in bytes. RAM: once this. Longer lines are skipped; an
 * answer is rejected if one of the few headers that matter is longer. */
#ifndef SYMFEED_LINE_SIZE
#define SYMFEED_LINE_SIZE 128
#endif

/* Receive buffer, in bytes: the most that one recv() of the port can return. RAM: once this. A
 * larger buffer only means fewer calls. */
#ifndef SYMFEED_RECEIVE_SIZE
#define SYMFEED_RECEIVE_SIZE 1024
#endif

/* How many events a feed remembers to discard exact repeats. RAM: 8 bytes each. 0: none; when a
 * batch is read again, all its events are handed out again, and refusals are counted for the batch
 * instead of each event. */
#ifndef SYMFEED_DEDUP
#define SYMFEED_DEDUP 128
#endif

/* 1: the library parses events: it checks that each is well-formed JSON, cuts one that is too large
 * so that it stays well-formed, and finds values in it. 0: an event is the text as received, found
 * by its brackets; of an event larger than the window, the beginning is handed out, malformed and
 * truncated. There are then no functions for values and no token table, and everything that reads
 * JSON is left out: signing in, datahose, legacy feed, one-shot tasks, reclaiming, text and typed
 * events. Names of members that matter must come without escapes. Each byte costs more time. */
#ifndef SYMFEED_JSON
#define SYMFEED_JSON 1
#endif
#if !SYMFEED_JSON
#undef SYMFEED_KEY_SIGN_IN
#undef SYMFEED_CERTIFICATE_SIGN_IN
#undef SYMFEED_DATAHOSE
#undef SYMFEED_LEGACY
#undef SYMFEED_ONE_SHOT
#undef SYMFEED_RECLAIM
#undef SYMFEED_TEXT
#undef SYMFEED_TYPED_EVENTS
#define SYMFEED_KEY_SIGN_IN         0
#define SYMFEED_CERTIFICATE_SIGN_IN 0
#define SYMFEED_DATAHOSE            0
#define SYMFEED_LEGACY              0
#define SYMFEED_ONE_SHOT            0
#define SYMFEED_RECLAIM             0
#define SYMFEED_TEXT                0
#define SYMFEED_TYPED_EVENTS        0
#endif

/* SYMFEED_SIGN_IN=0 disables the next two: the tokens come from the port. */
#ifdef SYMFEED_SIGN_IN
#if !SYMFEED_SIGN_IN
#undef SYMFEED_KEY_SIGN_IN
#undef SYMFEED_CERTIFICATE_SIGN_IN
#define SYMFEED_KEY_SIGN_IN         0
#define SYMFEED_CERTIFICATE_SIGN_IN 0
#endif
#undef SYMFEED_SIGN_IN
#endif

/* 1: the library can sign in with the device's RSA key (SYMFEED_SIGN_IN_BY_KEY). */
#ifndef SYMFEED_KEY_SIGN_IN
#define SYMFEED_KEY_SIGN_IN 1
#endif

/* 1: the library can sign in with a TLS client certificate (SYMFEED_SIGN_IN_BY_CERTIFICATE). */
#ifndef SYMFEED_CERTIFICATE_SIGN_IN
#define SYMFEED_CERTIFICATE_SIGN_IN 1
#endif

#define SYMFEED_SIGN_IN (SYMFEED_KEY_SIGN_IN || SYMFEED_CERTIFICATE_SIGN_IN)

/* 1: the library can use an HTTP proxy. */
#ifndef SYMFEED_PROXY
#define SYMFEED_PROXY 1
#endif

/* 1: the library can read a datahose (SYMFEED_TASK_DATAHOSE, SYMFEED_TASK_FANOUT). */
#ifndef SYMFEED_DATAHOSE
#define SYMFEED_DATAHOSE 1
#endif

/* 1: the library can follow a legacy feed (SYMFEED_TASK_LEGACY). */
#ifndef SYMFEED_LEGACY
#define SYMFEED_LEGACY 1
#endif

/* 1: the library has the one-shot tasks (SYMFEED_TASK_LIST and all after it). */
#ifndef SYMFEED_ONE_SHOT
#define SYMFEED_ONE_SHOT 1
#endif

/* 1: the feed waits as long as a server's Retry-After says; 0: it ignores Retry-After, and waits as
 * the back-off says. */
#ifndef SYMFEED_RETRY_AFTER
#define SYMFEED_RETRY_AFTER 1
#endif

/* 1: the feed can delete the oldest feed when too many exist (`reclaim` of struct symfeed_config);
 * 0: a person has to delete one. */
#ifndef SYMFEED_RECLAIM
#define SYMFEED_RECLAIM 1
#endif

/* Names of the cookies by which load balancers keep a client on one agent: the name of such a
 * cookie contains one of these, in upper or lower case. They are, in this order, those of Amazon,
 * haproxy's documentation, F5, nginx and Apache, Azure and Kubernetes, Citrix. Write each in lower
 * case and with a \0 after it, with -D or in the header that SYMFEED_CONFIG_FILE names. */
#ifndef SYMFEED_COOKIE_NAMES
#define SYMFEED_COOKIE_NAMES                                                                       \
    "awsalb\0awselb\0server\0srv\0bigip\0route\0affinity\0ingress\0balance\0sticky\0nsc_\0"
#endif

/* 1: symfeed_report_text() and symfeed_status_text() write words for people; 0: the former writes
 * numbers, the latter nothing. A linker that drops unused functions drops the words as well if the
 * application calls neither. */
#ifndef SYMFEED_MESSAGES
#define SYMFEED_MESSAGES 1
#endif

/* 1: the library has symfeed_text() and symfeed_message_text(), which convert messages to plain
 * text. A linker that drops unused functions drops those that the application does not call. */
#ifndef SYMFEED_TEXT
#define SYMFEED_TEXT 1
#endif

/* 1: the library has the typed events of symfeed_events.h. The linker drops them likewise. */
#ifndef SYMFEED_TYPED_EVENTS
#define SYMFEED_TYPED_EVENTS 1
#endif

/* 1: runs of bytes are processed at once, strings are read by the word, and the hash that finds
 * repeats is SipHash on targets with 64-bit pointers. 0: bytes are processed one by one, and the
 * hash is HalfSipHash, which is less code. The results are the same. Default: 1 with 64-bit
 * pointers; 0 otherwise and with SYMFEED_SMALL. */
#ifndef SYMFEED_FAST
#if UINTPTR_MAX > 0xFFFFFFFF && !defined SYMFEED_SMALL
#define SYMFEED_FAST 1
#else
#define SYMFEED_FAST 0
#endif
#endif

#if SYMFEED_ACK_ID_SIZE < 64 || SYMFEED_FEED_ID_SIZE < 32
#error "symfeed: SYMFEED_ACK_ID_SIZE must be at least 64 and SYMFEED_FEED_ID_SIZE at least 32"
#endif
#if SYMFEED_ACK_ID_SIZE > 32768 || SYMFEED_FEED_ID_SIZE > 32768
#error "symfeed: SYMFEED_ACK_ID_SIZE and SYMFEED_FEED_ID_SIZE must be at most 32768"
#endif
#if SYMFEED_SESSION_TOKEN_SIZE < 64 || SYMFEED_KEY_MANAGER_TOKEN_SIZE < 64
#error "symfeed: each of the two token sizes must be at least 64"
#endif
#if SYMFEED_KEY_SIGN_IN &&                                                                         \
    (SYMFEED_SESSION_TOKEN_SIZE < 1152 || SYMFEED_KEY_MANAGER_TOKEN_SIZE < 1152)
#error                                                                                             \
    "symfeed: to sign in by key, each of the two token sizes must be at least 1152: they hold a JWT, too"
#endif
#if SYMFEED_SESSION_TOKEN_SIZE > 32768 || SYMFEED_KEY_MANAGER_TOKEN_SIZE > 32768
#error "symfeed: each of the two token sizes must be at most 32768"
#endif
#if SYMFEED_LINE_SIZE < 64 || SYMFEED_LINE_SIZE > 32768
#error "symfeed: SYMFEED_LINE_SIZE must be 64 to 32768"
#endif
#if SYMFEED_RECEIVE_SIZE < 64 || SYMFEED_RECEIVE_SIZE > 32768
#error "symfeed: SYMFEED_RECEIVE_SIZE must be 64 to 32768"
#endif
#if SYMFEED_DEDUP < 0 || SYMFEED_DEDUP > 32768
#error "symfeed: SYMFEED_DEDUP must be 0 to 32768"
#endif

#endif
