/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settle.h - checks the options together, and finds the option that a mistake is about.
 *
 * Depends on: options.h, usage.h, files.
 * Guarantees: the same as options.h.
 */
#ifndef SYMFEED_SETTLE_H
#define SYMFEED_SETTLE_H

#include <stdbool.h>

#include "options.h"

/* Checks what was given and fills in the rest of `options`: config for the library, files for the
 * port. -1: go on; else all has been said, leave with the answer. */
int settle(struct options *options);

/* The option, or the variable of the environment, that a mistake found by symfeed_init() is about;
 * NULL: none. */
const char *settle_name(const struct options *options, enum symfeed_status status);

/* Whether that mistake is a host that is http://, which --insecure-http would allow. */
bool settle_lacks_insecure_http(const struct options *options, enum symfeed_status status);

/* The option that a mistake found by symfeed_posix_open() is about; NULL: none. */
const char *settle_name_of_file(const struct options *options, int status);

/* Whether the file that an option, without its dashes, names can be read: better said now than once
 * a minute. NULL: none is named. -1: it can; else likewise. */
int settle_file(const char *option, const char *file);

#endif
