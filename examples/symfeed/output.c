/* SPDX-License-Identifier: Apache-2.0 */
/* output.c - see output.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "say.h"
#include "symfeed_posix.h"
#include "wrong.h"

void output_init(struct output *output, int descriptor, const volatile sig_atomic_t *stop)
{
    output->descriptor = descriptor;
    output->stop = stop;
    output->error = 0;
    output->used = 0;
}

bool output_flush(struct output *output)
{
    const char *next = output->buffer;

    while (output->used > 0 && output->error == 0) {
        ssize_t written = write(output->descriptor, next, output->used);

        if (written >= 0) {
            next += written;
            output->used -= (size_t)written;
        } else if (errno != EINTR || (output->stop != NULL && *output->stop)) {
            output->error = errno;
        }
    }
    output->used = 0;
    return output->error == 0;
}

void output_bytes(struct output *output, const char *data, size_t size)
{
    while (size > 0) {
        size_t room = sizeof output->buffer - output->used;
        size_t part = size < room ? size : room;

        memcpy(output->buffer + output->used, data, part);
        output->used += part;
        data += part;
        size -= part;
        if (output->used == sizeof output->buffer) {
            (void)output_flush(output);
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
                 symfeed_words(text, sizeof text, "%llu", (unsigned long long)number));
}

int output_finish(struct output *output)
{
    char room[SAY_ERROR_SIZE];

    if (output_flush(output)) {
        return EXIT_AS_ASKED;
    }
    say("standard output: %s", say_error(output->error, room));
    return EXIT_FAILED;
}
