/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_port.c - a whole port, in some 150 lines of code: POSIX sockets, no TLS.
 *
 *     SESSION_TOKEN=... KEY_MANAGER_TOKEN=... plain_port http://localhost:8080/agent
 *
 * For a sidecar on this host that speaks TLS to the agent: what goes from here to there can be read
 * and changed by whoever is between. Follows the feed and prints type and id of each event. What
 * port/ does besides: TLS; addresses that share the time; dead peers found by probes; an address to
 * come back to; tokens renewed while it runs.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
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
    struct addrinfo *addresses;  /* while connecting: the host's, to be freed */
    const struct addrinfo *next; /* of these, the one to try next */
    char reason[128];
};

/* --- the port ----------------------------------------------------------------------------- */

static int failed(struct plain *plain, const char *what, const char *why)
{
    (void)snprintf(plain->reason, sizeof plain->reason, "%.100s: %s", what, why);
    return SYMFEED_IO_FAILED;
}

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
    plain->next = NULL;
}

/* The one call that may block: POSIX resolves names in no other way. The host has no NUL. */
static int resolve(struct plain *plain, const struct symfeed_endpoint *endpoint)
{
    struct addrinfo hints;
    char host[254];
    char port[6];
    int error;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    (void)snprintf(host, sizeof host, "%.*s", (int)endpoint->host_size, endpoint->host);
    (void)snprintf(port, sizeof port, "%u", (unsigned)endpoint->port);
    error = getaddrinfo(host, port, &hints, &plain->addresses);
    if (error != 0) {
        plain->addresses = NULL;
        return failed(plain, host, gai_strerror(error));
    }
    plain->next = plain->addresses;
    return 0;
}

/* 0: connected; SYMFEED_IO_WANT_WRITE: not yet; SYMFEED_IO_FAILED: this address does not answer. */
static int look(struct plain *plain)
{
    struct pollfd ready = {.fd = plain->descriptor, .events = POLLOUT, .revents = 0};
    int error = 0;
    socklen_t size = sizeof error;

    if (poll(&ready, 1, 0) <= 0) {
        return SYMFEED_IO_WANT_WRITE;
    }
    if (getsockopt(plain->descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        error = errno;
    }
    return error == 0 ? 0 : failed(plain, "connect", strerror(error));
}

/* Begins to connect to the next address in place of the one before, and does not wait for it. */
static void begin(struct plain *plain)
{
    const struct addrinfo *address = plain->next;

    if (plain->descriptor >= 0) {
        (void)close(plain->descriptor);
    }
    plain->next = address->ai_next;
    plain->descriptor = socket(address->ai_family, SOCK_STREAM, 0);
    if (plain->descriptor >= 0 && fcntl(plain->descriptor, F_SETFL, O_NONBLOCK) == 0 &&
        (connect(plain->descriptor, address->ai_addr, address->ai_addrlen) == 0 ||
         errno == EINPROGRESS)) {
        return;
    }
    (void)failed(plain, "connect", strerror(errno));
    if (plain->descriptor >= 0) {
        (void)close(plain->descriptor);
    }
    plain->descriptor = -1;
}

/* Keeps no address, so endpoint->same finds none: any will do then. */
static int plain_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    struct plain *plain = context;

    if (plain->addresses == NULL && resolve(plain, endpoint) != 0) {
        return SYMFEED_IO_FAILED;
    }
    for (;;) {
        int answer = plain->descriptor < 0 ? SYMFEED_IO_FAILED : look(plain);

        if (answer != SYMFEED_IO_FAILED || plain->next == NULL) {
            return answer;
        }
        begin(plain);
    }
}

static int plain_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)endpoint;
    return failed(context, "secure", "this port has no TLS");
}

static int plain_send(void *context, const void *data, size_t size)
{
    struct plain *plain = context;
    ssize_t sent = send(plain->descriptor, data, size, MSG_NOSIGNAL);

    if (sent > 0) {
        return (int)sent; /* of a request, which is far from INT_MAX */
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
               ? SYMFEED_IO_WANT_WRITE
               : failed(plain, "send", strerror(errno));
}

static int plain_recv(void *context, void *data, size_t size)
{
    struct plain *plain = context;
    ssize_t received = recv(plain->descriptor, data, size, 0);

    if (received >= 0) {
        return (int)received; /* at most SYMFEED_RECEIVE_SIZE; 0: the peer has ended it */
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
               ? SYMFEED_IO_WANT_READ
               : failed(plain, "recv", strerror(errno));
}

static uint32_t plain_now(void *context)
{
    struct timespec now = {0, 0};

    (void)context;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

static void plain_random(void *context, void *data, size_t size)
{
    (void)context;
    if (getrandom(data, size, 0) != (ssize_t)size) { /* main() has seen that it works */
        memset(data, 0, size);
    }
}

static int copy_token(struct plain *plain, const char *name, char *token, size_t size)
{
    const char *value = getenv(name);
    int length = snprintf(token, size, "%s", value == NULL ? "" : value);

    return length >= 0 && (size_t)length < size ? 0 : failed(plain, name, "too long");
}

/* There are no others to be had, once these were refused. */
static int plain_credentials(void *context, struct symfeed_credentials *to)
{
    if (to->refused || getenv("SESSION_TOKEN") == NULL) {
        return failed(context, "SESSION_TOKEN", "start again with one that is valid");
    }
    return copy_token(context, "SESSION_TOKEN", to->session_token, to->session_token_size) == 0
               ? copy_token(context, "KEY_MANAGER_TOKEN", to->key_manager_token,
                            to->key_manager_token_size)
               : SYMFEED_IO_FAILED;
}

static const char *plain_reason(void *context)
{
    return ((struct plain *)context)->reason;
}

static void plain_log(void *context, enum symfeed_level level, const char *text)
{
    (void)context;
    if (level <= SYMFEED_LOG_INFO) {
        (void)fprintf(stderr, "plain_port: %s\n", text);
    }
}

/* --- the program -------------------------------------------------------------------------- */

/* Waits for what the feed wants of the connection, and never past its deadline. */
static void wait_for(struct plain *plain, const struct symfeed *feed)
{
    struct pollfd ready = {.fd = plain->descriptor, .events = 0, .revents = 0};
    int32_t left = (int32_t)(symfeed_deadline(feed) - plain_now(plain));
    unsigned wants = symfeed_wants(feed);

    ready.events = (short)(((wants & SYMFEED_WANTS_READ) != 0 ? POLLIN : 0) |
                           ((wants & SYMFEED_WANTS_WRITE) != 0 ? POLLOUT : 0));
    (void)poll(&ready, wants == 0 ? 0 : 1, left < 0 ? 0 : left);
}

static void print(const struct symfeed_event *event)
{
    char type[64];
    char id[64];

    (void)symfeed_string(symfeed_event_find(event, "type"), type, sizeof type);
    (void)symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
    (void)printf("%s %s\n", type, id);
    (void)fflush(stdout); /* asking for the next event takes this one, so it must be out */
}

int main(int argc, char **argv)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)]; /* all the RAM the feed uses */
    struct plain plain = {-1, NULL, NULL, ""};
    struct symfeed_port port = {.context = &plain,
                                .connect = plain_connect,
                                .secure = plain_secure,
                                .send = plain_send,
                                .recv = plain_recv,
                                .close = plain_close,
                                .now = plain_now,
                                .random = plain_random,
                                .credentials = plain_credentials,
                                .reason = plain_reason,
                                .log = plain_log};
    struct symfeed_config config = {.insecure_http = true, .window = 4096, .tokens = 128};
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
