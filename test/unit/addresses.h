/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addresses.h - what the tests of names compare: addresses as one text.
 */
#ifndef SYMFEED_TEST_ADDRESSES_H
#define SYMFEED_TEST_ADDRESSES_H

#include "../../port/net/address.h"

/* The addresses with blanks between; the port of each must be 443. */
static char *list(const struct symfeed_address *addresses, size_t count, char *out)
{
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char text[SYMFEED_ADDRESS_TEXT_SIZE];
        char *end;

        symfeed_address_text(&addresses[i], text);
        end = strstr(text, " port 443");
        assert_non_null(end);
        *end = '\0';
        (void)strcat(strcat(out, i > 0 ? " " : ""), text);
    }
    return out;
}

#endif
