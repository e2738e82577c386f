/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - waits for a feed, and runs it for an application that does nothing else.
 *
 * Depends on: poll(), symfeed.h, the port.
 * Guarantees: never spins, and never waits longer than until a deadline or symfeed_posix_wake().
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "symfeed_posix.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "system/clock.h"

int symfeed_posix_pollfd(const struct symfeed_posix *posix, struct pollfd *ready)
{
    const unsigned wants = symfeed_wants(posix->feed);
    const uint32_t now = symfeed_clock_now();
    const int left = (int)symfeed_time_left(symfeed_deadline(posix->feed), now);
    const int share = symfeed_socket_timeout(&posix->connection, now);

    /* If the feed wants nothing of the connection, poll() must not watch it: after the peer has
     * closed it, poll() would return at once each time. */
    ready->fd = wants == 0 ? -1 : symfeed_socket_descriptor(&posix->connection);
    ready->events = (short)(((wants & SYMFEED_WANTS_READ) != 0 ? POLLIN : 0) |
                            ((wants & SYMFEED_WANTS_WRITE) != 0 ? POLLOUT : 0));
    ready->revents = 0;
    return share >= 0 && share < left ? share : left;
}

/* Why a wait ended, besides the descriptor and the time. A mask. */
enum { WOKEN = 1, INTERRUPTED = 2 };

/* Empties the pipe. Returns WOKEN if there was a byte in it, otherwise 0. */
static int was_woken(struct symfeed_posix *posix)
{
    char bytes[64];
    int woken = 0;

    while (read(posix->wake[0], bytes, sizeof bytes) > 0) {
        woken = WOKEN;
    }
    return woken;
}

/* Waits for a descriptor (-1: none) and for symfeed_posix_wake(). Returns a mask of the above. */
static int wait_for_either(struct symfeed_posix *posix, struct pollfd *ready, int milliseconds)
{
    struct pollfd both[2] = {{.fd = posix->wake[0], .events = POLLIN, .revents = 0}, *ready};
    const int answer = poll(both, 2, milliseconds);

    if (answer < 0 && errno != EINTR) {
        /* The kernel is out of memory. The pause keeps the caller from spinning. */
        (void)poll(NULL, 0, 100);
        return 0;
    }
    if (answer < 0) {
        return was_woken(posix) | INTERRUPTED;
    }
    *ready = both[1];
    return both[0].revents == 0 ? 0 : was_woken(posix);
}

static int wait_for_feed(struct symfeed_posix *posix)
{
    struct pollfd ready;
    const int milliseconds = symfeed_posix_pollfd(posix, &ready);

    return wait_for_either(posix, &ready, milliseconds);
}

int symfeed_posix_wait(struct symfeed_posix *posix)
{
    return wait_for_feed(posix) != 0;
}

int symfeed_posix_wait_for(struct symfeed_posix *posix, int descriptor, short events,
                           int milliseconds)
{
    struct pollfd ready = {.fd = descriptor, .events = events, .revents = 0};

    (void)wait_for_either(posix, &ready, milliseconds);
    return ready.revents != 0;
}

void symfeed_posix_wake(struct symfeed_posix *posix)
{
    int saved = errno;
    /* Fails if the pipe is full, which wakes the feed as well. */
    ssize_t written = write(posix->wake[1], "", 1);

    (void)written;
    errno = saved;
}

enum symfeed_status symfeed_posix_next(struct symfeed_posix *posix, struct symfeed_event *event)
{
    for (;;) {
        const enum symfeed_status status = symfeed_next(posix->feed, event);

        if (status != SYMFEED_WAIT || (wait_for_feed(posix) & WOKEN) != 0) {
            return status;
        }
    }
}

enum symfeed_status symfeed_posix_run(struct symfeed_posix *posix, symfeed_posix_handler *handler,
                                      void *context)
{
    struct symfeed_event event;

    for (;;) {
        enum symfeed_status status = symfeed_next(posix->feed, &event);

        switch (status) {
        case SYMFEED_EVENT: handler(context, posix->feed, &event); break;
        case SYMFEED_WAIT:
            (void)symfeed_posix_wait(posix);
            handler(context, posix->feed, NULL);
            break;
        default: return status;
        }
    }
}
