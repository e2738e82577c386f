/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_feed.c - a server that says anything: the input is what it sends, connection after
 * connection, a byte 0xFF ending each. The feed must come through it: no end, no spinning, and time
 * goes on only while it waits.
 */
#include <stdlib.h>
#include <string.h>

#include "symfeed.h"

#define WINDOW SYMFEED_WINDOW_MIN
#define TOKENS SYMFEED_TOKENS_MIN
#define ROUNDS 20000u

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct server {
    const unsigned char *data;
    size_t size;
    size_t at;
    uint32_t clock;
    bool asked;
};

static void require(bool good)
{
    if (!good) {
        abort();
    }
}

static int server_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    return 0;
}

static int server_send(void *context, const void *data, size_t size)
{
    struct server *server = context;

    (void)data;
    server->asked = true;
    return (int)size;
}

static int server_recv(void *context, void *data, size_t size)
{
    struct server *server = context;
    size_t count = 0;

    while (count < size && server->at < server->size && server->data[server->at] != 0xFF) {
        ((unsigned char *)data)[count++] = server->data[server->at++];
    }
    if (count > 0) {
        return (int)count;
    }
    server->at += server->at < server->size ? 1u : 0u;
    return server->at < server->size ? 0 : SYMFEED_IO_WANT_READ;
}

static void server_close(void *context)
{
    (void)context;
}

static uint32_t server_now(void *context)
{
    return ((struct server *)context)->clock;
}

static void server_random(void *context, void *data, size_t size)
{
    (void)context;
    memset(data, 3, size);
}

static int server_credentials(void *context, struct symfeed_credentials *credentials)
{
    (void)context;
    memcpy(credentials->session_token, "token", sizeof "token");
    credentials->key_manager_token[0] = '\0';
    return 0;
}

static void follow(struct symfeed *feed, struct server *server)
{
    struct symfeed_event event;
    char text[64];
    unsigned rounds = 0;

    for (; rounds < ROUNDS && server->at < server->size; rounds++) {
        switch (symfeed_next(feed, &event)) {
        case SYMFEED_EVENT:
            require(event.size <= WINDOW);
            (void)symfeed_string(symfeed_find(&event, "type"), text, sizeof text);
            if ((event.bytes & 7u) == 3) {
                symfeed_refuse(feed);
            }
            break;
        case SYMFEED_WAIT:
            if ((int32_t)(symfeed_deadline(feed) - server->clock) > 0) {
                server->clock = symfeed_deadline(feed);
            }
            break;
        default: abort();
        }
    }
    require(rounds < ROUNDS);
    symfeed_stop(feed, SYMFEED_STOP_NOW);
    for (rounds = 0; symfeed_next(feed, &event) != SYMFEED_STOPPED; rounds++) {
        require(rounds < 100);
        server->clock = symfeed_deadline(feed);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static unsigned char memory[SYMFEED_MEMORY(WINDOW, TOKENS)];
    struct server server = {data, size, 0, 0xFFFFF000u, false};
    struct symfeed_port port = {&server,       server_connect,     server_connect, server_send,
                                server_recv,   server_close,       server_now,     NULL,
                                server_random, server_credentials, NULL,           NULL};
    struct symfeed_config config = {0};
    struct symfeed *feed = NULL;

    config.agent = "http://127.0.0.1";
    config.insecure_http = true;
    config.window = WINDOW;
    config.tokens = TOKENS;
    require(symfeed_init(&feed, &config, &port, memory, sizeof memory) == SYMFEED_OK);
    follow(feed, &server);
    return 0;
}
