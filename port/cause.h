/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause.h - the text of a failure of the port.
 *
 * Depends on: failure.h, and the texts of addresses, TLS errors and refused certificates.
 * Guarantees: only symfeed_failure_text() links the texts, and SYMFEED_MESSAGES=0 removes them.
 */
#ifndef SYMFEED_CAUSE_TEXT_H
#define SYMFEED_CAUSE_TEXT_H

#include <stddef.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a failure as one line of English, for people, to `out` of `size` bytes (at least 1),
 * NUL-terminated, and cut if it does not fit. It contains no secret, but names in it can contain
 * any byte. Without SYMFEED_MESSAGES it is the cause's number. Returns the bytes written without
 * the NUL. */
size_t symfeed_failure_text(const struct symfeed_failure *failure, char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
