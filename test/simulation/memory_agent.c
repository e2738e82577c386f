/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_agent.c - see memory_agent.h. From the bottom up: text, the Agent, signing in, answers on
 * their way, requests, the port, the driver.
 */
#include "memory_agent.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD       64
#define GUARD_BYTE  0xA5
#define NEVER       UINT64_MAX
#define MOST_SCRIPT 256
#define MOST_RUSH   30
#define MOST_QUIET  3 /* calls of symfeed_next() in a row that may come to nothing at one time */

struct string {
    char *at;
    size_t size;
    size_t room;
};

struct agent_feed {
    char id[160];
    char tag[256];
    int64_t created_at;
    bool dead;
};

/* A batch that was handed out: events first to last, but for those acknowledged before. */
struct agent_batch {
    unsigned number;
    size_t count;
    size_t *events;
    unsigned feed;
};

enum state { CLOSED, CONNECTING, CONNECTED, SECURING, OPEN, BROKEN };

struct inside {
    /* memory */
    unsigned char *memory;
    size_t memory_size;

    /* the Agent */
    struct agent_feed feeds[MOST_FEEDS];
    size_t feed_count;
    unsigned feeds_made;
    char *texts[MOST_EVENTS];
    bool acknowledged[MOST_EVENTS];
    size_t acknowledged_count;
    struct agent_batch *batches;
    size_t batch_count;
    struct reply script[MOST_SCRIPT];
    size_t script_count;
    char trace[8];

    /* signing in */
    const char *user;
    unsigned signatures;     /* made */
    unsigned signature_seen; /* the number of the last one that came */
    char id[16];             /* of the last JWT that came */
    bool key_handed_out;     /* a key manager token goes with the session token */

    /* the connection */
    enum state state;
    enum peer peer;   /* of the TCP connection */
    enum peer target; /* behind the proxy */
    bool tunnel;      /* the proxy has opened it */
    uint64_t ready_at;
    struct string request;
    struct string answer;
    body_maker maker;
    uint64_t maker_size;
    uint64_t limit; /* bytes of the answer that come */
    uint64_t read;  /* of these the client has */
    uint64_t begins;
    uint32_t gap;
    size_t piece;
    enum after after;
    bool answering;
    bool rested;   /* choppy: the wait before this call is over */
    uint64_t wake; /* when what was wanted last is there */
    unsigned wants;

    /* the driver */
    uint64_t rush_time;
    uint64_t rush_events;
    unsigned rush; /* requests since the clock moved or an event was handed out */
    struct string log;
    uint64_t until; /* the clock halts here; 0: nowhere */
    bool stopping;
    bool in_hand;
    bool refused;
    int hand;
    bool given_up;
    uint64_t progress;
    uint64_t progress_before;
    uint64_t time_before;
    unsigned quiet;
    uint32_t random;
    int newest; /* event that came first last */
};

static void require(const struct world *world, bool holds, const char *format, ...)
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

/* --- text --------------------------------------------------------------------------------- */

static void *grown(void *at, size_t size)
{
    void *more = realloc(at, size);

    if (more == NULL) {
        abort();
    }
    return more;
}

static void add(struct string *string, const void *data, size_t size)
{
    if (string->room - string->size < size + 1) {
        string->room = (string->size + size + 64) * 2;
        string->at = grown(string->at, string->room);
    }
    if (size > 0) {
        memcpy(string->at + string->size, data, size);
    }
    string->size += size;
    string->at[string->size] = '\0';
}

static void add_text(struct string *string, const char *text)
{
    add(string, text, strlen(text));
}

static void add_number(struct string *string, unsigned long long number)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%llu", number);
    add_text(string, digits);
}

static int hex(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* Percent-decodes up to `size` bytes; -1 where that is not well-formed. */
static int decoded(const char *text, size_t size, char *out, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < size && count + 1 < room; i++) {
        out[count] = text[i];
        if (text[i] == '%') {
            int high = i + 1 < size ? hex(text[i + 1]) : -1;
            int low = i + 2 < size ? hex(text[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return -1;
            }
            out[count] = (char)(high * 16 + low);
            i += 2;
        }
        count++;
    }
    out[count] = '\0';
    return (int)count;
}

/* The text of a string member, with escaped quotes and backslashes decoded. */
static bool json_member(const char *body, const char *name, char *out, size_t room)
{
    char quoted[64];
    const char *at = NULL;
    size_t count = 0;

    (void)snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    at = strstr(body, quoted);
    if (at == NULL) {
        out[0] = '\0';
        return false;
    }
    for (at += strlen(quoted); *at != '"' && *at != '\0' && count + 1 < room; at++) {
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) {
            at++;
        }
        out[count++] = *at;
    }
    out[count] = '\0';
    return *at == '"';
}

uint32_t world_random(struct world *world)
{
    uint32_t x = world->inside->random;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    world->inside->random = x;
    return x;
}

static bool signs_in(const struct world *world)
{
    return world->config.sign_in != SYMFEED_SIGN_IN_BY_PORT;
}

/* A token of this size, if it is to have one. */
static void fill_token(char *out, size_t wanted)
{
    size_t size = strlen(out);

    if (wanted > size && wanted < MOST_TOKEN) {
        memset(out + size, 'x', wanted - size);
        out[wanted] = '\0';
    }
}

/* base64url, written down in another way than that of core/. */
static void add_base64(struct string *string, const unsigned char *data, size_t size)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t bit = 0; bit < size * 8; bit += 6) {
        unsigned two = (unsigned)data[bit / 8] << 8 | (bit / 8 + 1 < size ? data[bit / 8 + 1] : 0u);

        add(string, &alphabet[two >> (10 - bit % 8) & 63u], 1);
    }
}

