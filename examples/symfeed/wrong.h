/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrong.h - reports a mistake in the command line, in one line on standard error.
 *
 * Depends on: message.h.
 * Guarantees: prints its arguments and nothing else, in one line.
 */
#ifndef SYMFEED_WRONG_H
#define SYMFEED_WRONG_H

/* The exit statuses of this program. */
#define EXIT_AS_ASKED    0
#define EXIT_FAILED      1
#define EXIT_WRONG_USAGE 2

/* Says what is wrong with `what`, and the fix. EXIT_WRONG_USAGE. */
int wrong(const char *what, const char *fix);

/* Says that `option` is needed with another thing that was given. EXIT_WRONG_USAGE. */
int wrong_alone(const char *option, const char *given, const char *what);

/* Says that an argument is not known, or what to do with it. Only its name is repeated:
 * what follows, after a '=' for instance, might be a secret that somebody took for an argument.
 * EXIT_WRONG_USAGE. */
int wrong_argument(const char *argument, const char *fix);

#endif
