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

#include "symfeed_config.h"

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *one, const void *other, size_t size);

static inline bool bytes_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static inline unsigned char bytes_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

#if SYMFEED_FAST

/* As many bytes as are looked at together. */
#if UINTPTR_MAX > 0xFFFFFFFF
typedef uint64_t bytes_word;
#else
typedef uint32_t bytes_word;
#endif

/* The same byte everywhere in a word. */
#define BYTES_ALL(byte) ((bytes_word)-1 / 255u * (byte))

/* Loads a word whose lowest byte is the first, from any address. */
static inline bytes_word bytes_load(const unsigned char *data)
{
    bytes_word word = 0;

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(&word, data, sizeof word);
#else
    for (unsigned i = 0; i < sizeof word; i++) {
        word |= (bytes_word)data[i] << (8 * i);
    }
#endif
    return word;
}

/* The top bit of each byte that is 0. A byte behind one that is 0 may be told wrongly. */
static inline bytes_word bytes_zero(bytes_word word)
{
    return (word - BYTES_ALL(1)) & ~word & BYTES_ALL(0x80);
}

/* How many bytes are below the lowest of these top bits; there must be one. */
static inline size_t bytes_below(bytes_word bits)
{
    bytes_word below = ((bits >> 7) - 1) & ~(bits >> 7) & BYTES_ALL(1);

    return (size_t)(below * BYTES_ALL(1) >> (sizeof below * 8 - 8));
}

#endif

/* The value of a hexadecimal digit; 16 or more: it is none. */
unsigned symfeed_bytes_hex(char digit);

/* Reads a decimal number of up to 64 bits that is the whole text. false: it is not one. */
bool symfeed_bytes_decimal(const char *text, size_t size, uint64_t *number);

/* Digits of the largest number of 32 bits. */
#define SYMFEED_DIGITS 10

/* Writes a number in decimal to `out` (SYMFEED_DIGITS of room). Answers the digits written. */
size_t symfeed_bytes_digits(uint32_t number, char *out);

/* Is the text that word, which is in lower case, whatever its own case is? */
bool symfeed_bytes_is_word(const char *text, size_t size, const char *word);

/* Bytes before the NUL. */
size_t symfeed_bytes_length(const char *string);

/* Of a list of strings, one behind the other's NUL, which needs no pointers: the one of a number,
 * from 0 on. It must be there. */
const char *symfeed_bytes_nth(const char *list, unsigned number);

/* In such a list, which an empty string ends: the number of the text, from 0 on; as many as there
 * are: it is none of them. */
unsigned symfeed_bytes_index(const char *text, size_t size, const char *list);

/* In such a list, which an empty string ends: the number of the text, from 1 on, whatever its own
 * case is; the list is in lower case. 0: it is not there. */
unsigned symfeed_bytes_which(const char *text, size_t size, const char *list);

/* Overwrites memory in a way that no compiler leaves out. */
void symfeed_bytes_wipe(void *memory, size_t size);

#endif
