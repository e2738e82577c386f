/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.h - a question to a name server, and the addresses in its answer (RFC 1035, 4.1).
 *
 * Pure: bytes and state in, a result out. An answer of any size is read byte by byte.
 * Guarantees: whatever the bytes are, each is read once, and what is not an answer to this
 * very question is called wrong.
 */
#ifndef SYMFEED_DNS_H
#define SYMFEED_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of records: addresses of IPv4 and of IPv6. */
#define SYMFEED_DNS_A    1u
#define SYMFEED_DNS_AAAA 28u

/* Longest name (RFC 1035, 2.3.4) as text, without a dot at its end and without a NUL. */
#define SYMFEED_DNS_NAME_MAX 253

/* Largest datagram that is asked for by EDNS0, which passes through most networks in one piece.
 * Without EDNS0 servers send at most 512 bytes. */
#define SYMFEED_DNS_DATAGRAM 1232u

/* Aliases (CNAME) that an answer may have at most. */
#define SYMFEED_DNS_ALIASES 16u

/* What a server says of a question, as far as it matters here (RFC 1035, 4.1.1). */
#define SYMFEED_DNS_OK       0u
#define SYMFEED_DNS_FORMERR  1u
#define SYMFEED_DNS_NXDOMAIN 3u
#define SYMFEED_DNS_NOTIMP   4u
#define SYMFEED_DNS_REFUSED  5u

struct symfeed_dns_question {
    const char *name; /* a valid one, see symfeed_dns_is_name(), without a dot at its end */
    uint16_t id;
    uint8_t type; /* SYMFEED_DNS_A or SYMFEED_DNS_AAAA */
    bool edns;    /* with EDNS0 (RFC 6891): larger datagrams are welcome */
};

/* Returns whether a name can be asked for: labels of 1 to 63 bytes, 253 bytes in all. A dot at its
 * end does not count. */
bool symfeed_dns_is_name(const char *name);

/* Room for any question. */
#define SYMFEED_DNS_QUESTION_SIZE (2u + 12u + SYMFEED_DNS_NAME_MAX + 2u + 4u + 11u)

/* By TCP, the size of a message comes before it (RFC 1035, 4.2.2). */
#define SYMFEED_DNS_PREFIX 2u

/* Writes the question for TCP; a datagram has no prefix. Returns its bytes. */
size_t symfeed_dns_ask(const struct symfeed_dns_question *question,
                       unsigned char out[SYMFEED_DNS_QUESTION_SIZE]);

/* An answer being read. `code`, `cut`, `ours` and `bytes` may be read. */
struct symfeed_dns_answer {
    uint8_t part;     /* which the next byte belongs to */
    uint8_t at;       /* bytes of it so far */
    uint8_t aliases;  /* so far */
    uint8_t code;     /* what the server says */
    bool stream;      /* by TCP */
    bool cut;         /* there is more than fits into a datagram, of which the end may be missing */
    bool ours;        /* the question is this one */
    uint16_t left;    /* bytes of the message to come */
    uint16_t records; /* to come */
    uint16_t skip;    /* bytes to pass over */
    unsigned char bytes[16]; /* of a part that is looked at as a whole; an address */
};

enum symfeed_dns_result {
    SYMFEED_DNS_MORE,    /* more bytes are needed */
    SYMFEED_DNS_ADDRESS, /* an address is in `bytes`; more are needed */
    SYMFEED_DNS_LAST,    /* the same, and the answer is whole */
    SYMFEED_DNS_WHOLE,   /* the answer is whole; `code` tells what it says */
    SYMFEED_DNS_WRONG    /* it is none, or none to this question */
};

/* Begins an answer: a datagram, or by TCP, where its size comes first. */
void symfeed_dns_begin(struct symfeed_dns_answer *answer, bool stream);

/* Reads the next byte, until the answer is whole or wrong.
 *
 * The names of the records are not compared: a server puts into an answer what it was asked for and
 * the aliases that lead there, and an attacker who knows the question knows its name. An error may
 * come without its question. */
enum symfeed_dns_result symfeed_dns_take(struct symfeed_dns_answer *answer,
                                         const struct symfeed_dns_question *question,
                                         unsigned char byte);

#ifdef __cplusplus
}
#endif

#endif
