/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_network.c - the port: a network of one connection, a clock, credentials. See
 * memory_agent.h.
 */
#include "memory_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the port ----------------------------------------------------------------------------- */

static bool fault_strikes(struct world *world)
{
    world->port_calls++;
    return world->fault_at != 0 && world->port_calls >= world->fault_at &&
           (world->port_calls == world->fault_at ||
            (world->fault_every != 0 &&
             (world->port_calls - world->fault_at) % world->fault_every == 0));
}

static int broken(struct world *world)
{
    world->inside->state = BROKEN;
    world->inside->progress++;
    return SYMFEED_IO_FAILED;
}

static int want(struct world *world, int what, uint64_t when)
{
    world->inside->wants = what == SYMFEED_IO_WANT_READ ? SYMFEED_WANTS_READ : SYMFEED_WANTS_WRITE;
    world->inside->wake = when;
    return what;
}

static enum peer peer_of(const struct world *world, const struct symfeed_endpoint *endpoint)
{
    for (int i = PEER_AGENT; i < PEERS; i++) {
        if (endpoint->port == peers[i].port && endpoint->host_size == strlen(peers[i].name) &&
            memcmp(endpoint->host, peers[i].name, endpoint->host_size) == 0) {
            return (enum peer)i;
        }
    }
    require(world, false, "the endpoint %.*s:%u", (int)endpoint->host_size, endpoint->host,
            (unsigned)endpoint->port);
    return PEERS;
}

/* A step of opening the connection that takes a while. */
static int open_step(struct world *world, enum state from, enum state during, enum state to,
                     uint32_t takes, unsigned *failing)
{
    struct inside *inside = world->inside;

    if (inside->state == from) {
        inside->state = during;
        inside->ready_at = takes == FOR_EVER ? NEVER : world->time + takes;
    }
    if (world->time < inside->ready_at) {
        return want(world, during == SECURING ? SYMFEED_IO_WANT_READ : SYMFEED_IO_WANT_WRITE,
                    inside->ready_at);
    }
    if (*failing > 0) {
        *failing -= *failing == FOR_EVER ? 0u : 1u;
        return broken(world);
    }
    inside->state = to;
    inside->progress++;
    return 0;
}

static int port_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    struct world *world = context;
    struct inside *inside = world->inside;
    enum peer peer = peer_of(world, endpoint);

    require(world, inside->state == CLOSED || (inside->state == CONNECTING && peer == inside->peer),
            "connect() in state %d: another connection is there", (int)inside->state);
    require(world, peer != PEER_PROXY || world->config.proxy != NULL, "there is no proxy");
    if (fault_strikes(world)) {
        return broken(world);
    }
    require(world, !endpoint->same || is_legacy(world), "the same address");
    if (inside->state == CLOSED) {
        world->connections++;
        if (peer == PEER_AGENT && !endpoint->same && world->instances > 0 &&
            world->balancer == NULL) {
            inside->instance = inside->turn++ % world->instances;
        }
        inside->same = endpoint->same;
        inside->peer = peer;
        inside->tunnel = false;
        inside->request.size = 0;
        inside->answering = false;
        inside->rested = false;
        inside->unasked = NULL;
        if (world->greets > 0) {
            world->greets--;
            inside->unasked = world->greeting;
            inside->unasked_at = world->time;
        }
    }
    return open_step(world, CLOSED, CONNECTING, CONNECTED, world->connect_takes,
                     &world->connect_fails);
}

static bool is_over(const struct inside *inside)
{
    return inside->answering && inside->read == inside->limit && inside->after != KEEP;
}

