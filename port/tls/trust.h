/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.h - the trusted authorities, from a file of any size.
 *
 * A system's bundle has some 140 authorities, and a feed needs one or two. So the file is read
 * certificate by certificate when a server's chain names an authority, and only authorities of that
 * name are kept.
 *
 * Depends on: mbedTLS, pem.h.
 */
#ifndef SYMFEED_TRUST_H
#define SYMFEED_TRUST_H

/*
 * Guarantees
 *  - All kept authorities come from the file as it was at the last symfeed_trust_refresh(), which
 *    drops them if the file has changed.
 *  - This file verifies nothing: mbedTLS verifies a chain with the kept authorities.
 *  - At most SYMFEED_TRUST_KEPT certificates are in memory, whatever a server sends. If the file
 *    has more authorities for one chain, the caller gets them in several loads.
 */

#include <stdbool.h>
#include <stddef.h>

#include <mbedtls/x509_crt.h>

#include "system/failure.h"
#include "tls/pem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The most authorities kept. */
#ifndef SYMFEED_TRUST_KEPT
#define SYMFEED_TRUST_KEPT 8
#endif

/* A file of authorities. All members are private, except that mbedTLS may hold a pointer to `kept`,
 * which does not move. */
struct symfeed_trust {
    mbedtls_x509_crt kept; /* a chain, empty at first */
    unsigned kept_count;
    enum symfeed_port_cause unreadable; /* why a named authority cannot be read, or NONE */
    const char *file;                   /* NULL: no authority is trusted */
    struct symfeed_pem *pem;
    uint64_t stamp; /* of the file, see symfeed_file_has_changed() */
};

/* Initialises `trust` without a file: no authority is trusted. */
void symfeed_trust_init(struct symfeed_trust *trust, struct symfeed_pem *pem);

/* Sets the file, whose name must stay valid; NULL: the system's bundle, from one of the usual
 * places. Reads it once to check that it has a certificate that can be read. Returns 0, or the
 * cause. */
int symfeed_trust_open(struct symfeed_trust *trust, const char *file,
                       struct symfeed_failure *failure);

/* Drops the kept authorities if the file has changed, appeared or disappeared since the last call.
 * Returns whether it has. */
bool symfeed_trust_refresh(struct symfeed_trust *trust);

/* Reads the authorities that a server's `chain` names as issuers from the file and keeps them,
 * except the first `skipped`, which the caller has tried. Returns 0; 1 if there are more than can
 * be kept; or -1 with errno if the file cannot be read, and keeps none then. */
int symfeed_trust_search(struct symfeed_trust *trust, const mbedtls_x509_crt *chain,
                         unsigned skipped);

/* Drops the kept authorities. The next search reads them again. */
void symfeed_trust_forget(struct symfeed_trust *trust);

/* Frees all memory. */
void symfeed_trust_free(struct symfeed_trust *trust);

#ifdef __cplusplus
}
#endif

#endif
