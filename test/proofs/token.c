/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.c - any bytes of a token's file: a token that is accepted is visible ASCII, ends inside its
 * buffer, and nothing is behind it. Up to 12 bytes.
 *
 * Of: port/system/credentials.c port/system/file.c
 * Bounds: --unwind 14
 * Mutant: port/system/credentials.c
 *     if (length == size) {
 *     if (length > size) {
 */
#include "port/system/credentials.c"
#include "port/system/file.c"

#include "libc.h"
#include "proof.h"

#define ROOM 12

void prove(void)
{
    char token[ROOM];
    char line[ROOM];
    const size_t used = any_up_to(ROOM);
    const size_t at = any_up_to(ROOM - 1);

    memcpy(line, token, sizeof line);
    if (cut_token(token, used, sizeof token) == SYMFEED_CAUSE_NONE) {
        claim(strlen(token) < ROOM && strlen(token) > 0, "the token ends inside its buffer");
        claim(at < strlen(token) ? token[at] > ' ' && token[at] <= '~' : token[at] == '\0',
              "it is visible ASCII, and wiped behind that");
        claim(at < strlen(token) || at >= used || memchr(line, '\n', at + 1) != NULL ||
                  line[at] == ' ' || line[at] == '\t' || line[at] == '\r',
              "what is cut off its line are blanks");
    }
}
