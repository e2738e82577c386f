/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - what this process asks of the system: no core files, which would hold tokens, a key
 * or a password; memory without malloc(), which would be 7 KB of code; and its signals.
 *
 * Depends on: the limits of the system, mmap().
 * Guarantees: memory is zero, and takes no RAM until it is written to.
 */
#ifndef EXAMPLES_PROCESS_H
#define EXAMPLES_PROCESS_H

#include <stddef.h>
#include <stdint.h>

/* Forbids core files of this process. */
void process_forbid_core_files(void);

/* Gives the calling process, a new one that becomes a command, the limit for core files that there
 * was before. */
void process_allow_core_files(void);

/* The signals that it handles, and behind them those that it ignores: a write that fails says so by
 * its errno. A new process that becomes a command has them as they are by default. */
#define PROCESS_HANDLED 6
#define PROCESS_SIGNALS 8
extern const unsigned char process_signals[PROCESS_SIGNALS];

/* Bytes of a page, of which all memory is made. */
size_t process_page(void);

/* Returns memory for process_free() with the same size; NULL: the system does not have so much. */
void *process_memory(uint64_t size);

void process_free(void *memory, uint64_t size);

#endif
