/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - makes log lines and writes them to standard error without waiting.
 *
 * Depends on: POSIX, symfeed.h, format.h, characters.h, descriptor.h.
 * Guarantees: if standard error is full or stopped, the line is dropped and counted; a line before
 *   the next one says how many were lost. A line is one write. A reader that is gone raises no
 *   SIGPIPE, unless it goes in the very moment of a line: ignore SIGPIPE if that must not end the
 *   process. The descriptor's flags do not change, since other processes share them.
 */
#ifndef SYMFEED_LOG_H
#define SYMFEED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The form of a line. */
enum symfeed_log_format {
    SYMFEED_LOG_TEXT,    /* 2025-01-31T23:59:59Z warning: read: 503, next try in 1.9 s */
    SYMFEED_LOG_JOURNAL, /* <4>warning: read: 503, next try in 1.9 s: the level as syslog has it,
                          * which systemd's journal takes away, and no time, which it adds */
    SYMFEED_LOG_JSON     /* an object. Members that do not apply are null:
                          *     time    string: 2025-01-31T23:59:59Z
                          *     level   string: error, warning, info or debug
                          *     code    number: the report's, see enum symfeed_report_code
                          *     call    string: read, list, ... (null without SYMFEED_MESSAGES)
                          *     status  number: HTTP status of the answer
                          *     wait    number: milliseconds until the next try
                          *     trace   string: the call's X-Trace-Id
                          *     text    string: the line as people read it */
};

/* Where lines go, and how many were lost. Zero it first. One thread at a time may use it. */
struct symfeed_log {
    uint32_t lost;     /* lines lost since the start */
    uint32_t reported; /* how many of them were reported in a line */
    bool torn;         /* only the start of the last line was written */
    enum symfeed_log_format format;
};

/* Returns whether standard error is the journal of systemd: whether JOURNAL_STREAM, which has
 * "device:inode", names the file that standard error is. */
bool symfeed_log_is_journal(void);

/* Begins a line in `line` of `size` bytes (at least 256). Of `report` it uses all but the words; a
 * message of the application has a level and nothing else. Returns where in `line` the text goes.
 */
size_t symfeed_log_begin(const struct symfeed_log *log, const struct symfeed_report *report,
                         char *line, size_t size);

/* Ends the line and writes it, as symfeed_log_write() does. The text begins where
 * symfeed_log_begin() said, and ends before `end`; it needs no NUL. Text that could control a
 * terminal or end the line is replaced or left out, see characters.h; text that is too long is cut.
 */
void symfeed_log_end(struct symfeed_log *log, char *line, size_t size, size_t begin, size_t end);

/* Writes one line, which includes its line feed, to standard error; before it, a line that reports
 * lost lines, if there are new ones. Never waits. `size` 0: only reports lost lines. */
void symfeed_log_write(struct symfeed_log *log, const char *line, size_t size);

#ifdef __cplusplus
}
#endif

#endif
