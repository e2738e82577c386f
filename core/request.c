/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - see request.h. */
#include "request.h"

#include "bytes.h"
#include "symfeed.h"

/* The templates follow each other in this order; an empty one is passed over. */
enum stage {
    STAGE_START,
    STAGE_HOST,
    STAGE_KEY_MANAGER,
    STAGE_COMMON,
    STAGE_CONTENT,
    STAGE_BLANK,
    STAGE_BODY,
    STAGE_END
};

enum encoding {
    AS_IS,
    PERCENT, /* RFC 3986, 2.1: all but unreserved characters */
    JSON     /* quotes and backslashes; control characters cannot occur */
};

struct value {
    struct text text;
    enum encoding encoding;
};

static const char *start_line(const struct request *request)
{
    switch (request->call) {
    case CALL_LIST:
        return request->agent->tag.size > 0 && !request->all_feeds
                   ? "GET %p/v5/datafeeds?tag=%t HTTP/1.1\r\n"
                   : "GET %p/v5/datafeeds HTTP/1.1\r\n";
    case CALL_CREATE: return "POST %p/v5/datafeeds HTTP/1.1\r\n";
    case CALL_READ: return "POST %p/v5/datafeeds/%f/read HTTP/1.1\r\n";
    default: return "DELETE %p/v5/datafeeds/%f HTTP/1.1\r\n";
    }
}

static const char *body(const struct request *request)
{
    const struct agent *agent = request->agent;

    if (request->call == CALL_READ) {
        return agent->no_presence ? "{\"ackId\":\"%i\",\"updatePresence\":false}"
                                  : "{\"ackId\":\"%i\",\"updatePresence\":true}";
    }
    if (request->call != CALL_CREATE) {
        return "";
    }
    if (agent->tag.size == 0) {
        return agent->include_invisible ? "{\"includeInvisible\":true}" : "{}";
    }
    return agent->include_invisible ? "{\"tag\":\"%j\",\"includeInvisible\":true}"
                                    : "{\"tag\":\"%j\"}";
}

static const char *template_of(const struct request *request, uint8_t stage)
{
    switch (stage) {
    case STAGE_START: return start_line(request);
    case STAGE_HOST: return "Host: %a\r\nsessionToken: %s\r\n";
    case STAGE_KEY_MANAGER:
        return *request->agent->key_manager_token != '\0' ? "keyManagerToken: %k\r\n" : "";
    case STAGE_COMMON:
        return "Accept: application/json\r\nUser-Agent: symfeed/" SYMFEED_VERSION
               "\r\nX-Trace-Id: %x\r\n";
    case STAGE_CONTENT:
        return *body(request) != '\0' ? "Content-Type: application/json\r\nContent-Length: %n\r\n"
                                      : "";
    case STAGE_BLANK: return "\r\n";
    default: return body(request);
    }
}

static struct text terminated(const char *string)
{
    struct text text = {string, 0};

    while (string[text.size] != '\0') {
        text.size++;
    }
    return text;
}

static struct value value_of(const struct request *request, char letter)
{
    const struct agent *agent = request->agent;
    struct value value = {{request->trace, sizeof request->trace}, AS_IS};

    switch (letter) {
    case 'p': value.text = agent->path; break;
    case 'a': value.text = agent->authority; break;
    case 's': value.text = terminated(agent->session_token); break;
    case 'k': value.text = terminated(agent->key_manager_token); break;
    case 'i': value.text = request->ack; break;
    case 'n':
        value.text.at = request->length;
        value.text.size = request->length_size;
        break;
    case 'f':
        value.text = request->feed;
        value.encoding = PERCENT;
        break;
    case 't':
        value.text = agent->tag;
        value.encoding = PERCENT;
        break;
    case 'j':
        value.text = agent->tag;
        value.encoding = JSON;
        break;
    default: break; /* x: the trace id */
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
        struct value value = value_of(request, request->next[1]);

        if (request->offset < value.text.size) {
            return encode(value.text.at[request->offset++], value.encoding, out);
        }
        request->offset = 0;
        request->next += 2;
    }
    if (*request->next == '\0') {
        return 0;
    }
    *out = *request->next++;
    return 1;
}

size_t request_fill(struct request *request, char *out, size_t size)
{
    size_t written = 0;

    while (size - written >= 3 && request->stage < STAGE_END) {
        size_t count = next_character(request, out + written);

        if (count == 0) {
            request->stage++;
            request->next = template_of(request, request->stage);
        }
        written += count;
    }
    return written;
}

static void measure_body(struct request *request)
{
    char scratch[3];
    char digits[10];
    uint32_t length = 0;
    size_t count = 0;
    size_t step = 0;

    request->next = body(request);
    while ((step = next_character(request, scratch)) > 0) {
        length += (uint32_t)step;
    }
    do {
        digits[count++] = (char)('0' + length % 10);
        length /= 10;
    } while (length > 0);
    request->length_size = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        request->length[i] = digits[count - 1 - i];
    }
}

void request_begin(struct request *request, const struct symfeed_port *port)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    unsigned char random[sizeof request->trace];

    port->random(port->context, random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        request->trace[i] = alphabet[random[i] % (sizeof alphabet - 1)];
    }
    request->offset = 0;
    measure_body(request);
    request->stage = STAGE_START;
    request->next = template_of(request, STAGE_START);
}
