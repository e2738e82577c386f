/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_status.c - any status line of an HTTP answer: the status is from 100 to 599 where the line
 * is accepted. Up to 40 bytes. Then the end of any head.
 *
 * Of: core/http/response.c core/util/bytes.c
 * Bounds: --unwind 14
 * Mutant: core/http/response.c
 *     if (response->line_size < 12 || !has_shape(line, "HTTP/1.x 000") || (line[7] | 1) != '1' ||
 *     if (response->line_size < 11 || !has_shape(line, "HTTP/1.x 000") || (line[7] | 1) != '1' ||
 */
#include "core/http/response.c"
#include "core/util/bytes.c"

#include "proof.h"

#define LINE 40

void prove(void)
{
    struct response response;
    ANY_BYTES(char, line, LINE);

    response.line = line;
    response.line_size = (uint16_t)line_size;
    if (status_line(&response)) {
        claim(response.status >= 100 && response.status <= 599, "the status is a status");
        claim(response.state == FIELDS, "fields follow");
        response.body_state = nondet_byte();
        (void)head_end(&response);
    }
}
