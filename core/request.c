/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - see request.h. */
#include "request.h"

#include "bytes.h"
#include "symfeed.h"

static const char head[] = "%m %p/v5/datafeeds%q%t%/%f%r HTTP/1.1\r\n"
                           "Host: %a\r\n"
                           "sessionToken: %s%K%k\r\n"
                           "Accept: application/json\r\n"
                           "User-Agent: symfeed/" SYMFEED_VERSION "\r\n"
                           "X-Trace-Id: %x%c%n\r\n"
                           "\r\n"
                           "%b";

static const char read_body[] = "{\"ackId\":\"%i\",\"updatePresence\":%u}";
static const char create_body[] = "{%T%j%,%I}";

/* Characters of a trace id, as the vendor asks for. */
#define TRACE_SIZE 6

enum encoding {
    AS_IS,
    PERCENT, /* RFC 3986, 2.1: all but unreserved characters */
    JSON     /* quotes and backslashes; control characters cannot occur */
};

struct value {
    struct text text;
    enum encoding encoding;
};

static struct text terminated(const char *string)
{
    struct text text = {string, 0};

    while (string[text.size] != '\0') {
        text.size++;
    }
    return text;
}

/* The values that are texts of our own, or a token. */
static const char *fixed_value(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    bool create = request->call == CALL_CREATE;
    bool read = request->call == CALL_READ;
    bool tag = agent->tag.size > 0;
    bool has_key_manager = *agent->key_manager_token != '\0';

    switch (letter) {
    case 'm': return create || read ? "POST" : request->call == CALL_LIST ? "GET" : "DELETE";
    case 'q': return request->call == CALL_LIST && !request->all_feeds && tag ? "?tag=" : "";
    case '/': return read || request->call == CALL_DELETE ? "/" : "";
    case 'r': return read ? "/read" : "";
    case 's': return agent->session_token;
    case 'K': return has_key_manager ? "\r\nkeyManagerToken: " : "";
    case 'k': return agent->key_manager_token;
    case 'x': return request->trace;
    case 'c': return create || read ? "\r\nContent-Type: application/json\r\nContent-Length: " : "";
    case 'u': return agent->no_presence ? "false" : "true";
    case 'T': return tag ? "\"tag\":\"" : "";
    case ',': return !tag ? "" : agent->include_invisible ? "\"," : "\"";
    default: return agent->include_invisible ? "\"includeInvisible\":true" : "";
    }
}

static struct value value_of(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    struct value value = {{"", 0}, AS_IS};

    switch (letter) {
    case 'p': value.text = agent->path; break;
    case 'a': value.text = agent->authority; break;
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
    default: value.text = terminated(fixed_value(request, letter)); break;
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

static const char *body_of(const struct request *request)
{
    return request->call == CALL_READ ? read_body : request->call == CALL_CREATE ? create_body : "";
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

            if (request->offset < value.text.size) {
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

static void write_number(struct request *request, uint32_t number)
{
    uint32_t rest = number;

    request->length_size = 0;
    do {
        request->length_size++;
        rest /= 10;
    } while (rest > 0);
    for (size_t i = request->length_size; i-- > 0; number /= 10) {
        request->length[i] = (char)('0' + number % 10);
    }
}

/* Content-Length: the body is written once to nowhere. Nothing where there is none. */
static void measure_body(struct request *request)
{
    char scratch[3];
    uint32_t length = 0;
    size_t count = 0;

    request->length_size = 0;
    request->next = body_of(request);
    do {
        count = next_character(request, scratch);
        length += (uint32_t)count;
    } while (count > 0);
    if (length > 0) {
        write_number(request, length);
    }
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
