/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - one block of memory whose size is known when the program starts, without malloc(),
 * which would be 7 KB of code. Its pages come from the system, are zero, and take no RAM until they
 * are written to, so a window larger than any event costs nothing.
 *
 * Depends on: mmap().
 * Guarantees: the bytes that were asked for, or NULL.
 */
#ifndef SYMFEED_MEMORY_H
#define SYMFEED_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a page, of which all memory is made. */
size_t memory_page(void);

/* NULL: the system does not have so much. For memory_give_back(), with the same size. */
void *memory_take(uint64_t size);

void memory_give_back(void *memory, uint64_t size);

#endif
