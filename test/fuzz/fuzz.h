/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what the programs of this folder have in common: a check, and a file in memory for code
 * that reads files.
 *
 * Depends on: Linux, for memfd_create(), in the programs that define _GNU_SOURCE.
 */
#ifndef SYMFEED_FUZZ_H
#define SYMFEED_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Called by libFuzzer, or by replay.c for the files of the corpus. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Ends the program if something does not hold; libFuzzer then saves the input. */
#define require(holds) require_at(holds, __FILE__, __LINE__)
static inline void require_at(bool holds, const char *file, int line)
{
    if (!holds) {
        (void)fprintf(stderr, "%s:%d: this does not hold\n", file, line);
        abort();
    }
}

/* Returns where the part of the input ends that begins at `data`: at the next byte `end`, or at the
 * end of the input. */
static inline size_t size_before(const unsigned char *data, size_t size, unsigned char end)
{
    const unsigned char *found = size > 0 ? memchr(data, end, size) : NULL;

    return found == NULL ? size : (size_t)(found - data);
}

/* Returns a copy, NUL-terminated, of exactly that size; to be freed. */
static inline char *copy_string(const void *data, size_t size)
{
    char *copy = malloc(size + 1);

    require(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    copy[size] = '\0';
    return copy;
}

#ifdef _GNU_SOURCE

#include <sys/mman.h>
#include <unistd.h>

/* A file in memory: zeroed, it is made at its first use. */
struct memory_file {
    bool made;
    int descriptor;
    char name[32];
};

/* Replaces the file's content. Its name stays the same. */
static inline void fill_file(struct memory_file *file, const void *data, size_t size)
{
    if (!file->made) {
        file->descriptor = memfd_create("fuzz", MFD_CLOEXEC);
        file->made = true;
        require(file->descriptor >= 0);
        (void)snprintf(file->name, sizeof file->name, "/proc/self/fd/%d", file->descriptor);
    }
    require(ftruncate(file->descriptor, 0) == 0);
    require(size == 0 || pwrite(file->descriptor, data, size, 0) == (ssize_t)size);
}

#endif

#endif
