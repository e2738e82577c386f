/* SPDX-License-Identifier: Apache-2.0 */
/* dns.c - see dns.h. */
#include "net/dns.h"

#include <string.h>

/* The class of all records here: Internet. */
#define CLASS_IN 1u

/* Record types besides addresses: an alias, and the record that EDNS0 adds to a message. */
#define TYPE_CNAME  5u
#define TYPE_OPT    41u

#define HEADER_SIZE 12u
#define LABEL_MAX   63u

/* Bytes after a name: type and class; in a record also the time to live and a length. */
#define QUESTION_REST 4u
#define RECORD_REST   10u

bool symfeed_dns_is_name(const char *name)
{
    size_t label = 0;
    size_t size = 0;

    for (; name[size] != '\0'; size++) {
        label = name[size] == '.' ? 0 : label + 1;
        if (label > LABEL_MAX || (label == 0 && (size == 0 || name[size + 1] == '.'))) {
            return false;
        }
    }
    return size > 0 && size - (label == 0 ? 1 : 0) <= SYMFEED_DNS_NAME_MAX;
}

/* Returns the byte at `at` of the encoded name: each label after its length, then a 0. */
static unsigned char name_byte(const char *name, size_t at)
{
    if (at > 0 && name[at - 1] != '.') {
        return (unsigned char)name[at - 1];
    }
    return (unsigned char)strcspn(name + at, ".");
}

static unsigned char lower(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + ('a' - 'A')) : byte;
}

