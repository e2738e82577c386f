/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_port.h - the port of fuzz_feed.c: a clock, a network and servers that do what the input
 * says, call by call, and behind its end are well.
 *
 * Depends on: fuzz.h, symfeed.h.
 * Guarantees: holds each port call to what symfeed_port.h says of it, and each request of a feed to
 *   what was handed out and accepted before.
 */
#ifndef SYMFEED_FUZZ_FEED_PORT_H
#define SYMFEED_FUZZ_FEED_PORT_H

#include <limits.h>
#include <stdio.h>

#include "symfeed.h"

/*
 * The input is what servers send, byte for byte, and between these bytes what happens to the port's
 * calls, each with the byte that follows it, n. None of these bytes can be in UTF-8.
 */
enum {
    STOP = 0xF5, /* symfeed_stop(), before the next call: NOW, odd: AFTER_BATCH */
    LACK,        /* the next n & 15 calls of credentials(), sign() and wall_clock() fail somehow */
    RANDOM,      /* random bytes are all n; 1: they differ */
    WELL,   /* the answer of a server that is well to the request that came, see answer_well() */
    JUMP,   /* the clock goes ahead: in the next call, from 128 on between two calls */
    PIECES, /* n bytes at most are sent or received at a time; 0: any number */
    BLOCK,  /* nothing can be done for a time */
    LATER,  /* nothing can be done once: WANT_READ, odd: WANT_WRITE */
    FAIL,   /* the next call fails */
    QUIET,  /* (without n) the next byte comes after the next request */
    END     /* (without n) the stream ends */
};

#define NEVER        UINT64_MAX
#define MOST_EVENTS  1024u
#define MOST_BATCHES 256u

/* Most port calls in one symfeed_next(): its steps, those of a connection in each, and a close. */
#define MOST_CALLS (64u * 33u)

enum link { LINK_CLOSED, LINK_CONNECTING, LINK_OPEN, LINK_BROKEN };

/* What the port was asked to do again. */
enum repeated { NOTHING, CONNECT, SECURE, SEND };

struct batch_sent {
    unsigned first;
    unsigned count;
};

struct server {
    const unsigned char *data; /* the input */
    size_t size;
    size_t at;
    bool well; /* the input has ended, and all goes well */
    enum symfeed_task task;
    unsigned char choices;
    const unsigned char *memory; /* the feed's */
    size_t memory_size;

    /* The clock. */
    uint64_t time;
    uint64_t jump; /* of the application, before the next call */
    bool jumped;   /* in this symfeed_next() */
    uint32_t random;
    int same_random; /* -1: they differ */
    unsigned lacks;
    unsigned lack;
    int stop; /* -1: no; else n */

    /* The network. */
    enum link link;
    bool at_proxy;
    bool secured;
    enum repeated repeated;
    struct symfeed_endpoint endpoint;
    const void *sending;
    size_t sending_size;
    size_t piece;
    unsigned fail, fail_in; /* the last FAIL, and in which call from now; 0: none */
    unsigned later, later_in;
    unsigned block, block_in;
    uint64_t blocked_until;
    uint64_t blocked_at;
    int blocked_by;
    bool trickles;
    uint32_t received;
    int wants;         /* what the last call returned */
    uint64_t wake;     /* when it would do something else */
    unsigned progress; /* what has been done */
    unsigned calls;    /* in this symfeed_next() */

    /* The request, and the answer of a server that is well. */
    bool asked;    /* by at least one byte */
    bool answered; /* by at least one byte */
    char request[16384];
    size_t request_size;
    bool whole;
    char answer[2048];
    size_t answer_size;
    size_t answer_at;
    bool ends; /* behind the answer */

    /* Events and batches of such answers. Their names have a key that the input cannot have. */
    uint32_t key;
    unsigned events;
    bool accepted[MOST_EVENTS];
    struct batch_sent batches[MOST_BATCHES];
    unsigned batch_count;
    int acknowledged; /* the last batch whose ackId came; -1: none */
};

/* --- the script --------------------------------------------------------------------------- */

static uint32_t clock_of(const struct server *server)
{
    return (uint32_t)server->time + 0xFFFFF000u;
}

/* Returns the next byte of the input without taking it; -1: there is none. */
static int front(const struct server *server)
{
    return server->at < server->size ? server->data[server->at] : -1;
}

/* Takes a code and its number. */
static unsigned take_code(struct server *server)
{
    unsigned number = server->at + 1 < server->size ? server->data[server->at + 1] : 0;

    server->at += server->at + 1 < server->size ? 2u : 1u;
    server->progress++;
    return number;
}

