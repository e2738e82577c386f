/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - for the programs that read files of the clients in examples/: the functions of
 * message.h, which count the messages and look at the last one, and no file but those in memory.
 *
 * Depends on: fuzz.h. To be included before the client's sources.
 */
#ifndef SYMFEED_FUZZ_CLIENT_H
#define SYMFEED_FUZZ_CLIENT_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h> /* rename() */
#include <sys/stat.h>
#include <unistd.h>

#include "../../examples/common/message.h"
#include "symfeed_posix.h"

/* What has been reported since forget_messages(). */
static unsigned errors;
static unsigned warnings;
static char last_message[2048];

static inline void forget_messages(void)
{
    errors = 0;
    warnings = 0;
    last_message[0] = '\0';
}

bool message_set_format(const char *name)
{
    return strcmp(name, "text") == 0 || strcmp(name, "journal") == 0 || strcmp(name, "json") == 0;
}

void message_about(enum symfeed_level level, const char *about, const char *format,
                   va_list arguments)
{
    size_t used =
        symfeed_format(last_message, sizeof last_message, "%s: ", about == NULL ? "" : about);

    errors += level == SYMFEED_LOG_ERROR ? 1u : 0u;
    warnings += level == SYMFEED_LOG_WARNING ? 1u : 0u;
    used += symfeed_format_list(last_message + used, sizeof last_message - used, format, arguments);
    require(used < sizeof last_message && used == strlen(last_message));
}

void message(enum symfeed_level level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_about(level, NULL, format, arguments);
    va_end(arguments);
}

const char *message_error(int error, char room[MESSAGE_ERROR_SIZE])
{
    (void)symfeed_format(room, MESSAGE_ERROR_SIZE, "system error %u", (unsigned)error);
    return room;
}

/* Stands in front of the second and of the third part of an input. */
#define BETWEEN 0x1E

/* Where the parts are: the first ends at `first`, the second is from `second` to `third`, and the
 * rest begins with BETWEEN. */
struct parts {
    size_t first;
    size_t second;
    size_t third;
};

static inline struct parts find_parts(const unsigned char *data, size_t size)
{
    struct parts parts;

    parts.first = size_before(data, size, BETWEEN);
    parts.second = parts.first < size ? parts.first + 1 : size;
    parts.third = parts.second + size_before(data + parts.second, size - parts.second, BETWEEN);
    return parts;
}

/* Files: only those in memory can be read; what is written goes into one, the sink. */
static struct memory_file sink;

static inline int open_in_memory(const char *name, int flags, ...)
{
    if ((flags & O_ACCMODE) != O_RDONLY) {
        fill_file(&sink, NULL, 0);
        return open(sink.name, O_WRONLY | O_CLOEXEC);
    }
    if (strncmp(name, "/proc/self/fd/", 14) == 0) {
        return open(name, flags);
    }
    errno = ENOENT;
    return -1;
}

static inline int do_nothing(void)
{
    return 0;
}

#define open(...)         open_in_memory(__VA_ARGS__)
#define fsync(descriptor) ((void)(descriptor), do_nothing())
#define unlink(name)      ((void)(name), do_nothing())
#define rename(from, to)  ((void)(from), (void)(to), do_nothing())

#endif
