/* SPDX-License-Identifier: Apache-2.0 */
/* wrong.c - see wrong.h. */
#include "wrong.h"

#include "../common/message.h"
#include "symfeed_posix.h"

int wrong(const char *what, const char *fix)
{
    message(SYMFEED_LOG_ERROR, "%s: %s", what, fix);
    return EXIT_WRONG_USAGE;
}

int wrong_alone(const char *option, const char *given, const char *what)
{
    message(SYMFEED_LOG_ERROR, "%s: is needed with %s: %s", option, given, what);
    return EXIT_WRONG_USAGE;
}

int wrong_argument(const char *argument, const char *fix)
{
    size_t size = symfeed_format_span(argument, "-");

    message(SYMFEED_LOG_ERROR, "%.*s: %s", (int)(size > 40 ? 40 : size), argument, fix);
    return EXIT_WRONG_USAGE;
}
