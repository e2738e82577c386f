/* SPDX-License-Identifier: Apache-2.0 */
/* scanner.c - see scanner.h. One function per group of states. */
#include "json/scanner.h"

#include "util/bytes.h"

#include "symfeed.h"

#if SYMFEED_JSON

void symfeed_scan_init(struct scan *scan)
{
    scan->literal = "";
    scan->objects = 0;
    scan->lax = 0;
    scan->depth = 0;
    scan->state = SCAN_IN_VALUE;
    scan->resume = SCAN_IN_END;
    scan->left = 0;
    scan->low = 0x80;
    scan->high = 0xBF;
    scan->key = false;
}

void symfeed_scan_value_done(struct scan *scan)
{
    scan->state = scan->depth > 0 ? SCAN_IN_AFTER : SCAN_IN_END;
}

static enum scan_action open_bracket(struct scan *scan, bool object)
{
    if (scan->depth == SYMFEED_DEPTH) {
        scan->lax = 1;
        scan->resume = SCAN_IN_AFTER;
        scan->state = SCAN_IN_LAX;
        return SCAN_DEEP;
    }
    scan->depth++;
    scan->objects = scan->objects << 1 | (object ? 1u : 0u);
    scan->state = object ? SCAN_IN_KEY_OR_CLOSE : SCAN_IN_VALUE_OR_CLOSE;
    return SCAN_OPEN;
}

static enum scan_action close_bracket(struct scan *scan)
{
    scan->depth--;
    scan->objects >>= 1;
    symfeed_scan_value_done(scan);
    return SCAN_CLOSE;
}

static enum scan_action begin_string(struct scan *scan, bool key)
{
    scan->key = key;
    scan->state = SCAN_IN_STRING;
    return key ? SCAN_KEY : SCAN_STRING;
}

static enum scan_action begin_literal(struct scan *scan, const char *rest)
{
    scan->literal = rest;
    scan->state = SCAN_IN_LITERAL;
    return SCAN_PRIMITIVE;
}

static enum scan_action begin_value(struct scan *scan, unsigned char byte)
{
    switch (byte) {
    case '{': return open_bracket(scan, true);
    case '[': return open_bracket(scan, false);
    case '"': return begin_string(scan, false);
    case 't': return begin_literal(scan, "rue");
    case 'f': return begin_literal(scan, "alse");
    case 'n': return begin_literal(scan, "ull");
    case '-': scan->state = SCAN_IN_MINUS; return SCAN_PRIMITIVE;
    case '0': scan->state = SCAN_IN_ZERO; return SCAN_PRIMITIVE;
    default: break;
    }
    if (!bytes_is_digit(byte)) {
        return SCAN_ERROR;
    }
    scan->state = SCAN_IN_INTEGER;
    return SCAN_PRIMITIVE;
}

/* Handles a byte between tokens, outside of strings, numbers and literals. */
static enum scan_action structure(struct scan *scan, unsigned char byte)
{
    bool object = (scan->objects & 1u) != 0;

    if (scan->state == SCAN_IN_END) {
        return SCAN_END;
    }
    if (byte <= ' ' && scan_is_space(byte)) {
        return SCAN_SPACE;
    }
    switch (scan->state) {
    case SCAN_IN_VALUE_OR_CLOSE:
        if (byte == ']') {
            return close_bracket(scan);
        }
        return begin_value(scan, byte);
    case SCAN_IN_VALUE: return begin_value(scan, byte);
    case SCAN_IN_KEY_OR_CLOSE:
        if (byte == '}') {
            return close_bracket(scan);
        }
        return byte == '"' ? begin_string(scan, true) : SCAN_ERROR;
    case SCAN_IN_KEY: return byte == '"' ? begin_string(scan, true) : SCAN_ERROR;
    case SCAN_IN_COLON:
        if (byte != ':') {
            return SCAN_ERROR;
        }
        scan->state = SCAN_IN_VALUE;
        return SCAN_COLON;
    default:
        if (byte == ',') {
            scan->state = object ? SCAN_IN_KEY : SCAN_IN_VALUE;
            return SCAN_COMMA;
        }
        return byte == (object ? '}' : ']') ? close_bracket(scan) : SCAN_ERROR;
    }
}

/* Handles the first byte of a character beyond ASCII: sets how many follow, and the bounds of the
 * next one (RFC 3629, 4: no overlong forms, no surrogates, nothing above U+10FFFF). */
