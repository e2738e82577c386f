/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.c - the text of a message event, as plain text.
 *
 * Depends on: symfeed.h.
 * Guarantees: never writes beyond `size`; always writes a NUL.
 */
#include "symfeed.h"

#if SYMFEED_TEXT

/* The text that is being built. */
struct lines {
    char *out;
    size_t size; /* bytes at out, one kept for the NUL */
    size_t used;
};

/* Longest character, in bytes: if fewer are left, the string before may have been cut. */
#define CHARACTER 4

/* Adds the text of one message on a line of its own; nothing after a text that was cut. */
static void add(struct lines *lines, const struct symfeed_event *event, const char *path)
{
    bool below = lines->used > 0 && lines->used + 1 < lines->size;
    char *out = lines->out + lines->used + (below ? 1 : 0);
    size_t room = lines->size - lines->used - (below ? 1 : 0);
    size_t decoded = symfeed_string(symfeed_event_find(event, path), out, room);
    size_t added = symfeed_text(out, decoded, out, room);

    if (added == 0) {
        lines->out[lines->used] = '\0';
    } else {
        if (below) {
            lines->out[lines->used++] = '\n';
        }
        lines->used += added;
    }
    if (decoded + CHARACTER >= room) {
        lines->size = lines->used + 1;
    }
}

size_t symfeed_message_text(const struct symfeed_event *event, char *out, size_t size)
{
    struct lines lines = {out, size, 0};

    add(&lines, event, "payload.messageSent.message.message");
    add(&lines, event, "payload.sharedPost.message.message");
    add(&lines, event, "payload.sharedPost.sharedMessage.message");
    return lines.used;
}

#endif
