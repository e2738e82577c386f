/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.h - reads a token from a file.
 *
 * Depends on: file.h.
 * Guarantees: the token is only in the caller's buffer afterwards. Each call reads the file again,
 * so a program that renews tokens only has to replace the file.
 */
#ifndef SYMFEED_CREDENTIALS_H
#define SYMFEED_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the first line of `file` into `token` of `size` bytes (at least 2), without blanks and
 * carriage return at its end, NUL-terminated. Returns 0, or the cause, negative, with `token`
 * wiped: the file cannot be read, or its first line is empty, longer than `size` - 1 bytes or not
 * printable ASCII. Sets *exposed as symfeed_file_open() does. */
int symfeed_credentials_read(const char *file, char *token, size_t size, bool *exposed,
                             struct symfeed_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
