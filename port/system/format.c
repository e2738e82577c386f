/* SPDX-License-Identifier: Apache-2.0 */
/* format.c - see format.h. */
#include "system/format.h"

#include <stdbool.h>

/* Digits of the largest number of 64 bits, in decimal. */
#define DIGITS_MAX 20

/* The text so far. `room` does not include the NUL. */
struct line {
    char *out;
    size_t room;
    size_t used;
};

static void put(struct line *line, char byte)
{
    if (line->used < line->room) {
        line->out[line->used++] = byte;
    }
}

static void put_string(struct line *line, const char *text, size_t most)
{
    for (; most > 0 && *text != '\0'; most--) {
        put(line, *text++);
    }
}

static void put_number(struct line *line, unsigned long long number, unsigned base,
                       const char *alphabet, size_t least)
{
    char digits[DIGITS_MAX];
    size_t at = sizeof digits;

    do {
        digits[--at] = alphabet[number % base];
        number /= base;
    } while (number != 0);
    while (at > sizeof digits - least) {
        digits[--at] = '0';
    }
    while (at < sizeof digits) {
        put(line, digits[at++]);
    }
}

size_t symfeed_format_list(char *out, size_t size, const char *format, va_list arguments)
{
    static const char small[] = "0123456789abcdef";
    static const char large[] = "0123456789ABCDEF";
    struct line line = {.out = out, .room = size - 1, .used = 0};

    if (size == 0) {
        return 0;
    }
    for (; *format != '\0'; format++) {
        size_t most = SIZE_MAX;
        size_t least = 1;

        if (*format != '%') {
            put(&line, *format);
            continue;
        }
        format++;
        if (*format == '.') {
            most = (size_t)va_arg(arguments, int);
            format += 2;
        } else if (*format == '0') {
            least = (size_t)(format[1] - '0');
            format += 2;
        }
        switch (*format) {
        case 's': put_string(&line, va_arg(arguments, const char *), most); break;
        case 'u': put_number(&line, va_arg(arguments, unsigned), 10, small, least); break;
        case 'x': put_number(&line, va_arg(arguments, unsigned), 16, small, least); break;
        case 'X': put_number(&line, va_arg(arguments, unsigned), 16, large, least); break;
        case 'l':
            put_number(&line, va_arg(arguments, unsigned long long), 10, small, least);
            format += 2;
            break;
        default: break;
        }
    }
    out[line.used] = '\0';
    return line.used;
}

size_t symfeed_format(char *out, size_t size, const char *format, ...)
{
    va_list arguments;
    size_t used;

    va_start(arguments, format);
    used = symfeed_format_list(out, size, format, arguments);
    va_end(arguments);
    return used;
}

/* ASCII in every locale. */
static bool is_letter_or_digit(char byte)
{
    const char small = (char)(byte | 0x20);

    return (byte >= '0' && byte <= '9') || (small >= 'a' && small <= 'z');
}

static bool is_among(char byte, const char *others)
{
    while (*others != '\0' && *others != byte) {
        others++;
    }
    return *others != '\0';
}

size_t symfeed_format_span(const char *text, const char *others)
{
    size_t size = 0;

    while (is_letter_or_digit(text[size]) || is_among(text[size], others)) {
        size++;
    }
    return size;
}

/* --- dates -------------------------------------------------------------------------------- */

/* Counts days from 1 March of the year 0, so that a leap day is the last day of its year. 400 years
 * have 146097 days. In 64 bits, for a processor that cannot divide: libgcc's routine for those is
 * in the program anyway. */
struct symfeed_date symfeed_date(uint64_t seconds)
{
    const uint64_t days = seconds / 86400 + 719468;
    const uint64_t rest = seconds % 86400;
    uint64_t day = days % 146097;
    uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    uint64_t month;
    struct symfeed_date date;

    day -= year * 365 + year / 4 - year / 100;
    month = (day * 5 + 2) / 153; /* from March, each five months have 153 days */
    date.year = (unsigned)(year + days / 146097 * 400 + (month >= 10));
    date.month = (unsigned)(month < 10 ? month + 3 : month - 9);
    date.day = (unsigned)(day - (month * 153 + 2) / 5 + 1);
    date.hour = (unsigned)(rest / 3600);
    date.minute = (unsigned)(rest / 60 % 60);
    date.second = (unsigned)(rest % 60);
    return date;
}

void symfeed_format_time(char out[SYMFEED_FORMAT_TIME_SIZE], uint64_t seconds, const char *between)
{
    const struct symfeed_date date = symfeed_date(seconds);

    (void)symfeed_format(out, SYMFEED_FORMAT_TIME_SIZE, "%04u-%02u-%02u%s%02u:%02u:%02u", date.year,
                         date.month, date.day, between, date.hour, date.minute, date.second);
}
