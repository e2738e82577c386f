/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - events on their way to the application and back: handed out, taken or refused.
 *
 * Knows: the feed's memory, batch, repeats, retry. Promises: what was taken is not handed out again
 * as long as it is remembered; what is refused comes again, but not for ever.
 *
 * A refused event of a feed that acknowledges is read again with its batch. Of a legacy feed it
 * would not come again: it stays in the window, and the rest of the answer waits behind it.
 */
#ifndef SYMFEED_DELIVERY_H
#define SYMFEED_DELIVERY_H

#include "feed/state.h"

/* Hands out the element in the window. false: it has been taken before, or there is no time left.
 */
bool symfeed_delivery_offer(struct symfeed *feed, struct symfeed_event *event);

#if SYMFEED_LEGACY

/* Hands it out once more. */
void symfeed_delivery_again(struct symfeed *feed, struct symfeed_event *event);

#endif

/* The application is back: the event it had is taken or refused. */
void symfeed_delivery_settle(struct symfeed *feed);

#endif
