/* SPDX-License-Identifier: Apache-2.0 */
/* zone.c - see zone.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "zone.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOUR 3600
#define DAY  86400

/* Where systems keep their zones. */
#define ZONES "/usr/share/zoneinfo/"

/* Longest TZ and name of a zone that are looked at. */
#define NAME_MAX_SIZE 128

/* --- rules -------------------------------------------------------------------------------- */

/* When summer time begins or ends, in each year. */
struct rule {
    char kind; /* 'M': month, week and day of the week; 'J': day without leap days; 'D': day */
    uint32_t month;
    uint32_t week;
    uint32_t day;
    int32_t time; /* seconds of that day, in the time that holds before */
};

/* What reads a text from left to right. */
struct reader {
    const char *next;
    bool wrong; /* it is not what it should be */
};

static uint32_t read_number(struct reader *reader, uint32_t most)
{
    uint32_t number = 0;

    if (*reader->next < '0' || *reader->next > '9') {
        reader->wrong = true;
    }
    while (*reader->next >= '0' && *reader->next <= '9' && !reader->wrong) {
        number = number * 10 + (uint32_t)(*reader->next++ - '0');
        reader->wrong = number > most;
    }
    return number;
}

static bool take(struct reader *reader, char byte)
{
    if (*reader->next != byte) {
        return false;
    }
    reader->next++;
    return true;
}

static void expect(struct reader *reader, char byte)
{
    reader->wrong = !take(reader, byte) || reader->wrong;
}

/* [+-]hh[:mm[:ss]], as seconds. RFC 8536 has hours up to 167. */
static int32_t read_time(struct reader *reader)
{
    const bool negative = take(reader, '-');
    int32_t seconds;

    if (!negative) {
        (void)take(reader, '+');
    }
    seconds = (int32_t)read_number(reader, 167) * HOUR;
    if (take(reader, ':')) {
        seconds += (int32_t)read_number(reader, 59) * 60;
        if (take(reader, ':')) {
            seconds += (int32_t)read_number(reader, 59);
        }
    }
    return negative ? -seconds : seconds;
}

/* The name of a time, three bytes at least: letters, or anything between < and >. */
static void skip_name(struct reader *reader)
{
    const char *start = reader->next;

    if (take(reader, '<')) {
        reader->next += strcspn(reader->next, ">");
        expect(reader, '>');
    } else {
        while ((*reader->next | 0x20) >= 'a' && (*reader->next | 0x20) <= 'z') {
            reader->next++;
        }
    }
    reader->wrong = reader->next - start < 3 || reader->wrong;
}

static struct rule read_rule(struct reader *reader)
{
    struct rule rule = {.kind = 'D', .time = 2 * HOUR};

    expect(reader, ',');
    if (take(reader, 'M')) {
        rule.kind = 'M';
        rule.month = read_number(reader, 12);
        expect(reader, '.');
        rule.week = read_number(reader, 5);
        expect(reader, '.');
        rule.day = read_number(reader, 6);
        reader->wrong = reader->wrong || rule.month == 0 || rule.week == 0;
    } else {
        rule.kind = take(reader, 'J') ? 'J' : 'D';
        rule.day = read_number(reader, 365);
    }
    if (take(reader, '/')) {
        rule.time = read_time(reader);
    }
    return rule;
}

/* --- years -------------------------------------------------------------------------------- */

/* Days from the year 1 to the first of January. */
static uint32_t days_before(uint32_t year)
{
    const uint32_t past = year - 1;

    return past * 365 + past / 4 - past / 100 + past / 400;
}

/* Those of 1970. */
#define DAYS_BEFORE_1970 719162u

/* The year that a number of seconds since 1970 is in. */
static uint32_t year_of(int64_t seconds)
{
    const uint32_t day = (uint32_t)((uint64_t)seconds / DAY) + DAYS_BEFORE_1970;
    uint32_t year = day / 366;

    while (days_before(year + 1) <= day) {
        year++;
    }
    return year;
}

