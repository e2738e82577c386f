/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_strings.c - strings and what is between them, skipped in words of eight bytes, in any state
 * of the scanner: a text of any length, of which no more is read than is there.
 *
 * Of: core/json/scanner.c core/util/bytes.c
 * Contract: core/json/scanner.c
 *     while (at + sizeof(bytes_word) <= size)
 *     while (at + sizeof(bytes_word) <= size) STRINGS
 * Mutant: core/json/scanner.c
 *     if (size - at < 3) {
 *     if (size - at < 2) {
 */
#define STRINGS                                                                                    \
    __CPROVER_assigns(at, *tokens, scan->key, scan->state)                                         \
        __CPROVER_loop_invariant(at <= size && *tokens <= most_tokens &&                           \
                                 scan->state == SCAN_IN_STRING &&                                  \
                                 (!scan->key || (scan->depth > 0 && (scan->objects & 1u) == 1)))   \
            __CPROVER_decreases(size - at)

#include <stddef.h>

static size_t most_tokens;

#include "core/json/scanner.c"
#include "core/util/bytes.c"

#include "scan.h"

void prove(void)
{
    ANY_BYTES(unsigned char, data, 32);
    struct scan scan;
    size_t tokens = nondet_size();

    most_tokens = tokens;
    assume(SCAN_HOLDS(scan) && scan.state == SCAN_IN_STRING);
    claim(strings(&scan, data, data_size, &tokens) <= data_size, "no more is read than is there");
    claim(tokens <= most_tokens, "no more tokens are used than there are");
    claim(SCAN_HOLDS(scan) && (scan.state == SCAN_IN_STRING || scan.state == SCAN_IN_VALUE),
          "the scanner is in order");
}
