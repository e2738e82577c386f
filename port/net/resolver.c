/* SPDX-License-Identifier: Apache-2.0 */
/* resolver.c - see resolver.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "net/resolver.h"

#if !SYMFEED_RESOLVER_GETADDRINFO

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "symfeed_port.h"
#include "system/descriptor.h"
#include "system/failure.h"
#include "system/file.h"
#include "system/random.h"

/* Milliseconds to wait for one kind of addresses after addresses of the other kind have arrived:
 * some servers never answer questions for IPv6. */
#define OTHER_KIND 500u

/* A question's states. */
enum question_state {
    QUESTION_NONE,     /* no lookup */
    QUESTION_DUE,      /* the next try, with `server`, has not begun */
    QUESTION_SENDING,  /* with TCP also connecting */
    QUESTION_READING,  /* waiting for the answer, or reading it */
    QUESTION_ANSWERED, /* with addresses, or without any of this kind */
    QUESTION_NO_NAME,  /* the name does not exist */
    QUESTION_FAILED    /* all tries failed; `cause` says why */
};

/* Sets the state of a question. Only an active question has a socket. */
static void enter(struct symfeed_lookup_question *question, enum question_state state)
{
    if (state != QUESTION_SENDING && state != QUESTION_READING && question->descriptor >= 0) {
        (void)close(question->descriptor);
        question->descriptor = -1;
    }
    question->state = (uint8_t)state;
}

static bool is_active(const struct symfeed_lookup_question *question)
{
    return question->state == QUESTION_SENDING || question->state == QUESTION_READING;
}

/* --- addresses ---------------------------------------------------------------------------- */

static bool matches_type(const struct symfeed_address *address,
                         const struct symfeed_lookup_question *question)
{
    return (address->socket.any.sa_family == AF_INET) == (question->type == SYMFEED_DNS_A);
}

static void drop_address(struct symfeed_lookup *lookup, size_t i)
{
    struct symfeed_address *address = &lookup->addresses[i];

    lookup->count--;
    memmove(address, address + 1, (lookup->count - i) * sizeof *address);
}

/* Drops the addresses of an answer that turned out to be unusable. */
static void drop_addresses(struct symfeed_lookup *lookup,
                           const struct symfeed_lookup_question *question)
{
    for (size_t i = lookup->count; i > 0; i--) {
        if (matches_type(&lookup->addresses[i - 1], question)) {
            drop_address(lookup, i - 1);
        }
    }
}

/* Adds the address that was read from an answer. If there are too many, each kind gets half of the
 * room. */
static void add_address(struct symfeed_lookup *lookup,
                        const struct symfeed_lookup_question *question)
{
    size_t others = 0;
    size_t other = 0;

    for (size_t i = 0; i < lookup->count; i++) {
        if (!matches_type(&lookup->addresses[i], question)) {
            others++;
            other = i;
        }
    }
    if (lookup->count == SYMFEED_ADDRESSES) {
        if (others <= SYMFEED_ADDRESSES / 2) {
            return;
        }
        drop_address(lookup, other);
    }
    symfeed_address_set(&lookup->addresses[lookup->count++], question->answer.bytes,
                        question->type == SYMFEED_DNS_A ? SYMFEED_IPV4_SIZE : SYMFEED_IPV6_SIZE,
                        lookup->port);
}

/* Sorts the addresses and returns their number. Sorting makes system calls for each address, so a
 * single address is left alone. */
static int sort_addresses(const struct symfeed_lookup *lookup)
{
    if (lookup->count > 1) {
        symfeed_address_sort(lookup->addresses, lookup->count);
    }
    return lookup->count;
}

/* --- one question ------------------------------------------------------------------------- */

/* Writes the name to query: the host with the current domain appended. Returns false if that is not
 * a valid name. */
static bool write_name(const struct symfeed_lookup *lookup, char name[SYMFEED_DNS_NAME_MAX + 2])
{
    const size_t host = strlen(lookup->host);
    const size_t domain = strlen(lookup->domain);
    size_t size = host + (domain > 0 ? 1 + domain : 0);
    bool valid;

    if (size > SYMFEED_DNS_NAME_MAX + 1) {
        return false;
    }
    memcpy(name, lookup->host, host);
    name[host] = '.';
    memcpy(name + size - domain, lookup->domain, domain);
    name[size] = '\0';
    valid = symfeed_dns_is_name(name);
    size -= size > 0 && name[size - 1] == '.' ? 1 : 0;
    name[size] = '\0';
    return valid;
}

