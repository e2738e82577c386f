/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_notes.c - the end of an event: a number or literal that was noted ends inside the event,
 * whose last byte is its closing bracket.
 *
 * Of: core/event/batch.c core/util/bytes.c
 * Bounds: --unwind 8
 * Mutant: core/event/batch.c
 *     own->text[own->size] != ',' && own->text[own->size] != '}') {
 *     own->text[own->size] != ',') {
 */
#include "core/event/batch.c"
#include "core/util/bytes.c"

#include "proof.h"

void prove(void)
{
    struct batch batch;
    ANY_BYTES(char, window, 6);
    struct symfeed_value *own;

    assume(window_size > 0 && window[window_size - 1] == '}');
    for (size_t i = 0; i < SYMFEED_NOTED; i++) { /* one for all, which do not touch each other */
        batch.noted[i].kind = SYMFEED_STRING;
    }
    own = &batch.noted[any_up_to(SYMFEED_NOTED - 1)];
    own->kind = (enum symfeed_kind)any_up_to(SYMFEED_STRING);
    own->text = nondet_bool() ? window + any_up_to(window_size - 1) : NULL;
    own->size = 0;
    end_notes(&batch);
    claim(own->text == NULL || own->size < window_size - (size_t)(own->text - window),
          "the value ends inside the event");
}
