/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_name.c - any string as a host's name: it is accepted with at most 253 bytes alone, in labels
 * of 1 to 63.
 *
 * Of: port/net/dns.c
 * Contract: port/net/dns.c
 *     for (; name[size] != '\0'; size++)
 *     for (; name[size] != '\0'; size++) NAMES
 * Mutant: port/net/dns.c
 *     if (label > LABEL_MAX || (label == 0 && (size == 0 ||
 *     if (label > LABEL_MAX + 1 || (label == 0 && (size == 0 ||
 */
#define ROOM 512
#define NAMES                                                                                      \
    __CPROVER_assigns(label, size)                                                                 \
        __CPROVER_loop_invariant(size <= ROOM && label <= LABEL_MAX && label <= size)              \
            __CPROVER_decreases(ROOM - size)

#include "port/net/dns.c"

#include "proof.h"

void prove(void)
{
    char name[ROOM + 1];

    name[ROOM] = '\0';
    if (symfeed_dns_is_name(name)) {
        claim(name[0] != '\0', "a name is not empty");
    }
}
