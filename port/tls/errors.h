/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errors.h - why TLS has failed: from an answer of mbedTLS to a cause.
 *
 * Depends on: mbedTLS, cause.h, chain.c, mbedtls.c, the wall clock.
 * Guarantees: what a person fixes in another way has a cause of its own, with the number behind
 *   it where there is one. For the .c files of this folder.
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

/* What is to be explained. */
struct symfeed_tls_failure {
    enum symfeed_tls_call doing;
    const char *host;    /* whom the certificate should have been made out to */
    const char *pin;     /* the pin that the server's key would have; empty: none is missing */
    const char *ca_file; /* the authorities that could not be read; NULL: they could */
    int ca_error;        /* errno: why not */
    enum symfeed_port_cause unreadable; /* why an authority that may be the one cannot be read */
    bool in_handshake;                  /* else the handshake is done */
    bool next_without_1_3;              /* the next handshake goes without TLS 1.3 */
    bool offers_certificate;            /* there is a client certificate */
    int error;                          /* of mbedTLS */
};

/* Notes the cause in `failure`; leaves that as it is where the socket has noted its own. Answers
 * the cause, negative. */
int symfeed_tls_explain(const mbedtls_ssl_context *ssl, const struct symfeed_tls_failure *what,
                        struct symfeed_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
