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
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "help.h"
#include "quote.h"

#define COUNT_MAX 4294967295

/* Linux's PATH_MAX without its NUL; elsewhere a longer one is no use, a shorter one is stat()'s to
 * say. */
#define FILE_NAME_MAX 4095

/* What getopt_long() answers for options that have a long name only. */
enum {
    OPTION_LATER = 256, /* an option of other builds */
    OPTION_AGENT,
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
    {"json", no_argument, NULL, OPTION_JSON},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"exec", required_argument, NULL, OPTION_EXEC},
    {"window", required_argument, NULL, OPTION_WINDOW},
    {"tokens", required_argument, NULL, OPTION_TOKENS},
    {"stats", no_argument, NULL, OPTION_STATS},
    {"help", no_argument, NULL, 'h'},
    {"scopes", required_argument, NULL, OPTION_LATER},
    {"state", required_argument, NULL, OPTION_LATER},
    {NULL, 0, NULL, 0},
};

/* '-': arguments that are no options come in order, whatever POSIXLY_CORRECT says; ':': a missing
 * value is told from an unknown option. */
static const char short_options[] = "-:hqv";

/* --- mistakes ----------------------------------------------------------------------------- */

/* Says in one line what is wrong with `what`. */
static int wrong(const char *what, const char *mend)
{
    (void)fprintf(stderr, "symfeed: %s: %s\n", what, mend);
    return EXIT_WRONG_USAGE;
}

/* Says that getopt did not know an option, or not what to do with it. Only its name is repeated:
 * what follows, after a '=' for instance, might be a secret that somebody took for an argument. */
