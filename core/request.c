/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - see request.h. */
#include "request.h"

#include "base64.h"
#include "bytes.h"
#include "json.h"
#include "symfeed.h"

static const char head[] = "%m %p%w%q%t%/%f%r HTTP/1.1\r\n"
                           "Host: %a%S%s%K%k\r\n"
                           "Accept: application/json\r\n"
                           "User-Agent: symfeed/" SYMFEED_VERSION "\r\n"
                           "X-Trace-Id: %x%c%n\r\n"
                           "\r\n"
                           "%b";

static const char read_body[] = "{\"ackId\":\"%i\",\"updatePresence\":%u}";
static const char create_body[] = "{%T%j%,%I}";
#if SYMFEED_SIGN_IN
static const char sign_in_body[] = "{\"token\":\"%J\"}";
#endif

/* Characters of a trace id, as the vendor asks for. */
#define TRACE_SIZE 6

enum encoding {
    AS_IS,
    PERCENT, /* RFC 3986, 2.1: all but unreserved characters */
    JSON     /* quotes and backslashes; control characters cannot occur */
};

/* A value ends at its size or at a NUL. */
struct value {
    struct text text;
    enum encoding encoding;
};

static bool is_signing_in(const struct request *request)
{
    return request->call == CALL_SESSION || request->call == CALL_KEY;
}

static bool is_post(const struct request *request)
{
    return request->call == CALL_CREATE || request->call == CALL_READ || is_signing_in(request);
}

enum role symfeed_request_role(enum call call)
{
    return call == CALL_SESSION ? ROLE_POD : call == CALL_KEY ? ROLE_KEY_MANAGER : ROLE_AGENT;
}

static const char *path_of(const struct request *request)
{
#if SYMFEED_SIGN_IN
    bool certificate = request->agent->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE;

    switch (request->call) {
    case CALL_SESSION:
        return certificate ? "/sessionauth/v1/authenticate" : "/login/pubkey/authenticate";
    case CALL_KEY: return certificate ? "/keyauth/v1/authenticate" : "/relay/pubkey/authenticate";
    case CALL_INFO: return "/v1/info";
    default: break;
    }
#else
    (void)request;
#endif
    return "/v5/datafeeds";
}

static const char *body_of(const struct request *request)
{
    switch (request->call) {
    case CALL_READ: return read_body;
    case CALL_CREATE: return create_body;
#if SYMFEED_SIGN_IN
    case CALL_SESSION:
    case CALL_KEY:
        /* A certificate is all there is to say; a body, even an empty object, is refused. */
        return request->agent->sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE ? "" : sign_in_body;
#endif
    default: return "";
    }
}

static const char *length_field(const struct request *request)
{
    if (!is_post(request)) {
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
    if (is_signing_in(request)) {
        return "";
    }
    switch (letter) {
    case 'S': return "\r\nsessionToken: ";
    case 's': return agent->session_token;
    case 'K': return has_key_manager ? "\r\nkeyManagerToken: " : "";
    default: return agent->key_manager_token;
    }
}

/* The values that are texts of our own, or a token. */
static const char *fixed_value(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    bool read = request->call == CALL_READ;
    bool tag = agent->tag.size > 0;

    switch (letter) {
    case 'm': return is_post(request) ? "POST" : request->call == CALL_DELETE ? "DELETE" : "GET";
    case 'w': return path_of(request);
    case 'q': return request->call == CALL_LIST && !request->all_feeds && tag ? "?tag=" : "";
    case '/': return read || request->call == CALL_DELETE ? "/" : "";
    case 'r': return read ? "/read" : "";
    case 'x': return request->trace;
    case 'c': return length_field(request);
    case 'u': return agent->no_presence ? "false" : "true";
    case 'T': return tag ? "\"tag\":\"" : "";
    case ',': return !tag ? "" : agent->include_invisible ? "\"," : "\"";
    case 'I': return agent->include_invisible ? "\"includeInvisible\":true" : "";
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
    if (!is_post(request)) {
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
