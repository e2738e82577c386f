/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help.h - the text of --help.
 *
 * Depends on: the names and limits of all options.
 * Guarantees: 100 columns at most.
 */
#ifndef SYMFEED_HELP_H
#define SYMFEED_HELP_H

/* Prints it on standard output. What the process is to leave with. */
int help_print(void);

#endif
