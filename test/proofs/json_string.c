/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_string.c - any value into a buffer of any size: a NUL is inside the buffer, the text before
 * it. Up to 9 bytes.
 *
 * Of: core/json/string.c core/util/bytes.c
 * Bounds: --unwind 10
 * Stubs: symfeed_string_decode:any_decode
 * Mutant: core/json/string.c
 *     if (length >= size - written) {
 *     if (length > size - written) {
 */
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "proof.h"

/* Proven by json_escape.c. */
size_t any_decode(const char *text, size_t size, char *out, size_t *length)
{
    claim(size > 0 && __CPROVER_r_ok(text, size), "the bytes are there");
    for (int i = 0; i < 4; i++) {
        out[i] = (char)nondet_byte();
    }
    *length = 1 + any_up_to(3);
    return 1 + any_up_to(size - 1);
}

void prove(void)
{
    ANY_BYTES(char, text, 9);
    ANY_BYTES(char, out, 6);
    struct symfeed_value value = {(enum symfeed_kind)any_up_to(SYMFEED_STRING), text, text_size};
    size_t used;

    assume(out_size > 0);
    used = symfeed_string(value, out, out_size);
    claim(used < out_size && out[used] == '\0', "the text ends inside the buffer");
}
