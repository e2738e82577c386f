/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - see http.h. From the bottom up: numbers and dates, fields, lines, framing. */
#include "http.h"

#include "bytes.h"

enum state {
    STATUS_LINE,
    FIELDS,
    BODY_LENGTH, /* Content-Length bytes */
    BODY_CLOSE,  /* until the connection ends */
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END, /* CR LF after a chunk */
    TRAILERS,
    COMPLETE
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Is the text that word, which is in lower case, whatever its own case is? */
static bool is_word(const char *text, size_t size, const char *word)
{
    size_t at = 0;

    while (at < size && word[at] != '\0' && lower(text[at]) == word[at]) {
        at++;
    }
    return at == size && word[at] == '\0';
}

/* A decimal number of up to 64 bits and nothing else. */
static bool decimal(const char *text, size_t size, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';

        if (digit > 9 || *number > (UINT64_MAX - 9) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
    }
    return size > 0;
}

/* A run of digits at a fixed place of a date; -1 where it is not one. */
static int32_t digits(const char *text, size_t size)
{
    uint64_t number = 0;

    return decimal(text, size, &number) ? (int32_t)number : -1;
}

/* Days since 1970 of a date of the Gregorian calendar, counted in years that begin in March. */
static int32_t days(int32_t year, int32_t month, int32_t day)
{
    int32_t y = month > 2 ? year : year - 1;
    int32_t m = month > 2 ? month - 3 : month + 9;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

int64_t http_date(const char *text, size_t size)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const char shape[] = "   , 00 xxx 0000 00:00:00 GMT";
    int32_t month = 0;

    if (size != 29) {
        return 0;
    }
    for (size_t i = 3; i < size; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';

        if (shape[i] == '0' ? !digit : shape[i] != 'x' && shape[i] != text[i]) {
            return 0;
        }
    }
    while (month < 12 && memcmp(months + (size_t)month * 3, text + 8, 3) != 0) {
        month++;
    }
    if (month == 12) {
        return 0;
    }
    return ((int64_t)days(digits(text + 12, 4), month + 1, digits(text + 5, 2)) * 24 +
            digits(text + 17, 2)) *
               3600 +
           digits(text + 20, 2) * 60 + digits(text + 23, 2);
}

/* --- fields ------------------------------------------------------------------------------- */

/* Characters of a field's name (RFC 9110, 5.6.2). */
static bool is_token_character(char c)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    if ((lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9')) {
        return true;
    }
    for (size_t i = 0; i < sizeof others - 1; i++) {
        if (c == others[i]) {
            return true;
        }
    }
    return false;
}

static bool content_length(struct http *http, const char *value, size_t size)
{
    uint64_t length = 0;

    if (!decimal(value, size, &length) || (http->has_length && length != http->length)) {
        return false;
    }
    http->length = length;
    http->has_length = true;
    return true;
}

static bool transfer_encoding(struct http *http, const char *value, size_t size)
{
    if (http->chunked || !is_word(value, size, "chunked")) {
        return false;
    }
    http->chunked = true;
    return true;
}

/* A list of words; of them `close` and `keep-alive` matter. */
static void connection(struct http *http, const char *value, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t end = at;

        while (end < size && value[end] != ',' && value[end] != ' ') {
            end++;
        }
        http->close = (http->close &&
                       !(http->minor_version_0 && is_word(value + at, end - at, "keep-alive"))) ||
                      is_word(value + at, end - at, "close");
        at = end + 1;
    }
}

static void retry_after(struct http *http, const char *value, size_t size)
{
    uint64_t seconds = 0;

    if (decimal(value, size, &seconds)) {
        http->retry_seconds = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
    } else {
        http->retry_date = http_date(value, size);
    }
}

/* The fields that change how the answer is read or what is done next. */
static bool field(struct http *http, const char *name, size_t name_size, const char *value,
                  size_t size)
{
    if (is_word(name, name_size, "content-length")) {
        return content_length(http, value, size);
    }
    if (is_word(name, name_size, "transfer-encoding")) {
        return transfer_encoding(http, value, size);
    }
    if (is_word(name, name_size, "content-encoding")) {
        return is_word(value, size, "identity");
    }
    if (is_word(name, name_size, "connection")) {
        connection(http, value, size);
    } else if (is_word(name, name_size, "retry-after")) {
        retry_after(http, value, size);
    } else if (is_word(name, name_size, "date")) {
        http->date = http_date(value, size);
    }
    return true;
}

/* Of a line that was cut, only the name can be judged: the framing must not depend on it. */
static bool may_be_cut(const char *name, size_t size)
{
    return !is_word(name, size, "content-length") && !is_word(name, size, "transfer-encoding") &&
           !is_word(name, size, "content-encoding");
}

static bool field_line(struct http *http)
{
    const char *line = http->line;
    size_t size = http->line_size;
    size_t name = 0;
    size_t value = 0;

    while (name < size && is_token_character(line[name])) {
        name++;
    }
    if (name == size && http->line_cut) {
        return true; /* a name as long as the buffer is none of those that matter */
    }
    if (name == 0 || name == size || line[name] != ':') {
        return false;
    }
    if (http->line_cut) {
        return may_be_cut(line, name);
    }
    value = name + 1;
    while (value < size && (line[value] == ' ' || line[value] == '\t')) {
        value++;
    }
    while (size > value && (line[size - 1] == ' ' || line[size - 1] == '\t')) {
        size--;
    }
    return field(http, line, name, line + value, size - value);
}

