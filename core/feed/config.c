/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - check a configuration and lay a feed out in the caller's memory. The only place where
 * a mistake of the caller is looked for; what passes here needs no checks later.
 */
#include "feed/state.h"

#include "util/bytes.h"
#include "feed/report.h"
#include "feed/session.h"

#define DAY              86400000u
#define MOST_TAG         100
#define MOST_HOSE_TAG    80
#define MOST_ID          1024
#define DEFAULT_REFUSALS 3

/* A legacy read is held for 30 s; one without an answer by now will never have one. */
#define LEGACY_SILENCE 35000u

/* SYMFEED_STATE_SIZE of the header holds what is not an array of configured size. */
typedef char init_state_size_is_right[sizeof(struct symfeed) + 16 <= SYMFEED_MEMORY(0, 0) ? 1 : -1];

const char *symfeed_version(void)
{
    return SYMFEED_VERSION;
}

/* A timer that is not set gets its default. false: one is too long. */
static bool settle_timers(struct symfeed_timers *timers)
{
    /* In the order of struct symfeed_timers, which is nothing but numbers of this type. */
    static const uint32_t defaults[] = {15000, 30000, 15000, 60000,  45000,
                                        5000,  500,   5000,  300000, 3600000};
    uint32_t values[sizeof defaults / sizeof defaults[0]];
    bool good = true;

    memcpy(values, timers, sizeof values);
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        if (values[i] == 0) {
            values[i] = defaults[i];
        }
        good = good && values[i] <= DAY;
    }
    memcpy(timers, values, sizeof values);
    return good && timers->backoff_first <= timers->backoff_max;
}

typedef char
    init_timers_are_numbers[sizeof(struct symfeed_timers) == 10 * sizeof(uint32_t) ? 1 : -1];

#if SYMFEED_JSON

/* 1 to `most` characters of UTF-8, none of them a control character; the scanner knows UTF-8. */
static bool settle_text(struct text *text, const char *string, size_t most)
{
    struct scan scan;
    size_t characters = 0;

    symfeed_scan_init(&scan);
    scan.state = SCAN_IN_STRING;
    text->at = string;
    for (text->size = 0; string[text->size] != '\0'; text->size++) {
        unsigned char byte = (unsigned char)string[text->size];
        bool punctuation = byte == '"' || byte == '\\';

        if (byte == 0x7F || characters > most) {
            return false;
        }
        if (punctuation ? scan.state != SCAN_IN_STRING
                        : symfeed_scan_byte(&scan, byte) == SCAN_ERROR) {
            return false;
        }
        characters += (byte & 0xC0) != 0x80 ? 1u : 0u;
    }
    return characters > 0 && characters <= most && scan.state == SCAN_IN_STRING;
}

#else

/* 1 to `most` characters, none of them a control character, where the text is UTF-8, which nobody
 * looks at. */
static bool settle_text(struct text *text, const char *string, size_t most)
{
    size_t characters = 0;

    text->at = string;
    for (text->size = 0; string[text->size] != '\0'; text->size++) {
        unsigned char byte = (unsigned char)string[text->size];

        if (byte < 0x20 || byte == 0x7F) {
            return false;
        }
        characters += (byte & 0xC0) != 0x80 ? 1u : 0u;
    }
    return characters > 0 && characters <= most;
}

#endif

/* --- what is asked for -------------------------------------------------------------------- */

static bool settle_tag(struct text *tag, const char *string, size_t most)
{
    if (string == NULL) {
        tag->at = "";
        tag->size = 0;
        return true;
    }
    return settle_text(tag, string, most);
}

#if SYMFEED_DATAHOSE

/* Names of letters, digits, _ and -, between commas; none at all where there is no string. */
static bool settle_names(struct text *names, const char *string)
{
    bool in_name = false;

    names->at = "";
    names->size = 0;
    if (string == NULL) {
        return true;
    }
    names->at = string;
    for (; string[names->size] != '\0'; names->size++) {
        unsigned char c = (unsigned char)string[names->size];
        bool letter = (bytes_lower(c) >= 'a' && bytes_lower(c) <= 'z') || bytes_is_digit(c) ||
                      c == '_' || c == '-';

        if (!letter && (c != ',' || !in_name)) {
            return false;
        }
        in_name = letter;
    }
    return in_name;
}

