/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_compact.c - a text without white space, of any length, up to its next token, in any state of
 * the scanner: no more is read than is there, and no more tokens begin than may.
 *
 * Of: core/json/scanner.c core/util/bytes.c
 * Stubs: strings:any_strings
 * Contract: core/json/scanner.c
 *     while (at < size && bytes_is_digit(data[at]))
 *     while (at < size && bytes_is_digit(data[at])) DIGITS
 * Mutant: core/json/scanner.c
 *     return at < size && (data[at] == ',' || data[at] == '}' || data[at] == ']') ? at : 0;
 *     return (data[at] == ',' || data[at] == '}' || data[at] == ']') ? at : 0;
 */
#include "scan.h"

#define DIGITS                                                                                     \
    __CPROVER_assigns(at) __CPROVER_loop_invariant(at <= size) __CPROVER_decreases(size - at)

#include "core/json/scanner.c"
#include "core/util/bytes.c"

/* Proven by json_strings.c. */
size_t any_strings(struct scan *scan, const unsigned char *data, size_t size, size_t *tokens)
{
    claim(scan->state == SCAN_IN_STRING && SCAN_HOLDS(*scan), "the scanner is in a string");
    claim(size > 0 && __CPROVER_r_ok(data, size), "the bytes are there");
    *tokens = any_up_to(*tokens);
    make_any(scan);
    assume(SCAN_HOLDS(*scan) && scan->state == SCAN_IN_STRING);
    return any_up_to(size - 1);
}

void prove(void)
{
    struct scan scan;
    size_t tokens = nondet_size();
    const size_t most_tokens = tokens;
    enum scan_action action = SCAN_SPACE;
    BYTES_OF_ANY_LENGTH(unsigned char, data);

    assume(SCAN_HOLDS(scan) && data_size >= AHEAD);
    claim(compact(&scan, data, data_size, &tokens, &action) <= data_size,
          "no more is read than is there");
    claim(tokens <= most_tokens, "no more tokens are used than there are");
    claim(SCAN_HOLDS(scan), "the scanner is in order");
}
