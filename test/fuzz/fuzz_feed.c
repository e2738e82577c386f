/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_feed.c - servers, a proxy, a network and a clock that do anything, to each task: a feed
 * comes through it without an end, without spinning, with bounded waits, acknowledges nothing that
 * was not accepted, and follows again once all is well; a single call ends. No secret is left.
 *
 * The input: three bytes of choices, then what servers send and what happens, see feed_port.h.
 */
#include "fuzz.h"

#include "feed_port.h"

/* Most calls without anything new of the input. */
#define MOST_ROUNDS 5000u

/* Bits of the first byte of choices; the lowest two are the way to sign in. */
#define APART    0x04u /* three hosts */
#define PROXIED  0x08u
#define EXCEPTED 0x10u /* the pod is reached without the proxy */
#define RENEWS   0x20u /* new credentials all the time */
#define PLAIN    0x40u /* http:// */
#define REFUSES  0x80u /* an event in eight */

/* Bits of the second one; the lowest four are the task. */
#define TAGGED  0x10u
#define MORE    0x20u /* whatever else the task can be told */
#define RECLAIM 0x40u
#define TO_END  0x80u /* in the end it stops after a batch */

/* Bits of the third one; the lowest two are the timers, the next two the memory. */
#define TRAFFIC 0x10u

/* The longest waits with the usual timers: Retry-After on top of the slowest back-off; and while a
 * connection is open, the first byte of an answer. */
#define LONGEST_WAIT  3900000u
#define LONGEST_TIMER 60000u

/* The feed follows again so soon after all is well: what it was doing ends, it waits, and it does
 * what has to be done first. */
#define BACK_WITHIN (LONGEST_WAIT + 10u * LONGEST_TIMER)

/* Calls from one renewal to the next: enough to send the longest request byte by byte. */
#define RENEWAL 512u

/* Calls in a row that may come to nothing at one time. */
#define MOST_IDLE 3u

/* A run: the feed, and what is known of the event that it handed out last. */
struct run {
    struct symfeed *feed;
    struct server *server;
    bool usual_timers;
    int event; /* its number; -1: none, or the input's */
    bool refused;
    bool given_up;
    unsigned accepted; /* all events */
    unsigned idle;
    int stopping; /* -1: no; else enum symfeed_stop */
    uint64_t stop_time;
    bool over;
};

/* --- events ------------------------------------------------------------------------------- */

/* Returns the number of an event of a server that is well; -1 for another one. */
static int number_of(const struct server *server, const struct symfeed_event *event)
{
    char begin[24];
    const size_t size = (size_t)sprintf(begin, "{\"id\":\"%08lx-", (unsigned long)server->key);
    unsigned number = 0;

    if (event->size <= size || memcmp(event->json, begin, size) != 0) {
        return -1;
    }
    for (size_t i = size; i < event->size && event->json[i] >= '0' && event->json[i] <= '9'; i++) {
        number = number * 10 + (unsigned)(event->json[i] - '0');
    }
    require(number < server->events);
    return (int)number;
}

/* The next call accepts the event. */
static void settle(struct run *run)
{
    if (run->event != INT_MIN && (!run->refused || run->given_up)) {
        run->accepted++;
        if (run->event >= 0) {
            run->server->accepted[run->event] = true;
        }
    }
    run->event = INT_MIN;
}

static void take_event(struct run *run, const struct symfeed_event *event)
{
    struct server *server = run->server;
#if SYMFEED_JSON
    char text[64];

    (void)symfeed_string(symfeed_event_find(event, "type"), text, sizeof text);
#endif
    require(run->stopping != SYMFEED_STOP_NOW);
    check_inside(server, event->json, event->size);
    require(event->size <= event->full_size || event->truncated || event->malformed);
    run->event = number_of(server, event);
    run->given_up = event->given_up;
    /* An event that was accepted does not come again as long as it is remembered. */
    require(run->event < 0 || !server->accepted[run->event] || run->accepted > SYMFEED_DEDUP);
    run->refused = !server->well && (server->choices & REFUSES) != 0 && event->full_size % 8 == 3;
    if (run->refused) {
        symfeed_refuse(run->feed);
    }
    server->progress++;
}

/* --- waits -------------------------------------------------------------------------------- */

/* What is told of the feed fits wherever it is put. */
static void look(const struct symfeed *feed)
{
    char text[SYMFEED_COOKIE_MAX + 1];
    char little[2] = {'x', 'x'};
    size_t size = symfeed_feed_id(feed, text, sizeof text);

    require(size < SYMFEED_FEED_ID_SIZE && text[size] == '\0');
    require(symfeed_feed_id(feed, little, 1) == size && little[0] == '\0' && little[1] == 'x');
    size = symfeed_cookie(feed, text, sizeof text);
    require(size <= SYMFEED_COOKIE_MAX && text[size] == '\0' && strpbrk(text, "\r\n; ") == NULL);
}

