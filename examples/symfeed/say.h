/* SPDX-License-Identifier: Apache-2.0 */
/*
 * say.h - messages on standard error.
 *
 * Depends on: log.h, the formats of words.h.
 * Guarantees: a message is one line and never blocks.
 */
#ifndef SYMFEED_SAY_H
#define SYMFEED_SAY_H

struct symfeed_log;

/* Where lines are counted that standard error did not take: for the port, whose lines go there too,
 * and for what is written there otherwise. */
struct symfeed_log *say_log(void);

/* Room for what an errno means. */
#define SAY_ERROR_SIZE 40

/* Says "symfeed: ", then `format` as symfeed_format() takes it, and ends the line. */
void say(const char *format, ...);

/* What an errno of files and processes means: static, or its number in `room`. strerror() has 2 KB
 * of texts, most of which nobody could meet here. */
const char *say_error(int error, char room[SAY_ERROR_SIZE]);

#endif
