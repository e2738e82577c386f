/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fnv.h - a hash that stands for something longer, to recognize it later: FNV-1a with 64 bits.
 *
 * Depends on: nothing.
 * Guarantees: the same bytes have the same hash. An attacker who chooses the bytes can find others
 *   with the same hash, so only use it for bytes of the configuration or the system.
 */
#ifndef SYMFEED_FNV_H
#define SYMFEED_FNV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The hash of no bytes. */
#define SYMFEED_FNV_EMPTY 14695981039346656037u

/* Returns the hash of what `hash` stands for, followed by `size` bytes. */
uint64_t symfeed_fnv(uint64_t hash, const void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
