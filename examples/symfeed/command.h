/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - a command run for an event.
 *
 * May know: vfork(), the shell, print.h. Promises: nothing of an event gets into the command line,
 * only into standard input and the environment; no descriptor but 0, 1 and 2 is passed on; nothing
 * is allocated.
 */
#ifndef SYMFEED_COMMAND_H
#define SYMFEED_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "symfeed.h"

/* A command, and what it is to find. */
struct shell_command {
    const char *line;                /* for /bin/sh -c */
    const struct rlimit *core_files; /* its limit for core files; this process has another one */
    char **environment;              /* command_environment_size() bytes to make it in */
};

/* Bytes that its environment takes: pointers, as many as this process has variables and some. */
size_t command_environment_size(void);

/* Bytes of text that its environment takes, beside those of the event window. */
#define COMMAND_TEXT_SIZE 128

/* Runs the command by /bin/sh and waits for it: the event's JSON line on its standard input, and
 * SYMFEED_TYPE, SYMFEED_ID, SYMFEED_STREAM and SYMFEED_TEXT in its environment. `text` of `size`
 * bytes is for making them: as large as the event window, and COMMAND_TEXT_SIZE more. true: it left
 * with 0. A command that does not read its input is no failure. */
bool command_run(const struct shell_command *command, const struct symfeed_event *event, char *text,
                 size_t size);

#endif
