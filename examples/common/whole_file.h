/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole_file.h - reads, writes and replaces small files as a whole.
 *
 * Depends on: the port's files.
 * Guarantees: a file that is replaced is the old one or the new one, also after a power cut; only
 * its owner can read the new one.
 */
#ifndef EXAMPLES_WHOLE_FILE_H
#define EXAMPLES_WHOLE_FILE_H

#include <stddef.h>

/* Reads a regular file of up to `size` bytes, and puts a NUL behind it. Returns the bytes, or -1
 * and errno; EFBIG: it has more. */
long whole_file_read(const char *file, char *text, size_t size);

/* Writes to an open file, on to the disk where it is on one, and closes it. Returns 0 or an errno;
 * ENOSPC: not all of it was written. */
int whole_file_write(int descriptor, const char *text, size_t size);

/* Replaces a file, by way of FILE.new. What stands there, such as somebody else's link or pipe, is
 * not written to. Returns 0 or an errno. */
int whole_file_replace(const char *file, const char *text, size_t size);

#endif
