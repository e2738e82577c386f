/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote.h - a limit as part of a text.
 *
 * Depends on: nothing.
 * Guarantees: QUOTE(MACRO) is the expansion of the macro as a string literal.
 */
#ifndef SYMFEED_QUOTE_H
#define SYMFEED_QUOTE_H

#define QUOTE_(number) #number
#define QUOTE(number)  QUOTE_(number)

#endif
