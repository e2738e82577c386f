/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c - see identity.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "identity.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
#include "key.h"
#include "library.h"
#include "words.h"

#if SYMFEED_CERTIFICATE_SIGN_IN

/* Reads the certificates that are in the open file. NULL, or what is wrong. */
static const char *read_chain(struct symfeed_identity *identity)
{
    size_t count = 0;
    int answer;

    for (;;) {
        switch (symfeed_pem_next(identity->pem)) {
        case SYMFEED_PEM_CERTIFICATE:
            if (++count > SYMFEED_IDENTITY_CHAIN) {
                return "there are too many certificates in it";
            }
            answer = mbedtls_x509_crt_parse_der(&identity->certificates, identity->pem->der,
                                                identity->pem->size);
            if (symfeed_library_lacks_memory(answer)) {
                return symfeed_file_text(ENOMEM);
            }
            if (answer != 0) {
                return "a certificate in it is damaged, or of a kind that is not known here";
            }
            break;
        case SYMFEED_PEM_DAMAGED: return "it is damaged, or holds something too large";
        case SYMFEED_PEM_FAILED: return symfeed_file_text(errno);
        case SYMFEED_PEM_END: return count == 0 ? "there is no certificate in it (PEM)" : NULL;
        default: break;
        }
    }
}

static const char *read_certificates(struct symfeed_identity *identity)
{
    const char *mistake = NULL;
    bool exposed; /* a certificate is no secret */

    if (symfeed_pem_open(identity->pem, identity->certificate_file, &exposed) != 0) {
        return symfeed_file_text(errno);
    }
    mistake = read_chain(identity);
    symfeed_pem_close(identity->pem);
    return mistake;
}

void symfeed_identity_init(struct symfeed_identity *identity, struct symfeed_pem *pem,
                           const char *certificate_file, const char *key_file)
{
    memset(identity, 0, sizeof *identity);
    mbedtls_x509_crt_init(&identity->certificates);
    mbedtls_pk_init(&identity->key);
    identity->pem = pem;
    identity->certificate_file = certificate_file;
    identity->key_file = key_file == NULL ? certificate_file : key_file;
}

bool symfeed_identity_is_there(const struct symfeed_identity *identity)
{
    return identity->certificate_file != NULL;
}

bool symfeed_identity_has_changed(struct symfeed_identity *identity)
{
    bool changed = false;

    if (symfeed_identity_is_there(identity)) {
        changed = symfeed_file_has_changed(identity->certificate_file, &identity->stamps[0]);
        changed = symfeed_file_has_changed(identity->key_file, &identity->stamps[1]) || changed;
    }
    return changed;
}

/* Sees that the chain can be shown: mbedTLS does not spread a message that it sends over records.
 * NULL, or what is wrong, which may be in `text`. */
static const char *fit_into_record(const struct symfeed_identity *identity,
                                   char text[SYMFEED_ARENA_TEXT_SIZE])
{
    const mbedtls_x509_crt *one;
    size_t size = 4 + 1 + 3; /* head of the message, TLS 1.3's context, length of the list */

    for (one = &identity->certificates; one != NULL; one = one->next) {
        size += 3 + one->raw.len + 2;
    }
    if (size <= MBEDTLS_SSL_OUT_CONTENT_LEN) {
        return NULL;
    }
    (void)symfeed_words(text, SYMFEED_ARENA_TEXT_SIZE,
                        "its certificates take %u bytes of a record, which may have %u: raise "
                        "SYMFEED_TLS_RECORD_OUT",
                        (unsigned)size, (unsigned)MBEDTLS_SSL_OUT_CONTENT_LEN);
    return text;
}

/* Sees that the key is that of the certificate. NULL, or what is wrong. */
static const char *hold_together(const struct symfeed_identity *identity)
{
    int answer = symfeed_library_check_pair(&identity->certificates.pk, &identity->key);

    if (symfeed_library_lacks_memory(answer)) {
        return symfeed_file_text(ENOMEM);
    }
    return answer == 0 ? NULL
                       : "its key is not that of the certificate (which must come first in its "
                         "file)";
}

int symfeed_identity_load(struct symfeed_identity *identity, char *reason, size_t size)
{
    const char *mistake = read_certificates(identity);
    char text[SYMFEED_ARENA_TEXT_SIZE];

    mistake = mistake == NULL ? fit_into_record(identity, text) : symfeed_arena_or(mistake, text);
    if (mistake != NULL) {
        (void)symfeed_words(reason, size, "client certificate file %.*s: %s", SYMFEED_FILE_SHOWN,
                            identity->certificate_file, mistake);
        symfeed_identity_drop(identity);
        return SYMFEED_IDENTITY_BAD_CERTIFICATE;
    }
    mistake =
        symfeed_key_read(&identity->key, identity->pem, identity->key_file, &identity->exposed);
    if (mistake == NULL) {
        mistake = hold_together(identity);
    }
    if (mistake == NULL) {
        return SYMFEED_IDENTITY_OK;
    }
    mistake = symfeed_arena_or(mistake, text);
    (void)symfeed_words(reason, size, "client certificate's key file %.*s: %s", SYMFEED_FILE_SHOWN,
                        identity->key_file, mistake);
    symfeed_identity_drop(identity);
    return SYMFEED_IDENTITY_BAD_KEY;
}

int symfeed_identity_show(struct symfeed_identity *identity, mbedtls_ssl_config *config)
{
    return symfeed_identity_is_there(identity)
               ? mbedtls_ssl_conf_own_cert(config, &identity->certificates, &identity->key)
               : 0;
}

void symfeed_identity_drop(struct symfeed_identity *identity)
{
    if (mbedtls_pk_get_type(&identity->key) != MBEDTLS_PK_NONE) {
        symfeed_library_wipe_stack();
    }
    mbedtls_pk_free(&identity->key);
    mbedtls_pk_init(&identity->key);
    mbedtls_x509_crt_free(&identity->certificates);
    mbedtls_x509_crt_init(&identity->certificates);
}

#else

void symfeed_identity_init(struct symfeed_identity *identity, struct symfeed_pem *pem,
                           const char *certificate_file, const char *key_file)
{
    (void)pem;
    (void)certificate_file;
    (void)key_file;
    memset(identity, 0, sizeof *identity);
}

bool symfeed_identity_is_there(const struct symfeed_identity *identity)
{
    (void)identity;
    return false;
}

bool symfeed_identity_has_changed(struct symfeed_identity *identity)
{
    (void)identity;
    return false;
}

int symfeed_identity_load(struct symfeed_identity *identity, char *reason, size_t size)
{
    (void)identity;
    (void)symfeed_words(reason, size, "%s",
                        "this build shows no client certificate (SYMFEED_CERTIFICATE_SIGN_IN)");
    return SYMFEED_IDENTITY_BAD_CERTIFICATE;
}

int symfeed_identity_show(struct symfeed_identity *identity, mbedtls_ssl_config *config)
{
    (void)identity;
    (void)config;
    return 0;
}

void symfeed_identity_drop(struct symfeed_identity *identity)
{
    (void)identity;
}

#endif
