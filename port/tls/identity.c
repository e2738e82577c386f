/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c - see identity.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/identity.h"

#include <errno.h>
#include <string.h>

#include "system/file.h"
#include "tls/arena.h"
#include "tls/key.h"
#include "tls/mbedtls.h"

#if SYMFEED_CERTIFICATE_SIGN_IN

/* Reads all certificates of the open file. Returns NONE, or what is wrong. */
static enum symfeed_port_cause read_chain(struct symfeed_identity *identity)
{
    size_t count = 0;
    int answer;

    for (;;) {
        switch (symfeed_pem_next(identity->pem)) {
        case SYMFEED_PEM_CERTIFICATE:
            if (++count > SYMFEED_IDENTITY_CHAIN) {
                return SYMFEED_CAUSE_MANY_CERTIFICATES;
            }
            answer = mbedtls_x509_crt_parse_der(&identity->certificates, identity->pem->der,
                                                identity->pem->size);
            if (symfeed_mbedtls_lacks_memory(answer)) {
                return SYMFEED_CAUSE_FILE_MEMORY;
            }
            if (answer != 0) {
                return SYMFEED_CAUSE_UNKNOWN_CERTIFICATE;
            }
            break;
        case SYMFEED_PEM_DAMAGED: return SYMFEED_CAUSE_LARGE_CERTIFICATE;
        case SYMFEED_PEM_FAILED: return symfeed_file_cause(errno);
        case SYMFEED_PEM_END: return count == 0 ? SYMFEED_CAUSE_NO_CERTIFICATE : SYMFEED_CAUSE_NONE;
        default: break;
        }
    }
}

static enum symfeed_port_cause read_certificates(struct symfeed_identity *identity)
{
    enum symfeed_port_cause mistake;
    bool exposed; /* a certificate is no secret */

    if (symfeed_pem_open(identity->pem, identity->certificate_file, &exposed) != 0) {
        return symfeed_file_cause(errno);
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

/* Returns the bytes of the Certificate message. */
static size_t message_size(const struct symfeed_identity *identity)
{
    const mbedtls_x509_crt *one;
    size_t size = 4 + 1 + 3; /* head of the message, TLS 1.3's context, length of the list */

    for (one = &identity->certificates; one != NULL; one = one->next) {
        size += 3 + one->raw.len + 2;
    }
    return size;
}

/* Loads the certificates and checks that they fit into one record: mbedTLS does not split a message
 * that it sends. Returns NONE, or what is wrong. */
static enum symfeed_port_cause load_certificates(struct symfeed_identity *identity)
{
    const enum symfeed_port_cause mistake = read_certificates(identity);

    return mistake == SYMFEED_CAUSE_NONE && message_size(identity) > MBEDTLS_SSL_OUT_CONTENT_LEN
               ? SYMFEED_CAUSE_LONG_CHAIN
               : mistake;
}

/* Loads the key and checks that it belongs to the certificate. Returns NONE, or what is wrong. */
static enum symfeed_port_cause load_key(struct symfeed_identity *identity)
{
    const enum symfeed_port_cause mistake =
        symfeed_key_read(&identity->key, identity->pem, identity->key_file, &identity->exposed);
    int answer;

    if (mistake != SYMFEED_CAUSE_NONE) {
        return mistake;
    }
    answer = symfeed_mbedtls_check_pair(&identity->certificates.pk, &identity->key);
    if (symfeed_mbedtls_lacks_memory(answer)) {
        return SYMFEED_CAUSE_FILE_MEMORY;
    }
    return answer == 0 ? SYMFEED_CAUSE_NONE : SYMFEED_CAUSE_OTHER_KEY;
}

int symfeed_identity_load(struct symfeed_identity *identity, struct symfeed_failure *failure)
{
    enum symfeed_port_cause mistake = load_certificates(identity);

    if (mistake != SYMFEED_CAUSE_NONE) {
        (void)symfeed_fail_file(failure, SYMFEED_SUBJECT_CERTIFICATE_FILE, mistake,
                                identity->certificate_file);
        failure->numbers[0] = (uint32_t)message_size(identity);
        failure->numbers[1] = MBEDTLS_SSL_OUT_CONTENT_LEN;
        (void)symfeed_arena_explain(failure);
        symfeed_identity_drop(identity);
        return SYMFEED_IDENTITY_BAD_CERTIFICATE;
    }
    mistake = load_key(identity);
    if (mistake == SYMFEED_CAUSE_NONE) {
        return SYMFEED_IDENTITY_OK;
    }
    (void)symfeed_fail_file(failure, SYMFEED_SUBJECT_CERTIFICATE_KEY_FILE, mistake,
                            identity->key_file);
    (void)symfeed_arena_explain(failure);
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
    if (symfeed_mbedtls_has_key(&identity->key)) {
        symfeed_mbedtls_wipe_stack();
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

int symfeed_identity_load(struct symfeed_identity *identity, struct symfeed_failure *failure)
{
    (void)identity;
    (void)symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_NO_IDENTITY);
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
