/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_step.c - one byte of JSON in any state of the scanner keeps what scan.h says, so texts of
 * any length and depth are safe. So does going on after an error.
 *
 * Of: core/json/scanner.c core/util/bytes.c
 * Bounds: --unwind 34
 * Mutant: core/json/scanner.c
 *     if (scan->depth == SYMFEED_DEPTH) {
 *     if (scan->depth > SYMFEED_DEPTH) {
 */
#include "core/json/scanner.c"
#include "core/util/bytes.c"

#include "scan.h"

void prove(void)
{
    struct scan scan;
    struct scan old;
    ANY_STRING(rest, 4);
    enum scan_action action;

    scan.literal = rest;
    assume(SCAN_HOLDS(scan));
    old = scan;
    action = symfeed_scan_byte(&scan, nondet_byte());
    claim(SCAN_HOLDS(scan), "the scanner is in order");
    claim(symfeed_bytes_length(scan.literal) <= 4, "the literal is a string");
    claim(scan.depth == old.depth || action == SCAN_OPEN || action == SCAN_CLOSE ||
              old.state >= SCAN_IN_LAX,
          "the depth changes with a bracket");
    claim(old.state >= SCAN_IN_LAX || (action == SCAN_OPEN) == (scan.depth == old.depth + 1),
          "an open bracket is one more");
    claim(old.state >= SCAN_IN_LAX || (action == SCAN_CLOSE) == (scan.depth + 1 == old.depth),
          "a closed bracket is one less");
    symfeed_scan_recover(&scan);
    claim(SCAN_HOLDS(scan), "the scanner is in order after an error");
}
