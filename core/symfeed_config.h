/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_config.h - the sizes and features that are fixed when the library is built.
 *
 * Each may be set by Kconfig (`.config`, which make turns into a header named by
 * SYMFEED_CONFIG_FILE) or by -D; what neither sets has the default below, the same as in Kconfig.
 * Library and application must be built with the same values; symfeed_init() checks that they were.
 *
 * RAM is that of each feed; what a feature takes of flash is in Kconfig. The event window and the
 * token table are not here: each feed brings its own (struct symfeed_config), because two feeds of
 * one device may want different ones.
 */
#ifndef SYMFEED_CONFIG_H
#define SYMFEED_CONFIG_H

#include <stdint.h>

#ifdef SYMFEED_CONFIG_FILE
#include SYMFEED_CONFIG_FILE
#endif

/* Longest ackId kept, in bytes of its JSON text. RAM: twice this (the one in force and the next).
 * Its form and length are documented nowhere; a longer one makes its batch unacknowledgeable,
 * which is logged and read again. A legacy feed keeps its cookie there (SYMFEED_COOKIE_MAX). */
#ifndef SYMFEED_ACK_ID_SIZE
#define SYMFEED_ACK_ID_SIZE 512
#endif

/* Longest feed id kept, in bytes. RAM: once this. Feeds with a longer id are passed over. */
#ifndef SYMFEED_FEED_ID_SIZE
#define SYMFEED_FEED_ID_SIZE 128
#endif

/* Longest session token, in bytes with its NUL. RAM: once this. Usually a JWT of 700 to 1500. While
 * signing in it holds the JWT that the token is asked for with. */
#ifndef SYMFEED_SESSION_TOKEN_SIZE
#define SYMFEED_SESSION_TOKEN_SIZE 2560
#endif

/* Longest key manager token, in bytes with its NUL. RAM: once this. Usually a long hex string.
 * While signing in it holds the JWT that the token is asked for with. */
#ifndef SYMFEED_KEY_MANAGER_TOKEN_SIZE
#define SYMFEED_KEY_MANAGER_TOKEN_SIZE 1536
#endif

/* Response header line buffer, in bytes. RAM: once this. Longer lines are read and forgotten,
 * unless one of the few headers that matter is longer: then the answer is refused. */
#ifndef SYMFEED_LINE_SIZE
#define SYMFEED_LINE_SIZE 128
#endif

/* Receive buffer, in bytes: how much one port recv() may return. RAM: once this. Bigger means
 * fewer calls, nothing else. */
#ifndef SYMFEED_RECEIVE_SIZE
#define SYMFEED_RECEIVE_SIZE 1024
#endif

/* How many events are remembered, so that an exact repeat is held back. RAM: 8 bytes each. 0: none
 * are, and where a batch has to be read again, all its events come again. How often events were
 * refused is then counted for a batch and not for each event. */
#ifndef SYMFEED_DEDUP
#define SYMFEED_DEDUP 128
#endif

/* 1: the library looks into events: it checks that each is well-formed JSON, cuts one that is too
 * large so that it stays so, and finds values in it. 0: an event is the text that came, found by
 * its brackets; one that is larger than the window comes as its head, malformed and truncated; the
 * functions for values are not there, no table of tokens is needed, and what has JSON to read,
 * which is signing in, datahose, legacy feed, single calls, reclaiming, text and typed events, is
 * left out. Names of members that matter must be written without escapes. The work for each byte is
 * more. */
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

/* SYMFEED_SIGN_IN=0 turns both of the next two off: tokens come from the port. */
#ifdef SYMFEED_SIGN_IN
#if !SYMFEED_SIGN_IN
#undef SYMFEED_KEY_SIGN_IN
#undef SYMFEED_CERTIFICATE_SIGN_IN
#define SYMFEED_KEY_SIGN_IN         0
#define SYMFEED_CERTIFICATE_SIGN_IN 0
#endif
#undef SYMFEED_SIGN_IN
#endif

