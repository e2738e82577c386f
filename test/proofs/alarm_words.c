/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm_words.c - the alarm's search for a word or a hashtag in any text. Up to 6 bytes, and 3.
 *
 * Of: examples/alarm/words.c
 * Bounds: --unwind 8
 * Mutant: examples/alarm/words.c
 *     !(begins && at > text && is_letter(before(text, at))) &&
 *     !(begins && is_letter(before(text, at))) &&
 */
#include "examples/alarm/words.c"

#include "libc.h"
#include "proof.h"

void prove(void)
{
    ANY_STRING(text, 6);
    ANY_STRING(word, 3);

    assume(word[0] != '\0');
    (void)words_have(text, word);
    (void)words_have_hashtag(text, word);
}