static int port_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    struct world *world = context;
    struct inside *inside = world->inside;
    enum peer peer = peer_of(world, endpoint);
    int answer = 0;

    require(world, inside->state == CONNECTED || inside->state == SECURING, "secure() in state %d",
            (int)inside->state);
    require(world, peer != PEER_PROXY, "the proxy is not talked to in TLS");
    require(world, inside->peer != PEER_PROXY || (inside->tunnel && inside->target == peer),
            "there is no tunnel to %s", peers[peer].name);
    require(world, inside->peer == PEER_PROXY || inside->peer == peer,
            "secure() is told another host than connect()");
    require(world, inside->peer != PEER_PROXY || inside->read == inside->limit,
            "the proxy had more to say");
    if (fault_strikes(world)) {
        return broken(world);
    }
    if (is_over(inside)) {
        return broken(world);
    }
    if (world->secure_agains > 0) {
        world->secure_agains--;
        (void)broken(world);
        return SYMFEED_IO_AGAIN;
    }
    answer = open_step(world, CONNECTED, SECURING, OPEN, world->secure_takes, &world->secure_fails);
    inside->answering = inside->answering && answer != 0;
    return answer == 0 && world->connections > 1 ? 1 : answer;
}

/* With a choppy network each call has to be made twice. */
static bool must_rest(struct world *world, uint32_t takes)
{
    struct inside *inside = world->inside;

    if (!world->choppy && takes == 0) {
        return false;
    }
    if (!inside->rested) {
        inside->rested = true;
        inside->ready_at = takes == FOR_EVER ? NEVER : world->time + (takes != 0 ? takes : 1);
    }
    if (world->time < inside->ready_at) {
        return true;
    }
    inside->rested = false;
    return false;
}

static bool is_open(const struct world *world)
{
    const struct inside *inside = world->inside;
    bool plain = strncmp(world->config.agent, "http://", 7) == 0 && inside->peer == PEER_AGENT;
    bool proxy = inside->peer == PEER_PROXY && inside->state == CONNECTED;

    return inside->state == (plain || proxy ? CONNECTED : OPEN);
}

static int port_send(void *context, const void *data, size_t size)
{
    struct world *world = context;
    struct inside *inside = world->inside;
    bool strikes = fault_strikes(world);

    require(world, is_open(world), "send() in state %d", (int)inside->state);
    require(world, size > 0, "send() of nothing");
    require(world, !inside->answering || inside->read == inside->limit,
            "a request was sent while an answer is still to be read");
    require(world,
            inside->unasked == NULL || world->time < inside->unasked_at ||
                (inside->peer == PEER_PROXY && inside->state == CONNECTED),
            "a request was sent though bytes had come that nobody asked for");
    if (strikes && world->fault != FAULT_AFTERWARDS) {
        return broken(world);
    }
    if (must_rest(world, world->send_takes)) {
        return want(world, SYMFEED_IO_WANT_WRITE, inside->ready_at);
    }
    if (is_over(inside) && inside->after == RESETS) {
        return broken(world);
    }
    if (world->send_piece != 0 && size > world->send_piece) {
        size = world->send_piece;
    }
    if (!is_over(inside)) {
        if (inside->request.size == 0) {
            inside->answering = false;
        }
        add(&inside->request, data, size);
        take_request(world);
    }
    inside->progress++;
    return strikes ? broken(world) : (int)size;
}

/* How much of the answer has arrived by now. */
static uint64_t arrived(const struct world *world)
{
    const struct inside *inside = world->inside;
    uint64_t pieces = 0;

    if (world->time < inside->begins) {
        return 0;
    }
    if (inside->gap == 0) {
        return inside->limit;
    }
    pieces = (world->time - inside->begins) / inside->gap + 1;
    return pieces > inside->limit / inside->piece ? inside->limit : pieces * inside->piece;
}

/* Of that, what is in whole records of TLS. */
static uint64_t readable(const struct world *world)
{
    uint64_t there = arrived(world);

    return world->record == 0 || there == world->inside->limit ? there
                                                               : there - there % world->record;
}

static uint64_t next_arrival(const struct world *world)
{
    const struct inside *inside = world->inside;

    if (world->time < inside->begins) {
        return inside->begins;
    }
    return inside->begins + ((world->time - inside->begins) / inside->gap + 1) * inside->gap;
}

