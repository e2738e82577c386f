/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - finds whole words and hashtags in a text in UTF-8.
 *
 * Depends on: nothing.
 * Guarantees: ignores the case of ASCII letters. A word must not be next to a letter, digit or _ of
 *   ASCII, or to U+00C0 to U+053F (Latin, Greek, Cyrillic); scripts without spaces between words
 *   are searched without this check. If in doubt, a word is found.
 */
#ifndef ALARM_WORDS_H
#define ALARM_WORDS_H

#include <stdbool.h>

/* Both strings are NUL-terminated; `word` is not empty. */
bool words_have(const char *text, const char *word);

/* The same for a hashtag, given with or without its #; - is a part of hashtags. */
bool words_have_hashtag(const char *text, const char *tag);

#endif
