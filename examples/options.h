/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the command line of symfeed, read and checked.
 *
 * May know: getopt, files, the limits in symfeed.h. Promises: whatever is wrong is said in one line
 * on standard error that names the option and the mend; the value of an option is not repeated
 * there, except for file names.
 */
#ifndef SYMFEED_OPTIONS_H
#define SYMFEED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed.h"

/* What a process of this program leaves with. */
#define EXIT_AS_ASKED    0
#define EXIT_NO_OUTPUT   1
#define EXIT_WRONG_USAGE 2

enum command { COMMAND_TAIL, COMMAND_VERSION };

/* What was asked for. The strings are those of argv. */
struct options {
    enum command command;
    const char *session_token_file;
    const char *key_manager_token_file;
    const char *ca_file;
    const char *types; /* comma-separated; NULL: all */
    const char *exec;  /* NULL: none */
    bool json;
    bool stats;
    uint32_t count; /* 0: without end */
    int verbosity;
    struct symfeed_config config; /* agent, tag, switches, window and tokens */
};

/* Reads the command line into `options`. -1: go on. Otherwise all has been said and the process is
 * to leave with the answer: EXIT_AS_ASKED after --help, EXIT_WRONG_USAGE. */
int options_read(struct options *options, int argc, char **argv);

/* The option that a mistake found by symfeed_init() is about, or NULL. */
const char *options_name(enum symfeed_status status);

#endif
