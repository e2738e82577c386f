/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm_lines.c - any setting of a section of the alarm's configuration: it goes into its place,
 * once, or nowhere, and a number is as large as it may be. Up to 5 bytes.
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
    struct setting before[2];
    int64_t number;

    if (config_read_number(text, CONFIG_SECONDS, &number)) {
        claim(number >= 0 && number <= CONFIG_SECONDS, "the number is in its limits");
    }
    before[0] = settings[0];
    before[1] = settings[1];
    if (read_setting(&section, text)) {
        const size_t at = strcmp(text, "on") == 0 ? 0 : 1;

        claim(strcmp(text, names[at]) == 0, "the setting is one of the section");
        claim(before[at].text == NULL && settings[at].line == section.line, "it is given once");
        claim(settings[at].text > text && settings[at].text < text_array + 5,
              "its value is in the line");
        before[at] = settings[at];
    }
    for (size_t i = 0; i < 2; i++) {
        claim(settings[i].text == before[i].text && settings[i].line == before[i].line,
              "nothing else is written");
    }
}
