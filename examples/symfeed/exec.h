/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.h - runs the command of --exec for an event.
 *
 * Depends on: vfork(), the shell, print.h, process.h.
 * Guarantees: an event reaches standard input and the environment, never the command line; no
 *   descriptor that this process has opened is passed on, but those that it was started with are;
 *   however the command behaves, it has ended 6 seconds after its time; nothing is allocated.
 */
#ifndef SYMFEED_EXEC_H
#define SYMFEED_EXEC_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed.h"

/* A command, and what it needs. */
struct exec {
    const char *line;   /* for /bin/sh -c */
    char **environment; /* exec_environment_size() bytes to make it in */
    uint32_t seconds;   /* how long it may take */
    bool warn;          /* say why an event is refused */
    /* Waits until the descriptor (-1: none) takes more, so many milliseconds are over, or a signal
     * has come: SIGCHLD, and each that changes `stop`. */
    bool (*wait)(int descriptor, int milliseconds);
    const volatile sig_atomic_t *stop; /* once it is more than `patience`, the command is to end */
    int patience;
};

/* Bytes that its environment takes: pointers, as many as this process has variables and some. */
size_t exec_environment_size(void);

/* Runs the command by /bin/sh, in a process group of its own, and waits for it: the event's JSON
 * line on its standard input, and SYMFEED_TYPE, SYMFEED_ID, SYMFEED_STREAM and SYMFEED_TEXT in its
 * environment. `text` of `size` bytes is for making them: as large as the event window, and
 * PRINT_MORE more. true: it exited with 0, and within its time, of which the tries to begin it are
 * a part. A command that does not read its input is no failure. */
bool exec_run(const struct exec *exec, const struct symfeed_event *event, char *text, size_t size);

#endif
