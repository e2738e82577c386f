/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm.c - an appliance: sets a siren or a lamp when a message matches a rule.
 *
 *     alarm FILE           follows the feed; alarm.conf is a FILE to begin with
 *     alarm --check FILE   says what is wrong with FILE, and does nothing else
 *     alarm --off FILE     sets all outputs off and forgets that they were on; for people, and not
 *                          while another alarm is running
 *
 * What it promises
 *  - An event is taken, and by that acknowledged, once its outputs are set and the state file is
 *    on the disk. Where either fails the event is refused and comes again; after three refusals it
 *    is taken, so that others get through. What could not be set is tried again each second, until
 *    its time is over.
 *  - Outputs run out by themselves, whatever the network does. Only the resolver can hold that up:
 *    it is the one thing that waits.
 *  - The end of this program, by SIGTERM or by a crash, sets no output: a restart must not silence
 *    an alarm. The state file says until when outputs are to be on. At the next start these are
 *    set on for the time that is left, and all others off. Without a state file they are all set
 *    off, at the end by SIGTERM, too. Whoever stops it for good calls `alarm --off` afterwards.
 *  - Where the clock was not set, now or when the output was, nobody knows how much time is left:
 *    the output is on for the full time again. Too long is better than not at all.
 *  - It tells a service manager that it lives (sd_notify) from within its loop, so not when stuck.
 *  - All memory is static; mbedTLS and the resolver have their own.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "symfeed.h"
#include "symfeed_posix.h"

#define WINDOW      8192  /* bytes of an event that come whole; of larger ones the head is judged */
#define TOKENS      256   /* members and values of an event, likewise */
#define CONFIG_SIZE 16384 /* of the configuration file */
#define OUTPUTS     16
#define RULES       64
#define NAME_SIZE   32      /* of an output's name, with its NUL */
#define SECONDS_MAX 86400   /* longest time that an output is on */
#define RETRY       1000    /* milliseconds until what failed is tried again */
#define MOST_WAIT   1000    /* and the longest wait: a signal just before poll() costs no more */
#define BEAT_MAX    3600000 /* longest time between two signs of life, in milliseconds */

#define STATE_SIZE  ((size_t)OUTPUTS * (NAME_SIZE + 40))

enum { EXIT_AS_ASKED, EXIT_NOT_SET, EXIT_WRONG };

/* --- configuration ------------------------------------------------------------------------ */

