/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - checks a configuration and sets up a feed in the caller's memory.
 *
 * Depends on: the feed's memory, url, response, scanner.
 * Guarantees: finds every mistake in the configuration, so that no other file checks for them;
 * symfeed_init() calls no function of the port.
 */
#include "feed/state.h"

#include "feed/report.h"
#include "feed/session.h"
#include "util/bytes.h"

#define MOST_TAG         100
#define MOST_HOSE_TAG    80
#define MOST_ID          1024
#define DEFAULT_REFUSALS 3

/* The agent holds a legacy read for 30 s; a read without an answer after this time never gets one.
 */
#define LEGACY_SILENCE 35000u

/* SYMFEED_STATE_SIZE of the header covers what is not an array of configured size. */
typedef char init_state_size_is_right[sizeof(struct symfeed) + 16 <= SYMFEED_MEMORY(0, 0) ? 1 : -1];

const char *symfeed_version(void)
{
    return SYMFEED_VERSION;
}

/* --- texts -------------------------------------------------------------------------------- */

/* Is it a continuation byte of UTF-8? */
static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Sets a text of 1 to `most` characters of UTF-8 without control characters. The scanner checks the
 * UTF-8; a build without the scanner does not check it. */
static bool settle_text(struct text *text, const char *string, size_t most)
{
    size_t characters = 0;
#if SYMFEED_JSON
    struct scan scan;

    symfeed_scan_init(&scan);
    scan.state = SCAN_IN_STRING;
#endif
    text->at = string;
    for (text->size = 0; string[text->size] != '\0'; text->size++) {
        unsigned char byte = (unsigned char)string[text->size];

        if (byte < 0x20 || byte == 0x7F) {
            return false;
        }
        characters += is_continuation(string[text->size]) ? 0u : 1u;
#if SYMFEED_JSON
        /* These two are allowed here but special to the scanner: show it a space instead. */
        byte = byte == '"' || byte == '\\' ? ' ' : byte;
        if (symfeed_scan_byte(&scan, byte) == SCAN_ERROR) {
            return false;
        }
#endif
    }
#if SYMFEED_JSON
    if (scan.state != SCAN_IN_STRING) {
        return false;
    }
#endif
    return characters > 0 && characters <= most;
}

/* The same, of 1 to `most` bytes. */
static bool settle_bytes(struct text *text, const char *string, size_t most)
{
    return string != NULL && settle_text(text, string, most) && text->size <= most;
}

/* --- hosts -------------------------------------------------------------------------------- */

static enum symfeed_status settle_agent(struct symfeed *feed, const struct symfeed_config *config)
{
    static const char default_path[] = "/agent";
    struct host *host = &feed->agent.hosts[ROLE_AGENT];

    if (config->agent == NULL || !symfeed_url_parse(host, config->agent)) {
        return SYMFEED_BAD_AGENT;
    }
    host->direct = true;
    if (host->path.size == 0) {
        host->path.at = default_path;
        host->path.size = sizeof default_path - 1;
    }
    return host->secure || config->insecure_http ? SYMFEED_OK : SYMFEED_BAD_SCHEME;
}

#if SYMFEED_SIGN_IN

/* Sets the hosts that issue tokens: by default the agent's host, without its path. */
static enum symfeed_status settle_issuers(struct host *hosts, const struct symfeed_config *config)
{
    const char *const urls[] = {NULL, config->pod, config->key_manager};

    for (size_t role = ROLE_POD; role <= ROLE_KEY_MANAGER; role++) {
        struct host *host = &hosts[role];

        *host = hosts[ROLE_AGENT];
        host->path.size = 0;
        if (urls[role] != NULL &&
            (!symfeed_url_parse(host, urls[role]) || (!host->secure && !config->insecure_http))) {
            return role == ROLE_POD ? SYMFEED_BAD_POD : SYMFEED_BAD_KEY_MANAGER;
        }
    }
    return SYMFEED_OK;
}

