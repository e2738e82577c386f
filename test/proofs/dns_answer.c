/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_answer.c - one byte of a name server's answer, in any state: answers of any size stay inside
 * their sixteen bytes, and each byte is one less of what is left, which the length in front of a
 * TCP answer sets. The name has up to 20 bytes.
 *
 * Of: port/net/dns.c
 * Bounds: --unwind 23
 * Mutant: port/net/dns.c
 *     CLASS_IN && answer->skip == size) {
 *     CLASS_IN && answer->skip >= size) {
 */
#include "port/net/dns.c"

#include "libc.h"
#include "proof.h"

#define NAME 20

/* What holds between two bytes. */
static bool holds(const struct symfeed_dns_answer *answer,
                  const struct symfeed_dns_question *question)
{
    return answer->part < PART_NONE && answer->left > 0 && answer->aliases <= SYMFEED_DNS_ALIASES &&
           (part_size(answer) == 0 || answer->at < part_size(answer)) &&
           (answer->part != PART_ADDRESS ||
            answer->skip == (question->type == SYMFEED_DNS_A ? 4 : 16)) &&
           (answer->part != PART_QUESTION || answer->at <= strlen(question->name) + 1) &&
           ((answer->part != PART_LABEL && answer->part != PART_DATA) || answer->skip > 0);
}

void prove(void)
{
    struct symfeed_dns_answer answer;
    ANY_STRING(name, NAME);
    const struct symfeed_dns_question question = {
        name, nondet_uint16(), nondet_bool() ? SYMFEED_DNS_A : SYMFEED_DNS_AAAA, nondet_bool()};
    enum symfeed_dns_result result;
    uint16_t left;
    bool prefix;

    assume(symfeed_dns_is_name(name) && name[strlen(name) - 1] != '.');
    assume(holds(&answer, &question));
    left = answer.left;
    prefix = answer.part == PART_PREFIX;
    result = symfeed_dns_take(&answer, &question, nondet_byte());
    claim(answer.left == left - 1 || (prefix && answer.part == PART_HEADER), "a byte is one less");
    if (result == SYMFEED_DNS_MORE || result == SYMFEED_DNS_ADDRESS) {
        claim(holds(&answer, &question), "the answer is in order");
    }
}
