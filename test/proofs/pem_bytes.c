/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem_bytes.c - one byte of a PEM block in any state: DER stays inside its room, the line inside
 * its buffer.
 *
 * Of: port/tls/pem.c
 * Bounds: --unwind 30
 * Mutant: port/tls/pem.c
 *     if (pem->size < pem->room) {
 *     if (pem->size <= pem->room) {
 */
#define SYMFEED_ARENA_SIZE 40960 /* DER is in the arena */
#include "port/tls/pem.c"

#include "proof.h"

#include <stdlib.h>

void prove(void)
{
    struct symfeed_pem pem;
    const int byte = nondet_byte();

    pem.der = malloc(pem.room);
    assume(pem.size <= SYMFEED_PEM_SIZE && pem.line_size < sizeof pem.line);
    gather(&pem, byte);
    decode(&pem, byte);
    claim(pem.size <= SYMFEED_PEM_SIZE + 3 && pem.line_size < sizeof pem.line, "all is inside");
    claim(pem.damaged || pem.size <= SYMFEED_PEM_SIZE, "a block that is too large is damaged");
}
