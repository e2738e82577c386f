/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_port.c - a complete port for POSIX sockets without TLS. Follows a feed and prints type and
 * id of each event.
 *     SESSION_TOKEN=... KEY_MANAGER_TOKEN=... plain_port http://localhost:8080/agent
 * Runs until a signal ends it. Exits with 1 if standard output fails, and with 2 if the token or
 * the URL is missing or wrong. Use it only with a sidecar on the same host that speaks TLS to the
 * agent: without TLS anyone on the path can read and change the traffic.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "symfeed.h"

struct plain {
    int descriptor;              /* -1: no connection */
    struct addrinfo *addresses;  /* of the host; NULL without a connection */
    const struct addrinfo *next; /* the address that is tried now */
    int error;                   /* of the last failure: errno, or the result of getaddrinfo() */
};

/* --- causes ------------------------------------------------------------------------------- */

/* A function that fails returns one of these with a minus sign, and the core gives it to report().
 * Numbers below 16 belong to enum symfeed_io. */
enum cause {
    NO_ADDRESS = 16,
    NO_SOCKET,
    NO_CONNECTION,
    NOT_SENT,
    NOT_RECEIVED,
    NO_TLS,
    REFUSED_TOKEN,
    LONG_TOKEN
};

/* Writes the text of a cause to `out`. */
static void explain(const struct plain *plain, unsigned cause, char *out, size_t size)
{
    static const char *const calls[] = {"resolve", "socket", "connect", "send", "recv"};

    switch (cause) {
    case NO_TLS: (void)snprintf(out, size, "plain_port has no TLS"); break;
    case REFUSED_TOKEN:
        (void)snprintf(out, size, "the agent refused SESSION_TOKEN: start again with a valid one");
        break;
    case LONG_TOKEN:
        (void)snprintf(out, size, "SESSION_TOKEN or KEY_MANAGER_TOKEN is too long");
        break;
    default:
        (void)snprintf(out, size, "%s: %s", calls[cause - NO_ADDRESS],
                       cause == NO_ADDRESS ? gai_strerror(plain->error) : strerror(plain->error));
    }
}

static int failed(struct plain *plain, enum cause cause, int error)
{
    plain->error = error;
    return -(int)cause;
}

/* Returns `want` if the socket is only not ready yet, otherwise the cause. */
static int not_ready(struct plain *plain, enum cause cause, int want)
{
    bool wait = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == EINPROGRESS ||
                errno == EALREADY;

    return wait ? want : failed(plain, cause, errno);
}

/* --- the port ----------------------------------------------------------------------------- */

static void plain_close(void *context)
{
    struct plain *plain = context;

    if (plain->descriptor >= 0) {
        (void)close(plain->descriptor);
    }
    if (plain->addresses != NULL) {
        freeaddrinfo(plain->addresses);
    }
    plain->descriptor = -1;
    plain->addresses = NULL;
}

/* The only call that may block. The host has no NUL at its end. */
static int resolve(struct plain *plain, const struct symfeed_endpoint *endpoint)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char host[254];
    char port[6];
    int error;

    (void)snprintf(host, sizeof host, "%.*s", (int)endpoint->host_size, endpoint->host);
    (void)snprintf(port, sizeof port, "%u", (unsigned)endpoint->port);
    error = getaddrinfo(host, port, &hints, &plain->addresses);
    if (error != 0) {
        plain->addresses = NULL;
        return failed(plain, NO_ADDRESS, error);
    }
    plain->next = plain->addresses;
    return 0;
}

/* Opens a socket that is not standard input, output or error: if one of these was closed, the
 * socket would get its number, and what is printed would go to the agent. */
static int open_socket(int family)
{
    const int low = socket(family, SOCK_STREAM, 0);
    int descriptor = low;

    if (low >= 0 && low <= STDERR_FILENO) {
        descriptor = fcntl(low, F_DUPFD, STDERR_FILENO + 1);
        (void)close(low);
    }
    return descriptor;
}

