/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c - see connection.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "connection.h"

#include <string.h>
#include <unistd.h>

#define AT(name)   offsetof(struct connection, name)
#define FEED(name) offsetof(struct connection, config.feed.name)

static const struct option rows[] = {
    HEADING("agent"),
    {"agent", 0, "URL", FOR_CALLS, OPTION_TEXT, FEED(agent),
     HELP("the Agent, https://host[:port][/path]; without a path /agent")},
    {"insecure-http", 0, NULL, FOR_CALLS, OPTION_SWITCH, FEED(insecure_http),
     HELP("allow http:// hosts: for a sidecar on this host, nothing else")},

    HEADING("sign in with tokens"),
    {"session-token-file", 0, "FILE", FOR_CALLS, OPTION_FILE, AT(config.session_token_file),
     HELP("its first line is the session token; read again after a 401")},
    {"km-token-file", 0, "FILE", FOR_CALLS, OPTION_FILE, AT(config.key_manager_token_file),
     HELP("the same for the key manager token; without it none is sent")},

    HEADING("sign in with a key"),
    {"user", 0, "NAME", FOR_CALLS, OPTION_TEXT, FEED(user),
     HELP("the bot's user name; datahose makes its tag of it, whichever way it signs in")},
    {"rsa-key", 0, "FILE", OPTION_IF(SYMFEED_KEY_SIGN_IN, FOR_CALLS), OPTION_FILE,
     AT(config.rsa_key_file), HELP("PEM file of its RSA key, 2048 to 4096 bits, not encrypted")},
    {"pod", 0, "URL", OPTION_IF(SYMFEED_KEY_SIGN_IN, FOR_CALLS), OPTION_TEXT, FEED(pod),
     HELP("the pod (default: the agent's host)")},
    {"key-manager", 0, "URL", OPTION_IF(SYMFEED_KEY_SIGN_IN, FOR_CALLS), OPTION_TEXT,
     FEED(key_manager), HELP("the key manager (default: the agent's host)")},

    HEADING("sign in with a certificate"),
    {"client-cert", 0, "FILE", OPTION_IF(SYMFEED_CERTIFICATE_SIGN_IN, FOR_CALLS), OPTION_FILE,
     AT(config.certificate_file),
     HELP("PEM file of the TLS client certificate, then its intermediates; with another way to "
          "sign in it is for a gateway that asks for one")},
    {"client-key", 0, "FILE", OPTION_IF(SYMFEED_CERTIFICATE_SIGN_IN, FOR_CALLS), OPTION_FILE,
     AT(config.certificate_key_file),
     HELP("PEM file of its key, not encrypted (default: in the file of --client-cert)")},
    {"session-auth", 0, "URL", OPTION_IF(SYMFEED_CERTIFICATE_SIGN_IN, FOR_CALLS), OPTION_TEXT,
     AT(session_auth), HELP("session authentication (default: the agent's host)")},
    {"key-auth", 0, "URL", OPTION_IF(SYMFEED_CERTIFICATE_SIGN_IN, FOR_CALLS), OPTION_TEXT,
     AT(key_auth), HELP("key authentication (default: the agent's host)")},

    HEADING("network"),
    {"ca", 0, "FILE", FOR_CALLS, OPTION_FILE, AT(config.ca_file),
     HELP("PEM file of trusted CAs (default: the system's bundle)")},
    {"pin", 0, "SHA256", FOR_CALLS, OPTION_PIN, AT(pins),
     HELP("accept only servers that also have this key: base64 of the SHA-256 of the "
          "SubjectPublicKeyInfo; up to " QUOTE(OPTION_PINS) " times")},
    {"proxy", 0, "URL", OPTION_IF(SYMFEED_PROXY, FOR_CALLS), OPTION_PROXY, AT(proxy),
     HELP("http://[user:password@]host[:port] for https:// hosts, reserved characters "
          "percent-encoded; \"\" is none (default: HTTPS_PROXY, but not for the hosts and networks "
          "in NO_PROXY)")},
    {"first-wait", 0, "S", FOR_CALLS, OPTION_WAIT, FEED(timers.backoff_first),
     HELP("seconds until the first try after a failure, such as 0.5, the default; the wait doubles "
          "with each further failure")},
    {"max-wait", 0, "S", FOR_CALLS, OPTION_WAIT, FEED(timers.backoff_max),
     HELP("longest of these waits in seconds (default 300)")},

    HEADING("memory"),
    {"window", 0, "BYTES", FOR_CALLS, OPTION_WINDOW, FEED(window),
     HELP("longest event that comes whole (default " QUOTE(
         SYMFEED_CLIENT_WINDOW) ", at least " QUOTE(SYMFEED_WINDOW_MIN) ")")},
    {"tokens", 0, "N", FOR_CALLS, OPTION_TOKENS, FEED(json_tokens),
     HELP("most JSON values in one (default " QUOTE(SYMFEED_CLIENT_TOKENS) ", at least " QUOTE(
         SYMFEED_JSON_TOKENS_MIN) "); 65 to 80 are usual")},

    HEADING("messages"),
    {"verbose", 'v', NULL, FOR_CALLS, OPTION_MORE, AT(config.verbosity),
     HELP("more messages; may be repeated")},
    {"quiet", 'q', NULL, FOR_CALLS, OPTION_LESS, AT(config.verbosity),
     HELP("fewer messages; may be repeated")},
    {"log", 0, "FORMAT", FOR_CALLS, OPTION_LOG, AT(log_format),
     HELP("how messages are written: text, journal (the level before the line, and no time) or "
          "json, one object a line (default: journal where it takes them, else text)")},

    HEADING("feed"),
    {"tag", 0, "TAG", FOR_TAIL | FOR_DATAHOSE | FOR_LIST | FOR_CREATE | ACCEPTED, OPTION_TEXT,
     FEED(tag),
     HELP("the feed's tag, 1 to 100 characters, 80 for a datahose; each program and device needs "
          "one of its own")},
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

static bool mistake(const struct connection *connection, const void *member, const char *fix)
{
    return option_mistake(&connection->set, option_of(&connection->set, member), "%s", fix);
}

/* --- signing in --------------------------------------------------------------------------- */

/* Of each way to sign in the option that was given, its member; NULL: none was. */
struct ways {
    const void *tokens;
    const void *key;
    const void *certificate;
};

/* The first of some members that was given. */
static const void *given(const char *const *const members[], size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (*members[i] != NULL) {
            return members[i];
        }
    }
    return NULL;
}

