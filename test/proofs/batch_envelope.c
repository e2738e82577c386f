/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_envelope.c - one byte of a body outside of its events, in any state: a name stays inside
 * the window, the ackId inside its buffer.
 *
 * Of: core/event/batch.c core/json/scanner.c core/util/bytes.c
 * Bounds: --unwind 34
 * Stubs: name_number:any_name
 * Mutant: core/event/batch.c
 *     bool room = batch->size < batch->window_size;
 *     bool room = batch->size <= batch->window_size;
 */
#include "core/event/batch.c"
#define open_bracket scanner_open_bracket
#define begin_string scanner_begin_string
#include "core/json/scanner.c"
#include "core/util/bytes.c"

#include "scan.h"

#include <stdlib.h>

/* Compares a name in the window with others. */
unsigned any_name(const struct batch *batch, size_t from, size_t size, const char *names)
{
    (void)names;
    claim(from <= batch->size && size <= batch->size - from, "the name is in the window");
    return (unsigned)any_up_to(2);
}

static bool holds(const struct batch *batch)
{
    return batch->size <= batch->window_size && batch->ack_size <= batch->ack_room &&
           SCAN_HOLDS(batch->envelope);
}

void prove(void)
{
    struct batch batch;
    ANY_STRING(literal, 4);

    assume(batch.window_size >= SYMFEED_WINDOW_MIN && batch.window_size <= SYMFEED_WINDOW_MAX);
    batch.window = malloc(batch.window_size);
    batch.ack = malloc(batch.ack_room);
    batch.envelope.literal = literal;
    assume(holds(&batch));
    (void)envelope_byte(&batch, nondet_byte());
    claim(holds(&batch), "the envelope is in order");
}
