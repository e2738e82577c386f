/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - hands events out to the application and keeps a batch until it is acknowledged.
 *   NONE --event--> OUT or LAST --accepted--> OPEN --next event--> OUT ... OPEN
 *   OUT, at the end also LAST --refused--> REFUSED --> OPEN; of a legacy feed KEPT --> OUT
 *   OPEN --batch complete--> DUE --read answered--> NONE
 * Depends on: the feed's memory, batch, dedup, report.
 * Guarantees: an accepted event is not handed out again as long as it is remembered; a refused
 * event is handed out again, but not for ever.
 */
#ifndef SYMFEED_DELIVERY_H
#define SYMFEED_DELIVERY_H

#include "feed/state.h"

/* Hands out the element in the window. Returns false if it was accepted before, or if no time is
 * left. */
bool symfeed_delivery_offer(struct symfeed *feed, struct symfeed_event *event);

/* Hands out an event that was kept. Its tokens stay, because strings that the application opened
 * are no strings any more, and the JSON in them may be cut. */
void symfeed_delivery_hand_out(struct symfeed *feed, struct symfeed_event *event);

/* Accepts the current event, if there is one. Returns false if the application has refused it. */
bool symfeed_delivery_settle(struct symfeed *feed);

/* Ends a batch that is complete and accepted: its ackId, if the feed has ackIds, becomes the
 * current one. */
void symfeed_delivery_commit(struct symfeed *feed);

/* Tells that the agent has answered a read: it has received the ackId of that read. */
void symfeed_delivery_acknowledged(struct symfeed *feed);

/* Drops the current ackId, which does not belong to the feed any more. */
void symfeed_delivery_forget(struct symfeed *feed);

#endif
