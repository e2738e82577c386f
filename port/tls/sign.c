/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c - see sign.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/sign.h"

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>

#include "tls/arena.h"
#include "tls/key.h"
#include "tls/mbedtls.h"

#define BITS_MIN  2048u
#define BITS_MAX  4096u

#define HASH_SIZE 64 /* of SHA-512 */

/* Records what is wrong with the file or its key. */
static int fail(struct symfeed_failure *failure, const char *file, enum symfeed_port_cause cause)
{
    (void)symfeed_fail_file(failure, SYMFEED_SUBJECT_RSA_KEY_FILE, cause, file);
    return symfeed_arena_explain(failure);
}

/* Reads the key and checks its type and size. Returns 0 or the cause. */
static int read_key(mbedtls_pk_context *key, struct symfeed_pem *pem, const char *file,
                    bool *exposed, struct symfeed_failure *failure)
{
    const enum symfeed_port_cause mistake = symfeed_mbedtls_start() == 0
                                                ? symfeed_key_read(key, pem, file, exposed)
                                                : SYMFEED_CAUSE_TLS_CANNOT_START;
    size_t bits;
    int answer;

    if (mistake != SYMFEED_CAUSE_NONE) {
        return fail(failure, file, mistake);
    }
    if (!symfeed_mbedtls_is_rsa(key)) {
        return fail(failure, file, SYMFEED_CAUSE_KEY_NOT_RSA);
    }
    bits = mbedtls_pk_get_bitlen(key);
    if (bits >= BITS_MIN && bits <= BITS_MAX) {
        return 0;
    }
    answer = symfeed_fail_file(failure, SYMFEED_SUBJECT_RSA_KEY_FILE, SYMFEED_CAUSE_KEY_BITS, file);
    failure->numbers[0] = (uint32_t)bits;
    failure->numbers[1] = BITS_MIN;
    failure->numbers[2] = BITS_MAX;
    return answer;
}

int symfeed_sign_check(struct symfeed_pem *pem, const char *file, struct symfeed_failure *failure)
{
    mbedtls_pk_context key;
    bool exposed;
    int answer;

    symfeed_arena_watch();
    mbedtls_pk_init(&key);
    answer = read_key(&key, pem, file, &exposed, failure);
    /* This check is slow, but runs only at the start. It finds a key with inconsistent parts before
     * the first sign-in. */
    if (answer == 0) {
        answer = symfeed_mbedtls_check_rsa(&key);
        if (answer != 0) {
            answer = fail(failure, file,
                          symfeed_mbedtls_lacks_memory(answer) ? SYMFEED_CAUSE_FILE_MEMORY
                                                               : SYMFEED_CAUSE_BROKEN_KEY);
        }
    }
    mbedtls_pk_free(&key);
    return answer;
}

/* Signs with `key`. Returns the bytes written, or an error of mbedTLS. */
static int sign_hash(mbedtls_pk_context *key, const void *data, size_t size,
                     unsigned char *signature, size_t room)
{
    unsigned char hash[HASH_SIZE];
    size_t written = 0;
    int answer = mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA512), data, size, hash);

    if (answer == 0) {
        answer = symfeed_mbedtls_sign(key, hash, sizeof hash, signature, room, &written);
    }
    mbedtls_platform_zeroize(hash, sizeof hash);
    return answer == 0 ? (int)written : answer;
}

int symfeed_sign(struct symfeed_pem *pem, const char *file, const void *data, size_t size,
                 unsigned char *signature, size_t room, bool *exposed,
                 struct symfeed_failure *failure)
{
    mbedtls_pk_context key;
    int answer;

    symfeed_arena_watch();
    mbedtls_pk_init(&key);
    answer = read_key(&key, pem, file, exposed, failure);
    if (answer == 0) {
        const int written = sign_hash(&key, data, size, signature, room);

        answer = written;
        if (written <= 0) {
            (void)symfeed_fail_file(failure, SYMFEED_SUBJECT_RSA_KEY_FILE, SYMFEED_CAUSE_TLS_ERROR,
                                    file);
            failure->error = written;
            answer = symfeed_arena_explain(failure);
        }
    }
    mbedtls_pk_free(&key);
    return answer;
}
