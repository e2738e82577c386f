/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c - see connection.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "connection.h"

#include <string.h>
#include <unistd.h>

#include "message.h"

#define AT(name)              offsetof(struct connection, name)
#define FEED(name)            offsetof(struct connection, config.feed.name)
#define WINDOW                QUOTE(SYMFEED_CLIENT_WINDOW)
#define TOKENS                QUOTE(SYMFEED_CLIENT_TOKENS)
#define PINS                  QUOTE(OPTION_PINS)

#define KEY(commands)         OPTION_IF(SYMFEED_KEY_SIGN_IN, commands)
#define CERTIFICATE(commands) OPTION_IF(SYMFEED_CERTIFICATE_SIGN_IN, commands)

static const struct option rows[] = {
    HEADING("agent"),
    {"agent", "URL", 0, OPTION_TEXT, FOR_CALLS, FEED(agent),
     HELP("the Agent, https://host[:port][/path]; without a path /agent")},
    {"insecure-http", NULL, 0, OPTION_SWITCH, FOR_CALLS, FEED(insecure_http),
     HELP("allow http:// hosts, for a sidecar on this host")},

    HEADING("sign in with tokens"),
    {"session-token-file", "FILE", 0, OPTION_FILE, FOR_CALLS, AT(config.session_token_file),
     HELP("its first line is the session token")},
    {"km-token-file", "FILE", 0, OPTION_FILE, FOR_CALLS, AT(config.key_manager_token_file),
     HELP("the same for the key manager token")},

    HEADING("sign in with a key"),
    {"user", "NAME", 0, OPTION_TEXT, FOR_CALLS, FEED(user), HELP("the bot's user name")},
    {"rsa-key", "FILE", 0, OPTION_FILE, KEY(FOR_CALLS), AT(config.rsa_key_file),
     HELP("PEM file of its RSA key, not encrypted")},
    {"pod", "URL", 0, OPTION_TEXT, KEY(FOR_CALLS), FEED(pod),
     HELP("the pod (default: the agent's host)")},
    {"key-manager", "URL", 0, OPTION_TEXT, KEY(FOR_CALLS), FEED(key_manager),
     HELP("the key manager (default: the agent's host)")},

    HEADING("sign in with a certificate"),
    {"client-cert", "FILE", 0, OPTION_FILE, CERTIFICATE(FOR_CALLS), AT(config.certificate_file),
     HELP("PEM file of the client certificate, then its intermediates")},
    {"client-key", "FILE", 0, OPTION_FILE, CERTIFICATE(FOR_CALLS), AT(config.certificate_key_file),
     HELP("PEM file of its key, not encrypted (default: in --client-cert)")},
    {"session-auth", "URL", 0, OPTION_TEXT, CERTIFICATE(FOR_CALLS), AT(session_auth),
     HELP("session authentication (default: the agent's host)")},
    {"key-auth", "URL", 0, OPTION_TEXT, CERTIFICATE(FOR_CALLS), AT(key_auth),
     HELP("key authentication (default: the agent's host)")},

    HEADING("network"),
    {"ca", "FILE", 0, OPTION_FILE, FOR_CALLS, AT(config.ca_file),
     HELP("PEM file of trusted CAs (default: the system's bundle)")},
    {"pin", "SHA256", 0, OPTION_PIN, FOR_CALLS, AT(pins),
     HELP("SHA-256 that the server's key must have, too: base64, of the SubjectPublicKeyInfo; up "
          "to " PINS " times")},
    {"proxy", "URL", 0, OPTION_PROXY, OPTION_IF(SYMFEED_PROXY, FOR_CALLS), AT(proxy),
     HELP("the proxy, http://[user:password@]host[:port] (default: HTTPS_PROXY)")},
    {"first-wait", "S", 0, OPTION_WAIT, FOR_CALLS, FEED(timers.backoff_first),
     HELP("most seconds until the first try after a failure (default 3.5), then doubled")},
    {"max-wait", "S", 0, OPTION_WAIT, FOR_CALLS, FEED(timers.backoff_max),
     HELP("most seconds until the next try where waiting helps (default 30)")},

    HEADING("memory"),
    {"window", "BYTES", 0, OPTION_WINDOW, FOR_CALLS, FEED(window),
     HELP("longest event that comes whole (default " WINDOW ")")},
    {"tokens", "N", 0, OPTION_TOKENS, FOR_CALLS, FEED(json_tokens),
     HELP("most JSON values in one (default " TOKENS ")")},

    HEADING("messages"),
    {"verbose", NULL, 'v', OPTION_MORE, FOR_CALLS, AT(config.verbosity), HELP("more messages")},
    {"quiet", NULL, 'q', OPTION_LESS, FOR_CALLS, AT(config.verbosity), HELP("fewer messages")},
    {"log", "FORMAT", 0, OPTION_LOG, FOR_CALLS, 0, HELP("form of messages: text, journal or json")},

    HEADING("feed"),
    {"tag", "TAG", 0, OPTION_TEXT, FOR_TAIL | FOR_DATAHOSE | FOR_LIST | FOR_CREATE | ACCEPTED,
     FEED(tag),
     HELP(
         "its tag, up to 100 characters, of a datahose 80; each program and device needs its own")},
};

