/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first.c - the smallest program: prints the messages in the streams of a bot, as plain text.
 *
 *     first https://agent.example.com FILE-WITH-THE-SESSION-TOKEN [FILE-WITH-TRUSTED-CAS]
 */
#include <stdio.h>

#include "symfeed_posix.h"

int main(int argc, char **argv)
{
    /* All the RAM that the feed uses, and all of mbedTLS's. */
    static unsigned char memory[SYMFEED_MEMORY(4096, 128)], arena[SYMFEED_ARENA_ROOM];
    static struct symfeed_posix posix;
    struct symfeed_posix_config config = {
        SYMFEED_POSIX_MEMORY(memory, arena),
        .feed = {.agent = argv[1], .tag = "first", .window = 4096, .json_tokens = 128},
        .session_token_file = argc > 2 ? argv[2] : NULL, .ca_file = argc > 3 ? argv[3] : NULL};
    char text[4096] = "give AGENT-URL TOKEN-FILE [CA-FILE]";
    struct symfeed_event event;

    if (argc < 3 || symfeed_posix_open(&posix, &config, text, sizeof text) != SYMFEED_POSIX_OK) {
        fprintf(stderr, "first: %s\n", text);
        return 2;
    }
    /* Asking for the next event accepts the one before, which has to be out by then. */
    while (fflush(stdout) == 0 && symfeed_posix_next(&posix, &event) == SYMFEED_EVENT) {
        if (symfeed_message_text(&event, text, sizeof text) > 0 && puts(text) < 0) {
            break;
        }
    }
    symfeed_posix_close(&posix);
    return ferror(stdout) ? 1 : 0;
}
