/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage.h - the commands, and which options apply to which of them.
 *
 * Depends on: options.h, the features that the library was built with.
 * Guarantees: an option that does not apply is refused; an option that applies to most commands is
 *   accepted by all, so that a script can pass the same options to each.
 */
#ifndef SYMFEED_USAGE_H
#define SYMFEED_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

/* The commands there are, for messages and --help. */
#define USAGE_COMMANDS "tail, datahose, legacy, list, create, delete ID, health, info or version"

/* Takes the name of a command, and its task. -1: go on; else all has been said, leave with the
 * answer. */
int usage_read(struct options *options, const char *name);

/* A command's name. Static. */
const char *usage_name(enum command command);

/* Whether it goes on until it is stopped; the others make one call, or none. */
bool usage_follows(enum command command);

/* Whether it makes calls that need no sign-in. */
bool usage_is_open(enum command command);

/* The commands that an option has a meaning for. */
enum usage_group {
    USAGE_ALL,
    USAGE_FOLLOWING,
    USAGE_CREATING,
    USAGE_PRESENCE,
    USAGE_DATAHOSE,
    USAGE_LEGACY
};

/* Whether an option, without its dashes, that was given belongs to the command. -1: it does; else
 * likewise. */
int usage_check(enum command command, const char *option, enum usage_group group);

/* Tells of names in --types and --scopes that are sent to the agent but not known here. */
void usage_warn(const struct options *options);

#endif
