/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.c - each step of base64 in any state that the steps before can leave: no more is written
 * than SYMFEED_BASE64_SIZE() says.
 *
 * Of: core/util/base64.c
 * Bounds: --unwind 66
 * Mutant: core/util/base64.c
 *     while (base64->count >= 6) {
 *     while (base64->count > 6) {
 */
#include "core/util/base64.c"

#include "proof.h"

void prove(void)
{
    struct base64 base64;
    char out[4];
    const bool url = nondet_bool();
    const unsigned bytes = (unsigned)any_up_to(3);
    int decoded;

    /* Three bytes bring the encoder back to where it began. */
    symfeed_base64_begin(&base64, url, out);
    for (unsigned i = 0; i < bytes; i++) {
        symfeed_base64_put(&base64, nondet_byte());
    }
    claim(bytes < 3 || base64.count == 0, "three bytes leave no bit behind");
    claim(symfeed_base64_end(&base64) <= out + SYMFEED_BASE64_SIZE(bytes), "the text has its size");

    /* The decoder: any bits, of which fewer than eight wait. */
    base64.count = (uint8_t)(2 * any_up_to(3));
    base64.bits = nondet_uint32();
    decoded = symfeed_base64_get(&base64, (char)nondet_byte());
    claim(decoded >= SYMFEED_BASE64_BAD && decoded <= 255, "a byte is a byte");
    claim(base64.count < 8, "fewer than eight bits wait");
}