void world_session_token(const struct world *world, char *out)
{
    if (signs_in(world)) {
        struct string claims = {NULL, 0, 0};

        add_base64(&claims, (const unsigned char *)world->claims, strlen(world->claims));
        (void)snprintf(out, MOST_TOKEN, "SESSION%05u.%s.c2lnbmF0dXJl", world->token, claims.at);
        free(claims.at);
        fill_token(out, world->session_size);
    } else {
        (void)sprintf(out, "SESSION.%05u.%s", world->token,
                      "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJib3QifQ."
                      "c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2lnbmF0dXJlLXNpZ25hdHVyZQ");
        fill_token(out, world->full_tokens ? SYMFEED_SESSION_TOKEN_SIZE - 1 : 0);
    }
}

void world_key_manager_token(const struct world *world, char *out)
{
    if (world->no_key_manager) {
        out[0] = '\0';
    } else {
        (void)sprintf(out, "KEYMANAGER%05u%s", world->token,
                      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
        fill_token(out, world->full_tokens ? SYMFEED_KEY_MANAGER_TOKEN_SIZE - 1 : world->key_size);
    }
}

/* --- the Agent's feeds -------------------------------------------------------------------- */

static struct agent_feed *find_feed(const struct world *world, const char *id)
{
    struct inside *inside = world->inside;

    for (size_t i = 0; i < inside->feed_count; i++) {
        if (strcmp(inside->feeds[i].id, id) == 0) {
            return &inside->feeds[i];
        }
    }
    return NULL;
}

void world_add_feed(struct world *world, const char *id, const char *tag, int64_t created_at)
{
    struct inside *inside = world->inside;
    struct agent_feed *feed = NULL;

    /* a dead one that is no longer listed makes room */
    for (size_t i = 0; i < inside->feed_count && feed == NULL; i++) {
        if (inside->feeds[i].dead && !world->dead_stay_listed) {
            feed = &inside->feeds[i];
        }
    }
    if (feed == NULL) {
        require(world, inside->feed_count < MOST_FEEDS, "the client has made %d feeds", MOST_FEEDS);
        feed = &inside->feeds[inside->feed_count++];
    }
    (void)snprintf(feed->id, sizeof feed->id, "%s", id);
    (void)snprintf(feed->tag, sizeof feed->tag, "%s", tag);
    feed->created_at = created_at;
    feed->dead = false;
}

void world_kill_feeds(struct world *world)
{
    for (size_t i = 0; i < world->inside->feed_count; i++) {
        world->inside->feeds[i].dead = true;
    }
}

bool world_has_feed(const struct world *world, const char *id)
{
    const struct agent_feed *feed = find_feed(world, id);

    return feed != NULL && !feed->dead;
}

unsigned world_live_feeds(const struct world *world)
{
    unsigned count = 0;

    for (size_t i = 0; i < world->inside->feed_count; i++) {
        count += world->inside->feeds[i].dead ? 0u : 1u;
    }
    return count;
}

void world_push_text(struct world *world, const char *text)
{
    char *copy = NULL;

    require(world, world->event_count < MOST_EVENTS, "too many events");
    copy = grown(NULL, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    world->inside->texts[world->event_count++] = copy;
}

void world_push(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char text[256];

        (void)snprintf(
            text, sizeof text,
            "{\"id\":\"e%lu\",\"type\":\"MESSAGESENT\",\"payload\":{\"messageSent\":{\"message\":"
            "{\"message\":\"EVENTTEXT \\u00e9 %lu\",\"stream\":{\"streamId\":\"s1\"}}}}}",
            (unsigned long)world->event_count, (unsigned long)world->event_count);
        world_push_text(world, text);
    }
}

/* --- the Agent's answers ------------------------------------------------------------------ */

/* A batch of what is not acknowledged, remembered under a new ackId. */
static void make_batch(struct world *world, const char *feed, struct string *body)
{
    struct inside *inside = world->inside;
    struct agent_batch *batch = NULL;
    struct string events = {NULL, 0, 0};

    inside->batches = grown(inside->batches, (inside->batch_count + 1) * sizeof *inside->batches);
    batch = &inside->batches[inside->batch_count++];
    batch->number = (unsigned)inside->batch_count;
    batch->count = 0;
    batch->events = grown(NULL, (world->batch_most + 1) * sizeof *batch->events);
    batch->feed = (unsigned)(find_feed(world, feed) - inside->feeds);
    add_text(&events, "\"events\":[");
    for (size_t i = 0; i < world->event_count && batch->count < world->batch_most; i++) {
        if (!inside->acknowledged[i]) {
            add_text(&events, batch->count > 0 ? "," : "");
            add_text(&events, inside->texts[i]);
            batch->events[batch->count++] = i;
        }
    }
    add_text(&events, "]");
    add_text(body, "{");
    if (world->ack_first) {
        add_text(body, "\"ackId\":\"ack-");
        add_number(body, batch->number);
        add_text(body, "\",");
    }
    add(body, events.at, events.size);
    if (!world->ack_first) {
        add_text(body, ",\"ackId\":\"ack-");
        add_number(body, batch->number);
        add_text(body, "\"");
    }
    add_text(body, "}");
    free(events.at);
}

static struct agent_batch *find_batch(const struct world *world, const char *ack)
{
    unsigned number = 0;

    if (sscanf(ack, "ack-%u", &number) == 1 && number >= 1 &&
        number <= world->inside->batch_count) {
        return &world->inside->batches[number - 1];
    }
    return NULL;
}

/* The promise: an ackId speaks for its whole batch. */
static void check_ack(const struct world *world, const struct seen *seen)
{
    const struct agent_batch *batch = find_batch(world, seen->ack);

    for (size_t i = 0; batch != NULL && i < batch->count; i++) {
        require(world, world->taken[batch->events[i]],
                "%s was sent, but event e%lu of that batch was not taken", seen->ack,
                (unsigned long)batch->events[i]);
    }
}

static unsigned agent_read(struct world *world, const struct seen *seen, struct string *body,
                           uint32_t *delay)
{
    struct inside *inside = world->inside;
    const struct agent_feed *feed = find_feed(world, seen->feed);
    const struct agent_batch *batch = find_batch(world, seen->ack);

    if (feed == NULL || feed->dead) {
        add_text(body, "{\"code\":400,\"message\":\"Could not find a datafeed with the id\"}");
        return 400;
    }
    if (seen->ack[0] != '\0' && batch == NULL && !world->any_ack) {
        add_text(body, "{\"code\":400,\"message\":\"malformed ackId\"}");
        return 400;
    }
    for (size_t i = 0; batch != NULL && i < batch->count; i++) {
        inside->acknowledged_count += inside->acknowledged[batch->events[i]] ? 0u : 1u;
        inside->acknowledged[batch->events[i]] = true;
    }
    make_batch(world, seen->feed, body);
    if (inside->batches[inside->batch_count - 1].count == 0) {
        *delay = world->hold;
    }
    return 200;
}

static void add_feed_json(struct string *body, const struct agent_feed *feed)
{
    add_text(body, "{\"id\":\"");
    add_text(body, feed->id);
    add_text(body, "\",\"createdAt\":");
    add_number(body, (unsigned long long)feed->created_at);
    add_text(body, ",\"type\":\"fanout\"}");
}

static unsigned agent_list(struct world *world, const struct seen *seen, struct string *body)
{
    struct inside *inside = world->inside;
    const char *query = strchr(seen->target, '?');
    char tag[512] = "";
    bool first = true;

    if (query != NULL) {
        require(world, strncmp(query, "?tag=", 5) == 0, "the query is %s", query);
        require(world, decoded(query + 5, strlen(query + 5), tag, sizeof tag) > 0,
                "the tag is not percent-encoded: %s", query);
    }
    add_text(body, "[");
    for (size_t i = 0; i < inside->feed_count; i++) {
        const struct agent_feed *feed = &inside->feeds[i];

        if ((!feed->dead || world->dead_stay_listed) &&
            (query == NULL || strcmp(tag, feed->tag) == 0)) {
            add_text(body, first ? "" : ",");
            add_feed_json(body, feed);
            first = false;
        }
    }
    add_text(body, "]");
    return 200;
}

static unsigned agent_create(struct world *world, const struct seen *seen, struct string *body)
{
    char id[32];
    char tag[256];

    (void)json_member(seen->body, "tag", tag, sizeof tag);
    if (world_live_feeds(world) >= world->feeds_most) {
        add_text(body, "{\"code\":403,\"message\":\"too many feeds\"}");
        return 403;
    }
    (void)snprintf(id, sizeof id, "made%u_f", ++world->inside->feeds_made);
    world_add_feed(world, id, tag, (int64_t)(1700000000000u + world->time));
    add_feed_json(body, find_feed(world, id));
    return 201;
}

static unsigned agent_delete(struct world *world, const struct seen *seen, struct string *body)
{
    struct agent_feed *feed = find_feed(world, seen->feed);

    if (feed == NULL || feed->dead) {
        add_text(body, "{\"code\":400,\"message\":\"no such feed\"}");
        return 400;
    }
    feed->dead = true;
    return 204;
}

/* --- signing in --------------------------------------------------------------------------- */

/* A signature that tells its number and what was signed. */
static void make_signature(unsigned number, const char *data, size_t size, unsigned char *out,
                           size_t out_size)
{
    uint32_t hash = 2166136261u;
    char text[40];
    int count = 0;

    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)data[i]) * 16777619u;
    }
    count = snprintf(text, sizeof text, "SIGNATURE%06u%08lx", number, (unsigned long)hash);
    for (size_t i = 0; i < out_size; i++) {
        out[i] = (unsigned char)text[i % (size_t)count];
    }
}

