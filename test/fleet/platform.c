/* SPDX-License-Identifier: Apache-2.0 */
/* platform.c - see platform.h. */
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH    20
#define ROOM     (BATCH * 64)

#define TOO_MANY "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n%s\r\n"

/* --- small things ------------------------------------------------------------------------- */

/* splitmix64 */
static uint64_t next_random(uint64_t *random)
{
    uint64_t z = *random += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint32_t random_below(uint64_t *random, uint32_t below)
{
    return (uint32_t)(next_random(random) % below);
}

void samples_add(struct samples *samples, uint32_t sample)
{
    if (samples->count == samples->room) {
        samples->room = samples->room == 0 ? 1024 : 2 * samples->room;
        samples->at = realloc(samples->at, samples->room * sizeof *samples->at);
        if (samples->at == NULL) {
            abort();
        }
    }
    samples->at[samples->count++] = sample;
}

/* Is there room for one more? */
static bool has_room(struct bucket *bucket, uint32_t now)
{
    uint64_t regained = (uint64_t)(now - bucket->at) * bucket->rate;

    bucket->used = regained < bucket->used ? bucket->used - (uint32_t)regained : 0;
    bucket->at = now;
    return bucket->rate == 0 || bucket->used + 1000 <= bucket->rate * 1000;
}

static void count(struct platform *platform, enum figure figure)
{
    size_t bin = (platform->now - platform->from) / BIN;

    if (platform->from != NEVER && bin < platform->bins) {
        platform->figures[figure][bin]++;
        platform->totals[figure]++;
    }
}

void platform_lose(struct device *device, uint32_t since)
{
    if (!device->away) {
        device->away = true;
        device->since = since;
        device->platform->away++;
    }
}

static bool asks_for(const struct device *device, const char *target)
{
    return strncmp(strchr(device->text, ' ') + 1, target, strlen(target)) == 0;
}

/* --- the port ----------------------------------------------------------------------------- */

/* Something sets out for the platform; it takes `trips` times the way. */
static int set_out(struct device *device, enum link link, uint32_t trips)
{
    device->link = (uint8_t)link;
    device->way = THERE;
    device->way_at = device->platform->now + trips * device->trip;
    return SYMFEED_IO_WANT_READ;
}

static int device_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    struct device *device = context;

    (void)endpoint;
    if (device->link == CLOSED) {
        count(device->platform, ATTEMPTS);
        device->fresh = true;
        return set_out(device, CONNECTING, 1);
    }
    return device->link == CONNECTED ? 0
           : device->link == BROKEN  ? SYMFEED_IO_FAILED
                                     : SYMFEED_IO_WANT_READ;
}

/* A handshake of TLS 1.2: two round trips. */
static int device_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    struct device *device = context;

    (void)endpoint;
    if (device->link == CONNECTED) {
        return set_out(device, SECURING, 3);
    }
    return device->link == OPEN     ? 0
           : device->link == BROKEN ? SYMFEED_IO_FAILED
                                    : SYMFEED_IO_WANT_READ;
}

static int device_send(void *context, const void *data, size_t size)
{
    struct device *device = context;

    if (device->link == BROKEN) {
        return SYMFEED_IO_FAILED;
    }
    if (device->answered) { /* the request before */
        device->answered = false;
        device->size = 0;
    }
    if (size >= sizeof device->text - device->size) {
        fprintf(stderr, "fleet: a request is too long\n");
        exit(1);
    }
    memcpy(device->text + device->size, data, size);
    device->size += size;
    return (int)size;
}

/* The feed sends a whole request before it wants the answer. */
static int device_recv(void *context, void *data, size_t size)
{
    struct device *device = context;
    size_t left = device->answered ? device->size - device->read : 0;

    if (device->link == BROKEN) {
        return SYMFEED_IO_FAILED;
    }
    if (device->way == NOWHERE && !device->answered && device->size > 0) {
        device->text[device->size] = '\0';
        if (!device->fresh && (device->tries || asks_for(device, "/login"))) {
            count(device->platform, ATTEMPTS);
        }
        device->fresh = false;
        device->tries = false;
        return set_out(device, OPEN, 1);
    }
    if (left == 0) {
        return SYMFEED_IO_WANT_READ;
    }
    left = left < size ? left : size;
    memcpy(data, device->text + device->read, left);
    device->read += left;
    return (int)left;
}

static void device_close(void *context)
{
    struct device *device = context;

    device->link = CLOSED;
    device->way = NOWHERE;
    device->answered = false;
    device->size = 0;
}

static uint32_t device_now(void *context)
{
    return ((struct device *)context)->platform->now;
}

static int64_t device_wall_clock(void *context)
{
    return 1750000000 + device_now(context) / 1000;
}

static void device_random(void *context, void *data, size_t size)
{
    struct device *device = context;

    for (size_t i = 0; i < size; i++) {
        ((unsigned char *)data)[i] = (unsigned char)next_random(&device->random);
    }
}

