/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - see request.h. */
#include "http/request.h"

#include "util/base64.h"
#include "util/bytes.h"
#include "symfeed.h"

/*
 * Templates. A value is a sign that says how to write it, and a letter, see value_of():
 *   %x  as it is
 *   #x  percent-encoded, for a path or query (RFC 3986, 2.1)
 *   $x  in a JSON string; control characters cannot occur
 *   &x  names between commas, written as the strings of a JSON array
 *   <x text>, without the blank: the text is written if the value is not empty
 */
#if SYMFEED_LEGACY
#define COOKIE "<o\r\nCookie: %o>"
#else
#define COOKIE ""
#endif

/* The first and third part of a request; the second is the path, the last one the body. */
static const char method[] = "%m %p";
static const char fields[] =
    " HTTP/1.1\r\n"
    "Host: %a<s\r\nsessionToken: %s><k\r\nkeyManagerToken: %k>" COOKIE "\r\n"
    "Accept: application/json\r\n"
    "User-Agent: symfeed/" SYMFEED_VERSION "\r\n"
    "X-Trace-Id: %x<c\r\nContent-Type: application/json><n\r\nContent-Length: %n>\r\n"
    "\r\n";

enum part { PART_METHOD, PART_PATH, PART_FIELDS, PART_BODY };

/* What differs between calls. The path follows the base URL's. No body: GET or DELETE. */
struct call {
    const char *path;
    const char *body;
};

/* Rows of the table after those of the calls. */
enum { SESSION_BY_CERTIFICATE = SYMFEED_CALL_COUNT, KEY_BY_CERTIFICATE };

/* By enum symfeed_call, if the build has the call. */
static const struct call calls[] = {
    [SYMFEED_CALL_LIST] = {"/v5/datafeeds<t?tag=#t>", NULL},
    [SYMFEED_CALL_CREATE] = {"/v5/datafeeds",
                             "{<t\"tag\":\"$t\"><,,><v\"includeInvisible\":true>}"},
    [SYMFEED_CALL_READ] = {"/v5/datafeeds/#f/read", "{\"ackId\":\"%i\",\"updatePresence\":%u}"},
    [SYMFEED_CALL_DELETE] = {"/v5/datafeeds/#f", NULL},
#if SYMFEED_DATAHOSE
    [SYMFEED_CALL_EVENTS] =
        {"/v5/events/read", "{\"type\":\"%y\",\"tag\":\"<ddatahose->$t\"<e,\"eventTypes\":[\"&e\"]>"
                            "<g,\"scopes\":[\"&g\"]>,\"ackId\":\"%i\",\"updatePresence\":%u}"},
#endif
#if SYMFEED_LEGACY
    [SYMFEED_CALL_LEGACY_CREATE] = {"/v4/datafeed/create", ""},
    [SYMFEED_CALL_LEGACY_READ] = {"/v4/datafeed/#f/read", NULL},
#endif
#if SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE
    [SYMFEED_CALL_HEALTH] = {"/v3/health/extended", NULL},
    [SYMFEED_CALL_VERSION] = {"/v1/info", NULL},
#endif
#if SYMFEED_SIGN_IN
    [SYMFEED_CALL_INFO] = {"/v1/info", NULL},
#endif
#if SYMFEED_CERTIFICATE_SIGN_IN
    /* The certificate is enough: the servers refuse a body, even an empty object. */
    [SESSION_BY_CERTIFICATE] = {"/sessionauth/v1/authenticate", ""},
    [KEY_BY_CERTIFICATE] = {"/keyauth/v1/authenticate", ""},
#endif
#if SYMFEED_KEY_SIGN_IN
    [SYMFEED_CALL_SESSION] = {"/login/pubkey/authenticate", "{\"token\":\"%j\"}"},
    [SYMFEED_CALL_KEY] = {"/relay/pubkey/authenticate", "{\"token\":\"%j\"}"},
#endif
};

/* Characters of a trace id, as the API asks for. */
#define TRACE_SIZE 6

#if SYMFEED_SIGN_IN

