/* SPDX-License-Identifier: Apache-2.0 */
/* output.c - see output.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../common/message.h"
#include "symfeed_posix.h"

static bool wait_without_end(void *context, int descriptor)
{
    struct pollfd room = {.fd = descriptor, .events = POLLOUT, .revents = 0};

    (void)context;
    (void)poll(&room, 1, -1);
    return true;
}

void output_init(struct output *output, int descriptor, char *buffer, size_t size)
{
    output->descriptor = descriptor;
    output->wait = wait_without_end;
    output->context = NULL;
    output->error = 0;
    output->used = 0;
    output->size = size;
    output->buffer = buffer;
    output->larger = NULL;
    output->text = NULL; /* writev() looks at the address of an empty piece, too */
    output->text_size = 0;
    output->before = 0;
}

bool output_is_within_line(void)
{
    char last = '\n';
    int file = -1;

    if ((fcntl(STDOUT_FILENO, F_GETFL) & O_APPEND) != 0) {
        file = open("/proc/self/fd/1", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    }
    if (file >= 0) {
        if (lseek(file, -1, SEEK_END) >= 0) { /* it is a file, and not empty */
            (void)read(file, &last, 1);
        }
        (void)close(file);
    }
    return last != '\n';
}

/* Takes away what was written. */
static void advance(struct iovec *pieces, size_t count, size_t written)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const size_t part = written < pieces[i].iov_len ? written : pieces[i].iov_len;

        pieces[i].iov_base = (char *)pieces[i].iov_base + part;
        pieces[i].iov_len -= part;
        written -= part;
    }
}

bool output_flush(struct output *output)
{
    size_t left = output->used + output->text_size;
    struct iovec pieces[3] = {{output->buffer, output->before},
                              {NULL, output->text_size},
                              {output->buffer + output->before, output->used - output->before}};

    /* writev() does not change what it writes, and does not say so. */
    memcpy(&pieces[1].iov_base, &output->text, sizeof output->text);
    while (left > 0 && output->error == 0) {
        const ssize_t written = writev(output->descriptor, pieces, 3);

        if (written >= 0) {
            advance(pieces, 3, (size_t)written);
            left -= (size_t)written;
        } else if (errno != EINTR && errno != EAGAIN) {
            output->error = errno;
            break;
        }
        /* Also where a part was written: a signal may have ended a write that got stuck. */
        if (left > 0 && !output->wait(output->context, output->descriptor)) {
            output->error = EINTR;
        }
    }
    output->used = 0;
    output->before = 0;
    output->text_size = 0;
    return output->error == 0;
}

/* Makes room: in the larger buffer, else by writing what there is. */
static void make_room(struct output *output)
{
    if (output->larger == NULL) {
        (void)output_flush(output);
        return;
    }
    memcpy(output->larger, output->buffer, output->used);
    output->buffer = output->larger;
    output->size = output->larger_size;
    output->larger = NULL;
}

void output_bytes(struct output *output, const char *data, size_t size)
{
    if (size >= output->size && output->text_size == 0) {
        output->text = data;
        output->text_size = size;
        output->before = output->used;
        return;
    }
    while (size > 0) {
        size_t room = output->size - output->used;
        size_t part = size < room ? size : room;

        memcpy(output->buffer + output->used, data, part);
        output->used += part;
        data += part;
        size -= part;
        if (output->used == output->size) {
            make_room(output);
        }
    }
}

void output_text(struct output *output, const char *text)
{
    output_bytes(output, text, strlen(text));
}

void output_number(struct output *output, uint64_t number)
{
    char text[24];

    output_bytes(output, text,
                 symfeed_format(text, sizeof text, "%llu", (unsigned long long)number));
}

int output_finish(struct output *output)
{
    char room[MESSAGE_ERROR_SIZE];

    if (output_flush(output)) {
        return EXIT_OK;
    }
    message(SYMFEED_LOG_ERROR, "standard output: %s", message_error(output->error, room));
    return EXIT_FAILED;
}
