/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the two clocks: monotonic time and the date.
 *
 * Depends on: clock_gettime(), the time of the build.
 * Guarantees: has no state and never waits. A date from before the build counts as not set.
 */
#ifndef SYMFEED_CLOCK_H
#define SYMFEED_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the monotonic time in milliseconds since any start. It continues while the system sleeps
 * if the system has such a clock (CLOCK_BOOTTIME of Linux). Wraps after 49 days. */
uint32_t symfeed_clock_now(void);

/* Returns the seconds since 1970-01-01 UTC, or 0 if the clock is not set: it shows a time before
 * the build. The time of the build is SYMFEED_BUILD_EPOCH (seconds since 1970) if it is defined,
 * otherwise the start of 2025. */
int64_t symfeed_clock_wall(void);

#ifdef __cplusplus
}
#endif

#endif
