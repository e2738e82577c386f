/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.c - see outputs.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../common/message.h"
#include "../common/whole_file.h"
#include "symfeed.h"
#include "system/clock.h"

#define RETRY      1000 /* milliseconds until what failed is tried again */
#define MOST_DRIFT 2    /* seconds */
#define STATE_SIZE ((size_t)CONFIG_OUTPUTS * (CONFIG_NAME_SIZE + 40))

/* --- time --------------------------------------------------------------------------------- */

static bool is_due(uint32_t at)
{
    return symfeed_time_left(at, symfeed_clock_now()) == 0;
}

/* --- files -------------------------------------------------------------------------------- */

/* Writes a value to a file that is there: if one were made, a missing device would look like a
 * siren that wails. Non-blocking, so that none holds the others up. */
static int write_value(const char *file, const char *value)
{
    int descriptor = open(file, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    return descriptor < 0 ? errno : whole_file_write(descriptor, value, strlen(value));
}

/* --- state -------------------------------------------------------------------------------- */

/* Writes down what is on: a line for each output, its name, until when, and for how long. */
static bool keep_state(struct outputs *outputs)
{
    const char *file = outputs->config->state_file;
    char text[STATE_SIZE];
    size_t used = 0;
    int error;
    size_t i;

    if (file == NULL || !outputs->state_is_old) {
        return true;
    }
    for (i = 0; i < outputs->config->output_count; i++) {
        if (outputs->all[i].on) {
            used += (size_t)snprintf(
                text + used, sizeof text - used, "%s %" PRId64 " %" PRIu32 "\n",
                outputs->config->outputs[i].name, outputs->all[i].until, outputs->all[i].seconds);
        }
    }
    error = whole_file_replace(file, text, used);
    outputs->state_is_old = error != 0;
    outputs->state_reported = outputs->state_reported && error != 0;
    outputs->state_error = error;
    outputs->state_retry_at = symfeed_clock_now() + RETRY;
    return error == 0;
}

/* Sets an output on from now on, for `seconds` of the `whole` that it was to be on. */
static void begin(struct outputs *outputs, size_t which, uint32_t seconds, uint32_t whole)
{
    struct output *output = &outputs->all[which];
    int64_t date = symfeed_clock_wall();

    output->on = true;
    output->off_at = symfeed_clock_now() + seconds * 1000;
    output->until = date == 0 ? 0 : date + seconds;
    output->seconds = whole;
}

/* How much is left of a time that was written down. */
static uint32_t time_left(int64_t date, int64_t until, uint32_t whole)
{
    if (date == 0 || until == 0 || until - date > whole) {
        return whole; /* the clock is not set, was not, or has been set back */
    }
    return until > date ? (uint32_t)(until - date) : 0;
}

/* Takes up one line of the state file. false: it is not understood. */
static bool restore(struct outputs *outputs, char *line)
{
    char *rest = NULL;
    const char *name = strtok_r(line, " ", &rest);
    const char *until = strtok_r(NULL, " ", &rest);
    const char *seconds = strtok_r(NULL, "", &rest);
    int64_t date;
    int64_t whole;
    uint32_t left;
    size_t which;

    if (seconds == NULL || !config_read_number(until, INT64_MAX / 2, &date) ||
        !config_read_number(seconds, CONFIG_SECONDS, &whole)) {
        return false;
    }
    which = config_output(outputs->config, name);
    left = time_left(symfeed_clock_wall(), date, (uint32_t)whole);
    if (which < outputs->config->output_count && left > 0) {
        begin(outputs, which, left, (uint32_t)whole);
    }
    return true;
}

/* --- outputs ------------------------------------------------------------------------------ */

/* Sets an output to what it is to be. */
static bool apply(struct outputs *outputs, size_t which)
{
    const struct output_config *config = &outputs->config->outputs[which];
    const char *on = config->settings[OUTPUT_ON].text;
    const char *off = config->settings[OUTPUT_OFF].text;
    struct output *output = &outputs->all[which];
    int error;

    on = on == NULL ? "1" : on;
    off = off == NULL ? "0" : off;
    error = write_value(config->settings[OUTPUT_FILE].text, output->on ? on : off);
    /* A failure is told once, each success. */
    output->reported = output->reported && error != 0 && output->error != 0;
    output->error = error;
    output->settled = error == 0;
    output->retry_at = symfeed_clock_now() + RETRY;
    return output->settled;
}

/* Says what has become of outputs and state since the last time. Nothing that acts comes after it:
 * who reads the log, and how fast, must not matter. */
static void report(struct outputs *outputs)
{
    size_t i;

    for (i = 0; i < outputs->config->output_count; i++) {
        const struct output_config *config = &outputs->config->outputs[i];
        struct output *output = &outputs->all[i];
        const char *word = output->on ? "on" : "off";

        if (!output->reported && output->error == 0) {
            message(SYMFEED_LOG_INFO, "%s is %s", config->name, word);
        } else if (!output->reported) {
            message(SYMFEED_LOG_ERROR, "%s cannot be set %s, tried again each second: %s: %s",
                    config->name, word, config->settings[OUTPUT_FILE].text,
                    strerror(output->error));
        }
        output->reported = true;
    }
    if (outputs->state_error != 0 && !outputs->state_reported) {
        message(SYMFEED_LOG_ERROR, "state cannot be kept, tried again each second: %s: %s",
                outputs->config->state_file, strerror(outputs->state_error));
        outputs->state_reported = true;
    }
}

void outputs_restore(struct outputs *outputs)
{
    const char *file = outputs->config->state_file;
    char text[STATE_SIZE + 1] = "";
    unsigned not_understood = 0;
    char *rest = NULL;
    int error = 0;
    char *line;
    size_t i;

    if (file != NULL && whole_file_read(file, text, STATE_SIZE) < 0 && errno != ENOENT) {
        error = errno;
    }
    for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        not_understood += !restore(outputs, line);
    }
    for (i = 0; i < outputs->config->output_count; i++) {
        if (error == 0) {
            (void)apply(outputs, i);
        } else {
            outputs->all[i].settled = true; /* as it is, which is not known */
            outputs->all[i].reported = true;
        }
    }
    outputs->state_is_old = error == 0; /* tells early whether it can be written */
    (void)keep_state(outputs);
    if (error != 0) {
        message(SYMFEED_LOG_WARNING, "state is not known: %s: %s", file, config_file_error(error));
    }
    for (; not_understood > 0; not_understood--) {
        message(SYMFEED_LOG_WARNING, "a line of the state file is not understood");
    }
    for (i = 0; i < outputs->config->output_count; i++) {
        if (outputs->all[i].on) {
            message(SYMFEED_LOG_INFO, "%s was on, and is to be for %u s more",
                    outputs->config->outputs[i].name,
                    (unsigned)((outputs->all[i].off_at - symfeed_clock_now() + 999) / 1000));
        }
    }
    report(outputs);
}

