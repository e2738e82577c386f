/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - helpers on bytes that more than one file needs, and the four functions on memory that
 * every compiler asks its environment for, a freestanding one too: declared here because <string.h>
 * is not a freestanding header.
 */
#ifndef SYMFEED_BYTES_H
#define SYMFEED_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *one, const void *other, size_t size);

/* Reads a decimal number of up to 64 bits that is the whole text. false: it is not one. */
bool symfeed_bytes_decimal(const char *text, size_t size, uint64_t *number);

/* Is the text that word, which is in lower case, whatever its own case is? */
bool symfeed_bytes_is_word(const char *text, size_t size, const char *word);

/* Overwrites memory in a way that no compiler leaves out. */
void symfeed_bytes_wipe(void *memory, size_t size);

#endif
