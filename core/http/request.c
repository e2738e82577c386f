/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - see request.h. */
#include "http/request.h"

#include "util/base64.h"
#include "util/bytes.h"
#include "symfeed.h"

#if SYMFEED_LEGACY
#define COOKIE "<o\r\nCookie: %o>"
#else
#define COOKIE ""
#endif

/* %x: a value; <x text>, without the blank: text that is there on a condition. See value_of() and
 * is_due(). */
static const char head[] =
    "%m %p%w<t?tag=%t><i/%f><r/read> HTTP/1.1\r\n"
    "Host: %a<s\r\nsessionToken: %s><k\r\nkeyManagerToken: %k>" COOKIE "\r\n"
    "Accept: application/json\r\n"
    "User-Agent: symfeed/" SYMFEED_VERSION "\r\n"
    "X-Trace-Id: %x<c\r\nContent-Type: application/json><n\r\nContent-Length: %n>\r\n"
    "\r\n"
    "%b";

/* What a call has besides its path and body. */
#define IS_POST 1u
#define HAS_ID  2u /* the feed's id behind the path */
#define IS_READ 4u

/* A certificate is all there is to say; a body, even an empty object, is refused. */
#define SESSION_BY_CERTIFICATE "/sessionauth/v1/authenticate"
#define KEY_BY_CERTIFICATE     "/keyauth/v1/authenticate"

/* By enum symfeed_call, as far as the build makes them. */
static const struct {
    const char *path;
    const char *body;
    unsigned char flags;
} calls[] = {
    [SYMFEED_CALL_LIST] = {"/v5/datafeeds", "", 0},
    [SYMFEED_CALL_CREATE] = {"/v5/datafeeds", "{<j\"tag\":\"%j\"><,,><v\"includeInvisible\":true>}",
                             IS_POST},
    [SYMFEED_CALL_READ] = {"/v5/datafeeds", "{\"ackId\":\"%i\",\"updatePresence\":%u}",
                           IS_POST | HAS_ID | IS_READ},
    [SYMFEED_CALL_DELETE] = {"/v5/datafeeds", "", HAS_ID},
#if SYMFEED_DATAHOSE
    [SYMFEED_CALL_EVENTS] =
        {"/v5/events/read",
         "{\"type\":\"%y\",\"tag\":\"<ddatahose->%j\"<e,\"eventTypes\":[\"%e\"]>"
         "<g,\"scopes\":[\"%g\"]>,\"ackId\":\"%i\",\"updatePresence\":%u}",
         IS_POST | IS_READ},
#endif
#if SYMFEED_LEGACY
    [SYMFEED_CALL_LEGACY_CREATE] = {"/v4/datafeed/create", "", IS_POST},
    [SYMFEED_CALL_LEGACY_READ] = {"/v4/datafeed", "", HAS_ID | IS_READ},
#endif
#if SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE
    [SYMFEED_CALL_HEALTH] = {"/v3/health/extended", "", 0},
    [SYMFEED_CALL_VERSION] = {"/v1/info", "", 0},
#endif
#if SYMFEED_SIGN_IN
#if SYMFEED_KEY_SIGN_IN
    [SYMFEED_CALL_SESSION] = {"/login/pubkey/authenticate", "{\"token\":\"%s\"}", IS_POST},
    [SYMFEED_CALL_KEY] = {"/relay/pubkey/authenticate", "{\"token\":\"%k\"}", IS_POST},
#else
    [SYMFEED_CALL_SESSION] = {SESSION_BY_CERTIFICATE, "", IS_POST},
    [SYMFEED_CALL_KEY] = {KEY_BY_CERTIFICATE, "", IS_POST},
#endif
    [SYMFEED_CALL_INFO] = {"/v1/info", "", 0},
#endif
};

/* Characters of a trace id, as the vendor asks for. */
#define TRACE_SIZE 6

enum encoding {
    AS_IS,
    PERCENT, /* RFC 3986, 2.1: all but unreserved characters */
    JSON,    /* quotes and backslashes; control characters cannot occur */
    NAMES    /* of a list between commas, which become those of a JSON array of strings */
};

/* A value ends at its size or at a NUL. */
struct value {
    struct text text;
    enum encoding encoding;
};

#if SYMFEED_SIGN_IN

enum role symfeed_request_role(enum symfeed_call call)
{
    return call == SYMFEED_CALL_SESSION ? ROLE_POD
           : call == SYMFEED_CALL_KEY   ? ROLE_KEY_MANAGER
                                        : ROLE_AGENT;
}

#endif

static bool has(const struct request *request, unsigned flag)
{
    return (calls[request->call].flags & flag) != 0;
}

