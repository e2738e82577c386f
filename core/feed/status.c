/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.c - tells the application about a feed: what it waits for and until when, its counters,
 * its id and its cookie.
 *
 * Depends on: the feed's memory.
 * Guarantees: changes nothing.
 */
#include "util/bytes.h"
#include "feed/state.h"

unsigned symfeed_wants(const struct symfeed *feed)
{
    return feed->connection.wants; /* 0 unless the connection waits */
}

uint32_t symfeed_deadline(const struct symfeed *feed)
{
    if (feed->run == RUN_STOPPING && symfeed_time_left(feed->deadline, feed->stop_deadline) > 0) {
        return feed->stop_deadline;
    }
    return feed->deadline;
}

/* Copies as much as fits, NUL-terminated. */
static void copy(char *out, size_t room, const char *text, size_t size)
{
    size = size < room ? size : room - 1;
    memcpy(out, text, size);
    out[size] = '\0';
}

size_t symfeed_feed_id(const struct symfeed *feed, char *out, size_t size)
{
    bool known = (feed->state >= FEED_READ && feed->state <= FEED_READ_BARE) ||
                 feed->state == FEED_LEGACY_READ ||
                 (feed->state == FEED_DONE && feed->task == SYMFEED_TASK_CREATE);
    size_t length = known ? feed->connection.request.feed.size : 0;

    copy(out, size, feed->connection.request.feed.at, length);
    return length;
}

size_t symfeed_cookie(const struct symfeed *feed, char *out, size_t size)
{
#if SYMFEED_LEGACY
    size_t length = feed->agent.cookie.size;

    copy(out, size, feed->ack, length);
    return length;
#else
    (void)feed;
    (void)size;
    *out = '\0';
    return 0;
#endif
}

const struct symfeed_counters *symfeed_counters(const struct symfeed *feed)
{
    return &feed->counters;
}
