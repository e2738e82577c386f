/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - see memory.h. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, which POSIX has since 2024, and getpagesize() */
#endif

#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

size_t memory_page(void)
{
    return (size_t)getpagesize(); /* sysconf() is 1 KB in musl */
}

void *memory_take(uint64_t size)
{
    void *memory;

    /* No object is larger than the differences of pointers in it can be. */
    if (size > PTRDIFF_MAX) {
        return NULL;
    }
    memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void memory_give_back(void *memory, uint64_t size)
{
    (void)munmap(memory, (size_t)size);
}