/* A setting: its value in config_text, NULL where it is not given. */
struct setting {
    char *text;
    unsigned line;
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const connection_names[] = {
    "agent", "user",  "rsa-key", "session-token-file", "km-token-file", "pod", "key-manager",
    "ca",    "proxy", "tag",     "insecure-http",      "state"};
enum { AGENT, USER, RSA_KEY, SESSION_TOKEN_FILE, KM_TOKEN_FILE, POD };
enum { KEY_MANAGER = POD + 1, CA, PROXY, TAG, INSECURE_HTTP, STATE };

static const char *const output_names[] = {"file", "on", "off"};
enum { OUTPUT_FILE, OUTPUT_ON, OUTPUT_OFF };

static const char *const rule_names[] = {"room",    "sender", "keyword",
                                         "hashtag", "output", "seconds"};
enum { RULE_ROOM, RULE_SENDER, RULE_KEYWORD, RULE_HASHTAG, RULE_OUTPUT, RULE_SECONDS };

struct output {
    const char *name;
    unsigned line;
    struct setting settings[COUNT(output_names)];
    bool on;           /* what it is to be */
    bool settled;      /* and is */
    bool failing;      /* it could not be set, which has been said */
    uint32_t retry_at; /* port time; while it is not settled */
    uint32_t off_at;   /* port time; while on */
    int64_t until;     /* the same as seconds since 1970; 0: the clock is not set */
    uint32_t seconds;  /* how long it was to be on */
};

struct rule {
    unsigned line;
    struct setting settings[COUNT(rule_names)];
    size_t output; /* which */
    uint32_t seconds;
};

static const char *config_name;
static char config_text[CONFIG_SIZE + 1]; /* cut into settings where it lies */
static struct setting connection[COUNT(connection_names)];
static struct output outputs[OUTPUTS];
static size_t output_count;
static struct rule rules[RULES];
static size_t rule_count;

/* Where the line that is being read belongs. */
static struct {
    const char *const *names;
    struct setting *settings;
    size_t count;
} section = {connection_names, connection, COUNT(connection)};

/* Says in one line what is wrong and how to mend it. Values are not repeated: they may be
 * secrets. */
static int wrong(unsigned line, const char *what, const char *mend)
{
    (void)fprintf(stderr, "alarm: %s:", config_name);
    if (line > 0) {
        (void)fprintf(stderr, "%u:", line);
    }
    (void)fprintf(stderr, " %s%s%s\n", what, *what == '\0' ? "" : ": ", mend);
    return EXIT_WRONG;
}

/* Reads a whole file of up to `size` bytes and puts a NUL behind it. -1: see errno. */
static ssize_t read_file(const char *name, char *text, size_t size)
{
    int descriptor = open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    size_t used = 0;
    ssize_t got = 1;
    int error;

    if (descriptor < 0) {
        return -1;
    }
    while (got > 0 && used < size + 1) {
        got = read(descriptor, text + used, size + 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    error = got < 0 ? errno : used > size ? EFBIG : 0;
    (void)close(descriptor);
    text[error == 0 ? used : 0] = '\0';
    errno = error;
    return error == 0 ? (ssize_t)used : -1;
}

static bool read_number(const char *text, int64_t most, int64_t *number)
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

    return size > 0 && size < NAME_SIZE && text[size] == '\0';
}

static size_t find_output(const char *name)
{
    size_t i;

    for (i = 0; i < output_count && strcmp(outputs[i].name, name) != 0; i++) {
    }
    return i;
}

static int begin_output(char *name, unsigned line)
{
    if (!is_name(name)) {
        return wrong(line, "[output NAME]", "the name must be 1 to 31 letters, digits, - and _");
    }
    if (find_output(name) < output_count) {
        return wrong(line, "[output NAME]", "there is one of this name; choose another");
    }
    if (output_count == OUTPUTS) {
        return wrong(line, "[output NAME]", "too many; raise OUTPUTS of alarm.c");
    }
    outputs[output_count].name = name;
    outputs[output_count].line = line;
    section.names = output_names;
    section.settings = outputs[output_count++].settings;
    section.count = COUNT(output_names);
    return EXIT_AS_ASKED;
}

static int begin_rule(unsigned line)
{
    if (rule_count == RULES) {
        return wrong(line, "[rule]", "too many; raise RULES of alarm.c");
    }
    rules[rule_count].line = line;
    section.names = rule_names;
    section.settings = rules[rule_count++].settings;
    section.count = COUNT(rule_names);
    return EXIT_AS_ASKED;
}

static int begin_section(char *text, unsigned line)
{
    if (strcmp(text, "[rule]") == 0) {
        return begin_rule(line);
    }
    if (strncmp(text, "[output ", 8) == 0 && text[strlen(text) - 1] == ']') {
        text[strlen(text) - 1] = '\0';
        return begin_output(trim(text + 8), line);
    }
    return wrong(line, "", "a section begins with [output NAME] or [rule]");
}

static int read_setting(char *text, unsigned line)
{
    char *value = strchr(text, '=');
    size_t i;

    if (value == NULL) {
        return wrong(line, "", "a line must be NAME = VALUE, [output NAME], [rule] or # comment");
    }
    *value = '\0';
    text = trim(text);
    value = trim(value + 1);
    for (i = 0; i < section.count && strcmp(text, section.names[i]) != 0; i++) {
    }
    if (i == section.count) {
        return wrong(line, "", "no such setting in this section; alarm.conf shows all there are");
    }
    if (section.settings[i].text != NULL) {
        return wrong(line, section.names[i], "given twice; keep one of them");
    }
    if (*value == '\0') {
        return wrong(line, section.names[i], "give a value, or take the line out");
    }
    section.settings[i].text = value;
    section.settings[i].line = line;
    return EXIT_AS_ASKED;
}

static int read_line(char *text, unsigned line)
{
    size_t i;

    text = trim(text);
    for (i = 0; text[i] != '\0'; i++) {
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == '\x7f') {
            return wrong(line, "", "take the control characters out");
        }
    }
    switch (*text) {
    case '\0':
    case '#': return EXIT_AS_ASKED;
    case '[': return begin_section(text, line);
    default: return read_setting(text, line);
    }
}

static int check_rule(struct rule *rule)
{
    struct setting *output = &rule->settings[RULE_OUTPUT];
    struct setting *seconds = &rule->settings[RULE_SECONDS];
    int64_t number;
    size_t i;

    for (i = RULE_ROOM; i <= RULE_HASHTAG && rule->settings[i].text == NULL; i++) {
    }
    if (i > RULE_HASHTAG) {
        return wrong(rule->line, "[rule]", "give a room, sender, keyword or hashtag, or several");
    }
    if (output->text == NULL || seconds->text == NULL) {
        return wrong(rule->line, "[rule]", "give its output = NAME and seconds = NUMBER");
    }
    rule->output = find_output(output->text);
    if (rule->output == output_count) {
        return wrong(output->line, "output", "no such output; name one that has an [output NAME]");
    }
    if (!read_number(seconds->text, SECONDS_MAX, &number)) {
        return wrong(seconds->line, "seconds",
                     "give a whole number from 1 to 86400, or 0 to set the output off");
    }
    rule->seconds = (uint32_t)number;
    return EXIT_AS_ASKED;
}

static int check_config(void)
{
    const struct setting *insecure = &connection[INSECURE_HTTP];
    int answer = EXIT_AS_ASKED;
    size_t i;

    if ((connection[RSA_KEY].text == NULL) == (connection[SESSION_TOKEN_FILE].text == NULL)) {
        return wrong(0, "", "give either rsa-key or session-token-file");
    }
    if (insecure->text != NULL && strcmp(insecure->text, "yes") != 0 &&
        strcmp(insecure->text, "no") != 0) {
        return wrong(insecure->line, "insecure-http", "say yes or no");
    }
    if (rule_count == 0) {
        return wrong(0, "", "give at least one [rule]");
    }
    for (i = 0; i < output_count; i++) {
        if (outputs[i].settings[OUTPUT_FILE].text == NULL) {
            return wrong(outputs[i].line, "[output NAME]", "give its file = PATH");
        }
    }
    for (i = 0; i < rule_count && answer == EXIT_AS_ASKED; i++) {
        answer = check_rule(&rules[i]);
    }
    return answer;
}

static int read_config(const char *name)
{
    ssize_t size = read_file(name, config_text, CONFIG_SIZE);
    char *line = config_text;
    unsigned number = 1;
    int answer = EXIT_AS_ASKED;
    char *end;

    config_name = name;
    if (size < 0) {
        return wrong(0, "",
                     errno == EFBIG ? "too large; raise CONFIG_SIZE of alarm.c" : strerror(errno));
    }
    if (strlen(config_text) < (size_t)size) {
        return wrong(0, "", "this is no text; give a configuration file");
    }
    for (; line != NULL && answer == EXIT_AS_ASKED; number++) {
        end = strchr(line, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        answer = read_line(line, number);
        line = end;
    }
    return answer == EXIT_AS_ASKED ? check_config() : answer;
}

/* --- the feed ----------------------------------------------------------------------------- */

static unsigned char memory[SYMFEED_MEMORY(WINDOW, TOKENS)];
static struct symfeed_posix posix;
static struct symfeed_port port;

/* Says what symfeed_init() or symfeed_posix_init() does not like about a setting. */
static int wrong_connection(size_t which, const char *mend)
{
    if (which == COUNT(connection)) {
        return wrong(0, "", mend);
    }
    return wrong(connection[which].line, connection_names[which], mend);
}

static size_t setting_of_status(enum symfeed_status status)
{
    switch (status) {
    case SYMFEED_BAD_AGENT:
    case SYMFEED_BAD_SCHEME: return AGENT;
    case SYMFEED_BAD_USER: return USER;
    case SYMFEED_BAD_POD: return POD;
    case SYMFEED_BAD_KEY_MANAGER: return KEY_MANAGER;
    case SYMFEED_BAD_PROXY: return PROXY;
    case SYMFEED_BAD_TAG: return TAG;
    default: return COUNT(connection);
    }
}

static size_t setting_of_file(int answer)
{
    switch (answer) {
    case SYMFEED_POSIX_BAD_CA: return CA;
    case SYMFEED_POSIX_BAD_RSA_KEY: return RSA_KEY;
    default: return COUNT(connection);
    }
}

static int open_port(void)
{
    const struct symfeed_posix_config files = {
        .session_token_file = connection[SESSION_TOKEN_FILE].text,
        .key_manager_token_file = connection[KM_TOKEN_FILE].text,
        .rsa_key_file = connection[RSA_KEY].text,
        .ca_file = connection[CA].text};
    char error[320];
    int answer = symfeed_posix_init(&posix, &files, &port, error, sizeof error);

    return answer == SYMFEED_POSIX_OK ? EXIT_AS_ASKED
                                      : wrong_connection(setting_of_file(answer), error);
}

static int open_feed(struct symfeed **feed)
{
    const struct symfeed_config config = {
        .agent = connection[AGENT].text == NULL ? "" : connection[AGENT].text,
        .sign_in =
            connection[RSA_KEY].text != NULL ? SYMFEED_SIGN_IN_BY_KEY : SYMFEED_SIGN_IN_BY_PORT,
        .user = connection[USER].text,
        .pod = connection[POD].text,
        .key_manager = connection[KEY_MANAGER].text,
        .proxy = connection[PROXY].text,
        .tag = connection[TAG].text,
        .insecure_http =
            connection[INSECURE_HTTP].text != NULL && *connection[INSECURE_HTTP].text == 'y',
        .window = WINDOW,
        .tokens = TOKENS};
    enum symfeed_status status;

    if (open_port() != EXIT_AS_ASKED) {
        return EXIT_WRONG;
    }
    status = symfeed_init(feed, &config, &port, memory, sizeof memory);
    if (status != SYMFEED_OK) {
        symfeed_posix_free(&posix);
        return wrong_connection(setting_of_status(status), symfeed_status_text(status));
    }
    return EXIT_AS_ASKED;
}

static uint32_t now(void)
{
    return port.now(port.context);
}

/* Whether a time has come, on a clock that wraps. */
static bool is_due(uint32_t at)
{
    return (int32_t)(now() - at) >= 0;
}

/* --- outputs ------------------------------------------------------------------------------ */

/* Writes a few bytes to an open file, and on to the disk where it is on one. */
static int write_through(int descriptor, const char *text, size_t size)
{
    ssize_t written;

    do {
        written = write(descriptor, text, size);
    } while (written < 0 && errno == EINTR);
    if (written < 0) {
        return errno;
    }
    if ((size_t)written < size) {
        return EIO;
    }
    /* Devices, and with them /sys, have nothing to synchronize: these two say so. */
    if (fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) {
        return errno;
    }
    return 0;
}

/* Writes a value to a file that is there: if one were made, a missing device would look like a
 * siren that wails. Non-blocking, so that none holds the others up. */
static int write_value(const char *file, const char *value)
{
    int descriptor = open(file, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int error;

    if (descriptor < 0) {
        return errno;
    }
    error = write_through(descriptor, value, strlen(value));
    if (close(descriptor) != 0 && error == 0) {
        error = errno;
    }
    return error;
}

/* Sets an output to what it is to be. */
static bool settle(struct output *output)
{
    const struct setting *on = &output->settings[OUTPUT_ON];
    const struct setting *off = &output->settings[OUTPUT_OFF];
    const char *value =
        output->on ? (on->text == NULL ? "1" : on->text) : (off->text == NULL ? "0" : off->text);
    int error = write_value(output->settings[OUTPUT_FILE].text, value);

    if (error == 0) {
        (void)fprintf(stderr, "alarm: %s is %s\n", output->name, output->on ? "on" : "off");
    } else if (!output->failing) {
        (void)fprintf(stderr, "alarm: %s cannot be set %s, tried again each second: %s: %s\n",
                      output->name, output->on ? "on" : "off", output->settings[OUTPUT_FILE].text,
                      strerror(error));
    }
    output->settled = error == 0;
    output->failing = error != 0;
    output->retry_at = now() + RETRY;
    return output->settled;
}

/* --- what outlives this program ----------------------------------------------------------- */

static bool state_is_old; /* the file does not say what is */
static bool state_is_failing;
static uint32_t state_retry_at;

/* A renaming is on the disk once its directory is. */
static int synchronize_directory(const char *file)
{
    const char *slash = strrchr(file, '/');
    char name[1024] = ".";
    int descriptor;
    int error;

    if (slash != NULL) {
        (void)snprintf(name, sizeof name, "%.*s", (int)(slash - file + 1), file);
    }
    descriptor = open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno;
    }
    error = fsync(descriptor) != 0 && errno != EINVAL ? errno : 0;
    (void)close(descriptor);
    return error;
}

/* Replaces the file at one stroke: after a power cut it is the old one or the new one. */
static int replace_file(const char *file, const char *text, size_t size)
{
    char name[1024];
    int descriptor;
    int error;

    if (snprintf(name, sizeof name, "%s.new", file) >= (int)sizeof name) {
        return ENAMETOOLONG;
    }
    descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return errno;
    }
    error = write_through(descriptor, text, size);
    if (close(descriptor) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && rename(name, file) != 0) {
        error = errno;
    }
    return error != 0 ? error : synchronize_directory(file);
}

/* Writes down which outputs are on: a line for each, its name, until when, and for how long. */
static bool save_state(void)
{
    const char *file = connection[STATE].text;
    char text[STATE_SIZE];
    size_t used = 0;
    int error;
    size_t i;

    if (file == NULL || !state_is_old) {
        return true;
    }
    for (i = 0; i < output_count; i++) {
        if (outputs[i].on) {
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%s %" PRId64 " %" PRIu32 "\n",
                                 outputs[i].name, outputs[i].until, outputs[i].seconds);
        }
    }
    error = replace_file(file, text, used);
    if (error != 0 && !state_is_failing) {
        (void)fprintf(stderr, "alarm: state cannot be kept, tried again each second: %s: %s\n",
                      file, strerror(error));
    }
    state_is_old = error != 0;
    state_is_failing = error != 0;
    state_retry_at = now() + RETRY;
    return error == 0;
}