/* When the rule comes in a year: local seconds since 1970, in the time that holds before. */
static int64_t when(const struct rule *rule, uint32_t year)
{
    static const unsigned char lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const uint32_t leap = days_before(year + 1) - days_before(year) - 365;
    uint32_t day = days_before(year);
    uint32_t length = 0;
    uint32_t month;
    uint32_t first;

    switch (rule->kind) {
    case 'M':
        for (month = 1; month <= rule->month; month++) {
            day += length;
            length = lengths[month - 1] + (month == 2 ? leap : 0);
        }
        first = (rule->day + 6 - day % 7) % 7; /* 0001-01-01 was a Monday */
        day += first + (rule->week - 1) * 7;
        day -= rule->week == 5 && first + 28 >= length ? 7 : 0; /* 5 is the last one */
        break;
    case 'J': day += rule->day - 1 + (rule->day > 59 ? leap : 0); break;
    default: day += rule->day; break;
    }
    return ((int64_t)day - DAYS_BEFORE_1970) * DAY + rule->time;
}

/* Takes a change of the time at `at` that is `ahead` of UTC from then on. */
static void note(struct zone *zone, int64_t seconds, int64_t at, int32_t ahead)
{
    if (at > seconds) {
        zone->until = at < zone->until ? at : zone->until;
    } else if (at >= zone->from) {
        zone->from = at;
        zone->ahead = ahead;
    }
}

/* Reads a TZ of POSIX, such as CET-1CEST,M3.5.0,M10.5.0/3, for a time. false: it is none. */
static bool apply(struct zone *zone, const char *text, int64_t seconds)
{
    struct reader reader = {.next = text, .wrong = false};
    struct rule begin;
    struct rule end;
    int32_t standard;
    int32_t summer;
    uint32_t year;

    skip_name(&reader);
    standard = -read_time(&reader);
    if (*reader.next == '\0') {
        zone->ahead = reader.wrong ? 0 : standard;
        return !reader.wrong;
    }
    skip_name(&reader);
    summer = standard + HOUR;
    if (*reader.next != '\0' && *reader.next != ',') {
        summer = -read_time(&reader);
    }
    if (*reader.next == '\0') {
        reader.next = ",M3.2.0,M11.1.0"; /* where there are no rules, those of the USA */
    }
    begin = read_rule(&reader);
    end = read_rule(&reader);
    if (reader.wrong || *reader.next != '\0') {
        return false;
    }
    /* The changes of the year before and after are near enough to count: south of the equator, and
     * where a zone is ahead. */
    for (year = year_of(seconds) - 1; year <= year_of(seconds) + 1; year++) {
        note(zone, seconds, when(&begin, year) - standard, summer);
        note(zone, seconds, when(&end, year) - summer, standard);
    }
    return true;
}

/* --- files -------------------------------------------------------------------------------- */

/* Lengths in the header of a block, RFC 8536, 3.1, in their order. */
enum { IS_UT, IS_STANDARD, LEAPS, CHANGES, TYPES, CHARACTERS, LENGTHS };

/* A file of a time zone, read at any place of it. */
struct file {
    int descriptor;
    uint32_t lengths[LENGTHS];
};

