/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - see config.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/message.h"

/* In the order of their enums. */
static const char *const connection_names[] = {
    "agent", "user",  "rsa-key", "session-token-file", "km-token-file", "pod", "key-manager",
    "ca",    "proxy", "tag",     "insecure-http",      "state"};
static const char *const output_names[] = {"file", "on", "off"};
static const char *const rule_names[] = {"room",    "sender", "keyword",
                                         "hashtag", "output", "seconds"};

/* Where in the file we are: what the settings that come belong to. */
struct place {
    struct config *config;
    unsigned line;
    const char *const *names;
    struct setting *settings;
    size_t count;
};

/* --- mistakes ----------------------------------------------------------------------------- */

/* `line` is 0 where it is about no line, `what` is NULL where it is about no setting. */
static int wrong(const struct config *config, unsigned line, const char *what, const char *fix)
{
    char number[16] = "";

    if (line > 0) {
        (void)snprintf(number, sizeof number, "%u:", line);
    }
    message(SYMFEED_LOG_ERROR, "%s:%s %s%s%s", config->name, number, what == NULL ? "" : what,
            what == NULL ? "" : ": ", fix);
    return EXIT_WRONG;
}

const char *config_file_error(int error)
{
    return error == ENXIO ? "it is a pipe or a device; give a regular file" : strerror(error);
}

static int wrong_here(const struct place *place, const char *what, const char *fix)
{
    return wrong(place->config, place->line, what, fix);
}

/* --- text --------------------------------------------------------------------------------- */

