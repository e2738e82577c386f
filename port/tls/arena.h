/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - the memory of an mbedTLS that was built from source.
 *
 * Depends on: mbedTLS's allocator over a buffer.
 * Guarantees: mbedTLS takes from the application's arena and from nowhere else. The arena is one
 *   for the process, as mbedTLS has it, so that the feeds of a process share it and have to be
 *   used by one thread.
 */
#ifndef SYMFEED_ARENA_H
#define SYMFEED_ARENA_H

/*
 * On Linux an arena takes only the RAM that is in use, in whole pages.
 *
 * Without an arena (SYMFEED_ARENA_SIZE is 0) the functions do nothing, and mbedTLS has an allocator
 * of its own.
 */

#include <stdbool.h>
#include <stddef.h>

struct symfeed_failure;

#ifdef __cplusplus
extern "C" {
#endif

/* Hands `memory` of `size` bytes to mbedTLS; the first call in the process does, later ones have to
 * name the same memory. 0, or the cause. */
int symfeed_arena_start(void *memory, size_t size, struct symfeed_failure *failure);

/* Takes it back: nothing may be allocated any more. */
void symfeed_arena_finish(void);

/* Bytes of the arena that mbedTLS has had in use at most, with what it keeps about each piece; 0
 * without an arena. Pieces lie apart, so it is full before that reaches its size. */
size_t symfeed_arena_peak(void);

/* mbedTLS tells of an allocation that fails in many ways, and where it judges a certificate it
 * calls that one unknown. So the failure is noted here, where it happens: symfeed_arena_watch()
 * forgets it, which the calls that let mbedTLS work begin with. */
void symfeed_arena_watch(void);

/* Whether one has failed since symfeed_arena_watch(). */
bool symfeed_arena_was_full(void);

/* Puts ARENA_FULL, with the size reached, in place of the cause in `failure` where the arena has
 * been too small since symfeed_arena_watch(). Answers the cause, negative. */
int symfeed_arena_explain(struct symfeed_failure *failure);

/* What mbedTLS calls as calloc() and free(), and what it says in between which of its functions do
 * that over the arena. For nobody else but pem.c, which takes its buffers there. */
typedef void *symfeed_arena_calloc(size_t count, size_t size);
typedef void symfeed_arena_free(void *memory);
void *symfeed_arena_take(size_t count, size_t size);
void symfeed_arena_give(void *memory);
int symfeed_arena_set(symfeed_arena_calloc *take, symfeed_arena_free *give);

#ifdef __cplusplus
}
#endif

#endif
