/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - see options.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "options.h"

#include <getopt.h>
#include <string.h>

#include "help.h"
#include "quote.h"
#include "settle.h"
#include "usage.h"
#include "wrong.h"

#define COUNT_MAX 4294967295

/* What getopt_long() answers for options that have a long name only. */
enum {
    OPTION_AGENT = 256,
    OPTION_SESSION_TOKEN_FILE,
    OPTION_KM_TOKEN_FILE,
    OPTION_USER,
    OPTION_RSA_KEY,
    OPTION_POD,
    OPTION_KEY_MANAGER,
    OPTION_CLIENT_CERT,
    OPTION_CLIENT_KEY,
    OPTION_SESSION_AUTH,
    OPTION_KEY_AUTH,
    OPTION_CA,
    OPTION_PIN,
    OPTION_PROXY,
    OPTION_INSECURE_HTTP,
    OPTION_TAG,
    OPTION_RECLAIM,
    OPTION_INCLUDE_INVISIBLE,
    OPTION_NO_PRESENCE,
    OPTION_TYPES,
    OPTION_SCOPES,
    OPTION_FANOUT,
    OPTION_STATE,
    OPTION_COOKIE_NAME,
    OPTION_JSON,
    OPTION_COUNT,
    OPTION_EXEC,
    OPTION_WINDOW,
    OPTION_TOKENS,
    OPTION_STATS
};

static const struct option known[] = {
    {"agent", required_argument, NULL, OPTION_AGENT},
    {"session-token-file", required_argument, NULL, OPTION_SESSION_TOKEN_FILE},
    {"km-token-file", required_argument, NULL, OPTION_KM_TOKEN_FILE},
    {"user", required_argument, NULL, OPTION_USER},
    {"rsa-key", required_argument, NULL, OPTION_RSA_KEY},
    {"pod", required_argument, NULL, OPTION_POD},
    {"key-manager", required_argument, NULL, OPTION_KEY_MANAGER},
    {"client-cert", required_argument, NULL, OPTION_CLIENT_CERT},
    {"client-key", required_argument, NULL, OPTION_CLIENT_KEY},
    {"session-auth", required_argument, NULL, OPTION_SESSION_AUTH},
    {"key-auth", required_argument, NULL, OPTION_KEY_AUTH},
    {"ca", required_argument, NULL, OPTION_CA},
    {"pin", required_argument, NULL, OPTION_PIN},
    {"proxy", required_argument, NULL, OPTION_PROXY},
    {"insecure-http", no_argument, NULL, OPTION_INSECURE_HTTP},
    {"tag", required_argument, NULL, OPTION_TAG},
    {"reclaim", no_argument, NULL, OPTION_RECLAIM},
    {"include-invisible", no_argument, NULL, OPTION_INCLUDE_INVISIBLE},
    {"no-presence", no_argument, NULL, OPTION_NO_PRESENCE},
    {"types", required_argument, NULL, OPTION_TYPES},
    {"scopes", required_argument, NULL, OPTION_SCOPES},
    {"fanout", no_argument, NULL, OPTION_FANOUT},
    {"state", required_argument, NULL, OPTION_STATE},
    {"cookie-name", required_argument, NULL, OPTION_COOKIE_NAME},
    {"json", no_argument, NULL, OPTION_JSON},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"exec", required_argument, NULL, OPTION_EXEC},
    {"window", required_argument, NULL, OPTION_WINDOW},
    {"tokens", required_argument, NULL, OPTION_TOKENS},
    {"stats", no_argument, NULL, OPTION_STATS},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* '-': arguments that are no options come in order, whatever POSIXLY_CORRECT says; ':': a missing
 * value is told from an unknown option. */
static const char short_options[] = "-:hqv";

/* --- values ------------------------------------------------------------------------------- */

/* Reads digits and nothing else. */
static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    uint64_t value = 0;
    size_t i;

    if (text[0] == '\0') {
        return false;
    }
    for (i = 0; text[i] != '\0'; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text[i] - '0');
        if (value > most) {
            return false;
        }
    }
    *number = value;
    return value >= least;
}

