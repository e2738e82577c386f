/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.h - the authorities to trust, out of a file of any size, in little memory.
 *
 * Depends on: mbedTLS, pem.c. Knows nothing of connections.
 *
 * A system's bundle has some 140 authorities, of which a feed meets one or two. So the file is read
 * certificate by certificate when a server's chain asks for an authority, and only those of that
 * name are kept.
 */
#ifndef SYMFEED_TRUST_H
#define SYMFEED_TRUST_H

/*
 * Guarantees
 *  - What is kept is in the file, as it was when it was looked at last; a file that has changed
 *    since makes all be dropped.
 *  - Nothing here judges: whether a chain holds is for mbedTLS to say, given what is kept.
 *  - No more than SYMFEED_TRUST_KEPT certificates are in memory, whatever a server sends. Where a
 *    file has more than that many authorities for one chain, they are handed out one load after the
 *    other.
 */

#include <stdbool.h>
#include <stddef.h>

#include <mbedtls/x509_crt.h>

#include "system/failure.h"
#include "system/file.h"
#include "tls/pem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Authorities kept at most. */
#ifndef SYMFEED_TRUST_KEPT
#define SYMFEED_TRUST_KEPT 8
#endif

/* A file of authorities. All members are the functions'; mbedTLS may be given a pointer to `kept`,
 * which stays where it is, whatever is kept or dropped. */
struct symfeed_trust {
    mbedtls_x509_crt kept; /* a chain, empty at first */
    unsigned kept_count;
    enum symfeed_port_cause unreadable; /* why one that was asked for cannot be read; or NONE */
    const char *file;                   /* NULL: nobody is trusted */
    struct symfeed_pem *pem;
    struct symfeed_file_stamp stamp;
};

/* Makes a trust in nobody. */
void symfeed_trust_init(struct symfeed_trust *trust, struct symfeed_pem *pem);

/* Takes `file`, whose name stays valid as long; NULL: the system's bundle, looked for in the usual
 * places. Reads it once to see that there is a certificate in it. 0, or the cause. */
int symfeed_trust_open(struct symfeed_trust *trust, const char *file,
                       struct symfeed_failure *failure);

/* Drops what is kept if the file has changed, or was not to be seen, since it was looked at last.
 * true: it has. */
bool symfeed_trust_refresh(struct symfeed_trust *trust);

/* Reads the file for the authorities that `chain`, as the server has sent it, names as issuers, and
 * keeps them; without the first `skipped`, which have been tried. 0; 1: there are more than could
 * be kept; -1 and errno where the file cannot be read: nobody is trusted then. */
int symfeed_trust_search(struct symfeed_trust *trust, const mbedtls_x509_crt *chain,
                         unsigned skipped);

/* Drops what is kept; it is looked for anew when a chain names it again. */
void symfeed_trust_forget(struct symfeed_trust *trust);

/* Gives all memory back. */
void symfeed_trust_free(struct symfeed_trust *trust);

#ifdef __cplusplus
}
#endif

#endif
