/* SPDX-License-Identifier: Apache-2.0 */
/* socket.c - see socket.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/descriptor.h"
#include "system/format.h"

/* The least time for one address, and the most while others are left, in milliseconds. */
#define SHARE_MIN 1000u
#define SHARE_MAX 5000u

/* --- causes ------------------------------------------------------------------------------- */

static enum symfeed_port_cause cause_of(int error)
{
    switch (error) {
    case ECONNREFUSED: return SYMFEED_CAUSE_CONNECTION_REFUSED;
    case ECONNRESET: return SYMFEED_CAUSE_CONNECTION_RESET;
    case ECONNABORTED: return SYMFEED_CAUSE_CONNECTION_ABORTED;
    case EPIPE: return SYMFEED_CAUSE_CONNECTION_CLOSED;
    case ETIMEDOUT: return SYMFEED_CAUSE_TIMED_OUT;
    case ENETUNREACH: return SYMFEED_CAUSE_NETWORK_UNREACHABLE;
    case ENETDOWN: return SYMFEED_CAUSE_NETWORK_DOWN;
    case EHOSTUNREACH: return SYMFEED_CAUSE_HOST_UNREACHABLE;
    case EADDRNOTAVAIL: return SYMFEED_CAUSE_NO_LOCAL_ADDRESS;
    case EAFNOSUPPORT: return SYMFEED_CAUSE_NO_SUCH_FAMILY;
    case EACCES:
    case EPERM: return SYMFEED_CAUSE_NOT_PERMITTED;
    case EMFILE:
    case ENFILE: return SYMFEED_CAUSE_TOO_MANY_FILES;
    case ENOBUFS:
    case ENOMEM: return SYMFEED_CAUSE_OUT_OF_MEMORY;
    default: return SYMFEED_CAUSE_SYSTEM_ERROR;
    }
}

/* Records that the current address failed with this errno. */
static int fail(struct symfeed_socket *connection, int error)
{
    struct symfeed_failure *failure = &connection->failure;
    int answer = symfeed_fail(failure, SYMFEED_SUBJECT_ADDRESS, cause_of(error));

    failure->address = &connection->addresses[connection->tried];
    failure->numbers[0] = (uint32_t)error;
    return answer;
}

/* Records that an attempt to connect failed. The first one stays in the record, since the addresses
 * come in the order of preference. */
static int fail_attempt(struct symfeed_socket *connection, int error)
{
    return connection->next == 1 ? fail(connection, error) : -(int)connection->failure.cause;
}

/* --- name resolution ---------------------------------------------------------------------- */

/* Resolves the endpoint's name. Returns 0, SYMFEED_IO_WANT_READ, SYMFEED_IO_WANT_WRITE or the
 * cause. */
static int resolve(struct symfeed_socket *connection, const struct symfeed_endpoint *endpoint,
                   uint32_t now)
{
    struct symfeed_failure *failure = &connection->failure;
    char host[254];
    int count;

    if (endpoint->host_size >= sizeof host) {
        return symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_LONG_HOST);
    }
    memcpy(host, endpoint->host, endpoint->host_size);
    host[endpoint->host_size] = '\0';
    count = connection->resolve == NULL
                ? symfeed_lookup_find(&connection->lookup, host, endpoint->port, now,
                                      connection->addresses)
                : connection->resolve(connection->resolve_context, host, endpoint->port,
                                      connection->addresses, SYMFEED_ADDRESSES);
    if (count == SYMFEED_IO_WANT_READ || count == SYMFEED_IO_WANT_WRITE) {
        return count;
    }
    if (count <= 0) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_HOST, SYMFEED_CAUSE_NO_ADDRESS);
        (void)symfeed_format(failure->name, sizeof failure->name, "%s", host);
        if (count < 0) {
            failure->cause = count > -SYMFEED_CAUSE_FIRST || count < -UINT16_MAX
                                 ? SYMFEED_CAUSE_NAME_FAILED
                                 : (uint16_t)-count;
        }
        return -(int)failure->cause;
    }
    connection->address_count = count < SYMFEED_ADDRESSES ? (size_t)count : SYMFEED_ADDRESSES;
    return 0;
}

/* Returns the index of the address behind this one, or 0. NULL: none. A hosts file may have an
 * address twice: the last one counts. */
