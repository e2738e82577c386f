/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - messages of alarm on standard error.
 *
 * Depends on: the port's log lines and formats.
 * Guarantees: a message is one line and never blocks, because a siren must not depend on its log.
 */
#ifndef ALARM_MESSAGE_H
#define ALARM_MESSAGE_H

struct symfeed_log;

/* Writes "alarm: ", then `format` as symfeed_format() takes it, and ends the line. */
void message(const char *format, ...);

/* Where lines are counted that standard error did not take: for the port, whose lines go there
 * too. */
struct symfeed_log *message_log(void);

#endif
