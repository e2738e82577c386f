/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_token.c - any bytes as a token's file: a token that is accepted is the file's first line
 * without the blanks at its end, visible ASCII, and fits; otherwise nothing of it stays.
 *
 * The input: a byte for the size of the buffer, the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "fuzz.h"

/* The port's, which need nothing of TLS. */
#include "../../port/system/credentials.c"
#include "../../port/system/file.c"
#include "../../port/system/fnv.c"

/* Returns whether the line is a token, of any size. */
static bool is_token(const unsigned char *line, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (line[i] <= ' ' || line[i] > '~') {
            return false;
        }
    }
    return size > 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct memory_file file;
    struct symfeed_failure failure;
    bool exposed;
    size_t room;
    size_t line;
    size_t token;
    char *out;
    int answer;

    if (size < 1) {
        return 0;
    }
    room = 2 + data[0] % 62u;
    data++;
    size--;
    out = malloc(room);
    memset(out, 'x', room);
    fill_file(&file, data, size);
    answer = symfeed_credentials_read(file.name, out, room, &exposed, &failure);
    line = size_before(data, size, '\n');
    token = line;
    while (token > 0 &&
           (data[token - 1] == ' ' || data[token - 1] == '\t' || data[token - 1] == '\r')) {
        token--;
    }
    require((answer == 0) == (line < room && is_token(data, token)));
    require(answer == 0 || failure.cause == (uint16_t)-answer);
    token = answer == 0 ? token : 0;
    require(memcmp(out, data, token) == 0);
    for (size_t i = token; i < room; i++) {
        require(out[i] == '\0');
    }
    free(out);
    return 0;
}