static uint8_t find_behind(const struct symfeed_socket *connection,
                           const struct symfeed_address *before)
{
    size_t i = connection->address_count;
    size_t behind = 0;

    while (before != NULL && i > 0) {
        i--;
        if (memcmp(&connection->addresses[i].socket, &before->socket, before->size) == 0) {
            break;
        }
        behind = i;
    }
    return (uint8_t)behind;
}

/* Finds the addresses to try. If the same one is wanted and the address of the last connection is
 * known, that is the only one, and the name is not resolved. If the last connection was silent, the
 * address behind this host's last one comes first. So each has its turn, also if name servers
 * rotate them, which would undo a count of failures. Returns the same as resolve(). */
static int find_addresses(struct symfeed_socket *connection,
                          const struct symfeed_endpoint *endpoint, uint32_t now)
{
    const bool same = endpoint->same || connection->again;
    const struct symfeed_address *before =
        same || connection->silent ? symfeed_address_cache_find(&connection->reached, endpoint)
                                   : NULL;
    int answer = 0;

    connection->again = false;
    if (same && before != NULL) {
        symfeed_lookup_forget(&connection->lookup);
        connection->addresses[0] = *before;
        connection->address_count = 1;
    } else {
        answer = resolve(connection, endpoint, now);
    }
    connection->first = find_behind(connection, before);
    return answer;
}

static void drop_addresses(struct symfeed_socket *connection)
{
    connection->address_count = 0;
    connection->next = 0;
    connection->limited = false;
}

/* Returns the time that one address may take while others are left, in milliseconds. */
static uint32_t share(const struct symfeed_socket *connection)
{
    uint32_t part = connection->connect_time;

    if (connection->address_count > 1) {
        part /= (uint32_t)connection->address_count;
    }
    if (part < SHARE_MIN) {
        return SHARE_MIN;
    }
    return part > SHARE_MAX ? SHARE_MAX : part;
}

/* --- one address -------------------------------------------------------------------------- */

/* Each option makes a dead peer noticed sooner; a system that refuses one works without it. Returns
 * whether it was accepted. */
static bool set_number(int descriptor, int level, int option, int number)
{
    return setsockopt(descriptor, level, option, &number, sizeof number) == 0;
}

/* The agent holds a read for 30 s without a byte, so only the kernel's probes can tell a quiet peer
 * from one that has disappeared. The first probe comes after 20 s without a byte, then one each 10
 * s; the connection ends after three without an answer, or 30 s after the first sent byte that was
 * not acknowledged (RFC 5482). So a dead connection is noticed within 50 s, whether the feed waits
 * or sends. If Linux accepts TCP_USER_TIMEOUT, it also ends the probes, and TCP_KEEPCNT has no
 * effect (tcp(7)). */
