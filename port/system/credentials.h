/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.h - one token out of one file.
 *
 * Depends on: files.
 * Guarantees: the token is in the caller's buffer and nowhere else afterwards; the file is read
 *   anew each time, so that a program that renews tokens only has to replace it.
 */
#ifndef SYMFEED_CREDENTIALS_H
#define SYMFEED_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the first line of `file` into `token` of `size` bytes (at least 2), without the blanks and
 * the carriage return at its end, NUL-terminated. 0; or the cause, `token` wiped: the file cannot
 * be read, its first line is empty, longer than `size` - 1 bytes or not printable ASCII. *exposed
 * is set to whether group or others may read the file. */
int symfeed_credentials_read(const char *file, char *token, size_t size, bool *exposed,
                             struct symfeed_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
