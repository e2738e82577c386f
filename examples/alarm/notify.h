/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - signs of life to a service manager: sd_notify(3) by hand, one datagram each.
 *
 * May know: the environment, a socket. Promises: never waits; where nobody listens it does nothing.
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
