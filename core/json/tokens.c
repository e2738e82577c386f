/* SPDX-License-Identifier: Apache-2.0 */
/* tokens.c - see tokens.h. */
#include "json/tokens.h"

#include "json/scanner.h"
#include "json/string.h"
#include "util/bytes.h"

#if SYMFEED_JSON

/* Without parent links, jsmn's time is quadratic in the number of tokens. JSMN_STRICT would check
 * for some errors that the scanner has excluded already, and cost 100 bytes of flash. */
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

/* SYMFEED_MEMORY() counts on this size. */
typedef char json_token_size_is_right[sizeof(jsmntok_t) <= SYMFEED_JSON_TOKEN_SIZE ? 1 : -1];

/* --- tokens ------------------------------------------------------------------------------- */

/* Splits as much of a text as the table has room for. Returns whether that is all of the text. */
static bool split(const char *text, size_t size, struct symfeed_json_tokens *tokens)
{
    jsmn_parser parser;
    int count = 0;

    jsmn_init(&parser);
    count = jsmn_parse(&parser, text, size, (jsmntok_t *)tokens->table, (unsigned)tokens->room);
    tokens->used = parser.toknext;
    return count > 0;
}

void symfeed_tokens_split(const char *text, size_t size, struct symfeed_json_tokens *tokens)
{
    if (!split(text, size, tokens)) {
        tokens->used = 0;
    }
}

/* Returns the event's tokens. Splits the event at the first call, so that an application that only
 * counts or prints events does not pay for it. */
static struct symfeed_json_tokens *tokens_of(const struct symfeed_event *event)
{
    struct symfeed_json_tokens *tokens = event->tokens;

    if (tokens->used == 0 && !event->malformed) {
        symfeed_tokens_split(event->json, event->size, tokens);
    }
    return tokens;
}

enum symfeed_kind symfeed_tokens_kind(char first)
{
    return first == '{'                   ? SYMFEED_OBJECT
           : first == '['                 ? SYMFEED_ARRAY
           : first == '"'                 ? SYMFEED_STRING
           : first == 'n'                 ? SYMFEED_NULL
           : first == 't' || first == 'f' ? SYMFEED_BOOLEAN
                                          : SYMFEED_NUMBER;
}

static void read_value(const char *text, const jsmntok_t *token, struct symfeed_value *value)
{
    value->text = text + token->start;
    value->size = (size_t)(token->end - token->start);
    value->kind = token->type == JSMN_STRING ? SYMFEED_STRING : symfeed_tokens_kind(*value->text);
}

/* Returns the entry of a value of this event; the number of entries if it is none. The entries are
 * in the order of the text. */