enum role symfeed_request_role(enum symfeed_call call)
{
    return call == SYMFEED_CALL_SESSION ? ROLE_POD
           : call == SYMFEED_CALL_KEY   ? ROLE_KEY_MANAGER
                                        : ROLE_AGENT;
}

#endif

static enum role role_of(const struct request *request)
{
    return symfeed_request_role((enum symfeed_call)request->call);
}

static const struct call *call_of(const struct request *request)
{
    unsigned row = request->call;

#if SYMFEED_CERTIFICATE_SIGN_IN
    if (role_of(request) != ROLE_AGENT &&
        (!SYMFEED_KEY_SIGN_IN || request->agent->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE)) {
        row = row == SYMFEED_CALL_SESSION ? SESSION_BY_CERTIFICATE : KEY_BY_CERTIFICATE;
    }
#endif
    return &calls[row];
}

static const char *body_of(const struct request *request)
{
    const char *body = call_of(request)->body;

    return body != NULL ? body : "";
}

/* Does the request carry tokens? Only those to the agent do; during a sign-in the token buffers
 * hold the JWT. */
static bool has_tokens(const struct request *request)
{
    return role_of(request) == ROLE_AGENT && !request->bare;
}

static const char *method_of(const struct request *request)
{
    return call_of(request)->body != NULL         ? "POST"
           : request->call == SYMFEED_CALL_DELETE ? "DELETE"
                                                  : "GET";
}

/* Returns the value of a letter. It ends at its size or at a NUL, and is empty if the call has
 * none. Some letters are conditions: then only the size counts. */
static struct text value_of(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    const struct host *host = &agent->hosts[role_of(request)];
    struct text value = {"true", SIZE_MAX};

    switch (letter) {
    case 'm': value.at = method_of(request); break;
    case 'p': value = host->path; break;
    case 'a': value = host->authority; break;
    case 's': value.at = has_tokens(request) ? agent->session_token : ""; break;
    case 'k': value.at = has_tokens(request) ? agent->key_manager_token : ""; break;
    case 'x': value.at = request->trace; break;
    case 'c': value.at = body_of(request); break;
    case 'n':
        value.at = request->number;
        value.size = request->number_size;
        break;
    case 'f': value = request->feed; break;
    case 'i': value = request->ack; break;
    case 'v': value.size = agent->include_invisible; break;
    case ',': value.size = agent->include_invisible && agent->tag.size > 0; break;
#if SYMFEED_DATAHOSE
    case 'y': value.at = agent->fanout ? "fanout" : "datahose"; break;
    case 'd': value.size = agent->default_tag; break;
    case 'e': value = agent->types; break;
    case 'g': value = agent->scopes; break;
#endif
#if SYMFEED_LEGACY
    case 'o': /* only legacy calls send the cookie */
        value.at = agent->cookie.at;
        value.size =
            request->call == SYMFEED_CALL_LEGACY_CREATE || request->call == SYMFEED_CALL_LEGACY_READ
                ? agent->cookie.size
                : 0;
        break;
#endif
#if SYMFEED_KEY_SIGN_IN
    case 'b': value = agent->user; break;
    case 'j':
        value.at =
            request->call == SYMFEED_CALL_SESSION ? agent->session_token : agent->key_manager_token;
        break;
#endif
    case 't':
        if (request->all_feeds) {
            value.size = 0;
        } else {
            value = agent->tag;
        }
        break;
    default:
        if (agent->no_presence) {
            value.at = "false";
        }
        break;
    }
    return value;
}