static int read_sizes(struct options *options, int option)
{
    uint64_t number;

    switch (option) {
    case OPTION_COUNT:
        if (!read_number(optarg, 1, COUNT_MAX, &number)) {
            return wrong("--count", "give a whole number from 1 to " QUOTE(COUNT_MAX));
        }
        options->count = (uint32_t)number;
        return -1;
    case OPTION_WINDOW:
        if (!read_number(optarg, SYMFEED_WINDOW_MIN, SYMFEED_WINDOW_MAX, &number)) {
            return wrong("--window", "give a whole number of bytes from " QUOTE(
                                         SYMFEED_WINDOW_MIN) " to " QUOTE(SYMFEED_WINDOW_MAX));
        }
        options->config.window = (size_t)number;
        return -1;
    default:
        if (!read_number(optarg, SYMFEED_TOKENS_MIN, SYMFEED_TOKENS_MAX, &number)) {
            return wrong("--tokens", "give a whole number from " QUOTE(
                                         SYMFEED_TOKENS_MIN) " to " QUOTE(SYMFEED_TOKENS_MAX));
        }
        options->config.tokens = (size_t)number;
        return -1;
    }
}

/* A list: names between commas, none of them empty. What names there are is the server's to
 * know. */
static bool is_list(const char *text)
{
    bool empty = true;

    for (; *text != '\0'; text++) {
        if (*text == ',' ? empty : *text <= ' ' || *text > '~') {
            return false;
        }
        empty = *text == ',';
    }
    return !empty;
}

/* --- commands and options ----------------------------------------------------------------- */

/* An argument that is no option: the command, and what it is about. */
static int read_word(struct options *options, const char *word, bool *command_given)
{
    if (!*command_given) {
        *command_given = true;
        return usage_read(options, word);
    }
    if (options->command != COMMAND_DELETE) {
        return wrong("one command at a time", "give nothing after it but options");
    }
    if (options->config.feed_id != NULL) {
        return wrong("delete", "give one feed id, and nothing after it but options");
    }
    options->config.feed_id = word;
    return -1;
}

static int read_switch(struct options *options, int option)
{
    switch (option) {
    case OPTION_INSECURE_HTTP: options->config.insecure_http = true; break;
    case OPTION_RECLAIM: options->config.reclaim = true; break;
    case OPTION_INCLUDE_INVISIBLE: options->config.include_invisible = true; break;
    case OPTION_NO_PRESENCE: options->config.no_presence = true; break;
    case OPTION_FANOUT: options->fanout = true; break;
    case OPTION_JSON: options->json = true; break;
    case OPTION_STATS: options->stats = true; break;
    case 'v': options->verbosity++; break;
    case 'q': options->verbosity--; break;
    default: break;
    }
    return -1;
}

static int read_pin(struct options *options)
{
    if (options->pin_count == SYMFEED_PINS_MAX) {
        return wrong("--pin", "give at most " QUOTE(SYMFEED_PINS_MAX));
    }
    options->pins[options->pin_count++] = optarg;
    return -1;
}

/* What signing in needs besides token files. */
static int read_access(struct options *options, int option)
{
    switch (option) {
    case OPTION_USER: options->config.user = optarg; return -1;
    case OPTION_RSA_KEY: options->rsa_key_file = optarg; return -1;
    case OPTION_POD: options->pod = optarg; return -1;
    case OPTION_KEY_MANAGER: options->key_manager = optarg; return -1;
    case OPTION_CLIENT_CERT: options->certificate_file = optarg; return -1;
    case OPTION_CLIENT_KEY: options->certificate_key_file = optarg; return -1;
    case OPTION_SESSION_AUTH: options->session_auth = optarg; return -1;
    case OPTION_KEY_AUTH: options->key_auth = optarg; return -1;
    default: return read_switch(options, option);
    }
}

