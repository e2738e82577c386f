/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c - see chain.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/chain.h"

#include <string.h>

#include <mbedtls/asn1.h>

#include "system/format.h"
#include "tls/mbedtls.h"

/* Longest part of a certificate's name in a message, in bytes. */
#define NAME_SHOWN 40

int symfeed_chain_parse(const unsigned char *der, size_t size)
{
    mbedtls_x509_crt certificate;
    int answer;

    mbedtls_x509_crt_init(&certificate);
    answer = mbedtls_x509_crt_parse_der_nocopy(&certificate, der, size);
    mbedtls_x509_crt_free(&certificate);
    return answer;
}

/* --- unreadable certificates -------------------------------------------------------------- */

/* Returns whether there are critical name constraints or policy constraints: searches the bytes of
 * their OIDs (RFC 5280, 4.2.1), followed by TRUE. */
static bool has_constraints(const unsigned char *der, size_t size)
{
    for (; size >= 6; der++, size--) {
        if (memcmp(der, "\x55\x1d", 2) == 0 && (der[2] == 0x1e || der[2] == 0x24) &&
            memcmp(der + 3, "\x01\x01\xff", 3) == 0) {
            return true;
        }
    }
    return false;
}

/* Moves *p to the value of a field with this tag. Returns its size, or 0 if there is no such field.
 */
static size_t enter(unsigned char **p, const unsigned char *end, int tag)
{
    size_t size = 0;

    (void)mbedtls_asn1_get_tag(p, end, &size, tag);
    return size;
}

/* The fields of a certificate up to its subject: Certificate, TBSCertificate; version,
 * serialNumber, signature, issuer, validity; subject (RFC 5280, 4.1). The five in the middle are
 * skipped. */
#define PATH_TO_SUBJECT 0x30, 0x30, 0xa0, 0x02, 0x30, 0x30, 0x30, 0x30

/* Moves *p to the value of the last of these tags. Returns its size, or 0 if there is none. */
static size_t walk(unsigned char **p, const unsigned char *end, const unsigned char *path,
                   size_t length)
{
    size_t size = 0;
    size_t i;

    for (i = 0; i < length; i++) {
        *p += i > 2 ? size : 0;
        size = enter(p, end, path[i]);
    }
    return size;
}

/* Moves *p to the last part of a certificate's subject, usually the common name. Returns its size,
 * or 0 if there is none. mbedTLS gives no part of a certificate that it cannot read. */
