/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal.h - from what is held against a server's certificate to causes.
 *
 * Depends on: mbedTLS's flags, failure.h.
 */
#ifndef SYMFEED_REFUSAL_H
#define SYMFEED_REFUSAL_H

#include <stdint.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is held against the server's certificate and is no flag of mbedTLS's. */
#define SYMFEED_REFUSED_CLOCK 0x40000000u /* the clock is not set */
#define SYMFEED_REFUSED_PIN   0x80000000u /* its key is another one than the pins */

/* Takes the first of what is held against a certificate out of `flags`. Its cause; NONE: nothing is
 * left that has a name. */
enum symfeed_port_cause symfeed_refusal_next(uint32_t *flags);

#ifdef __cplusplus
}
#endif

#endif
