/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - see state.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "state.h"

#include <errno.h>
#include <string.h>

#include "options.h"
#include "../common/message.h"
#include "../common/whole_file.h"

/* Seconds between two tries to write. */
#define AGAIN_AFTER 60

/* Seconds for which a cookie is kept in memory alone: some load balancers change it with each
 * answer, and flash wears out. An old one leads to the same agent for much longer than that. */
#define COOKIE_AFTER 3600

/* --- reading ------------------------------------------------------------------------------ */

/* Copies one line of the `size` bytes at *text to `out`, and goes behind it. Returns whether it
 * fits. */
static bool take_line(const char **text, size_t *size, char *out, size_t room)
{
    const char *end = memchr(*text, '\n', *size);
    const size_t length = end == NULL ? *size : (size_t)(end - *text);
    const size_t whole = end == NULL ? length : length + 1;

    if (length >= room) {
        return false;
    }
    memcpy(out, *text, length);
    out[length] = '\0';
    *text += whole;
    *size -= whole;
    return true;
}

/* Reads two lines at most, the first not empty. The library checks what is in them. */
static bool take_values(struct state_values *values, const char *text, size_t size)
{
    return memchr(text, '\0', size) == NULL &&
           take_line(&text, &size, values->id, sizeof values->id) &&
           take_line(&text, &size, values->cookie, sizeof values->cookie) && size == 0 &&
           values->id[0] != '\0';
}

const char *state_read(struct state *state, const char *file, struct state_values *read,
                       char error[MESSAGE_ERROR_SIZE])
{
    char text[sizeof *read + 3];
    long size;

    memset(read, 0, sizeof *read);
    state->file = file;
    state->warn = true;
    if (!SYMFEED_LEGACY || file == NULL) {
        return NULL;
    }
    size = whole_file_read(file, text, sizeof text - 1);
    if (size < 0 && errno != EFBIG) {
        return errno == ENOENT ? NULL : message_error(errno, error);
    }
    if (size < 0 || (size > 0 && !take_values(read, text, (size_t)size))) {
        state_forget(state, read);
        return STATE_NOT_UNDERSTOOD;
    }
    *state->wanted = *read;
    return NULL;
}

void state_forget(struct state *state, struct state_values *read)
{
    memset(read, 0, sizeof *read);
    memset(state->wanted, 0, sizeof *state->wanted);
}

/* --- writing ------------------------------------------------------------------------------ */

/* Replaces the file. Returns 0 or an errno. */
static int replace(const struct state *state)
{
    const struct state_values *values = state->wanted;
    char text[sizeof *values + 2];
    const size_t size = symfeed_format(text, sizeof text, "%s\n%s%s", values->id, values->cookie,
                                       values->cookie[0] == '\0' ? "" : "\n");

    return whole_file_replace(state->file, text, size);
}

static time_t now(void)
{
    struct timespec time = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* Decides what has to be in the file, and whether to write it now. */
static void look(struct state *state, const struct symfeed *feed, bool last)
{
    struct state_values values;
    bool other_cookie;

    memset(&values, 0, sizeof values);
    if (symfeed_feed_id(feed, values.id, sizeof values.id) == 0) {
        return;
    }
    (void)symfeed_cookie(feed, values.cookie, sizeof values.cookie);
    other_cookie = strcmp(values.cookie, state->wanted->cookie) != 0;
    if (strcmp(values.id, state->wanted->id) != 0 ||
        (other_cookie && (last || now() >= state->next_cookie))) {
        *state->wanted = values;
        state->due = true;
    }
}

void state_keep(struct state *state, const struct symfeed *feed, bool last)
{
    int error;

    if (!SYMFEED_LEGACY || state->file == NULL) {
        return;
    }
    look(state, feed, last);
    if (!state->due || now() < state->next_try) {
        return;
    }
    error = replace(state);
    if (error == 0) {
        state->due = false;
        state->next_cookie = now() + COOKIE_AFTER;
        return;
    }
    if (state->warn) {
        char room[MESSAGE_ERROR_SIZE];

        message(SYMFEED_LOG_WARNING,
                "--state: %s: cannot be written: %s; the feed goes on, without its id being "
                "kept",
                state->file, message_error(error, room));
    }
    state->warn = false;
    state->next_try = now() + AGAIN_AFTER;
}