/* The inverse of add_base64(); answers the bytes. */
static size_t from_base64(const struct world *world, const char *text, size_t size, char *out)
{
    struct string again = {NULL, 0, 0};
    size_t count = size * 6 / 8;
    unsigned char *bytes = (unsigned char *)out;

    memset(out, 0, count + 1);
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        unsigned value = c >= 'A' && c <= 'Z'   ? (unsigned)(c - 'A')
                         : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 26
                         : c >= '0' && c <= '9' ? (unsigned)(c - '0') + 52
                                                : (c == '-' ? 62u : 63u);

        for (size_t bit = 0; bit < 6; bit++) {
            if ((i * 6 + bit) / 8 < count && (value >> (5 - bit) & 1u) != 0) {
                bytes[(i * 6 + bit) / 8] |= (unsigned char)(0x80u >> ((i * 6 + bit) % 8));
            }
        }
    }
    add_base64(&again, bytes, count);
    require(world, again.size == size && (size == 0 || memcmp(again.at, text, size) == 0),
            "not base64url: %.*s", (int)size, text);
    free(again.at);
    return count;
}

static int64_t wall_clock(const struct world *world)
{
    return world->wall == 0 || !signs_in(world) ? world->wall
                                                : world->wall + (int64_t)(world->time / 1000);
}

