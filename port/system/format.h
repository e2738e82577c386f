/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - lines for people put together without stdio.
 *
 * snprintf() would do, and where programs are linked statically it brings some 10 KB with it:
 * floating point, wide characters, locales. Some C libraries allocate in it.
 *
 * Depends on: nothing.
 * Guarantees: never writes past the end, always ends with a NUL, calls nothing.
 */
#ifndef SYMFEED_FORMAT_H
#define SYMFEED_FORMAT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the compiler knows how, it holds the arguments against the format. */
#if defined(__GNUC__)
#define SYMFEED_FORMAT_CHECKED __attribute__((format(printf, 3, 4)))
#else
#define SYMFEED_FORMAT_CHECKED
#endif

/* Writes `format` to `out` of `size` bytes, as snprintf() does with these alone:
 *
 *     %s      a string
 *     %.*s    at most so many bytes of it, which need not end with a NUL then; an int, 0 or more
 *     %u      an unsigned int
 *     %x, %X  an unsigned int in hexadecimal
 *     %llu    an unsigned long long
 *     %02u    each of the four may have a least number of digits, of one digit from 1 to 9
 *
 * What does not fit is left out. Answers the bytes written, without the NUL that ends them; 0 where
 * `size` is 0, and nothing is written then. No argument may lie in `out`. */
size_t symfeed_format(char *out, size_t size, const char *format, ...) SYMFEED_FORMAT_CHECKED;

/* The same with the arguments in a list. */
size_t symfeed_format_list(char *out, size_t size, const char *format, va_list arguments);

/* Bytes that `text` begins with that are letters, digits or among `others`. */
size_t symfeed_format_span(const char *text, const char *others);

/* A moment in UTC; the month from 1 to 12, the day from 1 to 31. */
struct symfeed_date {
    unsigned year;
    unsigned month;
    unsigned day;
    unsigned hour;
    unsigned minute;
    unsigned second;
};

/* The date of a number of seconds since 1970-01-01, up to the end of the year 9999. libc's
 * gmtime_r() would bring its time zones along. */
struct symfeed_date symfeed_date(uint64_t seconds);

/* Writes such a date as 2025-01-31, `between` (one character), 23:59:59, and a NUL. */
#define SYMFEED_FORMAT_TIME_SIZE 20
void symfeed_format_time(char out[SYMFEED_FORMAT_TIME_SIZE], uint64_t seconds, const char *between);

#ifdef __cplusplus
}
#endif

#endif
