/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pollloop.c - feeds as guests in a poll loop that is there already: two of them, next to a timer.
 *
 *     pollloop AGENT-URL TOKEN-FILE AGENT-URL TOKEN-FILE [CA-FILE]
 *
 * Prints id and type of each event, and each second how the feeds are. Neither feed ever holds up
 * the other or the timer; only the resolver can, see resolve.h for how to replace it.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "symfeed.h"
#include "symfeed_posix.h"

#define FEEDS    2
#define INTERVAL 1000 /* of the timer, in milliseconds */

/* A feed with all that is its own: they share nothing. */
struct guest {
    unsigned char memory[SYMFEED_MEMORY(4096, 128)];
    struct symfeed_posix posix;
    struct symfeed_port port;
    struct symfeed *feed;
    bool stopped;
};

static struct guest guests[FEEDS];
static unsigned char arena[FEEDS * SYMFEED_ARENA_ROOM]; /* of mbedTLS, for all of them */
static volatile sig_atomic_t stop_wanted;

static void on_signal(int number)
{
    (void)number;
    stop_wanted = 1;
}

/* NULL, or what is wrong. */
static const char *begin(struct guest *guest, char *agent, char *token_file, char *ca_file)
{
    struct symfeed_posix_config files = {.session_token_file = token_file,
                                         .ca_file = ca_file,
                                         .arena = arena,
                                         .arena_size = sizeof arena};
    struct symfeed_config config = {.agent = agent,
                                    .tag = guest == guests ? "pollloop-0" : "pollloop-1",
                                    .window = 4096,
                                    .json_tokens = 128};
    enum symfeed_status status;
    static char error[256];

    if (symfeed_posix_init(&guest->posix, &files, &guest->port, error, sizeof error) != 0) {
        return error;
    }
    status = symfeed_init(&guest->feed, &config, &guest->port, guest->memory, sizeof guest->memory);
    return status == SYMFEED_OK ? NULL : symfeed_status_text(status);
}

static void print(const struct guest *guest, const struct symfeed_event *event)
{
    char id[64];
    char type[64];

    symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
    symfeed_string(symfeed_event_find(event, "type"), type, sizeof type);
    printf("%d: %s %s\n", (int)(guest - guests), id, type);
    fflush(stdout); /* asking for the next event takes this one, so it must be out */
}

/* Lets a feed take a step, one event at most, so that none starves the others. Fills in what poll()
 * is to look at, and answers how long it may wait. */
static int step(struct guest *guest, struct pollfd *ready)
{
    struct symfeed_event event;
    unsigned wants;

    ready->fd = -1;
    switch (symfeed_next(guest->feed, &event)) {
    case SYMFEED_EVENT: print(guest, &event); return 0;
    case SYMFEED_STOPPED: guest->stopped = true; return INTERVAL;
    default: break;
    }
    /* Asked anew each time, since the descriptor changes. While nothing is wanted of it it is left
     * out: poll() would tell without end that the peer has hung up. */
    wants = symfeed_wants(guest->feed);
    ready->fd = wants == 0 ? -1 : symfeed_posix_fd(&guest->posix);
    ready->events = (short)(((wants & SYMFEED_WANTS_READ) != 0 ? POLLIN : 0) |
                            ((wants & SYMFEED_WANTS_WRITE) != 0 ? POLLOUT : 0));
    return symfeed_posix_timeout(&guest->posix, guest->feed); /* symfeed_deadline(), or sooner */
}

int main(int argc, char **argv)
{
    const struct symfeed_port *port = &guests[0].port; /* one clock for all */
    struct sigaction action = {.sa_handler = on_signal};
    struct pollfd ready[FEEDS];
    uint32_t timer;
    uint32_t now;
    int i;

    if (argc < 5) {
        fputs("usage: pollloop AGENT-URL TOKEN-FILE AGENT-URL TOKEN-FILE [CA-FILE]\n", stderr);
        return 2;
    }
    for (i = 0; i < FEEDS; i++) {
        const char *wrong = begin(&guests[i], argv[1 + 2 * i], argv[2 + 2 * i], argv[5]);

        if (wrong != NULL) {
            fprintf(stderr, "pollloop: %s\n", wrong);
            return 2;
        }
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    timer = port->now(port->context) + INTERVAL;
    while (!guests[0].stopped || !guests[1].stopped) {
        int wait = INTERVAL; /* a signal just before poll() costs no more */

        for (i = 0; i < FEEDS; i++) {
            if (stop_wanted) {
                symfeed_stop(guests[i].feed, SYMFEED_STOP_NOW);
            }
            if (!guests[i].stopped) {
                int most = step(&guests[i], &ready[i]);

                wait = most < wait ? most : wait;
            }
        }
        now = port->now(port->context);
        if (symfeed_time_left(timer, now) == 0) {
            for (i = 0; i < FEEDS; i++) {
                uint32_t left = symfeed_time_left(symfeed_deadline(guests[i].feed), now);

                printf("%d: due in %u ms\n", i, (unsigned)left);
            }
            fflush(stdout);
            timer = now + INTERVAL;
        }
        if (symfeed_time_left(timer, now) < (uint32_t)wait) {
            wait = (int)symfeed_time_left(timer, now);
        }
        poll(ready, FEEDS, wait);
    }
    for (i = 0; i < FEEDS; i++) {
        symfeed_posix_free(&guests[i].posix);
    }
    return 0;
}
