/* SPDX-License-Identifier: Apache-2.0 */
/*
 * same.c - connects by the port again and again, to the same address as before or to any.
 *
 *     same PORT <STEPS
 *
 * A step is a line NAME=ADDRESS[,ADDRESS]..., one connection to the host NAME, for which the
 * resolver would give these addresses (IPv4); NAME! wants the same address as before, and NAME+
 * receives before it hangs up, and NAME~ will be met again, as after SYMFEED_IO_AGAIN. Standard
 * output has a line for each: the address connected to, or "failed" and the reason; behind "asked
 * ", where the resolver was asked.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cause.h"
#include "symfeed_port.h"
#include "symfeed_posix.h"

/* What the resolver says next. */
static const char *answer;

static int resolve(void *context, const char *host, uint16_t port,
                   struct symfeed_address *addresses, size_t room)
{
    const char *at = answer;
    size_t count = 0;

    (void)context;
    (void)host;
    (void)printf("asked ");
    while (*at != '\0' && count < room) {
        size_t size = strcspn(at, ",");
        char copy[INET_ADDRSTRLEN];

        (void)snprintf(copy, sizeof copy, "%.*s", (int)size, at);
        memset(&addresses[count], 0, sizeof addresses[count]);
        addresses[count].socket.v4.sin_family = AF_INET;
        addresses[count].socket.v4.sin_port = htons(port);
        addresses[count].size = sizeof addresses[count].socket.v4;
        count += inet_pton(AF_INET, copy, &addresses[count].socket.v4.sin_addr) == 1 ? 1 : 0;
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return (int)count;
}

static void await(struct symfeed_posix *posix, short events)
{
    struct pollfd ready = {.fd = posix->connection.descriptor, .events = events, .revents = 0};

    (void)poll(&ready, 1, 1000);
}

/* Connects, waiting as long as it takes, says where to, receives if it is to, and hangs up. */
static void step(struct symfeed_posix *posix, const struct symfeed_endpoint *endpoint, bool receive)
{
    const struct symfeed_port *port = &posix->port;
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    char text[INET_ADDRSTRLEN] = "?";
    int result;

    while ((result = port->connect(port->context, endpoint)) == SYMFEED_IO_WANT_WRITE) {
        await(posix, POLLOUT);
    }
    if (result != 0) {
        char cause[256];

        (void)symfeed_failure_text(&posix->connection.failure, cause, sizeof cause);
        (void)printf("failed %s\n", cause);
    } else {
        memset(&peer, 0, sizeof peer);
        (void)getpeername(posix->connection.descriptor, (struct sockaddr *)(void *)&peer, &size);
        (void)inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
        (void)printf("%s\n", text);
        (void)fflush(stdout);
        while (receive && port->recv(port->context, text, sizeof text) == SYMFEED_IO_WANT_READ) {
            await(posix, POLLIN);
        }
    }
    port->close(port->context);
}

int main(int argc, char **argv)
{
    static struct symfeed_posix posix;
    static unsigned char arena[SYMFEED_ARENA_ROOM];
    static unsigned char memory[SYMFEED_MEMORY(1024, 32)]; /* of a feed that is not asked */
    struct symfeed_posix_config config;
    char error[256];
    char line[512];

    memset(&config, 0, sizeof config);
    config.arena = arena;
    config.arena_size = sizeof arena;
    config.session_token_file = "none"; /* it is never read */
    config.feed.agent = "http://localhost";
    config.feed.insecure_http = true;
    config.feed.window = 1024;
    config.feed.json_tokens = 32;
    config.memory = memory;
    config.memory_size = sizeof memory;
    config.resolve = resolve;
    if (argc != 2 || symfeed_posix_open(&posix, &config, error, sizeof error) != SYMFEED_POSIX_OK) {
        (void)fprintf(stderr, "same: see the top of same.c\n");
        return 2;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct symfeed_endpoint endpoint;

        line[strcspn(line, "\n")] = '\0';
        endpoint.host = line;
        endpoint.host_size = strcspn(line, "!+~=");
        endpoint.port = (uint16_t)strtoul(argv[1], NULL, 10);
        endpoint.same = line[endpoint.host_size] == '!';
        answer = line + strcspn(line, "=");
        answer += *answer == '=' ? 1 : 0;
        step(&posix, &endpoint, line[endpoint.host_size] == '+');
        posix.connection.again = line[endpoint.host_size] == '~';
        (void)fflush(stdout);
    }
    symfeed_posix_close(&posix);
    return 0;
}
