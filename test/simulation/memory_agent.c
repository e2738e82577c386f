/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_agent.c - the driver: makes a world, goes on with it, holds it to what is promised.
 */
#include "memory_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void require(const struct world *world, bool holds, const char *format, ...)
{
    char text[1024];
    int size = 0;
    va_list arguments;

    if (holds) {
        return;
    }
    size =
        snprintf(text, sizeof text, "at %llu ms, port call %lu: ", (unsigned long long)world->time,
                 (unsigned long)world->port_calls);
    va_start(arguments, format);
    (void)vsnprintf(text + size, sizeof text - (size_t)size, format, arguments);
    va_end(arguments);
    if (world->log_size > 0) {
        size_t from = world->log_size > 2000 ? world->log_size - 2000 : 0;

        printf("--- end of the log:\n%s---\n", world->log + from);
    }
    for (size_t i = world->seen_count > 6 ? world->seen_count - 6 : 0;
         i < world->seen_count && i < MOST_SEEN; i++) {
        printf("--- request at %llu ms: %s ackId %s\n", (unsigned long long)world->seen[i].time,
               world->seen[i].target, world->seen[i].ack);
    }
    test_failed(text);
    abort();
}

/* --- the driver --------------------------------------------------------------------------- */

/* Extended health with nothing wrong. */
static const char healthy[] =
    "{\"services\":{\"datafeed\":{\"status\":\"UP\",\"version\":\"2.11.2\"},\"key_manager\":"
    "{\"status\":\"UP\"},\"pod\":{\"status\":\"UP\"}},\"status\":\"UP\",\"users\":{"
    "\"agentservice\":"
    "{\"authType\":\"RSA\",\"status\":\"UP\"},\"ceservice\":{\"authType\":\"RSA\",\"status\":"
    "\"UP\"}},"
    "\"version\":\"25.8.1\"}";

struct world *world_new(void)
{
    struct world *world = zeroed(sizeof *world);

    world->inside = zeroed(sizeof *world->inside);
    world->config.agent = "https://agent.test:8443";
    world->config.window = 2048;
    world->config.json_tokens = 96;
    plug_in(world);
    world->inside->agent = zeroed(sizeof *world->inside->agent);
    world->inside->agent->worlds = 1;
    world->seed = 1;
    world->batch_most = 4;
    world->hold = 30000;
    world->feeds_most = 20;
    world->token = 1;
    world->claims = "{\"sub\":\"bot\"}";
    world->version = "Agent-20.14.2";
    world->health = healthy;
    world->health_status = 200;
    world->signature_size = 256;
    world->longest_wait = 300000;
    world->keeps_event_order = true;
    world->inside->newest = -1;
    return world;
}

struct world *world_of(enum symfeed_task task)
{
    struct world *world = world_new();

    world->config.task = task;
    if (task == SYMFEED_TASK_DATAHOSE) {
        world->config.types = "MESSAGESENT,SOCIALMESSAGE";
    }
    world->config.user = "bot"; /* of the default tag */
    return world;
}

static void drop_agent(struct backend *agent)
{
    if (--agent->worlds > 0) {
        return;
    }
    for (size_t i = 0; i < agent->event_count; i++) {
        free(agent->texts[i]);
    }
    for (size_t i = 0; i < agent->batch_count; i++) {
        free(agent->batches[i].events);
    }
    free(agent->batches);
    free(agent);
}

void world_share(struct world *world, struct world *other)
{
    drop_agent(world->inside->agent);
    world->inside->agent = other->inside->agent;
    world->inside->agent->worlds++;
}

void world_signs_in(struct world *world, enum symfeed_sign_in way, bool apart)
{
    world->config.sign_in = way;
    world->config.user = way == SYMFEED_SIGN_IN_BY_KEY ? "bot" : NULL;
    world->config.pod = apart ? "https://pod.test/base/" : NULL;
    world->config.key_manager = apart ? "https://km.test:8444" : NULL;
    world->port.credentials = NULL;
    world->port.sign = way == SYMFEED_SIGN_IN_BY_KEY ? port_sign : NULL;
    world->wall = 1700000000;
    world->token = 0;
}

