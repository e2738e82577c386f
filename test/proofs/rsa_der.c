/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsa_der.c - one number of an RSA key's DER, of any length: it and the rest are inside the bytes,
 * and it does not begin with a zero.
 *
 * Of: port/tls/rsa.c
 * Contract: port/tls/rsa.c
 *     while (number->size > 0 && number->data[0] == 0)
 *     while (number->size > 0 && number->data[0] == 0) ZEROS
 * Mutant: port/tls/rsa.c
 *     if (from->size - head < size) {
 *     if (from->size < size) {
 */
#define ZEROS                                                                                      \
    __CPROVER_assigns(number->data, number->size) __CPROVER_loop_invariant(                        \
        number->size <= __CPROVER_loop_entry(number->size) &&                                      \
        number->data == __CPROVER_loop_entry(number->data) + __CPROVER_loop_entry(number->size) -  \
                            number->size) __CPROVER_decreases(number->size)

#include "port/tls/rsa.c"

#include "proof.h"

void prove(void)
{
    BYTES_OF_ANY_LENGTH(unsigned char, der);
    struct part rest = {der, der_size};
    struct part number;

    if (take_number(&rest, &number)) {
        claim(__CPROVER_r_ok(number.data, number.size), "the number is inside the bytes");
        claim(__CPROVER_r_ok(rest.data, rest.size) && rest.size < der_size, "so is the rest");
        claim(number.size == 0 || number.data[0] != 0, "it has no leading zero");
    }
}