static bool is_signing_in(const struct request *request)
{
    return SYMFEED_SIGN_IN && request->call >= SYMFEED_CALL_SESSION &&
           request->call != SYMFEED_CALL_INFO;
}

#if SYMFEED_KEY_SIGN_IN && SYMFEED_CERTIFICATE_SIGN_IN

static bool is_by_certificate(const struct request *request)
{
    return is_signing_in(request) && request->agent->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE;
}

#else

/* There is no choice: the table has the one way. */
static bool is_by_certificate(const struct request *request)
{
    (void)request;
    return false;
}

#endif

static const char *path_of(const struct request *request)
{
    if (is_by_certificate(request)) {
        return request->call == SYMFEED_CALL_SESSION ? SESSION_BY_CERTIFICATE : KEY_BY_CERTIFICATE;
    }
    return calls[request->call].path;
}

static const char *body_of(const struct request *request)
{
    return is_by_certificate(request) ? "" : calls[request->call].body;
}

/* Tokens go to the agent. While signing in their buffers hold something else. */
static bool needs_tokens(const struct request *request)
{
    return !is_signing_in(request) && !request->bare;
}

/* The cookie goes with the legacy calls alone. */
static bool has_cookie(const struct request *request)
{
#if SYMFEED_LEGACY
    return request->agent->cookie.size > 0 && (request->call == SYMFEED_CALL_LEGACY_CREATE ||
                                               request->call == SYMFEED_CALL_LEGACY_READ);
#else
    (void)request;
    return false;
#endif
}

/* Is the text behind this letter to be there? */
static bool is_due(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    bool tag = agent->tag.size > 0;

    switch (letter) {
    case 't': return tag && request->call == SYMFEED_CALL_LIST && !request->all_feeds;
    case 'i': return has(request, HAS_ID);
    case 'r': return has(request, HAS_ID) && has(request, IS_READ);
    case 's': return needs_tokens(request);
    case 'k': return needs_tokens(request) && *agent->key_manager_token != '\0';
    case 'c': return *body_of(request) != '\0';
    case 'n': return has(request, IS_POST);
    case 'j': return tag;
    case 'v': return agent->include_invisible;
    case ',': return agent->include_invisible && tag;
#if SYMFEED_DATAHOSE
    case 'd': return agent->default_tag;
    case 'e': return agent->types.size > 0;
    case 'g': return agent->scopes.size > 0;
#endif
    default: return has_cookie(request);
    }
}

static const char *method_of(const struct request *request)
{
    return has(request, IS_POST) ? "POST" : request->call == SYMFEED_CALL_DELETE ? "DELETE" : "GET";
}

