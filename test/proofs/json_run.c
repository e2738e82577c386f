/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_run.c - a run of JSON in any state of the scanner: a text of any length, of which no more is
 * read than is there, and no more tokens begin than may.
 *
 * Of: core/json/scanner.c core/util/bytes.c
 * Stubs: strings:any_strings symfeed_scan_byte:any_scan_byte
 * Contract: core/json/scanner.c
 *     while (at < size && scan->state != SCAN_IN_END && !stop)
 *     while (at < size && scan->state != SCAN_IN_END && !stop) RUN
 * Contract: core/json/scanner.c
 *     while (scan->state == SCAN_IN_INTEGER && at < size && bytes_is_digit(data[at]))
 *     while (scan->state == SCAN_IN_INTEGER && at < size && bytes_is_digit(data[at])) DIGITS
 * Mutant: core/json/scanner.c
 *     (run->tokens == 0 || scan->depth == SYMFEED_DEPTH)) {
 *     scan->depth == SYMFEED_DEPTH) {
 */
#include "scan.h"

static size_t most_tokens;

#define RUN                                                                                        \
    __CPROVER_assigns(at, stop, *scan, *run) __CPROVER_loop_invariant(                             \
        at <= size && run->tokens <= most_tokens && run->name <= at && SCAN_HOLDS(*scan))
#define DIGITS                                                                                     \
    __CPROVER_assigns(at) __CPROVER_loop_invariant(at <= size && run->name <= at)                  \
        __CPROVER_decreases(size - at)

#include "core/json/scanner.c"
#include "core/util/bytes.c"

/* Proven by json_strings.c. */
size_t any_strings(struct scan *scan, const unsigned char *data, size_t size, size_t *tokens)
{
    (void)data;
    claim(scan->state == SCAN_IN_STRING && SCAN_HOLDS(*scan), "the scanner is in a string");
    *tokens = any_up_to(*tokens);
    scan->key = nondet_bool();
    scan->state = nondet_bool() ? SCAN_IN_STRING : SCAN_IN_VALUE;
    assume(SCAN_HOLDS(*scan));
    return any_up_to(size);
}

/* Proven by json_step.c. Only a byte between tokens begins one, and it does not come here. */
enum scan_action any_scan_byte(struct scan *scan, unsigned char byte)
{
    enum scan_action action = (enum scan_action)any_up_to(SCAN_ERROR);

    (void)byte;
    claim(SCAN_HOLDS(*scan) && scan->state > SCAN_IN_STRING, "the scanner is inside a token");
    assume(!scan_begins_token(action));
    make_any(scan);
    assume(SCAN_HOLDS(*scan));
    return action;
}

void prove(void)
{
    ANY_BYTES(unsigned char, data, 32);
    struct scan scan;
    struct scan_run run;
    size_t taken;

    most_tokens = run.tokens;
    assume(SCAN_HOLDS(scan));
    taken = symfeed_scan_run(&scan, data, data_size, &run);
    claim(taken <= data_size && run.name <= taken, "no more is read than is there");
    claim(run.tokens <= most_tokens, "no more tokens are used than there are");
    claim(SCAN_HOLDS(scan), "the scanner is in order");
}