#endif

static enum symfeed_status settle_sign_in(struct symfeed *feed, const struct symfeed_config *config)
{
    enum symfeed_sign_in sign_in = config->sign_in;

    if (sign_in == SYMFEED_SIGN_IN_BY_TOKENS) {
        return SYMFEED_OK;
    }
    if ((!SYMFEED_KEY_SIGN_IN || sign_in != SYMFEED_SIGN_IN_BY_KEY) &&
        (!SYMFEED_CERTIFICATE_SIGN_IN || sign_in != SYMFEED_SIGN_IN_BY_CERTIFICATE)) {
        return SYMFEED_BAD_SIGN_IN;
    }
    feed->agent.sign_in = (uint8_t)sign_in;
    /* The user's bytes are limited, too, because a JWT has room for that many. */
    if (SYMFEED_KEY_SIGN_IN && sign_in == SYMFEED_SIGN_IN_BY_KEY &&
        !settle_bytes(&feed->agent.user, config->user, SYMFEED_USER_MAX)) {
        return SYMFEED_BAD_USER;
    }
#if SYMFEED_SIGN_IN
    return settle_issuers(feed->agent.hosts, config);
#else
    return SYMFEED_OK;
#endif
}

/* Sets which hosts are reached through the proxy: those with https:// that no_proxy does not match.
 */
static enum symfeed_status settle_proxy(struct symfeed *feed, const struct symfeed_config *config)
{
    bool good = true;

    if (config->proxy == NULL || *config->proxy == '\0') {
        return SYMFEED_OK;
    }
#if SYMFEED_PROXY
    for (size_t i = 0; i < SYMFEED_ROLES; i++) {
        struct host *host = &feed->agent.hosts[i];

        host->direct = !host->secure ||
                       (config->no_proxy != NULL && symfeed_url_is_listed(host, config->no_proxy));
    }
    good = symfeed_url_parse_proxy(&feed->proxy, config->proxy);
#else
    (void)feed;
    good = false;
#endif
    return good ? SYMFEED_OK : SYMFEED_BAD_PROXY;
}

/* --- what is asked for -------------------------------------------------------------------- */

#if SYMFEED_DATAHOSE

/* Sets names of letters, digits, _ and -, separated by commas; none if the string is NULL. */
static bool settle_names(struct text *names, const char *string)
{
    bool in_name = string == NULL;

    names->at = in_name ? "" : string;
    for (; names->at[names->size] != '\0'; names->size++) {
        unsigned char c = (unsigned char)names->at[names->size];
        unsigned char lower = bytes_lower(c);
        bool letter = (lower >= 'a' && lower <= 'z') || bytes_is_digit(c) || c == '_' || c == '-';

        if (!letter && (c != ',' || !in_name)) {
            return false;
        }
        in_name = letter;
    }
    return in_name;
}

/* Sets the tag that all readers for the same user share. */
static bool settle_default_tag(struct agent *agent, const char *user)
{
    static const char before[] = "datahose-";
    size_t left = MOST_HOSE_TAG - (sizeof before - 1);
    size_t size = 0;

    user = user != NULL ? user : "symfeed"; /* the agent separates accounts itself */
    if (!settle_text(&agent->tag, user, SYMFEED_USER_MAX)) {
        return false;
    }
    for (; size < agent->tag.size; size++) {
        if (!is_continuation(user[size]) && left-- == 0) {
            break;
        }
    }
    agent->tag.size = size;
    agent->default_tag = true;
    return true;
}

static enum symfeed_status settle_datahose(struct agent *agent, const struct symfeed_config *config)
{
    agent->fanout = config->task == SYMFEED_TASK_FANOUT;
    if (config->tag != NULL ? !settle_text(&agent->tag, config->tag, MOST_HOSE_TAG)
                            : !settle_default_tag(agent, config->user)) {
        return SYMFEED_BAD_TAG;
    }
    if (!settle_names(&agent->types, config->types) || (agent->types.size == 0 && !agent->fanout)) {
        return SYMFEED_BAD_TYPES;
    }
    return settle_names(&agent->scopes, config->scopes) ? SYMFEED_OK : SYMFEED_BAD_SCOPES;
}