static struct ways find_ways(const struct connection *connection)
{
    const struct symfeed_posix_config *config = &connection->config;
    const char *const *const tokens[] = {&config->session_token_file,
                                         &config->key_manager_token_file};
    const char *const *const key[] = {&config->rsa_key_file, &config->feed.user, &config->feed.pod,
                                      &config->feed.key_manager};
    const char *const *const certificate[] = {&connection->session_auth, &connection->key_auth,
                                              &config->certificate_file};
    struct ways ways = {given(tokens, 2), given(key, 4), given(certificate, 2)};

    if (ways.key == &config->feed.user && connection->user_is_label &&
        (ways.tokens != NULL || config->certificate_file != NULL)) {
        ways.key = given(key + 2, 2);
    }
    /* With another way the certificate is for a gateway in between. */
    if (ways.tokens == NULL && ways.key == NULL) {
        ways.certificate = given(certificate, 3);
    }
    return ways;
}

/* Makes sure of an option that another one needs. */
static bool has(const struct connection *connection, const char *const *needed, const void *by)
{
    char name[OPTION_NAME_SIZE];

    if (*needed != NULL || by == NULL) {
        return true;
    }
    option_name(&connection->set, option_of(&connection->set, by), name);
    return option_mistake(&connection->set, option_of(&connection->set, needed),
                          "is needed with %s", name);
}

