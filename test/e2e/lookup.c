/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c - asks the port's own resolver.
 *
 *     lookup [HOST PORT]
 *
 * Prints one line for each address, "ADDRESS port PORT", or the cause on standard error and ends
 * with 1. Without arguments it says which resolver it has, as SYMFEED_RESOLVER_DNS does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cause.h"
#include "net/address.h"
#include "net/resolver.h"

int main(int argc, char **argv)
{
    struct symfeed_address addresses[SYMFEED_ADDRESSES];
    char text[SYMFEED_ADDRESS_TEXT_SIZE];
    struct symfeed_failure failure;
    char cause[256];
    int count;

    if (argc != 3) {
        (void)printf("%d\n", SYMFEED_RESOLVER_DNS);
        return argc == 1 ? 0 : 2;
    }
    count = symfeed_resolve(NULL, argv[1], (uint16_t)strtoul(argv[2], NULL, 10), addresses,
                            SYMFEED_ADDRESSES);
    if (count < 0) {
        (void)symfeed_fail(&failure, SYMFEED_SUBJECT_HOST, (enum symfeed_port_cause) - count);
        (void)snprintf(failure.name, sizeof failure.name, "%s", argv[1]);
        (void)symfeed_failure_text(&failure, cause, sizeof cause);
        (void)fprintf(stderr, "%s\n", cause);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        symfeed_address_text(&addresses[i], text);
        (void)printf("%s\n", text);
    }
    return 0;
}
