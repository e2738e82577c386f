/* SPDX-License-Identifier: Apache-2.0 */
/* dns.c - see dns.h. */
#include "net/dns.h"

#include <string.h>

/* The class of all records here: the Internet's. */
#define CLASS_IN 1u

/* What is behind a name: type and class, in a record also the time to live and a length. */
#define QUESTION_REST 4u
#define RECORD_REST   10u

struct reader {
    const unsigned char *at;
    size_t left;
};

static unsigned number(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Passes over so many bytes. false: there are not so many. */
static bool pass(struct reader *reader, size_t size)
{
    if (size > reader->left) {
        return false;
    }
    reader->at += size;
    reader->left -= size;
    return true;
}

/* Passes over a name. A pointer to the rest of it ends it, and need not be followed. */
static bool pass_name(struct reader *reader)
{
    while (reader->left > 0) {
        unsigned length = *reader->at;

        if (length >= 0xc0) {
            return pass(reader, 2);
        }
        if (length > 63 || !pass(reader, length + 1)) {
            return false;
        }
        if (length == 0) {
            return true;
        }
    }
    return false;
}

/* Takes the next record's address where it has one of that type, and counts it. */
static bool take_record(struct reader *reader, unsigned type, unsigned char *addresses, int *count)
{
    const unsigned char *rest;
    size_t address = type == SYMFEED_DNS_A ? 4 : 16;
    size_t size;

    if (!pass_name(reader)) {
        return false;
    }
    rest = reader->at;
    if (!pass(reader, RECORD_REST)) {
        return false;
    }
    size = number(rest + 8);
    if (!pass(reader, size)) {
        return false;
    }
    if (number(rest) == type && number(rest + 2) == CLASS_IN && size == address) {
        memcpy(addresses + (size_t)*count * address, rest + RECORD_REST, address);
        ++*count;
    }
    return true;
}

int symfeed_dns_addresses(const unsigned char *answer, size_t size, unsigned type,
                          unsigned char *addresses, size_t room)
{
    struct reader reader = {answer, size};
    unsigned questions;
    unsigned records;
    int count = 0;

    /* The first bit of the third byte: an answer; the last four of the next: how it went. */
    if (!pass(&reader, SYMFEED_DNS_HEADER) || (answer[2] & 0x80) == 0) {
        return SYMFEED_DNS_FAILED;
    }
    if ((answer[3] & 0x0f) != 0) {
        return (answer[3] & 0x0f) == 3 ? SYMFEED_DNS_NO_NAME : SYMFEED_DNS_FAILED;
    }
    questions = number(answer + 4);
    records = number(answer + 6);
    for (; questions > 0; questions--) {
        if (!pass_name(&reader) || !pass(&reader, QUESTION_REST)) {
            return SYMFEED_DNS_FAILED;
        }
    }
    for (; records > 0 && (size_t)count < room; records--) {
        if (!take_record(&reader, type, addresses, &count)) {
            return count > 0 ? count : SYMFEED_DNS_FAILED;
        }
    }
    return count;
}

bool symfeed_dns_is_cut(const unsigned char *header)
{
    return (header[2] & 0x02) != 0;
}