/* Each JWT is for the user at hand, in time, signed, and not one that came before. */
static void check_jwt(struct world *world, struct seen *seen)
{
    struct inside *inside = world->inside;
    char jwt[2048];
    char part[1024];
    unsigned char signature[512];
    const char *claims = NULL;
    const char *end = NULL;
    char id[16];
    unsigned long long expires = 0;
    unsigned number = 0;
    size_t size = 0;

    require(world, json_member(seen->body, "token", jwt, sizeof jwt), "the body %s", seen->body);
    size = strlen(jwt) + 12;
    require(world, strlen(seen->body) == size, "the body %s", seen->body);
    require(world, strncmp(jwt, "eyJhbGciOiJSUzUxMiJ9.", 21) == 0, "the JWT's header: %s", jwt);
    claims = jwt + 21;
    end = strchr(claims, '.');
    require(world, end != NULL, "the JWT %s", jwt);
    size = from_base64(world, claims, (size_t)(end - claims), part);
    require(world, json_member(part, "sub", seen->user, sizeof seen->user), "the claims %s", part);
    require(world, strcmp(seen->user, inside->user) == 0, "the user %s, not %s", seen->user,
            inside->user);
    (void)snprintf(id, sizeof id, "%s", inside->id);
    require(world,
            sscanf(strstr(part, "\",\"exp\":"), "\",\"exp\":%llu,\"jti\":\"%15[0-9]\"}", &expires,
                   inside->id) == 2 &&
                part[size - 2] == '"' && part[size - 1] == '}',
            "the claims %s", part);
    require(world, strcmp(inside->id, id) != 0, "the id %s came twice", id);
    require(world,
            (int64_t)expires <= wall_clock(world) + 240 &&
                (int64_t)expires > wall_clock(world) + 150,
            "the JWT ends at %llu, now is %lld", expires, (long long)wall_clock(world));
    size = from_base64(world, end + 1, strlen(end + 1), part);
    require(world, size == world->signature_size && sscanf(part, "SIGNATURE%6u", &number) == 1,
            "the signature %s", part);
    make_signature(number, jwt, (size_t)(end - jwt), signature, size);
    require(world, memcmp(part, signature, size) == 0, "the signature is that of another text");
    require(world, number > inside->signature_seen, "a JWT came twice");
    inside->signature_seen = number;
}

static unsigned hand_out_session(struct world *world, struct string *body)
{
    char token[MOST_TOKEN];

    world->token++;
    world->inside->key_handed_out = false;
    world_session_token(world, token);
    add_text(body, "{\"name\":\"sessionToken\",\"token\":\"");
    add_text(body, token);
    add_text(body, "\"}");
    return 200;
}

static unsigned hand_out_key(struct world *world, struct string *body)
{
    char token[MOST_TOKEN];

    world->inside->key_handed_out = true;
    world_key_manager_token(world, token);
    add_text(body, "{\"token\":\"");
    add_text(body, token);
    add_text(body, "\",\"name\":\"keyManagerToken\"}");
    return 200;
}

static unsigned agent_info(const struct world *world, struct string *body)
{
    add_text(body, "{\"ipAddress\":\"10.0.0.1\",\"version\":\"");
    add_text(body, world->version);
    add_text(body, "\",\"onPrem\":true,\"mt\":null}");
    return 200;
}

static unsigned agent_says(struct world *world, const struct seen *seen, struct string *body,
                           uint32_t *delay)
{
    switch (seen->call) {
    case SESSION: return hand_out_session(world, body);
    case KEY: return hand_out_key(world, body);
    default: break;
    }
    if (world->token < world->valid_from) {
        add_text(body, "{\"code\":401,\"message\":\"Invalid session\"}");
        return 401;
    }
    switch (seen->call) {
    case LIST: return agent_list(world, seen, body);
    case CREATE: return agent_create(world, seen, body);
    case READ: return agent_read(world, seen, body, delay);
    case INFO: return agent_info(world, body);
    default: return agent_delete(world, seen, body);
    }
}

/* --- answers on their way ----------------------------------------------------------------- */

static void add_chunks(struct string *answer, const char *body, size_t size)
{
    size_t at = 0;
    size_t step = 1;

    while (at < size) {
        char line[32];
        size_t count = step < size - at ? step : size - at;

        (void)snprintf(line, sizeof line, "%lx;name=value\r\n", (unsigned long)count);
        add_text(answer, line);
        add(answer, body + at, count);
        add_text(answer, "\r\n");
        at += count;
        step = step * 3 % 61 + 1;
    }
    add_text(answer, "0\r\nX-Trailer: yes\r\n\r\n");
}

static void frame(struct inside *inside, const struct reply *reply, unsigned status,
                  const struct string *body)
{
    struct string *answer = &inside->answer;
    bool bodyless = status == 204 || status == 304;

    add_text(answer, "HTTP/1.1 ");
    add_number(answer, status);
    add_text(answer, " Whatever\r\nServer: memory\r\nContent-Type: application/json\r\n");
    add_text(answer, reply->fields != NULL ? reply->fields : "");
    if (bodyless) {
        add_text(answer, "\r\n");
    } else if (reply->framing == CHUNKED) {
        add_text(answer, "Transfer-Encoding: chunked\r\n\r\n");
        add_chunks(answer, body->at, body->size);
    } else {
        if (reply->framing == BY_LENGTH) {
            add_text(answer, "Content-Length: ");
            add_number(answer, reply->maker != NULL ? reply->maker_size : body->size);
            add_text(answer, "\r\n");
        }
        add_text(answer, "\r\n");
        add(answer, body->at, body->size);
    }
}

/* The script's first line for this call, and one time less of it. */
static struct reply next_reply(struct inside *inside, enum call_kind call)
{
    struct reply reply;

