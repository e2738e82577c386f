/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm_lines.c - any setting of a section of the alarm's configuration: it goes into its place or
 * nowhere, and a number is as large as it may be.
 *
 * Of: examples/alarm/config.c examples/common/option.c
 * Bounds: --unwind 7
 * Stubs: option_mistake_in_line:any_mistake
 * Mutant: examples/alarm/config.c
 *     if (i == section->count) {
 *     if (i > section->count) {
 */
#include "examples/alarm/config.c"
#include "examples/common/option.c"

#include "libc.h"
#include "proof.h"

/* Writes the mistake. */
bool any_mistake(const struct option_set *set, unsigned line, const char *fix, ...)
{
    (void)set;
    (void)line;
    (void)fix;
    return false;
}

static struct config config;

void prove(void)
{
    static const char *const names[] = {"on", "off"};
    struct setting settings[2];
    struct section section = {&config, nondet_uint32(), names, settings, 2};
    ANY_STRING(text, 5);
    int64_t number;

    if (config_read_number(text, CONFIG_SECONDS, &number)) {
        claim(number >= 0 && number <= CONFIG_SECONDS, "the number is in its limits");
    }
    (void)read_setting(&section, text);
}