static void jump(struct server *server, unsigned number)
{
    if (number >= 128) {
        server->jump = (uint64_t)1 << (number % 32);
    } else if (!server->jumped) {
        server->time += (uint64_t)1 << (number % 26);
        server->jumped = true;
    }
}

static void block(struct server *server, unsigned number)
{
    server->blocked_at = server->time;
    server->blocked_until =
        number >= 0xF0 ? NEVER : server->time + ((uint64_t)1 << (number % 16u)) * 16u;
    server->blocked_by = (number & 0x10) != 0 ? SYMFEED_IO_WANT_WRITE : SYMFEED_IO_WANT_READ;
    server->trickles = (number & 0x20) != 0 && number < 0xF0;
}

static int want(struct server *server, int wants, uint64_t wake)
{
    server->wants = wants;
    server->wake = wake;
    return wants;
}

/* What a call that fails returns. 0: nothing was done; SHRT_MAX: more than there was room for. */
static int failure(unsigned number)
{
    switch (number & 7u) {
    case 0: return SYMFEED_IO_FAILED;
    case 1: return SYMFEED_IO_AGAIN;
    case 2: return -0x10000;
    case 3: return INT_MIN;
    case 4: return SHRT_MAX;
    case 5: return 0;
    default: return -5 - (int)number * 256;
    }
}

/* Takes all codes in front of the next byte that are not of recv() alone. */
static void take_codes(struct server *server)
{
    for (;;) {
        switch (front(server)) {
        case STOP: server->stop = (int)take_code(server); break;
        case LACK:
            server->lack = take_code(server);
            server->lacks = server->lack & 15u;
            server->lack >>= 4;
            break;
        case RANDOM:
            server->same_random = (int)take_code(server);
            server->same_random = server->same_random == 1 ? -1 : server->same_random;
            break;
        case JUMP: jump(server, take_code(server)); break;
        case PIECES: server->piece = take_code(server); break;
        case BLOCK:
            server->block = take_code(server);
            server->block_in = (server->block >> 6) + 1;
            break;
        case LATER:
            server->later = take_code(server);
            server->later_in = (server->later >> 1) + 1;
            break;
        case FAIL:
            server->fail = take_code(server);
            server->fail_in = (server->fail >> 3) + 1;
            break;
        default: return;
        }
    }
}

/* Counts down to what happens in a call from now. */
static bool has_come(unsigned *calls)
{
    return *calls > 0 && --*calls == 0;
}

/* Returns 1 where the call of the network goes well, else what it returns. */
static int trouble(struct server *server)
{
    require(++server->calls <= MOST_CALLS);
    if (server->well) {
        return 1;
    }
    take_codes(server);
    if (has_come(&server->block_in)) {
        block(server, server->block);
    }
    if (server->time < server->blocked_until) {
        return want(server, server->blocked_by, server->blocked_until);
    }
    if (has_come(&server->later_in)) {
        server->progress++;
        return want(server, server->later % 2 == 0 ? SYMFEED_IO_WANT_READ : SYMFEED_IO_WANT_WRITE,
                    server->time);
    }
    return has_come(&server->fail_in) ? failure(server->fail) : 1;
}

/* Does the next call fail, of those that are not of the network? */
static bool lacks(struct server *server)
{
    if (server->lacks == 0 || server->well) {
        return false;
    }
    server->lacks--;
    server->progress++;
    return true;
}

/* --- requests ----------------------------------------------------------------------------- */

static const char *find(const char *text, const char *wanted)
{
    const char *found = strstr(text, wanted);

    return found == NULL ? NULL : found + strlen(wanted);
}

/* Is the first line of the request so? */
static bool asks_for(const struct server *server, const char *method, const char *path)
{
    const char *end = strstr(server->request, "\r\n");
    const char *found = strstr(server->request, path);

    return strncmp(server->request, method, strlen(method)) == 0 && found != NULL && found < end;
}

static bool is_read(const struct server *server)
{
    return asks_for(server, "POST ", "/v5/events/read ") ||
           (asks_for(server, "POST ", "/v5/datafeeds/") && asks_for(server, "POST ", "/read "));
}

