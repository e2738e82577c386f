/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pollloop.c - two feeds in the poll loop of an application, next to a timer.
 *
 *     pollloop AGENT-URL TOKEN-FILE AGENT-URL TOKEN-FILE [CA-FILE]
 *
 * Prints id and type of each event, and each second the state of the feeds. Neither feed blocks the
 * other or the timer. Exits with 1 if standard output fails, and with 2 if a feed cannot begin.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "symfeed.h"
#include "symfeed_posix.h"

#define FEEDS    2
#define INTERVAL 1000 /* of the timer, in milliseconds */

/* A feed with all that is its own: they share nothing. */
struct guest {
    unsigned char memory[SYMFEED_MEMORY(4096, 128)];
    struct symfeed_posix posix;
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

/* Ends the program where a feed cannot begin. */
static void begin(struct guest *guest, char *agent, char *token_file, char *ca_file)
{
    struct symfeed_posix_config config = {
        .feed = {.agent = agent,
                 .tag = guest == guests ? "pollloop-0" : "pollloop-1",
                 .window = 4096,
                 .json_tokens = 128},
        SYMFEED_POSIX_MEMORY(guest->memory, arena),
        .session_token_file = token_file,
        .ca_file = ca_file,
    };
    char error[256];

    if (symfeed_posix_open(&guest->posix, &config, error, sizeof error) != SYMFEED_POSIX_OK) {
        fprintf(stderr, "pollloop: %s\n", error);
        exit(2);
    }
}

static void print(const struct guest *guest, const struct symfeed_event *event)
{
    char id[64];
    char type[64];

    symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
    symfeed_string(symfeed_event_find(event, "type"), type, sizeof type);
    printf("%d: %s %s\n", (int)(guest - guests), id, type);
    fflush(stdout); /* asking for the next event accepts this one, so it must be out */
    if (ferror(stdout)) {
        symfeed_refuse(guest->posix.feed);
    }
}

/* Lets a feed take a step, one event at most, so that none starves the others. Fills in what poll()
 * is to look at, and answers how long it may wait. */
static int step(struct guest *guest, struct pollfd *ready)
{
    struct symfeed_event event;

    ready->fd = -1;
    switch (symfeed_next(guest->posix.feed, &event)) {
    case SYMFEED_EVENT: print(guest, &event); return 0;
    case SYMFEED_STOPPED: guest->stopped = true; return INTERVAL;
    default: return symfeed_posix_pollfd(&guest->posix, ready);
    }
}

int main(int argc, char **argv)
{
    const struct symfeed_port *port = &guests[0].posix.port; /* one clock for all */
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
        begin(&guests[i], argv[1 + 2 * i], argv[2 + 2 * i], argv[5]);
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    timer = port->now(port->context) + INTERVAL;
    while (!guests[0].stopped || !guests[1].stopped) {
        int wait = INTERVAL; /* a signal just before poll() costs no more */

        for (i = 0; i < FEEDS; i++) {
            if (stop_wanted || ferror(stdout)) {
                symfeed_stop(guests[i].posix.feed, SYMFEED_STOP_NOW);
            }
            if (!guests[i].stopped) {
                int most = step(&guests[i], &ready[i]);

                wait = most < wait ? most : wait;
            }
        }
        now = port->now(port->context);
        if (symfeed_time_left(timer, now) == 0) {
            for (i = 0; i < FEEDS; i++) {
                uint32_t left = symfeed_time_left(symfeed_deadline(guests[i].posix.feed), now);

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
        symfeed_posix_close(&guests[i].posix);
    }
    if (ferror(stdout)) {
        fputs("pollloop: cannot write to standard output\n", stderr);
        return 1;
    }
    return 0;
}
