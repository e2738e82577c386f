/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - waiting for a feed, and the loop of an application that does nothing else.
 *
 * May know: poll(), symfeed.h and the port. Promises: never spins, never sleeps past a deadline or
 * a call of symfeed_posix_wake().
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "symfeed_posix.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"

int symfeed_posix_fd(const struct symfeed_posix *posix)
{
    return posix->connection.descriptor;
}

int symfeed_posix_timeout(const struct symfeed_posix *posix, const struct symfeed *feed)
{
    uint32_t now = symfeed_clock_now();
    int left = (int)symfeed_time_left(symfeed_deadline(feed), now);
    int share = symfeed_socket_timeout(&posix->connection, now);

    return share >= 0 && share < left ? share : left;
}

/* Empties the pipe. 1 if anything was in it. */
static int was_woken(struct symfeed_posix *posix)
{
    char bytes[64];
    int woken = 0;

    while (read(posix->wake[0], bytes, sizeof bytes) > 0) {
        woken = 1;
    }
    return woken;
}

/* Waits for a descriptor, -1: none, and for a wake-up. 1: woken up or interrupted. */
static int wait_for_either(struct symfeed_posix *posix, struct pollfd *ready, int milliseconds)
{
    struct pollfd both[2] = {{.fd = posix->wake[0], .events = POLLIN, .revents = 0}, *ready};
    const int answer = poll(both, 2, milliseconds);

    if (answer < 0 && errno != EINTR) {
        /* The kernel is out of memory. It shall not be asked again at once, and again. */
        (void)poll(NULL, 0, 100);
        return 0;
    }
    if (answer < 0) {
        (void)was_woken(posix);
        return 1;
    }
    *ready = both[1];
    return both[0].revents == 0 ? 0 : was_woken(posix);
}

int symfeed_posix_wait(struct symfeed_posix *posix, const struct symfeed *feed)
{
    const unsigned wants = symfeed_wants(feed);
    /* A connection that nobody wants anything of is left out: poll() would tell again and again
     * that the peer has hung up. */
    struct pollfd ready = {
        .fd = wants == 0 ? -1 : symfeed_posix_fd(posix), .events = 0, .revents = 0};

    if ((wants & SYMFEED_WANTS_READ) != 0) {
        ready.events |= POLLIN;
    }
    if ((wants & SYMFEED_WANTS_WRITE) != 0) {
        ready.events |= POLLOUT;
    }
    return wait_for_either(posix, &ready, symfeed_posix_timeout(posix, feed));
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
    /* A full pipe refuses the byte, and needs it no more. */
    ssize_t written = write(posix->wake[1], "", 1);

    (void)written;
    errno = saved;
}

enum symfeed_status symfeed_posix_run(struct symfeed *feed, struct symfeed_posix *posix,
                                      symfeed_posix_handler *handler, void *context)
{
    struct symfeed_event event;

    for (;;) {
        enum symfeed_status status = symfeed_next(feed, &event);

        switch (status) {
        case SYMFEED_EVENT: handler(context, feed, &event); break;
        case SYMFEED_WAIT:
            (void)symfeed_posix_wait(posix, feed);
            handler(context, feed, NULL);
            break;
        default: return status;
        }
    }
}
