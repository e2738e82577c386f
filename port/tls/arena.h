/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - the memory of an mbedTLS that was built from source.
 *
 * Depends on: mbedTLS's buffer allocator.
 * Guarantees: mbedTLS allocates only in the application's arena. All feeds of the process share it,
 *   since mbedTLS has one allocator, so the same thread must use all of them.
 */
#ifndef SYMFEED_ARENA_H
#define SYMFEED_ARENA_H

/*
 * On Linux an arena takes RAM only for the pages that were used. Without an arena
 * (SYMFEED_ARENA_SIZE is 0) mbedTLS uses its own allocator, usually calloc(). It sets errno to
 * ENOMEM when it fails, and so this knows; a call that fails for another reason in between hides
 * it.
 */

#include <stdbool.h>
#include <stddef.h>

struct symfeed_failure;

#ifdef __cplusplus
extern "C" {
#endif

/* Gives `memory` of `size` bytes to mbedTLS. Later calls in the process must give the same memory.
 * Returns 0, or the cause. */
int symfeed_arena_start(void *memory, size_t size, struct symfeed_failure *failure);

/* Takes the memory back and wipes it. Nothing may be allocated in it any more. */
void symfeed_arena_finish(void);

/* Returns the most bytes of the arena that mbedTLS has used at once, its data about each block
 * included; 0 without an arena. There are gaps between blocks, so the arena is full before this
 * reaches its size. */
size_t symfeed_arena_peak(void);

/* mbedTLS reports a failed allocation in many ways; while it verifies a certificate, as an unknown
 * authority. So symfeed_arena_take() records the failure. symfeed_arena_watch() forgets it; call it
 * before functions of mbedTLS that allocate. */
void symfeed_arena_watch(void);

/* Returns whether an allocation has failed since symfeed_arena_watch(). */
bool symfeed_arena_was_full(void);

/* If an allocation has failed since symfeed_arena_watch(), replaces the cause in `failure` by
 * ARENA_FULL with the sizes; by TLS_MEMORY without an arena. Returns the cause, negative. */
int symfeed_arena_explain(struct symfeed_failure *failure);

/* mbedTLS calls symfeed_arena_take() and symfeed_arena_give() as calloc() and free(), and passes
 * its buffer allocator to symfeed_arena_set(). pem.c also takes its buffers here. */
typedef void *symfeed_arena_calloc(size_t count, size_t size);
typedef void symfeed_arena_free(void *memory);
void *symfeed_arena_take(size_t count, size_t size);
void symfeed_arena_give(void *memory);
int symfeed_arena_set(symfeed_arena_calloc *take, symfeed_arena_free *give);

#ifdef __cplusplus
}
#endif

#endif
