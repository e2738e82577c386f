/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dns.c - any bytes as a name server's answer: no more addresses than there is room for, each
 * of them somewhere in the answer, and a shorter answer never has more of them.
 *
 * The input: a byte that chooses the type and the room, the answer.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The port's, which needs nothing of TLS. */
#include "../../port/net/dns.c"

#define ROOM 8u

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool good)
{
    if (!good) {
        abort();
    }
}

static bool is_in(const unsigned char *data, size_t size, const unsigned char *address, size_t each)
{
    for (; size >= each; data++, size--) {
        if (memcmp(data, address, each) == 0) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned choices = size > 0 ? data[0] : 0;
    unsigned type = (choices & 1) != 0 ? SYMFEED_DNS_AAAA : SYMFEED_DNS_A;
    size_t each = type == SYMFEED_DNS_A ? 4 : 16;
    size_t room = choices / 2 % (ROOM + 1);
    unsigned char *addresses = malloc(room * each + 1);
    unsigned char *fewer = malloc(room * each + 1);
    int count;
    int less;

    data += size > 0 ? 1 : 0;
    size -= size > 0 ? 1 : 0;
    count = symfeed_dns_addresses(data, size, type, addresses, room);
    require(count >= SYMFEED_DNS_FAILED && (count <= 0 || (size_t)count <= room));
    for (int i = 0; i < count; i++) {
        require(is_in(data, size, addresses + (size_t)i * each, each));
    }
    less = symfeed_dns_addresses(data, size / 2, type, fewer, room);
    require(less <= 0 || (less <= count && memcmp(fewer, addresses, (size_t)less * each) == 0));
    free(fewer);
    free(addresses);
    return 0;
}
