/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy.h - the proxy's URL, which can contain a password.
 *
 * Depends on: argv, the environment.
 * Guarantees: a password is removed from the command line as soon as it is copied, because `ps`
 *   shows the command line to every user; the only copy is in struct proxy, until proxy_forget().
 */
#ifndef EXAMPLE_PROXY_H
#define EXAMPLE_PROXY_H

#include <stdbool.h>

#include "symfeed.h"

/* A proxy, zeroed where there is none. */
struct proxy {
    bool given;                    /* by the option or by a variable */
    const char *variable;          /* the variable of the environment; NULL: it is the option's */
    bool too_long;                 /* it did not fit, and is not there */
    char url[SYMFEED_URL_MAX + 1]; /* as it came, a scheme put before it where a variable had none;
                                    * empty: none */
};

/* Whether a URL has the scheme http, written in any case. */
bool proxy_is_http(const char *url);

/* Copies the value of the option, and writes 'x' over the user and password in `value`. */
void proxy_take(struct proxy *proxy, char *value);

/* Copies the value of https_proxy, or of HTTPS_PROXY where that is not set or blank. The
 * environment stays as it is, for the commands of --exec. */
void proxy_take_from_environment(struct proxy *proxy);

/* The value of no_proxy, or of NO_PROXY where that is not set or blank; NULL: none. It belongs to
 * the environment. */
const char *proxy_exceptions(void);

#if SYMFEED_PROXY

/* The exceptions as the library takes them: before config->no_proxy, each of the three hosts that
 * is an address in a network of that list (10.0.0.0/8, fd00::/8), in which such an entry counts for
 * nothing; IPv6 addresses without brackets likewise. Made in `room` of `size` bytes. A list that
 * does not fit stays as it is. */
const char *proxy_add_networks(const struct symfeed_config *config, char *room, size_t size);

#endif

/* What is wrong with the proxy, and how to fix it; static. NULL: nothing that symfeed_init() would
 * not see. */
const char *proxy_mistake(const struct proxy *proxy);

/* Wipes it. */
void proxy_forget(struct proxy *proxy);

#endif