/* It waits for what the port has asked for, not too long, and has done something before. */
static void wait(struct run *run, bool worked)
{
    struct server *server = run->server;
    const unsigned wants = symfeed_wants(run->feed);
    uint64_t left = symfeed_time_left(symfeed_deadline(run->feed), clock_of(server));

    require(left <= 86400000 && (!run->usual_timers || left <= LONGEST_WAIT));
    run->idle = left > 0 || worked ? 0 : run->idle + 1;
    require(run->idle < MOST_IDLE);
    if (wants != 0) {
        require(server->link == LINK_CONNECTING || server->link == LINK_OPEN);
        require(wants ==
                (server->wants == SYMFEED_IO_WANT_READ ? SYMFEED_WANTS_READ : SYMFEED_WANTS_WRITE));
        require(!run->usual_timers || left <= LONGEST_TIMER);
        if (server->wake != NEVER && server->wake < server->time + left) {
            left = server->wake > server->time ? server->wake - server->time : 0;
        }
    }
    server->time += left;
    look(run->feed);
}

/* --- the run ------------------------------------------------------------------------------ */

static bool is_call(const struct run *run)
{
    return run->server->task >= SYMFEED_TASK_LIST;
}

static void stop(struct run *run, enum symfeed_stop when)
{
    if (run->stopping != SYMFEED_STOP_NOW) {
        run->stopping = (int)when;
        run->stop_time = run->server->time;
        symfeed_stop(run->feed, when);
    }
}

/* One call of symfeed_next(), and what is promised of it. */
static void go_on(struct run *run)
{
    struct server *server = run->server;
    struct symfeed_event event = {0};
    const unsigned before = server->progress;
    const uint64_t time = server->time;
    enum symfeed_status status;

    settle(run);
    server->calls = 0;
    server->jumped = false;
    status = symfeed_next(run->feed, &event);
    require((event.json != NULL) == (status == SYMFEED_EVENT));
    switch (status) {
    case SYMFEED_EVENT: take_event(run, &event); break;
    case SYMFEED_WAIT:
        require(run->stopping != SYMFEED_STOP_NOW ||
                time - run->stop_time <= (run->usual_timers ? 5000u : 86400000u));
        wait(run, server->progress != before || server->time != time);
        break;
    default:
        require(status == SYMFEED_STOPPED || (status == SYMFEED_FAILED && is_call(run)));
        require(run->stopping >= 0 || is_call(run));
        require(server->link == LINK_CLOSED);
        require(symfeed_next(run->feed, &event) == status);
        run->over = true;
        break;
    }
    server->time += server->jump;
    run->stop_time += server->jump; /* it was not called for so long */
    server->jump = 0;
}

/* Until the input has ended, and the single call. */
static void follow(struct run *run)
{
    struct server *server = run->server;
    size_t at = server->at;
    unsigned rounds = 0;

    for (unsigned i = 0; !run->over && (server->at < server->size || is_call(run)); i++) {
        rounds = server->at == at ? rounds + 1 : 0;
        at = server->at;
        require(rounds < MOST_ROUNDS);
        if ((server->choices & RENEWS) != 0 && i % RENEWAL == RENEWAL - 1) {
            require(symfeed_renew(run->feed, i % 1024 < RENEWAL ? "other" : NULL) == SYMFEED_OK);
            server->progress++;
        }
        if (server->stop >= 0) {
            stop(run, server->stop % 2 == 0 ? SYMFEED_STOP_NOW : SYMFEED_STOP_AFTER_BATCH);
            server->stop = -1;
        }
        go_on(run);
    }
}

/* All is well: a batch comes, is accepted and acknowledged, if it was not told to stop. */
static void follow_well(struct run *run)
{
    struct server *server = run->server;
    const unsigned batch = server->batch_count;
    const uint64_t time = server->time;
    const bool legacy = server->task == SYMFEED_TASK_LEGACY;

    server->well = true;
    server->same_random = -1;
    server->blocked_until = 0;
    for (unsigned rounds = 0; !run->over; rounds++) {
        if (legacy ? server->batch_count > batch && run->event == INT_MIN &&
                         server->accepted[server->batches[batch].first]
                   : server->acknowledged >= (int)batch) {
            return;
        }
        require(rounds < MOST_ROUNDS);
        require(!run->usual_timers || server->time - time <= BACK_WITHIN);
        go_on(run);
    }
}

static void finish(struct run *run, bool after_batch)
{
    stop(run, after_batch ? SYMFEED_STOP_AFTER_BATCH : SYMFEED_STOP_NOW);
    for (unsigned rounds = 0; !run->over; rounds++) {
        require(rounds < 1000);
        go_on(run);
    }
}

