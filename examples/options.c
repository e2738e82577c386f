/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - see options.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SYMFEED_CLIENT_WINDOW
#define SYMFEED_CLIENT_WINDOW 16384
#endif
#ifndef SYMFEED_CLIENT_TOKENS
#define SYMFEED_CLIENT_TOKENS 512
#endif
#define COUNT_MAX      4294967295

#define QUOTE_(number) #number
#define QUOTE(number)  QUOTE_(number)

/* A format: default and least window, default and fewest tokens. */
static const char help[] =
    "usage: symfeed COMMAND [OPTION]...\n"
    "\n"
    "Follows a Symphony datafeed. Events go to standard output, messages to standard error.\n"
    "\n"
    "commands\n"
    "  tail                     follow the v5 feed and print events\n"
    "  version                  print the versions and the sizes compiled in\n"
    "\n"
    "where and who\n"
    "  --agent URL              the Agent, https://host[:port][/path]; without a path: /agent\n"
    "  --session-token-file F   the session token is the first line of F; read again after a 401\n"
    "  --km-token-file F        the same for the key manager token; without it none is sent\n"
    "  --ca FILE                PEM file of trusted CAs (default: the system's bundle)\n"
    "  --insecure-http          allow an http:// agent: for a sidecar on this host, nothing else\n"
    "\n"
    "what to follow\n"
    "  --tag TAG                the feed's tag, 1 to 100 characters\n"
    "  --reclaim                where 20 feeds exist already, delete the oldest one listed\n"
    "  --include-invisible      create the feed with includeInvisible\n"
    "  --no-presence            do not show the bot as present\n"
    "  --types A,B              print only these types; all are acknowledged\n"
    "\n"
    "what to do with events\n"
    "  --json                   print their JSON text, one line each\n"
    "  --count N                leave once N events are printed and acknowledged\n"
    "  --exec CMD               run CMD by /bin/sh for each event, before it is printed: the JSON\n"
    "                           on standard input; SYMFEED_TYPE, SYMFEED_ID, SYMFEED_STREAM and\n"
    "                           SYMFEED_TEXT in the environment. An exit other than 0 refuses the\n"
    "                           event: it comes again, three times, then a last time\n"
    "\n"
    "memory, reserved once at start\n"
    "  --window BYTES           longest event that comes whole (default %d, at least %d)\n"
    "  --tokens N               most values in an event that comes whole (default %d, at least\n"
    "                           %d); 65 to 80 are usual\n"
    "\n"
    "messages\n"
    "  --stats                  a line of counters as JSON on standard error at the end; SIGUSR1\n"
    "                           prints one at any time\n"
    "  -v, -q                   more, fewer messages; may be repeated\n"
    "  -h, --help               this text\n"
    "\n"
    "Exit status: 0 ended as asked (--count, SIGINT, SIGTERM), 1 standard output failed, 2 wrong\n"
    "usage or configuration. The network and the server never end it.\n";