static size_t entry_of(const struct symfeed_event *event, struct symfeed_value value)
{
    size_t used = tokens_of(event)->used;
    const jsmntok_t *tokens = (const jsmntok_t *)event->tokens->table;
    size_t start = (size_t)((uintptr_t)value.text - (uintptr_t)event->json);
    size_t low = 0;
    size_t high = used;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((size_t)tokens[middle].start < start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return value.text != NULL && low < used && (size_t)tokens[low].start == start ? low : used;
}

/* --- members ------------------------------------------------------------------------------ */

/* Starts before the first member of the value at an entry. */
static void enter(const struct symfeed_event *event, size_t entry,
                  struct symfeed_iterator *iterator)
{
    const jsmntok_t *token = (const jsmntok_t *)event->tokens->table + entry;

    iterator->event = event;
    iterator->at = entry + 1;
    iterator->end = 0;
    iterator->object = false;
    if (entry < event->tokens->used && (token->type == JSMN_OBJECT || token->type == JSMN_ARRAY)) {
        iterator->end = (size_t)token->end;
        iterator->object = token->type == JSMN_OBJECT;
    }
}

/* Moves to the next member. Returns the entry of its value, which follows its name's; 0 if there is
 * none. */
static size_t step(struct symfeed_iterator *iterator)
{
    const jsmntok_t *tokens = (const jsmntok_t *)iterator->event->tokens->table;
    size_t used = iterator->event->tokens->used;
    size_t entry = iterator->at + (iterator->object ? 1u : 0u);
    size_t at = entry;

    /* The last name of a text that was cut has no value. */
    if (entry >= used || (size_t)tokens[entry].start >= iterator->end) {
        return 0;
    }
    do {
        at++;
    } while (at < used && tokens[at].start < tokens[entry].end);
    iterator->at = at;
    return entry;
}

bool symfeed_next_member(struct symfeed_iterator *iterator, struct symfeed_value *name,
                         struct symfeed_value *value)
{
    const struct symfeed_event *event = iterator->event;
    size_t entry = step(iterator);
    const jsmntok_t *token = (const jsmntok_t *)event->tokens->table + entry;

    if (entry == 0) {
        return false;
    }
    if (name != NULL && iterator->object) {
        read_value(event->json, token - 1, name);
    } else if (name != NULL) {
        memset(name, 0, sizeof *name);
    }
    read_value(event->json, token, value);
    return true;
}

/* Returns the entry of a member by its name, or in an array by its number; 0 if there is none. */
static size_t member(const struct symfeed_event *event, size_t entry, const char *name, size_t size)
{
    const jsmntok_t *tokens = (const jsmntok_t *)event->tokens->table;
    struct symfeed_iterator members;
    uint64_t index = 0;

    enter(event, entry, &members);
    if (!members.object && !symfeed_bytes_decimal(name, size, &index)) {
        return 0;
    }
    do {
        entry = step(&members);
    } while (entry != 0 &&
             (members.object
                  ? !symfeed_string_equal(event->json + tokens[entry - 1].start,
                                          (size_t)(tokens[entry - 1].end - tokens[entry - 1].start),
                                          name, size)
                  : index-- != 0));
    return entry;
}

/* Follows a path from the value at an entry. */
static struct symfeed_value find(const struct symfeed_event *event, size_t entry, const char *path)
{
    struct symfeed_value value = {SYMFEED_ABSENT, NULL, 0};
    bool more = true;

    do {
        size_t size = 0;

        while (path[size] != '\0' && path[size] != '.') {
            size++;
        }
        entry = member(event, entry, path, size);
        more = path[size] != '\0';
        path += size + 1;
    } while (entry != 0 && more);
    if (entry != 0) {
        read_value(event->json, (const jsmntok_t *)event->tokens->table + entry, &value);
    }
    return value;
}

struct symfeed_value symfeed_tokens_find(const char *text, struct symfeed_json_tokens *tokens,
                                         const char *path)
{
    const struct symfeed_event event = {text, 0, 0, false, false, false, tokens};

    return find(&event, 0, path);
}

struct symfeed_value symfeed_event_find(const struct symfeed_event *event, const char *path)
{
    const struct symfeed_json_tokens *tokens = event->tokens;

    /* After the split, strings may have been opened: they are no strings any more. */
    if (tokens->used == 0 && tokens->noted != NULL) {
        unsigned number =
            symfeed_bytes_index(path, symfeed_bytes_length(path), SYMFEED_NOTED_NAMES);

        if (number < SYMFEED_NOTED && tokens->noted[number].kind != SYMFEED_ABSENT) {
            return tokens->noted[number];
        }
    }
    (void)tokens_of(event);
    return find(event, 0, path);
}

struct symfeed_value symfeed_value_find(const struct symfeed_event *event,
                                        struct symfeed_value value, const char *path)
{
    return find(event, entry_of(event, value), path);
}

struct symfeed_value symfeed_root(const struct symfeed_event *event)
{
    struct symfeed_value root = {SYMFEED_ABSENT, NULL, 0};

    if (tokens_of(event)->used > 0) {
        read_value(event->json, (const jsmntok_t *)event->tokens->table, &root);
    }
    return root;
}

struct symfeed_iterator symfeed_members(const struct symfeed_event *event,
                                        struct symfeed_value value)
{
    struct symfeed_iterator iterator;

    enter(event, entry_of(event, value), &iterator);
    return iterator;
}

/* --- JSON inside a string ----------------------------------------------------------------- */

/* Stands in the size of a string's token: its text has been decoded. Smaller: and was cut. */
#define OPENED (-1)

/* The states in which the text is JSON after its open brackets are closed. */
#define MAY_CLOSE                                                                                  \
    (1u << SCAN_IN_VALUE_OR_CLOSE | 1u << SCAN_IN_KEY_OR_CLOSE | 1u << SCAN_IN_AFTER |             \
     1u << SCAN_IN_END)

/* Returns the bytes of the object or array in a string's text after decoding; 0 if there is none.
 * `cut`: the text may end early. Then the result leaves room for the brackets that close it, and
 * *open is the scanner after these bytes. A number or literal at the end may be incomplete: it is
 * dropped, as is a name without a value. */
static size_t inner_size(const char *text, size_t size, bool cut, struct scan *open)
{
    struct scan scan;
    size_t decoded = 0;
    size_t good = 0;

    symfeed_scan_init(&scan);
    for (size_t at = 0; at < size;) {
        char character[4];
        size_t length = 0;

        at += symfeed_string_decode(text + at, size - at, character, &length);
        for (size_t i = 0; i < length; i++) {
            unsigned char byte = (unsigned char)character[i];
            enum scan_action action = symfeed_scan_byte(&scan, byte);
            size_t end = decoded + (action != SCAN_COMMA ? 1u : 0u);

            if ((action >= SCAN_DEEP && !(action == SCAN_END && scan_is_space(byte))) ||
                (scan_begins_token(action) && scan.depth == 0)) {
                return 0;
            }
            decoded++;
            if ((action == SCAN_COMMA || (MAY_CLOSE >> scan.state & 1u) != 0) &&
                end + scan.depth <= size) {
                good = end;
                open->objects = scan.objects;
                open->depth = scan.depth;
            }
        }
    }
    return cut || scan.state == SCAN_IN_END ? good : 0;
}

/* Decodes a string in place, if it holds an object or array. Closes brackets that a cut has left
 * open. The quotes and the unused bytes become white space, so the text around the string stays
 * JSON. */
static bool decode(char *text, jsmntok_t *token, bool cut)
{
    char *start = text + token->start;
    struct symfeed_value value;
    struct scan open;
    size_t size = 0;

    read_value(text, token, &value);
    size = inner_size(start, value.size, cut, &open);
    if (size == 0) {
        return false;
    }
    (void)symfeed_string(value, start, size + 1);
    start[-1] = ' ';
    memset(start + size, ' ', value.size - size + 1);
    token->size = OPENED - open.depth;
    for (; open.depth > 0; open.depth--) {
        start[size++] = (open.objects & 1u) != 0 ? '}' : ']';
        open.objects >>= 1;
    }
    token->end = token->start + (int)size;
    return true;
}

/* Ends brackets that are open, because the table is too small, at the end of the text. */
static void close_brackets(struct symfeed_json_tokens *tokens, size_t size)
{
    jsmntok_t *token = (jsmntok_t *)tokens->table;

    for (size_t i = 0; i < tokens->used; i++) {
        if (token[i].end < 0) {
            token[i].end = (int)size;
        }
    }
}

bool symfeed_open(const struct symfeed_event *event, struct symfeed_value value,
                  struct symfeed_inner *inner)
{
    struct symfeed_json_tokens *outer = event->tokens;
    size_t entry = entry_of(event, value);
    jsmntok_t *token = (jsmntok_t *)outer->table + entry;

    memset(inner, 0, sizeof *inner);
    inner->event.tokens = &inner->tokens;
    inner->event.malformed = true;
    /* The token of a name has a size, 1, for its value. */
    if (entry == outer->used || outer->used == outer->room || token->type != JSMN_STRING ||
        token->size > 0 || (token->size == 0 && !decode(outer->text, token, event->truncated))) {
        return false;
    }
    inner->tokens.table = (jsmntok_t *)outer->table + outer->used;
    inner->tokens.room = outer->room - outer->used;
    inner->tokens.text = outer->text + token->start;
    inner->event.json = inner->tokens.text;
    inner->event.size = (size_t)(token->end - token->start);
    inner->event.full_size = inner->event.size;
    inner->event.malformed = false;
    inner->event.truncated =
        !split(inner->event.json, inner->event.size, &inner->tokens) || token->size < OPENED;
    close_brackets(&inner->tokens, inner->event.size);
    return true;
}

#endif