void connection_init(struct connection *connection, const struct option *own, size_t count)
{
    memset(connection, 0, sizeof *connection);
    connection->set.rows[0] = rows;
    connection->set.counts[0] = sizeof rows / sizeof rows[0];
    connection->set.rows[1] = own;
    connection->set.counts[1] = count;
    connection->set.commands = FOR_ALL;
}

/* --- signing in --------------------------------------------------------------------------- */

/* The name of the first of these options that was given; NULL: none was. */
static const char *given(const struct connection *connection, const char *const *names)
{
    while (*names != NULL &&
           connection->set.lines[option_find(&connection->set, *names, strlen(*names))] == 0) {
        names++;
    }
    return *names;
}

/* Reports a mistake in one option that has to do with another one. */
static bool clash(const struct connection *connection, const char *name, const char *fix,
                  const char *other)
{
    char title[OPTION_TITLE_SIZE];

    option_title(&connection->set, other, title);
    return option_mistake(&connection->set, name, fix, title);
}

/* Makes sure of an option that another one, if it was given, needs. */
static bool has(const struct connection *connection, const char *value, const char *name,
                const char *by)
{
    return value != NULL || by == NULL || clash(connection, name, "is needed with %s", by);
}

#define TWO_WAYS           "give it or %s: they are two ways to sign in"
#define WAY_BY_KEY         (SYMFEED_KEY_SIGN_IN ? ", --user and --rsa-key" : "")
#define WAY_BY_CERTIFICATE (SYMFEED_CERTIFICATE_SIGN_IN ? ", or --client-cert" : "")

static const char *const by_tokens[] = {"session-token-file", "km-token-file", NULL};
static const char *const by_key[] = {"rsa-key", "user", "pod", "key-manager", NULL};

