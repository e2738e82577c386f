/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - the client certificate and its key, for the length of a handshake.
 *
 * Depends on: mbedTLS, key.c, pem.c.
 * Guarantees: certificate and key are read anew each time, so that files that are replaced count
 *   from the next handshake on, and the key is in memory only between symfeed_identity_load() and
 *   symfeed_identity_drop().
 *
 * Without SYMFEED_CERTIFICATE_SIGN_IN there never is one.
 */
#ifndef SYMFEED_IDENTITY_H
#define SYMFEED_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "symfeed_config.h"
#include "system/failure.h"
#include "system/file.h"
#include "tls/pem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Certificates sent at most, the client's own and its intermediates. */
#define SYMFEED_IDENTITY_CHAIN 8

/* What symfeed_identity_load() answers. */
enum symfeed_identity_status {
    SYMFEED_IDENTITY_OK = 0,
    SYMFEED_IDENTITY_BAD_CERTIFICATE = -1,
    SYMFEED_IDENTITY_BAD_KEY = -2
};

/* A client certificate. All members are the functions'; mbedTLS may be given pointers to the first
 * two, which stay where they are. */
struct symfeed_identity {
#if SYMFEED_CERTIFICATE_SIGN_IN
    mbedtls_x509_crt certificates; /* empty but during a handshake */
    mbedtls_pk_context key;
    const char *certificate_file; /* NULL: there is none */
    struct symfeed_pem *pem;
    struct symfeed_file_stamp stamps[2];
#endif
    const char *key_file;
    bool exposed; /* the key's file can be read by others, as far as is known */
};

/* Makes `identity` that of `certificate_file` and `key_file` (NULL: the same), whose names stay
 * valid as long. Reads nothing. */
void symfeed_identity_init(struct symfeed_identity *identity, struct symfeed_pem *pem,
                           const char *certificate_file, const char *key_file);

/* Whether there is a client certificate at all. */
bool symfeed_identity_is_there(const struct symfeed_identity *identity);

/* Whether one of the files has changed since this was asked last. */
bool symfeed_identity_has_changed(struct symfeed_identity *identity);

/* Reads both and sees that they belong together. One of enum symfeed_identity_status; other than 0
 * the cause is in `failure`, and nothing is loaded. */
int symfeed_identity_load(struct symfeed_identity *identity, struct symfeed_failure *failure);

/* Has handshakes of this configuration show the certificate, if there is one; `identity` stays
 * where it is as long. 0, or an error of mbedTLS. */
int symfeed_identity_show(struct symfeed_identity *identity, mbedtls_ssl_config *config);

/* Wipes the key and gives the memory back. Does no harm where nothing is loaded. */
void symfeed_identity_drop(struct symfeed_identity *identity);

#ifdef __cplusplus
}
#endif

#endif
