/* SPDX-License-Identifier: Apache-2.0 */
/* words.c - see words.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "words.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* The beginning of the character before `at`; at > text. */
static const char *before(const char *text, const char *at)
{
    do {
        at--;
    } while (at > text && ((unsigned char)*at & 0xc0) == 0x80);
    return at;
}

/* Whether words go on with the character at `at`. U+00C0 begins with the byte 0xC3, U+053F with
 * 0xD4. */
static bool is_letter(const char *at)
{
    unsigned char byte = (unsigned char)*at;

    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (byte >= 'a' && byte <= 'z') || (byte >= 0xc3 && byte <= 0xd4);
}

bool words_have(const char *text, const char *word)
{
    size_t size = strlen(word);
    bool begins = is_letter(word);
    bool ends = is_letter(before(word, word + size));
    const char *at;

    for (at = text; *at != '\0'; at++) {
        if (strncasecmp(at, word, size) == 0 &&
            !(begins && at > text && is_letter(before(text, at))) &&
            !(ends && is_letter(at + size))) {
            return true;
        }
    }
    return false;
}

bool words_have_hashtag(const char *text, const char *tag)
{
    size_t size;

    tag += *tag == '#';
    size = strlen(tag);
    for (text = strchr(text, '#'); text != NULL; text = strchr(text + 1, '#')) {
        if (strncasecmp(text + 1, tag, size) == 0 && !is_letter(text + 1 + size) &&
            text[1 + size] != '-') {
            return true;
        }
    }
    return false;
}
