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

int symfeed_posix_wait(struct symfeed_posix *posix, const struct symfeed *feed)
{
    struct pollfd ready[2] = {{.fd = posix->wake[0], .events = POLLIN, .revents = 0},
                              {.fd = symfeed_posix_fd(posix), .events = 0, .revents = 0}};
    unsigned wants = symfeed_wants(feed);

    if ((wants & SYMFEED_WANTS_READ) != 0) {
        ready[1].events |= POLLIN;
    }
    if ((wants & SYMFEED_WANTS_WRITE) != 0) {
        ready[1].events |= POLLOUT;
    }
    /* A connection that nobody wants anything of is left out: poll() would tell again and again
     * that the peer has hung up. */
    if (poll(ready, wants == 0 ? 1 : 2, symfeed_posix_timeout(posix, feed)) >= 0) {
        return ready[0].revents == 0 ? 0 : was_woken(posix);
    }
    if (errno == EINTR) {
        (void)was_woken(posix);
        return 1;
    }
    /* The kernel is out of memory. It shall not be asked again at once, and again. */
    (void)poll(NULL, 0, 100);
    return 0;
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
