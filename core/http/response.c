/* SPDX-License-Identifier: Apache-2.0 */
/* response.c - see response.h. In this order: numbers and dates, fields, lines, framing. */
#include "http/response.h"

#include "util/bytes.h"

enum state {
    /* lines */
    STATUS_LINE,
    FIELDS,
    CHUNK_SIZE,
    CHUNK_END, /* CR LF after a chunk */
    TRAILERS,
    /* body */
    CHUNK_DATA,
    BODY_LENGTH, /* Content-Length bytes */
    BODY_CLOSE,  /* until the connection ends */
    COMPLETE
};

/* Does the text match the shape? 0 stands for a digit, x for any byte, others for themselves. */
static bool has_shape(const char *text, const char *shape)
{
    for (; *shape != '\0'; shape++, text++) {
        if (*shape == '0' ? !bytes_is_digit((unsigned char)*text)
                          : *shape != 'x' && *shape != *text) {
            return false;
        }
    }
    return true;
}

/* Returns the number of two digits. */
static uint32_t two(const char *text)
{
    return (uint32_t)(text[0] - '0') * 10 + (uint32_t)(text[1] - '0');
}

#if SYMFEED_RETRY_AFTER

/* Returns the days from 1970 to a date, counted in years that start in March. */
static uint32_t days(uint32_t year, uint32_t month, uint32_t day)
{
    if (month < 3) {
        month += 12;
        year--;
    }
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day -
           719469;
}

uint32_t symfeed_response_date(const char *text, size_t size)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint32_t month = 1;

    if (size != 29 || !has_shape(text, "xxx, 00 xxx 0000 00:00:00 GMT")) {
        return 0;
    }
    while (memcmp(months + (size_t)(month - 1) * 3, text + 8, 3) != 0) {
        if (++month > 12) {
            return 0;
        }
    }
    return ((days(two(text + 12) * 100 + two(text + 14), month, two(text + 5)) * 24 +
             two(text + 17)) *
                60 +
            two(text + 20)) *
               60 +
           two(text + 23);
}

#endif

/* --- fields ------------------------------------------------------------------------------- */

/* The fields that change how the answer is read or what happens next; those that the framing
 * depends on come first. */
enum field {
    OTHER,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONTENT_ENCODING,
    CONNECTION,
#if SYMFEED_RETRY_AFTER
    RETRY_AFTER,
    DATE,
#endif
    SET_COOKIE
};

/* In the order of enum field. */
static const char fields[] = "content-length\0transfer-encoding\0content-encoding\0connection\0"
#if SYMFEED_RETRY_AFTER
                             "retry-after\0date\0"
#endif
#if SYMFEED_LEGACY
                             "set-cookie\0"
#endif
    ;

static bool content_length(struct response *response, const char *value, size_t size)
{
    uint64_t length = 0;

    if (!symfeed_bytes_decimal(value, size, &length) || response->body_state == CHUNK_SIZE ||
        (response->body_state != BODY_CLOSE && response->left != length)) {
        return false;
    }
    response->left = length;
    response->body_state = length > 0 ? BODY_LENGTH : COMPLETE;
    return true;
}

static bool transfer_encoding(struct response *response, const char *value, size_t size)
{
    if (response->body_state != BODY_CLOSE || response->minor_version_0 ||
        !symfeed_bytes_is_word(value, size, "chunked")) {
        return false;
    }
    response->body_state = CHUNK_SIZE;
    return true;
}

/* Of this list of words only `close` matters. To be safe, any word that contains it counts. */
static void connection(struct response *response, const char *value, size_t size)
{
    for (; size >= 5; value++, size--) {
        if (symfeed_bytes_is_word(value, 5, "close")) {
            response->close = true;
        }
    }
}

#if SYMFEED_RETRY_AFTER

static void retry_after(struct response *response, const char *value, size_t size)
{
    uint64_t seconds = 0;

    if (symfeed_bytes_decimal(value, size, &seconds)) {
        response->retry_seconds = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
    } else {
        response->retry_date = symfeed_response_date(value, size);
    }
}

#endif

#if SYMFEED_LEGACY

/* Does the name contain one of those that load balancers give their cookies? */
static bool is_affinity(const char *name, size_t size)
{
    const char *word = SYMFEED_COOKIE_NAMES;

    while (*word != '\0') {
        size_t length = symfeed_bytes_length(word);

        for (size_t i = 0; i + length <= size; i++) {
            if (symfeed_bytes_is_word(name + i, length, word)) {
                return true;
            }
        }
        word += length + 1;
    }
    return false;
}

/* Is this the cookie to keep? It has the configured name, or the name of the cookie that is kept,
 * or it is the first one of a load balancer. */
static bool is_wanted(const struct cookie *cookie, const char *name, size_t size)
{
    if (cookie->name != NULL) {
        return symfeed_bytes_length(cookie->name) == size && memcmp(cookie->name, name, size) == 0;
    }
    if (cookie->size > size) {
        return cookie->at[size] == '=' && memcmp(cookie->at, name, size) == 0;
    }
    return cookie->size == 0 && is_affinity(name, size);
}

