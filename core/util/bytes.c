/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c - see bytes.h. */
#include "util/bytes.h"

unsigned symfeed_bytes_hex(char digit)
{
    unsigned number = (unsigned char)digit - (unsigned)'0';

    if (number > 9) {
        number = ((unsigned char)digit | 0x20u) - (unsigned)'a';
        number = number < 6 ? number + 10 : 16;
    }
    return number;
}

bool symfeed_bytes_decimal(const char *text, size_t size, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';

        if (digit > 9 || *number > UINT64_MAX / 10 || *number * 10 > UINT64_MAX - digit) {
            return false;
        }
        *number = *number * 10 + digit;
    }
    return size > 0;
}

size_t symfeed_bytes_digits(uint32_t number, char *out)
{
    size_t size = 0;

    for (uint32_t rest = number; rest > 0 || size == 0; rest /= 10) {
        size++;
    }
    for (size_t i = size; i-- > 0; number /= 10) {
        out[i] = (char)('0' + number % 10);
    }
    return size;
}

bool symfeed_bytes_is_word(const char *text, size_t size, const char *word)
{
    size_t at = 0;

    while (at < size && word[at] != '\0' &&
           bytes_lower((unsigned char)text[at]) == (unsigned char)word[at]) {
        at++;
    }
    return at == size && word[at] == '\0';
}

size_t symfeed_bytes_length(const char *string)
{
    size_t size = 0;

    while (string[size] != '\0') {
        size++;
    }
    return size;
}

const char *symfeed_bytes_nth(const char *list, unsigned number)
{
    for (; number > 0; number--) {
        list += symfeed_bytes_length(list) + 1;
    }
    return list;
}

unsigned symfeed_bytes_index(const char *text, size_t size, const char *list)
{
    unsigned number = 0;

    for (; *list != '\0'; number++) {
        size_t length = symfeed_bytes_length(list);

        if (length == size && memcmp(list, text, size) == 0) {
            break;
        }
        list += length + 1;
    }
    return number;
}

unsigned symfeed_bytes_which(const char *text, size_t size, const char *list)
{
    for (unsigned number = 1; *list != '\0'; number++) {
        if (symfeed_bytes_is_word(text, size, list)) {
            return number;
        }
        while (*list++ != '\0') {
        }
    }
    return 0;
}

void symfeed_bytes_wipe(void *memory, size_t size)
{
    volatile unsigned char *byte = (volatile unsigned char *)memory;

    while (size-- > 0) {
        *byte++ = 0;
    }
}
