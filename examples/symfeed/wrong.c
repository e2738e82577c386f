/* SPDX-License-Identifier: Apache-2.0 */
/* wrong.c - see wrong.h. */
#include "wrong.h"

#include "say.h"
#include "symfeed_posix.h"

int wrong(const char *what, const char *fix)
{
    say("%s: %s", what, fix);
    return EXIT_WRONG_USAGE;
}

int wrong_alone(const char *option, const char *given, const char *what)
{
    say("%s: is needed with %s: %s", option, given, what);
    return EXIT_WRONG_USAGE;
}

int wrong_argument(const char *argument, const char *fix)
{
    size_t size = symfeed_format_span(argument, "-");

    say("%.*s: %s", (int)(size > 40 ? 40 : size), argument, fix);
    return EXIT_WRONG_USAGE;
}
