/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote.h - a limit as part of a text.
 *
 * May know: nothing. Promises: QUOTE(MACRO) is what the macro stands for, as a string literal.
 */
#ifndef SYMFEED_QUOTE_H
#define SYMFEED_QUOTE_H

#define QUOTE_(number) #number
#define QUOTE(number)  QUOTE_(number)

#endif