/* Returns the question for the current try; its name is written to `name`. */
static struct symfeed_dns_question current_question(const struct symfeed_lookup *lookup,
                                                    const struct symfeed_lookup_question *question,
                                                    char name[SYMFEED_DNS_NAME_MAX + 2])
{
    (void)write_name(lookup, name);
    return (struct symfeed_dns_question){.name = name,
                                         .id = question->id,
                                         .type = question->type,
                                         .edns = lookup->conf.edns && !question->without_edns};
}

static unsigned all_tries(const struct symfeed_lookup *lookup)
{
    return (unsigned)lookup->conf.server_count * lookup->conf.attempts;
}

/* Returns the milliseconds for the next try. */
static uint32_t try_time(const struct symfeed_lookup *lookup,
                         const struct symfeed_lookup_question *question)
{
    const uint32_t timeout = lookup->conf.timeout * 1000u;
    const uint32_t share = lookup->time / 3 * 2 / all_tries(lookup);

    if (lookup->count > 0) {
        return OTHER_KIND;
    }
    return timeout < share || question->tries + 1u == all_tries(lookup) ? timeout : share;
}

/* Ends a failed try and schedules one with the next server, unless there are addresses of the other
 * kind or all tries are used up. An error from a server is a more useful cause than no answer. */
static void fail_try(struct symfeed_lookup *lookup, struct symfeed_lookup_question *question,
                     enum symfeed_port_cause cause)
{
    if (question->cause == SYMFEED_CAUSE_NONE || cause != SYMFEED_CAUSE_NO_NAME_SERVER) {
        question->cause = (uint16_t)cause;
    }
    drop_addresses(lookup, question);
    question->tries++;
    question->without_tcp = question->stream;
    question->stream = lookup->conf.stream;
    question->server = (uint8_t)((question->server + 1u) % lookup->conf.server_count);
    lookup->first = lookup->count == 0 ? question->server : lookup->first;
    enter(question, lookup->count == 0 && question->tries < all_tries(lookup) ? QUESTION_DUE
                                                                              : QUESTION_FAILED);
}

/* Begins a try with a new socket and a new id. The system chooses a random port. */
static void begin_try(struct symfeed_lookup *lookup, struct symfeed_lookup_question *question)
{
    const struct symfeed_address *server = &lookup->conf.servers[question->server];

    question->descriptor = symfeed_descriptor_socket(server->socket.any.sa_family,
                                                     question->stream ? SOCK_STREAM : SOCK_DGRAM);
    if (question->descriptor < 0 || symfeed_random(&question->id, sizeof question->id) != 0) {
        fail_try(lookup, question, SYMFEED_CAUSE_NAME_SYSTEM);
        return;
    }
    if (connect(question->descriptor, &server->socket.any, server->size) != 0 &&
        errno != EINPROGRESS && errno != EINTR) {
        fail_try(lookup, question, SYMFEED_CAUSE_NO_NAME_SERVER);
        return;
    }
    question->ends = lookup->now + try_time(lookup, question);
    question->sent = question->stream ? 0 : SYMFEED_DNS_PREFIX;
    symfeed_dns_begin(&question->answer, question->stream);
    enter(question, QUESTION_SENDING);
}

/* Handles an error of send() or recv(): fails the try, unless the call can be repeated. */
static void handle_call_error(struct symfeed_lookup *lookup,
                              struct symfeed_lookup_question *question)
{
    /* Some systems report ENOTCONN while a connection is being made. */
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ENOTCONN) {
        fail_try(lookup, question, SYMFEED_CAUSE_NO_NAME_SERVER);
    }
}

/* Sends the rest of the question. */
static void send_question(struct symfeed_lookup *lookup, struct symfeed_lookup_question *question)
{
    char name[SYMFEED_DNS_NAME_MAX + 2];
    unsigned char bytes[SYMFEED_DNS_QUESTION_SIZE];
    const struct symfeed_dns_question query = current_question(lookup, question, name);
    const size_t size = symfeed_dns_ask(&query, bytes);
    const ssize_t sent = send(question->descriptor, bytes + question->sent, size - question->sent,
                              SYMFEED_SEND_FLAGS);

    if (sent < 0) {
        handle_call_error(lookup, question);
        return;
    }
    question->sent = (uint16_t)(question->sent + sent);
    if (question->sent == size) {
        enter(question, QUESTION_READING);
    }
}

