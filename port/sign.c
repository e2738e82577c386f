/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c - see sign.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "sign.h"

#include <errno.h>

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>

#include "arena.h"
#include "file.h"
#include "key.h"
#include "library.h"
#include "words.h"

#define BITS_MIN  2048u
#define BITS_MAX  4096u

#define HASH_SIZE 64 /* of SHA-512 */

static void set_reason(char *reason, size_t size, const char *file, const char *mistake)
{
    char text[SYMFEED_ARENA_TEXT_SIZE];

    mistake = symfeed_arena_or(mistake, text);
    (void)symfeed_words(reason, size, "RSA key file %.*s: %s", SYMFEED_FILE_SHOWN, file, mistake);
}

/* Reads the key and sees that it is of the right kind. 0, or -1 with the reason. */
static int read_key(mbedtls_pk_context *key, struct symfeed_pem *pem, const char *file,
                    bool *exposed, char *reason, size_t size)
{
    const char *mistake = symfeed_library_start() == 0 ? symfeed_key_read(key, pem, file, exposed)
                                                       : "mbedTLS cannot start";
    char text[64];
    size_t bits;

    if (mistake != NULL) {
        set_reason(reason, size, file, mistake);
        return -1;
    }
    if (mbedtls_pk_get_type(key) != MBEDTLS_PK_RSA) {
        set_reason(reason, size, file, "its key is not an RSA key");
        return -1;
    }
    bits = mbedtls_pk_get_bitlen(key);
    if (bits < BITS_MIN || bits > BITS_MAX) {
        (void)symfeed_words(text, sizeof text, "its key has %u bits, %u to %u are needed",
                            (unsigned)bits, BITS_MIN, BITS_MAX);
        set_reason(reason, size, file, text);
        return -1;
    }
    return 0;
}

int symfeed_sign_check(struct symfeed_pem *pem, const char *file, char *error, size_t error_size)
{
    mbedtls_pk_context key;
    bool exposed;
    int answer;

    symfeed_arena_watch();
    mbedtls_pk_init(&key);
    answer = read_key(&key, pem, file, &exposed, error, error_size);
    /* Seldom enough to afford it, and a key whose parts do not belong together is better met with
     * now than at each sign-in. */
    if (answer == 0) {
        answer = mbedtls_rsa_check_privkey(mbedtls_pk_rsa(key));
        if (answer != 0) {
            set_reason(error, error_size, file,
                       symfeed_library_lacks_memory(answer)
                           ? symfeed_file_text(ENOMEM)
                           : "its key is damaged: the parts do not fit together");
            answer = -1;
        }
    }
    mbedtls_pk_free(&key);
    return answer;
}

/* Signs with a key that has been read. Bytes, or an error of mbedTLS. */
static int sign_hash(mbedtls_pk_context *key, const void *data, size_t size,
                     unsigned char *signature, size_t room)
{
    unsigned char hash[HASH_SIZE];
    size_t written = 0;
    int answer = mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA512), data, size, hash);

    if (answer == 0) {
        answer = symfeed_library_sign(key, hash, sizeof hash, signature, room, &written);
    }
    mbedtls_platform_zeroize(hash, sizeof hash);
    return answer == 0 ? (int)written : answer;
}

int symfeed_sign(struct symfeed_pem *pem, const char *file, const void *data, size_t size,
                 unsigned char *signature, size_t room, bool *exposed, char *reason,
                 size_t reason_size)
{
    mbedtls_pk_context key;
    char text[160];
    int answer;

    symfeed_arena_watch();
    mbedtls_pk_init(&key);
    answer = read_key(&key, pem, file, exposed, reason, reason_size);
    if (answer == 0) {
        answer = sign_hash(&key, data, size, signature, room);
        if (answer <= 0) {
            symfeed_library_text(answer, text, sizeof text);
            set_reason(reason, reason_size, file, text);
            answer = -1;
        }
    }
    mbedtls_pk_free(&key);
    return answer;
}