enum symfeed_status world_renew(struct world *world, const char *user)
{
    enum symfeed_status status = symfeed_renew(world->feed, user);

    if (status == SYMFEED_OK && user != NULL) {
        world->inside->user = user;
    }
    world->inside->progress++; /* it may end a wait */
    return status;
}

void world_start(struct world *world)
{
    struct inside *inside = world->inside;

    inside->random = world->seed * 2654435761u + 1u;
    inside->user = world->config.user;
    inside->memory_size = SYMFEED_MEMORY(world->config.window, world->config.json_tokens);
    inside->memory = grown(NULL, inside->memory_size + (size_t)2 * GUARD);
    memset(inside->memory, GUARD_BYTE, inside->memory_size + (size_t)2 * GUARD);
    world->status = symfeed_init(&world->feed, &world->config, &world->port, inside->memory + GUARD,
                                 inside->memory_size);
    require(world, world->status == SYMFEED_OK, "symfeed_init: %s",
            symfeed_status_text(world->status));
    require(world, world->port_calls == 0, "symfeed_init() made a port call");
}

void world_free(struct world *world)
{
    struct inside *inside = world->inside;

    drop_agent(inside->agent);
    free(inside->memory);
    free(inside->request.at);
    free(inside->answer.at);
    free(world->seen);
    free(world->log);
    free(inside);
    free(world);
}

static void check_guards(const struct world *world)
{
    const struct inside *inside = world->inside;

    for (size_t i = 0; i < GUARD; i++) {
        require(world,
                inside->memory[i] == GUARD_BYTE &&
                    inside->memory[GUARD + inside->memory_size + i] == GUARD_BYTE,
                "a byte outside of the feed's memory was written");
    }
}

/* The next call accepts the event that was handed out last, unless it was refused. */
static void accept_current(struct world *world)
{
    struct inside *inside = world->inside;

    if (inside->has_current && inside->current >= 0 && (!inside->refused || inside->given_up) &&
        !world->taken[inside->current]) {
        world->taken[inside->current] = true;
        world->taken_count++;
    }
    inside->has_current = false;
}

static int number_of(const struct world *world, const struct symfeed_event *event)
{
    char id[32] = "";
    unsigned long number = 0;
    char *end = NULL;

#if SYMFEED_JSON
    symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
#else
    for (size_t at = 0; at + 7 < event->size && id[0] == '\0'; at++) {
        if (memcmp(event->json + at, "\"id\":\"", 6) == 0) {
            size_t left = event->size - at - 6;

            memcpy(id, event->json + at + 6, left < sizeof id - 1 ? left : sizeof id - 1);
            id[strcspn(id, "\"")] = '\0';
        }
    }
#endif
    if (id[0] != 'e') {
        return -1;
    }
    number = strtoul(id + 1, &end, 10);
    return end != id + 1 && *end == '\0' && number < world->event_count ? (int)number : -1;
}

static void handed_out(struct world *world, const struct symfeed_event *event)
{
    struct inside *inside = world->inside;
    int number = number_of(world, event);
    size_t kept = event->size < sizeof world->last_text ? event->size : sizeof world->last_text - 1;

    world->event_steps++;
    require(world, !inside->stopping, "an event was handed out after a stop");
    world->last = *event;
    memcpy(world->last_text, event->json, kept);
    world->last_text[kept] = '\0';
    if (number >= 0) {
        const char *text = inside->agent->texts[number];

        require(world, event->full_size == strlen(text), "e%d has %lu bytes", number,
                (unsigned long)event->full_size);
        require(world,
                event->truncated ||
                    (event->size == strlen(text) && memcmp(event->json, text, event->size) == 0),
                "e%d came as %s", number, world->last_text);
        require(world, !event->malformed || (!SYMFEED_JSON && event->truncated),
                "e%d is said to be malformed", number);
        if (world->handed[number] == 0 && world->keeps_event_order) {
            require(world, number > inside->newest, "e%d came after e%d", number, inside->newest);
            inside->newest = number;
        }
        world->handed[number]++;
    } else {
        world->strangers++;
        world->stranger_bytes += event->full_size;
    }
    inside->has_current = true;
    inside->current = number;
    inside->given_up = event->given_up;
    inside->refused = world->refuses != NULL && world->refuses(world, number, event);
    if (inside->refused) {
        symfeed_refuse(world->feed);
    }
    world->time += world->application_takes;
    inside->progress++;
}

