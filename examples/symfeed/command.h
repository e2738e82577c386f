/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - runs a command for an event.
 *
 * Depends on: vfork(), the shell, print.h.
 * Guarantees: an event reaches standard input and the environment, never the command line; only the
 *   descriptors 0, 1 and 2 are passed on; however the command behaves, it has ended 6 seconds after
 *   its time; nothing is allocated.
 */
#ifndef SYMFEED_COMMAND_H
#define SYMFEED_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "symfeed.h"
#include "symfeed_posix.h"

/* A command, and what it is to find. */
struct shell_command {
    const char *line;                  /* for /bin/sh -c */
    const struct rlimit *core_files;   /* its limit for core files; this process has another one */
    char **environment;                /* command_environment_size() bytes to make it in */
    uint32_t seconds;                  /* how long it may take */
    bool warn;                         /* say why an event is refused */
    struct symfeed_posix *posix;       /* the handlers of SIGCHLD and of all that is to end the wait
                                        * wake it */
    const volatile sig_atomic_t *stop; /* once it is more than `patience`, the command is to end */
    int patience;
};

/* Bytes that its environment takes: pointers, as many as this process has variables and some. */
size_t command_environment_size(void);

/* Runs the command by /bin/sh, in a process group of its own, and waits for it: the event's JSON
 * line on its standard input, and SYMFEED_TYPE, SYMFEED_ID, SYMFEED_STREAM and SYMFEED_TEXT in its
 * environment. `text` of `size` bytes is for making them: as large as the event window, and
 * PRINT_MORE more. true: it exited with 0, and within its time. A command that does not read
 * its input is no failure. */
bool command_run(const struct shell_command *command, const struct symfeed_event *event, char *text,
                 size_t size);

#endif
