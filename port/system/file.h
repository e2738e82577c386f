/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - reading a file past stdio, which would keep a copy of a secret in a buffer of its own.
 *
 * Depends on: files, cause.h.
 * Guarantees: nothing read stays here.
 */
#ifndef SYMFEED_FILE_H
#define SYMFEED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Longest part of a file's name that a line shows beside what was wrong with it. */
#define SYMFEED_FILE_SHOWN 120

/* What tells one state of a file from the next. All zero: the file cannot be looked at. */
struct symfeed_file_stamp {
    int64_t written; /* seconds: when its content was changed last, as far as it tells */
    int64_t written_nanoseconds;
    int64_t changed; /* seconds: the same for anything about it, which nobody can set back */
    int64_t changed_nanoseconds;
    int64_t size;
    uint64_t inode;
    uint64_t device;
};

/* Opens a regular file for reading; pipes and devices, for which one might wait for ever, are
 * ENXIO. A descriptor for symfeed_file_read(), or -1 and errno. *exposed is set to
 * whether group or others may read it. */
int symfeed_file_open(const char *file, bool *exposed);

/* Reads `size` bytes, fewer where the file ends. Bytes; 0: the end; -1 and errno. */
long symfeed_file_read(int descriptor, void *data, size_t size);

/* Closes it, and leaves errno as it is. */
void symfeed_file_close(int descriptor);

/* The cause that an errno of the two stands for. */
enum symfeed_port_cause symfeed_file_cause(int error);

/* Brings `stamp` up to date. true: it has changed, so the file may hold something else by now. */
bool symfeed_file_has_changed(const char *file, struct symfeed_file_stamp *stamp);

/* A memset to 0 that the compiler may not leave out. */
void symfeed_file_wipe(void *data, size_t size);

/* The same, which writes to nothing that is 0 already: pages of a stack that were never written to
 * stay none, and take no RAM. */
void symfeed_file_wipe_written(void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
