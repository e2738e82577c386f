/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - reads and checks the command line of symfeed.
 *
 * Depends on: files, the limits of symfeed.h and of the port.
 * Guarantees: every mistake is reported in one line on standard error that names the option and the
 *   fix, without the option's value, except file names and the names in --types and --scopes; a
 *   password does not stay in argv.
 */
#ifndef SYMFEED_OPTIONS_H
#define SYMFEED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client_config.h"
#include "proxy.h"
#include "symfeed.h"
#include "symfeed_posix.h"

/* Linux's PATH_MAX without its NUL: longest name of a file that an option takes. Elsewhere a longer
 * one is no use, a shorter one is the system's to say. */
#define FILE_NAME_MAX 4095

/* Seconds that a command may take: usually, and at most. */
#define EXEC_TIMEOUT     60
#define EXEC_TIMEOUT_MAX 86400

/* How often --pin may be given. */
#define PINS_MAX 8

enum command {
    COMMAND_TAIL,
    COMMAND_DATAHOSE,
    COMMAND_LEGACY,
    COMMAND_LIST,
    COMMAND_CREATE,
    COMMAND_DELETE,
    COMMAND_HEALTH,
    COMMAND_INFO,
    COMMAND_VERSION
};

/* What was asked for. The strings are those of argv and of the environment, the proxy's apart. It
 * must not move: config points into it. */
struct options {
    enum command command;
    const char *session_token_file;
    const char *key_manager_token_file;
    const char *rsa_key_file;
    const char *certificate_file;
    const char *certificate_key_file;
    const char *pod;          /* to sign in by key */
    const char *key_manager;  /* likewise */
    const char *session_auth; /* to sign in by certificate */
    const char *key_auth;     /* likewise */
    const char *ca_file;
    const char *pins[PINS_MAX];
    size_t pin_count;
    struct proxy proxy;
    const char *types;      /* print only these, comma-separated; NULL: all */
    const char *exec;       /* NULL: none */
    uint32_t exec_timeout;  /* seconds that the command may take; 0: not given */
    const char *state_file; /* legacy: where the feed's id is kept; NULL: nowhere */
    bool fanout;            /* datahose: type fanout */
    bool json;
    bool stats;
    uint32_t count; /* 0: without end */
    uint64_t given; /* a bit for each option that was given */
    int verbosity;
    bool without_tls; /* all hosts are http:// */
    struct symfeed_config config;
};

/* Reads the command line, which a NULL ends, into `options`. -1: go on. Otherwise all has been said
 * and the process is to leave with the answer: EXIT_AS_ASKED after --help, EXIT_WRONG_USAGE.
 * options_forget() is due either way. */
int options_read(struct options *options, char **argv);

/* Wipes what is secret. To be called once the feed has stopped. */
void options_forget(struct options *options);

#endif
