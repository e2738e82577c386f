/* SPDX-License-Identifier: Apache-2.0 */
/* delivery.c - see delivery.h. */
#include "feed/delivery.h"

#include "feed/report.h"
#include "util/bytes.h"

/* After this many times max_refusals refusals, a batch gives up its events. */
#define REFUSALS (SYMFEED_DEDUP > 0 ? SYMFEED_DEDUP : 1)

static void enter(struct symfeed *feed, enum delivery_state state)
{
    feed->delivery = (uint8_t)state;
}

/* --- out ---------------------------------------------------------------------------------- */

/* Returns how often the current event was refused. */
static unsigned refusals_of_event(const struct symfeed *feed)
{
#if SYMFEED_DEDUP > 0
    return feed->event_hash == feed->refused_hash ? feed->refused_count : 0;
#else
    return feed->refusals; /* without hashes it is not known which event it was */
#endif
}

/* Was the event refused so often that it must not block the others any longer? */
static bool refused_too_often(const struct symfeed *feed)
{
    return refusals_of_event(feed) >= feed->max_refusals ||
           feed->refusals >= (uint32_t)feed->max_refusals * REFUSALS;
}

static bool was_accepted(struct symfeed *feed)
{
#if SYMFEED_DEDUP > 0
    feed->event_hash = symfeed_hash_final(&feed->batch.hash);
    return !feed_is_one_shot(feed) && symfeed_dedup_seen(&feed->dedup, feed->event_hash);
#else
    (void)feed;
    return false;
#endif
}

void symfeed_delivery_hand_out(struct symfeed *feed, struct symfeed_event *event)
{
    const struct batch *batch = &feed->batch;

    enter(feed, refused_too_often(feed) ? DELIVERY_LAST : DELIVERY_OUT);
    event->json = feed->connection.out;
    event->size = batch->size;
    event->full_size = batch->bytes;
    event->truncated = batch->truncated;
    event->malformed = batch->malformed;
    event->given_up = feed->delivery == DELIVERY_LAST;
#if SYMFEED_JSON
    event->tokens = &feed->tokens;
#else
    event->tokens = NULL;
#endif
    feed->counters.events++;
    feed->counters.truncated += event->truncated ? 1u : 0u;
    feed->counters.malformed += event->malformed ? 1u : 0u;
    if (event->given_up) {
        feed->counters.given_up++;
        symfeed_report(feed, SYMFEED_REPORT_GIVEN_UP);
    }
}

bool symfeed_delivery_offer(struct symfeed *feed, struct symfeed_event *event)
{
    if (was_accepted(feed)) {
        feed->counters.duplicates++;
        enter(feed, DELIVERY_OPEN);
        return false;
    }
    if (feed->run == RUN_STOPPING) {
        symfeed_connection_abort(&feed->connection);
        enter(feed, DELIVERY_NONE);
        return false;
    }
    feed->elements++;
#if SYMFEED_JSON
    feed->tokens.used = 0;
#endif
    feed->handed_out = feed_now(feed);
    symfeed_delivery_hand_out(feed, event);
    return true;
}

/* --- back --------------------------------------------------------------------------------- */

static void refused(struct symfeed *feed)
{
    feed->counters.refused++;
    feed->refusals++;
#if SYMFEED_DEDUP > 0
    feed->refused_count = (uint8_t)(refusals_of_event(feed) + 1);
    feed->refused_hash = feed->event_hash;
#endif
    if (feed_is_legacy(feed)) {
        enter(feed, DELIVERY_KEPT);
    } else {
        enter(feed, DELIVERY_OPEN);
        symfeed_connection_abort(&feed->connection);
    }
}

/* Remembers the accepted event. One that was refused before is always remembered; otherwise two
 * such events in a batch that is longer than the memory would block each other for ever. */
static void remember(struct symfeed *feed)
{
#if SYMFEED_DEDUP > 0
    bool always = feed->delivery == DELIVERY_LAST || refusals_of_event(feed) > 0;

    symfeed_dedup_add(&feed->dedup, feed->event_hash, always);
#else
    if (feed_is_legacy(feed)) {
        feed->refusals = 0; /* the agent does not send this event again */
    }
#endif
}

static void accept(struct symfeed *feed)
{
    symfeed_connection_forgive(&feed->connection, feed_now(feed) - feed->handed_out);
    if (feed_is_legacy(feed)) {
        feed->rest.step = 0; /* the next event starts with the first wait again */
    }
    remember(feed);
    enter(feed, DELIVERY_OPEN);
}

bool symfeed_delivery_settle(struct symfeed *feed)
{
    switch ((enum delivery_state)feed->delivery) {
    case DELIVERY_OUT:
    case DELIVERY_LAST: accept(feed); return true;
    case DELIVERY_REFUSED: refused(feed); return false;
    default: return true;
    }
}

void symfeed_refuse(struct symfeed *feed)
{
    bool ends = feed->delivery == DELIVERY_LAST && feed->run == RUN_STOPPING;

    if ((feed->delivery == DELIVERY_OUT || ends) && !feed_is_one_shot(feed)) {
        enter(feed, DELIVERY_REFUSED);
    }
}

/* --- the batch ---------------------------------------------------------------------------- */

void symfeed_delivery_commit(struct symfeed *feed)
{
    struct text *ack = &feed->connection.request.ack;
    size_t size = feed->batch.ack_size;

    if (SYMFEED_DEDUP == 0 && size > 0 && size == ack->size &&
        memcmp(feed->ack, feed->next_ack, size) == 0) {
        feed->elements = 0; /* the same batch is read again, without hashes of its events */
    }
    memcpy(feed->ack, feed->next_ack, size);
    ack->size = size;
    enter(feed, feed_is_legacy(feed) ? DELIVERY_NONE : DELIVERY_DUE);
    feed->refusals = 0;
    feed->refused_count = 0;
    feed->counters.batches++;
#if SYMFEED_DEDUP > 0
    symfeed_dedup_commit(&feed->dedup);
#endif
}

void symfeed_delivery_acknowledged(struct symfeed *feed)
{
    if (feed->delivery == DELIVERY_DUE) {
        enter(feed, DELIVERY_NONE);
    }
}

void symfeed_delivery_forget(struct symfeed *feed)
{
    enter(feed, DELIVERY_NONE);
    feed->connection.request.ack.size = 0;
}
