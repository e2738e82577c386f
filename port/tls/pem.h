/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.h - reads a PEM file block by block, in fixed memory (RFC 7468).
 *
 * Depends on: system/file.h, arena.h. Does not parse the content of a block.
 */
#ifndef SYMFEED_PEM_H
#define SYMFEED_PEM_H

/*
 * Guarantees
 *  - A file of any size takes the memory of one block. With an arena that memory is allocated
 * there, in the size of the block, until the next call.
 *  - Text between the blocks, lines of any length, CRLF, and a last line without an end are
 *    accepted.
 *  - symfeed_pem_close() wipes all buffers that the file was read through.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symfeed_port_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The largest certificate or key, in bytes of DER: a larger block counts as damaged. An RSA key of
 * 4096 bits has 2400, the largest authority of a system's bundle 2100. */
#ifndef SYMFEED_PEM_SIZE
#define SYMFEED_PEM_SIZE 4096
#endif

/* What symfeed_pem_next() returns. */
enum symfeed_pem_kind {
    SYMFEED_PEM_FAILED = -1, /* the file cannot be read, with errno; ENOMEM: no room in the arena */
    SYMFEED_PEM_END = 0,     /* no more blocks */
    SYMFEED_PEM_CERTIFICATE, /* CERTIFICATE */
    SYMFEED_PEM_KEY,         /* PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY */
    SYMFEED_PEM_ENCRYPTED_KEY, /* one of these, but it needs a pass phrase: no DER */
    SYMFEED_PEM_DAMAGED,       /* not base64, too large, or without an end: no DER */
    SYMFEED_PEM_OTHER          /* parameters, requests and so on: not used here */
};

/* A reader. The caller may read `der` and `size`; all other members are private. */
struct symfeed_pem {
#if SYMFEED_ARENA_SIZE
    unsigned char *der; /* the decoded block: `room` bytes of the arena, or NULL */
#else
    unsigned char der[SYMFEED_PEM_SIZE];
#endif
    size_t room;              /* size of der */
    size_t size;              /* bytes of the block */
    int descriptor;           /* -1: no file is open */
    unsigned char input[256]; /* bytes read, but not yet processed */
    size_t input_size;
    size_t input_next;
    char line[80];    /* the start of the current line */
    size_t line_size; /* bytes in it */
    uint32_t bits;    /* decoded bits that are not a whole byte yet */
    unsigned digits;  /* base64 digits of the block, padding included */
    unsigned padding; /* how many of them are = */
    bool damaged;
    bool encrypted;
    bool has_begun; /* the last block had no end: the next one, of kind `begun`, has begun */
    enum symfeed_pem_kind begun;
};

/* Initialises a reader without a file. */
void symfeed_pem_init(struct symfeed_pem *pem);

/* Opens `file`. Returns 0, or -1 with errno. Sets *exposed as symfeed_file_open() does. */
int symfeed_pem_open(struct symfeed_pem *pem, const char *file, bool *exposed);

/* Reads the next block, of any kind. */
enum symfeed_pem_kind symfeed_pem_next(struct symfeed_pem *pem);

/* Closes the file, if one is open, and wipes all that was read. Keeps errno. */
void symfeed_pem_close(struct symfeed_pem *pem);

#ifdef __cplusplus
}
#endif

#endif