static int wrong_argument(const char *argument, const char *mend)
{
    size_t size = strspn(argument, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-");

    (void)fprintf(stderr, "symfeed: %.*s: %s\n", (int)(size > 40 ? 40 : size), argument, mend);
    return EXIT_WRONG_USAGE;
}

const char *options_name(const struct options *options, enum symfeed_status status)
{
    const bool by_certificate = options->config.sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE;

    switch (status) {
    case SYMFEED_BAD_AGENT:
    case SYMFEED_BAD_SCHEME: return "--agent";
    case SYMFEED_BAD_SIGN_IN: return by_certificate ? "--client-cert" : "--rsa-key";
    case SYMFEED_BAD_USER: return "--user";
    case SYMFEED_BAD_POD: return by_certificate ? "--session-auth" : "--pod";
    case SYMFEED_BAD_KEY_MANAGER: return by_certificate ? "--key-auth" : "--key-manager";
    case SYMFEED_BAD_PROXY: return options->proxy.name;
    case SYMFEED_BAD_TAG: return "--tag";
    case SYMFEED_BAD_WINDOW: return "--window";
    case SYMFEED_BAD_TOKENS: return "--tokens";
    default: return NULL;
    }
}

/* A host that is reached without TLS. */
static bool is_http(const char *url)
{
    return url != NULL && strncasecmp(url, "http://", 7) == 0;
}

bool options_lack_insecure_http(const struct options *options, enum symfeed_status status)
{
    const struct symfeed_config *config = &options->config;

    switch (status) {
    case SYMFEED_BAD_SCHEME: return true;
    case SYMFEED_BAD_POD: return !config->insecure_http && is_http(config->pod);
    case SYMFEED_BAD_KEY_MANAGER: return !config->insecure_http && is_http(config->key_manager);
    default: return false;
    }
}

const char *options_name_of_file(const struct options *options, int status)
{
    switch (status) {
    case SYMFEED_POSIX_BAD_CA: return "--ca";
    case SYMFEED_POSIX_BAD_RSA_KEY: return "--rsa-key";
    case SYMFEED_POSIX_BAD_CERTIFICATE: return "--client-cert";
    case SYMFEED_POSIX_BAD_CERTIFICATE_KEY:
        /* The key was looked for in the certificate's file. */
        return options->certificate_key_file == NULL ? "--client-cert without --client-key"
                                                     : "--client-key";
    case SYMFEED_POSIX_BAD_PIN: return "--pin";
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

/* Whether the file that an option names can be read: better said now than once a minute. Only a
 * name that keeps the message one line is repeated. */
static int check_file(const char *option, const char *file)
{
    struct stat status;
    size_t i;

    if (file == NULL) {
        return -1;
    }
    for (i = 0; file[i] != '\0'; i++) {
        if ((unsigned char)file[i] < ' ' || file[i] == '\x7f' || i >= FILE_NAME_MAX) {
            return wrong(option, "name a file by at most " QUOTE(
                                     FILE_NAME_MAX) " bytes without control characters");
        }
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

static int read_option(struct options *options, int option)
{
    switch (option) {
    case OPTION_AGENT: options->config.agent = optarg; return -1;
    case OPTION_SESSION_TOKEN_FILE: options->session_token_file = optarg; return -1;
    case OPTION_KM_TOKEN_FILE: options->key_manager_token_file = optarg; return -1;
    case OPTION_CA: options->ca_file = optarg; return -1;
    case OPTION_PIN: return read_pin(options);
    case OPTION_PROXY: return -1; /* take_proxy() has it */
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
    default: return read_access(options, option);
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
    case 1: return read_command(options, optarg, command_given);
    case 'h': return help_print();
    case OPTION_LATER: return wrong_argument(argument, "this build does not have this option");
    case ':': return wrong_argument(argument, "give a value after it");
    case '?':
        return wrong_argument(argument, "no such option, or not with a value; symfeed --help "
                                        "lists them all");
    default: return read_option(options, option);
    }
}

/* --- what the options make together ------------------------------------------------------- */

/* An option that was given, and which; for telling which way to sign in was chosen. */
struct given {
    const char *value; /* NULL: not given */
    const char *option;
};

/* The first of the options that was given, or NULL. */
static const char *first_given(const struct given *given, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (given[i].value != NULL) {
            return given[i].option;
        }
    }
    return NULL;
}

/* The options that were given of each way to sign in, NULL where none was. */
struct ways {
    const char *tokens;
    const char *key;
    const char *certificate;
};

static struct ways find_ways(const struct options *options)
{
    const struct given tokens[] = {{options->session_token_file, "--session-token-file"},
                                   {options->key_manager_token_file, "--km-token-file"}};
    const struct given key[] = {{options->rsa_key_file, "--rsa-key"},
                                {options->config.user, "--user"},
                                {options->pod, "--pod"},
                                {options->key_manager, "--key-manager"}};
    const struct given certificate[] = {{options->session_auth, "--session-auth"},
                                        {options->key_auth, "--key-auth"}};
    struct ways ways;

    ways.tokens = first_given(tokens, sizeof tokens / sizeof tokens[0]);
    ways.key = first_given(key, sizeof key / sizeof key[0]);
    ways.certificate = first_given(certificate, sizeof certificate / sizeof certificate[0]);
    /* With another way the certificate is for a gateway in between. */
    if (ways.tokens == NULL && ways.key == NULL && ways.certificate == NULL &&
        options->certificate_file != NULL) {
        ways.certificate = "--client-cert";
    }
    return ways;
}

static int wrong_pair(const char *one, const char *other)
{
    (void)fprintf(stderr,
                  "symfeed: %s and %s: they belong to two ways to sign in, give one of them\n", one,
                  other);
    return EXIT_WRONG_USAGE;
}

/* An option that another one makes necessary. */
static int wrong_alone(const char *needed, const char *given, const char *what)
{
    (void)fprintf(stderr, "symfeed: %s: is needed with %s: %s\n", needed, given, what);
    return EXIT_WRONG_USAGE;
}

/* Exactly one way to sign in, and all that belongs to it. */
static int check_ways(const struct options *options, const struct ways *ways)
{
    if (ways->tokens != NULL && ways->key != NULL) {
        return wrong_pair(ways->tokens, ways->key);
    }
    if (ways->certificate != NULL && (ways->tokens != NULL || ways->key != NULL)) {
        return wrong_pair(ways->tokens != NULL ? ways->tokens : ways->key, ways->certificate);
    }
    if (options->certificate_key_file != NULL && options->certificate_file == NULL) {
        return wrong_alone("--client-cert", "--client-key", "PEM file of the client certificate");
    }
    if (ways->tokens != NULL && options->session_token_file == NULL) {
        return wrong_alone("--session-token-file", ways->tokens,
                           "a file with the session token in its first line");
    }
    if (ways->key != NULL && options->rsa_key_file == NULL) {
        return wrong_alone("--rsa-key", ways->key, "PEM file of the bot's RSA key");
    }
    if (ways->key != NULL && options->config.user == NULL) {
        return wrong_alone("--user", ways->key, "the bot's user name");
    }
    if (ways->certificate != NULL && options->certificate_file == NULL) {
        return wrong_alone("--client-cert", ways->certificate,
                           "PEM file of the client certificate");
    }
    if (ways->tokens == NULL && ways->key == NULL && ways->certificate == NULL) {
        return wrong("no way to sign in",
                     SYMFEED_SIGN_IN ? "give --session-token-file F, or --user NAME and --rsa-key "
                                       "FILE, or --client-cert FILE"
                                     : "give --session-token-file F");
    }
    return -1;
}

static int settle_sign_in(struct options *options)
{
    const struct ways ways = find_ways(options);
    const int answer = check_ways(options, &ways);

    if (answer >= 0) {
        return answer;
    }
    if (ways.key != NULL) {
        options->config.sign_in = SYMFEED_SIGN_IN_BY_KEY;
        options->config.pod = options->pod;
        options->config.key_manager = options->key_manager;
    } else if (ways.certificate != NULL) {
        options->config.sign_in = SYMFEED_SIGN_IN_BY_CERTIFICATE;
        options->config.pod = options->session_auth;
        options->config.key_manager = options->key_auth;
    }
    return -1;
}

static int settle_tls(struct options *options)
{
    const struct symfeed_config *config = &options->config;

    /* A host that is not given is that of the agent. */
    options->without_tls = config->insecure_http && is_http(config->agent) &&
                           (config->pod == NULL || is_http(config->pod)) &&
                           (config->key_manager == NULL || is_http(config->key_manager));
    if (options->without_tls && config->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE) {
        return wrong("--client-cert", "only https:// hosts can be shown a certificate: give them "
                                      "by --session-auth and --key-auth, or an https:// --agent");
    }
    return -1;
}

static int settle_proxy(struct options *options)
{
    struct symfeed_config *config = &options->config;
    const char *mistake;

    /* What is in the environment shall not stop who has no use for it. */
    if (SYMFEED_PROXY && options->proxy.name == NULL && !options->without_tls) {
        proxy_take_from_environment(&options->proxy);
    }
    mistake = proxy_mistake(&options->proxy);
    if (mistake != NULL) {
        return wrong(options->proxy.name, mistake);
    }
    config->proxy = options->proxy.url;
    config->no_proxy = proxy_exceptions();
    return -1;
}

static int check_files(const struct options *options)
{
    const struct given files[] = {{options->session_token_file, "--session-token-file"},
                                  {options->key_manager_token_file, "--km-token-file"},
                                  {options->rsa_key_file, "--rsa-key"},
                                  {options->certificate_file, "--client-cert"},
                                  {options->certificate_key_file, "--client-key"},
                                  {options->ca_file, "--ca"}};
    int answer = -1;
    size_t i;

    for (i = 0; answer < 0 && i < sizeof files / sizeof files[0]; i++) {
        answer = check_file(files[i].option, files[i].value);
    }
    return answer;
}

static int settle(struct options *options, bool command_given)
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
    answer = settle_sign_in(options);
    if (answer < 0) {
        answer = settle_tls(options);
    }
    if (answer < 0) {
        answer = settle_proxy(options);
    }
    return answer < 0 ? check_files(options) : answer;
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
        answer = read_command(options, argv[optind++], &command_given);
    }
    return answer < 0 ? settle(options, command_given) : answer;
}

void options_forget(struct options *options)
{
    proxy_forget(&options->proxy);
}
