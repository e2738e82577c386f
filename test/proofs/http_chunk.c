/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_chunk.c - any chunk-size line: a size that does not fit into 64 bits is refused, not
 * wrapped. Up to 24 bytes.
 *
 * Of: core/http/response.c core/util/bytes.c
 * Bounds: --unwind 26
 * Mutant: core/http/response.c
 *     if (response->left > UINT64_MAX >> 4) {
 *     if (response->left > UINT64_MAX >> 3) {
 */
#include "core/http/response.c"
#include "core/util/bytes.c"

#include "proof.h"

#define LINE 24

void prove(void)
{
    struct response response;
    ANY_BYTES(char, line, LINE);
    size_t digits = 0;
    size_t zeros = 0;

    response.line = line;
    response.line_size = (uint16_t)line_size;
    for (size_t i = 0; i < LINE; i++) {
        zeros += zeros == i && i < line_size && line[i] == '0';
        digits += digits == i && i < line_size && symfeed_bytes_hex(line[i]) < 16;
    }
    if (chunk_size(&response)) {
        claim(digits > 0 && digits - zeros <= 16, "a size of more than 64 bits is refused");
        claim(digits == zeros ? response.left == 0
                              : response.left >> (4 * (digits - zeros - 1)) != 0,
              "no digit is lost");
    }
}
