/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - see config.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "../common/message.h"
#include "../common/whole_file.h"

/* The program's own, beside those of the connection. */
static const struct option rows[] = {
    {"state", "FILE", 0, OPTION_TEXT, FOR_ALL, offsetof(struct config, state_file),
     HELP("keeps what is on across restarts and power cuts")},
};

/* In the order of their enums. */
static const char *const output_names[] = {"file", "on", "off"};
static const char *const rule_names[] = {"room",    "sender", "keyword",
                                         "hashtag", "output", "seconds"};

/* The section that the current line belongs to. */
struct section {
    struct config *config;
    unsigned line;
    const char *const *names;
    struct setting *settings;
    size_t count; /* 0: the connection */
};

/* --- mistakes ----------------------------------------------------------------------------- */

/* `line` is 0 where the mistake is in no single line. */
static bool mistake(const struct config *config, unsigned line, const char *what, const char *fix)
{
    return option_mistake_in_line(&config->connection.set, line, "%s: %s", what, fix);
}

static bool mistake_here(const struct section *section, const char *fix)
{
    return option_mistake_in_line(&section->config->connection.set, section->line, "%s", fix);
}

const char *config_file_error(int error)
{
    return error == ENXIO ? "it is a pipe or a device; give a regular file" : strerror(error);
}

/* --- text --------------------------------------------------------------------------------- */

