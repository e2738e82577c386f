/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - see state.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename() alone */
#include <string.h>
#include <unistd.h>

#include "system/file.h"
#include "options.h"
#include "../common/message.h"

/* Seconds between two tries to write. */
#define AGAIN_AFTER 60

/* Seconds for which a cookie is kept in memory alone: some load balancers change it with each
 * answer, and flash wears out. An old one leads to the same agent for much longer than that. */
#define COOKIE_AFTER 3600

/* What the temporary file beside the file has behind its name. Always the same, so that there is
 * never more than one. */
#define BESIDE ".new"

/* --- reading ------------------------------------------------------------------------------ */

/* Reads up to `size` bytes. Answers how many there were; -1: errno says why not. */
static long read_all(const char *file, char *out, size_t size)
{
    const int descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    long got;

    if (descriptor < 0) {
        return -1;
    }
    got = symfeed_file_read(descriptor, out, size);
    symfeed_file_close(descriptor);
    return got;
}

/* Takes one line of the `size` bytes at *text to `out`. false: it does not fit. */
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

/* Two lines at most, the first not empty. What is in them is the library's to judge. */
static bool take_values(struct state_values *values, const char *text, size_t size)
{
    return memchr(text, '\0', size) == NULL &&
           take_line(&text, &size, values->id, sizeof values->id) &&
           take_line(&text, &size, values->cookie, sizeof values->cookie) && size == 0 &&
           values->id[0] != '\0';
}

const char *state_read(struct state *state, const char *file)
{
    char text[sizeof state->read + 2];
    long size;

    memset(state, 0, sizeof *state);
    state->file = file;
    state->warn = true;
    if (file == NULL) {
        return NULL;
    }
    size = read_all(file, text, sizeof text);
    if (size < 0) {
        return errno == ENOENT ? NULL : message_error(errno, state->error);
    }
    if (size > 0 && !take_values(&state->read, text, (size_t)size)) {
        state_forget(state);
        return "not a feed id in its first line and a cookie in its second one";
    }
    state->wanted = state->read;
    return NULL;
}

void state_forget(struct state *state)
{
    memset(&state->read, 0, sizeof state->read);
    memset(&state->wanted, 0, sizeof state->wanted);
}

/* --- writing ------------------------------------------------------------------------------ */

static bool write_all(int descriptor, const char *text, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(descriptor, text, size);

        if (written > 0) {
            text += written;
            size -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Writes a new file, which nobody else can read, and sees to it that it is on the disk. */
static bool write_file(const char *file, const struct state_values *values)
{
    const int descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    char text[sizeof *values + 2];
    const size_t size = symfeed_format(text, sizeof text, "%s\n%s%s", values->id, values->cookie,
                                       values->cookie[0] == '\0' ? "" : "\n");
    bool written;
    int error;

    if (descriptor < 0) {
        return false;
    }
    written = write_all(descriptor, text, size) && fsync(descriptor) == 0;
    error = errno;
    written = close(descriptor) == 0 && written;
    errno = error;
    return written;
}

/* Sees to it that a renaming is on the disk, which it is once its folder is. Cuts `file`, a name in
 * that folder, to the folder's. */
static bool synchronize_folder(char *file)
{
    char *slash = strrchr(file, '/');
    int descriptor;
    bool done;

    if (slash != NULL) {
        slash[1] = '\0';
    }
    descriptor = open(slash == NULL ? "." : file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno == EACCES; /* it may be written in and not read: more cannot be done */
    }
    done = fsync(descriptor) == 0 || errno == EINVAL; /* a file system may not know how */
    symfeed_file_close(descriptor);
    return done;
}

/* Puts a new file in the place of the one there is. */
static bool replace(const struct state *state)
{
    char beside[FILE_NAME_MAX + sizeof BESIDE];
    int error;

    (void)symfeed_format(beside, sizeof beside, "%s" BESIDE, state->file);
    (void)unlink(beside); /* of a process that lost its power */
    if (write_file(beside, &state->wanted) && rename(beside, state->file) == 0) {
        return synchronize_folder(beside);
    }
    error = errno;
    (void)unlink(beside);
    errno = error;
    return false;
}

static time_t now(void)
{
    struct timespec time = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* Sees what is to be in the file, and whether it is to be written soon. */
static void look(struct state *state, const struct symfeed *feed, bool last)
{
    struct state_values values = {{0}, {0}};
    bool other_cookie;

    if (symfeed_feed_id(feed, values.id, sizeof values.id) == 0) {
        return;
    }
    (void)symfeed_cookie(feed, values.cookie, sizeof values.cookie);
    other_cookie = strcmp(values.cookie, state->wanted.cookie) != 0;
    if (strcmp(values.id, state->wanted.id) != 0 ||
        (other_cookie && (last || now() >= state->next_cookie))) {
        state->wanted = values;
        state->due = true;
    }
}

void state_keep(struct state *state, const struct symfeed *feed, bool last)
{
    if (state->file == NULL) {
        return;
    }
    look(state, feed, last);
    if (!state->due || now() < state->next_try) {
        return;
    }
    if (replace(state)) {
        state->due = false;
        state->next_cookie = now() + COOKIE_AFTER;
        return;
    }
    if (state->warn) {
        message(SYMFEED_LOG_WARNING,
                "--state: %s: cannot be written: %s; the feed goes on, without its id being "
                "kept",
                state->file, message_error(errno, state->error));
    }
    state->warn = false;
    state->next_try = now() + AGAIN_AFTER;
}
