/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.h - follows a feed: prints its events and runs a command for each; or makes one call.
 *
 * Depends on: symfeed.h, the POSIX port, the files beside it.
 * Guarantees: a followed feed ends only when it is told to (--count, SIGINT, SIGTERM, its terminal
 *   closed) or when standard output fails; an event that could not be printed, or whose command
 *   failed, is not acknowledged.
 */
#ifndef SYMFEED_FOLLOW_H
#define SYMFEED_FOLLOW_H

#include "options.h"

/* Does what one of the commands tail to info says. Returns the exit status. */
int follow(struct options *options);

#endif
