/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause.h - the words of the port's failures.
 *
 * Depends on: failure.h, and what turns an address or an error of mbedTLS into text.
 * Guarantees: nothing but symfeed_failure_text() links the words, and with SYMFEED_MESSAGES=0 there
 *   are none.
 */
#ifndef SYMFEED_CAUSE_TEXT_H
#define SYMFEED_CAUSE_TEXT_H

#include <stddef.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the line that says what has failed, for people, to `out` of `size` bytes (at least 1),
 * NUL-terminated, cut where it does not fit, and never a secret; names in it may have any byte.
 * Without SYMFEED_MESSAGES it is the cause's number. Answers the bytes written without the NUL. */
size_t symfeed_failure_text(const struct symfeed_failure *failure, char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
