/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handshake.c - what a TLS handshake costs this side: CPU time, bytes on the wire, peak of the
 * heap; full and resumed, through the calls of struct symfeed_port.
 *
 *     handshake NAME HOST PORT CA-FILE ROUNDS
 *
 * prints one line for the full and one for the resumed handshakes, the median of the rounds each.
 * Memory is counted by taking the place of the allocator, and bytes by that of send() and recv();
 * the first is done the way glibc offers.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "cause.h"
#include "symfeed.h"
#include "symfeed_posix.h"

#define MOST_ROUNDS 1000

/* --- counting ----------------------------------------------------------------------------- */

static size_t heap, heap_peak, wire_bytes;
static unsigned char arena[SYMFEED_ARENA_ROOM];

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

static void *counted(void *memory)
{
    heap += memory == NULL ? 0 : malloc_usable_size(memory);
    heap_peak = heap > heap_peak ? heap : heap_peak;
    return memory;
}

void *malloc(size_t size)
{
    return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size)
{
    heap -= memory == NULL ? 0 : malloc_usable_size(memory);
    return counted(__libc_realloc(memory, size));
}

void free(void *memory)
{
    heap -= memory == NULL ? 0 : malloc_usable_size(memory);
    __libc_free(memory);
}

ssize_t send(int descriptor, const void *data, size_t size, int flags)
{
    ssize_t sent = sendto(descriptor, data, size, flags, NULL, 0);

    wire_bytes += sent > 0 ? (size_t)sent : 0;
    return sent;
}

ssize_t recv(int descriptor, void *data, size_t size, int flags)
{
    ssize_t received = recvfrom(descriptor, data, size, flags, NULL, NULL);

    wire_bytes += received > 0 ? (size_t)received : 0;
    return received;
}

static double cpu_milliseconds(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* --- handshakes --------------------------------------------------------------------------- */

struct client {
    struct symfeed_posix posix;
    struct symfeed_posix_config config;
    struct symfeed_endpoint endpoint;
    unsigned char memory[SYMFEED_MEMORY(1024, 32)]; /* of a feed that is not asked */
};

/* What one handshake came to. */
struct cost {
    double cpu;
    size_t bytes;
    size_t heap;
};

static void die(const char *why)
{
    (void)fprintf(stderr, "handshake: %s\n", why);
    exit(1);
}

static void client_open(struct client *client)
{
    char error[300];

    if (symfeed_posix_open(&client->posix, &client->config, error, sizeof error) !=
        SYMFEED_POSIX_OK) {
        die(error);
    }
}

/* Waits for what a call asked for. */
static void await(struct client *client, int answer)
{
    struct pollfd ready = {client->posix.connection.descriptor,
                           answer == SYMFEED_IO_WANT_READ ? POLLIN : POLLOUT, 0};

    if (answer != SYMFEED_IO_WANT_READ && answer != SYMFEED_IO_WANT_WRITE) {
        char cause[256];

        (void)symfeed_failure_text(&client->posix.connection.failure, cause, sizeof cause);
        die(cause);
    }
    if (poll(&ready, 1, 20000) == 0) {
        die("no answer");
    }
}

/* Lets the server say what it says behind the handshake: tickets of TLS 1.3 come with its answer.
 */
static void talk(struct client *client)
{
    static const char request[] = "GET /agent/v1/info HTTP/1.1\r\nHost: bench\r\n"
                                  "Connection: close\r\n\r\n";
    char answer[2048];
    int got = client->posix.port.send(&client->posix, request, sizeof request - 1);

    while (got != 0) {
        got = client->posix.port.recv(&client->posix, answer, sizeof answer);
        if (got < 0) {
            await(client, got);
        }
    }
}

/* One handshake; answers whether it resumed a session. */
static bool shake_hands(struct client *client, struct cost *cost)
{
    struct symfeed_port *port = &client->posix.port;
    size_t before = 0;
    int answer = 0;

    while ((answer = port->connect(port->context, &client->endpoint)) < 0) {
        await(client, answer);
    }
    wire_bytes = 0;
    before = heap;
    heap_peak = heap;
    cost->cpu = cpu_milliseconds();
    while ((answer = port->secure(port->context, &client->endpoint)) < 0) {
        await(client, answer);
    }
    cost->cpu = cpu_milliseconds() - cost->cpu;
    cost->bytes = wire_bytes;
    cost->heap = heap_peak - before;
    talk(client);
    port->close(port->context);
    return answer == 1;
}

static int compare(const void *one, const void *other)
{
    const struct cost *a = one;
    const struct cost *b = other;

    return (a->cpu > b->cpu) - (a->cpu < b->cpu);
}

static double report(const char *name, const char *kind, struct cost *costs, size_t rounds)
{
    qsort(costs, rounds, sizeof *costs, compare);
    (void)printf("%-14s %-8s %8.3f ms CPU %7zu bytes %7zu bytes of heap at its peak\n", name, kind,
                 costs[rounds / 2].cpu, costs[rounds / 2].bytes, costs[rounds / 2].heap);
    return costs[rounds / 2].cpu;
}

int main(int argc, char **argv)
{
    static struct client client;
    static struct cost costs[MOST_ROUNDS];
    size_t rounds = argc == 6 ? (size_t)atoi(argv[5]) : 0;
    double full = 0;

    if (rounds < 1 || rounds > MOST_ROUNDS) {
        die("usage: handshake NAME HOST PORT CA-FILE ROUNDS");
    }
    client.config.feed.agent = "https://localhost";
    client.config.feed.window = 1024;
    client.config.feed.json_tokens = 32;
    client.config.memory = client.memory;
    client.config.memory_size = sizeof client.memory;
    client.config.arena = arena;
    client.config.arena_size = sizeof arena;
    client.config.session_token_file = "none is read here";
    client.config.ca_file = argv[4];
    client.endpoint.host = argv[2];
    client.endpoint.host_size = strlen(argv[2]);
    client.endpoint.port = (uint16_t)atoi(argv[3]);
    for (size_t i = 0; i < rounds; i++) {
        client_open(&client);
        if (shake_hands(&client, &costs[i])) {
            die("the first handshake of a port resumed a session");
        }
        symfeed_posix_close(&client.posix);
    }
    full = report(argv[1], "full", costs, rounds);
    client_open(&client);
    (void)shake_hands(&client, &costs[0]);
    for (size_t i = 0; i < rounds; i++) {
        if (!shake_hands(&client, &costs[i])) {
            die("a session was not resumed");
        }
    }
    (void)printf("%-14s full costs %.1f times what resumed does\n", argv[1],
                 full / report(argv[1], "resumed", costs, rounds));
    symfeed_posix_close(&client.posix);
    symfeed_posix_finish();
    return 0;
}
