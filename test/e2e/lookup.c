/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c - asks the port's own resolver.
 *
 *     lookup [HOST PORT]
 *
 * Prints one line for each address, "ADDRESS port PORT", or the reason on standard error and ends
 * with 1. Without arguments it says which resolver it has, as SYMFEED_RESOLVER_DNS does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "resolve.h"

int main(int argc, char **argv)
{
    struct symfeed_address addresses[SYMFEED_ADDRESSES];
    char text[SYMFEED_ADDRESS_TEXT_SIZE];
    char reason[256];
    int count;

    if (argc != 3) {
        (void)printf("%d\n", SYMFEED_RESOLVER_DNS);
        return argc == 1 ? 0 : 2;
    }
    count = symfeed_resolve(NULL, argv[1], (uint16_t)strtoul(argv[2], NULL, 10), addresses,
                            SYMFEED_ADDRESSES, reason, sizeof reason);
    if (count < 0) {
        (void)fprintf(stderr, "%s\n", reason);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        symfeed_address_text(&addresses[i], text);
        (void)printf("%s\n", text);
    }
    return 0;
}