/* What to follow, and what to do with it. */
static int read_work(struct options *options, int option)
{
    switch (option) {
    case OPTION_TAG: options->config.tag = optarg; return -1;
    case OPTION_TYPES:
        options->types = optarg;
        return is_list(optarg) ? -1
                               : wrong("--types", "give names between commas, such as "
                                                  "MESSAGESENT,ROOMCREATED");
    case OPTION_SCOPES:
        options->config.scopes = optarg;
        return is_list(optarg) ? -1
                               : wrong("--scopes", "give names between commas: INTERNAL, EXTERNAL "
                                                   "or FEDERATED");
    case OPTION_STATE: options->state_file = optarg; return -1;
    case OPTION_COOKIE_NAME: options->config.cookie_name = optarg; return -1;
    case OPTION_EXEC:
        options->exec = optarg;
        return optarg[0] != '\0' ? -1 : wrong("--exec", "give a command for /bin/sh");
    default: return read_access(options, option);
    }
}

static int read_option(struct options *options, int option)
{
    switch (option) {
    case OPTION_AGENT: options->config.agent = optarg; return -1;
    case OPTION_SESSION_TOKEN_FILE: options->session_token_file = optarg; return -1;
    case OPTION_KM_TOKEN_FILE: options->key_manager_token_file = optarg; return -1;
    case OPTION_CA: options->ca_file = optarg; return -1;
    case OPTION_PIN: return read_pin(options);
    case OPTION_PROXY: return -1; /* take_proxy() has it */
    case OPTION_COUNT:
    case OPTION_WINDOW:
    case OPTION_TOKENS: return read_sizes(options, option);
    default: return read_work(options, option);
    }
}

/* One answer of getopt_long(). `argument` is what it was reading. */
static int read_argument(struct options *options, int option, const char *argument, int row,
                         bool *command_given)
{
    const char *name = row >= 0 ? known[row].name : NULL;

    /* getopt takes any beginning of a name for the whole. Not here: --session-token would make a
     * token out of argv a file name, which gets into messages. */
    if (name != NULL &&
        (strncmp(argument, "--", 2) != 0 || strcspn(argument + 2, "=") != strlen(name))) {
        return wrong_argument(argument, "no such option; symfeed --help lists them all");
    }
    switch (option) {
    case 1: return read_word(options, optarg, command_given);
    case 'h': return help_print();
    case ':': return wrong_argument(argument, "give a value after it");
    case '?':
        return wrong_argument(argument, "no such option, or not with a value; symfeed --help "
                                        "lists them all");
    default: return read_option(options, option);
    }
}

/* Takes the password of --proxy out of argv before anything else is done, in a pass of its own:
 * another option may have a mistake, and standard error may take its time. */
static void take_proxy(struct options *options, int argc, char **argv)
{
    for (;;) {
        int option = getopt_long(argc, argv, short_options, known, NULL);

        if (option == -1) {
            break;
        }
        if (option == OPTION_PROXY) {
            proxy_take(&options->proxy, optarg);
        }
    }
    optind = 1;
}

int options_read(struct options *options, int argc, char **argv)
{
    bool command_given = false;
    int answer = -1;

    memset(options, 0, sizeof *options);
    options->config.window = SYMFEED_CLIENT_WINDOW;
    options->config.tokens = SYMFEED_CLIENT_TOKENS;
    opterr = 0;
    take_proxy(options, argc, argv);
    while (answer < 0) {
        int at = optind;
        int row = -1;
        int option = getopt_long(argc, argv, short_options, known, &row);

        if (option == -1) {
            break;
        }
        answer = read_argument(options, option, argv[at], row, &command_given);
    }
    /* What stands after a "--". */
    while (answer < 0 && optind < argc) {
        answer = read_word(options, argv[optind++], &command_given);
    }
    if (answer < 0 && !command_given) {
        answer = wrong("no command", "give " USAGE_COMMANDS "; symfeed --help tells more");
    }
    return answer < 0 && options->command != COMMAND_VERSION ? settle(options) : answer;
}

void options_forget(struct options *options)
{
    proxy_forget(&options->proxy);
}
