/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - reads files without stdio, whose buffer would keep a copy of a secret.
 *
 * Depends on: open(), read(), stat(); failure.h.
 * Guarantees: keeps no byte that was read. Never waits for a pipe or a device.
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

/* Longest part of a file's name that a message shows, in bytes. */
#define SYMFEED_FILE_SHOWN 120

/* Opens a regular file for reading. Returns a descriptor for symfeed_file_read(), or -1 with errno:
 * ENXIO for pipes and devices, which might have to be waited for. Sets *exposed to whether others
 * may read the file, or its group where the file is this user's own. */
int symfeed_file_open(const char *file, bool *exposed);

/* Reads `size` bytes, or fewer if the file ends. Returns the bytes read, 0 at the end, or -1 with
 * errno. */
long symfeed_file_read(int descriptor, void *data, size_t size);

/* Closes the file. Keeps errno. */
void symfeed_file_close(int descriptor);

/* Returns the cause for an errno of these functions. */
enum symfeed_port_cause symfeed_file_cause(int error);

/* Updates *stamp, which tells one state of the file from another: a hash of its size, inode,
 * device, and times of the last change of its content and of anything about it, which nobody can
 * set back; 0 if the file cannot be read, and before the first call. Returns whether it changed, in
 * which case the content may have changed, too. */
bool symfeed_file_has_changed(const char *file, uint64_t *stamp);

/* Fills with 0. The compiler cannot remove it, as it could a memset(). */
void symfeed_file_wipe(void *data, size_t size);

/* The same, but does not write to bytes that are 0 already. Pages of a stack that were never
 * written to then take no RAM. */
void symfeed_file_wipe_written(void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
