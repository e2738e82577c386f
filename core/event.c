/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.c - what an application reads out of an event. Pure: views into the event's text, or
 * copies into the caller's buffer.
 */
#include "symfeed.h"

#include "bytes.h"
#include "json.h"

struct symfeed_value symfeed_find(const struct symfeed_event *event, const char *path)
{
    return json_find(event->text, event->tokens, event->token_count, path);
}

/* The value's text as it is, cut where a character begins. */
static size_t copy_text(struct symfeed_value value, char *out, size_t size)
{
    size_t count = value.size < size ? value.size : size - 1;

    while (count < value.size && count > 0 && ((unsigned char)value.text[count] & 0xC0) == 0x80) {
        count--;
    }
    memmove(out, value.text, count);
    return count;
}

static size_t copy_string(struct symfeed_value value, char *out, size_t size)
{
    size_t at = 0;
    size_t written = 0;

    while (at < value.size) {
        char character[4];
        uint32_t code = 0;
        size_t length = 0;

        at += json_character(value.text + at, value.size - at, &code);
        length = json_utf8(code != 0 ? code : 0xFFFD, character);
        if (length >= size - written) {
            break;
        }
        memcpy(out + written, character, length);
        written += length;
    }
    return written;
}

size_t symfeed_string(struct symfeed_value value, char *out, size_t size)
{
    size_t written = 0;

    if (value.kind == SYMFEED_STRING) {
        written = copy_string(value, out, size);
    } else if (value.kind != SYMFEED_ABSENT && value.kind != SYMFEED_NULL) {
        written = copy_text(value, out, size);
    }
    out[written] = '\0';
    return written;
}

bool symfeed_integer(struct symfeed_value value, int64_t *number)
{
    bool negative = false;
    uint64_t magnitude = 0;
    uint64_t limit = (uint64_t)INT64_MAX;
    size_t at = 0;

    if (value.kind != SYMFEED_NUMBER) {
        return false;
    }
    negative = value.text[0] == '-';
    at = negative ? 1 : 0;
    limit += negative ? 1 : 0;
    for (; at < value.size; at++) {
        unsigned digit = (unsigned char)value.text[at] - (unsigned)'0';

        if (digit > 9 || magnitude > UINT64_MAX / 16 || magnitude * 10 + digit > limit) {
            return false;
        }
        magnitude = magnitude * 10 + digit;
    }
    *number = magnitude == 0 ? 0 : negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    return true;
}
