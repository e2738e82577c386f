/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look.h - an event to look into, as a feed hands it out: text and token table each in a block of
 * exactly its size, so that a sanitizer sees a byte beyond it.
 */
#ifndef SYMFEED_TEST_LOOK_H
#define SYMFEED_TEST_LOOK_H

#include "helpers.h"

#include "symfeed.h"

struct look {
    struct symfeed_event event;
    struct symfeed_json_tokens tokens;
};

static inline void look_begin(struct look *look, const char *text, size_t size, size_t room)
{
    memset(look, 0, sizeof *look);
    look->tokens.text = (char *)malloc(size);
    look->tokens.table = malloc(room * SYMFEED_JSON_TOKEN_SIZE);
    look->tokens.room = room;
    assert_non_null(look->tokens.text);
    assert_non_null(look->tokens.table);
    memcpy(look->tokens.text, text, size);
    look->event.json = look->tokens.text;
    look->event.size = size;
    look->event.full_size = size;
    look->event.tokens = &look->tokens;
}

static inline void look_end(struct look *look)
{
    free(look->tokens.text);
    free(look->tokens.table);
}

static inline struct symfeed_value look_find(const struct look *look, const char *path)
{
    return symfeed_event_find(&look->event, path);
}

/* The value is a string, a number, ... with that JSON text. */
static inline void expect_json(struct symfeed_value value, enum symfeed_kind kind, const char *text)
{
    if (value.kind != kind || value.size != strlen(text) ||
        memcmp(value.text, text, value.size) != 0) {
        fail_msg("kind %d instead of %d, \"%.*s\" instead of \"%s\"", (int)value.kind, (int)kind,
                 (int)value.size, value.text != NULL ? value.text : "", text);
    }
}

static inline void expect_text(struct symfeed_value value, const char *text)
{
    expect_json(value, SYMFEED_STRING, text);
}

static inline void expect_absent_value(struct symfeed_value value)
{
    assert_int_equal(value.kind, SYMFEED_ABSENT);
    assert_null(value.text);
    assert_int_equal(value.size, 0);
}

static inline bool same_value(struct symfeed_value one, struct symfeed_value other)
{
    return one.kind == other.kind && one.text == other.text && one.size == other.size;
}

#endif
