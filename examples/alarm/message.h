/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - what alarm has to say, on standard error.
 *
 * Depends on: the port's log lines and formats. Guarantees: a message is one line, and nobody waits
 * until it is read: a siren must not depend on who reads its log.
 */
#ifndef ALARM_MESSAGE_H
#define ALARM_MESSAGE_H

struct symfeed_log;

/* Writes "alarm: ", then `format` as symfeed_words() takes it, and ends the line. */
void message(const char *format, ...);

/* Where lines are counted that standard error did not take: for the port, whose lines go there
 * too. */
struct symfeed_log *message_log(void);

#endif