ssize_t config_read_file(const char *name, char *text, size_t size)
{
    int descriptor = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    size_t used = 0;
    ssize_t got = 1;
    int error;

    text[0] = '\0';
    if (descriptor < 0) {
        return -1;
    }
    if (fstat(descriptor, &status) != 0 || S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
        (void)close(descriptor);
        errno = ENXIO; /* one might wait for it without end */
        return -1;
    }
    while (got > 0 && used <= size) {
        got = read(descriptor, text + used, size + 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    error = got < 0 ? errno : used > size ? EFBIG : 0;
    (void)close(descriptor);
    text[error == 0 ? used : 0] = '\0';
    errno = error;
    return error == 0 ? (ssize_t)used : -1;
}

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

/* Takes white space off both ends. */
static char *trim(char *text)
{
    size_t size;

    text += strspn(text, " \t");
    size = strlen(text);
    while (size > 0 && strchr(" \t\r", text[size - 1]) != NULL) {
        text[--size] = '\0';
    }
    return text;
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

static void enter(struct place *place, const char *const *names, struct setting *settings,
                  size_t count)
{
    place->names = names;
    place->settings = settings;
    place->count = count;
}

static int begin_output(struct place *place, const char *name)
{
    struct config *config = place->config;
    struct output_config *output = &config->outputs[config->output_count];

    if (!is_name(name)) {
        return wrong_here(place, "[output NAME]",
                          "the name must be 1 to 31 letters, digits, - and _");
    }
    if (config_output(config, name) < config->output_count) {
        return wrong_here(place, "[output NAME]", "there is one of this name; choose another");
    }
    if (config->output_count == CONFIG_OUTPUTS) {
        return wrong_here(place, "[output NAME]", "too many; raise CONFIG_OUTPUTS");
    }
    output->name = name;
    output->line = place->line;
    config->output_count++;
    enter(place, output_names, output->settings, OUTPUT_SETTINGS);
    return EXIT_AS_ASKED;
}

static int begin_rule(struct place *place)
{
    struct config *config = place->config;
    struct rule *rule = &config->rules[config->rule_count];

    if (config->rule_count == CONFIG_RULES) {
        return wrong_here(place, "[rule]", "too many; raise CONFIG_RULES");
    }
    rule->line = place->line;
    config->rule_count++;
    enter(place, rule_names, rule->settings, RULE_SETTINGS);
    return EXIT_AS_ASKED;
}

static int begin_section(struct place *place, char *text)
{
    if (strcmp(text, "[rule]") == 0) {
        return begin_rule(place);
    }
    if (strncmp(text, "[output ", 8) == 0 && text[strlen(text) - 1] == ']') {
        text[strlen(text) - 1] = '\0';
        return begin_output(place, trim(text + 8));
    }
    return wrong_here(place, NULL, "a section begins with [output NAME] or [rule]");
}

static int read_setting(struct place *place, char *text)
{
    char *value = strchr(text, '=');
    size_t i;

    if (value == NULL) {
        return wrong_here(place, NULL,
                          "a line must be NAME = VALUE, [output NAME], [rule] or # comment");
    }
    *value = '\0';
    text = trim(text);
    value = trim(value + 1);
    for (i = 0; i < place->count && strcmp(text, place->names[i]) != 0; i++) {
    }
    if (i == place->count) {
        return wrong_here(place, NULL,
                          "no such setting in this section; alarm.conf shows all there are");
    }
    if (place->settings[i].text != NULL) {
        return wrong_here(place, place->names[i], "given twice; keep one of them");
    }
    if (*value == '\0') {
        return wrong_here(place, place->names[i], "give a value, or take the line out");
    }
    place->settings[i].text = value;
    place->settings[i].line = place->line;
    return EXIT_AS_ASKED;
}

static int read_line(struct place *place, char *text)
{
    size_t i;

    text = trim(text);
    for (i = 0; text[i] != '\0'; i++) {
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == '\x7f') {
            return wrong_here(place, NULL, "take the control characters out");
        }
    }
    switch (*text) {
    case '\0':
    case '#': return EXIT_AS_ASKED;
    case '[': return begin_section(place, text);
    default: return read_setting(place, text);
    }
}

/* --- the whole ---------------------------------------------------------------------------- */

static int check_rule(const struct config *config, struct rule *rule)
{
    const struct setting *output = &rule->settings[OUTPUT];
    const struct setting *seconds = &rule->settings[SECONDS];
    int64_t number;
    size_t i;

    for (i = ROOM; i <= HASHTAG && rule->settings[i].text == NULL; i++) {
    }
    if (i > HASHTAG) {
        return wrong(config, rule->line, "[rule]",
                     "give a room, sender, keyword or hashtag, or several");
    }
    if (output->text == NULL || seconds->text == NULL) {
        return wrong(config, rule->line, "[rule]", "give its output = NAME and seconds = NUMBER");
    }
    rule->output = config_output(config, output->text);
    if (rule->output == config->output_count) {
        return wrong(config, output->line, "output",
                     "no such output; name one that has an [output NAME]");
    }
    if (!config_read_number(seconds->text, CONFIG_SECONDS, &number)) {
        return wrong(config, seconds->line, "seconds",
                     "give a whole number from 1 to 86400, or 0 to set the output off");
    }
    rule->seconds = (uint32_t)number;
    return EXIT_AS_ASKED;
}

/* A new state file takes the old one's place, and a device there would be gone for all programs. */
static bool is_device_or_folder(const char *file)
{
    struct stat status;

    return file != NULL && stat(file, &status) == 0 && !S_ISREG(status.st_mode) &&
           !S_ISFIFO(status.st_mode);
}

static int check(struct config *config)
{
    const struct setting *connection = config->connection;
    const struct setting *insecure = &connection[INSECURE_HTTP];
    int answer = EXIT_AS_ASKED;
    size_t i;

    if ((connection[RSA_KEY].text == NULL) == (connection[SESSION_TOKEN_FILE].text == NULL)) {
        return wrong(config, 0, NULL, "give either rsa-key or session-token-file");
    }
    if (insecure->text != NULL && strcmp(insecure->text, "yes") != 0 &&
        strcmp(insecure->text, "no") != 0) {
        return wrong(config, insecure->line, "insecure-http", "say yes or no");
    }
    if (is_device_or_folder(connection[STATE].text)) {
        return wrong(config, connection[STATE].line, "state",
                     "name a file, not a folder or a device; it need not be there yet");
    }
    if (config->rule_count == 0) {
        return wrong(config, 0, NULL, "give at least one [rule]");
    }
    for (i = 0; i < config->output_count; i++) {
        if (config->outputs[i].settings[OUTPUT_FILE].text == NULL) {
            return wrong(config, config->outputs[i].line, "[output NAME]", "give its file = PATH");
        }
    }
    for (i = 0; i < config->rule_count && answer == EXIT_AS_ASKED; i++) {
        answer = check_rule(config, &config->rules[i]);
    }
    return answer;
}

int config_read(struct config *config, const char *name)
{
    struct place place = {.config = config, .line = 1};
    ssize_t size = config_read_file(name, config->text, CONFIG_SIZE);
    char *line = config->text;
    int answer = EXIT_AS_ASKED;
    char *end;

    config->name = name;
    enter(&place, connection_names, config->connection, CONNECTION_SETTINGS);
    if (size < 0) {
        return wrong(config, 0, NULL,
                     errno == EFBIG ? "too large; raise CONFIG_SIZE" : config_file_error(errno));
    }
    if (strlen(config->text) < (size_t)size) {
        return wrong(config, 0, NULL, "this is no text; give a configuration file");
    }
    for (; line != NULL && answer == EXIT_AS_ASKED; place.line++) {
        end = strchr(line, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        answer = read_line(&place, line);
        line = end;
    }
    return answer == EXIT_AS_ASKED ? check(config) : answer;
}

/* --- the feed ----------------------------------------------------------------------------- */

/* Says what the library does not like about a setting. */
static int wrong_connection(const struct config *config, enum connection_setting which,
                            const char *fix)
{
    if (which == CONNECTION_SETTINGS) {
        return wrong(config, 0, NULL, fix);
    }
    return wrong(config, config->connection[which].line, connection_names[which], fix);
}

/* The setting that a mistake found by symfeed_posix_open() is about. */
static enum connection_setting setting_of(int answer)
{
    switch (answer) {
    case SYMFEED_POSIX_BAD_CA: return CA;
    case SYMFEED_POSIX_BAD_RSA_KEY: return RSA_KEY;
    case SYMFEED_BAD_AGENT:
    case SYMFEED_BAD_SCHEME: return AGENT;
    case SYMFEED_BAD_USER: return USER;
    case SYMFEED_BAD_POD: return POD;
    case SYMFEED_BAD_KEY_MANAGER: return KEY_MANAGER;
    case SYMFEED_BAD_PROXY: return PROXY;
    case SYMFEED_BAD_TAG: return TAG;
    default: return CONNECTION_SETTINGS;
    }
}

int config_open(const struct config *config, struct symfeed_posix *posix, void *memory, size_t size)
{
    const struct setting *connection = config->connection;
    static unsigned char arena[SYMFEED_ARENA_ROOM]; /* mbedTLS's */
    const struct symfeed_posix_config wanted = {
        .feed = {.agent = connection[AGENT].text == NULL ? "" : connection[AGENT].text,
                 .sign_in = connection[RSA_KEY].text != NULL ? SYMFEED_SIGN_IN_BY_KEY
                                                             : SYMFEED_SIGN_IN_BY_TOKENS,
                 .user = connection[USER].text,
                 .pod = connection[POD].text,
                 .key_manager = connection[KEY_MANAGER].text,
                 .proxy = connection[PROXY].text,
                 .tag = connection[TAG].text,
                 .insecure_http = connection[INSECURE_HTTP].text != NULL &&
                                  *connection[INSECURE_HTTP].text == 'y',
                 .window = CONFIG_WINDOW,
                 .json_tokens = CONFIG_TOKENS},
        .memory = memory,
        .memory_size = size,
        .arena = arena,
        .arena_size = sizeof arena,
        .session_token_file = connection[SESSION_TOKEN_FILE].text,
        .key_manager_token_file = connection[KM_TOKEN_FILE].text,
        .rsa_key_file = connection[RSA_KEY].text,
        .ca_file = connection[CA].text,
        .log = message_log()};
    char error[320];
    const int answer = symfeed_posix_open(posix, &wanted, error, sizeof error);

    return answer == SYMFEED_POSIX_OK ? EXIT_AS_ASKED
                                      : wrong_connection(config, setting_of(answer), error);
}
