/* SPDX-License-Identifier: Apache-2.0 */
/* delivery.c - see delivery.h. */
#include "feed/delivery.h"

#include "feed/retry.h"

/* Has this event been refused so often that it must not hold up the rest any longer? */
static bool is_hopeless(const struct symfeed *feed)
{
#if SYMFEED_DEDUP > 0
    bool often = feed->event == feed->poison && feed->poisoned >= feed->max_refusals;

    return often || feed->refusals >= (uint32_t)feed->max_refusals * SYMFEED_DEDUP;
#else
    return feed->refusals >= feed->max_refusals; /* nobody knows which it was */
#endif
}

/* Is the element in the window one that was taken before? */
static bool was_taken(struct symfeed *feed)
{
#if SYMFEED_DEDUP > 0
    feed->event = symfeed_hash_final(&feed->batch.hash);
    return !feed_is_call(feed) && symfeed_dedup_seen(&feed->dedup, feed->event);
#else
    (void)feed;
    return false;
#endif
}

/* The element in the window goes to the application. */
static void offer(struct symfeed *feed, struct symfeed_event *event)
{
    const struct batch *batch = &feed->batch;

    feed->in_hand = true;
    feed->refused = false;
    feed->given_up = is_hopeless(feed);
    event->json = feed->connection.out;
    event->size = batch->size;
    event->full_size = batch->bytes;
    event->truncated = batch->truncated;
    event->malformed = batch->malformed;
    event->given_up = feed->given_up;
#if SYMFEED_JSON
    event->tokens = &feed->tokens;
#else
    event->tokens = NULL;
#endif
    feed->counters.events++;
    feed->counters.truncated += event->truncated ? 1u : 0u;
    feed->counters.malformed += event->malformed ? 1u : 0u;
    if (feed->given_up) {
        feed->counters.given_up++;
        symfeed_retry_say(feed, SYMFEED_REPORT_GIVEN_UP);
    }
}

bool symfeed_delivery_offer(struct symfeed *feed, struct symfeed_event *event)
{
    if (was_taken(feed)) {
        feed->counters.duplicates++;
        feed->batch_open = true;
        return false;
    }
    if (feed->stopping == STOPPING_NOW) {
        symfeed_retry_hang_up(feed);
        feed->batch_open = false;
        return false;
    }
    feed->elements++;
#if SYMFEED_JSON
    feed->tokens.used = 0;
#endif
    feed->batch_open = true;
    feed->handed_out = symfeed_retry_now(feed);
    offer(feed, event);
    return true;
}

#if SYMFEED_LEGACY

/* The tokens stay: strings that were opened are none any more, and what they held may end early. */
void symfeed_delivery_again(struct symfeed *feed, struct symfeed_event *event)
{
    feed->again = false;
    offer(feed, event);
}

#endif

static void give_back(struct symfeed *feed)
{
    enum symfeed_report_code code = SYMFEED_REPORT_REFUSED;

    feed->counters.refused++;
#if SYMFEED_DEDUP > 0
    feed->poisoned = feed->event == feed->poison ? (uint8_t)(feed->poisoned + 1) : 1;
    feed->poison = feed->event;
#endif
    feed->refusals++;
    if (feed_is_legacy(feed)) {
        feed->again = true; /* nobody would send it a second time */
        code = SYMFEED_REPORT_REFUSED_LEGACY;
    } else {
        symfeed_retry_hang_up(feed);
    }
    symfeed_retry_later(feed, code);
    feed->backoff.failures = 0; /* of the agent, which has none */
}

/* One that was refused before is remembered in any case, or two such events in a batch longer than
 * the memory would hold each other up for ever. */
static void remember(struct symfeed *feed)
{
#if SYMFEED_DEDUP > 0
    bool poison = feed->event == feed->poison && feed->poisoned > 0;

    symfeed_dedup_add(&feed->dedup, feed->event, poison || feed->given_up);
#else
    if (feed_is_legacy(feed)) {
        feed->refusals = 0; /* this one does not come again */
    }
#endif
}

void symfeed_delivery_settle(struct symfeed *feed)
{
    if (!feed->in_hand) {
        return;
    }
    feed->in_hand = false;
    if (feed->refused && !feed->given_up && !feed_is_call(feed)) {
        give_back(feed);
        return;
    }
    symfeed_connection_forgive(&feed->connection, symfeed_retry_now(feed) - feed->handed_out);
    if (feed_is_legacy(feed)) {
        feed->backoff.step = 0; /* what one event had to wait is not the next one's */
    }
    remember(feed);
}
