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

#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The two files; tests have others. */
#ifndef SYMFEED_HOSTS_FILE
#define SYMFEED_HOSTS_FILE "/etc/hosts"
#endif
#ifndef SYMFEED_RESOLV_CONF_FILE
#define SYMFEED_RESOLV_CONF_FILE "/etc/resolv.conf"
#endif

/* Longest name (RFC 1035, 2.3.4), without a NUL. */
#define SYMFEED_NAME_MAX 253

/* What is put behind a name that is not whole. */
struct symfeed_search {
    unsigned dots;     /* a name with so many is whole */
    char domains[256]; /* one behind the other's NUL; an empty one ends them */
};

/* The addresses that a hosts file has for a name, upper and lower case being the same: at most
 * `room`, in the file's order. How many. */
size_t symfeed_hosts_find(const char *file, const char *name, uint16_t port,
                          struct symfeed_address *addresses, size_t room);

/* The search list of a resolv.conf: of "search" and "domain" the last line counts. Domains that do
 * not fit are left out. */
void symfeed_hosts_search(const char *file, struct symfeed_search *search);

#ifdef __cplusplus
}
#endif

#endif
