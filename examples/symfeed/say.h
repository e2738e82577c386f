/* SPDX-License-Identifier: Apache-2.0 */
/*
 * say.h - messages on standard error.
 *
 * May know: write(), the formats of words.h. Promises: a message is one line and one write().
 */
#ifndef SYMFEED_SAY_H
#define SYMFEED_SAY_H

/* Room for what an errno means. */
#define SAY_ERROR_SIZE 40

/* Says "symfeed: ", then `format` as symfeed_words() takes it, and ends the line. */
void say(const char *format, ...);

/* What an errno of files and processes means: static, or its number in `room`. strerror() has 2 KB
 * of texts, most of which nobody could meet here. */
const char *say_error(int error, char room[SAY_ERROR_SIZE]);

#endif