bool symfeed_response_is_token(const char *text, size_t size)
{
    static const char separators[] = "()<>@,;:\\\"/[]?={}";

    for (size_t i = 0; i < size; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
        for (size_t k = 0; k < sizeof separators - 1; k++) {
            if (text[i] == separators[k]) {
                return false;
            }
        }
    }
    return size > 0;
}

/* Returns how many bytes belong to NAME=VALUE: visible ASCII up to a semicolon. */
static size_t cookie_run(const char *text, size_t size)
{
    size_t end = 0;

    while (end < size && text[end] > ' ' && text[end] <= '~' && text[end] != ';') {
        end++;
    }
    return end;
}

bool symfeed_response_is_cookie(const char *text, size_t size)
{
    size_t name = 0;

    while (name < size && text[name] != '=') {
        name++;
    }
    return cookie_run(text, size) == size && name + 1 < size &&
           symfeed_response_is_token(text, name);
}

/* Returns the bytes of NAME=VALUE, up to the attributes (RFC 6265, 4.1); 0 if it is cut or not
 * visible ASCII. */
static size_t cookie_size(const struct response *response, const char *text, size_t size)
{
    size_t end = cookie_run(text, size);

    return (end < size ? text[end] == ';' : !response->line_cut) ? end : 0;
}

/* Keeps the cookie, unless it is too long. An empty value deletes it. */
static void set_cookie(const struct response *response, const char *text, size_t size)
{
    struct cookie *cookie = response->cookie;
    size_t name = 0;

    while (name < size && text[name] != '=') {
        name++;
    }
    if (cookie == NULL || name == 0 || name == size || !is_wanted(cookie, text, name)) {
        return;
    }
    size = cookie_size(response, text, size);
    cookie->size = 0;
    if (size <= cookie->room && symfeed_response_is_cookie(text, size)) {
        memcpy(cookie->at, text, size);
        cookie->size = (uint16_t)size;
    }
}

#endif

/* Refuses every coding. Its name, up to the first byte that cannot be part of a name, moves to the
 * start of the line, for the report. */
static bool content_encoding(struct response *response, const char *value, size_t size)
{
    uint16_t named = 0;

    if (size == 0 || symfeed_bytes_is_word(value, size, "identity")) {
        return true;
    }
    for (; named < size && value[named] > ',' && value[named] <= '~'; named++) {
        response->line[named] = value[named];
    }
    response->coding_size = named;
    return false;
}

