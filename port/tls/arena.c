/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - see arena.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* madvise(), getpagesize() */
#endif

#include "tls/arena.h"

#include "symfeed_port_config.h"
#include "system/failure.h"

#if SYMFEED_ARENA_SIZE

#if defined(__linux__)
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <mbedtls/memory_buffer_alloc.h>

#include "system/file.h"

/* What mbedTLS keeps about each block: six pointers or sizes, two marks. */
#define BLOCK_HEAD (6 * sizeof(void *) + 2 * sizeof(size_t))

/* One for the process, as mbedTLS's allocator. */
static struct {
    void *memory;
    size_t size;
    symfeed_arena_calloc *calloc; /* mbedTLS's buffer allocator */
    symfeed_arena_free *free;
    size_t lacking; /* bytes of the first failed allocation since symfeed_arena_watch(), or 0 */
    size_t taken;   /* bytes in use at that time */
} arena;

/* --- called by mbedTLS, see mbedtls_config.h ---------------------------------------------- */

int symfeed_arena_set(symfeed_arena_calloc *take, symfeed_arena_free *give)
{
    arena.calloc = take;
    arena.free = give;
    return 0;
}

void *symfeed_arena_take(size_t count, size_t size)
{
    void *memory = arena.calloc == NULL ? NULL : arena.calloc(count, size);
    size_t blocks = 0;

    if (memory == NULL && count != 0 && size != 0 && arena.lacking == 0) {
        arena.lacking = count * size;
        mbedtls_memory_buffer_alloc_cur_get(&arena.taken, &blocks);
        arena.taken += blocks * BLOCK_HEAD;
    }
    return memory;
}

void symfeed_arena_give(void *memory)
{
    if (arena.free != NULL) {
        arena.free(memory);
    }
}

/* --- called by the port ------------------------------------------------------------------- */

/* Returns the pages of the arena to the system after mbedTLS has filled it with zeros, except the
 * first and last page. They then take RAM only when they are used. The system may give them back as
 * zeros or leave them as they are, which is the same. */
static void give_back_pages(unsigned char *memory, size_t size)
{
#if defined(__linux__)
    const uintptr_t page = (uintptr_t)getpagesize();
    const size_t first = page + (page - (uintptr_t)memory % page);
    const size_t last = size - ((uintptr_t)memory + size) % page;

    if (first < last) {
        (void)madvise(memory + first, last - first, MADV_DONTNEED);
    }
#else
    (void)memory;
    (void)size;
#endif
}

int symfeed_arena_start(void *memory, size_t size, struct symfeed_failure *failure)
{
    if (memory == NULL || size < SYMFEED_ARENA_MIN) {
        int answer = symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_SMALL_ARENA);

        failure->numbers[0] = SYMFEED_ARENA_MIN;
        failure->numbers[1] = memory == NULL ? 0 : (uint32_t)size;
        return answer;
    }
    if (arena.memory == NULL) {
        mbedtls_memory_buffer_alloc_init(memory, size);
        give_back_pages(memory, size);
        arena.memory = memory;
        arena.size = size;
    }
    if (arena.memory != memory || arena.size != size) {
        return symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_OTHER_ARENA);
    }
    return 0;
}

void symfeed_arena_finish(void)
{
    if (arena.memory != NULL) {
        mbedtls_memory_buffer_alloc_free();
        symfeed_file_wipe(arena.memory, arena.size);
        symfeed_file_wipe(&arena, sizeof arena);
    }
}

size_t symfeed_arena_peak(void)
{
    size_t used = 0;
    size_t blocks = 0;

    if (arena.memory != NULL) {
        mbedtls_memory_buffer_alloc_max_get(&used, &blocks);
    }
    return used + blocks * BLOCK_HEAD;
}

void symfeed_arena_watch(void)
{
    arena.lacking = 0;
}

bool symfeed_arena_was_full(void)
{
    return arena.lacking != 0;
}

int symfeed_arena_explain(struct symfeed_failure *failure)
{
    if (symfeed_arena_was_full()) {
        failure->cause = SYMFEED_CAUSE_ARENA_FULL;
        failure->numbers[0] = (uint32_t)arena.taken;
        failure->numbers[1] = (uint32_t)arena.size;
        failure->numbers[2] = (uint32_t)arena.lacking;
    }
    return -(int)failure->cause;
}

#else

#include <errno.h>

int symfeed_arena_start(void *memory, size_t size, struct symfeed_failure *failure)
{
    (void)memory;
    (void)size;
    (void)failure;
    return 0;
}

void symfeed_arena_finish(void)
{
}

size_t symfeed_arena_peak(void)
{
    return 0;
}

void symfeed_arena_watch(void)
{
    errno = 0;
}

bool symfeed_arena_was_full(void)
{
    return errno == ENOMEM;
}

int symfeed_arena_explain(struct symfeed_failure *failure)
{
    if (symfeed_arena_was_full()) {
        failure->cause = SYMFEED_CAUSE_TLS_MEMORY;
    }
    return -(int)failure->cause;
}

#endif
