/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - why TLS has failed, in a line for a person.
 *
 * May know: mbedTLS, chain.c, library.c, the wall clock. Promises: each cause that a person mends
 * in another way has a text of its own, with the number behind it where there is one. For the .c
 * files of this folder.
 */
#ifndef SYMFEED_EXPLAIN_H
#define SYMFEED_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a reason takes beside mbedTLS's own answers. */
struct symfeed_failure {
    const char *doing;   /* such as "TLS handshake" */
    const char *host;    /* whom the certificate should have been made out to */
    const char *pin;     /* the pin that the server's key would have; empty: none is missing */
    const char *ca_file; /* the authorities that could not be read; NULL: they could */
    const char *ca_text; /* why not */
    const char *ca_unreadable; /* why an authority that may be the one cannot be read; or NULL */
    bool in_handshake;         /* else the handshake is done */
    bool next_without_1_3;     /* the next handshake goes without TLS 1.3 */
    bool offers_certificate;   /* there is a client certificate */
    int error;                 /* of mbedTLS */
};

/* Writes the line to `reason`; leaves it as it is where the socket has written its own. */
void symfeed_explain(const mbedtls_ssl_context *ssl, const struct symfeed_failure *failure,
                     char *reason, size_t size);

#ifdef __cplusplus
}
#endif

#endif