/* An ackId is sent only when each event of its batch was accepted. */
static void check_ack(struct server *server)
{
    const char *ack = find(server->request, "\"ackId\":\"");
    char name[16];
    unsigned long batch;

    (void)snprintf(name, sizeof name, "%08lx-", (unsigned long)server->key);
    require(ack != NULL);
    if (strncmp(ack, name, strlen(name)) != 0) {
        return;
    }
    batch = strtoul(ack + strlen(name), NULL, 10);
    require(batch < server->batch_count);
    for (unsigned i = 0; i < server->batches[batch].count; i++) {
        require(server->accepted[server->batches[batch].first + i]);
    }
    server->acknowledged = (int)batch;
}

/* The lines of a request end as they have to, and it goes to whom it may. */
static void check_request(struct server *server)
{
    const char *end = strstr(server->request, "\r\n\r\n");
    const bool connects = strncmp(server->request, "CONNECT ", 8) == 0;

    require(strlen(server->request) == server->request_size);
    for (const char *at = server->request; at < end; at++) {
        require((*at >= ' ' && *at <= '~') || (*at == '\r' && at[1] == '\n') ||
                (*at == '\n' && at[-1] == '\r'));
    }
    require(connects == (server->at_proxy && !server->secured));
    if (strstr(server->request, "sessionToken: ") != NULL) {
        require(!connects && (strstr(server->request, "\r\nHost: agent.test\r\n") != NULL ||
                              strstr(server->request, "\r\nHost: 127.0.0.1\r\n") != NULL));
    }
    if (is_read(server)) {
        check_ack(server);
    }
}

/* Takes bytes of a request. */
static void take_request(struct server *server, const char *data, size_t size)
{
    const char *body;
    const char *length;

    if (server->answered) {
        server->answered = false;
        server->whole = false;
        server->request_size = 0;
    }
    require(!server->whole && size < sizeof server->request - server->request_size);
    memcpy(server->request + server->request_size, data, size);
    server->request_size += size;
    server->request[server->request_size] = '\0';
    server->asked = true;
    body = find(server->request, "\r\n\r\n");
    if (body == NULL) {
        return;
    }
    length = find(server->request, "\r\nContent-Length: ");
    size = (size_t)(body - server->request) +
           (length != NULL && length < body ? strtoul(length, NULL, 10) : 0);
    require(server->request_size <= size);
    server->whole = server->request_size == size;
    if (server->whole) {
        check_request(server);
    }
}

/* --- answers of servers that are well ----------------------------------------------------- */

/* Writes events of a batch, each with a number of its own. Returns their size. */
static size_t write_events(const struct server *server, const struct batch_sent *batch, char *out)
{
    size_t used = 0;

    for (unsigned i = 0; i < batch->count; i++) {
        used += (size_t)sprintf(out + used,
                                "%s{\"id\":\"%08lx-%u\",\"type\":\"MESSAGESENT\","
                                "\"payload\":{\"text\":\"%.*s\"}}",
                                i == 0 ? "" : ",", (unsigned long)server->key, batch->first + i,
                                (int)(i * 5), "abcdefghijklmno");
    }
    return used;
}

/* Takes the next batch, of `count` new events, or the last one again. Returns its number. */
static unsigned take_batch(struct server *server, unsigned count, bool again)
{
    const unsigned most = server->well ? MOST_BATCHES : MOST_BATCHES - 16;

    if (server->batch_count == 0 || (!again && server->batch_count < most)) {
        server->batches[server->batch_count].first = server->events;
        server->batches[server->batch_count].count = count;
        server->events += count;
        server->batch_count++;
    }
    return server->batch_count - 1;
}

/* Writes the body of a read's answer: n & 3 new events, or, with bit 2, the last ones again; with
 * bit 3 the ackId comes first. */
static size_t write_batch(struct server *server, unsigned number, char *out)
{
    const bool legacy = server->task == SYMFEED_TASK_LEGACY;
    const bool ack_first = (number & 8) != 0 && !legacy;
    const unsigned batch = take_batch(server, number & 3u, (number & 4) != 0);
    char ack[48] = "";
    size_t used = 0;

    if (!legacy) {
        (void)sprintf(ack, "%s\"ackId\":\"%08lx-%u\"%s", ack_first ? "" : ",",
                      (unsigned long)server->key, batch, ack_first ? "," : "");
        used += (size_t)sprintf(out, "{%s\"events\":", ack_first ? ack : "");
    }
    out[used++] = '[';
    used += write_events(server, &server->batches[batch], out + used);
    out[used++] = ']';
    if (!legacy) {
        used += (size_t)sprintf(out + used, "%s}", ack_first ? "" : ack);
    }
    out[used] = '\0';
    return used;
}