/* Ends an answered question. If there are addresses now, the other question gets OTHER_KIND at
 * most. */
static void finish_answered(struct symfeed_lookup *lookup, struct symfeed_lookup_question *question)
{
    struct symfeed_lookup_question *other =
        &lookup->questions[question == &lookup->questions[0] ? 1 : 0];

    if (lookup->count > 0 && symfeed_time_left(other->ends, lookup->now) > OTHER_KIND) {
        other->ends = lookup->now + OTHER_KIND;
    }
    lookup->first = question->server;
    enter(question, QUESTION_ANSWERED);
}

/* Handles a truncated answer: repeats the question over TCP. If TCP has failed, the addresses of
 * the datagram are used. */
static void handle_truncated(struct symfeed_lookup *lookup,
                             struct symfeed_lookup_question *question)
{
    if (!question->without_tcp) {
        drop_addresses(lookup, question);
        question->stream = true;
        enter(question, QUESTION_DUE);
    } else if (lookup->count > 0) {
        finish_answered(lookup, question);
    } else {
        fail_try(lookup, question, SYMFEED_CAUSE_NAME_LATER);
    }
}

/* Handles a complete answer. */
static void handle_answer(struct symfeed_lookup *lookup, struct symfeed_lookup_question *question)
{
    const unsigned code = question->answer.code;

    if (code == SYMFEED_DNS_OK) {
        finish_answered(lookup, question);
    } else if (code == SYMFEED_DNS_NXDOMAIN) {
        lookup->first = question->server;
        enter(&lookup->questions[0], QUESTION_NO_NAME);
        enter(&lookup->questions[1], QUESTION_NO_NAME);
    } else if ((code == SYMFEED_DNS_FORMERR || code == SYMFEED_DNS_NOTIMP) && lookup->conf.edns &&
               !question->without_edns) {
        question->without_edns = true;
        enter(question, QUESTION_DUE);
    } else {
        fail_try(lookup, question,
                 code == SYMFEED_DNS_REFUSED ? SYMFEED_CAUSE_NAME_REFUSED
                                             : SYMFEED_CAUSE_NAME_LATER);
    }
}

/* Reads a datagram, or a piece of a TCP stream. */
static void receive(struct symfeed_lookup *lookup, struct symfeed_lookup_question *question)
{
    char name[SYMFEED_DNS_NAME_MAX + 2];
    unsigned char bytes[SYMFEED_DNS_DATAGRAM];
    const struct symfeed_dns_question query = current_question(lookup, question, name);
    const ssize_t size = recv(question->descriptor, bytes, sizeof bytes, 0);
    enum symfeed_dns_result result = SYMFEED_DNS_MORE;

    if (size < 0) {
        handle_call_error(lookup, question);
        return;
    }
    for (ssize_t i = 0; i < size && (result == SYMFEED_DNS_MORE || result == SYMFEED_DNS_ADDRESS);
         i++) {
        result = symfeed_dns_take(&question->answer, &query, bytes[i]);
        if (result == SYMFEED_DNS_ADDRESS || result == SYMFEED_DNS_LAST) {
            add_address(lookup, question);
        }
    }
    if (question->answer.cut && question->answer.ours) {
        handle_truncated(lookup, question);
    } else if (result == SYMFEED_DNS_LAST || result == SYMFEED_DNS_WHOLE) {
        handle_answer(lookup, question);
    } else if (!question->stream) {
        /* Not an answer to this question: the right one may still arrive. */
        drop_addresses(lookup, question);
        symfeed_dns_begin(&question->answer, false);
    } else if (size == 0 || result == SYMFEED_DNS_WRONG) {
        fail_try(lookup, question, SYMFEED_CAUSE_NAME_LATER);
    }
}

/* Runs a question's states until it has to wait. Does not read directly after sending, since the
 * answer cannot be there yet. */
