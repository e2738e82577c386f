/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - see log.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "system/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "symfeed.h"
#include "system/characters.h"
#include "system/descriptor.h"
#include "system/format.h"

/* Ends a line of JSON. Other lines end earlier. */
#define JSON_END "\"}\n"

/* --- writing ------------------------------------------------------------------------------ */

/* Returns what poll() says about writing to standard error; 0: there is no room, or it failed. */
static short ask_poll(void)
{
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};

    (void)poll(&room, 1, 0);
    return room.revents;
}

/* Writes to a pipe or a terminal without waiting. O_NONBLOCK belongs to the open file, which
 * standard error shares with the shell and other programs, so Linux opens the file again for a
 * descriptor of our own. On other systems, and if the file cannot be opened (the user has changed
 * since the start), poll() says whether there is room; another writer can take that room first. */
static ssize_t write_at_once(const char *line, size_t size)
{
    const int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    ssize_t written = -1;

    if (own >= 0) {
        written = write(own, line, size);
        (void)close(own);
    } else if (ask_poll() == POLLOUT) {
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
        return send(STDERR_FILENO, line, size, MSG_DONTWAIT | SYMFEED_SEND_FLAGS);
    }
    if (S_ISREG(about.st_mode)) { /* never waits; reopened, it would have a position of its own */
        return write(STDERR_FILENO, line, size);
    }
    /* No reader: a write would raise SIGPIPE. Linux opens a pipe again even then. Only pipes are
     * asked: POLLERR of /dev/kmsg means that old records were lost. */
    if (S_ISFIFO(about.st_mode) && (ask_poll() & POLLERR) != 0) {
        return -1;
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

/* --- making lines ------------------------------------------------------------------------- */

bool symfeed_log_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char own[2 * SYMFEED_FORMAT_TIME_SIZE + 2]; /* two numbers of up to 20 digits */
    struct stat about;

    if (stream == NULL || fstat(STDERR_FILENO, &about) != 0) {
        return false;
    }
    (void)symfeed_format(own, sizeof own, "%llu:%llu", (unsigned long long)about.st_dev,
                         (unsigned long long)about.st_ino);
    return strcmp(stream, own) == 0;
}

/* Room for a number of 32 bits. */
#define NUMBER_SIZE 11

/* Returns the number as JSON, in `room`: null for 0. */
static const char *number_or_null(unsigned number, char room[NUMBER_SIZE])
{
    (void)symfeed_format(room, NUMBER_SIZE, number == 0 ? "null" : "%u", number);
    return room;
}

/* Writes all members before the text, and the text's name. */
static size_t begin_json(const struct symfeed_report *report, const char *now, const char *level,
                         char *line, size_t size)
{
    const char *call =
        SYMFEED_MESSAGES && report->about_call ? symfeed_call_name(report->call) : NULL;
    const char *call_quote = call == NULL ? "" : "\"";
    const char *trace_quote = report->trace == NULL ? "" : "\"";
    char numbers[3][NUMBER_SIZE];

    return symfeed_format(line, size,
                          "{\"time\":\"%sZ\",\"level\":\"%s\",\"code\":%s,\"call\":%s%s%s,"
                          "\"status\":%s,\"wait\":%s,\"trace\":%s%s%s,\"text\":\"",
                          now, level, number_or_null((unsigned)report->code, numbers[0]),
                          call_quote, call == NULL ? "null" : call, call_quote,
                          number_or_null(report->status, numbers[1]),
                          number_or_null((unsigned)report->wait, numbers[2]), trace_quote,
                          report->trace == NULL ? "null" : report->trace, trace_quote);
}

size_t symfeed_log_begin(const struct symfeed_log *log, const struct symfeed_report *report,
                         char *line, size_t size)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    static const char syslog[] = "3467"; /* the same as numbers: RFC 5424, 6.2.1 */
    const char *level = names[report->level];
    char now[SYMFEED_FORMAT_TIME_SIZE];

    if (log->format == SYMFEED_LOG_JOURNAL) {
        return symfeed_format(line, size, "<%.*s>%s: ", 1, &syslog[report->level], level);
    }
    symfeed_format_time(now, (uint64_t)time(NULL), "T");
    return log->format == SYMFEED_LOG_JSON ? begin_json(report, now, level, line, size)
                                           : symfeed_format(line, size, "%sZ %s: ", now, level);
}

/* Escapes the text for JSON, in place. Drops what does not fit in `room` bytes, never a part of an
 * escape. Returns its new size. */
static size_t escape(char *text, size_t size, size_t room)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (text[i] != '"' && text[i] != '\\') {
            continue;
        }
        size -= size == room;
        if (i == size) {
            break;
        }
        memmove(text + i + 1, text + i, size - i);
        text[i++] = '\\';
        size++;
    }
    return size;
}

/* Ends a line. Returns its size. */
static size_t end_line(const struct symfeed_log *log, char *line, size_t size, size_t begin,
                       size_t end)
{
    const bool json = log->format == SYMFEED_LOG_JSON;
    const size_t most = size - sizeof JSON_END;

    end = end < most ? end : most;
    if (json) {
        end = begin + escape(line + begin, end - begin, most - begin);
    }
    /* After the cut: a character that it went through is no longer UTF-8. */
    end = begin + symfeed_characters_clean(line + begin, end - begin, "");
    return end + symfeed_format(line + end, size - end, json ? JSON_END : "\n");
}

void symfeed_log_end(struct symfeed_log *log, char *line, size_t size, size_t begin, size_t end)
{
    symfeed_log_write(log, line, end_line(log, line, size, begin, end));
}

/* --- lost lines --------------------------------------------------------------------------- */

/* Writes how many lines were lost. Returns whether that was written. */
static bool report_lost(struct symfeed_log *log)
{
    const struct symfeed_report report = {.level = SYMFEED_LOG_WARNING};
    const size_t torn = log->torn; /* a line feed ends what was written of the last line */
    char line[256];
    const size_t begin = torn + symfeed_log_begin(log, &report, line + torn, sizeof line - torn);
    const size_t end = begin + symfeed_format(line + begin, sizeof line - begin,
                                              "%u log lines were lost: standard error was full",
                                              (unsigned)(log->lost - log->reported));

    if (log->torn) {
        line[0] = '\n';
    }
    return put_line(log, line, end_line(log, line, sizeof line, begin, end));
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
