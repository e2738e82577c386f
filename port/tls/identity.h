/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - the client certificate and its key during a handshake. Without
 * SYMFEED_CERTIFICATE_SIGN_IN there is never one.
 *
 * Depends on: mbedTLS, key.h, pem.h.
 * Guarantees: each handshake reads both files again, so a replaced file counts from the next one.
 * The key is in memory only between symfeed_identity_load() and symfeed_identity_drop().
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
#include "tls/pem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The most certificates that are sent: the client's own and its intermediates. */
#define SYMFEED_IDENTITY_CHAIN 8

/* What symfeed_identity_load() returns. */
enum symfeed_identity_status {
    SYMFEED_IDENTITY_OK = 0,
    SYMFEED_IDENTITY_BAD_CERTIFICATE = -1,
    SYMFEED_IDENTITY_BAD_KEY = -2
};

/* A client certificate. All members are private, except that mbedTLS may hold pointers to the first
 * two, which do not move. */
struct symfeed_identity {
#if SYMFEED_CERTIFICATE_SIGN_IN
    mbedtls_x509_crt certificates; /* empty except during a handshake */
    mbedtls_pk_context key;
    const char *certificate_file; /* NULL: there is none */
    struct symfeed_pem *pem;
    uint64_t stamps[2]; /* of both files, see symfeed_file_has_changed() */
#endif
    const char *key_file;
    bool exposed; /* others could read the key's file when it was read last */
};

/* Sets the files; `key_file` NULL: the key is in `certificate_file`. Their names must stay valid.
 * Reads nothing. */
void symfeed_identity_init(struct symfeed_identity *identity, struct symfeed_pem *pem,
                           const char *certificate_file, const char *key_file);

/* Returns whether a client certificate is configured. */
bool symfeed_identity_is_there(const struct symfeed_identity *identity);

/* Returns whether one of the files has changed since the last call. */
bool symfeed_identity_has_changed(struct symfeed_identity *identity);

/* Reads certificate and key and checks that they belong together. Returns an enum
 * symfeed_identity_status. If it is not 0, records the cause in `failure`, and nothing is loaded.
 */
int symfeed_identity_load(struct symfeed_identity *identity, struct symfeed_failure *failure);

/* Adds the certificate to a configuration, if there is one. `identity` must not move as long as the
 * configuration is used. Returns 0 or an error of mbedTLS. */
int symfeed_identity_show(struct symfeed_identity *identity, mbedtls_ssl_config *config);

/* Wipes the key and frees the memory. May be called if nothing is loaded. */
void symfeed_identity_drop(struct symfeed_identity *identity);

#ifdef __cplusplus
}
#endif

#endif