static void run(struct symfeed_lookup *lookup, struct symfeed_lookup_question *question)
{
    unsigned before;

    do {
        before = question->state;
        switch (question->state) {
        case QUESTION_DUE: begin_try(lookup, question); break;
        case QUESTION_SENDING: send_question(lookup, question); break;
        case QUESTION_READING: receive(lookup, question); break;
        default: return;
        }
        if (question->state == before && before != QUESTION_DUE &&
            symfeed_time_left(question->ends, lookup->now) == 0) {
            fail_try(lookup, question, SYMFEED_CAUSE_NO_NAME_SERVER);
        }
    } while (question->state == QUESTION_DUE ||
             (before == QUESTION_DUE && question->state == QUESTION_SENDING && !question->stream));
}

/* --- one name after the other ------------------------------------------------------------- */

static const char *next_domain(const char *domain)
{
    return domain + strlen(domain) + 1;
}

/* Begins the questions for the next name: the host with the current domain, or with the first
 * domain after it that makes a valid name. The host without a domain is always valid. */
static void begin_name(struct symfeed_lookup *lookup)
{
    char name[SYMFEED_DNS_NAME_MAX + 2];

    while (*lookup->domain != '\0' && !write_name(lookup, name)) {
        lookup->domain = next_domain(lookup->domain);
    }
    for (size_t i = 0; i < 2; i++) {
        struct symfeed_lookup_question *question = &lookup->questions[i];

        memset(question, 0, sizeof *question);
        question->descriptor = -1;
        question->type = i == 0 ? SYMFEED_DNS_A : SYMFEED_DNS_AAAA;
        question->server = lookup->first;
        question->stream = lookup->conf.stream;
        enter(question, QUESTION_DUE);
    }
}

/* Evaluates the answers to both questions of a name. Returns the number of addresses, 0 if the next
 * name is to be queried, or the cause. */
static int finish_name(struct symfeed_lookup *lookup)
{
    enum symfeed_port_cause cause = SYMFEED_CAUSE_NO_ADDRESS;

    if (lookup->count > 0) {
        return sort_addresses(lookup);
    }
    for (size_t i = 0; i < 2; i++) {
        const struct symfeed_lookup_question *question = &lookup->questions[i];

        if (question->state == QUESTION_FAILED) {
            return -(int)question->cause;
        }
        cause = question->state == QUESTION_NO_NAME ? SYMFEED_CAUSE_NO_SUCH_HOST : cause;
    }
    if (*lookup->domain == '\0') {
        return -(int)cause;
    }
    lookup->domain = next_domain(lookup->domain);
    return 0;
}

/* Continues the questions. Returns the same as symfeed_lookup_find(). */
static int continue_questions(struct symfeed_lookup *lookup)
{
    const struct symfeed_lookup_question *const questions = lookup->questions;
    int result;

    for (;;) {
        run(lookup, &lookup->questions[0]);
        run(lookup, &lookup->questions[1]);
        if (is_active(&questions[0]) || is_active(&questions[1])) {
            return questions[is_active(&questions[0]) ? 0 : 1].state == QUESTION_SENDING
                       ? SYMFEED_IO_WANT_WRITE
                       : SYMFEED_IO_WANT_READ;
        }
        result = finish_name(lookup);
        if (result != 0) {
            symfeed_lookup_stop(lookup);
            return result;
        }
        begin_name(lookup);
    }
}

/* --- names without a name server ---------------------------------------------------------- */

/* Returns whether the name is "localhost" or below it. Such names are never queried (RFC 6761,
 * 6.3). */
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

/* Sets the addresses of this machine and returns their number. IPv4 comes first: most local servers
 * listen on it, and a connection to one that does not is refused at once. */
static int set_loopback(const struct symfeed_lookup *lookup, uint16_t port)
{
    static const unsigned char v4[SYMFEED_IPV4_SIZE] = {127, 0, 0, 1};
    static const unsigned char v6[SYMFEED_IPV6_SIZE] = {[SYMFEED_IPV6_SIZE - 1] = 1};

    symfeed_address_set(&lookup->addresses[0], v4, sizeof v4, port);
    symfeed_address_set(&lookup->addresses[1], v6, sizeof v6, port);
    return 2;
}

/* Searches the hosts file if the file, the host or the port has changed since the last search. If
 * the file cannot be read, the next lookup reads it again. */
