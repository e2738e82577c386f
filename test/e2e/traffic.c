/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traffic.c - what the port tells of bytes that recv() cannot hand out yet.
 *
 *     traffic PORT CA-FILE BYTES
 *
 * Connects to localhost and receives, until BYTES bytes have come from the network since the
 * handshake. Standard output has a line "N read, M received", for what recv() has handed out by
 * then; after a line on standard input the same for the first bytes that it hands out.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symfeed_port.h"
#include "symfeed_posix.h"

static unsigned char arena[SYMFEED_ARENA_ROOM];
static struct symfeed_posix posix;
static struct symfeed_port port;

/* Waits for what a call wants; ends the program where it has failed. */
static void await(int answer)
{
    struct pollfd ready = {.fd = symfeed_posix_fd(&posix),
                           .events = answer == SYMFEED_IO_WANT_READ ? POLLIN : POLLOUT};

    if (answer != SYMFEED_IO_WANT_READ && answer != SYMFEED_IO_WANT_WRITE) {
        char text[256];

        (void)symfeed_failure_text(&posix.connection.failure, text, sizeof text);
        (void)fprintf(stderr, "traffic: %s\n", text);
        exit(1);
    }
    (void)poll(&ready, 1, 20000);
}

static int receive(void)
{
    char bytes[512];
    int answer = port.recv(port.context, bytes, sizeof bytes);

    if (answer < 0) {
        await(answer);
    }
    return answer > 0 ? answer : 0;
}

int main(int argc, char **argv)
{
    struct symfeed_posix_config config = {.session_token_file = "none is read here"};
    struct symfeed_endpoint endpoint = {.host = "localhost", .host_size = 9};
    char error[320];
    char line[8];
    uint32_t start;
    int answer;
    int got = 0;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: traffic PORT CA-FILE BYTES\n");
        return 2;
    }
    endpoint.port = (uint16_t)atoi(argv[1]);
    config.ca_file = argv[2];
    config.arena = arena;
    config.arena_size = sizeof arena;
    if (symfeed_posix_init(&posix, &config, &port, error, sizeof error) != SYMFEED_POSIX_OK) {
        (void)fprintf(stderr, "traffic: %s\n", error);
        return 1;
    }
    while ((answer = port.connect(port.context, &endpoint)) < 0) {
        await(answer);
    }
    while ((answer = port.secure(port.context, &endpoint)) < 0) {
        await(answer);
    }
    start = port.traffic(port.context);
    while (port.traffic(port.context) - start < strtoul(argv[3], NULL, 10)) {
        got += receive();
    }
    (void)printf("%d read, %lu received\n", got,
                 (unsigned long)(port.traffic(port.context) - start));
    (void)fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) {
        return 1;
    }
    while (got == 0) {
        got = receive();
    }
    (void)printf("%d read, %lu received\n", got,
                 (unsigned long)(port.traffic(port.context) - start));
    symfeed_posix_free(&posix);
    return 0;
}
