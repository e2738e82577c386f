/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts.h - what the system's two files say about names: hosts(5) and resolv.conf(5).
 *
 * Depends on: file.h, address.h, the form of these files.
 * Guarantees: no heap, no stdio; a file of any size, with lines of any length, is read through
 *   buffers of a few hundred bytes on the stack. A file that is not there is an empty one.
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

/* The two files, and where name servers listen; tests have others. */
#ifndef SYMFEED_HOSTS_FILE
#define SYMFEED_HOSTS_FILE "/etc/hosts"
#endif
#ifndef SYMFEED_RESOLV_CONF_FILE
#define SYMFEED_RESOLV_CONF_FILE "/etc/resolv.conf"
#endif
#ifndef SYMFEED_NAME_SERVER_PORT
#define SYMFEED_NAME_SERVER_PORT 53
#endif

/* Name servers that are taken from resolv.conf: the first ones, as libraries do. */
#define SYMFEED_NAME_SERVERS 3

/* What resolv.conf says, or the default. */
struct symfeed_resolv_conf {
    struct symfeed_address servers[SYMFEED_NAME_SERVERS]; /* none named: 127.0.0.1 */
    uint8_t server_count;                                 /* 1 or more */
    uint8_t dots;      /* ndots: a name with so many dots is whole; 1, at most 15 */
    uint8_t timeout;   /* seconds for one try; 5, at most 30 */
    uint8_t attempts;  /* tries with each server; 2, at most 5 */
    bool rotate;       /* another server is the first one each time */
    bool stream;       /* use-vc: by TCP at once */
    bool edns;         /* edns0: larger datagrams */
    char domains[256]; /* search, or domain: one behind the other's NUL; an empty one ends them */
};

/* Finds the addresses of a name in a hosts file, upper and lower case alike: at most `room`, in the
 * file's order; *count is their number. Returns false if the file could not be read to its end. */
bool symfeed_hosts_find(const char *file, const char *name, uint16_t port,
                        struct symfeed_address *addresses, size_t room, size_t *count);

/* Reads a resolv.conf. Of "search" and "domain" the last line counts; domains that do not fit are
 * left out, and so are options that are not named above. Returns false if the file could not be
 * read to its end; what was not read has its default. */
bool symfeed_resolv_conf_read(const char *file, struct symfeed_resolv_conf *conf);

#ifdef __cplusplus
}
#endif

#endif
