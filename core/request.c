/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - see request.h. */
#include "request.h"

#include "base64.h"
#include "bytes.h"
#include "json.h"
#include "symfeed.h"

#if SYMFEED_LEGACY
#define COOKIE "%C%o"
#else
#define COOKIE ""
#endif

static const char head[] = "%m %p%w%q%t%/%f%r HTTP/1.1\r\n"
                           "Host: %a%S%s%K%k" COOKIE "\r\n"
                           "Accept: application/json\r\n"
                           "User-Agent: symfeed/" SYMFEED_VERSION "\r\n"
                           "X-Trace-Id: %x%c%n\r\n"
                           "\r\n"
                           "%b";

/* What a call has besides its path and body. */
#define IS_POST 1u
#define HAS_ID  2u /* the feed's id behind the path */
#define IS_READ 4u

/* In the order of enum call. */
static const struct {
    const char *path;
    const char *body;
    unsigned char flags;
} calls[] = {
    {"/v5/datafeeds", "", 0},
    {"/v5/datafeeds", "{%T%j%,%I}", IS_POST},
    {"/v5/datafeeds", "{\"ackId\":\"%i\",\"updatePresence\":%u}", IS_POST | HAS_ID | IS_READ},
    {"/v5/datafeeds", "", HAS_ID},
#if SYMFEED_DATAHOSE
    {"/v5/events/read",
     "{\"type\":\"%y\",\"tag\":\"%D%j\"%E%e%F%G%g%H,\"ackId\":\"%i\",\"updatePresence\":%u}",
     IS_POST | IS_READ},
#else
    {"", "", 0},
#endif
#if SYMFEED_LEGACY
    {"/v4/datafeed/create", "", IS_POST},
    {"/v4/datafeed", "", HAS_ID | IS_READ},
#else
    {"", "", 0},
    {"", "", 0},
#endif
    {"/v3/health/extended", "", 0},
    {"/v1/info", "", 0},
#if SYMFEED_SIGN_IN
    {"/login/pubkey/authenticate", "{\"token\":\"%J\"}", IS_POST},
    {"/v1/info", "", 0},
    {"/relay/pubkey/authenticate", "{\"token\":\"%J\"}", IS_POST},
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

bool symfeed_request_is_read(enum call call)
{
    return (calls[call].flags & IS_READ) != 0;
}

enum role symfeed_request_role(enum call call)
{
    return call == CALL_SESSION ? ROLE_POD : call == CALL_KEY ? ROLE_KEY_MANAGER : ROLE_AGENT;
}

static bool has(const struct request *request, unsigned flag)
{
    return (calls[request->call].flags & flag) != 0;
}

static bool is_signing_in(const struct request *request)
{
    return request->call == CALL_SESSION || request->call == CALL_KEY;
}

#if SYMFEED_SIGN_IN

static bool is_by_certificate(const struct request *request)
{
    return is_signing_in(request) && request->agent->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE;
}

#else

static bool is_by_certificate(const struct request *request)
{
    (void)request;
    return false;
}

#endif

static const char *path_of(const struct request *request)
{
    if (is_by_certificate(request)) {
        return request->call == CALL_SESSION ? "/sessionauth/v1/authenticate"
                                             : "/keyauth/v1/authenticate";
    }
    return calls[request->call].path;
}

/* A certificate is all there is to say; a body, even an empty object, is refused. */
static const char *body_of(const struct request *request)
{
    return is_by_certificate(request) ? "" : calls[request->call].body;
}

static const char *length_field(const struct request *request)
{
    if (!has(request, IS_POST)) {
        return "";
    }
    return *body_of(request) == '\0' ? "\r\nContent-Length: "
                                     : "\r\nContent-Type: application/json\r\nContent-Length: ";
}

/* Tokens go to the agent. While signing in their buffers hold something else. */
static const char *token_value(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    bool has_key_manager = *agent->key_manager_token != '\0';

    if (letter == 'J') {
        return request->call == CALL_SESSION ? agent->session_token : agent->key_manager_token;
    }
    if (is_signing_in(request) || request->call == CALL_HEALTH || request->call == CALL_VERSION) {
        return "";
    }
    switch (letter) {
    case 'S': return "\r\nsessionToken: ";
    case 's': return agent->session_token;
    case 'K': return has_key_manager ? "\r\nkeyManagerToken: " : "";
    default: return agent->key_manager_token;
    }
}

/* The values of a datahose that are texts of our own. */
static const char *datahose_value(const struct agent *agent, char letter)
{
#if SYMFEED_DATAHOSE
    switch (letter) {
    case 'y': return agent->fanout ? "fanout" : "datahose";
    case 'D': return agent->default_tag ? "datahose-" : "";
    case 'E': return agent->types.size > 0 ? ",\"eventTypes\":[\"" : "";
    case 'F': return agent->types.size > 0 ? "\"]" : "";
    case 'G': return agent->scopes.size > 0 ? ",\"scopes\":[\"" : "";
    case 'H': return agent->scopes.size > 0 ? "\"]" : "";
    default: break;
    }
#else
    (void)agent;
    (void)letter;
#endif
    return NULL;
}

/* The cookie goes with the legacy calls alone. */
static bool has_cookie(const struct request *request)
{
#if SYMFEED_LEGACY
    return request->agent->cookie.size > 0 &&
           (request->call == CALL_LEGACY_CREATE || request->call == CALL_LEGACY_READ);
#else
    (void)request;
    return false;
#endif
}

/* The values that are texts of our own, or a token. */
static const char *fixed_value(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    bool tag = agent->tag.size > 0;
    const char *text = datahose_value(agent, letter);

    if (text != NULL) {
        return text;
    }
    switch (letter) {
    case 'm':
        return has(request, IS_POST) ? "POST" : request->call == CALL_DELETE ? "DELETE" : "GET";
    case 'w': return path_of(request);
    case 'q': return request->call == CALL_LIST && !request->all_feeds && tag ? "?tag=" : "";
    case '/': return has(request, HAS_ID) ? "/" : "";
    case 'r': return has(request, HAS_ID) && has(request, IS_READ) ? "/read" : "";
    case 'x': return request->trace;
    case 'c': return length_field(request);
    case 'u': return agent->no_presence ? "false" : "true";
    case 'T': return tag ? "\"tag\":\"" : "";
    case ',': return !tag ? "" : agent->include_invisible ? "\"," : "\"";
    case 'I': return agent->include_invisible ? "\"includeInvisible\":true" : "";
    case 'C': return has_cookie(request) ? "\r\nCookie: " : "";
    default: return token_value(request, letter);
    }
}

static const struct host *host_of(const struct request *request)
{
    return &request->agent->hosts[symfeed_request_role((enum call)request->call)];
}

static struct value value_of(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    struct value value = {{"", 0}, AS_IS};

    switch (letter) {
    case 'p': value.text = host_of(request)->path; break;
    case 'a': value.text = host_of(request)->authority; break;
    case 'i': value.text = request->ack; break;
    case 'n':
        value.text.at = request->length;
        value.text.size = request->length_size;
        break;
    case 'f':
        if (*fixed_value(request, '/') != '\0') {
            value.text = request->feed;
        }
        value.encoding = PERCENT;
        break;
    case 't':
        if (*fixed_value(request, 'q') != '\0') {
            value.text = agent->tag;
        }
        value.encoding = PERCENT;
        break;
    case 'j':
        value.text = agent->tag;
        value.encoding = JSON;
        break;
#if SYMFEED_DATAHOSE
    case 'e':
    case 'g':
        value.text = letter == 'e' ? agent->types : agent->scopes;
        value.encoding = NAMES;
        break;
#endif
#if SYMFEED_LEGACY
    case 'o':
        if (has_cookie(request)) {
            value.text.at = agent->cookie.at;
            value.text.size = agent->cookie.size;
        }
        break;
#endif
    default:
        value.text.at = fixed_value(request, letter);
        value.text.size = SIZE_MAX;
        break;
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
    if (encoding == NAMES && c == ',') {
        out[0] = '"';
        out[1] = ',';
        out[2] = '"';
        return 3;
    }
    out[0] = c;
    return 1;
}

/* The next character of the template or of the value it stands at; 0 at the template's end. */
static size_t next_character(struct request *request, char *out)
{
    while (*request->next == '%') {
        char letter = request->next[1];

        if (letter == 'b') {
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
        count = next_character(request, out + written);
        written += count;
    }
    return written;
}

/* Content-Length: the body is written once to nowhere. Nothing where none is due. */
static void measure_body(struct request *request)
{
    char scratch[3];
    uint32_t length = 0;
    size_t count = 0;

    request->length_size = 0;
    if (!has(request, IS_POST)) {
        return;
    }
    request->next = body_of(request);
    do {
        count = next_character(request, scratch);
        length += (uint32_t)count;
    } while (count > 0);
    request->length_size = (uint8_t)symfeed_bytes_digits(length, request->length);
}

void symfeed_request_begin(struct request *request, const struct symfeed_port *port)
{
    request->trace[TRACE_SIZE] = '\0';
    port->random(port->context, request->trace, TRACE_SIZE);
    for (size_t i = 0; i < TRACE_SIZE; i++) {
        unsigned number = (unsigned char)request->trace[i] % 36u;

        request->trace[i] = (char)(number < 26 ? number + 'a' : number - 26 + '0');
    }
    request->offset = 0;
    measure_body(request);
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
            byte = symfeed_json_hex(user.at[i + 1]) << 4 | symfeed_json_hex(user.at[i + 2]);
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
