/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_plain.c - the words of eight bytes in which strings are skipped: a text of any length, of
 * which no more is read than is there.
 *
 * Of: core/json/scanner.c core/util/bytes.c
 * Contract: core/json/scanner.c
 *     for (; count + sizeof(bytes_word) <= size; count += sizeof(bytes_word))
 *     for (; count + sizeof(bytes_word) <= size; count += sizeof(bytes_word)) WORDS
 * Contract: core/json/scanner.c
 *     data[count] != '\\')
 *     data[count] != '\\') BYTES
 * Mutant: core/json/scanner.c
 *     while (count < size && data[count] >= 0x20 && data[count] < 0x80 && data[count] != '"' &&
 *     while (data[count] >= 0x20 && data[count] < 0x80 && data[count] != '"' &&
 */
#define WORDS                                                                                      \
    __CPROVER_assigns(count) __CPROVER_loop_invariant(count <= size)                               \
        __CPROVER_decreases(size - count)
#define BYTES WORDS

#include "core/json/scanner.c"
#include "core/util/bytes.c"

#include "proof.h"

void prove(void)
{
    BYTES_OF_ANY_LENGTH(unsigned char, data);

    claim(symfeed_scan_plain(data, data_size) <= data_size, "no more is read than is there");
}
