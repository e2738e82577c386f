/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roots.c - counts the certificates of a PEM file, as the port reads it.
 *
 *     roots FILE
 *
 * Prints how many of them this mbedTLS can read, and how many there are.
 */
#include <stdio.h>

#include "cause.h"
#include "symfeed_port_config.h"
#include "tls/arena.h"
#include "tls/chain.h"
#include "tls/mbedtls.h"
#include "tls/pem.h"

static unsigned char arena[SYMFEED_ARENA_ROOM];

int main(int argc, char **argv)
{
    struct symfeed_pem pem;
    enum symfeed_pem_kind kind;
    unsigned read = 0;
    unsigned there = 0;
    bool exposed;
    struct symfeed_failure failure;

    if (symfeed_arena_start(arena, SYMFEED_ARENA_SIZE, &failure) != 0 ||
        symfeed_mbedtls_start() != 0) {
        return 1;
    }
    symfeed_pem_init(&pem);
    if (argc != 2 || symfeed_pem_open(&pem, argv[1], &exposed) != 0) {
        return 1;
    }
    while ((kind = symfeed_pem_next(&pem)) != SYMFEED_PEM_END) {
        if (kind == SYMFEED_PEM_FAILED) {
            return 1;
        }
        there += kind == SYMFEED_PEM_CERTIFICATE || kind == SYMFEED_PEM_DAMAGED;
        read += kind == SYMFEED_PEM_CERTIFICATE && symfeed_chain_parse(pem.der, pem.size) == 0;
    }
    symfeed_pem_close(&pem);
    (void)printf("%u %u\n", read, there);
    return 0;
}