static enum scan_action begin_utf8(struct scan *scan, unsigned char byte)
{
    if (byte < 0xC2 || byte > 0xF4) {
        return SCAN_ERROR;
    }
    scan->left = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (byte == 0xE0 || byte == 0xF0) {
        scan->low = byte == 0xE0 ? 0xA0 : 0x90;
    } else if (byte == 0xED || byte == 0xF4) {
        scan->high = byte == 0xED ? 0x9F : 0x8F;
    }
    scan->state = SCAN_IN_UTF8;
    return SCAN_BYTE;
}

static enum scan_action end_string(struct scan *scan)
{
    if (scan->key) {
        scan->state = SCAN_IN_COLON;
    } else {
        symfeed_scan_value_done(scan);
    }
    return SCAN_QUOTE;
}

static enum scan_action string_content(struct scan *scan, unsigned char byte)
{
    if (byte == '"') {
        return end_string(scan);
    }
    if (byte == '\\') {
        scan->state = SCAN_IN_ESCAPE;
        return SCAN_BYTE;
    }
    if (byte >= 0x80) {
        return begin_utf8(scan, byte);
    }
    return byte >= 0x20 ? SCAN_BYTE : SCAN_ERROR;
}

/* Does this byte complete an escape after a backslash? */
static bool is_short_escape(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return true;
    default: return false;
    }
}

static enum scan_action escape(struct scan *scan, unsigned char byte)
{
    if (byte == 'u') {
        scan->left = 4;
        scan->state = SCAN_IN_HEX;
        return SCAN_BYTE;
    }
    if (!is_short_escape(byte)) {
        return SCAN_ERROR;
    }
    scan->state = SCAN_IN_STRING;
    return SCAN_BYTE;
}

static enum scan_action counted(struct scan *scan, unsigned char byte)
{
    bool good = scan->state == SCAN_IN_HEX ? symfeed_bytes_hex((char)byte) < 16
                                           : byte >= scan->low && byte <= scan->high;

    if (!good) {
        return SCAN_ERROR;
    }
    scan->low = 0x80;
    scan->high = 0xBF;
    if (--scan->left == 0) {
        scan->state = SCAN_IN_STRING;
    }
    return SCAN_BYTE;
}

/* Ends a number or literal before this byte, if the byte can follow one. */
static enum scan_action primitive_end(struct scan *scan, unsigned char byte)
{
    if (!scan_is_space(byte) && byte != ',' && byte != ']' && byte != '}') {
        return SCAN_ERROR;
    }
    symfeed_scan_value_done(scan);
    return structure(scan, byte);
}

/* For numbers, by the states from SCAN_IN_MINUS on: the state after a digit, and sets of the states
 * that a point, an e or the end can follow, a bit for each. */
static const uint8_t after_digit[] = {SCAN_IN_INTEGER,  SCAN_IN_END,      SCAN_IN_INTEGER,
                                      SCAN_IN_FRACTION, SCAN_IN_FRACTION, SCAN_IN_EXPONENT,
                                      SCAN_IN_EXPONENT, SCAN_IN_EXPONENT};
#define OF_NUMBER(state) (1u << (SCAN_IN_##state - SCAN_IN_MINUS))
#define BEFORE_POINT     (OF_NUMBER(ZERO) | OF_NUMBER(INTEGER))
#define BEFORE_E         (BEFORE_POINT | OF_NUMBER(FRACTION))
#define BEFORE_END       (BEFORE_E | OF_NUMBER(EXPONENT))

static enum scan_action number(struct scan *scan, unsigned char byte)
{
    unsigned at = scan->state - (unsigned)SCAN_IN_MINUS;
    uint8_t next = SCAN_IN_END;

    if (bytes_is_digit(byte)) {
        next = at == 0 && byte == '0' ? (uint8_t)SCAN_IN_ZERO : after_digit[at];
    } else if (byte == '.' && (BEFORE_POINT >> at & 1u) != 0) {
        next = SCAN_IN_POINT;
    } else if ((byte | 0x20u) == 'e' && (BEFORE_E >> at & 1u) != 0) {
        next = SCAN_IN_E;
    } else if ((byte == '+' || byte == '-') && scan->state == SCAN_IN_E) {
        next = SCAN_IN_SIGN;
    } else if ((BEFORE_END >> at & 1u) != 0) {
        return primitive_end(scan, byte);
    }
    if (next == SCAN_IN_END) {
        return SCAN_ERROR;
    }
    scan->state = next;
    return SCAN_BYTE;
}

