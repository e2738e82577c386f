/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.c - check a configuration and lay a feed out in the caller's memory. The only place where a
 * mistake of the caller is looked for; what passes here needs no checks later.
 */
#include "feed.h"

#include "bytes.h"
#include "note.h"

#define DAY              86400000u
#define MOST_TAG         100
#define DEFAULT_REFUSALS 3

/* SYMFEED_STATE_SIZE of the header holds what is not an array of configured size. */
typedef char init_state_size_is_right[sizeof(struct symfeed) + 16 <= SYMFEED_MEMORY(0, 0) ? 1 : -1];

const char *symfeed_version(void)
{
    return SYMFEED_VERSION;
}

const char *symfeed_status_text(enum symfeed_status status)
{
#if SYMFEED_MESSAGES
#define TEXT(name, text) text,
    static const char *const texts[] = {SYMFEED_STATUS_LIST(TEXT)};
#undef TEXT

    return (unsigned)status < SYMFEED_STATUS_COUNT ? texts[status] : "unknown status";
#else
    (void)status;
    return "";
#endif
}

/* A timer that is not set gets its default. false: one is too long. */
static bool settle_timers(struct symfeed_timers *timers)
{
    /* In the order of struct symfeed_timers, which is nothing but numbers of this type. */
    static const uint32_t defaults[] = {15000, 30000, 15000, 60000,  45000,  600000,
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
    init_timers_are_numbers[sizeof(struct symfeed_timers) == 11 * sizeof(uint32_t) ? 1 : -1];

/* 1 to 100 characters of UTF-8, none of them a control character; the scanner knows UTF-8. */
static bool settle_tag(struct text *text, const char *tag)
{
    struct scan scan;
    size_t characters = 0;

    text->at = "";
    text->size = 0;
    if (tag == NULL) {
        return true;
    }
    symfeed_scan_init(&scan);
    scan.state = SCAN_IN_STRING;
    for (; tag[text->size] != '\0'; text->size++) {
        unsigned char byte = (unsigned char)tag[text->size];
        bool punctuation = byte == '"' || byte == '\\';

        if (byte == 0x7F || characters > MOST_TAG) {
            return false;
        }
        if (punctuation ? scan.state != SCAN_IN_STRING
                        : symfeed_scan_byte(&scan, byte) == SCAN_ERROR) {
            return false;
        }
        characters += (byte & 0xC0) != 0x80 ? 1u : 0u;
    }
    text->at = tag;
    return characters > 0 && characters <= MOST_TAG && scan.state == SCAN_IN_STRING;
}

static bool port_is_whole(const struct symfeed_port *port)
{
    return port->connect != NULL && port->secure != NULL && port->send != NULL &&
           port->recv != NULL && port->close != NULL && port->now != NULL && port->random != NULL &&
           port->credentials != NULL;
}

static enum symfeed_status check(const struct symfeed_config *config,
                                 const struct symfeed_port *port, size_t size, size_t header)
{
    if (header != SYMFEED_MEMORY(0, 0)) {
        return SYMFEED_BAD_BUILD;
    }
    if (!port_is_whole(port)) {
        return SYMFEED_BAD_PORT;
    }
    if (config->window < SYMFEED_WINDOW_MIN || config->window > SYMFEED_WINDOW_MAX) {
        return SYMFEED_BAD_WINDOW;
    }
    if (config->tokens < SYMFEED_TOKENS_MIN || config->tokens > SYMFEED_TOKENS_MAX) {
        return SYMFEED_BAD_TOKENS;
    }
    return size < SYMFEED_MEMORY(config->window, config->tokens) ? SYMFEED_BAD_MEMORY : SYMFEED_OK;
}

static enum symfeed_status fill_in(struct symfeed *feed, const struct symfeed_config *config)
{
    enum symfeed_status status = SYMFEED_BAD_AGENT;

    if (config->agent != NULL) {
        status = symfeed_agent_parse_url(&feed->agent, config->agent, config->insecure_http);
    }
    if (status != SYMFEED_OK) {
        return status;
    }
    if (!settle_tag(&feed->agent.tag, config->tag)) {
        return SYMFEED_BAD_TAG;
    }
    feed->timers = config->timers;
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
    feed->tokens.table = rest;
    feed->tokens.room = config->tokens;
    feed->window_size = config->window;
    feed->agent.session_token = feed->session_token;
    feed->agent.key_manager_token = feed->key_manager_token;
    feed->exchange.port = port;
    feed->exchange.agent = &feed->agent;
    feed->exchange.timers = &feed->timers;
    feed->exchange.counters = &feed->counters;
    feed->exchange.request.agent = &feed->agent;
    feed->exchange.out = (char *)(rest + config->tokens * SYMFEED_TOKEN_SIZE);
    feed->exchange.out_room = config->window;
    feed->exchange.in = feed->in;
    symfeed_http_init(&feed->exchange.http, feed->line, sizeof feed->line);
    symfeed_repeats_init(&feed->repeats);
}

enum symfeed_status symfeed_init_checked(struct symfeed **feed, const struct symfeed_config *config,
                                         const struct symfeed_port *port, void *memory, size_t size,
                                         size_t header)
{
    enum symfeed_status status = SYMFEED_BAD_POINTER;
    struct symfeed *made = NULL;

    if (feed == NULL) {
        return status;
    }
    *feed = NULL;
    if (config == NULL || port == NULL || memory == NULL) {
        return status;
    }
    status = check(config, port, size, header);
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
