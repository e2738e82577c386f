/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - what holds for a JSON scanner between two bytes. json_step.c proves that each byte keeps
 * it, the other proofs begin with it.
 *
 * Depends on: core/json/scanner.h, proof.h.
 */
#ifndef SYMFEED_PROOF_SCAN_H
#define SYMFEED_PROOF_SCAN_H

#include "json/scanner.h"
#include "symfeed.h"

#include "proof.h"

/* Inside a string, of whatever kind. */
#define SCAN_IN_TEXT(scan) ((scan).state >= SCAN_IN_STRING && (scan).state <= SCAN_IN_UTF8)

/* The states that only an object has, that only an array has, and that both have. */
#define SCAN_IN_OBJECT(scan)                                                                       \
    ((scan).state == SCAN_IN_KEY || (scan).state == SCAN_IN_KEY_OR_CLOSE ||                        \
     (scan).state == SCAN_IN_COLON || (SCAN_IN_TEXT(scan) && (scan).key))
#define SCAN_IN_ARRAY(scan) ((scan).state == SCAN_IN_VALUE_OR_CLOSE)
#define SCAN_IN_BOTH(scan)  ((scan).state == SCAN_IN_AFTER)

#define SCAN_HOLDS(scan)                                                                           \
    ((scan).state <= SCAN_IN_LAX_ESCAPE && (scan).depth <= SYMFEED_DEPTH &&                        \
     ((scan).resume == SCAN_IN_END || (scan).resume == SCAN_IN_AFTER) &&                           \
     (!SCAN_IN_OBJECT(scan) || ((scan).depth > 0 && ((scan).objects & 1u) == 1)) &&                \
     (!SCAN_IN_ARRAY(scan) || ((scan).depth > 0 && ((scan).objects & 1u) == 0)) &&                 \
     (!SCAN_IN_BOTH(scan) || (scan).depth > 0) &&                                                  \
     ((scan).state != SCAN_IN_HEX || ((scan).left >= 1 && (scan).left <= 4)) &&                    \
     ((scan).state != SCAN_IN_UTF8 || ((scan).left >= 1 && (scan).left <= 3)) &&                   \
     ((scan).state < SCAN_IN_LAX || (scan).resume == SCAN_IN_END ||                                \
      ((scan).lax > 0 && (scan).depth == SYMFEED_DEPTH)))

#endif
