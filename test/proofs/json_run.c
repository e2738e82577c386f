/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_run.c - a run of JSON in any state of the scanner: a text of any length, of which no more is
 * read than is there, and no more tokens begin than may.
 *
 * Of: core/json/scanner.c core/util/bytes.c
 * Stubs: compact:any_compact symfeed_scan_byte:any_scan_byte
 * Contract: core/json/scanner.c
 *     while (at < size && scan->state != SCAN_IN_END && !run->named)
 *     while (at < size && scan->state != SCAN_IN_END && !run->named) RUN
 * Mutant: core/json/scanner.c
 *     if (size - at >= AHEAD) {
 *     if (size - at >= AHEAD / 2) {
 */
#include "scan.h"

static size_t most_tokens;

#define RUN                                                                                        \
    __CPROVER_assigns(at, *scan, run->tokens, run->name, run->value, run->value_end, run->named)   \
        __CPROVER_loop_invariant(at <= size && run->tokens <= most_tokens && run->name <= at &&    \
                                 run->value <= at && run->value_end <= at &&                       \
                                 (!run->named || run->name < at) && SCAN_HOLDS(*scan))             \
            __CPROVER_decreases(size - at)

#include "core/json/scanner.c"
#include "core/util/bytes.c"

/* Proven by json_compact.c. */
size_t any_compact(struct scan *scan, const unsigned char *data, size_t size, size_t *tokens,
                   enum scan_action *action)
{
    claim(SCAN_HOLDS(*scan) && size >= AHEAD && __CPROVER_r_ok(data, size),
          "so many bytes are there");
    *tokens = any_up_to(*tokens);
    *action = (enum scan_action)any_up_to(SCAN_ERROR);
    make_any(scan);
    assume(SCAN_HOLDS(*scan));
    return any_up_to(size);
}

/* Proven by json_step.c. */
enum scan_action any_scan_byte(struct scan *scan, unsigned char byte)
{
    enum scan_action action = (enum scan_action)any_up_to(SCAN_ERROR);

    (void)byte;
    claim(SCAN_HOLDS(*scan), "the scanner is in order");
    assume(scan->state <= SCAN_IN_KEY_OR_CLOSE || !scan_begins_token(action));
    make_any(scan);
    assume(SCAN_HOLDS(*scan));
    return action;
}

void prove(void)
{
    struct scan scan;
    struct scan_run run;
    size_t taken;
    BYTES_OF_ANY_LENGTH(unsigned char, data);

    most_tokens = run.tokens;
    assume(SCAN_HOLDS(scan));
    taken = symfeed_scan_run(&scan, data, data_size, &run);
    claim(taken <= data_size && run.name <= taken && run.value <= taken && run.value_end <= taken,
          "no more is read than is there");
    claim(!run.named || run.name < taken, "a name that ends has begun before");
    claim(run.tokens <= most_tokens, "no more tokens are used than there are");
    claim(SCAN_HOLDS(scan), "the scanner is in order");
}
