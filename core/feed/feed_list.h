/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_list.h - reads the elements of answers that are not events: the feeds of a list, the feed
 * that was created, the agent's health.
 *
 * Depends on: the feed's memory, json.
 * Guarantees: a feed whose id does not fit is ignored; its id is never cut.
 */
#ifndef SYMFEED_FEED_LIST_H
#define SYMFEED_FEED_LIST_H

#include "feed/state.h"

/* Is this the id of a fan-out feed, which may be used again: [^\s_]+_f(_[^\s_]+)? */
bool symfeed_feed_list_is_fanout(const char *id);

/* Is this the id of a datahose feed ("_p_" or "_p" at its end), which must be left alone? */
bool symfeed_feed_list_is_datahose(const char *id);

/* Remembers that the feed that was read is gone, should the agent still list it. */
void symfeed_feed_list_bury(struct symfeed *feed);

/* Returns the hours since the feed that was found was made; SYMFEED_AGE_UNKNOWN without a clock, or
 * a time in the list. */
uint32_t symfeed_feed_list_age(const struct symfeed *feed);

/* One feed of a list or the one that was created is in the window: keeps its id where it is wanted,
 * and says so in feed->found. */
void symfeed_feed_list_take_feed(struct symfeed *feed);

#if SYMFEED_JSON

/* Returns a member of the element in the window. */
struct symfeed_value symfeed_feed_list_member(struct symfeed *feed, const char *path);

#endif

#if SYMFEED_DATAHOSE

/* The agent's extended health is in the window: feed->found tells whether content export is UP, as
 * far as can be told. */
void symfeed_feed_list_take_health(struct symfeed *feed);

#endif

#endif
