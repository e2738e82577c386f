/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the configuration file of alarm: NAME = VALUE in sections, see alarm.conf.
 *
 * Depends on: symfeed.h, the POSIX port, a file.
 * Guarantees: uses no memory but struct config; reports a mistake in one line with file, line and
 *   fix, but without the value, which may be a secret.
 */
#ifndef ALARM_CONFIG_H
#define ALARM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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

/* What the process leaves with. */
enum { EXIT_AS_ASKED, EXIT_NOT_SET, EXIT_WRONG };

/* A setting: its value, NULL where it is not given, and its line. */
struct setting {
    const char *text;
    unsigned line;
};

enum connection_setting {
    AGENT,
    USER,
    RSA_KEY,
    SESSION_TOKEN_FILE,
    KM_TOKEN_FILE,
    POD,
    KEY_MANAGER,
    CA,
    PROXY,
    TAG,
    INSECURE_HTTP,
    STATE,
    CONNECTION_SETTINGS
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
    const char *name; /* of the file */
    struct setting connection[CONNECTION_SETTINGS];
    struct output_config outputs[CONFIG_OUTPUTS];
    size_t output_count;
    struct rule rules[CONFIG_RULES];
    size_t rule_count;
    char text[CONFIG_SIZE + 1]; /* the file, cut into settings where it lies */
};

/* Reads the file into *config, which is all zero. EXIT_AS_ASKED or EXIT_WRONG. */
int config_read(struct config *config, const char *name);

/* Makes port and feed as the configuration says, the feed in `memory`. EXIT_AS_ASKED, or
 * EXIT_WRONG, and there is nothing to close. */
int config_open(const struct config *config, struct symfeed_posix *posix, void *memory,
                size_t size);

/* The output of that name; output_count where there is none. */
size_t config_output(const struct config *config, const char *name);

/* Reads a whole file of up to `size` bytes, and puts a NUL behind it. Answers how many; -1: see
 * errno, and `text` is empty. */
ssize_t config_read_file(const char *name, char *text, size_t size);

/* What an errno of that means. */
const char *config_file_error(int error);

/* Reads digits and nothing else. */
bool config_read_number(const char *text, int64_t most, int64_t *number);

#endif
