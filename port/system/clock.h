/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the two clocks: one to measure with, one that tells the date.
 *
 * Depends on: clock_gettime() and when this was built.
 * Guarantees: no state, no waiting; a wall clock that cannot be right is answered as not set.
 */
#ifndef SYMFEED_CLOCK_H
#define SYMFEED_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Monotonic time in milliseconds from any start. Goes on while the system sleeps, where the system
 * has such a clock (CLOCK_BOOTTIME of Linux). Wraps after 49 days. */
uint32_t symfeed_clock_now(void);

/* Seconds since 1970-01-01 UTC, or 0 where the clock is not set: it tells a time before this was
 * built. That time is SYMFEED_BUILD_EPOCH (seconds since 1970) where the build gives it, else the
 * start of 2025. */
int64_t symfeed_clock_wall(void);

#ifdef __cplusplus
}
#endif

#endif
