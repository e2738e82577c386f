/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - see json.h. */
#include "json.h"

/* Without parent links jsmn is quadratic in the number of tokens. JSMN_STRICT would look for some
 * of the mistakes that scan.h has ruled out already, for 100 bytes of flash. */
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

/* The header promises this size to the caller's arithmetic. */
typedef char json_token_size_is_right[sizeof(jsmntok_t) <= SYMFEED_TOKEN_SIZE ? 1 : -1];

void symfeed_json_split(const char *text, size_t size, struct symfeed_tokens *tokens)
{
    jsmn_parser parser;
    int count = 0;

    jsmn_init(&parser);
    count = jsmn_parse(&parser, text, size, (jsmntok_t *)tokens->table, (unsigned)tokens->room);
    tokens->used = count > 0 ? (size_t)count : 0;
}

unsigned symfeed_json_hex(char digit)
{
    if (digit <= '9') {
        return (unsigned)(digit - '0');
    }
    return (unsigned)((digit | 0x20) - 'a') + 10u;
}

static uint32_t hex4(const char *text)
{
    return symfeed_json_hex(text[0]) << 12 | symfeed_json_hex(text[1]) << 8 |
           symfeed_json_hex(text[2]) << 4 | symfeed_json_hex(text[3]);
}

/* \uXXXX, with its second half where it is the first of a pair. */
static size_t unicode_escape(const char *text, size_t size, uint32_t *code)
{
    uint32_t first = 0;
    uint32_t second = 0;

    *code = 0xFFFD;
    if (size < 6) {
        return size;
    }
    first = hex4(text + 2);
    if (first < 0xD800 || first > 0xDFFF) {
        *code = first;
        return 6;
    }
    if (first > 0xDBFF || size < 12 || text[6] != '\\' || text[7] != 'u') {
        return 6;
    }
    second = hex4(text + 8);
    if (second < 0xDC00 || second > 0xDFFF) {
        return 6;
    }
    *code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return 12;
}

static size_t escape(const char *text, size_t size, uint32_t *code)
{
    if (size < 2) {
        *code = 0xFFFD;
        return 1;
    }
    switch (text[1]) {
    case 'b': *code = '\b'; return 2;
    case 'f': *code = '\f'; return 2;
    case 'n': *code = '\n'; return 2;
    case 'r': *code = '\r'; return 2;
    case 't': *code = '\t'; return 2;
    case 'u': return unicode_escape(text, size, code);
    default: *code = (unsigned char)text[1]; return 2;
    }
}

size_t symfeed_json_character(const char *text, size_t size, uint32_t *code)
{
    *code = (unsigned char)text[0];
    return *code == '\\' ? escape(text, size, code) : 1;
}

size_t symfeed_json_utf8(uint32_t code, char *out)
{
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = length; i-- > 1;) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(lead[length * (length > 1)] | code);
    return length;
}

bool symfeed_json_equal(const char *text, size_t size, const char *name, size_t name_size)
{
    size_t at = 0;
    size_t matched = 0;

    while (at < size && matched < name_size) {
        uint32_t code = 0;

        at += symfeed_json_character(text + at, size - at, &code);
        if (code != (unsigned char)name[matched]) {
            return false;
        }
        matched++;
    }
    return at == size && matched == name_size;
}

/* The token after token `at` and all that is inside it. */
static size_t after(const jsmntok_t *tokens, size_t count, size_t at)
{
    int end = tokens[at].end;

    do {
        at++;
    } while (at < count && tokens[at].start < end);
    return at;
}

/* The value of the member `name` of the object, or element number `name` of the array, at token
 * `at`; count where there is none. */
static size_t child(const char *text, const jsmntok_t *tokens, size_t count, size_t at,
                    const char *name, size_t name_size)
{
    bool object = tokens[at].type == JSMN_OBJECT;
    int end = tokens[at].end;
    size_t index = 0;

    if (!object && (tokens[at].type != JSMN_ARRAY || name_size == 0)) {
        return count;
    }
    for (size_t i = 0; !object && i < name_size; i++) {
        if (name[i] < '0' || name[i] > '9' || index > count) {
            return count;
        }
        index = index * 10 + (size_t)(name[i] - '0');
    }
    for (at++; at < count && tokens[at].start < end; at = after(tokens, count, at)) {
        const char *start = text + tokens[at].start;

        if (!object && index-- == 0) {
            return at;
        }
        if (object) {
            if (symfeed_json_equal(start, (size_t)(tokens[at].end - tokens[at].start), name,
                                   name_size)) {
                return at + 1;
            }
            at++;
        }
    }
    return count;
}

static enum symfeed_kind kind_of(const jsmntok_t *token, char first)
{
    switch (token->type) {
    case JSMN_OBJECT: return SYMFEED_OBJECT;
    case JSMN_ARRAY: return SYMFEED_ARRAY;
    case JSMN_STRING: return SYMFEED_STRING;
    default: break;
    }
    return first == 'n'                   ? SYMFEED_NULL
           : first == 't' || first == 'f' ? SYMFEED_BOOLEAN
                                          : SYMFEED_NUMBER;
}

static struct symfeed_value value_of(const char *text, const jsmntok_t *token)
{
    struct symfeed_value value = {SYMFEED_ABSENT, text + token->start,
                                  (size_t)(token->end - token->start)};

    value.kind = kind_of(token, text[token->start]);
    return value;
}

struct symfeed_value symfeed_json_find(const char *text, const struct symfeed_tokens *all,
                                       const char *path)
{
    const jsmntok_t *tokens = (const jsmntok_t *)all->table;
    size_t count = all->used;
    const struct symfeed_value absent = {SYMFEED_ABSENT, NULL, 0};
    size_t at = 0;

    while (at < count) {
        size_t size = 0;

        while (path[size] != '\0' && path[size] != '.') {
            size++;
        }
        at = child(text, tokens, count, at, path, size);
        if (at < count && path[size] == '\0') {
            return value_of(text, &tokens[at]);
        }
        path += size + (path[size] == '.');
    }
    return absent;
}