#endif

#if SYMFEED_LEGACY

/* Sets NAME=VALUE, visible ASCII that is allowed in a header. */
static bool settle_cookie(struct cookie *cookie, const char *string)
{
    size_t size = 0;

    if (cookie->name != NULL &&
        !symfeed_response_is_token(cookie->name, symfeed_bytes_length(cookie->name))) {
        return false;
    }
    if (string == NULL) {
        return true;
    }
    size = symfeed_bytes_length(string);
    if (size > cookie->room || !symfeed_response_is_cookie(string, size)) {
        return false;
    }
    cookie->size = (uint16_t)size;
    memcpy(cookie->at, string, size);
    return true;
}

static enum symfeed_status settle_legacy(struct symfeed *feed, const struct symfeed_config *config)
{
    struct cookie *cookie = &feed->agent.cookie;

    feed->state = config->feed_id != NULL ? FEED_LEGACY_READ : FEED_LEGACY_CREATE;
    if (config->feed_id != NULL &&
        !settle_bytes(&feed->connection.request.feed, config->feed_id, SYMFEED_FEED_ID_SIZE - 1)) {
        return SYMFEED_BAD_FEED_ID;
    }
    symfeed_response_init(&feed->connection.response, feed->next_ack, sizeof feed->next_ack);
    cookie->at = feed->ack;
    cookie->room = SYMFEED_COOKIE_MAX;
    cookie->name = config->cookie_name;
    return settle_cookie(cookie, config->cookie) ? SYMFEED_OK : SYMFEED_BAD_COOKIE;
}

#endif

/* Sets the v5 feed, or the one-shot calls. */
static enum symfeed_status settle_feed(struct symfeed *feed, const struct symfeed_config *config)
{
#if SYMFEED_ONE_SHOT
    /* From SYMFEED_TASK_LIST on. */
    static const unsigned char states[] = {FEED_LIST, FEED_CREATE, FEED_REMOVE, FEED_SHOW_HEALTH,
                                           FEED_SHOW_VERSION};

    if (config->task == SYMFEED_TASK_DELETE &&
        !settle_bytes(&feed->connection.request.feed, config->feed_id, MOST_ID)) {
        return SYMFEED_BAD_FEED_ID;
    }
    if (feed_is_one_shot(feed)) {
        feed->state = states[config->task - SYMFEED_TASK_LIST];
    }
#endif
    return config->tag == NULL || settle_text(&feed->agent.tag, config->tag, MOST_TAG)
               ? SYMFEED_OK
               : SYMFEED_BAD_TAG;
}

/* Does the build have this task? The number may be any. */
static bool has_task(unsigned task)
{
    return task <= (SYMFEED_ONE_SHOT ? SYMFEED_TASK_INFO : SYMFEED_TASK_LEGACY) &&
           (SYMFEED_DATAHOSE || (task != SYMFEED_TASK_DATAHOSE && task != SYMFEED_TASK_FANOUT)) &&
           (SYMFEED_LEGACY || task != SYMFEED_TASK_LEGACY);
}

static enum symfeed_status settle_task(struct symfeed *feed, const struct symfeed_config *config)
{
    if (!SYMFEED_RECLAIM && config->reclaim) {
        return SYMFEED_BAD_RECLAIM;
    }
    if (!has_task((unsigned)config->task)) {
        return SYMFEED_BAD_TASK;
    }
    feed->task = (uint8_t)config->task;
#if SYMFEED_DATAHOSE
    if (feed_is_datahose(feed)) {
        feed->state = FEED_HOSE_START;
        return settle_datahose(&feed->agent, config);
    }
#endif
#if SYMFEED_LEGACY
    if (feed_is_legacy(feed)) {
        return settle_legacy(feed, config);
    }
#endif
    return settle_feed(feed, config);
}

