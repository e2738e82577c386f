/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - a command run for an event.
 *
 * May know: fork(), the shell, print.h. Promises: nothing of an event gets into the command line,
 * only into standard input and the environment; no descriptor but 0, 1 and 2 is passed on.
 */
#ifndef SYMFEED_COMMAND_H
#define SYMFEED_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "symfeed.h"

/* Runs `command` by /bin/sh and waits for it: the event's JSON line on its standard input, and
 * SYMFEED_TYPE, SYMFEED_ID, SYMFEED_STREAM and SYMFEED_TEXT in its environment. `text` of `size`
 * bytes is for making them. `core_files` is the limit for core files that it is to have, where this
 * process has another one. true: it left with 0. A command that does not read its input is no
 * failure. */
bool command_run(const char *command, const struct rlimit *core_files,
                 const struct symfeed_event *event, char *text, size_t size);

#endif
