/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - a server's chain of certificates: its order, and which one in it cannot be read.
 *
 * Depends on mbedTLS, mbedtls.c and cause.h.
 * Guarantees: judges nothing, allocates only while it parses one certificate, and reads nothing
 *   outside of the message that mbedTLS has received. For the .c files of this folder.
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

/* Parses one certificate and forgets it. 0 or an error of mbedTLS. */
int symfeed_chain_parse(const unsigned char *der, size_t size);

/* What it is in a certificate that mbedTLS cannot read, and says `error` of. */
enum symfeed_port_cause symfeed_chain_cause(int error, unsigned char *der, size_t size);

/* Looks through the chain that a handshake has failed with for the first certificate that cannot be
 * read, where that explains `flags`, which mbedTLS holds against the chain (0: nothing yet). true:
 * there is one, and `failure` says which, and what it is that cannot be read. */
bool symfeed_chain_explain(const mbedtls_ssl_context *ssl, uint32_t flags,
                           struct symfeed_failure *failure);

/* Whether `issuer` has the name of whom `child` says that it is issued by. */
bool symfeed_chain_is_issuer(const mbedtls_x509_crt *issuer, const mbedtls_x509_crt *child);

/* Puts each certificate's issuer behind it, where the chain has it: mbedTLS looks for it only
 * further on, as RFC 5246 has it, and servers send them in any order (RFC 8446, 4.4.2). The first
 * certificate stays first. */
void symfeed_chain_sort(mbedtls_x509_crt *chain);

#ifdef __cplusplus
}
#endif

#endif