/* Starts to connect to the current address. Called again, it asks whether the connection stands:
 * connect() then returns EISCONN, EALREADY or why it failed. */
static int try_address(struct plain *plain)
{
    const struct addrinfo *address = plain->next;

    if (plain->descriptor < 0) {
        plain->descriptor = open_socket(address->ai_family);
    }
    if (plain->descriptor < 0 || fcntl(plain->descriptor, F_SETFL, O_NONBLOCK) != 0) {
        return failed(plain, NO_SOCKET, errno);
    }
    return connect(plain->descriptor, address->ai_addr, address->ai_addrlen) == 0 ||
                   errno == EISCONN
               ? 0
               : not_ready(plain, NO_CONNECTION, SYMFEED_IO_WANT_WRITE);
}

/* Ignores endpoint->same: a port that keeps no address may use any. It begins with the first one
 * also after a connection that brought no data: a sidecar on the same host has one that works. */
static int plain_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    struct plain *plain = context;
    int answer = plain->addresses == NULL ? resolve(plain, endpoint) : 0;

    if (answer != 0) {
        return answer;
    }
    for (; plain->next != NULL; plain->next = plain->next->ai_next) {
        answer = try_address(plain);
        if (answer == 0 || answer == SYMFEED_IO_WANT_WRITE) {
            return answer;
        }
        if (plain->descriptor >= 0) {
            (void)close(plain->descriptor);
            plain->descriptor = -1;
        }
    }
    return answer; /* why the last address failed */
}

static int plain_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)endpoint;
    return failed(context, NO_TLS, 0);
}

static int plain_send(void *context, const void *data, size_t size)
{
    struct plain *plain = context;
    ssize_t sent = send(plain->descriptor, data, size, MSG_NOSIGNAL);

    /* A request has a few KB, so the number fits. */
    return sent > 0 ? (int)sent : not_ready(plain, NOT_SENT, SYMFEED_IO_WANT_WRITE);
}

static int plain_recv(void *context, void *data, size_t size)
{
    struct plain *plain = context;
    ssize_t received = recv(plain->descriptor, data, size, 0);

    /* At most SYMFEED_RECEIVE_SIZE bytes, so the number fits. 0: the peer closed the stream. */
    return received >= 0 ? (int)received : not_ready(plain, NOT_RECEIVED, SYMFEED_IO_WANT_READ);
}

/* CLOCK_BOOTTIME continues while the system sleeps; not every system has it. */
#ifdef CLOCK_BOOTTIME
#define CLOCK CLOCK_BOOTTIME
#else
#define CLOCK CLOCK_MONOTONIC
#endif