/* --- configuration ------------------------------------------------------------------------ */

static void configure(struct symfeed_config *config, unsigned char choices)
{
    bool plain = (choices & PLAIN) != 0;

    memset(config, 0, sizeof *config);
    config->agent = plain ? "http://127.0.0.1" : "https://agent.test";
    config->insecure_http = plain;
    config->user = "bot";
    if ((choices & APART) != 0) {
        config->pod = "https://pod.test/base";
        config->key_manager = "https://km.test:8444";
    }
#if SYMFEED_SIGN_IN
    config->sign_in = (enum symfeed_sign_in)((choices & 3u) % 3u);
#endif
#if SYMFEED_PROXY
    /* Three bytes stand before the password, so that base64 has it as U0VDUkVU. */
    config->proxy = (choices & PROXIED) != 0 ? "http://us:SECRET@proxy.test:3128" : NULL;
    config->no_proxy = (choices & EXCEPTED) != 0 ? "x, pod.test" : NULL;
#endif
}

static void choose_task(struct symfeed_config *config, unsigned char choices)
{
    config->tag = (choices & TAGGED) != 0 ? "a tag" : NULL;
#if SYMFEED_JSON
    bool more = (choices & MORE) != 0;

    config->task = (enum symfeed_task)((choices & 15u) % (SYMFEED_TASK_INFO + 1u));
    config->reclaim = (choices & RECLAIM) != 0;
    config->types = more || config->task == SYMFEED_TASK_DATAHOSE ? "MESSAGESENT,B" : NULL;
    config->scopes = more ? "INTERNAL" : NULL;
    config->feed_id = more || config->task == SYMFEED_TASK_DELETE ? "a/f" : NULL;
    config->cookie = more ? "route=1" : NULL;
    config->cookie_name = more && config->reclaim ? "route" : NULL;
#endif
}

static void choose_sizes(struct symfeed_config *config, unsigned char choices)
{
    static const uint32_t times[] = {0, 1, 1000, 86400000};
    const uint32_t time = times[choices & 3u];
    const struct symfeed_timers timers = {time, time, time, time, time, time,
                                          time, time, time, time, time, time};

    config->timers = timers;
    config->window = SYMFEED_WINDOW_MIN + (choices & 0x0Cu) * 64u;
    config->json_tokens = SYMFEED_JSON_TOKENS_MIN + (choices & 0x0Cu) * 4u;
}

/* --- the end ------------------------------------------------------------------------------ */

static bool has(const unsigned char *memory, size_t size, const char *secret)
{
    size_t length = strlen(secret);
    const unsigned char *end = memory + size;
    const unsigned char *at = memchr(memory, secret[0], size);

    while (at != NULL && (size_t)(end - at) >= length) {
        if (memcmp(at, secret, length) == 0) {
            return true;
        }
        at = memchr(at + 1, secret[0], (size_t)(end - at) - 1);
    }
    return false;
}

static uint32_t hash_of(const unsigned char *data, size_t size)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ data[i]) * 16777619u;
    }
    return hash;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct server server;
    struct symfeed_port port = {.context = &server,
                                .connect = server_connect,
                                .secure = server_secure,
                                .send = server_send,
                                .recv = server_recv,
                                .close = server_close,
                                .now = server_now,
                                .wall_clock = server_wall_clock,
                                .random = server_random,
                                .credentials = server_credentials,
                                .sign = server_sign,
                                .report = server_report};
    struct run run = {.server = &server, .event = INT_MIN, .stopping = -1};
    struct symfeed_config config;
    unsigned char *memory;

    if (size < 3) {
        return 0;
    }
    configure(&config, data[0]);
    choose_task(&config, data[1]);
    choose_sizes(&config, data[2]);
    port.traffic = (data[2] & TRAFFIC) != 0 ? server_traffic : NULL;
    memset(&server, 0, sizeof server);
    server.data = data;
    server.size = size;
    server.at = 3;
    server.choices = data[0];
    server.task = config.task;
    server.random = 1;
    server.same_random = -1;
    server.stop = -1;
    server.acknowledged = -1;
    server.key = hash_of(data, size);
    server.memory_size = symfeed_memory(&config);
    memory = calloc(1, server.memory_size);
    server.memory = memory;
    run.usual_timers = config.timers.connect == 0;
    require(symfeed_init(&run.feed, &config, &port, memory, server.memory_size) == SYMFEED_OK);
    follow(&run);
    follow_well(&run);
    finish(&run, (data[1] & TO_END) != 0);
    if (!has(data, size, "SECRET") && !has(data, size, "U0VD")) {
        require(!has(memory, server.memory_size, "SECRET") &&
                !has(memory, server.memory_size, "U0VDUkVU"));
    }
    free(memory);
    return 0;
}
