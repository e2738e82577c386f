/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform_config.h - the configuration of system functions and memory for Mbed TLS from source,
 * included by mbedtls_config.h for 3.6 and by crypto_config.h for 4.x.
 */
#ifndef SYMFEED_PLATFORM_CONFIG_H
#define SYMFEED_PLATFORM_CONFIG_H

#include "tls/arena.h"

/* --- the system --------------------------------------------------------------------------- */

#define MBEDTLS_HAVE_ASM
/* If the processor may have instructions for AES, mbedTLS checks that at run time. */
#if defined(__aarch64__) || defined(__ARM_FEATURE_CRYPTO) || defined(__ARM_FEATURE_AES)
#define MBEDTLS_AESCE_C
#endif
#if defined(__x86_64__)
#define MBEDTLS_AESNI_C
#endif
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
/* libc's gmtime_r() would add its time zones to the program; mbedtls.c uses symfeed_date(). */
#define MBEDTLS_PLATFORM_GMTIME_R_ALT
#define mbedtls_platform_gmtime_r symfeed_mbedtls_gmtime /* with our prefix */
#define MBEDTLS_PLATFORM_C

/* --- memory: the application's arena -------------------------------------------------------- */

#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
/* arena.c is between mbedTLS and its allocator, to record when no memory was left. */
#define MBEDTLS_PLATFORM_CALLOC_MACRO    symfeed_arena_take
#define MBEDTLS_PLATFORM_FREE_MACRO      symfeed_arena_give
#define mbedtls_platform_set_calloc_free symfeed_arena_set
/* Also with pointers of 4 bytes: numbers have 8 bytes, and an ARM9, or the vector unit of a larger
 * ARM, reads them with instructions that require addresses that are multiples of 8. */
#define MBEDTLS_MEMORY_ALIGN_MULTIPLE 8
/* For the arena's peak. Its messages about a damaged arena are left out; the process ends then, and
 * its supervisor restarts it. */
#define MBEDTLS_MEMORY_DEBUG
#define MBEDTLS_PLATFORM_FPRINTF_MACRO(...) ((void)0)
/* Only mbedTLS's functions for readable texts use it, and the port does not call them. Most linkers
 * leave them out, but not all. */
#define MBEDTLS_PLATFORM_SNPRINTF_MACRO     snprintf
#define MBEDTLS_PLATFORM_EXIT_MACRO(status) abort()

#endif
