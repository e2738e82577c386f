/* SPDX-License-Identifier: Apache-2.0 */
/* pem.c - see pem.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/pem.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "system/file.h"
#include "tls/arena.h"

#define BEGIN "-----BEGIN "
#define END   "-----END "
#define RULE  "-----"

/* What next_byte() returns if there is no byte. */
#define AT_END (-1)
#define FAILED (-2)

static int next_byte(struct symfeed_pem *pem)
{
    long got;

    if (pem->input_next == pem->input_size) {
        got = symfeed_file_read(pem->descriptor, pem->input, sizeof pem->input);
        if (got <= 0) {
            return got == 0 ? AT_END : FAILED;
        }
        pem->input_size = (size_t)got;
        pem->input_next = 0;
    }
    return pem->input[pem->input_next++];
}

/* Returns the kind of a block from its label. */
static enum symfeed_pem_kind kind_of(const char *label)
{
    static const struct {
        const char *label;
        enum symfeed_pem_kind kind;
    } kinds[] = {
        {"CERTIFICATE" RULE, SYMFEED_PEM_CERTIFICATE},
        {"PRIVATE KEY" RULE, SYMFEED_PEM_KEY},
        {"RSA PRIVATE KEY" RULE, SYMFEED_PEM_KEY},
        {"EC PRIVATE KEY" RULE, SYMFEED_PEM_KEY},
        {"ENCRYPTED PRIVATE KEY" RULE, SYMFEED_PEM_ENCRYPTED_KEY},
    };
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(label, kinds[i].label, strlen(kinds[i].label)) == 0) {
            return kinds[i].kind;
        }
    }
    return SYMFEED_PEM_OTHER;
}

/* Returns the value of a base64 digit, or -1. */
static int digit_value(int byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return byte - 'A';
    }
    if (byte >= 'a' && byte <= 'z') {
        return byte - 'a' + 26;
    }
    if (byte >= '0' && byte <= '9') {
        return byte - '0' + 52;
    }
    if (byte == '+') {
        return 62;
    }
    return byte == '/' ? 63 : -1;
}

/* Appends a byte to the block, or only counts it if there is no room. */
static void put_byte(struct symfeed_pem *pem, unsigned char byte)
{
    if (pem->size < pem->room) {
        pem->der[pem->size] = byte;
    }
    pem->size++;
}

/* Decodes one byte between the BEGIN and END lines of a block. */
static void decode(struct symfeed_pem *pem, int byte)
{
    int value = digit_value(byte);

    if (byte == '\n' || byte == '\r' || byte == ' ' || byte == '\t') {
        return;
    }
    if (byte ==
        ':') { /* a header (RFC 1421, 4.6): OpenSSL's old format of encrypted keys has two */
        pem->encrypted = true;
    }
    if (byte == '=') {
        pem->padding++;
    } else if (value < 0 || pem->padding != 0) {
        pem->damaged = true;
        return;
    }
    pem->bits = pem->bits << 6 | (uint32_t)(value < 0 ? 0 : value);
    pem->digits++;
    if (pem->digits % 4 != 0) {
        return;
    }
    if (pem->padding > 2 || pem->size + 3 - pem->padding > SYMFEED_PEM_SIZE) {
        pem->damaged = true;
        return;
    }
    put_byte(pem, (unsigned char)(pem->bits >> 16));
    if (pem->padding < 2) {
        put_byte(pem, (unsigned char)(pem->bits >> 8));
    }
    if (pem->padding < 1) {
        put_byte(pem, (unsigned char)pem->bits);
    }
}

/* Appends a byte to the start of the line. */
static void gather(struct symfeed_pem *pem, int byte)
{
    if (pem->line_size < sizeof pem->line - 1) {
        pem->line[pem->line_size++] = (char)byte;
    }
}

static const char *finish_line(struct symfeed_pem *pem)
{
    pem->line[pem->line_size] = '\0';
    pem->line_size = 0;
    return pem->line;
}

/* Returns whether a line begins a block, and sets its kind. Blanks and a byte order mark may be
 * before BEGIN; anything else, such as a comment sign, may not. */
static bool begins_block(const char *line, enum symfeed_pem_kind *kind)
{
    if (strncmp(line, "\xEF\xBB\xBF", 3) == 0) {
        line += 3;
    }
    while (*line == ' ' || *line == '\t') {
        line++;
    }
    if (strncmp(line, BEGIN, strlen(BEGIN)) != 0) {
        return false;
    }
    *kind = kind_of(line + strlen(BEGIN));
    return true;
}

/* Reads up to the end of the next BEGIN line. Returns the kind of its block, or END or FAILED. */
static enum symfeed_pem_kind find_block(struct symfeed_pem *pem)
{
    for (;;) {
        int byte = next_byte(pem);
        enum symfeed_pem_kind kind;

        if (byte == FAILED) {
            return SYMFEED_PEM_FAILED;
        }
        if (byte != '\n' && byte != AT_END) {
            gather(pem, byte);
            continue;
        }
        if (begins_block(finish_line(pem), &kind) && byte != AT_END) {
            return kind;
        }
        if (byte == AT_END) {
            return SYMFEED_PEM_END;
        }
    }
}

