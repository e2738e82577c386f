/* SPDX-License-Identifier: Apache-2.0 */
/*
 * null_port.c - an empty port, to start with on a new board. It has every required function, which
 * returns "not here", so it compiles and links with core/ alone on any system. Implement the
 * functions in their order; port/README.md says what each must do, and what the board must provide.
 *
 *     cc -Icore -Ifolder-of-jsmn null_port.c $(find core -name '*.c')
 */
#include <stdio.h>
#include <string.h>

#include "symfeed.h"

/* What the calls share: handed to each of them. A real port has its socket and its TLS here. */
struct null_port {
    uint32_t now;
};

/* Why a call has failed: numbers of the port's own, above those of enum symfeed_io. A call answers
 * one with a minus sign, and the feed hands it to report(). A real port has one for each cause that
 * a person mends in another way. */
enum { NO_TOKENS_HERE = 16, NO_NETWORK_HERE, NO_TLS_HERE };

static const char *words_of(unsigned cause)
{
    switch (cause) {
    case NO_TOKENS_HERE: return "no tokens here";
    case NO_NETWORK_HERE: return "no network here";
    default: return "no TLS here";
    }
}

/* 1. The clock: milliseconds from any start, never backwards. Here it goes where main() sets it. */
static uint32_t null_now(void *context)
{
    return ((struct null_port *)context)->now;
}

/* 2. Randomness: on a board with a generator, that. Zeros are good for nothing but this program. */
static void null_random(void *context, void *data, size_t size)
{
    (void)context;
    memset(data, 0, size);
}

/* 3. Reports, to see what the feed does from here on. Where a call of the port has failed, its own
 * words take the place of the general ones. A board without a console counts or blinks the codes,
 * and builds with SYMFEED_MESSAGES=0. */
static void null_report(void *context, const struct symfeed_report *report)
{
    struct symfeed_report whole = *report;
    char line[240];

    (void)context;
    if (report->cause != 0) {
        whole.detail = words_of(report->cause);
        whole.detail_size = strlen(whole.detail);
    }
    (void)symfeed_report_text(&whole, line, sizeof line);
    (void)puts(line);
}

/* 4. The tokens, or sign(), which the feed then signs in with (SYMFEED_SIGN_IN_BY_KEY). */
static int null_credentials(void *context, struct symfeed_credentials *credentials)
{
    credentials->session_token[0] = '\0';
    credentials->key_manager_token[0] = '\0';
    (void)context;
    return -NO_TOKENS_HERE;
}

/* 5. TCP: begin to connect, answer SYMFEED_IO_WANT_WRITE until it is decided, then 0. */
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

/* 6. TLS: from its first call on, send and recv go through it. */
static int null_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    return -NO_TLS_HERE;
}

int main(void)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)]; /* all the RAM the feed uses */
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
        null.now = symfeed_deadline(feed); /* here a real program sleeps until then */
    }
    symfeed_stop(feed, SYMFEED_STOP_NOW);
    return symfeed_next(feed, &event) == SYMFEED_STOPPED ? 0 : 1;
}