/* Sets an output on from now on, for `seconds` of the `whole` that it was to be on. */
static void set_on(struct output *output, uint32_t seconds, uint32_t whole)
{
    int64_t wall = port.wall_clock(port.context);

    output->on = true;
    output->off_at = now() + seconds * 1000;
    output->until = wall == 0 ? 0 : wall + seconds;
    output->seconds = whole;
}

/* How much is left of a time that was written down. */
static uint32_t time_left(int64_t until, uint32_t whole)
{
    int64_t wall = port.wall_clock(port.context);

    if (wall == 0 || until == 0 || until - wall > whole) {
        return whole; /* the clock is not set, was not, or has been set back */
    }
    return until > wall ? (uint32_t)(until - wall) : 0;
}

/* Takes up one line of the state file. */
static void restore(char *line)
{
    char *rest = NULL;
    const char *name = strtok_r(line, " ", &rest);
    const char *until = strtok_r(NULL, " ", &rest);
    const char *whole = strtok_r(NULL, "", &rest);
    int64_t numbers[2];
    size_t which;
    uint32_t left;

    if (whole == NULL || !read_number(until, INT64_MAX / 2, &numbers[0]) ||
        !read_number(whole, SECONDS_MAX, &numbers[1])) {
        (void)fprintf(stderr, "alarm: %s: a line of it is not understood\n",
                      connection[STATE].text);
        return;
    }
    which = find_output(name);
    left = time_left(numbers[0], (uint32_t)numbers[1]);
    if (which < output_count && left > 0) {
        set_on(&outputs[which], left, (uint32_t)numbers[1]);
        (void)fprintf(stderr, "alarm: %s was on, and is to be for %" PRIu32 " s more\n",
                      outputs[which].name, left);
    }
}

