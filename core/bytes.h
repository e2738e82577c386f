/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - the four functions on memory that every compiler asks its environment for, a
 * freestanding one too. Declared here because <string.h> is not a freestanding header.
 */
#ifndef SYMFEED_BYTES_H
#define SYMFEED_BYTES_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *one, const void *other, size_t size);

#endif
