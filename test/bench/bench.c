/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.c - from response bytes in memory to events handed out, through the public API.
 *
 * The same 8 MB of events come once as many answers of 20 KB and once as a single answer; the rate
 * must be the same, or something is not linear. As a yardstick jsmn alone goes over the same
 * events, one by one, in the same run.
 *
 *     bench               the rates
 *     bench --once        20 KB answers once, for counting instructions
 *     bench --once WHAT   the same, and each event looked into: see looks[]
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "symfeed_events.h"

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#define TOTAL  (8u << 20)
#define SMALL  (20u << 10)
#define ROUNDS 15
#define TOKENS 256
#define WINDOW 8192

/* What the agent sends, answer by answer, and where the reading of it is. */
struct wire {
    char *bytes;
    size_t size;
    size_t sent;
    size_t *ends; /* of each answer: the next one comes only when it is asked for */
    size_t answers;
    size_t answer;
    bool asked; /* for the first */
    uint32_t clock;
};

static const char event_text[] =
    "{\"id\":\"%08u\",\"messageId\":\"Fd4Pc8xO5Vg6hVfzabFe2X___oyM1eXobQ\","
    "\"timestamp\":1595365005847,\"type\":\"MESSAGESENT\",\"initiator\":{\"user\":{\"userId\":"
    "344147139494862,\"firstName\":\"Ada\",\"lastName\":\"Byron\",\"displayName\":\"Ada Byron\","
    "\"email\":\"ada.byron@example.com\",\"username\":\"ada\"}},\"payload\":{\"messageSent\":{"
    "\"message\":{\"messageId\":\"Fd4Pc8xO5Vg6hVfzabFe2X___oyM1eXobQ\",\"timestamp\":"
    "1595365005847,\"message\":\"<div data-format=\\\"PresentationML\\\" data-version=\\\"2.0\\\" "
    "class=\\\"wysiwyg\\\"><p>Pump 4 in the boiler house reports 7.3 bar, which is above its "
    "limit. <span class=\\\"entity\\\" data-entity-id=\\\"0\\\">@Grace</span> please look "
    "&amp; call back; the spare is on shelf 12. Zuletzt gewartet: M\xC3\xA4rz.</p></div>\","
    "\"data\":\"{\\\"0\\\":{\\\"id\\\":[{\\\"type\\\":\\\"com.symphony.user.userId\\\","
    "\\\"value\\\":\\\"344147139494863\\\"}],\\\"type\\\":\\\"com.symphony.user.mention\\\"}}\","
    "\"user\":{\"userId\":344147139494862,\"firstName\":\"Ada\",\"lastName\":\"Byron\","
    "\"displayName\":\"Ada Byron\",\"email\":\"ada.byron@example.com\",\"username\":\"ada\"},"
    "\"stream\":{\"streamId\":\"IEj12WoWsfTkiqOBkATdUn___pFXhN9OdA\",\"streamType\":\"ROOM\"},"
    "\"externalRecipients\":false,\"userAgent\":\"DESKTOP-43.0.0-10902-MacOSX-10.14.6\","
    "\"originalFormat\":\"com.symphony.messageml.v2\",\"sid\":\"98202eac-dcf4-4b1e-a120\"}}}}";

static int wire_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    return 0;
}

static int wire_send(void *context, const void *data, size_t size)
{
    struct wire *wire = context;

    (void)data;
    wire->asked = true;
    if (wire->sent > 0 && wire->sent == wire->ends[wire->answer] &&
        wire->answer + 1 < wire->answers) {
        wire->answer++;
    }
    return (int)size;
}

static int wire_recv(void *context, void *data, size_t size)
{
    struct wire *wire = context;
    size_t left = wire->ends[wire->answer] - wire->sent;
    size_t count = size < left ? size : left;

    if (count == 0 || !wire->asked) {
        return SYMFEED_IO_WANT_READ;
    }
    memcpy(data, wire->bytes + wire->sent, count);
    wire->sent += count;
    return (int)count;
}

static void wire_close(void *context)
{
    (void)context;
}

static uint32_t wire_now(void *context)
{
    struct wire *wire = context;

    return wire->clock;
}

static void wire_random(void *context, void *data, size_t size)
{
    (void)context;
    memset(data, 7, size);
}

static int wire_credentials(void *context, struct symfeed_credentials *credentials)
{
    (void)context;
    memcpy(credentials->session_token, "token", sizeof "token");
    credentials->key_manager_token[0] = '\0';
    return 0;
}