/* Reads which outputs are to be on. All are to be set at once, on or off. */
static void restore_state(void)
{
    char text[STATE_SIZE + 1] = "";
    const char *file = connection[STATE].text;
    char *rest = NULL;
    char *line;
    size_t i;

    if (file != NULL && read_file(file, text, STATE_SIZE) < 0 && errno != ENOENT) {
        (void)fprintf(stderr, "alarm: state is not known: %s: %s\n", file, strerror(errno));
    }
    for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        restore(line);
    }
    for (i = 0; i < output_count; i++) {
        (void)settle(&outputs[i]);
    }
    state_is_old = true; /* says early whether it can be written */
    (void)save_state();
}

/* --- time --------------------------------------------------------------------------------- */

/* What outputs need as time goes by. */
static void tend(void)
{
    int64_t wall = port.wall_clock(port.context);
    size_t i;

    for (i = 0; i < output_count; i++) {
        struct output *output = &outputs[i];

        if (output->on && is_due(output->off_at)) {
            output->on = false;
            output->settled = false;
            output->retry_at = now();
            state_is_old = true;
        } else if (output->on && output->until == 0 && wall != 0) {
            output->until = wall + (output->off_at - now()) / 1000; /* the clock has been set */
            state_is_old = true;
        }
        if (!output->settled && is_due(output->retry_at)) {
            (void)settle(output);
        }
    }
    if (state_is_old && (!state_is_failing || is_due(state_retry_at))) {
        (void)save_state();
    }
}