static enum scan_action literal(struct scan *scan, unsigned char byte)
{
    if (*scan->literal == '\0') {
        return primitive_end(scan, byte);
    }
    if (byte != (unsigned char)*scan->literal) {
        return SCAN_ERROR;
    }
    scan->literal++;
    return SCAN_BYTE;
}

/* Closes the innermost bracket of this kind, and all inside of it, whose closing brackets are
 * missing. If none of this kind is open, closes the innermost one instead. */
static void close_kind(struct scan *scan, bool object)
{
    uint8_t levels = 0;

    while (levels < scan->depth && ((scan->objects >> levels & 1u) != 0) != object) {
        levels++;
    }
    levels = levels < scan->depth ? (uint8_t)(levels + 1) : 1;
    scan->objects = levels < 32 ? scan->objects >> levels : 0;
    scan->depth = (uint8_t)(scan->depth - levels);
}

/* Handles a closing bracket outside of strings. Beyond the depth brackets are only counted. */
static enum scan_action lax_close(struct scan *scan, bool object)
{
    if (scan->lax > 0) {
        scan->lax--;
        if (scan->lax == 0 && scan->resume != SCAN_IN_END) {
            scan->state = scan->resume;
        }
        return SCAN_SPACE;
    }
    if (scan->depth == 0) {
        scan->state = SCAN_IN_END;
        return SCAN_END;
    }
    close_kind(scan, object);
    if (scan->depth == 0) {
        scan->state = SCAN_IN_END;
    }
    return SCAN_SPACE;
}

/* Handles a byte of a value that is too deep or broken. Too deep: reads only strings and brackets,
 * until as many have closed as were open. Broken: the same, but by kind of bracket, so that a
 * missing or extra bracket damages only this value; a value without brackets ends where its list
 * continues. */
static enum scan_action lax(struct scan *scan, unsigned char byte)
{
    switch (byte) {
    case '"': scan->state = SCAN_IN_LAX_STRING; return SCAN_SPACE;
    case '{':
    case '[':
        if (scan->resume == SCAN_IN_END && scan->lax == 0 && scan->depth < SYMFEED_DEPTH) {
            scan->depth++;
            scan->objects = scan->objects << 1 | (byte == '{' ? 1u : 0u);
        } else if (scan->lax < UINT32_MAX) {
            scan->lax++;
        }
        return SCAN_SPACE;
    case ',':
        if (scan->resume == SCAN_IN_END && scan->depth == 0) {
            scan->state = SCAN_IN_END;
            return SCAN_END;
        }
        return SCAN_SPACE;
    case '}': return lax_close(scan, true);
    case ']': return lax_close(scan, false);
    default: return SCAN_SPACE;
    }
}

static enum scan_action lax_string(struct scan *scan, unsigned char byte)
{
    if (scan->state == SCAN_IN_LAX_ESCAPE) {
        scan->state = SCAN_IN_LAX_STRING;
    } else if (byte == '\\') {
        scan->state = SCAN_IN_LAX_ESCAPE;
    } else if (byte == '"') {
        scan->state = SCAN_IN_LAX;
    }
    return SCAN_SPACE;
}

void symfeed_scan_recover(struct scan *scan)
{
    bool in_string = scan->state >= SCAN_IN_STRING && scan->state <= SCAN_IN_UTF8;

    scan->lax = 0;
    scan->resume = SCAN_IN_END;
    scan->state = in_string ? SCAN_IN_LAX_STRING : SCAN_IN_LAX;
}

enum scan_action symfeed_scan_byte(struct scan *scan, unsigned char byte)
{
    switch (scan->state) {
    case SCAN_IN_STRING: return string_content(scan, byte);
    case SCAN_IN_ESCAPE: return escape(scan, byte);
    case SCAN_IN_HEX:
    case SCAN_IN_UTF8: return counted(scan, byte);
    case SCAN_IN_LITERAL: return literal(scan, byte);
    case SCAN_IN_MINUS:
    case SCAN_IN_ZERO:
    case SCAN_IN_INTEGER:
    case SCAN_IN_POINT:
    case SCAN_IN_FRACTION:
    case SCAN_IN_E:
    case SCAN_IN_SIGN:
    case SCAN_IN_EXPONENT: return number(scan, byte);
    case SCAN_IN_LAX: return lax(scan, byte);
    case SCAN_IN_LAX_STRING:
    case SCAN_IN_LAX_ESCAPE: return lax_string(scan, byte);
    default: return structure(scan, byte);
    }
}