static void copy_answer(const struct inside *inside, uint64_t at, char *out, size_t size)
{
    size_t head = at < inside->answer.size ? inside->answer.size - (size_t)at : 0;

    if (head > size) {
        head = size;
    }
    if (head > 0) {
        memcpy(out, inside->answer.at + at, head);
    }
    if (size > head) {
        inside->maker(at + head - inside->answer.size, out + head, size - head);
    }
}

/* The answer has been read, or there is none: what else is there? */
static int recv_unasked(struct world *world, bool strikes, void *data, size_t size)
{
    struct inside *inside = world->inside;

    if (strikes) {
        return broken(world);
    }
    if (inside->unasked == NULL || world->time < inside->unasked_at) {
        return want(world, SYMFEED_IO_WANT_READ,
                    inside->unasked == NULL ? NEVER : inside->unasked_at);
    }
    if (strlen(inside->unasked) <= size) {
        size = strlen(inside->unasked);
    }
    memcpy(data, inside->unasked, size);
    inside->unasked += size;
    inside->unasked = *inside->unasked == '\0' ? NULL : inside->unasked;
    inside->progress++;
    return (int)size;
}

static int port_recv(void *context, void *data, size_t size)
{
    struct world *world = context;
    struct inside *inside = world->inside;
    bool strikes = fault_strikes(world);
    uint64_t there = 0;

    require(world, is_open(world), "recv() in state %d", (int)inside->state);
    require(world, size > 0, "recv() of nothing");
    if (strikes && world->fault != FAULT_AFTERWARDS) {
        return world->fault == FAULT_ENDS ? 0 : broken(world);
    }
    if (!inside->answering) {
        return recv_unasked(world, strikes, data, size);
    }
    if (inside->read == inside->limit && world->time >= inside->begins) {
        if (inside->after == KEEP) {
            return recv_unasked(world, strikes, data, size);
        }
        inside->progress++;
        return inside->after == ENDS ? 0 : broken(world);
    }
    there = readable(world) - inside->read;
    if (there == 0) {
        return want(world, SYMFEED_IO_WANT_READ, next_arrival(world));
    }
    if (must_rest(world, 0)) {
        return want(world, SYMFEED_IO_WANT_READ, inside->ready_at);
    }
    if (there < size) {
        size = (size_t)there;
    }
    if (world->recv_piece != 0 && size > world->recv_piece) {
        size = world->recv_piece;
    }
    copy_answer(inside, inside->read, data, size);
    inside->read += size;
    inside->received += (uint32_t)size;
    if (inside->read == inside->limit) {
        inside->unasked_at = world->time + inside->unasked_after;
    }
    inside->delivered += strikes ? 0 : size;
    inside->progress++;
    return strikes ? broken(world) : (int)size;
}

static uint32_t port_traffic(void *context)
{
    const struct world *world = context;
    const struct inside *inside = world->inside;
    uint64_t unread = inside->answering ? arrived(world) - inside->read : 0;

    return inside->received + (uint32_t)unread;
}

static void port_close(void *context)
{
    struct world *world = context;

    world->inside->received = port_traffic(context);
    world->inside->progress += world->inside->state != CLOSED ? 1u : 0u;
    world->inside->state = CLOSED;
    world->inside->answering = false;
}

uint32_t port_now(void *context)
{
    const struct world *world = context;

    return world->clock_offset + (uint32_t)world->time;
}

static int64_t port_wall_clock(void *context)
{
    const struct world *world = context;

    return wall_clock(world);
}

static void port_random(void *context, void *data, size_t size)
{
    unsigned char *out = data;

    for (size_t i = 0; i < size; i++) {
        out[i] = (unsigned char)(world_random(context) >> 11);
    }
}

