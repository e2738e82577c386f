/* SPDX-License-Identifier: Apache-2.0 */
/* credentials.c - see credentials.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "credentials.h"

#include <errno.h>
#include <string.h>

#include "file.h"
#include "words.h"

/* Cuts what was read to the token. NULL, or what is wrong with it. */
static const char *cut_token(char *token, size_t used, size_t size)
{
    const char *line_end = memchr(token, '\n', used);
    size_t length = line_end == NULL ? used : (size_t)(line_end - token);
    size_t i;

    if (length == size) {
        return "its first line is too long";
    }
    while (length > 0 && strchr("\r \t", token[length - 1]) != NULL) {
        length--;
    }
    symfeed_file_wipe(token + length, size - length);
    if (length == 0) {
        return "its first line is empty";
    }
    for (i = 0; i < length; i++) {
        if (token[i] <= ' ' || token[i] > '~') {
            return "its first line holds more than a token of printable ASCII";
        }
    }
    return NULL;
}

static const char *read_token(const char *file, char *token, size_t size, bool *exposed)
{
    int descriptor = symfeed_file_open(file, exposed);
    long used;

    if (descriptor < 0) {
        return symfeed_file_text(errno);
    }
    used = symfeed_file_read(descriptor, token, size);
    symfeed_file_close(descriptor);
    return used < 0 ? symfeed_file_text(errno) : cut_token(token, (size_t)used, size);
}

int symfeed_credentials_read(const char *file, char *token, size_t size, bool *exposed,
                             char *reason, size_t reason_size)
{
    const char *mistake;

    mistake = read_token(file, token, size, exposed);
    if (mistake == NULL) {
        return 0;
    }
    symfeed_file_wipe(token, size);
    (void)symfeed_words(reason, reason_size, "token file %.*s: %s (1 to %u bytes are taken)",
                        SYMFEED_FILE_SHOWN, file, mistake, (unsigned)(size - 1));
    return -1;
}