/* Writes the body of the answer to the request. Returns its size. */
static size_t write_body(struct server *server, unsigned number, char *out)
{
    if (is_read(server) || asks_for(server, "GET ", "/v4/datafeed/")) {
        return write_batch(server, number, out);
    }
    if (asks_for(server, "GET ", "/v5/datafeeds")) {
        return (size_t)sprintf(out, (number & 1) == 0 ? "[]"
                                                      : "[{\"id\":\"a_f\",\"createdAt\":1},"
                                                        "{\"id\":\"b_p\"}]");
    }
    if (asks_for(server, "POST ", "/v5/datafeeds ") || asks_for(server, "POST ", "/v4/datafeed/")) {
        return (size_t)sprintf(out, "{\"id\":\"bot_f_%u\"}", number & 3);
    }
    if (asks_for(server, "GET ", "/v3/health/extended ")) {
        return (size_t)sprintf(out, "{\"users\":{\"ceservice\":{\"status\":\"UP\"}}}");
    }
    if (asks_for(server, "GET ", "/v1/info ")) {
        return (size_t)sprintf(out, "{\"version\":\"Agent-%u.12.1\"}", 20 + (number & 7));
    }
    return (size_t)sprintf(out, "{\"token\":\"SECRET.eyJjYW5Vc2VTaW1wbGlmaWVkS2V5RGVsaXZlcnkiOnRy"
                                "dWV9.c2ln\",\"name\":\"sessionToken\"}");
}

/* Writes the answer to the request. Bits of `number`: 3 and 2 see write_batch(); 4: in a chunk; 5:
 * ended by the end of the stream; 6: cut; 7: the stream ends behind it. */
static void answer_well(struct server *server, unsigned number)
{
    char body[1024];
    size_t size;
    size_t used;

    if (strncmp(server->request, "CONNECT ", 8) == 0) {
        server->answer_size = (size_t)sprintf(server->answer, "HTTP/1.1 200 OK\r\n\r\n");
    } else {
        size = write_body(server, number, body);
        used =
            (size_t)sprintf(server->answer, "HTTP/1.1 200 OK\r\nSet-Cookie: AWSALB=a; Path=/\r\n");
        if ((number & 0x10) != 0) {
            used += (size_t)sprintf(server->answer + used,
                                    "Transfer-Encoding: chunked\r\n\r\n%lx\r\n%s\r\n0\r\n\r\n",
                                    (unsigned long)size, body);
        } else if ((number & 0x20) != 0) {
            used += (size_t)sprintf(server->answer + used, "\r\n%s", body);
        } else {
            used += (size_t)sprintf(server->answer + used, "Content-Length: %lu\r\n\r\n%s",
                                    (unsigned long)size, body);
        }
        server->answer_size = (number & 0x40) != 0 ? used * 3 / 4 : used;
    }
    server->answer_at = 0;
    server->ends = (number & 0xE0) != 0;
}

/* --- the network -------------------------------------------------------------------------- */

static bool is_proxy(const struct symfeed_endpoint *endpoint)
{
    return endpoint->port == 3128;
}

static void check_inside(const struct server *server, const void *data, size_t size)
{
    const unsigned char *at = data;

    require(size > 0 && at >= server->memory && size <= server->memory_size &&
            at + size <= server->memory + server->memory_size);
}

/* A call that could not be done at once is made again with the same arguments, or the connection is
 * closed. */
static void check_repeated(const struct server *server, enum repeated call)
{
    require(server->repeated == NOTHING || server->repeated == call);
}

static bool is_same(const struct symfeed_endpoint *one, const struct symfeed_endpoint *other)
{
    return one->host == other->host && one->host_size == other->host_size &&
           one->port == other->port && one->same == other->same;
}

/* Ends a call as trouble() says. `done`: what the call returns if it goes well. */
static int end_call(struct server *server, int answer, int done)
{
    if (answer == SYMFEED_IO_WANT_READ || answer == SYMFEED_IO_WANT_WRITE) {
        return answer;
    }
    server->repeated = NOTHING;
    if (answer == 1) {
        return done;
    }
    server->link = LINK_BROKEN;
    return answer;
}