/* Exactly one way to sign in, and all that belongs to it. */
static bool check_sign_in(struct connection *connection)
{
    static const char *const by_certificate[] = {"session-auth", "key-auth", "client-cert", NULL};
    struct symfeed_posix_config *config = &connection->config;
    const char *tokens = given(connection, by_tokens);
    const char *key = given(connection, by_key);
    const char *certificate = given(connection, by_certificate);

    if (connection->user_is_label && key == by_key[1] &&
        (tokens != NULL || config->certificate_file != NULL)) {
        key = given(connection, by_key + 2);
    }
    if (certificate == by_certificate[2] && (tokens != NULL || key != NULL)) {
        certificate = NULL; /* it is for a gateway in between */
    }
    if ((tokens != NULL || key != NULL) && certificate != NULL) {
        return clash(connection, tokens != NULL ? tokens : key, TWO_WAYS, certificate);
    }
    if (tokens != NULL && key != NULL) {
        return clash(connection, tokens, TWO_WAYS, key);
    }
    if (!has(connection, config->certificate_file, "client-cert",
             config->certificate_key_file == NULL ? certificate : "client-key") ||
        !has(connection, config->session_token_file, "session-token-file", tokens) ||
        !has(connection, config->rsa_key_file, "rsa-key", key) ||
        !has(connection, config->feed.user, "user", key)) {
        return false;
    }
    if (key != NULL) {
        config->feed.sign_in = SYMFEED_SIGN_IN_BY_KEY;
    } else if (certificate != NULL) {
        config->feed.sign_in = SYMFEED_SIGN_IN_BY_CERTIFICATE;
        config->feed.pod = connection->session_auth;
        config->feed.key_manager = connection->key_auth;
    } else if (tokens == NULL) {
        return option_mistake(&connection->set, "session-token-file",
                              "no way to sign in: give it%s%s", WAY_BY_KEY, WAY_BY_CERTIFICATE);
    }
    return true;
}

/* Such a call needs no sign-in as a rule: the files of tokens and key need not even be there. A
 * certificate beside them is for a gateway in between. */
static bool check_open_call(struct connection *connection)
{
    struct symfeed_posix_config *config = &connection->config;

    if ((config->certificate_file != NULL && given(connection, by_tokens) == NULL &&
         given(connection, by_key) == NULL) ||
        (config->session_token_file != NULL && access(config->session_token_file, R_OK) == 0) ||
        (config->rsa_key_file != NULL && config->feed.user != NULL &&
         access(config->rsa_key_file, R_OK) == 0)) {
        return check_sign_in(connection);
    }
    config->session_token_file = NULL;
    config->key_manager_token_file = NULL;
    config->rsa_key_file = NULL;
    config->feed.user = NULL;
    config->feed.pod = NULL;
    config->feed.key_manager = NULL;
    return true;
}

/* --- the rest ----------------------------------------------------------------------------- */

/* A host that is reached without TLS. */
static bool is_http(const char *url)
{
    return url != NULL && proxy_is_http(url);
}

static bool check_tls(struct connection *connection)
{
    const struct symfeed_config *feed = &connection->config.feed;

    /* A host that is not given is that of the agent. */
    connection->without_tls = feed->insecure_http && is_http(feed->agent) &&
                              (feed->pod == NULL || is_http(feed->pod)) &&
                              (feed->key_manager == NULL || is_http(feed->key_manager));
    if (connection->without_tls && feed->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE &&
        !connection->is_open) {
        return option_mistake(&connection->set, "client-cert",
                              "only https:// hosts see a certificate: give such hosts");
    }
    return true;
}

/* Reports a mistake in the variable of the environment that the proxy comes from. */
static bool report_variable(const struct proxy *proxy, const char *fix)
{
    message(SYMFEED_LOG_ERROR, "%s: %s", proxy->variable, fix);
    return false;
}

static bool check_proxy(struct connection *connection)
{
    struct symfeed_config *feed = &connection->config.feed;
    struct proxy *proxy = &connection->proxy;
    const char *fix;

    /* What is in the environment does not concern a program that has no use for it. */
    if (SYMFEED_PROXY && !proxy->given && !connection->without_tls && !connection->set.only_file) {
        proxy_take_from_environment(proxy);
    }
    fix = proxy_mistake(proxy);
    if (fix != NULL) {
        return proxy->variable != NULL ? report_variable(proxy, fix)
                                       : option_mistake(&connection->set, "proxy", "%s", fix);
    }
    feed->proxy = proxy->url;
    feed->no_proxy = connection->set.only_file ? NULL : proxy_exceptions();
    return true;
}