    for (size_t i = 0; i < inside->script_count; i++) {
        struct reply *line = &inside->script[i];

        if (line->call == call || (line->call == ANY && call != TUNNEL)) {
            reply = *line;
            if (line->times != FOR_EVER && --line->times == 0) {
                inside->script_count--;
                memmove(line, line + 1, (inside->script_count - i) * sizeof *line);
            }
            return reply;
        }
    }
    memset(&reply, 0, sizeof reply);
    return reply;
}

static void answer_to(struct world *world, const struct seen *seen)
{
    struct inside *inside = world->inside;
    struct reply reply = next_reply(inside, seen->call);
    struct string body = {NULL, 0, 0};
    unsigned status = reply.status;
    uint32_t delay = 0;

    add_text(&body, "");
    inside->answer.size = 0;
    add_text(&inside->answer, "");
    if (reply.raw != NULL) {
        add_text(&inside->answer, reply.raw);
    } else if (seen->call == TUNNEL && status == 0) {
        add_text(&inside->answer, "HTTP/1.1 200 Connection established\r\nVia: memory\r\n\r\n");
    } else {
        if (status == 0) {
            status = agent_says(world, seen, &body, &delay);
        } else if (reply.body != NULL) {
            add_text(&body, reply.body);
        }
        frame(inside, &reply, status, &body);
    }
    free(body.at);
    inside->answering = true;
    inside->maker = reply.maker;
    inside->maker_size = reply.maker != NULL ? reply.maker_size : 0;
    inside->limit = inside->answer.size + inside->maker_size;
    if (reply.cut && reply.cut_at < inside->limit) {
        inside->limit = reply.cut_at;
    }
    inside->read = 0;
    inside->begins = world->time + (reply.delay != 0 ? reply.delay : delay);
    inside->gap = reply.gap;
    inside->piece = reply.piece != 0 ? reply.piece : 1;
    inside->after = reply.framing == BY_CLOSE && reply.after == KEEP ? ENDS : reply.after;
}

void world_reply(struct world *world, struct reply reply)
{
    require(world, world->inside->script_count < MOST_SCRIPT, "too many replies");
    reply.times = reply.times == 0 ? 1 : reply.times;
    world->inside->script[world->inside->script_count++] = reply;
}

void world_forget_replies(struct world *world)
{
    world->inside->script_count = 0;
}

/* --- requests ----------------------------------------------------------------------------- */

/* The value of a header field that must be there exactly `times` times. */
static bool field(const struct world *world, const char *head, const char *name, unsigned times,
                  char *out, size_t room)
{
    size_t name_size = strlen(name);
    unsigned found = 0;
    const char *line = strstr(head, "\r\n");

    out[0] = '\0';
    while (line != NULL && strncmp(line, "\r\n\r\n", 4) != 0) {
        const char *end = strstr(line + 2, "\r\n");

        require(world, end != NULL, "a header line without an end");
        if (strncmp(line + 2, name, name_size) == 0 && line[2 + name_size] == ':') {
            require(world, line[3 + name_size] == ' ', "no space behind %s:", name);
            (void)snprintf(out, room, "%.*s", (int)(end - line) - (int)name_size - 4,
                           line + name_size + 4);
            found++;
        }
        line = end;
    }
    require(world, found == times, "%u header fields %s, not %u:\n%s", found, name, times, head);
    return found > 0;
}

/* Where each peer is, and how its URL calls it. */
static const struct {
    const char *name;
    uint16_t port;
    const char *authority;
} peers[] = {{"agent.test", 8443, "agent.test:8443"},
             {"pod.test", 443, "pod.test"},
             {"km.test", 8444, "km.test:8444"},
             {"proxy.test", 3128, ""}};

/* Who answers the calls that come over the connection. */
static enum peer answering_peer(const struct inside *inside)
{
    return inside->peer == PEER_PROXY ? inside->target : inside->peer;
}

/* The call to sign in, or for the Agent's version, that this path is; ANY: none. */
static enum call_kind sign_in_call(const struct world *world, const char *target)
{
    bool key = world->config.sign_in == SYMFEED_SIGN_IN_BY_KEY;
    const char *base = world->config.pod != NULL ? "/base" : "";
    size_t size = strlen(base);

    if (!signs_in(world)) {
        return ANY;
    }
    if (strncmp(target, base, size) == 0 &&
        strcmp(target + size,
               key ? "/login/pubkey/authenticate" : "/sessionauth/v1/authenticate") == 0) {
        return SESSION;
    }
    if (strcmp(target, key ? "/relay/pubkey/authenticate" : "/keyauth/v1/authenticate") == 0) {
        return KEY;
    }
    return strcmp(target, "/agent/v1/info") == 0 ? INFO : ANY;
}

static enum call_kind datafeed_call(const struct world *world, const char *method,
                                    struct seen *seen)
{
    static const char base[] = "/agent/v5/datafeeds";
    const char *rest = NULL;
    const char *slash = NULL;

    require(world, strncmp(seen->target, base, sizeof base - 1) == 0, "the path %s", seen->target);
    rest = seen->target + sizeof base - 1;
    if (*rest == '/') {
        slash = strchr(rest + 1, '/');
        require(world,
                decoded(rest + 1, slash != NULL ? (size_t)(slash - rest - 1) : strlen(rest + 1),
                        seen->feed, sizeof seen->feed) > 0,
                "the feed id in %s", seen->target);
        require(world, slash == NULL || strcmp(slash, "/read") == 0, "the path %s", seen->target);
        return slash != NULL ? READ : DELETE;
    }
    seen->call = strcmp(method, "GET") == 0 ? LIST : CREATE;
    require(world, *rest == '\0' || (*rest == '?' && seen->call == LIST), "the path %s",
            seen->target);
    return seen->call;
}