/* 1: the library can sign in by itself with the device's RSA key (SYMFEED_SIGN_IN_BY_KEY); 0: it
 * cannot. */
#ifndef SYMFEED_KEY_SIGN_IN
#define SYMFEED_KEY_SIGN_IN 1
#endif

/* 1: the library can sign in by itself with a TLS client certificate
 * (SYMFEED_SIGN_IN_BY_CERTIFICATE); 0: it cannot. */
#ifndef SYMFEED_CERTIFICATE_SIGN_IN
#define SYMFEED_CERTIFICATE_SIGN_IN 1
#endif

#define SYMFEED_SIGN_IN (SYMFEED_KEY_SIGN_IN || SYMFEED_CERTIFICATE_SIGN_IN)

/* 1: hosts can be reached through an HTTP proxy; 0: they cannot. */
#ifndef SYMFEED_PROXY
#define SYMFEED_PROXY 1
#endif

/* 1: the library can read a datahose (SYMFEED_TASK_DATAHOSE, SYMFEED_TASK_FANOUT); 0: it cannot. */
#ifndef SYMFEED_DATAHOSE
#define SYMFEED_DATAHOSE 1
#endif

/* 1: the library can follow a legacy feed (SYMFEED_TASK_LEGACY); 0: it cannot. */
#ifndef SYMFEED_LEGACY
#define SYMFEED_LEGACY 1
#endif

/* 1: the library can make single calls (SYMFEED_TASK_LIST and those behind it); 0: it cannot. */
#ifndef SYMFEED_ONE_SHOT
#define SYMFEED_ONE_SHOT 1
#endif

/* 1: a wait that a server asks for by Retry-After is kept to; 0: it is not read, and the waits are
 * those of the back-off. */
#ifndef SYMFEED_RETRY_AFTER
#define SYMFEED_RETRY_AFTER 1
#endif

/* 1: where as many feeds exist as may, the oldest can be deleted (struct symfeed_config, reclaim);
 * 0: somebody has to. */
#ifndef SYMFEED_RECLAIM
#define SYMFEED_RECLAIM 1
#endif

/* Names of the cookies by which load balancers keep a client on one agent: a cookie is one of them
 * if its name holds one of these, upper or lower case. In order of appearance: Amazon; haproxy's
 * documentation; F5; nginx and Apache; Azure and Kubernetes; Citrix. Give each in lower case and
 * with a \0 behind it, by -D or in the header that SYMFEED_CONFIG_FILE names. */
#ifndef SYMFEED_COOKIE_NAMES
#define SYMFEED_COOKIE_NAMES                                                                       \
    "awsalb\0awselb\0server\0srv\0bigip\0route\0affinity\0ingress\0balance\0sticky\0nsc_\0"
#endif

/* 1: symfeed_report_text() and symfeed_status_text() have words for people; 0: the former writes
 * numbers, and the latter nothing. A linker that drops unused functions leaves the words out by
 * itself where nobody calls either. */
#ifndef SYMFEED_MESSAGES
#define SYMFEED_MESSAGES 1
#endif

/* 1: symfeed_text() is there, plain text out of messages; 0: it is not. A linker that drops unused
 * functions leaves it out by itself where nobody calls it. */
#ifndef SYMFEED_TEXT
#define SYMFEED_TEXT 1
#endif

/* 1: symfeed_events.h is there, the events by their types; 0: it is not. The same of a linker. */
#ifndef SYMFEED_TYPED_EVENTS
#define SYMFEED_TYPED_EVENTS 1
#endif

/* 1: runs of bytes are taken at once, strings are read by the word, and the hash against repeats is
 * SipHash where pointers have 64 bits; 0: bytes are taken one by one, and it is HalfSipHash, which
 * is less code. What comes out is the same. By default 1 where pointers have 64 bits, 0 elsewhere
 * and with SYMFEED_SMALL. */
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
