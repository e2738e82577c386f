/* SPDX-License-Identifier: Apache-2.0 */
/* resolver.c - see resolver.h: the resolver without heap. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* res_query(), h_errno */
#endif

#include "net/resolver.h"

#if SYMFEED_RESOLVER_DNS

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#include <arpa/nameser.h>
#include <resolv.h>

#include "net/address.h"
#include "net/dns.h"
#include "net/hosts.h"
#include "system/failure.h"

/* Bytes of an answer that are looked at. It has 512 at most where it comes as a datagram; what is
 * longer, by TCP, begins with the aliases, and no sensible chain of them takes half of this. */
#define ANSWER_SIZE 1024

/* Why there is no address; 0 stands for a name that has none. */
enum { NO_NAME = SYMFEED_DNS_NO_NAME, AGAIN = SYMFEED_DNS_FAILED, DECLINED = -3, BROKEN = -4 };

/* The same as for getaddrinfo()'s errors in resolver.c. */
static enum symfeed_port_cause cause_of(int failure)
{
    switch (failure) {
    case NO_NAME: return SYMFEED_CAUSE_NO_SUCH_HOST;
    case AGAIN: return SYMFEED_CAUSE_NAME_LATER;
    case DECLINED: return SYMFEED_CAUSE_NAME_REFUSED;
    case BROKEN: return SYMFEED_CAUSE_NAME_SYSTEM;
    default: return SYMFEED_CAUSE_NO_ADDRESS;
    }
}

/* --- one name ----------------------------------------------------------------------------- */

/* Could there be such a name: labels of 1 to 63 bytes (RFC 1035, 2.3.4), behind the last a dot or
 * none? Libraries do not agree on what to say of another. */
static bool is_name(const char *name)
{
    size_t label = 0;

    if (strlen(name) > SYMFEED_NAME_MAX) {
        return false;
    }
    for (; *name != '\0'; name++) {
        label = *name == '.' ? 0 : label + 1;
        if (label > 63 || (label == 0 && name[1] == '.')) {
            return false;
        }
    }
    return true;
}

/* The answer to one question: its size, which may be above that of the buffer, or -1 and h_errno.
 */
static int query(const char *name, unsigned type, unsigned char *answer, int size)
{
    h_errno = NO_RECOVERY;
#if defined __GLIBC__ && !defined __UCLIBC__
    /* glibc waits for an answer by TCP without any bound. What has come of an answer that is too
     * long for a datagram does, so that is asked for only where nothing has. Since the options are
     * not those of resolv.conf then, it no longer looks whether that has changed: it is read each
     * time. */
    memset(answer, 0, SYMFEED_DNS_HEADER);
    if (res_init() == 0) {
        int got;

        _res.options |= RES_IGNTC;
        got = res_query(name, ns_c_in, (int)type, answer, size);
        _res.options &= ~(unsigned long)RES_IGNTC;
        if (got >= 0 || h_errno != NO_DATA || !symfeed_dns_is_cut(answer)) {
            return got;
        }
    }
#endif
    return res_query(name, ns_c_in, (int)type, answer, size);
}

/* Asks for the addresses of one type. How many, or why not. */
static int ask(const char *name, unsigned type, unsigned char *addresses, size_t room)
{
    unsigned char answer[ANSWER_SIZE];
    int size = query(name, type, answer, sizeof answer);

    if (size < 0) {
        switch (h_errno) {
        case HOST_NOT_FOUND: return NO_NAME;
        case NO_DATA: return 0;
        case TRY_AGAIN: return AGAIN;
        case NO_RECOVERY: return DECLINED;
        default: return BROKEN;
        }
    }
    /* The size of what did not fit is that of the whole. */
    return symfeed_dns_addresses(
        answer, (size_t)size < sizeof answer ? (size_t)size : sizeof answer, type, addresses, room);
}

/* Asks for IPv4, and for IPv6 unless there is no such name, or no server that answers: then one
 * wait is enough. Where there are too many, each kind gets half of the room at least. */