static bool apply_field(struct response *response, enum field field, const char *value, size_t size)
{
    switch (field) {
    case CONTENT_LENGTH: return content_length(response, value, size);
    case TRANSFER_ENCODING: return transfer_encoding(response, value, size);
    case CONTENT_ENCODING: return content_encoding(response, value, size);
    case CONNECTION: connection(response, value, size); return true;
#if SYMFEED_RETRY_AFTER
    case RETRY_AFTER: retry_after(response, value, size); return true;
    case DATE: response->date = symfeed_response_date(value, size); return true;
#endif
#if SYMFEED_LEGACY
    case SET_COOKIE: set_cookie(response, value, size); return true;
#endif
    default: return true;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Reads a field. Its name is visible characters up to the colon, without a blank before the colon
 * or in front (that would be a folded line). Of a line that was cut only the name is known: the
 * framing must not depend on it, and a cut list of connection options counts as `close`. */
static bool field_line(struct response *response)
{
    const char *line = response->line;
    size_t size = response->line_size;
    size_t name = 0;
    size_t value = 0;
    enum field which = OTHER;

    while (name < size && line[name] > ' ' && line[name] <= '~' && line[name] != ':') {
        name++;
    }
    if (name == size && response->line_cut) {
        return true; /* no name that matters is as long as the buffer */
    }
    if (name == 0 || name == size || line[name] != ':') {
        return false;
    }
    which = (enum field)symfeed_bytes_which(line, name, fields);
    if (response->line_cut && which != SET_COOKIE) {
        if (which == CONNECTION) {
            response->close = true;
        }
        return which == OTHER || which > CONTENT_ENCODING;
    }
    value = name + 1;
    while (value < size && is_blank(line[value])) {
        value++;
    }
    while (size > value && is_blank(line[size - 1])) {
        size--;
    }
    return apply_field(response, which, line + value, size - value);
}

/* --- lines -------------------------------------------------------------------------------- */

/* Reads HTTP/1.1 200 OK. The reason can be missing, and the space before it, too. */
static bool status_line(struct response *response)
{
    const char *line = response->line;

    if (response->line_size < 12 || !has_shape(line, "HTTP/1.x 000") || (line[7] | 1) != '1' ||
        line[9] < '1' || line[9] > '5' || (response->line_size > 12 && line[12] != ' ')) {
        return false;
    }
    response->status = (uint16_t)((uint32_t)(line[9] - '0') * 100 + two(line + 10));
    if (line[7] == '0') {
        response->minor_version_0 = true;
        response->close = true;
    }
    response->state = FIELDS;
    response->body_state = BODY_CLOSE;
    return true;
}

/* Prepares for a head: the first one, or the next one after an interim answer. */
static void expect_head(struct response *response)
{
    size_t kept = offsetof(struct response, state);

    memset((char *)response + kept, 0, sizeof *response - kept);
}

/* Decides, when the head is complete, how long the body is (RFC 9112, 6.3). */
static bool head_end(struct response *response)
{
    bool has_body = !response->head_only;

    if (response->status == 101) {
        return false;
    }
    if (response->status < 200 || response->status == 204 || response->status == 304) {
        has_body = false;
        if (response->body_state < BODY_CLOSE) {
            response->contradicts = true;
        }
    }
    response->state = has_body ? response->body_state : COMPLETE;
    if (response->state == BODY_CLOSE) {
        response->close = true;
    }
    if (response->status < 200) {
        expect_head(response);
    }
    return true;
}

static bool chunk_size(struct response *response)
{
    size_t at = 0;

    response->left = 0;
    for (; at < response->line_size; at++) {
        unsigned digit = symfeed_bytes_hex(response->line[at]);

        if (digit > 15) {
            break;
        }
        if (response->left > UINT64_MAX >> 4) {
            return false;
        }
        response->left = response->left << 4 | digit;
    }
    if (at == 0) {
        return false;
    }
    while (at < response->line_size && is_blank(response->line[at])) {
        at++;
    }
    if (at == response->line_size ? response->line_cut : response->line[at] != ';') {
        return false;
    }
    response->state = response->left > 0 ? CHUNK_DATA : TRAILERS;
    return true;
}

static bool line_end(struct response *response)
{
    bool empty = response->line_size == 0;

    switch (response->state) {
    case STATUS_LINE: return status_line(response);
    case FIELDS: return empty ? head_end(response) : field_line(response);
    case CHUNK_SIZE: return chunk_size(response);
    case CHUNK_END: response->state = CHUNK_SIZE; return empty;
    default:
        if (empty) {
            response->state = COMPLETE;
        }
        return true;
    }
}

/* Collects a line. Returns false if the byte or the line is not allowed. */
static bool line_byte(struct response *response, unsigned char byte)
{
    bool good = true;

    if (response->carriage_return) {
        response->carriage_return = false;
        good = byte == '\n' && line_end(response);
        response->line_size = 0;
        response->line_cut = false;
        return good;
    }
    if (byte == '\r') {
        response->carriage_return = true;
    } else if (byte == '\n' || byte == '\0') {
        return false;
    } else if (response->line_size < response->line_room) {
        response->line[response->line_size++] = (char)byte;
    } else {
        response->line_cut = true;
    }
    return true;
}

/* --- the answer --------------------------------------------------------------------------- */

void symfeed_response_begin(struct response *response)
{
    response->close = false;
    response->contradicts = false;
    expect_head(response);
}

static size_t body_bytes(struct response *response, size_t size)
{
    if (response->state == BODY_CLOSE) {
        return size;
    }
    if (size > response->left) {
        size = (size_t)response->left;
    }
    response->left -= size;
    if (response->left == 0) {
        response->state = response->state == CHUNK_DATA ? CHUNK_END : COMPLETE;
    }
    return size;
}

/* Is the next byte one of the body, not of a head, a chunk's line or a trailer? */
static bool is_in_body(const struct response *response)
{
    return response->state >= CHUNK_DATA;
}

enum response_result symfeed_response_feed(struct response *response, const unsigned char *data,
                                           size_t size, size_t *taken)
{
    size_t at = 0;

    while (at < size && response->state != COMPLETE) {
        if (is_in_body(response)) {
            response->body_size = body_bytes(response, size - at);
            *taken = at + response->body_size;
            return RESPONSE_BODY;
        }
        if (!line_byte(response, data[at++])) {
            return RESPONSE_BAD;
        }
    }
    *taken = at;
    return response->state == COMPLETE ? RESPONSE_DONE : RESPONSE_MORE;
}

bool symfeed_response_ends(const struct response *response)
{
    return response->state >= BODY_CLOSE;
}

bool symfeed_response_has_head(const struct response *response)
{
    return response->state > FIELDS;
}

#if SYMFEED_RETRY_AFTER

uint32_t symfeed_response_retry_after(const struct response *response, uint32_t now)
{
    uint32_t from = response->date != 0 ? response->date : now;

    if (response->retry_date == 0 || from == 0) {
        return response->retry_seconds;
    }
    /* Modulo 2^32, so that it is right after 2106, too. */
    return (int32_t)(response->retry_date - from) > 0 ? response->retry_date - from : 0;
}

#endif
