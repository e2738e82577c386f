/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_cut.c - one byte of an event that is being cut, in any state of filter and scanner, with
 * any window and table: the event stays inside the window with room for each bracket that is open,
 * in the table, and never has more bytes than were read, so that it can be cut in place.
 *
 * Of: core/event/batch.c core/json/scanner.c core/util/bytes.c
 * Bounds: --unwind 34
 * Stubs: symfeed_string_whole:any_whole name_number:any_name symfeed_tokens_kind:any_kind
 * Mutant: core/event/batch.c
 *     return batch->window_size - SYMFEED_DEPTH - 2;
 *     return batch->window_size - SYMFEED_DEPTH;
 */
#include "core/event/batch.c"
#define open_bracket scanner_open_bracket
#define begin_string scanner_begin_string
#include "core/json/scanner.c"
#include "core/util/bytes.c"

#include "scan.h"

#include <stdlib.h>

/* Proven by json_whole.c. */
size_t any_whole(const char *text, size_t size)
{
    claim(__CPROVER_r_ok(text, size + 1), "the string is in the window");
    return any_up_to(size);
}

/* Compares a name in the window with others. */
unsigned any_name(const struct batch *batch, size_t from, size_t size, const char *names)
{
    (void)names;
    claim(from <= batch->size && size <= batch->size - from, "the name is in the window");
    return (unsigned)any_up_to(SYMFEED_NOTED);
}

enum symfeed_kind any_kind(char first)
{
    (void)first;
    return (enum symfeed_kind)any_up_to(SYMFEED_STRING);
}

/* A comma was read and not written yet. */
static bool owes_comma(const struct scan *scan)
{
    return scan->state == SCAN_IN_KEY ||
           (scan->state == SCAN_IN_VALUE && scan->depth > 0 && (scan->objects & 1u) == 0);
}

/* The outermost bracket is there, and a member of it has begun. */
static bool is_in_member(const struct scan *scan)
{
    return scan->depth > 1 || (scan->depth == 1 && scan->state != SCAN_IN_KEY_OR_CLOSE &&
                               scan->state != SCAN_IN_VALUE_OR_CLOSE);
}

/* What holds between two bytes after `read` of them. */
static bool holds(const struct batch *batch, const struct scan *scan, size_t read)
{
    const size_t most = usable(batch) + 1 + SYMFEED_DEPTH; /* without brackets that are open */
    const size_t depth = batch->state == BATCH_DROPPING ? batch->drop_depth : scan->depth;

    if (!SCAN_HOLDS(*scan) || (scan->state >= SCAN_IN_LAX && scan->resume == SCAN_IN_END) ||
        batch->state < BATCH_CUTTING || batch->state > BATCH_SHORTENING ||
        batch->own_left > OWN_MEMBERS || depth > scan->depth || batch->size > most - depth ||
        batch->size > read || batch->tokens > batch->max_tokens || batch->member > batch->size ||
        batch->member_tokens > batch->tokens || (depth > 0 && batch->size == 0) ||
        (is_in_member(scan) && batch->member == 0)) {
        return false;
    }
    if (batch->state == BATCH_DROPPING) { /* a member; or a number or string that is the event */
        return scan->depth > 0 ? depth > 0 && batch->member > 0 : scan->state >= SCAN_IN_END;
    }
    if (scan->state == SCAN_IN_VALUE && scan->depth == 0) {
        return batch->state == BATCH_CUTTING && batch->size == 0 && batch->tokens == 0;
    }
    if (SCAN_IN_TEXT(*scan)) {
        return batch->string_limit <= usable(batch) && batch->string <= batch->size &&
               batch->member < batch->string && batch->size <= batch->string_limit;
    }
    if (scan->state == SCAN_IN_KEY_OR_CLOSE || scan->state == SCAN_IN_VALUE_OR_CLOSE) {
        const char last = batch->window[batch->size - 1];

        return batch->state == BATCH_CUTTING && (last == '{' || last == '[');
    }
    return batch->state == BATCH_CUTTING && (!owes_comma(scan) || batch->size < read);
}

void prove(void)
{
    struct batch batch;
    struct scan scan;
    ANY_STRING(literal, 4);
    const size_t read = nondet_size();
    const size_t noted = any_up_to(SYMFEED_NOTED);
    const unsigned char byte = nondet_byte();
    enum scan_action action;

    assume(batch.window_size >= SYMFEED_WINDOW_MIN && batch.window_size <= SYMFEED_WINDOW_MAX &&
           batch.max_tokens >= SYMFEED_JSON_TOKENS_MIN &&
           batch.max_tokens <= SYMFEED_JSON_TOKENS_MAX && read < SYMFEED_WINDOW_MAX);
    batch.window = malloc(batch.window_size);
    batch.value = noted < SYMFEED_NOTED ? &batch.noted[noted] : NULL;
    for (size_t i = 0; i < SYMFEED_NOTED; i++) {
        batch.noted[i].text = nondet_bool() ? batch.window + any_up_to(batch.window_size) : NULL;
    }
    scan.literal = literal;
    assume(holds(&batch, &scan, read));
    action = symfeed_scan_byte(&scan, byte);
    assume(action < SCAN_END); /* else the event ends, or is malformed */
    filter(&batch, &scan, action, byte);
    claim(holds(&batch, &scan, read + 1), "the cut event is in order");
    claim(batch.size < batch.window_size, "the window has room");
}