static bool is_unreserved(unsigned char c)
{
    return bytes_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/* Writes one character of a value with this sign, up to 3 bytes. */
static size_t encode(char c, char sign, char *out)
{
    static const char hex[] = "0123456789ABCDEF";

    if (sign == '#' && !is_unreserved((unsigned char)c)) {
        out[0] = '%';
        out[1] = hex[(unsigned char)c >> 4];
        out[2] = hex[(unsigned char)c & 15];
        return 3;
    }
    if (sign == '$' && (c == '"' || c == '\\')) {
        out[0] = '\\';
        out[1] = c;
        return 2;
    }
    if (SYMFEED_DATAHOSE && sign == '&' && c == ',') {
        out[0] = '"';
        out[1] = ',';
        out[2] = '"';
        return 3;
    }
    out[0] = c;
    return 1;
}

/* Moves to the start of a part. */
static void enter_part(struct request *request, enum part part)
{
    request->part = (uint8_t)part;
    request->offset = 0;
    request->next = part == PART_METHOD   ? method
                    : part == PART_PATH   ? call_of(request)->path
                    : part == PART_FIELDS ? fields
                                          : body_of(request);
}

/* Writes the next character. Returns its bytes, up to 3; 0 at the end of the last part. */
static size_t next_character(struct request *request, char *out)
{
    for (;;) {
        char sign = *request->next;

        if (sign == '\0' && request->part < PART_BODY) {
            enter_part(request, (enum part)(request->part + 1));
        } else if (sign == '>') {
            request->next++;
        } else if ((sign >= '#' && sign <= '&') || sign == '<') {
            struct text value = value_of(request, request->next[1]);
            bool more = request->offset < value.size && value.at[request->offset] != '\0';

            if (more && sign != '<') {
                return encode(value.at[request->offset++], sign, out);
            }
            request->offset = 0;
            request->next += 2;
            while (!more && sign == '<' && *request->next != '>') {
                request->next++;
            }
        } else {
            *out = sign;
            request->next += sign != '\0' ? 1 : 0;
            return sign != '\0' ? 1 : 0;
        }
    }
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

/* Sets Content-Length: writes the body once to count its bytes. */
static void measure_body(struct request *request)
{
    char scratch[3];
    uint32_t length = 0;
    size_t count = 0;

    request->number_size = 0;
    if (call_of(request)->body == NULL) {
        return;
    }
    enter_part(request, PART_BODY);
    do {
        count = next_character(request, scratch);
        length += (uint32_t)count;
    } while (count > 0);
    request->number_size = (uint8_t)symfeed_bytes_digits(length, request->number);
}

static void draw_trace(struct request *request, const struct symfeed_port *port)
{
    request->trace[TRACE_SIZE] = '\0';
    port->random(port->context, request->trace, TRACE_SIZE);
    for (size_t i = 0; i < TRACE_SIZE; i++) {
        unsigned number = (unsigned char)request->trace[i] % 36u;

        request->trace[i] = (char)(number < 26 ? number + 'a' : number - 26 + '0');
    }
}

void symfeed_request_begin(struct request *request, const struct symfeed_port *port)
{
    draw_trace(request, port);
    measure_body(request);
    enter_part(request, PART_METHOD);
}

#if SYMFEED_KEY_SIGN_IN

size_t symfeed_request_claims(struct request *request, const struct symfeed_port *port,
                              uint32_t ends, char *out, size_t size)
{
    draw_trace(request, port);
    request->number_size = (uint8_t)symfeed_bytes_digits(ends, request->number);
    enter_part(request, PART_BODY);
    request->next = "{\"sub\":\"$b\",\"exp\":%n,\"jti\":\"%x\"}";
    return symfeed_request_fill(request, out, size);
}

#endif

/* --- the proxy ---------------------------------------------------------------------------- */

#if SYMFEED_PROXY

static char *put_string(char *out, const char *string)
{
    while (*string != '\0') {
        *out++ = *string++;
    }
    return out;
}

/* Writes host and port; the port is always there, unlike in the authority. */
static char *put_target(char *out, const struct host *host)
{
    const char *end = host->endpoint.host + host->endpoint.host_size;

    memcpy(out, host->authority.at, host->authority.size);
    out += host->authority.size;
    end += *end == ']' ? 1 : 0;
    return *end == ':' ? out : put_string(out, ":443");
}

/* Writes base64 of user:password. Each percent sign is followed by two digits, which was checked.
 * The colon is there even without a password (RFC 7617, 2). */
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
    return symfeed_base64_end(&base64);
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
