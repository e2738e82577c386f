/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform_config.h - what Mbed TLS from its source takes of the system, and its memory: the same
 * for mbedtls_config.h of 3.6 and crypto_config.h of 4.x, which include it.
 */
#ifndef SYMFEED_PLATFORM_CONFIG_H
#define SYMFEED_PLATFORM_CONFIG_H

#include "tls/arena.h"

/* --- the system --------------------------------------------------------------------------- */

#define MBEDTLS_HAVE_ASM
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
/* libc's gmtime_r() brings its time zones along; format.c has a few lines instead. */
#define MBEDTLS_PLATFORM_GMTIME_R_ALT
#define mbedtls_platform_gmtime_r symfeed_mbedtls_gmtime /* by a name of ours, as all in port/ */
#define MBEDTLS_PLATFORM_C

/* --- memory: an arena of the application's -------------------------------------------------- */

#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
/* arena.c is between mbedTLS and its allocator, to know when there was no memory left. */
#define MBEDTLS_PLATFORM_CALLOC_MACRO    symfeed_arena_take
#define MBEDTLS_PLATFORM_FREE_MACRO      symfeed_arena_give
#define mbedtls_platform_set_calloc_free symfeed_arena_set
/* Also where pointers have 4 bytes: numbers have 8, and an ARM9, or the vector unit of a larger
 * ARM, reads them by instructions that want their addresses to be multiples of that. */
#define MBEDTLS_MEMORY_ALIGN_MULTIPLE 8
/* For the highest level that was reached. What it would print of a damaged arena is nobody's to
 * read; the process ends, and whatever watches it starts it again. */
#define MBEDTLS_MEMORY_DEBUG
#define MBEDTLS_PLATFORM_FPRINTF_MACRO(...) ((void)0)
/* Only texts for people ask for it, which nobody here does: a linker leaves it out with them, but
 * may be one that does not. */
#define MBEDTLS_PLATFORM_SNPRINTF_MACRO     snprintf
#define MBEDTLS_PLATFORM_EXIT_MACRO(status) abort()

#endif
