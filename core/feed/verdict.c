/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c - see verdict.h. */
#include "feed/verdict.h"

#include "util/note.h"

/* --- answers ------------------------------------------------------------------------------ */

enum verdict symfeed_verdict(enum symfeed_call call, unsigned status)
{
    if ((status >= 200 && status <= 299) ||
        (request_is_open(SYMFEED_CALL_HEALTH) && call == SYMFEED_CALL_HEALTH && status == 503)) {
        return VERDICT_GOOD;
    }
    if (status == 401) {
        return VERDICT_UNAUTHORIZED;
    }
    if (symfeed_request_is_read(call) && (status == 400 || status == 404)) {
        return VERDICT_GONE;
    }
    if (call == SYMFEED_CALL_CREATE && status == 403) {
        return VERDICT_FULL;
    }
    return status == 408 || status == 429 || status >= 500 ? VERDICT_AGAIN : VERDICT_SLOW;
}

/* Whose URL it is that a redirection or a 404 speaks of. */
static const char *url_remedy(enum symfeed_call call)
{
    switch (symfeed_request_role(call)) {
    case ROLE_POD: return MESSAGE(": check the pod's URL");
    case ROLE_KEY_MANAGER: return MESSAGE(": check the key manager's URL");
    default: return MESSAGE(": check the agent's URL");
    }
}

const char *symfeed_verdict_remedy(enum symfeed_call call, unsigned status)
{
    if (call == SYMFEED_CALL_CREATE && status == 403) {
        return MESSAGE(": 20 feeds exist: delete one or allow it with --reclaim");
    }
    if (SYMFEED_ONE_SHOT && call == SYMFEED_CALL_DELETE && (status == 400 || status == 404)) {
        return MESSAGE(": no such feed");
    }
    if (SYMFEED_DATAHOSE && call == SYMFEED_CALL_EVENTS && status == 403) {
        return MESSAGE(": this user needs \"Can read from datahose feeds\" and "
                       "\"Can create datahose feeds\"");
    }
    if (SYMFEED_DATAHOSE && call == SYMFEED_CALL_EVENTS && status == 404) {
        return MESSAGE(": no datahose on this agent (needs 22.5): check the agent's URL");
    }
    switch (status) {
    case 403: return MESSAGE(": check this user's entitlements");
    case 404: return url_remedy(call);
    case 410: return MESSAGE(": switched off on this agent");
    case 429: return WARNING(": too many requests");
    default: return status >= 300 && status <= 399 ? url_remedy(call) : "";
    }
}

const char *symfeed_verdict_loss(enum symfeed_call call)
{
    if (SYMFEED_DATAHOSE && call == SYMFEED_CALL_EVENTS) {
        return MESSAGE(": feed, ackId, types or scopes are not known: starting anew");
    }
    return SYMFEED_LEGACY && call == SYMFEED_CALL_LEGACY_READ
               ? MESSAGE(": the feed is gone: what came meanwhile is lost")
               : MESSAGE(": the feed or its ackId is not known");
}

#if SYMFEED_PROXY

const char *symfeed_verdict_proxy_remedy(unsigned status)
{
    switch (status) {
    case 401: /* tinyproxy's word for a wrong password */
    case 407: return MESSAGE(" from the proxy: check its user name and password");
    case 403: return MESSAGE(" from the proxy: it refuses this host");
    default: return MESSAGE(" from the proxy");
    }
}

#endif

#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0

/* Those that a v5 feed alone does not make. */
#if SYMFEED_DATAHOSE || SYMFEED_LEGACY || SYMFEED_ONE_SHOT || SYMFEED_SIGN_IN
#define MORE_NAMES                                                                                 \
    "datahose read\0legacy create\0legacy read\0health\0agent version\0"                           \
    "sign-in\0agent version\0key manager sign-in\0"
#else
#define MORE_NAMES ""
#endif

const char *symfeed_verdict_call_name(enum symfeed_call call)
{
    static const char names[] = MESSAGE("list\0create\0read\0delete\0" MORE_NAMES);

    return note_nth(names, call);
}

#endif

bool symfeed_verdict_is_token(const char *token, size_t size)
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

bool symfeed_verdict_is_fanout(const char *id)
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

bool symfeed_verdict_is_datahose(const char *id)
{
    for (; *id != '\0'; id++) {
        if (id[0] == '_' && id[1] == 'p' && (id[2] == '_' || id[2] == '\0')) {
            return true;
        }
    }
    return false;
}
