/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone.h - local time. localtime() would link the heap into a static program.
 *
 * Depends on: TZ of the environment (POSIX.1-2008, 8.3), time zone files (RFC 8536).
 * Guarantees: nothing is allocated; a zone that cannot be read is UTC.
 */
#ifndef SYMFEED_ZONE_H
#define SYMFEED_ZONE_H

#include <stdint.h>

/* What was found out last: how far local time is ahead, for the times from `from` to before
 * `until`. Zero it to begin with. */
struct zone {
    int64_t from;
    int64_t until;
    int32_t ahead; /* seconds */
};

/* Seconds since 1970 in UTC, above 0, as local time is: seconds since then in local time. The
 * environment and files are only looked at where `zone` does not know it yet. */
int64_t zone_local(struct zone *zone, int64_t seconds);

#endif
