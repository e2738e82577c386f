/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c - see trust.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/trust.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "system/file.h"
#include "tls/arena.h"
#include "tls/chain.h"
#include "tls/mbedtls.h"

/* The system's bundle: Debian and Arch, Fedora (two), SUSE, Alpine and the BSDs, FreeBSD's port. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
};

static const char *system_bundle(void)
{
    size_t i;

    for (i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        if (access(bundles[i], R_OK) == 0) {
            return bundles[i];
        }
    }
    return NULL;
}

static void drop_kept(struct symfeed_trust *trust)
{
    mbedtls_x509_crt_free(&trust->kept);
    mbedtls_x509_crt_init(&trust->kept);
    trust->kept_count = 0;
}

/* --- the check at the start --------------------------------------------------------------- */

/* Returns 1 if mbedTLS can read the current block; 0 with the unreadable part in *unknown; -1 with
 * ENOMEM. */
static int can_be_parsed(struct symfeed_pem *pem, enum symfeed_port_cause *unknown)
{
    int answer = symfeed_chain_parse(pem->der, pem->size);

    if (symfeed_mbedtls_lacks_memory(answer)) {
        errno = ENOMEM;
        return -1;
    }
    *unknown = symfeed_chain_cause(answer, pem->der, pem->size);
    return answer == 0 ? 1 : 0;
}

/* Reads the whole file, which is open. Returns NONE if mbedTLS can read at least one certificate: a
 * system's bundle may have others that this mbedTLS does not support. Otherwise returns what is
 * wrong, with the unreadable part of the last certificate in *unknown. */
static enum symfeed_port_cause check_bundle(struct symfeed_pem *pem,
                                            enum symfeed_port_cause *unknown)
{
    bool any = false;
    bool good = false;
    int answer;

    for (;;) {
        switch (symfeed_pem_next(pem)) {
        case SYMFEED_PEM_CERTIFICATE:
            answer = good ? 1 : can_be_parsed(pem, unknown);
            if (answer < 0) {
                return symfeed_file_cause(errno);
            }
            good = answer > 0;
            any = true;
            break;
        case SYMFEED_PEM_DAMAGED: any = true; break;
        case SYMFEED_PEM_FAILED: return symfeed_file_cause(errno);
        case SYMFEED_PEM_END:
            if (good) {
                return SYMFEED_CAUSE_NONE;
            }
            return any ? SYMFEED_CAUSE_NO_KNOWN_AUTHORITY : SYMFEED_CAUSE_NO_AUTHORITY;
        default: break;
        }
    }
}

void symfeed_trust_init(struct symfeed_trust *trust, struct symfeed_pem *pem)
{
    memset(trust, 0, sizeof *trust);
    mbedtls_x509_crt_init(&trust->kept);
    trust->pem = pem;
}

int symfeed_trust_open(struct symfeed_trust *trust, const char *file,
                       struct symfeed_failure *failure)
{
    enum symfeed_port_cause unknown = SYMFEED_CAUSE_NONE;
    enum symfeed_subject subject = SYMFEED_SUBJECT_CA_FILE;
    enum symfeed_port_cause mistake;
    bool exposed; /* not used: the file has no secret */

    trust->file = file == NULL ? system_bundle() : file;
    if (trust->file == NULL) {
        return symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_NO_BUNDLE);
    }
    (void)symfeed_trust_refresh(trust);
    if (symfeed_pem_open(trust->pem, trust->file, &exposed) != 0) {
        mistake = symfeed_file_cause(errno);
    } else {
        mistake = check_bundle(trust->pem, &unknown);
        symfeed_pem_close(trust->pem);
    }
    if (mistake == SYMFEED_CAUSE_NONE) {
        return 0;
    }
    if (mistake == SYMFEED_CAUSE_NO_KNOWN_AUTHORITY && unknown != SYMFEED_CAUSE_NONE) {
        subject = SYMFEED_SUBJECT_CA_FILE_PARTS;
        mistake = unknown;
    }
    (void)symfeed_fail_file(failure, subject, mistake, trust->file);
    return symfeed_arena_explain(failure);
}

bool symfeed_trust_refresh(struct symfeed_trust *trust)
{
    if (trust->file == NULL || !symfeed_file_has_changed(trust->file, &trust->stamp)) {
        return false;
    }
    drop_kept(trust);
    return true;
}

/* --- the search --------------------------------------------------------------------------- */

static bool contains(const unsigned char *data, size_t size, const mbedtls_x509_buf *wanted)
{
    size_t i;

    for (i = 0; i + wanted->len <= size; i++) {
        if (data[i] == wanted->p[0] && memcmp(data + i, wanted->p, wanted->len) == 0) {
            return true;
        }
    }
    return false;
}

/* Returns the last part of a name: usually the common name, which differs most. */
static const mbedtls_x509_buf *last_part(const mbedtls_x509_name *name)
{
    while (name->next != NULL) {
        name = name->next;
    }
    return &name->val;
}

static bool same_bytes(const mbedtls_x509_buf *one, const mbedtls_x509_buf *other)
{
    return one->len == other->len && (one->len == 0 || memcmp(one->p, other->p, one->len) == 0);
}

/* Returns whether two names are equal, whatever kind of string they use: a renewed authority can be
 * a UTF8String where it was a PrintableString before. */