static void take_call(const struct world *world, const char *head, struct seen *seen)
{
    static const char *const methods[CALL_KINDS] = {"",       "GET",  "POST", "POST",
                                                    "DELETE", "POST", "GET",  "POST"};
    char method[8];
    const char *rest = NULL;
    enum peer wanted = PEER_AGENT;

    require(world, sscanf(head, "%7s %511s HTTP/1.1\r\n", method, seen->target) == 2,
            "no request line: %s", head);
    rest = strstr(head, "HTTP/1.1\r\n");
    require(world, rest == head + strlen(method) + strlen(seen->target) + 2,
            "the request line of %s", head);
    seen->call = sign_in_call(world, seen->target);
    if (seen->call == ANY) {
        seen->call = datafeed_call(world, method, seen);
    }
    require(world, strcmp(method, methods[seen->call]) == 0, "the method %s of %s", method,
            seen->target);
    if (seen->call == SESSION && world->config.pod != NULL) {
        wanted = PEER_POD;
    } else if (seen->call == KEY && world->config.key_manager != NULL) {
        wanted = PEER_KEY_MANAGER;
    }
    seen->peer = answering_peer(world->inside);
    require(world, seen->peer == wanted, "%s was sent to %s", seen->target, peers[seen->peer].name);
}

static void check_tokens(struct world *world, const char *head, const struct seen *seen)
{
    char value[MOST_TOKEN];
    char token[MOST_TOKEN];
    bool none = seen->call == SESSION || seen->call == KEY;

    field(world, head, "sessionToken", none ? 0 : 1, value, sizeof value);
    world_session_token(world, token);
    require(world, none || strcmp(value, token) == 0, "the session token is not the last one");
    world_key_manager_token(world, token);
    none = none || token[0] == '\0' || (signs_in(world) && !world->inside->key_handed_out);
    field(world, head, "keyManagerToken", none ? 0 : 1, value, sizeof value);
    require(world, none || strcmp(value, token) == 0, "the key manager token is not the last one");
}

static void check_fields(struct world *world, const char *head, const struct seen *seen)
{
    char value[256];

    field(world, head, "Host", 1, value, sizeof value);
    require(world, strcmp(value, peers[seen->peer].authority) == 0, "the host %s", value);
    check_tokens(world, head, seen);
    field(world, head, "Proxy-Authorization", 0, value, sizeof value);
    field(world, head, "Accept", 1, value, sizeof value);
    field(world, head, "User-Agent", 1, value, sizeof value);
    require(world, strcmp(value, "symfeed/" SYMFEED_VERSION) == 0, "the user agent %s", value);
    field(world, head, "X-Trace-Id", 1, value, sizeof value);
    require(world, strlen(value) == 6 && strcmp(value, world->inside->trace) != 0,
            "the trace id %s is not new", value);
    memcpy(world->inside->trace, value, 7);
}

static void check_body(struct world *world, struct seen *seen)
{
    if (seen->call == READ) {
        const char *presence = world->config.no_presence ? "\",\"updatePresence\":false}"
                                                         : "\",\"updatePresence\":true}";

        require(world, json_member(seen->body, "ackId", seen->ack, sizeof seen->ack),
                "the body of a read: %s", seen->body);
        require(world, strstr(seen->body, presence) != NULL, "the body of a read: %s", seen->body);
        check_ack(world, seen);
    }
    if ((seen->call == SESSION || seen->call == KEY) &&
        world->config.sign_in == SYMFEED_SIGN_IN_BY_KEY) {
        check_jwt(world, seen);
    }
}

/* Content-Length of the request, and that it and Content-Type are there as they should be. */
static size_t length_of(const struct world *world, const char *head, enum call_kind call)
{
    bool certificate = world->config.sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE;
    bool post = call == READ || call == CREATE || call == SESSION || call == KEY;
    bool body = post && !((call == SESSION || call == KEY) && certificate);
    char value[64];
    size_t length = 0;

    field(world, head, "Content-Type", body ? 1 : 0, value, sizeof value);
    require(world, !body || strcmp(value, "application/json") == 0, "the type %s", value);
    field(world, head, "Content-Length", post ? 1 : 0, value, sizeof value);
    length = (size_t)strtoul(value, NULL, 10);
    require(world, (length > 0) == body, "the length %s", value);
    return length;
}

/* The request is there whole: it is noted down, and answered. */
static void take_whole(struct world *world, struct seen *seen)
{
    struct inside *inside = world->inside;

    seen->time = world->time;
    seen->connection = world->connections;
    if (world->seen_count < MOST_SEEN) {
        world->seen[world->seen_count] = *seen;
    }
    world->last_seen = *seen;
    world->seen_count++;
    world->calls[ANY]++;
    world->calls[seen->call]++;
    if (inside->rush_time != world->time || inside->rush_events != world->event_steps) {
        inside->rush_time = world->time;
        inside->rush_events = world->event_steps;
        inside->rush = 0;
    }
    require(world, ++inside->rush < MOST_RUSH, "a storm: %d requests at once without an event",
            MOST_RUSH);
    inside->request.size = 0;
    inside->request.at[0] = '\0';
    answer_to(world, seen);
}

/* Does the answer end in a status of success? */
static bool opens_tunnel(const struct string *answer)
{
    const char *at = answer->at;
    const char *last = NULL;

    while ((at = strstr(at, "HTTP/1.")) != NULL) {
        last = at;
        at += 7;
    }
    return last != NULL && strlen(last) > 9 && last[9] == '2';
}

