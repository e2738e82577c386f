/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libc.h - functions of the C library that CBMC has no body for, to be included after <string.h>.
 *
 * Depends on: nothing.
 */
#ifndef SYMFEED_PROOF_LIBC_H
#define SYMFEED_PROOF_LIBC_H

#include <stddef.h>
#include <string.h>
#include <strings.h>

void *memchr(const void *memory, int byte, size_t size)
{
    const unsigned char *at = memory;

    for (size_t i = 0; i < size; i++) {
        if (at[i] == (unsigned char)byte) {
            return (void *)(at + i);
        }
    }
    return NULL;
}

size_t strcspn(const char *text, const char *reject)
{
    size_t size = 0;

    while (text[size] != '\0') {
        for (size_t i = 0; reject[i] != '\0'; i++) {
            if (text[size] == reject[i]) {
                return size;
            }
        }
        size++;
    }
    return size;
}

#endif