static int port_credentials(void *context, struct symfeed_credentials *credentials)
{
    struct world *world = context;

    require(world,
            credentials->session_token_size == SYMFEED_SESSION_TOKEN_SIZE &&
                credentials->key_manager_token_size == SYMFEED_KEY_MANAGER_TOKEN_SIZE,
            "the room for tokens");
    world->credentials_calls++;
    if (fault_strikes(world)) {
        return SYMFEED_IO_FAILED;
    }
    if (world->credentials_fail > 0) {
        world->credentials_fail -= world->credentials_fail == FOR_EVER ? 0u : 1u;
        return SYMFEED_IO_FAILED;
    }
    if (credentials->refused && !world->stale_tokens) {
        world->token++;
    }
    world_session_token(world, credentials->session_token);
    world_key_manager_token(world, credentials->key_manager_token);
    world->inside->progress++;
    return 0;
}

int port_sign(void *context, const void *data, size_t size, unsigned char *signature, size_t room)
{
    struct world *world = context;
    struct inside *inside = world->inside;
    bool strikes = fault_strikes(world);

    require(world, room == 512 && size > 0, "%lu bytes to sign, room for %lu", (unsigned long)size,
            (unsigned long)room);
    require(world, wall_clock(world) > 0, "a JWT without a clock");
    if (strikes && world->fault != FAULT_AFTERWARDS) {
        return SYMFEED_IO_FAILED;
    }
    if (world->sign_fails > 0) {
        world->sign_fails -= world->sign_fails == FOR_EVER ? 0u : 1u;
        return SYMFEED_IO_FAILED;
    }
    make_signature(++inside->signatures, data, size, signature, world->signature_size);
    inside->progress++;
    return strikes ? SYMFEED_IO_FAILED : (int)world->signature_size;
}

/* What may be in no log line, nor in memory in the end: pieces of tokens, JWTs, signatures and
 * events. */
static const char *const secrets[SECRETS] = {"SESSION.",     "SESSION0",  "KEYMANAGER", "eyJ",
                                             "U0lHTkFUVVJF", "SIGNATURE", "EVENTTEXT",  "c2lnbmF0"};

/* The n-th of all; NULL where there is none. */
const char *secret_of(const struct world *world, size_t number)
{
    return number < SECRETS ? secrets[number] : world->secrets[number - SECRETS];
}

/* As a port does that knows why its calls failed: world->cause has the words. */
static void write_line(const struct world *world, const struct symfeed_report *report, char *out,
                       size_t size)
{
    struct symfeed_report line = *report;

    if (symfeed_report_is_port_failure(report->code)) {
        line.detail = world->cause;
        line.detail_size = world->cause != NULL ? strlen(world->cause) : 0;
    }
    require(world, symfeed_report_text(&line, out, size) == strlen(out), "a report: %s", out);
}

static void port_report(void *context, const struct symfeed_report *report)
{
    struct world *world = context;
    enum symfeed_level level = report->level;
    char text[240];
    struct string *log = &world->inside->log;

    require(world, report->cause == 0 || symfeed_report_is_port_failure(report->code),
            "report %u has the cause of another failure", (unsigned)report->code);
    write_line(world, report, text, sizeof text);
    for (size_t i = 0; i < ALL_SECRETS; i++) {
        const char *secret = secret_of(world, i);

        require(world, secret == NULL || strstr(text, secret) == NULL, "%s is in the log: %s",
                secret, text);
    }
    require(world, strchr(text, '\n') == NULL && text[0] != '\0', "a log line: %s", text);
    world->errors += level == SYMFEED_LOG_ERROR ? 1u : 0u;
    world->warnings += level == SYMFEED_LOG_WARNING ? 1u : 0u;
    if (level == SYMFEED_LOG_DEBUG) {
        return;
    }
    if (log->size > 100000) {
        log->size = 0;
    }
    add_text(log, text);
    add_text(log, "\n");
    world->log = log->at;
    world->log_size = log->size;
}

void plug_in(struct world *world)
{
    world->port.context = world;
    world->port.connect = port_connect;
    world->port.secure = port_secure;
    world->port.send = port_send;
    world->port.recv = port_recv;
    world->port.traffic = port_traffic;
    world->port.close = port_close;
    world->port.now = port_now;
    world->port.wall_clock = port_wall_clock;
    world->port.random = port_random;
    world->port.credentials = port_credentials;
    world->port.report = port_report;
    world->cause = "as the test has ordered";
}