static bool are_not_both(const struct connection *connection, const void *one, const void *other)
{
    char name[OPTION_NAME_SIZE];

    if (one == NULL || other == NULL) {
        return true;
    }
    option_name(&connection->set, option_of(&connection->set, other), name);
    return option_mistake(&connection->set, option_of(&connection->set, one),
                          "give it or %s: they are two ways to sign in", name);
}

#if SYMFEED_KEY_SIGN_IN
#define BY_KEY(dash) ", or " dash "user and " dash "rsa-key"
#else
#define BY_KEY(dash) ""
#endif
#if SYMFEED_CERTIFICATE_SIGN_IN
#define BY_CERTIFICATE(dash) ", or " dash "client-cert"
#else
#define BY_CERTIFICATE(dash) ""
#endif
#define NO_WAY(dash)                                                                               \
    "no way to sign in: give " dash "session-token-file" BY_KEY(dash) BY_CERTIFICATE(dash)

static bool has_no_way(const struct connection *connection)
{
    if (connection->set.only_file) {
        return option_mistake_in_line(&connection->set, 0, NO_WAY(""));
    }
    option_report(NO_WAY("--"));
    return false;
}

/* Exactly one way to sign in, and all that belongs to it. */
static bool check_sign_in(struct connection *connection)
{
    struct symfeed_posix_config *config = &connection->config;
    const struct ways ways = find_ways(connection);
    const void *client_key =
        config->certificate_key_file != NULL ? &config->certificate_key_file : NULL;

    if (!are_not_both(connection, ways.tokens, ways.key) ||
        !are_not_both(connection, ways.tokens, ways.certificate) ||
        !are_not_both(connection, ways.key, ways.certificate) ||
        !has(connection, &config->certificate_file, client_key) ||
        !has(connection, &config->session_token_file, ways.tokens) ||
        !has(connection, &config->rsa_key_file, ways.key) ||
        !has(connection, &config->feed.user, ways.key) ||
        !has(connection, &config->certificate_file, ways.certificate)) {
        return false;
    }
    if (ways.key != NULL) {
        config->feed.sign_in = SYMFEED_SIGN_IN_BY_KEY;
    } else if (ways.certificate != NULL) {
        config->feed.sign_in = SYMFEED_SIGN_IN_BY_CERTIFICATE;
        config->feed.pod = connection->session_auth;
        config->feed.key_manager = connection->key_auth;
    } else if (ways.tokens == NULL) {
        return has_no_way(connection);
    }
    return true;
}

/* Such a call needs no sign-in as a rule: its files need not even be there. A certificate may be
 * for a gateway in between. */
static bool check_open_call(struct connection *connection)
{
    struct symfeed_posix_config *config = &connection->config;

    if ((config->session_token_file != NULL && access(config->session_token_file, R_OK) == 0) ||
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
    if (connection->without_tls && feed->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE) {
        return mistake(connection, &connection->config.certificate_file,
                       "only https:// hosts see a certificate: give such an agent, or session-auth "
                       "and key-auth");
    }
    return true;
}

/* Reports a mistake in the variable of the environment that the proxy comes from. */
static bool report_variable(const struct proxy *proxy, const char *fix)
{
    char line[200];

    (void)symfeed_format(line, sizeof line, "%s: %s", proxy->variable, fix);
    option_report(line);
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
                                       : mistake(connection, proxy, fix);
    }
    feed->proxy = proxy->url;
    feed->no_proxy = connection->set.only_file ? NULL : proxy_exceptions();
    return true;
}

