/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_requests.c - requests are looked at, and answers set on their way. See memory_agent.h.
 */
#include "memory_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void frame(struct world *world, const struct reply *reply, const struct seen *seen,
                  unsigned status, const struct string *body)
{
    struct string *answer = &world->inside->answer;
    bool bodyless = status == 204 || status == 304;

    add_text(answer, "HTTP/1.1 ");
    add_number(answer, status);
    add_text(answer, " Whatever\r\nServer: memory\r\nContent-Type: application/json\r\n");
    add_text(answer, reply->fields != NULL ? reply->fields : "");
    if (world->balancer != NULL) {
        add_text(answer, "Set-Cookie: anti-csrf-cookie=none; Path=/\r\nset-cookie: ");
        add_text(answer, world->balancer);
        add_text(answer, "=to-");
        add_number(answer, seen->instance);
        add_text(answer, "; Expires=Thu, 01 Jan 2037 00:00:00 GMT; Path=/; Secure\r\n");
    }
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
        frame(world, &reply, seen, status, &body);
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
    inside->delivered = 0;
    inside->begins = world->time + (reply.delay != 0 ? reply.delay : delay);
    inside->gap = reply.gap;
    inside->piece = reply.piece != 0 ? reply.piece : 1;
    inside->unasked = reply.unasked;
    inside->unasked_after = reply.unasked_after;
    inside->unasked_at = NEVER;
    if (reply.status == 408 && seen->user[0] != '\0') {
        inside->id[0] = '\0'; /* it has seen no JWT */
        inside->signature_seen--;
    }
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
const struct peer_name peers[PEERS] = {{"agent.test", 8443, "agent.test:8443"},
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

/* The id before a path's end; NULL: none there. */
static const char *take_feed(const struct world *world, const char *rest, struct seen *seen)
{
    const char *slash = strchr(rest, '/');
    size_t size = slash != NULL ? (size_t)(slash - rest) : strlen(rest);

    require(world, decoded(rest, size, seen->feed, sizeof seen->feed) > 0, "the feed id in %s",
            seen->target);
    return slash;
}

static enum call_kind v5_call(const struct world *world, const char *method, struct seen *seen)
{
    static const char base[] = "/agent/v5/datafeeds";
    const char *rest = NULL;
    const char *slash = NULL;

    require(world, strncmp(seen->target, base, sizeof base - 1) == 0, "the path %s", seen->target);
    rest = seen->target + sizeof base - 1;
    if (*rest == '/') {
        slash = take_feed(world, rest + 1, seen);
        require(world, slash == NULL || strcmp(slash, "/read") == 0, "the path %s", seen->target);
        return slash != NULL ? READ : DELETE;
    }
    seen->call = strcmp(method, "GET") == 0 ? LIST : CREATE;
    require(world, *rest == '\0' || (*rest == '?' && seen->call == LIST), "the path %s",
            seen->target);
    return seen->call;
}

static enum call_kind v4_call(const struct world *world, struct seen *seen)
{
    static const char base[] = "/agent/v4/datafeed/";
    const char *slash = NULL;

    require(world, strncmp(seen->target, base, sizeof base - 1) == 0, "the path %s", seen->target);
    if (strcmp(seen->target + sizeof base - 1, "create") == 0) {
        return CREATE;
    }
    slash = take_feed(world, seen->target + sizeof base - 1, seen);
    require(world, slash != NULL && strcmp(slash, "/read") == 0, "the path %s", seen->target);
    return READ;
}

/* A call that the task at hand has: no other may come. */
static enum call_kind task_call(const struct world *world, const char *method, struct seen *seen)
{
    enum symfeed_task task = world->config.task;
    const char *target = seen->target;

    if (is_legacy(world)) {
        return v4_call(world, seen);
    }
    if (is_datahose(world) || task == SYMFEED_TASK_HEALTH) {
        seen->call = strcmp(target, "/agent/v3/health/extended") == 0 ? HEALTH : READ;
        require(world,
                seen->call == HEALTH ||
                    (is_datahose(world) && strcmp(target, "/agent/v5/events/read") == 0),
                "the path %s", target);
        return seen->call;
    }
    if (task == SYMFEED_TASK_INFO) {
        require(world, strcmp(target, "/agent/v1/info") == 0, "the path %s", target);
        return INFO;
    }
    return v5_call(world, method, seen);
}

static void take_call(const struct world *world, const char *head, struct seen *seen)
{
    static const char *const methods[CALL_KINDS] = {"",     "GET", "POST", "POST", "DELETE",
                                                    "POST", "GET", "POST", "",     "GET"};
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
        seen->call = task_call(world, method, seen);
    }
    require(world,
            strcmp(method, seen->call == READ && is_legacy(world) ? "GET" : methods[seen->call]) ==
                0,
            "the method %s of %s", method, seen->target);
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
    bool open =
        world->config.task == SYMFEED_TASK_HEALTH || world->config.task == SYMFEED_TASK_INFO;
    bool none = seen->call == SESSION || seen->call == KEY ||
                (open && symfeed_counters(world->feed)->signins == 0) ||
                (!open && seen->call == HEALTH && strstr(head, "\r\nsessionToken:") == NULL);

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

/* A cookie goes with the calls of a legacy feed, and with nothing else. */
static void take_cookie(const struct world *world, const char *head, struct seen *seen)
{
    bool has = strstr(head, "\r\nCookie:") != NULL;

    require(world, !has || (is_legacy(world) && (seen->call == READ || seen->call == CREATE)),
            "a cookie with %s", seen->target);
    field(world, head, "Cookie", has ? 1 : 0, seen->cookie, sizeof seen->cookie);
}

/* By the cookie, where a load balancer goes by it, else each request to the next one; without a
 * load balancer it is the one that the connection has reached. */
static unsigned instance_of(struct world *world, const struct seen *seen)
{
    struct inside *inside = world->inside;
    size_t size = world->balancer != NULL ? strlen(world->balancer) : 0;

    if (world->balancer == NULL || world->instances == 0) {
        return inside->instance;
    }
    if (strncmp(seen->cookie, world->balancer, size) == 0 &&
        strncmp(seen->cookie + size, "=to-", 4) == 0) {
        return (unsigned)strtoul(seen->cookie + size + 4, NULL, 10) % world->instances;
    }
    return inside->turn++ % world->instances;
}

static void check_body(struct world *world, struct seen *seen)
{
    if (seen->call == READ && is_datahose(world)) {
        struct string expected = {NULL, 0, 0};

        add_datahose(world, &expected);
        require(world, strncmp(seen->body, expected.at, expected.size) == 0,
                "the body of a read: %s, not %s", seen->body, expected.at);
        free(expected.at);
    }
    if (seen->call == READ && !is_legacy(world)) {
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
    bool legacy = is_legacy(world);
    bool signing_in = call == SESSION || call == KEY;
    bool post = (call == READ && !legacy) || call == CREATE || signing_in;
    bool body = post && !(signing_in ? certificate : legacy);
    char value[64];
    size_t length = 0;

    field(world, head, "Content-Type", body ? 1 : 0, value, sizeof value);
    require(world, !body || strcmp(value, "application/json") == 0, "the type %s", value);
    field(world, head, "Content-Length", post ? 1 : 0, value, sizeof value);
    length = (size_t)strtoul(value, NULL, 10);
    require(world, (length > 0) == body, "the length %s", value);
    return length;
}

/* Notes a request down. The array grows with the requests: a world of a megabyte would cost most of
 * the time of a short case. */
static void keep(struct world *world, const struct seen *seen)
{
    const size_t count = world->seen_count;

    if (count < MOST_SEEN) {
        if ((count & (count - 1)) == 0) { /* 0, 1, 2, 4, 8, ... */
            world->seen = grown(world->seen, (count == 0 ? 1 : 2 * count) * sizeof *seen);
        }
        world->seen[count] = *seen;
    }
    world->last_seen = *seen;
    world->seen_count++;
}

/* The request is there whole: it is noted down, and answered. */
static void take_whole(struct world *world, struct seen *seen)
{
    struct inside *inside = world->inside;

    check_legacy(world);
    seen->time = world->time;
    seen->connection = world->connections;
    seen->same = inside->same;
    seen->instance = instance_of(world, seen);
    keep(world, seen);
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
void take_request(struct world *world)
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
    take_cookie(world, request->at, &seen);
    check_body(world, &seen);
    seen.tunnelled = inside->peer == PEER_PROXY;
    seen.has_key_manager_token = strstr(request->at, "\r\nkeyManagerToken: ") != NULL;
    take_whole(world, &seen);
}
