/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_answers.c - what the Agent keeps and says: feeds, events, and signing in. See
 * memory_agent.h.
 */
#include "memory_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t world_random(struct world *world)
{
    uint32_t x = world->inside->random;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    world->inside->random = x;
    return x;
}

bool is_legacy(const struct world *world)
{
    return world->config.task == SYMFEED_TASK_LEGACY;
}

bool is_datahose(const struct world *world)
{
    return world->config.task == SYMFEED_TASK_DATAHOSE || world->config.task == SYMFEED_TASK_FANOUT;
}

bool signs_in(const struct world *world)
{
    return world->config.sign_in != SYMFEED_SIGN_IN_BY_TOKENS;
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

    for (size_t i = 0; i < inside->agent->feed_count; i++) {
        if (strcmp(inside->agent->feeds[i].id, id) == 0) {
            return &inside->agent->feeds[i];
        }
    }
    return NULL;
}

void world_add_feed(struct world *world, const char *id, const char *tag, int64_t created_at)
{
    struct inside *inside = world->inside;
    struct agent_feed *feed = NULL;

    /* a dead one that is no longer listed makes room */
    for (size_t i = 0; i < inside->agent->feed_count && feed == NULL; i++) {
        if (inside->agent->feeds[i].dead && !world->dead_stay_listed) {
            feed = &inside->agent->feeds[i];
        }
    }
    if (feed == NULL) {
        require(world, inside->agent->feed_count < MOST_FEEDS, "the client has made %d feeds",
                MOST_FEEDS);
        feed = &inside->agent->feeds[inside->agent->feed_count++];
    }
    (void)snprintf(feed->id, sizeof feed->id, "%s", id);
    (void)snprintf(feed->tag, sizeof feed->tag, "%s", tag);
    feed->created_at = created_at;
    feed->dead = false;
}

void world_kill_feeds(struct world *world)
{
    for (size_t i = 0; i < world->inside->agent->feed_count; i++) {
        world->inside->agent->feeds[i].dead = true;
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

    for (size_t i = 0; i < world->inside->agent->feed_count; i++) {
        count += world->inside->agent->feeds[i].dead ? 0u : 1u;
    }
    return count;
}

void world_push_text(struct world *world, const char *text)
{
    struct backend *agent = world->inside->agent;
    char *copy = NULL;

    require(world, agent->event_count < MOST_EVENTS, "too many events");
    copy = grown(NULL, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    agent->texts[agent->event_count++] = copy;
    world->event_count = agent->event_count;
}

void world_push(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char text[256];

        (void)snprintf(
            text, sizeof text,
            "{\"id\":\"e%lu\",\"type\":\"MESSAGESENT\",\"payload\":{\"messageSent\":{\"message\":"
            "{\"message\":\"EVENTTEXT \\u00e9 %lu\",\"stream\":{\"streamId\":\"s1\"}}}}}",
            (unsigned long)world->inside->agent->event_count,
            (unsigned long)world->inside->agent->event_count);
        world_push_text(world, text);
    }
}

/* --- the Agent's answers ------------------------------------------------------------------ */

/* A batch of what is not acknowledged, nor under way to another reader. */
static struct agent_batch *make_batch(struct world *world, struct string *events)
{
    struct backend *agent = world->inside->agent;
    struct agent_batch *batch = NULL;

    agent->batches = grown(agent->batches, (agent->batch_count + 1) * sizeof *agent->batches);
    batch = &agent->batches[agent->batch_count++];
    batch->number = (unsigned)agent->batch_count;
    batch->count = 0;
    batch->events = grown(NULL, (world->batch_most + 1) * sizeof *batch->events);
    add_text(events, "[");
    for (size_t i = 0; i < agent->event_count && batch->count < world->batch_most; i++) {
        if (!agent->acknowledged[i] && world->time >= agent->back_at[i]) {
            add_text(events, batch->count > 0 ? "," : "");
            add_text(events, agent->texts[i]);
            batch->events[batch->count++] = i;
            agent->back_at[i] = world->requeue > 0 ? world->time + world->requeue : 0;
        }
    }
    add_text(events, "]");
    return batch;
}

/* The batch with its ackId. */
static void add_batch(const struct world *world, const struct agent_batch *batch,
                      const struct string *events, struct string *body)
{
    add_text(body, "{");
    if (world->ack_first) {
        add_text(body, "\"ackId\":\"ack-");
        add_number(body, batch->number);
        add_text(body, "\",");
    }
    add_text(body, "\"events\":");
    add(body, events->at, events->size);
    if (!world->ack_first) {
        add_text(body, ",\"ackId\":\"ack-");
        add_number(body, batch->number);
        add_text(body, "\"");
    }
    add_text(body, "}");
}

static struct agent_batch *find_batch(const struct world *world, const char *ack)
{
    unsigned number = 0;

    if (sscanf(ack, "ack-%u", &number) == 1 && number >= 1 &&
        number <= world->inside->agent->batch_count) {
        return &world->inside->agent->batches[number - 1];
    }
    return NULL;
}

void check_ack(const struct world *world, const struct seen *seen)
{
    const struct agent_batch *batch = find_batch(world, seen->ack);

    for (size_t i = 0; batch != NULL && i < batch->count; i++) {
        require(world, world->taken[batch->events[i]],
                "%s was sent, but event e%lu of that batch was not taken", seen->ack,
                (unsigned long)batch->events[i]);
    }
}

/* What is acknowledged, or handed out by a feed that knows no acknowledgement, is done with. */
static void finish(struct backend *agent, const struct agent_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        agent->acknowledged_count += agent->acknowledged[batch->events[i]] ? 0u : 1u;
        agent->acknowledged[batch->events[i]] = true;
    }
}