static int device_sign(void *context, const void *data, size_t size, unsigned char *signature,
                       size_t room)
{
    (void)context;
    (void)data;
    (void)size;
    memset(signature, 7, 32);
    return room >= 32 ? 32 : SYMFEED_IO_FAILED;
}

/* --- the agents --------------------------------------------------------------------------- */

static void send_back(struct device *device, bool good)
{
    device->way = BACK;
    device->good = good;
    device->way_at = device->platform->now + device->trip;
}

static void answer(struct device *device, const char *status, const char *body)
{
    device->size = (size_t)snprintf(device->text, sizeof device->text,
                                    "HTTP/1.1 %s\r\nContent-Length: %u\r\n\r\n%s", status,
                                    (unsigned)strlen(body), body);
    send_back(device, true);
}

static void throttle(struct device *device, bool close)
{
    count(device->platform, THROTTLED);
    device->size = (size_t)snprintf(device->text, sizeof device->text, TOO_MANY,
                                    close ? "Connection: close\r\n" : "");
    send_back(device, true);
}

/* Makes the events that are due, and answers with up to BATCH of them. */
static void answer_read(struct device *device)
{
    struct stream *stream = &device->stream;
    char body[ROOM];
    size_t size = (size_t)snprintf(body, sizeof body, "{\"ackId\":\"%u\",\"events\":[",
                                   (unsigned)++device->batch);

    for (unsigned i = 0; i < BATCH && stream->next <= device->platform->now; i++) {
        size +=
            (size_t)snprintf(body + size, sizeof body - size,
                             "%s{\"id\":\"%u\",\"timestamp\":%u,\"type\":\"MESSAGESENT\"}",
                             i > 0 ? "," : "", (unsigned)++stream->number, (unsigned)stream->next);
        stream->next += 1 + random_below(&stream->random, EVENT_GAP);
    }
    memcpy(body + size, "]}", 3);
    answer(device, "200 OK", body);
}

/* A read is taken: the device is back. It is held until there is an event. */
static void take_read(struct device *device)
{
    struct platform *platform = device->platform;
    const char *ack = strstr(device->text, "\"ackId\":\"");

    if (device->away) {
        device->away = false;
        platform->away--;
        samples_add(&platform->back, platform->now - device->since);
    }
    if (ack != NULL && strtoul(ack + 9, NULL, 10) == device->batch) {
        device->kept = device->stream;
    } else {
        device->stream = device->kept;
    }
    if (device->stream.next <= platform->now) {
        answer_read(device);
        return;
    }
    device->way = HELD;
    device->way_at = platform->now + HOLD;
    if (device->stream.next < device->way_at) {
        device->way_at = device->stream.next;
    }
}

static void answer_agent(struct device *device)
{
    if (device->tokens != device->platform->tokens) {
        answer(device, "401 Unauthorized", "{\"code\":401,\"message\":\"Invalid session\"}");
    } else if (strncmp(device->text, "GET", 3) == 0) {
        answer(device, "200 OK", "[{\"id\":\"fleet_f_1\",\"createdAt\":1750000000000}]");
    } else {
        take_read(device);
    }
}

static void answer_request(struct device *device, bool session)
{
    if (session) {
        device->platform->sign_ins.used += 1000;
        answer(device, "200 OK", "{\"name\":\"sessionToken\",\"token\":\"session\"}");
    } else if (asks_for(device, "/relay")) {
        device->tokens = device->platform->tokens;
        answer(device, "200 OK", "{\"name\":\"keyManagerToken\",\"token\":\"key-manager\"}");
    } else {
        answer_agent(device);
    }
}

static void take_request(struct device *device)
{
    struct platform *platform = device->platform;
    bool session = asks_for(device, "/login");

    count(platform, REQUESTS);
    if (platform->gateway_fails) {
        answer(device, "502 Bad Gateway", "<html>502</html>");
    } else if (device->over) {
        throttle(device, true);
    } else if (!has_room(&platform->requests, platform->now) ||
               (session && !has_room(&platform->sign_ins, platform->now))) {
        throttle(device, false);
    } else {
        platform->requests.used += 1000;
        answer_request(device, session);
    }
}

/* The balancer sends a new connection to an agent that is up. */
static void take_connection(struct device *device)
{
    struct platform *platform = device->platform;
    unsigned first = random_below(&device->random, AGENTS);
    unsigned tried = 0;

    while (tried < AGENTS && !platform->up[(first + tried) % AGENTS]) {
        tried++;
    }
    device->agent = (uint8_t)((first + tried) % AGENTS);
    send_back(device, tried < AGENTS);
}

static void arrive_there(struct device *device)
{
    struct platform *platform = device->platform;

    if (device->link == CONNECTING) {
        take_connection(device);
    } else if (!platform->up[device->agent]) {
        send_back(device, false);
    } else if (device->link == SECURING) {
        device->over = !has_room(&platform->connections, platform->now);
        platform->connections.used += device->over ? 0 : 1000;
        send_back(device, true);
    } else {
        take_request(device);
    }
}