/* The first wait cannot be longer than the longest. */
static bool check_waits(const struct connection *connection)
{
    const struct symfeed_timers *timers = &connection->config.feed.timers;
    const uint32_t first = timers->backoff_first == 0 ? 500 : timers->backoff_first;
    const uint32_t most = timers->backoff_max == 0 ? 300000 : timers->backoff_max;

    if (first <= most) {
        return true;
    }
    if (timers->backoff_first == 0) {
        return mistake(connection, &timers->backoff_max,
                       "is shorter than the first wait, 0.5 s: give a shorter one of these, too");
    }
    return mistake(connection, &timers->backoff_first,
                   timers->backoff_max == 0
                       ? "is longer than the longest wait, 300 s: give a longer one of these, too"
                       : "is longer than the longest wait: give a shorter one");
}

bool connection_check(struct connection *connection)
{
    if (connection->config.feed.agent == NULL) {
        return mistake(connection, &connection->config.feed.agent,
                       "is needed: the Agent's URL, https://host[:port][/path]");
    }
    connection->config.pins = connection->pins.list;
    connection->config.pin_count = connection->pins.count;
    return (connection->is_open ? check_open_call(connection) : check_sign_in(connection)) &&
           check_waits(connection) && check_tls(connection) && check_proxy(connection);
}

/* --- mistakes that are found later -------------------------------------------------------- */

/* The member that a mistake is about; NULL: none. */
static const void *member_of(const struct connection *connection, int answer)
{
    const struct symfeed_posix_config *config = &connection->config;
    const bool by_certificate = config->feed.sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE;

    switch (answer) {
    case SYMFEED_BAD_AGENT:
    case SYMFEED_BAD_SCHEME: return &config->feed.agent;
    case SYMFEED_BAD_USER: return &config->feed.user;
    case SYMFEED_BAD_POD:
        return by_certificate ? (const void *)&connection->session_auth : &config->feed.pod;
    case SYMFEED_BAD_KEY_MANAGER:
        return by_certificate ? (const void *)&connection->key_auth : &config->feed.key_manager;
    case SYMFEED_BAD_PROXY: return &connection->proxy;
    case SYMFEED_BAD_TAG:
        return config->feed.tag == NULL && config->feed.user != NULL ? &config->feed.user
                                                                     : &config->feed.tag;
    case SYMFEED_BAD_WINDOW: return &config->feed.window;
    case SYMFEED_BAD_JSON_TOKENS: return &config->feed.json_tokens;
    case SYMFEED_POSIX_BAD_CA: return &config->ca_file;
    case SYMFEED_POSIX_BAD_RSA_KEY: return &config->rsa_key_file;
    case SYMFEED_POSIX_BAD_CERTIFICATE: return &config->certificate_file;
    case SYMFEED_POSIX_BAD_CERTIFICATE_KEY:
        return config->certificate_key_file == NULL ? &config->certificate_file
                                                    : &config->certificate_key_file;
    case SYMFEED_POSIX_BAD_PIN: return &connection->pins;
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
    const void *member = member_of(connection, answer);
    const char *note = "";

    if (answer > 0 && !SYMFEED_MESSAGES) {
        error = "not accepted";
    }
    if (lacks_insecure_http(&connection->config.feed, answer)) {
        note = set->only_file ? " (insecure-http)" : " (--insecure-http)";
    } else if (answer == SYMFEED_POSIX_BAD_CERTIFICATE_KEY &&
               member == &connection->config.certificate_file) {
        note = set->only_file ? " (without client-key)" : " (without --client-key)";
    } else if (answer == SYMFEED_BAD_TAG && member == &connection->config.feed.user) {
        note = " (it is made of this)";
    }
    if (answer == SYMFEED_BAD_PROXY && connection->proxy.variable != NULL) {
        report_variable(&connection->proxy, error);
    } else if (member != NULL) {
        (void)option_mistake(set, option_of(set, member), "%s%s", error, note);
    } else if (set->only_file) {
        (void)option_mistake_in_line(set, 0, "%s", error);
    } else {
        option_report(error);
    }
}

void connection_forget(struct connection *connection)
{
    proxy_forget(&connection->proxy);
}
