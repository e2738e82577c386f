/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traffic.c - what the port tells of bytes that recv() cannot hand out yet.
 *
 *     traffic PORT CA-FILE BYTES
 *
 * Connects to localhost and receives, until BYTES bytes have come from the network since the
 * handshake. Standard output has a line "secured", and "N read, M received", for what recv() has
 * handed out by then; after a line on standard input the same for the first bytes that it hands
 * out.
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

static unsigned char arena[SYMFEED_ARENA_ROOM];
static unsigned char memory[SYMFEED_MEMORY(1024, 32)]; /* of a feed that is not asked */
static struct symfeed_posix posix;

/* Waits for what a call wants; ends the program where it has failed. */
static void await(int answer)
{
    struct pollfd ready = {.fd = posix.connection.descriptor,
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
    int answer = posix.port.recv(&posix, bytes, sizeof bytes);

    if (answer < 0) {
        await(answer);
    }
    return answer > 0 ? answer : 0;
}

int main(int argc, char **argv)
{
    struct symfeed_posix_config config = {
        .feed = {.agent = "https://localhost", .window = 1024, .json_tokens = 32},
        SYMFEED_POSIX_MEMORY(memory, arena),
        .session_token_file = "none is read here"};
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
    if (symfeed_posix_open(&posix, &config, error, sizeof error) != SYMFEED_POSIX_OK) {
        (void)fprintf(stderr, "traffic: %s\n", error);
        return 1;
    }
    while ((answer = posix.port.connect(&posix, &endpoint)) < 0) {
        await(answer);
    }
    while ((answer = posix.port.secure(&posix, &endpoint)) < 0) {
        await(answer);
    }
    start = posix.port.traffic(&posix);
    (void)printf("secured\n");
    (void)fflush(stdout);
    while (posix.port.traffic(&posix) - start < strtoul(argv[3], NULL, 10)) {
        got += receive();
    }
    (void)printf("%d read, %lu received\n", got,
                 (unsigned long)(posix.port.traffic(&posix) - start));
    (void)fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) {
        return 1;
    }
    while (got == 0) {
        got = receive();
    }
    (void)printf("%d read, %lu received\n", got,
                 (unsigned long)(posix.port.traffic(&posix) - start));
    symfeed_posix_close(&posix);
    return 0;
}
