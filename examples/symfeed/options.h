/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the commands of symfeed and its options, read and checked.
 *
 * Depends on: the options of examples/common, client_config.h.
 * Guarantees: every mistake is reported in one line on standard error that names the option and the
 *   fix, without the option's value, except file names and the names in --types and --scopes; a
 *   password does not stay in argv.
 */
#ifndef SYMFEED_OPTIONS_H
#define SYMFEED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "../common/client_config.h"
#include "../common/connection.h"
#include "output.h"

/* Seconds that a command of --exec may take, by default. */
#define EXEC_TIMEOUT 60

/* Largest configuration file, in bytes. */
#define CONFIG_FILE_MAX 32768

/* The commands, in the order of their table and of the bits in enum option_commands. */
enum command_number {
    COMMAND_TAIL,
    COMMAND_DATAHOSE,
    COMMAND_LEGACY,
    COMMAND_LIST,
    COMMAND_CREATE,
    COMMAND_DELETE,
    COMMAND_HEALTH,
    COMMAND_INFO,
    COMMAND_VERSION,
    COMMAND_HELP,
    COMMANDS
};

struct options;

struct command {
    const char *name;
    const char *argument;         /* what its argument is called; NULL: it takes none */
    int (*run)(struct options *); /* returns the exit status; NULL: this build has it not */
    enum symfeed_task task;       /* of the library */
    const char *help;             /* one line */
};

extern const struct command commands[COMMANDS];

/* Functions of commands. Each returns the exit status. */
int follow(struct options *options);     /* tail to info: follows a feed, or makes one call */
int print_help(struct options *options); /* of one command, or of all */

/* What was asked for. The strings are those of argv, of the environment and of the configuration
 * file. It must not move: the connection's configuration points into it. */
struct options {
    struct connection connection; /* first: see option.h */
    enum command_number command;
    enum command_number topic; /* of help; COMMANDS: all */
    bool only_topic;           /* --help or --version was given: of the rest a topic counts alone */
    const char *config_file;
    char *config_text;      /* CONFIG_FILE_MAX + 1 bytes; NULL: there is no file */
    const char *types;      /* print only these, comma-separated; NULL: all */
    const char *exec;       /* NULL: none */
    size_t exec_timeout;    /* seconds; 0: not given */
    const char *state_file; /* legacy: where the feed's id is kept; NULL: nowhere */
    bool fanout;            /* datahose: type fanout */
    bool json;
    bool stats;
    size_t count; /* 0: without end */
};

/* Reads the command line, which a NULL ends, and the configuration file. false: a mistake was
 * reported. options_forget() is due either way. */
bool options_read(struct options *options, char **argv);

/* Writes the names of the commands of some bits: "tail, datahose and legacy". */
#define COMMAND_NAMES_SIZE 128
void options_commands(unsigned bits, const char *last, char out[COMMAND_NAMES_SIZE]);

/* Warns of names in --types and --scopes that are not known. */
void options_warn(const struct options *options);

/* Wipes what is secret. To be called once the feed has stopped. */
void options_forget(struct options *options);

#endif