static size_t find_name(unsigned char **p, const unsigned char *end)
{
    static const unsigned char path[] = {PATH_TO_SUBJECT};
    size_t size = walk(p, end, path, sizeof path);

    end = *p + size;
    do {
        size = enter(p, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET);
        *p += size;
    } while (size != 0 && *p < end);
    *p -= size;
    (void)enter(p, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    *p += enter(p, end, MBEDTLS_ASN1_OID);
    return *p < end ? enter(p, end, **p) : 0;
}

/* Returns whether there are extensions and all fields before them have the usual order. */
static bool has_extensions(unsigned char *der, size_t size)
{
    static const unsigned char path[] = {PATH_TO_SUBJECT, 0x30, 0xa3};

    return walk(&der, der + size, path, sizeof path) != 0;
}

enum symfeed_port_cause symfeed_chain_cause(int error, unsigned char *der, size_t size)
{
    const bool constraints = has_constraints(der, size);

    if (symfeed_mbedtls_is_of_extension(error, has_extensions(der, size))) {
        return constraints ? SYMFEED_CAUSE_HAS_CONSTRAINTS : SYMFEED_CAUSE_HAS_EXTENSION;
    }
#if !defined(MBEDTLS_X509_RSASSA_PSS_SUPPORT)
    if (error == MBEDTLS_ERR_X509_INVALID_ALG) {
        return SYMFEED_CAUSE_HAS_RSA_PSS;
    }
#endif
    return SYMFEED_CAUSE_HAS_OTHER;
}

/* A part of a message. */
struct part {
    unsigned char *data;
    size_t size;
};

/* Returns the number in three bytes. */
static size_t number_at(const unsigned char *p)
{
    return (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
}

/* Returns the list of certificates if mbedTLS received a Certificate message last; otherwise an
 * empty part. */
static struct part find_list(const mbedtls_ssl_context *ssl)
{
    unsigned char *message = ssl->MBEDTLS_PRIVATE(in_msg);
    const size_t size = ssl->MBEDTLS_PRIVATE(in_hslen);
    struct part list = {NULL, 0};

    if (ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_SERVER_CERTIFICATE && message != NULL &&
        message[0] == MBEDTLS_SSL_HS_CERTIFICATE && size > 8 &&
        size <= MBEDTLS_SSL_IN_CONTENT_LEN) {
        list.size = size - (symfeed_mbedtls_is_1_3(ssl) ? 8 : 7);
        list.data = message + size - list.size;
    }
    return list;
}

/* Removes the first certificate from the list. Returns false if there is none, or it is incomplete.
 * In TLS 1.3 extensions follow each certificate. */
static bool next_certificate(struct part *list, struct part *certificate, bool is_1_3)
{
    size_t taken;

    if (list->size < 5) {
        return false;
    }
    certificate->data = list->data + 3;
    certificate->size = number_at(list->data);
    taken = 3 + certificate->size;
    if (taken + 2 <= list->size && is_1_3) {
        taken += 2 + number_at(list->data + taken - 1) % 65536;
    }
    if (taken > list->size) {
        return false;
    }
    list->data += taken;
    list->size -= taken;
    return true;
}

bool symfeed_chain_explain(const mbedtls_ssl_context *ssl, uint32_t flags,
                           struct symfeed_failure *failure)
{
    struct part list = find_list(ssl);
    struct part certificate;
    unsigned char *name;
    size_t size_of_name;
    unsigned number = 0;
    int error = 0;

    while (error == 0) {
        if (!next_certificate(&list, &certificate, symfeed_mbedtls_is_1_3(ssl))) {
            return false;
        }
        number++;
        error = symfeed_chain_parse(certificate.data, certificate.size);
    }
    /* mbedTLS skips a certificate with an unknown kind of signature and verifies the others. */
    if (symfeed_mbedtls_lacks_memory(error) ||
        (flags != 0 && number > 1 && (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) == 0)) {
        return false;
    }
    name = certificate.data;
    size_of_name = find_name(&name, name + certificate.size);
    (void)symfeed_fail(failure, SYMFEED_SUBJECT_CHAIN,
                       symfeed_chain_cause(error, certificate.data, certificate.size));
    failure->error = error;
    failure->numbers[0] = number;
    (void)symfeed_format(failure->name, sizeof failure->name, "%.*s",
                         (int)(size_of_name < NAME_SHOWN ? size_of_name : NAME_SHOWN),
                         (const char *)name);
    return true;
}

/* --- order -------------------------------------------------------------------------------- */

bool symfeed_chain_is_issuer(const mbedtls_x509_crt *issuer, const mbedtls_x509_crt *child)
{
    return issuer->subject_raw.len == child->issuer_raw.len &&
           memcmp(issuer->subject_raw.p, child->issuer_raw.p, child->issuer_raw.len) == 0;
}

void symfeed_chain_sort(mbedtls_x509_crt *chain)
{
    mbedtls_x509_crt *before;
    mbedtls_x509_crt *issuer;

    for (; chain != NULL; chain = chain->next) {
        before = chain;
        while (before->next != NULL && !symfeed_chain_is_issuer(before->next, chain)) {
            before = before->next;
        }
        issuer = before->next;
        if (issuer != NULL && before != chain) {
            before->next = issuer->next;
            issuer->next = chain->next;
            chain->next = issuer;
        }
    }
}