static int server_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    struct server *server = context;
    int answer;

    require(server->link == LINK_CLOSED ||
            (server->link == LINK_CONNECTING && is_same(endpoint, &server->endpoint)));
    require(endpoint->host_size >= 1 && endpoint->host_size <= 253 && endpoint->port != 0);
    require(!is_proxy(endpoint) || (server->choices & 0x08) != 0);
    require(!endpoint->same || server->task == SYMFEED_TASK_LEGACY);
    check_repeated(server, CONNECT);
    server->link = LINK_CONNECTING;
    server->repeated = CONNECT;
    server->endpoint = *endpoint;
    answer = trouble(server);
    if (answer == SHRT_MAX || answer == 0) {
        answer = SYMFEED_IO_FAILED;
    }
    answer = end_call(server, answer, 0);
    if (answer == 0) {
        server->link = LINK_OPEN;
        server->at_proxy = is_proxy(endpoint);
        server->secured = false;
        server->asked = false;
        server->answered = false;
        server->whole = false;
        server->request_size = 0;
        server->progress++;
    }
    return answer;
}

static int server_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    struct server *server = context;
    int answer;

    require(server->link == LINK_OPEN && !is_proxy(endpoint) && !server->secured);
    require(server->repeated != SECURE || is_same(endpoint, &server->endpoint));
    check_repeated(server, SECURE);
    server->repeated = SECURE;
    server->endpoint = *endpoint;
    answer = trouble(server);
    if (answer == SHRT_MAX) {
        answer = SYMFEED_IO_FAILED;
    }
    if (answer == 0) {
        answer = 1; /* another way to go well */
    }
    answer = end_call(server, answer, (server->random & 1u) == 0 ? 0 : 1);
    if (answer >= 0) {
        server->secured = true;
        server->asked = false;
        server->answered = true; /* by the proxy, if there is one */
        server->progress++;
    }
    return answer;
}

static size_t piece_of(const struct server *server, size_t size)
{
    return !server->well && server->piece > 0 && size > server->piece ? server->piece : size;
}

static int server_send(void *context, const void *data, size_t size)
{
    struct server *server = context;
    int answer;

    require(server->link == LINK_OPEN);
    check_inside(server, data, size);
    check_repeated(server, SEND);
    require(server->repeated != SEND || (server->sending == data && server->sending_size == size));
    server->repeated = SEND;
    server->sending = data;
    server->sending_size = size;
    answer = trouble(server);
    if (answer == SHRT_MAX) {
        answer = (int)size + 1;
    }
    answer = end_call(server, answer, (int)piece_of(server, size));
    if (server->link == LINK_OPEN && answer > 0) {
        take_request(server, data, (size_t)answer);
        server->progress++;
    }
    return answer;
}

/* Receives what is there of the answer of a server that is well. */
static int receive_well(struct server *server, void *data, size_t size)
{
    const size_t left = server->answer_size - server->answer_at;

    size = piece_of(server, size < left ? size : left);
    memcpy(data, server->answer + server->answer_at, size);
    server->answer_at += size;
    server->answered = true;
    server->received += (uint32_t)size;
    server->progress++;
    return (int)size;
}

/* Receives bytes of the input, up to the next code. */
static int receive_bytes(struct server *server, unsigned char *data, size_t size)
{
    size_t count = 0;

    size = piece_of(server, size);
    while (count < size && front(server) >= 0 && front(server) < STOP) {
        data[count++] = server->data[server->at++];
    }
    server->answered = true;
    server->received += (uint32_t)count;
    server->progress++;
    return (int)count;
}

static int end_of_stream(struct server *server)
{
    server->link = LINK_BROKEN;
    server->ends = false;
    server->progress++;
    return 0;
}

/* What the front of the input says of a connection on which nothing is left of an answer. */
static int receive_next(struct server *server, void *data, size_t size)
{
    if (server->at < server->size && !server->well) {
        switch (front(server)) {
        case WELL:
            if (!server->whole || server->answered) {
                return want(server, SYMFEED_IO_WANT_READ, NEVER); /* it is for the next request */
            }
            answer_well(server, take_code(server));
            return receive_well(server, data, size);
        case QUIET:
            server->at++;
            server->asked = false;
            server->progress++;
            return want(server, SYMFEED_IO_WANT_READ, NEVER);
        case END: server->at++; return end_of_stream(server);
        default:
            if (front(server) < STOP) {
                return receive_bytes(server, data, size);
            }
            return want(server, SYMFEED_IO_WANT_READ, server->time); /* trouble() takes it */
        }
    }
    if (server->well && server->whole && !server->answered) {
        answer_well(server, 1);
        return receive_well(server, data, size);
    }
    return want(server, SYMFEED_IO_WANT_READ, NEVER);
}

