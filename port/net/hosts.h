/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts.h - reads the system's two files about names: hosts(5) and resolv.conf(5).
 *
 * Depends on: system/file.h, address.h, dns.h.
 * Guarantees: no heap, no stdio; a file of any size, with lines of any length, is read through
 * buffers of a few hundred bytes on the stack. A missing file counts as an empty one.
 */
#ifndef SYMFEED_HOSTS_H
#define SYMFEED_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The two files and the port of name servers. Tests replace them. */
#ifndef SYMFEED_HOSTS_FILE
#define SYMFEED_HOSTS_FILE "/etc/hosts"
#endif
#ifndef SYMFEED_RESOLV_CONF_FILE
#define SYMFEED_RESOLV_CONF_FILE "/etc/resolv.conf"
#endif
#ifndef SYMFEED_NAME_SERVER_PORT
#define SYMFEED_NAME_SERVER_PORT 53
#endif

/* Most name servers of resolv.conf that are used: the first ones, as in libc. */
#define SYMFEED_NAME_SERVERS 3

/* The settings of resolv.conf, or their defaults. */
struct symfeed_resolv_conf {
    struct symfeed_address servers[SYMFEED_NAME_SERVERS]; /* default: 127.0.0.1 */
    uint8_t server_count;                                 /* 1 or more */
    uint8_t dots;      /* ndots: a name with at least as many is complete; default 1, at most 15 */
    uint8_t timeout;   /* seconds for one try; default 5, at most 30 */
    uint8_t attempts;  /* tries with each server; default 2, at most 5 */
    bool rotate;       /* each lookup begins with another server */
    bool stream;       /* use-vc: TCP only */
    bool edns;         /* edns0: larger datagrams */
    char domains[256]; /* search or domain: NUL-terminated strings; an empty one ends the list */
};

/* Finds the addresses of a name in a hosts file, ignoring case: at most `room`, in the file's
 * order. Sets *count to their number. Returns false if the file could not be read to its end. */
bool symfeed_hosts_find(const char *file, const char *name, uint16_t port,
                        struct symfeed_address *addresses, size_t room, size_t *count);

/* Reads a resolv.conf. The last line of "search" and "domain" counts. Domains that do not fit and
 * unknown options are ignored. Returns false if the file could not be read to its end; settings
 * that were not read have their defaults. */
bool symfeed_resolv_conf_read(const char *file, struct symfeed_resolv_conf *conf);

#ifdef __cplusplus
}
#endif

#endif
