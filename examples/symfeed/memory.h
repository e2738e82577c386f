/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - one block of memory of a size that is known when the program starts.
 *
 * Not malloc(): this program has no heap, which would be 7 KB of code, nor what a heap is used for
 * in the end. The block comes from the system as pages, which are zero and take no RAM until they
 * are written to: a window larger than any event costs nothing.
 *
 * May know: mmap(). Promises: as many bytes as asked for, or NULL.
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
