/* SPDX-License-Identifier: Apache-2.0 */
/* settle.c - see settle.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "settle.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quote.h"
#include "../common/message.h"
#include "usage.h"
#include "wrong.h"

/* --- which option it is about ------------------------------------------------------------- */

const char *settle_name(const struct options *options, enum symfeed_status status)
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
    case SYMFEED_BAD_TASK:
    case SYMFEED_BAD_FEED_ID: return usage_name(options->command);
    case SYMFEED_BAD_TAG: return options->config.tag != NULL ? "--tag" : "--tag (made of --user)";
    case SYMFEED_BAD_TYPES: return "--types";
    case SYMFEED_BAD_SCOPES: return "--scopes";
    case SYMFEED_BAD_COOKIE: return "--cookie-name";
    case SYMFEED_BAD_WINDOW: return "--window";
    case SYMFEED_BAD_JSON_TOKENS: return "--tokens";
    default: return NULL;
    }
}

/* A host that is reached without TLS. */
static bool is_http(const char *url)
{
    return url != NULL && proxy_is_http(url);
}

bool settle_lacks_insecure_http(const struct options *options, enum symfeed_status status)
{
    const struct symfeed_config *config = &options->config;

    switch (status) {
    case SYMFEED_BAD_SCHEME: return true;
    case SYMFEED_BAD_POD: return !config->insecure_http && is_http(config->pod);
    case SYMFEED_BAD_KEY_MANAGER: return !config->insecure_http && is_http(config->key_manager);
    default: return false;
    }
}

const char *settle_name_of_file(const struct options *options, int status)
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

/* --- files -------------------------------------------------------------------------------- */

/* Only a name that keeps a message one line is repeated in it. */
static int check_file_name(const char *option, const char *file)
{
    size_t i;

    for (i = 0; file[i] != '\0'; i++) {
        if ((unsigned char)file[i] < ' ' || file[i] == '\x7f' || i >= FILE_NAME_MAX) {
            message(SYMFEED_LOG_ERROR,
                    "--%s: name a file by at most " QUOTE(
                        FILE_NAME_MAX) " bytes without control characters",
                    option);
            return EXIT_WRONG_USAGE;
        }
    }
    return -1;
}

int settle_file(const char *option, const char *file)
{
    char room[MESSAGE_ERROR_SIZE];
    struct stat status;
    bool found;

    if (file == NULL) {
        return -1;
    }
    if (check_file_name(option, file) >= 0) {
        return EXIT_WRONG_USAGE;
    }
    found = stat(file, &status) == 0;
    if (found && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
    } else if (found && !S_ISREG(status.st_mode)) {
        message(SYMFEED_LOG_ERROR,
                "--%s: name a regular file, not a pipe, as <(command) is, or a device: %s", option,
                file);
        return EXIT_WRONG_USAGE;
    } else if (access(file, R_OK) == 0) {
        return -1;
    }
    message(SYMFEED_LOG_ERROR, "--%s: name a file that can be read: %s: %s", option, file,
            message_error(errno, room));
    return EXIT_WRONG_USAGE;
}

/* What a rename takes the place of is a file or nothing: not a folder, and not a device. */
static int check_state_file(const char *file)
{
    struct stat status;

    if (file == NULL) {
        return -1;
    }
    if (check_file_name("state", file) >= 0) {
        return EXIT_WRONG_USAGE;
    }
    if (file[0] != '\0' && (stat(file, &status) != 0 || S_ISREG(status.st_mode))) {
        return -1;
    }
    return wrong("--state", "name a file, not a folder or a device; it need not be there yet");
}

/* --- what the options make together ------------------------------------------------------- */

/* The option, where it has a value, else the other one. */
static const char *given(const char *value, const char *option, const char *other)
{
    return value != NULL ? option : other;
}

/* The options that were given of each way to sign in, NULL where none was. */
struct ways {
    const char *tokens;
    const char *key;
    const char *certificate;
};

static struct ways find_ways(const struct options *options)
{
    /* A datahose makes its tag of the user's name, whichever way it signs in. */
    const bool user_is_for_tag =
        options->command == COMMAND_DATAHOSE && options->rsa_key_file == NULL &&
        (options->session_token_file != NULL || options->certificate_file != NULL);
    struct ways ways;

    ways.tokens = given(options->session_token_file, "--session-token-file",
                        given(options->key_manager_token_file, "--km-token-file", NULL));
    ways.key = given(options->pod, "--pod", given(options->key_manager, "--key-manager", NULL));
    ways.key = given(user_is_for_tag ? NULL : options->config.user, "--user", ways.key);
    ways.key = given(options->rsa_key_file, "--rsa-key", ways.key);
    ways.certificate = given(options->session_auth, "--session-auth",
                             given(options->key_auth, "--key-auth", NULL));
    /* With another way the certificate is for a gateway in between. */
    if (ways.tokens == NULL && ways.key == NULL && ways.certificate == NULL &&
        options->certificate_file != NULL) {
        ways.certificate = "--client-cert";
    }
    return ways;
}

