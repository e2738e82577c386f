/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_feed.c - servers and a proxy that say anything, to each task: a feed must come through it,
 * with no end, no spinning, one connection at a time, and time going on only while it waits; a
 * single call comes to an end, and stays there. Then no secret is left in memory.
 *
 * The input: two bytes of choices, then what is sent, connection after connection, 0xFF ending
 * each; what is behind 0xFE waits for a request. Without that it may come before it is asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "symfeed.h"

#define WINDOW SYMFEED_WINDOW_MIN
#define TOKENS SYMFEED_JSON_TOKENS_MIN
#define ROUNDS 20000u

/* Bits of the first byte of choices; the lowest two are the way to sign in. */
#define APART    0x04u /* three hosts */
#define PROXIED  0x08u
#define EXCEPTED 0x10u /* the pod is reached without the proxy */
#define RENEWS   0x20u /* new credentials all the time */
#define PLAIN    0x40u /* http:// */

/* Bits of the second one; the lowest four are the task. */
#define TAGGED  0x10u
#define MORE    0x20u /* whatever else the task can be told */
#define RECLAIM 0x40u

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct server {
    const unsigned char *data;
    size_t size;
    size_t at;
    enum symfeed_task task;
    uint32_t clock;
    uint32_t random;
    unsigned char choices;
    bool open;
    bool asked;
};

static void require(bool good)
{
    if (!good) {
        abort();
    }
}

static bool is_proxy(const struct symfeed_endpoint *endpoint)
{
    return endpoint->port == 3128;
}

static int server_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    struct server *server = context;

    require(!server->open);
    require(!is_proxy(endpoint) || (server->choices & PROXIED) != 0);
    require(!endpoint->same || server->task == SYMFEED_TASK_LEGACY);
    server->open = true;
    server->asked = false;
    return 0;
}

static int server_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    require(((struct server *)context)->open && !is_proxy(endpoint));
    return 0;
}

static int server_send(void *context, const void *data, size_t size)
{
    struct server *server = context;

    (void)data;
    require(server->open);
    server->asked = true;
    return (int)size;
}

static int server_recv(void *context, void *data, size_t size)
{
    struct server *server = context;
    size_t count = 0;

    require(server->open);
    if (!server->asked) {
        return SYMFEED_IO_WANT_READ;
    }
    while (count < size && server->at < server->size && server->data[server->at] < 0xFE) {
        ((unsigned char *)data)[count++] = server->data[server->at++];
    }
    if (count > 0) {
        return (int)count;
    }
    if (server->at < server->size && server->data[server->at] == 0xFE) {
        server->at++;
        server->asked = false;
        return SYMFEED_IO_WANT_READ;
    }
    server->at += server->at < server->size ? 1u : 0u;
    return server->at < server->size ? 0 : SYMFEED_IO_WANT_READ;
}

static void server_close(void *context)
{
    ((struct server *)context)->open = false;
}

static uint32_t server_now(void *context)
{
    return ((struct server *)context)->clock;
}

static int64_t server_wall_clock(void *context)
{
    return 1700000000 + ((struct server *)context)->clock / 1000;
}

static void server_random(void *context, void *data, size_t size)
{
    struct server *server = context;

    for (size_t i = 0; i < size; i++) {
        server->random = server->random * 1664525u + 1013904223u;
        ((unsigned char *)data)[i] = (unsigned char)(server->random >> 24);
    }
}

static int server_credentials(void *context, struct symfeed_credentials *credentials)
{
    (void)context;
    memcpy(credentials->session_token, "SECRETtoken", sizeof "SECRETtoken");
    credentials->key_manager_token[0] = '\0';
    return 0;
}

static int server_sign(void *context, const void *data, size_t size, unsigned char *signature,
                       size_t room)
{
    struct server *server = context;
    size_t count = 1 + server->clock % room;

    require(size > 0 && ((const char *)data)[size - 1] != '.');
    for (size_t i = 0; i < count; i++) {
        signature[i] = (unsigned char)"SECRET"[i % 6];
    }
    return (int)count;
}

/* Whatever a server has said, a report's line is visible ASCII, and has no secret. */
static void server_report(void *context, const struct symfeed_report *report)
{
    char text[512];
    size_t size = symfeed_report_text(report, text, sizeof text);

    (void)context;
    require((unsigned)report->code < SYMFEED_REPORT_COUNT);
    require((unsigned)report->call < SYMFEED_CALL_COUNT);
    require(size > 0 && size == strlen(text));
    for (size_t i = 0; i < size; i++) {
        require(text[i] >= ' ' && text[i] <= '~');
    }
    require(strstr(text, "SECRET") == NULL && strstr(text, "U0VDUkVU") == NULL);
}

static bool has(const unsigned char *memory, size_t size, const char *secret)
{
    size_t length = strlen(secret);
    const unsigned char *end = memory + size;
    const unsigned char *at = memchr(memory, secret[0], size);

    while (at != NULL && (size_t)(end - at) >= length) {
        if (memcmp(at, secret, length) == 0) {
            return true;
        }
        at = memchr(at + 1, secret[0], (size_t)(end - at) - 1);
    }
    return false;
}

