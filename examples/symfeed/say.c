/* SPDX-License-Identifier: Apache-2.0 */
/* say.c - see say.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "options.h"

/* Longest message: the name of a file, and what is wrong with it. */
#define MESSAGE_SIZE (FILE_NAME_MAX + 512)

void say(const char *format, ...)
{
    char line[MESSAGE_SIZE];
    size_t used = symfeed_words(line, sizeof line, "symfeed: ");
    ssize_t written;
    va_list arguments;

    va_start(arguments, format);
    used += symfeed_words_list(line + used, sizeof line - 1 - used, format, arguments);
    va_end(arguments);
    line[used++] = '\n';
    /* Once: where it is stuck, the signal that interrupts it is to end it. There is nowhere to tell
     * that it cannot be written. */
    written = write(STDERR_FILENO, line, used);
    (void)written;
}

const char *say_error(int error, char room[SAY_ERROR_SIZE])
{
    switch (error) {
    case EPERM: return "Operation not permitted";
    case ENOENT: return "No such file or directory";
    case EIO: return "Input/output error";
    case EBADF: return "Bad file descriptor";
    case EAGAIN: return "Resource temporarily unavailable";
    case ENOMEM: return "Out of memory";
    case EACCES: return "Permission denied";
    case ENOTDIR: return "Not a directory";
    case EISDIR: return "Is a directory";
    case ENFILE:
    case EMFILE: return "Too many open files";
    case EFBIG: return "File too large";
    case ENOSPC: return "No space left on device";
    case EROFS: return "Read-only file system";
    case EPIPE: return "Broken pipe";
    case ELOOP: return "Too many levels of symbolic links";
    case ENAMETOOLONG: return "File name too long";
    case EDQUOT: return "Disk quota exceeded";
    default:
        (void)symfeed_words(room, SAY_ERROR_SIZE, "system error %u", (unsigned)error);
        return room;
    }
}
