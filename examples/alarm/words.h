/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - whole words and hashtags in a text in UTF-8.
 *
 * May know: nothing. Promises: letters of ASCII may be small or capital. What borders on a word is
 * a letter, digit or _ of ASCII, or U+00C0 to U+053F (Latin, Greek, Cyrillic): scripts that put no
 * spaces between words are searched without looking at borders. Where in doubt a word is found.
 */
#ifndef ALARM_WORDS_H
#define ALARM_WORDS_H

#include <stdbool.h>

/* Both strings are NUL-terminated; `word` is not empty. */
bool words_have(const char *text, const char *word);

/* The same for a hashtag, given with or without its #; - is a part of hashtags. */
bool words_have_hashtag(const char *text, const char *tag);

#endif
