/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errors.h - why TLS failed: converts an error of mbedTLS to a cause.
 *
 * Depends on: mbedTLS, failure.h, chain.h, mbedtls.h, the wall clock.
 * Guarantees: each failure that has a fix of its own has a cause of its own, with the number of the
 *   error or alert if there is one.
 */
#ifndef SYMFEED_ERRORS_H
#define SYMFEED_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ssl.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The failure to explain. */
struct symfeed_tls_failure {
    enum symfeed_tls_call doing;
    const char *host;    /* the name or address that the certificate must have */
    const char *pin;     /* the pin of a key that matches no pin; empty: no mismatch */
    const char *ca_file; /* the file of authorities that could not be read; NULL: it could */
    int ca_error;        /* errno of ca_file */
    enum symfeed_port_cause unreadable; /* why an authority of the chain cannot be read, or NONE */
    bool in_handshake;                  /* false: the handshake is done */
    bool next_without_1_3;              /* the next handshake offers no TLS 1.3 */
    bool offers_certificate;            /* a client certificate is configured */
    int error;                          /* of mbedTLS */
};

/* Records the cause in `failure`, unless the socket has recorded its own there. Returns the cause,
 * negative. */
int symfeed_tls_explain(const mbedtls_ssl_context *ssl, const struct symfeed_tls_failure *what,
                        struct symfeed_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