/* --- lines -------------------------------------------------------------------------------- */

/* HTTP/1.1 200 OK; the reason may be missing, and the space before it too. */
static bool status_line(struct http *http)
{
    const char *line = http->line;
    uint64_t status = 0;

    if (http->line_size < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ' ||
        (line[7] != '0' && line[7] != '1') || !decimal(line + 9, 3, &status) || status < 100 ||
        status > 599 || (http->line_size > 12 && line[12] != ' ')) {
        return false;
    }
    http->status = (uint16_t)status;
    http->minor_version_0 = line[7] == '0';
    http->close = http->minor_version_0;
    http->state = FIELDS;
    return true;
}

/* The head is complete: how long is the body (RFC 9112, 6.3)? */
static bool head_end(struct http *http)
{
    if (http->chunked && (http->has_length || http->minor_version_0)) {
        return false;
    }
    if (http->status < 200) {
        if (http->status == 101) {
            return false;
        }
        http_init(http, http->line, http->line_room);
    } else if (http->status == 204 || http->status == 304) {
        http->state = COMPLETE;
    } else if (http->chunked) {
        http->state = CHUNK_SIZE;
    } else if (http->has_length) {
        http->left = http->length;
        http->state = http->left > 0 ? BODY_LENGTH : COMPLETE;
    } else {
        http->state = BODY_CLOSE;
        http->close = true;
    }
    return true;
}

static bool chunk_size(struct http *http)
{
    size_t at = 0;

    http->left = 0;
    for (; at < http->line_size; at++) {
        char c = lower(http->line[at]);
        unsigned digit =
            c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10u : (unsigned char)c - (unsigned)'0';

        if (digit > 15) {
            break;
        }
        if (http->left > UINT64_MAX >> 4) {
            return false;
        }
        http->left = http->left << 4 | digit;
    }
    if (at == 0 || (at < http->line_size && http->line[at] != ';' && http->line[at] != ' ' &&
                    http->line[at] != '\t')) {
        return false;
    }
    if (at == http->line_size && http->line_cut) {
        return false;
    }
    http->state = http->left > 0 ? CHUNK_DATA : TRAILERS;
    return true;
}

static bool line_end(struct http *http)
{
    bool empty = http->line_size == 0;

    switch (http->state) {
    case STATUS_LINE: return status_line(http);
    case FIELDS: return empty ? head_end(http) : field_line(http);
    case CHUNK_SIZE: return chunk_size(http);
    case CHUNK_END: http->state = CHUNK_SIZE; return empty;
    default:
        if (empty) {
            http->state = COMPLETE;
        }
        return true;
    }
}

/* Collects a line. false: a byte that may not stand there, or a line that may not. */
static bool line_byte(struct http *http, unsigned char byte)
{
    bool good = true;

    if (http->carriage_return) {
        http->carriage_return = false;
        good = byte == '\n' && line_end(http);
        http->line_size = 0;
        http->line_cut = false;
        return good;
    }
    if (byte == '\r') {
        http->carriage_return = true;
    } else if (byte == '\n' || byte == '\0') {
        return false;
    } else if (http->line_size < http->line_room) {
        http->line[http->line_size++] = (char)byte;
    } else {
        http->line_cut = true;
    }
    return true;
}

/* --- the answer --------------------------------------------------------------------------- */

void http_init(struct http *http, char *line, uint16_t line_room)
{
    memset(http, 0, sizeof *http);
    http->line = line;
    http->line_room = line_room;
}

static size_t body_bytes(struct http *http, size_t size)
{
    if (http->state == BODY_CLOSE) {
        return size;
    }
    if (size > http->left) {
        size = (size_t)http->left;
    }
    http->left -= size;
    if (http->left == 0) {
        http->state = http->state == CHUNK_DATA ? CHUNK_END : COMPLETE;
    }
    return size;
}

enum http_result http_feed(struct http *http, const unsigned char *data, size_t size, size_t *taken,
                           const unsigned char **body, size_t *body_size)
{
    size_t at = 0;

    while (at < size && http->state != COMPLETE) {
        if (http->state == BODY_LENGTH || http->state == BODY_CLOSE || http->state == CHUNK_DATA) {
            *body = data + at;
            *body_size = body_bytes(http, size - at);
            *taken = at + *body_size;
            return HTTP_BODY;
        }
        if (!line_byte(http, data[at++])) {
            *taken = at;
            return HTTP_BAD;
        }
    }
    *taken = at;
    return http->state == COMPLETE ? HTTP_DONE : HTTP_MORE;
}

bool http_ends(const struct http *http)
{
    return http->state == BODY_CLOSE || http->state == COMPLETE;
}

bool http_has_head(const struct http *http)
{
    return http->state > FIELDS;
}

uint32_t http_retry_after(const struct http *http, int64_t now)
{
    int64_t from = http->date != 0 ? http->date : now;

    if (http->retry_date == 0 || from == 0) {
        return http->retry_seconds;
    }
    if (http->retry_date <= from) {
        return 0;
    }
    return http->retry_date - from < (int64_t)UINT32_MAX ? (uint32_t)(http->retry_date - from)
                                                         : UINT32_MAX;
}
