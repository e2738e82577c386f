/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pem.c - any bytes as a PEM file: it ends, each block fits its memory exactly and is read the
 * same again once it is written down, a certificate of ours behind it is found whatever is before
 * it, and nothing stays in the reader. Each block, and any bytes, as an RSA key in DER.
 *
 * The input: a byte, then the file; or, where the byte is odd, DER.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#define SYMFEED_ARENA_SIZE 40960 /* DER is in the arena, in the size of the block */

#include "fuzz.h"

/* The port's, which need nothing of mbedTLS. */
#include "../../port/system/file.c"
#include "../../port/system/fnv.c"
#include "../../port/tls/pem.c"
#include "../../port/tls/rsa.c"

static struct memory_file file;

void *symfeed_arena_take(size_t count, size_t size)
{
    return calloc(count, size);
}

void symfeed_arena_give(void *memory)
{
    free(memory);
}

static void check_key(const unsigned char *der, size_t size)
{
    unsigned char *copy = malloc(size > 0 ? size : 1); /* ends where it ends */
    const unsigned char *inside = copy;
    size_t inside_size = size;

    if (size > 0) {
        memcpy(copy, der, size);
    }
    (void)symfeed_rsa_is_broken(copy, size);
    symfeed_rsa_unwrap(&inside, &inside_size);
    require(inside >= copy && inside_size <= size && inside + inside_size <= copy + size);
    free(copy);
}

/* Writes a block as OpenSSL does, in lines of 64 characters. Returns its size. */
static size_t write_block(enum symfeed_pem_kind kind, const unsigned char *der, size_t size,
                          char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *label = kind == SYMFEED_PEM_KEY ? "PRIVATE KEY" : "CERTIFICATE";
    size_t used = (size_t)sprintf(out, "-----BEGIN %s-----", label);

    for (size_t i = 0; i < size; i += 3) {
        const unsigned left = size - i < 3 ? (unsigned)(size - i) : 3;
        const unsigned bits = (unsigned)der[i] << 16 | (left > 1 ? (unsigned)der[i + 1] << 8 : 0u) |
                              (left > 2 ? (unsigned)der[i + 2] : 0u);

        if (i % 48 == 0) {
            out[used++] = '\n';
        }
        for (unsigned digit = 0; digit < 4; digit++) {
            out[used++] = digit <= left ? digits[bits >> (18 - 6 * digit) & 63] : '=';
        }
    }
    return used + (size_t)sprintf(out + used, "\n-----END %s-----\n", label);
}

static void check_again(enum symfeed_pem_kind kind, const unsigned char *der, size_t size)
{
    static char text[SYMFEED_PEM_SIZE * 2];
    static struct memory_file again;
    struct symfeed_pem pem;
    bool exposed;

    fill_file(&again, text, write_block(kind, der, size, text));
    symfeed_pem_init(&pem);
    require(symfeed_pem_open(&pem, again.name, &exposed) == 0);
    require(symfeed_pem_next(&pem) == kind);
    require(pem.size == size && memcmp(pem.der, der, size) == 0);
    require(symfeed_pem_next(&pem) == SYMFEED_PEM_END);
    symfeed_pem_close(&pem);
}

/* Returns whether the block has DER. */
static bool check_block(const struct symfeed_pem *pem, enum symfeed_pem_kind kind)
{
    const bool has_der = kind == SYMFEED_PEM_CERTIFICATE || kind == SYMFEED_PEM_KEY;

    require(kind != SYMFEED_PEM_FAILED);
    require(!has_der || (pem->der != NULL && pem->size >= 1 && pem->size <= SYMFEED_PEM_SIZE &&
                         pem->size == pem->room));
    if (has_der) {
        check_key(pem->der, pem->size);
        check_again(kind, pem->der, pem->size);
    }
    return has_der;
}

static void check_file(size_t size)
{
    static const unsigned char none[sizeof(struct symfeed_pem)];
    struct symfeed_pem pem;
    enum symfeed_pem_kind kind;
    size_t blocks = 0;
    bool ours = false;
    bool exposed;

    symfeed_pem_init(&pem);
    require(symfeed_pem_open(&pem, file.name, &exposed) == 0);
    while ((kind = symfeed_pem_next(&pem)) != SYMFEED_PEM_END) {
        ours = check_block(&pem, kind) && kind == SYMFEED_PEM_CERTIFICATE && pem.size == 3 &&
               memcmp(pem.der, "\0\1\2", 3) == 0;
        require(++blocks <= size / strlen("-----BEGIN ") + 1);
    }
    require(ours);
    require(symfeed_pem_next(&pem) == SYMFEED_PEM_END);
    symfeed_pem_close(&pem);
    require(pem.descriptor == -1);
    pem.descriptor = 0;
    require(memcmp(&pem, none, sizeof pem) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char ours[] = "\n-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";

    if (size < 1) {
        return 0;
    }
    if (data[0] % 2 != 0) {
        check_key(data + 1, size - 1);
        return 0;
    }
    fill_file(&file, data + 1, size - 1);
    require(pwrite(file.descriptor, ours, sizeof ours - 1, (off_t)size - 1) ==
            (ssize_t)(sizeof ours - 1));
    check_file(size + sizeof ours);
    return 0;
}