static bool read_at(const struct file *file, uint32_t place, unsigned char *out, size_t size)
{
    return pread(file->descriptor, out, size, (off_t)place) == (ssize_t)size;
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Reads the header of a block, which begins at `place`, the times of which have `width` bytes.
 * Where the block ends; 0: it is none. */
static uint32_t read_header(struct file *file, uint32_t place, uint32_t width)
{
    unsigned char header[44];
    const uint32_t *lengths = file->lengths;
    size_t i;

    if (!read_at(file, place, header, sizeof header) || memcmp(header, "TZif", 4) != 0 ||
        header[4] < '2') {
        return 0; /* those without times of 64 bits are older than 2006 */
    }
    for (i = 0; i < LENGTHS; i++) {
        file->lengths[i] = big_endian(header + 20 + 4 * i);
        if (file->lengths[i] > 65535) {
            return 0;
        }
    }
    return place + (uint32_t)sizeof header + lengths[CHANGES] * (width + 1) + lengths[TYPES] * 6 +
           lengths[CHARACTERS] + lengths[LEAPS] * (width + 4) + lengths[IS_STANDARD] +
           lengths[IS_UT];
}

/* How far a type of time is ahead. */
static int32_t ahead_of(const struct file *file, uint32_t types, uint32_t type)
{
    unsigned char bytes[4];

    return type < file->lengths[TYPES] && read_at(file, types + 6 * type, bytes, sizeof bytes)
               ? (int32_t)big_endian(bytes)
               : 0;
}

/* Reads the rule behind the last block, for times after the last change: a line of its own. */
static void apply_last(struct zone *zone, const struct file *file, uint32_t place, int64_t seconds)
{
    char text[NAME_MAX_SIZE];
    const ssize_t size = pread(file->descriptor, text, sizeof text - 1, (off_t)place + 1);
    char *end;

    if (size > 0) {
        text[size] = '\0';
        end = strchr(text, '\n');
        if (end != NULL) {
            *end = '\0';
            (void)apply(zone, text, seconds);
        }
    }
}

/* The changes are in order; what holds for a time is found as in a telephone book. */
static void search(struct zone *zone, const struct file *file, uint32_t end, int64_t seconds,
                   uint32_t place)
{
    const uint32_t changes = file->lengths[CHANGES];
    const uint32_t types = place + changes * 9;
    unsigned char bytes[8];
    unsigned char type = 0;
    uint32_t low = 0; /* the changes before this one are not later than `seconds` */
    uint32_t high = changes;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        int64_t at;

        if (!read_at(file, place + middle * 8, bytes, sizeof bytes)) {
            return;
        }
        at = (int64_t)((uint64_t)big_endian(bytes) << 32 | big_endian(bytes + 4));
        if (at <= seconds) {
            zone->from = at;
            low = middle + 1;
        } else {
            zone->until = at;
            high = middle;
        }
    }
    if (low > 0 && !read_at(file, place + changes * 8 + low - 1, &type, 1)) {
        return;
    }
    zone->ahead = ahead_of(file, types, type);
    if (low == changes) {
        apply_last(zone, file, end, seconds);
    }
}

/* false: there is no such file, or it is not one of a time zone. */
static bool read_file(struct zone *zone, const char *name, int64_t seconds)
{
    struct file file;
    uint32_t place;
    uint32_t end;

    file.descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file.descriptor < 0) {
        return false;
    }
    place = read_header(&file, 0, 4);
    end = place == 0 ? 0 : read_header(&file, place, 8);
    if (end != 0) {
        search(zone, &file, end, seconds, place + 44);
    }
    (void)close(file.descriptor);
    return end != 0;
}

/* Finds out what holds at a time. */
static void look(struct zone *zone, int64_t seconds)
{
    const char *name = getenv("TZ");
    char file[sizeof ZONES + NAME_MAX_SIZE] = ZONES;

    if (name == NULL) {
        name = "/etc/localtime";
    }
    if (*name == ':') {
        name++;
    } else if (apply(zone, name, seconds)) {
        return;
    }
    if (*name == '/') {
        (void)read_file(zone, name, seconds);
    } else if (*name != '\0' && strlen(name) < NAME_MAX_SIZE) {
        memcpy(file + sizeof ZONES - 1, name, strlen(name) + 1);
        (void)read_file(zone, file, seconds);
    }
}

int64_t zone_local(struct zone *zone, int64_t seconds)
{
    if (seconds < zone->from || seconds >= zone->until) {
        zone->from = INT64_MIN;
        zone->until = INT64_MAX;
        zone->ahead = 0;
        look(zone, seconds);
    }
    return seconds + zone->ahead;
}
