/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_question.c - the question for any valid name: it fits where it is written, whose size belongs
 * to the longest name; here both are short by the same. Up to 10 bytes.
 *
 * Of: port/net/dns.c
 * Bounds: --unwind 14
 * Mutant: port/net/dns.c
 *     for (i = 0; i <= strlen(question->name) + 1; i++) {
 *     for (i = 0; i <= strlen(question->name) + 2; i++) {
 */
#include "port/net/dns.c"

#include "libc.h"
#include "proof.h"

#define NAME 10

void prove(void)
{
    ANY_STRING(name, NAME);
    const struct symfeed_dns_question question = {name, nondet_uint16(), nondet_byte(),
                                                  nondet_bool()};
    unsigned char out[SYMFEED_DNS_QUESTION_SIZE - SYMFEED_DNS_NAME_MAX + NAME];
    size_t size;

    assume(symfeed_dns_is_name(name) && name[strlen(name) - 1] != '.');
    size = symfeed_dns_ask(&question, out);
    claim(size <= sizeof out, "the question has room");
}