static unsigned agent_read(struct world *world, const struct seen *seen, struct string *body,
                           uint32_t *delay)
{
    struct backend *agent = world->inside->agent;
    const struct agent_feed *feed = find_feed(world, seen->feed);
    const struct agent_batch *batch = find_batch(world, seen->ack);
    struct string events = {NULL, 0, 0};

    if (!is_datahose(world) && (feed == NULL || feed->dead)) {
        add_text(body, "{\"code\":400,\"message\":\"Could not find a datafeed with the id\"}");
        return 400;
    }
    if (seen->ack[0] != '\0' && batch == NULL && !world->any_ack) {
        add_text(body, "{\"code\":400,\"message\":\"malformed ackId\"}");
        return 400;
    }
    if (batch != NULL) {
        finish(agent, batch);
    }
    batch = make_batch(world, &events);
    add_batch(world, batch, &events, body);
    *delay = batch->count == 0 ? world->hold : 0;
    free(events.at);
    return 200;
}

/* The tag that a datahose has by itself: 80 characters at most. */
static void add_default_tag(const struct world *world, struct string *body)
{
    const char *user = world->inside->user;
    unsigned characters = 9;

    add_text(body, "datahose-");
    for (const char *at = user != NULL ? user : "symfeed"; *at != '\0'; at++) {
        char one[2] = {*at, '\0'};

        characters += ((unsigned char)*at & 0xC0) != 0x80 ? 1u : 0u;
        if (characters > 80) {
            return;
        }
        add_escaped(body, one);
    }
}

void add_datahose(const struct world *world, struct string *body)
{
    const struct symfeed_config *config = &world->config;

    add_text(body, "{\"type\":\"");
    add_text(body, config->task == SYMFEED_TASK_FANOUT ? "fanout" : "datahose");
    add_text(body, "\",\"tag\":\"");
    if (config->tag != NULL) {
        add_escaped(body, config->tag);
    } else {
        add_default_tag(world, body);
    }
    add_text(body, "\"");
    add_names(body, ",\"eventTypes\":", config->types);
    add_names(body, ",\"scopes\":", config->scopes);
    add_text(body, ",\"ackId\":\"");
}

/* --- the legacy feed ---------------------------------------------------------------------- */

static unsigned legacy_create(struct world *world, const struct seen *seen, struct string *body)
{
    char id[64];

    /* ids as they are, too: with what has to be encoded in a path */
    (void)snprintf(id, sizeof id, "made%u/+legacy==", ++world->inside->agent->feeds_made);
    world_add_feed(world, id, "", 0);
    find_feed(world, id)->instance = seen->instance;
    add_text(body, "{\"id\":\"");
    add_text(body, id);
    add_text(body, "\"}");
    return 200;
}

