/* SPDX-License-Identifier: Apache-2.0 */
/* credentials.c - see credentials.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* Longest part of a file's name that is shown: the reason is to have room for the rest. */
#define NAME_SHOWN 120

/* A memset that the compiler may not leave out. */
static void wipe(char *data, size_t size)
{
    volatile char *next = data;

    while (size-- > 0) {
        *next++ = '\0';
    }
}

/* Fills `out` up to its end, the first line end or the end of the file. Bytes read, or -1. The
 * stdio functions would keep a copy of the token in a buffer of theirs. */
static ssize_t read_line(int descriptor, char *out, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t got = read(descriptor, out + used, size - used);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
        if (memchr(out, '\n', used) != NULL) {
            break;
        }
    }
    return (ssize_t)used;
}

/* What is wrong with a file that cannot be opened or read. */
static const char *file_text(int error)
{
    switch (error) {
    case ENOENT: return "there is no such file";
    case EACCES: return "this user may not read it";
    case EISDIR: return "it is a directory";
    case EMFILE:
    case ENFILE: return "too many open files";
    default: return "it cannot be read";
    }
}

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
    wipe(token + length, size - length);
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
    int descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const char *mistake = NULL;
    struct stat status;
    ssize_t used = -1;

    if (descriptor < 0) {
        return file_text(errno);
    }
    if (fstat(descriptor, &status) == 0) {
        *exposed = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    }
    used = read_line(descriptor, token, size);
    if (used < 0) {
        mistake = file_text(errno);
    }
    (void)close(descriptor);
    return mistake == NULL ? cut_token(token, (size_t)used, size) : mistake;
}

int symfeed_credentials_read(const char *file, char *token, size_t size, bool *exposed,
                             char *reason, size_t reason_size)
{
    const char *mistake;

    *exposed = false;
    mistake = read_token(file, token, size, exposed);
    if (mistake == NULL) {
        return 0;
    }
    wipe(token, size);
    (void)snprintf(reason, reason_size, "token file %.*s: %s (1 to %lu bytes are taken)",
                   NAME_SHOWN, file, mistake, (unsigned long)(size - 1));
    return -1;
}
