/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - the memory of an mbedTLS that was built from source.
 *
 * May know: mbedTLS's allocator over a buffer. Promises: mbedTLS takes from the application's arena
 * and from nowhere else. The arena is one for the process, as mbedTLS has it, so that the feeds of
 * a process share it and have to be used by one thread.
 *
 * Without an arena (SYMFEED_ARENA_SIZE is 0) the functions do nothing, and mbedTLS has an allocator
 * of its own.
 */
#ifndef SYMFEED_ARENA_H
#define SYMFEED_ARENA_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Hands `memory` of `size` bytes to mbedTLS; the first call in the process does, later ones have to
 * name the same memory. 0, or -1 with the mend in `error`. */
int symfeed_arena_start(void *memory, size_t size, char *error, size_t error_size);

/* Takes it back: nothing may be allocated any more. */
void symfeed_arena_finish(void);

/* Bytes of the arena that mbedTLS has had in use at most, with what it keeps about each piece; 0
 * without an arena. Pieces lie apart, so it is full before that reaches its size. */
size_t symfeed_arena_peak(void);

/* Its size in bytes; 0 without one. */
size_t symfeed_arena_size(void);

#ifdef __cplusplus
}
#endif

#endif
