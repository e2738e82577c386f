/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - events on their way to the application and back, the batch until it is acknowledged.
 *
 *   NONE --event--> OUT or LAST --accepted--> OPEN --next event--> OUT ... OPEN
 *   OUT --refused--> REFUSED --> OPEN; of a legacy feed KEPT --> OUT
 *   OPEN --the batch is whole--> DUE --a read is answered--> NONE
 *
 * Depends on: the feed's memory, batch, dedup, report. Guarantees: what was accepted is not handed
 * out again as long as it is remembered; what is refused comes again, but not for ever.
 */
#ifndef SYMFEED_DELIVERY_H
#define SYMFEED_DELIVERY_H

#include "feed/state.h"

/* Hands out the element in the window. false: it was accepted before, or there is no time left. */
bool symfeed_delivery_offer(struct symfeed *feed, struct symfeed_event *event);

/* Hands out one that was kept. Its tokens stay: strings that were opened are none any more, and
 * what they held may end early. */
void symfeed_delivery_hand_out(struct symfeed *feed, struct symfeed_event *event);

/* The application is back. false: it has refused the event that it had. */
bool symfeed_delivery_settle(struct symfeed *feed);

/* A batch is whole and all of it accepted: its ackId, where the feed has such, comes into force. */
void symfeed_delivery_commit(struct symfeed *feed);

/* The agent has answered a read: it has the ackId that the read carried. */
void symfeed_delivery_acknowledged(struct symfeed *feed);

/* The ackId in force is of no feed any more. */
void symfeed_delivery_forget(struct symfeed *feed);

#endif
