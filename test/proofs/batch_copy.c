/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_copy.c - runs of bytes of an event, in any state: what is copied stays inside the window,
 * the table and, while an event is cut, the limit of its string.
 *
 * Of: core/event/batch.c core/util/bytes.c
 * Stubs: symfeed_scan_run:any_run symfeed_scan_plain:any_plain note:any_note name_number:any_name
 *     note_value:any_value note_value_end:any_value
 * Mutant: core/event/batch.c
 *     count = symfeed_scan_run(&batch->element, data, size < room ? size : room, &run);
 *     count = symfeed_scan_run(&batch->element, data, size, &run);
 */
#include "core/event/batch.c"
#include "core/util/bytes.c"

#include "scan.h"

#include <stdlib.h>

/* Proven by json_run.c. */
size_t any_run(struct scan *scan, const unsigned char *data, size_t size, struct scan_run *run)
{
    const size_t taken = any_up_to(size);

    (void)scan;
    claim(__CPROVER_r_ok(data, size), "the bytes are there");
    run->tokens = any_up_to(run->tokens);
    run->name = any_up_to(taken);
    run->value = any_up_to(taken);
    run->value_end = any_up_to(taken);
    run->named = nondet_bool();
    assume(!run->named || run->name < taken);
    return taken;
}

/* Proven by json_plain.c. */
size_t any_plain(const unsigned char *data, size_t size)
{
    claim(__CPROVER_r_ok(data, size), "the bytes are there");
    return any_up_to(size);
}

void any_note(struct batch *batch, const struct scan *scan, enum scan_action action)
{
    (void)scan;
    (void)action;
    claim(batch->size <= batch->window_size && batch->string <= batch->size, "the name is inside");
}

/* They read that byte, or take its address. */
void any_value(struct batch *batch, const char *at)
{
    (void)batch;
    claim(__CPROVER_r_ok(at, 1), "the value is inside the window");
}

/* Proven by json_string.c, which compares strings. */
unsigned any_name(const struct batch *batch, size_t from, size_t size, const char *names)
{
    (void)names;
    claim(from <= batch->size && size <= batch->size - from, "the name is inside the event");
    return nondet_byte();
}

static bool holds(const struct batch *batch)
{
    return batch->size <= batch->window_size && batch->tokens <= batch->max_tokens &&
           batch->string <= batch->size &&
           (batch->state != BATCH_CUTTING || batch->element.state != SCAN_IN_STRING ||
            (batch->string_limit <= batch->window_size && batch->size <= batch->string_limit));
}

void prove(void)
{
    struct batch batch;
    BYTES_OF_ANY_LENGTH(unsigned char, data);

    assume(batch.window_size >= SYMFEED_WINDOW_MIN && batch.window_size <= SYMFEED_WINDOW_MAX);
    batch.window = malloc(batch.window_size);
    assume(batch.state >= BATCH_COPYING && holds(&batch));
    claim(element_run(&batch, data, data_size) <= data_size, "no more is read than is there");
    claim(holds(&batch), "the event is inside window and table");
    (void)copy(&batch, nondet_byte());
    claim(batch.size <= batch.window_size, "the event is inside the window");
}
