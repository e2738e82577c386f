/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver.h - from a host's name to its addresses.
 *
 * Depends on: hosts.h, dns.h, address.h, UDP and TCP sockets; or getaddrinfo(), see below.
 * Guarantees: no function waits; no heap, no stdio. An answer counts only if it comes from the
 * server that was asked, to the socket of the question and with its id, name, type and class; all
 * else is dropped. An unchanged file costs one stat() for each lookup.
 */
#ifndef SYMFEED_RESOLVER_H
#define SYMFEED_RESOLVER_H

/*
 * A name is looked up in this order:
 *  1. A number is an address. "localhost" and what ends in ".localhost" is this machine (RFC 6761).
 *  2. The hosts file.
 *  3. The name servers of resolv.conf, three at most. A name with fewer dots than ndots is asked
 * for with each domain of the search list behind it, then as it is. IPv4 and IPv6 are asked for at
 *     the same time, by UDP; by TCP if an answer is too long for that, and with use-vc.
 *
 * A try takes the timeout of resolv.conf at most; all tries together take two thirds of the connect
 * time, except that the last one has its whole timeout. If a server fails or does not answer, the
 * next one is asked, and the next lookup does not begin with it. resolver.svg shows the states of a
 * question.
 *
 * With SYMFEED_RESOLVER_GETADDRINFO, resolver_getaddrinfo.c replaces all that, for systems that
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
#include "system/file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A resolver of the application's own. `host` is a name or an address, without brackets,
 * NUL-terminated. Fills in at most `room` addresses in the order in which to try them, and returns
 * their number. Below 0: it failed; the number without the sign is the cause, one of
 * symfeed_cause.h, such as SYMFEED_CAUSE_NO_SUCH_HOST, or one of its own behind those.
 *
 * SYMFEED_IO_WANT_READ: not known yet. It is called again with the same arguments after
 * symfeed_posix_wake(), which may be called from a callback, a signal handler or another thread, or
 * by the event loop; at the latest the feed's connect timer ends the attempt. The next attempt may
 * then ask for another host. */
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
    uint32_t ends;  /* when the try has had its time */
    uint16_t id;
    uint16_t sent;  /* by TCP: bytes of the question */
    uint16_t cause; /* of the last failure that a server has told, else of the last one; 0: none */
    uint8_t type;   /* of the addresses that are asked for */
    uint8_t state;
    uint8_t server;    /* whose turn it is */
    uint8_t tries;     /* that have failed */
    bool stream;       /* by TCP */
    bool without_tcp;  /* TCP has failed after a datagram that was cut */
    bool without_edns; /* a server did not know it */
    struct symfeed_dns_answer answer;
};

/* A lookup, and what is kept for the next one. All members are private. */
struct symfeed_lookup {
    struct symfeed_lookup_question questions[2]; /* for IPv4 and for IPv6 */
    struct symfeed_resolv_conf conf;
    uint64_t conf_stamp;               /* of resolv.conf, see symfeed_file_has_changed() */
    uint64_t hosts_stamp;              /* of the hosts file */
    struct symfeed_address *addresses; /* the caller's */
    const char *domain;                /* of the search list, behind the host; empty: none */
    uint32_t time;                     /* milliseconds that the whole connection may take */
    uint32_t now;
    uint16_t port;
    uint8_t first;      /* the server to ask first */
    uint8_t count;      /* addresses so far, of hosts file or name servers */
    uint8_t in_hosts;   /* addresses that the hosts file has for the host */
    const char *host;   /* the caller's, valid during a call */
    uint64_t hosts_key; /* host and port that the hosts file was searched for; 0: none */
};

#endif

/* Initialises a lookup. `time` is the connect time in milliseconds. */
void symfeed_lookup_init(struct symfeed_lookup *lookup, uint32_t time);

/* Starts a lookup, or continues it with the same arguments but for `now`, a monotonic time in
 * milliseconds. `addresses` has room for SYMFEED_ADDRESSES. The next lookup may use what is in it:
 * whoever writes to it in between calls symfeed_lookup_forget().
 *
 * Returns the number of addresses, which are in the order of RFC 6724; SYMFEED_IO_WANT_READ or
 * _WRITE: call again when symfeed_lookup_descriptor() is ready or after symfeed_lookup_timeout();
 * otherwise the cause. */
int symfeed_lookup_find(struct symfeed_lookup *lookup, const char *host, uint16_t port,
                        uint32_t now, struct symfeed_address *addresses);

/* Returns the socket that the lookup waits for; -1: none. */
int symfeed_lookup_descriptor(const struct symfeed_lookup *lookup);

/* Returns the milliseconds from `now` until symfeed_lookup_find() must be called again even if the
 * socket is not ready; -1: no lookup waits. */
int symfeed_lookup_timeout(const struct symfeed_lookup *lookup, uint32_t now);

/* Ends the lookup, if there is one. */
void symfeed_lookup_stop(struct symfeed_lookup *lookup);

/* Forgets the addresses of the last lookup, because others were written over them. */
void symfeed_lookup_forget(struct symfeed_lookup *lookup);

#ifdef __cplusplus
}
#endif

#endif
