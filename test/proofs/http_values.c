/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_values.c - any value of each field of an HTTP head that matters, in any state of the answer.
 * Up to 32 bytes.
 *
 * Of: core/http/response.c core/util/bytes.c
 * Bounds: --unwind 35
 * Stubs: set_cookie:any_set_cookie
 * Mutant: core/http/response.c
 *     for (; size >= 5; value++, size--) {
 *     for (; size >= 4; value++, size--) {
 */
#include "core/http/response.c"
#include "core/util/bytes.c"

#include "proof.h"

#define LINE 32

/* Proven by http_cookie.c. */
void any_set_cookie(const struct response *response, const char *text, size_t size)
{
    (void)response;
    claim(__CPROVER_r_ok(text, size), "the value is in the line");
}

void prove(void)
{
    struct response response;
    ANY_BYTES(char, line, LINE);
    const size_t at = any_up_to(line_size);

    response.line = line;
    response.line_size = (uint16_t)line_size;
    (void)apply_field(&response, (enum field)nondet_byte(), line + at, line_size - at);
}
