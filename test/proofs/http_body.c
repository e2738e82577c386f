/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_body.c - bytes of an answer, of any number and in any state: no more are read than came, and
 * the body is a part of them.
 *
 * Of: core/http/response.c core/util/bytes.c
 * Stubs: line_byte:any_line_byte
 * Contract: core/http/response.c
 *     while (at < size && response->state != COMPLETE)
 *     while (at < size && response->state != COMPLETE) STEPS
 * Mutant: core/http/response.c
 *     if (size > response->left) {
 *     if (size < response->left) {
 */
#define STEPS                                                                                      \
    __CPROVER_assigns(at, response->state, response->left, response->body_size, *taken)            \
        __CPROVER_loop_invariant(at <= size) __CPROVER_decreases(size - at)

#include "core/http/response.c"
#include "core/util/bytes.c"

#include "proof.h"

#include <stdlib.h>

/* Proven by http_line.c and the proofs of its lines. */
bool any_line_byte(struct response *response, unsigned char byte)
{
    (void)byte;
    response->state = nondet_byte();
    response->left = nondet_uint64();
    return nondet_bool();
}

void prove(void)
{
    struct response response;
    const size_t size = any_up_to(1u << 20);
    const unsigned char *data = malloc(size);
    size_t taken = 0;
    enum response_result result;

    assume(data != NULL);
    result = symfeed_response_feed(&response, data, size, &taken);
    claim(result == RESPONSE_BAD || taken <= size, "no more is read than came");
    claim(result != RESPONSE_BODY || response.body_size <= taken, "the body is among it");
}
