/* SPDX-License-Identifier: Apache-2.0 */
/* agent.c - see agent.h. */
#include "agent.h"

#include "note.h"

/* --- answers ------------------------------------------------------------------------------ */

enum verdict symfeed_agent_judge(enum call call, unsigned status)
{
    if (status >= 200 && status <= 299) {
        return VERDICT_GOOD;
    }
    if (status == 401) {
        return VERDICT_UNAUTHORIZED;
    }
    if (call == CALL_READ && (status == 400 || status == 404)) {
        return VERDICT_GONE;
    }
    if (call == CALL_CREATE && status == 403) {
        return VERDICT_FULL;
    }
    return status == 408 || status == 429 || status >= 500 ? VERDICT_AGAIN : VERDICT_SLOW;
}

const char *symfeed_agent_remedy(enum call call, unsigned status)
{
    if (call == CALL_CREATE && status == 403) {
        return MESSAGE(": 20 feeds exist: delete one or allow it with --reclaim");
    }
    switch (status) {
    case 403: return MESSAGE(": check this user's entitlements");
    case 404: return MESSAGE(": check the agent's URL");
    case 410: return MESSAGE(": switched off on this agent");
    case 429: return MESSAGE(": too many requests");
    default: return status >= 300 && status <= 399 ? MESSAGE(": check the agent's URL") : "";
    }
}

const char *symfeed_agent_call_name(enum call call)
{
    static const char *const names[] = {MESSAGE("list"), MESSAGE("create"), MESSAGE("read"),
                                        MESSAGE("delete")};

    return names[call];
}

bool symfeed_agent_is_token(const char *token, size_t size)
{
    size_t at = 0;

    while (at < size && token[at] > ' ' && token[at] <= '~') {
        at++;
    }
    return at < size && token[at] == '\0';
}

/* --- ids ---------------------------------------------------------------------------------- */

static bool is_id_character(char c)
{
    return (unsigned char)c > ' ' && c != '_';
}

/* The end of a run of id characters. */
static const char *skip_run(const char *at)
{
    while (is_id_character(*at)) {
        at++;
    }
    return at;
}

bool symfeed_agent_is_fanout(const char *id)
{
    const char *end = skip_run(id);

    if (end == id || end[0] != '_' || end[1] != 'f') {
        return false;
    }
    if (end[2] == '\0') {
        return true;
    }
    id = end + 3;
    end = skip_run(id);
    return id[-1] == '_' && end != id && *end == '\0';
}

bool symfeed_agent_is_datahose(const char *id)
{
    for (; *id != '\0'; id++) {
        if (id[0] == '_' && id[1] == 'p' && (id[2] == '_' || id[2] == '\0')) {
            return true;
        }
    }
    return false;
}

/* --- URL ---------------------------------------------------------------------------------- */

/* Passes over a prefix. */
static bool skip(const char **at, const char *prefix)
{
    const char *c = *at;

    for (; *prefix != '\0'; prefix++, c++) {
        if (*c != *prefix) {
            return false;
        }
    }
    *at = c;
    return true;
}

static bool is_host_character(char c, bool bracketed)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.') {
        return true;
    }
    return bracketed ? c == ':'
                     : (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static const char *parse_host(struct symfeed_endpoint *endpoint, const char *at)
{
    bool bracketed = *at == '[';

    at += bracketed ? 1 : 0;
    endpoint->host = at;
    while (is_host_character(*at, bracketed)) {
        at++;
    }
    endpoint->host_size = (size_t)(at - endpoint->host);
    if (endpoint->host_size == 0 || endpoint->host_size > 253 || (bracketed && *at != ']')) {
        return NULL;
    }
    return bracketed ? at + 1 : at;
}

static const char *parse_port(struct symfeed_endpoint *endpoint, const char *at)
{
    uint32_t port = 0;
    const char *start = at;

    for (; *at >= '0' && *at <= '9'; at++) {
        port = port * 10 + (uint32_t)(*at - '0');
        if (port > UINT16_MAX) {
            return NULL;
        }
    }
    endpoint->port = (uint16_t)port;
    return at != start && port > 0 ? at : NULL;
}

enum symfeed_status symfeed_agent_parse_url(struct agent *agent, const char *url,
                                            bool insecure_http)
{
    static const char default_path[] = "/agent";
    const char *at = url;

    agent->secure = skip(&at, "https://");
    if (!agent->secure && !skip(&at, "http://")) {
        return SYMFEED_BAD_AGENT;
    }
    agent->authority.at = at;
    agent->endpoint.port = agent->secure ? 443 : 80;
    at = parse_host(&agent->endpoint, at);
    if (at != NULL && *at == ':') {
        at = parse_port(&agent->endpoint, at + 1);
    }
    if (at == NULL || (*at != '\0' && *at != '/')) {
        return SYMFEED_BAD_AGENT;
    }
    agent->authority.size = (size_t)(at - agent->authority.at);
    agent->path.at = at;
    for (; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~' || *at == '?' || *at == '#') {
            return SYMFEED_BAD_AGENT;
        }
    }
    agent->path.size = (size_t)(at - agent->path.at);
    while (agent->path.size > 0 && agent->path.at[agent->path.size - 1] == '/') {
        agent->path.size--;
    }
    if (agent->path.size == 0) {
        agent->path.at = default_path;
        agent->path.size = sizeof default_path - 1;
    }
    return agent->secure || insecure_http ? SYMFEED_OK : SYMFEED_BAD_SCHEME;
}
