/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_events.c - any bytes as an event: cut to size as a feed would, then gone through, seen by
 * every view, and each of its strings opened as JSON. No value may lie outside of the one it is in,
 * and what is opened must leave all others as they were.
 *
 * The input: a byte for window and tokens, then the event.
 */
#include "fuzz.h"

#include "event/batch.h"
#include "symfeed_events.h"

static void check_inside(struct symfeed_value inner, struct symfeed_value outer)
{
    require(inner.kind != SYMFEED_ABSENT && inner.text >= outer.text &&
            inner.text + inner.size <= outer.text + outer.size);
}

#define CHECK_VIEW(name)                                                                           \
    do {                                                                                           \
        struct symfeed_##name view = symfeed_as_##name(event, value);                              \
        struct symfeed_value values[24];                                                           \
                                                                                                   \
        memcpy(values, &view, sizeof view);                                                        \
        for (size_t i = 0; i < sizeof view / sizeof values[0]; i++) {                              \
            if (values[i].kind != SYMFEED_ABSENT) {                                                \
                check_inside(values[i], value);                                                    \
            }                                                                                      \
        }                                                                                          \
    } while (0)

static void check_views(const struct symfeed_event *event, struct symfeed_value value)
{
    CHECK_VIEW(event_members);
    CHECK_VIEW(user);
    CHECK_VIEW(stream);
    CHECK_VIEW(message);
    CHECK_VIEW(attachment);
    CHECK_VIEW(room_properties);
    CHECK_VIEW(keyword);
    CHECK_VIEW(shared_post);
    CHECK_VIEW(symphony_elements_action);
    CHECK_VIEW(generic_system_event);
}

static void check_entities(const struct symfeed_inner *inner)
{
    struct symfeed_iterator entities = symfeed_entities(inner);
    struct symfeed_value root = symfeed_root(&inner->event);
    struct symfeed_entity entity;

    while (symfeed_next_entity(&entities, &entity)) {
        check_inside(entity.object, root);
        if (entity.value.kind != SYMFEED_ABSENT) {
            check_inside(entity.value, entity.object);
        }
    }
}

static size_t walk(const struct symfeed_event *event, struct symfeed_value value, unsigned levels,
                   bool open);

/* A string is opened twice, and what it holds is gone through. */
static void open_string(const struct symfeed_event *event, struct symfeed_value value)
{
    struct symfeed_inner first;
    struct symfeed_inner inner;
    struct scan scan;
    size_t used = event->tokens->used;
    size_t tokens = 0;

    if (!symfeed_open(event, value, &first)) {
        require(symfeed_root(&first.event).kind == SYMFEED_ABSENT);
        return;
    }
    require(symfeed_open(event, value, &inner) && inner.event.json == first.event.json &&
            inner.event.size == first.event.size && inner.tokens.used == first.tokens.used &&
            inner.event.truncated == first.event.truncated && event->tokens->used == used);
    require(inner.event.json == value.text && inner.event.size <= value.size);
    symfeed_scan_init(&scan);
    for (size_t i = 0; i < inner.event.size; i++) {
        enum scan_action action = symfeed_scan_byte(&scan, (unsigned char)inner.event.json[i]);

        require(action < SCAN_DEEP || action == SCAN_END);
        tokens += scan_begins_token(action) ? 1u : 0u;
    }
    require(scan.state == SCAN_IN_END);
    require(inner.event.truncated || inner.tokens.used == tokens);
    tokens = walk(&inner.event, symfeed_root(&inner.event), 0, true);
    require(tokens == inner.tokens.used ||
            (inner.event.truncated && tokens + 1 == inner.tokens.used));
    check_entities(&inner);
}

/* Goes through a value; answers its tokens. */
static size_t walk(const struct symfeed_event *event, struct symfeed_value value, unsigned levels,
                   bool open)
{
    struct symfeed_iterator members = symfeed_members(event, value);
    const char *behind = value.text;
    struct symfeed_value member;
    struct symfeed_value name;
    char text[40];
    size_t tokens = 1;
    int64_t number = 0;

    require(levels <= SYMFEED_DEPTH);
    check_views(event, value);
    while (symfeed_next_member(&members, &name, &member)) {
        check_inside(member, value);
        require(member.text >= behind && members.object == (name.kind == SYMFEED_STRING));
        behind = member.text + member.size;
        tokens += (members.object ? 1u : 0u) + walk(event, member, levels + 1, open);
    }
    (void)symfeed_string(value, text, sizeof text);
    (void)symfeed_user_id(value, &number);
    if (open && value.kind == SYMFEED_STRING) {
        open_string(event, value);
    }
    return tokens;
}

static void look_into(const struct batch *batch, struct symfeed_json_tokens *tokens)
{
    struct symfeed_event event = {batch->window,    batch->size, batch->bytes, batch->truncated,
                                  batch->malformed, false,       tokens};
    struct symfeed_value root = symfeed_root(&event);

    (void)symfeed_type_name(symfeed_event_type(&event));
    (void)symfeed_payload(&event);
    if (batch->malformed) {
        require(root.kind == SYMFEED_ABSENT && tokens->used == 0);
        return;
    }
    require(tokens->used == batch->tokens && root.kind == SYMFEED_OBJECT);
    require(walk(&event, root, 0, false) == tokens->used);
    require(walk(&event, root, 0, true) == tokens->used);
    require(walk(&event, root, 0, false) == tokens->used);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const hash_word key[2] = {1, 2};
    struct symfeed_json_tokens tokens = {NULL, 0, 0, NULL, NULL};
    struct batch batch;
    size_t window = 0;
    size_t taken = 0;

    if (size < 1) {
        return 0;
    }
    window = SYMFEED_WINDOW_MIN + (size_t)(data[0] & 0xFu) * 256u;
    tokens.room = SYMFEED_JSON_TOKENS_MIN + (size_t)(data[0] >> 4) * 16u;
    tokens.text = malloc(window);
    tokens.table = malloc(tokens.room * SYMFEED_JSON_TOKEN_SIZE);
    symfeed_batch_init(&batch, BATCH_OBJECT, tokens.text, window, tokens.room, NULL, 0, key);
    if (symfeed_batch_feed(&batch, data + 1, size - 1, &taken) == BATCH_ELEMENT) {
        look_into(&batch, &tokens);
    }
    free(tokens.text);
    free(tokens.table);
    return 0;
}