static uint32_t plain_now(void *context)
{
    struct timespec now = {0, 0};

    (void)context;
    (void)clock_gettime(CLOCK, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

static void plain_random(void *context, void *data, size_t size)
{
    (void)context;
    if (getrandom(data, size, 0) != (ssize_t)size) { /* main() has checked that it works */
        memset(data, 0, size);
    }
}

static int copy_token(const char *name, char *token, size_t size)
{
    const char *value = getenv(name);
    int length = snprintf(token, size, "%s", value == NULL ? "" : value);

    return length >= 0 && (size_t)length < size ? 0 : -LONG_TOKEN;
}

/* The environment never changes, so refused tokens cannot be replaced. */
static int plain_credentials(void *context, struct symfeed_credentials *to)
{
    int answer;

    (void)context;
    if (to->refused) {
        return -REFUSED_TOKEN;
    }
    answer = copy_token("SESSION_TOKEN", to->session_token, to->session_token_size);
    return answer != 0
               ? answer
               : copy_token("KEY_MANAGER_TOKEN", to->key_manager_token, to->key_manager_token_size);
}

static void plain_report(void *context, const struct symfeed_report *report)
{
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    struct symfeed_report copy = *report;
    char cause[128];
    char line[240];

    if (report->cause >= NO_ADDRESS) { /* a cause of this port: its text replaces the general one */
        explain(context, report->cause, cause, sizeof cause);
        copy.detail = cause;
        copy.detail_size = strlen(cause);
    }
    /* A line is dropped if standard error is full: the feed must not wait for its reader. */
    if (report->level <= SYMFEED_LOG_INFO && poll(&room, 1, 0) == 1 && room.revents == POLLOUT) {
        (void)symfeed_report_text(&copy, line, sizeof line);
        (void)fprintf(stderr, "plain_port: %s\n", line);
    }
}

/* --- the program -------------------------------------------------------------------------- */

/* Waits until the connection is ready for what the feed wants, or until the feed's deadline. */
static void wait_for(struct plain *plain, const struct symfeed *feed)
{
    struct pollfd ready = {.fd = plain->descriptor, .events = 0, .revents = 0};
    uint32_t left = symfeed_time_left(symfeed_deadline(feed), plain_now(plain));
    unsigned wants = symfeed_wants(feed);

    ready.events = (short)(((wants & SYMFEED_WANTS_READ) != 0 ? POLLIN : 0) |
                           ((wants & SYMFEED_WANTS_WRITE) != 0 ? POLLOUT : 0));
    (void)poll(&ready, wants == 0 ? 0 : 1, (int)left);
}

/* Returns false if standard output fails. */
static bool print(const struct symfeed_event *event)
{
    char type[64] = "";
    char id[64] = "";

    (void)symfeed_string(symfeed_event_find(event, "type"), type, sizeof type);
    (void)symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
    /* The next symfeed_next() accepts this event, so the line must be out before. */
    return printf("%s %s\n", type, id) >= 0 && fflush(stdout) == 0;
}

/* Returns what is wrong with how the program was started, or NULL. */
static const char *usage_error(int argc, char **argv)
{
    const char *token = getenv("SESSION_TOKEN");
    unsigned char probe;

    if (argc != 2) {
        return "give one URL, such as http://localhost:8080/agent";
    }
    if (strncmp(argv[1], "http://", 7) != 0) {
        return "the URL must begin with http://, plain_port has no TLS";
    }
    if (token == NULL || token[0] == '\0') {
        return "set SESSION_TOKEN to a session token of the agent";
    }
    if (getrandom(&probe, sizeof probe, 0) != (ssize_t)sizeof probe) {
        return "the system has no getrandom()";
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)]; /* all the RAM that the feed uses */
    struct plain plain = {.descriptor = -1};
    struct symfeed_port port = {.context = &plain,
                                .connect = plain_connect,
                                .secure = plain_secure,
                                .send = plain_send,
                                .recv = plain_recv,
                                .close = plain_close,
                                .now = plain_now,
                                .random = plain_random,
                                .credentials = plain_credentials,
                                .report = plain_report};
    struct symfeed_config config = {
        .tag = "plain", .insecure_http = true, .window = 4096, .json_tokens = 128};
    const char *error = usage_error(argc, argv);
    struct symfeed_event event;
    struct symfeed *feed;
    enum symfeed_status status;

    if (error == NULL) {
        config.agent = argv[1];
        status = symfeed_init(&feed, &config, &port, memory, sizeof memory);
        error = status == SYMFEED_OK ? NULL : symfeed_status_text(status);
    }
    if (error != NULL) {
        (void)fprintf(stderr, "plain_port: %s\n", error);
        return 2;
    }
    while ((status = symfeed_next(feed, &event)) != SYMFEED_STOPPED) {
        if (status != SYMFEED_EVENT) {
            wait_for(&plain, feed);
        } else if (!print(&event)) {
            (void)fprintf(stderr, "plain_port: cannot write to standard output\n");
            plain_close(&plain);
            return 1;
        }
    }
    return 0;
}
