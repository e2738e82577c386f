/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option.h - options as rows of a table, given on the command line or in a configuration file.
 *
 * Depends on: symfeed_posix.h, message.h, proxy.h, files.
 * Guarantees: a mistake is reported in one line, which names the option or the line of the file,
 * and the fix, but not the value: it may be a secret. Nothing is allocated.
 */
#ifndef EXAMPLE_OPTION_H
#define EXAMPLE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client_config.h"
#include "symfeed_posix.h"

/* What an option is, and the type of the member that it sets. Those up to LESS take no value. */
enum option_kind {
    OPTION_HEADING, /* a heading of --help, no option */
    OPTION_ACTION,  /* done by the program; not in files */
    OPTION_SWITCH,  /* bool */
    OPTION_MORE,    /* int: one more */
    OPTION_LESS,    /* int: one less */
    OPTION_CONFIG,  /* const char *: the configuration file; not in files */
    OPTION_TEXT,    /* const char * */
    OPTION_FILE,    /* const char *: a file to read */
    OPTION_LIST,    /* const char *: names between commas */
    OPTION_COUNT,   /* size_t, as the next three */
    OPTION_TIMEOUT, /* whole seconds, up to a day */
    OPTION_WINDOW,
    OPTION_TOKENS,
    OPTION_WAIT,  /* uint32_t: milliseconds, given as seconds with up to three decimals */
    OPTION_LOG,   /* the format of messages, no member */
    OPTION_PIN,   /* struct option_pins */
    OPTION_PROXY, /* struct proxy */
};

/* The commands of the program symfeed that an option is for, a bit each. */
enum option_commands {
    FOR_TAIL = 1 << 0,
    FOR_DATAHOSE = 1 << 1,
    FOR_LEGACY = 1 << 2,
    FOR_LIST = 1 << 3,
    FOR_CREATE = 1 << 4,
    FOR_DELETE = 1 << 5,
    FOR_HEALTH = 1 << 6,
    FOR_INFO = 1 << 7,
    FOR_VERSION = 1 << 8,
    FOR_HELP = 1 << 9,
    FOR_FEEDS = FOR_TAIL | FOR_DATAHOSE | FOR_LEGACY,
    FOR_CALLS = FOR_FEEDS | FOR_LIST | FOR_CREATE | FOR_DELETE | FOR_HEALTH | FOR_INFO,
    FOR_ALL = FOR_CALLS | FOR_VERSION | FOR_HELP,
    ACCEPTED = 1 << 15 /* the others accept it, too, and do nothing about it */
};

struct option {
    const char *name;  /* without its dashes */
    const char *value; /* what its value is called in --help; NULL: it takes none */
    char letter;       /* 0: none */
    unsigned char kind;
    unsigned short commands; /* 0: this build does not have it */
    unsigned short member;   /* its offset in the program's struct */
    const char *help;
};

/* A row's commands where this build has it, and its text where this build has texts. */
#define OPTION_IF(feature, commands) ((feature) ? (commands) : 0)
#if SYMFEED_CLIENT_HELP
#define HELP(text) text
#else
#define HELP(text) NULL
#endif
#define HEADING(text)                                                                              \
    {                                                                                              \
        HELP(text), NULL, 0, OPTION_HEADING, 0, 0, NULL                                            \
    }

/* A number of the preprocessor as part of a text. */
#define QUOTE_(number) #number
#define QUOTE(number)  QUOTE_(number)

#define OPTION_PINS    8

struct option_pins {
    const char *list[OPTION_PINS];
    size_t count;
};

/* Most rows of a program, and no row. */
#define OPTION_ROWS 64
#define OPTION_NONE OPTION_ROWS

/* The line of what was given on the command line. */
#define OPTION_ARGUMENT 0xffffu

/* The options of a program: the first member of the struct in which its rows set members. */
struct option_set {
    const struct option *rows[2]; /* two tables, one after the other */
    size_t counts[2];
    const char *file;                      /* the configuration's name; NULL: none */
    bool only_file;                        /* this program has no options on its command line */
    unsigned commands;                     /* the bit of the current command */
    unsigned short lines[OPTION_ROWS + 1]; /* where each was given: a line of the file,
                                            * OPTION_ARGUMENT, 0: nowhere */
};

/* Row `index` of the tables; NULL: there are not so many. */
const struct option *option_at(const struct option_set *set, size_t index);

/* The index of the option with exactly this name, not a beginning of it: --session-token would make
 * a file's name, which gets into messages, of a token. OPTION_NONE: there is none. */
size_t option_find(const struct option_set *set, const char *name, size_t size);

/* The member that an option sets. */
void *option_member(struct option_set *set, size_t index);

/* Sets the member of an option. `value` is NULL for a switch, and stays in use; a password in it is
 * overwritten. false: it is not accepted, and that was reported; so for all that follow. */
bool option_store(struct option_set *set, size_t index, char *value, unsigned line);

/* --- mistakes ----------------------------------------------------------------------------- */

#define OPTION_TITLE_SIZE 320

/* Writes what the option of that name is called in messages: --NAME, or FILE:LINE: NAME. */
void option_title(const struct option_set *set, const char *name, char out[OPTION_TITLE_SIZE]);

/* Report a mistake in the option of that name, in a line of the file (0: in all of it). `fix` is a
 * format of symfeed_format() and says what to do. Return false. */
bool option_mistake(const struct option_set *set, const char *name, const char *fix, ...);
bool option_mistake_in_line(const struct option_set *set, unsigned line, const char *fix, ...);

/* --- configuration files ------------------------------------------------------------------ */

/* Returns the next line that has a text and is no # comment, without white space around it; NULL:
 * there is none. *line counts, from 0. *text is what follows. */
char *option_next_line(char **text, unsigned *line);

/* Takes white space off both ends. */
char *option_trim(char *text);

/* Whether a line has no control characters; reported if it has. */
bool option_check_line(const struct option_set *set, const char *text, unsigned line);

/* Splits NAME = VALUE. Returns the value; NULL: the line is a name alone. */
char *option_split(char *text);

/* Takes one line, NAME = VALUE or NAME. Options that were given on the command line, and those of
 * other commands, stay as they are. */
bool option_read_line(struct option_set *set, char *text, unsigned line);

#endif