static void set_options(int descriptor)
{
    bool ends_probes = false;

    (void)set_number(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    (void)set_number(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
    (void)set_number(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 20);
#endif
#ifdef TCP_KEEPINTVL
    (void)set_number(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 10);
#endif
#ifdef TCP_USER_TIMEOUT
    ends_probes = set_number(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
#endif
#ifdef TCP_KEEPCNT
    if (!ends_probes) {
        (void)set_number(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
    }
#else
    (void)ends_probes;
#endif
}

static void hang_up(struct symfeed_socket *connection)
{
    if (connection->descriptor >= 0) {
        (void)close(connection->descriptor);
    }
    connection->descriptor = -1;
}

/* Begins with the next address. 0: connected; SYMFEED_IO_WANT_WRITE: begun; else the cause. */
static int begin(struct symfeed_socket *connection, uint32_t now)
{
    const struct symfeed_address *address;

    connection->tried = (connection->first + connection->next++) % connection->address_count;
    address = &connection->addresses[connection->tried];
    connection->limited = connection->next < connection->address_count;
    connection->share_ends = now + share(connection);
    connection->descriptor = symfeed_descriptor_socket(address->socket.any.sa_family, SOCK_STREAM);
    if (connection->descriptor >= 0) {
        set_options(connection->descriptor);
        if (connect(connection->descriptor, &address->socket.any, address->size) == 0) {
            return 0;
        }
        /* Interrupted is as good as in progress: the attempt goes on (POSIX, connect()). */
        if (errno == EINPROGRESS || errno == EINTR) {
            return SYMFEED_IO_WANT_WRITE;
        }
    }
    (void)fail_attempt(connection, errno);
    hang_up(connection);
    return -(int)connection->failure.cause;
}

/* Checks the current attempt. Returns 0, SYMFEED_IO_WANT_WRITE or the cause. */
static int check_attempt(struct symfeed_socket *connection, uint32_t now)
{
    struct pollfd ready = {.fd = connection->descriptor, .events = POLLOUT, .revents = 0};
    struct symfeed_address peer;
    int error = 0;
    socklen_t size = sizeof error;

    /* Only a connected socket has a peer. Most attempts succeed, and then this is the only call. */
    peer.size = sizeof peer.socket;
    if (getpeername(connection->descriptor, &peer.socket.any, &peer.size) == 0) {
        return 0;
    }
    if (poll(&ready, 1, 0) <= 0) {
        if (!connection->limited || symfeed_time_left(connection->share_ends, now) > 0) {
            return SYMFEED_IO_WANT_WRITE;
        }
        error = ETIMEDOUT;
    } else if (getsockopt(connection->descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        error = errno;
    }
    if (error == 0) {
        return 0;
    }
    hang_up(connection);
    return fail_attempt(connection, error);
}

/* --- the connection ----------------------------------------------------------------------- */

void symfeed_socket_init(struct symfeed_socket *connection, uint32_t connect_time,
                         symfeed_resolver *resolve_by, void *resolve_context)
{
    memset(connection, 0, sizeof *connection);
    connection->descriptor = -1;
    connection->connect_time = connect_time == 0 ? SYMFEED_SOCKET_CONNECT_TIME : connect_time;
    connection->resolve = resolve_by;
    connection->resolve_context = resolve_context;
    symfeed_lookup_init(&connection->lookup, connection->connect_time);
}

int symfeed_socket_connect(struct symfeed_socket *connection,
                           const struct symfeed_endpoint *endpoint, uint32_t now)
{
    int answer;

    if (connection->address_count == 0) {
        answer = find_addresses(connection, endpoint, now);
        if (answer != 0) {
            return answer;
        }
    }
    answer = connection->descriptor < 0 ? begin(connection, now) : check_attempt(connection, now);
    while (answer < 0 && answer != SYMFEED_IO_WANT_WRITE &&
           connection->next < connection->address_count) {
        answer = begin(connection, now);
    }
    if (answer == SYMFEED_IO_WANT_WRITE) {
        return answer;
    }
    if (answer == 0) {
        connection->silent = true;
        symfeed_address_cache_set(&connection->reached, endpoint,
                                  &connection->addresses[connection->tried]);
    }
    drop_addresses(connection);
    return answer;
}

int symfeed_socket_descriptor(const struct symfeed_socket *connection)
{
    return connection->descriptor >= 0 ? connection->descriptor
                                       : symfeed_lookup_descriptor(&connection->lookup);
}

int symfeed_socket_timeout(const struct symfeed_socket *connection, uint32_t now)
{
    const int lookup = symfeed_lookup_timeout(&connection->lookup, now);

    if (lookup >= 0) {
        return lookup;
    }
    if (!connection->limited || connection->descriptor < 0) {
        return -1;
    }
    return (int)symfeed_time_left(connection->share_ends, now);
}

int symfeed_socket_send(struct symfeed_socket *connection, const void *data, size_t size)
{
    ssize_t sent;

    do {
        sent =
            send(connection->descriptor, data, size > INT_MAX ? INT_MAX : size, SYMFEED_SEND_FLAGS);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        return (int)sent;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return SYMFEED_IO_WANT_WRITE;
    }
    return fail(connection, errno);
}

int symfeed_socket_recv(struct symfeed_socket *connection, void *data, size_t size)
{
    ssize_t received;

    do {
        received = recv(connection->descriptor, data, size > INT_MAX ? INT_MAX : size, 0);
    } while (received < 0 && errno == EINTR);
    if (received >= 0) {
        connection->traffic += (uint32_t)received;
        return (int)received;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return SYMFEED_IO_WANT_READ;
    }
    return fail(connection, errno);
}

void symfeed_socket_close(struct symfeed_socket *connection)
{
    symfeed_lookup_stop(&connection->lookup);
    drop_addresses(connection);
    hang_up(connection);
}