static unsigned number(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* --- the question ------------------------------------------------------------------------- */

static unsigned char *write_number(unsigned char *out, unsigned value)
{
    out[0] = (unsigned char)(value >> 8);
    out[1] = (unsigned char)value;
    return out + 2;
}

size_t symfeed_dns_ask(const struct symfeed_dns_question *question,
                       unsigned char out[SYMFEED_DNS_QUESTION_SIZE])
{
    unsigned char *at = out + SYMFEED_DNS_PREFIX;
    size_t size;
    size_t i;

    at = write_number(at, question->id);
    at = write_number(at, 0x0100); /* a query; recursion desired */
    at = write_number(at, 1);      /* questions */
    at = write_number(at, 0);
    at = write_number(at, 0);
    at = write_number(at, question->edns ? 1 : 0); /* additional records */
    for (i = 0; i <= strlen(question->name) + 1; i++) {
        *at++ = name_byte(question->name, i);
    }
    at = write_number(at, question->type);
    at = write_number(at, CLASS_IN);
    if (question->edns) {
        memset(at, 0, 11);
        (void)write_number(at + 1, TYPE_OPT);
        (void)write_number(at + 3, SYMFEED_DNS_DATAGRAM);
        at += 11;
    }
    size = (size_t)(at - out);
    (void)write_number(out, (unsigned)(size - SYMFEED_DNS_PREFIX));
    return size;
}

/* --- the answer --------------------------------------------------------------------------- */

enum part {
    PART_PREFIX,
    PART_HEADER,
    PART_QUESTION,      /* the name of the question */
    PART_QUESTION_REST, /* its type and class */
    PART_NAME,          /* of a record: the length of a label, or the end of the name */
    PART_LABEL,         /* skipped */
    PART_POINTER,       /* the second byte of a pointer, skipped: pointers are not followed */
    PART_RECORD_REST,   /* what follows the name of a record, up to its data */
    PART_ADDRESS,
    PART_DATA, /* skipped */
    PART_NONE  /* the answer is complete */
};

void symfeed_dns_begin(struct symfeed_dns_answer *answer, bool stream)
{
    memset(answer, 0, sizeof *answer);
    answer->stream = stream;
    answer->part = stream ? PART_PREFIX : PART_HEADER;
    answer->left = UINT16_MAX;
}

static enum symfeed_dns_result begin_part(struct symfeed_dns_answer *answer, enum part part)
{
    answer->part = (uint8_t)part;
    answer->at = 0;
    return part == PART_NONE ? SYMFEED_DNS_WHOLE : SYMFEED_DNS_MORE;
}

static enum symfeed_dns_result begin_record(struct symfeed_dns_answer *answer)
{
    if (answer->records == 0) {
        return begin_part(answer, PART_NONE);
    }
    answer->records--;
    return begin_part(answer, PART_NAME);
}

static enum symfeed_dns_result read_header(struct symfeed_dns_answer *answer,
                                           const struct symfeed_dns_question *question)
{
    const unsigned char *bytes = answer->bytes;
    const unsigned questions = number(bytes + 4);

    /* The upper five bits: a response to a standard query. */
    if (number(bytes) != question->id || (bytes[2] & 0xf8) != 0x80) {
        return SYMFEED_DNS_WRONG;
    }
    answer->code = bytes[3] & 0x0f;
    answer->cut = !answer->stream && (bytes[2] & 0x02) != 0;
    answer->records = (uint16_t)number(bytes + 6);
    if (questions == 0 && answer->code != SYMFEED_DNS_OK && answer->code != SYMFEED_DNS_NXDOMAIN) {
        return begin_part(answer, PART_NONE);
    }
    return questions == 1 ? begin_part(answer, PART_QUESTION) : SYMFEED_DNS_WRONG;
}

static enum symfeed_dns_result read_question_rest(struct symfeed_dns_answer *answer,
                                                  const struct symfeed_dns_question *question)
{
    if (number(answer->bytes) != question->type || number(answer->bytes + 2) != CLASS_IN) {
        return SYMFEED_DNS_WRONG;
    }
    answer->ours = true;
    return answer->code == SYMFEED_DNS_OK ? begin_record(answer) : begin_part(answer, PART_NONE);
}

static enum symfeed_dns_result read_record_rest(struct symfeed_dns_answer *answer,
                                                const struct symfeed_dns_question *question)
{
    const unsigned type = number(answer->bytes);
    const unsigned size = question->type == SYMFEED_DNS_A ? 4 : 16;

    answer->skip = (uint16_t)number(answer->bytes + 8);
    if (type == TYPE_CNAME && ++answer->aliases > SYMFEED_DNS_ALIASES) {
        return SYMFEED_DNS_WRONG;
    }
    if (type == question->type && number(answer->bytes + 2) == CLASS_IN && answer->skip == size) {
        return begin_part(answer, PART_ADDRESS);
    }
    return answer->skip > 0 ? begin_part(answer, PART_DATA) : begin_record(answer);
}

/* Reads the byte at the start of a label, a pointer or the end of a record's name. */
static enum symfeed_dns_result read_label(struct symfeed_dns_answer *answer, unsigned char byte)
{
    if (byte == 0) {
        return begin_part(answer, PART_RECORD_REST);
    }
    if (byte > LABEL_MAX) {
        return byte < 0xc0 ? SYMFEED_DNS_WRONG : begin_part(answer, PART_POINTER);
    }
    answer->skip = byte;
    return begin_part(answer, PART_LABEL);
}

static enum symfeed_dns_result skip_byte(struct symfeed_dns_answer *answer)
{
    answer->skip--;
    if (answer->skip > 0) {
        return SYMFEED_DNS_MORE;
    }
    return answer->part == PART_LABEL ? begin_part(answer, PART_NAME) : begin_record(answer);
}

static enum symfeed_dns_result read_address(struct symfeed_dns_answer *answer)
{
    return begin_record(answer) == SYMFEED_DNS_WHOLE ? SYMFEED_DNS_LAST : SYMFEED_DNS_ADDRESS;
}

/* Reads a complete part that is in `bytes`. */
static enum symfeed_dns_result read_part(struct symfeed_dns_answer *answer,
                                         const struct symfeed_dns_question *question)
{
    switch (answer->part) {
    case PART_PREFIX:
        answer->left = (uint16_t)number(answer->bytes);
        return begin_part(answer, PART_HEADER);
    case PART_HEADER: return read_header(answer, question);
    case PART_QUESTION_REST: return read_question_rest(answer, question);
    case PART_RECORD_REST: return read_record_rest(answer, question);
    default: return read_address(answer);
    }
}

/* Returns the bytes of the current part if it is read as a whole, or 0. */
static unsigned part_size(const struct symfeed_dns_answer *answer)
{
    switch (answer->part) {
    case PART_PREFIX: return SYMFEED_DNS_PREFIX;
    case PART_HEADER: return HEADER_SIZE;
    case PART_QUESTION_REST: return QUESTION_REST;
    case PART_RECORD_REST: return RECORD_REST;
    case PART_ADDRESS: return answer->skip;
    default: return 0;
    }
}

static enum symfeed_dns_result read_byte(struct symfeed_dns_answer *answer,
                                         const struct symfeed_dns_question *question,
                                         unsigned char byte)
{
    const unsigned size = part_size(answer);

    if (size > 0) {
        answer->bytes[answer->at++] = byte;
        return answer->at < size ? SYMFEED_DNS_MORE : read_part(answer, question);
    }
    switch (answer->part) {
    case PART_QUESTION:
        if (lower(name_byte(question->name, answer->at++)) != lower(byte)) {
            return SYMFEED_DNS_WRONG;
        }
        return byte == 0 ? begin_part(answer, PART_QUESTION_REST) : SYMFEED_DNS_MORE;
    case PART_NAME: return read_label(answer, byte);
    case PART_POINTER: return begin_part(answer, PART_RECORD_REST);
    case PART_LABEL:
    case PART_DATA: return skip_byte(answer);
    default: return SYMFEED_DNS_WRONG;
    }
}

enum symfeed_dns_result symfeed_dns_take(struct symfeed_dns_answer *answer,
                                         const struct symfeed_dns_question *question,
                                         unsigned char byte)
{
    enum symfeed_dns_result result;

    answer->left--;
    result = read_byte(answer, question, byte);
    return answer->part != PART_NONE && answer->left == 0 ? SYMFEED_DNS_WRONG : result;
}
