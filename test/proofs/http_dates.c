/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_dates.c - any bytes where an HTTP date is expected. Up to 31 bytes.
 *
 * Of: core/http/response.c core/util/bytes.c
 * Bounds: --unwind 32
 * Mutant: core/http/response.c
 *     if (size != 29 || !has_shape(text, "xxx, 00 xxx 0000 00:00:00 GMT")) {
 *     if (size < 28 || !has_shape(text, "xxx, 00 xxx 0000 00:00:00 GMT")) {
 */
#include "core/http/response.c"
#include "core/util/bytes.c"

#include "proof.h"

void prove(void)
{
    ANY_BYTES(char, text, 31);
    struct response response;

    (void)symfeed_response_date(text, text_size);
    (void)symfeed_response_retry_after(&response, nondet_uint32());
}
