/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.h - a PEM file, block by block, in fixed memory.
 *
 * Depends on: files and RFC 7468. Knows nothing of what is in a block.
 */
#ifndef SYMFEED_PEM_H
#define SYMFEED_PEM_H

/*
 * Guarantees
 *  - A file of any size takes the memory of one block; where mbedTLS has an arena, that is a piece
 *    of it as large as the block, from one call to the next. Text between the blocks, lines of any
 *    length, CRLF, and a last line without an end are read as what they are.
 *  - Nothing is read through a buffer that is not wiped by symfeed_pem_close().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_port_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Largest block, certificate or key, in bytes of DER: a larger one counts as damaged. An RSA key of
 * 4096 bits has 2400, and no authority of a system's bundle has more than 2100. */
#ifndef SYMFEED_PEM_SIZE
#define SYMFEED_PEM_SIZE 4096
#endif

/* What symfeed_pem_next() has found. */
enum symfeed_pem_kind {
    SYMFEED_PEM_FAILED = -1,   /* the file cannot be read, errno says why; ENOMEM: no room for it */
    SYMFEED_PEM_END = 0,       /* there is no more */
    SYMFEED_PEM_CERTIFICATE,   /* CERTIFICATE */
    SYMFEED_PEM_KEY,           /* PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY */
    SYMFEED_PEM_ENCRYPTED_KEY, /* one of these that needs a pass phrase: no DER */
    SYMFEED_PEM_DAMAGED,       /* not base64, too large, or its end is missing: no DER */
    SYMFEED_PEM_OTHER          /* parameters, requests, what else there is: no use here */
};

/* A reader. `der` and `size` are the caller's to read, all else is the functions'. */
struct symfeed_pem {
#if SYMFEED_ARENA_SIZE
    unsigned char *der; /* the block, decoded: a piece of the arena of `room` bytes, or NULL */
#else
    unsigned char der[SYMFEED_PEM_SIZE];
#endif
    size_t room;              /* bytes that der has */
    size_t size;              /* bytes in it */
    int descriptor;           /* -1: no file is open */
    unsigned char input[256]; /* read and not yet looked at */
    size_t input_size;
    size_t input_next;
    char line[80];    /* the start of the line being read */
    size_t line_size; /* bytes in it */
    uint32_t bits;    /* decoded, but not yet a byte */
    unsigned digits;  /* of base64 in the block, its padding included */
    unsigned padding; /* of these, how many are = */
    bool damaged;
    bool encrypted;
    bool has_begun; /* the line that ended the block before begins one of kind `begun` */
    enum symfeed_pem_kind begun;
};

/* Makes `pem` a reader without a file. */
void symfeed_pem_init(struct symfeed_pem *pem);

/* Opens `file`. 0, or -1 and errno. *exposed is set to whether group or others may read it. */
int symfeed_pem_open(struct symfeed_pem *pem, const char *file, bool *exposed);

/* Goes on to the next block, of whichever kind. */
enum symfeed_pem_kind symfeed_pem_next(struct symfeed_pem *pem);

/* Closes the file and wipes all that was read of it. errno stays. Does no harm without a file. */
void symfeed_pem_close(struct symfeed_pem *pem);

#ifdef __cplusplus
}
#endif

#endif
