/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - lines on standard error that nobody waits for.
 *
 * Depends on: the system, format.h.
 * Guarantees: a reader that does not read, or a terminal that is stopped, holds nothing up: the
 *   line is dropped and counted, and the next one that gets through is preceded by one that says
 *   how many were lost. The descriptor's flags, which other processes share, are not changed; a
 *   line that nobody can read any more raises no SIGPIPE.
 */
#ifndef SYMFEED_LOG_H
#define SYMFEED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What standard error did not take. Zero it first. One thread at a time uses it. */
struct symfeed_log {
    uint32_t lost;     /* lines since the start */
    uint32_t reported; /* how many of them a line has told of */
    bool torn;         /* of the last one a terminal took the beginning alone */
};

/* Writes one line, with its line feed, to standard error, and before it how many were lost, where
 * nobody has been told yet. Never waits. `size` 0: only tells of lost lines, if there are any. */
void symfeed_log_write(struct symfeed_log *log, const char *line, size_t size);

#ifdef __cplusplus
}
#endif

#endif