static void arrive_back(struct device *device)
{
    device->way = NOWHERE;
    device->link = !device->good ? BROKEN : device->link == CONNECTING ? CONNECTED : OPEN;
    device->answered = device->size > 0;
    device->read = 0;
}

/* --- faults ------------------------------------------------------------------------------- */

void platform_reset(struct platform *platform, unsigned agent)
{
    for (size_t i = 0; i < platform->count; i++) {
        struct device *device = &platform->devices[i];

        if (device->link != CLOSED && device->link != CONNECTING && device->agent == agent) {
            send_back(device, false);
            device->wake = device->way_at < device->wake ? device->way_at : device->wake;
        }
    }
}

void platform_answer_held(struct platform *platform)
{
    for (size_t i = 0; i < platform->count; i++) {
        struct device *device = &platform->devices[i];

        if (device->way == HELD) {
            if (platform->gateway_fails) {
                answer(device, "502 Bad Gateway", "<html>502</html>");
            } else {
                answer_agent(device);
            }
            device->wake = device->way_at < device->wake ? device->way_at : device->wake;
        }
    }
}

/* --- devices ------------------------------------------------------------------------------ */

/* An event is handed out: none may be missing. Those that were made while the platform was down
 * are late from when it is up. */
static void take_event(struct device *device, const struct symfeed_event *event)
{
    struct platform *platform = device->platform;
    char id[16];
    int64_t made = 0;

    (void)symfeed_integer(symfeed_event_find(event, "timestamp"), &made);
    (void)symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
    if (strtoul(id, NULL, 10) != ++device->handed_out) {
        fprintf(stderr, "fleet: event %u is missing\n", (unsigned)device->handed_out);
        exit(1);
    }
    if (made >= platform->from) {
        made = made < device->since ? device->since : made;
        made = made > platform->now ? platform->now : made;
        samples_add(&platform->late, platform->now - (uint32_t)made);
    }
}

static void run(struct device *device)
{
    struct symfeed_event event;

    while (symfeed_next(device->feed, &event) == SYMFEED_EVENT) {
        take_event(device, &event);
    }
    device->deadline = symfeed_deadline(device->feed);
}

void platform_wake(struct device *device)
{
    struct platform *platform = device->platform;
    bool due = device->deadline <= platform->now;

    device->tries = due && device->way == NOWHERE; /* after a wait */
    if (device->way != NOWHERE && device->way_at <= platform->now) {
        if (device->way == THERE) {
            arrive_there(device);
        } else if (device->way == HELD) {
            answer_read(device);
        } else {
            arrive_back(device);
            due = true;
        }
    }
    if (due) {
        run(device);
    }
    device->wake = device->deadline;
    if (device->way != NOWHERE && device->way_at < device->wake) {
        device->wake = device->way_at;
    }
}

static void make(struct device *device, const struct symfeed_timers *timers)
{
    struct symfeed_config config = {.agent = "https://agent.example",
                                    .sign_in = SYMFEED_SIGN_IN_BY_KEY,
                                    .user = "device",
                                    .window = WINDOW,
                                    .json_tokens = TOKENS,
                                    .timers = *timers};
    const struct symfeed_port port = {.context = device,
                                      .connect = device_connect,
                                      .secure = device_secure,
                                      .send = device_send,
                                      .recv = device_recv,
                                      .close = device_close,
                                      .now = device_now,
                                      .wall_clock = device_wall_clock,
                                      .random = device_random,
                                      .sign = device_sign};

    device->port = port;
    if (symfeed_init(&device->feed, &config, &device->port, device->memory,
                     sizeof device->memory) != SYMFEED_OK) {
        fprintf(stderr, "fleet: needs a build with SYMFEED_KEY_SIGN_IN and SYMFEED_JSON\n");
        exit(2);
    }
}

void platform_init(struct platform *platform, size_t devices, const struct symfeed_timers *timers,
                   uint64_t seed, uint32_t within)
{
    memset(platform, 0, sizeof *platform);
    platform->devices = calloc(devices, sizeof *platform->devices);
    if (platform->devices == NULL) {
        abort();
    }
    platform->count = devices;
    platform->from = NEVER;
    platform->tokens = 1;
    for (unsigned i = 0; i < AGENTS; i++) {
        platform->up[i] = true;
    }
    for (size_t i = 0; i < devices; i++) {
        struct device *device = &platform->devices[i];

        device->platform = platform;
        device->random = next_random(&seed);
        device->trip = 5 + random_below(&device->random, 26);
        device->stream.random = next_random(&seed);
        device->stream.next = random_below(&device->stream.random, EVENT_GAP);
        device->kept = device->stream;
        device->deadline = random_below(&device->random, within);
        device->wake = device->deadline;
        make(device, timers);
    }
}

void platform_free(struct platform *platform)
{
    for (unsigned i = 0; i < FIGURES; i++) {
        free(platform->figures[i]);
    }
    free(platform->back.at);
    free(platform->late.at);
    free(platform->devices);
}
