/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - functions on bytes that more than one file uses.
 *
 * Depends on: the four memory functions declared below, which every compiler requires of its
 *   environment, even a freestanding one. They are declared here because <string.h> is not a
 *   freestanding header.
 * Guarantees: a wiped buffer stays wiped, whatever the compiler optimizes.
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

/* A word of bytes that are processed together. */
#if UINTPTR_MAX > 0xFFFFFFFF
typedef uint64_t bytes_word;
#else
typedef uint32_t bytes_word;
#endif

/* A word that consists of the same byte. */
#define BYTES_ALL(byte) ((bytes_word)-1 / 255u * (byte))

/* Loads a word from any address; its lowest byte is the first. */
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

/* Returns the top bit of each byte that is 0. The bit of a byte after a 0 can be wrong. */
static inline bytes_word bytes_zero(bytes_word word)
{
    return (word - BYTES_ALL(1)) & ~word & BYTES_ALL(0x80);
}

/* Returns how many bytes are below the lowest of these top bits; there must be one. */
static inline size_t bytes_below(bytes_word bits)
{
    bytes_word below = ((bits >> 7) - 1) & ~(bits >> 7) & BYTES_ALL(1);

    return (size_t)(below * BYTES_ALL(1) >> (sizeof below * 8 - 8));
}

#endif

/* Returns the value of a hexadecimal digit; 16 or more if it is none. */
unsigned symfeed_bytes_hex(char digit);

/* Reads a text that is a decimal number of up to 64 bits. Returns false if it is not. */
bool symfeed_bytes_decimal(const char *text, size_t size, uint64_t *number);

/* Digits of the largest number of 32 bits. */
#define SYMFEED_DIGITS 10

/* Writes a decimal number to `out`, which has room for SYMFEED_DIGITS. Returns the digits written.
 */
size_t symfeed_bytes_digits(uint32_t number, char *out);

/* Is the text, in any case, this word, which is in lower case? */
bool symfeed_bytes_is_word(const char *text, size_t size, const char *word);

/* Returns the bytes before the NUL. */
size_t symfeed_bytes_length(const char *string);

/* Returns the string with this number, counted from 0, in a list of strings that follow each other,
 * each with a NUL; such a list needs no pointers. The string must exist. */
const char *symfeed_bytes_nth(const char *list, unsigned number);

/* Returns the number of the text, counted from 0, in such a list, which ends with an empty string;
 * the number of strings if the text is not in it. */
unsigned symfeed_bytes_index(const char *text, size_t size, const char *list);

/* Returns the number of the text, in any case, counted from 1, in such a list in lower case, which
 * ends with an empty string; 0 if the text is not in it. */
unsigned symfeed_bytes_which(const char *text, size_t size, const char *list);

/* Overwrites memory in a way that no compiler removes. */
void symfeed_bytes_wipe(void *memory, size_t size);

#endif