/* Sets the timers; a timer that is 0 gets its default. */
static enum symfeed_status settle_timers(struct symfeed *feed, const struct symfeed_config *config)
{
    /* In the order of struct symfeed_timers, which consists of numbers of this type only. */
    static const uint32_t defaults[] = {15000, 30000, 15000, 60000, 45000,   5000,
                                        3500,  30000, 5000,  500,   3600000, 0};
    uint32_t values[sizeof defaults / sizeof defaults[0]];

    memcpy(values, &config->timers, sizeof values);
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        values[i] = values[i] != 0 ? values[i] : defaults[i];
        if (values[i] > FEED_DAY) {
            return SYMFEED_BAD_TIMER;
        }
    }
    memcpy(&feed->timers, values, sizeof values);
    if (feed_is_legacy(feed) && config->timers.first_byte == 0) {
        feed->timers.first_byte = LEGACY_SILENCE;
    }
    /* A default that is above the longest wait is cut to it. */
    return config->timers.backoff_first <= feed->timers.backoff_max ? SYMFEED_OK
                                                                    : SYMFEED_BAD_TIMER;
}

typedef char
    init_timers_are_numbers[sizeof(struct symfeed_timers) == 12 * sizeof(uint32_t) ? 1 : -1];

/* --- the port and the memory -------------------------------------------------------------- */

static enum symfeed_status settle_port(struct symfeed *feed, const struct symfeed_config *config)
{
    const struct symfeed_port *port = feed->port;
    enum symfeed_sign_in sign_in = config->sign_in;
    bool whole = port->connect != NULL && port->secure != NULL && port->send != NULL &&
                 port->recv != NULL && port->close != NULL && port->now != NULL &&
                 port->random != NULL &&
                 (sign_in != SYMFEED_SIGN_IN_BY_TOKENS || port->credentials != NULL ||
                  (SYMFEED_ONE_SHOT &&
                   (config->task == SYMFEED_TASK_HEALTH || config->task == SYMFEED_TASK_INFO))) &&
                 (!SYMFEED_KEY_SIGN_IN || sign_in != SYMFEED_SIGN_IN_BY_KEY ||
                  (port->sign != NULL && port->wall_clock != NULL));

    return whole ? SYMFEED_OK : SYMFEED_BAD_PORT;
}

static enum symfeed_status check(const struct symfeed_config *config, size_t size)
{
    if (config->window < SYMFEED_WINDOW_MIN || config->window > SYMFEED_WINDOW_MAX) {
        return SYMFEED_BAD_WINDOW;
    }
#if SYMFEED_JSON
    if (config->json_tokens < SYMFEED_JSON_TOKENS_MIN ||
        config->json_tokens > SYMFEED_JSON_TOKENS_MAX) {
        return SYMFEED_BAD_JSON_TOKENS;
    }
#endif
    return size < SYMFEED_MEMORY(config->window, config->json_tokens) ? SYMFEED_BAD_MEMORY
                                                                      : SYMFEED_OK;
}

