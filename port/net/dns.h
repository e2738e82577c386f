/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.h - a question to a name server, and the addresses in its answer (RFC 1035, 4.1).
 *
 * Depends on: nothing; bytes and state in, a result out.
 * Guarantees: an answer of any size is read byte by byte, each byte once. Bytes that are not an
 * answer to this question give SYMFEED_DNS_WRONG.
 */
#ifndef SYMFEED_DNS_H
#define SYMFEED_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Record types: an IPv4 address, an IPv6 address. */
#define SYMFEED_DNS_A    1u
#define SYMFEED_DNS_AAAA 28u

/* Longest name as text (RFC 1035, 2.3.4), in bytes, without a final dot and NUL. */
#define SYMFEED_DNS_NAME_MAX 253

/* Largest datagram requested with EDNS0, in bytes: it passes through most networks in one piece.
 * Without EDNS0 servers send at most 512 bytes. */
#define SYMFEED_DNS_DATAGRAM 1232u

/* Most aliases (CNAME) in an answer. */
#define SYMFEED_DNS_ALIASES 16u

/* The response codes that are treated differently (RFC 1035, 4.1.1). */
#define SYMFEED_DNS_OK       0u
#define SYMFEED_DNS_FORMERR  1u
#define SYMFEED_DNS_NXDOMAIN 3u
#define SYMFEED_DNS_NOTIMP   4u
#define SYMFEED_DNS_REFUSED  5u

struct symfeed_dns_question {
    const char *name; /* valid, see symfeed_dns_is_name(), without a final dot */
    uint16_t id;
    uint8_t type; /* SYMFEED_DNS_A or SYMFEED_DNS_AAAA */
    bool edns;    /* use EDNS0 (RFC 6891), for larger datagrams */
};

/* Returns whether a name is valid in a question: labels of 1 to 63 bytes, at most 253 bytes in all.
 * A final dot does not count. */
bool symfeed_dns_is_name(const char *name);

/* Room for any question. */
#define SYMFEED_DNS_QUESTION_SIZE (2u + 12u + SYMFEED_DNS_NAME_MAX + 2u + 4u + 11u)

/* Bytes before a message over TCP: its size (RFC 1035, 4.2.2). */
#define SYMFEED_DNS_PREFIX 2u

/* Writes the question as sent over TCP; a datagram is the same without the prefix. Returns the
 * bytes written. */
size_t symfeed_dns_ask(const struct symfeed_dns_question *question,
                       unsigned char out[SYMFEED_DNS_QUESTION_SIZE]);

/* An answer being read. `code`, `cut`, `ours` and `bytes` may be read; all other members are
 * private. */
struct symfeed_dns_answer {
    uint8_t part;            /* of the next byte */
    uint8_t at;              /* bytes of the part so far */
    uint8_t aliases;         /* so far */
    uint8_t code;            /* the response code */
    bool stream;             /* TCP */
    bool cut;                /* truncated to fit into a datagram, whose end may be missing */
    bool ours;               /* the message repeats our question */
    uint16_t left;           /* bytes of the message left */
    uint16_t records;        /* records left */
    uint16_t skip;           /* bytes left to skip, or the size of an address */
    unsigned char bytes[16]; /* a part that is read as a whole, or an address */
};

enum symfeed_dns_result {
    SYMFEED_DNS_MORE,    /* more bytes are needed */
    SYMFEED_DNS_ADDRESS, /* an address is in `bytes`; more are needed */
    SYMFEED_DNS_LAST,    /* an address is in `bytes`, and the answer is complete */
    SYMFEED_DNS_WHOLE,   /* the answer is complete; see `code` */
    SYMFEED_DNS_WRONG    /* not an answer, or not to this question */
};

/* Begins an answer: a datagram, or with `stream` a message over TCP, which begins with its size. */
void symfeed_dns_begin(struct symfeed_dns_answer *answer, bool stream);

/* Reads the next byte. Do not call it again after LAST, WHOLE or WRONG.
 *
 * The names of the records are not compared: an answer contains the records of the name in the
 * question and the aliases that lead to them, and an attacker who knows the question knows its
 * name. An error may come without the question. */
enum symfeed_dns_result symfeed_dns_take(struct symfeed_dns_answer *answer,
                                         const struct symfeed_dns_question *question,
                                         unsigned char byte);

#ifdef __cplusplus
}
#endif

#endif