/* The tag that all who read for the same user share. */
static bool settle_default_tag(struct agent *agent, const char *user)
{
    static const char before[] = "datahose-";
    size_t left = MOST_HOSE_TAG - (sizeof before - 1);
    size_t size = 0;

    user = user != NULL ? user : "symfeed"; /* the agent tells accounts apart by itself */
    if (!settle_text(&agent->tag, user, SYMFEED_USER_MAX)) {
        return false;
    }
    while (size < agent->tag.size && left > 0) {
        size++;
        while (size < agent->tag.size && ((unsigned char)user[size] & 0xC0) == 0x80) {
            size++;
        }
        left--;
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

/* NAME=VALUE in visible ASCII, as it may stand in a header. */
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
    struct text id = {NULL, 0};

    feed->state = FEED_LEGACY_CREATE;
    if (config->feed_id != NULL) {
        if (!settle_text(&id, config->feed_id, SYMFEED_FEED_ID_SIZE) ||
            id.size >= SYMFEED_FEED_ID_SIZE) {
            return SYMFEED_BAD_FEED_ID;
        }
        memcpy(feed->feed_id, id.at, id.size);
        feed->feed_id_size = (uint16_t)id.size;
        feed->state = FEED_LEGACY_READ;
    }
    cookie->at = feed->ack;
    cookie->room = SYMFEED_COOKIE_MAX;
    cookie->name = config->cookie_name;
    return settle_cookie(cookie, config->cookie) ? SYMFEED_OK : SYMFEED_BAD_COOKIE;
}

#endif

/* The v5 feed, and the calls on it. */
static enum symfeed_status settle_feed(struct symfeed *feed, const struct symfeed_config *config)
{
#if SYMFEED_ONE_SHOT
    /* From SYMFEED_TASK_LIST on. */
    static const unsigned char states[] = {FEED_FIND, FEED_CREATE, FEED_DELETE, FEED_HEALTH,
                                           FEED_VERSION};

    if (config->task == SYMFEED_TASK_DELETE &&
        (config->feed_id == NULL || !settle_text(&feed->target, config->feed_id, MOST_ID) ||
         feed->target.size > MOST_ID)) {
        return SYMFEED_BAD_FEED_ID;
    }
    if (feed_is_one_shot(feed)) {
        feed->state = states[config->task - SYMFEED_TASK_LIST];
    }
#endif
    return settle_tag(&feed->agent.tag, config->tag, MOST_TAG) ? SYMFEED_OK : SYMFEED_BAD_TAG;
}

static enum symfeed_status settle_task(struct symfeed *feed, const struct symfeed_config *config)
{
    if ((unsigned)config->task > (SYMFEED_ONE_SHOT ? SYMFEED_TASK_INFO : SYMFEED_TASK_LEGACY)) {
        return SYMFEED_BAD_TASK; /* which is more than a byte tells */
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
    if (config->task != SYMFEED_TASK_FEED && !feed_is_one_shot(feed)) {
        return SYMFEED_BAD_TASK;
    }
    return settle_feed(feed, config);
}

/* --- the port and the memory -------------------------------------------------------------- */

static bool port_is_whole(const struct symfeed_port *port, const struct symfeed_config *config)
{
    bool open = SYMFEED_ONE_SHOT &&
                (config->task == SYMFEED_TASK_HEALTH || config->task == SYMFEED_TASK_INFO);
    enum symfeed_sign_in sign_in = config->sign_in;

    return port->connect != NULL && port->secure != NULL && port->send != NULL &&
           port->recv != NULL && port->close != NULL && port->now != NULL && port->random != NULL &&
           (open || sign_in != SYMFEED_SIGN_IN_BY_TOKENS || port->credentials != NULL) &&
           (!SYMFEED_KEY_SIGN_IN || sign_in != SYMFEED_SIGN_IN_BY_KEY ||
            (port->sign != NULL && port->wall_clock != NULL));
}

static enum symfeed_status check(const struct symfeed_config *config,
                                 const struct symfeed_port *port, size_t size)
{
    if (!port_is_whole(port, config)) {
        return SYMFEED_BAD_PORT;
    }
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

/* --- hosts -------------------------------------------------------------------------------- */

static enum symfeed_status settle_agent(struct host *host, const struct symfeed_config *config)
{
    static const char default_path[] = "/agent";

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

/* Where tokens are had: by default the agent's host, without its path. */
static bool settle_issuer(struct host *host, const struct host *agent, const char *url,
                          bool insecure_http)
{
    *host = *agent;
    host->path.size = 0;
    return url == NULL || (symfeed_url_parse(host, url) && (host->secure || insecure_http));
}

#endif

#if SYMFEED_KEY_SIGN_IN

/* Bytes and characters are both bounded: a JWT has room for so many bytes. */
static bool settle_user(struct text *user, const char *string)
{
    return settle_text(user, string, SYMFEED_USER_MAX) && user->size <= SYMFEED_USER_MAX;
}

#endif

#if SYMFEED_SIGN_IN

static enum symfeed_status settle_sign_in(struct agent *agent, const struct symfeed_config *config)
{
    bool insecure_http = config->insecure_http;
    bool key = SYMFEED_KEY_SIGN_IN && config->sign_in == SYMFEED_SIGN_IN_BY_KEY;
    bool certificate =
        SYMFEED_CERTIFICATE_SIGN_IN && config->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE;

    if (config->sign_in == SYMFEED_SIGN_IN_BY_TOKENS) {
        return SYMFEED_OK;
    }
    if (!key && !certificate) {
        return SYMFEED_BAD_SIGN_IN;
    }
    agent->sign_in = (uint8_t)config->sign_in;
#if SYMFEED_KEY_SIGN_IN
    if (key && (config->user == NULL || !settle_user(&agent->user, config->user))) {
        return SYMFEED_BAD_USER;
    }
#endif
    if (!settle_issuer(&agent->hosts[ROLE_POD], &agent->hosts[ROLE_AGENT], config->pod,
                       insecure_http)) {
        return SYMFEED_BAD_POD;
    }
    return settle_issuer(&agent->hosts[ROLE_KEY_MANAGER], &agent->hosts[ROLE_AGENT],
                         config->key_manager, insecure_http)
               ? SYMFEED_OK
               : SYMFEED_BAD_KEY_MANAGER;
}

#else

static enum symfeed_status settle_sign_in(struct agent *agent, const struct symfeed_config *config)
{
    (void)agent;
    return config->sign_in == SYMFEED_SIGN_IN_BY_TOKENS ? SYMFEED_OK : SYMFEED_BAD_SIGN_IN;
}

#endif

#if SYMFEED_PROXY

/* Which hosts are reached through the proxy: those with https:// that are not excepted. */
static bool settle_proxy(struct symfeed *feed, const struct symfeed_config *config)
{
    if (config->proxy == NULL || *config->proxy == '\0') {
        return true;
    }
    for (size_t i = 0; i < SYMFEED_ROLES; i++) {
        struct host *host = &feed->agent.hosts[i];

        host->direct = !host->secure ||
                       (config->no_proxy != NULL && symfeed_url_is_listed(host, config->no_proxy));
    }
    return symfeed_url_parse_proxy(&feed->proxy, config->proxy);
}

#else

static bool settle_proxy(struct symfeed *feed, const struct symfeed_config *config)
{
    (void)feed;
    return config->proxy == NULL || *config->proxy == '\0';
}

#endif

static enum symfeed_status fill_in(struct symfeed *feed, const struct symfeed_config *config)
{
    enum symfeed_status status = settle_agent(&feed->agent.hosts[ROLE_AGENT], config);

    if (status == SYMFEED_OK) {
        status = settle_sign_in(&feed->agent, config);
    }
    if (status != SYMFEED_OK) {
        return status;
    }
    if (!settle_proxy(feed, config)) {
        return SYMFEED_BAD_PROXY;
    }
    if (!SYMFEED_RECLAIM && config->reclaim) {
        return SYMFEED_BAD_RECLAIM;
    }
    status = settle_task(feed, config);
    if (status != SYMFEED_OK) {
        return status;
    }
    feed->timers = config->timers;
    if (feed_is_legacy(feed) && feed->timers.first_byte == 0) {
        feed->timers.first_byte = LEGACY_SILENCE;
    }
    if (!settle_timers(&feed->timers)) {
        return SYMFEED_BAD_TIMER;
    }
    feed->agent.include_invisible = config->include_invisible;
    feed->agent.no_presence = config->no_presence;
    feed->reclaim = config->reclaim;
    feed->max_refusals = config->refusals != 0 ? config->refusals : DEFAULT_REFUSALS;
    return SYMFEED_OK;
}

/* The feed first, then the token table, then the window. */
static void lay_out(struct symfeed *feed, const struct symfeed_config *config,
                    const struct symfeed_port *port)
{
    unsigned char *rest = (unsigned char *)(feed + 1);

    feed->port = port;
#if SYMFEED_JSON
    feed->tokens.table = rest;
    feed->tokens.room = config->json_tokens;
    feed->tokens.noted = feed->batch.noted;
#endif
    feed->window_size = config->window;
    feed->agent.session_token = feed->session_token;
    feed->agent.key_manager_token = feed->key_manager_token;
    feed->connection.port = port;
    feed->connection.agent = &feed->agent;
#if SYMFEED_PROXY
    feed->connection.proxy = &feed->proxy;
#endif
    feed->connection.timers = &feed->timers;
    feed->connection.counters = &feed->counters;
    feed->connection.request.agent = &feed->agent;
    feed->connection.out = (char *)(rest + config->json_tokens * SYMFEED_JSON_TOKEN_SIZE);
    feed->connection.out_room = config->window;
#if SYMFEED_JSON
    feed->tokens.text = feed->connection.out;
#endif
    feed->connection.in = feed->in;
    if (feed_is_legacy(feed)) {
        symfeed_response_init(&feed->connection.response, feed->next_ack, sizeof feed->next_ack);
    } else {
        symfeed_response_init(&feed->connection.response, feed->line, sizeof feed->line);
    }
#if SYMFEED_DEDUP > 0
    symfeed_dedup_init(&feed->dedup);
#endif
    symfeed_session_reset(feed);
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
    /* First of all: what the pointers are to may not be what it is taken for. */
    if (layout != SYMFEED_LAYOUT) {
        return SYMFEED_BAD_VERSION;
    }
    if (sizes != SYMFEED_SIZES) {
        return SYMFEED_BAD_BUILD;
    }
    if (config == NULL || port == NULL || memory == NULL) {
        return status;
    }
    status = check(config, port, size);
    if (status != SYMFEED_OK) {
        return status;
    }
    /* SYMFEED_MEMORY() has the bytes that aligning may cost. */
    made = (struct symfeed *)(void *)((unsigned char *)memory + (16 - (uintptr_t)memory % 16) % 16);
    memset(made, 0, sizeof *made);
    status = fill_in(made, config);
    if (status == SYMFEED_OK) {
        lay_out(made, config, port);
        *feed = made;
    }
    return status;
}

enum symfeed_status symfeed_renew(struct symfeed *feed, const char *user)
{
    bool signing_in = SYMFEED_SIGN_IN && connection_is_busy(&feed->connection) &&
                      feed_call(feed) >= SYMFEED_CALL_SESSION;

#if SYMFEED_KEY_SIGN_IN
    struct text name = feed->agent.user;

    if (user != NULL && !settle_user(&name, user)) {
        return SYMFEED_BAD_USER;
    }
    feed->agent.user = name;
#else
    (void)user;
#endif
    if (feed->run == RUN_STOPPED) {
        return SYMFEED_OK;
    }
    if (signing_in) {
        symfeed_connection_abort(&feed->connection); /* it speaks of the old ones */
    }
    if (signing_in || feed->waiting) {
        feed->waiting = false;
        feed->deadline = feed_now(feed);
    }
    symfeed_report(feed, SYMFEED_REPORT_RENEWED);
    symfeed_session_reset(feed);
    feed->refused = false;
    feed->renewals.used = 0;
    feed->backoff.step = 0;
    feed->backoff.failures = 0;
    return SYMFEED_OK;
}
