/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem_line.c - the line that begins a PEM block, after any bytes in front of it. Up to 20 bytes.
 *
 * Of: port/tls/pem.c
 * Bounds: --unwind 30
 * Mutant: port/tls/pem.c
 *     while (*line == ' ' || *line == '\t') {
 *     while (*line != '-') {
 */
#include "port/tls/pem.c"

#include "proof.h"

void prove(void)
{
    struct symfeed_pem pem;
    enum symfeed_pem_kind kind;
    ANY_STRING(line, 20);

    assume(pem.line_size < sizeof pem.line);
    (void)finish_line(&pem);
    claim(pem.line_size == 0, "the next line begins");
    (void)begins_block(line, &kind);
}