#if SYMFEED_FAST

/* Returns the top bit of the first byte that is not plain, and perhaps of others after it: the
 * subtraction borrows only after a byte that is flagged itself. The first one finds a quote along
 * with the control characters, because 0x22 ^ 2 is 0x20, and no other byte above them gets there.
 */
static bytes_word not_plain(bytes_word word)
{
    bytes_word control = (word ^ BYTES_ALL('"' ^ ' ')) - BYTES_ALL(' ' + 1);
    bytes_word backslash = (word ^ BYTES_ALL('\\')) - BYTES_ALL(1);

    return (control | backslash | word) & BYTES_ALL(0x80);
}

#endif

size_t symfeed_scan_plain(const unsigned char *data, size_t size)
{
    size_t count = 0;

#if SYMFEED_FAST
    for (; count + sizeof(bytes_word) <= size; count += sizeof(bytes_word)) {
        bytes_word flags = not_plain(bytes_load(data + count));

        if (flags != 0) {
            return count + bytes_below(flags);
        }
    }
#endif
    while (count < size && data[count] >= 0x20 && data[count] < 0x80 && data[count] != '"' &&
           data[count] != '\\') {
        count++;
    }
    return count;
}

#if SYMFEED_FAST

/* How far ahead a run looks without asking for the size. */
#define AHEAD 16

static bool is_hex(unsigned char byte)
{
    return (unsigned)(byte - '0') < 10u || (unsigned)((byte | 0x20) - 'a') < 6u;
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0u) == 0x80;
}

/* Returns the bytes of the escape or the character beyond ASCII at `data`; 0 if it is neither, or a
 * character whose second byte has bounds of its own. */
static size_t special(const unsigned char *data)
{
    if (data[0] == '\\') {
        if (data[1] == 'u') {
            return is_hex(data[2]) && is_hex(data[3]) && is_hex(data[4]) && is_hex(data[5]) ? 6 : 0;
        }
        return data[1] == '"' || is_short_escape(data[1]) ? 2 : 0;
    }
    if (data[0] < 0xC2 || !is_continuation(data[1])) {
        return 0;
    }
    if (data[0] < 0xE0) {
        return 2;
    }
    return data[0] != 0xE0 && data[0] != 0xED && data[0] < 0xF0 && is_continuation(data[2]) ? 3 : 0;
}

/* Reads a closing quote inside of an own member, and what stands between it and the next string if
 * that is a colon, a comma, or a bracket as well. Returns the bytes read; 0 if it is something
 * else. */
static size_t between(struct scan *scan, const unsigned char *data, size_t *tokens)
{
    bool object = (scan->objects & 1u) != 0;

    if (data[2] == '"' && data[1] == (scan->key ? ':' : ',') && *tokens > 0) {
        scan->key = object && !scan->key;
        --*tokens;
        return 3;
    }
    if (data[3] != '"' || !object || *tokens < 2) {
        return 0;
    }
    if (scan->key && data[1] == ':' && data[2] == '{' && scan->depth < SYMFEED_DEPTH) {
        (void)open_bracket(scan, true);
        --*tokens;
    } else if (!scan->key && data[1] == '}' && data[2] == ',' && scan->depth > 2) {
        (void)close_bracket(scan);
    } else {
        return 0;
    }
    --*tokens;
    (void)begin_string(scan, (scan->objects & 1u) != 0);
    return 4;
}

/* Skips the rest of a string and, inside of an own member, the strings that follow it, up to a byte
 * that needs a decision. Returns the bytes read. */
static size_t strings(struct scan *scan, const unsigned char *data, size_t size, size_t *tokens)
{
    size_t at = 0;

    while (at + AHEAD <= size) {
        bytes_word flags = not_plain(bytes_load(data + at));
        size_t length = sizeof flags;

        if (flags != 0) {
            at += bytes_below(flags);
            length = data[at] != '"'   ? special(data + at)
                     : scan->depth > 1 ? between(scan, data + at, tokens)
                                       : 0;
            if (length == 0) {
                break;
            }
        }
        at += length;
    }
    return at;
}

/* Returns the bytes of an integer or a literal before a comma or a closing bracket; 0 if it is
 * something else. */
static size_t primitive(const unsigned char *data, size_t size)
{
    size_t at = 0;

    if (data[0] > '0' && data[0] <= '9') {
        while (at < size && bytes_is_digit(data[at])) {
            at++; /* timestamps and user ids are long */
        }
    } else if (memcmp(data, "true", 4) == 0 || memcmp(data, "null", 4) == 0) {
        at = 4;
    } else if (memcmp(data, "false", 5) == 0) {
        at = 5;
    }
    return at < size && (data[at] == ',' || data[at] == '}' || data[at] == ']') ? at : 0;
}

