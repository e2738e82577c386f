/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - messages of a program on standard error.
 *
 * Depends on: the port's log lines and formats.
 * Guarantees: a message is one line, in the form of the port's reports, and never blocks, because a
 *   siren must not depend on its log.
 */
#ifndef EXAMPLES_MESSAGE_H
#define EXAMPLES_MESSAGE_H

#include <stdarg.h>
#include <stdbool.h>

#include "symfeed_port.h"

/* Longest name of a file that fits into a message as a whole, in bytes. */
#define MESSAGE_FILE_MAX 1023

/* To be called first, before any file is opened: takes the places of standard input, output and
 * error where they are closed. `program` is static: in text a message begins with it in place of
 * time and level, as a usage error does, until message_started(). The format is the journal's if
 * standard error is the journal, otherwise text. */
void message_begin(const char *program);
void message_started(void);

/* Sets the format by its name: text, journal or json. Returns false if it is none of these. */
bool message_set_format(const char *name);

/* Writes `format` as symfeed_format() takes it, as one line. */
void message(enum symfeed_level level, const char *format, ...);

/* The same, behind what it is about and a colon; NULL: nothing. */
void message_about(enum symfeed_level level, const char *about, const char *format,
                   va_list arguments);

/* The log of these lines, for the port's lines and others on standard error. */
struct symfeed_log *message_log(void);

/* Room for the text of an errno. */
#define MESSAGE_ERROR_SIZE 40

/* Returns the text of an errno of files and processes: static, or its number in `room`. strerror()
 * has 2 KB of texts, most of which cannot occur here. */
const char *message_error(int error, char room[MESSAGE_ERROR_SIZE]);

#endif
