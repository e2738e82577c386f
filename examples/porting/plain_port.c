/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_port.c - a complete port in some hundred lines of code: POSIX sockets, no TLS. Follows the
 * feed and prints type and id of each event.
 *     SESSION_TOKEN=... KEY_MANAGER_TOKEN=... plain_port http://localhost:8080/agent
 * Use it only with a sidecar on the same host that speaks TLS to the agent: without TLS anyone on
 * the path can read and change the traffic. port/ has TLS as well, shares the time among addresses,
 * detects dead peers, returns to the same address, and reads renewed tokens.
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
    struct addrinfo *addresses;  /* of the host, from connecting to closing */
    const struct addrinfo *next; /* of these, the one that is tried */
    int error;                   /* of the last failure: errno, or what getaddrinfo() answered */
};

/* --- what can fail ------------------------------------------------------------------------ */

/* A call answers one of these with a minus sign, and the feed hands it to report(). Numbers below
 * are those of enum symfeed_io. */
enum cause {
    NO_ADDRESS = 16,
    NO_SOCKET,
    NO_CONNECTION,
    NOT_SENT,
    NOT_RECEIVED,
    NO_TLS,
    NO_TOKEN,
    LONG_TOKEN
};

/* Puts a cause in words. They are wanted only where there is a log. */
static void explain(const struct plain *plain, unsigned cause, char *out, size_t size)
{
    static const char *const calls[] = {"resolve", "socket", "connect", "send", "recv"};

    switch (cause) {
    case NO_TLS: (void)snprintf(out, size, "secure: this port has no TLS"); break;
    case NO_TOKEN:
        (void)snprintf(out, size, "SESSION_TOKEN: start again with one that is valid");
        break;
    case LONG_TOKEN:
        (void)snprintf(out, size, "SESSION_TOKEN or KEY_MANAGER_TOKEN: too long");
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

/* What could not be done on a connection now: later, or not at all? */
static int not_now(struct plain *plain, enum cause cause, int later)
{
    bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
                 errno == EINPROGRESS || errno == EALREADY;

    return again ? later : failed(plain, cause, errno);
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

/* The one call that may block: POSIX resolves names in no other way. The host has no NUL. */
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

/* Begins, or asks what has become of it: connect() may be called again for that. */
static int try_address(struct plain *plain)
{
    const struct addrinfo *address = plain->next;

    if (plain->descriptor < 0) {
        plain->descriptor = socket(address->ai_family, SOCK_STREAM, 0);
    }
    if (plain->descriptor < 0 || fcntl(plain->descriptor, F_SETFL, O_NONBLOCK) != 0) {
        return failed(plain, NO_SOCKET, errno);
    }
    return connect(plain->descriptor, address->ai_addr, address->ai_addrlen) == 0 ||
                   errno == EISCONN
               ? 0
               : not_now(plain, NO_CONNECTION, SYMFEED_IO_WANT_WRITE);
}

/* Keeps no address, so endpoint->same finds none: any will do then. */
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
    return answer; /* why the last one has failed */
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

    /* Of a request, which is far from INT_MAX. */
    return sent > 0 ? (int)sent : not_now(plain, NOT_SENT, SYMFEED_IO_WANT_WRITE);
}

static int plain_recv(void *context, void *data, size_t size)
{
    struct plain *plain = context;
    ssize_t received = recv(plain->descriptor, data, size, 0);

    /* At most SYMFEED_RECEIVE_SIZE; 0: the peer has ended it. */
    return received >= 0 ? (int)received : not_now(plain, NOT_RECEIVED, SYMFEED_IO_WANT_READ);
}

/* The clock that goes on while the system sleeps, where there is one. */
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
    if (getrandom(data, size, 0) != (ssize_t)size) { /* main() has seen that it works */
        memset(data, 0, size);
    }
}

static int copy_token(const char *name, char *token, size_t size)
{
    const char *value = getenv(name);
    int length = snprintf(token, size, "%s", value == NULL ? "" : value);

    return length >= 0 && (size_t)length < size ? 0 : -LONG_TOKEN;
}

/* There are no others to be had, once these were refused. */
static int plain_credentials(void *context, struct symfeed_credentials *to)
{
    int answer;

    (void)context;
    if (to->refused || getenv("SESSION_TOKEN") == NULL) {
        return -NO_TOKEN;
    }
    answer = copy_token("SESSION_TOKEN", to->session_token, to->session_token_size);
    return answer != 0
               ? answer
               : copy_token("KEY_MANAGER_TOKEN", to->key_manager_token, to->key_manager_token_size);
}

static void plain_report(void *context, const struct symfeed_report *report)
{
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    struct symfeed_report whole = *report;
    char cause[128];
    char line[240];

    if (report->cause >= NO_ADDRESS) { /* one of ours: its words in place of the general ones */
        explain(context, report->cause, cause, sizeof cause);
        whole.detail = cause;
        whole.detail_size = strlen(cause);
    }
    /* The feed must not wait until somebody reads this. */
    if (report->level <= SYMFEED_LOG_INFO && poll(&room, 1, 0) == 1 && room.revents == POLLOUT) {
        (void)symfeed_report_text(&whole, line, sizeof line);
        (void)fprintf(stderr, "plain_port: %s\n", line);
    }
}

/* --- the program -------------------------------------------------------------------------- */

/* Waits for what the feed wants of the connection, and never past its deadline. */
static void wait_for(struct plain *plain, const struct symfeed *feed)
{
    struct pollfd ready = {.fd = plain->descriptor, .events = 0, .revents = 0};
    uint32_t left = symfeed_time_left(symfeed_deadline(feed), plain_now(plain));
    unsigned wants = symfeed_wants(feed);

    ready.events = (short)(((wants & SYMFEED_WANTS_READ) != 0 ? POLLIN : 0) |
                           ((wants & SYMFEED_WANTS_WRITE) != 0 ? POLLOUT : 0));
    (void)poll(&ready, wants == 0 ? 0 : 1, (int)left);
}

static void print(const struct symfeed_event *event)
{
    char type[64] = "";
    char id[64] = "";

    (void)symfeed_string(symfeed_event_find(event, "type"), type, sizeof type);
    (void)symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
    (void)printf("%s %s\n", type, id);
    (void)fflush(stdout); /* asking for the next event takes this one, so it must be out */
}

int main(int argc, char **argv)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)]; /* all the RAM the feed uses */
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
    struct symfeed_event event;
    struct symfeed *feed;
    enum symfeed_status status;
    unsigned char probe;

    if (argc != 2 || getrandom(&probe, sizeof probe, 0) != (ssize_t)sizeof probe) {
        (void)fprintf(stderr, "usage: plain_port HTTP-URL, on a system with getrandom()\n");
        return 2;
    }
    config.agent = argv[1];
    status = symfeed_init(&feed, &config, &port, memory, sizeof memory);
    if (status != SYMFEED_OK) {
        (void)fprintf(stderr, "plain_port: %s\n", symfeed_status_text(status));
        return 2;
    }
    while ((status = symfeed_next(feed, &event)) != SYMFEED_STOPPED) {
        if (status == SYMFEED_EVENT) {
            print(&event);
        } else {
            wait_for(&plain, feed);
        }
    }
    return 0;
}
