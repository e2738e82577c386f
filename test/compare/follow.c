/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.c - symfeed as a library: follows a feed and looks at each event, as told.
 *
 *     follow PORT CA-FILE TOKEN-FILE EVENTS counted|type|text
 *
 * Prints the events that were handed out; with `type` the messages among them; with `text` the
 * bytes of their plain text. Guarantees: the last batch is acknowledged before it ends.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symfeed_events.h"
#include "symfeed_posix.h"

/* As `symfeed tail` has it. */
#define WINDOW 16384
#define TOKENS 512

static unsigned char memory[SYMFEED_MEMORY(WINDOW, TOKENS)];
static unsigned char arena[SYMFEED_ARENA_ROOM];
static struct symfeed_posix posix;

int main(int argc, char **argv)
{
    static unsigned long types[SYMFEED_TYPE_COUNT];
    static char text[WINDOW];
    char agent[64];
    struct symfeed_posix_config config = {
        SYMFEED_POSIX_MEMORY(memory, arena),
        .feed = {.agent = agent, .tag = "compare", .window = WINDOW, .json_tokens = TOKENS},
        .verbosity = -1};
    struct symfeed_event event;
    unsigned long wanted = 0;
    unsigned long events = 0;
    size_t bytes = 0;

    if (argc != 6) {
        (void)fputs("usage: follow PORT CA-FILE TOKEN-FILE EVENTS counted|type|text\n", stderr);
        return 2;
    }
    (void)snprintf(agent, sizeof agent, "https://localhost:%s", argv[1]);
    config.ca_file = argv[2];
    config.session_token_file = argv[3];
    wanted = strtoul(argv[4], NULL, 10);
    if (symfeed_posix_open(&posix, &config, text, sizeof text) != SYMFEED_POSIX_OK) {
        (void)fprintf(stderr, "follow: %s\n", text);
        return 2;
    }
    while (symfeed_posix_next(&posix, &event) == SYMFEED_EVENT) {
        if (argv[5][1] == 'y') {
            types[symfeed_event_type(&event)]++;
        } else if (argv[5][1] == 'e') {
            bytes += symfeed_message_text(&event, text, sizeof text);
        }
        if (++events == wanted) {
            symfeed_stop(posix.feed, SYMFEED_STOP_AFTER_BATCH);
        }
    }
    symfeed_posix_close(&posix);
    (void)printf("%lu events, %lu messages, %zu bytes of text\n", events,
                 types[SYMFEED_TYPE_MESSAGESENT], bytes);
    return 0;
}
