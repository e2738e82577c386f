/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_field.c - any field line of an HTTP head: its name is found, and its value is inside the
 * line. Up to 40 bytes.
 *
 * Of: core/http/response.c core/util/bytes.c
 * Bounds: --unwind 42
 * Stubs: apply_field:any_apply_field
 * Mutant: core/http/response.c
 *     while (value < size && is_blank(line[value])) {
 *     while (is_blank(line[value])) {
 */
#include "core/http/response.c"
#include "core/util/bytes.c"

#include "proof.h"

#define LINE 40

/* The contract of apply_field(): the value is a part of the line. */
bool any_apply_field(struct response *response, enum field field, const char *value, size_t size)
{
    const size_t at = (size_t)(value - response->line);

    claim(field <= SET_COOKIE, "the field is one of the list");
    claim(at > 0 && at <= response->line_size && size <= response->line_size - at,
          "the value is inside the line");
    return nondet_bool();
}

void prove(void)
{
    struct response response;
    ANY_BYTES(char, line, LINE);

    response.line = line;
    response.line_size = (uint16_t)line_size;
    (void)field_line(&response);
}
