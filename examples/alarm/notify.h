/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - sends signs of life to a service manager, as sd_notify(3): one datagram each.
 *
 * Depends on: the environment, a socket.
 * Guarantees: never blocks; does nothing without a service manager.
 */
#ifndef ALARM_NOTIFY_H
#define ALARM_NOTIFY_H

#include <stdint.h>

/* Says something: "READY=1", "STOPPING=1", "WATCHDOG=1". */
void notify(const char *text);

/* Milliseconds between two "WATCHDOG=1", at most an hour; 0: none are wanted. A third of the
 * manager's limit, half of which is asked for. */
uint32_t notify_interval(void);

#endif
