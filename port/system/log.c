/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - see log.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "system/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "system/format.h"

#ifdef MSG_NOSIGNAL
#define SEND_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)
#else
#define SEND_FLAGS MSG_DONTWAIT
#endif

/* Writes to a pipe or a terminal without waiting. O_NONBLOCK belongs to the open file, which
 * standard error shares with the shell and other programs, so Linux opens the file again for a
 * descriptor of our own. On other systems, and if the file cannot be opened (the user has changed
 * since the start), poll() says whether there is room; another writer can take that room first. */
static ssize_t write_at_once(const char *line, size_t size)
{
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    const int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    ssize_t written = -1;

    if (own >= 0) {
        written = write(own, line, size);
        (void)close(own);
    } else if (poll(&room, 1, 0) == 1 && room.revents == POLLOUT) {
        written = write(STDERR_FILENO, line, size);
    }
    return written;
}

/* Writes what fits without waiting. Returns the bytes written, or a negative number. */
static ssize_t write_what_fits(const char *line, size_t size)
{
    struct stat about;

    if (fstat(STDERR_FILENO, &about) != 0) {
        return -1;
    }
    if (S_ISSOCK(about.st_mode)) {
        return send(STDERR_FILENO, line, size, SEND_FLAGS);
    }
    if (S_ISREG(about.st_mode)) { /* never waits; reopened, it would have a position of its own */
        return write(STDERR_FILENO, line, size);
    }
    return write_at_once(line, size);
}

/* Returns whether the whole line was written. */
static bool put_line(struct symfeed_log *log, const char *line, size_t size)
{
    const ssize_t written = write_what_fits(line, size);
    const bool whole = written >= 0 && (size_t)written == size;

    log->torn = !whole && (written > 0 || log->torn);
    return whole;
}

/* Writes how many lines were lost. Returns whether that was written. */
static bool report_lost(struct symfeed_log *log)
{
    char now[SYMFEED_FORMAT_TIME_SIZE];
    char line[100];

    symfeed_format_time(now, (uint64_t)time(NULL), "T");
    return put_line(
        log, line,
        symfeed_format(line, sizeof line,
                       "%s%sZ warning: %u log lines were lost: standard error was full\n",
                       log->torn ? "\n" : "", now, (unsigned)(log->lost - log->reported)));
}

void symfeed_log_write(struct symfeed_log *log, const char *line, size_t size)
{
    const int saved = errno;

    if (log->reported != log->lost && report_lost(log)) {
        log->reported = log->lost;
    }
    if (size > 0 && (log->reported != log->lost || !put_line(log, line, size))) {
        log->lost++;
    }
    errno = saved;
}
