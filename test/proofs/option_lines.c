/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option_lines.c - any text as the file of --config, cut into lines, names and values where it
 * lies. Up to 5 bytes.
 *
 * Of: examples/common/option.c
 * Bounds: --unwind 7
 * Stubs: option_mistake_in_line:any_mistake_in_line
 * Mutant: examples/common/option.c
 *     *text += size + (found[size] != '\0');
 *     *text += size + 1;
 */
#include "examples/common/option.c"

#include "libc.h"
#include "proof.h"

/* Writes the mistake. */
bool any_mistake_in_line(const struct option_set *set, unsigned line, const char *fix, ...)
{
    (void)set;
    (void)line;
    (void)fix;
    return false;
}

void prove(void)
{
    ANY_STRING(text, 5);
    struct option_set set;
    unsigned line = 0;
    char *next = text;
    char *found = option_next_line(&next, &line);
    char *value;

    claim(next >= text && next <= text_array + 5, "the next line is in the text");
    if (found != NULL) {
        claim(*found != '\0' && *found != '#' && line >= 1, "the line is not empty");
        (void)option_check_line(&set, found, line);
        value = option_split(found);
        claim(value == NULL || (value > found && value <= next), "the value is in the line");
    }
}
