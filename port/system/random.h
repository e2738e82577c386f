/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - random bytes from the system, for TLS and for the feed.
 *
 * Depends on: getrandom().
 * Guarantees: returns all bytes or an error, never fewer or weaker ones. Keeps nothing between
 * calls.
 */
#ifndef SYMFEED_RANDOM_H
#define SYMFEED_RANDOM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills `data` with `size` bytes of the system's random generator. Returns 0, or -1 if the system
 * has none; `data` can then be partly filled. Waits only early at boot until the generator is
 * seeded, since keys would be weak otherwise. */
int symfeed_random(void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