/* The first wait cannot be longer than the longest. */
static bool check_waits(const struct connection *connection)
{
    const struct symfeed_timers *timers = &connection->config.feed.timers;
    const uint32_t most = timers->backoff_max == 0 ? 30000 : timers->backoff_max;

    return timers->backoff_first <= most ||
           option_mistake(&connection->set, "first-wait",
                          "the first wait is longer than the longest; change one");
}

bool connection_check(struct connection *connection)
{
    if (connection->config.feed.agent == NULL) {
        return option_mistake(&connection->set, "agent",
                              "is needed: the Agent's URL, https://host[:port][/path]");
    }
    connection->config.pins = connection->pins.list;
    connection->config.pin_count = connection->pins.count;
    return (connection->is_open ? check_open_call(connection) : check_sign_in(connection)) &&
           check_waits(connection) && check_tls(connection) && check_proxy(connection);
}

/* --- mistakes that are found later -------------------------------------------------------- */

/* The name of the option that a mistake is about; NULL: none. */
static const char *option_about(const struct connection *connection, int answer)
{
    const struct symfeed_posix_config *config = &connection->config;
    const bool by_certificate = config->feed.sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE;

    switch (answer) {
    case SYMFEED_BAD_AGENT:
    case SYMFEED_BAD_SCHEME: return "agent";
    case SYMFEED_BAD_USER: return "user";
    case SYMFEED_BAD_POD: return by_certificate ? "session-auth" : "pod";
    case SYMFEED_BAD_KEY_MANAGER: return by_certificate ? "key-auth" : "key-manager";
    case SYMFEED_BAD_PROXY: return "proxy";
    case SYMFEED_BAD_TAG: return config->feed.tag == NULL ? "user" : "tag";
    case SYMFEED_BAD_TYPES: return "types"; /* these three are of symfeed alone */
    case SYMFEED_BAD_SCOPES: return "scopes";
    case SYMFEED_BAD_COOKIE: return "cookie-name";
    case SYMFEED_POSIX_BAD_CA: return "ca";
    case SYMFEED_POSIX_BAD_RSA_KEY: return "rsa-key";
    case SYMFEED_POSIX_BAD_CERTIFICATE: return "client-cert";
    case SYMFEED_POSIX_BAD_CERTIFICATE_KEY:
        return config->certificate_key_file == NULL ? "client-cert" : "client-key";
    case SYMFEED_POSIX_BAD_PIN: return "pin";
    default: return NULL;
    }
}

/* Whether the option that allows http:// would help. */
static bool lacks_insecure_http(const struct symfeed_config *feed, int answer)
{
    return answer == SYMFEED_BAD_SCHEME ||
           (!feed->insecure_http &&
            ((answer == SYMFEED_BAD_POD && is_http(feed->pod)) ||
             (answer == SYMFEED_BAD_KEY_MANAGER && is_http(feed->key_manager))));
}

void connection_report(const struct connection *connection, int answer, const char *error)
{
    const struct option_set *set = &connection->set;
    const char *name = option_about(connection, answer);
    const char *note = "";

    if (lacks_insecure_http(&connection->config.feed, answer)) {
        note = " (--insecure-http)";
    } else if (answer == SYMFEED_POSIX_BAD_CERTIFICATE_KEY &&
               connection->config.certificate_key_file == NULL) {
        note = " (no --client-key)";
    }
    if (answer > 0 && !SYMFEED_MESSAGES) {
        error = "not accepted";
    }
    if (answer == SYMFEED_BAD_PROXY && connection->proxy.variable != NULL) {
        (void)report_variable(&connection->proxy, error);
    } else if (name != NULL) {
        (void)option_mistake(set, name, "%s%s", error, note);
    } else if (set->only_file) {
        (void)option_mistake_in_line(set, 0, "%s", error);
    } else {
        message(SYMFEED_LOG_ERROR, "%s", error);
    }
}

void connection_forget(struct connection *connection)
{
    proxy_forget(&connection->proxy);
}
