/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c - the port's own resolver, with other files and another port of name servers than the
 * system's.
 *
 *     lookup [HOSTS_FILE RESOLV_CONF PORT CONNECT_TIME [AGENT TOKEN_FILE]]
 *
 * Reads names from standard input, one a line, and looks each up. Its line on standard output is
 *
 *     CALLS LONGEST RESULT
 *
 * the number of calls that it took, the milliseconds of the longest one, and the addresses with a
 * space between them or ": " and the cause. "close" after a name closes the connection in the
 * middle of the lookup. Before the first name stands a line that says which resolver it is, "dns"
 * or "getaddrinfo", which takes the system's files.
 *
 * With AGENT it follows a feed there instead, and writes a line for each wait:
 *
 *     wait KIND EVENTS MILLISECONDS LONGEST
 *
 * KIND is what symfeed_posix_pollfd() hands out, "udp", "tcp" or "none", and LONGEST the
 * milliseconds of the longest call of symfeed_next() so far. It ends at SIGTERM.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *hosts_file = "/etc/hosts";
static const char *resolv_conf = "/etc/resolv.conf";
static unsigned short name_server_port = 53;
#define SYMFEED_HOSTS_FILE       hosts_file
#define SYMFEED_RESOLV_CONF_FILE resolv_conf
#define SYMFEED_NAME_SERVER_PORT name_server_port

/* The port's, in place of what the library has of them. */
#include "../../port/net/hosts.c"
#include "../../port/net/resolver.c"

#include "cause.h"
#include "symfeed.h"
#include "symfeed_posix.h"
#include "system/clock.h"

static uint32_t longest; /* milliseconds of a call */

static void note_call(uint32_t begun)
{
    const uint32_t took = symfeed_clock_now() - begun;

    longest = took > longest ? took : longest;
}

/* --- names -------------------------------------------------------------------------------- */

static void print_result(const struct symfeed_lookup *lookup, int result, const char *host,
                         const struct symfeed_address *addresses)
{
    char text[256];

    (void)lookup;
    if (result < 0) {
        struct symfeed_failure failure;

        (void)symfeed_fail(&failure, SYMFEED_SUBJECT_HOST, (enum symfeed_port_cause) - result);
        (void)snprintf(failure.name, sizeof failure.name, "%.80s", host);
        (void)symfeed_failure_text(&failure, text, sizeof text);
        (void)printf(" : %s", text);
    }
    for (int i = 0; i < result; i++) {
        symfeed_address_text(&addresses[i], text);
        *strstr(text, " port 443") = '\0';
        (void)printf(" %s", text);
    }
}

static void look_up(struct symfeed_lookup *lookup, const char *host, bool close_it)
{
    static struct symfeed_address addresses[SYMFEED_ADDRESSES];
    unsigned calls = 0;
    int result;

    longest = 0;
    for (;;) {
        const uint32_t begun = symfeed_clock_now();
        struct pollfd ready;

        result = symfeed_lookup_find(lookup, host, 443, begun, addresses);
        note_call(begun);
        calls++;
        if (close_it || (result != SYMFEED_IO_WANT_READ && result != SYMFEED_IO_WANT_WRITE)) {
            break;
        }
        ready.fd = symfeed_lookup_descriptor(lookup);
        ready.events = result == SYMFEED_IO_WANT_READ ? POLLIN : POLLOUT;
        (void)poll(&ready, 1, symfeed_lookup_timeout(lookup, symfeed_clock_now()));
    }
    (void)printf("%u %u", calls, (unsigned)longest);
    if (close_it) {
        symfeed_lookup_stop(lookup);
        (void)printf(" closed %d", symfeed_lookup_descriptor(lookup));
    } else {
        print_result(lookup, result, host, addresses);
    }
    (void)printf("\n");
    (void)fflush(stdout);
}

static int look_up_all(uint32_t connect_time)
{
    static struct symfeed_lookup lookup;
    char line[1024];

    symfeed_lookup_init(&lookup, connect_time);
    (void)printf("%s\n", SYMFEED_RESOLVER_GETADDRINFO ? "getaddrinfo" : "dns");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *rest = line + strcspn(line, " \n");
        const bool close_it = strcmp(rest, " close\n") == 0;

        *rest = '\0';
        look_up(&lookup, line, close_it);
    }
    return 0;
}

/* --- a feed ------------------------------------------------------------------------------- */

static int stop_pipe[2];

static void on_signal(int number)
{
    (void)number;
    (void)!write(stop_pipe[1], "", 1);
}

static const char *kind_of(int descriptor)
{
    int type = 0;
    socklen_t size = sizeof type;

    if (descriptor < 0 || getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
        return "none";
    }
    return type == SOCK_DGRAM ? "udp" : "tcp";
}

static int follow(const char *agent, const char *token_file, uint32_t connect_time)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)];
    static unsigned char arena[SYMFEED_ARENA_ROOM];
    static struct symfeed_posix posix;
    struct symfeed_posix_config config = {.feed = {.agent = agent, .insecure_http = true},
                                          SYMFEED_POSIX_MEMORY(memory, arena)};
    struct pollfd ready[2] = {{.fd = -1, .events = POLLIN, .revents = 0}};
    char error[256];

    config.feed.window = 4096;
    config.feed.json_tokens = 128;
    config.feed.timers.connect = connect_time;
    config.session_token_file = token_file;
    if (symfeed_posix_open(&posix, &config, error, sizeof error) != SYMFEED_POSIX_OK) {
        (void)fprintf(stderr, "lookup: %s\n", error);
        return 2;
    }
    if (pipe(stop_pipe) != 0) {
        return 2;
    }
    ready[0].fd = stop_pipe[0];
    (void)signal(SIGTERM, on_signal);
    while (ready[0].revents == 0) {
        const uint32_t begun = symfeed_clock_now();
        struct symfeed_event event;
        const enum symfeed_status status = symfeed_next(posix.feed, &event);

        note_call(begun);
        if (status == SYMFEED_EVENT) {
            (void)printf("event of %lu bytes\n", (unsigned long)event.size);
        } else {
            const int left = symfeed_posix_pollfd(&posix, &ready[1]);

            (void)printf("wait %s %d %d %u\n", kind_of(ready[1].fd), ready[1].events, left,
                         (unsigned)longest);
            (void)fflush(stdout);
            (void)poll(ready, 2, left);
        }
    }
    symfeed_posix_close(&posix);
    symfeed_posix_finish();
    return 0;
}

int main(int argc, char **argv)
{
    uint32_t connect_time = SYMFEED_SOCKET_CONNECT_TIME;

    if (argc != 1 && argc != 5 && argc != 7) {
        (void)fprintf(stderr, "lookup: see the top of lookup.c\n");
        return 2;
    }
    if (argc > 1) {
        hosts_file = argv[1];
        resolv_conf = argv[2];
        name_server_port = (unsigned short)strtoul(argv[3], NULL, 10);
        connect_time = (uint32_t)strtoul(argv[4], NULL, 10);
    }
    return argc == 7 ? follow(argv[5], argv[6], connect_time) : look_up_all(connect_time);
}
