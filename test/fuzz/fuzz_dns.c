/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dns.c - any bytes as a name server's answer: each address that comes out of it is somewhere
 * in it, and a shorter answer never has another address in front.
 *
 * The input: a byte that chooses the type and the transport, the answer. By TCP a size stands in
 * front of the answer, which is then the rest of the input's.
 */
#include <stdbool.h>
#include "fuzz.h"

/* The port's, which needs nothing of TLS. */
#include "../../port/net/dns.c"

#define ROOM 64u

static bool is_in(const unsigned char *data, size_t size, const unsigned char *address, size_t each)
{
    for (; size >= each; data++, size--) {
        if (memcmp(data, address, each) == 0) {
            return true;
        }
    }
    return false;
}

/* The addresses of an answer, of which ROOM are kept. */
static size_t read_answer(const unsigned char *data, size_t size, unsigned choices,
                          unsigned char *addresses)
{
    const struct symfeed_dns_question question = {.name = "a.example",
                                                  .id = 0,
                                                  .type = (choices & 1) != 0 ? SYMFEED_DNS_AAAA
                                                                             : SYMFEED_DNS_A,
                                                  .edns = false};
    const size_t each = (choices & 1) != 0 ? 16 : 4;
    enum symfeed_dns_result result = SYMFEED_DNS_MORE;
    struct symfeed_dns_answer answer;
    size_t count = 0;

    symfeed_dns_begin(&answer, (choices & 2) != 0);
    for (size_t i = 0; i < size && (result == SYMFEED_DNS_MORE || result == SYMFEED_DNS_ADDRESS);
         i++) {
        result = symfeed_dns_take(&answer, &question, data[i]);
        if (result == SYMFEED_DNS_ADDRESS || result == SYMFEED_DNS_LAST) {
            require(answer.ours && is_in(data, i + 1, answer.bytes, each));
            memcpy(addresses + count % ROOM * 16, answer.bytes, each);
            count++;
        }
    }
    require(answer.aliases <= SYMFEED_DNS_ALIASES || result == SYMFEED_DNS_WRONG);
    return count < ROOM ? count : ROOM;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const unsigned choices = size > 0 ? data[0] : 0;
    unsigned char all[ROOM * 16] = {0};
    unsigned char fewer[ROOM * 16] = {0};
    size_t count;
    size_t less;

    data += size > 0 ? 1 : 0;
    size -= size > 0 ? 1 : 0;
    count = read_answer(data, size, choices, all);
    less = read_answer(data, size / 2, choices, fewer);
    require(less <= count && (count == ROOM || memcmp(fewer, all, less * 16) == 0));
    return 0;
}
