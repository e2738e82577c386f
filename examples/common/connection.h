/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.h - the options of the programs symfeed and alarm that say how to reach an agent.
 *
 * Depends on: option.h, proxy.h, the POSIX port.
 * Guarantees: the same as option.h.
 */
#ifndef EXAMPLE_CONNECTION_H
#define EXAMPLE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "option.h"
#include "proxy.h"
#include "symfeed_posix.h"

/* What was given. It must not move: config points into it. */
struct connection {
    struct option_set set;
    struct symfeed_posix_config config; /* memory, arena and log are the program's to set */
    const char *session_auth;           /* to sign in by certificate */
    const char *key_auth;               /* likewise */
    struct option_pins pins;
    struct proxy proxy;
    bool is_open;       /* the program's: its call needs no sign-in */
    bool user_is_label; /* likewise: config.feed.user may be given with each way to sign in */
    bool without_tls;   /* all hosts are http:// */
};

/* Sets everything to zero, and the rows to those of this header and `count` more of the program. */
void connection_init(struct connection *connection, const struct option *rows, size_t count);

/* Checks what was given and completes config. false: a mistake was reported. */
bool connection_check(struct connection *connection);

/* Reports a mistake that symfeed_posix_open() has found: what it returned and its text. */
void connection_report(const struct connection *connection, int answer, const char *error);

/* Wipes what is secret. To be called once the feed has stopped. */
void connection_forget(struct connection *connection);

#endif