static int server_recv(void *context, void *data, size_t size)
{
    struct server *server = context;
    int answer;

    require(server->link == LINK_OPEN && size <= SYMFEED_RECEIVE_SIZE);
    check_inside(server, data, size);
    check_repeated(server, NOTHING);
    if (!server->asked) {
        return want(server, SYMFEED_IO_WANT_READ, NEVER);
    }
    answer = trouble(server);
    if (answer != 1) {
        return end_call(server, answer, 0);
    }
    if (server->answer_at < server->answer_size) {
        return receive_well(server, data, size);
    }
    return server->ends ? end_of_stream(server) : receive_next(server, data, size);
}

/* Bytes of TLS can come before any of them can be read: one in 32 milliseconds. */
static uint32_t server_traffic(void *context)
{
    const struct server *server = context;

    return server->received + (server->trickles && server->time < server->blocked_until
                                   ? (uint32_t)((server->time - server->blocked_at) / 32)
                                   : 0);
}

static void server_close(void *context)
{
    struct server *server = context;

    server->progress += server->link != LINK_CLOSED ? 1u : 0u;
    server->received = server_traffic(context);
    server->link = LINK_CLOSED;
    server->repeated = NOTHING;
    server->blocked_until = 0;
    server->trickles = false;
    server->answer_size = 0;
    server->answer_at = 0;
    server->ends = false;
}

/* --- the rest of the port ----------------------------------------------------------------- */

static uint32_t server_now(void *context)
{
    return clock_of(context);
}

static int64_t server_wall_clock(void *context)
{
    struct server *server = context;

    if (lacks(server)) {
        return server->lack % 2 == 0 ? 0 : server->lack == 1 ? INT64_MAX : -(int64_t)server->lack;
    }
    return 1700000000 + (int64_t)(server->time / 1000);
}

static void server_random(void *context, void *data, size_t size)
{
    struct server *server = context;

    for (size_t i = 0; i < size; i++) {
        server->random = server->random * 1664525u + 1013904223u;
        ((unsigned char *)data)[i] =
            (unsigned char)(server->same_random >= 0 ? (unsigned)server->same_random
                                                     : server->random >> 24);
    }
}

static int server_credentials(void *context, struct symfeed_credentials *credentials)
{
    struct server *server = context;

    check_inside(server, credentials->session_token, credentials->session_token_size);
    check_inside(server, credentials->key_manager_token, credentials->key_manager_token_size);
    server->progress++;
    memcpy(credentials->session_token, "SECRETtoken", sizeof "SECRETtoken");
    credentials->key_manager_token[0] = '\0';
    if (!lacks(server)) {
        return 0;
    }
    switch (server->lack) {
    case 0: credentials->session_token[0] = '\0'; return 0;
    case 1: credentials->session_token[3] = '\n'; return 0;
    case 2: memset(credentials->session_token, 'S', credentials->session_token_size); return 0;
    case 3:
        memset(credentials->key_manager_token, 'K', credentials->key_manager_token_size);
        return 0;
    case 4: return 1;
    case 5: return INT_MIN;
    default: return -(int)server->lack;
    }
}

static int server_sign(void *context, const void *data, size_t size, unsigned char *signature,
                       size_t room)
{
    struct server *server = context;
    size_t count = 1 + server->time % room;

    check_inside(server, data, size);
    check_inside(server, signature, room);
    require(((const char *)data)[size - 1] != '.');
    server->progress++;
    if (lacks(server)) {
        return server->lack == 0 ? 0 : server->lack == 1 ? (int)room + 1 : failure(server->lack);
    }
    for (size_t i = 0; i < count; i++) {
        signature[i] = (unsigned char)"SECRET"[i % 6];
    }
    return (int)count;
}

/* Whatever a server has said, a report's line is visible ASCII, and has no secret. */
static void server_report(void *context, const struct symfeed_report *report)
{
    char text[512];
    size_t size = symfeed_report_text(report, text, sizeof text);

    (void)context;
    require((unsigned)report->code < SYMFEED_REPORT_COUNT);
    require((unsigned)report->call < SYMFEED_CALL_COUNT);
    require(report->wait <= 86400000);
    require(size > 0 && size == strlen(text));
    for (size_t i = 0; i < size; i++) {
        require(text[i] >= ' ' && text[i] <= '~');
    }
    require(strstr(text, "SECRET") == NULL && strstr(text, "U0VDUkVU") == NULL);
}

#endif
