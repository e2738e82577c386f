/* SPDX-License-Identifier: Apache-2.0 */
/* key.c - see key.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "key.h"

#include <errno.h>

#include "file.h"
#include "library.h"

/* Goes on to the first private key. NULL: it is in `pem`. */
static const char *find_key(struct symfeed_pem *pem)
{
    bool damaged = false;

    for (;;) {
        switch (symfeed_pem_next(pem)) {
        case SYMFEED_PEM_KEY: return NULL;
        case SYMFEED_PEM_ENCRYPTED_KEY:
            return "its key is encrypted: give it without a pass phrase";
        case SYMFEED_PEM_FAILED: return symfeed_file_text(errno);
        case SYMFEED_PEM_DAMAGED: damaged = true; break;
        case SYMFEED_PEM_END:
            return damaged ? "it is damaged, or too large" : "there is no private key in it (PEM)";
        default: break;
        }
    }
}

const char *symfeed_key_read(mbedtls_pk_context *key, struct symfeed_pem *pem, const char *file,
                             bool *exposed)
{
    const char *mistake = NULL;
    int answer;

    if (symfeed_pem_open(pem, file, exposed) != 0) {
        return symfeed_file_text(errno);
    }
    mistake = find_key(pem);
    if (mistake == NULL) {
        answer = symfeed_library_parse_key(key, pem->der, pem->size);
        if (symfeed_library_lacks_memory(answer)) {
            mistake = symfeed_file_text(ENOMEM);
        } else if (answer != 0) {
            mistake = "its key is damaged, or of a kind that is not known here";
        }
    }
    symfeed_pem_close(pem);
    return mistake;
}