static int ask_both(const char *name, uint16_t port, struct symfeed_address *addresses, size_t room)
{
    unsigned char bytes[SYMFEED_ADDRESSES * SYMFEED_IPV6_SIZE];
    int first = ask(name, SYMFEED_DNS_A, bytes, room);
    int second;
    size_t count;

    if (first < 0) {
        return first;
    }
    for (count = 0; count < (size_t)first; count++) {
        symfeed_address_set(&addresses[count], bytes + count * SYMFEED_IPV4_SIZE, SYMFEED_IPV4_SIZE,
                            port);
    }
    second = ask(name, SYMFEED_DNS_AAAA, bytes, room);
    if (second < 0) {
        return first > 0 ? first : second;
    }
    if (count > room / 2 && count + (size_t)second > room) {
        count = (size_t)second < room - room / 2 ? room - (size_t)second : room / 2;
    }
    for (size_t i = 0; i < (size_t)second && count < room; i++, count++) {
        symfeed_address_set(&addresses[count], bytes + i * SYMFEED_IPV6_SIZE, SYMFEED_IPV6_SIZE,
                            port);
    }
    return (int)count;
}

/* --- all that may be meant ---------------------------------------------------------------- */

/* Asks for the name behind which each domain of the search list is put, then for the name itself. A
 * name with enough dots in it is whole; behind one that ends with a dot no domain makes a name. */
static int search(const char *name, uint16_t port, struct symfeed_address *addresses, size_t room)
{
    struct symfeed_search list;
    char longer[SYMFEED_NAME_MAX + 1];
    size_t size = strlen(name);
    unsigned dots = 0;

    symfeed_hosts_search(SYMFEED_RESOLV_CONF_FILE, &list);
    for (size_t i = 0; i < size; i++) {
        dots += name[i] == '.' ? 1 : 0;
    }
    if (dots >= list.dots) {
        list.domains[0] = '\0';
    }
    memcpy(longer, name, size + 1);
    for (const char *domain = list.domains; *domain != '\0'; domain += strlen(domain) + 1) {
        int found = 0;

        if (size + 1 + strlen(domain) < sizeof longer) {
            longer[size] = '.';
            memcpy(longer + size + 1, domain, strlen(domain) + 1);
            found = is_name(longer) ? ask_both(longer, port, addresses, room) : 0;
        }
        if (found != 0 && found != NO_NAME) {
            return found;
        }
    }
    return ask_both(name, port, addresses, room);
}

/* Is it "localhost" or below that? Nobody is asked for these (RFC 6761, 6.3). */
static bool is_local(const char *name)
{
    static const char local[] = "localhost";
    size_t size = strlen(name);

    size -= name[size - 1] == '.' ? 1 : 0;
    if (size < sizeof local - 1) {
        return false;
    }
    name += size - (sizeof local - 1);
    return strncasecmp(name, local, sizeof local - 1) == 0 &&
           (size == sizeof local - 1 || name[-1] == '.');
}

static int loopback(uint16_t port, struct symfeed_address *addresses, size_t room)
{
    static const unsigned char v4[SYMFEED_IPV4_SIZE] = {127, 0, 0, 1};
    static const unsigned char v6[SYMFEED_IPV6_SIZE] = {[SYMFEED_IPV6_SIZE - 1] = 1};

    symfeed_address_set(&addresses[0], v4, sizeof v4, port);
    if (room > 1) {
        symfeed_address_set(&addresses[1], v6, sizeof v6, port);
    }
    return room > 1 ? 2 : 1;
}

static int find(const char *host, uint16_t port, struct symfeed_address *addresses, size_t room)
{
    size_t count;

    if (room == 0) {
        return 0;
    }
    if (*host == '\0' || *host == '.' || !is_name(host)) {
        return NO_NAME;
    }
    if (symfeed_address_read(&addresses[0], host, port)) {
        return 1;
    }
    count = symfeed_hosts_find(SYMFEED_HOSTS_FILE, host, port, addresses, room);
    if (count > 0) {
        return (int)count;
    }
    return is_local(host) ? loopback(port, addresses, room) : search(host, port, addresses, room);
}

int symfeed_resolve(void *context, const char *host, uint16_t port,
                    struct symfeed_address *addresses, size_t room)
{
    int count;

    (void)context;
    count = find(host, port, addresses, room < SYMFEED_ADDRESSES ? room : SYMFEED_ADDRESSES);
    if (count <= 0) {
        return -(int)cause_of(count);
    }
    if (count > 1) {
        symfeed_address_sort(addresses, (size_t)count);
    }
    return count;
}

#endif