static bool same_name(const mbedtls_x509_name *one, const mbedtls_x509_name *other)
{
    while (one != NULL && other != NULL && same_bytes(&one->oid, &other->oid) &&
           same_bytes(&one->val, &other->val)) {
        one = one->next;
        other = other->next;
    }
    return one == NULL && other == NULL;
}

/* Returns whether `authority` has the name of an issuer in `chain`. If it is NULL, returns whether
 * the block in `pem` may have: that avoids parsing all blocks. */
static bool is_issuer_in(const mbedtls_x509_crt *chain, const struct symfeed_pem *pem,
                         const mbedtls_x509_crt *authority)
{
    for (; chain != NULL; chain = chain->next) {
        const mbedtls_x509_buf *part = last_part(&chain->issuer);

        if (part->len > 0 && (authority == NULL ? contains(pem->der, pem->size, part)
                                                : same_name(&authority->subject, &chain->issuer))) {
            return true;
        }
    }
    return false;
}

/* Returns whether the current block is kept already. */
static bool is_kept(const struct symfeed_trust *trust)
{
    const mbedtls_x509_crt *kept;

    for (kept = &trust->kept; kept != NULL; kept = kept->next) {
        if (kept->raw.len == trust->pem->size &&
            memcmp(kept->raw.p, trust->pem->der, kept->raw.len) == 0) {
            return true;
        }
    }
    return false;
}

/* Returns 1 if the current block is an authority that the chain names and that is not kept yet;
 * otherwise 0; -1 with ENOMEM. */
static int is_needed(struct symfeed_trust *trust, const mbedtls_x509_crt *chain)
{
    struct symfeed_pem *pem = trust->pem;
    mbedtls_x509_crt authority;
    int answer;
    bool wanted;

    if (!is_issuer_in(chain, pem, NULL) || is_kept(trust)) {
        return 0;
    }
    mbedtls_x509_crt_init(&authority);
    answer = mbedtls_x509_crt_parse_der_nocopy(&authority, pem->der, pem->size);
    wanted = answer == 0 && is_issuer_in(chain, pem, &authority);
    if (answer != 0) {
        trust->unreadable = symfeed_chain_cause(answer, pem->der, pem->size);
    }
    mbedtls_x509_crt_free(&authority);
    if (symfeed_mbedtls_lacks_memory(answer)) {
        errno = ENOMEM;
        return -1;
    }
    return wanted ? 1 : 0;
}

/* Keeps the current block if it is needed, except the first *skipped of those. Returns 0; 1 if
 * there is no room for it; -1 with errno. */
static int keep_if_needed(struct symfeed_trust *trust, const mbedtls_x509_crt *chain,
                          unsigned *skipped)
{
    int answer = is_needed(trust, chain);

    if (answer <= 0) {
        return answer;
    }
    if (*skipped > 0) {
        --*skipped;
        return 0;
    }
    if (trust->kept_count == SYMFEED_TRUST_KEPT) {
        return 1;
    }
    answer = mbedtls_x509_crt_parse_der(&trust->kept, trust->pem->der, trust->pem->size);
    if (symfeed_mbedtls_lacks_memory(answer)) {
        errno = ENOMEM;
        return -1;
    }
    trust->kept_count += answer == 0 ? 1 : 0;
    return 0;
}

/* Reads the file and keeps the needed authorities, except the first `skipped`. Returns 0; 1 if
 * there were more than can be kept; -1 with errno. */
static int collect(struct symfeed_trust *trust, const mbedtls_x509_crt *chain, unsigned skipped)
{
    bool full = false;
    bool exposed;
    int answer;

    if (symfeed_pem_open(trust->pem, trust->file, &exposed) != 0) {
        return -1;
    }
    for (;;) {
        switch (symfeed_pem_next(trust->pem)) {
        case SYMFEED_PEM_CERTIFICATE:
            answer = keep_if_needed(trust, chain, &skipped);
            if (answer < 0) {
                symfeed_pem_close(trust->pem);
                return -1;
            }
            full = full || answer > 0;
            break;
        case SYMFEED_PEM_END: symfeed_pem_close(trust->pem); return full ? 1 : 0;
        case SYMFEED_PEM_FAILED: symfeed_pem_close(trust->pem); return -1;
        default: break;
        }
    }
}

int symfeed_trust_search(struct symfeed_trust *trust, const mbedtls_x509_crt *chain,
                         unsigned skipped)
{
    int answer = 1;
    int saved;

    trust->unreadable = SYMFEED_CAUSE_NONE;
    if (trust->file == NULL) {
        errno = ENOENT;
        return -1;
    }
    if (skipped == 0) {
        answer = collect(trust, chain, 0);
    }
    if (answer > 0) {
        /* Makes room: drops the authorities of other servers, and those that did not help. */
        drop_kept(trust);
        answer = collect(trust, chain, skipped);
    }
    if (answer >= 0) {
        return answer;
    }
    saved = errno;
    drop_kept(trust);
    errno = saved;
    return -1;
}

void symfeed_trust_forget(struct symfeed_trust *trust)
{
    drop_kept(trust);
}

void symfeed_trust_free(struct symfeed_trust *trust)
{
    symfeed_trust_forget(trust);
    trust->file = NULL;
}
