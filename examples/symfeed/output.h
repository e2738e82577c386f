/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - writes text to a descriptor.
 *
 * Depends on: write(), poll(), /proc.
 * Guarantees: writes everything, however long the reader takes, or keeps the first error; a line
 *   that fits into the buffer is one write; nothing is allocated.
 */
#ifndef SYMFEED_OUTPUT_H
#define SYMFEED_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses of the program. */
enum { EXIT_OK, EXIT_FAILED, EXIT_WRONG_USAGE };

/* Bytes for what is written where no line is longer. */
#define OUTPUT_SIZE 1024

/* Waits until a descriptor takes more, or may do so. false: that is not worth waiting for. */
typedef bool output_wait(void *context, int descriptor);

/* Where text goes: bytes gathered for a descriptor. */
struct output {
    int descriptor;
    output_wait *wait;
    void *context; /* handed to wait() */
    int error;     /* errno of the first write that failed, 0: none */
    size_t used;
    size_t size;
    char *buffer;
    size_t larger_size;
    char *larger; /* not NULL: what takes the place of `buffer` once a line does not fit there, so
                   * that no page of it is touched before */
    const char *text; /* a piece that is not copied, and goes behind `before` bytes of the buffer */
    size_t text_size;
    size_t before;
};

/* Begins with nothing gathered. `buffer` of `size` bytes stays valid as long as `output`. `wait`
 * and `larger` may be set afterwards; without `wait` nothing but an error ends the waiting. */
void output_init(struct output *output, int descriptor, char *buffer, size_t size);

/* Does standard output end within a line, and is it a file that is appended to? A process that was
 * killed, a power cut or a full disk leaves it so. */
bool output_is_within_line(void);

/* Adds bytes, a string, a number. A piece as large as the buffer is not copied: it stays valid
 * until output_flush(). What does not fit any more is written; after an error all is dropped. */
void output_bytes(struct output *output, const char *data, size_t size);
void output_text(struct output *output, const char *text);
void output_number(struct output *output, uint64_t number);

/* Writes all that was gathered. false where that or any write before it has failed: `error` says
 * why. */
bool output_flush(struct output *output);

/* Does the same with standard output, all of which has been gathered; says so where it failed. What
 * the process is to leave with. */
int output_finish(struct output *output);

#endif