/* Appends one answer with a body of about `size` bytes of events. */
static void add_answer(struct wire *wire, size_t size, unsigned *id)
{
    char event[sizeof event_text + 16];
    char *body = malloc(size + 2 * sizeof event);
    size_t length = (size_t)sprintf(body, "{\"events\":[");

    while (length < size) {
        (void)snprintf(event, sizeof event, event_text, (*id)++);
        length += (size_t)sprintf(body + length, "%s,", event);
    }
    length--;
    length += (size_t)sprintf(body + length, "],\"ackId\":\"ack-%u\"}", *id);
    wire->size += (size_t)sprintf(wire->bytes + wire->size,
                                  "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", length);
    memcpy(wire->bytes + wire->size, body, length);
    wire->size += length;
    wire->ends[wire->answers++] = wire->size;
    free(body);
}

/* TOTAL bytes in answers of `size`, behind a list that has a feed. */
static unsigned fill(struct wire *wire, size_t size)
{
    static const char list[] = "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n"
                               "[{\"id\":\"bench_f_feed\"}]";
    unsigned id = 0;

    wire->bytes = malloc(2 * (size_t)TOTAL);
    wire->size = 0;
    wire->sent = 0;
    wire->asked = false;
    wire->clock = 1000;
    wire->size = (size_t)sprintf(wire->bytes, "%s", list);
    wire->ends = malloc((TOTAL / size + 2) * sizeof *wire->ends);
    wire->ends[0] = wire->size;
    wire->answers = 1;
    wire->answer = 0;
    for (size_t done = 0; done < TOTAL; done += size) {
        add_answer(wire, size, &id);
    }
    return id;
}

