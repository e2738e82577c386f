/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver.h - from a host's name to its addresses.
 *
 * Depends on: hosts.h, dns.h, address.h, UDP and TCP sockets; or getaddrinfo(), see below.
 * Guarantees: no function waits; no heap, no stdio. An answer is accepted only if it comes from the
 * queried server, to the socket of the question and with its id, name, type and class; the rest is
 * dropped. An unchanged file costs one stat() for each lookup.
 */
#ifndef SYMFEED_RESOLVER_H
#define SYMFEED_RESOLVER_H

/*
 * A name is looked up in this order:
 *  1. A number is an address. "localhost" and names below it are this machine (RFC 6761).
 *  2. The hosts file.
 *  3. The name servers of resolv.conf, three at most. A name with fewer dots than ndots is queried
 *     with each domain of the search list appended, then as it is. The queries for IPv4 and IPv6
 *     run at the same time, over UDP; over TCP if an answer is too long for UDP, and with use-vc.
 *
 * A try takes the timeout of resolv.conf at most; all tries together take two thirds of the connect
 * time, except that the last one has its whole timeout. If a server fails or does not answer, the
 * lookup tries the next server, and the next lookup does not begin with the failed one.
 * resolver.svg shows the states of a question.
 *
 * With SYMFEED_RESOLVER_GETADDRINFO, resolver_getaddrinfo.c replaces all of this, for systems that
 * need nsswitch.conf(5) (mDNS, LDAP). getaddrinfo() is then the only call of this port that waits,
 * as long as the C library does, and it uses the heap.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"
#include "net/dns.h"
#include "net/hosts.h"
#include "symfeed_port_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The application's own resolver. `host` is a name or an address, without brackets,
 * NUL-terminated. Fills in at most `room` addresses in the order in which to try them, and returns
 * their number. On failure, returns a cause as a negative number: one of symfeed_cause.h, such as
 * SYMFEED_CAUSE_NO_SUCH_HOST, or one of its own above those.
 *
 * Returns SYMFEED_IO_WANT_READ if it does not know the addresses yet. It is called again with
 * the same arguments after symfeed_posix_wake(), which a callback, a signal handler, another thread
 * or the event loop may call. The feed's connect timer ends the attempt at the latest; the next
 * attempt may be for another host. */
typedef int symfeed_resolver(void *context, const char *host, uint16_t port,
                             struct symfeed_address *addresses, size_t room);

#if SYMFEED_RESOLVER_GETADDRINFO

struct symfeed_lookup {
    char unused;
};

#else

/* A question to the name servers. */
struct symfeed_lookup_question {
    int descriptor; /* -1: none */
    uint32_t ends;  /* deadline of the current try */
    uint16_t id;
    uint16_t sent;  /* bytes of the question sent, with the prefix of TCP */
    uint16_t cause; /* of the last error from a server, or of the last failure if none; 0: none */
    uint8_t type;   /* of the addresses */
    uint8_t state;
    uint8_t server;    /* index of the current server */
    uint8_t tries;     /* failed tries */
    bool stream;       /* TCP */
    bool without_tcp;  /* TCP failed after a truncated datagram */
    bool without_edns; /* a server did not support it */
    struct symfeed_dns_answer answer;
};

/* A lookup, and the data kept for the next one. All members are private. */
struct symfeed_lookup {
    struct symfeed_lookup_question questions[2]; /* for IPv4 and for IPv6 */
    struct symfeed_resolv_conf conf;
    uint64_t conf_stamp;               /* of resolv.conf, see symfeed_file_has_changed() */
    uint64_t hosts_stamp;              /* of the hosts file */
    struct symfeed_address *addresses; /* the caller's */
    const char *domain;                /* of the search list, appended to the host; empty: none */
    uint32_t time;                     /* the connect time, in milliseconds */
    uint32_t now;
    uint16_t port;
    uint8_t first;      /* index of the server to try first */
    uint8_t count;      /* addresses so far, from the hosts file or the name servers */
    uint8_t in_hosts;   /* addresses of the host in the hosts file */
    const char *host;   /* the caller's, valid during a call */
    uint64_t hosts_key; /* host and port of the last search of the hosts file; 0: none */
};

#endif

/* Initialises a lookup. `time` is the connect time in milliseconds. */
void symfeed_lookup_init(struct symfeed_lookup *lookup, uint32_t time);

/* Starts a lookup, or continues it with the same arguments except `now`, a monotonic time in
 * milliseconds. `addresses` has room for SYMFEED_ADDRESSES. The next lookup may use its contents: a
 * caller that writes to it in between calls symfeed_lookup_forget().
 *
 * Returns the number of addresses, which are in the order of RFC 6724; or SYMFEED_IO_WANT_READ or
 * _WRITE if it must be called again when symfeed_lookup_descriptor() is ready or after
 * symfeed_lookup_timeout(); otherwise the cause. */
int symfeed_lookup_find(struct symfeed_lookup *lookup, const char *host, uint16_t port,
                        uint32_t now, struct symfeed_address *addresses);

/* Returns the socket that the lookup waits for, or -1 if there is none. */
int symfeed_lookup_descriptor(const struct symfeed_lookup *lookup);

/* Returns the milliseconds from `now` until symfeed_lookup_find() must be called again even if the
 * socket is not ready, or -1 if no lookup is waiting. */
int symfeed_lookup_timeout(const struct symfeed_lookup *lookup, uint32_t now);

/* Cancels the lookup, if there is one. */
void symfeed_lookup_stop(struct symfeed_lookup *lookup);

/* Forgets the addresses of the last lookup, because the caller has overwritten them. */
void symfeed_lookup_forget(struct symfeed_lookup *lookup);

#ifdef __cplusplus
}
#endif

#endif
