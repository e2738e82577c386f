/* SPDX-License-Identifier: Apache-2.0 */
/*
 * null_port.c - an empty port, to start from on a new board. It has the seven required functions,
 * credentials() and report(), and links with core/ alone. Everything that needs the board fails.
 * Implement the functions in the order of their numbers; port/README.md says what each must do.
 *
 *     cc -Icore -IFOLDER-OF-JSMN examples/porting/null_port.c $(find core -name '*.c')
 */
#include <stdio.h>
#include <string.h>

#include "symfeed.h"

/* The state that all functions share. A real port has its socket and its TLS here. */
struct null_port {
    uint32_t now;
};

/* The causes: a function that fails returns one of them with a minus sign, and the core gives it to
 * report(). Numbers below 16 belong to enum symfeed_io. A real port has a cause of its own for each
 * failure that has a fix of its own. */
enum { NO_TOKENS_HERE = 16, NO_NETWORK_HERE, NO_TLS_HERE };

static const char *cause_text(unsigned cause)
{
    switch (cause) {
    case NO_TOKENS_HERE: return "no tokens here";
    case NO_NETWORK_HERE: return "no network here";
    default: return "no TLS here";
    }
}

/* 1. The clock: milliseconds since any start, never backwards. Here main() sets it. */
static uint32_t null_now(void *context)
{
    return ((struct null_port *)context)->now;
}

/* 2. Randomness: use the board's generator. Zeros are only good for this program. */
static void null_random(void *context, void *data, size_t size)
{
    (void)context;
    memset(data, 0, size);
}

/* 3. Reports: they show what the feed does. For a failure of the port, the text of its cause
 * replaces the general one. A board without a console can count or blink report->code, and build
 * with SYMFEED_MESSAGES=0. */
static void null_report(void *context, const struct symfeed_report *report)
{
    struct symfeed_report copy = *report;
    char line[240];

    (void)context;
    if (report->cause != 0) {
        copy.detail = cause_text(report->cause);
        copy.detail_size = strlen(copy.detail);
    }
    (void)symfeed_report_text(&copy, line, sizeof line);
    (void)puts(line);
}

/* 4. The tokens: copy both and return 0. Not needed with SYMFEED_SIGN_IN_BY_KEY, which needs sign()
 * and wall_clock() instead. */
static int null_credentials(void *context, struct symfeed_credentials *credentials)
{
    (void)context;
    credentials->session_token[0] = '\0';
    credentials->key_manager_token[0] = '\0';
    return -NO_TOKENS_HERE;
}

/* 5. TCP: start to connect and return SYMFEED_IO_WANT_WRITE; called again, return the same until
 * the connection stands, then 0. */
static int null_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    return -NO_NETWORK_HERE;
}

static int null_send(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return -NO_NETWORK_HERE;
}

static int null_recv(void *context, void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return -NO_NETWORK_HERE;
}

static void null_close(void *context)
{
    (void)context;
}

/* 6. TLS: after this function was called, send() and recv() go through TLS. */
static int null_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    return -NO_TLS_HERE;
}

int main(void)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)]; /* all the RAM that the feed uses */
    struct null_port null = {0};
    struct symfeed_port port;
    struct symfeed_config config;
    struct symfeed_event event;
    struct symfeed *feed;
    enum symfeed_status status;
    int steps;

    memset(&port, 0, sizeof port);
    port.context = &null;
    port.now = null_now;
    port.random = null_random;
    port.report = null_report;
    port.credentials = null_credentials;
    port.connect = null_connect;
    port.send = null_send;
    port.recv = null_recv;
    port.close = null_close;
    port.secure = null_secure;

    memset(&config, 0, sizeof config);
    config.tag = "null";
    config.agent = "https://agent.example.com";
    config.window = 4096;
    config.json_tokens = 128;
    status = symfeed_init(&feed, &config, &port, memory, sizeof memory);
    if (status != SYMFEED_OK) {
        (void)puts(symfeed_status_text(status));
        return 2;
    }
    for (steps = 0; steps < 5; steps++) {
        if (symfeed_next(feed, &event) != SYMFEED_WAIT) {
            return 1;
        }
        null.now = symfeed_deadline(feed); /* a real program sleeps until then */
    }
    symfeed_stop(feed, SYMFEED_STOP_NOW);
    return symfeed_next(feed, &event) == SYMFEED_STOPPED ? 0 : 1;
}