/* SYMFEED_WAIT: is the wait a wait, and not too long? */
static uint64_t check_wait(struct world *world)
{
    struct inside *inside = world->inside;
    uint32_t wait = symfeed_time_left(symfeed_deadline(world->feed), port_now(world));
    unsigned wants = symfeed_wants(world->feed);

    if (wait == 0 && inside->progress == inside->progress_before &&
        world->time == inside->time_before) {
        require(world, ++inside->quiet < MOST_QUIET,
                "it spins: the deadline has come, nothing done");
    } else {
        inside->quiet = 0;
    }
    if (wants != 0) {
        require(world, wants == inside->wants, "it wants %u, the port wanted %u", wants,
                inside->wants);
        require(world, inside->state != CLOSED && inside->state != BROKEN,
                "it waits for a connection that is not there");
    }
    require(world, wants != 0 || wait <= world->longest_wait, "it waits for %ld ms", (long)wait);
    require(world, wait <= 86400000, "it waits for %ld ms", (long)wait);
    return wait;
}

/* Stopped: of what was secret nothing is left. */
static void check_memory(const struct world *world)
{
    for (size_t i = 0; i < ALL_SECRETS; i++) {
        const char *secret = secret_of(world, i);

        require(world, secret == NULL || !world_memory_has(world, secret),
                "%s is in memory after the stop", secret);
    }
}

/* A feed never fails: that is for single calls. */
static bool is_over(const struct world *world)
{
    return world->status == SYMFEED_STOPPED ||
           (world->status == SYMFEED_FAILED && world->config.task >= SYMFEED_TASK_LIST);
}

enum symfeed_status world_next(struct world *world)
{
    static const char untouched[] = "untouched";
    struct inside *inside = world->inside;
    struct symfeed_event event;

    world->event_count = inside->agent->event_count;
    memset(&event, 0, sizeof event);
    event.json = untouched;
    event.size = 9;
    event.malformed = true;
    accept_current(world);
    world->steps++;
    inside->progress_before = inside->progress;
    inside->time_before = world->time;
    world->status = symfeed_next(world->feed, &event);
    check_guards(world);
    if (world->status == SYMFEED_EVENT) {
        handed_out(world, &event);
    } else {
        require(world, event.json == untouched && event.size == 9 && event.malformed,
                "the event was changed without SYMFEED_EVENT");
    }
    if (is_over(world)) {
        require(world, inside->state == CLOSED, "stopped with an open connection");
        check_memory(world);
    }
    require(world,
            world->status == SYMFEED_EVENT || world->status == SYMFEED_WAIT || is_over(world),
            "symfeed_next: %s", symfeed_status_text(world->status));
    return world->status;
}

enum symfeed_status world_step(struct world *world)
{
    struct inside *inside = world->inside;

    if (world_next(world) == SYMFEED_WAIT) {
        uint64_t wait = check_wait(world);

        if (symfeed_wants(world->feed) != 0 && inside->wake != NEVER) {
            uint64_t ready = inside->wake > world->time ? inside->wake - world->time : 0;

            require(world, ready > 0, "the network's wake-up call lies behind");
            wait = ready < wait ? ready : wait;
        }
        if (world->time + wait > inside->until && world->time < inside->until) {
            wait = inside->until - world->time; /* calling early does no harm */
        }
        world->time += wait;
    }
    return world->status;
}

void world_run(struct world *world, uint64_t milliseconds)
{
    uint64_t end = world->time + milliseconds;

    world->inside->until = end;
    while (world->time < end && (world_step(world), !is_over(world))) {
    }
    world->inside->until = 0;
}

void world_until_requests(struct world *world, size_t count)
{
    uint64_t end = world->time + 86400000;

    while (world->seen_count < count) {
        require(world, world->time < end, "only %lu requests in a day",
                (unsigned long)world->seen_count);
        require(world, world_step(world) != SYMFEED_STOPPED, "stopped early");
    }
}

