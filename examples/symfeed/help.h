/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help.h - prints the commands and options, made of their tables.
 *
 * Depends on: options.h, output.h.
 * Guarantees: no line is longer than 80 characters.
 */
#ifndef SYMFEED_HELP_H
#define SYMFEED_HELP_H

#include "options.h"

/* Prints one command and its options, or all of them, to standard output. Returns the exit
 * status. */
int help_print(struct options *options);

#endif
