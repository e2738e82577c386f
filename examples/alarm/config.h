/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the configuration file of alarm: NAME = VALUE, the connection first and then sections,
 * see alarm.conf.
 *
 * Depends on: the options of examples/common, the POSIX port, a file.
 * Guarantees: uses no memory but struct config; reports a mistake in one line with file, line and
 *   fix, but without the value, which may be a secret.
 */
#ifndef ALARM_CONFIG_H
#define ALARM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/connection.h"
#include "symfeed.h"
#include "symfeed_posix.h"

#define CONFIG_SIZE      16384 /* largest file, in bytes */
#define CONFIG_OUTPUTS   16
#define CONFIG_RULES     64
#define CONFIG_NAME_SIZE 32    /* of an output's name, with its NUL */
#define CONFIG_SECONDS   86400 /* longest time that an output is on */

/* Bytes of an event that come whole, and members and values in it; of larger ones the head does. */
#define CONFIG_WINDOW 8192
#define CONFIG_TOKENS 256

/* Exit statuses. */
enum { EXIT_OK, EXIT_NOT_SET, EXIT_WRONG };

/* A setting of an output or a rule: its value, NULL where it is not given, and its line. */
struct setting {
    const char *text;
    unsigned line;
};

enum output_setting { OUTPUT_FILE, OUTPUT_ON, OUTPUT_OFF, OUTPUT_SETTINGS };

struct output_config {
    const char *name;
    unsigned line;
    struct setting settings[OUTPUT_SETTINGS];
};

enum rule_setting { ROOM, SENDER, KEYWORD, HASHTAG, OUTPUT, SECONDS, RULE_SETTINGS };

struct rule {
    unsigned line;
    struct setting settings[RULE_SETTINGS];
    size_t output;    /* which */
    uint32_t seconds; /* 0: off */
};

struct config {
    struct connection connection; /* first: see option.h */
    const char *state_file;       /* NULL: none */
    struct output_config outputs[CONFIG_OUTPUTS];
    size_t output_count;
    struct rule rules[CONFIG_RULES];
    size_t rule_count;
    char text[CONFIG_SIZE + 1]; /* the file, cut into settings where it lies */
};

/* Reads the file into *config, but does not look whether the connection lacks something. false: a
 * mistake was reported. */
bool config_read(struct config *config, const char *name);

/* Checks the connection, and opens port and feed as it says, the feed in `memory`. false: a mistake
 * was reported, and there is nothing to close. */
bool config_open(struct config *config, struct symfeed_posix *posix, void *memory, size_t size);

/* The output of that name; output_count where there is none. */
size_t config_output(const struct config *config, const char *name);

/* What an errno of whole_file_read() means. */
const char *config_file_error(int error);

/* Reads digits and nothing else. */
bool config_read_number(const char *text, int64_t most, int64_t *number);

#endif
