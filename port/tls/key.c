/* SPDX-License-Identifier: Apache-2.0 */
/* key.c - see key.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/key.h"

#include <errno.h>

#include "system/file.h"
#include "tls/mbedtls.h"

/* Reads up to the first private key. Returns NONE if it is in `pem`, otherwise what is wrong. */
static enum symfeed_port_cause find_key(struct symfeed_pem *pem)
{
    bool damaged = false;

    for (;;) {
        switch (symfeed_pem_next(pem)) {
        case SYMFEED_PEM_KEY: return SYMFEED_CAUSE_NONE;
        case SYMFEED_PEM_ENCRYPTED_KEY: return SYMFEED_CAUSE_ENCRYPTED_KEY;
        case SYMFEED_PEM_FAILED: return symfeed_file_cause(errno);
        case SYMFEED_PEM_DAMAGED: damaged = true; break;
        case SYMFEED_PEM_END: return damaged ? SYMFEED_CAUSE_LARGE_KEY : SYMFEED_CAUSE_NO_KEY;
        default: break;
        }
    }
}

enum symfeed_port_cause symfeed_key_read(mbedtls_pk_context *key, struct symfeed_pem *pem,
                                         const char *file, bool *exposed)
{
    enum symfeed_port_cause mistake;
    int answer;

    if (symfeed_pem_open(pem, file, exposed) != 0) {
        return symfeed_file_cause(errno);
    }
    mistake = find_key(pem);
    if (mistake == SYMFEED_CAUSE_NONE) {
        answer = symfeed_mbedtls_parse_key(key, pem->der, pem->size);
        if (symfeed_mbedtls_lacks_memory(answer)) {
            mistake = SYMFEED_CAUSE_FILE_MEMORY;
        } else if (symfeed_mbedtls_is_broken_key(answer)) {
            mistake = SYMFEED_CAUSE_BROKEN_KEY;
        } else if (answer != 0) {
            mistake = SYMFEED_CAUSE_UNKNOWN_KEY;
        }
    }
    symfeed_pem_close(pem);
    return mistake;
}