/* What the proxy is asked, word for word. */
static void take_tunnel(struct world *world)
{
    struct inside *inside = world->inside;
    struct string expected = {NULL, 0, 0};
    struct seen seen;

    memset(&seen, 0, sizeof seen);
    seen.call = TUNNEL;
    seen.peer = PEER_PROXY;
    require(world, sscanf(inside->request.at, "CONNECT %511s", seen.target) == 1,
            "the proxy was told %s", inside->request.at);
    for (inside->target = PEER_AGENT; inside->target < PEER_PROXY; inside->target++) {
        char name[64];

        (void)snprintf(name, sizeof name, "%s:%u", peers[inside->target].name,
                       (unsigned)peers[inside->target].port);
        if (strcmp(name, seen.target) == 0) {
            break;
        }
    }
    require(world, inside->target < PEER_PROXY, "a tunnel to %s", seen.target);
    for (int i = 0; i < 2; i++) {
        add_text(&expected, i == 0 ? "CONNECT " : " HTTP/1.1\r\nHost: ");
        add_text(&expected, seen.target);
    }
    if (world->proxy_user != NULL) {
        add_text(&expected, "\r\nProxy-Authorization: Basic ");
        add_text(&expected, world->proxy_user);
    }
    add_text(&expected, "\r\nUser-Agent: symfeed/" SYMFEED_VERSION "\r\n\r\n");
    require(world, strcmp(inside->request.at, expected.at) == 0, "the proxy was told %s",
            inside->request.at);
    free(expected.at);
    take_whole(world, &seen);
    inside->tunnel = opens_tunnel(&inside->answer);
}

/* Is the request complete? Then it is answered. */
static void take_request(struct world *world)
{
    struct inside *inside = world->inside;
    struct string *request = &inside->request;
    const char *end = request->size > 0 ? strstr(request->at, "\r\n\r\n") : NULL;
    struct seen seen;
    size_t length = 0;

    if (end == NULL) {
        return;
    }
    if (inside->peer == PEER_PROXY && inside->state == CONNECTED) {
        take_tunnel(world);
        return;
    }
    end += 4;
    memset(&seen, 0, sizeof seen);
    take_call(world, request->at, &seen);
    length = length_of(world, request->at, seen.call);
    if (request->size - (size_t)(end - request->at) < length) {
        return;
    }
    require(world, request->size - (size_t)(end - request->at) == length,
            "bytes behind the request: %s", end);
    check_fields(world, request->at, &seen);
    require(world, length < sizeof seen.body, "a body of %lu bytes", (unsigned long)length);
    (void)snprintf(seen.body, sizeof seen.body, "%s", end);
    check_body(world, &seen);
    seen.tunnelled = inside->peer == PEER_PROXY;
    seen.has_key_manager_token = strstr(request->at, "\r\nkeyManagerToken: ") != NULL;
    take_whole(world, &seen);
}

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
    if (inside->state == CLOSED) {
        world->connections++;
        inside->peer = peer;
        inside->tunnel = false;
        inside->request.size = 0;
        inside->answering = false;
        inside->rested = false;
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
        return want(world, SYMFEED_IO_WANT_READ, NEVER);
    }
    if (inside->read == inside->limit && world->time >= inside->begins) {
        if (inside->after == KEEP) {
            return want(world, SYMFEED_IO_WANT_READ, NEVER);
        }
        inside->progress++;
        return inside->after == ENDS ? 0 : broken(world);
    }
    there = arrived(world) - inside->read;
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
    inside->progress++;
    return strikes ? broken(world) : (int)size;
}

static void port_close(void *context)
{
    struct world *world = context;

    world->inside->progress += world->inside->state != CLOSED ? 1u : 0u;
    world->inside->state = CLOSED;
    world->inside->answering = false;
}

static uint32_t port_now(void *context)
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

static int port_sign(void *context, const void *data, size_t size, unsigned char *signature,
                     size_t room)
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

static const char *port_reason(void *context)
{
    (void)context;
    return "as the test has ordered";
}

/* What may be in no log line, nor in memory in the end: pieces of tokens, JWTs, signatures and
 * events. */
static const char *const secrets[] = {"SESSION.",     "SESSION0",  "KEYMANAGER", "eyJ",
                                      "U0lHTkFUVVJF", "SIGNATURE", "EVENTTEXT",  "c2lnbmF0"};
#define SECRETS      (sizeof secrets / sizeof *secrets)
#define MORE_SECRETS (sizeof((struct world *)NULL)->secrets / sizeof(char *))

/* The n-th of all; NULL where there is none. */
static const char *secret_of(const struct world *world, size_t number)
{
    return number < SECRETS ? secrets[number] : world->secrets[number - SECRETS];
}

