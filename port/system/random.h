/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - random bytes from the system, for the TLS layer and for the feed.
 *
 * Depends on: getrandom().
 * Guarantees: either all the bytes asked for or an error, never fewer and never weaker ones;
 *   nothing is kept between calls.
 */
#ifndef SYMFEED_RANDOM_H
#define SYMFEED_RANDOM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills `data` with `size` bytes of the system's random generator. 0, or -1 where the system has
 * none (`data` may be partly filled then). Waits only early at boot, until the generator is
 * seeded: weak keys would be worse. */
int symfeed_random(void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
