/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - handshakes by the port, with an arena for mbedTLS of any size.
 *
 *     arena HOST PORT CA-FILE ROUNDS SIZE...
 *
 * For each size it gives mbedTLS an arena anew, connects ROUNDS times and says, in a line each,
 * "full" or "resumed" or the reason why not; then the highest level of the arena. A size of 0 is no
 * arena. Where the build has none, it says "no arena". The environment's ARENA_CERTIFICATE names a
 * file with the client certificate and its key.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "symfeed_port.h"
#include "symfeed_posix.h"
#include "tls/arena.h"

#define LARGEST (256 * 1024)

static unsigned char arena[LARGEST];
static unsigned char memory[SYMFEED_MEMORY(1024, 32)]; /* of a feed that is not asked */
static struct symfeed_posix posix;

/* Waits for what a call wants. */
static void await(int answer)
{
    struct pollfd ready = {.fd = posix.connection.descriptor,
                           .events = answer == SYMFEED_IO_WANT_READ ? POLLIN : POLLOUT};

    (void)poll(&ready, 1, 20000);
}

/* Waits for what a call wants. false: it has failed. */
static bool can_go_on(int answer)
{
    if (answer != SYMFEED_IO_WANT_READ && answer != SYMFEED_IO_WANT_WRITE) {
        return false;
    }
    await(answer);
    return true;
}

/* Asks for something and waits for a byte of the answer, since the port forgets a session on whose
 * connection nothing came. Whether that works does not count. */
static void hear(const struct symfeed_port *port, const struct symfeed_endpoint *endpoint)
{
    static uint32_t trace; /* the simulator wants another one each time */
    char request[512];
    char byte;
    int size;
    int answer;

    if (trace++ == 0) {
        port->random(port->context, &trace, sizeof trace);
    }
    size = snprintf(request, sizeof request,
                    "GET /agent/v1/info HTTP/1.1\r\nHost: %.*s:%u\r\nAccept: application/json\r\n"
                    "User-Agent: arena\r\nX-Trace-Id: %06x\r\n\r\n",
                    (int)endpoint->host_size, endpoint->host, (unsigned)endpoint->port,
                    (unsigned)trace & 0xFFFFFFu);
    do {
        answer = port->send(port->context, request, (size_t)size);
    } while (can_go_on(answer));
    if (answer > 0) {
        do {
            answer = port->recv(port->context, &byte, 1);
        } while (can_go_on(answer));
    }
}

/* One connection: what became of it. */
static const char *round_trip(const struct symfeed_endpoint *endpoint)
{
    const struct symfeed_port *port = &posix.port;
    static char text[256];
    int answer;

    do {
        answer = port->connect(port->context, endpoint);
    } while (can_go_on(answer));
    if (answer == 0) {
        do {
            answer = port->secure(port->context, endpoint);
        } while (can_go_on(answer));
    }
    if (answer < 0) {
        (void)symfeed_failure_text(&posix.connection.failure, text, sizeof text);
        return text;
    }
    hear(port, endpoint);
    return answer == 1 ? "resumed" : "full";
}

/* Whether each piece may hold numbers of 64 bits: processors as small as an ARM9 read them by
 * instructions that want their addresses to be multiples of 8. */
static bool is_aligned(void)
{
#if SYMFEED_ARENA_SIZE
    void *pieces[32];
    bool good = true;
    size_t i;

    for (i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        pieces[i] = symfeed_arena_take(1, 1 + 3 * i);
        good = good && (uintptr_t)pieces[i] % 8 == 0;
    }
    while (i > 0) {
        symfeed_arena_give(pieces[--i]);
    }
    return good;
#else
    return true;
#endif
}

static void try_size(struct symfeed_posix_config *config, const struct symfeed_endpoint *endpoint,
                     size_t size, int rounds)
{
    char error[320];

    config->arena = size == 0 ? NULL : arena;
    config->arena_size = size;
    if (symfeed_posix_open(&posix, config, error, sizeof error) != SYMFEED_POSIX_OK) {
        (void)printf("%lu: init: %s\n", (unsigned long)size, error);
        return;
    }
    if (!is_aligned()) {
        (void)printf("%lu: a piece is not aligned\n", (unsigned long)size);
    }
    while (rounds-- > 0) {
        (void)printf("%lu: %s\n", (unsigned long)size, round_trip(endpoint));
        posix.port.close(&posix);
    }
    (void)printf("%lu: peak %lu\n", (unsigned long)size, (unsigned long)symfeed_posix_arena_peak());
    symfeed_posix_close(&posix);
    symfeed_posix_finish();
}

int main(int argc, char **argv)
{
    struct symfeed_posix_config config = {
        .feed = {.agent = "https://localhost", .window = 1024, .json_tokens = 32},
        .memory = memory,
        .memory_size = sizeof memory,
        .session_token_file = "none is read here"};
    struct symfeed_endpoint endpoint;
    int i;

    if (SYMFEED_ARENA_SIZE == 0) {
        (void)printf("no arena\n");
        return 0;
    }
    if (argc < 6) {
        (void)fprintf(stderr, "usage: arena HOST PORT CA-FILE ROUNDS SIZE...\n");
        return 2;
    }
    memset(&endpoint, 0, sizeof endpoint);
    endpoint.host = argv[1];
    endpoint.host_size = strlen(argv[1]);
    endpoint.port = (uint16_t)atoi(argv[2]);
    config.ca_file = argv[3];
    config.certificate_file = getenv("ARENA_CERTIFICATE");
    for (i = 5; i < argc; i++) {
        long size = atol(argv[i]);

        try_size(&config, &endpoint, size > 0 && size <= LARGEST ? (size_t)size : 0, atoi(argv[4]));
        (void)fflush(stdout);
    }
    return 0;
}
