/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - a server's certificate chain: its order, and which certificate cannot be read.
 *
 * Depends on: mbedTLS, mbedtls.h, failure.h.
 * Guarantees: verifies nothing, allocates only while it parses one certificate, and reads nothing
 *   outside the message that mbedTLS has received.
 */
#ifndef SYMFEED_CHAIN_H
#define SYMFEED_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "system/failure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parses one certificate and frees it. Returns 0 or an error of mbedTLS. */
int symfeed_chain_parse(const unsigned char *der, size_t size);

/* Returns which part of a certificate mbedTLS cannot read. `error` is the result of
 * symfeed_chain_parse(). */
enum symfeed_port_cause symfeed_chain_cause(int error, unsigned char *der, size_t size);

/* Searches the chain of a failed handshake for the first certificate that cannot be read. Returns
 * whether there is one and it explains mbedTLS's `flags` of the chain (0: none yet). If so, records
 * in `failure` which certificate and which part cannot be read. */
bool symfeed_chain_explain(const mbedtls_ssl_context *ssl, uint32_t flags,
                           struct symfeed_failure *failure);

/* Returns whether the subject of `issuer` is the issuer of `child`. */
bool symfeed_chain_is_issuer(const mbedtls_x509_crt *issuer, const mbedtls_x509_crt *child);

/* Moves the issuer of each certificate directly behind it, if the chain has it. mbedTLS searches an
 * issuer only further on in the chain, as RFC 5246 defines it, but servers send certificates in any
 * order (RFC 8446, 4.4.2). The first certificate stays first. */
void symfeed_chain_sort(mbedtls_x509_crt *chain);

#ifdef __cplusplus
}
#endif

#endif
