/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_text.c - any bytes as a message: plain text comes out, never longer than what went in, the
 * same in place as in another buffer, always terminated, and without a control character. The same
 * holds for the first two thirds of the input, which may end inside a tag or an entity: what is
 * written never gets ahead of what is read.
 */
#include "fuzz.h"

#include "symfeed.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *copy = malloc(size + 1);
    char *out = malloc(size + 1);
    size_t written = 0;
    size_t in_place = 0;
    size_t room = size > 0 ? data[0] % (size + 1) + 1 : 1;
    size_t part = size - size / 3;

    memcpy(copy, data, size);
    written = symfeed_text(copy, size, out, size + 1);
    require(written <= size && out[written] == '\0');
    for (size_t i = 0; i < written; i++) {
        unsigned char byte = (unsigned char)out[i];

        require((byte >= 0x20 || byte == '\t' || byte == '\n') && byte != 0x7F);
    }
    in_place = symfeed_text(copy, size, copy, size + 1);
    require(in_place == written && memcmp(copy, out, written) == 0);
    memcpy(copy, data, size);
    require(symfeed_text(copy, size, out, room) < room);
    in_place = symfeed_text(copy, part, out, size + 1);
    require(in_place <= part && symfeed_text(copy, part, copy, part + 1) == in_place);
    require(memcmp(copy, out, in_place) == 0);
    free(copy);
    free(out);
    return 0;
}
