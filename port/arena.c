/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - see arena.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "arena.h"

#include "symfeed_port_config.h"

#if SYMFEED_ARENA_SIZE

#include <mbedtls/memory_buffer_alloc.h>

#include "file.h"
#include "words.h"

/* What mbedTLS keeps about each piece: six pointers or sizes, two marks. */
#define PIECE_HEAD (6 * sizeof(void *) + 2 * sizeof(size_t))

/* mbedTLS's allocator is one for the process, and so is what it was given. */
static struct {
    void *memory;
    size_t size;
} arena;

int symfeed_arena_start(void *memory, size_t size, char *error, size_t error_size)
{
    if (memory == NULL || size < SYMFEED_ARENA_MIN) {
        (void)symfeed_words(error, error_size,
                            "mbedTLS needs memory: set arena and arena_size of struct "
                            "symfeed_posix_config to at least %llu bytes, it has %llu",
                            (unsigned long long)SYMFEED_ARENA_MIN,
                            memory == NULL ? 0 : (unsigned long long)size);
        return -1;
    }
    if (arena.memory == NULL) {
        mbedtls_memory_buffer_alloc_init(memory, size);
        arena.memory = memory;
        arena.size = size;
    }
    if (arena.memory != memory || arena.size != size) {
        (void)symfeed_words(error, error_size,
                            "mbedTLS has an arena already: give the same one to all feeds");
        return -1;
    }
    return 0;
}

void symfeed_arena_finish(void)
{
    if (arena.memory != NULL) {
        mbedtls_memory_buffer_alloc_free();
        symfeed_file_wipe(arena.memory, arena.size);
        arena.memory = NULL;
        arena.size = 0;
    }
}

size_t symfeed_arena_peak(void)
{
    size_t used = 0;
    size_t pieces = 0;

    if (arena.memory != NULL) {
        mbedtls_memory_buffer_alloc_max_get(&used, &pieces);
    }
    return used + pieces * PIECE_HEAD;
}

size_t symfeed_arena_size(void)
{
    return arena.size;
}

#else

int symfeed_arena_start(void *memory, size_t size, char *error, size_t error_size)
{
    (void)memory;
    (void)size;
    (void)error;
    (void)error_size;
    return 0;
}

void symfeed_arena_finish(void)
{
}

size_t symfeed_arena_peak(void)
{
    return 0;
}

size_t symfeed_arena_size(void)
{
    return 0;
}

#endif
