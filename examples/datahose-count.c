/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datahose-count.c - counts the events of a whole pod, by type, for example for compliance.
 *     datahose-count AGENT-URL TOKEN-FILE TAG TYPES [CA-FILE [SECONDS]]
 * TYPES are event types separated by commas, such as MESSAGESENT,SHAREDPOST. Prints the counts as a
 * line each minute (or SECONDS), and at SIGTERM and SIGINT. All processes with the same account,
 * TAG and TYPES share the events: if one is too slow, start another and add up. Events are
 * acknowledged after they are counted in memory; what has to survive the process must be on disk
 * before the next event is asked for, as in alarm.c. Exits with 1 if standard output fails: nobody
 * would see the counts of what is acknowledged.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "symfeed.h"
#include "symfeed_events.h"
#include "symfeed_posix.h"

#define MOST_WAIT 1000 /* milliseconds: a signal just before poll() costs no more */

static volatile sig_atomic_t stop_wanted;

/* All that grows with the events. Types that this library does not know are SYMFEED_TYPE_UNKNOWN,
 * the first of them. */
static uint64_t counts[SYMFEED_TYPE_COUNT];
static uint64_t malformed;

static void on_signal(int number)
{
    (void)number;
    stop_wanted = 1;
}

static int fail(const char *text)
{
    fprintf(stderr, "datahose-count: %s\n", text);
    return 2;
}

static void count(const struct symfeed_event *event)
{
    if (event->malformed) {
        malformed++;
    } else {
        counts[symfeed_event_type(event)]++;
    }
}

static void print_counts(const struct symfeed *feed)
{
    time_t now = time(NULL);
    char text[32] = "";
    struct tm utc;
    int type;

    if (gmtime_r(&now, &utc) != NULL) {
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    printf("%s events=%" PRIu32 " malformed=%" PRIu64, text, symfeed_counters(feed)->events,
           malformed);
    for (type = 0; type < SYMFEED_TYPE_COUNT; type++) {
        if (counts[type] > 0) {
            printf(" %s=%" PRIu64, symfeed_type_name((enum symfeed_type)type), counts[type]);
        }
    }
    printf("\n");
    fflush(stdout);
}

/* Waits for the connection, but not longer than until `at`. */
static void wait_until(const struct symfeed_posix *posix, uint32_t now, uint32_t at)
{
    struct pollfd ready;
    int wait = symfeed_posix_pollfd(posix, &ready);
    int left = (int)symfeed_time_left(at, now);

    wait = wait < left ? wait : left;
    poll(&ready, 1, wait < MOST_WAIT ? wait : MOST_WAIT);
}

static void follow(struct symfeed_posix *posix, uint32_t interval)
{
    const struct symfeed_port *port = &posix->port;
    uint32_t at = port->now(port->context) + interval;
    struct symfeed_event event;

    for (;;) {
        uint32_t now = port->now(port->context);

        if (symfeed_time_left(at, now) == 0) {
            print_counts(posix->feed);
            at = now + interval;
        }
        if (stop_wanted || ferror(stdout)) {
            symfeed_stop(posix->feed, SYMFEED_STOP_NOW);
        }
        switch (symfeed_next(posix->feed, &event)) {
        case SYMFEED_EVENT: count(&event); break;
        case SYMFEED_STOPPED: return;
        default: wait_until(posix, now, at); break;
        }
    }
}

int main(int argc, char **argv)
{
    static unsigned char memory[SYMFEED_MEMORY(2048, 64)]; /* the type survives where it is cut */
    static unsigned char arena[SYMFEED_ARENA_ROOM];        /* mbedTLS's */
    static struct symfeed_posix posix;
    struct sigaction action = {.sa_handler = on_signal};
    struct symfeed_posix_config config = {
        SYMFEED_POSIX_MEMORY(memory, arena),
        .feed = {
            .task = SYMFEED_TASK_DATAHOSE, .no_presence = true, .window = 2048, .json_tokens = 64}};
    long seconds = 60;
    char error[256];

    if (argc < 5) {
        fputs("usage: datahose-count AGENT-URL TOKEN-FILE TAG TYPES [CA-FILE [SECONDS]]\n", stderr);
        return 2;
    }
    config.feed.agent = argv[1];
    config.session_token_file = argv[2];
    config.feed.tag = argv[3];
    config.feed.types = argv[4];
    config.ca_file = argv[5]; /* NULL: the system's bundle */
    if (argc > 6) {
        seconds = strtol(argv[6], NULL, 10);
    }
    if (seconds < 1 || seconds > 86400) {
        return fail("SECONDS must be 1 to 86400");
    }
    if (symfeed_posix_open(&posix, &config, error, sizeof error) != SYMFEED_POSIX_OK) {
        return fail(error);
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    follow(&posix, (uint32_t)seconds * 1000);
    print_counts(posix.feed);
    symfeed_posix_close(&posix);
    if (ferror(stdout)) {
        fputs("datahose-count: cannot write to standard output\n", stderr);
        return 1;
    }
    return 0;
}
