/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_file.c - any bytes of the file of --state: id and cookie are strings inside their members.
 * The members are smaller here. Up to 14 bytes.
 *
 * Of: examples/symfeed/state.c
 * Bounds: --unwind 16
 * Mutant: examples/symfeed/state.c
 *     if (length >= room) {
 *     if (length > room) {
 */
#include "symfeed.h"

#undef SYMFEED_FEED_ID_SIZE
#define SYMFEED_FEED_ID_SIZE 6
#undef SYMFEED_COOKIE_MAX
#define SYMFEED_COOKIE_MAX 5

#include "examples/symfeed/state.c"

#include "libc.h"
#include "proof.h"

void prove(void)
{
    struct state_values values;
    ANY_BYTES(char, text, 14);

    if (take_values(&values, text, text_size)) {
        claim(values.id[0] != '\0' && strlen(values.id) < sizeof values.id, "the id is a string");
        claim(strlen(values.cookie) < sizeof values.cookie, "the cookie is a string");
    }
}