void outputs_order(struct outputs *outputs, size_t which, uint32_t seconds)
{
    struct output *output = &outputs->all[which];

    if (seconds == 0) {
        output->on = false;
    } else if (!output->on ||
               symfeed_time_left(output->off_at, symfeed_clock_now()) < seconds * 1000) {
        begin(outputs, which, seconds, seconds);
    }
    output->settled = false; /* also where it is on: somebody else may have set it off */
    output->retry_at = symfeed_clock_now();
    outputs->state_is_old = true;
}

bool outputs_set(struct outputs *outputs, const bool which[CONFIG_OUTPUTS])
{
    bool good = true;
    size_t i;

    for (i = 0; i < outputs->config->output_count; i++) {
        good = (!which[i] || apply(outputs, i)) && good;
    }
    good = keep_state(outputs) && good;
    report(outputs);
    return good;
}

/* Where the clock has been set, what was written down would end an output at another time than its
 * own does. A second or two are the rounding's and the clock's daily work. */
static void follow_clock(struct outputs *outputs, struct output *output)
{
    int64_t left = symfeed_time_left(output->off_at, symfeed_clock_now()) / 1000;
    int64_t date = symfeed_clock_wall();
    int64_t off = date + left - output->until;

    if (date != 0 && (off > MOST_DRIFT || off < -MOST_DRIFT)) {
        output->until = date + left;
        outputs->state_is_old = true;
    }
}

void outputs_tend(struct outputs *outputs)
{
    size_t i;

    for (i = 0; i < outputs->config->output_count; i++) {
        struct output *output = &outputs->all[i];

        if (output->on && is_due(output->off_at)) {
            outputs_order(outputs, i, 0);
        } else if (output->on) {
            follow_clock(outputs, output);
        }
        if (!output->settled && is_due(output->retry_at)) {
            (void)apply(outputs, i);
        }
    }
    if (outputs->state_error == 0 || is_due(outputs->state_retry_at)) {
        (void)keep_state(outputs);
    }
    report(outputs);
}

int outputs_timeout(const struct outputs *outputs, int wait)
{
    uint32_t start = symfeed_clock_now();
    uint32_t left = (uint32_t)wait;
    size_t i;

    for (i = 0; i < outputs->config->output_count; i++) {
        const struct output *output = &outputs->all[i];

        if (output->on && symfeed_time_left(output->off_at, start) < left) {
            left = symfeed_time_left(output->off_at, start);
        }
        if (!output->settled && symfeed_time_left(output->retry_at, start) < left) {
            left = symfeed_time_left(output->retry_at, start);
        }
    }
    return (int)left;
}

bool outputs_are_on(const struct outputs *outputs)
{
    size_t i;

    for (i = 0; i < outputs->config->output_count; i++) {
        const struct output *output = &outputs->all[i];

        if (output->on || (output->seconds > 0 && !output->settled)) {
            return true;
        }
    }
    return false;
}

bool outputs_off(struct outputs *outputs)
{
    bool good = true;
    size_t i;

    for (i = 0; i < outputs->config->output_count; i++) {
        outputs->all[i].on = false;
        good = apply(outputs, i) && good;
    }
    outputs->state_is_old = true;
    good = keep_state(outputs) && good;
    report(outputs);
    return good;
}
