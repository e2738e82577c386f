/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal.h - converts the flags of a refused certificate to causes.
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

/* Flags in addition to mbedTLS's. */
#define SYMFEED_REFUSED_CLOCK 0x40000000u /* the clock is not set */
#define SYMFEED_REFUSED_PIN   0x80000000u /* the key matches no pin */

/* Removes the most important flag from `flags`. Returns its cause, or NONE if no flag is left that
 * has a cause. */
enum symfeed_port_cause symfeed_refusal_next(uint32_t *flags);

#ifdef __cplusplus
}
#endif

#endif