/* What is told of the feed fits wherever it is put. */
static void look(const struct symfeed *feed)
{
    char text[SYMFEED_COOKIE_MAX + 1];
    char little[2] = {'x', 'x'};
    size_t size = symfeed_feed_id(feed, text, sizeof text);

    require(size < SYMFEED_FEED_ID_SIZE && text[size] == '\0');
    require(symfeed_feed_id(feed, little, 1) == size && little[0] == '\0' && little[1] == 'x');
    size = symfeed_cookie(feed, text, sizeof text);
    require(size <= SYMFEED_COOKIE_MAX && text[size] == '\0' && strpbrk(text, "\r\n; ") == NULL);
}

static bool is_call(const struct server *server)
{
    return server->task >= SYMFEED_TASK_LIST;
}

/* Hands out, refuses, waits. false: the single call is over. */
static bool go_on(struct symfeed *feed, struct server *server)
{
    struct symfeed_event event;
    char text[64];
    enum symfeed_status status = symfeed_next(feed, &event);

    switch (status) {
    case SYMFEED_EVENT:
        require(event.size <= WINDOW);
        (void)symfeed_string(symfeed_event_find(&event, "type"), text, sizeof text);
        if ((event.full_size & 7u) == 3) {
            symfeed_refuse(feed);
        }
        return true;
    case SYMFEED_WAIT:
        if ((int32_t)(symfeed_deadline(feed) - server->clock) > 0) {
            server->clock = symfeed_deadline(feed);
        }
        look(feed);
        return true;
    default:
        require(is_call(server) && (status == SYMFEED_STOPPED || status == SYMFEED_FAILED));
        require(symfeed_next(feed, &event) == status);
        return false;
    }
}

static void follow(struct symfeed *feed, struct server *server)
{
    struct symfeed_event event;
    enum symfeed_status status = SYMFEED_WAIT;
    unsigned rounds = 0;

    for (; rounds < ROUNDS && (server->at < server->size || is_call(server)); rounds++) {
        if ((server->choices & RENEWS) != 0 && rounds % 16 == 15) {
            require(symfeed_renew(feed, rounds % 32 == 15 ? "other" : NULL) == SYMFEED_OK);
        }
        if (!go_on(feed, server)) {
            return;
        }
    }
    require(rounds < ROUNDS);
    symfeed_stop(feed, SYMFEED_STOP_NOW);
    for (rounds = 0; status != SYMFEED_STOPPED; rounds++) {
        require(rounds < 100);
        status = symfeed_next(feed, &event);
        server->clock = symfeed_deadline(feed);
    }
}

static void configure(struct symfeed_config *config, unsigned char choices)
{
    bool plain = (choices & PLAIN) != 0;

    memset(config, 0, sizeof *config);
    config->agent = plain ? "http://127.0.0.1" : "https://agent.test";
    config->insecure_http = plain;
    config->window = WINDOW;
    config->json_tokens = TOKENS;
    config->sign_in = (enum symfeed_sign_in)((choices & 3u) % 3u);
    config->user = "bot";
    if ((choices & APART) != 0) {
        config->pod = "https://pod.test/base";
        config->key_manager = "https://km.test:8444";
    }
    config->proxy = (choices & PROXIED) != 0 ? "http://user:SECRET@proxy.test:3128" : NULL;
    config->no_proxy = (choices & EXCEPTED) != 0 ? "x, pod.test" : NULL;
}

static void choose_task(struct symfeed_config *config, unsigned char choices)
{
    bool more = (choices & MORE) != 0;

    config->task = (enum symfeed_task)((choices & 15u) % (SYMFEED_TASK_INFO + 1u));
    config->tag = (choices & TAGGED) != 0 ? "a tag" : NULL;
    config->reclaim = (choices & RECLAIM) != 0;
    config->types = more || config->task == SYMFEED_TASK_DATAHOSE ? "MESSAGESENT,B" : NULL;
    config->scopes = more ? "INTERNAL" : NULL;
    config->feed_id = more || config->task == SYMFEED_TASK_DELETE ? "a/f" : NULL;
    config->cookie = more ? "route=1" : NULL;
    config->cookie_name = more && config->reclaim ? "route" : NULL;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static unsigned char memory[SYMFEED_MEMORY(WINDOW, TOKENS)];
    struct server server = {data, size, 2, SYMFEED_TASK_FEED, 0xFFFFF000u, 1, 0, false, false};
    struct symfeed_port port = {.context = &server,
                                .connect = server_connect,
                                .secure = server_secure,
                                .send = server_send,
                                .recv = server_recv,
                                .close = server_close,
                                .now = server_now,
                                .wall_clock = server_wall_clock,
                                .random = server_random,
                                .credentials = server_credentials,
                                .sign = server_sign,
                                .report = server_report};
    struct symfeed_config config;
    struct symfeed *feed = NULL;

    if (size < 2) {
        return 0;
    }
    server.choices = data[0];
    configure(&config, data[0]);
    choose_task(&config, data[1]);
    server.task = config.task;
    memset(memory, 0, sizeof memory);
    require(symfeed_init(&feed, &config, &port, memory, sizeof memory) == SYMFEED_OK);
    follow(feed, &server);
    require(!server.open);
    if (!has(data, size, "SECRET") && !has(data, size, "U0VD")) {
        require(!has(memory, sizeof memory, "SECRET") && !has(memory, sizeof memory, "U0VDUkVU"));
    }
    return 0;
}
