/* SPDX-License-Identifier: Apache-2.0 */
/* fnv.c - see fnv.h. */
#include "system/fnv.h"

uint64_t symfeed_fnv(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    size_t i;

    for (i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * 1099511628211u;
    }
    return hash;
}
