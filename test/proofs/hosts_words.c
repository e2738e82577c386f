/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts_words.c - words of hosts(5) and resolv.conf(5), of any bytes: a word is inside its buffer,
 * and one that is too long is empty. Up to 8 bytes; the buffer is smaller here.
 *
 * Of: port/net/hosts.c
 * Bounds: --unwind 10
 * Stubs: next_byte:any_next_byte
 * Mutant: port/net/hosts.c
 *     words->word[size < sizeof words->word ? size : 0] = (char)byte;
 *     words->word[size <= sizeof words->word ? size : 0] = (char)byte;
 */
#include "net/dns.h"

#undef SYMFEED_DNS_NAME_MAX
#define SYMFEED_DNS_NAME_MAX 3

#include "port/net/hosts.c"

#include "proof.h"

#include <stdlib.h>

static int bytes_left = 8;
static bool in_comment;
static size_t length; /* of the first word */

/* As next_byte(): a file of up to eight bytes. A byte that was read can be read again. */
int any_next_byte(struct words *words)
{
    const unsigned char byte = nondet_byte();

    if (bytes_left == 0) {
        return -1;
    }
    bytes_left--;
    words->at = 1 + any_up_to(sizeof words->block - 1);
    in_comment = byte != '\n' && (in_comment || byte == '#' || byte == ';');
    length += byte > ' ' && !in_comment;
    return byte;
}

void prove(void)
{
    /* Ends behind the word: next_byte() alone uses the block. */
    struct words *words = malloc(offsetof(struct words, block));
    const unsigned before = words->next_line;

    assume(before < UINT32_MAX - 8);
    if (next_word(words)) {
        claim(words->line >= before && words->next_line <= before + 8, "lines are counted");
        claim(strlen(words->word) == (length < sizeof words->word ? length : 0),
              "the word is inside its buffer, or empty");
        claim(words->at <= sizeof words->block, "the byte after it is in the block");
    }
}
