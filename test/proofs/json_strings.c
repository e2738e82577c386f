/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_strings.c - strings and what is between them, skipped in words of eight bytes, in any state
 * of the scanner: a text of any length, of which no more is read than is there.
 *
 * Of: core/json/scanner.c core/util/bytes.c
 * Contract: core/json/scanner.c
 *     while (at + AHEAD <= size)
 *     while (at + AHEAD <= size) STRINGS
 * Mutant: core/json/scanner.c
 *     #define AHEAD 16
 *     #define AHEAD 8
 */
#include "scan.h"

static size_t most_tokens;

#define STRINGS                                                                                    \
    __CPROVER_assigns(at, *tokens, *scan)                                                          \
        __CPROVER_loop_invariant((at == 0 || at < size) && *tokens <= most_tokens &&               \
                                 scan->state == SCAN_IN_STRING && SCAN_HOLDS(*scan))               \
            __CPROVER_decreases(size - at)

#include "core/json/scanner.c"
#include "core/util/bytes.c"

void prove(void)
{
    struct scan scan;
    size_t tokens = nondet_size();
    size_t taken;
    BYTES_OF_ANY_LENGTH(unsigned char, data);

    most_tokens = tokens;
    assume(SCAN_HOLDS(scan) && scan.state == SCAN_IN_STRING && data_size > 0);
    taken = strings(&scan, data, data_size, &tokens);
    claim(taken < data_size, "a byte is left to be looked at");
    claim(tokens <= most_tokens, "no more tokens are used than there are");
    claim(SCAN_HOLDS(scan) && scan.state == SCAN_IN_STRING, "the scanner is in order");
}