/* Lays out the memory: the feed, the token table, the window. */
static void lay_out(struct symfeed *feed, const struct symfeed_config *config,
                    const struct symfeed_port *port)
{
    struct connection *connection = &feed->connection;
    unsigned char *rest = (unsigned char *)(feed + 1);

    feed->port = port;
    feed->reclaim = config->reclaim;
    feed->max_refusals = config->refusals != 0 ? config->refusals : DEFAULT_REFUSALS;
    feed->agent.include_invisible = config->include_invisible;
    feed->agent.no_presence = config->no_presence;
    feed->agent.session_token = feed->session_token;
    feed->agent.key_manager_token = feed->key_manager_token;
    connection->port = port;
    connection->agent = &feed->agent;
#if SYMFEED_PROXY
    connection->proxy = &feed->proxy;
#endif
    connection->timers = &feed->timers;
    connection->counters = &feed->counters;
    connection->request.agent = &feed->agent;
    connection->request.feed.at = feed->feed_id;
    connection->request.ack.at = feed->ack;
    connection->out = (char *)(rest + config->json_tokens * SYMFEED_JSON_TOKEN_SIZE);
    connection->out_room = config->window;
    connection->in = feed->in;
    symfeed_response_init(&connection->response, feed->line, sizeof feed->line);
#if SYMFEED_JSON
    feed->tokens.table = rest;
    feed->tokens.room = config->json_tokens;
    feed->tokens.noted = feed->batch.noted;
    feed->tokens.text = connection->out;
#endif
}

static enum symfeed_status settle(struct symfeed *feed, const struct symfeed_config *config)
{
    enum symfeed_status status = settle_port(feed, config);

    status = status == SYMFEED_OK ? settle_agent(feed, config) : status;
    status = status == SYMFEED_OK ? settle_sign_in(feed, config) : status;
    status = status == SYMFEED_OK ? settle_proxy(feed, config) : status;
    status = status == SYMFEED_OK ? settle_task(feed, config) : status;
    return status == SYMFEED_OK ? settle_timers(feed, config) : status;
}

enum symfeed_status symfeed_init_checked(struct symfeed **feed, const struct symfeed_config *config,
                                         const struct symfeed_port *port, void *memory, size_t size,
                                         uint32_t layout, uint32_t sizes)
{
    enum symfeed_status status = SYMFEED_BAD_POINTER;
    struct symfeed *made = NULL;

    if (feed == NULL) {
        return status;
    }
    *feed = NULL;
    /* First, because the structs behind the pointers may have another layout. */
    if (layout != SYMFEED_LAYOUT) {
        return SYMFEED_BAD_VERSION;
    }
    if (sizes != SYMFEED_SIZES) {
        return SYMFEED_BAD_BUILD;
    }
    if (config == NULL || port == NULL || memory == NULL) {
        return status;
    }
    status = check(config, size);
    if (status != SYMFEED_OK) {
        return status;
    }
    /* SYMFEED_MEMORY() includes the bytes that alignment can cost. */
    made = (struct symfeed *)(void *)((unsigned char *)memory + (16 - (uintptr_t)memory % 16) % 16);
    memset(made, 0, sizeof *made);
    lay_out(made, config, port);
    status = settle(made, config);
    if (status == SYMFEED_OK) {
        *feed = made;
    }
    return status;
}

enum symfeed_status symfeed_renew(struct symfeed *feed, const char *user)
{
#if SYMFEED_KEY_SIGN_IN
    struct text name;

    if (user != NULL) {
        if (!settle_bytes(&name, user, SYMFEED_USER_MAX)) {
            return SYMFEED_BAD_USER;
        }
        feed->agent.user = name;
    }
#else
    (void)user;
#endif
    if (feed->run == RUN_STOPPED) {
        return SYMFEED_OK;
    }
    /* It was made, or its call is made, with the old credentials. */
    if (feed->connection.state == CONNECTION_IDLE ||
        (SYMFEED_SIGN_IN && connection_is_busy(&feed->connection) &&
         feed_call(feed) >= SYMFEED_CALL_SESSION)) {
        symfeed_connection_abort(&feed->connection);
        feed->waiting = true;
    }
    if (feed->waiting) {
        feed->waiting = false;
        feed->deadline = feed_now(feed);
    }
    symfeed_report(feed, SYMFEED_REPORT_RENEWED);
    symfeed_session_reset(feed);
    feed->refused = false;
    feed->backoff.step = 0;
    feed->backoff.failures = 0;
    return SYMFEED_OK;
}
