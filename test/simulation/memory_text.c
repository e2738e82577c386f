/* SPDX-License-Identifier: Apache-2.0 */
/* memory_text.c - text for the memory agent. See memory_inside.h. */
#include "memory_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *grown(void *at, size_t size)
{
    void *more = realloc(at, size);

    if (more == NULL) {
        abort();
    }
    return more;
}

void *zeroed(size_t size)
{
    void *fresh = calloc(1, size);

    if (fresh == NULL) {
        abort();
    }
    return fresh;
}

void add(struct string *string, const void *data, size_t size)
{
    if (string->room - string->size < size + 1) {
        string->room = (string->size + size + 64) * 2;
        string->at = grown(string->at, string->room);
    }
    if (size > 0) {
        memcpy(string->at + string->size, data, size);
    }
    string->size += size;
    string->at[string->size] = '\0';
}

void add_text(struct string *string, const char *text)
{
    add(string, text, strlen(text));
}

void add_number(struct string *string, unsigned long long number)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%llu", number);
    add_text(string, digits);
}

static int hex(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

int decoded(const char *text, size_t size, char *out, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < size && count + 1 < room; i++) {
        out[count] = text[i];
        if (text[i] == '%') {
            int high = i + 1 < size ? hex(text[i + 1]) : -1;
            int low = i + 2 < size ? hex(text[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return -1;
            }
            out[count] = (char)(high * 16 + low);
            i += 2;
        }
        count++;
    }
    out[count] = '\0';
    return (int)count;
}

bool json_member(const char *body, const char *name, char *out, size_t room)
{
    char quoted[64];
    const char *at = NULL;
    size_t count = 0;

    (void)snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    at = strstr(body, quoted);
    if (at == NULL) {
        out[0] = '\0';
        return false;
    }
    for (at += strlen(quoted); *at != '"' && *at != '\0' && count + 1 < room; at++) {
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) {
            at++;
        }
        out[count++] = *at;
    }
    out[count] = '\0';
    return *at == '"';
}

void add_escaped(struct string *string, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            add_text(string, "\\");
        }
        add(string, text, 1);
    }
}

void add_names(struct string *string, const char *name, const char *list)
{
    if (list == NULL) {
        return;
    }
    add_text(string, name);
    add_text(string, "[\"");
    for (; *list != '\0'; list++) {
        if (*list == ',') {
            add_text(string, "\",\"");
        } else {
            add(string, list, 1);
        }
    }
    add_text(string, "\"]");
}

void add_base64(struct string *string, const unsigned char *data, size_t size)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t bit = 0; bit < size * 8; bit += 6) {
        unsigned two = (unsigned)data[bit / 8] << 8 | (bit / 8 + 1 < size ? data[bit / 8 + 1] : 0u);

        add(string, &alphabet[two >> (10 - bit % 8) & 63u], 1);
    }
}

size_t from_base64(const struct world *world, const char *text, size_t size, char *out)
{
    struct string again = {NULL, 0, 0};
    size_t count = size * 6 / 8;
    unsigned char *bytes = (unsigned char *)out;

    memset(out, 0, count + 1);
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        unsigned value = c >= 'A' && c <= 'Z'   ? (unsigned)(c - 'A')
                         : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 26
                         : c >= '0' && c <= '9' ? (unsigned)(c - '0') + 52
                                                : (c == '-' ? 62u : 63u);

        for (size_t bit = 0; bit < 6; bit++) {
            if ((i * 6 + bit) / 8 < count && (value >> (5 - bit) & 1u) != 0) {
                bytes[(i * 6 + bit) / 8] |= (unsigned char)(0x80u >> ((i * 6 + bit) % 8));
            }
        }
    }
    add_base64(&again, bytes, count);
    require(world, again.size == size && (size == 0 || memcmp(again.at, text, size) == 0),
            "not base64url: %.*s", (int)size, text);
    free(again.at);
    return count;
}
