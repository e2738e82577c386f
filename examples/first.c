/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first.c - the smallest program: prints id and type of each event of a feed.
 *
 *     first https://agent.example.com FILE-WITH-THE-SESSION-TOKEN [FILE-WITH-TRUSTED-CAS]
 */
#include <stdio.h>

#include "symfeed.h"
#include "symfeed_posix.h"

static int fail(const char *text)
{
    fprintf(stderr, "first: %s\n", text);
    return 2;
}

int main(int argc, char **argv)
{
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)]; /* all the RAM the feed uses */
    static unsigned char arena[SYMFEED_ARENA_ROOM];         /* and all of mbedTLS's */
    static struct symfeed_posix posix;
    struct symfeed_posix_config files = {.arena = arena, .arena_size = sizeof arena};
    struct symfeed_config config = {.tag = "first", .window = 4096, .json_tokens = 128};
    struct symfeed_port port;
    struct symfeed_event event;
    struct symfeed *feed;
    enum symfeed_status status;
    char error[256];
    char id[64];
    char type[64];

    if (argc < 3) {
        fputs("usage: first AGENT-URL TOKEN-FILE [CA-FILE]\n", stderr);
        return 2;
    }
    config.agent = argv[1];
    files.session_token_file = argv[2];
    files.ca_file = argv[3]; /* NULL: the system's bundle */
    if (symfeed_posix_init(&posix, &files, &port, error, sizeof error) != SYMFEED_POSIX_OK) {
        return fail(error);
    }
    status = symfeed_init(&feed, &config, &port, memory, sizeof memory);
    if (status != SYMFEED_OK) {
        return fail(symfeed_status_text(status));
    }
    while ((status = symfeed_next(feed, &event)) != SYMFEED_STOPPED) {
        if (status == SYMFEED_EVENT) {
            symfeed_string(symfeed_event_find(&event, "id"), id, sizeof id);
            symfeed_string(symfeed_event_find(&event, "type"), type, sizeof type);
            printf("%s %s\n", id, type);
            fflush(stdout); /* asking for the next event takes this one, so it must be out */
        } else {
            symfeed_posix_wait(&posix, feed);
        }
    }
    symfeed_posix_free(&posix);
    return 0;
}
