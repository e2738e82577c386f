/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof.h - any values, and what the proofs of this folder have in common; see prove.py.
 *
 * Depends on: CBMC, which takes a function without a body whose name begins with nondet_ as one
 * that returns any value.
 */
#ifndef SYMFEED_PROOF_H
#define SYMFEED_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool nondet_bool(void);
unsigned char nondet_byte(void);
uint16_t nondet_uint16(void);
uint32_t nondet_uint32(void);
uint64_t nondet_uint64(void);
int nondet_int(void);
size_t nondet_size(void);

#define assume(condition)      __CPROVER_assume(condition)
#define claim(condition, text) __CPROVER_assert(condition, text)

/* Gives an object any value. */
#define make_any(object) __CPROVER_havoc_object(object)

/* Any number up to `most`. */
static inline size_t any_up_to(size_t most)
{
    size_t number = nondet_size();

    assume(number <= most);
    return number;
}

#endif