#if SYMFEED_KEY_SIGN_IN
#define WAY_BY_KEY ", or --user NAME and --rsa-key FILE"
#else
#define WAY_BY_KEY ""
#endif
#if SYMFEED_CERTIFICATE_SIGN_IN
#define WAY_BY_CERTIFICATE ", or --client-cert FILE"
#else
#define WAY_BY_CERTIFICATE ""
#endif

static int wrong_pair(const char *one, const char *other)
{
    message(SYMFEED_LOG_ERROR, "%s and %s: two ways to sign in, give one", one, other);
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
    if (!SYMFEED_CERTIFICATE_SIGN_IN && options->certificate_file != NULL) {
        return wrong("--client-cert",
                     "this build shows no client certificate (SYMFEED_CERTIFICATE_SIGN_IN)");
    }
    if (!SYMFEED_KEY_SIGN_IN && options->rsa_key_file != NULL) {
        return wrong("--rsa-key", "this build does not sign in by key (SYMFEED_KEY_SIGN_IN)");
    }
    if (!SYMFEED_CERTIFICATE_SIGN_IN && options->certificate_file != NULL) {
        return wrong("--client-cert",
                     "this build shows no client certificate (SYMFEED_CERTIFICATE_SIGN_IN)");
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
                     "give --session-token-file F" WAY_BY_KEY WAY_BY_CERTIFICATE);
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
        return wrong("--client-cert", "only https:// hosts see a certificate: give an https:// "
                                      "--agent, or --session-auth and --key-auth");
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

/* Health and version of an agent are for everybody, as a rule: the files of a sign-in need not even
 * be there. A certificate may be for a gateway in between. */
static int settle_open(struct options *options)
{
    const bool tokens =
        options->session_token_file != NULL && access(options->session_token_file, R_OK) == 0;
    const bool key = options->rsa_key_file != NULL && options->config.user != NULL &&
                     access(options->rsa_key_file, R_OK) == 0;

    if (tokens || key) {
        return settle_sign_in(options);
    }
    options->session_token_file = NULL;
    options->key_manager_token_file = NULL;
    options->rsa_key_file = NULL;
    options->config.user = NULL;
    return -1;
}

static int settle_datahose(struct options *options)
{
    struct symfeed_config *config = &options->config;

    /* The agent is told which events are wanted: all that come are printed. */
    config->types = options->types;
    options->types = NULL;
    if (options->fanout) {
        config->task = SYMFEED_TASK_FANOUT;
    } else if (config->types == NULL) {
        return wrong_alone("--types", "datahose",
                           "the event types wanted, such as "
                           "MESSAGESENT,SHAREDPOST; or give --fanout");
    }
    return -1;
}

/* The name of a cookie is a token (RFC 6265, 4.1.1). */
static int check_cookie_name(const char *name)
{
    if (name == NULL ||
        (name[0] != '\0' && name[symfeed_format_span(name, "!#$%&'*+-.^_`|~")] == '\0')) {
        return -1;
    }
    return wrong("--cookie-name", "give the name alone, of letters, digits and !#$%&'*+-.^_`|~");
}

/* The others that take a text have files, the library or the port to look at it. */
static int settle_exec(struct options *options)
{
    if (options->exec == NULL && options->exec_timeout != 0) {
        return wrong("--exec-timeout", "give --exec, too");
    }
    if (options->exec_timeout == 0) {
        options->exec_timeout = EXEC_TIMEOUT;
    }
    return options->exec == NULL || options->exec[0] != '\0'
               ? -1
               : wrong("--exec", "give a command for /bin/sh");
}

/* Makes sure of an argument or option that a command cannot do without. */
static int check_needs(const struct options *options)
{
    if (options->command == COMMAND_DELETE && options->config.feed_id == NULL) {
        return wrong("delete", "give the id of a feed after it, as list prints it");
    }
    if (options->config.agent == NULL) {
        return wrong("--agent", "is needed: the Agent's URL, https://host[:port][/path]");
    }
    return -1;
}

int settle(struct options *options)
{
    int answer = check_needs(options);

    if (answer < 0) {
        answer = usage_is_open(options->command) ? settle_open(options) : settle_sign_in(options);
    }
    if (answer < 0 && options->command == COMMAND_DATAHOSE) {
        answer = settle_datahose(options);
    }
    if (answer < 0) {
        answer = check_cookie_name(options->config.cookie_name);
    }
    if (answer < 0) {
        answer = settle_exec(options);
    }
    if (answer < 0) {
        answer = settle_tls(options);
    }
    if (answer < 0) {
        answer = settle_proxy(options);
    }
    return answer < 0 ? check_state_file(options->state_file) : answer;
}
