/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - formats text without stdio. In a static program snprintf() takes some 10 KB (floating
 * point, wide characters, locales), and some C libraries allocate in it.
 *
 * Depends on: nothing.
 * Guarantees: never writes behind the buffer, and ends the text with a NUL.
 */
#ifndef SYMFEED_FORMAT_H
#define SYMFEED_FORMAT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* GCC and clang compare the arguments with the format. */
#if defined(__GNUC__)
#define SYMFEED_FORMAT_CHECKED __attribute__((format(printf, 3, 4)))
#else
#define SYMFEED_FORMAT_CHECKED
#endif

/* Writes `format` to `out` of `size` bytes, as snprintf() does. It knows only these:
 *
 *     %s      a string
 *     %.*s    at most as many bytes of a string as the int before it says, which is 0 or more; the
 *             string then needs no NUL
 *     %u      an unsigned int
 *     %x, %X  an unsigned int in hexadecimal
 *     %llu    an unsigned long long
 *     %02u    at least so many digits (1 to 9), for each of the four number formats
 *
 * Cuts the text if it does not fit. Returns the bytes written without the NUL. If `size` is 0,
 * writes nothing and returns 0. No argument may lie in `out`. */
size_t symfeed_format(char *out, size_t size, const char *format, ...) SYMFEED_FORMAT_CHECKED;

/* The same with a va_list. */
size_t symfeed_format_list(char *out, size_t size, const char *format, va_list arguments);

/* Returns how many bytes at the start of `text` are letters, digits or in `others`. */
size_t symfeed_format_span(const char *text, const char *others);

/* Date and time in UTC. month: 1 to 12; day: 1 to 31. */
struct symfeed_date {
    unsigned year;
    unsigned month;
    unsigned day;
    unsigned hour;
    unsigned minute;
    unsigned second;
};

/* Returns the date for seconds since 1970-01-01, up to the end of the year 9999. In place of
 * gmtime_r(), which links libc's time zones. */
struct symfeed_date symfeed_date(uint64_t seconds);

/* Writes the date as 2025-01-31, `between` (one character), 23:59:59 and a NUL. */
#define SYMFEED_FORMAT_TIME_SIZE 20
void symfeed_format_time(char out[SYMFEED_FORMAT_TIME_SIZE], uint64_t seconds, const char *between);

#ifdef __cplusplus
}
#endif

#endif