static void port_log(void *context, enum symfeed_level level, const char *text)
{
    struct world *world = context;
    struct string *log = &world->inside->log;

    for (size_t i = 0; i < SECRETS + MORE_SECRETS; i++) {
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

/* --- the driver --------------------------------------------------------------------------- */

struct world *world_new(void)
{
    struct world *world = grown(NULL, sizeof *world);

    memset(world, 0, sizeof *world);
    world->inside = grown(NULL, sizeof *world->inside);
    memset(world->inside, 0, sizeof *world->inside);
    world->config.agent = "https://agent.test:8443";
    world->config.window = 2048;
    world->config.tokens = 96;
    world->port.context = world;
    world->port.connect = port_connect;
    world->port.secure = port_secure;
    world->port.send = port_send;
    world->port.recv = port_recv;
    world->port.close = port_close;
    world->port.now = port_now;
    world->port.wall_clock = port_wall_clock;
    world->port.random = port_random;
    world->port.credentials = port_credentials;
    world->port.reason = port_reason;
    world->port.log = port_log;
    world->seed = 1;
    world->batch_most = 4;
    world->hold = 30000;
    world->feeds_most = 20;
    world->token = 1;
    world->claims = "{\"sub\":\"bot\"}";
    world->version = "Agent-20.14.2";
    world->signature_size = 256;
    world->longest_wait = 300000;
    world->keeps_event_order = true;
    world->inside->newest = -1;
    return world;
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
    inside->memory_size = SYMFEED_MEMORY(world->config.window, world->config.tokens);
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

    for (size_t i = 0; i < world->event_count; i++) {
        free(inside->texts[i]);
    }
    for (size_t i = 0; i < inside->batch_count; i++) {
        free(inside->batches[i].events);
    }
    free(inside->batches);
    free(inside->memory);
    free(inside->request.at);
    free(inside->answer.at);
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

/* The event in hand is taken by the next call, unless it was refused. */
static void settle_hand(struct world *world)
{
    struct inside *inside = world->inside;

    if (inside->in_hand && inside->hand >= 0 && (!inside->refused || inside->given_up) &&
        !world->taken[inside->hand]) {
        world->taken[inside->hand] = true;
        world->taken_count++;
    }
    inside->in_hand = false;
}

static int number_of(const struct world *world, const struct symfeed_event *event)
{
    char id[32];
    unsigned long number = 0;
    char *end = NULL;

    symfeed_string(symfeed_event_find(event, "id"), id, sizeof id);
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
    memcpy(world->last_text, event->text, kept);
    world->last_text[kept] = '\0';
    if (number >= 0) {
        const char *text = inside->texts[number];

        require(world, event->bytes == strlen(text), "e%d has %lu bytes", number,
                (unsigned long)event->bytes);
        require(world,
                event->truncated ||
                    (event->size == strlen(text) && memcmp(event->text, text, event->size) == 0),
                "e%d came as %s", number, world->last_text);
        require(world, !event->malformed, "e%d is said to be malformed", number);
        if (world->handed[number] == 0 && world->keeps_event_order) {
            require(world, number > inside->newest, "e%d came after e%d", number, inside->newest);
            inside->newest = number;
        }
        world->handed[number]++;
    } else {
        world->strangers++;
        world->stranger_bytes += event->bytes;
    }
    inside->in_hand = true;
    inside->hand = number;
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
    int32_t wait = (int32_t)(symfeed_deadline(world->feed) - port_now(world));
    unsigned wants = symfeed_wants(world->feed);

    if (wait <= 0 && inside->progress == inside->progress_before &&
        world->time == inside->time_before) {
        require(world, ++inside->quiet < MOST_QUIET, "it spins: deadline %ld ms ago, nothing done",
                (long)-wait);
    } else {
        inside->quiet = 0;
    }
    if (wants != 0) {
        require(world, wants == inside->wants, "it wants %u, the port wanted %u", wants,
                inside->wants);
        require(world, inside->state != CLOSED && inside->state != BROKEN,
                "it waits for a connection that is not there");
    }
    require(world, wants != 0 || wait <= 0 || (uint64_t)wait <= world->longest_wait,
            "it waits for %ld ms", (long)wait);
    require(world, (int64_t)wait <= 86400000, "it waits for %ld ms", (long)wait);
    return wait > 0 ? (uint64_t)wait : 0;
}

/* Stopped: of what was secret nothing is left. */
static void check_memory(const struct world *world)
{
    for (size_t i = 0; i < SECRETS + MORE_SECRETS; i++) {
        const char *secret = secret_of(world, i);

        require(world, secret == NULL || !world_memory_has(world, secret),
                "%s is in memory after the stop", secret);
    }
}

enum symfeed_status world_next(struct world *world)
{
    static const char untouched[] = "untouched";
    struct inside *inside = world->inside;
    struct symfeed_event event;

    memset(&event, 0, sizeof event);
    event.text = untouched;
    event.size = 9;
    event.malformed = true;
    settle_hand(world);
    world->steps++;
    inside->progress_before = inside->progress;
    inside->time_before = world->time;
    world->status = symfeed_next(world->feed, &event);
    check_guards(world);
    if (world->status == SYMFEED_EVENT) {
        handed_out(world, &event);
    } else {
        require(world, event.text == untouched && event.size == 9 && event.malformed,
                "the event was changed without SYMFEED_EVENT");
    }
    if (world->status == SYMFEED_STOPPED) {
        require(world, inside->state == CLOSED, "stopped with an open connection");
        check_memory(world);
    }
    require(world,
            world->status == SYMFEED_EVENT || world->status == SYMFEED_WAIT ||
                world->status == SYMFEED_STOPPED,
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
    while (world->time < end && world_step(world) != SYMFEED_STOPPED) {
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

void world_settle(struct world *world, uint64_t most)
{
    uint64_t end = world->time + most;
    uint64_t steps = world->steps;

    while (world->inside->acknowledged_count < world->event_count) {
        require(world, world->time <= end,
                "of %lu events %lu are taken and %lu acknowledged after %llu ms",
                (unsigned long)world->event_count, (unsigned long)world->taken_count,
                (unsigned long)world->inside->acknowledged_count, (unsigned long long)most);
        require(world, world->steps - steps < 10000000u, "no end of steps");
        require(world, world_step(world) != SYMFEED_STOPPED, "stopped early");
    }
    require(world, world->taken_count == world->event_count, "an event was lost");
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
    return world->inside->acknowledged_count;
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
    struct world *world = world_new();

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
