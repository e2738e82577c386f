/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.h - evaluates the agent's extended health.
 *
 * Depends on: symfeed.h.
 * Guarantees: if in doubt, the agent is not up.
 */
#ifndef SYMFEED_HEALTH_H
#define SYMFEED_HEALTH_H

#include <stdbool.h>

#include "symfeed.h"

/* Whether extended health says that all is up: it has services and users, each of them with the
 * status "UP", and itself no other one. */
bool health_is_up(const struct symfeed_event *event);

#endif
