/* SPDX-License-Identifier: Apache-2.0 */
/* say.c - see say.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "say.h"

#include <errno.h>
#include <stdarg.h>

#include "options.h"

/* Longest message: the name of a file, and what is wrong with it. */
#define MESSAGE_SIZE (FILE_NAME_MAX + 512)

struct symfeed_log *say_log(void)
{
    static struct symfeed_log lines;

    return &lines;
}

void say(const char *format, ...)
{
    char line[MESSAGE_SIZE];
    size_t used = symfeed_format(line, sizeof line, "symfeed: ");
    va_list arguments;

    va_start(arguments, format);
    used += symfeed_format_list(line + used, sizeof line - 1 - used, format, arguments);
    va_end(arguments);
    line[used++] = '\n';
    symfeed_log_write(say_log(), line, used);
}

const char *say_error(int error, char room[SAY_ERROR_SIZE])
{
    static const struct {
        int error;
        const char *text;
    } texts[] = {
        {EPERM, "Operation not permitted"},
        {ENOENT, "No such file or directory"},
        {EIO, "Input/output error"},
        {EBADF, "Bad file descriptor"},
        {EAGAIN, "Resource temporarily unavailable"},
        {ENOMEM, "Out of memory"},
        {EACCES, "Permission denied"},
        {ENOTDIR, "Not a directory"},
        {EISDIR, "Is a directory"},
        {ENFILE, "Too many open files"},
        {EMFILE, "Too many open files"},
        {EFBIG, "File too large"},
        {ENOSPC, "No space left on device"},
        {EROFS, "Read-only file system"},
        {EPIPE, "Broken pipe"},
        {ELOOP, "Too many levels of symbolic links"},
        {ENAMETOOLONG, "File name too long"},
        {EDQUOT, "Disk quota exceeded"},
    };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].error == error) {
            return texts[i].text;
        }
    }
    (void)symfeed_format(room, SAY_ERROR_SIZE, "system error %u", (unsigned)error);
    return room;
}