/* The shorter of a wait and the time until `at`. */
static int sooner(int wait, uint32_t at)
{
    int32_t left = (int32_t)(at - now());

    return left >= wait ? wait : left < 0 ? 0 : left;
}

/* --- service manager ---------------------------------------------------------------------- */

static uint32_t beat_every; /* milliseconds; 0: nobody listens */
static uint32_t beat_at;

/* Says something to the service manager: sd_notify(3) is one datagram. */
static void notify(const char *text)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    size_t size = name == NULL ? 0 : strlen(name);
    int descriptor;

    if (size == 0 || size >= sizeof address.sun_path) {
        return;
    }
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, name, size);
    if (*name == '@') {
        address.sun_path[0] = '\0'; /* Linux: a name that is in no file system */
    }
    descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (descriptor < 0) {
        return;
    }
    /* It may be full: then the next sign of life has to do. */
    (void)fcntl(descriptor, F_SETFL, O_NONBLOCK);
    (void)sendto(descriptor, text, strlen(text), 0, (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    (void)close(descriptor);
}

/* How often the service manager wants a sign of life, if it is ours that it wants. */
static void read_watchdog(void)
{
    const char *microseconds = getenv("WATCHDOG_USEC");
    const char *process = getenv("WATCHDOG_PID");
    int64_t number;

    if (microseconds == NULL || !read_number(microseconds, INT64_MAX / 2, &number) || number == 0 ||
        (process != NULL && strtol(process, NULL, 10) != (long)getpid())) {
        return;
    }
    number /= 3000; /* a third, where half of it is asked for */
    beat_every = number < 1 ? 1 : number > BEAT_MAX ? BEAT_MAX : (uint32_t)number;
    beat_at = now();
}

static void beat(void)
{
    if (beat_every > 0 && is_due(beat_at)) {
        notify("WATCHDOG=1");
        beat_at = now() + beat_every;
    }
}

/* --- events ------------------------------------------------------------------------------- */

/* Finds a member of the message that an event is about; shared posts are messages, too. */
static struct symfeed_value find(const struct symfeed_event *event, const char *sent,
                                 const char *shared)
{
    struct symfeed_value value = symfeed_event_find(event, sent);

    return value.kind == SYMFEED_ABSENT ? symfeed_event_find(event, shared) : value;
}

#define FIND(event, member)                                                                        \
    find(event, "payload.messageSent.message." member, "payload.sharedPost.message." member)

/* Adds a message as plain text to `out`, on a line of its own. */
static size_t add_text(struct symfeed_value value, char *out, size_t used, size_t size)
{
    size_t got;

    if (used > 0 && used + 1 < size) {
        out[used++] = '\n';
    }
    got = symfeed_string(value, out + used, size - used);
    return used + symfeed_text(out + used, got, out + used, size - used);
}

/* The beginning of the character before `at`; at > text. */
static const char *character_before(const char *text, const char *at)
{
    do {
        at--;
    } while (at > text && ((unsigned char)*at & 0xc0) == 0x80);
    return at;
}

/* Whether words go on with the character at `at`: a letter, digit or _ of ASCII, or U+00C0 to
 * U+053F, which is Latin, Greek and Cyrillic. Other scripts put no spaces between words. */
static bool is_letter(const char *at)
{
    unsigned char byte = (unsigned char)*at;

    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (byte >= 'a' && byte <= 'z') || (byte >= 0xc3 && byte <= 0xd4);
}

/* Whether the text has this whole word; letters of ASCII may be small or capital. */
static bool has_word(const char *text, const char *word)
{
    size_t size = strlen(word);
    bool begins = is_letter(word);
    bool ends = is_letter(character_before(word, word + size));
    const char *at;

    for (at = text; *at != '\0'; at++) {
        if (strncasecmp(at, word, size) == 0 &&
            !(begins && at > text && is_letter(character_before(text, at))) &&
            !(ends && is_letter(at + size))) {
            return true;
        }
    }
    return false;
}

static bool has_hashtag(const char *text, const char *tag)
{
    size_t size;

    tag += *tag == '#';
    size = strlen(tag);
    for (text = strchr(text, '#'); text != NULL; text = strchr(text + 1, '#')) {
        if (strncasecmp(text + 1, tag, size) == 0 && !is_letter(text + 1 + size) &&
            text[1 + size] != '-') {
            return true;
        }
    }
    return false;
}

/* Whether a value is this text; letters of ASCII may be small or capital where `any_case`. */
static bool is_text(struct symfeed_value value, const char *text, bool any_case)
{
    char found[1024];

    return symfeed_string(value, found, sizeof found) > 0 &&
           (any_case ? strcasecmp(found, text) : strcmp(found, text)) == 0;
}

/* Whether all that a rule asks for is so. */
static bool matches(const struct rule *rule, const struct symfeed_event *event, const char *text)
{
    const char *room = rule->settings[RULE_ROOM].text;
    const char *sender = rule->settings[RULE_SENDER].text;
    const char *keyword = rule->settings[RULE_KEYWORD].text;
    const char *hashtag = rule->settings[RULE_HASHTAG].text;

    if (room != NULL && !is_text(FIND(event, "stream.roomName"), room, false) &&
        !is_text(FIND(event, "stream.streamId"), room, false)) {
        return false;
    }
    if (sender != NULL && !is_text(FIND(event, "user.username"), sender, true) &&
        !is_text(FIND(event, "user.email"), sender, true) &&
        !is_text(FIND(event, "user.userId"), sender, false)) {
        return false;
    }
    return (keyword == NULL || has_word(text, keyword)) &&
           (hashtag == NULL || has_hashtag(text, hashtag));
}

/* Does to its output what a rule says, but for setting it. */
static void follow_rule(const struct rule *rule)
{
    struct output *output = &outputs[rule->output];

    (void)fprintf(stderr, "alarm: %s:%u: %s for %" PRIu32 " s\n", config_name, rule->line,
                  output->name, rule->seconds);
    if (rule->seconds == 0) {
        output->on = false;
    } else if (!output->on || (int32_t)(output->off_at - (now() + rule->seconds * 1000)) < 0) {
        set_on(output, rule->seconds, rule->seconds);
    }
    output->settled = false; /* written again where it is on: somebody else may have set it off */
    state_is_old = true;
}

/* Follows the rules that match, and sets what they are about. false: that did not go well. */
static bool judge(const struct symfeed_event *event)
{
    static char text[WINDOW + 2];
    bool touched[OUTPUTS] = {false};
    bool good = true;
    size_t used;
    size_t i;

    used = add_text(FIND(event, "message"), text, 0, sizeof text);
    (void)add_text(symfeed_event_find(event, "payload.sharedPost.sharedMessage.message"), text,
                   used, sizeof text);
    for (i = 0; i < rule_count; i++) {
        if (matches(&rules[i], event, text)) {
            follow_rule(&rules[i]);
            touched[rules[i].output] = true;
        }
    }
    for (i = 0; i < output_count; i++) {
        if (touched[i]) {
            good = settle(&outputs[i]) && save_state() && good;
        }
    }
    return good;
}

static void handle(struct symfeed *feed, const struct symfeed_event *event)
{
    if (event->malformed) {
        (void)fprintf(stderr, "alarm: an event is not JSON and rings nothing\n");
        return;
    }
    if (event->truncated) {
        (void)fprintf(stderr, "alarm: of an event of %" PRIu64 " bytes only the head is judged\n",
                      event->bytes);
    }
    if (judge(event)) {
        return;
    }
    (void)fprintf(stderr, "alarm: the event is %s\n",
                  event->given_up ? "taken all the same, so that others get through"
                                  : "not acknowledged and comes again");
    symfeed_refuse(feed);
}

/* --- the program -------------------------------------------------------------------------- */

static volatile sig_atomic_t stop_wanted;
static volatile sig_atomic_t renewal_wanted;

static void on_signal(int number)
{
    if (number == SIGHUP) {
        renewal_wanted = 1;
    } else {
        stop_wanted = 1;
    }
}

static void catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = on_signal;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

static void look_at_signals(struct symfeed *feed)
{
    if (renewal_wanted) {
        renewal_wanted = 0;
        (void)symfeed_renew(feed, NULL); /* a new key or new tokens are there */
    }
    if (stop_wanted) {
        stop_wanted = 0;
        notify("STOPPING=1");
        symfeed_stop(feed, SYMFEED_STOP_NOW);
    }
}

/* Waits for the connection, or for the first of all the times that something is to be done. */
static void wait_for_work(const struct symfeed *feed)
{
    unsigned wants = symfeed_wants(feed);
    struct pollfd ready = {.fd = wants == 0 ? -1 : symfeed_posix_fd(&posix), .events = 0};
    int wait = symfeed_posix_timeout(&posix, feed);
    size_t i;

    ready.events = (short)(((wants & SYMFEED_WANTS_READ) != 0 ? POLLIN : 0) |
                           ((wants & SYMFEED_WANTS_WRITE) != 0 ? POLLOUT : 0));
    wait = wait > MOST_WAIT ? MOST_WAIT : wait;
    for (i = 0; i < output_count; i++) {
        wait = outputs[i].on ? sooner(wait, outputs[i].off_at) : wait;
        wait = outputs[i].settled ? wait : sooner(wait, outputs[i].retry_at);
    }
    wait = beat_every > 0 ? sooner(wait, beat_at) : wait;
    (void)poll(&ready, 1, wait);
}

static void follow(struct symfeed *feed)
{
    struct symfeed_event event;

    for (;;) {
        switch (symfeed_next(feed, &event)) {
        case SYMFEED_EVENT: handle(feed, &event); break;
        case SYMFEED_STOPPED: return;
        default: wait_for_work(feed); break;
        }
        tend();
        beat();
        look_at_signals(feed);
    }
}

/* Sets all outputs off, on the disk, too. */
static int set_all_off(void)
{
    bool good = true;
    size_t i;

    for (i = 0; i < output_count; i++) {
        outputs[i].on = false;
        good = settle(&outputs[i]) && good;
    }
    state_is_old = true;
    return save_state() && good ? EXIT_AS_ASKED : EXIT_NOT_SET;
}

static void run(struct symfeed *feed)
{
    restore_state();
    read_watchdog();
    notify("READY=1"); /* the outputs are as they should be; the network is weather */
    follow(feed);
    if (connection[STATE].text == NULL) {
        (void)set_all_off();
    }
}

int main(int argc, char **argv)
{
    const bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    const bool off = argc == 3 && strcmp(argv[1], "--off") == 0;
    struct symfeed *feed;
    int answer;

    if (!check && !off && (argc != 2 || argv[1][0] == '-')) {
        (void)fprintf(stderr, "usage: alarm [--check | --off] FILE\n");
        return EXIT_WRONG;
    }
    catch_signals();
    answer = read_config(argv[argc - 1]);
    if (answer == EXIT_AS_ASKED) {
        answer = open_feed(&feed);
    }
    if (answer != EXIT_AS_ASKED || check) {
        return answer;
    }
    if (off) {
        answer = set_all_off();
    } else {
        run(feed);
    }
    symfeed_posix_free(&posix);
    return answer;
}
