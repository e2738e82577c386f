/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - text on its way to a descriptor.
 *
 * May know: write(). Promises: all of it is written, or the first error kept; nothing is allocated.
 */
#ifndef SYMFEED_OUTPUT_H
#define SYMFEED_OUTPUT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are gathered before they are written: an event of the usual length is one write. RAM:
 * once this. */
#define OUTPUT_SIZE 1024

/* Where text goes: bytes gathered for a descriptor. */
struct output {
    int descriptor;
    const volatile sig_atomic_t *stop; /* not NULL: once it is set, an interrupted write fails */
    int error;                         /* errno of the first write that failed, 0: none */
    size_t used;
    char buffer[OUTPUT_SIZE];
};

/* Begins with nothing gathered. `stop` stays valid as long as `output`; it may be NULL. */
void output_init(struct output *output, int descriptor, const volatile sig_atomic_t *stop);

/* Adds bytes, a string, a number. What does not fit any more is written; after an error all is
 * dropped. */
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
