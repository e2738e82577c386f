/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - see message.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "symfeed_posix.h"

/* Longest line: the longest name of a file, and what is wrong with it. Longer ones are cut. */
#define LINE_SIZE (MESSAGE_FILE_MAX + 512)

static struct symfeed_log lines;
static const char *name; /* the program's, until it has started */

/* A connection or a file that got one of these numbers would have events or messages written into
 * it. Writing events to standard output fails, as it did while that was closed. */
static void occupy_standard_descriptors(void)
{
    int descriptor;

    for (descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) {
            (void)open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR);
        }
    }
}

void message_begin(const char *program)
{
    occupy_standard_descriptors();
    name = program;
    lines.format = symfeed_log_is_journal() ? SYMFEED_LOG_JOURNAL : SYMFEED_LOG_TEXT;
}

void message_started(void)
{
    name = NULL;
}

bool message_set_format(const char *text)
{
    static const char *const formats[] = {"text", "journal", "json"};
    size_t i;

    for (i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i], text) == 0) {
            lines.format = (enum symfeed_log_format)i;
            return true;
        }
    }
    return false;
}

struct symfeed_log *message_log(void)
{
    return &lines;
}

void message_about(enum symfeed_level level, const char *about, const char *format,
                   va_list arguments)
{
    const struct symfeed_report report = {.level = level};
    const bool named = name != NULL && lines.format == SYMFEED_LOG_TEXT;
    char line[LINE_SIZE];
    const size_t begin = named ? symfeed_format(line, sizeof line, "%s: ", name)
                               : symfeed_log_begin(&lines, &report, line, sizeof line);
    size_t end = begin;

    if (about != NULL) {
        end += symfeed_format(line + end, sizeof line - end, "%s: ", about);
    }
    end += symfeed_format_list(line + end, sizeof line - end, format, arguments);
    symfeed_log_end(&lines, line, sizeof line, begin, end);
}

void message(enum symfeed_level level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_about(level, NULL, format, arguments);
    va_end(arguments);
}

/* Errors of files and processes. */
#define ERRORS(X)                                                                                  \
    X(EPERM, "Operation not permitted")                                                            \
    X(ENOENT, "No such file or directory")                                                         \
    X(EIO, "Input/output error")                                                                   \
    X(EBADF, "Bad file descriptor")                                                                \
    X(EAGAIN, "Resource temporarily unavailable")                                                  \
    X(ENOMEM, "Out of memory")                                                                     \
    X(EACCES, "Permission denied")                                                                 \
    X(EBUSY, "Device or resource busy")                                                            \
    X(ENOTDIR, "Not a directory")                                                                  \
    X(EISDIR, "Is a directory")                                                                    \
    X(EMFILE, "Too many open files")                                                               \
    X(EFBIG, "File too large")                                                                     \
    X(ENOSPC, "No space left on device")                                                           \
    X(EROFS, "Read-only file system")                                                              \
    X(EPIPE, "Broken pipe")                                                                        \
    X(ENAMETOOLONG, "File name too long")                                                          \
    X(ELOOP, "Too many levels of symbolic links")

const char *message_error(int error, char room[MESSAGE_ERROR_SIZE])
{
#define NUMBER(number, text) number,
#define TEXT(number, text)   text "\0"
    static const unsigned short numbers[] = {ERRORS(NUMBER)};
    static const char texts[] = ERRORS(TEXT);
#undef NUMBER
#undef TEXT
    const char *text = texts;
    size_t i;

    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i] == error) {
            return text;
        }
        text += strlen(text) + 1;
    }
    (void)symfeed_format(room, MESSAGE_ERROR_SIZE, "system error %u", (unsigned)error);
    return room;
}
