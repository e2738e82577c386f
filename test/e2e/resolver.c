/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver.c - follows a feed with a resolver that answers as it is told.
 *
 *     resolver AGENT TOKEN_FILE CA_FILE CONNECT_TIME ANSWER...
 *
 * ANSWER is what the resolver says when it is asked for the first, the second time and so on, the
 * last one from then on:
 *
 *     ADDRESS[,ADDRESS]...   these addresses, "127.0.0.1" or "::1", with the port it was asked for
 *     none                   no address
 *     fail                   it failed, "the test wants it so"
 *     later                  it does not know yet, and wakes the port up
 *
 * CONNECT_TIME are the milliseconds that all addresses share, and those of a handshake. Standard
 * output has a line for each question and each event, and with the latter what the connection's
 * socket is set to. Ends at SIGTERM.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "symfeed.h"
#include "symfeed_posix.h"

static struct symfeed_posix posix;
static unsigned char arena[SYMFEED_ARENA_ROOM];
static volatile sig_atomic_t stop_wanted;

static void on_signal(int number)
{
    (void)number;
    stop_wanted = 1;
    symfeed_posix_wake(&posix);
}

/* --- the resolver ------------------------------------------------------------------------- */

struct script {
    char **next;
    char **last;
};

/* One address of `size` characters. */
static int add(struct symfeed_address *address, const char *text, size_t size, uint16_t port)
{
    char copy[INET6_ADDRSTRLEN];

    if (size >= sizeof copy) {
        return 0;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, copy, &address->socket.v4.sin_addr) == 1) {
        address->socket.v4.sin_family = AF_INET;
        address->socket.v4.sin_port = htons(port);
        address->size = sizeof address->socket.v4;
        return 1;
    }
    if (inet_pton(AF_INET6, copy, &address->socket.v6.sin6_addr) == 1) {
        address->socket.v6.sin6_family = AF_INET6;
        address->socket.v6.sin6_port = htons(port);
        address->size = sizeof address->socket.v6;
        return 1;
    }
    return 0;
}

/* One that the port does not know. */
#define CAUSE_OF_THE_TEST 4711

static int resolve(void *context, const char *host, uint16_t port,
                   struct symfeed_address *addresses, size_t room)
{
    struct script *script = context;
    const char *at = *script->next;
    size_t count = 0;

    script->next += script->next == script->last ? 0 : 1;
    (void)printf("asked for %s port %u room %zu: %s\n", host, (unsigned)port, room, at);
    (void)fflush(stdout);
    if (strcmp(at, "none") == 0) {
        return 0;
    }
    if (strcmp(at, "fail") == 0) {
        return -CAUSE_OF_THE_TEST;
    }
    if (strcmp(at, "later") == 0) {
        symfeed_posix_wake(&posix);
        return SYMFEED_IO_WANT_READ;
    }
    while (*at != '\0' && count < room) {
        size_t size = strcspn(at, ",");

        count += (size_t)add(&addresses[count], at, size, port);
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return (int)count;
}

/* --- events ------------------------------------------------------------------------------- */

static int option(int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;

    return getsockopt(posix.connection.descriptor, level, name, &value, &size) == 0 ? value : -1;
}

static void handle(void *context, struct symfeed *feed, const struct symfeed_event *event)
{
    char id[64];

    (void)context;
    if (stop_wanted) {
        symfeed_stop(feed, SYMFEED_STOP_NOW);
    }
    if (event == NULL) {
        return;
    }
#if SYMFEED_JSON
    (void)symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
#else
    (void)snprintf(id, sizeof id, "of %lu bytes", (unsigned long)event->size);
#endif
    (void)printf("event %s nodelay %d keepalive %d idle %d interval %d timeout %d "
                 "nonblocking %d cloexec %d\n",
                 id, option(IPPROTO_TCP, TCP_NODELAY), option(SOL_SOCKET, SO_KEEPALIVE),
                 option(IPPROTO_TCP, TCP_KEEPIDLE), option(IPPROTO_TCP, TCP_KEEPINTVL),
                 option(IPPROTO_TCP, TCP_USER_TIMEOUT),
                 (fcntl(posix.connection.descriptor, F_GETFL) & O_NONBLOCK) != 0,
                 (fcntl(posix.connection.descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)];
    struct script script;
    struct symfeed_posix_config config;
    struct sigaction action;
    char error[256];

    if (argc < 6) {
        (void)fprintf(stderr, "resolver: see the top of resolver.c\n");
        return 2;
    }
    script.next = argv + 5;
    script.last = argv + argc - 1;
    memset(&config, 0, sizeof config);
    config.feed.agent = argv[1];
    config.feed.window = 4096;
    config.feed.json_tokens = 128;
    config.feed.timers.connect = (uint32_t)strtoul(argv[4], NULL, 10);
    config.feed.timers.tls_handshake = config.feed.timers.connect;
    config.memory = memory;
    config.memory_size = sizeof memory;
    config.arena = arena;
    config.arena_size = sizeof arena;
    config.session_token_file = argv[2];
    config.ca_file = argv[3];
    config.resolve = resolve;
    config.resolve_context = &script;
    if (symfeed_posix_open(&posix, &config, error, sizeof error) != SYMFEED_POSIX_OK) {
        (void)fprintf(stderr, "resolver: %s\n", error);
        return 2;
    }
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = on_signal;
    (void)sigaction(SIGTERM, &action, NULL);
    symfeed_posix_run(&posix, handle, NULL);
    symfeed_posix_close(&posix);
    symfeed_posix_finish();
    return 0;
}