/* Reads the colon and the first byte of the value behind it. A number or a literal is read whole,
 * but not as an own member, of which the first byte is asked for. Returns the bytes read. */
static size_t member(struct scan *scan, const unsigned char *data, size_t size, size_t *tokens,
                     enum scan_action *action)
{
    size_t length = 1;

    scan->state = SCAN_IN_VALUE;
    if (*tokens == 0) {
        return 1;
    }
    if (data[1] == '"') {
        *action = begin_string(scan, false);
    } else if (data[1] == '{' && scan->depth < SYMFEED_DEPTH) {
        *action = open_bracket(scan, true);
    } else {
        length = scan->depth > 1 ? primitive(data + 1, size - 1) : 0;
        scan->state = length > 0 ? SCAN_IN_AFTER : SCAN_IN_VALUE;
    }
    *tokens -= length > 0 ? 1u : 0u;
    return 1 + length;
}

/* Reads what comes next of a text without white space, up to its next token. Returns the bytes
 * read; 0 if the first one has to go through symfeed_scan_byte(). *action is what the last byte
 * was, if that can matter to scan_is_own(). */
static size_t compact(struct scan *scan, const unsigned char *data, size_t size, size_t *tokens,
                      enum scan_action *action)
{
    size_t at = 0;

    switch (scan->state) {
    case SCAN_IN_STRING:
        at = strings(scan, data, size, tokens);
        if (data[at] != '"') {
            return at;
        }
        *action = end_string(scan);
        return at + 1;
    case SCAN_IN_COLON: return data[0] == ':' ? member(scan, data, size, tokens, action) : 0;
    case SCAN_IN_AFTER:
        if (data[0] == ((scan->objects & 1u) != 0 ? '}' : ']')) {
            *action = close_bracket(scan);
            return 1;
        }
        at = data[0] == ',' && (scan->objects & 1u) != 0 ? 1 : 2;
        break;
    case SCAN_IN_KEY:
    case SCAN_IN_KEY_OR_CLOSE: break;
    case SCAN_IN_INTEGER:
        while (at < AHEAD && bytes_is_digit(data[at])) {
            at++;
        }
        return at;
    default: return 0;
    }
    if (at > 1 || data[at] != '"' || *tokens == 0) {
        return 0;
    }
    --*tokens;
    *action = begin_string(scan, true);
    return at + 1;
}

/* Keeps where a name or a value that is scan_is_own() starts or ends. Returns whether a name ended.
 */
static bool keep_own(const struct scan *scan, struct scan_run *run, enum scan_action action,
                     size_t at)
{
    if (action == SCAN_KEY) {
        run->name = at;
    } else if (scan_begins_token(action)) {
        run->value = at;
    } else if (scan->state == SCAN_IN_COLON) {
        return true;
    } else {
        run->value_end = at;
    }
    return false;
}

/* Reads a byte. Returns 1, or 0 where symfeed_scan_byte() has to read it again. */
static size_t one_byte(struct scan *scan, unsigned char byte, size_t *tokens,
                       enum scan_action *action)
{
    if (scan->state <= SCAN_IN_KEY_OR_CLOSE && (*tokens == 0 || scan->depth == SYMFEED_DEPTH)) {
        return 0;
    }
    *action = symfeed_scan_byte(scan, byte);
    *tokens -= scan_begins_token(*action) ? 1u : 0u;
    return *action < SCAN_END ? 1 : 0;
}

size_t symfeed_scan_run(struct scan *scan, const unsigned char *data, size_t size,
                        struct scan_run *run)
{
    size_t at = 0;

    run->named = false;
    run->name = 0;
    run->value = 0;
    run->value_end = 0;
    while (at < size && scan->state != SCAN_IN_END && !run->named) {
        enum scan_action action = SCAN_SPACE;
        size_t length = 0;

        if (size - at >= AHEAD) {
            length = compact(scan, data + at, size - at, &run->tokens, &action);
        }
        if (length == 0) {
            length = one_byte(scan, data[at], &run->tokens, &action);
        }
        if (length == 0) {
            break;
        }
        at += length;
        run->named = scan_is_own(scan, action) && keep_own(scan, run, action, at);
    }
    return at;
}

#endif

#endif
