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
#include <stdlib.h>

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

/* An array that is a member of a struct is held to the end of the whole struct where it is reached
 * by a pointer. So proofs claim what an index is, or have an object that ends behind the array. */

/* Any bytes, from none to `most`, that end where their array ends, so that a read or write behind
 * them is one behind the array. */
#define ANY_BYTES(type, name, most)                                                                \
    type name##_array[most];                                                                       \
    const size_t name##_size = any_up_to(most);                                                    \
    type *const name = name##_array + (most)-name##_size

/* The same without such a limit: what a loop's contract is proven for, up to 1 GiB. */
#define BYTES_OF_ANY_LENGTH(type, name)                                                            \
    const size_t name##_size = any_up_to((size_t)1 << 30);                                         \
    type *const name = malloc(name##_size);                                                        \
    assume(name != NULL)

/* The same as ANY_BYTES() as a string. */
#define ANY_STRING(name, most)                                                                     \
    char name##_array[(most) + 1];                                                                 \
    char *const name = name##_array + (most)-any_up_to(most);                                      \
    name##_array[most] = '\0'

#endif