static unsigned legacy_read(struct world *world, const struct seen *seen, struct string *body,
                            uint32_t *delay)
{
    struct inside *inside = world->inside;
    const struct agent_feed *feed = find_feed(world, seen->feed);
    struct agent_batch *batch = NULL;

    if (feed == NULL || feed->dead || feed->instance != seen->instance) {
        add_text(body, "{\"code\":400,\"message\":\"Could not find a datafeed with the id\"}");
        return 400;
    }
    batch = make_batch(world, body);
    if (batch->count == 0) {
        *delay = world->hold;
        return 204;
    }
    finish(inside->agent, batch);
    inside->legacy_batch = batch->number;
    return 200;
}

/* Has the client got this event whole? Between chunks it cannot be found: then only with all. */
static bool has_come(const struct inside *inside, size_t event)
{
    const char *text = inside->agent->texts[event];
    const char *at = strstr(inside->answer.at, text);

    return inside->delivered >=
           (at != NULL ? (size_t)(at - inside->answer.at) + strlen(text) : inside->answer.size);
}

void check_legacy(struct world *world)
{
    struct inside *inside = world->inside;
    const struct agent_batch *batch =
        inside->legacy_batch > 0 ? &inside->agent->batches[inside->legacy_batch - 1] : NULL;

    for (size_t i = 0; batch != NULL && i < batch->count; i++) {
        size_t event = batch->events[i];

        if (!world->taken[event]) {
            require(world, !has_come(inside, event),
                    "e%lu has come, but was not taken before the next call", (unsigned long)event);
            world->lost_count++;
        }
    }
    inside->legacy_batch = 0;
}

/* --- the feeds of the user ---------------------------------------------------------------- */

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
    for (size_t i = 0; i < inside->agent->feed_count; i++) {
        const struct agent_feed *feed = &inside->agent->feeds[i];

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
    (void)snprintf(id, sizeof id, "made%u_f", ++world->inside->agent->feeds_made);
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
void make_signature(unsigned number, const char *data, size_t size, unsigned char *out,
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

int64_t wall_clock(const struct world *world)
{
    return world->wall == 0 || !signs_in(world) ? world->wall
                                                : world->wall + (int64_t)(world->time / 1000);
}

/* Each JWT is for the user at hand, in time, signed, and not one that came before. */
void check_jwt(struct world *world, struct seen *seen)
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
            sscanf(strstr(part, "\",\"exp\":"), "\",\"exp\":%llu,\"jti\":\"%15[0-9a-z]\"}",
                   &expires, inside->id) == 2 &&
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

static unsigned agent_health(const struct world *world, struct string *body)
{
    add_text(body, world->health);
    return world->health_status;
}

static unsigned agent_info(const struct world *world, struct string *body)
{
    add_text(body, "{\"ipAddress\":\"10.0.0.1\",\"version\":\"");
    add_text(body, world->version);
    add_text(body, "\",\"onPrem\":true,\"mt\":null}");
    return 200;
}

unsigned agent_says(struct world *world, const struct seen *seen, struct string *body,
                    uint32_t *delay)
{
    switch (seen->call) {
    case SESSION: return hand_out_session(world, body);
    case KEY: return hand_out_key(world, body);
    case HEALTH: return agent_health(world, body);
    default: break;
    }
    if (world->token < world->valid_from && world->config.task != SYMFEED_TASK_INFO) {
        add_text(body, "{\"code\":401,\"message\":\"Invalid session\"}");
        return 401;
    }
    switch (seen->call) {
    case LIST: return agent_list(world, seen, body);
    case CREATE:
        return is_legacy(world) ? legacy_create(world, seen, body)
                                : agent_create(world, seen, body);
    case READ:
        return is_legacy(world) ? legacy_read(world, seen, body, delay)
                                : agent_read(world, seen, body, delay);
    case INFO: return agent_info(world, body);
    default: return agent_delete(world, seen, body);
    }
}