/* Reads a block up to its end. A block without an end is damaged, and ends where the next one
 * begins. Returns false if the file cannot be read. */
static bool read_block(struct symfeed_pem *pem)
{
    for (;;) {
        int byte = next_byte(pem);

        if (byte == FAILED) {
            return false;
        }
        if (byte == '\n' || byte == AT_END) {
            const char *line = finish_line(pem);

            if (strncmp(line, END, strlen(END)) == 0) {
                return true;
            }
            pem->has_begun = begins_block(line, &pem->begun);
            if (byte == AT_END || pem->has_begun) {
                pem->damaged = true;
                return true;
            }
            continue;
        }
        gather(pem, byte);
        if (pem->line[0] != '-') {
            decode(pem, byte);
        }
    }
}

void symfeed_pem_init(struct symfeed_pem *pem)
{
    memset(pem, 0, sizeof *pem);
    pem->descriptor = -1;
}

int symfeed_pem_open(struct symfeed_pem *pem, const char *file, bool *exposed)
{
    symfeed_pem_close(pem);
    pem->descriptor = symfeed_file_open(file, exposed);
    return pem->descriptor < 0 ? -1 : 0;
}

/* Resets the state of the block. */
static void reset_block(struct symfeed_pem *pem)
{
    pem->has_begun = false;
    pem->size = 0;
    pem->bits = 0;
    pem->digits = 0;
    pem->padding = 0;
    pem->damaged = false;
    pem->encrypted = false;
}

/* Reads a block whose BEGIN line says `kind`. Returns what the block is. */
static enum symfeed_pem_kind take_block(struct symfeed_pem *pem, enum symfeed_pem_kind kind)
{
    reset_block(pem);
    if (!read_block(pem)) {
        return SYMFEED_PEM_FAILED;
    }
    if (kind == SYMFEED_PEM_KEY && pem->encrypted) {
        return SYMFEED_PEM_ENCRYPTED_KEY;
    }
    if (kind != SYMFEED_PEM_CERTIFICATE && kind != SYMFEED_PEM_KEY) {
        return kind;
    }
    return pem->damaged || pem->digits % 4 != 0 || pem->size == 0 ? SYMFEED_PEM_DAMAGED : kind;
}

#if SYMFEED_ARENA_SIZE

static void drop_block(struct symfeed_pem *pem)
{
    if (pem->der != NULL) {
        symfeed_file_wipe(pem->der, pem->room);
        symfeed_arena_give(pem->der);
    }
    pem->der = NULL;
    pem->room = 0;
}

static int make_room(struct symfeed_pem *pem, size_t size)
{
    pem->der = symfeed_arena_take(1, size);
    if (pem->der == NULL) {
        errno = ENOMEM;
        return -1;
    }
    pem->room = size;
    return 0;
}

/* Reads a block twice: first for its size, then into memory of that size. */
static enum symfeed_pem_kind fetch_block(struct symfeed_pem *pem, enum symfeed_pem_kind kind)
{
    const enum symfeed_pem_kind begun = kind;
    off_t start = lseek(pem->descriptor, 0, SEEK_CUR);

    if (start < 0) {
        return SYMFEED_PEM_FAILED;
    }
    start -= (off_t)(pem->input_size - pem->input_next);
    kind = take_block(pem, begun);
    if (kind != SYMFEED_PEM_CERTIFICATE && kind != SYMFEED_PEM_KEY) {
        return kind;
    }
    if (make_room(pem, pem->size) != 0 || lseek(pem->descriptor, start, SEEK_SET) < 0) {
        return SYMFEED_PEM_FAILED;
    }
    pem->input_next = 0;
    pem->input_size = 0;
    kind = take_block(pem, begun);
    return pem->size > pem->room ? SYMFEED_PEM_DAMAGED : kind; /* the file has changed meanwhile */
}

#else

static void drop_block(struct symfeed_pem *pem)
{
    (void)pem;
}

static enum symfeed_pem_kind fetch_block(struct symfeed_pem *pem, enum symfeed_pem_kind kind)
{
    pem->room = sizeof pem->der;
    return take_block(pem, kind);
}

#endif

enum symfeed_pem_kind symfeed_pem_next(struct symfeed_pem *pem)
{
    enum symfeed_pem_kind kind = pem->has_begun ? pem->begun : find_block(pem);

    drop_block(pem);
    if (kind == SYMFEED_PEM_END || kind == SYMFEED_PEM_FAILED) {
        reset_block(pem);
        return kind;
    }
    return fetch_block(pem, kind);
}

void symfeed_pem_close(struct symfeed_pem *pem)
{
    if (pem->descriptor >= 0) {
        symfeed_file_close(pem->descriptor);
    }
    drop_block(pem);
    symfeed_file_wipe(pem, sizeof *pem);
    pem->descriptor = -1;
}