static void search_hosts(struct symfeed_lookup *lookup, const char *host, uint16_t port)
{
    const bool changed = symfeed_file_has_changed(SYMFEED_HOSTS_FILE, &lookup->hosts_stamp);
    const uint64_t key = symfeed_address_key(host, strlen(host), port);
    size_t count;

    if (!changed && lookup->hosts_key == key) {
        lookup->count = lookup->in_hosts;
        return;
    }
    if (!symfeed_hosts_find(SYMFEED_HOSTS_FILE, host, port, lookup->addresses, SYMFEED_ADDRESSES,
                            &count)) {
        lookup->hosts_stamp = 0;
    }
    lookup->hosts_key = key;
    lookup->in_hosts = (uint8_t)count;
    lookup->count = lookup->in_hosts;
}

/* Reads resolv.conf if it has changed, and begins the questions for the host's first name. */
static void begin_questions(struct symfeed_lookup *lookup)
{
    unsigned dots = 0;

    if (symfeed_file_has_changed(SYMFEED_RESOLV_CONF_FILE, &lookup->conf_stamp) ||
        lookup->conf.server_count == 0) {
        lookup->first = 0;
        if (!symfeed_resolv_conf_read(SYMFEED_RESOLV_CONF_FILE, &lookup->conf)) {
            lookup->conf_stamp = 0;
        }
    }
    if (lookup->conf.rotate) {
        lookup->first = (uint8_t)((lookup->first + 1u) % lookup->conf.server_count);
    }
    for (const char *at = lookup->host; *at != '\0'; at++) {
        dots += *at == '.' ? (at[1] == '\0' ? UINT8_MAX : 1) : 0;
    }
    /* A name with at least `dots` dots is complete, and so is one that ends with a dot. */
    lookup->domain = dots < lookup->conf.dots ? lookup->conf.domains : "";
    begin_name(lookup);
}

/* --- the lookup --------------------------------------------------------------------------- */

void symfeed_lookup_init(struct symfeed_lookup *lookup, uint32_t time)
{
    memset(lookup, 0, sizeof *lookup);
    lookup->time = time;
    lookup->questions[0].descriptor = -1;
    lookup->questions[1].descriptor = -1;
}

/* Starts a lookup. Returns the same as symfeed_lookup_find(). */
static int start(struct symfeed_lookup *lookup, const char *host, uint16_t port)
{
    if (!symfeed_dns_is_name(host)) {
        return -(int)SYMFEED_CAUSE_NO_SUCH_HOST;
    }
    if (symfeed_address_read(&lookup->addresses[0], host, port)) {
        symfeed_lookup_forget(lookup);
        return 1;
    }
    /* Only an address has a colon; this one's zone is no interface. */
    if (strchr(host, ':') != NULL) {
        return -(int)SYMFEED_CAUSE_NO_SUCH_HOST;
    }
    if (is_local(host)) {
        symfeed_lookup_forget(lookup);
        return set_loopback(lookup, port);
    }
    search_hosts(lookup, host, port);
    if (lookup->count > 0) {
        return sort_addresses(lookup);
    }
    begin_questions(lookup);
    return continue_questions(lookup);
}

int symfeed_lookup_find(struct symfeed_lookup *lookup, const char *host, uint16_t port,
                        uint32_t now, struct symfeed_address *addresses)
{
    lookup->addresses = addresses;
    lookup->host = host;
    lookup->port = port;
    lookup->now = now;
    return lookup->questions[0].state == QUESTION_NONE ? start(lookup, host, port)
                                                       : continue_questions(lookup);
}

int symfeed_lookup_descriptor(const struct symfeed_lookup *lookup)
{
    return lookup->questions[is_active(&lookup->questions[0]) ? 0 : 1].descriptor;
}

int symfeed_lookup_timeout(const struct symfeed_lookup *lookup, uint32_t now)
{
    int least = -1;

    for (size_t i = 0; i < 2; i++) {
        const int left = (int)symfeed_time_left(lookup->questions[i].ends, now);

        if (is_active(&lookup->questions[i]) && (least < 0 || left < least)) {
            least = left;
        }
    }
    return least;
}

void symfeed_lookup_stop(struct symfeed_lookup *lookup)
{
    for (size_t i = 0; i < 2; i++) {
        struct symfeed_lookup_question *question = &lookup->questions[i];

        if (is_active(question)) { /* no answer: the next lookup begins with another server */
            lookup->first = (uint8_t)((question->server + 1u) % lookup->conf.server_count);
        }
        enter(question, QUESTION_NONE);
    }
}

void symfeed_lookup_forget(struct symfeed_lookup *lookup)
{
    lookup->hosts_key = 0;
}

#endif
