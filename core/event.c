/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.c - what an application reads out of a value. Pure: copies into the caller's buffer.
 */
#include "symfeed.h"

#include "bytes.h"
#include "json.h"

#if SYMFEED_VALUES

/* Where the character that byte `at` belongs to begins. */
static size_t character_start(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) {
        at--;
    }
    return at;
}

size_t symfeed_string(struct symfeed_value value, char *out, size_t size)
{
    bool plain = value.kind != SYMFEED_STRING;
    size_t at = 0;
    size_t written = 0;

    if (value.kind == SYMFEED_NULL) {
        value.size = 0;
    }
    while (at < value.size) {
        char character[4] = {value.text[at], 0, 0, 0};
        size_t length = 1;

        if (plain || character[0] != '\\') {
            at++;
        } else {
            at += symfeed_json_decode(value.text + at, value.size - at, character, &length);
        }
        if (length >= size - written) {
            /* What is there of a character that does not fit goes, too. */
            out[written] = character[0];
            written = character_start(out, written);
            break;
        }
        memcpy(out + written, character, length);
        written += length;
    }
    out[written] = '\0';
    return written;
}

bool symfeed_integer(struct symfeed_value value, int64_t *number)
{
    uint64_t magnitude = 0;
    bool negative = value.kind == SYMFEED_NUMBER && value.text[0] == '-';
    size_t sign = negative ? 1 : 0;

    if (value.kind != SYMFEED_NUMBER ||
        !symfeed_bytes_decimal(value.text + sign, value.size - sign, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + sign) {
        return false;
    }
    /* The least number has no positive twin, so it goes by way of the one above it. */
    *number = !negative ? (int64_t)magnitude : magnitude > 0 ? -(int64_t)(magnitude - 1) - 1 : 0;
    return true;
}

bool symfeed_boolean(struct symfeed_value value, bool *boolean)
{
    if (value.kind != SYMFEED_BOOLEAN) {
        return false;
    }
    *boolean = value.text[0] == 't';
    return true;
}

#else

/* ISO C wants something in every file. */
typedef int event_is_left_out;

#endif
