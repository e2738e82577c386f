/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outputs.h - the outputs of alarm: files that are written to, for some time, also across a reboot.
 *
 * Depends on: the configuration, files, the clocks of the port, which need no open port.
 * Guarantees: setting an output is repeated until it succeeds; an output goes off when its time is
 *   over; the state file is the old one or the new one, also after a power cut.
 */
#ifndef ALARM_OUTPUTS_H
#define ALARM_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

struct output {
    bool on;           /* what it is to be */
    bool settled;      /* and is */
    int error;         /* errno of the last try to set it, 0: none */
    bool reported;     /* that it is set, or cannot be, has been said */
    uint32_t retry_at; /* port time; while it is not settled */
    uint32_t off_at;   /* port time; while it is on */
    int64_t until;     /* the same in seconds since 1970; 0: the clock is not set */
    uint32_t seconds;  /* for how long it was set on */
};

struct outputs {
    const struct config *config; /* whose outputs they are, in the same order */
    struct output all[CONFIG_OUTPUTS];
    bool state_is_old;   /* the state file does not say what is */
    int state_error;     /* errno of the last try to write it, 0: none */
    bool state_reported; /* that has been said */
    uint32_t state_retry_at;
};

/* Reads the state file and sets all outputs: on what is to go on, the others off. *outputs is all
 * zero but for config. If there is a state file that cannot be read, a warning says so, and outputs
 * and file stay as they are until an output is ordered. */
void outputs_restore(struct outputs *outputs);

/* Orders an output on for some seconds, or off for 0. A longer time that goes on is kept. */
void outputs_order(struct outputs *outputs, size_t which, uint32_t seconds);

/* Sets the outputs that `which` has true for as ordered, and writes the state file where it is old;
 * only then says so. false: that did not go well; it is tried again by outputs_tend(). */
bool outputs_set(struct outputs *outputs, const bool which[CONFIG_OUTPUTS]);

/* To be called now and then: sets off what has run out, tries again what failed. */
void outputs_tend(struct outputs *outputs);

/* The shorter of `wait`, in milliseconds, and the time until outputs_tend() is due. */
int outputs_timeout(const struct outputs *outputs, int wait);

/* Whether an output is on, or could not be set off after it was. */
bool outputs_are_on(const struct outputs *outputs);

/* Sets all off, and forgets that any was on. */
bool outputs_off(struct outputs *outputs);

#endif