/* Options of other builds, by name. */
enum {
    OPTION_LATER = 256,
    OPTION_AGENT,
    OPTION_SESSION_TOKEN_FILE,
    OPTION_KM_TOKEN_FILE,
    OPTION_CA,
    OPTION_INSECURE_HTTP,
    OPTION_TAG,
    OPTION_RECLAIM,
    OPTION_INCLUDE_INVISIBLE,
    OPTION_NO_PRESENCE,
    OPTION_TYPES,
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
    {"ca", required_argument, NULL, OPTION_CA},
    {"insecure-http", no_argument, NULL, OPTION_INSECURE_HTTP},
    {"tag", required_argument, NULL, OPTION_TAG},
    {"reclaim", no_argument, NULL, OPTION_RECLAIM},
    {"include-invisible", no_argument, NULL, OPTION_INCLUDE_INVISIBLE},
    {"no-presence", no_argument, NULL, OPTION_NO_PRESENCE},
    {"types", required_argument, NULL, OPTION_TYPES},
    {"json", no_argument, NULL, OPTION_JSON},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"exec", required_argument, NULL, OPTION_EXEC},
    {"window", required_argument, NULL, OPTION_WINDOW},
    {"tokens", required_argument, NULL, OPTION_TOKENS},
    {"stats", no_argument, NULL, OPTION_STATS},
    {"help", no_argument, NULL, 'h'},
    {"pod", required_argument, NULL, OPTION_LATER},
    {"key-manager", required_argument, NULL, OPTION_LATER},
    {"user", required_argument, NULL, OPTION_LATER},
    {"rsa-key", required_argument, NULL, OPTION_LATER},
    {"session-auth", required_argument, NULL, OPTION_LATER},
    {"key-auth", required_argument, NULL, OPTION_LATER},
    {"client-cert", required_argument, NULL, OPTION_LATER},
    {"client-key", required_argument, NULL, OPTION_LATER},
    {"pin", required_argument, NULL, OPTION_LATER},
    {"proxy", required_argument, NULL, OPTION_LATER},
    {"scopes", required_argument, NULL, OPTION_LATER},
    {"state", required_argument, NULL, OPTION_LATER},
    {NULL, 0, NULL, 0},
};

/* --- mistakes ----------------------------------------------------------------------------- */

/* Says in one line what is wrong with `what`. */
static int wrong(const char *what, const char *mend)
{
    (void)fprintf(stderr, "symfeed: %s: %s\n", what, mend);
    return EXIT_WRONG_USAGE;
}

/* Says that getopt did not know an option, or not what to do with it. Only its name is repeated:
 * what follows a '=' might be a secret that somebody took for an argument. */
static int wrong_argument(const char *argument, const char *mend)
{
    size_t size = strcspn(argument, "=");

    (void)fprintf(stderr, "symfeed: %.*s: %s\n", (int)(size > 40 ? 40 : size), argument, mend);
    return EXIT_WRONG_USAGE;
}

const char *options_name(enum symfeed_status status)
{
    switch (status) {
    case SYMFEED_BAD_AGENT:
    case SYMFEED_BAD_SCHEME: return "--agent";
    case SYMFEED_BAD_TAG: return "--tag";
    case SYMFEED_BAD_WINDOW: return "--window";
    case SYMFEED_BAD_TOKENS: return "--tokens";
    default: return NULL;
    }
}

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

/* A list of types: names between commas, none of them empty. What names there are is the server's
 * to know. */
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

/* Whether the file that an option names can be read: better said now than once a minute. */
static int check_file(const char *option, const char *file)
{
    struct stat status;

    if (file == NULL) {
        return -1;
    }
    if (stat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
    } else if (access(file, R_OK) == 0) {
        return -1;
    }
    (void)fprintf(stderr, "symfeed: %s: name a file that can be read: %s: %s\n", option, file,
                  strerror(errno));
    return EXIT_WRONG_USAGE;
}

/* --- commands and options ----------------------------------------------------------------- */

static int read_command(struct options *options, const char *name, bool *given)
{
    static const char *const later[] = {"datahose", "legacy", "list", "create", "delete", "health"};
    size_t i;

    for (i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (strcmp(name, later[i]) == 0) {
            return wrong(name, "this build does not have this command: it has tail and version");
        }
    }
    if (*given) {
        return wrong("one command at a time", "give tail or version, and nothing after it but "
                                              "options");
    }
    if (strcmp(name, "tail") == 0) {
        options->command = COMMAND_TAIL;
    } else if (strcmp(name, "version") == 0) {
        options->command = COMMAND_VERSION;
    } else {
        return wrong("no such command", "give tail or version; symfeed --help tells more");
    }
    *given = true;
    return -1;
}

