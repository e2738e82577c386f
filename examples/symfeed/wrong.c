/* SPDX-License-Identifier: Apache-2.0 */
/* wrong.c - see wrong.h. */
#include "wrong.h"

#include <stdio.h>
#include <string.h>

int wrong(const char *what, const char *mend)
{
    (void)fprintf(stderr, "symfeed: %s: %s\n", what, mend);
    return EXIT_WRONG_USAGE;
}

int wrong_alone(const char *option, const char *given, const char *what)
{
    (void)fprintf(stderr, "symfeed: %s: is needed with %s: %s\n", option, given, what);
    return EXIT_WRONG_USAGE;
}

int wrong_argument(const char *argument, const char *mend)
{
    size_t size = strspn(argument, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-");

    (void)fprintf(stderr, "symfeed: %.*s: %s\n", (int)(size > 40 ? 40 : size), argument, mend);
    return EXIT_WRONG_USAGE;
}