bool world_is_settled(const struct world *world)
{
    const struct backend *agent = world->inside->agent;

    return agent->acknowledged_count >= agent->event_count &&
           (!is_legacy(world) || world->taken_count + world->lost_count >= agent->event_count);
}

void world_settle(struct world *world, uint64_t most)
{
    uint64_t end = world->time + most;
    uint64_t steps = world->steps;

    while (!world_is_settled(world)) {
        require(world, world->time <= end,
                "of %lu events %lu are taken and %lu acknowledged after %llu ms",
                (unsigned long)world->event_count, (unsigned long)world->taken_count,
                (unsigned long)world->inside->agent->acknowledged_count, (unsigned long long)most);
        require(world, world->steps - steps < 10000000u, "no end of steps");
        require(world, world_step(world) != SYMFEED_STOPPED, "stopped early");
    }
    require(world, world->taken_count + world->lost_count == world->event_count,
            "an event was lost");
}

enum symfeed_status world_over(struct world *world, uint64_t most)
{
    uint64_t end = world->time + most;

    while (world_step(world), !is_over(world)) {
        require(world, world->time <= end, "not over after %llu ms", (unsigned long long)most);
    }
    for (int i = 0; i < 2; i++) {
        uint32_t calls = world->port_calls;

        require(world, symfeed_next(world->feed, &world->last) == world->status,
                "over, and then not");
        require(world, world->port_calls == calls, "a port call after the end");
    }
    return world->status;
}

void world_stop(struct world *world, enum symfeed_stop when, uint64_t most)
{
    uint64_t end = world->time + most;

    symfeed_stop(world->feed, when);
    world->inside->stopping = when == SYMFEED_STOP_NOW;
    while (world_step(world) != SYMFEED_STOPPED) {
        require(world, world->time <= end, "not stopped after %llu ms", (unsigned long long)most);
    }
    require(world, world->time <= end, "not stopped after %llu ms", (unsigned long long)most);
    require(world, symfeed_next(world->feed, &world->last) == SYMFEED_STOPPED, "stopped for good");
}

/* --- looking back ------------------------------------------------------------------------- */

size_t world_acknowledged(const struct world *world)
{
    return world->inside->agent->acknowledged_count;
}

bool world_logged(const struct world *world, const char *text)
{
    return world->log != NULL && strstr(world->log, text) != NULL;
}

const struct seen *world_seen(const struct world *world, size_t number)
{
    require(world, number < world->seen_count && number < MOST_SEEN, "only %lu requests",
            (unsigned long)world->seen_count);
    return &world->seen[number];
}

const struct seen *world_last(const struct world *world)
{
    require(world, world->seen_count > 0, "no request");
    return &world->last_seen;
}

size_t world_count(const struct world *world, enum call_kind call)
{
    return world->calls[call];
}

size_t world_memory(const struct world *world, const unsigned char **memory)
{
    *memory = world->inside->memory + GUARD;
    return world->inside->memory_size;
}

bool world_memory_has(const struct world *world, const char *text)
{
    const unsigned char *memory = NULL;
    size_t left = world_memory(world, &memory);
    size_t size = strlen(text);

    while (left >= size) {
        const unsigned char *at = memchr(memory, (unsigned char)text[0], left - size + 1);

        if (at == NULL) {
            return false;
        }
        if (memcmp(at, text, size) == 0) {
            return true;
        }
        left -= (size_t)(at + 1 - memory);
        memory = at + 1;
    }
    return false;
}

/* --- what most tests begin and end with -------------------------------------------------- */

struct reply to(enum call_kind call)
{
    struct reply reply;

    memset(&reply, 0, sizeof reply);
    reply.call = call;
    return reply;
}

struct world *following(void)
{
    return follows(world_new());
}

struct world *follows(struct world *world)
{
    world_start(world);
    world_push(world, 3);
    world_settle(world, 1000);
    return world;
}

void ends_well(struct world *world)
{
    world->recv_piece = 0;
    world_push(world, 5);
    world_settle(world, 4000000);
    world_free(world);
}