static int read_switch(struct options *options, int option)
{
    switch (option) {
    case OPTION_INSECURE_HTTP: options->config.insecure_http = true; break;
    case OPTION_RECLAIM: options->config.reclaim = true; break;
    case OPTION_INCLUDE_INVISIBLE: options->config.include_invisible = true; break;
    case OPTION_NO_PRESENCE: options->config.no_presence = true; break;
    case OPTION_JSON: options->json = true; break;
    case OPTION_STATS: options->stats = true; break;
    case 'v': options->verbosity++; break;
    case 'q': options->verbosity--; break;
    default: break;
    }
    return -1;
}

static int read_option(struct options *options, int option)
{
    switch (option) {
    case OPTION_AGENT: options->config.agent = optarg; return -1;
    case OPTION_SESSION_TOKEN_FILE: options->session_token_file = optarg; return -1;
    case OPTION_KM_TOKEN_FILE: options->key_manager_token_file = optarg; return -1;
    case OPTION_CA: options->ca_file = optarg; return -1;
    case OPTION_TAG: options->config.tag = optarg; return -1;
    case OPTION_TYPES:
        options->types = optarg;
        return is_list(optarg) ? -1
                               : wrong("--types", "give names between commas, such as "
                                                  "MESSAGESENT,ROOMCREATED");
    case OPTION_EXEC:
        options->exec = optarg;
        return optarg[0] != '\0' ? -1 : wrong("--exec", "give a command for /bin/sh");
    case OPTION_COUNT:
    case OPTION_WINDOW:
    case OPTION_TOKENS: return read_sizes(options, option);
    default: return read_switch(options, option);
    }
}

static int print_help(void)
{
    if (printf(help, SYMFEED_CLIENT_WINDOW, SYMFEED_WINDOW_MIN, SYMFEED_CLIENT_TOKENS,
               SYMFEED_TOKENS_MIN) > 0 &&
        fflush(stdout) == 0) {
        return EXIT_AS_ASKED;
    }
    (void)fprintf(stderr, "symfeed: standard output: %s\n", strerror(errno));
    return EXIT_NO_OUTPUT;
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
    case 1: return read_command(options, optarg, command_given);
    case 'h': return print_help();
    case OPTION_LATER: return wrong_argument(argument, "this build does not have this option");
    case ':': return wrong_argument(argument, "give a value after it");
    case '?':
        return wrong_argument(argument, "no such option, or not with a value; symfeed --help "
                                        "lists them all");
    default: return read_option(options, option);
    }
}

static int check(const struct options *options, bool command_given)
{
    int answer;

    if (!command_given) {
        return wrong("no command", "give tail or version; symfeed --help tells more");
    }
    if (options->command != COMMAND_TAIL) {
        return -1;
    }
    if (options->config.agent == NULL) {
        return wrong("--agent", "is needed: the Agent's URL, https://host[:port][/path]");
    }
    if (options->session_token_file == NULL) {
        return wrong("--session-token-file", "is needed: a file with the session token in its "
                                             "first line");
    }
    answer = check_file("--session-token-file", options->session_token_file);
    if (answer < 0) {
        answer = check_file("--km-token-file", options->key_manager_token_file);
    }
    if (answer < 0) {
        answer = check_file("--ca", options->ca_file);
    }
    return answer;
}

int options_read(struct options *options, int argc, char **argv)
{
    bool command_given = false;
    int answer = -1;

    memset(options, 0, sizeof *options);
    options->config.window = SYMFEED_CLIENT_WINDOW;
    options->config.tokens = SYMFEED_CLIENT_TOKENS;
    opterr = 0;
    while (answer < 0) {
        int at = optind;
        int row = -1;
        /* '-': arguments that are no options come in order, whatever POSIXLY_CORRECT says;
         * ':': a missing value is told from an unknown option. */
        int option = getopt_long(argc, argv, "-:hqv", known, &row);

        if (option == -1) {
            break;
        }
        answer = read_argument(options, option, argv[at], row, &command_given);
    }
    /* What stands after a "--". */
    while (answer < 0 && optind < argc) {
        answer = read_command(options, argv[optind++], &command_given);
    }
    return answer < 0 ? check(options, command_given) : answer;
}
