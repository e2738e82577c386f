/* SPDX-License-Identifier: Apache-2.0 */
/* wrong.c - see wrong.h. */
#include "wrong.h"

#include <string.h>

#include "say.h"

int wrong(const char *what, const char *mend)
{
    say("%s: %s", what, mend);
    return EXIT_WRONG_USAGE;
}

int wrong_alone(const char *option, const char *given, const char *what)
{
    say("%s: is needed with %s: %s", option, given, what);
    return EXIT_WRONG_USAGE;
}

int wrong_argument(const char *argument, const char *mend)
{
    size_t size = strspn(argument, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-");

    say("%.*s: %s", (int)(size > 40 ? 40 : size), argument, mend);
    return EXIT_WRONG_USAGE;
}
