/* SPDX-License-Identifier: Apache-2.0 */
/* credentials.c - see credentials.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "system/credentials.h"

#include <errno.h>
#include <string.h>

#include "system/file.h"

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Cuts the `used` bytes in `token` down to the token. Returns NONE, or what is wrong with it. */
static enum symfeed_port_cause cut_token(char *token, size_t used, size_t size)
{
    const char *line_end = memchr(token, '\n', used);
    size_t length = line_end == NULL ? used : (size_t)(line_end - token);
    size_t i;

    if (length == size) {
        return SYMFEED_CAUSE_LONG_TOKEN;
    }
    while (length > 0 && is_blank(token[length - 1])) {
        length--;
    }
    symfeed_file_wipe(token + length, size - length);
    if (length == 0) {
        return SYMFEED_CAUSE_EMPTY_TOKEN;
    }
    for (i = 0; i < length; i++) {
        if (token[i] <= ' ' || token[i] > '~') {
            return SYMFEED_CAUSE_ODD_TOKEN;
        }
    }
    return SYMFEED_CAUSE_NONE;
}

static enum symfeed_port_cause read_token(const char *file, char *token, size_t size, bool *exposed)
{
    int descriptor = symfeed_file_open(file, exposed);
    long used;

    if (descriptor < 0) {
        return symfeed_file_cause(errno);
    }
    used = symfeed_file_read(descriptor, token, size);
    symfeed_file_close(descriptor);
    return used < 0 ? symfeed_file_cause(errno) : cut_token(token, (size_t)used, size);
}

int symfeed_credentials_read(const char *file, char *token, size_t size, bool *exposed,
                             struct symfeed_failure *failure)
{
    const enum symfeed_port_cause mistake = read_token(file, token, size, exposed);
    int answer;

    if (mistake == SYMFEED_CAUSE_NONE) {
        return 0;
    }
    symfeed_file_wipe(token, size);
    answer = symfeed_fail_file(failure, SYMFEED_SUBJECT_TOKEN_FILE, mistake, file);
    failure->numbers[0] = (uint32_t)(size - 1);
    return answer;
}
