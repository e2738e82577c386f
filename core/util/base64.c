/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c - see base64.h. */
#include "util/base64.h"

#include "util/bytes.h"

#if SYMFEED_SIGN_IN || SYMFEED_PROXY

/* Returns the character of a value. The alphabets differ in the last two. */
static char character(uint32_t value, bool url)
{
    value &= 63;
    if (value < 26) {
        return (char)('A' + value);
    }
    if (value < 52) {
        return (char)('a' + (value - 26));
    }
    if (value < 62) {
        return (char)('0' + (value - 52));
    }
    return value == 62 ? (url ? '-' : '+') : (url ? '_' : '/');
}

#endif

#if SYMFEED_KEY_SIGN_IN || SYMFEED_PROXY

void symfeed_base64_begin(struct base64 *base64, bool url, char *out)
{
    base64->url = url;
    base64->count = 0;
    base64->bits = 0;
    base64->out = out;
}

void symfeed_base64_put(struct base64 *base64, unsigned char byte)
{
    base64->bits = base64->bits << 8 | byte;
    base64->count = (uint8_t)(base64->count + 8);
    while (base64->count >= 6) {
        base64->count = (uint8_t)(base64->count - 6);
        *base64->out++ = character(base64->bits >> base64->count, base64->url);
    }
}

char *symfeed_base64_end(struct base64 *base64)
{
    char *out = base64->out;
    unsigned count = base64->count;

    if (count > 0) {
        *out++ = character(base64->bits << (6 - count), base64->url);
        for (; !base64->url && count < 6; count += 2) {
            *out++ = '=';
        }
    }
    return out;
}

#endif

#if SYMFEED_SIGN_IN

int symfeed_base64_get(struct base64 *base64, char c)
{
    uint32_t value = 0;

    while (value < 64 && character(value, true) != c) {
        value++;
    }
    if (value == 64) {
        return SYMFEED_BASE64_BAD;
    }
    base64->bits = base64->bits << 6 | value;
    base64->count = (uint8_t)(base64->count + 6);
    if (base64->count < 8) {
        return SYMFEED_BASE64_MORE;
    }
    base64->count = (uint8_t)(base64->count - 8);
    return (int)(base64->bits >> base64->count & 0xFF);
}

#endif

#if !SYMFEED_SIGN_IN && !SYMFEED_PROXY
/* ISO C requires a declaration in every file. */
typedef int base64_is_left_out;
#endif
