/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - see clock.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "system/clock.h"

#include <stdbool.h>
#include <time.h>

#ifndef SYMFEED_BUILD_EPOCH
#define SYMFEED_BUILD_EPOCH 1735689600
#endif

/* With a clock that stops while the system sleeps, the feed would wait for an answer that was lost
 * hours ago. */
static bool get_time(struct timespec *now)
{
#ifdef CLOCK_BOOTTIME
    if (clock_gettime(CLOCK_BOOTTIME, now) == 0) {
        return true;
    }
#endif
    return clock_gettime(CLOCK_MONOTONIC, now) == 0;
}

uint32_t symfeed_clock_now(void)
{
    struct timespec now;

    if (!get_time(&now)) {
        return 0;
    }
    /* Unsigned arithmetic wraps as the feed expects. */
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

int64_t symfeed_clock_wall(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return 0;
    }
    return (int64_t)now.tv_sec < (int64_t)SYMFEED_BUILD_EPOCH ? 0 : (int64_t)now.tv_sec;
}