bool config_read_number(const char *text, int64_t most, int64_t *number)
{
    int64_t value = 0;
    size_t i;

    for (i = 0; text[i] >= '0' && text[i] <= '9'; i++) {
        if (value > (most - (text[i] - '0')) / 10) {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    *number = value;
    return i > 0 && text[i] == '\0';
}

static bool is_name(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    return size > 0 && size < CONFIG_NAME_SIZE && text[size] == '\0';
}

size_t config_output(const struct config *config, const char *name)
{
    size_t i;

    for (i = 0; i < config->output_count && strcmp(config->outputs[i].name, name) != 0; i++) {
    }
    return i;
}

/* --- lines -------------------------------------------------------------------------------- */

static void enter(struct section *section, const char *const *names, struct setting *settings,
                  size_t count)
{
    section->names = names;
    section->settings = settings;
    section->count = count;
}

static bool begin_output(struct section *section, const char *name)
{
    struct config *config = section->config;
    struct output_config *output = &config->outputs[config->output_count];

    if (!is_name(name)) {
        return mistake_here(section,
                            "[output NAME]: the name must be 1 to 31 letters, digits, - and _");
    }
    if (config_output(config, name) < config->output_count) {
        return mistake_here(section, "[output NAME]: there is one of this name; choose another");
    }
    if (config->output_count == CONFIG_OUTPUTS) {
        return mistake_here(section, "[output NAME]: too many; raise CONFIG_OUTPUTS");
    }
    output->name = name;
    output->line = section->line;
    config->output_count++;
    enter(section, output_names, output->settings, OUTPUT_SETTINGS);
    return true;
}

static bool begin_rule(struct section *section)
{
    struct config *config = section->config;
    struct rule *rule = &config->rules[config->rule_count];

    if (config->rule_count == CONFIG_RULES) {
        return mistake_here(section, "[rule]: too many; raise CONFIG_RULES");
    }
    rule->line = section->line;
    config->rule_count++;
    enter(section, rule_names, rule->settings, RULE_SETTINGS);
    return true;
}

static bool begin_section(struct section *section, char *text)
{
    const size_t size = strlen(text);

    if (strcmp(text, "[rule]") == 0) {
        return begin_rule(section);
    }
    if (strncmp(text, "[output ", 8) == 0 && text[size - 1] == ']') {
        text[size - 1] = '\0';
        return begin_output(section, option_trim(text + 8));
    }
    return mistake_here(section, "a section begins with [output NAME] or [rule]");
}

/* Takes one line of a section. */
static bool read_setting(struct section *section, char *text)
{
    const char *value = option_split(text);
    struct setting *setting;
    size_t i;

    for (i = 0; i < section->count && strcmp(text, section->names[i]) != 0; i++) {
    }
    if (i == section->count) {
        return mistake_here(section,
                            "no such setting in this section; alarm.conf shows all there are");
    }
    setting = &section->settings[i];
    if (setting->text != NULL) {
        return mistake(section->config, section->line, text, "given twice; keep one of them");
    }
    if (value == NULL || *value == '\0') {
        return mistake(section->config, section->line, text, "give a value");
    }
    setting->text = value;
    setting->line = section->line;
    return true;
}

static bool read_line(struct section *section, char *text)
{
    if (!option_check_line(&section->config->connection.set, text, section->line)) {
        return false;
    }
    if (*text == '[') {
        return begin_section(section, text);
    }
    if (section->count == 0) {
        return option_read_line(&section->config->connection.set, text, section->line);
    }
    return read_setting(section, text);
}

/* --- the whole ---------------------------------------------------------------------------- */

static bool check_rule(const struct config *config, struct rule *rule)
{
    const struct setting *output = &rule->settings[OUTPUT];
    const struct setting *seconds = &rule->settings[SECONDS];
    int64_t number;
    size_t i;

    for (i = ROOM; i <= HASHTAG && rule->settings[i].text == NULL; i++) {
    }
    if (i > HASHTAG) {
        return mistake(config, rule->line, "[rule]",
                       "give a room, sender, keyword or hashtag, or several");
    }
    if (output->text == NULL || seconds->text == NULL) {
        return mistake(config, rule->line, "[rule]", "give its output = NAME and seconds = NUMBER");
    }
    rule->output = config_output(config, output->text);
    if (rule->output == config->output_count) {
        return mistake(config, output->line, "output",
                       "no such output; name one that has an [output NAME]");
    }
    if (!config_read_number(seconds->text, CONFIG_SECONDS, &number)) {
        return mistake(config, seconds->line, "seconds",
                       "give a whole number from 1 to 86400, or 0 to set the output off");
    }
    rule->seconds = (uint32_t)number;
    return true;
}

/* A new state file takes the old one's place, and a device there would be gone for all programs. */
static bool is_device_or_folder(const char *file)
{
    struct stat status;

    return file != NULL && stat(file, &status) == 0 && !S_ISREG(status.st_mode) &&
           !S_ISFIFO(status.st_mode);
}

static bool check(struct config *config)
{
    struct connection *connection = &config->connection;
    size_t i;

    if (connection->config.feed.window > CONFIG_WINDOW ||
        connection->config.feed.json_tokens > CONFIG_TOKENS) {
        return option_mistake_in_line(&connection->set, 0,
                                      "give at most %u as window and %u as tokens", CONFIG_WINDOW,
                                      CONFIG_TOKENS);
    }
    if (is_device_or_folder(config->state_file)) {
        return option_mistake(&connection->set, "state",
                              "name a file, not a folder or a device; it need not be there yet");
    }
    if (config->rule_count == 0) {
        return option_mistake_in_line(&connection->set, 0, "give at least one [rule]");
    }
    for (i = 0; i < config->output_count; i++) {
        if (config->outputs[i].settings[OUTPUT_FILE].text == NULL) {
            return mistake(config, config->outputs[i].line, "[output NAME]",
                           "give its file = PATH");
        }
    }
    for (i = 0; i < config->rule_count; i++) {
        if (!check_rule(config, &config->rules[i])) {
            return false;
        }
    }
    return true;
}

bool config_read(struct config *config, const char *name)
{
    struct section section = {.config = config, .line = 0};
    struct connection *connection = &config->connection;
    char *next = config->text;
    char *line;
    long size;

    connection_init(connection, rows, sizeof rows / sizeof rows[0]);
    connection->set.only_file = true;
    connection->set.file = name;
    connection->config.feed.window = CONFIG_WINDOW;
    connection->config.feed.json_tokens = CONFIG_TOKENS;
    size = whole_file_read(name, config->text, CONFIG_SIZE);
    if (size < 0) {
        return option_mistake_in_line(&connection->set, 0, "%s",
                                      errno == EFBIG ? "too large; raise CONFIG_SIZE"
                                                     : config_file_error(errno));
    }
    if (strlen(config->text) < (size_t)size) {
        return option_mistake_in_line(&connection->set, 0, "this is no configuration file");
    }
    while ((line = option_next_line(&next, &section.line)) != NULL) {
        if (!read_line(&section, line)) {
            return false;
        }
    }
    return check(config);
}

/* --- the feed ----------------------------------------------------------------------------- */

bool config_open(struct config *config, struct symfeed_posix *posix, void *memory, size_t size)
{
    static unsigned char arena[SYMFEED_ARENA_ROOM]; /* mbedTLS's */
    struct symfeed_posix_config *wanted = &config->connection.config;
    char error[320];
    int answer;

    if (!connection_check(&config->connection)) {
        return false;
    }
    wanted->memory = memory;
    wanted->memory_size = size;
    wanted->arena = arena;
    wanted->arena_size = sizeof arena;
    wanted->log = message_log();
    answer = symfeed_posix_open(posix, wanted, error, sizeof error);
    if (answer != SYMFEED_POSIX_OK) {
        connection_report(&config->connection, answer, error);
    }
    return answer == SYMFEED_POSIX_OK;
}
