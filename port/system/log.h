/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - writes lines to standard error and never waits.
 *
 * Depends on: POSIX, format.h.
 * Guarantees: if standard error is full or stopped, the line is dropped and counted; a line before
 *   the next one says how many were lost. A reader that is gone raises no SIGPIPE. The descriptor's
 *   flags do not change, since other processes share them.
 */
#ifndef SYMFEED_LOG_H
#define SYMFEED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Counts lost lines. Zero it first. One thread at a time may use it. */
struct symfeed_log {
    uint32_t lost;     /* lines lost since the start */
    uint32_t reported; /* how many of them were reported in a line */
    bool torn;         /* only the start of the last line was written */
};

/* Writes one line, which includes its line feed, to standard error; before it, a line that reports
 * lost lines, if there are new ones. Never waits. `size` 0: only reports lost lines. */
void symfeed_log_write(struct symfeed_log *log, const char *line, size_t size);

#ifdef __cplusplus
}
#endif

#endif