static struct value value_of(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    const struct host *host = &agent->hosts[symfeed_request_role((enum symfeed_call)request->call)];
    struct value value = {{"", SIZE_MAX}, AS_IS};

    switch (letter) {
    case 'm': value.text.at = method_of(request); break;
    case 'p': value.text = host->path; break;
    case 'w': value.text.at = path_of(request); break;
    case 'f':
        value.text = request->feed;
        value.encoding = PERCENT;
        break;
    case 't':
    case 'j':
        value.text = agent->tag;
        value.encoding = letter == 't' ? PERCENT : JSON;
        break;
    case 'a': value.text = host->authority; break;
    case 's': value.text.at = agent->session_token; break;
    case 'k': value.text.at = agent->key_manager_token; break;
    case 'x': value.text.at = request->trace; break;
    case 'n':
        value.text.at = request->length;
        value.text.size = request->length_size;
        break;
    case 'i': value.text = request->ack; break;
#if SYMFEED_DATAHOSE
    case 'y': value.text.at = agent->fanout ? "fanout" : "datahose"; break;
    case 'e':
    case 'g':
        value.text = letter == 'e' ? agent->types : agent->scopes;
        value.encoding = NAMES;
        break;
#endif
#if SYMFEED_KEY_SIGN_IN
    case 'q':
        value.text = agent->user;
        value.encoding = JSON;
        break;
#endif
#if SYMFEED_LEGACY
    case 'o':
        value.text.at = agent->cookie.at;
        value.text.size = agent->cookie.size;
        break;
#endif
    default: value.text.at = agent->no_presence ? "false" : "true"; break;
    }
    return value;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* One character as it must stand there: up to 3 bytes. */
static size_t encode(char c, enum encoding encoding, char *out)
{
    static const char hex[] = "0123456789ABCDEF";

    if (encoding == PERCENT && !is_unreserved(c)) {
        out[0] = '%';
        out[1] = hex[(unsigned char)c >> 4];
        out[2] = hex[(unsigned char)c & 15];
        return 3;
    }
    if (encoding == JSON && (c == '"' || c == '\\')) {
        out[0] = '\\';
        out[1] = c;
        return 2;
    }
    if (SYMFEED_DATAHOSE && encoding == NAMES && c == ',') {
        out[0] = '"';
        out[1] = ',';
        out[2] = '"';
        return 3;
    }
    out[0] = c;
    return 1;
}

size_t symfeed_request_next(struct request *request, char *out)
{
    while (*request->next == '%' || *request->next == '<' || *request->next == '>') {
        char letter = request->next[1];

        if (*request->next == '>') {
            request->next++;
        } else if (*request->next == '<') {
            request->next += 2;
            while (*request->next != '>' && !is_due(request, letter)) {
                request->next++;
            }
        } else if (letter == 'b') {
            request->next = body_of(request);
        } else {
            struct value value = value_of(request, letter);

            if (request->offset < value.text.size && value.text.at[request->offset] != '\0') {
                return encode(value.text.at[request->offset++], value.encoding, out);
            }
            request->offset = 0;
            request->next += 2;
        }
    }
    if (*request->next == '\0') {
        return 0;
    }
    *out = *request->next++;
    return 1;
}

size_t symfeed_request_fill(struct request *request, char *out, size_t size)
{
    size_t written = 0;
    size_t count = 1;

    while (size - written >= 3 && count > 0) {
        count = symfeed_request_next(request, out + written);
        written += count;
    }
    return written;
}

void symfeed_request_start(struct request *request, const struct symfeed_port *port,
                           const char *template)
{
    request->trace[TRACE_SIZE] = '\0';
    port->random(port->context, request->trace, TRACE_SIZE);
    for (size_t i = 0; i < TRACE_SIZE; i++) {
        unsigned number = (unsigned char)request->trace[i] % 36u;

        request->trace[i] = (char)(number < 26 ? number + 'a' : number - 26 + '0');
    }
    request->offset = 0;
    request->next = template;
}

/* The body is written once to nowhere, for its Content-Length. */
void symfeed_request_begin(struct request *request, const struct symfeed_port *port)
{
    char scratch[3];
    uint32_t length = 0;
    size_t count = 0;

    symfeed_request_start(request, port, body_of(request));
    do {
        count = symfeed_request_next(request, scratch);
        length += (uint32_t)count;
    } while (count > 0);
    request->length_size = (uint8_t)symfeed_bytes_digits(length, request->length);
    request->next = head;
}

/* --- the proxy ---------------------------------------------------------------------------- */

#if SYMFEED_PROXY

static char *put_string(char *out, const char *string)
{
    while (*string != '\0') {
        *out++ = *string++;
    }
    return out;
}

/* Host and port, the port always. */
static char *put_target(char *out, const struct host *host)
{
    const char *end = host->endpoint.host + host->endpoint.host_size;

    memcpy(out, host->authority.at, host->authority.size);
    out += host->authority.size;
    end += *end == ']' ? 1 : 0;
    return *end == ':' ? out : put_string(out, ":443");
}

/* base64 of user:password, whose percent signs stand before two digits each: that was checked. The
 * colon is there without a password, too (RFC 7617, 2). */
static char *put_credentials(char *out, struct text user)
{
    struct base64 base64;
    bool colon = false;

    symfeed_base64_begin(&base64, false, out);
    for (size_t i = 0; i < user.size; i++) {
        unsigned byte = (unsigned char)user.at[i];

        colon = colon || byte == ':';
        if (byte == '%') {
            byte = symfeed_bytes_hex(user.at[i + 1]) << 4 | symfeed_bytes_hex(user.at[i + 2]);
            i += 2;
        }
        symfeed_base64_put(&base64, (unsigned char)byte);
    }
    if (!colon) {
        symfeed_base64_put(&base64, ':');
    }
    symfeed_base64_end(&base64);
    return base64.out;
}

size_t symfeed_request_tunnel(const struct proxy *proxy, const struct host *host, char *out)
{
    char *at = put_string(out, "CONNECT ");

    at = put_target(at, host);
    at = put_string(at, " HTTP/1.1\r\nHost: ");
    at = put_target(at, host);
    if (proxy->user.size > 0) {
        at = put_string(at, "\r\nProxy-Authorization: Basic ");
        at = put_credentials(at, proxy->user);
    }
    at = put_string(at, "\r\nUser-Agent: symfeed/" SYMFEED_VERSION "\r\n\r\n");
    return (size_t)(at - out);
}

#endif
