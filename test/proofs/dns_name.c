/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_name.c - any string as a host's name: it is accepted only with 1 to 253 bytes, beside a final
 * dot, in labels of 1 to 63. Up to 260 bytes.
 *
 * Of: port/net/dns.c
 * Contract: port/net/dns.c
 *     for (; name[size] != '\0'; size++)
 *     for (; name[size] != '\0'; size++) NAMES
 * Mutant: port/net/dns.c
 *     if (label > LABEL_MAX || (label == 0 && (size == 0 ||
 *     if (label > LABEL_MAX + 1 || (label == 0 && (size == 0 ||
 */
#define ROOM 260
#define NAMES                                                                                      \
    __CPROVER_assigns(label, size) __CPROVER_loop_invariant(                                       \
        size <= length && label <= LABEL_MAX && label <= size &&                                   \
        (label > 0 || size == 0 || name[size - 1] == '.') &&                                       \
        (size <= too_long || (size < too_long + LABEL_MAX + 1 && label >= size - too_long)) &&     \
        (size == 0 || size < empty)) __CPROVER_decreases(length - size)

#include <stddef.h>

static size_t length;   /* of the name */
static size_t too_long; /* where a label of 64 bytes begins, if there is one; else as `length` */
static size_t empty;    /* where an empty label ends in a dot, if there is one; else behind that */

#include "port/net/dns.c"

#include "proof.h"

/* Any string of `length` bytes, with a wrong label in any place, or with none that is known. */
static void make_name(char name[ROOM + 1])
{
    length = any_up_to(ROOM);
    too_long = length;
    empty = length + 1;
    assume(__CPROVER_forall {
        size_t i;
        !(0 <= i && i < ROOM) || i >= length || name[i] != '\0'
    });
    name[length] = '\0';
    if (nondet_bool()) {
        too_long = any_up_to(ROOM);
        assume(too_long + LABEL_MAX < length);
        assume(__CPROVER_forall {
            size_t i;
            !(0 <= i && i < LABEL_MAX + 1) || name[too_long + i] != '.'
        });
    }
    if (nondet_bool()) {
        empty = any_up_to(ROOM);
        assume(empty < length && name[empty] == '.' && (empty == 0 || name[empty - 1] == '.'));
    }
}

void prove(void)
{
    char name[ROOM + 1];

    make_name(name);
    if (symfeed_dns_is_name(name)) {
        claim(length > 0, "a name is not empty");
        claim(length - (name[length - 1] == '.' ? 1 : 0) <= 253, "a name has at most 253 bytes");
        claim(too_long == length, "no label has more than 63 bytes");
        claim(empty > length, "no label is empty");
    }
}
