/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_line.c - one byte of a line of an HTTP answer, in any state: the line never outgrows its
 * buffer, so that a head of any length is safe.
 *
 * Of: core/http/response.c
 * Stubs: line_end:any_line_end
 * Mutant: core/http/response.c
 *     } else if (response->line_size < response->line_room) {
 *     } else if (response->line_size <= response->line_room) {
 */
#include "core/http/response.c"

#include "proof.h"

#include <stdlib.h>

static bool fits(const struct response *response)
{
    return response->line_size <= response->line_room;
}

/* The contract of line_end(): the line is in the buffer. */
bool any_line_end(struct response *response)
{
    claim(fits(response), "the line is in the buffer");
    return nondet_bool();
}

void prove(void)
{
    struct response response;

    response.line = malloc(response.line_room);
    assume(fits(&response));
    (void)line_byte(&response, nondet_byte());
    claim(fits(&response), "the line is in the buffer");
}