static double seconds(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* What an application does with each event. */
typedef void (*look_at)(const struct symfeed_event *event);

static void look_at_three(const struct symfeed_event *event)
{
    char text[512];

    (void)symfeed_string(symfeed_event_find(event, "type"), text, sizeof text);
    (void)symfeed_string(symfeed_event_find(event, "payload.messageSent.message.stream.streamId"),
                         text, sizeof text);
    (void)symfeed_string(symfeed_event_find(event, "payload.messageSent.message.message"), text,
                         sizeof text);
}

static void require(bool good)
{
    if (!good) {
        fputs("bench: an event does not have what it should\n", stderr);
        exit(1);
    }
}

static void look_at_type(const struct symfeed_event *event)
{
    require(symfeed_event_type(event) == SYMFEED_TYPE_MESSAGESENT);
}

static void look_at_text(const struct symfeed_event *event)
{
    char text[512];
    size_t size = symfeed_string(symfeed_event_find(event, "payload.messageSent.message.message"),
                                 text, sizeof text);

    require(symfeed_text(text, size, text, sizeof text) > 150);
}

static void look_at_views(const struct symfeed_event *event)
{
    struct symfeed_event_members own = symfeed_as_event_members(event, symfeed_root(event));
    struct symfeed_initiator initiator = symfeed_as_initiator(event, own.initiator);
    struct symfeed_message_sent sent = symfeed_as_message_sent(event, symfeed_payload(event));
    struct symfeed_message message = symfeed_as_message(event, sent.message);

    require(symfeed_as_user(event, initiator.user).username.size == 3);
    require(symfeed_as_user(event, message.user).username.size == 3);
    require(symfeed_as_stream(event, message.stream).stream_type.size == 4);
}

/* One value and all below it. */
static size_t walk(const struct symfeed_event *event, struct symfeed_value value)
{
    struct symfeed_iterator members = symfeed_members(event, value);
    struct symfeed_value member;
    int64_t number = 0;
    bool boolean = false;
    char text[512];
    size_t count = 1;

    switch (value.kind) {
    case SYMFEED_STRING: (void)symfeed_string(value, text, sizeof text); break;
    case SYMFEED_NUMBER: (void)symfeed_integer(value, &number); break;
    case SYMFEED_BOOLEAN: (void)symfeed_boolean(value, &boolean); break;
    default:
        while (symfeed_next_member(&members, NULL, &member)) {
            count += walk(event, member);
        }
        break;
    }
    return count;
}

static void look_at_members(const struct symfeed_event *event)
{
    require(walk(event, symfeed_root(event)) == 34);
}

static void look_at_mentions(const struct symfeed_event *event)
{
    struct symfeed_iterator entities;
    struct symfeed_entity entity;
    struct symfeed_inner data;
    int64_t id = 0;

    require(
        symfeed_open(event, symfeed_event_find(event, "payload.messageSent.message.data"), &data));
    entities = symfeed_entities(&data);
    while (symfeed_next_entity(&entities, &entity)) {
        require(entity.kind == SYMFEED_ENTITY_MENTION && symfeed_user_id(entity.value, &id));
    }
    require(id == 344147139494863);
}

static const struct {
    const char *name;
    look_at look;
} looks[] = {{"type", look_at_type},       /* which type is it */
             {"text", look_at_text},       /* a message as plain text */
             {"views", look_at_views},     /* every member of the event by its view */
             {"members", look_at_members}, /* every value gone through and decoded */
             {"mentions", look_at_mentions} /* EntityJSON opened, the user ids in it */};

/* Follows the feed until everything that is on the wire has come. */
static unsigned follow(struct wire *wire, look_at look)
{
    static unsigned char memory[SYMFEED_MEMORY(WINDOW, TOKENS)];
    struct symfeed_port port = {.context = wire,
                                .connect = wire_connect,
                                .secure = wire_connect,
                                .send = wire_send,
                                .recv = wire_recv,
                                .close = wire_close,
                                .now = wire_now,
                                .random = wire_random,
                                .credentials = wire_credentials};
    struct symfeed_config config = {0};
    struct symfeed *feed = NULL;
    struct symfeed_event event;
    unsigned events = 0;

    config.agent = "http://127.0.0.1";
    config.insecure_http = true;
    config.window = WINDOW;
    config.json_tokens = TOKENS;
    if (symfeed_init(&feed, &config, &port, memory, sizeof memory) != SYMFEED_OK) {
        exit(1);
    }
    for (;;) {
        enum symfeed_status status = symfeed_next(feed, &event);

        if (status == SYMFEED_EVENT) {
            events++;
            if (look != NULL) {
                look(&event);
            }
        } else if (wire->sent == wire->size && symfeed_wants(feed) != 0) {
            return events;
        } else if ((int32_t)(symfeed_deadline(feed) - wire->clock) > 0 &&
                   symfeed_wants(feed) == 0) {
            fputs("bench: the feed has to wait, so something failed\n", stderr);
            exit(1);
        }
    }
}

/* Seconds for what is on the wire, once. */
static double time_feed(struct wire *wire, look_at look, unsigned events)
{
    double start = seconds();

    wire->sent = 0;
    wire->answer = 0;
    wire->asked = false;
    if (follow(wire, look) != events) {
        fputs("bench: not every event came\n", stderr);
        exit(1);
    }
    return seconds() - start;
}

/* Seconds for as many bytes by jsmn alone. */
static double time_jsmn(void)
{
    static char event[sizeof event_text + 16];
    static jsmntok_t tokens[TOKENS];
    double start = seconds();
    size_t bytes = 0;
    size_t size = (size_t)snprintf(event, sizeof event, event_text, 1u);

    for (; bytes < TOTAL; bytes += size) {
        jsmn_parser parser;

        jsmn_init(&parser);
        if (jsmn_parse(&parser, event, size, tokens, TOKENS) <= 0) {
            exit(1);
        }
    }
    return seconds() - start;
}

static double least(double one, double other)
{
    return one < other ? one : other;
}

/* All rates in turn, round by round, so that a machine that changes its speed changes all of them;
 * of each the best round counts. */
static void measure(void)
{
    struct wire small;
    struct wire large;
    unsigned few = fill(&small, SMALL);
    unsigned many = fill(&large, TOTAL);
    double best[4] = {1e9, 1e9, 1e9, 1e9};
    double rate[4];

    for (unsigned round = 0; round < ROUNDS; round++) {
        best[0] = least(best[0], time_feed(&small, NULL, few));
        best[1] = least(best[1], time_feed(&large, NULL, many));
        best[2] = least(best[2], time_feed(&small, look_at_three, few));
        best[3] = least(best[3], time_jsmn());
    }
    rate[0] = (double)small.size / best[0] / 1e6;
    rate[1] = (double)large.size / best[1] / 1e6;
    rate[2] = (double)small.size / best[2] / 1e6;
    rate[3] = (double)TOTAL / best[3] / 1e6;
    printf("bytes of an event                %8zu\n", sizeof event_text + 3);
    printf("answers of 20 KB                 %8.0f MB/s\n", rate[0]);
    printf("one answer of 8 MB               %8.0f MB/s, %+.1f %%\n", rate[1],
           (rate[1] / rate[0] - 1) * 100);
    printf("20 KB, three values read of each %8.0f MB/s\n", rate[2]);
    printf("jsmn alone, event by event       %8.0f MB/s, %.2f times the 20 KB rate\n", rate[3],
           rate[3] / rate[0]);
    free(small.bytes);
    free(small.ends);
    free(large.bytes);
    free(large.ends);
}

int main(int argc, char **argv)
{
    struct wire wire;
    look_at look = NULL;
    unsigned expected = 0;
    unsigned events = 0;

    if (argc < 2 || strcmp(argv[1], "--once") != 0) {
        measure();
        return 0;
    }
    for (size_t i = 0; argc > 2 && i < sizeof looks / sizeof looks[0]; i++) {
        look = strcmp(argv[2], looks[i].name) == 0 ? looks[i].look : look;
    }
    if (argc > 2 && look == NULL) {
        fprintf(stderr, "bench: no such look: %s\n", argv[2]);
        return 2;
    }
    expected = fill(&wire, SMALL);
    events = follow(&wire, look);
    free(wire.bytes);
    free(wire.ends);
    printf("%u events\n", events);
    return events == expected ? 0 : 1;
}
